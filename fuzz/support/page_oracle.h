/*
 * A second judge of pages, written from docs/FORMAT.md alone and as plainly as
 * its tables: it shares no code with src/ but the constants, and looks at bytes
 * one at a time. Fuzzers hold page_check against it.
 */
#ifndef QUIRE_FUZZ_PAGE_ORACLE_H
#define QUIRE_FUZZ_PAGE_ORACLE_H

#include <stddef.h>
#include <stdint.h>

/* The number of the first rule P2 to P19 that the page breaks, 0 if it is valid. Any bytes. */
int page_oracle(const uint8_t *page, size_t page_size);

#endif
