/*
 * How far an import has come: the record that every batch commits with its rows
 * (docs/FORMAT.md, "The graph"), and what the next call makes of it.
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include "graph_import_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

char *import_list_files(const struct graph_import *import)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; out && i < import->file_count; i++) {
        fprintf(out, "%s %s\n", import->files[i].is_edges ? "edges" : "nodes", import->files[i].path);
    }
    if (!out || fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static const quire_bytes progress_key = {(const uint8_t *)"p", 1};

quire_status import_write_progress(struct run *run, const char *files)
{
    const struct place *at = &run->now;
    char head[256];
    int size = snprintf(
        head, sizeof head,
        "%zu %" PRIu64 " %" PRIu64 " %016" PRIx64 " %016" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 "\n",
        at->file, at->offset, at->line, at->sum, at->past, at->nodes, at->edges, at->rejected, at->rejects_size);
    size_t length = (size_t)size + strlen(files);
    char *text = malloc(length);
    if (!text) {
        return QUIRE_NO_MEMORY;
    }
    memcpy(text, head, (size_t)size);
    memcpy(text + size, files, length - (size_t)size);
    quire_status status = quire_put(run->txn, run->keys, progress_key, (quire_bytes){(const uint8_t *)text, length}, 0);
    free(text);
    return status;
}

const uint64_t import_no_files = UINT64_C(14695981039346656037);

uint64_t import_sum_past(uint64_t past, const char *path, const struct csv_reader *file)
{
    int comes_again = !graph_import_is_stream(path) && fseeko(file->in, 0, SEEK_CUR) == 0;
    return past != 0 && comes_again ? (past ^ file->sum) * UINT64_C(1099511628211) : 0;
}

/* Are the files still what the record `at` has seen the end of? What came through a pipe is not looked at. */
static int is_read_already(struct run *run, const struct place *at)
{
    uint64_t past = import_no_files;
    for (size_t i = 0; i < run->import->file_count && at->past != 0; i++) {
        struct csv_reader reader;
        const char *path = run->import->files[i].path;
        FILE *in = run->import->open(run->import->context, path);
        if (!in) {
            return 0;
        }
        csv_open(&reader, in, run->import->separator);
        int is_whole = csv_skip(&reader, UINT64_MAX, 0) == CSV_BAD;
        past = import_sum_past(past, path, &reader);
        csv_close(&reader);
        fclose(in);
        if (!is_whole) {
            return 0;
        }
    }
    return at->past != 0 && past == at->past;
}

/* What the record says, into run->now, if its import goes on; one of other files must have ended. */
static enum graph_import_result take_progress(struct run *run, quire_bytes record, const char *files)
{
    struct place at;
    char head[256];
    const uint8_t *end = memchr(record.data, '\n', record.size);
    size_t size = end ? (size_t)(end - record.data) : record.size;
    int damaged = !end || size >= sizeof head;
    if (!damaged) {
        memcpy(head, record.data, size);
        head[size] = '\0';
        damaged =
            sscanf(head,
                   "%zu %" SCNu64 " %" SCNu64 " %" SCNx64 " %" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64,
                   &at.file, &at.offset, &at.line, &at.sum, &at.past, &at.nodes, &at.edges, &at.rejected,
                   &at.rejects_size) != 9;
    }
    if (damaged) {
        return import_fail(run, "the record of the import before is damaged; --forget drops it");
    }
    const char *listed = (const char *)end + 1;
    size_t left = record.size - size - 1;
    size_t file_count = 0;
    for (size_t i = 0; i < left; i++) {
        file_count += listed[i] == '\n';
    }
    int has_ended = at.file >= file_count;
    if (left != strlen(files) || memcmp(listed, files, left) != 0) {
        return has_ended
                   ? GRAPH_IMPORT_DONE
                   : import_fail(
                         run,
                         "an import of other files is unfinished (%.*s): finish it first, or drop it with --forget",
                         (int)(left > 200 ? 200 : left), listed);
    }
    if (has_ended && !is_read_already(run, &at)) {
        return GRAPH_IMPORT_DONE;
    }
    run->now = at;
    run->import->was_done = has_ended;
    run->import->resumed = 1;
    return GRAPH_IMPORT_DONE;
}

enum graph_import_result import_find_progress(struct run *run, const char *files)
{
    struct graph_import *import = run->import;
    enum graph_import_result result = GRAPH_IMPORT_DONE;
    quire_txn *txn;
    quire_tree *keys;
    quire_bytes record;
    quire_status status = quire_begin(import->db, QUIRE_WRITE, &txn);
    if (status != QUIRE_OK) {
        return import_fail_engine(run, status, "looking for an import before");
    }
    status = graph_keys_open(txn, import->graph, 0, &keys);
    if (status == QUIRE_OK && import->forget) {
        status = quire_delete(txn, keys, progress_key);
        if (status == QUIRE_OK) {
            status = quire_commit(txn);
            txn = NULL;
        }
    } else if (status == QUIRE_OK && (status = quire_get(txn, keys, progress_key, &record)) == QUIRE_OK) {
        result = take_progress(run, record, files);
    }
    quire_rollback(txn);
    return status == QUIRE_OK || status == QUIRE_NOT_FOUND
               ? result
               : import_fail_engine(run, status, "looking for an import before");
}
