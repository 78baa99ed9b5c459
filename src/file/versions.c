/*
 * The list of kept versions and the list of snapshots. Both are walked whole
 * only when a snapshot ends that may have been the last to need something.
 *
 * Whoever walks the snapshots counts one that rests as one that lives, since it
 * may live the next moment; only once it is retired is it not counted. The list is
 * in the order of the LSNs; those of one LSN stand in any order of their beginnings.
 */
#include "versions.h"

#include <string.h>

void versions_init(struct versions *versions, struct cache *cache, struct page_index *index, size_t limit_bytes)
{
    memset(versions, 0, sizeof *versions);
    versions->cache = cache;
    versions->index = index;
    versions->limit = limit_bytes / cache->page_size;
}

static void versions_unlink(struct versions *versions, struct page_frame *frame)
{
    struct page_frame **link = &frame->entry->versions;
    while (*link != frame)
        link = &(*link)->sibling;
    *link = frame->sibling;
    if (frame->previous != NULL)
        frame->previous->next = frame->next;
    else
        versions->first = frame->next;
    if (frame->next != NULL)
        frame->next->previous = frame->previous;
    versions->count--;
    cache_discard(versions->cache, frame);
}

void versions_free(struct versions *versions)
{
    while (versions->first != NULL)
        versions_unlink(versions, versions->first);
}

void versions_add_snapshot(struct versions *versions, struct snapshot *snapshot)
{
    snapshot->is_listed = 1;
    snapshot->younger = NULL;
    snapshot->older = versions->youngest;
    if (versions->youngest != NULL)
        versions->youngest->younger = snapshot;
    else
        versions->oldest = snapshot;
    versions->youngest = snapshot;
}

/* 1 if nothing was kept for this snapshot alone. */
static int snapshot_has_twin(const struct snapshot *snapshot)
{
    const struct snapshot *older = snapshot->older, *younger = snapshot->younger;
    return (older != NULL && !snapshot_is_lost(older) && older->lsn == snapshot->lsn) ||
           (younger != NULL && !snapshot_is_lost(younger) && younger->lsn == snapshot->lsn);
}

static void versions_unlist(struct versions *versions, struct snapshot *snapshot)
{
    if (versions->has_stragglers || (snapshot->lsn <= versions->newest_until && !snapshot_has_twin(snapshot)))
        versions->is_sweep_due = 1;
    if (snapshot->older != NULL)
        snapshot->older->younger = snapshot->younger;
    else
        versions->oldest = snapshot->younger;
    if (snapshot->younger != NULL)
        snapshot->younger->older = snapshot->older;
    else
        versions->youngest = snapshot->older;
    snapshot->is_listed = 0;
}

/* Takes a snapshot that rests out of the list; 0 if it does not rest. It cannot come back without the mutex then. */
static int versions_retire(struct versions *versions, struct snapshot *snapshot)
{
    uint64_t standing = atomic_load(&snapshot->standing);
    do {
        if (standing_phase(standing) != SNAPSHOT_RESTS)
            return 0;
    } while (!atomic_compare_exchange_weak(&snapshot->standing, &standing, SNAPSHOT_AWAY));
    versions_unlist(versions, snapshot);
    return 1;
}

void versions_remove_snapshot(struct versions *versions, struct snapshot *snapshot)
{
    versions_unlist(versions, snapshot);
    if (versions->is_sweep_due)
        versions_sweep(versions);
}

void versions_reap(struct versions *versions, uint64_t lsn)
{
    struct snapshot *snapshot = versions->youngest;
    while (snapshot != NULL && snapshot->lsn >= lsn) {
        struct snapshot *older = snapshot->older;
        (void)versions_retire(versions, snapshot);
        snapshot = older;
    }
    if (versions->is_sweep_due)
        versions_sweep(versions);
}

int versions_lose(struct snapshot *snapshot, enum snapshot_phase loss, uint64_t standing)
{
    uint64_t lost = snapshot_standing(loss, standing_started_ms(standing));
    return standing_phase(standing) == SNAPSHOT_LIVES &&
           atomic_compare_exchange_strong(&snapshot->standing, &standing, lost);
}

void versions_give_up_expendable(struct versions *versions)
{
    struct snapshot *snapshot = versions->expendable;
    versions->expendable = NULL;
    versions_remove_snapshot(versions, snapshot);
}

int versions_are_needed(struct versions *versions, uint64_t lsn)
{
    struct snapshot *snapshot = versions->youngest;
    while (snapshot != NULL && lsn < snapshot->lsn) {
        struct snapshot *older = snapshot->older;
        if (!snapshot_is_lost(snapshot) && !versions_retire(versions, snapshot))
            return 1;
        snapshot = older;
    }
    return 0;
}

static int version_is_seen(const struct page_frame *version, uint64_t snapshot_lsn)
{
    return version->lsn < snapshot_lsn && snapshot_lsn <= version->until;
}

struct page_frame *versions_find(const struct page_entry *entry, uint64_t snapshot_lsn)
{
    struct page_frame *version = entry->versions;
    while (version != NULL && !version_is_seen(version, snapshot_lsn))
        version = version->sibling;
    return version;
}

int versions_have(const struct page_entry *entry, uint64_t lsn)
{
    const struct page_frame *version = entry->versions;
    while (version != NULL && (version->lsn != lsn || version->until == 0))
        version = version->sibling;
    return version != NULL;
}

void versions_keep(struct versions *versions, struct page_entry *entry, struct page_frame *frame, uint64_t until)
{
    /* Whoever pins it may be looking, so what is so already is left alone. */
    if (frame->entry != entry)
        frame->entry = entry;
    if (frame->face.pgno != entry->pgno)
        frame->face.pgno = entry->pgno;
    frame->until = until;
    frame->sibling = entry->versions;
    entry->versions = frame;
    frame->previous = NULL;
    frame->next = versions->first;
    if (versions->first != NULL)
        versions->first->previous = frame;
    versions->first = frame;
    versions->count++;
    if (until > versions->newest_until)
        versions->newest_until = until;
    if (until == 0)
        versions->has_stragglers = 1;
}

/* The youngest snapshot that sees the version and is not lost, NULL if none does. */
static const struct snapshot *version_holder(const struct versions *versions, const struct page_frame *version)
{
    const struct snapshot *snapshot = versions->youngest;
    while (snapshot != NULL && (snapshot_is_lost(snapshot) || snapshot->lsn > version->until))
        snapshot = snapshot->older;
    return snapshot != NULL && version_is_seen(version, snapshot->lsn) ? snapshot : NULL;
}

void versions_sweep(struct versions *versions)
{
    versions->is_sweep_due = 0;
    versions->has_stragglers = 0;
    versions->newest_until = 0;
    struct page_frame *version = versions->first;
    while (version != NULL) {
        struct page_frame *next = version->next;
        struct page_entry *entry = version->entry;
        int is_needed = version_holder(versions, version) != NULL;
        if (!is_needed && frame_pins(version) == 0) {
            versions_unlink(versions, version);
            index_drop_if_empty(versions->index, entry);
        } else {
            versions->has_stragglers |= !is_needed;
            if (version->until > versions->newest_until)
                versions->newest_until = version->until;
        }
        version = next;
    }
}

void versions_enforce(struct versions *versions)
{
    if (versions->count > versions->limit)
        versions_reap(versions, 0);
    if (versions->count > versions->limit && versions->has_stragglers)
        versions_sweep(versions);
    if (versions->count > versions->limit && versions->expendable != NULL)
        versions_give_up_expendable(versions);
    struct snapshot *snapshot = versions->oldest;
    while (versions->count > versions->limit && snapshot != NULL) {
        struct snapshot *younger = snapshot->younger;
        /* One that came to rest meanwhile goes too. */
        if (versions_lose(snapshot, SNAPSHOT_LOST_BY_BYTES, atomic_load(&snapshot->standing)) ||
            versions_retire(versions, snapshot))
            versions_sweep(versions);
        snapshot = younger;
    }
}

size_t versions_held_by(const struct versions *versions, const struct snapshot *snapshot)
{
    size_t count = 0;
    for (const struct page_frame *version = versions->first; version != NULL; version = version->next)
        count += version_holder(versions, version) == snapshot;
    return count;
}
