/* One node with 100,000 edges: deleted with all of them in one transaction, or not at all. */
#include "../support/graph_fixture.h"

enum { EDGES = 100000, OTHERS = 1000 };

static void make_hub(struct graph_fixture *f)
{
    quire_graph_writer *writer;
    uint64_t id;
    uint32_t hub = label(f, "hub");
    edge_type(f, "a");
    edge_type(f, "b");
    OK(quire_graph_writer_get(f->graph, NULL, &writer));
    OK(quire_graph_writer_node(writer, &hub, 1, NULL, 0, &id));
    for (int i = 0; i < OTHERS; i++)
        OK(quire_graph_writer_node(writer, NULL, 0, NULL, 0, &id));
    for (uint64_t i = 0; i < EDGES; i++) {
        uint64_t other = i % 500 == 0 ? 1 : 2 + i * 7919 % OTHERS;
        OK(quire_graph_writer_edge(writer, i % 2 ? 1 : other, i % 2 ? other : 1, 1 + (uint32_t)(i % 3 == 0), NULL, 0,
                                   &id));
    }
    for (uint64_t i = 2; i < OTHERS; i++)
        OK(quire_graph_writer_edge(writer, i, i + 1, 1, NULL, 0, &id));
    OK(quire_graph_writer_execute(writer));
}

static void a_hub_of_100000_edges_goes_in_one_transaction_or_stays(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph_stat before, after;
    uint64_t edges = 0;
    make_hub(f);
    OK(quire_graph_stat_get(f->graph, &before));
    graph_commit(f);
    graph_begin(f, QUIRE_WRITE);
    assert_graph_sound(f);

    OK(quire_graph_node_delete(f->graph, 1, QUIRE_GRAPH_CASCADE, &edges));
    assert_int_equal(edges, EDGES);
    graph_rollback(f);
    graph_begin(f, QUIRE_WRITE);
    OK(quire_graph_stat_get(f->graph, &after));
    assert_memory_equal(&before, &after, sizeof before);
    assert_graph_sound(f);

    OK(quire_graph_node_delete(f->graph, 1, QUIRE_GRAPH_CASCADE, &edges));
    graph_commit(f);
    graph_begin(f, QUIRE_WRITE);
    OK(quire_graph_stat_get(f->graph, &after));
    assert_int_equal(after.nodes, OTHERS);
    assert_int_equal(after.edges, OTHERS - 2);
    assert_graph_sound(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GRAPH_TEST_LARGE(a_hub_of_100000_edges_goes_in_one_transaction_or_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
