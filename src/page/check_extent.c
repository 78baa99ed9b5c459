/*
 * Rules P7 to P10: where the records stand. Each extent claims its bytes on a
 * map with one mark for each byte of the page; an extent that meets a mark
 * overlaps one before it. So disjointness takes linear time, whatever the order
 * of the extents, and what is left unmarked are the holes.
 *
 * A V1 slot ends where the next record begins, so that two V1 extents share a
 * byte only when their offsets are equal: then P9 is broken, and P8 cannot be.
 */
#include "check_rules.h"

size_t rule_extent(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends, size_t shortest)
{
    size_t width = slot_width(page_flags(page));
    size_t arena = page_arena(page);
    size_t free_start = page_free_start(page);
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, width, i);
        if (offset < arena || ends[i] > free_start || ends[i] < offset + shortest)
            return i;
    }
    return count;
}

static void clear_claims(int8_t *claims, size_t size)
{
    for (size_t i = 0; i < size; i++)
        claims[i] = 0;
}

/* Marks are looked at by so many at a time, in loops that compilers turn into one vector operation. */
enum { CLAIM_CHUNK = 16 };

/* How many of a chunk's bytes are claimed: the sum of the marks, each of them 0 or 1. */
static int8_t claimed_in_chunk(const int8_t *claims)
{
    int8_t sum = 0;
    for (size_t i = 0; i < CLAIM_CHUNK; i++)
        sum = (int8_t)(sum + claims[i]);
    return sum;
}

static int is_claimed(const int8_t *claims, size_t from, size_t to)
{
    size_t i = from;
    for (; to - i >= CLAIM_CHUNK; i += CLAIM_CHUNK) {
        if (claimed_in_chunk(claims + i) != 0)
            return 1;
    }
    for (; i < to; i++) {
        if (claims[i] != 0)
            return 1;
    }
    return 0;
}

/* 1 if none of claims[from..to) was marked, and all of them are now. */
static int claim(int8_t *claims, size_t from, size_t to)
{
    if (is_claimed(claims, from, to))
        return 0;
    for (size_t i = from; i < to; i++)
        claims[i] = 1;
    return 1;
}

size_t rule_overlap(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends, int8_t *claims)
{
    size_t width = slot_width(page_flags(page));
    clear_claims(claims, page_size);
    for (size_t i = 0; i < count; i++) {
        if (!claim(claims, slot_offset(page, page_size, width, i), ends[i]))
            return i;
    }
    return count;
}

size_t overlapped_slot(const uint8_t *page, size_t page_size, const uint16_t *ends, size_t slot)
{
    size_t width = slot_width(page_flags(page));
    size_t offset = slot_offset(page, page_size, width, slot);
    for (size_t i = 0; i < slot; i++) {
        if (slot_offset(page, page_size, width, i) < ends[slot] && offset < ends[i])
            return i;
    }
    return slot;
}

int rule_holes(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends)
{
    size_t width = slot_width(page_flags(page));
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += ends[i] - slot_offset(page, page_size, width, i);
    if (width == SLOT_WIDTH_V1 && page_hole_bytes(page) != 0)
        return 0;
    return page_arena(page) + used + page_hole_bytes(page) == page_free_start(page);
}

/* 1 if each of page[0..size) that is not claimed is zero. */
static int unclaimed_are_zero(const uint8_t *page, const int8_t *claims, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (claims[i] == 0 && page[i] != 0)
            return 0;
    }
    return 1;
}

/* The same for any size; chunks without a hole are passed over at once. */
static int holes_are_zero(const uint8_t *page, const int8_t *claims, size_t size)
{
    size_t i = 0;
    for (; size - i >= CLAIM_CHUNK; i += CLAIM_CHUNK) {
        if (claimed_in_chunk(claims + i) != CLAIM_CHUNK && !unclaimed_are_zero(page + i, claims + i, CLAIM_CHUNK))
            return 0;
    }
    return unclaimed_are_zero(page + i, claims + i, size - i);
}

int rule_free_bytes(const uint8_t *page, const int8_t *claims)
{
    size_t arena = page_arena(page);
    size_t free_start = page_free_start(page);
    return holes_are_zero(page + arena, claims + arena, free_start - arena) &&
           bytes_are_zero(page + free_start, page_free_end(page) - free_start);
}
