/*
 * Uses a page that page_check accepted as the engine would, and ends the program
 * if anything is not as it must be: every record walked, found by search and
 * kept by a rebuild; a branch's brackets; what the other kinds say; the image.
 */
#ifndef QUIRE_FUZZ_PAGE_USE_H
#define QUIRE_FUZZ_PAGE_USE_H

#include "bench.h"

void page_use(const struct bench *bench, const uint8_t *page);

#endif
