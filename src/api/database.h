/*
 * What the files of this room share: the structs behind the public handles, and
 * the checks that every public function opens with.
 *
 * A database keeps its transactions in a pool and hands them out again, so that
 * a call on an ended handle is told so instead of reading freed memory, and a
 * transaction costs no allocation after the first. Trees, cursors and blobs are
 * listed in their transaction and end with it.
 */
#ifndef QUIRE_API_DATABASE_H
#define QUIRE_API_DATABASE_H

#include <pthread.h>

#include "../tree/audit.h"
#include "../tree/cursor.h"
#include "../tree/overflow.h"
#include "../tree/page_space.h"

enum { READERS_AT_HAND = 32 };

enum transaction_state { TRANSACTION_ENDED = 0, TRANSACTION_READ, TRANSACTION_WRITE };

struct quire_tree {
    quire_txn *txn;
    quire_tree *next;
    struct tree tree;
    int ended; /* dropped, or gone with a savepoint */
    char name[57];
};

struct quire_cursor {
    quire_txn *txn;
    quire_cursor *next;
    int ended; /* its tree was rolled back */
    struct cursor cursor;
};

struct quire_blob {
    quire_txn *txn;
    quire_blob *next;
    struct tree tree;
    uint32_t size;
    int ended;                   /* its key was written by other means */
    uint64_t chain;              /* that `place` stands in */
    struct overflow_place place; /* where the last part was, so that a stream walks its chain once */
    size_t key_len;
    uint8_t key[];
};

struct quire_txn {
    quire_db *db;
    quire_txn *next;      /* in the database's list of all its transactions */
    quire_txn *next_idle; /* of the same kind */
    int is_at_hand;       /* a reader in one of the database's places */
    enum transaction_state state;
    int view_is_open;
    struct view view;
    struct snapshot snapshot;
    struct fault fault;
    struct tree unnamed;
    int unnamed_is_known;
    quire_tree *trees;
    quire_cursor *cursors;
    quire_blob *blobs;
    struct pager_mark *savepoints;
    uint32_t savepoint_count, savepoint_capacity;
};

struct quire_db {
    struct store store;
    quire_options options;
    quire_memory memory;
    quire_vfs vfs;
    struct fault fault;    /* of the last failing call */
    pthread_mutex_t mutex; /* guards fault and the lists of transactions */
    quire_txn *transactions;
    /* Readers that stay where they are for good, ended or not: whose snapshot is nobody's is free. */
    _Atomic(quire_txn *) readers[READERS_AT_HAND];
    _Atomic(quire_txn *) writer; /* the one that ended last */
    quire_txn *idle[2];          /* other ended transactions: readers (0) and writers (1) differ in their buffers */
    char path[];
};

/* Keeps the transaction's message as the database's, and answers `status`. */
quire_status database_tell(quire_db *db, const struct fault *fault, quire_status status);
/* The same if `status` is a failure: QUIRE_OK, QUIRE_NOT_FOUND and QUIRE_EXISTS leave the message as it was. */
quire_status database_fail(quire_db *db, const struct fault *fault, quire_status status);
/* The same for a mistake of the caller. */
quire_status database_invalid(quire_db *db, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The caller's options with every default filled in, or what is wrong with them. */
quire_status options_complete(const quire_options *given, quire_options *options, struct fault *fault);

/* How many transactions are open. */
size_t transactions_open(quire_db *db);
/* QUIRE_OK if the transaction is open (for writing), doomed or not. */
quire_status transaction_check_open(quire_txn *txn, int writes);
/* Why transaction_check says no. */
quire_status transaction_refuse(quire_txn *txn, int writes);
/* QUIRE_OK if the transaction can be used (for writing); drops what the last call handed out. */
static inline quire_status transaction_check(quire_txn *txn, int writes)
{
    if (!txn || txn->state == TRANSACTION_ENDED || (writes && txn->state != TRANSACTION_WRITE) || txn->view.doomed) {
        return transaction_refuse(txn, writes);
    }
    view_hold(&txn->view, NULL);
    return QUIRE_OK;
}
/* Ends a call: keeps the message of a failure. */
static inline quire_status transaction_answer(quire_txn *txn, quire_status status)
{
    return status == QUIRE_OK ? status : database_fail(txn->db, &txn->fault, status);
}
/* Sets every page back to the mark. Pages can go back only while nothing of the transaction pins them. */
quire_status transaction_set_back(quire_txn *txn, const struct pager_mark *mark);
/* Undoes back to the mark a call that failed midway, so that it changed nothing, and ends it. */
quire_status transaction_settle(quire_txn *txn, const struct pager_mark *mark, quire_status status);
/* The tree behind the handle, or the unnamed one for NULL. */
quire_status transaction_tree(quire_txn *txn, quire_tree *tree, struct tree *out);
/* Checks that a key is of legal size. */
quire_status transaction_key(quire_txn *txn, quire_bytes key);
/* Forgets what trees, cursors and blobs knew, after the pages under them were set back. */
void transaction_refresh(quire_txn *txn);
/* Blobs of the tree with low <= key < high (high.size 0: no bound) end: their value was written by other means. */
void transaction_end_blobs(quire_txn *txn, uint32_t tree_id, quire_bytes low, quire_bytes high);
void transaction_end_blob(quire_txn *txn, uint32_t tree_id, quire_bytes key);

/* Trims free space off the end if no reader lives, then checkpoints. */
quire_status database_checkpoint(quire_db *db, struct fault *fault);

static inline void *database_allocate(quire_db *db, size_t size)
{
    return memory_allocate(&db->memory, size);
}

#endif
