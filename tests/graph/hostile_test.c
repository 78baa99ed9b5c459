/*
 * Damaged and hostile records: anybody may write to a tree. Each rule G1 to G12 is
 * broken in turn; the check names the rule and the node or edge, reads that meet
 * the record answer QUIRE_CORRUPT with it, and nothing else happens.
 */
#include "../support/graph_fixture.h"
#include "../support/random.h"

/* What the damage is done to: nodes 1 (label, name, long tale), 2 and 3; edges 1: 1-t->2, 2: 2-t->3, 3: 3-t->3. */
static void make_victim(struct graph_fixture *f)
{
    char tale[300] = "";
    uint32_t person = label(f, "person"), name = property(f, "name"), text_of = property(f, "tale");
    uint32_t t = edge_type(f, "t");
    memset(tale, 't', 299);
    quire_graph_property properties[] = {{name, string_value("ada")}, {text_of, string_value(tale)}};
    uint64_t id;
    OK(quire_graph_index_create(f->graph, person, name));
    OK(quire_graph_node_create(f->graph, &person, 1, properties, 2, &id));
    make_node(f, person);
    make_node(f, 0);
    make_edge(f, 1, 2, t);
    make_edge(f, 2, 3, t);
    make_edge(f, 3, 3, t);
}

static quire_tree *tree_of(struct graph_fixture *f, const char *part)
{
    char name[60];
    quire_tree *tree = NULL;
    snprintf(name, sizeof name, "quire_graph/main/%s", part);
    OK(quire_tree_open(f->txn, name, &tree));
    return tree;
}

static void write_record(struct graph_fixture *f, const char *part, quire_bytes key, quire_bytes value)
{
    OK(quire_put(f->txn, tree_of(f, part), key, value, 0));
}

static void delete_record(struct graph_fixture *f, const char *part, quire_bytes key)
{
    OK(quire_delete(f->txn, tree_of(f, part), key));
}

struct finding {
    const char *rule;
    uint64_t node, edge;
    int found, others;
};

static void look_for(void *context, const quire_graph_violation *violation)
{
    struct finding *finding = context;
    assert_null(strstr(violation->message, "breaks")); /* rule and row stand beside it */
    if (strcmp(violation->rule, finding->rule) == 0 && violation->node == finding->node &&
        violation->edge == finding->edge)
        finding->found++;
    else
        finding->others++;
}

struct damage {
    const char *what, *part;
    const char *key;
    size_t key_size;
    const char *value; /* NULL: the record is deleted */
    size_t value_size;
    const char *rule; /* what the check must say, of whom */
    uint64_t node, edge;
};

#define BYTES(string) (string), sizeof(string) - 1
#define GONE NULL, 0

static const struct damage damages[] = {
    {"the state is gone", "catalog", BYTES("\0"), GONE, "G1", 0, 0},
    {"the state is short", "catalog", BYTES("\0"), BYTES("\1\0\0\0"), "G1", 0, 0},
    {"a name has no id", "catalog", BYTES("\1\1person"), GONE, "G2", 0, 0},
    {"a name has another id", "catalog", BYTES("\1\1person"), BYTES("\2"), "G2", 0, 0},
    {"an id has no name", "catalog", BYTES("\2\1\1"), GONE, "G2", 0, 0},
    {"an id has another name", "catalog", BYTES("\2\3\1"), BYTES("nome"), "G2", 0, 0},
    {"a name that is not counted", "catalog", BYTES("\1\2other"), BYTES("\2"), "G2", 0, 0},
    {"a record of no kind", "catalog", BYTES("\7"), BYTES(""), "G2", 0, 0},
    {"an index that is not counted", "catalog", BYTES("\3\1\2"), BYTES(""), "G2", 0, 0},
    {"the index is not listed", "catalog", BYTES("\3\1\1"), GONE, "G2", 0, 0},
    {"an empty row", "nodes", BYTES("\1"), BYTES(""), "G3", 1, 0},
    {"a label without a name", "nodes", BYTES("\2"), BYTES("\1\5\0"), "G3", 2, 0},
    {"labels out of order", "nodes", BYTES("\2"), BYTES("\2\1\1\0"), "G3", 2, 0},
    {"a property of no type", "nodes", BYTES("\3"), BYTES("\0\1\1\17"), "G3", 3, 0},
    {"a string that is cut off", "nodes", BYTES("\3"), BYTES("\0\1\1\5\10abc"), "G3", 3, 0},
    {"more properties than bytes", "nodes", BYTES("\3"), BYTES("\0\377\177\377\377\377\377\377\377\377"), "G3", 3, 0},
    {"a node that was never made", "nodes", BYTES("\11"), BYTES("\0\0"), "G3", 9, 0},
    {"a key that is no id", "nodes", BYTES("\1\1"), BYTES("\0\0"), "G3", 0, 0},
    {"an edge's row is empty", "edges", BYTES("\1"), BYTES(""), "G4", 0, 1},
    {"an edge of type 9", "edges", BYTES("\1"), BYTES("\1\2\11\0"), "G4", 0, 1},
    {"an edge that was never made", "edges", BYTES("\11"), BYTES("\1\2\1\0"), "G4", 0, 9},
    {"an edge with source 0", "edges", BYTES("\1"), BYTES("\0\2\1\0"), "G4", 0, 1},
    {"a label that does not list its node", "labels", BYTES("\1\1"), GONE, "G5", 1, 0},
    {"a label that lists another node", "labels", BYTES("\1\3"), BYTES(""), "G5", 3, 0},
    {"a label that lists no node", "labels", BYTES("\1\11"), BYTES(""), "G5", 9, 0},
    {"an entry of a label that is cut off", "labels", BYTES("\1"), BYTES(""), "G5", 0, 0},
    {"an edge that is not listed at its source", "out", BYTES("\1\1\2\1"), GONE, "G6", 1, 1},
    {"an edge listed at another source", "out", BYTES("\3\1\2\1"), BYTES(""), "G6", 3, 1},
    {"an edge listed by another type", "out", BYTES("\1\2\2\1"), BYTES(""), "G6", 1, 1},
    {"a listed edge that does not exist", "out", BYTES("\1\1\2\11"), BYTES(""), "G6", 1, 9},
    {"an entry of out that is cut off", "out", BYTES("\1\1\2"), BYTES(""), "G6", 0, 0},
    {"an edge that is not listed at its target", "in", BYTES("\2\1\1\1"), GONE, "G7", 2, 1},
    {"an edge listed at another target", "in", BYTES("\1\1\1\1"), BYTES(""), "G7", 1, 1},
    {"an edge listed at its target by another type", "in", BYTES("\2\2\1\1"), BYTES(""), "G7", 2, 1},
    {"an entry of in with a value", "in", BYTES("\2\1\1\1"), BYTES("x"), "G7", 0, 0},
    {"a degree is gone", "degrees", BYTES("\1\1\1"), GONE, "G8", 1, 0},
    {"a degree is wrong", "degrees", BYTES("\2\2\1"), BYTES("\5"), "G8", 2, 0},
    {"loops are not counted", "degrees", BYTES("\3\3\1"), GONE, "G8", 3, 0},
    {"loops that are none", "degrees", BYTES("\1\3\1"), BYTES("\1"), "G8", 1, 0},
    {"a degree without edges", "degrees", BYTES("\1\2\1"), BYTES("\1"), "G8", 1, 0},
    {"a degree that is no number", "degrees", BYTES("\1\1\1"), BYTES(""), "G8", 1, 0},
    {"a degree of way 4", "degrees", BYTES("\1\4\1"), BYTES("\1"), "G8", 0, 0},
    {"a node that its index does not have", "index", BYTES("\1\1\5ada\0\0\1"), GONE, "G9", 1, 0},
    {"an index that has another value", "index", BYTES("\1\1\5bob\0\0\1"), BYTES(""), "G9", 1, 0},
    {"an index that has no node", "index", BYTES("\1\1\5ada\0\0\11"), BYTES(""), "G9", 9, 0},
    {"an entry of an index that is not there", "index", BYTES("\1\2\5ada\0\0\1"), BYTES(""), "G9", 1, 0},
    {"an entry of an index that is cut off", "index", BYTES("\1\1\5ada"), BYTES(""), "G9", 0, 0},
    {"a long value is gone", "values", BYTES("\1\1\2"), GONE, "G10", 1, 0},
    {"a long value has another length", "values", BYTES("\1\1\2"), BYTES("short"), "G10", 1, 0},
    {"a long value that no row speaks of", "values", BYTES("\2\1\1"), BYTES("x"), "G10", 0, 1},
    {"a key of values that is none", "values", BYTES("\3\1\1"), BYTES("x"), "G10", 0, 0},
    {"a source that is gone", "nodes", BYTES("\1"), GONE, "G11", 1, 1},
    {"a target that is gone", "nodes", BYTES("\3"), GONE, "G11", 3, 2},
    {"a node too many", "nodes", BYTES("\3"), GONE, "G12", 0, 0},
    {"an edge too few", "edges", BYTES("\3"), GONE, "G12", 0, 0},
};

static void do_damage(struct graph_fixture *f, const struct damage *damage)
{
    quire_bytes key = {(const uint8_t *)damage->key, damage->key_size};
    if (damage->value)
        write_record(f, damage->part, key, (quire_bytes){(const uint8_t *)damage->value, damage->value_size});
    else
        delete_record(f, damage->part, key);
}

static void each_rule_is_broken_and_named(void **state)
{
    struct graph_fixture *f = *state;
    make_victim(f);
    assert_graph_sound(f);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        const struct damage *damage = &damages[i];
        struct finding finding = {damage->rule, damage->node, damage->edge, 0, 0};
        uint32_t savepoint;
        OK(quire_savepoint(f->txn, &savepoint));
        do_damage(f, damage);
        int status = quire_graph_check(f->graph, look_for, &finding, NULL, NULL);
        GRAPH_SAYS(f, "graph main breaks");
        if (status != QUIRE_CORRUPT || finding.found == 0)
            print_message("%s: %s, %d others\n", damage->what, quire_graph_status_name(status), finding.others);
        assert_int_equal(status, QUIRE_CORRUPT);
        assert_true(finding.found > 0);
        OK(quire_rollback_to(f->txn, savepoint));
        OK(quire_release(f->txn, savepoint));
        assert_graph_sound(f);
    }
}

static void an_edge_that_is_listed_by_another_type_is_not_deleted_with_its_node(void **state)
{
    struct graph_fixture *f = *state;
    uint64_t deleted;
    make_victim(f);
    edge_type(f, "u");
    write_record(f, "edges", (quire_bytes){(const uint8_t *)"\1", 1}, (quire_bytes){(const uint8_t *)"\1\2\2\0", 4});
    GIVES(QUIRE_CORRUPT, quire_graph_node_delete(f->graph, 1, QUIRE_GRAPH_CASCADE, &deleted));
    assert_int_equal(quire_graph_fault_get(f->graph)->edge, 1);
}

/* Both lists can lie together: only the edge's row says whose it is. */
static void an_edge_that_is_listed_by_another_node_is_not_deleted_with_it(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph_edge edge;
    make_victim(f);
    write_record(f, "out", text("\3\1\2\1"), text(""));
    write_record(f, "in", text("\2\1\3\1"), text(""));
    GIVES(QUIRE_CORRUPT, quire_graph_node_delete(f->graph, 3, QUIRE_GRAPH_CASCADE, NULL));
    assert_int_equal(quire_graph_fault_get(f->graph)->edge, 1);
    OK(quire_graph_edge_get(f->graph, 1, &edge));
    delete_record(f, "out", text("\3\1\2\1"));
    delete_record(f, "in", text("\2\1\3\1"));
    write_record(f, "out", text("\1\1\3\1"), text(""));
    write_record(f, "in", text("\3\1\1\1"), text(""));
    delete_record(f, "out", text("\1\1\2\1"));
    GIVES(QUIRE_CORRUPT, quire_graph_node_delete(f->graph, 1, QUIRE_GRAPH_CASCADE, NULL));
    assert_int_equal(quire_graph_fault_get(f->graph)->edge, 1);
}

static int is_answer(int status)
{
    return status == QUIRE_OK || status == QUIRE_NOT_FOUND || status == QUIRE_CORRUPT || status == QUIRE_NEW_FORMAT;
}

/* Everything that can be called is called; what must hold is that it comes back, and that no status is another's. */
static void use_everything(struct graph_fixture *f, struct random *random)
{
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    quire_graph_node node;
    quire_graph_edge edge;
    quire_bytes name;
    uint64_t number = 0;
    quire_graph_value value = string_value("ada");
    for (uint64_t id = 1; id <= 4; id++) {
        uint32_t savepoint;
        (void)!quire_graph_node_get(f->graph, id, &node);
        (void)!quire_graph_edge_get(f->graph, id, &edge);
        (void)!quire_graph_degree(f->graph, id, QUIRE_GRAPH_BOTH, 0, &number);
        (void)!quire_graph_name_get(f->graph, 1 + (int)(id % 3), 1, &name);
        for (int how = 0; how < 6; how++) {
            int status = how == 0   ? quire_graph_nodes(f->graph, (uint32_t)id % 2, &cursor)
                         : how == 1 ? quire_graph_edges(f->graph, &cursor)
                         : how == 2 ? quire_graph_neighbours(f->graph, id, QUIRE_GRAPH_BOTH, 0, 1, &cursor)
                         : how == 3 ? quire_graph_expand(f->graph, id, QUIRE_GRAPH_BOTH, 0, 5, 0, &cursor)
                         : how == 4 ? quire_graph_find(f->graph, 1, 1, &value, &cursor)
                                    : quire_graph_find_range(f->graph, 1, 1, 0, NULL, 0, NULL, &cursor);
            for (int i = 0; status == QUIRE_OK && i < 50; i++)
                status = quire_graph_cursor_next(cursor, &entry);
            assert_true(is_answer(status));
            quire_graph_cursor_close(cursor);
        }
        OK(quire_savepoint(f->txn, &savepoint));
        uint32_t one = 1;
        quire_graph_property set = {1, integer_value(3)};
        quire_graph_patch patch = {.set = &set, .set_count = 1, .remove_labels = &one, .remove_label_count = 1};
        int status = random_below(random, 2) ? quire_graph_node_update(f->graph, id, &patch, NULL)
                                             : quire_graph_node_delete(f->graph, id, QUIRE_GRAPH_CASCADE, NULL);
        assert_true(is_answer(status) || status == QUIRE_INVALID);
        (void)!quire_graph_edge_delete(f->graph, id);
        (void)!quire_graph_edge_create(f->graph, id, 1, 1, NULL, 0, &number);
        OK(quire_rollback_to(f->txn, savepoint));
        OK(quire_release(f->txn, savepoint));
    }
}

static void every_call_survives_every_damage(void **state)
{
    struct graph_fixture *f = *state;
    struct random random = {11};
    make_victim(f);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        uint32_t savepoint;
        OK(quire_savepoint(f->txn, &savepoint));
        do_damage(f, &damages[i]);
        use_everything(f, &random);
        OK(quire_rollback_to(f->txn, savepoint));
        OK(quire_release(f->txn, savepoint));
    }
    assert_graph_sound(f);
}

static void a_read_that_meets_damage_names_the_row(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph_node node;
    quire_graph_edge edge;
    make_victim(f);
    write_record(f, "nodes", text("\2"), text("\1\5"));
    write_record(f, "edges", text("\1"), text("\1\2"));
    GIVES(QUIRE_CORRUPT, quire_graph_node_get(f->graph, 2, &node));
    const quire_graph_fault *fault = quire_graph_fault_get(f->graph);
    assert_int_equal(fault->node, 2);
    assert_string_equal(fault->rule, "G3");
    assert_string_equal(fault->message, "node 2 of graph main breaks G3: its row of 2 bytes is damaged");
    GIVES(QUIRE_CORRUPT, quire_graph_edge_get(f->graph, 1, &edge));
    assert_int_equal(fault->edge, 1);
    assert_string_equal(fault->rule, "G4");
    GIVES(QUIRE_CORRUPT, quire_graph_node_delete(f->graph, 1, QUIRE_GRAPH_CASCADE, NULL));
    assert_int_equal(fault->edge, 1);
    GIVES(QUIRE_CORRUPT, quire_graph_edge_delete(f->graph, 1));
    OK(quire_graph_node_get(f->graph, 1, &node)); /* all the rest is as it was */
    assert_int_equal(node.property_count, 2);
}

/* An id that no name has, or one with more behind it: the name is neither found nor made a second time. */
static void a_name_whose_id_is_none_is_corrupt(void **state)
{
    struct graph_fixture *f = *state;
    static const struct {
        const char *bytes;
        size_t size;
    } ids[] = {{BYTES("\2")}, {BYTES("\0")}, {BYTES("")}, {BYTES("\1x")}};
    make_victim(f); /* of one edge type */
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        uint32_t id = 77;
        write_record(f, "catalog", text("\1\2other"), (quire_bytes){(const uint8_t *)ids[i].bytes, ids[i].size});
        GIVES(QUIRE_CORRUPT, quire_graph_name_find(f->graph, QUIRE_GRAPH_EDGE_TYPE, text("other"), &id));
        assert_string_equal(quire_graph_fault_get(f->graph)->rule, "G2");
        GIVES(QUIRE_CORRUPT, quire_graph_name_make(f->graph, QUIRE_GRAPH_EDGE_TYPE, text("other"), &id));
        assert_int_equal(id, 77);
    }
}

static void a_name_of_no_or_too_many_bytes_is_not_handed_out(void **state)
{
    struct graph_fixture *f = *state;
    quire_bytes name = {NULL, 7};
    make_victim(f);
    const char *wrong[] = {"", "0123456789012345678901234567890123456789012345678"}; /* 49 */
    for (size_t i = 0; i < 2; i++) {
        write_record(f, "catalog", text("\2\1\1"), text(wrong[i]));
        GIVES(QUIRE_CORRUPT, quire_graph_name_get(f->graph, QUIRE_GRAPH_LABEL, 1, &name));
        assert_string_equal(quire_graph_fault_get(f->graph)->rule, "G2");
        assert_int_equal(name.size, 7);
    }
}

static void a_degree_below_the_number_of_edges_is_corrupt(void **state)
{
    struct graph_fixture *f = *state;
    uint32_t before, after;
    make_victim(f);
    OK(quire_savepoint(f->txn, &before));
    OK(quire_release(f->txn, before));
    delete_record(f, "degrees", text("\2\2\1"));
    GIVES(QUIRE_CORRUPT, quire_graph_edge_delete(f->graph, 1));
    assert_string_equal(quire_graph_fault_get(f->graph)->rule, "G8");
    assert_int_equal(quire_graph_fault_get(f->graph)->node, 2);
    GIVES(QUIRE_CORRUPT, quire_graph_node_delete(f->graph, 1, QUIRE_GRAPH_CASCADE, NULL));
    assert_int_equal(quire_graph_fault_get(f->graph)->node, 2);
    OK(quire_savepoint(f->txn, &after)); /* those of the calls that failed are no more */
    assert_int_equal(after, before);
}

/* A key that begins as that of a node does is not the node's. */
static void a_longer_key_is_no_node(void **state)
{
    struct graph_fixture *f = *state;
    uint64_t id;
    make_victim(f);
    OK(quire_graph_node_delete(f->graph, 1, QUIRE_GRAPH_CASCADE, NULL));
    write_record(f, "nodes", text("\1\1"), (quire_bytes){(const uint8_t *)"\0\0", 2});
    graph_reopen(f);
    GIVES(QUIRE_GRAPH_NO_ENDPOINT, quire_graph_edge_create(f->graph, 2, 1, 1, NULL, 0, &id));
}

struct progress {
    uint64_t calls, done, total, stop_at;
};

static int note_progress(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    progress->calls++;
    assert_true(done == progress->done + 1 && done <= total);
    progress->done = done;
    progress->total = total;
    return done == progress->stop_at;
}

/* The list of indexes is read when the state says that there are some: that there is one all the same was not seen. */
static void an_index_where_there_is_none_is_found(void **state)
{
    struct graph_fixture *f = *state;
    struct finding finding = {.rule = "G2"};
    label(f, "l");
    property(f, "p");
    write_record(f, "catalog", (quire_bytes){(const uint8_t *)"\3\1\1", 3}, (quire_bytes){NULL, 0});
    GIVES(QUIRE_CORRUPT, quire_graph_check(f->graph, look_for, &finding, NULL, NULL));
    assert_int_equal(finding.found, 1);
    assert_int_equal(finding.others, 0);
}

static void a_check_tells_of_its_progress_and_can_be_stopped(void **state)
{
    struct graph_fixture *f = *state;
    struct progress progress = {0, 0, 0, 0};
    make_victim(f);
    OK(quire_graph_check(f->graph, NULL, NULL, note_progress, &progress));
    assert_int_equal(progress.done, 3 + 3 * 3); /* nodes, and each edge's row and two entries */
    assert_int_equal(progress.total, progress.done);
    progress = (struct progress){0, 0, 0, 4};
    GIVES(QUIRE_CANCELLED, quire_graph_check(f->graph, NULL, NULL, note_progress, &progress));
    assert_int_equal(progress.calls, 4);
    progress = (struct progress){0, 0, 0, 0};
    write_record(f, "out", text("\3\1\2\1"), text("")); /* more than the state has counted */
    GIVES(QUIRE_CORRUPT, quire_graph_check(f->graph, NULL, NULL, note_progress, &progress));
    assert_int_equal(progress.total, 13);
}

static void a_graph_of_a_later_version_is_not_read(void **state)
{
    struct graph_fixture *f = *state;
    quire_graph *graph;
    uint8_t bytes[60] = {2};
    write_record(f, "catalog", (quire_bytes){(const uint8_t *)"", 1}, (quire_bytes){bytes, sizeof bytes});
    GIVES(QUIRE_NEW_FORMAT, quire_graph_open(f->base.db, f->txn, NULL, NULL, &graph));
}

/* Nobody makes 2^63 nodes; a state can say that somebody did. */
static void the_last_id_is_given_and_none_after_it(void **state)
{
    struct graph_fixture *f = *state;
    uint8_t bytes[60];
    quire_bytes key = {(const uint8_t *)"", 1}, found;
    quire_graph_stat stat;
    uint64_t last = ((uint64_t)1 << 63) - 1, id = 7;
    edge_type(f, "t");
    OK(quire_get(f->txn, tree_of(f, "catalog"), key, &found));
    memcpy(bytes, found.data, sizeof bytes);
    for (int i = 0; i < 8; i++)
        bytes[4 + i] = bytes[12 + i] = (uint8_t)(last >> 8 * i);
    write_record(f, "catalog", key, (quire_bytes){bytes, sizeof bytes});
    assert_true(make_node(f, 0) == last);
    GIVES(QUIRE_INVALID, quire_graph_node_create(f->graph, NULL, 0, NULL, 0, &id));
    GRAPH_SAYS(f, "there are no more ids");
    assert_true(make_edge(f, last, last, 1) == last);
    GIVES(QUIRE_INVALID, quire_graph_edge_create(f->graph, last, last, 1, NULL, 0, &id));
    assert_int_equal(id, 7);
    OK(quire_graph_stat_get(f->graph, &stat));
    assert_true(stat.next_node == last + 1 && stat.nodes == 1 && stat.edges == 1);
    assert_neighbours(f, last, QUIRE_GRAPH_BOTH, 0, 0, "9223372036854775807 ");
    assert_graph_sound(f);
    bytes[4] = 1; /* 2^63 + 1 follows no id */
    memset(bytes + 5, 0, 6);
    bytes[11] = 0x80;
    write_record(f, "catalog", key, (quire_bytes){bytes, sizeof bytes});
    GIVES(QUIRE_CORRUPT, quire_graph_stat_get(f->graph, &stat));
}

static void random_records_never_do_harm(void **state)
{
    struct graph_fixture *f = *state;
    static const char *const parts[] = {"catalog", "nodes",  "edges",   "values", "out",
                                        "in",      "labels", "degrees", "index"};
    struct random random = {2025};
    make_victim(f);
    for (int round = 0; round < 150; round++) {
        uint32_t savepoint;
        OK(quire_savepoint(f->txn, &savepoint));
        for (int i = 0; i < 4; i++) {
            uint8_t key[8], value[12];
            for (size_t k = 0; k < sizeof key; k++)
                key[k] = (uint8_t)random_below(&random, k == 7 ? 256 : 6);
            for (size_t k = 0; k < sizeof value; k++)
                value[k] = (uint8_t)random_below(&random, random_below(&random, 4) ? 6 : 256);
            write_record(f, parts[random_below(&random, 9)], (quire_bytes){key, 1 + random_below(&random, 7)},
                         (quire_bytes){value, random_below(&random, 12)});
        }
        use_everything(f, &random);
        int status = quire_graph_check(f->graph, NULL, NULL, NULL, NULL);
        assert_true(status == QUIRE_OK || status == QUIRE_CORRUPT || status == QUIRE_NEW_FORMAT);
        OK(quire_rollback_to(f->txn, savepoint));
        OK(quire_release(f->txn, savepoint));
    }
    assert_graph_sound(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GRAPH_TEST(each_rule_is_broken_and_named),
        GRAPH_TEST(an_edge_that_is_listed_by_another_type_is_not_deleted_with_its_node),
        GRAPH_TEST(an_edge_that_is_listed_by_another_node_is_not_deleted_with_it),
        GRAPH_TEST(every_call_survives_every_damage),
        GRAPH_TEST(a_read_that_meets_damage_names_the_row),
        GRAPH_TEST(a_name_whose_id_is_none_is_corrupt),
        GRAPH_TEST(an_index_where_there_is_none_is_found),
        GRAPH_TEST(a_check_tells_of_its_progress_and_can_be_stopped),
        GRAPH_TEST(a_graph_of_a_later_version_is_not_read),
        GRAPH_TEST(a_name_of_no_or_too_many_bytes_is_not_handed_out),
        GRAPH_TEST(a_degree_below_the_number_of_edges_is_corrupt),
        GRAPH_TEST(a_longer_key_is_no_node),
        GRAPH_TEST(the_last_id_is_given_and_none_after_it),
        GRAPH_TEST(random_records_never_do_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
