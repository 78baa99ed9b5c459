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
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant records: rule_11_plain(page, page_size, i);
      @ loop invariant keys: have_keys(page, page_size, i);
      @ loop assigns i, record;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, width, i);
        if (!plain_decode(page + offset, ends[i] - offset, page_size, &record))
            return i;
        /*@ assert record: record_plain(page, page_size, i); */
    }
    return count;
}

/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width) &&
  @     width == width_of(page);
  @ requires slot: slot < slot_count_of(page) && has_key(page, page_size, slot);
  @ requires writable: \valid(key_len) && \separated(key_len, page + (0 .. page_size - 1));
  @ assigns *key_len, \result \from page, page[0 .. page_size - 1];
  @ ensures key: \result == key_of(page, page_size, slot) && *key_len == key_len_of(page, page_size, slot);
  @ ensures inside: \valid_read(\result + (0 .. *key_len - 1));
  @*/
static const uint8_t *key_at(const uint8_t *page, size_t page_size, size_t width, size_t slot, size_t *key_len)
{
    return plain_key(page + slot_offset(page, page_size, width, slot), key_len);
}

size_t plain_rule_order(const uint8_t *page, size_t page_size, size_t count)
{
    size_t width = slot_width(page_flags(page));
    size_t before_len = 0;
    const uint8_t *before = page;
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant order: rule_12_plain(page, page_size, i);
      @ loop invariant before: i > 0 ==> before == key_of(page, page_size, i - 1) &&
      @     before_len == key_len_of(page, page_size, i - 1);
      @ loop invariant nothing: i == 0 ==> before == page && before_len == 0;
      @ loop invariant inside: \valid_read(before + (0 .. before_len - 1));
      @ loop assigns i, before, before_len;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        size_t key_len;
        const uint8_t *key = key_at(page, page_size, width, i, &key_len);
        /* No key is empty, so that the first one passes beside nothing. */
        if (bytes_compare(before, before_len, key, key_len) >= 0)
            return i;
        /*@ assert above: i > 0 ==> key_below(page, page_size, i - 1, i); */
        /*@ assert through: i > 0 ==> \forall integer j;
          @     key_below(page, page_size, j, i - 1) ==> key_below(page, page_size, j, i);
          @*/
        before = key;
        before_len = key_len;
    }
    return count;
}

/* Is the key of `slot` below the high fence? */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width) &&
  @     width == width_of(page);
  @ requires fences: arena_of(page) <= page_size;
  @ requires slot: slot < slot_count_of(page) && has_key(page, page_size, slot);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> below_high(page, page_size, slot);
  @*/
static int key_below_high(const uint8_t *page, size_t page_size, size_t width, size_t slot)
{
    size_t key_len;
    const uint8_t *key = key_at(page, page_size, width, slot, &key_len);
    return page_high_len(page) == 0 || bytes_compare(key, key_len, page_high(page), page_high_len(page)) < 0;
}

/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width) &&
  @     width == width_of(page);
  @ requires fences: arena_of(page) <= page_size;
  @ requires slot: slot < slot_count_of(page) && has_key(page, page_size, slot);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> reaches_low(page, page_size, slot);
  @*/
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
    /*@ assert low: \forall integer i; key_below(page, page_size, 0, i) ==> reaches_low(page, page_size, i); */
    if (key_below_high(page, page_size, width, count - 1u)) {
        /*@ assert high: \forall integer i;
          @     key_below(page, page_size, i, count - 1) ==> below_high(page, page_size, i);
          @*/
        /*@ assert all_low: \forall integer i; 0 <= i < count ==> reaches_low(page, page_size, i); */
        /*@ assert all_high: \forall integer i; 0 <= i < count ==> below_high(page, page_size, i); */
        return count;
    }
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant within: rule_13_plain(page, page_size, i);
      @ loop assigns i;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        if (!key_below_high(page, page_size, width, i))
            return i;
    }
    return count;
}

size_t plain_rule_head(const uint8_t *page, size_t page_size, size_t count)
{
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant heads: rule_14_plain(page, page_size, i);
      @ loop assigns i;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        size_t key_len;
        const uint8_t *key = key_at(page, page_size, SLOT_WIDTH_V3, i, &key_len);
        if (!head_matches(page, page_size, i, key, key_len))
            return i;
    }
    return count;
}
