/* quire_check: what it takes, and how it is watched. What it finds: tests/tree/audit_test.c. */
#include "../support/api_fixture.h"
#include "../support/counted_memory.h"

enum { RECORDS = 40000, TREES = 2000 };

struct bench {
    struct fixture *f;
    struct counted_memory memory;
    quire_vfs counting;
    const quire_vfs *inner;
    uint64_t bytes_read;
};

static struct bench bench;

static int counting_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    int error = bench.inner->read(context, file, offset, buffer, size, got);
    bench.bytes_read += *got;
    return error;
}

/* A database of many pages, or of many trees, behind counters; everything is in the file. */
static void open_counted(struct fixture *f, int records, int trees)
{
    char name[32];
    counted_memory_init(&bench.memory);
    bench.inner = f->vfs;
    bench.counting = *f->vfs;
    bench.counting.read = counting_read;
    f->options.vfs = &bench.counting;
    f->options.memory = &bench.memory.hooks;
    f->options.cache_bytes = 1 << 20;
    fixture_reopen(f);
    quire_txn *txn = begin(f, QUIRE_WRITE);
    for (int i = 0; i < records; i++) {
        snprintf(name, sizeof name, "record %08d", i);
        OK(quire_put(txn, NULL, text(name), text("a value of some thirty-odd bytes"), 0));
    }
    for (int i = 0; i < trees; i++) {
        quire_tree *tree;
        snprintf(name, sizeof name, "tree %08d", i);
        OK(quire_tree_create(txn, name, NULL, &tree));
    }
    OK(quire_commit(txn));
    fixture_reopen(f);
}

/* The bytes that one more check takes beyond those in use; the first one has filled the cache. */
static size_t bytes_of_check(struct fixture *f)
{
    quire_txn *txn = begin(f, QUIRE_READ);
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    size_t before = bench.memory.most = bench.memory.in_use;
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    size_t taken = bench.memory.most - before;
    quire_rollback(txn);
    return taken;
}

static void memory_is_a_bit_for_each_page(void **state)
{
    struct fixture *f = *state;
    quire_db_stat stat;
    open_counted(f, RECORDS, 0);
    OK(quire_db_stat_get(f->db, &stat));
    assert_true(stat.page_count > 5000);
    size_t taken = bytes_of_check(f);
    assert_true(taken >= stat.page_count / 8);
    assert_true(taken <= stat.page_count / 8 + 4096);
    OK(quire_close(f->db));
    f->db = NULL;
    assert_int_equal(bench.memory.in_use, 0);
    f->options.memory = NULL;
}

static void memory_for_a_tree_is_at_most_forty_bytes(void **state)
{
    struct fixture *f = *state;
    quire_db_stat stat;
    open_counted(f, 0, TREES);
    OK(quire_db_stat_get(f->db, &stat));
    size_t taken = bytes_of_check(f);
    assert_true(taken > 12 * (size_t)TREES);
    assert_true(taken <= 40 * (size_t)TREES + stat.page_count / 8 + 4096);
    OK(quire_close(f->db));
    f->db = NULL;
    f->options.memory = NULL;
}

/* Each page once, but for map pages that the cache has dropped in between. */
static void each_page_is_read_once(void **state)
{
    struct fixture *f = *state;
    open_counted(f, RECORDS, 0);
    quire_db_stat stat;
    OK(quire_db_stat_get(f->db, &stat));
    quire_txn *txn = begin(f, QUIRE_READ);
    bench.bytes_read = 0;
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    quire_rollback(txn);
    print_message("# %llu bytes of a file of %llu\n", (unsigned long long)bench.bytes_read,
                  (unsigned long long)stat.file_bytes);
    assert_true(bench.bytes_read <= stat.file_bytes + stat.file_bytes / 50);
    OK(quire_close(f->db));
    f->db = NULL;
    f->options.memory = NULL;
}

struct watch {
    uint64_t last, total, calls, stop_after;
};

static int watch(void *context, uint64_t done, uint64_t total)
{
    struct watch *seen = context;
    assert_true(done >= seen->last && done <= total);
    seen->last = done;
    seen->total = total;
    return ++seen->calls == seen->stop_after;
}

static void progress_goes_up_to_the_end_and_can_stop_it(void **state)
{
    struct fixture *f = *state;
    open_counted(f, RECORDS, 0);
    struct watch seen = {.stop_after = UINT64_MAX};
    quire_txn *txn = begin(f, QUIRE_READ);
    OK(quire_check(txn, print_violation, NULL, watch, &seen));
    assert_true(seen.calls > 20);
    assert_int_equal(seen.last, seen.total);
    for (uint64_t stop = seen.calls; stop > 0; stop /= 2) {
        struct watch again = {.stop_after = stop};
        GIVES(QUIRE_CANCELLED, quire_check(txn, print_violation, NULL, watch, &again));
        assert_int_equal(again.calls, stop);
    }
    quire_rollback(txn);
    OK(quire_close(f->db));
    f->db = NULL;
    assert_int_equal(bench.memory.in_use, 0);
    f->options.memory = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(memory_is_a_bit_for_each_page),
        API_TEST(memory_for_a_tree_is_at_most_forty_bytes),
        API_TEST(each_page_is_read_once),
        API_TEST(progress_goes_up_to_the_end_and_can_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
