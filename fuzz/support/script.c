/* Edits with a model. */
#include "script.h"

#include <stdlib.h>
#include <string.h>

#include "expect_status.h"

enum { RUN_MOST = 24, RECORDS_MOST = 1500, VALUE_PAGES = 6 };

struct key {
    uint8_t bytes[256];
    size_t size;
};

void script_open(struct script *script, size_t page_size)
{
    *script = (struct script){.page_size = page_size, .value = malloc(page_size * VALUE_PAGES)};
    if (script->value == NULL)
        abort();
    model_init(&script->model);
}

void script_close(struct script *script)
{
    model_free(&script->model);
    free(script->value);
}

quire_tree_options options_of(uint8_t number)
{
    quire_tree_options options;
    quire_tree_options_init(&options);
    options.slots = (uint8_t)(1 + number % 3);
    options.records = number / 3 % 2;
    options.in_place = number / 6 % 2;
    options.keep = number / 12 % 2;
    return options;
}

/* Long keys fill branches, so that a tree of few records is deep. */
static struct key read_key(const struct script *script, struct input *input)
{
    struct key key = {.size = 4};
    uint8_t number = input_u8(input);
    size_t key_max = script->page_size / 8 - 8;
    if (number >= 224)
        key.size = key_max < sizeof key.bytes ? key_max : sizeof key.bytes;
    memset(key.bytes, 'x', sizeof key.bytes);
    key.bytes[0] = 'k';
    key.bytes[key.size - 2] = (uint8_t)('0' + number / 16);
    key.bytes[key.size - 1] = (uint8_t)('0' + number % 16);
    return key;
}

static quire_bytes read_value(struct script *script, struct input *input)
{
    uint8_t kind = input_u8(input);
    size_t inline_max = script->page_size / 8;
    size_t size = kind < 200 ? kind * inline_max / 199u : inline_max + 1u + (kind - 200u) * script->page_size / 12u;
    size_t own = kind >= 200 && kind % 2u == 0 ? 4 : size; /* so many bytes are of this value alone */
    script->written++;
    for (size_t i = 0; i < size; i++)
        script->value[i] = (uint8_t)((i < own ? script->written : 0) + (i < 4 ? 0 : i * 7u));
    return (quire_bytes){script->value, size};
}

static quire_status put(struct script *script, struct input *input, quire_db *db, quire_txn *txn, int flags)
{
    struct key key = read_key(script, input);
    quire_bytes value = read_value(script, input);
    int there = model_get(&script->model, key.bytes, key.size) != NULL;
    quire_status status = quire_put(txn, NULL, (quire_bytes){key.bytes, key.size}, value, flags);
    if (status == QUIRE_OK) {
        EXPECT(!there || flags == 0);
        EXPECT(model_put(&script->model, key.bytes, key.size, value.data, value.size));
    }
    if (status == QUIRE_EXISTS)
        EXPECT_STATUS_OF(db, status, there && flags != 0 ? QUIRE_EXISTS : QUIRE_OK);
    return status;
}

static quire_status delete_one(struct script *script, struct input *input, quire_txn *txn)
{
    struct key key = read_key(script, input);
    int there = model_get(&script->model, key.bytes, key.size) != NULL;
    quire_status status = quire_delete(txn, NULL, (quire_bytes){key.bytes, key.size});
    EXPECT(status != (there ? QUIRE_NOT_FOUND : QUIRE_OK));
    if (status == QUIRE_OK)
        EXPECT(model_delete(&script->model, key.bytes, key.size));
    return status;
}

static quire_status delete_range(struct script *script, struct input *input, quire_txn *txn)
{
    struct key low = read_key(script, input), high = read_key(script, input);
    uint64_t deleted = 0;
    quire_status status = quire_delete_range(txn, NULL, (quire_bytes){low.bytes, low.size},
                                             (quire_bytes){high.bytes, high.size}, &deleted);
    if (status == QUIRE_OK)
        EXPECT_EQUAL(deleted, model_delete_range(&script->model, low.bytes, low.size, high.bytes, high.size));
    return status;
}

static quire_status put_many(struct script *script, struct input *input, quire_txn *txn)
{
    struct key keys[RUN_MOST], first = read_key(script, input);
    quire_pair pairs[RUN_MOST];
    size_t count = input_u8(input) % RUN_MOST;
    quire_bytes value = read_value(script, input);
    for (size_t i = 0; i < count; i++) {
        keys[i] = first;
        if (keys[i].size < script->page_size / 8 - 8 && keys[i].size < sizeof keys[i].bytes)
            keys[i].size++;
        keys[i].bytes[keys[i].size - 1] = (uint8_t)('A' + i);
        pairs[i] = (quire_pair){{keys[i].bytes, keys[i].size}, value};
    }
    quire_status status = quire_put_many(txn, NULL, pairs, count, NULL);
    for (size_t i = 0; i < count && status == QUIRE_OK; i++)
        EXPECT(model_put(&script->model, keys[i].bytes, keys[i].size, value.data, value.size));
    return status;
}

quire_status script_edit(struct script *script, struct input *input, quire_db *db, quire_txn *txn)
{
    uint8_t code = input_u8(input) % 8u;
    if (code == 7) {
        quire_tree_options options = options_of(input_u8(input));
        return quire_tree_options_set(txn, NULL, &options);
    }
    if (code == 4)
        return delete_one(script, input, txn);
    if (code == 5)
        return delete_range(script, input, txn);
    if (script->model.count >= RECORDS_MOST)
        return QUIRE_OK;
    return code == 6 ? put_many(script, input, txn)
                     : put(script, input, db, txn, code == 3 ? QUIRE_PUT_INSERT_ONLY : 0);
}

quire_status model_compare(quire_txn *txn, quire_tree *tree, const struct model *model, int *same)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    size_t rank = 0;
    quire_status status = quire_cursor_open(txn, tree, &cursor);
    if (status != QUIRE_OK)
        return status;
    *same = 1;
    while (*same && (status = quire_cursor_next(cursor, &key, &value)) == QUIRE_OK) {
        const struct model_pair *pair = rank < model->count ? model->pairs[rank] : NULL;
        *same = pair != NULL && pair->key_len == key.size && pair->value_len == value.size &&
                memcmp(model_key(pair), key.data, key.size) == 0 &&
                (value.size == 0 || memcmp(model_value(pair), value.data, value.size) == 0);
        rank++;
    }
    quire_cursor_close(cursor);
    if (status == QUIRE_NOT_FOUND && rank < model->count)
        *same = 0;
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

static void report(void *context, const quire_violation *violation)
{
    (void)context;
    fprintf(stderr, "page %u breaks %s: %s\n", (unsigned)violation->pgno, violation->rule, violation->message);
}

void audit_expect(quire_db *db)
{
    quire_txn *txn;
    EXPECT_STATUS_OF(db, quire_begin(db, QUIRE_READ, &txn), QUIRE_OK);
    EXPECT_STATUS_OF(db, quire_check(txn, report, NULL, NULL, NULL), QUIRE_OK);
    quire_rollback(txn);
}
