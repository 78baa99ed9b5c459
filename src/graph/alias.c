/* The aliases of a batch. */
#include "alias.h"

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
static uint64_t hash_of(quire_bytes bytes)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < bytes.size; i++) {
        hash = (hash ^ bytes.data[i]) * 0x100000001b3u;
    }
    return hash;
}

static struct alias *slot_of(const struct aliases *aliases, quire_bytes bytes, uint64_t hash)
{
    size_t slot = (size_t)hash & (aliases->capacity - 1);
    for (;; slot = (slot + 1) & (aliases->capacity - 1)) {
        struct alias *alias = &aliases->slots[slot];
        if (alias->node == 0 ||
            (alias->hash == hash && alias->size == bytes.size &&
             (bytes.size == 0 || memcmp(aliases->bytes.data + alias->offset, bytes.data, bytes.size) == 0))) {
            return alias;
        }
    }
}

static int grow(quire_graph *graph, struct aliases *aliases)
{
    struct aliases larger = *aliases;
    larger.capacity = aliases->capacity ? 2 * aliases->capacity : 64;
    larger.slots = larger.capacity > SIZE_MAX / sizeof *larger.slots
                       ? NULL
                       : graph_allocate(graph, larger.capacity * sizeof *larger.slots);
    if (!larger.slots) {
        return 0;
    }
    for (size_t i = 0; i < aliases->capacity; i++) {
        struct alias *alias = &aliases->slots[i];
        if (alias->node != 0) {
            *slot_of(&larger, (quire_bytes){aliases->bytes.data + alias->offset, alias->size}, alias->hash) = *alias;
        }
    }
    graph_release(graph, aliases->slots);
    aliases->slots = larger.slots;
    aliases->capacity = larger.capacity;
    return 1;
}

int alias_add(quire_graph *graph, struct aliases *aliases, quire_bytes bytes, uint64_t node)
{
    if (2 * (aliases->count + 1) > aliases->capacity && !grow(graph, aliases)) {
        return graph_no_memory(graph);
    }
    uint64_t hash = hash_of(bytes);
    struct alias *alias = slot_of(aliases, bytes, hash);
    if (alias->node != 0) {
        return QUIRE_EXISTS;
    }
    struct alias made = {hash, aliases->bytes.size, bytes.size, node};
    if (!buffer_add(&aliases->bytes, bytes.data, bytes.size)) {
        return graph_no_memory(graph);
    }
    *alias = made;
    aliases->count++;
    return QUIRE_OK;
}

uint64_t alias_find(const struct aliases *aliases, quire_bytes bytes)
{
    return aliases->count == 0 ? 0 : slot_of(aliases, bytes, hash_of(bytes))->node;
}

void aliases_clear(struct aliases *aliases)
{
    if (aliases->count > 0) {
        memset(aliases->slots, 0, aliases->capacity * sizeof *aliases->slots);
    }
    aliases->count = 0;
    aliases->bytes.size = 0;
}

void aliases_free(quire_graph *graph, struct aliases *aliases)
{
    graph_release(graph, aliases->slots);
    buffer_free(&aliases->bytes);
    aliases->slots = NULL;
    aliases->capacity = aliases->count = 0;
}
