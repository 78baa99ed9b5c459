#include "graph_lie.h"

#include "expect_status.h"

enum { PARTS = 9, KEY_ROOM = 64, VALUE_MOST = 1024, MORE_MOST = 16 };

static const char *const trees[PARTS] = {
    "quire_graph/main/catalog", "quire_graph/main/nodes",   "quire_graph/main/edges",
    "quire_graph/main/values",  "quire_graph/main/out",     "quire_graph/main/in",
    "quire_graph/main/labels",  "quire_graph/main/degrees", "quire_graph/main/index"};

/* A record's bytes, to be changed; of a long value its front. */
struct copy {
    uint8_t key[KEY_ROOM], value[VALUE_MOST + MORE_MOST];
    size_t key_size, value_size;
};

/* The record of that number, counted round and round; 0 if there is none. */
static int find_record(quire_db *db, quire_txn *txn, quire_tree *tree, size_t number, struct copy *copy)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    size_t count = 0;
    EXPECT_STATUS_OF(db, quire_cursor_open(txn, tree, &cursor), QUIRE_OK);
    while (quire_cursor_next(cursor, NULL, NULL) == QUIRE_OK)
        count++;
    quire_status status = count > 0 ? quire_cursor_first(cursor, &key, &value) : QUIRE_NOT_FOUND;
    for (size_t i = 0; status == QUIRE_OK && i < number % count; i++)
        status = quire_cursor_next(cursor, &key, &value);
    if (status == QUIRE_OK) {
        EXPECT(key.size <= sizeof copy->key);
        copy->key_size = key.size;
        copy->value_size = value.size < VALUE_MOST ? value.size : VALUE_MOST;
        memcpy(copy->key, key.data, key.size);
        if (copy->value_size > 0)
            memcpy(copy->value, value.data, copy->value_size);
    }
    quire_cursor_close(cursor);
    return status == QUIRE_OK;
}

void graph_lie(quire_db *db, quire_txn *txn, struct input *input)
{
    struct copy record, other;
    quire_tree *tree;
    const char *name = trees[input_u8(input) % PARTS];
    size_t number = input_u8(input), what = input_u8(input) % 9u, where = input_u8(input);
    uint8_t by = input_u8(input);
    if (quire_tree_open(txn, name, &tree) != QUIRE_OK || !find_record(db, txn, tree, number, &record))
        return;
    if (what == 1 || what == 2 || what >= 7)
        EXPECT_STATUS_OF(db, quire_delete(txn, tree, (quire_bytes){record.key, record.key_size}), QUIRE_OK);
    if (what == 2)
        return;
    if (what == 1 || what == 5) {
        record.key[where % record.key_size] ^= (uint8_t)(by | 1u);
    } else if (what == 3) {
        record.value_size = record.value_size > 0 ? where % record.value_size : 0;
    } else if (what == 4) {
        memset(record.value + record.value_size, by, 1 + where % MORE_MOST);
        record.value_size += 1 + where % MORE_MOST;
    } else if (what == 6 && find_record(db, txn, tree, number + 1 + where, &other)) {
        record.value_size = other.value_size;
        memcpy(record.value, other.value, other.value_size);
    } else if (what == 7 && record.key_size > 1) {
        record.key_size -= 1 + where % (record.key_size - 1);
    } else if (what == 8 && record.key_size < KEY_ROOM) {
        record.key[record.key_size++] = by;
    } else if (what == 0 && record.value_size > 0) {
        record.value[where % record.value_size] ^= (uint8_t)(by | 1u);
    }
    EXPECT_STATUS_OF(db,
                     quire_put(txn, tree, (quire_bytes){record.key, record.key_size},
                               (quire_bytes){record.value, record.value_size}, 0),
                     QUIRE_OK);
}
