/*
 * Snapshots, and the pager's figures. A snapshot stands at the end of a commit;
 * opening one copies that point, and closing one lets go of versions that only
 * it needed.
 */
#include "pager_core.h"

#include <string.h>

quire_status pager_snapshot_open(struct pager *pager, struct snapshot *snapshot)
{
    snapshot->started_ms = pager->vfs->now_ms(pager->vfs->context);
    snapshot->lost = 0;
    pager_lock(pager);
    snapshot->lsn = pager->visible.lsn;
    snapshot->page_count = pager->visible.page_count;
    memcpy(snapshot->state, pager->visible.state, PAGER_STATE_SIZE);
    versions_add_snapshot(&pager->versions, snapshot);
    pager_unlock(pager);
    return QUIRE_OK;
}

void pager_snapshot_close(struct pager *pager, struct snapshot *snapshot)
{
    pager_lock(pager);
    versions_remove_snapshot(&pager->versions, snapshot);
    pager_unlock(pager);
}

/* A checkpoint's view is nobody's snapshot. */
static const struct snapshot *snapshot_skip_view(const struct pager *pager, const struct snapshot *snapshot)
{
    return snapshot != NULL && snapshot == pager->versions.expendable ? snapshot->younger : snapshot;
}

static const struct snapshot *snapshot_first_reader(const struct pager *pager)
{
    return snapshot_skip_view(pager, pager->versions.oldest);
}

static const struct snapshot *snapshot_next_reader(const struct pager *pager, const struct snapshot *snapshot)
{
    return snapshot_skip_view(pager, snapshot->younger);
}

int pager_has_readers(struct pager *pager)
{
    pager_lock(pager);
    int answer = snapshot_first_reader(pager) != NULL;
    pager_unlock(pager);
    return answer;
}

quire_status pager_snapshot_lost(const struct pager *pager, const struct snapshot *snapshot, struct fault *fault)
{
    if (snapshot->lost == SNAPSHOT_LOST_BY_AGE)
        return fault_set(fault, QUIRE_SNAPSHOT_LOST,
                         "the snapshot at lsn %llu was ended: it was older than %u ms when somebody wrote",
                         (unsigned long long)snapshot->lsn, (unsigned)pager->options.reader_age_ms);
    return fault_set(fault, QUIRE_SNAPSHOT_LOST,
                     "the snapshot at lsn %llu was ended: it kept more than %zu bytes of page versions",
                     (unsigned long long)snapshot->lsn, pager->options.pinned_bytes);
}

void pager_expire_snapshots(struct pager *pager)
{
    uint64_t limit = pager->options.reader_age_ms;
    if (limit == 0 || pager->versions.oldest == NULL)
        return;
    uint64_t now = pager->vfs->now_ms(pager->vfs->context);
    int any = 0;
    /* In the order of their beginnings, so those who are too old come first. */
    for (struct snapshot *s = pager->versions.oldest; s != NULL && now - s->started_ms > limit; s = s->younger) {
        any |= !s->lost;
        if (!s->lost)
            s->lost = SNAPSHOT_LOST_BY_AGE;
    }
    if (any)
        versions_sweep(&pager->versions);
}

/* Copies what is known of the readers, so that `visit` runs without the mutex. NULL, and *count, without memory. */
static quire_reader *snapshot_list(struct pager *pager, size_t *count)
{
    uint64_t now = pager->vfs->now_ms(pager->vfs->context);
    *count = 0;
    for (const struct snapshot *s = snapshot_first_reader(pager); s != NULL; s = snapshot_next_reader(pager, s))
        (*count)++;
    quire_reader *list = *count > 0 ? memory_allocate(pager->memory, *count * sizeof *list) : NULL;
    quire_reader *reader = list;
    for (const struct snapshot *s = snapshot_first_reader(pager); s != NULL && list != NULL;
         s = snapshot_next_reader(pager, s), reader++) {
        reader->age_ms = now - s->started_ms;
        reader->snapshot_lsn = s->lsn;
        reader->pinned_bytes = versions_held_by(&pager->versions, s) * pager->page_size;
        reader->is_lost = s->lost != SNAPSHOT_LIVES;
    }
    return list;
}

quire_status pager_snapshots_each(struct pager *pager, int (*visit)(void *context, const quire_reader *reader),
                                  void *context)
{
    size_t count = 0;
    pager_lock(pager);
    quire_reader *list = snapshot_list(pager, &count);
    pager_unlock(pager);
    if (count > 0 && list == NULL)
        return QUIRE_NO_MEMORY;
    for (size_t i = 0; i < count && visit(context, &list[i]) == 0;)
        i++;
    memory_release(pager->memory, list);
    return QUIRE_OK;
}

void pager_stat(struct pager *pager, struct pager_stat *stat)
{
    pager_lock(pager);
    *stat = pager->counts;
    stat->log_bytes = pager->last.lsn - pager->file_lsn;
    stat->file_bytes = 0;
    if (pager->vfs->size(pager->vfs->context, pager->file, &stat->file_bytes) != 0)
        stat->file_bytes = 0;
    stat->last_commit_lsn = pager->last.lsn;
    stat->cache_hits = cache_hits(&pager->cache);
    stat->cache_misses = pager->cache.misses;
    stat->evictions = pager->cache.evictions;
    stat->images = atomic_load(&pager->images);
    stat->deltas = atomic_load(&pager->deltas);
    stat->log_records = stat->images + stat->deltas + stat->commits;
    stat->page_writes = atomic_load(&pager->page_writes);
    stat->syncs += atomic_load(&pager->file_syncs);
    stat->log_written_bytes = pager->log.written_bytes;
    stat->page_count = pager->last.page_count;
    stat->generation = pager->log.current.generation;
    pager_unlock(pager);
}

int pager_wants_checkpoint(struct pager *pager)
{
    pager_lock(pager);
    int answer = !pager->is_checkpointing && (pager->last.lsn - pager->file_lsn > pager->options.log_bytes ||
                                              pager->logged_pages > pager->cache.budget / 2);
    pager_unlock(pager);
    return answer && !pager->read_only && !atomic_load(&pager->poisoned);
}

size_t pager_page_size(const struct pager *pager)
{
    return pager->page_size;
}

uint64_t pager_salt(const struct pager *pager)
{
    return pager->salt;
}

int pager_is_read_only(const struct pager *pager)
{
    return pager->read_only;
}

const quire_memory *pager_memory(const struct pager *pager)
{
    return pager->memory;
}
