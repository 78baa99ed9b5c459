/* A database on a VFS in memory, and one-line calls, for tests of the public API. */
#ifndef QUIRE_TESTS_API_FIXTURE_H
#define QUIRE_TESTS_API_FIXTURE_H

#include "../../src/quire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    quire_vfs *vfs;
    quire_options options;
    quire_db *db;
};

static inline quire_bytes text(const char *s)
{
    return (quire_bytes){(const uint8_t *)s, strlen(s)};
}

#define OK(call) assert_int_equal((call), QUIRE_OK)
#define GIVES(status, call) assert_int_equal((call), (status))

/* The last failure's message holds `part`. */
#define SAYS(db, part) assert_non_null(strstr(quire_error_message(db), part))

static inline void fixture_reopen(struct fixture *f)
{
    if (f->db)
        OK(quire_close(f->db));
    OK(quire_open("test.quire", &f->options, &f->db));
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    quire_options_init(&f->options);
    OK(quire_vfs_memory_new(1, &f->vfs));
    f->options.vfs = f->vfs;
    f->options.page_size = 512;
    fixture_reopen(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    if (f->db)
        OK(quire_close(f->db));
    quire_vfs_memory_free(f->vfs);
    free(f);
    return 0;
}

static inline quire_txn *begin(struct fixture *f, int mode)
{
    quire_txn *txn;
    OK(quire_begin(f->db, mode, &txn));
    return txn;
}

static inline void put(quire_txn *txn, quire_tree *tree, const char *key, const char *value)
{
    OK(quire_put(txn, tree, text(key), text(value), 0));
}

static inline void put_alone(struct fixture *f, const char *key, const char *value)
{
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, key, value);
    OK(quire_commit(txn));
}

static inline void assert_bytes(quire_bytes found, const char *expected)
{
    assert_int_equal(found.size, strlen(expected));
    assert_memory_equal(found.data, expected, found.size);
}

static inline void assert_value(quire_txn *txn, quire_tree *tree, const char *key, const char *expected)
{
    quire_bytes value;
    OK(quire_get(txn, tree, text(key), &value));
    assert_bytes(value, expected);
}

static inline void assert_missing(quire_txn *txn, quire_tree *tree, const char *key)
{
    quire_bytes value;
    GIVES(QUIRE_NOT_FOUND, quire_get(txn, tree, text(key), &value));
}

static inline void print_violation(void *context, const quire_violation *violation)
{
    (void)context;
    print_message("page %u breaks %s: %s\n", (unsigned)violation->pgno, violation->rule, violation->message);
}

/* The audit finds nothing. */
static inline void assert_sound(struct fixture *f)
{
    quire_txn *txn = begin(f, QUIRE_READ);
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    quire_rollback(txn);
}

#define API_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
