/* quire_backup: one snapshot, copied step by step while writers go on. */
#include "../../src/page/header.h"
#include "../../src/page/other.h"
#include "../support/api_fixture.h"
#include "../support/counted_memory.h"
#include "../support/database_hash.h"
#include "../support/fault_vfs.h"
#include "../support/random.h"

#include <errno.h>

static void fill(quire_db *db, struct random *random, int records)
{
    static uint8_t value[3000];
    quire_txn *txn;
    quire_tree *tree;
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    quire_status status = quire_tree_open(txn, "named", &tree);
    OK(status == QUIRE_NOT_FOUND ? quire_tree_create(txn, "named", NULL, &tree) : status);
    for (int i = 0; i < records; i++) {
        char key[24];
        snprintf(key, sizeof key, "key %06u", (unsigned)random_below(random, 2000));
        size_t size = random_below(random, 30) == 0 ? random_below(random, sizeof value) : random_below(random, 50);
        random_fill(random, value, size < 8 ? size : 8);
        if (random_below(random, 3) == 0)
            (void)!quire_delete(txn, NULL, text(key));
        else
            OK(quire_put(txn, random_below(random, 4) ? NULL : tree, text(key), (quire_bytes){value, size}, 0));
    }
    OK(quire_commit(txn));
}

static uint64_t hash_now(quire_db *db)
{
    quire_txn *txn;
    uint64_t hash;
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    OK(database_hash(txn, &hash));
    quire_rollback(txn);
    return hash;
}

static uint64_t hash_of(const quire_options *options, const char *path)
{
    quire_db *db;
    quire_options once = *options;
    once.flags = 0;
    OK(quire_open(path, &once, &db));
    uint64_t hash = hash_now(db);
    /* The copy is a database like any other: it takes writes, and is whole after them. */
    quire_txn *txn;
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    OK(quire_put(txn, NULL, text("more"), text("of it"), 0));
    OK(quire_commit(txn));
    (void)hash_now(db);
    OK(quire_close(db));
    return hash;
}

static void a_backup_is_the_snapshot_of_its_beginning(void **state)
{
    struct fixture *f = *state;
    struct random random = {11};
    f->options.cache_bytes = 4 << 20;
    fixture_reopen(f);
    fill(f->db, &random, 3000);
    uint64_t before = hash_now(f->db);
    quire_backup *backup;
    uint64_t remaining = 1, total = 0, last = UINT64_MAX, steps = 0;
    OK(quire_backup_begin(f->db, "copy", NULL, &backup));
    while (remaining > 0) {
        OK(quire_backup_step(backup, 7, &remaining, &total));
        assert_true(remaining < last && remaining < total);
        last = remaining;
        fill(f->db, &random, 40); /* a writer between any two steps */
        if (steps++ % 5 == 0)
            OK(quire_checkpoint(f->db));
    }
    assert_true(steps > 20);
    OK(quire_backup_finish(backup));
    assert_int_not_equal(hash_now(f->db), before);
    assert_int_equal(hash_of(&f->options, "copy"), before);
}

/* Many map pages, free pages, and a log that no checkpoint has seen. */
static void every_page_keeps_its_number(void **state)
{
    struct fixture *f = *state;
    struct random random = {5};
    for (int i = 0; i < 4; i++)
        fill(f->db, &random, 2000);
    quire_txn *txn = begin(f, QUIRE_WRITE);
    uint64_t deleted, remaining, total;
    OK(quire_delete_range(txn, NULL, text("key 000500"), text("key 001500"), &deleted));
    OK(quire_commit(txn));
    uint64_t before = hash_now(f->db);
    quire_backup *backup;
    OK(quire_backup_begin(f->db, "copy", NULL, &backup));
    OK(quire_backup_step(backup, UINT64_MAX, &remaining, &total));
    assert_int_equal(remaining, 0);
    quire_db_stat stat;
    OK(quire_db_stat_get(f->db, &stat));
    assert_int_equal(stat.page_count, total);
    assert_true(total > 2 * 116); /* pages of a map group at 512 bytes */
    OK(quire_backup_finish(backup));
    assert_int_equal(hash_of(&f->options, "copy"), before);
}

static void what_is_in_the_way_is_told(void **state)
{
    struct fixture *f = *state;
    quire_backup *backup, *second;
    uint64_t remaining;
    put_alone(f, "a", "1");
    GIVES(QUIRE_EXISTS, quire_backup_begin(f->db, "test.quire", NULL, &backup));
    GIVES(QUIRE_INVALID, quire_backup_begin(f->db, "", NULL, &backup));
    OK(quire_backup_begin(f->db, "copy", NULL, &backup));
    GIVES(QUIRE_EXISTS, quire_backup_begin(f->db, "copy", NULL, &second)); /* its copy-partial is there */
    GIVES(QUIRE_INVALID, quire_backup_finish(backup));
    GIVES(QUIRE_INVALID, quire_close(f->db));
    OK(quire_backup_step(backup, 1, &remaining, NULL));
    quire_backup_abort(backup);
    quire_db *copy;
    quire_options options = f->options;
    options.flags = 0;
    GIVES(QUIRE_NOT_FOUND, quire_open("copy", &options, &copy));
    GIVES(QUIRE_NOT_FOUND, quire_open("copy-partial", &options, &copy));
    /* What may be left of a database whose file is gone. */
    quire_file *log;
    const quire_vfs *vfs = f->options.vfs;
    assert_int_equal(vfs->open(vfs->context, "copy-log", QUIRE_VFS_CREATE, &log), 0);
    assert_int_equal(vfs->close(vfs->context, log), 0);
    GIVES(QUIRE_EXISTS, quire_backup_begin(f->db, "copy", NULL, &backup));
    assert_int_equal(vfs->remove(vfs->context, "copy-log"), 0);
    OK(quire_backup_begin(f->db, "copy", NULL, &backup));
    OK(quire_backup_step(backup, 100, &remaining, NULL));
    OK(quire_backup_finish(backup));
}

static void a_backup_that_pins_too_much_is_lost(void **state)
{
    struct fixture *f = *state;
    struct random random = {3};
    f->options.pinned_bytes = 20 * 512;
    fixture_reopen(f);
    fill(f->db, &random, 2000);
    quire_backup *backup;
    uint64_t remaining;
    OK(quire_backup_begin(f->db, "copy", NULL, &backup));
    OK(quire_backup_step(backup, 5, &remaining, NULL));
    for (int i = 0; i < 5; i++)
        fill(f->db, &random, 500);
    GIVES(QUIRE_SNAPSHOT_LOST, quire_backup_step(backup, 1000, &remaining, NULL));
    GIVES(QUIRE_SNAPSHOT_LOST, quire_backup_step(backup, 1, &remaining, NULL));
    GIVES(QUIRE_SNAPSHOT_LOST, quire_backup_finish(backup));
    quire_db *copy;
    quire_options options = f->options;
    options.flags = 0;
    GIVES(QUIRE_NOT_FOUND, quire_open("copy-partial", &options, &copy));
}

static void a_damaged_page_is_told_and_not_copied(void **state)
{
    (void)state;
    struct fault_disk *disk = fault_disk_new(1);
    struct random random = {3};
    quire_options options;
    quire_db *db;
    quire_backup *backup;
    uint64_t remaining;
    size_t size;
    quire_options_init(&options);
    options.vfs = fault_disk_vfs(disk);
    options.page_size = 512;
    OK(quire_open("db", &options, &db));
    fill(db, &random, 1000);
    OK(quire_close(db));
    fault_disk_bytes(disk, "db", &size)[20 * 512 + 100] ^= 4;
    OK(quire_open("db", &options, &db));
    OK(quire_backup_begin(db, "copy", NULL, &backup));
    GIVES(QUIRE_CORRUPT, quire_backup_step(backup, 1000, &remaining, NULL));
    SAYS(db, "page 20");
    quire_backup_abort(backup);
    assert_null(fault_disk_bytes(disk, "copy-partial", &size));
    (void)!quire_close(db);
    fault_disk_free(disk);
}

static quire_status back_up(quire_db *db)
{
    quire_backup *backup;
    uint64_t remaining = 1;
    quire_status status = quire_backup_begin(db, "copy", NULL, &backup);
    if (status != QUIRE_OK)
        return status;
    while (status == QUIRE_OK && remaining > 0)
        status = quire_backup_step(backup, 10, &remaining, NULL);
    if (status == QUIRE_OK)
        return quire_backup_finish(backup);
    quire_backup_abort(backup);
    return status;
}

/* The process dies and the power goes at each call of the backup: no file that looks whole is another state. */
/* So that a page of it which is lost later is told. */
static void the_map_of_a_backup_has_the_checksum_of_each_page(void **state)
{
    (void)state;
    enum { PAGE_SIZE = 512 };
    struct fault_disk *disk = fault_disk_new(1);
    struct random random = {3};
    quire_options options;
    quire_db *db;
    size_t size;
    quire_options_init(&options);
    options.vfs = fault_disk_vfs(disk);
    options.page_size = PAGE_SIZE;
    OK(quire_open("db", &options, &db));
    fill(db, &random, 2000);
    OK(back_up(db));
    OK(quire_close(db));
    const uint8_t *bytes = fault_disk_bytes(disk, "copy", &size);
    assert_true(size / PAGE_SIZE > 2 * 116); /* more than two maps know */
    for (uint32_t pgno = 3; pgno < size / PAGE_SIZE; pgno++) {
        if (is_map_page(PAGE_SIZE, pgno))
            continue;
        size_t index;
        const uint8_t *map = bytes + (size_t)map_page_of(PAGE_SIZE, pgno, &index) * PAGE_SIZE;
        assert_int_equal(map_entry(map, index), page_checksum(bytes + (size_t)pgno * PAGE_SIZE));
    }
    fault_disk_free(disk);
}

/* Pages, meta pages and name. */
static void a_finished_backup_outlasts_a_power_cut(void **state)
{
    (void)state;
    struct fault_disk *disk = fault_disk_new(1);
    struct random random = {3};
    quire_options options;
    quire_db *db;
    quire_options_init(&options);
    options.vfs = fault_disk_vfs(disk);
    options.page_size = 512;
    OK(quire_open("db", &options, &db));
    fill(db, &random, 300);
    uint64_t hash = hash_now(db);
    OK(back_up(db));
    OK(quire_close(db));
    fault_disk_cut_power(disk, CUT_DROPS);
    assert_int_equal(hash_of(&options, "copy"), hash);
    fault_disk_free(disk);
}

static const uint64_t cut_lots = 48; /* the first drops and the second keeps all, the others tear */

/* The call of that number of a backup fails, then the power goes: what there is under either name. 0 if none failed. */
static int crash_midway(uint64_t call, uint64_t lot, unsigned *refused, unsigned *whole)
{
    struct fault_disk *disk = fault_disk_new(lot);
    struct random random = {3};
    quire_options options;
    quire_db *db;
    quire_options_init(&options);
    options.vfs = fault_disk_vfs(disk);
    options.page_size = 512;
    OK(quire_open("db", &options, &db));
    fill(db, &random, 150);
    OK(quire_checkpoint(db));
    uint64_t before = hash_now(db);
    fault_disk_fail(disk, fault_disk_calls(disk) + call, EIO, lot % 2 ? FAULT_STICKY : FAULT_ONCE);
    quire_status status = back_up(db);
    int failed = fault_disk_has_failed(disk);
    assert_true(failed || status == QUIRE_OK);
    fault_disk_fail(disk, 0, 0, FAULT_ONCE);
    fault_disk_cut_power(disk, lot == 0 ? CUT_DROPS : lot == 1 ? CUT_KEEPS : CUT_TEARS);
    static const char *const names[] = {"copy", "copy-partial"};
    for (int i = 0; i < 2; i++) {
        quire_db *copy;
        quire_options once = options;
        once.flags = 0;
        size_t size;
        if (!fault_disk_bytes(disk, names[i], &size))
            continue;
        quire_status opened = quire_open(names[i], &once, &copy);
        if (opened == QUIRE_OK) {
            assert_int_equal(hash_now(copy), before);
            OK(quire_close(copy));
            ++*whole;
        } else {
            assert_int_equal(i, 1);
            assert_true(opened == QUIRE_NOT_A_DATABASE || opened == QUIRE_CORRUPT);
            ++*refused;
        }
    }
    (void)!quire_close(db);
    fault_disk_free(disk);
    return failed;
}

static void a_crash_midway_leaves_no_file_that_looks_whole(void **state)
{
    (void)state;
    int failed = 1;
    unsigned refused = 0, whole = 0;
    for (uint64_t call = 1; failed; call++)
        for (uint64_t lot = 0; lot < cut_lots; lot++)
            failed = crash_midway(call, lot, &refused, &whole);
    assert_true(whole > 0 && refused > 0);
}

/* Whichever allocation fails, the answer says so, nothing leaks and nothing is left behind. */
static void without_memory_it_says_so(void **state)
{
    (void)state;
    struct fault_disk *disk = fault_disk_new(1);
    struct counted_memory memory;
    struct random random = {3};
    quire_options options;
    quire_db *db;
    size_t size, failures = 0;
    quire_options_init(&options);
    counted_memory_init(&memory);
    options.vfs = fault_disk_vfs(disk);
    options.memory = &memory.hooks;
    options.page_size = 512;
    OK(quire_open("db", &options, &db));
    fill(db, &random, 300);
    OK(quire_close(db));
    for (size_t nth = 1, refused = 1; refused; nth++) {
        fault_disk_remove(disk, "copy");
        OK(quire_open("db", &options, &db));
        memory.refuse_after = nth;
        quire_status status = back_up(db);
        refused = memory.refuse_after == 0;
        memory.refuse_after = 0;
        assert_true(status == QUIRE_OK || (refused && status == QUIRE_NO_MEMORY));
        assert_int_equal(fault_disk_bytes(disk, "copy", &size) != NULL, status == QUIRE_OK);
        assert_null(fault_disk_bytes(disk, "copy-partial", &size));
        failures += status != QUIRE_OK;
        OK(quire_close(db));
        assert_int_equal(memory.in_use, 0);
    }
    assert_true(failures > 5);
    fault_disk_free(disk);
}

static int out_of_descriptors(void *context, const char *path, int flags, quire_file **file)
{
    (void)context;
    (void)path;
    (void)flags;
    *file = NULL;
    return EMFILE;
}

static int no_file_at_all(void *context, const char *path, int flags, quire_file **file)
{
    (void)context;
    (void)path;
    (void)flags;
    *file = NULL;
    return EISDIR;
}

/* Whether a name is free cannot always be asked: that is no file in the way. */
static void what_cannot_be_looked_for_is_not_in_the_way(void **state)
{
    struct fixture *f = *state;
    quire_vfs failing = *f->vfs;
    quire_options files = f->options;
    quire_backup *backup;
    files.vfs = &failing;
    failing.open = out_of_descriptors;
    GIVES(QUIRE_IO, quire_backup_begin(f->db, "copy", &files, &backup));
    SAYS(f->db, "look for copy: too many open files");
    failing.open = no_file_at_all;
    GIVES(QUIRE_EXISTS, quire_backup_begin(f->db, "copy", &files, &backup));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(a_backup_is_the_snapshot_of_its_beginning),
        API_TEST(every_page_keeps_its_number),
        API_TEST(what_is_in_the_way_is_told),
        API_TEST(what_cannot_be_looked_for_is_not_in_the_way),
        API_TEST(a_backup_that_pins_too_much_is_lost),
        cmocka_unit_test(a_damaged_page_is_told_and_not_copied),
        cmocka_unit_test(the_map_of_a_backup_has_the_checksum_of_each_page),
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(a_finished_backup_outlasts_a_power_cut),
        cmocka_unit_test(a_crash_midway_leaves_no_file_that_looks_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
