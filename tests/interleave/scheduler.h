/*
 * Threads that run one at a time, as somebody chooses.
 *
 * Each body runs in a thread of its own, but only one of them moves: at every
 * point (schedule_points.h) it asks `choose` who goes on, and hands over if that
 * is another. So a run is told by its choices alone, and the same choices give
 * the same run. A mutex that is held and a condition that is waited for take a
 * thread out of the choice until it is let go or woken.
 *
 * When nobody can go on the run is stuck: `failure` then says who waits where,
 * and the threads are left as they are.
 *
 * What is seen is every order of the points, as if memory had one order for
 * all threads. What weaker orders may add is not (the thread sanitizer looks for
 * that).
 */
#ifndef QUIRE_TESTS_SCHEDULER_H
#define QUIRE_TESTS_SCHEDULER_H

#include <stddef.h>
#include <stdint.h>

enum { SCHEDULE_THREADS_MAX = 6, SCHEDULE_FAILURE_SIZE = 600 };

/* Who may go on; `current` is among them if it can itself. */
struct schedule_choice {
    size_t current;
    int current_can;
    const char *place; /* of the current one */
    size_t count;
    size_t threads[SCHEDULE_THREADS_MAX]; /* ascending */
};

struct schedule {
    size_t (*choose)(void *chooser, const struct schedule_choice *choice); /* the answer is one of choice->threads */
    int (*rests)(void *chooser); /* 1 if a thread that might rest shall; see schedule_rest */
    void *chooser;
    int is_told; /* print every change of threads */

    uint64_t points, switches;
    uint64_t fingerprint; /* of all choices */
    int is_stuck;
    char failure[SCHEDULE_FAILURE_SIZE]; /* the first one; empty if all went well */
};

/* Runs `count` bodies to their end. After a stuck run no other may follow. */
void schedule_run(struct schedule *schedule, size_t count, void (*body)(void *context, size_t thread), void *context);

/*
 * A place where a thread may rest: if `rests` says so it goes on only when all
 * others have ended or rest. If one of them waits for it meanwhile, that is a failure.
 */
void schedule_rest(void);
/* Notes a failure of the body; the run goes on. */
void schedule_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
