/* Looking inside: statistics, audit, compacting copy, one page as text, counters. */
#include "new_file.h"

#include <string.h>

quire_status quire_tree_stat_get(quire_txn *txn, quire_tree *handle, quire_tree_stat *stat)
{
    struct tree tree;
    TRY(transaction_check(txn, 0));
    TRY(transaction_tree(txn, handle, &tree));
    if (!stat) {
        return database_invalid(txn->db, "tree stat: nowhere to put it");
    }
    memset(stat, 0, sizeof *stat);
    return transaction_answer(txn, tree_stat(&txn->view, &tree, stat));
}

quire_status quire_db_stat_get(quire_db *db, quire_db_stat *stat)
{
    if (!db || !stat) {
        return QUIRE_INVALID;
    }
    memset(stat, 0, sizeof *stat);
    /* The last commit, as a reader that starts now sees it. */
    struct snapshot snapshot;
    quire_status status = pager_snapshot_open(db->store.pager, &snapshot);
    if (status != QUIRE_OK) {
        return database_fail(db, &(struct fault){{0}}, status);
    }
    struct state state;
    state_decode(snapshot.state, &state);
    struct pager_stat pager;
    pager_stat(db->store.pager, &pager);
    stat->page_size = (uint32_t)db->store.page_size;
    stat->format_version = QUIRE_FORMAT_VERSION;
    stat->page_count = snapshot.page_count;
    stat->free_pages = state.free_count;
    stat->file_bytes = pager.file_bytes;
    stat->log_bytes = pager.log_bytes;
    stat->last_commit_lsn = snapshot.lsn;
    stat->log_generation = pager.generation;
    pager_snapshot_close(db->store.pager, &snapshot);
    return QUIRE_OK;
}

quire_status quire_check(quire_txn *txn, void (*visit)(void *context, const quire_violation *violation), void *context,
                         quire_progress progress, void *progress_context)
{
    TRY(transaction_check(txn, 0));
    return transaction_answer(txn, audit(&txn->view, visit, context, progress, progress_context));
}

quire_status quire_inspect(quire_txn *txn, uint32_t pgno, void (*line)(void *context, const char *text), void *context)
{
    TRY(transaction_check(txn, 0));
    if (!line) {
        return database_invalid(txn->db, "inspect: no function to call");
    }
    return transaction_answer(txn, inspect_page(&txn->view, pgno, line, context));
}

static quire_status copy_into(struct view *from, quire_txn *target, quire_progress progress, void *progress_context)
{
    quire_status status = copy_trees(from, &target->view, new_file_commit, &target->view, progress, progress_context);
    if (status != QUIRE_OK && from->fault->message[0] == '\0') {
        *from->fault = *target->view.fault;
    }
    return status;
}

static quire_status copy_to(quire_txn *txn, const char *path, const quire_options *options, quire_progress progress,
                            void *progress_context)
{
    quire_db *copy;
    quire_txn *target;
    TRY(quire_open(path, options, &copy));
    quire_status status = quire_begin(copy, QUIRE_WRITE, &target);
    if (status == QUIRE_OK) {
        status = copy_into(&txn->view, target, progress, progress_context);
        if (status == QUIRE_OK) {
            status = quire_commit(target);
        } else {
            quire_rollback(target);
        }
    }
    if (status != QUIRE_OK && txn->fault.message[0] == '\0') {
        (void)fault_set(&txn->fault, status, "copy to %s: %s", path, quire_error_message(copy));
    }
    quire_status closed = quire_close(copy);
    if (status == QUIRE_OK && closed != QUIRE_OK) {
        status = fault_set(&txn->fault, closed, "copy to %s: closing it failed (%s)", path, quire_status_name(closed));
    }
    return status;
}

quire_status quire_copy(quire_txn *txn, const char *path, const quire_options *given, quire_progress progress,
                        void *progress_context)
{
    quire_options options;
    struct new_file file;
    TRY(transaction_check(txn, 0));
    quire_status status = options_complete(given ? given : &txn->db->options, &options, &txn->fault);
    if (status == QUIRE_OK && (!path || path[0] == '\0')) {
        status = fault_set(&txn->fault, QUIRE_INVALID, "copy: the path is empty");
    }
    if (status == QUIRE_OK) {
        status = new_file_begin(&file, path, &options, &txn->fault);
    }
    if (status != QUIRE_OK) {
        return transaction_answer(txn, status);
    }
    options.flags = QUIRE_OPEN_CREATE | QUIRE_OPEN_EXCLUSIVE;
    options.message = txn->fault.message;
    options.message_size = sizeof txn->fault.message;
    options.progress = NULL;
    txn->fault.message[0] = '\0';
    status = copy_to(txn, file.partial, &options, progress, progress_context);
    if (status == QUIRE_OK) {
        status = new_file_finish(&file, &txn->fault);
    } else {
        new_file_abort(&file, status == QUIRE_EXISTS);
    }
    return transaction_answer(txn, status);
}

/* ---- counters ---- */

void quire_counters_enable(quire_db *db, int on)
{
    if (db) {
        atomic_store_explicit(&db->store.counters.on, on != 0, memory_order_relaxed);
    }
}

void quire_counters_reset(quire_db *db)
{
    if (!db) {
        return;
    }
#define RESET(name) atomic_store_explicit(&db->store.counters.name, 0, memory_order_relaxed);
    COUNTER_LIST(RESET)
#undef RESET
}

size_t quire_counters_get(quire_db *db, quire_counter *counters, size_t capacity)
{
    if (!db) {
        return 0;
    }
    struct pager_stat pager;
    pager_stat(db->store.pager, &pager);
    const quire_counter all[] = {
#define READ(name) {#name, atomic_load_explicit(&db->store.counters.name, memory_order_relaxed)},
        COUNTER_LIST(READ)
#undef READ
            {"cache_hits", pager.cache_hits},
        {"cache_misses", pager.cache_misses},
        {"cache_evictions", pager.evictions},
        {"page_writes", pager.page_writes},
        {"page_copies", pager.page_copies},
        {"page_rebuilds", pager.rebuilds},
        {"page_spills", pager.spills},
        {"log_records", pager.log_records},
        {"log_images", pager.images},
        {"log_deltas", pager.deltas},
        {"log_written_bytes", pager.log_written_bytes},
        {"log_commits", pager.commits},
        {"syncs", pager.syncs},
        {"checkpoints", pager.checkpoints},
        {"checkpoint_commits", pager.checkpoint_commits},
        {"checkpoint_waits", pager.checkpoint_waits},
    };
    size_t count = sizeof all / sizeof all[0];
    for (size_t i = 0; counters && i < count && i < capacity; i++) {
        counters[i] = all[i];
    }
    return count;
}
