/*
 * Descents. Invariant: step i + 1 is the child of step i at its slot, held
 * against rules T1 and T2 when it was taken; levels fall by one, so a descent
 * ends after at most 32 pages whatever the bytes say.
 */
#include "tree.h"

void path_release(struct view *view, struct path *path)
{
    for (size_t i = 0; i < path->depth; i++) {
        if (path->step[i].frame) {
            node_release(view, path->step[i].frame);
        }
    }
    path->depth = 0;
}

/* Adds the pinned page as the next step, its slot still 0. */
static struct path_step *path_push(struct path *path, struct frame *frame)
{
    struct path_step *step = &path->step[path->depth++];
    *step = (struct path_step){.pgno = frame->pgno, .slot = 0, .frame = frame};
    return step;
}

/* Goes from the pinned last step, a branch, to its child at `slot`. */
static quire_status path_down(struct view *view, struct path *path, size_t slot, int pin_all)
{
    struct path_step *step = &path->step[path->depth - 1];
    struct frame *child;
    TRY(node_child(view, step->frame, slot, &child));
    step->slot = slot;
    if (!pin_all) {
        node_release(view, step->frame);
        step->frame = NULL;
    }
    (void)path_push(path, child);
    return QUIRE_OK;
}

static const uint8_t *path_page(const struct path *path)
{
    return path->step[path->depth - 1].frame->data;
}

static quire_status path_start(struct view *view, const struct tree *tree, struct path *path)
{
    struct frame *frame;
    path->depth = 0;
    quire_status status = node_root(view, tree, &frame);
    if (status == QUIRE_OK) {
        (void)path_push(path, frame);
    }
    return status;
}

quire_status path_descend(struct view *view, const struct tree *tree, const uint8_t *key, size_t key_len, int pin_all,
                          struct path *path)
{
    size_t page_size = view->store->page_size;
    quire_status status = path_start(view, tree, path);
    while (status == QUIRE_OK && page_kind(path_page(path)) == PAGE_BRANCH) {
        COUNT(&view->store->counters, branch_searches, 1);
        status = path_down(view, path, branch_search(path_page(path), page_size, key, key_len), pin_all);
    }
    if (status != QUIRE_OK) {
        path_release(view, path);
        return status;
    }
    leaf_foresee(view, path_page(path), (quire_bytes){key, key_len});
    return QUIRE_OK;
}

/* From the pinned last step down to its first or last leaf. */
static quire_status path_down_edge(struct view *view, struct path *path, int last, int pin_all)
{
    quire_status status = QUIRE_OK;
    while (status == QUIRE_OK && page_kind(path_page(path)) == PAGE_BRANCH) {
        status = path_down(view, path, last ? page_slot_count(path_page(path)) - 1 : 0, pin_all);
    }
    return status;
}

quire_status path_edge(struct view *view, const struct tree *tree, int last, struct path *path)
{
    quire_status status = path_start(view, tree, path);
    if (status == QUIRE_OK) {
        status = path_down_edge(view, path, last, 0);
    }
    if (status != QUIRE_OK) {
        path_release(view, path);
    }
    return status;
}

/* Drops the last step, and pins the one above it again if it is not. */
static quire_status path_up(struct view *view, const struct tree *tree, struct path *path)
{
    struct path_step *step = &path->step[--path->depth];
    if (step->frame) {
        node_release(view, step->frame);
    }
    step--;
    if (step->frame) {
        return QUIRE_OK;
    }
    return node_get_kind(view, step->pgno, PAGE_BRANCH, tree->id, &step->frame);
}

quire_status path_neighbour(struct view *view, const struct tree *tree, int forward, struct path *path)
{
    int pin_all = path->depth > 1 && path->step[0].frame != NULL;
    quire_status status = QUIRE_OK;
    while (status == QUIRE_OK && path->depth > 1) {
        status = path_up(view, tree, path);
        const struct path_step *step = &path->step[path->depth - 1];
        if (status == QUIRE_OK && (forward ? step->slot + 1 < page_slot_count(step->frame->data) : step->slot > 0)) {
            status = path_down(view, path, forward ? step->slot + 1 : step->slot - 1, pin_all);
            if (status == QUIRE_OK) {
                status = path_down_edge(view, path, !forward, pin_all);
            }
            if (status == QUIRE_OK) {
                return QUIRE_OK;
            }
        }
    }
    path_release(view, path);
    return status == QUIRE_OK ? QUIRE_NOT_FOUND : status;
}
