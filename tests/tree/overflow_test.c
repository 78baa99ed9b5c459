/* Chains of overflow pages: rule T4, parts, sizes. */
#include "../support/random.h"
#include "../support/store_fixture.h"

enum { PAGE = 512, ROOM = PAGE - 64, VALUE = 5 * ROOM + 100 };

static uint8_t value[VALUE * 2];
static uint8_t buffer[VALUE * 2];

static void open_with_chain(struct fixture *fixture, uint32_t size, struct overflow_ref *ref)
{
    struct random random = {3};
    random_fill(&random, value, sizeof value);
    fixture_open(fixture, PAGE);
    fixture_begin(fixture);
    assert_ok(fixture, overflow_create(&fixture->view, TREE_UNNAMED, value, size, ref));
}

static void close_all(struct fixture *fixture)
{
    fixture_rollback(fixture);
    fixture_close(fixture);
}

static void assert_reads(struct fixture *fixture, struct overflow_ref ref, uint32_t size)
{
    memset(buffer, 0xee, sizeof buffer);
    assert_ok(fixture, overflow_read(&fixture->view, TREE_UNNAMED, ref, size, 0, buffer, size));
    assert_memory_equal(buffer, value, size);
}

static void a_value_comes_back_whole_whatever_its_length(void **unused)
{
    (void)unused;
    static const uint32_t sizes[] = {65, ROOM - 1, ROOM, ROOM + 1, 2 * ROOM, VALUE};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fixture fixture;
        struct overflow_ref ref;
        open_with_chain(&fixture, sizes[i], &ref);
        assert_reads(&fixture, ref, sizes[i]);
        close_all(&fixture);
    }
}

static void any_part_can_be_read(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    struct random random = {5};
    open_with_chain(&fixture, VALUE, &ref);
    for (size_t i = 0; i < 300; i++) {
        size_t offset = random_below(&random, VALUE);
        size_t size = random_below(&random, VALUE - offset + 1);
        assert_ok(&fixture, overflow_read(&fixture.view, TREE_UNNAMED, ref, VALUE, (uint32_t)offset, buffer, size));
        assert_memory_equal(buffer, value + offset, size);
    }
    close_all(&fixture);
}

static void any_part_can_be_written(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    struct random random = {9};
    open_with_chain(&fixture, VALUE, &ref);
    for (size_t i = 0; i < 300; i++) {
        size_t offset = random_below(&random, VALUE);
        size_t size = random_below(&random, VALUE - offset + 1);
        random_fill(&random, value + offset, size);
        assert_ok(&fixture,
                  overflow_write(&fixture.view, TREE_UNNAMED, ref, VALUE, (uint32_t)offset, value + offset, size));
    }
    assert_reads(&fixture, ref, VALUE);
    close_all(&fixture);
}

static void a_place_kept_between_reads_walks_the_chain_once(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    struct overflow_place place = {0};
    open_with_chain(&fixture, VALUE, &ref);
    struct pager_stat before, after;
    pager_stat(fixture.store.pager, &before);
    for (uint32_t at = 0; at < VALUE; at += 100) {
        size_t size = VALUE - at < 100 ? VALUE - at : 100;
        assert_ok(&fixture, overflow_read_from(&fixture.view, TREE_UNNAMED, ref, VALUE, &place, at, buffer + at, size));
    }
    pager_stat(fixture.store.pager, &after);
    assert_memory_equal(buffer, value, VALUE);
    /* 24 reads, of which 5 cross into a next page. */
    assert_true(after.cache_hits - before.cache_hits <= 24 + 5);
    close_all(&fixture);
}

static void zeros_need_no_data(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    fixture_open(&fixture, PAGE);
    fixture_begin(&fixture);
    assert_ok(&fixture, overflow_create(&fixture.view, TREE_UNNAMED, NULL, VALUE, &ref));
    memset(value, 0, sizeof value);
    assert_reads(&fixture, ref, VALUE);
    close_all(&fixture);
}

static uint32_t free_count(struct fixture *fixture)
{
    struct state state;
    view_state(&fixture->view, &state);
    return state.free_count;
}

static void resizing_keeps_what_both_lengths_share(void **unused)
{
    (void)unused;
    static const uint32_t sizes[] = {65, ROOM - 1, ROOM, ROOM + 1, 2 * ROOM, 3 * ROOM - 5, VALUE, 2 * VALUE};
    enum { COUNT_SIZES = sizeof sizes / sizeof *sizes };
    for (size_t from = 0; from < COUNT_SIZES; from++) {
        for (size_t to = 0; to < COUNT_SIZES; to++) {
            struct fixture fixture;
            struct overflow_ref ref;
            open_with_chain(&fixture, sizes[from], &ref);
            assert_ok(&fixture, overflow_resize(&fixture.view, TREE_UNNAMED, &ref, sizes[from], sizes[to]));
            if (sizes[to] > sizes[from])
                memset(value + sizes[from], 0, sizes[to] - sizes[from]);
            assert_reads(&fixture, ref, sizes[to]);
            assert_ok(&fixture, overflow_free(&fixture.view, TREE_UNNAMED, ref, sizes[to]));
            /* Every page that was made is free now. */
            assert_int_equal(free_count(&fixture), view_page_count(&fixture.view) - 5);
            close_all(&fixture);
        }
    }
}

static void what_a_chain_lost_comes_back_as_zeros(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    open_with_chain(&fixture, VALUE, &ref);
    assert_ok(&fixture, overflow_resize(&fixture.view, TREE_UNNAMED, &ref, VALUE, ROOM + 10));
    assert_ok(&fixture, overflow_resize(&fixture.view, TREE_UNNAMED, &ref, ROOM + 10, VALUE));
    memset(value + ROOM + 10, 0, VALUE - ROOM - 10);
    assert_reads(&fixture, ref, VALUE);
    close_all(&fixture);
}

/* Changes one chain page, and expects that reading the value finds it by T4. */
static void expect_broken(struct fixture *fixture, struct overflow_ref ref, uint32_t pgno, const uint8_t *page)
{
    fixture_write(fixture, pgno, page);
    assert_status(fixture, QUIRE_CORRUPT, overflow_read(&fixture->view, TREE_UNNAMED, ref, VALUE, 0, buffer, VALUE));
    assert_non_null(strstr(fixture->fault.message, "breaks T4"));
}

static void a_page_of_another_chain_is_found(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    uint8_t page[PAGE];
    open_with_chain(&fixture, VALUE, &ref);
    fixture_page(&fixture, ref.first, page);
    store64(page + OVERFLOW_CHAIN, ref.chain + 1);
    expect_broken(&fixture, ref, ref.first, page);
    close_all(&fixture);
}

static void a_chain_that_leads_back_to_itself_is_found(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    uint8_t page[PAGE];
    open_with_chain(&fixture, VALUE, &ref);
    fixture_page(&fixture, ref.first, page);
    uint32_t second = page_right(page);
    fixture_page(&fixture, second, page);
    page_set_right(page, ref.first);
    expect_broken(&fixture, ref, second, page);
    close_all(&fixture);
}

static void a_chain_that_ends_too_early_is_found(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    uint8_t page[PAGE];
    open_with_chain(&fixture, VALUE, &ref);
    fixture_page(&fixture, ref.first, page);
    page_set_right(page, 0);
    expect_broken(&fixture, ref, ref.first, page);
    close_all(&fixture);
}

static void a_wrong_link_back_is_found(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    uint8_t page[PAGE];
    open_with_chain(&fixture, VALUE, &ref);
    fixture_page(&fixture, ref.first, page);
    uint32_t second = page_right(page);
    fixture_page(&fixture, second, page);
    page_set_left(page, page_right(page));
    expect_broken(&fixture, ref, second, page);
    close_all(&fixture);
}

static void a_wrong_length_is_found(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    open_with_chain(&fixture, VALUE, &ref);
    assert_status(&fixture, QUIRE_CORRUPT,
                  overflow_read(&fixture.view, TREE_UNNAMED, ref, VALUE + 1, 0, buffer, VALUE + 1));
    close_all(&fixture);
}

static void a_value_of_another_tree_is_not_read(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct overflow_ref ref;
    open_with_chain(&fixture, VALUE, &ref);
    assert_status(&fixture, QUIRE_CORRUPT, overflow_read(&fixture.view, 9, ref, VALUE, 0, buffer, VALUE));
    close_all(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_comes_back_whole_whatever_its_length),
        cmocka_unit_test(any_part_can_be_read),
        cmocka_unit_test(any_part_can_be_written),
        cmocka_unit_test(a_place_kept_between_reads_walks_the_chain_once),
        cmocka_unit_test(zeros_need_no_data),
        cmocka_unit_test(resizing_keeps_what_both_lengths_share),
        cmocka_unit_test(a_page_of_another_chain_is_found),
        cmocka_unit_test(a_chain_that_leads_back_to_itself_is_found),
        cmocka_unit_test(a_chain_that_ends_too_early_is_found),
        cmocka_unit_test(a_wrong_link_back_is_found),
        cmocka_unit_test(what_a_chain_lost_comes_back_as_zeros),
        cmocka_unit_test(a_wrong_length_is_found),
        cmocka_unit_test(a_value_of_another_tree_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
