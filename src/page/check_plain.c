/*
 * Rules P11 to P14 for leaves with plain records: each record is well formed,
 * keys ascend, lie within the fences, and have their heads in V3 slots. Keys are
 * read in place, so that each rule is one pass over the slots.
 */
#include "check_rules.h"

size_t plain_rule_record(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends)
{
    size_t width = slot_width(page_flags(page));
    struct record record;
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, width, i);
        if (!plain_decode(page + offset, ends[i] - offset, page_size, &record))
            return i;
    }
    return count;
}

static const uint8_t *key_at(const uint8_t *page, size_t page_size, size_t width, size_t slot, size_t *key_len)
{
    return plain_key(page + slot_offset(page, page_size, width, slot), key_len);
}

size_t plain_rule_order(const uint8_t *page, size_t page_size, size_t count)
{
    size_t width = slot_width(page_flags(page));
    size_t before_len = 0;
    const uint8_t *before = page;
    for (size_t i = 0; i < count; i++) {
        size_t key_len;
        const uint8_t *key = key_at(page, page_size, width, i, &key_len);
        /* No key is empty, so that the first one passes beside nothing. */
        if (bytes_compare(before, before_len, key, key_len) >= 0)
            return i;
        before = key;
        before_len = key_len;
    }
    return count;
}

/* Is the key of `slot` below the high fence? */
static int key_below_high(const uint8_t *page, size_t page_size, size_t width, size_t slot)
{
    size_t key_len;
    const uint8_t *key = key_at(page, page_size, width, slot, &key_len);
    return page_high_len(page) == 0 || bytes_compare(key, key_len, page_high(page), page_high_len(page)) < 0;
}

static int key_reaches_low(const uint8_t *page, size_t page_size, size_t width, size_t slot)
{
    size_t key_len;
    const uint8_t *key = key_at(page, page_size, width, slot, &key_len);
    return bytes_compare(key, key_len, page_low(page), page_low_len(page)) >= 0;
}

/* Keys ascend, so that the first and the last one answer for all; a search names the culprit. */
size_t plain_rule_bounds(const uint8_t *page, size_t page_size, size_t count)
{
    size_t width = slot_width(page_flags(page));
    if (count == 0)
        return count;
    if (!key_reaches_low(page, page_size, width, 0))
        return 0;
    if (key_below_high(page, page_size, width, count - 1u))
        return count;
    for (size_t i = 0; i < count; i++) {
        if (!key_below_high(page, page_size, width, i))
            return i;
    }
    return count;
}

size_t plain_rule_head(const uint8_t *page, size_t page_size, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t key_len;
        const uint8_t *key = key_at(page, page_size, SLOT_WIDTH_V3, i, &key_len);
        if (!head_matches(page, page_size, i, key, key_len))
            return i;
    }
    return count;
}
