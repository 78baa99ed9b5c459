/*
 * The same calls on the VFS of the operating system, in a folder of its own that goes
 * with it, and on the VFS in memory: they answer and hold the same. Each function ends
 * the program when they do not.
 */
#ifndef QUIRE_FUZZ_TWO_VFS_H
#define QUIRE_FUZZ_TWO_VFS_H

#include "../../src/quire.h"
#include "input.h"

enum { TWO_HANDLES = 6, TWO_NAMES = 6 };

struct two_vfs {
    const quire_vfs *posix;
    quire_vfs *memory;
    char folder[512];
    struct {
        quire_file *posix, *memory; /* NULL: free */
        size_t name;
        int is_read_only, is_nameless; /* its name was taken away */
    } handles[TWO_HANDLES];
};

void two_vfs_open(struct two_vfs *two);
void two_vfs_close(struct two_vfs *two);

/* Calls on names; flags are those of quire_vfs. */
void two_vfs_open_file(struct two_vfs *two, size_t handle, size_t name, int flags);
void two_vfs_remove(struct two_vfs *two, size_t name);
void two_vfs_rename(struct two_vfs *two, size_t from, size_t to);
void two_vfs_sync_name(struct two_vfs *two, size_t name);
/* Calls on a handle; nothing happens if it is free. */
void two_vfs_close_file(struct two_vfs *two, size_t handle);
void two_vfs_read(struct two_vfs *two, size_t handle, uint64_t offset, size_t size);
void two_vfs_write(struct two_vfs *two, size_t handle, uint64_t offset, size_t size, uint8_t byte);
void two_vfs_truncate(struct two_vfs *two, size_t handle, uint64_t size);
void two_vfs_lock(struct two_vfs *two, size_t handle, int lock);
void two_vfs_sync(struct two_vfs *two, size_t handle);
/* What only an operating system has: links, folders, pipes and full paths, by `how`. */
void two_vfs_link(struct two_vfs *two, size_t link, size_t name, uint8_t how);
void two_vfs_full_path(struct two_vfs *two, size_t name, uint8_t how, size_t size);
void two_vfs_refused(struct two_vfs *two, uint8_t how);

#endif
