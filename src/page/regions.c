/*
 * The bounded list of holes. It only helps the allocator to choose: a region
 * that finds no place is forgotten, and `complete` says so from then on.
 */
#include "regions.h"

void space_clear(struct space *space)
{
    space->count = 0;
    space->complete = 1;
}

void regions_insert(struct space *space, size_t index, size_t start, size_t end)
{
    if (space->count == SPACE_REGIONS) {
        space->complete = 0;
        return;
    }
    /*@ loop invariant range: index <= i <= space->count;
      @ loop invariant before: regions_moved{Pre, Here}(&space->start[0], &space->end[0], 0, i, 0);
      @ loop invariant moved: regions_moved{Pre, Here}(&space->start[0], &space->end[0], i, space->count, 1);
      @ loop invariant came: regions_came{Pre, Here}(&space->start[0], &space->end[0], i + 1, space->count + 1, 1);
      @ loop assigns i, space->start[0 .. SPACE_REGIONS - 1], space->end[0 .. SPACE_REGIONS - 1];
      @ loop variant i;
      @*/
    for (size_t i = space->count; i > index; i--) {
        space->start[i] = space->start[i - 1u];
        space->end[i] = space->end[i - 1u];
    }
    space->start[index] = (uint16_t)start;
    space->end[index] = (uint16_t)end;
    space->count = (uint16_t)(space->count + 1u);
    /*@ assert before: regions_moved{Pre, Here}(&space->start[0], &space->end[0], 0, index, 0); */
    /*@ assert before_came: regions_came{Pre, Here}(&space->start[0], &space->end[0], 0, index, 0); */
    /*@ assert moved: regions_moved{Pre, Here}(&space->start[0], &space->end[0], index, \at(space->count, Pre), 1); */
    /*@ assert came: regions_came{Pre, Here}(&space->start[0], &space->end[0], index + 1, space->count, 1); */
    /*@ assert filled: regions_filled(&space->start[0], &space->end[0], 0, space->count); */
    /*@ assert below: regions_below(&space->start[0], &space->end[0], 0, index, start); */
    /*@ assert above: regions_above(&space->start[0], &space->end[0], index + 1, space->count, end); */
    /*@ assert left: regions_apart(&space->start[0], &space->end[0], 0, index); */
    /*@ assert right: regions_apart(&space->start[0], &space->end[0], index + 1, space->count); */
    /*@ assert from_left: regions_listed{Here, Pre}(&space->start[0], &space->end[0], 0, index, \at(space->count,
      @     Pre));
      @*/
    /*@ assert from_right: regions_listed{Here, Pre}(&space->start[0], &space->end[0], index + 1, space->count,
      @                                              \at(space->count, Pre)); */
    /*@ assert to_left: regions_listed{Pre, Here}(&space->start[0], &space->end[0], 0, index, space->count); */
    /*@ assert to_right: regions_listed{Pre, Here}(&space->start[0], &space->end[0], index, \at(space->count, Pre),
      @                                            space->count); */
    /*@ assert count: space->count == \at(space->count, Pre) + 1; */
    /*@ assert own: region_covers(&space->start[0], &space->end[0], index, start, end); */
    /*@ assert own_listed: all_listed(&space->start[0], &space->end[0], space->count, start, end); */
    /*@ assert apart: regions_apart(&space->start[0], &space->end[0], 0, space->count); */
    /*@ assert gains: list_gains{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre), space->count,
      @     start, end);
      @*/
}

void regions_remove(struct space *space, size_t index)
{
    space->count = (uint16_t)(space->count - 1u);
    /*@ loop invariant range: index <= i <= space->count;
      @ loop invariant moved: regions_moved{Pre, Here}(&space->start[0], &space->end[0], index + 1, i + 1, -1);
      @ loop invariant came: regions_came{Pre, Here}(&space->start[0], &space->end[0], index, i, -1);
      @ loop invariant later: regions_moved{Pre, Here}(&space->start[0], &space->end[0], i, space->count + 1, 0);
      @ loop assigns i, space->start[index .. SPACE_REGIONS - 1], space->end[index .. SPACE_REGIONS - 1];
      @ loop variant space->count - i;
      @*/
    for (size_t i = index; i < space->count; i++) {
        space->start[i] = space->start[i + 1u];
        space->end[i] = space->end[i + 1u];
    }
    /*@ assert left: regions_moved{Pre, Here}(&space->start[0], &space->end[0], 0, index, 0); */
    /*@ assert left_came: regions_came{Pre, Here}(&space->start[0], &space->end[0], 0, index, 0); */
    /*@ assert moved: regions_moved{Pre, Here}(&space->start[0], &space->end[0], index + 1, \at(space->count, Pre),
      @     -1);
      @*/
    /*@ assert left_apart: regions_apart(&space->start[0], &space->end[0], 0, index); */
    /*@ assert right_apart: regions_apart(&space->start[0], &space->end[0], index, space->count); */
    /*@ assert filled: regions_filled(&space->start[0], &space->end[0], 0, space->count); */
    /*@ assert across: \forall integer i, j; 0 <= i < index <= j < space->count ==> space->end[i] < space->start[j]; */
    /*@ assert apart: regions_apart(&space->start[0], &space->end[0], 0, space->count); */
    /*@ assert from_left: regions_listed{Here, Pre}(&space->start[0], &space->end[0], 0, index, \at(space->count,
      @     Pre));
      @*/
    /*@ assert from_right: regions_listed{Here, Pre}(&space->start[0], &space->end[0], index, space->count,
      @                                              \at(space->count, Pre)); */
    /*@ assert to_left: regions_listed{Pre, Here}(&space->start[0], &space->end[0], 0, index, space->count); */
    /*@ assert to_right: regions_listed{Pre, Here}(&space->start[0], &space->end[0], index + 1, \at(space->count, Pre),
      @                                            space->count); */
    /*@ assert left_without: \forall integer i, b; 0 <= i < index && in_region(&space->start[0], &space->end[0], i,
      @     b) ==>
      @     !in_region{Pre}(&space->start[0], &space->end[0], index, b); */
    /*@ assert right_without: \forall integer i, b; index <= i < space->count &&
      @     in_region(&space->start[0], &space->end[0], i, b) ==> !in_region{Pre}(&space->start[0], &space->end[0],
      @     index, b);
      @*/
}

/* Lets region `index` be [start, end), which still touches no other. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ requires region: index < space->count && start < end <= UINT16_MAX;
  @ requires below: regions_below(&space->start[0], &space->end[0], 0, index, start);
  @ requires above: regions_above(&space->start[0], &space->end[0], index + 1, space->count, end);
  @ assigns space->start[index], space->end[index];
  @ ensures list: list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures region: space->start[index] == start && space->end[index] == end;
  @ ensures bytes: region_became{Pre, Post}(&space->start[0], &space->end[0], space->count, index, start, end);
  @*/
static void set_region(struct space *space, size_t index, size_t start, size_t end)
{
    space->start[index] = (uint16_t)start;
    space->end[index] = (uint16_t)end;
    /*@ assert left: regions_moved{Pre, Here}(&space->start[0], &space->end[0], 0, index, 0) &&
      @     regions_came{Pre, Here}(&space->start[0], &space->end[0], 0, index, 0); */
    /*@ assert right: regions_moved{Pre, Here}(&space->start[0], &space->end[0], index + 1, space->count, 0) &&
      @     regions_came{Pre, Here}(&space->start[0], &space->end[0], index + 1, space->count, 0); */
    /*@ assert from_left: regions_listed{Here, Pre}(&space->start[0], &space->end[0], 0, index, space->count); */
    /*@ assert from_right: regions_listed{Here, Pre}(&space->start[0], &space->end[0], index + 1, space->count,
      @     space->count);
      @*/
    /*@ assert to_left: regions_listed{Pre, Here}(&space->start[0], &space->end[0], 0, index, space->count); */
    /*@ assert to_right: regions_listed{Pre, Here}(&space->start[0], &space->end[0], index + 1, space->count,
      @     space->count);
      @*/
    /*@ assert own: region_covers(&space->start[0], &space->end[0], index, start, end); */
    /*@ assert own_listed: all_listed(&space->start[0], &space->end[0], space->count, start, end); */
    /*@ assert filled: regions_filled(&space->start[0], &space->end[0], 0, space->count); */
    /*@ assert not_left: \forall integer i, b; 0 <= i < index && in_region(&space->start[0], &space->end[0], i, b) ==>
      @     !in_region{Pre}(&space->start[0], &space->end[0], index, b); */
    /*@ assert not_right: \forall integer i, b; index < i < space->count && in_region(&space->start[0],
      @     &space->end[0], i, b) ==>
      @     !in_region{Pre}(&space->start[0], &space->end[0], index, b); */
}

void regions_add(struct space *space, size_t start, size_t end)
{
    size_t next = 0;
    /*@ loop invariant range: 0 <= next <= space->count;
      @ loop invariant below: \forall integer i; 0 <= i < next ==> space->end[i] <= start;
      @ loop assigns next;
      @ loop variant space->count - next;
      @*/
    while (next < space->count && space->start[next] < start)
        next++;
    /*@ assert above: \forall integer i; next <= i < space->count ==> end <= space->start[i]; */
    int joins_before = next > 0 && space->end[next - 1u] == start;
    int joins_next = next < space->count && space->start[next] == end;
    /*@ assert covers_front: joins_before != 0 ==>
      @     region_covers(&space->start[0], &space->end[0], next - 1, space->start[next - 1], start); */
    /*@ assert front: joins_before != 0 ==>
      @     all_listed(&space->start[0], &space->end[0], space->count, space->start[next - 1], start); */
    /*@ assert covers_back: joins_next != 0 ==>
      @     region_covers(&space->start[0], &space->end[0], next, end, space->end[next]); */
    /*@ assert back: joins_next != 0 ==>
      @     all_listed(&space->start[0], &space->end[0], space->count, end, space->end[next]); */
    if (joins_before && joins_next) {
        size_t end_of_next = space->end[next];
        regions_remove(space, next);
        set_region(space, next - 1u, space->start[next - 1u], end_of_next);
        /*@ assert gains_both: list_gains{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @     space->count, start, end);
          @*/
        /*@ assert gained_both: list_has_gained{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @     space->count, start, end);
          @*/
        /*@ assert complete_both: space->complete != 0 ==> \at(space->complete, Pre) != 0 &&
          @     list_has_gained{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre), space->count,
          @     start, end); */
    } else if (joins_before) {
        set_region(space, next - 1u, space->start[next - 1u], end);
        /*@ assert gains_before: list_gains{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @     space->count, start, end);
          @*/
        /*@ assert gained_before: list_has_gained{Pre, Here}(&space->start[0], &space->end[0], \at(space->count,
          @     Pre), space->count, start, end);
          @*/
        /*@ assert complete_before: space->complete != 0 ==> \at(space->complete, Pre) != 0 &&
          @     list_has_gained{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre), space->count,
          @     start, end); */
    } else if (joins_next) {
        set_region(space, next, start, space->end[next]);
        /*@ assert gains_next: list_gains{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @     space->count, start, end);
          @*/
        /*@ assert gained_next: list_has_gained{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @     space->count, start, end);
          @*/
        /*@ assert complete_next: space->complete != 0 ==> \at(space->complete, Pre) != 0 &&
          @     list_has_gained{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre), space->count,
          @     start, end); */
    } else {
        regions_insert(space, next, start, end);
        /*@ assert complete: space->complete != 0 ==> \at(space->complete, Pre) != 0 &&
          @     list_has_gained{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre), space->count,
          @     start, end); */
    }
}

void regions_carve(struct space *space, size_t index, size_t start, size_t end)
{
    size_t region_start = space->start[index], region_end = space->end[index];
    if (region_start == start && region_end == end) {
        regions_remove(space, index);
        /*@ assert loses_all: list_loses{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @     space->count, start, end);
          @*/
    } else if (region_start == start) {
        set_region(space, index, end, region_end);
        /*@ assert loses_front: list_loses{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @     space->count, start, end);
          @*/
        /*@ assert kept_behind: list_has_kept{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @                                              space->count, start, end); */
    } else {
        set_region(space, index, region_start, start);
        /*@ assert loses_behind: list_loses{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @     space->count, start, region_end);
          @*/
        /*@ assert kept: list_has_kept{Pre, Here}(&space->start[0], &space->end[0], \at(space->count, Pre),
          @     space->count,
          @                                       start, region_end); */
        if (end < region_end)
            regions_insert(space, index + 1u, end, region_end);
    }
}

size_t regions_first_fit(const struct space *space, size_t length)
{
    size_t i = 0;
    /*@ loop invariant range: 0 <= i <= space->count;
      @ loop invariant short: regions_short(&space->start[0], &space->end[0], 0, i, length);
      @ loop assigns i;
      @ loop variant space->count - i;
      @*/
    while (i < space->count && (size_t)(space->end[i] - space->start[i]) < length)
        i++;
    return i;
}
