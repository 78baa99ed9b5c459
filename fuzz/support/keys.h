/* Records read from an input: sorted, unique keys in memory of their own. For targets that lay out pages whole. */
#ifndef QUIRE_FUZZ_KEYS_H
#define QUIRE_FUZZ_KEYS_H

#include "bench.h"
#include "input.h"

struct records {
    struct entry *entries; /* ascending */
    size_t count;
    uint8_t *bytes; /* all keys, one behind the other in the order of the input */
    uint8_t *value; /* INLINE_MAX bytes that all values are the front of */
};

/*
 * Reads up to `most` records: share (1), rest length (1), rest, value kind (1).
 * Each key shares its front with the one before it in the input; a key that came
 * before is left out. Kinds from 224 on are long values.
 */
void records_read(struct records *records, struct input *input, size_t page_size, size_t most);
void records_free(struct records *records);

#endif
