/* quire graph: what its commands share. They read one snapshot through quire_graph.h. */
#ifndef QUIRE_CLI_GRAPH_CLI_H
#define QUIRE_CLI_GRAPH_CLI_H

#include "cli.h"
#include "graph_import.h"

/* A database open for reading, with its graph and the keys of its nodes. */
struct graph_reading {
    struct reading base;
    quire_graph *graph;
    quire_tree *keys; /* NULL: no node came with a key */
};

/* 1 if all is there, else it has complained. */
int graph_begin_reading(const struct arguments *arguments, struct graph_reading *reading);
int graph_end_reading(const struct arguments *arguments, struct graph_reading *reading, int code);

/* Complains of a failed call of the graph, with what it was about. */
int graph_complain(const struct arguments *arguments, struct graph_reading *reading, int status);

/*
 * What a node is called: its key, or '#' and its id if it came without; one more
 * '#' for each such key that another node has. Lives in `name` until the next call.
 */
struct graph_name {
    uint8_t *bytes;
    size_t size, capacity;
};
quire_status graph_name_of(struct graph_reading *reading, uint64_t node, struct graph_name *name);
/* The other way; QUIRE_NOT_FOUND when no node is called so. */
quire_status graph_node_named(struct graph_reading *reading, const char *name, uint64_t *node);

#endif
