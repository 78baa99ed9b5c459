/* The choice of a place for a record: a hole, else the gap, else what compaction makes of both. */
#include "space.h"

#include "space_fields.h"

enum place space_take(uint8_t *page, size_t page_size, struct space *space, size_t length, size_t slot_bytes,
                      size_t *offset, uint8_t *scratch)
{
    if (!space_has_room(page, length, slot_bytes))
        return PLACE_NONE;
    size_t gap = gap_bytes(page);
    size_t region = regions_first_fit(space, length);
    if (slot_bytes <= gap && region < space->count) {
        *offset = space->start[region];
        regions_carve(space, region, *offset, *offset + length);
        set_hole_bytes(page, page_hole_bytes(page) - length);
        return PLACE_HOLE;
    }
    if (length + slot_bytes <= gap) {
        *offset = take_from_gap(page, length);
        return PLACE_GAP;
    }
    space_compact(page, page_size, space, scratch);
    *offset = take_from_gap(page, length);
    return PLACE_COMPACTED;
}
