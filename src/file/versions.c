/*
 * The list of kept versions and the list of snapshots. Both are walked whole
 * only when a snapshot ends that may have been the last to need something.
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
    return (older != NULL && !older->lost && older->lsn == snapshot->lsn) ||
           (younger != NULL && !younger->lost && younger->lsn == snapshot->lsn);
}

void versions_remove_snapshot(struct versions *versions, struct snapshot *snapshot)
{
    int may_free = snapshot->lsn <= versions->newest_until && !snapshot_has_twin(snapshot);
    if (snapshot->older != NULL)
        snapshot->older->younger = snapshot->younger;
    else
        versions->oldest = snapshot->younger;
    if (snapshot->younger != NULL)
        snapshot->younger->older = snapshot->older;
    else
        versions->youngest = snapshot->older;
    if (versions->has_stragglers || may_free)
        versions_sweep(versions);
}

void versions_give_up_expendable(struct versions *versions)
{
    struct snapshot *snapshot = versions->expendable;
    versions->expendable = NULL;
    versions_remove_snapshot(versions, snapshot);
}

int versions_are_needed(const struct versions *versions, uint64_t lsn)
{
    /* Snapshots are lost from the oldest on, so if the youngest is, all are. */
    const struct snapshot *youngest = versions->youngest;
    return youngest != NULL && !youngest->lost && lsn < youngest->lsn;
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

/* The youngest live snapshot that sees the version, NULL if none does. */
static const struct snapshot *version_holder(const struct versions *versions, const struct page_frame *version)
{
    const struct snapshot *snapshot = versions->youngest;
    while (snapshot != NULL && !snapshot->lost && snapshot->lsn > version->until)
        snapshot = snapshot->older;
    return snapshot != NULL && !snapshot->lost && version_is_seen(version, snapshot->lsn) ? snapshot : NULL;
}

void versions_sweep(struct versions *versions)
{
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
    if (versions->count > versions->limit && versions->has_stragglers)
        versions_sweep(versions);
    if (versions->count > versions->limit && versions->expendable != NULL)
        versions_give_up_expendable(versions);
    struct snapshot *snapshot = versions->oldest;
    while (versions->count > versions->limit && snapshot != NULL) {
        if (!snapshot->lost) {
            snapshot->lost = SNAPSHOT_LOST_BY_BYTES;
            versions_sweep(versions);
        }
        snapshot = snapshot->younger;
    }
}

size_t versions_held_by(const struct versions *versions, const struct snapshot *snapshot)
{
    size_t count = 0;
    for (const struct page_frame *version = versions->first; version != NULL; version = version->next)
        count += version_holder(versions, version) == snapshot;
    return count;
}
