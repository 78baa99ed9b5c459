/*
 * A disk that remembers what was done to it, so that it can be put back to any
 * moment and lose its power there. Files stand in memory. Each call that changes
 * something is an event; what a file was synced with last is durable, what was
 * written since is pending, sector by sector (512 bytes). An image is the disk
 * after a crash: all that was durable at a moment, and some of what was pending.
 */
#ifndef QUIRE_TESTS_CRASH_DISK_H
#define QUIRE_TESTS_CRASH_DISK_H

#include "../../src/quire.h"

struct crash_disk;

struct crash_disk *crash_disk_new(uint64_t seed);
void crash_disk_free(struct crash_disk *disk);
const quire_vfs *crash_disk_vfs(struct crash_disk *disk);

/* Events so far; the workload may put marks of its own between them. */
size_t crash_disk_events(const struct crash_disk *disk);
void crash_disk_mark(struct crash_disk *disk, uint32_t mark);
/* The last mark before event `moment`; 0 when there is none. */
uint32_t crash_disk_mark_at(const struct crash_disk *disk, size_t moment);

/*
 * How many pending sectors and names a crash right before event `moment` leaves
 * to chance. `keep(context, i)` then says for each whether it had arrived.
 */
size_t crash_disk_pending(const struct crash_disk *disk, size_t moment);
/* A new disk as the crash leaves it, all of it durable. The caller frees it. */
struct crash_disk *crash_disk_image(struct crash_disk *disk, size_t moment, int (*keep)(void *context, size_t index),
                                    void *context);
/*
 * The disk as it goes on when the process is killed right before event `moment`: the next one sees all that was
 * written, and what was pending is pending still. The caller frees it.
 */
struct crash_disk *crash_disk_killed(struct crash_disk *disk, size_t moment);

/* ---- a disk that lies ---- */

/* Some bytes of one write, which was acknowledged and synced: they were lost, or were written at another place. */
struct crash_lie {
    size_t event;
    uint64_t offset; /* of the bytes in the file */
    size_t size;
    int is_lost;
    uint64_t instead; /* where they went otherwise */
};

/* 1 if event `event` is a write to that file; where, and how many bytes. */
int crash_disk_write_of(const struct crash_disk *disk, size_t event, const char *path, uint64_t *offset, size_t *size);
int crash_disk_is_sync_of(const struct crash_disk *disk, size_t event, const char *path);
/* A new disk with all that was done before event `moment`, but for the lie; NULL: none. The caller frees it. */
struct crash_disk *crash_disk_with_lie(struct crash_disk *disk, size_t moment, const struct crash_lie *lie);

/*
 * Equal for disks with the same files of the same bytes, and else unequal but for
 * one chance in 2^64. The disk that an image was made of must be there still.
 */
uint64_t crash_disk_digest(const struct crash_disk *disk);

#endif
