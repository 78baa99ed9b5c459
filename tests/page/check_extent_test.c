/*
 * P7 to P10, each broken by hand in every version that can break it: where records
 * stand, and what is between them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../support/page_fixture.h"

static void expect_extents_broken(size_t arena)
{
    size_t free_start = (size_t)get_number(page + HEADER_FREE_START, 2);
    expect_slot_patched(2, arena - 1, 10, RULE_EXTENT, NONE);
    expect_slot_patched(2, 0, 10, RULE_EXTENT, NONE);
    expect_slot_patched(2, free_start, 10, RULE_EXTENT, NONE);
    expect_slot_patched(2, free_start - 2, 2, RULE_EXTENT, NONE);
    expect_slot_patched(2, SIZE - 1, 10, RULE_EXTENT, NONE);
    expect_slot_patched(2, 65535, 65535, RULE_EXTENT, NONE);
    expect_slot_patched(0, 65535, 1, RULE_EXTENT, NONE);
}

static void test_p7_a_slot_outside_the_records(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags) expect_extents_broken(52);
    healthy_branch();
    expect_extents_broken(52);
}

static void test_p7_a_record_shorter_than_the_shortest(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags)
    {
        size_t shortest = flags % 2 == 1 ? 3 : 4;
        size_t offset = is_v1(flags) ? offset_of(2) - (shortest - 1) : offset_of(1);
        expect_slot_patched(1, offset, shortest - 1, RULE_EXTENT, NONE);
    }
    healthy_branch();
    expect_slot_patched(1, offset_of(1), 3, RULE_EXTENT, NONE);
    expect_slot_patched(1, offset_of(1), 0, RULE_EXTENT, NONE);
}

static void test_p7_a_record_that_ends_behind_free_start(void **state)
{
    (void)state;
    for (uint8_t flags = V2_PREFIX; flags < LEAF_VERSIONS; flags++) {
        healthy_leaf(flags);
        size_t free_start = (size_t)get_number(page + HEADER_FREE_START, 2);
        expect_slot_patched(4, offset_of(4), free_start - offset_of(4) + 1, RULE_EXTENT, NONE);
        expect_slot_patched(4, offset_of(4), 65535, RULE_EXTENT, NONE);
    }
}

static void test_p8_records_that_share_bytes(void **state)
{
    (void)state;
    for (uint8_t flags = V2_PREFIX; flags < LEAF_VERSIONS; flags++) {
        healthy_leaf(flags);
        expect_slot_patched(4, offset_of(1), 4, RULE_OVERLAP, 1);
        expect_slot_patched(4, offset_of(1) + 1, 4, RULE_OVERLAP, 1);
        expect_slot_patched(4, offset_of(1) - 3, 4, RULE_OVERLAP, 1);
        expect_slot_patched(4, 52, (size_t)get_number(page + HEADER_FREE_START, 2) - 52, RULE_OVERLAP, 0);
    }
    healthy_branch();
    expect_slot_patched(3, offset_of(2), 4, RULE_OVERLAP, 2);
}

static void test_p9_a_wrong_count_of_hole_bytes(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags)
    {
        uint64_t holes = get_number(page + HEADER_HOLE_BYTES, 2);
        expect_patched(HEADER_HOLE_BYTES, 2, holes + 1, RULE_HOLES);
        expect_patched(HEADER_HOLE_BYTES, 2, holes - 1, RULE_HOLES);
    }
    healthy_branch();
    expect_patched(HEADER_HOLE_BYTES, 2, 0, RULE_HOLES);
}

static void test_p9_a_v1_leaf_with_a_hole_even_if_it_is_counted(void **state)
{
    (void)state;
    for (uint8_t flags = V1_PREFIX; flags <= V1_PLAIN; flags++) {
        healthy_leaf(flags);
        put_number(slot_bytes(3), 2, offset_of(3) + 1);
        expect(RULE_HOLES, NONE, NONE);
        put_number(page + HEADER_HOLE_BYTES, 2, 1);
        expect(RULE_HOLES, NONE, NONE);
    }
}

static void test_p9_equal_offsets_in_v1(void **state)
{
    (void)state;
    for (uint8_t flags = V1_PREFIX; flags <= V1_PLAIN; flags++) {
        healthy_leaf(flags);
        expect_slot_patched(4, offset_of(1), 0, RULE_HOLES, 1);
        put_number(slot_bytes(0), 2, offset_of(1));
        put_number(slot_bytes(4), 2, offset_of(1));
        expect(RULE_HOLES, 1, 0);
    }
}

static void test_p10_a_free_byte_that_is_not_zero(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags)
    {
        expect_patched((size_t)get_number(page + HEADER_FREE_START, 2), 1, 1, RULE_FREE_BYTES);
        expect_patched((size_t)get_number(page + HEADER_FREE_END, 2) - 1, 1, 1, RULE_FREE_BYTES);
        for (size_t i = 1; i <= 6 && !is_v1(flags); i++)
            expect_patched(offset_of(2) - i, 1, 255, RULE_FREE_BYTES);
    }
    healthy_branch();
    expect_patched(offset_of(1) - 1, 1, 255, RULE_FREE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p7_a_slot_outside_the_records),
        cmocka_unit_test(test_p7_a_record_shorter_than_the_shortest),
        cmocka_unit_test(test_p7_a_record_that_ends_behind_free_start),
        cmocka_unit_test(test_p8_records_that_share_bytes),
        cmocka_unit_test(test_p9_a_wrong_count_of_hole_bytes),
        cmocka_unit_test(test_p9_a_v1_leaf_with_a_hole_even_if_it_is_counted),
        cmocka_unit_test(test_p9_equal_offsets_in_v1),
        cmocka_unit_test(test_p10_a_free_byte_that_is_not_zero),
    };
    return cmocka_run_group_tests_name("page_check: extents", tests, NULL, NULL);
}
