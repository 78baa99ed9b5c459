/* Named trees, their options, and cursors over them. */
#include "../support/api_fixture.h"
#include "../support/counted_memory.h"

static int append_name(void *context, const char *name)
{
    strcat(context, name);
    strcat(context, " ");
    return 0;
}

static void assert_names(quire_txn *txn, const char *expected)
{
    char names[256] = "";
    OK(quire_tree_list(txn, append_name, names));
    assert_string_equal(names, expected);
}

static void trees_are_made_listed_renamed_and_dropped(void **state)
{
    struct fixture *f = *state;
    quire_tree *b, *a, *again;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_tree_create(txn, "b", NULL, &b));
    OK(quire_tree_create(txn, "a", NULL, &a));
    GIVES(QUIRE_EXISTS, quire_tree_create(txn, "a", NULL, &again));
    put(txn, a, "k", "in a");
    put(txn, b, "k", "in b");
    put(txn, NULL, "k", "in the unnamed tree");
    assert_names(txn, "a b ");
    OK(quire_tree_rename(txn, "b", "c"));
    GIVES(QUIRE_EXISTS, quire_tree_rename(txn, "c", "a"));
    GIVES(QUIRE_NOT_FOUND, quire_tree_rename(txn, "b", "d"));
    assert_value(txn, b, "k", "in b");
    OK(quire_commit(txn));
    fixture_reopen(f);
    txn = begin(f, QUIRE_WRITE);
    assert_names(txn, "a c ");
    OK(quire_tree_open(txn, "c", &b));
    assert_value(txn, b, "k", "in b");
    assert_value(txn, NULL, "k", "in the unnamed tree");
    OK(quire_tree_drop(txn, "a"));
    GIVES(QUIRE_NOT_FOUND, quire_tree_open(txn, "a", &a));
    GIVES(QUIRE_NOT_FOUND, quire_tree_drop(txn, "a"));
    OK(quire_commit(txn));
    assert_sound(f);
}

/* A tree that a rollback took back leaves its number to the next one that is made; what was its stays ended. */
static void what_ended_with_a_savepoint_is_not_the_next_trees(void **state)
{
    struct fixture *f = *state;
    quire_tree *renamed, *gone, *next;
    quire_cursor *cursor;
    quire_bytes value;
    uint32_t savepoint, later;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_tree_create(txn, "renamed", NULL, &renamed));
    OK(quire_savepoint(txn, &savepoint));
    OK(quire_tree_create(txn, "gone", NULL, &gone));
    OK(quire_cursor_open(txn, gone, &cursor));
    OK(quire_rollback_to(txn, savepoint));
    OK(quire_tree_create(txn, "next", NULL, &next));
    put(txn, next, "k", "v");
    OK(quire_savepoint(txn, &later));
    OK(quire_tree_rename(txn, "renamed", "another"));
    OK(quire_rollback_to(txn, later));
    put(txn, renamed, "k", "its handle found it again");
    GIVES(QUIRE_INVALID, quire_get(txn, gone, text("k"), &value));
    GIVES(QUIRE_INVALID, quire_cursor_first(cursor, NULL, NULL));
    OK(quire_tree_drop(txn, "next"));
    quire_rollback(txn);
}

static void a_dropped_tree_handle_has_ended(void **state)
{
    struct fixture *f = *state;
    quire_tree *tree;
    quire_bytes value;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_tree_create(txn, "t", NULL, &tree));
    OK(quire_tree_drop(txn, "t"));
    GIVES(QUIRE_INVALID, quire_get(txn, tree, text("k"), &value));
    SAYS(f->db, "has ended");
    quire_rollback(txn);
}

static void a_tree_made_after_a_savepoint_goes_with_it(void **state)
{
    struct fixture *f = *state;
    quire_tree *kept, *gone;
    uint32_t savepoint;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_tree_create(txn, "kept", NULL, &kept));
    put(txn, kept, "k", "1");
    OK(quire_savepoint(txn, &savepoint));
    OK(quire_tree_create(txn, "gone", NULL, &gone));
    put(txn, kept, "k", "2");
    OK(quire_rollback_to(txn, savepoint));
    assert_value(txn, kept, "k", "1");
    GIVES(QUIRE_INVALID, quire_put(txn, gone, text("k"), text("v"), 0));
    OK(quire_commit(txn));
    assert_sound(f);
}

/* Found by the tree_ops fuzzer: the handle was looked for under the name that was taken back, and had ended. */
static void a_handle_outlives_a_rename_that_is_rolled_back(void **state)
{
    struct fixture *f = *state;
    quire_tree *tree;
    quire_cursor *cursor;
    quire_bytes key;
    uint32_t savepoint;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_tree_create(txn, "old", NULL, &tree));
    put(txn, tree, "k", "1");
    OK(quire_cursor_open(txn, tree, &cursor));
    OK(quire_savepoint(txn, &savepoint));
    OK(quire_tree_rename(txn, "old", "new"));
    put(txn, tree, "k", "2");
    OK(quire_rollback_to(txn, savepoint));
    assert_value(txn, tree, "k", "1");
    OK(quire_cursor_next(cursor, &key, NULL));
    OK(quire_tree_rename(txn, "old", "newer"));
    put(txn, tree, "k", "3");
    assert_value(txn, tree, "k", "3");
    OK(quire_commit(txn));
    assert_sound(f);
}

static void bad_names_and_options_are_refused(void **state)
{
    struct fixture *f = *state;
    char name[58];
    quire_tree *tree;
    quire_tree_options options;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    memset(name, 'n', 57);
    name[57] = '\0';
    GIVES(QUIRE_INVALID, quire_tree_create(txn, "", NULL, &tree));
    GIVES(QUIRE_INVALID, quire_tree_create(txn, NULL, NULL, &tree));
    GIVES(QUIRE_INVALID, quire_tree_create(txn, name, NULL, &tree));
    name[56] = '\0';
    OK(quire_tree_create(txn, name, NULL, &tree));
    quire_tree_options_init(&options);
    options.slots = 4;
    GIVES(QUIRE_INVALID, quire_tree_options_set(txn, NULL, &options));
    SAYS(f->db, "slot version 4");
    options.slots = 3;
    options.keep = 2;
    GIVES(QUIRE_INVALID, quire_tree_options_set(txn, NULL, &options));
    quire_rollback(txn);
}

static void a_tree_that_is_missing_or_there_already_is_named(void **state)
{
    struct fixture *f = *state;
    quire_txn *txn;
    quire_tree *tree;
    OK(quire_begin(f->db, QUIRE_WRITE, &txn));
    OK(quire_tree_create(txn, "here", NULL, &tree));
    OK(quire_tree_create(txn, "there", NULL, &tree));
    GIVES(QUIRE_NOT_FOUND, quire_tree_open(txn, "missing one", &tree));
    SAYS(f->db, "missing one");
    GIVES(QUIRE_NOT_FOUND, quire_tree_drop(txn, "missing two"));
    SAYS(f->db, "missing two");
    GIVES(QUIRE_NOT_FOUND, quire_tree_rename(txn, "missing three", "other"));
    SAYS(f->db, "missing three");
    GIVES(QUIRE_EXISTS, quire_tree_create(txn, "here", NULL, &tree));
    SAYS(f->db, "here");
    GIVES(QUIRE_EXISTS, quire_tree_rename(txn, "here", "there"));
    SAYS(f->db, "there");
    quire_rollback(txn);
}

static void another_transactions_tree_is_refused(void **state)
{
    struct fixture *f = *state;
    quire_tree *tree;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_tree_create(txn, "t", NULL, &tree));
    OK(quire_commit(txn));
    quire_txn *a = begin(f, QUIRE_READ), *b = begin(f, QUIRE_READ);
    OK(quire_tree_open(a, "t", &tree));
    quire_bytes value;
    GIVES(QUIRE_INVALID, quire_get(b, tree, text("k"), &value));
    quire_rollback(a);
    quire_rollback(b);
}

static void options_change_the_version_of_later_writes(void **state)
{
    struct fixture *f = *state;
    quire_tree_options options;
    quire_tree_stat stat;
    char key[16];
    quire_txn *txn = begin(f, QUIRE_WRITE);
    quire_tree_options_init(&options);
    options.slots = QUIRE_TREE_SLOTS_V1;
    options.records = QUIRE_RECORDS_PREFIX;
    OK(quire_tree_options_set(txn, NULL, &options));
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "%06d", i);
        put(txn, NULL, key, "v");
    }
    OK(quire_tree_stat_get(txn, NULL, &stat));
    assert_int_equal(stat.leaves_by_version[0][0], stat.leaf_pages);
    quire_tree_options_init(&options);
    OK(quire_tree_options_set(txn, NULL, &options));
    uint64_t leaves;
    OK(quire_tree_upgrade(txn, NULL, &leaves));
    assert_int_equal(leaves, stat.leaves_by_version[0][0]);
    OK(quire_tree_stat_get(txn, NULL, &stat));
    assert_int_equal(stat.leaves_by_version[1][2], stat.leaf_pages);
    assert_int_equal(stat.records, 500);
    OK(quire_commit(txn));
    assert_sound(f);
}

static void a_cursor_walks_both_ways_within_bounds(void **state)
{
    struct fixture *f = *state;
    quire_bytes key, value;
    char name[16];
    quire_txn *txn = begin(f, QUIRE_WRITE);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "%04d", 2 * i);
        put(txn, NULL, name, name);
    }
    quire_cursor *cursor;
    OK(quire_cursor_open(txn, NULL, &cursor));
    OK(quire_cursor_bounds(cursor, QUIRE_BOUND_INCLUDED, text("0100"), QUIRE_BOUND_EXCLUDED, text("0200")));
    int i = 50;
    quire_status status = quire_cursor_first(cursor, &key, &value);
    for (; status == QUIRE_OK; status = quire_cursor_next(cursor, &key, &value), i++) {
        snprintf(name, sizeof name, "%04d", 2 * i);
        assert_bytes(key, name);
    }
    assert_int_equal(status, QUIRE_NOT_FOUND);
    assert_int_equal(i, 100);
    for (status = quire_cursor_previous(cursor, &key, NULL); status == QUIRE_OK; i--)
        status = quire_cursor_previous(cursor, &key, NULL);
    assert_int_equal(i, 50);
    OK(quire_cursor_seek(cursor, text("0151"), &key, NULL));
    assert_bytes(key, "0152");
    OK(quire_cursor_seek_back(cursor, text("0151"), &key, NULL));
    assert_bytes(key, "0150");
    OK(quire_cursor_seek(cursor, text("0000"), &key, NULL));
    assert_bytes(key, "0100");
    GIVES(QUIRE_NOT_FOUND, quire_cursor_seek(cursor, text("0200"), &key, NULL));
    GIVES(QUIRE_NOT_FOUND, quire_cursor_seek_back(cursor, text("0099"), &key, NULL));
    quire_cursor_close(cursor);
    quire_rollback(txn);
}

static void a_cursor_edits_as_it_goes(void **state)
{
    struct fixture *f = *state;
    quire_bytes key;
    char name[16];
    quire_txn *txn = begin(f, QUIRE_WRITE);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%04d", i);
        put(txn, NULL, name, "v");
    }
    quire_cursor *cursor;
    OK(quire_cursor_open(txn, NULL, &cursor));
    GIVES(QUIRE_NOT_FOUND, quire_cursor_delete(cursor));
    int i = 0;
    for (quire_status status = quire_cursor_first(cursor, &key, NULL); status == QUIRE_OK; i++) {
        snprintf(name, sizeof name, "%04d", i);
        assert_bytes(key, name);
        if (i % 3 == 0)
            OK(quire_cursor_delete(cursor));
        else
            OK(quire_cursor_replace(cursor, text("a value that is much longer than before")));
        status = quire_cursor_next(cursor, &key, NULL);
    }
    assert_int_equal(i, 1000);
    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%04d", i);
        if (i % 3 == 0)
            assert_missing(txn, NULL, name);
        else
            assert_value(txn, NULL, name, "a value that is much longer than before");
    }
    OK(quire_commit(txn));
    assert_sound(f);
}

static void a_cursor_keeps_its_place_while_the_tree_changes(void **state)
{
    struct fixture *f = *state;
    quire_bytes key;
    char name[16];
    uint64_t deleted;
    uint32_t savepoint;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "%04d", 2 * i);
        put(txn, NULL, name, "v");
    }
    quire_cursor *cursor;
    OK(quire_cursor_open(txn, NULL, &cursor));
    OK(quire_cursor_seek(cursor, text("0500"), &key, NULL));
    OK(quire_savepoint(txn, &savepoint));
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "%04d", 2 * i + 1);
        put(txn, NULL, name, "v");
    }
    OK(quire_cursor_next(cursor, &key, NULL));
    assert_bytes(key, "0501");
    OK(quire_delete_range(txn, NULL, text("0400"), text("0600"), &deleted));
    OK(quire_cursor_next(cursor, &key, NULL));
    assert_bytes(key, "0600");
    OK(quire_rollback_to(txn, savepoint));
    OK(quire_cursor_previous(cursor, &key, NULL));
    assert_bytes(key, "0598");
    quire_cursor_close(cursor);
    quire_rollback(txn);
}

/* The name is there again after the rollback, but it is another tree's. */
static void a_handle_does_not_pass_to_another_tree_of_its_name(void **state)
{
    struct fixture *f = *state;
    quire_tree *first, *second;
    quire_bytes value;
    uint32_t savepoint;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_tree_create(txn, "name", NULL, &first));
    put(txn, first, "k", "first");
    OK(quire_savepoint(txn, &savepoint));
    OK(quire_tree_drop(txn, "name"));
    OK(quire_tree_create(txn, "name", NULL, &second));
    put(txn, second, "k", "second");
    OK(quire_rollback_to(txn, savepoint));
    GIVES(QUIRE_INVALID, quire_get(txn, second, text("k"), &value));
    OK(quire_tree_open(txn, "name", &first));
    assert_value(txn, first, "k", "first");
    quire_rollback(txn);
}

static void options_reach_an_open_blob(void **state)
{
    struct fixture *f = *state;
    quire_tree_options options;
    quire_tree_stat stat;
    quire_blob *blob;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "k", "value");
    OK(quire_blob_open(txn, NULL, text("k"), &blob));
    quire_tree_options_init(&options);
    options.slots = QUIRE_TREE_SLOTS_V2;
    OK(quire_tree_options_set(txn, NULL, &options));
    OK(quire_blob_write(blob, 0, "V", 1));
    OK(quire_tree_stat_get(txn, NULL, &stat));
    assert_int_equal(stat.leaves_by_version[1][1], 1);
    quire_blob_close(blob);
    quire_rollback(txn);
}

/* Whatever else the handle is asked for after a rename is asked of the tree under its newer name. */
static void a_handle_knows_the_newer_name_of_its_tree(void **state)
{
    struct fixture *f = *state;
    quire_tree *tree, *other;
    quire_tree_options options;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_tree_create(txn, "old", NULL, &tree));
    OK(quire_tree_rename(txn, "old", "new"));
    OK(quire_tree_create(txn, "old", NULL, &other));
    OK(quire_tree_options_get(txn, tree, &options));
    options.keep = 1;
    OK(quire_tree_options_set(txn, tree, &options));
    OK(quire_commit(txn));
    txn = begin(f, QUIRE_READ);
    OK(quire_tree_open(txn, "new", &tree));
    OK(quire_tree_options_get(txn, tree, &options));
    assert_int_equal(options.keep, 1);
    OK(quire_tree_open(txn, "old", &tree));
    OK(quire_tree_options_get(txn, tree, &options));
    assert_int_equal(options.keep, 0);
    quire_rollback(txn);
}

static void options_that_are_set_hold_for_open_cursors(void **state)
{
    struct fixture *f = *state;
    quire_tree_options options;
    quire_tree_stat stat;
    quire_cursor *cursor;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "k", "value");
    OK(quire_cursor_open(txn, NULL, &cursor));
    OK(quire_cursor_next(cursor, NULL, NULL));
    quire_tree_options_init(&options);
    options.slots = QUIRE_TREE_SLOTS_V2;
    OK(quire_tree_options_set(txn, NULL, &options));
    OK(quire_cursor_replace(cursor, text("other")));
    OK(quire_tree_stat_get(txn, NULL, &stat));
    assert_int_equal(stat.leaves_by_version[1][1], 1);
    quire_rollback(txn);
}

static void the_blobs_of_a_dropped_tree_have_ended(void **state)
{
    struct fixture *f = *state;
    quire_tree *tree;
    quire_blob *blob, *other;
    uint8_t byte;
    size_t got;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_tree_create(txn, "t", NULL, &tree));
    OK(quire_blob_create(txn, tree, text("k"), 1000, &blob));
    OK(quire_blob_create(txn, NULL, text("k"), 1000, &other));
    OK(quire_tree_drop(txn, "t"));
    GIVES(QUIRE_INVALID, quire_blob_read(blob, 0, &byte, 1, &got));
    SAYS(f->db, "the blob has ended");
    OK(quire_blob_read(other, 0, &byte, 1, &got));
    quire_rollback(txn);
}

/* A prefix, and what a seek is given, may be as long as the longest key, and longer. */
static void a_cursor_takes_bytes_of_any_length(void **state)
{
    struct fixture *f = *state;
    quire_cursor *cursor;
    quire_bytes key;
    uint8_t longest[200];
    size_t most = quire_key_max(f->db);
    memset(longest, 'k', sizeof longest);
    quire_bytes last = {longest, most}, beyond = {longest, sizeof longest};
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "a", "1");
    OK(quire_put(txn, NULL, last, text("2"), 0));
    put(txn, NULL, "z", "3");
    OK(quire_cursor_open(txn, NULL, &cursor));
    OK(quire_cursor_prefix(cursor, last));
    OK(quire_cursor_first(cursor, &key, NULL));
    assert_int_equal(key.size, most);
    GIVES(QUIRE_NOT_FOUND, quire_cursor_next(cursor, &key, NULL));
    OK(quire_cursor_prefix(cursor, beyond));
    GIVES(QUIRE_NOT_FOUND, quire_cursor_first(cursor, &key, NULL));
    OK(quire_cursor_prefix(cursor, text("")));
    OK(quire_cursor_seek(cursor, last, &key, NULL));
    assert_int_equal(key.size, most);
    OK(quire_cursor_seek(cursor, beyond, &key, NULL));
    assert_bytes(key, "z");
    OK(quire_cursor_seek_back(cursor, beyond, &key, NULL));
    assert_int_equal(key.size, most);
    quire_rollback(txn);
}

/* Each allocation is refused in its turn, the one of the handle too: then there is no tree. */
static void a_tree_that_could_not_be_handed_out_is_not_made(void **state)
{
    struct fixture *f = *state;
    struct counted_memory memory;
    counted_memory_init(&memory);
    OK(quire_close(f->db));
    f->db = NULL;
    f->options.memory = &memory.hooks;
    fixture_reopen(f);
    size_t refusals = 0;
    quire_status status = QUIRE_NO_MEMORY;
    for (size_t allocation = 1; status == QUIRE_NO_MEMORY; allocation++) {
        quire_tree *tree = NULL;
        quire_txn *txn = begin(f, QUIRE_WRITE);
        put(txn, NULL, "k", "there is a root by now");
        memory.refuse_after = allocation;
        status = quire_tree_create(txn, "t", NULL, &tree);
        memory.refuse_after = 0;
        if (status == QUIRE_NO_MEMORY) {
            refusals++;
            quire_status after = quire_tree_open(txn, "t", &tree);
            assert_true(after == QUIRE_NOT_FOUND || after == QUIRE_DOOMED);
        }
        quire_rollback(txn);
    }
    OK(status);
    assert_true(refusals > 1);
    OK(quire_close(f->db));
    f->db = NULL;
    assert_int_equal(memory.in_use, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(trees_are_made_listed_renamed_and_dropped),
        API_TEST(a_tree_that_could_not_be_handed_out_is_not_made),
        API_TEST(a_dropped_tree_handle_has_ended),
        API_TEST(a_handle_knows_the_newer_name_of_its_tree),
        API_TEST(options_that_are_set_hold_for_open_cursors),
        API_TEST(the_blobs_of_a_dropped_tree_have_ended),
        API_TEST(a_cursor_takes_bytes_of_any_length),
        API_TEST(what_ended_with_a_savepoint_is_not_the_next_trees),
        API_TEST(a_tree_made_after_a_savepoint_goes_with_it),
        API_TEST(a_handle_outlives_a_rename_that_is_rolled_back),
        API_TEST(bad_names_and_options_are_refused),
        API_TEST(a_tree_that_is_missing_or_there_already_is_named),
        API_TEST(another_transactions_tree_is_refused),
        API_TEST(options_change_the_version_of_later_writes),
        API_TEST(options_reach_an_open_blob),
        API_TEST(a_handle_does_not_pass_to_another_tree_of_its_name),
        API_TEST(a_cursor_walks_both_ways_within_bounds),
        API_TEST(a_cursor_edits_as_it_goes),
        API_TEST(a_cursor_keeps_its_place_while_the_tree_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
