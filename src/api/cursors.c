/* Cursors: the tree room's, behind handles. */
#include "database.h"

#include <string.h>

quire_status quire_cursor_open(quire_txn *txn, quire_tree *handle, quire_cursor **out)
{
    struct tree tree;
    TRY(transaction_check(txn, 0));
    TRY(transaction_tree(txn, handle, &tree));
    if (!out) {
        return database_invalid(txn->db, "cursor open: nowhere to put the handle");
    }
    *out = NULL;
    quire_cursor *cursor = database_allocate(txn->db, sizeof *cursor);
    if (!cursor) {
        (void)fault_set(&txn->fault, QUIRE_NO_MEMORY, "cursor open: no memory");
        return transaction_answer(txn, QUIRE_NO_MEMORY);
    }
    memset(cursor, 0, sizeof *cursor);
    quire_status status = cursor_open(&cursor->cursor, &txn->view, &tree);
    if (status != QUIRE_OK) {
        memory_release(&txn->db->memory, cursor);
        return transaction_answer(txn, status);
    }
    cursor->txn = txn;
    cursor->next = txn->cursors;
    txn->cursors = cursor;
    *out = cursor;
    return QUIRE_OK;
}

void quire_cursor_close(quire_cursor *cursor)
{
    if (!cursor) {
        return;
    }
    quire_txn *txn = cursor->txn;
    quire_cursor **link = &txn->cursors;
    while (*link != cursor) {
        link = &(*link)->next;
    }
    *link = cursor->next;
    cursor_close(&cursor->cursor);
    memory_release(&txn->db->memory, cursor);
}

static quire_status cursor_check(quire_cursor *cursor, int writes)
{
    quire_status status = cursor ? transaction_check(cursor->txn, writes) : QUIRE_INVALID;
    if (status == QUIRE_OK && cursor->ended) {
        return database_invalid(cursor->txn->db, "the cursor has ended: its tree was rolled back");
    }
    return status;
}

/* The same for a call that is given bytes to go to. */
static quire_status cursor_check_bytes(quire_cursor *cursor, quire_bytes bytes)
{
    quire_status status = cursor_check(cursor, 0);
    if (status == QUIRE_OK && !bytes.data && bytes.size > 0) {
        return database_invalid(cursor->txn->db, "cursor: %zu bytes and no address", bytes.size);
    }
    return status;
}

static int bound_is_legal(int kind, quire_bytes bytes)
{
    return kind == QUIRE_BOUND_NONE ||
           ((kind == QUIRE_BOUND_INCLUDED || kind == QUIRE_BOUND_EXCLUDED) && (bytes.data || bytes.size == 0));
}

quire_status quire_cursor_bounds(quire_cursor *cursor, int low_kind, quire_bytes low, int high_kind, quire_bytes high)
{
    TRY(cursor_check(cursor, 0));
    if (!bound_is_legal(low_kind, low) || !bound_is_legal(high_kind, high)) {
        return database_invalid(cursor->txn->db, "cursor bounds: kinds %d and %d are not 0, 1 or 2, or lack bytes",
                                low_kind, high_kind);
    }
    return transaction_answer(cursor->txn, cursor_bounds(&cursor->cursor, low_kind, low, high_kind, high));
}

quire_status quire_cursor_prefix(quire_cursor *cursor, quire_bytes prefix)
{
    TRY(cursor_check_bytes(cursor, prefix));
    return transaction_answer(cursor->txn, cursor_prefix(&cursor->cursor, prefix));
}

quire_status quire_cursor_first(quire_cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    TRY(cursor_check(cursor, 0));
    return transaction_answer(cursor->txn, cursor_first(&cursor->cursor, key, value));
}

quire_status quire_cursor_last(quire_cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    TRY(cursor_check(cursor, 0));
    return transaction_answer(cursor->txn, cursor_last(&cursor->cursor, key, value));
}

quire_status quire_cursor_next(quire_cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    TRY(cursor_check(cursor, 0));
    return transaction_answer(cursor->txn, cursor_next(&cursor->cursor, key, value));
}

quire_status quire_cursor_previous(quire_cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    TRY(cursor_check(cursor, 0));
    return transaction_answer(cursor->txn, cursor_previous(&cursor->cursor, key, value));
}

quire_status quire_cursor_seek(quire_cursor *cursor, quire_bytes target, quire_bytes *key, quire_bytes *value)
{
    TRY(cursor_check_bytes(cursor, target));
    return transaction_answer(cursor->txn, cursor_seek(&cursor->cursor, target, key, value));
}

quire_status quire_cursor_seek_back(quire_cursor *cursor, quire_bytes target, quire_bytes *key, quire_bytes *value)
{
    TRY(cursor_check_bytes(cursor, target));
    return transaction_answer(cursor->txn, cursor_seek_back(&cursor->cursor, target, key, value));
}

/* The cursor's key ends blobs on it; it is read before the edit, while it stands. */
static void end_blob_at(quire_cursor *cursor)
{
    if (cursor->txn->blobs) {
        quire_bytes key = {cursor->cursor.key, cursor->cursor.key_len};
        transaction_end_blob(cursor->txn, cursor->cursor.tree.id, key);
    }
}

quire_status quire_cursor_replace(quire_cursor *cursor, quire_bytes value)
{
    TRY(cursor_check(cursor, 1));
    if (value.size > VALUE_MAX || (!value.data && value.size > 0)) {
        return database_invalid(cursor->txn->db, "cursor replace: %zu bytes; the longest value has %u, and an address",
                                value.size, (unsigned)VALUE_MAX);
    }
    quire_status status = cursor_replace(&cursor->cursor, value);
    if (status == QUIRE_OK) {
        end_blob_at(cursor);
    }
    return transaction_answer(cursor->txn, status);
}

quire_status quire_cursor_delete(quire_cursor *cursor)
{
    TRY(cursor_check(cursor, 1));
    quire_status status = cursor_delete(&cursor->cursor);
    if (status == QUIRE_OK) {
        end_blob_at(cursor);
    }
    return transaction_answer(cursor->txn, status);
}
