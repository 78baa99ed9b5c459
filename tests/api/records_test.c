/* Records: puts, gets, deletes, sorted runs and ranges, and what is wrong with arguments. */
#include "../support/api_fixture.h"
#include "../support/counted_memory.h"

static void insert_only_refuses_a_key_that_exists(void **state)
{
    struct fixture *f = *state;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_put(txn, NULL, text("a"), text("1"), QUIRE_PUT_INSERT_ONLY));
    GIVES(QUIRE_EXISTS, quire_put(txn, NULL, text("a"), text("2"), QUIRE_PUT_INSERT_ONLY));
    assert_value(txn, NULL, "a", "1");
    quire_rollback(txn);
}

static void an_empty_value_is_a_value(void **state)
{
    struct fixture *f = *state;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_put(txn, NULL, text("a"), (quire_bytes){NULL, 0}, 0));
    assert_value(txn, NULL, "a", "");
    quire_rollback(txn);
}

static void bad_keys_are_named(void **state)
{
    struct fixture *f = *state;
    uint8_t key[60] = {1};
    quire_txn *txn = begin(f, QUIRE_WRITE);
    assert_int_equal(quire_key_max(f->db), 512 / 8 - 8);
    GIVES(QUIRE_INVALID, quire_put(txn, NULL, (quire_bytes){key, 0}, text("v"), 0));
    SAYS(f->db, "empty");
    GIVES(QUIRE_INVALID, quire_put(txn, NULL, (quire_bytes){key, 57}, text("v"), 0));
    SAYS(f->db, "57");
    SAYS(f->db, "56");
    OK(quire_put(txn, NULL, (quire_bytes){key, 56}, text("v"), 0));
    GIVES(QUIRE_INVALID, quire_put(txn, NULL, text("k"), (quire_bytes){key, (size_t)1 << 31}, 0));
    GIVES(QUIRE_INVALID, quire_put(txn, NULL, text("k"), text("v"), 64));
    quire_rollback(txn);
}

static void a_failed_call_leaves_no_result(void **state)
{
    struct fixture *f = *state;
    quire_bytes value = text("before");
    quire_txn *txn = begin(f, QUIRE_READ);
    GIVES(QUIRE_NOT_FOUND, quire_get(txn, NULL, text("a"), &value));
    assert_null(value.data);
    assert_int_equal(value.size, 0);
    quire_rollback(txn);
}

static void put_many_takes_sorted_runs_and_the_last_of_equal_keys(void **state)
{
    struct fixture *f = *state;
    quire_pair pairs[] = {
        {text("a"), text("1")}, {text("b"), text("2")}, {text("b"), text("3")}, {text("c"), text("4")}};
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_put_many(txn, NULL, pairs, 4, NULL));
    assert_value(txn, NULL, "a", "1");
    assert_value(txn, NULL, "b", "3");
    assert_value(txn, NULL, "c", "4");
    OK(quire_put_many(txn, NULL, NULL, 0, NULL));
    OK(quire_commit(txn));
    assert_sound(f);
}

static void put_many_refuses_an_unsorted_run_whole(void **state)
{
    struct fixture *f = *state;
    quire_pair pairs[] = {{text("a"), text("1")}, {text("c"), text("2")}, {text("b"), text("3")}};
    size_t bad = 99;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    GIVES(QUIRE_INVALID, quire_put_many(txn, NULL, pairs, 3, &bad));
    assert_int_equal(bad, 2);
    SAYS(f->db, "pair 2");
    assert_missing(txn, NULL, "a");
    pairs[2].key.size = 0;
    GIVES(QUIRE_INVALID, quire_put_many(txn, NULL, pairs, 3, &bad));
    assert_int_equal(bad, 2);
    quire_rollback(txn);
}

static void a_long_sorted_run_fills_many_leaves(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 3000 };
    static char keys[COUNT][12];
    static quire_pair pairs[COUNT];
    for (int i = 0; i < COUNT; i++) {
        snprintf(keys[i], sizeof keys[i], "%08d", i);
        pairs[i] = (quire_pair){text(keys[i]), text(keys[i])};
    }
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_put_many(txn, NULL, pairs, COUNT, NULL));
    for (int i = 0; i < COUNT; i++)
        assert_value(txn, NULL, keys[i], keys[i]);
    quire_tree_stat stat;
    OK(quire_tree_stat_get(txn, NULL, &stat));
    assert_int_equal(stat.records, COUNT);
    uint64_t live = stat.leaf_live_bytes - stat.last_leaf_live_bytes;
    uint64_t usable = stat.leaf_usable_bytes - stat.last_leaf_usable_bytes;
    assert_true(100 * live >= 90 * usable);
    OK(quire_commit(txn));
    assert_sound(f);
}

static void ranges_are_deleted_and_counted(void **state)
{
    struct fixture *f = *state;
    char key[16];
    quire_txn *txn = begin(f, QUIRE_WRITE);
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "%04d", i);
        put(txn, NULL, key, "v");
    }
    uint64_t deleted;
    OK(quire_delete_range(txn, NULL, text("0100"), text("0900"), &deleted));
    assert_int_equal(deleted, 800);
    assert_value(txn, NULL, "0099", "v");
    assert_missing(txn, NULL, "0100");
    assert_missing(txn, NULL, "0899");
    assert_value(txn, NULL, "0900", "v");
    OK(quire_delete_range(txn, NULL, text("0950"), (quire_bytes){NULL, 0}, &deleted));
    assert_int_equal(deleted, 50);
    OK(quire_delete_range(txn, NULL, text("5"), text("4"), &deleted));
    assert_int_equal(deleted, 0);
    OK(quire_delete_prefix(txn, NULL, text("00"), &deleted));
    assert_int_equal(deleted, 100);
    OK(quire_commit(txn));
    assert_sound(f);
}

static void a_prefix_of_all_ones_has_no_upper_bound(void **state)
{
    struct fixture *f = *state;
    uint64_t deleted;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "\xff\xfe", "stays");
    put(txn, NULL, "\xff\xff", "goes");
    put(txn, NULL, "\xff\xff\xff", "goes");
    OK(quire_delete_prefix(txn, NULL, text("\xff\xff"), &deleted));
    assert_int_equal(deleted, 2);
    assert_value(txn, NULL, "\xff\xfe", "stays");
    OK(quire_delete_prefix(txn, NULL, (quire_bytes){NULL, 0}, &deleted));
    assert_int_equal(deleted, 1);
    quire_rollback(txn);
}

static void long_values_go_and_come_whole(void **state)
{
    struct fixture *f = *state;
    static uint8_t bytes[100000];
    const size_t sizes[] = {63, 64, 65, 448, 449, 896, 897, 100000};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 251);
    quire_txn *txn = begin(f, QUIRE_WRITE);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        quire_bytes value;
        OK(quire_put(txn, NULL, text("k"), (quire_bytes){bytes, sizes[i]}, 0));
        OK(quire_get(txn, NULL, text("k"), &value));
        assert_int_equal(value.size, sizes[i]);
        assert_memory_equal(value.data, bytes, value.size);
    }
    OK(quire_put(txn, NULL, text("k"), text("short again"), 0));
    OK(quire_commit(txn));
    assert_sound(f); /* and no page of the chains is lost */
}

static void blobs_read_write_and_resize_in_parts(void **state)
{
    struct fixture *f = *state;
    static uint8_t model[10000], found[10000];
    const uint64_t sizes[] = {3000, 9000, 40, 10000, 64, 65, 0, 5000};
    quire_txn *txn = begin(f, QUIRE_WRITE);
    quire_blob *blob;
    size_t got;
    OK(quire_blob_create(txn, NULL, text("blob"), 0, &blob));
    size_t size = 0;
    for (size_t round = 0; round < sizeof sizes / sizeof sizes[0]; round++) {
        OK(quire_blob_resize(blob, sizes[round]));
        assert_int_equal(quire_blob_size(blob), sizes[round]);
        if (sizes[round] > size)
            memset(model + size, 0, sizes[round] - size);
        size = sizes[round];
        for (size_t at = 0; at + 30 <= size; at += 777) {
            memset(model + at, (int)(round + at), 30);
            OK(quire_blob_write(blob, at, model + at, 30));
        }
        OK(quire_blob_read(blob, 0, found, sizeof found, &got));
        assert_int_equal(got, size);
        assert_memory_equal(found, model, size);
        if (size > 1000) {
            OK(quire_blob_read(blob, 900, found, 50, &got));
            assert_int_equal(got, 50);
            assert_memory_equal(found, model + 900, 50);
        }
        OK(quire_blob_read(blob, size, found, 5, &got));
        assert_int_equal(got, 0);
        GIVES(QUIRE_INVALID, quire_blob_write(blob, size, "x", 1));
    }
    quire_blob_close(blob);
    OK(quire_commit(txn));
    assert_sound(f);
}

static void a_blob_whose_key_is_written_by_other_means_ends(void **state)
{
    struct fixture *f = *state;
    quire_blob *blob, *other;
    size_t got;
    char byte;
    uint64_t deleted;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_blob_create(txn, NULL, text("a"), 1000, &blob));
    OK(quire_blob_create(txn, NULL, text("b"), 1000, &other));
    put(txn, NULL, "a", "x");
    GIVES(QUIRE_INVALID, quire_blob_read(blob, 0, &byte, 1, &got));
    SAYS(f->db, "by other means");
    OK(quire_blob_read(other, 0, &byte, 1, &got));
    quire_tree *tree;
    OK(quire_tree_create(txn, "elsewhere", NULL, &tree));
    OK(quire_delete_range(txn, tree, text("a"), text("c"), &deleted));
    OK(quire_blob_read(other, 0, &byte, 1, &got)); /* the range was another tree's */
    OK(quire_delete_range(txn, NULL, text("a"), text("c"), &deleted));
    GIVES(QUIRE_INVALID, quire_blob_read(other, 0, &byte, 1, &got));
    quire_rollback(txn);
}

static void bytes_without_an_address_are_refused(void **state)
{
    struct fixture *f = *state;
    quire_cursor *cursor;
    quire_bytes none = {NULL, 3}, empty = {NULL, 0};
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "a", "1");
    GIVES(QUIRE_INVALID, quire_delete_range(txn, NULL, none, empty, NULL));
    GIVES(QUIRE_INVALID, quire_delete_range(txn, NULL, empty, none, NULL));
    GIVES(QUIRE_INVALID, quire_delete_prefix(txn, NULL, none, NULL));
    SAYS(f->db, "no address");
    OK(quire_cursor_open(txn, NULL, &cursor));
    GIVES(QUIRE_INVALID, quire_cursor_prefix(cursor, none));
    GIVES(QUIRE_INVALID, quire_cursor_seek(cursor, none, NULL, NULL));
    GIVES(QUIRE_INVALID, quire_cursor_seek_back(cursor, none, NULL, NULL));
    assert_value(txn, NULL, "a", "1");
    quire_rollback(txn);
}

static void a_run_of_puts_ends_the_blobs_of_its_keys(void **state)
{
    struct fixture *f = *state;
    quire_blob *blob, *other;
    size_t got;
    char byte;
    quire_pair pairs[] = {{text("a"), text("1")}, {text("b"), text("2")}};
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_blob_create(txn, NULL, text("b"), 1000, &blob));
    OK(quire_blob_create(txn, NULL, text("c"), 1000, &other));
    OK(quire_put_many(txn, NULL, pairs, 2, NULL));
    GIVES(QUIRE_INVALID, quire_blob_read(blob, 0, &byte, 1, &got));
    OK(quire_blob_read(other, 0, &byte, 1, &got));
    quire_rollback(txn);
}

/* A resize makes a chain longer or shorter behind the place where the last part was. */
static void a_blob_is_read_on_after_it_was_resized(void **state)
{
    struct fixture *f = *state;
    quire_blob *blob;
    size_t got;
    char bytes[10];
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_blob_create(txn, NULL, text("b"), 5000, &blob));
    OK(quire_blob_write(blob, 4990, "0123456789", 10));
    OK(quire_blob_resize(blob, 600));
    OK(quire_blob_resize(blob, 5000));
    OK(quire_blob_read(blob, 4990, bytes, 10, &got));
    assert_int_equal(got, 10);
    assert_memory_equal(bytes, "\0\0\0\0\0\0\0\0\0\0", 10);
    OK(quire_commit(txn));
    assert_sound(f);
}

static void a_blob_at_the_end_of_a_range_that_is_deleted_goes_on(void **state)
{
    struct fixture *f = *state;
    quire_blob *first, *last;
    uint8_t byte;
    size_t got;
    uint64_t deleted;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_blob_create(txn, NULL, text("a"), 1000, &first));
    OK(quire_blob_create(txn, NULL, text("m"), 1000, &last));
    OK(quire_delete_range(txn, NULL, text("a"), text("m"), &deleted));
    assert_int_equal(deleted, 1);
    GIVES(QUIRE_INVALID, quire_blob_read(first, 0, &byte, 1, &got));
    OK(quire_blob_read(last, 0, &byte, 1, &got));
    quire_rollback(txn);
}

static void the_first_pair_of_a_run_ends_its_blob(void **state)
{
    struct fixture *f = *state;
    quire_blob *blob;
    uint8_t byte;
    size_t got;
    const quire_pair pairs[] = {{text("b"), text("1")}, {text("c"), text("2")}};
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_blob_create(txn, NULL, text("b"), 1000, &blob));
    OK(quire_put_many(txn, NULL, pairs, 2, NULL));
    GIVES(QUIRE_INVALID, quire_blob_read(blob, 0, &byte, 1, &got));
    quire_rollback(txn);
}

/* Each allocation is refused in its turn, the one of the handle too: then the value is what it was. */
static void a_blob_that_could_not_be_handed_out_is_not_made(void **state)
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
        quire_blob *blob;
        quire_bytes value;
        quire_txn *txn = begin(f, QUIRE_WRITE);
        put(txn, NULL, "b", "before");
        memory.refuse_after = allocation;
        status = quire_blob_create(txn, NULL, text("b"), 1000, &blob);
        memory.refuse_after = 0;
        if (status == QUIRE_NO_MEMORY) {
            refusals++;
            quire_status after = quire_get(txn, NULL, text("b"), &value);
            assert_true(after == QUIRE_DOOMED || (after == QUIRE_OK && value.size == 6));
        }
        quire_rollback(txn);
    }
    OK(status);
    assert_true(refusals > 0);
    OK(quire_close(f->db));
    f->db = NULL;
    assert_int_equal(memory.in_use, 0);
}

/* Each allocation of a resize is refused in its turn, until none is. */
static void a_blob_that_could_not_be_resized_has_its_size(void **state)
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
        quire_blob *blob;
        uint8_t byte;
        size_t got;
        quire_txn *txn = begin(f, QUIRE_WRITE);
        OK(quire_blob_create(txn, NULL, text("b"), 10, &blob));
        memory.refuse_after = allocation;
        status = quire_blob_resize(blob, 200000);
        memory.refuse_after = 0;
        if (status == QUIRE_NO_MEMORY) {
            refusals++;
            assert_int_equal(quire_blob_size(blob), 10);
            quire_status after = quire_blob_read(blob, 10, &byte, 1, &got);
            assert_true(after == QUIRE_DOOMED || (after == QUIRE_OK && got == 0));
        } else {
            assert_int_equal(quire_blob_size(blob), 200000);
        }
        quire_rollback(txn);
    }
    OK(status);
    assert_true(refusals > 0);
    OK(quire_close(f->db));
    f->db = NULL;
    assert_int_equal(memory.in_use, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(insert_only_refuses_a_key_that_exists),
        API_TEST(an_empty_value_is_a_value),
        API_TEST(bad_keys_are_named),
        API_TEST(bytes_without_an_address_are_refused),
        API_TEST(a_failed_call_leaves_no_result),
        API_TEST(put_many_takes_sorted_runs_and_the_last_of_equal_keys),
        API_TEST(put_many_refuses_an_unsorted_run_whole),
        API_TEST(a_long_sorted_run_fills_many_leaves),
        API_TEST(ranges_are_deleted_and_counted),
        API_TEST(a_prefix_of_all_ones_has_no_upper_bound),
        API_TEST(long_values_go_and_come_whole),
        API_TEST(blobs_read_write_and_resize_in_parts),
        API_TEST(a_blob_whose_key_is_written_by_other_means_ends),
        API_TEST(a_run_of_puts_ends_the_blobs_of_its_keys),
        API_TEST(a_blob_is_read_on_after_it_was_resized),
        API_TEST(a_blob_at_the_end_of_a_range_that_is_deleted_goes_on),
        API_TEST(the_first_pair_of_a_run_ends_its_blob),
        API_TEST(a_blob_that_could_not_be_handed_out_is_not_made),
        API_TEST(a_blob_that_could_not_be_resized_has_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
