/*
 * The existence cache: node ids of which this transaction knows whether they
 * exist. Sets of four entries, the one used longest ago makes way for a new one.
 */
#ifndef QUIRE_GRAPH_EXISTENCE_H
#define QUIRE_GRAPH_EXISTENCE_H

#include "graph.h"

enum { EXISTENCE_WAYS = 4 };

struct existence {
    uint64_t *entries; /* id * 2 + exists, 0 for none; the first of a set was used last */
    size_t capacity;   /* entries: whole sets, or fewer than one set has ways */
    size_t sets;
};

/* With a capacity of 0 nothing is remembered. QUIRE_NO_MEMORY. */
int existence_start(quire_graph *graph, struct existence *cache, size_t capacity);
void existence_free(quire_graph *graph, struct existence *cache);
void existence_clear(struct existence *cache);
/* 1 exists, 0 does not, -1 not known. */
int existence_look(struct existence *cache, uint64_t id);
void existence_note(struct existence *cache, uint64_t id, int exists);

#endif
