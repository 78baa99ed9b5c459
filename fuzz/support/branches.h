/* Branches over the keys of sorted records, edited as the tree would: page_check accepts each state. */
#ifndef QUIRE_FUZZ_BRANCHES_H
#define QUIRE_FUZZ_BRANCHES_H

#include "bench.h"
#include "keys.h"

/* Children between the keys: each key but the first is a separator, as far as they fit. `page` is an empty branch. */
void branches_fill(const struct bench *bench, const struct records *records, uint8_t *page);
/*
 * Each separator a byte longer where that is still below what follows; then every third as short as divides.
 * `key` has room for a byte more than the longest key, here and below.
 */
void branches_change_separators(const struct bench *bench, uint8_t *page, uint8_t *key);
/* Splits the branch, changes what the left half says, and merges: the same children, or no room and no change. */
void branches_split_and_merge(const struct bench *bench, uint8_t *page, uint8_t *key);

#endif
