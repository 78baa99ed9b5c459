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
    /*@ loop invariant range: 0 <= i <= size;
      @ loop invariant copied: bytes_moved{Pre, Here}(to, from, i);
      @ loop assigns i, to[0 .. size - 1];
      @ loop variant size - i;
      @*/
    for (size_t i = 0; i < size; i++)
        to[i] = from[i];
}

void bytes_zero(uint8_t *to, size_t size)
{
    /*@ loop invariant range: 0 <= i <= size;
      @ loop invariant zero: bytes_zero(to, i);
      @ loop assigns i, to[0 .. size - 1];
      @ loop variant size - i;
      @*/
    for (size_t i = 0; i < size; i++)
        to[i] = 0;
}

void bytes_zero_range(uint8_t *p, size_t from, size_t to)
{
    /*@ loop invariant range: from <= x <= to;
      @ loop invariant zero: range_zero(p, from, x);
      @ loop assigns x, p[from .. to - 1];
      @ loop variant to - x;
      @*/
    for (size_t x = from; x < to; x++)
        p[x] = 0;
}

/* One word: all of it is read before any of it is written. */
/*@ requires readable: \valid_read(from + (0 .. 7));
  @ requires writable: \valid(to + (0 .. 7));
  @ assigns to[0 .. 7];
  @ ensures moved: word_agrees{Post, Pre}(to, from);
  @*/
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

/*@ requires readable: \valid_read(from + (at .. at + 7));
  @ requires writable: \valid(to + (at .. at + 7));
  @ assigns to[at .. at + 7];
  @ ensures moved: range_moved{Pre, Post}(to, from, at, at + 8);
  @*/
static inline void copy_word_at(uint8_t *to, const uint8_t *from, size_t at)
{
    copy_word(to + at, from + at);
}

/*@ requires readable: \valid_read(from + (0 .. size - 1));
  @ requires writable: \valid(to + (0 .. size - 1));
  @ requires direction: to <= from;
  @ assigns to[0 .. size - 1];
  @ ensures moved: bytes_moved{Pre, Post}(to, from, size);
  @*/
static void move_down(uint8_t *to, const uint8_t *from, size_t size)
{
    size_t i = 0;
    /*@ loop invariant range: 0 <= i <= size;
      @ loop invariant moved: bytes_moved{Pre, Here}(to, from, i);
      @ loop invariant ahead: range_moved{Pre, Here}(from, from, i, size);
      @ loop assigns i, to[0 .. size - 1];
      @ loop variant size - i;
      @*/
    for (; size - i >= 8; i += 8)
        copy_word_at(to, from, i);
    /*@ loop invariant range: 0 <= i <= size;
      @ loop invariant moved: bytes_moved{Pre, Here}(to, from, i);
      @ loop invariant ahead: range_moved{Pre, Here}(from, from, i, size);
      @ loop assigns i, to[0 .. size - 1];
      @ loop variant size - i;
      @*/
    for (; i < size; i++)
        to[i] = from[i];
}

/*@ requires readable: \valid_read(from + (0 .. size - 1));
  @ requires writable: \valid(to + (0 .. size - 1));
  @ requires direction: from <= to;
  @ assigns to[0 .. size - 1];
  @ ensures moved: bytes_moved{Pre, Post}(to, from, size);
  @*/
static void move_up(uint8_t *to, const uint8_t *from, size_t size)
{
    size_t i = size;
    /*@ loop invariant range: 0 <= i <= size;
      @ loop invariant moved: range_moved{Pre, Here}(to, from, i, size);
      @ loop invariant below: range_moved{Pre, Here}(from, from, 0, i);
      @ loop assigns i, to[0 .. size - 1];
      @ loop variant i;
      @*/
    while (i >= 8) {
        i -= 8;
        copy_word_at(to, from, i);
    }
    /*@ loop invariant range: 0 <= i <= size;
      @ loop invariant moved: range_moved{Pre, Here}(to, from, i, size);
      @ loop invariant below: range_moved{Pre, Here}(from, from, 0, i);
      @ loop assigns i, to[0 .. size - 1];
      @ loop variant i;
      @*/
    for (; i > 0; i--)
        to[i - 1] = from[i - 1];
}

void bytes_move(uint8_t *to, const uint8_t *from, size_t size)
{
    if ((const uint8_t *)to <= from)
        move_down(to, from, size);
    else
        move_up(to, from, size);
}

/*@ requires readable: \valid_read(p + (at .. at + 7));
  @ assigns \nothing;
  @ ensures zero: \result != 0 ==> range_zero(p, at, at + 8);
  @*/
static inline int word_is_zero(const uint8_t *p, size_t at)
{
    return load64(p + at) == 0;
}

/*@ requires readable_a: \valid_read(a + (0 .. 7));
  @ requires readable_b: \valid_read(b + (0 .. 7));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> word_agrees{Here, Here}(a, b);
  @*/
static inline int words_are_equal(const uint8_t *a, const uint8_t *b)
{
    return load64(a) == load64(b);
}

/*@ requires readable_a: \valid_read(a + (at .. at + 7));
  @ requires readable_b: \valid_read(b + (at .. at + 7));
  @ assigns \nothing;
  @ ensures same: \result != 0 ==> range_agrees(a, b, at, at + 8);
  @ ensures other: \result == 0 ==> !word_agrees{Here, Here}(a + at, b + at);
  @*/
static inline int words_are_equal_at(const uint8_t *a, const uint8_t *b, size_t at)
{
    return words_are_equal(a + at, b + at);
}

/*@ requires readable_a: \valid_read(a + (0 .. 7));
  @ requires readable_b: \valid_read(b + (0 .. 7));
  @ assigns \nothing;
  @ ensures below: \result != 0 ==> word_below(a, b);
  @ ensures above: \result == 0 ==> word_below(b, a) || word_agrees{Here, Here}(a, b);
  @*/
static inline int word_is_below(const uint8_t *a, const uint8_t *b)
{
    return load64_big(a) < load64_big(b);
}

int bytes_are_zero(const uint8_t *p, size_t size)
{
    size_t i = 0;
    /*@ loop invariant range: 0 <= i <= size;
      @ loop invariant zero: bytes_zero(p, i);
      @ loop assigns i;
      @ loop variant size - i;
      @*/
    while (size - i >= 8 && word_is_zero(p, i))
        i += 8;
    /*@ loop invariant range: 0 <= i <= size;
      @ loop invariant zero: bytes_zero(p, i);
      @ loop assigns i;
      @ loop variant size - i;
      @*/
    while (i < size && p[i] == 0)
        i++;
    return i == size;
}

int bytes_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    size_t shorter = a_size < b_size ? a_size : b_size;
    size_t i = 0;
    /*@ loop invariant range: 0 <= i <= shorter;
      @ loop invariant same: bytes_agree(a, b, i);
      @ loop invariant same_back: bytes_agree(b, a, i);
      @ loop assigns i;
      @ loop variant shorter - i;
      @*/
    for (; shorter - i >= 8; i += 8) {
        if (!words_are_equal_at(a, b, i))
            return word_is_below(a + i, b + i) ? -1 : 1;
    }
    /*@ loop invariant range: 0 <= i <= shorter;
      @ loop invariant same: bytes_agree(a, b, i);
      @ loop invariant same_back: bytes_agree(b, a, i);
      @ loop assigns i;
      @ loop variant shorter - i;
      @*/
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
    /*@ loop invariant range: 0 <= i <= shorter;
      @ loop invariant same: bytes_agree(a, b, i);
      @ loop assigns i;
      @ loop variant shorter - i;
      @*/
    while (shorter - i >= 8 && words_are_equal_at(a, b, i))
        i += 8;
    /*@ loop invariant range: 0 <= i <= shorter;
      @ loop invariant same: bytes_agree(a, b, i);
      @ loop assigns i;
      @ loop variant shorter - i;
      @*/
    while (i < shorter && a[i] == b[i])
        i++;
    return i;
}
