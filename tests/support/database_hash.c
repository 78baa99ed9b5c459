/* See database_hash.h. */
#include "database_hash.h"

#include "../../src/base/bytes.h"

#include <string.h>

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(11400714819323198485);
    return hash ^ hash >> 29;
}

static uint64_t hash_bytes(uint64_t hash, quire_bytes bytes)
{
    size_t i = 0;
    for (; bytes.size - i >= 8; i += 8)
        hash = hash_word(hash, load64(bytes.data + i));
    for (; i < bytes.size; i++)
        hash = hash_word(hash, bytes.data[i]);
    return hash_word(hash, bytes.size);
}

static quire_status hash_tree(quire_txn *txn, quire_tree *tree, uint64_t *hash)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    quire_status status = quire_cursor_open(txn, tree, &cursor);
    if (status != QUIRE_OK)
        return status;
    status = quire_cursor_first(cursor, &key, &value);
    for (; status == QUIRE_OK; status = quire_cursor_next(cursor, &key, &value))
        *hash = hash_bytes(hash_bytes(*hash, key), value);
    quire_cursor_close(cursor);
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

struct hashing {
    quire_txn *txn;
    uint64_t hash;
    quire_status status;
};

static int hash_named(void *context, const char *name)
{
    struct hashing *hashing = context;
    quire_tree *tree;
    quire_bytes bytes = {(const uint8_t *)name, strlen(name)};
    hashing->hash = hash_bytes(hashing->hash, bytes);
    hashing->status = quire_tree_open(hashing->txn, name, &tree);
    if (hashing->status == QUIRE_OK)
        hashing->status = hash_tree(hashing->txn, tree, &hashing->hash);
    return hashing->status != QUIRE_OK;
}

quire_status database_hash(quire_txn *txn, uint64_t *hash)
{
    struct hashing hashing = {txn, UINT64_C(14695981039346656037), QUIRE_OK};
    quire_status status = hash_tree(txn, NULL, &hashing.hash);
    if (status == QUIRE_OK)
        status = quire_tree_list(txn, hash_named, &hashing);
    *hash = hashing.hash;
    return status == QUIRE_OK ? hashing.status : status;
}
