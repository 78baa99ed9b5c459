/*
 * Older versions of pages, kept while a snapshot needs them.
 *
 * A version with page LSN v that was superseded by records at `until` or later
 * is what a snapshot at LSN s sees exactly when v < s <= until: snapshots stand
 * at ends of commits only, and the superseding commit ends above `until`.
 *
 * What is kept has a limit in bytes; past it the oldest snapshot is lost, and
 * with it what only it needed. Before any reader goes the expendable snapshot,
 * the view of a running checkpoint, which can do without.
 */
#ifndef QUIRE_FILE_VERSIONS_H
#define QUIRE_FILE_VERSIONS_H

#include "cache.h"

struct versions {
    struct cache *cache;
    struct page_index *index;
    struct page_frame *first; /* all of them */
    size_t count;
    size_t limit;          /* how many */
    uint64_t newest_until; /* no version is seen by a snapshot above this */
    int has_stragglers;    /* some were not needed but pinned when last swept */
    int is_sweep_due;      /* a snapshot has gone that may have been the last to need something */
    struct snapshot *oldest, *youngest;
    struct snapshot *expendable; /* among them: the first to go when too much is kept; NULL none */
};

void versions_init(struct versions *versions, struct cache *cache, struct page_index *index, size_t limit_bytes);
/* Releases all, pinned or not. */
void versions_free(struct versions *versions);
void versions_add_snapshot(struct versions *versions, struct snapshot *snapshot);
void versions_remove_snapshot(struct versions *versions, struct snapshot *snapshot);
/* Removes the expendable snapshot, which must be there. */
void versions_give_up_expendable(struct versions *versions);
/* Takes out of the list whatever rests there and stands at `lsn` or above. */
void versions_reap(struct versions *versions, uint64_t lsn);
/* Ends a reader, if its standing is still this one and lives. 1 if so; what it alone needed is there until the next
 * sweep. */
int versions_lose(struct snapshot *snapshot, enum snapshot_phase loss, uint64_t standing);
/* 1 if some snapshot sees a page whose LSN is `lsn` and that is the newest up to now. Retires resting ones that do. */
int versions_are_needed(struct versions *versions, uint64_t lsn);
/* The version of the entry's page that the snapshot sees, NULL if it is not kept. */
struct page_frame *versions_find(const struct page_entry *entry, uint64_t snapshot_lsn);
/* 1 if a version of this page LSN is kept. */
int versions_have(const struct page_entry *entry, uint64_t lsn);
/* Keeps a frame that is in no entry. It may be gone after versions_enforce, not before. */
void versions_keep(struct versions *versions, struct page_entry *entry, struct page_frame *frame, uint64_t until);
/* Ends the oldest snapshots until what is kept is within the limit. */
void versions_enforce(struct versions *versions);
/* Drops what nobody needs. */
void versions_sweep(struct versions *versions);
/* How many versions this snapshot needs and no younger one. */
size_t versions_held_by(const struct versions *versions, const struct snapshot *snapshot);

#endif
