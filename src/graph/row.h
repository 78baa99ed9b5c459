/*
 * Rows of nodes and edges (docs/FORMAT.md, rules G3 and G4). A row is held
 * against its rule once, as a whole; what was accepted is then walked without
 * further questions. Only one form of a row is accepted: encoding what was
 * decoded gives the same bytes. Nothing here allocates but the growing buffer
 * that a row is written to.
 */
#ifndef QUIRE_GRAPH_ROW_H
#define QUIRE_GRAPH_ROW_H

#include "code.h"

/* Bytes that grow. `memory` is the graph's. */
struct buffer {
    const quire_memory *memory;
    uint8_t *data;
    size_t size, capacity;
};

/* Makes room for `more` bytes behind size; 0 when there is no memory. */
int buffer_reserve(struct buffer *buffer, size_t more);
int buffer_add(struct buffer *buffer, const void *bytes, size_t size);
void buffer_free(struct buffer *buffer);
static inline quire_bytes buffer_bytes(const struct buffer *buffer)
{
    return (quire_bytes){buffer->data, buffer->size};
}

/* A property as a row has it: long content is not in the row, only its size. */
struct stored_property {
    quire_graph_property property;
    int is_long;
};

/* A row that passed its check. */
struct row {
    uint64_t source, target; /* edges */
    uint32_t type;
    size_t label_count;
    quire_bytes labels; /* nodes */
    size_t property_count;
    quire_bytes properties;
    uint32_t label_max, property_max; /* the highest ids, 0 if there are none */
    int has_long;
};

/* 1 if the bytes are a row of the kind, whole. */
int row_decode_node(quire_bytes bytes, struct row *row);
int row_decode_edge(quire_bytes bytes, struct row *row);

/* Walks: `rest` starts as row.labels or row.properties; 0 at the end. */
int row_next_label(quire_bytes *rest, uint32_t *label);
int row_next_property(quire_bytes *rest, struct stored_property *stored);
/* 1 if the row has it. */
int row_has_label(const struct row *row, uint32_t label);
int row_find_property(const struct row *row, uint32_t name, struct stored_property *stored);

/* What rows begin with; then row_add_properties. 0 when there is no memory. Labels and properties ascend. */
int row_add_labels(struct buffer *buffer, const uint32_t *labels, size_t count);
int row_add_ends(struct buffer *buffer, uint64_t source, uint64_t target, uint32_t type);
int row_add_properties(struct buffer *buffer, const quire_graph_property *properties, size_t count);

static inline int value_is_long(const quire_graph_value *value)
{
    return type_has_content(value->type) && value->as.content.size > CONTENT_INLINE_MAX;
}

#endif
