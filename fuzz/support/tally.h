/*
 * What an input came to, for the table of `make fuzz-speed`: the plain driver
 * clears it before each input and reads it behind. No target ever reads it, so
 * that nothing of one input reaches the next.
 */
#ifndef QUIRE_FUZZ_TALLY_H
#define QUIRE_FUZZ_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally {
    uint64_t operations;  /* steps of a target that has steps */
    size_t page_size;     /* of the page bench; 0: the target has none */
    int page_is_accepted; /* by page_check, when it was asked last */
};
extern struct tally tally;

#endif
