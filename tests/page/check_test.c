/*
 * page_check as a whole: healthy pages of every kind and version pass, and a second
 * judge agrees on pages damaged at random. The rules one by one are in check_*_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../support/page_fixture.h"
#include "../support/random.h"

static void test_healthy_pages_pass(void **state)
{
    (void)state;
    FOR_EACH_LEAF(flags) expect(RULE_OK, NONE, NONE);
    healthy_branch();
    expect(RULE_OK, NONE, NONE);
    for (size_t i = 0; i < 4; i++) {
        build_other(other_kinds[i]);
        expect(RULE_OK, NONE, NONE);
    }
}

static void test_an_empty_leaf_and_an_infinite_fence_pass(void **state)
{
    (void)state;
    for (uint8_t flags = 0; flags < LEAF_VERSIONS; flags++) {
        draft_leaf(flags);
        draft.high_len = 0;
        build();
        expect(RULE_OK, NONE, NONE);
        draft.count = 0;
        draft.low_len = 0;
        build();
        expect(RULE_OK, NONE, NONE);
    }
}

static void test_the_limits_themselves_pass(void **state)
{
    (void)state;
    for (uint8_t flags = 0; flags < LEAF_VERSIONS; flags++) {
        draft_leaf(flags);
        records[3].first = 2;
        records[3].value_len = VALUE_MAX;
        records[4].key_len = LONG_KEY - 1;
        records[4].key = long_key();
        records[4].value = long_key();
        records[4].value_len = SIZE / 8;
        draft.high = long_key();
        draft.high_len = 0;
        draft.low_len = 0;
        expect_drafted(RULE_OK, NONE, NONE);
        records[3].value_len = SIZE / 8 + 1;
        expect_drafted(RULE_OK, NONE, NONE);
        draft.low = long_key();
        draft.low_len = LONG_KEY - 1;
        draft.count = 0;
        expect_drafted(RULE_OK, NONE, NONE);
    }
    draft_branch();
    draft.level = LEVEL_MAX;
    records[1].child = 2;
    records[2].key = long_key();
    records[2].key_len = LONG_KEY - 1;
    expect_drafted(RULE_OK, NONE, NONE);
    build_overflow(page, SIZE, 31, 5, 2, 1);
    expect(RULE_OK, NONE, NONE);
}

/* As many records as fit, with keys and values at their limits among them, at every page size. */
static void test_full_pages_of_every_size_pass(void **state)
{
    static struct draft_record many[PAGE_SIZE_MAX / 8];
    static uint8_t keys[PAGE_SIZE_MAX / 8][4];
    struct page_fault fault;
    (void)state;
    for (size_t n = PAGE_SIZE_MIN; n <= PAGE_SIZE_MAX; n *= 2)
        for (uint8_t flags = 0; flags < LEAF_VERSIONS; flags++) {
            draft_leaf(flags);
            memset(many, 0, sizeof many);
            draft.page_size = n;
            draft.low_len = draft.high_len = 0;
            draft.order = NULL;
            draft.records = many;
            size_t count = (n - 48 - 2 * n / 8 - 100) / (4 + 8 + 8);
            for (size_t i = 0; i < count; i++) {
                keys[i][0] = 'a';
                keys[i][1] = (uint8_t)(i / 256);
                keys[i][2] = (uint8_t)i;
                many[i].key = keys[i];
                many[i].key_len = 3;
            }
            many[count].key = long_key();
            many[count].key_len = n / 8 - 8;
            many[count].value = long_key();
            many[count].value_len = (uint32_t)(n / 8);
            draft.count = count + 1;
            build();
            assert_int_equal(check_size(n, &fault), RULE_OK);
        }
}

/* A healthy page of a random kind, version, size and filling. */
static size_t random_page(struct random *random)
{
    static struct draft_record many[64];
    static uint8_t keys[64][8];
    static size_t order[64];
    size_t n = (size_t)512 << random_below(random, 3);
    uint8_t flags = (uint8_t)random_below(random, LEAF_VERSIONS);
    int branch = random_below(random, 4) == 0;
    size_t count = 1 + random_below(random, 14);
    uint8_t last[8] = {'k', 'a', 0, 0, 0, 0, 0, 0};
    draft_leaf(flags);
    memset(many, 0, sizeof many);
    for (size_t i = 0; i < count; i++) {
        last[2] = (uint8_t)(last[2] + 1 + random_below(random, 3));
        memcpy(keys[i], last, 3);
        random_fill(random, keys[i] + 3, 5);
        many[i].key = keys[i];
        many[i].key_len = branch && i == 0 ? 0 : 3 + random_below(random, 6);
        many[i].value = keys[0];
        many[i].value_len = random_below(random, 8) == 0 ? 5000 : (uint32_t)random_below(random, 9);
        many[i].first = 7;
        many[i].child = 40;
        many[i].hole_before = random_below(random, 3) == 0 ? random_below(random, 4) : 0;
        size_t at = random_below(random, i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    if (branch) {
        draft.kind = PAGE_BRANCH;
        draft.level = 2;
        draft.flags = 4;
    }
    if (random_below(random, 3) == 0)
        draft.high_len = 0;
    draft.page_size = n;
    draft.records = many;
    draft.count = count;
    draft.order = order;
    build();
    return n;
}

static void damage(struct random *random, size_t n)
{
    size_t count = draft.count;
    size_t free_start = 48 + (size_t)get_number(page + 26, 2) % (n - 48);
    size_t width = built_width(draft.flags);
    size_t at;
    switch (random_below(random, 5)) {
    case 0: /* a slot takes another's place or one close to it */
        at = n - width * (1 + random_below(random, count));
        put_number(page + at, 2,
                   get_number(page + n - width * (1 + random_below(random, count)), 2) + random_below(random, 3));
        return;
    case 1:
        at = 20 + random_below(random, 28);
        break;
    case 2:
        at = n - 1 - random_below(random, width * count);
        break;
    case 3:
        at = 48 + random_below(random, free_start - 47);
        break;
    default:
        at = random_below(random, n);
    }
    page[at] = (uint8_t)(random_below(random, 2) ? random_u32(random) : page[at] + random_below(random, 3) - 1u);
}

static void test_a_second_judge_agrees_on_damaged_pages(void **state)
{
    struct random random = {2024};
    size_t seen[20] = {0};
    (void)state;
    for (int round = 0; round < 60000; round++) {
        struct page_fault fault;
        size_t n = random_page(&random);
        for (size_t times = random_below(&random, 4); times > 0; times--)
            damage(&random, n);
        struct judgement judgement = page_judge(page, n);
        enum page_rule rule = check_size(n, &fault);
        if ((int)rule != judgement.rule || fault.slot != judgement.slot || fault.other != judgement.other)
            fail_msg("round %d: %s slot %d other %d, the other judge says P%d slot %d other %d", round,
                     page_rule_name(rule), (int)fault.slot, (int)fault.other, judgement.rule, (int)judgement.slot,
                     (int)judgement.other);
        seen[rule]++;
    }
    for (size_t rule = 2; rule <= 15; rule++)
        if (rule != RULE_UNUSED)
            assert_true(seen[rule] > 10);
    assert_true(seen[0] > 1000);
}

static void test_a_second_judge_agrees_on_random_bytes(void **state)
{
    struct random random = {77};
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct page_fault fault;
        size_t n = (size_t)512 << random_below(&random, 2);
        random_fill(&random, page, n);
        memset(page, 0, 4);
        page[23] = page[38] = page[39] = 0;
        page[20] = (uint8_t)(1 + random_below(&random, 6));
        page[21] = page[20] == PAGE_BRANCH;
        page[22] = (uint8_t)(page[20] == PAGE_LEAF ? random_below(&random, 6) : page[20] == PAGE_BRANCH ? 4 : 0);
        put_number(page + 16, 4, page[20] >= PAGE_BRANCH && page[20] <= PAGE_OVERFLOW);
        put_number(page + 30, 8, 0);
        size_t count = 1 + random_below(&random, 9);
        put_number(page + 24, 2, count);
        put_number(page + 28, 2, n - count * built_width(page[22]));
        put_number(page + 26, 2, get_number(page + 28, 2));
        for (size_t i = 0; i < count; i++)
            put_number(built_slot(page, n, page[22], i), 2, 48 + random_below(&random, n - 48));
        struct judgement judgement = page_judge(page, n);
        assert_int_equal(check_size(n, &fault), judgement.rule);
        assert_int_equal(fault.slot, judgement.slot);
        assert_int_equal(fault.other, judgement.other);
    }
}

static void test_rules_have_names_and_sentences(void **state)
{
    (void)state;
    assert_string_equal(page_rule_name(RULE_OVERLAP), "P8");
    assert_string_equal(page_rule_name(RULE_MAP), "P19");
    assert_string_equal(page_rule_text(RULE_OVERLAP), "two records share bytes");
    for (int rule = 0; rule < 25; rule++)
        assert_true(strlen(page_rule_text((enum page_rule)rule)) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy_pages_pass),
        cmocka_unit_test(test_an_empty_leaf_and_an_infinite_fence_pass),
        cmocka_unit_test(test_the_limits_themselves_pass),
        cmocka_unit_test(test_full_pages_of_every_size_pass),
        cmocka_unit_test(test_a_second_judge_agrees_on_damaged_pages),
        cmocka_unit_test(test_a_second_judge_agrees_on_random_bytes),
        cmocka_unit_test(test_rules_have_names_and_sentences),
    };
    return cmocka_run_group_tests_name("page_check", tests, NULL, NULL);
}
