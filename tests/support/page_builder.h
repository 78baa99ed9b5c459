/*
 * Pages laid out from a list of keys and values, of any kind and version,
 * straight from docs/FORMAT.md and without a line of the page core. The builder
 * judges nothing: what a draft says is what the page gets, legal or not.
 */
#ifndef QUIRE_TESTS_PAGE_BUILDER_H
#define QUIRE_TESTS_PAGE_BUILDER_H

#include <stddef.h>
#include <stdint.h>

/* Leaf versions by their flags, and how many there are. */
enum { V1_PREFIX = 0, V1_PLAIN = 1, V2_PREFIX = 2, V2_PLAIN = 3, V3_PREFIX = 4, V3_PLAIN = 5, LEAF_VERSIONS = 6 };

struct draft_record {
    const uint8_t *key; /* of a branch: the separator */
    size_t key_len;
    const uint8_t *value; /* when it is longer than page_size / 8 it is not read: the record gets a reference */
    uint32_t value_len;
    uint32_t first; /* of the reference */
    uint64_t chain;
    uint32_t child;     /* of a branch */
    size_t hole_before; /* free bytes below this record, V2 and V3 */
    const uint8_t *raw; /* when not NULL, the record's bytes, whatever they are */
    size_t raw_len;
};

struct draft {
    size_t page_size;
    uint32_t pgno;
    uint32_t tree;
    uint32_t left;
    uint32_t right;
    uint8_t kind; /* 3 branch, 4 leaf */
    uint8_t level;
    uint8_t flags; /* of a branch 4 */
    const uint8_t *low;
    size_t low_len;
    const uint8_t *high;
    size_t high_len;
    const struct draft_record *records;
    size_t count;
    const size_t *order; /* in which order records are placed; NULL: by slot */
};

/* 1 and the page, or 0 if the draft does not fit. */
int build_slotted(uint8_t *page, const struct draft *draft);
/* Slots and record of it, in any version: offset as the slot says. */
size_t built_width(uint8_t flags);
uint8_t *built_slot(uint8_t *page, size_t page_size, uint8_t flags, size_t slot);

void build_meta(uint8_t *page, size_t page_size, uint32_t pgno);
void build_free(uint8_t *page, size_t page_size, uint32_t pgno, const uint32_t *entries, size_t count);
void build_overflow(uint8_t *page, size_t page_size, uint32_t pgno, uint64_t chain, uint32_t position, uint32_t used);
void build_map(uint8_t *page, size_t page_size, uint32_t pgno);

/* Little-endian integers, written and read byte by byte. */
void put_number(uint8_t *p, size_t size, uint64_t value);
uint64_t get_number(const uint8_t *p, size_t size);

#endif
