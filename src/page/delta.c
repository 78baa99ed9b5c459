/*
 * Encoders of delta steps and page images. They write what redo.c reads back;
 * the layout stands in docs/FORMAT.md and the codes in delta.h.
 */
#include "delta.h"

static size_t put8(uint8_t *p, uint8_t value)
{
    p[0] = value;
    return 1;
}

static size_t put16(uint8_t *p, size_t value)
{
    store16(p, (uint16_t)value);
    return 2;
}

/* Code, slot, place and bytes: the form of insert and replace. */
static size_t place_step(uint8_t *p, enum delta_step code, const struct leaf_edit *edit, const uint8_t *record)
{
    size_t at = put8(p, (uint8_t)code);
    at += put16(p + at, edit->slot);
    at += put16(p + at, edit->offset);
    at += put16(p + at, edit->length);
    bytes_copy(p + at, record, edit->length);
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
    bytes_copy(p + at, low, low_len);
    bytes_copy(p + (at + low_len), high, high_len);
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
static size_t image_back(const uint8_t *page, size_t page_size)
{
    if (page_kind(page) == PAGE_LEAF || page_kind(page) == PAGE_BRANCH)
        return page_size - page_free_end(page);
    return 0;
}

/* Length of p[0..size) without the zeros at its end. */
static size_t length_without_zeros(const uint8_t *p, size_t size)
{
    while (size >= 8 && bytes_are_zero(p + (size - 8u), 8))
        size -= 8;
    while (size > 0 && p[size - 1u] == 0)
        size--;
    return size;
}

size_t image_encode(uint8_t *p, const uint8_t *page, size_t page_size)
{
    size_t back = image_back(page, page_size);
    size_t front = length_without_zeros(page, page_size - back);
    store16(p, (uint16_t)front);
    store16(p + 2, (uint16_t)back);
    bytes_copy(p + 4, page, front);
    bytes_copy(p + (4u + front), page + (page_size - back), back);
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
    bytes_zero(page + front, page_size - front - back);
    bytes_copy(page + (page_size - back), body + (4u + front), back);
    return 1;
}
