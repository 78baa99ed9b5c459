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
      @ loop invariant filled: regions_filled(&space->start[0], &space->end[0], 0, i) &&
      @     regions_filled(&space->start[0], &space->end[0], i + 1, space->count + 1);
      @ loop invariant before: regions_moved{Pre, Here}(&space->start[0], &space->end[0], 0, i, 0);
      @ loop invariant moved: regions_moved{Pre, Here}(&space->start[0], &space->end[0], i, space->count, 1);
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
}

void regions_remove(struct space *space, size_t index)
{
    space->count = (uint16_t)(space->count - 1u);
    /*@ loop invariant range: index <= i <= space->count;
      @ loop invariant filled: regions_filled(&space->start[0], &space->end[0], 0, i) &&
      @     regions_filled(&space->start[0], &space->end[0], i + 1, space->count + 1);
      @ loop invariant moved: regions_moved{Pre, Here}(&space->start[0], &space->end[0], index + 1, i + 1, -1);
      @ loop invariant later: regions_moved{Pre, Here}(&space->start[0], &space->end[0], i + 1, space->count + 1, 0);
      @ loop assigns i, space->start[index .. SPACE_REGIONS - 1], space->end[index .. SPACE_REGIONS - 1];
      @ loop variant space->count - i;
      @*/
    for (size_t i = index; i < space->count; i++) {
        space->start[i] = space->start[i + 1u];
        space->end[i] = space->end[i + 1u];
    }
}

void regions_add(struct space *space, size_t start, size_t end)
{
    size_t next = 0;
    /*@ loop invariant range: 0 <= next <= space->count;
      @ loop invariant below: \forall integer i; 0 <= i < next ==> space->start[i] < start;
      @ loop assigns next;
      @ loop variant space->count - next;
      @*/
    while (next < space->count && space->start[next] < start)
        next++;
    int joins_before = next > 0 && space->end[next - 1u] == start;
    int joins_next = next < space->count && space->start[next] == end;
    if (joins_before && joins_next) {
        space->end[next - 1u] = space->end[next];
        regions_remove(space, next);
    } else if (joins_before) {
        space->end[next - 1u] = (uint16_t)end;
    } else if (joins_next) {
        space->start[next] = (uint16_t)start;
    } else {
        regions_insert(space, next, start, end);
    }
}

void regions_carve(struct space *space, size_t index, size_t start, size_t end)
{
    size_t region_end = space->end[index];
    if (space->start[index] == start && region_end == end) {
        regions_remove(space, index);
    } else if (space->start[index] == start) {
        space->start[index] = (uint16_t)end;
        //@ assert cut_in_front: regions_filled(&space->start[0], &space->end[0], 0, space->count);
    } else {
        space->end[index] = (uint16_t)start;
        //@ assert cut_behind: regions_filled(&space->start[0], &space->end[0], 0, space->count);
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
