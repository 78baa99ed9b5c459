/*
 * Taking and giving back pages. Free pages form a stack: trunk pages hold the
 * numbers of others, the head trunk's last entry is the top, and a trunk whose
 * entries are used up is itself handed out. So a page costs one small patch of
 * the head trunk, and the same calls always give the same pages.
 *
 * Invariant: state.free_count is the number of trunks and of their entries
 * (rule S2); every page named there is of kind free.
 */
#include "page_space.h"
#include "space_cache.h"

/* Changes the head trunk's count and one entry, as one delta; `entry` is the index that was pushed or popped. */
static quire_status log_trunk(struct view *view, struct frame *trunk, size_t entry)
{
    size_t at = FREE_ENTRIES + FREE_ENTRY_SIZE * entry;
    uint8_t *delta = view->buffers.delta;
    size_t size = delta_patch(delta, HEADER_SLOT_COUNT, trunk->data + HEADER_SLOT_COUNT, 2);
    size += delta_patch(delta + size, at, trunk->data + at, FREE_ENTRY_SIZE);
    return pager_log_delta(view->store->pager, trunk, delta, size, view->fault);
}

/* A page that a trunk names is free, and no trunk itself. */
static quire_status check_free(struct view *view, uint32_t pgno)
{
    struct frame *frame;
    TRY(node_get(view, pgno, &frame));
    int is_listed =
        page_kind(frame->data) == PAGE_FREE && page_slot_count(frame->data) == 0 && page_right(frame->data) == 0;
    node_release(view, frame);
    return is_listed ? QUIRE_OK : corrupt(view, pgno, "S2", "the free list names it, but it is not a free page");
}

static quire_status pop_entry(struct view *view, struct frame **trunk, uint32_t *pgno)
{
    size_t last = page_slot_count((*trunk)->data) - 1;
    uint32_t popped = free_entry((*trunk)->data, last);
    TRY(check_free(view, popped));
    TRY(pager_edit(view->store->pager, trunk, view->fault));
    *pgno = free_pop((*trunk)->data);
    return log_trunk(view, *trunk, last);
}

/* Takes the top of the stack, which is not empty. */
static quire_status pop_free(struct view *view, struct state *state, uint32_t *pgno)
{
    struct frame *trunk;
    TRY(node_get(view, state->free_head, &trunk));
    quire_status status = QUIRE_OK;
    if (page_kind(trunk->data) != PAGE_FREE || state->free_count == 0) {
        status = corrupt(view, state->free_head, "S2", "it is not the head of a free list of %u pages",
                         (unsigned)state->free_count);
    } else if (page_slot_count(trunk->data) > 0) {
        status = pop_entry(view, &trunk, pgno);
    } else {
        *pgno = state->free_head;
        state->free_head = page_right(trunk->data);
    }
    node_release(view, trunk);
    return status;
}

quire_status space_allocate(struct view *view, uint32_t *pgno)
{
    struct state state;
    uint32_t taken = 0;
    view_state(view, &state);
    COUNT(&view->store->counters, pages_allocated, 1);
    if (state.free_head == 0) {
        return pager_grow(view->store->pager, pgno, view->fault);
    }
    TRY(pop_free(view, &state, &taken));
    state.free_count--;
    view_set_state(view, &state);
    *pgno = taken;
    return QUIRE_OK;
}

/* 1 in *pushed if the head trunk had room for the number. */
static quire_status push_free(struct view *view, uint32_t head, uint32_t pgno, int *pushed)
{
    struct frame *trunk;
    *pushed = 0;
    if (head == 0) {
        return QUIRE_OK;
    }
    TRY(node_get_kind(view, head, PAGE_FREE, 0, &trunk));
    quire_status status = QUIRE_OK;
    size_t count = page_slot_count(trunk->data);
    if (count < FREE_CAPACITY(view->store->page_size)) {
        status = pager_edit(view->store->pager, &trunk, view->fault);
        if (status == QUIRE_OK) {
            *pushed = free_push(trunk->data, view->store->page_size, pgno);
            status = log_trunk(view, trunk, count);
        }
    }
    node_release(view, trunk);
    return status;
}

quire_status space_stamp_free(struct view *view, uint32_t pgno, uint32_t next_trunk, struct frame **frame)
{
    TRY(pager_edit_new(view->store->pager, pgno, frame, view->fault));
    page_init((*frame)->data, view->store->page_size, pgno, 0, PAGE_FREE);
    page_set_right((*frame)->data, next_trunk);
    return QUIRE_OK;
}

quire_status space_free(struct view *view, uint32_t pgno)
{
    struct state state;
    struct frame *frame;
    int pushed;
    if (pgno < MAP_FIRST || pgno >= view_page_count(view) || is_map_page(view->store->page_size, pgno)) {
        return corrupt(view, pgno, "S1", "it is in use, but no tree may use it");
    }
    space_cache_drop(view, pgno);
    view_state(view, &state);
    TRY(push_free(view, state.free_head, pgno, &pushed));
    TRY(space_stamp_free(view, pgno, pushed ? 0 : state.free_head, &frame));
    quire_status status = pager_log_image(view->store->pager, frame, view->fault);
    node_release(view, frame);
    if (status != QUIRE_OK) {
        return status;
    }
    if (!pushed) {
        state.free_head = pgno;
    }
    state.free_count++;
    view_set_state(view, &state);
    COUNT(&view->store->counters, pages_freed, 1);
    return QUIRE_OK;
}
