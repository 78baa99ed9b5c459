/*
 * A workbench for pages of one size: the buffers that page functions ask for,
 * each a heap block of exactly the length it is promised to have.
 */
#ifndef QUIRE_FUZZ_BENCH_H
#define QUIRE_FUZZ_BENCH_H

#include "../../src/page/check.h"
#include "../../src/page/leaf_old.h"
#include "../../src/reference/rebuild.h"
#include "input.h"

struct bench {
    size_t page_size;
    struct page_scratch check; /* its parts apart, not carved from one block */
    uint8_t *scratch;          /* page_size + 1 bytes */
    uint8_t *key;              /* KEY_MAX bytes */
    uint16_t *ends;            /* page_size / 4 numbers */
};

void bench_open(struct bench *bench, size_t page_size);
void bench_close(struct bench *bench);

/* A heap block of page_size bytes; a copy of `page`, or zeros if it is NULL. */
uint8_t *bench_page(const struct bench *bench, const uint8_t *page);
/* The same from an input: front (2); the bytes that follow stand at the page's start as far as `front`, the rest at its
 * end, zeros between. */
uint8_t *bench_input_page(const struct bench *bench, struct input *input);
/* page_check's verdict. */
enum page_rule bench_check(const struct bench *bench, const uint8_t *page);

/* A leaf taken apart; the entries point into a copy of the page that lives as long as this. */
struct contents {
    uint8_t *page;
    void *block;
    struct entry *entries;
    size_t count;
};
void contents_open(struct contents *contents, const struct bench *bench, const uint8_t *page, size_t spare);
void contents_close(struct contents *contents);
/* Ends the program unless both hold the same records. */
void expect_same_contents(const struct contents *a, const struct contents *b);
/* Lays the contents out in version `flags` with the fences of `page`, in place; 0 if they do not fit. */
int contents_rebuild(const struct contents *contents, const struct bench *bench, uint8_t *page, uint8_t flags);

/* The six versions of a leaf, by the flags of its header: V1, V2 and V3 with prefix records, then with plain ones. */
enum { LEAF_VERSIONS = 6 };
extern const uint8_t leaf_versions[LEAF_VERSIONS];

#endif
