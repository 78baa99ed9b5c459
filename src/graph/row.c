/* Rows: decoded as a whole or not at all, encoded in their only form. */
#include "row.h"

#include <string.h>

int buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->size >= more) {
        return 1;
    }
    if (more > SIZE_MAX / 2 - buffer->size) {
        return 0;
    }
    size_t capacity = buffer->capacity ? 2 * buffer->capacity : 256;
    if (capacity < buffer->size + more) {
        capacity = buffer->size + more;
    }
    uint8_t *grown = buffer->memory->resize(buffer->memory->context, buffer->data, capacity);
    if (!grown) {
        return 0;
    }
    buffer->data = grown;
    buffer->capacity = capacity;
    return 1;
}

int buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
    if (!buffer_reserve(buffer, size)) {
        return 0;
    }
    if (size > 0) {
        memcpy(buffer->data + buffer->size, bytes, size);
    }
    buffer->size += size;
    return 1;
}

void buffer_free(struct buffer *buffer)
{
    buffer->memory->release(buffer->memory->context, buffer->data);
    buffer->data = NULL;
    buffer->size = buffer->capacity = 0;
}

/* ---- Decoding ----------------------------------------------------------------- */

static int take_real(quire_bytes *from, double *real)
{
    quire_bytes bytes;
    uint64_t bits = 0;
    if (!take_bytes(from, 8, &bytes)) {
        return 0;
    }
    for (size_t i = 8; i-- > 0;) {
        bits = bits << 8 | bytes.data[i];
    }
    memcpy(real, &bits, sizeof bits);
    return 1;
}

static int take_stored_content(quire_bytes *from, int is_long, quire_bytes *content)
{
    uint64_t size;
    if (!take_integer(from, &size) || size > CONTENT_MAX || (size > CONTENT_INLINE_MAX) != is_long) {
        return 0;
    }
    if (is_long) {
        *content = (quire_bytes){NULL, (size_t)size};
        return 1;
    }
    return take_bytes(from, (size_t)size, content);
}

static int take_property(quire_bytes *from, struct stored_property *stored)
{
    quire_graph_value *value = &stored->property.value;
    uint8_t type, boolean;
    uint64_t integer;
    if (!take_name(from, &stored->property.name) || !take_byte(from, &type)) {
        return 0;
    }
    stored->is_long = (type & TYPE_LONG) != 0;
    type = type & (TYPE_LONG - 1);
    if (type > QUIRE_GRAPH_BYTES || (stored->is_long && !type_has_content(type))) {
        return 0;
    }
    value->type = (quire_graph_type)type;
    value->as.content = (quire_bytes){NULL, 0};
    switch (value->type) {
    case QUIRE_GRAPH_NULL:
        return 1;
    case QUIRE_GRAPH_BOOL:
        if (!take_byte(from, &boolean) || boolean > 1) {
            return 0;
        }
        value->as.boolean = boolean;
        return 1;
    case QUIRE_GRAPH_INT64:
    case QUIRE_GRAPH_DATETIME:
        if (!take_integer(from, &integer)) {
            return 0;
        }
        value->as.integer = signed_from_integer(integer);
        return 1;
    case QUIRE_GRAPH_DOUBLE:
        return take_real(from, &value->as.real);
    case QUIRE_GRAPH_STRING:
    case QUIRE_GRAPH_BYTES:
        break;
    }
    return take_stored_content(from, stored->is_long, &value->as.content);
}

/* A count can not be larger than what is left has bytes for: each thing takes one at least. */
static int take_count(quire_bytes *from, size_t *count)
{
    uint64_t value;
    if (!take_integer(from, &value) || value > from->size) {
        return 0;
    }
    *count = (size_t)value;
    return 1;
}

static int take_labels(quire_bytes *from, struct row *row)
{
    if (!take_count(from, &row->label_count)) {
        return 0;
    }
    row->labels = *from;
    row->label_max = 0;
    for (size_t i = 0; i < row->label_count; i++) {
        uint32_t label;
        if (!take_name(from, &label) || label <= row->label_max) {
            return 0;
        }
        row->label_max = label;
    }
    row->labels.size -= from->size;
    return 1;
}

/* The properties end the row. */
static int take_properties(quire_bytes *from, struct row *row)
{
    if (!take_count(from, &row->property_count)) {
        return 0;
    }
    row->properties = *from;
    row->property_max = 0;
    row->has_long = 0;
    for (size_t i = 0; i < row->property_count; i++) {
        struct stored_property stored;
        if (!take_property(from, &stored) || stored.property.name <= row->property_max) {
            return 0;
        }
        row->property_max = stored.property.name;
        row->has_long |= stored.is_long;
    }
    return from->size == 0;
}

int row_decode_node(quire_bytes bytes, struct row *row)
{
    row->source = row->target = 0;
    row->type = 0;
    return take_labels(&bytes, row) && take_properties(&bytes, row);
}

int row_decode_edge(quire_bytes bytes, struct row *row)
{
    row->label_count = 0;
    row->label_max = 0;
    row->labels = (quire_bytes){NULL, 0};
    return take_id(&bytes, ID_MAX, &row->source) && take_id(&bytes, ID_MAX, &row->target) &&
           take_name(&bytes, &row->type) && take_properties(&bytes, row);
}

int row_next_label(quire_bytes *rest, uint32_t *label)
{
    return take_name(rest, label);
}

int row_next_property(quire_bytes *rest, struct stored_property *stored)
{
    return take_property(rest, stored);
}

int row_has_label(const struct row *row, uint32_t label)
{
    quire_bytes rest = row->labels;
    uint32_t found;
    while (row_next_label(&rest, &found) && found <= label) {
        if (found == label) {
            return 1;
        }
    }
    return 0;
}

int row_find_property(const struct row *row, uint32_t name, struct stored_property *stored)
{
    quire_bytes rest = row->properties;
    while (row_next_property(&rest, stored) && stored->property.name <= name) {
        if (stored->property.name == name) {
            return 1;
        }
    }
    return 0;
}

/* ---- Encoding ----------------------------------------------------------------- */

static void add_integer(struct buffer *buffer, uint64_t value)
{
    buffer->size += integer_put(buffer->data + buffer->size, value);
}

int row_add_labels(struct buffer *buffer, const uint32_t *labels, size_t count)
{
    if (!buffer_reserve(buffer, (1 + count) * INTEGER_SIZE_MAX)) {
        return 0;
    }
    add_integer(buffer, count);
    for (size_t i = 0; i < count; i++) {
        add_integer(buffer, labels[i]);
    }
    return 1;
}

int row_add_ends(struct buffer *buffer, uint64_t source, uint64_t target, uint32_t type)
{
    if (!buffer_reserve(buffer, (size_t)3 * INTEGER_SIZE_MAX)) {
        return 0;
    }
    add_integer(buffer, source);
    add_integer(buffer, target);
    add_integer(buffer, type);
    return 1;
}

static void add_real(struct buffer *buffer, double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    for (size_t i = 0; i < 8; i++) {
        buffer->data[buffer->size++] = (uint8_t)(bits >> (8 * i));
    }
}

static int add_property(struct buffer *buffer, const quire_graph_property *property)
{
    const quire_graph_value *value = &property->value;
    int is_long = value_is_long(value);
    size_t content = type_has_content(value->type) && !is_long ? value->as.content.size : 0;
    if (!buffer_reserve(buffer, 2 * INTEGER_SIZE_MAX + 1 + content)) {
        return 0;
    }
    add_integer(buffer, property->name);
    buffer->data[buffer->size++] = (uint8_t)(value->type | (is_long ? TYPE_LONG : 0));
    switch (value->type) {
    case QUIRE_GRAPH_NULL:
        break;
    case QUIRE_GRAPH_BOOL:
        buffer->data[buffer->size++] = (uint8_t)value->as.boolean;
        break;
    case QUIRE_GRAPH_INT64:
    case QUIRE_GRAPH_DATETIME:
        add_integer(buffer, signed_to_integer(value->as.integer));
        break;
    case QUIRE_GRAPH_DOUBLE:
        add_real(buffer, value->as.real);
        break;
    case QUIRE_GRAPH_STRING:
    case QUIRE_GRAPH_BYTES:
        add_integer(buffer, value->as.content.size);
        return buffer_add(buffer, value->as.content.data, content);
    }
    return 1;
}

int row_add_properties(struct buffer *buffer, const quire_graph_property *properties, size_t count)
{
    if (!buffer_reserve(buffer, INTEGER_SIZE_MAX)) {
        return 0;
    }
    add_integer(buffer, count);
    for (size_t i = 0; i < count; i++) {
        if (!add_property(buffer, &properties[i])) {
            return 0;
        }
    }
    return 1;
}
