/* Commits that come while a checkpoint writes: made before some write or sync of the database file, in one thread. */
#include "../support/counted_memory.h"
#include "../support/pager_fixture.h"

#include "../../src/base/bytes.h"
#include "../../src/file/log.h"
#include "../../src/file/pager_core.h"

#include <errno.h>

enum { PAGES = 12, MANY_PAGES = 100, PAGE_SIZE = 512 };

/* A database with PAGES committed pages of the words 100, 101, ..., and a script for the moments of a checkpoint. */
struct scene {
    struct rig rig;
    uint32_t first;
    uint64_t moment; /* counted from 1: the next call of the checkpoint on the database file */
    uint64_t at;     /* the moment at which the script runs */
    void (*script)(struct scene *scene);
    int has_run;
    struct snapshot snapshot;
    struct pager_mark mark;
    uint64_t lsn;
    struct frame *held;
};

static int set_up(void **state)
{
    static struct scene scene;
    memset(&scene, 0, sizeof scene);
    rig_init(&scene.rig);
    rig_open(&scene.rig);
    scene.first = rig_commit_pages(&scene.rig, PAGES, 100);
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    rig_free(&((struct scene *)*state)->rig);
    return 0;
}

static void scene_hook(void *context)
{
    struct scene *scene = context;
    if (++scene->moment != scene->at)
        return;
    scene->has_run = 1;
    scene->script(scene);
}

static quire_status checkpoint_status(struct scene *scene, uint64_t at, void (*script)(struct scene *scene))
{
    scene->moment = 0;
    scene->at = at;
    scene->script = script;
    scene->has_run = 0;
    step_vfs_hook(&scene->rig.step, scene_hook, scene);
    quire_status status = pager_checkpoint(scene->rig.pager, &scene->rig.fault);
    step_vfs_hook(&scene->rig.step, NULL, NULL);
    return status;
}

/* A checkpoint, before whose call number `at` to the database file the script runs. */
static void checkpoint_with(struct scene *scene, uint64_t at, void (*script)(struct scene *scene))
{
    assert_ok(&scene->rig, checkpoint_status(scene, at, script));
    assert_true(scene->has_run);
}

static void checkpoint(struct scene *scene)
{
    assert_ok(&scene->rig, pager_checkpoint(scene->rig.pager, &scene->rig.fault));
}

/* The first word of a page as the database file has it. */
static uint64_t word_in_file(struct scene *scene, uint32_t pgno)
{
    size_t size;
    const uint8_t *bytes = fault_disk_bytes(scene->rig.disk, "db", &size);
    assert_in_range((size_t)pgno * PAGE_SIZE, 0, size - PAGE_SIZE);
    return fake_word(bytes + (size_t)pgno * PAGE_SIZE, 0);
}

/* Calls of a checkpoint like the one of most tests: the map page, pages 3 to 14 in one write, a sync, then each meta
 * page. */
enum { AT_PAGES = 1, AT_SYNC = 3, AT_META_A = 4, AT_META_B = 6, AT_LAST_SYNC = 7 };

static void commit_in_all_pages(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    rig_begin(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        rig_set(rig, scene->first + i, 0, 200 + i);
    rig_commit(rig);
}

static void what_is_committed_amid_a_checkpoint_stays_out_of_the_file(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    uint32_t generation = rig_stat(rig).generation;
    checkpoint_with(scene, AT_PAGES, commit_in_all_pages);
    assert_int_equal(rig_stat(rig).generation, generation + 1);
    assert_int_equal(rig_stat(rig).checkpoint_commits, 1);
    for (uint32_t i = 0; i < PAGES; i++) {
        assert_int_equal(word_in_file(scene, scene->first + i), 100 + i);
        assert_int_equal(rig_read(rig, scene->first + i, 0), 200 + i);
    }
}

/* Its one record is the first behind the checkpoint's LSN, and has that very LSN. */
static void renew_first_page(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    struct frame *frame;
    uint8_t delta[FAKE_DELTA_SIZE];
    rig_begin(rig);
    assert_ok(rig, pager_edit_new(rig->pager, scene->first, &frame, &rig->fault));
    fake_page_init(frame->data, scene->first);
    fake_word_set(frame->data, 0, 300, delta);
    assert_ok(rig, pager_log_image(rig->pager, frame, &rig->fault));
    pager_release(rig->pager, frame);
    rig_commit(rig);
}

static void so_does_a_page_that_the_next_commit_writes_first(void **state)
{
    struct scene *scene = *state;
    checkpoint_with(scene, AT_PAGES, renew_first_page);
    assert_int_equal(word_in_file(scene, scene->first), 100);
    assert_int_equal(rig_read(&scene->rig, scene->first, 0), 300);
}

static void it_is_found_after_a_crash_at_each_moment(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    for (uint64_t at = AT_PAGES; at <= AT_LAST_SYNC; at++)
        for (int cut = CUT_DROPS; cut <= CUT_TEARS; cut++) {
            for (uint32_t i = 0; i < PAGES; i++)
                rig_commit_word(rig, scene->first + i, 0, 100 + i);
            checkpoint_with(scene, at, commit_in_all_pages);
            rig_crash(rig, (enum fault_cut)cut);
            for (uint32_t i = 0; i < PAGES; i++)
                assert_int_equal(rig_read(rig, scene->first + i, 0), 200 + i);
        }
}

/* Pages that the older half has no record of. */
static void commit_beside(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + scene->lsn, EIO, FAULT_LOSES);
    rig_begin(rig);
    for (uint32_t i = 1; i < PAGES; i++)
        rig_set(rig, scene->first + i, 0, 200 + i);
    (void)pager_commit(rig->pager, &rig->fault);
    /* Before the meta pages name the newer half. */
    fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + 1, EIO, FAULT_STICKY);
}

/* Call number `failing` of a commit amid a checkpoint fails, and a sync loses; the power goes at a call of recovery. */
static int newer_half_lost(uint64_t failing, uint64_t call)
{
    void *state = NULL;
    (void)set_up(&state);
    struct scene *scene = state;
    struct rig *rig = &scene->rig;
    checkpoint(scene);
    rig_commit_word(rig, scene->first, 0, 7);
    scene->lsn = failing;
    (void)checkpoint_status(scene, AT_PAGES, commit_beside);
    rig_kill(rig);
    fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + call, EIO, FAULT_STICKY);
    quire_status status = rig_open_status(rig);
    int has_failed = fault_disk_has_failed(rig->disk);
    if (status == QUIRE_OK)
        rig_kill(rig);
    fault_disk_cut_power(rig->disk, CUT_DROPS);
    rig_open(rig);
    assert_int_equal(rig_read(rig, scene->first, 0), 7);
    int is_there = rig_read(rig, scene->first + 1, 0) == 201;
    for (uint32_t i = 1; i < PAGES; i++)
        assert_int_equal(rig_read(rig, scene->first + i, 0), (is_there ? 200 : 100) + i);
    (void)tear_down(&state);
    return has_failed;
}

static void what_a_failed_sync_lost_of_the_newer_half_is_written_anew(void **state)
{
    (void)state;
    for (uint64_t failing = 1; failing <= 8; failing++)
        for (uint64_t call = 1; newer_half_lost(failing, call); call++)
            ;
}

/* ---- transactions that outlast the moment ---- */

static void begin_and_edit(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    rig_begin(rig);
    rig_set(rig, scene->first, 0, 7);
    assert_ok(rig, pager_savepoint(rig->pager, &scene->mark, &rig->fault));
    rig_set(rig, scene->first, 0, 8);
    rig_set(rig, scene->first + 1, 0, 9);
}

static void a_transaction_may_be_open_when_the_checkpoint_ends(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    checkpoint_with(scene, AT_PAGES, begin_and_edit);
    assert_int_equal(word_in_file(scene, scene->first), 100);
    assert_int_equal(rig_read(rig, scene->first, 0), 100);
    assert_int_equal(rig_get(rig, NULL, scene->first, 0), 8);
    rig_commit(rig);
    assert_int_equal(rig_read(rig, scene->first, 0), 8);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, scene->first, 0), 8);
    assert_int_equal(rig_read(rig, scene->first + 1, 0), 9);
}

static void grow_and_hold(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    uint32_t pgno;
    rig_begin(rig);
    assert_ok(rig, pager_grow(rig->pager, &pgno, &rig->fault));
    assert_ok(rig, pager_edit_new(rig->pager, pgno, &scene->held, &rig->fault));
}

/* The page lies beyond the end of the file that the checkpoint writes, and is no page that was cut off. */
static void a_page_that_is_being_made_outlasts_the_checkpoint(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    uint8_t delta[FAKE_DELTA_SIZE];
    checkpoint_with(scene, AT_PAGES, grow_and_hold);
    uint32_t pgno = scene->held->pgno;
    fake_page_init(scene->held->data, pgno);
    assert_ok(rig, pager_log_image(rig->pager, scene->held, &rig->fault));
    assert_ok(rig, pager_edit(rig->pager, &scene->held, &rig->fault));
    fake_word_set(scene->held->data, 0, 77, delta);
    assert_ok(rig, pager_log_delta(rig->pager, scene->held, delta, sizeof delta, &rig->fault));
    pager_release(rig->pager, scene->held);
    rig_commit(rig);
    assert_int_equal(rig_read(rig, pgno, 0), 77);
}

static void a_rollback_leads_back_to_the_half_that_is_moved(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    checkpoint_with(scene, AT_PAGES, begin_and_edit);
    pager_rollback(rig->pager);
    assert_int_equal(rig_read(rig, scene->first, 0), 100);
    rig_commit_word(rig, scene->first, 1, 5);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, scene->first, 0), 100);
    assert_int_equal(rig_read(rig, scene->first, 1), 5);
}

static void edit_and_go_back(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    begin_and_edit(scene);
    assert_ok(rig, pager_rollback_to(rig->pager, &scene->mark, &rig->fault));
    assert_int_equal(rig_get(rig, NULL, scene->first, 0), 7);
    assert_int_equal(rig_get(rig, NULL, scene->first + 1, 0), 101); /* from the other half */
    pager_rollback(rig->pager);
    assert_int_equal(rig_get(rig, NULL, scene->first, 0), 100);
    rig_commit_word(rig, scene->first, 0, 6);
}

static void marks_and_rollbacks_work_amid_a_checkpoint(void **state)
{
    struct scene *scene = *state;
    for (uint64_t at = AT_PAGES; at <= AT_LAST_SYNC; at++) {
        rig_commit_word(&scene->rig, scene->first, 0, 100);
        rig_commit_word(&scene->rig, scene->first + 1, 0, 101);
        checkpoint_with(scene, at, edit_and_go_back);
        assert_int_equal(rig_read(&scene->rig, scene->first, 0), 6);
    }
}

static void spill_and_commit(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    uint64_t spills = rig_stat(rig).spills;
    rig_begin(rig);
    for (uint32_t round = 0; round < 3; round++)
        for (uint32_t i = 0; i < MANY_PAGES; i++)
            rig_set(rig, scene->first + i, 1, round * 1000 + i);
    assert_true(rig_stat(rig).spills > spills);
    rig_commit(rig);
}

static void a_transaction_larger_than_the_cache_amid_a_checkpoint(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    rig_close(rig);
    rig->options.cache_bytes = 8 << 10;
    rig_open(rig);
    rig_commit_pages(rig, MANY_PAGES - PAGES, 100 + PAGES);
    checkpoint_with(scene, AT_PAGES, spill_and_commit);
    for (int crashed = 0; crashed < 2; crashed++) {
        for (uint32_t i = 0; i < MANY_PAGES; i++) {
            assert_int_equal(rig_read(rig, scene->first + i, 0), 100 + i);
            assert_int_equal(rig_read(rig, scene->first + i, 1), 2000 + i);
        }
        rig_crash(rig, CUT_DROPS);
    }
}

/* ---- snapshots ---- */

static void commit_twice_around_a_snapshot(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    rig_commit_word(rig, scene->first, 0, 20);
    assert_ok(rig, pager_snapshot_open(rig->pager, &scene->snapshot));
    commit_in_all_pages(scene);
    assert_int_equal(rig_get(rig, &scene->snapshot, scene->first, 0), 20);
}

static void snapshots_from_before_amid_and_after_see_their_commits(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    struct snapshot before, at;
    assert_ok(rig, pager_snapshot_open(rig->pager, &before));
    rig_commit_word(rig, scene->first, 0, 10);
    assert_ok(rig, pager_snapshot_open(rig->pager, &at)); /* the very state that the checkpoint writes */
    checkpoint_with(scene, AT_SYNC, commit_twice_around_a_snapshot);
    for (int checkpoints = 0; checkpoints < 3; checkpoints++) {
        assert_int_equal(rig_get(rig, &before, scene->first, 0), 100);
        assert_int_equal(rig_get(rig, &at, scene->first, 0), 10);
        assert_int_equal(rig_get(rig, &scene->snapshot, scene->first, 0), 20);
        assert_int_equal(rig_get(rig, &scene->snapshot, scene->first + 3, 0), 103);
        assert_int_equal(rig_read(rig, scene->first, 0), 200);
        checkpoint(scene);
    }
    pager_snapshot_close(rig->pager, &before);
    pager_snapshot_close(rig->pager, &at);
    pager_snapshot_close(rig->pager, &scene->snapshot);
}

static int count_reader(void *context, const quire_reader *reader)
{
    (void)reader;
    ++*(int *)context;
    return 0;
}

static void look_for_readers(struct scene *scene)
{
    int count = 0;
    assert_false(pager_has_readers(scene->rig.pager));
    assert_int_equal(pager_snapshots_each(scene->rig.pager, count_reader, &count), 0);
    assert_int_equal(count, 0);
}

static void the_checkpoints_own_view_is_no_reader(void **state)
{
    checkpoint_with(*state, AT_PAGES, look_for_readers);
}

static void overwrite_more_than_may_be_kept(struct scene *scene)
{
    commit_in_all_pages(scene);
    assert_int_equal(rig_get(&scene->rig, &scene->snapshot, scene->first, 0), 100);
}

/* The view goes before any reader does; the pages then come from the log. */
static void the_view_is_given_up_before_a_reader_is_lost(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    rig_close(rig);
    rig->options.pinned_bytes = (PAGES + 4) * PAGE_SIZE;
    rig_open(rig);
    assert_ok(rig, pager_snapshot_open(rig->pager, &scene->snapshot));
    for (uint32_t i = 0; i < PAGES; i++)
        rig_commit_word(rig, scene->first + i, 0, 150 + i);
    checkpoint_with(scene, AT_PAGES, overwrite_more_than_may_be_kept);
    assert_false(snapshot_is_lost(&scene->snapshot));
    for (uint32_t i = 0; i < PAGES; i++) {
        assert_int_equal(rig_get(rig, &scene->snapshot, scene->first + i, 0), 100 + i);
        assert_int_equal(word_in_file(scene, scene->first + i), 150 + i);
        assert_int_equal(rig_read(rig, scene->first + i, 0), 200 + i);
    }
    pager_snapshot_close(rig->pager, &scene->snapshot);
}

/* ---- the file's length ---- */

static void cut_and_grow(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    rig_begin(rig);
    pager_shrink(rig->pager, scene->first + 2);
    rig_commit(rig);
    rig_commit_pages(rig, 3, 300);
}

static void the_file_may_shrink_and_grow_amid_a_checkpoint(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    for (uint64_t at = AT_PAGES; at <= AT_LAST_SYNC; at++) {
        checkpoint_with(scene, at, cut_and_grow);
        for (int more = 0; more < 3; more++) {
            assert_int_equal(rig_stat(rig).page_count, scene->first + 5);
            assert_int_equal(rig_read(rig, scene->first + 1, 0), 101);
            assert_int_equal(rig_read(rig, scene->first + 2, 0), 300);
            assert_int_equal(rig_read(rig, scene->first + 4, 0), 302);
            if (more == 0)
                checkpoint(scene);
            else
                rig_crash(rig, CUT_TEARS);
        }
        assert_int_equal(rig_stat(rig).file_bytes, (uint64_t)(scene->first + 5) * PAGE_SIZE);
        rig_begin(rig);
        pager_shrink(rig->pager, scene->first + 2);
        rig_commit(rig);
        rig_commit_pages(rig, PAGES - 2, 102);
    }
}

static void grow_again(struct scene *scene)
{
    assert_int_equal(rig_commit_pages(&scene->rig, 2, 400), scene->first + PAGES - 1);
}

/* The checkpoint cuts the file; the page comes back meanwhile, and an older snapshot sees the one that was cut. */
static void a_page_that_is_cut_off_comes_back_amid_the_checkpoint(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    uint32_t last = scene->first + PAGES - 1;
    for (uint64_t at = AT_PAGES; at <= AT_LAST_SYNC; at++) {
        struct snapshot before;
        assert_ok(rig, pager_snapshot_open(rig->pager, &before));
        rig_begin(rig);
        pager_shrink(rig->pager, last);
        rig_commit(rig);
        rig_commit_word(rig, scene->first, 1, at);
        checkpoint_with(scene, at, grow_again);
        assert_int_equal(rig_get(rig, &before, last, 0), 100 + PAGES - 1);
        assert_int_equal(rig_read(rig, last, 0), 400);
        pager_snapshot_close(rig->pager, &before);
        checkpoint(scene);
        assert_int_equal(rig_read(rig, last + 1, 0), 401);
        rig_begin(rig);
        pager_shrink(rig->pager, last);
        rig_commit(rig);
        rig_commit_pages(rig, 1, 100 + PAGES - 1);
    }
}

/* A frame of a page that is cut off holds what is no more; if the page comes back, it must not be found. */
static void frames_of_cut_pages_go(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    checkpoint(scene);
    uint32_t last = scene->first + PAGES - 1;
    assert_int_equal(rig_read(rig, last, 0), 100 + PAGES - 1); /* in the cache now */
    rig_begin(rig);
    pager_shrink(rig->pager, last);
    rig_commit(rig);
    checkpoint(scene);
    uint32_t page;
    rig_begin(rig);
    assert_ok(rig, pager_grow(rig->pager, &page, &rig->fault));
    assert_int_equal(page, last);
    uint64_t value;
    /* Nothing was written there, and nothing may be read: not what stood there before the cut. */
    assert_status(rig, QUIRE_CORRUPT, rig_get_status(rig, NULL, page, 0, &value));
    pager_rollback(rig->pager);
}

/* ---- failures ---- */

static void commit_and_fail_the_disk(struct scene *scene)
{
    scene->lsn = rig_stat(&scene->rig).last_commit_lsn; /* where the older half ends */
    commit_in_all_pages(scene);
    fault_disk_fail(scene->rig.disk, fault_disk_calls(scene->rig.disk) + 1, EIO, FAULT_SHORT);
}

static void must_not_write(struct scene *scene)
{
    assert_status(&scene->rig, QUIRE_BUSY, pager_begin(scene->rig.pager, 1, &scene->rig.fault));
}

static void a_checkpoint_that_fails_is_made_up_for_by_the_next(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    uint32_t generation = rig_stat(rig).generation;
    assert_status(rig, QUIRE_IO, checkpoint_status(scene, AT_PAGES, commit_and_fail_the_disk));
    rig_commit_word(rig, scene->first, 0, 300); /* life goes on, in the newer half */
    assert_int_equal(rig_read(rig, scene->first, 0), 300);
    assert_int_equal(rig_read(rig, scene->first + 1, 0), 201);
    assert_int_equal(rig_stat(rig).checkpoints, 0);
    /* There is no third half, so this one lets nobody write, and writes what is committed by now. */
    checkpoint_with(scene, AT_PAGES, must_not_write);
    assert_int_equal(rig_stat(rig).generation, generation + 2);
    assert_int_equal(word_in_file(scene, scene->first), 300);
    assert_int_equal(word_in_file(scene, scene->first + 1), 201);
    rig_commit_word(rig, scene->first, 0, 400);
    checkpoint_with(scene, AT_PAGES, commit_in_all_pages); /* and the one after it does again */
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, scene->first, 0), 200);
}

static void both_halves_are_found_after_a_checkpoint_that_failed(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    rig_commit_pages(rig, 2, 500);
    assert_status(rig, QUIRE_IO, checkpoint_status(scene, AT_PAGES, commit_and_fail_the_disk));
    rig_commit_word(rig, scene->first, 0, 300);
    rig_kill(rig);
    fault_disk_cut_power(rig->disk, CUT_DROPS);
    rig->options.flags = QUIRE_OPEN_READ_ONLY;
    for (int writing = 0; writing < 3; writing++) {
        rig_open(rig);
        assert_int_equal(rig_read(rig, scene->first, 0), 300);
        assert_int_equal(rig_read(rig, scene->first + 1, 0), 201);
        assert_int_equal(rig_read(rig, scene->first + PAGES, 0), 500); /* in the older half alone */
        rig_close(rig);
        rig->options.flags = QUIRE_OPEN_CREATE;
    }
}

/* After a checkpoint that failed, three commits in the newer half, and a crash; answers the newer half's bytes. */
static uint8_t *crash_in_the_newer_half(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    size_t size;
    uint32_t generation = rig_stat(rig).generation;
    rig_commit_pages(rig, 2, 500);
    assert_status(rig, QUIRE_IO, checkpoint_status(scene, AT_PAGES, commit_and_fail_the_disk));
    for (uint64_t value = 300; value < 303; value++)
        rig_commit_word(rig, scene->first, 0, value);
    rig_kill(rig);
    return fault_disk_bytes(rig->disk, "db-log", &size) + log_file_offset(generation + 1, 0);
}

/* Whether one bit of both its copies or all of it is gone. */
static void a_newer_half_without_its_header_is_read_all_the_same(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    uint8_t *half = crash_in_the_newer_half(scene);
    memset(half, 0, LOG_RECORDS_START);
    rig_open(rig);
    assert_int_equal(rig_read(rig, scene->first, 0), 302);
    assert_int_equal(rig_read(rig, scene->first + 1, 0), 201);
    rig_commit_word(rig, scene->first + 1, 0, 400); /* with a header anew */
    rig_kill(rig);
    rig_open(rig);
    assert_int_equal(rig_read(rig, scene->first, 0), 302);
    assert_int_equal(rig_read(rig, scene->first + 1, 0), 400);
}

/* Its later commits say that the first one was durable. */
static void a_newer_half_without_its_beginning_is_corruption(void **state)
{
    struct scene *scene = *state;
    uint8_t *half = crash_in_the_newer_half(scene);
    memset(half, 0, LOG_RECORDS_START + 64);
    assert_status(&scene->rig, QUIRE_CORRUPT, rig_open_status(&scene->rig));
}

/* Then neither half has blocks that are written already: a full disk is met before the next commit is tried. */
static void after_recovery_from_both_halves_the_log_is_empty(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    (void)crash_in_the_newer_half(scene);
    rig_open(rig);
    size_t db, log;
    assert_non_null(fault_disk_bytes(rig->disk, "db", &db));
    assert_non_null(fault_disk_bytes(rig->disk, "db-log", &log));
    assert_int_equal(log, 0);
    fault_disk_limit(rig->disk, db + LOG_RECORDS_START); /* room for a header alone */
    rig_begin(rig);
    rig_set(rig, scene->first, 0, 7000);
    assert_status(rig, QUIRE_DISK_FULL, pager_commit(rig->pager, &rig->fault));
    assert_int_equal(rig->pager->log.is_torn, 0);
    fault_disk_limit(rig->disk, 0);
    rig_commit_word(rig, scene->first, 0, 7001);
}

static void an_older_half_that_ends_too_early_is_corruption(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    uint64_t first_lsn = rig_stat(rig).last_commit_lsn - rig_stat(rig).log_bytes;
    uint32_t generation = rig_stat(rig).generation;
    assert_status(rig, QUIRE_IO, checkpoint_status(scene, AT_PAGES, commit_and_fail_the_disk));
    rig_kill(rig);
    size_t size;
    uint8_t *log = fault_disk_bytes(rig->disk, "db-log", &size);
    log[log_file_offset(generation, LOG_RECORDS_START + scene->lsn - first_lsn - 20)] ^= 1; /* in its last commit */
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_non_null(strstr(rig->fault.message, "goes on at lsn"));
}

static void fail_the_disk(struct scene *scene)
{
    fault_disk_fail(scene->rig.disk, fault_disk_calls(scene->rig.disk) + 1, EIO, FAULT_ONCE);
}

static void a_failure_from_the_meta_pages_on_poisons(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    for (uint64_t at = AT_SYNC; at <= AT_LAST_SYNC; at++) {
        rig_commit_word(rig, scene->first, 0, at);
        assert_status(rig, QUIRE_IO, checkpoint_status(scene, at, fail_the_disk));
        assert_status(rig, QUIRE_POISONED, pager_begin(rig->pager, 1, &rig->fault));
        rig_crash(rig, CUT_KEEPS);
        assert_int_equal(rig_read(rig, scene->first, 0), at);
    }
}

static void edit_and_fail_the_disk(struct scene *scene)
{
    begin_and_edit(scene);
    fail_the_disk(scene);
}

/* It was begun before, and in a mode in which its commit needs no sync. */
static void a_transaction_that_is_open_when_it_poisons_cannot_commit(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    rig_close(rig);
    rig->options.sync = QUIRE_SYNC_NORMAL;
    rig_open(rig);
    rig_commit_word(rig, scene->first, 0, 200);
    assert_status(rig, QUIRE_IO, checkpoint_status(scene, AT_META_A, edit_and_fail_the_disk));
    assert_status(rig, QUIRE_POISONED, pager_commit(rig->pager, &rig->fault));
    rig_crash(rig, CUT_KEEPS);
    assert_int_equal(rig_read(rig, scene->first, 0), 200);
}

static void each_checkpoint_has_the_next_number(void **state)
{
    struct scene *scene = *state;
    size_t size;
    for (uint64_t number = 2; number < 6; number++) {
        rig_commit_word(&scene->rig, scene->first, 0, number);
        checkpoint(scene);
        const uint8_t *metas = fault_disk_bytes(scene->rig.disk, "db", &size);
        assert_int_equal(load64(metas + 88), number);
        assert_int_equal(load64(metas + PAGE_SIZE + 88), number);
    }
}

/* ---- what a lost write looks like ---- */

static void each_lost_write_of_such_a_checkpoint_is_found(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    checkpoint(scene);
    for (uint32_t i = 0; i < PAGES; i++) {
        uint32_t pgno = scene->first + i;
        uint8_t old[PAGE_SIZE], now[PAGE_SIZE];
        size_t size;
        rig_commit_word(rig, pgno, 1, i + 1);
        memcpy(old, fault_disk_bytes(rig->disk, "db", &size) + (size_t)pgno * PAGE_SIZE, PAGE_SIZE);
        checkpoint_with(scene, AT_PAGES, commit_in_all_pages);
        checkpoint_with(scene, AT_SYNC, commit_in_all_pages);
        rig_close(rig);
        uint8_t *page = fault_disk_bytes(rig->disk, "db", &size) + (size_t)pgno * PAGE_SIZE;
        memcpy(now, page, PAGE_SIZE);
        memcpy(page, old, PAGE_SIZE);
        rig_open(rig);
        struct snapshot snapshot;
        uint64_t value;
        assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
        assert_status(rig, QUIRE_CORRUPT, rig_get_status(rig, &snapshot, pgno, 0, &value));
        pager_snapshot_close(rig->pager, &snapshot);
        memcpy(fault_disk_bytes(rig->disk, "db", &size) + (size_t)pgno * PAGE_SIZE, now, PAGE_SIZE);
    }
}

/* ---- the log's bound ---- */

static void fill_the_other_half(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    for (uint64_t i = 0; i < 1000; i++) {
        quire_status status = pager_begin(rig->pager, 1, &rig->fault);
        if (status == QUIRE_BUSY) {
            assert_non_null(strstr(rig->fault.message, "log is full"));
            assert_in_range(i, 10, 500);
            return;
        }
        assert_ok(rig, status);
        rig_set(rig, scene->first, 0, i);
        rig_commit(rig);
    }
    fail_msg("the log has no bound");
}

static void a_full_log_makes_transactions_wait_for_the_checkpoint(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    rig_close(rig);
    rig->options.log_bytes = 16 << 10;
    rig_open(rig);
    rig_commit_word(rig, scene->first, 0, 1);
    checkpoint_with(scene, AT_PAGES, fill_the_other_half);
    rig_begin(rig);
    pager_rollback(rig->pager);
}

static void commit_a_long_log(struct scene *scene)
{
    struct rig *rig = &scene->rig;
    struct pager_mark mark;
    rig_begin(rig);
    for (uint32_t i = 0; i < 330000; i++) {
        rig_set(rig, scene->first + i % PAGES, 1, i);
        if (i % (6 * PAGES) == 0) /* else their images would be owed to the end, and one of each would do */
            assert_ok(rig, pager_savepoint(rig->pager, &mark, &rig->fault));
    }
    rig_commit(rig);
    assert_true(rig_stat(&scene->rig).log_bytes > (uint64_t)17 << 20);
}

/* A log that was unusually long is given back, but not while it holds what was committed meanwhile. */
static void a_long_log_is_kept_while_commits_stand_in_its_other_half(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    rig_close(rig);
    rig->options.log_bytes = 1 << 10;
    rig_open(rig);
    commit_a_long_log(scene);
    checkpoint_with(scene, AT_PAGES, commit_in_all_pages);
    rig_crash(rig, CUT_KEEPS);
    assert_int_equal(rig_read(rig, scene->first, 0), 200);
    commit_a_long_log(scene);
    checkpoint(scene);
    size_t size;
    assert_non_null(fault_disk_bytes(rig->disk, "db-log", &size));
    assert_int_equal(size, 0);
}

/*
 * Step 1 reads pages that the cache has not, and fails amid the map pages: what it
 * had noted is undone, so that later commits and recovery build on what is there.
 */
static void a_checkpoint_that_cannot_read_a_page_leaves_no_trace_in_the_map(void **state)
{
    struct rig *rig = &((struct scene *)*state)->rig;
    uint32_t pgnos[400]; /* of four map pages, and three times what the cache holds */
    const size_t count = sizeof pgnos / sizeof *pgnos;
    quire_status status = QUIRE_IO;
    uint64_t value = 0;
    rig_begin(rig);
    for (size_t i = 0; i < count; i++)
        pgnos[i] = rig_add(rig, 0);
    rig_commit(rig);
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    for (uint64_t read = 1; status != QUIRE_OK; read += 1 + read / 16) {
        value++;
        rig_begin(rig);
        for (size_t i = 0; i < count; i++)
            rig_set(rig, pgnos[i], 0, value);
        rig_commit(rig);
        fault_disk_fail_read(rig->disk, read, EIO);
        status = pager_checkpoint(rig->pager, &rig->fault);
        fault_disk_fail_read(rig->disk, 0, 0);
        if (status != QUIRE_OK)
            assert_int_equal(status, QUIRE_IO);
        rig_commit_word(rig, pgnos[0], 1, value);
        if (value % 2 == 0)
            assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
        rig_crash(rig, CUT_KEEPS);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(rig_read(rig, pgnos[i], 0), value);
        assert_int_equal(rig_read(rig, pgnos[0], 1), value);
    }
    assert_true(value > 1);
}

/* A snapshot opened amid a transaction: what it sees is built from the log, for which there may be no memory. */
static void a_checkpoint_without_memory_for_a_version_fails_and_the_reader_reads_on(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    struct counted_memory memory;
    struct snapshot snapshot;
    quire_status status = QUIRE_NO_MEMORY;
    int failures = 0;
    rig_close(rig);
    counted_memory_init(&memory);
    rig->options.memory = &memory.hooks;
    rig->options.cache_bytes = 1 << 20;
    rig_open(rig);
    rig_begin(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        rig_set(rig, scene->first + i, 0, 200 + i);
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    rig_commit(rig);
    for (size_t allocation = 1; status != QUIRE_OK; allocation++) {
        memory.refuse_after = allocation;
        status = pager_checkpoint(rig->pager, &rig->fault);
        memory.refuse_after = 0;
        failures += status != QUIRE_OK;
        if (status != QUIRE_OK)
            assert_int_equal(status, QUIRE_NO_MEMORY);
    }
    assert_true(failures > 0);
    for (uint32_t i = 0; i < PAGES; i++)
        assert_int_equal(rig_get(rig, &snapshot, scene->first + i, 0), 100 + i);
    pager_snapshot_close(rig->pager, &snapshot);
    rig_close(rig);
    rig->options.memory = memory_default();
    rig_open(rig);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_committed_amid_a_checkpoint_stays_out_of_the_file),
        TEST(so_does_a_page_that_the_next_commit_writes_first),
        TEST(it_is_found_after_a_crash_at_each_moment),
        cmocka_unit_test(what_a_failed_sync_lost_of_the_newer_half_is_written_anew),
        TEST(a_transaction_may_be_open_when_the_checkpoint_ends),
        TEST(a_page_that_is_being_made_outlasts_the_checkpoint),
        TEST(a_rollback_leads_back_to_the_half_that_is_moved),
        TEST(marks_and_rollbacks_work_amid_a_checkpoint),
        TEST(a_transaction_larger_than_the_cache_amid_a_checkpoint),
        TEST(snapshots_from_before_amid_and_after_see_their_commits),
        TEST(the_checkpoints_own_view_is_no_reader),
        TEST(the_view_is_given_up_before_a_reader_is_lost),
        TEST(the_file_may_shrink_and_grow_amid_a_checkpoint),
        TEST(a_page_that_is_cut_off_comes_back_amid_the_checkpoint),
        TEST(frames_of_cut_pages_go),
        TEST(a_checkpoint_that_fails_is_made_up_for_by_the_next),
        TEST(both_halves_are_found_after_a_checkpoint_that_failed),
        TEST(a_newer_half_without_its_header_is_read_all_the_same),
        TEST(a_newer_half_without_its_beginning_is_corruption),
        TEST(after_recovery_from_both_halves_the_log_is_empty),
        TEST(an_older_half_that_ends_too_early_is_corruption),
        TEST(each_lost_write_of_such_a_checkpoint_is_found),
        TEST(a_checkpoint_that_cannot_read_a_page_leaves_no_trace_in_the_map),
        TEST(a_checkpoint_without_memory_for_a_version_fails_and_the_reader_reads_on),
        TEST(a_full_log_makes_transactions_wait_for_the_checkpoint),
        TEST(a_long_log_is_kept_while_commits_stand_in_its_other_half),
        TEST(a_failure_from_the_meta_pages_on_poisons),
        TEST(a_transaction_that_is_open_when_it_poisons_cannot_commit),
        TEST(each_checkpoint_has_the_next_number),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
