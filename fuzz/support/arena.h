/* The record area of one page, and what the allocator was asked for: each record's bytes are filled with its mark. */
#ifndef QUIRE_FUZZ_ARENA_H
#define QUIRE_FUZZ_ARENA_H

#include "../../src/page/space.h"

enum { ARENA_RECORDS = 400 };

struct arena {
    uint8_t *page, *scratch;
    size_t page_size, width;
    struct space space;
    uint8_t marks[ARENA_RECORDS]; /* of the slots, in their order */
    size_t lengths[ARENA_RECORDS];
    size_t count;
    uint8_t next_mark;
};

/* The sum of the records' lengths. */
size_t arena_live_bytes(const struct arena *a);
/* Every record has its bytes, no two share one, all others are zero and counted, and the list of free ones is true. */
void arena_expect(const struct arena *a);

#endif
