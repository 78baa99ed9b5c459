/*
 * Deleting edges and nodes. A node's edges are deleted as its two lists are
 * walked, one at a time, so that their number does not matter; the lists
 * themselves go at the end, by prefix.
 */
#include "graph.h"

/* Deletes a record that must be there. */
static int delete_mate(quire_graph *graph, enum part part, const char *rule, const struct adjacency *adjacency)
{
    struct key key;
    adjacency_key(adjacency, &key);
    int status = part_delete(graph, part, key_bytes(&key));
    return status == QUIRE_NOT_FOUND ? graph_corrupt(graph, rule, 0, adjacency->edge, "node %llu does not list it",
                                                     (unsigned long long)adjacency->near_node)
                                     : status;
}

static int delete_edge_row(quire_graph *graph, uint64_t edge, const struct row *row)
{
    struct key key = {0};
    int status = content_delete(graph, OWNER_EDGE, edge, row);
    key_add_integer(&key, edge);
    return status == QUIRE_OK ? part_delete(graph, PART_EDGES, key_bytes(&key)) : status;
}

static struct adjacency turned(const struct adjacency *adjacency)
{
    return (struct adjacency){adjacency->far_node, adjacency->near_node, adjacency->edge, adjacency->type};
}

/* ---- One edge ---------------------------------------------------------------------- */

static int delete_edge(quire_graph *graph, uint64_t id, const struct row *row)
{
    struct adjacency out = {row->source, row->target, id, row->type}, in = turned(&out);
    int status = delete_mate(graph, PART_OUT, "G6", &out);
    if (status == QUIRE_OK) {
        status = delete_mate(graph, PART_IN, "G7", &in);
    }
    if (status == QUIRE_OK) {
        status = degree_take(graph, out.near_node, WAY_OUT, out.type, 1);
    }
    if (status == QUIRE_OK) {
        status = degree_take(graph, in.near_node, WAY_IN, in.type, 1);
    }
    if (status == QUIRE_OK && out.near_node == in.near_node) {
        status = degree_take(graph, out.near_node, WAY_LOOP, out.type, 1);
    }
    return status == QUIRE_OK ? delete_edge_row(graph, id, row) : status;
}

int quire_graph_edge_delete(quire_graph *graph, uint64_t id)
{
    struct row row;
    uint32_t savepoint;
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = edge_load(graph, id, &row)) != QUIRE_OK ||
        (status = write_begin(graph, &savepoint)) != QUIRE_OK) {
        return status;
    }
    status = delete_edge(graph, id, &row);
    graph->state.edges--;
    return write_end(graph, savepoint, status);
}

/* ---- All edges of a node --------------------------------------------------------------- */

/* One of a node's two lists on its way out. Far nodes of equal id stand together, so their degrees change once. */
struct clearing {
    quire_graph *graph;
    uint64_t node, edges;
    int is_out;
    uint64_t far_node, far_edges; /* the far node at hand, and its edges so far, of one type */
    uint32_t far_type;
};

static int settle_far_node(struct clearing *clearing)
{
    uint64_t count = clearing->far_edges;
    clearing->far_edges = 0;
    if (count == 0 || clearing->far_node == clearing->node) {
        return QUIRE_OK;
    }
    return degree_take(clearing->graph, clearing->far_node, clearing->is_out ? WAY_IN : WAY_OUT, clearing->far_type,
                       count);
}

static int clear_edge(struct clearing *clearing, const struct adjacency *edge)
{
    quire_graph *graph = clearing->graph;
    const char *rule = clearing->is_out ? "G6" : "G7", *mate_rule = clearing->is_out ? "G7" : "G6";
    struct adjacency mate = turned(edge);
    struct row row = {0};
    int status = edge_load(graph, edge->edge, &row);
    uint64_t near_node = clearing->is_out ? row.source : row.target;
    uint64_t far_node = clearing->is_out ? row.target : row.source;
    if (status == QUIRE_NOT_FOUND || (status == QUIRE_OK && (near_node != edge->near_node ||
                                                             far_node != edge->far_node || row.type != edge->type))) {
        return graph_corrupt(graph, rule, 0, edge->edge, "node %llu lists it, and its row does not say so",
                             (unsigned long long)edge->near_node);
    }
    if (status != QUIRE_OK || (status = delete_edge_row(graph, edge->edge, &row)) != QUIRE_OK ||
        (status = delete_mate(graph, clearing->is_out ? PART_IN : PART_OUT, mate_rule, &mate)) != QUIRE_OK) {
        return status;
    }
    if (edge->far_node != clearing->far_node || edge->type != clearing->far_type) {
        status = settle_far_node(clearing);
    }
    clearing->far_node = edge->far_node;
    clearing->far_type = edge->type;
    clearing->far_edges++;
    clearing->edges++;
    return status;
}

static int clear_list(struct clearing *clearing, enum part part, quire_bytes prefix)
{
    quire_graph *graph = clearing->graph;
    struct adjacency edge;
    quire_cursor *cursor;
    quire_bytes key;
    clearing->is_out = part == PART_OUT;
    int status = part_cursor(graph, part, prefix, &cursor);
    while (status == QUIRE_OK && (status = graph_engine(graph, quire_cursor_next(cursor, &key, NULL))) == QUIRE_OK) {
        status = adjacency_decode(key, &edge) ? clear_edge(clearing, &edge)
                                              : graph_corrupt(graph, clearing->is_out ? "G6" : "G7", clearing->node, 0,
                                                              "an entry of its neighbours is damaged");
    }
    quire_cursor_close(cursor);
    if (status != QUIRE_NOT_FOUND || (status = settle_far_node(clearing)) != QUIRE_OK) {
        return status;
    }
    return part_delete_prefix(graph, part, prefix, NULL);
}

static int clear_edges(quire_graph *graph, uint64_t node, uint64_t *edges)
{
    struct clearing clearing = {.graph = graph, .node = node};
    struct key prefix = {0};
    key_add_integer(&prefix, node);
    int status = clear_list(&clearing, PART_OUT, key_bytes(&prefix));
    if (status == QUIRE_OK) {
        status = clear_list(&clearing, PART_IN, key_bytes(&prefix));
    }
    if (status == QUIRE_OK) {
        status = part_delete_prefix(graph, PART_DEGREES, key_bytes(&prefix), NULL);
    }
    *edges = clearing.edges;
    return status;
}

/* ---- A node ------------------------------------------------------------------------------- */

static int refuse_edges(quire_graph *graph, uint64_t node)
{
    int has_out, has_in = 0;
    struct key prefix = {0};
    key_add_integer(&prefix, node);
    int status = part_has_prefix(graph, PART_OUT, key_bytes(&prefix), &has_out);
    if (status == QUIRE_OK) {
        status = part_has_prefix(graph, PART_IN, key_bytes(&prefix), &has_in);
    }
    if (status == QUIRE_OK && (has_out || has_in)) {
        (void)graph_fail(graph, QUIRE_GRAPH_HAS_EDGES, "node %llu has edges", (unsigned long long)node);
        graph->fault.node = node;
        return QUIRE_GRAPH_HAS_EDGES;
    }
    return status;
}

struct removal {
    quire_graph *graph;
    uint64_t node;
};

static int delete_index_entry(void *context, const struct index *index)
{
    const struct removal *removal = context;
    return index_take(removal->graph, index, buffer_bytes(&removal->graph->key), removal->node);
}

static int delete_labels(quire_graph *graph, uint64_t node, const struct row *row)
{
    int status = QUIRE_OK;
    uint32_t label;
    for (quire_bytes rest = row->labels; status == QUIRE_OK && row_next_label(&rest, &label);) {
        status = label_take(graph, label, node);
    }
    return status;
}

static int delete_node_row(quire_graph *graph, uint64_t node)
{
    struct removal removal = {graph, node};
    struct key key = {0};
    struct row row;
    int status = node_load(graph, node, &row);
    if (status != QUIRE_OK || (status = delete_labels(graph, node, &row)) != QUIRE_OK ||
        (status = index_entries(graph, node, &row, content_of_node, graph, delete_index_entry, &removal)) != QUIRE_OK ||
        (status = content_delete(graph, OWNER_NODE, node, &row)) != QUIRE_OK) {
        return status;
    }
    key_add_integer(&key, node);
    return part_delete(graph, PART_NODES, key_bytes(&key));
}

int quire_graph_node_delete(quire_graph *graph, uint64_t id, int mode, uint64_t *edges)
{
    uint64_t deleted = 0;
    uint32_t savepoint;
    struct row row;
    if (mode != QUIRE_GRAPH_RESTRICT && mode != QUIRE_GRAPH_CASCADE) {
        return graph_fail(graph, QUIRE_INVALID, "node delete: mode %d is unknown", mode);
    }
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = node_load(graph, id, &row)) != QUIRE_OK ||
        (mode == QUIRE_GRAPH_RESTRICT && (status = refuse_edges(graph, id)) != QUIRE_OK) ||
        (status = write_begin(graph, &savepoint)) != QUIRE_OK) {
        return status;
    }
    status = mode == QUIRE_GRAPH_CASCADE ? clear_edges(graph, id, &deleted) : QUIRE_OK;
    if (status == QUIRE_OK) {
        status = delete_node_row(graph, id);
    }
    graph->state.nodes--;
    graph->state.edges -= deleted;
    status = write_end(graph, savepoint, status);
    if (status == QUIRE_OK && graph->writer) {
        writer_note_deleted(graph->writer, id);
    }
    if (status == QUIRE_OK && edges) {
        *edges = deleted;
    }
    return status;
}
