/*
 * A pager over made-up pages, for tests of the file room. Every function fails
 * the test, with the pager's message, when something goes wrong; the _status
 * forms hand the status to the test instead.
 */
#ifndef QUIRE_TESTS_PAGER_FIXTURE_H
#define QUIRE_TESTS_PAGER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fake_codec.h"
#include "fault_vfs.h"
#include "step_vfs.h"

struct rig {
    struct fault_disk *disk;
    struct step_vfs step; /* between the pager and the disk; calls back before writes and syncs of the database file */
    struct pager_config config;
    quire_options options;
    struct pager *pager;
    struct fault fault;
    char notices[1024]; /* what the pager told through options.log */
};

/* A new disk, 512-byte pages, a small cache, nothing opened yet. */
void rig_init(struct rig *rig);
void rig_free(struct rig *rig);
void rig_open(struct rig *rig);
quire_status rig_open_status(struct rig *rig);
void rig_close(struct rig *rig);
/* Throws the pager away as a killed process would: nothing more reaches the disk. */
void rig_kill(struct rig *rig);
/* Kills, cuts the power and opens again. */
void rig_crash(struct rig *rig, enum fault_cut cut);

void rig_begin(struct rig *rig);
void rig_commit(struct rig *rig);
/* Adds a page in the open transaction; its first word is `value`. */
uint32_t rig_add(struct rig *rig, uint64_t value);
quire_status rig_add_status(struct rig *rig, uint64_t value, uint32_t *pgno);
void rig_set(struct rig *rig, uint32_t pgno, size_t word, uint64_t value);
quire_status rig_set_status(struct rig *rig, uint32_t pgno, size_t word, uint64_t value);
uint64_t rig_get(struct rig *rig, const struct snapshot *snapshot, uint32_t pgno, size_t word);
quire_status rig_get_status(struct rig *rig, const struct snapshot *snapshot, uint32_t pgno, size_t word,
                            uint64_t *value);
/* The word as a new snapshot sees it. */
uint64_t rig_read(struct rig *rig, uint32_t pgno, size_t word);
/* Begins, adds `count` pages with the words first, first + 1, ..., commits; the first page. */
uint32_t rig_commit_pages(struct rig *rig, uint32_t count, uint64_t first);
/* Begins, sets one word, commits. */
void rig_commit_word(struct rig *rig, uint32_t pgno, size_t word, uint64_t value);
struct pager_stat rig_stat(struct rig *rig);

#define assert_status(rig, expected, call)                                                                             \
    do {                                                                                                               \
        quire_status status_ = (call);                                                                                 \
        if (status_ != (expected))                                                                                     \
            fail_msg("status %d, not %d: %s", (int)status_, (int)(expected), (rig)->fault.message);                    \
    } while (0)
#define assert_ok(rig, call) assert_status(rig, QUIRE_OK, call)

#endif
