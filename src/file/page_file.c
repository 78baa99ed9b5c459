/* Writing a database file page by page: see page_file.h. */
#include "page_file.h"

#include "../base/bytes.h"

#include <errno.h>
#include <string.h>

quire_status page_file_create(struct page_file *file, const char *path, const quire_options *options,
                              const struct pager_codec *codec, size_t page_size, struct fault *fault)
{
    const quire_vfs *vfs = options->vfs;
    uint8_t salt[8];
    *file = (struct page_file){
        .vfs = vfs, .codec = codec, .path = path, .page_size = page_size, .is_synced = options->sync != QUIRE_SYNC_OFF};
    int error = vfs->random(vfs->context, salt, sizeof salt);
    if (error != 0)
        return fault_errno(fault, error, "get random bytes for", path);
    file->salt = load64(salt);
    error = vfs->open(vfs->context, path, QUIRE_VFS_CREATE | QUIRE_VFS_EXCLUSIVE, &file->file);
    if (error != 0) {
        file->file = NULL;
        return error == EEXIST ? fault_set(fault, QUIRE_EXISTS, "%s exists already", path)
                               : fault_errno(fault, error, "create", path);
    }
    error = vfs->lock(vfs->context, file->file, QUIRE_LOCK_EXCLUSIVE);
    if (error != 0) {
        page_file_close(file);
        return fault_errno(fault, error, "lock", path);
    }
    return QUIRE_OK;
}

quire_status page_file_write(struct page_file *file, uint32_t pgno, const uint8_t *page, struct fault *fault)
{
    uint64_t offset = (uint64_t)pgno * file->page_size;
    int error = file->vfs->write(file->vfs->context, file->file, offset, page, file->page_size);
    return error != 0 ? fault_errno(fault, error, "write", file->path) : QUIRE_OK;
}

static quire_status sync_file(struct page_file *file, struct fault *fault)
{
    int error = file->is_synced ? file->vfs->sync(file->vfs->context, file->file) : 0;
    return error != 0 ? fault_errno(fault, error, "sync", file->path) : QUIRE_OK;
}

quire_status page_file_finish(struct page_file *file, const struct pager_meta *meta, uint8_t *page, struct fault *fault)
{
    quire_status status = sync_file(file, fault);
    for (uint32_t pgno = 0; pgno < 2 && status == QUIRE_OK; pgno++) {
        memset(page, 0, file->page_size);
        file->codec->meta_write(page, file->page_size, pgno, meta);
        status = page_file_write(file, pgno, page, fault);
    }
    if (status == QUIRE_OK)
        status = sync_file(file, fault);
    page_file_close(file);
    return status;
}

void page_file_close(struct page_file *file)
{
    if (file->file != NULL)
        (void)file->vfs->close(file->vfs->context, file->file);
    file->file = NULL;
}
