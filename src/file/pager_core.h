/*
 * The pager from inside: what its files share. Which file has which idea:
 *
 *   open.c        finding, locking, creating and closing the database file
 *   recover.c     the log's commits become the index again
 *   recover_pages.c  and the pages that they changed are built on the way
 *   read.c        a page as a snapshot or the writer sees it
 *   rebuild.c     a version of a page from its records
 *   edit.c        the writer's own copy of a page, and what it did to it
 *   pager.c       transactions: begin, commit, rollback, marks
 *   checkpoint.c  from the log into the file, while commits go on
 *   checkpoint_pages.c  the pages of a checkpoint and the meta pages, written
 *   snapshot.c    snapshots and figures
 *
 * "Locked" in a comment means that the caller holds the pager's mutex. A
 * function that may let go of it meanwhile says so.
 */
#ifndef QUIRE_FILE_PAGER_CORE_H
#define QUIRE_FILE_PAGER_CORE_H

#include "cache.h"
#include "log.h"
#include "pager.h"
#include "versions.h"

#include <pthread.h>

/* A point between two transactions: where the log ended, and what a commit says. */
struct pager_point {
    uint64_t lsn;
    uint32_t page_count;
    uint8_t state[PAGER_STATE_SIZE];
};

/* What the caller of a recovering open is told, in bytes: of the log that is read, then also of the pages written. */
struct recovery_progress {
    uint64_t done, total; /* total 0: no recovery runs */
    uint64_t next;        /* when to tell it again */
};

struct pager {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* the writer's slot, a sync, a load or a checkpoint has ended */

    const struct pager_codec *codec;
    quire_options options;
    const quire_vfs *vfs;
    const quire_memory *memory;
    char *path;                 /* the caller's name for the file, for messages */
    char *file_path, *log_path; /* the full ones */
    quire_file *file;
    size_t page_size;
    uint64_t salt;
    int read_only;
    _Atomic int poisoned;         /* a sync failed or a write left an unknown state: nothing is promised any more */
    _Atomic uint64_t visible_lsn; /* of the point `visible`, for those without the mutex */

    struct page_index index;
    struct cache cache;
    struct versions versions;
    struct log log;
    size_t logged_pages; /* entries with a committed record of the log's current generation */

    uint64_t checkpoint;        /* its number */
    uint32_t spare_meta;        /* the meta page to write first: after an open, not the one that was believed */
    uint64_t file_lsn;          /* each record below it is in the database file */
    struct pager_point last;    /* the newest commit */
    struct pager_point visible; /* what a new snapshot sees: in full mode the newest durable commit */
    uint64_t durable_lsn;
    int is_syncing;
    int is_checkpointing; /* a thread does, or waits for the writer's slot to */

    /* The open write transaction, the writer's alone. */
    int has_writer;
    uint64_t txn_begin_lsn;
    uint32_t txn_page_count;
    uint8_t txn_state[PAGER_STATE_SIZE];
    struct page_entry *touched;
    struct page_frame *owing; /* frames whose image is owed */
    size_t owing_count, owing_limit;
    uint64_t edits;  /* of pages, since the pager was opened */
    uint32_t window; /* counts beginnings of transactions and savepoints: what came before does not make a page owe */

    struct recovery_progress recovery; /* of the open */

    /* For building pages, locked. */
    void *codec_scratch;
    uint8_t *record_body;
    uint64_t *chain;
    size_t chain_capacity;

    struct pager_stat counts; /* locked */
    /* Counted without the mutex by whoever holds the writer's slot. */
    _Atomic uint64_t images, deltas, page_writes, file_syncs;
};

/* For a counter that one thread at a time moves and any may read. */
static inline void count_up(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by, memory_order_relaxed);
}

static inline void pager_lock(struct pager *pager)
{
    (void)pthread_mutex_lock(&pager->mutex);
}

static inline void pager_unlock(struct pager *pager)
{
    (void)pthread_mutex_unlock(&pager->mutex);
}

/* Lets go of the mutex until something has changed. */
static inline void pager_wait(struct pager *pager)
{
    (void)pthread_cond_wait(&pager->changed, &pager->mutex);
}

static inline void pager_wake(struct pager *pager)
{
    (void)pthread_cond_broadcast(&pager->changed);
}

/* The page's last record in the log's current generation, 0 none. */
static inline uint64_t entry_previous(const struct pager *pager, const struct page_entry *entry)
{
    uint64_t lsn = entry->txn_lsn != 0 ? entry->txn_lsn : entry->committed_lsn;
    return lsn >= pager->log.current.first_lsn ? lsn : 0;
}

/* The page's last committed record below the end of a generation, 0 none. Locked. */
static inline uint64_t entry_head_below(const struct page_entry *entry, uint64_t end_lsn)
{
    return entry->committed_lsn < end_lsn ? entry->committed_lsn : entry->older_lsn;
}

/* The half that commits go to has outgrown its limit before the checkpoint of the other is done. Locked. */
static inline int pager_log_is_full(const struct pager *pager)
{
    return pager->is_checkpointing && pager->last.lsn - pager->log.current.first_lsn > pager->options.log_bytes;
}

/* ---- read.c ---- */
/* A frame of its own, dropping others for it; the writer may spill. Locked. */
quire_status pager_take_frame(struct pager *pager, int is_writer, struct page_frame **frame, struct fault *fault);
/* The newest version of a page, not pinned. Locked, but may let go of the mutex while it reads. */
quire_status pager_load(struct pager *pager, uint32_t pgno, int is_writer, struct page_frame **frame,
                        struct fault *fault);
/* Makes sure that what the snapshot sees of the page is in the cache or among the versions. As pager_load. */
quire_status pager_view(struct pager *pager, const struct snapshot *snapshot, uint32_t pgno, struct page_frame **frame,
                        struct fault *fault);
/* Takes the entry's frame out of the cache; a pinned one lives on unseen until its pins are gone. Locked. */
void pager_drop_frame(struct pager *pager, struct page_entry *entry);

/* ---- rebuild.c ---- */
/*
 * Builds the page of the newest record below `bound`, going back from `head` and
 * then from the entry's record in the log's older generation. *lsn is that
 * record's, 0 if the page's version is the file's: then nothing is built. *after
 * is the oldest record at or above `bound`, 0 none. Locked.
 */
quire_status pager_rebuild(struct pager *pager, const struct page_entry *entry, uint64_t head, uint64_t bound,
                           uint8_t *page, uint64_t *lsn, uint64_t *after, uint32_t *chain_length, struct fault *fault);
/* Reads a page from the file and checks rule P1. Needs no lock. */
quire_status pager_read_file(struct pager *pager, uint32_t pgno, uint32_t expected, uint8_t *page, uint64_t *lsn,
                             struct fault *fault);

/* ---- edit.c ---- */
/* At most this part of the cache's budget owes images. */
enum { OWING_PART = 8 };
/* Logs the images that are owed. The writer's. */
quire_status pager_settle(struct pager *pager, struct fault *fault);
/* Drops from the list what owes nothing any more. The writer's. */
void pager_forget_paid(struct pager *pager);
/* The newest version goes to the log as an image record. The writer's; `locked` if it holds the mutex. */
quire_status pager_append_image(struct pager *pager, struct page_frame *frame, int locked, struct fault *fault);

/* ---- snapshot.c ---- */
/* From now on new snapshots see this commit. Locked. */
void pager_show(struct pager *pager, const struct pager_point *point);
/* Ends the readers that are older than the limit on their age. Locked. */
void pager_expire_snapshots(struct pager *pager);

/* ---- pager.c ---- */
/* The writer's slot. Locked; waits, a checkpoint for the writer alone. */
quire_status pager_take_slot(struct pager *pager, int for_checkpoint, int no_wait, struct fault *fault);
void pager_leave_slot(struct pager *pager);
void pager_txn_start(struct pager *pager);
/* Appends the commit and writes it; on failure the transaction is undone. In full mode it is not yet durable. */
quire_status pager_txn_write(struct pager *pager, struct fault *fault);
void pager_txn_undo(struct pager *pager);
/* Makes the transaction's records the committed ones, up to `point`. Locked. */
void pager_txn_fold(struct pager *pager, const struct pager_point *point);
/* Syncs the log unless all up to `lsn` is durable. Locked, but lets go of the mutex meanwhile. */
quire_status pager_sync_to(struct pager *pager, uint64_t lsn, struct fault *fault);
quire_status pager_poison(struct pager *pager, quire_status status);

/* ---- checkpoint.c ---- */
/* When nobody else uses the pager. `force`: also when nothing was committed since the last one. */
quire_status pager_run_checkpoint(struct pager *pager, int force, struct fault *fault);

/* ---- checkpoint_pages.c ---- */
/* Pages by number, ascending. */
struct page_list {
    uint32_t *pgnos;
    size_t count;
};
/* All pages with a committed record in the log; the caller releases list->pgnos. Needs the writer's slot. */
quire_status pager_list_changed(struct pager *pager, struct page_list *list, struct fault *fault);
/* How many of the list are below page_count. */
size_t page_list_below(const struct page_list *list, uint32_t page_count);
/* Seals and writes the first `count` pages of the list as the commit that ended at `lsn` left them. */
quire_status pager_write_pages(struct pager *pager, const struct page_list *list, size_t count, uint64_t lsn,
                               struct fault *fault);
quire_status pager_sync_file(struct pager *pager, struct fault *fault);
/* Seals and writes both meta pages, each synced. */
quire_status pager_write_metas(struct pager *pager, const struct pager_meta *meta, struct fault *fault);

/* ---- recover.c ---- */
/* Sets up the log and the index from the meta page and the log file. is_sole: the other meta page is damaged. */
quire_status pager_recover(struct pager *pager, const struct pager_meta *meta, int is_sole, int *found,
                           struct fault *fault);
/* Tells how far recovery is; QUIRE_CANCELLED if it shall stop. */
quire_status pager_recovery_progress(struct pager *pager, uint64_t done, struct fault *fault);
void pager_notice(struct pager *pager, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
