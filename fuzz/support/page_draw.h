/* A page as text with the bytes marked that break its rules: what `make triage` shows of it. */
#ifndef QUIRE_FUZZ_PAGE_DRAW_H
#define QUIRE_FUZZ_PAGE_DRAW_H

#include <stdio.h>

#include "../../src/page/check.h"

/* Sets marks[i] for each byte i of the page by which the fault can be seen: fields, slots, records. Any bytes. */
void page_mark(const uint8_t *page, size_t page_size, const struct page_fault *fault, uint8_t *marks);

/*
 * Prints the page in rows of sixteen bytes, marked ones in brackets, rows far
 * from any mark left out of large pages; then what `quire inspect` says of it.
 */
void page_draw(FILE *out, const uint8_t *page, size_t page_size, const uint8_t *marks);

#endif
