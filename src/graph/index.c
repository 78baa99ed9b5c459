/*
 * Property indexes (rule G9): one key for each node that has an index's label
 * and property, made of the value in its true order and the node.
 */
#include "graph.h"

#include "runs.h"

#include <stdlib.h>

/* Nodes that are gathered while an index is made, before their entries are written as one run. */
enum { ENTRIES_AT_ONCE = 4096 };

/* What an entry's key has beside the content: two names, the type, the content's end, the node. */
enum { KEY_BESIDE_CONTENT = 5 + 5 + 1 + 2 + 9 };

size_t quire_graph_index_content_max(const quire_graph *graph)
{
    return quire_key_max(graph->db) - KEY_BESIDE_CONTENT;
}

static void catalog_key(const struct index *index, struct key *key)
{
    key->size = 0;
    key_add_byte(key, CATALOG_INDEX);
    key_add_integer(key, index->label);
    key_add_integer(key, index->property);
}

static void entry_prefix(const struct index *index, struct key *key)
{
    key->size = 0;
    key_add_integer(key, index->label);
    key_add_integer(key, index->property);
}

/* ---- The list of indexes ----------------------------------------------------------- */

static int read_list(quire_graph *graph, quire_cursor *cursor)
{
    quire_bytes key, value;
    size_t count = 0;
    int status;
    while ((status = graph_engine(graph, quire_cursor_next(cursor, &key, &value))) == QUIRE_OK) {
        struct index index;
        uint8_t kind;
        if (count == graph->state.indexes || !take_byte(&key, &kind) || !take_name(&key, &index.label) ||
            !take_name(&key, &index.property) || key.size != 0 || value.size != 0 ||
            index.label > graph->state.names[QUIRE_GRAPH_LABEL] ||
            index.property > graph->state.names[QUIRE_GRAPH_PROPERTY]) {
            return graph_corrupt(graph, "G2", 0, 0, "the list of indexes is damaged or too long");
        }
        if (count % 64 == 0) {
            void *grown = graph_resize(graph, graph->indexes, (count + 64) * sizeof index);
            if (!grown) {
                return graph_no_memory(graph);
            }
            graph->indexes = grown;
        }
        graph->indexes[count++] = index;
    }
    if (status == QUIRE_NOT_FOUND && count != graph->state.indexes) {
        return graph_corrupt(graph, "G2", 0, 0, "there should be %u indexes", (unsigned)graph->state.indexes);
    }
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

int indexes_load(quire_graph *graph)
{
    static const uint8_t prefix[1] = {CATALOG_INDEX};
    quire_cursor *cursor;
    if (graph->indexes_are_known || graph->state.indexes == 0) {
        return QUIRE_OK;
    }
    int status = part_cursor(graph, PART_CATALOG, (quire_bytes){prefix, 1}, &cursor);
    if (status == QUIRE_OK) {
        status = read_list(graph, cursor);
    }
    quire_cursor_close(cursor);
    graph->indexes_are_known = status == QUIRE_OK;
    return status;
}

int quire_graph_index_list(quire_graph *graph, int (*visit)(void *context, uint32_t label, uint32_t property),
                           void *context)
{
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = indexes_load(graph)) != QUIRE_OK) {
        return status;
    }
    for (uint32_t i = 0; i < graph->state.indexes; i++) {
        if (visit(context, graph->indexes[i].label, graph->indexes[i].property) != 0) {
            break;
        }
    }
    return QUIRE_OK;
}

int indexes_have(const quire_graph *graph, const struct index *index)
{
    for (uint32_t i = 0; i < graph->state.indexes; i++) {
        if (graph->indexes[i].label == index->label && graph->indexes[i].property == index->property) {
            return 1;
        }
    }
    return 0;
}

/* ---- Entries ------------------------------------------------------------------------ */

int index_key(quire_graph *graph, const struct index *index, const quire_graph_value *value, uint64_t node)
{
    struct buffer *key = &graph->key;
    key->size = 0;
    if (!buffer_reserve(key, ordered_size_max(value) + KEY_BESIDE_CONTENT)) {
        return graph_no_memory(graph);
    }
    key->size += integer_put(key->data, index->label);
    key->size += integer_put(key->data + key->size, index->property);
    size_t value_size = ordered_put(key->data + key->size, value);
    key->size += value_size;
    key->size += integer_put(key->data + key->size, node);
    if (type_has_content(value->type) && value_size > 3 + quire_graph_index_content_max(graph)) {
        (void)graph_fail(graph, QUIRE_INVALID, "property %u has %zu bytes; %zu can be indexed, zeros counted twice",
                         (unsigned)index->property, value->as.content.size, quire_graph_index_content_max(graph));
        graph->fault.node = node;
        return QUIRE_INVALID;
    }
    return QUIRE_OK;
}

int index_take(quire_graph *graph, const struct index *index, quire_bytes key, uint64_t node)
{
    int status = part_delete(graph, PART_INDEX, key);
    return status == QUIRE_NOT_FOUND
               ? graph_corrupt(graph, "G9", node, 0, "the index on label %u and property %u has no entry of it",
                               (unsigned)index->label, (unsigned)index->property)
               : status;
}

int index_entries(quire_graph *graph, uint64_t node, const struct row *row, content_source content,
                  void *content_context, int (*visit)(void *context, const struct index *index), void *context)
{
    int status = indexes_load(graph);
    for (uint32_t i = 0; i < graph->state.indexes && status == QUIRE_OK; i++) {
        const struct index *index = &graph->indexes[i];
        struct stored_property stored;
        if (!row_has_label(row, index->label) || !row_find_property(row, index->property, &stored)) {
            continue;
        }
        if (stored.is_long) {
            quire_bytes found = {NULL, 0};
            status = content(content_context, node, &stored.property, &found);
            stored.property.value.as.content = found;
        }
        if (status == QUIRE_OK && (status = index_key(graph, index, &stored.property.value, node)) == QUIRE_OK) {
            status = visit(context, index);
        }
    }
    return status;
}

/* ---- Making and dropping -------------------------------------------------------------- */

struct gathering {
    quire_graph *graph;
    struct index index;
    struct run run;
    struct buffer keys;
    struct span *spans;
    size_t count;
};

static int write_gathered(struct gathering *gathering)
{
    int status = spans_write(gathering->graph, PART_INDEX, &gathering->run, &gathering->keys, gathering->spans,
                             gathering->count, NULL);
    gathering->keys.size = 0;
    gathering->count = 0;
    return status;
}

static int gather(struct gathering *gathering, uint64_t node)
{
    quire_graph *graph = gathering->graph;
    struct row row;
    struct stored_property stored;
    int status = node_load(graph, node, &row);
    if (status == QUIRE_NOT_FOUND || (status == QUIRE_OK && !row_has_label(&row, gathering->index.label))) {
        return graph_corrupt(graph, "G5", node, 0, "label %u is said to be on it, and is not",
                             (unsigned)gathering->index.label);
    }
    if (status != QUIRE_OK || !row_find_property(&row, gathering->index.property, &stored)) {
        return status;
    }
    if (stored.is_long) {
        status = content_of_node(graph, node, &stored.property, &stored.property.value.as.content);
    }
    if (status != QUIRE_OK ||
        (status = index_key(graph, &gathering->index, &stored.property.value, node)) != QUIRE_OK) {
        return status;
    }
    gathering->spans[gathering->count++] = (struct span){gathering->keys.size, graph->key.size};
    if (!buffer_add(&gathering->keys, graph->key.data, graph->key.size)) {
        return graph_no_memory(graph);
    }
    return gathering->count == ENTRIES_AT_ONCE ? write_gathered(gathering) : QUIRE_OK;
}

static int gather_all(struct gathering *gathering)
{
    quire_graph *graph = gathering->graph;
    struct key prefix = {0};
    quire_cursor *cursor;
    quire_bytes key;
    uint32_t label = 0;
    uint64_t node;
    key_add_integer(&prefix, gathering->index.label);
    int status = part_cursor(graph, PART_LABELS, key_bytes(&prefix), &cursor);
    while (status == QUIRE_OK && (status = graph_engine(graph, quire_cursor_next(cursor, &key, NULL))) == QUIRE_OK) {
        status = take_name(&key, &label) && take_id(&key, ID_MAX, &node) && key.size == 0
                     ? gather(gathering, node)
                     : graph_corrupt(graph, "G5", 0, 0, "an entry of label %u is damaged", (unsigned)label);
    }
    quire_cursor_close(cursor);
    return status == QUIRE_NOT_FOUND ? write_gathered(gathering) : status;
}

static int fill(quire_graph *graph, struct index index)
{
    struct gathering gathering = {.graph = graph, .index = index, .keys = {.memory = &graph->memory}};
    gathering.spans = graph_allocate(graph, ENTRIES_AT_ONCE * sizeof *gathering.spans);
    int status = !gathering.spans ? graph_no_memory(graph) : run_start(graph, &gathering.run);
    if (status == QUIRE_OK) {
        status = gather_all(&gathering);
    }
    run_free(graph, &gathering.run);
    buffer_free(&gathering.keys);
    graph_release(graph, gathering.spans);
    return status;
}

int quire_graph_index_create(quire_graph *graph, uint32_t label, uint32_t property)
{
    struct index index = {label, property};
    struct key key;
    uint32_t savepoint;
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = argument_name(graph, QUIRE_GRAPH_LABEL, label)) != QUIRE_OK ||
        (status = argument_name(graph, QUIRE_GRAPH_PROPERTY, property)) != QUIRE_OK ||
        (status = indexes_load(graph)) != QUIRE_OK) {
        return status;
    }
    if (indexes_have(graph, &index)) {
        return QUIRE_EXISTS;
    }
    if ((status = write_begin(graph, &savepoint)) != QUIRE_OK) {
        return status;
    }
    catalog_key(&index, &key);
    status = part_put(graph, PART_CATALOG, key_bytes(&key), (quire_bytes){NULL, 0}, 0);
    if (status == QUIRE_OK) {
        status = fill(graph, index);
    }
    graph->state.indexes++;
    graph->indexes_are_known = 0;
    return write_end(graph, savepoint, status);
}

int quire_graph_index_drop(quire_graph *graph, uint32_t label, uint32_t property)
{
    struct index index = {label, property};
    struct key key, prefix;
    uint32_t savepoint;
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = indexes_load(graph)) != QUIRE_OK) {
        return status;
    }
    if (!indexes_have(graph, &index)) {
        return QUIRE_NOT_FOUND;
    }
    if ((status = write_begin(graph, &savepoint)) != QUIRE_OK) {
        return status;
    }
    catalog_key(&index, &key);
    entry_prefix(&index, &prefix);
    status = part_delete(graph, PART_CATALOG, key_bytes(&key));
    if (status == QUIRE_OK) {
        status = part_delete_prefix(graph, PART_INDEX, key_bytes(&prefix), NULL);
    }
    graph->state.indexes--;
    graph->indexes_are_known = 0;
    return write_end(graph, savepoint, status);
}
