/*
 * Little-endian integers in byte arrays, and the moves of bytes that the page
 * core is made of. A page is always a uint8_t array, never overlaid with a
 * struct: no alignment, aliasing or byte order can matter. Integers are
 * assembled by constant shifts, which compilers turn into one load.
 */
#ifndef QUIRE_BASE_BYTES_H
#define QUIRE_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

/*@ requires readable: \valid_read(p + (0 .. 1));
  @ assigns \nothing;
  @ ensures value: \result == u16(p);
  @*/
static inline uint16_t load16(const uint8_t *p)
{
    return (uint16_t)(p[0] + ((uint32_t)p[1] << 8));
}

/*@ requires readable: \valid_read(p + (0 .. 3));
  @ assigns \nothing;
  @ ensures value: \result == u32(p);
  @*/
static inline uint32_t load32(const uint8_t *p)
{
    return p[0] + ((uint32_t)p[1] << 8) + ((uint32_t)p[2] << 16) + ((uint32_t)p[3] << 24);
}

/*@ requires readable: \valid_read(p + (0 .. 7));
  @ assigns \nothing;
  @ ensures value: \result == u64(p);
  @*/
static inline uint64_t load64(const uint8_t *p)
{
    return load32(p) + ((uint64_t)load32(p + 4) << 32);
}

/* Four bytes as the number that orders like them. */
/*@ requires readable: \valid_read(p + (0 .. 3));
  @ assigns \nothing;
  @ ensures value: \result == u32_big(p);
  @*/
static inline uint32_t load32_big(const uint8_t *p)
{
    return p[3] + ((uint32_t)p[2] << 8) + ((uint32_t)p[1] << 16) + ((uint32_t)p[0] << 24);
}

/* Eight bytes as the number that orders like them. */
/*@ requires readable: \valid_read(p + (0 .. 7));
  @ assigns \nothing;
  @ ensures value: \result == u64_big(p);
  @*/
static inline uint64_t load64_big(const uint8_t *p)
{
    return load32_big(p + 4) + ((uint64_t)load32_big(p) << 32);
}

/*@ requires writable: \valid(p + (0 .. 1));
  @ assigns p[0 .. 1];
  @ ensures value: u16(p) == v;
  @*/
static inline void store16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v % 256u);
    p[1] = (uint8_t)(v / 256u);
}

/*@ requires writable: \valid(p + (0 .. 3));
  @ assigns p[0 .. 3];
  @ ensures value: u32(p) == v;
  @*/
static inline void store32(uint8_t *p, uint32_t v)
{
    store16(p, (uint16_t)(v % 65536u));
    store16(p + 2, (uint16_t)(v / 65536u));
}

/*@ requires writable: \valid(p + (0 .. 7));
  @ assigns p[0 .. 7];
  @ ensures value: u64(p) == v;
  @*/
static inline void store64(uint8_t *p, uint64_t v)
{
    store32(p, (uint32_t)(v % 4294967296u));
    store32(p + 4, (uint32_t)(v / 4294967296u));
}

/* A number as the four bytes that order like it. */
/*@ requires writable: \valid(p + (0 .. 3));
  @ assigns p[0 .. 3];
  @ ensures value: u32_big(p) == v;
  @*/
static inline void store32_big(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v / 16777216u);
    p[1] = (uint8_t)(v / 65536u % 256u);
    p[2] = (uint8_t)(v / 256u % 256u);
    p[3] = (uint8_t)(v % 256u);
}

/* Copies between places that do not overlap. */
/*@ requires readable: \valid_read(from + (0 .. size - 1));
  @ requires writable: \valid(to + (0 .. size - 1));
  @ requires apart: \separated(to + (0 .. size - 1), from + (0 .. size - 1));
  @ assigns to[0 .. size - 1];
  @ ensures copied: bytes_moved{Pre, Post}(to, from, size);
  @*/
void bytes_copy(uint8_t *restrict to, const uint8_t *restrict from, size_t size);
/*@ requires writable: \valid(to + (0 .. size - 1));
  @ assigns to[0 .. size - 1];
  @ ensures zero: bytes_zero(to, size);
  @*/
void bytes_zero(uint8_t *to, size_t size);
/* Of p[from..to). */
/*@ requires bytes: \valid(p + (from .. to - 1)) && from <= to;
  @ assigns p[from .. to - 1];
  @ ensures zero: range_zero(p, from, to);
  @*/
void bytes_zero_range(uint8_t *p, size_t from, size_t to);
/* Moves p[0..size) by a distance of any length, up or down, also onto itself. */
/*@ requires readable: \valid_read(from + (0 .. size - 1));
  @ requires writable: \valid(to + (0 .. size - 1));
  @ requires one_object: \base_addr(to) == \base_addr(from);
  @ assigns to[0 .. size - 1];
  @ ensures moved: bytes_moved{Pre, Post}(to, from, size);
  @*/
void bytes_move(uint8_t *to, const uint8_t *from, size_t size);
/* 1 if all are zero. */
/*@ requires readable: \valid_read(p + (0 .. size - 1));
  @ assigns \nothing;
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @ ensures exact: \result == 1 <==> bytes_zero(p, size);
  @*/
int bytes_are_zero(const uint8_t *p, size_t size);
/* Orders as memcmp does, a proper prefix first: negative, 0 or positive. */
/*@ requires readable_a: \valid_read(a + (0 .. a_size - 1));
  @ requires readable_b: \valid_read(b + (0 .. b_size - 1));
  @ assigns \nothing;
  @ ensures below: \result < 0 ==> bytes_below(a, a_size, b, b_size);
  @ ensures equal: \result == 0 ==> bytes_equal(a, a_size, b, b_size);
  @ ensures above: \result > 0 ==> bytes_below(b, b_size, a, a_size);
  @*/
int bytes_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);
/* How many first bytes are the same. */
/*@ requires readable_a: \valid_read(a + (0 .. a_size - 1));
  @ requires readable_b: \valid_read(b + (0 .. b_size - 1));
  @ assigns \nothing;
  @ ensures within: \result <= a_size && \result <= b_size;
  @ ensures common: bytes_agree(a, b, \result);
  @ ensures longest: \result < a_size && \result < b_size ==> a[\result] != b[\result];
  @*/
size_t bytes_common(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);

#endif
