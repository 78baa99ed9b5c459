/*
 * The bulk writer: what the rows SP-2 and SP-3 of docs/REQUIREMENTS.md ask for,
 * each named, and what a batch promises beyond them.
 */
#include "../support/graph_fixture.h"

static quire_graph_writer *writer_of(struct graph_fixture *f)
{
    quire_graph_writer *writer = NULL;
    OK(quire_graph_writer_get(f->graph, NULL, &writer));
    return writer;
}

static quire_graph_writer_stat stat_of(struct graph_fixture *f)
{
    quire_graph_writer_stat stat;
    quire_graph_writer_stat_get(writer_of(f), &stat);
    return stat;
}

static uint64_t add_node(struct graph_fixture *f, uint32_t node_label)
{
    uint64_t id = 0;
    OK(quire_graph_writer_node(writer_of(f), &node_label, node_label != 0, NULL, 0, &id));
    return id;
}

static uint64_t add_edge(struct graph_fixture *f, uint64_t source, uint64_t target)
{
    uint64_t id = 0;
    OK(quire_graph_writer_edge(writer_of(f), source, target, 1, NULL, 0, &id));
    return id;
}

static void sp_2_1_the_cache_holds_8192_nodes_by_default(void **state)
{
    struct graph_fixture *f = *state;
    edge_type(f, "t");
    assert_int_equal(f->options.edge_cache_capacity, 8192);
    for (int i = 0; i < 6000; i++)
        add_node(f, 0);
    OK(quire_graph_writer_execute(writer_of(f)));
    graph_commit(f);
    graph_begin(f, QUIRE_WRITE);
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 1; i < 6000; i++)
            add_edge(f, i, i + 1);
        OK(quire_graph_writer_execute(writer_of(f)));
    }
    quire_graph_writer_stat stat = stat_of(f);
    assert_int_equal(stat.cache_hits + stat.cache_misses, 4 * 5999);
    /* Each node is looked up once, but for what sets of four lose when more than four ids meet in one. */
    assert_true(stat.cache_misses >= 6000 && stat.cache_misses < 8400);
}

static void sp_2_2_the_capacity_is_an_option_and_0_looks_every_endpoint_up(void **state)
{
    struct graph_fixture *f = *state;
    edge_type(f, "t");
    make_node(f, 0);
    make_node(f, 0);
    const size_t capacities[] = {0, 1, 3, 100}, misses[] = {8, 2, 2, 2};
    for (size_t i = 0; i < 4; i++) {
        graph_commit(f);
        f->options.edge_cache_capacity = capacities[i];
        graph_begin(f, QUIRE_WRITE);
        for (int k = 0; k < 4; k++)
            add_edge(f, 1, 2);
        OK(quire_graph_writer_execute(writer_of(f)));
        assert_int_equal(stat_of(f).cache_misses, misses[i]);
        assert_int_equal(stat_of(f).cache_hits, 8 - misses[i]);
    }
    assert_graph_sound(f);
}

/* Four ids are one set: a fifth takes the place of the one that was used longest ago. */
static void the_id_used_longest_ago_leaves_the_cache(void **state)
{
    struct graph_fixture *f = *state;
    static const uint64_t looks[] = {1, 2, 3, 4, 1, 5, 1};
    uint32_t type = edge_type(f, "t");
    for (int i = 0; i < 5; i++)
        make_node(f, 0);
    graph_commit(f);
    f->options.edge_cache_capacity = 4;
    graph_begin(f, QUIRE_WRITE);
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        make_edge(f, looks[i], looks[i], type);
    assert_int_equal(stat_of(f).cache_misses, 5);
    make_edge(f, 2, 2, type);
    assert_int_equal(stat_of(f).cache_misses, 6);
}

static void sp_2_3_a_batch_of_nodes_and_edges_goes_through_one_writer(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t person = label(f, "person"), name = property(f, "name");
    edge_type(f, "knows");
    quire_graph_property with = {name, string_value("ada")};
    uint64_t ada = 0, old = make_node(f, 0), edge = 0;
    quire_graph_writer *writer = writer_of(f), *same = NULL;
    OK(quire_graph_writer_node(writer, &person, 1, &with, 1, &ada));
    uint64_t bob = add_node(f, person);
    add_edge(f, ada, bob); /* the id is the handle */
    add_edge(f, bob, old);
    OK(quire_graph_writer_edge(writer, old, ada, 1, &with, 1, &edge));
    OK(quire_graph_writer_get(f->graph, NULL, &same));
    assert_ptr_equal(writer, same);
    quire_graph_node node;
    GIVES(QUIRE_NOT_FOUND, quire_graph_node_get(f->graph, ada, &node));
    OK(quire_graph_writer_execute(writer));
    assert_neighbours(f, ada, QUIRE_GRAPH_BOTH, 0, 0, "3 1 ");
    assert_int_equal(stat_of(f).batch_endpoints, 4);
    assert_int_equal(stat_of(f).edges, 3);
    quire_graph_value value;
    OK(quire_graph_edge_property(f->graph, edge, name, &value));
    assert_bytes(value.as.content, "ada");
    assert_graph_sound(f);
}

static void aliases_name_nodes_until_the_batch_ends(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph_writer *writer = writer_of(f);
    uint64_t id, found = 0;
    char alias[16];
    for (uint64_t i = 1; i <= 200; i++) {
        id = add_node(f, 0);
        snprintf(alias, sizeof alias, "node %u", (unsigned)i);
        OK(quire_graph_writer_alias(writer, text(alias), id));
    }
    GIVES(QUIRE_EXISTS, quire_graph_writer_alias(writer, text("node 7"), 3));
    GIVES(QUIRE_INVALID, quire_graph_writer_alias(writer, text("none"), 0));
    OK(quire_graph_writer_resolve(writer, text("node 7"), &found));
    assert_int_equal(found, 7);
    GIVES(QUIRE_NOT_FOUND, quire_graph_writer_resolve(writer, text("node 201"), &found));
    OK(quire_graph_writer_execute(writer));
    GIVES(QUIRE_NOT_FOUND, quire_graph_writer_resolve(writer, text("node 7"), &found));
    OK(quire_graph_writer_alias(writer, text("node 7"), 3));
    quire_graph_writer_discard(writer);
    GIVES(QUIRE_NOT_FOUND, quire_graph_writer_resolve(writer, text("node 7"), &found));
}

static void sp_2_5_of_a_batch_with_a_missing_endpoint_nothing_stays(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t person = label(f, "person");
    edge_type(f, "t");
    uint64_t old = make_node(f, person);
    quire_graph_stat before, after;
    OK(quire_graph_stat_get(f->graph, &before));
    uint64_t made = add_node(f, person);
    add_edge(f, made, old);
    add_edge(f, made, 70);
    add_edge(f, 60, old);
    add_edge(f, 50, made);
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_writer_execute(writer_of(f)));
    const quire_graph_fault *fault = quire_graph_fault_get(f->graph);
    assert_int_equal(fault->batch_index, 1);
    assert_int_equal(fault->edge, 2);
    assert_int_equal(fault->side, QUIRE_GRAPH_TARGET);
    assert_int_equal(fault->node, 70);
    OK(quire_graph_stat_get(f->graph, &after));
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(stat_of(f).pending_edges, 0);
    assert_graph_sound(f);
}

static void sp_2_6_single_writes_use_the_writers_cache_and_keep_it_true(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t t = edge_type(f, "t");
    uint64_t a = make_node(f, 0), b = make_node(f, 0), id;
    make_edge(f, a, b, t);
    assert_int_equal(stat_of(f).cache_misses, 0); /* it made them itself */
    assert_int_equal(stat_of(f).cache_hits, 2);
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, a, 3, t, NULL, 0, &id));
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, a, 3, t, NULL, 0, &id));
    assert_int_equal(stat_of(f).cache_misses, 0); /* an id that was never given needs no look */
    uint64_t c = make_node(f, 0);
    assert_int_equal(c, 3);
    make_edge(f, a, c, t);
    OK(quire_graph_node_delete(f->graph, c, QUIRE_GRAPH_CASCADE, NULL));
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, a, c, t, NULL, 0, &id));
    assert_int_equal(stat_of(f).cache_misses, 0);
    graph_commit(f);
    graph_begin(f, QUIRE_WRITE);
    for (int i = 0; i < 3; i++)
        GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, c, a, t, NULL, 0, &id));
    assert_int_equal(stat_of(f).cache_misses, 2); /* a once, and c once: that it is not there is remembered too */
    assert_graph_sound(f);
}

static void the_cache_follows_a_rollback_to_a_savepoint(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t t = edge_type(f, "t"), savepoint;
    uint64_t a = make_node(f, 0), id;
    OK(quire_savepoint(f->txn, &savepoint));
    uint64_t b = make_node(f, 0);
    make_edge(f, a, b, t);
    OK(quire_rollback_to(f->txn, savepoint));
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, a, b, t, NULL, 0, &id));
    OK(quire_graph_node_delete(f->graph, a, QUIRE_GRAPH_RESTRICT, NULL));
    OK(quire_rollback_to(f->txn, savepoint));
    make_edge(f, a, a, t);
    assert_graph_sound(f);
}

/* Ids that were made one after the other are remembered as a range: one that is deleted leaves it for good. */
static void what_was_deleted_stays_unknown_when_the_next_node_is_made(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t type = edge_type(f, "t");
    uint64_t id;
    for (int i = 0; i < 4; i++)
        make_node(f, 0);
    for (uint64_t last = 4; last < 7; last++) {
        OK(quire_graph_node_delete(f->graph, last, QUIRE_GRAPH_CASCADE, NULL));
        assert_int_equal(make_node(f, 0), last + 1);
        GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, last, 1, type, NULL, 0, &id));
        make_edge(f, last + 1, 1, type);
    }
    assert_graph_sound(f);
}

static void a_batch_does_not_outlive_the_state_it_was_begun_in(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t savepoint;
    OK(quire_savepoint(f->txn, &savepoint));
    uint32_t person = label(f, "person");
    add_node(f, person);
    OK(quire_rollback_to(f->txn, savepoint));
    GIVES(QUIRE_INVALID, quire_graph_writer_execute(writer_of(f)));
    GRAPH_SAYS(f, "rolled back");
    assert_graph_sound(f);
    assert_int_equal(make_node(f, 0), 1);
}

static void a_stale_batch_that_was_dropped_is_forgotten(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t savepoint;
    quire_graph_stat stat;
    quire_graph_writer_stat written;
    OK(quire_savepoint(f->txn, &savepoint));
    uint32_t person = label(f, "person");
    add_node(f, person);
    OK(quire_rollback_to(f->txn, savepoint));
    OK(quire_graph_stat_get(f->graph, &stat));
    quire_graph_writer_discard(writer_of(f));
    OK(quire_graph_writer_execute(writer_of(f)));
    quire_graph_writer_stat_get(writer_of(f), &written);
    assert_int_equal(written.batches, 0);
}

static int vouch(void *context, const quire_graph_endpoints *edges, size_t count)
{
    uint64_t highest = *(const uint64_t *)context;
    for (size_t i = 0; i < count; i++) {
        if (edges[i].source > highest || edges[i].target > highest)
            return 0;
    }
    return 1;
}

static void trusted_endpoints_need_a_validated_batch(void **state)
{
    struct graph_fixture *f = *state;
    uint64_t highest = 3;
    quire_graph_writer *writer;
    quire_graph_writer_options options;
    edge_type(f, "t");
    for (int i = 0; i < 3; i++)
        make_node(f, 0);
    quire_graph_writer_options_init(&options);
    options.trusted = 1;
    GIVES(QUIRE_INVALID, quire_graph_writer_get(f->graph, &options, &writer));
    GRAPH_SAYS(f, "trusted endpoints require a validator");
    options.validator = vouch;
    options.validator_context = &highest;
    OK(quire_graph_writer_get(f->graph, &options, &writer));
    uint64_t misses = stat_of(f).cache_misses;
    for (uint64_t i = 0; i < 600; i++)
        add_edge(f, 1 + i % 3, 1 + i % 2);
    GIVES(QUIRE_INVALID, quire_graph_writer_execute(writer));
    GRAPH_SAYS(f, "must be validated: 600 of its 600 edges are not");
    OK(quire_graph_writer_validate(writer));
    add_edge(f, 1, 2);
    GIVES(QUIRE_INVALID, quire_graph_writer_execute(writer));
    GRAPH_SAYS(f, "1 of its 601 edges are not");
    GIVES(QUIRE_INVALID, quire_graph_writer_get(f->graph, &options, &writer));
    OK(quire_graph_writer_get(f->graph, NULL, &writer));
    OK(quire_graph_writer_validate(writer));
    OK(quire_graph_writer_execute(writer));
    assert_int_equal(stat_of(f).trusted_edges, 601);
    add_edge(f, 1, 2); /* what was validated before counts no more */
    OK(quire_graph_writer_validate(writer));
    OK(quire_graph_writer_execute(writer));
    add_edge(f, 2, 3);
    GIVES(QUIRE_INVALID, quire_graph_writer_execute(writer));
    OK(quire_graph_writer_validate(writer));
    quire_graph_writer_discard(writer);
    add_edge(f, 2, 3);
    GIVES(QUIRE_INVALID, quire_graph_writer_execute(writer));
    OK(quire_graph_writer_validate(writer));
    OK(quire_graph_writer_execute(writer));
    assert_int_equal(stat_of(f).cache_misses, misses);
    add_edge(f, 1, 4);
    GIVES(QUIRE_INVALID, quire_graph_writer_validate(writer));
    GRAPH_SAYS(f, "does not vouch");
    quire_graph_writer_discard(writer);
    uint64_t id;
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, 1, 4, 1, NULL, 0, &id));
    assert_graph_sound(f);
}

static void sp_3_sorted_runs_are_not_sorted_again(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t a = label(f, "a"), b = label(f, "b");
    edge_type(f, "t");
    for (int i = 0; i < 10; i++)
        add_node(f, a);
    OK(quire_graph_writer_execute(writer_of(f)));
    assert_int_equal(stat_of(f).sorts, 0);
    assert_int_equal(stat_of(f).sorts_saved, 1); /* sp_3_5: labels */
    for (uint64_t i = 1; i < 10; i++)
        add_edge(f, i, i + 1);
    OK(quire_graph_writer_execute(writer_of(f)));
    assert_int_equal(stat_of(f).sorts, 0);
    assert_int_equal(stat_of(f).sorts_saved, 3); /* sp_3_3 forward, sp_3_4 reverse */
    for (uint64_t i = 1; i < 10; i++)
        add_edge(f, i, 11 - i);
    OK(quire_graph_writer_execute(writer_of(f)));
    assert_int_equal(stat_of(f).sorts, 1);
    assert_int_equal(stat_of(f).sorts_saved, 4);
    add_node(f, b);
    add_node(f, a);
    OK(quire_graph_writer_execute(writer_of(f)));
    assert_int_equal(stat_of(f).sorts, 2);
    quire_graph_writer_options options;
    quire_graph_writer *writer;
    quire_graph_writer_options_init(&options);
    options.sort_always = 1;
    OK(quire_graph_writer_get(f->graph, &options, &writer));
    add_edge(f, 1, 2);
    add_edge(f, 2, 3);
    OK(quire_graph_writer_execute(writer));
    assert_int_equal(stat_of(f).sorts, 4);
    assert_graph_sound(f);
}

static void single_writes_wait_for_the_batch(void **state)
{
    struct graph_fixture *f = *state;
    uint64_t id;
    edge_type(f, "t");
    make_node(f, 0);
    add_node(f, 0);
    GIVES(QUIRE_INVALID, quire_graph_node_create(f->graph, NULL, 0, NULL, 0, &id));
    GRAPH_SAYS(f, "execute it first");
    quire_graph_property unknown = {1, integer_value(1)};
    GIVES(QUIRE_INVALID, quire_graph_writer_node(writer_of(f), NULL, 0, &unknown, 1, &id));
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_writer_edge(writer_of(f), 1, 0, 1, NULL, 0, &id));
    assert_int_equal(stat_of(f).pending_nodes, 1);
    assert_true(stat_of(f).pending_bytes > 0);
    /* Deletes and updates do not wait: the batch is held against what is there when it is executed. */
    add_edge(f, 1, 2);
    OK(quire_graph_node_delete(f->graph, 1, QUIRE_GRAPH_RESTRICT, NULL));
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_writer_execute(writer_of(f)));
    assert_int_equal(quire_graph_fault_get(f->graph)->node, 1);
    OK(quire_graph_writer_execute(writer_of(f))); /* an empty batch is one */
    assert_graph_sound(f);
}

static void long_values_of_a_batch_go_to_their_rows(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t p = property(f, "p"), q = property(f, "q");
    edge_type(f, "t");
    char content[600];
    uint64_t nodes[3], edge = 0;
    for (char i = 0; i < 3; i++) {
        memset(content, 'a' + i, sizeof content);
        quire_graph_property properties[] = {{p, {QUIRE_GRAPH_BYTES, {0}}}, {q, {QUIRE_GRAPH_STRING, {0}}}};
        properties[0].value.as.content = (quire_bytes){(uint8_t *)content, 300 + (size_t)i};
        properties[1].value.as.content = (quire_bytes){(uint8_t *)content, 600};
        OK(quire_graph_writer_node(writer_of(f), NULL, 0, properties, 2, &nodes[(int)i]));
        OK(quire_graph_writer_edge(writer_of(f), nodes[0], nodes[(int)i], 1, properties + 1, 1, &edge));
    }
    OK(quire_graph_writer_execute(writer_of(f)));
    for (int i = 0; i < 3; i++) {
        quire_graph_value value;
        OK(quire_graph_node_property(f->graph, nodes[i], p, &value));
        assert_int_equal(value.as.content.size, 300 + i);
        assert_int_equal(value.as.content.data[299], 'a' + i);
        OK(quire_graph_edge_property(f->graph, edge - 2 + (uint64_t)i, q, &value));
        assert_int_equal(value.as.content.size, 600);
        assert_int_equal(value.as.content.data[599], 'a' + i);
    }
    assert_graph_sound(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GRAPH_TEST_LARGE(sp_2_1_the_cache_holds_8192_nodes_by_default),
        GRAPH_TEST(sp_2_2_the_capacity_is_an_option_and_0_looks_every_endpoint_up),
        GRAPH_TEST(the_id_used_longest_ago_leaves_the_cache),
        GRAPH_TEST(sp_2_3_a_batch_of_nodes_and_edges_goes_through_one_writer),
        GRAPH_TEST(aliases_name_nodes_until_the_batch_ends),
        GRAPH_TEST(sp_2_5_of_a_batch_with_a_missing_endpoint_nothing_stays),
        GRAPH_TEST(sp_2_6_single_writes_use_the_writers_cache_and_keep_it_true),
        GRAPH_TEST(the_cache_follows_a_rollback_to_a_savepoint),
        GRAPH_TEST(what_was_deleted_stays_unknown_when_the_next_node_is_made),
        GRAPH_TEST(a_batch_does_not_outlive_the_state_it_was_begun_in),
        GRAPH_TEST(a_stale_batch_that_was_dropped_is_forgotten),
        GRAPH_TEST(trusted_endpoints_need_a_validated_batch),
        GRAPH_TEST(sp_3_sorted_runs_are_not_sorted_again),
        GRAPH_TEST(single_writes_wait_for_the_batch),
        GRAPH_TEST(long_values_of_a_batch_go_to_their_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
