/* Counters are off unless asked for, in three ways, and say what happened. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "../../src/quire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static quire_vfs *vfs;

static int start(void **state)
{
    (void)state;
    unsetenv("QUIRE_PROFILE");
    return quire_vfs_memory_new(1, &vfs) == QUIRE_OK ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    quire_vfs_memory_free(vfs);
    return 0;
}

static quire_db *database(uint32_t flags)
{
    quire_options options;
    quire_db *db;
    quire_options_init(&options);
    options.flags |= flags;
    options.vfs = vfs;
    assert_int_equal(quire_open("counted", &options, &db), QUIRE_OK);
    return db;
}

static void put_ten(quire_db *db)
{
    quire_txn *txn;
    assert_int_equal(quire_begin(db, QUIRE_WRITE, &txn), QUIRE_OK);
    for (uint8_t i = 0; i < 10; i++)
        assert_int_equal(quire_put(txn, NULL, (quire_bytes){&i, 1}, (quire_bytes){&i, 1}, 0), QUIRE_OK);
    assert_int_equal(quire_commit(txn), QUIRE_OK);
}

static uint64_t counter(quire_db *db, const char *name)
{
    quire_counter counters[128];
    size_t count = quire_counters_get(db, counters, 128);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counters[i].name, name) == 0)
            return counters[i].value;
    }
    fail_msg("there is no counter %s", name);
    return 0;
}

/* What `leaf_inserts` says after ten puts. */
static uint64_t counted(uint32_t flags, const char *variable)
{
    if (variable)
        assert_int_equal(setenv("QUIRE_PROFILE", variable, 1), 0);
    quire_db *db = database(flags);
    put_ten(db);
    uint64_t value = counter(db, "leaf_inserts");
    assert_int_equal(quire_close(db), QUIRE_OK);
    return value;
}

static void off_unless_asked_for(void **state)
{
    (void)state;
    assert_int_equal(counted(0, NULL), 0);
}

static void on_by_flag(void **state)
{
    (void)state;
    assert_int_equal(counted(QUIRE_OPEN_PROFILE, NULL), 10);
}

static void on_by_the_environment(void **state)
{
    (void)state;
    assert_int_equal(counted(0, "1"), 10);
}

static void an_empty_variable_and_0_mean_off(void **state)
{
    (void)state;
    assert_int_equal(counted(0, ""), 0);
    assert_int_equal(counted(0, "0"), 0);
}

static void on_and_off_while_the_database_is_open(void **state)
{
    (void)state;
    quire_db *db = database(0);
    quire_counters_enable(db, 1);
    put_ten(db);
    assert_int_equal(counter(db, "leaf_inserts"), 10);
    assert_int_equal(counter(db, "commits"), 1);
    quire_counters_reset(db);
    assert_int_equal(counter(db, "leaf_inserts"), 0);
    quire_counters_enable(db, 0);
    put_ten(db);
    assert_int_equal(counter(db, "leaf_searches"), 0);
    assert_int_equal(quire_close(db), QUIRE_OK);
}

static void records_of_the_log_are_images_deltas_and_commits(void **state)
{
    (void)state;
    quire_db *db = database(0);
    uint64_t syncs = counter(db, "syncs");
    put_ten(db);
    assert_true(counter(db, "log_deltas") > 0);
    assert_int_equal(counter(db, "log_records"),
                     counter(db, "log_images") + counter(db, "log_deltas") + counter(db, "log_commits"));
    assert_true(counter(db, "log_written_bytes") > 40 * counter(db, "log_records"));
    assert_int_equal(counter(db, "syncs"), syncs + 1);
    assert_int_equal(quire_close(db), QUIRE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(off_unless_asked_for, start, finish),
        cmocka_unit_test_setup_teardown(on_by_flag, start, finish),
        cmocka_unit_test_setup_teardown(on_by_the_environment, start, finish),
        cmocka_unit_test_setup_teardown(an_empty_variable_and_0_mean_off, start, finish),
        cmocka_unit_test_setup_teardown(on_and_off_while_the_database_is_open, start, finish),
        cmocka_unit_test_setup_teardown(records_of_the_log_are_images_deltas_and_commits, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
