/*
 * Trees: find, put and delete records; the engine's operations in terms of
 * pages. Keys were checked by the caller (1..key_max bytes), values by length.
 *
 * A put: descend with every page of the path pinned, edit the leaf in place; if
 * it has no room, split it and add the separator one level up; a root splits in
 * place, its content moving to two new children. A leaf of an older version, or
 * of a tree whose in-place option is off, goes the old way (edit_old.c): taken
 * apart, changed, laid out anew, in as many leaves as it needs.
 */
#ifndef QUIRE_TREE_TREE_H
#define QUIRE_TREE_TREE_H

#include "node.h"

/* A descent: step 0 is the root, the last the leaf; all pinned in the writer, only the leaf in a reader. */
struct path {
    size_t depth; /* steps */
    struct path_step {
        uint32_t pgno;
        size_t slot;         /* child taken (branches), or rank (leaf) */
        struct frame *frame; /* NULL when not pinned */
    } step[LEVEL_MAX + 1];
};

/* Goes to the leaf whose fences bracket `key`; pin_all keeps the branches pinned. On failure nothing is pinned. */
quire_status path_descend(struct view *view, const struct tree *tree, const uint8_t *key, size_t key_len, int pin_all,
                          struct path *path);
/* The first (last) leaf. */
quire_status path_edge(struct view *view, const struct tree *tree, int last, struct path *path);
/* Moves a path to the next (previous) leaf, through the lowest branch that has a child there; QUIRE_NOT_FOUND at the
 * end, path then released. */
quire_status path_neighbour(struct view *view, const struct tree *tree, int forward, struct path *path);
void path_release(struct view *view, struct path *path);

/*
 * Before the search of a leaf that a descent came to: asks for what the search will
 * touch, where leaves are likely not to be in the processor's caches. A hint only.
 */
void leaf_foresee(const struct view *view, const uint8_t *page, quire_bytes key);
/* Search in a leaf of any version; rank, found, and when found the record (pointers into page or view buffers). */
void leaf_find(struct view *view, const uint8_t *page, quire_bytes key, size_t *rank, int *found,
               struct record *record);
/* What the stored bytes of an overflow record of this leaf say. */
struct overflow_ref leaf_ref(const uint8_t *page, const struct record *record);

/* A value to put: bytes in memory, or (overflow) a chain already written. */
struct value {
    const uint8_t *data;
    uint32_t size;
    uint8_t overflow;
    struct overflow_ref ref;
};

/* QUIRE_NOT_FOUND, or the value: in a held page or the view's buffer. */
quire_status tree_get(struct view *view, const struct tree *tree, quire_bytes key, quire_bytes *value);
/* Writes data to a chain first when it is longer than inline_max. Frees the chain of a replaced value. */
quire_status tree_put(struct view *view, const struct tree *tree, quire_bytes key, quire_bytes value, int insert_only);
/* The same for a value whose chain, if any, is written already. */
quire_status tree_put_value(struct view *view, const struct tree *tree, quire_bytes key, const struct value *value,
                            int insert_only);
quire_status tree_delete(struct view *view, const struct tree *tree, quire_bytes key);
/* Sorted run, already validated by tree_put_many_check. */
quire_status tree_put_many(struct view *view, const struct tree *tree, const quire_pair *pairs, size_t count);
/* low <= key < high; empty high: no bound. Whole subtrees inside the range are freed without reading their leaves'
 * records one by one. */
quire_status tree_delete_range(struct view *view, const struct tree *tree, quire_bytes low, quire_bytes high,
                               uint64_t *deleted);
/* Frees every page of the tree (drop). */
quire_status tree_free(struct view *view, const struct tree *tree);
/* Rewrites each leaf of another version; counts them. */
quire_status tree_upgrade(struct view *view, const struct tree *tree, uint64_t *leaves);

#endif
