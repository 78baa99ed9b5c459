/* Memory hooks that know how many bytes are in use and how many were at most, and that may refuse, once or for good. */
#ifndef QUIRE_TESTS_COUNTED_MEMORY_H
#define QUIRE_TESTS_COUNTED_MEMORY_H

#include "../../src/quire.h"

struct counted_memory {
    quire_memory hooks;
    size_t in_use, most;
    size_t refuse_after;  /* > 0: counts allocations down, and the one that makes it 0 fails */
    int refuses_for_good; /* and so do all after it */
    int is_refusing;      /* they do now */
};

void counted_memory_init(struct counted_memory *memory);

#endif
