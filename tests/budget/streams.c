/*
 * Fixed streams of operations, for budgets that do not depend on the clock.
 *
 *   streams NAME   runs one stream and prints what it cost, as "figure value"
 *   streams        lists the names
 *
 * Everything is the same in every run: keys come from a formula, files live in
 * memory, and the clock stands still. What is measured is between the first
 * operation and the last and happens in measured_part, so that callgrind can
 * be told to count there only (--toggle-collect=measured_part); opening and the
 * records that a stream finds already there stand outside it.
 */
#include "../../src/base/varint.h"
#include "../../src/quire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE = 8, URL_SIZE = 44, URL_VALUE_SIZE = 100, RUN = 64 };

struct stream {
    const char *name;
    size_t preload;    /* records there beforehand */
    size_t operations; /* measured */
    size_t commit_every;
    void (*operate)(quire_txn *txn, size_t number);
    int mode;
    int profile; /* with the counters on; those streams are not the ones whose instructions count */
    uint8_t in_place;
    int is_small; /* a log of 128 KiB, a cache of 512, each commit synced: checkpoints and evictions are measured, too
                   */
};

/* ---- Memory that counts ---- */

static uint64_t allocations;

static void *counting_allocate(void *context, size_t size)
{
    (void)context;
    allocations++;
    return malloc(size);
}

static void *counting_resize(void *context, void *block, size_t size)
{
    (void)context;
    allocations++;
    return realloc(block, size);
}

static void counting_release(void *context, void *block)
{
    (void)context;
    free(block);
}

static const quire_memory counting_memory = {NULL, counting_allocate, counting_resize, counting_release};

static void must(quire_status status)
{
    if (status != QUIRE_OK) {
        fprintf(stderr, "streams: %s\n", quire_status_name(status));
        exit(1);
    }
}

/* ---- Records ---- */

/* A bijection of the 64-bit numbers (Stafford's mix 13): distinct inputs give distinct keys in no order. */
static uint64_t scatter(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static quire_bytes number_bytes(uint64_t number, uint8_t bytes[KEY_SIZE])
{
    for (size_t i = 0; i < KEY_SIZE; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    return (quire_bytes){bytes, KEY_SIZE};
}

static void put_number(quire_txn *txn, uint64_t number, uint64_t value)
{
    uint8_t key[KEY_SIZE], bytes[KEY_SIZE];
    must(quire_put(txn, NULL, number_bytes(number, key), number_bytes(value, bytes), 0));
}

static const struct stream *current;

static void insert_scattered(quire_txn *txn, size_t number)
{
    put_number(txn, scatter(number), number);
}

static void insert_ascending(quire_txn *txn, size_t number)
{
    put_number(txn, number, number);
}

static void update_scattered(quire_txn *txn, size_t number)
{
    put_number(txn, scatter(scatter(number) % current->preload), number);
}

static void churn(quire_txn *txn, size_t number)
{
    uint8_t key[KEY_SIZE];
    must(quire_delete(txn, NULL, number_bytes(scatter(number - current->preload), key)));
    put_number(txn, scatter(number), number);
}

static void get_scattered(quire_txn *txn, size_t number)
{
    uint8_t key[KEY_SIZE];
    quire_bytes value;
    must(quire_get(txn, NULL, number_bytes(scatter(scatter(number) % current->preload), key), &value));
}

/* One operation of these is a run, not a record. */
static void put_run(quire_txn *txn, uint64_t first, uint64_t step)
{
    static uint8_t keys[RUN][KEY_SIZE];
    quire_pair pairs[RUN];
    for (uint64_t i = 0; i < RUN; i++) {
        pairs[i].key = number_bytes(first + i * step, keys[i]);
        pairs[i].value = pairs[i].key;
    }
    must(quire_put_many(txn, NULL, pairs, RUN, NULL));
}

static void put_dense_run(quire_txn *txn, size_t number)
{
    put_run(txn, scatter(number) % 65536 * RUN, 1);
}

static void put_sparse_run(quire_txn *txn, size_t number)
{
    put_run(txn, scatter(number) % (UINT64_MAX / (RUN + 1)), UINT64_MAX / (RUN + 1));
}

static void scan_all(quire_txn *txn, size_t number)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    (void)number;
    must(quire_cursor_open(txn, NULL, &cursor));
    quire_status status = quire_cursor_first(cursor, &key, &value);
    while (status == QUIRE_OK)
        status = quire_cursor_next(cursor, &key, &value);
    quire_cursor_close(cursor);
}

static void scan_range(quire_txn *txn, size_t number)
{
    uint8_t first[KEY_SIZE];
    quire_cursor *cursor;
    quire_bytes key, value;
    must(quire_cursor_open(txn, NULL, &cursor));
    must(quire_cursor_seek(cursor, number_bytes(scatter(scatter(number) % current->preload), first), &key, &value));
    quire_status status = QUIRE_OK;
    for (int i = 1; i < 100 && status == QUIRE_OK; i++)
        status = quire_cursor_next(cursor, &key, &value);
    quire_cursor_close(cursor);
}

static quire_bytes url(uint64_t number, uint8_t bytes[URL_SIZE + 1])
{
    int size = snprintf((char *)bytes, URL_SIZE + 1, "https://example.org/%06" PRIu64 "/%016" PRIx64, number % 1000,
                        scatter(number));
    return (quire_bytes){bytes, (size_t)size};
}

static void insert_url(quire_txn *txn, size_t number)
{
    static const uint8_t value[URL_VALUE_SIZE];
    uint8_t key[URL_SIZE + 1];
    must(quire_put(txn, NULL, url(number, key), (quire_bytes){value, sizeof value}, 0));
}

static void get_url(quire_txn *txn, size_t number)
{
    uint8_t key[URL_SIZE + 1];
    quire_bytes value;
    must(quire_get(txn, NULL, url(scatter(number) % current->preload, key), &value));
}

/* ---- Varints, of which a plain record has two ---- */

static void must_hold(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "streams: %s\n", what);
        exit(1);
    }
}

/* The least and the greatest number of each length, written and read. */
static void pass_limits(quire_txn *txn, size_t number)
{
    static const uint32_t limits[] = {0, 127, 128, 16383, 16384, 2097151, 2097152, 268435455, 268435456, UINT32_MAX};
    (void)txn;
    (void)number;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        uint8_t bytes[VARINT_MAX];
        uint32_t value = ~limits[i];
        size_t size = varint_encode(bytes, limits[i]);
        must_hold(size == 1 + i / 2 && varint_decode(bytes, size, &value) == size && value == limits[i], "a varint");
    }
}

/* One that is cut off at each length, one that is longer than it need be, two that are too large. */
static void refuse_varints(quire_txn *txn, size_t number)
{
    static const struct {
        size_t size;
        uint8_t bytes[VARINT_MAX + 1];
    } refused[] = {{0, {0}},
                   {1, {0x80}},
                   {2, {0x80, 0x80}},
                   {3, {0x80, 0x80, 0x80}},
                   {4, {0x80, 0x80, 0x80, 0x80}},
                   {2, {0x80, 0x00}},
                   {5, {0xff, 0xff, 0xff, 0xff, 0x10}},
                   {6, {0x80, 0x80, 0x80, 0x80, 0x80, 0x01}}};
    (void)txn;
    (void)number;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        uint32_t value = 0;
        must_hold(varint_decode(refused[i].bytes, refused[i].size, &value) == 0, "a bad varint was read");
    }
}

/* ---- The streams ---- */

static const struct stream streams[] = {
    {"reads", 20000, 20000, 1, get_scattered, QUIRE_READ, 0, 1, 0},
    {"reads-in-one", 20000, 20000, 20000, get_scattered, QUIRE_READ, 0, 1, 0},
    {"reads-of-urls", 10000, 10000, 1, get_url, QUIRE_READ, 0, 1, 0},
    {"inserts", 0, 10000, 10000, insert_scattered, QUIRE_WRITE, 0, 1, 0},
    {"inserts-ascending", 0, 10000, 10000, insert_ascending, QUIRE_WRITE, 0, 1, 0},
    {"inserts-of-urls", 0, 5000, 5000, insert_url, QUIRE_WRITE, 0, 1, 0},
    {"inserts-commit-each", 10000, 5000, 1, insert_scattered, QUIRE_WRITE, 0, 1, 0},
    {"inserts-not-in-place", 0, 1000, 1000, insert_scattered, QUIRE_WRITE, 0, 0, 0},
    {"updates", 10000, 10000, 1000, update_scattered, QUIRE_WRITE, 0, 1, 0},
    {"churn", 10000, 5000, 1000, churn, QUIRE_WRITE, 0, 1, 0},
    {"runs-dense", 0, 150, 1, put_dense_run, QUIRE_WRITE, 0, 1, 0},
    {"runs-sparse", 0, 150, 1, put_sparse_run, QUIRE_WRITE, 0, 1, 0},
    {"scan", 20000, 3, 1, scan_all, QUIRE_READ, 0, 1, 0},
    {"ranges", 20000, 300, 1, scan_range, QUIRE_READ, 0, 1, 0},
    {"varints", 0, 10000, 10000, pass_limits, QUIRE_READ, 0, 1, 0},
    {"varints-refused", 0, 10000, 10000, refuse_varints, QUIRE_READ, 0, 1, 0},
    {"reads-counted", 20000, 20000, 1, get_scattered, QUIRE_READ, 1, 1, 0},
    {"inserts-counted", 0, 10000, 10000, insert_scattered, QUIRE_WRITE, 1, 1, 0},
    {"commits-counted", 10000, 5000, 1, insert_scattered, QUIRE_WRITE, 1, 1, 0},
    {"updates-counted", 10000, 10000, 1000, update_scattered, QUIRE_WRITE, 1, 1, 0},
    {"churn-counted", 10000, 5000, 1000, churn, QUIRE_WRITE, 1, 1, 0},
    {"runs-counted", 0, 150, 1, put_dense_run, QUIRE_WRITE, 1, 1, 0},
    {"checkpoints", 40000, 5000, 50, update_scattered, QUIRE_WRITE, 0, 1, 1},
    {"checkpoints-counted", 40000, 5000, 50, update_scattered, QUIRE_WRITE, 1, 1, 1},
};

static void preload(quire_db *db)
{
    quire_tree_options options;
    quire_txn *txn;
    quire_tree_options_init(&options);
    options.in_place = current->in_place;
    must(quire_begin(db, QUIRE_WRITE, &txn));
    must(quire_tree_options_set(txn, NULL, &options));
    for (size_t i = 0; i < current->preload; i++) {
        if (current->operate == get_url)
            insert_url(txn, i);
        else
            insert_scattered(txn, i);
    }
    must(quire_commit(txn));
    must(quire_begin(db, QUIRE_READ, &txn)); /* what a first transaction of each kind sets up is not per operation */
    must(quire_commit(txn));
}

__attribute__((noinline)) static void measured_part(quire_db *db)
{
    size_t end = current->preload + current->operations;
    for (size_t number = current->preload; number < end;) {
        quire_txn *txn;
        must(quire_begin(db, current->mode, &txn));
        for (size_t i = 0; i < current->commit_every && number < end; i++)
            current->operate(txn, number++);
        must(quire_commit(txn));
    }
}

enum { COUNTERS_MAX = 128 };

static size_t read_counters(quire_db *db, quire_counter counters[COUNTERS_MAX])
{
    size_t count = quire_counters_get(db, counters, COUNTERS_MAX);
    return count < COUNTERS_MAX ? count : COUNTERS_MAX;
}

/* What the measured part added to each counter, times apart. */
static void print_counters(quire_db *db, const quire_counter before[COUNTERS_MAX])
{
    quire_counter counters[COUNTERS_MAX];
    size_t count = read_counters(db, counters);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(counters[i].name);
        if (length < 3 || strcmp(counters[i].name + length - 3, "_ns") != 0)
            printf("%s %" PRIu64 "\n", counters[i].name, counters[i].value - before[i].value);
    }
}

static void run(void)
{
    quire_vfs *vfs;
    quire_db *db;
    quire_options options;
    quire_options_init(&options);
    must(quire_vfs_memory_new(1, &vfs));
    options.vfs = vfs;
    options.memory = &counting_memory;
    options.sync = current->is_small ? QUIRE_SYNC_FULL : QUIRE_SYNC_NORMAL;
    if (current->is_small) {
        options.log_bytes = 128 << 10;
        options.cache_bytes = 512 << 10;
    }
    must(quire_open("streams", &options, &db));
    preload(db);
    quire_counters_enable(db, current->profile);
    quire_counter before[COUNTERS_MAX];
    (void)read_counters(db, before);
    allocations = 0;
    measured_part(db);
    printf("heap_allocations %" PRIu64 "\n", allocations);
    if (current->profile)
        print_counters(db, before);
    must(quire_close(db));
    quire_vfs_memory_free(vfs);
}

int main(int count, char **words)
{
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        if (count < 2) {
            printf("%s\n", streams[i].name);
        } else if (strcmp(words[1], streams[i].name) == 0) {
            current = &streams[i];
            run();
            return 0;
        }
    }
    return count < 2 ? 0 : 2;
}
