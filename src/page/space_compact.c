/* Compaction: the records move down to the arena, so that all free bytes of the page stand in the gap. */
#include "space.h"

#include "space_fields.h"

/* Copies the records to scratch, one behind the other, and lets their slots say where they will stand. */
static size_t compact_to_scratch(uint8_t *page, size_t page_size, uint8_t *scratch)
{
    size_t width = slot_width(page_flags(page));
    size_t count = page_slot_count(page);
    size_t arena = page_arena(page);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = slot_length(page, page_size, width, i);
        bytes_copy(scratch + used, page + slot_offset(page, page_size, width, i), length);
        slot_set_extent(page, page_size, width, i, arena + used, length);
        used += length;
    }
    return used;
}

/*
 * A record moved down within the page could land on one that has not moved yet,
 * since offsets and slots need not be in the same order. Through scratch no
 * order of the offsets matters, no sort is needed, and the records come to
 * stand in the order of their keys, which is how scans read them.
 */
void space_compact(uint8_t *page, size_t page_size, struct space *space, uint8_t *scratch)
{
    space_clear(space);
    if (page_hole_bytes(page) == 0)
        return;
    size_t used = compact_to_scratch(page, page_size, scratch);
    size_t free_start = page_arena(page) + used;
    bytes_copy(page + page_arena(page), scratch, used);
    bytes_zero(page + free_start, page_free_start(page) - free_start);
    set_free_start(page, free_start);
    set_hole_bytes(page, 0);
}
