/*
 * Updates: the row as it is, and the row as the patch asks, side by side. If both
 * are the same bytes, long content included, nothing is written.
 */
#include "graph.h"

struct update {
    quire_graph *graph;
    const quire_graph_patch *patch;
    int owner;
    uint64_t id;
    struct row before, after;
    const quire_graph_property *set; /* the patch's, ascending */
    size_t set_count;
    struct buffer merged;  /* properties of the row that is to be */
    struct buffer old_key; /* of an index entry */
    int content_changes;
};

static enum part part_of(const struct update *update)
{
    return update->owner == OWNER_NODE ? PART_NODES : PART_EDGES;
}

static int names_include(const uint32_t *names, size_t count, uint32_t name)
{
    size_t i = 0;
    while (i < count && names[i] != name) {
        i++;
    }
    return i < count;
}

static const quire_graph_property *find_set(const struct update *update, uint32_t name)
{
    for (size_t i = 0; i < update->set_count; i++) {
        if (update->set[i].name == name) {
            return &update->set[i];
        }
    }
    return NULL;
}

/* ---- The row that is to be -------------------------------------------------------- */

static int check_patch(struct update *update)
{
    quire_graph *graph = update->graph;
    const quire_graph_patch *patch = update->patch;
    int status = arguments_properties(graph, patch->set, patch->set_count);
    update->set = (const quire_graph_property *)(const void *)graph->property_arguments.data;
    update->set_count = patch->set_count;
    for (size_t i = 0; i < patch->remove_count && status == QUIRE_OK; i++) {
        if (find_set(update, patch->remove[i])) {
            status = graph_fail(graph, QUIRE_INVALID, "property %u is to be set and to be removed",
                                (unsigned)patch->remove[i]);
        }
    }
    for (size_t i = 0; i < patch->remove_label_count && status == QUIRE_OK; i++) {
        if (names_include(patch->add_labels, patch->add_label_count, patch->remove_labels[i])) {
            status = graph_fail(graph, QUIRE_INVALID, "label %u is to be added and to be removed",
                                (unsigned)patch->remove_labels[i]);
        }
    }
    return status;
}

/* Old properties that stay and those that are set, by name. Long ones that stay have a size and no address. */
static int merge_properties(struct update *update)
{
    const quire_graph_patch *patch = update->patch;
    quire_bytes rest = update->before.properties;
    struct stored_property old;
    int has_old = update->before.property_count > 0 && row_next_property(&rest, &old);
    size_t left = update->before.property_count, next = 0;
    while (has_old || next < update->set_count) {
        int take_set = next < update->set_count && (!has_old || update->set[next].name <= old.property.name);
        int is_replaced = take_set && has_old && update->set[next].name == old.property.name;
        const quire_graph_property *property = take_set ? &update->set[next++] : &old.property;
        if ((take_set || !names_include(patch->remove, patch->remove_count, old.property.name)) &&
            !buffer_add(&update->merged, property, sizeof *property)) {
            return graph_no_memory(update->graph);
        }
        if (has_old && (!take_set || is_replaced)) {
            has_old = --left > 0 && row_next_property(&rest, &old);
        }
    }
    return QUIRE_OK;
}

static int merge_labels(struct update *update, size_t *count)
{
    quire_graph *graph = update->graph;
    const quire_graph_patch *patch = update->patch;
    struct buffer all = {.memory = &graph->memory};
    quire_bytes rest = update->before.labels;
    uint32_t label;
    int is_enough = buffer_add(&all, patch->add_labels, patch->add_label_count * sizeof label);
    while (is_enough && row_next_label(&rest, &label)) {
        if (!names_include(patch->remove_labels, patch->remove_label_count, label)) {
            is_enough = buffer_add(&all, &label, sizeof label);
        }
    }
    int status = is_enough
                     ? arguments_labels(graph, (const uint32_t *)(const void *)all.data, all.size / sizeof label, count)
                     : graph_no_memory(graph);
    buffer_free(&all);
    return status;
}

static int build_row(struct update *update)
{
    quire_graph *graph = update->graph;
    struct buffer *row = &graph->new_row;
    size_t labels = 0;
    int is_enough;
    row->size = 0;
    int status = merge_properties(update);
    if (status == QUIRE_OK && update->owner == OWNER_NODE) {
        status = merge_labels(update, &labels);
    }
    if (status != QUIRE_OK) {
        return status;
    }
    if (update->owner == OWNER_NODE) {
        is_enough = row_add_labels(row, (const uint32_t *)(const void *)graph->label_arguments.data, labels);
    } else {
        is_enough = row_add_ends(row, update->before.source, update->before.target, update->before.type);
    }
    size_t count = update->merged.size / sizeof(quire_graph_property);
    if (!is_enough ||
        !row_add_properties(row, (const quire_graph_property *)(const void *)update->merged.data, count)) {
        return graph_no_memory(graph);
    }
    (void)(update->owner == OWNER_NODE ? row_decode_node : row_decode_edge)(buffer_bytes(row), &update->after);
    return QUIRE_OK;
}

/* Long content that is set: does it differ from what is there? */
static int compare_contents(struct update *update)
{
    quire_graph *graph = update->graph;
    for (size_t i = 0; i < update->set_count; i++) {
        const quire_graph_property *set = &update->set[i];
        struct stored_property old;
        quire_bytes content;
        if (!value_is_long(&set->value) || !row_find_property(&update->before, set->name, &old) || !old.is_long ||
            old.property.value.as.content.size != set->value.as.content.size) {
            continue; /* the rows differ, if any of this does */
        }
        int status = content_get(graph, update->owner, update->id, &old.property, &content);
        if (status != QUIRE_OK) {
            return status;
        }
        update->content_changes |= memcmp(content.data, set->value.as.content.data, content.size) != 0;
    }
    return QUIRE_OK;
}

/* ---- Writing the difference ---------------------------------------------------------- */

static int add_label(struct update *update, uint32_t label)
{
    struct key key;
    label_key(label, update->id, &key);
    return part_put(update->graph, PART_LABELS, key_bytes(&key), (quire_bytes){NULL, 0}, 0);
}

static int write_labels(struct update *update)
{
    int status = QUIRE_OK;
    uint32_t label;
    for (quire_bytes rest = update->before.labels; status == QUIRE_OK && row_next_label(&rest, &label);) {
        status = row_has_label(&update->after, label) ? QUIRE_OK : label_take(update->graph, label, update->id);
    }
    for (quire_bytes rest = update->after.labels; status == QUIRE_OK && row_next_label(&rest, &label);) {
        status = row_has_label(&update->before, label) ? QUIRE_OK : add_label(update, label);
    }
    return status;
}

/* Makes graph->key the key by which a row stands in the index; *has is 0 if it does not. */
static int entry_key(struct update *update, const struct index *index, const struct row *row, int *has)
{
    quire_graph *graph = update->graph;
    struct stored_property stored;
    *has = row_has_label(row, index->label) && row_find_property(row, index->property, &stored);
    if (!*has) {
        return QUIRE_OK;
    }
    const quire_graph_property *set = row == &update->after ? find_set(update, index->property) : NULL;
    quire_graph_value value = set ? set->value : stored.property.value;
    int status = QUIRE_OK;
    if (!set && stored.is_long) {
        status = content_of_node(graph, update->id, &stored.property, &value.as.content);
    }
    return status == QUIRE_OK ? index_key(graph, index, &value, update->id) : status;
}

static int write_index_entry(struct update *update, const struct index *index)
{
    quire_graph *graph = update->graph;
    int had, has;
    int status = entry_key(update, index, &update->before, &had);
    update->old_key.size = 0;
    if (status == QUIRE_OK && had && !buffer_add(&update->old_key, graph->key.data, graph->key.size)) {
        return graph_no_memory(graph);
    }
    if (status != QUIRE_OK || (status = entry_key(update, index, &update->after, &has)) != QUIRE_OK) {
        return status;
    }
    if (had && has && update->old_key.size == graph->key.size &&
        memcmp(update->old_key.data, graph->key.data, graph->key.size) == 0) {
        return QUIRE_OK;
    }
    if (had) {
        status = index_take(graph, index, buffer_bytes(&update->old_key), update->id);
    }
    return status == QUIRE_OK && has ? part_put(graph, PART_INDEX, buffer_bytes(&graph->key), (quire_bytes){NULL, 0}, 0)
                                     : status;
}

static int write_index(struct update *update)
{
    int status = indexes_load(update->graph);
    for (uint32_t i = 0; i < update->graph->state.indexes && status == QUIRE_OK; i++) {
        status = write_index_entry(update, &update->graph->indexes[i]);
    }
    return status;
}

/* Long content goes when its property is no longer long, and comes when it is set. */
static int write_contents(struct update *update)
{
    int status = QUIRE_OK;
    struct key key;
    struct stored_property old, now;
    for (quire_bytes rest = update->before.properties; status == QUIRE_OK && rest.size > 0;) {
        (void)row_next_property(&rest, &old);
        if (old.is_long && !(row_find_property(&update->after, old.property.name, &now) && now.is_long)) {
            content_key(update->owner, update->id, old.property.name, &key);
            status = part_delete(update->graph, PART_VALUES, key_bytes(&key));
            status = status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
        }
    }
    for (size_t i = 0; i < update->set_count && status == QUIRE_OK; i++) {
        if (value_is_long(&update->set[i].value)) {
            content_key(update->owner, update->id, update->set[i].name, &key);
            status = part_put(update->graph, PART_VALUES, key_bytes(&key), update->set[i].value.as.content, 0);
        }
    }
    return status;
}

/* Indexes before contents, since an old entry's key may be made of old content. */
static int write_all(struct update *update)
{
    struct key key = {0};
    int status = QUIRE_OK;
    if (update->owner == OWNER_NODE && (status = write_labels(update)) == QUIRE_OK) {
        status = write_index(update);
    }
    if (status != QUIRE_OK || (status = write_contents(update)) != QUIRE_OK) {
        return status;
    }
    key_add_integer(&key, update->id);
    return part_put(update->graph, part_of(update), key_bytes(&key), buffer_bytes(&update->graph->new_row), 0);
}

static int run_update(struct update *update, int *changed)
{
    quire_graph *graph = update->graph;
    uint32_t savepoint;
    int status = graph_refresh(graph);
    if (status != QUIRE_OK || (status = check_patch(update)) != QUIRE_OK) {
        return status;
    }
    status = update->owner == OWNER_NODE ? node_load(graph, update->id, &update->before)
                                         : edge_load(graph, update->id, &update->before);
    if (status != QUIRE_OK || (status = build_row(update)) != QUIRE_OK ||
        (status = compare_contents(update)) != QUIRE_OK) {
        return status;
    }
    int is_same = !update->content_changes && graph->row.size == graph->new_row.size &&
                  memcmp(graph->row.data, graph->new_row.data, graph->row.size) == 0;
    if (!is_same) {
        if ((status = write_begin(graph, &savepoint)) != QUIRE_OK) {
            return status;
        }
        status = write_end(graph, savepoint, write_all(update));
    }
    if (status == QUIRE_OK && changed) {
        *changed = !is_same;
    }
    return status;
}

static int update_row(quire_graph *graph, int owner, uint64_t id, const quire_graph_patch *patch, int *changed)
{
    struct update update = {.graph = graph, .patch = patch, .owner = owner, .id = id};
    update.merged.memory = update.old_key.memory = &graph->memory;
    int status = run_update(&update, changed);
    buffer_free(&update.merged);
    buffer_free(&update.old_key);
    return status;
}

int quire_graph_node_update(quire_graph *graph, uint64_t id, const quire_graph_patch *patch, int *changed)
{
    return update_row(graph, OWNER_NODE, id, patch, changed);
}

int quire_graph_edge_update(quire_graph *graph, uint64_t id, const quire_graph_patch *patch, int *changed)
{
    if (patch->add_label_count != 0 || patch->remove_label_count != 0) {
        return graph_fail(graph, QUIRE_INVALID, "an edge has no labels");
    }
    return update_row(graph, OWNER_EDGE, id, patch, changed);
}
