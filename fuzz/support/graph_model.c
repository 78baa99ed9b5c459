/* The adjacency list that a graph is held against: arrays, and loops over all of them. */
#include "graph_world.h"

#include <math.h>
#include <string.h>

enum { INTEGERS = 16, REALS = 8, LENGTHS = 8, FILLS = 3, LONGEST = 300 };

static const int64_t integers[INTEGERS] = {
    0, 1, -1, 2, -2, 127, -128, 247, 248, 255, -256, 65536, INT32_MIN, (int64_t)1 << 40, INT64_MIN, INT64_MAX};
static const double reals[REALS] = {0.0, -0.0, 1.5, -1.5, 1e300, -1e-300, HUGE_VAL, -HUGE_VAL};
static const size_t lengths[LENGTHS] = {0, 1, 2, 17, 34, 35, 256, LONGEST};

uint8_t graph_value_code(uint8_t code)
{
    static const uint8_t variants[7] = {1, 2, INTEGERS, REALS, INTEGERS, LENGTHS * FILLS, LENGTHS * FILLS};
    uint8_t type = code % 7u, variant = (uint8_t)(code / 7u % variants[type]);
    if (type >= QUIRE_GRAPH_STRING && variant % LENGTHS == 0)
        variant = 0;
    return (uint8_t)(variant * 7u + type);
}

quire_graph_value graph_value(uint8_t code)
{
    static const uint8_t fills[FILLS][LONGEST] = {
        {0}, {'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'b'}, {0xff, 0xff, 0, 0xff}};
    uint8_t variant = code / 7u;
    quire_graph_value value = {(quire_graph_type)(code % 7u), {0}};
    switch (value.type) {
    case QUIRE_GRAPH_NULL:
        break;
    case QUIRE_GRAPH_BOOL:
        value.as.boolean = variant;
        break;
    case QUIRE_GRAPH_INT64:
    case QUIRE_GRAPH_DATETIME:
        value.as.integer = integers[variant];
        break;
    case QUIRE_GRAPH_DOUBLE:
        value.as.real = reals[variant];
        break;
    case QUIRE_GRAPH_STRING:
    case QUIRE_GRAPH_BYTES:
        value.as.content = (quire_bytes){fills[variant / LENGTHS], lengths[variant % LENGTHS]};
        break;
    }
    return value;
}

int graph_value_order(uint8_t a, uint8_t b)
{
    quire_graph_value x = graph_value(a), y = graph_value(b);
    if (x.type != y.type)
        return x.type < y.type ? -1 : 1;
    switch (x.type) {
    case QUIRE_GRAPH_NULL:
        return 0;
    case QUIRE_GRAPH_BOOL:
        return x.as.boolean - y.as.boolean;
    case QUIRE_GRAPH_INT64:
    case QUIRE_GRAPH_DATETIME:
        return (x.as.integer > y.as.integer) - (x.as.integer < y.as.integer);
    case QUIRE_GRAPH_DOUBLE:
        return (x.as.real > y.as.real) - (x.as.real < y.as.real);
    case QUIRE_GRAPH_STRING:
    case QUIRE_GRAPH_BYTES:
        break;
    }
    for (size_t i = 0; i < x.as.content.size && i < y.as.content.size; i++) {
        if (x.as.content.data[i] != y.as.content.data[i])
            return x.as.content.data[i] < y.as.content.data[i] ? -1 : 1;
    }
    return (x.as.content.size > y.as.content.size) - (x.as.content.size < y.as.content.size);
}

size_t graph_value_key_bytes(uint8_t code)
{
    quire_graph_value value = graph_value(code);
    size_t bytes = 0;
    if (value.type < QUIRE_GRAPH_STRING)
        return 0;
    for (size_t i = 0; i < value.as.content.size; i++)
        bytes += value.as.content.data[i] == 0 ? 2 : 1;
    return bytes;
}

/* ---- Edges ---------------------------------------------------------------------- */

static int comes_before(const struct model_step *a, const struct model_step *b)
{
    if (a->direction != b->direction)
        return a->direction < b->direction;
    if (a->type != b->type)
        return a->type < b->type;
    return a->node != b->node ? a->node < b->node : a->edge < b->edge;
}

static size_t add_step(struct model_step *steps, size_t count, struct model_step step)
{
    size_t at = count;
    for (; at > 0 && comes_before(&step, &steps[at - 1]); at--)
        steps[at] = steps[at - 1];
    steps[at] = step;
    return count + 1;
}

size_t graph_model_neighbours(const struct graph_model *model, uint64_t node, int direction, uint32_t type,
                              struct model_step *steps)
{
    size_t count = 0;
    for (uint64_t id = 1; id < model->next_edge; id++) {
        const struct model_edge *edge = &model->edges[id];
        if (!edge->exists || (type != 0 && edge->type != type))
            continue;
        int is_loop = edge->source == edge->target;
        if (edge->source == node && direction & QUIRE_GRAPH_OUT)
            count = add_step(steps, count, (struct model_step){edge->target, id, edge->type, QUIRE_GRAPH_OUT});
        if (edge->target == node && direction & QUIRE_GRAPH_IN && !(is_loop && direction == QUIRE_GRAPH_BOTH))
            count = add_step(steps, count, (struct model_step){edge->source, id, edge->type, QUIRE_GRAPH_IN});
    }
    return count;
}

uint64_t graph_model_delete_edges(struct graph_model *model, uint64_t node)
{
    uint64_t deleted = 0;
    for (uint64_t id = 1; id < model->next_edge; id++) {
        struct model_edge *edge = &model->edges[id];
        if (edge->exists && (edge->source == node || edge->target == node)) {
            edge->exists = 0;
            deleted++;
        }
    }
    return deleted;
}

/* ---- Indexes ---------------------------------------------------------------------- */

static int is_indexed(const struct model_node *node, size_t label, size_t property)
{
    return node->exists && node->labels >> label & 1 && node->properties[property] != GRAPH_ABSENT;
}

size_t graph_model_index(const struct graph_model *model, uint32_t label, uint32_t property, uint64_t *nodes)
{
    size_t count = 0;
    for (uint64_t id = 1; id < model->next_node; id++) {
        if (!is_indexed(&model->nodes[id], label - 1, property - 1))
            continue;
        size_t at = count++;
        uint8_t value = model->nodes[id].properties[property - 1];
        for (; at > 0 && graph_value_order(value, model->nodes[nodes[at - 1]].properties[property - 1]) < 0; at--)
            nodes[at] = nodes[at - 1];
        nodes[at] = id;
    }
    return count;
}

int graph_model_breaks_index(const struct graph_model *model, size_t content_max)
{
    for (size_t index = 0; index < GRAPH_INDEXES; index++) {
        size_t label = index / GRAPH_PROPERTIES, property = index % GRAPH_PROPERTIES;
        for (uint64_t id = 1; model->indexes[label][property] && id < model->next_node; id++) {
            if (is_indexed(&model->nodes[id], label, property) &&
                graph_value_key_bytes(model->nodes[id].properties[property]) > content_max)
                return 1;
        }
    }
    return 0;
}
