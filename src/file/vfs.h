/*
 * The VFS seen from inside: the public struct quire_vfs, the POSIX and the
 * in-memory one, and memory through the embedder's hooks.
 */
#ifndef QUIRE_FILE_VFS_H
#define QUIRE_FILE_VFS_H

#include "../quire.h"

/* malloc, realloc, free. Static storage. */
const quire_memory *memory_default(void);
void *memory_allocate(const quire_memory *memory, size_t size); /* NULL when there is none */
/* A block of this size from the default allocator is aligned to it, and may be mapped as a huge page. */
enum { MEMORY_HUGE_BYTES = 2 << 20 };
void *memory_resize(const quire_memory *memory, void *block, size_t size);
void memory_prefer_huge(void *block, size_t size);
void memory_release(const quire_memory *memory, void *block);

/*
 * Takes a lock, waiting up to `wait_ms` for other holders to go; *waited_ms says
 * how long it was. EAGAIN when they did not.
 */
int vfs_lock(const quire_vfs *vfs, quire_file *file, int lock, uint32_t wait_ms, uint64_t *waited_ms);

/* `path` with `suffix` behind it; the caller releases it. NULL when there is no memory. */
char *path_joined(const quire_memory *memory, const char *path, const char *suffix);

/* What failed, for a status and its message: filled by whoever sees it first, read by api. */
enum { FAULT_MESSAGE_SIZE = 256 };
struct fault {
    char message[FAULT_MESSAGE_SIZE];
};
/* Formats the message and answers `status`, so that a failure is one line: return fault_set(f, QUIRE_IO, "..."). */
quire_status fault_set(struct fault *fault, quire_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * Makes the call, and ends the function with its answer unless that is QUIRE_OK.
 * For calls before which nothing was taken that would have to be given back.
 */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        quire_status tried = (call);                                                                                   \
        if (tried != QUIRE_OK) {                                                                                       \
            return tried;                                                                                              \
        }                                                                                                              \
    } while (0)
/* QUIRE_IO, QUIRE_DISK_FULL or QUIRE_NO_MEMORY for an errno value, with "what path: strerror". */
quire_status fault_errno(struct fault *fault, int error, const char *what, const char *path);

/* The full path of a file, or `path` itself where the VFS knows none; the caller releases it. */
quire_status vfs_full_path(const quire_vfs *vfs, const quire_memory *memory, const char *path, char **full,
                           struct fault *fault);

#endif
