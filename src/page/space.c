/*
 * The in-page allocator. Two things describe the free bytes below free_end: the
 * header (free_start and hole_bytes) always does, exactly; the list of struct
 * space says where holes are, as far as it has room. Each listed region is a
 * maximal run of hole bytes among those listed, they ascend and do not touch.
 *
 * What a step does to the page depends on the page alone, never on the list:
 * the list only helps to choose an offset. So a log that names the offset can
 * repeat the step without knowing what its maker's list had forgotten. For this
 * reason a hole that comes to stand below free_start is not drawn into the gap.
 */
#include "space.h"

#include "space_fields.h"

int space_has_room(const uint8_t *page, size_t length, size_t slot_bytes)
{
    return length + slot_bytes <= page_hole_bytes(page) + gap_bytes(page);
}

/* 1 if no record has a byte in [start, end). */
/*@ requires page: page_readable(page, page_size) && framed(page, page_size);
  @ requires range: start < end <= PAGE_SIZE_MAX;
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> is_free(page, page_size, start, end);
  @*/
static int no_record_within(const uint8_t *page, size_t page_size, size_t start, size_t end)
{
    size_t width = slot_width(page_flags(page));
    size_t count = page_slot_count(page);
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant off: keep_off(page, page_size, i, start, end);
      @ loop assigns i;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        size_t offset = slot_offset(page, page_size, width, i);
        if (offset < end && start < offset + slot_length(page, page_size, width, i)) {
            /*@ assert meets: !keeps_off(page, page_size, i, start, end); */
            return 0;
        }
    }
    return 1;
}

/*
 * Takes [start, end) below free_start: by the list, or by a look at all records
 * when the list is not complete. In that case it forgets the listed regions,
 * some of which may overlap what was taken.
 */
/*@ requires page: page_writable(page, page_size) && laid_out(page, page_size, 0);
  @ requires range: start < end <= free_start_of(page);
  @ requires list: \valid(space) && space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0],
  @     space->count);
  @ requires true: list_true(page, page_size, &space->start[0], &space->end[0], space->count);
  @ requires full: space->complete != 0 ==> list_full(page, page_size, &space->start[0], &space->end[0], space->count);
  @ assigns page[HEADER_HOLE_BYTES .. HEADER_HOLE_BYTES + 1], *space;
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @ ensures exact: \result == 1 <==> arena_of{Pre}(page) <= start && is_free{Pre}(page, page_size, start, end);
  @ ensures counted: \result == 1 ==> hole_bytes_of(page) == \old(hole_bytes_of(page)) - (end - start);
  @ ensures refused: \result == 0 ==> range_moved{Pre, Post}(page, page, 0, page_size) &&
  @     list_same{Pre, Post}(&space->start[0], &space->end[0], \old(space->count), space->count);
  @ ensures list: space->count <= SPACE_REGIONS && list_legal(&space->start[0], &space->end[0], space->count);
  @ ensures loses: \result == 1 ==> list_loses{Pre, Post}(&space->start[0], &space->end[0], \old(space->count),
  @     space->count, start, end);
  @ ensures complete: space->complete != 0 ==> \old(space->complete) != 0 && list_has_kept{Pre, Post}(&space->start[0],
  @     &space->end[0], \old(space->count), space->count, start, end);
  @*/
static int take_hole_at(uint8_t *page, size_t page_size, struct space *space, size_t start, size_t end)
{
    size_t region = 0;
    /*@ loop invariant range: 0 <= region <= space->count;
      @ loop invariant before: regions_below(&space->start[0], &space->end[0], 0, region, end);
      @ loop assigns region;
      @ loop variant space->count - region;
      @*/
    while (region < space->count && space->end[region] < end)
        region++;
    if (region < space->count && space->start[region] <= start) {
        /*@ assert covers: region_covers(&space->start[0], &space->end[0], region, start, end); */
        /*@ assert listed: all_listed(&space->start[0], &space->end[0], space->count, start, end); */
        /*@ assert holes: all_in_holes(page, page_size, start, end); */
        /*@ assert found: arena_of(page) <= start && is_free(page, page_size, start, end); */
        regions_carve(space, region, start, end);
    } else {
        /*@ assert none: \forall integer i; 0 <= i < space->count ==>
          @     !region_covers(&space->start[0], &space->end[0], i, start, end); */
        /*@ assert not_listed: !all_listed(&space->start[0], &space->end[0], space->count, start, end); */
        /*@ assert not_free: space->complete != 0 ==>
          @     !(arena_of(page) <= start && is_free(page, page_size, start, end)); */
        if (space->complete || start < page_arena(page) || !no_record_within(page, page_size, start, end))
            return 0;
        space->count = 0;
    }
    /*@ assert free: arena_of(page) <= start && is_free(page, page_size, start, end); */
    /*@ assert counted: end - start <= hole_bytes_of(page); */
    set_hole_bytes(page, page_hole_bytes(page) - (end - start));
    return 1;
}

int space_take_at(uint8_t *page, size_t page_size, struct space *space, size_t offset, size_t length, size_t slot_bytes)
{
    size_t free_start = page_free_start(page);
    if (length == 0 || slot_bytes > gap_bytes(page))
        return 0;
    if (offset + length <= free_start) {
        int taken = take_hole_at(page, page_size, space, offset, offset + length);
        /*@ assert fields: but_for_fields{Pre, Here}(page, page_size); */
        /*@ assert hole: taken == 1 ==> allotted(page, page_size, offset, length, slot_bytes); */
        return taken;
    }
    if (offset != free_start || length + slot_bytes > gap_bytes(page))
        return 0;
    take_from_gap(page, length);
    /*@ assert fields_now: but_for_fields{Pre, Here}(page, page_size); */
    /*@ assert gap: allotted(page, page_size, offset, length, slot_bytes); */
    return 1;
}

void space_give(uint8_t *page, struct space *space, size_t offset, size_t length)
{
    bytes_zero_range(page, offset, offset + length);
    if (offset + length == page_free_start(page)) {
        set_free_start(page, offset);
        return;
    }
    set_hole_bytes(page, page_hole_bytes(page) + length);
    regions_add(space, offset, offset + length);
}
