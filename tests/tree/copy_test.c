/* The compacting copy: the same records, leaves packed, whatever the source looks like. */
#include "../support/random.h"
#include "../support/store_fixture.h"

enum { PAGE = 1024 };

static int commits;

static quire_status commit_and_begin(void *context)
{
    struct fixture *to = context;
    commits++;
    quire_status status = pager_commit(to->store.pager, &to->fault);
    if (status == QUIRE_OK)
        status = pager_begin(to->store.pager, 0, &to->fault);
    view_restart(&to->view, NULL);
    return status;
}

static void copy_all(struct fixture *from, struct fixture *to, uint32_t page_size)
{
    fixture_open(to, page_size);
    fixture_begin(to);
    commits = 0;
    assert_ok(to, copy_trees(&from->view, &to->view, commit_and_begin, to, NULL, NULL));
    assert_ok(to, catalog_open(&to->view, NULL, &to->unnamed));
    fixture_assert_sound(to);
}

/* Walks both trees side by side. */
static void assert_same_records(struct fixture *from, const struct tree *source, struct fixture *to,
                                const struct tree *target)
{
    struct cursor a, b;
    quire_bytes a_key, a_value, b_key, b_value;
    assert_ok(from, cursor_open(&a, &from->view, source));
    assert_ok(to, cursor_open(&b, &to->view, target));
    for (;;) {
        quire_status status = cursor_next(&a, &a_key, &a_value);
        assert_status(to, status, cursor_next(&b, &b_key, &b_value));
        if (status != QUIRE_OK)
            break;
        assert_int_equal(a_key.size, b_key.size);
        assert_memory_equal(a_key.data, b_key.data, a_key.size);
        assert_int_equal(a_value.size, b_value.size);
        assert_memory_equal(a_value.data, b_value.data, a_value.size);
    }
    cursor_close(&a);
    cursor_close(&b);
}

static void put_random(struct fixture *fixture, const struct tree *tree, struct random *random, size_t count,
                       size_t longest)
{
    static uint8_t value[40000];
    uint8_t key[20];
    for (size_t i = 0; i < count; i++) {
        size_t key_len = 1 + random_below(random, sizeof key);
        size_t value_len = random_below(random, 50) == 0 ? random_below(random, longest) : random_below(random, 60);
        random_fill(random, key, key_len);
        memset(value, (int)i, value_len);
        assert_ok(fixture,
                  tree_put(&fixture->view, tree, (quire_bytes){key, key_len}, (quire_bytes){value, value_len}, 0));
    }
}

static double fill(struct fixture *fixture, const struct tree *tree)
{
    quire_tree_stat stat;
    assert_ok(fixture, tree_stat(&fixture->view, tree, &stat));
    return (double)(stat.leaf_live_bytes - stat.last_leaf_live_bytes) /
           (double)(stat.leaf_usable_bytes - stat.last_leaf_usable_bytes);
}

static void finish(struct fixture *fixture)
{
    fixture_rollback(fixture);
    fixture_close(fixture);
}

static void every_tree_is_copied_with_its_options(void **unused)
{
    (void)unused;
    static const quire_tree_options options = {
        .slots = QUIRE_TREE_SLOTS_V1, .records = QUIRE_RECORDS_PREFIX, .in_place = 1, .keep = 1};
    struct fixture from, to;
    struct tree source, target;
    struct random random = {21};
    quire_tree_stat stat;
    fixture_open(&from, PAGE);
    fixture_begin(&from);
    fixture_set_version(&from, QUIRE_TREE_SLOTS_V2, QUIRE_RECORDS_PLAIN);
    put_random(&from, &from.unnamed, &random, 2000, 40000);
    assert_ok(&from, catalog_create(&from.view, "empty", NULL, &source));
    assert_ok(&from, catalog_create(&from.view, "old", &options, &source));
    put_random(&from, &source, &random, 1000, 5000);
    copy_all(&from, &to, PAGE);
    assert_same_records(&from, &from.unnamed, &to, &to.unnamed);
    assert_int_equal(to.unnamed.options.slots, QUIRE_TREE_SLOTS_V2);
    assert_ok(&to, tree_stat(&to.view, &to.unnamed, &stat));
    assert_int_equal(stat.leaves_by_version[1][1], stat.leaf_pages);
    assert_ok(&to, catalog_open(&to.view, "empty", &target));
    assert_ok(&to, catalog_open(&to.view, "old", &target));
    assert_memory_equal(&target.options, &options, sizeof options);
    assert_same_records(&from, &source, &to, &target);
    assert_ok(&to, tree_stat(&to.view, &target, &stat));
    assert_int_equal(stat.leaves_by_version[0][0], stat.leaf_pages);
    finish(&from);
    finish(&to);
}

static void a_churned_tree_is_copied_into_full_leaves(void **unused)
{
    (void)unused;
    enum { RECORDS = 20000 };
    struct fixture from, to;
    struct random random = {22};
    fixture_open(&from, 8192);
    fixture_begin(&from);
    for (size_t i = 0; i < RECORDS; i++)
        fixture_put(&from, fixture_key(i), text_bytes("ten bytes."));
    for (size_t i = 0; i < RECORDS; i++) {
        size_t number = random_below(&random, RECORDS);
        quire_status status = tree_delete(&from.view, &from.unnamed, fixture_key(number));
        assert_true(status == QUIRE_OK || status == QUIRE_NOT_FOUND);
        fixture_put(&from, fixture_key(RECORDS + random_below(&random, RECORDS)), text_bytes("other"));
    }
    copy_all(&from, &to, 8192);
    assert_true(fill(&to, &to.unnamed) >= 0.97);
    assert_same_records(&from, &from.unnamed, &to, &to.unnamed);
    finish(&from);
    finish(&to);
}

static void a_copy_may_have_other_pages(void **unused)
{
    (void)unused;
    static const uint32_t sizes[] = {512, 4096, 32768};
    for (size_t i = 0; i < 3; i++) {
        struct fixture from, to;
        struct random random = {23};
        fixture_open(&from, PAGE);
        fixture_begin(&from);
        put_random(&from, &from.unnamed, &random, 1000, 3000);
        copy_all(&from, &to, sizes[i]);
        assert_same_records(&from, &from.unnamed, &to, &to.unnamed);
        finish(&from);
        finish(&to);
    }
}

static void a_key_too_long_for_the_copy_is_refused(void **unused)
{
    (void)unused;
    static uint8_t key[100];
    struct fixture from, to;
    fixture_open(&from, PAGE);
    fixture_begin(&from);
    fixture_put(&from, (quire_bytes){key, sizeof key}, text_bytes(""));
    fixture_open(&to, 512);
    fixture_begin(&to);
    assert_status(&to, QUIRE_INVALID, copy_trees(&from.view, &to.view, commit_and_begin, &to, NULL, NULL));
    finish(&from);
    finish(&to);
}

static void a_large_copy_is_committed_on_the_way(void **unused)
{
    (void)unused;
    static uint8_t value[1 << 20];
    struct fixture from, to;
    fixture_open(&from, 8192);
    fixture_begin(&from);
    for (size_t i = 0; i < 40; i++) {
        memset(value, (int)i, sizeof value);
        fixture_put(&from, fixture_key(i), (quire_bytes){value, sizeof value - i});
    }
    copy_all(&from, &to, 8192);
    assert_int_equal(commits, 2);
    assert_same_records(&from, &from.unnamed, &to, &to.unnamed);
    finish(&from);
    finish(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tree_is_copied_with_its_options),
        cmocka_unit_test(a_churned_tree_is_copied_into_full_leaves),
        cmocka_unit_test(a_copy_may_have_other_pages),
        cmocka_unit_test(a_key_too_long_for_the_copy_is_refused),
        cmocka_unit_test(a_large_copy_is_committed_on_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
