/*
 * Rules P11 to P14 for leaves with prefix records. A key is the first bytes of
 * the key before it (for slot 0: of the low fence) and a suffix, so a walk puts
 * each key together in one buffer, over the key before it: only the suffix is
 * written. Lengths alone decide P11, so that the buffer is never overrun later.
 */
#include "check_rules.h"

static const uint8_t *prefix_record_at(const uint8_t *page, size_t page_size, size_t slot)
{
    return page + slot_offset(page, page_size, slot_width(page_flags(page)), slot);
}

size_t prefix_rule_record(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends)
{
    size_t base_len = page_low_len(page);
    struct prefix_record record;
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, slot_width(page_flags(page)), i);
        if (!prefix_decode(page + offset, ends[i] - offset, page_size, base_len, &record))
            return i;
        base_len = record.prefix_len + record.rest.key_len;
    }
    return count;
}

/* The two lengths of a record that passed P11, and where its suffix stands. */
static size_t shared_len(const uint8_t *record)
{
    return load16(record);
}

static size_t suffix_len(const uint8_t *record)
{
    return load16(record + 2) % (size_t)PREFIX_OVERFLOW_BIT;
}

static const uint8_t *suffix_of(const uint8_t *record)
{
    return record + PREFIX_HEADER_SIZE;
}

/* Makes of the base in `key` the key of the record; answers its length. */
static size_t next_key(uint8_t *key, const uint8_t *record)
{
    bytes_copy(key + shared_len(record), suffix_of(record), suffix_len(record));
    return shared_len(record) + suffix_len(record);
}

/* Compares the record's key with the base, key_len bytes at `key`: what they share need not be read. */
static int compare_with_base(const uint8_t *key, size_t key_len, const uint8_t *record)
{
    return bytes_compare(key + shared_len(record), key_len - shared_len(record), suffix_of(record), suffix_len(record));
}

size_t prefix_rule_order(const uint8_t *page, size_t page_size, size_t count, uint8_t *key)
{
    size_t key_len = page_low_len(page);
    bytes_copy(key, page_low(page), key_len);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *record = prefix_record_at(page, page_size, i);
        /* The low fence is a base but not a key: P13 is about it. */
        if (i > 0 && compare_with_base(key, key_len, record) >= 0)
            return i;
        key_len = next_key(key, record);
    }
    return count;
}

size_t prefix_rule_bounds(const uint8_t *page, size_t page_size, size_t count, uint8_t *key)
{
    size_t key_len = page_low_len(page);
    bytes_copy(key, page_low(page), key_len);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *record = prefix_record_at(page, page_size, i);
        /* Keys ascend: the first one answers for all as to the low fence. */
        if (i == 0 && compare_with_base(key, key_len, record) > 0)
            return i;
        key_len = next_key(key, record);
        if (page_high_len(page) != 0 && bytes_compare(key, key_len, page_high(page), page_high_len(page)) >= 0)
            return i;
    }
    return count;
}

size_t prefix_rule_head(const uint8_t *page, size_t page_size, size_t count, uint8_t *key)
{
    size_t key_len;
    bytes_copy(key, page_low(page), page_low_len(page));
    for (size_t i = 0; i < count; i++) {
        key_len = next_key(key, prefix_record_at(page, page_size, i));
        if (!head_matches(page, page_size, i, key, key_len))
            return i;
    }
    return count;
}
