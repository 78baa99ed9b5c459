/*
 * Where the extents of a V1 page end. A V1 slot has no length: its record ends
 * where the next one begins, at the least offset above its own, or at free_start.
 */
#ifndef QUIRE_PAGE_SLOT_V1_H
#define QUIRE_PAGE_SLOT_V1_H

#include "slot.h"

/* The least offset of any slot that is above `offset`, or free_start. */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, SLOT_WIDTH_V1);
  @ assigns \nothing;
  @ ensures least: \result == v1_least(page, page_size, slot_count_of(page), free_start_of(page), offset);
  @ ensures above: offset < free_start_of(page) ==> offset < \result;
  @*/
size_t v1_end(const uint8_t *page, size_t page_size, size_t offset);

/* The ends of all extents at once, in time that does not depend on the slot count squared; any bytes, but P6 holds. */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, SLOT_WIDTH_V1);
  @ requires width: slot_width_of(page[HEADER_FLAGS]) == SLOT_WIDTH_V1;
  @ requires limit: free_start_of(page) <= page_size;
  @ requires writable: \valid(marks + (0 .. page_size - 1)) && \valid(ends + (0 .. slot_count_of(page) - 1));
  @ requires apart: \separated(page + (0 .. page_size - 1), ends + (0 .. slot_count_of(page) - 1),
  @                             marks + (0 .. page_size - 1));
  @ assigns ends[0 .. slot_count_of(page) - 1], marks[0 .. page_size - 1];
  @ ensures ends: ends_are(page, page_size, slot_count_of(page), ends);
  @*/
void v1_ends(const uint8_t *page, size_t page_size, uint16_t *ends, int8_t *marks);

#endif
