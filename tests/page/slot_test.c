/* The slot directory: what inserting and removing move, and V1 ends against the obvious slicer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/slot.h"
#include "../support/random.h"

enum { PAGE = 512, FLAGS_V1 = PAGE_FLAG_SLOTS_V1, FLAGS_V2 = PAGE_FLAG_SLOTS_V2, FLAGS_V3 = PAGE_FLAG_SLOTS_V3 };

static void start(uint8_t *page, size_t page_size, uint8_t flags)
{
    page_init_slotted(page, page_size, 3, 2, PAGE_LEAF, 0, flags, NULL, 0, NULL, 0);
}

static void width_follows_the_flags(void **state)
{
    (void)state;
    assert_int_equal(slot_width(FLAGS_V1), 2);
    assert_int_equal(slot_width(FLAGS_V2 + LEAF_FLAG_PLAIN_RECORDS), 4);
    assert_int_equal(slot_width(FLAGS_V3), 8);
    assert_int_equal(slot_width(6), 0);
    assert_int_equal(slot_width(0xff), 0);
}

static void an_insert_behind_the_last_slot_moves_none(void **state)
{
    (void)state;
    uint8_t page[PAGE], before[PAGE];
    start(page, PAGE, FLAGS_V3);
    slot_insert(page, PAGE, SLOT_WIDTH_V3, 0, 60, 7, 0x61626364);
    memcpy(before, page, PAGE);
    slot_insert(page, PAGE, SLOT_WIDTH_V3, 1, 67, 9, 0x62636465);
    assert_memory_equal(page + PAGE - 8, before + PAGE - 8, 8);
    assert_int_equal(page_slot_count(page), 2);
    assert_int_equal(page_free_end(page), PAGE - 16);
    assert_int_equal(slot_offset(page, PAGE, SLOT_WIDTH_V3, 1), 67);
    assert_int_equal(slot_length(page, PAGE, SLOT_WIDTH_V3, 1), 9);
    assert_int_equal(slot_head(page, PAGE, 1), 0x62636465);
}

/* The directory against an array, in random order, and nothing else on the page changed. */
static void directory_agrees_with_an_array(uint8_t flags)
{
    struct random random = {42};
    uint8_t page[PAGE];
    struct extent model[128];
    size_t count = 0, width = slot_width(flags);
    start(page, PAGE, flags);
    for (int step = 0; step < 20000; step++) {
        if (count < 400 / width && (count == 0 || random_below(&random, 2))) {
            struct extent extent = {48 + random_below(&random, 40), 3 + random_below(&random, 40)};
            size_t slot = random_below(&random, count + 1);
            memmove(model + slot + 1, model + slot, (count - slot) * sizeof *model);
            model[slot] = extent;
            slot_insert(page, PAGE, width, slot, extent.offset, extent.length, 0);
            count++;
        } else {
            size_t slot = random_below(&random, count);
            slot_remove(page, PAGE, width, slot);
            count--;
            memmove(model + slot, model + slot + 1, (count - slot) * sizeof *model);
        }
        assert_int_equal(page_slot_count(page), count);
        assert_int_equal(page_free_end(page), PAGE - width * count);
        assert_true(bytes_are_zero(page + HEADER_SIZE, page_free_end(page) - HEADER_SIZE));
        for (size_t i = 0; i < count; i++) {
            struct extent extent = slot_extent(page, PAGE, i);
            assert_int_equal(extent.offset, model[i].offset);
            assert_int_equal(extent.length, model[i].length);
        }
    }
}

static void v2_directory_agrees_with_an_array(void **state)
{
    (void)state;
    directory_agrees_with_an_array(FLAGS_V2);
}

static void v3_directory_agrees_with_an_array(void **state)
{
    (void)state;
    directory_agrees_with_an_array(FLAGS_V3);
}

static void a_slot_keeps_its_head_while_others_come_and_go(void **state)
{
    (void)state;
    uint8_t page[PAGE];
    start(page, PAGE, FLAGS_V3);
    slot_insert(page, PAGE, SLOT_WIDTH_V3, 0, 60, 7, 0x6d6d6d6d);
    slot_insert(page, PAGE, SLOT_WIDTH_V3, 0, 67, 7, 0x61616161);
    slot_insert(page, PAGE, SLOT_WIDTH_V3, 1, 74, 7, 0x62626262);
    slot_remove(page, PAGE, SLOT_WIDTH_V3, 0);
    assert_int_equal(slot_head(page, PAGE, 0), 0x62626262);
    assert_int_equal(slot_head(page, PAGE, 1), 0x6d6d6d6d);
    slot_set_head(page, PAGE, 1, 0x7a7a7a7a);
    assert_int_equal(slot_head(page, PAGE, 0), 0x62626262);
    assert_int_equal(slot_head(page, PAGE, 1), 0x7a7a7a7a);
}

static void a_head_is_four_bytes_after_the_prefix_padded_with_zeros(void **state)
{
    (void)state;
    assert_int_equal(key_head((const uint8_t *)"prefixed", 8, 2), 0x65666978); /* efix */
    assert_int_equal(key_head((const uint8_t *)"prefixed", 8, 4), 0x69786564); /* ixed */
    assert_int_equal(key_head((const uint8_t *)"prefixed", 8, 5), 0x78656400);
    assert_int_equal(key_head((const uint8_t *)"prefixed", 8, 6), 0x65640000);
    assert_int_equal(key_head((const uint8_t *)"prefixed", 8, 7), 0x64000000);
    assert_int_equal(key_head((const uint8_t *)"prefixed", 8, 8), 0);
    assert_int_equal(key_head((const uint8_t *)"pre", 3, 9), 0);
}

/* Any offsets at all, many of them equal, far apart, in the header or beyond the page. */
static void v1_ends_agree_with_the_slow_slicer_on_any_offsets(void **state)
{
    (void)state;
    struct random random = {7};
    uint8_t *page = malloc(PAGE_SIZE_MAX);
    int8_t *marks = malloc(PAGE_SIZE_MAX);
    uint16_t *ends = malloc(PAGE_SIZE_MAX);
    for (int round = 0; round < 2000; round++) {
        size_t page_size = (size_t)PAGE_SIZE_MIN << random_below(&random, 7);
        size_t count = random_below(&random, 20);
        start(page, page_size, FLAGS_V1);
        store16(page + HEADER_SLOT_COUNT, (uint16_t)count);
        store16(page + HEADER_FREE_END, (uint16_t)(page_size - 2 * count));
        store16(page + HEADER_FREE_START, (uint16_t)(48 + random_below(&random, page_size - 2 * count - 47)));
        for (size_t i = 0; i < count; i++) {
            size_t limit = random_below(&random, 8) ? page_size : 65536;
            store16(page + slot_at(page_size, 2, i), (uint16_t)random_below(&random, limit));
        }
        memset(marks, 0xee, PAGE_SIZE_MAX);
        slot_ends(page, page_size, ends, marks);
        for (size_t i = 0; i < count; i++) {
            struct extent extent = slot_extent(page, page_size, i);
            assert_int_equal(ends[i], extent.offset + extent.length);
        }
    }
    free(page);
    free(marks);
    free(ends);
}

static void v1_records_end_at_the_next_higher_offset_or_free_start(void **state)
{
    (void)state;
    uint8_t page[PAGE];
    start(page, PAGE, FLAGS_V1);
    store16(page + HEADER_SLOT_COUNT, 3);
    store16(page + HEADER_FREE_END, PAGE - 6);
    store16(page + HEADER_FREE_START, 400);
    store16(page + PAGE - 2, 90);
    store16(page + PAGE - 4, 48);
    store16(page + PAGE - 6, 60);
    assert_int_equal(slot_extent(page, PAGE, 0).length, 310);
    assert_int_equal(slot_extent(page, PAGE, 1).length, 12);
    assert_int_equal(slot_extent(page, PAGE, 2).length, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_follows_the_flags),
        cmocka_unit_test(an_insert_behind_the_last_slot_moves_none),
        cmocka_unit_test(v2_directory_agrees_with_an_array),
        cmocka_unit_test(v3_directory_agrees_with_an_array),
        cmocka_unit_test(a_slot_keeps_its_head_while_others_come_and_go),
        cmocka_unit_test(a_head_is_four_bytes_after_the_prefix_padded_with_zeros),
        cmocka_unit_test(v1_ends_agree_with_the_slow_slicer_on_any_offsets),
        cmocka_unit_test(v1_records_end_at_the_next_higher_offset_or_free_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
