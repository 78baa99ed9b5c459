/*
 * Making the file shorter: used pages at its end move down into free ones, and
 * the free end is cut off.
 *
 * The free list is read into a bitmap and stays as it is while pages move, since
 * relocation takes and gives back no page; at last the list is written anew from
 * what the bitmap still holds.
 *
 * Invariant: a page is free, in use, or beyond `end`, and never two of these.
 */
#include "page_space.h"
#include "trim_run.h"

#include <string.h>

enum { TRIM_WORTH_FREE = 8, TRIM_WORTH_SHARE = 8, TRIM_WORTH_TAIL = 64 };

static int has_bit(const uint8_t *bits, uint32_t pgno)
{
    return bits[pgno / 8u] >> (pgno % 8u) & 1;
}

static void set_bit(uint8_t *bits, uint32_t pgno)
{
    bits[pgno / 8u] |= (uint8_t)(1u << (pgno % 8u));
}

static void clear_bit(uint8_t *bits, uint32_t pgno)
{
    bits[pgno / 8u] &= (uint8_t) ~(1u << (pgno % 8u));
}

/* ---- Is it worth it -------------------------------------------------------- */

static int tail_is_free(struct view *view, uint32_t page_count)
{
    for (uint32_t i = 1; i <= TRIM_WORTH_TAIL; i++) {
        struct frame *frame;
        if (page_count <= MAP_FIRST + i || node_get(view, page_count - i, &frame) != QUIRE_OK) {
            return 0;
        }
        uint8_t kind = page_kind(frame->data);
        node_release(view, frame);
        if (kind != PAGE_FREE && kind != PAGE_MAP) {
            return 0;
        }
    }
    return 1;
}

int space_trim_is_worth(struct view *view)
{
    struct state state;
    uint32_t page_count = view_page_count(view);
    view_state(view, &state);
    if (state.free_count >= TRIM_WORTH_FREE && state.free_count > page_count / TRIM_WORTH_SHARE) {
        return 1;
    }
    return state.free_count >= TRIM_WORTH_TAIL && tail_is_free(view, page_count);
}

/* ---- The free list, into memory -------------------------------------------- */

static quire_status note_free(struct trim *trim, uint32_t pgno, uint32_t trunk)
{
    size_t page_size = trim->view->store->page_size;
    if (pgno <= MAP_FIRST || pgno >= trim->page_count || is_map_page(page_size, pgno)) {
        return corrupt(trim->view, trunk, "S2", "the free list names page %u, which is none that could be free",
                       (unsigned)pgno);
    }
    if (has_bit(trim->free, pgno)) {
        return corrupt(trim->view, trunk, "S2", "the free list names page %u twice", (unsigned)pgno);
    }
    set_bit(trim->free, pgno);
    trim->free_count++;
    return QUIRE_OK;
}

static quire_status gather_trunk(struct trim *trim, uint32_t pgno, uint32_t *next)
{
    struct frame *frame;
    TRY(note_free(trim, pgno, pgno));
    TRY(node_get_kind(trim->view, pgno, PAGE_FREE, 0, &frame));
    set_bit(trim->trunks, pgno);
    quire_status status = QUIRE_OK;
    for (size_t i = 0; status == QUIRE_OK && i < page_slot_count(frame->data); i++) {
        status = note_free(trim, free_entry(frame->data, i), pgno);
    }
    *next = page_right(frame->data);
    node_release(trim->view, frame);
    return status;
}

static quire_status gather(struct trim *trim)
{
    struct state state;
    view_state(trim->view, &state);
    for (uint32_t trunk = state.free_head; trunk != 0;) {
        TRY(gather_trunk(trim, trunk, &trunk));
    }
    if (trim->free_count != state.free_count) {
        return corrupt(trim->view, state.free_head, "S2", "the free list holds %u pages, but the count says %u",
                       (unsigned)trim->free_count, (unsigned)state.free_count);
    }
    return QUIRE_OK;
}

/* ---- Cutting --------------------------------------------------------------- */

/* Lowers `end` over pages that are free or, behind the first, maps. */
static void cut_tail(struct trim *trim)
{
    size_t page_size = trim->view->store->page_size;
    for (; trim->end > MAP_FIRST + 1u; trim->end--) {
        uint32_t last = trim->end - 1u;
        if (has_bit(trim->free, last)) {
            clear_bit(trim->free, last);
            trim->free_count--;
        } else if (!is_map_page(page_size, last)) {
            return;
        }
    }
}

static quire_status move_tail(struct trim *trim, uint32_t most)
{
    cut_tail(trim);
    for (uint32_t moved = 0; moved < most && trim->free_count > 0; moved++) {
        while (!has_bit(trim->free, trim->lowest)) {
            trim->lowest++;
        }
        TRY(relocate_page(trim, trim->end - 1u, trim->lowest));
        clear_bit(trim->free, trim->lowest);
        trim->free_count--;
        trim->end--;
        cut_tail(trim);
    }
    return QUIRE_OK;
}

/* ---- The free list, written anew ------------------------------------------- */

static quire_status finish_trunk(struct trim *trim, struct frame *trunk)
{
    quire_status status = pager_log_image(trim->view->store->pager, trunk, trim->view->fault);
    node_release(trim->view, trunk);
    return status;
}

/* A page that was a trunk becomes one that a trunk names. */
static quire_status unmake_trunk(struct trim *trim, uint32_t pgno)
{
    struct frame *frame;
    TRY(space_stamp_free(trim->view, pgno, 0, &frame));
    return finish_trunk(trim, frame);
}

/*
 * The lowest pages are to be taken first. So the pages, ascending, are cut into
 * groups of a trunk's capacity and one; the highest of a group is its trunk and
 * the others are its entries, the lowest last. Going through the pages from the
 * top, each group's trunk comes first, and leads to the trunk made before it.
 */
static quire_status write_trunks(struct trim *trim, uint32_t *head)
{
    size_t page_size = trim->view->store->page_size;
    uint32_t group = (uint32_t)FREE_CAPACITY(page_size) + 1u;
    uint32_t left = trim->free_count;
    struct frame *trunk = NULL;
    quire_status status = QUIRE_OK;
    *head = 0;
    for (uint32_t pgno = trim->end; status == QUIRE_OK && left > 0;) {
        if (!has_bit(trim->free, --pgno)) {
            continue;
        }
        if (!trunk) {
            status = space_stamp_free(trim->view, pgno, *head, &trunk);
            *head = pgno;
        } else {
            (void)free_push(trunk->data, page_size, pgno);
            status = has_bit(trim->trunks, pgno) ? unmake_trunk(trim, pgno) : QUIRE_OK;
        }
        left--;
        if (trunk && (left % group == 0 || status != QUIRE_OK)) {
            quire_status logged = finish_trunk(trim, trunk);
            status = status == QUIRE_OK ? logged : status;
            trunk = NULL;
        }
    }
    return status;
}

static quire_status run(struct trim *trim, uint32_t most)
{
    struct state state;
    quire_status status = gather(trim);
    if (status == QUIRE_OK) {
        status = move_tail(trim, most);
    }
    if (status == QUIRE_OK) {
        status = relocate_chains(trim);
    }
    if (status != QUIRE_OK || trim->end == trim->page_count) {
        return status;
    }
    view_state(trim->view, &state);
    status = write_trunks(trim, &state.free_head);
    if (status == QUIRE_OK) {
        state.free_count = trim->free_count;
        view_set_state(trim->view, &state);
        pager_shrink(trim->view->store->pager, trim->end);
        trim->view->edits++;
    }
    return status;
}

quire_status space_trim(struct view *view, uint32_t most)
{
    const quire_memory *memory = view->store->memory;
    uint32_t page_count = view_page_count(view);
    struct trim trim = {.view = view, .page_count = page_count, .end = page_count, .lowest = MAP_FIRST + 1u};
    quire_status status = QUIRE_NO_MEMORY;
    size_t size = page_count / 8u + 1u;
    trim.free = memory_allocate(memory, 2 * size);
    trim.chains = memory_allocate(memory, ((size_t)most + 1) * sizeof *trim.chains);
    leaf_reader_init(&trim.reader, view);
    if (trim.free && trim.chains) {
        memset(trim.free, 0, 2 * size);
        trim.trunks = trim.free + size;
        status = run(&trim, most);
    } else {
        (void)fault_set(view->fault, QUIRE_NO_MEMORY, "no memory to trim %u pages", (unsigned)page_count);
    }
    leaf_reader_free(&trim.reader);
    memory_release(memory, trim.chains);
    memory_release(memory, trim.free);
    return status;
}
