/*
 * A file whose pages were lied about by structure, and whose checksums are right.
 *
 *  Input   number of edits (1), the edits (support/page_edit.h), log length (2), the log, the
 *          database file. Checksums of all pages and of the log are put right after the edits.
 *          Bit 7 of the first byte leaves the log away.
 *  Oracle  nothing crashes, hangs or does unbounded work. Scans are ordered. Either the audit
 *          finds a lie, or all answers agree: the scan forward and backward, look-ups, counts,
 *          and, after edits, a commit, a checkpoint and reopening, the model and the audit.
 *  Seeds   healthy files of several versions, with one edit of each kind; larger ones with
 *          a free list and branches of two levels. support/edit_mutator.h mutates the edits.
 */
#include "support/digest.h"
#include "support/edit_mutator.h"
#include "support/expect_status.h"
#include "support/page_edit.h"
#include "support/raw_file.h"
#include "support/script.h"
#include "../src/base/bytes.h"
#include "../src/page/header.h"

enum { EDITS_MOST = 16, RECORDS_MOST = 4000 };

struct lied {
    quire_vfs *vfs;
    quire_db *db;
    quire_txn *txn;
    struct model model; /* of the unnamed tree, as the scan found it */
};

static int open_lied(struct lied *l)
{
    quire_options options;
    quire_options_init(&options);
    options.flags = 0;
    options.vfs = l->vfs;
    options.cache_bytes = 1 << 20;
    return quire_open("lied", &options, &l->db) == QUIRE_OK;
}

/* 1 if the scan came to its end: the model then holds what it found. */
static int scan(struct lied *l)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    quire_status status = quire_cursor_open(l->txn, NULL, &cursor);
    if (status != QUIRE_OK)
        return 0;
    while ((status = quire_cursor_next(cursor, &key, &value)) == QUIRE_OK) {
        size_t count = l->model.count;
        EXPECT_EQUAL(model_search(&l->model, key.data, key.size, NULL), count); /* behind all before it */
        EXPECT(model_put(&l->model, key.data, key.size, value.data, value.size));
        EXPECT(l->model.count == count + 1 && count < RECORDS_MOST);
    }
    quire_cursor_close(cursor);
    return status == QUIRE_NOT_FOUND;
}

static void ignore(void *context, const quire_violation *violation)
{
    EXPECT(violation->rule != NULL && violation->message != NULL);
    ++*(size_t *)context;
}

/* The audit was content, so what each call says must fit what the others say. */
static void expect_agreement(struct lied *l)
{
    quire_cursor *cursor;
    quire_bytes key, value;
    quire_tree_stat stat;
    EXPECT_STATUS_OF(l->db, quire_tree_stat_get(l->txn, NULL, &stat), QUIRE_OK);
    EXPECT_EQUAL(stat.records, l->model.count);
    EXPECT_STATUS_OF(l->db, quire_cursor_open(l->txn, NULL, &cursor), QUIRE_OK);
    for (size_t i = l->model.count; i > 0; i--) {
        const struct model_pair *pair = l->model.pairs[i - 1];
        EXPECT_STATUS_OF(l->db,
                         i == l->model.count ? quire_cursor_last(cursor, &key, &value)
                                             : quire_cursor_previous(cursor, &key, &value),
                         QUIRE_OK);
        EXPECT(key.size == pair->key_len && memcmp(key.data, model_key(pair), key.size) == 0);
        EXPECT_EQUAL(value.size, pair->value_len);
        EXPECT_STATUS_OF(l->db, quire_get(l->txn, NULL, (quire_bytes){model_key(pair), pair->key_len}, &value),
                         QUIRE_OK);
        EXPECT(value.size == 0 || memcmp(value.data, model_value(pair), value.size) == 0);
    }
    EXPECT_STATUS_OF(l->db, quire_cursor_previous(cursor, NULL, NULL), QUIRE_NOT_FOUND);
    quire_cursor_close(cursor);
}

/* In a file with lies a call may fail, or do what the lies make of it. */
static void edit_among_lies(struct lied *l)
{
    uint64_t deleted;
    quire_bytes low = {(const uint8_t *)"k", 1}, high = {(const uint8_t *)"key010", 6}, value = {low.data, 1};
    quire_status status = quire_put(l->txn, NULL, low, value, 0);
    if (status == QUIRE_OK)
        status = quire_delete_range(l->txn, NULL, low, high, &deleted);
    if (status == QUIRE_OK)
        status = quire_put(l->txn, NULL, high, value, 0);
    EXPECT(quire_commit(l->txn) != QUIRE_INVALID && status != QUIRE_INVALID);
}

/* Long values, so that pages are taken from the free list, whatever it says. */
static void edit_much(struct lied *l, struct script *script)
{
    static const uint8_t steps[] = {0, 'm', 255, 0, 'n', 250, 0, 'o', 245, 0, 'p', 240};
    struct input input = input_start(steps, sizeof steps);
    while (!input_ended(&input))
        EXPECT_STATUS_OF(l->db, script_edit(script, &input, l->db, l->txn), QUIRE_OK);
}

static void edit(struct lied *l, const uint8_t *steps, size_t size)
{
    struct script script;
    struct input input = input_start(steps, size);
    script_open(&script, 512);
    EXPECT(model_copy(&script.model, &l->model));
    for (int i = 0; i < 8; i++) {
        quire_status status = script_edit(&script, &input, l->db, l->txn);
        EXPECT(status == QUIRE_OK || status == QUIRE_NOT_FOUND || status == QUIRE_EXISTS);
    }
    edit_much(l, &script);
    EXPECT_STATUS_OF(l->db, quire_commit(l->txn), QUIRE_OK);
    EXPECT(model_copy(&l->model, &script.model));
    script_close(&script);
}

static void use(struct lied *l, const uint8_t *steps, size_t size)
{
    size_t violations = 0;
    int same = 0;
    if (quire_begin(l->db, QUIRE_READ, &l->txn) != QUIRE_OK)
        return;
    int is_whole = scan(l);
    quire_status audit = quire_check(l->txn, ignore, &violations, NULL, NULL);
    EXPECT((audit == QUIRE_OK) == (violations == 0));
    digest_number((uint64_t)violations);
    if (audit == QUIRE_OK) {
        EXPECT(is_whole);
        expect_agreement(l);
    }
    quire_rollback(l->txn);
    if (quire_begin(l->db, QUIRE_WRITE, &l->txn) != QUIRE_OK)
        EXPECT(audit != QUIRE_OK);
    else if (audit == QUIRE_OK)
        edit(l, steps, size);
    else
        edit_among_lies(l);
    quire_status closed = quire_close(l->db);
    EXPECT(closed != QUIRE_INVALID);
    if (audit != QUIRE_OK)
        return;
    EXPECT_EQUAL(closed, QUIRE_OK);
    EXPECT(open_lied(l));
    audit_expect(l->db);
    EXPECT_STATUS_OF(l->db, quire_begin(l->db, QUIRE_READ, &l->txn), QUIRE_OK);
    EXPECT_STATUS_OF(l->db, model_compare(l->txn, NULL, &l->model, &same), QUIRE_OK);
    EXPECT(same);
    quire_rollback(l->txn);
    EXPECT_EQUAL(quire_close(l->db), QUIRE_OK);
}

EDIT_MUTATOR(file_resealed_grammar);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct lied l = {.db = NULL};
    uint8_t first = input_u8(&input);
    size_t edit_bytes, log_size, file_size;
    const uint8_t *edits = input_bytes(&input, PAGE_EDIT_SIZE * (first % (EDITS_MOST + 1u)), &edit_bytes);
    log_size = input_u16(&input);
    log_size = log_size < input.left ? log_size : input.left;
    uint8_t *log = input_block(&input, log_size);
    file_size = input.left;
    uint8_t *file = input_block(&input, file_size);
    raw_file_reseal(file, file_size);
    size_t page_size = file_size >= META_END ? load32(file + META_PAGE_SIZE) : 0;
    if (!page_size_is_legal(page_size))
        page_size = 0;
    for (size_t at = 0; page_size != 0 && at + PAGE_EDIT_SIZE <= edit_bytes; at += PAGE_EDIT_SIZE)
        page_edit(file, file_size, page_size, edits + at);
    if (page_size != 0) {
        raw_file_reseal(file, file_size);
        raw_log_reseal(log, log_size, load64(file + META_SALT));
    }
    EXPECT_EQUAL(quire_vfs_memory_new(1, &l.vfs), QUIRE_OK);
    raw_file_write(l.vfs, "lied", file, file_size);
    if (log_size != 0 && first < 128)
        raw_file_write(l.vfs, "lied-log", log, log_size);
    model_init(&l.model);
    if (open_lied(&l))
        use(&l, edits, edit_bytes);
    digest_file(l.vfs, "lied");
    quire_vfs_memory_free(l.vfs);
    model_free(&l.model);
    free(file);
    free(log);
    return 0;
}
