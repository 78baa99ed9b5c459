/*
 * What every room of the file tower leans on: memory through the embedder's
 * hooks, and the one sentence that goes with a failing status. A message is
 * made where the failure is seen, because only there are the page, the LSN and
 * the path known.
 */
#include "vfs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *default_allocate(void *context, size_t size)
{
    (void)context;
    if (size != MEMORY_HUGE_BYTES)
        return malloc(size);
    void *block = aligned_alloc(MEMORY_HUGE_BYTES, size);
    if (block != NULL)
        memory_prefer_huge(block, size);
    return block;
}

static void *default_resize(void *context, void *block, size_t size)
{
    (void)context;
    return realloc(block, size);
}

static void default_release(void *context, void *block)
{
    (void)context;
    free(block);
}

const quire_memory *memory_default(void)
{
    static const quire_memory memory = {NULL, default_allocate, default_resize, default_release};
    return &memory;
}

void *memory_allocate(const quire_memory *memory, size_t size)
{
    return memory->allocate(memory->context, size);
}

void *memory_resize(const quire_memory *memory, void *block, size_t size)
{
    return memory->resize(memory->context, block, size);
}

void memory_release(const quire_memory *memory, void *block)
{
    memory->release(memory->context, block);
}

char *path_joined(const quire_memory *memory, const char *path, const char *suffix)
{
    size_t length = strlen(path), more = strlen(suffix) + 1;
    char *joined = memory_allocate(memory, length + more);
    if (joined != NULL) {
        memcpy(joined, path, length);
        memcpy(joined + length, suffix, more);
    }
    return joined;
}

enum { LONGEST_PATH = 4096 }; /* as on Linux */

quire_status vfs_full_path(const quire_vfs *vfs, const quire_memory *memory, const char *path, char **full,
                           struct fault *fault)
{
    char found[LONGEST_PATH];
    *full = NULL;
    int error = vfs->full_path != NULL ? vfs->full_path(vfs->context, path, found, sizeof found) : 0;
    if (error != 0)
        return fault_errno(fault, error, "find the full path of", path);
    *full = path_joined(memory, vfs->full_path != NULL ? found : path, "");
    return *full != NULL ? QUIRE_OK : fault_set(fault, QUIRE_NO_MEMORY, "no memory to open %s", path);
}

enum { LOCK_POLL_MS = 5 };

int vfs_lock(const quire_vfs *vfs, quire_file *file, int lock, uint32_t wait_ms, uint64_t *waited_ms)
{
    uint64_t start = vfs->now_ms(vfs->context);
    for (;;) {
        int error = vfs->lock(vfs->context, file, lock);
        *waited_ms = vfs->now_ms(vfs->context) - start;
        if (error != EAGAIN || *waited_ms >= wait_ms)
            return error;
        uint64_t rest = wait_ms - *waited_ms;
        vfs->sleep_ms(vfs->context, rest < LOCK_POLL_MS ? (uint32_t)rest : LOCK_POLL_MS);
    }
}

quire_status fault_set(struct fault *fault, quire_status status, const char *format, ...)
{
    if (fault == NULL)
        return status;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fault->message, sizeof fault->message, format, arguments);
    va_end(arguments);
    return status;
}

static quire_status status_of_errno(int error)
{
    if (error == ENOSPC || error == EFBIG)
        return QUIRE_DISK_FULL;
#ifdef EDQUOT
    if (error == EDQUOT)
        return QUIRE_DISK_FULL;
#endif
    return error == ENOMEM ? QUIRE_NO_MEMORY : QUIRE_IO;
}

/* strerror is not safe among threads and strerror_r has two forms: the usual causes get their words here. */
static const char *words_of_errno(int error)
{
    switch (error) {
    case EIO:
        return "input/output error";
    case ENOSPC:
        return "no space left on device";
    case EFBIG:
        return "file too large";
    case ENOENT:
        return "no such file or directory";
    case EACCES:
        return "permission denied";
    case EPERM:
        return "operation not permitted";
    case EROFS:
        return "read-only file system";
    case EEXIST:
        return "file exists";
    case EISDIR:
        return "is a directory";
    case ENOTDIR:
        return "not a directory";
    case EINVAL:
        return "no regular file, or not as it must be"; /* what the posix VFS answers for a pipe or a device */
    case EMFILE:
    case ENFILE:
        return "too many open files";
    case ENOMEM:
        return "out of memory";
    case EAGAIN:
        return "locked by another holder";
    default:
        return "system error";
    }
}

quire_status fault_errno(struct fault *fault, int error, const char *what, const char *path)
{
    return fault_set(fault, status_of_errno(error), "cannot %s %s: %s (errno %d)", what, path, words_of_errno(error),
                     error);
}
