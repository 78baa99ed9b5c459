/* The dictionary of labels, edge types and property names (rule G2), and the arguments that refer to it. */
#include "graph.h"

#include <stdio.h>

static const char *const kind_names[4] = {"", "label", "edge type", "property"};

static void id_of_key(int kind, quire_bytes name, struct key *key)
{
    key->size = 0;
    key_add_byte(key, CATALOG_ID_OF);
    key_add_byte(key, (uint8_t)kind);
    memcpy(key->bytes + key->size, name.data, name.size);
    key->size += name.size;
}

static void name_of_key(int kind, uint32_t id, struct key *key)
{
    key->size = 0;
    key_add_byte(key, CATALOG_NAME_OF);
    key_add_byte(key, (uint8_t)kind);
    key_add_integer(key, id);
}

static int check_kind(quire_graph *graph, int kind)
{
    if (kind < QUIRE_GRAPH_LABEL || kind > QUIRE_GRAPH_PROPERTY) {
        return graph_fail(graph, QUIRE_INVALID, "names have no kind %d", kind);
    }
    return QUIRE_OK;
}

static int find(quire_graph *graph, int kind, quire_bytes name, uint32_t *id)
{
    struct key key;
    quire_bytes value;
    id_of_key(kind, name, &key);
    int status = part_get(graph, PART_CATALOG, key_bytes(&key), &value);
    if (status != QUIRE_OK) {
        return status;
    }
    if (!take_name(&value, id) || value.size != 0 || *id > graph->state.names[kind]) {
        return graph_corrupt(graph, "G2", 0, 0, "the id of a name (%s) is none", kind_names[kind]);
    }
    return QUIRE_OK;
}

static int check_name(quire_graph *graph, int kind, quire_bytes name)
{
    int status = check_kind(graph, kind);
    if (status == QUIRE_OK && (name.size == 0 || name.size > NAME_SIZE_MAX || !name.data)) {
        return graph_fail(graph, QUIRE_INVALID, "a name has 1 to %d bytes, not %zu", NAME_SIZE_MAX, name.size);
    }
    return status;
}

int quire_graph_name_find(quire_graph *graph, int kind, quire_bytes name, uint32_t *id)
{
    int status = check_name(graph, kind, name);
    if (status != QUIRE_OK || (status = graph_refresh(graph)) != QUIRE_OK) {
        return status;
    }
    uint32_t found = 0;
    status = find(graph, kind, name, &found);
    if (status == QUIRE_OK) {
        *id = found;
    }
    return status;
}

static int add(quire_graph *graph, int kind, quire_bytes name, uint32_t id)
{
    struct key key;
    uint8_t value[INTEGER_SIZE_MAX];
    id_of_key(kind, name, &key);
    int status = part_put(graph, PART_CATALOG, key_bytes(&key), (quire_bytes){value, integer_put(value, id)}, 0);
    if (status != QUIRE_OK) {
        return status;
    }
    name_of_key(kind, id, &key);
    return part_put(graph, PART_CATALOG, key_bytes(&key), name, 0);
}

int quire_graph_name_make(quire_graph *graph, int kind, quire_bytes name, uint32_t *id)
{
    uint32_t savepoint, made = 0;
    int status = quire_graph_name_find(graph, kind, name, id);
    if (status != QUIRE_NOT_FOUND) {
        return status;
    }
    if (graph->state.names[kind] == UINT32_MAX) {
        return graph_fail(graph, QUIRE_INVALID, "there are no more ids for names (%s)", kind_names[kind]);
    }
    if ((status = write_begin(graph, &savepoint)) != QUIRE_OK) {
        return status;
    }
    made = ++graph->state.names[kind];
    status = write_end(graph, savepoint, add(graph, kind, name, made));
    if (status == QUIRE_OK) {
        *id = made;
    }
    return status;
}

int quire_graph_name_get(quire_graph *graph, int kind, uint32_t id, quire_bytes *name)
{
    struct key key;
    quire_bytes value;
    int status = check_kind(graph, kind);
    if (status != QUIRE_OK || (status = graph_refresh(graph)) != QUIRE_OK) {
        return status;
    }
    if (id == 0 || id > graph->state.names[kind]) {
        return QUIRE_NOT_FOUND;
    }
    name_of_key(kind, id, &key);
    status = part_get(graph, PART_CATALOG, key_bytes(&key), &value);
    if (status == QUIRE_NOT_FOUND || (status == QUIRE_OK && (value.size == 0 || value.size > NAME_SIZE_MAX))) {
        return graph_corrupt(graph, "G2", 0, 0, "%s %u has no name", kind_names[kind], (unsigned)id);
    }
    if (status != QUIRE_OK) {
        return status;
    }
    graph->content.size = 0;
    if (!buffer_add(&graph->content, value.data, value.size)) {
        return graph_no_memory(graph);
    }
    *name = buffer_bytes(&graph->content);
    return QUIRE_OK;
}

/* ---- Arguments --------------------------------------------------------------------- */

int argument_name(quire_graph *graph, int kind, uint32_t id)
{
    if (id == 0 || id > graph->state.names[kind]) {
        return graph_fail(graph, QUIRE_INVALID, "there is no %s %u", kind_names[kind], (unsigned)id);
    }
    return QUIRE_OK;
}

/* Few, and mostly in order: insertion is the sort. */
int arguments_labels(quire_graph *graph, const uint32_t *labels, size_t count, size_t *kept)
{
    graph->label_arguments.size = 0;
    if (!buffer_reserve(&graph->label_arguments, count * sizeof *labels)) {
        return graph_no_memory(graph);
    }
    uint32_t *sorted = (uint32_t *)(void *)graph->label_arguments.data;
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        int status = argument_name(graph, QUIRE_GRAPH_LABEL, labels[i]);
        if (status != QUIRE_OK) {
            return status;
        }
        size_t at = size;
        while (at > 0 && sorted[at - 1] > labels[i]) {
            at--;
        }
        if (at > 0 && sorted[at - 1] == labels[i]) {
            continue;
        }
        memmove(sorted + at + 1, sorted + at, (size - at) * sizeof *sorted);
        sorted[at] = labels[i];
        size++;
    }
    *kept = size;
    return QUIRE_OK;
}

/* "property age (7)", for a message that stays on one line. A name that cannot be had is left out. */
enum { DESCRIPTION = NAME_SIZE_MAX + 32 };

static void describe_property(quire_graph *graph, uint32_t id, char text[DESCRIPTION])
{
    struct key key;
    quire_bytes name;
    int size = 0;
    char shown[NAME_SIZE_MAX];
    name_of_key(QUIRE_GRAPH_PROPERTY, id, &key);
    if (part_get(graph, PART_CATALOG, key_bytes(&key), &name) == QUIRE_OK && name.size <= NAME_SIZE_MAX) {
        for (; size < (int)name.size; size++) {
            uint8_t byte = name.data[size];
            shown[size] = byte < 0x20 || byte == 0x7f ? '?' : (char)byte;
        }
    }
    (void)snprintf(text, DESCRIPTION, "property %.*s (%u)", size, shown, (unsigned)id);
}

int arguments_properties(quire_graph *graph, const quire_graph_property *properties, size_t count)
{
    graph->property_arguments.size = 0;
    if (!buffer_reserve(&graph->property_arguments, count * sizeof *properties)) {
        return graph_no_memory(graph);
    }
    quire_graph_property *sorted = (quire_graph_property *)(void *)graph->property_arguments.data;
    char description[DESCRIPTION];
    for (size_t i = 0; i < count; i++) {
        uint32_t name = properties[i].name;
        int status = argument_name(graph, QUIRE_GRAPH_PROPERTY, name);
        if (status != QUIRE_OK) {
            return status;
        }
        if (!value_is_legal(&properties[i].value)) {
            describe_property(graph, name, description);
            return graph_fail(graph, QUIRE_INVALID, "%s has no legal value", description);
        }
        size_t at = i;
        while (at > 0 && sorted[at - 1].name > name) {
            at--;
        }
        if (at > 0 && sorted[at - 1].name == name) {
            describe_property(graph, name, description);
            return graph_fail(graph, QUIRE_INVALID, "%s is given twice", description);
        }
        memmove(sorted + at + 1, sorted + at, (i - at) * sizeof *sorted);
        sorted[at] = properties[i];
    }
    return QUIRE_OK;
}
