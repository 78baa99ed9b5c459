/* The plays: what the threads do, and what must be true of it. Each has a file of its own that says more. */
#ifndef QUIRE_TESTS_PLAYS_H
#define QUIRE_TESTS_PLAYS_H

#include "../../src/quire.h"
#include "explore.h"

/* On the pager, with made-up pages. */
extern const struct play play_pages_tiny, play_rests_tiny, play_rests_steps, play_pins_steps, play_claim_steps,
    play_room_steps, play_checkpoint_steps, play_pages, play_pages_normal, play_pages_lost;
/* On whole databases. */
extern const struct play play_database, play_backup, play_writers;

/* ---- what the plays share ---- */

/*
 * What is known of the commits while a play runs. Every commit has a number, one
 * higher than the one before, and a reader learns which one it sees.
 */
struct commits {
    uint64_t begun;  /* the highest number that a commit was tried with */
    uint64_t newest; /* the highest that was acknowledged, or that a reader has seen: none may see less from now on */
};

/* To be asked before a reader begins. */
static inline uint64_t commits_floor(const struct commits *commits)
{
    return commits->newest;
}

static inline void commits_acknowledge(struct commits *commits, uint64_t number)
{
    if (commits->newest < number)
        commits->newest = number;
}

/* A reader that began when the floor was `floor` sees commit `seen`. 0, and a failure is noted, if it may not. */
static inline int commits_see(struct commits *commits, size_t thread, uint64_t floor, uint64_t seen)
{
    if (seen < floor || seen > commits->begun) {
        schedule_fail("thread %zu sees commit %llu where %llu to %llu are allowed", thread, (unsigned long long)seen,
                      (unsigned long long)floor, (unsigned long long)commits->begun);
        return 0;
    }
    commits_acknowledge(commits, seen);
    return 1;
}

/* A disk in memory whose writes of several sectors come in two parts, with a point in between. NULL without memory. */
quire_vfs *play_disk_new(void);

#endif
