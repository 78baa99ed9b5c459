/* Memory hooks that know how many bytes are in use, and how many were at most. */
#ifndef QUIRE_TESTS_COUNTED_MEMORY_H
#define QUIRE_TESTS_COUNTED_MEMORY_H

#include "../../src/quire.h"

struct counted_memory {
    quire_memory hooks;
    size_t in_use, most;
};

void counted_memory_init(struct counted_memory *memory);

#endif
