/* Transactions: what a commit keeps, what a rollback forgets, and what a larger-than-cache one does. */
#include "../../src/file/pager_core.h"
#include "../../src/file/vfs.h"
#include "../support/counted_memory.h"
#include "../support/pager_fixture.h"

#include <errno.h>
#include <stdlib.h>

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

static void a_commit_is_there_after_reopening(void **state)
{
    struct rig *rig = *state;
    uint32_t first = rig_commit_pages(rig, 10, 100);
    rig_close(rig);
    rig_open(rig);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(rig_read(rig, first + i, 0), 100 + i);
}

static void a_clean_close_leaves_one_file(void **state)
{
    struct rig *rig = *state;
    size_t size;
    rig_commit_pages(rig, 3, 1);
    assert_non_null(fault_disk_bytes(rig->disk, "db-log", &size));
    rig_close(rig);
    assert_null(fault_disk_bytes(rig->disk, "db-log", &size));
    assert_non_null(fault_disk_bytes(rig->disk, "db", &size));
    assert_int_equal(size, 6 * 512);
}

static void the_state_is_committed_with_the_pages(void **state)
{
    struct rig *rig = *state;
    rig_begin(rig);
    assert_int_equal(pager_state(rig->pager)[0], 0xa5);
    pager_state(rig->pager)[0] = 1;
    rig_commit(rig);
    rig_begin(rig);
    pager_state(rig->pager)[0] = 2;
    pager_rollback(rig->pager);
    rig_close(rig);
    rig_open(rig);
    struct snapshot snapshot;
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    assert_int_equal(snapshot.state[0], 1);
    pager_snapshot_close(rig->pager, &snapshot);
}

static void a_rollback_leaves_everything_as_it_was(void **state)
{
    struct rig *rig = *state;
    uint32_t first = rig_commit_pages(rig, 4, 10);
    rig_begin(rig);
    uint32_t count = pager_page_count(rig->pager);
    rig_set(rig, first, 0, 77);
    rig_set(rig, first + 1, 1, 78);
    (void)rig_add(rig, 79);
    pager_rollback(rig->pager);
    rig_begin(rig);
    assert_int_equal(pager_page_count(rig->pager), count);
    assert_int_equal(rig_get(rig, NULL, first, 0), 10);
    assert_int_equal(rig_get(rig, NULL, first + 1, 1), 0);
    pager_rollback(rig->pager);
    assert_int_equal(rig_read(rig, first, 0), 10);
}

static void a_rollback_after_a_checkpoint_reads_the_file(void **state)
{
    struct rig *rig = *state;
    uint32_t first = rig_commit_pages(rig, 2, 10);
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    rig_begin(rig);
    rig_set(rig, first, 0, 77);
    pager_rollback(rig->pager);
    assert_int_equal(rig_read(rig, first, 0), 10);
}

static void marks_nest(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct pager_mark outer, inner;
    rig_begin(rig);
    rig_set(rig, page, 1, 10);
    assert_ok(rig, pager_savepoint(rig->pager, &outer, &rig->fault));
    rig_set(rig, page, 1, 20);
    uint32_t grown = rig_add(rig, 5);
    assert_ok(rig, pager_savepoint(rig->pager, &inner, &rig->fault));
    rig_set(rig, page, 1, 30);
    rig_set(rig, grown, 0, 6);
    assert_ok(rig, pager_rollback_to(rig->pager, &inner, &rig->fault));
    assert_int_equal(rig_get(rig, NULL, page, 1), 20);
    assert_int_equal(rig_get(rig, NULL, grown, 0), 5);
    assert_ok(rig, pager_rollback_to(rig->pager, &outer, &rig->fault));
    assert_int_equal(rig_get(rig, NULL, page, 1), 10);
    assert_int_equal(pager_page_count(rig->pager), grown);
    rig_set(rig, page, 2, 11);
    rig_commit(rig);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, page, 1), 10);
    assert_int_equal(rig_read(rig, page, 2), 11);
}

/* So many edits that the page owes an image to the end. */
static void set_often(struct rig *rig, uint32_t page, size_t word, uint64_t last)
{
    for (uint64_t i = 0; i < 40; i++)
        rig_set(rig, page, word, last + 39 - i);
}

static void a_page_that_is_edited_again_and_again_is_logged_whole(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct pager_stat before = rig_stat(rig);
    rig_begin(rig);
    for (uint64_t i = 0; i < 1000; i++)
        rig_set(rig, page, 1, i);
    assert_int_equal(rig_get(rig, NULL, page, 1), 999);
    rig_commit(rig);
    struct pager_stat after = rig_stat(rig);
    assert_true(after.deltas - before.deltas < 10); /* half a page of them */
    assert_int_equal(after.images - before.images, 1);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, page, 1), 999);
    assert_int_equal(rig_read(rig, page, 0), 1);
}

/* Nothing of word 1 is left, now or later. */
static void roll_back_and_go_on(struct rig *rig, uint32_t page)
{
    pager_rollback(rig->pager);
    assert_int_equal(rig_read(rig, page, 1), 0);
    rig_commit_word(rig, page, 2, 5);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, page, 1), 0);
    assert_int_equal(rig_read(rig, page, 2), 5);
}

static void what_is_owed_is_gone_after_a_rollback(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    rig_begin(rig);
    set_often(rig, page, 1, 7);
    roll_back_and_go_on(rig, page);
}

static void a_savepoint_logs_what_is_owed(void **state)
{
    struct rig *rig = *state;
    struct pager_mark mark;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    rig_begin(rig);
    set_often(rig, page, 1, 7);
    assert_ok(rig, pager_savepoint(rig->pager, &mark, &rig->fault));
    set_often(rig, page, 1, 100);
    assert_ok(rig, pager_rollback_to(rig->pager, &mark, &rig->fault));
    assert_int_equal(rig_get(rig, NULL, page, 1), 7);
    rig_commit(rig);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, page, 1), 7);
}

static void a_mark_keeps_what_was_owed_before_it(void **state)
{
    struct rig *rig = *state;
    struct pager_mark mark;
    uint32_t page = rig_commit_pages(rig, 2, 1);
    rig_begin(rig);
    set_often(rig, page, 1, 7);
    pager_mark(rig->pager, &mark);
    set_often(rig, page + 1, 1, 100);
    uint32_t grown = rig_add(rig, 5);
    assert_ok(rig, pager_rollback_to(rig->pager, &mark, &rig->fault));
    assert_int_equal(rig_get(rig, NULL, page, 1), 7);
    assert_int_equal(rig_get(rig, NULL, page + 1, 1), 0);
    assert_int_equal(pager_page_count(rig->pager), grown);
    rig_commit(rig);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, page, 1), 7);
    assert_int_equal(rig_read(rig, page + 1, 1), 0);
}

static void a_mark_is_no_way_back_for_a_page_that_owed_and_was_edited(void **state)
{
    struct rig *rig = *state;
    struct pager_mark mark;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    rig_begin(rig);
    set_often(rig, page, 1, 7);
    pager_mark(rig->pager, &mark);
    rig_set(rig, page, 1, 8);
    assert_status(rig, QUIRE_DOOMED, pager_rollback_to(rig->pager, &mark, &rig->fault));
    assert_non_null(strstr(rig->fault.message, "cannot be set back"));
    roll_back_and_go_on(rig, page);
}

/* Whichever edit is the one that begins to owe: what was there at the mark is there again. */
static void a_mark_may_stand_right_behind_the_edit_that_begins_to_owe(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 2, 1);
    for (uint64_t edits = 1; edits < 12; edits++) {
        struct pager_mark mark;
        rig_begin(rig);
        for (uint64_t i = 1; i <= edits; i++)
            rig_set(rig, page, 1, i);
        pager_mark(rig->pager, &mark);
        rig_set(rig, page + 1, 1, 100);
        assert_ok(rig, pager_rollback_to(rig->pager, &mark, &rig->fault));
        assert_int_equal(rig_get(rig, NULL, page, 1), edits);
        assert_int_equal(rig_get(rig, NULL, page + 1, 1), 0);
        rig_commit(rig);
        assert_int_equal(rig_read(rig, page, 1), edits);
    }
}

static void an_edit_without_a_record_of_a_page_that_owes_dooms(void **state)
{
    struct rig *rig = *state;
    struct pager_mark mark;
    struct frame *frame;
    uint8_t delta[FAKE_DELTA_SIZE];
    uint32_t page = rig_commit_pages(rig, 1, 1);
    rig_begin(rig);
    set_often(rig, page, 1, 7);
    pager_mark(rig->pager, &mark);
    assert_ok(rig, pager_read(rig->pager, NULL, page, &frame, &rig->fault));
    assert_ok(rig, pager_edit(rig->pager, &frame, &rig->fault));
    fake_word_set(frame->data, 1, 99, delta);
    pager_release(rig->pager, frame);
    assert_status(rig, QUIRE_DOOMED, pager_rollback_to(rig->pager, &mark, &rig->fault));
    pager_rollback(rig->pager);
    assert_int_equal(rig_read(rig, page, 1), 0);
}

/* Callers tell by the LSN whether a page has changed, also while it owes. */
static void each_edit_of_a_page_that_owes_shows_in_its_lsn(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    uint64_t last = 0;
    rig_begin(rig);
    for (uint64_t i = 0; i < 40; i++) {
        struct frame *frame;
        rig_set(rig, page, 1, i);
        assert_ok(rig, pager_read(rig->pager, NULL, page, &frame, &rig->fault));
        uint64_t lsn = fake_codec()->lsn(frame->data);
        pager_release(rig->pager, frame);
        assert_true(lsn != last);
        last = lsn;
    }
    pager_rollback(rig->pager);
}

/* With a savepoint at each edit an image at each would be more than the delta. */
static void edits_of_before_a_savepoint_make_no_page_owe(void **state)
{
    struct rig *rig = *state;
    struct pager_mark mark;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct pager_stat before = rig_stat(rig);
    rig_begin(rig);
    for (uint64_t i = 0; i < 100; i++) {
        rig_set(rig, page, 1, i);
        assert_ok(rig, pager_savepoint(rig->pager, &mark, &rig->fault));
    }
    rig_commit(rig);
    assert_int_equal(rig_stat(rig).deltas - before.deltas, 100);
    assert_int_equal(rig_stat(rig).images, before.images);
}

/* A savepoint takes pages off the list of those that owe, so that others may. */
static void pages_may_owe_again_after_a_savepoint(void **state)
{
    struct rig *rig = *state;
    struct pager_mark mark;
    uint32_t page = rig_commit_pages(rig, 10, 1);
    struct pager_stat before = rig_stat(rig);
    rig_begin(rig);
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < 10; i++)
            set_often(rig, page + i, 1, round);
        assert_ok(rig, pager_savepoint(rig->pager, &mark, &rig->fault));
    }
    rig_commit(rig);
    assert_true(rig_stat(rig).deltas - before.deltas < 20 * 10 * 10);
}

/*
 * Many pages owe when the log's buffer can neither grow nor be written for their
 * images, once: a commit that fails leaves all as it was, one that succeeds has
 * all. 1 if it failed.
 */
static int settle_in_vain(struct rig *rig, uint32_t page, uint32_t pages, int at_savepoint)
{
    struct counted_memory *memory = rig->options.memory->context;
    struct pager_mark mark;
    uint64_t before = rig_read(rig, page, 1), after = before + 70;
    rig_begin(rig);
    for (uint32_t i = 0; i < pages; i++)
        set_often(rig, page + i, 1, after);
    memory->refuse_after = 1;
    fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + 1, EIO, FAULT_ONCE);
    quire_status status =
        at_savepoint ? pager_savepoint(rig->pager, &mark, &rig->fault) : pager_commit(rig->pager, &rig->fault);
    memory->refuse_after = 0;
    fault_disk_fail(rig->disk, 0, 0, FAULT_ONCE);
    if (at_savepoint)
        pager_rollback(rig->pager);
    rig_crash(rig, CUT_DROPS);
    for (uint32_t i = 0; i < pages; i++)
        assert_int_equal(rig_read(rig, page + i, 1), status != QUIRE_OK || at_savepoint ? before : after);
    return status != QUIRE_OK;
}

static void what_is_owed_and_cannot_be_logged_fails_the_commit(void **state)
{
    struct rig *rig = *state;
    enum { PAGES = 100 };
    struct counted_memory memory;
    int failures[2] = {0, 0};
    rig_close(rig);
    counted_memory_init(&memory);
    rig->options.memory = &memory.hooks;
    rig->options.cache_bytes = 1 << 20;
    rig_open(rig);
    uint32_t page = rig_commit_pages(rig, PAGES, 1);
    rig_begin(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        for (size_t word = 1; word < 50; word++)
            rig_set(rig, page + i, word, word);
    rig_commit(rig);
    for (uint32_t pages = PAGES; pages >= 40; pages -= 3) /* for some, the buffer is full amid their images */
        for (int at_savepoint = 0; at_savepoint < 2; at_savepoint++) {
            rig_close(rig); /* with its buffer, which never shrinks */
            rig_open(rig);
            failures[at_savepoint] += settle_in_vain(rig, page, pages, at_savepoint);
        }
    assert_true(failures[0] > 0 && failures[1] > 0);
    rig_close(rig);
    rig->options.memory = memory_default();
    rig_open(rig);
}

/* Pages that owe cannot leave the cache, so most may not. */
static void few_pages_of_the_cache_owe(void **state)
{
    struct rig *rig = *state;
    enum { PAGES = 400 }; /* the cache holds 102 */
    uint32_t numbers[PAGES];
    rig_begin(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        numbers[i] = rig_add(rig, 0);
    for (uint32_t i = 0; i < PAGES; i++)
        set_often(rig, numbers[i], 1, i);
    assert_true(rig_stat(rig).spills > PAGES / 2);
    assert_true(rig_stat(rig).deltas > (PAGES - 102 / 8 - 1) * 35); /* the others told each edit */
    rig_commit(rig);
    rig_crash(rig, CUT_DROPS);
    for (uint32_t i = 0; i < PAGES; i++)
        assert_int_equal(rig_read(rig, numbers[i], 1), i);
}

static void an_edit_without_a_record_is_undone_by_a_mark(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    struct pager_mark mark;
    struct frame *frame;
    uint8_t delta[FAKE_DELTA_SIZE];
    rig_begin(rig);
    rig_set(rig, page, 1, 10);
    pager_mark(rig->pager, &mark);
    assert_ok(rig, pager_read(rig->pager, NULL, page, &frame, &rig->fault));
    assert_ok(rig, pager_edit(rig->pager, &frame, &rig->fault));
    fake_word_set(frame->data, 1, 99, delta);
    pager_release(rig->pager, frame);
    assert_ok(rig, pager_rollback_to(rig->pager, &mark, &rig->fault));
    assert_int_equal(rig_get(rig, NULL, page, 1), 10);
    rig_commit(rig);
}

/* So the work of building a page from its records is bounded, however long no checkpoint comes. */
static void a_page_that_every_commit_edits_gets_an_image_now_and_then(void **state)
{
    struct rig *rig = *state;
    struct pager_stat before, after;
    uint32_t page = rig_commit_pages(rig, 1, 7);
    pager_stat(rig->pager, &before);
    for (uint32_t i = 0; i < 1030; i++) {
        rig_begin(rig);
        rig_set(rig, page, 0, i);
        rig_commit(rig);
    }
    pager_stat(rig->pager, &after);
    assert_int_equal(after.images - before.images, 1);
    assert_true(after.deltas - before.deltas >= 1024);
}

/* Memory that counts blocks as large as a huge page. */
struct large_memory {
    quire_memory hooks;
    size_t large_blocks;
};

static void *large_allocate(void *context, size_t size)
{
    struct large_memory *memory = context;
    memory->large_blocks += size == MEMORY_HUGE_BYTES;
    return malloc(size);
}

static void *large_resize(void *context, void *block, size_t size)
{
    (void)context;
    return realloc(block, size);
}

static void large_release(void *context, void *block)
{
    (void)context;
    free(block);
}

/* Versions for a snapshot go beyond the budget; when it ends, those in a block go back into use and the others are
 * freed. */
static void outgrow(struct rig *rig, const uint32_t *numbers, uint32_t pages)
{
    struct snapshot snapshot = {0};
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    rig_begin(rig);
    for (uint32_t i = 0; i < pages; i++)
        rig_set(rig, numbers[i], 0, i + 1);
    rig_commit(rig);
    for (uint32_t i = 0; i < pages; i++)
        assert_int_equal(rig_get(rig, &snapshot, numbers[i], 0), i);
    pager_snapshot_close(rig->pager, &snapshot);
    rig_begin(rig);
    for (uint32_t i = 0; i < pages; i++)
        rig_set(rig, numbers[i], 0, i);
    rig_commit(rig);
}

static size_t large_blocks_of(struct rig *rig, size_t cache_bytes, uint32_t pages, int outgrows)
{
    struct large_memory memory = {.hooks = {&memory, large_allocate, large_resize, large_release}};
    rig->options.cache_bytes = cache_bytes;
    rig->options.pinned_bytes = 16 << 20;
    rig->options.memory = &memory.hooks;
    rig_open(rig);
    uint32_t *numbers = malloc(pages * sizeof *numbers);
    assert_non_null(numbers);
    rig_begin(rig);
    for (uint32_t i = 0; i < pages; i++)
        numbers[i] = rig_add(rig, i);
    rig_commit(rig);
    for (uint32_t i = 0; i < pages; i++)
        assert_int_equal(rig_read(rig, numbers[i], 0), i);
    if (outgrows)
        outgrow(rig, numbers, pages);
    for (uint32_t i = 0; i < pages; i++)
        assert_int_equal(rig_read(rig, numbers[i], 0), i);
    free(numbers);
    rig_close(rig);
    return memory.large_blocks;
}

/* A small cache takes no large block, a large one takes them one after the other as it grows. */
static void pages_beyond_the_first_are_cut_from_large_blocks(void **state)
{
    struct rig *rig = *state;
    rig_close(rig);
    enum { ALONE = 4096, IN_A_BLOCK = (2 << 20) / (512 + 64) };
    assert_int_equal(large_blocks_of(rig, 64 << 10, 6000, 0), 0);
    assert_int_equal(large_blocks_of(rig, 16 << 20, ALONE - 300, 0), 0);
    assert_int_equal(large_blocks_of(rig, 16 << 20, ALONE + 300, 0), 1);
    assert_int_equal(large_blocks_of(rig, 16 << 20, ALONE + IN_A_BLOCK + 300, 0), 2);
    assert_int_equal(large_blocks_of(rig, (ALONE + IN_A_BLOCK + 100) * 640, ALONE + IN_A_BLOCK, 1), 1);
    assert_int_equal(large_blocks_of(rig, (ALONE + IN_A_BLOCK / 2) * 640, ALONE + IN_A_BLOCK, 0), 0);
}

static void a_transaction_may_be_larger_than_the_cache(void **state)
{
    struct rig *rig = *state;
    enum { PAGES = 3000 }; /* of 512 bytes, over a cache of 64 KiB and a log buffer of 1 MiB */
    uint32_t numbers[PAGES];
    rig_begin(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        numbers[i] = rig_add(rig, i);
    for (uint32_t round = 1; round <= 3; round++)
        for (uint32_t i = 0; i < PAGES; i++)
            rig_set(rig, numbers[i], round, i * round);
    assert_true(rig_stat(rig).spills > PAGES);
    rig_commit(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        assert_int_equal(rig_read(rig, numbers[i], 3), i * 3);
    rig_crash(rig, CUT_DROPS);
    for (uint32_t i = 0; i < PAGES; i++)
        assert_int_equal(rig_read(rig, numbers[i], 3), i * 3);
}

static void a_spilled_transaction_rolls_back_whole(void **state)
{
    struct rig *rig = *state;
    enum { PAGES = 2000 };
    uint32_t first = rig_commit_pages(rig, PAGES, 0);
    rig_begin(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        for (size_t word = 0; word < 20; word++)
            rig_set(rig, first + i, word, 4711);
    pager_rollback(rig->pager);
    rig_commit_word(rig, first, 1, 5);
    assert_int_equal(rig_read(rig, first + 1, 0), 1);
    rig_crash(rig, CUT_KEEPS); /* all that was spilled is still in the file */
    assert_int_equal(rig_read(rig, first, 1), 5);
    assert_int_equal(rig_read(rig, first, 0), 0);
    assert_int_equal(rig_read(rig, first + 1, 0), 1);
}

static void a_mark_from_before_a_spill_is_gone_back_to(void **state)
{
    struct rig *rig = *state;
    enum { PAGES = 300 };
    uint32_t numbers[PAGES], more;
    struct pager_mark mark;
    rig_begin(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        numbers[i] = rig_add(rig, i);
    for (uint32_t i = 0; i < PAGES; i += 2)
        rig_set(rig, numbers[i], 1, 1000 + i);
    assert_ok(rig, pager_savepoint(rig->pager, &mark, &rig->fault));
    for (size_t word = 0; word < 50; word++)
        for (uint32_t i = 0; i < PAGES; i += 3)
            rig_set(rig, numbers[i], word, 4711);
    for (uint32_t i = 0; i < 20000; i++) /* more than the log's buffer holds */
        assert_ok(rig, rig_add_status(rig, i, &more));
    assert_ok(rig, pager_rollback_to(rig->pager, &mark, &rig->fault));
    for (uint32_t i = 0; i < PAGES; i++) {
        assert_int_equal(rig_get(rig, NULL, numbers[i], 0), i);
        assert_int_equal(rig_get(rig, NULL, numbers[i], 1), i % 2 == 0 ? 1000 + i : 0);
        rig_set(rig, numbers[i], 2, i);
    }
    rig_commit(rig);
    rig_crash(rig, CUT_KEEPS);
    for (uint32_t i = 0; i < PAGES; i++) {
        assert_int_equal(rig_read(rig, numbers[i], 1), i % 2 == 0 ? 1000 + i : 0);
        assert_int_equal(rig_read(rig, numbers[i], 2), i);
    }
}

static void a_page_edited_very_often_is_rebuilt(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 0);
    rig_begin(rig);
    for (uint64_t i = 0; i < 5000; i++)
        rig_set(rig, page, i % 50, i);
    rig_commit(rig);
    rig_crash(rig, CUT_DROPS);
    for (uint64_t i = 4950; i < 5000; i++)
        assert_int_equal(rig_read(rig, page, i % 50), i);
}

static void one_writer_at_a_time(void **state)
{
    struct rig *rig = *state;
    rig_begin(rig);
    assert_status(rig, QUIRE_BUSY, pager_begin(rig->pager, 1, &rig->fault));
    pager_rollback(rig->pager);
    rig_begin(rig);
    pager_rollback(rig->pager);
}

static void the_log_switches_halves_at_checkpoints(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 0);
    size_t size = 0;
    for (uint64_t round = 1; round < 40; round++) {
        uint32_t before = rig_stat(rig).generation;
        for (uint64_t i = 0; i < 20; i++)
            rig_commit_word(rig, page, i, round * i);
        assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
        assert_int_equal(rig_stat(rig).generation, before + 1);
        assert_int_equal(rig_stat(rig).log_bytes, 0);
    }
    (void)fault_disk_bytes(rig->disk, "db-log", &size);
    assert_true(size < 2 << 20); /* recycled, not longer and longer */
    rig_commit_word(rig, page, 0, 1);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, page, 0), 1);
    assert_int_equal(rig_read(rig, page, 19), 39 * 19);
}

static void a_commit_overwrites_blocks_already_written(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 0);
    size_t before = 0, after = 0;
    (void)fault_disk_bytes(rig->disk, "db-log", &before);
    for (uint64_t i = 0; i < 50; i++)
        rig_commit_word(rig, page, 0, i);
    (void)fault_disk_bytes(rig->disk, "db-log", &after);
    assert_int_equal(before, after);
    assert_true(before >= 8 << 10 && before <= 256 << 10);
}

static void the_file_grows_over_map_pages_and_shrinks_again(void **state)
{
    struct rig *rig = *state;
    enum { PAGES = 400 }; /* a map page of 512 bytes covers 116 pages */
    uint32_t numbers[PAGES];
    size_t size = 0;
    rig_begin(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        numbers[i] = rig_add(rig, i);
    rig_commit(rig);
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    (void)fault_disk_bytes(rig->disk, "db", &size);
    assert_int_equal(size, (size_t)rig_stat(rig).page_count * 512);
    assert_int_equal(rig_stat(rig).page_count, 2 + PAGES + 4);
    rig_begin(rig);
    pager_shrink(rig->pager, numbers[99] + 1);
    rig_commit(rig);
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    (void)fault_disk_bytes(rig->disk, "db", &size);
    assert_int_equal(size, (size_t)(numbers[99] + 1) * 512);
    rig_begin(rig);
    for (uint32_t i = 100; i < PAGES; i++)
        assert_int_equal(rig_add(rig, i + 1000), numbers[i]);
    rig_commit(rig);
    rig_close(rig);
    rig_open(rig);
    for (uint32_t i = 0; i < PAGES; i++)
        assert_int_equal(rig_read(rig, numbers[i], 0), i < 100 ? i : i + 1000);
}

static void a_page_beyond_the_end_is_refused(void **state)
{
    struct rig *rig = *state;
    uint64_t value;
    struct frame *frame;
    rig_begin(rig);
    assert_status(rig, QUIRE_CORRUPT, rig_get_status(rig, NULL, 9, 0, &value));
    assert_status(rig, QUIRE_CORRUPT, pager_edit_new(rig->pager, 9, &frame, &rig->fault));
    assert_status(rig, QUIRE_CORRUPT, pager_edit_new(rig->pager, 1, &frame, &rig->fault));
    pager_rollback(rig->pager);
}

static void the_same_calls_give_the_same_bytes(void **state)
{
    (void)state;
    static uint8_t copies[2][1 << 20];
    size_t sizes[2], log_sizes[2];
    for (int run = 0; run < 2; run++) {
        struct rig rig;
        rig_init(&rig);
        rig_open(&rig);
        uint32_t page = rig_commit_pages(&rig, 50, 1);
        rig_commit_word(&rig, page, 3, 4);
        assert_ok(&rig, pager_checkpoint(rig.pager, &rig.fault));
        rig_commit_word(&rig, page, 3, 5);
        const uint8_t *bytes = fault_disk_bytes(rig.disk, "db", &sizes[run]);
        memcpy(copies[run], bytes, sizes[run]);
        bytes = fault_disk_bytes(rig.disk, "db-log", &log_sizes[run]);
        memcpy(copies[run] + sizes[run], bytes, (sizeof copies[run] - sizes[run]) / 2);
        rig_free(&rig);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_int_equal(log_sizes[0], log_sizes[1]);
    assert_memory_equal(copies[0], copies[1], sizes[0] + (sizeof copies[0] - sizes[0]) / 2);
}

static void the_modes_sync_as_they_promise(void **state)
{
    (void)state;
    const quire_sync_mode modes[] = {QUIRE_SYNC_FULL, QUIRE_SYNC_NORMAL, QUIRE_SYNC_OFF};
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        rig_init(&rig);
        rig.options.sync = modes[i];
        rig_open(&rig);
        uint32_t page = rig_commit_pages(&rig, 1, 1);
        uint64_t before = rig_stat(&rig).syncs;
        for (uint64_t n = 0; n < 10; n++)
            rig_commit_word(&rig, page, 0, n);
        assert_int_equal(rig_stat(&rig).syncs - before, modes[i] == QUIRE_SYNC_FULL ? 10 : 0);
        rig_commit_word(&rig, page, 0, 42);
        assert_ok(&rig, pager_sync(rig.pager, &rig.fault));
        rig_crash(&rig, CUT_DROPS);
        assert_int_equal(rig_read(&rig, page, 0), 42);
        rig_free(&rig);
    }
}

/* Off mode syncs only here: the log, the file, its name. What is durable is then unknown, whichever fails. */
static void a_sync_that_fails_in_off_mode_poisons(void **state)
{
    (void)state;
    uint64_t calls = 1;
    for (uint64_t call = 1; call <= calls; call++) {
        struct rig rig;
        rig_init(&rig);
        rig.options.sync = QUIRE_SYNC_OFF;
        rig_open(&rig);
        rig_commit_pages(&rig, 1, 1);
        uint64_t before = fault_disk_calls(rig.disk);
        fault_disk_fail(rig.disk, before + call, EIO, FAULT_ONCE);
        quire_status status = pager_sync(rig.pager, &rig.fault);
        if (fault_disk_has_failed(rig.disk)) {
            assert_int_equal(status, QUIRE_IO);
            assert_status(&rig, QUIRE_POISONED, pager_begin(rig.pager, 1, &rig.fault));
            calls = call + 1;
        } else {
            assert_int_equal(status, QUIRE_OK);
            assert_int_equal(call, 5); /* the log, its name, the file and its name */
        }
        rig_kill(&rig);
        rig_free(&rig);
    }
}

static void a_checkpoint_is_asked_for_when_it_pays(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 0);
    assert_false(pager_wants_checkpoint(rig->pager));
    rig_commit_pages(rig, 100, 0); /* more than half of what the cache holds */
    assert_true(pager_wants_checkpoint(rig->pager));
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    assert_false(pager_wants_checkpoint(rig->pager));
    rig_close(rig);
    rig->options.log_bytes = 4096;
    rig_open(rig);
    for (uint64_t i = 0; i < 60; i++)
        rig_commit_word(rig, page, 0, i);
    assert_true(pager_wants_checkpoint(rig->pager));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Its record may stand in the file: whether it will be found is not known any more. */
static void a_commit_that_can_be_neither_written_nor_erased_poisons(void **state)
{
    struct rig *rig = *state;
    rig_close(rig);
    rig->options.sync = QUIRE_SYNC_NORMAL;
    rig_open(rig);
    uint32_t page = rig_commit_pages(rig, 1, 1);
    rig_begin(rig);
    rig_set(rig, page, 0, 2);
    fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + 1, EIO, FAULT_STICKY);
    assert_status(rig, QUIRE_IO, pager_commit(rig->pager, &rig->fault));
    fault_disk_fail(rig->disk, 0, 0, FAULT_ONCE);
    assert_status(rig, QUIRE_POISONED, pager_begin(rig->pager, 1, &rig->fault));
    rig_crash(rig, CUT_KEEPS);
    assert_int_equal(rig_read(rig, page, 0), 1);
}

static size_t bytes_on_disk(struct rig *rig)
{
    size_t db = 0, log = 0;
    (void)fault_disk_bytes(rig->disk, "db", &db);
    (void)fault_disk_bytes(rig->disk, "db-log", &log);
    return db + log;
}

/* Zeros go ahead of commits as far as there is room; no commit record is tried where they found none. */
static void a_full_disk_is_found_before_the_commit_stands_there(void **state)
{
    struct rig *rig = *state;
    const size_t room = 3 * 4096;
    uint32_t page = rig_commit_pages(rig, 1, 0);
    const size_t limit = bytes_on_disk(rig) + room;
    quire_status status = QUIRE_OK;
    uint64_t commits = 0;
    fault_disk_limit(rig->disk, limit);
    while (status == QUIRE_OK) {
        rig_begin(rig);
        rig_set(rig, page, 0, commits + 1);
        status = pager_commit(rig->pager, &rig->fault);
        commits += status == QUIRE_OK;
    }
    assert_int_equal(status, QUIRE_DISK_FULL);
    assert_true(limit - bytes_on_disk(rig) < 4096); /* where zeros could not go far ahead, they went a little way */
    for (int again = 0; again < 3; again++) {
        assert_int_equal(rig->pager->log.is_torn, 0);
        rig_begin(rig);
        rig_set(rig, page, 0, 7000);
        assert_status(rig, QUIRE_DISK_FULL, pager_commit(rig->pager, &rig->fault));
    }
    fault_disk_limit(rig->disk, 0);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, page, 0), commits);
}

/* The blocks of a long transaction that go ahead of its commit record leave that out where both end together: if they
 * arrive although their write fails, nothing is committed. */
static void no_commit_stands_there_before_it_is_tried(void **state)
{
    enum { BLOCK = 4096, AT_LEAST = 150, AT_MOST = 700 };
    struct rig *rig = *state;
    uint32_t first = rig_commit_pages(rig, AT_MOST, 0);
    rig_crash(rig, CUT_KEEPS); /* a log without blocks */
    const struct log *log = &rig->pager->log;
    rig_begin(rig);
    for (uint32_t i = 0;
         i < AT_LEAST ||
         (log->end_lsn - log->current.first_lsn + LOG_RECORDS_START + log_record_size(LOG_COMMIT_BODY)) % BLOCK != 0;
         i++) {
        assert_true(i < AT_MOST);
        rig_set(rig, first + i, 0, 7000);
    }
    fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + 2, EIO, FAULT_LATE); /* the call after the header's */
    assert_status(rig, QUIRE_IO, pager_commit(rig->pager, &rig->fault));
    rig_crash(rig, CUT_KEEPS);
    assert_int_not_equal(rig_read(rig, first, 0), 7000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_commit_is_there_after_reopening),
        TEST(a_clean_close_leaves_one_file),
        TEST(the_state_is_committed_with_the_pages),
        TEST(a_rollback_leaves_everything_as_it_was),
        TEST(a_rollback_after_a_checkpoint_reads_the_file),
        TEST(a_commit_that_can_be_neither_written_nor_erased_poisons),
        TEST(a_full_disk_is_found_before_the_commit_stands_there),
        TEST(no_commit_stands_there_before_it_is_tried),
        TEST(marks_nest),
        TEST(a_page_that_is_edited_again_and_again_is_logged_whole),
        TEST(what_is_owed_is_gone_after_a_rollback),
        TEST(a_savepoint_logs_what_is_owed),
        TEST(a_mark_keeps_what_was_owed_before_it),
        TEST(a_mark_is_no_way_back_for_a_page_that_owed_and_was_edited),
        TEST(a_mark_may_stand_right_behind_the_edit_that_begins_to_owe),
        TEST(an_edit_without_a_record_of_a_page_that_owes_dooms),
        TEST(each_edit_of_a_page_that_owes_shows_in_its_lsn),
        TEST(edits_of_before_a_savepoint_make_no_page_owe),
        TEST(pages_may_owe_again_after_a_savepoint),
        TEST(what_is_owed_and_cannot_be_logged_fails_the_commit),
        TEST(few_pages_of_the_cache_owe),
        TEST(an_edit_without_a_record_is_undone_by_a_mark),
        TEST(a_page_that_every_commit_edits_gets_an_image_now_and_then),
        TEST(pages_beyond_the_first_are_cut_from_large_blocks),
        TEST(a_transaction_may_be_larger_than_the_cache),
        TEST(a_spilled_transaction_rolls_back_whole),
        TEST(a_mark_from_before_a_spill_is_gone_back_to),
        TEST(a_page_edited_very_often_is_rebuilt),
        TEST(one_writer_at_a_time),
        TEST(the_log_switches_halves_at_checkpoints),
        TEST(a_commit_overwrites_blocks_already_written),
        TEST(the_file_grows_over_map_pages_and_shrinks_again),
        TEST(a_page_beyond_the_end_is_refused),
        TEST(the_same_calls_give_the_same_bytes),
        TEST(the_modes_sync_as_they_promise),
        cmocka_unit_test(a_sync_that_fails_in_off_mode_poisons),
        TEST(a_checkpoint_is_asked_for_when_it_pays),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
