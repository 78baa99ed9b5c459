/*
 * Long random runs of one leaf, or of two that it splits into and merges from,
 * against the model. After each step the whole page is judged, compared with
 * the model, and compared byte for byte with a shadow: the same page on which
 * only what a log would hold of the step has been redone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/check.h"
#include "../../src/page/leaf.h"
#include "../../src/page/leaf_search.h"
#include "../support/leaf_model.h"
#include "../support/random.h"

enum { V2 = LEAF_FLAG_PLAIN_RECORDS + PAGE_FLAG_SLOTS_V2, V3 = LEAF_FLAG_PLAIN_RECORDS + PAGE_FLAG_SLOTS_V3 };

struct run {
    struct random random;
    size_t page_size;
    uint8_t flags;
    uint8_t *page, *shadow, *other, *scratch;
    struct space space, shadow_space;
    struct leaf_model model;
    struct page_scratch check_scratch;
    void *check_block;
    size_t value_limit; /* longest inline value: small ones make leaves of many records */
    size_t refused;     /* edits that had no room */
    int draining;       /* deletes more than it inserts */
};

static void run_start(struct run *run, size_t page_size, uint8_t flags, uint64_t seed)
{
    run->value_limit = seed % 2 ? 24 : INLINE_MAX(page_size);
    run->check_block = malloc(page_scratch_size(page_size));
    page_scratch_carve(&run->check_scratch, run->check_block, page_size);
    run->draining = 0;
    run->random.state = seed;
    run->page_size = page_size;
    run->flags = flags;
    run->page = malloc(page_size);
    run->shadow = malloc(page_size);
    run->other = malloc(page_size);
    run->scratch = malloc(page_size);
    run->refused = 0;
    page_init_slotted(run->page, page_size, 7, 2, PAGE_LEAF, 0, flags, NULL, 0, NULL, 0);
    memcpy(run->shadow, run->page, page_size);
    space_clear(&run->space);
    space_clear(&run->shadow_space);
    leaf_model_init(&run->model);
}

static void run_end(struct run *run)
{
    free(run->check_block);
    free(run->page);
    free(run->shadow);
    free(run->other);
    free(run->scratch);
    leaf_model_free(&run->model);
}

/* Few different bytes, so that keys share prefixes, tie in their heads, and meet the fences. */
static size_t random_key(struct run *run, uint8_t *key)
{
    static const uint8_t alphabet[] = {0, 'a', 'a', 'a', 'b', 255};
    size_t limit = KEY_MAX(run->page_size);
    size_t shape = random_below(&run->random, run->value_limit < INLINE_MAX(run->page_size) ? 300 : 8);
    size_t key_len = shape == 0 ? limit : 1 + random_below(&run->random, shape == 1 ? limit : 12);
    for (size_t i = 0; i < key_len; i++)
        key[i] = alphabet[random_below(&run->random, sizeof alphabet)];
    return key_len;
}

/* A key within the page's fences; 0 when none was met. */
static size_t random_inner_key(struct run *run, uint8_t *key)
{
    for (int attempt = 0; attempt < 8; attempt++) {
        size_t key_len = random_key(run, key);
        size_t prefix_len = page_prefix_len(run->page);
        if (key_len < prefix_len && key_len + prefix_len <= KEY_MAX(run->page_size)) {
            memmove(key + prefix_len, key, key_len);
            key_len += prefix_len;
        }
        memcpy(key, page_low(run->page), prefix_len < key_len ? prefix_len : key_len);
        if (bytes_compare(key, key_len, page_low(run->page), page_low_len(run->page)) >= 0 &&
            (page_high_len(run->page) == 0 ||
             bytes_compare(key, key_len, page_high(run->page), page_high_len(run->page)) < 0))
            return key_len;
    }
    return 0;
}

/* A value: mostly short, at times the longest inline one, at times a reference. */
static uint32_t random_value(struct run *run, uint8_t *stored)
{
    size_t limit = INLINE_MAX(run->page_size);
    size_t shape = random_below(&run->random, run->value_limit < limit ? 6 : 12);
    uint32_t value_len = (uint32_t)random_below(&run->random, shape < 6 ? 24 : limit + 1);
    if (shape == 10)
        value_len = (uint32_t)limit;
    if (shape == 11)
        value_len = (uint32_t)(limit + 1u + random_below(&run->random, 70000));
    random_fill(&run->random, stored, plain_stored_len(run->page_size, value_len));
    if (value_len > limit)
        stored[0] = 2;
    return value_len;
}

/* Any page that loses its list may load it again, or go on without. */
static void shake_list(struct run *run, struct space *space, const uint8_t *page)
{
    size_t choice = random_below(&run->random, 12);
    if (choice == 0)
        space_load(space, page, run->page_size, run->scratch);
    if (choice == 1) {
        space->count = 0;
        space->complete = page_hole_bytes(page) == 0;
    }
}

static void redo_place(struct run *run, size_t slot, size_t offset, size_t length)
{
    size_t key_len, width = slot_width(run->flags);
    assert_true(space_take_at(run->shadow, run->page_size, &run->shadow_space, offset, length, width));
    memcpy(run->shadow + offset, run->page + offset, length);
    const uint8_t *key = plain_key(run->page + offset, &key_len);
    uint32_t head = key_head(key, key_len, page_prefix_len(run->shadow));
    slot_insert(run->shadow, run->page_size, width, slot, offset, length, head);
}

static void redo_insert(struct run *run, const struct leaf_edit *edit)
{
    if (edit->compacted)
        space_compact(run->shadow, run->page_size, &run->shadow_space, run->scratch);
    redo_place(run, edit->slot, edit->offset, edit->length);
}

static void redo_replace(struct run *run, const struct leaf_edit *edit)
{
    leaf_delete(run->shadow, run->page_size, &run->shadow_space, edit->slot);
    redo_insert(run, edit);
}

static void step_insert(struct run *run)
{
    uint8_t key[4096], stored[4096];
    struct leaf_edit edit;
    int found, found_model;
    size_t key_len = random_inner_key(run, key);
    if (key_len == 0)
        return;
    size_t slot = leaf_search(run->page, run->page_size, key, key_len, &found);
    assert_int_equal(slot, leaf_model_search(&run->model, key, key_len, &found_model));
    assert_int_equal(found, found_model);
    if (found)
        return;
    uint32_t value_len = random_value(run, stored);
    size_t needed = plain_size(run->page_size, key_len, value_len) + slot_width(run->flags);
    int fits = leaf_live_bytes(run->page, run->page_size) + needed <= leaf_usable_bytes(run->page, run->page_size);
    int done =
        leaf_insert(run->page, run->page_size, &run->space, slot, key, key_len, stored, value_len, run->scratch, &edit);
    assert_int_equal(done, fits);
    if (!done) {
        run->refused++;
        return;
    }
    leaf_model_insert(&run->model, slot, key, key_len, stored, plain_stored_len(run->page_size, value_len), value_len);
    redo_insert(run, &edit);
}

static void step_replace(struct run *run)
{
    uint8_t stored[4096];
    struct leaf_edit edit;
    if (run->model.count == 0)
        return;
    size_t slot = random_below(&run->random, run->model.count);
    uint32_t value_len = random_value(run, stored);
    size_t old_len = slot_extent(run->page, run->page_size, slot).length;
    size_t new_len = plain_size(run->page_size, run->model.records[slot].key_len, value_len);
    int fits =
        leaf_live_bytes(run->page, run->page_size) + new_len - old_len <= leaf_usable_bytes(run->page, run->page_size);
    int done = leaf_replace(run->page, run->page_size, &run->space, slot, stored, value_len, run->scratch, &edit);
    assert_int_equal(done, fits);
    if (!done) {
        run->refused++;
        return;
    }
    leaf_model_replace(&run->model, slot, stored, plain_stored_len(run->page_size, value_len), value_len);
    redo_replace(run, &edit);
}

static void step_delete(struct run *run)
{
    if (run->model.count == 0)
        return;
    size_t slot = random_below(&run->random, run->model.count);
    leaf_delete(run->page, run->page_size, &run->space, slot);
    leaf_delete(run->shadow, run->page_size, &run->shadow_space, slot);
    leaf_model_delete(&run->model, slot);
}

/* Both pages are changed by something that the shadow has no step for. */
static void take_over(struct run *run)
{
    memcpy(run->shadow, run->page, run->page_size);
    space_load(&run->shadow_space, run->shadow, run->page_size, run->scratch);
}

/* Fences at random around [from, to): the low one a prefix of the first key, the high one above the last. */
static void random_fences(struct run *run, size_t from, size_t to, uint8_t *low, size_t *low_len, uint8_t *high,
                          size_t *high_len)
{
    *low_len = *high_len = 0;
    if (from == to || random_below(&run->random, 8) == 0)
        return;
    const struct model_record *first = &run->model.records[from], *last = &run->model.records[to - 1];
    *low_len = random_below(&run->random, first->key_len + 1);
    memcpy(low, first->key, *low_len);
    size_t common = bytes_common(first->key, first->key_len, last->key, last->key_len);
    for (size_t i = random_below(&run->random, common + 2); i < last->key_len; i++) {
        if (last->key[i] < 255) {
            memcpy(high, last->key, i);
            high[i] = (uint8_t)(last->key[i] + 1);
            *high_len = i + 1;
            while (*high_len < KEY_MAX(run->page_size) && random_below(&run->random, 4) > 0)
                high[(*high_len)++] = 'h';
            return;
        }
    }
}

static void step_keep(struct run *run)
{
    uint8_t low[4096], high[4096];
    size_t low_len, high_len;
    size_t to = run->model.count - random_below(&run->random, run->model.count / 4 + 1);
    size_t from = random_below(&run->random, to / 4 + 1);
    size_t bytes = 0;
    if (random_below(&run->random, 4)) {
        from = 0;
        to = run->model.count;
    }
    random_fences(run, from, to, low, &low_len, high, &high_len);
    for (size_t i = from; i < to; i++)
        bytes += slot_extent(run->page, run->page_size, i).length + slot_width(run->flags);
    int fits = HEADER_SIZE + low_len + high_len + bytes <= run->page_size;
    assert_int_equal(page_keep(run->page, run->page_size, from, to, low, low_len, high, high_len, run->scratch), fits);
    if (!fits)
        return;
    space_clear(&run->space);
    leaf_model_keep(&run->model, from, to);
    assert_memory_equal(page_low(run->page), low, low_len);
    assert_memory_equal(page_high(run->page), high, high_len);
    take_over(run);
}

/* Fences of a half as copies, since they must not lie in the page that changes. */
static void copy_fences(const struct run *run, uint8_t *low, size_t *low_len, uint8_t *high, size_t *high_len)
{
    *low_len = page_low_len(run->page);
    *high_len = page_high_len(run->page);
    memcpy(low, page_low(run->page), *low_len);
    memcpy(high, page_high(run->page), *high_len);
}

/*
 * Splits the page at a random rank into itself and a page of the other or the
 * same version, deletes a few records on both sides and merges them again, to
 * the left or (by a new page) to the right.
 */
static void step_split_and_merge(struct run *run)
{
    uint8_t low[4096], high[4096], separator[4096];
    size_t low_len, high_len, page_size = run->page_size;
    struct leaf_model right;
    struct space right_space;
    uint8_t flags = random_below(&run->random, 2) ? V2 : V3;
    if (run->model.count < 2)
        return;
    size_t at = 1 + random_below(&run->random, run->model.count - 1);
    const struct model_record *last = &run->model.records[at - 1], *first = &run->model.records[at];
    size_t separator_size = separator_len(last->key, last->key_len, first->key, first->key_len);
    memcpy(separator, first->key, separator_size);
    copy_fences(run, low, &low_len, high, &high_len);

    page_init_slotted(run->other, page_size, 8, 2, PAGE_LEAF, 0, flags, separator, separator_size, high, high_len);
    space_clear(&right_space);
    if (!page_append(run->other, page_size, &right_space, run->page, at, run->model.count, run->scratch))
        return;
    if (!page_keep(run->page, page_size, 0, at, low, low_len, separator, separator_size, run->scratch))
        return;
    space_clear(&run->space);
    leaf_model_init(&right);
    leaf_model_move(&right, &run->model, at);
    assert_int_equal(leaf_judge(run->page, page_size), 0);
    assert_int_equal(leaf_judge(run->other, page_size), 0);
    assert_true(leaf_matches(run->page, page_size, &run->model));
    assert_true(leaf_matches(run->other, page_size, &right));

    /* Fences first, so that the merge finds holes. It may not fit: the left page can be V3, the right one V2. */
    int widened = page_keep(run->page, page_size, 0, run->model.count, low, low_len, high, high_len, run->scratch);
    space_clear(&run->space);
    for (int i = 0; i < 6; i++) {
        struct leaf_model *model = i % 2 ? &right : &run->model;
        size_t slot = random_below(&run->random, model->count);
        if (model->count == 0)
            continue;
        leaf_delete(i % 2 ? run->other : run->page, page_size, i % 2 ? &right_space : &run->space, slot);
        leaf_model_delete(model, slot);
    }

    if (widened) {
        uint8_t *before = malloc(page_size);
        memcpy(before, run->page, page_size);
        if (page_append(run->page, page_size, &run->space, run->other, 0, right.count, run->scratch))
            leaf_model_move(&run->model, &right, 0);
        else
            assert_memory_equal(before, run->page, page_size);
        free(before);
    }
    leaf_model_free(&right);
    take_over(run);
}

static void step_compact(struct run *run)
{
    space_compact(run->page, run->page_size, &run->space, run->scratch);
    space_compact(run->shadow, run->page_size, &run->shadow_space, run->scratch);
    assert_int_equal(page_hole_bytes(run->page), 0);
}

/* Leaves fill until they refuse, drain to half, and fill again. */
static void one_step(struct run *run)
{
    size_t refused = run->refused;
    size_t choice = random_below(&run->random, 1000);
    size_t deletes = run->draining ? 550 : 150;
    if (choice < deletes)
        step_delete(run);
    else if (choice < deletes + 150)
        step_replace(run);
    else if (choice < 990)
        step_insert(run);
    else if (choice < 993)
        step_keep(run);
    else if (choice < 996)
        step_split_and_merge(run);
    else
        step_compact(run);
    if (run->refused > refused)
        run->draining = 1;
    if (2 * leaf_live_bytes(run->page, run->page_size) < leaf_usable_bytes(run->page, run->page_size))
        run->draining = 0;
}

static void random_run(size_t page_size, uint8_t flags, uint64_t seed, size_t steps)
{
    struct run run;
    run_start(&run, page_size, flags, seed);
    for (size_t i = 0; i < steps; i++) {
        shake_list(&run, &run.space, run.page);
        shake_list(&run, &run.shadow_space, run.shadow);
        one_step(&run);
        struct page_fault fault;
        assert_int_equal(page_check(run.page, page_size, &run.check_scratch, &fault), RULE_OK);
        assert_int_equal(leaf_judge(run.page, page_size), 0);
        assert_true(leaf_matches(run.page, page_size, &run.model));
        assert_memory_equal(run.page, run.shadow, page_size);
    }
    assert_true(run.refused > 0);
    run_end(&run);
}

static void random_runs(uint8_t flags)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        for (uint64_t seed = 1; seed <= 2; seed++)
            random_run(page_size, flags, seed, page_size <= 2048 ? 20000 : 6000);
    }
}

static void v2_leaves_agree_with_the_model_and_with_redo(void **state)
{
    (void)state;
    random_runs(V2);
}

static void v3_leaves_agree_with_the_model_and_with_redo(void **state)
{
    (void)state;
    random_runs(V3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v2_leaves_agree_with_the_model_and_with_redo),
        cmocka_unit_test(v3_leaves_agree_with_the_model_and_with_redo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
