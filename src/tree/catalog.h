/* Named trees: records of the catalog tree (rule T5). Names are 1..64 bytes; NULL is the unnamed tree. */
#ifndef QUIRE_TREE_CATALOG_H
#define QUIRE_TREE_CATALOG_H

#include "tree.h"

/* The catalog's own tree, from the view's state. */
void catalog_tree(struct view *view, struct tree *catalog);
quire_status catalog_open(struct view *view, const char *name, struct tree *tree);
quire_status catalog_create(struct view *view, const char *name, const quire_tree_options *options, struct tree *tree);
quire_status catalog_rename(struct view *view, const char *from, const char *to);
quire_status catalog_drop(struct view *view, const char *name);
quire_status catalog_list(struct view *view, int (*visit)(void *context, const char *name), void *context);
/* Writes root and options of an existing tree back. name NULL: the unnamed tree. */
quire_status catalog_update(struct view *view, const char *name, const struct tree *tree);

#endif
