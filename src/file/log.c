/*
 * Writing the log: the append buffer, its way into the file, and back off it
 * when a transaction is rolled back. Reading back is in log_read.c, scanning
 * after a crash in log_scan.c.
 */
#include "log.h"

#include "../base/bytes.h"
#include "../base/crc32c.h"

#include <errno.h>
#include <string.h>

enum {
    LOG_CHUNK = 1 << 20,
    /* The longest buffer; that of a small cache is as long as it, if not shorter than a first one. */
    LOG_BUFFER_MAX = 1 << 20,
    /* The first buffer, and what is written ahead at first: first commits should not pay for megabytes. */
    LOG_FIRST_PAGES = 16,
    LOG_FIRST = 64 << 10,
    LOG_AHEAD_MAX = 256 << 10,
    LOG_LONG_TRANSACTION = 64 << 10,
    LOG_BLOCK_ALIGN = 4096,
    LOG_ZEROS = 16 << 10
};

void log_init(struct log *log, const quire_vfs *vfs, const quire_memory *memory, const char *path, uint64_t salt,
              size_t page_size, size_t cache_bytes)
{
    memset(log, 0, sizeof *log);
    log->vfs = vfs;
    log->memory = memory;
    log->path = path;
    log->salt = salt;
    log->page_size = page_size;
    log->buffer_max = cache_bytes < LOG_FIRST ? LOG_FIRST : cache_bytes > LOG_BUFFER_MAX ? LOG_BUFFER_MAX : cache_bytes;
}

void log_free(struct log *log)
{
    memory_release(log->memory, log->buffer);
    for (size_t i = 0; i < LOG_READ_BLOCKS; i++) {
        memory_release(log->memory, log->blocks[i]);
        log->blocks[i] = NULL;
    }
    log->buffer = NULL;
    if (log->file != NULL)
        (void)log->vfs->close(log->vfs->context, log->file);
    log->file = NULL;
}

quire_status log_open_file(struct log *log, int create, int read_only, struct fault *fault)
{
    if (log->file != NULL)
        return QUIRE_OK;
    int flags = (create ? QUIRE_VFS_CREATE | QUIRE_VFS_EXCLUSIVE : 0) | (read_only ? QUIRE_VFS_READ_ONLY : 0);
    int error = log->vfs->open(log->vfs->context, log->path, flags, &log->file);
    if (error == ENOENT && !create) {
        log->file = NULL;
        return QUIRE_OK;
    }
    if (error == EEXIST)
        return fault_set(fault, QUIRE_IO, "%s is in the way: somebody made it since the database was opened",
                         log->path);
    return error != 0 ? fault_errno(fault, error, "open", log->path) : QUIRE_OK;
}

uint64_t log_file_offset(uint32_t generation, uint64_t x)
{
    return (x / LOG_CHUNK * 2 + generation % 2) * LOG_CHUNK + x % LOG_CHUNK;
}

uint64_t log_half_length(uint32_t generation, uint64_t file_size)
{
    uint64_t chunks = file_size / LOG_CHUNK;
    uint64_t half = generation % 2;
    uint64_t whole = (chunks + 1 - half) / 2;
    return whole * LOG_CHUNK + (chunks % 2 == half ? file_size % LOG_CHUNK : 0);
}

void log_commit_encode(uint8_t body[LOG_COMMIT_BODY], const struct log_commit *commit)
{
    store32(body, commit->page_count);
    store32(body + 4, commit->digest);
    store64(body + 8, commit->durable_lsn);
    memcpy(body + 16, commit->state, LOG_COMMIT_STATE);
}

int log_commit_decode(const uint8_t *body, size_t size, struct log_commit *commit)
{
    if (size != LOG_COMMIT_BODY)
        return 0;
    commit->page_count = load32(body);
    commit->digest = load32(body + 4);
    commit->durable_lsn = load64(body + 8);
    memcpy(commit->state, body + 16, LOG_COMMIT_STATE);
    return 1;
}

/* ---- appending ---- */

static size_t log_used(const struct log *log)
{
    return (size_t)(log->end_lsn - log->buffer_lsn);
}

int log_has_room(const struct log *log, size_t body_size)
{
    return log_record_size(body_size) <= log->capacity - log_used(log);
}

static size_t log_first_bytes(const struct log *log)
{
    size_t bytes = LOG_FIRST_PAGES * log->page_size;
    return bytes < LOG_FIRST ? bytes : LOG_FIRST;
}

static int log_grow_buffer(struct log *log, size_t needed)
{
    size_t capacity = log->capacity == 0 ? log_first_bytes(log) : log->capacity * 2;
    while (capacity < needed)
        capacity *= 2;
    uint8_t *buffer = memory_resize(log->memory, log->buffer, capacity);
    if (buffer == NULL)
        return 0;
    log->buffer = buffer;
    log->capacity = capacity;
    return 1;
}

quire_status log_make_room(struct log *log, size_t body_size, struct fault *fault)
{
    size_t size = log_record_size(body_size);
    size_t needed = log_used(log) + size;
    if (needed <= log->capacity)
        return QUIRE_OK;
    if (needed <= log->buffer_max && log_grow_buffer(log, needed))
        return QUIRE_OK;
    quire_status status = log_flush(log, 0, fault);
    if (status != QUIRE_OK)
        return status;
    log->buffer_lsn = log->end_lsn;
    log_forget_blocks(log);
    if (size > log->capacity && !log_grow_buffer(log, size))
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for a log record of %zu bytes", size);
    return QUIRE_OK;
}

uint8_t *log_body(struct log *log)
{
    return log->buffer + log_used(log) + LOG_RECORD_HEADER;
}

uint64_t log_finish(struct log *log, uint8_t type, uint32_t pgno, uint64_t previous_lsn, size_t body_size)
{
    uint8_t *body = log_body(log);
    size_t size = log_record_size(body_size);
    uint64_t lsn = log->end_lsn;
    struct log_record record = {.lsn = lsn,
                                .previous_lsn = previous_lsn,
                                .generation = log->current.generation,
                                .body_size = (uint32_t)body_size,
                                .pgno = pgno,
                                .body_crc = crc32c(0, body, body_size),
                                .type = type};
    log_record_encode(body - LOG_RECORD_HEADER, &record, log->salt);
    memset(body + body_size, 0, size - LOG_RECORD_HEADER - body_size);
    log->digest = type == LOG_COMMIT ? 0 : crc32c(log->digest, body - LOG_RECORD_HEADER, 8);
    log->end_lsn = lsn + size;
    return lsn;
}

/* ---- into the file ---- */

/* Byte of its half at which a record of the current generation stands. */
static uint64_t log_place(const struct log *log, uint64_t lsn)
{
    return lsn - log->current.first_lsn + LOG_RECORDS_START;
}

/* Writes bytes [x, x + size) of the current half, chunk by chunk. NULL bytes are zeros. */
static int log_write(struct log *log, uint64_t x, const uint8_t *bytes, uint64_t size)
{
    static const uint8_t zeros[LOG_ZEROS];
    while (size > 0) {
        uint64_t piece = LOG_CHUNK - x % LOG_CHUNK;
        if (bytes == NULL && piece > LOG_ZEROS)
            piece = LOG_ZEROS;
        if (piece > size)
            piece = size;
        uint64_t offset = log_file_offset(log->current.generation, x);
        int error = log->vfs->write(log->vfs->context, log->file, offset, bytes == NULL ? zeros : bytes, (size_t)piece);
        if (error != 0)
            return error;
        x += piece;
        size -= piece;
        if (bytes != NULL)
            bytes += piece;
        atomic_fetch_add_explicit(&log->written_bytes, piece, memory_order_relaxed);
    }
    return 0;
}

static uint64_t log_round_up(uint64_t x)
{
    return (x + LOG_BLOCK_ALIGN - 1) / LOG_BLOCK_ALIGN * LOG_BLOCK_ALIGN;
}

/*
 * All but the last blocks of a long transaction, which can stand in the file at
 * any time: the commit record is not among them. They take the place of zeros.
 * Answers from where on records are still to be written.
 */
static int log_write_body(struct log *log, uint64_t *from, uint64_t to)
{
    uint64_t *ready = &log->ready[log->current.generation % 2];
    uint64_t tail = (to - log_record_size(LOG_COMMIT_BODY)) / LOG_BLOCK_ALIGN * LOG_BLOCK_ALIGN;
    if (tail <= *ready || tail <= *from)
        return 0;
    int error = log_write(log, *from, log->buffer + (size_t)(log->written_lsn - log->buffer_lsn), tail - *from);
    if (error == 0)
        *from = *ready = tail;
    return error;
}

/* By how much zeros go ahead of byte x. Past a long transaction they would cost its commit more than the next ones
 * gain. */
static uint64_t log_ahead(const struct log *log, uint64_t x, uint64_t transaction_bytes)
{
    if (transaction_bytes >= LOG_LONG_TRANSACTION)
        return 0;
    uint64_t least = log_first_bytes(log);
    return x < least ? least : x > LOG_AHEAD_MAX ? LOG_AHEAD_MAX : x;
}

/* Zeros from what is ready to beyond x, ahead of need; when there is no room for that, just to x. */
static int log_write_ahead(struct log *log, uint64_t x, uint64_t transaction_bytes)
{
    uint64_t *ready = &log->ready[log->current.generation % 2];
    if (x <= *ready)
        return 0;
    uint64_t target = log_round_up(x + log_ahead(log, x, transaction_bytes));
    int error = log_write(log, *ready, NULL, target - *ready);
    if (error != 0) {
        target = log_round_up(x);
        error = log_write(log, *ready, NULL, target - *ready);
    }
    if (error == 0)
        *ready = target;
    return error;
}

static int log_write_header(struct log *log)
{
    uint8_t bytes[LOG_RECORDS_START];
    memset(bytes, 0, sizeof bytes);
    struct log_half half = {.page_size = (uint32_t)log->page_size,
                            .generation = log->current.generation,
                            .format_version = QUIRE_FORMAT_VERSION,
                            .salt = log->salt,
                            .first_lsn = log->current.first_lsn};
    log_half_encode(bytes, &half);
    log_half_encode(bytes + LOG_HALF_COPY, &half);
    int error = log_write(log, 0, bytes, sizeof bytes);
    if (error != 0)
        return error;
    log->header_is_written = 1;
    if (log->ready[log->current.generation % 2] < sizeof bytes)
        log->ready[log->current.generation % 2] = sizeof bytes;
    return 0;
}

quire_status log_flush(struct log *log, int ahead, struct fault *fault)
{
    if (log->written_lsn == log->end_lsn)
        return QUIRE_OK;
    quire_status status = log_open_file(log, 1, 0, fault);
    if (status != QUIRE_OK)
        return status;
    uint64_t *ready = &log->ready[log->current.generation % 2];
    uint64_t from = log_place(log, log->written_lsn), to = log_place(log, log->end_lsn);
    const uint64_t bytes = to - from;
    int error = log->header_is_written ? 0 : log_write_header(log);
    if (error == 0 && ahead)
        error = log_write_body(log, &from, to);
    if (error == 0 && ahead)
        error = log_write_ahead(log, to, bytes);
    log->is_torn = error == 0;
    if (error == 0)
        error = log_write(log, from, log->buffer + log_used(log) - (size_t)(to - from), to - from);
    if (error != 0)
        return fault_errno(fault, error, "write", log->path);
    log->is_torn = 0;
    log->written_lsn = log->end_lsn;
    if (*ready < to)
        *ready = to;
    return QUIRE_OK;
}

quire_status log_erase(struct log *log, uint64_t lsn, struct fault *fault)
{
    if (log->file == NULL)
        return QUIRE_OK;
    int error = log_write(log, log_place(log, lsn), NULL, LOG_RECORD_HEADER);
    if (error != 0)
        return fault_errno(fault, error, "write", log->path);
    error = log->vfs->sync(log->vfs->context, log->file);
    return error != 0 ? fault_errno(fault, error, "sync", log->path) : QUIRE_OK;
}

quire_status log_sync(struct log *log, struct fault *fault)
{
    if (log->file == NULL)
        return QUIRE_OK;
    int error = log->vfs->sync(log->vfs->context, log->file);
    if (error == 0 && !log->name_is_durable)
        error = log->vfs->sync_name(log->vfs->context, log->path);
    if (error != 0)
        return fault_errno(fault, error, "sync", log->path);
    log->name_is_durable = 1;
    return QUIRE_OK;
}

void log_truncate(struct log *log, uint64_t lsn, uint32_t digest)
{
    if (lsn < log->buffer_lsn) {
        log->buffer_lsn = lsn; /* what blocks of the file hold beyond it is forgotten when the buffer moves on */
        log->written_lsn = lsn;
    }
    if (log->written_lsn > lsn)
        log->written_lsn = lsn;
    log->end_lsn = lsn;
    log->digest = digest;
}

void log_switch(struct log *log, uint32_t generation, uint64_t first_lsn)
{
    log->current = (struct log_segment){generation, first_lsn};
    log->older = (struct log_segment){0, 0};
    log->buffer_lsn = log->written_lsn = log->end_lsn = first_lsn;
    log->digest = 0;
    log->header_is_written = 0;
    log_forget_blocks(log);
}

void log_alternate(struct log *log)
{
    struct log_segment older = log->current;
    log_switch(log, older.generation + 1, log->end_lsn);
    log->older = older;
}

void log_end_older(struct log *log)
{
    log->older = (struct log_segment){0, 0};
}

quire_status log_empty_file(struct log *log, struct fault *fault)
{
    if (log->file == NULL)
        return QUIRE_OK;
    int error = log->vfs->truncate(log->vfs->context, log->file, 0);
    if (error != 0)
        return fault_errno(fault, error, "truncate", log->path);
    log->ready[0] = log->ready[1] = 0;
    log->header_is_written = 0;
    log_forget_blocks(log);
    return QUIRE_OK;
}
