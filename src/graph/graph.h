/*
 * What the sources of the graph share. The graph keeps no truth in memory: each
 * call begins by reading the state record, and what is remembered between calls
 * (the list of indexes, the existence cache) is dropped when the record's count
 * of changes is not the one this handle left, which happens when the caller
 * rolled the transaction back to a savepoint.
 *
 * Main invariant of writes: write_begin and write_end put a savepoint around
 * every write, so that a failure at any step leaves nothing.
 */
#ifndef QUIRE_GRAPH_GRAPH_H
#define QUIRE_GRAPH_GRAPH_H

#include "row.h"

#include <string.h>

enum part {
    PART_CATALOG,
    PART_NODES,
    PART_EDGES,
    PART_VALUES,
    PART_OUT,
    PART_IN,
    PART_LABELS,
    PART_DEGREES,
    PART_INDEX,
    PART_COUNT
};

/* First bytes of the catalog's keys, of the keys in `values`, and ways in the keys of `degrees`. */
enum { CATALOG_STATE = 0, CATALOG_ID_OF = 1, CATALOG_NAME_OF = 2, CATALOG_INDEX = 3 };
enum { OWNER_NODE = 1, OWNER_EDGE = 2 };
enum { WAY_OUT = 1, WAY_IN = 2, WAY_LOOP = 3 };

enum { GRAPH_NAME_MAX = 32, NAME_SIZE_MAX = 48, STATE_SIZE = 60 };

struct state {
    uint64_t next_node, next_edge, nodes, edges, changes;
    uint32_t names[4]; /* by kind; the first is not used */
    uint32_t indexes;
};

struct index {
    uint32_t label, property;
};

struct quire_graph {
    quire_db *db;
    quire_txn *txn;
    char name[GRAPH_NAME_MAX + 1];
    quire_memory memory;
    size_t edge_cache_capacity;
    quire_tree *trees[PART_COUNT]; /* opened when first used */
    struct state state;            /* as this handle last read or wrote it */
    struct state state_before;     /* the write that is going on */
    struct index *indexes;         /* state.indexes of them, if they are known */
    int indexes_are_known;
    quire_graph_cursor *cursors;
    quire_graph_writer *writer;
    struct buffer row;     /* a row under the eyes of a call: the engine's bytes do not last */
    struct buffer new_row; /* the row that is to take its place */
    struct buffer key;     /* an index key */
    struct buffer scratch; /* long content that is compared or indexed */
    /* Handed out, and therefore left alone by writes: their arguments may point into these. */
    struct buffer given_row, labels, properties, content;
    /* Arguments, sorted. */
    struct buffer label_arguments, property_arguments;
    quire_graph_fault fault;
    char message[256];  /* has room for a graph's name, a row, a rule and what is wrong */
    const char *detail; /* of a broken rule: where in the message what is wrong begins */
};

/* ---- Faults: each answers the status, so that it can be returned --------------- */

/* A fault without a message. */
void graph_start_fault(quire_graph *graph, int status);
int graph_fail(quire_graph *graph, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
int graph_corrupt(quire_graph *graph, const char *rule, uint64_t node, uint64_t edge, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
int graph_no_memory(quire_graph *graph);
/* Notes what the engine said, unless the status is an answer. */
int graph_engine(quire_graph *graph, int status);

/* ---- Memory --------------------------------------------------------------------- */

static inline void *graph_resize(quire_graph *graph, void *block, size_t size)
{
    return graph->memory.resize(graph->memory.context, block, size);
}
static inline void graph_release(quire_graph *graph, void *block)
{
    graph->memory.release(graph->memory.context, block);
}
/* Zeroed, or NULL. */
void *graph_allocate(quire_graph *graph, size_t size);

/* ---- Records -------------------------------------------------------------------- */

/* The name of a part's tree. */
void part_name(const char *graph, enum part part, char name[57]);
/* Each opens the part's tree at its first use. Statuses have their message already. */
int part_get(quire_graph *graph, enum part part, quire_bytes key, quire_bytes *value);
int part_put(quire_graph *graph, enum part part, quire_bytes key, quire_bytes value, int flags);
int part_delete(quire_graph *graph, enum part part, quire_bytes key);
int part_delete_prefix(quire_graph *graph, enum part part, quire_bytes prefix, uint64_t *deleted);
/* A cursor over the keys that begin with `prefix`, all if it is empty. */
int part_cursor(quire_graph *graph, enum part part, quire_bytes prefix, quire_cursor **cursor);
/* *has is 1 if a key of the part begins with the prefix. */
int part_has_prefix(quire_graph *graph, enum part part, quire_bytes prefix, int *has);
/*
 * part_get by such a cursor. Of keys that come in ascending order most are in the
 * leaf of the one before, where the cursor still stands.
 */
int part_look(quire_graph *graph, quire_cursor *cursor, quire_bytes key, quire_bytes *value);
int part_tree(quire_graph *graph, enum part part, quire_tree **tree);

/* ---- State ---------------------------------------------------------------------- */

/* Reads the state anew; to be called first by every call. */
int graph_refresh(quire_graph *graph);
/* Starts a write, after graph_refresh: sets a savepoint. */
int write_begin(quire_graph *graph, uint32_t *savepoint);
/* Ends it: on QUIRE_OK writes the state with one more change, else takes everything back. Answers the status. */
int write_end(quire_graph *graph, uint32_t savepoint, int status);

/* ---- Rows ----------------------------------------------------------------------- */

/*
 * Reads a row into graph->row and decodes it; QUIRE_NOT_FOUND, or QUIRE_CORRUPT
 * with the node or edge when it breaks G3 or G4.
 */
int node_load(quire_graph *graph, uint64_t id, struct row *row);
int edge_load(quire_graph *graph, uint64_t id, struct row *row);
/* The same for bytes that are at hand. */
int node_decode(quire_graph *graph, uint64_t id, quire_bytes bytes, struct row *row);
int edge_decode(quire_graph *graph, uint64_t id, quire_bytes bytes, struct row *row);
int node_exists(quire_graph *graph, uint64_t id);
/* The same by a cursor over all nodes. */
int node_look(quire_graph *graph, quire_cursor *nodes, uint64_t id);
/* Long content of a row, the engine's bytes; `property` says how long it must be. */
int content_get(quire_graph *graph, int owner, uint64_t id, const quire_graph_property *property, quire_bytes *content);
void content_key(int owner, uint64_t id, uint32_t property, struct key *key);
int content_delete(quire_graph *graph, int owner, uint64_t id, const struct row *row);

/* ---- Labels ----------------------------------------------------------------------- */

void label_key(uint32_t label, uint64_t node, struct key *key);
/* Deletes the entry of a node that has the label; without one G5 is broken. */
int label_take(quire_graph *graph, uint32_t label, uint64_t node);

/* ---- Degrees --------------------------------------------------------------------- */

void degree_key(uint64_t node, int way, uint32_t type, struct key *key);
/* The count of one key, 0 if there is no record. */
int degree_get(quire_graph *graph, uint64_t node, int way, uint32_t type, uint64_t *count);
/* The same by a cursor over all degrees. */
int degree_look(quire_graph *graph, quire_cursor *degrees, uint64_t node, int way, uint32_t type, uint64_t *count);
int degree_take(quire_graph *graph, uint64_t node, int way, uint32_t type, uint64_t count);

/* ---- Property indexes ------------------------------------------------------------- */

int indexes_load(quire_graph *graph);
int indexes_have(const quire_graph *graph, const struct index *index);
/* graph->key becomes the key of an entry; QUIRE_INVALID when it would be too long. */
int index_key(quire_graph *graph, const struct index *index, const quire_graph_value *value, uint64_t node);
/* Deletes an entry, whose key is given; without one G9 is broken. */
int index_take(quire_graph *graph, const struct index *index, quire_bytes key, uint64_t node);
/* Where long content of a row is to be had. */
typedef int (*content_source)(void *context, uint64_t node, const quire_graph_property *property, quire_bytes *content);
/*
 * Calls `visit` with each index whose label and property the row has, after making
 * graph->key the key of its entry.
 */
int index_entries(quire_graph *graph, uint64_t node, const struct row *row, content_source content,
                  void *content_context, int (*visit)(void *context, const struct index *index), void *context);
/* Content that stands in the trees, copied to graph->scratch, for a graph as context. */
int content_of_node(void *graph, uint64_t node, const quire_graph_property *property, quire_bytes *content);

/* ---- Arguments --------------------------------------------------------------------- */

/* Copies what a row is to have into the graph's argument buffers, sorted, and holds it against the state. */
int arguments_labels(quire_graph *graph, const uint32_t *labels, size_t count, size_t *kept);
int arguments_properties(quire_graph *graph, const quire_graph_property *properties, size_t count);
int argument_name(quire_graph *graph, int kind, uint32_t id);

/* ---- The writer, as other sources see it -------------------------------------------- */

void writer_free(quire_graph_writer *writer);
/* Drops what is known of nodes; a batch that is being made was begun in a state that is no more. */
void writer_note_rollback(quire_graph_writer *writer);
/* The transaction deleted a node. */
void writer_note_deleted(quire_graph_writer *writer, uint64_t node);

#endif
