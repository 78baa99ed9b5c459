/* Leaves of V1 slots from an input, and the same records under wider slots. */
#include "slot_page.h"

#include <string.h>

#include "expect.h"

uint8_t *slot_page_read(struct input *input, const struct bench *bench)
{
    uint8_t fences[256 + 256];
    uint8_t flags = input_u8(input) % 2u;
    size_t low_len = input_u8(input) % (KEY_MAX(bench->page_size) + 1u);
    size_t high_len = input_u8(input) % (KEY_MAX(bench->page_size) + 1u);
    memset(fences, 0x10, low_len);
    memset(fences + low_len, 0x7f, high_len);
    uint8_t *page = bench_page(bench, NULL);
    page_init_slotted(page, bench->page_size, 5, 2, PAGE_LEAF, 0, flags, fences, low_len, fences + low_len, high_len);
    size_t arena = page_arena(page), count = input_u8(input);
    if (count > (bench->page_size - arena) / SLOT_WIDTH_V1)
        count = (bench->page_size - arena) / SLOT_WIDTH_V1;
    size_t free_end = bench->page_size - SLOT_WIDTH_V1 * count;
    size_t free_start = arena + input_u16(input) % (free_end - arena + 1u);
    store16(page + HEADER_SLOT_COUNT, (uint16_t)count);
    store16(page + HEADER_FREE_START, (uint16_t)free_start);
    store16(page + HEADER_FREE_END, (uint16_t)free_end);
    for (size_t i = 0; i < count; i++) {
        size_t raw = input_u16(input);
        /* Two bytes more on each side than a record may take. */
        size_t offset = raw < 32768u ? arena - 2u + raw % (free_start - arena + 5u) : raw - 32768u;
        store16(page + slot_at(bench->page_size, SLOT_WIDTH_V1, i), (uint16_t)offset);
    }
    size_t got;
    const uint8_t *bytes = input_bytes(input, free_start - arena, &got);
    bytes_copy(page + arena, bytes, got);
    return page;
}

uint8_t *slot_page_widen(const uint8_t *page, const struct bench *bench, uint8_t version, const struct extent *slices,
                         size_t hole_bytes)
{
    uint8_t flags = (uint8_t)(page_flags(page) + version);
    size_t width = slot_width(flags), count = page_slot_count(page);
    if (page_free_start(page) + width * count > bench->page_size)
        return NULL;
    uint8_t *wide = bench_page(bench, page);
    bytes_zero(wide + page_free_end(page), bench->page_size - page_free_end(page));
    wide[HEADER_FLAGS] = flags;
    store16(wide + HEADER_FREE_END, (uint16_t)(bench->page_size - width * count));
    store16(wide + HEADER_HOLE_BYTES, (uint16_t)hole_bytes);
    for (size_t i = 0; i < count; i++) {
        slot_set_extent(wide, bench->page_size, width, i, slices[i].offset, slices[i].length);
        struct extent extent = slot_extent(wide, bench->page_size, i);
        EXPECT(extent.offset == slices[i].offset && extent.length == slices[i].length);
    }
    return wide;
}
