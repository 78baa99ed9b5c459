/* The two fields of the header in which the allocator keeps its account of free bytes: free_start and hole_bytes. */
#ifndef QUIRE_PAGE_SPACE_FIELDS_H
#define QUIRE_PAGE_SPACE_FIELDS_H

#include "header.h"

/*@ requires header: \valid(page + (0 .. HEADER_SIZE - 1)) && free_start <= UINT16_MAX;
  @ assigns page[HEADER_FREE_START .. HEADER_FREE_START + 1];
  @ ensures value: free_start_of(page) == free_start;
  @*/
static inline void set_free_start(uint8_t *page, size_t free_start)
{
    store16(page + HEADER_FREE_START, (uint16_t)free_start);
}

/*@ requires header: \valid(page + (0 .. HEADER_SIZE - 1)) && hole_bytes <= UINT16_MAX;
  @ assigns page[HEADER_HOLE_BYTES .. HEADER_HOLE_BYTES + 1];
  @ ensures value: u16(page + HEADER_HOLE_BYTES) == hole_bytes;
  @*/
static inline void set_hole_bytes(uint8_t *page, size_t hole_bytes)
{
    store16(page + HEADER_HOLE_BYTES, (uint16_t)hole_bytes);
}

/* The gap stands between free_start and free_end. */
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1)) && free_start_of(page) <= free_end_of(page);
  @ assigns \nothing;
  @ ensures value: \result == free_end_of(page) - free_start_of(page);
  @*/
static inline size_t gap_bytes(const uint8_t *page)
{
    return page_free_end(page) - page_free_start(page);
}

/* Takes the gap's first bytes, and answers where they are. */
/*@ requires header: \valid(page + (0 .. HEADER_SIZE - 1)) && free_start_of(page) + length <= UINT16_MAX;
  @ assigns page[HEADER_FREE_START .. HEADER_FREE_START + 1];
  @ ensures place: \result == \old(free_start_of(page));
  @ ensures taken: free_start_of(page) == \result + length;
  @*/
static inline size_t take_from_gap(uint8_t *page, size_t length)
{
    size_t offset = page_free_start(page);
    set_free_start(page, offset + length);
    return offset;
}

#endif
