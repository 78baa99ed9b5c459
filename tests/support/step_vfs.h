/*
 * A VFS in front of another one that calls back before each write and each sync
 * of one file. A test does there what another thread might do at that moment:
 * the same order each time. The database file is written and synced by
 * checkpoints only, and without the pager's mutex.
 *
 * It also notes the calls that change or sync a file, in their order: w, s and t for
 * a write, sync and truncate of that file, W, S and T for those of any other.
 */
#ifndef QUIRE_TESTS_STEP_VFS_H
#define QUIRE_TESTS_STEP_VFS_H

#include "../../src/quire.h"

struct step_vfs {
    quire_vfs vfs; /* what to open with */
    const quire_vfs *inner;
    const char *path;
    quire_file *file;            /* the handle on that path */
    void (*hook)(void *context); /* NULL: none; it is not called from within itself */
    void *context;
    int is_inside;
    uint64_t steps;  /* writes and syncs of the file so far */
    char calls[256]; /* ended by NUL; what no longer fits is not noted. Set it to "" to begin anew. */
};

void step_vfs_init(struct step_vfs *step, const quire_vfs *inner, const char *path);
void step_vfs_hook(struct step_vfs *step, void (*hook)(void *context), void *context);

#endif
