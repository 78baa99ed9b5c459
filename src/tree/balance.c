/*
 * Balance. A page that deletes have left less than a third full joins a
 * neighbour under the same parent when both together fill at most 85 % of a
 * page, so that neither the next delete nor the next insert undoes it. Records
 * move between pages that stay two only to rescue a page that may not stay as
 * it is: a leaf without records, a branch with one child. A root with one child
 * takes that child's content, and stays where it is.
 *
 * What leaves may become: the tree's version, or under `keep` the left page's.
 */
#include "balance.h"

enum { SPARSE_DIVISOR = 3, MERGED_PERCENT = 85 };

/* Two neighbours under one parent, of which one is the path's. */
struct siblings {
    struct path_step *parent;
    struct path_step *child;
    size_t left_slot;
    struct frame *left;
    struct frame *right;
};

static quire_status siblings_open(struct view *view, struct path *path, size_t level, size_t left_slot,
                                  struct siblings *siblings)
{
    siblings->parent = &path->step[level - 1];
    siblings->child = &path->step[level];
    siblings->left_slot = left_slot;
    siblings->left = siblings->right = siblings->child->frame;
    struct frame **other = siblings->parent->slot == left_slot ? &siblings->right : &siblings->left;
    size_t other_slot = siblings->parent->slot == left_slot ? left_slot + 1 : left_slot;
    return node_child(view, siblings->parent->frame, other_slot, other);
}

/* Gives the path its page back, wherever its pin has moved, and releases the other. */
static void siblings_close(struct view *view, struct siblings *siblings)
{
    int child_is_left = siblings->parent->slot == siblings->left_slot;
    siblings->child->frame = child_is_left ? siblings->left : siblings->right;
    node_release(view, child_is_left ? siblings->right : siblings->left);
}

/* ---- Merging ------------------------------------------------------------------ */

static quire_status merge_branches(struct view *view, struct siblings *siblings, size_t limit, int *done)
{
    size_t page_size = view->store->page_size;
    const uint8_t *left = siblings->left->data;
    const uint8_t *right = siblings->right->data;
    size_t live =
        page_used_bytes(left, page_size) - page_arena(left) + page_used_bytes(right, page_size) - page_arena(right);
    size_t size = HEADER_SIZE + page_low_len(left) + page_high_len(right) + page_high_len(left) + live;
    *done = size <= limit;
    if (!*done) {
        return QUIRE_OK;
    }
    TRY(edit_begin(view, &siblings->left));
    (void)branch_merge(siblings->left->data, right, page_size, view->buffers.page);
    page_set_right(siblings->left->data, page_right(right));
    COUNT(&view->store->counters, branch_merges, 1);
    return edit_log_image(view, siblings->left);
}

static quire_status merge_leaves(struct view *view, const struct tree *tree, struct siblings *siblings, size_t limit,
                                 int *done)
{
    uint8_t flags = leaf_wanted_flags(tree, siblings->left->data);
    quire_status status;
    if (leaves_go_in_place(tree, siblings->left->data, siblings->right->data)) {
        status = leaf_merge_in_place(view, &siblings->left, siblings->right, flags, limit, done);
    } else {
        status = old_merge(view, tree, &siblings->left, siblings->right, limit, done);
    }
    COUNT(&view->store->counters, leaf_merges, status == QUIRE_OK && *done);
    return status;
}

/* The left page holds all that the right one held: the right one leaves list, parent and tree. */
static quire_status drop_right(struct view *view, struct siblings *siblings)
{
    uint32_t gone = siblings->right->pgno;
    uint32_t next = page_right(siblings->right->data);
    node_release(view, siblings->right);
    siblings->child->frame = siblings->left;
    siblings->child->pgno = siblings->left->pgno;
    TRY(relink_left(view, siblings->left->data, next, gone, siblings->left->pgno));
    TRY(edit_begin(view, &siblings->parent->frame));
    struct frame *parent = siblings->parent->frame;
    branch_delete(parent->data, view->store->page_size, space_cache_get(view, parent->data, 0),
                  siblings->left_slot + 1);
    siblings->parent->slot = siblings->left_slot;
    quire_status status = edit_log_steps(view, parent, delta_delete(view->buffers.delta, siblings->left_slot + 1));
    space_cache_note(view, parent->data);
    return status == QUIRE_OK ? space_free(view, gone) : status;
}

/* Merges children left_slot and left_slot + 1 of the branch above step `level` if they fit in `limit` bytes. */
static quire_status try_merge(struct view *view, const struct tree *tree, struct path *path, size_t level,
                              size_t left_slot, size_t limit, int *done)
{
    struct siblings siblings;
    *done = 0;
    TRY(siblings_open(view, path, level, left_slot, &siblings));
    quire_status status;
    if (page_kind(siblings.left->data) == PAGE_LEAF) {
        status = merge_leaves(view, tree, &siblings, limit, done);
    } else {
        status = merge_branches(view, &siblings, limit, done);
    }
    if (status == QUIRE_OK && *done) {
        return drop_right(view, &siblings);
    }
    siblings_close(view, &siblings);
    return status;
}

/* ---- Sharing -------------------------------------------------------------------- */

/* The border between the siblings is now the separator in buffers.high; the parent may have to split to hold it. */
static quire_status move_border(struct view *view, const struct tree *tree, struct path *path, size_t level,
                                size_t left_slot, uint32_t right_pgno, size_t length)
{
    size_t page_size = view->store->page_size;
    struct path_step *parent = &path->step[level - 1];
    struct leaf_edit edit;
    TRY(edit_begin(view, &parent->frame));
    uint8_t *page = parent->frame->data;
    uint8_t *delta = view->buffers.delta;
    struct space *space = space_cache_get(view, page, BRANCH_CHILD_SIZE + length);
    int fits = branch_replace(page, page_size, space, left_slot + 1, right_pgno, view->buffers.high, length,
                              view->buffers.page, &edit);
    size_t size;
    if (fits) {
        size = delta_replace(delta, &edit, page + edit.offset);
    } else {
        branch_delete(page, page_size, space, left_slot + 1);
        size = delta_delete(delta, left_slot + 1);
    }
    quire_status status = edit_log_steps(view, parent->frame, size);
    space_cache_note(view, parent->frame->data);
    if (status != QUIRE_OK || fits) {
        return status;
    }
    parent->slot = left_slot;
    return branch_add(view, tree, path, level - 1, right_pgno, view->buffers.high, length);
}

/* Shares the records or children of two siblings; *done unless it cannot be done. The path is then used up. */
static quire_status share(struct view *view, const struct tree *tree, struct path *path, size_t level, size_t left_slot,
                          int *done)
{
    struct siblings siblings;
    size_t length = 0;
    *done = 0;
    TRY(siblings_open(view, path, level, left_slot, &siblings));
    quire_status status;
    uint8_t flags = leaf_wanted_flags(tree, siblings.left->data);
    uint32_t right_pgno = siblings.right->pgno;
    if (page_kind(siblings.left->data) == PAGE_BRANCH) {
        status = branch_share(view, &siblings.left, &siblings.right, &length);
    } else if (leaves_go_in_place(tree, siblings.left->data, siblings.right->data)) {
        status = leaf_share_in_place(view, &siblings.left, &siblings.right, flags, &length);
    } else {
        status = old_share(view, tree, &siblings.left, &siblings.right, &length);
    }
    siblings_close(view, &siblings);
    if (status != QUIRE_OK || length == 0) {
        return status;
    }
    *done = 1;
    return move_border(view, tree, path, level, left_slot, right_pgno, length);
}

/* ---- The way up ------------------------------------------------------------------ */

/* What may not stay: an empty leaf, a branch with one child. */
static int is_bare(const uint8_t *page)
{
    return page_slot_count(page) < (page_kind(page) == PAGE_LEAF ? 1u : 2u);
}

enum outcome { UNCHANGED, MERGED, SHARED };

/* Helps the sparse page of step `level`, if a neighbour can. */
static quire_status relieve(struct view *view, const struct tree *tree, struct path *path, size_t level,
                            enum outcome *outcome)
{
    size_t page_size = view->store->page_size;
    size_t slot = path->step[level - 1].slot;
    size_t count = page_slot_count(path->step[level - 1].frame->data);
    int bare = is_bare(path->step[level].frame->data);
    size_t limit = bare ? page_size : page_size * MERGED_PERCENT / 100;
    quire_status status = QUIRE_OK;
    int done = 0;
    *outcome = UNCHANGED;
    if (slot > 0) {
        status = try_merge(view, tree, path, level, slot - 1, limit, &done);
    }
    if (status == QUIRE_OK && !done && slot + 1 < count) {
        status = try_merge(view, tree, path, level, slot, limit, &done);
    }
    if (done) {
        *outcome = MERGED;
    }
    if (status == QUIRE_OK && !done && bare && count > 1) {
        status = share(view, tree, path, level, slot > 0 ? slot - 1 : slot, &done);
        *outcome = done ? SHARED : UNCHANGED;
    }
    return status;
}

/* While the root has one child, that child's content becomes the root's. */
static quire_status collapse_root(struct view *view, struct path *path)
{
    struct path_step *root = &path->step[0];
    while (page_kind(root->frame->data) == PAGE_BRANCH && page_slot_count(root->frame->data) == 1) {
        struct frame *child;
        TRY(node_child(view, root->frame, 0, &child));
        uint32_t child_pgno = child->pgno;
        quire_status status = edit_begin(view, &root->frame);
        if (status == QUIRE_OK) {
            memcpy(root->frame->data, child->data, view->store->page_size);
            store32(root->frame->data + HEADER_PGNO, root->pgno);
            page_set_left(root->frame->data, 0);
            page_set_right(root->frame->data, 0);
            status = edit_log_image(view, root->frame);
        }
        node_release(view, child);
        if (status == QUIRE_OK) {
            status = space_free(view, child_pgno);
        }
        if (status != QUIRE_OK) {
            return status;
        }
    }
    return QUIRE_OK;
}

/* Releases the steps below `level`. */
static void path_cut(struct view *view, struct path *path, size_t level)
{
    while (path->depth > level + 1) {
        node_release(view, path->step[--path->depth].frame);
    }
}

quire_status balance(struct view *view, const struct tree *tree, struct path *path)
{
    size_t sparse = view->store->page_size / SPARSE_DIVISOR;
    size_t level = path->depth - 1;
    quire_status status = QUIRE_OK;
    while (status == QUIRE_OK && level > 0) {
        const uint8_t *page = path->step[level].frame->data;
        enum outcome outcome;
        if (!is_bare(page) && page_used_bytes(page, view->store->page_size) >= sparse) {
            break;
        }
        status = relieve(view, tree, path, level, &outcome);
        if (outcome == SHARED || (outcome == UNCHANGED && !is_bare(path->step[level - 1].frame->data))) {
            break;
        }
        level--;
        path_cut(view, path, level);
    }
    if (status == QUIRE_OK && level == 0) {
        status = collapse_root(view, path);
    }
    path_release(view, path);
    return status;
}
