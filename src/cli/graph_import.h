/*
 * Rows of text into a graph: what `quire graph import` does, without a terminal.
 *
 * Each file is nodes or edges (graph_columns.h). Nodes are known to edges by keys,
 * which stay in the database, in the tree graph_keys/GRAPH beside the graph's own
 * (docs/FORMAT.md, "The graph").
 *
 * Every batch of rows is one commit, and the same commit says how far the input
 * has been read. So an import that stops, for whatever reason, goes on where its
 * last commit was when it is called again with the same files; what of them was
 * read is held against a sum. The record stays when the import has ended, since
 * nobody may have lived to hear of it: called again with the same files, unchanged,
 * it says that all is there already and adds nothing. A row that cannot be taken is
 * rejected and makes no node or edge; a name that it was the first to bring stays.
 */
#ifndef QUIRE_CLI_GRAPH_IMPORT_H
#define QUIRE_CLI_GRAPH_IMPORT_H

#include "graph_columns.h"

struct graph_import_file {
    const char *path; /* "-": the standard stream */
    int is_edges;
};

/* What comes through the standard stream comes once: nobody looks whether an import that has ended was of the same. */
static inline int graph_import_is_stream(const char *path)
{
    return path[0] == '-' && path[1] == '\0';
}

struct graph_import {
    /* What the caller sets. */
    quire_db *db;
    const char *graph; /* its name */
    const struct graph_import_file *files;
    size_t file_count;
    char separator;
    size_t batch;      /* rows a commit */
    size_t edge_cache; /* node ids that a batch of edges remembers */
    int trusted;       /* endpoints that were found by their keys are not looked up again */
    int forget;        /* the import before is forgotten, not gone on with */
    FILE *rejects;     /* a copy of each rejected row goes here; NULL: the first one ends the import */
    FILE *(*open)(void *context, const char *path);
    void (*progress)(void *context, uint64_t rows);
    void *context;

    /* What it tells. */
    uint64_t nodes, edges, rejected; /* committed, those of the calls before included */
    int resumed;                     /* some of it was there from a call before */
    int was_done;                    /* and all of it */
    char message[512];               /* of a failure: what and where */
};

enum graph_import_result { GRAPH_IMPORT_DONE, GRAPH_IMPORT_REJECTED, GRAPH_IMPORT_FAILED };

/* DONE also with rows rejected into `rejects`. REJECTED: a row was bad and there are no `rejects`; message names it. */
enum graph_import_result graph_import_run(struct graph_import *import);

/* The tree of keys of a graph, made if `create`: QUIRE_NOT_FOUND when there is none. */
quire_status graph_keys_open(quire_txn *txn, const char *graph, int create, quire_tree **keys);
/* The key of the record that leads from a node to its key: 'n', and the id, high byte first. */
enum { GRAPH_KEY_RECORD = 9 };
void graph_key_record(uint64_t node, uint8_t record[GRAPH_KEY_RECORD]);
/* The key of a node; QUIRE_NOT_FOUND for one that came without. `keys` may be NULL: there are none. */
quire_status graph_key_of_node(quire_txn *txn, quire_tree *keys, uint64_t node, quire_bytes *key);
/* The node of a key, which may have been deleted since; QUIRE_NOT_FOUND also for a record that names none. */
quire_status graph_node_of_key(quire_txn *txn, quire_tree *keys, quire_bytes key, uint64_t *node);

#endif
