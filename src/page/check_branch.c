/*
 * Rules P11, P14 and P15 for branches. A record is a child and a separator; slot
 * 0's separator is empty, since the low fence stands for it. From slot 1 on the
 * separators ascend strictly from the low fence to below the high one.
 */
#include "check_rules.h"

static const uint8_t *branch_record(const uint8_t *page, size_t page_size, size_t slot)
{
    return page + slot_offset(page, page_size, SLOT_WIDTH_V3, slot);
}

static size_t separator_size(const uint8_t *page, size_t page_size, size_t slot)
{
    return slot_length(page, page_size, SLOT_WIDTH_V3, slot) - BRANCH_CHILD_SIZE;
}

size_t branch_rule_record(const uint8_t *page, size_t page_size, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (separator_size(page, page_size, i) > KEY_MAX(page_size))
            return i;
    }
    return count;
}

size_t branch_rule_head(const uint8_t *page, size_t page_size, size_t count)
{
    if (slot_head(page, page_size, 0) != 0)
        return 0;
    for (size_t i = 1; i < count; i++) {
        const uint8_t *separator = branch_record(page, page_size, i) + BRANCH_CHILD_SIZE;
        if (!head_matches(page, page_size, i, separator, separator_size(page, page_size, i)))
            return i;
    }
    return count;
}

static int child_is_legal(const uint8_t *page, size_t page_size, size_t slot)
{
    return load32(branch_record(page, page_size, slot)) >= 2;
}

static int below_high(const uint8_t *page, const uint8_t *key, size_t key_len)
{
    return page_high_len(page) == 0 || bytes_compare(key, key_len, page_high(page), page_high_len(page)) < 0;
}

size_t branch_rule(const uint8_t *page, size_t page_size, size_t count)
{
    const uint8_t *before = page_low(page);
    size_t before_len = page_low_len(page);
    if (separator_size(page, page_size, 0) != 0 || !child_is_legal(page, page_size, 0))
        return 0;
    for (size_t i = 1; i < count; i++) {
        const uint8_t *separator = branch_record(page, page_size, i) + BRANCH_CHILD_SIZE;
        size_t length = separator_size(page, page_size, i);
        if (!child_is_legal(page, page_size, i) || bytes_compare(before, before_len, separator, length) >= 0 ||
            !below_high(page, separator, length))
            return i;
        before = separator;
        before_len = length;
    }
    return count;
}
