/*
 * Moves and comparisons of bytes. Copying and zeroing are written as the loops
 * that compilers recognise and replace by their own; a move over a distance
 * that is not a constant, and a comparison, are not among those, so they go
 * eight bytes at a time by hand.
 *
 * A move reads a whole word before it writes one. Going upwards when the bytes
 * travel down (and downwards when they travel up), the bytes still to be read
 * lie beyond those being written, whatever the distance.
 */
#include "bytes.h"

void bytes_copy(uint8_t *restrict to, const uint8_t *restrict from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = from[i];
}

void bytes_zero(uint8_t *to, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = 0;
}

/* One word: all of it is read before any of it is written. */
static inline void copy_word(uint8_t *to, const uint8_t *from)
{
    uint8_t b0 = from[0], b1 = from[1], b2 = from[2], b3 = from[3];
    uint8_t b4 = from[4], b5 = from[5], b6 = from[6], b7 = from[7];
    to[0] = b0;
    to[1] = b1;
    to[2] = b2;
    to[3] = b3;
    to[4] = b4;
    to[5] = b5;
    to[6] = b6;
    to[7] = b7;
}

static void move_down(uint8_t *to, const uint8_t *from, size_t size)
{
    size_t i = 0;
    for (; size - i >= 8; i += 8)
        copy_word(to + i, from + i);
    for (; i < size; i++)
        to[i] = from[i];
}

static void move_up(uint8_t *to, const uint8_t *from, size_t size)
{
    size_t i = size;
    for (; i >= 8; i -= 8)
        copy_word(to + (i - 8), from + (i - 8));
    for (; i > 0; i--)
        to[i - 1] = from[i - 1];
}

void bytes_move(uint8_t *to, const uint8_t *from, size_t size)
{
    if (to <= from)
        move_down(to, from, size);
    else
        move_up(to, from, size);
}

int bytes_are_zero(const uint8_t *p, size_t size)
{
    size_t i = 0;
    for (; size - i >= 8; i += 8) {
        if (load64(p + i) != 0)
            return 0;
    }
    for (; i < size; i++) {
        if (p[i] != 0)
            return 0;
    }
    return 1;
}

int bytes_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    size_t shorter = a_size < b_size ? a_size : b_size;
    size_t i = 0;
    for (; shorter - i >= 8; i += 8) {
        uint64_t x = load64_big(a + i), y = load64_big(b + i);
        if (x != y)
            return x < y ? -1 : 1;
    }
    for (; i < shorter; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return a_size < b_size ? -1 : a_size > b_size ? 1 : 0;
}

size_t bytes_common(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    size_t shorter = a_size < b_size ? a_size : b_size;
    size_t i = 0;
    while (shorter - i >= 8 && load64(a + i) == load64(b + i))
        i += 8;
    while (i < shorter && a[i] == b[i])
        i++;
    return i;
}
