/*
 * The old path: a leaf of any version taken apart into entries, and a leaf of
 * any version laid out whole from entries. Slow and obvious on purpose: it is
 * the writer of old versions and the witness for the in-place core.
 */
#ifndef QUIRE_REFERENCE_REBUILD_H
#define QUIRE_REFERENCE_REBUILD_H

#include "../page/leaf_old.h"

/* One record, independent of any encoding. overflow: ref is set and value NULL. */
struct entry {
    const uint8_t *key;
    size_t key_len;
    const uint8_t *value;
    uint32_t value_len;
    uint8_t overflow;
    struct overflow_ref ref;
};

/* Memory that entries_decode needs for this page: entries in the first part, keys of prefix records behind. */
size_t entries_size(const uint8_t *page, size_t page_size, uint16_t *ends, uint8_t *scratch);
/*
 * Takes the leaf apart into `block` (entries_size bytes, aligned for struct
 * entry, and `spare` more entries of room at the end of the array); answers the
 * count. Values and plain keys point into the page, so keep the page unchanged
 * while the entries live.
 */
size_t entries_decode(const uint8_t *page, size_t page_size, void *block, size_t spare, struct entry **entries,
                      uint16_t *ends, uint8_t *scratch);
/* Rank of the first entry at or after key; *found. Linear, as the old path was. */
size_t entries_search(const struct entry *entries, size_t count, const uint8_t *key, size_t key_len, int *found);
void entries_insert(struct entry *entries, size_t *count, size_t at, const struct entry *entry);
void entries_remove(struct entry *entries, size_t *count, size_t at);

/* Bytes of a leaf of version `flags` with these fences that holds the entries: compare with page_size. */
size_t rebuild_size(size_t page_size, uint8_t flags, const uint8_t *low, size_t low_len, size_t high_len,
                    const struct entry *entries, size_t count);
/*
 * Lays the leaf out: records in key order from the arena up, no holes, in
 * version `flags`. pgno, tree, lsn and siblings are those that `page` has. The
 * entries, low and high must not lie in `page`. 0, and nothing changed, if they
 * do not fit.
 */
int rebuild_leaf(uint8_t *page, size_t page_size, uint8_t flags, const uint8_t *low, size_t low_len,
                 const uint8_t *high, size_t high_len, const struct entry *entries, size_t count);

#endif
