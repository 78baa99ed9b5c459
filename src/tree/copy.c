/*
 * A compacting copy: each tree is read in the order of its keys and put into the
 * new database in ascending runs, which leave its leaves full. Memory is bounded:
 * a run is gathered in one buffer, and a long value goes from chain to chain
 * page by page.
 */
#include "audit.h"
#include "cursor.h"
#include "edit.h"
#include "pair_run.h"

enum { COMMIT_BYTES = 16 * 1024 * 1024 }; /* copied between commits */

struct copy {
    struct view *from, *to;
    quire_status (*commit)(void *context);
    void *commit_context;
    quire_progress progress;
    void *progress_context;
    struct tree source, target;
    struct pair_run run;
    uint64_t done_bytes, uncommitted_bytes, total_bytes;
};

/* ---- Putting -------------------------------------------------------------- */

static quire_status note_progress(struct copy *copy, uint64_t bytes)
{
    copy->done_bytes += bytes;
    copy->uncommitted_bytes += bytes;
    uint64_t done = copy->done_bytes < copy->total_bytes ? copy->done_bytes : copy->total_bytes;
    if (copy->progress && copy->progress(copy->progress_context, done, copy->total_bytes) != 0) {
        return fault_set(copy->to->fault, QUIRE_CANCELLED, "the copy was cancelled");
    }
    if (copy->uncommitted_bytes < COMMIT_BYTES) {
        return QUIRE_OK;
    }
    copy->uncommitted_bytes = 0;
    view_hold(copy->to, NULL);
    return copy->commit(copy->commit_context);
}

static quire_status flush_run(struct copy *copy)
{
    size_t bytes, records;
    quire_status status = pair_run_put(&copy->run, copy->to, &copy->target, &bytes, &records);
    return status == QUIRE_OK && records > 0 ? note_progress(copy, bytes) : status;
}

static quire_status add_to_run(struct copy *copy, const struct record *record)
{
    if (pair_run_add(&copy->run, record)) {
        return QUIRE_OK;
    }
    quire_status status = flush_run(copy);
    (void)pair_run_add(&copy->run, record);
    return status;
}

/* ---- Long values ---------------------------------------------------------- */

struct stream {
    struct copy *copy;
    struct overflow_ref ref;
    uint32_t size;
    struct overflow_place place;
};

static quire_status read_stream(void *context, uint32_t offset, uint8_t *data, size_t size)
{
    struct stream *stream = context;
    return overflow_read_from(stream->copy->from, stream->copy->source.id, stream->ref, stream->size, &stream->place,
                              offset, data, size);
}

/* A chain of the source whose value fits into a leaf of the target: its pages are larger. */
static quire_status copy_inline(struct copy *copy, const struct record *record, struct overflow_ref ref)
{
    struct record whole = *record;
    quire_bytes value = {NULL, 0};
    quire_status status = overflow_load(copy->from, copy->source.id, ref, record->value_len, &value);
    whole.stored = value.data;
    whole.stored_len = value.size;
    return status == QUIRE_OK ? add_to_run(copy, &whole) : status;
}

/* The run before it goes first, so that keys still come in ascending order. */
static quire_status copy_long(struct copy *copy, const struct record *record, struct overflow_ref ref)
{
    struct stream stream = {.copy = copy, .ref = ref, .size = record->value_len};
    struct value value = {.size = record->value_len, .overflow = 1};
    quire_status status = flush_run(copy);
    if (status == QUIRE_OK) {
        status = overflow_create_from(copy->to, copy->target.id, read_stream, &stream, stream.size, &value.ref);
    }
    if (status == QUIRE_OK) {
        status = tree_put_value(copy->to, &copy->target, (quire_bytes){record->key, record->key_len}, &value, 1);
    }
    return status == QUIRE_OK ? note_progress(copy, record->value_len) : status;
}

/* ---- Trees ---------------------------------------------------------------- */

static quire_status copy_record(struct copy *copy, const struct record *record, struct overflow_ref ref)
{
    if (record->key_len > copy->to->store->key_max) {
        return fault_set(copy->to->fault, QUIRE_INVALID, "a key of %zu bytes is too long for pages of %zu bytes",
                         record->key_len, copy->to->store->page_size);
    }
    if (!record->overflow) {
        return add_to_run(copy, record);
    }
    return record->value_len > copy->to->store->inline_max ? copy_long(copy, record, ref)
                                                           : copy_inline(copy, record, ref);
}

static quire_status copy_records(struct copy *copy, struct cursor *cursor)
{
    quire_status status;
    while ((status = cursor_next(cursor, NULL, NULL)) == QUIRE_OK) {
        struct record record;
        struct overflow_ref ref = {0};
        TRY(cursor_record(cursor, &record, &ref));
        TRY(copy_record(copy, &record, ref));
    }
    return status == QUIRE_NOT_FOUND ? flush_run(copy) : status;
}

static quire_status copy_tree(void *context, const char *name, struct tree *tree)
{
    struct copy *copy = context;
    struct cursor cursor;
    copy->source = *tree;
    TRY(name ? catalog_create(copy->to, name, &tree->options, &copy->target)
             : catalog_open_empty(copy->to, &tree->options, &copy->target));
    quire_status status = cursor_open(&cursor, copy->from, tree);
    if (status == QUIRE_OK) {
        status = copy_records(copy, &cursor);
        cursor_close(&cursor);
    }
    return status;
}

quire_status copy_trees(struct view *from, struct view *to, quire_status (*commit)(void *context), void *commit_context,
                        quire_progress progress, void *progress_context)
{
    struct state state;
    struct copy copy = {.from = from,
                        .to = to,
                        .commit = commit,
                        .commit_context = commit_context,
                        .progress = progress,
                        .progress_context = progress_context};
    quire_status status = QUIRE_NO_MEMORY;
    view_state(from, &state);
    copy.total_bytes = (uint64_t)(view_page_count(from) - state.free_count) * from->store->page_size;
    if (pair_run_allocate(&copy.run, to->store->memory)) {
        status = catalog_each(from, copy_tree, &copy);
    } else {
        (void)fault_set(to->fault, status, "no memory for a copy");
    }
    view_hold(to, NULL);
    pair_run_free(&copy.run, to->store->memory);
    return status;
}
