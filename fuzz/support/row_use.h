/* Uses bytes as a row of the graph, as its readers would. */
#ifndef QUIRE_FUZZ_ROW_USE_H
#define QUIRE_FUZZ_ROW_USE_H

#include "../../src/quire.h"

/* If the bytes are a row of a node, or of an edge: all of it lies within them, ascends, and encodes to them again. */
void row_use(quire_bytes bytes, int is_node);

#endif
