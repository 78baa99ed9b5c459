/*
 * The moments between the writer's pin, which takes no lock, and its edit. A
 * thread that makes room may have chosen the page's frame just before that pin.
 * Here both sides are played in one thread, in the bad order.
 */
#include "../support/pager_fixture.h"

#include "../../src/file/pager_core.h"

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

/* What a thread that makes room does once it has chosen the frame. */
static void make_room_of(struct rig *rig, const struct frame *face)
{
    pager_lock(rig->pager);
    struct page_entry *entry = index_find(&rig->pager->index, face->pgno);
    assert_ptr_equal(&entry->frame->face, face);
    pager_drop_frame(rig->pager, entry);
    index_drop_if_empty(&rig->pager->index, entry);
    pager_unlock(rig->pager);
}

/* Edits the page that is pinned by `face`, and ends the transaction. */
static void edit_and_commit(struct rig *rig, struct frame *face, uint64_t value)
{
    uint8_t delta[FAKE_DELTA_SIZE];
    assert_ok(rig, pager_edit(rig->pager, &face, &rig->fault));
    fake_word_set(face->data, 0, value, delta);
    assert_ok(rig, pager_log_delta(rig->pager, face, delta, sizeof delta, &rig->fault));
    pager_release(rig->pager, face);
    rig_commit(rig);
}

static void a_page_that_left_the_cache_under_the_writers_pin_can_be_edited(void **state)
{
    struct rig *rig = *state;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    for (int in_file = 0; in_file < 2; in_file++) {
        struct frame *face;
        rig_begin(rig);
        assert_ok(rig, pager_read(rig->pager, NULL, page, &face, &rig->fault));
        make_room_of(rig, face);
        edit_and_commit(rig, face, 7 + (uint64_t)in_file);
        assert_int_equal(rig_read(rig, page, 0), 7 + in_file);
        assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    }
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, page, 0), 8);
}

static void nor_does_it_matter_if_a_reader_brought_the_page_back(void **state)
{
    struct rig *rig = *state;
    struct snapshot snapshot;
    struct frame *face;
    uint32_t page = rig_commit_pages(rig, 1, 1);
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    rig_begin(rig);
    assert_ok(rig, pager_read(rig->pager, NULL, page, &face, &rig->fault));
    make_room_of(rig, face);
    assert_int_equal(rig_get(rig, &snapshot, page, 0), 1);
    edit_and_commit(rig, face, 7);
    assert_int_equal(rig_get(rig, &snapshot, page, 0), 1);
    pager_snapshot_close(rig->pager, &snapshot);
    assert_int_equal(rig_read(rig, page, 0), 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_that_left_the_cache_under_the_writers_pin_can_be_edited),
        TEST(nor_does_it_matter_if_a_reader_brought_the_page_back),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
