/*
 * Pages to take and give back: a stack of free pages in trunk pages (rules S1,
 * S2), the file's growth, and its shrinkage before a checkpoint.
 */
#ifndef QUIRE_TREE_PAGE_SPACE_H
#define QUIRE_TREE_PAGE_SPACE_H

#include "node.h"

/* A page to fill with pager_edit_new: from the free list, else the file grows. */
quire_status space_allocate(struct view *view, uint32_t *pgno);
/* Stamps the page free and lists it. It must not be pinned by the writer. */
quire_status space_free(struct view *view, uint32_t pgno);
/* Makes pgno, pinned, a free page that leads to the trunk `next_trunk`; to be filled, logged and released. */
quire_status space_stamp_free(struct view *view, uint32_t pgno, uint32_t next_trunk, struct frame **frame);
/*
 * Part of a write transaction that the api runs before a checkpoint when no
 * reader lives: cuts free pages off the file's end, and moves up to `most` tail
 * pages of trees down into free ones. *worth tells beforehand if there is anything to gain.
 */
quire_status space_trim(struct view *view, uint32_t most);
int space_trim_is_worth(struct view *view);

#endif
