/* The V1 slicer: where each record ends, and a verdict for each slot alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/reference/slice_v1.h"

enum { SIZE = 512, FREE_START = 100 };

/* A leaf without fences, its records' space ending at FREE_START, with slots at these offsets. */
static void make_page(uint8_t *page, const uint16_t *offsets, size_t count)
{
    page_init_slotted(page, SIZE, 7, 2, PAGE_LEAF, 0, PAGE_FLAG_SLOTS_V1, NULL, 0, NULL, 0);
    store16(page + HEADER_SLOT_COUNT, (uint16_t)count);
    store16(page + HEADER_FREE_START, FREE_START);
    store16(page + HEADER_FREE_END, (uint16_t)(SIZE - SLOT_WIDTH_V1 * count));
    for (size_t i = 0; i < count; i++)
        store16(page + slot_at(SIZE, SLOT_WIDTH_V1, i), offsets[i]);
}

static void assert_slice(const uint8_t *page, size_t slot, size_t offset, size_t length)
{
    struct extent extent;
    assert_int_equal(slice_v1(page, SIZE, slot, &extent), SLICE_OK);
    assert_int_equal(extent.offset, offset);
    assert_int_equal(extent.length, length);
}

static void a_record_ends_at_the_next_higher_offset_of_any_slot(void **state)
{
    (void)state;
    static const uint16_t offsets[] = {80, 48, 60};
    uint8_t page[SIZE];
    make_page(page, offsets, 3);
    assert_slice(page, 0, 80, 20);
    assert_slice(page, 1, 48, 12);
    assert_slice(page, 2, 60, 20);
}

static void slots_of_the_same_offset_get_the_same_extent(void **state)
{
    (void)state;
    static const uint16_t offsets[] = {48, 60, 60};
    uint8_t page[SIZE];
    make_page(page, offsets, 3);
    assert_slice(page, 1, 60, 40);
    assert_slice(page, 2, 60, 40);
}

static void a_bad_slot_spoils_its_own_verdict_only(void **state)
{
    (void)state;
    static const uint16_t offsets[] = {48, 47, FREE_START, FREE_START + 1, 511};
    uint8_t page[SIZE];
    struct extent extent;
    make_page(page, offsets, 5);
    assert_slice(page, 0, 48, 52);
    assert_int_equal(slice_v1(page, SIZE, 1, &extent), SLICE_IN_FENCES);
    assert_int_equal(slice_v1(page, SIZE, 2, &extent), SLICE_EMPTY);
    assert_int_equal(slice_v1(page, SIZE, 3, &extent), SLICE_BEYOND_FREE_START);
    assert_int_equal(slice_v1(page, SIZE, 4, &extent), SLICE_BEYOND_FREE_START);
    assert_int_equal(slice_v1(page, SIZE, 5, &extent), SLICE_NO_SLOT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_ends_at_the_next_higher_offset_of_any_slot),
        cmocka_unit_test(slots_of_the_same_offset_get_the_same_extent),
        cmocka_unit_test(a_bad_slot_spoils_its_own_verdict_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
