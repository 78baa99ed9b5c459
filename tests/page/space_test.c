/* The allocator: which place is taken, what is listed, and that a full list only costs a compaction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/space.h"

enum { PAGE = 1024, WIDTH = SLOT_WIDTH_V2, ARENA = HEADER_SIZE };

static uint8_t page[PAGE], scratch[PAGE];
static struct space space;

/* An empty page of V2 slots; the allocator does not care what records say. */
static int start(void **state)
{
    (void)state;
    page_init_slotted(page, PAGE, 3, 2, PAGE_LEAF, 0, LEAF_FLAG_PLAIN_RECORDS + PAGE_FLAG_SLOTS_V2, NULL, 0, NULL, 0);
    space_clear(&space);
    return 0;
}

/* Takes room for a record, fills it with `mark` and gives it the slot `slot`. */
static enum place add(size_t slot, size_t length, uint8_t mark)
{
    size_t offset;
    enum place place = space_take(page, PAGE, &space, length, WIDTH, &offset, scratch);
    if (place == PLACE_NONE)
        return place;
    assert_true(bytes_are_zero(page + offset, length));
    memset(page + offset, mark, length);
    slot_insert(page, PAGE, WIDTH, slot, offset, length, 0);
    return place;
}

static void drop(size_t slot)
{
    struct extent extent = slot_extent(page, PAGE, slot);
    slot_remove(page, PAGE, WIDTH, slot);
    space_give(page, &space, extent.offset, extent.length);
}

static int holds(size_t slot, size_t length, uint8_t mark)
{
    struct extent extent = slot_extent(page, PAGE, slot);
    for (size_t i = 0; i < extent.length; i++) {
        if (page[extent.offset + i] != mark)
            return 0;
    }
    return extent.length == length;
}

/* Ten records of 20 bytes, marked 1 to 10, in order. */
static void add_ten(void)
{
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(add(i, 20, (uint8_t)(i + 1)), PLACE_GAP);
}

static void the_first_hole_that_fits_is_taken(void **state)
{
    (void)state;
    add_ten();
    drop(1);
    drop(3);
    drop(3);
    assert_int_equal(page_hole_bytes(page), 60);
    assert_int_equal(space.count, 2);
    assert_int_equal(add(0, 30, 77), PLACE_HOLE);
    assert_int_equal(slot_extent(page, PAGE, 0).offset, ARENA + 80);
    assert_int_equal(add(0, 20, 78), PLACE_HOLE);
    assert_int_equal(slot_extent(page, PAGE, 0).offset, ARENA + 20);
    assert_int_equal(page_hole_bytes(page), 10);
    assert_int_equal(space.count, 1);
}

static void neighbouring_holes_join(void **state)
{
    (void)state;
    add_ten();
    drop(2);
    drop(3);
    assert_int_equal(space.count, 2);
    drop(2);
    assert_int_equal(space.count, 1);
    assert_int_equal(space.start[0], ARENA + 40);
    assert_int_equal(space.end[0], ARENA + 100);
}

static void an_extent_at_free_start_joins_the_gap(void **state)
{
    (void)state;
    add_ten();
    drop(9);
    assert_int_equal(page_free_start(page), ARENA + 180);
    assert_int_equal(page_hole_bytes(page), 0);
    assert_int_equal(space.count, 0);
}

static void freed_bytes_are_zero(void **state)
{
    (void)state;
    add_ten();
    drop(4);
    drop(8);
    assert_true(bytes_are_zero(page + ARENA + 80, 20));
    assert_true(bytes_are_zero(page + ARENA + 180, page_free_end(page) - (ARENA + 180)));
}

static void a_full_page_refuses_and_stays_as_it_is(void **state)
{
    (void)state;
    uint8_t before[PAGE];
    size_t room = PAGE - ARENA - WIDTH;
    assert_int_equal(add(0, room + 1, 1), PLACE_NONE);
    assert_int_equal(add(0, room, 1), PLACE_GAP);
    assert_int_equal(page_free_start(page), page_free_end(page));
    memcpy(before, page, PAGE);
    assert_int_equal(add(0, 3, 2), PLACE_NONE);
    assert_memory_equal(before, page, PAGE);
}

/* Finding 5: a hole is large enough for the record, but the directory has no room for its slot. */
static void a_hole_without_room_for_the_slot_means_compaction(void **state)
{
    (void)state;
    add_ten();
    assert_int_equal(add(10, page_free_end(page) - page_free_start(page) - WIDTH, 11), PLACE_GAP);
    drop(0);
    drop(0);
    assert_int_equal(page_free_end(page) - page_free_start(page), 2 * WIDTH);
    assert_int_equal(add(0, 10, 50), PLACE_HOLE);
    assert_int_equal(add(0, 10, 51), PLACE_HOLE);
    assert_int_equal(page_free_end(page), page_free_start(page));
    assert_int_equal(page_hole_bytes(page), 20);
    assert_int_equal(add(0, 20, 52), PLACE_NONE);
    assert_int_equal(add(0, 20 - WIDTH, 52), PLACE_COMPACTED);
    assert_int_equal(page_hole_bytes(page), 0);
    assert_int_equal(page_free_end(page), page_free_start(page));
    assert_true(holds(0, 20 - WIDTH, 52) && holds(1, 10, 51) && holds(2, 10, 50) && holds(3, 20, 3));
}

/* Finding 1: offsets in any order; here each record stands before the one with the smaller key. */
static void compaction_with_unordered_offsets_keeps_every_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(add(0, 10 + i, (uint8_t)(20 - i)), PLACE_GAP);
    drop(19);
    drop(10);
    drop(5);
    space_compact(page, PAGE, &space, scratch);
    assert_int_equal(page_hole_bytes(page), 0);
    for (size_t i = 0, mark = 1; i < 17; i++, mark++) {
        mark += mark == 6 || mark == 11;
        assert_true(holds(i, 30 - mark, (uint8_t)mark));
    }
    assert_true(bytes_are_zero(page + page_free_start(page), page_free_end(page) - page_free_start(page)));
}

/* More holes than the list has room for: those forgotten are found by compaction. */
static void holes_beyond_the_list_are_found_by_compaction(void **state)
{
    (void)state;
    size_t count = 0;
    while (add(count, 5, (uint8_t)(count + 1)) != PLACE_NONE)
        count++;
    for (size_t slot = count / 2; slot > 0; slot--)
        drop(2 * slot - 1);
    assert_int_equal(space.count, SPACE_REGIONS);
    assert_false(space.complete);
    size_t free_bytes = page_hole_bytes(page) + page_free_end(page) - page_free_start(page);
    assert_true(free_bytes > 400);
    assert_int_equal(add(0, free_bytes - WIDTH, 200), PLACE_COMPACTED);
    assert_true(space.complete);
    assert_true(holds(0, free_bytes - WIDTH, 200) && holds(1, 5, 1) && holds(2, 5, 3));
}

static void a_loaded_list_is_the_one_that_edits_made(void **state)
{
    (void)state;
    struct space loaded;
    add_ten();
    drop(0);
    drop(3);
    drop(3);
    drop(5);
    space_load(&loaded, page, PAGE, scratch);
    assert_int_equal(loaded.complete, 1);
    assert_int_equal(loaded.count, space.count);
    assert_memory_equal(loaded.start, space.start, loaded.count * sizeof *loaded.start);
    assert_memory_equal(loaded.end, space.end, loaded.count * sizeof *loaded.end);
}

/* With a whole list, a cut one, and none. */
static void only_free_bytes_can_be_taken_by_name(void **state)
{
    (void)state;
    add_ten();
    drop(4);
    size_t gap = page_free_end(page) - page_free_start(page);
    for (int knows = 0; knows < 2; knows++) {
        space_load(&space, page, PAGE, scratch);
        if (!knows) {
            space.count = 0;
            space.complete = 0;
        }
        assert_false(space_take_at(page, PAGE, &space, ARENA + 79, 3, 0));
        assert_false(space_take_at(page, PAGE, &space, ARENA + 98, 3, 0));
        assert_false(space_take_at(page, PAGE, &space, 40, 20, 0));
        assert_false(space_take_at(page, PAGE, &space, ARENA - 3, 3, 0));
        assert_false(space_take_at(page, PAGE, &space, ARENA + 80, 0, 0));
        assert_false(space_take_at(page, PAGE, &space, ARENA + 80, 20, gap + 1));
        assert_false(space_take_at(page, PAGE, &space, ARENA + 201, 3, 0));
        assert_false(space_take_at(page, PAGE, &space, ARENA + 200, gap - WIDTH + 1, WIDTH));
        assert_false(space_take_at(page, PAGE, &space, 65535, 65535, WIDTH));
    }
    assert_true(space_take_at(page, PAGE, &space, ARENA + 85, 10, WIDTH));
    assert_int_equal(page_hole_bytes(page), 10);
    assert_true(space_take_at(page, PAGE, &space, ARENA + 200, gap - WIDTH, WIDTH));
    assert_int_equal(page_free_start(page), page_free_end(page) - WIDTH);
}

/* The list knows half of a hole; what is taken reaches into the half that it knows. */
static void a_list_forgets_what_was_taken_behind_its_back(void **state)
{
    (void)state;
    add_ten();
    drop(4);
    drop(4);
    space.complete = 0;
    space.end[0] = ARENA + 100;
    assert_true(space_take_at(page, PAGE, &space, ARENA + 90, 30, WIDTH));
    memset(page + ARENA + 90, 99, 30);
    slot_insert(page, PAGE, WIDTH, 0, ARENA + 90, 30, 0);
    add(0, 20, 98);
    assert_true(holds(1, 30, 99));
    assert_true(holds(0, 20, 98));
}

static void taking_the_middle_of_a_hole_leaves_two(void **state)
{
    (void)state;
    add_ten();
    drop(4);
    assert_true(space_take_at(page, PAGE, &space, ARENA + 85, 10, WIDTH));
    assert_int_equal(space.count, 2);
    assert_int_equal(space.start[0], ARENA + 80);
    assert_int_equal(space.end[0], ARENA + 85);
    assert_int_equal(space.start[1], ARENA + 95);
    assert_int_equal(space.end[1], ARENA + 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_hole_that_fits_is_taken, start),
        cmocka_unit_test_setup(neighbouring_holes_join, start),
        cmocka_unit_test_setup(an_extent_at_free_start_joins_the_gap, start),
        cmocka_unit_test_setup(freed_bytes_are_zero, start),
        cmocka_unit_test_setup(a_full_page_refuses_and_stays_as_it_is, start),
        cmocka_unit_test_setup(a_hole_without_room_for_the_slot_means_compaction, start),
        cmocka_unit_test_setup(compaction_with_unordered_offsets_keeps_every_record, start),
        cmocka_unit_test_setup(holes_beyond_the_list_are_found_by_compaction, start),
        cmocka_unit_test_setup(a_loaded_list_is_the_one_that_edits_made, start),
        cmocka_unit_test_setup(only_free_bytes_can_be_taken_by_name, start),
        cmocka_unit_test_setup(a_list_forgets_what_was_taken_behind_its_back, start),
        cmocka_unit_test_setup(taking_the_middle_of_a_hole_leaves_two, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
