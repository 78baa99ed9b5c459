/* Seeds of graph_ops, in the grammar that graph_ops_fuzzer.c states, and of graph_rows, made by the graph's own codes.
 */
#include "seeds.h"

#include <string.h>

#include "../../src/graph/row.h"

static struct seed seed;

/* Codes of graph_ops' steps. */
enum {
    GRAPH_NODE = 0,
    GRAPH_EDGE = 3,
    GRAPH_UPDATE_NODE = 7,
    GRAPH_UPDATE_EDGE = 9,
    GRAPH_BATCH = 10,
    GRAPH_INDEX = 13,
    GRAPH_DELETE_EDGE = 14,
    GRAPH_DELETE_ALONE = 15,
    GRAPH_DELETE_ALL = 16,
    GRAPH_CURSOR = 17,
    GRAPH_READ_NODE = 18,
    GRAPH_READ_EDGE = 19,
    GRAPH_LOOK = 20,
    GRAPH_EXPAND = 21,
    GRAPH_RANGE = 22,
    GRAPH_CHECK = 23,
    GRAPH_COMMIT = 24,
    GRAPH_ROLLBACK = 25,
    GRAPH_SAVEPOINT = 26,
    GRAPH_ROLLBACK_TO = 27,
    GRAPH_REOPEN = 28,
    GRAPH_READER = 29,
    GRAPH_COMPARE = 30
};

static void start(size_t page, size_t cache)
{
    seed_start(&seed);
    seed_u8(&seed, page);
    seed_u8(&seed, cache);
}

/* A code and the bytes that it takes. */
static void step(size_t code, size_t count, const uint8_t *bytes)
{
    seed_u8(&seed, code);
    seed_bytes(&seed, bytes, count);
}

#define STEP(code, ...) step(code, sizeof((const uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

static void small_world(size_t cache)
{
    start(0, cache);
    for (uint8_t i = 0; i < 5; i++)
        STEP(GRAPH_NODE, (uint8_t)(1 + i % 7 + 8 * 3), (uint8_t)(2 + 7 * i), (uint8_t)(5 + 14 * i));
    for (uint8_t i = 0; i < 6; i++)
        STEP(GRAPH_EDGE, i, (uint8_t)(i * i % 5), (uint8_t)(i % 3 + 16), (uint8_t)(6 + 7 * i));
    STEP(GRAPH_EDGE, 1, 253, 0);
    seed_u8(&seed, GRAPH_COMPARE);
    seed_u8(&seed, GRAPH_COMMIT);
    seed_u8(&seed, GRAPH_READER);
    STEP(GRAPH_UPDATE_NODE, 1, 010, 0x21, 40);
    STEP(GRAPH_UPDATE_NODE, 1, 010, 0x21, 40);
    STEP(GRAPH_UPDATE_EDGE, 2, 0x41, 55);
    STEP(GRAPH_DELETE_ALONE, 0);
    STEP(GRAPH_DELETE_EDGE, 1);
    seed_u8(&seed, GRAPH_CURSOR);
    STEP(GRAPH_DELETE_ALL, 2);
    seed_u8(&seed, GRAPH_CURSOR);
    STEP(GRAPH_LOOK, 1, 2);
    STEP(GRAPH_EXPAND, 1, 0x32);
    seed_u8(&seed, GRAPH_COMPARE);
    seed_u8(&seed, GRAPH_REOPEN);
    seed_u8(&seed, GRAPH_CHECK);
    seed_write(&seed, "graph_ops", "every-step-%zu", cache);
}

/* A few nodes and edges, and every question about them. */
static void questions(size_t cache)
{
    start(0, cache);
    for (uint8_t i = 0; i < 4; i++)
        STEP(GRAPH_NODE, (uint8_t)(1 + i % 7 + 8 * 7), (uint8_t)(5 + 7 * i), (uint8_t)(2 + 14 * i),
             (uint8_t)(6 + 21 * i));
    STEP(GRAPH_INDEX, 0);
    for (uint8_t i = 0; i < 6; i++)
        STEP(GRAPH_EDGE, (uint8_t)(i % 4), (uint8_t)(i / 2), (uint8_t)(i % 3 + 16 * 5), (uint8_t)(6 + 7 * i),
             (uint8_t)i);
    for (uint8_t i = 0; i < 12; i++) {
        STEP(GRAPH_READ_NODE, (uint8_t)(i * 25));
        STEP(GRAPH_READ_EDGE, (uint8_t)(i * 25));
        STEP(GRAPH_LOOK, i, (uint8_t)(i * 5));
        STEP(GRAPH_RANGE, 0, (uint8_t)(i * 9), (uint8_t)(5 + 7 * (i % 4)), (uint8_t)(i * 21));
        seed_u8(&seed, GRAPH_CURSOR);
    }
    seed_write(&seed, "graph_ops", "questions-%zu", cache);
}

static void indexes(void)
{
    start(3, 0);
    STEP(GRAPH_INDEX, 0);
    for (uint8_t i = 0; i < 20; i++)
        STEP(GRAPH_NODE, 1 + 8, (uint8_t)(i * 13));
    STEP(GRAPH_INDEX, 3);
    for (uint8_t i = 0; i < 20; i++)
        STEP(GRAPH_RANGE, (uint8_t)(i % 2), (uint8_t)(32 + i), (uint8_t)(i * 5), (uint8_t)(i * 11));
    for (uint8_t i = 0; i < 6; i++)
        STEP(GRAPH_UPDATE_NODE, i, (uint8_t)(i % 4), 1, (uint8_t)(i * 19));
    seed_u8(&seed, GRAPH_COMPARE);
    STEP(GRAPH_INDEX, 0);
    STEP(GRAPH_INDEX, 0);
    seed_write(&seed, "graph_ops", "indexes");
}

/* Batches of nodes with a label and edges among them; every other is rolled back, one way or the other. */
static void batches(uint8_t how)
{
    start(0, how);
    for (uint8_t i = 0; i < 6; i++) {
        STEP(GRAPH_BATCH, how, 4, 9);
        for (uint8_t k = 0; k < 4; k++)
            STEP((size_t)(1 + k % 3 + 8 * 4), (uint8_t)(6 + 7 * (k + i)));
        for (uint8_t k = 0; k < 9; k++)
            STEP((uint8_t)(k * 3 + i), k, (uint8_t)(k % 3));
        STEP(GRAPH_SAVEPOINT, GRAPH_DELETE_ALL, i);
        if (i % 2)
            STEP(GRAPH_ROLLBACK_TO, 0);
        else
            seed_u8(&seed, GRAPH_COMMIT);
    }
    STEP(GRAPH_LOOK, 3, 0x12);
    seed_u8(&seed, GRAPH_ROLLBACK);
    seed_u8(&seed, GRAPH_COMPARE);
    seed_write(&seed, "graph_ops", "batches-%u", (unsigned)how);
}

static void random_mixture(uint32_t *random, size_t number)
{
    start(number % 4, number / 4 + (number % 3 == 2 ? 128 : 0));
    for (size_t i = 0; i < 220; i++)
        seed_u8(&seed, seed_random(random, 8) == 0 ? 32 + seed_random(random, 32) : seed_random(random, 252));
    seed_write(&seed, "graph_ops", "random-%zu", number);
}

/* ---- graph_rows ------------------------------------------------------------------ */

enum { ROWS_INTEGERS = 0, ROWS_NODE = 1, ROWS_EDGE = 2, ROWS_VALUES = 3, ROWS_ADJACENCIES = 4 };

static void *seed_resize(void *context, void *block, size_t size)
{
    static uint8_t room[4096];
    (void)context;
    (void)block;
    return size <= sizeof room ? room : NULL;
}

static const quire_memory seed_memory = {NULL, NULL, seed_resize, NULL};

static void row_seeds(void)
{
    static const uint8_t letters[300] = {'a', 'b', 0, 'c'};
    static const uint32_t labels[] = {1, 247, 248, 70000};
    quire_graph_property properties[9] = {
        {1, {QUIRE_GRAPH_NULL, {0}}},     {2, {QUIRE_GRAPH_BOOL, {1}}},       {3, {QUIRE_GRAPH_INT64, {0}}},
        {250, {QUIRE_GRAPH_DOUBLE, {0}}}, {251, {QUIRE_GRAPH_DATETIME, {0}}}, {252, {QUIRE_GRAPH_STRING, {0}}},
        {300, {QUIRE_GRAPH_BYTES, {0}}},  {301, {QUIRE_GRAPH_STRING, {0}}},   {90000, {QUIRE_GRAPH_BYTES, {0}}}};
    properties[2].value.as.integer = -1000;
    properties[3].value.as.real = -2.5;
    properties[4].value.as.integer = INT64_MIN;
    for (size_t i = 5; i < 9; i++)
        properties[i].value.as.content = (quire_bytes){letters, (const size_t[]){0, 4, 256, 300}[i - 5]};
    for (size_t count = 0; count <= 9; count += 3) {
        struct buffer row = {&seed_memory, NULL, 0, 0};
        (void)(row_add_labels(&row, labels, count % 5) && row_add_properties(&row, properties, count));
        seed_start(&seed);
        seed_u8(&seed, ROWS_NODE);
        seed_bytes(&seed, row.data, row.size);
        seed_write(&seed, "graph_rows", "node-%zu", count);
        row.size = 0;
        (void)(row_add_ends(&row, 1, ID_MAX, 248) && row_add_properties(&row, properties + count / 3, count / 3 * 2));
        seed_start(&seed);
        seed_u8(&seed, ROWS_EDGE);
        seed_bytes(&seed, row.data, row.size);
        seed_write(&seed, "graph_rows", "edge-%zu", count);
    }
}

/* Two of a kind, cut where the second begins. */
static void pair(size_t what, const char *name, size_t number, quire_bytes a, quire_bytes b)
{
    seed_start(&seed);
    seed_u8(&seed, what);
    seed_u8(&seed, a.size);
    seed_bytes(&seed, a.data, a.size);
    seed_bytes(&seed, b.data, b.size);
    seed_write(&seed, "graph_rows", "%s-%zu", name, number);
}

static void key_seeds(void)
{
    static const uint64_t integers[] = {0, 247, 248, 255, 256, 65536, ID_MAX, UINT64_MAX};
    static const char *const strings[] = {"", "a", "ab", "b", "\xff", "z"};
    for (size_t i = 0; i < 7; i++) {
        uint8_t a[9], b[9];
        pair(ROWS_INTEGERS, "integers", i, (quire_bytes){a, integer_put(a, integers[i])},
             (quire_bytes){b, integer_put(b, integers[i + 1])});
        struct adjacency x = {1 + integers[i] / 2, 7, 300, 1}, y = {1 + integers[i] / 2, 7, 301, 2};
        struct key j, k;
        adjacency_key(&x, &j);
        adjacency_key(&y, &k);
        pair(ROWS_ADJACENCIES, "adjacencies", i, key_bytes(&j), key_bytes(&k));
    }
    for (size_t i = 0; i < 6; i++) {
        uint8_t a[16], b[16];
        quire_graph_value x = {QUIRE_GRAPH_STRING, {0}}, y = {QUIRE_GRAPH_INT64, {0}};
        x.as.content = (quire_bytes){(const uint8_t *)strings[i], strlen(strings[i])};
        y.as.integer = (int64_t)i - 3;
        pair(ROWS_VALUES, "values", i, (quire_bytes){a, ordered_put(a, &x)}, (quire_bytes){b, ordered_put(b, &y)});
        y.type = i % 2 ? QUIRE_GRAPH_DATETIME : QUIRE_GRAPH_DOUBLE;
        y.as.real = i % 2 ? 0 : -1.5 * (double)i;
        pair(ROWS_VALUES, "numbers", i, (quire_bytes){a, ordered_put(a, &y)}, (quire_bytes){b, ordered_put(b, &y)});
    }
}

void graph_seeds(void)
{
    uint32_t random = 2024;
    for (size_t cache = 0; cache < 4; cache++)
        small_world(cache);
    indexes();
    questions(0);
    questions(130);
    for (size_t how = 0; how < 4; how++)
        batches((uint8_t)(how + 16 * how));
    for (size_t number = 0; number < 12; number++)
        random_mixture(&random, number);
    row_seeds();
    key_seeds();
}
