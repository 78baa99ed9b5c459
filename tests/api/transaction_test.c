/* Transactions, savepoints and snapshots through the public API. */
#include "../support/api_fixture.h"
#include "../support/counted_memory.h"

static void what_was_committed_is_there_after_reopening(void **state)
{
    struct fixture *f = *state;
    put_alone(f, "a", "1");
    fixture_reopen(f);
    quire_txn *txn = begin(f, QUIRE_READ);
    assert_value(txn, NULL, "a", "1");
    quire_rollback(txn);
}

static void what_was_rolled_back_never_was(void **state)
{
    struct fixture *f = *state;
    put_alone(f, "a", "1");
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "a", "2");
    put(txn, NULL, "b", "2");
    OK(quire_delete(txn, NULL, text("a")));
    quire_rollback(txn);
    txn = begin(f, QUIRE_READ);
    assert_value(txn, NULL, "a", "1");
    assert_missing(txn, NULL, "b");
    quire_rollback(txn);
    assert_sound(f);
}

static void a_reader_sees_the_last_commit_at_its_start(void **state)
{
    struct fixture *f = *state;
    put_alone(f, "a", "1");
    quire_txn *before = begin(f, QUIRE_READ);
    quire_txn *writer = begin(f, QUIRE_WRITE);
    put(writer, NULL, "a", "2");
    quire_txn *during = begin(f, QUIRE_READ);
    assert_value(during, NULL, "a", "1");
    OK(quire_commit(writer));
    quire_txn *after = begin(f, QUIRE_READ);
    assert_value(before, NULL, "a", "1");
    assert_value(during, NULL, "a", "1");
    assert_value(after, NULL, "a", "2");
    quire_rollback(before);
    quire_rollback(during);
    quire_rollback(after);
}

static void a_reader_keeps_its_snapshot_through_checkpoints(void **state)
{
    struct fixture *f = *state;
    char key[16];
    quire_txn *writer = begin(f, QUIRE_WRITE);
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "key%04d", i);
        put(writer, NULL, key, "old");
    }
    OK(quire_commit(writer));
    quire_txn *reader = begin(f, QUIRE_READ);
    for (int round = 0; round < 3; round++) {
        writer = begin(f, QUIRE_WRITE);
        for (int i = round; i < 500; i += 2) {
            snprintf(key, sizeof key, "key%04d", i);
            OK(quire_put(writer, NULL, text(key), text("a newer and longer value"), 0));
        }
        OK(quire_commit(writer));
        OK(quire_checkpoint(f->db));
    }
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "key%04d", i);
        assert_value(reader, NULL, key, "old");
    }
    quire_rollback(reader);
    assert_sound(f);
}

static void savepoints_nest(void **state)
{
    struct fixture *f = *state;
    uint32_t outer, inner;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "a", "1");
    OK(quire_savepoint(txn, &outer));
    put(txn, NULL, "a", "2");
    OK(quire_savepoint(txn, &inner));
    put(txn, NULL, "a", "3");
    put(txn, NULL, "b", "3");
    OK(quire_rollback_to(txn, inner));
    assert_value(txn, NULL, "a", "2");
    assert_missing(txn, NULL, "b");
    OK(quire_rollback_to(txn, outer));
    assert_value(txn, NULL, "a", "1");
    GIVES(QUIRE_INVALID, quire_rollback_to(txn, inner));
    put(txn, NULL, "c", "4");
    OK(quire_rollback_to(txn, outer));
    assert_missing(txn, NULL, "c");
    OK(quire_release(txn, outer));
    GIVES(QUIRE_INVALID, quire_rollback_to(txn, outer));
    OK(quire_commit(txn));
    assert_sound(f);
}

static void a_savepoint_undoes_splits_merges_and_long_values(void **state)
{
    struct fixture *f = *state;
    char key[32];
    static uint8_t big[20000];
    quire_txn *txn = begin(f, QUIRE_WRITE);
    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof key, "stays%05d", i);
        put(txn, NULL, key, "v");
    }
    OK(quire_put(txn, NULL, text("big"), (quire_bytes){big, sizeof big}, 0));
    uint32_t savepoint;
    OK(quire_savepoint(txn, &savepoint));
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 400; i++) {
            snprintf(key, sizeof key, "goes%05d", (i * 7919) % 400);
            put(txn, NULL, key, "some value");
        }
        uint64_t deleted;
        OK(quire_delete_prefix(txn, NULL, text("stays"), &deleted));
        assert_int_equal(deleted, 300);
        OK(quire_delete(txn, NULL, text("big")));
        OK(quire_put(txn, NULL, text("big2"), (quire_bytes){big, sizeof big}, 0));
        OK(quire_rollback_to(txn, savepoint));
    }
    OK(quire_commit(txn));
    txn = begin(f, QUIRE_READ);
    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof key, "stays%05d", i);
        assert_value(txn, NULL, key, "v");
    }
    quire_bytes value;
    OK(quire_get(txn, NULL, text("big"), &value));
    assert_int_equal(value.size, sizeof big);
    assert_missing(txn, NULL, "big2");
    assert_missing(txn, NULL, "goes00000");
    quire_rollback(txn);
    assert_sound(f);
}

static void a_transaction_larger_than_the_cache_commits_and_rolls_back(void **state)
{
    struct fixture *f = *state;
    char key[32];
    f->options.cache_bytes = 16 * 512;
    fixture_reopen(f);
    for (int commits = 0; commits < 2; commits++) {
        quire_txn *txn = begin(f, QUIRE_WRITE);
        for (int i = 0; i < 5000; i++) {
            snprintf(key, sizeof key, "%05d", (i * 3571) % 5000);
            put(txn, NULL, key, commits ? "second" : "first");
        }
        if (commits)
            quire_rollback(txn);
        else
            OK(quire_commit(txn));
    }
    quire_txn *txn = begin(f, QUIRE_READ);
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "%05d", i);
        assert_value(txn, NULL, key, "first");
    }
    quire_rollback(txn);
    assert_sound(f);
}

static void a_second_writer_without_waiting_is_busy(void **state)
{
    struct fixture *f = *state;
    quire_txn *first = begin(f, QUIRE_WRITE), *second;
    GIVES(QUIRE_BUSY, quire_begin(f->db, QUIRE_WRITE | QUIRE_NO_WAIT, &second));
    assert_null(second);
    quire_rollback(first);
    OK(quire_begin(f->db, QUIRE_WRITE | QUIRE_NO_WAIT, &second));
    quire_rollback(second);
}

static void an_ended_transaction_is_told_so(void **state)
{
    struct fixture *f = *state;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_commit(txn));
    quire_bytes value;
    GIVES(QUIRE_INVALID, quire_get(txn, NULL, text("a"), &value));
    SAYS(f->db, "transaction has ended");
    GIVES(QUIRE_INVALID, quire_put(txn, NULL, text("a"), text("b"), 0));
    GIVES(QUIRE_INVALID, quire_commit(txn));
    quire_rollback(txn);
}

static void a_read_transaction_cannot_write(void **state)
{
    struct fixture *f = *state;
    quire_txn *txn = begin(f, QUIRE_READ);
    uint64_t deleted;
    GIVES(QUIRE_READ_ONLY, quire_put(txn, NULL, text("a"), text("b"), 0));
    SAYS(f->db, "read transaction");
    GIVES(QUIRE_READ_ONLY, quire_delete(txn, NULL, text("a")));
    GIVES(QUIRE_READ_ONLY, quire_delete_prefix(txn, NULL, text("a"), &deleted));
    quire_rollback(txn);
}

static void closing_waits_for_no_one(void **state)
{
    struct fixture *f = *state;
    quire_txn *txn = begin(f, QUIRE_READ);
    GIVES(QUIRE_INVALID, quire_close(f->db));
    SAYS(f->db, "still open");
    quire_rollback(txn);
}

static int count_reader(void *context, const quire_reader *reader)
{
    (void)reader;
    ++*(int *)context;
    return 0;
}

static void readers_are_listed(void **state)
{
    struct fixture *f = *state;
    quire_txn *a = begin(f, QUIRE_READ), *b = begin(f, QUIRE_READ);
    int count = 0;
    OK(quire_readers(f->db, count_reader, &count));
    assert_int_equal(count, 2);
    quire_rollback(a);
    quire_rollback(b);
    count = 0;
    OK(quire_readers(f->db, count_reader, &count));
    assert_int_equal(count, 0);
}

struct reader_list {
    quire_reader readers[4];
    size_t count;
};

static int list_reader(void *context, const quire_reader *reader)
{
    struct reader_list *list = context;
    list->readers[list->count++] = *reader;
    return 0;
}

static void a_reader_that_is_too_old_is_ended_by_the_next_writer(void **state)
{
    struct fixture *f = *state;
    f->options.reader_age_ms = 1000;
    fixture_reopen(f);
    put_alone(f, "a", "1");
    quire_txn *old = begin(f, QUIRE_READ);
    f->vfs->sleep_ms(f->vfs->context, 1000);
    put_alone(f, "a", "2"); /* exactly as old as it may be */
    assert_value(old, NULL, "a", "1");
    quire_txn *young = begin(f, QUIRE_READ);
    f->vfs->sleep_ms(f->vfs->context, 1);
    assert_value(old, NULL, "a", "1"); /* nobody writes */
    put_alone(f, "a", "3");
    quire_bytes value;
    GIVES(QUIRE_SNAPSHOT_LOST, quire_get(old, NULL, text("a"), &value));
    SAYS(f->db, "older than 1000 ms");
    assert_value(young, NULL, "a", "2");
    struct reader_list list = {.count = 0};
    OK(quire_readers(f->db, list_reader, &list));
    assert_int_equal(list.count, 2);
    assert_true(list.readers[0].is_lost && !list.readers[1].is_lost);
    assert_int_equal(list.readers[0].age_ms, 1001);
    assert_int_equal(list.readers[0].pinned_bytes, 0);
    assert_int_equal(list.readers[1].pinned_bytes, 512);
    f->vfs->sleep_ms(f->vfs->context, 2000);
    OK(quire_checkpoint(f->db)); /* a checkpoint ends it, too */
    GIVES(QUIRE_SNAPSHOT_LOST, quire_get(young, NULL, text("a"), &value));
    quire_rollback(old);
    quire_rollback(young);
}

static void a_reader_that_pins_too_much_is_ended(void **state)
{
    struct fixture *f = *state;
    f->options.pinned_bytes = 8 * 512;
    fixture_reopen(f);
    char key[16];
    quire_txn *writer = begin(f, QUIRE_WRITE);
    for (int i = 0; i < 2000; i++) {
        snprintf(key, sizeof key, "%05d", i);
        put(writer, NULL, key, "old");
    }
    OK(quire_commit(writer));
    quire_txn *reader = begin(f, QUIRE_READ);
    for (int round = 0; round < 4; round++) {
        writer = begin(f, QUIRE_WRITE);
        for (int i = 0; i < 2000; i++) {
            snprintf(key, sizeof key, "%05d", i);
            put(writer, NULL, key, round % 2 ? "new" : "newer");
        }
        OK(quire_commit(writer));
        OK(quire_checkpoint(f->db));
    }
    quire_bytes value;
    quire_status status = QUIRE_OK;
    for (int i = 0; i < 2000 && status == QUIRE_OK; i++) {
        snprintf(key, sizeof key, "%05d", i);
        status = quire_get(reader, NULL, text(key), &value);
        if (status == QUIRE_OK)
            assert_bytes(value, "old");
    }
    assert_int_equal(status, QUIRE_SNAPSHOT_LOST);
    quire_rollback(reader);
    assert_sound(f);
}

static void a_cursor_on_a_tree_that_was_rolled_back_ends(void **state)
{
    struct fixture *f = *state;
    quire_tree *tree, *other;
    quire_cursor *cursor, *kept;
    quire_bytes key, value;
    uint32_t savepoint;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "k", "kept");
    OK(quire_savepoint(txn, &savepoint));
    OK(quire_tree_create(txn, "made", NULL, &tree));
    put(txn, tree, "a", "1");
    OK(quire_cursor_open(txn, tree, &cursor));
    OK(quire_cursor_open(txn, NULL, &kept));
    OK(quire_cursor_first(cursor, &key, &value));
    OK(quire_rollback_to(txn, savepoint));
    GIVES(QUIRE_INVALID, quire_cursor_next(cursor, &key, &value));
    /* The next tree may get the same id and root: the old cursor must not come to stand in it. */
    OK(quire_tree_create(txn, "other", NULL, &other));
    put(txn, other, "a", "2");
    GIVES(QUIRE_INVALID, quire_cursor_replace(cursor, text("3")));
    SAYS(f->db, "rolled back");
    assert_value(txn, other, "a", "2");
    OK(quire_cursor_next(kept, &key, &value));
    assert_bytes(value, "kept");
    quire_cursor_close(cursor);
    OK(quire_commit(txn));
}

static void a_rollback_to_a_savepoint_ends_blobs(void **state)
{
    struct fixture *f = *state;
    quire_blob *blob;
    uint32_t savepoint;
    uint8_t byte;
    size_t got;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "k", "value");
    OK(quire_savepoint(txn, &savepoint));
    OK(quire_blob_create(txn, NULL, text("k"), 900, &blob));
    OK(quire_rollback_to(txn, savepoint));
    GIVES(QUIRE_INVALID, quire_blob_read(blob, 0, &byte, 1, &got));
    quire_blob_close(blob);
    quire_rollback(txn);
}

static void a_rollback_to_a_savepoint_restores_tree_options(void **state)
{
    struct fixture *f = *state;
    quire_tree_options options;
    uint32_t savepoint;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "k", "value");
    OK(quire_savepoint(txn, &savepoint));
    quire_tree_options_init(&options);
    options.slots = QUIRE_TREE_SLOTS_V2;
    OK(quire_tree_options_set(txn, NULL, &options));
    OK(quire_rollback_to(txn, savepoint));
    OK(quire_tree_options_get(txn, NULL, &options));
    assert_int_equal(options.slots, QUIRE_TREE_SLOTS_V3);
    quire_rollback(txn);
}

static void a_rollback_to_a_savepoint_restores_options_of_open_cursors(void **state)
{
    struct fixture *f = *state;
    quire_tree_options options;
    quire_tree_stat stat;
    quire_cursor *cursor;
    uint32_t savepoint;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "k", "value");
    OK(quire_cursor_open(txn, NULL, &cursor));
    OK(quire_savepoint(txn, &savepoint));
    quire_tree_options_init(&options);
    options.slots = QUIRE_TREE_SLOTS_V1;
    OK(quire_tree_options_set(txn, NULL, &options));
    OK(quire_rollback_to(txn, savepoint));
    OK(quire_cursor_next(cursor, NULL, NULL));
    OK(quire_cursor_replace(cursor, text("other")));
    OK(quire_tree_stat_get(txn, NULL, &stat));
    assert_int_equal(stat.leaves_by_version[1][2], 1);
    quire_rollback(txn);
}

/* ---- calls that fail midway ---- */

enum { MIDWAY_PAIRS = 300 };

static void midway_key(char *key, size_t size, int number)
{
    (void)snprintf(key, size, "key%05d", number * 7919 % 100000);
}

static void midway_put(quire_txn *txn, int from, int to)
{
    char key[16];
    for (int i = from; i < to; i++) {
        midway_key(key, sizeof key, i);
        OK(quire_put(txn, NULL, text(key), text("some value of some length"), 0));
    }
}

static void midway_is(quire_txn *txn, int number, quire_status status)
{
    char key[16];
    quire_bytes value;
    midway_key(key, sizeof key, number);
    GIVES(status, quire_get(txn, NULL, text(key), &value));
}

/* A run of pairs all through the tree, one of whose allocations fails. */
static quire_status midway_run(quire_txn *txn, struct counted_memory *memory, size_t refused)
{
    static char keys[MIDWAY_PAIRS][16];
    quire_pair pairs[MIDWAY_PAIRS];
    for (int i = 0; i < MIDWAY_PAIRS; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "key%05d", i * 333);
        pairs[i] = (quire_pair){text(keys[i]), text("another value, which is a little longer than the one before")};
    }
    memory->refuse_after = refused;
    quire_status status = quire_put_many(txn, NULL, pairs, MIDWAY_PAIRS, NULL);
    memory->refuse_after = 0;
    return status;
}

/* All that is left of a doomed transaction is to roll it back, to a savepoint too: then it goes on from there. */
static void a_savepoint_is_a_way_back_from_a_call_that_failed_midway(void **state)
{
    struct fixture *f = *state;
    struct counted_memory memory;
    int doomed = 0, failed = 0;
    OK(quire_close(f->db));
    f->db = NULL;
    counted_memory_init(&memory);
    f->options.memory = &memory.hooks;
    f->options.page_size = 4096;
    f->options.cache_bytes = 4 << 20;
    quire_status status = QUIRE_NO_MEMORY;
    for (size_t refused = 1; status == QUIRE_NO_MEMORY; refused++) {
        quire_txn *txn;
        uint32_t savepoint;
        fixture_reopen(f);
        OK(quire_begin(f->db, QUIRE_WRITE, &txn));
        midway_put(txn, 0, 1000);
        OK(quire_savepoint(txn, &savepoint));
        midway_put(txn, 1000, 2000);
        status = midway_run(txn, &memory, refused);
        quire_bytes value;
        if (status != QUIRE_OK) {
            GIVES(QUIRE_NO_MEMORY, status);
            failed++;
            quire_status reads = quire_get(txn, NULL, text("key00000"), &value);
            if (reads == QUIRE_DOOMED) {
                doomed++;
                GIVES(QUIRE_DOOMED, quire_put(txn, NULL, text("key"), text("value"), 0));
                GIVES(QUIRE_DOOMED, quire_savepoint(txn, &savepoint));
                SAYS(f->db, "only rollback is left");
            }
            OK(quire_rollback_to(txn, savepoint));
        } else {
            OK(quire_rollback_to(txn, savepoint));
        }
        midway_is(txn, 999, QUIRE_OK);
        midway_is(txn, 1000, QUIRE_NOT_FOUND);
        GIVES(QUIRE_NOT_FOUND, quire_get(txn, NULL, text("key00333"), &value));
        midway_put(txn, 1000, 1100);
        OK(quire_commit(txn));
        fixture_reopen(f);
        OK(quire_begin(f->db, QUIRE_WRITE, &txn));
        midway_is(txn, 0, QUIRE_OK);
        midway_is(txn, 1099, QUIRE_OK);
        midway_is(txn, 1100, QUIRE_NOT_FOUND);
        OK(quire_delete_range(txn, NULL, text("key"), text("kez"), NULL));
        OK(quire_commit(txn));
    }
    assert_true(failed > 0 && doomed > 0);
    OK(quire_close(f->db));
    f->options.memory = NULL;
    OK(quire_open("test.quire", &f->options, &f->db));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(what_was_committed_is_there_after_reopening),
        API_TEST(what_was_rolled_back_never_was),
        API_TEST(a_reader_sees_the_last_commit_at_its_start),
        API_TEST(a_reader_keeps_its_snapshot_through_checkpoints),
        API_TEST(savepoints_nest),
        API_TEST(a_savepoint_is_a_way_back_from_a_call_that_failed_midway),
        API_TEST(a_savepoint_undoes_splits_merges_and_long_values),
        API_TEST(a_cursor_on_a_tree_that_was_rolled_back_ends),
        API_TEST(a_rollback_to_a_savepoint_ends_blobs),
        API_TEST(a_rollback_to_a_savepoint_restores_tree_options),
        API_TEST(a_rollback_to_a_savepoint_restores_options_of_open_cursors),
        API_TEST(a_transaction_larger_than_the_cache_commits_and_rolls_back),
        API_TEST(a_second_writer_without_waiting_is_busy),
        API_TEST(an_ended_transaction_is_told_so),
        API_TEST(a_read_transaction_cannot_write),
        API_TEST(closing_waits_for_no_one),
        API_TEST(readers_are_listed),
        API_TEST(a_reader_that_is_too_old_is_ended_by_the_next_writer),
        API_TEST(a_reader_that_pins_too_much_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
