/* A set of ids, which are not 0: open addressing, never more than half full. */
#ifndef QUIRE_GRAPH_IDSET_H
#define QUIRE_GRAPH_IDSET_H

#include "graph.h"

struct id_set {
    uint64_t *slots;
    size_t capacity, count;
};

/* 1 if the id is new in the set, 0 if it was there, -1 if there is no memory. */
int id_set_add(quire_graph *graph, struct id_set *set, uint64_t id);
void id_set_free(quire_graph *graph, struct id_set *set);

/* Spreads ids, which mostly follow one another, over 64 bits. */
static inline uint64_t id_hash(uint64_t id)
{
    id = (id ^ id >> 32) * 0x9e3779b97f4a7c15u;
    return id ^ id >> 29;
}

#endif
