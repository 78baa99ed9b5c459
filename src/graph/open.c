/* Opening, creating, closing and dropping a graph. */
#include "graph.h"

#include <stdio.h>
#include <stdlib.h>

static void *plain_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void *plain_resize(void *context, void *block, size_t size)
{
    (void)context;
    return realloc(block, size);
}

static void plain_release(void *context, void *block)
{
    (void)context;
    free(block);
}

void quire_graph_options_init(quire_graph_options *options)
{
    memset(options, 0, sizeof *options);
    options->flags = QUIRE_GRAPH_CREATE;
    options->edge_cache_capacity = 8192;
}

static int name_is_legal(const char *name)
{
    size_t size = strlen(name);
    return size >= 1 && size <= GRAPH_NAME_MAX && !strchr(name, '/');
}

static int create_trees(quire_graph *graph)
{
    char name[57];
    for (int part = 0; part < PART_COUNT; part++) {
        part_name(graph->name, (enum part)part, name);
        int status = graph_engine(graph, quire_tree_create(graph->txn, name, NULL, &graph->trees[part]));
        if (status != QUIRE_OK) {
            return status != QUIRE_EXISTS ? status
                                          : graph_corrupt(graph, "G1", 0, 0, "there is a tree %s already", name);
        }
    }
    graph->state.next_node = graph->state.next_edge = 1;
    return QUIRE_OK;
}

/* With the first look at it, since a graph that cannot be opened must not have been made. */
static int create(quire_graph *graph)
{
    uint32_t before, savepoint;
    int status = graph_engine(graph, quire_savepoint(graph->txn, &before));
    if (status != QUIRE_OK) {
        return status == QUIRE_READ_ONLY ? QUIRE_NOT_FOUND : status;
    }
    status = write_begin(graph, &savepoint);
    if (status == QUIRE_OK) {
        status = write_end(graph, savepoint, create_trees(graph));
    }
    if (status == QUIRE_OK) {
        status = graph_refresh(graph);
    }
    if (status == QUIRE_OK || quire_rollback_to(graph->txn, before) == QUIRE_OK) {
        (void)!quire_release(graph->txn, before);
    }
    return status;
}

static int open_or_create(quire_graph *graph, int flags)
{
    char name[57];
    part_name(graph->name, PART_CATALOG, name);
    int status = graph_engine(graph, quire_tree_open(graph->txn, name, &graph->trees[PART_CATALOG]));
    if (status == QUIRE_OK) {
        return graph_refresh(graph);
    }
    if (status == QUIRE_NOT_FOUND && (flags & QUIRE_GRAPH_CREATE) != 0) {
        status = create(graph);
    }
    return status == QUIRE_NOT_FOUND ? graph_fail(graph, status, "there is no graph %s", graph->name) : status;
}

static void tell(const quire_graph_options *options, const char *message)
{
    if (options->message && options->message_size > 0) {
        (void)snprintf(options->message, options->message_size, "%s", message);
    }
}

enum { BUFFER_COUNT = 10 };

static struct buffer *graph_buffer(quire_graph *graph, size_t number)
{
    struct buffer *const buffers[BUFFER_COUNT] = {
        &graph->row,        &graph->new_row, &graph->key,       &graph->scratch,         &graph->labels,
        &graph->properties, &graph->content, &graph->given_row, &graph->label_arguments, &graph->property_arguments};
    return buffers[number];
}

static void start(quire_graph *graph, quire_db *db, quire_txn *txn, const char *name, const quire_memory *memory)
{
    memset(graph, 0, sizeof *graph);
    graph->db = db;
    graph->txn = txn;
    (void)snprintf(graph->name, sizeof graph->name, "%s", name);
    graph->memory = *memory;
    for (size_t i = 0; i < BUFFER_COUNT; i++) {
        graph_buffer(graph, i)->memory = &graph->memory;
    }
    graph_start_fault(graph, QUIRE_OK);
}

int quire_graph_open(quire_db *db, quire_txn *txn, const char *name, const quire_graph_options *options,
                     quire_graph **out)
{
    static const quire_memory plain = {NULL, plain_allocate, plain_resize, plain_release};
    quire_graph_options defaults;
    quire_graph_options_init(&defaults);
    options = options ? options : &defaults;
    name = name ? name : "main";
    if (!db || !txn || !out) {
        return QUIRE_INVALID;
    }
    *out = NULL;
    if (!name_is_legal(name)) {
        tell(options, "a graph's name is 1 to 32 bytes without '/'");
        return QUIRE_INVALID;
    }
    const quire_memory *memory = options->memory ? options->memory : &plain;
    quire_graph *graph = memory->allocate(memory->context, sizeof *graph);
    if (!graph) {
        tell(options, "graph open: no memory");
        return QUIRE_NO_MEMORY;
    }
    start(graph, db, txn, name, memory);
    graph->edge_cache_capacity = options->edge_cache_capacity;
    int status = open_or_create(graph, options->flags);
    if (status != QUIRE_OK) {
        tell(options, graph->message);
        quire_graph_close(graph);
        return status;
    }
    *out = graph;
    return QUIRE_OK;
}

void quire_graph_close(quire_graph *graph)
{
    if (!graph) {
        return;
    }
    while (graph->cursors) {
        quire_graph_cursor_close(graph->cursors);
    }
    if (graph->writer) {
        writer_free(graph->writer);
    }
    for (size_t i = 0; i < BUFFER_COUNT; i++) {
        buffer_free(graph_buffer(graph, i));
    }
    graph_release(graph, graph->indexes);
    quire_memory memory = graph->memory;
    memory.release(memory.context, graph);
}

/*
 * What an import knows of the graph's input (docs/FORMAT.md, "The graph") goes with it: the keys would be
 * those of nodes that are no more, and of other nodes once a graph of this name is made again.
 */
static int drop_keys(quire_txn *txn, const char *graph)
{
    char name[GRAPH_NAME_MAX + sizeof "graph_keys/"];
    (void)snprintf(name, sizeof name, "graph_keys/%s", graph);
    int status = quire_tree_drop(txn, name);
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

static int drop_trees(quire_txn *txn, const char *graph)
{
    char name[57];
    for (int part = 0; part < PART_COUNT; part++) {
        part_name(graph, (enum part)part, name);
        int status = quire_tree_drop(txn, name);
        if (status != QUIRE_OK && (status != QUIRE_NOT_FOUND || part == PART_CATALOG)) {
            return status;
        }
    }
    return drop_keys(txn, graph);
}

int quire_graph_drop(quire_db *db, quire_txn *txn, const char *name)
{
    uint32_t savepoint;
    name = name ? name : "main";
    if (!db || !txn || !name_is_legal(name)) {
        return QUIRE_INVALID;
    }
    int status = quire_savepoint(txn, &savepoint);
    if (status != QUIRE_OK) {
        return status;
    }
    status = drop_trees(txn, name);
    if (status != QUIRE_OK && quire_rollback_to(txn, savepoint) != QUIRE_OK) {
        return status;
    }
    int released = quire_release(txn, savepoint);
    return status != QUIRE_OK ? status : released;
}
