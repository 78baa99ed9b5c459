/* The writer: making a batch, and single creates, which are batches of one. */
#include "writer.h"

void quire_graph_writer_options_init(quire_graph_writer_options *options)
{
    memset(options, 0, sizeof *options);
}

/* ---- The writer itself ------------------------------------------------------------ */

static void drafts_start(struct drafts *drafts, const quire_memory *memory)
{
    drafts->rows.memory = drafts->ends.memory = memory;
    drafts->contents.memory = drafts->content_list.memory = memory;
}

static void drafts_clear(struct drafts *drafts)
{
    drafts->count = 0;
    drafts->rows.size = drafts->ends.size = drafts->contents.size = drafts->content_list.size = 0;
}

static void drafts_free(struct drafts *drafts)
{
    buffer_free(&drafts->rows);
    buffer_free(&drafts->ends);
    buffer_free(&drafts->contents);
    buffer_free(&drafts->content_list);
}

static int writer_new(quire_graph *graph)
{
    quire_graph_writer *writer = graph_allocate(graph, sizeof *writer);
    if (!writer) {
        return graph_no_memory(graph);
    }
    const quire_memory *memory = &graph->memory;
    writer->graph = graph;
    drafts_start(&writer->nodes, memory);
    drafts_start(&writer->edges, memory);
    writer->out.memory = writer->in.memory = writer->scratch.memory = memory;
    writer->index_keys.memory = writer->index_spans.memory = writer->aliases.bytes.memory = memory;
    int status = existence_start(graph, &writer->existence, graph->edge_cache_capacity);
    if (status == QUIRE_OK) {
        status = run_start(graph, &writer->run);
    }
    if (status != QUIRE_OK) {
        writer_free(writer);
        return status;
    }
    graph->writer = writer;
    return QUIRE_OK;
}

void writer_free(quire_graph_writer *writer)
{
    quire_graph *graph = writer->graph;
    existence_free(graph, &writer->existence);
    run_free(graph, &writer->run);
    drafts_free(&writer->nodes);
    drafts_free(&writer->edges);
    aliases_free(graph, &writer->aliases);
    buffer_free(&writer->out);
    buffer_free(&writer->in);
    buffer_free(&writer->scratch);
    buffer_free(&writer->index_keys);
    buffer_free(&writer->index_spans);
    graph_release(graph, writer);
    graph->writer = NULL;
}

static int is_empty(const quire_graph_writer *writer)
{
    return writer->nodes.count == 0 && writer->edges.count == 0;
}

void writer_note_rollback(quire_graph_writer *writer)
{
    existence_clear(&writer->existence);
    writer->made_first = writer->made_end = 0;
    writer->is_stale = !is_empty(writer);
}

void writer_note_deleted(quire_graph_writer *writer, uint64_t node)
{
    existence_note(&writer->existence, node, 0);
    if (node < writer->made_first || node >= writer->made_end) {
        return;
    }
    if (node - writer->made_first < writer->made_end - node) { /* the longer part stays */
        writer->made_first = node + 1;
    } else {
        writer->made_end = node;
    }
}

int quire_graph_writer_get(quire_graph *graph, const quire_graph_writer_options *options, quire_graph_writer **out)
{
    *out = NULL;
    int status = graph->writer ? QUIRE_OK : writer_new(graph);
    if (status != QUIRE_OK) {
        return status;
    }
    quire_graph_writer *writer = graph->writer;
    if (options && !is_empty(writer)) {
        return graph_fail(graph, QUIRE_INVALID, "the writer has a batch of %zu nodes and %zu edges",
                          writer->nodes.count, writer->edges.count);
    }
    if (options && options->trusted && !options->validator) {
        return graph_fail(graph, QUIRE_INVALID, "trusted endpoints require a validator");
    }
    if (options) {
        writer->options = *options;
        writer->sort_counts.always = options->sort_always;
    }
    *out = writer;
    return QUIRE_OK;
}

/* ---- Adding ------------------------------------------------------------------------- */

/* The first row of a batch learns which ids are free. */
static int begin_row(quire_graph_writer *writer)
{
    quire_graph *graph = writer->graph;
    if (!is_empty(writer)) {
        return QUIRE_OK;
    }
    int status = graph_refresh(graph);
    writer->nodes.first = graph->state.next_node;
    writer->edges.first = graph->state.next_edge;
    return status;
}

/* Copies the long content of the properties at hand. */
static int add_contents(quire_graph *graph, struct drafts *drafts, size_t property_count)
{
    const quire_graph_property *properties = (const quire_graph_property *)(const void *)graph->property_arguments.data;
    for (size_t i = 0; i < property_count; i++) {
        const quire_graph_value *value = &properties[i].value;
        if (!value_is_long(value)) {
            continue;
        }
        struct draft_content content = {drafts->first + drafts->count, properties[i].name, drafts->contents.size,
                                        value->as.content.size};
        if (!buffer_add(&drafts->contents, value->as.content.data, content.size) ||
            !buffer_add(&drafts->content_list, &content, sizeof content)) {
            return graph_no_memory(graph);
        }
    }
    return QUIRE_OK;
}

/* Ends a row that was begun at the end of drafts->rows, or takes it back. */
static int end_row(quire_graph *graph, struct drafts *drafts, int row_was_added, size_t property_count, uint64_t *id)
{
    const quire_graph_property *properties = (const quire_graph_property *)(const void *)graph->property_arguments.data;
    size_t contents = drafts->contents.size, listed = drafts->content_list.size;
    size_t begin = drafts->count > 0 ? ((const size_t *)(const void *)drafts->ends.data)[drafts->count - 1] : 0;
    int status = row_was_added && row_add_properties(&drafts->rows, properties, property_count)
                     ? add_contents(graph, drafts, property_count)
                     : graph_no_memory(graph);
    if (status == QUIRE_OK && !buffer_add(&drafts->ends, &drafts->rows.size, sizeof drafts->rows.size)) {
        status = graph_no_memory(graph);
    }
    if (status == QUIRE_OK && drafts->first + drafts->count > ID_MAX) {
        drafts->ends.size -= sizeof drafts->rows.size;
        status = graph_fail(graph, QUIRE_INVALID, "there are no more ids");
    }
    if (status != QUIRE_OK) {
        drafts->rows.size = begin;
        drafts->contents.size = contents;
        drafts->content_list.size = listed;
        return status;
    }
    *id = drafts->first + drafts->count++;
    return QUIRE_OK;
}

int quire_graph_writer_node(quire_graph_writer *writer, const uint32_t *labels, size_t label_count,
                            const quire_graph_property *properties, size_t property_count, uint64_t *id)
{
    quire_graph *graph = writer->graph;
    size_t kept;
    int status = begin_row(writer);
    if (status != QUIRE_OK || (status = arguments_labels(graph, labels, label_count, &kept)) != QUIRE_OK ||
        (status = arguments_properties(graph, properties, property_count)) != QUIRE_OK) {
        return status;
    }
    const uint32_t *sorted = (const uint32_t *)(const void *)graph->label_arguments.data;
    return end_row(graph, &writer->nodes, row_add_labels(&writer->nodes.rows, sorted, kept), property_count, id);
}

int writer_no_endpoint(quire_graph_writer *writer, uint64_t edge, int side, uint64_t node)
{
    quire_graph *graph = writer->graph;
    (void)graph_fail(graph, QUIRE_GRAPH_NO_ENDPOINT, "the %s of edge %llu, node %llu, does not exist",
                     side == QUIRE_GRAPH_SOURCE ? "source" : "target", (unsigned long long)edge,
                     (unsigned long long)node);
    graph->fault.edge = edge;
    graph->fault.batch_index = (size_t)(edge - writer->edges.first);
    graph->fault.side = side;
    graph->fault.node = node;
    return QUIRE_GRAPH_NO_ENDPOINT;
}

int quire_graph_writer_edge(quire_graph_writer *writer, uint64_t source, uint64_t target, uint32_t type,
                            const quire_graph_property *properties, size_t property_count, uint64_t *id)
{
    quire_graph *graph = writer->graph;
    struct drafts *edges = &writer->edges;
    int status = begin_row(writer);
    if (status != QUIRE_OK || (status = argument_name(graph, QUIRE_GRAPH_EDGE_TYPE, type)) != QUIRE_OK ||
        (status = arguments_properties(graph, properties, property_count)) != QUIRE_OK) {
        return status;
    }
    if (source - 1 >= ID_MAX || target - 1 >= ID_MAX) {
        int side = source - 1 >= ID_MAX ? QUIRE_GRAPH_SOURCE : QUIRE_GRAPH_TARGET;
        return writer_no_endpoint(writer, edges->first + edges->count, side,
                                  side == QUIRE_GRAPH_SOURCE ? source : target);
    }
    struct adjacency adjacency = {source, target, edges->first + edges->count, type};
    if (!buffer_add(&writer->out, &adjacency, sizeof adjacency)) {
        return graph_no_memory(graph);
    }
    status = end_row(graph, edges, row_add_ends(&edges->rows, source, target, type), property_count, id);
    if (status != QUIRE_OK) {
        writer->out.size -= sizeof adjacency;
    }
    return status;
}

int quire_graph_writer_alias(quire_graph_writer *writer, quire_bytes alias, uint64_t node)
{
    if (node - 1 >= ID_MAX || (!alias.data && alias.size > 0)) {
        return graph_fail(writer->graph, QUIRE_INVALID, "an alias names a node, and has an address");
    }
    return alias_add(writer->graph, &writer->aliases, alias, node);
}

int quire_graph_writer_resolve(quire_graph_writer *writer, quire_bytes alias, uint64_t *node)
{
    uint64_t found = alias.data || alias.size == 0 ? alias_find(&writer->aliases, alias) : 0;
    if (found == 0) {
        return QUIRE_NOT_FOUND;
    }
    *node = found;
    return QUIRE_OK;
}

/* ---- Executing ---------------------------------------------------------------------- */

/* Whom the validator is asked about at a time. */
enum { ENDPOINTS_AT_ONCE = 256 };

int quire_graph_writer_validate(quire_graph_writer *writer)
{
    quire_graph *graph = writer->graph;
    const struct adjacency *out = writer_adjacencies(&writer->out);
    quire_graph_endpoints endpoints[ENDPOINTS_AT_ONCE];
    if (!writer->options.validator) {
        return graph_fail(graph, QUIRE_INVALID, "there is no validator");
    }
    for (size_t done = 0, count; done < writer->edges.count; done += count) {
        count = writer->edges.count - done < ENDPOINTS_AT_ONCE ? writer->edges.count - done : ENDPOINTS_AT_ONCE;
        for (size_t i = 0; i < count; i++) {
            const struct adjacency *edge = &out[done + i];
            endpoints[i] = (quire_graph_endpoints){edge->edge, edge->near_node, edge->far_node};
        }
        if (!writer->options.validator(writer->options.validator_context, endpoints, count)) {
            return graph_fail(graph, QUIRE_INVALID, "the validator does not vouch for edges %llu to %llu",
                              (unsigned long long)endpoints[0].edge, (unsigned long long)endpoints[count - 1].edge);
        }
    }
    writer->validated = writer->edges.count;
    return QUIRE_OK;
}

void quire_graph_writer_discard(quire_graph_writer *writer)
{
    drafts_clear(&writer->nodes);
    drafts_clear(&writer->edges);
    writer->out.size = 0;
    writer->is_stale = 0;
    writer->validated = 0;
    aliases_clear(&writer->aliases);
}

static void note_written(quire_graph_writer *writer)
{
    if (writer->made_end != writer->nodes.first) {
        writer->made_first = writer->nodes.first;
    }
    writer->made_end = writer->nodes.first + writer->nodes.count;
    writer->stat.batches++;
    writer->stat.nodes += writer->nodes.count;
    writer->stat.edges += writer->edges.count;
    writer->stat.trusted_edges += writer->options.trusted ? writer->edges.count : 0;
}

static int execute(quire_graph_writer *writer)
{
    quire_graph *graph = writer->graph;
    int status = graph_refresh(graph);
    if (status == QUIRE_OK && writer->is_stale) {
        status = graph_fail(graph, QUIRE_INVALID, "a write was rolled back after the batch was begun");
    }
    if (status == QUIRE_OK && !is_empty(writer) && (status = batch_write(writer)) == QUIRE_OK) {
        note_written(writer);
    }
    quire_graph_writer_discard(writer);
    return status;
}

int quire_graph_writer_execute(quire_graph_writer *writer)
{
    if (writer->options.trusted && writer->validated != writer->edges.count) {
        return graph_fail(writer->graph, QUIRE_INVALID,
                          "a batch with trusted endpoints must be validated: %zu of its %zu edges are not",
                          writer->edges.count - writer->validated, writer->edges.count);
    }
    return execute(writer);
}

void quire_graph_writer_stat_get(const quire_graph_writer *writer, quire_graph_writer_stat *stat)
{
    *stat = writer->stat;
    stat->sorts = writer->sort_counts.sorts;
    stat->sorts_saved = writer->sort_counts.saved;
    stat->pending_nodes = writer->nodes.count;
    stat->pending_edges = writer->edges.count;
    stat->pending_bytes = writer->nodes.rows.size + writer->nodes.ends.size + writer->nodes.contents.size +
                          writer->edges.rows.size + writer->edges.ends.size + writer->edges.contents.size +
                          writer->out.size + writer->aliases.bytes.size;
}

/* ---- One at a time --------------------------------------------------------------------- */

/* The writer, with no batch in it. */
static int writer_for_one(quire_graph *graph, quire_graph_writer **writer)
{
    int status = quire_graph_writer_get(graph, NULL, writer);
    if (status == QUIRE_OK && !is_empty(*writer)) {
        return graph_fail(graph, QUIRE_INVALID, "the writer has a batch of %zu nodes and %zu edges: execute it first",
                          (*writer)->nodes.count, (*writer)->edges.count);
    }
    return status;
}

/* A row alone is looked at like any other: nobody has vouched for it. */
static int execute_one(quire_graph_writer *writer, int status, uint64_t made, uint64_t *id)
{
    int trusted = writer->options.trusted;
    writer->options.trusted = 0;
    if (status == QUIRE_OK) {
        status = execute(writer);
    }
    writer->options.trusted = trusted;
    if (status == QUIRE_OK) {
        *id = made;
    }
    return status;
}

int quire_graph_node_create(quire_graph *graph, const uint32_t *labels, size_t label_count,
                            const quire_graph_property *properties, size_t property_count, uint64_t *id)
{
    quire_graph_writer *writer;
    uint64_t made = 0;
    int status = writer_for_one(graph, &writer);
    if (status != QUIRE_OK) {
        return status;
    }
    status = quire_graph_writer_node(writer, labels, label_count, properties, property_count, &made);
    return execute_one(writer, status, made, id);
}

int quire_graph_edge_create(quire_graph *graph, uint64_t source, uint64_t target, uint32_t type,
                            const quire_graph_property *properties, size_t property_count, uint64_t *id)
{
    quire_graph_writer *writer;
    uint64_t made = 0;
    int status = writer_for_one(graph, &writer);
    if (status != QUIRE_OK) {
        return status;
    }
    status = quire_graph_writer_edge(writer, source, target, type, properties, property_count, &made);
    return execute_one(writer, status, made, id);
}
