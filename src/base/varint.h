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
size_t varint_size(uint32_t value);
/* Writes `value` at p and answers how many bytes. */
size_t varint_encode(uint8_t *p, uint32_t value);
/* Reads from p[0..size): bytes consumed, or 0 if none, too long, too large or not minimal. */
size_t varint_decode(const uint8_t *p, size_t size, uint32_t *value);

#endif
