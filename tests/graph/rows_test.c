/* Nodes and edges: making, reading, updating and deleting them, one at a time. */
#include "../support/graph_fixture.h"

static void a_node_has_its_labels_and_properties(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t labels[] = {label(f, "b"), label(f, "a"), 1};
    quire_graph_property properties[] = {{property(f, "size"), integer_value(-5)},
                                         {property(f, "name"), string_value("ada")},
                                         {property(f, "height"), real_value(1.75)}};
    quire_graph_property reversed[] = {properties[2], properties[1], properties[0]};
    uint64_t id = 0;
    OK(quire_graph_node_create(f->graph, labels, 3, reversed, 3, &id));
    assert_int_equal(id, 1);
    graph_reopen(f);
    quire_graph_node node;
    OK(quire_graph_node_get(f->graph, id, &node));
    assert_int_equal(node.label_count, 2);
    assert_int_equal(node.labels[0], 1);
    assert_int_equal(node.labels[1], 2);
    assert_int_equal(node.property_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(node.properties[i].name, i + 1);
        assert_int_equal(quire_graph_value_compare(&node.properties[i].value, &properties[i].value), 0);
    }
    assert_graph_sound(f);
}

static void every_type_comes_back_as_it_was(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph_property properties[] = {
        {property(f, "null"), {QUIRE_GRAPH_NULL, {0}}},   {property(f, "yes"), {QUIRE_GRAPH_BOOL, {1}}},
        {property(f, "least"), integer_value(INT64_MIN)}, {property(f, "most"), integer_value(INT64_MAX)},
        {property(f, "minus nought"), real_value(-0.0)},  {property(f, "date"), integer_value(-1)},
        {property(f, "empty"), string_value("")},         {property(f, "text"), string_value("text")},
        {property(f, "bytes"), string_value("\xff\x01")},
    };
    properties[5].value.type = QUIRE_GRAPH_DATETIME;
    properties[8].value.type = QUIRE_GRAPH_BYTES;
    size_t count = sizeof properties / sizeof *properties;
    uint64_t id = 0;
    OK(quire_graph_node_create(f->graph, NULL, 0, properties, count, &id));
    for (size_t i = 0; i < count; i++) {
        quire_graph_value value;
        OK(quire_graph_node_property(f->graph, id, properties[i].name, &value));
        assert_int_equal(value.type, properties[i].value.type);
        assert_int_equal(quire_graph_value_compare(&value, &properties[i].value), 0);
    }
    quire_graph_value value;
    OK(quire_graph_node_property(f->graph, id, properties[4].name, &value));
    assert_true(1 / value.as.real < 0);
    assert_graph_sound(f);
}

static void long_values_stand_apart_and_come_back(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t name = property(f, "text"), other = property(f, "other");
    char *long_text = calloc(100001, 1);
    memset(long_text, 'x', 100000);
    quire_graph_property properties[] = {{name, string_value(long_text)}, {other, string_value("short")}};
    uint64_t id = 0;
    OK(quire_graph_node_create(f->graph, NULL, 0, properties, 2, &id));
    quire_graph_node node;
    OK(quire_graph_node_get(f->graph, id, &node));
    assert_int_equal(node.properties[0].value.as.content.size, 100000);
    assert_memory_equal(node.properties[0].value.as.content.data, long_text, 100000);
    assert_bytes(node.properties[1].value.as.content, "short");
    assert_graph_sound(f);
    long_text[50000] = 'y';
    int changed = 0;
    quire_graph_patch patch = {.set = properties, .set_count = 1};
    OK(quire_graph_node_update(f->graph, id, &patch, &changed));
    assert_int_equal(changed, 1);
    OK(quire_graph_node_update(f->graph, id, &patch, &changed));
    assert_int_equal(changed, 0);
    properties[0].value = string_value("short now");
    OK(quire_graph_node_update(f->graph, id, &patch, &changed));
    assert_int_equal(changed, 1);
    assert_graph_sound(f); /* also: no long value is left behind */
    free(long_text);
}

static void an_edge_is_seen_from_both_ends(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t knows = edge_type(f, "knows"), since = property(f, "since");
    uint64_t a = make_node(f, 0), b = make_node(f, 0), id = 0;
    quire_graph_property with = {since, integer_value(1833)};
    OK(quire_graph_edge_create(f->graph, a, b, knows, &with, 1, &id));
    quire_graph_edge edge;
    OK(quire_graph_edge_get(f->graph, id, &edge));
    assert_int_equal(edge.source, a);
    assert_int_equal(edge.target, b);
    assert_int_equal(edge.type, knows);
    assert_int_equal(edge.properties[0].value.as.integer, 1833);
    assert_neighbours(f, a, QUIRE_GRAPH_OUT, 0, 0, "2 ");
    assert_neighbours(f, b, QUIRE_GRAPH_IN, knows, 0, "1 ");
    assert_neighbours(f, b, QUIRE_GRAPH_OUT, 0, 0, "");
    assert_graph_sound(f);
}

static void a_missing_endpoint_has_a_status_that_names_edge_side_and_node(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t knows = edge_type(f, "knows");
    uint64_t a = make_node(f, 0), id = 77;
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, a, 9, knows, NULL, 0, &id));
    const quire_graph_fault *fault = quire_graph_fault_get(f->graph);
    assert_int_equal(fault->status, QUIRE_GRAPH_NO_ENDPOINT);
    assert_int_equal(fault->edge, 1);
    assert_int_equal(fault->side, QUIRE_GRAPH_TARGET);
    assert_int_equal(fault->node, 9);
    assert_string_equal(fault->message, "the target of edge 1, node 9, does not exist");
    assert_int_equal(id, 77);
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, 0, a, knows, NULL, 0, &id));
    assert_int_equal(quire_graph_fault_get(f->graph)->side, QUIRE_GRAPH_SOURCE);
    assert_string_equal(quire_graph_status_name(QUIRE_GRAPH_NO_ENDPOINT), "QUIRE_GRAPH_NO_ENDPOINT");
    assert_graph_sound(f);
}

static void ids_are_never_given_twice(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t knows = edge_type(f, "knows");
    uint64_t a = make_node(f, 0), b = make_node(f, 0);
    uint64_t edge = make_edge(f, a, b, knows);
    OK(quire_graph_edge_delete(f->graph, edge));
    OK(quire_graph_node_delete(f->graph, b, QUIRE_GRAPH_RESTRICT, NULL));
    graph_reopen(f);
    assert_int_equal(make_node(f, 0), b + 1);
    assert_int_equal(make_edge(f, a, b + 1, knows), edge + 1);
    GIVES(QUIRE_NOT_FOUND, quire_graph_edge_delete(f->graph, edge));
    assert_graph_sound(f);
}

static void a_patch_sets_removes_and_notices_when_nothing_changes(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t one = property(f, "one"), two = property(f, "two"), three = property(f, "three");
    uint32_t a = label(f, "a"), b = label(f, "b");
    quire_graph_property properties[] = {{one, integer_value(1)}, {two, integer_value(2)}};
    uint64_t id = 0;
    OK(quire_graph_node_create(f->graph, &a, 1, properties, 2, &id));
    quire_graph_property set[] = {{three, integer_value(3)}, {one, integer_value(11)}};
    quire_graph_patch patch = {.set = set,
                               .set_count = 2,
                               .remove = &two,
                               .remove_count = 1,
                               .add_labels = &b,
                               .add_label_count = 1,
                               .remove_labels = &a,
                               .remove_label_count = 1};
    int changed = 0;
    OK(quire_graph_node_update(f->graph, id, &patch, &changed));
    assert_int_equal(changed, 1);
    quire_graph_node node;
    OK(quire_graph_node_get(f->graph, id, &node));
    assert_int_equal(node.label_count, 1);
    assert_int_equal(node.labels[0], b);
    assert_int_equal(node.property_count, 2);
    assert_int_equal(node.properties[0].value.as.integer, 11);
    assert_int_equal(node.properties[1].name, three);
    quire_graph_stat before, after;
    OK(quire_graph_stat_get(f->graph, &before));
    OK(quire_graph_node_update(f->graph, id, &patch, &changed));
    assert_int_equal(changed, 0);
    OK(quire_graph_stat_get(f->graph, &after));
    assert_int_equal(before.changes, after.changes);
    assert_graph_sound(f);
    patch.remove = &one;
    GIVES(QUIRE_INVALID, quire_graph_node_update(f->graph, id, &patch, &changed));
    GRAPH_SAYS(f, "to be set and to be removed");
    GIVES(QUIRE_NOT_FOUND, quire_graph_node_update(f->graph, 99, &(quire_graph_patch){.set = set}, &changed));
}

static void of_two_long_values_one_may_change(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t one = property(f, "one"), two = property(f, "two");
    char same[301] = "", other[301] = "";
    memset(same, 's', 300);
    memset(other, 'o', 300);
    quire_graph_property made[] = {{one, string_value(same)}, {two, string_value(same)}};
    uint64_t id = 0;
    OK(quire_graph_node_create(f->graph, NULL, 0, made, 2, &id));
    for (int which = 0; which < 2; which++) {
        quire_graph_property set[] = {{one, string_value(which == 0 ? other : same)},
                                      {two, string_value(which == 1 ? other : same)}};
        int changed = 0;
        OK(quire_graph_node_update(f->graph, id, &(quire_graph_patch){.set = set, .set_count = 2}, &changed));
        assert_int_equal(changed, 1);
        quire_graph_value found;
        OK(quire_graph_node_property(f->graph, id, which == 0 ? one : two, &found));
        assert_memory_equal(found.as.content.data, other, 300);
        set[0].value = set[1].value = string_value(same);
        OK(quire_graph_node_update(f->graph, id, &(quire_graph_patch){.set = set, .set_count = 2}, &changed));
    }
}

static void an_edge_is_patched_too(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t name = property(f, "p");
    uint64_t a = make_node(f, 0), edge = make_edge(f, a, a, edge_type(f, "t"));
    quire_graph_property set = {name, string_value("x")};
    int changed = 0;
    OK(quire_graph_edge_update(f->graph, edge, &(quire_graph_patch){.set = &set, .set_count = 1}, &changed));
    assert_int_equal(changed, 1);
    quire_graph_value value;
    OK(quire_graph_edge_property(f->graph, edge, name, &value));
    assert_bytes(value.as.content, "x");
    GIVES(QUIRE_INVALID, quire_graph_edge_update(f->graph, edge, &(quire_graph_patch){.add_label_count = 1}, NULL));
    OK(quire_graph_edge_update(f->graph, edge, &(quire_graph_patch){.remove = &name, .remove_count = 1}, NULL));
    GIVES(QUIRE_NOT_FOUND, quire_graph_edge_property(f->graph, edge, name, &value));
    assert_graph_sound(f);
}

static void a_node_with_edges_is_deleted_only_with_them(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t knows = edge_type(f, "knows"), likes = edge_type(f, "likes"), person = label(f, "person");
    uint64_t a = make_node(f, person), b = make_node(f, person), c = make_node(f, person), edges = 0;
    make_edge(f, a, b, knows);
    make_edge(f, a, b, knows);
    make_edge(f, b, a, likes);
    make_edge(f, a, a, likes);
    make_edge(f, b, c, knows);
    GIVES(QUIRE_GRAPH_HAS_EDGES, quire_graph_node_delete(f->graph, a, QUIRE_GRAPH_RESTRICT, NULL));
    assert_int_equal(quire_graph_fault_get(f->graph)->node, a);
    OK(quire_graph_node_delete(f->graph, a, QUIRE_GRAPH_CASCADE, &edges));
    assert_int_equal(edges, 4);
    assert_neighbours(f, b, QUIRE_GRAPH_BOTH, 0, 0, "3 ");
    uint64_t degree = 9;
    OK(quire_graph_degree(f->graph, b, QUIRE_GRAPH_IN, 0, &degree));
    assert_int_equal(degree, 0);
    GIVES(QUIRE_NOT_FOUND, quire_graph_degree(f->graph, a, QUIRE_GRAPH_IN, 0, &degree));
    assert_graph_sound(f);
}

static void what_was_handed_out_can_be_handed_in(void **state)
{
    struct graph_fixture *f = *state;
    char long_text[400] = "";
    memset(long_text, 'z', 399);
    uint32_t person = label(f, "person"), name = property(f, "name"), tale = property(f, "tale");
    quire_graph_property properties[] = {{name, string_value("ada")}, {tale, string_value(long_text)}};
    uint64_t a = 0, b = 0, c = make_node(f, 0);
    OK(quire_graph_node_create(f->graph, &person, 1, properties, 2, &a));
    quire_graph_node node;
    OK(quire_graph_node_get(f->graph, a, &node));
    OK(quire_graph_node_create(f->graph, node.labels, node.label_count, node.properties, node.property_count, &b));
    OK(quire_graph_node_get(f->graph, a, &node));
    quire_graph_patch patch = {.set = node.properties,
                               .set_count = node.property_count,
                               .add_labels = node.labels,
                               .add_label_count = node.label_count};
    OK(quire_graph_node_update(f->graph, c, &patch, NULL));
    for (uint64_t id = b; id >= c; id--) {
        OK(quire_graph_node_get(f->graph, id, &node));
        assert_int_equal(node.labels[0], person);
        assert_bytes(node.properties[0].value.as.content, "ada");
        assert_bytes(node.properties[1].value.as.content, long_text);
    }
    assert_graph_sound(f);
}

static void arguments_are_checked(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t unknown = 7, person = label(f, "person");
    property(f, "other");
    uint32_t name = property(f, "height\xc3\xa9\n");
    quire_graph_property twice[] = {{name, integer_value(1)}, {name, integer_value(2)}};
    quire_graph_property bad = {name, {QUIRE_GRAPH_BOOL, {2}}};
    uint64_t id, a = make_node(f, person);
    GIVES(QUIRE_INVALID, quire_graph_node_create(f->graph, &unknown, 1, NULL, 0, &id));
    GIVES(QUIRE_INVALID, quire_graph_node_create(f->graph, NULL, 0, twice, 2, &id));
    GRAPH_SAYS(f, "property height\xc3\xa9? (2) is given twice");
    GIVES(QUIRE_INVALID, quire_graph_node_create(f->graph, NULL, 0, &bad, 1, &id));
    GRAPH_SAYS(f, "property height\xc3\xa9? (2) has no legal value");
    bad.value.type = (quire_graph_type)7;
    GIVES(QUIRE_INVALID, quire_graph_node_create(f->graph, NULL, 0, &bad, 1, &id));
    GIVES(QUIRE_INVALID, quire_graph_edge_create(f->graph, a, a, 1, NULL, 0, &id));
    GRAPH_SAYS(f, "there is no edge type 1");
    GIVES(QUIRE_INVALID, quire_graph_node_delete(f->graph, a, 2, NULL));
    assert_int_equal(make_node(f, 0), a + 1);
}

static void a_reader_sees_its_snapshot_and_writes_nothing(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t knows = edge_type(f, "knows");
    uint64_t a = make_node(f, 0), b = make_node(f, 0);
    make_edge(f, a, b, knows);
    graph_commit(f);
    quire_txn *reader = begin(&f->base, QUIRE_READ);
    quire_graph *seen;
    OK(quire_graph_open(f->base.db, reader, NULL, NULL, &seen));
    graph_begin(f, QUIRE_WRITE);
    OK(quire_graph_node_delete(f->graph, b, QUIRE_GRAPH_CASCADE, NULL));
    graph_commit(f);
    quire_graph_cursor *cursor;
    OK(quire_graph_neighbours(seen, a, QUIRE_GRAPH_OUT, 0, 0, &cursor));
    assert_string_equal(nodes_of(cursor), "2 ");
    uint64_t id;
    GIVES(QUIRE_READ_ONLY, quire_graph_node_create(seen, NULL, 0, NULL, 0, &id));
    GIVES(QUIRE_READ_ONLY, quire_graph_node_delete(seen, a, QUIRE_GRAPH_CASCADE, NULL));
    OK(quire_graph_check(seen, print_graph_violation, NULL, NULL, NULL));
    quire_graph_close(seen);
    quire_rollback(reader);
    graph_begin(f, QUIRE_WRITE);
    assert_neighbours(f, a, QUIRE_GRAPH_OUT, 0, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GRAPH_TEST(a_node_has_its_labels_and_properties),
        GRAPH_TEST(every_type_comes_back_as_it_was),
        GRAPH_TEST(long_values_stand_apart_and_come_back),
        GRAPH_TEST(an_edge_is_seen_from_both_ends),
        GRAPH_TEST(a_missing_endpoint_has_a_status_that_names_edge_side_and_node),
        GRAPH_TEST(ids_are_never_given_twice),
        GRAPH_TEST(a_patch_sets_removes_and_notices_when_nothing_changes),
        GRAPH_TEST(of_two_long_values_one_may_change),
        GRAPH_TEST(an_edge_is_patched_too),
        GRAPH_TEST(a_node_with_edges_is_deleted_only_with_them),
        GRAPH_TEST(what_was_handed_out_can_be_handed_in),
        GRAPH_TEST(arguments_are_checked),
        GRAPH_TEST(a_reader_sees_its_snapshot_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
