/*
 * The frame cache: the newest version of each page that was used of late.
 *
 *  Invariants
 *   1. entry.frame == f exactly when f.entry == entry and f is in the clock.
 *   2. A pinned frame is neither moved nor reused. Pins are taken under the
 *      pager's mutex and given back without it.
 *   3. All frames, kept versions apart, take at most the budget, except while
 *      everything is pinned or may not be dropped.
 *
 * A frame that is in no entry belongs to whoever holds it (a version, a page
 * being built), and goes back by cache_discard.
 */
#ifndef QUIRE_FILE_CACHE_H
#define QUIRE_FILE_CACHE_H

#include "index.h"
#include "pager.h"

#include <stdatomic.h>

struct page_frame {
    struct frame face; /* what callers hold; the first member */
    struct page_entry *entry;
    uint64_t lsn;                       /* of the page's last record, 0 if no record ever touched it */
    uint64_t until;                     /* of a version: snapshots above this LSN see a newer one */
    struct page_frame *sibling;         /* the next version of the same page, or the next spare frame */
    struct page_frame *previous, *next; /* among all versions */
    size_t slot;                        /* in the clock */
    _Atomic uint32_t pins;
    uint8_t is_referenced; /* used since the clock's hand passed */
    uint8_t is_loading;    /* its bytes are on their way from the file */
    uint8_t is_unlogged;   /* edited by the writer since its last record */
};

struct cache {
    const quire_memory *memory;
    size_t page_size;
    size_t budget; /* frames */
    struct page_frame **clock;
    size_t count, capacity, hand;
    struct page_frame *spare;
    size_t spare_count;
    uint64_t hits, misses, evictions;
};

void cache_init(struct cache *cache, const quire_memory *memory, size_t page_size, size_t budget_bytes);
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
/* Makes the frame the newest version of the entry's page. 0 without memory. */
int cache_attach(struct cache *cache, struct page_entry *entry, struct page_frame *frame);
/* Takes the entry's frame out of the cache; it keeps bytes and pins. */
struct page_frame *cache_detach(struct cache *cache, struct page_entry *entry);

static inline struct page_frame *frame_of(struct frame *face)
{
    return (struct page_frame *)face;
}

static inline void frame_pin(struct page_frame *frame)
{
    atomic_fetch_add_explicit(&frame->pins, 1, memory_order_relaxed);
    frame->is_referenced = 1;
}

static inline void frame_unpin(struct page_frame *frame)
{
    atomic_fetch_sub_explicit(&frame->pins, 1, memory_order_release);
}

static inline uint32_t frame_pins(struct page_frame *frame)
{
    return atomic_load_explicit(&frame->pins, memory_order_acquire);
}

#endif
