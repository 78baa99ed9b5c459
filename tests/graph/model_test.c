/*
 * Random operations, rollback, savepoints, readers and reopening against the
 * adjacency list of the fuzz target graph_ops: a difference ends the program.
 */
#include "../support/graph_fixture.h"
#include "../support/random.h"

#include "../../fuzz/support/graph_world.h"

/* Of a hundred steps that many end or undo what came before; the others are of any other code. */
static uint8_t pick_code(struct random *random)
{
    static const uint8_t ends[] = {24, 24, 25, 26, 26, 27, 28, 29};
    size_t number = random_below(random, 100);
    if (number < sizeof ends)
        return ends[number];
    return (uint8_t)(number < 60 ? random_below(random, 13) : random_below(random, 24));
}

static void random_operations_agree_with_an_adjacency_list(void **state)
{
    (void)state;
    static struct graph_world world;
    static const size_t page_sizes[] = {512, 512, 1024, 8192};
    uint64_t nodes = 0, edges = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct random random = {seed * 7919};
        graph_world_open(&world, page_sizes[seed % 4], (uint8_t)seed);
        for (int steps = 0; steps < 300; steps++) {
            uint8_t bytes[200];
            random_fill(&random, bytes, sizeof bytes);
            bytes[0] = pick_code(&random);
            struct input input = input_start(bytes, sizeof bytes);
            graph_world_step(&world, &input);
        }
        graph_world_expect(&world);
        graph_world_commit(&world);
        graph_world_reopen(&world);
        graph_world_expect(&world);
        nodes += world.model.next_node;
        edges += world.model.next_edge;
        graph_world_close(&world);
    }
    assert_true(nodes > 40 * 24 && edges > 40 * 40); /* it did make something */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_operations_agree_with_an_adjacency_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
