/* The search of a branch. Slot 0 needs no comparison: its separator stands for the low fence. */
#include "branch_search.h"

uint32_t branch_child(const uint8_t *page, size_t page_size, size_t slot)
{
    return load32(page + slot_offset(page, page_size, SLOT_WIDTH_V3, slot));
}

const uint8_t *branch_separator(const uint8_t *page, size_t page_size, size_t slot, size_t *length)
{
    *length = slot_length(page, page_size, SLOT_WIDTH_V3, slot) - BRANCH_CHILD_SIZE;
    return page + slot_offset(page, page_size, SLOT_WIDTH_V3, slot) + BRANCH_CHILD_SIZE;
}

/* Is the separator of `slot`, whose head is at or above the key's, above the key? */
/*@ requires page: page_readable(page, page_size);
  @ requires key: key_len <= PAGE_SIZE_MAX && \valid_read(key + (0 .. key_len - 1));
  @ requires searchable: branch_searchable(page, page_size, key, key_len);
  @ requires slot: 1 <= slot < slot_count_of(page);
  @ requires head: head == head_number(key, key_len, prefix_len_of(page)) <= slot_head_of(page, page_size, slot);
  @ assigns \nothing;
  @ ensures above: \result != 0 ==> separator_above(page, page_size, slot, key, key_len);
  @ ensures not_above: \result == 0 ==> !separator_above(page, page_size, slot, key, key_len);
  @*/
static inline int is_above(const uint8_t *page, size_t page_size, size_t slot, uint32_t head, const uint8_t *key,
                           size_t key_len)
{
    size_t length;
    if (slot_head(page, page_size, slot) != head)
        return 1;
    const uint8_t *separator = branch_separator(page, page_size, slot, &length);
    return bytes_compare(separator, length, key, key_len) > 0;
}

size_t branch_search(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len)
{
    uint32_t head = key_head(key, key_len, page_prefix_len(page));
    size_t above = page_slot_count(page);
    /*@ assert ascend: heads_ascend(page, page_size, slot_count_of(page)); */
    /* The answer lies in [at, above): heads settle all but the separators with the key's own head. */
    size_t at = first_head_from(page, page_size, 1, above - 1u, head) - 1u;
    /*@ assert settled: separators_not_above(page, page_size, 1, at + 1, key, key_len); */
    if (at + 1u == above || is_above(page, page_size, at + 1u, head, key, key_len))
        return at;
    /*@ loop invariant range: \at(at, LoopEntry) <= at < above <= slot_count_of(page);
      @ loop invariant before: separators_not_above(page, page_size, 1, at + 1, key, key_len);
      @ loop invariant behind: separators_above(page, page_size, above, slot_count_of(page), key, key_len);
      @ loop assigns at, above;
      @ loop variant above - at;
      @*/
    while (above - at > 1) {
        size_t middle = at + (above - at) / 2u;
        if (is_above(page, page_size, middle, head, key, key_len))
            above = middle;
        else
            at = middle;
    }
    return at;
}
