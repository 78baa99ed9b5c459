/*
 * Files in memory. A name leads to a node; open handles count on the node, so
 * that a removed file lives until its last handle goes, as on POSIX. One mutex
 * guards all: the calls are short. Random numbers come from the seed, and the
 * clock moves by sleeping only: the same calls give the same bytes.
 */
#if !defined(_POSIX_C_SOURCE) && !defined(_GNU_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include "sparse.h"
#include "vfs.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct disk_node {
    struct disk_node *next; /* among the named nodes */
    char *name;
    struct sparse content;
    size_t handles;
    size_t shared_locks;
    int exclusive_lock;
    int is_named;
};

/* What a quire_file is here. */
struct disk_handle {
    struct disk_node *node;
    int is_read_only;
    int lock;
};

struct memory_disk {
    quire_vfs vfs;
    pthread_mutex_t mutex;
    struct disk_node *nodes;
    uint64_t random_state;
    uint64_t clock_ms;
};

static void disk_enter(struct memory_disk *disk)
{
    (void)pthread_mutex_lock(&disk->mutex);
}

static int disk_leave(struct memory_disk *disk, int answer)
{
    (void)pthread_mutex_unlock(&disk->mutex);
    return answer;
}

static struct disk_node *disk_node_find(struct memory_disk *disk, const char *name)
{
    struct disk_node *node = disk->nodes;
    while (node != NULL && strcmp(node->name, name) != 0)
        node = node->next;
    return node;
}

static void disk_node_free(struct disk_node *node)
{
    free(node->name);
    sparse_free(&node->content);
    free(node);
}

static struct disk_node *disk_node_new(struct memory_disk *disk, const char *name)
{
    size_t length = strlen(name) + 1;
    struct disk_node *node = calloc(1, sizeof *node);
    char *copy = malloc(length);
    if (node == NULL || copy == NULL) {
        free(node);
        free(copy);
        return NULL;
    }
    memcpy(copy, name, length);
    node->name = copy;
    node->is_named = 1;
    node->next = disk->nodes;
    disk->nodes = node;
    return node;
}

static void disk_unlock(struct disk_handle *handle)
{
    if (handle->lock == QUIRE_LOCK_SHARED)
        handle->node->shared_locks--;
    else if (handle->lock == QUIRE_LOCK_EXCLUSIVE)
        handle->node->exclusive_lock = 0;
    handle->lock = QUIRE_LOCK_NONE;
}

static struct disk_handle *handle_of(quire_file *file)
{
    return (struct disk_handle *)file;
}

static int disk_open(void *context, const char *path, int flags, quire_file **file)
{
    struct memory_disk *disk = context;
    *file = NULL;
    struct disk_handle *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ENOMEM;
    disk_enter(disk);
    struct disk_node *node = disk_node_find(disk, path);
    int error = 0;
    if (node != NULL && (flags & QUIRE_VFS_CREATE) && (flags & QUIRE_VFS_EXCLUSIVE))
        error = EEXIST;
    else if (node == NULL && !(flags & QUIRE_VFS_CREATE))
        error = ENOENT;
    else if (node == NULL && (node = disk_node_new(disk, path)) == NULL)
        error = ENOMEM;
    if (error != 0) {
        free(made);
        return disk_leave(disk, error);
    }
    node->handles++;
    made->node = node;
    made->is_read_only = (flags & QUIRE_VFS_READ_ONLY) != 0;
    *file = (quire_file *)made;
    return disk_leave(disk, 0);
}

static int disk_close(void *context, quire_file *file)
{
    struct memory_disk *disk = context;
    disk_enter(disk);
    disk_unlock(handle_of(file));
    struct disk_node *node = handle_of(file)->node;
    if (--node->handles == 0 && !node->is_named)
        disk_node_free(node);
    free(handle_of(file));
    return disk_leave(disk, 0);
}

static int disk_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    struct memory_disk *disk = context;
    disk_enter(disk);
    *got = sparse_read(&handle_of(file)->node->content, offset, buffer, size);
    return disk_leave(disk, 0);
}

static int disk_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    struct memory_disk *disk = context;
    if (handle_of(file)->is_read_only)
        return EBADF;
    if (size == 0)
        return 0;
    if (offset > SIZE_MAX / 2 || size > SIZE_MAX / 2)
        return EFBIG;
    disk_enter(disk);
    int is_done = sparse_write(&handle_of(file)->node->content, (size_t)offset, buffer, size);
    return disk_leave(disk, is_done ? 0 : ENOSPC);
}

static int disk_sync(void *context, quire_file *file)
{
    (void)context;
    (void)file;
    return 0;
}

static int disk_size(void *context, quire_file *file, uint64_t *size)
{
    struct memory_disk *disk = context;
    disk_enter(disk);
    *size = handle_of(file)->node->content.size;
    return disk_leave(disk, 0);
}

static int disk_truncate(void *context, quire_file *file, uint64_t size)
{
    struct memory_disk *disk = context;
    if (handle_of(file)->is_read_only)
        return EBADF;
    if (size > SIZE_MAX / 2)
        return EFBIG;
    disk_enter(disk);
    sparse_resize(&handle_of(file)->node->content, (size_t)size);
    return disk_leave(disk, 0);
}

static int disk_lock(void *context, quire_file *file, int lock)
{
    struct memory_disk *disk = context;
    disk_enter(disk);
    struct disk_node *node = handle_of(file)->node;
    size_t other_shared = node->shared_locks - (handle_of(file)->lock == QUIRE_LOCK_SHARED);
    int other_exclusive = node->exclusive_lock && handle_of(file)->lock != QUIRE_LOCK_EXCLUSIVE;
    if (lock != QUIRE_LOCK_NONE && (other_exclusive || (lock == QUIRE_LOCK_EXCLUSIVE && other_shared > 0)))
        return disk_leave(disk, EAGAIN);
    disk_unlock(handle_of(file));
    if (lock == QUIRE_LOCK_SHARED)
        node->shared_locks++;
    else if (lock == QUIRE_LOCK_EXCLUSIVE)
        node->exclusive_lock = 1;
    handle_of(file)->lock = lock;
    return disk_leave(disk, 0);
}

static int disk_remove(void *context, const char *path)
{
    struct memory_disk *disk = context;
    disk_enter(disk);
    struct disk_node **link = &disk->nodes;
    while (*link != NULL && strcmp((*link)->name, path) != 0)
        link = &(*link)->next;
    struct disk_node *node = *link;
    if (node == NULL)
        return disk_leave(disk, ENOENT);
    *link = node->next;
    node->is_named = 0;
    if (node->handles == 0)
        disk_node_free(node);
    return disk_leave(disk, 0);
}

static int disk_rename(void *context, const char *from, const char *to)
{
    struct memory_disk *disk = context;
    size_t length = strlen(to) + 1;
    char *name = malloc(length);
    if (name == NULL)
        return ENOMEM;
    memcpy(name, to, length);
    disk_enter(disk);
    struct disk_node *node = disk_node_find(disk, from);
    int error = node == NULL ? ENOENT : disk_node_find(disk, to) != NULL ? EEXIST : 0;
    if (error == 0) {
        free(node->name);
        node->name = name;
    } else {
        free(name);
    }
    return disk_leave(disk, error);
}

static int disk_sync_name(void *context, const char *path)
{
    (void)context;
    (void)path;
    return 0;
}

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static uint64_t disk_next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int disk_random(void *context, void *buffer, size_t size)
{
    struct memory_disk *disk = context;
    uint8_t *bytes = buffer;
    disk_enter(disk);
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++) {
        word = i % 8 == 0 ? disk_next_random(&disk->random_state) : word >> 8;
        bytes[i] = (uint8_t)(word & 255u);
    }
    return disk_leave(disk, 0);
}

static uint64_t disk_now_ms(void *context)
{
    struct memory_disk *disk = context;
    disk_enter(disk);
    uint64_t now = disk->clock_ms;
    (void)disk_leave(disk, 0);
    return now;
}

static void disk_sleep_ms(void *context, uint32_t milliseconds)
{
    struct memory_disk *disk = context;
    disk_enter(disk);
    disk->clock_ms += milliseconds;
    (void)disk_leave(disk, 0);
    (void)sched_yield();
}

quire_status quire_vfs_memory_new(uint64_t seed, quire_vfs **vfs)
{
    *vfs = NULL;
    struct memory_disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL)
        return QUIRE_NO_MEMORY;
    if (pthread_mutex_init(&disk->mutex, NULL) != 0) {
        free(disk);
        return QUIRE_NO_MEMORY;
    }
    disk->random_state = seed;
    disk->vfs = (quire_vfs){disk,        disk_open,     disk_close,  disk_read,   disk_write,     disk_sync,
                            disk_size,   disk_truncate, disk_lock,   disk_remove, disk_sync_name, disk_random,
                            disk_now_ms, disk_sleep_ms, disk_rename, NULL};
    *vfs = &disk->vfs;
    return QUIRE_OK;
}

void quire_vfs_memory_free(quire_vfs *vfs)
{
    if (vfs == NULL)
        return;
    struct memory_disk *disk = vfs->context;
    while (disk->nodes != NULL) {
        struct disk_node *node = disk->nodes;
        disk->nodes = node->next;
        disk_node_free(node);
    }
    (void)pthread_mutex_destroy(&disk->mutex);
    free(disk);
}
