/*
 * Transactions. There is one writer's slot, held by the open write transaction
 * or by a checkpoint. A commit appends its record and writes the log while it
 * holds the slot, then leaves it, and only then waits for the sync: the next
 * writer builds on it meanwhile, and one sync makes all that was written
 * durable. New snapshots see a commit once it is as durable as the mode says.
 *
 * Rolling back is forgetting: the log ends where the transaction began, pages
 * that it edited leave the cache, and their entries lead to what was committed.
 */
#include "pager_core.h"

#include <string.h>

/* ---- the slot ---- */

static quire_status pager_poisoned_fault(struct fault *fault)
{
    return fault_set(fault, QUIRE_POISONED,
                     "an earlier sync or write failed and left unknown what is on disk: close and reopen the database");
}

/* QUIRE_DISK_FULL means that nothing is left of the commit; after a failed sync it is in doubt, whatever the sync said.
 */
quire_status pager_poison(struct pager *pager, quire_status status)
{
    atomic_store(&pager->poisoned, 1);
    return status == QUIRE_DISK_FULL ? QUIRE_IO : status;
}

/* While the log is full a new transaction waits for the checkpoint, so that the log is bounded. */
quire_status pager_take_slot(struct pager *pager, int for_checkpoint, int no_wait, struct fault *fault)
{
    int has_waited_for_log = 0;
    for (;;) {
        int must_wait_for_log = !for_checkpoint && pager_log_is_full(pager);
        if (!pager->has_writer && !must_wait_for_log)
            break;
        if (no_wait)
            return fault_set(fault, QUIRE_BUSY,
                             pager->has_writer ? "another write transaction is open"
                                               : "the log is full and the checkpoint that empties it is running");
        pager->counts.checkpoint_waits += must_wait_for_log && !has_waited_for_log;
        has_waited_for_log |= must_wait_for_log;
        pager_wait(pager);
    }
    if (atomic_load(&pager->poisoned))
        return pager_poisoned_fault(fault);
    pager->has_writer = 1;
    pager_expire_snapshots(pager);
    return QUIRE_OK;
}

void pager_leave_slot(struct pager *pager)
{
    pager->has_writer = 0;
    pager_wake(pager);
}

/* ---- syncing ---- */

quire_status pager_sync_to(struct pager *pager, uint64_t lsn, struct fault *fault)
{
    while (pager->durable_lsn < lsn) {
        if (atomic_load(&pager->poisoned))
            return pager_poisoned_fault(fault);
        if (pager->is_syncing) {
            pager_wait(pager);
            continue;
        }
        struct pager_point target = pager->last; /* all of it is written */
        pager->is_syncing = 1;
        pager_unlock(pager);
        quire_status status = log_sync(&pager->log, fault);
        pager_lock(pager);
        pager->is_syncing = 0;
        pager->counts.syncs++;
        pager_wake(pager);
        if (status != QUIRE_OK)
            return pager_poison(pager, status);
        if (pager->durable_lsn < target.lsn)
            pager->durable_lsn = target.lsn;
        if (pager->visible.lsn < target.lsn)
            pager_show(pager, &target);
    }
    return QUIRE_OK;
}

/* In the mode that syncs nothing neither creation nor checkpoints did. */
static quire_status sync_all_else(struct pager *pager, struct fault *fault)
{
    int error = pager->vfs->sync(pager->vfs->context, pager->file);
    if (error == 0)
        error = pager->vfs->sync_name(pager->vfs->context, pager->file_path);
    return error != 0 ? pager_poison(pager, fault_errno(fault, error, "sync", pager->path)) : QUIRE_OK;
}

quire_status pager_sync(struct pager *pager, struct fault *fault)
{
    if (pager->read_only)
        return QUIRE_OK;
    if (atomic_load(&pager->poisoned))
        return pager_poisoned_fault(fault);
    /* The log first: what a checkpoint moves out of it meanwhile is then in the file already. */
    pager_lock(pager);
    quire_status status = pager_sync_to(pager, pager->last.lsn, fault);
    pager_unlock(pager);
    return status == QUIRE_OK && pager->options.sync == QUIRE_SYNC_OFF ? sync_all_else(pager, fault) : status;
}

/* ---- one transaction ---- */

void pager_txn_start(struct pager *pager)
{
    pager->txn_begin_lsn = pager->last.lsn;
    pager->txn_page_count = pager->last.page_count;
    memcpy(pager->txn_state, pager->last.state, PAGER_STATE_SIZE);
    pager->touched = NULL;
    pager->owing = NULL;
    pager->owing_count = 0;
    pager->window++;
}

quire_status pager_begin(struct pager *pager, int no_wait, struct fault *fault)
{
    if (pager->read_only)
        return fault_set(fault, QUIRE_READ_ONLY, "%s is open read-only", pager->path);
    pager_lock(pager);
    quire_status status = pager_take_slot(pager, 0, no_wait, fault);
    if (status == QUIRE_OK)
        pager_txn_start(pager);
    pager_unlock(pager);
    return status;
}

uint8_t *pager_state(struct pager *pager)
{
    return pager->txn_state;
}

uint32_t pager_page_count(struct pager *pager)
{
    return pager->txn_page_count;
}

uint64_t pager_begin_lsn(struct pager *pager)
{
    return pager->txn_begin_lsn;
}

void pager_txn_fold(struct pager *pager, const struct pager_point *point)
{
    while (pager->touched != NULL) {
        struct page_entry *entry = pager->touched;
        pager->touched = entry->touched;
        entry->touched = NULL;
        entry->is_editing = 0;
        if (entry->txn_lsn != 0) {
            uint64_t before = atomic_load_explicit(&entry->committed_lsn, memory_order_relaxed);
            if (before < pager->log.current.first_lsn) {
                pager->logged_pages++;
                entry->older_lsn = before;
            }
            atomic_store_explicit(&entry->committed_lsn, entry->txn_lsn, memory_order_relaxed);
            entry->txn_lsn = 0;
        }
        if (entry->frame != NULL) {
            entry->frame->is_unlogged = 0;
            /* In recovery mostly so already: the store would wait for all others, and they for pages on their way. */
            if (atomic_load_explicit(&entry->frame->audience, memory_order_relaxed) != AUDIENCE_ALL)
                frame_set_audience(entry->frame, AUDIENCE_ALL);
        }
    }
    pager->last = *point;
}

/* Nothing of the entry's frame is committed: it goes. Locked. */
static void txn_forget(struct pager *pager, struct page_entry *entry)
{
    entry->is_editing = 0;
    entry->touched = NULL;
    entry->txn_lsn = 0;
    if (entry->frame != NULL)
        pager_drop_frame(pager, entry);
    index_drop_if_empty(&pager->index, entry);
}

void pager_txn_undo(struct pager *pager)
{
    pager_lock(pager);
    while (pager->touched != NULL) {
        struct page_entry *entry = pager->touched;
        pager->touched = entry->touched;
        txn_forget(pager, entry);
    }
    log_truncate(&pager->log, pager->txn_begin_lsn, 0);
    if (pager->versions.count > 0)
        versions_reap(&pager->versions, pager->visible.lsn); /* what was kept in case a snapshot should come back */
    pager_unlock(pager);
}

static quire_status txn_append_commit(struct pager *pager, struct fault *fault)
{
    pager_lock(pager);
    quire_status status = log_make_room(&pager->log, LOG_COMMIT_BODY, fault);
    struct log_commit commit = {
        .page_count = pager->txn_page_count, .digest = pager->log.digest, .durable_lsn = pager->durable_lsn};
    pager_unlock(pager);
    if (status != QUIRE_OK)
        return status;
    memcpy(commit.state, pager->txn_state, PAGER_STATE_SIZE);
    log_commit_encode(log_body(&pager->log), &commit);
    (void)log_finish(&pager->log, LOG_COMMIT, 0, pager->txn_begin_lsn, LOG_COMMIT_BODY);
    return QUIRE_OK;
}

/* A commit record that may stand in the file although its transaction failed must be gone before anything else. */
static quire_status txn_unwrite(struct pager *pager, uint64_t commit_lsn, quire_status status)
{
    struct fault ignored;
    if (pager->log.is_torn && log_erase(&pager->log, commit_lsn, &ignored) != QUIRE_OK)
        return pager_poison(pager, status);
    return status;
}

/* Appends the commit and writes it; on failure the transaction is undone. */
static quire_status txn_log(struct pager *pager, struct pager_point *point, struct fault *fault)
{
    quire_status status = pager_settle(pager, fault);
    if (status == QUIRE_OK)
        status = txn_append_commit(pager, fault);
    uint64_t commit_lsn = pager->log.end_lsn - log_record_size(LOG_COMMIT_BODY);
    if (status == QUIRE_OK) {
        status = log_flush(&pager->log, 1, fault);
        if (status != QUIRE_OK)
            status = txn_unwrite(pager, commit_lsn, status);
    }
    if (status != QUIRE_OK) {
        pager_txn_undo(pager);
        return status;
    }
    *point = (struct pager_point){.lsn = pager->log.end_lsn, .page_count = pager->txn_page_count};
    memcpy(point->state, pager->txn_state, PAGER_STATE_SIZE);
    return QUIRE_OK;
}

/* What was written is the newest commit. Locked. */
static void txn_publish(struct pager *pager, const struct pager_point *point)
{
    pager_txn_fold(pager, point);
    if (pager->options.sync != QUIRE_SYNC_FULL)
        pager_show(pager, point);
    pager->counts.commits++;
}

quire_status pager_txn_write(struct pager *pager, struct fault *fault)
{
    struct pager_point point;
    quire_status status = txn_log(pager, &point, fault);
    if (status != QUIRE_OK)
        return status;
    pager_lock(pager);
    txn_publish(pager, &point);
    pager_unlock(pager);
    return QUIRE_OK;
}

static int txn_is_empty(const struct pager *pager)
{
    return pager->log.end_lsn == pager->txn_begin_lsn && pager->owing == NULL &&
           pager->txn_page_count == pager->last.page_count &&
           memcmp(pager->txn_state, pager->last.state, PAGER_STATE_SIZE) == 0;
}

quire_status pager_commit(struct pager *pager, struct fault *fault)
{
    quire_status status = QUIRE_OK;
    if (atomic_load(&pager->poisoned))
        status = pager_poisoned_fault(fault);
    if (status != QUIRE_OK || txn_is_empty(pager)) {
        pager_rollback(pager);
        return status;
    }
    struct pager_point point;
    status = txn_log(pager, &point, fault);
    pager_lock(pager);
    if (status == QUIRE_OK)
        txn_publish(pager, &point);
    uint64_t lsn = pager->last.lsn;
    pager->counts.checkpoint_commits += status == QUIRE_OK && pager->is_checkpointing && log_has_older(&pager->log);
    pager_leave_slot(pager);
    if (status == QUIRE_OK && pager->options.sync == QUIRE_SYNC_FULL)
        status = pager_sync_to(pager, lsn, fault);
    pager_unlock(pager);
    return status;
}

void pager_rollback(struct pager *pager)
{
    pager_txn_undo(pager);
    pager_lock(pager);
    pager_leave_slot(pager);
    pager_unlock(pager);
}

/* ---- marks ---- */

void pager_mark(struct pager *pager, struct pager_mark *mark)
{
    mark->lsn = pager->log.end_lsn;
    mark->edits = pager->edits;
    mark->page_count = pager->txn_page_count;
    mark->digest = pager->log.digest;
    memcpy(mark->state, pager->txn_state, PAGER_STATE_SIZE);
}

quire_status pager_savepoint(struct pager *pager, struct pager_mark *mark, struct fault *fault)
{
    quire_status status = pager_settle(pager, fault);
    if (status != QUIRE_OK)
        return status;
    pager->window++;
    pager_mark(pager, mark);
    return QUIRE_OK;
}

/* The entry's last record below the mark, walking back; 0 if that is not of this transaction. Locked. */
static quire_status mark_walk(struct pager *pager, struct page_entry *entry, uint64_t mark_lsn, struct fault *fault)
{
    uint64_t lsn = entry->txn_lsn;
    while (lsn >= mark_lsn) {
        struct log_record record;
        quire_status status = log_read_header(&pager->log, lsn, &record, fault);
        if (status != QUIRE_OK)
            return status;
        lsn = record.previous_lsn;
    }
    entry->txn_lsn = lsn < pager->txn_begin_lsn ? 0 : lsn;
    return QUIRE_OK;
}

/* 1 if the frame's bytes of the mark are in no record. */
static int mark_found_owing(const struct pager_mark *mark, const struct page_frame *frame)
{
    return frame->owes_image && frame->owes_since <= mark->edits;
}

static quire_status mark_check(const struct pager *pager, const struct pager_mark *mark, struct fault *fault)
{
    for (const struct page_frame *frame = pager->owing; frame != NULL; frame = frame->next_owing)
        if (mark_found_owing(mark, frame) && frame->edited > mark->edits)
            return fault_set(fault, QUIRE_DOOMED, "page %u was edited and cannot be set back: only rollback is left",
                             frame->face.pgno);
    return QUIRE_OK;
}

quire_status pager_rollback_to(struct pager *pager, const struct pager_mark *mark, struct fault *fault)
{
    quire_status status = mark_check(pager, mark, fault);
    pager_lock(pager);
    struct page_entry **link = &pager->touched;
    while (*link != NULL && status == QUIRE_OK) {
        struct page_entry *entry = *link;
        if (entry->frame != NULL && mark_found_owing(mark, entry->frame)) {
            link = &entry->touched;
            continue;
        }
        int is_changed = entry->txn_lsn >= mark->lsn || (entry->frame != NULL && entry->frame->is_unlogged);
        if (entry->txn_lsn >= mark->lsn)
            status = mark_walk(pager, entry, mark->lsn, fault);
        if (is_changed && entry->frame != NULL) {
            entry->frame->owes_image = 0;
            pager_drop_frame(pager, entry);
        }
        if (entry->txn_lsn != 0) {
            link = &entry->touched;
        } else {
            *link = entry->touched;
            txn_forget(pager, entry);
        }
    }
    if (status == QUIRE_OK) {
        log_truncate(&pager->log, mark->lsn, mark->digest);
        pager->txn_page_count = mark->page_count;
        memcpy(pager->txn_state, mark->state, PAGER_STATE_SIZE);
    }
    pager_forget_paid(pager);
    pager_unlock(pager);
    return status;
}
