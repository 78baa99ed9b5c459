/*
 * compare-bench: the same stream of operations against quire and its peers, in
 * one process, the engines taking turns, each repeat on a fresh database. The
 * clock runs from the first begin to the last commit; opening, and loading what
 * a mode finds there, stand outside it.
 */
#define _POSIX_C_SOURCE 200809L

#include "compare_bench.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum mode { READS_ONLY, INSERTS_ONLY, MIXED, UPDATE, SCAN, RANGE, MODES };
enum { REPEAT_MAX = 101, VALUE_SIZE = 8, KEY_SIZE = 8, RANGE_ROWS = 100 };

static const char *const mode_names[] = {"reads-only", "inserts-only", "mixed", "update", "scan", "range"};
static const char *const sync_names[] = {"full", "normal", "off"};

struct run_options {
    struct bench_options bench;
    enum mode mode;
    size_t docs, commit_every, put_many_group, repeat;
    int read_with_write; /* mixed: reads inside the write transaction */
    int ascending;
    uint64_t seed;
    const char *databases;
    const char *csv;
    int metrics;
};

int bench_fail(const char *engine, const char *what, const char *why)
{
    fprintf(stderr, "compare-bench: %s: %s: %s\n", engine, what, why);
    return 0;
}

void bench_path(const struct bench_options *options, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", options->folder, name);
}

uint64_t bench_file_bytes(const char *path)
{
    struct stat stat_of_file;
    return stat(path, &stat_of_file) == 0 ? (uint64_t)stat_of_file.st_size : 0;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* SplitMix64 (Steele, Lea and Flood, 2014): every seed gives its own stream, and distinct inputs distinct numbers. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* The i-th key: big-endian, so that numbers order like bytes. */
static void make_key(const struct run_options *options, uint64_t i, uint8_t key[KEY_SIZE])
{
    uint64_t number = options->ascending ? i : mix(options->seed * 0x100000001b3u + i);
    for (int b = 0; b < KEY_SIZE; b++) {
        key[b] = (uint8_t)(number >> (56 - 8 * b));
    }
}

static int compare_pairs(const void *a, const void *b)
{
    const quire_pair *x = a;
    const quire_pair *y = b;
    return memcmp(x->key.data, y->key.data, KEY_SIZE);
}

static quire_pair pair_at(const struct run_options *options, uint64_t i, uint8_t key[KEY_SIZE],
                          uint8_t value[VALUE_SIZE])
{
    make_key(options, i, key);
    memcpy(value, &i, VALUE_SIZE);
    return (quire_pair){{key, KEY_SIZE}, {value, VALUE_SIZE}};
}

/* Puts documents [from, to): sorted runs of put_many_group, or one by one. */
static int put_range(const struct bench_engine *engine, void *store, const struct run_options *options, size_t from,
                     size_t to)
{
    uint8_t keys[1024][KEY_SIZE];
    uint8_t values[1024][VALUE_SIZE];
    quire_pair pairs[1024];
    size_t group = options->put_many_group;
    for (size_t i = from; i < to;) {
        if (group <= 1) {
            quire_pair pair = pair_at(options, i, keys[0], values[0]);
            if (!engine->put(store, &pair)) {
                return 0;
            }
            i++;
            continue;
        }
        size_t count = to - i < group ? to - i : group;
        for (size_t k = 0; k < count; k++) {
            pairs[k] = pair_at(options, i + k, keys[k], values[k]);
        }
        qsort(pairs, count, sizeof pairs[0], compare_pairs);
        if (!engine->put_many(store, pairs, count)) {
            return 0;
        }
        i += count;
    }
    return 1;
}

static int get_one(const struct bench_engine *engine, void *store, const struct run_options *options, uint64_t i)
{
    uint8_t key[KEY_SIZE];
    make_key(options, i, key);
    quire_bytes value;
    if (!engine->get(store, (quire_bytes){key, KEY_SIZE}, &value)) {
        return 0;
    }
    if (value.size != VALUE_SIZE || memcmp(value.data, &i, VALUE_SIZE) != 0) {
        return bench_fail(engine->name, "get", "a wrong value came back");
    }
    return 1;
}

static int insert_all(const struct bench_engine *engine, void *store, const struct run_options *options, size_t every)
{
    for (size_t i = 0; i < options->docs; i += every) {
        size_t end = options->docs - i < every ? options->docs : i + every;
        if (!engine->begin(store, 1) || !put_range(engine, store, options, i, end) || !engine->commit(store)) {
            return 0;
        }
    }
    return 1;
}

static int read_all(const struct bench_engine *engine, void *store, const struct run_options *options)
{
    for (size_t i = 0; i < options->docs; i += options->commit_every) {
        if (!engine->begin(store, 0)) {
            return 0;
        }
        for (size_t k = i; k < i + options->commit_every && k < options->docs; k++) {
            if (!get_one(engine, store, options, mix(options->seed + k) % options->docs)) {
                return 0;
            }
        }
        if (!engine->commit(store)) {
            return 0;
        }
    }
    return 1;
}

/* Half inserts, half reads of what is there, in batches; reads share the write transaction or have their own. */
static int mix_all(const struct bench_engine *engine, void *store, const struct run_options *options)
{
    for (size_t i = 0; i < options->docs; i += options->commit_every) {
        size_t end = options->docs - i < options->commit_every ? options->docs : i + options->commit_every;
        if (!engine->begin(store, 1) || !put_range(engine, store, options, i, end)) {
            return 0;
        }
        if (!options->read_with_write && (!engine->commit(store) || !engine->begin(store, 0))) {
            return 0;
        }
        for (size_t k = i; k < end; k++) {
            if (!get_one(engine, store, options, mix(options->seed ^ k) % end)) {
                return 0;
            }
        }
        if (!engine->commit(store)) {
            return 0;
        }
    }
    return 1;
}

/* New values for records that are there, at random. */
static int update_all(const struct bench_engine *engine, void *store, const struct run_options *options)
{
    for (size_t i = 0; i < options->docs; i += options->commit_every) {
        if (!engine->begin(store, 1)) {
            return 0;
        }
        for (size_t k = i; k < i + options->commit_every && k < options->docs; k++) {
            uint8_t key[KEY_SIZE];
            uint8_t value[VALUE_SIZE];
            quire_pair pair = pair_at(options, k + options->docs, key, value);
            make_key(options, mix(options->seed + k) % options->docs, key);
            if (!engine->put(store, &pair)) {
                return 0;
            }
        }
        if (!engine->commit(store)) {
            return 0;
        }
    }
    return 1;
}

static int walk(const struct bench_engine *engine, void *store, quire_bytes from, size_t limit, size_t least)
{
    size_t count = 0;
    if (!engine->walk(store, from, limit, &count)) {
        return 0;
    }
    return count >= least && count <= limit ? 1 : bench_fail(engine->name, "walk", "a wrong number of records");
}

/* All records in one walk, or as many in ranges that begin at random records. */
static int scan_all(const struct bench_engine *engine, void *store, const struct run_options *options)
{
    if (options->mode == SCAN) {
        static const uint8_t first[1] = {0};
        return engine->begin(store, 0) &&
               walk(engine, store, (quire_bytes){first, sizeof first}, options->docs, options->docs) &&
               engine->commit(store);
    }
    size_t ranges = (options->docs + RANGE_ROWS - 1) / RANGE_ROWS;
    for (size_t i = 0; i < ranges; i += options->commit_every) {
        if (!engine->begin(store, 0)) {
            return 0;
        }
        for (size_t k = i; k < i + options->commit_every && k < ranges; k++) {
            uint8_t key[KEY_SIZE];
            make_key(options, mix(options->seed + k) % options->docs, key);
            if (!walk(engine, store, (quire_bytes){key, KEY_SIZE}, RANGE_ROWS, 1)) {
                return 0;
            }
        }
        if (!engine->commit(store)) {
            return 0;
        }
    }
    return 1;
}

static void clean(const struct bench_options *options)
{
    static const char *const names[] = {"quire.db",      "quire.db-log", "sqlite.db",   "sqlite.db-wal",
                                        "sqlite.db-shm", "lmdb.db",      "lmdb.db-lock"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512];
        bench_path(options, names[i], path, sizeof path);
        unlink(path);
    }
}

/* One timed run; seconds, or -1 when something failed. */
static double run_once(const struct bench_engine *engine, const struct run_options *options,
                       struct bench_metrics *metrics)
{
    clean(&options->bench);
    void *store = NULL;
    if (!engine->open(&options->bench, &store)) {
        return -1;
    }
    int is_empty = options->mode == INSERTS_ONLY || options->mode == MIXED;
    int ok = is_empty || insert_all(engine, store, options, options->docs);
    double begin = now();
    switch (options->mode) {
    case READS_ONLY:
        ok = ok && read_all(engine, store, options);
        break;
    case INSERTS_ONLY:
        ok = ok && insert_all(engine, store, options, options->commit_every);
        break;
    case MIXED:
        ok = ok && mix_all(engine, store, options);
        break;
    case UPDATE:
        ok = ok && update_all(engine, store, options);
        break;
    case SCAN:
    case RANGE:
        ok = ok && scan_all(engine, store, options);
        break;
    case MODES:
        break;
    }
    double seconds = now() - begin;
    ok = engine->close(store, metrics) && ok;
    clean(&options->bench);
    return ok ? seconds : -1;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

struct result {
    const struct bench_engine *engine;
    double seconds[REPEAT_MAX];
    struct bench_metrics metrics;
};

static uint64_t operations(const struct run_options *options)
{
    return options->mode == MIXED ? 2 * (uint64_t)options->docs : options->docs;
}

static void print_table(const struct run_options *options, struct result *results, size_t count)
{
    printf("mode %s, docs %zu, commit every %zu, tx-mode %s, put-many group %zu, order %s, sync %s, in-place %s, "
           "slots V%d, page size %u, seed %llu, repeats %zu\n\n",
           mode_names[options->mode], options->docs, options->commit_every,
           options->read_with_write ? "read-with-write" : "commit", options->put_many_group,
           options->ascending ? "ascending" : "random", sync_names[options->bench.sync],
           options->bench.in_place ? "on" : "off", options->bench.slots, (unsigned)options->bench.page_size,
           (unsigned long long)options->seed, options->repeat);
    printf("%-8s %12s %12s %12s %10s %10s %12s %8s\n", "database", "median ms", "min ms", "max ms", "ops/s", "us/op",
           "disk bytes", "ratio");
    double base = results[0].seconds[options->repeat / 2];
    for (size_t i = 0; i < count; i++) {
        double median = results[i].seconds[options->repeat / 2];
        printf("%-8s %12.2f %12.2f %12.2f %10.0f %10.3f %12llu %8.2f\n", results[i].engine->name, 1e3 * median,
               1e3 * results[i].seconds[0], 1e3 * results[i].seconds[options->repeat - 1],
               (double)operations(options) / median, 1e6 * median / (double)operations(options),
               (unsigned long long)results[i].metrics.disk_bytes, median / base);
    }
    printf("\nratio: time over %s's\n", results[0].engine->name);
    for (size_t i = 0; options->metrics && i < count; i++) {
        if (results[i].metrics.text[0] != '\0') {
            printf("\n%s, counters of the last repeat:\n%s", results[i].engine->name, results[i].metrics.text);
        }
    }
}

static int write_csv(const struct run_options *options, struct result *results, size_t count)
{
    FILE *out = fopen(options->csv, "w");
    if (!out) {
        fprintf(stderr, "compare-bench: %s: %s\n", options->csv, strerror(errno));
        return 0;
    }
    fprintf(out, "database,mode,docs,commit_every,tx_mode,put_many_group,order,sync,in_place,slots,page_size,seed,"
                 "repeats,median_ms,min_ms,max_ms,ops_per_s,us_per_op,disk_bytes\n");
    for (size_t i = 0; i < count; i++) {
        double median = results[i].seconds[options->repeat / 2];
        fprintf(out, "%s,%s,%zu,%zu,%s,%zu,%s,%s,%s,%d,%u,%llu,%zu,%.3f,%.3f,%.3f,%.0f,%.4f,%llu\n",
                results[i].engine->name, mode_names[options->mode], options->docs, options->commit_every,
                options->read_with_write ? "read-with-write" : "commit", options->put_many_group,
                options->ascending ? "ascending" : "random", sync_names[options->bench.sync],
                options->bench.in_place ? "on" : "off", options->bench.slots, (unsigned)options->bench.page_size,
                (unsigned long long)options->seed, options->repeat, 1e3 * median, 1e3 * results[i].seconds[0],
                1e3 * results[i].seconds[options->repeat - 1], (double)operations(options) / median,
                1e6 * median / (double)operations(options), (unsigned long long)results[i].metrics.disk_bytes);
    }
    return fclose(out) == 0;
}

static size_t choose_engines(const struct run_options *options, struct result *results)
{
    static const struct bench_engine *const all[] = {
        &engine_quire,
#ifdef HAVE_SQLITE
        &engine_sqlite,
#endif
#ifdef HAVE_LMDB
        &engine_lmdb,
#endif
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(options->databases, "all") == 0 || strstr(options->databases, all[i]->name)) {
            results[count++].engine = all[i];
        }
    }
    return count;
}

static const char help[] =
    "usage: compare-bench [OPTION...]\n"
    "quire and its peers on the same stream of operations, interleaved, one run.\n\n"
    "  --mode MODE             reads-only, inserts-only (default), mixed, update, scan or range (100 rows each)\n"
    "  --docs N                records (default 10000)\n"
    "  --commit-every N        operations in a transaction (default 1)\n"
    "  --tx-mode MODE          mixed: commit (reads in their own transaction) or read-with-write\n"
    "  --put-many-group N      sorted runs of N, 1 to 1024 (default 1: one by one)\n"
    "  --order ORDER           random (default) or ascending keys\n"
    "  --seed N                of the keys (default 42)\n"
    "  --sync MODE             full (default), normal or off\n"
    "  --in-place on|off       quire: edit leaves in place, or rebuild each (default on)\n"
    "  --slots 1|2|3           quire: slot directory (default 3)\n"
    "  --page-size BYTES       quire and SQLite (default 8192)\n"
    "  --cache MIB             quire and SQLite (default 1024)\n"
    "  --databases LIST        such as quire,sqlite,lmdb (default all that were built in)\n"
    "  --repeat N              interleaved repeats, medians are shown (default 5)\n"
    "  --folder PATH           where the databases go (default: the folder for temporary files)\n"
    "  --csv FILE              the table once more as CSV\n"
    "  --metrics               quire's counters; they are switched on\n";

static int usage(const char *option, const char *text)
{
    fprintf(stderr, "compare-bench: --%s does not take \"%s\" (see --help)\n", option, text);
    return 0;
}

static int take_size(const char *option, const char *text, size_t least, size_t most, size_t *value)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || number < least || number > most) {
        return usage(option, text);
    }
    *value = (size_t)number;
    return 1;
}

static int take_word(const char *option, const char *text, const char *const words[], size_t count, int *value)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], text) == 0) {
            *value = (int)i;
            return 1;
        }
    }
    return usage(option, text);
}

static int take(struct run_options *options, const char *name, const char *text)
{
    static const char *const switches[] = {"off", "on"};
    static const char *const orders[] = {"random", "ascending"};
    static const char *const tx_modes[] = {"commit", "read-with-write"};
    size_t number = 0;
    int word = 0;
    int ok = 1;
    if (strcmp(name, "mode") == 0) {
        ok = take_word(name, text, mode_names, MODES, &word);
        options->mode = (enum mode)word;
    } else if (strcmp(name, "docs") == 0) {
        ok = take_size(name, text, 1, 1000000000, &options->docs);
    } else if (strcmp(name, "commit-every") == 0) {
        ok = take_size(name, text, 1, 1000000000, &options->commit_every);
    } else if (strcmp(name, "tx-mode") == 0) {
        ok = take_word(name, text, tx_modes, 2, &options->read_with_write);
    } else if (strcmp(name, "put-many-group") == 0) {
        ok = take_size(name, text, 1, 1024, &options->put_many_group);
    } else if (strcmp(name, "order") == 0) {
        ok = take_word(name, text, orders, 2, &options->ascending);
    } else if (strcmp(name, "seed") == 0) {
        ok = take_size(name, text, 0, SIZE_MAX, &number);
        options->seed = number;
    } else if (strcmp(name, "sync") == 0) {
        ok = take_word(name, text, sync_names, 3, &word);
        options->bench.sync = (quire_sync_mode)word;
    } else if (strcmp(name, "in-place") == 0) {
        ok = take_word(name, text, switches, 2, &options->bench.in_place);
    } else if (strcmp(name, "slots") == 0) {
        ok = take_size(name, text, 1, 3, &number);
        options->bench.slots = (uint8_t)number;
    } else if (strcmp(name, "page-size") == 0) {
        ok = take_size(name, text, 512, 32768, &number);
        options->bench.page_size = (uint32_t)number;
    } else if (strcmp(name, "cache") == 0) {
        ok = take_size(name, text, 1, 65536, &number);
        options->bench.cache_bytes = number << 20;
    } else if (strcmp(name, "repeat") == 0) {
        ok = take_size(name, text, 1, REPEAT_MAX, &options->repeat);
    } else if (strcmp(name, "databases") == 0) {
        options->databases = text;
    } else if (strcmp(name, "folder") == 0) {
        options->bench.folder = text;
    } else if (strcmp(name, "csv") == 0) {
        options->csv = text;
    } else {
        options->metrics = 1;
        options->bench.profile = 1;
    }
    return ok;
}

/* 1 to go on, 0 to leave with *code. */
static int parse(int count, char **words, struct run_options *options, int *code)
{
    static const struct option names[] = {
        {"mode", 1, NULL, 'o'},      {"docs", 1, NULL, 'o'},           {"commit-every", 1, NULL, 'o'},
        {"tx-mode", 1, NULL, 'o'},   {"put-many-group", 1, NULL, 'o'}, {"order", 1, NULL, 'o'},
        {"seed", 1, NULL, 'o'},      {"sync", 1, NULL, 'o'},           {"in-place", 1, NULL, 'o'},
        {"slots", 1, NULL, 'o'},     {"page-size", 1, NULL, 'o'},      {"cache", 1, NULL, 'o'},
        {"databases", 1, NULL, 'o'}, {"repeat", 1, NULL, 'o'},         {"folder", 1, NULL, 'o'},
        {"csv", 1, NULL, 'o'},       {"metrics", 0, NULL, 'o'},        {"help", 0, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int index = 0;
    *code = 2;
    for (int letter; (letter = getopt_long(count, words, "h", names, &index)) != -1;) {
        if (letter == 'h') {
            fputs(help, stdout);
            *code = 0;
            return 0;
        }
        if (letter == '?' || !take(options, names[index].name, optarg)) {
            return 0;
        }
    }
    if (optind < count) {
        fprintf(stderr, "compare-bench: what is \"%s\"? (see --help)\n", words[optind]);
        return 0;
    }
    return 1;
}

int main(int count, char **words)
{
    struct run_options options = {
        .bench = {.cache_bytes = (size_t)1 << 30, .page_size = 8192, .in_place = 1, .slots = 3},
        .mode = INSERTS_ONLY,
        .docs = 10000,
        .commit_every = 1,
        .put_many_group = 1,
        .repeat = 5,
        .seed = 42,
        .databases = "all"};
    int code;
    if (!parse(count, words, &options, &code)) {
        return code;
    }
    char folder[256];
    if (!options.bench.folder) {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/compare-bench-XXXXXX", base && base[0] ? base : "/tmp");
        options.bench.folder = mkdtemp(folder);
        if (!options.bench.folder) {
            fprintf(stderr, "compare-bench: %s: %s\n", folder, strerror(errno));
            return 2;
        }
    }
    static struct result results[3];
    size_t engines = choose_engines(&options, results);
    if (engines == 0) {
        fprintf(stderr, "compare-bench: none of \"%s\" is built in\n", options.databases);
        return 2;
    }
    code = 0;
    for (size_t r = 0; r < options.repeat && code == 0; r++) {
        for (size_t e = 0; e < engines && code == 0; e++) {
            if (isatty(STDERR_FILENO)) {
                fprintf(stderr, "\rcompare-bench: repeat %zu of %zu, %s\033[K", r + 1, options.repeat,
                        results[e].engine->name);
            }
            results[e].seconds[r] = run_once(results[e].engine, &options, &results[e].metrics);
            code = results[e].seconds[r] < 0 ? 2 : 0;
        }
    }
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K");
    }
    for (size_t e = 0; e < engines; e++) {
        qsort(results[e].seconds, options.repeat, sizeof(double), compare_doubles);
    }
    if (code == 0) {
        print_table(&options, results, engines);
        code = options.csv && !write_csv(&options, results, engines) ? 2 : 0;
    }
    if (options.bench.folder == folder) {
        rmdir(folder);
    }
    return code;
}
