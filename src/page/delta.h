/*
 * Page images and deltas of the log: how they are written (delta.c), and redo
 * (redo.c).
 *
 * A delta is a run of steps (docs/FORMAT.md) that name the placement: redo needs
 * the page's bytes alone and gives, on the page the delta was made from, the very
 * bytes its maker had. On any other bytes a step whose precondition fails is
 * refused. Callers run page_check on the result of all of a page's records.
 */
#ifndef QUIRE_PAGE_DELTA_H
#define QUIRE_PAGE_DELTA_H

#include "branch.h"
#include "check.h"

/* Codes of the steps, as docs/FORMAT.md numbers them. */
enum delta_step {
    STEP_INSERT = 1,
    STEP_REPLACE = 2,
    STEP_DELETE = 3,
    STEP_COMPACT = 4,
    STEP_KEEP = 5,
    STEP_LINKS = 6,
    STEP_PATCH = 7,
    STEP_CHILD = 8
};

/* Encoders answer how many bytes they wrote at p; *_size is the most that it will be. */
size_t delta_insert_size(size_t record_len); /* of insert and replace */
/* `record` is what stands at edit->offset now; a compact step comes before it if edit->compacted. Leaf or branch. */
size_t delta_insert(uint8_t *p, const struct leaf_edit *edit, const uint8_t *record);
/* The same of a replace; one that compacted is written as delete, compact, insert. */
size_t delta_replace(uint8_t *p, const struct leaf_edit *edit, const uint8_t *record);
size_t delta_delete(uint8_t *p, size_t slot);
/* page_keep with these arguments, and branch_split's left page: from 0 to `at`, its fences now. */
size_t delta_keep_size(size_t low_len, size_t high_len);
size_t delta_keep(uint8_t *p, size_t from, size_t to, const uint8_t *low, size_t low_len, const uint8_t *high,
                  size_t high_len);
size_t delta_links(uint8_t *p, uint32_t left, uint32_t right);
/* Bytes overwritten: within the header's bytes 24..39, or behind the header. */
size_t delta_patch_size(size_t length);
size_t delta_patch(uint8_t *p, size_t offset, const uint8_t *bytes, size_t length);
size_t delta_child(uint8_t *p, size_t slot, uint32_t child);
enum { DELTA_STEP_MAX = 16 }; /* code and numbers of the longest step, and a compact step */

/*
 * Redoes the steps of body[0..size) on `page`: 1, or 0 when a step is malformed
 * or does not apply (the page is then undefined but still page_size bytes).
 * The page passed page_check. Any body. A page edited by steps other than patch
 * and links passes page_check again. Linear in the page for each step.
 */
int delta_redo(uint8_t *page, size_t page_size, const uint8_t *body, size_t size, const struct page_scratch *scratch);

/* Image: front and back of a valid page, zeros between left out. Answers the size, at most page_size + 4. */
size_t image_encode(uint8_t *p, const uint8_t *page, size_t page_size);
/* Any bytes: 1, or 0 when they are not an image for this page size. */
int image_decode(const uint8_t *body, size_t size, uint8_t *page, size_t page_size);

#endif
