/*
 * Looking at a database, scanning, trimming and copying it when memory runs out:
 * whichever allocation fails, the call says so or does without, leaks nothing,
 * and succeeds when it is made again with memory.
 */
#include "../support/store_fixture.h"

enum { PAGE = 512, RECORDS = 600, MOST_ALLOCATIONS = 100000 };

typedef quire_status work_function(struct fixture *fixture);

static void fill(struct fixture *fixture, uint8_t slots, uint8_t records)
{
    static uint8_t value[900];
    fixture_open(fixture, PAGE);
    fixture_begin(fixture);
    fixture_set_version(fixture, slots, records);
    for (size_t i = 0; i < RECORDS; i++)
        fixture_put(fixture, fixture_key(i), (quire_bytes){value, i % 20 == 0 ? 900 : 10});
    for (size_t i = 0; i < RECORDS; i += 2)
        fixture_delete(fixture, fixture_key(i));
    fixture_commit(fixture);
}

/* Fails the first allocation of the work, then the second, and so on until none fails. */
static void check_work(work_function *work)
{
    struct fixture fixture;
    size_t nth = 1;
    size_t failures = 0;
    fill(&fixture, QUIRE_TREE_SLOTS_V1, QUIRE_RECORDS_PREFIX);
    for (;; nth++) {
        assert_true(nth < MOST_ALLOCATIONS);
        fixture_begin(&fixture);
        fixture.refuse_after = nth;
        quire_status status = work(&fixture);
        int refused = fixture.refuse_after == 0;
        fixture.refuse_after = 0;
        fixture_rollback(&fixture);
        if (!refused) {
            assert_status(&fixture, QUIRE_OK, status);
            break;
        }
        /* The pager can do without some: it writes earlier, or keeps less. */
        if (status != QUIRE_OK)
            assert_status(&fixture, QUIRE_NO_MEMORY, status);
        failures += status != QUIRE_OK;
    }
    assert_true(failures > 0);
    fixture_begin(&fixture);
    fixture_assert_sound(&fixture);
    fixture_rollback(&fixture);
    fixture_close(&fixture);
}

static quire_status audit_all(struct fixture *fixture)
{
    return audit(&fixture->view, NULL, NULL, NULL, NULL);
}

static quire_status stat_all(struct fixture *fixture)
{
    quire_tree_stat stat;
    return tree_stat(&fixture->view, &fixture->unnamed, &stat);
}

static quire_status trim_all(struct fixture *fixture)
{
    return space_trim(&fixture->view, 1000);
}

static quire_status scan_all(struct fixture *fixture)
{
    struct cursor cursor;
    quire_bytes key, value;
    quire_status status = cursor_open(&cursor, &fixture->view, &fixture->unnamed);
    if (status != QUIRE_OK)
        return status;
    while ((status = cursor_next(&cursor, &key, &value)) == QUIRE_OK) {
    }
    cursor_close(&cursor);
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

static quire_status no_commit(void *context)
{
    (void)context;
    return QUIRE_OK;
}

/* The memory of the copy fails, not the source's. */
static quire_status copy_all(struct fixture *fixture)
{
    struct fixture to;
    size_t refuse_after = fixture->refuse_after;
    fixture->refuse_after = 0;
    fixture_open(&to, PAGE);
    fixture_begin(&to);
    to.refuse_after = refuse_after;
    quire_status status = copy_trees(&fixture->view, &to.view, no_commit, NULL, NULL, NULL);
    fixture->refuse_after = to.refuse_after;
    fixture->fault = to.fault;
    to.refuse_after = 0;
    fixture_rollback(&to);
    fixture_close(&to);
    return status;
}

static void an_audit_without_memory_says_so(void **unused)
{
    (void)unused;
    check_work(audit_all);
}

static void figures_without_memory_say_so(void **unused)
{
    (void)unused;
    check_work(stat_all);
}

static void a_trim_without_memory_changes_nothing(void **unused)
{
    (void)unused;
    check_work(trim_all);
}

static void a_scan_without_memory_says_so(void **unused)
{
    (void)unused;
    check_work(scan_all);
}

static void a_copy_without_memory_says_so(void **unused)
{
    (void)unused;
    check_work(copy_all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_audit_without_memory_says_so),       cmocka_unit_test(figures_without_memory_say_so),
        cmocka_unit_test(a_trim_without_memory_changes_nothing), cmocka_unit_test(a_scan_without_memory_says_so),
        cmocka_unit_test(a_copy_without_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
