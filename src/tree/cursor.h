/*
 * Cursors over one tree: forward and backward, within bounds, keeping their
 * place by key when the tree changes under them.
 */
#ifndef QUIRE_TREE_CURSOR_H
#define QUIRE_TREE_CURSOR_H

#include "leaf_reader.h"
#include "tree.h"

enum cursor_where {
    CURSOR_BEFORE = 0, /* before the first record */
    CURSOR_ON,         /* on a record */
    CURSOR_BETWEEN,    /* where a record was that is deleted */
    CURSOR_AFTER       /* after the last record */
};

struct cursor {
    struct view *view;
    struct tree tree;
    enum cursor_where where;
    int placed;       /* path, reader and the numbers behind them are true, if nothing was edited since */
    uint64_t edits;   /* of the view, when it was placed */
    struct path path; /* a reader's leaf stays pinned; a writer's is held by the view between calls */
    struct leaf_reader reader;
    size_t slot;       /* of the record in the leaf */
    size_t begin, end; /* slots of the leaf within the bounds */
    uint8_t *key;      /* the record's key: a writer's always, a reader's when it is not placed. KEY_MAX bytes */
    size_t key_len;
    int low_kind, high_kind;
    uint8_t *low, *high; /* KEY_MAX bytes each */
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
/* The record it stands on, its value as it is stored; ref is set for an overflow value. */
quire_status cursor_record(struct cursor *cursor, struct record *record, struct overflow_ref *ref);
quire_status cursor_replace(struct cursor *cursor, quire_bytes value);
quire_status cursor_delete(struct cursor *cursor);

#endif
