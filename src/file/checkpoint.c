/*
 * The checkpoint: what the log says goes into the database file, and the log
 * begins anew in its other half.
 *
 *   1. make the log durable
 *   2. write each changed page's checksum into its map page, as a transaction
 *      of the log like any other
 *   3. save the versions that older snapshots would lose
 *   4. write the pages, sync; a crash here leaves the log to repair them
 *   5. write meta page A, sync, write the same as meta page B, sync
 *   6. forget the records, switch the log's half, cut the file's free tail
 *
 * It holds the writer's slot; readers go on. Until step 5 a failure changes
 * nothing that matters: each page it may have written has records in the log.
 * From the first byte of meta A on, a failure leaves unknown which checkpoint a
 * reopen will find, so it poisons: a later commit in the old generation might
 * be lost to it.
 */
#include "pager_core.h"

#include <stdlib.h>
#include <string.h>

enum { CHECKPOINT_BATCH = 128 << 10 };

struct dirty_list {
    uint32_t *pgnos;
    size_t count;
    uint32_t bound; /* only pages below it */
};

static void dirty_add(void *context, struct page_entry *entry)
{
    struct dirty_list *list = context;
    if (entry->committed_lsn != 0 && entry->pgno < list->bound)
        list->pgnos[list->count++] = entry->pgno;
}

static int dirty_compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* The changed pages below `bound` in ascending order; the caller releases list->pgnos. */
static quire_status dirty_collect(struct pager *pager, uint32_t bound, struct dirty_list *list, struct fault *fault)
{
    list->bound = bound;
    list->count = 0;
    list->pgnos = memory_allocate(pager->memory, (pager->logged_pages + 1) * sizeof *list->pgnos);
    if (list->pgnos == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for a list of %zu pages", pager->logged_pages);
    pager_lock(pager);
    index_each(&pager->index, dirty_add, list);
    pager_unlock(pager);
    qsort(list->pgnos, list->count, sizeof *list->pgnos, dirty_compare);
    return QUIRE_OK;
}

quire_status pager_sync_file(struct pager *pager, struct fault *fault)
{
    if (pager->options.sync == QUIRE_SYNC_OFF)
        return QUIRE_OK;
    int error = pager->vfs->sync(pager->vfs->context, pager->file);
    count_up(&pager->file_syncs, 1);
    return error != 0 ? fault_errno(fault, error, "sync", pager->path) : QUIRE_OK;
}

/* ---- step 2: the map ---- */

static quire_status map_note_page(struct pager *pager, uint32_t pgno, struct frame **map, size_t at,
                                  struct fault *fault)
{
    struct frame *page;
    quire_status status = pager_read(pager, NULL, pgno, &page, fault);
    if (status != QUIRE_OK)
        return status;
    uint32_t checksum = pager->codec->seal_value(page->data, pager->page_size, pager->salt);
    pager_release(pager, page);
    if (pager->codec->map_get((*map)->data, at) == checksum)
        return QUIRE_OK;
    status = pager_edit(pager, map, fault);
    if (status != QUIRE_OK)
        return status;
    pager_lock(pager); /* readers look pages up in map pages */
    pager->codec->map_set((*map)->data, at, checksum);
    pager_unlock(pager);
    return QUIRE_OK;
}

/* Notes all pages of the list from *i on that one map page covers. */
static quire_status map_note_group(struct pager *pager, const struct dirty_list *list, size_t *i, struct fault *fault)
{
    size_t at;
    uint32_t map_pgno = pager->codec->map_page_of(pager->page_size, list->pgnos[*i], &at);
    struct frame *map;
    quire_status status = pager_read(pager, NULL, map_pgno, &map, fault);
    if (status != QUIRE_OK)
        return status;
    for (; *i < list->count && status == QUIRE_OK; (*i)++) {
        uint32_t pgno = list->pgnos[*i];
        if (pager->codec->map_page_of(pager->page_size, pgno, &at) != map_pgno)
            break;
        if (pgno != map_pgno)
            status = map_note_page(pager, pgno, &map, at, fault);
    }
    if (status == QUIRE_OK && frame_of(map)->is_unlogged)
        status = pager_log_image(pager, map, fault);
    pager_release(pager, map);
    return status;
}

static quire_status checkpoint_note_map(struct pager *pager, struct fault *fault)
{
    struct dirty_list list;
    quire_status status = dirty_collect(pager, pager->last.page_count, &list, fault);
    if (status != QUIRE_OK)
        return status;
    pager_lock(pager);
    pager_txn_start(pager);
    pager_unlock(pager);
    for (size_t i = 0; i < list.count && status == QUIRE_OK;)
        status = map_note_group(pager, &list, &i, fault);
    memory_release(pager->memory, list.pgnos);
    if (status == QUIRE_OK && pager->touched != NULL)
        return pager_txn_write(pager, fault);
    pager_txn_undo(pager);
    return status;
}

static quire_status checkpoint_sync_log(struct pager *pager, struct fault *fault)
{
    if (pager->options.sync == QUIRE_SYNC_OFF)
        return QUIRE_OK;
    pager_lock(pager);
    quire_status status = pager_sync_to(pager, pager->last.lsn, fault);
    pager_unlock(pager);
    return status;
}

/* ---- step 3: versions ---- */

/*
 * A page that the file was cut before is not written any more: its newest
 * version becomes a kept one while a snapshot from before the cut sees it.
 */
static void save_cut_page(struct pager *pager, struct page_entry *entry)
{
    if (entry->pgno < pager->last.page_count || entry->frame == NULL || entry->frame->is_loading)
        return;
    if (versions_are_needed(&pager->versions, entry->frame->lsn))
        versions_keep(&pager->versions, entry, cache_detach(&pager->cache, entry), pager->last.lsn);
}

/* Keeps what each snapshot sees of the page, unless that is what the file will have. Locked, but may let go. */
static quire_status save_page(struct pager *pager, uint32_t pgno, struct fault *fault)
{
    uint64_t done_lsn = UINT64_MAX;
    struct snapshot *snapshot = pager->versions.youngest;
    while (snapshot != NULL && !snapshot->lost) {
        struct page_entry *entry = index_find(&pager->index, pgno);
        int is_cut = pgno >= pager->last.page_count;
        if (snapshot->lsn >= done_lsn || pgno >= snapshot->page_count ||
            (entry->committed_lsn < snapshot->lsn && !is_cut)) {
            snapshot = snapshot->older;
            continue;
        }
        done_lsn = snapshot->lsn;
        struct page_frame *frame;
        quire_status status = pager_view(pager, snapshot, pgno, &frame, fault);
        /* A version that cannot be built will fail its reader, if it ever asks; memory is another matter. */
        if (status == QUIRE_NO_MEMORY)
            return status;
        save_cut_page(pager, index_find(&pager->index, pgno));
        versions_enforce(&pager->versions);
        snapshot = pager->versions.youngest; /* the mutex may have been free: the list may differ */
    }
    return QUIRE_OK;
}

static quire_status checkpoint_save_versions(struct pager *pager, struct fault *fault)
{
    if (!pager_has_readers(pager))
        return QUIRE_OK;
    struct dirty_list list;
    quire_status status = dirty_collect(pager, UINT32_MAX, &list, fault);
    for (size_t i = 0; i < list.count && status == QUIRE_OK; i++) {
        pager_lock(pager);
        status = save_page(pager, list.pgnos[i], fault);
        pager_unlock(pager);
    }
    memory_release(pager->memory, list.pgnos);
    return status;
}

/* ---- step 4: pages ---- */

static quire_status write_run(struct pager *pager, uint32_t first, const uint8_t *bytes, size_t count,
                              struct fault *fault)
{
    uint64_t offset = (uint64_t)first * pager->page_size;
    int error = pager->vfs->write(pager->vfs->context, pager->file, offset, bytes, count * pager->page_size);
    if (error != 0) {
        quire_status status = fault_errno(fault, error, "write", pager->path);
        return fault_set(fault, status, "cannot write pages %u to %u of %s: errno %d", first,
                         first + (uint32_t)count - 1, pager->path, error);
    }
    count_up(&pager->page_writes, count);
    return QUIRE_OK;
}

static quire_status write_pages(struct pager *pager, const struct dirty_list *list, uint8_t *batch, size_t capacity,
                                struct fault *fault)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        uint32_t pgno = list->pgnos[i];
        struct frame *page;
        quire_status status = pager_read(pager, NULL, pgno, &page, fault);
        if (status != QUIRE_OK)
            return status;
        uint8_t *sealed = batch + count * pager->page_size;
        memcpy(sealed, page->data, pager->page_size);
        pager_release(pager, page);
        pager->codec->seal(sealed, pager->page_size, pager->salt);
        count++;
        if (count == capacity || i + 1 == list->count || list->pgnos[i + 1] != pgno + 1) {
            status = write_run(pager, pgno + 1 - (uint32_t)count, batch, count, fault);
            if (status != QUIRE_OK)
                return status;
            count = 0;
        }
    }
    return QUIRE_OK;
}

static quire_status checkpoint_write_pages(struct pager *pager, const struct dirty_list *list, struct fault *fault)
{
    size_t capacity = pager->page_size < CHECKPOINT_BATCH ? CHECKPOINT_BATCH / pager->page_size : 1;
    uint8_t *batch = memory_allocate(pager->memory, capacity * pager->page_size);
    if (batch == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for %zu pages", capacity);
    quire_status status = write_pages(pager, list, batch, capacity, fault);
    memory_release(pager->memory, batch);
    if (status != QUIRE_OK)
        return status;
    status = pager_sync_file(pager, fault);
    return status != QUIRE_OK ? pager_poison(pager, status) : status;
}

/* ---- step 5: the meta pages ---- */

quire_status pager_write_metas(struct pager *pager, const struct pager_meta *meta, struct fault *fault)
{
    uint8_t *page = memory_allocate(pager->memory, pager->page_size);
    if (page == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for a meta page");
    quire_status status = QUIRE_OK;
    for (uint32_t pgno = 0; pgno < 2 && status == QUIRE_OK; pgno++) {
        memset(page, 0, pager->page_size);
        pager->codec->meta_write(page, pager->page_size, pgno, meta);
        status = write_run(pager, pgno, page, 1, fault);
        if (status == QUIRE_OK)
            status = pager_sync_file(pager, fault);
        if (status != QUIRE_OK)
            status = pager_poison(pager, status);
    }
    memory_release(pager->memory, page);
    return status;
}

static quire_status checkpoint_write_metas(struct pager *pager, struct fault *fault)
{
    struct pager_meta meta = {.format_version = QUIRE_FORMAT_VERSION,
                              .page_size = (uint32_t)pager->page_size,
                              .salt = pager->salt,
                              .generation = pager->log.current.generation + 1,
                              .page_count = pager->last.page_count,
                              .first_lsn = pager->last.lsn,
                              .checkpoint = pager->checkpoint + 1};
    memcpy(meta.state, pager->last.state, PAGER_STATE_SIZE);
    return pager_write_metas(pager, &meta, fault);
}

/* ---- step 6: a new generation ---- */

static void forget_records(void *context, struct page_entry *entry)
{
    struct pager *pager = context;
    entry->committed_lsn = 0;
    entry->chain_length = 0;
    /* Meta pages were written past the cache, and pages beyond the end are no more. */
    if (entry->frame != NULL && !entry->frame->is_loading && (entry->pgno < 2 || entry->pgno >= pager->last.page_count))
        pager_drop_frame(pager, entry);
}

static void checkpoint_switch(struct pager *pager)
{
    pager_lock(pager);
    index_each(&pager->index, forget_records, pager);
    index_sweep(&pager->index);
    pager->logged_pages = 0;
    log_switch(&pager->log, pager->log.current.generation + 1, pager->last.lsn);
    pager->file_lsn = pager->last.lsn;
    pager->durable_lsn = pager->last.lsn;
    pager->checkpoint++;
    pager->counts.checkpoints++;
    pager_unlock(pager);
}

static int may_cut(const struct pager *pager)
{
    for (const struct snapshot *s = pager->versions.oldest; s != NULL; s = s->younger)
        if (!s->lost && s->page_count > pager->last.page_count)
            return 0;
    return 1;
}

/* Cuts the file's free tail, unless an older snapshot may still read it. */
static quire_status checkpoint_cut(struct pager *pager, struct fault *fault)
{
    uint64_t size = 0, wanted = (uint64_t)pager->last.page_count * pager->page_size;
    int error = pager->vfs->size(pager->vfs->context, pager->file, &size);
    if (error != 0)
        return fault_errno(fault, error, "ask for the size of", pager->path);
    pager_lock(pager);
    if (size > wanted && may_cut(pager))
        error = pager->vfs->truncate(pager->vfs->context, pager->file, wanted);
    pager_unlock(pager);
    return error != 0 ? fault_errno(fault, error, "truncate", pager->path) : QUIRE_OK;
}

/* After an unusually long log the file is given back instead of recycled: both its halves are dead now. */
static quire_status checkpoint_trim_log(struct pager *pager, struct fault *fault)
{
    if (pager->log.ready[0] + pager->log.ready[1] <= 4 * pager->options.log_bytes + ((uint64_t)16 << 20))
        return QUIRE_OK;
    pager_lock(pager);
    quire_status status = log_empty_file(&pager->log, fault);
    pager_unlock(pager);
    return status;
}

quire_status pager_run_checkpoint(struct pager *pager, int force, struct fault *fault)
{
    quire_status status = checkpoint_sync_log(pager, fault);
    if (status != QUIRE_OK)
        return status;
    if (pager->last.lsn == pager->file_lsn && !force)
        return checkpoint_cut(pager, fault);
    status = checkpoint_note_map(pager, fault);
    if (status == QUIRE_OK)
        status = checkpoint_sync_log(pager, fault);
    if (status == QUIRE_OK)
        status = checkpoint_save_versions(pager, fault);
    struct dirty_list list = {.pgnos = NULL};
    if (status == QUIRE_OK)
        status = dirty_collect(pager, pager->last.page_count, &list, fault);
    if (status == QUIRE_OK && list.count > 0)
        status = checkpoint_write_pages(pager, &list, fault);
    memory_release(pager->memory, list.pgnos);
    if (status == QUIRE_OK)
        status = checkpoint_write_metas(pager, fault);
    if (status != QUIRE_OK)
        return status;
    checkpoint_switch(pager);
    status = checkpoint_trim_log(pager, fault);
    return status == QUIRE_OK ? checkpoint_cut(pager, fault) : status;
}

quire_status pager_checkpoint(struct pager *pager, struct fault *fault)
{
    if (pager->read_only)
        return fault_set(fault, QUIRE_READ_ONLY, "%s is open read-only", pager->path);
    pager_lock(pager);
    quire_status status = pager_take_slot(pager, 0, fault);
    pager_unlock(pager);
    if (status != QUIRE_OK)
        return status;
    status = pager_run_checkpoint(pager, 0, fault);
    pager_lock(pager);
    pager_leave_slot(pager);
    pager_unlock(pager);
    return status;
}
