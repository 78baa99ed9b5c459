/*
 * A copy of one snapshot, page by page, each through the gate, into a new file
 * of the same shape: every page keeps its number. Map pages are made anew from
 * the checksums that the copied pages get, since a snapshot may be newer than the
 * checkpoint that wrote the map. The salt is new, so that no log of the original
 * is ever taken for the copy's.
 */
#ifndef QUIRE_TREE_BACKUP_H
#define QUIRE_TREE_BACKUP_H

#include "../file/page_file.h"
#include "node.h"

struct backup {
    struct view *from;
    struct page_file to;
    uint32_t next, page_count; /* pages below `next` are copied */
    uint8_t *page, *map;       /* of one page each; the map page that is being filled */
    uint32_t map_pgno;         /* 0: none yet */
};

quire_status backup_open(struct backup *backup, struct view *from, const char *path, const quire_options *options);
/* Copies up to `pages` pages. */
quire_status backup_step(struct backup *backup, uint64_t pages);
/* After the last page: makes the file whole and closes it. */
quire_status backup_finish(struct backup *backup);
/* Frees what is left; the file stays, and is whole only if backup_finish answered QUIRE_OK. */
void backup_close(struct backup *backup);

#endif
