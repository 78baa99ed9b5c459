/*
 * Hostile files: any bytes as a database, and as its log.
 *
 *  Input   mode (1), log length (2); the log's bytes; the rest is the database
 *          file. Mode 0 leaves the bytes alone; 1 puts every page's checksum
 *          right first (under the salt and page size that the first meta page
 *          states), so that what it guards is reached, and of bit 2
 *          those of the log's headers and records; bit 1 opens read-only.
 *  Oracle  open, reads, the audit, edits, commit and close each answer with a
 *          status: no crash, no hang, no leak. What a healthy file says is served;
 *          a scan that ends well is ordered; keys found by the scan are found by
 *          get. An audit that finds nothing means that the scan ends well.
 *  Seeds   small healthy files with and without a log, and damaged ones.
 */
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "../src/base/crc32c.h"
#include "../src/base/log_record.h"
#include "../src/page/check.h"
#include "../src/page/other.h"
#include "../src/quire.h"

/* Writes `size` bytes as a file of the memory VFS, as some other program might have. */
static void write_file(quire_vfs *vfs, const char *path, const uint8_t *bytes, size_t size)
{
    quire_file *file;
    if (vfs->open(vfs->context, path, QUIRE_VFS_CREATE, &file) != 0)
        abort();
    if (size != 0 && vfs->write(vfs->context, file, 0, bytes, size) != 0)
        abort();
    EXPECT_EQUAL(vfs->close(vfs->context, file), 0);
}

static void reseal(uint8_t *bytes, size_t size)
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
static void reseal_log(uint8_t *log, size_t size, uint64_t salt)
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

/* Reads everything; 1 if the scan came to its end. Work is bounded by the file: far fewer records than bytes. */
static int scan(quire_txn *txn, size_t file_size)
{
    quire_cursor *cursor;
    quire_bytes key, value, again;
    uint8_t before[4096];
    size_t before_len = 0, records = 0;
    if (quire_cursor_open(txn, NULL, &cursor) != QUIRE_OK)
        return 0;
    quire_status status;
    while ((status = quire_cursor_next(cursor, &key, &value)) == QUIRE_OK) {
        EXPECT(bytes_compare(before, before_len, key.data, key.size) < 0);
        EXPECT(key.size <= sizeof before);
        memcpy(before, key.data, key.size);
        before_len = key.size;
        EXPECT(++records <= file_size + 64u * 1024u);
        if (records < 8)
            EXPECT(quire_get(txn, NULL, (quire_bytes){before, before_len}, &again) != QUIRE_NOT_FOUND);
    }
    quire_cursor_close(cursor);
    return status == QUIRE_NOT_FOUND;
}

static void edit(quire_db *db)
{
    quire_txn *txn;
    uint64_t deleted;
    if (quire_begin(db, QUIRE_WRITE, &txn) != QUIRE_OK)
        return;
    quire_status status =
        quire_put(txn, NULL, (quire_bytes){(const uint8_t *)"key", 3}, (quire_bytes){(const uint8_t *)"value", 5}, 0);
    if (status == QUIRE_OK)
        status =
            quire_delete_range(txn, NULL, (quire_bytes){(const uint8_t *)"k", 1}, (quire_bytes){NULL, 0}, &deleted);
    if (status == QUIRE_OK)
        status = quire_commit(txn);
    else
        quire_rollback(txn);
    EXPECT(status != QUIRE_INVALID);
}

static void use_database(quire_db *db, size_t file_size, int read_only)
{
    quire_txn *txn;
    if (quire_begin(db, QUIRE_READ, &txn) == QUIRE_OK) {
        quire_status audit = quire_check(txn, NULL, NULL, NULL, NULL);
        int ended = scan(txn, file_size);
        EXPECT(audit != QUIRE_OK || ended);
        quire_rollback(txn);
    }
    if (!read_only)
        edit(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t mode = input_u8(&input);
    size_t log_size = input_u16(&input), got;
    got = log_size < input.left ? log_size : input.left;
    uint8_t *log = input_block(&input, got);
    size_t file_size = input.left;
    uint8_t *file = input_block(&input, file_size);
    quire_vfs *vfs;
    quire_db *db = NULL;
    quire_options options;
    char message[256];
    if (mode % 2u == 1)
        reseal(file, file_size);
    if (mode / 4u % 2u && file_size >= META_END)
        reseal_log(log, got, load64(file + META_SALT));
    if (quire_vfs_memory_new(1, &vfs) != QUIRE_OK)
        abort();
    write_file(vfs, "raw", file, file_size);
    if (got != 0)
        write_file(vfs, "raw-log", log, got);
    quire_options_init(&options);
    options.flags = mode / 2u % 2u ? QUIRE_OPEN_READ_ONLY : 0;
    options.vfs = vfs;
    options.cache_bytes = 1 << 20;
    options.message = message;
    options.message_size = sizeof message;
    if (quire_open("raw", &options, &db) == QUIRE_OK) {
        use_database(db, file_size, mode / 2u % 2u);
        EXPECT(quire_close(db) != QUIRE_INVALID);
    }
    digest_file(vfs, "raw");
    quire_vfs_memory_free(vfs);
    free(file);
    free(log);
    return 0;
}
