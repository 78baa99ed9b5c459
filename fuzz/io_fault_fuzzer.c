/*
 * Edits, and a schedule of calls and allocations that fail, on the disk of
 * tests/support/fault_vfs.
 *
 *  Input   mode (1): cache, page size; then steps, a code (1) each:
 *          0-8 an edit (support/script.h)   9, 10 commit   11 roll back
 *          12 checkpoint   13 close and open: by bit 0 of how (1) with a power cut, bits 1-2 which;
 *          bit 3 lets closing fail
 *          14 a call of the disk fails: errno and kind (1), how many calls from now (1)
 *          15 memory fails: how many allocations from now (1), for how many (1)
 *  Oracle  a call fails only after something was made to fail, and says how; an edit that
 *          fails leaves the transaction as it was, or dooms it; a failed commit leaves the
 *          state before it, and after reopening that or its own; nothing leaks.
 *  Seeds   every kind of failure at every early call of loads, commits and checkpoints.
 */
#include <errno.h>

#include "support/digest.h"
#include "support/expect_status.h"
#include "support/script.h"
#include "support/tally.h"
#include "../tests/support/fault_vfs.h"

enum { STEPS_MOST = 120 };

struct ward {
    quire_options options;
    struct fault_disk *disk;
    quire_memory memory;
    size_t allocations_left, refusals; /* after so many allocations, so many are refused */
    int trouble;                       /* something was made to fail since the database was opened */
    quire_db *db;
    quire_txn *txn; /* or NULL */
    struct script script;
    struct model committed, doubtful;
    int is_in_doubt; /* a commit failed, and poisoned the database: after reopening, its state may be there */
};

static int refuses(struct ward *w)
{
    if (w->allocations_left > 0 && --w->allocations_left > 0)
        return 0;
    if (w->refusals == 0)
        return 0;
    w->refusals--;
    w->allocations_left = 1;
    return w->trouble = 1;
}

static void *allocate(void *context, size_t size)
{
    return refuses(context) ? NULL : malloc(size);
}

static void *resize(void *context, void *block, size_t size)
{
    return refuses(context) ? NULL : realloc(block, size);
}

static void release(void *context, void *block)
{
    (void)context;
    free(block);
}

static void heal(struct ward *w)
{
    w->trouble |= fault_disk_has_failed(w->disk);
    fault_disk_fail(w->disk, 0, 0, FAULT_ONCE);
    fault_disk_fail_read(w->disk, 0, 0);
    w->refusals = w->allocations_left = 0;
}

/* 1 if the call did its work; what it may say instead, and that it had a reason. */
static int fine(struct ward *w, quire_status status)
{
    if (status == QUIRE_OK || status == QUIRE_NOT_FOUND || status == QUIRE_EXISTS)
        return 1;
    EXPECT(status == QUIRE_IO || status == QUIRE_DISK_FULL || status == QUIRE_NO_MEMORY || status == QUIRE_DOOMED ||
           status == QUIRE_POISONED);
    EXPECT(w->trouble || fault_disk_has_failed(w->disk));
    return 0;
}

/* What a transaction or the database holds, if it can be read at all: the model. */
static void expect_model(struct ward *w, const struct model *model)
{
    int same;
    if (fine(w, model_compare(w->txn, NULL, model, &same)))
        EXPECT(same);
}

static void begin(struct ward *w)
{
    w->txn = NULL;
    if (fine(w, quire_begin(w->db, QUIRE_WRITE, &w->txn)))
        EXPECT(model_copy(&w->script.model, &w->committed));
}

static void edit(struct ward *w, struct input *input)
{
    uint32_t savepoint;
    if (fine(w, script_edit(&w->script, input, w->db, w->txn)))
        return;
    heal(w);
    if (quire_savepoint(w->txn, &savepoint) == QUIRE_OK) { /* so it is not doomed */
        EXPECT_STATUS_OF(w->db, quire_release(w->txn, savepoint), QUIRE_OK);
        expect_model(w, &w->script.model);
    } else {
        EXPECT(quire_put(w->txn, NULL, (quire_bytes){(const uint8_t *)"k", 1}, (quire_bytes){NULL, 0}, 0) != QUIRE_OK);
    }
}

static void commit(struct ward *w)
{
    int is_done = fine(w, quire_commit(w->txn));
    EXPECT(model_copy(is_done ? &w->committed : &w->doubtful, &w->script.model));
    w->is_in_doubt = !is_done;
    if (!is_done)
        heal(w);
    begin(w);
    if (!is_done && w->txn != NULL) { /* so the commit is gone for good */
        expect_model(w, &w->committed);
        w->is_in_doubt = 0;
    }
}

static void roll_back(struct ward *w)
{
    quire_rollback(w->txn);
    begin(w);
    if (w->txn != NULL)
        expect_model(w, &w->committed);
}

static void checkpoint(struct ward *w)
{
    quire_rollback(w->txn);
    if (!fine(w, quire_checkpoint(w->db)))
        heal(w);
    begin(w);
}

static void open_database(struct ward *w)
{
    quire_status status = quire_open("db", &w->options, &w->db);
    if (!fine(w, status)) {
        heal(w);
        EXPECT_EQUAL(quire_open("db", &w->options, &w->db), QUIRE_OK);
    }
    w->trouble = fault_disk_has_failed(w->disk);
    begin(w);
}

static void reopen(struct ward *w, uint8_t how)
{
    int same = 0;
    quire_rollback(w->txn);
    heal(w);
    if (how / 8u % 2u) /* as if the process had ended: closing writes nothing */
        fault_disk_fail(w->disk, fault_disk_calls(w->disk) + 1, EIO, FAULT_STICKY);
    fine(w, quire_close(w->db));
    heal(w);
    w->trouble = 0;
    if (how % 2u)
        fault_disk_cut_power(w->disk, (enum fault_cut)(how / 2u % 3u));
    open_database(w);
    EXPECT_STATUS_OF(w->db, model_compare(w->txn, NULL, &w->committed, &same), QUIRE_OK);
    if (!same && w->is_in_doubt) {
        EXPECT_STATUS_OF(w->db, model_compare(w->txn, NULL, &w->doubtful, &same), QUIRE_OK);
        EXPECT(model_copy(&w->committed, &w->doubtful));
        EXPECT(model_copy(&w->script.model, &w->doubtful));
    }
    EXPECT(same);
    w->is_in_doubt = 0;
    audit_expect(w->db);
}

static void arm(struct ward *w, struct input *input, int memory)
{
    static const int errors[] = {EIO, ENOSPC, EIO, ENOMEM};
    uint8_t first = input_u8(input), second = input_u8(input);
    heal(w);
    if (memory) {
        w->allocations_left = first + 1u;
        w->refusals = second % 8u + 1u;
    } else if (first / 4u % 8u == 7) {
        fault_disk_fail_read(w->disk, second + 1u, errors[first % 4u]);
    } else {
        fault_disk_fail(w->disk, fault_disk_calls(w->disk) + 1 + second, errors[first % 4u],
                        (enum fault_kind)(first / 4u % 4u));
    }
}

static void step(struct ward *w, struct input *input)
{
    uint8_t code = input_u8(input) % 16u;
    if (code >= 14)
        arm(w, input, code == 15);
    else if (code == 13 || w->txn == NULL) /* poisoned: only reopening is left */
        reopen(w, input_u8(input));
    else if (code <= 8)
        edit(w, input);
    else if (code <= 10)
        commit(w);
    else
        (code == 11 ? roll_back : checkpoint)(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t mode = input_u8(&input);
    struct ward w = {.disk = fault_disk_new(1), .memory = {&w, allocate, resize, release}};
    quire_options_init(&w.options);
    w.options.vfs = fault_disk_vfs(w.disk);
    w.options.memory = &w.memory;
    w.options.page_size = mode % 4u == 3 ? 1024 : 512;
    w.options.cache_bytes = w.options.page_size * (32u + mode / 4u);
    model_init(&w.committed);
    model_init(&w.doubtful);
    script_open(&w.script, w.options.page_size);
    open_database(&w);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++)
        step(&w, &input);
    reopen(&w, (uint8_t)(mode / 8u));
    quire_rollback(w.txn);
    EXPECT_EQUAL(quire_close(w.db), QUIRE_OK);
    digest_file(fault_disk_vfs(w.disk), "db");
    fault_disk_free(w.disk);
    script_close(&w.script);
    model_free(&w.committed);
    model_free(&w.doubtful);
    return 0;
}
