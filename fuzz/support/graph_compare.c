/* What the graph gives, against what the model says it should. */
#include "graph_compare.h"

#include <string.h>

static void expect_value(uint8_t code, const quire_graph_value *found)
{
    quire_graph_value value = graph_value(code);
    EXPECT_EQUAL(found->type, value.type);
    if (value.type >= QUIRE_GRAPH_STRING) {
        EXPECT_EQUAL(found->as.content.size, value.as.content.size);
        EXPECT(memcmp(found->as.content.data, value.as.content.data, value.as.content.size) == 0 ||
               value.as.content.size == 0);
    } else {
        EXPECT(memcmp(&found->as, &value.as, value.type == QUIRE_GRAPH_BOOL ? sizeof(int) : 8) == 0 ||
               value.type == QUIRE_GRAPH_NULL);
    }
}

static void expect_properties(const uint8_t codes[GRAPH_PROPERTIES], const quire_graph_property *found, size_t count)
{
    size_t at = 0;
    for (uint32_t i = 0; i < GRAPH_PROPERTIES; i++) {
        if (codes[i] == GRAPH_ABSENT)
            continue;
        EXPECT(at < count && found[at].name == i + 1);
        expect_value(codes[i], &found[at].value);
        at++;
    }
    EXPECT_EQUAL(at, count);
}

/* Each property asked for alone, and one of a name that nobody gave. */
void graph_expect_each_property(struct graph_world *w, uint64_t id, int is_node)
{
    int exists = is_node ? graph_has_node(&w->model, id) : graph_has_edge(&w->model, id);
    const uint8_t *codes = !exists ? NULL : is_node ? w->model.nodes[id].properties : w->model.edges[id].properties;
    for (uint32_t i = 0; i <= GRAPH_PROPERTIES; i++) {
        quire_graph_value value;
        int wanted = exists && i < GRAPH_PROPERTIES && codes[i] != GRAPH_ABSENT ? QUIRE_OK : QUIRE_NOT_FOUND;
        EXPECT_STATUS(w,
                      is_node ? quire_graph_node_property(w->graph, id, i + 1, &value)
                              : quire_graph_edge_property(w->graph, id, i + 1, &value),
                      wanted);
        if (wanted == QUIRE_OK)
            expect_value(codes[i], &value);
    }
}

void graph_expect_node(struct graph_world *w, quire_graph *graph, const struct graph_model *model, uint64_t id)
{
    quire_graph_node node;
    int exists = graph_has_node(model, id);
    EXPECT_STATUS(w, quire_graph_node_get(graph, id, &node), exists ? QUIRE_OK : QUIRE_NOT_FOUND);
    if (!exists)
        return;
    uint8_t mask = 0;
    for (size_t i = 0; i < node.label_count; i++) {
        EXPECT(i == 0 || node.labels[i] > node.labels[i - 1]);
        mask |= (uint8_t)(1u << (node.labels[i] - 1));
    }
    EXPECT_EQUAL(mask, model->nodes[id].labels);
    expect_properties(model->nodes[id].properties, node.properties, node.property_count);
}

void graph_expect_edge(struct graph_world *w, quire_graph *graph, const struct graph_model *model, uint64_t id)
{
    quire_graph_edge edge;
    int exists = graph_has_edge(model, id);
    EXPECT_STATUS(w, quire_graph_edge_get(graph, id, &edge), exists ? QUIRE_OK : QUIRE_NOT_FOUND);
    if (!exists)
        return;
    EXPECT_EQUAL(edge.source, model->edges[id].source);
    EXPECT_EQUAL(edge.target, model->edges[id].target);
    EXPECT_EQUAL(edge.type, model->edges[id].type);
    expect_properties(model->edges[id].properties, edge.properties, edge.property_count);
}

void graph_expect_neighbours(struct graph_world *w, quire_graph *graph, const struct graph_model *model, uint64_t node,
                             int direction, uint32_t type, int distinct)
{
    struct model_step steps[2 * GRAPH_EDGES];
    uint8_t given[GRAPH_NODES + 1] = {0};
    size_t count = graph_model_neighbours(model, node, direction, type, steps);
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    uint64_t degree = 0;
    int wanted = graph_has_node(model, node) ? QUIRE_OK : QUIRE_NOT_FOUND;
    EXPECT_STATUS(w, quire_graph_degree(graph, node, direction, type, &degree), wanted);
    EXPECT_STATUS(w, quire_graph_neighbours(graph, node, direction, type, distinct, &cursor), wanted);
    if (wanted != QUIRE_OK)
        return;
    EXPECT_EQUAL(degree, count);
    for (size_t i = 0; i < count; i++) {
        if (distinct && given[steps[i].node]++)
            continue;
        EXPECT_OK(w, quire_graph_cursor_next(cursor, &entry));
        EXPECT_EQUAL(entry.node, steps[i].node);
        EXPECT_EQUAL(entry.edge, steps[i].edge);
        EXPECT_EQUAL(entry.type, steps[i].type);
        EXPECT_EQUAL(entry.direction, steps[i].direction);
        EXPECT_EQUAL(entry.from, node);
    }
    EXPECT_STATUS(w, quire_graph_cursor_next(cursor, &entry), QUIRE_NOT_FOUND);
    quire_graph_cursor_close(cursor);
}

static void expect_label(struct graph_world *w, quire_graph *graph, const struct graph_model *model, uint32_t label)
{
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    EXPECT_OK(w, quire_graph_nodes(graph, label, &cursor));
    for (uint64_t id = 1; id < model->next_node; id++) {
        if (graph_has_node(model, id) && (label == 0 || model->nodes[id].labels >> (label - 1) & 1)) {
            EXPECT_OK(w, quire_graph_cursor_next(cursor, &entry));
            EXPECT_EQUAL(entry.node, id);
        }
    }
    EXPECT_STATUS(w, quire_graph_cursor_next(cursor, &entry), QUIRE_NOT_FOUND);
    quire_graph_cursor_close(cursor);
}

void graph_expect_range(struct graph_world *w, quire_graph *graph, const struct graph_model *model, uint8_t which,
                        int low_kind, uint8_t low, int high_kind, uint8_t high)
{
    uint64_t nodes[GRAPH_NODES];
    uint32_t label = 1 + which / GRAPH_PROPERTIES, property = 1 + which % GRAPH_PROPERTIES;
    quire_graph_value from = graph_value(low), to = graph_value(high);
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    int is_mixed = low_kind && high_kind && from.type != to.type;
    int wanted = is_mixed ? QUIRE_INVALID : model->indexes[label - 1][property - 1] ? QUIRE_OK : QUIRE_NOT_FOUND;
    EXPECT_STATUS(w, quire_graph_find_range(graph, label, property, low_kind, &from, high_kind, &to, &cursor), wanted);
    if (wanted != QUIRE_OK)
        return;
    size_t count = graph_model_index(model, label, property, nodes);
    for (size_t i = 0; i < count; i++) {
        uint8_t value = model->nodes[nodes[i]].properties[property - 1];
        int above = low_kind == 0 || graph_value_order(value, low) >= (low_kind == QUIRE_BOUND_EXCLUDED);
        int below = high_kind == 0 || graph_value_order(value, high) <= -(high_kind == QUIRE_BOUND_EXCLUDED);
        quire_graph_type type = graph_value(value).type;
        if (above && below && (!low_kind || type == from.type) && (!high_kind || type == to.type)) {
            EXPECT_OK(w, quire_graph_cursor_next(cursor, &entry));
            EXPECT_EQUAL(entry.node, nodes[i]);
        }
    }
    EXPECT_STATUS(w, quire_graph_cursor_next(cursor, &entry), QUIRE_NOT_FOUND);
    quire_graph_cursor_close(cursor);
}

void graph_expect_expansion(struct graph_world *w, uint64_t start, int direction, uint32_t type, uint32_t max_depth,
                            uint64_t max_nodes)
{
    struct model_step steps[2 * GRAPH_EDGES];
    uint64_t met[GRAPH_NODES + 1], depth[GRAPH_NODES + 1] = {0};
    uint8_t is_met[GRAPH_NODES + 1] = {0};
    size_t count = 1;
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    int wanted = graph_has_node(&w->model, start) ? QUIRE_OK : QUIRE_NOT_FOUND;
    EXPECT_STATUS(w, quire_graph_expand(w->graph, start, direction, type, max_depth, max_nodes, &cursor), wanted);
    if (wanted != QUIRE_OK)
        return;
    met[0] = start;
    is_met[start] = 1;
    for (size_t head = 0; head < count && depth[head] < max_depth; head++) {
        size_t found = graph_model_neighbours(&w->model, met[head], direction, type, steps);
        for (size_t i = 0; i < found; i++) {
            if (is_met[steps[i].node]++)
                continue;
            if (max_nodes != 0 && count - 1 == max_nodes) {
                EXPECT_STATUS(w, quire_graph_cursor_next(cursor, &entry), QUIRE_GRAPH_LIMIT);
                quire_graph_cursor_close(cursor);
                return;
            }
            EXPECT_OK(w, quire_graph_cursor_next(cursor, &entry));
            EXPECT_EQUAL(entry.node, steps[i].node);
            EXPECT_EQUAL(entry.from, met[head]);
            EXPECT_EQUAL(entry.edge, steps[i].edge);
            EXPECT_EQUAL(entry.depth, depth[head] + 1);
            depth[count] = depth[head] + 1;
            met[count++] = entry.node;
        }
    }
    EXPECT_STATUS(w, quire_graph_cursor_next(cursor, &entry), QUIRE_NOT_FOUND);
    quire_graph_cursor_close(cursor);
}

static void print_violation(void *context, const quire_graph_violation *violation)
{
    (void)context;
    fprintf(stderr, "node %llu edge %llu breaks %s: %s\n", (unsigned long long)violation->node,
            (unsigned long long)violation->edge, violation->rule, violation->message);
}

void graph_world_check(struct graph_world *w)
{
    EXPECT_OK(w, quire_graph_check(w->graph, print_violation, NULL, NULL, NULL));
}

static void expect_edges(struct graph_world *w, quire_graph *graph, const struct graph_model *model)
{
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    EXPECT_OK(w, quire_graph_edges(graph, &cursor));
    for (uint64_t id = 1; id < model->next_edge; id++) {
        if (graph_has_edge(model, id)) {
            EXPECT_OK(w, quire_graph_cursor_next(cursor, &entry));
            EXPECT(entry.edge == id && entry.type == model->edges[id].type);
            EXPECT(entry.from == model->edges[id].source && entry.node == model->edges[id].target);
        }
    }
    EXPECT_STATUS(w, quire_graph_cursor_next(cursor, &entry), QUIRE_NOT_FOUND);
    quire_graph_cursor_close(cursor);
}

static int note_index(void *context, uint32_t label, uint32_t property)
{
    struct graph_model *listed = context;
    EXPECT(label - 1 < GRAPH_LABELS && property - 1 < GRAPH_PROPERTIES);
    listed->indexes[label - 1][property - 1]++;
    return 0;
}

static void expect_index_list(struct graph_world *w, quire_graph *graph, const struct graph_model *model)
{
    struct graph_model listed = {.next_node = 0};
    EXPECT_OK(w, quire_graph_index_list(graph, note_index, &listed));
    EXPECT(memcmp(listed.indexes, model->indexes, sizeof listed.indexes) == 0);
}

void graph_expect_equal(struct graph_world *w, uint8_t which, uint8_t code)
{
    uint64_t nodes[GRAPH_NODES];
    uint32_t label = 1 + which / GRAPH_PROPERTIES, property = 1 + which % GRAPH_PROPERTIES;
    quire_graph_value value = graph_value(code);
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    int wanted = w->model.indexes[label - 1][property - 1] ? QUIRE_OK : QUIRE_NOT_FOUND;
    EXPECT_STATUS(w, quire_graph_find(w->graph, label, property, &value, &cursor), wanted);
    if (wanted != QUIRE_OK)
        return;
    size_t count = graph_model_index(&w->model, label, property, nodes);
    for (size_t i = 0; i < count; i++) {
        if (graph_value_order(w->model.nodes[nodes[i]].properties[property - 1], code) == 0) {
            EXPECT_OK(w, quire_graph_cursor_next(cursor, &entry));
            EXPECT_EQUAL(entry.node, nodes[i]);
        }
    }
    EXPECT_STATUS(w, quire_graph_cursor_next(cursor, &entry), QUIRE_NOT_FOUND);
    quire_graph_cursor_close(cursor);
}

static void expect_graph(struct graph_world *w, quire_graph *graph, const struct graph_model *model)
{
    quire_graph_stat stat;
    uint64_t nodes = 0, edges = 0;
    for (uint64_t id = 1; id <= model->next_node; id++) {
        nodes += graph_has_node(model, id) ? 1u : 0u;
        graph_expect_node(w, graph, model, id);
        graph_expect_neighbours(w, graph, model, id, 1 + (int)(id % 3), (uint32_t)(id % (GRAPH_TYPES + 1)), id % 2);
    }
    for (uint64_t id = 1; id <= model->next_edge; id++) {
        edges += graph_has_edge(model, id) ? 1u : 0u;
        graph_expect_edge(w, graph, model, id);
    }
    expect_edges(w, graph, model);
    expect_index_list(w, graph, model);
    for (uint32_t label = 0; label <= GRAPH_LABELS; label++)
        expect_label(w, graph, model, label);
    for (uint8_t index = 0; index < GRAPH_INDEXES; index++)
        graph_expect_range(w, graph, model, index, 0, 0, 0, 0);
    EXPECT_OK(w, quire_graph_stat_get(graph, &stat));
    EXPECT_EQUAL(stat.nodes, nodes);
    EXPECT_EQUAL(stat.edges, edges);
    EXPECT_EQUAL(stat.next_node, model->next_node);
    EXPECT_EQUAL(stat.next_edge, model->next_edge);
}

void graph_world_compare(struct graph_world *w)
{
    expect_graph(w, w->graph, &w->model);
    if (w->reader)
        expect_graph(w, w->seen_graph, &w->seen);
}

void graph_world_expect(struct graph_world *w)
{
    graph_world_compare(w);
    graph_world_check(w);
    EXPECT_OK(w, quire_check(w->txn, NULL, NULL, NULL, NULL));
}
