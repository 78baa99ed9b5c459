/* Opening a damaged database for reading, and its file by offset. */
#include "damaged.h"

#include "../base/bytes.h"

#include <errno.h>
#include <string.h>

static quire_status open_file(struct damaged *damaged, const quire_options *options, struct fault *fault)
{
    const quire_vfs *vfs = damaged->vfs;
    uint64_t waited;
    int error = vfs->open(vfs->context, damaged->file_path, QUIRE_VFS_READ_ONLY, &damaged->file);
    if (error != 0) {
        damaged->file = NULL;
        return error == ENOENT ? fault_set(fault, QUIRE_NOT_FOUND, "there is no file %s", damaged->path)
                               : fault_errno(fault, error, "open", damaged->path);
    }
    error = vfs_lock(vfs, damaged->file, QUIRE_LOCK_SHARED, options->busy_wait_ms, &waited);
    if (error == EAGAIN)
        return fault_set(fault, QUIRE_BUSY, "%s is held by another process or handle (waited %llu ms)", damaged->path,
                         (unsigned long long)waited);
    if (error == 0)
        error = vfs->size(vfs->context, damaged->file, &damaged->file_bytes);
    return error != 0 ? fault_errno(fault, error, "lock", damaged->path) : QUIRE_OK;
}

quire_status damaged_open(struct damaged *damaged, const char *path, const quire_options *options,
                          const struct pager_codec *codec, struct fault *fault)
{
    memset(damaged, 0, sizeof *damaged);
    damaged->vfs = options->vfs;
    damaged->memory = options->memory;
    damaged->codec = codec;
    damaged->log.memory = options->memory;
    damaged->log.vfs = options->vfs;
    damaged->path = path_joined(damaged->memory, path, "");
    quire_status status = vfs_full_path(damaged->vfs, damaged->memory, path, &damaged->file_path, fault);
    if (status == QUIRE_OK)
        damaged->log_path = path_joined(damaged->memory, damaged->file_path, "-log");
    if (status == QUIRE_OK && (damaged->path == NULL || damaged->log_path == NULL))
        status = fault_set(fault, QUIRE_NO_MEMORY, "no memory to open %s", path);
    uint8_t secret[8] = {0};
    int error = status == QUIRE_OK ? damaged->vfs->random(damaged->vfs->context, secret, sizeof secret) : 0;
    if (error != 0)
        status = fault_errno(fault, error, "get random bytes for", path);
    damaged->secret = load64(secret) | 1;
    if (status == QUIRE_OK)
        status = open_file(damaged, options, fault);
    if (status != QUIRE_OK)
        damaged_close(damaged);
    return status;
}

void damaged_close(struct damaged *damaged)
{
    if (damaged->file != NULL)
        (void)damaged->vfs->close(damaged->vfs->context, damaged->file);
    log_free(&damaged->log);
    memory_release(damaged->memory, damaged->heads);
    memory_release(damaged->memory, damaged->chain);
    memory_release(damaged->memory, damaged->body);
    memory_release(damaged->memory, damaged->scratch);
    memory_release(damaged->memory, damaged->path);
    memory_release(damaged->memory, damaged->file_path);
    memory_release(damaged->memory, damaged->log_path);
    memset(damaged, 0, sizeof *damaged);
}

int damaged_read(struct damaged *damaged, uint64_t offset, uint8_t *bytes, size_t size)
{
    size_t got = 0;
    return damaged->vfs->read(damaged->vfs->context, damaged->file, offset, bytes, size, &got) == 0 && got == size;
}
