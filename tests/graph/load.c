/*
 * Loads many edges, in batches, and says what it took: time, look-ups, and the
 * largest resident size.
 *
 *   load EDGES [BATCH] [FILE]
 *
 * Nodes are a quarter of the edges; half of the edges go to a near node and half
 * to any. The exit code is 1 when memory grew beyond the cache's budget and
 * 64 MiB, or a checker finds a violation.
 */
#include "../../src/quire_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { CACHE_BYTES = 64 << 20, MARGIN_BYTES = 64 << 20 };

static quire_db *db;

static void must(int status, const char *what)
{
    if (status != QUIRE_OK) {
        fprintf(stderr, "load: %s: %s: %s\n", what, quire_graph_status_name(status), db ? quire_error_message(db) : "");
        exit(1);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long resident_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss * 1024;
}

static uint64_t random_number(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static quire_txn *txn;
static quire_graph *graph;
static quire_graph_writer *writer;
static uint32_t label, type, name;

static void begin(void)
{
    quire_bytes named = {(const uint8_t *)"x", 1};
    must(quire_begin(db, QUIRE_WRITE, &txn), "begin");
    must(quire_graph_open(db, txn, NULL, NULL, &graph), "open graph");
    must(quire_graph_name_make(graph, QUIRE_GRAPH_LABEL, named, &label), "label");
    must(quire_graph_name_make(graph, QUIRE_GRAPH_EDGE_TYPE, named, &type), "type");
    must(quire_graph_name_make(graph, QUIRE_GRAPH_PROPERTY, named, &name), "property");
    must(quire_graph_writer_get(graph, NULL, &writer), "writer");
}

static void commit(void)
{
    quire_graph_close(graph);
    must(quire_commit(txn), "commit");
}

static quire_graph_writer_stat sum;

/* Executes the batch, and commits each tenth. */
static void end_batch(int is_last)
{
    static int batches;
    quire_graph_writer_stat stat;
    must(quire_graph_writer_execute(writer), "execute");
    if (++batches % 10 == 0 || is_last) {
        quire_graph_writer_stat_get(writer, &stat);
        sum.cache_hits += stat.cache_hits;
        sum.cache_misses += stat.cache_misses;
        sum.sorts += stat.sorts;
        sum.sorts_saved += stat.sorts_saved;
        commit();
        begin();
    }
}

static void load(uint64_t edges, uint64_t batch)
{
    uint64_t nodes = edges / 4, id;
    for (uint64_t i = 0; i < nodes; i++) {
        quire_graph_property property = {name, {QUIRE_GRAPH_INT64, {0}}};
        property.value.as.integer = (int64_t)i;
        must(quire_graph_writer_node(writer, &label, 1, &property, 1, &id), "node");
        if ((i + 1) % batch == 0)
            end_batch(0);
    }
    for (uint64_t i = 0; i < edges; i++) {
        uint64_t source = 1 + i / 4, far = random_number() % nodes;
        uint64_t target = 1 + (i % 2 ? far : (source + i % 4) % nodes);
        must(quire_graph_writer_edge(writer, source, target, type, NULL, 0, &id), "edge");
        if ((i + 1) % batch == 0)
            end_batch(0);
    }
    end_batch(1);
}

static void print_violation(void *context, const quire_graph_violation *violation)
{
    (void)context;
    fprintf(stderr, "load: %s: %s\n", violation->rule, violation->message);
}

int main(int argc, char **argv)
{
    uint64_t edges = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000,
             batch = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000;
    const char *path = argc > 3 ? argv[3] : "graph-load.quire";
    quire_options options;
    quire_options_init(&options);
    options.cache_bytes = CACHE_BYTES;
    options.sync = QUIRE_SYNC_NORMAL;
    (void)unlink(path);
    must(quire_open(path, &options, &db), "open");
    begin();
    double started = seconds();
    load(edges, batch);
    double loaded = seconds() - started;
    long resident = resident_bytes();
    printf("%llu nodes and %llu edges in batches of %llu: %.2f s, %.0f edges a second\n",
           (unsigned long long)(edges / 4), (unsigned long long)edges, (unsigned long long)batch, loaded,
           (double)edges / loaded);
    printf("endpoints looked up: %llu of %llu; runs sorted: %llu, in order already: %llu\n",
           (unsigned long long)sum.cache_misses, (unsigned long long)(sum.cache_hits + sum.cache_misses),
           (unsigned long long)sum.sorts, (unsigned long long)sum.sorts_saved);
    printf("largest resident size: %ld MiB, of which the cache may take %d MiB\n", resident >> 20, CACHE_BYTES >> 20);
    started = seconds();
    must(quire_graph_check(graph, print_violation, NULL, NULL, NULL), "graph check");
    printf("graph check: no violations, %.2f s\n", seconds() - started);
    must(quire_check(txn, NULL, NULL, NULL, NULL), "check");
    commit();
    must(quire_close(db), "close");
    (void)unlink(path);
    if (resident > CACHE_BYTES + MARGIN_BYTES) {
        fprintf(stderr, "load: memory grew beyond the cache's budget and %d MiB\n", MARGIN_BYTES >> 20);
        return 1;
    }
    return 0;
}
