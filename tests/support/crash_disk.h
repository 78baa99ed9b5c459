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
 * Equal for disks with the same files of the same bytes, and else unequal but for
 * one chance in 2^64. The disk that an image was made of must be there still.
 */
uint64_t crash_disk_digest(const struct crash_disk *disk);

#endif
