/*
 * The original slicer. A V1 slot knows where its record begins; where it ends
 * is found by looking at all the others. Two slots of the same offset get the
 * same extent, and one bad slot spoils its own verdict only: faults of the page
 * as a whole (rules P8 and P9) are page_check's to find.
 */
#include "slice_v1.h"

static size_t offset_of(const uint8_t *page, size_t page_size, size_t slot)
{
    return load16(page + slot_at(page_size, SLOT_WIDTH_V1, slot));
}

enum slice_verdict slice_v1(const uint8_t *page, size_t page_size, size_t slot, struct extent *extent)
{
    size_t count = page_slot_count(page);
    if (slot >= count)
        return SLICE_NO_SLOT;
    size_t start = offset_of(page, page_size, slot);
    if (start < page_arena(page))
        return SLICE_IN_FENCES;
    if (start > page_free_start(page))
        return SLICE_BEYOND_FREE_START;
    size_t end = page_free_start(page);
    for (size_t other = 0; other < count; other++) {
        size_t offset = offset_of(page, page_size, other);
        if (offset > start && offset < end)
            end = offset;
    }
    extent->offset = start;
    extent->length = end - start;
    return end == start ? SLICE_EMPTY : SLICE_OK;
}
