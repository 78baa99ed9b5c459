/*
 * Mutation by structure for inputs that are a header, edits of a fixed size, and
 * what they are made to. A mutator of bytes hardly ever hits the few bytes that
 * the edits are; this one adds, drops, swaps, duplicates and changes edits, lays
 * the edits of one input over the data of another, and copies pages from one
 * place or input to another. It needs nothing of any engine.
 */
#ifndef QUIRE_FUZZ_EDIT_MUTATOR_H
#define QUIRE_FUZZ_EDIT_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

struct edit_grammar {
    size_t header;  /* bytes before the edits */
    size_t edit;    /* bytes of one edit */
    size_t most;    /* so many edits mean something */
    int is_counted; /* the first byte says how many there are, and something follows; else they go on to the end */
    size_t page;    /* of what follows, pages of this size are copied whole */
};

extern const struct edit_grammar file_resealed_grammar, slot_corrupt_grammar;

/* Changes the input in place, which has `room` bytes; answers its new size. The same seed makes the same of it. */
size_t edit_mutate(const struct edit_grammar *grammar, uint8_t *data, size_t size, size_t room, uint32_t seed);
/* What is made of two inputs, into `out`. */
size_t edit_cross(const struct edit_grammar *grammar, const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                  uint8_t *out, size_t room, uint32_t seed);

/* The two functions that libFuzzer asks a target for. */
#define EDIT_MUTATOR(grammar)                                                                                          \
    size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);                            \
    size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,   \
                                     size_t room, unsigned seed);                                                      \
    size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)                             \
    {                                                                                                                  \
        return edit_mutate(&(grammar), data, size, room, seed);                                                        \
    }                                                                                                                  \
    size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,   \
                                     size_t room, unsigned seed)                                                       \
    {                                                                                                                  \
        return edit_cross(&(grammar), a, a_size, b, b_size, out, room, seed);                                          \
    }                                                                                                                  \
    _Static_assert(1, "a semicolon follows")

#endif
