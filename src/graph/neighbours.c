/* The edges at a node, and the nodes that can be reached from it. */
#include "cursor.h"

/* ---- Neighbours ------------------------------------------------------------------------ */

/* Begins the list of one side at one node. */
static int side_start(quire_graph_cursor *cursor, int side, uint64_t node)
{
    quire_graph *graph = cursor->graph;
    struct key prefix = {0};
    quire_cursor **walk = side == QUIRE_GRAPH_OUT ? &cursor->out : &cursor->in;
    key_add_integer(&prefix, node);
    if (cursor->type != 0) {
        key_add_integer(&prefix, cursor->type);
    }
    cursor->side = side;
    cursor->last = 0;
    if (*walk) {
        return graph_engine(graph, quire_cursor_prefix(*walk, key_bytes(&prefix)));
    }
    return part_cursor(graph, side == QUIRE_GRAPH_OUT ? PART_OUT : PART_IN, key_bytes(&prefix), walk);
}

static int neighbours_start(quire_graph_cursor *cursor, uint64_t node)
{
    cursor->node = node;
    return side_start(cursor, (cursor->direction & QUIRE_GRAPH_OUT) != 0 ? QUIRE_GRAPH_OUT : QUIRE_GRAPH_IN, node);
}

/* The next edge at the node, of the side at hand, then of the other; a loop only where it goes out. */
static int neighbours_next(quire_graph_cursor *cursor, struct adjacency *adjacency)
{
    quire_graph *graph = cursor->graph;
    for (;;) {
        int is_out = cursor->side == QUIRE_GRAPH_OUT;
        quire_bytes key;
        int status = graph_engine(graph, quire_cursor_next(is_out ? cursor->out : cursor->in, &key, NULL));
        if (status == QUIRE_NOT_FOUND && is_out && cursor->direction == QUIRE_GRAPH_BOTH) {
            status = side_start(cursor, QUIRE_GRAPH_IN, cursor->node);
            if (status == QUIRE_OK) {
                continue;
            }
        }
        if (status != QUIRE_OK) {
            return status;
        }
        if (!adjacency_decode(key, adjacency)) {
            return graph_corrupt(graph, is_out ? "G6" : "G7", cursor->node, 0, "an entry of its neighbours is damaged");
        }
        if (is_out || cursor->direction != QUIRE_GRAPH_BOTH || adjacency->far_node != cursor->node) {
            return QUIRE_OK;
        }
    }
}

static void fill_entry(const quire_graph_cursor *cursor, const struct adjacency *adjacency, quire_graph_entry *entry)
{
    entry->node = adjacency->far_node;
    entry->edge = adjacency->edge;
    entry->from = adjacency->near_node;
    entry->type = adjacency->type;
    entry->direction = cursor->side;
}

/* 1 if the node was not given yet, 0 if it was, -1 if there is no memory. */
static int is_new(quire_graph_cursor *cursor, uint64_t node)
{
    if (cursor->direction != QUIRE_GRAPH_BOTH && cursor->type != 0) {
        int is_other = node != cursor->last;
        cursor->last = node;
        return is_other;
    }
    return id_set_add(cursor->graph, &cursor->seen, node);
}

int neighbour_entry(quire_graph_cursor *cursor, quire_graph_entry *entry)
{
    struct adjacency adjacency;
    for (;;) {
        int status = neighbours_next(cursor, &adjacency);
        if (status != QUIRE_OK) {
            return status;
        }
        int news = (cursor->flags & QUIRE_GRAPH_DISTINCT) != 0 ? is_new(cursor, adjacency.far_node) : 1;
        if (news < 0) {
            return graph_no_memory(cursor->graph);
        }
        if (news) {
            fill_entry(cursor, &adjacency, entry);
            return QUIRE_OK;
        }
    }
}

static int new_neighbours(quire_graph *graph, enum cursor_kind kind, uint64_t node, int direction, uint32_t type,
                          quire_graph_cursor **out)
{
    *out = NULL;
    if (direction < QUIRE_GRAPH_OUT || direction > QUIRE_GRAPH_BOTH) {
        return graph_fail(graph, QUIRE_INVALID, "there is no direction %d", direction);
    }
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = node_exists(graph, node)) != QUIRE_OK ||
        (status = cursor_new(graph, kind, out)) != QUIRE_OK) {
        return status;
    }
    (*out)->direction = direction;
    (*out)->type = type;
    return QUIRE_OK;
}

int quire_graph_neighbours(quire_graph *graph, uint64_t node, int direction, uint32_t type, int flags,
                           quire_graph_cursor **out)
{
    quire_graph_cursor *cursor;
    *out = NULL;
    if ((flags & ~QUIRE_GRAPH_DISTINCT) != 0) {
        return graph_fail(graph, QUIRE_INVALID, "neighbours: flags %d are unknown", flags);
    }
    int status = new_neighbours(graph, CURSOR_NEIGHBOURS, node, direction, type, &cursor);
    if (status != QUIRE_OK) {
        return status;
    }
    cursor->flags = flags;
    return cursor_made(cursor, neighbours_start(cursor, node), out);
}

/* ---- Expansion ---------------------------------------------------------------------------- */

static uint64_t met_at(const quire_graph_cursor *cursor, size_t index)
{
    uint64_t id;
    memcpy(&id, cursor->met.data + index * sizeof id, sizeof id);
    return id;
}

/* Notes a node as met: 1 if it is new, 0 if not, -1 if there is no memory. */
static int meet(quire_graph_cursor *cursor, uint64_t node)
{
    int news = id_set_add(cursor->graph, &cursor->seen, node);
    if (news == 1) {
        news = buffer_add(&cursor->met, &node, sizeof node) ? 1 : -1;
        cursor->count += news == 1;
    }
    return news;
}

/* Goes on with the neighbours of the next node that was met. */
static int expand_further(quire_graph_cursor *cursor)
{
    cursor->head++;
    if (cursor->head == cursor->level_end) {
        cursor->level_end = cursor->count;
        cursor->depth++;
    }
    if (cursor->head == cursor->count || cursor->depth > cursor->max_depth) {
        return QUIRE_NOT_FOUND;
    }
    return neighbours_start(cursor, met_at(cursor, cursor->head));
}

int expansion_entry(quire_graph_cursor *cursor, quire_graph_entry *entry)
{
    struct adjacency adjacency;
    for (;;) {
        int status = neighbours_next(cursor, &adjacency);
        if (status == QUIRE_NOT_FOUND) {
            status = expand_further(cursor);
            if (status == QUIRE_OK) {
                continue;
            }
        }
        if (status != QUIRE_OK) {
            return status;
        }
        int news = meet(cursor, adjacency.far_node);
        if (news < 0) {
            return graph_no_memory(cursor->graph);
        }
        if (news && cursor->max_nodes != 0 && cursor->count - 1 > cursor->max_nodes) {
            return graph_fail(cursor->graph, QUIRE_GRAPH_LIMIT, "the expansion met more than %llu nodes",
                              (unsigned long long)cursor->max_nodes);
        }
        if (news) {
            fill_entry(cursor, &adjacency, entry);
            entry->depth = cursor->depth;
            return QUIRE_OK;
        }
    }
}

int quire_graph_expand(quire_graph *graph, uint64_t start, int direction, uint32_t type, uint32_t max_depth,
                       uint64_t max_nodes, quire_graph_cursor **out)
{
    quire_graph_cursor *cursor;
    *out = NULL;
    int status = new_neighbours(graph, CURSOR_EXPANSION, start, direction, type, &cursor);
    if (status != QUIRE_OK) {
        return status;
    }
    cursor->level_end = cursor->depth = 1;
    cursor->max_depth = max_depth;
    cursor->max_nodes = max_nodes;
    cursor->ended = max_depth == 0 ? QUIRE_NOT_FOUND : QUIRE_OK;
    status = meet(cursor, start) == 1 ? neighbours_start(cursor, start) : graph_no_memory(graph);
    return cursor_made(cursor, status, out);
}
