/*
 * Blobs: parts of one value. A blob finds its record anew at each call, so that
 * no edit in between can leave it with a stale place; what it keeps is the key.
 * A short value is inline: it is read and written back whole.
 */
#include "database.h"

#include <string.h>

static void blob_unlink(quire_blob *blob)
{
    quire_blob **link = &blob->txn->blobs;
    while (*link != blob) {
        link = &(*link)->next;
    }
    *link = blob->next;
}

/* low <= key < high; an empty high has no bound. */
static int key_in_range(const quire_blob *blob, quire_bytes low, quire_bytes high)
{
    return bytes_compare(blob->key, blob->key_len, low.data, low.size) >= 0 &&
           (high.size == 0 || bytes_compare(blob->key, blob->key_len, high.data, high.size) < 0);
}

void transaction_end_blobs(quire_txn *txn, uint32_t tree_id, quire_bytes low, quire_bytes high)
{
    for (quire_blob *blob = txn->blobs; blob; blob = blob->next) {
        blob->ended |= blob->tree.id == tree_id && key_in_range(blob, low, high);
    }
}

void transaction_end_blob(quire_txn *txn, uint32_t tree_id, quire_bytes key)
{
    for (quire_blob *blob = txn->blobs; blob; blob = blob->next) {
        blob->ended |= blob->tree.id == tree_id && bytes_compare(blob->key, blob->key_len, key.data, key.size) == 0;
    }
}

/* A blob that the transaction does not know yet. */
static quire_status blob_make(quire_txn *txn, const struct tree *tree, quire_bytes key, uint32_t size, quire_blob **out)
{
    quire_blob *blob = database_allocate(txn->db, sizeof *blob + key.size);
    if (!blob) {
        (void)fault_set(&txn->fault, QUIRE_NO_MEMORY, "blob: no memory");
        return transaction_answer(txn, QUIRE_NO_MEMORY);
    }
    blob->txn = txn;
    blob->tree = *tree;
    blob->size = size;
    blob->ended = 0;
    blob->chain = 0;
    blob->key_len = key.size;
    memcpy(blob->key, key.data, key.size);
    *out = blob;
    return QUIRE_OK;
}

static quire_status blob_hand_out(quire_blob *blob, quire_blob **out)
{
    blob->next = blob->txn->blobs;
    blob->txn->blobs = blob;
    *out = blob;
    return QUIRE_OK;
}

/* The value's record: its leaf stays held by the view, so pointers in *record last to the next call. */
static quire_status record_find(quire_txn *txn, const struct tree *tree, quire_bytes key, struct record *record,
                                struct overflow_ref *ref)
{
    struct path path;
    TRY(path_descend(&txn->view, tree, key.data, key.size, 0, &path));
    struct frame *leaf = path.step[path.depth - 1].frame;
    path.step[path.depth - 1].frame = NULL;
    path_release(&txn->view, &path);
    view_hold(&txn->view, leaf);
    size_t rank;
    int found;
    leaf_find(&txn->view, leaf->data, key, &rank, &found, record);
    if (found && record->overflow) {
        *ref = leaf_ref(leaf->data, record);
    }
    return found ? QUIRE_OK : QUIRE_NOT_FOUND;
}

/* Opens a call on a blob and finds its record. */
static quire_status blob_enter(quire_blob *blob, int writes, struct record *record, struct overflow_ref *ref)
{
    if (!blob) {
        return QUIRE_INVALID;
    }
    quire_txn *txn = blob->txn;
    TRY(transaction_check(txn, writes));
    if (blob->ended) {
        return database_invalid(txn->db, "the blob has ended: its value was written by other means");
    }
    quire_status status = record_find(txn, &blob->tree, (quire_bytes){blob->key, blob->key_len}, record, ref);
    if (status == QUIRE_NOT_FOUND) {
        return database_invalid(txn->db, "the blob has ended: its record is gone");
    }
    return transaction_answer(txn, status);
}

/* The walk of the blob's chain to go on with; it begins anew in another chain. */
static struct overflow_place *blob_place(quire_blob *blob, struct overflow_ref ref)
{
    if (blob->chain != ref.chain) {
        blob->chain = ref.chain;
        blob->place = (struct overflow_place){0};
    }
    return &blob->place;
}

quire_status quire_blob_open(quire_txn *txn, quire_tree *handle, quire_bytes key, quire_blob **out)
{
    struct tree tree;
    TRY(transaction_check(txn, 0));
    TRY(transaction_tree(txn, handle, &tree));
    TRY(transaction_key(txn, key));
    if (!out) {
        return database_invalid(txn->db, "blob open: nowhere to put the handle");
    }
    *out = NULL;
    struct record record;
    struct overflow_ref ref;
    quire_status status = record_find(txn, &tree, key, &record, &ref);
    TRY(transaction_answer(txn, status));
    quire_blob *blob = NULL;
    TRY(blob_make(txn, &tree, key, record.value_len, &blob));
    return blob_hand_out(blob, out);
}

/* Puts a value of `size` zero bytes that begins with data[0..data_size), which may lie in a held page. */
static quire_status put_padded(quire_txn *txn, const struct tree *tree, quire_bytes key, const uint8_t *data,
                               size_t data_size, uint32_t size)
{
    struct value value = {.size = size};
    uint8_t start[INLINE_MAX(PAGE_SIZE_MAX)];
    memset(start, 0, sizeof start);
    if (data_size > 0) {
        memcpy(start, data, data_size);
    }
    view_hold(&txn->view, NULL);
    if (size <= txn->db->store.inline_max) {
        value.data = start;
    } else {
        value.overflow = 1;
        quire_status status = overflow_create(&txn->view, tree->id, NULL, size, &value.ref);
        if (status == QUIRE_OK && data_size > 0) {
            status = overflow_write(&txn->view, tree->id, value.ref, size, 0, start, data_size);
        }
        if (status != QUIRE_OK) {
            return status;
        }
    }
    return tree_put_value(&txn->view, tree, key, &value, 0);
}

quire_status quire_blob_create(quire_txn *txn, quire_tree *handle, quire_bytes key, uint64_t size, quire_blob **out)
{
    struct tree tree;
    TRY(transaction_check(txn, 1));
    TRY(transaction_tree(txn, handle, &tree));
    TRY(transaction_key(txn, key));
    if (!out) {
        return database_invalid(txn->db, "blob create: nowhere to put the handle");
    }
    *out = NULL;
    if (size > VALUE_MAX) {
        return database_invalid(txn->db, "blob create: %llu bytes; the longest value has %u", (unsigned long long)size,
                                (unsigned)VALUE_MAX);
    }
    quire_blob *blob = NULL; /* first, since without a handle the value must not be there */
    TRY(blob_make(txn, &tree, key, (uint32_t)size, &blob));
    struct pager_mark mark;
    pager_mark(txn->db->store.pager, &mark);
    quire_status status = transaction_settle(txn, &mark, put_padded(txn, &tree, key, NULL, 0, (uint32_t)size));
    if (status != QUIRE_OK) {
        memory_release(&txn->db->memory, blob);
        return status;
    }
    transaction_end_blob(txn, tree.id, key);
    return blob_hand_out(blob, out);
}

uint64_t quire_blob_size(const quire_blob *blob)
{
    return blob ? blob->size : 0;
}

quire_status quire_blob_read(quire_blob *blob, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    struct record record;
    struct overflow_ref ref;
    TRY(blob_enter(blob, 0, &record, &ref));
    if (!got || (!buffer && size > 0)) {
        return database_invalid(blob->txn->db, "blob read: nowhere to put the bytes");
    }
    *got = 0;
    if (offset >= record.value_len || size == 0) {
        return QUIRE_OK;
    }
    size_t count = record.value_len - (size_t)offset;
    count = count < size ? count : size;
    quire_status status = QUIRE_OK;
    if (record.overflow) {
        status = overflow_read_from(&blob->txn->view, blob->tree.id, ref, record.value_len, blob_place(blob, ref),
                                    (uint32_t)offset, buffer, count);
    } else {
        memcpy(buffer, record.stored + offset, count);
    }
    *got = status == QUIRE_OK ? count : 0;
    return transaction_answer(blob->txn, status);
}

static quire_status write_inline(quire_blob *blob, const struct record *record, uint32_t offset, const void *data,
                                 size_t size)
{
    uint8_t whole[INLINE_MAX(PAGE_SIZE_MAX)];
    memcpy(whole, record->stored, record->value_len);
    memcpy(whole + offset, data, size);
    struct value value = {.data = whole, .size = record->value_len};
    view_hold(&blob->txn->view, NULL);
    return tree_put_value(&blob->txn->view, &blob->tree, (quire_bytes){blob->key, blob->key_len}, &value, 0);
}

quire_status quire_blob_write(quire_blob *blob, uint64_t offset, const void *data, size_t size)
{
    struct record record;
    struct overflow_ref ref;
    TRY(blob_enter(blob, 1, &record, &ref));
    quire_txn *txn = blob->txn;
    if (offset > record.value_len || size > record.value_len - offset) {
        return database_invalid(txn->db, "blob write: bytes %llu to %llu of a value of %u (resize it first)",
                                (unsigned long long)offset, (unsigned long long)offset + size,
                                (unsigned)record.value_len);
    }
    if (size == 0) {
        return QUIRE_OK;
    }
    if (!data) {
        return database_invalid(txn->db, "blob write: %zu bytes and no address", size);
    }
    struct pager_mark mark;
    pager_mark(txn->db->store.pager, &mark);
    quire_status status;
    if (record.overflow) {
        view_hold(&txn->view, NULL);
        status = overflow_write_from(&txn->view, blob->tree.id, ref, record.value_len, blob_place(blob, ref),
                                     (uint32_t)offset, data, size);
    } else {
        status = write_inline(blob, &record, (uint32_t)offset, data, size);
    }
    return transaction_settle(txn, &mark, status);
}

/* An overflow value becomes longer or shorter within its chain. */
static quire_status resize_chain(quire_blob *blob, const struct record *record, struct overflow_ref ref, uint32_t size)
{
    struct view *view = &blob->txn->view;
    uint32_t old_size = record->value_len;
    view_hold(view, NULL);
    TRY(overflow_resize(view, blob->tree.id, &ref, old_size, size));
    struct value value = {.size = size, .overflow = 1, .ref = ref};
    return tree_put_value(view, &blob->tree, (quire_bytes){blob->key, blob->key_len}, &value, 0);
}

/* An overflow value becomes short enough to stand in the leaf. */
static quire_status resize_to_inline(quire_blob *blob, const struct record *record, struct overflow_ref ref,
                                     uint32_t size)
{
    uint8_t start[INLINE_MAX(PAGE_SIZE_MAX)];
    TRY(overflow_read(&blob->txn->view, blob->tree.id, ref, record->value_len, 0, start, size));
    return put_padded(blob->txn, &blob->tree, (quire_bytes){blob->key, blob->key_len}, start, size, size);
}

quire_status quire_blob_resize(quire_blob *blob, uint64_t size)
{
    struct record record;
    struct overflow_ref ref;
    TRY(blob_enter(blob, 1, &record, &ref));
    quire_txn *txn = blob->txn;
    if (size > VALUE_MAX) {
        return database_invalid(txn->db, "blob resize: %llu bytes; the longest value has %u", (unsigned long long)size,
                                (unsigned)VALUE_MAX);
    }
    struct pager_mark mark;
    pager_mark(txn->db->store.pager, &mark);
    quire_status status;
    if (record.overflow && size > txn->db->store.inline_max) {
        status = resize_chain(blob, &record, ref, (uint32_t)size);
    } else if (record.overflow) {
        status = resize_to_inline(blob, &record, ref, (uint32_t)size);
    } else {
        size_t kept = record.value_len < size ? record.value_len : (size_t)size;
        status =
            put_padded(txn, &blob->tree, (quire_bytes){blob->key, blob->key_len}, record.stored, kept, (uint32_t)size);
    }
    status = transaction_settle(txn, &mark, status);
    blob->chain = 0;
    if (status == QUIRE_OK) {
        blob->size = (uint32_t)size;
    }
    return status;
}

void quire_blob_close(quire_blob *blob)
{
    if (blob) {
        blob_unlink(blob);
        memory_release(&blob->txn->db->memory, blob);
    }
}
