/*
 * What happens on the disk before it fails: transactions of every kind of edit,
 * some of them rolled back, a checkpoint now and then, and a close. Of what is
 * promised meanwhile a history is kept, and marks on the disk lead to it.
 */
#ifndef QUIRE_TESTS_CRASH_WORKLOAD_H
#define QUIRE_TESTS_CRASH_WORKLOAD_H

#include "../support/crash_disk.h"

#define WORKLOAD_PATH "crash"

enum { COMMITS_MAX = 200 };

/*
 * The states that may be found after a crash: from the last durable one to the last one begun; and, if only the
 * process died, from the last acknowledged one on.
 */
struct promise {
    uint32_t least, acknowledged, most;
};

/*
 * States of the database, each told by a hash of all that a reader sees, the
 * empty one first; and the promises in force, whose index a mark on the disk is.
 */
struct history {
    uint64_t hashes[COMMITS_MAX];
    uint32_t count;
    struct promise promises[4 * COMMITS_MAX];
    uint32_t promise_count;
};

struct workload_kind {
    const char *name;
    quire_options options; /* its vfs is the disk's */
    int is_amid;           /* commits are made while checkpoints write */
    uint32_t round;        /* of workloads that differ */
};

/* Page size, sync mode, and a cache of 64 pages. */
void workload_kind_init(struct workload_kind *kind, const char *name, uint32_t page_size, quire_sync_mode sync,
                        int is_amid);
/* Runs one on an empty disk. A call that fails fails the test. */
void workload_run(const struct workload_kind *kind, struct crash_disk *disk, struct history *history);

#endif
