/*
 * Many interleavings of one play, each under a number.
 *
 * By lot: the number is the seed of the choices. A walk changes threads at each
 * point with some odds; or threads have priorities, which change at a few points
 * (Burckhardt, Kothari, Musuvathi, Nagarakatte, A randomized scheduler with
 * probabilistic guarantees of finding bugs, 2010): both, because the one finds
 * what needs many changes and the other what needs few at the right places.
 *
 * One by one: all schedules with at most so many changes of threads that nothing
 * forces (Musuvathi, Qadeer, Iterative context bounding, 2007). The number is
 * that of the schedule in this enumeration.
 */
#ifndef QUIRE_TESTS_EXPLORE_H
#define QUIRE_TESTS_EXPLORE_H

#include "scheduler.h"

/* What the threads do. `number` also says what there is to do, where that is by lot. */
struct play {
    const char *name;
    size_t threads;
    void *(*begin)(uint64_t number); /* NULL if that fails */
    void (*body)(void *stage, size_t thread);
    void (*end)(void *stage); /* checks what is left, and releases all */
    int may_rest;
    const char
        *forks[2]; /* free switches of an enumeration only where the place contains one of these; NULL: anywhere */
};

struct tally {
    uint64_t schedules, distinct, points, switches;
    uint64_t sum;    /* of the fingerprints */
    int is_complete; /* all there are within the bound */
};

/* Runs the numbers from `first` on. On failure says which, and answers 0. */
int explore_by_lot(const struct play *play, uint64_t first, uint64_t count, int is_told, struct tally *tally);
/* At most `most` schedules; only the last one is told. */
int explore_all(const struct play *play, unsigned bound, uint64_t most, int is_told, struct tally *tally);

#endif
