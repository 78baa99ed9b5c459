/* Moving records and children between two neighbours, for balance.c. */
#ifndef QUIRE_TREE_BALANCE_H
#define QUIRE_TREE_BALANCE_H

#include "edit.h"

/* May a merge or borrow of these two leaves be made in place: both of today, and the result too. */
int leaves_go_in_place(const struct tree *tree, const uint8_t *left, const uint8_t *right);
/* All records into `left`, of version `flags`, if that takes at most `limit` bytes; *done. */
quire_status leaf_merge_in_place(struct view *view, struct frame **left, const struct frame *right, uint8_t flags,
                                 size_t limit, int *done);
/*
 * For a leaf without records and its neighbour, and for a branch with one child
 * and its: both get a share. *separator_len > 0 and the new border in
 * buffers.high if it was done.
 */
quire_status leaf_share_in_place(struct view *view, struct frame **left, struct frame **right, uint8_t flags,
                                 size_t *separator_len);
quire_status branch_share(struct view *view, struct frame **left, struct frame **right, size_t *separator_len);

#endif
