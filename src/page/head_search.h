/*
 * The search of a V3 directory by heads alone, which leaves and branches have in
 * common. Heads never descend; several slots may have the same one.
 */
#ifndef QUIRE_PAGE_HEAD_SEARCH_H
#define QUIRE_PAGE_HEAD_SEARCH_H

#include "slot.h"

/*
 * First slot of [first, first + count) whose head is at or above `head`. The
 * outcome of each comparison is as good as random, hence a choice of two values
 * in place of a branch: the processor need not guess it.
 */
/*@ requires page: page_readable(page, page_size) && directory_in_page(page, page_size, SLOT_WIDTH_V3);
  @ requires slots: first + count <= slot_count_of(page);
  @ requires ascend: heads_ascend(page, page_size, slot_count_of(page));
  @ assigns \nothing;
  @ ensures range: first <= \result <= first + count;
  @ ensures before: heads_below(page, page_size, first, \result, head);
  @ ensures behind: heads_reach(page, page_size, \result, first + count, head);
  @*/
static inline size_t first_head_from(const uint8_t *page, size_t page_size, size_t first, size_t count, uint32_t head)
{
    size_t at = first;
    /*@ loop invariant range: first <= at && at + count <= first + \at(count, Pre);
      @ loop invariant before: heads_below(page, page_size, first, at, head);
      @ loop invariant behind: heads_reach(page, page_size, at + count, first + \at(count, Pre), head);
      @ loop assigns at, count;
      @ loop variant count;
      @*/
    while (count > 0) {
        size_t half = (count + 1u) / 2u;
        at = slot_head(page, page_size, at + half - 1u) < head ? at + half : at;
        count -= half;
    }
    return at;
}

#endif
