/*
 * The old path: a leaf taken apart into entries, changed, and laid out anew in
 * whatever version it is to have (src/reference/rebuild.h), in as many leaves as
 * that takes. It serves leaves of old versions, leaves that a write brings to
 * their tree's version, and trees whose in-place option is off.
 *
 * Entries point into a copy of the page, so pages may be written while they live.
 */
#include "edit.h"

#ifndef QUIRE_OMIT_OLD

#include "catalog.h"
#include "spread.h"

/* A leaf taken apart. */
struct unpacked {
    struct entry *entries;
    size_t count;
    uint8_t *page; /* the copy */
    void *block;
};

static quire_status unpack(struct view *view, const uint8_t *page, size_t spare, struct unpacked *unpacked)
{
    size_t page_size = view->store->page_size;
    struct view_buffers *buffers = &view->buffers;
    size_t size = entries_size(page, page_size, buffers->ends, buffers->page) + spare * sizeof(struct entry);
    COUNT(&view->store->counters, slot_extents, 1);
    COUNT(&view->store->counters, slot_extents_slots, page_slot_count(page));
    unpacked->block = memory_allocate(view->store->memory, size + page_size);
    if (!unpacked->block) {
        return fault_set(view->fault, QUIRE_NO_MEMORY, "no memory to take a leaf apart");
    }
    unpacked->page = (uint8_t *)unpacked->block + size;
    memcpy(unpacked->page, page, page_size);
    unpacked->count = entries_decode(unpacked->page, page_size, unpacked->block, spare, &unpacked->entries,
                                     buffers->ends, buffers->page);
    return QUIRE_OK;
}

static void unpacked_free(struct view *view, struct unpacked *unpacked)
{
    memory_release(view->store->memory, unpacked->block);
}

static void count_rebuild(struct view *view, const struct tree *tree, uint8_t before, uint8_t after)
{
    struct counters *counters = &view->store->counters;
    COUNT(counters, rebuilds, 1);
    if (before != after) {
        COUNT(counters, upgrades, 1);
    } else if (!tree->options.in_place) {
        COUNT(counters, rebuild_in_place_off, 1);
    } else {
        COUNT(counters, rebuild_old_version, 1);
    }
}

/* ---- Laying out in several leaves --------------------------------------------- */

/* A leaf among several: its entries and its page. */
struct piece {
    size_t from, to;
    uint32_t pgno;
};

/* Cuts the entries and allocates a page for each piece but the first, which has one. */
static quire_status plan_pieces(const struct spread *spread, size_t limit, struct piece *pieces, size_t count)
{
    size_t at = 0;
    quire_status status = QUIRE_OK;
    for (size_t i = 0; i < count && status == QUIRE_OK; i++) {
        pieces[i].from = at;
        at = spread_leaf_end(spread, at, limit);
        pieces[i].to = at;
        if (i > 0) {
            status = space_allocate(spread->view, &pieces[i].pgno);
        }
    }
    return status;
}

/* Lays a piece out in the page of `frame`, which is ours and keeps its name. */
static quire_status write_piece(const struct spread *spread, const struct piece *piece, struct frame *frame,
                                uint32_t left, uint32_t right)
{
    struct view *view = spread->view;
    size_t low_len, high_len;
    const uint8_t *low = spread_fence_before(spread, piece->from, &low_len);
    const uint8_t *high = spread_fence_after(spread, piece->to, &high_len);
    (void)rebuild_leaf(frame->data, view->store->page_size, spread->flags, low, low_len, high, high_len,
                       spread->entries + piece->from, piece->to - piece->from);
    page_set_left(frame->data, left);
    page_set_right(frame->data, right);
    COUNT(&view->store->counters, memcopy_bytes, page_free_start(frame->data) - page_arena(frame->data));
    return edit_log_image(view, frame);
}

static quire_status write_new_piece(const struct spread *spread, const struct tree *tree, const struct piece *piece,
                                    uint32_t left, uint32_t right)
{
    struct view *view = spread->view;
    struct frame *frame;
    TRY(pager_edit_new(view->store->pager, piece->pgno, &frame, view->fault));
    page_init_slotted(frame->data, view->store->page_size, piece->pgno, tree->id, PAGE_LEAF, 0, spread->flags, NULL, 0,
                      NULL, 0);
    quire_status status = write_piece(spread, piece, frame, left, right);
    node_release(view, frame);
    return status;
}

/* Writes all pieces, links them in, and adds the new ones to the parent, the last one first. */
static quire_status write_pieces(const struct spread *spread, const struct tree *tree, struct path *path,
                                 const struct piece *pieces, size_t count)
{
    struct view *view = spread->view;
    struct path_step *step = &path->step[path->depth - 1];
    uint32_t left = page_left(step->frame->data), right = page_right(step->frame->data);
    quire_status status = edit_begin(view, &step->frame);
    if (status == QUIRE_OK) {
        status = write_piece(spread, &pieces[0], step->frame, left, pieces[1].pgno);
    }
    for (size_t i = 1; i < count && status == QUIRE_OK; i++) {
        status =
            write_new_piece(spread, tree, &pieces[i], pieces[i - 1].pgno, i + 1 < count ? pieces[i + 1].pgno : right);
    }
    if (status == QUIRE_OK) {
        status = relink_left(view, step->frame->data, right, step->pgno, pieces[count - 1].pgno);
    }
    for (size_t i = count - 1; i > 0 && status == QUIRE_OK; i--) {
        size_t length;
        const uint8_t *border = spread_fence_before(spread, pieces[i].from, &length);
        status = branch_add(view, tree, path, path->depth - 2, pieces[i].pgno, border, length);
    }
    return status;
}

static quire_status spread_over(const struct spread *spread, const struct tree *tree, struct path *path, size_t count,
                                size_t limit)
{
    struct view *view = spread->view;
    TRY(path->depth == 1 ? root_push_down(view, tree, path) : QUIRE_OK);
    struct piece *pieces = memory_allocate(view->store->memory, count * sizeof *pieces);
    if (!pieces) {
        return fault_set(view->fault, QUIRE_NO_MEMORY, "no memory to split a leaf");
    }
    pieces[0].pgno = path->step[path->depth - 1].pgno;
    quire_status status = plan_pieces(spread, limit, pieces, count);
    if (status == QUIRE_OK) {
        status = write_pieces(spread, tree, path, pieces, count);
    }
    memory_release(view->store->memory, pieces);
    COUNT(&view->store->counters, leaf_splits, count - 1);
    return status;
}

static quire_status write_one(const struct spread *spread, struct path_step *step)
{
    struct piece all = {0, spread->count, step->pgno};
    TRY(edit_begin(spread->view, &step->frame));
    return write_piece(spread, &all, step->frame, page_left(step->frame->data), page_right(step->frame->data));
}

static struct spread spread_of(struct view *view, const struct unpacked *unpacked, uint8_t flags)
{
    const uint8_t *page = unpacked->page;
    return (struct spread){.view = view,
                           .entries = unpacked->entries,
                           .count = unpacked->count,
                           .flags = flags,
                           .low = page_low(page),
                           .high = page_high(page),
                           .low_len = page_low_len(page),
                           .high_len = page_high_len(page)};
}

/* Writes the entries back, in as many leaves as it takes; `append` fills all but the last. */
static quire_status repack(struct view *view, const struct tree *tree, struct path *path,
                           const struct unpacked *unpacked, uint8_t flags, int append)
{
    size_t page_size = view->store->page_size;
    struct spread spread = spread_of(view, unpacked, flags);
    count_rebuild(view, tree, page_flags(unpacked->page), flags);
    if (spread_leaf_bytes(&spread, 0, spread.count) <= page_size) {
        return write_one(&spread, &path->step[path->depth - 1]);
    }
    COUNT(&view->store->counters, split_signals, 1);
    size_t leaves = spread_leaves_needed(&spread, page_size);
    size_t limit = append ? page_size : spread_even_limit(&spread, leaves);
    return spread_over(&spread, tree, path, spread_leaves_needed(&spread, limit), limit);
}

/* ---- Edits of one leaf ------------------------------------------------------------ */

quire_status old_put(struct view *view, const struct tree *tree, struct path *path, quire_bytes key,
                     const struct value *value)
{
    const uint8_t *page = path->step[path->depth - 1].frame->data;
    uint8_t flags = leaf_wanted_flags(tree, page);
    struct entry entry = {.key = key.data,
                          .key_len = key.size,
                          .value = value->overflow ? NULL : value->data,
                          .value_len = value->size,
                          .overflow = value->overflow,
                          .ref = value->ref};
    struct unpacked unpacked;
    int found;
    TRY(unpack(view, page, 1, &unpacked));
    size_t rank = entries_search(unpacked.entries, unpacked.count, key.data, key.size, &found);
    int append = !found && rank == unpacked.count &&
                 (page_high_len(page) == 0 || space_cache_is_run(view, page_pgno(page), rank));
    if (found) {
        unpacked.entries[rank] = entry;
    } else {
        entries_insert(unpacked.entries, &unpacked.count, rank, &entry);
        space_cache_note_insert(view, page_pgno(page), rank);
    }
    COUNT(&view->store->counters, leaf_inserts, 1);
    quire_status status = repack(view, tree, path, &unpacked, flags, append);
    unpacked_free(view, &unpacked);
    return status;
}

quire_status old_remove(struct view *view, const struct tree *tree, struct path *path, size_t from, size_t to)
{
    const uint8_t *page = path->step[path->depth - 1].frame->data;
    uint8_t flags = leaf_wanted_flags(tree, page);
    struct unpacked unpacked;
    TRY(unpack(view, page, 0, &unpacked));
    memmove(&unpacked.entries[from], &unpacked.entries[to], (unpacked.count - to) * sizeof(struct entry));
    unpacked.count -= to - from;
    struct spread spread = spread_of(view, &unpacked, flags);
    if (spread_leaf_bytes(&spread, 0, spread.count) > view->store->page_size) {
        flags = page_flags(unpacked.page); /* a delete takes no pages: the upgrade waits for a put */
    }
    quire_status status = repack(view, tree, path, &unpacked, flags, 0);
    unpacked_free(view, &unpacked);
    return status;
}

quire_status old_rewrite(struct view *view, const struct tree *tree, struct path *path)
{
    struct unpacked unpacked;
    TRY(unpack(view, path->step[path->depth - 1].frame->data, 0, &unpacked));
    quire_status status = repack(view, tree, path, &unpacked, catalog_leaf_flags(&tree->options), 0);
    unpacked_free(view, &unpacked);
    return status;
}

/* ---- Two leaves -------------------------------------------------------------------- */

/* Takes both apart; the left one's entries then have the right one's behind them. */
static quire_status unpack_both(struct view *view, const uint8_t *left, const uint8_t *right, struct unpacked *both,
                                struct unpacked *of_right)
{
    TRY(unpack(view, left, page_slot_count(right), both));
    quire_status status = unpack(view, right, 0, of_right);
    if (status != QUIRE_OK) {
        unpacked_free(view, both);
        return status;
    }
    memcpy(both->entries + both->count, of_right->entries, of_right->count * sizeof(struct entry));
    both->count += of_right->count;
    return QUIRE_OK;
}

static struct spread spread_of_both(struct view *view, const struct unpacked *both, const struct unpacked *of_right,
                                    uint8_t flags)
{
    struct spread spread = spread_of(view, both, flags);
    spread.high = page_high(of_right->page);
    spread.high_len = page_high_len(of_right->page);
    return spread;
}

static quire_status merge_into_left(struct spread *spread, struct frame **left, const struct frame *right)
{
    struct view *view = spread->view;
    struct piece all = {0, spread->count, (*left)->pgno};
    quire_status status = edit_begin(view, left);
    COUNT(&view->store->counters, rebuilds, 1);
    return status != QUIRE_OK ? status
                              : write_piece(spread, &all, *left, page_left((*left)->data), page_right(right->data));
}

quire_status old_merge(struct view *view, const struct tree *tree, struct frame **left, const struct frame *right,
                       size_t limit, int *done)
{
    struct unpacked both, of_right;
    int one_is_empty = page_slot_count((*left)->data) == 0 || page_slot_count(right->data) == 0;
    uint8_t full_flags = page_flags(page_slot_count(right->data) > 0 ? right->data : (*left)->data);
    TRY(unpack_both(view, (*left)->data, right->data, &both, &of_right));
    quire_status status = QUIRE_OK;
    struct spread spread = spread_of_both(view, &both, &of_right, leaf_wanted_flags(tree, (*left)->data));
    *done = spread_leaf_bytes(&spread, 0, spread.count) <= limit;
    if (!*done && one_is_empty) {
        spread.flags = full_flags; /* an empty leaf must go, even if the records of the other cannot be upgraded */
        *done = spread_leaf_bytes(&spread, 0, spread.count) <= limit;
    }
    if (*done) {
        status = merge_into_left(&spread, left, right);
    }
    unpacked_free(view, &of_right);
    unpacked_free(view, &both);
    return status;
}

/* The end of the left leaf that evens both out, 0 if two leaves do not hold all. */
static size_t share_end(const struct spread *spread)
{
    size_t page_size = spread->view->store->page_size;
    if (spread->count < 2 || spread_leaves_needed(spread, page_size) > 2) {
        return 0;
    }
    size_t limit = spread_even_limit(spread, 2);
    size_t end = spread_leaf_end(spread, 0, limit);
    if (end == spread->count) {
        end--;
    }
    return spread_leaf_bytes(spread, 0, end) <= page_size && spread_leaf_bytes(spread, end, spread->count) <= page_size
               ? end
               : 0;
}

static quire_status share_out(const struct spread *spread, size_t end, struct frame **left, struct frame **right,
                              size_t *border_len)
{
    struct view *view = spread->view;
    struct piece lower = {0, end, (*left)->pgno}, upper = {end, spread->count, (*right)->pgno};
    quire_status status = edit_begin(view, left);
    if (status == QUIRE_OK) {
        status = edit_begin(view, right);
    }
    if (status == QUIRE_OK) {
        status = write_piece(spread, &lower, *left, page_left((*left)->data), page_right((*left)->data));
    }
    if (status == QUIRE_OK) {
        status = write_piece(spread, &upper, *right, page_left((*right)->data), page_right((*right)->data));
    }
    const uint8_t *border = spread_fence_before(spread, end, border_len);
    memcpy(view->buffers.high, border, *border_len);
    COUNT(&view->store->counters, rebalance_rebuild, 1);
    return status;
}

quire_status old_share(struct view *view, const struct tree *tree, struct frame **left, struct frame **right,
                       size_t *border_len)
{
    struct unpacked both, of_right;
    uint8_t full_flags = page_flags(page_slot_count((*right)->data) > 0 ? (*right)->data : (*left)->data);
    quire_status status = unpack_both(view, (*left)->data, (*right)->data, &both, &of_right);
    *border_len = 0;
    if (status != QUIRE_OK) {
        return status;
    }
    struct spread spread = spread_of_both(view, &both, &of_right, leaf_wanted_flags(tree, (*left)->data));
    size_t end = share_end(&spread);
    if (end == 0) {
        spread.flags = full_flags;
        end = share_end(&spread);
    }
    if (end > 0) {
        status = share_out(&spread, end, left, right, border_len);
    }
    unpacked_free(view, &of_right);
    unpacked_free(view, &both);
    return status;
}

#endif
