/*
 * The slot directory. Its invariant is rule P6: slot_count slots of one width
 * stand below the page's end, slot i at page_size - width * (i + 1), and
 * free_end is the address of the last one. Inserting and removing move the
 * slots behind the place by one width, with a constant distance, so that the
 * loops are plain shifts; an insert behind the last slot moves nothing.
 */
#include "slot.h"

size_t slot_width(uint8_t flags)
{
    size_t version = flags / 2u % 4u;
    if (version == 0)
        return SLOT_WIDTH_V1;
    if (version == 1)
        return SLOT_WIDTH_V2;
    if (version == 2)
        return SLOT_WIDTH_V3;
    return 0;
}

/* The least offset of any slot that is above `offset`, or free_start. */
static size_t v1_end(const uint8_t *page, size_t page_size, size_t offset)
{
    size_t count = page_slot_count(page);
    size_t end = page_free_start(page);
    for (size_t i = 0; i < count; i++) {
        size_t other = slot_offset(page, page_size, SLOT_WIDTH_V1, i);
        if (offset < other && other < end)
            end = other;
    }
    return end;
}

struct extent slot_extent(const uint8_t *page, size_t page_size, size_t slot)
{
    struct extent extent;
    size_t width = slot_width(page_flags(page));
    extent.offset = slot_offset(page, page_size, width, slot);
    if (width == SLOT_WIDTH_V1) {
        size_t end = v1_end(page, page_size, extent.offset);
        extent.length = end > extent.offset ? end - extent.offset : 0;
    } else {
        extent.length = slot_length(page, page_size, width, slot);
    }
    return extent;
}

/* A mark of 255 says "at least 255 bytes ahead", so that a step of 254 stays below the next offset. */
enum { MARK_FAR = 255 };

/* Marks 1 where a slot of V1 points below free_start, 0 elsewhere. */
static void v1_mark_offsets(const uint8_t *page, size_t page_size, uint8_t *marks)
{
    size_t count = page_slot_count(page);
    size_t limit = page_free_start(page);
    bytes_zero(marks, limit + 1u);
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, SLOT_WIDTH_V1, i);
        if (offset < limit)
            marks[offset] = 1;
    }
}

/* Turns marks into distances: marks[x] becomes the way from x to the next mark above it (or to limit), at most 255. */
static void v1_marks_to_distances(uint8_t *marks, size_t limit)
{
    size_t next = limit;
    for (size_t x = limit; x > 0; x--) {
        size_t distance = next - (x - 1u);
        if (marks[x - 1u] != 0)
            next = x - 1u;
        marks[x - 1u] = (uint8_t)(distance < MARK_FAR ? distance : MARK_FAR);
    }
}

/* The next offset above `offset`, by the distances; bytes that lie far apart are crossed in steps. */
static size_t v1_end_by_distance(const uint8_t *distances, size_t limit, size_t offset)
{
    size_t x = offset;
    while (x < limit && distances[x] == MARK_FAR)
        x += MARK_FAR - 1u;
    return x < limit ? x + distances[x] : limit;
}

static void v1_ends(const uint8_t *page, size_t page_size, uint16_t *ends, uint8_t *scratch)
{
    size_t count = page_slot_count(page);
    size_t limit = page_free_start(page);
    v1_mark_offsets(page, page_size, scratch);
    v1_marks_to_distances(scratch, limit);
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, SLOT_WIDTH_V1, i);
        ends[i] = (uint16_t)(offset < limit ? v1_end_by_distance(scratch, limit, offset) : offset);
    }
}

void slot_ends(const uint8_t *page, size_t page_size, uint16_t *ends, uint8_t *scratch)
{
    size_t width = slot_width(page_flags(page));
    size_t count = page_slot_count(page);
    if (width == SLOT_WIDTH_V1) {
        v1_ends(page, page_size, ends, scratch);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        size_t end = slot_offset(page, page_size, width, i) + slot_length(page, page_size, width, i);
        ends[i] = (uint16_t)(end < UINT16_MAX ? end : UINT16_MAX);
    }
}

/* The four moves: p[0..size) from, or to, the place one slot higher. */
static void move_slots_down_v2(uint8_t *p, size_t size)
{
    for (size_t x = 0; x < size; x++)
        p[x] = p[x + SLOT_WIDTH_V2];
}

static void move_slots_down_v3(uint8_t *p, size_t size)
{
    for (size_t x = 0; x < size; x++)
        p[x] = p[x + SLOT_WIDTH_V3];
}

static void move_slots_up_v2(uint8_t *p, size_t size)
{
    for (size_t x = size; x > 0; x--)
        p[x + (SLOT_WIDTH_V2 - 1u)] = p[x - 1u];
}

static void move_slots_up_v3(uint8_t *p, size_t size)
{
    for (size_t x = size; x > 0; x--)
        p[x + (SLOT_WIDTH_V3 - 1u)] = p[x - 1u];
}

static void set_slot_count(uint8_t *page, size_t page_size, size_t width, size_t count)
{
    store16(page + HEADER_SLOT_COUNT, (uint16_t)count);
    store16(page + HEADER_FREE_END, (uint16_t)(page_size - width * count));
}

void slot_insert(uint8_t *page, size_t page_size, size_t width, size_t slot, size_t offset, size_t length,
                 const uint8_t head[4])
{
    size_t count = page_slot_count(page);
    uint8_t *last = page + (page_size - width * (count + 1u));
    if (width == SLOT_WIDTH_V3)
        move_slots_down_v3(last, SLOT_WIDTH_V3 * (count - slot));
    else
        move_slots_down_v2(last, SLOT_WIDTH_V2 * (count - slot));
    set_slot_count(page, page_size, width, count + 1u);
    slot_set_extent(page, page_size, width, slot, offset, length);
    if (width == SLOT_WIDTH_V3)
        slot_set_head(page, page_size, slot, head);
}

void slot_remove(uint8_t *page, size_t page_size, size_t width, size_t slot)
{
    size_t count = page_slot_count(page);
    uint8_t *last = page + (page_size - width * count);
    if (width == SLOT_WIDTH_V3)
        move_slots_up_v3(last, SLOT_WIDTH_V3 * (count - slot - 1u));
    else
        move_slots_up_v2(last, SLOT_WIDTH_V2 * (count - slot - 1u));
    bytes_zero(last, width);
    set_slot_count(page, page_size, width, count - 1u);
}

void slot_set_extent(uint8_t *page, size_t page_size, size_t width, size_t slot, size_t offset, size_t length)
{
    uint8_t *p = page + slot_at(page_size, width, slot);
    store16(p, (uint16_t)offset);
    store16(p + 2, (uint16_t)length);
}

void slot_set_head(uint8_t *page, size_t page_size, size_t slot, const uint8_t head[4])
{
    uint8_t *p = page + (slot_at(page_size, SLOT_WIDTH_V3, slot) + SLOT_HEAD);
    p[0] = head[0];
    p[1] = head[1];
    p[2] = head[2];
    p[3] = head[3];
}

void key_head(const uint8_t *key, size_t key_len, size_t prefix_len, uint8_t head[4])
{
    head[0] = key_len > prefix_len ? key[prefix_len] : 0;
    head[1] = key_len > prefix_len + 1u ? key[prefix_len + 1u] : 0;
    head[2] = key_len > prefix_len + 2u ? key[prefix_len + 2u] : 0;
    head[3] = key_len > prefix_len + 3u ? key[prefix_len + 3u] : 0;
}
