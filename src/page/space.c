/*
 * The in-page allocator. Two things describe the free bytes below free_end: the
 * header (free_start and hole_bytes) always does, exactly; the list of struct
 * space says where holes are, as far as it has room. Each listed region is a
 * maximal run of hole bytes among those listed, they ascend and do not touch.
 *
 * What a step does to the page depends on the page alone, never on the list:
 * the list only helps to choose an offset. So a log that names the offset can
 * repeat the step without knowing what its maker's list had forgotten. For this
 * reason a hole that comes to stand below free_start is not drawn into the gap.
 */
#include "space.h"

static void set_free_start(uint8_t *page, size_t free_start)
{
    store16(page + HEADER_FREE_START, (uint16_t)free_start);
}

static void set_hole_bytes(uint8_t *page, size_t hole_bytes)
{
    store16(page + HEADER_HOLE_BYTES, (uint16_t)hole_bytes);
}

static size_t gap_bytes(const uint8_t *page)
{
    return page_free_end(page) - page_free_start(page);
}

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

int space_has_room(const uint8_t *page, size_t length, size_t slot_bytes)
{
    return length + slot_bytes <= page_hole_bytes(page) + gap_bytes(page);
}

static size_t take_from_gap(uint8_t *page, size_t length)
{
    size_t offset = page_free_start(page);
    set_free_start(page, offset + length);
    return offset;
}

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

/* 1 if no record has a byte in [start, end). */
static int no_record_within(const uint8_t *page, size_t page_size, size_t start, size_t end)
{
    size_t width = slot_width(page_flags(page));
    size_t count = page_slot_count(page);
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, width, i);
        if (offset < end && start < offset + slot_length(page, page_size, width, i))
            return 0;
    }
    return 1;
}

/*
 * Takes [start, end) below free_start: by the list, or by a look at all records
 * when the list is not complete. In that case it forgets the listed regions,
 * some of which may overlap what was taken.
 */
static int take_hole_at(uint8_t *page, size_t page_size, struct space *space, size_t start, size_t end)
{
    size_t region = 0;
    while (region < space->count && space->end[region] < end)
        region++;
    if (region < space->count && space->start[region] <= start) {
        regions_carve(space, region, start, end);
    } else {
        if (space->complete || start < page_arena(page) || !no_record_within(page, page_size, start, end))
            return 0;
        space->count = 0;
    }
    set_hole_bytes(page, page_hole_bytes(page) - (end - start));
    return 1;
}

int space_take_at(uint8_t *page, size_t page_size, struct space *space, size_t offset, size_t length, size_t slot_bytes)
{
    size_t free_start = page_free_start(page);
    if (length == 0 || slot_bytes > gap_bytes(page))
        return 0;
    if (offset + length <= free_start)
        return take_hole_at(page, page_size, space, offset, offset + length);
    if (offset != free_start || length + slot_bytes > gap_bytes(page))
        return 0;
    take_from_gap(page, length);
    return 1;
}

void space_give(uint8_t *page, struct space *space, size_t offset, size_t length)
{
    bytes_zero(page + offset, length);
    if (offset + length == page_free_start(page)) {
        set_free_start(page, offset);
        return;
    }
    set_hole_bytes(page, page_hole_bytes(page) + length);
    regions_add(space, offset, offset + length);
}

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
