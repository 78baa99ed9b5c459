/* Cursors and the array. */
#include "walk.h"

#include <string.h>

#include "digest.h"
#include "expect_status.h"
#include "script.h"

#define EXPECT_STATUS(w, call, wanted) EXPECT_STATUS_OF((w)->db, call, wanted)
#define EXPECT_OK(w, call) EXPECT_STATUS(w, call, QUIRE_OK)

static struct walk_key make_key(const struct walk *w, uint8_t number, uint8_t length)
{
    struct walk_key key = {.size = 1u + length % (WALK_KEY_MOST - 1u)};
    uint8_t mixed = (uint8_t)(number * (w->shape | 1u));
    memset(key.bytes, w->shape % 4u == 3 ? 0xff : 'm', sizeof key.bytes);
    key.bytes[length % 3u] = mixed;
    key.bytes[key.size - 1] = (uint8_t)(mixed / 3u);
    return key;
}

struct walk_key walk_read_key(const struct walk *w, struct input *input)
{
    uint8_t number = input_u8(input);
    return make_key(w, number, input_u8(input));
}

static quire_bytes bytes_of(const struct walk_key *key)
{
    return (quire_bytes){key->bytes, key->size};
}

static quire_bytes value_of(struct walk *w, uint8_t size)
{
    memset(w->value, ++w->written, sizeof w->value);
    return (quire_bytes){w->value, size % sizeof w->value};
}

static int compare(const struct model_pair *pair, const struct walk_key *key)
{
    size_t least = pair->key_len < key->size ? pair->key_len : key->size;
    int order = memcmp(model_key(pair), key->bytes, least);
    return order != 0 ? order : (pair->key_len > key->size) - (pair->key_len < key->size);
}

/* The rule of bounds and prefixes, one record at a time. */
static int is_within(const struct follower *f, const struct model_pair *pair)
{
    if (f->prefix_len != SIZE_MAX)
        return pair->key_len >= f->prefix_len && memcmp(model_key(pair), f->low.bytes, f->prefix_len) == 0;
    int low = f->low_kind != QUIRE_BOUND_NONE ? compare(pair, &f->low) : 1;
    int high = f->high_kind != QUIRE_BOUND_NONE ? compare(pair, &f->high) : -1;
    return (low > 0 || (low == 0 && f->low_kind == QUIRE_BOUND_INCLUDED)) &&
           (high < 0 || (high == 0 && f->high_kind == QUIRE_BOUND_INCLUDED));
}

/* A move must lead to the first record from `rank` on (or back) that is within, or past the end. */
static void arrive(struct walk *w, struct follower *f, quire_status status, quire_pair got, size_t rank, int back)
{
    const struct model_pair *pair = NULL;
    for (; rank < w->model.count && pair == NULL; rank = back ? rank - 1 : rank + 1)
        if (is_within(f, w->model.pairs[rank]))
            pair = w->model.pairs[rank];
    EXPECT_STATUS(w, status, pair != NULL ? QUIRE_OK : QUIRE_NOT_FOUND);
    f->where = pair != NULL ? WALK_ON : back ? WALK_BEFORE : WALK_AFTER;
    if (pair == NULL)
        return;
    EXPECT(got.key.size == pair->key_len && memcmp(got.key.data, model_key(pair), got.key.size) == 0);
    EXPECT_EQUAL(got.value.size, pair->value_len);
    EXPECT(got.value.size == 0 || memcmp(got.value.data, model_value(pair), got.value.size) == 0);
    f->place.size = got.key.size;
    memcpy(f->place.bytes, got.key.data, got.key.size);
}

/* The rank to start looking from: of an end, of the place, or of the target. */
static size_t start_rank(const struct walk *w, const struct follower *f, enum walk_move move,
                         const struct walk_key *target)
{
    int found = 0, is_step = move == WALK_NEXT || move == WALK_PREVIOUS;
    if (move == WALK_FIRST || (move == WALK_NEXT && f->where == WALK_BEFORE))
        return 0;
    if (move == WALK_LAST || (move == WALK_PREVIOUS && f->where == WALK_AFTER))
        return w->model.count - 1; /* below zero it is no rank */
    if (is_step && f->where != WALK_ON && f->where != WALK_BETWEEN)
        return SIZE_MAX; /* beyond its end there is nothing more */
    const struct walk_key *key = is_step ? &f->place : target;
    size_t rank = model_search(&w->model, key->bytes, key->size, &found);
    if (move == WALK_NEXT)
        return rank + (found != 0);
    if (move == WALK_PREVIOUS || (move == WALK_SEEK_BACK && !found))
        return rank - 1;
    return rank;
}

void walk_move(struct walk *w, struct follower *f, enum walk_move move, const struct walk_key *target)
{
    quire_pair got = {{NULL, 0}, {NULL, 0}};
    int back = move == WALK_PREVIOUS || move == WALK_LAST || move == WALK_SEEK_BACK;
    size_t rank = start_rank(w, f, move, target);
    quire_status status = QUIRE_OK;
    switch (move) {
    case WALK_NEXT:
        status = quire_cursor_next(f->cursor, &got.key, &got.value);
        break;
    case WALK_PREVIOUS:
        status = quire_cursor_previous(f->cursor, &got.key, &got.value);
        break;
    case WALK_FIRST:
        status = quire_cursor_first(f->cursor, &got.key, &got.value);
        break;
    case WALK_LAST:
        status = quire_cursor_last(f->cursor, &got.key, &got.value);
        break;
    case WALK_SEEK:
        status = quire_cursor_seek(f->cursor, bytes_of(target), &got.key, &got.value);
        break;
    case WALK_SEEK_BACK:
        status = quire_cursor_seek_back(f->cursor, bytes_of(target), &got.key, &got.value);
        break;
    }
    arrive(w, f, status, got, rank, back);
}

void walk_bounds(struct walk *w, struct follower *f, uint8_t kinds, const struct walk_key *low,
                 const struct walk_key *high)
{
    f->low_kind = kinds % 3;
    f->high_kind = kinds / 3 % 3;
    f->low = *low;
    f->high = *high;
    f->prefix_len = SIZE_MAX;
    f->where = WALK_BEFORE;
    EXPECT_OK(w, quire_cursor_bounds(f->cursor, f->low_kind, bytes_of(low), f->high_kind, bytes_of(high)));
}

void walk_prefix(struct walk *w, struct follower *f, const struct walk_key *prefix, uint8_t length)
{
    f->low = *prefix;
    f->prefix_len = length % (prefix->size + 1);
    f->where = WALK_BEFORE;
    EXPECT_OK(w, quire_cursor_prefix(f->cursor, (quire_bytes){prefix->bytes, f->prefix_len}));
}

/* 1 if the cursor's record is there; after a try in vain it stands between two, whatever comes later. */
static int is_on_record(const struct walk *w, struct follower *f)
{
    if (f->where != WALK_ON)
        return 0;
    int there = model_get(&w->model, f->place.bytes, f->place.size) != NULL;
    f->where = there ? WALK_ON : WALK_BETWEEN;
    return there;
}

void walk_replace(struct walk *w, struct follower *f, uint8_t size)
{
    quire_bytes value = value_of(w, size);
    int there = is_on_record(w, f);
    EXPECT_STATUS(w, quire_cursor_replace(f->cursor, value), there ? QUIRE_OK : QUIRE_NOT_FOUND);
    if (there)
        EXPECT(model_put(&w->model, f->place.bytes, f->place.size, value.data, value.size));
}

void walk_delete_here(struct walk *w, struct follower *f)
{
    int there = is_on_record(w, f);
    EXPECT_STATUS(w, quire_cursor_delete(f->cursor), there ? QUIRE_OK : QUIRE_NOT_FOUND);
    if (!there)
        return;
    f->where = WALK_BETWEEN;
    EXPECT(model_delete(&w->model, f->place.bytes, f->place.size));
}

void walk_put(struct walk *w, const struct walk_key *key, uint8_t size)
{
    quire_bytes value = value_of(w, size);
    if (w->model.count >= WALK_RECORDS_MOST)
        return;
    EXPECT_OK(w, quire_put(w->txn, NULL, bytes_of(key), value, 0));
    EXPECT(model_put(&w->model, key->bytes, key->size, value.data, value.size));
}

void walk_delete(struct walk *w, const struct walk_key *key)
{
    int there = model_delete(&w->model, key->bytes, key->size);
    EXPECT_STATUS(w, quire_delete(w->txn, NULL, bytes_of(key)), there ? QUIRE_OK : QUIRE_NOT_FOUND);
}

void walk_delete_range(struct walk *w, const struct walk_key *low, const struct walk_key *high)
{
    uint64_t deleted;
    EXPECT_OK(w, quire_delete_range(w->txn, NULL, bytes_of(low), bytes_of(high), &deleted));
    EXPECT_EQUAL(deleted, model_delete_range(&w->model, low->bytes, low->size, high->bytes, high->size));
}

void walk_put_and_roll_back(struct walk *w, const struct walk_key *key, uint8_t count)
{
    uint32_t savepoint;
    struct walk_key other = *key;
    EXPECT_OK(w, quire_savepoint(w->txn, &savepoint));
    for (uint8_t i = 0; i < count % 8u; i++) {
        other.bytes[0] = (uint8_t)(other.bytes[0] + 37u);
        EXPECT_OK(w, quire_put(w->txn, NULL, bytes_of(&other), value_of(w, count), 0));
    }
    EXPECT_OK(w, quire_rollback_to(w->txn, savepoint));
    EXPECT_OK(w, quire_release(w->txn, savepoint));
}

void walk_open(struct walk *w, uint8_t number, uint8_t records, uint8_t shape)
{
    quire_options options;
    quire_tree_options tree = options_of(number);
    memset(w, 0, sizeof *w);
    w->shape = shape;
    EXPECT_EQUAL(quire_vfs_memory_new(1, &w->vfs), QUIRE_OK);
    quire_options_init(&options);
    options.page_size = 512;
    options.vfs = w->vfs;
    options.cache_bytes = 64 * 512;
    EXPECT_EQUAL(quire_open("walk", &options, &w->db), QUIRE_OK);
    EXPECT_OK(w, quire_begin(w->db, QUIRE_WRITE, &w->txn));
    EXPECT_OK(w, quire_tree_options_set(w->txn, NULL, &tree));
    for (uint8_t i = 0; i < records; i++) {
        struct walk_key key = make_key(w, i, (uint8_t)(5u * i));
        walk_put(w, &key, (uint8_t)(7u * i));
    }
    for (size_t i = 0; i < WALK_CURSORS; i++) {
        w->followers[i].prefix_len = SIZE_MAX;
        EXPECT_OK(w, quire_cursor_open(w->txn, NULL, &w->followers[i].cursor));
    }
}

void walk_close(struct walk *w)
{
    for (size_t i = 0; i < WALK_CURSORS; i++)
        quire_cursor_close(w->followers[i].cursor);
    EXPECT_OK(w, quire_commit(w->txn));
    audit_expect(w->db);
    EXPECT_EQUAL(quire_close(w->db), QUIRE_OK);
    digest_file(w->vfs, "walk");
    quire_vfs_memory_free(w->vfs);
    model_free(&w->model);
}
