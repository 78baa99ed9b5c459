/*
 * Rules P2 to P6: the header. They are tested first and on any bytes; what they
 * settle is all that the later rules need to find their way: where the fences,
 * the records and the slots stand, and that they lie within the page.
 */
#include "check_rules.h"

int rule_kind(const uint8_t *page)
{
    return page_kind(page) >= PAGE_META && page_kind(page) <= PAGE_MAP && page[HEADER_ZERO] == 0 &&
           load16(page + HEADER_ZERO16) == 0 && page_checksum(page) == 0;
}

/*@ requires leaf: \valid_read(page + (0 .. HEADER_SIZE - 1)) && page[HEADER_KIND] == PAGE_LEAF;
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_3(page);
  @*/
static int leaf_level(const uint8_t *page)
{
    /* The highest legal flags are plain records with V3 slots; the slot version 3 lies above them. */
    return page_level(page) == 0 && page_flags(page) <= (PAGE_FLAG_SLOTS_V3 + LEAF_FLAG_PLAIN_RECORDS) &&
           page_tree(page) != 0;
}

/*@ requires branch: \valid_read(page + (0 .. HEADER_SIZE - 1)) && page[HEADER_KIND] == PAGE_BRANCH;
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> rule_3(page);
  @*/
static int branch_level(const uint8_t *page)
{
    return page_level(page) >= 1 && page_level(page) <= LEVEL_MAX && page_flags(page) == PAGE_FLAG_SLOTS_V3 &&
           page_tree(page) != 0;
}

int rule_level(const uint8_t *page)
{
    if (page_kind(page) == PAGE_LEAF)
        return leaf_level(page);
    if (page_kind(page) == PAGE_BRANCH)
        return branch_level(page);
    if (page_level(page) != 0 || page_flags(page) != 0)
        return 0;
    return (page_kind(page) == PAGE_OVERFLOW) == (page_tree(page) != 0);
}

int rule_unused(const uint8_t *page)
{
    if (page_kind(page) == PAGE_LEAF || page_kind(page) == PAGE_BRANCH)
        return 1;
    if (!bytes_are_zero(page + HEADER_FREE_START, HEADER_ZERO16 - HEADER_FREE_START))
        return 0;
    if (page_kind(page) == PAGE_FREE)
        return 1;
    if (page_slot_count(page) != 0)
        return 0;
    return page_kind(page) == PAGE_OVERFLOW || (page_left(page) == 0 && page_right(page) == 0);
}

int rule_fences(const uint8_t *page, size_t page_size)
{
    size_t low_len = page_low_len(page);
    size_t high_len = page_high_len(page);
    if (low_len > KEY_MAX(page_size) || high_len > KEY_MAX(page_size))
        return 0;
    if (high_len != 0 && bytes_compare(page_low(page), low_len, page_high(page), high_len) >= 0)
        return 0;
    return page_prefix_len(page) == bytes_common(page_low(page), low_len, page_high(page), high_len);
}

int rule_space(const uint8_t *page, size_t page_size)
{
    size_t width = slot_width(page_flags(page));
    size_t count = page_slot_count(page);
    if (count > page_size / width || page_free_end(page) != page_size - width * count)
        return 0;
    if (page_arena(page) > page_free_start(page) || page_free_start(page) > page_free_end(page))
        return 0;
    return page_kind(page) == PAGE_LEAF || count > 0;
}
