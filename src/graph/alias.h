/* Names that a batch gives to nodes: a hash table of byte strings. */
#ifndef QUIRE_GRAPH_ALIAS_H
#define QUIRE_GRAPH_ALIAS_H

#include "graph.h"

struct alias {
    uint64_t hash;
    size_t offset, size; /* where its bytes stand */
    uint64_t node;       /* 0: the slot is empty */
};

struct aliases {
    struct alias *slots;
    size_t capacity, count;
    struct buffer bytes;
};

/* QUIRE_EXISTS if it is taken. */
int alias_add(quire_graph *graph, struct aliases *aliases, quire_bytes alias, uint64_t node);
/* The node, or 0. */
uint64_t alias_find(const struct aliases *aliases, quire_bytes alias);
void aliases_clear(struct aliases *aliases);
void aliases_free(quire_graph *graph, struct aliases *aliases);

#endif
