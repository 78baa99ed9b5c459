/* Steps of a graph and its model: each is foretold by the model, then done. */
#include "graph_world.h"

#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "graph_compare.h"

/* Fewer than a large world has. A larger cache would only be made and thrown away. */
enum { CACHE_PAGES = 96 };

/* ---- Opening ------------------------------------------------------------------- */

static quire_graph *open_graph(struct graph_world *w, quire_txn *txn)
{
    quire_graph *graph = NULL;
    quire_graph_options options;
    quire_graph_options_init(&options);
    options.edge_cache_capacity = w->cache_capacity;
    EXPECT_OK(w, quire_graph_open(w->db, txn, NULL, &options, &graph));
    return graph;
}

static void begin(struct graph_world *w)
{
    EXPECT_OK(w, quire_begin(w->db, QUIRE_WRITE, &w->txn));
    w->graph = open_graph(w, w->txn);
    w->savepoint_count = 0;
    w->cursor = NULL;
}

static void end(struct graph_world *w)
{
    quire_graph_close(w->graph);
    w->graph = NULL;
    w->cursor = NULL;
}

static void open_database(struct graph_world *w)
{
    quire_options options;
    quire_options_init(&options);
    options.page_size = (uint32_t)w->page_size;
    options.vfs = w->vfs;
    options.cache_bytes = w->page_size * CACHE_PAGES;
    options.pinned_bytes = (size_t)64 << 20;
    EXPECT_OK(w, quire_open("graph", &options, &w->db));
    begin(w);
}

static void make_names(struct graph_world *w)
{
    static const int counts[4] = {0, GRAPH_LABELS, GRAPH_TYPES, GRAPH_PROPERTIES};
    for (int kind = 1; kind <= 3; kind++) {
        for (int i = 0; i < counts[kind]; i++) {
            uint8_t name[2] = {(uint8_t)('a' + i), (uint8_t)kind};
            uint32_t id = 0;
            EXPECT_OK(w, quire_graph_name_make(w->graph, kind, (quire_bytes){name, 2}, &id));
            EXPECT_EQUAL(id, i + 1);
        }
    }
}

/* The names made are there, and no other. */
static void expect_names(struct graph_world *w)
{
    static const uint32_t counts[4] = {0, GRAPH_LABELS, GRAPH_TYPES, GRAPH_PROPERTIES};
    for (int kind = 1; kind <= 3; kind++) {
        uint8_t name[2] = {(uint8_t)('a' + counts[kind] - 1), (uint8_t)kind};
        quire_bytes found;
        uint32_t id = 0;
        EXPECT_OK(w, quire_graph_name_find(w->graph, kind, (quire_bytes){name, 2}, &id));
        EXPECT_EQUAL(id, counts[kind]);
        EXPECT_OK(w, quire_graph_name_get(w->graph, kind, id, &found));
        EXPECT(found.size == 2 && memcmp(found.data, name, 2) == 0);
        EXPECT_STATUS(w, quire_graph_name_find(w->graph, kind, (quire_bytes){name, 1}, &id), QUIRE_NOT_FOUND);
        EXPECT_STATUS(w, quire_graph_name_get(w->graph, kind, counts[kind] + 1, &found), QUIRE_NOT_FOUND);
    }
}

/* The graph goes with all its trees; what is left is a healthy database. Rolled back with the transaction. */
static void drop_graph(struct graph_world *w)
{
    quire_graph_close(w->graph);
    w->graph = NULL;
    w->cursor = NULL;
    EXPECT_OK(w, quire_graph_drop(w->db, w->txn, NULL));
    EXPECT_STATUS(w, quire_graph_drop(w->db, w->txn, NULL), QUIRE_NOT_FOUND);
    EXPECT_OK(w, quire_check(w->txn, NULL, NULL, NULL, NULL));
}

void graph_world_open(struct graph_world *w, size_t page_size, uint8_t cache)
{
    static const size_t capacities[4] = {64, 0, 3, 16};
    memset(w, 0, sizeof *w);
    w->page_size = page_size;
    w->cache_capacity = capacities[cache % 4u];
    w->drops = cache >= 128;
    w->model.next_node = w->model.next_edge = 1;
    EXPECT_OK(w, quire_vfs_memory_new(1, &w->vfs));
    open_database(w);
    make_names(w);
    graph_world_commit(w);
}

static void end_reader(struct graph_world *w)
{
    if (w->reader) {
        quire_graph_close(w->seen_graph);
        quire_rollback(w->reader);
        w->reader = NULL;
        w->seen_graph = NULL;
    }
}

void graph_world_close(struct graph_world *w)
{
    expect_names(w);
    end_reader(w);
    if (w->drops)
        drop_graph(w);
    end(w);
    quire_rollback(w->txn);
    EXPECT_OK(w, quire_close(w->db));
    digest_file(w->vfs, "graph");
    quire_vfs_memory_free(w->vfs);
}

void graph_world_commit(struct graph_world *w)
{
    end(w);
    EXPECT_OK(w, quire_commit(w->txn));
    w->committed = w->model;
    begin(w);
}

static void roll_back(struct graph_world *w)
{
    end(w);
    quire_rollback(w->txn);
    w->model = w->committed;
    begin(w);
}

void graph_world_reopen(struct graph_world *w)
{
    end_reader(w);
    end(w);
    quire_rollback(w->txn);
    w->model = w->committed;
    EXPECT_OK(w, quire_close(w->db));
    open_database(w);
}

static void toggle_reader(struct graph_world *w)
{
    if (w->reader) {
        end_reader(w);
        return;
    }
    EXPECT_OK(w, quire_begin(w->db, QUIRE_READ, &w->reader));
    w->seen_graph = open_graph(w, w->reader);
    w->seen = w->committed;
}

static void savepoint(struct graph_world *w)
{
    if (w->savepoint_count == GRAPH_SAVEPOINTS)
        return;
    EXPECT_OK(w, quire_savepoint(w->txn, &w->savepoints[w->savepoint_count].id));
    w->savepoints[w->savepoint_count++].model = w->model;
}

static void roll_back_to(struct graph_world *w, uint8_t which)
{
    if (w->savepoint_count == 0)
        return;
    size_t at = which % w->savepoint_count;
    EXPECT_OK(w, quire_rollback_to(w->txn, w->savepoints[at].id));
    w->model = w->savepoints[at].model;
    w->savepoint_count = at + 1;
}

/* ---- Arguments ------------------------------------------------------------------- */

enum { ANY_ID = 252 };

/* A node's id: one that exists, or by a high byte any of those given and two that are to come. */
static uint64_t read_node(const struct graph_world *w, struct input *input)
{
    uint8_t byte = input_u8(input);
    uint64_t count = w->model.next_node + 1, id = byte % count;
    for (uint64_t i = 0; byte < ANY_ID && i < count && !graph_has_node(&w->model, id + 1); i++)
        id = (id + 1) % count;
    return id + 1;
}

static uint64_t read_edge(const struct graph_world *w, struct input *input)
{
    uint8_t byte = input_u8(input);
    uint64_t count = w->model.next_edge + 1, id = byte % count;
    for (uint64_t i = 0; byte < ANY_ID && i < count && !graph_has_edge(&w->model, id + 1); i++)
        id = (id + 1) % count;
    return id + 1;
}

/* Codes of properties: a byte says which are there. */
static void read_properties(struct input *input, uint8_t which, uint8_t codes[GRAPH_PROPERTIES])
{
    for (size_t i = 0; i < GRAPH_PROPERTIES; i++)
        codes[i] = which >> i & 1 ? graph_value_code(input_u8(input)) : GRAPH_ABSENT;
}

/* From the last to the first, so that the library has to sort them. */
static size_t list_properties(const uint8_t codes[GRAPH_PROPERTIES], quire_graph_property *properties)
{
    size_t count = 0;
    for (size_t i = GRAPH_PROPERTIES; i-- > 0;) {
        if (codes[i] != GRAPH_ABSENT)
            properties[count++] = (quire_graph_property){(uint32_t)i + 1, graph_value(codes[i])};
    }
    return count;
}

static size_t list_labels(uint8_t mask, uint32_t labels[GRAPH_LABELS])
{
    size_t count = 0;
    for (uint32_t i = GRAPH_LABELS; i-- > 0;) {
        if (mask >> i & 1)
            labels[count++] = i + 1;
    }
    return count;
}

/* ---- Creating --------------------------------------------------------------------- */

static struct model_node read_new_node(struct input *input)
{
    struct model_node node = {1, 0, {0}};
    uint8_t what = input_u8(input);
    node.labels = what % 8u;
    read_properties(input, what / 8u, node.properties);
    return node;
}

static struct model_edge read_new_edge(const struct graph_world *w, struct input *input)
{
    struct model_edge edge = {1, 0, 0, 0, {0}};
    edge.source = (uint8_t)read_node(w, input);
    edge.target = (uint8_t)read_node(w, input);
    uint8_t what = input_u8(input);
    edge.type = (uint8_t)(1 + what % GRAPH_TYPES);
    read_properties(input, what / 16u % 8u & 5u, edge.properties);
    return edge;
}

/* The status that the model foretells: with `after` if all is well, else nothing changes. */
static int settle(struct graph_world *w, const struct graph_model *after)
{
    if (graph_model_breaks_index(after, quire_graph_index_content_max(w->graph)))
        return QUIRE_INVALID;
    w->model = *after;
    return QUIRE_OK;
}

static void create_node(struct graph_world *w, struct input *input)
{
    struct graph_model after = w->model;
    struct model_node node = read_new_node(input);
    quire_graph_property properties[GRAPH_PROPERTIES];
    uint32_t labels[GRAPH_LABELS];
    uint64_t id = 0, expected = after.next_node;
    if (expected > GRAPH_NODES)
        return;
    after.nodes[after.next_node++] = node;
    int wanted = settle(w, &after);
    size_t property_count = list_properties(node.properties, properties);
    EXPECT_STATUS(
        w, quire_graph_node_create(w->graph, labels, list_labels(node.labels, labels), properties, property_count, &id),
        wanted);
    EXPECT_EQUAL(id, wanted == QUIRE_OK ? expected : 0);
}

static void create_edge(struct graph_world *w, struct input *input)
{
    struct model_edge edge = read_new_edge(w, input);
    quire_graph_property properties[GRAPH_PROPERTIES];
    uint64_t id = 0;
    if (w->model.next_edge > GRAPH_EDGES)
        return;
    int no_source = !graph_has_node(&w->model, edge.source), no_target = !graph_has_node(&w->model, edge.target);
    int wanted = no_source || no_target ? QUIRE_GRAPH_NO_ENDPOINT : QUIRE_OK;
    size_t count = list_properties(edge.properties, properties);
    EXPECT_STATUS(w, quire_graph_edge_create(w->graph, edge.source, edge.target, edge.type, properties, count, &id),
                  wanted);
    if (wanted != QUIRE_OK) {
        const quire_graph_fault *fault = quire_graph_fault_get(w->graph);
        EXPECT_EQUAL(fault->edge, w->model.next_edge);
        EXPECT_EQUAL(fault->side, no_source ? QUIRE_GRAPH_SOURCE : QUIRE_GRAPH_TARGET);
        EXPECT_EQUAL(fault->node, no_source ? edge.source : edge.target);
        return;
    }
    EXPECT_EQUAL(id, w->model.next_edge);
    w->model.edges[w->model.next_edge++] = edge;
}

static int vouch(void *context, const quire_graph_endpoints *edges, size_t count)
{
    const struct graph_model *after = context;
    for (size_t i = 0; i < count; i++) {
        if (!graph_has_node(after, edges[i].source) || !graph_has_node(after, edges[i].target))
            return 0;
    }
    return 1;
}

/* A node is also known by its own bytes until the batch ends. */
static void expect_alias(struct graph_world *w, quire_graph_writer *writer, uint64_t id)
{
    uint8_t name[2] = {(uint8_t)id, 'n'};
    uint64_t found = 0;
    EXPECT_STATUS(w, quire_graph_writer_resolve(writer, (quire_bytes){name, 2}, &found), QUIRE_NOT_FOUND);
    EXPECT_OK(w, quire_graph_writer_alias(writer, (quire_bytes){name, 2}, id));
    EXPECT_STATUS(w, quire_graph_writer_alias(writer, (quire_bytes){name, 2}, id), QUIRE_EXISTS);
    EXPECT_OK(w, quire_graph_writer_resolve(writer, (quire_bytes){name, 2}, &found));
    EXPECT_EQUAL(found, id);
}

static void add_batch(struct graph_world *w, struct input *input, struct graph_model *after, quire_graph_writer *writer)
{
    uint8_t nodes = input_u8(input) % 8u, edges = input_u8(input) % 24u;
    quire_graph_property properties[GRAPH_PROPERTIES];
    uint32_t labels[GRAPH_LABELS];
    uint64_t id;
    for (; nodes > 0 && after->next_node <= GRAPH_NODES; nodes--) {
        struct model_node node = read_new_node(input);
        size_t count = list_properties(node.properties, properties);
        EXPECT_OK(w, quire_graph_writer_node(writer, labels, list_labels(node.labels, labels), properties, count, &id));
        EXPECT_EQUAL(id, after->next_node);
        after->nodes[after->next_node++] = node;
        expect_alias(w, writer, id);
    }
    struct graph_world ahead = {.model = *after}; /* edges may name nodes of the batch */
    for (; edges > 0 && after->next_edge <= GRAPH_EDGES; edges--) {
        struct model_edge edge = read_new_edge(&ahead, input);
        size_t count = list_properties(edge.properties, properties);
        EXPECT_OK(w, quire_graph_writer_edge(writer, edge.source, edge.target, edge.type, properties, count, &id));
        EXPECT_EQUAL(id, after->next_edge);
        after->edges[after->next_edge++] = edge;
    }
}

static uint64_t first_bad_edge(const struct graph_model *after, uint64_t from)
{
    while (from < after->next_edge && graph_has_node(after, after->edges[from].source) &&
           graph_has_node(after, after->edges[from].target))
        from++;
    return from;
}

static void run_batch(struct graph_world *w, struct input *input)
{
    struct graph_model after = w->model;
    quire_graph_writer *writer;
    quire_graph_writer_options options;
    uint8_t how = input_u8(input);
    quire_graph_writer_options_init(&options);
    options.trusted = how % 4u == 3;
    options.validator = vouch;
    options.validator_context = &after;
    options.sort_always = how / 4u % 4u == 3;
    EXPECT_OK(w, quire_graph_writer_get(w->graph, &options, &writer));
    add_batch(w, input, &after, writer);
    uint64_t bad = first_bad_edge(&after, w->model.next_edge);
    int is_bad = bad < after.next_edge;
    if (options.trusted)
        EXPECT_STATUS(w, quire_graph_writer_validate(writer), is_bad ? QUIRE_INVALID : QUIRE_OK);
    if (how / 16u % 8u == 7 || (options.trusted && is_bad)) {
        quire_graph_writer_discard(writer);
    } else {
        int wanted = is_bad ? QUIRE_GRAPH_NO_ENDPOINT : settle(w, &after);
        EXPECT_STATUS(w, quire_graph_writer_execute(writer), wanted);
        if (is_bad)
            EXPECT_EQUAL(quire_graph_fault_get(w->graph)->edge, bad);
    }
    quire_graph_writer_options_init(&options);
    EXPECT_OK(w, quire_graph_writer_get(w->graph, &options, &writer));
}

/* ---- Updating and deleting ----------------------------------------------------------- */

/* Changes codes as a patch would: bits of `what` say which are set, and of the rest which are removed. */
static void read_patch(struct input *input, uint8_t codes[GRAPH_PROPERTIES], quire_graph_patch *patch,
                       quire_graph_property *set, uint32_t *removed)
{
    uint8_t what = input_u8(input), new_codes[GRAPH_PROPERTIES];
    read_properties(input, what, new_codes);
    patch->set = set;
    patch->set_count = list_properties(new_codes, set);
    patch->remove = removed;
    for (size_t i = 0; i < GRAPH_PROPERTIES; i++) {
        if (new_codes[i] != GRAPH_ABSENT) {
            codes[i] = new_codes[i];
        } else if (what >> (4 + i) & 1) {
            codes[i] = GRAPH_ABSENT;
            removed[patch->remove_count++] = (uint32_t)i + 1;
        }
    }
}

static void update_node(struct graph_world *w, struct input *input)
{
    struct graph_model after = w->model;
    quire_graph_property set[GRAPH_PROPERTIES];
    uint32_t removed[GRAPH_PROPERTIES], added_labels[GRAPH_LABELS], removed_labels[GRAPH_LABELS];
    quire_graph_patch patch = {0};
    uint64_t id = read_node(w, input);
    uint8_t what = input_u8(input);
    int changed = 7, exists = graph_has_node(&w->model, id);
    struct model_node unused = {0}, *node = exists ? &after.nodes[id] : &unused, before = *node;
    read_patch(input, node->properties, &patch, set, removed);
    uint8_t adds = what % 8u, removes = (uint8_t)(what / 8u % 8u & ~adds);
    patch.add_labels = added_labels;
    patch.add_label_count = list_labels(adds, added_labels);
    patch.remove_labels = removed_labels;
    patch.remove_label_count = list_labels(removes, removed_labels);
    node->labels = (uint8_t)((node->labels | adds) & ~removes);
    int wanted = exists ? settle(w, &after) : QUIRE_NOT_FOUND;
    EXPECT_STATUS(w, quire_graph_node_update(w->graph, id, &patch, &changed), wanted);
    EXPECT_EQUAL(changed, wanted == QUIRE_OK ? memcmp(&before, node, sizeof before) != 0 : 7);
}

static void update_edge(struct graph_world *w, struct input *input)
{
    quire_graph_property set[GRAPH_PROPERTIES];
    uint32_t removed[GRAPH_PROPERTIES];
    quire_graph_patch patch = {0};
    uint64_t id = read_edge(w, input);
    int changed = 7, exists = graph_has_edge(&w->model, id);
    struct model_edge unused = {0}, *edge = exists ? &w->model.edges[id] : &unused, before = *edge;
    read_patch(input, edge->properties, &patch, set, removed);
    EXPECT_STATUS(w, quire_graph_edge_update(w->graph, id, &patch, &changed), exists ? QUIRE_OK : QUIRE_NOT_FOUND);
    EXPECT_EQUAL(changed, exists ? memcmp(&before, edge, sizeof before) != 0 : 7);
}

static void delete_node(struct graph_world *w, struct input *input, int mode)
{
    struct model_step steps[2 * GRAPH_EDGES];
    uint64_t id = read_node(w, input), edges = 0;
    int exists = graph_has_node(&w->model, id);
    int has_edges = exists && graph_model_neighbours(&w->model, id, QUIRE_GRAPH_BOTH, 0, steps) > 0;
    int wanted = !exists                                     ? QUIRE_NOT_FOUND
                 : has_edges && mode == QUIRE_GRAPH_RESTRICT ? QUIRE_GRAPH_HAS_EDGES
                                                             : QUIRE_OK;
    EXPECT_STATUS(w, quire_graph_node_delete(w->graph, id, mode, &edges), wanted);
    if (wanted == QUIRE_OK) {
        EXPECT_EQUAL(edges, graph_model_delete_edges(&w->model, id));
        w->model.nodes[id].exists = 0;
    }
}

static void delete_edge(struct graph_world *w, struct input *input)
{
    uint64_t id = read_edge(w, input);
    int exists = graph_has_edge(&w->model, id);
    EXPECT_STATUS(w, quire_graph_edge_delete(w->graph, id), exists ? QUIRE_OK : QUIRE_NOT_FOUND);
    if (exists)
        w->model.edges[id].exists = 0;
}

static void toggle_index(struct graph_world *w, struct input *input)
{
    struct graph_model after = w->model;
    uint8_t which = input_u8(input) % GRAPH_INDEXES;
    uint32_t label = 1 + which / GRAPH_PROPERTIES, property = 1 + which % GRAPH_PROPERTIES;
    uint8_t *index = &after.indexes[label - 1][property - 1];
    int is_there = *index;
    *index = !is_there;
    int wanted = settle(w, &after);
    if (is_there)
        EXPECT_STATUS(w, quire_graph_index_drop(w->graph, label, property), wanted);
    else
        EXPECT_STATUS(w, quire_graph_index_create(w->graph, label, property), wanted);
}

/* ---- Steps --------------------------------------------------------------------------------- */

/* The cursor over all nodes goes on, wherever it stands and whatever came and went. */
static void move_cursor(struct graph_world *w)
{
    quire_graph_entry entry;
    if (!w->cursor) {
        EXPECT_OK(w, quire_graph_nodes(w->graph, 0, &w->cursor));
        w->cursor_at = 0;
    }
    uint64_t next = w->cursor_at + 1;
    while (next < w->model.next_node && !w->model.nodes[next].exists)
        next++;
    if (next >= w->model.next_node) {
        EXPECT_STATUS(w, quire_graph_cursor_next(w->cursor, &entry), QUIRE_NOT_FOUND);
        quire_graph_cursor_close(w->cursor);
        w->cursor = NULL;
        return;
    }
    EXPECT_OK(w, quire_graph_cursor_next(w->cursor, &entry));
    EXPECT_EQUAL(entry.node, next);
    w->cursor_at = next;
}

static void look(struct graph_world *w, struct input *input, uint8_t code)
{
    uint64_t node = read_node(w, input);
    uint8_t how = input_u8(input);
    int direction = 1 + how % 3;
    uint32_t type = how / 4u % (GRAPH_TYPES + 1u);
    if (code == 20) {
        graph_expect_neighbours(w, w->graph, &w->model, node, direction, type, how / 16u % 2u);
    } else if (code == 21) {
        graph_expect_expansion(w, node, direction, type, how / 16u % 4u, how / 64u == 3 ? 1 + node % 5 : 0);
    } else {
        uint8_t low = graph_value_code(input_u8(input)), high = graph_value_code(input_u8(input));
        if (how / 32u % 2u)
            high = graph_value_code((uint8_t)(high - high % 7u + low % 7u)); /* mostly of one type */
        graph_expect_range(w, w->graph, &w->model, (uint8_t)(node % GRAPH_INDEXES), how % 3, low, how / 4 % 3, high);
        graph_expect_equal(w, (uint8_t)(node % GRAPH_INDEXES), low);
    }
}

void graph_world_step(struct graph_world *w, struct input *input)
{
    static void (*const with_input[])(struct graph_world *, struct input *) = {
        create_node, create_node, create_node, create_edge, create_edge, create_edge,  create_edge, update_node,
        update_node, update_edge, run_batch,   run_batch,   run_batch,   toggle_index, delete_edge};
    uint8_t code = input_u8(input) % 64u;
    if (code >= 32)
        code = (uint8_t)(code % 13u); /* half of all codes make a world grow */
    if (code < sizeof with_input / sizeof *with_input) {
        with_input[code](w, input);
    } else if (code == 15 || code == 16) {
        delete_node(w, input, code == 15 ? QUIRE_GRAPH_RESTRICT : QUIRE_GRAPH_CASCADE);
    } else if (code == 17) {
        move_cursor(w);
    } else if (code == 18) {
        uint64_t id = read_node(w, input);
        graph_expect_node(w, w->graph, &w->model, id);
        graph_expect_each_property(w, id, 1);
    } else if (code == 19) {
        uint64_t id = read_edge(w, input);
        graph_expect_edge(w, w->graph, &w->model, id);
        graph_expect_each_property(w, id, 0);
    } else if (code <= 22) {
        look(w, input, code);
    } else if (code == 27) {
        roll_back_to(w, input_u8(input));
    } else {
        static void (*const plain[])(struct graph_world *) = {
            [23] = graph_world_check,  [24] = graph_world_commit, [25] = roll_back,          [26] = savepoint,
            [28] = graph_world_reopen, [29] = toggle_reader,      [30] = graph_world_expect, [31] = move_cursor};
        plain[code](w);
    }
}
