/*
 * The scan reads the half through a window that always holds the longest record
 * whole. A header is believed only when its CRC is right and it names this
 * generation and the LSN of its place, so the step of the search beyond a bad
 * record needs no length from anybody.
 */
#include "log_scan.h"

#include "../base/bytes.h"

#include <string.h>

enum { SCAN_WINDOW_MIN = 64 << 10, SCAN_CHUNK = 1 << 20 };

quire_status log_scan_open(struct log_scan *scan, const struct log *log, const struct log_segment *segment,
                           struct fault *fault)
{
    memset(scan, 0, sizeof *scan);
    scan->log = log;
    scan->segment = *segment;
    scan->lsn = segment->first_lsn;
    uint64_t size = 0;
    int error = log->vfs->size(log->vfs->context, log->file, &size);
    if (error != 0)
        return fault_errno(fault, error, "ask for the size of", log->path);
    scan->end = log_half_length(segment->generation, size);
    /* Twice the longest record; a small page's log is read in pieces that stay in the processor's cache. */
    scan->window_room = 2 * (4 * (size_t)log->page_size + LOG_RECORD_HEADER);
    if (scan->window_room < SCAN_WINDOW_MIN)
        scan->window_room = SCAN_WINDOW_MIN;
    scan->window = memory_allocate(log->memory, scan->window_room);
    return scan->window != NULL ? QUIRE_OK : fault_set(fault, QUIRE_NO_MEMORY, "no memory to scan %s", log->path);
}

void log_scan_close(struct log_scan *scan)
{
    memory_release(scan->log->memory, scan->window);
    scan->window = NULL;
}

/* Byte of the half at which the record of an LSN stands. */
static uint64_t scan_place(const struct log_scan *scan, uint64_t lsn)
{
    return lsn - scan->segment.first_lsn + LOG_RECORDS_START;
}

/* What the window holds of the records before scan->lsn, which have all been found whole. */
quire_status log_scan_write_back(struct log_scan *scan, struct fault *fault)
{
    const struct log *log = scan->log;
    const uint64_t end = scan_place(scan, scan->lsn);
    uint64_t x = scan->written_x > scan->window_x ? scan->written_x : scan->window_x;
    while (scan->writes_back && x < end && x < scan->window_x + scan->window_size) {
        uint64_t piece = SCAN_CHUNK - x % SCAN_CHUNK;
        uint64_t left = scan->window_x + scan->window_size - x;
        if (piece > left)
            piece = left;
        if (piece > end - x)
            piece = end - x;
        int error = log->vfs->write(log->vfs->context, log->file, log_file_offset(scan->segment.generation, x),
                                    scan->window + (size_t)(x - scan->window_x), (size_t)piece);
        if (error != 0)
            return fault_errno(fault, error, "write", log->path);
        x += piece;
        scan->written_x = x;
    }
    return QUIRE_OK;
}

static quire_status scan_fill(struct log_scan *scan, uint64_t x, struct fault *fault)
{
    const struct log *log = scan->log;
    quire_status status = log_scan_write_back(scan, fault);
    if (status != QUIRE_OK)
        return status;
    scan->window_x = x;
    scan->window_size = 0;
    while (scan->window_size < scan->window_room && x < scan->end) {
        size_t piece = (size_t)(SCAN_CHUNK - x % SCAN_CHUNK);
        if (piece > scan->window_room - scan->window_size)
            piece = scan->window_room - scan->window_size;
        if (piece > scan->end - x)
            piece = (size_t)(scan->end - x);
        size_t got = 0;
        uint64_t offset = log_file_offset(scan->segment.generation, x);
        int error = log->vfs->read(log->vfs->context, log->file, offset, scan->window + scan->window_size, piece, &got);
        if (error != 0)
            return fault_errno(fault, error, "read", log->path);
        scan->window_size += got;
        x += got;
        if (got < piece)
            scan->end = x;
    }
    return QUIRE_OK;
}

/* The `size` bytes at x of the half; NULL when the file ends before. */
static quire_status scan_bytes(struct log_scan *scan, uint64_t x, size_t size, const uint8_t **bytes,
                               struct fault *fault)
{
    *bytes = NULL;
    if (x > scan->end || size > scan->end - x)
        return QUIRE_OK;
    if (x < scan->window_x || x + size > scan->window_x + scan->window_size) {
        quire_status status = scan_fill(scan, x, fault);
        if (status != QUIRE_OK)
            return status;
        if (size > scan->window_size)
            return QUIRE_OK;
    }
    *bytes = scan->window + (size_t)(x - scan->window_x);
    return QUIRE_OK;
}

/* The record at `lsn` with its body, or *body NULL if there is none that keeps L1 and L2. */
static quire_status scan_record(struct log_scan *scan, uint64_t lsn, struct log_record *record, const uint8_t **body,
                                struct fault *fault)
{
    const struct log *log = scan->log;
    const uint8_t *bytes;
    *body = NULL;
    quire_status status = scan_bytes(scan, scan_place(scan, lsn), LOG_RECORD_HEADER, &bytes, fault);
    if (status != QUIRE_OK || bytes == NULL)
        return status;
    if (!log_record_decode(bytes, log->salt, scan->segment.generation, lsn, 4 * log->page_size, record))
        return QUIRE_OK;
    status = scan_bytes(scan, scan_place(scan, lsn), LOG_RECORD_HEADER + record->body_size, &bytes, fault);
    if (status != QUIRE_OK || bytes == NULL)
        return status;
    if (log_record_body_matches(record, bytes + LOG_RECORD_HEADER))
        *body = bytes + LOG_RECORD_HEADER;
    return QUIRE_OK;
}

quire_status log_scan_next(struct log_scan *scan, struct log_record *record, const uint8_t **body, struct fault *fault)
{
    quire_status status = scan_record(scan, scan->lsn, record, body, fault);
    if (status != QUIRE_OK)
        return status;
    if (*body == NULL)
        return QUIRE_NOT_FOUND;
    scan->lsn += log_record_size(record->body_size);
    return QUIRE_OK;
}

size_t log_scan_hint(const struct log_scan *scan, uint64_t lsn, uint32_t *pgno)
{
    uint64_t x = scan_place(scan, lsn);
    if (x < scan->window_x || x - scan->window_x > scan->window_size ||
        scan->window_size - (size_t)(x - scan->window_x) < LOG_RECORD_HEADER)
        return 0;
    const uint8_t *bytes = scan->window + (size_t)(x - scan->window_x);
    uint32_t body_size = load32(bytes + 20);
    if (body_size > 4 * scan->log->page_size)
        return 0;
    *pgno = load32(bytes + 24);
    return log_record_size(body_size);
}

quire_status log_scan_peek(struct log_scan *scan, struct log_record *record, int *has_header, struct fault *fault)
{
    const uint8_t *bytes;
    *has_header = 0;
    quire_status status = scan_bytes(scan, scan_place(scan, scan->lsn), LOG_RECORD_HEADER, &bytes, fault);
    if (status != QUIRE_OK || bytes == NULL)
        return status == QUIRE_OK ? QUIRE_NOT_FOUND : status;
    /* Two fields first: they settle nearly every place without a CRC. */
    *has_header = load64(bytes + 8) == scan->lsn && load32(bytes + 16) == scan->segment.generation &&
                  log_record_decode(bytes, scan->log->salt, scan->segment.generation, scan->lsn,
                                    4 * scan->log->page_size, record);
    return QUIRE_OK;
}

/* Takes account of a whole header beyond the end. */
static quire_status beyond_note(struct log_scan *scan, uint64_t lsn, struct log_beyond *beyond, struct fault *fault)
{
    struct log_record record;
    struct log_commit commit;
    const uint8_t *bytes;
    quire_status status = scan_bytes(scan, scan_place(scan, lsn), LOG_RECORD_HEADER, &bytes, fault);
    if (status != QUIRE_OK || bytes == NULL ||
        !log_record_decode(bytes, scan->log->salt, scan->segment.generation, lsn, 4 * scan->log->page_size, &record))
        return status;
    beyond->records++;
    if (record.type != LOG_COMMIT || record.body_size != LOG_COMMIT_BODY)
        return QUIRE_OK;
    const uint8_t *body;
    status = scan_record(scan, lsn, &record, &body, fault);
    if (status != QUIRE_OK || body == NULL || !log_commit_decode(body, record.body_size, &commit))
        return status;
    if (commit.durable_lsn > beyond->durable_lsn) {
        beyond->durable_lsn = commit.durable_lsn;
        beyond->commit_lsn = lsn;
    }
    return QUIRE_OK;
}

/* From `lsn` on, whose header stands at `bytes`: the first place among the next `places` that may hold a record, or the
 * one behind them. */
static uint64_t beyond_candidate(const struct log_scan *scan, const uint8_t *bytes, uint64_t lsn, size_t places)
{
    const uint64_t end = lsn + places * LOG_RECORD_ALIGN;
    /* A byte and two fields first: they settle nearly every place without a CRC. */
    while (lsn < end &&
           (bytes[8] != (lsn & 255u) || load64(bytes + 8) != lsn || load32(bytes + 16) != scan->segment.generation)) {
        lsn += LOG_RECORD_ALIGN;
        bytes += LOG_RECORD_ALIGN;
    }
    return lsn;
}

quire_status log_scan_beyond(struct log_scan *scan, struct log_beyond *beyond, struct fault *fault)
{
    memset(beyond, 0, sizeof *beyond);
    for (uint64_t lsn = scan->lsn;;) {
        const uint8_t *bytes;
        uint64_t x = scan_place(scan, lsn);
        quire_status status = scan_bytes(scan, x, LOG_RECORD_HEADER, &bytes, fault);
        if (status != QUIRE_OK || bytes == NULL)
            return status;
        /* All that the window holds is looked at in one go. */
        size_t held = scan->window_size - (size_t)(x - scan->window_x);
        size_t places = (held - LOG_RECORD_HEADER) / LOG_RECORD_ALIGN + 1;
        uint64_t candidate = beyond_candidate(scan, bytes, lsn, places);
        if (candidate < lsn + places * LOG_RECORD_ALIGN) {
            status = beyond_note(scan, candidate, beyond, fault);
            candidate += LOG_RECORD_ALIGN;
        }
        if (status != QUIRE_OK)
            return status;
        lsn = candidate;
    }
}

quire_status log_read_half(const struct log *log, uint32_t generation, struct log_half *half, int *found,
                           struct fault *fault)
{
    *found = 0;
    for (uint64_t x = 0; x <= LOG_HALF_COPY && !*found; x += LOG_HALF_COPY) {
        uint8_t bytes[LOG_HALF_HEADER];
        size_t got = 0;
        int error =
            log->vfs->read(log->vfs->context, log->file, log_file_offset(generation, x), bytes, sizeof bytes, &got);
        if (error != 0)
            return fault_errno(fault, error, "read", log->path);
        *found = got == sizeof bytes && log_half_decode(bytes, half);
    }
    return QUIRE_OK;
}
