/*
 * The ends of V1's extents. One slot's end is found by a look at every slot; all
 * of them by marks: one byte of scratch for each byte of the page says whether
 * a slot points there, and then how far it is to the next one that does.
 */
#include "slot_v1.h"

size_t v1_end(const uint8_t *page, size_t page_size, size_t offset)
{
    size_t count = page_slot_count(page);
    size_t end = page_free_start(page);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant least: end == v1_least(page, page_size, i, free_start_of(page), offset);
      @ loop invariant above: offset < free_start_of(page) ==> offset < end;
      @ loop assigns i, end;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        size_t other = slot_offset(page, page_size, SLOT_WIDTH_V1, i);
        if (offset < other && other < end)
            end = other;
    }
    return end;
}

/* A mark of 255 says "at least 255 bytes ahead", so that a step of 254 stays below the next offset. */
enum { MARK_FAR = 255 };

/* Marks 1 where a slot of V1 points below free_start, 0 elsewhere. */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, SLOT_WIDTH_V1);
  @ requires limit: free_start_of(page) <= page_size;
  @ requires marks: \valid(marks + (0 .. page_size));
  @ requires apart: \separated(page + (0 .. page_size - 1), marks + (0 .. page_size));
  @ assigns marks[0 .. free_start_of(page)];
  @ ensures marks: marks_offsets{Post, Post}(page, page_size, slot_count_of(page), free_start_of(page), marks);
  @*/
static void v1_mark_offsets(const uint8_t *page, size_t page_size, uint8_t *marks)
{
    size_t count = page_slot_count(page);
    size_t limit = page_free_start(page);
    bytes_zero(marks, limit + 1u);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant marks: marks_offsets{Pre, Here}(page, page_size, i, limit, marks);
      @ loop assigns i, marks[0 .. limit];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, SLOT_WIDTH_V1, i);
        if (offset < limit)
            marks[offset] = 1;
    }
    /*@ assert page: range_moved{Pre, Here}(page, page, 0, page_size); */
}

/* Turns marks into distances: marks[x] becomes the way from x to the next mark above it (or to limit), at most 255. */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, SLOT_WIDTH_V1);
  @ requires limit: free_start_of(page) <= page_size;
  @ requires writable: \valid(marks + (0 .. page_size));
  @ requires apart: \separated(page + (0 .. page_size - 1), marks + (0 .. page_size));
  @ requires marks: marks_offsets{Here, Here}(page, page_size, slot_count_of(page), free_start_of(page), marks);
  @ assigns marks[0 .. free_start_of(page)];
  @ ensures lead: distances_lead{Post, Post}(page, page_size, 0, free_start_of(page), marks);
  @*/
static void v1_marks_to_distances(const uint8_t *page, size_t page_size, uint8_t *marks)
{
    size_t limit = page_free_start(page);
    size_t next = limit;
    (void)page_size; /* The contract alone speaks of it. */
    /*@ loop invariant range: 0 <= x <= limit && x <= next <= limit;
      @ loop invariant none: no_offset{Pre}(page, page_size, slot_count_of{Pre}(page), x, next);
      @ loop invariant next: next < limit ==> is_offset{Pre}(page, page_size, slot_count_of{Pre}(page), next);
      @ loop invariant marks: marks_offsets{Pre, Here}(page, page_size, slot_count_of{Pre}(page), x, marks);
      @ loop invariant lead: distances_lead{Pre, Here}(page, page_size, x, limit, marks);
      @ loop assigns x, next, marks[0 .. limit];
      @ loop variant x;
      @*/
    for (size_t x = limit; x > 0; x--) {
        size_t distance = next - (x - 1u);
        if (marks[x - 1u] != 0)
            next = x - 1u;
        /*@ assert leads: distance_leads{Pre}(page, page_size, limit, x - 1, \min(distance, MARK_FAR)); */
        marks[x - 1u] = (uint8_t)(distance < MARK_FAR ? distance : MARK_FAR);
    }
    /*@ assert page: range_moved{Pre, Here}(page, page, 0, page_size); */
}

/* The end of a slot, by the distances; offsets that lie far apart are crossed in steps. */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, SLOT_WIDTH_V1);
  @ requires width: slot_width_of(page[HEADER_FLAGS]) == SLOT_WIDTH_V1;
  @ requires slot: slot < slot_count_of(page);
  @ requires distances: free_start_of(page) <= page_size && \valid_read(distances + (0 .. page_size));
  @ requires lead: distances_lead{Here, Here}(page, page_size, 0, free_start_of(page), distances);
  @ assigns \nothing;
  @ ensures end: \result == extent_end(page, page_size, slot) <= UINT16_MAX;
  @*/
static size_t v1_end_by_distance(const uint8_t *page, size_t page_size, const uint8_t *distances, size_t slot)
{
    size_t offset = slot_offset(page, page_size, SLOT_WIDTH_V1, slot);
    size_t limit = page_free_start(page);
    size_t x = offset;
    if (offset >= limit)
        return offset;
    /*@ loop invariant range: offset <= x < limit;
      @ loop invariant none: no_offset(page, page_size, slot_count_of(page), offset + 1, x + 1);
      @ loop assigns x;
      @ loop variant limit - x;
      @*/
    while (distances[x] == MARK_FAR)
        x += MARK_FAR - 1u;
    /*@ assert none: no_offset(page, page_size, slot_count_of(page), offset + 1, x + distances[x]); */
    /*@ assert least: v1_end_of(page, page_size, slot_count_of(page), limit, offset, x + distances[x]); */
    return x + distances[x];
}

void v1_ends(const uint8_t *page, size_t page_size, uint16_t *ends, uint8_t *scratch)
{
    size_t count = page_slot_count(page);
    v1_mark_offsets(page, page_size, scratch);
    v1_marks_to_distances(page, page_size, scratch);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant ends: ends_are(page, page_size, i, ends);
      @ loop assigns i, ends[0 .. count - 1];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++)
        ends[i] = (uint16_t)v1_end_by_distance(page, page_size, scratch, i);
}
