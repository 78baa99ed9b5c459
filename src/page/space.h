/*
 * The in-page allocator of V2 and V3 pages (leaf and branch).
 *
 * The space of a page is header + fences + live records + holes + gap +
 * directory, exactly. hole_bytes in the header counts the holes, so "is there
 * room" costs nothing; where the holes are stands in a struct space, a bounded
 * list in the caller's memory. A page without holes needs no list: an empty one
 * is true for it. Holes that the list could not keep are found by compaction.
 *
 *   arena     record    hole    record   free_start     free_end
 *     |  ######  |......|  ######  |          gap         | slots |
 */
#ifndef QUIRE_PAGE_SPACE_H
#define QUIRE_PAGE_SPACE_H

#include "regions.h"
#include "slot.h"

enum place { PLACE_NONE = 0, PLACE_SAME, PLACE_HOLE, PLACE_GAP, PLACE_COMPACTED };

/*
 * Builds the list from the directory: all holes, or where these are too many the
 * first SPACE_REGIONS of them. `scratch` has page_size bytes.
 */
/*@ requires page: page_readable(page, page_size) && laid_out(page, page_size, 0);
  @ requires records: rule_7(page, page_size, slot_count_of(page), RECORD_MIN_PLAIN);
  @ requires list: \valid(space);
  @ requires scratch: \valid(scratch + (0 .. page_size - 1));
  @ requires apart: \separated(page + (0 .. page_size - 1), scratch + (0 .. page_size - 1));
  @ assigns *space, scratch[0 .. free_start_of(page) - 1];
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures true: list_true(page, page_size, &space->start[0], &space->end[0], space->count);
  @ ensures full: space->complete != 0 ==> list_full(page, page_size, &space->start[0], &space->end[0], space->count);
  @ ensures first: space->complete == 0 ==> space->count == SPACE_REGIONS &&
  @     list_has_below(page, page_size, &space->start[0], &space->end[0], space->count, space->end[SPACE_REGIONS - 1]);
  @*/
void space_load(struct space *space, const uint8_t *page, size_t page_size, uint8_t *scratch);
/* 1 if a record of `length` with `slot_bytes` of new directory fits, compacting if need be. */
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1)) && free_start_of(page) <= free_end_of(page);
  @ requires length: length + slot_bytes <= SIZE_MAX;
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> length + slot_bytes <= hole_bytes_of(page) + gap_of(page);
  @*/
int space_has_room(const uint8_t *page, size_t length, size_t slot_bytes);
/*
 * Finds `length` bytes while leaving `slot_bytes` below free_end free: first-fit
 * hole, then gap, then compaction. Marks them used (free_start, hole_bytes, list)
 * and answers the kind of place, *offset where. PLACE_NONE changes nothing, and
 * means: not even the compacted page has room. scratch: as for space_compact, so
 * that a caller may keep the record it is about to place in the last `length`
 * of page_size bytes of scratch.
 */
enum place space_take(uint8_t *page, size_t page_size, struct space *space, size_t length, size_t slot_bytes,
                      size_t *offset, uint8_t *scratch);
/*
 * Takes exactly these bytes, which must be free: 1 if they were (a hole, or the
 * gap's first bytes, and slot_bytes are left below free_end), else 0 and nothing
 * changed. For redo; any offset and length below 65536.
 */
/*@ requires page: page_writable(page, page_size) && laid_out(page, page_size, 0);
  @ requires extent: offset <= UINT16_MAX && length <= UINT16_MAX && slot_bytes <= UINT16_MAX;
  @ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ requires true: list_true(page, page_size, &space->start[0], &space->end[0], space->count);
  @ requires full: space->complete != 0 ==> list_full(page, page_size, &space->start[0], &space->end[0], space->count);
  @ assigns page[HEADER_FREE_START .. HEADER_FREE_START + 1], page[HEADER_HOLE_BYTES .. HEADER_HOLE_BYTES + 1], *space;
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @ ensures exact: \result == 1 <==> takeable{Pre}(page, page_size, offset, length, slot_bytes);
  @ ensures allotted: \result == 1 ==> allotted(page, page_size, offset, length, slot_bytes);
  @ ensures refused: \result == 0 ==> range_moved{Pre, Post}(page, page, 0, page_size) &&
  @     list_same{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count);
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures loses: \result == 1 ==> list_loses{Pre, Post}(&space->start[0], &space->end[0], \old(space->count),
  @     space->count, offset, offset + length);
  @ ensures complete: space->complete != 0 ==> \old(space->complete) != 0 && list_has_kept{Pre, Post}(&space->start[0],
  @     &space->end[0], \old(space->count), space->count, offset, offset + length);
  @*/
int space_take_at(uint8_t *page, size_t page_size, struct space *space, size_t offset, size_t length,
                  size_t slot_bytes);
/* Zeroes the extent, which no slot names any more, and returns it: to the gap when it ends at free_start, else as a
 * hole. */
/*@ requires header: \valid(page + (0 .. HEADER_SIZE - 1)) && hole_bytes_of(page) + length <= UINT16_MAX;
  @ requires extent: 0 < length && HEADER_SIZE <= offset && offset + length <= free_start_of(page) &&
  @     \valid(page + (offset .. offset + length - 1));
  @ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ requires new: regions_clear(&space->start[0], &space->end[0], space->count, offset, offset + length);
  @ assigns page[offset .. offset + length - 1], page[HEADER_FREE_START .. HEADER_FREE_START + 1],
  @     page[HEADER_HOLE_BYTES .. HEADER_HOLE_BYTES + 1], *space;
  @ ensures zero: range_zero(page, offset, offset + length);
  @ ensures gap: offset + length == \old(free_start_of(page)) ==> free_start_of(page) == offset &&
  @     hole_bytes_of(page) == \old(hole_bytes_of(page)) && space->complete == \old(space->complete) &&
  @     list_same{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count);
  @ ensures hole: offset + length < \old(free_start_of(page)) ==> free_start_of(page) == \old(free_start_of(page)) &&
  @     hole_bytes_of(page) == \old(hole_bytes_of(page)) + length;
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures gains: list_gains{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count, offset,
  @     offset + length);
  @ ensures complete: offset + length < \old(free_start_of(page)) && space->complete != 0 ==>
  @     \old(space->complete) != 0 && list_has_gained{Pre, Post}(&space->start[0], &space->end[0],
  @     \old(space->count), space->count, offset, offset + length);
  @*/
void space_give(uint8_t *page, struct space *space, size_t offset, size_t length);
/*
 * Moves all records down to the arena, one behind the other in the order of
 * their slots, whatever the order of their offsets; a page without holes stays
 * as it is. scratch has page_size bytes. Written are those where the records
 * will stand, so that the last ones stay as they are, as many as the gap will have.
 */
/*@ requires page: page_writable(page, page_size) && laid_out(page, page_size, 0);
  @ requires list: \valid(space);
  @ requires scratch: \valid(scratch + (0 .. page_size - 1));
  @ requires apart: \separated(page + (0 .. page_size - 1), scratch + (0 .. page_size - 1));
  @ assigns page[HEADER_FREE_START .. HEADER_FREE_START + 1], page[HEADER_HOLE_BYTES .. HEADER_HOLE_BYTES + 1],
  @     page[arena_of(page) .. free_start_of(page) - 1], page[free_end_of(page) .. page_size - 1],
  @     space->count, space->complete, scratch[arena_of(page) .. records_end(page) - 1];
  @ ensures laid_out: laid_out(page, page_size, 0);
  @ ensures one_gap: hole_bytes_of(page) == 0 && free_start_of(page) == \old(records_end(page));
  @ ensures zero: range_zero(page, free_start_of(page), \old(free_start_of(page)));
  @ ensures lengths: lengths_kept{Pre, Post}(page, page_size, slot_count_of(page));
  @ ensures bytes: records_kept{Pre, Post}(page, page_size, slot_count_of(page));
  @ ensures heads: width_of(page) == SLOT_WIDTH_V3 ==> heads_kept{Pre, Post}(page, page_size, slot_count_of(page));
  @ ensures packed: \old(hole_bytes_of(page)) != 0 ==> packed{Pre, Post}(page, page_size, slot_count_of(page));
  @ ensures same: \old(hole_bytes_of(page)) == 0 ==> range_moved{Pre, Post}(page, page, 0, page_size);
  @ ensures list: space->count == 0 && space->complete == 1;
  @*/
void space_compact(uint8_t *page, size_t page_size, struct space *space, uint8_t *scratch);

#endif
