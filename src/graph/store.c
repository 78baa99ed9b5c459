/* The state record, faults, and the trees that hold the graph's records. */
#include "graph.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const part_names[PART_COUNT] = {"catalog", "nodes",  "edges",   "values", "out",
                                                   "in",      "labels", "degrees", "index"};
static const uint8_t state_key[1] = {CATALOG_STATE};

const char *quire_graph_status_name(int status)
{
    switch (status) {
    case QUIRE_GRAPH_NO_ENDPOINT:
        return "QUIRE_GRAPH_NO_ENDPOINT";
    case QUIRE_GRAPH_HAS_EDGES:
        return "QUIRE_GRAPH_HAS_EDGES";
    case QUIRE_GRAPH_LIMIT:
        return "QUIRE_GRAPH_LIMIT";
    default:
        return quire_status_name((quire_status)status);
    }
}

/* ---- Faults ------------------------------------------------------------------- */

void graph_start_fault(quire_graph *graph, int status)
{
    memset(&graph->fault, 0, sizeof graph->fault);
    graph->fault.status = status;
    graph->fault.rule = "";
    graph->fault.message = graph->message;
}

int graph_fail(quire_graph *graph, int status, const char *format, ...)
{
    va_list arguments;
    graph_start_fault(graph, status);
    va_start(arguments, format);
    (void)vsnprintf(graph->message, sizeof graph->message, format, arguments);
    va_end(arguments);
    return status;
}

int graph_corrupt(quire_graph *graph, const char *rule, uint64_t node, uint64_t edge, const char *format, ...)
{
    char detail[160];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    char row[40] = "";
    if (edge != 0 || node != 0) {
        (void)snprintf(row, sizeof row, "%s %llu of ", edge != 0 ? "edge" : "node",
                       (unsigned long long)(edge != 0 ? edge : node));
    }
    (void)graph_fail(graph, QUIRE_CORRUPT, "%sgraph %s breaks %s: %s", row, graph->name, rule, detail);
    graph->detail = graph->message + strlen(graph->message) - strlen(detail);
    graph->fault.rule = rule;
    graph->fault.node = node;
    graph->fault.edge = edge;
    return QUIRE_CORRUPT;
}

int graph_no_memory(quire_graph *graph)
{
    return graph_fail(graph, QUIRE_NO_MEMORY, "graph %s: no memory", graph->name);
}

int graph_engine(quire_graph *graph, int status)
{
    if (status != QUIRE_OK && status != QUIRE_NOT_FOUND && status != QUIRE_EXISTS) {
        (void)graph_fail(graph, status, "graph %s: %s", graph->name, quire_error_message(graph->db));
    }
    return status;
}

const quire_graph_fault *quire_graph_fault_get(const quire_graph *graph)
{
    return &graph->fault;
}

/* ---- Memory ------------------------------------------------------------------- */

void *graph_allocate(quire_graph *graph, size_t size)
{
    void *block = graph->memory.allocate(graph->memory.context, size);
    if (block) {
        memset(block, 0, size);
    }
    return block;
}

/* ---- Records ------------------------------------------------------------------- */

void part_name(const char *graph, enum part part, char name[57])
{
    (void)snprintf(name, 57, "quire_graph/%s/%s", graph, part_names[part]);
}

int part_tree(quire_graph *graph, enum part part, quire_tree **tree)
{
    if (!graph->trees[part]) {
        char name[57];
        part_name(graph->name, part, name);
        int status = graph_engine(graph, quire_tree_open(graph->txn, name, &graph->trees[part]));
        if (status == QUIRE_NOT_FOUND && part == PART_CATALOG) {
            return graph_fail(graph, QUIRE_INVALID, "graph %s is gone: it was dropped, or its making rolled back",
                              graph->name);
        }
        if (status == QUIRE_NOT_FOUND) {
            return graph_corrupt(graph, "G1", 0, 0, "the tree %s is missing", name);
        }
        if (status != QUIRE_OK) {
            return status;
        }
    }
    *tree = graph->trees[part];
    return QUIRE_OK;
}

int part_get(quire_graph *graph, enum part part, quire_bytes key, quire_bytes *value)
{
    quire_tree *tree = NULL;
    int status = part_tree(graph, part, &tree);
    return status != QUIRE_OK ? status : graph_engine(graph, quire_get(graph->txn, tree, key, value));
}

int part_put(quire_graph *graph, enum part part, quire_bytes key, quire_bytes value, int flags)
{
    quire_tree *tree = NULL;
    int status = part_tree(graph, part, &tree);
    return status != QUIRE_OK ? status : graph_engine(graph, quire_put(graph->txn, tree, key, value, flags));
}

int part_delete(quire_graph *graph, enum part part, quire_bytes key)
{
    quire_tree *tree = NULL;
    int status = part_tree(graph, part, &tree);
    return status != QUIRE_OK ? status : graph_engine(graph, quire_delete(graph->txn, tree, key));
}

int part_delete_prefix(quire_graph *graph, enum part part, quire_bytes prefix, uint64_t *deleted)
{
    quire_tree *tree = NULL;
    int status = part_tree(graph, part, &tree);
    return status != QUIRE_OK ? status : graph_engine(graph, quire_delete_prefix(graph->txn, tree, prefix, deleted));
}

int part_cursor(quire_graph *graph, enum part part, quire_bytes prefix, quire_cursor **cursor)
{
    quire_tree *tree = NULL;
    int status = part_tree(graph, part, &tree);
    if (status != QUIRE_OK || (status = graph_engine(graph, quire_cursor_open(graph->txn, tree, cursor))) != QUIRE_OK) {
        *cursor = NULL;
        return status;
    }
    status = prefix.size > 0 ? graph_engine(graph, quire_cursor_prefix(*cursor, prefix)) : QUIRE_OK;
    if (status != QUIRE_OK) {
        quire_cursor_close(*cursor);
        *cursor = NULL;
    }
    return status;
}

int part_has_prefix(quire_graph *graph, enum part part, quire_bytes prefix, int *has)
{
    quire_cursor *cursor;
    int status = part_cursor(graph, part, prefix, &cursor);
    if (status == QUIRE_OK) {
        status = graph_engine(graph, quire_cursor_next(cursor, NULL, NULL));
    }
    *has = status == QUIRE_OK;
    quire_cursor_close(cursor);
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

int part_look(quire_graph *graph, quire_cursor *cursor, quire_bytes key, quire_bytes *value)
{
    quire_bytes found;
    int status = graph_engine(graph, quire_cursor_seek(cursor, key, &found, value));
    if (status == QUIRE_OK && (found.size != key.size || memcmp(found.data, key.data, key.size) != 0)) {
        status = QUIRE_NOT_FOUND;
    }
    return status;
}

/* ---- State ---------------------------------------------------------------------- */

static void put_low_first(uint8_t *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint64_t get_low_first(const uint8_t *in, size_t size)
{
    uint64_t value = 0;
    while (size-- > 0) {
        value = value << 8 | in[size];
    }
    return value;
}

static void state_encode(const struct state *state, uint8_t out[STATE_SIZE])
{
    put_low_first(out, QUIRE_GRAPH_FORMAT_VERSION, 4);
    put_low_first(out + 4, state->next_node, 8);
    put_low_first(out + 12, state->next_edge, 8);
    put_low_first(out + 20, state->nodes, 8);
    put_low_first(out + 28, state->edges, 8);
    put_low_first(out + 36, state->changes, 8);
    for (size_t kind = 1; kind <= 3; kind++) {
        put_low_first(out + 40 + 4 * kind, state->names[kind], 4);
    }
    put_low_first(out + 56, state->indexes, 4);
}

static int state_decode(quire_graph *graph, quire_bytes bytes, struct state *state)
{
    uint64_t version = bytes.size >= 4 ? get_low_first(bytes.data, 4) : 0;
    if (version > QUIRE_GRAPH_FORMAT_VERSION) {
        return graph_fail(graph, QUIRE_NEW_FORMAT, "graph %s has format %u; this build knows %d", graph->name,
                          (unsigned)version, QUIRE_GRAPH_FORMAT_VERSION);
    }
    if (version == 0 || bytes.size != STATE_SIZE) {
        return graph_corrupt(graph, "G1", 0, 0, "the state record has %zu bytes and version %u", bytes.size,
                             (unsigned)version);
    }
    state->next_node = get_low_first(bytes.data + 4, 8);
    state->next_edge = get_low_first(bytes.data + 12, 8);
    state->nodes = get_low_first(bytes.data + 20, 8);
    state->edges = get_low_first(bytes.data + 28, 8);
    state->changes = get_low_first(bytes.data + 36, 8);
    for (size_t kind = 1; kind <= 3; kind++) {
        state->names[kind] = (uint32_t)get_low_first(bytes.data + 40 + 4 * kind, 4);
    }
    state->indexes = (uint32_t)get_low_first(bytes.data + 56, 4);
    if (state->next_node - 1 > ID_MAX || state->next_edge - 1 > ID_MAX) {
        return graph_corrupt(graph, "G1", 0, 0, "the next node is to be %llu, the next edge %llu",
                             (unsigned long long)state->next_node, (unsigned long long)state->next_edge);
    }
    return QUIRE_OK;
}

/* Something was taken back: nothing that is remembered is to be relied on. */
static void note_rollback(quire_graph *graph)
{
    graph->indexes_are_known = 0;
    if (graph->writer) {
        writer_note_rollback(graph->writer);
    }
}

/* Handles of trees end when the graph is dropped, also if that is refused or taken back: they are opened anew then. */
static int state_get(quire_graph *graph, quire_bytes *bytes)
{
    int status = part_get(graph, PART_CATALOG, (quire_bytes){state_key, 1}, bytes);
    if (status == QUIRE_INVALID) {
        memset(graph->trees, 0, sizeof graph->trees);
        note_rollback(graph);
        status = part_get(graph, PART_CATALOG, (quire_bytes){state_key, 1}, bytes);
    }
    return status;
}

int graph_refresh(quire_graph *graph)
{
    quire_bytes bytes;
    struct state state = {0};
    int status = state_get(graph, &bytes);
    if (status == QUIRE_NOT_FOUND) {
        return graph_corrupt(graph, "G1", 0, 0, "the state record is missing");
    }
    if (status != QUIRE_OK || (status = state_decode(graph, bytes, &state)) != QUIRE_OK) {
        return status;
    }
    if (state.changes != graph->state.changes) {
        note_rollback(graph);
    }
    graph->state = state;
    return QUIRE_OK;
}

static int state_store(quire_graph *graph)
{
    uint8_t bytes[STATE_SIZE];
    state_encode(&graph->state, bytes);
    return part_put(graph, PART_CATALOG, (quire_bytes){state_key, 1}, (quire_bytes){bytes, STATE_SIZE}, 0);
}

int write_begin(quire_graph *graph, uint32_t *savepoint)
{
    graph->state_before = graph->state;
    return graph_engine(graph, quire_savepoint(graph->txn, savepoint));
}

int write_end(quire_graph *graph, uint32_t savepoint, int status)
{
    if (status == QUIRE_OK) {
        graph->state.changes++;
        status = state_store(graph);
    }
    if (status == QUIRE_OK) {
        return graph_engine(graph, quire_release(graph->txn, savepoint));
    }
    if (quire_rollback_to(graph->txn, savepoint) == QUIRE_OK) {
        (void)!quire_release(graph->txn, savepoint);
    }
    graph->state = graph->state_before;
    return status;
}

int quire_graph_stat_get(quire_graph *graph, quire_graph_stat *stat)
{
    int status = graph_refresh(graph);
    if (status != QUIRE_OK) {
        return status;
    }
    const struct state *state = &graph->state;
    *stat = (quire_graph_stat){.nodes = state->nodes,
                               .edges = state->edges,
                               .next_node = state->next_node,
                               .next_edge = state->next_edge,
                               .labels = state->names[QUIRE_GRAPH_LABEL],
                               .edge_types = state->names[QUIRE_GRAPH_EDGE_TYPE],
                               .properties = state->names[QUIRE_GRAPH_PROPERTY],
                               .indexes = state->indexes,
                               .changes = state->changes};
    return QUIRE_OK;
}
