/*
 * Cursors over one tree: forward and backward, within bounds, keeping their
 * place by key when the tree changes under them.
 */
#ifndef QUIRE_TREE_CURSOR_H
#define QUIRE_TREE_CURSOR_H

#include "tree.h"

struct cursor {
    struct view *view;
    struct tree tree;
    struct path path; /* leaf pinned while `placed` */
    int placed;       /* path is true for view->edits == edits */
    uint64_t edits;
    int where;    /* before first, on a record, after it (deleted), after last */
    uint8_t *key; /* the record's key, KEY_MAX bytes */
    size_t key_len;
    int low_kind, high_kind;
    uint8_t *low, *high;
    size_t low_len, high_len;
};

quire_status cursor_open(struct cursor *cursor, struct view *view, const struct tree *tree);
void cursor_close(struct cursor *cursor);
/* Saves its place by key and gives its pins back, before pages under it are set back. */
void cursor_unplace(struct cursor *cursor);
quire_status cursor_bounds(struct cursor *cursor, int low_kind, quire_bytes low, int high_kind, quire_bytes high);
quire_status cursor_prefix(struct cursor *cursor, quire_bytes prefix);
quire_status cursor_first(struct cursor *cursor, quire_bytes *key, quire_bytes *value);
quire_status cursor_last(struct cursor *cursor, quire_bytes *key, quire_bytes *value);
quire_status cursor_next(struct cursor *cursor, quire_bytes *key, quire_bytes *value);
quire_status cursor_previous(struct cursor *cursor, quire_bytes *key, quire_bytes *value);
quire_status cursor_seek(struct cursor *cursor, quire_bytes target, quire_bytes *key, quire_bytes *value);
quire_status cursor_seek_back(struct cursor *cursor, quire_bytes target, quire_bytes *key, quire_bytes *value);
quire_status cursor_replace(struct cursor *cursor, quire_bytes value);
quire_status cursor_delete(struct cursor *cursor);

#endif
