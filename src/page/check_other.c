/*
 * Rules P16 to P18: meta, free-list and overflow pages. P19, about the bytes
 * behind a map page's entries, has nothing to say: page size less header is a
 * multiple of an entry's size for every legal page size, so any bytes are a map.
 */
#include "check_rules.h"
#include "other.h"

/* Bytes of the state that mean something; the rest of it is zero. */
enum { META_STATE_USED = 24, META_FORMAT_VERSION = 1, META_PAGES_MIN = 3 };

int meta_rule(const uint8_t *page, size_t page_size)
{
    return meta_has_magic(page) && load32(page + META_VERSION) == META_FORMAT_VERSION &&
           load32(page + META_PAGE_SIZE) == page_size && load32(page + META_PAGE_COUNT) >= META_PAGES_MIN &&
           bytes_are_zero(page + META_STATE + META_STATE_USED, page_size - META_STATE - META_STATE_USED);
}

/*@ requires entries: count <= UINT16_MAX && \valid_read(page + (0 .. entry_address(count) - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> entries_legal(page, count);
  @*/
static int free_entries_are_legal(const uint8_t *page, size_t count)
{
    /*@ loop invariant range: 0 <= i <= count;
      @ loop invariant legal: entries_legal(page, i);
      @ loop assigns i;
      @ loop variant count - i;
      @*/
    for (size_t i = 0; i < count; i++) {
        if (free_entry(page, i) < 2)
            return 0;
    }
    return 1;
}

int free_rule(const uint8_t *page, size_t page_size)
{
    size_t count = page_slot_count(page);
    if (count > FREE_CAPACITY(page_size))
        return 0;
    size_t end = FREE_ENTRIES + FREE_ENTRY_SIZE * count;
    return free_entries_are_legal(page, count) && bytes_are_zero(page + end, page_size - end);
}

int overflow_rule(const uint8_t *page, size_t page_size)
{
    size_t used = load32(page + OVERFLOW_USED);
    if (load64(page + OVERFLOW_CHAIN) == 0 || used < 1 || used > OVERFLOW_CAPACITY(page_size))
        return 0;
    return bytes_are_zero(page + OVERFLOW_DATA + used, page_size - OVERFLOW_DATA - used);
}
