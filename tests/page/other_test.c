/* Meta, free-list, overflow and map pages: what setters write, getters read back and page_check accepts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/check.h"
#include "../../src/page/other.h"
#include "../support/page_builder.h"

enum { SIZE = 512 };
static uint8_t page[SIZE];

static void assert_valid(void)
{
    void *block = malloc(page_scratch_size(SIZE));
    struct page_scratch scratch;
    struct page_fault fault;
    page_scratch_carve(&scratch, block, SIZE);
    assert_int_equal(page_check(page, SIZE, &scratch, &fault), RULE_OK);
    free(block);
}

static struct meta a_meta(void)
{
    struct meta meta = {.format_version = 1, .page_size = SIZE, .salt = UINT64_C(0x8877665544332211)};
    struct state state = {.free_head = 3, .free_count = 4, .next_tree = 5, .catalog_root = 6};
    state.next_chain = UINT64_C(0x1234567812345678);
    meta.generation = 9;
    meta.page_count = 77;
    meta.first_lsn = UINT64_C(1) << 40;
    meta.checkpoint = UINT64_C(1) << 50;
    state_encode(meta.state, &state);
    return meta;
}

static void test_meta_reads_back_what_was_written(void **unused)
{
    struct meta meta = a_meta(), read;
    (void)unused;
    memset(page, 0xff, SIZE);
    meta_encode(page, SIZE, 1, &meta);
    assert_valid();
    assert_int_equal(page_pgno(page), 1);
    meta_decode(page, &read);
    assert_int_equal(read.format_version, meta.format_version);
    assert_int_equal(read.page_size, meta.page_size);
    assert_true(read.salt == meta.salt);
    assert_int_equal(read.generation, meta.generation);
    assert_int_equal(read.page_count, meta.page_count);
    assert_true(read.first_lsn == meta.first_lsn);
    assert_true(read.checkpoint == meta.checkpoint);
    assert_memory_equal(read.state, meta.state, META_STATE_SIZE);
}

static void test_meta_stands_where_the_format_says(void **unused)
{
    struct meta meta = a_meta();
    (void)unused;
    meta_encode(page, SIZE, 0, &meta);
    assert_memory_equal(page + 48, "quire\r\n\032", 8);
    assert_int_equal(get_number(page + 60, 4), SIZE);
    assert_int_equal(get_number(page + 76, 4), 77);
    assert_int_equal(get_number(page + 96, 4), 3);
    assert_int_equal(get_number(page + 108, 4), 6);
    assert_true(get_number(page + 112, 8) == UINT64_C(0x1234567812345678));
}

static void test_state_reads_back(void **unused)
{
    struct meta meta = a_meta();
    struct state state;
    (void)unused;
    state_decode(meta.state, &state);
    assert_int_equal(state.free_head, 3);
    assert_int_equal(state.free_count, 4);
    assert_int_equal(state.next_tree, 5);
    assert_int_equal(state.catalog_root, 6);
    assert_true(state.next_chain == UINT64_C(0x1234567812345678));
}

static void test_probe_knows_a_meta_page_by_its_magic(void **unused)
{
    struct meta meta = a_meta();
    uint32_t version = 0, page_size = 0;
    (void)unused;
    meta_encode(page, SIZE, 0, &meta);
    assert_true(meta_probe(page, &version, &page_size));
    assert_int_equal(version, 1);
    assert_int_equal(page_size, SIZE);
    page[55]++;
    assert_false(meta_probe(page, &version, &page_size));
}

static void test_a_trunk_is_a_stack_of_page_numbers(void **unused)
{
    (void)unused;
    page_init(page, SIZE, 8, 0, PAGE_FREE);
    assert_int_equal(free_pop(page), 0);
    for (uint32_t i = 0; i < FREE_CAPACITY(SIZE); i++)
        assert_true(free_push(page, SIZE, 100 + i));
    assert_valid();
    assert_false(free_push(page, SIZE, 5));
    assert_int_equal(free_entry(page, 7), 107);
    for (uint32_t i = FREE_CAPACITY(SIZE); i > 0; i--) {
        assert_int_equal(free_pop(page), 99 + i);
        assert_valid();
    }
    assert_int_equal(free_pop(page), 0);
}

static void test_an_overflow_page_names_chain_and_place(void **unused)
{
    (void)unused;
    page_init(page, SIZE, 8, 2, PAGE_OVERFLOW);
    overflow_init(page, UINT64_C(0xabcdef0123456789), 3, 448, 9);
    assert_valid();
    assert_true(overflow_chain(page) == UINT64_C(0xabcdef0123456789));
    assert_int_equal(overflow_position(page), 3);
    assert_int_equal(overflow_used(page), 448);
    assert_int_equal(page_right(page), 9);
}

static void test_map_entries_are_kept_apart(void **unused)
{
    (void)unused;
    page_init(page, SIZE, 2, 0, PAGE_MAP);
    for (size_t i = 0; i < MAP_CAPACITY(SIZE); i++)
        map_set_entry(page, i, (uint32_t)(0x01020304u * (i + 1)));
    for (size_t i = 0; i < MAP_CAPACITY(SIZE); i++)
        assert_int_equal(map_entry(page, i), (uint32_t)(0x01020304u * (i + 1)));
    assert_valid();
}

/* Walks all pages of three groups beside the definition: page 2 begins group 0, each group has M pages. */
static void test_each_page_has_one_place_in_the_map(void **unused)
{
    uint32_t group_start = 2;
    (void)unused;
    for (uint32_t pgno = 2; pgno < 2 + 3 * MAP_CAPACITY(SIZE); pgno++) {
        size_t index;
        if (pgno == group_start + MAP_CAPACITY(SIZE))
            group_start = pgno;
        assert_int_equal(map_page_of(SIZE, pgno, &index), group_start);
        assert_int_equal(index, pgno - group_start);
        assert_int_equal(is_map_page(SIZE, pgno), pgno == group_start);
    }
    assert_false(is_map_page(SIZE, 0));
    assert_false(is_map_page(SIZE, 1));
}

static void test_the_greatest_page_number_has_a_place_in_the_map(void **unused)
{
    size_t index;
    (void)unused;
    uint32_t map_page = map_page_of(SIZE, UINT32_MAX, &index);
    assert_true(index < MAP_CAPACITY(SIZE));
    assert_true(map_page + index == UINT32_MAX);
    assert_true(is_map_page(SIZE, map_page));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meta_reads_back_what_was_written),
        cmocka_unit_test(test_meta_stands_where_the_format_says),
        cmocka_unit_test(test_state_reads_back),
        cmocka_unit_test(test_probe_knows_a_meta_page_by_its_magic),
        cmocka_unit_test(test_a_trunk_is_a_stack_of_page_numbers),
        cmocka_unit_test(test_an_overflow_page_names_chain_and_place),
        cmocka_unit_test(test_map_entries_are_kept_apart),
        cmocka_unit_test(test_each_page_has_one_place_in_the_map),
        cmocka_unit_test(test_the_greatest_page_number_has_a_place_in_the_map),
    };
    return cmocka_run_group_tests_name("other", tests, NULL, NULL);
}
