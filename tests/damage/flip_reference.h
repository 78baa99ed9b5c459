/*
 * The files whose bits are flipped: each leaf version at each page size, with
 * every kind of page; closed ones, and smaller ones as a crash leaves them, with
 * their last commits in the log, which fits its first mebibyte.
 */
#ifndef QUIRE_TESTS_FLIP_REFERENCE_H
#define QUIRE_TESTS_FLIP_REFERENCE_H

#include "../support/fault_vfs.h"

enum { REFERENCE_FILES = 42, REFERENCE_LOGS = 15 };

struct reference {
    uint32_t page_size;
    uint8_t slots, records;
    int has_log; /* not closed: its commits stand in the log */
};

/* By number: below REFERENCE_FILES a closed file, from there on one with a log. */
struct reference reference_at(size_t number);
/* Builds it as "file" (and "file-log"); hashes[1] is its content, hashes[0] the content before the last commit. */
void reference_build(const struct reference *reference, struct fault_disk *disk, uint64_t hashes[2]);
quire_options reference_options(const struct reference *reference, const quire_vfs *vfs, uint32_t flags);

/* Bytes of a file that can mean something: behind its records a log is zeros that nobody reads. */
size_t reference_used_bytes(const uint8_t *bytes, size_t size);
/* How many images to make in all, about: the environment's word, else the number given. */
uint64_t images_wanted(const char *variable, uint64_t otherwise);
/* The distance between bits of which about `share` are flipped, evenly spread. */
uint64_t flip_step(size_t used_bytes, uint64_t share);

#endif
