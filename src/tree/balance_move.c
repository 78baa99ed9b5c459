/*
 * Two neighbours laid out anew: see balance.h. Pages here are filled from
 * copies, in key order and without holes, and logged as images.
 */
#include "balance.h"

int leaves_go_in_place(const struct tree *tree, const uint8_t *left, const uint8_t *right)
{
    return leaf_goes_in_place(tree, left) && leaf_is_current(right);
}

/* Bytes of records, slots apart. */
static size_t record_bytes(const uint8_t *page)
{
    return page_free_start(page) - page_hole_bytes(page) - page_arena(page);
}

/* An empty page in the place of the old one, keeping its name and neighbours. */
static void start_over(uint8_t *page, size_t page_size, uint8_t flags, const uint8_t *low, size_t low_len,
                       const uint8_t *high, size_t high_len)
{
    uint32_t left = page_left(page), right = page_right(page);
    page_init_slotted(page, page_size, page_pgno(page), page_tree(page), page_kind(page), page_level(page), flags, low,
                      low_len, high, high_len);
    page_set_left(page, left);
    page_set_right(page, right);
}

/* Behind what `page` has; it has room and no holes. */
static void append(struct view *view, uint8_t *page, const uint8_t *source, size_t from, size_t to)
{
    struct space space;
    size_t before = page_free_start(page);
    space_clear(&space);
    (void)page_append(page, view->store->page_size, &space, source, from, to, view->buffers.page);
    COUNT(&view->store->counters, memcopy_bytes, page_free_start(page) - before);
}

quire_status leaf_merge_in_place(struct view *view, struct frame **left, const struct frame *right, uint8_t flags,
                                 size_t limit, int *done)
{
    size_t page_size = view->store->page_size;
    const uint8_t *copy = view->buffers.page2;
    const uint8_t *source = right->data;
    size_t left_count = page_slot_count((*left)->data), right_count = page_slot_count(source);
    size_t size = HEADER_SIZE + page_low_len((*left)->data) + page_high_len(source) + record_bytes((*left)->data) +
                  record_bytes(source) + slot_width(flags) * (left_count + right_count);
    *done = size <= limit;
    if (!*done) {
        return QUIRE_OK;
    }
    TRY(edit_begin(view, left));
    uint8_t *page = (*left)->data;
    memcpy(view->buffers.page2, page, page_size);
    start_over(page, page_size, flags, page_low(copy), page_low_len(copy), page_high(source), page_high_len(source));
    append(view, page, copy, 0, left_count);
    append(view, page, source, 0, right_count);
    page_set_right(page, page_right(source));
    return edit_log_image(view, *left);
}

/* ---- Leaves: one empty, the other not ---------------------------------------- */

/* The rank that halves the records by bytes; 0 if there are fewer than two. */
static size_t middle_rank(const uint8_t *page, size_t page_size)
{
    size_t width = slot_width(page_flags(page));
    size_t total = record_bytes(page) + width * page_slot_count(page);
    size_t bytes = 0, best = 0, best_larger = total;
    for (size_t at = 1; at < page_slot_count(page); at++) {
        bytes += slot_length(page, page_size, width, at - 1) + width;
        size_t larger = bytes > total - bytes ? bytes : total - bytes;
        if (best == 0 || larger < best_larger) {
            best = at;
            best_larger = larger;
        }
    }
    return best;
}

static size_t leaf_border(struct view *view, const uint8_t *page, size_t at)
{
    struct record left, right;
    leaf_record(page, view->store->page_size, at - 1, &left);
    leaf_record(page, view->store->page_size, at, &right);
    size_t length = separator_len(left.key, left.key_len, right.key, right.key_len);
    memcpy(view->buffers.high, right.key, length);
    return length;
}

static quire_status log_both(struct view *view, struct frame *left, struct frame *right)
{
    quire_status status = edit_log_image(view, left);
    COUNT(&view->store->counters, rebalance_in_place, 1);
    return status == QUIRE_OK ? edit_log_image(view, right) : status;
}

quire_status leaf_share_in_place(struct view *view, struct frame **left, struct frame **right, uint8_t flags,
                                 size_t *border_len)
{
    size_t page_size = view->store->page_size;
    struct view_buffers *buffers = &view->buffers;
    int left_is_empty = page_slot_count((*left)->data) == 0;
    size_t at = middle_rank(left_is_empty ? (*right)->data : (*left)->data, page_size);
    *border_len = 0;
    if (at == 0) {
        return QUIRE_OK;
    }
    TRY(edit_begin(view, left));
    TRY(edit_begin(view, right));
    memcpy(buffers->page2, left_is_empty ? (*right)->data : (*left)->data, page_size);
    size_t low_len = page_low_len((*left)->data), high_len = page_high_len((*right)->data);
    memcpy(buffers->low, page_low((*left)->data), low_len);
    memcpy(buffers->key, page_high((*right)->data), high_len);
    *border_len = leaf_border(view, buffers->page2, at);
    start_over((*left)->data, page_size, flags, buffers->low, low_len, buffers->high, *border_len);
    append(view, (*left)->data, buffers->page2, 0, at);
    start_over((*right)->data, page_size, flags, buffers->high, *border_len, buffers->key, high_len);
    append(view, (*right)->data, buffers->page2, at, page_slot_count(buffers->page2));
    return log_both(view, *left, *right);
}

/* ---- Branches: one with a single child ---------------------------------------- */

/* How many children to move, at least one: about a quarter of a page, and no more than half of them. */
static size_t children_to_move(const uint8_t *donor, size_t page_size, int from_front)
{
    size_t count = page_slot_count(donor);
    size_t bytes = 0, moved = 0;
    while (moved == 0 || (bytes < page_size / 4 && moved < count / 2)) {
        size_t slot = from_front ? moved : count - 1 - moved;
        bytes += slot_length(donor, page_size, SLOT_WIDTH_V3, slot) + SLOT_WIDTH_V3;
        moved++;
    }
    return moved;
}

/* Adds the child that the old border stood before. */
static void append_at_border(struct view *view, uint8_t *page, uint32_t child, const uint8_t *border, size_t border_len)
{
    struct space space;
    struct leaf_edit edit;
    space_clear(&space);
    (void)branch_insert(page, view->store->page_size, &space, page_slot_count(page), child, border, border_len,
                        view->buffers.page, &edit);
}

/* The old border is in buffers.low, the new one, `border_len` bytes, goes to buffers.high. */
static void share_from_right(struct view *view, uint8_t *left, uint8_t *right, size_t old_len, size_t moved,
                             size_t border_len)
{
    size_t page_size = view->store->page_size;
    struct view_buffers *buffers = &view->buffers;
    const uint8_t *copy = buffers->page2;
    size_t high_len = page_high_len(right);
    memcpy(buffers->page2, left, page_size);
    memcpy(buffers->key, page_high(right), high_len);
    start_over(left, page_size, page_flags(copy), page_low(copy), page_low_len(copy), buffers->high, border_len);
    append(view, left, copy, 0, page_slot_count(copy));
    append_at_border(view, left, branch_child(right, page_size, 0), buffers->low, old_len);
    append(view, left, right, 1, moved);
    (void)page_keep(right, page_size, moved, page_slot_count(right), buffers->high, border_len, buffers->key, high_len,
                    buffers->page);
}

static void share_from_left(struct view *view, uint8_t *left, uint8_t *right, size_t old_len, size_t kept,
                            size_t border_len)
{
    size_t page_size = view->store->page_size;
    struct view_buffers *buffers = &view->buffers;
    const uint8_t *copy = buffers->page2;
    size_t low_len = page_low_len(left);
    memcpy(buffers->page2, right, page_size);
    memcpy(buffers->key, page_low(left), low_len);
    start_over(right, page_size, page_flags(copy), buffers->high, border_len, page_high(copy), page_high_len(copy));
    append(view, right, left, kept, page_slot_count(left));
    append_at_border(view, right, branch_child(copy, page_size, 0), buffers->low, old_len);
    append(view, right, copy, 1, page_slot_count(copy));
    (void)page_keep(left, page_size, 0, kept, buffers->key, low_len, buffers->high, border_len, buffers->page);
}

quire_status branch_share(struct view *view, struct frame **left, struct frame **right, size_t *border_len)
{
    size_t page_size = view->store->page_size;
    int from_right = page_slot_count((*right)->data) > page_slot_count((*left)->data);
    *border_len = 0;
    if (page_slot_count((from_right ? *right : *left)->data) < 3) {
        return QUIRE_OK;
    }
    TRY(edit_begin(view, left));
    TRY(edit_begin(view, right));
    const uint8_t *donor = from_right ? (*right)->data : (*left)->data;
    size_t moved = children_to_move(donor, page_size, from_right);
    size_t at = from_right ? moved : page_slot_count(donor) - moved;
    size_t old_len = page_high_len((*left)->data);
    memcpy(view->buffers.low, page_high((*left)->data), old_len);
    const uint8_t *border = branch_separator(donor, page_size, at, border_len);
    memcpy(view->buffers.high, border, *border_len);
    if (from_right) {
        share_from_right(view, (*left)->data, (*right)->data, old_len, at, *border_len);
    } else {
        share_from_left(view, (*left)->data, (*right)->data, old_len, at, *border_len);
    }
    return log_both(view, *left, *right);
}
