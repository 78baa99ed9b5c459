/*
 * The mutator by structure: what it makes fits the room, stays in the grammar, is
 * the same for the same seed, and reaches every field of an edit.
 */
#include "../../fuzz/support/edit_mutator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ROOM = 1200, SEEDS = 4000 };

/* A healthy input without edits, in a block of exactly `room` bytes. */
static uint8_t *start(const struct edit_grammar *grammar, size_t *size, uint8_t first)
{
    uint8_t *data = calloc(1, ROOM);
    assert_non_null(data);
    *size = grammar->is_counted ? 1100 : grammar->header;
    data[0] = first;
    return data;
}

static void expect_fits(const struct edit_grammar *grammar, uint8_t first)
{
    size_t most = 0, least = SIZE_MAX;
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        size_t size, again_size;
        uint8_t *data = start(grammar, &size, first), *again = start(grammar, &again_size, first);
        for (uint32_t round = 0; round < 4; round++) {
            size = edit_mutate(grammar, data, size, ROOM, seed + round);
            again_size = edit_mutate(grammar, again, again_size, ROOM, seed + round);
            assert_true(size <= ROOM && size >= grammar->header);
            assert_int_equal(size, again_size);
            assert_memory_equal(data, again, size);
            if (grammar->is_counted)
                assert_int_equal(size, 1100 + grammar->edit * (data[0] % (grammar->most + 1)));
        }
        most = size > most ? size : most;
        least = size < least ? size : least;
        free(data);
        free(again);
    }
    assert_true(most > least + 4 * grammar->edit);
}

static void mutants_fit_the_room_and_the_grammar(void **state)
{
    (void)state;
    expect_fits(&file_resealed_grammar, 0);
    expect_fits(&slot_corrupt_grammar, 0);
}

static void every_field_of_an_edit_changes(void **state)
{
    (void)state;
    const struct edit_grammar *grammar = &file_resealed_grammar;
    size_t changed[6] = {0};
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        size_t size;
        uint8_t *data = start(grammar, &size, 1);
        size = edit_mutate(grammar, data, size, ROOM, seed);
        for (size_t i = 0; i < grammar->edit && data[0] % (grammar->most + 1) == 1; i++)
            changed[i] += data[1 + i] != 0;
        free(data);
    }
    for (size_t i = 0; i < grammar->edit; i++)
        assert_true(changed[i] > 20);
}

static void a_cross_has_the_edits_of_one_and_the_file_of_the_other(void **state)
{
    (void)state;
    const struct edit_grammar *grammar = &file_resealed_grammar;
    uint8_t a[1 + 1024], b[1 + 12 + 1024], out[ROOM];
    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    a[0] = 0;
    b[0] = 2;
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        size_t size = edit_cross(grammar, a, sizeof a, b, sizeof b, out, ROOM, seed);
        assert_int_equal(size, 1 + 12 + 1024);
        assert_int_equal(out[0], 2);
        for (size_t i = 1; i <= 12; i++)
            assert_int_equal(out[i], 'b');
        assert_true(out[13] == 'a' || out[size - 1] == 'a');
    }
    assert_int_equal(edit_cross(grammar, a, sizeof a, b, sizeof b, out, 100, 1), 0);
    assert_int_equal(edit_cross(grammar, a, 0, b, sizeof b, out, ROOM, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutants_fit_the_room_and_the_grammar),
        cmocka_unit_test(every_field_of_an_edit_changes),
        cmocka_unit_test(a_cross_has_the_edits_of_one_and_the_file_of_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
