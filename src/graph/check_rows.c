/* From names to names, and from rows to what other trees must say of them: G2 to G7, G9 to G12. */
#include "check.h"

/* ---- Names ------------------------------------------------------------------------ */

/* Takes the state that is told apart, or a name's record, and holds it against its other half. */
static int check_name(struct check *check, quire_bytes key, quire_bytes value)
{
    uint8_t first = 0, kind = 0;
    uint32_t id = 0, found = 0;
    quire_bytes name, back;
    struct key copy = {0};
    if (!take_byte(&key, &first) || first == CATALOG_INDEX || (first == CATALOG_STATE && key.size == 0)) {
        if (first == CATALOG_INDEX && check->graph->state.indexes == 0) { /* then the list is not read */
            check_report(check, "G2", 0, 0, "an index is listed, and there should be none");
        }
        return QUIRE_OK;
    }
    int is_id_of = first == CATALOG_ID_OF;
    name = is_id_of ? (take_byte(&key, &kind), key) : value;
    if (!is_id_of && (first != CATALOG_NAME_OF || !take_byte(&key, &kind) || !take_name(&key, &id) || key.size != 0)) {
        kind = 0;
    } else if (is_id_of && (!take_name(&value, &id) || value.size != 0)) {
        id = 0;
    }
    if (kind < QUIRE_GRAPH_LABEL || kind > QUIRE_GRAPH_PROPERTY || id == 0 || id > check->graph->state.names[kind] ||
        name.size == 0 || name.size > NAME_SIZE_MAX) {
        check_report(check, "G2", 0, 0, "a record of the catalog is damaged");
        return QUIRE_OK;
    }
    memcpy(copy.bytes, name.data, name.size);
    copy.size = name.size;
    int status = quire_graph_name_find(check->graph, kind, key_bytes(&copy), &found);
    if (status == QUIRE_OK && found == id &&
        (status = quire_graph_name_get(check->graph, kind, id, &back)) == QUIRE_OK && back.size == copy.size &&
        memcmp(back.data, copy.bytes, copy.size) == 0) {
        return QUIRE_OK;
    }
    if (status == QUIRE_OK || status == QUIRE_NOT_FOUND) {
        check_report(check, "G2", 0, 0, "the two records of name %u of kind %d do not agree", (unsigned)id, kind);
        return QUIRE_OK;
    }
    return status;
}

int check_names(struct check *check)
{
    quire_graph *graph = check->graph;
    int status = check_each(check, PART_CATALOG, check_name);
    for (int kind = QUIRE_GRAPH_LABEL; kind <= QUIRE_GRAPH_PROPERTY && status == QUIRE_OK; kind++) {
        quire_bytes name;
        for (uint32_t id = 1; id <= graph->state.names[kind] && id != 0 && status == QUIRE_OK; id++) {
            status = quire_graph_name_get(graph, kind, id, &name);
            if (status == QUIRE_CORRUPT) { /* one that is missing tells of all behind it */
                status = check_absorb(check, status);
                break;
            }
        }
    }
    if (status == QUIRE_OK) {
        graph->indexes_are_known = 0; /* what is remembered is not what is to be checked */
        int listed = indexes_load(graph);
        status = check_absorb(check, listed);
        if (listed != QUIRE_OK) {
            graph->state.indexes = 0; /* of what is not known nothing can be checked */
        }
    }
    return status;
}

/* ---- Nodes ------------------------------------------------------------------------ */

struct row_check {
    struct check *check;
    uint64_t node;
};

static int check_index_entry(void *context, const struct index *index)
{
    const struct row_check *row = context;
    int has;
    int status = check_has(row->check, PART_INDEX, buffer_bytes(&row->check->graph->key), &has);
    if (status == QUIRE_OK && !has) {
        check_report(row->check, "G9", row->node, 0, "the index on label %u and property %u has no entry of it",
                     (unsigned)index->label, (unsigned)index->property);
    }
    return status;
}

static int check_indexes(struct check *check, uint64_t id, const struct row *row)
{
    struct row_check of = {check, id};
    int status = index_entries(check->graph, id, row, content_of_node, check->graph, check_index_entry, &of);
    if (status == QUIRE_INVALID) {
        check_report(check, "G9", id, 0, "its indexed value is too long to be in an index");
        return QUIRE_OK;
    }
    /* Content that is missing was told of by check_contents. */
    return status == QUIRE_CORRUPT && check->graph->fault.rule[0] != '\0' ? QUIRE_OK : status;
}

static int check_contents(struct check *check, int owner, uint64_t id, const struct row *row)
{
    struct stored_property stored;
    quire_bytes content;
    int status = QUIRE_OK;
    for (quire_bytes rest = row->properties; rest.size > 0 && status == QUIRE_OK;) {
        (void)row_next_property(&rest, &stored);
        if (stored.is_long) {
            status = check_absorb(check, content_get(check->graph, owner, id, &stored.property, &content));
        }
    }
    return status;
}

static int check_labels(struct check *check, uint64_t id, const struct row *row)
{
    int status = QUIRE_OK, has;
    uint32_t label;
    for (quire_bytes rest = row->labels; status == QUIRE_OK && row_next_label(&rest, &label);) {
        struct key key;
        label_key(label, id, &key);
        status = check_has(check, PART_LABELS, key_bytes(&key), &has);
        if (status == QUIRE_OK && !has) {
            check_report(check, "G5", id, 0, "label %u does not list it", (unsigned)label);
        }
    }
    return status;
}

/* A row's bytes, copied so that they outlast the look-ups. */
static int keep_row(struct check *check, quire_bytes *value)
{
    struct buffer *row = &check->graph->row;
    row->size = 0;
    if (!buffer_add(row, value->data, value->size)) {
        return graph_no_memory(check->graph);
    }
    *value = buffer_bytes(row);
    return check_advance(check);
}

static int check_node(struct check *check, quire_bytes key, quire_bytes value)
{
    uint64_t id;
    struct row row;
    if (!take_id(&key, ID_MAX, &id) || key.size != 0) {
        return graph_corrupt(check->graph, "G3", 0, 0, "the key of a node is damaged");
    }
    int status = keep_row(check, &value);
    check->nodes++;
    if (status != QUIRE_OK || (status = node_decode(check->graph, id, value, &row)) != QUIRE_OK ||
        (status = check_labels(check, id, &row)) != QUIRE_OK ||
        (status = check_contents(check, OWNER_NODE, id, &row)) != QUIRE_OK) {
        return status;
    }
    return check_indexes(check, id, &row);
}

/* ---- Edges ------------------------------------------------------------------------- */

static int check_end(struct check *check, uint64_t edge, const char *end, uint64_t node)
{
    int status = node_exists(check->graph, node);
    if (status == QUIRE_NOT_FOUND) {
        check_report(check, "G11", node, edge, "its %s, node %llu, does not exist", end, (unsigned long long)node);
        return QUIRE_OK;
    }
    return status;
}

static int check_listing(struct check *check, enum part part, const struct adjacency *adjacency)
{
    struct key key;
    int has;
    adjacency_key(adjacency, &key);
    int status = check_has(check, part, key_bytes(&key), &has);
    if (status == QUIRE_OK && !has) {
        check_report(check, part == PART_OUT ? "G6" : "G7", adjacency->near_node, adjacency->edge,
                     "node %llu does not list it", (unsigned long long)adjacency->near_node);
    }
    return status;
}

static int check_edge(struct check *check, quire_bytes key, quire_bytes value)
{
    uint64_t id;
    struct row row;
    if (!take_id(&key, ID_MAX, &id) || key.size != 0) {
        return graph_corrupt(check->graph, "G4", 0, 0, "the key of an edge is damaged");
    }
    int status = keep_row(check, &value);
    check->edges++;
    if (status != QUIRE_OK || (status = edge_decode(check->graph, id, value, &row)) != QUIRE_OK ||
        (status = check_contents(check, OWNER_EDGE, id, &row)) != QUIRE_OK ||
        (status = check_end(check, id, "source", row.source)) != QUIRE_OK ||
        (status = check_end(check, id, "target", row.target)) != QUIRE_OK ||
        (status = check_listing(check, PART_OUT, &(struct adjacency){row.source, row.target, id, row.type})) !=
            QUIRE_OK) {
        return status;
    }
    return check_listing(check, PART_IN, &(struct adjacency){row.target, row.source, id, row.type});
}

int check_rows(struct check *check)
{
    const struct state *state = &check->graph->state;
    int status = check_each(check, PART_NODES, check_node);
    if (status == QUIRE_OK) {
        status = check_each(check, PART_EDGES, check_edge);
    }
    if (status == QUIRE_OK && (check->nodes != state->nodes || check->edges != state->edges)) {
        check_report(check, "G12", 0, 0, "there are %llu nodes and %llu edges, counted are %llu and %llu",
                     (unsigned long long)check->nodes, (unsigned long long)check->edges,
                     (unsigned long long)state->nodes, (unsigned long long)state->edges);
    }
    return status;
}
