/*
 * page_check: healthy pages of every kind and version pass; each rule, broken by
 * hand in every version that can break it, is reported with its slots and before
 * any later rule; and a second judge agrees on pages damaged at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/check.h"
#include "../support/page_builder.h"
#include "../support/page_judge.h"
#include "../support/random.h"

#define NONE SIZE_MAX
enum { SIZE = 1024, RECORDS = 5, CHILDREN = 4, LONG_KEY = SIZE / 8 - 7 };

static uint8_t page[PAGE_SIZE_MAX];
static struct draft_record records[RECORDS];
static struct draft draft;
static uint8_t long_key[PAGE_SIZE_MAX];
static void *scratch_block;
static struct page_scratch scratch;

static const uint8_t *bytes(const char *text)
{
    return (const uint8_t *)text;
}

static int prepare(void **state)
{
    (void)state;
    scratch_block = malloc(page_scratch_size(PAGE_SIZE_MAX));
    memset(long_key, 'k', sizeof long_key);
    return scratch_block == NULL;
}

static int clean_up(void **state)
{
    (void)state;
    free(scratch_block);
    return 0;
}

static enum page_rule check_size(size_t page_size, struct page_fault *fault)
{
    memset(scratch_block, 0xa5, page_scratch_size(page_size));
    page_scratch_carve(&scratch, scratch_block, page_size);
    return page_check(page, page_size, &scratch, fault);
}

static void expect(enum page_rule rule, size_t slot, size_t other)
{
    struct page_fault fault;
    assert_string_equal(page_rule_name(check_size(SIZE, &fault)), page_rule_name(rule));
    assert_int_equal(fault.rule, rule);
    assert_int_equal(fault.slot, slot);
    assert_int_equal(fault.other, other);
    assert_int_equal(page_judge(page, SIZE).rule, rule);
}

static void set_key(size_t slot, const char *key)
{
    records[slot].key = bytes(key);
    records[slot].key_len = strlen(key);
}

static void set_value(size_t slot, const char *value)
{
    records[slot].value = bytes(value);
    records[slot].value_len = (uint32_t)strlen(value);
}

static void set_raw(size_t slot, const void *raw, size_t raw_len)
{
    records[slot].raw = raw;
    records[slot].raw_len = raw_len;
}

static void build(void)
{
    assert_true(build_slotted(page, &draft));
}

/* Fences [ka, kz), five records out of order, one of them with a long value, and a hole where the version allows it. */
static void draft_leaf(uint8_t flags)
{
    static const size_t order[RECORDS] = {3, 0, 4, 1, 2};
    memset(records, 0, sizeof records);
    draft = (struct draft){.page_size = SIZE, .pgno = 17, .tree = 2, .left = 5, .kind = 4, .flags = flags};
    draft.low = bytes("ka");
    draft.low_len = 2;
    draft.high = bytes("kz");
    draft.high_len = 2;
    draft.records = records;
    draft.count = RECORDS;
    draft.order = order;
    set_key(0, "kaa");
    set_key(1, "kabcdef");
    set_key(2, "kb");
    set_key(3, "kbcd");
    set_key(4, "kc");
    set_value(0, "one");
    set_value(1, "two!!");
    records[3].value_len = 100000;
    records[3].first = 9;
    records[3].chain = 77;
    set_value(4, "a value of some length");
    records[2].hole_before = 6;
}

static void healthy_leaf(uint8_t flags)
{
    draft_leaf(flags);
    build();
}

static void draft_branch(void)
{
    static const size_t order[CHILDREN] = {2, 0, 3, 1};
    draft_leaf(V3_PLAIN);
    draft.kind = PAGE_BRANCH;
    draft.level = 1;
    draft.flags = PAGE_FLAG_SLOTS_V3;
    draft.count = CHILDREN;
    draft.order = order;
    memset(records, 0, sizeof records);
    set_key(0, "");
    set_key(1, "kabc");
    set_key(2, "kb");
    set_key(3, "kx");
    for (size_t i = 0; i < CHILDREN; i++)
        records[i].child = (uint32_t)(20 + i);
    records[1].hole_before = 5;
}

static void healthy_branch(void)
{
    draft_branch();
    build();
}

static uint8_t *slot_bytes(size_t slot)
{
    return built_slot(page, SIZE, draft.flags, slot);
}

static size_t offset_of(size_t slot)
{
    return (size_t)get_number(slot_bytes(slot), 2);
}

static int is_v1(uint8_t flags)
{
    return flags / 2 == 0;
}

/* Calls the statement for each leaf version, with the healthy leaf on the page. */
#define FOR_EACH_LEAF(flags) for (uint8_t flags = 0; flags < LEAF_VERSIONS && (healthy_leaf(flags), 1); flags++)

static void expect_patched(size_t offset, size_t size, uint64_t value, enum page_rule rule)
{
    uint8_t before[8];
    memcpy(before, page + offset, size);
    put_number(page + offset, size, value);
    expect(rule, NONE, NONE);
    memcpy(page + offset, before, size);
}

static void build_other(uint8_t kind)
{
    static const uint32_t entries[3] = {8, 2, 70000};
    if (kind == PAGE_META)
        build_meta(page, SIZE, 0);
    else if (kind == PAGE_FREE)
        build_free(page, SIZE, 30, entries, 3);
    else if (kind == PAGE_OVERFLOW)
        build_overflow(page, SIZE, 31, 5, 2, 100);
    else
        build_map(page, SIZE, 2);
}

static const uint8_t other_kinds[4] = {PAGE_META, PAGE_FREE, PAGE_OVERFLOW, PAGE_MAP};

/* ---- Healthy pages ---------------------------------------------------------------------------------------------- */

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
            many[count].key = long_key;
            many[count].key_len = n / 8 - 8;
            many[count].value = long_key;
            many[count].value_len = (uint32_t)(n / 8);
            draft.count = count + 1;
            build();
            assert_int_equal(check_size(n, &fault), RULE_OK);
        }
}

/* ---- The header: P2 to P6 --------------------------------------------------------------------------------------- */

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
    expect_patched(HEADER_HIGH_LEN, 2, 0, RULE_FENCES);
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

/* ---- Extents: P7 to P10 ----------------------------------------------------------------------------------------- */

static void expect_slot_patched(size_t slot, size_t offset, size_t length, enum page_rule rule, size_t other)
{
    uint8_t before[4];
    size_t size = is_v1(draft.flags) ? 2 : 4;
    memcpy(before, slot_bytes(slot), size);
    put_number(slot_bytes(slot), 2, offset);
    if (size == 4)
        put_number(slot_bytes(slot) + 2, 2, length);
    expect(rule, slot, other);
    memcpy(slot_bytes(slot), before, size);
}

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

/* ---- Records: P11 to P15 ---------------------------------------------------------------------------------------- */

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

static void expect_drafted(enum page_rule rule, size_t slot, size_t other)
{
    build();
    expect(rule, slot, other);
}

static void test_p11_keys_and_values_beyond_their_limits(void **state)
{
    static uint8_t raw[4 + SIZE / 8 + 3];
    (void)state;
    for (uint8_t flags = 0; flags < LEAF_VERSIONS; flags++) {
        draft_leaf(flags);
        records[2].key = long_key;
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
    records[2].key = long_key;
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

/* ---- The other kinds: P16 to P19 -------------------------------------------------------------------------------- */

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

/* ---- P1 --------------------------------------------------------------------------------------------------------- */

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

/* ---- Against the other judge ------------------------------------------------------------------------------------ */

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

/* ---- Names ------------------------------------------------------------------------------------------------------ */

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
        cmocka_unit_test(test_full_pages_of_every_size_pass),
        cmocka_unit_test(test_p1_checksum_page_number_and_map_entry),
        cmocka_unit_test(test_p1_a_page_sealed_for_another_place),
        cmocka_unit_test(test_p2_unknown_kind_reserved_bytes_or_a_checksum),
        cmocka_unit_test(test_p3_level_flags_or_tree_illegal_for_the_kind),
        cmocka_unit_test(test_p4_fields_that_the_kind_does_not_use),
        cmocka_unit_test(test_p5_fences_too_long_out_of_order_or_with_a_wrong_prefix),
        cmocka_unit_test(test_p6_directory_and_space_do_not_add_up),
        cmocka_unit_test(test_p6_a_count_that_wraps),
        cmocka_unit_test(test_p7_a_slot_outside_the_records),
        cmocka_unit_test(test_p7_a_record_shorter_than_the_shortest),
        cmocka_unit_test(test_p7_a_record_that_ends_behind_free_start),
        cmocka_unit_test(test_p8_records_that_share_bytes),
        cmocka_unit_test(test_p9_a_wrong_count_of_hole_bytes),
        cmocka_unit_test(test_p9_a_v1_leaf_with_a_hole_even_if_it_is_counted),
        cmocka_unit_test(test_p9_equal_offsets_in_v1),
        cmocka_unit_test(test_p10_a_free_byte_that_is_not_zero),
        cmocka_unit_test(test_p11_malformed_plain_records),
        cmocka_unit_test(test_p11_malformed_prefix_records),
        cmocka_unit_test(test_p11_keys_and_values_beyond_their_limits),
        cmocka_unit_test(test_p11_a_separator_beyond_its_limit),
        cmocka_unit_test(test_p12_keys_that_do_not_ascend),
        cmocka_unit_test(test_p13_keys_outside_the_fences),
        cmocka_unit_test(test_p14_a_head_that_is_not_its_keys),
        cmocka_unit_test(test_p15_separators_and_children),
        cmocka_unit_test(test_p16_meta),
        cmocka_unit_test(test_p17_free),
        cmocka_unit_test(test_p18_overflow),
        cmocka_unit_test(test_p19_no_map_entry_is_wrong),
        cmocka_unit_test(test_a_second_judge_agrees_on_damaged_pages),
        cmocka_unit_test(test_a_second_judge_agrees_on_random_bytes),
        cmocka_unit_test(test_rules_have_names_and_sentences),
    };
    return cmocka_run_group_tests_name("page_check", tests, prepare, clean_up);
}
