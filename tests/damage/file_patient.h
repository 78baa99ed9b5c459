/*
 * A healthy file of 512-byte pages, whose bytes are lied about (see lies.h): a
 * tree of three levels with a long value, a named tree, a free list, and, for lies
 * about the log, the log that a crash leaves. Whoever looks for something that is
 * not there ends the program.
 */
#ifndef QUIRE_TESTS_FILE_PATIENT_H
#define QUIRE_TESTS_FILE_PATIENT_H

#include "lies.h"

enum { N = 512, UNNAMED = 2, NAMED = 3 };

struct file {
    uint8_t *bytes, *log;
    size_t size, log_size;
    int with_log;  /* the log is kept, and told about */
    int is_sealed; /* the lie has put checksums right, or wrong, itself */
};

void must(int condition);
uint8_t *page_at(struct file *file, uint32_t pgno);
uint32_t number(const uint8_t *p);
uint32_t pgno_of(const uint8_t *page);
/* The `nth` page of a kind, level and tree, in the order of the file. */
uint8_t *find_page(struct file *file, int kind, int level, uint32_t tree, int nth);
uint8_t *record_of(uint8_t *page, size_t slot);
/* The `nth` branch whose children are leaves; where the number of a child stands; the child. */
uint8_t *low_branch(struct file *file, int nth);
uint8_t *child_bytes(uint8_t *branch, size_t slot);
uint8_t *child_page(struct file *file, uint8_t *branch, size_t slot);
/* Slot 0 is the unnamed tree's record in the catalog, slot 1 the named one's. */
uint8_t *catalog_value(struct file *file, size_t slot);
/* A number of the state, set in both meta pages. */
void set_state(struct file *file, size_t offset, size_t size, uint64_t value);
uint32_t state_number(struct file *file, size_t offset);
/* The first page of the free list; the page of the long value at that position. */
uint8_t *trunk(struct file *file);
uint8_t *long_value_page(struct file *file, uint32_t position);

#endif
