/*
 * Frames in a clock (Corbato, A paging experiment with the Multics system,
 * 1968). The hand clears the mark of frames used of late and stops at one that
 * is not. Dropping a clean frame costs nothing, one that must be rebuilt from
 * the log costs its next reader, and one that the writer edits may cost a
 * record: so the hand looks a bounded distance ahead for a cheaper victim.
 */
#include "cache.h"

#include <string.h>

enum { LEAST_FRAMES = 16, LOOK_AHEAD = 48, FRAMES_PER_BLOCK = 32, CACHE_LINE = 64 };

/*
 * The first pages are allocated one by one, so that a small database takes
 * little. Those after them are cut from slabs, which the processor may map by huge
 * pages: a look-up among a million records then misses its translations less.
 * A cache line lies between two pages of a slab: headers at equal distances of a
 * power of two would all contend for the same lines of the processor's caches.
 */
enum { BYTES_ALONE = 2 << 20, SLAB_BYTES = MEMORY_HUGE_BYTES };

struct page_slab {
    struct page_slab *next;
    uint8_t *pages;
};

/* A frame to itself in whole cache lines: readers on other threads pin its neighbours. */
struct padded_frame {
    _Alignas(CACHE_LINE) struct page_frame frame;
};

/*
 * What a frame counts for beside its page: the same number on every machine,
 * since where the writer runs out of frames decides which records a log holds,
 * and the same calls shall give the same file.
 */
enum { FRAME_BYTES = 128 };
_Static_assert(sizeof(struct padded_frame) <= FRAME_BYTES, "the budget of the cache counts each frame whole");

struct frame_block {
    struct frame_block *next;
    struct padded_frame *frames;
};

int cache_init(struct cache *cache, const quire_memory *memory, size_t page_size, size_t budget_bytes)
{
    memset(cache, 0, sizeof *cache);
    cache->memory = memory;
    cache->page_size = page_size;
    cache->budget = budget_bytes / (page_size + FRAME_BYTES);
    if (cache->budget < LEAST_FRAMES)
        cache->budget = LEAST_FRAMES;
    size_t size = LEAST_FRAMES;
    while (size < cache->budget)
        size *= 2;
    cache->table = memory_allocate(memory, size * sizeof *cache->table);
    if (cache->table == NULL)
        return 0;
    for (size_t i = 0; i < size; i++) {
        atomic_init(&cache->table[i].frame, NULL);
        atomic_init(&cache->table[i].bytes, NULL);
    }
    cache->table_mask = size - 1;
    return 1;
}

/* What is in a slab goes with the slab. */
static void cache_release_page(struct cache *cache, struct page_frame *frame)
{
    if (!frame->is_in_slab)
        memory_release(cache->memory, frame->face.data);
    frame->face.data = NULL;
}

void cache_free(struct cache *cache)
{
    while (cache->blocks != NULL) {
        struct frame_block *block = cache->blocks;
        cache->blocks = block->next;
        for (size_t i = 0; i < FRAMES_PER_BLOCK; i++)
            cache_release_page(cache, &block->frames[i].frame);
        memory_release(cache->memory, block);
    }
    while (cache->slabs != NULL) {
        struct page_slab *slab = cache->slabs;
        cache->slabs = slab->next;
        memory_release(cache->memory, slab->pages);
        memory_release(cache->memory, slab);
    }
    memory_release(cache->memory, cache->clock);
    memory_release(cache->memory, cache->table);
    cache->clock = NULL;
    cache->table = NULL;
    cache->spare = cache->bare = NULL;
    cache->count = cache->capacity = cache->spare_count = cache->alone_count = cache->slab_count = cache->slab_left = 0;
}

uint64_t cache_hits(const struct cache *cache)
{
    uint64_t hits = 0;
    for (const struct frame_block *block = cache->blocks; block != NULL; block = block->next)
        for (size_t i = 0; i < FRAMES_PER_BLOCK; i++)
            hits += atomic_load_explicit(&block->frames[i].frame.pins, memory_order_relaxed) >> FRAME_PINS_BITS;
    return hits;
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
        if (atomic_load_explicit(&frame->is_referenced, memory_order_relaxed)) {
            atomic_store_explicit(&frame->is_referenced, 0, memory_order_relaxed);
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

static int cache_add_block(struct cache *cache)
{
    size_t size = sizeof(struct frame_block) + CACHE_LINE - 1 + FRAMES_PER_BLOCK * sizeof(struct padded_frame);
    struct frame_block *block = memory_allocate(cache->memory, size);
    if (block == NULL)
        return 0;
    uintptr_t first = (uintptr_t)(block + 1) + CACHE_LINE - 1;
    block->frames = (struct padded_frame *)(first - first % CACHE_LINE);
    block->next = cache->blocks;
    cache->blocks = block;
    for (size_t i = 0; i < FRAMES_PER_BLOCK; i++) {
        struct page_frame *frame = &block->frames[i].frame;
        memset(frame, 0, sizeof *frame);
        frame->sibling = cache->bare;
        cache->bare = frame;
    }
    return 1;
}

static int cache_add_slab(struct cache *cache, size_t count)
{
    struct page_slab *slab = memory_allocate(cache->memory, sizeof *slab);
    if (slab == NULL)
        return 0;
    slab->pages = memory_allocate(cache->memory, SLAB_BYTES);
    if (slab->pages == NULL) {
        memory_release(cache->memory, slab);
        return 0;
    }
    slab->next = cache->slabs;
    cache->slabs = slab;
    cache->slab_count += count;
    cache->slab_left = count;
    return 1;
}

/* All slabs and the pages before them are within the budget; what is beyond it is given back when it is not needed. */
static uint8_t *cache_cut_page(struct cache *cache)
{
    size_t stride = cache->page_size + CACHE_LINE;
    size_t count = SLAB_BYTES / stride;
    if (cache->slab_left == 0 &&
        (cache->alone_count < BYTES_ALONE / cache->page_size ||
         cache->alone_count + cache->slab_count + count > cache->budget || !cache_add_slab(cache, count)))
        return NULL;
    return cache->slabs->pages + (count - cache->slab_left--) * stride;
}

/* A frame without a page is given one. */
static struct page_frame *cache_clothe(struct cache *cache)
{
    if (cache->bare == NULL && !cache_add_block(cache))
        return NULL;
    struct page_frame *frame = cache->bare;
    frame->face.data = cache_cut_page(cache);
    frame->is_in_slab = frame->face.data != NULL;
    if (frame->face.data == NULL) {
        frame->face.data = memory_allocate(cache->memory, cache->page_size);
        if (frame->face.data == NULL)
            return NULL;
        cache->alone_count++;
    }
    cache->bare = frame->sibling;
    return frame;
}

struct page_frame *cache_take(struct cache *cache)
{
    struct page_frame *frame = cache->spare;
    if (frame != NULL) {
        cache->spare = frame->sibling;
        cache->spare_count--;
    } else {
        frame = cache_clothe(cache);
        if (frame == NULL)
            return NULL;
    }
    /* Not the pins: a reader that came too late may be about to take its own back. */
    atomic_store_explicit(&frame->face.checked, 0, memory_order_relaxed);
    frame_set_audience(frame, AUDIENCE_NONE);
    frame->lsn = frame->until = 0;
    frame->is_loading = frame->is_unlogged = frame->owes_image = 0;
    frame->entry = NULL;
    frame->sibling = frame->previous = frame->next = NULL;
    return frame;
}

void cache_discard(struct cache *cache, struct page_frame *frame)
{
    if (cache->count + cache->spare_count >= cache->budget && !frame->is_in_slab) {
        cache_release_page(cache, frame);
        cache->alone_count--;
        frame->sibling = cache->bare;
        cache->bare = frame;
        return;
    }
    frame->sibling = cache->spare;
    cache->spare = frame;
    cache->spare_count++;
}

void cache_show(struct cache *cache, struct page_frame *frame)
{
    struct cache_place *place = &cache->table[frame->face.pgno & cache->table_mask];
    atomic_store_explicit(&place->bytes, frame->face.data, memory_order_relaxed);
    atomic_store(&place->frame, frame);
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
    frame_note_use(frame);
    entry->frame = frame;
    cache_show(cache, frame);
    return 1;
}

struct page_frame *cache_detach(struct cache *cache, struct page_entry *entry)
{
    struct page_frame *frame = entry->frame;
    struct page_frame *last = cache->clock[--cache->count];
    cache->clock[frame->slot] = last;
    last->slot = frame->slot;
    entry->frame = NULL;
    struct cache_place *place = &cache->table[frame->face.pgno & cache->table_mask];
    if (atomic_load_explicit(&place->frame, memory_order_relaxed) == frame)
        atomic_store(&place->frame, NULL);
    return frame;
}
