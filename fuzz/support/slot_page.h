/* Leaves whose slots an input names, whatever stands where they point. */
#ifndef QUIRE_FUZZ_SLOT_PAGE_H
#define QUIRE_FUZZ_SLOT_PAGE_H

#include "bench.h"
#include "input.h"

/*
 * A V1 leaf that passes P2 to P6, with the offsets and record bytes of the input: records plain or prefix (1), low and
 * high fence lengths (1 each), slot count (1), free_start (2), an offset (2) for each slot, the bytes. An offset below
 * 32768 is taken from two bytes before the arena to two behind free_start, others as they are less 32768.
 */
uint8_t *slot_page_read(struct input *input, const struct bench *bench);
/* The same records under the slots of `version`, a flag of the page; NULL if the directory does not fit. */
uint8_t *slot_page_widen(const uint8_t *page, const struct bench *bench, uint8_t version, const struct extent *slices,
                         size_t hole_bytes);

#endif
