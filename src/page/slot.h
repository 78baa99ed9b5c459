/*
 * The slot directory in its three versions. Slot i stands at a fixed distance
 * from the page's end, so that its address does not depend on the slot count:
 *
 *      free_end                        page_size
 *        | slot k-1 | ... | slot 1 | slot 0 |
 *
 * V1 holds an offset (2 bytes), V2 offset and length (4), V3 offset, length and
 * the key's head (8). A page reaches these functions after page_check, except
 * where a comment says that any bytes will do.
 */
#ifndef QUIRE_PAGE_SLOT_H
#define QUIRE_PAGE_SLOT_H

#include "header.h"

struct extent {
    size_t offset;
    size_t length;
};

/* Bytes a slot takes: 2, 4 or 8 by the flags' slot version; 0 for the illegal version. Any flags. */
/*@ assigns \nothing;
  @ ensures width: \result == slot_width_of(flags);
  @*/
static inline size_t slot_width(uint8_t flags)
{
    size_t version = flags / 2u % 4u;
    if (version == 0)
        return SLOT_WIDTH_V1;
    if (version == 1)
        return SLOT_WIDTH_V2;
    if (version == 2)
        return SLOT_WIDTH_V3;
    return 0;
}

/*@ requires place: page_size <= PAGE_SIZE_MAX && slot_in_page(page_size, width, slot);
  @ assigns \nothing;
  @ ensures place: \result == slot_address(page_size, width, slot);
  @*/
static inline size_t slot_at(size_t page_size, size_t width, size_t slot)
{
    return page_size - width * (slot + 1u);
}

/* V2 and V3. */
/*@ requires page: page_readable(page, page_size);
  @ requires place: slot_in_page(page_size, width, slot);
  @ assigns \nothing;
  @ ensures value: \result == slot_offset_of(page, page_size, width, slot);
  @*/
static inline size_t slot_offset(const uint8_t *page, size_t page_size, size_t width, size_t slot)
{
    return load16(page + slot_at(page_size, width, slot));
}
/*@ requires page: page_readable(page, page_size);
  @ requires place: slot_in_page(page_size, width, slot) && width != SLOT_WIDTH_V1;
  @ assigns \nothing;
  @ ensures value: \result == slot_length_of(page, page_size, width, slot);
  @*/
static inline size_t slot_length(const uint8_t *page, size_t page_size, size_t width, size_t slot)
{
    return load16(page + slot_at(page_size, width, slot) + 2);
}
/* V3: the head as the number that orders like its bytes. */
/*@ requires page: page_readable(page, page_size);
  @ requires place: slot_in_page(page_size, SLOT_WIDTH_V3, slot);
  @ assigns \nothing;
  @ ensures value: \result == slot_head_of(page, page_size, slot);
  @*/
static inline uint32_t slot_head(const uint8_t *page, size_t page_size, size_t slot)
{
    return load32_big(page + slot_at(page_size, SLOT_WIDTH_V3, slot) + SLOT_HEAD);
}

/* Where the record of `slot` stands, for any version. V1 looks at every slot for the next higher offset: O(slots). */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, slot_width_of(page[HEADER_FLAGS]));
  @ requires slot: slot < slot_count_of(page);
  @ assigns \nothing;
  @ ensures offset: \result.offset == slot_offset_of(page, page_size, slot_width_of(page[HEADER_FLAGS]), slot);
  @ ensures length: slot_width_of(page[HEADER_FLAGS]) != SLOT_WIDTH_V1 ==>
  @                 \result.length == slot_length_of(page, page_size, slot_width_of(page[HEADER_FLAGS]), slot);
  @ ensures v1: slot_width_of(page[HEADER_FLAGS]) == SLOT_WIDTH_V1 && \result.offset < free_start_of(page) ==>
  @     \result.offset + \result.length == extent_end(page, page_size, slot);
  @*/
struct extent slot_extent(const uint8_t *page, size_t page_size, size_t slot);

/*
 * Extents of all slots of a page of any version in one pass: ends[i] is the end
 * of slot i. For V1 through a table of page_size `marks`, whatever they hold before.
 * Linear in page size. `ends` holds slot_count numbers.
 */
/*@ requires page: page_readable(page, page_size);
  @ requires directory: directory_in_page(page, page_size, slot_width_of(page[HEADER_FLAGS]));
  @ requires limit: free_start_of(page) <= page_size;
  @ requires ends: \valid(ends + (0 .. slot_count_of(page) - 1));
  @ requires marks: \valid(marks + (0 .. page_size - 1));
  @ requires apart: \separated(page + (0 .. page_size - 1), ends + (0 .. slot_count_of(page) - 1),
  @                             marks + (0 .. page_size - 1));
  @ assigns ends[0 .. slot_count_of(page) - 1], marks[0 .. page_size - 1];
  @ ensures ends: ends_are(page, page_size, slot_count_of(page), ends);
  @*/
void slot_ends(const uint8_t *page, size_t page_size, uint16_t *ends, int8_t *marks);

/*
 * V2 and V3: opens slot `slot` by moving the slots from it on down, and fills
 * it; raises slot_count, lowers free_end. The `width` bytes below free_end must
 * be free (zero). `head` is used in V3 only.
 */
/*@ requires page: page_writable(page, page_size);
  @ requires width: width == SLOT_WIDTH_V2 || width == SLOT_WIDTH_V3;
  @ requires slot: slot <= slot_count_of(page) && slot_in_page(page_size, width, slot_count_of(page));
  @ requires extent: offset <= UINT16_MAX && length <= UINT16_MAX;
  @ assigns page[HEADER_SLOT_COUNT .. HEADER_SLOT_COUNT + 1], page[HEADER_FREE_END .. HEADER_FREE_END + 1],
  @         page[slot_address(page_size, width, slot_count_of(page)) .. slot_address(page_size, width, slot) + width - 1];
  @ ensures count: slot_count_of(page) == \old(slot_count_of(page)) + 1;
  @ ensures free_end: free_end_of(page) == directory_start(page_size, width, slot_count_of(page));
  @ ensures before: slots_kept{Pre, Post}(page, page_size, width, 0, slot, 0);
  @ ensures after: slots_kept{Pre, Post}(page, page_size, width, slot, \old(slot_count_of(page)), 1);
  @ ensures offset: slot_offset_of(page, page_size, width, slot) == offset;
  @ ensures length: slot_length_of(page, page_size, width, slot) == length;
  @ ensures head: width == SLOT_WIDTH_V3 ==> slot_head_of(page, page_size, slot) == head;
  @*/
void slot_insert(uint8_t *page, size_t page_size, size_t width, size_t slot, size_t offset, size_t length,
                 uint32_t head);
/* Closes slot `slot`: moves the later ones up and zeroes what they leave. */
/*@ requires page: page_writable(page, page_size);
  @ requires width: width == SLOT_WIDTH_V2 || width == SLOT_WIDTH_V3;
  @ requires slot: slot < slot_count_of(page) && directory_in_page(page, page_size, width);
  @ assigns page[HEADER_SLOT_COUNT .. HEADER_SLOT_COUNT + 1], page[HEADER_FREE_END .. HEADER_FREE_END + 1],
  @         page[directory_start(page_size, width, slot_count_of(page)) .. slot_address(page_size, width, slot) + width - 1];
  @ ensures count: slot_count_of(page) == \old(slot_count_of(page)) - 1;
  @ ensures free_end: free_end_of(page) == directory_start(page_size, width, slot_count_of(page));
  @ ensures before: slots_kept{Pre, Post}(page, page_size, width, 0, slot, 0);
  @ ensures after: slots_closed{Pre, Post}(page, page_size, width, slot, \old(slot_count_of(page)));
  @ ensures freed: range_zero(page, \old(directory_start(page_size, width, slot_count_of(page))), free_end_of(page));
  @*/
void slot_remove(uint8_t *page, size_t page_size, size_t width, size_t slot);
/*@ requires page: page_writable(page, page_size);
  @ requires width: width == SLOT_WIDTH_V2 || width == SLOT_WIDTH_V3;
  @ requires slot: slot_in_page(page_size, width, slot);
  @ requires extent: offset <= UINT16_MAX && length <= UINT16_MAX;
  @ assigns page[slot_address(page_size, width, slot) .. slot_address(page_size, width, slot) + 3];
  @ ensures offset: slot_offset_of(page, page_size, width, slot) == offset;
  @ ensures length: slot_length_of(page, page_size, width, slot) == length;
  @*/
void slot_set_extent(uint8_t *page, size_t page_size, size_t width, size_t slot, size_t offset, size_t length);
/*@ requires page: page_writable(page, page_size);
  @ requires slot: slot_in_page(page_size, SLOT_WIDTH_V3, slot);
  @ assigns page[page_size - 8 * slot - 4 .. page_size - 8 * slot - 1];
  @ ensures head: slot_head_of(page, page_size, slot) == head;
  @*/
void slot_set_head(uint8_t *page, size_t page_size, size_t slot, uint32_t head);

/* The key's four bytes after its first prefix_len ones, zero-padded, as the number that orders like them. */
/*@ requires key: \valid_read(key + (0 .. key_len - 1));
  @ requires length: prefix_len <= PAGE_SIZE_MAX;
  @ assigns \nothing;
  @ ensures value: \result == head_number(key, key_len, prefix_len);
  @*/
static inline uint32_t key_head(const uint8_t *key, size_t key_len, size_t prefix_len)
{
    if (key_len >= prefix_len + SLOT_HEAD_SIZE)
        return load32_big(key + prefix_len);
    uint32_t first = key_len > prefix_len ? key[prefix_len] : 0;
    uint32_t second = key_len > prefix_len + 1u ? key[prefix_len + 1u] : 0;
    uint32_t third = key_len > prefix_len + 2u ? key[prefix_len + 2u] : 0;
    return first * 16777216u + second * 65536u + third * 256u;
}

#endif
