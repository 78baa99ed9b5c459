/* Cursors: neighbours, labels, expansion, degrees; and what they see of writes. */
#include "../support/graph_fixture.h"

enum { OUT = QUIRE_GRAPH_OUT, IN = QUIRE_GRAPH_IN, BOTH = QUIRE_GRAPH_BOTH, DISTINCT = QUIRE_GRAPH_DISTINCT };

/* 1 -a-> 2, 1 -a-> 2, 1 -b-> 2, 1 -b-> 3, 3 -a-> 1, 1 -a-> 1, 3 -b-> 4 */
static void make_small(struct graph_fixture *f)
{
    uint32_t a = edge_type(f, "a"), b = edge_type(f, "b");
    for (int i = 0; i < 4; i++)
        make_node(f, 0);
    make_edge(f, 1, 2, a);
    make_edge(f, 1, 2, a);
    make_edge(f, 1, 2, b);
    make_edge(f, 1, 3, b);
    make_edge(f, 3, 1, a);
    make_edge(f, 1, 1, a);
    make_edge(f, 3, 4, b);
}

static void neighbours_come_by_direction_type_and_distinctness(void **state)
{
    struct graph_fixture *f = *state;
    make_small(f);
    assert_neighbours(f, 1, OUT, 0, 0, "1 2 2 2 3 ");
    assert_neighbours(f, 1, OUT, 0, DISTINCT, "1 2 3 ");
    assert_neighbours(f, 1, OUT, 1, 0, "1 2 2 ");
    assert_neighbours(f, 1, OUT, 1, DISTINCT, "1 2 ");
    assert_neighbours(f, 1, OUT, 2, 0, "2 3 ");
    assert_neighbours(f, 1, IN, 0, 0, "1 3 ");
    assert_neighbours(f, 1, BOTH, 0, 0, "1 2 2 2 3 3 ");
    assert_neighbours(f, 1, BOTH, 0, DISTINCT, "1 2 3 ");
    assert_neighbours(f, 1, BOTH, 1, 0, "1 2 2 3 ");
    assert_neighbours(f, 2, BOTH, 0, DISTINCT, "1 ");
    assert_neighbours(f, 4, OUT, 0, 0, "");
    make_edge(f, 4, 1, 1);
    make_edge(f, 4, 2, 1);
    make_edge(f, 4, 1, 2); /* met before, but not just before */
    assert_neighbours(f, 4, OUT, 0, DISTINCT, "1 2 ");
    quire_graph_cursor *cursor;
    GIVES(QUIRE_NOT_FOUND, quire_graph_neighbours(f->graph, 9, OUT, 0, 0, &cursor));
    GIVES(QUIRE_INVALID, quire_graph_neighbours(f->graph, 1, 0, 0, 0, &cursor));
    GIVES(QUIRE_INVALID, quire_graph_neighbours(f->graph, 1, OUT, 0, 2, &cursor));
}

static void an_entry_tells_edge_type_and_direction(void **state)
{
    struct graph_fixture *f = *state;
    make_small(f);
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    OK(quire_graph_neighbours(f->graph, 3, BOTH, 0, 0, &cursor));
    const struct {
        uint64_t node, edge;
        uint32_t type;
        int direction;
    } expected[] = {{1, 5, 1, OUT}, {4, 7, 2, OUT}, {1, 4, 2, IN}};
    for (size_t i = 0; i < 3; i++) {
        OK(quire_graph_cursor_next(cursor, &entry));
        assert_int_equal(entry.node, expected[i].node);
        assert_int_equal(entry.edge, expected[i].edge);
        assert_int_equal(entry.from, 3);
        assert_int_equal(entry.type, expected[i].type);
        assert_int_equal(entry.direction, expected[i].direction);
    }
    GIVES(QUIRE_NOT_FOUND, quire_graph_cursor_next(cursor, &entry));
    OK(quire_graph_edges(f->graph, &cursor));
    OK(quire_graph_cursor_next(cursor, &entry));
    assert_int_equal(entry.edge, 1);
    assert_int_equal(entry.from, 1);
    assert_int_equal(entry.node, 2);
}

static void assert_degree(struct graph_fixture *f, uint64_t node, int direction, uint32_t type, uint64_t expected)
{
    uint64_t degree = 99;
    OK(quire_graph_degree(f->graph, node, direction, type, &degree));
    assert_int_equal(degree, expected);
}

static void degrees_count_a_loop_once_for_both(void **state)
{
    struct graph_fixture *f = *state;
    make_small(f);
    assert_degree(f, 1, OUT, 0, 5);
    assert_degree(f, 1, OUT, 1, 3);
    assert_degree(f, 1, IN, 0, 2);
    assert_degree(f, 1, BOTH, 0, 6);
    assert_degree(f, 1, BOTH, 1, 4);
    assert_degree(f, 1, BOTH, 2, 2);
    assert_degree(f, 4, OUT, 0, 0);
    OK(quire_graph_edge_delete(f->graph, 6));
    assert_degree(f, 1, BOTH, 0, 5);
    assert_graph_sound(f);
}

static void nodes_come_by_label(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t cat = label(f, "cat"), dog = label(f, "dog"), both[] = {cat, dog};
    quire_graph_cursor *cursor;
    uint64_t id;
    make_node(f, cat);
    make_node(f, dog);
    OK(quire_graph_node_create(f->graph, both, 2, NULL, 0, &id));
    OK(quire_graph_nodes(f->graph, cat, &cursor));
    assert_string_equal(nodes_of(cursor), "1 3 ");
    OK(quire_graph_nodes(f->graph, 0, &cursor));
    assert_string_equal(nodes_of(cursor), "1 2 3 ");
    OK(quire_graph_node_update(f->graph, 3, &(quire_graph_patch){.remove_labels = &cat, .remove_label_count = 1},
                               NULL));
    OK(quire_graph_nodes(f->graph, cat, &cursor));
    assert_string_equal(nodes_of(cursor), "1 ");
    OK(quire_graph_nodes(f->graph, dog, &cursor));
    assert_string_equal(nodes_of(cursor), "2 3 ");
}

static void expansion_goes_breadth_first_within_its_bounds(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t t = edge_type(f, "t");
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    for (int i = 0; i < 7; i++)
        make_node(f, 0);
    const uint8_t edges[][2] = {{1, 3}, {1, 2}, {2, 4}, {3, 5}, {5, 6}, {6, 7}, {4, 1}, {3, 2}};
    for (size_t i = 0; i < 8; i++)
        make_edge(f, edges[i][0], edges[i][1], t);
    OK(quire_graph_expand(f->graph, 1, OUT, t, 9, 0, &cursor));
    assert_string_equal(nodes_of(cursor), "2 3 4 5 6 7 ");
    OK(quire_graph_expand(f->graph, 1, OUT, 0, 2, 0, &cursor));
    assert_string_equal(nodes_of(cursor), "2 3 4 5 ");
    OK(quire_graph_expand(f->graph, 1, BOTH, 0, 1, 0, &cursor));
    assert_string_equal(nodes_of(cursor), "2 3 4 ");
    OK(quire_graph_expand(f->graph, 1, OUT, 0, 0, 0, &cursor));
    assert_string_equal(nodes_of(cursor), "");
    OK(quire_graph_expand(f->graph, 7, OUT, 0, 5, 0, &cursor));
    assert_string_equal(nodes_of(cursor), "");
    OK(quire_graph_expand(f->graph, 1, OUT, 0, 3, 0, &cursor));
    for (int i = 0; i < 5; i++)
        OK(quire_graph_cursor_next(cursor, &entry));
    assert_int_equal(entry.node, 6);
    assert_int_equal(entry.depth, 3);
    assert_int_equal(entry.from, 5);
    assert_int_equal(entry.edge, 5);
}

static void expansion_says_when_it_met_its_limit(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t t = edge_type(f, "t");
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    for (int i = 0; i < 4; i++)
        make_node(f, 0);
    for (uint64_t i = 2; i <= 4; i++)
        make_edge(f, 1, i, t);
    OK(quire_graph_expand(f->graph, 1, OUT, 0, 2, 2, &cursor));
    OK(quire_graph_cursor_next(cursor, &entry));
    OK(quire_graph_cursor_next(cursor, &entry));
    GIVES(QUIRE_GRAPH_LIMIT, quire_graph_cursor_next(cursor, &entry));
    GIVES(QUIRE_GRAPH_LIMIT, quire_graph_cursor_next(cursor, &entry));
    OK(quire_graph_expand(f->graph, 1, OUT, 0, 2, 3, &cursor));
    assert_string_equal(nodes_of(cursor), "2 3 4 ");
}

static void a_cursor_keeps_its_place_while_the_graph_changes(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t t = edge_type(f, "t");
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    for (int i = 0; i < 6; i++)
        make_node(f, 0);
    for (uint64_t i = 2; i <= 5; i++)
        make_edge(f, 1, i, t);
    OK(quire_graph_neighbours(f->graph, 1, OUT, 0, 0, &cursor));
    OK(quire_graph_cursor_next(cursor, &entry));
    OK(quire_graph_cursor_next(cursor, &entry));
    assert_int_equal(entry.node, 3);
    OK(quire_graph_edge_delete(f->graph, entry.edge));
    OK(quire_graph_edge_delete(f->graph, entry.edge + 1));
    make_edge(f, 1, 6, t);
    assert_string_equal(nodes_of(cursor), "5 6 ");
    OK(quire_graph_nodes(f->graph, 0, &cursor));
    while (quire_graph_cursor_next(cursor, &entry) == QUIRE_OK)
        OK(quire_graph_node_delete(f->graph, entry.node, QUIRE_GRAPH_CASCADE, NULL));
    quire_graph_stat stat;
    OK(quire_graph_stat_get(f->graph, &stat));
    assert_int_equal(stat.nodes, 0);
    assert_int_equal(stat.edges, 0);
    assert_graph_sound(f);
}

static void names_last_and_have_kinds(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t a = label(f, "same"), b = edge_type(f, "same"), c = label(f, "other"), id = 0;
    assert_int_equal(a, 1);
    assert_int_equal(b, 1);
    assert_int_equal(c, 2);
    graph_reopen(f);
    assert_int_equal(label(f, "other"), 2);
    OK(quire_graph_name_find(f->graph, QUIRE_GRAPH_EDGE_TYPE, text("same"), &id));
    assert_int_equal(id, 1);
    GIVES(QUIRE_NOT_FOUND, quire_graph_name_find(f->graph, QUIRE_GRAPH_PROPERTY, text("same"), &id));
    quire_bytes name;
    OK(quire_graph_name_get(f->graph, QUIRE_GRAPH_LABEL, 2, &name));
    assert_bytes(name, "other");
    GIVES(QUIRE_NOT_FOUND, quire_graph_name_get(f->graph, QUIRE_GRAPH_LABEL, 3, &name));
    GIVES(QUIRE_INVALID, quire_graph_name_make(f->graph, 4, text("x"), &id));
    GIVES(QUIRE_INVALID, quire_graph_name_make(f->graph, 1, text(""), &id));
    char long_name[50] = "";
    memset(long_name, 'n', 49);
    GIVES(QUIRE_INVALID, quire_graph_name_make(f->graph, 1, text(long_name), &id));
    long_name[48] = '\0';
    OK(quire_graph_name_make(f->graph, 1, text(long_name), &id));
    assert_graph_sound(f);
}

static void graphs_of_one_database_are_apart(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph *other, *none;
    make_node(f, label(f, "here"));
    OK(quire_graph_open(f->base.db, f->txn, "other", NULL, &other));
    quire_graph_stat stat;
    OK(quire_graph_stat_get(other, &stat));
    assert_int_equal(stat.nodes, 0);
    assert_int_equal(stat.labels, 0);
    quire_graph_close(other);
    OK(quire_graph_drop(f->base.db, f->txn, "other"));
    quire_graph_options options;
    char message[100];
    quire_graph_options_init(&options);
    options.flags = 0;
    options.message = message;
    options.message_size = sizeof message;
    GIVES(QUIRE_NOT_FOUND, quire_graph_open(f->base.db, f->txn, "other", &options, &none));
    assert_string_equal(message, "there is no graph other");
    GIVES(QUIRE_NOT_FOUND, quire_graph_drop(f->base.db, f->txn, "other"));
    GIVES(QUIRE_INVALID, quire_graph_open(f->base.db, f->txn, "a/b", &options, &none));
    GIVES(QUIRE_INVALID, quire_graph_open(f->base.db, f->txn, "", &options, &none));
    assert_graph_sound(f);
}

enum { LIST = 1000 };

static int list_tree(void *context, const char *name)
{
    char *list = context;
    size_t used = strlen(list);
    snprintf(list + used, LIST - used, "%s ", name);
    return 0;
}

/* The keys of an import go with their graph in one transaction, and no page of either stays behind. */
static void a_graph_goes_whole_with_the_keys_of_its_import(void **state)
{
    struct graph_fixture *f = *state;
    static const char *const graphs[] = {"main", "mainly"};
    quire_graph *other;
    quire_db_stat before, after;
    OK(quire_graph_open(f->base.db, f->txn, "mainly", NULL, &other));
    quire_graph_close(other);
    graph_commit(f);
    f->txn = begin(&f->base, QUIRE_WRITE);
    OK(quire_graph_drop(f->base.db, f->txn, NULL));
    OK(quire_commit(f->txn));
    OK(quire_checkpoint(f->base.db));
    OK(quire_db_stat_get(f->base.db, &before));
    graph_begin(f, QUIRE_WRITE);
    make_node(f, label(f, "here"));
    for (size_t i = 0; i < 2; i++) {
        char name[40];
        quire_tree *keys;
        snprintf(name, sizeof name, "graph_keys/%s", graphs[i]);
        OK(quire_tree_create(f->txn, name, NULL, &keys));
        for (int key = 0; key < 200; key++) {
            snprintf(name, sizeof name, "k%d", key);
            OK(quire_put(f->txn, keys, text(name), text("12345678"), 0));
        }
    }
    graph_commit(f);
    f->txn = begin(&f->base, QUIRE_WRITE);
    OK(quire_graph_drop(f->base.db, f->txn, NULL));
    char list[LIST] = "";
    OK(quire_tree_list(f->txn, list_tree, list));
    assert_null(strstr(list, "main/"));
    assert_null(strstr(list, "graph_keys/main "));
    assert_non_null(strstr(list, "graph_keys/mainly "));
    OK(quire_check(f->txn, print_violation, NULL, NULL, NULL));
    quire_rollback(f->txn); /* and all of it is back */
    f->txn = begin(&f->base, QUIRE_WRITE);
    list[0] = '\0';
    OK(quire_tree_list(f->txn, list_tree, list));
    assert_non_null(strstr(list, "graph_keys/main "));
    OK(quire_graph_drop(f->base.db, f->txn, "mainly"));
    OK(quire_graph_drop(f->base.db, f->txn, "main"));
    list[0] = '\0';
    OK(quire_tree_list(f->txn, list_tree, list));
    assert_string_equal(list, "");
    OK(quire_check(f->txn, print_violation, NULL, NULL, NULL));
    OK(quire_commit(f->txn));
    OK(quire_checkpoint(f->base.db));
    OK(quire_db_stat_get(f->base.db, &after));
    assert_true(after.page_count - after.free_pages < before.page_count - before.free_pages);
    f->txn = NULL;
    graph_begin(f, QUIRE_WRITE);
}

/* A cursor on the keys: nothing of the graph goes. */
static void a_graph_whose_keys_are_being_read_stays_whole(void **state)
{
    struct graph_fixture *f = *state;
    quire_tree *keys;
    quire_cursor *cursor;
    make_node(f, label(f, "here"));
    OK(quire_tree_create(f->txn, "graph_keys/main", NULL, &keys));
    OK(quire_cursor_open(f->txn, keys, &cursor));
    quire_graph_close(f->graph);
    f->graph = NULL;
    GIVES(QUIRE_INVALID, quire_graph_drop(f->base.db, f->txn, NULL));
    quire_cursor_close(cursor);
    OK(quire_graph_open(f->base.db, f->txn, NULL, NULL, &f->graph));
    assert_graph_sound(f);
    assert_int_equal(make_node(f, 0), 2);
}

static void a_drop_that_is_refused_or_taken_back_leaves_an_open_graph_usable(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph_cursor *cursor;
    uint32_t savepoint;
    uint32_t here = label(f, "here");
    make_node(f, here);
    OK(quire_graph_nodes(f->graph, here, &cursor));
    GIVES(QUIRE_INVALID, quire_graph_drop(f->base.db, f->txn, NULL));
    quire_graph_cursor_close(cursor);
    assert_int_equal(make_node(f, here), 2);
    OK(quire_savepoint(f->txn, &savepoint));
    OK(quire_graph_drop(f->base.db, f->txn, NULL));
    OK(quire_rollback_to(f->txn, savepoint));
    assert_int_equal(make_node(f, here), 3);
    assert_graph_sound(f);
}

static void a_graph_that_lacks_a_tree_can_be_dropped(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph_stat stat;
    make_node(f, label(f, "here"));
    OK(quire_tree_drop(f->txn, "quire_graph/main/labels"));
    graph_reopen(f);
    quire_graph_cursor *cursor;
    GIVES(QUIRE_CORRUPT, quire_graph_nodes(f->graph, 1, &cursor));
    GRAPH_SAYS(f, "graph main breaks G1: the tree quire_graph/main/labels is missing");
    GIVES(QUIRE_CORRUPT, quire_graph_check(f->graph, NULL, NULL, NULL, NULL));
    OK(quire_graph_drop(f->base.db, f->txn, NULL));
    graph_reopen(f);
    OK(quire_graph_stat_get(f->graph, &stat));
    assert_int_equal(stat.next_node, 1);
}

static void an_open_graph_says_that_it_was_dropped(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph_stat stat;
    quire_graph *again;
    make_edge(f, make_node(f, 0), 1, edge_type(f, "t"));
    OK(quire_graph_drop(f->base.db, f->txn, NULL));
    GIVES(QUIRE_INVALID, quire_graph_stat_get(f->graph, &stat));
    GRAPH_SAYS(f, "graph main is gone");
    /* One of the same name is another one: nothing that is remembered is of it. */
    OK(quire_graph_open(f->base.db, f->txn, NULL, NULL, &again));
    uint32_t type;
    uint64_t id;
    OK(quire_graph_name_make(again, QUIRE_GRAPH_EDGE_TYPE, text("t"), &type));
    OK(quire_graph_node_create(again, NULL, 0, NULL, 0, &id));
    OK(quire_graph_node_delete(again, id, QUIRE_GRAPH_RESTRICT, NULL));
    quire_graph_close(again);
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, 1, 1, 1, NULL, 0, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GRAPH_TEST(neighbours_come_by_direction_type_and_distinctness),
        GRAPH_TEST(an_entry_tells_edge_type_and_direction),
        GRAPH_TEST(degrees_count_a_loop_once_for_both),
        GRAPH_TEST(nodes_come_by_label),
        GRAPH_TEST(expansion_goes_breadth_first_within_its_bounds),
        GRAPH_TEST(expansion_says_when_it_met_its_limit),
        GRAPH_TEST(a_cursor_keeps_its_place_while_the_graph_changes),
        GRAPH_TEST(names_last_and_have_kinds),
        GRAPH_TEST(graphs_of_one_database_are_apart),
        GRAPH_TEST(a_graph_goes_whole_with_the_keys_of_its_import),
        GRAPH_TEST(a_graph_whose_keys_are_being_read_stays_whole),
        GRAPH_TEST(a_drop_that_is_refused_or_taken_back_leaves_an_open_graph_usable),
        GRAPH_TEST(a_graph_that_lacks_a_tree_can_be_dropped),
        GRAPH_TEST(an_open_graph_says_that_it_was_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
