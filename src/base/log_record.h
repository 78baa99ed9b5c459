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
/*@ requires no_overflow: body_size <= SIZE_MAX - LOG_RECORD_HEADER - LOG_RECORD_ALIGN;
  @ assigns \nothing;
  @ ensures aligned: \result % LOG_RECORD_ALIGN == 0;
  @ ensures holds: LOG_RECORD_HEADER + body_size <= \result < LOG_RECORD_HEADER + body_size + LOG_RECORD_ALIGN;
  @*/
size_t log_record_size(size_t body_size);
/* Writes the 40 header bytes of `record`. */
/*@ requires writable: \valid(p + (0 .. LOG_RECORD_HEADER - 1));
  @ requires readable: \valid_read(record);
  @ requires apart: \separated(record, p + (0 .. LOG_RECORD_HEADER - 1));
  @ assigns p[0 .. LOG_RECORD_HEADER - 1];
  @*/
void log_record_encode(uint8_t *p, const struct log_record *record, uint64_t salt);
/*
 * Reads a header from 40 bytes that claim to stand at `lsn` of `generation`:
 * 1 and *record if rule L1 holds, else 0. body_max bounds the body's length.
 */
/*@ requires readable: \valid_read(p + (0 .. LOG_RECORD_HEADER - 1));
  @ requires writable: \valid(record);
  @ requires apart: \separated(record, p + (0 .. LOG_RECORD_HEADER - 1));
  @ assigns *record;
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @ ensures body: \result == 1 ==> record->body_crc == u32(p + 4) && record->body_size == u32(p + 20) <= body_max;
  @ ensures lsn: \result == 1 ==> record->lsn == lsn == u64(p + 8) && record->previous_lsn == u64(p + 32);
  @ ensures generation: \result == 1 ==> record->generation == generation == u32(p + 16);
  @ ensures pgno: \result == 1 ==> record->pgno == u32(p + 24);
  @ ensures kind: \result == 1 ==> LOG_IMAGE <= record->type == p[28] <= LOG_COMMIT && log_reserved_zero(p);
  @ ensures refused: \result == 0 ==> *record == \old(*record);
  @*/
int log_record_decode(const uint8_t *p, uint64_t salt, uint32_t generation, uint64_t lsn, size_t body_max,
                      struct log_record *record);
/* 1 if the body has the CRC that the header names (rule L2). */
/*@ requires readable: \valid_read(record) && \valid_read(body + (0 .. record->body_size - 1));
  @ assigns \nothing;
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @*/
int log_record_body_matches(const struct log_record *record, const uint8_t *body);

/*@ requires writable: \valid(p + (0 .. LOG_HALF_HEADER - 1));
  @ requires readable: \valid_read(half);
  @ requires apart: \separated(half, p + (0 .. LOG_HALF_HEADER - 1));
  @ assigns p[0 .. LOG_HALF_HEADER - 1];
  @*/
void log_half_encode(uint8_t *p, const struct log_half *half);
/* 1 and *half if the 64 bytes are a header: magic and CRC are right. */
/*@ requires readable: \valid_read(p + (0 .. LOG_HALF_HEADER - 1));
  @ requires writable: \valid(half);
  @ requires apart: \separated(half, p + (0 .. LOG_HALF_HEADER - 1));
  @ assigns *half;
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @ ensures magic: \result == 1 ==> log_magic(p + 4);
  @ ensures sizes: \result == 1 ==> half->format_version == u32(p + 12) && half->page_size == u32(p + 16);
  @ ensures generation: \result == 1 ==> half->generation == u32(p + 20);
  @ ensures salt: \result == 1 ==> half->salt == u64(p + 24) && half->first_lsn == u64(p + 32);
  @*/
int log_half_decode(const uint8_t *p, struct log_half *half);

#endif
