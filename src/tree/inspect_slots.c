/* Leaves and branches as text, as far as their bytes say anything; see inspect.c. */
#include "inspect.h"

#include <string.h>

/* How many slots of this width the page can hold at most, or as many as it says. */
static size_t shown_slots(const struct inspection *in, size_t width)
{
    size_t most = (in->page_size - HEADER_SIZE) / width;
    return page_slot_count(in->page) < most ? page_slot_count(in->page) : most;
}

static void show_fences(struct inspection *in)
{
    size_t low_len = page_low_len(in->page);
    size_t high_len = page_high_len(in->page);
    if (low_len + high_len > in->page_size - HEADER_SIZE) {
        inspect_add(in, "  fences: longer than the page");
    } else {
        inspect_add(in, "  fences: ");
        inspect_add_escaped(in, page_low(in->page), low_len);
        inspect_add(in, high_len > 0 ? " to " : " to the end");
        if (high_len > 0) {
            inspect_add_escaped(in, page_high(in->page), high_len);
        }
    }
    inspect_end_line(in);
}

/* Extents of all slots, offsets and ends clipped to the page: V1 ends at the next higher offset or at free_start. */
struct extents {
    size_t width;
    size_t count;
    const uint8_t *marks; /* V1: 1 where a record begins */
};

static void load_extents(struct inspection *in, struct extents *extents)
{
    uint8_t *marks = in->buffers->page;
    extents->width = slot_width(page_flags(in->page));
    extents->count = extents->width == 0 ? 0 : shown_slots(in, extents->width);
    extents->marks = marks;
    memset(marks, 0, in->page_size + 1);
    if (extents->width == SLOT_WIDTH_V1) {
        for (size_t i = 0; i < extents->count; i++) {
            size_t offset = slot_offset(in->page, in->page_size, extents->width, i);
            marks[offset < in->page_size ? offset : in->page_size] = 1;
        }
    }
}

static size_t v1_end(const struct inspection *in, const struct extents *extents, size_t offset)
{
    size_t limit = page_free_start(in->page) < in->page_size ? page_free_start(in->page) : in->page_size;
    size_t end = offset + 1;
    while (end < limit && !extents->marks[end]) {
        end++;
    }
    return end < limit ? end : limit;
}

/* 1, and the extent, if it lies in the page at all. */
static int extent_at(const struct inspection *in, const struct extents *extents, size_t slot, struct extent *extent)
{
    extent->offset = slot_offset(in->page, in->page_size, extents->width, slot);
    if (extents->width == SLOT_WIDTH_V1) {
        size_t end = v1_end(in, extents, extent->offset);
        extent->length = end > extent->offset ? end - extent->offset : 0;
    } else {
        extent->length = slot_length(in->page, in->page_size, extents->width, slot);
    }
    return extent->length > 0 && extent->offset < in->page_size && extent->length <= in->page_size - extent->offset;
}

static void show_stored(struct inspection *in, const struct record *record, struct overflow_ref ref)
{
    if (record->overflow) {
        inspect_add(in, ", value %u bytes in chain %llu from page %u", (unsigned)record->value_len,
                    (unsigned long long)ref.chain, (unsigned)ref.first);
    } else {
        inspect_add(in, ", value %u bytes", (unsigned)record->value_len);
    }
}

static void show_plain(struct inspection *in, const uint8_t *bytes, size_t length)
{
    struct record record;
    if (!plain_decode(bytes, length, in->page_size, &record)) {
        inspect_add(in, ", malformed: ");
        inspect_add_escaped(in, bytes, length);
        return;
    }
    struct overflow_ref ref = {0};
    if (record.overflow) {
        ref = reference_decode_plain(record.stored);
    }
    inspect_add(in, ", key ");
    inspect_add_escaped(in, record.key, record.key_len);
    show_stored(in, &record, ref);
}

static void show_prefix(struct inspection *in, const uint8_t *bytes, size_t length)
{
    struct prefix_record record;
    if (!prefix_decode(bytes, length, in->page_size, KEY_MAX(in->page_size), &record)) {
        inspect_add(in, ", malformed: ");
        inspect_add_escaped(in, bytes, length);
        return;
    }
    struct overflow_ref ref = {0};
    if (record.rest.overflow) {
        ref = reference_decode_prefix(record.rest.stored);
    }
    inspect_add(in, ", key %zu bytes of the one before and ", record.prefix_len);
    inspect_add_escaped(in, record.rest.key, record.rest.key_len);
    show_stored(in, &record.rest, ref);
}

static void show_branch_record(struct inspection *in, const uint8_t *bytes, size_t length)
{
    if (length < BRANCH_CHILD_SIZE) {
        inspect_add(in, ", malformed: ");
        inspect_add_escaped(in, bytes, length);
        return;
    }
    inspect_add(in, ", child %u, separator ", (unsigned)load32(bytes));
    inspect_add_escaped(in, bytes + BRANCH_CHILD_SIZE, length - BRANCH_CHILD_SIZE);
}

static void show_slot(struct inspection *in, const struct extents *extents, size_t slot)
{
    struct extent extent;
    int is_inside = extent_at(in, extents, slot, &extent);
    inspect_add(in, "  slot %zu: offset %zu, length %zu", slot, extent.offset, extent.length);
    if (extents->width == SLOT_WIDTH_V3) {
        inspect_add(in, ", head %08x", (unsigned)slot_head(in->page, in->page_size, slot));
    }
    if (!is_inside) {
        inspect_add(in, ", not within the page");
    } else if (page_kind(in->page) == PAGE_BRANCH) {
        show_branch_record(in, in->page + extent.offset, extent.length);
    } else if (page_flags(in->page) % 2u == LEAF_FLAG_PLAIN_RECORDS) {
        show_plain(in, in->page + extent.offset, extent.length);
    } else {
        show_prefix(in, in->page + extent.offset, extent.length);
    }
    inspect_end_line(in);
}

/* What of [arena, free_start) no record covers, and the gap. */
static void show_free_regions(struct inspection *in, const struct extents *extents)
{
    uint8_t *covered = in->buffers->page2;
    struct extent extent;
    size_t arena = page_arena(in->page);
    size_t end = page_free_start(in->page) < in->page_size ? page_free_start(in->page) : in->page_size;
    memset(covered, 0, in->page_size);
    for (size_t i = 0; i < extents->count; i++) {
        if (extent_at(in, extents, i, &extent)) {
            memset(covered + extent.offset, 1, extent.length);
        }
    }
    for (size_t at = arena; at < end;) {
        size_t start = at;
        while (at < end && !covered[at]) {
            at++;
        }
        if (at > start) {
            inspect_add(in, "  hole: %zu to %zu, %zu bytes", start, at, at - start);
            inspect_end_line(in);
        }
        while (at < end && covered[at]) {
            at++;
        }
    }
    if (page_free_end(in->page) >= page_free_start(in->page)) {
        inspect_add(in, "  gap: %zu to %zu, %zu bytes", page_free_start(in->page), page_free_end(in->page),
                    page_free_end(in->page) - page_free_start(in->page));
        inspect_end_line(in);
    }
}

void inspect_slotted(struct inspection *in)
{
    struct extents extents;
    show_fences(in);
    load_extents(in, &extents);
    if (extents.width == 0) {
        inspect_add(in, "  slots: of no known version");
        inspect_end_line(in);
        return;
    }
    for (size_t i = 0; i < extents.count; i++) {
        show_slot(in, &extents, i);
    }
    show_free_regions(in, &extents);
}
