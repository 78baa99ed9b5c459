/* The model map. Its invariant: pairs ascend strictly by key, and each counts its holders. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "../base/bytes.h"

void model_init(struct model *model)
{
    memset(model, 0, sizeof *model);
}

static void pair_release(struct model_pair *pair)
{
    if (--pair->holders == 0)
        free(pair);
}

void model_free(struct model *model)
{
    for (size_t i = 0; i < model->count; i++)
        pair_release(model->pairs[i]);
    free(model->pairs);
    model_init(model);
}

int model_copy(struct model *to, const struct model *from)
{
    struct model_pair **pairs = malloc((from->count + 1) * sizeof *pairs);
    if (pairs == NULL)
        return 0;
    for (size_t i = 0; i < from->count; i++) {
        pairs[i] = from->pairs[i];
        pairs[i]->holders++;
    }
    size_t count = from->count;
    model_free(to);
    to->pairs = pairs;
    to->count = count;
    to->capacity = count + 1;
    return 1;
}

size_t model_search(const struct model *model, const uint8_t *key, size_t key_len, int *found)
{
    size_t low = 0, high = model->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct model_pair *pair = model->pairs[middle];
        if (bytes_compare(model_key(pair), pair->key_len, key, key_len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (found != NULL)
        *found = low < model->count &&
                 bytes_compare(model_key(model->pairs[low]), model->pairs[low]->key_len, key, key_len) == 0;
    return low;
}

const struct model_pair *model_get(const struct model *model, const uint8_t *key, size_t key_len)
{
    int found;
    size_t rank = model_search(model, key, key_len, &found);
    return found ? model->pairs[rank] : NULL;
}

static struct model_pair *pair_new(const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    struct model_pair *pair = malloc(sizeof *pair + key_len + value_len);
    if (pair == NULL)
        return NULL;
    pair->holders = 1;
    pair->key_len = key_len;
    pair->value_len = value_len;
    bytes_copy(pair->bytes, key, key_len);
    bytes_copy(pair->bytes + key_len, value, value_len);
    return pair;
}

static int has_room(struct model *model)
{
    if (model->count < model->capacity)
        return 1;
    size_t capacity = model->capacity * 2 + 16;
    struct model_pair **pairs = realloc(model->pairs, capacity * sizeof *pairs);
    if (pairs == NULL)
        return 0;
    model->pairs = pairs;
    model->capacity = capacity;
    return 1;
}

int model_put(struct model *model, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    int found;
    size_t rank = model_search(model, key, key_len, &found);
    if (!has_room(model))
        return 0;
    struct model_pair *pair = pair_new(key, key_len, value, value_len);
    if (pair == NULL)
        return 0;
    if (found) {
        pair_release(model->pairs[rank]);
    } else {
        memmove(model->pairs + rank + 1, model->pairs + rank, (model->count - rank) * sizeof *model->pairs);
        model->count++;
    }
    model->pairs[rank] = pair;
    return 1;
}

/* Removes the pairs [from, to). */
static void cut(struct model *model, size_t from, size_t to)
{
    if (from >= to)
        return;
    for (size_t i = from; i < to; i++)
        pair_release(model->pairs[i]);
    memmove(model->pairs + from, model->pairs + to, (model->count - to) * sizeof *model->pairs);
    model->count -= to - from;
}

int model_delete(struct model *model, const uint8_t *key, size_t key_len)
{
    int found;
    size_t rank = model_search(model, key, key_len, &found);
    if (found)
        cut(model, rank, rank + 1);
    return found;
}

size_t model_delete_range(struct model *model, const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len)
{
    size_t from = model_search(model, low, low_len, NULL);
    size_t to = high_len == 0 ? model->count : model_search(model, high, high_len, NULL);
    if (from >= to)
        return 0;
    cut(model, from, to);
    return to - from;
}
