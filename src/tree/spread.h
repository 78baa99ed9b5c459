/*
 * Entries spread over leaves between two fences: where one leaf ends and the next
 * begins. Nothing is written here.
 */
#ifndef QUIRE_TREE_SPREAD_H
#define QUIRE_TREE_SPREAD_H

#include "../reference/rebuild.h"
#include "store.h"

#ifndef QUIRE_OMIT_OLD

struct spread {
    struct view *view;
    const struct entry *entries;
    size_t count;
    uint8_t flags;
    const uint8_t *low, *high;
    size_t low_len, high_len;
};

/* The low fence of a leaf that begins with entry `at`, and the high one of a leaf that ends before `end`. */
const uint8_t *spread_fence_before(const struct spread *spread, size_t at, size_t *length);
const uint8_t *spread_fence_after(const struct spread *spread, size_t end, size_t *length);
/* What a leaf of the entries [from, to) takes of its page. */
size_t spread_leaf_bytes(const struct spread *spread, size_t from, size_t to);
/*
 * Where the leaf that begins with `from` ends if it may have `limit` bytes. One
 * record always fits, whatever the limit. Sizes grow with the end but for the
 * length of the fence there, so the search may stop early but never too late.
 */
size_t spread_leaf_end(const struct spread *spread, size_t from, size_t limit);
size_t spread_leaves_needed(const struct spread *spread, size_t limit);
/* The least limit, by steps, that takes no more leaves than full pages would: so they are filled alike. */
size_t spread_even_limit(const struct spread *spread, size_t leaves);

#endif

#endif
