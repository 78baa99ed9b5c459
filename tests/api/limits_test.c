/* What a database takes at most: memory, the log beside it, and the file after records that came in any order. */
#include "../support/api_fixture.h"
#include "../support/counted_memory.h"
#include "../support/random.h"

enum { PAGE = 4096, CACHE = 16 << 20, PINNED = 8 << 20, LOG = 4 << 20, RECORDS = 120000, A_COMMIT = 500 };

struct limits {
    struct counted_memory memory;
    quire_vfs *vfs;
    quire_options options;
    quire_db *db;
    struct random random;
};

static void limits_open(struct limits *limits)
{
    *limits = (struct limits){.random = {3}};
    counted_memory_init(&limits->memory);
    OK(quire_vfs_memory_new(1, &limits->vfs));
    quire_options_init(&limits->options);
    limits->options.vfs = limits->vfs;
    limits->options.memory = &limits->memory.hooks;
    limits->options.page_size = PAGE;
    limits->options.cache_bytes = CACHE;
    limits->options.pinned_bytes = PINNED;
    limits->options.log_bytes = LOG;
    OK(quire_open("limits", &limits->options, &limits->db));
}

static void limits_close(struct limits *limits)
{
    OK(quire_close(limits->db));
    assert_int_equal(limits->memory.in_use, 0);
    quire_vfs_memory_free(limits->vfs);
}

/* A record of some 200 bytes under a number of 8 bytes, the high ones first. */
static void put_number(quire_txn *txn, uint64_t number)
{
    static const uint8_t value[200];
    uint8_t key[8];
    for (unsigned i = 0; i < 8; i++)
        key[i] = (uint8_t)(number >> (56 - 8 * i));
    OK(quire_put(txn, NULL, (quire_bytes){key, sizeof key}, (quire_bytes){value, sizeof value}, 0));
}

/* Numbers that differ, in an order as good as chance: an odd multiplier permutes them. */
static uint64_t shuffled(uint64_t i)
{
    return (i * UINT64_C(0x9e3779b97f4a7c15)) >> 8;
}

static void commit_records(struct limits *limits, uint64_t from, uint64_t count, int is_shuffled)
{
    quire_txn *txn;
    OK(quire_begin(limits->db, QUIRE_WRITE, &txn));
    for (uint64_t i = from; i < from + count; i++)
        put_number(txn, is_shuffled ? shuffled(i) : i);
    OK(quire_commit(txn));
}

static uint64_t log_bytes(struct limits *limits)
{
    quire_db_stat stat;
    OK(quire_db_stat_get(limits->db, &stat));
    return stat.log_bytes;
}

/* Readers come, stay for a while, and are lost when they pin too much. */
static void exchange_reader(struct limits *limits, quire_txn **reader)
{
    quire_cursor *cursor;
    quire_rollback(*reader);
    OK(quire_begin(limits->db, QUIRE_READ, reader));
    OK(quire_cursor_open(*reader, NULL, &cursor));
    quire_status status = quire_cursor_first(cursor, NULL, NULL);
    for (size_t i = random_below(&limits->random, 1000); i > 0 && status == QUIRE_OK; i--)
        status = quire_cursor_next(cursor, NULL, NULL);
    quire_cursor_close(cursor);
}

static void memory_keeps_to_cache_and_pinned_versions_and_a_tenth(void **state)
{
    (void)state;
    struct limits limits;
    quire_txn *readers[3] = {NULL};
    limits_open(&limits);
    for (uint64_t i = 0; i < RECORDS; i += A_COMMIT) {
        if (i % (20 * A_COMMIT) == 0)
            exchange_reader(&limits, &readers[random_below(&limits.random, 3)]);
        commit_records(&limits, i, A_COMMIT, 1);
    }
    for (size_t i = 0; i < 3; i++)
        quire_rollback(readers[i]);
    print_message("# at most %zu bytes of a budget of %d\n", limits.memory.most, CACHE + PINNED);
    assert_in_range(limits.memory.most, CACHE, (CACHE + PINNED) / 10 * 11);
    limits_close(&limits);
}

static void the_log_is_bounded_under_a_long_reader(void **state)
{
    (void)state;
    struct limits limits;
    quire_txn *reader;
    uint64_t most = 0, written = 0;
    limits_open(&limits);
    commit_records(&limits, 0, A_COMMIT, 1);
    OK(quire_begin(limits.db, QUIRE_READ, &reader));
    for (uint64_t i = A_COMMIT; i < RECORDS; i += A_COMMIT) {
        commit_records(&limits, i, A_COMMIT, 1);
        uint64_t bytes = log_bytes(&limits);
        written += bytes;
        most = bytes > most ? bytes : most;
    }
    print_message("# the log was %llu bytes long at most\n", (unsigned long long)most);
    assert_in_range(most, 1, 2 * LOG);
    assert_in_range(written, 20 * (uint64_t)LOG, UINT64_MAX); /* or there was nothing to bound */
    quire_rollback(reader);
    limits_close(&limits);
}

static uint64_t file_bytes_after(int is_shuffled)
{
    struct limits limits;
    quire_db_stat stat;
    limits_open(&limits);
    for (uint64_t i = 0; i < RECORDS; i += A_COMMIT)
        commit_records(&limits, i, A_COMMIT, is_shuffled);
    OK(quire_checkpoint(limits.db));
    OK(quire_db_stat_get(limits.db, &stat));
    limits_close(&limits);
    return stat.file_bytes;
}

static void records_in_any_order_take_at_most_1_6_times_the_file_of_ascending_ones(void **state)
{
    (void)state;
    uint64_t ascending = file_bytes_after(0), shuffled_ones = file_bytes_after(1);
    print_message("# %llu bytes in order, %llu in any\n", (unsigned long long)ascending,
                  (unsigned long long)shuffled_ones);
    assert_in_range(10 * shuffled_ones, 10 * ascending, 16 * ascending);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_keeps_to_cache_and_pinned_versions_and_a_tenth),
        cmocka_unit_test(the_log_is_bounded_under_a_long_reader),
        cmocka_unit_test(records_in_any_order_take_at_most_1_6_times_the_file_of_ascending_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
