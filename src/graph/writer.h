/*
 * The writer's batch. Rows are encoded as they are added; execute (batch.c) makes
 * the runs of all trees from them.
 */
#ifndef QUIRE_GRAPH_WRITER_H
#define QUIRE_GRAPH_WRITER_H

#include "alias.h"
#include "existence.h"
#include "runs.h"

/* Long content of a row that was added. */
struct draft_content {
    uint64_t id;
    uint32_t property;
    size_t offset, size;
};

/* Rows of one kind: row i has the id first + i, and ends at ends[i]. */
struct drafts {
    uint64_t first;
    size_t count;
    struct buffer rows, ends;
    struct buffer contents, content_list; /* bytes, and draft_contents by id and property */
};

struct quire_graph_writer {
    quire_graph *graph;
    quire_graph_writer_options options;
    quire_graph_writer_stat stat;
    struct sort_counts sort_counts;
    struct existence existence;
    uint64_t made_first, made_end; /* ids that this transaction gave in one go, all of which exist */
    struct drafts nodes, edges;
    struct buffer out; /* adjacencies of the edges, as their sources see them */
    struct aliases aliases;
    size_t validated; /* edges that the validator has vouched for */
    int is_stale;     /* the transaction was rolled back under the batch */
    /* Used by execute, and kept for the next one. */
    struct run run;
    quire_cursor *looks; /* over the part that is looked at in ascending order */
    struct buffer in, scratch, index_keys, index_spans;
};

/* Checks the endpoints and writes the batch. */
int batch_write(quire_graph_writer *writer);

/* The fault of an edge whose source or target is missing. */
int writer_no_endpoint(quire_graph_writer *writer, uint64_t edge, int side, uint64_t node);

static inline struct adjacency *writer_adjacencies(const struct buffer *buffer)
{
    return (struct adjacency *)(void *)buffer->data;
}
static inline quire_bytes draft_row(const struct drafts *drafts, size_t i)
{
    const size_t *ends = (const size_t *)(const void *)drafts->ends.data;
    size_t begin = i > 0 ? ends[i - 1] : 0;
    return (quire_bytes){drafts->rows.data + begin, ends[i] - begin};
}
static inline int drafts_have(const struct drafts *drafts, uint64_t id)
{
    return id >= drafts->first && id - drafts->first < drafts->count;
}

#endif
