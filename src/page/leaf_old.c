/*
 * A walk through a leaf of any version, slot by slot. Two things make it more
 * than a loop over slots: V1 does not say where a record ends, so all ends are
 * worked out when the walk starts; and a prefix record means its key only
 * together with the key before it, so the walk carries that key along.
 */
#include "leaf_old.h"

static int has_plain_records(const uint8_t *page)
{
    return page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS;
}

void leaf_walk_start(struct leaf_walk *walk, const uint8_t *page, size_t page_size, uint8_t *key, uint16_t *ends,
                     uint8_t *scratch)
{
    walk->page = page;
    walk->page_size = page_size;
    walk->slot = 0;
    walk->key = key;
    walk->key_len = page_low_len(page);
    walk->ends = ends;
    /* To the proofs marks are of a type of their own, so that setting one leaves the page as it is. */
    slot_ends(page, page_size, ends, (int8_t *)scratch);
    bytes_copy(key, page_low(page), page_low_len(page));
}

/* Puts the next key together in the buffer that holds the one before it. */
static int walk_prefix(struct leaf_walk *walk, const uint8_t *p, size_t length, struct record *record)
{
    struct prefix_record parts;
    if (!prefix_decode(p, length, walk->page_size, walk->key_len, &parts))
        return 0;
    bytes_copy(walk->key + parts.prefix_len, parts.rest.key, parts.rest.key_len);
    walk->key_len = parts.prefix_len + parts.rest.key_len;
    *record = parts.rest;
    record->key = walk->key;
    record->key_len = walk->key_len;
    return 1;
}

int leaf_walk_next(struct leaf_walk *walk, struct record *record)
{
    if (walk->slot >= page_slot_count(walk->page))
        return 0;
    size_t width = slot_width(page_flags(walk->page));
    size_t offset = slot_offset(walk->page, walk->page_size, width, walk->slot);
    size_t length = walk->ends[walk->slot] - offset;
    walk->slot++;
    if (has_plain_records(walk->page))
        return plain_decode(walk->page + offset, length, walk->page_size, record);
    return walk_prefix(walk, walk->page + offset, length, record);
}
