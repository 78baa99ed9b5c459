/*
 * The rules of docs/FORMAT.md one by one, as page_check asks them; private to
 * the check_*.c files. Each function may rely on the rules before it, and on
 * nothing else. A rule of the whole page answers 1 if it holds. A rule about
 * slots answers the first slot that breaks it, or `count` if none does.
 */
#ifndef QUIRE_PAGE_CHECK_RULES_H
#define QUIRE_PAGE_CHECK_RULES_H

#include "slot.h"
#include "record.h"

/* The header, P2 to P6: any bytes. P5 and P6 are about slotted pages. */
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_2(page);
  @*/
int rule_kind(const uint8_t *page);
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_3(page);
  @*/
int rule_level(const uint8_t *page);
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_4(page);
  @*/
int rule_unused(const uint8_t *page);
/*@ requires page: page_readable(page, page_size);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_5(page, page_size);
  @*/
int rule_fences(const uint8_t *page, size_t page_size);
/*@ requires page: page_readable(page, page_size);
  @ requires width: slot_width_legal(width_of(page));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_6(page, page_size);
  @*/
int rule_space(const uint8_t *page, size_t page_size);

/* Extents, P7 to P10: extent i is [offset of slot i, ends[i]), as slot_ends says. */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires count: count == slot_count_of(page) && ends_known(page, page_size, count, ends);
  @ requires shortest: shortest <= RECORD_MIN_PREFIX;
  @ assigns \nothing;
  @ ensures first: \result <= count && rule_7(page, page_size, \result, shortest);
  @ ensures broken: \result < count ==> !extent_legal(page, page_size, shortest, \result);
  @*/
size_t rule_extent(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends, size_t shortest);
/* Claims the bytes of each extent; P8, and for V1 the part of P9 about equal offsets. */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires count: count == slot_count_of(page) && ends_known(page, page_size, count, ends);
  @ requires inside: extents_in_page(page, page_size, count);
  @ requires claims: \valid(claims + (0 .. page_size - 1));
  @ assigns claims[0 .. page_size - 1];
  @ ensures first: \result <= count && rule_8(page, page_size, \result);
  @ ensures broken: \result < count ==> meets_earlier(page, page_size, \result);
  @ ensures marks: marks_between(claims, 0, page_size);
  @ ensures cover: claims_cover(page, page_size, \result, claims);
  @ ensures belong: claims_belong(page, page_size, \result, claims);
  @*/
size_t rule_overlap(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends, int8_t *claims);
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires count: count == slot_count_of(page) && ends_known(page, page_size, count, ends);
  @ requires inside: extents_in_page(page, page_size, count);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_9(page, page_size, count);
  @*/
int rule_holes(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends);
/*@ requires space: arena_of(page) <= free_start_of(page) <= free_end_of(page);
  @ requires page: \valid_read(page + (0 .. HEADER_SIZE - 1)) && \valid_read(page + (0 .. free_end_of(page) - 1));
  @ requires claims: \valid_read(claims + (0 .. free_start_of(page) - 1));
  @ requires marks: marks_between(claims, 0, free_start_of(page));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> free_bytes_zero(page, claims);
  @*/
int rule_free_bytes(const uint8_t *page, const int8_t *claims);
/* The first slot that shares a byte with a later one, `slot`; for the report only. */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires slot: slot < slot_count_of(page) && ends_known(page, page_size, slot_count_of(page), ends);
  @ assigns \nothing;
  @ ensures met: \result < slot ==> !extents_apart(page, page_size, \result, slot);
  @ ensures first: \result <= slot && apart_from(page, page_size, \result, slot);
  @*/
size_t overlapped_slot(const uint8_t *page, size_t page_size, const uint16_t *ends, size_t slot);

/* Leaves with plain records, P11 to P14. */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires count: count == slot_count_of(page) && ends_known(page, page_size, count, ends);
  @ requires inside: extents_in_page(page, page_size, count);
  @ assigns \nothing;
  @ ensures first: \result <= count && rule_11_plain(page, page_size, \result);
  @ ensures keys: have_keys(page, page_size, \result);
  @ ensures broken: \result < count ==> !record_plain(page, page_size, \result);
  @*/
size_t plain_rule_record(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends);
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires count: count == slot_count_of(page) && have_keys(page, page_size, count);
  @ assigns \nothing;
  @ ensures first: \result <= count && rule_12_plain(page, page_size, \result);
  @ ensures broken: \result < count ==> \result > 0 && !key_below(page, page_size, \result - 1, \result);
  @*/
size_t plain_rule_order(const uint8_t *page, size_t page_size, size_t count);
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires fences: fences_short(page, page_size) && arena_of(page) <= page_size;
  @ requires count: count == slot_count_of(page) && have_keys(page, page_size, count);
  @ requires order: rule_12_plain(page, page_size, count);
  @ assigns \nothing;
  @ ensures first: \result <= count && rule_13_plain(page, page_size, \result);
  @ ensures broken: \result < count ==> !(reaches_low(page, page_size, \result) &&
  @     below_high(page, page_size, \result));
  @*/
size_t plain_rule_bounds(const uint8_t *page, size_t page_size, size_t count);
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires width: width_of(page) == SLOT_WIDTH_V3 && prefix_len_of(page) <= PAGE_SIZE_MAX;
  @ requires count: count == slot_count_of(page) && have_keys(page, page_size, count);
  @ assigns \nothing;
  @ ensures first: \result <= count && rule_14_plain(page, page_size, \result);
  @ ensures broken: \result < count ==> !head_is_right(page, page_size, \result);
  @*/
size_t plain_rule_head(const uint8_t *page, size_t page_size, size_t count);

/* Leaves with prefix records; `key` has KEY_MAX bytes and holds the key of the slot at hand. */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width_of(page));
  @ requires count: count == slot_count_of(page) && ends_known(page, page_size, count, ends);
  @ requires inside: extents_in_page(page, page_size, count);
  @ assigns \nothing;
  @ ensures first: \result <= count && rule_11_prefix(page, page_size, \result);
  @ ensures suffixes: have_suffixes(page, page_size, \result);
  @ ensures broken: \result < count ==> !record_prefix(page, page_size, \result);
  @*/
size_t prefix_rule_record(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends);
/*@ requires page: page_readable(page, page_size) && walkable(page, page_size) && count == slot_count_of(page);
  @ requires key: walk_buffer(page, page_size, key);
  @ assigns key[0 .. page_size / 8 - 9];
  @ ensures within: \result <= count && (\result < count ==> \result > 0);
  @ ensures page: walkable(page, page_size) && slot_count_of(page) == count && width_of(page) == \old(width_of(page));
  @*/
size_t prefix_rule_order(const uint8_t *page, size_t page_size, size_t count, uint8_t *key);
/*@ requires page: page_readable(page, page_size) && walkable(page, page_size) && count == slot_count_of(page);
  @ requires key: walk_buffer(page, page_size, key);
  @ assigns key[0 .. page_size / 8 - 9];
  @ ensures within: \result <= count;
  @ ensures page: walkable(page, page_size) && slot_count_of(page) == count && width_of(page) == \old(width_of(page));
  @*/
size_t prefix_rule_bounds(const uint8_t *page, size_t page_size, size_t count, uint8_t *key);
/*@ requires page: page_readable(page, page_size) && walkable(page, page_size) && count == slot_count_of(page);
  @ requires width: width_of(page) == SLOT_WIDTH_V3;
  @ requires key: walk_buffer(page, page_size, key);
  @ assigns key[0 .. page_size / 8 - 9];
  @ ensures within: \result <= count;
  @*/
size_t prefix_rule_head(const uint8_t *page, size_t page_size, size_t count, uint8_t *key);

/* Branches, P11, P14 and P15. */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ requires count: 0 < count == slot_count_of(page) && have_children(page, page_size, count);
  @ assigns \nothing;
  @ ensures first: \result <= count && rule_11_branch(page, page_size, \result);
  @ ensures broken: \result < count ==> !separator_short(page, page_size, \result);
  @*/
size_t branch_rule_record(const uint8_t *page, size_t page_size, size_t count);
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ requires count: 0 < count == slot_count_of(page) && have_children(page, page_size, count);
  @ requires lengths: rule_11_branch(page, page_size, count) && prefix_len_of(page) <= PAGE_SIZE_MAX;
  @ assigns \nothing;
  @ ensures first: \result <= count && rule_14_branch(page, page_size, \result);
  @ ensures broken: \result < count ==> !separator_head_is_right(page, page_size, \result);
  @*/
size_t branch_rule_head(const uint8_t *page, size_t page_size, size_t count);
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ requires count: 0 < count == slot_count_of(page) && have_children(page, page_size, count);
  @ requires fences: arena_of(page) <= page_size;
  @ assigns \nothing;
  @ ensures first: \result <= count && rule_15(page, page_size, \result);
  @ ensures broken: \result < count ==> !branch_slot_legal(page, page_size, \result);
  @*/
size_t branch_rule(const uint8_t *page, size_t page_size, size_t count);

/* The other kinds, P16 to P18. P19 speaks of no byte at any legal page size. */
/*@ requires page: page_readable(page, page_size);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_16(page, page_size);
  @*/
int meta_rule(const uint8_t *page, size_t page_size);
/*@ requires page: page_readable(page, page_size);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_17(page, page_size);
  @*/
int free_rule(const uint8_t *page, size_t page_size);
/*@ requires page: page_readable(page, page_size);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_18(page, page_size);
  @*/
int overflow_rule(const uint8_t *page, size_t page_size);

/* Is the head in the slot the one of this key? */
/*@ requires page: page_readable(page, page_size) && slot_in_page(page_size, SLOT_WIDTH_V3, slot);
  @ requires key: key_len <= PAGE_SIZE_MAX && prefix_len_of(page) <= PAGE_SIZE_MAX &&
  @     \valid_read(key + (0 .. key_len - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> slot_head_of(page, page_size, slot) == head_number(key, key_len,
  @     prefix_len_of(page));
  @*/
static inline int head_matches(const uint8_t *page, size_t page_size, size_t slot, const uint8_t *key, size_t key_len)
{
    size_t prefix_len = page_prefix_len(page);
    return slot_head(page, page_size, slot) == key_head(key, key_len, prefix_len);
}

#endif
