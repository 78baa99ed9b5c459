/*
 * What all cursors are made of. A simple one walks through one tree (cursor.c);
 * neighbours walk through `out`, then `in`, and an expansion walks the neighbours
 * of one node after another, in the order in which it met them (neighbours.c).
 */
#ifndef QUIRE_GRAPH_CURSOR_H
#define QUIRE_GRAPH_CURSOR_H

#include "idset.h"

enum cursor_kind { CURSOR_NODES, CURSOR_LABEL, CURSOR_EDGES, CURSOR_INDEX, CURSOR_NEIGHBOURS, CURSOR_EXPANSION };

struct quire_graph_cursor {
    quire_graph *graph;
    quire_graph_cursor *next;
    enum cursor_kind kind;
    int ended;              /* the status that every further move answers, QUIRE_OK while there is none */
    quire_cursor *walk;     /* the tree of a simple cursor */
    quire_cursor *out, *in; /* neighbours: opened when first needed */
    uint64_t node;
    uint32_t type;
    int direction, flags;
    int side;           /* QUIRE_GRAPH_OUT or _IN: the list that is walked now */
    uint64_t last;      /* the node given last, where equal ones stand together */
    struct id_set seen; /* nodes given */
    /* Expansion: the nodes met, start first; those before `head` are done, those before `level_end` are a step nearer.
     */
    struct buffer met;
    size_t head, count, level_end;
    uint32_t depth, max_depth;
    uint64_t max_nodes;
};

/* A new cursor, listed in the graph. */
int cursor_new(quire_graph *graph, enum cursor_kind kind, quire_graph_cursor **out);
/* Hands the cursor out, or closes it if it could not be made ready. */
int cursor_made(quire_graph_cursor *cursor, int status, quire_graph_cursor **out);

/* The next entry of neighbours, and of an expansion. */
int neighbour_entry(quire_graph_cursor *cursor, quire_graph_entry *entry);
int expansion_entry(quire_graph_cursor *cursor, quire_graph_entry *entry);

#endif
