/*
 * Operations that fail midway. Every allocation fails once: the tree is then as
 * it was before the operation, or the transaction is doomed and its rollback
 * brings the last commit back.
 */
#include "../support/tree_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct tree_world *world, uint8_t slots, uint8_t records, uint8_t in_place)
{
    world_open(world, 512, 16 * 512);
    world_options(world, slots, records, in_place, 0);
    for (int i = 0; i < 300; i++) {
        char key[24];
        (void)snprintf(key, sizeof key, "key%07d", i * 7 % 300);
        world_put_text(world, key,
                       i % 17 == 0 ? "................................................................................."
                                     "................................................................................."
                                   : "a value of some length");
    }
    world_commit(world);
}

static quire_status delete_many(struct tree_world *world)
{
    uint64_t deleted;
    quire_bytes low = {(const uint8_t *)"key0000040", 10}, high = {(const uint8_t *)"key0000220", 10};
    return tree_delete_range(&world->view, &world->tree, low, high, &deleted);
}

static quire_status put_many(struct tree_world *world)
{
    enum { PAIRS = 200 };
    static char keys[PAIRS][24];
    static char value[600];
    quire_pair pairs[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        int length = snprintf(keys[i], sizeof keys[i], "key%07d-%d", i, i);
        pairs[i] = (quire_pair){{(const uint8_t *)keys[i], (size_t)length},
                                {(const uint8_t *)value, i % 50 == 0 ? sizeof value : 20}};
    }
    return tree_put_many(&world->view, &world->tree, pairs, PAIRS);
}

static quire_status put_long(struct tree_world *world)
{
    static uint8_t value[5000];
    return tree_put(&world->view, &world->tree, (quire_bytes){(const uint8_t *)"key0000100", 10},
                    (quire_bytes){value, sizeof value}, 0);
}

static quire_status upgrade(struct tree_world *world)
{
    uint64_t leaves;
    world->tree.options.slots = world->tree.options.slots == 1 ? 3 : 1;
    world->tree.options.records = (uint8_t)!world->tree.options.records;
    return tree_upgrade(&world->view, &world->tree, &leaves);
}

static quire_status free_all(struct tree_world *world)
{
    return tree_free(&world->view, &world->tree);
}

static void fails_at_each_allocation(quire_status (*act)(struct tree_world *world), uint8_t slots, uint8_t records,
                                     uint8_t in_place)
{
    quire_status status = QUIRE_NO_MEMORY;
    for (size_t at = 1; status != QUIRE_OK; at++) {
        struct tree_world world;
        fill(&world, slots, records, in_place);
        world.refuse_after = at;
        quire_tree_options options = world.tree.options;
        status = act(&world);
        world.refuse_after = 0;
        if (status != QUIRE_OK) {
            assert_int_equal(status, QUIRE_NO_MEMORY);
            world.tree.options = options;
            if (world.view.doomed) {
                world_expect(&world, put_long(&world), QUIRE_DOOMED);
                world_rollback(&world);
            }
            world_check(&world);
        }
        world_close(&world);
        assert_true(at < 100000);
    }
}

static void an_operation_without_memory_changes_nothing(void **state)
{
    (void)state;
    static quire_status (*const acts[])(struct tree_world *) = {delete_many, put_many, put_long, upgrade, free_all};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        fails_at_each_allocation(acts[i], 3, 1, 1);
        fails_at_each_allocation(acts[i], 1, 0, 1);
        fails_at_each_allocation(acts[i], 2, 1, 0);
    }
}

static void a_doomed_view_refuses_writes(void **state)
{
    (void)state;
    struct tree_world world;
    fill(&world, 3, 1, 1);
    world.view.doomed = 1;
    world_expect(&world, put_many(&world), QUIRE_DOOMED);
    world_expect(&world, delete_many(&world), QUIRE_DOOMED);
    world_expect(&world, upgrade(&world), QUIRE_DOOMED);
    world_expect(&world, free_all(&world), QUIRE_DOOMED);
    world_rollback(&world);
    world_check(&world);
    world_close(&world);
}

static void a_rollback_to_a_mark_forgets_allocator_states(void **state)
{
    (void)state;
    struct tree_world world;
    struct pager_mark mark;
    struct model before;
    fill(&world, 3, 1, 1);
    model_init(&before);
    for (int round = 0; round < 20; round++) {
        world_expect(&world, pager_savepoint(world.store.pager, &mark, &world.fault), QUIRE_OK);
        assert_true(model_copy(&before, &world.model));
        for (int i = 0; i < 10 + round; i++) {
            char key[24];
            (void)snprintf(key, sizeof key, "key%07d", (i * 13 + round) % 300);
            world_delete_text(&world, key);
            (void)snprintf(key, sizeof key, "key%07d", (i * 11 + round) % 300);
            world_put_text(&world, key, "something else");
        }
        world_check(&world);
        if (round % 2 == 0) {
            world_expect(&world, view_rollback_to(&world.view, &mark), QUIRE_OK);
            assert_true(model_copy(&world.model, &before));
            world_check(&world);
        }
    }
    model_free(&before);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_without_memory_changes_nothing),
        cmocka_unit_test(a_doomed_view_refuses_writes),
        cmocka_unit_test(a_rollback_to_a_mark_forgets_allocator_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
