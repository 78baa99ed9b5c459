/*
 * The import; see graph_import.h. A batch is a loop over rows between begin and
 * commit. Edges are checked for their nodes only when the batch is executed; if
 * that finds one missing (its node was deleted after it got its key), the batch
 * is taken back and run once more, each row executed alone, so that this one row
 * is rejected and no other.
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

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

static const char *name_of(const struct run *run)
{
    const char *path = file_of(run)->path;
    return graph_import_is_stream(path) ? "standard input" : path;
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
    quire_status status = import_write_progress(run, files);
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
    const char *path = name_of(run);
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

/* Makes the room as large as what a row is read into. */
static int room_fits(struct run *run)
{
    if (run->room_size < run->reader.text_capacity) {
        uint8_t *room = realloc(run->room, run->reader.text_capacity);
        if (!room) {
            return 0;
        }
        run->room = room;
        run->room_size = run->reader.text_capacity;
    }
    return 1;
}

static enum graph_import_result take_row(struct run *run)
{
    int taken = 0;
    if (!room_fits(run)) {
        return import_fail(run, "%s:%" PRIu64 ": no memory for the row", name_of(run), run->reader.row_line);
    }
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
            return import_fail(run, "%s: %s", name_of(run), strerror(errno));
        case CSV_NO_MEMORY:
            return import_fail(run, "%s:%" PRIu64 ": no memory for the row", name_of(run), run->reader.row_line);
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
    if (fseeko(run->reader.in, (off_t)(run->base + (int64_t)run->now.offset), SEEK_SET) != 0) {
        return import_fail(run, "%s: the node of an edge is gone, and the rows of its batch cannot be read again: %s",
                           name_of(run), strerror(errno));
    }
    if (rejects && fseeko(rejects, (off_t)run->now.rejects_size, SEEK_SET) != 0) {
        return import_fail(run, "rejected rows cannot be written again: %s", strerror(errno));
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
        result = result == GRAPH_IMPORT_DONE ? take_rows(run, ended) : result;
        status = QUIRE_OK;
    }
    if (status != QUIRE_OK) {
        result = import_fail_graph(run, status, name_of(run));
    }
    if (result != GRAPH_IMPORT_DONE) {
        roll_back(run);
        return result;
    }
    note_place(run);
    if (*ended) {
        run->now.past = import_sum_past(run->now.past, file_of(run)->path, &run->reader);
        run->now.file++;
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
    const char *path = name_of(run);
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
                           name_of(run), run->now.line + 1);
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
    off_t base = ftello(in);
    run->base = base < 0 ? 0 : base; /* a stream may have been read before */
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
    free(run->room);
    run->room = NULL;
    run->room_size = 0;
    return result;
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
    struct run run = {.import = import, .now = {.past = import_no_files}};
    char *files = import_list_files(import);
    enum graph_import_result result =
        files ? import_find_progress(&run, files) : import_fail(&run, "no memory for the names of the files");
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
