/* The disk in memory writes in one step, under its mutex; real ones do not. */
#include "plays.h"

#include "schedule_points.h"

enum { SECTOR = 512 };

static int (*write_whole)(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size);

static int write_in_parts(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    size_t first = size / SECTOR / 2 * SECTOR;
    int error = first > 0 ? write_whole(context, file, offset, buffer, first) : 0;
    if (first > 0)
        schedule_point("between two parts of a write");
    return error != 0 ? error
                      : write_whole(context, file, offset + first, (const uint8_t *)buffer + first, size - first);
}

quire_vfs *play_disk_new(void)
{
    quire_vfs *disk;
    if (quire_vfs_memory_new(1, &disk) != QUIRE_OK)
        return NULL;
    write_whole = disk->write;
    disk->write = write_in_parts;
    return disk;
}
