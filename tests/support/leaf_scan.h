/*
 * Every leaf in the bytes of a database file, found by nothing but its checksum
 * and page_check, and taken apart by the archive room: a witness for salvage
 * that shares no code with it.
 */
#ifndef QUIRE_TESTS_LEAF_SCAN_H
#define QUIRE_TESTS_LEAF_SCAN_H

#include "../../src/reference/rebuild.h"

struct scanned_leaf {
    uint8_t *page;
    void *block;
    struct entry *entries;
    size_t count;
    uint32_t pgno;
};

struct leaf_scan {
    size_t page_size;
    struct scanned_leaf *leaves;
    size_t count;
    uint8_t *is_intact; /* for each place of the file: a page that is whole and in its place */
    size_t places;
};

void leaf_scan_open(struct leaf_scan *scan, const uint8_t *file, size_t size, size_t page_size, uint64_t salt);
void leaf_scan_close(struct leaf_scan *scan);

#endif
