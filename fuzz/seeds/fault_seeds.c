/*
 * Streams of steps in the grammar of api_fault: one for each call and kind of
 * failure, which lets the 1st, 2nd, 3rd.. of what the call asks of its hooks fail.
 * And the graph of those, lied about, for graph_lies.
 */
#include "seeds.h"

static struct seed seed;

static size_t first_code; /* of the calls that the target has */

static void step(size_t code, size_t a, size_t b, size_t c)
{
    seed_u8(&seed, code - first_code);
    seed_u8(&seed, a);
    seed_u8(&seed, b);
    seed_u8(&seed, c);
}

enum { COMMIT = 44, SAVEPOINT = 47, READER = 48, DATABASE = 49, BACKUP = 51, REOPEN = 53 };
enum { FAIL_MEMORY = 55, FAIL_READ, FAIL_WRITE, FAIL_SYNC, FAIL_NAMES, FAIL_SHAPE, FAIL_CHANGES, FAIL_OTHERS };

/* Trees some levels deep, of old and new leaves, with chains. */
static void records(void)
{
    for (size_t i = 0; i < 8; i++)
        step(9, 0, i * 16 + 15, 40 + i);
    for (size_t i = 0; i < 10; i++)
        step(13, 0, 192 + i * 6, 20);
    step(13, 0, 0x21, 210);
    step(16, 0, 0, 2);
    for (size_t i = 0; i < 3; i++)
        step(10, 1, i * 48 + 15, 50);
    step(20, 1, 0x33, 150);
}

static void graph(void)
{
    for (size_t kind = 0; kind < 3; kind++)
        for (size_t name = 0; name < 3; name++)
            step(24, kind, name, 0);
    for (size_t i = 0; i < 6; i++)
        step(27, 32 | i * 2, i * 16, 12 + i * 37);
    for (size_t i = 0; i < 6; i++)
        step(28, 9, i, i * 5 + 1);
    step(36, 2, 0, 0);
    step(34, 0, 1, 250);
}

struct sweep {
    const char *name;
    uint8_t of_graph;
    uint8_t call[4];
};

static const struct sweep calls[] = {
    {"get", 0, {0, 0, 0x35, 0}},
    {"get-chain", 0, {0, 0, 0x21, 0}},
    {"scan", 0, {1, 0, 0, 0}},
    {"scan-back", 0, {1, 0, 5, 0}},
    {"scan-bounds", 0, {1, 1, 8, 0}},
    {"cursor-seek", 0, {2, 0, 6, 0x35}},
    {"cursor-seek-back", 0, {2, 0, 2, 0x77}},
    {"cursor-next", 0, {2, 0, 0, 0}},
    {"cursor-previous", 0, {2, 0, 1, 0}},
    {"cursor-replace", 0, {2, 0, 3, 0xc8}},
    {"cursor-delete", 0, {2, 0, 4, 0}},
    {"list", 0, {4, 1, 1, 0}},
    {"stat", 0, {4, 1, 0, 0}},
    {"inspect", 0, {5, 0, 5, 0}},
    {"check", 0, {6, 0, 1, 0}},
    {"delete", 0, {7, 0, 0x21, 0}},
    {"put-many", 0, {9, 0, 0x4f, 60}},
    {"put-many-chains", 0, {9, 1, 0x42, 200}},
    {"delete-prefix", 0, {11, 0, 3, 0}},
    {"delete-range", 0, {11, 0, 0x61, 1}},
    {"delete-to-the-end", 0, {11, 0, 1, 2}},
    {"options", 0, {12, 1, 5, 0}},
    {"upgrade", 0, {12, 1, 0, 0}},
    {"put", 0, {13, 0, 0x36, 60}},
    {"put-long-key", 0, {13, 0, 0xc3, 60}},
    {"put-chain", 0, {13, 0, 0x35, 220}},
    {"replace-chain", 0, {13, 0, 0x21, 230}},
    {"insert", 0, {15, 1, 0x91, 63}},
    {"create", 0, {16, 1, 0, 3}},
    {"rename", 0, {18, 0, 2, 0}},
    {"drop", 0, {19, 0, 0, 0}},
    {"blob-create", 0, {20, 1, 0x34, 180}},
    {"blob-read", 0, {21, 1, 0x33, 90}},
    {"blob-write", 0, {22, 1, 0x33, 90}},
    {"blob-grow", 0, {23, 1, 0x33, 255}},
    {"blob-shrink", 0, {23, 1, 0x33, 1}},
    {"savepoint", 0, {SAVEPOINT, 0, 0, 0}},
    {"reader", 0, {READER, 0, 0, 0}},
    {"name-make", 1, {24, 0, 2, 0}},
    {"name-get", 1, {24, 1, 1, 1}},
    {"name-find", 1, {24, 2, 1, 2}},
    {"node-create", 1, {27, 50, 33, 250}},
    {"edge-create", 1, {27, 9, 2, 245}},
    {"node-update", 1, {30, 0x54, 0x11, 250}},
    {"node-update-labels", 1, {30, 0xb0, 0x20, 15}},
    {"edge-update", 1, {30, 0x31, 0x11, 235}},
    {"node-delete", 1, {32, 0, 1, 1}},
    {"edge-delete", 1, {32, 1, 1, 0}},
    {"batch", 1, {34, 0, 1, 250}},
    {"batch-trusted", 1, {34, 5, 3, 12}},
    {"index-create", 1, {36, 2, 1, 0}},
    {"index-drop", 1, {36, 1, 0, 0}},
    {"index-list", 1, {36, 0, 0, 0}},
    {"graph-cursor", 1, {37, 0, 0, 0}},
    {"node-get", 1, {38, 0, 5, 0}},
    {"edge-get", 1, {38, 1, 1, 0}},
    {"node-property", 1, {38, 2, 5, 0}},
    {"edge-property", 1, {38, 3, 1, 0}},
    {"degree", 1, {38, 4, 1, 2}},
    {"graph-check", 1, {39, 0, 0, 0}},
    {"graph-stat", 1, {40, 0, 7, 0}},
    {"graph-drop", 1, {40, 0, 0, 7}},
    {"nodes", 1, {41, 0, 1, 0}},
    {"edges", 1, {41, 1, 0, 0}},
    {"neighbours", 1, {41, 2, 1, 18}},
    {"expand", 1, {41, 3, 1, 2}},
    {"find", 1, {41, 4, 0, 12}},
    {"find-from", 1, {41, 5, 5, 12}},
    {"find-to", 1, {41, 6, 9, 12}},
};

/* The transaction stands on a savepoint, so that a doomed one goes on without building all anew. */
static void call_sweep(const struct sweep *sweep, const char *how, size_t failure, size_t rounds, size_t stride)
{
    const uint8_t *call = sweep->call;
    seed_start(&seed);
    seed_u8(&seed, 0);
    (sweep->of_graph ? graph : records)();
    step(COMMIT, 0, 0, 0);
    for (size_t i = 0; i < rounds; i++) {
        if (failure == FAIL_READ)
            step(REOPEN, 0, 0, 0);
        if (sweep->of_graph)
            step(40, 0, 0, 0);
        step(failure, i, i * stride, i % 5 == 4 ? 15 : 0);
        step(call[0], call[1], call[2], call[3]);
    }
    seed_write(&seed, "api_fault", "%s-%s", how, sweep->name);
}

/* Steps after which some call on the database fails in each of its hooks. */
static void database_sweep(const char *name, const uint8_t *call, size_t failure, size_t rounds)
{
    seed_start(&seed);
    seed_u8(&seed, 4);
    records();
    step(COMMIT, 0, 0, 0);
    for (size_t i = 0; i < rounds; i++) {
        step(9, 0, i * 16 % 112 + 7, 30 + i % 30);
        if (call[0] != COMMIT && i % 2)
            step(COMMIT, 0, 0, 0);
        step(failure, i, i, 16 * (i % 2) + (i % 5 == 4 ? 15 : 0));
        step(call[0], call[1], call[2], call[3]);
        if (call[0] == BACKUP)
            step(BACKUP, i, 255, 1);
    }
    seed_write(&seed, "api_fault", "%s-%zu", name, failure - FAIL_MEMORY);
}

/* The database is opened after a crash or not, by each sync mode, while calls of some kinds fail. */
static void reopen_sweep(const char *name, size_t a, size_t kinds)
{
    seed_start(&seed);
    seed_u8(&seed, 0);
    records();
    step(COMMIT, 0, 0, 0);
    for (size_t i = 0; i < 24; i++) {
        step(13, 0, i * 8, 100 + i);
        step(COMMIT, 0, 0, 0);
        step(REOPEN, a | i % 3 * 4 | i % 2 * 16, kinds, i);
    }
    seed_write(&seed, "api_fault", "%s-%zu", name, kinds);
}

enum { GRAPH_FIRST = 24, GRAPH_CALLS = 23, PARTS = 9, LIES = 9 };

static void lies_seeds(void)
{
    first_code = GRAPH_FIRST;
    for (size_t part = 0; part < PARTS; part++)
        for (size_t lie = 0; lie <= LIES; lie++) {
            seed_start(&seed);
            seed_u8(&seed, GRAPH_CALLS);
            graph();
            const size_t bytes[] = {part, 3 * lie, lie, lie / 2, 1 + 2 * lie};
            for (size_t i = 0; i < 5 && lie < LIES; i++)
                seed_u8(&seed, bytes[i]);
            seed_write(&seed, "graph_lies", lie < LIES ? "part-%zu-lie-%zu" : "healthy", part, lie);
        }
    for (size_t byte = 0; byte < 60; byte += 4) { /* of the state, the first record of the first tree */
        seed_start(&seed);
        seed_u8(&seed, GRAPH_CALLS);
        graph();
        const size_t bytes[] = {0, 0, 0, byte, 2};
        for (size_t i = 0; i < 5; i++)
            seed_u8(&seed, bytes[i]);
        seed_write(&seed, "graph_lies", "state-byte-%zu", byte);
    }
    first_code = 0;
}

void fault_seeds(void)
{
    static const uint8_t on_database[][4] = {{COMMIT, 0, 0, 0},   {DATABASE, 0, 4, 0}, {DATABASE, 0, 0, 0},
                                             {DATABASE, 3, 0, 0}, {BACKUP, 1, 5, 0},   {DATABASE, 0, 1, 0}};
    static const char *const names[] = {"commit", "checkpoint", "sync", "copy", "backup", "readers"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        call_sweep(&calls[i], "memory", FAIL_MEMORY, 14, 1);
        call_sweep(&calls[i], "read", FAIL_READ, 12, 1);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t failure = FAIL_MEMORY; failure <= FAIL_OTHERS; failure++)
            database_sweep(names[i], on_database[i], failure, 14);
    for (size_t kinds = 1; kinds < 128; kinds *= 2) {
        reopen_sweep("open", 32, kinds);
        reopen_sweep("recover", 1, kinds);
        reopen_sweep("recover-read-only", 65, kinds);
        reopen_sweep("salvage", 2, kinds);
        reopen_sweep("salvage-after-a-crash", 3, kinds);
    }
    reopen_sweep("cancel", 129, 0);
    reopen_sweep("salvage-cancel", 2, 0);
    lies_seeds();
    seed_start(&seed);
    seed_u8(&seed, 0);
    graph();
    for (size_t mistake = 0; mistake < 21; mistake++)
        for (size_t i = 0; i < 3; i++)
            step(40, i, mistake, 6);
    seed_write(&seed, "api_fault", "mistakes-with-the-graph");
}
