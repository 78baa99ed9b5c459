/*
 * Branch pages: V3 slots whose records are a child pointer and a separator.
 * Slot 0's separator is empty and stands for the low fence. Edits keep
 * page_check's rules; `space` and `scratch` as in leaf.h.
 */
#ifndef QUIRE_PAGE_BRANCH_H
#define QUIRE_PAGE_BRANCH_H

#include "leaf.h"

/* The bracket of child `slot`: low, and high (length 0: +infinity). Pointers into the page. */
void branch_bracket(const uint8_t *page, size_t page_size, size_t slot, const uint8_t **low, size_t *low_len,
                    const uint8_t **high, size_t *high_len);

/*
 * Adds a child at `slot`; slot 0 takes an empty separator and is for the empty
 * page only. 0: no room, nothing changed. The separator must not lie in the page.
 */
int branch_insert(uint8_t *page, size_t page_size, struct space *space, size_t slot, uint32_t child,
                  const uint8_t *separator, size_t separator_len, uint8_t *scratch, struct leaf_edit *edit);
/* Changes child and separator of a slot > 0 (after a borrow). 0: no room, nothing changed. Separator as above. */
int branch_replace(uint8_t *page, size_t page_size, struct space *space, size_t slot, uint32_t child,
                   const uint8_t *separator, size_t separator_len, uint8_t *scratch, struct leaf_edit *edit);
void branch_set_child(uint8_t *page, size_t page_size, size_t slot, uint32_t child);
/* Removes a slot > 0. */
void branch_delete(uint8_t *page, size_t page_size, struct space *space, size_t slot);

/*
 * Splits `page` at slot `at` (0 < at < count): `right`, an empty branch with
 * fences [separator at, high), takes the children from `at` on (its slot 0 with
 * an empty separator); `page` keeps the rest with the separator as its high fence.
 * It always fits. Sibling links are the caller's: right's are 0, page's as they were.
 */
void branch_split(uint8_t *page, uint8_t *right, size_t page_size, size_t at, uint32_t right_pgno, uint8_t *scratch);
/*
 * Appends right's children to `page`, whose high fence becomes right's; right's
 * slot 0 gets the separator between the two (page's old high fence). 0: no room,
 * nothing changed. Sibling links stay as they were; no allocator state survives.
 */
int branch_merge(uint8_t *page, const uint8_t *right, size_t page_size, uint8_t *scratch);
/*
 * Where to split a page that has no room for a child whose record and slot take
 * new_bytes and whose rank is `slot` (> 0): a slot `at` for branch_split. The new
 * child then belongs into the left page, still at `slot`, if slot <= at, else
 * into the right one at slot - at; it fits there, and both pages have two
 * children or more. `append` asks for a left page as full as possible
 * (ascending loads), else the halves are balanced by bytes.
 */
size_t branch_split_point(const uint8_t *page, size_t page_size, size_t slot, size_t new_bytes, int append);

#endif
