/*
 * Transactions. (savepoints.c has what goes back within one.)
 *
 * Beginning and ending a reader takes no lock. Each thread has a place in the
 * database where it begins to look for a reader, and the first that is free there is
 * had by reopening its snapshot, which one thread only can do; resting the
 * snapshot frees it again. So a thread comes back to the reader that it had, and
 * threads that read beside each other write to no common memory.
 */
#include "database.h"

#include <string.h>

/* Makes a transaction, unless one of the kind has ended meanwhile. */
static quire_txn *transaction_make(quire_db *db, size_t kind)
{
    pthread_mutex_lock(&db->mutex);
    quire_txn *txn = db->idle[kind];
    if (txn) {
        db->idle[kind] = txn->next_idle;
    } else if ((txn = database_allocate(db, sizeof *txn)) != NULL) {
        memset(txn, 0, sizeof *txn);
        txn->db = db;
        txn->next = db->transactions;
        db->transactions = txn;
    }
    pthread_mutex_unlock(&db->mutex);
    return txn;
}

static void transaction_idle(quire_txn *txn, size_t kind)
{
    quire_db *db = txn->db;
    pthread_mutex_lock(&db->mutex);
    txn->next_idle = db->idle[kind];
    db->idle[kind] = txn;
    pthread_mutex_unlock(&db->mutex);
}

/* Where this thread begins to look. Any number would do; threads that differ are quicker. */
static size_t reader_place(void)
{
    uint64_t thread = (uint64_t)(uintptr_t)pthread_self();
    return (size_t)(thread * UINT64_C(0x9e3779b97f4a7c15) >> 32) % READERS_AT_HAND;
}

/* A reader with its snapshot open. */
static quire_txn *reader_take(quire_db *db)
{
    size_t place = reader_place();
    _Atomic(quire_txn *) *empty = NULL;
    for (size_t i = 0; i < READERS_AT_HAND && !empty; i++, place = (place + 1) % READERS_AT_HAND) {
        quire_txn *txn = atomic_load_explicit(&db->readers[place], memory_order_acquire);
        if (!txn) {
            empty = &db->readers[place];
        } else if (pager_snapshot_reopen(db->store.pager, &txn->snapshot)) {
            return txn;
        }
    }
    quire_txn *txn = transaction_make(db, 0);
    if (txn) {
        quire_txn *none = NULL;
        (void)pager_snapshot_reopen(db->store.pager, &txn->snapshot); /* it is this thread's alone */
        txn->is_at_hand = empty != NULL;
        if (empty && !atomic_compare_exchange_strong(empty, &none, txn)) {
            txn->is_at_hand = 0;
        }
    }
    return txn;
}

static void reader_give_back(quire_txn *txn)
{
    int is_at_hand = txn->is_at_hand;
    txn->state = TRANSACTION_ENDED;
    pager_snapshot_rest(txn->db->store.pager, &txn->snapshot);
    if (!is_at_hand) { /* and if it is, it may be another thread's by now */
        transaction_idle(txn, 0);
    }
}

static quire_txn *writer_take(quire_db *db)
{
    quire_txn *txn = atomic_exchange_explicit(&db->writer, NULL, memory_order_acquire);
    return txn ? txn : transaction_make(db, 1);
}

static void writer_give_back(quire_txn *txn)
{
    quire_txn *none = NULL;
    txn->state = TRANSACTION_ENDED;
    if (!atomic_compare_exchange_strong_explicit(&txn->db->writer, &none, txn, memory_order_release,
                                                 memory_order_relaxed)) {
        transaction_idle(txn, 1);
    }
}

size_t transactions_open(quire_db *db)
{
    size_t count = 0;
    pthread_mutex_lock(&db->mutex);
    for (const quire_txn *txn = db->transactions; txn; txn = txn->next) {
        count += !txn->is_at_hand || snapshot_is_open(&txn->snapshot);
    }
    count -= atomic_load(&db->writer) != NULL;
    for (size_t kind = 0; kind < 2; kind++) {
        for (const quire_txn *txn = db->idle[kind]; txn; txn = txn->next_idle) {
            count--;
        }
    }
    pthread_mutex_unlock(&db->mutex);
    return count;
}

/* Makes the view, or points the one of the last use at the new snapshot. */
static quire_status transaction_prepare(quire_txn *txn)
{
    const struct snapshot *snapshot = txn->state == TRANSACTION_READ ? &txn->snapshot : NULL;
    txn->fault.message[0] = '\0';
    txn->unnamed_is_known = 0;
    txn->savepoint_count = 0;
    if (txn->view_is_open) {
        view_restart(&txn->view, snapshot);
        return QUIRE_OK;
    }
    quire_status status = view_open(&txn->view, &txn->db->store, snapshot, &txn->fault);
    txn->view_is_open = status == QUIRE_OK;
    return status;
}

static quire_status begin_without_memory(quire_db *db)
{
    struct fault fault = {{0}};
    (void)fault_set(&fault, QUIRE_NO_MEMORY, "begin: no memory");
    return database_fail(db, &fault, QUIRE_NO_MEMORY);
}

static quire_status begin_reader(quire_db *db, quire_txn **out)
{
    quire_txn *txn = reader_take(db);
    if (!txn) {
        return begin_without_memory(db);
    }
    txn->state = TRANSACTION_READ;
    quire_status status = transaction_prepare(txn);
    if (status != QUIRE_OK) {
        status = database_fail(db, &txn->fault, status);
        reader_give_back(txn);
        return status;
    }
    *out = txn;
    return QUIRE_OK;
}

static quire_status writer_start(quire_db *db, quire_txn *txn, int no_wait)
{
    if (pager_is_read_only(db->store.pager)) {
        return fault_set(&txn->fault, QUIRE_READ_ONLY, "begin: %s is open read-only", db->path);
    }
    TRY(pager_begin(db->store.pager, no_wait, &txn->fault));
    quire_status status = transaction_prepare(txn);
    if (status != QUIRE_OK) {
        pager_rollback(db->store.pager);
    }
    return status;
}

static quire_status begin_writer(quire_db *db, int no_wait, quire_txn **out)
{
    quire_txn *txn = writer_take(db);
    if (!txn) {
        return begin_without_memory(db);
    }
    txn->state = TRANSACTION_WRITE;
    quire_status status = writer_start(db, txn, no_wait);
    if (status != QUIRE_OK) {
        status = database_fail(db, &txn->fault, status);
        writer_give_back(txn);
        return status;
    }
    *out = txn;
    return QUIRE_OK;
}

quire_status quire_begin(quire_db *db, int mode, quire_txn **out)
{
    if (!db || !out) {
        return QUIRE_INVALID;
    }
    *out = NULL;
    if ((mode & ~(QUIRE_WRITE | QUIRE_NO_WAIT)) != 0) {
        return database_invalid(db, "begin: mode %d is unknown", mode);
    }
    return (mode & QUIRE_WRITE) != 0 ? begin_writer(db, (mode & QUIRE_NO_WAIT) != 0, out) : begin_reader(db, out);
}

quire_status transaction_check_open(quire_txn *txn, int writes)
{
    if (!txn) {
        return QUIRE_INVALID;
    }
    if (txn->state == TRANSACTION_ENDED) {
        return database_invalid(txn->db, "the transaction has ended");
    }
    if (writes && txn->state != TRANSACTION_WRITE) {
        (void)fault_set(&txn->fault, QUIRE_READ_ONLY, "a write in a read transaction");
        return transaction_answer(txn, QUIRE_READ_ONLY);
    }
    return QUIRE_OK;
}

quire_status transaction_refuse(quire_txn *txn, int writes)
{
    TRY(transaction_check_open(txn, writes));
    (void)fault_set(&txn->fault, QUIRE_DOOMED, "the transaction failed midway earlier: only rollback is left");
    return transaction_answer(txn, QUIRE_DOOMED);
}

quire_status transaction_settle(quire_txn *txn, const struct pager_mark *mark, quire_status status)
{
    if (status != QUIRE_OK && status != QUIRE_NOT_FOUND && status != QUIRE_EXISTS && !txn->view.doomed) {
        struct fault first = txn->fault;
        (void)transaction_set_back(txn, mark);
        txn->fault = first;
    }
    return transaction_answer(txn, status);
}

quire_status transaction_tree(quire_txn *txn, quire_tree *tree, struct tree *out)
{
    if (tree) {
        if (tree->txn != txn || tree->ended) {
            return database_invalid(txn->db, "the tree handle %s",
                                    tree->txn != txn ? "belongs to another transaction" : "has ended");
        }
        *out = tree->tree;
        return QUIRE_OK;
    }
    if (!txn->unnamed_is_known) {
        quire_status status = catalog_open(&txn->view, NULL, &txn->unnamed);
        if (status != QUIRE_OK) {
            return transaction_answer(txn, status);
        }
        txn->unnamed_is_known = 1;
    }
    *out = txn->unnamed;
    return QUIRE_OK;
}

quire_status transaction_key(quire_txn *txn, quire_bytes key)
{
    if (key.size == 0 || !key.data) {
        return database_invalid(txn->db, "the key is empty");
    }
    if (key.size > txn->db->store.key_max) {
        return database_invalid(txn->db, "the key has %zu bytes; the longest at this page size has %zu", key.size,
                                txn->db->store.key_max);
    }
    return QUIRE_OK;
}

/* Ends everything that lives in the transaction, then the transaction. */
static void transaction_end(quire_txn *txn)
{
    quire_db *db = txn->db;
    while (txn->cursors) {
        quire_cursor *cursor = txn->cursors;
        txn->cursors = cursor->next;
        cursor_close(&cursor->cursor);
        memory_release(&db->memory, cursor);
    }
    while (txn->blobs) {
        quire_blob *blob = txn->blobs;
        txn->blobs = blob->next;
        memory_release(&db->memory, blob);
    }
    while (txn->trees) {
        quire_tree *tree = txn->trees;
        txn->trees = tree->next;
        memory_release(&db->memory, tree);
    }
    view_let_go(&txn->view);
}

/* The log may have outgrown its limit. The commit stands whatever comes of this, so a failure is a notice. */
static void checkpoint_if_wanted(quire_db *db)
{
    if (!pager_wants_checkpoint(db->store.pager)) {
        return;
    }
    struct fault fault = {{0}};
    if (database_checkpoint(db, &fault) != QUIRE_OK && db->options.log) {
        db->options.log(db->options.log_context, fault.message);
    }
}

quire_status quire_commit(quire_txn *txn)
{
    if (!txn) {
        return QUIRE_INVALID;
    }
    if (txn->state == TRANSACTION_ENDED) {
        return database_invalid(txn->db, "the transaction has ended");
    }
    quire_db *db = txn->db;
    transaction_end(txn);
    if (txn->state == TRANSACTION_READ) {
        reader_give_back(txn);
        return QUIRE_OK;
    }
    quire_status status;
    if (txn->view.doomed) {
        pager_rollback(db->store.pager);
        status = fault_set(&txn->fault, QUIRE_DOOMED, "commit: the transaction failed midway and was rolled back");
    } else {
        uint64_t begin = counters_clock(&db->store.counters);
        status = pager_commit(db->store.pager, &txn->fault);
        if (begin != 0) {
            COUNT(&db->store.counters, commits, 1);
            COUNT(&db->store.counters, commit_ns, counters_clock(&db->store.counters) - begin);
        }
    }
    if (status != QUIRE_OK) {
        (void)database_fail(db, &txn->fault, status);
    }
    writer_give_back(txn);
    if (status == QUIRE_OK) {
        checkpoint_if_wanted(db);
    }
    return status;
}

void quire_rollback(quire_txn *txn)
{
    if (!txn || txn->state == TRANSACTION_ENDED) {
        return;
    }
    transaction_end(txn);
    if (txn->state == TRANSACTION_READ) {
        reader_give_back(txn);
    } else {
        pager_rollback(txn->db->store.pager);
        writer_give_back(txn);
    }
}
