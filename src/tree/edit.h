/*
 * What the files that change trees share: put, delete, split, balance and the
 * old path. Not for other rooms.
 *
 * An operation is one call of tree.h that writes. It marks the transaction
 * before its first change, and when it fails midway sets every page back to the
 * mark, after all its pins are gone. Between pages of one operation the tree may
 * break rules T1 to T6; at its end it obeys them.
 *
 * A page that is edited belongs to the path's step that pins it, so that the pin
 * moves along when pager_edit does; no page is pinned twice by one operation.
 */
#ifndef QUIRE_TREE_EDIT_H
#define QUIRE_TREE_EDIT_H

#include "catalog.h"
#include "overflow.h"
#include "page_space.h"
#include "space_cache.h"
#include "tree.h"

#include <string.h>

struct operation {
    struct view *view;
    struct pager_mark mark;
};
/* QUIRE_DOOMED for a doomed view; else nothing but memory can fail. */
quire_status operation_begin(struct operation *operation, struct view *view);
/* Answers `status`; sets the pages back unless it is an answer (QUIRE_OK, NOT_FOUND, EXISTS). Nothing may be pinned. */
quire_status operation_end(struct operation *operation, quire_status status);

/* ---- Versions ------------------------------------------------------ */

/* Flags of the version that `page` has after a write: the tree's, or under `keep` its own. */
static inline uint8_t leaf_wanted_flags(const struct tree *tree, const uint8_t *page)
{
#ifdef QUIRE_OMIT_OLD
    (void)tree;
    return page_flags(page);
#else
    return tree->options.keep ? page_flags(page) : catalog_leaf_flags(&tree->options);
#endif
}
/* May the leaf be edited in place, or must it go the old way? */
static inline int leaf_goes_in_place(const struct tree *tree, const uint8_t *page)
{
#ifdef QUIRE_OMIT_OLD
    (void)tree;
    return leaf_is_current(page);
#else
    return tree->options.in_place && leaf_is_current(page) && page_flags(page) == leaf_wanted_flags(tree, page);
#endif
}
/* Bytes of a slotted page of any version that are not free: header, fences, records, slots. */
static inline size_t page_used_bytes(const uint8_t *page, size_t page_size)
{
    return page_free_start(page) - page_hole_bytes(page) + (page_size - page_free_end(page));
}

/* ---- Logging --------------------------------------------------------------- */

static inline quire_status edit_begin(struct view *view, struct frame **frame)
{
    return pager_edit(view->store->pager, frame, view->fault);
}
/* Records the first `size` bytes of the view's delta buffer as what was done to the page. */
static inline quire_status edit_log_steps(struct view *view, struct frame *frame, size_t size)
{
    view->edits++;
    return pager_log_delta(view->store->pager, frame, view->buffers.delta, size, view->fault);
}
static inline quire_status edit_log_image(struct view *view, struct frame *frame)
{
    view->edits++;
    space_cache_drop(view, frame->pgno);
    return pager_log_image(view->store->pager, frame, view->fault);
}

/* ---- Puts (put.c) ---------------------------------------------------------- */

/* A chain that an edit took out of the tree, to be freed once the edit is done. */
struct old_chain {
    uint8_t present;
    uint32_t value_len;
    struct overflow_ref ref;
};
quire_status old_chain_free(struct view *view, const struct tree *tree, const struct old_chain *chain);

/* Stored form of a value in a plain record; `reference` is room for 12 bytes. */
const uint8_t *value_stored(const struct value *value, uint8_t reference[REFERENCE_PLAIN]);

/*
 * Puts into one leaf after another. The path leads to the leaf at hand; the first
 * `steps` bytes of the delta buffer were done to it and are not logged yet.
 */
struct put {
    struct view *view;
    const struct tree *tree;
    struct path path; /* depth 0: no leaf at hand */
    size_t steps;
    int moved;              /* by the last put: the leaf was laid out anew or split, and the path is used up */
    struct old_chain chain; /* by the last put: replaced, to be freed when the path is released */
};
/* Puts the record into the leaf at hand, which brackets the key. Log its steps with put_flush before anything else. */
quire_status put_in_leaf(struct put *put, quire_bytes key, const struct value *value, int insert_only);
quire_status put_flush(struct put *put);

/* ---- Splits (split.c) ------------------------------------------------------ */

/* Splits the path's full leaf, of today's version, and puts the record at rank `slot` of it. */
quire_status split_leaf(struct view *view, const struct tree *tree, struct path *path, size_t slot, quire_bytes key,
                        const struct value *value);
/*
 * Adds `child` with its separator to the branch at step `level`, right of the
 * child that the path takes; splits upward as needed. The path goes on to lead
 * to the same leaf, though its depth may grow by one.
 */
quire_status branch_add(struct view *view, const struct tree *tree, struct path *path, size_t level, uint32_t child,
                        const uint8_t *separator, size_t separator_len);
/* Moves the root's content to a new page below it; the path grows by one step. */
quire_status root_push_down(struct view *view, const struct tree *tree, struct path *path);
/* Gives page `pgno` (0: none), a neighbour of `page`'s kind on its level, another left link; it must be `from` now. */
quire_status relink_left(struct view *view, const uint8_t *page, uint32_t pgno, uint32_t from, uint32_t to);

/* Takes the records [from, to) out of the path's leaf, in place or the old way (delete.c). */
quire_status remove_records(struct view *view, const struct tree *tree, struct path *path, size_t from, size_t to);

/* ---- Balance (balance.c) --------------------------------------------------- */

/* Merges the path's leaf, and the branches above, with neighbours where they are sparse. Releases the path. */
quire_status balance(struct view *view, const struct tree *tree, struct path *path);

/* ---- The old path (edit_old.c) --------------------------------------------- */

#ifdef QUIRE_OMIT_OLD
/* Not reached, since the gate lets no leaf through that would go this way. */
#define old_put(view, ...) old_format(view)
#define old_remove(view, ...) old_format(view)
#define old_rewrite(view, ...)                                                                                         \
    fault_set((view)->fault, QUIRE_OLD_FORMAT, "this build leaves out what rewrites leaves in another version")
#define old_merge(view, ...) old_format(view)
#define old_share(view, ...) old_format(view)
#else
/* Puts the record into the path's leaf, and logs it. */
quire_status old_put(struct view *view, const struct tree *tree, struct path *path, quire_bytes key,
                     const struct value *value);
/* Takes the records [from, to) out of the path's leaf. */
quire_status old_remove(struct view *view, const struct tree *tree, struct path *path, size_t from, size_t to);
/* Lays the path's leaf out in the tree's version, in as many leaves as it takes. */
quire_status old_rewrite(struct view *view, const struct tree *tree, struct path *path);
/* Lays both leaves' records out in `left` if that takes at most `limit` bytes; *done. */
quire_status old_merge(struct view *view, const struct tree *tree, struct frame **left, const struct frame *right,
                       size_t limit, int *done);
/* Shares both leaves' records among them; *separator_len > 0 and a copy in view->buffers.high if it could be done. */
quire_status old_share(struct view *view, const struct tree *tree, struct frame **left, struct frame **right,
                       size_t *separator_len);
#endif

#endif
