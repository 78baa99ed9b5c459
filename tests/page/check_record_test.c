/*
 * P11 to P15, each broken by hand in every version that can break it: records,
 * their order and their heads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../support/page_fixture.h"

static void expect_raw(uint8_t flags, const void *raw, size_t raw_len)
{
    draft_leaf(flags);
    set_raw(2, raw, raw_len);
    build();
    expect(RULE_RECORD, 2, NONE);
}

#define EXPECT_RAW(flags, ...)                                                                                         \
    do {                                                                                                               \
        static const uint8_t raw[] = {__VA_ARGS__};                                                                    \
        expect_raw(flags, raw, sizeof raw);                                                                            \
    } while (0)

static void test_p11_malformed_plain_records(void **state)
{
    (void)state;
    for (uint8_t flags = V1_PLAIN; flags < LEAF_VERSIONS; flags += 2) {
        EXPECT_RAW(flags, 0, 1, 'x');                                                /* no key */
        EXPECT_RAW(flags, 0x82, 0, 0, 'k', 'b');                                     /* key length not minimal */
        EXPECT_RAW(flags, 2, 0x80, 0, 'k', 'b');                                     /* value length not minimal */
        EXPECT_RAW(flags, 2, 0, 'k', 'b', 0);                                        /* a byte too many */
        EXPECT_RAW(flags, 2, 2, 'k', 'b', 'v');                                      /* a byte too few */
        EXPECT_RAW(flags, 5, 0, 'k', 'b');                                           /* key beyond the record */
        EXPECT_RAW(flags, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 'k', 'b');                /* key length of 2^32 */
        EXPECT_RAW(flags, 0x80, 0x80, 0x80);                                         /* unfinished varint */
        EXPECT_RAW(flags, 2, 0x80, 1, 'k', 'b', 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0); /* reference of a short value */
    }
}

static void test_p11_malformed_prefix_records(void **state)
{
    (void)state;
    for (uint8_t flags = V1_PREFIX; flags < LEAF_VERSIONS; flags += 2) {
        EXPECT_RAW(flags, 8, 0, 1, 0, 'x');      /* prefix longer than the base "kabcdef" */
        EXPECT_RAW(flags, 0, 0, 0, 0, 'v');      /* no key */
        EXPECT_RAW(flags, 0, 0, 3, 0, 'k', 'b'); /* suffix beyond the record */
        EXPECT_RAW(flags, 0, 0, 2, 0x80, 'k', 'b', 9, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);      /* 15 bytes */
        EXPECT_RAW(flags, 0, 0, 2, 0x80, 'k', 'b', 128, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0); /* short value */
        EXPECT_RAW(flags, 0, 0, 2, 0x80, 'k', 'b', 0, 0, 0, 128, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0); /* 2^31 */
    }
}

static void test_p11_keys_and_values_beyond_their_limits(void **state)
{
    static uint8_t raw[4 + SIZE / 8 + 3];
    (void)state;
    for (uint8_t flags = 0; flags < LEAF_VERSIONS; flags++) {
        draft_leaf(flags);
        records[2].key = long_key();
        records[2].key_len = LONG_KEY;
        expect_drafted(RULE_RECORD, 2, NONE);
        draft_leaf(flags);
        records[3].first = 1;
        expect_drafted(RULE_RECORD, 3, NONE);
        draft_leaf(flags);
        records[3].value_len = 0x80000000u;
        expect_drafted(RULE_RECORD, 3, NONE);
        /* A value of 129 bytes that stands in the leaf itself. */
        memset(raw, 'k', sizeof raw);
        if (flags % 2 == 1)
            memcpy(raw, "\002\201\001", 3);
        else
            memcpy(raw, "\000\000\002\000", 4);
        expect_raw(flags, raw, flags % 2 == 1 ? 3 + 2 + 129 : 4 + 2 + 129);
    }
}

static void test_p11_a_separator_beyond_its_limit(void **state)
{
    (void)state;
    draft_branch();
    records[2].key = long_key();
    records[2].key_len = LONG_KEY;
    expect_drafted(RULE_RECORD, 2, NONE);
}

static void test_p12_keys_that_do_not_ascend(void **state)
{
    (void)state;
    for (uint8_t flags = 0; flags < LEAF_VERSIONS; flags++) {
        draft_leaf(flags);
        set_key(2, "kabcdef");
        expect_drafted(RULE_ORDER, 2, 1);
        draft_leaf(flags);
        set_key(3, "kabcdef");
        expect_drafted(RULE_ORDER, 3, 2);
        draft_leaf(flags);
        set_key(1, "ka");
        expect_drafted(RULE_ORDER, 1, 0);
        draft_leaf(flags);
        set_key(4, "kbccz");
        expect_drafted(RULE_ORDER, 4, 3);
    }
}

static void test_p13_keys_outside_the_fences(void **state)
{
    (void)state;
    for (uint8_t flags = 0; flags < LEAF_VERSIONS; flags++) {
        draft_leaf(flags);
        set_key(0, "k");
        expect_drafted(RULE_BOUNDS, 0, NONE);
        draft_leaf(flags);
        set_key(0, "a");
        expect_drafted(RULE_BOUNDS, 0, NONE);
        draft_leaf(flags);
        set_key(4, "kz");
        expect_drafted(RULE_BOUNDS, 4, NONE);
        draft_leaf(flags);
        set_key(3, "m");
        set_key(4, "n");
        expect_drafted(RULE_BOUNDS, 3, NONE);
        draft_leaf(flags);
        set_key(0, "ka");
        set_key(4, "kyzzz");
        expect_drafted(RULE_OK, NONE, NONE);
    }
}

static void test_p14_a_head_that_is_not_its_keys(void **state)
{
    (void)state;
    for (uint8_t flags = V3_PREFIX; flags <= V3_PLAIN; flags++)
        for (size_t i = 0; i < 4; i++) {
            healthy_leaf(flags);
            slot_bytes(3)[4 + i] ^= 1;
            expect(RULE_HEAD, 3, NONE);
        }
    healthy_branch();
    slot_bytes(2)[7] = 1;
    expect(RULE_HEAD, 2, NONE);
    healthy_branch();
    slot_bytes(0)[4] = 'a';
    expect(RULE_HEAD, 0, NONE);
}

static void test_p15_separators_and_children(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHILDREN; i++) {
        draft_branch();
        records[i].child = 1;
        expect_drafted(RULE_BRANCH, i, NONE);
    }
    draft_branch();
    set_key(0, "k"); /* behind the common prefix, the head stays zero */
    expect_drafted(RULE_BRANCH, 0, NONE);
    draft_branch();
    set_key(1, "ka");
    expect_drafted(RULE_BRANCH, 1, NONE);
    draft_branch();
    set_key(1, "k");
    expect_drafted(RULE_BRANCH, 1, NONE);
    draft_branch();
    set_key(1, "");
    expect_drafted(RULE_BRANCH, 1, NONE);
    draft_branch();
    set_key(3, "kz");
    expect_drafted(RULE_BRANCH, 3, NONE);
    draft_branch();
    set_key(3, "kb");
    expect_drafted(RULE_BRANCH, 3, NONE);
    draft_branch();
    set_key(2, "kz");
    set_key(3, "kzz");
    expect_drafted(RULE_BRANCH, 2, NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p11_malformed_plain_records),
        cmocka_unit_test(test_p11_malformed_prefix_records),
        cmocka_unit_test(test_p11_keys_and_values_beyond_their_limits),
        cmocka_unit_test(test_p11_a_separator_beyond_its_limit),
        cmocka_unit_test(test_p12_keys_that_do_not_ascend),
        cmocka_unit_test(test_p13_keys_outside_the_fences),
        cmocka_unit_test(test_p14_a_head_that_is_not_its_keys),
        cmocka_unit_test(test_p15_separators_and_children),
    };
    return cmocka_run_group_tests_name("page_check: records", tests, NULL, NULL);
}
