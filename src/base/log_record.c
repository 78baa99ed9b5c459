/*
 * The frames of the log (docs/FORMAT.md, "The log"). A record header carries its
 * own CRC, seeded with the database's salt, so that a scan can tell a header of
 * this database from any other bytes without trusting a length; the body's CRC
 * stands in the header. Nothing is read from a header before its CRC is right.
 */
#include "log_record.h"
#include "bytes.h"
#include "crc32c.h"

enum { LOG_VERSION_AT = 12, LOG_HALF_RESERVED_AT = 40 };

/*@ requires writable: \valid(p + (0 .. 7));
  @ assigns p[0 .. 7];
  @ ensures magic: log_magic(p);
  @*/
static void store_magic(uint8_t *p)
{
    p[0] = 'q';
    p[1] = 'u';
    p[2] = 'i';
    p[3] = 'r';
    p[4] = 'e';
    p[5] = 'l';
    p[6] = 'o';
    p[7] = 'g';
}

/*@ requires readable: \valid_read(p + (0 .. 7));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> log_magic(p);
  @*/
static int is_magic(const uint8_t *p)
{
    return p[0] == 'q' && p[1] == 'u' && p[2] == 'i' && p[3] == 'r' && p[4] == 'e' && p[5] == 'l' && p[6] == 'o' &&
           p[7] == 'g';
}

/* The CRC of a header whose own CRC field is its first four bytes. */
/*@ requires readable: \valid_read(p + (0 .. LOG_RECORD_HEADER - 1));
  @ assigns \nothing;
  @*/
static uint32_t header_crc(const uint8_t *p, uint64_t salt)
{
    uint8_t seed[8];
    store64(seed, salt);
    return crc32c(crc32c(0, seed, 8), p + 4, LOG_RECORD_HEADER - 4);
}

size_t log_record_size(size_t body_size)
{
    return (LOG_RECORD_HEADER + body_size + (LOG_RECORD_ALIGN - 1)) / LOG_RECORD_ALIGN * LOG_RECORD_ALIGN;
}

void log_record_encode(uint8_t *p, const struct log_record *record, uint64_t salt)
{
    store32(p + 4, record->body_crc);
    store64(p + 8, record->lsn);
    store32(p + 16, record->generation);
    store32(p + 20, record->body_size);
    store32(p + 24, record->pgno);
    p[28] = record->type;
    p[29] = 0;
    p[30] = 0;
    p[31] = 0;
    store64(p + 32, record->previous_lsn);
    store32(p, header_crc(p, salt));
}

int log_record_decode(const uint8_t *p, uint64_t salt, uint32_t generation, uint64_t lsn, size_t body_max,
                      struct log_record *record)
{
    if (load32(p) != header_crc(p, salt))
        return 0;
    if (load32(p + 16) != generation || load64(p + 8) != lsn)
        return 0;
    if (p[28] < LOG_IMAGE || p[28] > LOG_COMMIT)
        return 0;
    if (p[29] != 0 || p[30] != 0 || p[31] != 0)
        return 0;
    if (load32(p + 20) > body_max)
        return 0;
    record->body_crc = load32(p + 4);
    record->lsn = lsn;
    record->generation = generation;
    record->body_size = load32(p + 20);
    record->pgno = load32(p + 24);
    record->type = p[28];
    record->previous_lsn = load64(p + 32);
    return 1;
}

int log_record_body_matches(const struct log_record *record, const uint8_t *body)
{
    return crc32c(0, body, record->body_size) == record->body_crc;
}

void log_half_encode(uint8_t *p, const struct log_half *half)
{
    store_magic(p + 4);
    store32(p + LOG_VERSION_AT, half->format_version);
    store32(p + 16, half->page_size);
    store32(p + 20, half->generation);
    store64(p + 24, half->salt);
    store64(p + 32, half->first_lsn);
    bytes_zero(p + LOG_HALF_RESERVED_AT, LOG_HALF_HEADER - LOG_HALF_RESERVED_AT);
    store32(p, crc32c(0, p + 4, LOG_HALF_HEADER - 4));
}

int log_half_decode(const uint8_t *p, struct log_half *half)
{
    if (!is_magic(p + 4) || load32(p) != crc32c(0, p + 4, LOG_HALF_HEADER - 4))
        return 0;
    half->format_version = load32(p + LOG_VERSION_AT);
    half->page_size = load32(p + 16);
    half->generation = load32(p + 20);
    half->salt = load64(p + 24);
    half->first_lsn = load64(p + 32);
    return 1;
}
