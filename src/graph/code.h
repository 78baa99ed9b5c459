/*
 * The codes that a graph's keys and rows are made of (docs/FORMAT.md, "The
 * graph"). Pure functions: bytes in, bytes out. Each value has one form and
 * decoders accept no other, so that equal bytes and equal values are the same
 * question, and so that keys can be compared without being decoded.
 */
#ifndef QUIRE_GRAPH_CODE_H
#define QUIRE_GRAPH_CODE_H

#include "../quire_graph.h"

enum { INTEGER_SIZE_MAX = 9, CONTENT_INLINE_MAX = 256, TYPE_LONG = 0x80 };

#define ID_MAX (((uint64_t)1 << 63) - 1)
#define CONTENT_MAX 0x7fffffffu

/* Writes an integer and answers how many bytes it took; `out` has room for INTEGER_SIZE_MAX. */
size_t integer_put(uint8_t *out, uint64_t value);

/*
 * The take functions read from the front of `from`, move it past what they read,
 * and answer 1; or 0 if what stands there is no such thing.
 */
int take_byte(quire_bytes *from, uint8_t *value);
int take_integer(quire_bytes *from, uint64_t *value);
/* An integer of at least 1 and at most `max`: an id. */
int take_id(quire_bytes *from, uint64_t max, uint64_t *id);
int take_name(quire_bytes *from, uint32_t *name);
int take_bytes(quire_bytes *from, size_t size, quire_bytes *bytes);

uint64_t signed_to_integer(int64_t value);
int64_t signed_from_integer(uint64_t value);

/* A short key under construction: all but those of the index. */
struct key {
    size_t size;
    uint8_t bytes[56];
};

void key_add_byte(struct key *key, uint8_t byte);
void key_add_integer(struct key *key, uint64_t value);
static inline quire_bytes key_bytes(const struct key *key)
{
    return (quire_bytes){key->bytes, key->size};
}

/* What adjacency keys say. `near` is the node whose list it is: source in `out`, target in `in`. */
struct adjacency {
    uint64_t near_node, far_node, edge;
    uint32_t type;
};

void adjacency_key(const struct adjacency *adjacency, struct key *key);
/* 1 if the bytes are such a key, whole. */
int adjacency_decode(quire_bytes bytes, struct adjacency *adjacency);

/* The most bytes that a value of this content size takes in an index key. */
size_t ordered_size_max(const quire_graph_value *value);
/* Writes type and ordered value; answers the size. */
size_t ordered_put(uint8_t *out, const quire_graph_value *value);
/* Takes a type and an ordered value. Content is written to `scratch`, which has room for all of `from`. */
int take_ordered(quire_bytes *from, uint8_t *scratch, quire_graph_value *value);

/* 1 if the value can be stored: a known type, a boolean of 0 or 1, content of legal length with an address. */
int value_is_legal(const quire_graph_value *value);
static inline int type_has_content(unsigned type)
{
    return type == QUIRE_GRAPH_STRING || type == QUIRE_GRAPH_BYTES;
}

#endif
