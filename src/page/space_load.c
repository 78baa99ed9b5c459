/* The allocator's list of holes, built anew from the directory. */
#include "space.h"

/*
 * A record is at least three bytes long: the first of its places in `marks`
 * says "a record begins here", the next two its length.
 */
static void mark_records(const uint8_t *page, size_t page_size, uint8_t *marks)
{
    size_t width = slot_width(page_flags(page));
    size_t count = page_slot_count(page);
    bytes_zero(marks, page_free_start(page));
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, width, i);
        marks[offset] = 1;
        store16(marks + (offset + 1u), (uint16_t)slot_length(page, page_size, width, i));
    }
}

void space_load(struct space *space, const uint8_t *page, size_t page_size, uint8_t *scratch)
{
    space_clear(space);
    if (page_hole_bytes(page) == 0)
        return;
    size_t free_start = page_free_start(page);
    size_t x = page_arena(page);
    mark_records(page, page_size, scratch);
    while (x < free_start) {
        if (scratch[x] != 0) {
            x += load16(scratch + (x + 1u));
            continue;
        }
        size_t start = x;
        while (x < free_start && scratch[x] == 0)
            x++;
        regions_insert(space, space->count, start, x);
    }
}
