/*
 * Leaves with plain records and V2 or V3 slots, edited in place. Every function
 * takes a page that passed page_check and leaves one that would. Leaves of
 * older versions are read by leaf_old.h and edited by rebuild (src/reference).
 * Edits are in leaf.c, moves between pages and of fences in leaf_split.c.
 *
 * `space` is the page's allocator state (space.h) and must be true for the page.
 * `scratch` has page_size bytes and is free for any use by the callee.
 */
#ifndef QUIRE_PAGE_LEAF_H
#define QUIRE_PAGE_LEAF_H

#include "record.h"
#include "space.h"

/*
 * What an edit did, enough to redo it (delta.h). To the page's bytes an insert
 * is: compaction if `compacted`, space_take_at, slot_insert. A replace is
 * leaf_delete and then the same as an insert.
 */
struct leaf_edit {
    size_t slot;
    size_t offset;
    size_t length;
    uint8_t compacted;
    enum place place;
};

/* Is it a leaf that these functions edit: plain records, slots V2 or V3. */
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> page[HEADER_KIND] == PAGE_LEAF &&
  @     page[HEADER_FLAGS] % 2 == LEAF_FLAG_PLAIN_RECORDS && slot_width_of(page[HEADER_FLAGS]) >= SLOT_WIDTH_V2;
  @*/
static inline int leaf_is_current(const uint8_t *page)
{
    return page_kind(page) == PAGE_LEAF && page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS &&
           slot_width(page_flags(page)) >= SLOT_WIDTH_V2;
}

/* Takes the record of `slot` apart; pointers into the page. */
void leaf_record(const uint8_t *page, size_t page_size, size_t slot, struct record *record);

/*
 * 1 when the edit is made; 0 when even the compacted page has no room, and
 * nothing changed. key and stored must not lie in the page or in scratch.
 */
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
 * not fit. Heads follow the new common prefix. A page kept has no holes:
 * callers clear its struct space. low and high must not lie in the page.
 *
 * Leaf (plain, V2 or V3) or branch. In a branch whose first children go
 * (from > 0) the first one kept becomes slot 0: its separator, which is what
 * the new low fence says, goes too.
 */
int page_keep(uint8_t *page, size_t page_size, size_t from, size_t to, const uint8_t *low, size_t low_len,
              const uint8_t *high, size_t high_len, uint8_t *scratch);
/*
 * Appends the records [from, to) of `source` behind the last one of `target`,
 * whose keys are all smaller and whose fences bracket them. Leaves are plain V2
 * or V3, each of its own slot version. 0, and nothing changed, if they do not
 * fit. The two must not overlap.
 *
 * Between branches the first record appended to an empty target becomes slot 0
 * and loses its separator; to any other target it must have one (from > 0).
 */
int page_append(uint8_t *target, size_t page_size, struct space *space, const uint8_t *source, size_t from, size_t to,
                uint8_t *scratch);

/*
 * Where to split a leaf that the record of `key`, new_bytes with its slot, has
 * no room in at rank `slot`. Answers the rank, 1..count, in the sequence with
 * the new record at which the right page begins: when it is above `slot` the new
 * record goes left, behind it stand the page's own records from `at - 1` on;
 * else it goes right, and the page's own records from `at` on with it.
 *
 * The halves are balanced by bytes, and both fit with a separator of any legal
 * length. With `append`, when the new record comes last, the left page keeps as
 * much as fits there with the separator that separator_len gives for the two keys
 * at the cut (ascending loads). The page has a record.
 */
size_t leaf_split_point(const uint8_t *page, size_t page_size, size_t slot, const uint8_t *key, size_t key_len,
                        size_t new_bytes, int append);

/* The shortest separator: low < separator <= high, a prefix of `high`. Answers its length. Needs low < high. */
size_t separator_len(const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len);

#endif
