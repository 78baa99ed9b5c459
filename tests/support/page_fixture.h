/*
 * A healthy page to break, and the expectation that page_check finds the break.
 * Tests draft a leaf or branch, change the draft or the page, and say which rule
 * is then the first one broken and which slots the report names.
 */
#ifndef QUIRE_TESTS_PAGE_FIXTURE_H
#define QUIRE_TESTS_PAGE_FIXTURE_H

#include "../../src/page/check.h"
#include "page_builder.h"
#include "page_judge.h"

#define NONE SIZE_MAX
enum { SIZE = 1024, RECORDS = 5, CHILDREN = 4, LONG_KEY = SIZE / 8 - 7, OTHER_KINDS = 4 };

extern uint8_t page[PAGE_SIZE_MAX];
extern struct draft_record records[RECORDS];
extern struct draft draft;
/* PAGE_SIZE_MAX times 'k'. */
const uint8_t *long_key(void);
extern const uint8_t other_kinds[OTHER_KINDS];

const uint8_t *bytes(const char *text);
void set_key(size_t slot, const char *key);
void set_value(size_t slot, const char *value);
void set_raw(size_t slot, const void *raw, size_t raw_len);

/* Fences [ka, kz), five records out of order, one of them with a long value, and a hole where the version allows it. */
void draft_leaf(uint8_t flags);
/* The same fences, four children, a hole. */
void draft_branch(void);
/* Lays out the draft. */
void build(void);
void healthy_leaf(uint8_t flags);
void healthy_branch(void);
/* A meta, free, overflow or map page. */
void build_other(uint8_t kind);
/* Runs the statement for each leaf version, with the healthy leaf on the page. */
#define FOR_EACH_LEAF(flags) for (uint8_t flags = 0; flags < LEAF_VERSIONS && (healthy_leaf(flags), 1); flags++)

uint8_t *slot_bytes(size_t slot);
size_t offset_of(size_t slot);
int is_v1(uint8_t flags);

/* page_check of the first page_size bytes, in buffers of exactly the sizes it may use. */
enum page_rule check_size(size_t page_size, struct page_fault *fault);
void expect(enum page_rule rule, size_t slot, size_t other);
/* The same for the draft as it stands. */
void expect_drafted(enum page_rule rule, size_t slot, size_t other);
/* With a number at `offset` changed; the page is then as before. */
void expect_patched(size_t offset, size_t size, uint64_t value, enum page_rule rule);
/* With a slot's offset and (but in V1) length changed. */
void expect_slot_patched(size_t slot, size_t offset, size_t length, enum page_rule rule, size_t other);

#endif
