/* A graph held against its model, part by part; each ends the program when they differ. */
#ifndef QUIRE_FUZZ_GRAPH_COMPARE_H
#define QUIRE_FUZZ_GRAPH_COMPARE_H

#include <stdio.h>

#include "expect.h"
#include "graph_world.h"

/* The graph answered as it should; if not, what it says about it. */
#define EXPECT_STATUS(w, call, wanted)                                                                                 \
    do {                                                                                                               \
        int expect_status = (call), expect_wanted = (wanted);                                                          \
        if (expect_status != expect_wanted) {                                                                          \
            fprintf(stderr, "%s:%d: %s answered %s, expected %s: %s\n", __FILE__, __LINE__, #call,                     \
                    quire_graph_status_name(expect_status), quire_graph_status_name(expect_wanted),                    \
                    (w)->graph ? quire_graph_fault_get((w)->graph)->message : "");                                     \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)
#define EXPECT_OK(w, call) EXPECT_STATUS(w, call, QUIRE_OK)

static inline int graph_has_node(const struct graph_model *model, uint64_t id)
{
    return id < model->next_node && model->nodes[id].exists;
}

static inline int graph_has_edge(const struct graph_model *model, uint64_t id)
{
    return id < model->next_edge && model->edges[id].exists;
}

void graph_expect_node(struct graph_world *w, quire_graph *graph, const struct graph_model *model, uint64_t id);
void graph_expect_edge(struct graph_world *w, quire_graph *graph, const struct graph_model *model, uint64_t id);
/* Neighbours and degree. */
void graph_expect_each_property(struct graph_world *w, uint64_t id, int is_node);
/* The nodes that index `which` finds for a value. */
void graph_expect_equal(struct graph_world *w, uint8_t which, uint8_t code);
void graph_expect_neighbours(struct graph_world *w, quire_graph *graph, const struct graph_model *model, uint64_t node,
                             int direction, uint32_t type, int distinct);
/* Nodes of index number `which` between two values, each bound of a kind. */
void graph_expect_range(struct graph_world *w, quire_graph *graph, const struct graph_model *model, uint8_t which,
                        int low_kind, uint8_t low, int high_kind, uint8_t high);
void graph_expect_expansion(struct graph_world *w, uint64_t start, int direction, uint32_t type, uint32_t max_depth,
                            uint64_t max_nodes);
/* quire_graph_check finds nothing. */
void graph_world_check(struct graph_world *w);

#endif
