/* Calls on the graph, as one side of a mirror makes them. */
#include "mirror.h"

#include <string.h>

enum { NAMES_OF_A_KIND = 3, STEPS_MOST = 200, BATCH_NODES = 4 };

static uint64_t id_of(uint8_t number)
{
    return 1 + number % 12u;
}

/* Sometimes long content, which stands in a record of its own. */
static quire_graph_value value_of(struct side *side, uint8_t kind)
{
    quire_graph_value value = {.type = (quire_graph_type)(kind % 7u)};
    if (value.type == QUIRE_GRAPH_BOOL) {
        value.as.boolean = kind / 7 % 2;
    } else if (value.type == QUIRE_GRAPH_DOUBLE) {
        value.as.real = kind / 7 - 18.5;
    } else if (value.type == QUIRE_GRAPH_INT64 || value.type == QUIRE_GRAPH_DATETIME) {
        value.as.integer = (int64_t)(kind / 7 - 18) * 1000003;
    } else if (value.type >= QUIRE_GRAPH_STRING) {
        size_t size = kind / 7u < 24 ? kind / 7u : kind * 4u;
        memset(side->value, kind, size);
        value.as.content = (quire_bytes){side->value, size};
    }
    return value;
}

static int add_entries(struct side *side, quire_graph_cursor *cursor)
{
    quire_graph_entry entry;
    int status = QUIRE_OK;
    for (int i = 0; i < STEPS_MOST && (status = quire_graph_cursor_next(cursor, &entry)) == QUIRE_OK; i++) {
        side_add_number(side, entry.node);
        side_add_number(side, entry.edge);
    }
    quire_graph_cursor_close(cursor);
    return status;
}

static int walk(struct side *side, const struct call *call)
{
    quire_graph *graph = side->graph;
    quire_graph_cursor *cursor;
    quire_graph_value value = value_of(side, call->c);
    int status, direction = 1 + call->c % 3;
    uint32_t property = 1 + call->b % NAMES_OF_A_KIND;
    switch (call->a % 7u) {
    case 0:
        status = quire_graph_nodes(graph, call->b % 4u, &cursor);
        break;
    case 1:
        status = quire_graph_edges(graph, &cursor);
        break;
    case 2:
        status = quire_graph_neighbours(graph, id_of(call->b), direction, call->c / 4u % 3u, call->c / 16 % 2, &cursor);
        break;
    case 3:
        status = quire_graph_expand(graph, id_of(call->b), direction, 0, 3, call->c / 4u % 3u * 2u, &cursor);
        break;
    case 4:
        status = quire_graph_find(graph, 1, property, &value, &cursor);
        break;
    case 5:
        status = quire_graph_find_range(graph, 1, property, call->b / 4 % 3, &value, QUIRE_BOUND_NONE, NULL, &cursor);
        break;
    default:
        status = quire_graph_find_range(graph, 1, property, QUIRE_BOUND_NONE, NULL, call->b / 4 % 3, &value, &cursor);
    }
    return status == QUIRE_OK ? add_entries(side, cursor) : status;
}

static void add_properties(struct side *side, const quire_graph_property *properties, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        side_add_number(side, properties[i].name);
        if (properties[i].value.type >= QUIRE_GRAPH_STRING)
            side_add(side, properties[i].value.as.content.data, properties[i].value.as.content.size);
    }
}

static int read_rows(struct side *side, const struct call *call)
{
    quire_graph_node node;
    quire_graph_edge edge;
    quire_graph_value value;
    uint64_t degree;
    int status;
    switch (call->a % 5u) {
    case 0:
        if ((status = quire_graph_node_get(side->graph, id_of(call->b), &node)) == QUIRE_OK)
            add_properties(side, node.properties, node.property_count);
        return status;
    case 1:
        if ((status = quire_graph_edge_get(side->graph, id_of(call->b), &edge)) == QUIRE_OK)
            add_properties(side, edge.properties, edge.property_count);
        return status;
    case 2:
        return quire_graph_node_property(side->graph, id_of(call->b), 1 + call->c % NAMES_OF_A_KIND, &value);
    case 3:
        return quire_graph_edge_property(side->graph, id_of(call->b), 1 + call->c % NAMES_OF_A_KIND, &value);
    default:
        status = quire_graph_degree(side->graph, id_of(call->b), 1 + call->c % 3, call->c / 4u % 3u, &degree);
        if (status == QUIRE_OK)
            side_add_number(side, degree);
        return status;
    }
}

static int names(struct side *side, const struct call *call)
{
    uint8_t text[2] = {'n', (uint8_t)('0' + call->b % NAMES_OF_A_KIND)};
    int kind = 1 + call->a % 3;
    quire_bytes name = {text, 2};
    uint32_t id = 0;
    int status;
    if (call->c % 4u == 1) {
        status = quire_graph_name_get(side->graph, kind, 1 + call->b % NAMES_OF_A_KIND, &name);
        if (status == QUIRE_OK)
            side_add(side, name.data, name.size);
        return status;
    }
    status = (call->c % 4u == 2 ? quire_graph_name_find : quire_graph_name_make)(side->graph, kind, name, &id);
    side_add_number(side, id);
    return status;
}

static int change_row(struct side *side, const struct call *call)
{
    quire_graph_property set = {1 + call->b / 16u % NAMES_OF_A_KIND, value_of(side, call->c)};
    uint32_t name = 1 + call->c / 16u % NAMES_OF_A_KIND, label = 1 + call->a / 4u % NAMES_OF_A_KIND;
    quire_graph_patch patch = {.set = &set, .set_count = call->a / 16u % 2u, .remove = &name};
    int changed = 0, status;
    patch.remove_count = set.name != name && call->a / 32u % 2u;
    if (call->a % 2u) {
        status = quire_graph_edge_update(side->graph, id_of(call->b), &patch, &changed);
    } else {
        patch.add_labels = patch.remove_labels = &label;
        patch.add_label_count = call->a / 64u == 1;
        patch.remove_label_count = call->a / 64u == 2;
        status = quire_graph_node_update(side->graph, id_of(call->b), &patch, &changed);
    }
    side_add_number(side, (uint64_t)(status == QUIRE_OK && changed));
    return status;
}

static int delete_row(struct side *side, const struct call *call)
{
    uint64_t edges = 0;
    if (call->a % 2u)
        return quire_graph_edge_delete(side->graph, id_of(call->b));
    int status = quire_graph_node_delete(side->graph, id_of(call->b),
                                         call->c % 4u ? QUIRE_GRAPH_CASCADE : QUIRE_GRAPH_RESTRICT, &edges);
    side_add_number(side, status == QUIRE_OK ? edges : 0);
    return status;
}

static int make_row(struct side *side, const struct call *call)
{
    uint32_t labels[NAMES_OF_A_KIND] = {1 + call->a / 2u % NAMES_OF_A_KIND, 1, 2};
    quire_graph_property properties[2] = {{1 + call->b / 16u % NAMES_OF_A_KIND, value_of(side, call->c)}, {1, {0}}};
    uint64_t id = 0;
    size_t count = properties[0].name != 1 ? 2 : 1;
    int status = call->a % 2u
                     ? quire_graph_edge_create(side->graph, id_of(call->b), id_of(call->c), 1 + call->a / 2u % 2u,
                                               properties, call->a / 8u % 2u, &id)
                     : quire_graph_node_create(side->graph, labels, call->a / 16u % 4u, properties, count, &id);
    side_add_number(side, status == QUIRE_OK ? id : 0);
    return status;
}

static int vouch(void *context, const quire_graph_endpoints *edges, size_t count)
{
    (void)context;
    (void)edges;
    return count > 0;
}

/* Some nodes in a ring, and edges to nodes that are there already: whole or not at all. */
static int fill(struct side *side, quire_graph_writer *writer, const struct call *call)
{
    uint32_t label = 1;
    quire_graph_property property = {1, value_of(side, call->c)};
    uint64_t nodes[BATCH_NODES], edge, found;
    int status = QUIRE_OK;
    for (size_t i = 0; status == QUIRE_OK && i < BATCH_NODES; i++) {
        uint8_t alias = (uint8_t)i;
        status = quire_graph_writer_node(writer, &label, i % 2, &property, i / 2, &nodes[i]);
        if (status == QUIRE_OK)
            status = quire_graph_writer_alias(writer, (quire_bytes){&alias, 1}, nodes[i]);
    }
    for (size_t i = 0; status == QUIRE_OK && i < BATCH_NODES; i++) {
        uint8_t alias = (uint8_t)((i + 1) % BATCH_NODES);
        status = quire_graph_writer_resolve(writer, (quire_bytes){&alias, 1}, &found);
        if (status == QUIRE_OK)
            status = quire_graph_writer_edge(writer, nodes[i], found, 1, &property, i % 2, &edge);
        if (status == QUIRE_OK && call->b % 2u)
            status = quire_graph_writer_edge(writer, nodes[i], id_of((uint8_t)(call->b + i)), 1, NULL, 0, &edge);
    }
    return status;
}

static int batch(struct side *side, const struct call *call)
{
    quire_graph_writer *writer;
    quire_graph_writer_options options;
    quire_graph_writer_stat stat;
    quire_graph_writer_options_init(&options);
    options.trusted = call->a % 4u == 1;
    options.validator = vouch;
    options.sort_always = call->a / 4 % 2;
    int status = quire_graph_writer_get(side->graph, &options, &writer);
    if (status != QUIRE_OK)
        return status;
    status = fill(side, writer, call);
    if (status == QUIRE_OK && options.trusted)
        status = quire_graph_writer_validate(writer);
    if (status == QUIRE_OK)
        status = quire_graph_writer_execute(writer);
    quire_graph_writer_discard(writer);
    quire_graph_writer_stat_get(writer, &stat);
    side_add_number(side, stat.pending_bytes);
    return status;
}

static int visit_index(void *context, uint32_t label, uint32_t property)
{
    side_add_number(context, label * 16u + property);
    return 0;
}

static int visit_nothing(void *context, const quire_graph_violation *violation)
{
    (void)context;
    return violation == NULL;
}

static void see_violation(void *context, const quire_graph_violation *violation)
{
    (void)visit_nothing(context, violation);
}

static int indexes(struct side *side, const struct call *call)
{
    uint32_t label = 1 + call->b % NAMES_OF_A_KIND, property = 1 + call->c % NAMES_OF_A_KIND;
    if (call->a % 4u == 0)
        return quire_graph_index_list(side->graph, visit_index, side);
    return (call->a % 4u == 1 ? quire_graph_index_drop : quire_graph_index_create)(side->graph, label, property);
}

/* A cursor that stays open over the nodes. */
static int kept_cursor(struct side *side, const struct call *call)
{
    quire_graph_entry entry;
    if (side->graph_cursor == NULL)
        return quire_graph_nodes(side->graph, call->b % 2u, &side->graph_cursor);
    if (call->c % 8u == 7) {
        quire_graph_cursor_close(side->graph_cursor);
        side->graph_cursor = NULL;
        return QUIRE_OK;
    }
    int status = quire_graph_cursor_next(side->graph_cursor, &entry);
    side_add_number(side, status == QUIRE_OK ? entry.node : 0);
    return status;
}

static void add_names_of_statuses(struct side *side)
{
    for (int status = QUIRE_OK; status >= QUIRE_GRAPH_LIMIT - 1; status--) {
        side_add(side, quire_graph_status_name(status), strlen(quire_graph_status_name(status)));
        side_add(side, quire_status_name((quire_status)status), strlen(quire_status_name((quire_status)status)));
    }
}

/* What quire_graph.h calls the caller's mistake is refused in these words. */
static int wrong(struct side *side, const struct call *call)
{
    quire_graph *graph = side->graph;
    quire_graph_cursor *cursor;
    quire_graph_writer *writer;
    quire_graph_writer_options options;
    const quire_bytes no_name = {NULL, 2}, empty = {NULL, 0};
    const quire_graph_value no_type = {.type = (quire_graph_type)9},
                            boolean = {.type = QUIRE_GRAPH_BOOL, .as.boolean = 7};
    const quire_graph_property twice[2] = {{1, {0}}, {1, {0}}}, bad = {1, no_type}, worse = {1, boolean};
    const quire_graph_patch both_ways = {.set = twice, .set_count = 1, .remove = &twice[0].name, .remove_count = 1};
    uint32_t id = 0;
    uint64_t number = 0;
    switch (call->b % 21u) {
    case 0:
        return quire_graph_name_find(graph, 0, empty, &id);
    case 1:
        return quire_graph_name_make(graph, 4, (quire_bytes){side->value, 3}, &id);
    case 2:
        return quire_graph_name_make(graph, 1, no_name, &id);
    case 3:
        return quire_graph_name_make(graph, 1, (quire_bytes){side->value, 49}, &id);
    case 4:
        return quire_graph_name_get(graph, 1 + call->a % 4, 0, &(quire_bytes){NULL, 0});
    case 5:
        return quire_graph_node_create(graph, &id, 1, NULL, 0, &number);
    case 6:
        return quire_graph_node_create(graph, NULL, 0, twice, 2, &number);
    case 7:
        return quire_graph_node_create(graph, NULL, 0, &bad, 1, &number);
    case 8:
        return quire_graph_node_create(graph, NULL, 0, &worse, 1, &number);
    case 9:
        return quire_graph_edge_create(graph, 0, UINT64_MAX, 1, NULL, 0, &number);
    case 10:
        return quire_graph_edge_create(graph, 1, UINT64_MAX, 1, NULL, 0, &number);
    case 11:
        return quire_graph_node_update(graph, 1, &both_ways, NULL);
    case 12:
        return quire_graph_degree(graph, 1, 0, 0, &number);
    case 13:
        return quire_graph_neighbours(graph, 1, 4, 0, 0, &cursor);
    case 14:
        return quire_graph_neighbours(graph, 1, 1, 0, 2, &cursor);
    case 15:
        return quire_graph_find_range(graph, 1, 1, QUIRE_BOUND_INCLUDED, NULL, 7, NULL, &cursor);
    case 16:
        return quire_graph_find_range(graph, 1, 1, QUIRE_BOUND_INCLUDED, &twice[0].value, QUIRE_BOUND_EXCLUDED,
                                      &bad.value, &cursor);
    case 17:
        return quire_graph_open(side->db, side->txn, call->a % 2u ? "a/b" : "", NULL, &graph);
    case 18:
        return quire_graph_drop(side->db, side->txn, call->a % 2u ? "a/b" : "not there");
    case 19:
        quire_graph_writer_options_init(&options);
        options.trusted = 1;
        return quire_graph_writer_get(graph, &options, &writer);
    default:
        if (quire_graph_writer_get(graph, NULL, &writer) != QUIRE_OK)
            return QUIRE_NO_MEMORY;
        return call->a % 3u == 0   ? quire_graph_writer_validate(writer)
               : call->a % 3u == 1 ? quire_graph_writer_alias(writer, no_name, 1)
                                   : quire_graph_writer_resolve(writer, no_name, &number);
    }
}

int graph_open_call(struct side *side, const struct call *call)
{
    quire_graph_options options;
    quire_graph_options_init(&options);
    options.memory = side->memory;
    options.edge_cache_capacity = call->b % 16u;
    return quire_graph_open(side->db, side->txn, NULL, &options, &side->graph);
}

int graph_call(struct side *side, const struct call *call)
{
    quire_graph_stat stat;
    switch (call->code) {
    case 0:
    case 1:
    case 2:
        return names(side, call);
    case 3:
    case 4:
    case 5:
        return make_row(side, call);
    case 6:
    case 7:
        return change_row(side, call);
    case 8:
    case 9:
        return delete_row(side, call);
    case 10:
    case 11:
        return batch(side, call);
    case 12:
        return indexes(side, call);
    case 13:
        return kept_cursor(side, call);
    case 14:
        return read_rows(side, call);
    case 15:
        return quire_graph_check(side->graph, see_violation, NULL, NULL, NULL);
    case 16:
        if (call->c % 8u == 6)
            return wrong(side, call);
        if (call->c % 8u == 7)
            return quire_graph_drop(side->db, side->txn, NULL);
        if (call->b % 8u == 7)
            add_names_of_statuses(side);
        return quire_graph_stat_get(side->graph, &stat);
    default:
        return walk(side, call);
    }
}
