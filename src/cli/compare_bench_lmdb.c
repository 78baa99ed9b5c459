/* LMDB as compare-bench sees it: one environment, the main database. */
#include "compare_bench.h"

#ifdef HAVE_LMDB
#include <lmdb.h>
#include <stdlib.h>

struct store {
    const struct bench_options *options;
    MDB_env *env;
    MDB_txn *txn;
    MDB_txn *reader; /* kept and renewed, as LMDB advises */
    MDB_dbi dbi;
    int writes;
};

static int check(int error, const char *what)
{
    return error == MDB_SUCCESS ? 1 : bench_fail("lmdb", what, mdb_strerror(error));
}

static int open_database(struct store *store)
{
    MDB_txn *txn;
    int error = mdb_txn_begin(store->env, NULL, 0, &txn);
    if (error == MDB_SUCCESS) {
        error = mdb_dbi_open(txn, NULL, 0, &store->dbi);
    }
    if (error == MDB_SUCCESS) {
        error = mdb_txn_commit(txn);
    }
    return check(error, "opening the database");
}

/* LMDB has no mode that writes at commit and syncs later; NOSYNC stands in for normal and off. */
static int lmdb_bench_open(const struct bench_options *options, void **out)
{
    char path[512];
    bench_path(options, "lmdb.db", path, sizeof path);
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return bench_fail("lmdb", "open", "no memory");
    }
    store->options = options;
    *out = store;
    unsigned flags = MDB_NOSUBDIR | (options->sync == QUIRE_SYNC_FULL ? 0u : (unsigned)MDB_NOSYNC);
    int error = mdb_env_create(&store->env);
    if (error == MDB_SUCCESS) {
        error = mdb_env_set_mapsize(store->env, (size_t)1 << 36);
    }
    if (error == MDB_SUCCESS) {
        error = mdb_env_open(store->env, path, flags, 0644);
    }
    return check(error, "open") && open_database(store);
}

static int lmdb_bench_close(void *context, struct bench_metrics *metrics)
{
    struct store *store = context;
    char path[512];
    bench_path(store->options, "lmdb.db", path, sizeof path);
    if (store->reader) {
        mdb_txn_abort(store->reader);
    }
    mdb_env_sync(store->env, 1);
    mdb_env_close(store->env);
    metrics->disk_bytes = bench_file_bytes(path);
    metrics->text[0] = '\0';
    free(store);
    return 1;
}

static int lmdb_bench_begin(void *context, int writes)
{
    struct store *store = context;
    store->writes = writes;
    if (writes) {
        return check(mdb_txn_begin(store->env, NULL, 0, &store->txn), "begin");
    }
    if (store->reader) {
        store->txn = store->reader;
        return check(mdb_txn_renew(store->reader), "renew");
    }
    int begun = check(mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->reader), "begin");
    store->txn = store->reader;
    return begun;
}

static int lmdb_bench_commit(void *context)
{
    struct store *store = context;
    if (store->writes) {
        return check(mdb_txn_commit(store->txn), "commit");
    }
    mdb_txn_reset(store->txn);
    return 1;
}

static int lmdb_bench_put(void *context, const quire_pair *pair)
{
    struct store *store = context;
    /* mdb_put does not write through these pointers; its struct merely lacks the const. */
    MDB_val key = {pair->key.size, (void *)(uintptr_t)pair->key.data};
    MDB_val value = {pair->value.size, (void *)(uintptr_t)pair->value.data};
    return check(mdb_put(store->txn, store->dbi, &key, &value, 0), "put");
}

static int lmdb_bench_put_many(void *context, const quire_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!lmdb_bench_put(context, &pairs[i])) {
            return 0;
        }
    }
    return 1;
}

static int lmdb_bench_get(void *context, quire_bytes key, quire_bytes *value)
{
    struct store *store = context;
    MDB_val sought = {key.size, (void *)(uintptr_t)key.data};
    MDB_val found;
    int ok = check(mdb_get(store->txn, store->dbi, &sought, &found), "get");
    *value = ok ? (quire_bytes){found.mv_data, found.mv_size} : (quire_bytes){NULL, 0};
    return ok;
}

static int lmdb_bench_walk(void *context, quire_bytes from, size_t limit, size_t *count)
{
    struct store *store = context;
    MDB_cursor *cursor;
    MDB_val key = {from.size, (void *)(uintptr_t)from.data};
    MDB_val value;
    if (!check(mdb_cursor_open(store->txn, store->dbi, &cursor), "cursor")) {
        return 0;
    }
    int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0 && ++*count < limit) {
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 1 : check(code, "walk");
}

const struct bench_engine engine_lmdb = {
    "lmdb",         lmdb_bench_open,     lmdb_bench_close, lmdb_bench_begin, lmdb_bench_commit,
    lmdb_bench_put, lmdb_bench_put_many, lmdb_bench_get,   lmdb_bench_walk};
#else
typedef int compare_bench_lmdb_left_out;
#endif
