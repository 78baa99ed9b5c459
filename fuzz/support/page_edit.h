/*
 * Lies about a page or a file, by structure: what a slot, a record, a fence, a
 * link, a count or the state says is set, moved by a little, or exchanged. Works
 * on any bytes of a legal size. Checksums are left as they are: see reseal.h.
 *
 *  An edit is six bytes: page, where, slot, how, what (2).
 *  where   0 slot offset   1 slot length   2 slot head   3 a byte of the record
 *          4 a header field   5 slots change places   6 a slot copied over another
 *          7 a sibling link   8 a child, a chain's next page or a trunk entry becomes another page
 *          9 a fence byte   10 a page copied over another   11 pages change places
 *          12 the state: free list, counts, roots, in both meta pages   13 an overflow page's own numbers
 *          14 version flags or level   15 any byte
 *  how     0 the field becomes `what`   1, 2 it moves up, down by what % 16
 */
#ifndef QUIRE_FUZZ_PAGE_EDIT_H
#define QUIRE_FUZZ_PAGE_EDIT_H

#include <stddef.h>
#include <stdint.h>

enum { PAGE_EDIT_SIZE = 6, PAGE_EDIT_PLACES = 16 };

void page_edit(uint8_t *file, size_t size, size_t page_size, const uint8_t edit[PAGE_EDIT_SIZE]);

#endif
