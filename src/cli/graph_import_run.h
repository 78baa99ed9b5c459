/*
 * An import under way: what graph_import.c, which knows batches, graph_import_row.c,
 * which knows rows, and graph_import_progress.c, which knows how far it has come, share.
 */
#ifndef QUIRE_CLI_GRAPH_IMPORT_RUN_H
#define QUIRE_CLI_GRAPH_IMPORT_RUN_H

#include "graph_import.h"

enum { KNOWN_NAMES = 32, NAME_MOST = 48 };

/* How far everything is at a commit. */
struct place {
    size_t file;
    uint64_t offset, line, sum; /* in that file; offset 0: its header is still to be read */
    uint64_t past;              /* the sums of the files before it, summed up; 0: one of them cannot be read again */
    uint64_t nodes, edges, rejected;
    int64_t rejects_size;
};

struct run {
    struct graph_import *import;
    quire_txn *txn;
    quire_graph *graph;
    quire_graph_writer *writer;
    quire_tree *keys;
    uint64_t batch_first; /* id of the first node that waits in the batch, if one does */
    struct csv_reader reader;
    int64_t base; /* where in its file the reader began */
    struct graph_columns columns;
    quire_graph_property *properties;
    uint8_t *room; /* what fields are decoded into, so that a row which is rejected is still as it was read */
    size_t room_size;
    struct place now, committed;
    int one_by_one;
    char reason[256]; /* why the row at hand is rejected */
    /* Labels and types met of late, so that a row costs no look-up of its names. */
    struct known_name {
        int kind;
        uint32_t id;
        size_t size;
        uint8_t name[NAME_MOST];
    } known[KNOWN_NAMES];
    size_t known_next;
};

/* Write import->message, and answer GRAPH_IMPORT_FAILED. */
enum graph_import_result import_fail(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum graph_import_result import_fail_engine(struct run *run, quire_status status, const char *what);
enum graph_import_result import_fail_graph(struct run *run, int status, const char *what);

/* The files of this import as the record of its progress lists them. NULL: no memory. */
char *import_list_files(const struct graph_import *import);
/* Is there an import to go on with, or one that was this? Also drops it, if that is asked for. */
enum graph_import_result import_find_progress(struct run *run, const char *files);
/* Puts run->now on record, in the transaction. */
quire_status import_write_progress(struct run *run, const char *files);
/* The sum of files that have been read, `past`, with one more behind it; 0 if that one does not come again. */
uint64_t import_sum_past(uint64_t past, const char *path, const struct csv_reader *file);
extern const uint64_t import_no_files; /* the sum of none */

/* Takes the row that the reader holds: 1 if it was, 0 if it is rejected for run->reason, -1 after import_fail. */
int import_take_node(struct run *run);
int import_take_edge(struct run *run);
/* Writes the batch into the transaction; the graph's status. */
int import_execute(struct run *run);

#endif
