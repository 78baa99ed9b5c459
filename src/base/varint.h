/*
 * LEB128 varints of 32 bits, minimal: each number has one encoding of 1 to 5
 * bytes, and a decoder accepts no other.
 */
#ifndef QUIRE_BASE_VARINT_H
#define QUIRE_BASE_VARINT_H

#include <stddef.h>
#include <stdint.h>

enum { VARINT_MAX = 5 };

/* Bytes that `value` takes, 1 to 5. */
/*@ assigns \nothing;
  @ ensures size: \result == varint_size_of(value);
  @*/
static inline size_t varint_size(uint32_t value)
{
    if (value < 128u)
        return 1;
    if (value < 16384u)
        return 2;
    if (value < 2097152u)
        return 3;
    if (value < 268435456u)
        return 4;
    return 5;
}
/* Writes `value` at p and answers how many bytes. */
/*@ requires writable: \valid(p + (0 .. varint_size_of(value) - 1));
  @ assigns p[0 .. varint_size_of(value) - 1];
  @ ensures size: \result == varint_size_of(value) && \result == varint_length(p);
  @ ensures minimal: varint_at(p, \result);
  @ ensures value: varint_value(p) == value;
  @*/
size_t varint_encode(uint8_t *p, uint32_t value);
/* Reads from p[0..size): bytes consumed, or 0 if none, too long, too large or not minimal. */
/*@ requires readable: \valid_read(p + (0 .. size - 1));
  @ requires writable: \valid(value);
  @ requires apart: \separated(value, p + (0 .. size - 1));
  @ assigns *value;
  @ ensures exact: \result == 0 <==> !varint_at{Pre}(p, size);
  @ ensures refused: \result == 0 ==> *value == \old(*value);
  @ ensures size: \result != 0 ==> \result == varint_length{Pre}(p) && \result <= size;
  @ ensures value: \result != 0 ==> *value == varint_value{Pre}(p);
  @*/
size_t varint_decode(const uint8_t *p, size_t size, uint32_t *value);

#endif
