/* Linear search over a leaf of any version: the witness for the binary search. */
#ifndef QUIRE_REFERENCE_LINEAR_H
#define QUIRE_REFERENCE_LINEAR_H

#include "../page/leaf_old.h"

/* Rank of the first record at or after key; *found. `walk` was just started. */
size_t linear_search(struct leaf_walk *walk, const uint8_t *key, size_t key_len, int *found, struct record *record);

#endif
