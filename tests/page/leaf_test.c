/* Leaves, one behaviour at a time; leaf_random_test.c goes for the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/branch.h"
#include "../../src/page/branch_search.h"
#include "../../src/page/check.h"
#include "../../src/page/leaf.h"
#include "../../src/page/leaf_search.h"
#include "../support/leaf_model.h"
#include "../support/random.h"

enum { V2 = LEAF_FLAG_PLAIN_RECORDS + PAGE_FLAG_SLOTS_V2, V3 = LEAF_FLAG_PLAIN_RECORDS + PAGE_FLAG_SLOTS_V3 };

static uint8_t page[PAGE_SIZE_MAX], other[PAGE_SIZE_MAX], scratch[PAGE_SIZE_MAX], value[PAGE_SIZE_MAX];
static struct space space;
static struct leaf_edit edit;

static void start_leaf(size_t page_size, uint8_t flags, const char *low, const char *high)
{
    page_init_slotted(page, page_size, 3, 2, PAGE_LEAF, 0, flags, (const uint8_t *)low, strlen(low),
                      (const uint8_t *)high, strlen(high));
    space_clear(&space);
}

static int put(size_t page_size, const uint8_t *key, size_t key_len, uint32_t value_len)
{
    int found;
    size_t slot = leaf_search(page, page_size, key, key_len, &found);
    if (found)
        return leaf_replace(page, page_size, &space, slot, value, value_len, scratch, &edit);
    return leaf_insert(page, page_size, &space, slot, key, key_len, value, value_len, scratch, &edit);
}

static int put_text(size_t page_size, const char *key, uint32_t value_len)
{
    return put(page_size, (const uint8_t *)key, strlen(key), value_len);
}

static size_t rank_of(size_t page_size, const char *key, int *found)
{
    return leaf_search(page, page_size, (const uint8_t *)key, strlen(key), found);
}

static void search_finds_each_key_and_each_place_between(void **state)
{
    (void)state;
    static const uint8_t versions[] = {V2, V3};
    /* "aa", "aaa", "aab": heads with and without padding; "aaaab" and "aaaac" tie. */
    static const char *keys[] = {"a", "aa", "aaa", "aaaab", "aaaac", "aab", "b", "zzzz", "zzzzz"};
    static const char *between[] = {"A", "a!", "aa!", "aaa!", "aaaabb", "aaaad", "ab", "bb", "zzzz!", "zzzzzz"};
    int found;
    for (size_t v = 0; v < 2; v++) {
        start_leaf(512, versions[v], "", "");
        assert_int_equal(rank_of(512, "a", &found), 0);
        assert_false(found);
        for (size_t i = 0; i < 9; i++)
            assert_true(put_text(512, keys[i], 3));
        for (size_t i = 0; i < 9; i++) {
            assert_int_equal(rank_of(512, keys[i], &found), i);
            assert_true(found);
        }
        for (size_t i = 0; i < 10; i++) {
            assert_int_equal(rank_of(512, between[i], &found), i);
            assert_false(found);
        }
    }
}

static void a_key_that_differs_from_another_by_zeros_only_is_another(void **state)
{
    (void)state;
    int found;
    start_leaf(512, V3, "", "");
    for (size_t length = 6; length > 0; length--)
        assert_true(put(512, (const uint8_t *)"k\0\0\0\0\0", length, 1));
    assert_int_equal(page_slot_count(page), 6);
    for (size_t length = 1; length <= 6; length++) {
        assert_int_equal(leaf_search(page, 512, (const uint8_t *)"k\0\0\0\0\0", length, &found), length - 1);
        assert_true(found);
    }
}

static void v3_reads_one_record_when_heads_differ(void **state)
{
    (void)state;
    uint64_t decodes = 0;
    char key[8];
    int found;
    start_leaf(4096, V3, "", "");
    for (unsigned i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "%04u", 97 * i % 100);
        assert_true(put_text(4096, key, 8));
    }
    leaf_search_counted(page, 4096, (const uint8_t *)"0042", 4, &found, &decodes);
    assert_true(found);
    assert_int_equal(decodes, 1);
    leaf_search_counted(page, 4096, (const uint8_t *)"9999", 4, &found, &decodes);
    assert_int_equal(decodes, 1);
}

static void heads_leave_out_the_prefix_of_the_fences(void **state)
{
    (void)state;
    start_leaf(512, V3, "user:10", "user:19");
    assert_true(put_text(512, "user:1234", 1));
    assert_int_equal(page_prefix_len(page), 6);
    assert_int_equal(slot_head(page, 512, 0), 0x32333400);
}

static void a_replaced_value_stays_in_its_extent_when_it_fits(void **state)
{
    (void)state;
    start_leaf(512, V3, "", "");
    put_text(512, "a", 20);
    put_text(512, "b", 20);
    size_t offset = slot_extent(page, 512, 0).offset;
    assert_true(put_text(512, "a", 11));
    assert_int_equal(edit.place, PLACE_SAME);
    assert_int_equal(slot_extent(page, 512, 0).offset, offset);
    assert_int_equal(page_hole_bytes(page), 9);
    assert_int_equal(leaf_judge(page, 512), 0);
}

static void a_refused_replace_changes_nothing(void **state)
{
    (void)state;
    uint8_t before[512];
    char key[2] = "a";
    uint32_t value_len = 21;
    start_leaf(512, V2, "", "");
    for (; put_text(512, key, 20); key[0]++)
        continue;
    memcpy(before, page, 512);
    while (put_text(512, "a", value_len)) {
        memcpy(before, page, 512);
        value_len++;
    }
    assert_memory_equal(before, page, 512);
    assert_in_range(page_free_end(page) - page_free_start(page) + page_hole_bytes(page), 0, 0);
    assert_int_equal(leaf_judge(page, 512), 0);
}

/* Finding 1: fixed keys, values of 0 to 120 bytes, inserts and deletes on a page of 4 KiB. */
static void finding_1_compaction_with_unordered_offsets_keeps_every_record(void **state)
{
    (void)state;
    struct random random = {1};
    struct leaf_model model;
    size_t compactions = 0;
    leaf_model_init(&model);
    start_leaf(4096, V3, "", "");
    for (int step = 0; step < 6000; step++) {
        uint8_t key[4];
        int found;
        store32(key, 16777216u * (uint32_t)random_below(&random, 256));
        size_t slot = leaf_search(page, 4096, key, 4, &found);
        if (found) {
            leaf_delete(page, 4096, &space, slot);
            leaf_model_delete(&model, slot);
            continue;
        }
        uint32_t value_len = (uint32_t)random_below(&random, 121);
        random_fill(&random, value, value_len);
        if (!leaf_insert(page, 4096, &space, slot, key, 4, value, value_len, scratch, &edit))
            continue;
        leaf_model_insert(&model, slot, key, 4, value, value_len, value_len);
        compactions += edit.compacted;
        assert_int_equal(leaf_judge(page, 4096), 0);
        assert_true(leaf_matches(page, 4096, &model));
    }
    assert_true(compactions > 50);
    leaf_model_free(&model);
}

/* Finding 2: the new fence is longer than the old ones, and the first record stands right behind them. */
static void finding_2_a_longer_fence_overwrites_no_record(void **state)
{
    (void)state;
    struct leaf_model model;
    const uint8_t *low = (const uint8_t *)"mmmmmmmmmmmmmmmmmmmmmmm", *high = (const uint8_t *)"mz-and-a-long-tail";
    leaf_model_init(&model);
    start_leaf(512, V3, "m", "n");
    for (char key[] = "mna"; key[2] < 'i'; key[2]++) {
        assert_true(put_text(512, key, 10));
        leaf_model_insert(&model, model.count, (uint8_t *)key, 3, value, 10, 10);
    }
    assert_true(page_keep(page, 512, 0, model.count, low, 23, high, 18, scratch));
    assert_int_equal(leaf_judge(page, 512), 0);
    assert_true(leaf_matches(page, 512, &model));
    assert_int_equal(page_low_len(page), 23);
    assert_memory_equal(page_high(page), high, 18);
    leaf_model_free(&model);
}

/* Finding 2, the other way out: where the longer fence has no room, it is refused and the page is as it was. */
static void finding_2_a_fence_without_room_is_refused(void **state)
{
    (void)state;
    uint8_t before[512], high[KEY_MAX(512)];
    char key[] = "a";
    memset(high, 'z', sizeof high);
    start_leaf(512, V2, "", "");
    while (put_text(512, key, 20))
        key[0]++;
    memcpy(before, page, 512);
    assert_false(page_keep(page, 512, 0, page_slot_count(page), NULL, 0, high, sizeof high, scratch));
    assert_memory_equal(before, page, 512);
}

/* Finding 5: as many free bytes as the record has are not enough, its slot needs room too. */
static void finding_5_the_bytes_of_a_new_slot_count(void **state)
{
    (void)state;
    uint8_t before[512];
    static const uint8_t versions[] = {V2, V3};
    for (size_t v = 0; v < 2; v++) {
        size_t width = slot_width(versions[v]);
        start_leaf(512, versions[v], "", "");
        for (char key[] = "a"; key[0] < 'f'; key[0]++)
            put_text(512, key, 60);
        /* Fills the page but for a record of "y" with 5 bytes and one byte less than its slot. */
        while (page_free_end(page) - page_free_start(page) > 8 + width - 1) {
            size_t left = page_free_end(page) - page_free_start(page) - (8 + width - 1);
            char key[] = "0";
            key[0] = (char)('0' + page_slot_count(page));
            size_t length = left - width - 3 > 60 ? 40 : left - width - 3;
            assert_true(put_text(512, key, (uint32_t)length));
        }
        assert_int_equal(page_free_end(page) - page_free_start(page), 8 + width - 1);
        memcpy(before, page, 512);
        assert_false(put_text(512, "y", 5));
        assert_memory_equal(before, page, 512);
        assert_true(put_text(512, "y", 4));
        assert_int_equal(page_free_start(page), page_free_end(page));
        assert_int_equal(leaf_judge(page, 512), 0);
    }
}

/*
 * Splits the page as a tree would for a new record that does not fit, with
 * `separator` as the fence, and inserts the record: 1 when all of it fits.
 */
static int split_and_insert(size_t page_size, size_t slot, size_t at, const uint8_t *key, size_t key_len,
                            uint32_t value_len, const uint8_t *separator, size_t separator_size)
{
    static uint8_t low[4096], high[4096];
    struct space right_space;
    size_t low_len = page_low_len(page), high_len = page_high_len(page), count = page_slot_count(page);
    size_t kept = at > slot ? at - 1 : at;
    memcpy(low, page_low(page), low_len);
    memcpy(high, page_high(page), high_len);
    page_init_slotted(other, page_size, 4, 2, PAGE_LEAF, 0, page_flags(page), separator, separator_size, high,
                      high_len);
    space_clear(&right_space);
    if (!page_append(other, page_size, &right_space, page, kept, count, scratch) ||
        !page_keep(page, page_size, 0, kept, low, low_len, separator, separator_size, scratch))
        return 0;
    space_clear(&space);
    if (at > slot)
        return leaf_insert(page, page_size, &space, slot, key, key_len, value, value_len, scratch, &edit);
    return leaf_insert(other, page_size, &right_space, slot - kept, key, key_len, value, value_len, scratch, &edit);
}

/* A key whose order is `order`, as long as asked, all of it within fences made of 'm's. */
static size_t long_key(uint8_t *key, size_t length, size_t order)
{
    memset(key, 'm', length);
    key[length - 1] = (uint8_t)(order % 250 + 2);
    key[length - 2] = (uint8_t)(order / 250 + 'n');
    return length;
}

/* Records as large as they get, among them small ones; fences empty or as long as they get. */
static void both_halves_of_a_balanced_split_fit_with_any_separator(void **state)
{
    (void)state;
    struct random random = {5};
    static uint8_t key[4096], new_key[4096], separator[4096], low[4096], high[4096];
    for (int round = 0; round < 30000; round++) {
        size_t page_size = (size_t)PAGE_SIZE_MIN << random_below(&random, round % 10 ? 2 : 7);
        size_t limit = KEY_MAX(page_size), order = 0;
        memset(low, 'm', limit);
        memset(high, 'm', limit);
        high[limit - 2] = 255;
        page_init_slotted(page, page_size, 3, 2, PAGE_LEAF, 0, random_below(&random, 2) ? V2 : V3, low,
                          random_below(&random, 2) ? limit : 0, high, random_below(&random, 2) ? limit : 0);
        space_clear(&space);
        uint32_t value_len;
        for (;;) {
            value_len = (uint32_t)(random_below(&random, 3) ? INLINE_MAX(page_size) : random_below(&random, 9));
            long_key(key, limit, 2 * order + 1);
            if (!leaf_insert(page, page_size, &space, order, key, limit, value, value_len, scratch, &edit))
                break;
            order++;
        }
        size_t slot = random_below(&random, order + 1);
        long_key(new_key, limit, 2 * slot);
        size_t new_bytes = plain_size(page_size, limit, value_len) + slot_width(page_flags(page));
        size_t at = leaf_split_point(page, page_size, slot, new_key, limit, new_bytes, 0);
        assert_in_range(at, 1, order);
        /* The longest separator there is: the key at the cut itself. */
        if (at == slot)
            memcpy(separator, new_key, limit);
        else
            long_key(separator, limit, 2 * (at < slot ? at : at - 1) + 1);
        assert_true(split_and_insert(page_size, slot, at, new_key, limit, value_len, separator, limit));
        assert_int_equal(leaf_judge(page, page_size), 0);
        assert_int_equal(leaf_judge(other, page_size), 0);
    }
}

/* Ascending loads: left pages are full but for what no further record would fit in. */
static void ascending_loads_leave_full_pages(void **state)
{
    (void)state;
    struct random random = {11};
    uint64_t live = 0, usable = 0;
    start_leaf(8192, V3, "", "");
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t text[32], separator[64];
        int found;
        size_t key_len = (size_t)snprintf((char *)text, sizeof text, "word%08u%.*s", i, (int)(i % 9), "suffixes!");
        uint32_t value_len = (uint32_t)random_below(&random, 30);
        size_t slot = leaf_search(page, 8192, text, key_len, &found);
        assert_int_equal(slot, page_slot_count(page));
        if (leaf_insert(page, 8192, &space, slot, text, key_len, value, value_len, scratch, &edit))
            continue;
        size_t new_bytes = plain_size(8192, key_len, value_len) + SLOT_WIDTH_V3;
        size_t at = leaf_split_point(page, 8192, slot, text, key_len, new_bytes, 1);
        struct record left, right;
        leaf_record(page, 8192, at - 1, &left);
        right.key = text;
        right.key_len = key_len;
        if (at < slot)
            leaf_record(page, 8192, at, &right);
        size_t separator_size = separator_len(left.key, left.key_len, right.key, right.key_len);
        memcpy(separator, right.key, separator_size);
        assert_true(split_and_insert(8192, slot, at, text, key_len, value_len, separator, separator_size));
        assert_int_equal(leaf_judge(page, 8192), 0);
        live += leaf_live_bytes(page, 8192);
        usable += leaf_usable_bytes(page, 8192);
        memcpy(page, other, 8192);
        space_clear(&space);
    }
    assert_true(100 * live >= 99 * usable);
}

/* The left page as full as can be, and fences of the greatest length. */
static void an_append_split_fits_with_the_longest_keys(void **state)
{
    (void)state;
    struct random random = {3};
    static uint8_t key[4096];
    for (int round = 0; round < 5000; round++) {
        size_t page_size = (size_t)PAGE_SIZE_MIN << random_below(&random, 3), order = 0;
        size_t limit = KEY_MAX(page_size);
        uint32_t value_len;
        start_leaf(page_size, random_below(&random, 2) ? V2 : V3, "", "");
        do {
            value_len = (uint32_t)random_below(&random, INLINE_MAX(page_size) + 1);
            long_key(key, limit, order++);
        } while (leaf_insert(page, page_size, &space, order - 1, key, limit, value, value_len, scratch, &edit));
        size_t slot = order - 1;
        size_t new_bytes = plain_size(page_size, limit, value_len) + slot_width(page_flags(page));
        size_t at = leaf_split_point(page, page_size, slot, key, limit, new_bytes, 1);
        assert_in_range(at, 1, slot);
        uint8_t separator[4096];
        long_key(separator, limit, at);
        assert_true(split_and_insert(page_size, slot, at, key, limit, value_len, separator, limit));
        assert_int_equal(leaf_judge(page, page_size), 0);
        assert_int_equal(leaf_judge(other, page_size), 0);
    }
}

static void a_separator_is_the_shortest_prefix_that_divides(void **state)
{
    (void)state;
    assert_int_equal(separator_len((const uint8_t *)"abc", 3, (const uint8_t *)"abxyz", 5), 3);
    assert_int_equal(separator_len((const uint8_t *)"ab", 2, (const uint8_t *)"abc", 3), 3);
    assert_int_equal(separator_len((const uint8_t *)"a", 1, (const uint8_t *)"b", 1), 1);
    assert_int_equal(separator_len((const uint8_t *)"", 0, (const uint8_t *)"b", 1), 1);
}

/* Fills `page` as a branch with children 10, 11, ... and the separators given. */
static void start_branch(const char *low, const char *high, const char *const *separators, size_t count)
{
    page_init_slotted(page, 512, 3, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, (const uint8_t *)low, strlen(low),
                      (const uint8_t *)high, strlen(high));
    space_clear(&space);
    for (size_t i = 0; i < count; i++)
        assert_true(branch_insert(page, 512, &space, i, (uint32_t)(10 + i), (const uint8_t *)separators[i],
                                  strlen(separators[i]), scratch, &edit));
}

static void assert_valid(const uint8_t *bytes)
{
    struct page_scratch check;
    struct page_fault fault;
    void *block = malloc(page_scratch_size(512));
    page_scratch_carve(&check, block, 512);
    assert_int_equal(page_check(bytes, 512, &check, &fault), RULE_OK);
    free(block);
}

static void a_branch_keeps_its_later_children_without_the_first_separator(void **state)
{
    (void)state;
    static const char *const separators[] = {"", "key:c", "key:e", "key:g"};
    size_t length;
    start_branch("key:a", "key:z", separators, 4);
    assert_true(page_keep(page, 512, 2, 4, (const uint8_t *)"key:e", 5, (const uint8_t *)"key:z", 5, scratch));
    assert_valid(page);
    assert_int_equal(page_slot_count(page), 2);
    assert_int_equal(branch_child(page, 512, 0), 12);
    branch_separator(page, 512, 0, &length);
    assert_int_equal(length, 0);
    assert_memory_equal(branch_separator(page, 512, 1, &length), "key:g", 5);
}

static void an_empty_branch_takes_children_the_first_without_its_separator(void **state)
{
    (void)state;
    static const char *const separators[] = {"", "key:c", "key:e", "key:g"};
    struct space other_space;
    size_t length;
    start_branch("key:a", "key:z", separators, 4);
    page_init_slotted(other, 512, 4, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, (const uint8_t *)"key:c", 5,
                      (const uint8_t *)"key:z", 5);
    space_clear(&other_space);
    assert_true(page_append(other, 512, &other_space, page, 1, 3, scratch));
    assert_true(page_append(other, 512, &other_space, page, 3, 4, scratch));
    assert_valid(other);
    assert_int_equal(page_slot_count(other), 3);
    branch_separator(other, 512, 0, &length);
    assert_int_equal(length, 0);
    assert_memory_equal(branch_separator(other, 512, 2, &length), "key:g", 5);
    assert_int_equal(branch_child(other, 512, 2), 13);
}

/* The target has room only between its records. */
static void appending_compacts_when_the_gap_is_too_small(void **state)
{
    (void)state;
    struct leaf_model model;
    struct space none;
    leaf_model_init(&model);
    start_leaf(512, V3, "", "");
    for (char key[] = "p"; key[0] < 't'; key[0]++)
        assert_true(put_text(512, key, 30));
    memcpy(other, page, 512);
    start_leaf(512, V2, "", "");
    for (char key[] = "a"; put_text(512, key, 30); key[0]++)
        leaf_model_insert(&model, model.count, (uint8_t *)key, 1, value, 30, 30);
    for (size_t slot = 1; slot < 6; slot++) {
        leaf_delete(page, 512, &space, slot);
        leaf_model_delete(&model, slot);
    }
    for (char key[] = "p"; key[0] < 't'; key[0]++)
        leaf_model_insert(&model, model.count, (uint8_t *)key, 1, value, 30, 30);
    none.count = 0;
    none.complete = 0;
    assert_true(page_free_end(page) - page_free_start(page) < 4 * 34);
    assert_true(page_append(page, 512, &none, other, 0, 4, scratch));
    assert_int_equal(leaf_judge(page, 512), 0);
    assert_true(leaf_matches(page, 512, &model));
    leaf_model_free(&model);
}

/* The gap goes from too small to large enough byte by byte: on either side no record may touch a slot. */
static void appending_fills_the_gap_to_its_last_byte(void **state)
{
    (void)state;
    size_t compacted = 0, in_gap = 0;
    for (uint32_t filler = 40; filler <= INLINE_MAX(512); filler++) {
        start_leaf(512, V2, "", "");
        for (char key[] = "p"; key[0] < 'r'; key[0]++)
            assert_true(put_text(512, key, 30));
        memcpy(other, page, 512);
        start_leaf(512, V2, "", "");
        for (char key[] = "a"; key[0] < 'j'; key[0]++)
            assert_true(put_text(512, key, 30));
        leaf_delete(page, 512, &space, 2);
        space.count = 0; /* nothing but the gap is known, so the filler goes there */
        space.complete = 0;
        assert_true(put_text(512, "j", filler));
        size_t gap = page_free_end(page) - page_free_start(page);
        assert_true(page_append(page, 512, &space, other, 0, 2, scratch));
        compacted += gap < 2 * (33 + 4);
        in_gap += gap >= 2 * (33 + 4);
        assert_int_equal(leaf_judge(page, 512), 0);
        assert_int_equal(page_slot_count(page), 11);
    }
    assert_true(compacted > 4 && in_gap > 4);
}

static void only_plain_v2_and_v3_leaves_are_edited_in_place(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 6; flags++) {
        page_init_slotted(page, 512, 3, 2, PAGE_LEAF, 0, (uint8_t)flags, NULL, 0, NULL, 0);
        assert_int_equal(leaf_is_current(page), flags == V2 || flags == V3);
    }
    page_init_slotted(page, 512, 3, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, NULL, 0, NULL, 0);
    assert_false(leaf_is_current(page));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_finds_each_key_and_each_place_between),
        cmocka_unit_test(a_key_that_differs_from_another_by_zeros_only_is_another),
        cmocka_unit_test(v3_reads_one_record_when_heads_differ),
        cmocka_unit_test(heads_leave_out_the_prefix_of_the_fences),
        cmocka_unit_test(a_replaced_value_stays_in_its_extent_when_it_fits),
        cmocka_unit_test(a_refused_replace_changes_nothing),
        cmocka_unit_test(finding_1_compaction_with_unordered_offsets_keeps_every_record),
        cmocka_unit_test(finding_2_a_longer_fence_overwrites_no_record),
        cmocka_unit_test(finding_2_a_fence_without_room_is_refused),
        cmocka_unit_test(finding_5_the_bytes_of_a_new_slot_count),
        cmocka_unit_test(both_halves_of_a_balanced_split_fit_with_any_separator),
        cmocka_unit_test(ascending_loads_leave_full_pages),
        cmocka_unit_test(an_append_split_fits_with_the_longest_keys),
        cmocka_unit_test(a_separator_is_the_shortest_prefix_that_divides),
        cmocka_unit_test(a_branch_keeps_its_later_children_without_the_first_separator),
        cmocka_unit_test(an_empty_branch_takes_children_the_first_without_its_separator),
        cmocka_unit_test(appending_compacts_when_the_gap_is_too_small),
        cmocka_unit_test(appending_fills_the_gap_to_its_last_byte),
        cmocka_unit_test(only_plain_v2_and_v3_leaves_are_edited_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
