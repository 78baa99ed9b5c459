/* A database among failures. */
#include "ward.h"

#include <errno.h>
#include <stdlib.h>

#include "digest.h"
#include "expect_status.h"

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

void ward_heal(struct ward *w)
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

void ward_edit(struct ward *w, struct input *input)
{
    uint32_t savepoint;
    if (fine(w, script_edit(&w->script, input, w->db, w->txn)))
        return;
    ward_heal(w);
    if (quire_savepoint(w->txn, &savepoint) == QUIRE_OK) { /* so it is not doomed */
        EXPECT_STATUS_OF(w->db, quire_release(w->txn, savepoint), QUIRE_OK);
        expect_model(w, &w->script.model);
    } else {
        EXPECT(quire_put(w->txn, NULL, (quire_bytes){(const uint8_t *)"k", 1}, (quire_bytes){NULL, 0}, 0) != QUIRE_OK);
    }
}

void ward_commit(struct ward *w)
{
    int is_done = fine(w, quire_commit(w->txn));
    EXPECT(model_copy(is_done ? &w->committed : &w->doubtful, &w->script.model));
    w->is_in_doubt = !is_done;
    if (!is_done)
        ward_heal(w);
    begin(w);
    if (!is_done && w->txn != NULL) { /* so the commit is gone for good */
        expect_model(w, &w->committed);
        w->is_in_doubt = 0;
    }
}

void ward_roll_back(struct ward *w)
{
    quire_rollback(w->txn);
    begin(w);
    if (w->txn != NULL)
        expect_model(w, &w->committed);
}

void ward_checkpoint(struct ward *w)
{
    quire_rollback(w->txn);
    if (!fine(w, quire_checkpoint(w->db)))
        ward_heal(w);
    begin(w);
}

static void open_database(struct ward *w)
{
    quire_status status = quire_open("db", &w->options, &w->db);
    if (!fine(w, status)) {
        ward_heal(w);
        EXPECT_EQUAL(quire_open("db", &w->options, &w->db), QUIRE_OK);
    }
    w->trouble = fault_disk_has_failed(w->disk);
    begin(w);
}

void ward_reopen(struct ward *w, uint8_t how)
{
    int same = 0;
    quire_rollback(w->txn);
    ward_heal(w);
    if (how / 8u % 2u) /* as if the process had ended: closing writes nothing */
        fault_disk_fail(w->disk, fault_disk_calls(w->disk) + 1, EIO, FAULT_STICKY);
    fine(w, quire_close(w->db));
    ward_heal(w);
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

void ward_open(struct ward *w, size_t page_size, size_t pages)
{
    *w = (struct ward){.disk = fault_disk_new(1), .memory = {w, allocate, resize, release}};
    quire_options_init(&w->options);
    w->options.vfs = fault_disk_vfs(w->disk);
    w->options.memory = &w->memory;
    w->options.page_size = (uint32_t)page_size;
    w->options.cache_bytes = page_size * pages;
    model_init(&w->committed);
    model_init(&w->doubtful);
    script_open(&w->script, page_size);
    open_database(w);
}

void ward_close(struct ward *w)
{
    quire_rollback(w->txn);
    EXPECT_EQUAL(quire_close(w->db), QUIRE_OK);
    digest_file(fault_disk_vfs(w->disk), "db");
    fault_disk_free(w->disk);
    script_close(&w->script);
    model_free(&w->committed);
    model_free(&w->doubtful);
}
