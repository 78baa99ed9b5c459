/*
 * The index: what the pager knows of a page number. It leads to the frame of
 * the newest version, to older versions kept for snapshots, and to the page's
 * last records in the log.
 *
 *   entry.committed_lsn   last record of a committed transaction since the
 *                         checkpoint; 0: the database file has the page
 *   entry.older_lsn       the one that was it when the log's current generation
 *                         began, if committed_lsn is of that one; 0 none
 *   entry.txn_lsn         last record of the open transaction, 0 none
 *
 * All are read and written under the pager's mutex; but the writer looks at the
 * first and third of a page that it edits without, and the third is its own.
 *
 * An entry stays where it is for its whole life, so that a frame can point to
 * it and a delta needs no look-up. It lives while it says anything.
 */
#ifndef QUIRE_FILE_INDEX_H
#define QUIRE_FILE_INDEX_H

#include "vfs.h"

#include <stdatomic.h>

struct page_frame;

struct page_entry {
    _Atomic uint64_t committed_lsn;
    uint64_t older_lsn;
    uint64_t txn_lsn;
    struct page_frame *frame;    /* the newest version, if it is cached */
    struct page_frame *versions; /* older ones kept for snapshots */
    struct page_entry *next;     /* of the same bucket, or the next unused one */
    struct page_entry *touched;  /* the next entry that the open transaction edits */
    uint32_t pgno;
    uint32_t chain_length; /* records from the last one back to the newest image, itself not counted */
    uint32_t delta_bytes;  /* that were logged in the window below, since the page's last image in it */
    uint32_t delta_window; /* see struct pager.window */
    uint8_t is_editing;    /* in the open transaction's list: its newest version is the writer's alone */
};

struct page_index {
    const quire_memory *memory;
    struct page_entry **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
    uint64_t secret; /* odd */
    struct page_entry *unused;
    struct page_entry_block *blocks;
};

/* The secret is a number that nobody who makes a file can know. */
void index_init(struct page_index *index, const quire_memory *memory, uint64_t secret);
void index_free(struct page_index *index);
struct page_entry *index_find(const struct page_index *index, uint32_t pgno); /* NULL if there is none */
struct page_entry *index_get(struct page_index *index, uint32_t pgno);        /* makes it; NULL without memory */
/* Hints: a page will be looked for soon, first its bucket, and then the entry that its bucket leads to. */
void index_fetch_bucket(const struct page_index *index, uint32_t pgno);
void index_fetch_entry(const struct page_index *index, uint32_t pgno);
/* Drops the entry if it says nothing any more. */
void index_drop_if_empty(struct page_index *index, struct page_entry *entry);
/* Calls visit for each entry; visit may change it, not add or drop any. */
void index_each(struct page_index *index, void (*visit)(void *context, struct page_entry *entry), void *context);
/* Drops every entry that says nothing. */
void index_sweep(struct page_index *index);

#endif
