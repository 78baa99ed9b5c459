/*
 * Salvage of hostile files: any bytes as a damaged database, and as its log.
 *
 *  Input   as for file_raw: mode (1), log length (2); the log's bytes; the rest is
 *          the database file. Bit 0 puts every page's checksum right first, bit 2
 *          those of the log; bit 1 then wipes both meta pages.
 *  Oracle  salvage answers, reads the file at most eleven times over, and leaves it as
 *          it was. What it makes passes the audit; each of its records stands in a
 *          leaf that the second judge of pages accepts. Without a log and under a
 *          whole meta page the unnamed tree is exactly what the rule of docs/FORMAT.md
 *          and of quire.h asks for, key by key: of the whole leaves whose fences
 *          bracket the key the one with the highest LSN decides.
 *  Seeds   small healthy files with and without a log, and damaged ones.
 */
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "support/raw_file.h"
#include "support/salvage_judge.h"

#include "../src/page/other.h"
#include "../src/quire.h"

/* Bytes that were read of the damaged file. */
static const quire_vfs *inner;
static quire_file *raw;
static uint64_t bytes_read;

static int noting_open(void *context, const char *path, int flags, quire_file **file)
{
    int error = inner->open(context, path, flags, file);
    if (error == 0 && strcmp(path, "raw") == 0)
        raw = *file;
    return error;
}

static int counting_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    int error = inner->read(context, file, offset, buffer, size, got);
    bytes_read += file == raw ? *got : 0;
    return error;
}

static void run(quire_vfs *vfs, const uint8_t *file, size_t size, int has_log)
{
    quire_options options;
    quire_salvage_report report;
    quire_vfs counting = *vfs;
    inner = vfs;
    bytes_read = 0;
    counting.open = noting_open;
    counting.read = counting_read;
    quire_options_init(&options);
    options.vfs = &counting;
    options.cache_bytes = 64 << 10;
    quire_status status = quire_salvage("raw", "new", &options, NULL, &report);
    digest_number((uint64_t)(uint32_t)status);
    EXPECT(status == QUIRE_OK || status == QUIRE_NOT_A_DATABASE);
    /* At the file's beginning meta pages of every size are looked for: 128 KiB. */
    EXPECT(bytes_read <= 11 * (uint64_t)size + (128u << 10));
    raw = NULL;
    if (status == QUIRE_OK) {
        EXPECT_EQUAL(report.pages_intact + report.pages_damaged, report.pages);
        digest_number(report.records);
        salvage_judge(&options, file, size, has_log, &report);
        digest_file(vfs, "new");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t mode = input_u8(&input);
    size_t log_size = input_u16(&input);
    log_size = log_size < input.left ? log_size : input.left;
    uint8_t *log = input_block(&input, log_size);
    size_t file_size = input.left;
    uint8_t *file = input_block(&input, file_size);
    quire_vfs *vfs;
    if (mode / 4u % 2u && file_size >= META_END)
        raw_log_reseal(log, log_size, load64(file + META_SALT));
    if (mode % 2u) {
        raw_file_reseal(file, file_size);
        if (mode / 2u % 2u && file_size >= META_END) {
            size_t metas = 2 * (size_t)load32(file + META_PAGE_SIZE);
            memset(file, 0, metas < file_size ? metas : file_size);
        }
    }
    if (quire_vfs_memory_new(1, &vfs) != QUIRE_OK)
        abort();
    raw_file_write(vfs, "raw", file, file_size);
    if (log_size != 0)
        raw_file_write(vfs, "raw-log", log, log_size);
    run(vfs, file, file_size, log_size != 0);
    quire_vfs_memory_free(vfs);
    free(file);
    free(log);
    return 0;
}
