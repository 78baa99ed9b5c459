/*
 * What a branch page says, and the search in it. A page reaches these functions
 * after page_check: rules P6, P7, P11, P14 and P15 hold.
 */
#ifndef QUIRE_PAGE_BRANCH_SEARCH_H
#define QUIRE_PAGE_BRANCH_SEARCH_H

#include "head_search.h"

/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ requires children: have_children(page, page_size, slot_count_of(page));
  @ requires slot: slot < slot_count_of(page);
  @ assigns \nothing;
  @ ensures child: \result == child_of(page, page_size, slot);
  @*/
uint32_t branch_child(const uint8_t *page, size_t page_size, size_t slot);
/* Separator of a slot > 0; of slot 0: empty. Points into the page. */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ requires children: have_children(page, page_size, slot_count_of(page));
  @ requires slot: slot < slot_count_of(page);
  @ requires writable: \valid(length) && \separated(length, page + (0 .. page_size - 1));
  @ assigns *length, \result \from page, page_size, slot, page[0 .. page_size - 1];
  @ ensures separator: \result == separator_of(page, page_size, slot);
  @ ensures length: *length == separator_len_of(page, page_size, slot);
  @ ensures inside: \valid_read(\result + (0 .. *length - 1)) && *length <= page_size;
  @*/
const uint8_t *branch_separator(const uint8_t *page, size_t page_size, size_t slot, size_t *length);
/* Slot of the child whose bracket holds `key` (which lies within the fences): the last separator at or below it. */
/*@ requires page: page_readable(page, page_size);
  @ requires key: key_len <= PAGE_SIZE_MAX && \valid_read(key + (0 .. key_len - 1));
  @ requires searchable: branch_searchable(page, page_size, key, key_len);
  @ assigns \nothing;
  @ ensures child: is_child_slot(page, page_size, \result, key, key_len);
  @*/
size_t branch_search(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len);

#endif
