/* Named trees: records of the catalog tree (rule T5). Names are 1..56 bytes; NULL is the unnamed tree. */
#ifndef QUIRE_TREE_CATALOG_H
#define QUIRE_TREE_CATALOG_H

#include "tree.h"

/* Where in a catalog record's value the root's page number stands. */
enum { CATALOG_ROOT_OFFSET = 4 };

/* The catalog's own tree, from the view's state. */
void catalog_tree(struct view *view, struct tree *catalog);
quire_status catalog_open(struct view *view, const char *name, struct tree *tree);
quire_status catalog_create(struct view *view, const char *name, const quire_tree_options *options, struct tree *tree);
quire_status catalog_rename(struct view *view, const char *from, const char *to);
quire_status catalog_drop(struct view *view, const char *name);
quire_status catalog_list(struct view *view, int (*visit)(void *context, const char *name), void *context);
/* Writes root and options of an existing tree back. name NULL: the unnamed tree. */
quire_status catalog_update(struct view *view, const char *name, const struct tree *tree);
/* Visits each tree with its name (NULL: the unnamed one), the unnamed first; stops at any status but QUIRE_OK. */
quire_status catalog_each(struct view *view, quire_status (*visit)(void *context, const char *name, struct tree *tree),
                          void *context);
/* A catalog record taken apart, held against T5. */
quire_status catalog_decode(struct view *view, quire_bytes key, quire_bytes value, struct tree *tree);
/* The same of a record on its own, whatever database it is of: NULL, or what is wrong with it. */
const char *catalog_record_read(quire_bytes key, quire_bytes value, struct tree *tree);
void catalog_default_options(quire_tree_options *options);
/* The unnamed tree of a new database; its root is made again if the options ask for other leaves than it has. */
quire_status catalog_open_empty(struct view *view, const quire_tree_options *options, struct tree *tree);
/* To be called before each change of the catalog's pages. */
void catalog_note_change(struct view *view);
/* Makes the empty root of a tree; NULL options mean the defaults. */
quire_status catalog_new_root(struct view *view, uint32_t tree_id, const quire_tree_options *options, uint32_t *root);
/* The flags of a leaf in the version that the options ask for. */
uint8_t catalog_leaf_flags(const quire_tree_options *options);

#endif
