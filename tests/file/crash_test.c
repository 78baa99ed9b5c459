/*
 * A small life of a database is lived again and again, and each time another
 * call to the disk fails; then the power goes. What is found after that must be
 * exactly the acknowledged commits, each whole. The one commit whose outcome
 * nobody was told for certain, because it failed and left the database
 * poisoned, may be there or not, but not in part.
 *
 * Commit number c writes c into every page and into the state.
 */
#include "../support/pager_fixture.h"

#include "../../src/file/log.h"

#include <errno.h>
#include <stdlib.h>

enum { PAGES = 5, BIG_PAGES = 2600 };

struct life {
    struct rig rig;
    uint64_t acknowledged; /* the newest commit that answered QUIRE_OK */
    uint64_t in_doubt;     /* a commit that may or may not have happened, 0 none */
    uint32_t numbers[PAGES];
    int is_big; /* a transaction that spills is part of it */
    int amid;   /* how many commits are tried while each checkpoint writes, and were while this one did */
    int amid_done;
    int is_over;
};

static uint64_t number_of(const uint8_t *state)
{
    return state[0] == 0xa5 ? 0 : state[0];
}

static void life_try_open(struct life *life)
{
    for (int attempt = 0; attempt < 2 && life->rig.pager == NULL; attempt++)
        if (rig_open_status(&life->rig) != QUIRE_OK)
            life->rig.pager = NULL;
    life->is_over = life->rig.pager == NULL;
}

static quire_status life_write(struct life *life, uint64_t number)
{
    struct rig *rig = &life->rig;
    quire_status status = QUIRE_OK;
    for (uint32_t i = 0; i < PAGES && status == QUIRE_OK; i++) {
        if (number == 1)
            status = rig_add_status(rig, number, &life->numbers[i]);
        else
            status = rig_set_status(rig, life->numbers[i], 0, number);
    }
    uint32_t more;
    if (status == QUIRE_OK && number % 3 == 0)
        status = rig_add_status(rig, number, &more);
    return status;
}

static void life_commit(struct life *life)
{
    struct rig *rig = &life->rig;
    uint64_t number = life->acknowledged + 1;
    quire_status status = life->is_over ? QUIRE_POISONED : pager_begin(rig->pager, 1, &rig->fault);
    if (status != QUIRE_OK) {
        life->is_over |= status == QUIRE_POISONED;
        return;
    }
    status = life_write(life, number);
    if (status != QUIRE_OK) {
        pager_rollback(rig->pager);
        return;
    }
    pager_state(rig->pager)[0] = (uint8_t)number;
    status = pager_commit(rig->pager, &rig->fault);
    if (status == QUIRE_OK) {
        life->acknowledged = number;
    } else if (pager_sync(rig->pager, &rig->fault) == QUIRE_POISONED) {
        life->in_doubt = number;
        life->is_over = 1;
    }
}

static void life_roll_back(struct life *life)
{
    struct rig *rig = &life->rig;
    if (life->is_over || life->acknowledged == 0 || pager_begin(rig->pager, 1, &rig->fault) != QUIRE_OK)
        return;
    quire_status status = QUIRE_OK;
    uint32_t pgno;
    for (uint32_t i = 0; i < PAGES && status == QUIRE_OK; i++)
        status = rig_set_status(rig, life->numbers[i], 0, 255);
    for (uint32_t i = 0; life->is_big && i < BIG_PAGES && status == QUIRE_OK; i++)
        status = rig_add_status(rig, i, &pgno);
    pager_rollback(rig->pager);
}

/* Before each write and sync of the database file: a commit, and between them a transaction that is rolled back. */
static void life_amid_checkpoint(void *context)
{
    struct life *life = context;
    if (life->amid_done >= life->amid)
        return;
    life->amid_done++;
    life_commit(life);
    life_roll_back(life);
}

static void life_checkpoint(struct life *life)
{
    struct rig *rig = &life->rig;
    life->amid_done = 0;
    step_vfs_hook(&rig->step, life_amid_checkpoint, life);
    if (!life->is_over && pager_checkpoint(rig->pager, &rig->fault) == QUIRE_POISONED)
        life->is_over = 1;
    step_vfs_hook(&rig->step, NULL, NULL);
}

static void life_close(struct life *life)
{
    struct pager *pager = life->rig.pager;
    life->rig.pager = NULL;
    if (pager != NULL && pager_close(pager, &life->rig.fault) == QUIRE_POISONED)
        life->is_over = 1;
}

static void life_live(struct life *life)
{
    life_try_open(life);
    for (int i = 0; i < 4; i++)
        life_commit(life);
    life_roll_back(life);
    life_commit(life);
    life_checkpoint(life);
    for (int i = 0; i < 3; i++)
        life_commit(life);
    life_close(life);
    if (life->is_over)
        return;
    life_try_open(life);
    life_commit(life);
    life_checkpoint(life);
    life_roll_back(life);
    life_commit(life);
}

static void life_begin(struct life *life, quire_sync_mode sync, int is_big, int amid)
{
    memset(life, 0, sizeof *life);
    rig_init(&life->rig);
    life->rig.options.sync = sync;
    life->is_big = is_big;
    life->amid = amid;
}

/* The commit that is found, all of whose pages must agree. */
static uint64_t life_found(struct life *life)
{
    struct rig *rig = &life->rig;
    struct snapshot snapshot;
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    uint64_t number = number_of(snapshot.state);
    if (number > 0) {
        assert_int_equal(snapshot.page_count, 3 + PAGES + number / 3);
        for (uint32_t i = 0; i < PAGES; i++)
            assert_int_equal(rig_get(rig, &snapshot, 3 + i, 0), number);
    }
    pager_snapshot_close(rig->pager, &snapshot);
    return number;
}

static void life_end(struct life *life, enum fault_cut cut, uint64_t call)
{
    if (life->rig.pager != NULL)
        rig_kill(&life->rig);
    fault_disk_cut_power(life->rig.disk, cut);
    rig_open(&life->rig);
    uint64_t number = life_found(life);
    int may_be_less = life->rig.options.sync != QUIRE_SYNC_FULL;
    if (number != life->acknowledged && !(life->in_doubt != 0 && number == life->in_doubt) &&
        !(may_be_less && number < life->acknowledged))
        fail_msg("call %llu, cut %d: commit %llu was acknowledged, %llu in doubt, but %llu is found",
                 (unsigned long long)call, (int)cut, (unsigned long long)life->acknowledged,
                 (unsigned long long)life->in_doubt, (unsigned long long)number);
    /* It goes on. */
    life->acknowledged = number;
    life->is_over = 0;
    life->in_doubt = 0;
    for (uint32_t i = 0; i < PAGES; i++)
        life->numbers[i] = 3 + i;
    life_commit(life);
    assert_int_equal(life_found(life), number + 1);
    rig_close(&life->rig);
    rig_open(&life->rig);
    assert_int_equal(life_found(life), number + 1);
    rig_free(&life->rig);
}

static uint64_t life_calls(quire_sync_mode sync, int is_big, int amid)
{
    struct life life;
    life_begin(&life, sync, is_big, amid);
    life_live(&life);
    assert_int_equal(life.acknowledged, 10 + 2 * amid);
    uint64_t calls = fault_disk_calls(life.rig.disk);
    rig_free(&life.rig);
    return calls;
}

static void fail_each_call(quire_sync_mode sync, int is_big, int amid, int error, enum fault_kind kind)
{
    uint64_t calls = life_calls(sync, is_big, amid);
    for (uint64_t call = 1; call <= calls; call++)
        for (int cut = CUT_DROPS; cut <= CUT_TEARS; cut++) {
            struct life life;
            life_begin(&life, sync, is_big, amid);
            fault_disk_fail(life.rig.disk, call, error, kind);
            life_live(&life);
            life_end(&life, (enum fault_cut)cut, call);
        }
}

static void an_input_output_error_once(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, 0, 0, EIO, FAULT_ONCE);
}

static void an_input_output_error_for_good(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, 0, 0, EIO, FAULT_STICKY);
}

static void a_write_that_stops_half_way(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, 0, 0, EIO, FAULT_SHORT);
}

static void a_write_that_fails_after_its_work(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, 0, 0, EIO, FAULT_LATE);
    fail_each_call(QUIRE_SYNC_FULL, 0, 0, ENOSPC, FAULT_LATE);
}

static void a_full_disk_once_and_for_good(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, 0, 0, ENOSPC, FAULT_ONCE);
    fail_each_call(QUIRE_SYNC_FULL, 0, 0, ENOSPC, FAULT_STICKY);
    fail_each_call(QUIRE_SYNC_FULL, 0, 0, ENOSPC, FAULT_SHORT);
}

static void failures_around_a_spill(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, 1, 0, EIO, FAULT_STICKY);
    fail_each_call(QUIRE_SYNC_FULL, 1, 0, ENOSPC, FAULT_SHORT);
}

static void in_normal_mode_a_prefix_of_the_commits_is_left(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_NORMAL, 0, 0, EIO, FAULT_STICKY);
}

static void failures_around_commits_amid_a_checkpoint(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, 0, 3, EIO, FAULT_ONCE);
    fail_each_call(QUIRE_SYNC_FULL, 0, 3, EIO, FAULT_STICKY);
    fail_each_call(QUIRE_SYNC_FULL, 0, 3, EIO, FAULT_SHORT);
    fail_each_call(QUIRE_SYNC_FULL, 0, 3, EIO, FAULT_LATE);
    fail_each_call(QUIRE_SYNC_FULL, 0, 3, ENOSPC, FAULT_ONCE);
    fail_each_call(QUIRE_SYNC_FULL, 0, 3, ENOSPC, FAULT_STICKY);
    fail_each_call(QUIRE_SYNC_NORMAL, 0, 3, EIO, FAULT_STICKY);
}

static void failures_around_a_spill_amid_a_checkpoint(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, 1, 1, EIO, FAULT_STICKY);
}

static void fail_each_read(int amid)
{
    int has_failed = 1;
    for (uint64_t read = 1; has_failed; read++) {
        struct life life;
        life_begin(&life, QUIRE_SYNC_FULL, 1, amid);
        fault_disk_fail_read(life.rig.disk, read, EIO);
        life_live(&life);
        has_failed = fault_disk_has_failed(life.rig.disk);
        life_end(&life, CUT_DROPS, read);
    }
}

static void a_read_that_fails_once(void **state)
{
    (void)state;
    fail_each_read(0);
    fail_each_read(1);
}

/* Opens, and the power goes at call number `call` of that; 0 if it did not come so far. */
static int life_crash_in_recovery(struct life *life, uint64_t call, enum fault_cut cut)
{
    fault_disk_fail(life->rig.disk, fault_disk_calls(life->rig.disk) + call, EIO, FAULT_STICKY);
    if (rig_open_status(&life->rig) == QUIRE_OK)
        rig_kill(&life->rig);
    life->rig.pager = NULL;
    int has_failed = fault_disk_has_failed(life->rig.disk);
    fault_disk_cut_power(life->rig.disk, cut);
    return has_failed;
}

/* Recovery itself is cut short at each of its calls, and then runs again. */
static void recovery_may_crash_anywhere(void **state)
{
    (void)state;
    int has_failed = 1;
    for (uint64_t call = 1; has_failed; call++)
        for (int cut = CUT_DROPS; cut <= CUT_TEARS; cut++) {
            struct life life;
            life_begin(&life, QUIRE_SYNC_FULL, 0, 0);
            life_live(&life);
            rig_kill(&life.rig);
            fault_disk_cut_power(life.rig.disk, CUT_DROPS);
            has_failed = life_crash_in_recovery(&life, call, (enum fault_cut)cut);
            life_end(&life, (enum fault_cut)cut, call);
        }
}

/* Lives until the power goes at call number `call` of the second checkpoint, with commits in both halves of the log. */
static int life_crash_in_checkpoint(struct life *life, uint64_t call, enum fault_cut cut)
{
    life_begin(life, QUIRE_SYNC_FULL, 0, 3);
    life_try_open(life);
    life_commit(life);
    life_checkpoint(life);
    life_commit(life);
    life_commit(life);
    fault_disk_fail(life->rig.disk, fault_disk_calls(life->rig.disk) + call, EIO, FAULT_STICKY);
    life_checkpoint(life);
    int has_failed = fault_disk_has_failed(life->rig.disk);
    rig_kill(&life->rig);
    fault_disk_cut_power(life->rig.disk, cut);
    return has_failed;
}

/* So does recovery from both halves of the log, also when it was cut short before: to depth 2. */
static void recovery_of_both_halves_may_crash_anywhere_twice(void **state)
{
    (void)state;
    int has_failed[3] = {1, 1, 1};
    for (uint64_t first = 1; has_failed[0]; first++)
        for (uint64_t second = 1; second == 1 || has_failed[1]; second++)
            for (uint64_t third = 1; third == 1 || has_failed[2]; third++) {
                struct life life;
                enum fault_cut cut = (enum fault_cut)((first + second + third) % 3);
                has_failed[0] = life_crash_in_checkpoint(&life, first, cut);
                has_failed[1] = life_crash_in_recovery(&life, second, (enum fault_cut)((second + third) % 3));
                has_failed[2] = life_crash_in_recovery(&life, third, (enum fault_cut)(third % 3));
                life_end(&life, cut, first);
            }
}

static void a_full_disk_rolls_back_and_nothing_else(void **state)
{
    (void)state;
    struct life life;
    life_begin(&life, QUIRE_SYNC_FULL, 0, 0);
    life.rig.options.cache_bytes = 1 << 20; /* so the log's buffer takes the whole transaction */
    life_try_open(&life);
    for (int i = 0; i < 5; i++)
        life_commit(&life);
    struct rig *rig = &life.rig;
    fault_disk_limit(rig->disk, 1); /* no file may grow any more */
    rig_begin(rig);
    for (uint32_t i = 0; i < 1500; i++)
        (void)rig_add(rig, i);
    assert_status(rig, QUIRE_DISK_FULL, pager_commit(rig->pager, &rig->fault));
    assert_non_null(strstr(rig->fault.message, "db-log"));
    assert_int_equal(life_found(&life), 5);
    life_commit(&life); /* fits where the log has blocks */
    assert_int_equal(life.acknowledged, 6);
    fault_disk_limit(rig->disk, 0);
    rig_commit_pages(rig, 1, 1);
    rig_begin(rig);
    pager_shrink(rig->pager, pager_page_count(rig->pager) - 1);
    rig_commit(rig);
    life_end(&life, CUT_DROPS, 0);
}

static void on_a_full_disk_a_log_is_read_but_not_recovered(void **state)
{
    (void)state;
    struct rig rig;
    rig_init(&rig);
    rig_open(&rig);
    uint32_t first = rig_commit_pages(&rig, 60, 1);
    rig_kill(&rig);
    for (int repeat = 0; repeat < 2; repeat++) {
        fault_disk_limit(rig.disk, 1); /* no file may grow any more */
        rig.options.flags = 0;
        assert_status(&rig, QUIRE_DISK_FULL, rig_open_status(&rig));
        rig.options.flags = QUIRE_OPEN_READ_ONLY;
        rig_open(&rig);
        for (uint32_t i = 0; i < 60; i++)
            assert_int_equal(rig_read(&rig, first + i, 0), 1 + i);
        rig_close(&rig);
        fault_disk_limit(rig.disk, 0);
    }
    rig.options.flags = 0;
    rig_open(&rig);
    assert_int_equal(rig_read(&rig, first + 59, 0), 60);
    rig_free(&rig);
}

static void fail_a_sync(int error)
{
    char words[16];
    snprintf(words, sizeof words, "errno %d", error);
    struct rig rig;
    rig_init(&rig);
    rig_open(&rig);
    uint32_t page = rig_commit_pages(&rig, 1, 1);
    struct snapshot snapshot;
    rig_begin(&rig);
    rig_set(&rig, page, 0, 2);
    fault_disk_fail(rig.disk, fault_disk_calls(rig.disk) + 2, error, FAULT_ONCE); /* the write, then the sync */
    assert_status(&rig, QUIRE_IO, pager_commit(rig.pager, &rig.fault));
    assert_non_null(strstr(rig.fault.message, words));
    assert_status(&rig, QUIRE_POISONED, pager_begin(rig.pager, 1, &rig.fault));
    assert_status(&rig, QUIRE_POISONED, pager_sync(rig.pager, &rig.fault));
    assert_status(&rig, QUIRE_POISONED, pager_checkpoint(rig.pager, &rig.fault));
    assert_ok(&rig, pager_snapshot_open(rig.pager, &snapshot));
    assert_int_equal(rig_get(&rig, &snapshot, page, 0), 1); /* what is durable can be read */
    pager_snapshot_close(rig.pager, &snapshot);
    assert_status(&rig, QUIRE_POISONED, pager_close(rig.pager, &rig.fault));
    rig_open(&rig);
    (void)rig_read(&rig, page, 0);
    rig_free(&rig);
}

/* A disk that says at the sync that it is full may have the commit all the same: that is not the status of a commit
 * that was rolled back. */
static void after_a_failed_sync_nothing_is_promised(void **state)
{
    (void)state;
    fail_a_sync(EIO);
    fail_a_sync(ENOSPC);
}

/*
 * A sync fails and loses what it should have written; the process goes, another
 * one opens what the system still shows, and then the power goes: at call number
 * `call` of its recovery or, if that has fewer, after a commit of its own.
 */
static int life_after_lost_sync(quire_sync_mode sync, uint64_t failing, uint64_t call, enum fault_cut cut, int amid)
{
    struct life life;
    life_begin(&life, sync, 0, amid);
    fault_disk_fail(life.rig.disk, failing, EIO, FAULT_LOSES);
    life_live(&life);
    if (life.rig.pager != NULL)
        rig_kill(&life.rig);
    fault_disk_fail(life.rig.disk, fault_disk_calls(life.rig.disk) + call, EIO, FAULT_STICKY);
    quire_status status = rig_open_status(&life.rig);
    int has_failed = fault_disk_has_failed(life.rig.disk);
    if (status == QUIRE_OK && !has_failed) {
        fault_disk_fail(life.rig.disk, 0, 0, FAULT_ONCE);
        uint64_t found = life_found(&life);
        assert_true(found == life.acknowledged || found == life.in_doubt);
        for (uint32_t i = 0; i < PAGES; i++)
            life.numbers[i] = 3 + i;
        life.acknowledged = found;
        life.in_doubt = 0;
        life.is_over = 0;
        life_commit(&life);
        assert_int_equal(life.acknowledged, found + 1);
    }
    if (status == QUIRE_OK)
        rig_kill(&life.rig);
    life_end(&life, cut, failing);
    return has_failed;
}

static void lose_each_sync(quire_sync_mode sync, int amid)
{
    uint64_t calls = life_calls(sync, 0, amid);
    for (uint64_t failing = 1; failing <= calls; failing++)
        for (int cut = CUT_DROPS; cut <= CUT_TEARS; cut++)
            for (uint64_t call = 1; life_after_lost_sync(sync, failing, call, (enum fault_cut)cut, amid); call++)
                ;
}

static void what_a_failed_sync_lost_is_written_anew_before_it_is_believed(void **state)
{
    (void)state;
    lose_each_sync(QUIRE_SYNC_FULL, 0);
    lose_each_sync(QUIRE_SYNC_FULL, 2);
    lose_each_sync(QUIRE_SYNC_NORMAL, 0);
}

/* Whatever fails in an open, once, is told by it. */
static void no_call_of_a_recovery_may_fail_unnoticed(void **state)
{
    (void)state;
    int has_failed = 1;
    for (uint64_t call = 1; has_failed; call++) {
        struct life life;
        life_begin(&life, QUIRE_SYNC_FULL, 0, 2);
        life_live(&life);
        rig_kill(&life.rig);
        fault_disk_fail(life.rig.disk, fault_disk_calls(life.rig.disk) + call, EIO, FAULT_ONCE);
        quire_status status = rig_open_status(&life.rig);
        has_failed = fault_disk_has_failed(life.rig.disk);
        assert_int_equal(status != QUIRE_OK, has_failed);
        life_end(&life, CUT_DROPS, call);
    }
}

enum { LONG_PAGES = 600 };

struct long_life {
    struct rig rig;
    uint32_t numbers[LONG_PAGES];
};

static void long_life_begin(struct long_life *life)
{
    rig_init(&life->rig);
    life->rig.options.cache_bytes = 2 << 20;
    rig_open(&life->rig);
    rig_begin(&life->rig);
    for (uint32_t i = 0; i < LONG_PAGES; i++)
        life->numbers[i] = rig_add(&life->rig, 100 + i);
    rig_commit(&life->rig);
    assert_ok(&life->rig, pager_checkpoint(life->rig.pager, &life->rig.fault));
}

/* Sets the first word of all pages, in one commit that is longer than what recovery reads at once. */
static quire_status long_life_commit(struct long_life *life, uint64_t value)
{
    rig_begin(&life->rig);
    for (uint32_t i = 0; i < LONG_PAGES; i++)
        rig_set(&life->rig, life->numbers[i], 0, value);
    return pager_commit(life->rig.pager, &life->rig.fault);
}

/* Its last call, the sync, fails and loses; the power goes at call number `call` of the recovery. */
static int long_life_end(uint64_t calls, uint64_t call)
{
    static struct long_life life;
    struct rig *rig = &life.rig;
    long_life_begin(&life);
    fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + calls, EIO, FAULT_LOSES);
    assert_int_equal(long_life_commit(&life, 7), QUIRE_IO);
    rig_kill(rig);
    fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + call, EIO, FAULT_STICKY);
    quire_status status = rig_open_status(rig);
    int has_failed = fault_disk_has_failed(rig->disk);
    if (status == QUIRE_OK)
        rig_kill(rig);
    fault_disk_cut_power(rig->disk, CUT_DROPS);
    rig_open(rig);
    int is_there = rig_read(rig, life.numbers[0], 0) == 7;
    for (uint32_t i = 0; i < LONG_PAGES; i++)
        assert_int_equal(rig_read(rig, life.numbers[i], 0), is_there ? 7 : 100 + i);
    rig_free(rig);
    return has_failed;
}

static void all_of_a_long_log_is_written_anew_before_it_is_believed(void **state)
{
    (void)state;
    static struct long_life life;
    long_life_begin(&life);
    uint64_t calls = fault_disk_calls(life.rig.disk);
    assert_ok(&life.rig, long_life_commit(&life, 7));
    calls = fault_disk_calls(life.rig.disk) - calls;
    assert_in_range(rig_stat(&life.rig).log_bytes, 80 << 10, 1 << 20); /* recovery reads 64 KiB at once */
    rig_free(&life.rig);
    for (uint64_t call = 1; long_life_end(calls, call); call++)
        ;
}

static void set_all_words(struct rig *rig, uint32_t first, uint64_t value, struct pager_mark *middle)
{
    for (size_t word = 0; word < 50; word++) {
        if (word == 25)
            assert_ok(rig, pager_savepoint(rig->pager, middle, &rig->fault));
        for (uint32_t i = 0; i < 64; i++)
            rig_set(rig, first + i, word, value);
    }
}

/*
 * A rolled-back transaction's records stay in the file where it spilled them.
 * The next one has records of the same lengths at the same places; when a crash
 * keeps one of the old records instead, its commit must not adopt it.
 */
static void records_of_a_rolled_back_transaction_are_never_adopted(void **state)
{
    (void)state;
    enum { RECORD = 56 };
    struct rig rig;
    struct pager_mark middle;
    uint8_t stale[RECORD];
    size_t size;
    uint32_t more;
    rig_init(&rig);
    rig_open(&rig);
    uint32_t first = rig_commit_pages(&rig, 64, 1);
    assert_ok(&rig, pager_checkpoint(rig.pager, &rig.fault));
    uint64_t first_lsn = rig_stat(&rig).last_commit_lsn;
    uint32_t generation = rig_stat(&rig).generation;
    rig_begin(&rig);
    set_all_words(&rig, first, 666, &middle);
    for (uint32_t i = 0; i < 20000; i++) /* more than the buffer holds */
        assert_ok(&rig, rig_add_status(&rig, i, &more));
    pager_rollback(rig.pager);
    size_t place = (size_t)log_file_offset(generation, middle.lsn - first_lsn + LOG_RECORDS_START);
    memcpy(stale, fault_disk_bytes(rig.disk, "db-log", &size) + place, RECORD);
    rig_begin(&rig);
    set_all_words(&rig, first, 7, &middle);
    rig_commit(&rig);
    rig_kill(&rig);
    fault_disk_cut_power(rig.disk, CUT_KEEPS);
    uint8_t *record = fault_disk_bytes(rig.disk, "db-log", &size) + place;
    assert_memory_equal(record + 8, stale + 8, 16); /* a record of the same place, generation and length */
    assert_memory_not_equal(record, stale, RECORD);
    memcpy(record, stale, RECORD);
    rig_open(&rig);
    for (uint32_t i = 0; i < 64; i++)
        for (size_t word = 1; word < 50; word++)
            assert_int_equal(rig_read(&rig, first + i, word), 0);
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_input_output_error_once),
        cmocka_unit_test(an_input_output_error_for_good),
        cmocka_unit_test(a_write_that_stops_half_way),
        cmocka_unit_test(a_write_that_fails_after_its_work),
        cmocka_unit_test(a_full_disk_once_and_for_good),
        cmocka_unit_test(failures_around_a_spill),
        cmocka_unit_test(in_normal_mode_a_prefix_of_the_commits_is_left),
        cmocka_unit_test(failures_around_commits_amid_a_checkpoint),
        cmocka_unit_test(failures_around_a_spill_amid_a_checkpoint),
        cmocka_unit_test(a_read_that_fails_once),
        cmocka_unit_test(recovery_may_crash_anywhere),
        cmocka_unit_test(recovery_of_both_halves_may_crash_anywhere_twice),
        cmocka_unit_test(a_full_disk_rolls_back_and_nothing_else),
        cmocka_unit_test(on_a_full_disk_a_log_is_read_but_not_recovered),
        cmocka_unit_test(after_a_failed_sync_nothing_is_promised),
        cmocka_unit_test(what_a_failed_sync_lost_is_written_anew_before_it_is_believed),
        cmocka_unit_test(all_of_a_long_log_is_written_anew_before_it_is_believed),
        cmocka_unit_test(no_call_of_a_recovery_may_fail_unnoticed),
        cmocka_unit_test(records_of_a_rolled_back_transaction_are_never_adopted),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
