/*
 * A database as bytes that may be damaged: its file by offset, and of its log
 * what whole committed transactions say. For salvage, which opens what
 * pager_open refuses. Nothing here writes.
 *
 * The log is read for what it still says, not held against what it should say:
 * a record counts when it and every other record of its transaction is whole
 * (the commit's digest says so), and a page's version counts when the chain of
 * its records back to an image does. Behind a bad record the scan goes on at the
 * next good one.
 */
#ifndef QUIRE_FILE_DAMAGED_H
#define QUIRE_FILE_DAMAGED_H

#include "log.h"
#include "pager.h"

struct damaged_head; /* a page, and its last record */

struct damaged {
    const quire_vfs *vfs;
    const quire_memory *memory;
    const struct pager_codec *codec;
    quire_file *file;
    char *path;                 /* the caller's name for the file, for messages */
    char *file_path, *log_path; /* the full ones */
    uint64_t file_bytes;

    /* Once damaged_log_scan has run. */
    size_t page_size;
    struct log log;
    struct damaged_head *heads; /* a hash table; `head_capacity` places, a power of two */
    size_t head_capacity, head_count;
    uint64_t secret; /* of the table: nobody who makes a log can know it; odd */
    uint64_t *chain; /* of one page while it is rebuilt */
    size_t chain_capacity;
    uint8_t *body;
    void *scratch;
    uint64_t log_bytes;                /* read by the scan */
    uint64_t log_records, log_commits; /* of whole transactions */
    uint64_t log_refused;              /* places at which no record stood where one should */
};

/* Opens file and log for reading, under a shared lock. QUIRE_BUSY, QUIRE_NOT_FOUND, QUIRE_IO, QUIRE_NO_MEMORY. */
quire_status damaged_open(struct damaged *damaged, const char *path, const quire_options *options,
                          const struct pager_codec *codec, struct fault *fault);
void damaged_close(struct damaged *damaged);
/* 1 if all `size` bytes at the offset could be read. */
int damaged_read(struct damaged *damaged, uint64_t offset, uint8_t *bytes, size_t size);
/* What a whole header of the log says: 1 if there is one. */
int damaged_log_hint(struct damaged *damaged, struct log_half *half);
/* Reads the log under this salt; what it cannot use is left out. Fails for lack of memory, or if a log that is there
 * cannot be opened. */
quire_status damaged_log_scan(struct damaged *damaged, uint64_t salt, size_t page_size, struct fault *fault);
/* Calls visit for each page that has a version in the log, in their order, with the LSN of its last record. Once a
 * scan. */
void damaged_log_each(struct damaged *damaged, void (*visit)(void *context, uint32_t pgno, uint64_t lsn),
                      void *context);
/* Rebuilds the page's version of that LSN; *whole is 0 if the log does not give a valid page. */
quire_status damaged_log_page(struct damaged *damaged, uint32_t pgno, uint64_t lsn, uint8_t *page, int *whole,
                              struct fault *fault);

#endif
