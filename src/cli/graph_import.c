/*
 * The import; see graph_import.h. A batch is a loop over rows between begin and
 * commit. Edges are checked for their nodes only when the batch is executed; if
 * that finds one missing (its node was deleted after it got its key), the batch
 * is taken back and run once more, each row executed alone, so that this one row
 * is rejected and no other.
 */
#define _POSIX_C_SOURCE 200809L

#include "graph_import_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct graph_import_file *file_of(const struct run *run)
{
    return &run->import->files[run->now.file];
}

enum graph_import_result import_fail(struct run *run, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(run->import->message, sizeof run->import->message, format, list);
    va_end(list);
    return GRAPH_IMPORT_FAILED;
}

enum graph_import_result import_fail_engine(struct run *run, quire_status status, const char *what)
{
    return import_fail(run, "%s: %s (%s)", what, quire_error_message(run->import->db), quire_status_name(status));
}

enum graph_import_result import_fail_graph(struct run *run, int status, const char *what)
{
    return import_fail(run, "%s: %s (%s)", what, quire_graph_fault_get(run->graph)->message,
                       quire_graph_status_name(status));
}

/* ---- How far it has come ---- */

/* The files of this import as the record of its progress lists them. NULL: no memory. */
static char *list_files(const struct graph_import *import)
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

static quire_status write_progress(struct run *run, const char *files)
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

static const uint64_t no_files = UINT64_C(14695981039346656037);

/* The sum of files that have been read: `past` with one more behind it, which must be one that can be read again. */
static uint64_t sum_past(uint64_t past, const struct csv_reader *file)
{
    return fseeko(file->in, 0, SEEK_CUR) == 0 ? (past ^ file->sum) * UINT64_C(1099511628211) : 0;
}

/* Are the files still what the record `at` has seen the end of? What came through a pipe is not looked at. */
static int is_read_already(struct run *run, const struct place *at)
{
    uint64_t past = no_files;
    for (size_t i = 0; i < run->import->file_count && at->past != 0; i++) {
        struct csv_reader reader;
        FILE *in = run->import->open(run->import->context, run->import->files[i].path);
        if (!in) {
            return 0;
        }
        csv_open(&reader, in, run->import->separator);
        int is_whole = csv_skip(&reader, UINT64_MAX, 0) == CSV_BAD;
        past = sum_past(past, &reader);
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

/* ---- Transactions ---- */

static int vouch(void *context, const quire_graph_endpoints *edges, size_t count)
{
    (void)context;
    (void)edges;
    (void)count;
    return 1; /* each endpoint was found by its key */
}

static enum graph_import_result begin(struct run *run)
{
    struct graph_import *import = run->import;
    quire_status status = quire_begin(import->db, QUIRE_WRITE, &run->txn);
    if (status == QUIRE_OK) {
        status = graph_keys_open(run->txn, import->graph, 1, &run->keys);
    }
    if (status != QUIRE_OK) {
        return import_fail_engine(run, status, "beginning a batch");
    }
    char message[256] = "";
    quire_graph_options options;
    quire_graph_options_init(&options);
    options.edge_cache_capacity = import->edge_cache;
    options.message = message;
    options.message_size = sizeof message;
    int opened = quire_graph_open(import->db, run->txn, import->graph, &options, &run->graph);
    if (opened != QUIRE_OK) {
        return import_fail(run, "%s (%s)", message, quire_graph_status_name(opened));
    }
    quire_graph_writer_options writing;
    quire_graph_writer_options_init(&writing);
    writing.trusted = import->trusted;
    writing.validator = vouch;
    opened = quire_graph_writer_get(run->graph, &writing, &run->writer);
    memset(run->known, 0, sizeof run->known);
    for (size_t i = 0; i < run->columns.count && run->columns.column; i++) {
        run->columns.column[i].name_id = 0;
    }
    return opened == QUIRE_OK ? GRAPH_IMPORT_DONE : import_fail_graph(run, opened, "beginning a batch");
}

static void roll_back(struct run *run)
{
    quire_graph_close(run->graph);
    run->graph = NULL;
    quire_rollback(run->txn);
    run->txn = NULL;
}

static enum graph_import_result commit(struct run *run, const char *files)
{
    quire_graph_close(run->graph);
    run->graph = NULL;
    if (run->import->rejects) {
        /* On the disk before the commit that counts them: what goes on after a power cut goes on behind them. */
        int file = fileno(run->import->rejects);
        if (fflush(run->import->rejects) != 0 || (file >= 0 && fsync(file) != 0 && errno != EINVAL)) {
            return import_fail(run, "writing rejected rows: %s", strerror(errno));
        }
        run->now.rejects_size = ftello(run->import->rejects);
    }
    quire_status status = write_progress(run, files);
    if (status == QUIRE_OK) {
        status = quire_commit(run->txn);
        run->txn = NULL;
    }
    if (status != QUIRE_OK) {
        return import_fail_engine(run, status, "committing a batch");
    }
    run->committed = run->now;
    run->import->nodes = run->now.nodes;
    run->import->edges = run->now.edges;
    run->import->rejected = run->now.rejected;
    if (run->import->progress) {
        run->import->progress(run->import->context, run->now.nodes + run->now.edges + run->now.rejected);
    }
    return GRAPH_IMPORT_DONE;
}

/* ---- Batches ---- */

/* Copies the row at hand, with where it stood and why it was not taken. */
static enum graph_import_result reject(struct run *run, int has_fields)
{
    struct graph_import *import = run->import;
    const char *path = file_of(run)->path;
    if (!import->rejects) {
        import_fail(run, "%s:%" PRIu64 ": %s", path, run->reader.row_line, run->reason);
        return GRAPH_IMPORT_REJECTED;
    }
    char separator = import->separator;
    csv_write(import->rejects, separator, (quire_bytes){(const uint8_t *)path, strlen(path)}, 0);
    fprintf(import->rejects, "%c%" PRIu64 "%c", separator, run->reader.row_line, separator);
    csv_write(import->rejects, separator, (quire_bytes){(const uint8_t *)run->reason, strlen(run->reason)}, 0);
    for (size_t i = 0; has_fields && i < run->reader.count; i++) {
        fputc(separator, import->rejects);
        csv_write(import->rejects, separator, run->reader.fields[i].bytes, run->reader.fields[i].is_quoted);
    }
    fputc('\n', import->rejects);
    run->now.rejected++;
    return ferror(import->rejects) ? import_fail(run, "writing rejected rows: %s", strerror(errno)) : GRAPH_IMPORT_DONE;
}

static enum graph_import_result take_row(struct run *run)
{
    int taken = 0;
    if (run->reader.count != run->columns.count) {
        snprintf(run->reason, sizeof run->reason, "%zu fields, where the header has %zu", run->reader.count,
                 run->columns.count);
    } else {
        taken = file_of(run)->is_edges ? import_take_edge(run) : import_take_node(run);
    }
    if (taken == 0) {
        return reject(run, 1);
    }
    *(file_of(run)->is_edges ? &run->now.edges : &run->now.nodes) += taken == 1;
    return taken == 1 ? GRAPH_IMPORT_DONE : GRAPH_IMPORT_FAILED;
}

/* Rows until the batch is full or the file ends. */
static enum graph_import_result take_rows(struct run *run, int *ended)
{
    enum graph_import_result result = GRAPH_IMPORT_DONE;
    for (size_t rows = 0; rows < run->import->batch && result == GRAPH_IMPORT_DONE; rows++) {
        switch (csv_next(&run->reader)) {
        case CSV_ROW:
            result = take_row(run);
            break;
        case CSV_BAD:
            snprintf(run->reason, sizeof run->reason, "%s", run->reader.error);
            result = reject(run, 0);
            break;
        case CSV_IO:
            return import_fail(run, "%s: %s", file_of(run)->path, strerror(errno));
        case CSV_NO_MEMORY:
            return import_fail(run, "%s:%" PRIu64 ": no memory for the row", file_of(run)->path, run->reader.row_line);
        default:
            *ended = 1;
            return GRAPH_IMPORT_DONE;
        }
    }
    return result;
}

static void note_place(struct run *run)
{
    run->now.offset = run->reader.offset;
    run->now.line = run->reader.line;
    run->now.sum = run->reader.sum;
}

/* Back to the last commit: the transaction, the input, and what was written of rejected rows. */
static enum graph_import_result take_back(struct run *run)
{
    roll_back(run);
    run->now = run->committed;
    run->reader.offset = run->now.offset;
    run->reader.line = run->now.line;
    run->reader.sum = run->now.sum;
    FILE *rejects = run->import->rejects;
    if (fseeko(run->reader.in, (off_t)run->now.offset, SEEK_SET) != 0 ||
        (rejects && fseeko(rejects, (off_t)run->now.rejects_size, SEEK_SET) != 0)) {
        return import_fail(run, "%s: %s", file_of(run)->path, strerror(errno));
    }
    return begin(run);
}

/* One batch, committed; *ended when it was the last of its file. */
static enum graph_import_result run_batch(struct run *run, const char *files, int *ended)
{
    run->one_by_one = 0;
    *ended = 0;
    enum graph_import_result result = begin(run);
    result = result == GRAPH_IMPORT_DONE ? take_rows(run, ended) : result;
    int status = result == GRAPH_IMPORT_DONE ? import_execute(run) : QUIRE_OK;
    if (status == QUIRE_GRAPH_NO_ENDPOINT) {
        result = take_back(run);
        run->one_by_one = 1;
        *ended = 0;
        result = result == GRAPH_IMPORT_DONE ? take_rows(run, ended) : result;
        status = QUIRE_OK;
    }
    if (status != QUIRE_OK) {
        result = import_fail_graph(run, status, file_of(run)->path);
    }
    if (result != GRAPH_IMPORT_DONE) {
        roll_back(run);
        return result;
    }
    note_place(run);
    if (*ended) {
        run->now.file++;
        run->now.past = run->now.past != 0 ? sum_past(run->now.past, &run->reader) : 0;
        run->now.offset = run->now.line = 0;
    }
    result = commit(run, files);
    if (result != GRAPH_IMPORT_DONE) {
        roll_back(run);
    }
    return result;
}

/* ---- Files ---- */

static enum graph_import_result read_header(struct run *run)
{
    const char *path = file_of(run)->path;
    switch (csv_next(&run->reader)) {
    case CSV_ROW:
        break;
    case CSV_END:
        return import_fail(run, "%s: the file has no header", path);
    case CSV_BAD:
        return import_fail(run, "%s:%" PRIu64 ": %s", path, run->reader.row_line, run->reader.error);
    default:
        return import_fail(run, "%s: %s", path, strerror(errno));
    }
    const char *error =
        graph_columns_read(&run->columns, run->reader.fields, run->reader.count, file_of(run)->is_edges);
    if (error) {
        return import_fail(run, "%s:%" PRIu64 ": %s", path, run->reader.row_line, error);
    }
    run->properties = calloc(run->columns.count, sizeof *run->properties);
    return run->properties ? GRAPH_IMPORT_DONE : import_fail(run, "no memory for the columns of %s", path);
}

/* Reads the header, and goes on behind what an earlier call has committed. */
static enum graph_import_result start_file(struct run *run)
{
    uint64_t offset = run->now.offset;
    enum graph_import_result result = read_header(run);
    if (result != GRAPH_IMPORT_DONE) {
        return result;
    }
    if (offset == 0) {
        note_place(run);
    } else if (csv_skip(&run->reader, offset, run->now.sum) != CSV_ROW) {
        return import_fail(run,
                           "%s has changed before line %" PRIu64 ", which is as far as it was imported; --forget "
                           "starts anew",
                           file_of(run)->path, run->now.line + 1);
    }
    run->committed = run->now;
    return GRAPH_IMPORT_DONE;
}

static enum graph_import_result run_file(struct run *run, const char *files)
{
    const char *path = file_of(run)->path;
    FILE *in = run->import->open(run->import->context, path);
    if (!in) {
        return import_fail(run, "%s: %s", path, strerror(errno));
    }
    csv_open(&run->reader, in, run->import->separator);
    enum graph_import_result result = start_file(run);
    for (int ended = 0; result == GRAPH_IMPORT_DONE && !ended;) {
        result = run_batch(run, files, &ended);
    }
    csv_close(&run->reader);
    fclose(in);
    graph_columns_free(&run->columns);
    free(run->properties);
    run->properties = NULL;
    return result;
}

/* Is there an import to go on with, or one that was this? Also drops it, if that is asked for. */
static enum graph_import_result find_progress(struct run *run, const char *files)
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

/* Cuts off what an earlier call wrote of rejected rows without committing their batch. */
static enum graph_import_result start_rejects(struct run *run)
{
    FILE *rejects = run->import->rejects;
    struct stat file;
    if (!rejects || fileno(rejects) < 0 || run->import->was_done) {
        return GRAPH_IMPORT_DONE;
    }
    if (fstat(fileno(rejects), &file) == 0 && file.st_size < (off_t)run->now.rejects_size) {
        return import_fail(run, "the file for rejected rows is not the file that the unfinished import has written");
    }
    if (ftruncate(fileno(rejects), (off_t)run->now.rejects_size) != 0 ||
        fseeko(rejects, (off_t)run->now.rejects_size, SEEK_SET) != 0) {
        return import_fail(run, "rejected rows of the unfinished import: %s", strerror(errno));
    }
    return GRAPH_IMPORT_DONE;
}

enum graph_import_result graph_import_run(struct graph_import *import)
{
    struct run run = {.import = import, .now = {.past = no_files}};
    char *files = list_files(import);
    enum graph_import_result result =
        files ? find_progress(&run, files) : import_fail(&run, "no memory for the names of the files");
    result = result == GRAPH_IMPORT_DONE ? start_rejects(&run) : result;
    run.committed = run.now;
    while (result == GRAPH_IMPORT_DONE && run.now.file < import->file_count) {
        result = run_file(&run, files);
    }
    import->nodes = run.committed.nodes;
    import->edges = run.committed.edges;
    import->rejected = run.committed.rejected;
    free(files);
    return result;
}
