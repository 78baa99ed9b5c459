/* Records, cursors and the blob of a forest. */
#include <string.h>

#include "forest_inside.h"

enum { RECORDS_MOST = 1200, RUN_MOST = 40 };

/* What a call with a handle works on: its model, or NULL when the handle has ended and the call must be refused. */
static struct model *model_of(struct forest *f, size_t handle)
{
    if (f->handles[handle].ended)
        return NULL;
    size_t name = forest_name_of(f, f->handles[handle].identity);
    EXPECT(name < FOREST_NAMES);
    return &f->now.models[name];
}

/* Another way of writing ends the blob on the key, or on one of [low, high). */
static void end_blob(struct forest *f, size_t handle, quire_bytes low, const quire_bytes *high)
{
    quire_bytes key = {f->blob.key, f->blob.key_len};
    if (f->blob.blob == NULL || f->blob.identity != f->handles[handle].identity)
        return;
    size_t least = low.size < key.size ? low.size : key.size;
    int order = least == 0 ? 0 : memcmp(key.data, low.data, least);
    order = order != 0 ? order : (key.size > low.size) - (key.size < low.size);
    if (high == NULL) {
        f->blob.ended |= order == 0;
        return;
    }
    least = high->size < key.size ? high->size : key.size;
    int above = least == 0 ? 0 : memcmp(key.data, high->data, least);
    above = above != 0 ? above : (key.size > high->size) - (key.size < high->size);
    f->blob.ended |= order >= 0 && (high->size == 0 || above < 0);
}

void forest_read_key(struct forest *f, struct input *input)
{
    size_t share = input_u8(input) % (f->key_len + 1), got;
    size_t rest = input_u8(input) % (f->key_max - share + 1);
    const uint8_t *bytes = input_bytes(input, rest, &got);
    if (got != 0)
        memcpy(f->key + share, bytes, got);
    f->key_len = share + got;
    if (f->key_len == 0)
        f->key[f->key_len++] = 'a';
}

quire_bytes forest_value(struct forest *f, uint8_t kind)
{
    size_t inline_max = f->page_size / 8;
    size_t size =
        kind < 208 ? kind * inline_max / 207u : inline_max + (kind - 208u) * f->page_size / 8u + (kind == 208);
    f->written++;
    for (size_t i = 0; i < size; i++)
        f->value[i] = (uint8_t)(f->written + (i < 4 ? 0 : i * 7u));
    return (quire_bytes){f->value, size};
}

static quire_bytes last_key(const struct forest *f)
{
    return (quire_bytes){f->key, f->key_len};
}

static void expect_value(const struct model_pair *pair, quire_bytes value)
{
    EXPECT_EQUAL(value.size, pair->value_len);
    EXPECT(value.size == 0 || memcmp(value.data, model_value(pair), value.size) == 0);
}

void forest_put(struct forest *f, size_t handle, quire_bytes value, int flags)
{
    struct model *model = model_of(f, handle);
    if (model != NULL && model->count >= RECORDS_MOST)
        return;
    int there = model != NULL && model_get(model, f->key, f->key_len) != NULL;
    quire_status wanted = model == NULL ? QUIRE_INVALID : there && flags != 0 ? QUIRE_EXISTS : QUIRE_OK;
    EXPECT_STATUS(f, quire_put(f->txn, f->handles[handle].tree, last_key(f), value, flags), wanted);
    if (wanted != QUIRE_OK)
        return;
    EXPECT(model_put(model, f->key, f->key_len, value.data, value.size));
    end_blob(f, handle, last_key(f), NULL);
}

void forest_put_many(struct forest *f, size_t handle, size_t count, quire_bytes value, int order)
{
    struct model *model = model_of(f, handle);
    quire_pair pairs[RUN_MOST];
    count %= RUN_MOST;
    if (model != NULL && model->count >= RECORDS_MOST)
        return;
    size_t stem = f->key_len < f->key_max ? f->key_len : f->key_max - 1, bad = SIZE_MAX;
    uint8_t *keys = malloc((count + 1) * f->key_max);
    for (size_t i = 0; i < count; i++) {
        uint8_t *key = keys + i * f->key_max;
        memcpy(key, f->key, stem);
        key[stem] = (uint8_t)(3 * i);
        pairs[i] = (quire_pair){{key, stem + 1}, value};
    }
    int is_bad = order && count >= 2;
    if (is_bad) {
        quire_pair pair = pairs[count / 2 - 1];
        pairs[count / 2 - 1] = pairs[count / 2];
        pairs[count / 2] = pair;
    }
    EXPECT_STATUS(f, quire_put_many(f->txn, f->handles[handle].tree, pairs, count, &bad),
                  model == NULL || is_bad ? QUIRE_INVALID : QUIRE_OK);
    if (is_bad && model != NULL)
        EXPECT_EQUAL(bad, count / 2);
    for (size_t i = 0; i < count && model != NULL && !is_bad; i++) {
        EXPECT(model_put(model, pairs[i].key.data, pairs[i].key.size, value.data, value.size));
        end_blob(f, handle, pairs[i].key, NULL);
    }
    free(keys);
}

void forest_get(struct forest *f, size_t handle)
{
    struct model *model = model_of(f, handle);
    const struct model_pair *pair = model != NULL ? model_get(model, f->key, f->key_len) : NULL;
    quire_bytes value;
    EXPECT_STATUS(f, quire_get(f->txn, f->handles[handle].tree, last_key(f), &value),
                  model == NULL  ? QUIRE_INVALID
                  : pair != NULL ? QUIRE_OK
                                 : QUIRE_NOT_FOUND);
    if (pair != NULL)
        expect_value(pair, value);
}

void forest_delete(struct forest *f, size_t handle)
{
    struct model *model = model_of(f, handle);
    int there = model != NULL && model_delete(model, f->key, f->key_len);
    EXPECT_STATUS(f, quire_delete(f->txn, f->handles[handle].tree, last_key(f)),
                  model == NULL ? QUIRE_INVALID
                  : there       ? QUIRE_OK
                                : QUIRE_NOT_FOUND);
    if (there)
        end_blob(f, handle, last_key(f), NULL);
}

void forest_delete_range(struct forest *f, size_t handle, struct input *input)
{
    struct model *model = model_of(f, handle);
    uint8_t *low = malloc(f->key_len);
    size_t low_len = f->key_len;
    uint64_t deleted = 99;
    memcpy(low, f->key, low_len);
    forest_read_key(f, input);
    quire_bytes from = {low, low_len}, to = last_key(f);
    if (f->key[f->key_len - 1] == 0)
        to.size = 0; /* no bound */
    EXPECT_STATUS(f, quire_delete_range(f->txn, f->handles[handle].tree, from, to, &deleted),
                  model == NULL ? QUIRE_INVALID : QUIRE_OK);
    if (model != NULL) {
        EXPECT_EQUAL(deleted, model_delete_range(model, from.data, from.size, to.data, to.size));
        end_blob(f, handle, from, &to);
    }
    free(low);
}

void forest_delete_prefix(struct forest *f, size_t handle, size_t length)
{
    struct model *model = model_of(f, handle);
    quire_bytes prefix = {f->key, length % (f->key_len + 1)};
    uint64_t deleted = 99, counted = 0;
    EXPECT_STATUS(f, quire_delete_prefix(f->txn, f->handles[handle].tree, prefix, &deleted),
                  model == NULL ? QUIRE_INVALID : QUIRE_OK);
    size_t i = model != NULL ? model_search(model, prefix.data, prefix.size, NULL) : 0;
    while (model != NULL && i < model->count) {
        const struct model_pair *pair = model->pairs[i];
        if (pair->key_len < prefix.size || memcmp(model_key(pair), prefix.data, prefix.size) != 0)
            break;
        uint8_t *key = malloc(pair->key_len);
        size_t key_len = pair->key_len;
        memcpy(key, model_key(pair), key_len);
        EXPECT(model_delete(model, key, key_len));
        end_blob(f, handle, (quire_bytes){key, key_len}, NULL);
        free(key);
        counted++;
    }
    if (model != NULL)
        EXPECT_EQUAL(deleted, counted);
}

static quire_status wanted_if(int condition)
{
    return condition ? QUIRE_OK : QUIRE_NOT_FOUND;
}

void forest_cursor(struct forest *f, size_t handle, uint32_t bits)
{
    struct model *model = model_of(f, handle);
    quire_cursor *cursor;
    quire_bytes key, value;
    EXPECT_STATUS(f, quire_cursor_open(f->txn, f->handles[handle].tree, &cursor),
                  model == NULL ? QUIRE_INVALID : QUIRE_OK);
    if (model == NULL)
        return;
    int back = bits % 2u;
    size_t rank = model_search(model, f->key, f->key_len, NULL);
    EXPECT_STATUS(f, quire_cursor_seek(cursor, last_key(f), &key, &value), wanted_if(rank < model->count));
    for (bits /= 2u; rank < model->count; bits /= 4u) {
        const struct model_pair *pair = model->pairs[rank];
        EXPECT(key.size == pair->key_len && memcmp(key.data, model_key(pair), key.size) == 0);
        expect_value(pair, value);
        uint8_t own[256];
        quire_bytes own_key = {own, pair->key_len};
        memcpy(own, model_key(pair), pair->key_len);
        if (bits % 4u == 1) {
            EXPECT_OK(f, quire_cursor_delete(cursor));
            EXPECT(model_delete(model, own, own_key.size));
            end_blob(f, handle, own_key, NULL);
            rank -= back ? 1 : 0;
        } else {
            if (bits % 4u == 2) {
                quire_bytes other = forest_value(f, (uint8_t)bits);
                EXPECT_OK(f, quire_cursor_replace(cursor, other));
                EXPECT(model_put(model, own, own_key.size, other.data, other.size));
                end_blob(f, handle, own_key, NULL);
            }
            rank = back ? rank - 1 : rank + 1; /* below zero it is no rank either */
        }
        if (bits == 0)
            break;
        EXPECT_STATUS(f, back ? quire_cursor_previous(cursor, &key, &value) : quire_cursor_next(cursor, &key, &value),
                      wanted_if(rank < model->count));
    }
    quire_cursor_close(cursor);
}

/* ---- The blob ---- */

static void close_blob(struct forest *f)
{
    if (f->blob.blob != NULL)
        quire_blob_close(f->blob.blob);
    f->blob.blob = NULL;
}

static void blob_start(struct forest *f, size_t handle, int creates, size_t size)
{
    struct model *model = model_of(f, handle);
    const struct model_pair *pair = model != NULL ? model_get(model, f->key, f->key_len) : NULL;
    quire_tree *tree = f->handles[handle].tree;
    quire_blob *blob = NULL;
    close_blob(f);
    if (creates && model != NULL && model->count >= RECORDS_MOST)
        return;
    quire_status wanted = model == NULL ? QUIRE_INVALID : wanted_if(creates || pair != NULL);
    EXPECT_STATUS(f,
                  creates ? quire_blob_create(f->txn, tree, last_key(f), size, &blob)
                          : quire_blob_open(f->txn, tree, last_key(f), &blob),
                  wanted);
    if (wanted != QUIRE_OK)
        return;
    if (creates) {
        memset(f->value, 0, size);
        EXPECT(model_put(model, f->key, f->key_len, f->value, size));
    }
    f->blob.blob = blob;
    f->blob.identity = f->handles[handle].identity;
    f->blob.ended = 0;
    memcpy(f->blob.key, f->key, f->key_len);
    f->blob.key_len = f->key_len;
    EXPECT_EQUAL(quire_blob_size(blob), creates ? size : pair->value_len);
}

/* What the blob's value becomes: its front kept, zeros behind it, then `size` bytes of the other put in at `at`. */
static void change_value(struct forest *f, struct model *model, size_t new_size, size_t at, quire_bytes bytes)
{
    const struct model_pair *pair = model_get(model, f->blob.key, f->blob.key_len);
    uint8_t *value = calloc(1, new_size + 1);
    if (value == NULL)
        abort();
    if (pair->value_len != 0)
        memcpy(value, model_value(pair), pair->value_len < new_size ? pair->value_len : new_size);
    if (bytes.size != 0)
        memcpy(value + at, bytes.data, bytes.size);
    EXPECT(model_put(model, f->blob.key, f->blob.key_len, value, new_size));
    free(value);
}

static void blob_read(struct forest *f, const struct model_pair *pair, size_t at, size_t size)
{
    size_t got = 99, wanted = at < pair->value_len ? pair->value_len - at : 0;
    uint8_t *buffer = malloc(size + 1);
    wanted = wanted < size ? wanted : size;
    EXPECT_OK(f, quire_blob_read(f->blob.blob, at, buffer, size, &got));
    EXPECT_EQUAL(got, wanted);
    EXPECT(got == 0 || memcmp(buffer, model_value(pair) + at, got) == 0);
    free(buffer);
}

void forest_blob(struct forest *f, size_t handle, uint8_t how, uint16_t a, uint16_t b)
{
    size_t most = f->page_size * VALUE_PAGES - 1, name = forest_name_of(f, f->blob.identity), got;
    uint8_t byte;
    if (how % 8u < 2 || f->blob.blob == NULL) {
        blob_start(f, handle, how % 2u, a % most);
        return;
    }
    if (how % 8u == 2) {
        close_blob(f);
        return;
    }
    if (f->blob.ended) {
        EXPECT_STATUS(f, quire_blob_read(f->blob.blob, 0, &byte, 1, &got), QUIRE_INVALID);
        EXPECT_STATUS(f, quire_blob_write(f->blob.blob, 0, "x", 1), QUIRE_INVALID);
        EXPECT_STATUS(f, quire_blob_resize(f->blob.blob, a), QUIRE_INVALID);
        return;
    }
    EXPECT(name < FOREST_NAMES);
    struct model *model = &f->now.models[name];
    const struct model_pair *pair = model_get(model, f->blob.key, f->blob.key_len);
    EXPECT(pair != NULL);
    size_t size = pair->value_len;
    if (how % 8u == 3) {
        EXPECT_OK(f, quire_blob_resize(f->blob.blob, a % most));
        change_value(f, model, a % most, 0, (quire_bytes){NULL, 0});
        EXPECT_EQUAL(quire_blob_size(f->blob.blob), a % most);
    } else if (how % 8u < 6) {
        quire_bytes bytes = forest_value(f, 255);
        size_t at = a % (size + 1);
        bytes.size = b % (size - at + 1) < bytes.size ? b % (size - at + 1) : bytes.size;
        EXPECT_OK(f, quire_blob_write(f->blob.blob, at, bytes.data, bytes.size));
        change_value(f, model, size, at, bytes);
        EXPECT_STATUS(f, quire_blob_write(f->blob.blob, size, "x", 1), QUIRE_INVALID);
    } else {
        blob_read(f, pair, a % (size + 64), b % (size + 64));
    }
}
