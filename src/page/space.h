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

/* Builds the list from the directory. `scratch` has page_size bytes. */
void space_load(struct space *space, const uint8_t *page, size_t page_size, uint8_t *scratch);
/* 1 if a record of `length` with `slot_bytes` of new directory fits, compacting if need be. */
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
int space_take_at(uint8_t *page, size_t page_size, struct space *space, size_t offset, size_t length,
                  size_t slot_bytes);
/* Zeroes the extent, which no slot names any more, and returns it: to the gap when it ends at free_start, else as a
 * hole. */
void space_give(uint8_t *page, struct space *space, size_t offset, size_t length);
/*
 * Moves all records down to the arena, one behind the other in the order of
 * their slots, whatever the order of their offsets; a page without holes stays
 * as it is. scratch: as many bytes as the records have.
 */
void space_compact(uint8_t *page, size_t page_size, struct space *space, uint8_t *scratch);

#endif
