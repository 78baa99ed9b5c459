/*
 * WiredTiger as compare-bench sees it: one table of raw bytes (row store, a
 * B-tree), no compression, a checkpoint whenever the log has grown by what quire
 * may keep. full: the log is synced at each commit; normal: written at each
 * commit; off: kept in its buffer until that is full. Log files are made ahead where
 * syncs gain by that; elsewhere making them would take half of a short run.
 */
#include "compare_bench.h"

#ifdef HAVE_WIREDTIGER
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wiredtiger.h>

static const char table[] = "table:records";

struct store {
    WT_CONNECTION *connection;
};

struct session {
    WT_SESSION *session;
    WT_CURSOR *cursor;
    int has_begun;
};

static int check(int error, const char *what)
{
    return error == 0 ? 1 : bench_fail("wiredtiger", what, wiredtiger_strerror(error));
}

static int create_table(struct store *store, const struct bench_options *options)
{
    char config[256];
    WT_SESSION *session;
    snprintf(config, sizeof config,
             "key_format=u,value_format=u,leaf_page_max=%u,internal_page_max=%u,allocation_size=%u",
             (unsigned)options->page_size, (unsigned)options->page_size,
             (unsigned)(options->page_size < 4096 ? options->page_size : 4096));
    int error = store->connection->open_session(store->connection, NULL, NULL, &session);
    if (error == 0) {
        error = session->create(session, table, config);
        int closed = session->close(session, NULL);
        error = error != 0 ? error : closed;
    }
    return check(error, "making the table");
}

static int wiredtiger_bench_open(const struct bench_options *options, void **out)
{
    static const char *const commits[] = {"enabled=true,method=fsync", "enabled=true,method=none", "enabled=false"};
    char config[512];
    snprintf(config, sizeof config,
             "create,cache_size=%uMB,session_max=%u,log=(enabled=true,prealloc=%s,file_max=%u),transaction_sync=(%s),"
             "checkpoint=(log_size=%u)",
             (unsigned)options->cache_mib, (unsigned)THREADS_MAX + 20u,
             options->sync == QUIRE_SYNC_FULL ? "true" : "false", (unsigned)options->log_bytes, commits[options->sync],
             (unsigned)options->log_bytes);
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return bench_fail("wiredtiger", "open", "no memory");
    }
    *out = store;
    return check(wiredtiger_open(options->folder, NULL, config, &store->connection), "open") &&
           create_table(store, options);
}

static int wiredtiger_bench_close(void *context)
{
    struct store *store = context;
    int error = store->connection ? store->connection->close(store->connection, NULL) : 0;
    free(store);
    return check(error, "close");
}

static int wiredtiger_bench_session_open(void *context, void **out)
{
    struct store *store = context;
    struct session *session = calloc(1, sizeof *session);
    if (!session) {
        return bench_fail("wiredtiger", "open", "no memory");
    }
    *out = session;
    int error = store->connection->open_session(store->connection, NULL, "isolation=snapshot", &session->session);
    if (error == 0) {
        error = session->session->open_cursor(session->session, table, NULL, NULL, &session->cursor);
    }
    return check(error, "opening a session");
}

static void wiredtiger_bench_session_close(void *context)
{
    struct session *session = context;
    if (session->session) {
        (void)session->session->close(session->session, NULL); /* closes its cursors */
    }
    free(session);
}

/* A lone read is consistent by itself. */
static int wiredtiger_bench_begin(void *context, int writes, uint64_t operations)
{
    struct session *session = context;
    session->has_begun = writes || operations > 1;
    return !session->has_begun || check(session->session->begin_transaction(session->session, NULL), "begin");
}

static int wiredtiger_bench_commit(void *context)
{
    struct session *session = context;
    return !session->has_begun || check(session->session->commit_transaction(session->session, NULL), "commit");
}

static WT_ITEM item_of(quire_bytes bytes)
{
    WT_ITEM item;
    memset(&item, 0, sizeof item);
    item.data = bytes.data;
    item.size = bytes.size;
    return item;
}

static int wiredtiger_bench_put(void *context, const quire_pair *pair)
{
    struct session *session = context;
    WT_ITEM key = item_of(pair->key);
    WT_ITEM value = item_of(pair->value);
    session->cursor->set_key(session->cursor, &key);
    session->cursor->set_value(session->cursor, &value);
    return check(session->cursor->insert(session->cursor), "put");
}

static int wiredtiger_bench_get(void *context, quire_bytes key, quire_bytes *value)
{
    struct session *session = context;
    WT_ITEM sought = item_of(key);
    WT_ITEM found;
    session->cursor->set_key(session->cursor, &sought);
    int error = session->cursor->search(session->cursor);
    if (error == 0) {
        error = session->cursor->get_value(session->cursor, &found);
    }
    if (error == 0) {
        *value = (quire_bytes){found.data, found.size};
    }
    return check(error, "get");
}

static int wiredtiger_bench_remove(void *context, quire_bytes key)
{
    struct session *session = context;
    WT_ITEM sought = item_of(key);
    session->cursor->set_key(session->cursor, &sought);
    return check(session->cursor->remove(session->cursor), "delete");
}

/* Steps to the first record at or after `from`. */
static int seek(WT_CURSOR *cursor, quire_bytes from)
{
    WT_ITEM sought = item_of(from);
    int order = 0;
    cursor->set_key(cursor, &sought);
    int error = cursor->search_near(cursor, &order);
    return error == 0 && order < 0 ? cursor->next(cursor) : error;
}

static int wiredtiger_bench_walk(void *context, quire_bytes from, size_t limit, struct walked *walked)
{
    struct session *session = context;
    WT_CURSOR *cursor = session->cursor;
    WT_ITEM key, value;
    int error = seek(cursor, from);
    while (error == 0 && (error = cursor->get_key(cursor, &key)) == 0 &&
           (error = cursor->get_value(cursor, &value)) == 0) {
        bench_see(walked, key.data, value.data);
        if (walked->count == limit) {
            break;
        }
        error = cursor->next(cursor);
    }
    int reset = cursor->reset(cursor);
    return check(error == WT_NOTFOUND || error == 0 ? reset : error, "walk");
}

static int wiredtiger_bench_checkpoint(void *context)
{
    struct session *session = context;
    return check(session->session->checkpoint(session->session, NULL), "checkpoint");
}

static const char *wiredtiger_bench_version(void)
{
    static char text[24];
    int major, minor, patch;
    (void)wiredtiger_version(&major, &minor, &patch);
    snprintf(text, sizeof text, "%d.%d.%d", major, minor, patch);
    return text;
}

const struct bench_engine engine_wiredtiger = {.name = "wiredtiger",
                                               .log_name = "WiredTigerLog.*",
                                               .sees_own_writes = 1,
                                               .version = wiredtiger_bench_version,
                                               .open = wiredtiger_bench_open,
                                               .close = wiredtiger_bench_close,
                                               .session_open = wiredtiger_bench_session_open,
                                               .session_close = wiredtiger_bench_session_close,
                                               .begin = wiredtiger_bench_begin,
                                               .commit = wiredtiger_bench_commit,
                                               .put = wiredtiger_bench_put,
                                               .get = wiredtiger_bench_get,
                                               .remove = wiredtiger_bench_remove,
                                               .walk = wiredtiger_bench_walk,
                                               .checkpoint = wiredtiger_bench_checkpoint};
#else
typedef int compare_bench_wiredtiger_left_out;
#endif
