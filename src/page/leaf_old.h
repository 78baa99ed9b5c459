/*
 * Reading leaves of every version: records and slots of the past beside those
 * of today. A walk goes through the slots in order and puts each key together.
 */
#ifndef QUIRE_PAGE_LEAF_OLD_H
#define QUIRE_PAGE_LEAF_OLD_H

#include "record.h"
#include "slot.h"

/*
 * State of a walk. `key` is the caller's buffer of KEY_MAX bytes for prefix
 * records, `ends` holds page_size / 4 numbers, both kept while walking.
 */
struct leaf_walk {
    const uint8_t *page;
    size_t page_size;
    size_t slot; /* of the next record */
    uint8_t *key;
    size_t key_len; /* of the record before */
    uint16_t *ends;
};

/* scratch: page_size bytes, used during the call only, so `key` may lie in it. The page passed page_check. */
void leaf_walk_start(struct leaf_walk *walk, const uint8_t *page, size_t page_size, uint8_t *key, uint16_t *ends,
                     uint8_t *scratch);
/* 1 and the next record (key in walk->key, or in the page), 0 at the end. */
int leaf_walk_next(struct leaf_walk *walk, struct record *record);

#endif
