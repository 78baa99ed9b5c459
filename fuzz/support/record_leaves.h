/*
 * Leaves of the two codecs held against each other: what stands in a leaf with
 * records of one is laid out with those of the other.
 */
#ifndef QUIRE_FUZZ_RECORD_LEAVES_H
#define QUIRE_FUZZ_RECORD_LEAVES_H

#include "keys.h"

/*
 * A leaf of version `flags` with as many of the records as fit, written from
 * docs/FORMAT.md alone. A prefix record leaves a part of what its key shares
 * with the base to the base, by `shares` a different one each; what rebuild
 * writes leaves all. The caller frees the page.
 */
uint8_t *leaf_of_records(const struct bench *bench, const struct records *records, uint8_t flags, uint8_t shares);

/*
 * The accepted leaf laid out in the other codec holds the same records; every
 * key of it and its neighbours have the same rank, verdict and value in both;
 * laid out in its own codec again, it is the same but for prefixes given short.
 */
void expect_same_in_other_codec(const struct bench *bench, const uint8_t *page);

#endif
