/*
 * compare-bench: quire and its peers, the same work in one run, interleaved, at
 * the same durability. Each engine is a small table of functions over one store
 * of byte-string keys.
 */
#ifndef QUIRE_COMPARE_BENCH_H
#define QUIRE_COMPARE_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "../quire.h"

struct bench_options {
    const char *folder; /* where the databases go; emptied after each run */
    quire_sync_mode sync;
    size_t cache_bytes;
    uint32_t page_size;
    int in_place;
    uint8_t slots;
    int profile;
};

/* What a run left behind, as far as the engine knows. */
struct bench_metrics {
    uint64_t disk_bytes;
    char text[1024]; /* the engine's own counters, one line each */
};

struct bench_engine {
    const char *name;
    /* All answer 1, or 0 after saying on standard error what failed. */
    int (*open)(const struct bench_options *options, void **store);
    int (*close)(void *store, struct bench_metrics *metrics);
    int (*begin)(void *store, int writes);
    int (*commit)(void *store);
    int (*put)(void *store, const quire_pair *pair);
    int (*put_many)(void *store, const quire_pair *pairs, size_t count);
    /* The value's size must come out; 0 if the key is not there. */
    int (*get)(void *store, quire_bytes key, quire_bytes *value);
    /* Reads the records from `from` on, at most `limit`, key and value each; how many there were. */
    int (*walk)(void *store, quire_bytes from, size_t limit, size_t *count);
};

extern const struct bench_engine engine_quire;
#ifdef HAVE_SQLITE
extern const struct bench_engine engine_sqlite;
#endif
#ifdef HAVE_LMDB
extern const struct bench_engine engine_lmdb;
#endif

/* Path of a file in the folder, in a buffer of the caller's. */
void bench_path(const struct bench_options *options, const char *name, char *path, size_t size);
uint64_t bench_file_bytes(const char *path);
int bench_fail(const char *engine, const char *what, const char *why);

#endif
