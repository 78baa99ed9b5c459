/*
 * The checkpoint: what the log says goes into the database file, and commits
 * begin the log anew in its other half.
 *
 *                    slot held                    commits go on
 *            +---------------------------+--------------------------------+
 *   steps    | 1 map  2 sync  3 list     | 4 save  5 pages  6 metas  7 end |
 *            +---------------------------+--------------------------------+
 *   log      | generation g, ends at C   | g is older, g + 1 takes commits |
 *
 *   1. write each changed page's checksum into its map page, as a transaction
 *      of the log like any other; it ends at C, the checkpoint's LSN
 *   2. make the log durable
 *   3. list the changed pages; let commits go on in the log's other half
 *   4. save the versions that snapshots older than C would lose
 *   5. write the listed pages as of C, sync; a crash here leaves the log to
 *      repair them
 *   6. write meta page A, sync, write the same as meta page B, sync (B first if A
 *      is what the open before has believed)
 *   7. forget the records below C, recycle their half, cut the file's free tail
 *
 *  Invariants
 *   1. Nothing above C reaches the database file. A page that the writer edits
 *      meanwhile is copied first for the checkpoint's view, a snapshot at C; if
 *      too much is kept that way the view is given up, and the page is built
 *      from the log.
 *   2. Until step 6 is done the metas name generation g and recovery reads both
 *      halves, g and then g + 1; from then on they name g + 1. Either way all
 *      commits are found, so a crash may come at any time.
 *   3. The half of g is written again only when both metas are durable.
 *
 * A failure before step 6 changes nothing that matters: each page that may have
 * been written has records in the log, and if there are two generations by then,
 * they stay. The next checkpoint then holds the slot to its end, writes the pages
 * as they are by then, and begins generation g + 2 in the half of g. So does the
 * one that follows a recovery. From the first byte of meta A on, a failure leaves
 * unknown which checkpoint a reopen will find, so it poisons.
 */
#include "pager_core.h"

#include <string.h>

struct checkpoint {
    struct pager_point point; /* the commit whose state it writes; .lsn is C */
    uint32_t generation;      /* of the log that follows it */
    int may_free_slot, has_freed_slot;
    struct page_list pages; /* changed since the checkpoint before, those beyond the file's new end included */
    struct snapshot view;   /* at C, while has_freed_slot: what the writer copies pages for */
};

/* ---- step 1: the map ---- */

/*
 * A map page comes from the file without passing the gate, since no tree has it.
 * Before it is edited and logged it must be what these take for granted.
 */
static quire_status map_check(struct pager *pager, struct frame *map, struct fault *fault)
{
    char detail[128];
    detail[0] = '\0';
    if (pager_frame_checked(map))
        return QUIRE_OK;
    pager_lock(pager);
    int rule = pager->codec->check(map->data, pager->page_size, pager->codec_scratch, detail, sizeof detail);
    pager_unlock(pager);
    if (rule != 0)
        return fault_set(fault, QUIRE_CORRUPT, "page %u breaks P%d (%s)", map->pgno, rule, detail);
    if (!pager->codec->is_map(map->data))
        return fault_set(fault, QUIRE_CORRUPT, "page %u breaks S1 (a map page must stand here)", map->pgno);
    pager_frame_set_checked(map);
    return QUIRE_OK;
}

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

/* Notes the pages from *i to `count` that one map page covers. */
static quire_status map_note_group(struct pager *pager, const struct page_list *list, size_t count, size_t *i,
                                   struct fault *fault)
{
    size_t at;
    uint32_t map_pgno = pager->codec->map_page_of(pager->page_size, list->pgnos[*i], &at);
    struct frame *map;
    quire_status status = pager_read(pager, NULL, map_pgno, &map, fault);
    if (status != QUIRE_OK)
        return status;
    status = map_check(pager, map, fault);
    for (; *i < count && status == QUIRE_OK; (*i)++) {
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
    struct page_list list;
    quire_status status = pager_list_changed(pager, &list, fault);
    if (status != QUIRE_OK)
        return status;
    size_t count = page_list_below(&list, pager->last.page_count);
    pager_lock(pager);
    pager_txn_start(pager);
    pager_unlock(pager);
    for (size_t i = 0; i < count && status == QUIRE_OK;)
        status = map_note_group(pager, &list, count, &i, fault);
    memory_release(pager->memory, list.pgnos);
    if (status == QUIRE_OK && pager->touched != NULL)
        return pager_txn_write(pager, fault);
    pager_txn_undo(pager);
    return status;
}

/* ---- steps 2 and 3: the state to write ---- */

static quire_status checkpoint_sync_log(struct pager *pager, struct fault *fault)
{
    if (pager->options.sync == QUIRE_SYNC_OFF)
        return QUIRE_OK;
    pager_lock(pager);
    quire_status status = pager_sync_to(pager, pager->last.lsn, fault);
    pager_unlock(pager);
    return status;
}

/* From here on commits go to the log's other half. */
static void checkpoint_free_slot(struct pager *pager, struct checkpoint *run)
{
    run->has_freed_slot = 1;
    uint64_t now = pager->vfs->now_ms(pager->vfs->context);
    run->view = (struct snapshot){.lsn = run->point.lsn, .page_count = run->point.page_count};
    atomic_store(&run->view.standing, snapshot_standing(SNAPSHOT_LIVES, now));
    pager_lock(pager);
    versions_add_snapshot(&pager->versions, &run->view);
    pager->versions.expendable = &run->view;
    log_alternate(&pager->log);
    pager->logged_pages = 0;
    pager_leave_slot(pager);
    pager_unlock(pager);
}

static quire_status checkpoint_take_state(struct pager *pager, struct checkpoint *run, struct fault *fault)
{
    quire_status status = checkpoint_note_map(pager, fault);
    if (status == QUIRE_OK)
        status = checkpoint_sync_log(pager, fault);
    if (status == QUIRE_OK)
        status = pager_list_changed(pager, &run->pages, fault);
    if (status != QUIRE_OK)
        return status;
    run->point = pager->last;
    run->generation = pager->log.current.generation + 1;
    if (run->may_free_slot && !log_has_older(&pager->log))
        checkpoint_free_slot(pager, run);
    return QUIRE_OK;
}

/* ---- step 4: versions ---- */

/*
 * A page that the file was cut before is not written any more: its newest
 * version becomes a kept one while a snapshot from before the cut sees it.
 */
static void save_cut_page(struct pager *pager, const struct checkpoint *run, struct page_entry *entry)
{
    const struct page_frame *frame = entry->frame;
    if (entry->pgno < run->point.page_count || frame == NULL || frame->is_loading || entry->is_editing)
        return;
    if (frame->lsn < run->point.lsn && versions_are_needed(&pager->versions, frame->lsn))
        versions_keep(&pager->versions, entry, cache_detach(&pager->cache, entry), run->point.lsn);
}

/* Keeps what each snapshot sees of the page, unless that is what the file will have. Locked, but may let go. */
static quire_status save_page(struct pager *pager, const struct checkpoint *run, uint32_t pgno, struct fault *fault)
{
    uint64_t done_lsn = UINT64_MAX;
    struct snapshot *snapshot = pager->versions.youngest;
    while (snapshot != NULL) {
        const struct page_entry *entry = index_find(&pager->index, pgno);
        int is_cut = pgno >= run->point.page_count;
        if (snapshot_is_lost(snapshot) || snapshot->lsn >= done_lsn || pgno >= snapshot->page_count ||
            snapshot->lsn >= run->point.lsn || (entry_head_below(entry, run->point.lsn) < snapshot->lsn && !is_cut)) {
            snapshot = snapshot->older;
            continue;
        }
        done_lsn = snapshot->lsn;
        struct page_frame *frame;
        /* Its reader may end it while the mutex is free. */
        const struct snapshot copy = {
            .standing = SNAPSHOT_LIVES, .lsn = snapshot->lsn, .page_count = snapshot->page_count};
        quire_status status = pager_view(pager, &copy, pgno, &frame, fault);
        /* A version that cannot be built will fail its reader, if it ever asks; memory is another matter. */
        if (status == QUIRE_NO_MEMORY)
            return status;
        save_cut_page(pager, run, index_find(&pager->index, pgno));
        versions_enforce(&pager->versions);
        snapshot = pager->versions.youngest; /* the mutex may have been free: the list may differ */
    }
    return QUIRE_OK;
}

static quire_status checkpoint_save_versions(struct pager *pager, const struct checkpoint *run, struct fault *fault)
{
    quire_status status = QUIRE_OK;
    for (size_t i = 0; i < run->pages.count && status == QUIRE_OK && pager_has_readers(pager); i++) {
        pager_lock(pager);
        status = save_page(pager, run, run->pages.pgnos[i], fault);
        pager_unlock(pager);
    }
    return status;
}

/* ---- steps 5 and 6: into the file ---- */

static quire_status checkpoint_write(struct pager *pager, const struct checkpoint *run, struct fault *fault)
{
    size_t count = page_list_below(&run->pages, run->point.page_count);
    quire_status status = pager_write_pages(pager, &run->pages, count, run->point.lsn, fault);
    if (status == QUIRE_OK && count > 0) {
        status = pager_sync_file(pager, fault);
        if (status != QUIRE_OK)
            status = pager_poison(pager, status);
    }
    if (status != QUIRE_OK)
        return status;
    struct pager_meta meta = {.format_version = QUIRE_FORMAT_VERSION,
                              .page_size = (uint32_t)pager->page_size,
                              .salt = pager->salt,
                              .generation = run->generation,
                              .page_count = run->point.page_count,
                              .first_lsn = run->point.lsn,
                              .checkpoint = pager->checkpoint + 1};
    memcpy(meta.state, run->point.state, PAGER_STATE_SIZE);
    return pager_write_metas(pager, &meta, fault);
}

/* ---- step 7: the records below C are no more ---- */

struct forget {
    struct pager *pager;
    const struct checkpoint *run;
};

static void forget_records(void *context, struct page_entry *entry)
{
    const struct forget *forget = context;
    if (entry->committed_lsn < forget->run->point.lsn)
        entry->committed_lsn = 0;
    entry->older_lsn = 0;
    if (entry->committed_lsn != 0 || entry->is_editing)
        return;
    entry->chain_length = 0;
    /* Meta pages were written past the cache, and pages beyond the end are no more. */
    if (entry->frame != NULL && !entry->frame->is_loading &&
        (entry->pgno < 2 || entry->pgno >= forget->run->point.page_count))
        pager_drop_frame(forget->pager, entry);
}

/* The writer copies no more pages for the checkpoint. Locked. */
static void checkpoint_close_view(struct pager *pager, const struct checkpoint *run)
{
    if (pager->versions.expendable == &run->view)
        versions_give_up_expendable(&pager->versions);
}

static void checkpoint_finish(struct pager *pager, const struct checkpoint *run)
{
    pager_lock(pager);
    if (run->has_freed_slot) {
        log_end_older(&pager->log);
    } else {
        log_switch(&pager->log, run->generation, run->point.lsn);
        pager->logged_pages = 0;
    }
    index_each(&pager->index, forget_records, &(struct forget){pager, run});
    checkpoint_close_view(pager, run);
    index_sweep(&pager->index);
    pager->file_lsn = run->point.lsn;
    if (pager->durable_lsn < run->point.lsn)
        pager->durable_lsn = run->point.lsn;
    pager->checkpoint++;
    pager->counts.checkpoints++;
    pager_unlock(pager);
}

static int may_cut(struct pager *pager, uint32_t page_count)
{
    versions_reap(&pager->versions, 0);
    for (const struct snapshot *s = pager->versions.oldest; s != NULL; s = s->younger)
        if (!snapshot_is_lost(s) && s->page_count > page_count)
            return 0;
    return 1;
}

/* Cuts the file's free tail, unless a snapshot may still read it. */
static quire_status checkpoint_cut(struct pager *pager, uint32_t page_count, struct fault *fault)
{
    uint64_t size = 0, wanted = (uint64_t)page_count * pager->page_size;
    int error = pager->vfs->size(pager->vfs->context, pager->file, &size);
    if (error != 0)
        return fault_errno(fault, error, "ask for the size of", pager->path);
    pager_lock(pager);
    if (size > wanted && may_cut(pager, page_count))
        error = pager->vfs->truncate(pager->vfs->context, pager->file, wanted);
    pager_unlock(pager);
    return error != 0 ? fault_errno(fault, error, "truncate", pager->path) : QUIRE_OK;
}

/*
 * After an unusually long log the file is given back instead of recycled, if no
 * commit has come meanwhile: then both its halves are dead.
 */
static quire_status checkpoint_trim_log(struct pager *pager, const struct checkpoint *run, struct fault *fault)
{
    quire_status status = QUIRE_OK;
    const struct log *log = &pager->log;
    pager_lock(pager);
    int is_quiet = !(run->has_freed_slot && pager->has_writer) && log->end_lsn == log->current.first_lsn;
    if (is_quiet && log->ready[0] + log->ready[1] > 4 * pager->options.log_bytes + ((uint64_t)16 << 20))
        status = log_empty_file(&pager->log, fault);
    pager_unlock(pager);
    return status;
}

/* ---- all of it ---- */

static quire_status checkpoint_run(struct pager *pager, struct checkpoint *run, struct fault *fault)
{
    quire_status status = checkpoint_take_state(pager, run, fault);
    if (status == QUIRE_OK)
        status = checkpoint_save_versions(pager, run, fault);
    if (status == QUIRE_OK)
        status = checkpoint_write(pager, run, fault);
    if (status == QUIRE_OK) {
        checkpoint_finish(pager, run);
        status = checkpoint_trim_log(pager, run, fault);
        if (status == QUIRE_OK)
            status = checkpoint_cut(pager, run->point.page_count, fault);
    } else {
        pager_lock(pager);
        checkpoint_close_view(pager, run);
        pager_unlock(pager);
    }
    memory_release(pager->memory, run->pages.pgnos);
    return status;
}

quire_status pager_run_checkpoint(struct pager *pager, int force, struct fault *fault)
{
    struct checkpoint run = {.may_free_slot = 0};
    if (pager->last.lsn == pager->file_lsn && !force)
        return checkpoint_cut(pager, pager->last.page_count, fault);
    return checkpoint_run(pager, &run, fault);
}

/* One checkpoint at a time, each from a moment at which no write transaction is open. */
static quire_status checkpoint_begin(struct pager *pager, struct fault *fault)
{
    pager_lock(pager);
    while (pager->is_checkpointing)
        pager_wait(pager);
    pager->is_checkpointing = 1;
    quire_status status = pager_take_slot(pager, 1, 0, fault);
    if (status != QUIRE_OK) {
        pager->is_checkpointing = 0;
        pager_wake(pager);
    }
    pager_unlock(pager);
    return status;
}

quire_status pager_checkpoint(struct pager *pager, struct fault *fault)
{
    struct checkpoint run = {.may_free_slot = 1};
    if (pager->read_only)
        return fault_set(fault, QUIRE_READ_ONLY, "%s is open read-only", pager->path);
    quire_status status = checkpoint_begin(pager, fault);
    if (status != QUIRE_OK)
        return status;
    if (pager->last.lsn == pager->file_lsn)
        status = checkpoint_cut(pager, pager->last.page_count, fault);
    else
        status = checkpoint_run(pager, &run, fault);
    pager_lock(pager);
    pager->is_checkpointing = 0;
    if (!run.has_freed_slot)
        pager_leave_slot(pager);
    pager_wake(pager);
    pager_unlock(pager);
    return status;
}
