/*
 * The VFS of the operating system. Positioned reads and writes, so that threads
 * share a descriptor; locks that belong to the open file and not to the process
 * (a second handle of the same process is refused like any other, and closing
 * one handle drops no other's lock); names made durable by syncing their
 * directory.
 */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* open file description locks, getrandom */
#elif !defined(__linux__) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#if !defined(__LP64__) && !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64 /* where a long has 32: files end far beyond 2 GiB there, too */
#endif

#include "vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/mman.h>
#include <sys/random.h>
#endif

/* An offset that did not fit would lead to the file's beginning. */
_Static_assert(sizeof(off_t) >= sizeof(uint64_t), "the VFS needs offsets of 64 bits");

/* A wish: where the system has no huge pages, or none to spare, the block is as any other. */
void memory_prefer_huge(void *block, size_t size)
{
#if defined(MADV_HUGEPAGE)
    madvise(block, size, MADV_HUGEPAGE);
#else
    (void)block;
    (void)size;
#endif
}

/* What a quire_file is here. */
struct posix_file {
    int descriptor;
    pid_t owner;
};

static int descriptor_of(const quire_file *file)
{
    return ((const struct posix_file *)file)->descriptor;
}

/*
 * A child that fork made shares the open file and so its lock: it could write
 * beside its parent, and give the parent's lock away. So a file serves the process
 * that opened it, and a child's handle can be closed and nothing else.
 */
static int is_inherited(const quire_file *file)
{
    return ((const struct posix_file *)file)->owner != getpid();
}

enum { MODE_OF_NEW = 0644 }; /* less what the process's mask takes */

/* The permissions of a file that is to be made: a log's are those of its database, whose bytes it holds. */
static mode_t made_mode(const char *path)
{
    static const char suffix[] = "-log";
    char database[4096];
    struct stat stat_of;
    size_t length = strlen(path), end = sizeof suffix - 1;
    if (length <= end || length >= sizeof database || strcmp(path + length - end, suffix) != 0)
        return MODE_OF_NEW;
    memcpy(database, path, length - end);
    database[length - end] = '\0';
    return stat(database, &stat_of) == 0 ? stat_of.st_mode & 0777 : MODE_OF_NEW;
}

/* 0 to 2 are where programs print, also one that was started without them: no file of a database may be there. */
static int above_standard(int descriptor)
{
    if (descriptor > STDERR_FILENO)
        return descriptor;
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;
    (void)close(descriptor);
    errno = error;
    return moved;
}

static int posix_open(void *context, const char *path, int flags, quire_file **file)
{
    (void)context;
    *file = NULL;
    mode_t permissions = flags & QUIRE_VFS_CREATE ? made_mode(path) : 0;
    int mode = (flags & QUIRE_VFS_READ_ONLY) ? O_RDONLY : O_RDWR;
    mode |= O_CLOEXEC | O_NONBLOCK; /* means nothing to a file, and opening a pipe must not wait for its other end */
    if (flags & QUIRE_VFS_CREATE)
        mode |= O_CREAT;
    if (flags & QUIRE_VFS_EXCLUSIVE)
        mode |= O_EXCL;
    int descriptor;
    do {
        descriptor = open(path, mode, permissions);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0)
        return errno;
    int is_new = (flags & QUIRE_VFS_CREATE) && (flags & QUIRE_VFS_EXCLUSIVE);
    descriptor = above_standard(descriptor);
    if (descriptor < 0) {
        int error = errno;
        if (is_new)
            (void)unlink(path);
        return error;
    }
    if (is_new && permissions != MODE_OF_NEW)
        (void)fchmod(descriptor, permissions); /* what the mask took; a stricter mode has been set by open */
    struct stat stat;
    int error = fstat(descriptor, &stat) != 0 ? errno : 0;
    if (error == 0 && !S_ISREG(stat.st_mode))
        error = S_ISDIR(stat.st_mode) ? EISDIR : EINVAL;
    struct posix_file *made = error == 0 ? malloc(sizeof *made) : NULL;
    if (made == NULL) {
        (void)close(descriptor);
        if (is_new)
            (void)unlink(path);
        return error != 0 ? error : ENOMEM;
    }
    made->descriptor = descriptor;
    made->owner = getpid();
    *file = (quire_file *)made;
    return 0;
}

static int posix_close(void *context, quire_file *file)
{
    (void)context;
    int answer = close(descriptor_of(file)) != 0 && errno != EINTR ? errno : 0;
    free(file);
    return answer;
}

static int posix_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    (void)context;
    if (is_inherited(file))
        return EBADF;
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(descriptor_of(file), (char *)buffer + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    *got = done;
    return 0;
}

static int posix_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    (void)context;
    if (is_inherited(file))
        return EBADF;
    size_t done = 0;
    while (done < size) {
        ssize_t n = pwrite(descriptor_of(file), (const char *)buffer + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return EIO;
        done += (size_t)n;
    }
    return 0;
}

static int posix_sync(void *context, quire_file *file)
{
    (void)context;
    if (is_inherited(file))
        return EBADF;
    int answer;
#if defined(F_FULLFSYNC)
    answer = fcntl(descriptor_of(file), F_FULLFSYNC); /* fsync alone does not reach the medium there */
    if (answer == 0)
        return 0;
#endif
        /* A failed sync is never tried again: the kernel may have dropped the pages that it could not write. */
#if defined(_POSIX_SYNCHRONIZED_IO) && _POSIX_SYNCHRONIZED_IO > 0
    answer = fdatasync(descriptor_of(file));
#else
    answer = fsync(descriptor_of(file));
#endif
    return answer != 0 ? errno : 0;
}

static int posix_size(void *context, quire_file *file, uint64_t *size)
{
    (void)context;
    if (is_inherited(file))
        return EBADF;
    struct stat stat;
    if (fstat(descriptor_of(file), &stat) != 0)
        return errno;
    *size = (uint64_t)stat.st_size;
    return 0;
}

static int posix_truncate(void *context, quire_file *file, uint64_t size)
{
    (void)context;
    if (is_inherited(file))
        return EBADF;
    int answer;
    do {
        answer = ftruncate(descriptor_of(file), (off_t)size);
    } while (answer != 0 && errno == EINTR);
    return answer != 0 ? errno : 0;
}

#if defined(F_OFD_SETLK)
static int posix_lock_description(int descriptor, int lock)
{
    struct flock range;
    memset(&range, 0, sizeof range);
    range.l_type = lock == QUIRE_LOCK_EXCLUSIVE ? F_WRLCK : lock == QUIRE_LOCK_SHARED ? F_RDLCK : F_UNLCK;
    range.l_whence = SEEK_SET;
    return fcntl(descriptor, F_OFD_SETLK, &range) != 0 ? errno : 0;
}
#endif

/* flock, too, belongs to the open file: where the newer call is missing it keeps the same promise. */
static int posix_lock_by_flock(int descriptor, int lock)
{
    int operation = lock == QUIRE_LOCK_EXCLUSIVE ? LOCK_EX : lock == QUIRE_LOCK_SHARED ? LOCK_SH : LOCK_UN;
    return flock(descriptor, operation | LOCK_NB) != 0 ? errno : 0;
}

static int posix_lock(void *context, quire_file *file, int lock)
{
    (void)context;
    if (is_inherited(file))
        return EBADF;
    int error = EINVAL;
#if defined(F_OFD_SETLK)
    error = posix_lock_description(descriptor_of(file), lock);
#endif
    if (error == EINVAL || error == ENOSYS)
        error = posix_lock_by_flock(descriptor_of(file), lock);
    /* Whoever had the lock may have removed the file: what is written to it now nobody will find. */
    struct stat stat;
    if (error == 0 && lock != QUIRE_LOCK_NONE && fstat(descriptor_of(file), &stat) == 0 && stat.st_nlink == 0)
        return ENOENT;
    return error == EACCES || error == EWOULDBLOCK ? EAGAIN : error;
}

static int posix_remove(void *context, const char *path)
{
    (void)context;
    return unlink(path) != 0 ? errno : 0;
}

/*
 * A link fails when the name is taken, where rename would replace it. File
 * systems without links have no such call: there the name is looked for first.
 */
static int posix_rename(void *context, const char *from, const char *to)
{
    (void)context;
    if (link(from, to) == 0)
        return unlink(from) != 0 ? errno : 0;
    if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS && errno != EMLINK)
        return errno;
    struct stat stat;
    if (lstat(to, &stat) == 0)
        return EEXIST;
    if (errno != ENOENT)
        return errno;
    return rename(from, to) != 0 ? errno : 0;
}

/* The directory part of a path, "." if there is none. The caller frees it. */
static char *posix_directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    char *directory = malloc(size + 1);
    if (directory == NULL)
        return NULL;
    memcpy(directory, slash == NULL ? "." : path, size);
    directory[size] = '\0';
    return directory;
}

static int posix_sync_name(void *context, const char *path)
{
    (void)context;
    char *directory = posix_directory_of(path);
    if (directory == NULL)
        return ENOMEM;
    int descriptor = open(directory, O_RDONLY | O_CLOEXEC);
    int error = descriptor < 0 ? errno : 0;
    free(directory);
    if (error != 0)
        return error;
    if (fsync(descriptor) != 0)
        error = errno;
    (void)close(descriptor);
    /* Some file systems cannot sync a directory and say so by EINVAL: their names need no sync of ours. */
    return error == EINVAL ? 0 : error;
}

static int posix_random_from_device(void *buffer, size_t size)
{
    int descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return errno;
    size_t done = 0;
    int error = 0;
    while (done < size && error == 0) {
        ssize_t n = read(descriptor, (char *)buffer + done, size - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            error = EIO;
        else if (errno != EINTR)
            error = errno;
    }
    (void)close(descriptor);
    return error;
}

static int posix_random(void *context, void *buffer, size_t size)
{
    (void)context;
#if defined(__linux__)
    if (size <= 256 && getrandom(buffer, size, 0) == (ssize_t)size)
        return 0;
#endif
    return posix_random_from_device(buffer, size);
}

static uint64_t posix_now_ms(void *context)
{
    (void)context;
    struct timespec now;
#ifdef CLOCK_MONOTONIC_COARSE
    clockid_t clock = CLOCK_MONOTONIC_COARSE; /* steps of a few milliseconds, but costs next to nothing */
#else
    clockid_t clock = CLOCK_MONOTONIC;
#endif
    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static void posix_sleep_ms(void *context, uint32_t milliseconds)
{
    (void)context;
    struct timespec rest;
    rest.tv_sec = (time_t)(milliseconds / 1000u);
    rest.tv_nsec = (long)(milliseconds % 1000u) * 1000000L;
    (void)nanosleep(&rest, NULL); /* waking early only makes the caller look again */
}

enum { MOST_LINKS = 40 }; /* as on Linux */

/* Puts bytes in the place of what is in `path` from `at` on. */
static int path_put(char *path, size_t size, size_t at, const char *bytes, size_t count)
{
    if (at >= size || count >= size - at)
        return ENAMETOOLONG;
    memmove(path + at, bytes, count);
    path[at + count] = '\0';
    return 0;
}

/* Follows the links that a path ends in: each is relative to the directory that it stands in. */
static int posix_follow(char *path, size_t size)
{
    for (int links = 0; links < MOST_LINKS; links++) {
        char target[4096];
        ssize_t length = readlink(path, target, sizeof target);
        if (length < 0)
            return 0; /* no link, or nothing there: whoever opens it will say which */
        const char *slash = strrchr(path, '/');
        size_t at = slash == NULL || (length > 0 && target[0] == '/') ? 0 : (size_t)(slash - path) + 1;
        int error = (size_t)length == sizeof target ? ENAMETOOLONG : path_put(path, size, at, target, (size_t)length);
        if (error != 0)
            return error;
    }
    return ELOOP;
}

/* The directory that the path names now, whatever its links come to lead to; a path without one is for others to
 * refuse. */
static int posix_real_directory(char *full, size_t size)
{
    char *slash = strrchr(full, '/');
    if (slash == full)
        return 0;
    *slash = '\0';
    char *directory = realpath(full, NULL);
    *slash = '/';
    if (directory == NULL)
        return errno == ENOMEM ? ENOMEM : 0;
    size_t before = strlen(directory), rest = strlen(slash) + 1;
    int fits = before + rest <= size;
    if (before == 1)
        before = 0; /* the root, which the slash names */
    if (fits) {
        memmove(full + before, slash, rest);
        memcpy(full, directory, before);
    }
    free(directory);
    return fits ? 0 : ENAMETOOLONG;
}

static int posix_full_path(void *context, const char *path, char *full, size_t size)
{
    (void)context;
    int error = path_put(full, size, 0, path, strlen(path));
    if (error == 0)
        error = posix_follow(full, size);
    if (error != 0)
        return error;
    if (full[0] == '/')
        return posix_real_directory(full, size);
    char here[4096];
    if (getcwd(here, sizeof here - 1) == NULL)
        return errno == ERANGE ? ENAMETOOLONG : errno;
    strcat(here, "/");
    size_t before = strlen(here), length = strlen(full);
    if (before + length >= size)
        return ENAMETOOLONG;
    memmove(full + before, full, length + 1);
    memcpy(full, here, before);
    return posix_real_directory(full, size);
}

const quire_vfs *quire_vfs_posix(void)
{
    static const quire_vfs vfs = {NULL,         posix_open,     posix_close,     posix_read,
                                  posix_write,  posix_sync,     posix_size,      posix_truncate,
                                  posix_lock,   posix_remove,   posix_sync_name, posix_random,
                                  posix_now_ms, posix_sleep_ms, posix_rename,    posix_full_path};
    return &vfs;
}
