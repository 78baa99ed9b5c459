/*
 * P1 to P6 and P16 to P19, each broken by hand in every kind and version that can
 * break it: the header, the seal, and the kinds without slots.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../support/page_fixture.h"

static void test_p1_checksum_page_number_and_map_entry(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags)
    {
        page_seal(page, SIZE, 99);
        uint32_t checksum = page_checksum(page);
        assert_true(page_verify(page, SIZE, 17, 99, 0));
        assert_true(page_verify(page, SIZE, 17, 99, checksum));
        assert_false(page_verify(page, SIZE, 17, 99, checksum + 1));
        assert_false(page_verify(page, SIZE, 16, 99, 0));
        assert_false(page_verify(page, SIZE, 17, 98, 0));
        for (size_t i = 0; i < SIZE; i += 7) {
            page[i] ^= 16;
            assert_false(page_verify(page, SIZE, 17, 99, 0));
            page[i] ^= 16;
        }
    }
}

static void test_p1_a_page_sealed_for_another_place(void **state)
{
    (void)state;
    healthy_leaf(V3_PLAIN);
    page_seal(page, SIZE, 99);
    page_set_pgno(page, 18);
    assert_false(page_verify(page, SIZE, 18, 99, 0));
}

static void expect_kind_broken(void)
{
    expect_patched(HEADER_KIND, 1, 0, RULE_KIND);
    expect_patched(HEADER_KIND, 1, 7, RULE_KIND);
    expect_patched(HEADER_KIND, 1, 255, RULE_KIND);
    expect_patched(HEADER_ZERO, 1, 1, RULE_KIND);
    expect_patched(HEADER_ZERO16, 1, 1, RULE_KIND);
    expect_patched(HEADER_ZERO16 + 1, 1, 1, RULE_KIND);
    for (size_t i = 0; i < 4; i++)
        expect_patched(i, 1, 128, RULE_KIND);
}

static void test_p2_unknown_kind_reserved_bytes_or_a_checksum(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags) expect_kind_broken();
    healthy_branch();
    expect_kind_broken();
    for (size_t i = 0; i < 4; i++) {
        build_other(other_kinds[i]);
        expect_kind_broken();
    }
}

static void test_p3_level_flags_or_tree_illegal_for_the_kind(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags)
    {
        expect_patched(HEADER_LEVEL, 1, 1, RULE_LEVEL);
        expect_patched(HEADER_FLAGS, 1, 6, RULE_LEVEL);
        expect_patched(HEADER_FLAGS, 1, 7, RULE_LEVEL);
        expect_patched(HEADER_FLAGS, 1, flags + 8u, RULE_LEVEL);
        expect_patched(HEADER_FLAGS, 1, flags + 128u, RULE_LEVEL);
        expect_patched(HEADER_TREE, 4, 0, RULE_LEVEL);
    }
    healthy_branch();
    expect_patched(HEADER_LEVEL, 1, 0, RULE_LEVEL);
    expect_patched(HEADER_LEVEL, 1, 32, RULE_LEVEL);
    expect_patched(HEADER_FLAGS, 1, 0, RULE_LEVEL);
    expect_patched(HEADER_FLAGS, 1, 5, RULE_LEVEL);
    expect_patched(HEADER_TREE, 4, 0, RULE_LEVEL);
    for (size_t i = 0; i < 4; i++) {
        build_other(other_kinds[i]);
        expect_patched(HEADER_LEVEL, 1, 1, RULE_LEVEL);
        expect_patched(HEADER_FLAGS, 1, 4, RULE_LEVEL);
        expect_patched(HEADER_TREE, 4, other_kinds[i] == PAGE_OVERFLOW ? 0 : 1, RULE_LEVEL);
    }
}

static void test_p4_fields_that_the_kind_does_not_use(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        uint8_t kind = other_kinds[i];
        build_other(kind);
        for (size_t offset = HEADER_FREE_START; offset < HEADER_ZERO16; offset++)
            expect_patched(offset, 1, 1, RULE_UNUSED);
        if (kind != PAGE_FREE)
            expect_patched(HEADER_SLOT_COUNT, 2, 256, RULE_UNUSED);
        expect_patched(HEADER_LEFT, 4, 256, kind == PAGE_META || kind == PAGE_MAP ? RULE_UNUSED : RULE_OK);
        expect_patched(HEADER_RIGHT, 4, 256, kind == PAGE_META || kind == PAGE_MAP ? RULE_UNUSED : RULE_OK);
    }
}

static void expect_fences_broken(void)
{
    expect_patched(HEADER_LOW_LEN, 2, LONG_KEY, RULE_FENCES);
    expect_patched(HEADER_LOW_LEN, 2, 65535, RULE_FENCES);
    expect_patched(HEADER_HIGH_LEN, 2, LONG_KEY, RULE_FENCES);
    expect_patched(HEADER_HIGH_LEN, 2, 65535, RULE_FENCES);
    expect_patched(HEADER_PREFIX_LEN, 2, 0, RULE_FENCES);
    expect_patched(HEADER_PREFIX_LEN, 2, 2, RULE_FENCES);
    expect_patched(HEADER_SIZE + 3, 1, 'a', RULE_FENCES);
    expect_patched(HEADER_SIZE + 3, 1, 'A', RULE_FENCES);
    expect_patched(HEADER_SIZE + 2, 1, 'a', RULE_FENCES);
    expect_patched(HEADER_HIGH_LEN, 2, 0, RULE_FENCES);
}

static void test_p5_equal_fences(void **state)
{
    (void)state;
    healthy_leaf(V2_PLAIN);
    page[HEADER_SIZE + 3] = page[HEADER_SIZE + 1];
    put_number(page + HEADER_PREFIX_LEN, 2, 2);
    expect(RULE_FENCES, NONE, NONE);
}

static void test_p5_fences_too_long_out_of_order_or_with_a_wrong_prefix(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags) expect_fences_broken();
    healthy_branch();
    expect_fences_broken();
}

static void expect_space_broken(void)
{
    size_t count = (size_t)get_number(page + HEADER_SLOT_COUNT, 2);
    size_t free_end = (size_t)get_number(page + HEADER_FREE_END, 2);
    expect_patched(HEADER_SLOT_COUNT, 2, count + 1, RULE_SPACE);
    expect_patched(HEADER_SLOT_COUNT, 2, 65535, RULE_SPACE);
    expect_patched(HEADER_SLOT_COUNT, 2, 0, RULE_SPACE);
    expect_patched(HEADER_FREE_END, 2, free_end + 1, RULE_SPACE);
    expect_patched(HEADER_FREE_END, 2, 0, RULE_SPACE);
    expect_patched(HEADER_FREE_START, 2, free_end + 1, RULE_SPACE);
    expect_patched(HEADER_FREE_START, 2, 51, RULE_SPACE);
    expect_patched(HEADER_FREE_START, 2, 65535, RULE_SPACE);
}

static void test_p6_directory_and_space_do_not_add_up(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags) expect_space_broken();
    healthy_branch();
    expect_space_broken();
    draft_branch();
    draft.count = 0;
    build();
    expect(RULE_SPACE, NONE, NONE);
}

/* A directory that would begin below the page's start, by a count that is right modulo 65536. */
static void test_p6_a_count_that_wraps(void **state)
{
    (void)state;
    healthy_leaf(V3_PLAIN);
    put_number(page + HEADER_SLOT_COUNT, 2, RECORDS + 8192);
    expect(RULE_SPACE, NONE, NONE);
}

static void test_p16_meta(void **state)
{
    (void)state;
    build_other(PAGE_META);
    for (size_t i = 0; i < 8; i++)
        expect_patched(META_MAGIC + i, 1, 'x', RULE_META);
    expect_patched(META_VERSION, 4, 2, RULE_META);
    expect_patched(META_PAGE_SIZE, 4, 2 * SIZE, RULE_META);
    expect_patched(META_PAGE_COUNT, 4, 2, RULE_META);
    expect_patched(META_STATE + 24, 1, 1, RULE_META);
    expect_patched(META_END, 1, 1, RULE_META);
    expect_patched(SIZE - 1, 1, 1, RULE_META);
}

static void test_p17_free(void **state)
{
    static uint32_t entries[FREE_CAPACITY(SIZE)];
    (void)state;
    for (size_t i = 0; i < FREE_CAPACITY(SIZE); i++)
        entries[i] = (uint32_t)(i + 2);
    build_free(page, SIZE, 9, entries, FREE_CAPACITY(SIZE));
    expect(RULE_OK, NONE, NONE);
    expect_patched(HEADER_SLOT_COUNT, 2, FREE_CAPACITY(SIZE) + 1, RULE_FREE);
    expect_patched(HEADER_SLOT_COUNT, 2, 65535, RULE_FREE);
    expect_patched(HEADER_SLOT_COUNT, 2, FREE_CAPACITY(SIZE) - 1, RULE_FREE);
    expect_patched(FREE_ENTRIES, 4, 1, RULE_FREE);
    expect_patched(SIZE - 4, 4, 0, RULE_FREE);
    build_free(page, SIZE, 9, entries, 0);
    expect(RULE_OK, NONE, NONE);
    expect_patched(SIZE - 1, 1, 1, RULE_FREE);
}

static void test_p18_overflow(void **state)
{
    (void)state;
    build_overflow(page, SIZE, 9, 1, 0, SIZE - 64);
    expect(RULE_OK, NONE, NONE);
    expect_patched(OVERFLOW_CHAIN, 8, 0, RULE_OVERFLOW);
    expect_patched(OVERFLOW_USED, 4, 0, RULE_OVERFLOW);
    build_overflow(page, SIZE, 9, 1, 0, 1);
    put_number(page + OVERFLOW_DATA, 1, 0);
    expect(RULE_OK, NONE, NONE);
    expect_patched(OVERFLOW_USED, 4, 0, RULE_OVERFLOW); /* no byte behind it is to blame */
    build_overflow(page, SIZE, 9, 1, 0, SIZE - 64);
    expect_patched(OVERFLOW_USED, 4, SIZE - 63, RULE_OVERFLOW);
    expect_patched(OVERFLOW_USED, 4, 0xffffffffu, RULE_OVERFLOW);
    expect_patched(OVERFLOW_USED, 4, SIZE - 65, RULE_OVERFLOW);
}

/* The entries reach to the page's end at every size, so that there is no byte behind them. */
static void test_p19_no_map_entry_is_wrong(void **state)
{
    struct page_fault fault;
    (void)state;
    for (size_t n = PAGE_SIZE_MIN; n <= PAGE_SIZE_MAX; n *= 2) {
        assert_int_equal(48 + 4 * MAP_CAPACITY(n), n);
        build_map(page, n, 2);
        memset(page + 48, 0xff, n - 48);
        assert_int_equal(check_size(n, &fault), RULE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p1_checksum_page_number_and_map_entry),
        cmocka_unit_test(test_p1_a_page_sealed_for_another_place),
        cmocka_unit_test(test_p2_unknown_kind_reserved_bytes_or_a_checksum),
        cmocka_unit_test(test_p3_level_flags_or_tree_illegal_for_the_kind),
        cmocka_unit_test(test_p4_fields_that_the_kind_does_not_use),
        cmocka_unit_test(test_p5_equal_fences),
        cmocka_unit_test(test_p5_fences_too_long_out_of_order_or_with_a_wrong_prefix),
        cmocka_unit_test(test_p6_directory_and_space_do_not_add_up),
        cmocka_unit_test(test_p6_a_count_that_wraps),
        cmocka_unit_test(test_p16_meta),
        cmocka_unit_test(test_p17_free),
        cmocka_unit_test(test_p18_overflow),
        cmocka_unit_test(test_p19_no_map_entry_is_wrong),
    };
    return cmocka_run_group_tests_name("page_check: headers", tests, NULL, NULL);
}
