/*
 * The records of one leaf of any version by rank, cheap in both directions.
 *
 * A plain leaf of today needs nothing but its slots. A V1 leaf does not say where
 * its records end, so all ends are worked out once. A prefix record means its key
 * only together with the keys before it: the reader keeps the key of the last
 * rank it gave, from which the next and the previous one are a few bytes away.
 */
#ifndef QUIRE_TREE_LEAF_READER_H
#define QUIRE_TREE_LEAF_READER_H

#include "node.h"

struct leaf_reader {
    const quire_memory *memory;
    size_t page_size;
    const uint8_t *page; /* NULL: reads no leaf */
    uint64_t lsn;        /* of the page when it was opened */
    size_t count;
    uint8_t is_current; /* plain records and V2 or V3 slots */
    uint8_t has_plain_records;
    size_t width;
    size_t rank; /* whose key `key` holds; SIZE_MAX: none */
    size_t key_len;
    uint8_t *key;   /* KEY_MAX bytes; NULL until a leaf of the past is met */
    uint16_t *ends; /* of V1 slots; NULL until one is met */
};

void leaf_reader_init(struct leaf_reader *reader, struct view *view);
void leaf_reader_free(struct leaf_reader *reader);
/* Turns to a leaf that passed the gate; it must stay as it is while it is read. */
quire_status leaf_reader_open(struct leaf_reader *reader, struct view *view, const uint8_t *page);
/* Two lengths before a record's key are mostly below 128, a byte each; in a page that passed the gate they are right.
 */
static inline const uint8_t *leaf_reader_length(const uint8_t *p, uint32_t *length)
{
    *length = *p;
    return *p < 128u ? p + 1 : p + varint_decode(p, VARINT_MAX, length);
}

/* The slow part of leaf_reader_get: leaves of the past. */
void leaf_reader_get_old(struct leaf_reader *reader, size_t rank, struct record *record);
/* The record of a rank below the count of a leaf of today. */
static inline void leaf_reader_get_current(const struct leaf_reader *reader, size_t rank, struct record *record)
{
    uint32_t key_len;
    const uint8_t *start = reader->page + slot_offset(reader->page, reader->page_size, reader->width, rank);
    record->key = leaf_reader_length(leaf_reader_length(start, &key_len), &record->value_len);
    record->key_len = key_len;
    record->stored = record->key + key_len;
    record->overflow = record->value_len > INLINE_MAX(reader->page_size);
    record->stored_len = record->overflow ? REFERENCE_PLAIN : record->value_len;
}

/* The same of any leaf. The key lies in the page or in the reader, until the next call. */
static inline void leaf_reader_get(struct leaf_reader *reader, size_t rank, struct record *record)
{
    if (reader->is_current) {
        leaf_reader_get_current(reader, rank, record);
    } else {
        leaf_reader_get_old(reader, rank, record);
    }
}
/* Where in the stored bytes of an overflow record the first page's number stands. */
size_t leaf_reader_ref_offset(const struct leaf_reader *reader);

#endif
