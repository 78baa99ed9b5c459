/* The allocator's list of holes, built anew from the directory. */
#include "space.h"

/*
 * A record is at least three bytes long: the first of its places in `marks`
 * says "a record begins here", the next two its length.
 */
/*@ requires place: offset + 3 <= PAGE_SIZE_MAX && length <= UINT16_MAX && \valid(marks + (offset .. offset + 2));
  @ assigns marks[offset .. offset + 2];
  @ ensures begin: marks[offset] == 1;
  @ ensures length: pair_at(marks, offset + 1) == length;
  @*/
static void mark_record(uint8_t *marks, size_t offset, size_t length)
{
    marks[offset] = 1;
    store16(marks + (offset + 1u), (uint16_t)length);
}

/*@ requires page: page_readable(page, page_size) && laid_out(page, page_size, 0);
  @ requires records: rule_7(page, page_size, slot_count_of(page), RECORD_MIN_PLAIN);
  @ requires marks: \valid(marks + (0 .. page_size - 1));
  @ requires apart: \separated(page + (0 .. page_size - 1), marks + (0 .. page_size - 1));
  @ assigns marks[0 .. free_start_of(page) - 1];
  @ ensures page: range_moved{Pre, Post}(page, page, 0, page_size);
  @ ensures marked: marked(page, page_size, marks);
  @*/
static void mark_records(const uint8_t *page, size_t page_size, uint8_t *marks)
{
    size_t width = slot_width(page_flags(page));
    size_t count = page_slot_count(page);
    /*@ assert arena: HEADER_SIZE <= arena_of(page); */
    bytes_zero_range(marks, 0, page_free_start(page));
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant page: range_moved{Pre, Here}(page, page, 0, page_size);
      @ loop invariant begins: begins_marked{Pre, Here}(page, page_size, i, marks);
      @ loop invariant belong: marks_belong{Pre, Here}(page, page_size, i, marks, free_start_of{Pre}(page));
      @ loop assigns i, marks[0 .. \at(free_start_of(page), Pre) - 1];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        /*@ assert same: extents_kept{Pre, Here}(page, page_size, count); */
        /*@ assert legal: extent_legal{Pre}(page, page_size, RECORD_MIN_PLAIN, i); */
        /*@ assert slot: slot_in_page(page_size, width, i); */
        size_t offset = slot_offset(page, page_size, width, i);
        size_t length = slot_length(page, page_size, width, i);
        /*@ assert own: offset == extent_start{Pre}(page, page_size, i) &&
          @     offset + length == extent_end{Pre}(page, page_size, i); */
        /*@ assert far: \forall integer k; 0 <= k < i ==> extents_apart{Pre}(page, page_size, k, i) &&
          @     (extent_start{Pre}(page, page_size, k) + RECORD_MIN_PLAIN <= offset ||
          @     offset + RECORD_MIN_PLAIN <= extent_start{Pre}(page, page_size, k)); */
        mark_record(marks, offset, length);
        /*@ assert page: range_moved{Pre, Here}(page, page, 0, page_size); */
        /*@ assert mine: marks[extent_start{Pre}(page, page_size, i)] == 1 &&
          @     pair_at(marks, extent_start{Pre}(page, page_size, i) + 1) ==
          @     extent_end{Pre}(page, page_size, i) - extent_start{Pre}(page, page_size, i); */
        /*@ assert earlier: begins_marked{Pre, Here}(page, page_size, i, marks); */
        /*@ assert inside: \forall integer b; offset <= b < offset + RECORD_MIN_PLAIN ==>
          @     in_some_extent{Pre}(page, page_size, i + 1, b); */
    }
    /*@ assert kept: extents_kept{Pre, Here}(page, page_size, count); */
}

/*@ requires readable: at <= PAGE_SIZE_MAX && \valid_read(marks + (at .. at + 2));
  @ assigns \nothing;
  @ ensures value: \result == pair_at(marks, at + 1);
  @*/
static size_t marked_length(const uint8_t *marks, size_t at)
{
    return load16(marks + (at + 1u));
}

/* Where the run of zeros that begins at `from` ends. */
/*@ requires readable: from < to && \valid_read(marks + (from .. to - 1)) && marks[from] == 0;
  @ assigns \nothing;
  @ ensures range: from < \result <= to;
  @ ensures zero: range_zero(marks, from, \result);
  @ ensures end: \result < to ==> marks[\result] != 0;
  @*/
static size_t run_end(const uint8_t *marks, size_t from, size_t to)
{
    size_t x = from;
    /*@ loop invariant range: from <= x <= to;
      @ loop invariant zero: range_zero(marks, from, x);
      @ loop assigns x;
      @ loop variant to - x;
      @*/
    while (x < to && marks[x] == 0)
        x++;
    return x;
}

/* Lists a hole behind all listed ones; a full list stays as it is. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ requires hole: start < end <= UINT16_MAX && regions_below(&space->start[0], &space->end[0], 0, space->count, start);
  @ assigns *space;
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures below: regions_below(&space->start[0], &space->end[0], 0, space->count, end + 1);
  @ ensures last: space->count == SPACE_REGIONS ==> space->end[SPACE_REGIONS - 1] <= end;
  @ ensures gains: list_gains{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count, start,
  @     end);
  @ ensures complete: space->complete != 0 ==> \old(space->complete) != 0 &&
  @     list_has_gained{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count, start, end);
  @ ensures full: \old(space->count) < SPACE_REGIONS ==> space->complete == \old(space->complete);
  @ ensures same: \old(space->count) == SPACE_REGIONS ==> space->complete == 0 &&
  @     list_same{Pre, Post}(&space->start[0], &space->end[0], SPACE_REGIONS, space->count) &&
  @     space->end[SPACE_REGIONS - 1] == \old(space->end[SPACE_REGIONS - 1]);
  @ ensures still: \old(space->count) == SPACE_REGIONS ==> list_has_kept{Pre, Post}(&space->start[0], &space->end[0],
  @     SPACE_REGIONS, SPACE_REGIONS, 0, 0);
  @*/
static void append_hole(struct space *space, size_t start, size_t end)
{
    regions_insert(space, space->count, start, end);
}

/*@ requires page: page_readable(page, page_size) && laid_out(page, page_size, 0);
  @ requires records: rule_7(page, page_size, slot_count_of(page), RECORD_MIN_PLAIN);
  @ requires marks: \valid(marks + (0 .. page_size - 1));
  @ requires apart: \separated(page + (0 .. page_size - 1), marks + (0 .. page_size - 1));
  @ requires list: \valid(space) && space->count == 0 && space->complete == 1;
  @ assigns *space, marks[0 .. free_start_of(page) - 1];
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures true: list_true(page, page_size, &space->start[0], &space->end[0], space->count);
  @ ensures full: space->complete != 0 ==> list_full(page, page_size, &space->start[0], &space->end[0], space->count);
  @ ensures first: space->complete == 0 ==> space->count == SPACE_REGIONS &&
  @     list_has_below(page, page_size, &space->start[0], &space->end[0], space->count, space->end[SPACE_REGIONS - 1]);
  @*/
static void list_runs(struct space *space, const uint8_t *page, size_t page_size, uint8_t *marks)
{
    size_t free_start = page_free_start(page);
    size_t x = page_arena(page);
    /*@ assert inside: free_start <= page_size; */
    mark_records(page, page_size, marks);
    /*@ assert same: free_start == free_start_of(page) && x == arena_of(page); */
    /*@ assert laid_out: laid_out(page, page_size, 0); */
    /*@ assert records: rule_7(page, page_size, slot_count_of(page), RECORD_MIN_PLAIN); */
    /*@ loop invariant range: arena_of(page) <= x <= free_start;
      @ loop invariant border: at_border(page, page_size, slot_count_of(page), x);
      @ loop invariant list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
      @     space->count);
      @ loop invariant true: list_true(page, page_size, &space->start[0], &space->end[0], space->count);
      @ loop invariant until: regions_below(&space->start[0], &space->end[0], 0, space->count, x + 1);
      @ loop invariant last: space->count == SPACE_REGIONS ==> space->end[SPACE_REGIONS - 1] <= x;
      @ loop invariant below: x < free_start && marks[x] == 0 ==>
      @     regions_below(&space->start[0], &space->end[0], 0, space->count, x);
      @ loop invariant full: space->complete != 0 ==>
      @     list_has_below(page, page_size, &space->start[0], &space->end[0], space->count, x);
      @ loop invariant first: space->complete == 0 ==> space->count == SPACE_REGIONS &&
  @     list_has_below(page, page_size, &space->start[0], &space->end[0], space->count, space->end[SPACE_REGIONS - 1]);
      @ loop assigns x, *space;
      @ loop variant free_start - x;
      @*/
    while (x < free_start) {
        if (marks[x] != 0) {
            size_t length = marked_length(marks, x);
            /*@ assert record: has_record(page, page_size, slot_count_of(page), x, x + length); */
            /*@ assert bytes: all_in_extents(page, page_size, slot_count_of(page), x, x + length); */
            /*@ assert behind: at_border(page, page_size, slot_count_of(page), x + length); */
            /*@ assert within: x + RECORD_MIN_PLAIN <= x + length <= free_start; */
            /*@ assert none: space->complete != 0 ==>
              @     list_has_below(page, page_size, &space->start[0], &space->end[0], space->count, x + length); */
            x += length;
        } else {
            size_t end = run_end(marks, x, free_start);
            /*@ assert hole: all_in_holes(page, page_size, x, end); */
            /*@ assert border: at_border(page, page_size, slot_count_of(page), end); */
            /*@ assert cut: space->complete == 0 ==> list_has_below(page, page_size, &space->start[0], &space->end[0],
              @     space->count, space->end[SPACE_REGIONS - 1]); */
            /*@ assert whole: space->complete != 0 && space->count == SPACE_REGIONS ==> list_has_below(page, page_size,
              @     &space->start[0], &space->end[0], space->count, space->end[SPACE_REGIONS - 1]); */
            /*@ assert first: space->count == SPACE_REGIONS ==> list_has_below(page, page_size, &space->start[0],
              @     &space->end[0], space->count, space->end[SPACE_REGIONS - 1]); */
            append_hole(space, x, end);
            /*@ assert before: space->complete != 0 ==>
              @     list_has_below(page, page_size, &space->start[0], &space->end[0], space->count, x); */
            /*@ assert now: space->complete != 0 ==>
              @     all_listed(&space->start[0], &space->end[0], space->count, x, end); */
            /*@ assert all: space->complete != 0 ==>
              @     list_has_below(page, page_size, &space->start[0], &space->end[0], space->count, end); */
            /*@ assert still: space->complete == 0 ==> space->count == SPACE_REGIONS && list_has_below(page, page_size,
              @     &space->start[0], &space->end[0], space->count, space->end[SPACE_REGIONS - 1]); */
            x = end;
        }
    }
}

void space_load(struct space *space, const uint8_t *page, size_t page_size, uint8_t *scratch)
{
    space_clear(space);
    if (page_hole_bytes(page) == 0) {
        /*@ assert none: \forall integer b; !in_hole(page, page_size, b); */
        return;
    }
    list_runs(space, page, page_size, scratch);
}
