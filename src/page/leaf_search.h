/*
 * Search in leaves with plain records and slots V2 or V3, by binary search. V3
 * compares heads, and reads the keys of records only where heads tie.
 */
#ifndef QUIRE_PAGE_LEAF_SEARCH_H
#define QUIRE_PAGE_LEAF_SEARCH_H

#include "head_search.h"
#include "record.h"

/*
 * Rank of the first record whose key is at or after `key`; *found is 1 if it is
 * equal. The page passed page_check, and the key lies within its fences. Adds to
 * *decodes how many records' keys it read, at most as many as there are (QUIRE_PROFILE).
 */
/*@ requires page: page_readable(page, page_size);
  @ requires key: key_len <= PAGE_SIZE_MAX && \valid_read(key + (0 .. key_len - 1));
  @ requires searchable: searchable(page, page_size, width_of(page), key, key_len);
  @ requires writable: \valid(found) && \valid(decodes) && \separated(found, decodes);
  @ requires apart: \separated(found, page + (0 .. page_size - 1), key + (0 .. key_len - 1));
  @ requires counts: *decodes <= UINT32_MAX * UINT32_MAX;
  @ assigns *found, *decodes;
  @ ensures place: is_place(page, page_size, \result, *found, key, key_len);
  @ ensures counted: \old(*decodes) <= *decodes <= \old(*decodes) + slot_count_of(page);
  @*/
size_t leaf_search_counted(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len, int *found,
                           uint64_t *decodes);
/* The same without the count. */
/*@ requires page: page_readable(page, page_size);
  @ requires key: key_len <= PAGE_SIZE_MAX && \valid_read(key + (0 .. key_len - 1));
  @ requires searchable: searchable(page, page_size, width_of(page), key, key_len);
  @ requires writable: \valid(found);
  @ requires apart: \separated(found, page + (0 .. page_size - 1), key + (0 .. key_len - 1));
  @ assigns *found;
  @ ensures place: is_place(page, page_size, \result, *found, key, key_len);
  @*/
size_t leaf_search(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len, int *found);

#endif
