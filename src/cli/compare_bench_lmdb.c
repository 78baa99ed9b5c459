/*
 * LMDB as compare-bench sees it: one environment, the main database. It has no
 * log; in full mode a commit syncs its pages and then its meta page. It has no
 * mode that writes at commit and syncs later in order: NOSYNC stands in for
 * normal and for off. With --writemap it writes through its mapping.
 */
#include "compare_bench.h"

#ifdef HAVE_LMDB
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

struct store {
    MDB_env *env;
    MDB_dbi dbi;
    int never_syncs;
};

struct session {
    struct store *store;
    MDB_txn *txn;
    MDB_txn *reader;    /* kept and renewed, as LMDB advises */
    MDB_cursor *cursor; /* of a write transaction */
    uint64_t puts;
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

static int lmdb_bench_open(const struct bench_options *options, void **out)
{
    char path[BENCH_PATH];
    bench_path(options, "lmdb.db", path);
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return bench_fail("lmdb", "open", "no memory");
    }
    *out = store;
    store->never_syncs = options->sync == QUIRE_SYNC_OFF;
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS | (options->sync == QUIRE_SYNC_FULL ? 0u : (unsigned)MDB_NOSYNC) |
                     (options->writemap ? (unsigned)MDB_WRITEMAP : 0u);
    int error = mdb_env_create(&store->env);
    if (error == MDB_SUCCESS) {
        error = mdb_env_set_mapsize(store->env, sizeof(size_t) > 4 ? (size_t)1 << (sizeof(size_t) * 4 + 4) : 1u << 30);
    }
    if (error == MDB_SUCCESS) {
        error = mdb_env_open(store->env, path, flags, 0644);
    }
    return check(error, "open") && open_database(store);
}

static int lmdb_bench_close(void *context)
{
    struct store *store = context;
    int error = store->env ? mdb_env_sync(store->env, 1) : 0;
    mdb_env_close(store->env);
    free(store);
    return check(error, "close");
}

static int lmdb_bench_session_open(void *store, void **out)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session) {
        return bench_fail("lmdb", "open", "no memory");
    }
    session->store = store;
    *out = session;
    return 1;
}

static void lmdb_bench_session_close(void *context)
{
    struct session *session = context;
    if (session->reader) {
        mdb_txn_abort(session->reader);
    }
    free(session);
}

static int lmdb_bench_begin(void *context, int writes, uint64_t operations)
{
    struct session *session = context;
    (void)operations;
    session->writes = writes;
    session->cursor = NULL;
    session->puts = 0;
    if (writes) {
        return check(mdb_txn_begin(session->store->env, NULL, 0, &session->txn), "begin");
    }
    int error = session->reader ? mdb_txn_renew(session->reader)
                                : mdb_txn_begin(session->store->env, NULL, MDB_RDONLY, &session->reader);
    session->txn = session->reader;
    return check(error, "begin");
}

static int lmdb_bench_commit(void *context)
{
    struct session *session = context;
    if (session->writes) {
        return check(mdb_txn_commit(session->txn), "commit");
    }
    mdb_txn_reset(session->txn);
    return 1;
}

/* LMDB does not write through these pointers; its struct merely lacks the const. */
static MDB_val value_of(quire_bytes bytes)
{
    return (MDB_val){bytes.size, (void *)(uintptr_t)bytes.data};
}

static int lmdb_bench_put(void *context, const quire_pair *pair)
{
    struct session *session = context;
    MDB_val key = value_of(pair->key);
    MDB_val value = value_of(pair->value);
    /* From the second put on a cursor, which remembers the leaf it stands in; it ends with the transaction. */
    if (session->puts++ == 0) {
        return check(mdb_put(session->txn, session->store->dbi, &key, &value, 0), "put");
    }
    if (!session->cursor && !check(mdb_cursor_open(session->txn, session->store->dbi, &session->cursor), "cursor")) {
        return 0;
    }
    return check(mdb_cursor_put(session->cursor, &key, &value, 0), "put");
}

static int lmdb_bench_get(void *context, quire_bytes key, quire_bytes *value)
{
    struct session *session = context;
    MDB_val sought = value_of(key);
    MDB_val found;
    int error = mdb_get(session->txn, session->store->dbi, &sought, &found);
    if (error == MDB_SUCCESS) {
        *value = (quire_bytes){found.mv_data, found.mv_size};
    }
    return check(error, "get");
}

static int lmdb_bench_remove(void *context, quire_bytes key)
{
    struct session *session = context;
    MDB_val sought = value_of(key);
    return check(mdb_del(session->txn, session->store->dbi, &sought, NULL), "delete");
}

static int lmdb_bench_walk(void *context, quire_bytes from, size_t limit, struct walked *walked)
{
    struct session *session = context;
    MDB_cursor *cursor;
    MDB_val key = value_of(from);
    MDB_val value;
    if (!check(mdb_cursor_open(session->txn, session->store->dbi, &cursor), "cursor")) {
        return 0;
    }
    int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0) {
        bench_see(walked, key.mv_data, value.mv_data);
        if (walked->count == limit) {
            break;
        }
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 1 : check(code, "walk");
}

/* Its pages are in the file with each commit; what is left is to sync them. */
static int lmdb_bench_checkpoint(void *context)
{
    struct session *session = context;
    return session->store->never_syncs || check(mdb_env_sync(session->store->env, 1), "sync");
}

static const char *lmdb_bench_version(void)
{
    static char text[24];
    int major, minor, patch;
    (void)mdb_version(&major, &minor, &patch);
    snprintf(text, sizeof text, "%d.%d.%d", major, minor, patch);
    return text;
}

const struct bench_engine engine_lmdb = {.name = "lmdb",
                                         .log_name = NULL,
                                         .sees_own_writes = 1,
                                         .version = lmdb_bench_version,
                                         .open = lmdb_bench_open,
                                         .close = lmdb_bench_close,
                                         .session_open = lmdb_bench_session_open,
                                         .session_close = lmdb_bench_session_close,
                                         .begin = lmdb_bench_begin,
                                         .commit = lmdb_bench_commit,
                                         .put = lmdb_bench_put,
                                         .get = lmdb_bench_get,
                                         .remove = lmdb_bench_remove,
                                         .walk = lmdb_bench_walk,
                                         .checkpoint = lmdb_bench_checkpoint};
#else
typedef int compare_bench_lmdb_left_out;
#endif
