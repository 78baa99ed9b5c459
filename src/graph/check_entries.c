/* From entries to the rows they stand for: G5 to G10. */
#include "check.h"

/* ---- Labels ----------------------------------------------------------------------- */

static int check_label(struct check *check, quire_bytes key, quire_bytes value)
{
    uint32_t label;
    uint64_t node;
    struct row row;
    int found;
    if (!take_name(&key, &label) || !take_id(&key, ID_MAX, &node) || key.size != 0 || value.size != 0) {
        return graph_corrupt(check->graph, "G5", 0, 0, "an entry of the label index is damaged");
    }
    int status = check_row(check, OWNER_NODE, node, &row, &found);
    if (status == QUIRE_OK && (found == 0 || (found == 1 && !row_has_label(&row, label)))) {
        check_report(check, "G5", node, 0, "label %u lists it, and its row does not say so", (unsigned)label);
    }
    return status;
}

/* ---- Adjacency and degrees ----------------------------------------------------------- */

/* Compares the count of the edges of one node and type, which stand together, with the record of it. */
static int check_degree(struct check *check, int way, uint64_t counted)
{
    uint64_t told;
    int status = degree_get(check->graph, check->group_node, way, check->group_type, &told);
    if (status == QUIRE_OK && told != counted) {
        check_report(check, "G8", check->group_node, 0, "it has %llu edges of type %u, its degree (way %d) says %llu",
                     (unsigned long long)counted, (unsigned)check->group_type, way, (unsigned long long)told);
    }
    return check_absorb(check, status);
}

static int end_group(struct check *check)
{
    int status = QUIRE_OK;
    if (check->group_edges > 0) {
        status = check_degree(check, check->is_out ? WAY_OUT : WAY_IN, check->group_edges);
    }
    if (check->group_edges > 0 && check->is_out && status == QUIRE_OK) {
        status = check_degree(check, WAY_LOOP, check->group_loops);
    }
    check->group_edges = check->group_loops = 0;
    return status;
}

static int check_adjacency(struct check *check, quire_bytes key, quire_bytes value)
{
    struct adjacency entry;
    struct row row;
    int found;
    const char *rule = check->is_out ? "G6" : "G7";
    int status = check_advance(check);
    if (!adjacency_decode(key, &entry) || value.size != 0) {
        return graph_corrupt(check->graph, rule, 0, 0, "an entry of a node's neighbours is damaged");
    }
    if (status == QUIRE_OK && (entry.near_node != check->group_node || entry.type != check->group_type)) {
        status = end_group(check);
        check->group_node = entry.near_node;
        check->group_type = entry.type;
    }
    check->group_edges++;
    check->group_loops += entry.far_node == entry.near_node;
    if (status != QUIRE_OK || (status = check_row(check, OWNER_EDGE, entry.edge, &row, &found)) != QUIRE_OK) {
        return status;
    }
    int is_so = found == 1 && row.type == entry.type && (check->is_out ? row.source : row.target) == entry.near_node &&
                (check->is_out ? row.target : row.source) == entry.far_node;
    if (found >= 0 && !is_so) {
        check_report(check, rule, entry.near_node, entry.edge, "node %llu lists it, and its row does not say so",
                     (unsigned long long)entry.near_node);
    }
    return QUIRE_OK;
}

static int check_adjacencies(struct check *check, enum part part)
{
    check->is_out = part == PART_OUT;
    int status = check_each(check, part, check_adjacency);
    return status == QUIRE_OK ? end_group(check) : status;
}

/* Right numbers were seen from the lists; here it is left to see that each record has edges at all. */
static int check_degree_record(struct check *check, quire_bytes key, quire_bytes value)
{
    uint64_t node, count;
    uint32_t type;
    uint8_t way;
    struct key prefix = {0};
    int has;
    if (!take_id(&key, ID_MAX, &node) || !take_byte(&key, &way) || way < WAY_OUT || way > WAY_LOOP ||
        !take_name(&key, &type) || key.size != 0 || !take_id(&value, ID_MAX, &count) || value.size != 0) {
        return graph_corrupt(check->graph, "G8", 0, 0, "a degree is damaged");
    }
    key_add_integer(&prefix, node);
    key_add_integer(&prefix, type);
    if (way == WAY_LOOP) {
        key_add_integer(&prefix, node);
    }
    int status = part_has_prefix(check->graph, way == WAY_IN ? PART_IN : PART_OUT, key_bytes(&prefix), &has);
    if (status == QUIRE_OK && !has) {
        check_report(check, "G8", node, 0, "its degree (way %d) says %llu edges of type %u, and there are none", way,
                     (unsigned long long)count, (unsigned)type);
    }
    return status;
}

/* ---- Property indexes ------------------------------------------------------------------ */

/* Does the row's value stand in the entry's key, which graph->new_row keeps? */
static int is_entry_of(struct check *check, const struct index *index, uint64_t node, const struct row *row, int *is_so)
{
    quire_graph *graph = check->graph;
    struct stored_property stored;
    *is_so = 0;
    if (!indexes_have(graph, index) || !row_has_label(row, index->label) ||
        !row_find_property(row, index->property, &stored)) {
        return QUIRE_OK;
    }
    int status = QUIRE_OK;
    if (stored.is_long) {
        status = content_of_node(graph, node, &stored.property, &stored.property.value.as.content);
    }
    if (status != QUIRE_OK || (status = index_key(graph, index, &stored.property.value, node)) != QUIRE_OK) {
        return status;
    }
    *is_so =
        graph->key.size == graph->new_row.size && memcmp(graph->key.data, graph->new_row.data, graph->key.size) == 0;
    return QUIRE_OK;
}

static int check_index_key(struct check *check, quire_bytes key, quire_bytes value)
{
    quire_graph *graph = check->graph;
    struct index index;
    quire_graph_value indexed;
    uint64_t node;
    struct row row;
    int found, is_so;
    graph->new_row.size = graph->scratch.size = 0;
    if (!buffer_add(&graph->new_row, key.data, key.size) || !buffer_reserve(&graph->scratch, key.size)) {
        return graph_no_memory(graph);
    }
    if (!take_name(&key, &index.label) || !take_name(&key, &index.property) ||
        !take_ordered(&key, graph->scratch.data, &indexed) || !take_id(&key, ID_MAX, &node) || key.size != 0 ||
        value.size != 0) {
        return graph_corrupt(graph, "G9", 0, 0, "an entry of a property index is damaged");
    }
    int status = check_row(check, OWNER_NODE, node, &row, &found);
    if (status != QUIRE_OK || found < 0) {
        return status;
    }
    is_so = 0;
    status = found ? is_entry_of(check, &index, node, &row, &is_so) : QUIRE_OK;
    if (status == QUIRE_OK && !is_so) {
        check_report(check, "G9", node, 0, "the index on label %u and property %u has an entry that is not of its row",
                     (unsigned)index.label, (unsigned)index.property);
    }
    /* What is wrong with the row itself was told before. */
    int is_told = status == QUIRE_INVALID || (status == QUIRE_CORRUPT && graph->fault.rule[0] != '\0');
    return is_told ? QUIRE_OK : status;
}

/* ---- Long content ---------------------------------------------------------------------- */

static int check_value(struct check *check, quire_bytes key, quire_bytes value)
{
    uint8_t owner;
    uint64_t id;
    uint32_t property;
    struct row row;
    struct stored_property stored;
    int found;
    size_t size = value.size;
    if (!take_byte(&key, &owner) || owner < OWNER_NODE || owner > OWNER_EDGE || !take_id(&key, ID_MAX, &id) ||
        !take_name(&key, &property) || key.size != 0) {
        return graph_corrupt(check->graph, "G10", 0, 0, "the key of a long value is damaged");
    }
    int status = check_row(check, owner, id, &row, &found);
    if (status != QUIRE_OK || found < 0) {
        return status;
    }
    /* Another length was told of by the row. */
    if (!found || !row_find_property(&row, property, &stored) || !stored.is_long) {
        check_report(check, "G10", owner == OWNER_NODE ? id : 0, owner == OWNER_EDGE ? id : 0,
                     "property %u has a long value of %zu bytes that no row speaks of", (unsigned)property, size);
    }
    return QUIRE_OK;
}

int check_entries(struct check *check)
{
    int status = check_each(check, PART_LABELS, check_label);
    if (status == QUIRE_OK) {
        status = check_adjacencies(check, PART_OUT);
    }
    if (status == QUIRE_OK) {
        status = check_adjacencies(check, PART_IN);
    }
    if (status == QUIRE_OK) {
        status = check_each(check, PART_DEGREES, check_degree_record);
    }
    if (status == QUIRE_OK) {
        status = check_each(check, PART_INDEX, check_index_key);
    }
    return status == QUIRE_OK ? check_each(check, PART_VALUES, check_value) : status;
}
