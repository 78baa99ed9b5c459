/*
 * Berkeley DB as compare-bench sees it: a transactional environment of one
 * process with one B-tree in it, and a checkpoint whenever the log has grown by
 * what quire may keep. Its lock subsystem is left off, since here nobody writes
 * while another thread is at work; that makes it faster, and lets a transaction
 * be large; with a single session its handles take no mutexes either. A sorted run is
 * put in bulk (DB_MULTIPLE_KEY), a walk reads in bulk, and a transaction of so many
 * inserts that it pays logs no new pages, but flushes them (DB_TXN_BULK). full: the log is synced at each commit;
 * normal: written (DB_TXN_WRITE_NOSYNC); off: kept in its buffer (DB_TXN_NOSYNC).
 */
#define _DEFAULT_SOURCE /* db.h wants u_int */

#include "compare_bench.h"

#ifdef HAVE_BDB
#include <sys/types.h>

#include <db.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From so many on flushing new pages at the commit takes less than logging them. */
enum { BULK_INSERTS = 50000 };

/* Berkeley DB wants a log file to hold four buffers. */
enum { LOG_BUFFER_BYTES = 1 << 20, LOG_FILE_LEAST = 4 * LOG_BUFFER_BYTES };

struct store {
    DB_ENV *env;
    DB *db;
    u_int32_t threads; /* DB_THREAD, if there are several */
    u_int32_t log_kib; /* between checkpoints */
    int only_inserts;
    size_t page_size, pair_size;
};

/* In bulk each pair comes with two offsets and two lengths. Room for the longest run, in multiples of 1024 bytes. */
enum { BULK_FRAME = 16, BULK_BYTES = GROUP_MAX * (KEY_MAX + VALUE_MAX + BULK_FRAME + 8) };

struct session {
    struct store *store;
    DB_TXN *txn;
    uint8_t value[VALUE_MAX]; /* what was handed out last */
    uint8_t *bulk;            /* BULK_BYTES, for runs and walks */
};

static int check(int error, const char *what)
{
    return error == 0 ? 1 : bench_fail("bdb", what, db_strerror(error));
}

static int open_environment(struct store *store, const struct bench_options *options)
{
    static const u_int32_t commits[] = {0, DB_TXN_WRITE_NOSYNC, DB_TXN_NOSYNC};
    DB_ENV *env;
    int error = db_env_create(&store->env, 0);
    if (error != 0) {
        return check(error, "open");
    }
    env = store->env;
    error = env->set_cachesize(env, options->cache_mib >> 10, (options->cache_mib & 1023u) << 20, 1);
    if (error == 0) {
        error = env->set_lg_bsize(env, LOG_BUFFER_BYTES);
    }
    if (error == 0) {
        error = env->set_lg_max(env, options->log_bytes > LOG_FILE_LEAST ? options->log_bytes : LOG_FILE_LEAST);
    }
    if (error == 0 && commits[options->sync] != 0) {
        error = env->set_flags(env, commits[options->sync], 1);
    }
    if (error == 0) {
        error = env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
    }
    if (error == 0) {
        error = env->open(env, options->folder,
                          store->threads | DB_CREATE | DB_PRIVATE | DB_INIT_MPOOL | DB_INIT_LOG | DB_INIT_TXN, 0);
    }
    return check(error, "open");
}

static int bdb_bench_open(const struct bench_options *options, void **out)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return bench_fail("bdb", "open", "no memory");
    }
    *out = store;
    store->threads = options->threads > 1 ? DB_THREAD : 0;
    store->only_inserts = options->mode == INSERTS_ONLY;
    store->page_size = options->page_size;
    store->pair_size = bench_pair_size(options);
    store->log_kib = options->log_bytes >> 10;
    if (!open_environment(store, options)) {
        return 0;
    }
    int error = db_create(&store->db, store->env, 0);
    if (error == 0) {
        error = store->db->set_pagesize(store->db, options->page_size);
    }
    if (error == 0) {
        error = store->db->open(store->db, NULL, "bdb.db", NULL, DB_BTREE, store->threads | DB_CREATE | DB_AUTO_COMMIT,
                                0644);
    }
    return check(error, "opening the database");
}

static int bdb_bench_close(void *context)
{
    struct store *store = context;
    int error = store->db ? store->db->close(store->db, 0) : 0;
    if (store->env && error == 0) {
        error = store->env->txn_checkpoint(store->env, 0, 0, DB_FORCE);
    }
    int closed = store->env ? store->env->close(store->env, 0) : 0;
    free(store);
    return check(error != 0 ? error : closed, "close");
}

static int bdb_bench_session_open(void *store, void **out)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session) {
        return bench_fail("bdb", "open", "no memory");
    }
    *out = session;
    session->store = store;
    session->bulk = malloc(BULK_BYTES);
    return session->bulk != NULL || bench_fail("bdb", "open", "no memory");
}

static void bdb_bench_session_close(void *context)
{
    struct session *session = context;
    if (session->txn) {
        (void)session->txn->abort(session->txn);
    }
    free(session->bulk);
    free(session);
}

/* A reader needs no transaction where nobody writes beside it. */
static int bdb_bench_begin(void *context, int writes, uint64_t operations)
{
    struct session *session = context;
    DB_ENV *env = session->store->env;
    u_int32_t bulk = session->store->only_inserts && operations >= BULK_INSERTS ? DB_TXN_BULK : 0;
    return !writes || check(env->txn_begin(env, NULL, &session->txn, bulk), "begin");
}

static int bdb_bench_commit(void *context)
{
    struct session *session = context;
    DB_ENV *env = session->store->env;
    DB_TXN *txn = session->txn;
    session->txn = NULL;
    return !txn || (check(txn->commit(txn, 0), "commit") &&
                    check(env->txn_checkpoint(env, session->store->log_kib, 0, 0), "checkpoint"));
}

static DBT item_of(quire_bytes bytes)
{
    DBT item;
    memset(&item, 0, sizeof item);
    item.data = (void *)(uintptr_t)bytes.data; /* only read */
    item.size = (u_int32_t)bytes.size;
    return item;
}

/* With threads about, Berkeley DB writes what it finds into memory of the caller's. */
static DBT room_of(uint8_t *room, size_t size)
{
    DBT item;
    memset(&item, 0, sizeof item);
    item.data = room;
    item.ulen = (u_int32_t)size;
    item.flags = DB_DBT_USERMEM;
    return item;
}

static int bdb_bench_put(void *context, const quire_pair *pair)
{
    struct session *session = context;
    DBT key = item_of(pair->key);
    DBT value = item_of(pair->value);
    return check(session->store->db->put(session->store->db, session->txn, &key, &value, 0), "put");
}

static int bdb_bench_put_many(void *context, const quire_pair *pairs, size_t count)
{
    struct session *session = context;
    DBT run = room_of(session->bulk, BULK_BYTES);
    void *place;
    DB_MULTIPLE_WRITE_INIT(place, &run);
    for (size_t i = 0; i < count && place; i++) {
        DB_MULTIPLE_KEY_WRITE_NEXT(place, &run, pairs[i].key.data, pairs[i].key.size, pairs[i].value.data,
                                   pairs[i].value.size);
    }
    if (!place) {
        return bench_fail("bdb", "put_many", "a run does not fit");
    }
    return check(session->store->db->put(session->store->db, session->txn, &run, NULL, DB_MULTIPLE_KEY), "put_many");
}

static int bdb_bench_get(void *context, quire_bytes key, quire_bytes *value)
{
    struct session *session = context;
    DBT sought = item_of(key);
    DBT found = room_of(session->value, VALUE_MAX);
    int error = session->store->db->get(session->store->db, session->txn, &sought, &found, 0);
    *value = (quire_bytes){found.data, found.size};
    return check(error, "get");
}

static int bdb_bench_remove(void *context, quire_bytes key)
{
    struct session *session = context;
    DBT sought = item_of(key);
    return check(session->store->db->del(session->store->db, session->txn, &sought, 0), "delete");
}

/* For as many records as are wanted; a page at least, and a multiple of 1024, as Berkeley DB asks. */
static u_int32_t bulk_size(const struct session *session, size_t limit)
{
    size_t pair = session->store->pair_size + BULK_FRAME;
    size_t size = limit < BULK_BYTES / pair ? (limit * pair + 1023) / 1024 * 1024 : BULK_BYTES;
    return (u_int32_t)(size > session->store->page_size ? size : session->store->page_size);
}

static void see_bulk(const DBT *bulk, size_t limit, struct walked *walked)
{
    void *place;
    DB_MULTIPLE_INIT(place, bulk);
    while (walked->count < limit) {
        void *key, *value;
        size_t key_size, value_size;
        DB_MULTIPLE_KEY_NEXT(place, bulk, key, key_size, value, value_size);
        (void)key_size;
        (void)value_size;
        if (!place) {
            return;
        }
        bench_see(walked, key, value);
    }
}

static int bdb_bench_walk(void *context, quire_bytes from, size_t limit, struct walked *walked)
{
    struct session *session = context;
    DBC *cursor;
    DBT key = item_of(from);
    DBT bulk = room_of(session->bulk, bulk_size(session, limit));
    if (!check(session->store->db->cursor(session->store->db, session->txn, &cursor, DB_CURSOR_BULK), "cursor")) {
        return 0;
    }
    int error = cursor->get(cursor, &key, &bulk, DB_SET_RANGE | DB_MULTIPLE_KEY);
    while (error == 0) {
        see_bulk(&bulk, limit, walked);
        if (walked->count == limit) {
            break;
        }
        error = cursor->get(cursor, &key, &bulk, DB_NEXT | DB_MULTIPLE_KEY);
    }
    int closed = cursor->close(cursor);
    return check(error == DB_NOTFOUND || error == 0 ? closed : error, "walk");
}

static int bdb_bench_checkpoint(void *context)
{
    struct session *session = context;
    return check(session->store->env->txn_checkpoint(session->store->env, 0, 0, DB_FORCE), "checkpoint");
}

static const char *bdb_bench_version(void)
{
    static char text[24];
    int major, minor, patch;
    (void)db_version(&major, &minor, &patch);
    snprintf(text, sizeof text, "%d.%d.%d", major, minor, patch);
    return text;
}

const struct bench_engine engine_bdb = {.name = "bdb",
                                        .log_name = "log.[0-9]*",
                                        .sees_own_writes = 1,
                                        .version = bdb_bench_version,
                                        .open = bdb_bench_open,
                                        .close = bdb_bench_close,
                                        .session_open = bdb_bench_session_open,
                                        .session_close = bdb_bench_session_close,
                                        .begin = bdb_bench_begin,
                                        .commit = bdb_bench_commit,
                                        .put = bdb_bench_put,
                                        .put_many = bdb_bench_put_many,
                                        .get = bdb_bench_get,
                                        .remove = bdb_bench_remove,
                                        .walk = bdb_bench_walk,
                                        .checkpoint = bdb_bench_checkpoint};
#else
typedef int compare_bench_bdb_left_out;
#endif
