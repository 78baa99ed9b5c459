/* Where leaves begin and end; see spread.h. */
#include "edit.h"

#ifndef QUIRE_OMIT_OLD

#include "spread.h"

const uint8_t *spread_fence_before(const struct spread *spread, size_t at, size_t *length)
{
    if (at == 0) {
        *length = spread->low_len;
        return spread->low;
    }
    const struct entry *left = &spread->entries[at - 1], *right = &spread->entries[at];
    *length = separator_len(left->key, left->key_len, right->key, right->key_len);
    return right->key;
}

const uint8_t *spread_fence_after(const struct spread *spread, size_t end, size_t *length)
{
    if (end == spread->count) {
        *length = spread->high_len;
        return spread->high;
    }
    return spread_fence_before(spread, end, length);
}

size_t spread_leaf_bytes(const struct spread *spread, size_t from, size_t to)
{
    size_t low_len, high_len;
    const uint8_t *low = spread_fence_before(spread, from, &low_len);
    (void)spread_fence_after(spread, to, &high_len);
    return rebuild_size(spread->view->store->page_size, spread->flags, low, low_len, high_len, spread->entries + from,
                        to - from);
}

size_t spread_leaf_end(const struct spread *spread, size_t from, size_t limit)
{
    size_t fits = from + 1;
    size_t beyond = spread->count + 1;
    while (beyond - fits > 1) {
        size_t middle = fits + (beyond - fits) / 2;
        if (spread_leaf_bytes(spread, from, middle) <= limit) {
            fits = middle;
        } else {
            beyond = middle;
        }
    }
    return fits;
}

size_t spread_leaves_needed(const struct spread *spread, size_t limit)
{
    size_t leaves = 0;
    for (size_t at = 0; at < spread->count; at = spread_leaf_end(spread, at, limit)) {
        leaves++;
    }
    return leaves;
}

size_t spread_even_limit(const struct spread *spread, size_t leaves)
{
    size_t enough = spread->view->store->page_size;
    size_t too_small = enough / 4;
    while (enough - too_small > enough / 32) {
        size_t middle = too_small + (enough - too_small) / 2;
        if (spread_leaves_needed(spread, middle) <= leaves) {
            enough = middle;
        } else {
            too_small = middle;
        }
    }
    return enough;
}

#endif
