/* What the commands of quire graph share; see graph_cli.h. */
#include "graph_cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int graph_complain(const struct arguments *arguments, struct graph_reading *reading, int status)
{
    return complain(arguments, "%s (%s)", quire_graph_fault_get(reading->graph)->message,
                    quire_graph_status_name(status));
}

int graph_begin_reading(const struct arguments *arguments, struct graph_reading *reading)
{
    *reading = (struct graph_reading){.graph = NULL};
    if (!begin_reading(arguments, &reading->base)) {
        return 0;
    }
    char message[256] = "";
    quire_graph_options options;
    quire_graph_options_init(&options);
    options.message = message;
    options.message_size = sizeof message;
    int status = quire_graph_open(reading->base.db, reading->base.txn, arguments->graph, &options, &reading->graph);
    if (status == QUIRE_OK) {
        quire_status keys = graph_keys_open(reading->base.txn, arguments->graph, 0, &reading->keys);
        if (keys == QUIRE_OK || keys == QUIRE_NOT_FOUND) {
            return 1;
        }
        complain_status(arguments, reading->base.db, keys, "the keys of nodes");
    } else if (status == QUIRE_NOT_FOUND) {
        complain(arguments, "there is no graph %s in %s", arguments->graph, arguments->words[0]);
    } else {
        complain(arguments, "%s (%s)", message, quire_graph_status_name(status));
    }
    graph_end_reading(arguments, reading, EXIT_ERROR);
    return 0;
}

int graph_end_reading(const struct arguments *arguments, struct graph_reading *reading, int code)
{
    quire_graph_close(reading->graph);
    return end_reading(arguments, &reading->base, code);
}

static int name_fits(struct graph_name *name, size_t size)
{
    if (size > name->capacity) {
        uint8_t *bytes = realloc(name->bytes, size);
        if (!bytes) {
            return 0;
        }
        name->bytes = bytes;
        name->capacity = size;
    }
    name->size = size;
    return 1;
}

quire_status graph_name_of(struct graph_reading *reading, uint64_t node, struct graph_name *name)
{
    quire_bytes key;
    quire_status status = graph_key_of_node(reading->base.txn, reading->keys, node, &key);
    if (status == QUIRE_OK) {
        if (!name_fits(name, key.size)) {
            return QUIRE_NO_MEMORY;
        }
        memcpy(name->bytes, key.data, key.size);
    }
    for (int marks = 1; status == QUIRE_NOT_FOUND; marks++) {
        char digits[24];
        int size = snprintf(digits, sizeof digits, "%" PRIu64, node);
        uint64_t other;
        if (!name_fits(name, (size_t)(marks + size))) {
            return QUIRE_NO_MEMORY;
        }
        memset(name->bytes, '#', (size_t)marks);
        memcpy(name->bytes + marks, digits, (size_t)size);
        status = graph_node_of_key(reading->base.txn, reading->keys, (quire_bytes){name->bytes, name->size}, &other);
        if (status == QUIRE_NOT_FOUND) {
            return QUIRE_OK;
        }
        status = status == QUIRE_OK ? QUIRE_NOT_FOUND : status;
    }
    return status;
}

quire_status graph_node_named(struct graph_reading *reading, const char *name, uint64_t *node)
{
    quire_bytes key = {(const uint8_t *)name, strlen(name)}, other;
    quire_status status = graph_node_of_key(reading->base.txn, reading->keys, key, node);
    if (status != QUIRE_NOT_FOUND && status != QUIRE_INVALID) {
        return status;
    }
    const char *digits = name + strspn(name, "#");
    char *end;
    *node = strtoull(digits, &end, 10);
    if (digits == name || end == digits || *end != '\0') {
        return QUIRE_NOT_FOUND;
    }
    quire_graph_node row;
    status = graph_key_of_node(reading->base.txn, reading->keys, *node, &other);
    if (status != QUIRE_NOT_FOUND) {
        return status == QUIRE_OK ? QUIRE_NOT_FOUND : status; /* that node has a key, and is called by it */
    }
    return (quire_status)quire_graph_node_get(reading->graph, *node, &row);
}
