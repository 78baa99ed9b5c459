/* Making a database file whole or not at all: see new_file.h. */
#include "new_file.h"

#include <errno.h>
#include <string.h>

static void release(struct new_file *file)
{
    memory_release(file->memory, file->path);
    memory_release(file->memory, file->partial);
    memory_release(file->memory, file->log);
    file->path = file->partial = file->log = NULL;
}

/* Told early, since the work may be long; the renaming at the end asks again. */
static quire_status expect_free(const struct new_file *file, const char *path, struct fault *fault)
{
    quire_file *there;
    int error = file->vfs->open(file->vfs->context, path, QUIRE_VFS_READ_ONLY, &there);
    if (error == ENOENT) {
        return QUIRE_OK;
    }
    if (error == 0) {
        (void)file->vfs->close(file->vfs->context, there);
    } else if (error != EISDIR && error != EINVAL) { /* these two are told of what is no regular file, and there */
        return fault_errno(fault, error, "look for", path);
    }
    return fault_set(fault, QUIRE_EXISTS, "%s exists already", path);
}

/* A log of that name may be all that is left of a database, and the next open would take it for another one's. */
static quire_status expect_no_log(const struct new_file *file, struct fault *fault)
{
    char *log = path_joined(file->memory, file->path, "-log");
    if (!log) {
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory to make %s", file->path);
    }
    quire_status status = expect_free(file, log, fault);
    memory_release(file->memory, log);
    return status;
}

quire_status new_file_begin(struct new_file *file, const char *path, const quire_options *options, struct fault *fault)
{
    *file =
        (struct new_file){.memory = options->memory, .vfs = options->vfs, .is_synced = options->sync != QUIRE_SYNC_OFF};
    if (!file->vfs->rename) {
        return fault_set(fault, QUIRE_INVALID, "the VFS cannot rename files");
    }
    TRY(vfs_full_path(file->vfs, file->memory, path, &file->path, fault));
    file->partial = path_joined(file->memory, file->path, "-partial");
    file->log = path_joined(file->memory, file->path, "-partial-log");
    quire_status status = QUIRE_OK;
    if (!file->partial || !file->log) {
        status = fault_set(fault, QUIRE_NO_MEMORY, "no memory to make %s", path);
    }
    if (status == QUIRE_OK) {
        status = expect_free(file, file->path, fault);
    }
    if (status == QUIRE_OK) {
        status = expect_free(file, file->partial, fault);
    }
    if (status == QUIRE_OK) {
        status = expect_free(file, file->log, fault);
    }
    if (status == QUIRE_OK) {
        status = expect_no_log(file, fault);
    }
    if (status != QUIRE_OK) {
        release(file);
    }
    return status;
}

quire_status new_file_finish(struct new_file *file, struct fault *fault)
{
    const quire_vfs *vfs = file->vfs;
    quire_status status = QUIRE_OK;
    int error = vfs->rename(vfs->context, file->partial, file->path);
    if (error == EEXIST) {
        status = fault_set(fault, QUIRE_EXISTS, "%s exists already", file->path);
    } else if (error != 0) {
        status = fault_errno(fault, error, "rename", file->partial);
    }
    if (status != QUIRE_OK) {
        new_file_abort(file, 0);
        return status;
    }
    error = file->is_synced ? vfs->sync_name(vfs->context, file->path) : 0;
    if (error != 0) {
        status = fault_errno(fault, error, "sync the directory of", file->path);
    }
    release(file);
    return status;
}

void new_file_abort(struct new_file *file, int keep)
{
    if (file->partial && !keep) {
        (void)file->vfs->remove(file->vfs->context, file->partial);
        (void)file->vfs->remove(file->vfs->context, file->log);
    }
    release(file);
}

quire_status new_file_commit(void *context)
{
    struct view *to = context;
    quire_status status = pager_commit(to->store->pager, to->fault);
    if (status == QUIRE_OK && pager_wants_checkpoint(to->store->pager)) {
        status = pager_checkpoint(to->store->pager, to->fault);
    }
    if (status == QUIRE_OK) {
        status = pager_begin(to->store->pager, 0, to->fault);
    }
    if (status == QUIRE_OK) {
        view_restart(to, NULL);
    } else {
        to->doomed = 1;
    }
    return status;
}
