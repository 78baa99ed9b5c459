/*
 * compare-bench: the same stream of operations against quire and its peers, in
 * one run, the engines taking turns, at the same durability.
 *
 *   compare_bench.c           the turns: each repeat in a process of its own
 *   compare_bench_options.c   the command line
 *   compare_bench_data.c      keys and values
 *   compare_bench_work.c      the modes: what is timed
 *   compare_bench_calls.c     writes and syncs of the process, counted
 *   compare_bench_report.c    table, CSV, JSON, plot
 *   compare_bench_<peer>.c    an engine behind the table of functions below
 *
 * An engine is a store of byte strings, ordered by their bytes. A store is
 * opened once, and each thread works through a session of its own.
 */
#ifndef QUIRE_COMPARE_BENCH_H
#define QUIRE_COMPARE_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../quire.h"

enum bench_mode { READS_ONLY, INSERTS_ONLY, MIXED, UPDATE, CHURN, SCAN, RANGE, MODES };
enum bench_shape { SHAPE_INT, SHAPE_URL, SHAPE_BLOB100, SHAPE_BLOB1K, SHAPES };
enum { REPEAT_MAX = 101, THREADS_MAX = 64, GROUP_MAX = 1024, KEY_MAX = 64, VALUE_MAX = 1000, RANGE_ROWS = 100 };

extern const char *const mode_names[MODES];
extern const char *const sync_names[3];
extern const char *const shape_names[SHAPES];

struct bench_options {
    /* What an engine must know. */
    const char *folder; /* its own, empty at first */
    quire_sync_mode sync;
    uint32_t cache_mib;
    uint32_t page_size;
    uint32_t log_bytes; /* that an engine may write before it moves them into its file, where it can be told */
    int writemap;       /* LMDB's alone */
    int in_place;       /* these three are quire's alone */
    uint8_t slots;
    int profile;
    int checkpoint; /* the timed part ends with one */
    /* What is done with it. */
    enum bench_mode mode;
    enum bench_shape shape;
    uint64_t docs, commit_every, put_many_group, repeat, threads;
    uint64_t seconds;    /* an engine that has run so long sits out the other repeats; 0: none does */
    int read_with_write; /* mixed: reads inside the write transaction */
    int ascending;
    uint64_t seed;
    const char *databases;
    const char *base; /* the folder of all folders */
    const char *csv, *json, *plot;
};

/* What a walk came by. The sums, of the first eight bytes of each, say that keys and values were read, and which. */
struct walked {
    size_t count;
    uint64_t keys, values;
};

struct bench_engine {
    const char *name;     /* as --databases takes it */
    const char *log_name; /* pattern of its log files' names; NULL if it writes none */
    int sees_own_writes;  /* 0: a get in a write transaction finds only what was committed before */
    const char *(*version)(void);
    /* All that answer int answer 1, or 0 after saying on standard error what failed. */
    int (*open)(const struct bench_options *options, void **store);
    /* Closes it, whether open or half open. */
    int (*close)(void *store);
    int (*session_open)(void *store, void **session);
    void (*session_close)(void *session);
    /* So many operations will follow: around a single one some need no transaction. */
    int (*begin)(void *session, int writes, uint64_t operations);
    int (*commit)(void *session);
    int (*put)(void *session, const quire_pair *pair);
    /* A run of pairs in ascending order; NULL: put each. */
    int (*put_many)(void *session, const quire_pair *pairs, size_t count);
    /* The key is there; a key that is not is a failure. */
    int (*get)(void *session, quire_bytes key, quire_bytes *value);
    int (*remove)(void *session, quire_bytes key);
    /* Reads the records from `from` on, at most `limit`, and lets bench_see see each. */
    int (*walk)(void *session, quire_bytes from, size_t limit, struct walked *walked);
    /* Moves all that was committed into the file and syncs it, which in mode off some leave out. No transaction is
     * open. */
    int (*checkpoint)(void *session);
    /* Copies up to `capacity` of its own counters, which only grow, and answers how many there are. NULL: none. */
    size_t (*counters)(void *session, quire_counter *counters, size_t capacity);
};

/* All that were built in, quire first; NULL ends the list. */
extern const struct bench_engine *const bench_engines[];

/* ---- Durations of some of the operations: timing all of them would take more time than they do. ---- */
enum { SAMPLES_MAX = 32768 };
struct samples {
    uint32_t stride, waiting;
    uint32_t count;
    float ns[SAMPLES_MAX];
};

enum { COUNTERS_MAX = 128 };

/* What one repeat left behind. */
struct outcome {
    int is_complete;
    double seconds;
    double checkpoint_seconds; /* of these, for the checkpoint at the end */
    uint64_t disk_bytes;       /* allocated to its files after it was closed */
    uint64_t written_bytes;    /* by write calls of the timed part */
    uint64_t logged_bytes;     /* of these, into log files */
    uint64_t syncs;            /* in the timed part */
    uint64_t peak_bytes;       /* resident memory of the process at the end of the timed part, loading included */
    struct samples operations, commits;
    quire_counter counters[COUNTERS_MAX]; /* the engine's own, in the timed part; a child's names are the parent's */
    size_t counter_count;
};

/* ---- compare_bench_options.c ---- */
/* 1 to go on, 0 to leave with *code. */
int bench_parse(int count, char **words, struct bench_options *options, int *code);
int bench_chosen(const struct bench_options *options, const struct bench_engine *engine);

/* ---- compare_bench_data.c ---- */
struct document {
    quire_pair pair;
    uint8_t key[KEY_MAX];
    uint8_t value[VALUE_MAX];
};
/* SplitMix64: each number to another one, in no order. */
uint64_t bench_mix(uint64_t number);
/* What the key of document `number` stands for: keys of whatever shape are ordered like these. */
uint64_t bench_rank(const struct bench_options *options, uint64_t number);
/* The key of document `number`; its value says `content`. */
void bench_document(const struct bench_options *options, uint64_t number, uint64_t content, struct document *document);
quire_bytes bench_key(const struct bench_options *options, uint64_t number, uint8_t key[KEY_MAX]);
/* The most that a key and its value take. */
size_t bench_pair_size(const struct bench_options *options);
/* 1 if it is as long as the value that says `content`, and says so. */
int bench_value_says(const struct bench_options *options, quire_bytes value, uint64_t content);
/* 1 if it is that value in all its bytes. */
int bench_value_is(const struct bench_options *options, quire_bytes value, uint64_t content);

/* ---- compare_bench_work.c ---- */
uint64_t bench_operations(const struct bench_options *options);
/* Loads what the mode finds there, does the work, and fills in what the timed part left. 0 after a failure. */
int bench_work(const struct bench_engine *engine, const struct bench_options *options, void *store,
               struct outcome *outcome);

/* ---- compare_bench_calls.c ---- */
struct calls {
    uint64_t written_bytes, logged_bytes, syncs;
};
/* Counts from zero; files whose names match `log_name` are the log. */
void calls_begin(const char *log_name);
void calls_end(struct calls *calls);

/* ---- compare_bench_report.c ---- */
struct result {
    const struct bench_engine *engine;
    double seconds[REPEAT_MAX]; /* sorted */
    size_t repeats;
    double spent; /* seconds in all its processes */
    struct outcome last;
    uint64_t peak_bytes;         /* the most of any repeat */
    float *operations, *commits; /* durations of all repeats, sorted */
    size_t operation_count, commit_count;
};
/* 0 after a failure. */
int bench_report(const struct bench_options *options, const struct result *results, size_t count);

/* ---- for engines ---- */
/* Keys and values have eight bytes at least. */
static inline void bench_see(struct walked *walked, const void *key, const void *value)
{
    uint64_t of_key, of_value;
    memcpy(&of_key, key, sizeof of_key);
    memcpy(&of_value, value, sizeof of_value);
    walked->count++;
    walked->keys += of_key;
    walked->values += of_value;
}

/* Path of a file in the engine's folder, in a buffer of the caller's. */
enum { BENCH_PATH = 512 };
void bench_path(const struct bench_options *options, const char *name, char path[BENCH_PATH]);
int bench_fail(const char *engine, const char *what, const char *why);

#endif
