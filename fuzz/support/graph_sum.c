/* FNV-1a over names, keys and values. */
#include "graph_sum.h"

#include <string.h>

#include "expect.h"

struct summing {
    quire_txn *txn;
    struct graph_sum result;
};

static uint64_t sum_bytes(uint64_t sum, quire_bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        sum = (sum ^ bytes.data[i]) * UINT64_C(1099511628211);
    return (sum ^ bytes.size) * UINT64_C(1099511628211);
}

static int sum_tree(void *context, const char *name)
{
    struct summing *summing = context;
    quire_txn *txn = summing->txn;
    uint64_t *sum = &summing->result.sum;
    quire_tree *tree;
    quire_cursor *cursor;
    quire_bytes key, value;
    EXPECT_EQUAL(quire_tree_open(txn, name, &tree), QUIRE_OK);
    EXPECT_EQUAL(quire_cursor_open(txn, tree, &cursor), QUIRE_OK);
    *sum = sum_bytes(*sum, (quire_bytes){(const uint8_t *)name, strlen(name)});
    while (quire_cursor_next(cursor, &key, &value) == QUIRE_OK)
        if (key.size != 1) {
            *sum = sum_bytes(sum_bytes(*sum, key), value);
            summing->result.keys += name[0] == 'g';
        }
    quire_cursor_close(cursor);
    return 0;
}

struct graph_sum graph_sum(quire_txn *txn)
{
    struct summing summing = {txn, {UINT64_C(14695981039346656037), 0}};
    EXPECT_EQUAL(quire_tree_list(txn, sum_tree, &summing), QUIRE_OK);
    return summing.result;
}
