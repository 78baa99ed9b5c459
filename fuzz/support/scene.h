/*
 * A database on a disk that remembers what was done to it (tests/support/crash_disk),
 * and the states that a power cut may find at each moment, as the sync mode promises.
 */
#ifndef QUIRE_FUZZ_SCENE_H
#define QUIRE_FUZZ_SCENE_H

#include "../../tests/support/crash_disk.h"
#include "script.h"

enum { STATES_MOST = 40, PROMISES_MOST = 200 };

/* After a cut, one of the states from `least` to `most` is found. */
struct promise {
    size_t least, most;
};

struct scene {
    quire_options options;
    struct crash_disk *disk;
    quire_db *db;
    quire_txn *txn;
    struct script script;
    struct model states[STATES_MOST]; /* each commit's, the one the disk began with first */
    size_t state_count, durable;
    struct promise promises[PROMISES_MOST]; /* a mark on the disk is the index of one */
    uint32_t promise_count;
};

void scene_open(struct scene *s, quire_sync_mode sync, size_t page_size, size_t pages);
void scene_close(struct scene *s);

/* 0 when no more states or promises are remembered: then only edits, rollbacks and cuts may follow. */
int scene_has_room(const struct scene *s);
void scene_commit(struct scene *s);
void scene_roll_back(struct scene *s);
/* Commits, and syncs the log (odd `how`) or checkpoints. */
void scene_make_durable(struct scene *s, uint8_t how);
void scene_reopen(struct scene *s);
/* The power goes: events ago (1), odds of 16 or one lost sector (1), lots or its number (1). What is found is whole,
 * promised, and passes the audit. */
void scene_cut_power(struct scene *s, struct input *input);

#endif
