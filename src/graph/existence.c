/* The existence cache of a writer. */
#include "existence.h"

#include "idset.h"

int existence_start(quire_graph *graph, struct existence *cache, size_t capacity)
{
    *cache = (struct existence){NULL, 0, 0};
    if (capacity == 0) {
        return QUIRE_OK;
    }
    size_t sets = capacity < EXISTENCE_WAYS ? 1 : capacity / EXISTENCE_WAYS;
    cache->capacity = sets == 1 && capacity < EXISTENCE_WAYS ? capacity : sets * EXISTENCE_WAYS;
    if (cache->capacity > SIZE_MAX / sizeof *cache->entries ||
        !(cache->entries = graph_allocate(graph, cache->capacity * sizeof *cache->entries))) {
        cache->capacity = 0;
        return graph_no_memory(graph);
    }
    cache->sets = sets;
    return QUIRE_OK;
}

void existence_free(quire_graph *graph, struct existence *cache)
{
    graph_release(graph, cache->entries);
    *cache = (struct existence){NULL, 0, 0};
}

void existence_clear(struct existence *cache)
{
    if (cache->entries) {
        memset(cache->entries, 0, cache->capacity * sizeof *cache->entries);
    }
}

/* The set of an id, and how many ways it has. */
static uint64_t *set_of(struct existence *cache, uint64_t id, size_t *ways)
{
    size_t set = (size_t)(((id_hash(id) >> 32) * cache->sets) >> 32);
    *ways = cache->capacity < EXISTENCE_WAYS ? cache->capacity : EXISTENCE_WAYS;
    return cache->entries + set * EXISTENCE_WAYS;
}

/* Puts `entry` first; what stood before place `at` moves down by one. */
static void move_first(uint64_t *set, size_t at, uint64_t entry)
{
    for (; at > 0; at--) {
        set[at] = set[at - 1];
    }
    set[0] = entry;
}

static size_t place_of(const uint64_t *set, size_t ways, uint64_t id)
{
    size_t at = 0;
    while (at < ways && set[at] >> 1 != id) {
        at++;
    }
    return at;
}

int existence_look(struct existence *cache, uint64_t id)
{
    size_t ways;
    if (cache->capacity == 0) {
        return -1;
    }
    uint64_t *set = set_of(cache, id, &ways);
    size_t at = place_of(set, ways, id);
    if (at == ways) {
        return -1;
    }
    uint64_t entry = set[at];
    move_first(set, at, entry);
    return (int)(entry & 1);
}

void existence_note(struct existence *cache, uint64_t id, int exists)
{
    size_t ways;
    if (cache->capacity == 0) {
        return;
    }
    uint64_t *set = set_of(cache, id, &ways);
    size_t at = place_of(set, ways, id);
    move_first(set, at < ways ? at : ways - 1, id << 1 | (exists != 0));
}
