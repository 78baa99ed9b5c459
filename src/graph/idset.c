/* The set of ids that cursors remember. */
#include "idset.h"

static size_t slot_of(const struct id_set *set, uint64_t id)
{
    size_t slot = (size_t)id_hash(id) & (set->capacity - 1);
    while (set->slots[slot] != 0 && set->slots[slot] != id) {
        slot = (slot + 1) & (set->capacity - 1);
    }
    return slot;
}

static int grow(quire_graph *graph, struct id_set *set)
{
    struct id_set larger = {NULL, set->capacity ? 2 * set->capacity : 64, set->count};
    if (larger.capacity > SIZE_MAX / sizeof *larger.slots) {
        return 0;
    }
    larger.slots = graph_allocate(graph, larger.capacity * sizeof *larger.slots);
    if (!larger.slots) {
        return 0;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != 0) {
            larger.slots[slot_of(&larger, set->slots[i])] = set->slots[i];
        }
    }
    graph_release(graph, set->slots);
    *set = larger;
    return 1;
}

int id_set_add(quire_graph *graph, struct id_set *set, uint64_t id)
{
    if (2 * (set->count + 1) > set->capacity && !grow(graph, set)) {
        return -1;
    }
    size_t slot = slot_of(set, id);
    if (set->slots[slot] == id) {
        return 0;
    }
    set->slots[slot] = id;
    set->count++;
    return 1;
}

void id_set_free(quire_graph *graph, struct id_set *set)
{
    graph_release(graph, set->slots);
    set->slots = NULL;
    set->capacity = set->count = 0;
}
