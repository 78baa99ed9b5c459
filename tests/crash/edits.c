/*
 * See edits.h. Two trees, the unnamed one and one that comes, goes and is renamed;
 * a few hundred keys, so that pages are made and given back all the time.
 */
#include "edits.h"

#include "../support/api_fixture.h"

enum { KEYS = 300, KEY_SIZE = 16, VALUE_MAX = 3000, RUN_MAX = 24 };

static const char *const names[] = {"named", "renamed"};

static quire_bytes key_at(char key[KEY_SIZE], size_t number)
{
    snprintf(key, KEY_SIZE, "%04zu", number);
    return text(key);
}

/* Bytes that tell one value from the next. */
static quire_bytes some_value(struct random *random, size_t limit)
{
    static uint8_t bytes[VALUE_MAX + 256];
    for (size_t i = 0; bytes[1] == 0 && i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    return (quire_bytes){bytes + random_below(random, 256), random_below(random, limit)};
}

static void assert_done_or_absent(quire_status status)
{
    assert_true(status == QUIRE_OK || status == QUIRE_NOT_FOUND);
}

/* Ascending keys, near each other. */
static void put_run(quire_txn *txn, quire_tree *tree, struct random *random)
{
    char keys[RUN_MAX][KEY_SIZE];
    quire_pair pairs[RUN_MAX];
    size_t count = 1 + random_below(random, RUN_MAX), number = random_below(random, KEYS);
    for (size_t i = 0; i < count; i++) {
        pairs[i].key = key_at(keys[i], number);
        pairs[i].value = some_value(random, 60);
        number += 1 + random_below(random, 3);
    }
    OK(quire_put_many(txn, tree, pairs, count, NULL));
}

static void delete_some(quire_txn *txn, quire_tree *tree, struct random *random)
{
    char low[KEY_SIZE], high[KEY_SIZE];
    uint64_t deleted;
    size_t number = random_below(random, KEYS);
    if (random_below(random, 2) == 0) {
        (void)key_at(low, number);
        low[2] = '\0';
        OK(quire_delete_prefix(txn, tree, text(low), &deleted));
    } else {
        size_t end = number + 1 + random_below(random, 30);
        OK(quire_delete_range(txn, tree, key_at(low, number), key_at(high, end), &deleted));
    }
}

/* Parts of a long value, which grows or shrinks. */
static void write_blob(quire_txn *txn, quire_tree *tree, struct random *random)
{
    char key[KEY_SIZE];
    quire_blob *blob;
    OK(quire_blob_create(txn, tree, key_at(key, random_below(random, KEYS)), random_below(random, VALUE_MAX), &blob));
    OK(quire_blob_resize(blob, 40 + random_below(random, VALUE_MAX)));
    OK(quire_blob_write(blob, random_below(random, 20), "part of a value", 15));
    quire_blob_close(blob);
}

static void edit_by_cursor(quire_txn *txn, quire_tree *tree, struct random *random)
{
    char key[KEY_SIZE];
    quire_cursor *cursor;
    OK(quire_cursor_open(txn, tree, &cursor));
    quire_status status = quire_cursor_seek(cursor, key_at(key, random_below(random, KEYS)), NULL, NULL);
    for (size_t i = 0; i < 4 && status == QUIRE_OK; i++) {
        if (random_below(random, 2) == 0)
            OK(quire_cursor_delete(cursor));
        else
            OK(quire_cursor_replace(cursor, some_value(random, 90)));
        status = quire_cursor_next(cursor, NULL, NULL);
    }
    assert_done_or_absent(status);
    quire_cursor_close(cursor);
}

static void one_edit(quire_txn *txn, quire_tree *tree, struct random *random)
{
    char key[KEY_SIZE];
    quire_bytes at = key_at(key, random_below(random, KEYS));
    switch (random_below(random, 16)) {
    case 0:
    case 1:
    case 2:
        assert_done_or_absent(quire_delete(txn, tree, at));
        break;
    case 3:
        OK(quire_put(txn, tree, at, some_value(random, VALUE_MAX), 0));
        break;
    case 4:
        delete_some(txn, tree, random);
        break;
    case 5:
        put_run(txn, tree, random);
        break;
    case 6:
        edit_by_cursor(txn, tree, random);
        break;
    case 7:
        write_blob(txn, tree, random);
        break;
    default:
        OK(quire_put(txn, tree, at, some_value(random, 50), 0));
        break;
    }
}

/* Options change as it goes, so that leaves of several versions stand side by side, until all are made alike. */
static void change_options(quire_txn *txn, quire_tree *tree, struct random *random)
{
    quire_tree_options options;
    uint64_t leaves;
    quire_tree_options_init(&options);
    options.slots = (uint8_t)(1 + random_below(random, 3));
    options.records = (uint8_t)random_below(random, 2);
    options.keep = (uint8_t)random_below(random, 2);
    OK(quire_tree_options_set(txn, tree, &options));
    if (random_below(random, 3) == 0)
        OK(quire_tree_upgrade(txn, tree, &leaves));
}

/* The named tree, whichever its name is now; made if it is not there. */
static quire_tree *named_tree(quire_txn *txn, struct random *random)
{
    quire_tree *tree = NULL;
    size_t from = random_below(random, 6);
    if (from < 2)
        assert_done_or_absent(quire_tree_rename(txn, names[from], names[1 - from]));
    for (size_t i = 0; i < 2; i++) {
        quire_status status = quire_tree_open(txn, names[i], &tree);
        if (status == QUIRE_OK)
            return tree;
        assert_int_equal(status, QUIRE_NOT_FOUND);
    }
    OK(quire_tree_create(txn, names[0], NULL, &tree));
    return tree;
}

/* Some of what the transaction does is taken back. */
static void edit_and_go_back(quire_txn *txn, struct random *random)
{
    uint32_t savepoint;
    OK(quire_savepoint(txn, &savepoint));
    for (size_t i = 0; i < 5; i++)
        one_edit(txn, NULL, random);
    if (random_below(random, 2) == 0)
        OK(quire_rollback_to(txn, savepoint));
    OK(quire_release(txn, savepoint));
}

void crash_edits(quire_txn *txn, struct random *random, uint32_t number)
{
    quire_tree *tree = number % 3 == 1 ? named_tree(txn, random) : NULL;
    if (number % 7 == 6) {
        quire_status status = quire_tree_drop(txn, names[random_below(random, 2)]);
        assert_done_or_absent(status);
        if (status == QUIRE_OK)
            return;
    }
    if (number % 5 == 4)
        change_options(txn, tree, random);
    size_t edits = number % 4 == 3 ? 120 : 1 + random_below(random, 12);
    for (size_t i = 0; i < edits; i++)
        one_edit(txn, tree, random);
    if (number % 8 == 5)
        edit_and_go_back(txn, random);
}
