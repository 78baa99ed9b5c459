/*
 * Rules P11, P14 and P15 for branches. A record is a child and a separator; slot
 * 0's separator is empty, since the low fence stands for it. From slot 1 on the
 * separators ascend strictly from the low fence to below the high one.
 */
#include "check_rules.h"

/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ requires slot: slot < slot_count_of(page) && have_children(page, page_size, slot_count_of(page));
  @ assigns \result \from page, page[0 .. page_size - 1];
  @ ensures place: \result == page + slot_offset_of(page, page_size, 8, slot);
  @*/
static const uint8_t *branch_record(const uint8_t *page, size_t page_size, size_t slot)
{
    return page + slot_offset(page, page_size, SLOT_WIDTH_V3, slot);
}

/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ requires slot: slot < slot_count_of(page) && have_children(page, page_size, slot_count_of(page));
  @ assigns \nothing;
  @ ensures length: \result == separator_len_of(page, page_size, slot);
  @*/
static size_t separator_size(const uint8_t *page, size_t page_size, size_t slot)
{
    return slot_length(page, page_size, SLOT_WIDTH_V3, slot) - BRANCH_CHILD_SIZE;
}

size_t branch_rule_record(const uint8_t *page, size_t page_size, size_t count)
{
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant short: rule_11_branch(page, page_size, i);
      @ loop assigns i;
      @ loop variant count - i;
      @*/
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
    /*@ loop invariant range: 1 <= i <= count;
      @ loop invariant heads: rule_14_branch(page, page_size, i);
      @ loop assigns i;
      @ loop variant count - i;
      @*/
    for (size_t i = 1; i < count; i++) {
        const uint8_t *separator = branch_record(page, page_size, i) + BRANCH_CHILD_SIZE;
        if (!head_matches(page, page_size, i, separator, separator_size(page, page_size, i)))
            return i;
    }
    return count;
}

/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ requires slot: slot < slot_count_of(page) && have_children(page, page_size, slot_count_of(page));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> child_of(page, page_size, slot) >= 2;
  @*/
static int child_is_legal(const uint8_t *page, size_t page_size, size_t slot)
{
    return load32(branch_record(page, page_size, slot)) >= 2;
}

/*@ requires fence: \valid_read(page + (0 .. HEADER_SIZE - 1)) && \valid_read(page + (0 .. arena_of(page) - 1));
  @ requires key: \valid_read(key + (0 .. key_len - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> high_len_of(page) == 0 ||
  @                                 bytes_below(key, key_len, high_of(page), high_len_of(page));
  @*/
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
    /*@ loop invariant range: 1 <= i <= count;
      @ loop invariant legal: rule_15(page, page_size, i);
      @ loop invariant low: i == 1 ==> before == low_of(page) && before_len == low_len_of(page);
      @ loop invariant before: i > 1 ==> before == separator_of(page, page_size, i - 1) &&
      @     before_len == separator_len_of(page, page_size, i - 1);
      @ loop assigns i, before, before_len;
      @ loop variant count - i;
      @*/
    for (size_t i = 1; i < count; i++) {
        const uint8_t *separator = branch_record(page, page_size, i) + BRANCH_CHILD_SIZE;
        size_t length = separator_size(page, page_size, i);
        int ascends = bytes_compare(before, before_len, separator, length) < 0;
        /*@ assert ascends: ascends != 0 <==> separator_ascends(page, page_size, i); */
        if (!ascends || !child_is_legal(page, page_size, i) || !below_high(page, separator, length))
            return i;
        before = separator;
        before_len = length;
    }
    return count;
}
