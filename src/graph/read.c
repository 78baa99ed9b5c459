/* Rows as the caller sees them, long content, labels and degrees. */
#include "graph.h"

/* ---- Loading ------------------------------------------------------------------- */

int node_decode(quire_graph *graph, uint64_t id, quire_bytes bytes, struct row *row)
{
    if (id >= graph->state.next_node) {
        return graph_corrupt(graph, "G3", id, 0, "its id was never given");
    }
    if (!row_decode_node(bytes, row)) {
        return graph_corrupt(graph, "G3", id, 0, "its row of %zu bytes is damaged", bytes.size);
    }
    if (row->label_max > graph->state.names[QUIRE_GRAPH_LABEL] ||
        row->property_max > graph->state.names[QUIRE_GRAPH_PROPERTY]) {
        return graph_corrupt(graph, "G3", id, 0, "it has label %u or property %u, which has no name",
                             (unsigned)row->label_max, (unsigned)row->property_max);
    }
    return QUIRE_OK;
}

int edge_decode(quire_graph *graph, uint64_t id, quire_bytes bytes, struct row *row)
{
    if (id >= graph->state.next_edge) {
        return graph_corrupt(graph, "G4", 0, id, "its id was never given");
    }
    if (!row_decode_edge(bytes, row)) {
        return graph_corrupt(graph, "G4", 0, id, "its row of %zu bytes is damaged", bytes.size);
    }
    if (row->type > graph->state.names[QUIRE_GRAPH_EDGE_TYPE] ||
        row->property_max > graph->state.names[QUIRE_GRAPH_PROPERTY]) {
        return graph_corrupt(graph, "G4", 0, id, "it has type %u or property %u, which has no name",
                             (unsigned)row->type, (unsigned)row->property_max);
    }
    return QUIRE_OK;
}

static int load(quire_graph *graph, enum part part, uint64_t id, quire_bytes *bytes)
{
    struct key key = {0};
    key_add_integer(&key, id);
    int status = id >= 1 && id <= ID_MAX ? part_get(graph, part, key_bytes(&key), bytes) : QUIRE_NOT_FOUND;
    if (status != QUIRE_OK) {
        return status;
    }
    graph->row.size = 0;
    if (!buffer_add(&graph->row, bytes->data, bytes->size)) {
        return graph_no_memory(graph);
    }
    *bytes = buffer_bytes(&graph->row);
    return QUIRE_OK;
}

int node_load(quire_graph *graph, uint64_t id, struct row *row)
{
    quire_bytes bytes;
    int status = load(graph, PART_NODES, id, &bytes);
    return status != QUIRE_OK ? status : node_decode(graph, id, bytes, row);
}

int edge_load(quire_graph *graph, uint64_t id, struct row *row)
{
    quire_bytes bytes;
    int status = load(graph, PART_EDGES, id, &bytes);
    return status != QUIRE_OK ? status : edge_decode(graph, id, bytes, row);
}

int node_exists(quire_graph *graph, uint64_t id)
{
    struct key key = {0};
    quire_bytes value;
    key_add_integer(&key, id);
    return id >= 1 && id <= ID_MAX ? part_get(graph, PART_NODES, key_bytes(&key), &value) : QUIRE_NOT_FOUND;
}

int node_look(quire_graph *graph, quire_cursor *nodes, uint64_t id)
{
    struct key key = {0};
    key_add_integer(&key, id);
    return id >= 1 && id <= ID_MAX ? part_look(graph, nodes, key_bytes(&key), NULL) : QUIRE_NOT_FOUND;
}

/* ---- Long content ---------------------------------------------------------------- */

void content_key(int owner, uint64_t id, uint32_t property, struct key *key)
{
    key->size = 0;
    key_add_byte(key, (uint8_t)owner);
    key_add_integer(key, id);
    key_add_integer(key, property);
}

int content_get(quire_graph *graph, int owner, uint64_t id, const quire_graph_property *property, quire_bytes *content)
{
    struct key key;
    content_key(owner, id, property->name, &key);
    int status = part_get(graph, PART_VALUES, key_bytes(&key), content);
    if (status == QUIRE_NOT_FOUND || (status == QUIRE_OK && content->size != property->value.as.content.size)) {
        return graph_corrupt(graph, "G10", owner == OWNER_NODE ? id : 0, owner == OWNER_EDGE ? id : 0,
                             "the long value of property %u is missing or has another length",
                             (unsigned)property->name);
    }
    return status;
}

int content_delete(quire_graph *graph, int owner, uint64_t id, const struct row *row)
{
    struct key key = {0};
    if (!row->has_long) {
        return QUIRE_OK;
    }
    key_add_byte(&key, (uint8_t)owner);
    key_add_integer(&key, id);
    return part_delete_prefix(graph, PART_VALUES, key_bytes(&key), NULL);
}

int content_of_node(void *context, uint64_t node, const quire_graph_property *property, quire_bytes *content)
{
    quire_graph *graph = context;
    int status = content_get(graph, OWNER_NODE, node, property, content);
    graph->scratch.size = 0;
    if (status == QUIRE_OK && !buffer_add(&graph->scratch, content->data, content->size)) {
        return graph_no_memory(graph);
    }
    *content = buffer_bytes(&graph->scratch);
    return status;
}

/* ---- Handing out ------------------------------------------------------------------- */

/* The row that was loaded last becomes one that is handed out. */
static void give_row(quire_graph *graph)
{
    struct buffer loaded = graph->row;
    graph->row = graph->given_row;
    graph->given_row = loaded;
}

/*
 * Short content points into the row. Long content is gathered in graph->content,
 * which moves as it grows: addresses are filled in at the end.
 */
static int hand_out_properties(quire_graph *graph, int owner, uint64_t id, const struct row *row)
{
    give_row(graph);
    graph->content.size = 0;
    graph->properties.size = 0;
    if (!buffer_reserve(&graph->properties, row->property_count * sizeof(quire_graph_property))) {
        return graph_no_memory(graph);
    }
    quire_graph_property *out = (quire_graph_property *)(void *)graph->properties.data;
    quire_bytes rest = row->properties, content;
    struct stored_property stored;
    for (size_t i = 0; i < row->property_count && row_next_property(&rest, &stored); i++) {
        out[i] = stored.property;
        if (!stored.is_long) {
            continue;
        }
        int status = content_get(graph, owner, id, &stored.property, &content);
        if (status != QUIRE_OK) {
            return status;
        }
        if (!buffer_add(&graph->content, content.data, content.size)) {
            return graph_no_memory(graph);
        }
    }
    size_t offset = 0;
    rest = row->properties;
    for (size_t i = 0; i < row->property_count && row_next_property(&rest, &stored); i++) {
        if (stored.is_long) {
            out[i].value.as.content.data = graph->content.data + offset;
            offset += out[i].value.as.content.size;
        }
    }
    return QUIRE_OK;
}

static int hand_out_labels(quire_graph *graph, const struct row *row)
{
    graph->labels.size = 0;
    if (!buffer_reserve(&graph->labels, row->label_count * sizeof(uint32_t))) {
        return graph_no_memory(graph);
    }
    uint32_t *out = (uint32_t *)(void *)graph->labels.data, label;
    quire_bytes rest = row->labels;
    for (size_t i = 0; i < row->label_count && row_next_label(&rest, &label); i++) {
        out[i] = label;
    }
    return QUIRE_OK;
}

int quire_graph_node_get(quire_graph *graph, uint64_t id, quire_graph_node *node)
{
    struct row row;
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = node_load(graph, id, &row)) != QUIRE_OK ||
        (status = hand_out_labels(graph, &row)) != QUIRE_OK ||
        (status = hand_out_properties(graph, OWNER_NODE, id, &row)) != QUIRE_OK) {
        return status;
    }
    *node = (quire_graph_node){id, (const uint32_t *)(const void *)graph->labels.data, row.label_count,
                               (const quire_graph_property *)(const void *)graph->properties.data, row.property_count};
    return QUIRE_OK;
}

int quire_graph_edge_get(quire_graph *graph, uint64_t id, quire_graph_edge *edge)
{
    struct row row;
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = edge_load(graph, id, &row)) != QUIRE_OK ||
        (status = hand_out_properties(graph, OWNER_EDGE, id, &row)) != QUIRE_OK) {
        return status;
    }
    *edge = (quire_graph_edge){id,
                               row.source,
                               row.target,
                               row.type,
                               (const quire_graph_property *)(const void *)graph->properties.data,
                               row.property_count};
    return QUIRE_OK;
}

static int hand_out_property(quire_graph *graph, int owner, uint64_t id, uint32_t name, quire_graph_value *value)
{
    struct row row;
    struct stored_property stored;
    int status = graph_refresh(graph);
    if (status != QUIRE_OK ||
        (status = owner == OWNER_NODE ? node_load(graph, id, &row) : edge_load(graph, id, &row)) != QUIRE_OK) {
        return status;
    }
    if (!row_find_property(&row, name, &stored)) {
        return QUIRE_NOT_FOUND;
    }
    quire_bytes content;
    give_row(graph);
    if (stored.is_long) {
        status = content_get(graph, owner, id, &stored.property, &content);
        if (status != QUIRE_OK) {
            return status;
        }
        graph->content.size = 0;
        if (!buffer_add(&graph->content, content.data, content.size)) {
            return graph_no_memory(graph);
        }
        stored.property.value.as.content = buffer_bytes(&graph->content);
    }
    *value = stored.property.value;
    return QUIRE_OK;
}

int quire_graph_node_property(quire_graph *graph, uint64_t id, uint32_t name, quire_graph_value *value)
{
    return hand_out_property(graph, OWNER_NODE, id, name, value);
}

int quire_graph_edge_property(quire_graph *graph, uint64_t id, uint32_t name, quire_graph_value *value)
{
    return hand_out_property(graph, OWNER_EDGE, id, name, value);
}

/* ---- Labels ------------------------------------------------------------------------- */

void label_key(uint32_t label, uint64_t node, struct key *key)
{
    key->size = 0;
    key_add_integer(key, label);
    key_add_integer(key, node);
}

int label_take(quire_graph *graph, uint32_t label, uint64_t node)
{
    struct key key;
    label_key(label, node, &key);
    int status = part_delete(graph, PART_LABELS, key_bytes(&key));
    return status == QUIRE_NOT_FOUND ? graph_corrupt(graph, "G5", node, 0, "label %u does not list it", (unsigned)label)
                                     : status;
}

/* ---- Degrees ------------------------------------------------------------------------ */

void degree_key(uint64_t node, int way, uint32_t type, struct key *key)
{
    key->size = 0;
    key_add_integer(key, node);
    key_add_byte(key, (uint8_t)way);
    key_add_integer(key, type);
}

static int decode_count(quire_graph *graph, uint64_t node, quire_bytes value, uint64_t *count)
{
    if (!take_id(&value, ID_MAX, count) || value.size != 0) {
        return graph_corrupt(graph, "G8", node, 0, "a degree of it is no number");
    }
    return QUIRE_OK;
}

/* What a look-up answered, as a count. */
static int count_answer(quire_graph *graph, uint64_t node, int status, quire_bytes value, uint64_t *count)
{
    if (status == QUIRE_NOT_FOUND) {
        *count = 0;
        return QUIRE_OK;
    }
    return status != QUIRE_OK ? status : decode_count(graph, node, value, count);
}

int degree_get(quire_graph *graph, uint64_t node, int way, uint32_t type, uint64_t *count)
{
    struct key key;
    quire_bytes value = {NULL, 0};
    degree_key(node, way, type, &key);
    int status = part_get(graph, PART_DEGREES, key_bytes(&key), &value);
    return count_answer(graph, node, status, value, count);
}

int degree_look(quire_graph *graph, quire_cursor *degrees, uint64_t node, int way, uint32_t type, uint64_t *count)
{
    struct key key;
    quire_bytes value = {NULL, 0};
    degree_key(node, way, type, &key);
    int status = part_look(graph, degrees, key_bytes(&key), &value);
    return count_answer(graph, node, status, value, count);
}

int degree_take(quire_graph *graph, uint64_t node, int way, uint32_t type, uint64_t count)
{
    struct key key;
    uint64_t before;
    uint8_t value[INTEGER_SIZE_MAX];
    int status = degree_get(graph, node, way, type, &before);
    if (status != QUIRE_OK) {
        return status;
    }
    if (before < count) {
        return graph_corrupt(graph, "G8", node, 0, "its degree by type %u is lower than the number of its edges",
                             (unsigned)type);
    }
    degree_key(node, way, type, &key);
    if (before == count) {
        return count == 0 ? QUIRE_OK : part_delete(graph, PART_DEGREES, key_bytes(&key));
    }
    size_t size = integer_put(value, before - count);
    return part_put(graph, PART_DEGREES, key_bytes(&key), (quire_bytes){value, size}, 0);
}

/* The sum over all types of one way, or the count of one type. */
static int degree_by_way(quire_graph *graph, uint64_t node, int way, uint32_t type, uint64_t *sum)
{
    struct key prefix = {0};
    quire_cursor *cursor;
    quire_bytes key, value;
    if (type != 0) {
        return degree_get(graph, node, way, type, sum);
    }
    key_add_integer(&prefix, node);
    key_add_byte(&prefix, (uint8_t)way);
    *sum = 0;
    int status = part_cursor(graph, PART_DEGREES, key_bytes(&prefix), &cursor);
    while (status == QUIRE_OK && (status = graph_engine(graph, quire_cursor_next(cursor, &key, &value))) == QUIRE_OK) {
        uint64_t count = 0;
        status = decode_count(graph, node, value, &count);
        *sum += status == QUIRE_OK ? count : 0;
    }
    quire_cursor_close(cursor);
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

int quire_graph_degree(quire_graph *graph, uint64_t node, int direction, uint32_t type, uint64_t *degree)
{
    uint64_t out = 0, in = 0, loops = 0;
    int status = graph_refresh(graph);
    if (direction < QUIRE_GRAPH_OUT || direction > QUIRE_GRAPH_BOTH) {
        return graph_fail(graph, QUIRE_INVALID, "there is no direction %d", direction);
    }
    if (status != QUIRE_OK || (status = node_exists(graph, node)) != QUIRE_OK) {
        return status;
    }
    if ((direction & QUIRE_GRAPH_OUT) != 0) {
        status = degree_by_way(graph, node, WAY_OUT, type, &out);
    }
    if (status == QUIRE_OK && (direction & QUIRE_GRAPH_IN) != 0) {
        status = degree_by_way(graph, node, WAY_IN, type, &in);
    }
    if (status == QUIRE_OK && direction == QUIRE_GRAPH_BOTH) {
        status = degree_by_way(graph, node, WAY_LOOP, type, &loops);
    }
    if (status == QUIRE_OK) {
        *degree = out + in - (loops < out + in ? loops : out + in);
    }
    return status;
}
