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
#include "support/bench.h"
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "support/page_oracle.h"
#include "support/raw_file.h"

#include "../src/page/check.h"
#include "../src/page/other.h"
#include "../src/quire.h"

/* ---- Whole leaves, found by looking at every place --------------------------- */

struct leaf {
    struct contents contents;
    const uint8_t *page; /* of the contents */
};

struct scan {
    struct bench bench;
    struct leaf *leaves;
    size_t count;
    int is_sealed; /* a meta page is whole, so only pages sealed under its salt are leaves */
    uint64_t salt;
};

static int is_whole_meta(const uint8_t *page, size_t page_size, uint32_t place)
{
    uint8_t *copy = malloc(page_size);
    if (!copy)
        abort();
    memcpy(copy, page, page_size);
    memset(copy, 0, 4);
    int whole = page_kind(page) == PAGE_META && page_verify(page, page_size, place, load64(page + META_SALT), 0) &&
                page_oracle(copy, page_size) == 0 && load32(page + META_PAGE_SIZE) == page_size;
    free(copy);
    return whole;
}

/* Sealed pages of one number in two places: only the newer one is the page, which the exact judge leaves aside. */
static int has_twins(const struct scan *scan, const uint8_t *file, size_t size)
{
    size_t page_size = scan->bench.page_size;
    for (size_t a = 0; a + page_size <= size; a += page_size) {
        uint32_t pgno = page_pgno(file + a);
        if (pgno != a / page_size && page_verify(file + a, page_size, pgno, scan->salt, 0))
            return 1;
    }
    return 0;
}

static void scan_open(struct scan *scan, const uint8_t *file, size_t size, size_t page_size)
{
    memset(scan, 0, sizeof *scan);
    bench_open(&scan->bench, page_size);
    scan->leaves = calloc(size / page_size + 1, sizeof *scan->leaves);
    if (!scan->leaves)
        abort();
    for (uint32_t place = 0; place < 2 && !scan->is_sealed && (place + 1) * page_size <= size; place++) {
        scan->is_sealed = is_whole_meta(file + place * page_size, page_size, place);
        scan->salt = load64(file + place * page_size + META_SALT);
    }
    for (size_t at = 0; at + page_size <= size; at += page_size) {
        uint8_t *page = bench_page(&scan->bench, file + at);
        memset(page, 0, 4);
        if (page_oracle(page, page_size) == 0 && page_kind(page) == PAGE_LEAF &&
            (!scan->is_sealed || page_verify(file + at, page_size, page_pgno(page), scan->salt, 0))) {
            struct leaf *leaf = &scan->leaves[scan->count++];
            contents_open(&leaf->contents, &scan->bench, page, 0);
            leaf->page = leaf->contents.page;
        }
        free(page);
    }
}

static void scan_close(struct scan *scan)
{
    for (size_t i = 0; i < scan->count; i++)
        contents_close(&scan->leaves[i].contents);
    free(scan->leaves);
    bench_close(&scan->bench);
}

/* ---- Judging ------------------------------------------------------------------ */

static const struct entry *entry_of(const struct leaf *leaf, quire_bytes key)
{
    for (size_t i = 0; i < leaf->contents.count; i++) {
        const struct entry *entry = &leaf->contents.entries[i];
        if (bytes_compare(entry->key, entry->key_len, key.data, key.size) == 0)
            return entry;
    }
    return NULL;
}

static int entry_has_value(const struct entry *entry, quire_bytes value)
{
    return entry->value_len == value.size &&
           (entry->overflow || value.size == 0 || memcmp(entry->value, value.data, value.size) == 0);
}

/* The newest leaf of the unnamed tree whose fences bracket the key. */
static const struct leaf *decider(const struct scan *scan, quire_bytes key)
{
    const struct leaf *best = NULL;
    for (size_t i = 0; i < scan->count; i++) {
        const uint8_t *page = scan->leaves[i].page;
        if (page_tree(page) != 2 || bytes_compare(page_low(page), page_low_len(page), key.data, key.size) > 0 ||
            (page_high_len(page) > 0 && bytes_compare(page_high(page), page_high_len(page), key.data, key.size) <= 0))
            continue;
        if (!best || page_lsn(page) > page_lsn(best->page) ||
            (page_lsn(page) == page_lsn(best->page) && page_pgno(page) > page_pgno(best->page)))
            best = &scan->leaves[i];
    }
    return best;
}

/* Each record stands in some leaf; in the unnamed tree of an exact scan, in the one that decides. */
static void judge_tree(const struct scan *scan, quire_txn *txn, quire_tree *tree, int exact)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    EXPECT_EQUAL(quire_cursor_open(txn, tree, &cursor), QUIRE_OK);
    while (quire_cursor_next(cursor, &key, &value) == QUIRE_OK) {
        int found = 0;
        const struct leaf *decides = exact ? decider(scan, key) : NULL;
        for (size_t i = 0; i < scan->count && !found; i++) {
            const struct entry *entry = exact && decides != &scan->leaves[i] ? NULL : entry_of(&scan->leaves[i], key);
            found = entry != NULL && entry_has_value(entry, value);
        }
        EXPECT(found);
    }
    quire_cursor_close(cursor);
}

/* Inline records of the leaf that decides are there. */
static void judge_leaves(const struct scan *scan, quire_txn *txn)
{
    for (size_t i = 0; i < scan->count; i++) {
        const struct leaf *leaf = &scan->leaves[i];
        for (size_t j = 0; j < leaf->contents.count && page_tree(leaf->page) == 2; j++) {
            const struct entry *entry = &leaf->contents.entries[j];
            quire_bytes key = {entry->key, entry->key_len}, value;
            if (!entry->overflow && decider(scan, key) == leaf) {
                EXPECT_EQUAL(quire_get(txn, NULL, key, &value), QUIRE_OK);
                EXPECT(entry_has_value(entry, value));
            }
        }
    }
}

struct listing {
    const struct scan *scan;
    quire_txn *txn;
};

static int judge_named(void *context, const char *name)
{
    struct listing *listing = context;
    quire_tree *tree;
    EXPECT_EQUAL(quire_tree_open(listing->txn, name, &tree), QUIRE_OK);
    judge_tree(listing->scan, listing->txn, tree, 0);
    return 0;
}

static void judge(const quire_options *options, const uint8_t *file, size_t size, int has_log,
                  const quire_salvage_report *report)
{
    struct scan scan;
    quire_db *db;
    quire_txn *txn;
    EXPECT_EQUAL(quire_open("new", options, &db), QUIRE_OK);
    EXPECT_EQUAL(quire_begin(db, QUIRE_READ, &txn), QUIRE_OK);
    EXPECT_EQUAL(quire_check(txn, NULL, NULL, NULL, NULL), QUIRE_OK);
    if (!has_log) {
        scan_open(&scan, file, size, report->page_size);
        int exact = scan.is_sealed && !has_twins(&scan, file, size);
        struct listing listing = {&scan, txn};
        judge_tree(&scan, txn, NULL, exact);
        EXPECT_EQUAL(quire_tree_list(txn, judge_named, &listing), QUIRE_OK);
        if (exact)
            judge_leaves(&scan, txn);
        scan_close(&scan);
    }
    quire_rollback(txn);
    EXPECT_EQUAL(quire_close(db), QUIRE_OK);
}

/* ---- The run -------------------------------------------------------------------- */

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
        judge(&options, file, size, has_log, &report);
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
