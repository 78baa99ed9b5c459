/*
 * Pages by number. The newest version of a page lives in its entry's frame and
 * is read from the file or rebuilt from the log when it does not. A snapshot
 * takes the newest version if it is committed and old enough, else a kept
 * version, else one is rebuilt and kept.
 *
 * While a page is on its way from the file its frame stands in the entry marked
 * as loading, and the mutex is free: others who want it wait for that frame.
 */
#include "pager_core.h"

#include <string.h>

/* A spilled page with more records than this gets an image, so that reading it back is one step. */
enum { SPILL_CHAIN = 16 };

void pager_drop_frame(struct pager *pager, struct page_entry *entry)
{
    struct page_frame *frame = cache_detach(&pager->cache, entry);
    if (frame_pins(frame) != 0)
        versions_keep(&pager->versions, entry, frame, 0);
    else
        cache_discard(&pager->cache, frame);
}

/* Drops one frame. QUIRE_NOT_FOUND when none may go. */
static quire_status read_evict(struct pager *pager, int is_writer, struct fault *fault)
{
    struct page_frame *victim = cache_victim(&pager->cache, is_writer);
    if (victim == NULL)
        return QUIRE_NOT_FOUND;
    struct page_entry *entry = victim->entry;
    if (entry->is_editing) {
        if (entry->chain_length > SPILL_CHAIN) {
            quire_status status = pager_append_image(pager, victim, 1, fault);
            if (status != QUIRE_OK)
                return status;
        }
        pager->counts.spills++;
    }
    pager_drop_frame(pager, entry);
    index_drop_if_empty(&pager->index, entry);
    pager->cache.evictions++;
    return QUIRE_OK;
}

quire_status pager_take_frame(struct pager *pager, int is_writer, struct page_frame **frame, struct fault *fault)
{
    while (cache_is_full(&pager->cache)) {
        quire_status status = read_evict(pager, is_writer, fault);
        if (status == QUIRE_NOT_FOUND)
            break; /* all are in use: the budget gives way */
        if (status != QUIRE_OK)
            return status;
    }
    *frame = cache_take(&pager->cache);
    return *frame != NULL ? QUIRE_OK
                          : fault_set(fault, QUIRE_NO_MEMORY, "no memory for a page of %zu bytes", pager->page_size);
}

/* What the map says of the page. Loading the map page lets go of the mutex: then *again is 1, and all must be asked
 * anew. */
static quire_status read_expected(struct pager *pager, uint32_t pgno, uint32_t *expected, int *again,
                                  struct fault *fault)
{
    *expected = 0;
    *again = 0;
    if (pgno < 2)
        return QUIRE_OK;
    size_t at = 0;
    uint32_t map_pgno = pager->codec->map_page_of(pager->page_size, pgno, &at);
    if (map_pgno == pgno)
        return QUIRE_OK;
    const struct page_entry *map = index_find(&pager->index, map_pgno);
    if (map != NULL && map->frame != NULL && !map->frame->is_loading) {
        frame_note_use(map->frame);
        *expected = pager->codec->map_get(map->frame->face.data, at);
        return QUIRE_OK;
    }
    *again = 1;
    struct page_frame *frame = NULL;
    return pager_load(pager, map_pgno, 0, &frame, fault);
}

/*
 * A page whose last change is not in the log must be older than the checkpoint
 * that the log follows. A newer one means that a stale meta page, or a log that
 * is gone, hides a later checkpoint. Locked; lets go of the mutex meanwhile.
 */
static quire_status read_current_file(struct pager *pager, uint32_t pgno, uint32_t expected, struct page_frame *frame,
                                      struct fault *fault)
{
    pager_unlock(pager);
    quire_status status = pager_read_file(pager, pgno, expected, frame->face.data, &frame->lsn, fault);
    pager_lock(pager);
    if (status == QUIRE_OK && frame->lsn >= pager->file_lsn)
        return fault_set(fault, QUIRE_CORRUPT,
                         "page %u has lsn %llu, but the checkpoint covers only those below %llu: the log is missing",
                         pgno, (unsigned long long)frame->lsn, (unsigned long long)pager->file_lsn);
    return status;
}

/* Fills the frame just attached to the entry. Locked; lets go of the mutex while it reads from the file. */
static quire_status read_fill(struct pager *pager, struct page_entry *entry, uint32_t expected, struct fault *fault)
{
    struct page_frame *frame = entry->frame;
    uint64_t head = entry->txn_lsn != 0 ? entry->txn_lsn : entry->committed_lsn;
    quire_status status;
    if (head != 0) {
        uint64_t after = 0;
        status = pager_rebuild(pager, entry, head, UINT64_MAX, frame->face.data, &frame->lsn, &after,
                               &entry->chain_length, fault);
        atomic_store_explicit(&frame->face.checked, 1, memory_order_relaxed);
    } else {
        frame->is_loading = 1;
        status = read_current_file(pager, entry->pgno, expected, frame, fault);
        frame->is_loading = 0;
        pager_wake(pager);
    }
    if (status != QUIRE_OK) {
        pager_drop_frame(pager, entry);
        index_drop_if_empty(&pager->index, entry);
    } else {
        frame_set_audience(frame, entry->is_editing ? AUDIENCE_WRITER : AUDIENCE_ALL);
    }
    return status;
}

/* One try at having the newest version in the cache. *frame stays NULL when all must be asked anew. */
static quire_status read_try(struct pager *pager, uint32_t pgno, int is_writer, struct page_frame **frame,
                             struct fault *fault)
{
    struct page_entry *entry = index_find(&pager->index, pgno);
    if (entry != NULL && entry->frame != NULL) {
        if (entry->frame->is_loading)
            pager_wait(pager);
        else
            *frame = entry->frame;
        return QUIRE_OK;
    }
    uint32_t expected = 0;
    if (entry == NULL || (entry->txn_lsn == 0 && entry->committed_lsn == 0)) {
        int again = 0;
        quire_status status = read_expected(pager, pgno, &expected, &again, fault);
        if (status != QUIRE_OK || again)
            return status;
    }
    struct page_frame *made = NULL;
    quire_status status = pager_take_frame(pager, is_writer, &made, fault);
    if (status != QUIRE_OK)
        return status;
    entry = index_get(&pager->index, pgno);
    if (entry == NULL || !cache_attach(&pager->cache, entry, made)) {
        cache_discard(&pager->cache, made);
        if (entry != NULL)
            index_drop_if_empty(&pager->index, entry);
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for page %u", pgno);
    }
    pager->cache.misses++;
    status = read_fill(pager, entry, expected, fault);
    if (status == QUIRE_OK)
        *frame = entry->frame;
    return status;
}

quire_status pager_load(struct pager *pager, uint32_t pgno, int is_writer, struct page_frame **frame,
                        struct fault *fault)
{
    *frame = NULL;
    quire_status status = QUIRE_OK;
    while (status == QUIRE_OK && *frame == NULL)
        status = read_try(pager, pgno, is_writer, frame, fault);
    return status;
}

/* ---- as a snapshot sees it ---- */

static quire_status view_gone(const struct snapshot *snapshot, uint32_t pgno, struct fault *fault)
{
    return fault_set(fault, QUIRE_CORRUPT, "page %u has no version as of lsn %llu", pgno,
                     (unsigned long long)snapshot->lsn);
}

/* Builds the version that the snapshot sees and keeps it. Locked. */
static quire_status view_build(struct pager *pager, const struct snapshot *snapshot, struct page_entry *entry,
                               uint32_t expected, struct fault *fault)
{
    struct page_frame *frame = cache_take(&pager->cache);
    if (frame == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for a version of page %u", entry->pgno);
    uint64_t after = 0;
    uint32_t chain_length = 0;
    quire_status status = pager_rebuild(pager, entry, entry->committed_lsn, snapshot->lsn, frame->face.data,
                                        &frame->lsn, &after, &chain_length, fault);
    if (status == QUIRE_OK && frame->lsn == 0)
        status = pager_read_file(pager, entry->pgno, expected, frame->face.data, &frame->lsn, fault);
    else
        atomic_store_explicit(&frame->face.checked, 1, memory_order_relaxed);
    if (status == QUIRE_OK && frame->lsn >= snapshot->lsn)
        status = view_gone(snapshot, entry->pgno, fault);
    if (status != QUIRE_OK) {
        cache_discard(&pager->cache, frame);
        return status;
    }
    versions_keep(&pager->versions, entry, frame, after != 0 ? after : pager->txn_begin_lsn);
    versions_enforce(&pager->versions);
    /* What nobody may keep any more is gone again: the limit ended the snapshot, or the one it stands for. */
    return versions_find(entry, snapshot->lsn) != NULL ? QUIRE_OK : pager_snapshot_lost(pager, snapshot, fault);
}

/* One try, as read_try. */
static quire_status view_try(struct pager *pager, const struct snapshot *snapshot, uint32_t pgno,
                             struct page_frame **frame, struct fault *fault)
{
    struct page_entry *entry = index_find(&pager->index, pgno);
    struct page_frame *newest = entry != NULL ? entry->frame : NULL;
    int is_editing = entry != NULL && entry->is_editing;
    if (newest != NULL && newest->is_loading) {
        pager_wait(pager);
        return QUIRE_OK;
    }
    if (newest != NULL && !is_editing && newest->lsn < snapshot->lsn) {
        *frame = newest;
        return QUIRE_OK;
    }
    if (entry != NULL && (*frame = versions_find(entry, snapshot->lsn)) != NULL)
        return QUIRE_OK;
    if (newest == NULL && !is_editing && (entry == NULL || entry->committed_lsn < snapshot->lsn)) {
        struct page_frame *loaded = NULL;
        return pager_load(pager, pgno, 0, &loaded, fault); /* and look at it again */
    }
    if (entry->committed_lsn == 0 && !is_editing)
        return view_gone(snapshot, pgno, fault);
    uint32_t expected = 0;
    if (entry->committed_lsn == 0) {
        int again = 0;
        quire_status status = read_expected(pager, pgno, &expected, &again, fault);
        if (status != QUIRE_OK || again)
            return status;
    }
    return view_build(pager, snapshot, entry, expected, fault);
}

quire_status pager_view(struct pager *pager, const struct snapshot *snapshot, uint32_t pgno, struct page_frame **frame,
                        struct fault *fault)
{
    *frame = NULL;
    quire_status status = QUIRE_OK;
    while (status == QUIRE_OK && *frame == NULL) {
        if (snapshot_is_lost(snapshot))
            return pager_snapshot_lost(pager, snapshot, fault);
        status = view_try(pager, snapshot, pgno, frame, fault);
    }
    return status;
}

/* ---- the interface ---- */

/* What is not to be had from the table: with the mutex. */
static quire_status read_slow(struct pager *pager, const struct snapshot *snapshot, uint32_t pgno, struct frame **frame,
                              struct fault *fault)
{
    struct page_frame *found = NULL;
    pager_lock(pager);
    uint64_t misses = pager->cache.misses;
    quire_status status =
        snapshot == NULL ? pager_load(pager, pgno, 1, &found, fault) : pager_view(pager, snapshot, pgno, &found, fault);
    if (status == QUIRE_OK) {
        if (pager->cache.misses == misses)
            frame_use(found);
        else
            frame_pin(found);
        if (found->entry->frame == found)
            cache_show(&pager->cache, found);
        *frame = &found->face;
    }
    pager_unlock(pager);
    return status;
}

quire_status pager_read(struct pager *pager, const struct snapshot *snapshot, uint32_t pgno, struct frame **frame,
                        struct fault *fault)
{
    *frame = NULL;
    uint32_t page_count = snapshot != NULL ? snapshot->page_count : pager->txn_page_count;
    if (pgno >= page_count)
        return fault_set(fault, QUIRE_CORRUPT, "page %u is asked for, but there are only %u pages", pgno, page_count);
    struct page_frame *found;
    if (snapshot == NULL)
        found = cache_find(&pager->cache, pgno, AUDIENCE_WRITER, UINT64_MAX);
    else
        found = snapshot_is_lost(snapshot) ? NULL : cache_find(&pager->cache, pgno, AUDIENCE_ALL, snapshot->lsn);
    if (found == NULL)
        return read_slow(pager, snapshot, pgno, frame, fault);
    *frame = &found->face;
    return QUIRE_OK;
}

void pager_release(struct pager *pager, struct frame *frame)
{
    (void)pager;
    frame_unpin(frame_of(frame));
}

int pager_frame_checked(const struct frame *frame)
{
    return atomic_load_explicit(&((struct frame *)(uintptr_t)frame)->checked, memory_order_acquire);
}

void pager_frame_set_checked(struct frame *frame)
{
    atomic_store_explicit(&frame->checked, 1, memory_order_release);
}
