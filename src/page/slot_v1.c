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

/* A mark of 127 says "at least 127 bytes ahead", so that a step of 126 stays below the next offset. */
enum { MARK_FAR = 127 };

/* Marks 1 where a slot of V1 points below free_start, 0 elsewhere. */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, SLOT_WIDTH_V1);
  @ requires limit: free_start_of(page) <= page_size;
  @ requires marks: \valid(marks + (0 .. page_size - 1));
  @ assigns marks[0 .. page_size - 1];
  @ ensures marks: marks_offsets(page, page_size, slot_count_of(page), free_start_of(page), marks);
  @*/
static void v1_mark_offsets(const uint8_t *page, size_t page_size, int8_t *marks)
{
    size_t count = page_slot_count(page);
    size_t limit = page_free_start(page);
    /*@ loop invariant range: 0 <= x <= limit;
      @ loop invariant none: no_marks(marks, x);
      @ loop assigns x, marks[0 .. limit - 1];
      @ loop variant limit - x;
      @*/
    for (size_t x = 0; x < limit; x++)
        marks[x] = 0;
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant marks: marks_offsets(page, page_size, i, limit, marks);
      @ loop assigns i, marks[0 .. limit - 1];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, SLOT_WIDTH_V1, i);
        if (offset < limit)
            marks[offset] = 1;
    }
}

/* Turns marks into distances: marks[x] becomes the way from x to the next mark above it (or to limit), at most 127. */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, SLOT_WIDTH_V1);
  @ requires limit: free_start_of(page) <= page_size;
  @ requires writable: \valid(marks + (0 .. page_size - 1));
  @ requires marks: marks_offsets(page, page_size, slot_count_of(page), free_start_of(page), marks);
  @ assigns marks[0 .. page_size - 1];
  @ ensures lead: distances_lead(page, page_size, 0, free_start_of(page), marks);
  @*/
static void v1_marks_to_distances(const uint8_t *page, size_t page_size, int8_t *marks)
{
    size_t limit = page_free_start(page);
    size_t next = limit;
    (void)page_size; /* The contract alone speaks of it. */
    /*@ loop invariant range: 0 <= x <= limit && x <= next <= limit;
      @ loop invariant none: no_offset(page, page_size, slot_count_of(page), x, next);
      @ loop invariant next: next < limit ==> is_offset(page, page_size, slot_count_of(page), next);
      @ loop invariant marks: marks_offsets(page, page_size, slot_count_of(page), x, marks);
      @ loop invariant lead: distances_lead(page, page_size, x, limit, marks);
      @ loop assigns x, next, marks[0 .. limit - 1];
      @ loop variant x;
      @*/
    for (size_t x = limit; x > 0; x--) {
        size_t distance = next - (x - 1u);
        if (marks[x - 1u] != 0)
            next = x - 1u;
        /*@ assert leads: distance_leads(page, page_size, limit, x - 1, \min(distance, MARK_FAR)); */
        marks[x - 1u] = (int8_t)(distance < MARK_FAR ? distance : MARK_FAR);
    }
}

/* The end of a slot, by the distances; offsets that lie far apart are crossed in steps. */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, SLOT_WIDTH_V1);
  @ requires width: slot_width_of(page[HEADER_FLAGS]) == SLOT_WIDTH_V1;
  @ requires slot: slot < slot_count_of(page);
  @ requires distances: free_start_of(page) <= page_size && \valid_read(distances + (0 .. page_size - 1));
  @ requires lead: distances_lead(page, page_size, 0, free_start_of(page), distances);
  @ assigns \nothing;
  @ ensures end: \result == extent_end(page, page_size, slot) <= UINT16_MAX;
  @*/
static size_t v1_end_by_distance(const uint8_t *page, size_t page_size, const int8_t *distances, size_t slot)
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
    return x + (size_t)distances[x];
}

void v1_ends(const uint8_t *page, size_t page_size, uint16_t *ends, int8_t *marks)
{
    size_t count = page_slot_count(page);
    v1_mark_offsets(page, page_size, marks);
    v1_marks_to_distances(page, page_size, marks);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant ends: ends_are(page, page_size, i, ends);
      @ loop assigns i, ends[0 .. count - 1];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++)
        ends[i] = (uint16_t)v1_end_by_distance(page, page_size, marks, i);
}
