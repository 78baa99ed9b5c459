/*
 * A disk that fails on purpose. Files stand in memory twice: as the process
 * sees them, and as they are durable, which is what they were at their last
 * sync. A call may be made to fail, and the power may be cut: then each
 * 512-byte sector written since the last sync is lost, kept, or either by lot,
 * and so are names that were made or removed without sync_name.
 */
#ifndef QUIRE_TESTS_FAULT_VFS_H
#define QUIRE_TESTS_FAULT_VFS_H

#include "../../src/quire.h"

struct fault_disk;

enum fault_kind {
    FAULT_ONCE,   /* the call fails, those after it do not */
    FAULT_STICKY, /* it and all after it fail */
    FAULT_SHORT,  /* as once, but a write leaves its first half behind */
    FAULT_LATE,   /* as once, but a write does all its work before it fails */
    FAULT_LOSES /* as once, but what a sync should have written passes for written from then on, as Linux does it: it is
                   seen until the power goes, and only what is written anew becomes durable */
};

enum fault_cut {
    CUT_DROPS, /* what was not synced is lost */
    CUT_KEEPS, /* all of it had arrived */
    CUT_TEARS  /* each sector and each name by lot */
};

struct fault_disk *fault_disk_new(uint64_t seed);
void fault_disk_free(struct fault_disk *disk);
const quire_vfs *fault_disk_vfs(struct fault_disk *disk);

/* Calls so far that write, sync, truncate, create or remove; reads do not count. */
uint64_t fault_disk_calls(const struct fault_disk *disk);
/* Lets the call of that number (the first is 1) fail with the errno; 0 lets none fail. */
void fault_disk_fail(struct fault_disk *disk, uint64_t call, int error, enum fault_kind kind);
/* 1 once a call has failed. */
int fault_disk_has_failed(const struct fault_disk *disk);
/* Limits the bytes of all files together; growing past it is ENOSPC. 0: no limit. */
void fault_disk_limit(struct fault_disk *disk, size_t bytes);
/* Lets every read fail with the errno; 0 ends that. */
void fault_disk_fail_reads(struct fault_disk *disk, int error);
/* Lets the read of that number from now on fail with the errno, once. */
void fault_disk_fail_read(struct fault_disk *disk, uint64_t read, int error);

/* Every handle must be closed, or be thrown away unused. */
void fault_disk_cut_power(struct fault_disk *disk, enum fault_cut cut);

/* A file's bytes, to look at or to damage (as if durable); NULL if there is no such file. */
uint8_t *fault_disk_bytes(struct fault_disk *disk, const char *path, size_t *size);
/* Puts a file there, with these bytes, durable. */
void fault_disk_put(struct fault_disk *disk, const char *path, const uint8_t *bytes, size_t size);
void fault_disk_remove(struct fault_disk *disk, const char *path);

#endif
