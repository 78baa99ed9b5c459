/* See page_fixture.h. */
#include "page_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

uint8_t page[PAGE_SIZE_MAX];
struct draft_record records[RECORDS];
struct draft draft;
const uint8_t other_kinds[OTHER_KINDS] = {PAGE_META, PAGE_FREE, PAGE_OVERFLOW, PAGE_MAP};

const uint8_t *long_key(void)
{
    static uint8_t key[PAGE_SIZE_MAX];
    memset(key, 'k', sizeof key);
    return key;
}

const uint8_t *bytes(const char *text)
{
    return (const uint8_t *)text;
}

static void *filled(size_t size)
{
    void *block = malloc(size);
    assert_non_null(block);
    memset(block, 0xa5, size);
    return block;
}

enum page_rule check_size(size_t page_size, struct page_fault *fault)
{
    struct page_scratch scratch = {.claims = filled(page_size), .ends = filled(page_size / 2 * 2)};
    uint8_t *exact = filled(page_size);
    scratch.key = filled(2 * KEY_MAX(page_size));
    scratch.bytes = filled(page_size + 1);
    memcpy(exact, page, page_size);
    enum page_rule rule = page_check(exact, page_size, &scratch, fault);
    assert_memory_equal(exact, page, page_size);
    free(exact);
    free(scratch.claims);
    free(scratch.ends);
    free(scratch.key);
    free(scratch.bytes);
    return rule;
}

void expect(enum page_rule rule, size_t slot, size_t other)
{
    struct page_fault fault;
    assert_string_equal(page_rule_name(check_size(SIZE, &fault)), page_rule_name(rule));
    assert_int_equal(fault.rule, rule);
    assert_int_equal(fault.slot, slot);
    assert_int_equal(fault.other, other);
    assert_int_equal(page_judge(page, SIZE).rule, rule);
}

void set_key(size_t slot, const char *key)
{
    records[slot].key = bytes(key);
    records[slot].key_len = strlen(key);
}

void set_value(size_t slot, const char *value)
{
    records[slot].value = bytes(value);
    records[slot].value_len = (uint32_t)strlen(value);
}

void set_raw(size_t slot, const void *raw, size_t raw_len)
{
    records[slot].raw = raw;
    records[slot].raw_len = raw_len;
}

void build(void)
{
    assert_true(build_slotted(page, &draft));
}

void draft_leaf(uint8_t flags)
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

void healthy_leaf(uint8_t flags)
{
    draft_leaf(flags);
    build();
}

void draft_branch(void)
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

void healthy_branch(void)
{
    draft_branch();
    build();
}

uint8_t *slot_bytes(size_t slot)
{
    return built_slot(page, SIZE, draft.flags, slot);
}

size_t offset_of(size_t slot)
{
    return (size_t)get_number(slot_bytes(slot), 2);
}

int is_v1(uint8_t flags)
{
    return flags / 2 == 0;
}

void expect_patched(size_t offset, size_t size, uint64_t value, enum page_rule rule)
{
    uint8_t before[8];
    memcpy(before, page + offset, size);
    put_number(page + offset, size, value);
    expect(rule, NONE, NONE);
    memcpy(page + offset, before, size);
}

void build_other(uint8_t kind)
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

void expect_slot_patched(size_t slot, size_t offset, size_t length, enum page_rule rule, size_t other)
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

void expect_drafted(enum page_rule rule, size_t slot, size_t other)
{
    build();
    expect(rule, slot, other);
}
