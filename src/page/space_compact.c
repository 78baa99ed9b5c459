/* Compaction: the records move down to the arena, so that all free bytes of the page stand in the gap. */
#include "space.h"

#include "space_fields.h"

/* Both are whole buffers: bytes keep or change their places in them. */
/*@ requires range: at + size <= PAGE_SIZE_MAX && offset + size <= PAGE_SIZE_MAX;
  @ requires readable: \valid_read(from + (offset .. offset + size - 1));
  @ requires writable: \valid(to + (at .. at + size - 1));
  @ requires apart: \separated(to + (at .. at + size - 1), from + (offset .. offset + size - 1));
  @ assigns to[at .. at + size - 1];
  @ ensures moved: run_moved{Pre, Post}(to, from, at, offset, size);
  @*/
static void copy_run(uint8_t *restrict to, const uint8_t *restrict from, size_t at, size_t offset, size_t size)
{
    /*@ loop invariant range: 0 <= x <= size;
      @ loop invariant moved: run_moved{Pre, Here}(to, from, at, offset, x);
      @ loop invariant source: range_moved{Pre, Here}(from, from, offset, offset + size);
      @ loop assigns x, to[at .. at + size - 1];
      @ loop variant size - x;
      @*/
    for (size_t x = 0; x < size; x++)
        to[at + x] = from[offset + x];
}

/*
 * Copies the record of slot i to scratch, at `at`, and lets the slot say that it
 * stands there; answers where it ends. A slot without a record stays without.
 */
/*@ requires page: page_writable(page, page_size) && framed(page, page_size) && width == width_of(page);
  @ requires slot: i < slot_count_of(page) && slot_placed(page, page_size, i);
  @ requires arena: HEADER_SIZE <= arena_of(page);
  @ requires place: at + extent_end(page, page_size, i) - extent_start(page, page_size, i) <= page_size;
  @ requires scratch: \valid(scratch + (0 .. page_size - 1));
  @ requires apart: \separated(page + (0 .. page_size - 1), scratch + (0 .. page_size - 1));
  @ assigns page[slot_address(page_size, width, i) .. slot_address(page_size, width, i) + 3],
  @     scratch[at .. at + extent_end(page, page_size, i) - extent_start(page, page_size, i) - 1];
  @ ensures end: \result == at + \old(extent_end(page, page_size, i) - extent_start(page, page_size, i));
  @ ensures none: \old(extent_end(page, page_size, i)) == 0 ==> extent_start(page, page_size, i) == 0 &&
  @     extent_end(page, page_size, i) == 0;
  @ ensures place: \old(extent_end(page, page_size, i)) != 0 ==> extent_start(page, page_size, i) == at &&
  @     extent_end(page, page_size, i) == \result;
  @ ensures copied: run_moved{Pre, Post}(scratch, page, at, \old(extent_start(page, page_size, i)), \result - at);
  @ ensures gathered: range_moved{Pre, Post}(scratch, scratch, 0, at);
  @ ensures below: range_moved{Pre, Post}(page, page, 0, \old(free_end_of(page)));
  @ ensures earlier: extents_stay{Pre, Post}(page, page_size, 0, i);
  @ ensures later: extents_stay{Pre, Post}(page, page_size, i + 1, \old(slot_count_of(page)));
  @ ensures heads: width == SLOT_WIDTH_V3 ==> heads_kept{Pre, Post}(page, page_size, \old(slot_count_of(page)));
  @*/
static size_t gather_record(uint8_t *page, size_t page_size, size_t width, size_t i, size_t at, uint8_t *scratch)
{
    /*@ assert slot: slot_in_page(page_size, width, i); */
    size_t offset = slot_offset(page, page_size, width, i);
    size_t length = slot_length(page, page_size, width, i);
    /*@ assert own: offset == extent_start(page, page_size, i) && offset + length == extent_end(page, page_size, i); */
    if (length == 0)
        return at;
    copy_run(scratch, page, at, offset, length);
    /*@ assert page: range_moved{Pre, Here}(page, page, 0, page_size); */
    /*@ assert gathered: range_moved{Pre, Here}(scratch, scratch, 0, at); */
    slot_set_extent(page, page_size, width, i, at, length);
    /*@ assert all_but: all_but{Pre, Here}(page, page_size, slot_address(page_size, width, i),
      @     slot_address(page_size, width, i) + 4); */
    /*@ assert gathered_still: range_moved{Pre, Here}(scratch, scratch, 0, at); */
    /*@ assert flags: page[HEADER_FLAGS] == \at(page[HEADER_FLAGS], Pre); */
    /*@ assert width: width_of(page) == width; */
    /*@ assert place: slot_offset_of(page, page_size, width, i) == at &&
      @     slot_length_of(page, page_size, width, i) == length; */
    /*@ assert begin: extent_start(page, page_size, i) == at; */
    /*@ assert end: extent_end(page, page_size, i) == at + length; */
    /*@ assert earlier: extents_stay{Pre, Here}(page, page_size, 0, i); */
    /*@ assert later: extents_stay{Pre, Here}(page, page_size, i + 1, \at(slot_count_of(page), Pre)); */
    return at + length;
}

/*
 * Copies the records to scratch, each to where it will stand on the page, one
 * behind the other, and lets their slots say so. Answers where the last one ends.
 */
/*@ requires page: page_writable(page, page_size) && laid_out(page, page_size, 0);
  @ requires scratch: \valid(scratch + (0 .. page_size - 1));
  @ requires apart: \separated(page + (0 .. page_size - 1), scratch + (0 .. page_size - 1));
  @ assigns page[free_end_of(page) .. page_size - 1], scratch[arena_of(page) .. records_end(page) - 1];
  @ ensures end: \result == \old(records_end(page));
  @ ensures below: range_moved{Pre, Post}(page, page, 0, \old(free_end_of(page)));
  @ ensures lengths: lengths_kept{Pre, Post}(page, page_size, \old(slot_count_of(page)));
  @ ensures within: extents_within(page, page_size, \old(slot_count_of(page)), \old(arena_of(page)), \result);
  @ ensures apart: rule_8(page, page_size, \old(slot_count_of(page)));
  @ ensures packed: packed{Pre, Post}(page, page_size, \old(slot_count_of(page)));
  @ ensures gathered: records_gathered{Pre, Post}(page, page_size, \old(slot_count_of(page)), scratch);
  @ ensures heads: \old(width_of(page)) == SLOT_WIDTH_V3 ==>
  @     heads_kept{Pre, Post}(page, page_size, \old(slot_count_of(page)));
  @*/
static size_t gather_all_records(uint8_t *page, size_t page_size, uint8_t *scratch)
{
    size_t width = slot_width(page_flags(page));
    size_t count = page_slot_count(page);
    size_t at = page_arena(page);
    /*@ assert arena: HEADER_SIZE <= arena_of(page); */
    /*@ assert filled: filled(page, page_size, count); */
    /*@ assert total: records_end(page) == arena_of(page) + extents_sum(page, page_size, count); */
    /*@ assert holes: records_end(page) <= free_start_of(page); */
    /*@ assert bound: free_start_of(page) <= free_end_of(page) <= page_size; */
    /*@ loop invariant range: 0 <= i <= count && arena_of{Pre}(page) <= at;
      @ loop invariant sum: at == arena_of{Pre}(page) + extents_sum{Pre}(page, page_size, i);
      @ loop invariant below: range_moved{Pre, Here}(page, page, 0, free_end_of{Pre}(page));
      @ loop invariant later: extents_stay{Pre, Here}(page, page_size, i, count);
      @ loop invariant lengths: lengths_kept{Pre, Here}(page, page_size, i);
      @ loop invariant within: extents_within(page, page_size, i, arena_of{Pre}(page), at);
      @ loop invariant apart: rule_8(page, page_size, i);
      @ loop invariant packed: packed{Pre, Here}(page, page_size, i);
      @ loop invariant gathered: records_gathered{Pre, Here}(page, page_size, i, scratch);
      @ loop invariant heads: width == SLOT_WIDTH_V3 ==> heads_kept{Pre, Here}(page, page_size, count);
      @ loop assigns i, at, page[\at(free_end_of(page), Pre) .. page_size - 1],
      @     scratch[\at(arena_of(page), Pre) .. \at(records_end(page), Pre) - 1];
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        /*@ assert next: extents_sum{Pre}(page, page_size, i + 1) <= extents_sum{Pre}(page, page_size, count); */
        /*@ assert same: extent_start(page, page_size, i) == extent_start{Pre}(page, page_size, i) &&
          @     extent_end(page, page_size, i) == extent_end{Pre}(page, page_size, i); */
        /*@ assert fits: at + extent_end(page, page_size, i) - extent_start(page, page_size, i) <=
          @     records_end{Pre}(page); */
        /*@ assert header: header_kept{Pre, Here}(page); */
        /*@ assert slot: slot_in_page(page_size, width, i); */
        /*@ assert address: free_end_of{Pre}(page) <= slot_address(page_size, width, i) <= page_size - 4; */
        /*@ assert framed: framed(page, page_size); */
        /*@ assert placed: slot_placed{Pre}(page, page_size, i); */
        /*@ assert placed_now: slot_placed(page, page_size, i); */
        /*@ assert room: 0 <= extents_sum{Pre}(page, page_size, i) && 0 <= extent_end(page, page_size, i) -
          @     extent_start(page, page_size, i) <= extents_sum{Pre}(page, page_size, count) -
          @     extents_sum{Pre}(page, page_size, i); */
        at = gather_record(page, page_size, width, i, at, scratch);
        /*@ assert scratch: range_moved{LoopCurrent, Here}(scratch, scratch, arena_of{Pre}(page),
          @     \at(at, LoopCurrent)); */
        /*@ assert gathered: records_gathered{Pre, Here}(page, page_size, i, scratch); */
        /*@ assert own: (extent_start(page, page_size, i) == 0 && extent_end(page, page_size, i) == 0) ||
          @     (extent_start(page, page_size, i) == \at(at, LoopCurrent) &&
          @      extent_start(page, page_size, i) + RECORD_MIN_PLAIN <= extent_end(page, page_size, i) &&
          @      extent_end(page, page_size, i) == at); */
        /*@ assert inside: extent_end{Pre}(page, page_size, i) <= free_end_of{Pre}(page); */
        /*@ assert source: range_moved{Pre, LoopCurrent}(page, page, 0, free_end_of{Pre}(page)); */
        /*@ assert copied: run_moved{LoopCurrent, Here}(scratch, page, \at(at, LoopCurrent),
          @     extent_start{Pre}(page, page_size, i), at - \at(at, LoopCurrent)); */
        /*@ assert rises: \at(at, LoopCurrent) <= at; */
        /*@ assert size: at - \at(at, LoopCurrent) == extent_end{Pre}(page, page_size, i) -
          @     extent_start{Pre}(page, page_size, i) && 0 <= extent_start{Pre}(page, page_size, i); */
        /*@ assert none: extent_start(page, page_size, i) == 0 && extent_end(page, page_size, i) == 0 ==>
          @     record_gathered{Pre, Here}(page, page_size, i, scratch); */
        /*@ assert some: extent_start(page, page_size, i) == \at(at, LoopCurrent) &&
          @     extent_end(page, page_size, i) == at ==> record_gathered{Pre, Here}(page, page_size, i, scratch); */
        /*@ assert mine: record_gathered{Pre, Here}(page, page_size, i, scratch); */
        /*@ assert within: extents_within(page, page_size, i, arena_of{Pre}(page), \at(at, LoopCurrent)); */
        /*@ assert within_now: extents_within(page, page_size, i + 1, arena_of{Pre}(page), at); */
        /*@ assert apart: rule_8(page, page_size, i); */
        /*@ assert header_still: header_kept{Pre, Here}(page); */
    }
    return at;
}

/* The records come back, up to `end`; what they leave is zero, and counts as gap. */
/*@ requires page: \valid(page + (0 .. free_start_of(page) - 1)) && HEADER_SIZE <= arena_of(page) <= end &&
  @     end <= free_start_of(page) <= PAGE_SIZE_MAX;
  @ requires scratch: \valid_read(scratch + (0 .. free_start_of(page) - 1));
  @ requires apart: \separated(page + (0 .. free_start_of(page) - 1), scratch + (0 .. free_start_of(page) - 1));
  @ assigns page[HEADER_FREE_START .. HEADER_FREE_START + 1], page[HEADER_HOLE_BYTES .. HEADER_HOLE_BYTES + 1],
  @     page[arena_of(page) .. free_start_of(page) - 1];
  @ ensures records: range_moved{Pre, Post}(page, scratch, \old(arena_of(page)), end);
  @ ensures zero: range_zero(page, end, \old(free_start_of(page)));
  @ ensures fields: free_start_of(page) == end && hole_bytes_of(page) == 0;
  @ ensures header: header_kept_but{Pre, Post}(page);
  @ ensures above: range_moved{Pre, Post}(page, page, \old(free_start_of(page)), PAGE_SIZE_MAX);
  @*/
static void put_records_back(uint8_t *page, const uint8_t *scratch, size_t end)
{
    size_t arena = page_arena(page);
    size_t free_start = page_free_start(page);
    copy_run(page, scratch, arena, arena, end - arena);
    /*@ assert records: range_moved{Pre, Here}(page, scratch, arena, end); */
    bytes_zero_range(page, end, free_start);
    /*@ assert header: range_moved{Pre, Here}(page, page, 0, HEADER_SIZE); */
    /*@ assert above: range_moved{Pre, Here}(page, page, free_start, PAGE_SIZE_MAX); */
    set_free_start(page, end);
    set_hole_bytes(page, 0);
    /*@ assert front: range_moved{Pre, Here}(page, page, 0, HEADER_FREE_START); */
    /*@ assert middle: range_moved{Pre, Here}(page, page, HEADER_FREE_END, HEADER_HOLE_BYTES); */
    /*@ assert lengths: header_kept_but{Pre, Here}(page); */
    /*@ assert above_still: range_moved{Pre, Here}(page, page, free_start, PAGE_SIZE_MAX); */
}

/*@ requires page: page_writable(page, page_size) && laid_out(page, page_size, 0);
  @ requires scratch: \valid(scratch + (0 .. page_size - 1));
  @ requires apart: \separated(page + (0 .. page_size - 1), scratch + (0 .. page_size - 1));
  @ assigns page[HEADER_FREE_START .. HEADER_FREE_START + 1], page[HEADER_HOLE_BYTES .. HEADER_HOLE_BYTES + 1],
  @     page[arena_of(page) .. free_start_of(page) - 1], page[free_end_of(page) .. page_size - 1],
  @     scratch[arena_of(page) .. records_end(page) - 1];
  @ ensures laid_out: laid_out(page, page_size, 0);
  @ ensures header: header_kept_but{Pre, Post}(page);
  @ ensures one_gap: hole_bytes_of(page) == 0 && free_start_of(page) == \old(records_end(page));
  @ ensures zero: range_zero(page, free_start_of(page), \old(free_start_of(page)));
  @ ensures lengths: lengths_kept{Pre, Post}(page, page_size, slot_count_of(page));
  @ ensures bytes: records_kept{Pre, Post}(page, page_size, slot_count_of(page));
  @ ensures heads: width_of(page) == SLOT_WIDTH_V3 ==> heads_kept{Pre, Post}(page, page_size, slot_count_of(page));
  @ ensures packed: packed{Pre, Post}(page, page_size, slot_count_of(page));
  @*/
static void compact_records(uint8_t *page, size_t page_size, uint8_t *scratch)
{
    /*@ assert arena: HEADER_SIZE <= arena_of(page); */
    /*@ assert filled: filled(page, page_size, slot_count_of(page)); */
    /*@ assert total: records_end(page) == arena_of(page) + extents_sum(page, page_size, slot_count_of(page)); */
    /*@ assert holes: records_end(page) <= free_start_of(page); */
    /*@ assert bound: free_start_of(page) <= free_end_of(page) <= page_size; */
    /*@ assert sum: 0 <= extents_sum(page, page_size, slot_count_of(page)); */
    size_t end = gather_all_records(page, page_size, scratch);
    /*@ assert header: header_kept{Pre, Here}(page); */
    /*@ assert framed: framed(page, page_size); */
    /*@ assert end: arena_of(page) <= end <= free_start_of(page) <= page_size; */
    /*@ ghost in_scratch: ; */
    put_records_back(page, scratch, end);
    /*@ assert extents: extents_kept{in_scratch, Here}(page, page_size, slot_count_of{Pre}(page)); */
    /*@ assert slots: slots_kept{in_scratch, Here}(page, page_size, width_of{Pre}(page), 0,
      @     slot_count_of{Pre}(page), 0); */
    /*@ assert header_now: header_kept_but{Pre, Here}(page); */
    /*@ assert lengths: lengths_kept{Pre, Here}(page, page_size, slot_count_of(page)); */
    /*@ assert framed_now: framed(page, page_size); */
    /*@ assert placed: placed(page, page_size, slot_count_of(page)); */
    /*@ assert apart: rule_8(page, page_size, slot_count_of(page)); */
    /*@ assert sum_now: extents_sum(page, page_size, slot_count_of(page)) ==
      @     extents_sum{Pre}(page, page_size, slot_count_of(page)); */
}

/*
 * A record moved down within the page could land on one that has not moved yet,
 * since offsets and slots need not be in the same order. Through scratch no
 * order of the offsets matters, no sort is needed, and the records come to
 * stand in the order of their keys, which is how scans read them.
 */
void space_compact(uint8_t *page, size_t page_size, struct space *space, uint8_t *scratch)
{
    space_clear(space);
    if (page_hole_bytes(page) == 0)
        return;
    compact_records(page, page_size, scratch);
}
