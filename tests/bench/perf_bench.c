/*
 * perf-bench: what single steps cost by the clock, on a disk in memory.
 *
 *   perf-bench [ROUNDS]     1 to 15, the default
 *
 * Each row is timed so many times, rows in turns, and the median is printed: the
 * processor's time of the thread for one step, in nanoseconds. Where counters are
 * the question, a row stands once with them off and once with them on. What must
 * not grow unseen is held by `make budget`, which counts instructions instead.
 */
#define _POSIX_C_SOURCE 200809L

#include "../../src/base/varint.h"
#include "../../src/quire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORDS = 20000, RUN = 1024, ROUNDS = 15, ROWS_MOST = 16, KEY_SIZE = 8 };

static void must(int is_right, const char *what)
{
    if (!is_right) {
        fprintf(stderr, "perf-bench: %s\n", what);
        exit(2);
    }
}

static double now_ns(void)
{
    struct timespec time;
    must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0, "the thread has no clock");
    return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

/* ---- Memory that counts ---- */

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

/* ---- A database of RECORDS records, made anew for each row ---- */

struct place {
    quire_vfs *vfs;
    quire_db *db;
    quire_txn *txn;
};

static quire_bytes key_of(uint64_t number, uint8_t bytes[KEY_SIZE])
{
    for (size_t i = 0; i < KEY_SIZE; i++) {
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    }
    return (quire_bytes){bytes, KEY_SIZE};
}

/* The i-th of the keys in an order without order: an odd factor makes a bijection of the 64-bit numbers. */
static uint64_t scattered(size_t i)
{
    return (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
}

static void put(quire_txn *txn, uint64_t number)
{
    uint8_t key[KEY_SIZE];
    quire_bytes bytes = key_of(number, key);
    must(quire_put(txn, NULL, bytes, bytes, 0) == QUIRE_OK, "a put failed");
}

static void place_open(struct place *place, size_t records, int counts)
{
    quire_options options;
    quire_options_init(&options);
    must(quire_vfs_memory_new(1, &place->vfs) == QUIRE_OK, "no memory");
    options.vfs = place->vfs;
    options.memory = &counting;
    must(quire_open("perf.quire", &options, &place->db) == QUIRE_OK, "opening failed");
    must(quire_begin(place->db, QUIRE_WRITE, &place->txn) == QUIRE_OK, "no transaction");
    for (size_t i = 0; i < records; i++) {
        put(place->txn, scattered(i));
    }
    must(quire_commit(place->txn) == QUIRE_OK, "a commit failed");
    quire_counters_enable(place->db, counts);
    allocations = 0;
}

static void place_close(struct place *place)
{
    must(quire_close(place->db) == QUIRE_OK, "closing failed");
    quire_vfs_memory_free(place->vfs);
}

static uint64_t counter(quire_db *db, const char *name)
{
    static quire_counter counters[256];
    size_t count = quire_counters_get(db, counters, sizeof counters / sizeof counters[0]);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counters[i].name, name) == 0) {
            return counters[i].value;
        }
    }
    must(0, "a counter is missing");
    return 0;
}

/* ---- Rows: each answers the nanoseconds of all its steps, and how many they were ---- */

struct row {
    const char *name;
    double (*run)(struct place *place, size_t *steps);
    size_t records; /* there beforehand */
    int counts;     /* with the counters on */
    double ns[ROUNDS];
    double allocated; /* a step */
};

static double begin_and_end(struct place *place, size_t *steps)
{
    *steps = 100000;
    double begin = now_ns();
    for (size_t i = 0; i < *steps; i++) {
        must(quire_begin(place->db, QUIRE_READ, &place->txn) == QUIRE_OK, "no reader");
        quire_rollback(place->txn);
    }
    return now_ns() - begin;
}

static double get_all(struct place *place, size_t *steps)
{
    uint8_t key[KEY_SIZE];
    quire_bytes value;
    *steps = RECORDS;
    must(quire_begin(place->db, QUIRE_READ, &place->txn) == QUIRE_OK, "no reader");
    double begin = now_ns();
    for (size_t i = 0; i < *steps; i++) {
        must(quire_get(place->txn, NULL, key_of(scattered(i * 7919 % RECORDS), key), &value) == QUIRE_OK,
             "a get failed");
    }
    double spent = now_ns() - begin;
    quire_rollback(place->txn);
    return spent;
}

static double seek_in_order(struct place *place, size_t *steps)
{
    uint8_t target[KEY_SIZE];
    quire_cursor *cursor;
    quire_bytes key;
    *steps = RECORDS;
    must(quire_begin(place->db, QUIRE_READ, &place->txn) == QUIRE_OK, "no reader");
    must(quire_cursor_open(place->txn, NULL, &cursor) == QUIRE_OK, "no cursor");
    double begin = now_ns();
    for (size_t i = 0; i < *steps; i++) {
        uint64_t place_of = (UINT64_MAX / RECORDS) * i / 2;
        must(quire_cursor_seek(cursor, key_of(place_of, target), &key, NULL) == QUIRE_OK, "a seek failed");
    }
    double spent = now_ns() - begin;
    quire_cursor_close(cursor);
    quire_rollback(place->txn);
    return spent;
}

/* RECORDS that are not there yet. */
static double insert_all(struct place *place, size_t *steps)
{
    *steps = RECORDS;
    double begin = now_ns();
    must(quire_begin(place->db, QUIRE_WRITE, &place->txn) == QUIRE_OK, "no writer");
    for (size_t i = 0; i < *steps; i++) {
        put(place->txn, scattered(RECORDS + i));
    }
    must(quire_commit(place->txn) == QUIRE_OK, "a commit failed");
    return now_ns() - begin;
}

/* Runs of RUN ascending records. */
static double put_runs(struct place *place, size_t *steps)
{
    static uint8_t keys[RUN][KEY_SIZE];
    static quire_pair pairs[RUN];
    *steps = RECORDS / RUN * RUN;
    double begin = now_ns();
    must(quire_begin(place->db, QUIRE_WRITE, &place->txn) == QUIRE_OK, "no writer");
    for (size_t run = 0; run < *steps / RUN; run++) {
        for (size_t i = 0; i < RUN; i++) {
            pairs[i].key = key_of(run * RUN + i, keys[i]);
            pairs[i].value = pairs[i].key;
        }
        must(quire_put_many(place->txn, NULL, pairs, RUN, NULL) == QUIRE_OK, "put_many failed");
    }
    must(quire_commit(place->txn) == QUIRE_OK, "a commit failed");
    return now_ns() - begin;
}

/* Every second record goes in a transaction of its own, so that the leaves that are inserted into have holes. */
static void insert_into_holes(struct place *place)
{
    uint8_t key[KEY_SIZE];
    size_t inserts;
    must(quire_begin(place->db, QUIRE_WRITE, &place->txn) == QUIRE_OK, "no writer");
    for (size_t i = 0; i < RECORDS; i += 2) {
        must(quire_delete(place->txn, NULL, key_of(scattered(i), key)) == QUIRE_OK, "a delete failed");
    }
    must(quire_commit(place->txn) == QUIRE_OK, "a commit failed");
    quire_counters_reset(place->db);
    (void)insert_all(place, &inserts);
}

/* What the engine's own clock says of making a leaf's allocator state; counters on. */
static double build_spaces(struct place *place, size_t *steps)
{
    insert_into_holes(place);
    *steps = (size_t)counter(place->db, "space_builds");
    return (double)counter(place->db, "space_build_ns");
}

/* The least and the greatest number of each length, written and read. */
static double pass_varints(struct place *place, size_t *steps)
{
    static const uint32_t limits[] = {0, 127, 128, 16383, 16384, 2097151, 2097152, 268435455, 268435456, UINT32_MAX};
    enum { LIMITS = sizeof limits / sizeof limits[0] };
    (void)place;
    *steps = RECORDS * LIMITS;
    double begin = now_ns();
    for (size_t i = 0; i < *steps; i++) {
        uint8_t bytes[VARINT_MAX];
        uint32_t value;
        size_t size = varint_encode(bytes, limits[i % LIMITS]);
        must(varint_decode(bytes, size, &value) == size && value == limits[i % LIMITS], "a varint is not itself");
    }
    return now_ns() - begin;
}

static void run_row(struct row *row, size_t round)
{
    struct place place;
    size_t steps = 1;
    place_open(&place, row->records, row->counts);
    double spent = row->run(&place, &steps);
    row->ns[round] = steps > 0 ? spent / (double)steps : 0;
    row->allocated = steps > 0 ? (double)allocations / (double)steps : 0;
    place_close(&place);
}

/* ---- The table ---- */

static int compare(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

static void show_reuses(void)
{
    struct place place;
    place_open(&place, RECORDS, 1);
    insert_into_holes(&place);
    printf("\nOf %d inserts into leaves with holes %" PRIu64 " found the leaf's allocator state kept, and %" PRIu64
           " made it by a scan.\n",
           RECORDS, counter(place.db, "space_reuses"), counter(place.db, "space_builds"));
    place_close(&place);
}

int main(int count, char **words)
{
    size_t rounds = count > 1 ? strtoul(words[1], NULL, 10) : ROUNDS;
    must(rounds >= 1 && rounds <= ROUNDS, "rounds are 1 to 15");
    static struct row rows[] = {
        {.name = "a read transaction, begun and ended", .run = begin_and_end, .records = RECORDS},
        {.name = "get", .run = get_all, .records = RECORDS},
        {.name = "get, counters on", .run = get_all, .records = RECORDS, .counts = 1},
        {.name = "seek, targets in order", .run = seek_in_order, .records = RECORDS},
        {.name = "insert at random, one commit", .run = insert_all},
        {.name = "insert at random, counters on", .run = insert_all, .counts = 1},
        {.name = "record of a put_many of 1,024", .run = put_runs},
        {.name = "record of a put_many, counters on", .run = put_runs, .counts = 1},
        {.name = "allocator state of a leaf, made", .run = build_spaces, .records = RECORDS, .counts = 1},
        {.name = "varint at a limit, written and read", .run = pass_varints}};
    enum { ROWS = sizeof rows / sizeof rows[0] };
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < ROWS; i++) {
            run_row(&rows[i], round);
        }
    }
    printf("| step | ns | least | most | allocations of the row, a step |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < ROWS; i++) {
        qsort(rows[i].ns, rounds, sizeof rows[i].ns[0], compare);
        printf("| %-38s | %7.1f | %7.1f | %7.1f | %.4f |\n", rows[i].name, rows[i].ns[rounds / 2], rows[i].ns[0],
               rows[i].ns[rounds - 1], rows[i].allocated);
    }
    show_reuses();
    return 0;
}
