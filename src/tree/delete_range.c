/*
 * Deleting many records at once, and whole trees.
 *
 * A range goes leaf by leaf from its low end. A leaf that it empties takes over
 * the brackets of the leaves behind it under the same parent that lie within the
 * range as well; their pages are freed whole. What is left of an empty leaf then
 * goes the way of every sparse page (balance.c). Records are looked at only for
 * the chains they refer to.
 */
#include "edit.h"
#include "leaf_reader.h"

struct range {
    struct view *view;
    const struct tree *tree;
    quire_bytes at; /* what is below has been dealt with */
    quire_bytes high;
    uint8_t *next; /* where to go on: a fence, copied */
    size_t next_len;
    uint8_t *start; /* room for `at` */
    uint64_t deleted;
};

/* Is everything below this high fence (empty: +infinity) below the range's end? */
static int reaches(const struct range *range, const uint8_t *fence, size_t length)
{
    return range->high.size == 0 ||
           (length > 0 && bytes_compare(fence, length, range->high.data, range->high.size) <= 0);
}

/* ---- Chains of the records that go --------------------------------------------- */

/* Frees the chains of the records [from, to) of a leaf. */
static quire_status free_chains(struct view *view, const struct tree *tree, const uint8_t *page, size_t from, size_t to)
{
    struct leaf_reader reader;
    struct record record;
    leaf_reader_init(&reader, view);
    quire_status status = leaf_reader_open(&reader, view, page);
    for (size_t slot = from; slot < to && status == QUIRE_OK; slot++) {
        leaf_reader_get(&reader, slot, &record);
        if (record.overflow) {
            status = overflow_free(view, tree->id, leaf_ref(page, &record), record.value_len);
        }
    }
    leaf_reader_free(&reader);
    return status;
}

/* ---- Ranges ------------------------------------------------------------------------ */

static size_t rank_of(struct view *view, const uint8_t *page, quire_bytes key)
{
    struct record record;
    size_t rank;
    int found;
    leaf_find(view, page, key, &rank, &found, &record);
    return rank;
}

/* Takes the range's records out of the path's leaf, and notes where its bracket ends. */
static quire_status trim_leaf(struct range *range, struct path *path)
{
    struct view *view = range->view;
    const uint8_t *page = path->step[path->depth - 1].frame->data;
    size_t from = range->at.size > 0 ? rank_of(view, page, range->at) : 0;
    size_t to = page_slot_count(page);
    range->next_len = page_high_len(page);
    memcpy(range->next, page_high(page), range->next_len);
    if (!reaches(range, page_high(page), page_high_len(page))) {
        to = rank_of(view, page, range->high);
    }
    if (from >= to) {
        return QUIRE_OK;
    }
    range->deleted += to - from;
    TRY(free_chains(view, range->tree, page, from, to));
    return remove_records(view, range->tree, path, from, to);
}

/* Frees the leaf at `slot` of the parent, records and all; *next is its right sibling. */
static quire_status drop_leaf(struct range *range, const struct frame *parent, size_t slot, uint32_t *gone,
                              uint32_t *next)
{
    struct view *view = range->view;
    struct frame *leaf;
    TRY(node_child(view, parent, slot, &leaf));
    size_t count = page_slot_count(leaf->data);
    *gone = leaf->pgno;
    *next = page_right(leaf->data);
    range->deleted += count;
    range->next_len = page_high_len(leaf->data);
    memcpy(range->next, page_high(leaf->data), range->next_len);
    quire_status status = free_chains(view, range->tree, leaf->data, 0, count);
    node_release(view, leaf);
    return status == QUIRE_OK ? space_free(view, *gone) : status;
}

/* The empty leaf's bracket goes on to range->next; its right sibling is `next`, whose left one was `gone`. */
static quire_status widen_leaf(struct range *range, struct path_step *step, uint32_t gone, uint32_t next)
{
    struct view *view = range->view;
    uint8_t *low = view->buffers.low;
    size_t low_len = page_low_len(step->frame->data);
    memcpy(low, page_low(step->frame->data), low_len);
    TRY(edit_begin(view, &step->frame));
    uint8_t *page = step->frame->data;
    uint32_t left = page_left(page);
    page_init_slotted(page, view->store->page_size, step->pgno, range->tree->id, PAGE_LEAF, 0,
                      leaf_wanted_flags(range->tree, page), low, low_len, range->next, range->next_len);
    page_set_left(page, left);
    page_set_right(page, next);
    TRY(edit_log_image(view, step->frame));
    return relink_left(view, step->frame->data, next, gone, step->pgno);
}

/* Takes the slots (from, to] out of the branch. */
static quire_status drop_slots(struct view *view, struct path_step *step, size_t from, size_t to)
{
    TRY(edit_begin(view, &step->frame));
    uint8_t *page = step->frame->data;
    struct space *space = space_cache_get(view, page, 0);
    size_t size = 0;
    for (size_t slot = to; slot > from; slot--) {
        branch_delete(page, view->store->page_size, space, slot);
        size += delta_delete(view->buffers.delta + size, slot);
    }
    quire_status status = edit_log_steps(view, step->frame, size);
    space_cache_note(view, step->frame->data);
    return status;
}

/* The path's leaf is empty: it swallows the leaves behind it that lie within the range, under the same parent. */
static quire_status swallow(struct range *range, struct path *path)
{
    struct path_step *parent = &path->step[path->depth - 2];
    size_t page_size = range->view->store->page_size;
    size_t slot = parent->slot;
    uint32_t gone = 0, next = 0;
    while (slot + 1 < page_slot_count(parent->frame->data)) {
        const uint8_t *low, *high;
        size_t low_len, high_len;
        branch_bracket(parent->frame->data, page_size, slot + 1, &low, &low_len, &high, &high_len);
        if (!reaches(range, high, high_len)) {
            break;
        }
        slot++;
        TRY(drop_leaf(range, parent->frame, slot, &gone, &next));
    }
    if (slot == parent->slot) {
        return QUIRE_OK;
    }
    TRY(widen_leaf(range, &path->step[path->depth - 1], gone, next));
    return drop_slots(range->view, parent, parent->slot, slot);
}

/* An empty leaf without siblings goes only after its parents have joined others: so again, until it is gone. */
static quire_status settle(struct range *range)
{
    for (size_t round = 0; round <= LEVEL_MAX + 1; round++) {
        struct path path;
        TRY(path_descend(range->view, range->tree, range->at.data, range->at.size, 1, &path));
        if (path.depth == 1 || page_slot_count(path.step[path.depth - 1].frame->data) > 0) {
            path_release(range->view, &path);
            return QUIRE_OK;
        }
        TRY(balance(range->view, range->tree, &path));
    }
    return QUIRE_OK;
}

/* Deals with the leaf that holds range->at, and with those behind it under its parent. */
static quire_status range_step(struct range *range)
{
    struct path path;
    TRY(path_descend(range->view, range->tree, range->at.data, range->at.size, 1, &path));
    quire_status status = trim_leaf(range, &path);
    int empty = status == QUIRE_OK && page_slot_count(path.step[path.depth - 1].frame->data) == 0;
    if (empty && path.depth > 1) {
        status = swallow(range, &path);
    }
    if (status != QUIRE_OK) {
        path_release(range->view, &path);
        return status;
    }
    status = balance(range->view, range->tree, &path);
    return status == QUIRE_OK && empty ? settle(range) : status;
}

static quire_status range_run(struct range *range)
{
    for (;;) {
        quire_status status = range_step(range);
        if (status != QUIRE_OK || range->next_len == 0) {
            return status;
        }
        if (range->high.size > 0 &&
            bytes_compare(range->next, range->next_len, range->high.data, range->high.size) >= 0) {
            return QUIRE_OK;
        }
        memcpy(range->start, range->next, range->next_len);
        range->at = (quire_bytes){range->start, range->next_len};
    }
}

quire_status tree_delete_range(struct view *view, const struct tree *tree, quire_bytes low, quire_bytes high,
                               uint64_t *deleted)
{
    struct operation operation;
    struct range range = {.view = view, .tree = tree, .at = low, .high = high};
    if (high.size > 0 && bytes_compare(low.data, low.size, high.data, high.size) >= 0) {
        *deleted = 0;
        return QUIRE_OK;
    }
    TRY(operation_begin(&operation, view));
    quire_status status;
    range.next = memory_allocate(view->store->memory, 2 * view->store->key_max);
    if (!range.next) {
        status = fault_set(view->fault, QUIRE_NO_MEMORY, "no memory to delete a range");
    } else {
        range.start = range.next + view->store->key_max;
        status = range_run(&range);
        memory_release(view->store->memory, range.next);
    }
    *deleted = status == QUIRE_OK ? range.deleted : 0;
    return operation_end(&operation, status);
}

/* ---- Whole trees ---------------------------------------------------------------------- */

/* Frees the pinned page and all below it; the pin is given back. The depth is that of a descent, 32 at most. */
static quire_status free_subtree(struct view *view, const struct tree *tree, struct frame *frame)
{
    uint32_t pgno = frame->pgno;
    size_t count = page_slot_count(frame->data);
    quire_status status = QUIRE_OK;
    if (page_kind(frame->data) == PAGE_LEAF) {
        status = free_chains(view, tree, frame->data, 0, count);
        count = 0;
    }
    for (size_t slot = 0; slot < count && status == QUIRE_OK; slot++) {
        struct frame *child;
        status = node_child(view, frame, slot, &child);
        if (status == QUIRE_OK) {
            status = free_subtree(view, tree, child);
        }
    }
    node_release(view, frame);
    return status == QUIRE_OK ? space_free(view, pgno) : status;
}

quire_status tree_free(struct view *view, const struct tree *tree)
{
    struct operation operation;
    struct frame *root;
    TRY(operation_begin(&operation, view));
    view->edits++;
    quire_status status = node_root(view, tree, &root);
    if (status == QUIRE_OK) {
        status = free_subtree(view, tree, root);
    }
    return operation_end(&operation, status);
}
