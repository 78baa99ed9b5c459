/* Fields of the page header, by name. Every getter is one load; see docs/FORMAT.md. */
#ifndef QUIRE_PAGE_HEADER_H
#define QUIRE_PAGE_HEADER_H

#include "../base/bytes.h"
#include "format.h"

/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u32(page + HEADER_CHECKSUM);
  @*/
static inline uint32_t page_checksum(const uint8_t *page)
{
    return load32(page + HEADER_CHECKSUM);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u32(page + HEADER_PGNO);
  @*/
static inline uint32_t page_pgno(const uint8_t *page)
{
    return load32(page + HEADER_PGNO);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u64(page + HEADER_LSN);
  @*/
static inline uint64_t page_lsn(const uint8_t *page)
{
    return load64(page + HEADER_LSN);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u32(page + HEADER_TREE);
  @*/
static inline uint32_t page_tree(const uint8_t *page)
{
    return load32(page + HEADER_TREE);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == page[HEADER_KIND];
  @*/
static inline uint8_t page_kind(const uint8_t *page)
{
    return page[HEADER_KIND];
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == page[HEADER_LEVEL];
  @*/
static inline uint8_t page_level(const uint8_t *page)
{
    return page[HEADER_LEVEL];
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == page[HEADER_FLAGS];
  @*/
static inline uint8_t page_flags(const uint8_t *page)
{
    return page[HEADER_FLAGS];
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u16(page + HEADER_SLOT_COUNT);
  @*/
static inline size_t page_slot_count(const uint8_t *page)
{
    return load16(page + HEADER_SLOT_COUNT);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u16(page + HEADER_FREE_START);
  @*/
static inline size_t page_free_start(const uint8_t *page)
{
    return load16(page + HEADER_FREE_START);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u16(page + HEADER_FREE_END);
  @*/
static inline size_t page_free_end(const uint8_t *page)
{
    return load16(page + HEADER_FREE_END);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u16(page + HEADER_LOW_LEN);
  @*/
static inline size_t page_low_len(const uint8_t *page)
{
    return load16(page + HEADER_LOW_LEN);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u16(page + HEADER_HIGH_LEN);
  @*/
static inline size_t page_high_len(const uint8_t *page)
{
    return load16(page + HEADER_HIGH_LEN);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u16(page + HEADER_PREFIX_LEN);
  @*/
static inline size_t page_prefix_len(const uint8_t *page)
{
    return load16(page + HEADER_PREFIX_LEN);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u16(page + HEADER_HOLE_BYTES);
  @*/
static inline size_t page_hole_bytes(const uint8_t *page)
{
    return load16(page + HEADER_HOLE_BYTES);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u32(page + HEADER_LEFT);
  @*/
static inline uint32_t page_left(const uint8_t *page)
{
    return load32(page + HEADER_LEFT);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == u32(page + HEADER_RIGHT);
  @*/
static inline uint32_t page_right(const uint8_t *page)
{
    return load32(page + HEADER_RIGHT);
}

/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \result \from page;
  @ ensures place: \result == page + HEADER_SIZE;
  @*/
static inline const uint8_t *page_low(const uint8_t *page)
{
    return page + HEADER_SIZE;
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \result \from page;
  @ ensures place: \result == page + (HEADER_SIZE + u16(page + HEADER_LOW_LEN));
  @*/
static inline const uint8_t *page_high(const uint8_t *page)
{
    return page + HEADER_SIZE + page_low_len(page);
}
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures value: \result == HEADER_SIZE + u16(page + HEADER_LOW_LEN) + u16(page + HEADER_HIGH_LEN);
  @*/
static inline size_t page_arena(const uint8_t *page)
{
    return HEADER_SIZE + page_low_len(page) + page_high_len(page);
}

/*@ requires header: \valid(page + (0 .. HEADER_SIZE - 1));
  @ assigns page[HEADER_PGNO .. HEADER_PGNO + 3];
  @ ensures value: u32(page + HEADER_PGNO) == pgno;
  @*/
static inline void page_set_pgno(uint8_t *page, uint32_t pgno)
{
    store32(page + HEADER_PGNO, pgno);
}
/*@ requires header: \valid(page + (0 .. HEADER_SIZE - 1));
  @ assigns page[HEADER_LSN .. HEADER_LSN + 7];
  @ ensures value: u64(page + HEADER_LSN) == lsn;
  @*/
static inline void page_set_lsn(uint8_t *page, uint64_t lsn)
{
    store64(page + HEADER_LSN, lsn);
}
/*@ requires header: \valid(page + (0 .. HEADER_SIZE - 1));
  @ assigns page[HEADER_LEFT .. HEADER_LEFT + 3];
  @ ensures value: u32(page + HEADER_LEFT) == pgno;
  @*/
static inline void page_set_left(uint8_t *page, uint32_t pgno)
{
    store32(page + HEADER_LEFT, pgno);
}
/*@ requires header: \valid(page + (0 .. HEADER_SIZE - 1));
  @ assigns page[HEADER_RIGHT .. HEADER_RIGHT + 3];
  @ ensures value: u32(page + HEADER_RIGHT) == pgno;
  @*/
static inline void page_set_right(uint8_t *page, uint32_t pgno)
{
    store32(page + HEADER_RIGHT, pgno);
}

/* 1 for 512, 1024, ... 32768. */
/*@ assigns \nothing;
  @ ensures power: \result != 0 <==> page_size == 512 || page_size == 1024 || page_size == 2048 || page_size == 4096 ||
  @                                   page_size == 8192 || page_size == 16384 || page_size == 32768;
  @*/
int page_size_is_legal(size_t page_size);

/*
 * Makes `page` (all of it) an empty page of `kind`: everything zero but pgno,
 * tree, kind, level and flags; for leaf and branch with the given fences.
 * low and high must not lie in the page; high_len 0 is +infinity.
 */
/*@ requires page: page_writable(page, page_size);
  @ assigns page[0 .. page_size - 1];
  @ ensures named: u32(page + HEADER_PGNO) == pgno && u32(page + HEADER_TREE) == tree && page[HEADER_KIND] == kind;
  @ ensures zero: range_zero(page, HEADER_KIND + 1, page_size);
  @*/
void page_init(uint8_t *page, size_t page_size, uint32_t pgno, uint32_t tree, uint8_t kind);
/*@ requires page: page_writable(page, page_size);
  @ requires low: low_len <= UINT16_MAX && \valid_read(low + (0 .. low_len - 1));
  @ requires high: high_len <= UINT16_MAX && \valid_read(high + (0 .. high_len - 1));
  @ requires room: HEADER_SIZE + low_len + high_len <= page_size;
  @ requires apart: \separated(page + (0 .. page_size - 1), low + (0 .. low_len - 1));
  @ requires apart_high: \separated(page + (0 .. page_size - 1), high + (0 .. high_len - 1));
  @ assigns page[0 .. page_size - 1];
  @ ensures named: u32(page + HEADER_PGNO) == pgno && u32(page + HEADER_TREE) == tree;
  @ ensures kind: page[HEADER_KIND] == kind && page[HEADER_LEVEL] == level && page[HEADER_FLAGS] == flags;
  @ ensures no_slots: slot_count_of(page) == 0;
  @ ensures free_start: free_start_of(page) == HEADER_SIZE + low_len + high_len;
  @ ensures free_end: free_end_of(page) == page_size;
  @ ensures lengths: u16(page + HEADER_LOW_LEN) == low_len && u16(page + HEADER_HIGH_LEN) == high_len;
  @ ensures prefix: common_prefix{Pre}(low, low_len, high, high_len, u16(page + HEADER_PREFIX_LEN));
  @ ensures low: bytes_moved{Pre, Post}(page + HEADER_SIZE, low, low_len);
  @ ensures high: bytes_moved{Pre, Post}(page + (HEADER_SIZE + low_len), high, high_len);
  @ ensures unused: range_zero(page, HEADER_HOLE_BYTES, HEADER_SIZE) && page[HEADER_ZERO] == 0;
  @ ensures gap: range_zero(page, HEADER_SIZE + low_len + high_len, page_size);
  @*/
void page_init_slotted(uint8_t *page, size_t page_size, uint32_t pgno, uint32_t tree, uint8_t kind, uint8_t level,
                       uint8_t flags, const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len);

/* Writes the fences, their lengths and prefix_len. The bytes up to the new arena are the fences' to take. */
/*@ requires header: \valid(page + (0 .. HEADER_SIZE + low_len + high_len - 1));
  @ requires low: low_len <= UINT16_MAX && \valid_read(low + (0 .. low_len - 1));
  @ requires high: high_len <= UINT16_MAX && \valid_read(high + (0 .. high_len - 1));
  @ requires apart: \separated(page + (0 .. HEADER_SIZE + low_len + high_len - 1), low + (0 .. low_len - 1));
  @ requires apart_high: \separated(page + (0 .. HEADER_SIZE + low_len + high_len - 1), high + (0 .. high_len - 1));
  @ assigns page[HEADER_LOW_LEN .. HEADER_PREFIX_LEN + 1], page[HEADER_SIZE .. HEADER_SIZE + low_len + high_len - 1];
  @ ensures low_len: u16(page + HEADER_LOW_LEN) == low_len;
  @ ensures high_len: u16(page + HEADER_HIGH_LEN) == high_len;
  @ ensures prefix: common_prefix{Pre}(low, low_len, high, high_len, u16(page + HEADER_PREFIX_LEN));
  @ ensures low: bytes_moved{Pre, Post}(page + HEADER_SIZE, low, low_len);
  @ ensures high: bytes_moved{Pre, Post}(page + (HEADER_SIZE + low_len), high, high_len);
  @*/
void page_write_fences(uint8_t *page, const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len);

/* The checksum of a page sealed as `pgno` under `salt`. */
/*@ requires page: page_readable(page, page_size);
  @ assigns \nothing;
  @*/
uint32_t page_seal_value(const uint8_t *page, size_t page_size, uint32_t pgno, uint64_t salt);

#endif
