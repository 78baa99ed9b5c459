/*
 * The slot directory in its three versions. Slot i stands at a fixed distance
 * from the page's end, so that its address does not depend on the slot count:
 *
 *      free_end                        page_size
 *        | slot k-1 | ... | slot 1 | slot 0 |
 *
 * V1 holds an offset (2 bytes), V2 offset and length (4), V3 offset, length and
 * the key's head (8). A page reaches these functions after page_check, except
 * where a comment says that any bytes will do.
 */
#ifndef QUIRE_PAGE_SLOT_H
#define QUIRE_PAGE_SLOT_H

#include "header.h"

struct extent {
    size_t offset;
    size_t length;
};

/* Bytes a slot takes: 2, 4 or 8 by the flags' slot version; 0 for the illegal version. Any flags. */
size_t slot_width(uint8_t flags);

static inline size_t slot_at(size_t page_size, size_t width, size_t slot)
{
    return page_size - width * (slot + 1u);
}

/* V2 and V3. */
static inline size_t slot_offset(const uint8_t *page, size_t page_size, size_t width, size_t slot)
{
    return load16(page + slot_at(page_size, width, slot));
}
static inline size_t slot_length(const uint8_t *page, size_t page_size, size_t width, size_t slot)
{
    return load16(page + slot_at(page_size, width, slot) + 2);
}
/* V3: the head as the number that orders like its bytes. */
static inline uint32_t slot_head(const uint8_t *page, size_t page_size, size_t slot)
{
    return load32_big(page + slot_at(page_size, SLOT_WIDTH_V3, slot) + SLOT_HEAD);
}

/* Where the record of `slot` stands, for any version. V1 looks at every slot for the next higher offset: O(slots). */
struct extent slot_extent(const uint8_t *page, size_t page_size, size_t slot);

/*
 * Extents of all slots of a page of any version in one pass: ends[i] is the end
 * of slot i. For V1 through a table of page_size + 1 marks in `scratch`.
 * Linear in page size. `ends` holds slot_count numbers.
 */
void slot_ends(const uint8_t *page, size_t page_size, uint16_t *ends, uint8_t *scratch);

/*
 * V2 and V3: opens slot `slot` by moving the slots from it on down, and fills
 * it; raises slot_count, lowers free_end. The `width` bytes below free_end must
 * be free (zero). `head` is used in V3 only.
 */
void slot_insert(uint8_t *page, size_t page_size, size_t width, size_t slot, size_t offset, size_t length,
                 const uint8_t head[4]);
/* Closes slot `slot`: moves the later ones up and zeroes what they leave. */
void slot_remove(uint8_t *page, size_t page_size, size_t width, size_t slot);
void slot_set_extent(uint8_t *page, size_t page_size, size_t width, size_t slot, size_t offset, size_t length);
void slot_set_head(uint8_t *page, size_t page_size, size_t slot, const uint8_t head[4]);

/* The key's four bytes after its first prefix_len ones, zero-padded. */
void key_head(const uint8_t *key, size_t key_len, size_t prefix_len, uint8_t head[4]);

#endif
