/*
 * Leaves with plain records and V2 or V3 slots, edited in place. Every function
 * takes a page that passed page_check and leaves one that would. Leaves of
 * older versions are read by leaf_old.h and edited by rebuild (src/reference).
 *
 * `space` is the page's allocator state (space.h) and must be true for the page.
 * `scratch` has page_size bytes and is free for any use by the callee.
 */
#ifndef QUIRE_PAGE_LEAF_H
#define QUIRE_PAGE_LEAF_H

#include "record.h"
#include "space.h"

/* What an edit did, enough to redo it (delta.h). compacted: before placing. */
struct leaf_edit {
    size_t slot;
    size_t offset;
    size_t length;
    uint8_t compacted;
    enum place place;
};

/* Is it a leaf that these functions edit: plain records, slots V2 or V3. */
int leaf_is_current(const uint8_t *page);

/*
 * Rank of the first record whose key is at or after `key`; *found is 1 if it is
 * equal. Binary search; V3 compares heads and reads records only on ties.
 * The key must lie within the fences.
 */
size_t leaf_search(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len, int *found);
/* The same, and counts how many records' keys it read (QUIRE_PROFILE). */
size_t leaf_search_counted(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len, int *found,
                           uint64_t *decodes);
/* Takes the record of `slot` apart; pointers into the page. */
void leaf_record(const uint8_t *page, size_t page_size, size_t slot, struct record *record);

/* 1 when the edit is made; 0 when even the compacted page has no room, and nothing changed. */
int leaf_insert(uint8_t *page, size_t page_size, struct space *space, size_t slot, const uint8_t *key, size_t key_len,
                const uint8_t *stored, uint32_t value_len, uint8_t *scratch, struct leaf_edit *edit);
/* Gives the record of `slot` another value: in its own extent if it fits there. */
int leaf_replace(uint8_t *page, size_t page_size, struct space *space, size_t slot, const uint8_t *stored,
                 uint32_t value_len, uint8_t *scratch, struct leaf_edit *edit);
void leaf_delete(uint8_t *page, size_t page_size, struct space *space, size_t slot);

/* Bytes that records and slots take, and bytes they could take: page_size - arena. */
size_t leaf_live_bytes(const uint8_t *page, size_t page_size);
size_t leaf_usable_bytes(const uint8_t *page, size_t page_size);

/*
 * Keeps the records [from, to) and changes the fences, compacting: the left
 * half of a split, the right half of a borrow, a fence change (all records).
 * The new fences must bracket the kept keys. 0, and nothing changed, if they do
 * not fit. Heads follow the new common prefix. Leaf or branch.
 * low and high must not lie in the page.
 */
int page_keep(uint8_t *page, size_t page_size, size_t from, size_t to, const uint8_t *low, size_t low_len,
              const uint8_t *high, size_t high_len, uint8_t *scratch);
/*
 * Appends the records [from, to) of `source` to `target`, an existing leaf of
 * any V2/V3 plain kind whose keys are all smaller and whose fences bracket them;
 * both of the same kind (leaf or branch). 0, and nothing changed, if they do not fit.
 */
int page_append(uint8_t *target, size_t page_size, struct space *space, const uint8_t *source, size_t from, size_t to,
                uint8_t *scratch);

/*
 * Where to split a page that a record of new_bytes (with slot) at rank `slot`
 * has no room in: *at is the rank (in the sequence with the new record, 1..k) at
 * which the right page begins. `append` asks for a left page as full as
 * possible (ascending loads), else the halves are balanced by bytes.
 * Both halves fit with a separator of any legal length.
 */
size_t leaf_split_point(const uint8_t *page, size_t page_size, size_t slot, size_t new_bytes, int append);

/* The shortest separator: low < separator <= high, a prefix of `high`. Answers its length. Needs low < high. */
size_t separator_len(const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len);

#endif
