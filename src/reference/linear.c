/* Linear search: the walk's keys one after the other, until one is not below the wanted one. */
#include "linear.h"

size_t linear_search(struct leaf_walk *walk, const uint8_t *key, size_t key_len, int *found, struct record *record)
{
    size_t rank = 0;
    *found = 0;
    while (leaf_walk_next(walk, record)) {
        int order = bytes_compare(record->key, record->key_len, key, key_len);
        if (order >= 0) {
            *found = order == 0;
            return rank;
        }
        rank++;
    }
    return rank;
}
