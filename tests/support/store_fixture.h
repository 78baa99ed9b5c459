/*
 * An open store on a VFS in memory, for tests of the tree room. One transaction
 * is open at a time: begin() for writing, read() for reading; both ends by end
 * functions, and every function fails the test when something goes wrong.
 */
#ifndef QUIRE_TESTS_STORE_FIXTURE_H
#define QUIRE_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/tree/audit.h"
#include "../../src/tree/cursor.h"
#include "../../src/tree/overflow.h"
#include "../../src/tree/page_space.h"

struct fixture {
    quire_vfs *vfs;
    quire_options options;
    struct store store;
    struct fault fault;
    struct snapshot snapshot;
    struct view view;
    struct tree unnamed;                /* while a transaction is open */
    char violation[FAULT_MESSAGE_SIZE]; /* the first that an audit told, and its rule */
    char rule[8];
    size_t violations;
    quire_memory memory;
    size_t refuse_after; /* > 0: counts allocations down, and the one that makes it 0 fails */
};

void fixture_open(struct fixture *fixture, uint32_t page_size);
void fixture_close(struct fixture *fixture);
/* Closes the store and opens it again. */
void fixture_reopen(struct fixture *fixture);

void fixture_begin(struct fixture *fixture);
void fixture_commit(struct fixture *fixture);
void fixture_rollback(struct fixture *fixture);
void fixture_read(struct fixture *fixture);
void fixture_end_read(struct fixture *fixture);
void fixture_checkpoint(struct fixture *fixture);

/* Changes the options of the unnamed tree, whose root must be empty: it is made again in their version. */
void fixture_set_version(struct fixture *fixture, uint8_t slots, uint8_t records);
/* Puts into the unnamed tree. */
void fixture_put(struct fixture *fixture, quire_bytes key, quire_bytes value);
void fixture_delete(struct fixture *fixture, quire_bytes key);
/* The key "k00000123" and the like, in a buffer of the fixture's that two more calls leave alone. */
quire_bytes fixture_key(size_t number);

/*
 * Rewrites a page in the open write transaction as a hostile writer would:
 * fixture_page copies its bytes out, the test changes them, fixture_write logs them.
 */
void fixture_page(struct fixture *fixture, uint32_t pgno, uint8_t *bytes);
void fixture_write(struct fixture *fixture, uint32_t pgno, const uint8_t *bytes);
/* Changes one byte of the database file behind the store's back. */
void fixture_spoil(struct fixture *fixture, uint64_t offset);
/* The leaf that holds a key of the unnamed tree. */
uint32_t fixture_leaf_of(struct fixture *fixture, quire_bytes key);

/* Audits in the open transaction and answers how many violations there were. */
size_t fixture_audit(struct fixture *fixture);
/* Fails the test, with the violation, unless the audit finds none. */
void fixture_assert_sound(struct fixture *fixture);

static inline quire_bytes text_bytes(const char *text)
{
    return (quire_bytes){(const uint8_t *)text, strlen(text)};
}

/* Fails with the store's message unless the status is the expected one. */
#define assert_status(fixture, expected, call)                                                                         \
    do {                                                                                                               \
        quire_status status_ = (call);                                                                                 \
        if (status_ != (expected))                                                                                     \
            fail_msg("status %d, not %d: %s", (int)status_, (int)(expected), (fixture)->fault.message);                \
    } while (0)
#define assert_ok(fixture, call) assert_status(fixture, QUIRE_OK, call)

#endif
