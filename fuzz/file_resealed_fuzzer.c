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
#include "support/agreement.h"
#include "support/digest.h"
#include "support/edit_mutator.h"
#include "support/expect_status.h"
#include "support/page_edit.h"
#include "support/raw_file.h"
#include "support/script.h"
#include "../src/base/bytes.h"
#include "../src/page/header.h"

enum { EDITS_MOST = 16, RECORDS_MOST = 4000, PAGES_INSPECTED = 24 };

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
    options.cache_bytes = 64 << 10;
    return quire_open("lied", &options, &l->db) == QUIRE_OK;
}

static void expect_no(const char *fault)
{
    if (fault != NULL)
        fprintf(stderr, "expected that all agree, but %s\n", fault);
    EXPECT(fault == NULL);
}

static void ignore(void *context, const quire_violation *violation)
{
    EXPECT(violation->rule != NULL && violation->message != NULL);
    ++*(size_t *)context;
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
    quire_status ended;
    expect_no(agreement_scan(l->txn, NULL, RECORDS_MOST, &l->model, &ended));
    quire_status audit = quire_check(l->txn, ignore, &violations, NULL, NULL);
    EXPECT((audit == QUIRE_OK) == (violations == 0));
    digest_number((uint64_t)violations);
    expect_no(agreement_inspect(l->txn, PAGES_INSPECTED));
    if (audit == QUIRE_OK) {
        EXPECT_STATUS_OF(l->db, ended, QUIRE_NOT_FOUND);
        expect_no(agreement_check(l->txn, NULL, &l->model));
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
