/*
 * The pager: pages by number, in versions, that survive crashes.
 *
 * It moves bytes without knowing what they mean: what a page's bytes say is
 * asked of a struct pager_codec, which the tree room hands down.
 *
 *  Invariants
 *   1. A page in the database file is written by a checkpoint only, and only
 *      after the log that leads to it is durable; what it holds is what the last
 *      commit before the checkpoint left.
 *   2. Every change of a page since the last checkpoint is a record of the log
 *      (in memory while its transaction is young); the index knows each page's
 *      last record, committed and uncommitted; each record names the one before.
 *      So any version since the checkpoint can be rebuilt: image, then deltas.
 *   3. A frame holds the newest version of its page. While the open write
 *      transaction has edited it, only that transaction sees it.
 *   4. A snapshot sees exactly the commits that ended at or below its LSN.
 *
 *  Threads. One mutex guards cache, index, versions and snapshots. A page that
 *  is at hand is pinned without it (cache.h says how), and a pinned frame that is
 *  not being edited never changes, so its bytes are read without it too. A
 *  snapshot comes back without it (snapshot.c says why that is sound).
 *  The write transaction is one thread's at a time.
 */
#ifndef QUIRE_FILE_PAGER_H
#define QUIRE_FILE_PAGER_H

#include "vfs.h"

#include <stdatomic.h>

enum { PAGER_STATE_SIZE = 64 };

/* What the pager must know of a meta page. */
struct pager_meta {
    uint32_t format_version;
    uint32_t page_size;
    uint64_t salt;
    uint32_t generation;
    uint32_t page_count;
    uint64_t first_lsn;
    uint64_t checkpoint;
    uint8_t state[PAGER_STATE_SIZE];
};

/* The meaning of bytes. None of these allocates or does I/O. `scratch` has scratch_size(page_size) bytes. */
struct pager_codec {
    size_t (*scratch_size)(size_t page_size);
    /* From the first 160 bytes of a file: 1 if it starts like a meta page. */
    int (*meta_probe)(const uint8_t *bytes, uint32_t *format_version, uint32_t *page_size);
    /* 1 if it is sealed and valid. */
    int (*meta_read)(const uint8_t *page, size_t page_size, uint32_t pgno, struct pager_meta *meta, void *scratch);
    void (*meta_write)(uint8_t *page, size_t page_size, uint32_t pgno, const struct pager_meta *meta); /* sealed */
    /* Sealing for the file, and the check of what comes from it; expected 0 is unknown. unseal zeroes the checksum. */
    void (*seal)(uint8_t *page, size_t page_size, uint64_t salt);
    void (*unseal)(uint8_t *page);
    uint32_t (*seal_value)(const uint8_t *page, size_t page_size, uint64_t salt); /* what seal would write */
    int (*verify)(const uint8_t *page, size_t page_size, uint32_t pgno, uint64_t salt, uint32_t expected);
    /* page_check: 0 or the number of the broken rule; 'detail' receives a sentence for the message. */
    int (*check)(const uint8_t *page, size_t page_size, void *scratch, char *detail, size_t detail_size);
    uint64_t (*lsn)(const uint8_t *page);
    void (*set_lsn)(uint8_t *page, uint64_t lsn);
    size_t (*image_encode)(uint8_t *body, const uint8_t *page, size_t page_size); /* at most page_size + 4 */
    int (*image_decode)(const uint8_t *body, size_t size, uint8_t *page, size_t page_size);
    int (*redo)(uint8_t *page, size_t page_size, const uint8_t *body, size_t size, void *scratch);
    int (*is_map)(const uint8_t *page); /* of its kind, on a page that passed check */
    void (*map_init)(uint8_t *page, size_t page_size, uint32_t pgno);
    uint32_t (*map_page_of)(size_t page_size, uint32_t pgno, size_t *index);
    uint32_t (*map_get)(const uint8_t *page, size_t index);
    void (*map_set)(uint8_t *page, size_t index, uint32_t checksum);
};

struct pager_config {
    const char *path;
    const quire_options *options; /* complete: vfs, memory and sizes set */
    const struct pager_codec *codec;
    /* The state of a new database, which then has pages 0..2 (two metas, a map) and whatever the first commit adds. */
    uint8_t initial_state[PAGER_STATE_SIZE];
};

struct pager;

/* A pinned page. data stays valid until pager_release. */
struct frame {
    uint8_t *data;
    uint32_t pgno;
    /* Set by the gate once page_check passed on these bytes; use pager_frame_checked and _set_checked. */
    _Atomic uint8_t checked;
};

/* ---- life ---- */
/*
 * Opens, creates or recovers. On failure *fault says why. A new file is complete
 * and durable (metas, map) before this answers.
 */
quire_status pager_open(const struct pager_config *config, struct pager **pager, struct fault *fault);
/*
 * Checkpoints unless read-only or poisoned, removes the log if all went well,
 * frees everything. No snapshot or writer may be open.
 */
quire_status pager_close(struct pager *pager, struct fault *fault);
size_t pager_page_size(const struct pager *pager);
uint64_t pager_salt(const struct pager *pager);
int pager_is_read_only(const struct pager *pager);
const quire_memory *pager_memory(const struct pager *pager);

/* ---- snapshots ---- */
/*
 * A snapshot that is used again and again rests in between: it stays in the
 * pager's list, and is nobody's until somebody reopens it. While it rests,
 * whoever has the pager's mutex may take it out of the list.
 */
enum snapshot_phase {
    SNAPSHOT_AWAY = 0, /* nobody's, and in no list; all zeros are such a snapshot */
    SNAPSHOT_RESTS,
    SNAPSHOT_LIVES,
    SNAPSHOT_LOST_BY_BYTES, /* somebody's, but its reads answer QUIRE_SNAPSHOT_LOST */
    SNAPSHOT_LOST_BY_AGE
};

struct snapshot {
    _Atomic uint64_t standing; /* an enum snapshot_phase, and above it when it began in ms: see snapshot_standing */
    uint64_t lsn;
    uint32_t page_count;
    int is_listed; /* with the mutex only, as the two below */
    struct snapshot *older, *younger;
    uint8_t state[PAGER_STATE_SIZE];
};

enum { SNAPSHOT_PHASE_BITS = 3 };

static inline uint64_t snapshot_standing(enum snapshot_phase phase, uint64_t started_ms)
{
    return started_ms << SNAPSHOT_PHASE_BITS | (uint64_t)phase;
}

static inline enum snapshot_phase standing_phase(uint64_t standing)
{
    return (enum snapshot_phase)(standing % (1u << SNAPSHOT_PHASE_BITS));
}

static inline uint64_t standing_started_ms(uint64_t standing)
{
    return standing >> SNAPSHOT_PHASE_BITS;
}

static inline enum snapshot_phase snapshot_phase(const struct snapshot *snapshot)
{
    return standing_phase(atomic_load_explicit(&snapshot->standing, memory_order_relaxed));
}

static inline int snapshot_is_lost(const struct snapshot *snapshot)
{
    return snapshot_phase(snapshot) > SNAPSHOT_LIVES;
}

/* 1 if it is somebody's. */
static inline int snapshot_is_open(const struct snapshot *snapshot)
{
    return snapshot_phase(snapshot) > SNAPSHOT_RESTS;
}

/* The caller owns the struct; it stays where it is until closed. */
quire_status pager_snapshot_open(struct pager *pager, struct snapshot *snapshot);
/* Also for one that rests or is away. */
void pager_snapshot_close(struct pager *pager, struct snapshot *snapshot);
/*
 * Opens a snapshot that is away or rests, of whichever thread was quickest: 0 if
 * it is somebody's already. Takes neither mutex nor memory when nothing was
 * committed since it was opened last.
 */
int pager_snapshot_reopen(struct pager *pager, struct snapshot *snapshot);
/* The caller has done with it, and another may have reopened it before this returns. It stays where it is. */
void pager_snapshot_rest(struct pager *pager, struct snapshot *snapshot);
/* Answers QUIRE_SNAPSHOT_LOST, and says by which limit it was. */
quire_status pager_snapshot_lost(const struct pager *pager, const struct snapshot *snapshot, struct fault *fault);
/* QUIRE_OK, also when `visit` stops it, or QUIRE_NO_MEMORY. */
quire_status pager_snapshots_each(struct pager *pager, int (*visit)(void *context, const quire_reader *reader),
                                  void *context);

/* ---- the write transaction ---- */
/* Waits for the open writer to end; with no_wait answers QUIRE_BUSY. Not tied to a thread. */
quire_status pager_begin(struct pager *pager, int no_wait, struct fault *fault);
/*
 * Makes the changes and the state one atomic commit, durable as the sync mode
 * says. On failure the transaction is rolled back (a failed sync poisons). Ends it.
 */
quire_status pager_commit(struct pager *pager, struct fault *fault);
void pager_rollback(struct pager *pager);
uint8_t *pager_state(struct pager *pager); /* the writer's 64 bytes, read and written freely; committed with the rest */
uint32_t pager_page_count(struct pager *pager); /* as the writer sees it */
uint64_t pager_begin_lsn(struct pager *pager);  /* the end of the commit that the write transaction builds on */
/* Set in what the writer sees in place of the LSN of a page whose last edits are not logged yet. No LSN has it. */
#define PAGER_STAMP (UINT64_C(1) << 63)

/* A place in the transaction to come back to. */
struct pager_mark {
    uint64_t lsn;
    uint64_t edits; /* of pages that were made up to here */
    uint32_t page_count;
    uint32_t digest; /* of the log records up to here */
    uint8_t state[PAGER_STATE_SIZE];
};
/* To come back to after a failure, if at all: what it costs to make sure of that is not paid. */
void pager_mark(struct pager *pager, struct pager_mark *mark);
/* To come back to at will: logs the images that are owed first. */
quire_status pager_savepoint(struct pager *pager, struct pager_mark *mark, struct fault *fault);
/*
 * Every page is again as at the mark. No page may be pinned by the writer.
 * QUIRE_DOOMED if a page was edited since a mere mark whose edits before it no
 * record has: nothing is changed then, and pager_rollback or an earlier savepoint
 * is left.
 */
quire_status pager_rollback_to(struct pager *pager, const struct pager_mark *mark, struct fault *fault);

/* ---- pages ---- */
/*
 * Pins page pgno as `snapshot` sees it (NULL: as the writer does). From the file
 * it comes verified (rule P1); rebuilt from the log it has passed codec->check;
 * QUIRE_CORRUPT names page and rule.
 */
quire_status pager_read(struct pager *pager, const struct snapshot *snapshot, uint32_t pgno, struct frame **frame,
                        struct fault *fault);
void pager_release(struct pager *pager, struct frame *frame);
/* The bytes that the file itself holds: sealed, unchecked, perhaps older than the log's. For looking at damage only. */
quire_status pager_read_raw(struct pager *pager, uint32_t pgno, uint8_t *page, struct fault *fault);
int pager_frame_checked(const struct frame *frame);
void pager_frame_set_checked(struct frame *frame);

/*
 * Makes a page that the writer has pinned its own to edit: on its first touch
 * since the checkpoint its image goes to the log; if a reader may need the
 * committed version, that one is kept and *frame (its pin moved along) becomes a copy.
 */
quire_status pager_edit(struct pager *pager, struct frame **frame, struct fault *fault);
/* 1 if the open write transaction has made the page its own already. */
int pager_frame_is_edited(const struct frame *frame);
/*
 * Pins page pgno for a whole new content: zeroed, its old content is not read
 * (but kept for readers). Log an image before releasing it.
 */
quire_status pager_edit_new(struct pager *pager, uint32_t pgno, struct frame **frame, struct fault *fault);
/* The file grows by one page in this transaction (map pages are made on the way); its pgno. Then use pager_edit_new. */
quire_status pager_grow(struct pager *pager, uint32_t *pgno, struct fault *fault);
/* Lowers page_count in this transaction; the file is cut at the next checkpoint, when no reader is older. */
void pager_shrink(struct pager *pager, uint32_t page_count);

/* Record what was done to an edited page, after doing it; both set the page's LSN. */
quire_status pager_log_delta(struct pager *pager, struct frame *frame, const uint8_t *steps, size_t size,
                             struct fault *fault);
quire_status pager_log_image(struct pager *pager, struct frame *frame, struct fault *fault);
/*
 * 1 if the log takes the page whole when the transaction settles: then it is the writer's own without pager_edit, and
 * an edit of it is noted by pager_note_edit instead of recorded.
 */
int pager_is_owed(const struct frame *frame);
void pager_note_edit(struct pager *pager, struct frame *frame);

/* ---- durability ---- */
quire_status pager_sync(struct pager *pager, struct fault *fault);
/*
 * Waits for the open write transaction, which must not be the caller's, and for a checkpoint that runs. Commits and
 * snapshots go on while it writes the file.
 */
quire_status pager_checkpoint(struct pager *pager, struct fault *fault);
/* 1 when the log has outgrown its limit, or dirty pages half of the cache: checkpoint soon. */
int pager_wants_checkpoint(struct pager *pager);
int pager_has_readers(struct pager *pager); /* any snapshot open */

struct pager_stat {
    uint64_t log_bytes, file_bytes, last_commit_lsn;
    uint64_t cache_hits, cache_misses, evictions, page_writes, syncs, log_records, log_written_bytes, images, deltas,
        commits, checkpoints, page_copies, rebuilds, spills;
    uint64_t checkpoint_commits; /* made while a checkpoint wrote the older half of the log into the file */
    uint64_t checkpoint_waits;   /* transactions that waited for a checkpoint because the log was full */
    uint32_t page_count, generation;
};
void pager_stat(struct pager *pager, struct pager_stat *stat);

#endif
