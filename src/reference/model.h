/*
 * The model map: what a tree should hold, as a sorted array. It is the oracle
 * of tests and fuzzers, so it is made to be read rather than to be fast.
 *
 * A pair never changes once it is made and counts the models that hold it, so
 * that a copy of a model (a savepoint, a snapshot) costs one array.
 * Functions that allocate answer 0 when there is no memory, and change nothing.
 */
#ifndef QUIRE_REFERENCE_MODEL_H
#define QUIRE_REFERENCE_MODEL_H

#include <stddef.h>
#include <stdint.h>

struct model_pair {
    size_t holders;
    size_t key_len;
    size_t value_len;
    uint8_t bytes[]; /* key, then value */
};

struct model {
    struct model_pair **pairs; /* ascending by key */
    size_t count;
    size_t capacity;
};

static inline const uint8_t *model_key(const struct model_pair *pair)
{
    return pair->bytes;
}
static inline const uint8_t *model_value(const struct model_pair *pair)
{
    return pair->bytes + pair->key_len;
}

void model_init(struct model *model);
void model_free(struct model *model);
/* Drops what `to` (initialised) held and gives it what `from` holds. */
int model_copy(struct model *to, const struct model *from);

/* Rank of the first pair whose key is at or after `key`; *found (may be NULL) is 1 if it is equal. */
size_t model_search(const struct model *model, const uint8_t *key, size_t key_len, int *found);
/* The pair of `key`, or NULL. */
const struct model_pair *model_get(const struct model *model, const uint8_t *key, size_t key_len);
/* Inserts or replaces. */
int model_put(struct model *model, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len);
/* 1 if the key was there. */
int model_delete(struct model *model, const uint8_t *key, size_t key_len);
/* Deletes low <= key < high (high_len 0: no bound) and answers how many. */
size_t model_delete_range(struct model *model, const uint8_t *low, size_t low_len, const uint8_t *high,
                          size_t high_len);

#endif
