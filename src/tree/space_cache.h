/*
 * Allocator states of leaves and branches under edit, kept in the write view so
 * that a steady run of edits scans a page once. Direct-mapped by page number.
 *
 * A state is true for the page's bytes at one LSN: every logged change of a page
 * changes its LSN, so a state that others left behind is seen to be stale.
 * After a rollback LSNs are given out again; then the cache must be cleared.
 */
#ifndef QUIRE_TREE_SPACE_CACHE_H
#define QUIRE_TREE_SPACE_CACHE_H

#include "store.h"

/* Makes the view's cache if it has none yet: every write operation begins with this. */
quire_status space_cache_open(struct view *view);
void space_cache_close(struct view *view);
/* Forgets all: after every rollback, and when a view starts another transaction. */
void space_cache_clear(struct view *view);

/*
 * A state of `page`, which the writer has made its own to edit, for an edit that
 * takes up to `need` bytes, slot included (a delete: 0). It knows the holes if
 * the gap alone is too small for them; else it may know none, which is true of
 * any page and saves the scan. Stays true until the next call of this.
 */
struct space *space_cache_get(struct view *view, const uint8_t *page, size_t need);
/* After the edit was logged: the state from space_cache_get is the page's at its new LSN. */
void space_cache_note(struct view *view, const uint8_t *page);
/* Forgets a page's state: before it is edited by other means than the state, and when it is freed. */
void space_cache_drop(struct view *view, uint32_t pgno);

/* Where the last insert of this transaction went, to tell ascending runs. 1 if it was to `slot` - 1 of this page. */
int space_cache_is_run(const struct view *view, uint32_t pgno, size_t slot);
void space_cache_note_insert(struct view *view, uint32_t pgno, size_t slot);

/*
 * The finger: a leaf that the last two puts of a tree went to, NULL if they did
 * not. The next key may well belong there too, and then needs no descent. It is
 * as true as the descent that found it: whatever changes a leaf's fences, frees
 * it or makes it something else drops its state, and with it the finger. It stays
 * pinned from put to put; the transaction edits it already, so nobody waits for that.
 */
struct frame *space_cache_finger(const struct view *view, const struct tree *tree);
/* A put of the tree went to *leaf. If the one before went there too it is the finger: its pin is taken over, *leaf
 * NULL. */
void space_cache_point(struct view *view, const struct tree *tree, struct frame **leaf);
/* Takes the finger away, and gives its pin back. */
void space_cache_lift(struct view *view);

#endif
