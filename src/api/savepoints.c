/*
 * Savepoints, and what follows from going back to one: handles find their trees
 * again, or have ended.
 */
#include "database.h"

#include <string.h>

quire_status transaction_set_back(quire_txn *txn, const struct pager_mark *mark)
{
    for (quire_cursor *cursor = txn->cursors; cursor; cursor = cursor->next) {
        cursor_unplace(&cursor->cursor);
    }
    return view_rollback_to(&txn->view, mark);
}

quire_status quire_savepoint(quire_txn *txn, uint32_t *savepoint)
{
    TRY(transaction_check(txn, 1));
    if (!savepoint) {
        return database_invalid(txn->db, "savepoint: nowhere to put its number");
    }
    if (txn->savepoint_count == txn->savepoint_capacity) {
        uint32_t capacity = txn->savepoint_capacity ? 2 * txn->savepoint_capacity : 8;
        void *grown = memory_resize(&txn->db->memory, txn->savepoints, capacity * sizeof *txn->savepoints);
        if (!grown) {
            (void)fault_set(&txn->fault, QUIRE_NO_MEMORY, "savepoint: no memory");
            return transaction_answer(txn, QUIRE_NO_MEMORY);
        }
        txn->savepoints = grown;
        txn->savepoint_capacity = capacity;
    }
    quire_status status = pager_savepoint(txn->db->store.pager, &txn->savepoints[txn->savepoint_count], &txn->fault);
    if (status != QUIRE_OK) {
        return transaction_answer(txn, status);
    }
    *savepoint = txn->savepoint_count++;
    return QUIRE_OK;
}

/* A live handle of the tree: a named tree was opened through one, and handles last as long as the transaction. */
static const quire_tree *tree_alive(const quire_txn *txn, uint32_t id)
{
    const quire_tree *tree = txn->trees;
    while (tree && (tree->ended || tree->tree.id != id)) {
        tree = tree->next;
    }
    return tree;
}

/* What stands in quire_tree.ended while its tree is looked for under other names. */
enum { TREE_SOUGHT = 2 };

static quire_status find_by_id(void *context, const char *name, struct tree *tree)
{
    quire_txn *txn = context;
    for (quire_tree *handle = txn->trees; handle && name; handle = handle->next) {
        if (handle->ended == TREE_SOUGHT && handle->tree.id == tree->id) {
            handle->tree = *tree;
            handle->ended = 0;
            memset(handle->name, 0, sizeof handle->name);
            memcpy(handle->name, name, strlen(name));
        }
    }
    return QUIRE_OK;
}

/* Handles find their trees again: by name, or, when a rename was taken back, by id; those of no tree have ended. */
static void refresh_handles(quire_txn *txn)
{
    int sought = 0;
    for (quire_tree *handle = txn->trees; handle; handle = handle->next) {
        uint32_t id = handle->tree.id;
        if (!handle->ended &&
            (catalog_open(&txn->view, handle->name, &handle->tree) != QUIRE_OK || handle->tree.id != id)) {
            handle->tree.id = id;
            handle->ended = TREE_SOUGHT;
            sought = 1;
        }
    }
    if (!sought) {
        return;
    }
    (void)catalog_each(&txn->view, find_by_id, txn);
    for (quire_tree *handle = txn->trees; handle; handle = handle->next) {
        handle->ended = handle->ended != 0; /* for good: its number may be another tree's next time */
    }
}

void transaction_refresh(quire_txn *txn)
{
    txn->unnamed_is_known = 0;
    txn->view.edits++;
    for (quire_blob *blob = txn->blobs; blob; blob = blob->next) {
        blob->ended = 1;
    }
    refresh_handles(txn);
    struct tree unnamed;
    int unnamed_is_open = catalog_open(&txn->view, NULL, &unnamed) == QUIRE_OK;
    for (quire_cursor *cursor = txn->cursors; cursor; cursor = cursor->next) {
        const quire_tree *handle = tree_alive(txn, cursor->cursor.tree.id);
        if (cursor->cursor.tree.id == TREE_UNNAMED) {
            cursor->cursor.tree = unnamed_is_open ? unnamed : cursor->cursor.tree;
        } else if (handle) {
            cursor->cursor.tree = handle->tree;
        } else {
            cursor->ended = 1;
        }
    }
}

quire_status quire_rollback_to(quire_txn *txn, uint32_t savepoint)
{
    TRY(transaction_check_open(txn, 1));
    view_hold(&txn->view, NULL);
    if (savepoint >= txn->savepoint_count) {
        return database_invalid(txn->db, "rollback to savepoint %u: there are %u", (unsigned)savepoint,
                                (unsigned)txn->savepoint_count);
    }
    txn->savepoint_count = savepoint + 1;
    quire_status status = transaction_set_back(txn, &txn->savepoints[savepoint]);
    transaction_refresh(txn);
    return transaction_answer(txn, status);
}

quire_status quire_release(quire_txn *txn, uint32_t savepoint)
{
    TRY(transaction_check(txn, 1));
    if (savepoint >= txn->savepoint_count) {
        return database_invalid(txn->db, "release savepoint %u: there are %u", (unsigned)savepoint,
                                (unsigned)txn->savepoint_count);
    }
    txn->savepoint_count = savepoint;
    return QUIRE_OK;
}
