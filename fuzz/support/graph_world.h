/*
 * A graph in a database on the memory VFS, and an adjacency list of what it
 * should hold, side by side. Each step goes to both, and ends the program when
 * they differ. A write transaction is open all the time; one reader may be.
 */
#ifndef QUIRE_FUZZ_GRAPH_WORLD_H
#define QUIRE_FUZZ_GRAPH_WORLD_H

#include "../../src/quire_graph.h"
#include "input.h"

enum {
    GRAPH_NODES = 48, /* ids that the model has room for */
    GRAPH_EDGES = 160,
    GRAPH_LABELS = 3,
    GRAPH_TYPES = 3,
    GRAPH_PROPERTIES = 3,
    GRAPH_INDEXES = GRAPH_LABELS * GRAPH_PROPERTIES,
    GRAPH_SAVEPOINTS = 4,
    GRAPH_ABSENT = 255 /* the code of a property that is not there */
};

/* A property is known by the code of its value: equal codes, equal bits. */
struct model_node {
    uint8_t exists, labels; /* bit i: label i + 1 */
    uint8_t properties[GRAPH_PROPERTIES];
};

struct model_edge {
    uint8_t exists, source, target, type;
    uint8_t properties[GRAPH_PROPERTIES];
};

struct graph_model {
    uint64_t next_node, next_edge;
    struct model_node nodes[GRAPH_NODES + 1];
    struct model_edge edges[GRAPH_EDGES + 1];
    uint8_t indexes[GRAPH_LABELS][GRAPH_PROPERTIES];
};

struct graph_world {
    quire_vfs *vfs;
    quire_db *db;
    quire_txn *txn;
    quire_graph *graph;
    quire_txn *reader; /* or NULL */
    quire_graph *seen_graph;
    size_t page_size, cache_capacity;
    int drops; /* the graph is dropped at the end */
    struct graph_model model, committed, seen;
    struct {
        uint32_t id;
        struct graph_model model;
    } savepoints[GRAPH_SAVEPOINTS];
    size_t savepoint_count;
    quire_graph_cursor *cursor; /* over all nodes, open while they change, or NULL */
    uint64_t cursor_at;         /* the node it gave last */
};

void graph_world_open(struct graph_world *w, size_t page_size, uint8_t cache);
void graph_world_close(struct graph_world *w);
/* One step: a code and what it takes (graph_ops_fuzzer.c lists them). */
void graph_world_step(struct graph_world *w, struct input *input);
void graph_world_commit(struct graph_world *w);
void graph_world_reopen(struct graph_world *w);
/* Everything the transaction and the reader see is the model's; both checkers find nothing. */
void graph_world_expect(struct graph_world *w);
/* That without the checkers. */
void graph_world_compare(struct graph_world *w);

/* ---- The model alone (graph_model.c) ------------------------------------------ */

/* The one code of all that stand for the same value, and the value. Content points to static bytes. */
uint8_t graph_value_code(uint8_t code);
quire_graph_value graph_value(uint8_t code);
int graph_value_order(uint8_t a, uint8_t b);
/* Bytes of content as an index key counts them; 0 for other types. */
size_t graph_value_key_bytes(uint8_t code);

struct model_step {
    uint64_t node, edge;
    uint8_t type;
    int direction;
};

/* The edges at a node, in the order in which a cursor gives them, up to 2 * GRAPH_EDGES; answers their number. */
size_t graph_model_neighbours(const struct graph_model *model, uint64_t node, int direction, uint32_t type,
                              struct model_step *steps);
/* Nodes in the order of an index, up to GRAPH_NODES; answers their number. */
size_t graph_model_index(const struct graph_model *model, uint32_t label, uint32_t property, uint64_t *nodes);
/* 1 if some node that stands in an index has a value too long for it. */
int graph_model_breaks_index(const struct graph_model *model, size_t content_max);
uint64_t graph_model_delete_edges(struct graph_model *model, uint64_t node);

#endif
