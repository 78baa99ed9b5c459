/*
 * What a target ended with, as one number: the bytes of its pages or of its
 * database file, or its verdicts. The same input must give the same number
 * under every compiler, word size and byte order, and whatever inputs came
 * before it: fuzz/platforms compares them. Under a fuzzing engine nobody asks,
 * and nothing is summed.
 */
#ifndef QUIRE_FUZZ_DIGEST_H
#define QUIRE_FUZZ_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "../../src/quire.h"

/* Starts the next input's sum; only the plain driver asks for one. */
void digest_start(void);
uint64_t digest_result(void);

void digest_bytes(const void *bytes, size_t size);
void digest_number(uint64_t number);
/* The whole file of that name, or that there is none. */
void digest_file(const quire_vfs *vfs, const char *path);

#endif
