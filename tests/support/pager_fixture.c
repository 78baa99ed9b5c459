/* See pager_fixture.h. */
#include "pager_fixture.h"

#include <errno.h>
#include <stdlib.h>

static void note(void *context, const char *message)
{
    struct rig *rig = context;
    size_t used = strlen(rig->notices);
    (void)snprintf(rig->notices + used, sizeof rig->notices - used, "%s\n", message);
}

void rig_init(struct rig *rig)
{
    memset(rig, 0, sizeof *rig);
    rig->disk = fault_disk_new(7);
    step_vfs_init(&rig->step, fault_disk_vfs(rig->disk), "db");
    rig->options = (quire_options){.flags = QUIRE_OPEN_CREATE,
                                   .page_size = 512,
                                   .cache_bytes = 64 << 10,
                                   .pinned_bytes = 1 << 20,
                                   .log_bytes = 64 << 20,
                                   .sync = QUIRE_SYNC_FULL,
                                   .vfs = &rig->step.vfs,
                                   .memory = memory_default(),
                                   .log = note,
                                   .log_context = rig};
    rig->config = (struct pager_config){.path = "db", .codec = fake_codec()};
    memset(rig->config.initial_state, 0xa5, PAGER_STATE_SIZE);
}

void rig_free(struct rig *rig)
{
    if (rig->pager != NULL)
        rig_close(rig);
    fault_disk_free(rig->disk);
}

quire_status rig_open_status(struct rig *rig)
{
    rig->config.options = &rig->options;
    rig->fault.message[0] = '\0';
    return pager_open(&rig->config, &rig->pager, &rig->fault);
}

void rig_open(struct rig *rig)
{
    assert_ok(rig, rig_open_status(rig));
}

void rig_close(struct rig *rig)
{
    struct pager *pager = rig->pager;
    rig->pager = NULL;
    assert_ok(rig, pager_close(pager, &rig->fault));
}

void rig_kill(struct rig *rig)
{
    struct fault ignored;
    fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + 1, EIO, FAULT_STICKY);
    struct pager *pager = rig->pager;
    rig->pager = NULL;
    (void)pager_close(pager, &ignored);
    fault_disk_fail(rig->disk, 0, 0, FAULT_ONCE);
}

void rig_crash(struct rig *rig, enum fault_cut cut)
{
    rig_kill(rig);
    fault_disk_cut_power(rig->disk, cut);
    rig_open(rig);
}

void rig_begin(struct rig *rig)
{
    assert_ok(rig, pager_begin(rig->pager, 1, &rig->fault));
}

void rig_commit(struct rig *rig)
{
    assert_ok(rig, pager_commit(rig->pager, &rig->fault));
}

quire_status rig_add_status(struct rig *rig, uint64_t value, uint32_t *pgno)
{
    struct frame *frame;
    quire_status status = pager_grow(rig->pager, pgno, &rig->fault);
    if (status == QUIRE_OK)
        status = pager_edit_new(rig->pager, *pgno, &frame, &rig->fault);
    if (status != QUIRE_OK)
        return status;
    uint8_t delta[FAKE_DELTA_SIZE];
    fake_page_init(frame->data, *pgno);
    fake_word_set(frame->data, 0, value, delta);
    status = pager_log_image(rig->pager, frame, &rig->fault);
    pager_release(rig->pager, frame);
    return status;
}

uint32_t rig_add(struct rig *rig, uint64_t value)
{
    uint32_t pgno = 0;
    assert_ok(rig, rig_add_status(rig, value, &pgno));
    return pgno;
}

quire_status rig_set_status(struct rig *rig, uint32_t pgno, size_t word, uint64_t value)
{
    struct frame *frame;
    quire_status status = pager_read(rig->pager, NULL, pgno, &frame, &rig->fault);
    if (status != QUIRE_OK)
        return status;
    status = pager_edit(rig->pager, &frame, &rig->fault);
    if (status == QUIRE_OK) {
        uint8_t delta[FAKE_DELTA_SIZE];
        fake_word_set(frame->data, word, value, delta);
        status = pager_log_delta(rig->pager, frame, delta, sizeof delta, &rig->fault);
    }
    pager_release(rig->pager, frame);
    return status;
}

void rig_set(struct rig *rig, uint32_t pgno, size_t word, uint64_t value)
{
    assert_ok(rig, rig_set_status(rig, pgno, word, value));
}

quire_status rig_get_status(struct rig *rig, const struct snapshot *snapshot, uint32_t pgno, size_t word,
                            uint64_t *value)
{
    struct frame *frame;
    quire_status status = pager_read(rig->pager, snapshot, pgno, &frame, &rig->fault);
    if (status != QUIRE_OK)
        return status;
    *value = fake_word(frame->data, word);
    pager_release(rig->pager, frame);
    return QUIRE_OK;
}

uint64_t rig_get(struct rig *rig, const struct snapshot *snapshot, uint32_t pgno, size_t word)
{
    uint64_t value = 0;
    assert_ok(rig, rig_get_status(rig, snapshot, pgno, word, &value));
    return value;
}

uint64_t rig_read(struct rig *rig, uint32_t pgno, size_t word)
{
    struct snapshot snapshot;
    uint64_t value = 0;
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    quire_status status = rig_get_status(rig, &snapshot, pgno, word, &value);
    pager_snapshot_close(rig->pager, &snapshot);
    assert_ok(rig, status);
    return value;
}

uint32_t rig_commit_pages(struct rig *rig, uint32_t count, uint64_t first)
{
    uint32_t pgno = 0;
    rig_begin(rig);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t made = rig_add(rig, first + i);
        pgno = i == 0 ? made : pgno;
    }
    rig_commit(rig);
    return pgno;
}

void rig_commit_word(struct rig *rig, uint32_t pgno, size_t word, uint64_t value)
{
    rig_begin(rig);
    rig_set(rig, pgno, word, value);
    rig_commit(rig);
}

struct pager_stat rig_stat(struct rig *rig)
{
    struct pager_stat stat;
    pager_stat(rig->pager, &stat);
    return stat;
}
