/*
 * Branches: search, edits, split and merge against a plain array of children and
 * separators, with page_check after every step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/branch.h"
#include "../../src/page/branch_search.h"
#include "../../src/page/check.h"
#include "../support/page_judge.h"
#include "../support/random.h"

enum { MOST = 4096, KEY_MOST = PAGE_SIZE_MAX / 8 };

struct child {
    uint8_t separator[KEY_MOST];
    size_t length;
    uint32_t pgno;
};

static struct child *model;
static size_t model_count;
static uint8_t page[PAGE_SIZE_MAX], right[PAGE_SIZE_MAX], scratch[PAGE_SIZE_MAX], before[PAGE_SIZE_MAX];
static struct space space;
static size_t n;
static const uint8_t low[] = "key", high[] = "kez";

static int prepare(void **state)
{
    (void)state;
    model = calloc(MOST, sizeof *model);
    return model == NULL;
}

static int clean_up(void **state)
{
    (void)state;
    free(model);
    return 0;
}

static int is_valid(const uint8_t *bytes)
{
    void *block = malloc(page_scratch_size(n));
    struct page_scratch check;
    struct page_fault fault;
    page_scratch_carve(&check, block, n);
    enum page_rule rule = page_check(bytes, n, &check, &fault);
    free(block);
    return rule == RULE_OK && page_judge(bytes, n).rule == 0;
}

static void assert_child(const uint8_t *bytes, size_t slot, const struct child *child, int is_first)
{
    size_t length;
    const uint8_t *separator = branch_separator(bytes, n, slot, &length);
    assert_int_equal(branch_child(bytes, n, slot), child->pgno);
    assert_int_equal(length, is_first ? 0 : child->length);
    assert_memory_equal(separator, child->separator, length);
}

/* `bytes` holds the model's children [from, to). */
static void assert_matches(const uint8_t *bytes, size_t from, size_t to)
{
    assert_true(is_valid(bytes));
    assert_int_equal(page_slot_count(bytes), to - from);
    for (size_t i = from; i < to; i++)
        assert_child(bytes, i - from, &model[i], i == from);
}

static void start(size_t page_size)
{
    struct leaf_edit edit;
    n = page_size;
    page_init_slotted(page, n, 7, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, low, 3, high, 3);
    space_clear(&space);
    model_count = 1;
    model[0].length = 0;
    model[0].pgno = 100;
    assert_true(branch_insert(page, n, &space, 0, 100, low, 0, scratch, &edit));
    assert_matches(page, 0, 1);
}

/* A separator above the low fence and below the high one. */
static size_t random_separator(struct random *random, uint8_t *separator)
{
    size_t most = random_below(random, 10) == 0 ? KEY_MAX(n) : 12;
    size_t length = 4 + random_below(random, most - 3);
    random_fill(random, separator, length);
    memcpy(separator, low, 3);
    for (size_t i = 3; i < 6 && i < length; i++)
        separator[i] = (uint8_t)(separator[i] % 3 * 127);
    return length;
}

static int model_order(size_t slot, const uint8_t *key, size_t key_len)
{
    return slot == 0 ? -1 : bytes_compare(model[slot].separator, model[slot].length, key, key_len);
}

static size_t model_search(const uint8_t *key, size_t key_len)
{
    size_t slot = 0;
    while (slot + 1 < model_count && model_order(slot + 1, key, key_len) <= 0)
        slot++;
    return slot;
}

static void model_open(size_t slot, uint32_t pgno, const uint8_t *separator, size_t length)
{
    memmove(&model[slot + 1], &model[slot], (model_count - slot) * sizeof *model);
    model[slot].pgno = pgno;
    model[slot].length = length;
    memcpy(model[slot].separator, separator, length);
    model_count++;
}

static void model_close(size_t slot)
{
    model_count--;
    memmove(&model[slot], &model[slot + 1], (model_count - slot) * sizeof *model);
}

static size_t free_bytes(void)
{
    return page_free_end(page) - page_free_start(page) + page_hole_bytes(page);
}

/* Inserts a separator that is new; 0 if there was no room. */
static int insert_random(struct random *random)
{
    uint8_t separator[KEY_MOST];
    struct leaf_edit edit;
    size_t length = random_separator(random, separator);
    size_t slot = model_search(separator, length) + 1;
    uint32_t pgno = 2 + random_u32(random) % 100000;
    if (model_order(slot - 1, separator, length) == 0)
        return 1;
    memcpy(before, page, n);
    size_t room = free_bytes();
    if (!branch_insert(page, n, &space, slot, pgno, separator, length, scratch, &edit)) {
        assert_true(length + 4 + 8 > room);
        assert_memory_equal(before, page, n);
        return 0;
    }
    assert_true(length + 4 + 8 <= room);
    model_open(slot, pgno, separator, length);
    return 1;
}

/* Gives a slot a separator between its neighbours: its own made longer, or cut where it stays above the one before. */
static void replace_random(struct random *random)
{
    uint8_t separator[KEY_MOST];
    struct leaf_edit edit;
    if (model_count < 2)
        return;
    size_t slot = 1 + random_below(random, model_count - 1);
    size_t length = model[slot].length;
    memcpy(separator, model[slot].separator, length);
    size_t wanted = 4 + random_below(random, KEY_MAX(n) - 3);
    while (length < wanted)
        separator[length++] = 0;
    if (random_below(random, 2))
        while (length > 4 && model_order(slot - 1, separator, length - 1) < 0)
            length--;
    if (slot + 1 < model_count && model_order(slot + 1, separator, length) <= 0)
        return;
    memcpy(before, page, n);
    size_t room = free_bytes() + model[slot].length;
    int done = branch_replace(page, n, &space, slot, 4711, separator, length, scratch, &edit);
    assert_int_equal(done, length <= room);
    if (!done) {
        assert_memory_equal(before, page, n);
        return;
    }
    memcpy(model[slot].separator, separator, length);
    model[slot].length = length;
    model[slot].pgno = 4711;
}

static void delete_random(struct random *random)
{
    if (model_count < 2)
        return;
    size_t slot = 1 + random_below(random, model_count - 1);
    branch_delete(page, n, &space, slot);
    model_close(slot);
}

static void fill(struct random *random)
{
    for (size_t refused = 0; refused < 4;)
        refused += !insert_random(random);
    assert_matches(page, 0, model_count);
}

static void test_random_edits_agree_with_the_model(void **state)
{
    struct random random = {11};
    (void)state;
    for (size_t size = PAGE_SIZE_MIN; size <= 4096; size *= 2) {
        start(size);
        for (int round = 0; round < 3000; round++) {
            size_t dice = random_below(&random, 10);
            if (dice < 5)
                insert_random(&random);
            else if (dice < 8)
                replace_random(&random);
            else
                delete_random(&random);
            if (random_below(&random, 50) == 0)
                space_load(&space, page, n, scratch);
            assert_matches(page, 0, model_count);
        }
    }
}

static void test_search_finds_the_last_separator_at_or_below(void **state)
{
    struct random random = {12};
    uint8_t key[KEY_MOST];
    (void)state;
    for (size_t size = PAGE_SIZE_MIN; size <= PAGE_SIZE_MAX; size *= 2) {
        start(size);
        assert_int_equal(branch_search(page, n, low, 3), 0);
        fill(&random);
        for (size_t i = 1; i < model_count; i++)
            assert_int_equal(branch_search(page, n, model[i].separator, model[i].length), i);
        assert_int_equal(branch_search(page, n, low, 3), 0);
        for (int round = 0; round < 3000; round++) {
            size_t length = random_separator(&random, key);
            assert_int_equal(branch_search(page, n, key, length), model_search(key, length));
        }
    }
}

static void test_brackets_are_the_separators_around_a_child(void **state)
{
    struct random random = {13};
    (void)state;
    start(1024);
    fill(&random);
    for (size_t i = 0; i < model_count; i++) {
        const uint8_t *from, *to;
        size_t from_len, to_len;
        branch_bracket(page, n, i, &from, &from_len, &to, &to_len);
        assert_int_equal(from_len, i == 0 ? 3 : model[i].length);
        assert_memory_equal(from, i == 0 ? low : model[i].separator, from_len);
        assert_int_equal(to_len, i + 1 == model_count ? 3 : model[i + 1].length);
        assert_memory_equal(to, i + 1 == model_count ? high : model[i + 1].separator, to_len);
    }
}

static void test_a_child_is_changed_in_place(void **state)
{
    struct random random = {14};
    (void)state;
    start(1024);
    fill(&random);
    for (size_t i = 0; i < model_count; i++) {
        branch_set_child(page, n, i, 900000);
        model[i].pgno = 900000;
    }
    assert_matches(page, 0, model_count);
}

static void assert_fences(const uint8_t *bytes, const uint8_t *from, size_t from_len, const uint8_t *to, size_t to_len)
{
    assert_int_equal(page_low_len(bytes), from_len);
    assert_memory_equal(page_low(bytes), from, from_len);
    assert_int_equal(page_high_len(bytes), to_len);
    assert_memory_equal(page_high(bytes), to, to_len);
}

static void test_a_split_at_any_slot_and_the_merge_back(void **state)
{
    struct random random = {15};
    (void)state;
    for (size_t size = PAGE_SIZE_MIN; size <= 2048; size *= 2) {
        start(size);
        fill(&random);
        page_set_left(page, 3);
        page_set_right(page, 4);
        page_set_lsn(page, 5);
        memcpy(before, page, n);
        for (size_t at = 1; at < model_count; at++) {
            memcpy(page, before, n);
            memset(right, 0xee, n);
            branch_split(page, right, n, at, 8, scratch);
            assert_matches(page, 0, at);
            assert_matches(right, at, model_count);
            assert_fences(page, low, 3, model[at].separator, model[at].length);
            assert_fences(right, model[at].separator, model[at].length, high, 3);
            assert_int_equal(page_pgno(right), 8);
            assert_int_equal(page_level(right), page_level(page));
            assert_true(branch_merge(page, right, n, scratch));
            assert_matches(page, 0, model_count);
            assert_fences(page, low, 3, high, 3);
            assert_int_equal(page_left(page), 3);
            assert_int_equal(page_right(page), 4);
            assert_int_equal(load64(page + HEADER_LSN), 5);
        }
    }
}

/* A branch of 512 bytes with fences [kea, kem) and this much room left, beside it one with [kem, kez) and one child. */
static void two_neighbours(size_t room)
{
    uint8_t separator[KEY_MOST] = "key.";
    struct leaf_edit edit;
    n = 512;
    page_init_slotted(page, n, 7, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, (const uint8_t *)"kea", 3,
                      (const uint8_t *)"kem", 3);
    page_init_slotted(right, n, 8, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, (const uint8_t *)"kem", 3, high, 3);
    space_clear(&space);
    assert_true(branch_insert(right, n, &space, 0, 5, separator, 0, scratch, &edit));
    assert_true(branch_insert(page, n, &space, 0, 5, separator, 0, scratch, &edit));
    memcpy(separator, "keb.", 4);
    for (size_t slot = 1; free_bytes() > room; slot++) {
        size_t length = free_bytes() - room >= 40 ? 12 : free_bytes() - room - 12;
        separator[3]++;
        assert_true(branch_insert(page, n, &space, slot, 5, separator, length, scratch, &edit));
    }
    assert_int_equal(free_bytes(), room);
    assert_true(is_valid(page) && is_valid(right));
}

/* The fence between the two becomes a record again: 3 bytes, beside child (4) and slot (8). */
static void test_a_merge_needs_room_for_the_separator_between(void **state)
{
    (void)state;
    two_neighbours(12 + 3);
    assert_true(branch_merge(page, right, n, scratch));
    assert_true(is_valid(page));
    assert_int_equal(free_bytes(), 0);
    two_neighbours(12 + 2);
    memcpy(before, page, n);
    assert_false(branch_merge(page, right, n, scratch));
    assert_memory_equal(before, page, n);
}

static void check_split_point(struct random *random, int append)
{
    uint8_t separator[KEY_MOST];
    struct leaf_edit edit;
    size_t length = random_separator(random, separator);
    size_t slot = model_search(separator, length) + 1;
    if (append) { /* behind all others, as an ascending load has it */
        length = model[model_count - 1].length;
        memcpy(separator, model[model_count - 1].separator, length);
        if (length < KEY_MAX(n))
            separator[length++] = 1;
        slot = model_count;
    }
    if (model_order(slot - 1, separator, length) == 0 || free_bytes() >= length + 12)
        return;
    memcpy(before, page, n);
    size_t count = model_count;
    size_t at = branch_split_point(page, n, slot, length + 12, append);
    assert_in_range(at, 1, count - 1);
    branch_split(page, right, n, at, 8, scratch);
    uint8_t *target = slot <= at ? page : right;
    space_clear(&space);
    assert_true(branch_insert(target, n, &space, slot <= at ? slot : slot - at, 55, separator, length, scratch, &edit));
    model_open(slot, 55, separator, length);
    assert_matches(page, 0, at + (slot <= at));
    assert_matches(right, at + (slot <= at), model_count);
    assert_true(page_slot_count(page) >= 2 && page_slot_count(right) >= 2);
    if (append)
        assert_int_equal(page_slot_count(right), 2);
    model_close(slot);
    memcpy(page, before, n);
}

static void test_after_the_split_the_new_child_has_room(void **state)
{
    struct random random = {17};
    (void)state;
    for (size_t size = PAGE_SIZE_MIN; size <= 8192; size *= 2)
        for (int times = 0; times < 40; times++) {
            start(size);
            fill(&random);
            for (int round = 0; round < 20; round++) {
                check_split_point(&random, 0);
                check_split_point(&random, 1);
            }
        }
}

static size_t used_bytes(const uint8_t *bytes)
{
    return n - (page_free_end(bytes) - page_free_start(bytes)) - page_hole_bytes(bytes);
}

/* Splits a copy at `at`: the fuller page's bytes with the new child, or SIZE_MAX when the split is not possible. */
static size_t larger_half(size_t at, size_t slot, size_t new_bytes)
{
    memcpy(page, before, n);
    branch_split(page, right, n, at, 8, scratch);
    size_t left_used = used_bytes(page) + (slot <= at ? new_bytes : 0);
    size_t right_used = used_bytes(right) + (slot <= at ? 0 : new_bytes);
    size_t left_count = page_slot_count(page) + (slot <= at);
    size_t right_count = page_slot_count(right) + (slot > at);
    if (left_used > n || right_used > n || left_count < 2 || right_count < 2)
        return SIZE_MAX;
    return left_used > right_used ? left_used : right_used;
}

/* Fences of the greatest length, and separators that are short or of the greatest length: the narrowest case. */
static void start_narrow(struct random *random)
{
    uint8_t from[KEY_MOST], to[KEY_MOST], separator[KEY_MOST];
    struct leaf_edit edit;
    n = 512;
    memset(from, 'k', KEY_MAX(n));
    memset(to, 'k', KEY_MAX(n));
    memset(separator, 'k', KEY_MAX(n));
    from[1] = 'a';
    to[1] = 'z';
    page_init_slotted(page, n, 7, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, from, random_below(random, 2) ? 2 : KEY_MAX(n),
                      to, random_below(random, 2) ? 2 : KEY_MAX(n));
    space_clear(&space);
    assert_true(branch_insert(page, n, &space, 0, 5, separator, 0, scratch, &edit));
    for (size_t slot = 1;; slot++) {
        separator[1] = (uint8_t)('a' + slot);
        size_t length = random_below(random, 2) ? KEY_MAX(n) : 2 + random_below(random, 20);
        if (slot == 24 || !branch_insert(page, n, &space, slot, 5, separator, length, scratch, &edit))
            break;
    }
    assert_true(is_valid(page));
}

static void test_a_split_is_as_balanced_as_can_be(void **state)
{
    struct random random = {18};
    (void)state;
    for (int round = 0; round < 2000; round++) {
        start_narrow(&random);
        memcpy(before, page, n);
        size_t count = page_slot_count(page);
        size_t slot = 1 + random_below(&random, count);
        size_t new_bytes = 12 + KEY_MAX(n) - random_below(&random, 10);
        if (free_bytes() >= new_bytes)
            continue;
        size_t best = SIZE_MAX;
        for (size_t at = 1; at < count; at++) {
            size_t larger = larger_half(at, slot, new_bytes);
            best = larger < best ? larger : best;
        }
        assert_true(best <= n);
        memcpy(page, before, n);
        size_t chosen = branch_split_point(page, n, slot, new_bytes, 0);
        assert_int_equal(larger_half(chosen, slot, new_bytes), best);
        memcpy(page, before, n);
        chosen = branch_split_point(page, n, count, new_bytes, 1);
        assert_int_equal(chosen, count - 1);
    }
}

/* The least that a branch must hold: two fences and three separators, all of the greatest length. */
static void test_three_separators_of_the_greatest_length_fit(void **state)
{
    static uint8_t separator[KEY_MOST];
    struct leaf_edit edit;
    (void)state;
    for (size_t size = PAGE_SIZE_MIN; size <= PAGE_SIZE_MAX; size *= 2) {
        size_t length = KEY_MAX(size);
        uint8_t from[KEY_MOST], to[KEY_MOST];
        n = size;
        memset(separator, 'm', length);
        memset(from, 'a', length);
        memset(to, 'z', length);
        page_init_slotted(page, n, 7, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, from, length, to, length);
        space_clear(&space);
        assert_true(branch_insert(page, n, &space, 0, 5, separator, 0, scratch, &edit));
        for (size_t slot = 1; slot <= 3; slot++) {
            separator[length - 1] = (uint8_t)slot;
            assert_true(branch_insert(page, n, &space, slot, 5, separator, length, scratch, &edit));
        }
        assert_true(is_valid(page));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_edits_agree_with_the_model),
        cmocka_unit_test(test_search_finds_the_last_separator_at_or_below),
        cmocka_unit_test(test_brackets_are_the_separators_around_a_child),
        cmocka_unit_test(test_a_child_is_changed_in_place),
        cmocka_unit_test(test_a_split_at_any_slot_and_the_merge_back),
        cmocka_unit_test(test_a_merge_needs_room_for_the_separator_between),
        cmocka_unit_test(test_after_the_split_the_new_child_has_room),
        cmocka_unit_test(test_a_split_is_as_balanced_as_can_be),
        cmocka_unit_test(test_three_separators_of_the_greatest_length_fit),
    };
    return cmocka_run_group_tests_name("branch", tests, prepare, clean_up);
}
