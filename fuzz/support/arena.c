/* A page's arena against a map of its bytes. */
#include "arena.h"

#include <stdlib.h>

#include "expect.h"

size_t arena_live_bytes(const struct arena *a)
{
    size_t sum = 0;
    for (size_t i = 0; i < a->count; i++)
        sum += a->lengths[i];
    return sum;
}

static void expect_true_list(const struct arena *a, const uint8_t *owned)
{
    size_t listed = 0;
    for (size_t r = 0; r < a->space.count; r++) {
        EXPECT(a->space.start[r] < a->space.end[r] && a->space.end[r] <= page_free_start(a->page));
        EXPECT(r == 0 || a->space.end[r - 1] < a->space.start[r]);
        for (size_t x = a->space.start[r]; x < a->space.end[r]; x++)
            EXPECT(!owned[x]);
        listed += (size_t)(a->space.end[r] - a->space.start[r]);
    }
    EXPECT(listed <= page_hole_bytes(a->page));
    if (a->space.complete)
        EXPECT_EQUAL(listed, page_hole_bytes(a->page));
}

void arena_expect(const struct arena *a)
{
    uint8_t *owned = calloc(a->page_size, 1);
    EXPECT_EQUAL(page_slot_count(a->page), a->count);
    for (size_t i = 0; i < a->count; i++) {
        struct extent extent = slot_extent(a->page, a->page_size, i);
        EXPECT_EQUAL(extent.length, a->lengths[i]);
        EXPECT(extent.offset >= page_arena(a->page) && extent.offset + extent.length <= page_free_start(a->page));
        for (size_t x = extent.offset; x < extent.offset + extent.length; x++) {
            EXPECT(!owned[x] && a->page[x] == a->marks[i]);
            owned[x] = 1;
        }
    }
    for (size_t x = page_arena(a->page); x < page_free_end(a->page); x++)
        EXPECT(owned[x] || a->page[x] == 0);
    EXPECT_EQUAL(page_free_start(a->page) - page_arena(a->page) - page_hole_bytes(a->page), arena_live_bytes(a));
    expect_true_list(a, owned);
    free(owned);
}
