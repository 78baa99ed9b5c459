/*
 * The write-ahead log (docs/FORMAT.md, "The log"): an endless stream of records,
 * named by LSNs, laid into two halves of one file that alternate by generation.
 *
 *        buffer_lsn        written_lsn        end_lsn
 *   ... file |  file and buffer  |  buffer alone  |
 *
 *  Invariants
 *   1. Records in [buffer_lsn, end_lsn) are whole in the buffer, those below
 *      whole in the file.
 *   2. A byte of the file at or above written_lsn is no record of ours: it is
 *      zero, of an older generation, or of a transaction that was rolled back.
 *      The digest in each commit keeps the last kind from being taken for more.
 *   3. `ready` bytes of a half have been written at least once, so that a commit
 *      below it overwrites blocks and needs no new ones.
 *
 *  4. Two generations at most are alive. The older one takes no more records:
 *     it is whole in the file, durable, and ends where the current one begins.
 *
 *  Threads. Appending belongs to the writer and needs no lock: nobody reads what
 *  is not committed. What moves the buffer or says where it begins
 *  (log_make_room, log_truncate, log_switch, log_alternate) and all reading need
 *  the pager's mutex.
 */
#ifndef QUIRE_FILE_LOG_H
#define QUIRE_FILE_LOG_H

#include "../base/log_record.h"
#include "vfs.h"

#include <stdatomic.h>

enum { LOG_COMMIT_BODY = 80, LOG_COMMIT_STATE = 64, LOG_READ_BLOCKS = 32 };

/* What a commit record says. */
struct log_commit {
    uint32_t page_count;
    uint32_t digest; /* CRC-32C of the first 8 bytes of each of its records, in order */
    uint64_t durable_lsn;
    uint8_t state[LOG_COMMIT_STATE];
};
void log_commit_encode(uint8_t body[LOG_COMMIT_BODY], const struct log_commit *commit);
int log_commit_decode(const uint8_t *body, size_t size, struct log_commit *commit);

struct log_segment {
    uint32_t generation;
    uint64_t first_lsn; /* 0: there is no such segment */
};

struct log {
    const quire_vfs *vfs;
    const quire_memory *memory;
    const char *path;
    quire_file *file; /* NULL until it is needed */
    uint64_t salt;
    size_t page_size;
    struct log_segment current, older; /* older: what a checkpoint is moving, or recovery found, into the file */
    uint8_t *buffer;
    size_t capacity, buffer_max; /* a transaction that would need more writes a part before it ends */
    uint64_t buffer_lsn, written_lsn, end_lsn;
    uint32_t digest; /* of the open transaction's records so far */
    uint64_t ready[2];
    int header_is_written;
    int name_is_durable;
    int is_torn;                               /* the last flush failed among its records: some may stand in the file */
    struct log_block *blocks[LOG_READ_BLOCKS]; /* of the file, for reading back; made when needed */
    _Atomic uint64_t written_bytes;            /* since it was opened; counted by the writer */
};

/* The buffer grows to about cache_bytes, 64 KiB at least and 1 MiB at most. */
void log_init(struct log *log, const quire_vfs *vfs, const quire_memory *memory, const char *path, uint64_t salt,
              size_t page_size, size_t cache_bytes);
void log_free(struct log *log);
/* Opens the file; without `create` a missing one is fine and leaves log->file NULL. */
quire_status log_open_file(struct log *log, int create, int read_only, struct fault *fault);

/* Where byte x of a half stands in the file, and how many bytes of a half a file of `size` bytes has. */
uint64_t log_file_offset(uint32_t generation, uint64_t x);
uint64_t log_half_length(uint32_t generation, uint64_t file_size);

/* 1 if a record with a body of this size can be appended at once; else log_make_room first. */
int log_has_room(const struct log *log, size_t body_size);
quire_status log_make_room(struct log *log, size_t body_size, struct fault *fault);
/* A record in two steps: write the body where log_body says, then log_finish. The answer is its LSN. */
uint8_t *log_body(struct log *log);
uint64_t log_finish(struct log *log, uint8_t type, uint32_t pgno, uint64_t previous_lsn, size_t body_size);

/*
 * Writes what the file lacks. With `ahead`, when a commit record comes last,
 * what stands before its blocks is written first and then zeros up to beyond it,
 * so that a full disk is met before the commit is. On failure log->is_torn says
 * whether any of the commit's blocks may have been written.
 */
quire_status log_flush(struct log *log, int ahead, struct fault *fault);
/* Makes sure that no record stands in the file at `lsn`; durable when it answers QUIRE_OK. */
quire_status log_erase(struct log *log, uint64_t lsn, struct fault *fault);
quire_status log_sync(struct log *log, struct fault *fault);
/* Takes back all records from `lsn` on. */
void log_truncate(struct log *log, uint64_t lsn, uint32_t digest);
/* Begins a generation, in its half, and forgets all before it. */
void log_switch(struct log *log, uint32_t generation, uint64_t first_lsn);
/* Begins the next generation, in the other half; what was the current one is now the older one, and still read. */
void log_alternate(struct log *log);
/* The older generation is in the database file: the next one but the current may take its half. */
void log_end_older(struct log *log);
static inline int log_has_older(const struct log *log)
{
    return log->older.first_lsn != 0;
}
/* Gives the file's blocks back; no record in it is needed any more. */
quire_status log_empty_file(struct log *log, struct fault *fault);

/* Empties the cache of file blocks: what they hold may have changed. */
void log_forget_blocks(struct log *log);
/* Reads a record that must be there: L1 and L2 hold or the answer is QUIRE_CORRUPT. body has room for 4 pages. */
quire_status log_read_header(struct log *log, uint64_t lsn, struct log_record *record, struct fault *fault);
quire_status log_read_body(struct log *log, const struct log_record *record, uint8_t *body, struct fault *fault);

#endif
