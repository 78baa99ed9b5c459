/*
 * quire_graph: a property graph kept in a quire database.
 *
 * Nodes carry any number of labels, edges have one type and run from a source
 * to a target, both carry properties. Several edges may join the same two
 * nodes, and an edge may join a node to itself. There is no query language:
 * what is here is rows, neighbours, indexes, and a fast way to write many.
 *
 * The graph is a guest of quire.h. It keeps its records in named trees called
 * quire_graph/NAME/... (docs/FORMAT.md, rules G1 to G12) and uses nothing but
 * the public calls, so that all they promise holds here too: transactions,
 * snapshots, savepoints, recovery. Other trees of the same database may be
 * read and written in the same transaction; those of that prefix may not.
 *
 *     quire_begin(db, QUIRE_WRITE, &txn);
 *     quire_graph_open(db, txn, NULL, NULL, &graph);
 *     ... any of the calls below ...
 *     quire_graph_close(graph);
 *     quire_commit(txn);
 *
 * Conventions, stated once for every function below, besides those of quire.h:
 *
 *  Status.   Functions answer a code of quire_status or of quire_graph_status,
 *            as int. QUIRE_NOT_FOUND is an answer, not a failure. After a
 *            failure quire_graph_fault_get() says what went wrong, with the
 *            node or edge it is about.
 *            QUIRE_CORRUPT: a record breaks a rule; its node or edge is named.
 *            QUIRE_INVALID: the caller's mistake.
 *            QUIRE_READ_ONLY: a write in a read transaction.
 *            Any other code of quire.h can come from the engine beneath.
 *  Whole.    A write happens wholly or not at all: on any failure the graph is
 *            as it was before the call, or the transaction is doomed.
 *  Ids.      Nodes and edges are numbered from 1 up to 2^63 - 1, each kind for
 *            itself, in the order of their making. A number is never given
 *            twice, also when its node or edge is deleted; what was rolled
 *            back was never there, and its numbers are free. Names have 32-bit
 *            ids from 1. An id of 0 means none, or any.
 *  Lifetime. A quire_graph belongs to its transaction, and everything that came
 *            from it to the quire_graph. Close it before the transaction ends;
 *            that closes its cursors and its writer too. Of one graph in one
 *            write transaction, have one quire_graph open.
 *  Bytes     passed in are borrowed for the call only. What is handed out stays
 *            as it is until the next call on the same quire_graph or anything
 *            that came from it; copy what you keep.
 *  Threads.  One thread at a time uses a transaction and the graphs in it.
 *  Savepoints of the transaction (quire_savepoint, quire_rollback_to) are open
 *            to the caller; the graph notices that it was rolled back.
 */
#ifndef QUIRE_GRAPH_H
#define QUIRE_GRAPH_H

#include "quire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QUIRE_GRAPH_FORMAT_VERSION 1

typedef enum quire_graph_status {
    QUIRE_GRAPH_NO_ENDPOINT = -101, /* an edge's source or target is no node of the graph */
    QUIRE_GRAPH_HAS_EDGES = -102,   /* a node that was to be deleted alone has edges */
    QUIRE_GRAPH_LIMIT = -103        /* an expansion met its limit: what it gave is not all there is */
} quire_graph_status;

/* The code's name, also of codes of quire_status. Static storage. */
QUIRE_API const char *quire_graph_status_name(int status);

typedef struct quire_graph quire_graph;
typedef struct quire_graph_cursor quire_graph_cursor;
typedef struct quire_graph_writer quire_graph_writer;

/* Which way an edge is looked along, and which end of an edge a fault is about. */
enum { QUIRE_GRAPH_OUT = 1, QUIRE_GRAPH_IN = 2, QUIRE_GRAPH_BOTH = 3 };
enum { QUIRE_GRAPH_SOURCE = 1, QUIRE_GRAPH_TARGET = 2 };

/* What the last failing call was about. Fields that do not apply are 0 or empty. */
typedef struct quire_graph_fault {
    int status;
    uint64_t node;       /* NO_ENDPOINT: the node that is missing */
    uint64_t edge;       /* NO_ENDPOINT: the id that the edge was to have */
    size_t batch_index;  /* NO_ENDPOINT: which edge of the batch, counted from 0 */
    int side;            /* NO_ENDPOINT: QUIRE_GRAPH_SOURCE or _TARGET */
    const char *rule;    /* CORRUPT: the rule of docs/FORMAT.md, such as "G3" */
    const char *message; /* a sentence, ended by NUL */
} quire_graph_fault;

/* Valid until the next failing call on this graph. */
QUIRE_API const quire_graph_fault *quire_graph_fault_get(const quire_graph *graph);

/* ---- Opening -------------------------------------------------------------- */

enum { QUIRE_GRAPH_CREATE = 1 };

typedef struct quire_graph_options {
    int flags;                  /* QUIRE_GRAPH_CREATE: make the graph if it is missing; default set */
    size_t edge_cache_capacity; /* node ids whose existence a transaction remembers while it makes edges; default
                                   8192. Each takes 8 bytes. More saves look-ups in batches whose edges meet many
                                   nodes; 0 looks every endpoint up. */
    const quire_memory *memory; /* default malloc, realloc, free */
    char *message;              /* if open fails: receives the message, ended by NUL */
    size_t message_size;
} quire_graph_options;

/* Fills in the defaults. Always call it first: later versions may add fields. */
QUIRE_API void quire_graph_options_init(quire_graph_options *options);

/*
 * Opens, and in a write transaction by default creates, the graph `name` in the
 * snapshot of `txn`, a transaction of `db`. Names are 1 to 32 bytes without '/';
 * NULL means "main". NULL options mean the defaults.
 *   QUIRE_NOT_FOUND (no such graph, and a read transaction or no CREATE),
 *   QUIRE_NEW_FORMAT (made by a later version), QUIRE_CORRUPT, QUIRE_INVALID,
 *   QUIRE_NO_MEMORY.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_open(quire_db *db, quire_txn *txn, const char *name,
                                             const quire_graph_options *options, quire_graph **graph);
/* Frees the graph, its cursors and its writer; a batch not written is dropped. NULL is allowed. */
QUIRE_API void quire_graph_close(quire_graph *graph);
/*
 * Deletes the graph `name` with all its trees, and with what an import has noted
 * beside it, or nothing. QUIRE_INVALID while it has an open cursor. A quire_graph
 * that was open on it answers QUIRE_INVALID, until a graph of that name is made again.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_drop(quire_db *db, quire_txn *txn, const char *name);

typedef struct quire_graph_stat {
    uint64_t nodes, edges;
    uint64_t next_node, next_edge;           /* the ids that the next ones get */
    uint32_t labels, edge_types, properties; /* names known of each kind: ids 1 to this */
    uint32_t indexes;                        /* property indexes */
    uint64_t changes;                        /* writes since the graph was made */
} quire_graph_stat;

QUIRE_API QUIRE_CHECKED int quire_graph_stat_get(quire_graph *graph, quire_graph_stat *stat);

/* ---- Names ---------------------------------------------------------------- */

/*
 * Labels, edge types and property names are stored once and known by number.
 * The three kinds count apart. A name is 1 to 48 bytes of any value; it stays
 * for good once it is made.
 */
enum { QUIRE_GRAPH_LABEL = 1, QUIRE_GRAPH_EDGE_TYPE = 2, QUIRE_GRAPH_PROPERTY = 3 };

/* The id of a name that is known; QUIRE_NOT_FOUND otherwise. */
QUIRE_API QUIRE_CHECKED int quire_graph_name_find(quire_graph *graph, int kind, quire_bytes name, uint32_t *id);
/* The same, and makes the name if it is not known. */
QUIRE_API QUIRE_CHECKED int quire_graph_name_make(quire_graph *graph, int kind, quire_bytes name, uint32_t *id);
/* The name of an id; QUIRE_NOT_FOUND for an id that was never given. */
QUIRE_API QUIRE_CHECKED int quire_graph_name_get(quire_graph *graph, int kind, uint32_t id, quire_bytes *name);

/* ---- Values --------------------------------------------------------------- */

/* The order of the types is the order of values of different types in an index. */
typedef enum quire_graph_type {
    QUIRE_GRAPH_NULL = 0, /* there, and null: not the same as a property that is not there */
    QUIRE_GRAPH_BOOL = 1,
    QUIRE_GRAPH_INT64 = 2,
    QUIRE_GRAPH_DOUBLE = 3,
    QUIRE_GRAPH_DATETIME = 4, /* microseconds since 1970-01-01T00:00:00Z, before it negative */
    QUIRE_GRAPH_STRING = 5,   /* bytes that the caller takes for text; ordered by their bytes */
    QUIRE_GRAPH_BYTES = 6
} quire_graph_type;

typedef struct quire_graph_value {
    quire_graph_type type;
    union {
        int boolean;         /* 0 or 1 */
        int64_t integer;     /* INT64, DATETIME */
        double real;         /* every bit is kept; as for order see quire_graph_value_compare */
        quire_bytes content; /* STRING, BYTES: up to 2^31 - 1 bytes */
    } as;
} quire_graph_value;

typedef struct quire_graph_property {
    uint32_t name;
    quire_graph_value value;
} quire_graph_property;

/*
 * True order: below 0, 0 or above 0. By type first; then false before true,
 * numbers by size (-0.0 equals 0.0, NaN equals NaN and comes last), content byte
 * by byte, a proper prefix first.
 */
QUIRE_API int quire_graph_value_compare(const quire_graph_value *a, const quire_graph_value *b);

/* ---- Reading rows --------------------------------------------------------- */

/* Labels and properties ascend by id. */
typedef struct quire_graph_node {
    uint64_t id;
    const uint32_t *labels;
    size_t label_count;
    const quire_graph_property *properties;
    size_t property_count;
} quire_graph_node;

typedef struct quire_graph_edge {
    uint64_t id;
    uint64_t source, target;
    uint32_t type;
    const quire_graph_property *properties;
    size_t property_count;
} quire_graph_edge;

/* The whole row, long values included; QUIRE_NOT_FOUND when there is none. */
QUIRE_API QUIRE_CHECKED int quire_graph_node_get(quire_graph *graph, uint64_t id, quire_graph_node *node);
QUIRE_API QUIRE_CHECKED int quire_graph_edge_get(quire_graph *graph, uint64_t id, quire_graph_edge *edge);
/* One property; QUIRE_NOT_FOUND when there is no such row, or it has no such property. Reads no long value but its
 * own. */
QUIRE_API QUIRE_CHECKED int quire_graph_node_property(quire_graph *graph, uint64_t id, uint32_t name,
                                                      quire_graph_value *value);
QUIRE_API QUIRE_CHECKED int quire_graph_edge_property(quire_graph *graph, uint64_t id, uint32_t name,
                                                      quire_graph_value *value);

/*
 * Edges at a node, looked at in `direction`, of one type or (0) of any. BOTH
 * counts a loop once. Takes time by the number of types at the node, not by the
 * number of edges. 0 for a node without edges; QUIRE_NOT_FOUND for no node.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_degree(quire_graph *graph, uint64_t node, int direction, uint32_t type,
                                               uint64_t *degree);

/* ---- Cursors -------------------------------------------------------------- */

/*
 * A cursor stands before the first of its entries when it is opened, and goes
 * forward. It sees the transaction's own writes as quire_cursor does: it keeps
 * its place when entries before, at or behind it come or go.
 */
typedef struct quire_graph_entry {
    uint64_t node;  /* the node this entry is about; edges: the target */
    uint64_t edge;  /* neighbours, edges: the edge; expansions: one by which the node was reached */
    uint64_t from;  /* neighbours: the node asked about; edges: the source; expansions: the node before this one */
    uint32_t type;  /* of the edge */
    int direction;  /* of the edge as seen from `from`: QUIRE_GRAPH_OUT or _IN */
    uint32_t depth; /* expansions: steps from the start */
} quire_graph_entry;

/* Goes to the next entry; QUIRE_NOT_FOUND when there is none. */
QUIRE_API QUIRE_CHECKED int quire_graph_cursor_next(quire_graph_cursor *cursor, quire_graph_entry *entry);
QUIRE_API void quire_graph_cursor_close(quire_graph_cursor *cursor);

/* All nodes with a label, or (0) all there are, by id. */
QUIRE_API QUIRE_CHECKED int quire_graph_nodes(quire_graph *graph, uint32_t label, quire_graph_cursor **cursor);
/* All edges, by id. Their entries name source, target and type. */
QUIRE_API QUIRE_CHECKED int quire_graph_edges(quire_graph *graph, quire_graph_cursor **cursor);

enum { QUIRE_GRAPH_DISTINCT = 1 };

/*
 * The edges at `node` in a direction, of one type or (0) of any, by type, then by
 * the other node's id, then by edge; BOTH: first those that go out, then those
 * that come in, a loop among the first only. With DISTINCT each other node comes
 * once, with the first of its edges; unless direction and type are both given,
 * this remembers every node it gave (16 to 32 bytes each).
 */
QUIRE_API QUIRE_CHECKED int quire_graph_neighbours(quire_graph *graph, uint64_t node, int direction, uint32_t type,
                                                   int flags, quire_graph_cursor **cursor);

/*
 * Breadth first from `start`: each node reached within max_depth steps once,
 * `start` itself not, nearest first, and within one depth in the order in which
 * neighbours() gives them. Remembers every node it met (about 32 bytes each); after
 * max_nodes of them (0: no limit) it answers QUIRE_GRAPH_LIMIT if there are more.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_expand(quire_graph *graph, uint64_t start, int direction, uint32_t type,
                                               uint32_t max_depth, uint64_t max_nodes, quire_graph_cursor **cursor);

/* ---- Property indexes ----------------------------------------------------- */

/*
 * An index on (label, property) holds each node that has both, by its value in
 * true order (quire_graph_value_compare), then by id. It is kept by every write.
 * Content is indexed whole: a value longer than quire_graph_index_content_max()
 * (each zero byte counts twice) is refused with QUIRE_INVALID when a node that
 * belongs in the index is to have it.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_index_create(quire_graph *graph, uint32_t label, uint32_t property);
QUIRE_API QUIRE_CHECKED int quire_graph_index_drop(quire_graph *graph, uint32_t label, uint32_t property);
/* Calls `visit` for each index; stops when it answers non-zero. `visit` may not call the graph. */
QUIRE_API QUIRE_CHECKED int quire_graph_index_list(quire_graph *graph,
                                                   int (*visit)(void *context, uint32_t label, uint32_t property),
                                                   void *context);
QUIRE_API size_t quire_graph_index_content_max(const quire_graph *graph);

/*
 * Nodes by an indexed property: those with exactly `value`, or those between two
 * bounds (QUIRE_BOUND_*; a bound of kind NONE may be NULL). If one bound is given,
 * values of other types than its own are left out; two must be of one type; none
 * gives all. QUIRE_NOT_FOUND when there is no such index.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_find(quire_graph *graph, uint32_t label, uint32_t property,
                                             const quire_graph_value *value, quire_graph_cursor **cursor);
QUIRE_API QUIRE_CHECKED int quire_graph_find_range(quire_graph *graph, uint32_t label, uint32_t property, int low_kind,
                                                   const quire_graph_value *low, int high_kind,
                                                   const quire_graph_value *high, quire_graph_cursor **cursor);

/* ---- Writing one at a time ------------------------------------------------ */

/*
 * Labels and properties may come in any order; a label given twice counts once, a
 * property given twice is QUIRE_INVALID, and so is a name id that was never made.
 * These go through the graph's writer (below), and answer QUIRE_INVALID while it
 * holds a batch.
 *   Edges: QUIRE_GRAPH_NO_ENDPOINT.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_node_create(quire_graph *graph, const uint32_t *labels, size_t label_count,
                                                    const quire_graph_property *properties, size_t property_count,
                                                    uint64_t *id);
QUIRE_API QUIRE_CHECKED int quire_graph_edge_create(quire_graph *graph, uint64_t source, uint64_t target, uint32_t type,
                                                    const quire_graph_property *properties, size_t property_count,
                                                    uint64_t *id);

/* What an update changes: the rest stays. To name a property or label both to set and to delete is QUIRE_INVALID. */
typedef struct quire_graph_patch {
    const quire_graph_property *set;
    size_t set_count;
    const uint32_t *remove; /* properties; one that is not there is no mistake */
    size_t remove_count;
    const uint32_t *add_labels, *remove_labels; /* nodes only */
    size_t add_label_count, remove_label_count;
} quire_graph_patch;

/* *changed (may be NULL) is 0 when the row already was as the patch asks; then nothing is written. */
QUIRE_API QUIRE_CHECKED int quire_graph_node_update(quire_graph *graph, uint64_t id, const quire_graph_patch *patch,
                                                    int *changed);
QUIRE_API QUIRE_CHECKED int quire_graph_edge_update(quire_graph *graph, uint64_t id, const quire_graph_patch *patch,
                                                    int *changed);

enum { QUIRE_GRAPH_RESTRICT = 0, QUIRE_GRAPH_CASCADE = 1 };

/*
 * Deletes a node. RESTRICT answers QUIRE_GRAPH_HAS_EDGES if it has any; CASCADE
 * deletes them too, those made in this transaction included, in memory bounded
 * whatever their number. *edges (may be NULL) counts them.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_node_delete(quire_graph *graph, uint64_t id, int mode, uint64_t *edges);
QUIRE_API QUIRE_CHECKED int quire_graph_edge_delete(quire_graph *graph, uint64_t id);

/* ---- Writing many --------------------------------------------------------- */

/*
 * The writer takes a batch of nodes and edges and writes it by sorted runs, one
 * for each tree. A quire_graph has one writer, which lives as long as it does;
 * quire_graph_writer_get makes it, or answers the one there is. A node of the
 * batch is known by its id from the moment it is added, so edges of the same batch
 * can name it: the id is the handle. Add calls check all but the endpoints;
 * execute checks these, then writes everything or nothing.
 *
 *     for each row: quire_graph_writer_node(...), quire_graph_writer_edge(...)
 *     every ten thousand rows and at the end: quire_graph_writer_execute(writer)
 *
 * Existence of endpoints: nodes of the batch exist; others are looked up, in the
 * order of their ids, and remembered in a cache of edge_cache_capacity ids, which
 * holds those that exist and those that do not and follows what this transaction
 * creates and deletes; ids it gave one after the other are remembered as a range.
 *
 * Trusted endpoints: a caller who knows that the endpoints exist, because it has
 * made or looked up every one of them, can save the look-ups. It gives a validator
 * that answers for the whole batch; without one, trusted is QUIRE_INVALID, and so
 * is executing a batch that was not validated since its last edge was added. An
 * edge to a missing node is then written as asked: quire_graph_check finds it
 * (rule G11).
 */
typedef struct quire_graph_endpoints {
    uint64_t edge, source, target;
} quire_graph_endpoints;

typedef struct quire_graph_writer_options {
    int trusted;
    /* Answers non-zero if the caller vouches for every endpoint of these edges. Called by validate, in runs. */
    int (*validator)(void *context, const quire_graph_endpoints *edges, size_t count);
    void *validator_context;
    int sort_always; /* 1: sort runs that are sorted already, too; for measuring what the guard saves */
} quire_graph_writer_options;

typedef struct quire_graph_writer_stat {
    uint64_t cache_hits, cache_misses; /* endpoints that were known; endpoints looked up in the nodes' tree */
    uint64_t batch_endpoints;          /* endpoints that were nodes of the same batch */
    uint64_t trusted_edges;
    uint64_t batches, nodes, edges;
    uint64_t sorts, sorts_saved;                        /* runs that had to be sorted, and that were sorted already */
    size_t pending_nodes, pending_edges, pending_bytes; /* of the batch that is being made */
} quire_graph_writer_stat;

QUIRE_API void quire_graph_writer_options_init(quire_graph_writer_options *options);
/* The graph's writer, with these options from here on (NULL: as they are). QUIRE_INVALID to change them amid a batch.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_writer_get(quire_graph *graph, const quire_graph_writer_options *options,
                                                   quire_graph_writer **writer);
/* Adds to the batch; arguments as for quire_graph_node_create and quire_graph_edge_create. */
QUIRE_API QUIRE_CHECKED int quire_graph_writer_node(quire_graph_writer *writer, const uint32_t *labels,
                                                    size_t label_count, const quire_graph_property *properties,
                                                    size_t property_count, uint64_t *id);
QUIRE_API QUIRE_CHECKED int quire_graph_writer_edge(quire_graph_writer *writer, uint64_t source, uint64_t target,
                                                    uint32_t type, const quire_graph_property *properties,
                                                    size_t property_count, uint64_t *id);
/*
 * An alias is a name for a node, of this batch or not, by which the caller's rows
 * may call it until the batch ends: any bytes. QUIRE_EXISTS if the alias is taken.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_writer_alias(quire_graph_writer *writer, quire_bytes alias, uint64_t node);
QUIRE_API QUIRE_CHECKED int quire_graph_writer_resolve(quire_graph_writer *writer, quire_bytes alias, uint64_t *node);
/* Asks the validator about the batch. QUIRE_INVALID if there is none, or it does not vouch. */
QUIRE_API QUIRE_CHECKED int quire_graph_writer_validate(quire_graph_writer *writer);
/*
 * Writes the batch and ends it, whatever the status: after a failure nothing of it
 * is in the graph, and its ids name nothing. QUIRE_GRAPH_NO_ENDPOINT names the
 * first edge of the batch that lacks a node, the side and the node's id.
 * QUIRE_INVALID: a write to the graph was rolled back to a savepoint after the
 * batch was begun. The exception: QUIRE_INVALID for a batch with trusted endpoints
 * that was not validated leaves it as it is.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_writer_execute(quire_graph_writer *writer);
/* Drops the batch. */
QUIRE_API void quire_graph_writer_discard(quire_graph_writer *writer);
QUIRE_API void quire_graph_writer_stat_get(const quire_graph_writer *writer, quire_graph_writer_stat *stat);

/* ---- Checking ------------------------------------------------------------- */

/* One broken rule: of docs/FORMAT.md, such as "G6"; the node or edge (or 0) and a sentence. */
typedef struct quire_graph_violation {
    const char *rule;
    uint64_t node, edge;
    const char *message;
} quire_graph_violation;

/*
 * Holds every record of the graph against the rules G1 to G12: each row decodes,
 * each adjacency has its edge and its mate, each index entry its row and each row
 * its entries, degrees and counts are right. Reads the trees one after another, in
 * memory that does not grow with them. Calls `visit` for each violation (it may be
 * NULL, and may not call the graph) and answers QUIRE_CORRUPT if there was one.
 * `progress` may be NULL; its unit is records. The pages beneath are quire_check's.
 */
QUIRE_API QUIRE_CHECKED int quire_graph_check(quire_graph *graph,
                                              void (*visit)(void *context, const quire_graph_violation *violation),
                                              void *context, quire_progress progress, void *progress_context);

#ifdef __cplusplus
}
#endif

#endif
