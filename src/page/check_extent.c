/*
 * Rules P7 to P10: where the records stand. Each extent claims its bytes on a
 * map with one mark for each byte of the page; an extent that meets a mark
 * overlaps one before it. So disjointness takes linear time, whatever the order
 * of the extents, and what is left unmarked are the holes.
 *
 * A V1 slot ends where the next record begins, so that two V1 extents share a
 * byte only when their offsets are equal: then P9 is broken, and P8 cannot be.
 */
#include "check_rules.h"

size_t rule_extent(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends, size_t shortest)
{
    size_t width = slot_width(page_flags(page));
    size_t arena = page_arena(page);
    size_t free_start = page_free_start(page);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant legal: rule_7(page, page_size, i, shortest);
      @ loop assigns i;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, width, i);
        if (offset < arena || ends[i] > free_start || ends[i] < offset + shortest)
            return i;
    }
    return count;
}

/*@ requires writable: \valid(claims + (0 .. size - 1));
  @ assigns claims[0 .. size - 1];
  @ ensures none: none_claimed(claims, 0, size);
  @*/
static void clear_claims(int8_t *claims, size_t size)
{
    /*@ loop invariant range: 0 <= i <= size;
      @ loop invariant none: none_claimed(claims, 0, i);
      @ loop assigns i, claims[0 .. size - 1];
      @ loop variant size - i;
      @*/
    for (size_t i = 0; i < size; i++)
        claims[i] = 0;
}

/* Marks are looked at by so many at a time, in loops that compilers turn into one vector operation. */
enum { CLAIM_CHUNK = 16 };

/* How many of the chunk's bytes from `at` on are claimed: the sum of the marks, each of them 0 or 1. */
/*@ requires readable: at <= UINT16_MAX && \valid_read(claims + (at .. at + CLAIM_CHUNK - 1));
  @ requires marks: marks_between(claims, at, at + CLAIM_CHUNK);
  @ assigns \nothing;
  @ ensures none: \result == 0 <==> none_claimed(claims, at, at + CLAIM_CHUNK);
  @ ensures all: \result == CLAIM_CHUNK <==> all_claimed(claims, at, at + CLAIM_CHUNK);
  @*/
static int8_t claimed_in_chunk(const int8_t *claims, size_t at)
{
    int8_t sum = 0;
    /*@ loop invariant range: 0 <= i <= CLAIM_CHUNK && 0 <= sum <= i;
      @ loop invariant none: sum == 0 <==> none_claimed(claims, at, at + i);
      @ loop invariant all: sum == i <==> all_claimed(claims, at, at + i);
      @ loop assigns i, sum;
      @ loop variant CLAIM_CHUNK - i;
      @*/
    for (size_t i = 0; i < CLAIM_CHUNK; i++)
        sum = (int8_t)(sum + claims[at + i]);
    return sum;
}

/*@ requires readable: from <= to <= UINT16_MAX && \valid_read(claims + (from .. to - 1));
  @ requires marks: marks_between(claims, from, to);
  @ assigns \nothing;
  @ ensures exact: \result == 0 <==> none_claimed(claims, from, to);
  @*/
static int is_claimed(const int8_t *claims, size_t from, size_t to)
{
    size_t i = from;
    /*@ loop invariant range: from <= i <= to;
      @ loop invariant none: none_claimed(claims, from, i);
      @ loop assigns i;
      @ loop variant to - i;
      @*/
    for (; to - i >= CLAIM_CHUNK; i += CLAIM_CHUNK) {
        if (claimed_in_chunk(claims, i) != 0)
            return 1;
    }
    /*@ loop invariant range: from <= i <= to;
      @ loop invariant none: none_claimed(claims, from, i);
      @ loop assigns i;
      @ loop variant to - i;
      @*/
    for (; i < to; i++) {
        if (claims[i] != 0)
            return 1;
    }
    return 0;
}

/* 1 if none of claims[from..to) was marked, and all of them are now. */
/*@ requires writable: from <= to <= UINT16_MAX && \valid(claims + (from .. to - 1));
  @ requires marks: marks_between(claims, from, to);
  @ assigns claims[from .. to - 1];
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @ ensures exact: \result == 1 <==> none_claimed{Pre}(claims, from, to);
  @ ensures claimed: \result == 1 ==> all_claimed(claims, from, to);
  @ ensures refused: \result == 0 ==> claims_kept{Pre, Post}(claims, from, to);
  @*/
static int claim(int8_t *claims, size_t from, size_t to)
{
    if (is_claimed(claims, from, to))
        return 0;
    /*@ loop invariant range: from <= i <= to;
      @ loop invariant claimed: all_claimed(claims, from, i);
      @ loop assigns i, claims[from .. to - 1];
      @ loop variant to - i;
      @*/
    for (size_t i = from; i < to; i++)
        claims[i] = 1;
    return 1;
}

/* The same for the extent of slot i, after those of all slots before it. */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, width) &&
  @     width == width_of(page);
  @ requires slot: i < slot_count_of(page) && ends_known(page, page_size, slot_count_of(page), ends);
  @ requires inside: extents_in_page(page, page_size, slot_count_of(page));
  @ requires claims: \valid(claims + (0 .. page_size - 1)) && marks_between(claims, 0, page_size);
  @ requires cover: claims_cover(page, page_size, i, claims);
  @ requires belong: claims_belong(page, page_size, i, claims);
  @ assigns claims[0 .. page_size - 1];
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @ ensures marks: marks_between(claims, 0, page_size);
  @ ensures apart: \result == 1 ==> apart_from(page, page_size, i, i);
  @ ensures meets: \result == 0 ==> meets_earlier(page, page_size, i);
  @ ensures cover: claims_cover(page, page_size, i + \result, claims);
  @ ensures belong: claims_belong(page, page_size, i + \result, claims);
  @*/
static int claim_extent(const uint8_t *page, size_t page_size, size_t width, const uint16_t *ends, size_t i,
                        int8_t *claims)
{
    size_t offset = slot_offset(page, page_size, width, i);
    /*@ assert own: all_in_extents(page, page_size, i + 1, offset, ends[i]); */
    /*@ assert later: claims_belong(page, page_size, i + 1, claims); */
    int claimed = claim(claims, offset, ends[i]);
    /*@ assert below: claims_kept{Pre, Here}(claims, 0, offset); */
    /*@ assert above: claims_kept{Pre, Here}(claims, ends[i], page_size); */
    /*@ assert earlier: claims_cover(page, page_size, i, claims); */
    /*@ assert mine: claimed == 1 ==> \forall integer b; in_extent(page, page_size, i, b) ==> claims[b] == 1; */
    return claimed;
}

size_t rule_overlap(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends, int8_t *claims)
{
    size_t width = slot_width(page_flags(page));
    clear_claims(claims, page_size);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant marks: marks_between(claims, 0, page_size);
      @ loop invariant cover: claims_cover(page, page_size, i, claims);
      @ loop invariant belong: claims_belong(page, page_size, i, claims);
      @ loop invariant apart: rule_8(page, page_size, i);
      @ loop assigns i, claims[0 .. page_size - 1];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        if (!claim_extent(page, page_size, width, ends, i, claims))
            return i;
    }
    return count;
}

size_t overlapped_slot(const uint8_t *page, size_t page_size, const uint16_t *ends, size_t slot)
{
    size_t width = slot_width(page_flags(page));
    size_t offset = slot_offset(page, page_size, width, slot);
    /*@ loop invariant range: 0 <= i <= slot;
      @ loop invariant apart: apart_from(page, page_size, i, slot);
      @ loop assigns i;
      @ loop variant slot - i;
      @*/
    for (size_t i = 0; i < slot; i++) {
        if (slot_offset(page, page_size, width, i) < ends[slot] && offset < ends[i])
            return i;
    }
    return slot;
}

int rule_holes(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends)
{
    size_t width = slot_width(page_flags(page));
    size_t used = 0;
    /*@ loop invariant range: 0 <= i <= count && 0 <= used <= i * PAGE_SIZE_MAX;
      @ loop invariant sum: used == extents_sum(page, page_size, i);
      @ loop assigns i, used;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++)
        used += ends[i] - slot_offset(page, page_size, width, i);
    if (width == SLOT_WIDTH_V1 && page_hole_bytes(page) != 0)
        return 0;
    return page_arena(page) + used + page_hole_bytes(page) == page_free_start(page);
}

/* 1 if each of page[from..to) that is not claimed is zero. */
/*@ requires readable: from <= to && \valid_read(page + (from .. to - 1)) && \valid_read(claims + (from .. to - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> unclaimed_zero(page, claims, from, to);
  @*/
static int unclaimed_are_zero(const uint8_t *page, const int8_t *claims, size_t from, size_t to)
{
    /*@ loop invariant range: from <= i <= to;
      @ loop invariant zero: unclaimed_zero(page, claims, from, i);
      @ loop assigns i;
      @ loop variant to - i;
      @*/
    for (size_t i = from; i < to; i++) {
        if (claims[i] == 0 && page[i] != 0)
            return 0;
    }
    return 1;
}

/* The same; chunks without a hole are passed over at once. */
/*@ requires readable: from <= to <= UINT16_MAX && \valid_read(page + (from .. to - 1)) &&
  @                    \valid_read(claims + (from .. to - 1));
  @ requires marks: marks_between(claims, from, to);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> unclaimed_zero(page, claims, from, to);
  @*/
static int holes_are_zero(const uint8_t *page, const int8_t *claims, size_t from, size_t to)
{
    size_t i = from;
    /*@ loop invariant range: from <= i <= to;
      @ loop invariant zero: unclaimed_zero(page, claims, from, i);
      @ loop assigns i;
      @ loop variant to - i;
      @*/
    for (; to - i >= CLAIM_CHUNK; i += CLAIM_CHUNK) {
        if (claimed_in_chunk(claims, i) != CLAIM_CHUNK && !unclaimed_are_zero(page, claims, i, i + CLAIM_CHUNK))
            return 0;
    }
    return unclaimed_are_zero(page, claims, i, to);
}

int rule_free_bytes(const uint8_t *page, const int8_t *claims)
{
    size_t free_start = page_free_start(page);
    return holes_are_zero(page, claims, page_arena(page), free_start) &&
           bytes_are_zero(page + free_start, page_free_end(page) - free_start);
}
