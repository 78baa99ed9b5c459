/*
 * The list of a page's holes that the allocator keeps (space.h): a bounded array
 * of regions in the caller's memory. Its invariant here: at most SPACE_REGIONS
 * regions, none of them empty.
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
    uint8_t complete; /* 1: every hole is listed */
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
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS &&
  @     regions_filled(&space->start[0], &space->end[0], 0, space->count);
  @ requires region: index <= space->count && start < end <= UINT16_MAX;
  @ assigns *space;
  @ ensures list: space->count <= SPACE_REGIONS && regions_filled(&space->start[0], &space->end[0], 0, space->count);
  @ ensures full: \old(space->count) == SPACE_REGIONS ==> space->count == SPACE_REGIONS && space->complete == 0;
  @ ensures opened: \old(space->count) < SPACE_REGIONS ==> space->count == \old(space->count) + 1 &&
  @     space->complete == \old(space->complete) && space->start[index] == start && space->end[index] == end;
  @ ensures before: regions_moved{Pre, Post}(&space->start[0], &space->end[0], 0, index, 0);
  @ ensures after: \old(space->count) < SPACE_REGIONS ==>
  @     regions_moved{Pre, Post}(&space->start[0], &space->end[0], index, \old(space->count), 1);
  @*/
void regions_insert(struct space *space, size_t index, size_t start, size_t end);
/* Closes place `index`. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS &&
  @     regions_filled(&space->start[0], &space->end[0], 0, space->count);
  @ requires region: index < space->count;
  @ assigns space->count, space->start[index .. SPACE_REGIONS - 1], space->end[index .. SPACE_REGIONS - 1];
  @ ensures list: space->count <= SPACE_REGIONS && regions_filled(&space->start[0], &space->end[0], 0, space->count);
  @ ensures count: space->count == \old(space->count) - 1;
  @ ensures after: regions_moved{Pre, Post}(&space->start[0], &space->end[0], index + 1, \old(space->count), -1);
  @*/
void regions_remove(struct space *space, size_t index);
/* Adds the hole [start, end), joining it with the listed neighbours that it touches. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS &&
  @     regions_filled(&space->start[0], &space->end[0], 0, space->count);
  @ requires region: start < end <= UINT16_MAX;
  @ assigns *space;
  @ ensures list: space->count <= SPACE_REGIONS && regions_filled(&space->start[0], &space->end[0], 0, space->count);
  @*/
void regions_add(struct space *space, size_t start, size_t end);
/* Takes [start, end) out of region `index`, which holds it. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS &&
  @     regions_filled(&space->start[0], &space->end[0], 0, space->count);
  @ requires region: index < space->count && space->start[index] <= start < end <= space->end[index];
  @ assigns *space;
  @ ensures list: space->count <= SPACE_REGIONS && regions_filled(&space->start[0], &space->end[0], 0, space->count);
  @*/
void regions_carve(struct space *space, size_t index, size_t start, size_t end);
/* First region of at least `length` bytes, or count. */
/*@ requires list: \valid(space) && space->count <= SPACE_REGIONS &&
  @     regions_filled(&space->start[0], &space->end[0], 0, space->count);
  @ assigns \nothing;
  @ ensures within: \result <= space->count;
  @ ensures first: regions_short(&space->start[0], &space->end[0], 0, \result, length);
  @ ensures fits: \result < space->count ==> length <= space->end[\result] - space->start[\result];
  @*/
size_t regions_first_fit(const struct space *space, size_t length);

#endif
