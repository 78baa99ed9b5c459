/*
 * Interleavings, counted: plays of several threads on one pager or one database,
 * each run in many orders that a scheduler chooses and can choose again. Readers
 * must see one whole commit, not older than the newest that was acknowledged or
 * seen before they began, and no page may change while they hold it. A thread
 * that only holds a snapshot keeps nobody from going on.
 *
 *   INTERLEAVINGS   how many in all, about (default 6000)
 *   INTERLEAVING    PLAY:NUMBER, as a failure prints it: shows that one alone, with every change of threads
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plays.h"

enum { PLAYS = 13 };

static const struct play *const plays[PLAYS] = {
    &play_pages_tiny, &play_rests_tiny, &play_rests_steps,  &play_pins_steps, &play_claim_steps,
    &play_room_steps, &play_pages,      &play_pages_normal, &play_pages_lost, &play_checkpoint_steps,
    &play_database,   &play_backup,     &play_writers};

/* So many hundredths of all. */
static uint64_t interleavings(unsigned share)
{
    const char *wanted = getenv("INTERLEAVINGS");
    return (wanted != NULL ? strtoull(wanted, NULL, 10) : 6000) * share / 100 + 1;
}

static struct tally all;

static void tell(const struct play *play, const char *how, const struct tally *tally)
{
    all.schedules += tally->schedules;
    all.distinct += tally->distinct;
    all.switches += tally->switches;
    all.points += tally->points;
    print_message("# %s, %s: %llu schedules, %llu of them distinct, %llu switches at %llu points\n", play->name, how,
                  (unsigned long long)tally->schedules, (unsigned long long)tally->distinct,
                  (unsigned long long)tally->switches, (unsigned long long)tally->points);
}

static void run_by_lot(const struct play *play, unsigned share)
{
    struct tally tally = {0};
    int went_well = explore_by_lot(play, 1, interleavings(share), 0, &tally);
    tell(play, "by lot", &tally);
    assert_true(went_well);
}

/* All orders with no free switch, then with one and so on, as many schedules as there are to be. */
static void run_all(const struct play *play, uint64_t most)
{
    struct tally tally = {.is_complete = 1};
    uint64_t left = most;
    for (unsigned bound = 0; left > 0 && tally.is_complete; bound++) {
        char how[60];
        tally = (struct tally){0};
        int went_well = explore_all(play, bound, left, 0, &tally);
        snprintf(how, sizeof how, "%s with %u free switches", tally.is_complete ? "all" : "the first", bound);
        tell(play, how, &tally);
        assert_true(went_well);
        left -= tally.schedules;
    }
}

static void every_order_of_few_switches_on_tiny_plays(void **state)
{
    (void)state;
    run_all(&play_pages_tiny, interleavings(11));
    run_all(&play_rests_steps, interleavings(12));
    run_all(&play_pins_steps, interleavings(10));
    run_all(&play_claim_steps, 6000); /* all orders of up to three */
    run_all(&play_room_steps, interleavings(10));
    run_all(&play_rests_tiny, interleavings(10));
}

static void readers_see_one_commit_in_any_order_of_pages_read_and_written(void **state)
{
    (void)state;
    run_by_lot(&play_pages_tiny, 5);
    run_by_lot(&play_rests_tiny, 30);
    run_by_lot(&play_pages, 7);
    run_by_lot(&play_pages_normal, 3);
    run_by_lot(&play_pages_lost, 7);
}

static void checkpoints_take_turns_in_any_order(void **state)
{
    (void)state;
    run_all(&play_checkpoint_steps, interleavings(5));
}

static void readers_see_one_commit_in_any_order_of_calls_on_a_database(void **state)
{
    (void)state;
    run_by_lot(&play_database, 7);
}

static void a_backup_is_one_commit_in_any_order(void **state)
{
    (void)state;
    run_by_lot(&play_backup, 2);
}

static void two_writers_lose_no_update_in_any_order(void **state)
{
    (void)state;
    run_by_lot(&play_writers, 4);
}

static void a_number_names_one_schedule(void **state)
{
    (void)state;
    for (size_t i = 0; i < PLAYS; i++) {
        struct tally first = {0}, again = {0};
        assert_true(explore_by_lot(plays[i], 77, 3, 0, &first));
        assert_true(explore_by_lot(plays[i], 77, 3, 0, &again));
        assert_int_equal(first.points, again.points);
        assert_int_equal(first.switches, again.switches);
        assert_int_equal(first.sum, again.sum);
    }
}

static int tell_all(void **state)
{
    (void)state;
    print_message("# in all: %llu schedules, %llu of them distinct, %llu switches at %llu points\n",
                  (unsigned long long)all.schedules, (unsigned long long)all.distinct, (unsigned long long)all.switches,
                  (unsigned long long)all.points);
    return 0;
}

/* PLAY:NUMBER, or PLAY:BOUND.NUMBER of an enumeration. */
static int show_one(const char *which)
{
    for (size_t i = 0; i < PLAYS; i++) {
        size_t length = strlen(plays[i]->name);
        struct tally tally = {0};
        if (strncmp(which, plays[i]->name, length) != 0 || which[length] != ':')
            continue;
        char *end;
        uint64_t number = strtoull(which + length + 1, &end, 10);
        int went_well = *end == '.'
                            ? explore_all(plays[i], (unsigned)number, strtoull(end + 1, NULL, 10) + 1, 1, &tally)
                            : explore_by_lot(plays[i], number, 1, 1, &tally);
        tell(plays[i], "shown", &tally);
        return went_well ? 0 : 1;
    }
    fprintf(stderr, "there is no play of that name: %s\n", which);
    return 2;
}

int main(void)
{
    const char *which = getenv("INTERLEAVING");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_names_one_schedule),
        cmocka_unit_test(every_order_of_few_switches_on_tiny_plays),
        cmocka_unit_test(readers_see_one_commit_in_any_order_of_pages_read_and_written),
        cmocka_unit_test(checkpoints_take_turns_in_any_order),
        cmocka_unit_test(readers_see_one_commit_in_any_order_of_calls_on_a_database),
        cmocka_unit_test(a_backup_is_one_commit_in_any_order),
        cmocka_unit_test(two_writers_lose_no_update_in_any_order),
    };
    return which != NULL ? show_one(which) : cmocka_run_group_tests(tests, NULL, tell_all);
}
