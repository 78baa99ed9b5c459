/* Snapshots see exactly the commits that ended before them, whatever the writer and checkpoints do. */
#include "../../src/file/pager_core.h"
#include "../support/counted_memory.h"
#include "../support/pager_fixture.h"

#include <errno.h>

static int set_up(void **state)
{
    static struct rig rig;
    rig_init(&rig);
    rig_open(&rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_free(*state);
    return 0;
}

static void snapshot_open(struct rig *rig, struct snapshot *snapshot)
{
    assert_ok(rig, pager_snapshot_open(rig->pager, snapshot));
}

static void checkpoint(struct rig *rig)
{
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
}

static void a_snapshot_keeps_what_it_saw(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct snapshot before, after;
    snapshot_open(rig, &before);
    rig_commit_word(rig, page, 0, 2);
    snapshot_open(rig, &after);
    rig_commit_word(rig, page, 0, 3);
    assert_int_equal(rig_get(rig, &before, page, 0), 1);
    assert_int_equal(rig_get(rig, &after, page, 0), 2);
    assert_int_equal(rig_read(rig, page, 0), 3);
    pager_snapshot_close(rig->pager, &before);
    assert_int_equal(rig_get(rig, &after, page, 0), 2);
    pager_snapshot_close(rig->pager, &after);
}

static void started_amid_a_transaction_it_sees_the_last_commit(void **state)
{
    struct rig *rig = *state;
    uint32_t in_log = rig_commit_pages(rig, 2, 1);
    uint32_t in_file = in_log + 1;
    checkpoint(rig);
    rig_commit_word(rig, in_log, 0, 5);
    rig_begin(rig);
    rig_set(rig, in_log, 0, 6);
    rig_set(rig, in_file, 0, 7);
    struct snapshot snapshot;
    snapshot_open(rig, &snapshot);
    assert_int_equal(rig_get(rig, &snapshot, in_log, 0), 5);
    assert_int_equal(rig_get(rig, &snapshot, in_file, 0), 2);
    rig_set(rig, in_log, 0, 8);
    rig_commit(rig);
    assert_int_equal(rig_get(rig, &snapshot, in_log, 0), 5);
    assert_int_equal(rig_get(rig, &snapshot, in_file, 0), 2);
    assert_int_equal(rig_read(rig, in_log, 0), 8);
    pager_snapshot_close(rig->pager, &snapshot);
}

static void what_it_has_not_read_yet_outlives_checkpoints(void **state)
{
    struct rig *rig = *state;
    uint32_t first = rig_commit_pages(rig, 20, 100);
    checkpoint(rig);
    rig_begin(rig);
    rig_set(rig, first, 0, 1);
    struct snapshot snapshot;
    snapshot_open(rig, &snapshot); /* amid the transaction: nothing of it was kept */
    for (uint32_t i = 1; i < 20; i++)
        rig_set(rig, first + i, 0, i);
    rig_commit(rig);
    checkpoint(rig);
    rig_commit_word(rig, first, 0, 77);
    checkpoint(rig);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(rig_get(rig, &snapshot, first + i, 0), 100 + i);
    pager_snapshot_close(rig->pager, &snapshot);
    assert_int_equal(rig_read(rig, first, 0), 77);
}

static void pages_cut_off_stay_while_a_snapshot_sees_them(void **state)
{
    struct rig *rig = *state;
    uint32_t first = rig_commit_pages(rig, 30, 100);
    checkpoint(rig);
    rig_commit_word(rig, first + 20, 0, 7); /* in the log, the others in the file */
    struct snapshot snapshot;
    snapshot_open(rig, &snapshot);
    rig_begin(rig);
    pager_shrink(rig->pager, first + 5);
    rig_commit(rig);
    checkpoint(rig);
    size_t size;
    (void)fault_disk_bytes(rig->disk, "db", &size);
    assert_int_equal(size, (first + 30) * 512);
    assert_int_equal(rig_get(rig, &snapshot, first + 20, 0), 7);
    assert_int_equal(rig_get(rig, &snapshot, first + 21, 0), 121);
    rig_begin(rig);
    for (uint32_t i = 5; i < 30; i++)
        (void)rig_add(rig, 500 + i);
    rig_commit(rig);
    checkpoint(rig);
    assert_int_equal(rig_get(rig, &snapshot, first + 20, 0), 7);
    assert_int_equal(rig_get(rig, &snapshot, first + 21, 0), 121);
    pager_snapshot_close(rig->pager, &snapshot);
    assert_int_equal(rig_read(rig, first + 21, 0), 521);
    rig_begin(rig);
    pager_shrink(rig->pager, first + 5);
    rig_commit(rig);
    checkpoint(rig);
    (void)fault_disk_bytes(rig->disk, "db", &size);
    assert_int_equal(size, (first + 5) * 512);
}

static void a_page_grown_later_is_not_there(void **state)
{
    struct rig *rig = *state;
    rig_commit_pages(rig, 1, 1);
    struct snapshot snapshot;
    uint64_t value;
    snapshot_open(rig, &snapshot);
    uint32_t later = rig_commit_pages(rig, 1, 2);
    assert_status(rig, QUIRE_CORRUPT, rig_get_status(rig, &snapshot, later, 0, &value));
    pager_snapshot_close(rig->pager, &snapshot);
}

static void a_pinned_page_does_not_change(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct snapshot snapshot;
    struct frame *frame;
    snapshot_open(rig, &snapshot);
    assert_ok(rig, pager_read(rig->pager, &snapshot, page, &frame, &rig->fault));
    rig_commit_word(rig, page, 0, 2);
    rig_begin(rig);
    rig_set(rig, page, 0, 3);
    pager_rollback(rig->pager);
    checkpoint(rig);
    rig_commit_pages(rig, 300, 1); /* through a cache of some hundred pages */
    assert_int_equal(fake_word(frame->data, 0), 1);
    pager_release(rig->pager, frame);
    pager_snapshot_close(rig->pager, &snapshot);
}

static void without_readers_nothing_is_copied(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    for (uint64_t i = 0; i < 10; i++)
        rig_commit_word(rig, page, 0, i);
    assert_int_equal(rig_stat(rig).page_copies, 0);
    struct snapshot snapshot;
    snapshot_open(rig, &snapshot);
    for (uint64_t i = 0; i < 10; i++)
        rig_commit_word(rig, page, 0, i);
    assert_int_equal(rig_stat(rig).page_copies, 1); /* the one version that the snapshot sees */
    pager_snapshot_close(rig->pager, &snapshot);
}

static void a_rollback_repeated_keeps_one_copy(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct snapshot snapshot;
    snapshot_open(rig, &snapshot);
    for (uint64_t i = 0; i < 20; i++) {
        rig_begin(rig);
        rig_set(rig, page, 0, i);
        pager_rollback(rig->pager);
    }
    assert_int_equal(rig_stat(rig).page_copies, 1);
    assert_int_equal(rig_get(rig, &snapshot, page, 0), 1);
    pager_snapshot_close(rig->pager, &snapshot);
}

struct seen {
    quire_reader readers[4];
    int count;
};

static int see(void *context, const quire_reader *reader)
{
    struct seen *seen = context;
    seen->readers[seen->count++] = *reader;
    return 0;
}

static void readers_are_told_oldest_first_with_what_they_hold(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 2, 1);
    assert_false(pager_has_readers(rig->pager));
    struct snapshot old, young;
    snapshot_open(rig, &old);
    rig_commit_word(rig, page, 0, 2);
    snapshot_open(rig, &young);
    rig_commit_word(rig, page + 1, 0, 3);
    assert_true(pager_has_readers(rig->pager));
    rig->options.vfs->sleep_ms(rig->options.vfs->context, 25);
    struct seen seen = {.count = 0};
    assert_int_equal(pager_snapshots_each(rig->pager, see, &seen), 0);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.readers[0].snapshot_lsn, old.lsn);
    assert_int_equal(seen.readers[0].pinned_bytes, 512);
    assert_int_equal(seen.readers[1].pinned_bytes, 512); /* of the second page, which both see */
    assert_int_equal(seen.readers[1].age_ms, 25);
    pager_snapshot_close(rig->pager, &young);
    seen.count = 0;
    assert_int_equal(pager_snapshots_each(rig->pager, see, &seen), 0);
    assert_int_equal(seen.readers[0].pinned_bytes, 1024);
    pager_snapshot_close(rig->pager, &old);
}

/* A reader that begins while a write to the log is on its way. */
static struct {
    struct rig *rig;
    struct snapshot snapshot;
    int is_due;
    int (*write)(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size);
} latecomer;

static int write_beside_latecomer(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    if (latecomer.is_due && file != latecomer.rig->step.file) {
        latecomer.is_due = 0;
        snapshot_open(latecomer.rig, &latecomer.snapshot);
    }
    return latecomer.write(context, file, offset, buffer, size);
}

/*
 * One reader is lost and still holds a page, so that its version stays and fills all the room there is. Another begins
 * after the checkpoint has edited the map page, whose version for it must be built, and may not be kept.
 */
static void a_checkpoint_ends_a_reader_whose_version_it_may_not_keep(void **state)
{
    struct rig *rig = *state;
    struct snapshot first;
    struct frame *held;
    uint64_t value;
    rig_close(rig);
    rig->options.pinned_bytes = 512;
    latecomer.rig = rig;
    latecomer.write = rig->step.vfs.write;
    rig->step.vfs.write = write_beside_latecomer;
    rig_open(rig);
    uint32_t page = rig_commit_pages(rig, 3, 1);
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    snapshot_open(rig, &first);
    assert_ok(rig, pager_read(rig->pager, &first, page, &held, &rig->fault));
    rig_begin(rig);
    for (uint32_t i = 0; i < 3; i++)
        rig_set(rig, page + i, 0, 10 + i);
    assert_true(snapshot_is_lost(&first));
    rig_commit(rig);
    latecomer.is_due = 1;
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    assert_int_equal(latecomer.is_due, 0);
    assert_status(rig, QUIRE_SNAPSHOT_LOST, rig_get_status(rig, &latecomer.snapshot, page + 1, 0, &value));
    assert_int_equal(fake_word(held->data, 0), 1);
    pager_release(rig->pager, held);
    pager_snapshot_close(rig->pager, &first);
    pager_snapshot_close(rig->pager, &latecomer.snapshot);
    assert_int_equal(rig_read(rig, page + 1, 0), 11);
}

static void past_the_limit_the_oldest_reader_is_lost(void **state)
{
    struct rig *rig = *state;
    rig_close(rig);
    rig->options.pinned_bytes = 10 * 512;
    rig_open(rig);
    uint32_t first = rig_commit_pages(rig, 20, 100);
    struct snapshot old, young;
    uint64_t value;
    snapshot_open(rig, &old);
    for (uint32_t i = 0; i < 8; i++)
        rig_commit_word(rig, first + i, 0, i);
    snapshot_open(rig, &young);
    assert_int_equal(rig_get(rig, &old, first, 0), 100);
    for (uint32_t i = 8; i < 12; i++)
        rig_commit_word(rig, first + i, 0, i);
    assert_status(rig, QUIRE_SNAPSHOT_LOST, rig_get_status(rig, &old, first, 0, &value));
    assert_non_null(strstr(rig->fault.message, "5120 bytes"));
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(rig_get(rig, &young, first + i, 0), i < 8 ? i : 100 + i);
    pager_snapshot_close(rig->pager, &old);
    pager_snapshot_close(rig->pager, &young);
}

/* ---- snapshots that rest ---- */

static void one_thread_at_a_time_has_it(void **state)
{
    struct rig *rig = *state;
    struct snapshot snapshot = {0};
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 0);
    pager_snapshot_rest(rig->pager, &snapshot);
    assert_int_equal(snapshot_phase(&snapshot), SNAPSHOT_RESTS);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1);
    pager_snapshot_close(rig->pager, &snapshot);
    assert_null(rig->pager->versions.oldest);
}

static void it_comes_back_at_the_newest_commit(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct snapshot snapshot = {0};
    for (uint64_t i = 2; i < 5; i++) {
        assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1);
        assert_int_equal(rig_get(rig, &snapshot, page, 0), i - 1);
        if (i == 3)
            rig_commit_word(rig, page, 0, i);
        pager_snapshot_rest(rig->pager, &snapshot);
        if (i != 3)
            rig_commit_word(rig, page, 0, i);
    }
    pager_snapshot_close(rig->pager, &snapshot);
}

static void what_rests_is_no_reader(void **state)
{
    struct rig *rig = *state;
    struct seen seen = {.count = 0};
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct snapshot snapshot = {0};
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1);
    assert_int_equal(rig_get(rig, &snapshot, page, 0), 1);
    pager_snapshot_rest(rig->pager, &snapshot);
    rig_commit_word(rig, page, 0, 2);
    assert_int_equal(rig_stat(rig).page_copies, 0);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1);
    pager_snapshot_rest(rig->pager, &snapshot);
    assert_int_equal(pager_snapshots_each(rig->pager, see, &seen), QUIRE_OK);
    assert_int_equal(seen.count, 0);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1);
    pager_snapshot_rest(rig->pager, &snapshot);
    assert_false(pager_has_readers(rig->pager));
}

static void come_back_amid_a_transaction_it_sees_nothing_of_it(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 3, 1);
    struct snapshot snapshot = {0};
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1);
    pager_snapshot_rest(rig->pager, &snapshot);
    rig_begin(rig);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1); /* before the writer asked who needs what */
    rig_set(rig, page, 0, 7);
    assert_int_equal(rig_stat(rig).page_copies, 1);
    pager_snapshot_rest(rig->pager, &snapshot);
    rig_set(rig, page + 1, 0, 8);
    assert_int_equal(rig_stat(rig).page_copies, 1);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1); /* and after */
    rig_set(rig, page + 2, 0, 9);
    rig_commit(rig);
    checkpoint(rig);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(rig_get(rig, &snapshot, page + i, 0), 1 + i);
    pager_snapshot_rest(rig->pager, &snapshot);
}

static void what_it_alone_needed_goes_with_the_transaction(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    for (int commits = 0; commits < 2; commits++) {
        struct snapshot snapshot = {0};
        assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1);
        rig_begin(rig);
        rig_set(rig, page, 0, 2);
        assert_int_equal(rig->pager->versions.count, 1);
        pager_snapshot_rest(rig->pager, &snapshot);
        if (commits)
            rig_commit(rig);
        else
            pager_rollback(rig->pager);
        assert_int_equal(rig->pager->versions.count, 0);
        assert_int_equal(snapshot_phase(&snapshot), SNAPSHOT_AWAY);
    }
}

static void what_rests_goes_before_a_reader_is_lost(void **state)
{
    struct rig *rig = *state;
    rig_close(rig);
    rig->options.pinned_bytes = 3 * 512;
    rig_open(rig);
    uint32_t page = rig_commit_pages(rig, 6, 1);
    struct snapshot reader, snapshot = {0};
    snapshot_open(rig, &reader);
    rig_commit_word(rig, page, 0, 7);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &snapshot), 1);
    rig_begin(rig);
    rig_set(rig, page, 0, 8); /* of which the reader has an older version */
    rig_set(rig, page + 1, 0, 8);
    pager_snapshot_rest(rig->pager, &snapshot);
    rig_set(rig, page + 2, 0, 8);
    rig_commit(rig);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(rig_get(rig, &reader, page + i, 0), 1 + i);
    pager_snapshot_close(rig->pager, &reader);
}

static void its_age_is_that_of_its_last_beginning(void **state)
{
    struct rig *rig = *state;
    rig_close(rig);
    rig->options.reader_age_ms = 100;
    rig_open(rig);
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct snapshot first = {0}, second = {0};
    uint64_t value;
    assert_int_equal(pager_snapshot_reopen(rig->pager, &first), 1);
    pager_snapshot_rest(rig->pager, &first);
    rig->options.vfs->sleep_ms(rig->options.vfs->context, 10);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &second), 1);
    rig->options.vfs->sleep_ms(rig->options.vfs->context, 90);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &first), 1);
    rig->options.vfs->sleep_ms(rig->options.vfs->context, 11);
    rig_commit_word(rig, page, 0, 2);
    assert_status(rig, QUIRE_SNAPSHOT_LOST, rig_get_status(rig, &second, page, 0, &value));
    assert_int_equal(rig_get(rig, &first, page, 0), 1);
    pager_snapshot_rest(rig->pager, &first);
    pager_snapshot_rest(rig->pager, &second);
    assert_int_equal(rig->pager->versions.count, 0);
    assert_int_equal(pager_snapshot_reopen(rig->pager, &second), 1);
    assert_int_equal(rig_get(rig, &second, page, 0), 2);
    pager_snapshot_close(rig->pager, &second);
}

/* ---- long random runs against a model ---- */

enum { PAGES = 90, WORDS = 3, READERS = 6, HELD = 4, STEPS = 60000 };

struct model {
    uint64_t words[PAGES][WORDS];
    uint32_t pages; /* in use; they have the numbers of `numbers` */
};

struct run {
    struct rig *rig;
    uint64_t random;
    uint32_t numbers[PAGES];
    struct model committed, open, marked;
    struct pager_mark mark;
    int has_writer, has_mark;
    struct snapshot snapshots[READERS];
    struct model seen[READERS];
    int is_open[READERS];
    struct frame *held[READERS][HELD];
    uint64_t held_word[READERS][HELD];
};

static uint32_t draw(struct run *run, uint32_t bound)
{
    run->random = run->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(run->random >> 33) % bound;
}

static void end_reader(struct run *run, uint32_t i)
{
    for (size_t h = 0; h < HELD; h++) {
        if (run->held[i][h] == NULL)
            continue;
        assert_int_equal(fake_word(run->held[i][h]->data, 0), run->held_word[i][h]);
        pager_release(run->rig->pager, run->held[i][h]);
        run->held[i][h] = NULL;
    }
    if (i % 2 == 0)
        pager_snapshot_rest(run->rig->pager, &run->snapshots[i]);
    else
        pager_snapshot_close(run->rig->pager, &run->snapshots[i]);
    run->is_open[i] = 0;
}

static void step_reader(struct run *run)
{
    struct rig *rig = run->rig;
    uint32_t i = draw(run, READERS);
    if (!run->is_open[i]) {
        if (i % 2 == 0)
            assert_int_equal(pager_snapshot_reopen(rig->pager, &run->snapshots[i]), 1);
        else
            snapshot_open(rig, &run->snapshots[i]);
        run->seen[i] = run->committed;
        run->is_open[i] = 1;
        return;
    }
    if (draw(run, 12) == 0) {
        end_reader(run, i);
        return;
    }
    if (run->seen[i].pages == 0)
        return;
    uint32_t page = draw(run, run->seen[i].pages), word = draw(run, WORDS);
    assert_int_equal(rig_get(rig, &run->snapshots[i], run->numbers[page], word), run->seen[i].words[page][word]);
    uint32_t h = draw(run, HELD);
    if (run->held[i][h] == NULL) {
        assert_ok(rig, pager_read(rig->pager, &run->snapshots[i], run->numbers[page], &run->held[i][h], &rig->fault));
        run->held_word[i][h] = run->seen[i].words[page][0];
    }
}

static void step_edit(struct run *run)
{
    struct rig *rig = run->rig;
    uint32_t choice = draw(run, 40);
    if (choice == 0 && run->open.pages > 10) {
        run->open.pages -= draw(run, 5);
        pager_shrink(rig->pager, run->numbers[run->open.pages - 1] + 1);
    } else if (choice < 6 && run->open.pages < PAGES) {
        uint64_t value = draw(run, UINT32_MAX);
        uint32_t page = run->open.pages++;
        assert_int_equal(rig_add(rig, value), run->numbers[page]);
        memset(run->open.words[page], 0, sizeof run->open.words[page]);
        run->open.words[page][0] = value;
    } else if (run->open.pages > 0) {
        uint32_t page = draw(run, run->open.pages), word = draw(run, WORDS);
        uint64_t value = draw(run, UINT32_MAX);
        assert_int_equal(rig_get(rig, NULL, run->numbers[page], word), run->open.words[page][word]);
        rig_set(rig, run->numbers[page], word, value);
        run->open.words[page][word] = value;
    }
}

static void step_writer(struct run *run)
{
    struct rig *rig = run->rig;
    if (!run->has_writer) {
        quire_status status = pager_begin(rig->pager, 1, &rig->fault);
        if (status == QUIRE_BUSY && rig->step.is_inside)
            return; /* a checkpoint that follows a failed one lets nobody write */
        assert_ok(rig, status);
        run->open = run->committed;
        run->has_writer = 1;
        run->has_mark = 0;
        return;
    }
    switch (draw(run, 60)) {
    case 0:
    case 1:
        rig_commit(rig);
        run->committed = run->open;
        run->has_writer = 0;
        break;
    case 2:
        pager_rollback(rig->pager);
        run->has_writer = 0;
        break;
    case 3:
        assert_ok(rig, pager_savepoint(rig->pager, &run->mark, &rig->fault));
        run->marked = run->open;
        run->has_mark = 1;
        break;
    case 4:
        if (run->has_mark) {
            assert_ok(rig, pager_rollback_to(rig->pager, &run->mark, &rig->fault));
            run->open = run->marked;
        }
        break;
    default:
        step_edit(run);
    }
}

/* What goes on while a checkpoint runs; at times the disk fails at that moment. */
static void steps_amid_checkpoint(void *context)
{
    struct run *run = context;
    if (fault_disk_has_failed(run->rig->disk))
        return;
    for (uint32_t steps = draw(run, 40); steps > 0; steps--) {
        if (draw(run, 3) == 0)
            step_reader(run);
        else
            step_writer(run);
    }
    if (draw(run, 100) == 0)
        fault_disk_fail(run->rig->disk, fault_disk_calls(run->rig->disk) + 1, EIO,
                        draw(run, 2) == 0 ? FAULT_ONCE : FAULT_STICKY);
}

static void crash(struct run *run, enum fault_cut cut);

/* A checkpoint that fails leaves all as it was, or the database poisoned: then a crash shows what is there. */
static void step_checkpoint(struct run *run)
{
    struct rig *rig = run->rig;
    fault_disk_fail(rig->disk, 0, 0, FAULT_ONCE);
    step_vfs_hook(&rig->step, steps_amid_checkpoint, run);
    quire_status status = pager_checkpoint(rig->pager, &rig->fault);
    step_vfs_hook(&rig->step, NULL, NULL);
    if (!fault_disk_has_failed(rig->disk))
        assert_ok(rig, status);
    fault_disk_fail(rig->disk, 0, 0, FAULT_ONCE);
    if (status != QUIRE_OK && pager_sync(rig->pager, &rig->fault) == QUIRE_POISONED)
        crash(run, (enum fault_cut)draw(run, 3));
}

static void crash(struct run *run, enum fault_cut cut)
{
    for (uint32_t i = 0; i < READERS; i++)
        if (run->is_open[i])
            end_reader(run, i);
    for (uint32_t i = 0; i < READERS; i += 2)
        pager_snapshot_close(run->rig->pager, &run->snapshots[i]); /* those that rest would not outlive the pager */
    if (run->has_writer)
        pager_rollback(run->rig->pager);
    run->has_writer = 0;
    rig_crash(run->rig, cut);
    for (uint32_t page = 0; page < run->committed.pages; page++)
        for (uint32_t word = 0; word < WORDS; word++)
            assert_int_equal(rig_read(run->rig, run->numbers[page], word), run->committed.words[page][word]);
}

static void random_run(struct rig *rig, uint64_t seed, size_t cache_bytes)
{
    static struct run run;
    memset(&run, 0, sizeof run);
    run.rig = rig;
    run.random = seed;
    for (uint32_t i = 0; i < PAGES; i++)
        run.numbers[i] = 3 + i;
    rig_close(rig);
    rig->options.cache_bytes = cache_bytes;
    rig_open(rig);
    for (size_t step = 0; step < STEPS; step++) {
        uint32_t choice = draw(&run, 2000);
        if (choice == 0)
            crash(&run, (enum fault_cut)draw(&run, 3));
        else if (choice < 400 && !run.has_writer)
            step_checkpoint(&run);
        else if (choice < 900)
            step_reader(&run);
        else
            step_writer(&run);
    }
    crash(&run, CUT_TEARS);
}

static void random_runs_agree_with_the_model(void **state)
{
    random_run(*state, 1, 8 << 10);
    rig_free(*state);
    set_up(state);
    random_run(*state, 2, 24 << 10);
    rig_free(*state);
    set_up(state);
    random_run(*state, 3, 1 << 20);
}

/* The page as the writer is about to edit it, pinned. */
static struct frame *edited(struct rig *rig, uint32_t page)
{
    struct frame *frame;
    assert_ok(rig, pager_read(rig->pager, NULL, page, &frame, &rig->fault));
    assert_ok(rig, pager_edit(rig->pager, &frame, &rig->fault));
    return frame;
}

/* An edit that logs nothing leaves a copy that is as old as what it was copied from. */
static void a_copy_is_as_old_as_its_page(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct snapshot first, second;
    snapshot_open(rig, &first);
    rig_commit_word(rig, page, 0, 2);
    snapshot_open(rig, &second);
    rig_begin(rig);
    pager_release(rig->pager, edited(rig, page));
    (void)rig_add(rig, 3);
    rig_commit(rig);
    assert_int_equal(rig_get(rig, &first, page, 0), 1);
    assert_int_equal(rig_get(rig, &second, page, 0), 2);
    pager_snapshot_close(rig->pager, &first);
    pager_snapshot_close(rig->pager, &second);
}

/* A page that could not be copied is open to readers as before, without the mutex. */
static void a_page_without_memory_for_its_copy_stays_open_to_readers(void **state)
{
    struct rig *rig = *state;
    struct counted_memory memory;
    struct snapshot snapshot;
    struct frame *frame;
    rig_close(rig);
    counted_memory_init(&memory);
    rig->options.memory = &memory.hooks;
    rig_open(rig);
    uint32_t page = rig_commit_pages(rig, 1, 1);
    snapshot_open(rig, &snapshot);
    rig_begin(rig);
    assert_ok(rig, pager_read(rig->pager, NULL, page, &frame, &rig->fault));
    memory.refuse_after = 1;
    assert_int_equal(pager_edit(rig->pager, &frame, &rig->fault), QUIRE_NO_MEMORY);
    assert_int_equal(atomic_load(&frame_of(frame)->audience), AUDIENCE_ALL);
    pager_release(rig->pager, frame);
    pager_rollback(rig->pager);
    assert_int_equal(rig_get(rig, &snapshot, page, 0), 1);
    pager_snapshot_close(rig->pager, &snapshot);
    rig_commit_word(rig, page, 0, 2);
    rig_close(rig);
    rig->options.memory = memory_default();
    rig_open(rig);
    assert_int_equal(rig_read(rig, page, 0), 2);
}

/* What was copied only because somebody had it pinned goes with the next reader. */
static void a_page_that_was_pinned_goes_when_it_is_not(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct frame *pinned;
    rig_begin(rig);
    assert_ok(rig, pager_read(rig->pager, NULL, page, &pinned, &rig->fault));
    rig_set(rig, page, 0, 2);
    rig_commit(rig);
    assert_int_equal(rig_stat(rig).page_copies, 1);
    assert_int_equal(rig->pager->versions.count, 1);
    assert_int_equal(fake_word(pinned->data, 0), 1);
    pager_release(rig->pager, pinned);
    assert_int_equal(rig_read(rig, page, 0), 2);
    assert_int_equal(rig->pager->versions.count, 0);
}

/* What a rollback took from under a pin is no version that a snapshot could see, though it has a commit's LSN. */
static void what_a_rollback_leaves_pinned_is_no_version(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct pager_mark mark;
    struct snapshot snapshot;
    uint8_t delta[FAKE_DELTA_SIZE];
    rig_begin(rig);
    pager_mark(rig->pager, &mark);
    struct frame *pinned = edited(rig, page);
    fake_word_set(pinned->data, 0, 9, delta);
    assert_ok(rig, pager_rollback_to(rig->pager, &mark, &rig->fault));
    snapshot_open(rig, &snapshot);
    rig_set(rig, page, 0, 2);
    assert_int_equal(rig_stat(rig).page_copies, 1);
    rig_commit(rig);
    assert_int_equal(rig_get(rig, &snapshot, page, 0), 1);
    assert_int_equal(rig_read(rig, page, 0), 2);
    pager_release(rig->pager, pinned);
    pager_snapshot_close(rig->pager, &snapshot);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_snapshot_keeps_what_it_saw),
        TEST(started_amid_a_transaction_it_sees_the_last_commit),
        TEST(what_it_has_not_read_yet_outlives_checkpoints),
        TEST(pages_cut_off_stay_while_a_snapshot_sees_them),
        TEST(a_page_grown_later_is_not_there),
        TEST(a_pinned_page_does_not_change),
        TEST(without_readers_nothing_is_copied),
        TEST(a_rollback_repeated_keeps_one_copy),
        TEST(readers_are_told_oldest_first_with_what_they_hold),
        TEST(a_checkpoint_ends_a_reader_whose_version_it_may_not_keep),
        TEST(past_the_limit_the_oldest_reader_is_lost),
        TEST(one_thread_at_a_time_has_it),
        TEST(it_comes_back_at_the_newest_commit),
        TEST(what_rests_is_no_reader),
        TEST(come_back_amid_a_transaction_it_sees_nothing_of_it),
        TEST(what_it_alone_needed_goes_with_the_transaction),
        TEST(what_rests_goes_before_a_reader_is_lost),
        TEST(its_age_is_that_of_its_last_beginning),
        TEST(a_copy_is_as_old_as_its_page),
        TEST(a_page_without_memory_for_its_copy_stays_open_to_readers),
        TEST(a_page_that_was_pinned_goes_when_it_is_not),
        TEST(what_a_rollback_leaves_pinned_is_no_version),
        TEST(random_runs_agree_with_the_model),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
