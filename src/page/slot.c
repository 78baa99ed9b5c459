/*
 * The slot directory. Its invariant is rule P6: slot_count slots of one width
 * stand below the page's end, slot i at page_size - width * (i + 1), and
 * free_end is the address of the last one. Inserting and removing move the
 * slots behind the place by one width, with a constant distance, so that the
 * loops are plain shifts; an insert behind the last slot moves nothing.
 */
#include "slot.h"
#include "slot_v1.h"

struct extent slot_extent(const uint8_t *page, size_t page_size, size_t slot)
{
    struct extent extent;
    size_t width = slot_width(page_flags(page));
    extent.offset = slot_offset(page, page_size, width, slot);
    if (width == SLOT_WIDTH_V1) {
        size_t end = v1_end(page, page_size, extent.offset);
        extent.length = end > extent.offset ? end - extent.offset : 0;
    } else {
        extent.length = slot_length(page, page_size, width, slot);
    }
    return extent;
}

void slot_ends(const uint8_t *page, size_t page_size, uint16_t *ends, int8_t *marks)
{
    size_t width = slot_width(page_flags(page));
    size_t count = page_slot_count(page);
    if (width == SLOT_WIDTH_V1) {
        v1_ends(page, page_size, ends, marks);
        return;
    }
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant ends: ends_are(page, page_size, i, ends);
      @ loop assigns i, ends[0 .. count - 1];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        size_t end = slot_offset(page, page_size, width, i) + slot_length(page, page_size, width, i);
        ends[i] = (uint16_t)(end < UINT16_MAX ? end : UINT16_MAX);
    }
}

/*
 * The four moves: the bytes [from, to) take what stands one slot above them, or
 * give to where one slot above them is. The distance is a constant in each, so
 * that compilers know the loop.
 */
/*@ requires bytes: \valid(page + (from .. to + 3)) && from <= to <= PAGE_SIZE_MAX;
  @ assigns page[from .. to - 1];
  @ ensures moved: shifted_down{Pre, Post}(page, from, to, 4);
  @*/
static void move_slots_down_v2(uint8_t *page, size_t from, size_t to)
{
    /*@ loop invariant range: from <= x <= to;
      @ loop invariant moved: shifted_down{Pre, Here}(page, from, x, 4);
      @ loop invariant ahead: range_moved{Pre, Here}(page, page, x, to + 4);
      @ loop assigns x, page[from .. to - 1];
      @ loop variant to - x;
      @*/
    for (size_t x = from; x < to; x++)
        page[x] = page[x + SLOT_WIDTH_V2];
}

/*@ requires bytes: \valid(page + (from .. to + 7)) && from <= to <= PAGE_SIZE_MAX;
  @ assigns page[from .. to - 1];
  @ ensures moved: shifted_down{Pre, Post}(page, from, to, 8);
  @*/
static void move_slots_down_v3(uint8_t *page, size_t from, size_t to)
{
    /*@ loop invariant range: from <= x <= to;
      @ loop invariant moved: shifted_down{Pre, Here}(page, from, x, 8);
      @ loop invariant ahead: range_moved{Pre, Here}(page, page, x, to + 8);
      @ loop assigns x, page[from .. to - 1];
      @ loop variant to - x;
      @*/
    for (size_t x = from; x < to; x++)
        page[x] = page[x + SLOT_WIDTH_V3];
}

/*@ requires bytes: \valid(page + (from .. to + 3)) && from <= to <= PAGE_SIZE_MAX;
  @ assigns page[from + 4 .. to + 3];
  @ ensures moved: shifted_up{Pre, Post}(page, from + 4, to + 4, 4);
  @*/
static void move_slots_up_v2(uint8_t *page, size_t from, size_t to)
{
    /*@ loop invariant range: from <= x <= to;
      @ loop invariant moved: shifted_up{Pre, Here}(page, x + 4, to + 4, 4);
      @ loop invariant below: range_moved{Pre, Here}(page, page, from, x + 4);
      @ loop assigns x, page[from + 4 .. to + 3];
      @ loop variant x;
      @*/
    for (size_t x = to; x > from; x--)
        page[x + (SLOT_WIDTH_V2 - 1u)] = page[x - 1u];
}

/*@ requires bytes: \valid(page + (from .. to + 7)) && from <= to <= PAGE_SIZE_MAX;
  @ assigns page[from + 8 .. to + 7];
  @ ensures moved: shifted_up{Pre, Post}(page, from + 8, to + 8, 8);
  @*/
static void move_slots_up_v3(uint8_t *page, size_t from, size_t to)
{
    /*@ loop invariant range: from <= x <= to;
      @ loop invariant moved: shifted_up{Pre, Here}(page, x + 8, to + 8, 8);
      @ loop invariant below: range_moved{Pre, Here}(page, page, from, x + 8);
      @ loop assigns x, page[from + 8 .. to + 7];
      @ loop variant x;
      @*/
    for (size_t x = to; x > from; x--)
        page[x + (SLOT_WIDTH_V3 - 1u)] = page[x - 1u];
}

/*@ requires page: page_writable(page, page_size);
  @ requires count: slot_width_legal(width) && HEADER_SIZE <= directory_start(page_size, width, count);
  @ assigns page[HEADER_SLOT_COUNT .. HEADER_SLOT_COUNT + 1], page[HEADER_FREE_END .. HEADER_FREE_END + 1];
  @ ensures count: slot_count_of(page) == count;
  @ ensures free_end: free_end_of(page) == directory_start(page_size, width, count);
  @*/
static void set_slot_count(uint8_t *page, size_t page_size, size_t width, size_t count)
{
    store16(page + HEADER_SLOT_COUNT, (uint16_t)count);
    store16(page + HEADER_FREE_END, (uint16_t)(page_size - width * count));
}

/*@ requires page: page_writable(page, page_size);
  @ requires slot: slot <= slot_count_of(page) && slot_in_page(page_size, SLOT_WIDTH_V2, slot_count_of(page));
  @ requires extent: offset <= UINT16_MAX && length <= UINT16_MAX;
  @ assigns page[HEADER_SLOT_COUNT .. HEADER_SLOT_COUNT + 1], page[HEADER_FREE_END .. HEADER_FREE_END + 1],
  @         page[slot_address(page_size, SLOT_WIDTH_V2, slot_count_of(page)) .. slot_address(page_size, SLOT_WIDTH_V2, slot) + 3];
  @ ensures count: slot_count_of(page) == \old(slot_count_of(page)) + 1;
  @ ensures free_end: free_end_of(page) == directory_start(page_size, SLOT_WIDTH_V2, slot_count_of(page));
  @ ensures before: range_moved{Pre, Post}(page, page, slot_address(page_size, SLOT_WIDTH_V2, slot) + 4, page_size);
  @ ensures after: shifted_down{Pre, Post}(page, slot_address(page_size, SLOT_WIDTH_V2, \old(slot_count_of(page))),
  @                                        slot_address(page_size, SLOT_WIDTH_V2, slot), 4);
  @ ensures offset: slot_offset_of(page, page_size, SLOT_WIDTH_V2, slot) == offset;
  @ ensures length: slot_length_of(page, page_size, SLOT_WIDTH_V2, slot) == length;
  @*/
static void insert_slot_v2(uint8_t *page, size_t page_size, size_t slot, size_t offset, size_t length)
{
    size_t count = page_slot_count(page);
    move_slots_down_v2(page, page_size - SLOT_WIDTH_V2 * (count + 1u), page_size - SLOT_WIDTH_V2 * (slot + 1u));
    set_slot_count(page, page_size, SLOT_WIDTH_V2, count + 1u);
    slot_set_extent(page, page_size, SLOT_WIDTH_V2, slot, offset, length);
}

/*@ requires page: page_writable(page, page_size);
  @ requires slot: slot <= slot_count_of(page) && slot_in_page(page_size, SLOT_WIDTH_V3, slot_count_of(page));
  @ requires extent: offset <= UINT16_MAX && length <= UINT16_MAX;
  @ assigns page[HEADER_SLOT_COUNT .. HEADER_SLOT_COUNT + 1], page[HEADER_FREE_END .. HEADER_FREE_END + 1],
  @         page[slot_address(page_size, SLOT_WIDTH_V3, slot_count_of(page)) .. slot_address(page_size, SLOT_WIDTH_V3, slot) + 7];
  @ ensures count: slot_count_of(page) == \old(slot_count_of(page)) + 1;
  @ ensures free_end: free_end_of(page) == directory_start(page_size, SLOT_WIDTH_V3, slot_count_of(page));
  @ ensures before: range_moved{Pre, Post}(page, page, slot_address(page_size, SLOT_WIDTH_V3, slot) + 8, page_size);
  @ ensures after: shifted_down{Pre, Post}(page, slot_address(page_size, SLOT_WIDTH_V3, \old(slot_count_of(page))),
  @                                        slot_address(page_size, SLOT_WIDTH_V3, slot), 8);
  @ ensures offset: slot_offset_of(page, page_size, SLOT_WIDTH_V3, slot) == offset;
  @ ensures length: slot_length_of(page, page_size, SLOT_WIDTH_V3, slot) == length;
  @ ensures head: slot_head_of(page, page_size, slot) == head;
  @*/
static void insert_slot_v3(uint8_t *page, size_t page_size, size_t slot, size_t offset, size_t length, uint32_t head)
{
    size_t count = page_slot_count(page);
    move_slots_down_v3(page, page_size - SLOT_WIDTH_V3 * (count + 1u), page_size - SLOT_WIDTH_V3 * (slot + 1u));
    //@ assert moved: shifted_down{Pre, Here}(page, page_size - 8 * count - 8, page_size - 8 * slot - 8, 8);
    set_slot_count(page, page_size, SLOT_WIDTH_V3, count + 1u);
    //@ assert still_moved: shifted_down{Pre, Here}(page, page_size - 8 * count - 8, page_size - 8 * slot - 8, 8);
    slot_set_extent(page, page_size, SLOT_WIDTH_V3, slot, offset, length);
    //@ assert moved_with_extent: shifted_down{Pre, Here}(page, page_size - 8 * count - 8, page_size - 8 * slot - 8, 8);
    slot_set_head(page, page_size, slot, head);
}

/*@ requires page: page_writable(page, page_size);
  @ requires slot: slot < slot_count_of(page) && directory_in_page(page, page_size, SLOT_WIDTH_V2);
  @ assigns page[HEADER_SLOT_COUNT .. HEADER_SLOT_COUNT + 1], page[HEADER_FREE_END .. HEADER_FREE_END + 1],
  @         page[directory_start(page_size, SLOT_WIDTH_V2, slot_count_of(page)) .. slot_address(page_size, SLOT_WIDTH_V2, slot) + 3];
  @ ensures count: slot_count_of(page) == \old(slot_count_of(page)) - 1;
  @ ensures free_end: free_end_of(page) == directory_start(page_size, SLOT_WIDTH_V2, slot_count_of(page));
  @ ensures before: range_moved{Pre, Post}(page, page, slot_address(page_size, SLOT_WIDTH_V2, slot) + 4, page_size);
  @ ensures after: slots_closed{Pre, Post}(page, page_size, SLOT_WIDTH_V2, slot, \old(slot_count_of(page)));
  @ ensures freed: range_zero(page, \old(directory_start(page_size, SLOT_WIDTH_V2, slot_count_of(page))), free_end_of(page));
  @*/
static void remove_slot_v2(uint8_t *page, size_t page_size, size_t slot)
{
    size_t count = page_slot_count(page);
    size_t last = page_size - SLOT_WIDTH_V2 * count;
    move_slots_up_v2(page, last, page_size - SLOT_WIDTH_V2 * (slot + 1u));
    bytes_zero_range(page, last, last + SLOT_WIDTH_V2);
    set_slot_count(page, page_size, SLOT_WIDTH_V2, count - 1u);
    //@ assert moved: shifted_up{Pre, Here}(page, page_size - 4 * count + 4, page_size - 4 * slot, 4);
}

/*@ requires page: page_writable(page, page_size);
  @ requires slot: slot < slot_count_of(page) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ assigns page[HEADER_SLOT_COUNT .. HEADER_SLOT_COUNT + 1], page[HEADER_FREE_END .. HEADER_FREE_END + 1],
  @         page[directory_start(page_size, SLOT_WIDTH_V3, slot_count_of(page)) .. slot_address(page_size, SLOT_WIDTH_V3, slot) + 7];
  @ ensures count: slot_count_of(page) == \old(slot_count_of(page)) - 1;
  @ ensures free_end: free_end_of(page) == directory_start(page_size, SLOT_WIDTH_V3, slot_count_of(page));
  @ ensures before: range_moved{Pre, Post}(page, page, slot_address(page_size, SLOT_WIDTH_V3, slot) + 8, page_size);
  @ ensures after: slots_closed{Pre, Post}(page, page_size, SLOT_WIDTH_V3, slot, \old(slot_count_of(page)));
  @ ensures freed: range_zero(page, \old(directory_start(page_size, SLOT_WIDTH_V3, slot_count_of(page))), free_end_of(page));
  @*/
static void remove_slot_v3(uint8_t *page, size_t page_size, size_t slot)
{
    size_t count = page_slot_count(page);
    size_t last = page_size - SLOT_WIDTH_V3 * count;
    move_slots_up_v3(page, last, page_size - SLOT_WIDTH_V3 * (slot + 1u));
    bytes_zero_range(page, last, last + SLOT_WIDTH_V3);
    set_slot_count(page, page_size, SLOT_WIDTH_V3, count - 1u);
    //@ assert moved: shifted_up{Pre, Here}(page, page_size - 8 * count + 8, page_size - 8 * slot, 8);
}

void slot_insert(uint8_t *page, size_t page_size, size_t width, size_t slot, size_t offset, size_t length,
                 uint32_t head)
{
    if (width == SLOT_WIDTH_V3)
        insert_slot_v3(page, page_size, slot, offset, length, head);
    else
        insert_slot_v2(page, page_size, slot, offset, length);
}

void slot_remove(uint8_t *page, size_t page_size, size_t width, size_t slot)
{
    if (width == SLOT_WIDTH_V3)
        remove_slot_v3(page, page_size, slot);
    else
        remove_slot_v2(page, page_size, slot);
}

void slot_set_extent(uint8_t *page, size_t page_size, size_t width, size_t slot, size_t offset, size_t length)
{
    uint8_t *p = page + slot_at(page_size, width, slot);
    store16(p, (uint16_t)offset);
    store16(p + 2, (uint16_t)length);
}

void slot_set_head(uint8_t *page, size_t page_size, size_t slot, uint32_t head)
{
    store32_big(page + (slot_at(page_size, SLOT_WIDTH_V3, slot) + SLOT_HEAD), head);
}
