/* graph-bench: the load in SQLite, as graph_bench.c says. */
#include "graph_bench.h"

#ifdef HAVE_SQLITE
#include <sqlite3.h>

#include <stdio.h>

static void must_sqlite(sqlite3 *db, int status, const char *what)
{
    if (status != SQLITE_OK && status != SQLITE_DONE) {
        bench_stop(what, sqlite3_errmsg(db));
    }
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *text)
{
    sqlite3_stmt *statement;
    must_sqlite(db, sqlite3_prepare_v2(db, text, -1, &statement, NULL), text);
    return statement;
}

static void step(sqlite3 *db, sqlite3_stmt *statement, const int64_t *values, int count)
{
    for (int i = 0; i < count; i++) {
        sqlite3_bind_int64(statement, i + 1, values[i]);
    }
    must_sqlite(db, sqlite3_step(statement), "a statement");
    sqlite3_reset(statement);
}

/* One thread and one connection: no mutexes, no statistics of memory, a database that is not shared. */
static sqlite3 *open_alone(const char *path)
{
    sqlite3 *db;
    must_sqlite(NULL, sqlite3_shutdown(), "shutting the library down");
    must_sqlite(NULL, sqlite3_config(SQLITE_CONFIG_SINGLETHREAD), "one thread");
    must_sqlite(NULL, sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), "no statistics");
    must_sqlite(NULL,
                sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL),
                "opening");
    return db;
}

double bench_sqlite(const struct work *work)
{
    static const char *const synchronous[] = {"FULL", "NORMAL", "OFF"};
    char script[720];
    bench_remove_all(work);
    sqlite3 *db = open_alone(work->path);
    /* Its log may grow to 64 MiB, as quire's. */
    snprintf(
        script, sizeof script,
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=%s;"
        "PRAGMA cache_size=-1048576; PRAGMA wal_autocheckpoint=8192;"
        "CREATE TABLE node(id INTEGER PRIMARY KEY, label INTEGER, age INTEGER);"
        "CREATE TABLE edge(id INTEGER PRIMARY KEY, source INTEGER, target INTEGER, type INTEGER);"
        "CREATE TABLE goes_out(source, type, target, edge, PRIMARY KEY(source, type, target, edge)) WITHOUT ROWID;"
        "CREATE TABLE comes_in(target, type, source, edge, PRIMARY KEY(target, type, source, edge)) WITHOUT ROWID;",
        synchronous[work->sync]);
    must_sqlite(db, sqlite3_exec(db, script, NULL, NULL, NULL), "making the tables");
    sqlite3_stmt *node = prepare(db, "INSERT INTO node VALUES(?1, ?2, ?3)");
    sqlite3_stmt *edge = prepare(db, "INSERT INTO edge VALUES(?1, ?2, ?3, ?4)");
    sqlite3_stmt *out = prepare(db, "INSERT INTO goes_out VALUES(?1, ?2, ?3, ?4)");
    sqlite3_stmt *in = prepare(db, "INSERT INTO comes_in VALUES(?1, ?2, ?3, ?4)");
    double begin = bench_now();
    must_sqlite(db, sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), "beginning");
    for (size_t i = 0; i < work->nodes; i++) {
        step(db, node, (const int64_t[]){(int64_t)i, 1, (int64_t)(i % 90)}, 3);
    }
    for (size_t i = 0; i < work->nodes * EDGES_EACH; i++) {
        int64_t id = (int64_t)i, source = (int64_t)work->source[i], target = (int64_t)work->target[i];
        step(db, edge, (const int64_t[]){id, source, target, 1}, 4);
        step(db, out, (const int64_t[]){source, 1, target, id}, 4);
        step(db, in, (const int64_t[]){target, 1, source, id}, 4);
    }
    must_sqlite(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), "committing");
    double seconds = bench_now() - begin;
    sqlite3_finalize(node);
    sqlite3_finalize(edge);
    sqlite3_finalize(out);
    sqlite3_finalize(in);
    sqlite3_close(db);
    bench_remove_all(work);
    return seconds;
}
#else
double bench_sqlite(const struct work *work)
{
    (void)work;
    return 0;
}
#endif
