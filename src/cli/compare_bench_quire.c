/* quire as compare-bench sees it: the public API, one database, the unnamed tree. */
#include "compare_bench.h"

#include <stdio.h>
#include <stdlib.h>

struct store {
    const struct bench_options *options;
    quire_db *db;
};

struct session {
    struct store *store;
    quire_txn *txn;
};

static int fail(quire_db *db, const char *what, quire_status status)
{
    char why[512];
    snprintf(why, sizeof why, "%s (%s)", db ? quire_error_message(db) : "", quire_status_name(status));
    return bench_fail("quire", what, why);
}

static int answer(struct session *session, const char *what, quire_status status)
{
    return status == QUIRE_OK ? 1 : fail(session->store->db, what, status);
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
        return fail(store->db, "setting the tree's options", status);
    }
    return 1;
}

static int quire_bench_open(const struct bench_options *options, void **out)
{
    char path[BENCH_PATH];
    bench_path(options, "quire.db", path);
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return bench_fail("quire", "open", "no memory");
    }
    *out = store;
    store->options = options;
    quire_options open;
    quire_options_init(&open);
    open.page_size = options->page_size;
    open.cache_bytes = (size_t)options->cache_mib << 20;
    open.log_bytes = options->log_bytes;
    open.sync = options->sync;
    open.flags |= options->profile ? QUIRE_OPEN_PROFILE : 0u;
    quire_status status = quire_open(path, &open, &store->db);
    return status == QUIRE_OK ? set_options(store) : fail(store->db, "open", status);
}

static int quire_bench_close(void *context)
{
    struct store *store = context;
    quire_status status = QUIRE_OK;
    if (store->db) {
        status = quire_close(store->db);
    }
    free(store);
    return status == QUIRE_OK ? 1 : bench_fail("quire", "close", quire_status_name(status));
}

static int quire_bench_session_open(void *context, void **out)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session) {
        return bench_fail("quire", "open", "no memory");
    }
    session->store = context;
    *out = session;
    return 1;
}

static void quire_bench_session_close(void *context)
{
    struct session *session = context;
    quire_rollback(session->txn);
    free(session);
}

static int quire_bench_begin(void *context, int writes, uint64_t operations)
{
    struct session *session = context;
    (void)operations;
    return answer(session, "begin", quire_begin(session->store->db, writes ? QUIRE_WRITE : QUIRE_READ, &session->txn));
}

static int quire_bench_commit(void *context)
{
    struct session *session = context;
    quire_txn *txn = session->txn;
    session->txn = NULL;
    return answer(session, "commit", quire_commit(txn));
}

static int quire_bench_put(void *context, const quire_pair *pair)
{
    struct session *session = context;
    return answer(session, "put", quire_put(session->txn, NULL, pair->key, pair->value, 0));
}

static int quire_bench_put_many(void *context, const quire_pair *pairs, size_t count)
{
    struct session *session = context;
    return answer(session, "put_many", quire_put_many(session->txn, NULL, pairs, count, NULL));
}

static int quire_bench_get(void *context, quire_bytes key, quire_bytes *value)
{
    struct session *session = context;
    return answer(session, "get", quire_get(session->txn, NULL, key, value));
}

static int quire_bench_remove(void *context, quire_bytes key)
{
    struct session *session = context;
    return answer(session, "delete", quire_delete(session->txn, NULL, key));
}

static int quire_bench_walk(void *context, quire_bytes from, size_t limit, struct walked *walked)
{
    struct session *session = context;
    quire_cursor *cursor;
    quire_bytes key, value;
    quire_status status = quire_cursor_open(session->txn, NULL, &cursor);
    if (status != QUIRE_OK) {
        return answer(session, "cursor", status);
    }
    status = quire_cursor_seek(cursor, from, &key, &value);
    while (status == QUIRE_OK) {
        bench_see(walked, key.data, value.data);
        if (walked->count == limit) {
            break;
        }
        status = quire_cursor_next(cursor, &key, &value);
    }
    quire_cursor_close(cursor);
    return status == QUIRE_NOT_FOUND ? 1 : answer(session, "walk", status);
}

static int quire_bench_checkpoint(void *context)
{
    struct session *session = context;
    return answer(session, "checkpoint", quire_checkpoint(session->store->db));
}

static size_t quire_bench_counters(void *context, quire_counter *counters, size_t capacity)
{
    struct session *session = context;
    return quire_counters_get(session->store->db, counters, capacity);
}

static const char *quire_bench_version(void)
{
    return QUIRE_VERSION;
}

const struct bench_engine engine_quire = {.name = "quire",
                                          .log_name = "quire.db-log",
                                          .sees_own_writes = 1,
                                          .version = quire_bench_version,
                                          .open = quire_bench_open,
                                          .close = quire_bench_close,
                                          .session_open = quire_bench_session_open,
                                          .session_close = quire_bench_session_close,
                                          .begin = quire_bench_begin,
                                          .commit = quire_bench_commit,
                                          .put = quire_bench_put,
                                          .put_many = quire_bench_put_many,
                                          .get = quire_bench_get,
                                          .remove = quire_bench_remove,
                                          .walk = quire_bench_walk,
                                          .checkpoint = quire_bench_checkpoint,
                                          .counters = quire_bench_counters};
