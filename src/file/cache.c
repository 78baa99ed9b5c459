/*
 * Frames in a clock (Corbato, A paging experiment with the Multics system,
 * 1968). The hand clears the mark of frames used of late and stops at one that
 * is not. Dropping a clean frame costs nothing, one that must be rebuilt from
 * the log costs its next reader, and one that the writer edits may cost a
 * record: so the hand looks a bounded distance ahead for a cheaper victim.
 */
#include "cache.h"

#include <string.h>

enum { LEAST_FRAMES = 16, LOOK_AHEAD = 48 };

void cache_init(struct cache *cache, const quire_memory *memory, size_t page_size, size_t budget_bytes)
{
    memset(cache, 0, sizeof *cache);
    cache->memory = memory;
    cache->page_size = page_size;
    cache->budget = budget_bytes / (page_size + sizeof(struct page_frame));
    if (cache->budget < LEAST_FRAMES)
        cache->budget = LEAST_FRAMES;
}

void cache_free(struct cache *cache)
{
    for (size_t i = 0; i < cache->count; i++)
        memory_release(cache->memory, cache->clock[i]);
    while (cache->spare != NULL) {
        struct page_frame *frame = cache->spare;
        cache->spare = frame->sibling;
        memory_release(cache->memory, frame);
    }
    memory_release(cache->memory, cache->clock);
    cache->clock = NULL;
    cache->count = cache->capacity = cache->spare_count = 0;
}

int cache_is_full(const struct cache *cache)
{
    return cache->count >= cache->budget;
}

enum { COST_CLEAN, COST_LOGGED, COST_EDITED, COST_NEVER };

static int cache_cost(struct page_frame *frame, int may_take_edited)
{
    if (frame->is_loading || frame_pins(frame) != 0)
        return COST_NEVER;
    if (frame->entry->is_editing)
        return may_take_edited && !frame->is_unlogged ? COST_EDITED : COST_NEVER;
    return frame->entry->committed_lsn != 0 ? COST_LOGGED : COST_CLEAN;
}

struct page_frame *cache_victim(struct cache *cache, int may_take_edited)
{
    struct page_frame *best = NULL;
    int best_cost = COST_NEVER;
    size_t ahead = 0;
    for (size_t step = 0; step < 2 * cache->count && ahead < LOOK_AHEAD; step++) {
        if (cache->hand >= cache->count)
            cache->hand = 0;
        struct page_frame *frame = cache->clock[cache->hand++];
        if (frame->is_referenced) {
            frame->is_referenced = 0;
            continue;
        }
        int cost = cache_cost(frame, may_take_edited);
        if (cost < best_cost) {
            best = frame;
            best_cost = cost;
        }
        if (best_cost == COST_CLEAN)
            break;
        ahead += best != NULL;
    }
    return best;
}

struct page_frame *cache_take(struct cache *cache)
{
    struct page_frame *frame = cache->spare;
    if (frame != NULL) {
        cache->spare = frame->sibling;
        cache->spare_count--;
    } else {
        frame = memory_allocate(cache->memory, sizeof *frame + cache->page_size);
        if (frame == NULL)
            return NULL;
    }
    memset(frame, 0, sizeof *frame);
    frame->face.data = (uint8_t *)(frame + 1);
    return frame;
}

void cache_discard(struct cache *cache, struct page_frame *frame)
{
    if (cache->count + cache->spare_count >= cache->budget) {
        memory_release(cache->memory, frame);
        return;
    }
    frame->sibling = cache->spare;
    cache->spare = frame;
    cache->spare_count++;
}

int cache_attach(struct cache *cache, struct page_entry *entry, struct page_frame *frame)
{
    if (cache->count == cache->capacity) {
        size_t capacity = cache->capacity == 0 ? 64 : cache->capacity * 2;
        struct page_frame **clock = memory_resize(cache->memory, cache->clock, capacity * sizeof(struct page_frame *));
        if (clock == NULL)
            return 0;
        cache->clock = clock;
        cache->capacity = capacity;
    }
    frame->slot = cache->count;
    cache->clock[cache->count++] = frame;
    frame->entry = entry;
    frame->face.pgno = entry->pgno;
    frame->is_referenced = 1;
    entry->frame = frame;
    return 1;
}

struct page_frame *cache_detach(struct cache *cache, struct page_entry *entry)
{
    struct page_frame *frame = entry->frame;
    struct page_frame *last = cache->clock[--cache->count];
    cache->clock[frame->slot] = last;
    last->slot = frame->slot;
    entry->frame = NULL;
    return frame;
}
