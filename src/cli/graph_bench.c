/*
 * graph-bench: how fast the bulk writer loads a graph, beside SQLite doing the same
 * and beside the bare put_many streams that the load consists of. Each row is a
 * number of nodes with four edges each, random endpoints; the contenders take
 * turns, each time on a fresh database, one commit, the same durability; medians.
 * "Edges later" adds and times the edges alone, in a transaction of their own: then
 * endpoints must be looked up, and the cache has something to save.
 *
 * SQLite keeps a table of nodes, one of edges, and the two adjacencies as tables
 * WITHOUT ROWID, by prepared statements. The bare streams are what the loaded
 * graph's trees hold, put as one sorted run a tree into trees of another database.
 *
 *   graph-bench [--nodes N] [--repeat N] [--seed N] [--sync full|normal|off]
 */
#define _POSIX_C_SOURCE 200809L

#include "graph_bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BATCH_ROWS = 8192, REPEAT_MOST = 101 };

struct load {
    const char *name;
    size_t edge_cache;
    int sort_always, trusted, profile;
    size_t batch;     /* rows */
    int nodes_before; /* the nodes were committed before; edges alone are timed */
};

void bench_stop(const char *what, const char *why)
{
    fprintf(stderr, "graph-bench: %s: %s\n", what, why);
    exit(2);
}

static void must(int status, const char *what)
{
    if (status != QUIRE_OK) {
        bench_stop(what, quire_graph_status_name(status));
    }
}

double bench_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Heap allocations while a load runs, counted through the library's own hooks. */
static uint64_t allocations;

static void *count_allocate(void *context, size_t size)
{
    (void)context;
    allocations++;
    return malloc(size);
}

static void *count_resize(void *context, void *block, size_t size)
{
    (void)context;
    allocations++;
    return realloc(block, size);
}

static void count_release(void *context, void *block)
{
    (void)context;
    free(block);
}

static const quire_memory counting = {NULL, count_allocate, count_resize, count_release};

void bench_remove_all(const struct work *work)
{
    static const char *const ends[] = {"", "-log", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", work->path, ends[i]);
        unlink(path);
    }
}

static quire_db *open_fresh(const struct work *work, int profile)
{
    quire_options options;
    quire_db *db;
    bench_remove_all(work);
    quire_options_init(&options);
    options.sync = work->sync;
    options.cache_bytes = (size_t)1 << 30;
    options.memory = &counting;
    must(quire_open(work->path, &options, &db), "opening");
    quire_counters_enable(db, profile);
    return db;
}

/* ---- quire ---- */

static int vouch(void *context, const quire_graph_endpoints *edges, size_t count)
{
    (void)context;
    (void)edges;
    (void)count;
    return 1;
}

static void execute(quire_graph_writer *writer, const struct load *load)
{
    if (load->trusted) {
        must(quire_graph_writer_validate(writer), "validating");
    }
    must(quire_graph_writer_execute(writer), "executing a batch");
}

/* What is added: both, or one of them. Ids of a new graph begin with 1. */
enum { ADD_NODES = 1, ADD_EDGES = 2 };

static void load_rows(const struct work *work, const struct load *load, quire_graph *graph, quire_graph_writer *writer,
                      int what)
{
    uint32_t label, type, property;
    uint64_t id;
    size_t rows = 0;
    must(quire_graph_name_make(graph, QUIRE_GRAPH_LABEL, (quire_bytes){(const uint8_t *)"Person", 6}, &label), "label");
    must(quire_graph_name_make(graph, QUIRE_GRAPH_EDGE_TYPE, (quire_bytes){(const uint8_t *)"knows", 5}, &type),
         "type");
    must(quire_graph_name_make(graph, QUIRE_GRAPH_PROPERTY, (quire_bytes){(const uint8_t *)"age", 3}, &property),
         "property");
    for (size_t i = 0; (what & ADD_NODES) && i < work->nodes; i++) {
        quire_graph_property age = {.name = property,
                                    .value = {.type = QUIRE_GRAPH_INT64, .as = {.integer = (int64_t)(i % 90)}}};
        must(quire_graph_writer_node(writer, &label, 1, &age, 1, &id), "adding a node");
        if (++rows % load->batch == 0) {
            execute(writer, load);
        }
    }
    for (size_t i = 0; (what & ADD_EDGES) && i < work->nodes * EDGES_EACH; i++) {
        must(quire_graph_writer_edge(writer, 1 + work->source[i], 1 + work->target[i], type, NULL, 0, &id),
             "adding an edge");
        if (++rows % load->batch == 0) {
            execute(writer, load);
        }
    }
    execute(writer, load);
}

/* One transaction; its seconds, the commit included. */
static double run_transaction(const struct work *work, const struct load *load, quire_db *db, int what,
                              quire_graph_writer_stat *stat)
{
    quire_txn *txn;
    quire_graph *graph;
    quire_graph_writer *writer;
    quire_graph_options options;
    quire_graph_writer_options writing;
    quire_graph_options_init(&options);
    options.edge_cache_capacity = load->edge_cache;
    options.memory = &counting;
    quire_graph_writer_options_init(&writing);
    writing.trusted = load->trusted;
    writing.validator = vouch;
    writing.sort_always = load->sort_always;
    allocations = 0;
    double begin = bench_now();
    must(quire_begin(db, QUIRE_WRITE, &txn), "beginning");
    must(quire_graph_open(db, txn, NULL, &options, &graph), "opening the graph");
    must(quire_graph_writer_get(graph, &writing, &writer), "the writer");
    load_rows(work, load, graph, writer, what);
    quire_graph_writer_stat_get(writer, stat);
    quire_graph_close(graph);
    must(quire_commit(txn), "committing");
    return bench_now() - begin;
}

/* Seconds of one load; the database stays for who asks for it, else it is closed. */
static double run_quire(const struct work *work, const struct load *load, quire_graph_writer_stat *stat,
                        quire_db **keep)
{
    quire_db *db = open_fresh(work, load->profile);
    if (load->nodes_before) {
        (void)run_transaction(work, load, db, ADD_NODES, stat);
    }
    double seconds = run_transaction(work, load, db, load->nodes_before ? ADD_EDGES : ADD_NODES | ADD_EDGES, stat);
    if (keep) {
        *keep = db;
    } else {
        must(quire_close(db), "closing");
        bench_remove_all(work);
    }
    return seconds;
}

/* ---- The bare streams ---- */

struct stream {
    quire_pair *pairs;
    size_t count, capacity;
};

enum { STREAMS_MOST = 16 };

struct streams {
    quire_txn *txn;
    struct stream of[STREAMS_MOST];
    size_t count;
};

static quire_bytes keep_bytes(quire_bytes bytes)
{
    uint8_t *copy = malloc(bytes.size + 1);
    if (!copy) {
        bench_stop("keeping a stream", "no memory");
    }
    memcpy(copy, bytes.data, bytes.size);
    return (quire_bytes){copy, bytes.size};
}

static int keep_tree(void *context, const char *name)
{
    struct streams *streams = context;
    struct stream *stream = &streams->of[streams->count++];
    quire_tree *tree;
    quire_cursor *cursor;
    quire_pair pair;
    must(quire_tree_open(streams->txn, name, &tree), name);
    must(quire_cursor_open(streams->txn, tree, &cursor), name);
    while (quire_cursor_next(cursor, &pair.key, &pair.value) == QUIRE_OK) {
        if (stream->count == stream->capacity) {
            stream->capacity = stream->capacity ? 2 * stream->capacity : 1024;
            stream->pairs = realloc(stream->pairs, stream->capacity * sizeof *stream->pairs);
            if (!stream->pairs) {
                bench_stop("keeping a stream", "no memory");
            }
        }
        stream->pairs[stream->count++] = (quire_pair){keep_bytes(pair.key), keep_bytes(pair.value)};
    }
    quire_cursor_close(cursor);
    return streams->count == STREAMS_MOST;
}

static double run_streams(const struct work *work, const struct streams *streams)
{
    quire_txn *txn;
    quire_db *db = open_fresh(work, 0);
    double begin = bench_now();
    must(quire_begin(db, QUIRE_WRITE, &txn), "beginning");
    for (size_t i = 0; i < streams->count; i++) {
        char name[16];
        quire_tree *tree;
        snprintf(name, sizeof name, "stream %zu", i);
        must(quire_tree_create(txn, name, NULL, &tree), "a stream's tree");
        must(quire_put_many(txn, tree, streams->of[i].pairs, streams->of[i].count, NULL), "put_many");
    }
    must(quire_commit(txn), "committing");
    double seconds = bench_now() - begin;
    must(quire_close(db), "closing");
    bench_remove_all(work);
    return seconds;
}

/* ---- Rows ---- */

static int compare_seconds(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

static double median(double *seconds, size_t count)
{
    qsort(seconds, count, sizeof *seconds, compare_seconds);
    return seconds[count / 2];
}

static void show(const char *name, size_t nodes, size_t rows, double seconds, double sqlite, const char *rest)
{
    char ratio[32] = "-";
    if (sqlite > 0) {
        snprintf(ratio, sizeof ratio, "%.2f", sqlite / seconds);
    }
    printf("| %-28s | %6zu | %8.2f | %9.0f | %6s | %s |\n", name, nodes, seconds * 1e3, (double)rows / seconds, ratio,
           rest);
}

static void run_all(const struct work *work)
{
    const struct load loads[] = {{"nodes and edges", 8192, 0, 0, 0, BATCH_ROWS, 0},
                                 {"nodes and edges, cache 0", 0, 0, 0, 0, BATCH_ROWS, 0},
                                 {"sorted runs sorted again", 8192, 1, 0, 0, BATCH_ROWS, 0},
                                 {"profiling on", 8192, 0, 0, 1, BATCH_ROWS, 0},
                                 {"edges later, trusted", 8192, 0, 1, 0, BATCH_ROWS, 1},
                                 {"edges later, cache 65536", 65536, 0, 0, 0, BATCH_ROWS, 1},
                                 {"edges later, cache 8192", 8192, 0, 0, 0, BATCH_ROWS, 1},
                                 {"edges later, cache 1024", 1024, 0, 0, 0, BATCH_ROWS, 1},
                                 {"edges later, cache 0", 0, 0, 0, 0, BATCH_ROWS, 1},
                                 {"one batch", 8192, 0, 0, 0, SIZE_MAX, 0}};
    enum { LOADS = sizeof loads / sizeof loads[0] };
    static double seconds[LOADS][REPEAT_MOST], streams_seconds[REPEAT_MOST], sqlite_seconds[REPEAT_MOST];
    quire_graph_writer_stat stats[LOADS];
    uint64_t allocated[LOADS];
    struct streams streams = {.count = 0};
    quire_db *db;
    (void)run_quire(work, &loads[LOADS - 1], &stats[0], &db);
    must(quire_begin(db, QUIRE_READ, &streams.txn), "reading the streams");
    must(quire_tree_list(streams.txn, keep_tree, &streams), "reading the streams");
    quire_rollback(streams.txn);
    must(quire_close(db), "closing");
    bench_remove_all(work);
    for (size_t round = 0; round < work->repeat; round++) {
        for (size_t i = 0; i < LOADS; i++) {
            seconds[i][round] = run_quire(work, &loads[i], &stats[i], NULL);
            allocated[i] = allocations;
        }
        streams_seconds[round] = run_streams(work, &streams);
        sqlite_seconds[round] = bench_sqlite(work);
    }
    double sqlite = median(sqlite_seconds, work->repeat);
    if (sqlite > 0) {
        show("SQLite", work->nodes, work->nodes * (1 + EDGES_EACH), sqlite, sqlite, "");
    }
    double bare = median(streams_seconds, work->repeat);
    show("bare put_many streams", work->nodes, work->nodes * (1 + EDGES_EACH), bare, sqlite, "");
    for (size_t i = 0; i < LOADS; i++) {
        char rest[160];
        double middle = median(seconds[i], work->repeat);
        size_t edges = work->nodes * EDGES_EACH, rows = loads[i].nodes_before ? edges : work->nodes + edges;
        int used =
            snprintf(rest, sizeof rest, "%llu look-ups for %zu endpoints, %llu from the cache",
                     (unsigned long long)stats[i].cache_misses, 2 * edges, (unsigned long long)stats[i].cache_hits);
        used += snprintf(rest + used, sizeof rest - (size_t)used, "; %.3f allocations an edge",
                         (double)allocated[i] / (double)edges);
        if (!loads[i].nodes_before) {
            snprintf(rest + used, sizeof rest - (size_t)used, "; %.2f of the bare streams", middle / bare);
        }
        show(loads[i].name, work->nodes, rows, middle, loads[i].nodes_before ? 0 : sqlite, rest);
    }
    for (size_t i = 0; i < streams.count; i++) {
        for (size_t k = 0; k < streams.of[i].count; k++) {
            free((void *)(uintptr_t)streams.of[i].pairs[k].key.data);
            free((void *)(uintptr_t)streams.of[i].pairs[k].value.data);
        }
        free(streams.of[i].pairs);
    }
}

static void run_size(struct work *work, size_t nodes, uint64_t seed)
{
    work->nodes = nodes;
    work->source = malloc(nodes * EDGES_EACH * sizeof *work->source);
    work->target = malloc(nodes * EDGES_EACH * sizeof *work->target);
    if (!work->source || !work->target) {
        bench_stop("the edges", "no memory");
    }
    uint64_t state = seed * 2 + 1; /* xorshift64 (Marsaglia, Xorshift RNGs, 2003) */
    for (size_t i = 0; i < nodes * EDGES_EACH * 2; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (i % 2 ? work->target : work->source)[i / 2] = state % nodes;
    }
    run_all(work);
    free(work->source);
    free(work->target);
}

static uint64_t number(const char *option, const char *text, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value < 1 || value > most) {
        fprintf(stderr, "graph-bench: %s takes a number from 1 to %llu, not \"%s\"\n", option, (unsigned long long)most,
                text);
        exit(2);
    }
    return value;
}

int main(int count, char **words)
{
    struct work work = {.repeat = 5, .sync = QUIRE_SYNC_FULL};
    uint64_t seed = 42;
    size_t nodes = 0;
    for (int i = 1; i < count; i += 2) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        if (strcmp(words[i], "--nodes") == 0) {
            nodes = (size_t)number(words[i], value, 10000000);
        } else if (strcmp(words[i], "--repeat") == 0) {
            work.repeat = (size_t)number(words[i], value, REPEAT_MOST);
        } else if (strcmp(words[i], "--seed") == 0) {
            seed = number(words[i], value, UINT32_MAX);
        } else if (strcmp(words[i], "--sync") == 0 &&
                   (strcmp(value, "full") == 0 || strcmp(value, "off") == 0 || strcmp(value, "normal") == 0)) {
            work.sync = value[0] == 'f' ? QUIRE_SYNC_FULL : value[0] == 'n' ? QUIRE_SYNC_NORMAL : QUIRE_SYNC_OFF;
        } else {
            fprintf(stderr, "usage: graph-bench [--nodes N] [--repeat N] [--seed N] [--sync full|normal|off]\n");
            return strcmp(words[i], "--help") == 0 ? 0 : 2;
        }
    }
    const char *base = getenv("TMPDIR");
    snprintf(work.folder, sizeof work.folder, "%.40s/graph-bench-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(work.folder)) {
        bench_stop(work.folder, strerror(errno));
    }
    snprintf(work.path, sizeof work.path, "%s/db", work.folder);
    printf(
        "| load                         | nodes  |       ms | rows/s    | x SQLite | |\n|---|---|---|---|---|---|\n");
    static const size_t sizes[] = {1000, 5000, 20000};
    for (size_t i = 0; i < 3; i++) {
        if (nodes == 0 || i == 0) {
            run_size(&work, nodes ? nodes : sizes[i], seed);
        }
    }
    rmdir(work.folder);
    return 0;
}
