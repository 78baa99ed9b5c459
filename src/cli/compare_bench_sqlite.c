/*
 * SQLite as compare-bench sees it: a WITHOUT ROWID table, prepared statements,
 * WAL; a session is a connection. With one session the database is its own
 * (locking_mode EXCLUSIVE, the index of the WAL in memory that is not shared), and
 * the library takes no mutexes; it never keeps statistics of its memory. A
 * transaction of one statement is that statement, without BEGIN and COMMIT. The modes map one to one: synchronous FULL
 * syncs the log at each commit, NORMAL writes it and syncs at checkpoints, OFF
 * never syncs.
 */
#include "compare_bench.h"

#ifdef HAVE_SQLITE
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum statement { PUT, GET, REMOVE, WALK, BEGIN, COMMIT, STATEMENTS };
static const char *const statement_texts[STATEMENTS] = {
    "INSERT OR REPLACE INTO records VALUES(?1, ?2)",
    "SELECT value FROM records WHERE key = ?1",
    "DELETE FROM records WHERE key = ?1",
    "SELECT key, value FROM records WHERE key >= ?1 ORDER BY key LIMIT ?2",
    "BEGIN",
    "COMMIT"};

struct session {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    int is_lone;   /* the transaction is one statement, which needs no BEGIN */
    int put_waits; /* for the commit; its bytes stay where they are until then */
    int log_pages;
    uint64_t checkpoints;
};

static int fail(struct session *session, const char *what)
{
    return bench_fail("sqlite", what, session->db ? sqlite3_errmsg(session->db) : "no memory");
}

static int checkpoint(struct session *session)
{
    session->checkpoints++;
    return sqlite3_wal_checkpoint_v2(session->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK
               ? 1
               : fail(session, "checkpoint");
}

/* What wal_autocheckpoint does, and counts. */
static int after_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    struct session *session = context;
    (void)db;
    (void)name;
    return pages < session->log_pages || checkpoint(session) ? SQLITE_OK : SQLITE_ERROR;
}

/* A pragma that SQLite does not follow is no error to it. */
static int pragma_is(struct session *session, const char *pragma, const char *expected)
{
    sqlite3_stmt *statement = NULL;
    int is = sqlite3_prepare_v2(session->db, pragma, -1, &statement, NULL) == SQLITE_OK &&
             sqlite3_step(statement) == SQLITE_ROW &&
             strcmp((const char *)sqlite3_column_text(statement, 0), expected) == 0;
    (void)sqlite3_finalize(statement);
    return is || bench_fail("sqlite", pragma, "is not as it was set");
}

static int set_up(struct session *session, const struct bench_options *options)
{
    static const char *const synchronous[] = {"FULL", "NORMAL", "OFF"};
    char script[512];
    snprintf(script, sizeof script,
             "PRAGMA locking_mode=%s; PRAGMA page_size=%u; PRAGMA journal_mode=WAL; PRAGMA synchronous=%s; PRAGMA "
             "cache_size=-%u;"
             "CREATE TABLE IF NOT EXISTS records(key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID;",
             options->threads == 1 ? "EXCLUSIVE" : "NORMAL", (unsigned)options->page_size, synchronous[options->sync],
             (unsigned)options->cache_mib * 1024u);
    if (sqlite3_exec(session->db, script, NULL, NULL, NULL) != SQLITE_OK) {
        return fail(session, "setting up");
    }
    if (!pragma_is(session, "PRAGMA journal_mode", "wal") ||
        !pragma_is(session, "PRAGMA locking_mode", options->threads == 1 ? "exclusive" : "normal")) {
        return 0;
    }
    session->log_pages = (int)(options->log_bytes / options->page_size);
    (void)sqlite3_wal_hook(session->db, after_commit, session);
    for (int i = 0; i < STATEMENTS; i++) {
        if (sqlite3_prepare_v3(session->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &session->statements[i],
                               NULL) != SQLITE_OK) {
            return fail(session, "preparing");
        }
    }
    return 1;
}

/* No connection is open: the library takes what it must know first. One thread needs no mutexes at all. */
static int configure(const struct bench_options *options)
{
    int threads = options->threads == 1 ? SQLITE_CONFIG_SINGLETHREAD : SQLITE_CONFIG_MULTITHREAD;
    if (sqlite3_shutdown() != SQLITE_OK || sqlite3_config(threads) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK || sqlite3_initialize() != SQLITE_OK) {
        return bench_fail("sqlite", "open", "the library takes no configuration");
    }
    return 1;
}

/* The store is no more than the options: all else belongs to the connections. */
static int sqlite_bench_open(const struct bench_options *options, void **out)
{
    const struct bench_options **store = malloc(sizeof(struct bench_options *));
    if (!store) {
        return bench_fail("sqlite", "open", "no memory");
    }
    *store = options;
    *out = store;
    return configure(options);
}

static int sqlite_bench_close(void *store)
{
    free(store);
    return 1;
}

static int sqlite_bench_session_open(void *store, void **out)
{
    const struct bench_options *options = *(const struct bench_options **)store;
    char path[BENCH_PATH];
    bench_path(options, "sqlite.db", path);
    struct session *session = calloc(1, sizeof *session);
    if (!session) {
        return bench_fail("sqlite", "open", "no memory");
    }
    *out = session;
    return sqlite3_open_v2(path, &session->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                           NULL) == SQLITE_OK
               ? set_up(session, options)
               : fail(session, "open");
}

static void sqlite_bench_session_close(void *context)
{
    struct session *session = context;
    for (int i = 0; i < STATEMENTS; i++) {
        (void)sqlite3_finalize(session->statements[i]);
    }
    (void)sqlite3_close(session->db);
    free(session);
}

static int step(struct session *session, enum statement which, const char *what)
{
    int done = sqlite3_step(session->statements[which]) == SQLITE_DONE;
    (void)sqlite3_reset(session->statements[which]);
    return done ? 1 : fail(session, what);
}

static int sqlite_bench_begin(void *context, int writes, uint64_t operations)
{
    struct session *session = context;
    (void)writes;
    session->is_lone = operations == 1;
    return session->is_lone || step(session, BEGIN, "begin");
}

/* A statement that still stands on its row would keep the transaction open. */
static int sqlite_bench_commit(void *context)
{
    struct session *session = context;
    (void)sqlite3_reset(session->statements[GET]);
    if (!session->is_lone) {
        return step(session, COMMIT, "commit");
    }
    int puts = session->put_waits;
    session->put_waits = 0;
    return !puts || step(session, PUT, "put");
}

static void bind(struct session *session, enum statement which, int place, quire_bytes bytes)
{
    (void)sqlite3_bind_blob(session->statements[which], place, bytes.data, (int)bytes.size, SQLITE_STATIC);
}

/* A lone put is the whole transaction, and waits for its commit: so the time of that is told. */
static int sqlite_bench_put(void *context, const quire_pair *pair)
{
    struct session *session = context;
    bind(session, PUT, 1, pair->key);
    bind(session, PUT, 2, pair->value);
    session->put_waits = session->is_lone;
    return session->is_lone || step(session, PUT, "put");
}

static int sqlite_bench_get(void *context, quire_bytes key, quire_bytes *value)
{
    struct session *session = context;
    sqlite3_stmt *statement = session->statements[GET];
    (void)sqlite3_reset(statement);
    bind(session, GET, 1, key);
    if (sqlite3_step(statement) != SQLITE_ROW) {
        return fail(session, "get");
    }
    value->data = sqlite3_column_blob(statement, 0);
    value->size = (size_t)sqlite3_column_bytes(statement, 0);
    return 1;
}

static int sqlite_bench_remove(void *context, quire_bytes key)
{
    struct session *session = context;
    bind(session, REMOVE, 1, key);
    return step(session, REMOVE, "delete") &&
           (sqlite3_changes(session->db) == 1 || bench_fail("sqlite", "delete", "the key is not there"));
}

static int sqlite_bench_walk(void *context, quire_bytes from, size_t limit, struct walked *walked)
{
    struct session *session = context;
    sqlite3_stmt *statement = session->statements[WALK];
    bind(session, WALK, 1, from);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        bench_see(walked, sqlite3_column_blob(statement, 0), sqlite3_column_blob(statement, 1));
    }
    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE ? 1 : fail(session, "walk");
}

static int sqlite_bench_checkpoint(void *session)
{
    return checkpoint(session);
}

static size_t sqlite_bench_counters(void *context, quire_counter *counters, size_t capacity)
{
    const struct session *session = context;
    if (capacity > 0) {
        counters[0] = (quire_counter){"checkpoints", session->checkpoints};
    }
    return 1;
}

const struct bench_engine engine_sqlite = {.name = "sqlite",
                                           .log_name = "*-wal",
                                           .sees_own_writes = 1,
                                           .version = sqlite3_libversion,
                                           .open = sqlite_bench_open,
                                           .close = sqlite_bench_close,
                                           .session_open = sqlite_bench_session_open,
                                           .session_close = sqlite_bench_session_close,
                                           .begin = sqlite_bench_begin,
                                           .commit = sqlite_bench_commit,
                                           .put = sqlite_bench_put,
                                           .get = sqlite_bench_get,
                                           .remove = sqlite_bench_remove,
                                           .walk = sqlite_bench_walk,
                                           .checkpoint = sqlite_bench_checkpoint,
                                           .counters = sqlite_bench_counters};
#else
typedef int compare_bench_sqlite_left_out;
#endif
