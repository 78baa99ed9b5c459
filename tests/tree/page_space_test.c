/* Free pages: a stack in trunk pages, and the shortening of the file. */
#include "../support/random.h"
#include "../support/store_fixture.h"
#include "../../src/reference/model.h"

enum { PAGE = 512, TRIM_ALL = 100000 };

static struct state state_now(struct fixture *fixture)
{
    struct state state;
    view_state(&fixture->view, &state);
    return state;
}

/* Takes `count` pages and makes each an overflow page of nobody. */
static void allocate(struct fixture *fixture, size_t count, uint32_t *pages)
{
    for (size_t i = 0; i < count; i++) {
        struct frame *frame;
        assert_ok(fixture, space_allocate(&fixture->view, &pages[i]));
        assert_ok(fixture, pager_edit_new(fixture->store.pager, pages[i], &frame, &fixture->fault));
        page_init(frame->data, PAGE, pages[i], TREE_UNNAMED, PAGE_OVERFLOW);
        overflow_init(frame->data, 1, 0, 1, 0);
        assert_ok(fixture, pager_log_image(fixture->store.pager, frame, &fixture->fault));
        pager_release(fixture->store.pager, frame);
    }
}

static void the_last_page_freed_is_taken_first(void **unused)
{
    (void)unused;
    struct fixture fixture;
    uint32_t pages[4], again[4];
    fixture_open(&fixture, PAGE);
    fixture_begin(&fixture);
    allocate(&fixture, 4, pages);
    for (size_t i = 0; i < 4; i++)
        assert_ok(&fixture, space_free(&fixture.view, pages[i]));
    assert_int_equal(state_now(&fixture).free_count, 4);
    allocate(&fixture, 4, again);
    /* The first page freed became the trunk, and is itself the last to go. */
    assert_int_equal(again[0], pages[3]);
    assert_int_equal(again[1], pages[2]);
    assert_int_equal(again[2], pages[1]);
    assert_int_equal(again[3], pages[0]);
    assert_int_equal(state_now(&fixture).free_count, 0);
    assert_int_equal(state_now(&fixture).free_head, 0);
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

static void a_full_trunk_is_followed_by_another(void **unused)
{
    (void)unused;
    enum { COUNT_PAGES = 3 * FREE_CAPACITY(PAGE) };
    struct fixture fixture;
    static uint32_t pages[COUNT_PAGES];
    static uint8_t seen[4096];
    fixture_open(&fixture, PAGE);
    fixture_begin(&fixture);
    allocate(&fixture, COUNT_PAGES, pages);
    uint32_t page_count = view_page_count(&fixture.view);
    for (size_t i = 0; i < COUNT_PAGES; i++)
        assert_ok(&fixture, space_free(&fixture.view, pages[i]));
    fixture_assert_sound(&fixture);
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    fixture_begin(&fixture);
    fixture_assert_sound(&fixture);
    allocate(&fixture, COUNT_PAGES, pages);
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < COUNT_PAGES; i++) {
        assert_in_range(pages[i], 3, page_count - 1);
        assert_int_equal(seen[pages[i]]++, 0);
    }
    assert_int_equal(state_now(&fixture).free_count, 0);
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

static void a_page_in_use_that_the_free_list_names_is_not_handed_out(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct frame *frame;
    uint32_t pages[3], pgno;
    fixture_open(&fixture, PAGE);
    fixture_begin(&fixture);
    allocate(&fixture, 3, pages);
    assert_ok(&fixture, space_free(&fixture.view, pages[0]));
    assert_ok(&fixture, space_free(&fixture.view, pages[1]));
    assert_ok(&fixture, pager_edit_new(fixture.store.pager, pages[1], &frame, &fixture.fault));
    page_init(frame->data, PAGE, pages[1], TREE_UNNAMED, PAGE_OVERFLOW);
    overflow_init(frame->data, 1, 0, 1, 0);
    assert_ok(&fixture, pager_log_image(fixture.store.pager, frame, &fixture.fault));
    pager_release(fixture.store.pager, frame);
    assert_status(&fixture, QUIRE_CORRUPT, space_allocate(&fixture.view, &pgno));
    assert_non_null(strstr(fixture.fault.message, "S2"));
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

/* A trunk that another one lists as an entry would be handed out while the list still leads through it. */
static void a_trunk_that_the_free_list_names_is_not_handed_out(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct frame *frame;
    uint32_t pages[3], pgno;
    fixture_open(&fixture, PAGE);
    fixture_begin(&fixture);
    allocate(&fixture, 3, pages);
    assert_ok(&fixture, space_free(&fixture.view, pages[0]));
    assert_ok(&fixture, space_free(&fixture.view, pages[1]));
    for (int lie = 0; lie < 2; lie++) {
        assert_ok(&fixture, space_stamp_free(&fixture.view, pages[1], lie == 0 ? pages[2] : 0, &frame));
        if (lie == 1)
            assert_true(free_push(frame->data, PAGE, pages[2]));
        assert_ok(&fixture, pager_log_image(fixture.store.pager, frame, &fixture.fault));
        pager_release(fixture.store.pager, frame);
        assert_status(&fixture, QUIRE_CORRUPT, space_allocate(&fixture.view, &pgno));
        assert_non_null(strstr(fixture.fault.message, "S2"));
    }
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

static void a_rollback_gives_the_pages_back(void **unused)
{
    (void)unused;
    struct fixture fixture;
    uint32_t pages[5];
    fixture_open(&fixture, PAGE);
    fixture_begin(&fixture);
    struct state before = state_now(&fixture);
    uint32_t page_count = view_page_count(&fixture.view);
    allocate(&fixture, 5, pages);
    assert_ok(&fixture, space_free(&fixture.view, pages[2]));
    fixture_rollback(&fixture);
    fixture_begin(&fixture);
    assert_int_equal(state_now(&fixture).free_count, before.free_count);
    assert_int_equal(view_page_count(&fixture.view), page_count);
    fixture_assert_sound(&fixture);
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

/* Trims in a transaction of its own, as the api does before a checkpoint. */
static void trim(struct fixture *fixture, uint32_t most)
{
    fixture_begin(fixture);
    if (space_trim_is_worth(&fixture->view))
        assert_ok(fixture, space_trim(&fixture->view, most));
    fixture_assert_sound(fixture);
    fixture_commit(fixture);
    fixture_checkpoint(fixture);
}

static void put_many_keys(struct fixture *fixture, size_t count, quire_bytes value)
{
    fixture_begin(fixture);
    for (size_t i = 0; i < count; i++)
        fixture_put(fixture, fixture_key(i), value);
    fixture_commit(fixture);
}

static void a_database_whose_records_are_all_deleted_shrinks_below_a_tenth(void **unused)
{
    (void)unused;
    enum { RECORDS = 20000 };
    struct fixture fixture;
    fixture_open(&fixture, PAGE);
    put_many_keys(&fixture, RECORDS, text_bytes("a value of some length"));
    fixture_checkpoint(&fixture);
    fixture_begin(&fixture);
    uint32_t full = view_page_count(&fixture.view);
    for (size_t i = 0; i < RECORDS; i++)
        fixture_delete(&fixture, fixture_key(i * 7919 % RECORDS));
    fixture_commit(&fixture);
    trim(&fixture, TRIM_ALL);
    fixture_read(&fixture);
    assert_true(view_page_count(&fixture.view) * 10 < full);
    fixture_assert_sound(&fixture);
    fixture_end_read(&fixture);
    fixture_close(&fixture);
}

/* Deletes all but every tenth key, trims in steps, and looks for the rest after each. */
static void check_trim_keeps(uint8_t slots, uint8_t records, size_t value_size)
{
    enum { RECORDS = 3000, EVERY = 10 };
    static uint8_t value[8192];
    struct fixture fixture;
    quire_bytes found;
    memset(value, 'v', sizeof value);
    fixture_open(&fixture, PAGE);
    fixture_begin(&fixture);
    fixture_set_version(&fixture, slots, records);
    fixture_commit(&fixture);
    put_many_keys(&fixture, RECORDS, (quire_bytes){value, value_size});
    fixture_begin(&fixture);
    uint32_t full = view_page_count(&fixture.view);
    for (size_t i = 0; i < RECORDS; i++) {
        if (i % EVERY != 0)
            fixture_delete(&fixture, fixture_key(i));
    }
    fixture_commit(&fixture);
    uint32_t last = full;
    for (;;) {
        trim(&fixture, 50);
        fixture_read(&fixture);
        uint32_t now = view_page_count(&fixture.view);
        for (size_t i = 0; i < RECORDS; i += EVERY) {
            assert_ok(&fixture, tree_get(&fixture.view, &fixture.unnamed, fixture_key(i), &found));
            assert_int_equal(found.size, value_size);
            assert_memory_equal(found.data, value, value_size);
        }
        fixture_end_read(&fixture);
        assert_true(now <= last);
        if (now == last)
            break;
        last = now;
    }
    assert_true(last * 3 < full);
    fixture_reopen(&fixture);
    fixture_read(&fixture);
    fixture_assert_sound(&fixture);
    fixture_end_read(&fixture);
    fixture_close(&fixture);
}

static void trimming_moves_leaves_and_branches(void **unused)
{
    (void)unused;
    check_trim_keeps(QUIRE_TREE_SLOTS_V3, QUIRE_RECORDS_PLAIN, 20);
}

static void trimming_moves_chains_with_their_first_pages(void **unused)
{
    (void)unused;
    check_trim_keeps(QUIRE_TREE_SLOTS_V3, QUIRE_RECORDS_PLAIN, 1500);
}

static void trimming_moves_chains_of_prefix_records(void **unused)
{
    (void)unused;
    check_trim_keeps(QUIRE_TREE_SLOTS_V1, QUIRE_RECORDS_PREFIX, 700);
}

static void trimming_moves_roots_of_named_trees(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree;
    quire_bytes value;
    fixture_open(&fixture, PAGE);
    put_many_keys(&fixture, 2000, text_bytes("value"));
    fixture_begin(&fixture);
    assert_ok(&fixture, catalog_create(&fixture.view, "late", NULL, &tree));
    uint32_t old_root = tree.root;
    assert_ok(&fixture, tree_put(&fixture.view, &tree, text_bytes("key"), text_bytes("kept"), 0));
    for (size_t i = 0; i < 2000; i++)
        fixture_delete(&fixture, fixture_key(i));
    fixture_commit(&fixture);
    trim(&fixture, TRIM_ALL);
    fixture_begin(&fixture);
    assert_ok(&fixture, catalog_open(&fixture.view, "late", &tree));
    assert_true(tree.root < old_root);
    assert_ok(&fixture, tree_get(&fixture.view, &tree, text_bytes("key"), &value));
    assert_memory_equal(value.data, "kept", 4);
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

static void after_trimming_the_lowest_pages_are_taken_first(void **unused)
{
    (void)unused;
    struct fixture fixture;
    uint32_t pages[20];
    fixture_open(&fixture, PAGE);
    put_many_keys(&fixture, 4000, text_bytes("value"));
    fixture_begin(&fixture);
    for (size_t i = 0; i < 4000; i++) {
        if (i % 40 != 0)
            fixture_delete(&fixture, fixture_key(i));
    }
    fixture_commit(&fixture);
    trim(&fixture, 3);
    fixture_begin(&fixture);
    assert_true(state_now(&fixture).free_count > 20);
    allocate(&fixture, 20, pages);
    for (size_t i = 1; i < 20; i++)
        assert_true(pages[i - 1] < pages[i]);
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

static void assert_holds_model(struct fixture *fixture, const struct model *model)
{
    struct cursor cursor;
    quire_bytes key, value;
    assert_ok(fixture, cursor_open(&cursor, &fixture->view, &fixture->unnamed));
    for (size_t i = 0; i < model->count; i++) {
        const struct model_pair *pair = model->pairs[i];
        assert_ok(fixture, cursor_next(&cursor, &key, &value));
        assert_int_equal(key.size, pair->key_len);
        assert_memory_equal(key.data, model_key(pair), pair->key_len);
        assert_int_equal(value.size, pair->value_len);
        assert_memory_equal(value.data, model_value(pair), pair->value_len);
    }
    assert_status(fixture, QUIRE_NOT_FOUND, cursor_next(&cursor, &key, &value));
    cursor_close(&cursor);
}

/* One transaction of puts and deletes; `grow` of 10 are puts. */
static void churn(struct fixture *fixture, struct model *model, struct random *random, size_t grow)
{
    static uint8_t value[2000];
    fixture_begin(fixture);
    for (size_t i = 0; i < 150; i++) {
        quire_bytes key = fixture_key(random_below(random, 2000));
        if (random_below(random, 10) < grow) {
            size_t size = random_below(random, random_below(random, 8) == 0 ? sizeof value : 60);
            memset(value, (int)random_u32(random), size);
            fixture_put(fixture, key, (quire_bytes){value, size});
            assert_true(model_put(model, key.data, key.size, value, size));
        } else {
            int was_there = model_delete(model, key.data, key.size);
            assert_status(fixture, was_there ? QUIRE_OK : QUIRE_NOT_FOUND,
                          tree_delete(&fixture->view, &fixture->unnamed, key));
        }
    }
    fixture_commit(fixture);
}

static void check_churn(uint8_t slots, uint8_t records)
{
    struct fixture fixture;
    struct model model;
    struct random random = {100u + slots * 2u + records};
    fixture_open(&fixture, PAGE);
    model_init(&model);
    fixture_begin(&fixture);
    fixture_set_version(&fixture, slots, records);
    fixture_commit(&fixture);
    for (size_t round = 0; round < 60; round++) {
        churn(&fixture, &model, &random, round / 10 % 2 == 0 ? 8 : 2);
        fixture_begin(&fixture);
        assert_ok(&fixture, space_trim(&fixture.view, (uint32_t)random_below(&random, 40)));
        fixture_assert_sound(&fixture);
        assert_holds_model(&fixture, &model);
        if (random_below(&random, 4) == 0)
            fixture_rollback(&fixture);
        else
            fixture_commit(&fixture);
        if (random_below(&random, 3) == 0)
            fixture_checkpoint(&fixture);
        if (random_below(&random, 10) == 0)
            fixture_reopen(&fixture);
        fixture_read(&fixture);
        fixture_assert_sound(&fixture);
        assert_holds_model(&fixture, &model);
        fixture_end_read(&fixture);
    }
    model_free(&model);
    fixture_close(&fixture);
}

static void trims_between_random_edits_lose_nothing(void **unused)
{
    (void)unused;
    check_churn(QUIRE_TREE_SLOTS_V3, QUIRE_RECORDS_PLAIN);
    check_churn(QUIRE_TREE_SLOTS_V2, QUIRE_RECORDS_PREFIX);
    check_churn(QUIRE_TREE_SLOTS_V1, QUIRE_RECORDS_PLAIN);
}

/* A page is changed in a few bits and passes for one that a hostile writer sealed; the trim ends with some status. */
static void trimming_a_lying_file_ends(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct random random = {77};
    static uint8_t value[600];
    uint8_t page[PAGE];
    fixture_open(&fixture, PAGE);
    fixture_begin(&fixture);
    for (size_t i = 0; i < 1000; i++)
        fixture_put(&fixture, fixture_key(i), (quire_bytes){value, i % 10 == 5 ? 600 : 20});
    for (size_t i = 0; i < 1000; i += 3)
        fixture_delete(&fixture, fixture_key(i));
    fixture_commit(&fixture);
    for (size_t i = 0; i < 600; i++) {
        fixture_begin(&fixture);
        uint32_t pgno = 3 + (uint32_t)random_below(&random, view_page_count(&fixture.view) - 3);
        fixture_page(&fixture, pgno, page);
        for (size_t changes = 1 + random_below(&random, 2); changes > 0; changes--) {
            /* Links, the tree, what a chain or a free page says, and any byte but those that the log relies on. */
            static const size_t likely[] = {HEADER_LEFT, HEADER_RIGHT, HEADER_TREE, FREE_ENTRIES, OVERFLOW_POSITION};
            size_t at = likely[random_below(&random, 5)];
            if (random_below(&random, 2) == 0)
                at = OVERFLOW_CHAIN + random_below(&random, PAGE - OVERFLOW_CHAIN);
            page[at] = (uint8_t)random_below(&random, 200);
        }
        fixture_write(&fixture, pgno, page);
        quire_status status = space_trim(&fixture.view, 1 + (uint32_t)random_below(&random, 300));
        assert_true(status == QUIRE_OK || status == QUIRE_CORRUPT);
        (void)fixture_audit(&fixture);
        fixture_rollback(&fixture);
    }
    fixture_begin(&fixture);
    fixture_assert_sound(&fixture);
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

/*
 * Keys from the last to the first, so that the page made last has neighbours on both sides, and the lowest pages
 * become free when the last keys go. Answers that page, the one that a trim moves first; `page` gets its bytes.
 */
static uint32_t make_tail(struct fixture *fixture, uint8_t *page)
{
    enum { KEYS = 400 };
    fixture_begin(fixture);
    for (size_t i = KEYS; i > 0; i--)
        fixture_put(fixture, fixture_key(i), text_bytes("a value of some length"));
    for (size_t i = KEYS; i > KEYS / 2; i--)
        fixture_delete(fixture, fixture_key(i));
    fixture_commit(fixture);
    fixture_begin(fixture);
    uint32_t tail = view_page_count(&fixture->view);
    do {
        fixture_page(fixture, --tail, page);
    } while (page_kind(page) == PAGE_FREE);
    assert_int_equal(page_kind(page), PAGE_LEAF);
    assert_true(page_left(page) != 0 && page_right(page) != 0);
    assert_true(state_now(fixture).free_count > 4);
    return tail;
}

/* Moving a page makes its neighbours lead to the new place, unless they did not lead to the old one. */
static void a_neighbour_that_does_not_lead_back_is_left_alone(void **unused)
{
    (void)unused;
    struct fixture fixture;
    uint8_t tail[PAGE], neighbour[PAGE];
    fixture_open(&fixture, PAGE);
    uint32_t pgno = make_tail(&fixture, tail);
    for (int is_left = 0; is_left < 2; is_left++) {
        uint32_t liar = is_left ? page_left(tail) : page_right(tail);
        fixture_page(&fixture, liar, neighbour);
        store32(neighbour + (is_left ? HEADER_RIGHT : HEADER_LEFT), liar); /* to itself, where no page leads */
        fixture_write(&fixture, liar, neighbour);
        char expected[80];
        snprintf(expected, sizeof expected, "page %u breaks T3 (it does not lead back to page %u)", liar, pgno);
        assert_status(&fixture, QUIRE_CORRUPT, space_trim(&fixture.view, 1));
        assert_non_null(strstr(fixture.fault.message, expected));
        fixture_rollback(&fixture);
        fixture_begin(&fixture);
    }
    assert_ok(&fixture, space_trim(&fixture.view, 1));
    fixture_assert_sound(&fixture);
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

static void a_count_of_free_pages_that_is_not_the_lists_stops_the_trim(void **unused)
{
    (void)unused;
    struct fixture fixture;
    uint8_t tail[PAGE];
    fixture_open(&fixture, PAGE);
    (void)make_tail(&fixture, tail);
    struct state state = state_now(&fixture);
    for (int more = 0; more < 2; more++) {
        struct state lie = state;
        lie.free_count = more ? state.free_count + 1 : state.free_count - 1;
        view_set_state(&fixture.view, &lie);
        assert_status(&fixture, QUIRE_CORRUPT, space_trim(&fixture.view, TRIM_ALL));
        assert_non_null(strstr(fixture.fault.message, "S2"));
        assert_non_null(strstr(fixture.fault.message, "but the count says"));
    }
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

static void nothing_free_is_not_worth_a_trim(void **unused)
{
    (void)unused;
    struct fixture fixture;
    fixture_open(&fixture, PAGE);
    put_many_keys(&fixture, 1000, text_bytes("value"));
    fixture_begin(&fixture);
    assert_false(space_trim_is_worth(&fixture.view));
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_page_freed_is_taken_first),
        cmocka_unit_test(a_full_trunk_is_followed_by_another),
        cmocka_unit_test(a_page_in_use_that_the_free_list_names_is_not_handed_out),
        cmocka_unit_test(a_trunk_that_the_free_list_names_is_not_handed_out),
        cmocka_unit_test(a_rollback_gives_the_pages_back),
        cmocka_unit_test(a_database_whose_records_are_all_deleted_shrinks_below_a_tenth),
        cmocka_unit_test(trimming_moves_leaves_and_branches),
        cmocka_unit_test(trimming_moves_chains_with_their_first_pages),
        cmocka_unit_test(trimming_moves_chains_of_prefix_records),
        cmocka_unit_test(trimming_moves_roots_of_named_trees),
        cmocka_unit_test(after_trimming_the_lowest_pages_are_taken_first),
        cmocka_unit_test(trims_between_random_edits_lose_nothing),
        cmocka_unit_test(trimming_a_lying_file_ends),
        cmocka_unit_test(a_neighbour_that_does_not_lead_back_is_left_alone),
        cmocka_unit_test(a_count_of_free_pages_that_is_not_the_lists_stops_the_trim),
        cmocka_unit_test(nothing_free_is_not_worth_a_trim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
