/*
 * The page header: legal sizes, empty pages, and the checksum's value. A new
 * page satisfies every rule of its kind that an empty page can satisfy; fields
 * are filled from an all-zero page, so that what a kind does not name is zero.
 */
#include "header.h"

#include "../base/crc32c.h"

int page_size_is_legal(size_t page_size)
{
    return page_size == 512 || page_size == 1024 || page_size == 2048 || page_size == 4096 || page_size == 8192 ||
           page_size == 16384 || page_size == 32768;
}

void page_init(uint8_t *page, size_t page_size, uint32_t pgno, uint32_t tree, uint8_t kind)
{
    bytes_zero(page, page_size);
    store32(page + HEADER_PGNO, pgno);
    store32(page + HEADER_TREE, tree);
    page[HEADER_KIND] = kind;
}

/*@ requires bounded: low_len <= UINT16_MAX && high_len <= UINT16_MAX;
  @ requires writable: \valid(page + (HEADER_SIZE .. HEADER_SIZE + low_len + high_len - 1));
  @ requires low: \valid_read(low + (0 .. low_len - 1));
  @ requires high: \valid_read(high + (0 .. high_len - 1));
  @ requires apart: \separated(page + (HEADER_SIZE .. HEADER_SIZE + low_len + high_len - 1), low + (0 .. low_len - 1));
  @ requires apart_high: \separated(page + (HEADER_SIZE .. HEADER_SIZE + low_len + high_len - 1),
  @     high + (0 .. high_len - 1));
  @ assigns page[HEADER_SIZE .. HEADER_SIZE + low_len + high_len - 1];
  @ ensures low: bytes_moved{Pre, Post}(page + HEADER_SIZE, low, low_len);
  @ ensures high: bytes_moved{Pre, Post}(page + (HEADER_SIZE + low_len), high, high_len);
  @*/
static void put_fences(uint8_t *page, const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len)
{
    bytes_copy(page + HEADER_SIZE, low, low_len);
    bytes_copy(page + (HEADER_SIZE + low_len), high, high_len);
}

void page_write_fences(uint8_t *page, const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len)
{
    size_t prefix_len = bytes_common(low, low_len, high, high_len);
    put_fences(page, low, low_len, high, high_len);
    store16(page + HEADER_LOW_LEN, (uint16_t)low_len);
    store16(page + HEADER_HIGH_LEN, (uint16_t)high_len);
    store16(page + HEADER_PREFIX_LEN, (uint16_t)prefix_len);
}

/*@ requires page: page_writable(page, page_size) && free_start <= page_size;
  @ assigns page[HEADER_LEVEL .. HEADER_FLAGS], page[HEADER_FREE_START .. HEADER_FREE_END + 1];
  @ ensures kind: page[HEADER_LEVEL] == level && page[HEADER_FLAGS] == flags;
  @ ensures space: free_start_of(page) == free_start && free_end_of(page) == page_size;
  @*/
static void put_space(uint8_t *page, size_t page_size, uint8_t level, uint8_t flags, size_t free_start)
{
    page[HEADER_LEVEL] = level;
    page[HEADER_FLAGS] = flags;
    store16(page + HEADER_FREE_START, (uint16_t)free_start);
    store16(page + HEADER_FREE_END, (uint16_t)page_size);
}

void page_init_slotted(uint8_t *page, size_t page_size, uint32_t pgno, uint32_t tree, uint8_t kind, uint8_t level,
                       uint8_t flags, const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len)
{
    page_init(page, page_size, pgno, tree, kind);
    /*@ assert empty: page[HEADER_SLOT_COUNT] == 0 && page[HEADER_SLOT_COUNT + 1] == 0; */
    put_space(page, page_size, level, flags, HEADER_SIZE + low_len + high_len);
    /*@ assert blank: range_zero(page, HEADER_LOW_LEN, page_size); */
    /*@ assert named: u32(page + HEADER_PGNO) == pgno && u32(page + HEADER_TREE) == tree; */
    /*@ assert still_empty: page[HEADER_SLOT_COUNT] == 0 && page[HEADER_SLOT_COUNT + 1] == 0; */
    /*@ assert apart: bytes_moved{Pre, Here}(low, low, low_len) && bytes_moved{Pre, Here}(high, high, high_len); */
    page_write_fences(page, low, low_len, high, high_len);
    /*@ assert no_slots: page[HEADER_SLOT_COUNT] == 0 && page[HEADER_SLOT_COUNT + 1] == 0; */
}

uint32_t page_seal_value(const uint8_t *page, size_t page_size, uint32_t pgno, uint64_t salt)
{
    uint8_t place[12];
    store64(place, salt);
    store32(place + 8, pgno);
    return crc32c(crc32c(0, place, 12), page + HEADER_PGNO, page_size - HEADER_PGNO);
}
