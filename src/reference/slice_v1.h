/*
 * The V1 slicer in its original form: a record ends at the smallest higher
 * offset of any other slot, or at free_start. It looks at every slot for each
 * record, O(slots), and gives a verdict per slot. Any bytes.
 */
#ifndef QUIRE_REFERENCE_SLICE_V1_H
#define QUIRE_REFERENCE_SLICE_V1_H

#include "../page/slot.h"

enum slice_verdict { SLICE_OK = 0, SLICE_NO_SLOT, SLICE_IN_FENCES, SLICE_BEYOND_FREE_START, SLICE_EMPTY };

/* The extent of `slot` in a page whose header passed P2 to P6. */
enum slice_verdict slice_v1(const uint8_t *page, size_t page_size, size_t slot, struct extent *extent);

#endif
