/*
 * A cursor's place, for cursor.c: how it is come to, kept and given up.
 *
 * Invariant: a cursor on a record knows that record's key, or is a reader's and
 * placed on it. A reader's pages never change, so its place is true for good and
 * its leaf stays pinned. A writer's pages change between calls; its cursor saves
 * the key at every step, pins nothing between calls (a pinned page could not be
 * freed or set back), and seeks by the key unless the leaf is as it left it.
 */
#ifndef QUIRE_TREE_CURSOR_PLACE_H
#define QUIRE_TREE_CURSOR_PLACE_H

#include "cursor.h"

static inline struct frame **cursor_leaf_frame(struct cursor *cursor)
{
    return &cursor->path.step[cursor->path.depth - 1].frame;
}

static inline int cursor_is_writer(const struct cursor *cursor)
{
    return cursor->view->snapshot == NULL;
}

static inline int cursor_compare(const uint8_t *a, size_t a_len, quire_bytes b)
{
    return bytes_compare(a, a_len, b.data, b.size);
}

static inline void cursor_save_key(struct cursor *cursor, const struct record *record)
{
    bytes_copy(cursor->key, record->key, record->key_len);
    cursor->key_len = record->key_len;
}

/* A reader's key, before it gives its place up. A writer has saved it already. */
void cursor_save_readers_key(struct cursor *cursor);
/* Gives the place up; `key` stays. */
void cursor_drop_place(struct cursor *cursor);
/* First slot of the leaf with a key at or after `key` (after it when `beyond`), for keys outside the fences too. */
size_t cursor_slot_of(struct cursor *cursor, quire_bytes key, int beyond);
/* Is the place still true, and does its leaf bracket `key`? Of keys that are sought in order, most are there. */
int cursor_is_at_leaf_of(struct cursor *cursor, quire_bytes key);
/* Goes to the leaf that holds `key`; an empty key means the first leaf. */
quire_status cursor_go_to_leaf(struct cursor *cursor, quire_bytes key);
quire_status cursor_go_to_last_leaf(struct cursor *cursor);
/* Moves to the neighbour leaf; at the end of the tree QUIRE_NOT_FOUND, and the place is gone. */
quire_status cursor_go_to_neighbour(struct cursor *cursor, int forward);
/*
 * Is the place still true? A writer takes its leaf's pin again; the leaf is as
 * it was if no edit moved pages about and its LSN is the one seen.
 */
int cursor_resume(struct cursor *cursor);

#endif
