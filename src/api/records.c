/* Reading and writing records, one at a time, in sorted runs and in ranges. */
#include "database.h"

#include <string.h>

quire_status quire_get(quire_txn *txn, quire_tree *handle, quire_bytes key, quire_bytes *value)
{
    struct tree tree;
    TRY(transaction_check(txn, 0));
    TRY(transaction_tree(txn, handle, &tree));
    TRY(transaction_key(txn, key));
    if (!value) {
        return database_invalid(txn->db, "get: nowhere to put the value");
    }
    *value = (quire_bytes){NULL, 0};
    return transaction_answer(txn, tree_get(&txn->view, &tree, key, value));
}

static quire_status check_value(quire_txn *txn, quire_bytes value)
{
    if (value.size > VALUE_MAX) {
        return database_invalid(txn->db, "the value has %zu bytes; the longest has %u", value.size,
                                (unsigned)VALUE_MAX);
    }
    if (!value.data && value.size > 0) {
        return database_invalid(txn->db, "the value has %zu bytes and no address", value.size);
    }
    return QUIRE_OK;
}

quire_status quire_put(quire_txn *txn, quire_tree *handle, quire_bytes key, quire_bytes value, int flags)
{
    struct tree tree;
    TRY(transaction_check(txn, 1));
    TRY(transaction_tree(txn, handle, &tree));
    TRY(transaction_key(txn, key));
    TRY(check_value(txn, value));
    if ((flags & ~QUIRE_PUT_INSERT_ONLY) != 0) {
        return database_invalid(txn->db, "put: flags %d are unknown", flags);
    }
    quire_status status = tree_put(&txn->view, &tree, key, value, flags & QUIRE_PUT_INSERT_ONLY);
    if (txn->blobs && status == QUIRE_OK) {
        transaction_end_blob(txn, tree.id, key);
    }
    return transaction_answer(txn, status);
}

quire_status quire_delete(quire_txn *txn, quire_tree *handle, quire_bytes key)
{
    struct tree tree;
    TRY(transaction_check(txn, 1));
    TRY(transaction_tree(txn, handle, &tree));
    TRY(transaction_key(txn, key));
    quire_status status = tree_delete(&txn->view, &tree, key);
    if (txn->blobs && status == QUIRE_OK) {
        transaction_end_blob(txn, tree.id, key);
    }
    return transaction_answer(txn, status);
}

/* The first pair of the run that cannot be put, or `count`; the message says why. */
static size_t first_bad_pair(quire_txn *txn, const quire_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (transaction_key(txn, pairs[i].key) != QUIRE_OK || check_value(txn, pairs[i].value) != QUIRE_OK) {
            return i;
        }
        if (i > 0 &&
            bytes_compare(pairs[i - 1].key.data, pairs[i - 1].key.size, pairs[i].key.data, pairs[i].key.size) > 0) {
            (void)database_invalid(txn->db, "put_many: keys must be sorted, pair %zu comes before its predecessor", i);
            return i;
        }
    }
    return count;
}

quire_status quire_put_many(quire_txn *txn, quire_tree *handle, const quire_pair *pairs, size_t count, size_t *bad)
{
    struct tree tree;
    TRY(transaction_check(txn, 1));
    TRY(transaction_tree(txn, handle, &tree));
    if (!pairs && count > 0) {
        return database_invalid(txn->db, "put_many: %zu pairs and no address", count);
    }
    size_t first_bad = first_bad_pair(txn, pairs, count);
    if (first_bad < count) {
        if (bad) {
            *bad = first_bad;
        }
        return QUIRE_INVALID;
    }
    quire_status status = tree_put_many(&txn->view, &tree, pairs, count);
    for (size_t i = 0; txn->blobs && i < count; i++) {
        transaction_end_blob(txn, tree.id, pairs[i].key);
    }
    return transaction_answer(txn, status);
}

quire_status quire_delete_range(quire_txn *txn, quire_tree *handle, quire_bytes low, quire_bytes high,
                                uint64_t *deleted)
{
    struct tree tree;
    TRY(transaction_check(txn, 1));
    TRY(transaction_tree(txn, handle, &tree));
    if ((!low.data && low.size > 0) || (!high.data && high.size > 0)) {
        return database_invalid(txn->db, "delete range: a bound of %zu bytes and no address",
                                low.data ? high.size : low.size);
    }
    uint64_t count = 0;
    quire_status status = tree_delete_range(&txn->view, &tree, low, high, &count);
    if (status == QUIRE_OK) {
        transaction_end_blobs(txn, tree.id, low, high);
    }
    if (deleted) {
        *deleted = status == QUIRE_OK ? count : 0;
    }
    return transaction_answer(txn, status);
}

quire_status quire_delete_prefix(quire_txn *txn, quire_tree *handle, quire_bytes prefix, uint64_t *deleted)
{
    TRY(transaction_check(txn, 1));
    if (!prefix.data && prefix.size > 0) {
        return database_invalid(txn->db, "delete prefix: %zu bytes and no address", prefix.size);
    }
    if (prefix.size > txn->db->store.key_max) {
        if (deleted) {
            *deleted = 0;
        }
        return QUIRE_OK;
    }
    /* The first key behind all that start with `prefix`: its last byte below 0xff raised, the rest cut off. */
    uint8_t next[KEY_MAX(PAGE_SIZE_MAX)];
    size_t size = prefix.size;
    if (size > 0) {
        memcpy(next, prefix.data, size);
    }
    while (size > 0 && next[size - 1] == 0xff) {
        size--;
    }
    if (size > 0) {
        next[size - 1]++;
    }
    return quire_delete_range(txn, handle, prefix, (quire_bytes){next, size}, deleted);
}
