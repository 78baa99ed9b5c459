/* Integers, ordered values and adjacency keys: each has one form, and its bytes sort as it does. */
#include "code.h"

#include <string.h>

/* The first byte of longer integers says how many follow: 248 one, 255 eight. */
enum { INTEGER_ONE_BYTE = 248 };

size_t integer_put(uint8_t *out, uint64_t value)
{
    if (value < INTEGER_ONE_BYTE) {
        out[0] = (uint8_t)value;
        return 1;
    }
    size_t count = 1;
    while (count < 8 && value >> (8 * count) != 0) {
        count++;
    }
    out[0] = (uint8_t)(INTEGER_ONE_BYTE - 1 + count);
    for (size_t i = 0; i < count; i++) {
        out[1 + i] = (uint8_t)(value >> (8 * (count - 1 - i)));
    }
    return 1 + count;
}

int take_byte(quire_bytes *from, uint8_t *value)
{
    if (from->size == 0) {
        return 0;
    }
    *value = *from->data++;
    from->size--;
    return 1;
}

int take_integer(quire_bytes *from, uint64_t *value)
{
    uint8_t first;
    if (!take_byte(from, &first)) {
        return 0;
    }
    *value = first;
    if (first < INTEGER_ONE_BYTE) {
        return 1;
    }
    size_t count = (size_t)first - (INTEGER_ONE_BYTE - 1);
    if (from->size < count) {
        return 0;
    }
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        *value = *value << 8 | from->data[i];
    }
    int is_shortest = count == 1 ? *value >= INTEGER_ONE_BYTE : from->data[0] != 0;
    from->data += count;
    from->size -= count;
    return is_shortest;
}

int take_id(quire_bytes *from, uint64_t max, uint64_t *id)
{
    return take_integer(from, id) && *id >= 1 && *id <= max;
}

int take_name(quire_bytes *from, uint32_t *name)
{
    uint64_t id;
    if (!take_id(from, UINT32_MAX, &id)) {
        return 0;
    }
    *name = (uint32_t)id;
    return 1;
}

int take_bytes(quire_bytes *from, size_t size, quire_bytes *bytes)
{
    if (from->size < size) {
        return 0;
    }
    *bytes = (quire_bytes){from->data, size};
    from->data += size;
    from->size -= size;
    return 1;
}

uint64_t signed_to_integer(int64_t value)
{
    return value < 0 ? 2 * (uint64_t)(-(value + 1)) + 1 : 2 * (uint64_t)value;
}

int64_t signed_from_integer(uint64_t value)
{
    return value % 2 ? -(int64_t)(value / 2) - 1 : (int64_t)(value / 2);
}

/* ---- Keys ------------------------------------------------------------------- */

void key_add_byte(struct key *key, uint8_t byte)
{
    key->bytes[key->size++] = byte;
}

void key_add_integer(struct key *key, uint64_t value)
{
    key->size += integer_put(key->bytes + key->size, value);
}

void adjacency_key(const struct adjacency *adjacency, struct key *key)
{
    key->size = 0;
    key_add_integer(key, adjacency->near_node);
    key_add_integer(key, adjacency->type);
    key_add_integer(key, adjacency->far_node);
    key_add_integer(key, adjacency->edge);
}

int adjacency_decode(quire_bytes bytes, struct adjacency *adjacency)
{
    return take_id(&bytes, ID_MAX, &adjacency->near_node) && take_name(&bytes, &adjacency->type) &&
           take_id(&bytes, ID_MAX, &adjacency->far_node) && take_id(&bytes, ID_MAX, &adjacency->edge) &&
           bytes.size == 0;
}

/* ---- Values in order --------------------------------------------------------- */

static const uint64_t sign_bit = (uint64_t)1 << 63;
static const uint64_t one_nan = (uint64_t)0x7ff8 << 48;

static void put_high_first(uint8_t *out, uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

/* A double's bits such that unsigned order is the order of the numbers. */
static uint64_t ordered_from_real(double real)
{
    uint64_t bits = one_nan;
    if (real == real) {
        real += 0.0; /* -0.0 becomes 0.0 */
        memcpy(&bits, &real, sizeof bits);
    }
    return bits & sign_bit ? ~bits : bits | sign_bit;
}

static int real_from_ordered(uint64_t ordered, double *real)
{
    uint64_t bits = ordered & sign_bit ? ordered & ~sign_bit : ~ordered;
    memcpy(real, &bits, sizeof bits);
    return ordered_from_real(*real) == ordered;
}

size_t ordered_size_max(const quire_graph_value *value)
{
    return type_has_content(value->type) ? 1 + 2 * value->as.content.size + 2 : 9;
}

static size_t put_content(uint8_t *out, quire_bytes content)
{
    size_t size = 0;
    for (size_t i = 0; i < content.size; i++) {
        out[size++] = content.data[i];
        if (content.data[i] == 0) {
            out[size++] = 0xff;
        }
    }
    out[size++] = 0;
    out[size++] = 0;
    return size;
}

size_t ordered_put(uint8_t *out, const quire_graph_value *value)
{
    out[0] = (uint8_t)value->type;
    switch (value->type) {
    case QUIRE_GRAPH_NULL:
        return 1;
    case QUIRE_GRAPH_BOOL:
        out[1] = (uint8_t)value->as.boolean;
        return 2;
    case QUIRE_GRAPH_INT64:
    case QUIRE_GRAPH_DATETIME:
        put_high_first(out + 1, (uint64_t)value->as.integer ^ sign_bit);
        return 9;
    case QUIRE_GRAPH_DOUBLE:
        put_high_first(out + 1, ordered_from_real(value->as.real));
        return 9;
    case QUIRE_GRAPH_STRING:
    case QUIRE_GRAPH_BYTES:
        break;
    }
    return 1 + put_content(out + 1, value->as.content);
}

static int take_high_first(quire_bytes *from, uint64_t *value)
{
    quire_bytes bytes;
    if (!take_bytes(from, 8, &bytes)) {
        return 0;
    }
    *value = 0;
    for (size_t i = 0; i < 8; i++) {
        *value = *value << 8 | bytes.data[i];
    }
    return 1;
}

static int take_content(quire_bytes *from, uint8_t *scratch, quire_bytes *content)
{
    size_t size = 0;
    uint8_t byte, next;
    while (take_byte(from, &byte)) {
        if (byte == 0) {
            if (!take_byte(from, &next)) {
                return 0;
            }
            if (next == 0) {
                *content = (quire_bytes){scratch, size};
                return 1;
            }
            if (next != 0xff) {
                return 0;
            }
        }
        scratch[size++] = byte;
    }
    return 0;
}

int take_ordered(quire_bytes *from, uint8_t *scratch, quire_graph_value *value)
{
    uint8_t type, boolean;
    uint64_t ordered;
    if (!take_byte(from, &type) || type > QUIRE_GRAPH_BYTES) {
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
        if (!take_high_first(from, &ordered)) {
            return 0;
        }
        ordered ^= sign_bit;
        memcpy(&value->as.integer, &ordered, sizeof ordered);
        return 1;
    case QUIRE_GRAPH_DOUBLE:
        return take_high_first(from, &ordered) && real_from_ordered(ordered, &value->as.real);
    case QUIRE_GRAPH_STRING:
    case QUIRE_GRAPH_BYTES:
        break;
    }
    return take_content(from, scratch, &value->as.content);
}

/* ---- Values ------------------------------------------------------------------- */

int value_is_legal(const quire_graph_value *value)
{
    if ((unsigned)value->type > QUIRE_GRAPH_BYTES) {
        return 0;
    }
    if (type_has_content(value->type)) {
        return value->as.content.size <= CONTENT_MAX && (value->as.content.data || value->as.content.size == 0);
    }
    return value->type != QUIRE_GRAPH_BOOL || value->as.boolean == 0 || value->as.boolean == 1;
}

static int compare_content(quire_bytes a, quire_bytes b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

int quire_graph_value_compare(const quire_graph_value *a, const quire_graph_value *b)
{
    if (a->type != b->type) {
        return a->type < b->type ? -1 : 1;
    }
    if (type_has_content(a->type)) {
        return compare_content(a->as.content, b->as.content);
    }
    uint8_t left[9], right[9];
    size_t size = ordered_put(left, a);
    (void)ordered_put(right, b);
    return memcmp(left, right, size);
}
