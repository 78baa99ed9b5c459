/* One number for all that a database with a graph holds. */
#ifndef QUIRE_FUZZ_GRAPH_SUM_H
#define QUIRE_FUZZ_GRAPH_SUM_H

#include "../../src/quire.h"

struct graph_sum {
    uint64_t sum;  /* of every record but the state and the progress: the state counts batches */
    uint64_t keys; /* records of the import's trees of keys */
};

struct graph_sum graph_sum(quire_txn *txn);

#endif
