/* One row of an import: its key, labels, type and properties, and what may be wrong with them. */
#include "graph_import_run.h"

#include <string.h>

/* A row's own fault, not the import's. */
static int reject_for(struct run *run, const char *what, const char *reason)
{
    snprintf(run->reason, sizeof run->reason, "%s%s%s", what, *what ? ": " : "", reason);
    return 0;
}

/* The id of a label or type, made if it is new. */
static int name_id(struct run *run, int kind, quire_bytes name, uint32_t *id)
{
    for (size_t i = 0; i < KNOWN_NAMES; i++) {
        const struct known_name *known = &run->known[i];
        if (known->kind == kind && known->size == name.size && memcmp(known->name, name.data, name.size) == 0) {
            *id = known->id;
            return QUIRE_OK;
        }
    }
    int status = quire_graph_name_make(run->graph, kind, name, id);
    if (status == QUIRE_OK) {
        struct known_name *known = &run->known[run->known_next++ % KNOWN_NAMES];
        *known = (struct known_name){.kind = kind, .id = *id, .size = name.size};
        memcpy(known->name, name.data, name.size);
    }
    return status;
}

/* What a call of the graph answered for this row: 1 if it was taken, 0 if the row is to blame, -1 if it is not. */
static int judge(struct run *run, int status)
{
    if (status == QUIRE_OK) {
        return 1;
    }
    if (status == QUIRE_INVALID || status == QUIRE_GRAPH_NO_ENDPOINT) {
        return reject_for(run, "", quire_graph_fault_get(run->graph)->message);
    }
    import_fail_graph(run, status, "adding a row");
    return -1;
}

/* Where a field is decoded: in the room, at the place that it has in the row. */
static uint8_t *room_of(const struct run *run, quire_bytes field)
{
    return run->room + (field.size ? field.data - run->reader.text : 0);
}

static int read_properties(struct run *run, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < run->columns.count; i++) {
        struct graph_column *column = &run->columns.column[i];
        struct csv_field *field = &run->reader.fields[i];
        if (column->role != COLUMN_PROPERTY || (field->bytes.size == 0 && !field->is_quoted)) {
            continue;
        }
        quire_graph_property *property = &run->properties[*count];
        const char *error = graph_value_parse(column->type, field->bytes, room_of(run, field->bytes), &property->value);
        if (error) {
            return reject_for(run, column->name, error);
        }
        if (column->name_id == 0) {
            quire_bytes name = {(const uint8_t *)column->name, column->name_size};
            int taken = judge(run, quire_graph_name_make(run->graph, QUIRE_GRAPH_PROPERTY, name, &column->name_id));
            if (taken != 1) {
                return taken;
            }
        }
        property->name = column->name_id;
        (*count)++;
    }
    return 1;
}

static quire_bytes field_of(const struct run *run, enum graph_column_role role)
{
    return run->reader.fields[run->columns.at[role]].bytes;
}

enum { LABELS_MOST = 256 };

static int read_labels(struct run *run, uint32_t labels[LABELS_MOST], size_t *count)
{
    *count = 0;
    if (run->columns.at[COLUMN_LABELS] == run->columns.count || field_of(run, COLUMN_LABELS).size == 0) {
        return 1;
    }
    quire_bytes field = field_of(run, COLUMN_LABELS), label;
    uint8_t *room = room_of(run, field);
    while (graph_next_label(&field, &room, &label)) {
        if (*count == LABELS_MOST) {
            return reject_for(run, ":labels", "more than 256 labels");
        }
        int taken = judge(run, name_id(run, QUIRE_GRAPH_LABEL, label, &labels[*count]));
        if (taken != 1) {
            return taken;
        }
        (*count)++;
    }
    return 1;
}

/* Both records of a node's key; its length was checked by the look-up before. */
static quire_status put_key(struct run *run, quire_bytes key, uint64_t id)
{
    uint8_t by_id[GRAPH_KEY_RECORD];
    graph_key_record(id, by_id);
    uint8_t by_key[4096] = {'k'};
    memcpy(by_key + 1, key.data, key.size);
    quire_status status =
        quire_put(run->txn, run->keys, (quire_bytes){by_key, key.size + 1}, (quire_bytes){by_id + 1, 8}, 0);
    return status == QUIRE_OK ? quire_put(run->txn, run->keys, (quire_bytes){by_id, sizeof by_id}, key, 0) : status;
}

/* 1 if the node is in the graph or waits in the batch, 0 if it was deleted: its key has outlived it. */
static int is_there(struct run *run, uint64_t id)
{
    quire_graph_writer_stat stat;
    quire_graph_node node;
    quire_graph_writer_stat_get(run->writer, &stat);
    return (stat.pending_nodes > 0 && id >= run->batch_first) ||
           quire_graph_node_get(run->graph, id, &node) != QUIRE_NOT_FOUND;
}

/* The node that had the key is no more: so is what leads from it to the key. */
static quire_status forget_key_of(struct run *run, uint64_t id)
{
    uint8_t by_id[GRAPH_KEY_RECORD];
    graph_key_record(id, by_id);
    return quire_delete(run->txn, run->keys, (quire_bytes){by_id, sizeof by_id});
}

int import_take_node(struct run *run)
{
    quire_bytes key = field_of(run, COLUMN_ID);
    uint32_t labels[LABELS_MOST];
    size_t label_count, property_count;
    uint64_t id;
    if (key.size == 0 || key.size > quire_key_max(run->import->db) - 1) {
        return reject_for(run, ":id", key.size ? "the key is too long for a page" : "the key is empty");
    }
    quire_status found = graph_node_of_key(run->txn, run->keys, key, &id);
    if (found == QUIRE_OK && is_there(run, id)) {
        return reject_for(run, ":id", "a node has this key already");
    }
    if (found == QUIRE_OK) {
        found = forget_key_of(run, id);
    }
    if (found != QUIRE_OK && found != QUIRE_NOT_FOUND) {
        import_fail_engine(run, found, "looking up a key");
        return -1;
    }
    int taken = read_labels(run, labels, &label_count);
    taken = taken == 1 ? read_properties(run, &property_count) : taken;
    if (taken == 1) {
        taken =
            judge(run, quire_graph_writer_node(run->writer, labels, label_count, run->properties, property_count, &id));
    }
    if (taken == 1 && (found = put_key(run, key, id)) != QUIRE_OK) {
        import_fail_engine(run, found, "keeping a key");
        return -1;
    }
    quire_graph_writer_stat stat;
    quire_graph_writer_stat_get(run->writer, &stat);
    run->batch_first = taken == 1 && stat.pending_nodes == 1 ? id : run->batch_first;
    return taken;
}

static int find_end(struct run *run, enum graph_column_role role, uint64_t *node)
{
    quire_status status = graph_node_of_key(run->txn, run->keys, field_of(run, role), node);
    if (status == QUIRE_OK) {
        return 1;
    }
    if (status == QUIRE_NOT_FOUND || status == QUIRE_INVALID) {
        return reject_for(run, graph_column_name(role), "no node has this key");
    }
    import_fail_engine(run, status, "looking up a key");
    return -1;
}

int import_execute(struct run *run)
{
    int status = run->import->trusted ? quire_graph_writer_validate(run->writer) : QUIRE_OK;
    return status == QUIRE_OK ? quire_graph_writer_execute(run->writer) : status;
}

int import_take_edge(struct run *run)
{
    uint64_t source, target, id;
    uint32_t type;
    size_t property_count;
    int taken = find_end(run, COLUMN_SOURCE, &source);
    taken = taken == 1 ? find_end(run, COLUMN_TARGET, &target) : taken;
    taken = taken == 1 ? judge(run, name_id(run, QUIRE_GRAPH_EDGE_TYPE, field_of(run, COLUMN_TYPE), &type)) : taken;
    taken = taken == 1 ? read_properties(run, &property_count) : taken;
    if (taken == 1) {
        taken = judge(run,
                      quire_graph_writer_edge(run->writer, source, target, type, run->properties, property_count, &id));
    }
    return taken == 1 && run->one_by_one ? judge(run, import_execute(run)) : taken;
}
