/* Cursors over rows, labels and indexes: each is a walk through one tree. */
#include "cursor.h"

int cursor_new(quire_graph *graph, enum cursor_kind kind, quire_graph_cursor **out)
{
    quire_graph_cursor *cursor = graph_allocate(graph, sizeof *cursor);
    *out = NULL;
    if (!cursor) {
        return graph_no_memory(graph);
    }
    cursor->graph = graph;
    cursor->kind = kind;
    cursor->met.memory = &graph->memory;
    cursor->next = graph->cursors;
    graph->cursors = cursor;
    *out = cursor;
    return QUIRE_OK;
}

void quire_graph_cursor_close(quire_graph_cursor *cursor)
{
    if (!cursor) {
        return;
    }
    quire_graph *graph = cursor->graph;
    quire_graph_cursor **link = &graph->cursors;
    while (*link != cursor) {
        link = &(*link)->next;
    }
    *link = cursor->next;
    quire_cursor_close(cursor->walk);
    quire_cursor_close(cursor->out);
    quire_cursor_close(cursor->in);
    id_set_free(graph, &cursor->seen);
    buffer_free(&cursor->met);
    graph_release(graph, cursor);
}

int cursor_made(quire_graph_cursor *cursor, int status, quire_graph_cursor **out)
{
    if (status != QUIRE_OK) {
        quire_graph_cursor_close(cursor);
        cursor = NULL;
    }
    *out = cursor;
    return status;
}

/* ---- Walks through one tree ------------------------------------------------------- */

static int open_walk(quire_graph *graph, enum cursor_kind kind, enum part part, quire_bytes prefix,
                     quire_graph_cursor **out)
{
    quire_graph_cursor *cursor;
    int status = graph_refresh(graph);
    *out = NULL;
    if (status != QUIRE_OK || (status = cursor_new(graph, kind, &cursor)) != QUIRE_OK) {
        return status;
    }
    return cursor_made(cursor, part_cursor(graph, part, prefix, &cursor->walk), out);
}

int quire_graph_nodes(quire_graph *graph, uint32_t label, quire_graph_cursor **cursor)
{
    struct key prefix = {0};
    if (label == 0) {
        return open_walk(graph, CURSOR_NODES, PART_NODES, key_bytes(&prefix), cursor);
    }
    key_add_integer(&prefix, label);
    return open_walk(graph, CURSOR_LABEL, PART_LABELS, key_bytes(&prefix), cursor);
}

int quire_graph_edges(quire_graph *graph, quire_graph_cursor **cursor)
{
    return open_walk(graph, CURSOR_EDGES, PART_EDGES, (quire_bytes){NULL, 0}, cursor);
}

static int label_entry(quire_graph *graph, quire_bytes key, quire_graph_entry *entry)
{
    uint32_t label;
    if (!take_name(&key, &label) || !take_id(&key, ID_MAX, &entry->node) || key.size != 0) {
        return graph_corrupt(graph, "G5", 0, 0, "an entry of the label index is damaged");
    }
    return QUIRE_OK;
}

static int edge_entry(quire_graph *graph, quire_bytes key, quire_bytes value, quire_graph_entry *entry)
{
    struct row row;
    if (!take_id(&key, ID_MAX, &entry->edge) || key.size != 0) {
        return graph_corrupt(graph, "G4", 0, 0, "the key of an edge is damaged");
    }
    if (!row_decode_edge(value, &row)) {
        return graph_corrupt(graph, "G4", 0, entry->edge, "its row of %zu bytes is damaged", value.size);
    }
    entry->from = row.source;
    entry->node = row.target;
    entry->type = row.type;
    entry->direction = QUIRE_GRAPH_OUT;
    return QUIRE_OK;
}

static int index_entry(quire_graph *graph, quire_bytes key, quire_graph_entry *entry)
{
    uint32_t label, property;
    quire_graph_value value;
    graph->scratch.size = 0;
    if (!buffer_reserve(&graph->scratch, key.size)) {
        return graph_no_memory(graph);
    }
    if (!take_name(&key, &label) || !take_name(&key, &property) || !take_ordered(&key, graph->scratch.data, &value) ||
        !take_id(&key, ID_MAX, &entry->node) || key.size != 0) {
        return graph_corrupt(graph, "G9", 0, 0, "an entry of a property index is damaged");
    }
    return QUIRE_OK;
}

static int walk_next(quire_graph_cursor *cursor, quire_graph_entry *entry)
{
    quire_graph *graph = cursor->graph;
    quire_bytes key, value;
    int with_value = cursor->kind == CURSOR_EDGES;
    int status = graph_engine(graph, quire_cursor_next(cursor->walk, &key, with_value ? &value : NULL));
    if (status != QUIRE_OK) {
        return status;
    }
    switch (cursor->kind) {
    case CURSOR_LABEL:
        return label_entry(graph, key, entry);
    case CURSOR_EDGES:
        return edge_entry(graph, key, value, entry);
    case CURSOR_INDEX:
        return index_entry(graph, key, entry);
    default:
        break;
    }
    if (!take_id(&key, ID_MAX, &entry->node) || key.size != 0) {
        return graph_corrupt(graph, "G3", 0, 0, "the key of a node is damaged");
    }
    return QUIRE_OK;
}

/* ---- Finding by a property ---------------------------------------------------------- */

/* Makes the bytes the first that come after all that begin with them. They are not all ff: a label's never are. */
static void pass_prefix(struct buffer *key)
{
    while (key->data[key->size - 1] == 0xff) {
        key->size--;
    }
    key->data[key->size - 1]++;
}

/* The front of the keys with a value, or of those with its type, or of all of the index. */
enum front { FRONT_VALUE, FRONT_TYPE, FRONT_INDEX };

static int add_front(quire_graph *graph, struct buffer *key, const struct index *index, enum front front,
                     const quire_graph_value *value)
{
    size_t value_size = front == FRONT_VALUE ? ordered_size_max(value) : 1;
    if (!buffer_reserve(key, 2 * (size_t)INTEGER_SIZE_MAX + value_size)) {
        return graph_no_memory(graph);
    }
    key->size += integer_put(key->data + key->size, index->label);
    key->size += integer_put(key->data + key->size, index->property);
    if (front == FRONT_VALUE) {
        key->size += ordered_put(key->data + key->size, value);
    } else if (front == FRONT_TYPE) {
        key->data[key->size++] = (uint8_t)value->type;
    }
    return QUIRE_OK;
}

static int bound_is_legal(int kind, const quire_graph_value *value)
{
    return kind == QUIRE_BOUND_NONE ||
           ((kind == QUIRE_BOUND_INCLUDED || kind == QUIRE_BOUND_EXCLUDED) && value && value_is_legal(value));
}

/* Limits the walk to keys from low up to, and without, high. */
static int limit_walk(quire_graph_cursor *cursor, const struct index *index, int low_kind, const quire_graph_value *low,
                      int high_kind, const quire_graph_value *high)
{
    quire_graph *graph = cursor->graph;
    struct buffer *from = &graph->key, *to = &graph->scratch;
    const quire_graph_value *any = low_kind != QUIRE_BOUND_NONE ? low : high;
    enum front rest = low_kind == QUIRE_BOUND_NONE && high_kind == QUIRE_BOUND_NONE ? FRONT_INDEX : FRONT_TYPE;
    from->size = to->size = 0;
    int status = low_kind != QUIRE_BOUND_NONE ? add_front(graph, from, index, FRONT_VALUE, low)
                                              : add_front(graph, from, index, rest, any);
    if (status == QUIRE_OK) {
        status = high_kind != QUIRE_BOUND_NONE ? add_front(graph, to, index, FRONT_VALUE, high)
                                               : add_front(graph, to, index, rest, any);
    }
    if (status != QUIRE_OK) {
        return status;
    }
    if (low_kind == QUIRE_BOUND_EXCLUDED) {
        pass_prefix(from);
    }
    if (high_kind != QUIRE_BOUND_EXCLUDED) {
        pass_prefix(to);
    }
    return graph_engine(graph, quire_cursor_bounds(cursor->walk, QUIRE_BOUND_INCLUDED, buffer_bytes(from),
                                                   QUIRE_BOUND_EXCLUDED, buffer_bytes(to)));
}

static int check_index(quire_graph *graph, const struct index *index)
{
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = indexes_load(graph)) != QUIRE_OK) {
        return status;
    }
    return indexes_have(graph, index) ? QUIRE_OK : QUIRE_NOT_FOUND;
}

int quire_graph_find_range(quire_graph *graph, uint32_t label, uint32_t property, int low_kind,
                           const quire_graph_value *low, int high_kind, const quire_graph_value *high,
                           quire_graph_cursor **out)
{
    struct index index = {label, property};
    quire_graph_cursor *cursor;
    *out = NULL;
    if (!bound_is_legal(low_kind, low) || !bound_is_legal(high_kind, high) ||
        (low_kind != QUIRE_BOUND_NONE && high_kind != QUIRE_BOUND_NONE && low->type != high->type)) {
        return graph_fail(graph, QUIRE_INVALID, "the bounds of the range are no values, or not of one type");
    }
    int status = check_index(graph, &index);
    if (status != QUIRE_OK ||
        (status = open_walk(graph, CURSOR_INDEX, PART_INDEX, (quire_bytes){NULL, 0}, &cursor)) != QUIRE_OK) {
        return status;
    }
    return cursor_made(cursor, limit_walk(cursor, &index, low_kind, low, high_kind, high), out);
}

int quire_graph_find(quire_graph *graph, uint32_t label, uint32_t property, const quire_graph_value *value,
                     quire_graph_cursor **cursor)
{
    return quire_graph_find_range(graph, label, property, QUIRE_BOUND_INCLUDED, value, QUIRE_BOUND_INCLUDED, value,
                                  cursor);
}

/* ---- All of them ---------------------------------------------------------------------------- */

int quire_graph_cursor_next(quire_graph_cursor *cursor, quire_graph_entry *entry)
{
    quire_graph_entry found = {0};
    int status = cursor->ended;
    if (status != QUIRE_OK) {
        return status;
    }
    if (cursor->kind == CURSOR_NEIGHBOURS) {
        status = neighbour_entry(cursor, &found);
    } else if (cursor->kind == CURSOR_EXPANSION) {
        status = expansion_entry(cursor, &found);
        cursor->ended = status;
    } else {
        status = walk_next(cursor, &found);
    }
    if (status == QUIRE_OK) {
        *entry = found;
    }
    return status;
}
