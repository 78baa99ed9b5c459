/*
 * The audit: silent on what the engine writes, and each lie told with its page
 * and rule. A lie is told by rewriting a page within a transaction.
 */
#include "../support/random.h"
#include "../support/store_fixture.h"

enum { PAGE = 512, RECORDS = 2000 };

static uint8_t page[PAGE];

static void open_filled(struct fixture *fixture)
{
    static uint8_t value[1200];
    fixture_open(fixture, PAGE);
    fixture_begin(fixture);
    for (size_t i = 0; i < RECORDS; i++)
        fixture_put(fixture, fixture_key(i), (quire_bytes){value, i % 100 == 50 ? 1200 : i % 30});
}

static void close_all(struct fixture *fixture)
{
    fixture_rollback(fixture);
    fixture_close(fixture);
}

static void assert_told(struct fixture *fixture, const char *rule, uint32_t pgno)
{
    char wanted[64];
    if (fixture_audit(fixture) == 0)
        fail_msg("the audit found nothing, not %s", rule);
    snprintf(wanted, sizeof wanted, "page %u breaks %s ", (unsigned)pgno, rule);
    if (strncmp(fixture->violation, wanted, strlen(wanted)) != 0)
        fail_msg("told first: %s", fixture->violation);
    assert_string_equal(fixture->rule, rule);
}

static uint32_t leaf_of(struct fixture *fixture, size_t number)
{
    return fixture_leaf_of(fixture, fixture_key(number));
}

/* The branch right above the leaf of a key. */
static uint32_t parent_of(struct fixture *fixture, size_t number, size_t *slot)
{
    struct path path;
    quire_bytes key = fixture_key(number);
    assert_ok(fixture, path_descend(&fixture->view, &fixture->unnamed, key.data, key.size, 0, &path));
    uint32_t pgno = path.step[path.depth - 2].pgno;
    *slot = path.step[path.depth - 2].slot;
    path_release(&fixture->view, &path);
    return pgno;
}

static void what_the_engine_writes_is_sound(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree;
    open_filled(&fixture);
    assert_ok(&fixture, catalog_create(&fixture.view, "other", NULL, &tree));
    for (size_t i = 0; i < RECORDS; i += 3)
        fixture_delete(&fixture, fixture_key(i * 7 % RECORDS));
    fixture_assert_sound(&fixture);
    fixture_commit(&fixture);
    fixture_read(&fixture);
    fixture_assert_sound(&fixture);
    fixture_end_read(&fixture);
    fixture_reopen(&fixture);
    fixture_read(&fixture);
    fixture_assert_sound(&fixture);
    fixture_end_read(&fixture);
    fixture_close(&fixture);
}

static void a_page_that_breaks_a_page_rule_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_filled(&fixture);
    uint32_t leaf = leaf_of(&fixture, 100);
    fixture_page(&fixture, leaf, page);
    /* The second slot takes the first one's extent. */
    memcpy(page + PAGE - 16, page + PAGE - 8, 4);
    fixture_write(&fixture, leaf, page);
    assert_told(&fixture, "P8", leaf);
    close_all(&fixture);
}

static void a_damaged_page_of_the_file_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_filled(&fixture);
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    fixture_read(&fixture);
    uint32_t leaf = view_page_count(&fixture.view) - 1;
    fixture_end_read(&fixture);
    fixture_spoil(&fixture, (uint64_t)leaf * PAGE + 300);
    fixture_read(&fixture);
    assert_int_equal(fixture_audit(&fixture), 1);
    assert_string_equal(fixture.rule, "P1");
    fixture_end_read(&fixture);
    fixture_close(&fixture);
}

static void either_meta_page_is_looked_at(void **unused)
{
    (void)unused;
    for (uint32_t pgno = 0; pgno < 2; pgno++) {
        struct fixture fixture;
        open_filled(&fixture);
        fixture_commit(&fixture);
        fixture_checkpoint(&fixture);
        fixture_spoil(&fixture, (uint64_t)pgno * PAGE + 200);
        fixture_read(&fixture);
        assert_told(&fixture, "P1", pgno);
        assert_int_equal(fixture.violations, 1);
        fixture_end_read(&fixture);
        fixture_close(&fixture);
    }
}

static void a_child_of_another_place_breaks_its_bracket(void **unused)
{
    (void)unused;
    struct fixture fixture;
    size_t slot, other;
    open_filled(&fixture);
    uint32_t parent = parent_of(&fixture, 0, &slot);
    fixture_page(&fixture, parent, page);
    other = slot + 1;
    uint32_t child = branch_child(page, PAGE, slot);
    branch_set_child(page, PAGE, slot, branch_child(page, PAGE, other));
    branch_set_child(page, PAGE, other, child);
    uint32_t first = branch_child(page, PAGE, slot);
    fixture_write(&fixture, parent, page);
    assert_told(&fixture, "T1", first);
    close_all(&fixture);
}

/* Gives a leaf in the middle other fences, which still hold its keys. */
static void check_other_fences(size_t low_cut, size_t high_added)
{
    struct fixture fixture;
    uint8_t low[PAGE], high[PAGE], scratch[PAGE];
    open_filled(&fixture);
    uint32_t leaf = leaf_of(&fixture, 700);
    fixture_page(&fixture, leaf, page);
    size_t low_len = page_low_len(page) - low_cut;
    size_t high_len = page_high_len(page) + high_added;
    memset(high, 0, sizeof high);
    memcpy(low, page_low(page), low_len);
    memcpy(high, page_high(page), page_high_len(page));
    assert_true(page_keep(page, PAGE, 0, page_slot_count(page), low, low_len, high, high_len, scratch));
    fixture_write(&fixture, leaf, page);
    assert_told(&fixture, "T1", leaf);
    close_all(&fixture);
}

static void either_fence_must_be_the_parents(void **unused)
{
    (void)unused;
    check_other_fences(1, 0);
    check_other_fences(0, 1);
}

static void a_branch_that_leads_back_to_the_root_is_told_and_not_followed(void **unused)
{
    (void)unused;
    struct fixture fixture;
    size_t slot;
    open_filled(&fixture);
    uint32_t parent = parent_of(&fixture, 500, &slot);
    fixture_page(&fixture, parent, page);
    branch_set_child(page, PAGE, slot, fixture.unnamed.root);
    fixture_write(&fixture, parent, page);
    assert_told(&fixture, "S1", parent);
    close_all(&fixture);
}

static void a_child_of_another_tree_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_filled(&fixture);
    uint32_t leaf = leaf_of(&fixture, 700);
    fixture_page(&fixture, leaf, page);
    store32(page + HEADER_TREE, 99);
    fixture_write(&fixture, leaf, page);
    assert_told(&fixture, "T2", leaf);
    close_all(&fixture);
}

static void a_wrong_sibling_link_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_filled(&fixture);
    uint32_t leaf = leaf_of(&fixture, 700);
    fixture_page(&fixture, leaf, page);
    page_set_left(page, page_right(page));
    fixture_write(&fixture, leaf, page);
    assert_told(&fixture, "T3", leaf);
    close_all(&fixture);
}

static void a_right_link_that_skips_a_leaf_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    uint8_t next[PAGE];
    open_filled(&fixture);
    uint32_t leaf = leaf_of(&fixture, 700);
    fixture_page(&fixture, leaf, page);
    fixture_page(&fixture, page_right(page), next);
    page_set_right(page, page_right(next));
    fixture_write(&fixture, leaf, page);
    assert_told(&fixture, "T3", leaf);
    close_all(&fixture);
}

static void the_last_leaf_leads_nowhere(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_filled(&fixture);
    uint32_t leaf = leaf_of(&fixture, RECORDS - 1);
    fixture_page(&fixture, leaf, page);
    page_set_right(page, 3);
    fixture_write(&fixture, leaf, page);
    assert_told(&fixture, "T3", leaf);
    close_all(&fixture);
}

static uint32_t first_chain_page(struct fixture *fixture, size_t number)
{
    struct cursor cursor;
    struct record record;
    struct overflow_ref ref;
    assert_ok(fixture, cursor_open(&cursor, &fixture->view, &fixture->unnamed));
    assert_ok(fixture, cursor_seek(&cursor, fixture_key(number), NULL, NULL));
    assert_ok(fixture, cursor_record(&cursor, &record, &ref));
    assert_true(record.overflow);
    cursor_close(&cursor);
    return ref.first;
}

static void a_chain_page_out_of_place_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_filled(&fixture);
    uint32_t first = first_chain_page(&fixture, 50);
    fixture_page(&fixture, first, page);
    uint32_t second = page_right(page);
    fixture_page(&fixture, second, page);
    store32(page + OVERFLOW_POSITION, 5);
    fixture_write(&fixture, second, page);
    assert_told(&fixture, "T4", second);
    close_all(&fixture);
}

/* Both numbers come from the state, which any commit record or meta page may lie about. */
static void next_numbers_that_are_taken_or_none_are_told_and_refused(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct state state, lie;
    struct tree tree;
    static const uint8_t value[PAGE];
    open_filled(&fixture);
    view_state(&fixture.view, &state);
    lie = state;
    lie.next_chain = 0;
    view_set_state(&fixture.view, &lie);
    assert_told(&fixture, "T4", state.catalog_root);
    assert_status(&fixture, QUIRE_CORRUPT,
                  tree_put(&fixture.view, &fixture.unnamed, text_bytes("long"), (quire_bytes){value, PAGE}, 0));
    lie.next_chain = 2;
    view_set_state(&fixture.view, &lie);
    assert_true(fixture_audit(&fixture) > 0);
    assert_string_equal(fixture.rule, "T4");
    lie = state;
    lie.next_tree = TREE_UNNAMED;
    view_set_state(&fixture.view, &lie);
    assert_told(&fixture, "T5", state.catalog_root);
    assert_status(&fixture, QUIRE_CORRUPT, catalog_create(&fixture.view, "named", NULL, &tree));
    view_set_state(&fixture.view, &state);
    fixture_assert_sound(&fixture);
    close_all(&fixture);
}

static void two_chains_that_share_a_page_are_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_filled(&fixture);
    uint32_t first = first_chain_page(&fixture, 50);
    uint32_t other = first_chain_page(&fixture, 150);
    fixture_page(&fixture, first, page);
    uint32_t shared = page_right(page);
    fixture_page(&fixture, other, page);
    page_set_right(page, shared);
    fixture_write(&fixture, other, page);
    assert_told(&fixture, "S1", other);
    close_all(&fixture);
}

static void an_empty_leaf_below_a_branch_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    uint8_t low[PAGE], high[PAGE], empty[PAGE];
    open_filled(&fixture);
    uint32_t leaf = leaf_of(&fixture, 710);
    fixture_page(&fixture, leaf, page);
    memcpy(low, page_low(page), page_low_len(page));
    memcpy(high, page_high(page), page_high_len(page));
    page_init_slotted(empty, PAGE, leaf, TREE_UNNAMED, PAGE_LEAF, 0, page_flags(page), low, page_low_len(page), high,
                      page_high_len(page));
    page_set_left(empty, page_left(page));
    page_set_right(empty, page_right(page));
    fixture_write(&fixture, leaf, empty);
    assert_told(&fixture, "T6", leaf);
    close_all(&fixture);
}

static void a_page_that_nothing_leads_to_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    uint32_t pgno;
    open_filled(&fixture);
    assert_ok(&fixture, space_allocate(&fixture.view, &pgno));
    memset(page, 0, sizeof page);
    page_init(page, PAGE, pgno, TREE_UNNAMED, PAGE_OVERFLOW);
    overflow_init(page, 77, 0, 1, 0);
    fixture_write(&fixture, pgno, page);
    assert_told(&fixture, "S1", pgno);
    assert_int_equal(fixture.violations, 1);
    close_all(&fixture);
}

static void a_page_both_free_and_in_use_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct state state;
    open_filled(&fixture);
    for (size_t i = 0; i < 200; i++)
        fixture_delete(&fixture, fixture_key(i));
    view_state(&fixture.view, &state);
    assert_true(state.free_count > 1);
    uint32_t leaf = leaf_of(&fixture, 1500);
    fixture_page(&fixture, state.free_head, page);
    store32(page + FREE_ENTRIES, leaf);
    fixture_write(&fixture, state.free_head, page);
    assert_told(&fixture, "S1", state.free_head);
    close_all(&fixture);
}

static void a_listed_page_that_is_not_free_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct state state;
    open_filled(&fixture);
    for (size_t i = 0; i < 200; i++)
        fixture_delete(&fixture, fixture_key(i));
    view_state(&fixture.view, &state);
    fixture_page(&fixture, state.free_head, page);
    uint32_t listed = free_entry(page, 0);
    page_init(page, PAGE, listed, TREE_UNNAMED, PAGE_OVERFLOW);
    overflow_init(page, 77, 0, 1, 0);
    fixture_write(&fixture, listed, page);
    assert_told(&fixture, "S2", listed);
    close_all(&fixture);
}

static void a_free_list_in_a_circle_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct state state;
    open_filled(&fixture);
    for (size_t i = 0; i < 200; i++)
        fixture_delete(&fixture, fixture_key(i));
    view_state(&fixture.view, &state);
    fixture_page(&fixture, state.free_head, page);
    page_set_right(page, state.free_head);
    fixture_write(&fixture, state.free_head, page);
    assert_told(&fixture, "S1", state.free_head);
    close_all(&fixture);
}

static void a_wrong_count_of_free_pages_is_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct state state;
    open_filled(&fixture);
    for (size_t i = 0; i < 200; i++)
        fixture_delete(&fixture, fixture_key(i));
    view_state(&fixture.view, &state);
    state.free_count++;
    view_set_state(&fixture.view, &state);
    assert_told(&fixture, "S2", state.free_head);
    close_all(&fixture);
}

static void two_trees_of_one_id_are_told(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree catalog, a, b;
    quire_bytes value;
    uint8_t record[12];
    open_filled(&fixture);
    assert_ok(&fixture, catalog_create(&fixture.view, "a", NULL, &a));
    assert_ok(&fixture, catalog_create(&fixture.view, "b", NULL, &b));
    catalog_tree(&fixture.view, &catalog);
    assert_ok(&fixture, tree_get(&fixture.view, &catalog, text_bytes("a"), &value));
    memcpy(record, value.data, sizeof record);
    assert_ok(&fixture, tree_put(&fixture.view, &catalog, text_bytes("b"), (quire_bytes){record, 12}, 0));
    assert_told(&fixture, "T5", catalog.root);
    close_all(&fixture);
}

static void the_audit_goes_on_behind_a_violation(void **unused)
{
    (void)unused;
    static const size_t numbers[] = {100, 700, 1500};
    struct fixture fixture;
    open_filled(&fixture);
    for (size_t i = 0; i < 3; i++) {
        uint32_t leaf = leaf_of(&fixture, numbers[i]);
        fixture_page(&fixture, leaf, page);
        memcpy(page + PAGE - 16, page + PAGE - 8, 4);
        fixture_write(&fixture, leaf, page);
    }
    assert_int_equal(fixture_audit(&fixture), 3);
    close_all(&fixture);
}

static int stop_at_once(void *context, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    (*(int *)context)++;
    return 1;
}

static void progress_may_stop_it(void **unused)
{
    (void)unused;
    struct fixture fixture;
    int calls = 0;
    open_filled(&fixture);
    assert_status(&fixture, QUIRE_CANCELLED, audit(&fixture.view, NULL, NULL, stop_at_once, &calls));
    assert_int_equal(calls, 1);
    close_all(&fixture);
}

/* Whatever one changed byte does to a page, the audit ends and tells of it, or the byte did not matter. */
static void any_changed_byte_of_any_page_ends_in_a_verdict(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct random random = {11};
    uint8_t before[PAGE];
    open_filled(&fixture);
    uint32_t page_count = view_page_count(&fixture.view);
    for (size_t i = 0; i < 300; i++) {
        uint32_t pgno = 3 + (uint32_t)random_below(&random, page_count - 3);
        fixture_page(&fixture, pgno, before);
        memcpy(page, before, PAGE);
        size_t at = HEADER_TREE + random_below(&random, PAGE - HEADER_TREE);
        if (at >= HEADER_FREE_START && at < HEADER_LOW_LEN)
            continue; /* the log's image of a page relies on these two */
        page[at] ^= (uint8_t)(1u << random_below(&random, 8));
        fixture_write(&fixture, pgno, page);
        (void)fixture_audit(&fixture);
        fixture_write(&fixture, pgno, before);
    }
    fixture_assert_sound(&fixture);
    close_all(&fixture);
}

static void the_figures_of_a_tree_are_those_of_its_records(void **unused)
{
    (void)unused;
    struct fixture fixture;
    quire_tree_stat stat;
    open_filled(&fixture);
    assert_ok(&fixture, tree_stat(&fixture.view, &fixture.unnamed, &stat));
    assert_int_equal(stat.records, RECORDS);
    assert_int_equal(stat.overflow_pages, RECORDS / 100 * 3);
    assert_int_equal(stat.leaves_by_version[1][2], stat.leaf_pages);
    /* The two metas, a map page and the catalog are the rest of the file. */
    assert_int_equal(stat.leaf_pages + stat.branch_pages + stat.overflow_pages,
                     view_page_count(&fixture.view) - 2 - view_page_count(&fixture.view) / MAP_CAPACITY(PAGE) - 1 - 1);
    assert_true(stat.depth >= 3);
    /* Slots take 8 bytes; a record two or three lengths, a key of 9 and its value, or a reference. */
    uint64_t live = 0;
    for (size_t i = 0; i < RECORDS; i++)
        live += i % 100 == 50 ? 8 + 3 + 9 + 12 : 8 + 2 + 9 + i % 30;
    assert_int_equal(stat.leaf_live_bytes, live);
    assert_true(stat.leaf_live_bytes <= stat.leaf_usable_bytes);
    close_all(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_engine_writes_is_sound),
        cmocka_unit_test(a_page_that_breaks_a_page_rule_is_told),
        cmocka_unit_test(a_damaged_page_of_the_file_is_told),
        cmocka_unit_test(either_meta_page_is_looked_at),
        cmocka_unit_test(a_child_of_another_place_breaks_its_bracket),
        cmocka_unit_test(a_branch_that_leads_back_to_the_root_is_told_and_not_followed),
        cmocka_unit_test(a_child_of_another_tree_is_told),
        cmocka_unit_test(a_wrong_sibling_link_is_told),
        cmocka_unit_test(either_fence_must_be_the_parents),
        cmocka_unit_test(a_right_link_that_skips_a_leaf_is_told),
        cmocka_unit_test(a_listed_page_that_is_not_free_is_told),
        cmocka_unit_test(the_last_leaf_leads_nowhere),
        cmocka_unit_test(a_chain_page_out_of_place_is_told),
        cmocka_unit_test(next_numbers_that_are_taken_or_none_are_told_and_refused),
        cmocka_unit_test(two_chains_that_share_a_page_are_told),
        cmocka_unit_test(an_empty_leaf_below_a_branch_is_told),
        cmocka_unit_test(a_page_that_nothing_leads_to_is_told),
        cmocka_unit_test(a_page_both_free_and_in_use_is_told),
        cmocka_unit_test(a_free_list_in_a_circle_is_told),
        cmocka_unit_test(a_wrong_count_of_free_pages_is_told),
        cmocka_unit_test(two_trees_of_one_id_are_told),
        cmocka_unit_test(the_audit_goes_on_behind_a_violation),
        cmocka_unit_test(progress_may_stop_it),
        cmocka_unit_test(any_changed_byte_of_any_page_ends_in_a_verdict),
        cmocka_unit_test(the_figures_of_a_tree_are_those_of_its_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
