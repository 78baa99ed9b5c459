/* SQLite as compare-bench sees it: a WITHOUT ROWID table, prepared statements, WAL. */
#include "compare_bench.h"

#ifdef HAVE_SQLITE
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

struct store {
    const struct bench_options *options;
    sqlite3 *db;
    sqlite3_stmt *put, *get, *walk, *begin, *commit;
};

static int fail(struct store *store, const char *what)
{
    return bench_fail("sqlite", what, store->db ? sqlite3_errmsg(store->db) : "no memory");
}

/* The same promise as quire's mode: FULL syncs each commit, NORMAL only at checkpoints, OFF never. */
static int set_up(struct store *store)
{
    static const char *const synchronous[] = {"FULL", "NORMAL", "OFF"};
    char script[512];
    snprintf(script, sizeof script,
             "PRAGMA page_size=%u; PRAGMA journal_mode=WAL; PRAGMA synchronous=%s; PRAGMA cache_size=-%zu;"
             "CREATE TABLE records(key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID;",
             (unsigned)store->options->page_size, synchronous[store->options->sync],
             store->options->cache_bytes / 1024);
    return sqlite3_exec(store->db, script, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(store->db, "INSERT OR REPLACE INTO records VALUES(?1, ?2)", -1, SQLITE_PREPARE_PERSISTENT,
                              &store->put, NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(store->db, "SELECT value FROM records WHERE key = ?1", -1, SQLITE_PREPARE_PERSISTENT,
                              &store->get, NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(store->db, "SELECT key, value FROM records WHERE key >= ?1 ORDER BY key LIMIT ?2", -1,
                              SQLITE_PREPARE_PERSISTENT, &store->walk, NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(store->db, "BEGIN", -1, SQLITE_PREPARE_PERSISTENT, &store->begin, NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(store->db, "COMMIT", -1, SQLITE_PREPARE_PERSISTENT, &store->commit, NULL) == SQLITE_OK;
}

static int sqlite_bench_open(const struct bench_options *options, void **out)
{
    char path[512];
    bench_path(options, "sqlite.db", path, sizeof path);
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return bench_fail("sqlite", "open", "no memory");
    }
    store->options = options;
    *out = store;
    if (sqlite3_open(path, &store->db) != SQLITE_OK || !set_up(store)) {
        return fail(store, "open");
    }
    return 1;
}

static int sqlite_bench_close(void *context, struct bench_metrics *metrics)
{
    struct store *store = context;
    char path[512];
    bench_path(store->options, "sqlite.db", path, sizeof path);
    sqlite3_finalize(store->put);
    sqlite3_finalize(store->get);
    sqlite3_finalize(store->walk);
    sqlite3_finalize(store->begin);
    sqlite3_finalize(store->commit);
    int closed = sqlite3_close(store->db) == SQLITE_OK;
    metrics->disk_bytes = bench_file_bytes(path);
    metrics->text[0] = '\0';
    free(store);
    return closed ? 1 : bench_fail("sqlite", "close", "busy");
}

static int step(struct store *store, sqlite3_stmt *statement, const char *what)
{
    int done = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return done ? 1 : fail(store, what);
}

static int sqlite_bench_begin(void *context, int writes)
{
    (void)writes;
    struct store *store = context;
    return step(store, store->begin, "begin");
}

static int sqlite_bench_commit(void *context)
{
    struct store *store = context;
    return step(store, store->commit, "commit");
}

static int sqlite_bench_put(void *context, const quire_pair *pair)
{
    struct store *store = context;
    sqlite3_bind_blob(store->put, 1, pair->key.data, (int)pair->key.size, SQLITE_STATIC);
    sqlite3_bind_blob(store->put, 2, pair->value.data, (int)pair->value.size, SQLITE_STATIC);
    return step(store, store->put, "put");
}

static int sqlite_bench_put_many(void *context, const quire_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!sqlite_bench_put(context, &pairs[i])) {
            return 0;
        }
    }
    return 1;
}

static int sqlite_bench_get(void *context, quire_bytes key, quire_bytes *value)
{
    struct store *store = context;
    sqlite3_reset(store->get);
    sqlite3_bind_blob(store->get, 1, key.data, (int)key.size, SQLITE_STATIC);
    if (sqlite3_step(store->get) != SQLITE_ROW) {
        return fail(store, "get");
    }
    value->data = sqlite3_column_blob(store->get, 0);
    value->size = (size_t)sqlite3_column_bytes(store->get, 0);
    return 1;
}

static int sqlite_bench_walk(void *context, quire_bytes from, size_t limit, size_t *count)
{
    struct store *store = context;
    sqlite3_bind_blob(store->walk, 1, from.data, (int)from.size, SQLITE_STATIC);
    sqlite3_bind_int64(store->walk, 2, (sqlite3_int64)limit);
    int code;
    while ((code = sqlite3_step(store->walk)) == SQLITE_ROW) {
        if (sqlite3_column_blob(store->walk, 0) && sqlite3_column_blob(store->walk, 1)) {
            ++*count;
        }
    }
    sqlite3_reset(store->walk);
    return code == SQLITE_DONE ? 1 : fail(store, "walk");
}

/* A statement that still stands on its row would keep the transaction open. */
static int sqlite_bench_commit_reset(void *context)
{
    struct store *store = context;
    sqlite3_reset(store->get);
    return sqlite_bench_commit(context);
}

const struct bench_engine engine_sqlite = {
    "sqlite",         sqlite_bench_open,     sqlite_bench_close, sqlite_bench_begin, sqlite_bench_commit_reset,
    sqlite_bench_put, sqlite_bench_put_many, sqlite_bench_get,   sqlite_bench_walk};
#else
typedef int compare_bench_sqlite_left_out;
#endif
