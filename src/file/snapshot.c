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

int pager_has_readers(struct pager *pager)
{
    pager_lock(pager);
    int answer = pager->versions.oldest != NULL;
    pager_unlock(pager);
    return answer;
}

/* Copies what is known of the readers, so that `visit` runs without the mutex. */
static quire_reader *snapshot_list(struct pager *pager, size_t *count)
{
    uint64_t now = pager->vfs->now_ms(pager->vfs->context);
    *count = 0;
    size_t readers = 0;
    for (const struct snapshot *s = pager->versions.oldest; s != NULL; s = s->younger)
        readers++;
    if (readers == 0)
        return NULL;
    quire_reader *list = memory_allocate(pager->memory, readers * sizeof *list);
    if (list == NULL)
        return NULL;
    for (const struct snapshot *s = pager->versions.oldest; s != NULL; s = s->younger) {
        quire_reader *reader = &list[(*count)++];
        reader->age_ms = now - s->started_ms;
        reader->snapshot_lsn = s->lsn;
        reader->pinned_bytes = versions_held_by(&pager->versions, s) * pager->page_size;
    }
    return list;
}

int pager_snapshots_each(struct pager *pager, int (*visit)(void *context, const quire_reader *reader), void *context)
{
    size_t count = 0;
    pager_lock(pager);
    quire_reader *list = snapshot_list(pager, &count);
    pager_unlock(pager);
    int answer = 0;
    for (size_t i = 0; i < count && answer == 0; i++)
        answer = visit(context, &list[i]);
    memory_release(pager->memory, list);
    return answer;
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
    int answer =
        pager->last.lsn - pager->file_lsn > pager->options.log_bytes || pager->logged_pages > pager->cache.budget / 2;
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
