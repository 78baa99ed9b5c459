/*
 * Reading the log back, to rebuild a version of a page. Records that are young
 * come from the append buffer; older ones from the file through a few cached
 * blocks, because the records of one page stand between those of others and
 * are walked first backward and then forward.
 */
#include "log.h"

#include <string.h>

enum { LOG_READ_BLOCK = 16 << 10 };

struct log_block {
    uint64_t number; /* of the file, counted from 1; 0: empty */
    size_t size;     /* bytes that the file had there */
    uint8_t bytes[LOG_READ_BLOCK];
};

void log_forget_blocks(struct log *log)
{
    for (size_t i = 0; i < LOG_READ_BLOCKS; i++)
        if (log->blocks[i] != NULL)
            log->blocks[i]->number = 0;
}

static quire_status log_load_block(struct log *log, uint64_t number, const struct log_block **block,
                                   struct fault *fault)
{
    struct log_block *slot = log->blocks[number % LOG_READ_BLOCKS];
    if (slot == NULL) {
        slot = memory_allocate(log->memory, sizeof *slot);
        if (slot == NULL)
            return fault_set(fault, QUIRE_NO_MEMORY, "no memory to read %s", log->path);
        slot->number = 0;
        log->blocks[number % LOG_READ_BLOCKS] = slot;
    }
    *block = slot;
    if (slot->number == number)
        return QUIRE_OK;
    slot->number = 0;
    int error = log->vfs->read(log->vfs->context, log->file, (number - 1) * LOG_READ_BLOCK, slot->bytes, LOG_READ_BLOCK,
                               &slot->size);
    if (error != 0)
        return fault_errno(fault, error, "read", log->path);
    slot->number = number;
    return QUIRE_OK;
}

/* The generation whose records stand at `lsn`. */
static const struct log_segment *log_segment_of(const struct log *log, uint64_t lsn)
{
    return lsn >= log->current.first_lsn || log->older.first_lsn == 0 ? &log->current : &log->older;
}

static quire_status log_read_file(struct log *log, uint64_t lsn, uint8_t *bytes, size_t size, struct fault *fault)
{
    const struct log_segment *segment = log_segment_of(log, lsn);
    if (log->file == NULL || lsn < segment->first_lsn)
        return fault_set(fault, QUIRE_CORRUPT, "the log %s has no record at lsn %llu (rule L3)", log->path,
                         (unsigned long long)lsn);
    uint64_t x = lsn - segment->first_lsn + LOG_RECORDS_START;
    while (size > 0) {
        uint64_t offset = log_file_offset(segment->generation, x);
        const struct log_block *block = NULL;
        quire_status status = log_load_block(log, offset / LOG_READ_BLOCK + 1, &block, fault);
        if (status != QUIRE_OK)
            return status;
        size_t at = (size_t)(offset % LOG_READ_BLOCK);
        if (block->size <= at)
            return fault_set(fault, QUIRE_CORRUPT, "the log %s ends before lsn %llu (rule L1)", log->path,
                             (unsigned long long)lsn);
        size_t piece = block->size - at < size ? block->size - at : size;
        memcpy(bytes, block->bytes + at, piece);
        bytes += piece;
        size -= piece;
        x += piece;
    }
    return QUIRE_OK;
}

static quire_status log_read(struct log *log, uint64_t lsn, uint8_t *bytes, size_t size, struct fault *fault)
{
    if (lsn < log->buffer_lsn)
        return log_read_file(log, lsn, bytes, size, fault);
    /* The writer appends while readers look back, so the bound is the buffer, which only moves under the mutex. */
    if (lsn - log->buffer_lsn > log->capacity || size > log->capacity - (size_t)(lsn - log->buffer_lsn))
        return fault_set(fault, QUIRE_CORRUPT, "the log %s ends before lsn %llu (rule L1)", log->path,
                         (unsigned long long)lsn);
    memcpy(bytes, log->buffer + (size_t)(lsn - log->buffer_lsn), size);
    return QUIRE_OK;
}

quire_status log_read_header(struct log *log, uint64_t lsn, struct log_record *record, struct fault *fault)
{
    uint8_t header[LOG_RECORD_HEADER];
    quire_status status = log_read(log, lsn, header, sizeof header, fault);
    if (status != QUIRE_OK)
        return status;
    if (!log_record_decode(header, log->salt, log_segment_of(log, lsn)->generation, lsn, 4 * log->page_size, record))
        return fault_set(fault, QUIRE_CORRUPT, "the log %s has a damaged record at lsn %llu (rule L1)", log->path,
                         (unsigned long long)lsn);
    return QUIRE_OK;
}

quire_status log_read_body(struct log *log, const struct log_record *record, uint8_t *body, struct fault *fault)
{
    quire_status status = log_read(log, record->lsn + LOG_RECORD_HEADER, body, record->body_size, fault);
    if (status != QUIRE_OK)
        return status;
    if (!log_record_body_matches(record, body))
        return fault_set(fault, QUIRE_CORRUPT, "the log %s has a damaged record body at lsn %llu (rule L2)", log->path,
                         (unsigned long long)record->lsn);
    return QUIRE_OK;
}
