/*
 * What this process asks of the disk, whichever library asks: the functions of
 * the C library that write and sync are defined here once more and go straight
 * to the system. The libraries of the peers find these first, so all engines are
 * counted by one measure.
 *
 * A file is known to be a log by its name, which is looked up once for each
 * descriptor. A write to a file that was opened to sync each write (as LMDB's
 * meta page is) counts as a sync too. Writes through a mapping are not seen; no
 * engine is opened here so that it writes through one, but LMDB with --writemap. Where long has fewer than
 * 64 bits nothing is counted.
 */
#define _GNU_SOURCE

#include "compare_bench.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024 };
enum { KIND_KNOWN = 1, KIND_LOG = 2, KIND_SYNCS = 4 };

static _Atomic uint64_t written_bytes, logged_bytes, syncs;
static _Atomic uint8_t kinds[DESCRIPTORS];
static const char *log_pattern;

void calls_begin(const char *log_name)
{
    log_pattern = log_name;
    for (size_t i = 0; i < DESCRIPTORS; i++) {
        atomic_store(&kinds[i], 0);
    }
    atomic_store(&written_bytes, 0);
    atomic_store(&logged_bytes, 0);
    atomic_store(&syncs, 0);
}

void calls_end(struct calls *calls)
{
    calls->written_bytes = atomic_load(&written_bytes);
    calls->logged_bytes = atomic_load(&logged_bytes);
    calls->syncs = atomic_load(&syncs);
}

#ifdef __LP64__
#define SEEN_BY_LIBRARIES __attribute__((visibility("default")))

static uint8_t kind_of(int file)
{
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    path[size > 0 ? size : 0] = '\0';
    const char *slash = strrchr(path, '/');
    int flags = fcntl(file, F_GETFL);
    int is_log = log_pattern && fnmatch(log_pattern, slash ? slash + 1 : path, 0) == 0;
    return (uint8_t)(KIND_KNOWN | (is_log ? KIND_LOG : 0) | (flags >= 0 && (flags & O_DSYNC) ? KIND_SYNCS : 0));
}

static ssize_t written(int file, long answer)
{
    if (answer <= 0 || file < 0 || file >= DESCRIPTORS) {
        return answer;
    }
    uint8_t kind = atomic_load_explicit(&kinds[file], memory_order_relaxed);
    if (kind == 0) {
        kind = kind_of(file);
        atomic_store_explicit(&kinds[file], kind, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&written_bytes, (uint64_t)answer, memory_order_relaxed);
    if (kind & KIND_LOG) {
        atomic_fetch_add_explicit(&logged_bytes, (uint64_t)answer, memory_order_relaxed);
    }
    if (kind & KIND_SYNCS) {
        atomic_fetch_add_explicit(&syncs, 1, memory_order_relaxed);
    }
    return answer;
}

SEEN_BY_LIBRARIES ssize_t write(int file, const void *bytes, size_t size)
{
    return written(file, syscall(SYS_write, file, bytes, size));
}

SEEN_BY_LIBRARIES ssize_t writev(int file, const struct iovec *parts, int count)
{
    return written(file, syscall(SYS_writev, file, parts, count));
}

SEEN_BY_LIBRARIES ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    return written(file, syscall(SYS_pwrite64, file, bytes, size, offset));
}

SEEN_BY_LIBRARIES ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset)
{
    return written(file, syscall(SYS_pwrite64, file, bytes, size, offset));
}

SEEN_BY_LIBRARIES ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset)
{
    return written(file, syscall(SYS_pwritev, file, parts, count, offset, 0));
}

SEEN_BY_LIBRARIES ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset)
{
    return written(file, syscall(SYS_pwritev, file, parts, count, offset, 0));
}

SEEN_BY_LIBRARIES int fsync(int file)
{
    atomic_fetch_add_explicit(&syncs, 1, memory_order_relaxed);
    return (int)syscall(SYS_fsync, file);
}

SEEN_BY_LIBRARIES int fdatasync(int file)
{
    atomic_fetch_add_explicit(&syncs, 1, memory_order_relaxed);
    return (int)syscall(SYS_fdatasync, file);
}

/* The descriptor's number may come back as another file's. */
SEEN_BY_LIBRARIES int close(int file)
{
    if (file >= 0 && file < DESCRIPTORS) {
        atomic_store_explicit(&kinds[file], 0, memory_order_relaxed);
    }
    return (int)syscall(SYS_close, file);
}
#endif
