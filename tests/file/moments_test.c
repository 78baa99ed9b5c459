/*
 * Another thread's commit at each moment of a checkpoint at which the pager's mutex
 * is free. The linker leads each unlock of a mutex through here (tests.mk), so that
 * one thread plays both, the same way each time: what the checkpointer holds then
 * is the write slot or nothing, and the other begins without waiting or not at all.
 */
#include "../../src/base/bytes.h"
#include "../../src/file/pager_core.h"
#include "../support/pager_fixture.h"

enum { PAGES = 12, PAGE_SIZE = 512, META_FIRST_LSN_AT = 80, PAGE_LSN_AT = 8 };

struct scene {
    struct rig rig;
    uint32_t first;
    int is_armed, is_inside, has_committed;
    uint64_t moment; /* counted from 1: the unlocks of the checkpoint so far */
    uint64_t at;     /* the other thread runs after this one */
};

static struct scene scene;

/* What the other thread does, if the slot is free. */
static void commit_in_all_pages(struct rig *rig)
{
    struct fault fault;
    if (pager_begin(rig->pager, 1, &fault) != QUIRE_OK)
        return;
    for (uint32_t i = 0; i < PAGES; i++)
        rig_set(rig, scene.first + i, 0, 200 + i);
    rig_commit(rig);
    scene.has_committed = 1;
}

int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    int error = __real_pthread_mutex_unlock(mutex);
    if (scene.is_armed && !scene.is_inside && mutex == &scene.rig.pager->mutex && ++scene.moment == scene.at) {
        scene.is_inside = 1;
        commit_in_all_pages(&scene.rig);
        scene.is_inside = 0;
    }
    return error;
}

/* Invariant 1 of checkpoint.c: nothing above the checkpoint's LSN reaches the database file. */
static void assert_nothing_newer_is_in_the_file(void)
{
    size_t size;
    const uint8_t *bytes = fault_disk_bytes(scene.rig.disk, "db", &size);
    uint64_t checkpoint_lsn = load64(bytes + META_FIRST_LSN_AT);
    for (size_t page = 2 * PAGE_SIZE; page < size; page += PAGE_SIZE)
        assert_true(load64(bytes + page + PAGE_LSN_AT) < checkpoint_lsn);
}

static void assert_words(struct rig *rig, const struct snapshot *snapshot, size_t word, uint64_t first)
{
    for (uint32_t i = 0; i < PAGES; i++)
        assert_int_equal(
            snapshot ? rig_get(rig, snapshot, scene.first + i, word) : rig_read(rig, scene.first + i, word), first + i);
}

static void set_words(struct rig *rig, size_t word, uint64_t first)
{
    rig_begin(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        rig_set(rig, scene.first + i, word, first + i);
    rig_commit(rig);
}

/* A checkpoint for which there are versions to save, and a commit after its `at`th unlock. 1 if it has so many. */
static int run_once(uint64_t at)
{
    struct rig *rig = &scene.rig;
    struct snapshot before;
    set_words(rig, 0, 100);
    set_words(rig, 1, at);
    rig_begin(rig);
    assert_ok(rig, pager_snapshot_open(rig->pager, &before)); /* amid the transaction */
    for (uint32_t i = 0; i < PAGES; i++)
        rig_set(rig, scene.first + i, 1, 1000 + i);
    rig_commit(rig);
    scene.moment = 0;
    scene.at = at;
    scene.has_committed = 0;
    scene.is_armed = 1;
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    scene.is_armed = 0;
    assert_nothing_newer_is_in_the_file();
    for (int crashed = 0; crashed < 2; crashed++) {
        assert_words(rig, NULL, 0, scene.has_committed ? 200 : 100);
        assert_words(rig, NULL, 1, 1000);
        if (!crashed) {
            assert_words(rig, &before, 0, 100);
            assert_words(rig, &before, 1, at);
            pager_snapshot_close(rig->pager, &before);
            rig_crash(rig, CUT_DROPS);
        }
    }
    return scene.moment >= at;
}

static void a_commit_may_come_whenever_the_mutex_is_free(void **state)
{
    (void)state;
    uint64_t at = 1, amid = 0;
    rig_init(&scene.rig);
    rig_open(&scene.rig);
    scene.first = rig_commit_pages(&scene.rig, PAGES, 100);
    for (; run_once(at); at++)
        amid += (uint64_t)scene.has_committed;
    assert_true(amid > 2 * PAGES); /* one more at least as each version is saved, and as each page is written */
    rig_free(&scene.rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_commit_may_come_whenever_the_mutex_is_free)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
