/* Whole-leaf rebuild: leaves of every version are valid, read back, and depend on their content alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/check.h"
#include "../../src/reference/linear.h"
#include "../../src/reference/rebuild.h"

enum { SIZE = 1024, VERSIONS = 6, MOST = 64 };

static const uint8_t versions[VERSIONS] = {0, 2, 4, 1, 3, 5};
static uint16_t ends[SIZE];
static uint8_t scratch[SIZE + 1];
static uint8_t check_block[16 * SIZE];
static char keys[MOST][16];
static char values[MOST][16];

static size_t make_entries(struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int key_len = snprintf(keys[i], sizeof keys[i], "key%0*zu", 1 + (int)(i % 3) + 3, i);
        int value_len = snprintf(values[i], sizeof values[i], "%.*s", (int)(i % 9), "valuevalue");
        entries[i] = (struct entry){.key = (const uint8_t *)keys[i],
                                    .key_len = (size_t)key_len,
                                    .value = (const uint8_t *)values[i],
                                    .value_len = (uint32_t)value_len};
    }
    /* Keys of many lengths do not come out sorted; selection sort is enough here. */
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (bytes_compare(entries[j].key, entries[j].key_len, entries[i].key, entries[i].key_len) < 0) {
                struct entry other = entries[i];
                entries[i] = entries[j];
                entries[j] = other;
            }
    return count;
}

static void assert_valid(const uint8_t *page)
{
    struct page_scratch page_scratch;
    struct page_fault fault;
    assert_true(page_scratch_size(SIZE) <= sizeof check_block);
    page_scratch_carve(&page_scratch, check_block, SIZE);
    assert_int_equal(page_check(page, SIZE, &page_scratch, &fault), RULE_OK);
}

static void assert_same_entries(const struct entry *a, const struct entry *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].key_len, b[i].key_len);
        assert_memory_equal(a[i].key, b[i].key, a[i].key_len);
        assert_int_equal(a[i].value_len, b[i].value_len);
        assert_int_equal(a[i].overflow, b[i].overflow);
        if (a[i].overflow) {
            assert_int_equal(a[i].ref.first, b[i].ref.first);
            assert_int_equal(a[i].ref.chain, b[i].ref.chain);
        } else {
            assert_memory_equal(a[i].value, b[i].value, a[i].value_len);
        }
    }
}

static void init_page(uint8_t *page)
{
    page_init_slotted(page, SIZE, 9, 3, PAGE_LEAF, 0, PAGE_FLAG_SLOTS_V3 | LEAF_FLAG_PLAIN_RECORDS, NULL, 0, NULL, 0);
    page_set_lsn(page, 12345);
    page_set_left(page, 8);
    page_set_right(page, 10);
}

static void build(uint8_t *page, uint8_t flags, const struct entry *entries, size_t count)
{
    init_page(page);
    assert_true(rebuild_leaf(page, SIZE, flags, (const uint8_t *)"ke", 2, (const uint8_t *)"kez", 3, entries, count));
}

static void every_version_is_valid_and_reads_back(void **state)
{
    (void)state;
    struct entry entries[MOST];
    size_t count = make_entries(entries, 20);
    entries[7].overflow = 1;
    entries[7].value = NULL;
    entries[7].value_len = 1000000;
    entries[7].ref = (struct overflow_ref){.first = 77, .chain = 0x123456789aull};
    for (size_t v = 0; v < VERSIONS; v++) {
        uint8_t page[SIZE];
        struct entry *read;
        build(page, versions[v], entries, count);
        assert_int_equal(page_flags(page), versions[v]);
        assert_valid(page);
        void *block = malloc(entries_size(page, SIZE, ends, scratch) + 1);
        assert_int_equal(entries_decode(page, SIZE, block, 0, &read, ends, scratch), count);
        assert_same_entries(read, entries, count);
        free(block);
    }
}

static void every_version_converts_to_every_other_and_back(void **state)
{
    (void)state;
    struct entry entries[MOST];
    size_t count = make_entries(entries, 20);
    for (size_t from = 0; from < VERSIONS; from++) {
        for (size_t to = 0; to < VERSIONS; to++) {
            uint8_t original[SIZE], page[SIZE], back[SIZE];
            struct entry *read;
            build(original, versions[from], entries, count);
            init_page(page);
            init_page(back);
            void *block = malloc(entries_size(original, SIZE, ends, scratch) + 1);
            size_t read_count = entries_decode(original, SIZE, block, 0, &read, ends, scratch);
            assert_true(rebuild_leaf(page, SIZE, versions[to], (const uint8_t *)"ke", 2, (const uint8_t *)"kez", 3,
                                     read, read_count));
            free(block);
            block = malloc(entries_size(page, SIZE, ends, scratch) + 1);
            read_count = entries_decode(page, SIZE, block, 0, &read, ends, scratch);
            assert_true(rebuild_leaf(back, SIZE, versions[from], (const uint8_t *)"ke", 2, (const uint8_t *)"kez", 3,
                                     read, read_count));
            free(block);
            assert_memory_equal(back, original, SIZE);
        }
    }
}

static void the_page_keeps_its_name_lsn_and_neighbours(void **state)
{
    (void)state;
    struct entry entries[MOST];
    uint8_t page[SIZE];
    build(page, PAGE_FLAG_SLOTS_V1, entries, make_entries(entries, 3));
    assert_int_equal(page_pgno(page), 9);
    assert_int_equal(page_tree(page), 3);
    assert_int_equal(page_lsn(page), 12345);
    assert_int_equal(page_left(page), 8);
    assert_int_equal(page_right(page), 10);
}

static void size_is_exact_and_a_leaf_that_does_not_fit_is_left_alone(void **state)
{
    (void)state;
    struct entry entries[MOST];
    make_entries(entries, MOST);
    for (size_t v = 0; v < VERSIONS; v++) {
        uint8_t page[SIZE], before[SIZE];
        size_t count = 0;
        while (count < MOST && rebuild_size(SIZE, versions[v], (const uint8_t *)"ke", 2, 3, entries, count) <= SIZE) {
            build(page, versions[v], entries, count);
            assert_int_equal(rebuild_size(SIZE, versions[v], (const uint8_t *)"ke", 2, 3, entries, count),
                             SIZE - (page_free_end(page) - page_free_start(page)));
            count++;
        }
        if (count == MOST)
            continue;
        init_page(page);
        memcpy(before, page, SIZE);
        assert_false(
            rebuild_leaf(page, SIZE, versions[v], (const uint8_t *)"ke", 2, (const uint8_t *)"kez", 3, entries, count));
        assert_memory_equal(page, before, SIZE);
    }
}

static void linear_search_finds_each_key_and_the_place_of_missing_ones(void **state)
{
    (void)state;
    struct entry entries[MOST];
    size_t count = make_entries(entries, 20);
    for (size_t v = 0; v < VERSIONS; v++) {
        uint8_t page[SIZE], key[SIZE];
        build(page, versions[v], entries, count);
        for (size_t i = 0; i < count; i++) {
            struct leaf_walk walk;
            struct record record;
            uint8_t longer[17];
            int found;
            leaf_walk_start(&walk, page, SIZE, key, ends, scratch);
            assert_int_equal(linear_search(&walk, entries[i].key, entries[i].key_len, &found, &record), i);
            assert_true(found);
            assert_int_equal(record.value_len, entries[i].value_len);
            memcpy(longer, entries[i].key, entries[i].key_len);
            longer[entries[i].key_len] = 0;
            leaf_walk_start(&walk, page, SIZE, key, ends, scratch);
            assert_int_equal(linear_search(&walk, longer, entries[i].key_len + 1, &found, &record), i + 1);
            assert_false(found);
        }
    }
}

static void entries_are_searched_inserted_and_removed_in_order(void **state)
{
    (void)state;
    struct entry entries[MOST];
    size_t count = make_entries(entries, 5);
    struct entry third = entries[2];
    int found;
    entries_remove(entries, &count, 2);
    assert_int_equal(count, 4);
    assert_int_equal(entries_search(entries, count, third.key, third.key_len, &found), 2);
    assert_false(found);
    entries_insert(entries, &count, 2, &third);
    assert_int_equal(entries_search(entries, count, third.key, third.key_len, &found), 2);
    assert_true(found);
    assert_int_equal(count, 5);
}

static void removing_an_entry_moves_all_later_ones_and_no_other(void **state)
{
    (void)state;
    struct entry all[MOST], entries[MOST];
    size_t count = make_entries(all, 20);
    for (size_t at = 0; at < count; at++) {
        size_t left = count;
        memcpy(entries, all, sizeof entries);
        entries_remove(entries, &left, at);
        assert_int_equal(left, count - 1);
        assert_same_entries(entries, all, at);
        assert_same_entries(entries + at, all + at + 1, left - at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_valid_and_reads_back),
        cmocka_unit_test(every_version_converts_to_every_other_and_back),
        cmocka_unit_test(the_page_keeps_its_name_lsn_and_neighbours),
        cmocka_unit_test(size_is_exact_and_a_leaf_that_does_not_fit_is_left_alone),
        cmocka_unit_test(linear_search_finds_each_key_and_the_place_of_missing_ones),
        cmocka_unit_test(entries_are_searched_inserted_and_removed_in_order),
        cmocka_unit_test(removing_an_entry_moves_all_later_ones_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
