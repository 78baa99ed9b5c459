/* See raw_file.h. */
#include "raw_file.h"
#include "expect.h"

#include "../../src/base/crc32c.h"
#include "../../src/base/log_record.h"
#include "../../src/page/check.h"
#include "../../src/page/other.h"

/* Writes `size` bytes as a file of the memory VFS, as some other program might have. */
void raw_file_write(quire_vfs *vfs, const char *path, const uint8_t *bytes, size_t size)
{
    quire_file *file;
    if (vfs->open(vfs->context, path, QUIRE_VFS_CREATE, &file) != 0)
        abort();
    if (size != 0 && vfs->write(vfs->context, file, 0, bytes, size) != 0)
        abort();
    EXPECT_EQUAL(vfs->close(vfs->context, file), 0);
}

void raw_file_reseal(uint8_t *bytes, size_t size)
{
    if (size < META_END)
        return;
    size_t page_size = load32(bytes + META_PAGE_SIZE);
    uint64_t salt = load64(bytes + META_SALT);
    if (!page_size_is_legal(page_size))
        return;
    for (size_t at = 0; at + page_size <= size; at += page_size) {
        uint8_t *page = bytes + at;
        store32(page + HEADER_PGNO, (uint32_t)(at / page_size));
        page_seal(page, page_size, salt);
    }
    /* The map pages state the checksums of the others, then get their own. */
    for (size_t at = 2 * page_size; at + page_size <= size; at += page_size * MAP_CAPACITY(page_size)) {
        bytes_zero(bytes + at + MAP_ENTRIES, page_size - MAP_ENTRIES);
        page_seal(bytes + at, page_size, salt);
    }
}

/* The log's first half: its header twice, the records one behind the other as their lengths say, commits' digests. */
void raw_log_reseal(uint8_t *log, size_t size, uint64_t salt)
{
    uint8_t seed[8];
    uint32_t digest = 0;
    store64(seed, salt);
    for (size_t at = 0; at <= LOG_HALF_COPY && at + LOG_HALF_HEADER <= size; at += LOG_HALF_COPY)
        store32(log + at, crc32c(0, log + at + 4, LOG_HALF_HEADER - 4));
    for (size_t at = LOG_RECORDS_START; at + LOG_RECORD_HEADER <= size;) {
        uint8_t *record = log + at;
        size_t body = load32(record + 20), left = size - at - LOG_RECORD_HEADER;
        int is_commit = record[28] == LOG_COMMIT;
        if (is_commit && left >= 8)
            store32(record + LOG_RECORD_HEADER + 4, digest);
        store32(record + 4, crc32c(0, record + LOG_RECORD_HEADER, body < left ? body : left));
        store32(record, crc32c(crc32c(0, seed, 8), record + 4, LOG_RECORD_HEADER - 4));
        digest = is_commit ? 0 : crc32c(digest, record, 8);
        if (body >= left)
            break;
        at += log_record_size(body);
    }
}
