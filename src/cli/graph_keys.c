/* Keys of nodes: graph_import.h says what the tree holds. */
#include "graph_import.h"

#include <string.h>

enum { KEY_MOST = 4096 }; /* more than a page of any size takes */

quire_status graph_keys_open(quire_txn *txn, const char *graph, int create, quire_tree **keys)
{
    char name[64];
    snprintf(name, sizeof name, "graph_keys/%s", graph);
    quire_status status = quire_tree_open(txn, name, keys);
    return status == QUIRE_NOT_FOUND && create ? quire_tree_create(txn, name, NULL, keys) : status;
}

void graph_key_record(uint64_t node, uint8_t record[GRAPH_KEY_RECORD])
{
    record[0] = 'n';
    for (int i = 0; i < 8; i++) {
        record[1 + i] = (uint8_t)(node >> (56 - 8 * i) & 255u);
    }
}

quire_status graph_key_of_node(quire_txn *txn, quire_tree *keys, uint64_t node, quire_bytes *key)
{
    uint8_t record[GRAPH_KEY_RECORD];
    graph_key_record(node, record);
    return keys ? quire_get(txn, keys, (quire_bytes){record, sizeof record}, key) : QUIRE_NOT_FOUND;
}

quire_status graph_node_of_key(quire_txn *txn, quire_tree *keys, quire_bytes key, uint64_t *node)
{
    uint8_t record[KEY_MOST];
    quire_bytes value;
    if (!keys || key.size >= sizeof record) {
        return QUIRE_NOT_FOUND;
    }
    record[0] = 'k';
    memcpy(record + 1, key.data, key.size);
    quire_status status = quire_get(txn, keys, (quire_bytes){record, key.size + 1}, &value);
    if (status == QUIRE_OK && value.size != 8) {
        return QUIRE_NOT_FOUND;
    }
    *node = 0;
    for (int i = 0; status == QUIRE_OK && i < 8; i++) {
        *node = 256 * *node + value.data[i];
    }
    return status;
}
