/* Every branch and leaf of a tree, a page before its children and in the order of keys. */
#ifndef QUIRE_TREE_WALK_H
#define QUIRE_TREE_WALK_H

#include "node.h"

/*
 * Visits each page, pinned and held against T1 and T2; stops at any status but
 * QUIRE_OK. `visit` may edit records of the page (pager_edit moves *frame), but
 * not add, remove or move pages.
 */
quire_status walk_tree(struct view *view, const struct tree *tree,
                       quire_status (*visit)(void *context, struct frame **frame), void *context);

#endif
