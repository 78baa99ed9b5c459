/* quire as compare-bench sees it: the public API, one database, the unnamed tree. */
#include "compare_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store {
    const struct bench_options *options;
    quire_db *db;
    quire_txn *txn;
};

static int fail(struct store *store, const char *what, quire_status status)
{
    char why[512];
    snprintf(why, sizeof why, "%s (%s)", store->db ? quire_error_message(store->db) : "", quire_status_name(status));
    return bench_fail("quire", what, why);
}

static int set_options(struct store *store)
{
    quire_tree_options options;
    quire_tree_options_init(&options);
    options.slots = store->options->slots;
    options.in_place = (uint8_t)store->options->in_place;
    quire_txn *txn;
    quire_status status = quire_begin(store->db, QUIRE_WRITE, &txn);
    if (status != QUIRE_OK || (status = quire_tree_options_set(txn, NULL, &options)) != QUIRE_OK ||
        (status = quire_commit(txn)) != QUIRE_OK) {
        return fail(store, "setting the tree's options", status);
    }
    return 1;
}

static int quire_bench_open(const struct bench_options *options, void **out)
{
    char path[512];
    bench_path(options, "quire.db", path, sizeof path);
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return bench_fail("quire", "open", "no memory");
    }
    store->options = options;
    quire_options open;
    quire_options_init(&open);
    open.page_size = options->page_size;
    open.cache_bytes = options->cache_bytes;
    open.sync = options->sync;
    open.flags |= options->profile ? QUIRE_OPEN_PROFILE : 0u;
    quire_status status = quire_open(path, &open, &store->db);
    if (status != QUIRE_OK) {
        int answer = fail(store, "open", status);
        free(store);
        return answer;
    }
    *out = store;
    return set_options(store);
}

/* Counters that are not zero, as "name value" lines. */
static void describe(struct store *store, struct bench_metrics *metrics)
{
    quire_counter counters[128];
    size_t count = quire_counters_get(store->db, counters, 128);
    size_t used = 0;
    metrics->text[0] = '\0';
    for (size_t i = 0; i < count && i < 128; i++) {
        if (counters[i].value > 0 && used < sizeof metrics->text) {
            used += (size_t)snprintf(metrics->text + used, sizeof metrics->text - used, "%s %llu\n", counters[i].name,
                                     (unsigned long long)counters[i].value);
        }
    }
}

static int quire_bench_close(void *context, struct bench_metrics *metrics)
{
    struct store *store = context;
    char path[512];
    bench_path(store->options, "quire.db", path, sizeof path);
    describe(store, metrics);
    quire_status status = quire_close(store->db);
    metrics->disk_bytes = bench_file_bytes(path);
    free(store);
    return status == QUIRE_OK ? 1 : bench_fail("quire", "close", quire_status_name(status));
}

static int quire_bench_begin(void *context, int writes)
{
    struct store *store = context;
    quire_status status = quire_begin(store->db, writes ? QUIRE_WRITE : QUIRE_READ, &store->txn);
    return status == QUIRE_OK ? 1 : fail(store, "begin", status);
}

static int quire_bench_commit(void *context)
{
    struct store *store = context;
    quire_status status = quire_commit(store->txn);
    return status == QUIRE_OK ? 1 : fail(store, "commit", status);
}

static int quire_bench_put(void *context, const quire_pair *pair)
{
    struct store *store = context;
    quire_status status = quire_put(store->txn, NULL, pair->key, pair->value, 0);
    return status == QUIRE_OK ? 1 : fail(store, "put", status);
}

static int quire_bench_put_many(void *context, const quire_pair *pairs, size_t count)
{
    struct store *store = context;
    quire_status status = quire_put_many(store->txn, NULL, pairs, count, NULL);
    return status == QUIRE_OK ? 1 : fail(store, "put_many", status);
}

static int quire_bench_get(void *context, quire_bytes key, quire_bytes *value)
{
    struct store *store = context;
    quire_status status = quire_get(store->txn, NULL, key, value);
    return status == QUIRE_OK ? 1 : fail(store, "get", status);
}

static int quire_bench_walk(void *context, quire_bytes from, size_t limit, size_t *count)
{
    struct store *store = context;
    quire_cursor *cursor;
    quire_bytes key, value;
    quire_status status = quire_cursor_open(store->txn, NULL, &cursor);
    if (status != QUIRE_OK) {
        return fail(store, "cursor", status);
    }
    status = quire_cursor_seek(cursor, from, &key, &value);
    while (status == QUIRE_OK && ++*count < limit) {
        status = quire_cursor_next(cursor, &key, &value);
    }
    quire_cursor_close(cursor);
    return status == QUIRE_OK || status == QUIRE_NOT_FOUND ? 1 : fail(store, "walk", status);
}

const struct bench_engine engine_quire = {
    "quire",         quire_bench_open,     quire_bench_close, quire_bench_begin, quire_bench_commit,
    quire_bench_put, quire_bench_put_many, quire_bench_get,   quire_bench_walk};
