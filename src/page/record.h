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
size_t plain_stored_len(size_t page_size, uint32_t value_len);
/* Bytes of a plain record: lengths, key, stored value. */
size_t plain_size(size_t page_size, size_t key_len, uint32_t value_len);
/* Writes it; `stored` has plain_stored_len bytes. Answers plain_size. */
size_t plain_encode(uint8_t *p, size_t page_size, const uint8_t *key, size_t key_len, const uint8_t *stored,
                    uint32_t value_len);
/* 1 and *record when p[0..size) is exactly one well-formed plain record. Any bytes. */
int plain_decode(const uint8_t *p, size_t size, size_t page_size, struct record *record);
/*
 * The key alone, of a record known to be well formed: the innermost step of
 * each search. A legal key length takes one or two bytes.
 */
static inline const uint8_t *plain_key(const uint8_t *p, size_t *key_len)
{
    size_t at = 1;
    *key_len = p[0];
    if (p[0] >= 128u) {
        *key_len = (p[0] - 128u) + 128u * (size_t)p[1];
        at = 2;
    }
    while (p[at] >= 128u)
        at++;
    return p + (at + 1u);
}

/* A prefix record; `key` of the result is its suffix, key_len the suffix' length. */
struct prefix_record {
    size_t prefix_len;
    struct record rest;
};
size_t prefix_stored_len(size_t page_size, uint32_t value_len);
size_t prefix_size(size_t page_size, size_t suffix_len, uint32_t value_len);
size_t prefix_encode(uint8_t *p, size_t page_size, size_t prefix_len, const uint8_t *suffix, size_t suffix_len,
                     const uint8_t *stored, uint32_t value_len);
/* 1 when p[0..size) is exactly one prefix record whose base has base_len bytes. Any bytes. */
int prefix_decode(const uint8_t *p, size_t size, size_t page_size, size_t base_len, struct prefix_record *record);

/* References. Plain: 12 bytes, prefix: the same after the whole length. */
void reference_encode_plain(uint8_t *p, struct overflow_ref ref);
struct overflow_ref reference_decode_plain(const uint8_t *p);
void reference_encode_prefix(uint8_t *p, uint32_t value_len, struct overflow_ref ref);
struct overflow_ref reference_decode_prefix(const uint8_t *p);

#endif
