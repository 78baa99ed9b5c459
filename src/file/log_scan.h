/*
 * A walk through one generation of the log file, record by record, as recovery
 * needs it: it stops at the first record that breaks L1 or L2, and can then look
 * beyond, on every eighth byte, for what may still stand there. Its work is
 * linear in the file's length whatever the bytes are.
 */
#ifndef QUIRE_FILE_LOG_SCAN_H
#define QUIRE_FILE_LOG_SCAN_H

#include "log.h"

struct log_scan {
    const struct log *log;
    struct log_segment segment;
    uint64_t end;    /* bytes that the file has of the half */
    uint64_t lsn;    /* where the next record would stand */
    uint8_t *window; /* bytes [window_x, window_x + window_size) of the half */
    uint64_t window_x;
    size_t window_size, window_room;
    int writes_back;    /* see log_scan_write_back */
    uint64_t written_x; /* bytes of the half below it were written back */
};

quire_status log_scan_open(struct log_scan *scan, const struct log *log, const struct log_segment *segment,
                           struct fault *fault);
void log_scan_close(struct log_scan *scan);

/*
 * While scan->writes_back is set, records that log_scan_next has found whole are written back as they were read, window
 * by window; this writes the last of them. After a sync that failed, Linux still shows what did not reach the disk, and
 * no later sync would write it; written anew, it is synced for what it is. (Rebello et al., "Can Applications Recover
 * from fsync Failures?", USENIX ATC 2020.) What breaks a checksum stays as it is: it may have been read wrongly.
 */
quire_status log_scan_write_back(struct log_scan *scan, struct fault *fault);
/* The next record and its body, which stays until the next call; QUIRE_NOT_FOUND where the log ends. */
quire_status log_scan_next(struct log_scan *scan, struct log_record *record, const uint8_t **body, struct fault *fault);

/*
 * A hint, which nothing may depend on: when the window has bytes at `lsn`, what would be the page number if they were a
 * header, and as the answer how many bytes that record would take; else 0.
 */
size_t log_scan_hint(const struct log_scan *scan, uint64_t lsn, uint32_t *pgno);

/* Whether a whole header stands where the next record would, whatever its body; QUIRE_NOT_FOUND at the half's end. */
quire_status log_scan_peek(struct log_scan *scan, struct log_record *record, int *has_header, struct fault *fault);

/* What stands beyond the end. */
struct log_beyond {
    uint64_t records;     /* whole headers of this generation */
    uint64_t durable_lsn; /* the greatest that a whole commit names */
    uint64_t commit_lsn;  /* of that commit */
};
quire_status log_scan_beyond(struct log_scan *scan, struct log_beyond *beyond, struct fault *fault);

/* The header of the half that `generation` uses, from either copy, of whatever salt. *found says if there is one. */
quire_status log_read_half(const struct log *log, uint32_t generation, struct log_half *half, int *found,
                           struct fault *fault);

#endif
