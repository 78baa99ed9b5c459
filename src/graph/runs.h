/*
 * Sorted runs: what a batch writes to a tree goes there in ascending order and
 * many at a time, through quire_put_many, which then finds the leaf at hand for
 * most of them. A run that is in order already is not sorted: rows mostly come
 * as they were made, and looking costs one comparison for each.
 */
#ifndef QUIRE_GRAPH_RUNS_H
#define QUIRE_GRAPH_RUNS_H

#include "graph.h"

/* Pairs on their way into one tree. */
struct run {
    quire_pair *pairs;
    uint8_t *bytes; /* their keys, and values that were copied */
    size_t count, used_bytes;
};

int run_start(quire_graph *graph, struct run *run);
void run_free(quire_graph *graph, struct run *run);
/* Adds a pair, after writing those there are if there is no room. Ascending; the value must last until run_write. */
int run_add(quire_graph *graph, enum part part, struct run *run, quire_bytes key, quire_bytes value);
/* The same with a short value that is copied. */
int run_add_copied(quire_graph *graph, enum part part, struct run *run, quire_bytes key, quire_bytes value);
/* Writes what there is. */
int run_write(quire_graph *graph, enum part part, struct run *run);

/* How many runs were sorted, and how many were found in order. */
struct sort_counts {
    uint64_t sorts, saved;
    int always; /* sorts in any case */
};

/*
 * Sorts by near node, type and far node; edges that are equal there stay as they
 * came, which is in the order of their ids. `scratch` has room for as many.
 */
void adjacencies_sort(struct adjacency *adjacencies, struct adjacency *scratch, size_t count,
                      struct sort_counts *counts);

struct label_entry {
    uint32_t label;
    uint64_t node;
};

/* Sorts by label; the nodes of one label stay as they came, which is ascending. */
void label_entries_sort(struct label_entry *entries, struct label_entry *scratch, size_t count,
                        struct sort_counts *counts);

/* Keys of any length, one behind the other in a buffer. */
struct span {
    size_t offset, size;
};

/* Sorts keys and writes them with empty values. counts may be NULL. */
int spans_write(quire_graph *graph, enum part part, struct run *run, const struct buffer *keys, struct span *spans,
                size_t count, struct sort_counts *counts);

#endif
