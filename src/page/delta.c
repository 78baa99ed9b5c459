/*
 * Encoders of delta steps and page images. They write what redo.c reads back;
 * the layout stands in docs/FORMAT.md and the codes in delta.h.
 */
#include "delta.h"

/*@ requires writable: \valid(p);
  @ assigns p[0];
  @ ensures written: p[0] == value && \result == 1;
  @*/
static size_t put8(uint8_t *p, uint8_t value)
{
    p[0] = value;
    return 1;
}

/*@ requires value: fits_16(value);
  @ requires writable: \valid(p + (0 .. 1));
  @ assigns p[0 .. 1];
  @ ensures written: u16(p) == value && \result == 2;
  @*/
static size_t put16(uint8_t *p, size_t value)
{
    store16(p, (uint16_t)value);
    return 2;
}

/* Two runs of bytes, one behind the other. */
/*@ requires bounded: a_size <= UINT16_MAX && b_size <= UINT16_MAX;
  @ requires writable: \valid(p + (0 .. a_size + b_size - 1));
  @ requires a: \valid_read(a + (0 .. a_size - 1));
  @ requires b: \valid_read(b + (0 .. b_size - 1));
  @ requires apart: \separated(p + (0 .. a_size + b_size - 1), a + (0 .. a_size - 1));
  @ requires apart_b: \separated(p + (0 .. a_size + b_size - 1), b + (0 .. b_size - 1));
  @ assigns p[0 .. a_size + b_size - 1];
  @ ensures a: bytes_moved{Pre, Post}(p, a, a_size);
  @ ensures b: bytes_moved{Pre, Post}(p + a_size, b, b_size);
  @*/
static void put_both(uint8_t *p, const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    bytes_copy(p, a, a_size);
    bytes_copy(p + a_size, b, b_size);
}

/* Code, slot, place and bytes: the form of insert and replace. */
/*@ requires code: code <= UINT8_MAX;
  @ requires edit: \valid_read(edit) && fits_16(edit->slot) && fits_16(edit->offset) && fits_16(edit->length);
  @ requires record: \valid_read(record + (0 .. edit->length - 1));
  @ requires writable: \valid(p + (0 .. edit->length + 6));
  @ requires apart: \separated(p + (0 .. edit->length + 6), record + (0 .. edit->length - 1), edit);
  @ assigns p[0 .. edit->length + 6];
  @ ensures size: \result == 7 + \old(edit->length);
  @ ensures placed: step_places{Pre, Post}(p, code, \old(edit->slot), \old(edit->offset), \old(edit->length), record);
  @*/
static size_t place_step(uint8_t *p, enum delta_step code, const struct leaf_edit *edit, const uint8_t *record)
{
    size_t at = put8(p, (uint8_t)code);
    at += put16(p + at, edit->slot);
    at += put16(p + at, edit->offset);
    at += put16(p + at, edit->length);
    /*@ assert apart: bytes_moved{Pre, Here}(record, record, edit->length); */
    bytes_copy(p + at, record, edit->length);
    /*@ assert numbers: step_numbers(p, code, edit->slot, edit->offset, edit->length); */
    /*@ assert record: bytes_moved{Pre, Here}(p + 7, record, edit->length); */
    return at + edit->length;
}

size_t delta_insert_size(size_t record_len)
{
    return DELTA_STEP_MAX + record_len;
}

size_t delta_insert(uint8_t *p, const struct leaf_edit *edit, const uint8_t *record)
{
    size_t at = edit->compacted ? put8(p, STEP_COMPACT) : 0;
    return at + place_step(p + at, STEP_INSERT, edit, record);
}

/*
 * When the page was compacted, its old record was gone already: it is deleted
 * and inserted anew, with the compaction between.
 */
size_t delta_replace(uint8_t *p, const struct leaf_edit *edit, const uint8_t *record)
{
    if (!edit->compacted)
        return place_step(p, STEP_REPLACE, edit, record);
    size_t at = delta_delete(p, edit->slot);
    return at + delta_insert(p + at, edit, record);
}

size_t delta_delete(uint8_t *p, size_t slot)
{
    size_t at = put8(p, STEP_DELETE);
    return at + put16(p + at, slot);
}

size_t delta_keep_size(size_t low_len, size_t high_len)
{
    return 9u + low_len + high_len;
}

size_t delta_keep(uint8_t *p, size_t from, size_t to, const uint8_t *low, size_t low_len, const uint8_t *high,
                  size_t high_len)
{
    size_t at = put8(p, STEP_KEEP);
    at += put16(p + at, from);
    at += put16(p + at, to);
    at += put16(p + at, low_len);
    at += put16(p + at, high_len);
    /*@ assert apart: bytes_moved{Pre, Here}(low, low, low_len) && bytes_moved{Pre, Here}(high, high, high_len); */
    put_both(p + at, low, low_len, high, high_len);
    return at + low_len + high_len;
}

size_t delta_links(uint8_t *p, uint32_t left, uint32_t right)
{
    p[0] = STEP_LINKS;
    store32(p + 1, left);
    store32(p + 5, right);
    return 9;
}

size_t delta_patch_size(size_t length)
{
    return 5u + length;
}

size_t delta_patch(uint8_t *p, size_t offset, const uint8_t *bytes, size_t length)
{
    size_t at = put8(p, STEP_PATCH);
    at += put16(p + at, offset);
    at += put16(p + at, length);
    bytes_copy(p + at, bytes, length);
    return at + length;
}

size_t delta_child(uint8_t *p, size_t slot, uint32_t child)
{
    size_t at = put8(p, STEP_CHILD);
    at += put16(p + at, slot);
    store32(p + at, child);
    return at + 4u;
}

/* Bytes at the page's end that an image names: the slot directory, where there is one. */
/*@ requires page: page_readable(page, page_size) && directory_bytes(page, page_size) >= 0;
  @ assigns \nothing;
  @ ensures size: \result == directory_bytes(page, page_size);
  @*/
static size_t bytes_behind(const uint8_t *page, size_t page_size)
{
    if (page_kind(page) == PAGE_LEAF || page_kind(page) == PAGE_BRANCH)
        return page_size - page_free_end(page);
    return 0;
}

/*@ requires readable: at <= PAGE_SIZE_MAX && \valid_read(p + (at .. at + 7));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> range_zero(p, at, at + 8);
  @*/
static int word_is_zero_at(const uint8_t *p, size_t at)
{
    uint64_t word = load64(p + at);
    /*@ assert bytes: word == 0 <==> word_zero(p + at); */
    /*@ assert one_by_one: word_zero(p + at) <==> p[at] == 0 && p[at + 1] == 0 && p[at + 2] == 0 && p[at + 3] == 0 &&
      @     p[at + 4] == 0 && p[at + 5] == 0 && p[at + 6] == 0 && p[at + 7] == 0;
      @*/
    /*@ assert all: word_zero(p + at) ==> range_zero(p, at, at + 8); */
    /*@ assert only: range_zero(p, at, at + 8) ==> word_zero(p + at); */
    return word == 0;
}

/* Length of p[0..size) without the zeros at its end. */
/*@ requires readable: size <= PAGE_SIZE_MAX && \valid_read(p + (0 .. size - 1));
  @ assigns \nothing;
  @ ensures zero: \result <= size && range_zero(p, \result, size);
  @ ensures last: \result > 0 ==> p[\result - 1] != 0;
  @*/
static size_t length_without_zeros(const uint8_t *p, size_t size)
{
    /*@ loop invariant zero: 0 <= size <= \at(size, Pre) && range_zero(p, size, \at(size, Pre));
      @ loop assigns size;
      @ loop variant size;
      @*/
    while (size >= 8 && word_is_zero_at(p, size - 8u))
        size -= 8;
    /*@ loop invariant zero: 0 <= size <= \at(size, Pre) && range_zero(p, size, \at(size, Pre));
      @ loop assigns size;
      @ loop variant size;
      @*/
    while (size > 0 && p[size - 1u] == 0)
        size--;
    return size;
}

size_t image_encode(uint8_t *p, const uint8_t *page, size_t page_size)
{
    size_t back = bytes_behind(page, page_size);
    size_t front = length_without_zeros(page, page_size - back);
    store16(p, (uint16_t)front);
    store16(p + 2, (uint16_t)back);
    put_both(p + 4, page, front, page + (page_size - back), back);
    /*@ assert fields: image_front(p) == front && image_back(p) == back; */
    /*@ assert page: range_moved{Pre, Here}(page, page, 0, page_size); */
    /*@ assert between: range_zero(page, front, page_size - back); */
    /*@ assert front: bytes_agree(p + 4, page, front); */
    /*@ assert back: bytes_agree(p + (4 + front), page + (page_size - back), back); */
    return 4u + front + back;
}

int image_decode(const uint8_t *body, size_t size, uint8_t *page, size_t page_size)
{
    if (size < 4)
        return 0;
    size_t front = load16(body);
    size_t back = load16(body + 2);
    if (front + back > page_size || size != 4u + front + back)
        return 0;
    bytes_copy(page, body + 4, front);
    /*@ assert body: bytes_moved{Pre, Here}(body, body, size); */
    bytes_zero_range(page, front, page_size - back);
    /*@ assert front: bytes_agree(body + 4, page, front); */
    bytes_copy(page + (page_size - back), body + (4u + front), back);
    /*@ assert fields: image_front(body) == front && image_back(body) == back; */
    /*@ assert still_front: bytes_agree(body + 4, page, front); */
    /*@ assert between: range_zero(page, front, page_size - back); */
    /*@ assert back: bytes_agree(body + (4 + front), page + (page_size - back), back); */
    return 1;
}
