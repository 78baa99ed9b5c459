/*
 * Snapshots, and the pager's figures. A snapshot stands at the end of a commit;
 * opening one copies that point, and closing one lets go of versions that only
 * it needed.
 *
 * Coming back without the mutex. A snapshot must be in the list before anything
 * that it needs may be dropped or overwritten. Those who drop (the writer about to
 * edit a page, a sweep of versions, a checkpoint that forgets records or cuts the
 * file) hold the mutex and go by the list. So a reader that has done does not
 * leave the list: its snapshot rests there, and the next reader takes it up again
 * by one step, from RESTS to LIVES. What it needs is still there, because
 *
 *   - as long as a snapshot is in the list it counts, whether it rests or lives;
 *   - who wants to pass it over must first retire it, by a step from RESTS to AWAY.
 *
 * Both steps are compare-and-swaps of one word, so exactly one of them comes first.
 * If it is the reader's, the snapshot lives, and was in the list all the time; if it
 * is the other's, the reader finds it AWAY and enters the list anew, with the mutex.
 *
 * It may come back only if it is what a new snapshot would be: once it lives, its
 * reader compares its LSN with that of the newest visible commit. Whoever has seen
 * a commit end finds that commit's LSN there, so nobody reads the past.
 *
 * What is behind the newest commit cannot come back, and would keep versions for
 * nothing. A commit first sets the visible LSN and then retires what rests at the one
 * before; a reader first rests and then looks whether the LSN is still its own. All
 * four steps are in one order for all threads, so one of the two sees the other, and
 * nothing old rests in the list for longer than it takes to get the mutex.
 *
 * The word holds the time of the beginning as well: who ends a reader for its age
 * ends the one whose age was looked at, or none.
 */
#include "pager_core.h"

#include <string.h>

static uint64_t snapshot_now(const struct pager *pager)
{
    return pager->vfs->now_ms(pager->vfs->context);
}

/* At the newest visible commit, and in the list. Locked. */
static void snapshot_enter(struct pager *pager, struct snapshot *snapshot, uint64_t standing)
{
    snapshot->lsn = pager->visible.lsn;
    snapshot->page_count = pager->visible.page_count;
    memcpy(snapshot->state, pager->visible.state, PAGER_STATE_SIZE);
    atomic_store(&snapshot->standing, standing);
    versions_add_snapshot(&pager->versions, snapshot);
}

quire_status pager_snapshot_open(struct pager *pager, struct snapshot *snapshot)
{
    uint64_t standing = snapshot_standing(SNAPSHOT_LIVES, snapshot_now(pager));
    pager_lock(pager);
    snapshot_enter(pager, snapshot, standing);
    pager_unlock(pager);
    return QUIRE_OK;
}

void pager_snapshot_close(struct pager *pager, struct snapshot *snapshot)
{
    pager_lock(pager);
    if (snapshot->is_listed)
        versions_remove_snapshot(&pager->versions, snapshot);
    atomic_store(&snapshot->standing, SNAPSHOT_AWAY);
    pager_unlock(pager);
}

static void snapshot_enter_again(struct pager *pager, struct snapshot *snapshot, uint64_t standing)
{
    pager_lock(pager);
    if (snapshot->is_listed)
        versions_remove_snapshot(&pager->versions, snapshot);
    snapshot_enter(pager, snapshot, standing);
    pager_unlock(pager);
}

int pager_snapshot_reopen(struct pager *pager, struct snapshot *snapshot)
{
    uint64_t was = atomic_load_explicit(&snapshot->standing, memory_order_relaxed);
    if (standing_phase(was) > SNAPSHOT_RESTS)
        return 0;
    uint64_t standing = snapshot_standing(SNAPSHOT_LIVES, snapshot_now(pager));
    while (!atomic_compare_exchange_weak(&snapshot->standing, &was, standing))
        if (standing_phase(was) > SNAPSHOT_RESTS)
            return 0;
    /* One that was away may be on its way out of the list, so its other fields are for the mutex. */
    if (standing_phase(was) == SNAPSHOT_AWAY || snapshot->lsn != atomic_load(&pager->visible_lsn))
        snapshot_enter_again(pager, snapshot, standing);
    return 1;
}

void pager_snapshot_rest(struct pager *pager, struct snapshot *snapshot)
{
    uint64_t lsn = snapshot->lsn; /* once it rests, it may be another's */
    uint64_t was = atomic_load_explicit(&snapshot->standing, memory_order_relaxed);
    uint64_t rests = snapshot_standing(SNAPSHOT_RESTS, standing_started_ms(was));
    if (standing_phase(was) != SNAPSHOT_LIVES || lsn != atomic_load(&pager->visible_lsn) ||
        !atomic_compare_exchange_strong(&snapshot->standing, &was, rests)) {
        pager_snapshot_close(pager, snapshot);
    } else if (lsn != atomic_load(&pager->visible_lsn)) {
        pager_lock(pager);
        versions_reap(&pager->versions, lsn);
        pager_unlock(pager);
    }
}

void pager_show(struct pager *pager, const struct pager_point *point)
{
    uint64_t before = pager->visible.lsn;
    pager->visible = *point;
    atomic_store(&pager->visible_lsn, point->lsn);
    versions_reap(&pager->versions, before);
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
    versions_reap(&pager->versions, 0);
    int answer = snapshot_first_reader(pager) != NULL;
    pager_unlock(pager);
    return answer;
}

quire_status pager_snapshot_lost(const struct pager *pager, const struct snapshot *snapshot, struct fault *fault)
{
    if (snapshot_phase(snapshot) == SNAPSHOT_LOST_BY_AGE)
        return fault_set(fault, QUIRE_SNAPSHOT_LOST,
                         "the snapshot at lsn %llu was ended: it was older than %u ms when somebody wrote",
                         (unsigned long long)snapshot->lsn, (unsigned)pager->options.reader_age_ms);
    return fault_set(fault, QUIRE_SNAPSHOT_LOST,
                     "the snapshot at lsn %llu was ended: it kept more than %zu bytes of page versions",
                     (unsigned long long)snapshot->lsn, pager->options.pinned_bytes);
}

/* One that began after `now` was asked for has no age yet. */
static uint64_t standing_age_ms(uint64_t standing, uint64_t now)
{
    uint64_t started = standing_started_ms(standing);
    return now > started ? now - started : 0;
}

void pager_expire_snapshots(struct pager *pager)
{
    uint64_t limit = pager->options.reader_age_ms;
    if (limit == 0 || pager->versions.oldest == NULL)
        return;
    uint64_t now = snapshot_now(pager);
    uint64_t young_lsn = UINT64_MAX;
    int any = 0;
    /* Those of a later commit than a young one's are younger still. */
    for (struct snapshot *s = pager->versions.oldest; s != NULL && s->lsn <= young_lsn; s = s->younger) {
        uint64_t standing = atomic_load(&s->standing);
        if (standing_age_ms(standing, now) > limit)
            any |= versions_lose(s, SNAPSHOT_LOST_BY_AGE, standing);
        else
            young_lsn = s->lsn;
    }
    if (any)
        versions_sweep(&pager->versions);
}

/* Copies what is known of the readers, so that `visit` runs without the mutex. NULL, and *count, without memory. */
static quire_reader *snapshot_list(struct pager *pager, size_t *count)
{
    uint64_t now = snapshot_now(pager);
    *count = 0;
    versions_reap(&pager->versions, 0);
    for (const struct snapshot *s = snapshot_first_reader(pager); s != NULL; s = snapshot_next_reader(pager, s))
        (*count)++;
    quire_reader *list = *count > 0 ? memory_allocate(pager->memory, *count * sizeof *list) : NULL;
    quire_reader *reader = list;
    for (const struct snapshot *s = snapshot_first_reader(pager); s != NULL && list != NULL;
         s = snapshot_next_reader(pager, s), reader++) {
        uint64_t standing = atomic_load(&s->standing);
        reader->age_ms = standing_age_ms(standing, now);
        reader->snapshot_lsn = s->lsn;
        reader->pinned_bytes = versions_held_by(&pager->versions, s) * pager->page_size;
        reader->is_lost = standing_phase(standing) > SNAPSHOT_LIVES;
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
