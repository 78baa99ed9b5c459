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

enum { DELTA_STEP_MAX = 16 }; /* code and numbers of the longest step, and a compact step */

/* Encoders answer how many bytes they wrote at p; *_size is the most that it will be. */
/*@ requires record: record_len <= UINT16_MAX;
  @ assigns \nothing;
  @ ensures size: \result == DELTA_STEP_MAX + record_len;
  @*/
size_t delta_insert_size(size_t record_len); /* of insert and replace */
/* `record` is what stands at edit->offset now; a compact step comes before it if edit->compacted. Leaf or branch. */
/*@ requires edit: \valid_read(edit) && fits_16(edit->slot) && fits_16(edit->offset) && fits_16(edit->length);
  @ requires record: \valid_read(record + (0 .. edit->length - 1));
  @ requires writable: \valid(p + (0 .. edit->length + 7));
  @ requires apart: \separated(p + (0 .. edit->length + 7), record + (0 .. edit->length - 1), edit);
  @ assigns p[0 .. edit->length + 7];
  @ ensures size: \result == (\old(edit->compacted) != 0 ? 8 : 7) + \old(edit->length);
  @ ensures compact: \old(edit->compacted) != 0 ==> p[0] == STEP_COMPACT && step_places{Pre, Post}(p + 1, STEP_INSERT,
  @     \old(edit->slot), \old(edit->offset), \old(edit->length), record);
  @ ensures insert: \old(edit->compacted) == 0 ==> step_places{Pre, Post}(p, STEP_INSERT, \old(edit->slot),
  @     \old(edit->offset), \old(edit->length), record);
  @*/
size_t delta_insert(uint8_t *p, const struct leaf_edit *edit, const uint8_t *record);
/* The same of a replace; one that compacted is written as delete, compact, insert. */
/*@ requires edit: \valid_read(edit) && fits_16(edit->slot) && fits_16(edit->offset) && fits_16(edit->length);
  @ requires record: \valid_read(record + (0 .. edit->length - 1));
  @ requires writable: \valid(p + (0 .. edit->length + 10));
  @ requires apart: \separated(p + (0 .. edit->length + 10), record + (0 .. edit->length - 1), edit);
  @ assigns p[0 .. edit->length + 10];
  @ ensures size: \result == (\old(edit->compacted) != 0 ? 11 : 7) + \old(edit->length);
  @ ensures compact: \old(edit->compacted) != 0 ==> step_names(p, STEP_DELETE, \old(edit->slot)) &&
  @     p[3] == STEP_COMPACT && step_places{Pre, Post}(p + 4, STEP_INSERT, \old(edit->slot), \old(edit->offset),
  @     \old(edit->length), record);
  @ ensures replace: \old(edit->compacted) == 0 ==> step_places{Pre, Post}(p, STEP_REPLACE, \old(edit->slot),
  @     \old(edit->offset), \old(edit->length), record);
  @*/
size_t delta_replace(uint8_t *p, const struct leaf_edit *edit, const uint8_t *record);
/*@ requires slot: fits_16(slot);
  @ requires writable: \valid(p + (0 .. 2));
  @ assigns p[0 .. 2];
  @ ensures size: \result == 3;
  @ ensures written: step_names(p, STEP_DELETE, slot);
  @*/
size_t delta_delete(uint8_t *p, size_t slot);
/* page_keep with these arguments, and branch_split's left page: from 0 to `at`, its fences now. */
/*@ requires fences: low_len <= UINT16_MAX && high_len <= UINT16_MAX;
  @ assigns \nothing;
  @ ensures size: \result == 9 + low_len + high_len;
  @*/
size_t delta_keep_size(size_t low_len, size_t high_len);
/*@ requires slots: fits_16(from) && fits_16(to);
  @ requires low: fits_16(low_len) && \valid_read(low + (0 .. low_len - 1));
  @ requires high: fits_16(high_len) && \valid_read(high + (0 .. high_len - 1));
  @ requires writable: \valid(p + (0 .. 8 + low_len + high_len));
  @ requires apart: \separated(p + (0 .. 8 + low_len + high_len), low + (0 .. low_len - 1));
  @ requires apart_high: \separated(p + (0 .. 8 + low_len + high_len), high + (0 .. high_len - 1));
  @ assigns p[0 .. 8 + low_len + high_len];
  @ ensures size: \result == 9 + low_len + high_len;
  @ ensures written: step_keeps(p, STEP_KEEP, from, to, low_len, high_len);
  @ ensures low: bytes_moved{Pre, Post}(p + 9, low, low_len);
  @ ensures high: bytes_moved{Pre, Post}(p + (9 + low_len), high, high_len);
  @*/
size_t delta_keep(uint8_t *p, size_t from, size_t to, const uint8_t *low, size_t low_len, const uint8_t *high,
                  size_t high_len);
/*@ requires writable: \valid(p + (0 .. 8));
  @ assigns p[0 .. 8];
  @ ensures size: \result == 9;
  @ ensures written: p[0] == STEP_LINKS && u32(p + 1) == left && u32(p + 5) == right;
  @*/
size_t delta_links(uint8_t *p, uint32_t left, uint32_t right);
/* Bytes overwritten: within the header's bytes 24..39, or behind the header. */
/*@ requires length: length <= UINT16_MAX;
  @ assigns \nothing;
  @ ensures size: \result == 5 + length;
  @*/
size_t delta_patch_size(size_t length);
/*@ requires place: fits_16(offset) && fits_16(length);
  @ requires bytes: \valid_read(bytes + (0 .. length - 1));
  @ requires writable: \valid(p + (0 .. 4 + length));
  @ requires apart: \separated(p + (0 .. 4 + length), bytes + (0 .. length - 1));
  @ assigns p[0 .. 4 + length];
  @ ensures size: \result == 5 + length;
  @ ensures written: p[0] == STEP_PATCH && u16(p + 1) == offset && u16(p + 3) == length;
  @ ensures bytes: bytes_moved{Pre, Post}(p + 5, bytes, length);
  @*/
size_t delta_patch(uint8_t *p, size_t offset, const uint8_t *bytes, size_t length);
/*@ requires slot: fits_16(slot);
  @ requires writable: \valid(p + (0 .. 6));
  @ assigns p[0 .. 6];
  @ ensures size: \result == 7;
  @ ensures written: p[0] == STEP_CHILD && u16(p + 1) == slot && u32(p + 3) == child;
  @*/
size_t delta_child(uint8_t *p, size_t slot, uint32_t child);

/*
 * Redoes the steps of body[0..size) on `page`: 1, or 0 when a step is malformed
 * or does not apply (the page is then undefined but still page_size bytes).
 * The page passed page_check. Any body. A page edited by steps other than patch
 * and links passes page_check again. Linear in the page for each step.
 */
int delta_redo(uint8_t *page, size_t page_size, const uint8_t *body, size_t size, const struct page_scratch *scratch);

/* Image: front and back of a valid page, zeros between left out. Answers the size, at most page_size + 4. */
/*@ requires page: page_readable(page, page_size) && directory_bytes(page, page_size) >= 0;
  @ requires writable: \valid(p + (0 .. page_size + 3));
  @ requires apart: \separated(p + (0 .. page_size + 3), page + (0 .. page_size - 1));
  @ assigns p[0 .. page_size + 3];
  @ ensures size: image_size(p, \result, page_size) && image_back(p) == directory_bytes(page, page_size);
  @ ensures says: image_says(p, page, page_size);
  @ ensures shortest: image_front(p) > 0 ==> page[image_front(p) - 1] != 0;
  @*/
size_t image_encode(uint8_t *p, const uint8_t *page, size_t page_size);
/* Any bytes: 1, or 0 when they are not an image for this page size. */
/*@ requires body: \valid_read(body + (0 .. size - 1));
  @ requires page: page_writable(page, page_size);
  @ requires apart: \separated(page + (0 .. page_size - 1), body + (0 .. size - 1));
  @ assigns page[0 .. page_size - 1];
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @ ensures exact: \result == 1 <==> size >= 4 && image_size{Pre}(body, size, page_size);
  @ ensures says: \result == 1 ==> image_says(body, page, page_size);
  @ ensures refused: \result == 0 ==> range_moved{Pre, Post}(page, page, 0, page_size);
  @*/
int image_decode(const uint8_t *body, size_t size, uint8_t *page, size_t page_size);

#endif
