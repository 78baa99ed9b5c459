/*
 * A walk through the pages of a tree. The branches on the way down stay pinned,
 * one for each level; each child is held against its parent by the gate, so a
 * cycle cannot be entered and the walk ends.
 */
#include "walk.h"

struct walk {
    struct view *view;
    size_t depth;
    struct {
        struct frame *frame;
        size_t next; /* child to go to */
    } step[LEVEL_MAX + 1];
};

/* Visits a page that was just pinned; a branch stays, and its children come next. */
static quire_status enter(struct walk *walk, struct frame *frame,
                          quire_status (*visit)(void *context, struct frame **frame), void *context)
{
    quire_status status = visit(context, &frame);
    if (status != QUIRE_OK || page_kind(frame->data) != PAGE_BRANCH) {
        node_release(walk->view, frame);
        return status;
    }
    walk->step[walk->depth].frame = frame;
    walk->step[walk->depth].next = 0;
    walk->depth++;
    return QUIRE_OK;
}

quire_status walk_tree(struct view *view, const struct tree *tree,
                       quire_status (*visit)(void *context, struct frame **frame), void *context)
{
    struct walk walk = {.view = view};
    struct frame *frame;
    quire_status status = node_root(view, tree, &frame);
    if (status == QUIRE_OK) {
        status = enter(&walk, frame, visit, context);
    }
    while (status == QUIRE_OK && walk.depth > 0) {
        struct frame *branch = walk.step[walk.depth - 1].frame;
        size_t next = walk.step[walk.depth - 1].next++;
        if (next == page_slot_count(branch->data)) {
            node_release(view, branch);
            walk.depth--;
            continue;
        }
        status = node_child(view, branch, next, &frame);
        if (status == QUIRE_OK) {
            status = enter(&walk, frame, visit, context);
        }
    }
    while (walk.depth > 0) {
        node_release(view, walk.step[--walk.depth].frame);
    }
    return status;
}
