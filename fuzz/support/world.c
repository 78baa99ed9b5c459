/* The database and its model. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "expect_status.h"
#include "script.h"

#define EXPECT_STATUS(w, call, wanted) EXPECT_STATUS_OF((w)->db, call, wanted)
#define EXPECT_OK(w, call) EXPECT_STATUS(w, call, QUIRE_OK)

static void begin(struct world *w)
{
    EXPECT_OK(w, quire_begin(w->db, QUIRE_WRITE, &w->txn));
    for (size_t i = 0; i < w->savepoint_count; i++)
        model_free(&w->savepoints[i].model);
    w->savepoint_count = 0;
}

static void open_database(struct world *w)
{
    char message[256] = "";
    quire_options options;
    quire_options_init(&options);
    options.page_size = (uint32_t)w->page_size;
    options.vfs = w->vfs;
    options.cache_bytes = w->cache_bytes;
    options.pinned_bytes = (size_t)64 << 20;
    options.message = message;
    options.message_size = sizeof message;
    w->db = NULL;
    quire_status status = quire_open("world", &options, &w->db);
    if (status != QUIRE_OK) {
        fprintf(stderr, "open answered %s: %s\n", quire_status_name(status), message);
        abort();
    }
    w->key_max = quire_key_max(w->db);
    EXPECT_EQUAL(w->key_max, w->page_size / 8 - 8);
    begin(w);
}

void world_open(struct world *w, size_t page_size, uint8_t options, uint8_t cache)
{
    memset(w, 0, sizeof *w);
    w->page_size = page_size;
    w->cache_bytes = page_size * (32u + 4u * cache);
    w->key = malloc(page_size);
    w->value = malloc(page_size * 8);
    w->place = malloc(page_size);
    model_init(&w->model);
    model_init(&w->committed);
    model_init(&w->seen);
    for (size_t i = 0; i < WORLD_SAVEPOINTS; i++)
        model_init(&w->savepoints[i].model);
    EXPECT_OK(w, quire_vfs_memory_new(1, &w->vfs));
    open_database(w);
    world_set_options(w, options);
}

static void end_cursor(struct world *w)
{
    if (w->cursor != NULL)
        quire_cursor_close(w->cursor);
    w->cursor = NULL;
}

static void end_reader(struct world *w)
{
    quire_rollback(w->reader);
    w->reader = NULL;
    model_free(&w->seen);
}

static void close_database(struct world *w)
{
    if (w->reader != NULL)
        end_reader(w);
    end_cursor(w);
    quire_rollback(w->txn);
    quire_status status = quire_close(w->db);
    w->db = NULL;
    EXPECT_EQUAL(status, QUIRE_OK);
}

void world_close(struct world *w)
{
    close_database(w);
    digest_file(w->vfs, "world");
    quire_vfs_memory_free(w->vfs);
    for (size_t i = 0; i < WORLD_SAVEPOINTS; i++)
        model_free(&w->savepoints[i].model);
    model_free(&w->model);
    model_free(&w->committed);
    free(w->key);
    free(w->value);
    free(w->place);
}

void world_read_key(struct world *w, struct input *input)
{
    size_t share = input_u8(input) % (w->key_len + 1), got;
    size_t rest = input_u8(input) % (w->key_max - share + 1);
    const uint8_t *bytes = input_bytes(input, rest, &got);
    if (got != 0)
        memcpy(w->key + share, bytes, got);
    w->key_len = share + got;
    if (w->key_len == 0)
        w->key[w->key_len++] = 'a';
}

/* Kinds below 224 stay in the leaf; the others go to a chain of pages, some of which end with a full page. */
quire_bytes world_value(struct world *w, uint8_t kind)
{
    size_t inline_max = w->page_size / 8;
    size_t size =
        kind < 224 ? kind * inline_max / 223u : inline_max + (kind - 224u) * w->page_size / 8u + (kind == 224);
    w->written++;
    for (size_t i = 0; i < size; i++)
        w->value[i] = (uint8_t)(w->written + (i < 4 ? 0 : i * 7u));
    return (quire_bytes){w->value, size};
}

quire_bytes world_key_at(const struct world *w, size_t rank)
{
    const struct model_pair *pair = w->model.pairs[rank];
    return (quire_bytes){model_key(pair), pair->key_len};
}

static void expect_pair(const struct model_pair *pair, quire_bytes key, quire_bytes value)
{
    EXPECT(key.size == pair->key_len && memcmp(key.data, model_key(pair), key.size) == 0);
    EXPECT_EQUAL(value.size, pair->value_len);
    EXPECT(value.size == 0 || memcmp(value.data, model_value(pair), value.size) == 0);
}

void world_put(struct world *w, quire_bytes key, quire_bytes value, int flags)
{
    int there = model_get(&w->model, key.data, key.size) != NULL;
    if (there && (flags & QUIRE_PUT_INSERT_ONLY)) {
        EXPECT_STATUS(w, quire_put(w->txn, NULL, key, value, flags), QUIRE_EXISTS);
        return;
    }
    EXPECT_OK(w, quire_put(w->txn, NULL, key, value, flags));
    EXPECT(model_put(&w->model, key.data, key.size, value.data, value.size));
}

void world_put_many(struct world *w, const quire_pair *pairs, size_t count)
{
    EXPECT_OK(w, quire_put_many(w->txn, NULL, pairs, count, NULL));
    for (size_t i = 0; i < count; i++)
        EXPECT(model_put(&w->model, pairs[i].key.data, pairs[i].key.size, pairs[i].value.data, pairs[i].value.size));
}

void world_get(struct world *w, quire_bytes key)
{
    const struct model_pair *pair = model_get(&w->model, key.data, key.size);
    quire_bytes value = {NULL, 0};
    EXPECT_STATUS(w, quire_get(w->txn, NULL, key, &value), pair != NULL ? QUIRE_OK : QUIRE_NOT_FOUND);
    if (pair != NULL)
        expect_pair(pair, key, value);
}

void world_delete(struct world *w, quire_bytes key)
{
    uint8_t *copy = malloc(key.size); /* the key may be the model's own */
    memcpy(copy, key.data, key.size);
    int there = model_delete(&w->model, copy, key.size);
    EXPECT_STATUS(w, quire_delete(w->txn, NULL, (quire_bytes){copy, key.size}), there ? QUIRE_OK : QUIRE_NOT_FOUND);
    free(copy);
}

void world_delete_range(struct world *w, size_t rank, size_t count)
{
    quire_bytes low = world_key_at(w, rank), high = {NULL, 0};
    if (rank + count < w->model.count)
        high = world_key_at(w, rank + count);
    uint64_t deleted = 0;
    EXPECT_OK(w, quire_delete_range(w->txn, NULL, low, high, &deleted));
    EXPECT_EQUAL(deleted, count);
    struct model_pair *kept = w->model.pairs[rank]; /* its key is the low bound */
    kept->holders++;
    EXPECT_EQUAL(model_delete_range(&w->model, low.data, low.size, high.data, high.size), count);
    if (--kept->holders == 0)
        free(kept);
}

/* Walks a cursor from `rank` of the model on, as far as `most` records; the cursor stands on it already. */
static void follow(struct world *w, quire_cursor *cursor, size_t rank, int back, size_t most)
{
    quire_bytes key, value;
    for (size_t i = 0; i < most; i++) {
        rank = back ? rank - 1 : rank + 1; /* below zero it is no rank either */
        quire_status wanted = rank < w->model.count ? QUIRE_OK : QUIRE_NOT_FOUND;
        EXPECT_STATUS(w, back ? quire_cursor_previous(cursor, &key, &value) : quire_cursor_next(cursor, &key, &value),
                      wanted);
        if (wanted != QUIRE_OK)
            return;
        expect_pair(w->model.pairs[rank], key, value);
    }
}

void world_scan(struct world *w, quire_bytes target, int back)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    int found;
    size_t rank = model_search(&w->model, target.data, target.size, &found);
    if (back && !found)
        rank--; /* below zero it is no rank */
    quire_status wanted = rank < w->model.count ? QUIRE_OK : QUIRE_NOT_FOUND;
    EXPECT_OK(w, quire_cursor_open(w->txn, NULL, &cursor));
    if (back)
        EXPECT_STATUS(w, quire_cursor_seek_back(cursor, target, &key, &value), wanted);
    else
        EXPECT_STATUS(w, quire_cursor_seek(cursor, target, &key, &value), wanted);
    if (wanted == QUIRE_OK) {
        expect_pair(w->model.pairs[rank], key, value);
        follow(w, cursor, rank, back, 40);
    }
    quire_cursor_close(cursor);
}

/* The cursor's place, seen from the model: the rank that one step leads to, or one that does not exist. */
static size_t step_rank(const struct world *w, int back)
{
    int found;
    size_t rank = model_search(&w->model, w->place, w->place_len, &found);
    if (back)
        return rank - 1; /* below zero it is no rank */
    return rank + (found != 0);
}

void world_cursor_step(struct world *w, uint8_t how)
{
    quire_bytes key, value;
    int back = how % 2u, is_new = w->cursor == NULL;
    size_t rank = is_new ? model_search(&w->model, w->key, w->key_len, NULL) : step_rank(w, back);
    quire_status wanted = rank < w->model.count ? QUIRE_OK : QUIRE_NOT_FOUND;
    if (is_new) {
        EXPECT_OK(w, quire_cursor_open(w->txn, NULL, &w->cursor));
        EXPECT_STATUS(w, quire_cursor_seek(w->cursor, (quire_bytes){w->key, w->key_len}, &key, &value), wanted);
    } else if (back) {
        EXPECT_STATUS(w, quire_cursor_previous(w->cursor, &key, &value), wanted);
    } else {
        EXPECT_STATUS(w, quire_cursor_next(w->cursor, &key, &value), wanted);
    }
    if (wanted != QUIRE_OK) {
        end_cursor(w);
        return;
    }
    expect_pair(w->model.pairs[rank], key, value);
    memcpy(w->place, key.data, key.size);
    w->place_len = key.size;
}

void world_cursor_edit(struct world *w, size_t rank, size_t count, uint8_t how)
{
    quire_cursor *cursor;
    quire_bytes key, value, start = world_key_at(w, rank);
    EXPECT_OK(w, quire_cursor_open(w->txn, NULL, &cursor));
    EXPECT_OK(w, quire_cursor_seek(cursor, start, &key, &value));
    for (size_t i = 0; i < count; i++) {
        expect_pair(w->model.pairs[rank], key, value);
        quire_bytes own = world_key_at(w, rank);
        int choice = (how >> (2 * (i % 4))) % 4;
        if (choice == 0) {
            EXPECT_OK(w, quire_cursor_delete(cursor));
            struct model_pair *kept = w->model.pairs[rank];
            kept->holders++;
            EXPECT(model_delete(&w->model, own.data, own.size));
            if (--kept->holders == 0)
                free(kept);
        } else {
            if (choice == 1) {
                quire_bytes other = world_value(w, (uint8_t)(how + 31 * i));
                EXPECT_OK(w, quire_cursor_replace(cursor, other));
                memcpy(w->key, own.data, own.size);
                w->key_len = own.size;
                EXPECT(model_put(&w->model, w->key, w->key_len, other.data, other.size));
            }
            rank++;
        }
        quire_status wanted = rank < w->model.count ? QUIRE_OK : QUIRE_NOT_FOUND;
        EXPECT_STATUS(w, quire_cursor_next(cursor, &key, &value), wanted);
        if (wanted != QUIRE_OK)
            break;
    }
    quire_cursor_close(cursor);
}

void world_set_options(struct world *w, uint8_t number)
{
    quire_tree_options options = options_of(number), got;
    EXPECT_OK(w, quire_tree_options_set(w->txn, NULL, &options));
    EXPECT_OK(w, quire_tree_options_get(w->txn, NULL, &got));
    EXPECT(got.slots == options.slots && got.records == options.records);
    EXPECT(got.in_place == options.in_place && got.keep == options.keep);
}

void world_commit(struct world *w)
{
    end_cursor(w);
    EXPECT_OK(w, quire_commit(w->txn));
    EXPECT(model_copy(&w->committed, &w->model));
    begin(w);
}

void world_rollback(struct world *w)
{
    end_cursor(w);
    quire_rollback(w->txn);
    EXPECT(model_copy(&w->model, &w->committed));
    begin(w);
}

void world_savepoint(struct world *w)
{
    if (w->savepoint_count == WORLD_SAVEPOINTS)
        return;
    EXPECT_OK(w, quire_savepoint(w->txn, &w->savepoints[w->savepoint_count].id));
    EXPECT(model_copy(&w->savepoints[w->savepoint_count].model, &w->model));
    w->savepoint_count++;
}

void world_rollback_to(struct world *w, uint8_t which)
{
    if (w->savepoint_count == 0)
        return;
    size_t kept = which % w->savepoint_count;
    EXPECT_OK(w, quire_rollback_to(w->txn, w->savepoints[kept].id));
    EXPECT(model_copy(&w->model, &w->savepoints[kept].model));
    if (which >= 128) {
        EXPECT_OK(w, quire_release(w->txn, w->savepoints[kept].id));
        w->savepoint_count = kept;
    } else {
        w->savepoint_count = kept + 1;
    }
}

void world_reopen(struct world *w)
{
    close_database(w);
    EXPECT(model_copy(&w->model, &w->committed));
    open_database(w);
}

static void copy_file(const quire_vfs *from, const quire_vfs *to, const char *path)
{
    quire_file *source, *target;
    uint64_t size;
    size_t got;
    if (from->open(from->context, path, QUIRE_VFS_READ_ONLY, &source) != 0)
        return;
    EXPECT_EQUAL(from->size(from->context, source, &size), 0);
    uint8_t *bytes = malloc((size_t)size + 1);
    EXPECT_EQUAL(from->read(from->context, source, 0, bytes, (size_t)size, &got), 0);
    EXPECT_EQUAL(from->close(from->context, source), 0);
    EXPECT_EQUAL(to->open(to->context, path, QUIRE_VFS_CREATE, &target), 0);
    EXPECT_EQUAL(to->write(to->context, target, 0, bytes, got), 0);
    EXPECT_EQUAL(to->close(to->context, target), 0);
    free(bytes);
}

void world_crash(struct world *w)
{
    quire_vfs *after;
    EXPECT_OK(w, quire_vfs_memory_new(1, &after));
    copy_file(w->vfs, after, "world");
    copy_file(w->vfs, after, "world-log");
    close_database(w);
    quire_vfs_memory_free(w->vfs);
    w->vfs = after;
    EXPECT(model_copy(&w->model, &w->committed));
    open_database(w);
}

void world_checkpoint(struct world *w)
{
    end_cursor(w);
    EXPECT_OK(w, quire_commit(w->txn));
    EXPECT(model_copy(&w->committed, &w->model));
    EXPECT_OK(w, quire_checkpoint(w->db));
    begin(w);
}

void world_upgrade(struct world *w)
{
    uint64_t leaves;
    EXPECT_OK(w, quire_tree_upgrade(w->txn, NULL, &leaves));
    EXPECT_OK(w, quire_tree_upgrade(w->txn, NULL, &leaves));
    EXPECT_EQUAL(leaves, 0);
}

/* Every record of the model in order, forwards and backwards, and no other. */
static void expect_all(struct world *w, quire_txn *txn, const struct model *model)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    EXPECT_OK(w, quire_cursor_open(txn, NULL, &cursor));
    for (size_t i = 0; i < model->count; i++) {
        EXPECT_OK(w, quire_cursor_next(cursor, &key, &value));
        expect_pair(model->pairs[i], key, value);
    }
    EXPECT_STATUS(w, quire_cursor_next(cursor, NULL, NULL), QUIRE_NOT_FOUND);
    for (size_t i = model->count; i > 0; i--) {
        EXPECT_OK(w, quire_cursor_previous(cursor, &key, &value));
        expect_pair(model->pairs[i - 1], key, value);
    }
    EXPECT_STATUS(w, quire_cursor_previous(cursor, NULL, NULL), QUIRE_NOT_FOUND);
    quire_cursor_close(cursor);
}

void world_toggle_reader(struct world *w)
{
    if (w->reader == NULL) {
        EXPECT_OK(w, quire_begin(w->db, QUIRE_READ, &w->reader));
        EXPECT(model_copy(&w->seen, &w->committed));
        return;
    }
    expect_all(w, w->reader, &w->seen);
    end_reader(w);
}

void world_expect(struct world *w)
{
    expect_all(w, w->txn, &w->model);
    if (w->reader != NULL)
        expect_all(w, w->reader, &w->seen);
}

void world_audit(struct world *w)
{
    audit_expect(w->db);
}
