/* Whole leaves by the second judge of pages, and what salvage may make of them. */
#include "salvage_judge.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/page/check.h"
#include "../../src/page/other.h"
#include "bench.h"
#include "expect.h"
#include "page_oracle.h"

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

void salvage_judge(const quire_options *options, const uint8_t *file, size_t size, int has_log,
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
