/* The model map: a sorted array that holds what was put and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/reference/model.h"

static void put(struct model *model, const char *key, const char *value)
{
    assert_true(model_put(model, (const uint8_t *)key, strlen(key), (const uint8_t *)value, strlen(value)));
}

static void assert_holds(const struct model *model, const char *key, const char *value)
{
    const struct model_pair *pair = model_get(model, (const uint8_t *)key, strlen(key));
    assert_non_null(pair);
    assert_int_equal(pair->value_len, strlen(value));
    assert_memory_equal(model_value(pair), value, strlen(value));
}

static void pairs_stand_in_byte_order_a_prefix_first(void **state)
{
    (void)state;
    static const char *const given[] = {"b", "ab", "a", "\xff", "abc", "aa"};
    static const char *const sorted[] = {"a", "aa", "ab", "abc", "b", "\xff"};
    struct model model;
    model_init(&model);
    for (size_t i = 0; i < 6; i++)
        put(&model, given[i], "");
    assert_int_equal(model.count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(model.pairs[i]->key_len, strlen(sorted[i]));
        assert_memory_equal(model_key(model.pairs[i]), sorted[i], strlen(sorted[i]));
    }
    model_free(&model);
}

static void a_second_put_replaces_the_value(void **state)
{
    (void)state;
    struct model model;
    model_init(&model);
    put(&model, "k", "old");
    put(&model, "k", "newer");
    assert_int_equal(model.count, 1);
    assert_holds(&model, "k", "newer");
    model_free(&model);
}

static void delete_says_whether_the_key_was_there(void **state)
{
    (void)state;
    struct model model;
    model_init(&model);
    put(&model, "k", "v");
    assert_false(model_delete(&model, (const uint8_t *)"j", 1));
    assert_true(model_delete(&model, (const uint8_t *)"k", 1));
    assert_false(model_delete(&model, (const uint8_t *)"k", 1));
    assert_int_equal(model.count, 0);
    model_free(&model);
}

static void a_range_takes_its_low_end_and_not_its_high_one(void **state)
{
    (void)state;
    struct model model;
    model_init(&model);
    put(&model, "a", "");
    put(&model, "b", "");
    put(&model, "c", "");
    put(&model, "d", "");
    assert_int_equal(model_delete_range(&model, (const uint8_t *)"b", 1, (const uint8_t *)"d", 1), 2);
    assert_non_null(model_get(&model, (const uint8_t *)"a", 1));
    assert_non_null(model_get(&model, (const uint8_t *)"d", 1));
    assert_int_equal(model_delete_range(&model, (const uint8_t *)"d", 1, (const uint8_t *)"a", 1), 0);
    assert_int_equal(model_delete_range(&model, NULL, 0, NULL, 0), 2);
    model_free(&model);
}

static void search_gives_the_rank_of_the_first_key_at_or_after(void **state)
{
    (void)state;
    struct model model;
    int found;
    model_init(&model);
    put(&model, "b", "");
    put(&model, "d", "");
    assert_int_equal(model_search(&model, (const uint8_t *)"a", 1, &found), 0);
    assert_false(found);
    assert_int_equal(model_search(&model, (const uint8_t *)"d", 1, &found), 1);
    assert_true(found);
    assert_int_equal(model_search(&model, (const uint8_t *)"e", 1, &found), 2);
    assert_false(found);
    model_free(&model);
}

static void a_copy_does_not_see_later_changes(void **state)
{
    (void)state;
    struct model model, copy;
    model_init(&model);
    model_init(&copy);
    put(&model, "a", "1");
    put(&model, "b", "2");
    assert_true(model_copy(&copy, &model));
    put(&model, "a", "changed");
    model_delete(&model, (const uint8_t *)"b", 1);
    assert_int_equal(copy.count, 2);
    assert_holds(&copy, "a", "1");
    assert_holds(&copy, "b", "2");
    assert_true(model_copy(&model, &copy));
    assert_holds(&model, "a", "1");
    model_free(&copy);
    model_free(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_stand_in_byte_order_a_prefix_first),
        cmocka_unit_test(a_second_put_replaces_the_value),
        cmocka_unit_test(delete_says_whether_the_key_was_there),
        cmocka_unit_test(a_range_takes_its_low_end_and_not_its_high_one),
        cmocka_unit_test(search_gives_the_rank_of_the_first_key_at_or_after),
        cmocka_unit_test(a_copy_does_not_see_later_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
