/* Several threads on one pager. The thread sanitizer sees these runs, too. */
#include "../support/pager_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { PAGES = 40, COMMITS = 400, READERS = 2, WRITERS = 3, SHARED = 2 };

struct stage {
    struct pager *pager;
    quire_vfs *vfs;
    uint32_t numbers[PAGES];
    _Atomic int stop;
    _Atomic uint64_t reads;
    _Atomic uint64_t committed; /* the last value whose commit has ended */
    _Atomic int failures;
    struct snapshot shared[SHARED]; /* of whichever reader comes first */
};

static int (*memory_write)(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size);

/* A disk makes who writes wait, and others run meanwhile: on one processor, too, commits come amid a checkpoint. */
static int slow_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    nanosleep(&(const struct timespec){.tv_nsec = 20000}, NULL);
    return memory_write(context, file, offset, buffer, size);
}

static void stage_open_in(struct stage *stage, quire_sync_mode sync)
{
    struct fault fault;
    struct pager_config config = {.path = "db", .codec = fake_codec()};
    assert_int_equal(quire_vfs_memory_new(1, &stage->vfs), QUIRE_OK);
    memory_write = stage->vfs->write;
    stage->vfs->write = slow_write;
    quire_options options = {.flags = QUIRE_OPEN_CREATE,
                             .page_size = 512,
                             .cache_bytes = 24 << 10,
                             .pinned_bytes = 4 << 20,
                             .log_bytes = 1 << 20,
                             .sync = sync,
                             .vfs = stage->vfs,
                             .memory = memory_default()};
    config.options = &options;
    assert_int_equal(pager_open(&config, &stage->pager, &fault), QUIRE_OK);
}

static void stage_open(struct stage *stage)
{
    stage_open_in(stage, QUIRE_SYNC_FULL);
}

static void stage_close(struct stage *stage)
{
    struct fault fault;
    assert_int_equal(pager_close(stage->pager, &fault), QUIRE_OK);
    quire_vfs_memory_free(stage->vfs);
}

/* Sets the first word of every page to `value`; the first time makes the pages. */
static quire_status write_all(struct stage *stage, uint64_t value, struct fault *fault)
{
    quire_status status = QUIRE_OK;
    for (size_t i = 0; i < PAGES && status == QUIRE_OK; i++) {
        struct frame *frame;
        uint8_t delta[FAKE_DELTA_SIZE];
        if (stage->numbers[i] == 0) {
            status = pager_grow(stage->pager, &stage->numbers[i], fault);
            if (status == QUIRE_OK)
                status = pager_edit_new(stage->pager, stage->numbers[i], &frame, fault);
            if (status != QUIRE_OK)
                return status;
            fake_page_init(frame->data, stage->numbers[i]);
            fake_word_set(frame->data, 0, value, delta);
            status = pager_log_image(stage->pager, frame, fault);
        } else {
            status = pager_read(stage->pager, NULL, stage->numbers[i], &frame, fault);
            if (status == QUIRE_OK)
                status = pager_edit(stage->pager, &frame, fault);
            if (status != QUIRE_OK)
                return status;
            fake_word_set(frame->data, 0, value, delta);
            status = pager_log_delta(stage->pager, frame, delta, sizeof delta, fault);
        }
        pager_release(stage->pager, frame);
    }
    return status;
}

/* Three times of four one that others may have had before, so that the same rest and come back in all threads. */
static struct snapshot *reader_begin(struct stage *stage, struct snapshot *own, int wants_shared)
{
    for (size_t i = 0; wants_shared && i < SHARED; i++)
        if (pager_snapshot_reopen(stage->pager, &stage->shared[i]))
            return &stage->shared[i];
    if (pager_snapshot_open(stage->pager, own) != QUIRE_OK)
        atomic_fetch_add(&stage->failures, 1);
    return own;
}

static void *reader_main(void *context)
{
    struct stage *stage = context;
    uint64_t last = 0;
    for (unsigned turn = 0; !atomic_load(&stage->stop); turn++) {
        struct snapshot own;
        struct fault fault;
        const uint64_t committed = atomic_load(&stage->committed);
        struct snapshot *snapshot = reader_begin(stage, &own, turn % 4 != 0);
        uint64_t seen = 0;
        for (size_t i = 0; i < PAGES; i++) {
            struct frame *frame;
            if (pager_read(stage->pager, snapshot, stage->numbers[i], &frame, &fault) != QUIRE_OK) {
                atomic_fetch_add(&stage->failures, 1);
                break;
            }
            uint64_t value = fake_word(frame->data, 0);
            if (i == 0)
                seen = value;
            if (value != seen || value < last || value < committed)
                atomic_fetch_add(&stage->failures, 1);
            if (!pager_frame_checked(frame))
                pager_frame_set_checked(frame);
            pager_release(stage->pager, frame);
            atomic_fetch_add(&stage->reads, 1);
        }
        last = seen;
        if (snapshot == &own)
            pager_snapshot_close(stage->pager, snapshot);
        else
            pager_snapshot_rest(stage->pager, snapshot);
    }
    return NULL;
}

static void *checkpointer_main(void *context)
{
    struct stage *stage = context;
    struct fault fault;
    while (!atomic_load(&stage->stop))
        if (pager_checkpoint(stage->pager, &fault) != QUIRE_OK)
            atomic_fetch_add(&stage->failures, 1);
    return NULL;
}

/* Commits values that grow, and rolls some back, until there were enough, and enough amid checkpoints. */
static void write_until(struct stage *stage, uint64_t checkpoint_every, uint64_t amid)
{
    struct fault fault;
    struct pager_stat stat = {0};
    for (uint64_t c = 2; c < COMMITS || atomic_load(&stage->reads) < 4 * PAGES || stat.checkpoint_commits < amid; c++) {
        assert_int_equal(pager_begin(stage->pager, 0, &fault), QUIRE_OK);
        assert_int_equal(write_all(stage, c % 7 == 0 ? 0 : c, &fault), QUIRE_OK);
        if (c % 7 == 0)
            pager_rollback(stage->pager);
        else {
            assert_int_equal(pager_commit(stage->pager, &fault), QUIRE_OK);
            atomic_store(&stage->committed, c);
        }
        if (checkpoint_every > 0 && c % checkpoint_every == 0)
            assert_int_equal(pager_checkpoint(stage->pager, &fault), QUIRE_OK);
        pager_stat(stage->pager, &stat);
    }
}

static void commits_and_readers_go_on_beside_a_checkpointer(void **state)
{
    (void)state;
    struct stage stage = {0};
    struct fault fault;
    pthread_t threads[READERS + 1];
    stage_open(&stage);
    assert_int_equal(pager_begin(stage.pager, 0, &fault), QUIRE_OK);
    assert_int_equal(write_all(&stage, 1, &fault), QUIRE_OK);
    assert_int_equal(pager_commit(stage.pager, &fault), QUIRE_OK);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader_main, &stage), 0);
    assert_int_equal(pthread_create(&threads[READERS], NULL, checkpointer_main, &stage), 0);
    write_until(&stage, 0, 20);
    atomic_store(&stage.stop, 1);
    for (size_t i = 0; i <= READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&stage.failures), 0);
    stage_close(&stage);
}

static void readers_see_whole_commits_while_a_writer_writes_and_checkpoints(void **state)
{
    (void)state;
    struct stage stage = {0};
    struct fault fault;
    pthread_t readers[READERS];
    stage_open(&stage);
    assert_int_equal(pager_begin(stage.pager, 0, &fault), QUIRE_OK);
    assert_int_equal(write_all(&stage, 1, &fault), QUIRE_OK);
    assert_int_equal(pager_commit(stage.pager, &fault), QUIRE_OK);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, reader_main, &stage), 0);
    write_until(&stage, 13, 0);
    atomic_store(&stage.stop, 1);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(atomic_load(&stage.failures), 0);
    stage_close(&stage);
}

static void *writer_main(void *context)
{
    struct stage *stage = context;
    struct fault fault;
    for (int i = 0; i < 100; i++) {
        struct frame *frame;
        uint8_t delta[FAKE_DELTA_SIZE];
        quire_status status = pager_begin(stage->pager, 0, &fault);
        if (status == QUIRE_OK)
            status = pager_read(stage->pager, NULL, stage->numbers[0], &frame, &fault);
        if (status == QUIRE_OK) {
            status = pager_edit(stage->pager, &frame, &fault);
            fake_word_set(frame->data, 0, fake_word(frame->data, 0) + 1, delta);
            if (status == QUIRE_OK)
                status = pager_log_delta(stage->pager, frame, delta, sizeof delta, &fault);
            pager_release(stage->pager, frame);
        }
        if (status == QUIRE_OK)
            status = pager_commit(stage->pager, &fault);
        if (status != QUIRE_OK)
            atomic_fetch_add(&stage->failures, 1);
    }
    return NULL;
}

static void writers_take_turns_and_lose_no_update(void **state)
{
    (void)state;
    struct stage stage = {0};
    struct fault fault;
    pthread_t writers[WRITERS];
    stage_open(&stage);
    assert_int_equal(pager_begin(stage.pager, 0, &fault), QUIRE_OK);
    assert_int_equal(write_all(&stage, 0, &fault), QUIRE_OK);
    assert_int_equal(pager_commit(stage.pager, &fault), QUIRE_OK);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, writer_main, &stage), 0);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(writers[i], NULL), 0);
    assert_int_equal(atomic_load(&stage.failures), 0);
    struct snapshot snapshot;
    struct frame *frame;
    assert_int_equal(pager_snapshot_open(stage.pager, &snapshot), QUIRE_OK);
    assert_int_equal(pager_read(stage.pager, &snapshot, stage.numbers[0], &frame, &fault), QUIRE_OK);
    assert_int_equal(fake_word(frame->data, 0), 100 * WRITERS);
    pager_release(stage.pager, frame);
    pager_snapshot_close(stage.pager, &snapshot);
    stage_close(&stage);
}

/* ---- commits that wait for their sync ---- */

/* While it is shut, every sync waits. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int is_shut, waiting, passes;
    int error; /* of the next sync that passes */
    _Atomic int writes;
    int (*sync)(void *context, quire_file *file);
    int (*write)(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size);
} gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int gated_sync(void *context, quire_file *file)
{
    pthread_mutex_lock(&gate.mutex);
    gate.waiting++;
    pthread_cond_broadcast(&gate.changed);
    while (gate.is_shut && gate.passes == 0)
        pthread_cond_wait(&gate.changed, &gate.mutex);
    gate.passes -= gate.passes > 0;
    gate.waiting--;
    int error = gate.error;
    gate.error = 0;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.mutex);
    return error != 0 ? error : gate.sync(context, file);
}

static int counted_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    int error = gate.write(context, file, offset, buffer, size);
    atomic_fetch_add(&gate.writes, 1);
    return error;
}

static void gate_turn(int is_shut)
{
    pthread_mutex_lock(&gate.mutex);
    gate.is_shut = is_shut;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.mutex);
}

/* Waits until it has passed. */
static void gate_let_one_pass(void)
{
    pthread_mutex_lock(&gate.mutex);
    gate.passes = 1;
    pthread_cond_broadcast(&gate.changed);
    while (gate.passes > 0)
        pthread_cond_wait(&gate.changed, &gate.mutex);
    pthread_mutex_unlock(&gate.mutex);
}

static void gate_await(void)
{
    pthread_mutex_lock(&gate.mutex);
    while (gate.waiting == 0)
        pthread_cond_wait(&gate.changed, &gate.mutex);
    pthread_mutex_unlock(&gate.mutex);
}

static void *one_commit_main(void *context)
{
    struct stage *stage = context;
    struct fault fault;
    if (pager_begin(stage->pager, 0, &fault) != QUIRE_OK || write_all(stage, 5, &fault) != QUIRE_OK ||
        pager_commit(stage->pager, &fault) != QUIRE_OK)
        atomic_fetch_add(&stage->failures, 1);
    return NULL;
}

static uint64_t first_word(struct stage *stage, const struct snapshot *snapshot)
{
    struct fault fault;
    struct frame *frame;
    assert_int_equal(pager_read(stage->pager, snapshot, stage->numbers[0], &frame, &fault), QUIRE_OK);
    uint64_t value = fake_word(frame->data, 0);
    pager_release(stage->pager, frame);
    return value;
}

static void a_commit_is_seen_by_the_next_writer_before_its_sync_and_by_readers_after(void **state)
{
    (void)state;
    struct stage stage = {0};
    struct fault fault;
    struct snapshot before, after;
    pthread_t thread;
    stage_open(&stage);
    assert_int_equal(pager_begin(stage.pager, 0, &fault), QUIRE_OK);
    assert_int_equal(write_all(&stage, 1, &fault), QUIRE_OK);
    assert_int_equal(pager_commit(stage.pager, &fault), QUIRE_OK);
    gate.sync = stage.vfs->sync;
    stage.vfs->sync = gated_sync;
    gate_turn(1);
    assert_int_equal(pthread_create(&thread, NULL, one_commit_main, &stage), 0);
    gate_await();
    assert_int_equal(pager_begin(stage.pager, 1, &fault), QUIRE_OK); /* the slot is free */
    assert_int_equal(first_word(&stage, NULL), 5);
    assert_int_equal(pager_snapshot_open(stage.pager, &before), QUIRE_OK);
    assert_int_equal(first_word(&stage, &before), 1);
    pager_rollback(stage.pager);
    gate_turn(0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pager_snapshot_open(stage.pager, &after), QUIRE_OK);
    assert_int_equal(first_word(&stage, &after), 5);
    assert_int_equal(first_word(&stage, &before), 1);
    pager_snapshot_close(stage.pager, &before);
    pager_snapshot_close(stage.pager, &after);
    assert_int_equal(atomic_load(&stage.failures), 0);
    stage_close(&stage);
}

static void one_sync_serves_all_who_wait(void **state)
{
    (void)state;
    struct stage stage = {0};
    struct fault fault;
    struct pager_stat stat;
    pthread_t threads[4];
    stage_open(&stage);
    assert_int_equal(pager_begin(stage.pager, 0, &fault), QUIRE_OK);
    assert_int_equal(write_all(&stage, 1, &fault), QUIRE_OK);
    assert_int_equal(pager_commit(stage.pager, &fault), QUIRE_OK);
    pager_stat(stage.pager, &stat);
    uint64_t syncs = stat.syncs, commits = stat.commits;
    gate.sync = stage.vfs->sync;
    stage.vfs->sync = gated_sync;
    gate_turn(1);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, one_commit_main, &stage), 0);
    do
        pager_stat(stage.pager, &stat);
    while (stat.commits < commits + 4);
    gate_turn(0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pager_stat(stage.pager, &stat);
    assert_int_equal(stat.syncs, syncs + 2); /* the one that waited at the gate, and one for all the others */
    assert_int_equal(atomic_load(&stage.failures), 0);
    stage_close(&stage);
}

/* ---- a full log ---- */

static int write_until_it_waits(struct stage *stage)
{
    struct pager_stat stat;
    struct fault fault;
    quire_status status = pager_begin(stage->pager, 0, &fault);
    if (status == QUIRE_OK)
        status = write_all(stage, 3, &fault);
    if (status == QUIRE_OK)
        status = pager_commit(stage->pager, &fault);
    pager_stat(stage->pager, &stat);
    return status == QUIRE_OK && stat.checkpoint_waits == 0;
}

static void *writer_that_waits_main(void *context)
{
    struct stage *stage = context;
    while (write_until_it_waits(stage))
        ;
    return NULL;
}

static void *one_checkpoint_main(void *context)
{
    struct stage *stage = context;
    struct fault fault;
    if (pager_checkpoint(stage->pager, &fault) != QUIRE_OK)
        atomic_fetch_add(&stage->failures, 1);
    return NULL;
}

/* The gate holds the checkpoint's sync of the database file; commits do not sync, so they fill the log's other half. */
static void a_writer_waits_when_the_log_is_full_and_the_counter_says_so(void **state)
{
    (void)state;
    struct stage stage = {0};
    struct fault fault;
    struct pager_stat stat;
    pthread_t writer, checkpointer;
    stage_open_in(&stage, QUIRE_SYNC_NORMAL);
    assert_int_equal(pager_begin(stage.pager, 0, &fault), QUIRE_OK);
    assert_int_equal(write_all(&stage, 1, &fault), QUIRE_OK);
    assert_int_equal(pager_commit(stage.pager, &fault), QUIRE_OK);
    assert_int_equal(pager_sync(stage.pager, &fault), QUIRE_OK);
    gate.sync = stage.vfs->sync;
    stage.vfs->sync = gated_sync;
    gate_turn(1);
    assert_int_equal(pthread_create(&checkpointer, NULL, one_checkpoint_main, &stage), 0);
    gate_await(); /* its sync of the log: the slot is taken */
    gate_let_one_pass();
    gate_await(); /* its sync of the file: the slot is free */
    assert_int_equal(pthread_create(&writer, NULL, writer_that_waits_main, &stage), 0);
    do
        pager_stat(stage.pager, &stat);
    while (stat.checkpoint_waits == 0);
    assert_int_equal(stat.checkpoints, 0);
    gate_turn(0);
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(pthread_join(checkpointer, NULL), 0);
    pager_stat(stage.pager, &stat);
    assert_int_equal(stat.checkpoint_waits, 1);
    assert_int_equal(stat.checkpoints, 1);
    assert_int_equal(atomic_load(&stage.failures), 0);
    stage_close(&stage);
}

/* Linux takes what it could not write for written: the sync after the failed one would answer that all is well. */
static void who_waits_for_a_sync_that_fails_fails_with_it(void **state)
{
    (void)state;
    struct stage stage = {0};
    struct fault fault;
    pthread_t threads[3];
    stage_open(&stage);
    assert_int_equal(pager_begin(stage.pager, 0, &fault), QUIRE_OK);
    assert_int_equal(write_all(&stage, 1, &fault), QUIRE_OK);
    assert_int_equal(pager_commit(stage.pager, &fault), QUIRE_OK);
    gate.sync = stage.vfs->sync;
    gate.write = stage.vfs->write;
    stage.vfs->sync = gated_sync;
    stage.vfs->write = counted_write;
    gate_turn(1);
    gate.error = EIO;
    for (size_t i = 0; i < 3; i++) {
        int writes = atomic_load(&gate.writes);
        assert_int_equal(pthread_create(&threads[i], NULL, one_commit_main, &stage), 0);
        while (atomic_load(&gate.writes) == writes)
            sched_yield();
        gate_await(); /* the first is in its sync before the others come */
    }
    gate_turn(0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&stage.failures), 3);
    assert_int_equal(pager_begin(stage.pager, 0, &fault), QUIRE_POISONED);
    assert_int_equal(pager_close(stage.pager, &fault), QUIRE_POISONED);
    quire_vfs_memory_free(stage.vfs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_whole_commits_while_a_writer_writes_and_checkpoints),
        cmocka_unit_test(commits_and_readers_go_on_beside_a_checkpointer),
        cmocka_unit_test(writers_take_turns_and_lose_no_update),
        cmocka_unit_test(a_writer_waits_when_the_log_is_full_and_the_counter_says_so),
        cmocka_unit_test(a_commit_is_seen_by_the_next_writer_before_its_sync_and_by_readers_after),
        cmocka_unit_test(one_sync_serves_all_who_wait),
        cmocka_unit_test(who_waits_for_a_sync_that_fails_fails_with_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
