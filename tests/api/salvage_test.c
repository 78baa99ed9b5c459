/* quire_salvage: what it finds, where it looks, what it refuses, and how much it takes. tests/damage counts. */
#include "../support/api_fixture.h"
#include "../support/counted_memory.h"
#include "../support/database_hash.h"
#include "../support/fault_vfs.h"

#include "../../src/base/log_record.h"
#include "../../src/page/check.h"
#include "../../src/page/other.h"

#include <errno.h>

enum { PAGE = 1024 };

struct bench {
    struct fault_disk *disk;
    quire_options options;
    struct counted_memory memory;
    char message[256];
    quire_salvage_report report;
    unsigned lost;
};

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->disk = fault_disk_new(1);
    counted_memory_init(&bench->memory);
    quire_options_init(&bench->options);
    bench->options.vfs = fault_disk_vfs(bench->disk);
    bench->options.memory = &bench->memory.hooks;
    bench->options.page_size = PAGE;
    bench->options.cache_bytes = 256 * 1024;
    bench->options.message = bench->message;
    bench->options.message_size = sizeof bench->message;
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(bench->memory.in_use, 0);
    fault_disk_free(bench->disk);
    free(bench);
    return 0;
}

static quire_db *open_at(struct bench *bench, const char *path)
{
    quire_db *db;
    OK(quire_open(path, &bench->options, &db));
    return db;
}

/* Records "r0000" and up, every tenth with a value of three pages, in the unnamed tree or another. */
static void fill(quire_db *db, const char *name, int from, int to, char letter)
{
    static char value[3 * PAGE];
    quire_txn *txn;
    quire_tree *tree = NULL;
    memset(value, letter, sizeof value);
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    if (name && quire_tree_open(txn, name, &tree) == QUIRE_NOT_FOUND)
        OK(quire_tree_create(txn, name, NULL, &tree));
    for (int i = from; i < to; i++) {
        char key[16];
        snprintf(key, sizeof key, "r%04d", i);
        OK(quire_put(txn, tree, text(key), (quire_bytes){(uint8_t *)value, i % 10 == 9 ? sizeof value : 30}, 0));
    }
    OK(quire_commit(txn));
}

static uint64_t hash_of(struct bench *bench, const char *path)
{
    quire_txn *txn;
    uint64_t hash;
    quire_db *db = open_at(bench, path);
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    OK(database_hash(txn, &hash));
    quire_rollback(txn);
    OK(quire_close(db));
    return hash;
}

/* The files as a crash leaves them, under other names; then the database goes on and is closed. */
static void crash_copy(struct bench *bench, const char *from, const char *to)
{
    static const char *const suffixes[] = {"", "-log"};
    for (int i = 0; i < 2; i++) {
        char source[64], target[64];
        size_t size;
        snprintf(source, sizeof source, "%s%s", from, suffixes[i]);
        snprintf(target, sizeof target, "%s%s", to, suffixes[i]);
        const uint8_t *bytes = fault_disk_bytes(bench->disk, source, &size);
        assert_non_null(bytes);
        uint8_t *kept = malloc(size);
        assert_non_null(kept);
        memcpy(kept, bytes, size);
        fault_disk_put(bench->disk, target, kept, size);
        free(kept);
    }
}

static void count_lost(void *context, uint32_t tree, quire_bytes key, uint64_t size)
{
    struct bench *bench = context;
    assert_int_equal(tree, 2);
    assert_int_equal(key.size, 5);
    assert_int_equal(size, 3 * PAGE);
    bench->lost++;
}

static quire_status salvage(struct bench *bench, const char *bad)
{
    quire_salvage_options options = {.lost = count_lost, .lost_context = bench};
    fault_disk_remove(bench->disk, "new");
    bench->memory.most = bench->memory.in_use;
    return quire_salvage(bad, "new", &bench->options, &options, &bench->report);
}

static uint8_t *page_of(struct bench *bench, const char *path, uint32_t pgno)
{
    size_t size;
    uint8_t *bytes = fault_disk_bytes(bench->disk, path, &size);
    assert_true((pgno + 1) * (size_t)PAGE <= size);
    return bytes + pgno * (size_t)PAGE;
}

static size_t pages_of(struct bench *bench, const char *path)
{
    size_t size;
    (void)fault_disk_bytes(bench->disk, path, &size);
    return size / PAGE;
}

/* The first page of a kind, from `from` on. */
static uint32_t find_kind(struct bench *bench, const char *path, uint8_t kind, uint32_t tree, uint32_t from)
{
    for (uint32_t pgno = from; pgno < pages_of(bench, path); pgno++) {
        const uint8_t *page = page_of(bench, path, pgno);
        if (page_kind(page) == kind && page_tree(page) == tree)
            return pgno;
    }
    fail_msg("no page of kind %u", kind);
    return 0;
}

/* ---- What is found ------------------------------------------------------------ */

static void a_healthy_file_comes_out_the_same(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 300, 'a');
    fill(db, "other", 0, 50, 'b');
    fill(db, "another", 0, 1, 'c');
    OK(quire_close(db));
    uint64_t before = hash_of(bench, "bad");
    OK(salvage(bench, "bad"));
    assert_int_equal(hash_of(bench, "new"), before);
    assert_int_equal(bench->report.pages_damaged, 0);
    assert_int_equal(bench->report.records, 351);
    assert_int_equal(bench->report.trees, 3);
    assert_int_equal(bench->report.trees_unnamed, 0);
    assert_int_equal(bench->report.page_size, PAGE);
    assert_int_equal(bench->lost, 0);
}

static void without_meta_pages_the_pages_say_size_and_salt(void **state)
{
    struct bench *bench = *state;
    for (uint32_t page_size = 512; page_size <= 32768; page_size *= 2) {
        fault_disk_remove(bench->disk, "bad");
        bench->options.page_size = page_size;
        quire_db *db = open_at(bench, "bad");
        fill(db, NULL, 0, 100, 'a');
        OK(quire_close(db));
        uint64_t before = hash_of(bench, "bad");
        size_t size;
        memset(fault_disk_bytes(bench->disk, "bad", &size), 0x77, 2 * page_size);
        OK(salvage(bench, "bad"));
        assert_int_equal(bench->report.page_size, page_size);
        assert_int_equal(bench->report.pages_damaged, 2);
        assert_int_equal(hash_of(bench, "new"), before);
    }
}

static void a_meta_page_of_another_database_is_outvoted(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 100, 'a');
    OK(quire_close(db));
    uint64_t before = hash_of(bench, "bad");
    OK(quire_close(open_at(bench, "foreign")));
    memcpy(page_of(bench, "bad", 0), page_of(bench, "foreign", 0), 2 * PAGE);
    OK(salvage(bench, "bad"));
    assert_int_equal(hash_of(bench, "new"), before);
}

static void commits_that_stand_only_in_the_log_are_found(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "live");
    fill(db, NULL, 0, 100, 'a');
    OK(quire_checkpoint(db));
    fill(db, NULL, 50, 200, 'b');
    fill(db, "named", 0, 30, 'c');
    crash_copy(bench, "live", "bad");
    OK(quire_close(db));
    uint64_t before = hash_of(bench, "live");
    OK(salvage(bench, "bad"));
    assert_int_equal(hash_of(bench, "new"), before);
    assert_true(bench->report.log_commits >= 2);
    memset(page_of(bench, "bad", 0), 1, 2 * PAGE); /* the log's header knows salt and page size */
    OK(salvage(bench, "bad"));
    assert_int_equal(hash_of(bench, "new"), before);
    size_t size;
    uint8_t *log = fault_disk_bytes(bench->disk, "bad-log", &size);
    for (size_t chunk = 0; chunk < size; chunk += 1 << 20)
        memset(log + chunk, 1, LOG_RECORDS_START); /* now the pages know, and the first record */
    OK(salvage(bench, "bad"));
    assert_int_equal(hash_of(bench, "new"), before);
}

static size_t find_record(const uint8_t *log, size_t size, uint8_t type, size_t skip)
{
    for (size_t at = LOG_RECORDS_START; at + LOG_RECORD_HEADER <= size; at += log_record_size(load32(log + at + 20)))
        if (log[at + 28] == type && skip-- == 0)
            return at;
    fail_msg("the log has no such record");
    return 0;
}

static void a_transaction_with_a_damaged_record_is_left_out_and_later_ones_are_used(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "live");
    fill(db, "x", 0, 9, 'a');
    fill(db, "y", 0, 9, 'a');
    fill(db, "z", 0, 9, 'a');
    OK(quire_checkpoint(db)); /* the second generation stands in the other half */
    fill(db, "x", 0, 9, 'b');
    fill(db, "y", 0, 9, 'b');
    fill(db, "z", 0, 9, 'b');
    crash_copy(bench, "live", "bad");
    OK(quire_close(db));
    size_t size;
    uint8_t *log = fault_disk_bytes(bench->disk, "bad-log", &size);
    assert_true(size > 1 << 20);
    log += 1 << 20;
    size_t commit = find_record(log, size - (1 << 20), LOG_COMMIT, 0);
    size_t next = commit + log_record_size(load32(log + commit + 20));
    log[next + LOG_RECORD_HEADER + 8] ^= 1; /* in the body of y's first record */
    OK(salvage(bench, "bad"));
    quire_txn *txn;
    db = open_at(bench, "new");
    OK(quire_begin(db, QUIRE_READ, &txn));
    static const char *const names[] = {"x", "y", "z"};
    for (int i = 0; i < 3; i++) {
        quire_tree *tree;
        quire_bytes value;
        OK(quire_tree_open(txn, names[i], &tree));
        OK(quire_get(txn, tree, text("r0003"), &value));
        assert_int_equal(value.data[0], i == 1 ? 'a' : 'b');
    }
    quire_rollback(txn);
    OK(quire_close(db));
}

/* The first transaction is larger than the cache, so that pages of it stand in the log; the second one is written over
 * its beginning once it is rolled back, and what is behind stays. */
static void what_was_not_committed_is_not_salvaged(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "live");
    fill(db, NULL, 0, 500, 'a');
    OK(quire_checkpoint(db));
    uint64_t before = 0;
    quire_txn *txn;
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(database_hash(txn, &before));
    quire_rollback(txn);
    static char value[3 * PAGE];
    memset(value, 'z', sizeof value); /* zeros would hardly take room in the log */
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    for (int i = 0; i < 3000; i++) {
        char key[16];
        snprintf(key, sizeof key, "r%04d", i);
        OK(quire_put(txn, NULL, text(key), (quire_bytes){(uint8_t *)value, i % 3 == 0 ? sizeof value : 30}, 0));
    }
    crash_copy(bench, "live", "bad");
    OK(salvage(bench, "bad"));
    assert_int_equal(hash_of(bench, "new"), before);
    quire_rollback(txn);
    fill(db, NULL, 0, 1, 'b');
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(database_hash(txn, &before));
    quire_rollback(txn);
    crash_copy(bench, "live", "bad");
    OK(salvage(bench, "bad"));
    assert_int_equal(hash_of(bench, "new"), before);
    OK(quire_close(db));
}

static void a_long_value_that_is_not_whole_is_told(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 30, 'a');
    OK(quire_close(db));
    uint32_t pgno = find_kind(bench, "bad", PAGE_OVERFLOW, 2, 3);
    page_of(bench, "bad", pgno)[700] ^= 1;
    OK(salvage(bench, "bad"));
    assert_int_equal(bench->report.values_lost, 1);
    assert_int_equal(bench->lost, 1);
    assert_int_equal(bench->report.records, 29);
    (void)hash_of(bench, "new");
}

static void trees_whose_name_is_lost_get_one(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, "first", 0, 20, 'a');
    fill(db, "salvaged-3", 0, 5, 'b');
    OK(quire_close(db));
    page_of(bench, "bad", find_kind(bench, "bad", PAGE_LEAF, 1, 3))[60] ^= 1;
    OK(salvage(bench, "bad"));
    assert_int_equal(bench->report.trees, 3);
    assert_int_equal(bench->report.trees_unnamed, 2);
    db = open_at(bench, "new");
    quire_txn *txn;
    quire_tree *tree;
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(quire_tree_open(txn, "salvaged-3", &tree));
    OK(quire_tree_open(txn, "salvaged-4", &tree));
    quire_rollback(txn);
    OK(quire_close(db));
}

static void a_named_tree_without_leaves_is_there_and_empty(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, "kept", 0, 5, 'a');
    fill(db, "gone", 0, 5, 'a');
    OK(quire_close(db));
    page_of(bench, "bad", find_kind(bench, "bad", PAGE_LEAF, 4, 3))[60] ^= 1;
    OK(salvage(bench, "bad"));
    db = open_at(bench, "new");
    quire_txn *txn;
    quire_tree *tree;
    quire_tree_stat stat;
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(quire_tree_open(txn, "gone", &tree));
    OK(quire_tree_stat_get(txn, tree, &stat));
    assert_int_equal(stat.records, 0);
    OK(quire_tree_open(txn, "kept", &tree));
    OK(quire_tree_stat_get(txn, tree, &stat));
    assert_int_equal(stat.records, 5);
    quire_rollback(txn);
    OK(quire_close(db));
}

static void freed_pages_and_dropped_trees_stay_gone(void **state)
{
    struct bench *bench = *state;
    quire_txn *txn;
    uint64_t deleted;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 300, 'a');
    fill(db, "dropped", 0, 100, 'b');
    fill(db, "kept", 0, 100, 'c');
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    OK(quire_tree_drop(txn, "dropped"));
    OK(quire_delete_range(txn, NULL, text("r0050"), text("r0250"), &deleted));
    OK(quire_commit(txn));
    crash_copy(bench, "bad", "crashed");
    OK(quire_close(db));
    uint64_t before = hash_of(bench, "bad");
    OK(salvage(bench, "bad"));
    assert_int_equal(hash_of(bench, "new"), before);
    OK(salvage(bench, "crashed"));
    assert_int_equal(hash_of(bench, "new"), before);
}

static void a_page_of_the_past_does_not_win(void **state)
{
    struct bench *bench = *state;
    static uint8_t old[PAGE];
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 9, 'a'); /* one leaf */
    OK(quire_checkpoint(db));
    uint32_t root = find_kind(bench, "bad", PAGE_LEAF, 2, 3);
    memcpy(old, page_of(bench, "bad", root), PAGE);
    fill(db, NULL, 0, 200, 'b');
    quire_txn *txn;
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    OK(quire_delete(txn, NULL, text("r0004")));
    OK(quire_commit(txn));
    OK(quire_close(db));
    uint64_t before = hash_of(bench, "bad");
    memcpy(page_of(bench, "bad", root), old, PAGE); /* a leaf that spans all keys, where a branch should be */
    OK(salvage(bench, "bad"));
    assert_int_equal(bench->report.pages_stale, 1);
    assert_int_equal(bench->report.records_superseded, 9);
    assert_int_equal(hash_of(bench, "new"), before);
}

/* ---- What is refused ------------------------------------------------------------ */

static void what_is_there_is_not_written_over(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 9, 'a');
    GIVES(QUIRE_BUSY, quire_salvage("bad", "new", &bench->options, NULL, NULL));
    OK(quire_close(db));
    fault_disk_put(bench->disk, "new", (const uint8_t *)"mine", 4);
    GIVES(QUIRE_EXISTS, quire_salvage("bad", "new", &bench->options, NULL, NULL));
    size_t size;
    assert_memory_equal(fault_disk_bytes(bench->disk, "new", &size), "mine", 4);
    fault_disk_remove(bench->disk, "new");
    fault_disk_put(bench->disk, "new-partial", (const uint8_t *)"mine", 4);
    GIVES(QUIRE_EXISTS, quire_salvage("bad", "new", &bench->options, NULL, NULL));
    assert_memory_equal(fault_disk_bytes(bench->disk, "new-partial", &size), "mine", 4);
    GIVES(QUIRE_NOT_FOUND, quire_salvage("none", "other", &bench->options, NULL, NULL));
    GIVES(QUIRE_INVALID, quire_salvage("", "other", &bench->options, NULL, NULL));
    fault_disk_put(bench->disk, "letter", (const uint8_t *)"Dear reader", 11);
    GIVES(QUIRE_NOT_A_DATABASE, quire_salvage("letter", "other", &bench->options, NULL, NULL));
    assert_null(fault_disk_bytes(bench->disk, "other", &size));
    assert_null(fault_disk_bytes(bench->disk, "other-partial", &size));
}

static int stop_at(void *context, uint64_t done, uint64_t total)
{
    unsigned *left = context;
    assert_true(total == 0 || done <= total);
    return (*left)-- == 0;
}

static void it_can_be_stopped_anywhere_and_leaves_nothing(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 100, 'a');
    OK(quire_close(db));
    quire_status status = QUIRE_CANCELLED;
    unsigned stops = 0;
    for (; status == QUIRE_CANCELLED; stops++) {
        unsigned left = stops;
        size_t size;
        quire_salvage_options options = {.progress = stop_at, .progress_context = &left};
        status = quire_salvage("bad", "new", &bench->options, &options, NULL);
        assert_int_equal(fault_disk_bytes(bench->disk, "new", &size) != NULL, status == QUIRE_OK);
        assert_null(fault_disk_bytes(bench->disk, "new-partial", &size));
        assert_null(fault_disk_bytes(bench->disk, "new-partial-log", &size));
    }
    assert_int_equal(status, QUIRE_OK);
    assert_true(stops > 10);
}

static void a_failing_disk_leaves_no_file_that_looks_whole(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 60, 'a');
    OK(quire_close(db));
    uint64_t before = hash_of(bench, "bad");
    int failed = 1;
    for (uint64_t call = 1; failed; call++) {
        size_t size;
        fault_disk_remove(bench->disk, "new");
        fault_disk_remove(bench->disk, "new-partial");
        fault_disk_remove(bench->disk, "new-partial-log");
        fault_disk_fail(bench->disk, fault_disk_calls(bench->disk) + call, ENOSPC, FAULT_STICKY);
        quire_status status = quire_salvage("bad", "new", &bench->options, NULL, NULL);
        failed = fault_disk_has_failed(bench->disk);
        fault_disk_fail(bench->disk, 0, 0, FAULT_ONCE);
        assert_true(failed || status == QUIRE_OK);
        fault_disk_cut_power(bench->disk, call % 2 ? CUT_TEARS : CUT_DROPS);
        if (fault_disk_bytes(bench->disk, "new", &size))
            assert_int_equal(hash_of(bench, "new"), before);
        else
            assert_int_not_equal(status, QUIRE_OK);
    }
}

/* Whichever allocation fails, the answer says so, nothing leaks and nothing is left behind. */
static void without_memory_it_says_so(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "live");
    fill(db, NULL, 0, 40, 'a');
    OK(quire_checkpoint(db));
    fill(db, "named", 0, 20, 'b');
    crash_copy(bench, "live", "bad");
    OK(quire_close(db));
    uint64_t before = hash_of(bench, "live");
    size_t size, in_use = bench->memory.in_use, failures = 0;
    for (size_t nth = 1, refused = 1; refused; nth++) {
        fault_disk_remove(bench->disk, "new");
        bench->memory.refuse_after = nth;
        quire_status status = quire_salvage("bad", "new", &bench->options, NULL, NULL);
        refused = bench->memory.refuse_after == 0;
        bench->memory.refuse_after = 0;
        assert_int_equal(bench->memory.in_use, in_use);
        assert_null(fault_disk_bytes(bench->disk, "new-partial", &size));
        assert_true(status == QUIRE_OK || (refused && status == QUIRE_NO_MEMORY));
        failures += status != QUIRE_OK;
        if (status == QUIRE_OK)
            assert_int_equal(hash_of(bench, "new"), before);
    }
    assert_true(failures > 20);
}

/* ---- Hostile files -------------------------------------------------------------- */

static void reseal(struct bench *bench, const char *path, uint32_t pgno)
{
    page_seal(page_of(bench, path, pgno), PAGE, load64(page_of(bench, path, 0) + META_SALT));
}

/* Every long value of a leaf refers to the chain of the first one. */
static void a_chain_that_many_records_claim_is_read_for_one(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 1, 'a');
    quire_txn *txn;
    static uint8_t value[3 * PAGE];
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    for (char key[] = "a"; key[0] <= 'k'; key[0]++)
        OK(quire_put(txn, NULL, text(key), (quire_bytes){value, sizeof value}, 0));
    OK(quire_commit(txn));
    OK(quire_close(db));
    uint32_t leaf = find_kind(bench, "bad", PAGE_LEAF, 2, 3);
    uint8_t *page = page_of(bench, "bad", leaf);
    const uint8_t *first = NULL;
    for (size_t slot = 0; slot < page_slot_count(page); slot++) {
        uint8_t *record = page + load16(page + PAGE - 8 * (slot + 1));
        size_t length = load16(page + PAGE - 8 * (slot + 1) + 2);
        if (record[0] != 1)
            continue;
        if (first)
            memcpy(record + length - 12, first, 12);
        else
            first = record + length - 12;
    }
    reseal(bench, "bad", leaf);
    OK(quire_salvage("bad", "new", &bench->options, NULL, &bench->report));
    assert_int_equal(bench->report.records, 2);
    assert_int_equal(bench->report.values_lost, 10);
}

/* A page of the right chain at another position, sealed. */
static void a_chain_out_of_order_is_lost(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 10, 'a');
    OK(quire_close(db));
    uint32_t pgno = find_kind(bench, "bad", PAGE_OVERFLOW, 2, 3);
    uint8_t *page = page_of(bench, "bad", pgno);
    while (overflow_position(page) != 1)
        page = page_of(bench, "bad", pgno = find_kind(bench, "bad", PAGE_OVERFLOW, 2, pgno + 1));
    store32(page + OVERFLOW_POSITION, 2);
    /* The map must not be what finds it. */
    memset(page_of(bench, "bad", 2) + MAP_ENTRIES, 0, PAGE - MAP_ENTRIES);
    reseal(bench, "bad", 2);
    reseal(bench, "bad", pgno);
    OK(salvage(bench, "bad"));
    assert_int_equal(bench->report.values_lost, 1);
}

/* A VFS that counts how often each byte of the damaged file is read. */
static const quire_vfs *counted_vfs;
static uint64_t bytes_read;
static quire_file *counted_file;

static int counting_open(void *context, const char *path, int flags, quire_file **file)
{
    int error = counted_vfs->open(context, path, flags, file);
    if (error == 0 && strcmp(path, "bad") == 0)
        counted_file = *file;
    return error;
}

static int counting_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    int error = counted_vfs->read(context, file, offset, buffer, size, got);
    if (error == 0 && file == counted_file)
        bytes_read += *got;
    return error;
}

/* docs/THREAT-MODEL.md states these numbers. */
static void each_page_is_read_a_bounded_number_of_times(void **state)
{
    struct bench *bench = *state;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 2000, 'a');
    OK(quire_close(db));
    size_t size;
    uint8_t *bytes = fault_disk_bytes(bench->disk, "bad", &size);
    counted_vfs = bench->options.vfs;
    quire_vfs counting = *counted_vfs;
    counting.open = counting_open;
    counting.read = counting_read;
    bench->options.vfs = &counting;
    bytes_read = 0;
    OK(salvage(bench, "bad"));
    assert_true(bytes_read > 2 * (uint64_t)size && bytes_read <= 3 * (uint64_t)size);
    memset(bytes, 1, 2 * PAGE);
    bytes_read = 0;
    OK(salvage(bench, "bad"));
    assert_true(bytes_read > 9 * (uint64_t)size && bytes_read <= 10 * (uint64_t)size);
    bench->options.vfs = counted_vfs;
}

static void memory_is_what_is_said_of_it(void **state)
{
    struct bench *bench = *state;
    bench->options.page_size = 512;
    quire_db *db = open_at(bench, "bad");
    fill(db, NULL, 0, 20000, 'a');
    OK(quire_close(db));
    size_t pages = pages_of(bench, "bad") * PAGE / 512;
    assert_true(pages > 15000);
    OK(salvage(bench, "bad"));
    /* 48 bytes a page, the cache, and 4 MiB for log buffers and the pages at hand. */
    assert_true(bench->memory.most <= 48 * pages + bench->options.cache_bytes + (4u << 20));
}

#define SALVAGE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SALVAGE_TEST(a_healthy_file_comes_out_the_same),
        SALVAGE_TEST(without_meta_pages_the_pages_say_size_and_salt),
        SALVAGE_TEST(a_meta_page_of_another_database_is_outvoted),
        SALVAGE_TEST(commits_that_stand_only_in_the_log_are_found),
        SALVAGE_TEST(a_transaction_with_a_damaged_record_is_left_out_and_later_ones_are_used),
        SALVAGE_TEST(what_was_not_committed_is_not_salvaged),
        SALVAGE_TEST(a_long_value_that_is_not_whole_is_told),
        SALVAGE_TEST(trees_whose_name_is_lost_get_one),
        SALVAGE_TEST(a_named_tree_without_leaves_is_there_and_empty),
        SALVAGE_TEST(freed_pages_and_dropped_trees_stay_gone),
        SALVAGE_TEST(a_page_of_the_past_does_not_win),
        SALVAGE_TEST(what_is_there_is_not_written_over),
        SALVAGE_TEST(it_can_be_stopped_anywhere_and_leaves_nothing),
        SALVAGE_TEST(a_failing_disk_leaves_no_file_that_looks_whole),
        SALVAGE_TEST(without_memory_it_says_so),
        SALVAGE_TEST(a_chain_that_many_records_claim_is_read_for_one),
        SALVAGE_TEST(a_chain_out_of_order_is_lost),
        SALVAGE_TEST(each_page_is_read_a_bounded_number_of_times),
        SALVAGE_TEST(memory_is_what_is_said_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
