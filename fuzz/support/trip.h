/*
 * Files and memory that fail when they are told to: the hooks of a database whose
 * every call may be the one that fails. The files are those of quire_vfs_memory,
 * so that what was written is there after a failure, and closing a file that is
 * told to fail closes it all the same.
 */
#ifndef QUIRE_FUZZ_TRIP_H
#define QUIRE_FUZZ_TRIP_H

#include "../../src/quire.h"

enum trip_kind {
    TRIP_MEMORY = 1 << 0,
    TRIP_READ = 1 << 1,
    TRIP_WRITE = 1 << 2,
    TRIP_SYNC = 1 << 3,
    TRIP_NAMES = 1 << 4,  /* open, remove, rename, sync_name, full_path */
    TRIP_SHAPE = 1 << 5,  /* size, truncate, close */
    TRIP_OTHERS = 1 << 6, /* lock, random */
    TRIP_CHANGES = TRIP_WRITE | TRIP_SYNC | TRIP_NAMES | TRIP_SHAPE
};

struct trip {
    quire_vfs vfs;
    quire_vfs *files;
    quire_memory memory;
    unsigned kinds;       /* the calls that count */
    uint32_t left, times; /* the call that fails first, counted from 1 (0: none), and how many fail from there on */
    int error;
    int writes_half;   /* a write that fails has written half of its bytes */
    int has_tripped;   /* since the last trip_heal */
    uint64_t clock_ms; /* goes on by a call of now_ms, and by what is slept */
};

void trip_open(struct trip *trip, uint64_t seed);
void trip_close(struct trip *trip);
/* Of calls of these kinds, the one that is `left` away fails, and `times` - 1 after it. */
void trip_arm(struct trip *trip, unsigned kinds, uint32_t left, uint32_t times, int error, int writes_half);
/* Nothing fails from here on. Answers whether something did. */
int trip_heal(struct trip *trip);

#endif
