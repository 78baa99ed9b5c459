/*
 * The in-page allocator against a map of bytes.
 *
 *  Input   size (1), slots V2 or V3 (1); then steps: take (length 1 or 2), take
 *          at (offset and length 1, of a region or anywhere), give (which 1), load
 *          the list anew, compact. A take fills its bytes with a
 *          mark of its own; V3 heads carry the mark too.
 *  Oracle  a take succeeds exactly when the bytes that no record has, less the
 *          new slot, are enough; it answers bytes that the map has free; no record
 *          loses a byte, compaction or not; free bytes are zero and counted
 *          exactly; a listed region is free, and all are listed if the list says so.
 *  Seeds   fill and drain, alternating sizes, many holes.
 */
#include "support/arena.h"
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "support/tally.h"

/* Writes the mark into bytes that were granted, and gives them a slot. */
static void own(struct arena *a, size_t offset, size_t length)
{
    for (size_t x = offset; x < offset + length; x++)
        EXPECT(a->page[x] == 0);
    memset(a->page + offset, a->next_mark, length);
    slot_insert(a->page, a->page_size, a->width, a->count, offset, length, (uint32_t)a->next_mark << 24);
    a->marks[a->count] = a->next_mark;
    a->lengths[a->count++] = length;
    a->next_mark = (uint8_t)(a->next_mark % 255u + 1u);
}

static void take(struct arena *a, size_t length)
{
    size_t offset = 0, room = a->page_size - page_arena(a->page) - arena_live_bytes(a) - a->width * a->count;
    if (a->count == ARENA_RECORDS)
        return;
    EXPECT_EQUAL(space_has_room(a->page, length, a->width), length + a->width <= room);
    enum place place = space_take(a->page, a->page_size, &a->space, length, a->width, &offset, a->scratch);
    EXPECT_EQUAL(place != PLACE_NONE, length + a->width <= room);
    if (place == PLACE_NONE)
        return;
    own(a, offset, length);
}

/* Bytes of a listed region, or of any place: granted exactly when no record has one of them and the slot has room. */
static void take_at(struct arena *a, size_t which, size_t from, size_t length)
{
    size_t arena = page_arena(a->page), free_start = page_free_start(a->page), offset = arena + from;
    size_t gap = page_free_end(a->page) - free_start;
    if (which % 4u != 0 && a->space.count > 0) {
        size_t region = which % a->space.count, size = (size_t)(a->space.end[region] - a->space.start[region]);
        offset = a->space.start[region] + from % size;
        length = 1u + length % (size - from % size);
    }
    if (which % 16u == 0)
        offset = free_start;
    if (length == 0)
        EXPECT(!space_take_at(a->page, a->page_size, &a->space, offset, length, a->width));
    if (a->count == ARENA_RECORDS || length < 3)
        return;
    int is_free =
        a->width <= gap && (offset + length <= free_start ? 1 : offset == free_start && length + a->width <= gap);
    for (size_t i = 0; i < a->count; i++) {
        struct extent extent = slot_extent(a->page, a->page_size, i);
        if (offset < extent.offset + extent.length && extent.offset < offset + length)
            is_free = 0;
    }
    /* A record's bytes are zeroed by whoever takes them back, so what is granted is zero. */
    EXPECT_EQUAL(space_take_at(a->page, a->page_size, &a->space, offset, length, a->width), is_free);
    if (is_free)
        own(a, offset, length);
}

static void give(struct arena *a, size_t slot)
{
    struct extent extent = slot_extent(a->page, a->page_size, slot);
    slot_remove(a->page, a->page_size, a->width, slot);
    space_give(a->page, &a->space, extent.offset, extent.length);
    a->count--;
    memmove(a->marks + slot, a->marks + slot + 1, a->count - slot);
    memmove(a->lengths + slot, a->lengths + slot + 1, (a->count - slot) * sizeof a->lengths[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct arena a = {.page_size = input_page_size(&input), .next_mark = 1};
    a.width = input_u8(&input) % 2u ? SLOT_WIDTH_V2 : SLOT_WIDTH_V3;
    a.page = malloc(a.page_size);
    a.scratch = malloc(a.page_size);
    page_init_slotted(a.page, a.page_size, 4, 2, PAGE_LEAF, 0, a.width == SLOT_WIDTH_V2 ? 3 : 5,
                      (const uint8_t *)"fence", 5, NULL, 0);
    space_clear(&a.space);
    tally.page_size = a.page_size;
    for (int steps = 0; !input_ended(&input) && steps < 400; steps++, tally.operations++) {
        uint8_t code = input_u8(&input), what = input_u8(&input);
        if (code % 8u < 4)
            take(&a, 3u + what);
        else if (code % 8u == 4)
            take(&a, 3u + what * (a.page_size / 512u) + input_u8(&input));
        else if (code % 8u == 7 && code >= 64)
            take_at(&a, code / 8u, what, input_u8(&input));
        else if (code % 8u < 7 && a.count > 0)
            give(&a, what % a.count);
        else if (what % 2u)
            space_load(&a.space, a.page, a.page_size, a.scratch);
        else if (what % 8u == 0)
            space_compact(a.page, a.page_size, &a.space, a.scratch);
        arena_expect(&a);
    }
    digest_bytes(a.page, a.page_size);
    free(a.page);
    free(a.scratch);
    return 0;
}
