/* Fields of the page header, by name. Every getter is one load; see docs/FORMAT.md. */
#ifndef QUIRE_PAGE_HEADER_H
#define QUIRE_PAGE_HEADER_H

#include "../base/bytes.h"
#include "format.h"

static inline uint32_t page_checksum(const uint8_t *page)
{
    return load32(page + HEADER_CHECKSUM);
}
static inline uint32_t page_pgno(const uint8_t *page)
{
    return load32(page + HEADER_PGNO);
}
static inline uint64_t page_lsn(const uint8_t *page)
{
    return load64(page + HEADER_LSN);
}
static inline uint32_t page_tree(const uint8_t *page)
{
    return load32(page + HEADER_TREE);
}
static inline uint8_t page_kind(const uint8_t *page)
{
    return page[HEADER_KIND];
}
static inline uint8_t page_level(const uint8_t *page)
{
    return page[HEADER_LEVEL];
}
static inline uint8_t page_flags(const uint8_t *page)
{
    return page[HEADER_FLAGS];
}
static inline size_t page_slot_count(const uint8_t *page)
{
    return load16(page + HEADER_SLOT_COUNT);
}
static inline size_t page_free_start(const uint8_t *page)
{
    return load16(page + HEADER_FREE_START);
}
static inline size_t page_free_end(const uint8_t *page)
{
    return load16(page + HEADER_FREE_END);
}
static inline size_t page_low_len(const uint8_t *page)
{
    return load16(page + HEADER_LOW_LEN);
}
static inline size_t page_high_len(const uint8_t *page)
{
    return load16(page + HEADER_HIGH_LEN);
}
static inline size_t page_prefix_len(const uint8_t *page)
{
    return load16(page + HEADER_PREFIX_LEN);
}
static inline size_t page_hole_bytes(const uint8_t *page)
{
    return load16(page + HEADER_HOLE_BYTES);
}
static inline uint32_t page_left(const uint8_t *page)
{
    return load32(page + HEADER_LEFT);
}
static inline uint32_t page_right(const uint8_t *page)
{
    return load32(page + HEADER_RIGHT);
}

static inline const uint8_t *page_low(const uint8_t *page)
{
    return page + HEADER_SIZE;
}
static inline const uint8_t *page_high(const uint8_t *page)
{
    return page + HEADER_SIZE + page_low_len(page);
}
static inline size_t page_arena(const uint8_t *page)
{
    return HEADER_SIZE + page_low_len(page) + page_high_len(page);
}

static inline void page_set_pgno(uint8_t *page, uint32_t pgno)
{
    store32(page + HEADER_PGNO, pgno);
}
static inline void page_set_lsn(uint8_t *page, uint64_t lsn)
{
    store64(page + HEADER_LSN, lsn);
}
static inline void page_set_left(uint8_t *page, uint32_t pgno)
{
    store32(page + HEADER_LEFT, pgno);
}
static inline void page_set_right(uint8_t *page, uint32_t pgno)
{
    store32(page + HEADER_RIGHT, pgno);
}

/* 1 for 512, 1024, ... 32768. */
int page_size_is_legal(size_t page_size);

/*
 * Makes `page` (all of it) an empty page of `kind`: everything zero but pgno,
 * tree, kind, level and flags; for leaf and branch with the given fences.
 * low and high must not lie in the page; high_len 0 is +infinity.
 */
void page_init(uint8_t *page, size_t page_size, uint32_t pgno, uint32_t tree, uint8_t kind);
void page_init_slotted(uint8_t *page, size_t page_size, uint32_t pgno, uint32_t tree, uint8_t kind, uint8_t level,
                       uint8_t flags, const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len);

/* Writes the fences, their lengths and prefix_len. The bytes up to the new arena are the fences' to take. */
void page_write_fences(uint8_t *page, const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len);

/* The checksum of a page sealed as `pgno` under `salt`. */
uint32_t page_seal_value(const uint8_t *page, size_t page_size, uint32_t pgno, uint64_t salt);

#endif
