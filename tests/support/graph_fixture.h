/* A graph in a database on a VFS in memory, and one-line calls, for tests of the graph. */
#ifndef QUIRE_TESTS_GRAPH_FIXTURE_H
#define QUIRE_TESTS_GRAPH_FIXTURE_H

#include "api_fixture.h"

#include "../../src/quire_graph.h"

struct graph_fixture {
    struct fixture base;
    quire_txn *txn;
    quire_graph *graph; /* in `txn`, a write transaction */
    quire_graph_options options;
};

static inline void graph_begin(struct graph_fixture *f, int mode)
{
    f->txn = begin(&f->base, mode);
    OK(quire_graph_open(f->base.db, f->txn, NULL, &f->options, &f->graph));
}

static inline void graph_commit(struct graph_fixture *f)
{
    quire_graph_close(f->graph);
    f->graph = NULL;
    OK(quire_commit(f->txn));
    f->txn = NULL;
}

static inline void graph_rollback(struct graph_fixture *f)
{
    quire_graph_close(f->graph);
    f->graph = NULL;
    quire_rollback(f->txn);
    f->txn = NULL;
}

/* Commits, closes, opens, and begins again. */
static inline void graph_reopen(struct graph_fixture *f)
{
    graph_commit(f);
    fixture_reopen(&f->base);
    graph_begin(f, QUIRE_WRITE);
}

static inline int graph_setup_sized(void **state, uint32_t page_size)
{
    struct graph_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    quire_options_init(&f->base.options);
    quire_graph_options_init(&f->options);
    OK(quire_vfs_memory_new(1, &f->base.vfs));
    f->base.options.vfs = f->base.vfs;
    f->base.options.page_size = page_size;
    fixture_reopen(&f->base);
    graph_begin(f, QUIRE_WRITE);
    *state = f;
    return 0;
}

static inline int graph_setup(void **state)
{
    return graph_setup_sized(state, 512);
}

/* Pages of the default size, for tests of many rows. */
static inline int graph_setup_large(void **state)
{
    return graph_setup_sized(state, 8192);
}

static inline int graph_teardown(void **state)
{
    struct graph_fixture *f = *state;
    if (f->txn)
        graph_rollback(f);
    OK(quire_close(f->base.db));
    quire_vfs_memory_free(f->base.vfs);
    free(f);
    return 0;
}

static inline uint32_t graph_name(struct graph_fixture *f, int kind, const char *name)
{
    uint32_t id = 0;
    OK(quire_graph_name_make(f->graph, kind, text(name), &id));
    return id;
}

static inline uint32_t label(struct graph_fixture *f, const char *name)
{
    return graph_name(f, QUIRE_GRAPH_LABEL, name);
}

static inline uint32_t edge_type(struct graph_fixture *f, const char *name)
{
    return graph_name(f, QUIRE_GRAPH_EDGE_TYPE, name);
}

static inline uint32_t property(struct graph_fixture *f, const char *name)
{
    return graph_name(f, QUIRE_GRAPH_PROPERTY, name);
}

static inline quire_graph_value integer_value(int64_t integer)
{
    quire_graph_value value = {QUIRE_GRAPH_INT64, {0}};
    value.as.integer = integer;
    return value;
}

static inline quire_graph_value real_value(double real)
{
    quire_graph_value value = {QUIRE_GRAPH_DOUBLE, {0}};
    value.as.real = real;
    return value;
}

static inline quire_graph_value string_value(const char *string)
{
    quire_graph_value value = {QUIRE_GRAPH_STRING, {0}};
    value.as.content = text(string);
    return value;
}

static inline uint64_t make_node(struct graph_fixture *f, uint32_t node_label)
{
    uint64_t id = 0;
    OK(quire_graph_node_create(f->graph, &node_label, node_label != 0, NULL, 0, &id));
    return id;
}

static inline uint64_t make_node_with(struct graph_fixture *f, uint32_t node_label, uint32_t name,
                                      quire_graph_value value)
{
    uint64_t id = 0;
    quire_graph_property with = {name, value};
    OK(quire_graph_node_create(f->graph, &node_label, node_label != 0, &with, 1, &id));
    return id;
}

static inline uint64_t make_edge(struct graph_fixture *f, uint64_t source, uint64_t target, uint32_t type)
{
    uint64_t id = 0;
    OK(quire_graph_edge_create(f->graph, source, target, type, NULL, 0, &id));
    return id;
}

/* The nodes that a cursor gives, as in "2 5 7 "; closes it. */
static inline const char *nodes_of(quire_graph_cursor *cursor)
{
    static char list[1024];
    quire_graph_entry entry;
    int status;
    list[0] = '\0';
    while ((status = quire_graph_cursor_next(cursor, &entry)) == QUIRE_OK)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%llu ", (unsigned long long)entry.node);
    assert_int_equal(status, QUIRE_NOT_FOUND);
    quire_graph_cursor_close(cursor);
    return list;
}

static inline void assert_neighbours(struct graph_fixture *f, uint64_t node, int direction, uint32_t type, int flags,
                                     const char *expected)
{
    quire_graph_cursor *cursor;
    OK(quire_graph_neighbours(f->graph, node, direction, type, flags, &cursor));
    assert_string_equal(nodes_of(cursor), expected);
}

static inline void print_graph_violation(void *context, const quire_graph_violation *violation)
{
    (void)context;
    print_message("node %llu edge %llu breaks %s: %s\n", (unsigned long long)violation->node,
                  (unsigned long long)violation->edge, violation->rule, violation->message);
}

/* Neither the graph's check nor the database's finds anything. */
static inline void assert_graph_sound(struct graph_fixture *f)
{
    OK(quire_graph_check(f->graph, print_graph_violation, NULL, NULL, NULL));
    OK(quire_check(f->txn, print_violation, NULL, NULL, NULL));
}

#define GRAPH_SAYS(f, part) assert_non_null(strstr(quire_graph_fault_get((f)->graph)->message, part))
#define GRAPH_TEST(name) cmocka_unit_test_setup_teardown(name, graph_setup, graph_teardown)
#define GRAPH_TEST_LARGE(name) cmocka_unit_test_setup_teardown(name, graph_setup_large, graph_teardown)

#endif
