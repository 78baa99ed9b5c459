/*
 * Allocations and files that fail: each call answers with the status of what
 * failed and leaves the graph as it was, or the transaction doomed.
 */
#include "../support/counted_memory.h"
#include "../support/fault_vfs.h"
#include "../support/graph_fixture.h"

#include <errno.h>

/* ---- Memory --------------------------------------------------------------------- */

/* Hooks whose allocation number `fail_at` and all after it fail. */
struct limited {
    size_t count, fail_at;
};

static int is_refused(struct limited *limited)
{
    return ++limited->count > limited->fail_at;
}

static void *limited_allocate(void *context, size_t size)
{
    return is_refused(context) ? NULL : malloc(size);
}

static void *limited_resize(void *context, void *block, size_t size)
{
    return is_refused(context) ? NULL : realloc(block, size);
}

static void limited_release(void *context, void *block)
{
    (void)context;
    free(block);
}

/* Something of everything that allocates; the first failure's status. */
static int use(struct graph_fixture *f, const quire_memory *memory)
{
    quire_graph_options options;
    quire_graph *graph = NULL;
    quire_graph_writer *writer;
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    quire_graph_node node;
    uint64_t id = 0;
    uint32_t one = 1;
    char content[700] = "";
    memset(content, 'x', 699);
    quire_graph_property properties[] = {{1, string_value("short")}, {2, string_value(content)}};
    quire_graph_patch patch = {.set = properties, .set_count = 2, .add_labels = &one, .add_label_count = 1};
    quire_graph_options_init(&options);
    options.memory = memory;
    int status = quire_graph_open(f->base.db, f->txn, NULL, &options, &graph);
    if (status == QUIRE_OK)
        status = quire_graph_writer_get(graph, NULL, &writer);
    for (int i = 0; i < 200 && status == QUIRE_OK; i++) {
        status = quire_graph_writer_node(writer, &one, 1, properties, 2, &id);
        if (status == QUIRE_OK)
            status = quire_graph_writer_alias(writer, (quire_bytes){(const uint8_t *)&id, sizeof id}, id);
        if (status == QUIRE_OK)
            status = quire_graph_writer_edge(writer, id, 1, 1, properties + 1, 1, &id);
    }
    if (status == QUIRE_OK)
        status = quire_graph_writer_execute(writer);
    if (status == QUIRE_OK)
        status = quire_graph_node_update(graph, 2, &patch, NULL);
    if (status == QUIRE_OK)
        status = quire_graph_node_get(graph, 2, &node);
    if (status == QUIRE_OK)
        status = quire_graph_index_create(graph, 1, 1);
    if (status == QUIRE_OK)
        status = quire_graph_expand(graph, 1, QUIRE_GRAPH_IN, 0, 2, 0, &cursor);
    while (status == QUIRE_OK && (status = quire_graph_cursor_next(cursor, &entry)) == QUIRE_OK)
        ;
    quire_graph_close(graph);
    return status;
}

static void whatever_allocation_fails_the_graph_stays_sound(void **state)
{
    struct graph_fixture *f = *state;
    struct limited limited = {0, 0};
    quire_memory memory = {&limited, limited_allocate, limited_resize, limited_release};
    uint32_t savepoint;
    int status = QUIRE_NO_MEMORY;
    label(f, "l");
    edge_type(f, "t");
    property(f, "p");
    property(f, "q");
    make_node(f, 0);
    for (size_t fail_at = 0; status == QUIRE_NO_MEMORY; fail_at++) {
        limited = (struct limited){0, fail_at};
        OK(quire_savepoint(f->txn, &savepoint));
        status = use(f, &memory);
        assert_true(status == QUIRE_NO_MEMORY || status == QUIRE_NOT_FOUND);
        assert_graph_sound(f);
        OK(quire_rollback_to(f->txn, savepoint));
        OK(quire_release(f->txn, savepoint));
        assert_true(fail_at < 1000);
    }
    assert_true(limited.count > 40); /* the last round met no failure, and many were met before it */
}

/* The engine's allocations are refused in their turn, also those of the first look at a graph that was just made. */
static void a_graph_that_could_not_be_opened_is_not_made(void **state)
{
    struct graph_fixture *f = *state;
    struct counted_memory memory;
    quire_db *db;
    quire_options options = f->base.options;
    counted_memory_init(&memory);
    options.memory = &memory.hooks;
    int status = QUIRE_NO_MEMORY, refusals = 0;
    for (size_t allocation = 1; status == QUIRE_NO_MEMORY; allocation++) {
        quire_graph *graph;
        quire_txn *txn;
        quire_tree *tree;
        char name[32]; /* each time another database, which has nothing at hand yet */
        (void)snprintf(name, sizeof name, "another-%zu", allocation);
        OK(quire_open(name, &options, &db));
        OK(quire_begin(db, QUIRE_WRITE, &txn));
        memory.refuse_after = allocation;
        status = quire_graph_open(db, txn, NULL, NULL, &graph);
        memory.refuse_after = 0;
        if (status == QUIRE_NO_MEMORY) {
            refusals++;
            quire_status after = quire_tree_open(txn, "quire_graph/main/catalog", &tree);
            assert_true(after == QUIRE_NOT_FOUND || after == QUIRE_DOOMED);
        } else {
            OK(status);
            OK(quire_tree_open(txn, "quire_graph/main/catalog", &tree));
            quire_graph_close(graph);
        }
        quire_rollback(txn);
        OK(quire_close(db));
        assert_int_equal(memory.in_use, 0);
    }
    assert_true(refusals > 8);
}

/* Amid a batch no row looks at the state again: what a failed call had counted must not be there. */
static void a_name_that_could_not_be_made_is_no_label(void **state)
{
    struct graph_fixture *f = *state;
    struct limited limited = {0, SIZE_MAX};
    quire_memory memory = {&limited, limited_allocate, limited_resize, limited_release};
    graph_commit(f);
    f->base.options.memory = &memory;
    fixture_reopen(&f->base);
    int status = QUIRE_NO_MEMORY, failures = 0;
    for (size_t fail_at = 0; status == QUIRE_NO_MEMORY; fail_at++) {
        quire_graph_writer *writer;
        uint64_t node;
        uint32_t made = 0, next = 1;
        limited = (struct limited){0, SIZE_MAX};
        graph_begin(f, QUIRE_WRITE);
        OK(quire_graph_writer_get(f->graph, NULL, &writer));
        OK(quire_graph_writer_node(writer, NULL, 0, NULL, 0, &node));
        limited = (struct limited){0, fail_at};
        status = quire_graph_name_make(f->graph, QUIRE_GRAPH_LABEL, text("l"), &made);
        limited = (struct limited){0, SIZE_MAX};
        failures += status == QUIRE_NO_MEMORY;
        GIVES(status == QUIRE_OK ? QUIRE_OK : QUIRE_INVALID, quire_graph_writer_node(writer, &next, 1, NULL, 0, &node));
        graph_rollback(f);
    }
    assert_int_equal(status, QUIRE_OK);
    assert_true(failures > 0);
    f->base.options.memory = NULL;
    fixture_reopen(&f->base);
    graph_begin(f, QUIRE_WRITE);
}

/* A node or edge that could not be added for want of memory is not half there when memory is back. */
static int add_under_limit(quire_graph_writer *writer, struct limited *limited, size_t fail_at, int edges)
{
    uint32_t labels[] = {1, 2};
    char content[6000];
    uint64_t id;
    memset(content, 'x', sizeof content);
    quire_graph_property properties[] = {
        {1, string_value("short")}, {2, {QUIRE_GRAPH_BYTES, {.content = {(const uint8_t *)content, sizeof content}}}}};
    *limited = (struct limited){0, fail_at};
    int status = edges ? quire_graph_writer_edge(writer, 1, 1, 1, properties, 2, &id)
                       : quire_graph_writer_node(writer, labels, 2, properties, 2, &id);
    *limited = (struct limited){0, SIZE_MAX};
    return status;
}

static void a_row_that_could_not_be_added_leaves_the_batch_whole(void **state)
{
    struct graph_fixture *f = *state;
    struct limited limited = {0, SIZE_MAX};
    quire_memory memory = {&limited, limited_allocate, limited_resize, limited_release};
    int failures = 0;
    label(f, "l");
    label(f, "m");
    edge_type(f, "t");
    property(f, "p");
    property(f, "q");
    make_node(f, 0);
    quire_graph_close(f->graph);
    f->options.memory = &memory;
    for (int edges = 0; edges < 2; edges++) {
        int status = QUIRE_NO_MEMORY;
        for (size_t fail_at = 0; status == QUIRE_NO_MEMORY; fail_at++) {
            quire_graph_writer *writer;
            uint32_t savepoint;
            uint64_t id;
            OK(quire_savepoint(f->txn, &savepoint));
            OK(quire_graph_open(f->base.db, f->txn, NULL, &f->options, &f->graph));
            OK(quire_graph_writer_get(f->graph, NULL, &writer));
            status = add_under_limit(writer, &limited, fail_at, edges);
            failures += status == QUIRE_NO_MEMORY;
            OK(quire_graph_writer_node(writer, NULL, 0, NULL, 0, &id));
            OK(quire_graph_writer_edge(writer, id, 1, 1, NULL, 0, &id));
            OK(quire_graph_writer_execute(writer));
            assert_graph_sound(f);
            quire_graph_close(f->graph);
            OK(quire_rollback_to(f->txn, savepoint));
            OK(quire_release(f->txn, savepoint));
        }
        assert_int_equal(status, QUIRE_OK);
    }
    assert_true(failures > 8);
    f->options.memory = NULL;
    OK(quire_graph_open(f->base.db, f->txn, NULL, &f->options, &f->graph));
}

/* ---- Files ------------------------------------------------------------------------ */

enum { HUB_EDGES = 400 };

/* Node 1 with many edges to the others, in a file larger than the cache. */
static void fill(struct graph_fixture *f)
{
    quire_graph_writer *writer;
    uint64_t id;
    uint32_t one = label(f, "l");
    char content[400] = "";
    memset(content, 'y', 399);
    quire_graph_property with = {property(f, "p"), string_value(content)};
    edge_type(f, "t");
    OK(quire_graph_writer_get(f->graph, NULL, &writer));
    for (uint64_t i = 1; i <= HUB_EDGES; i++) {
        OK(quire_graph_writer_node(writer, &one, 1, &with, 1, &id));
        OK(quire_graph_writer_edge(writer, i % 2 ? 1 : i, i % 2 ? i : 1, 1, &with, i % 3 == 0, &id));
    }
    OK(quire_graph_writer_execute(writer));
}

static int delete_hub(struct graph_fixture *f)
{
    uint64_t edges;
    return quire_graph_node_delete(f->graph, 1, QUIRE_GRAPH_CASCADE, &edges);
}

/* A read fails in the middle of a delete of many records: it is whole or nothing, or the transaction says it is lost.
 */
static void a_read_that_fails_leaves_the_graph_whole(void **state)
{
    (void)state;
    struct graph_fixture f = {0};
    struct fault_disk *disk = fault_disk_new(3);
    quire_options_init(&f.base.options);
    quire_graph_options_init(&f.options);
    f.base.options.vfs = fault_disk_vfs(disk);
    f.base.options.page_size = 512;
    f.base.options.cache_bytes = 64 * 512;
    fixture_reopen(&f.base);
    graph_begin(&f, QUIRE_WRITE);
    fill(&f);
    graph_commit(&f);
    OK(quire_checkpoint(f.base.db));
    int failures = 0;
    for (uint64_t read = 1; read < 400; read += 7) {
        graph_begin(&f, QUIRE_WRITE);
        fault_disk_fail_read(disk, read, EIO);
        int status = delete_hub(&f);
        fault_disk_fail_read(disk, 0, 0);
        assert_true(status == QUIRE_OK || status == QUIRE_IO || status == QUIRE_DOOMED);
        failures += status != QUIRE_OK;
        if (status == QUIRE_IO) {
            assert_non_null(strstr(quire_graph_fault_get(f.graph)->message, "graph main: "));
            int after = quire_graph_check(f.graph, print_graph_violation, NULL, NULL, NULL);
            assert_true(after == QUIRE_OK || after == QUIRE_DOOMED);
        }
        graph_rollback(&f);
        graph_begin(&f, QUIRE_READ);
        OK(quire_graph_check(f.graph, print_graph_violation, NULL, NULL, NULL));
        graph_rollback(&f);
    }
    assert_true(failures > 20);
    graph_begin(&f, QUIRE_WRITE);
    OK(delete_hub(&f));
    assert_graph_sound(&f);
    graph_commit(&f);
    OK(quire_close(f.base.db));
    fault_disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GRAPH_TEST_LARGE(whatever_allocation_fails_the_graph_stays_sound),
        GRAPH_TEST(a_graph_that_could_not_be_opened_is_not_made),
        GRAPH_TEST(a_name_that_could_not_be_made_is_no_label),
        GRAPH_TEST_LARGE(a_row_that_could_not_be_added_leaves_the_batch_whole),
        cmocka_unit_test(a_read_that_fails_leaves_the_graph_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
