/*
 * The findings about pager, log and recovery of the engine that the plans for
 * quire were made for, each as a test that quire does not have the fault.
 * Those about trees stand in tree_findings_test.c.
 */
#include "../support/api_fixture.h"
#include "../support/fault_vfs.h"

struct world {
    struct fault_disk *disk;
    quire_options options;
    quire_db *db;
};

static int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->disk = fault_disk_new(3);
    quire_options_init(&w->options);
    w->options.vfs = fault_disk_vfs(w->disk);
    w->options.page_size = 512;
    OK(quire_open("db", &w->options, &w->db));
    *state = w;
    return 0;
}

static int world_teardown(void **state)
{
    struct world *w = *state;
    if (w->db)
        OK(quire_close(w->db));
    fault_disk_free(w->disk);
    free(w);
    return 0;
}

static void put_range(struct world *w, int from, int to, const char *value)
{
    char key[16];
    quire_txn *txn;
    OK(quire_begin(w->db, QUIRE_WRITE, &txn));
    for (int i = from; i < to; i++) {
        snprintf(key, sizeof key, "%05d", i);
        put(txn, NULL, key, value);
    }
    OK(quire_commit(txn));
}

static void assert_range(struct world *w, int from, int to, const char *value)
{
    char key[16];
    quire_txn *txn;
    OK(quire_begin(w->db, QUIRE_READ, &txn));
    for (int i = from; i < to; i++) {
        snprintf(key, sizeof key, "%05d", i);
        if (value != NULL)
            assert_value(txn, NULL, key, value);
        else
            assert_missing(txn, NULL, key);
    }
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    quire_rollback(txn);
}

/* The bytes of both files as they are now, put back once the handle is closed: a crash that lost nothing. */
static void crash(struct world *w, void (*damage)(uint8_t *log, size_t size))
{
    size_t sizes[2];
    const char *const names[2] = {"db", "db-log"};
    uint8_t *kept[2];
    for (int i = 0; i < 2; i++) {
        const uint8_t *now = fault_disk_bytes(w->disk, names[i], &sizes[i]);
        kept[i] = malloc(sizes[i] + 1);
        assert_non_null(kept[i]);
        memcpy(kept[i], now, sizes[i]);
    }
    OK(quire_close(w->db));
    if (damage)
        damage(kept[1], sizes[1]);
    for (int i = 0; i < 2; i++) {
        fault_disk_put(w->disk, names[i], kept[i], sizes[i]);
        free(kept[i]);
    }
    w->db = NULL;
}

/* Everything from the middle of the log's last records on is torn off, the commit record with it. */
static void tear(uint8_t *log, size_t size)
{
    while (size > 0 && log[size - 1] == 0)
        size--;
    memset(log + size - 400, 0, 400);
}

static void finding_15_a_torn_commit_replays_no_part_of_its_transaction(void **state)
{
    struct world *w = *state;
    put_range(w, 0, 20, "before");
    put_range(w, 0, 200, "torn");
    crash(w, tear);
    OK(quire_open("db", &w->options, &w->db));
    assert_range(w, 0, 20, "before");
    assert_range(w, 20, 200, NULL);
}

static void finding_16_a_page_taken_before_a_crash_is_not_handed_out_again(void **state)
{
    struct world *w = *state;
    uint64_t deleted;
    quire_txn *txn;
    put_range(w, 0, 1000, "first");
    OK(quire_begin(w->db, QUIRE_WRITE, &txn));
    OK(quire_delete_range(txn, NULL, text("00100"), text("00900"), &deleted));
    OK(quire_commit(txn));
    put_range(w, 2000, 2400, "in pages that were free");
    crash(w, NULL);
    OK(quire_open("db", &w->options, &w->db));
    put_range(w, 3000, 3400, "after the crash");
    assert_range(w, 0, 100, "first");
    assert_range(w, 2000, 2400, "in pages that were free");
    assert_range(w, 3000, 3400, "after the crash");
}

static void damage_meta(struct world *w, size_t pgno)
{
    size_t size;
    uint8_t *bytes = fault_disk_bytes(w->disk, "db", &size);
    memset(bytes + 512 * pgno, 0xee, 512);
}

static void finding_17_either_meta_page_alone_is_enough(void **state)
{
    struct world *w = *state;
    put_range(w, 0, 100, "kept");
    for (size_t pgno = 0; pgno < 2; pgno++) {
        OK(quire_close(w->db));
        w->db = NULL;
        damage_meta(w, pgno);
        OK(quire_open("db", &w->options, &w->db));
        assert_range(w, 0, 100, "kept");
        put_range(w, 100, 101, "and it is written anew at the next checkpoint");
    }
}

static void finding_17_a_damaged_meta_page_with_a_whole_log_loses_nothing(void **state)
{
    struct world *w = *state;
    put_range(w, 0, 100, "kept");
    crash(w, NULL);
    damage_meta(w, 0);
    OK(quire_open("db", &w->options, &w->db));
    assert_range(w, 0, 100, "kept");
}

static void finding_18_create_leaves_an_existing_database_alone(void **state)
{
    struct world *w = *state;
    quire_db *second;
    put_range(w, 0, 100, "kept");
    OK(quire_close(w->db));
    w->db = NULL;
    w->options.flags = QUIRE_OPEN_CREATE | QUIRE_OPEN_EXCLUSIVE;
    GIVES(QUIRE_EXISTS, quire_open("db", &w->options, &second));
    assert_null(second);
    w->options.flags = QUIRE_OPEN_CREATE;
    w->options.page_size = 4096; /* of new files only */
    OK(quire_open("db", &w->options, &w->db));
    assert_range(w, 0, 100, "kept");
}

static void finding_19_a_transaction_larger_than_the_cache_leaves_the_file_alone(void **state)
{
    struct world *w = *state;
    size_t size;
    put_range(w, 0, 100, "committed");
    OK(quire_close(w->db));
    w->options.cache_bytes = 8 * 512;
    OK(quire_open("db", &w->options, &w->db));
    const uint8_t *now = fault_disk_bytes(w->disk, "db", &size);
    uint8_t *before = malloc(size);
    assert_non_null(before);
    memcpy(before, now, size);
    size_t size_before = size;
    char key[16];
    quire_txn *txn;
    OK(quire_begin(w->db, QUIRE_WRITE, &txn));
    for (int i = 0; i < 4000; i++) {
        snprintf(key, sizeof key, "%05d", i * 7 % 4000);
        put(txn, NULL, key, "not committed");
    }
    now = fault_disk_bytes(w->disk, "db", &size);
    assert_int_equal(size, size_before);
    assert_memory_equal(now, before, size);
    free(before);
    for (int i = 0; i < 4000; i++) {
        snprintf(key, sizeof key, "%05d", i);
        assert_value(txn, NULL, key, "not committed");
    }
    quire_rollback(txn);
    assert_range(w, 0, 100, "committed");
    assert_range(w, 100, 4000, NULL);
}

static void finding_20_a_long_reader_blocks_no_checkpoint(void **state)
{
    struct world *w = *state;
    quire_txn *reader;
    quire_db_stat before, after;
    put_range(w, 0, 300, "old");
    OK(quire_begin(w->db, QUIRE_READ, &reader));
    OK(quire_db_stat_get(w->db, &before));
    put_range(w, 0, 300, "new");
    OK(quire_checkpoint(w->db));
    OK(quire_db_stat_get(w->db, &after));
    assert_true(after.log_generation > before.log_generation);
    assert_value(reader, NULL, "00123", "old");
    quire_rollback(reader);
    assert_range(w, 0, 300, "new");
}

static void finding_20_free_pages_and_the_cut_of_the_file_survive_crashes_anywhere(void **state)
{
    struct world *w = *state;
    for (int round = 0; round < 6; round++) {
        uint64_t deleted;
        quire_txn *txn;
        put_range(w, 0, 600, "filled");
        OK(quire_begin(w->db, QUIRE_WRITE, &txn));
        OK(quire_delete_range(txn, NULL, text("00010"), (quire_bytes){NULL, 0}, &deleted));
        OK(quire_commit(txn));
        if (round % 2 == 0)
            OK(quire_checkpoint(w->db));
        if (round % 3 == 0) {
            crash(w, NULL);
            OK(quire_open("db", &w->options, &w->db));
        }
        assert_range(w, 0, 10, "filled");
        assert_range(w, 10, 600, NULL);
    }
}

static void finding_22_keys_order_by_their_bytes_and_not_by_their_length(void **state)
{
    struct world *w = *state;
    const char *const sorted[] = {"a", "aa", "ab", "b", "ba", "c"};
    quire_txn *txn;
    quire_cursor *cursor;
    quire_bytes key;
    OK(quire_begin(w->db, QUIRE_WRITE, &txn));
    for (int i = 5; i >= 0; i--)
        put(txn, NULL, sorted[i], "");
    OK(quire_cursor_open(txn, NULL, &cursor));
    OK(quire_cursor_first(cursor, &key, NULL));
    for (int i = 0; i < 6; i++) {
        assert_bytes(key, sorted[i]);
        GIVES(i < 5 ? QUIRE_OK : QUIRE_NOT_FOUND, quire_cursor_next(cursor, &key, NULL));
    }
    quire_rollback(txn);
}

#define FINDING(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FINDING(finding_15_a_torn_commit_replays_no_part_of_its_transaction),
        FINDING(finding_16_a_page_taken_before_a_crash_is_not_handed_out_again),
        FINDING(finding_17_either_meta_page_alone_is_enough),
        FINDING(finding_17_a_damaged_meta_page_with_a_whole_log_loses_nothing),
        FINDING(finding_18_create_leaves_an_existing_database_alone),
        FINDING(finding_19_a_transaction_larger_than_the_cache_leaves_the_file_alone),
        FINDING(finding_20_a_long_reader_blocks_no_checkpoint),
        FINDING(finding_20_free_pages_and_the_cut_of_the_file_survive_crashes_anywhere),
        FINDING(finding_22_keys_order_by_their_bytes_and_not_by_their_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
