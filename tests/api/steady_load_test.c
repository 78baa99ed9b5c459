/* A steady load: no heap for a record, no rebuild, no failed allocation in a page, and no chance in the file. */
#include "../../src/quire.h"
#include "../support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RECORDS = 4000, RUN = 64 };

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

/* ---- A database in memory ---- */

struct world {
    quire_vfs *vfs;
    quire_db *db;
    struct random random;
};

static void world_open(struct world *world)
{
    quire_options options;
    quire_options_init(&options);
    assert_int_equal(quire_vfs_memory_new(1, &world->vfs), QUIRE_OK);
    options.vfs = world->vfs;
    options.memory = &counting_memory;
    options.page_size = 1024;
    options.flags |= QUIRE_OPEN_PROFILE;
    assert_int_equal(quire_open("steady", &options, &world->db), QUIRE_OK);
    world->random = (struct random){7};
}

static void world_close(struct world *world)
{
    if (world->db)
        assert_int_equal(quire_close(world->db), QUIRE_OK);
    quire_vfs_memory_free(world->vfs);
}

static uint64_t counter(const struct world *world, const char *name)
{
    quire_counter counters[128];
    size_t count = quire_counters_get(world->db, counters, 128);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counters[i].name, name) == 0)
            return counters[i].value;
    }
    fail_msg("there is no counter %s", name);
    return 0;
}

static quire_txn *begin(struct world *world)
{
    quire_txn *txn;
    assert_int_equal(quire_begin(world->db, QUIRE_WRITE, &txn), QUIRE_OK);
    return txn;
}

static quire_pair pair_of(uint8_t key[4], uint8_t value[64], uint32_t number, size_t value_size)
{
    for (int i = 0; i < 4; i++)
        key[i] = (uint8_t)(number >> (24 - 8 * i));
    memset(value, (int)(number % 251), 64);
    return (quire_pair){{key, 4}, {value, value_size}};
}

static void put(struct world *world, quire_txn *txn, size_t value_size)
{
    uint8_t key[4], value[64];
    quire_pair pair = pair_of(key, value, (uint32_t)random_below(&world->random, RECORDS), value_size);
    assert_int_equal(quire_put(txn, NULL, pair.key, pair.value, 0), QUIRE_OK);
}

static void put_all(quire_txn *txn)
{
    for (uint32_t i = 0; i < RECORDS; i++) {
        uint8_t key[4], value[64];
        quire_pair pair = pair_of(key, value, i, 20);
        assert_int_equal(quire_put(txn, NULL, pair.key, pair.value, 0), QUIRE_OK);
    }
}

/* Deletes and puts with values of all lengths, in transactions of 500. */
static void churn(struct world *world, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        quire_txn *txn = begin(world);
        for (int i = 0; i < 250; i++) {
            uint8_t key[4], value[64];
            quire_pair pair = pair_of(key, value, (uint32_t)random_below(&world->random, RECORDS), 0);
            quire_status status = quire_delete(txn, NULL, pair.key);
            assert_true(status == QUIRE_OK || status == QUIRE_NOT_FOUND);
            put(world, txn, random_below(&world->random, 64));
        }
        assert_int_equal(quire_commit(txn), QUIRE_OK);
    }
}

/* ---- Tests ---- */

/* After the first transaction, puts and gets take no memory for each record; buffers may grow now and then. */
static void a_record_takes_no_heap(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    quire_txn *txn = begin(&world);
    put_all(txn);
    for (int i = 0; i < 10000; i++)
        put(&world, txn, 20 + (size_t)i % 3);
    uint64_t before = allocations;
    for (int i = 0; i < 10000; i++) {
        uint8_t key[4], value[64];
        quire_pair pair = pair_of(key, value, (uint32_t)random_below(&world.random, RECORDS), 0);
        quire_bytes found;
        put(&world, txn, 20 + (size_t)i % 3);
        assert_int_equal(quire_get(txn, NULL, pair.key, &found), QUIRE_OK);
    }
    assert_in_range(allocations - before, 0, 20);
    assert_int_equal(quire_commit(txn), QUIRE_OK);
    world_close(&world);
}

static void nor_does_a_record_of_a_sorted_run(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    quire_txn *txn = begin(&world);
    put_all(txn);
    uint64_t before = 0;
    for (uint32_t round = 0; round < 2; round++) {
        before = allocations;
        for (uint32_t at = 0; at + RUN <= RECORDS; at += RUN) {
            uint8_t keys[RUN][4], values[RUN][64];
            quire_pair pairs[RUN];
            for (uint32_t i = 0; i < RUN; i++)
                pairs[i] = pair_of(keys[i], values[i], at + i, 19 + round);
            assert_int_equal(quire_put_many(txn, NULL, pairs, RUN, NULL), QUIRE_OK);
        }
    }
    assert_in_range(allocations - before, 0, 20);
    assert_true(counter(&world, "put_many_leaf_reuses") > RECORDS);
    assert_int_equal(quire_commit(txn), QUIRE_OK);
    world_close(&world);
}

/* Records that are new take the pages that they fill, and nothing for themselves, one by one and in runs. */
static void new_records_take_pages_and_no_more(void **state)
{
    (void)state;
    for (uint32_t run = 1; run <= RUN; run += RUN - 1) {
        struct world world;
        world_open(&world);
        quire_txn *txn = begin(&world);
        uint64_t before = allocations;
        for (uint32_t at = 0; at + run <= RECORDS; at += run) {
            uint8_t keys[RUN][4], values[RUN][64];
            quire_pair pairs[RUN];
            for (uint32_t i = 0; i < run; i++)
                pairs[i] = pair_of(keys[i], values[i], at + i, 20);
            if (run == 1)
                assert_int_equal(quire_put(txn, NULL, pairs[0].key, pairs[0].value, 0), QUIRE_OK);
            else
                assert_int_equal(quire_put_many(txn, NULL, pairs, run, NULL), QUIRE_OK);
        }
        uint64_t splits = counter(&world, "leaf_splits");
        assert_true(splits > 10);
        assert_in_range(allocations - before, 1, 2 * splits + 40);
        assert_true(2 * splits + 40 < RECORDS / 4);
        assert_int_equal(quire_commit(txn), QUIRE_OK);
        world_close(&world);
    }
}

static void deletes_and_puts_never_rebuild_a_leaf(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    churn(&world, 60);
    assert_true(counter(&world, "in_place_edits") > 10000);
    assert_true(counter(&world, "place_hole") > 1000);
    assert_true(counter(&world, "leaf_merges") > 0);
    assert_int_equal(counter(&world, "rebuilds"), 0);
    assert_int_equal(counter(&world, "rebalance_rebuild"), 0);
    world_close(&world);
}

/* What cannot be placed is a full leaf, counted as a split signal; a refusal in spite of room would be a defect. */
static void no_allocation_fails_where_there_is_room(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    churn(&world, 60);
    assert_true(counter(&world, "split_signals") > 0);
    assert_true(counter(&world, "leaf_splits") > 0);
    assert_int_equal(counter(&world, "allocator_failures"), 0);
    world_close(&world);
}

/* One scan for a leaf with holes, then its state is kept. */
static void the_state_of_a_leaf_outlives_the_edit(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    churn(&world, 20);
    quire_counters_reset(world.db);
    quire_txn *txn = begin(&world);
    for (uint32_t i = 0; i < 1000; i++) {
        uint8_t key[4], value[64];
        quire_pair pair = pair_of(key, value, i % 8, i % 5);
        assert_int_equal(quire_put(txn, NULL, pair.key, pair.value, 0), QUIRE_OK);
    }
    assert_in_range(counter(&world, "space_builds"), 0, 8);
    assert_true(counter(&world, "space_reuses") > 900);
    assert_int_equal(quire_commit(txn), QUIRE_OK);
    world_close(&world);
}

static uint8_t *file_after_churn(size_t *size)
{
    struct world world;
    world_open(&world);
    churn(&world, 10);
    assert_int_equal(quire_close(world.db), QUIRE_OK);
    world.db = NULL;
    quire_file *file;
    uint64_t length;
    assert_int_equal(world.vfs->open(world.vfs->context, "steady", QUIRE_VFS_READ_ONLY, &file), 0);
    assert_int_equal(world.vfs->size(world.vfs->context, file, &length), 0);
    uint8_t *bytes = malloc((size_t)length);
    assert_non_null(bytes);
    assert_int_equal(world.vfs->read(world.vfs->context, file, 0, bytes, (size_t)length, size), 0);
    assert_int_equal(*size, length);
    assert_int_equal(world.vfs->close(world.vfs->context, file), 0);
    world_close(&world);
    return bytes;
}

static void the_same_calls_give_the_same_file(void **state)
{
    (void)state;
    size_t size, size_again;
    uint8_t *first = file_after_churn(&size);
    uint8_t *again = file_after_churn(&size_again);
    assert_int_equal(size, size_again);
    assert_memory_equal(first, again, size);
    free(first);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_takes_no_heap),
        cmocka_unit_test(nor_does_a_record_of_a_sorted_run),
        cmocka_unit_test(new_records_take_pages_and_no_more),
        cmocka_unit_test(deletes_and_puts_never_rebuild_a_leaf),
        cmocka_unit_test(no_allocation_fails_where_there_is_room),
        cmocka_unit_test(the_state_of_a_leaf_outlives_the_edit),
        cmocka_unit_test(the_same_calls_give_the_same_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
