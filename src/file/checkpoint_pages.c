/*
 * What a checkpoint writes: pages as one commit left them, in runs of neighbours,
 * and the two meta pages. While the pages are written a writer may go on to edit
 * them, so each is taken, under the mutex, from the first of these that has it:
 * the newest version, if it is as old as that commit; a version kept for the
 * checkpoint's view; the records of the log, which reach back to the checkpoint
 * before this one.
 */
#include "pager_core.h"

#include <stdlib.h>
#include <string.h>

enum { CHECKPOINT_BATCH = 128 << 10 };

/* ---- the list ---- */

static void list_count(void *context, struct page_entry *entry)
{
    *(size_t *)context += entry->committed_lsn != 0;
}

static void list_add(void *context, struct page_entry *entry)
{
    struct page_list *list = context;
    if (entry->committed_lsn != 0)
        list->pgnos[list->count++] = entry->pgno;
}

static int pgno_compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

quire_status pager_list_changed(struct pager *pager, struct page_list *list, struct fault *fault)
{
    size_t count = 0;
    list->count = 0;
    pager_lock(pager);
    index_each(&pager->index, list_count, &count);
    pager_unlock(pager);
    /* Readers add and drop entries meanwhile, but only the holder of the slot such with records. */
    list->pgnos = memory_allocate(pager->memory, (count + 1) * sizeof *list->pgnos);
    if (list->pgnos == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for a list of %zu pages", count);
    pager_lock(pager);
    index_each(&pager->index, list_add, list);
    pager_unlock(pager);
    qsort(list->pgnos, list->count, sizeof *list->pgnos, pgno_compare);
    return QUIRE_OK;
}

size_t page_list_below(const struct page_list *list, uint32_t page_count)
{
    size_t count = list->count;
    while (count > 0 && list->pgnos[count - 1] >= page_count)
        count--;
    return count;
}

/* ---- pages ---- */

quire_status pager_sync_file(struct pager *pager, struct fault *fault)
{
    if (pager->options.sync == QUIRE_SYNC_OFF)
        return QUIRE_OK;
    int error = pager->vfs->sync(pager->vfs->context, pager->file);
    count_up(&pager->file_syncs, 1);
    return error != 0 ? fault_errno(fault, error, "sync", pager->path) : QUIRE_OK;
}

static quire_status page_rebuild(struct pager *pager, const struct page_entry *entry, uint64_t lsn, uint8_t *bytes,
                                 struct fault *fault)
{
    uint64_t page_lsn = 0, after = 0;
    uint32_t chain_length = 0;
    quire_status status =
        pager_rebuild(pager, entry, entry_head_below(entry, lsn), lsn, bytes, &page_lsn, &after, &chain_length, fault);
    if (status == QUIRE_OK && page_lsn == 0)
        return fault_set(fault, QUIRE_CORRUPT, "page %u has no record below lsn %llu to be written from", entry->pgno,
                         (unsigned long long)lsn);
    return status;
}

/* The page as the commit that ended at `lsn` left it. */
static quire_status page_as_of(struct pager *pager, uint32_t pgno, uint64_t lsn, uint8_t *bytes, struct fault *fault)
{
    quire_status status = QUIRE_OK;
    pager_lock(pager);
    struct page_entry *entry = index_find(&pager->index, pgno); /* it has records, so it stays */
    const struct page_frame *frame = entry->frame;
    if (frame == NULL || frame->is_loading || entry->is_editing || frame->lsn >= lsn)
        frame = versions_find(entry, lsn);
    if (frame != NULL)
        memcpy(bytes, frame->face.data, pager->page_size);
    else
        status = page_rebuild(pager, entry, lsn, bytes, fault);
    pager_unlock(pager);
    return status;
}

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

static int run_is_map_page(const struct pager *pager, uint32_t pgno)
{
    size_t at;
    return pager->codec->map_page_of(pager->page_size, pgno, &at) == pgno;
}

/*
 * Neighbours go in one call, but a map page goes alone: it is what tells that a
 * write of one of the others was lost, so no one lost write may take both.
 */
static int run_ends(const struct pager *pager, const struct page_list *list, size_t i, size_t count)
{
    uint32_t pgno = list->pgnos[i];
    return i + 1 == count || list->pgnos[i + 1] != pgno + 1 || run_is_map_page(pager, pgno) ||
           run_is_map_page(pager, pgno + 1);
}

quire_status pager_write_pages(struct pager *pager, const struct page_list *list, size_t count, uint64_t lsn,
                               struct fault *fault)
{
    size_t capacity = pager->page_size < CHECKPOINT_BATCH ? CHECKPOINT_BATCH / pager->page_size : 1;
    size_t filled = 0;
    if (count == 0)
        return QUIRE_OK;
    if (capacity > count)
        capacity = count;
    uint8_t *batch = memory_allocate(pager->memory, capacity * pager->page_size);
    if (batch == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for %zu pages", capacity);
    quire_status status = QUIRE_OK;
    const uint64_t read_bytes = pager->recovery.total; /* 0 when this is not the end of a recovery */
    if (read_bytes > 0)
        pager->recovery.total += count * pager->page_size;
    for (size_t i = 0; i < count && status == QUIRE_OK; i++) {
        uint32_t pgno = list->pgnos[i];
        uint8_t *bytes = batch + filled * pager->page_size;
        status = page_as_of(pager, pgno, lsn, bytes, fault);
        if (status != QUIRE_OK)
            break;
        pager->codec->seal(bytes, pager->page_size, pager->salt);
        filled++;
        if (filled == capacity || run_ends(pager, list, i, count)) {
            status = write_run(pager, pgno + 1 - (uint32_t)filled, batch, filled, fault);
            if (status == QUIRE_OK && read_bytes > 0)
                status = pager_recovery_progress(pager, read_bytes + (i + 1) * pager->page_size, fault);
            filled = 0;
        }
    }
    memory_release(pager->memory, batch);
    return status;
}

/* ---- the meta pages ---- */

quire_status pager_write_metas(struct pager *pager, const struct pager_meta *meta, struct fault *fault)
{
    uint8_t *page = memory_allocate(pager->memory, pager->page_size);
    if (page == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for a meta page");
    quire_status status = QUIRE_OK;
    for (uint32_t i = 0; i < 2 && status == QUIRE_OK; i++) {
        uint32_t pgno = i == 0 ? pager->spare_meta : 1u - pager->spare_meta;
        memset(page, 0, pager->page_size);
        pager->codec->meta_write(page, pager->page_size, pgno, meta);
        status = write_run(pager, pgno, page, 1, fault);
        if (status == QUIRE_OK)
            status = pager_sync_file(pager, fault);
        if (status != QUIRE_OK)
            status = pager_poison(pager, status);
    }
    if (status == QUIRE_OK)
        pager->spare_meta = 0;
    memory_release(pager->memory, page);
    return status;
}
