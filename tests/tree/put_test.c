/* Puts: what they answer, what they write, and how little. */
#include "../support/tree_world.h"
#include "../../src/tree/space_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static quire_bytes text(const char *string)
{
    return (quire_bytes){(const uint8_t *)string, strlen(string)};
}

static uint64_t records_logged(struct tree_world *world)
{
    struct pager_stat stat;
    pager_stat(world->store.pager, &stat);
    return stat.images + stat.deltas;
}

static void insert_only_refuses_what_is_there_and_writes_nothing(void **state)
{
    (void)state;
    struct tree_world world;
    static const uint8_t longer[3000];
    world_open(&world, 512, 1u << 20);
    world_put_text(&world, "key", "value");
    uint64_t before = records_logged(&world);
    world_expect(&world, tree_put(&world.view, &world.tree, text("key"), text("other"), 1), QUIRE_EXISTS);
    world_expect(&world, tree_put(&world.view, &world.tree, text("key"), (quire_bytes){longer, sizeof longer}, 1),
                 QUIRE_EXISTS);
    assert_int_equal(records_logged(&world), before);
    world_expect(&world, tree_put(&world.view, &world.tree, text("new"), text("value"), 1), QUIRE_OK);
    world_expect(&world, tree_delete(&world.view, &world.tree, text("new")), QUIRE_OK);
    world_check(&world);
    world_close(&world);
}

static void the_same_value_again_writes_nothing(void **state)
{
    (void)state;
    struct tree_world world;
    world_open(&world, 512, 1u << 20);
    world_put_text(&world, "key", "value");
    uint64_t before = records_logged(&world);
    world_put_text(&world, "key", "value");
    assert_int_equal(records_logged(&world), before);
    world_close(&world);
}

/* Puts that find their value there leave the leaf to whoever edits it next, also to another way of going there. */
static void a_leaf_that_puts_did_not_change_is_not_kept(void **state)
{
    (void)state;
    struct tree_world world;
    world_open(&world, 512, 1u << 20);
    world_put_text(&world, "a", "value");
    world_put_text(&world, "b", "value");
    world_commit(&world);
    for (int i = 0; i < 3; i++)
        world_put_text(&world, "a", "value");
    world_delete(&world, "b", 1);
    world_put_text(&world, "c", "value");
    world_check(&world);
    world_close(&world);
}

/* The leaf that the last puts went to is no place for the next one once it has left the tree. */
static void a_leaf_that_leaves_the_tree_is_not_kept(void **state)
{
    (void)state;
    struct tree_world world;
    char key[8];
    world_open(&world, 512, 1u << 20);
    for (int i = 0; i < 60; i++) {
        (void)snprintf(key, sizeof key, "%03d", i);
        world_put_text(&world, key, "value");
    }
    const struct frame *leaf = space_cache_finger(&world.view, &world.tree);
    assert_non_null(leaf);
    assert_true(page_low_len(leaf->data) > 0);
    char last[8];
    size_t low_len = page_low_len(leaf->data);
    memcpy(last, page_low(leaf->data), low_len);
    last[low_len] = 0;
    for (int i = 59; i >= 0; i--) {
        (void)snprintf(key, sizeof key, "%03d", i);
        if (strcmp(key, last) >= 0)
            world_delete(&world, key, 3);
    }
    assert_null(space_cache_finger(&world.view, &world.tree));
    world_put_text(&world, "999", "value");
    world_check(&world);
    world_close(&world);
}

static void an_overwritten_long_value_gives_its_pages_back(void **state)
{
    (void)state;
    struct tree_world world;
    static char longer[4000];
    struct state before, after;
    memset(longer, 'x', sizeof longer - 1);
    world_open(&world, 512, 1u << 20);
    world_put_text(&world, "key", longer);
    view_state(&world.view, &before);
    world_put_text(&world, "key", "short");
    view_state(&world.view, &after);
    assert_int_equal(after.free_count - before.free_count, overflow_pages(512, sizeof longer - 1));
    world_check(&world);
    world_close(&world);
}

/* Runs of puts go back to the leaf of the put before; what happens to that leaf in between must be seen. */
static void runs_of_puts_see_what_happened_to_their_leaf(void **state)
{
    (void)state;
    struct tree_world world;
    struct tree other;
    quire_bytes value;
    world_open(&world, 512, 1u << 20);
    world_expect(&world, catalog_create(&world.view, "other", NULL, &other), QUIRE_OK);
    for (int i = 0; i < 400; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key%05d", i);
        world_put_text(&world, key, "one");
        world_expect(&world, tree_put(&world.view, &other, text(key), text("two"), 0), QUIRE_OK);
        world_expect(&world, tree_put(&world.view, &other, text(key), text("three"), 0), QUIRE_OK);
    }
    world_check(&world);
    for (int i = 0; i < 400; i++) {
        char key[16], before[16];
        (void)snprintf(key, sizeof key, "key%05d", i);
        (void)snprintf(before, sizeof before, "key%05d-", i);
        world_put_text(&world, before, "1");
        world_put_text(&world, before, "2");
        world_delete_text(&world, key);
        world_put_text(&world, key, "3");
        if (i % 50 == 49) {
            world_delete_range(&world, "key00020", 8, before, strlen(before));
        }
    }
    world_check(&world);
    world_expect(&world, tree_get(&world.view, &other, text("key00007"), &value), QUIRE_OK);
    assert_int_equal(value.size, 5);
    world_close(&world);
}

static void a_value_just_read_can_be_put_elsewhere(void **state)
{
    (void)state;
    struct tree_world world;
    struct random random = {5};
    world_open(&world, 512, 1u << 20);
    for (int i = 0; i < 4000; i++) {
        char from[8], to[8], copy[64];
        quire_bytes value;
        (void)snprintf(from, sizeof from, "k%02d", (int)random_below(&random, 12));
        (void)snprintf(to, sizeof to, "k%02d", (int)random_below(&random, 12));
        memset(copy, 'a' + i % 26, sizeof copy);
        copy[random_below(&random, 30)] = 0;
        world_put_text(&world, from, copy);
        world_expect(&world, tree_get(&world.view, &world.tree, text(from), &value), QUIRE_OK);
        world_expect(&world, tree_put(&world.view, &world.tree, text(to), value, 0), QUIRE_OK);
        assert_true(model_put(&world.model, (const uint8_t *)to, strlen(to), (const uint8_t *)copy, strlen(copy)));
    }
    world_check(&world);
    world_close(&world);
}

static void of_equal_keys_in_a_run_the_last_is_put(void **state)
{
    (void)state;
    struct tree_world world;
    quire_bytes value;
    world_open(&world, 512, 1u << 20);
    const quire_pair pairs[] = {{text("a"), text("1")},
                                {text("b"), text("2")},
                                {text("b"), text("3")},
                                {text("b"), text("4")},
                                {text("c"), text("5")}};
    world_expect(&world, tree_put_many(&world.view, &world.tree, pairs, 5), QUIRE_OK);
    world_expect(&world, tree_get(&world.view, &world.tree, text("b"), &value), QUIRE_OK);
    assert_int_equal(value.size, 1);
    assert_int_equal(value.data[0], '4');
    world_close(&world);
}

/* A run visits each leaf once, and what it does there is one record of the log. */
static void a_run_descends_once_for_each_leaf(void **state)
{
    (void)state;
    enum { PAIRS = 2000 };
    static char keys[PAIRS][16];
    static quire_pair pairs[PAIRS];
    struct tree_world world;
    world_open(&world, 8192, 1u << 20);
    for (int i = 0; i < PAIRS; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key%06d", i * 2);
        world_put_text(&world, key, "value");
        (void)snprintf(keys[i], sizeof keys[i], "key%06d", i);
        pairs[i] = (quire_pair){text(keys[i]), text("fresh")};
    }
    atomic_store(&world.store.counters.on, 1);
    uint64_t before = records_logged(&world);
    world_expect(&world, tree_put_many(&world.view, &world.tree, pairs, PAIRS), QUIRE_OK);
    assert_true(atomic_load(&world.store.counters.put_many_leaf_reuses) > PAIRS - 40);
    assert_true(records_logged(&world) - before < 100);
    for (int i = 0; i < PAIRS; i++) {
        assert_true(model_put(&world.model, pairs[i].key.data, pairs[i].key.size, pairs[i].value.data, 5));
    }
    world_check(&world);
    world_close(&world);
}

static void ascending_runs_between_other_records_leave_full_leaves(void **state)
{
    (void)state;
    struct tree_world world;
    quire_tree_stat stat;
    world_open(&world, 4096, 8u << 20);
    world_put_text(&world, "a", "first");
    world_put_text(&world, "z", "last");
    for (int i = 0; i < 5000; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%07d", i);
        world_put_text(&world, key, "a value of some length");
    }
    world_expect(&world, tree_stat(&world.view, &world.tree, &stat), QUIRE_OK);
    assert_true(stat.leaf_live_bytes * 10 > stat.leaf_usable_bytes * 9);
    world_check(&world);
    world_close(&world);
}

static void counters_tell_placements_compactions_and_splits_apart(void **state)
{
    (void)state;
    struct tree_world world;
    world_open(&world, 1024, 1u << 20);
    struct counters *counters = &world.store.counters;
    atomic_store(&counters->on, 1);
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < 60; i++) {
            char key[16], value[64];
            (void)snprintf(key, sizeof key, "key%03d", i);
            memset(value, 'v', sizeof value);
            value[(i * 7 + round * 13) % 50] = 0;
            world_put_text(&world, key, value);
        }
    }
    assert_true(counters->place_gap > 0 && counters->place_same > 0 && counters->place_hole > 0);
    assert_true(counters->allocator_compactions > 0 && counters->allocator_moved_bytes > 0);
    assert_true(counters->split_signals > 0);
    assert_int_equal(counters->split_signals, counters->leaf_splits);
    assert_int_equal(counters->allocator_failures, 0);
    world_check(&world);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(insert_only_refuses_what_is_there_and_writes_nothing),
        cmocka_unit_test(the_same_value_again_writes_nothing),
        cmocka_unit_test(a_leaf_that_puts_did_not_change_is_not_kept),
        cmocka_unit_test(a_leaf_that_leaves_the_tree_is_not_kept),
        cmocka_unit_test(an_overwritten_long_value_gives_its_pages_back),
        cmocka_unit_test(runs_of_puts_see_what_happened_to_their_leaf),
        cmocka_unit_test(a_value_just_read_can_be_put_elsewhere),
        cmocka_unit_test(of_equal_keys_in_a_run_the_last_is_put),
        cmocka_unit_test(a_run_descends_once_for_each_leaf),
        cmocka_unit_test(ascending_runs_between_other_records_leave_full_leaves),
        cmocka_unit_test(counters_tell_placements_compactions_and_splits_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
