/*
 * The frame cache: the newest version of each page that was used of late.
 *
 *  Invariants
 *   1. entry.frame == f exactly when f.entry == entry and f is in the clock.
 *   2. A pinned frame is neither moved nor reused.
 *   3. All frames, kept versions apart, take at most the budget, except while
 *      everything is pinned or may not be dropped.
 *   4. The table holds frames of entries only: a page's own, or one of a page
 *      that shares its place.
 *
 * A frame that is in no entry belongs to whoever holds it (a version, a page
 * being built), and goes back by cache_discard.
 *
 *  Pins without the mutex. The table leads from a page number to its frame. A
 *  reader takes the frame, pins it, and only then asks whether the table still
 *  leads there and whether the frame is for its eyes; if not, it takes the pin
 *  back and goes the slow way. Whoever wants the frame for itself goes the other
 *  way round: it takes the frame out of the table, or lowers its audience, and
 *  only then asks whether anybody has it pinned. All four steps, and every change
 *  of the table, are in one order for all threads (sequentially consistent), so one
 *  of the two sees the other.
 *  Frames are never freed while the cache lives (their pages are), so a pin that
 *  comes too late harms nobody; it may only look like a reader for a moment.
 */
#ifndef QUIRE_FILE_CACHE_H
#define QUIRE_FILE_CACHE_H

#include "index.h"
#include "pager.h"
#include "prefetch.h"

#include <stdatomic.h>

/* Who may take a frame from the table. */
enum audience {
    AUDIENCE_NONE,   /* its bytes are not there yet */
    AUDIENCE_WRITER, /* the open write transaction edits it */
    AUDIENCE_ALL     /* committed: also snapshots above its LSN */
};

struct page_frame {
    struct frame face;     /* what callers hold; the first member */
    uint64_t lsn;          /* of the page's last record, 0 if no record ever touched it */
    _Atomic uint64_t pins; /* and above them how often it was found in the cache: see frame_use */
    _Atomic uint8_t audience;
    _Atomic uint8_t is_referenced; /* used since the clock's hand passed */
    uint8_t is_loading;            /* its bytes are on their way from the file */
    uint8_t is_unlogged;           /* edited by the writer since its last record */
    uint8_t is_in_slab;            /* its page, which then stays until the cache goes */
    uint8_t owes_image;            /* edits that no record has, until the writer settles: see edit.c */
    struct page_entry *entry;
    uint64_t until;                     /* of a version: snapshots above this LSN see a newer one */
    struct page_frame *sibling;         /* the next version of the same page, or the next spare frame */
    struct page_frame *previous, *next; /* among all versions */
    size_t slot;                        /* in the clock */
    struct page_frame *next_owing;      /* of those that the writer owes an image */
    uint64_t owes_since, edited;        /* the writer's edits counted: when it began to owe, and the frame's newest */
};

/*
 * Where the table leads to. The bytes are a hint only: fetching their header while
 * the frame itself comes from memory spares a look-up one of two waits.
 */
struct cache_place {
    _Atomic(struct page_frame *) frame;
    _Atomic(const uint8_t *) bytes;
};

struct cache {
    const quire_memory *memory;
    size_t page_size;
    size_t budget; /* frames */
    struct page_frame **clock;
    size_t count, capacity, hand;
    struct page_frame *spare; /* with room for a page */
    size_t spare_count;
    struct page_frame *bare;      /* without */
    struct frame_block *blocks;   /* all frames there are */
    struct page_slab *slabs;      /* the newest first */
    size_t slab_count, slab_left; /* pages of all slabs; of the newest one, not yet cut from it */
    size_t alone_count;           /* pages that were allocated one by one */
    struct cache_place *table;    /* by the page number's low bits */
    size_t table_mask;
    uint64_t misses, evictions;
};

/* 0 without memory. */
int cache_init(struct cache *cache, const quire_memory *memory, size_t page_size, size_t budget_bytes);
/* Every frame goes, pinned or not; versions must have been discarded. */
void cache_free(struct cache *cache);

/* 1 while a new frame would go past the budget: drop a victim first. */
int cache_is_full(const struct cache *cache);
/* The frame that is best dropped: clean before logged before edited; NULL if none may be. */
struct page_frame *cache_victim(struct cache *cache, int may_take_edited);
/* A frame of its own with undefined bytes; NULL without memory. */
struct page_frame *cache_take(struct cache *cache);
/* Gives back a frame that is in no entry. */
void cache_discard(struct cache *cache, struct page_frame *frame);
/* Makes the frame the newest version of the entry's page, for the frame's audience. 0 without memory. */
int cache_attach(struct cache *cache, struct page_entry *entry, struct page_frame *frame);
/* Takes the entry's frame out of the cache; it keeps bytes and pins. */
struct page_frame *cache_detach(struct cache *cache, struct page_entry *entry);
/* Lets the table lead to a frame that is in an entry. */
void cache_show(struct cache *cache, struct page_frame *frame);
/* How often pages were found in the cache. */
uint64_t cache_hits(const struct cache *cache);

static inline struct page_frame *frame_of(struct frame *face)
{
    return (struct page_frame *)face;
}

enum { FRAME_PINS_BITS = 24 };

static inline void frame_note_use(struct page_frame *frame)
{
    if (!atomic_load_explicit(&frame->is_referenced, memory_order_relaxed))
        atomic_store_explicit(&frame->is_referenced, 1, memory_order_relaxed);
}

static inline void frame_pin(struct page_frame *frame)
{
    (void)atomic_fetch_add(&frame->pins, 1);
    frame_note_use(frame);
}

static inline void frame_unpin(struct page_frame *frame)
{
    (void)atomic_fetch_sub_explicit(&frame->pins, 1, memory_order_release);
}

static inline uint32_t frame_pins(struct page_frame *frame)
{
    return (uint32_t)(atomic_load(&frame->pins) % (UINT64_C(1) << FRAME_PINS_BITS));
}

/* Pins a frame that was found in the cache, and counts that in the same step. */
static inline void frame_use(struct page_frame *frame)
{
    (void)atomic_fetch_add(&frame->pins, (UINT64_C(1) << FRAME_PINS_BITS) + 1);
    frame_note_use(frame);
}

static inline void frame_unuse(struct page_frame *frame)
{
    (void)atomic_fetch_sub_explicit(&frame->pins, (UINT64_C(1) << FRAME_PINS_BITS) + 1, memory_order_release);
}

static inline void frame_set_audience(struct page_frame *frame, enum audience audience)
{
    atomic_store(&frame->audience, (uint8_t)audience);
}

/*
 * Pins the newest version of a page without the mutex; NULL if it is not in the
 * table, not for this audience, or not below `lsn`.
 */
static inline struct page_frame *cache_find(struct cache *cache, uint32_t pgno, enum audience audience, uint64_t lsn)
{
    struct cache_place *place = &cache->table[pgno & cache->table_mask];
    struct page_frame *frame = atomic_load_explicit(&place->frame, memory_order_acquire);
    if (frame == NULL)
        return NULL;
    prefetch(atomic_load_explicit(&place->bytes, memory_order_relaxed));
    frame_use(frame);
    if (atomic_load(&place->frame) == frame && atomic_load(&frame->audience) >= audience && frame->face.pgno == pgno &&
        frame->lsn < lsn)
        return frame;
    frame_unuse(frame);
    return NULL;
}

#endif
