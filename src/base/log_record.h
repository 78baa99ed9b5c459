/*
 * The frame around each record of the log, and the header of a half of it
 * (docs/FORMAT.md, "The log"). Both towers stand on it: `file` writes and scans
 * records, `page` gives their bodies a meaning; hence it lives in base.
 */
#ifndef QUIRE_BASE_LOG_RECORD_H
#define QUIRE_BASE_LOG_RECORD_H

#include <stddef.h>
#include <stdint.h>

enum {
    LOG_RECORD_HEADER = 40,
    LOG_RECORD_ALIGN = 8,
    LOG_HALF_HEADER = 64, /* one copy; the second stands LOG_HALF_COPY behind it */
    LOG_HALF_COPY = 512,
    LOG_RECORDS_START = 1024
};

enum log_record_type { LOG_IMAGE = 1, LOG_DELTA = 2, LOG_COMMIT = 3 };

struct log_record {
    uint64_t lsn;
    uint64_t previous_lsn;
    uint32_t generation;
    uint32_t body_size;
    uint32_t pgno;
    uint32_t body_crc;
    uint8_t type;
};

struct log_half {
    uint32_t page_size;
    uint32_t generation;
    uint32_t format_version;
    uint64_t salt;
    uint64_t first_lsn;
};

/* Header and body, rounded up to LOG_RECORD_ALIGN. */
size_t log_record_size(size_t body_size);
/* Writes the 40 header bytes of `record`. */
void log_record_encode(uint8_t *p, const struct log_record *record, uint64_t salt);
/*
 * Reads a header from 40 bytes that claim to stand at `lsn` of `generation`:
 * 1 and *record if rule L1 holds, else 0. body_max bounds the body's length.
 */
int log_record_decode(const uint8_t *p, uint64_t salt, uint32_t generation, uint64_t lsn, size_t body_max,
                      struct log_record *record);
/* 1 if the body has the CRC that the header names (rule L2). */
int log_record_body_matches(const struct log_record *record, const uint8_t *body);

void log_half_encode(uint8_t *p, const struct log_half *half);
/* 1 and *half if the 64 bytes are a header: magic and CRC are right. */
int log_half_decode(const uint8_t *p, struct log_half *half);

#endif
