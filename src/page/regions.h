/*
 * The list of a page's holes that the allocator keeps (space.h): a bounded array
 * of regions in the caller's memory. Its invariant: at most SPACE_REGIONS
 * regions, none of them empty, ascending and not touching.
 */
#ifndef QUIRE_PAGE_REGIONS_H
#define QUIRE_PAGE_REGIONS_H

#include <stddef.h>
#include <stdint.h>

enum { SPACE_REGIONS = 32 };

/*
 * Holes of one page, by offset, disjoint and not touching. What the functions
 * below do to the page follows from the page and their arguments; the list only
 * decides which of several places is taken.
 */
struct space {
    uint16_t count;
    int8_t complete; /* 1: every hole is listed */
    uint16_t start[SPACE_REGIONS];
    uint16_t end[SPACE_REGIONS];
};

/* The list of a page with no holes. */
/*@ requires list: \valid(space);
  @ assigns space->count, space->complete;
  @ ensures empty: space->count == 0 && space->complete == 1;
  @*/
void space_clear(struct space *space);
/* Opens place `index` of the list for a region; a full list forgets the region instead. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ requires region: index <= space->count && start < end <= UINT16_MAX;
  @ requires below: regions_below(&space->start[0], &space->end[0], 0, index, start);
  @ requires above: regions_above(&space->start[0], &space->end[0], index, space->count, end);
  @ assigns *space;
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures full: \old(space->count) == SPACE_REGIONS ==> space->count == SPACE_REGIONS && space->complete == 0;
  @ ensures opened: \old(space->count) < SPACE_REGIONS ==> space->count == \old(space->count) + 1 &&
  @     space->complete == \old(space->complete) && space->start[index] == start && space->end[index] == end;
  @ ensures before: regions_moved{Pre, Post}(&space->start[0], &space->end[0], 0, index, 0);
  @ ensures after: \old(space->count) < SPACE_REGIONS ==>
  @     regions_moved{Pre, Post}(&space->start[0], &space->end[0], index, \old(space->count), 1);
  @ ensures gains: list_gains{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count, start,
  @     end);
  @ ensures complete: space->complete != 0 ==> \old(space->complete) != 0 &&
  @     list_has_gained{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count, start, end);
  @*/
void regions_insert(struct space *space, size_t index, size_t start, size_t end);
/* Closes place `index`, and so forgets its region. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ requires region: index < space->count;
  @ assigns space->count, space->start[index .. SPACE_REGIONS - 1], space->end[index .. SPACE_REGIONS - 1];
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures count: space->count == \old(space->count) - 1;
  @ ensures after: regions_came{Pre, Post}(&space->start[0], &space->end[0], index, space->count, -1);
  @ ensures loses: list_loses{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count,
  @                                      \old(space->start[index]), \old(space->end[index]));
  @ ensures kept: list_has_kept{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count,
  @                                        \old(space->start[index]), \old(space->end[index]));
  @*/
void regions_remove(struct space *space, size_t index);
/* Adds the hole [start, end), no byte of which is listed, joining it with the listed neighbours that it touches. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ requires region: start < end <= UINT16_MAX;
  @ requires new: regions_clear(&space->start[0], &space->end[0], space->count, start, end);
  @ assigns *space;
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures gains: list_gains{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count, start,
  @     end);
  @ ensures complete: space->complete != 0 ==> \old(space->complete) != 0 &&
  @     list_has_gained{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count, start, end);
  @*/
void regions_add(struct space *space, size_t start, size_t end);
/* Takes [start, end) out of region `index`, which holds it. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ requires region: index < space->count && space->start[index] <= start < end <= space->end[index];
  @ assigns *space;
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures loses: list_loses{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count, start,
  @     end);
  @ ensures complete: space->complete != 0 ==> \old(space->complete) != 0 &&
  @     list_has_kept{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count, start, end);
  @*/
void regions_carve(struct space *space, size_t index, size_t start, size_t end);
/* First region of at least `length` bytes, or count. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ assigns \nothing;
  @ ensures within: \result <= space->count;
  @ ensures first: regions_short(&space->start[0], &space->end[0], 0, \result, length);
  @ ensures fits: \result < space->count ==> length <= space->end[\result] - space->start[\result];
  @*/
size_t regions_first_fit(const struct space *space, size_t length);

#endif
