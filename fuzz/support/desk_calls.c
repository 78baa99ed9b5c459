/* The calls of a desk: each takes its parts from the input, and is held against what the parts say. */
#include <string.h>

#include "desk.h"
#include "expect_status.h"

/* Savepoints and trees. */
void desk_savepoint(struct desk *d, struct input *input, int code)
{
    uint32_t number = 7;
    quire_txn *txn = desk_txn(d, input, 1);
    if (code == 3) {
        (void)desk_answer(d, quire_savepoint(txn, desk_out(d, input, &number)));
        return;
    }
    number = input_u8(input) % 6u;
    d->may_be_refused = 1; /* there may be fewer */
    (void)desk_answer(d, number % 2u ? quire_release(txn, number / 2u) : quire_rollback_to(txn, number / 2u));
}

void desk_tree_call(struct desk *d, struct input *input, int code)
{
    uint8_t how = input_u8(input);
    int creates = how % 2u;
    quire_txn *txn = desk_txn(d, input, code == 6 || creates);
    quire_tree *tree = NULL;
    if (code == 6) {
        const char *name = desk_name(d, input);
        d->may_be_refused = 1; /* a cursor may be open */
        (void)desk_answer(d, creates ? quire_tree_drop(txn, name) : quire_tree_rename(txn, name, desk_name(d, input)));
        return;
    }
    quire_tree **out = desk_out(d, input, &tree);
    const char *name = desk_name(d, input);
    quire_tree_options options = {(uint8_t)(how / 4u % 4u), how / 16u % 2u, how / 32u % 2u, 0};
    if (creates && options.slots == 0)
        desk_wrong(d);
    size_t place = how / 8u % DESK_TREES;
    if (desk_answer(d, creates ? quire_tree_create(txn, name, &options, out) : quire_tree_open(txn, name, out))) {
        d->trees[place].tree = tree;
        d->trees[place].at = d->at;
    }
}

void desk_options(struct desk *d, struct input *input)
{
    uint8_t how = input_u8(input);
    quire_txn *txn = desk_txn(d, input, how % 2u);
    quire_tree *tree = desk_tree(d, input);
    quire_tree_options options = {(uint8_t)(how / 2u % 4u), how / 8u % 2u, how / 16u % 2u, how / 32u % 4u};
    if (how % 2u && (options.slots == 0 || options.keep > 1))
        desk_wrong(d);
    quire_tree_options *where = desk_out(d, input, &options);
    (void)desk_answer(d,
                      how % 2u ? quire_tree_options_set(txn, tree, where) : quire_tree_options_get(txn, tree, where));
}

void desk_record(struct desk *d, struct input *input, int code)
{
    static const quire_bytes mark = {(const uint8_t *)"mark", 4};
    quire_txn *txn = desk_txn(d, input, code != 8);
    quire_tree *tree = desk_tree(d, input);
    uint64_t deleted;
    if (code == 13) {
        int by_prefix = input_u8(input) % 2u;
        quire_bytes low = desk_bytes(d, input), high = by_prefix ? low : desk_bytes(d, input);
        (void)desk_answer(d, by_prefix ? quire_delete_prefix(txn, tree, low, &deleted)
                                       : quire_delete_range(txn, tree, low, high, &deleted));
        return;
    }
    quire_bytes key = desk_key(d, input), value = mark;
    if (code == 8) {
        quire_bytes *out = desk_out(d, input, &value);
        if (!desk_answer(d, quire_get(txn, tree, key, out)))
            EXPECT(value.data == NULL || (value.data == mark.data && value.size == mark.size));
    } else if (code == 11) {
        (void)desk_answer(d, quire_delete(txn, tree, key));
    } else {
        quire_pair pairs[2] = {{key, desk_value(d, input)}, {key, mark}};
        int flags = input_u8(input) % 4u;
        if (code != 12 && flags > 1)
            desk_wrong(d);
        (void)desk_answer(d, code == 12 ? quire_put_many(txn, tree, pairs, 2, NULL)
                                        : quire_put(txn, tree, key, pairs[0].value, flags));
    }
}

void desk_cursor_call(struct desk *d, struct input *input, int code)
{
    uint8_t how = input_u8(input);
    size_t place;
    quire_cursor *cursor = NULL;
    if (code == 14) {
        quire_txn *txn = desk_txn(d, input, 0);
        quire_tree *tree = desk_tree(d, input);
        if (d->cursors[how % DESK_CURSORS].cursor == NULL &&
            desk_answer(d, quire_cursor_open(txn, tree, desk_out(d, input, &cursor)))) {
            d->cursors[how % DESK_CURSORS].cursor = cursor;
            d->cursors[how % DESK_CURSORS].at = d->at;
        }
        return;
    }
    cursor = desk_cursor(d, input, code == 17 && how % 4u < 2, &place);
    if (code == 18) {
        quire_cursor_close(cursor);
        d->cursors[place].cursor = NULL;
    } else if (code <= 16) {
        static quire_status (*const moves[])(quire_cursor *, quire_bytes *, quire_bytes *) = {
            quire_cursor_first, quire_cursor_last, quire_cursor_next, quire_cursor_previous};
        quire_bytes key, value, target = how % 8u < 6 ? (quire_bytes){NULL, 0} : desk_bytes(d, input);
        quire_bytes *no_key = how / 16u % 2u ? NULL : &key, *no_value = how / 8u % 2u ? NULL : &value;
        (void)desk_answer(d, how % 8u == 6   ? quire_cursor_seek(cursor, target, no_key, no_value)
                             : how % 8u == 7 ? quire_cursor_seek_back(cursor, target, no_key, no_value)
                                             : moves[how % 4u](cursor, no_key, no_value));
    } else if (how % 4u < 2) {
        (void)desk_answer(d,
                          how % 2u ? quire_cursor_delete(cursor) : quire_cursor_replace(cursor, desk_value(d, input)));
    } else if (how % 2u) {
        (void)desk_answer(d, quire_cursor_prefix(cursor, desk_bytes(d, input)));
    } else {
        int low_kind = how / 4u % 4u, high_kind = how / 16u % 4u; /* 3 is none */
        quire_bytes low = {NULL, 0}, high = {NULL, 0};
        if (low_kind != QUIRE_BOUND_NONE)
            low = desk_bytes(d, input);
        if (high_kind != QUIRE_BOUND_NONE)
            high = desk_bytes(d, input);
        if (low_kind == 3 || high_kind == 3)
            desk_wrong(d);
        (void)desk_answer(d, quire_cursor_bounds(cursor, low_kind, low, high_kind, high));
    }
}

void desk_blob_call(struct desk *d, struct input *input, int code)
{
    static uint8_t buffer[600];
    uint8_t how = input_u8(input);
    uint16_t at = input_u16(input), size = input_u16(input) % sizeof buffer;
    size_t place, got;
    quire_blob *blob = NULL;
    if (code == 19) {
        int creates = how % 2u;
        quire_txn *txn = desk_txn(d, input, creates);
        quire_tree *tree = desk_tree(d, input);
        quire_bytes key = desk_key(d, input);
        quire_blob **out = desk_out(d, input, &blob);
        uint64_t whole = how / 4u % 8u == 7 ? (uint64_t)1 << 31 : at % 4000u;
        if (creates && whole > 4000)
            desk_wrong(d);
        if (d->blobs[how % DESK_BLOBS].blob == NULL &&
            desk_answer(d, creates ? quire_blob_create(txn, tree, key, whole, out)
                                   : quire_blob_open(txn, tree, key, out))) {
            d->blobs[how % DESK_BLOBS].blob = blob;
            d->blobs[how % DESK_BLOBS].at = d->at;
        }
        return;
    }
    blob = desk_blob(d, input, code == 20 && how % 4u >= 2, &place);
    if (code == 21) {
        quire_blob_close(blob);
        d->blobs[place].blob = NULL;
    } else if (how % 4u < 2) {
        size_t *where = desk_out(d, input, &got);
        if (desk_answer(d, quire_blob_read(blob, at, buffer, size, where)))
            EXPECT(got <= size && (got == 0 || at + got <= quire_blob_size(blob)));
    } else {
        (void)desk_answer(d, how % 4u == 2 ? quire_blob_write(blob, at, buffer, size)
                                           : quire_blob_resize(blob, at % 4000u));
    }
}

static int stop_after(void *context, const char *name)
{
    EXPECT(strlen(name) >= 1 && strlen(name) <= 56);
    return --*(int *)context <= 0;
}

static int visit_reader(void *context, const quire_reader *reader)
{
    (void)reader;
    ++*(size_t *)context;
    return 0;
}

static void take_line(void *context, const char *text)
{
    *(size_t *)context += strlen(text);
}

static void take_violation(void *context, const quire_violation *violation)
{
    (void)context;
    fprintf(stderr, "expected no violation: page %u breaks %s: %s\n", (unsigned)violation->pgno, violation->rule,
            violation->message);
    abort();
}

static int give_up(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    EXPECT(total == 0 || done <= total);
    return done >= 2;
}

void desk_ask_database(struct desk *d, struct input *input)
{
    uint8_t how = input_u8(input);
    quire_db_stat stat;
    quire_counter counters[4];
    size_t readers = 0, live = 0;
    for (size_t i = 0; i < DESK_TXNS; i++)
        live += d->txns[i].live && !d->txns[i].writes;
    live += d->backup != NULL;
    switch (how % 8u) {
    case 0:
        EXPECT_STATUS_OF(d->db, quire_sync(d->db), QUIRE_OK);
        break;
    case 1: /* it waits for the writer, who is us */
        if (!desk_has_writer(d))
            EXPECT_STATUS_OF(d->db, quire_checkpoint(d->db), QUIRE_OK);
        break;
    case 2: /* and nothing happens */
        if (desk_has_transaction(d))
            EXPECT_STATUS_OF(d->db, quire_close(d->db), QUIRE_INVALID);
        break;
    case 3:
        EXPECT_STATUS_OF(d->db, quire_db_stat_get(d->db, how >= 240 ? NULL : &stat),
                         how >= 240 ? QUIRE_INVALID : QUIRE_OK);
        break;
    case 4:
        EXPECT_STATUS_OF(d->db, quire_readers(d->db, how >= 240 ? NULL : visit_reader, &readers),
                         how >= 240 ? QUIRE_INVALID : QUIRE_OK);
        EXPECT(how >= 240 || readers == live);
        break;
    case 5:
        quire_counters_enable(d->db, how / 8u % 2u);
        quire_counters_reset(how >= 128 ? NULL : d->db);
        EXPECT(quire_counters_get(d->db, counters, 4) > 4);
        break;
    case 6:
        EXPECT(quire_close(NULL) == QUIRE_OK && quire_sync(NULL) == QUIRE_INVALID);
        EXPECT(quire_begin(NULL, QUIRE_READ, NULL) == QUIRE_INVALID && quire_key_max(NULL) == 0);
        EXPECT(quire_commit(NULL) == QUIRE_INVALID && quire_checkpoint(NULL) == QUIRE_INVALID);
        quire_rollback(NULL);
        quire_cursor_close(NULL);
        quire_blob_close(NULL);
        break;
    default:
        EXPECT(quire_error_message(d->db) != NULL && quire_error_message(NULL) != NULL);
        break;
    }
}

void desk_ask_transaction(struct desk *d, struct input *input)
{
    uint8_t how = input_u8(input);
    quire_txn *txn = desk_txn(d, input, how % 8u == 5);
    size_t count = 0;
    uint64_t leaves;
    int names = how / 8u % 4u;
    quire_tree_stat stat;
    quire_tree *tree = how % 8u == 4 || how % 8u == 5 ? desk_tree(d, input) : NULL;
    switch (how % 8u) {
    case 0:
    case 1:
        d->may_be_refused = 1; /* the audit is a reader's */
        (void)desk_answer(d, quire_check(txn, take_violation, NULL, NULL, NULL));
        break;
    case 2:
        if (how >= 240)
            desk_wrong(d);
        (void)desk_answer(d, quire_inspect(txn, how / 8u, how >= 240 ? NULL : take_line, &count));
        break;
    case 3:
        if (how >= 240)
            desk_wrong(d);
        (void)desk_answer(d, quire_tree_list(txn, how >= 240 ? NULL : stop_after, &names));
        break;
    case 4:
        (void)desk_answer(d, quire_tree_stat_get(txn, tree, desk_out(d, input, &stat)));
        break;
    case 5:
        (void)desk_answer(d, quire_tree_upgrade(txn, tree, desk_out(d, input, &leaves)));
        break;
    case 6:
        if (how >= 240)
            desk_wrong(d);
        if (desk_answer(d, quire_copy(txn, how >= 240 ? "" : "copy", NULL, NULL, NULL)))
            EXPECT_EQUAL(d->vfs->remove(d->vfs->context, "copy"), 0);
        break;
    default:
        if (d->refusal == QUIRE_OK) {
            quire_status status = quire_check(txn, take_violation, NULL, give_up, NULL);
            EXPECT(status == QUIRE_CANCELLED || status == QUIRE_OK || status == QUIRE_INVALID);
        }
        break;
    }
}
