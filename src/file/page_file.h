/*
 * A database file that is written page by page, without a log: what it says
 * counts once its meta pages are there, which are written last and after all
 * others are on the disk.
 */
#ifndef QUIRE_FILE_PAGE_FILE_H
#define QUIRE_FILE_PAGE_FILE_H

#include "pager.h"

struct page_file {
    const quire_vfs *vfs;
    const struct pager_codec *codec;
    quire_file *file;
    const char *path; /* the caller's, while the file is open */
    size_t page_size;
    uint64_t salt;
    int is_synced; /* unless the sync mode is off */
};

/* Creates the file, which must not exist, locks it and draws a salt. QUIRE_EXISTS, QUIRE_IO, QUIRE_DISK_FULL. */
quire_status page_file_create(struct page_file *file, const char *path, const quire_options *options,
                              const struct pager_codec *codec, size_t page_size, struct fault *fault);
/* Writes a page, which is sealed already, at its place. */
quire_status page_file_write(struct page_file *file, uint32_t pgno, const uint8_t *page, struct fault *fault);
/* Syncs the pages, writes both meta pages, syncs them and closes. `page` is room for one page. */
quire_status page_file_finish(struct page_file *file, const struct pager_meta *meta, uint8_t *page,
                              struct fault *fault);
void page_file_close(struct page_file *file);

#endif
