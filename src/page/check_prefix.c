/*
 * Rules P11 to P14 for leaves with prefix records. A key is the first bytes of
 * the key before it (for slot 0: of the low fence) and a suffix, so a walk puts
 * each key together in one buffer, over the key before it: only the suffix is
 * written. Lengths alone decide P11, so that the buffer is never overrun later.
 */
#include "check_rules.h"

/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires slot: slot < slot_count_of(page);
  @ assigns \result \from page, page[0 .. page_size - 1];
  @ ensures place: \result == record_of(page, page_size, slot);
  @ ensures shared: prefix_shared_len(\result) == shared_len_of(page, page_size, slot);
  @ ensures suffix: prefix_suffix_field(\result) == suffix_field_of(page, page_size, slot);
  @*/
static const uint8_t *prefix_record_at(const uint8_t *page, size_t page_size, size_t slot)
{
    return page + slot_offset(page, page_size, slot_width(page_flags(page)), slot);
}

size_t prefix_rule_record(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends)
{
    size_t base_len = page_low_len(page);
    struct prefix_record record;
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant base: base_len == walked_len(page, page_size, i - 1);
      @ loop invariant records: rule_11_prefix(page, page_size, i);
      @ loop invariant suffixes: have_suffixes(page, page_size, i);
      @ loop assigns i, base_len, record;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        const uint8_t *p = prefix_record_at(page, page_size, i);
        size_t size = ends[i] - slot_offset(page, page_size, slot_width(page_flags(page)), i);
        if (!prefix_decode(p, size, page_size, base_len, &record))
            return i;
        /*@ assert record: record_prefix(page, page_size, i); */
        /*@ assert suffix: has_suffix(page, page_size, i); */
        base_len = record.prefix_len + record.rest.key_len;
    }
    return count;
}

/* The two lengths of a record that passed P11, and where its suffix stands. */
/*@ requires readable: \valid_read(record + (0 .. PREFIX_HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures length: \result == prefix_shared_len(record);
  @*/
static size_t shared_len(const uint8_t *record)
{
    return load16(record);
}

/*@ requires readable: \valid_read(record + (0 .. PREFIX_HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures length: \result == prefix_suffix_len(record);
  @*/
static size_t suffix_len(const uint8_t *record)
{
    return load16(record + 2) % (size_t)PREFIX_OVERFLOW_BIT;
}

/*@ requires readable: \valid_read(record + (0 .. PREFIX_HEADER_SIZE - 1));
  @ assigns \result \from record;
  @ ensures place: \result == record + PREFIX_HEADER_SIZE;
  @*/
static const uint8_t *suffix_of(const uint8_t *record)
{
    return record + PREFIX_HEADER_SIZE;
}

/* Makes of the base in `key` the key of the record; answers its length. */
/*@ requires record: \valid_read(record + (0 .. PREFIX_HEADER_SIZE + prefix_suffix_len(record) - 1));
  @ requires key: \valid(key + (0 .. prefix_shared_len(record) + prefix_suffix_len(record) - 1));
  @ requires apart: \separated(key + (0 .. prefix_shared_len(record) + prefix_suffix_len(record) - 1),
  @                             record + (0 .. PREFIX_HEADER_SIZE + prefix_suffix_len(record) - 1));
  @ assigns key[prefix_shared_len(record) .. prefix_shared_len(record) + prefix_suffix_len(record) - 1];
  @ ensures length: \result == prefix_shared_len{Pre}(record) + prefix_suffix_len{Pre}(record);
  @*/
static size_t next_key(uint8_t *key, const uint8_t *record)
{
    bytes_copy(key + shared_len(record), suffix_of(record), suffix_len(record));
    return shared_len(record) + suffix_len(record);
}

/* Compares the record's key with the base, key_len bytes at `key`: what they share need not be read. */
/*@ requires record: \valid_read(record + (0 .. PREFIX_HEADER_SIZE + prefix_suffix_len(record) - 1));
  @ requires key: prefix_shared_len(record) <= key_len && \valid_read(key + (0 .. key_len - 1));
  @ assigns \nothing;
  @ ensures below: \result < 0 ==> bytes_below(key + prefix_shared_len(record), key_len - prefix_shared_len(record),
  @     record + PREFIX_HEADER_SIZE, prefix_suffix_len(record));
  @ ensures equal: \result == 0 ==> bytes_equal(key + prefix_shared_len(record), key_len - prefix_shared_len(record),
  @     record + PREFIX_HEADER_SIZE, prefix_suffix_len(record));
  @ ensures above: \result > 0 ==> bytes_below(record + PREFIX_HEADER_SIZE, prefix_suffix_len(record),
  @     key + prefix_shared_len(record), key_len - prefix_shared_len(record));
  @*/
static int compare_with_base(const uint8_t *key, size_t key_len, const uint8_t *record)
{
    return bytes_compare(key + shared_len(record), key_len - shared_len(record), suffix_of(record), suffix_len(record));
}

/* Begins a walk: the base of the first key is the low fence. */
/*@ requires page: page_readable(page, page_size) && walkable(page, page_size) && walk_buffer(page, page_size, key);
  @ assigns key[0 .. page_size / 8 - 9];
  @ ensures page: walkable(page, page_size) && slot_count_of(page) == \old(slot_count_of(page));
  @ ensures width: width_of(page) == \old(width_of(page));
  @ ensures length: \result == walked_len(page, page_size, -1);
  @*/
static size_t walk_start(const uint8_t *page, size_t page_size, uint8_t *key)
{
    size_t key_len = page_low_len(page);
    (void)page_size; /* The contract alone speaks of it. */
    bytes_copy(key, page_low(page), key_len);
    /*@ assert page: range_moved{Pre, Here}(page, page, 0, page_size); */
    return key_len;
}

/* Takes the walk on to the key of `slot`; answers its length. */
/*@ requires page: page_readable(page, page_size) && walkable(page, page_size) && walk_buffer(page, page_size, key);
  @ requires slot: slot < slot_count_of(page);
  @ assigns key[0 .. page_size / 8 - 9];
  @ ensures page: walkable(page, page_size) && slot_count_of(page) == \old(slot_count_of(page));
  @ ensures width: width_of(page) == \old(width_of(page));
  @ ensures length: \result == walked_len(page, page_size, slot);
  @*/
static size_t walk_to(const uint8_t *page, size_t page_size, size_t slot, uint8_t *key)
{
    /*@ assert suffix: has_suffix(page, page_size, slot); */
    size_t key_len = next_key(key, prefix_record_at(page, page_size, slot));
    /*@ assert page: range_moved{Pre, Here}(page, page, 0, page_size); */
    return key_len;
}

/* Orders the key before `slot`, key_len bytes at `key`, against the one of `slot`: negative, 0 or positive. */
/*@ requires page: page_readable(page, page_size) && walkable(page, page_size) && walk_buffer(page, page_size, key);
  @ requires slot: slot < slot_count_of(page) && key_len == walked_len(page, page_size, slot - 1);
  @ assigns \nothing;
  @*/
static int order_before(const uint8_t *page, size_t page_size, size_t slot, const uint8_t *key, size_t key_len)
{
    /*@ assert suffix: has_suffix(page, page_size, slot); */
    return compare_with_base(key, key_len, prefix_record_at(page, page_size, slot));
}

/* Is the key at the high fence or above it? */
/*@ requires page: page_readable(page, page_size) && walkable(page, page_size) && walk_buffer(page, page_size, key);
  @ requires length: key_len <= key_max(page_size);
  @ assigns \nothing;
  @*/
static int reaches_high(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len)
{
    (void)page_size; /* The contract alone speaks of it. */
    return page_high_len(page) != 0 && bytes_compare(key, key_len, page_high(page), page_high_len(page)) >= 0;
}

size_t prefix_rule_order(const uint8_t *page, size_t page_size, size_t count, uint8_t *key)
{
    size_t key_len = walk_start(page, page_size, key);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant page: count == slot_count_of(page) && walkable(page, page_size);
      @ loop invariant width: width_of(page) == \at(width_of(page), Pre);
      @ loop invariant key: key_len == walked_len(page, page_size, i - 1);
      @ loop assigns i, key_len, key[0 .. page_size / 8 - 9];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        /* The low fence is a base but not a key: P13 is about it. */
        if (i > 0 && order_before(page, page_size, i, key, key_len) >= 0)
            return i;
        key_len = walk_to(page, page_size, i, key);
    }
    return count;
}

size_t prefix_rule_bounds(const uint8_t *page, size_t page_size, size_t count, uint8_t *key)
{
    size_t key_len = walk_start(page, page_size, key);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant page: count == slot_count_of(page) && walkable(page, page_size);
      @ loop invariant width: width_of(page) == \at(width_of(page), Pre);
      @ loop invariant key: key_len == walked_len(page, page_size, i - 1);
      @ loop assigns i, key_len, key[0 .. page_size / 8 - 9];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        /* Keys ascend: the first one answers for all as to the low fence. */
        if (i == 0 && order_before(page, page_size, i, key, key_len) > 0)
            return i;
        key_len = walk_to(page, page_size, i, key);
        if (reaches_high(page, page_size, key, key_len))
            return i;
    }
    return count;
}

size_t prefix_rule_head(const uint8_t *page, size_t page_size, size_t count, uint8_t *key)
{
    size_t key_len = walk_start(page, page_size, key);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant page: count == slot_count_of(page) && walkable(page, page_size);
      @ loop invariant width: width_of(page) == SLOT_WIDTH_V3;
      @ loop invariant key: key_len == walked_len(page, page_size, i - 1);
      @ loop assigns i, key_len, key[0 .. page_size / 8 - 9];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        key_len = walk_to(page, page_size, i, key);
        if (!head_matches(page, page_size, i, key, key_len))
            return i;
    }
    return count;
}
