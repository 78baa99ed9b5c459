/*
 * A batch on its way into the trees: endpoints first, for which only reads are
 * needed, then one ascending run for each tree, under one savepoint.
 */
#include "writer.h"

/* ---- Endpoints ---------------------------------------------------------------------- */

/* The endpoint that is missing and comes first in the order of the batch: edge 0 stands for none. */
struct missing {
    uint64_t edge, node;
    int side;
};

/*
 * 1 exists, 0 does not, -1 not known. Ids that are still to be given belong to no
 * node, so that none of them enters the cache before its node is made.
 */
static int is_known(quire_graph_writer *writer, uint64_t node)
{
    if (writer->existence.capacity == 0) {
        return -1;
    }
    if (node >= writer->graph->state.next_node) {
        return 0;
    }
    if (node >= writer->made_first && node < writer->made_end) {
        return 1;
    }
    return existence_look(&writer->existence, node);
}

static int endpoint_exists(quire_graph_writer *writer, uint64_t node, int *exists)
{
    if (drafts_have(&writer->nodes, node)) {
        writer->stat.batch_endpoints++;
        *exists = 1;
        return QUIRE_OK;
    }
    *exists = is_known(writer, node);
    if (*exists >= 0) {
        writer->stat.cache_hits++;
        return QUIRE_OK;
    }
    writer->stat.cache_misses++;
    int status = node_look(writer->graph, writer->looks, node);
    if (status != QUIRE_OK && status != QUIRE_NOT_FOUND) {
        return status;
    }
    *exists = status == QUIRE_OK;
    existence_note(&writer->existence, node, *exists);
    return QUIRE_OK;
}

/* Looks at the near nodes of a sorted list: those of equal id stand together, and the looks go forward in the tree. */
static int check_side(quire_graph_writer *writer, const struct buffer *list, int side, struct missing *missing)
{
    const struct adjacency *edges = writer_adjacencies(list);
    for (size_t i = 0; i < writer->edges.count; i++) {
        int exists;
        int status = endpoint_exists(writer, edges[i].near_node, &exists);
        if (status != QUIRE_OK) {
            return status;
        }
        if (!exists && (missing->edge == 0 || edges[i].edge < missing->edge)) {
            *missing = (struct missing){edges[i].edge, edges[i].near_node, side};
        }
    }
    return QUIRE_OK;
}

static int check_endpoints(quire_graph_writer *writer)
{
    struct missing missing = {0, 0, 0};
    int status = part_cursor(writer->graph, PART_NODES, (quire_bytes){NULL, 0}, &writer->looks);
    if (status != QUIRE_OK) {
        return status;
    }
    status = check_side(writer, &writer->out, QUIRE_GRAPH_SOURCE, &missing);
    if (status == QUIRE_OK) {
        status = check_side(writer, &writer->in, QUIRE_GRAPH_TARGET, &missing);
    }
    quire_cursor_close(writer->looks);
    return status == QUIRE_OK && missing.edge != 0
               ? writer_no_endpoint(writer, missing.edge, missing.side, missing.node)
               : status;
}

/* Makes both lists of adjacencies, sorted. The second begins in the order of the first, which is half of its own. */
static int sort_edges(quire_graph_writer *writer)
{
    size_t count = writer->edges.count;
    writer->in.size = writer->scratch.size = 0;
    if (!buffer_reserve(&writer->in, count * sizeof(struct adjacency)) ||
        !buffer_reserve(&writer->scratch, count * sizeof(struct adjacency))) {
        return graph_no_memory(writer->graph);
    }
    struct adjacency *out = writer_adjacencies(&writer->out), *in = writer_adjacencies(&writer->in);
    adjacencies_sort(out, writer_adjacencies(&writer->scratch), count, &writer->sort_counts);
    for (size_t i = 0; i < count; i++) {
        in[i] = (struct adjacency){out[i].far_node, out[i].near_node, out[i].edge, out[i].type};
    }
    adjacencies_sort(in, writer_adjacencies(&writer->scratch), count, &writer->sort_counts);
    return QUIRE_OK;
}

/* ---- Rows ------------------------------------------------------------------------------ */

static int write_rows(quire_graph_writer *writer, enum part part, const struct drafts *drafts)
{
    int status = QUIRE_OK;
    for (size_t i = 0; i < drafts->count && status == QUIRE_OK; i++) {
        struct key key = {0};
        key_add_integer(&key, drafts->first + i);
        status = run_add(writer->graph, part, &writer->run, key_bytes(&key), draft_row(drafts, i));
    }
    return status == QUIRE_OK ? run_write(writer->graph, part, &writer->run) : status;
}

static int write_contents(quire_graph_writer *writer, int owner, const struct drafts *drafts)
{
    const struct draft_content *list = (const struct draft_content *)(const void *)drafts->content_list.data;
    size_t count = drafts->content_list.size / sizeof *list;
    int status = QUIRE_OK;
    for (size_t i = 0; i < count && status == QUIRE_OK; i++) {
        struct key key;
        content_key(owner, list[i].id, list[i].property, &key);
        quire_bytes content = {drafts->contents.data + list[i].offset, list[i].size};
        status = run_add(writer->graph, PART_VALUES, &writer->run, key_bytes(&key), content);
    }
    return status == QUIRE_OK ? run_write(writer->graph, PART_VALUES, &writer->run) : status;
}

/* ---- Labels ------------------------------------------------------------------------------ */

/* Gathers (label, node) of the batch, in buffers that the property indexes use after it. */
static int gather_labels(quire_graph_writer *writer)
{
    writer->index_keys.size = 0;
    for (size_t i = 0; i < writer->nodes.count; i++) {
        struct row row;
        (void)row_decode_node(draft_row(&writer->nodes, i), &row);
        struct label_entry entry = {0, writer->nodes.first + i};
        while (row_next_label(&row.labels, &entry.label)) {
            if (!buffer_add(&writer->index_keys, &entry, sizeof entry)) {
                return graph_no_memory(writer->graph);
            }
        }
    }
    writer->index_spans.size = 0;
    return buffer_reserve(&writer->index_spans, writer->index_keys.size) ? QUIRE_OK : graph_no_memory(writer->graph);
}

static int write_labels(quire_graph_writer *writer)
{
    int status = gather_labels(writer);
    struct label_entry *entries = (struct label_entry *)(void *)writer->index_keys.data;
    size_t count = writer->index_keys.size / sizeof *entries;
    if (status == QUIRE_OK) {
        label_entries_sort(entries, (struct label_entry *)(void *)writer->index_spans.data, count,
                           &writer->sort_counts);
    }
    for (size_t i = 0; i < count && status == QUIRE_OK; i++) {
        struct key key;
        label_key(entries[i].label, entries[i].node, &key);
        status = run_add(writer->graph, PART_LABELS, &writer->run, key_bytes(&key), (quire_bytes){NULL, 0});
    }
    return status == QUIRE_OK ? run_write(writer->graph, PART_LABELS, &writer->run) : status;
}

/* ---- Property indexes ---------------------------------------------------------------------- */

static int draft_content_of(void *context, uint64_t node, const quire_graph_property *property, quire_bytes *content)
{
    const quire_graph_writer *writer = context;
    const struct draft_content *list = (const struct draft_content *)(const void *)writer->nodes.content_list.data;
    size_t low = 0, high = writer->nodes.content_list.size / sizeof *list;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int is_before = list[middle].id != node ? list[middle].id < node : list[middle].property < property->name;
        low = is_before ? middle + 1 : low;
        high = is_before ? high : middle;
    }
    *content = (quire_bytes){writer->nodes.contents.data + list[low].offset, list[low].size};
    return QUIRE_OK;
}

static int add_index_entry(void *context, const struct index *index)
{
    (void)index;
    quire_graph_writer *writer = context;
    const struct buffer *key = &writer->graph->key;
    struct span span = {writer->index_keys.size, key->size};
    if (!buffer_add(&writer->index_keys, key->data, key->size) ||
        !buffer_add(&writer->index_spans, &span, sizeof span)) {
        return graph_no_memory(writer->graph);
    }
    return QUIRE_OK;
}

static int write_index(quire_graph_writer *writer)
{
    quire_graph *graph = writer->graph;
    int status = QUIRE_OK;
    writer->index_keys.size = writer->index_spans.size = 0;
    for (size_t i = 0; i < writer->nodes.count && graph->state.indexes > 0 && status == QUIRE_OK; i++) {
        struct row row;
        (void)row_decode_node(draft_row(&writer->nodes, i), &row);
        status = index_entries(graph, writer->nodes.first + i, &row, draft_content_of, writer, add_index_entry, writer);
    }
    struct span *spans = (struct span *)(void *)writer->index_spans.data;
    size_t count = writer->index_spans.size / sizeof *spans;
    if (status != QUIRE_OK || count == 0) {
        return status;
    }
    return spans_write(graph, PART_INDEX, &writer->run, &writer->index_keys, spans, count, &writer->sort_counts);
}

/* ---- Adjacency and degrees --------------------------------------------------------------------- */

static int write_adjacencies(quire_graph_writer *writer, enum part part, const struct buffer *list)
{
    const struct adjacency *edges = writer_adjacencies(list);
    int status = QUIRE_OK;
    for (size_t i = 0; i < writer->edges.count && status == QUIRE_OK; i++) {
        struct key key;
        adjacency_key(&edges[i], &key);
        status = run_add(writer->graph, part, &writer->run, key_bytes(&key), (quire_bytes){NULL, 0});
    }
    return status == QUIRE_OK ? run_write(writer->graph, part, &writer->run) : status;
}

/* A node that came with this batch had no edges before it. */
static int add_degree(quire_graph_writer *writer, uint64_t node, int way, uint32_t type, uint64_t more)
{
    quire_graph *graph = writer->graph;
    struct key key;
    uint8_t value[INTEGER_SIZE_MAX];
    uint64_t before = 0;
    int status =
        drafts_have(&writer->nodes, node) ? QUIRE_OK : degree_look(graph, writer->looks, node, way, type, &before);
    if (status != QUIRE_OK) {
        return status;
    }
    degree_key(node, way, type, &key);
    quire_bytes count = {value, integer_put(value, before + more)};
    return run_add_copied(graph, PART_DEGREES, &writer->run, key_bytes(&key), count);
}

/* Counts the edges of one node, type by type. */
static int add_degrees(quire_graph_writer *writer, const struct adjacency *edges, size_t count, int way)
{
    int status = QUIRE_OK;
    for (size_t i = 0, end; i < count && status == QUIRE_OK; i = end) {
        uint64_t found = 0;
        for (end = i; end < count && edges[end].type == edges[i].type; end++) {
            found += way != WAY_LOOP || edges[end].far_node == edges[end].near_node;
        }
        status = found > 0 ? add_degree(writer, edges[i].near_node, way, edges[i].type, found) : QUIRE_OK;
    }
    return status;
}

/* The first edge behind those of edges[from].near_node. */
static size_t node_end(const struct adjacency *edges, size_t from, size_t count)
{
    size_t end = from;
    while (end < count && edges[end].near_node == edges[from].near_node) {
        end++;
    }
    return end;
}

static int write_degrees(quire_graph_writer *writer)
{
    const struct adjacency *out = writer_adjacencies(&writer->out), *in = writer_adjacencies(&writer->in);
    size_t count = writer->edges.count, i = 0, j = 0;
    int status = part_cursor(writer->graph, PART_DEGREES, (quire_bytes){NULL, 0}, &writer->looks);
    if (status != QUIRE_OK) {
        return status;
    }
    while (status == QUIRE_OK && (i < count || j < count)) {
        int has_out = j == count || (i < count && out[i].near_node <= in[j].near_node);
        int has_in = i == count || (j < count && in[j].near_node <= out[i].near_node);
        size_t out_end = has_out ? node_end(out, i, count) : i, in_end = has_in ? node_end(in, j, count) : j;
        status = add_degrees(writer, out + i, out_end - i, WAY_OUT);
        if (status == QUIRE_OK) {
            status = add_degrees(writer, in + j, in_end - j, WAY_IN);
        }
        if (status == QUIRE_OK) {
            status = add_degrees(writer, out + i, out_end - i, WAY_LOOP);
        }
        i = out_end;
        j = in_end;
    }
    quire_cursor_close(writer->looks);
    return status == QUIRE_OK ? run_write(writer->graph, PART_DEGREES, &writer->run) : status;
}

/* ---- All of it --------------------------------------------------------------------------------- */

static int write_nodes(quire_graph_writer *writer)
{
    int status = write_rows(writer, PART_NODES, &writer->nodes);
    if (status == QUIRE_OK) {
        status = write_contents(writer, OWNER_NODE, &writer->nodes);
    }
    if (status == QUIRE_OK) {
        status = write_labels(writer);
    }
    return status == QUIRE_OK ? write_index(writer) : status;
}

static int write_edges(quire_graph_writer *writer)
{
    int status = write_rows(writer, PART_EDGES, &writer->edges);
    if (status == QUIRE_OK) {
        status = write_contents(writer, OWNER_EDGE, &writer->edges);
    }
    if (status == QUIRE_OK) {
        status = write_adjacencies(writer, PART_OUT, &writer->out);
    }
    if (status == QUIRE_OK) {
        status = write_adjacencies(writer, PART_IN, &writer->in);
    }
    return status == QUIRE_OK ? write_degrees(writer) : status;
}

int batch_write(quire_graph_writer *writer)
{
    quire_graph *graph = writer->graph;
    uint32_t savepoint;
    int status = sort_edges(writer);
    if (status == QUIRE_OK && !writer->options.trusted) {
        status = check_endpoints(writer);
    }
    if (status != QUIRE_OK || (status = write_begin(graph, &savepoint)) != QUIRE_OK) {
        return status;
    }
    writer->run.count = writer->run.used_bytes = 0;
    status = write_nodes(writer);
    if (status == QUIRE_OK && writer->edges.count > 0) {
        status = write_edges(writer);
    }
    graph->state.next_node += writer->nodes.count;
    graph->state.next_edge += writer->edges.count;
    graph->state.nodes += writer->nodes.count;
    graph->state.edges += writer->edges.count;
    return write_end(graph, savepoint, status);
}
