/*
 * Deltas and images: redo gives the very bytes that the edit gave, step by step
 * over long runs; and no body, whatever it says, gets redo out of its buffers or
 * an unchecked page out of redo.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/delta.h"
#include "../../src/page/branch_search.h"
#include "../../src/page/leaf_search.h"
#include "../support/page_builder.h"
#include "../support/page_judge.h"
#include "../support/random.h"

enum { KEY_MOST = PAGE_SIZE_MAX / 8 };

static size_t n;
static uint8_t page[PAGE_SIZE_MAX], right[PAGE_SIZE_MAX], work[PAGE_SIZE_MAX];
static uint8_t body[4 * PAGE_SIZE_MAX];
static uint8_t *twin; /* of exactly n bytes, so that a sanitizer sees the first byte beyond */
static void *block;
static struct page_scratch scratch;
static struct space space;

static void start_twin(void)
{
    free(twin);
    free(block);
    twin = malloc(n);
    block = malloc(page_scratch_size(n));
    page_scratch_carve(&scratch, block, n);
    memcpy(twin, page, n);
    space_clear(&space);
}

static int clean_up(void **state)
{
    (void)state;
    free(twin);
    free(block);
    twin = block = NULL;
    return 0;
}

static enum page_rule check(const uint8_t *bytes)
{
    struct page_fault fault;
    return page_check(bytes, n, &scratch, &fault);
}

/* Redoes body[0..size) on the twin, from a buffer that ends where the body does. */
static int redo(size_t size)
{
    uint8_t *exact = malloc(size + (size == 0));
    memcpy(exact, body, size);
    int done = delta_redo(twin, n, exact, size, &scratch);
    free(exact);
    return done;
}

static void assert_redone(size_t size)
{
    assert_true(redo(size));
    assert_memory_equal(twin, page, n);
    assert_int_equal(check(page), RULE_OK);
}

static void start_leaf(size_t page_size, uint8_t flags)
{
    n = page_size;
    page_init_slotted(page, n, 9, 2, PAGE_LEAF, 0, flags, (const uint8_t *)"k", 1, (const uint8_t *)"kzz", 3);
    start_twin();
}

static void start_branch(size_t page_size)
{
    struct leaf_edit edit;
    n = page_size;
    page_init_slotted(page, n, 9, 2, PAGE_BRANCH, 3, PAGE_FLAG_SLOTS_V3, (const uint8_t *)"k", 1,
                      (const uint8_t *)"kzz", 3);
    space_clear(&space);
    assert_true(branch_insert(page, n, &space, 0, 5, page, 0, work, &edit));
    start_twin();
}

static size_t random_key(struct random *random, uint8_t *key)
{
    size_t length = 2 + random_below(random, random_below(random, 8) == 0 ? KEY_MAX(n) - 1 : 9);
    random_fill(random, key, length);
    key[0] = 'k';
    key[1] = (uint8_t)('a' + random_below(random, 20));
    return length;
}

static uint32_t random_value(struct random *random, uint8_t *stored)
{
    uint32_t length = (uint32_t)random_below(random, random_below(random, 4) == 0 ? INLINE_MAX(n) + 1 : 20);
    random_fill(random, stored, INLINE_MAX(n));
    if (random_below(random, 12) != 0)
        return length;
    put_number(stored, 4, 2 + length);
    return 100000 + length;
}

/* One edit of the leaf; writes its delta and answers the delta's size, 0 if there was no room. */
static size_t edit_leaf(struct random *random)
{
    uint8_t key[KEY_MOST], stored[KEY_MOST];
    struct leaf_edit edit;
    int found;
    size_t count = page_slot_count(page);
    size_t key_len = random_key(random, key);
    uint32_t value_len = random_value(random, stored);
    size_t slot = leaf_search(page, n, key, key_len, &found);
    size_t dice = random_below(random, 10);
    if (dice < 3 && count > 0) {
        slot = random_below(random, count);
        leaf_delete(page, n, &space, slot);
        return delta_delete(body, slot);
    }
    if (found || (dice < 6 && count > 0)) {
        slot = random_below(random, count);
        if (!leaf_replace(page, n, &space, slot, stored, value_len, work, &edit))
            return 0;
        size_t size = delta_replace(body, &edit, page + edit.offset);
        assert_true(size <= delta_insert_size(edit.length));
        return size;
    }
    if (!leaf_insert(page, n, &space, slot, key, key_len, stored, value_len, work, &edit))
        return 0;
    size_t size = delta_insert(body, &edit, page + edit.offset);
    assert_true(size <= delta_insert_size(edit.length));
    return size;
}

/* The same for the branch. */
static size_t edit_branch(struct random *random)
{
    uint8_t key[KEY_MOST];
    struct leaf_edit edit;
    size_t length;
    size_t count = page_slot_count(page);
    size_t key_len = random_key(random, key);
    size_t slot = branch_search(page, n, key, key_len);
    size_t dice = random_below(random, 10);
    if (dice < 3 && count > 1) {
        slot = 1 + random_below(random, count - 1);
        branch_delete(page, n, &space, slot);
        return delta_delete(body, slot);
    }
    if (dice < 4) {
        branch_set_child(page, n, slot, 777);
        return delta_child(body, slot, 777);
    }
    const uint8_t *separator = branch_separator(page, n, slot, &length);
    if (slot > 0 && bytes_compare(separator, length, key, key_len) == 0)
        return 0;
    if (dice < 6 && slot > 0) {
        if (!branch_replace(page, n, &space, slot, 888, key, key_len, work, &edit))
            return 0;
        return delta_replace(body, &edit, page + edit.offset);
    }
    if (!branch_insert(page, n, &space, slot + 1, 999, key, key_len, work, &edit))
        return 0;
    return delta_insert(body, &edit, page + edit.offset);
}

/* Now and then the maker's list of holes is dropped or built anew: the bytes must not depend on it. */
static void shake_space(struct random *random)
{
    size_t dice = random_below(random, 40);
    if (dice == 0)
        space_load(&space, page, n, work);
    if (dice == 1) {
        space.count = 0;
        space.complete = 0;
    }
}

static void test_redo_of_leaf_edits_gives_the_same_bytes(void **state)
{
    struct random random = {21};
    (void)state;
    for (size_t size = PAGE_SIZE_MIN; size <= 8192; size *= 2)
        for (uint8_t flags = V2_PLAIN; flags <= V3_PLAIN; flags += 2) {
            size_t compacted = 0, done = 0;
            start_leaf(size, flags);
            for (int round = 0; round < 3000; round++) {
                size_t delta_size = edit_leaf(&random);
                assert_redone(delta_size);
                compacted += delta_size > 0 && (body[0] == STEP_COMPACT || body[3] == STEP_COMPACT);
                done += delta_size > 0;
                shake_space(&random);
            }
            assert_true(compacted > 10 && done > 1000);
        }
}

static void test_redo_of_branch_edits_gives_the_same_bytes(void **state)
{
    struct random random = {22};
    (void)state;
    for (size_t size = PAGE_SIZE_MIN; size <= 8192; size *= 2) {
        start_branch(size);
        for (int round = 0; round < 3000; round++) {
            assert_redone(edit_branch(&random));
            shake_space(&random);
        }
    }
}

static void test_many_steps_in_one_body_are_redone_in_order(void **state)
{
    struct random random = {23};
    static uint8_t all[64 * PAGE_SIZE_MAX];
    (void)state;
    start_leaf(4096, V3_PLAIN);
    for (int round = 0; round < 50; round++) {
        size_t size = 0;
        for (int step = 0; step < 10; step++) {
            size_t one = edit_leaf(&random);
            memcpy(all + size, body, one);
            size += one;
        }
        memcpy(body, all, size);
        assert_redone(size);
    }
}

static void fill_leaf(struct random *random)
{
    for (int round = 0; round < 2000; round++)
        edit_leaf(random);
    memcpy(twin, page, n);
}

/* The left half of a split, and a fence change, as the tree makes them. */
static void test_redo_of_a_keep(void **state)
{
    struct random random = {24};
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct record left_record, right_record;
        start_leaf(1024, round % 2 ? V2_PLAIN : V3_PLAIN);
        fill_leaf(&random);
        size_t count = page_slot_count(page);
        size_t at = 1 + random_below(&random, count - 1);
        uint8_t separator[KEY_MOST];
        leaf_record(page, n, at - 1, &left_record);
        leaf_record(page, n, at, &right_record);
        size_t length = separator_len(left_record.key, left_record.key_len, right_record.key, right_record.key_len);
        memcpy(separator, right_record.key, length);
        if (round % 4 < 2) {
            assert_true(page_keep(page, n, 0, at, (const uint8_t *)"k", 1, separator, length, work));
            assert_redone(delta_keep(body, 0, at, (const uint8_t *)"k", 1, separator, length));
        } else {
            assert_true(page_keep(page, n, at, count, separator, length, (const uint8_t *)"kzz", 3, work));
            assert_redone(delta_keep(body, at, count, separator, length, (const uint8_t *)"kzz", 3));
        }
        assert_int_equal(delta_keep_size(1, length), 1 + 2 * 4 + 1 + length);
    }
}

static void fill_branch(struct random *random)
{
    for (int round = 0; round < 500; round++)
        edit_branch(random);
    memcpy(twin, page, n);
}

static void test_redo_of_a_branch_split_is_a_keep_and_an_image(void **state)
{
    struct random random = {25};
    (void)state;
    for (int round = 0; round < 60; round++) {
        start_branch(2048);
        fill_branch(&random);
        size_t at = 1 + random_below(&random, page_slot_count(page) - 1);
        branch_split(page, right, n, at, 10, work);
        assert_redone(
            delta_keep(body, 0, at, page_low(page), page_low_len(page), page_high(page), page_high_len(page)));
        size_t size = image_encode(body, right, n);
        assert_true(image_decode(body, size, twin, n));
        assert_memory_equal(twin, right, n);
    }
}

static void test_redo_of_links(void **state)
{
    (void)state;
    start_leaf(512, V2_PREFIX);
    page_set_left(page, 12345);
    page_set_right(page, 54321);
    assert_redone(delta_links(body, 12345, 54321));
}

static void test_redo_of_a_patch(void **state)
{
    (void)state;
    n = 512;
    build_map(page, n, 2);
    start_twin();
    put_number(page + 60, 4, 0xdeadbeef);
    assert_redone(delta_patch(body, 60, page + 60, 4));
    assert_int_equal(delta_patch_size(4), 1 + 2 + 2 + 4);
}

static void test_a_patch_of_a_trunk_changes_its_count_too(void **state)
{
    static const uint32_t entries[2] = {5, 6};
    (void)state;
    n = 512;
    build_free(page, n, 9, entries, 2);
    start_twin();
    put_number(page + 56, 4, 7);
    put_number(page + 24, 2, 3);
    size_t size = delta_patch(body, 56, page + 56, 4);
    memcpy(work, body, size);
    size_t more = delta_patch(body, 24, page + 24, 2);
    memcpy(body + more, work, size);
    assert_redone(size + more);
}

static void assert_refused(size_t size)
{
    memcpy(twin, page, n);
    assert_false(redo(size));
    memcpy(twin, page, n);
}

static void test_a_patch_outside_its_bounds_is_refused(void **state)
{
    static const uint8_t zeros[PAGE_SIZE_MAX];
    (void)state;
    start_leaf(512, V3_PLAIN);
    assert_refused(delta_patch(body, 0, zeros, 4));
    assert_refused(delta_patch(body, 23, zeros, 2));
    assert_refused(delta_patch(body, 39, zeros, 2));
    assert_refused(delta_patch(body, 40, zeros, 8));
    assert_refused(delta_patch(body, 47, zeros, 2));
    assert_refused(delta_patch(body, 510, zeros, 3));
    assert_refused(delta_patch(body, 65535, zeros, 1));
    assert_refused(delta_patch(body, 48, zeros, 512));
}

static void test_a_step_that_is_cut_short_is_refused(void **state)
{
    struct random random = {26};
    (void)state;
    start_leaf(1024, V3_PLAIN);
    for (int round = 0; round < 200; round++) {
        memcpy(right, page, n);
        size_t size = edit_leaf(&random);
        memcpy(work, page, n);
        memcpy(page, right, n);
        /* Delete, compact and insert make one edit: cut between them it is shorter, not malformed. */
        for (size_t cut = 1; cut < size && body[0] != STEP_COMPACT && (body[0] != STEP_DELETE || size == 3); cut++)
            assert_refused(cut);
        memcpy(page, work, n);
    }
}

static size_t insert_step(size_t slot, size_t offset, const char *record, size_t length)
{
    struct leaf_edit edit = {.slot = slot, .offset = offset, .length = length};
    return delta_insert(body, &edit, (const uint8_t *)record);
}

static size_t replace_step(size_t slot, size_t offset, const char *record, size_t length)
{
    struct leaf_edit edit = {.slot = slot, .offset = offset, .length = length};
    return delta_replace(body, &edit, (const uint8_t *)record);
}

/* A leaf [k, kzz) with the records kb=1 at 52 and kd=2 at 57. */
static void leaf_of_two(void)
{
    start_leaf(512, V3_PLAIN);
    assert_true(redo(insert_step(0, 52, "\002\001kb1", 5)));
    assert_true(redo(insert_step(1, 57, "\002\001kd2", 5)));
    memcpy(page, twin, n);
    assert_int_equal(check(page), RULE_OK);
}

static void test_a_place_that_is_not_free_is_refused(void **state)
{
    (void)state;
    leaf_of_two();
    assert_refused(insert_step(1, 52, "\002\001kc3", 5));
    assert_refused(insert_step(1, 51, "\002\001kc3", 5));
    assert_refused(insert_step(1, 58, "\002\001kc3", 5));
    assert_refused(insert_step(1, 63, "\002\001kc3", 5));
    assert_refused(insert_step(1, 500, "\002\001kc3", 5));
    assert_refused(insert_step(1, 65535, "\002\001kc3", 5));
    assert_refused(replace_step(1, 52, "\002\001kd3", 5));
    assert_true(redo(insert_step(1, 62, "\002\001kc3", 5)));
}

static void test_a_key_out_of_place_is_refused(void **state)
{
    (void)state;
    leaf_of_two();
    assert_refused(insert_step(0, 62, "\002\001kc3", 5));
    assert_refused(insert_step(2, 62, "\002\001kc3", 5));
    assert_refused(insert_step(1, 62, "\002\001kb3", 5));
    assert_refused(insert_step(1, 62, "\002\001kd3", 5));
    assert_refused(insert_step(3, 62, "\002\001kx3", 5));
    assert_refused(insert_step(2, 62, "\002\001lx3", 5));
    assert_refused(insert_step(2, 62, "\003\001kzz3", 6));
    assert_refused(insert_step(0, 62, "\002\001jx3", 5));
    assert_refused(replace_step(0, 52, "\002\001ke1", 5));
    assert_refused(replace_step(2, 52, "\002\001ke1", 5));
    assert_true(redo(replace_step(0, 52, "\002\001ka1", 5)));
}

static void test_a_malformed_record_is_refused(void **state)
{
    (void)state;
    leaf_of_two();
    assert_refused(insert_step(1, 62, "\002\002kc3", 5));
    assert_refused(insert_step(1, 62, "\000\001c", 3));
    assert_refused(insert_step(1, 62, "", 0));
    start_branch(512);
    assert_refused(insert_step(1, 56, "\001\000\000\000kc", 6));
    assert_refused(insert_step(1, 56, "\005\000\000\000", 4));
    assert_refused(insert_step(0, 56, "\005\000\000\000kc", 6));
    assert_refused(delta_delete(body, 0));
    assert_refused(delta_child(body, 0, 1));
    assert_refused(delta_child(body, 1, 5));
    assert_true(redo(insert_step(1, 56, "\002\000\000\000kc", 6)));
    assert_true(redo(delta_child(body, 1, 2)));
}

static void test_a_separator_beyond_its_limit_is_refused(void **state)
{
    static char record[4 + 57] = "\005\000\000";
    (void)state;
    start_branch(512);
    memset(record + 4, 'k', 57);
    assert_refused(insert_step(1, 56, record, 4 + 57));
    assert_true(redo(insert_step(1, 56, record, 4 + 56)));
}

static void test_a_keep_that_cannot_be_is_refused(void **state)
{
    const uint8_t *k = (const uint8_t *)"k", *kc = (const uint8_t *)"kc", *kzz = (const uint8_t *)"kzz";
    (void)state;
    leaf_of_two();
    assert_refused(delta_keep(body, 0, 2, k, 1, kc, 2));
    assert_refused(delta_keep(body, 0, 1, kc, 2, kzz, 3));
    assert_refused(delta_keep(body, 1, 0, k, 1, kzz, 3));
    assert_refused(delta_keep(body, 0, 3, k, 1, kzz, 3));
    assert_refused(delta_keep(body, 0, 0, kzz, 3, k, 1));
    assert_refused(delta_keep(body, 0, 0, k, 1, k, 1));
    assert_true(redo(delta_keep(body, 0, 1, k, 1, kc, 2)));
    /* A branch with the separators kd and kf. */
    start_branch(512);
    assert_true(redo(insert_step(1, 56, "\005\000\000\000kd", 6)));
    assert_true(redo(insert_step(2, 62, "\006\000\000\000kf", 6)));
    memcpy(page, twin, n);
    assert_refused(delta_keep(body, 0, 3, k, 1, kc, 2));
    assert_refused(delta_keep(body, 0, 3, k, 1, (const uint8_t *)"kf", 2));
    assert_refused(delta_keep(body, 0, 2, (const uint8_t *)"kd", 2, kzz, 3));
    assert_refused(delta_keep(body, 1, 3, (const uint8_t *)"kf", 2, kzz, 3));
    assert_refused(delta_keep(body, 1, 1, (const uint8_t *)"kd", 2, kzz, 3));
    assert_true(redo(delta_keep(body, 1, 3, (const uint8_t *)"kd", 2, kzz, 3)));
    assert_int_equal(check(twin), RULE_OK);
}

static void test_pages_that_are_not_edited_in_place_refuse_slot_steps(void **state)
{
    static const uint8_t flags[4] = {V1_PREFIX, V1_PLAIN, V2_PREFIX, V3_PREFIX};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        start_leaf(512, flags[i]);
        assert_refused(insert_step(0, 52, "\002\001kc3", 5));
    }
    n = 512;
    build_overflow(page, n, 7, 1, 0, 10);
    start_twin();
    assert_refused(insert_step(0, 52, "\002\001kc3", 5));
    assert_refused(delta_delete(body, 0));
}

static void test_unknown_steps_are_refused(void **state)
{
    (void)state;
    leaf_of_two();
    for (unsigned code = 0; code < 256; code++) {
        body[0] = (uint8_t)code;
        memset(body + 1, 0, 20);
        if (code < STEP_INSERT || code > STEP_CHILD)
            assert_refused(1);
    }
}

static void test_a_compaction_of_a_page_without_holes_changes_nothing(void **state)
{
    (void)state;
    leaf_of_two();
    body[0] = STEP_COMPACT;
    assert_redone(1);
}

/* A patch that breaks the page is refused (L4), before another step can rely on slots or at the end. */
static void test_a_patched_page_is_checked_before_the_next_step(void **state)
{
    static const uint8_t count[2] = {0xff, 0x7f};
    (void)state;
    leaf_of_two();
    size_t size = delta_patch(body, HEADER_SLOT_COUNT, count, 2);
    assert_refused(size);
    size = delta_patch(body, HEADER_SLOT_COUNT, count, 2);
    size += delta_delete(body + size, 1);
    assert_refused(size);
}

/* A body of random steps whose numbers are small enough to mean something now and then. */
static size_t random_body(struct random *random)
{
    size_t size = 0;
    size_t steps = 1 + random_below(random, 6);
    while (steps-- > 0) {
        uint8_t *p = body + size;
        size_t length = random_below(random, 30);
        p[0] = (uint8_t)random_below(random, 10);
        for (size_t i = 0; i < 4; i++) {
            size_t kind = random_below(random, 4);
            put_number(p + 1 + 2 * i, 2,
                       kind == 0   ? random_u32(random) % 65536
                       : kind == 1 ? random_below(random, n)
                       : kind == 2 ? length
                                   : random_below(random, 12));
        }
        random_fill(random, p + 9, length);
        if (random_below(random, 2))
            memcpy(p + 7, "\002\001kc3", 5);
        size += p[0] == STEP_COMPACT  ? 1
                : p[0] == STEP_DELETE ? 3
                : p[0] == STEP_CHILD  ? 7
                                      : 9 + random_below(random, length + 1);
    }
    return size;
}

static int has_patch(size_t size)
{
    return memchr(body, STEP_PATCH, size) != NULL;
}

static void redo_something(struct random *random)
{
    size_t size = random_body(random);
    memcpy(twin, page, n);
    if (!redo(size))
        return;
    if (!has_patch(size))
        assert_int_equal(check(twin), RULE_OK);
    if (check(twin) == RULE_OK)
        assert_int_equal(page_judge(twin, n).rule, 0);
}

static void test_no_body_leaves_the_buffers(void **state)
{
    struct random random = {27};
    (void)state;
    for (int round = 0; round < 400; round++) {
        switch (random_below(&random, 4)) {
        case 0:
            start_branch(512);
            fill_branch(&random);
            break;
        case 1:
            n = 512;
            build_overflow(page, n, 7, 1, 0, 10);
            start_twin();
            break;
        default:
            start_leaf(512, (uint8_t)(random_below(&random, 2) ? V2_PLAIN : V3_PLAIN));
            for (int edits = 0; edits < 300; edits++)
                edit_leaf(&random);
        }
        for (int times = 0; times < 150; times++)
            redo_something(&random);
    }
}

/* Real deltas with a byte changed come closer to the edges than random ones. */
static void test_no_damaged_delta_leaves_the_buffers(void **state)
{
    struct random random = {28};
    (void)state;
    for (int round = 0; round < 40; round++) {
        if (round % 3 == 0)
            start_branch(512);
        else
            start_leaf(512, round % 3 == 1 ? V2_PLAIN : V3_PLAIN);
        for (int edits = 0; edits < 500; edits++) {
            memcpy(right, page, n);
            size_t size = round % 3 == 0 ? edit_branch(&random) : edit_leaf(&random);
            for (int times = 0; size > 0 && times < 4; times++) {
                size_t at = random_below(&random, size < 12 || random_below(&random, 2) ? size : 12);
                uint8_t was = body[at];
                body[at] =
                    (uint8_t)(random_below(&random, 2) ? random_u32(&random) : was + random_below(&random, 3) - 1u);
                memcpy(twin, right, n);
                if (redo(size) && !has_patch(size))
                    assert_int_equal(check(twin), RULE_OK);
                body[at] = was;
            }
        }
    }
}

/* ---- Images ----------------------------------------------------------------------------------------------------- */

static void test_an_image_gives_the_page_back(void **state)
{
    struct random random = {29};
    (void)state;
    for (size_t size = PAGE_SIZE_MIN; size <= PAGE_SIZE_MAX; size *= 2) {
        start_leaf(size, V3_PLAIN);
        for (int round = 0; round < 100; round++) {
            edit_leaf(&random);
            size_t image_size = image_encode(body, page, n);
            assert_true(image_size <= n + 4);
            memset(twin, 0xee, n);
            assert_true(image_decode(body, image_size, twin, n));
            assert_memory_equal(twin, page, n);
        }
        leaf_of_two();
        assert_int_equal(image_encode(body, page, n), 4 + 62 + 16);
        n = size;
        start_twin();
        build_meta(page, n, 0);
        assert_int_equal(image_encode(body, page, n), 4 + 113);
        build_map(page, n, 2);
        assert_true(image_decode(body, image_encode(body, page, n), twin, n));
        assert_memory_equal(twin, page, n);
    }
}

static void test_bytes_that_are_no_image_are_refused(void **state)
{
    (void)state;
    start_leaf(512, V3_PLAIN);
    size_t size = image_encode(body, page, n);
    assert_true(image_decode(body, size, twin, n));
    for (size_t cut = 0; cut < size; cut++)
        assert_false(image_decode(body, cut, twin, n));
    assert_false(image_decode(body, size + 1, twin, n));
    put_number(body, 2, 500);
    put_number(body + 2, 2, 13);
    assert_false(image_decode(body, 4 + 513, twin, n));
    put_number(body + 2, 2, 12);
    assert_true(image_decode(body, 4 + 512, twin, n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redo_of_leaf_edits_gives_the_same_bytes),
        cmocka_unit_test(test_redo_of_branch_edits_gives_the_same_bytes),
        cmocka_unit_test(test_many_steps_in_one_body_are_redone_in_order),
        cmocka_unit_test(test_redo_of_a_keep),
        cmocka_unit_test(test_redo_of_a_branch_split_is_a_keep_and_an_image),
        cmocka_unit_test(test_redo_of_links),
        cmocka_unit_test(test_redo_of_a_patch),
        cmocka_unit_test(test_a_patch_of_a_trunk_changes_its_count_too),
        cmocka_unit_test(test_a_patch_outside_its_bounds_is_refused),
        cmocka_unit_test(test_a_step_that_is_cut_short_is_refused),
        cmocka_unit_test(test_a_place_that_is_not_free_is_refused),
        cmocka_unit_test(test_a_key_out_of_place_is_refused),
        cmocka_unit_test(test_a_malformed_record_is_refused),
        cmocka_unit_test(test_a_separator_beyond_its_limit_is_refused),
        cmocka_unit_test(test_a_keep_that_cannot_be_is_refused),
        cmocka_unit_test(test_pages_that_are_not_edited_in_place_refuse_slot_steps),
        cmocka_unit_test(test_unknown_steps_are_refused),
        cmocka_unit_test(test_a_compaction_of_a_page_without_holes_changes_nothing),
        cmocka_unit_test(test_a_patched_page_is_checked_before_the_next_step),
        cmocka_unit_test(test_no_body_leaves_the_buffers),
        cmocka_unit_test(test_no_damaged_delta_leaves_the_buffers),
        cmocka_unit_test(test_an_image_gives_the_page_back),
        cmocka_unit_test(test_bytes_that_are_no_image_are_refused),
    };
    return cmocka_run_group_tests_name("delta", tests, NULL, clean_up);
}
