/* Named trees, and the distrust of what a catalog says (T5). */
#include "../support/store_fixture.h"

enum { PAGE = 1024 };

static const quire_tree_options old_version = {
    .slots = QUIRE_TREE_SLOTS_V1, .records = QUIRE_RECORDS_PREFIX, .in_place = 0, .keep = 1};

static void open_writing(struct fixture *fixture)
{
    fixture_open(fixture, PAGE);
    fixture_begin(fixture);
}

static void close_all(struct fixture *fixture)
{
    fixture_assert_sound(fixture);
    fixture_rollback(fixture);
    fixture_close(fixture);
}

static void a_new_database_has_the_unnamed_tree(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree;
    open_writing(&fixture);
    assert_ok(&fixture, catalog_open(&fixture.view, NULL, &tree));
    assert_int_equal(tree.id, TREE_UNNAMED);
    assert_int_equal(tree.options.slots, QUIRE_TREE_SLOTS_V3);
    assert_int_equal(tree.options.records, QUIRE_RECORDS_PLAIN);
    close_all(&fixture);
}

static void a_created_tree_is_found_again_with_its_options(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree, found;
    open_writing(&fixture);
    assert_ok(&fixture, catalog_create(&fixture.view, "old", &old_version, &tree));
    assert_true(tree.id >= TREE_FIRST_NAMED);
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    fixture_begin(&fixture);
    assert_ok(&fixture, catalog_open(&fixture.view, "old", &found));
    assert_memory_equal(&found, &tree, sizeof tree);
    close_all(&fixture);
}

static void a_name_is_taken_once(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree;
    open_writing(&fixture);
    assert_ok(&fixture, catalog_create(&fixture.view, "a", NULL, &tree));
    assert_status(&fixture, QUIRE_EXISTS, catalog_create(&fixture.view, "a", NULL, &tree));
    close_all(&fixture);
}

static void names_have_1_to_56_bytes(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree;
    char name[58];
    memset(name, 'n', 57);
    name[57] = '\0';
    open_writing(&fixture);
    assert_status(&fixture, QUIRE_INVALID, catalog_create(&fixture.view, name, NULL, &tree));
    assert_status(&fixture, QUIRE_INVALID, catalog_create(&fixture.view, "", NULL, &tree));
    name[56] = '\0';
    assert_ok(&fixture, catalog_create(&fixture.view, name, NULL, &tree));
    assert_ok(&fixture, catalog_open(&fixture.view, name, &tree));
    close_all(&fixture);
}

static void an_unknown_tree_is_not_found_by_name(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree;
    open_writing(&fixture);
    assert_status(&fixture, QUIRE_NOT_FOUND, catalog_open(&fixture.view, "nowhere", &tree));
    assert_non_null(strstr(fixture.fault.message, "nowhere"));
    close_all(&fixture);
}

static int append_name(void *context, const char *name)
{
    strcat(strcat(context, name), " ");
    return strcmp(name, "stop") == 0;
}

static void names_are_listed_in_order_without_the_unnamed_tree(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree;
    char names[64] = "";
    open_writing(&fixture);
    assert_ok(&fixture, catalog_create(&fixture.view, "pear", NULL, &tree));
    assert_ok(&fixture, catalog_create(&fixture.view, "apple", NULL, &tree));
    assert_ok(&fixture, catalog_create(&fixture.view, "stop", NULL, &tree));
    assert_ok(&fixture, catalog_create(&fixture.view, "zebra", NULL, &tree));
    assert_ok(&fixture, catalog_list(&fixture.view, append_name, names));
    assert_string_equal(names, "apple pear stop ");
    close_all(&fixture);
}

static void a_renamed_tree_keeps_its_records(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree, other;
    quire_bytes value;
    open_writing(&fixture);
    assert_ok(&fixture, catalog_create(&fixture.view, "before", NULL, &tree));
    assert_ok(&fixture, catalog_create(&fixture.view, "other", NULL, &other));
    assert_ok(&fixture, tree_put(&fixture.view, &tree, text_bytes("k"), text_bytes("v"), 0));
    assert_status(&fixture, QUIRE_EXISTS, catalog_rename(&fixture.view, "before", "other"));
    assert_ok(&fixture, catalog_rename(&fixture.view, "before", "after"));
    assert_status(&fixture, QUIRE_NOT_FOUND, catalog_open(&fixture.view, "before", &other));
    assert_ok(&fixture, catalog_open(&fixture.view, "after", &other));
    assert_int_equal(other.id, tree.id);
    assert_ok(&fixture, tree_get(&fixture.view, &other, text_bytes("k"), &value));
    close_all(&fixture);
}

static void a_dropped_tree_gives_every_page_back(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree;
    struct state state;
    static uint8_t value[3000];
    open_writing(&fixture);
    uint32_t before = view_page_count(&fixture.view);
    assert_ok(&fixture, catalog_create(&fixture.view, "t", NULL, &tree));
    for (size_t i = 0; i < 200; i++)
        assert_ok(&fixture,
                  tree_put(&fixture.view, &tree, fixture_key(i), (quire_bytes){value, i % 5 == 0 ? 3000 : 30}, 0));
    assert_ok(&fixture, catalog_drop(&fixture.view, "t"));
    assert_status(&fixture, QUIRE_NOT_FOUND, catalog_open(&fixture.view, "t", &tree));
    view_state(&fixture.view, &state);
    assert_int_equal(view_page_count(&fixture.view) - state.free_count, before);
    close_all(&fixture);
}

static void the_unnamed_tree_cannot_be_dropped_or_renamed(void **unused)
{
    (void)unused;
    struct fixture fixture;
    open_writing(&fixture);
    assert_status(&fixture, QUIRE_INVALID, catalog_drop(&fixture.view, NULL));
    assert_status(&fixture, QUIRE_INVALID, catalog_rename(&fixture.view, NULL, "a"));
    close_all(&fixture);
}

/* Writes a raw record for the tree "t" and expects its opening to be refused by T5. */
static void expect_refused(const uint8_t *bytes, size_t size)
{
    struct fixture fixture;
    struct tree catalog, tree;
    open_writing(&fixture);
    assert_ok(&fixture, catalog_create(&fixture.view, "z", NULL, &tree)); /* so that 3 is an id given out */
    catalog_tree(&fixture.view, &catalog);
    assert_ok(&fixture, tree_put(&fixture.view, &catalog, text_bytes("t"), (quire_bytes){bytes, size}, 0));
    assert_status(&fixture, QUIRE_CORRUPT, catalog_open(&fixture.view, "t", &tree));
    assert_non_null(strstr(fixture.fault.message, "breaks T5"));
    assert_true(fixture_audit(&fixture) > 0);
    assert_string_equal(fixture.rule, "T5");
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

static void a_hostile_record_is_refused(void **unused)
{
    (void)unused;
    static const uint8_t records[][12] = {
        {4, 0, 0, 0, 3, 0, 0, 0, 3, 1, 1, 0},             /* an id that was not given out */
        {1, 0, 0, 0, 3, 0, 0, 0, 3, 1, 1, 0},             /* the catalog's id */
        {2, 0, 0, 0, 3, 0, 0, 0, 3, 1, 1, 0},             /* the unnamed tree's id */
        {0, 0, 0, 0, 3, 0, 0, 0, 3, 1, 1, 0},             /* no id */
        {3, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 3, 1, 1, 0}, /* a root beyond the file */
        {3, 0, 0, 0, 2, 0, 0, 0, 3, 1, 1, 0},             /* a map page as root */
        {3, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0},             /* no root */
        {3, 0, 0, 0, 4, 0, 0, 0, 4, 1, 1, 0},             /* unknown slots */
        {3, 0, 0, 0, 4, 0, 0, 0, 0, 1, 1, 0},             /* unknown slots */
        {3, 0, 0, 0, 4, 0, 0, 0, 3, 2, 1, 0},             /* unknown records */
        {3, 0, 0, 0, 4, 0, 0, 0, 3, 1, 2, 0},             /* unknown flag */
        {3, 0, 0, 0, 4, 0, 0, 0, 3, 1, 1, 2},             /* unknown flag */
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        expect_refused(records[i], 12);
    expect_refused(records[11], 11);
    expect_refused(NULL, 0);
}

static void unknown_options_are_refused(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct tree tree;
    open_writing(&fixture);
    quire_tree_options options = old_version;
    options.slots = 4;
    assert_status(&fixture, QUIRE_INVALID, catalog_create(&fixture.view, "t", &options, &tree));
    options = old_version;
    options.records = 2;
    assert_status(&fixture, QUIRE_INVALID, catalog_create(&fixture.view, "t", &options, &tree));
    close_all(&fixture);
}

static void many_trees_keep_their_records_apart(void **unused)
{
    (void)unused;
    enum { TREES = 300 };
    struct fixture fixture;
    struct tree tree;
    quire_bytes value;
    char name[16];
    open_writing(&fixture);
    for (size_t i = 0; i < TREES; i++) {
        snprintf(name, sizeof name, "tree%zu", i * 7919 % TREES);
        assert_ok(&fixture, catalog_create(&fixture.view, name, NULL, &tree));
        assert_ok(&fixture, tree_put(&fixture.view, &tree, text_bytes("name"), text_bytes(name), 0));
    }
    fixture_assert_sound(&fixture);
    for (size_t i = 0; i < TREES; i++) {
        snprintf(name, sizeof name, "tree%zu", i);
        assert_ok(&fixture, catalog_open(&fixture.view, name, &tree));
        assert_ok(&fixture, tree_get(&fixture.view, &tree, text_bytes("name"), &value));
        assert_int_equal(value.size, strlen(name));
        assert_memory_equal(value.data, name, value.size);
    }
    close_all(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_database_has_the_unnamed_tree),
        cmocka_unit_test(a_created_tree_is_found_again_with_its_options),
        cmocka_unit_test(a_name_is_taken_once),
        cmocka_unit_test(names_have_1_to_56_bytes),
        cmocka_unit_test(an_unknown_tree_is_not_found_by_name),
        cmocka_unit_test(names_are_listed_in_order_without_the_unnamed_tree),
        cmocka_unit_test(a_renamed_tree_keeps_its_records),
        cmocka_unit_test(a_dropped_tree_gives_every_page_back),
        cmocka_unit_test(the_unnamed_tree_cannot_be_dropped_or_renamed),
        cmocka_unit_test(a_hostile_record_is_refused),
        cmocka_unit_test(unknown_options_are_refused),
        cmocka_unit_test(many_trees_keep_their_records_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
