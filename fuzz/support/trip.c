#include "trip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What this call answers: an errno, or 0 to do its work. */
static int tripped(struct trip *trip, enum trip_kind kind)
{
    if (trip->left == 0 || (trip->kinds & (unsigned)kind) == 0 || --trip->left > 0)
        return 0;
    trip->has_tripped = 1;
    trip->left = --trip->times > 0;
    return trip->error;
}

static void *trip_allocate(void *context, size_t size)
{
    return tripped(context, TRIP_MEMORY) ? NULL : malloc(size);
}

static void *trip_resize(void *context, void *block, size_t size)
{
    return tripped(context, TRIP_MEMORY) ? NULL : realloc(block, size);
}

static void trip_release(void *context, void *block)
{
    (void)context;
    free(block);
}

static int trip_file_open(void *context, const char *path, int flags, quire_file **file)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_NAMES);
    *file = NULL;
    return error != 0 ? error : trip->files->open(trip->files->context, path, flags, file);
}

static int trip_file_close(void *context, quire_file *file)
{
    struct trip *trip = context;
    int error = trip->files->close(trip->files->context, file), failure = tripped(trip, TRIP_SHAPE);
    return failure != 0 ? failure : error;
}

static int trip_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_READ);
    *got = 0;
    return error != 0 ? error : trip->files->read(trip->files->context, file, offset, buffer, size, got);
}

static int trip_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    struct trip *trip = context;
    int failure = tripped(trip, TRIP_WRITE), error = 0;
    if (failure == 0 || trip->writes_half)
        error = trip->files->write(trip->files->context, file, offset, buffer, failure == 0 ? size : size / 2);
    return failure != 0 ? failure : error;
}

static int trip_sync(void *context, quire_file *file)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_SYNC);
    return error != 0 ? error : trip->files->sync(trip->files->context, file);
}

static int trip_size(void *context, quire_file *file, uint64_t *size)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_SHAPE);
    return error != 0 ? error : trip->files->size(trip->files->context, file, size);
}

static int trip_truncate(void *context, quire_file *file, uint64_t size)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_SHAPE);
    return error != 0 ? error : trip->files->truncate(trip->files->context, file, size);
}

static int trip_lock(void *context, quire_file *file, int lock)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_OTHERS);
    return error != 0 ? error : trip->files->lock(trip->files->context, file, lock);
}

static int trip_remove(void *context, const char *path)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_NAMES);
    return error != 0 ? error : trip->files->remove(trip->files->context, path);
}

static int trip_rename(void *context, const char *from, const char *to)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_NAMES);
    return error != 0 ? error : trip->files->rename(trip->files->context, from, to);
}

static int trip_sync_name(void *context, const char *path)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_NAMES);
    return error != 0 ? error : trip->files->sync_name(trip->files->context, path);
}

static int trip_full_path(void *context, const char *path, char *full, size_t size)
{
    int error = tripped(context, TRIP_NAMES);
    if (error == 0 && strlen(path) >= size)
        error = ENAMETOOLONG;
    if (error == 0)
        memcpy(full, path, strlen(path) + 1);
    return error;
}

static int trip_random(void *context, void *buffer, size_t size)
{
    struct trip *trip = context;
    int error = tripped(trip, TRIP_OTHERS);
    return error != 0 ? error : trip->files->random(trip->files->context, buffer, size);
}

static uint64_t trip_now_ms(void *context)
{
    return ((struct trip *)context)->clock_ms++;
}

static void trip_sleep_ms(void *context, uint32_t milliseconds)
{
    ((struct trip *)context)->clock_ms += milliseconds;
}

void trip_open(struct trip *trip, uint64_t seed)
{
    *trip = (struct trip){.memory = {trip, trip_allocate, trip_resize, trip_release}};
    trip->vfs = (quire_vfs){trip,        trip_file_open, trip_file_close, trip_read,     trip_write,     trip_sync,
                            trip_size,   trip_truncate,  trip_lock,       trip_remove,   trip_sync_name, trip_random,
                            trip_now_ms, trip_sleep_ms,  trip_rename,     trip_full_path};
    if (quire_vfs_memory_new(seed, &trip->files) != QUIRE_OK)
        abort();
}

void trip_close(struct trip *trip)
{
    quire_vfs_memory_free(trip->files);
}

void trip_arm(struct trip *trip, unsigned kinds, uint32_t left, uint32_t times, int error, int writes_half)
{
    trip->kinds = kinds;
    trip->left = left;
    trip->times = times;
    trip->error = error;
    trip->writes_half = writes_half;
}

int trip_heal(struct trip *trip)
{
    int has = trip->has_tripped;
    trip->left = 0;
    trip->has_tripped = 0;
    return has;
}
