/*
 * Records of leaves. Decoders take any bytes and accept only what rule P11
 * accepts; encoders write what decoders read back.
 */
#ifndef QUIRE_PAGE_RECORD_H
#define QUIRE_PAGE_RECORD_H

#include "format.h"
#include "../base/bytes.h"
#include "../base/varint.h"

/*
 * A record taken apart. `stored` is the value itself, or a reference when
 * `overflow`; then value_len is the whole value's length. key is NULL for a
 * prefix record until it is put together.
 */
struct record {
    const uint8_t *key;
    size_t key_len;
    const uint8_t *stored;
    size_t stored_len;
    uint32_t value_len;
    uint8_t overflow;
};

/* What a reference says, in either encoding. */
struct overflow_ref {
    uint32_t first;
    uint64_t chain;
};

/* Stored bytes of a value of value_len: itself, or REFERENCE_PLAIN. */
/*@ assigns \nothing;
  @ ensures length: \result == plain_stored_len_of(page_size, value_len);
  @*/
static inline size_t plain_stored_len(size_t page_size, uint32_t value_len)
{
    return value_len > INLINE_MAX(page_size) ? REFERENCE_PLAIN : value_len;
}
/* Bytes of a plain record: lengths, key, stored value. */
/*@ requires bounded: page_size_bounded(page_size) && key_len <= UINT32_MAX;
  @ assigns \nothing;
  @ ensures size: \result == plain_size_of(page_size, key_len, value_len);
  @*/
static inline size_t plain_size(size_t page_size, size_t key_len, uint32_t value_len)
{
    return varint_size((uint32_t)key_len) + varint_size(value_len) + key_len + plain_stored_len(page_size, value_len);
}
/* Writes it; `stored` has plain_stored_len bytes. Answers plain_size. What it writes of legal parts decodes to them. */
/*@ requires bounded: page_size_bounded(page_size) && key_len <= PAGE_SIZE_MAX;
  @ requires key: \valid_read(key + (0 .. key_len - 1));
  @ requires stored: \valid_read(stored + (0 .. plain_stored_len_of(page_size, value_len) - 1));
  @ requires writable: \valid(p + (0 .. plain_size_of(page_size, key_len, value_len) - 1));
  @ requires key_apart: \separated(p + (0 .. plain_size_of(page_size, key_len, value_len) - 1),
  @     key + (0 .. key_len - 1));
  @ requires stored_apart: \separated(p + (0 .. plain_size_of(page_size, key_len, value_len) - 1),
  @                                   stored + (0 .. plain_stored_len_of(page_size, value_len) - 1));
  @ assigns p[0 .. plain_size_of(page_size, key_len, value_len) - 1];
  @ ensures size: \result == plain_size_of(page_size, key_len, value_len);
  @ ensures lengths: plain_lengths(p, \result) && plain_key_len(p) == key_len && plain_value_len(p) == value_len;
  @ ensures key: bytes_moved{Pre, Post}(p + plain_key_at(p), key, key_len);
  @ ensures stored: bytes_moved{Pre, Post}(p + plain_stored_at(p), stored, plain_stored_len_of(page_size, value_len));
  @ ensures record: key_len_legal(page_size, key_len) && value_len <= VALUE_MAX &&
  @                 (value_len > inline_max(page_size) ==> reference_legal{Pre}(stored)) ==>
  @     plain_record(p, \result, page_size);
  @*/
size_t plain_encode(uint8_t *p, size_t page_size, const uint8_t *key, size_t key_len, const uint8_t *stored,
                    uint32_t value_len);
/* 1 and *record when p[0..size) is exactly one well-formed plain record. Any bytes. */
/*@ requires bounded: page_size_bounded(page_size) && size <= PAGE_SIZE_MAX;
  @ requires readable: \valid_read(p + (0 .. size - 1));
  @ requires writable: \valid(record);
  @ requires apart: \separated(record, p + (0 .. size - 1));
  @ assigns *record;
  @ ensures exact: \result == 1 <==> plain_record{Pre}(p, size, page_size);
  @ ensures refused: \result == 0 || \result == 1;
  @ ensures key: \result == 1 ==> record->key == p + plain_key_at{Pre}(p) && record->key_len == plain_key_len{Pre}(p);
  @ ensures stored: \result == 1 ==> record->stored == p + plain_stored_at{Pre}(p) &&
  @                 record->stored_len == plain_stored_len_of(page_size, plain_value_len{Pre}(p));
  @ ensures value: \result == 1 ==> record->value_len == plain_value_len{Pre}(p) &&
  @                record->overflow == (plain_value_len{Pre}(p) > inline_max(page_size) ? 1 : 0);
  @*/
int plain_decode(const uint8_t *p, size_t size, size_t page_size, struct record *record);
/*
 * The key alone, of a record known to be well formed: the innermost step of
 * each search. A legal key length takes one or two bytes.
 */
/*@ requires lengths: plain_lengths(p, plain_key_at(p)) && varint_length(p) <= 2;
  @ requires readable: \valid_read(p + (0 .. plain_key_at(p) - 1));
  @ requires writable: \valid(key_len);
  @ requires apart: \separated(key_len, p + (0 .. plain_key_at(p) - 1));
  @ assigns *key_len, \result \from p, p[0 .. plain_key_at(p) - 1];
  @ ensures key: \result == p + plain_key_at{Pre}(p);
  @ ensures length: *key_len == plain_key_len{Pre}(p);
  @*/
static inline const uint8_t *plain_key(const uint8_t *p, size_t *key_len)
{
    size_t at = 1;
    *key_len = p[0];
    if (p[0] >= 128u) {
        *key_len = (p[0] - 128u) + 128u * (size_t)p[1];
        at = 2;
    }
    /*@ loop invariant range: varint_length{Pre}(p) <= at < plain_key_at{Pre}(p);
      @ loop assigns at;
      @ loop variant plain_key_at{Pre}(p) - at;
      @*/
    while (p[at] >= 128u)
        at++;
    return p + (at + 1u);
}

/* A prefix record; `key` of the result is its suffix, key_len the suffix' length. */
struct prefix_record {
    size_t prefix_len;
    struct record rest;
};
/*@ assigns \nothing;
  @ ensures length: \result == prefix_stored_len_of(page_size, value_len);
  @*/
size_t prefix_stored_len(size_t page_size, uint32_t value_len);
/*@ requires bounded: page_size_bounded(page_size) && suffix_len <= PAGE_SIZE_MAX;
  @ assigns \nothing;
  @ ensures size: \result == prefix_size_of(page_size, suffix_len, value_len);
  @*/
size_t prefix_size(size_t page_size, size_t suffix_len, uint32_t value_len);
/*@ requires bounded: page_size_bounded(page_size) && prefix_len < PREFIX_OVERFLOW_BIT &&
  @     suffix_len < PREFIX_OVERFLOW_BIT;
  @ requires suffix: \valid_read(suffix + (0 .. suffix_len - 1));
  @ requires stored: \valid_read(stored + (0 .. prefix_stored_len_of(page_size, value_len) - 1));
  @ requires writable: \valid(p + (0 .. prefix_size_of(page_size, suffix_len, value_len) - 1));
  @ requires suffix_apart: \separated(p + (0 .. prefix_size_of(page_size, suffix_len, value_len) - 1),
  @                                   suffix + (0 .. suffix_len - 1));
  @ requires stored_apart: \separated(p + (0 .. prefix_size_of(page_size, suffix_len, value_len) - 1),
  @                                   stored + (0 .. prefix_stored_len_of(page_size, value_len) - 1));
  @ assigns p[0 .. prefix_size_of(page_size, suffix_len, value_len) - 1];
  @ ensures size: \result == prefix_size_of(page_size, suffix_len, value_len);
  @ ensures lengths: prefix_shared_len(p) == prefix_len && prefix_suffix_len(p) == suffix_len;
  @ ensures overflow: prefix_overflows(p) <==> value_len > inline_max(page_size);
  @ ensures suffix: bytes_moved{Pre, Post}(p + PREFIX_HEADER_SIZE, suffix, suffix_len);
  @ ensures stored: bytes_moved{Pre, Post}(p + prefix_stored_at(p), stored, prefix_stored_len_of(page_size, value_len));
  @ ensures record: key_len_legal(page_size, prefix_len + suffix_len) &&
  @                 (value_len > inline_max(page_size) ==>
  @                  prefix_reference{Pre}(stored, page_size) && u32{Pre}(stored) == value_len) ==>
  @                 prefix_record(p, \result, page_size, prefix_len) && prefix_value_len(p, \result) == value_len;
  @*/
size_t prefix_encode(uint8_t *p, size_t page_size, size_t prefix_len, const uint8_t *suffix, size_t suffix_len,
                     const uint8_t *stored, uint32_t value_len);
/* 1 when p[0..size) is exactly one prefix record whose base has base_len bytes. Any bytes. */
/*@ requires bounded: page_size_bounded(page_size) && size <= PAGE_SIZE_MAX;
  @ requires readable: \valid_read(p + (0 .. size - 1));
  @ requires writable: \valid(record);
  @ requires apart: \separated(record, p + (0 .. size - 1));
  @ assigns *record;
  @ ensures exact: \result == 1 <==> prefix_record{Pre}(p, size, page_size, base_len);
  @ ensures refused: \result == 0 || \result == 1;
  @ ensures key: \result == 1 ==> record->prefix_len == prefix_shared_len{Pre}(p) &&
  @              record->rest.key == p + PREFIX_HEADER_SIZE && record->rest.key_len == prefix_suffix_len{Pre}(p);
  @ ensures stored: \result == 1 ==> record->rest.stored == p + prefix_stored_at{Pre}(p) &&
  @                 record->rest.stored_len == size - prefix_stored_at{Pre}(p);
  @ ensures value: \result == 1 ==> record->rest.value_len == prefix_value_len{Pre}(p, size) &&
  @                (record->rest.overflow == 1 <==> prefix_overflows{Pre}(p)) && record->rest.overflow <= 1;
  @*/
int prefix_decode(const uint8_t *p, size_t size, size_t page_size, size_t base_len, struct prefix_record *record);

/* References. Plain: 12 bytes, prefix: the same after the whole length. */
/*@ requires writable: \valid(p + (0 .. REFERENCE_PLAIN - 1));
  @ assigns p[0 .. REFERENCE_PLAIN - 1];
  @ ensures first: u32(p) == ref.first;
  @ ensures chain: u64(p + 4) == ref.chain;
  @*/
void reference_encode_plain(uint8_t *p, struct overflow_ref ref);
/*@ requires readable: \valid_read(p + (0 .. REFERENCE_PLAIN - 1));
  @ assigns \nothing;
  @ ensures first: \result.first == u32(p);
  @ ensures chain: \result.chain == u64(p + 4);
  @*/
struct overflow_ref reference_decode_plain(const uint8_t *p);
/*@ requires writable: \valid(p + (0 .. REFERENCE_PREFIX - 1));
  @ assigns p[0 .. REFERENCE_PREFIX - 1];
  @ ensures length: u32(p) == value_len;
  @ ensures first: u32(p + 4) == ref.first;
  @ ensures chain: u64(p + 8) == ref.chain;
  @*/
void reference_encode_prefix(uint8_t *p, uint32_t value_len, struct overflow_ref ref);
/*@ requires readable: \valid_read(p + (0 .. REFERENCE_PREFIX - 1));
  @ assigns \nothing;
  @ ensures first: \result.first == u32(p + 4);
  @ ensures chain: \result.chain == u64(p + 8);
  @*/
struct overflow_ref reference_decode_prefix(const uint8_t *p);

#endif
