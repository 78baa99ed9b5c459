/* What the sources of graph-bench share; see graph_bench.c. */
#ifndef QUIRE_CLI_GRAPH_BENCH_H
#define QUIRE_CLI_GRAPH_BENCH_H

#include "../quire_graph.h"

enum { EDGES_EACH = 4 };

struct work {
    size_t nodes, repeat;
    quire_sync_mode sync;
    uint64_t *source, *target; /* of each edge, as indexes of nodes */
    char folder[64], path[96];
};

/* Says what failed and why, and ends the program. */
_Noreturn void bench_stop(const char *what, const char *why);
double bench_now(void);
/* Removes the database at work->path, of whichever engine it is. */
void bench_remove_all(const struct work *work);

/* Seconds of the load in SQLite; 0 where it is not to be had. */
double bench_sqlite(const struct work *work);

#endif
