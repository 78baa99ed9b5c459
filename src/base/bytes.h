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

static inline uint16_t load16(const uint8_t *p)
{
    return (uint16_t)(p[0] + ((uint32_t)p[1] << 8));
}

static inline uint32_t load32(const uint8_t *p)
{
    return p[0] + ((uint32_t)p[1] << 8) + ((uint32_t)p[2] << 16) + ((uint32_t)p[3] << 24);
}

static inline uint64_t load64(const uint8_t *p)
{
    return load32(p) + ((uint64_t)load32(p + 4) << 32);
}

/* Four bytes as the number that orders like them. */
static inline uint32_t load32_big(const uint8_t *p)
{
    return p[3] + ((uint32_t)p[2] << 8) + ((uint32_t)p[1] << 16) + ((uint32_t)p[0] << 24);
}

/* Eight bytes as the number that orders like them. */
static inline uint64_t load64_big(const uint8_t *p)
{
    return load32_big(p + 4) + ((uint64_t)load32_big(p) << 32);
}

static inline void store16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v % 256u);
    p[1] = (uint8_t)(v / 256u);
}

static inline void store32(uint8_t *p, uint32_t v)
{
    store16(p, (uint16_t)(v % 65536u));
    store16(p + 2, (uint16_t)(v / 65536u));
}

static inline void store64(uint8_t *p, uint64_t v)
{
    store32(p, (uint32_t)(v % 4294967296u));
    store32(p + 4, (uint32_t)(v / 4294967296u));
}

/* Copies between places that do not overlap. */
void bytes_copy(uint8_t *restrict to, const uint8_t *restrict from, size_t size);
void bytes_zero(uint8_t *to, size_t size);
/* Moves p[0..size) by a distance of any length, up or down, also onto itself. */
void bytes_move(uint8_t *to, const uint8_t *from, size_t size);
/* 1 if all are zero. */
int bytes_are_zero(const uint8_t *p, size_t size);
/* Orders as memcmp does, a proper prefix first: negative, 0 or positive. */
int bytes_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);
/* How many first bytes are the same. */
size_t bytes_common(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);

#endif
