/*
 * The checker: each tree is read once from front to back, and what each of its
 * records says of others is looked up there. Both directions of a rule are two
 * walks: from the rows to their entries, and from the entries to their rows.
 */
#ifndef QUIRE_GRAPH_CHECK_H
#define QUIRE_GRAPH_CHECK_H

#include "graph.h"

struct check {
    quire_graph *graph;
    void (*visit)(void *context, const quire_graph_violation *violation);
    void *context;
    quire_progress progress;
    void *progress_context;
    uint64_t done, total; /* rows and adjacency entries */
    uint64_t violations;
    uint64_t nodes, edges; /* rows seen */
    /* The walk through one list of adjacencies: the edges at hand of one node and type. */
    int is_out;
    uint64_t group_node, group_edges, group_loops;
    uint32_t group_type;
};

/* Tells of a violation. */
void check_report(struct check *check, const char *rule, uint64_t node, uint64_t edge, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Turns a record that broke a rule into a report, and QUIRE_OK; passes other statuses on. */
int check_absorb(struct check *check, int status);
/* One more of `total` is done. */
int check_advance(struct check *check);
/* Calls `one` with each record of a part; stops at any status but QUIRE_OK. Key and value do not outlast other calls.
 */
int check_each(struct check *check, enum part part,
               int (*one)(struct check *check, quire_bytes key, quire_bytes value));
/* *has is 1 if the part has the key. */
int check_has(struct check *check, enum part part, quire_bytes key, int *has);
/* Loads a node's or edge's row. *found is 0 if it is missing, and -1 if it is damaged, which is told elsewhere. */
int check_row(struct check *check, int owner, uint64_t id, struct row *row, int *found);

/* From the rows to their entries (check_rows.c), and back (check_entries.c). */
int check_names(struct check *check);
int check_rows(struct check *check);
int check_entries(struct check *check);

#endif
