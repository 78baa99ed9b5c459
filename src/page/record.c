/*
 * The two record codecs of leaves. Each record has one encoding: varints are
 * minimal, lengths stay within the page size's limits, a value is a reference
 * exactly when it is longer than INLINE_MAX, and the parts fill the record to
 * its last byte (rule P11). So decode(encode(r)) is r, and a decoder that
 * accepts bytes accepts what an encoder would have written.
 */
#include "record.h"

/* References: first page and chain id stand alike in both encodings, behind the whole length in the prefix one. */
enum { REFERENCE_CHAIN = 4, REFERENCE_LENGTH_SIZE = 4, FIRST_PAGE_MIN = 2 };

/* The two lengths that open a plain record; answers their size. */
/*@ requires bounded: key_len <= PAGE_SIZE_MAX;
  @ requires writable: \valid(p + (0 .. plain_lengths_size(key_len, value_len) - 1));
  @ assigns p[0 .. plain_lengths_size(key_len, value_len) - 1];
  @ ensures size: \result == plain_lengths_size(key_len, value_len) && \result == plain_key_at(p);
  @ ensures lengths: plain_lengths(p, \result) && plain_key_len(p) == key_len && plain_value_len(p) == value_len;
  @*/
static size_t encode_lengths(uint8_t *p, size_t key_len, uint32_t value_len)
{
    size_t at = varint_encode(p, (uint32_t)key_len);
    return at + varint_encode(p + at, value_len);
}

/* Key, or suffix, and stored value, one behind the other, at p[at]. */
/*@ requires bounded: at <= PAGE_SIZE_MAX && key_len <= PAGE_SIZE_MAX && stored_len <= PAGE_SIZE_MAX;
  @ requires key: \valid_read(key + (0 .. key_len - 1));
  @ requires stored: \valid_read(stored + (0 .. stored_len - 1));
  @ requires writable: \valid(p + (0 .. at + key_len + stored_len - 1));
  @ requires key_apart: \separated(p + (0 .. at + key_len + stored_len - 1), key + (0 .. key_len - 1));
  @ requires stored_apart: \separated(p + (0 .. at + key_len + stored_len - 1), stored + (0 .. stored_len - 1));
  @ assigns p[at .. at + key_len + stored_len - 1];
  @ ensures before: bytes_moved{Pre, Post}(p, p, at);
  @ ensures key: bytes_moved{Pre, Post}(p + at, key, key_len);
  @ ensures stored: bytes_moved{Pre, Post}(p + (at + key_len), stored, stored_len);
  @*/
static void put_parts(uint8_t *p, size_t at, const uint8_t *key, size_t key_len, const uint8_t *stored,
                      size_t stored_len)
{
    bytes_copy(p + at, key, key_len);
    bytes_copy(p + (at + key_len), stored, stored_len);
}

size_t plain_encode(uint8_t *p, size_t page_size, const uint8_t *key, size_t key_len, const uint8_t *stored,
                    uint32_t value_len)
{
    size_t stored_len = plain_stored_len(page_size, value_len);
    size_t at = encode_lengths(p, key_len, value_len);
    put_parts(p, at, key, key_len, stored, stored_len);
    /*@ assert lengths: plain_lengths(p, at) && plain_key_len(p) == key_len && plain_value_len(p) == value_len; */
    /*@ assert key_at: plain_key_at(p) == at; */
    /*@ assert key: bytes_moved{Pre, Here}(p + at, key, key_len); */
    /*@ assert stored: bytes_moved{Pre, Here}(p + (at + key_len), stored, stored_len); */
    /*@ assert reference: stored_len >= 8 ==> u32(p + (at + key_len)) == u32{Pre}(stored); */
    return at + key_len + stored_len;
}

/*@ requires bounded: page_size_bounded(page_size);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> key_len_legal(page_size, key_len);
  @*/
static int key_len_is_legal(size_t key_len, size_t page_size)
{
    return 1 <= key_len && key_len <= KEY_MAX(page_size);
}

/* The bytes behind the key: do they agree with value_len, and if they are a reference, is it a legal one? */
/*@ requires bounded: page_size_bounded(page_size);
  @ requires readable: \valid_read(stored + (0 .. stored_len - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> value_len <= VALUE_MAX &&
  @     stored_len == plain_stored_len_of(page_size, value_len) &&
  @                                 (value_len > inline_max(page_size) ==> reference_legal(stored));
  @*/
static int plain_stored_is_legal(const uint8_t *stored, size_t stored_len, size_t page_size, uint32_t value_len)
{
    if (value_len > VALUE_MAX || stored_len != plain_stored_len(page_size, value_len))
        return 0;
    return value_len <= INLINE_MAX(page_size) || load32(stored) >= FIRST_PAGE_MIN;
}

int plain_decode(const uint8_t *p, size_t size, size_t page_size, struct record *record)
{
    uint32_t key_len, value_len;
    size_t at = varint_decode(p, size, &key_len);
    if (at == 0 || !key_len_is_legal(key_len, page_size))
        return 0;
    size_t value_len_size = varint_decode(p + at, size - at, &value_len);
    if (value_len_size == 0)
        return 0;
    at += value_len_size;
    if (key_len > size - at)
        return 0;
    size_t stored_len = size - at - key_len;
    if (!plain_stored_is_legal(p + (at + key_len), stored_len, page_size, value_len))
        return 0;
    record->key = p + at;
    record->key_len = key_len;
    record->stored = p + (at + key_len);
    record->stored_len = stored_len;
    record->value_len = value_len;
    record->overflow = value_len > INLINE_MAX(page_size);
    return 1;
}

size_t prefix_stored_len(size_t page_size, uint32_t value_len)
{
    return value_len > INLINE_MAX(page_size) ? REFERENCE_PREFIX : value_len;
}

size_t prefix_size(size_t page_size, size_t suffix_len, uint32_t value_len)
{
    return PREFIX_HEADER_SIZE + suffix_len + prefix_stored_len(page_size, value_len);
}

size_t prefix_encode(uint8_t *p, size_t page_size, size_t prefix_len, const uint8_t *suffix, size_t suffix_len,
                     const uint8_t *stored, uint32_t value_len)
{
    size_t stored_len = prefix_stored_len(page_size, value_len);
    size_t overflow_bit = value_len > INLINE_MAX(page_size) ? PREFIX_OVERFLOW_BIT : 0;
    store16(p, (uint16_t)prefix_len);
    store16(p + 2, (uint16_t)(suffix_len + overflow_bit));
    /*@ assert suffix_kept: bytes_moved{Pre, Here}(suffix, suffix, suffix_len); */
    /*@ assert stored_kept: bytes_moved{Pre, Here}(stored, stored, stored_len); */
    put_parts(p, PREFIX_HEADER_SIZE, suffix, suffix_len, stored, stored_len);
    /*@ assert suffix: bytes_moved{Pre, Here}(p + PREFIX_HEADER_SIZE, suffix, suffix_len); */
    /*@ assert fields: u16(p) == prefix_len && u16(p + 2) == suffix_len + overflow_bit; */
    /*@ assert stored: bytes_moved{Pre, Here}(p + (PREFIX_HEADER_SIZE + suffix_len), stored, stored_len); */
    /*@ assert reference: stored_len >= 8 ==> u32(p + (PREFIX_HEADER_SIZE + suffix_len)) == u32{Pre}(stored) &&
      @     u32(p + (PREFIX_HEADER_SIZE + suffix_len + 4)) == u32{Pre}(stored + 4);
      @*/
    return PREFIX_HEADER_SIZE + suffix_len + stored_len;
}

/* Fills stored, stored_len, value_len and overflow; 0 if they are not legal. */
/*@ requires bounded: page_size_bounded(page_size) && stored_len <= PAGE_SIZE_MAX;
  @ requires readable: \valid_read(stored + (0 .. stored_len - 1));
  @ requires writable: \valid(record);
  @ requires apart: \separated(record, stored + (0 .. stored_len - 1));
  @ assigns record->stored \from stored;
  @ assigns record->stored_len, record->value_len, record->overflow;
  @ ensures refused: \result == 0 || \result == 1;
  @ ensures exact: \result == 1 <==> (overflow != 0 ? prefix_stored{Pre}(stored, stored_len, page_size)
  @                                               : stored_len <= inline_max(page_size));
  @ ensures stored: \result == 1 ==> record->stored == stored && record->stored_len == stored_len;
  @ ensures value: \result == 1 ==> record->value_len == (overflow != 0 ? u32{Pre}(stored) : stored_len) &&
  @                record->overflow == (overflow != 0 ? 1 : 0);
  @*/
static int prefix_decode_stored(const uint8_t *stored, size_t stored_len, size_t page_size, int overflow,
                                struct record *record)
{
    uint32_t value_len = (uint32_t)stored_len;
    if (overflow) {
        if (stored_len != REFERENCE_PREFIX)
            return 0;
        value_len = load32(stored);
        if (value_len <= INLINE_MAX(page_size) || value_len > VALUE_MAX)
            return 0;
        if (load32(stored + REFERENCE_LENGTH_SIZE) < FIRST_PAGE_MIN)
            return 0;
    } else if (stored_len > INLINE_MAX(page_size)) {
        return 0;
    }
    record->stored = stored;
    record->stored_len = stored_len;
    record->value_len = value_len;
    record->overflow = overflow != 0;
    return 1;
}

int prefix_decode(const uint8_t *p, size_t size, size_t page_size, size_t base_len, struct prefix_record *record)
{
    if (size < PREFIX_HEADER_SIZE)
        return 0;
    size_t prefix_len = load16(p);
    size_t suffix_field = load16(p + 2);
    size_t suffix_len = suffix_field % PREFIX_OVERFLOW_BIT;
    if (prefix_len > base_len || suffix_len > size - PREFIX_HEADER_SIZE ||
        !key_len_is_legal(prefix_len + suffix_len, page_size))
        return 0;
    const uint8_t *stored = p + (PREFIX_HEADER_SIZE + suffix_len);
    size_t stored_len = size - PREFIX_HEADER_SIZE - suffix_len;
    if (!prefix_decode_stored(stored, stored_len, page_size, suffix_field >= PREFIX_OVERFLOW_BIT, &record->rest))
        return 0;
    record->prefix_len = prefix_len;
    record->rest.key = p + PREFIX_HEADER_SIZE;
    record->rest.key_len = suffix_len;
    return 1;
}

void reference_encode_plain(uint8_t *p, struct overflow_ref ref)
{
    store32(p, ref.first);
    store64(p + REFERENCE_CHAIN, ref.chain);
}

struct overflow_ref reference_decode_plain(const uint8_t *p)
{
    struct overflow_ref ref;
    ref.first = load32(p);
    ref.chain = load64(p + REFERENCE_CHAIN);
    return ref;
}

void reference_encode_prefix(uint8_t *p, uint32_t value_len, struct overflow_ref ref)
{
    store32(p, value_len);
    reference_encode_plain(p + REFERENCE_LENGTH_SIZE, ref);
}

struct overflow_ref reference_decode_prefix(const uint8_t *p)
{
    return reference_decode_plain(p + REFERENCE_LENGTH_SIZE);
}
