/*
 * LevelDB as compare-bench sees it: its C interface, no compression, a memory
 * table as large as the log that quire may keep. It has no transactions: a
 * commit writes a batch, and a reader takes a snapshot. full: the log is synced
 * with the batch; normal and off: it is written. A batch does not answer gets,
 * so LevelDB takes no part where a write transaction reads.
 */
#include "compare_bench.h"

#ifdef HAVE_LEVELDB
#include <leveldb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store {
    leveldb_t *db;
    leveldb_options_t *options;
    leveldb_cache_t *cache;
    leveldb_writeoptions_t *write;
};

struct session {
    struct store *store;
    leveldb_writebatch_t *batch;
    leveldb_readoptions_t *read;
    const leveldb_snapshot_t *snapshot;
    char *value; /* the last one, which LevelDB allocated */
    int writes;
};

/* Takes the message over. */
static int check(char *error, const char *what)
{
    if (!error) {
        return 1;
    }
    (void)bench_fail("leveldb", what, error);
    leveldb_free(error);
    return 0;
}

static int leveldb_bench_open(const struct bench_options *options, void **out)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        return bench_fail("leveldb", "open", "no memory");
    }
    *out = store;
    store->options = leveldb_options_create();
    store->cache = leveldb_cache_create_lru((size_t)options->cache_mib << 20);
    store->write = leveldb_writeoptions_create();
    leveldb_options_set_create_if_missing(store->options, 1);
    leveldb_options_set_cache(store->options, store->cache);
    leveldb_options_set_block_size(store->options, options->page_size);
    leveldb_options_set_compression(store->options, leveldb_no_compression);
    leveldb_options_set_write_buffer_size(store->options, options->log_bytes);
    leveldb_writeoptions_set_sync(store->write, options->sync == QUIRE_SYNC_FULL);
    char *error = NULL;
    store->db = leveldb_open(store->options, options->folder, &error);
    return check(error, "open");
}

static int leveldb_bench_close(void *context)
{
    struct store *store = context;
    if (store->db) {
        leveldb_close(store->db);
    }
    leveldb_writeoptions_destroy(store->write);
    leveldb_options_destroy(store->options);
    leveldb_cache_destroy(store->cache);
    free(store);
    return 1;
}

static int leveldb_bench_session_open(void *store, void **out)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session) {
        return bench_fail("leveldb", "open", "no memory");
    }
    *out = session;
    session->store = store;
    session->batch = leveldb_writebatch_create();
    session->read = leveldb_readoptions_create();
    return 1;
}

static void end_snapshot(struct session *session)
{
    if (session->snapshot) {
        leveldb_readoptions_set_snapshot(session->read, NULL);
        leveldb_release_snapshot(session->store->db, session->snapshot);
        session->snapshot = NULL;
    }
}

static void leveldb_bench_session_close(void *context)
{
    struct session *session = context;
    end_snapshot(session);
    leveldb_free(session->value);
    leveldb_readoptions_destroy(session->read);
    leveldb_writebatch_destroy(session->batch);
    free(session);
}

/* A lone read needs no snapshot. */
static int leveldb_bench_begin(void *context, int writes, uint64_t operations)
{
    struct session *session = context;
    session->writes = writes;
    if (!writes && operations > 1) {
        session->snapshot = leveldb_create_snapshot(session->store->db);
        leveldb_readoptions_set_snapshot(session->read, session->snapshot);
    }
    return 1;
}

static int leveldb_bench_commit(void *context)
{
    struct session *session = context;
    end_snapshot(session);
    if (!session->writes) {
        return 1;
    }
    char *error = NULL;
    leveldb_write(session->store->db, session->store->write, session->batch, &error);
    leveldb_writebatch_clear(session->batch);
    return check(error, "commit");
}

static const char *chars(quire_bytes bytes)
{
    return (const char *)bytes.data;
}

static int leveldb_bench_put(void *context, const quire_pair *pair)
{
    struct session *session = context;
    leveldb_writebatch_put(session->batch, chars(pair->key), pair->key.size, chars(pair->value), pair->value.size);
    return 1;
}

static int leveldb_bench_get(void *context, quire_bytes key, quire_bytes *value)
{
    struct session *session = context;
    char *error = NULL;
    leveldb_free(session->value);
    session->value = leveldb_get(session->store->db, session->read, chars(key), key.size, &value->size, &error);
    value->data = (const uint8_t *)session->value;
    return check(error, "get") && (session->value || bench_fail("leveldb", "get", "the key is not there"));
}

static int leveldb_bench_remove(void *context, quire_bytes key)
{
    struct session *session = context;
    leveldb_writebatch_delete(session->batch, chars(key), key.size);
    return 1;
}

static int leveldb_bench_walk(void *context, quire_bytes from, size_t limit, struct walked *walked)
{
    struct session *session = context;
    leveldb_iterator_t *iterator = leveldb_create_iterator(session->store->db, session->read);
    leveldb_iter_seek(iterator, chars(from), from.size);
    while (leveldb_iter_valid(iterator)) {
        size_t key_size, value_size;
        bench_see(walked, leveldb_iter_key(iterator, &key_size), leveldb_iter_value(iterator, &value_size));
        if (walked->count == limit) {
            break;
        }
        leveldb_iter_next(iterator);
    }
    char *error = NULL;
    leveldb_iter_get_error(iterator, &error);
    leveldb_iter_destroy(iterator);
    return check(error, "walk");
}

/*
 * Its checkpoint is the change of memory tables: what the log holds goes into a table file. LevelDB
 * does that first when a range is to be compacted, and in a range behind all keys no more is to be done.
 */
static int leveldb_bench_checkpoint(void *context)
{
    struct session *session = context;
    char behind[KEY_MAX + 1];
    memset(behind, 0xff, sizeof behind);
    leveldb_compact_range(session->store->db, behind, sizeof behind, behind, sizeof behind);
    return 1;
}

static const char *leveldb_bench_version(void)
{
    static char text[24];
    snprintf(text, sizeof text, "%d.%d", leveldb_major_version(), leveldb_minor_version());
    return text;
}

const struct bench_engine engine_leveldb = {.name = "leveldb",
                                            .log_name = "[0-9]*.log",
                                            .sees_own_writes = 0,
                                            .version = leveldb_bench_version,
                                            .open = leveldb_bench_open,
                                            .close = leveldb_bench_close,
                                            .session_open = leveldb_bench_session_open,
                                            .session_close = leveldb_bench_session_close,
                                            .begin = leveldb_bench_begin,
                                            .commit = leveldb_bench_commit,
                                            .put = leveldb_bench_put,
                                            .get = leveldb_bench_get,
                                            .remove = leveldb_bench_remove,
                                            .walk = leveldb_bench_walk,
                                            .checkpoint = leveldb_bench_checkpoint};
#else
typedef int compare_bench_leveldb_left_out;
#endif
