/*
 * The cache of allocator states: see space_cache.h for why a state can be
 * trusted. Pages without holes need no scan: the empty list is true for them.
 */
#include "space_cache.h"

enum { SPACE_CACHE_ENTRIES = 256 };

struct space_cache {
    uint32_t run_pgno; /* of the last insert, 0 none */
    size_t run_slot;
    uint32_t last_pgno; /* leaf of the last put, 0 none */
    uint32_t last_tree;
    struct frame *finger; /* that leaf, pinned, if the put before went there too; else NULL */
    uint64_t round;       /* goes up when all is forgotten: entries of earlier rounds say nothing */
    struct space_cache_entry {
        uint64_t round; /* 0: empty */
        uint32_t pgno;
        uint64_t lsn;
        struct space space;
    } entry[SPACE_CACHE_ENTRIES];
};

quire_status space_cache_open(struct view *view)
{
    if (view->spaces) {
        return QUIRE_OK;
    }
    view->spaces = memory_allocate(view->store->memory, sizeof *view->spaces);
    if (!view->spaces) {
        return fault_set(view->fault, QUIRE_NO_MEMORY, "no memory for the allocator states of a transaction");
    }
    view->spaces->finger = NULL;
    view->spaces->last_tree = 0;
    view->spaces->round = 0;
    for (size_t i = 0; i < SPACE_CACHE_ENTRIES; i++) {
        view->spaces->entry[i].round = 0;
        view->spaces->entry[i].pgno = 0;
    }
    space_cache_clear(view);
    return QUIRE_OK;
}

void space_cache_close(struct view *view)
{
    space_cache_lift(view);
    memory_release(view->store->memory, view->spaces);
    view->spaces = NULL;
}

void space_cache_clear(struct view *view)
{
    if (!view->spaces) {
        return;
    }
    view->spaces->run_pgno = 0;
    view->spaces->run_slot = 0;
    view->spaces->last_pgno = 0;
    space_cache_lift(view);
    view->spaces->round++;
}

static struct space_cache_entry *entry_of(const struct view *view, uint32_t pgno)
{
    return &view->spaces->entry[pgno % SPACE_CACHE_ENTRIES];
}

static int is_of(const struct view *view, const struct space_cache_entry *entry, uint32_t pgno)
{
    return entry->round == view->spaces->round && entry->pgno == pgno;
}

static void build(struct view *view, const uint8_t *page, struct space *space)
{
    struct counters *counters = &view->store->counters;
    uint64_t begin = counters_clock(counters);
    space_load(space, page, view->store->page_size, view->buffers.page);
    COUNT(counters, space_builds, 1);
    COUNT(counters, slot_extents, 1);
    COUNT(counters, slot_extents_slots, page_slot_count(page));
    COUNT(counters, space_regions, space->count);
    uint64_t spent = counters_clock(counters) - begin;
    COUNT(counters, space_build_ns, spent);
    COUNT(counters, slot_extents_ns, spent);
}

/* A list that names no hole makes no promise: what it leaves out is found when the page is compacted. */
static void forget_holes(struct space *space)
{
    space_clear(space);
    space->complete = 0;
}

struct space *space_cache_get(struct view *view, const uint8_t *page, size_t need)
{
    uint32_t pgno = page_pgno(page);
    struct space_cache_entry *entry = entry_of(view, pgno);
    int kept = is_of(view, entry, pgno) && entry->lsn == page_lsn(page);
    int gap_is_enough = need <= page_free_end(page) - page_free_start(page);
    if (kept && (entry->space.complete || gap_is_enough || entry->space.count == SPACE_REGIONS)) {
        COUNT(&view->store->counters, space_reuses, 1);
        return &entry->space;
    }
    if (page_hole_bytes(page) == 0) {
        space_clear(&entry->space);
    } else if (gap_is_enough) {
        forget_holes(&entry->space);
    } else {
        build(view, page, &entry->space);
    }
    entry->round = view->spaces->round;
    entry->pgno = pgno;
    entry->lsn = page_lsn(page);
    return &entry->space;
}

void space_cache_note(struct view *view, const uint8_t *page)
{
    struct space_cache_entry *entry = entry_of(view, page_pgno(page));
    if (is_of(view, entry, page_pgno(page))) {
        entry->lsn = page_lsn(page);
    }
}

void space_cache_drop(struct view *view, uint32_t pgno)
{
    if (!view->spaces) {
        return;
    }
    struct space_cache_entry *entry = entry_of(view, pgno);
    if (entry->pgno == pgno) {
        entry->round = 0;
    }
    if (view->spaces->last_pgno == pgno) {
        view->spaces->last_pgno = 0;
        space_cache_lift(view);
    }
}

struct frame *space_cache_finger(const struct view *view, const struct tree *tree)
{
    return view->spaces->last_tree == tree->id ? view->spaces->finger : NULL;
}

void space_cache_point(struct view *view, const struct tree *tree, struct frame **leaf)
{
    struct space_cache *cache = view->spaces;
    uint32_t pgno = (*leaf)->pgno;
    space_cache_lift(view);
    if (cache->last_pgno == pgno && cache->last_tree == tree->id && pager_frame_is_edited(*leaf)) {
        cache->finger = *leaf;
        *leaf = NULL;
    }
    cache->last_pgno = pgno;
    cache->last_tree = tree->id;
}

void space_cache_lift(struct view *view)
{
    if (view->spaces && view->spaces->finger) {
        pager_release(view->store->pager, view->spaces->finger);
        view->spaces->finger = NULL;
    }
}

int space_cache_is_run(const struct view *view, uint32_t pgno, size_t slot)
{
    return view->spaces->run_pgno == pgno && view->spaces->run_slot + 1 == slot;
}

void space_cache_note_insert(struct view *view, uint32_t pgno, size_t slot)
{
    view->spaces->run_pgno = pgno;
    view->spaces->run_slot = slot;
}
