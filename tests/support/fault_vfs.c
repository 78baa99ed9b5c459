/*
 * Each file keeps its bytes as seen and as durable, a bit for each sector in
 * which they may differ, one for each of these that no sync will write any more, and one for each that was ever
 * written: a log has its records in two places a mebibyte apart, and what lies between, zero in both, is left alone.
 * Running out of memory here ends the test program.
 */
#include "fault_vfs.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, NAME_SIZE = 64, FILES_MAX = 16 };

struct fault_file {
    char name[NAME_SIZE];
    int is_named, is_durably_named;
    uint8_t *seen, *durable;
    uint8_t *dirty, *lost, *touched; /* a bit for each sector up to the capacity; lost: dirty, and no sync knows it */
    size_t seen_size, durable_size, capacity;
    int is_handed_out; /* a test has damaged the bytes as seen, perhaps, and wants them to be durable so */
    int shared_locks, exclusive_lock;
};

struct fault_handle {
    struct fault_file *file;
    int is_read_only, lock;
};

struct fault_disk {
    quire_vfs vfs;
    pthread_mutex_t mutex;
    struct fault_file files[FILES_MAX];
    uint64_t random, clock_ms, calls, fail_call;
    int fail_error, has_failed, read_error, one_read_error;
    uint64_t reads_left;
    enum fault_kind fail_kind;
    size_t limit;
};

static void *must_have(void *block)
{
    if (block == NULL)
        abort();
    return block;
}

static uint64_t fault_random(struct fault_disk *disk)
{
    disk->random ^= disk->random << 13;
    disk->random ^= disk->random >> 7;
    disk->random ^= disk->random << 17;
    return disk->random;
}

static struct fault_file *file_of(quire_file *file)
{
    return ((struct fault_handle *)file)->file;
}

static struct fault_file *find_file(struct fault_disk *disk, const char *name)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        if (disk->files[i].is_named && strcmp(disk->files[i].name, name) == 0)
            return &disk->files[i];
    return NULL;
}

static struct fault_file *make_file(struct fault_disk *disk, const char *name)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        struct fault_file *file = &disk->files[i];
        if (file->is_named || file->is_durably_named || file->shared_locks || file->exclusive_lock)
            continue;
        free(file->seen);
        free(file->durable);
        free(file->dirty);
        free(file->lost);
        free(file->touched);
        memset(file, 0, sizeof *file);
        if (strlen(name) >= NAME_SIZE)
            abort();
        strcpy(file->name, name);
        file->is_named = 1;
        return file;
    }
    abort();
}

/* A larger block with the bytes of the old one, zeros behind them. */
static uint8_t *larger(uint8_t *old, size_t old_size, size_t size)
{
    uint8_t *block = must_have(calloc(1, size));
    if (old_size > 0)
        memcpy(block, old, old_size);
    free(old);
    return block;
}

static void set_bit(uint8_t *bits, size_t sector)
{
    bits[sector / 8] = (uint8_t)(bits[sector / 8] | 1u << sector % 8);
}

static void clear_bit(uint8_t *bits, size_t sector)
{
    bits[sector / 8] = (uint8_t)(bits[sector / 8] & ~(1u << sector % 8));
}

static int has_bit(const uint8_t *bits, size_t sector)
{
    return bits[sector / 8] >> sector % 8 & 1;
}

/* Bytes from `low` to `high` become zeros as seen. */
static void zero_seen(struct fault_file *file, size_t low, size_t high)
{
    while (low < high) {
        size_t sector = low / SECTOR, next = (sector + 1) * SECTOR < high ? (sector + 1) * SECTOR : high;
        if (has_bit(file->touched, sector)) {
            memset(file->seen + low, 0, next - low);
            set_bit(file->dirty, sector);
            clear_bit(file->lost, sector);
        }
        low = next;
    }
}

/* The next sector from *at on that may differ, as an offset; 0 when there is none. */
static int next_dirty(const struct fault_file *file, size_t *at)
{
    size_t sector = *at / SECTOR, end = file->capacity / SECTOR;
    while (sector < end && !has_bit(file->dirty, sector))
        sector += file->dirty[sector / 8] == 0 ? 8 - sector % 8 : 1;
    *at = sector * SECTOR;
    return sector < end;
}

/* What is seen becomes what is durable, but for what is lost. */
static void make_durable(struct fault_file *file)
{
    for (size_t at = 0; next_dirty(file, &at); at += SECTOR)
        if (!has_bit(file->lost, at / SECTOR))
            memcpy(file->durable + at, file->seen + at, SECTOR);
    if (file->capacity > 0)
        memcpy(file->dirty, file->lost, file->capacity / SECTOR / 8);
    file->durable_size = file->seen_size;
}

/* A sync that fails takes what it should have written for written: it is seen, and will not be tried again. */
static void lose_dirty(struct fault_file *file)
{
    if (file->capacity > 0)
        memcpy(file->lost, file->dirty, file->capacity / SECTOR / 8);
}

/* Sectors that nobody wrote are durable as they are seen. */
static void keep_damage(struct fault_file *file)
{
    for (size_t at = 0; at < file->seen_size; at += SECTOR)
        if (!has_bit(file->dirty, at / SECTOR)) {
            memcpy(file->durable + at, file->seen + at, SECTOR);
            set_bit(file->touched, at / SECTOR);
        }
    file->is_handed_out = 0;
}

static void make_room(struct fault_file *file, size_t size)
{
    const size_t unit = 8 * SECTOR; /* a byte of bits */
    if (size <= file->capacity)
        return;
    size_t capacity = (size + (size < 1 << 18 ? size : size / 8) + unit - 1) / unit * unit;
    file->seen = larger(file->seen, file->seen_size, capacity);
    file->durable = larger(file->durable, file->durable_size, capacity);
    file->dirty = larger(file->dirty, file->capacity / SECTOR / 8, capacity / SECTOR / 8);
    file->lost = larger(file->lost, file->capacity / SECTOR / 8, capacity / SECTOR / 8);
    file->touched = larger(file->touched, file->capacity / SECTOR / 8, capacity / SECTOR / 8);
    file->capacity = capacity;
}

static void resize_file(struct fault_file *file, size_t size)
{
    make_room(file, size);
    if (file->is_handed_out)
        keep_damage(file);
    zero_seen(file, size, file->seen_size);
    file->seen_size = size;
}

/* Counts a call that changes something; answers the errno that it must fail with, or 0. */
static int count_call(struct fault_disk *disk)
{
    disk->calls++;
    if (disk->fail_call == 0 || disk->calls < disk->fail_call)
        return 0;
    if (disk->calls > disk->fail_call && disk->fail_kind != FAULT_STICKY)
        return 0;
    disk->has_failed = 1;
    return disk->fail_error;
}

static int fault_open(void *context, const char *path, int flags, quire_file **file)
{
    struct fault_disk *disk = context;
    *file = NULL;
    pthread_mutex_lock(&disk->mutex);
    struct fault_file *found = find_file(disk, path);
    int error = 0;
    if (found == NULL && !(flags & QUIRE_VFS_CREATE))
        error = ENOENT;
    else if (found != NULL && (flags & QUIRE_VFS_CREATE) && (flags & QUIRE_VFS_EXCLUSIVE))
        error = EEXIST;
    else if (found == NULL && (error = count_call(disk)) == 0)
        found = make_file(disk, path);
    if (error == 0) {
        struct fault_handle *handle = must_have(calloc(1, sizeof *handle));
        handle->file = found;
        handle->is_read_only = (flags & QUIRE_VFS_READ_ONLY) != 0;
        *file = (quire_file *)handle;
    }
    pthread_mutex_unlock(&disk->mutex);
    return error;
}

static void drop_lock(struct fault_handle *handle)
{
    if (handle->lock == QUIRE_LOCK_SHARED)
        handle->file->shared_locks--;
    if (handle->lock == QUIRE_LOCK_EXCLUSIVE)
        handle->file->exclusive_lock = 0;
    handle->lock = QUIRE_LOCK_NONE;
}

static int fault_close(void *context, quire_file *file)
{
    struct fault_disk *disk = context;
    pthread_mutex_lock(&disk->mutex);
    drop_lock((struct fault_handle *)file);
    free(file);
    pthread_mutex_unlock(&disk->mutex);
    return 0;
}

static int fault_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    struct fault_disk *disk = context;
    pthread_mutex_lock(&disk->mutex);
    const struct fault_file *from = file_of(file);
    int error = disk->read_error;
    if (disk->reads_left > 0 && --disk->reads_left == 0) {
        error = disk->one_read_error;
        disk->has_failed = 1;
    }
    *got = offset < from->seen_size ? from->seen_size - (size_t)offset : 0;
    if (*got > size)
        *got = size;
    if (error == 0 && *got > 0)
        memcpy(buffer, from->seen + offset, *got);
    pthread_mutex_unlock(&disk->mutex);
    return error;
}

static size_t bytes_in_use(const struct fault_disk *disk)
{
    size_t sum = 0;
    for (size_t i = 0; i < FILES_MAX; i++)
        sum += disk->files[i].is_named ? disk->files[i].seen_size : 0;
    return sum;
}

static void write_bytes(struct fault_file *to, size_t offset, const void *buffer, size_t size)
{
    if (size == 0)
        return;
    if (offset + size > to->seen_size)
        resize_file(to, offset + size);
    memcpy(to->seen + offset, buffer, size);
    for (size_t sector = offset / SECTOR; sector * SECTOR < offset + size; sector++) {
        set_bit(to->dirty, sector);
        clear_bit(to->lost, sector);
        set_bit(to->touched, sector);
    }
}

static int fault_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    struct fault_disk *disk = context;
    if (((struct fault_handle *)file)->is_read_only)
        return EBADF;
    pthread_mutex_lock(&disk->mutex);
    struct fault_file *to = file_of(file);
    int error = count_call(disk);
    size_t end = (size_t)offset + size;
    if (error == 0 && disk->limit != 0 && end > to->seen_size &&
        bytes_in_use(disk) + (end - to->seen_size) > disk->limit)
        error = ENOSPC;
    if (error == 0)
        write_bytes(to, (size_t)offset, buffer, size);
    else if (disk->fail_kind == FAULT_SHORT)
        write_bytes(to, (size_t)offset, buffer, size / 2);
    else if (disk->fail_kind == FAULT_LATE)
        write_bytes(to, (size_t)offset, buffer, size);
    pthread_mutex_unlock(&disk->mutex);
    return error;
}

static int fault_sync(void *context, quire_file *file)
{
    struct fault_disk *disk = context;
    pthread_mutex_lock(&disk->mutex);
    int error = count_call(disk);
    if (error == 0)
        make_durable(file_of(file));
    else if (disk->fail_kind == FAULT_LOSES)
        lose_dirty(file_of(file));
    pthread_mutex_unlock(&disk->mutex);
    return error;
}

static int fault_size(void *context, quire_file *file, uint64_t *size)
{
    struct fault_disk *disk = context;
    pthread_mutex_lock(&disk->mutex);
    *size = file_of(file)->seen_size;
    pthread_mutex_unlock(&disk->mutex);
    return 0;
}

static int fault_truncate(void *context, quire_file *file, uint64_t size)
{
    struct fault_disk *disk = context;
    pthread_mutex_lock(&disk->mutex);
    int error = count_call(disk);
    if (error == 0)
        resize_file(file_of(file), (size_t)size);
    pthread_mutex_unlock(&disk->mutex);
    return error;
}

static int fault_lock(void *context, quire_file *file, int lock)
{
    struct fault_disk *disk = context;
    struct fault_handle *handle = (struct fault_handle *)file;
    pthread_mutex_lock(&disk->mutex);
    int before = handle->lock;
    drop_lock(handle);
    int error = 0;
    if (lock != QUIRE_LOCK_NONE &&
        (handle->file->exclusive_lock || (lock == QUIRE_LOCK_EXCLUSIVE && handle->file->shared_locks > 0))) {
        error = EAGAIN;
        lock = before;
    }
    handle->lock = lock;
    handle->file->shared_locks += lock == QUIRE_LOCK_SHARED;
    if (lock == QUIRE_LOCK_EXCLUSIVE)
        handle->file->exclusive_lock = 1;
    pthread_mutex_unlock(&disk->mutex);
    return error;
}

static int fault_remove(void *context, const char *path)
{
    struct fault_disk *disk = context;
    pthread_mutex_lock(&disk->mutex);
    struct fault_file *file = find_file(disk, path);
    int error = file == NULL ? ENOENT : count_call(disk);
    if (error == 0)
        file->is_named = 0;
    pthread_mutex_unlock(&disk->mutex);
    return error;
}

/* Both names have the content from now on, so that a power cut may bring either back. */
static int fault_rename(void *context, const char *from, const char *to)
{
    struct fault_disk *disk = context;
    pthread_mutex_lock(&disk->mutex);
    struct fault_file *old = find_file(disk, from);
    int error = old == NULL ? ENOENT : find_file(disk, to) != NULL ? EEXIST : count_call(disk);
    if (error == 0) {
        struct fault_file *made = make_file(disk, to);
        make_room(made, old->capacity);
        memcpy(made->seen, old->seen, old->seen_size);
        memcpy(made->durable, old->durable, old->durable_size);
        memcpy(made->dirty, old->dirty, old->capacity / SECTOR / 8);
        memcpy(made->lost, old->lost, old->capacity / SECTOR / 8);
        memcpy(made->touched, old->touched, old->capacity / SECTOR / 8);
        made->seen_size = old->seen_size;
        made->durable_size = old->durable_size;
        old->is_named = 0;
    }
    pthread_mutex_unlock(&disk->mutex);
    return error;
}

static int fault_sync_name(void *context, const char *path)
{
    struct fault_disk *disk = context;
    pthread_mutex_lock(&disk->mutex);
    int error = count_call(disk);
    for (size_t i = 0; i < FILES_MAX && error == 0; i++)
        if (strcmp(disk->files[i].name, path) == 0)
            disk->files[i].is_durably_named = disk->files[i].is_named;
    pthread_mutex_unlock(&disk->mutex);
    return error;
}

static int fault_random_bytes(void *context, void *buffer, size_t size)
{
    struct fault_disk *disk = context;
    pthread_mutex_lock(&disk->mutex);
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = (uint8_t)(fault_random(disk) >> 32);
    pthread_mutex_unlock(&disk->mutex);
    return 0;
}

static uint64_t fault_now_ms(void *context)
{
    return ((struct fault_disk *)context)->clock_ms;
}

static void fault_sleep_ms(void *context, uint32_t milliseconds)
{
    ((struct fault_disk *)context)->clock_ms += milliseconds;
}

struct fault_disk *fault_disk_new(uint64_t seed)
{
    struct fault_disk *disk = must_have(calloc(1, sizeof *disk));
    pthread_mutex_init(&disk->mutex, NULL);
    disk->random = seed * 2 + 1;
    disk->vfs =
        (quire_vfs){disk,         fault_open,     fault_close,  fault_read,   fault_write,     fault_sync,
                    fault_size,   fault_truncate, fault_lock,   fault_remove, fault_sync_name, fault_random_bytes,
                    fault_now_ms, fault_sleep_ms, fault_rename, NULL};
    return disk;
}

void fault_disk_free(struct fault_disk *disk)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        free(disk->files[i].seen);
        free(disk->files[i].durable);
        free(disk->files[i].dirty);
        free(disk->files[i].lost);
        free(disk->files[i].touched);
    }
    pthread_mutex_destroy(&disk->mutex);
    free(disk);
}

const quire_vfs *fault_disk_vfs(struct fault_disk *disk)
{
    return &disk->vfs;
}

uint64_t fault_disk_calls(const struct fault_disk *disk)
{
    return disk->calls;
}

void fault_disk_fail(struct fault_disk *disk, uint64_t call, int error, enum fault_kind kind)
{
    disk->fail_call = call;
    disk->fail_error = error;
    disk->fail_kind = kind;
    disk->has_failed = 0;
}

int fault_disk_has_failed(const struct fault_disk *disk)
{
    return disk->has_failed;
}

void fault_disk_limit(struct fault_disk *disk, size_t bytes)
{
    disk->limit = bytes;
}

void fault_disk_fail_reads(struct fault_disk *disk, int error)
{
    disk->read_error = error;
}

void fault_disk_fail_read(struct fault_disk *disk, uint64_t read, int error)
{
    disk->reads_left = read;
    disk->one_read_error = error;
    disk->has_failed = 0;
}

static void cut_file(struct fault_disk *disk, struct fault_file *file, enum fault_cut cut)
{
    int keeps_name = cut == CUT_KEEPS || (cut == CUT_TEARS && fault_random(disk) % 2);
    if (!keeps_name)
        file->is_named = file->is_durably_named;
    size_t size =
        cut == CUT_KEEPS || (cut == CUT_TEARS && fault_random(disk) % 2) ? file->seen_size : file->durable_size;
    if (file->is_handed_out)
        keep_damage(file);
    for (size_t at = 0; next_dirty(file, &at); at += SECTOR)
        if (cut == CUT_DROPS || (cut == CUT_TEARS && fault_random(disk) % 2))
            memcpy(file->seen + at, file->durable + at, SECTOR);
    size_t end = file->seen_size > file->durable_size ? file->seen_size : file->durable_size;
    zero_seen(file, size, end);
    file->seen_size = size;
    if (file->capacity > 0)
        memset(file->lost, 0, file->capacity / SECTOR / 8);
    make_durable(file);
    file->is_durably_named = file->is_named;
    file->shared_locks = file->exclusive_lock = 0;
}

void fault_disk_cut_power(struct fault_disk *disk, enum fault_cut cut)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        cut_file(disk, &disk->files[i], cut);
    /* A name that came back beside its successor: the successor is the one that was not durable. */
    for (size_t i = 0; i < FILES_MAX; i++)
        for (size_t j = 0; j < i; j++)
            if (disk->files[i].is_named && disk->files[j].is_named &&
                strcmp(disk->files[i].name, disk->files[j].name) == 0)
                disk->files[i].is_named = disk->files[i].is_durably_named = 0;
    disk->fail_call = 0;
    disk->read_error = 0;
    disk->reads_left = 0;
    disk->limit = 0;
}

uint8_t *fault_disk_bytes(struct fault_disk *disk, const char *path, size_t *size)
{
    struct fault_file *file = find_file(disk, path);
    *size = file != NULL ? file->seen_size : 0;
    if (file != NULL)
        file->is_handed_out = 1;
    return file != NULL ? file->seen : NULL;
}

void fault_disk_put(struct fault_disk *disk, const char *path, const uint8_t *bytes, size_t size)
{
    struct fault_file *file = find_file(disk, path);
    if (file == NULL)
        file = make_file(disk, path);
    resize_file(file, 0);
    write_bytes(file, 0, bytes, size);
    file->is_durably_named = 1;
    make_durable(file);
}

void fault_disk_remove(struct fault_disk *disk, const char *path)
{
    struct fault_file *file = find_file(disk, path);
    if (file != NULL)
        file->is_named = file->is_durably_named = 0;
}
