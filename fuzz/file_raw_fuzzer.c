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
#include "support/agreement.h"
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "support/raw_file.h"
#include "../src/page/check.h"
#include "../src/page/other.h"
#include "../src/quire.h"

enum { PAGES_INSPECTED = 24 };

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
        EXPECT(agreement_inspect(txn, PAGES_INSPECTED) == NULL);
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
        raw_file_reseal(file, file_size);
    if (mode / 4u % 2u && file_size >= META_END)
        raw_log_reseal(log, got, load64(file + META_SALT));
    if (quire_vfs_memory_new(1, &vfs) != QUIRE_OK)
        abort();
    raw_file_write(vfs, "raw", file, file_size);
    if (got != 0)
        raw_file_write(vfs, "raw-log", log, got);
    quire_options_init(&options);
    options.flags = mode / 2u % 2u ? QUIRE_OPEN_READ_ONLY : 0;
    options.vfs = vfs;
    options.cache_bytes = 64 << 10;
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
