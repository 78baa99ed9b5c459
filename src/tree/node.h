/*
 * The gate: the only way from the file tower to the page tower. Below it bytes
 * are hostile, above it every page is valid. A child is also held against what
 * its parent says of it: fences exactly the bracket (T1), level one less and
 * the same tree (T2); so a wrong, stale or cyclic pointer is found on the way.
 */
#ifndef QUIRE_TREE_NODE_H
#define QUIRE_TREE_NODE_H

#include "store.h"

/* Pins page `pgno`, checked. QUIRE_CORRUPT: "page 17 breaks P8 (slot 3 overlaps slot 9)". */
quire_status node_get(struct view *view, uint32_t pgno, struct frame **frame);
/* The same, and it must be of `kind` and belong to `tree_id`. */
quire_status node_get_kind(struct view *view, uint32_t pgno, uint8_t kind, uint32_t tree_id, struct frame **frame);
/* The root: a leaf or branch of the tree with empty fences. */
quire_status node_root(struct view *view, const struct tree *tree, struct frame **frame);
/* Child `slot` of the branch `parent`, held against T1 and T2. */
quire_status node_child(struct view *view, const struct frame *parent, size_t slot, struct frame **child);
void node_release(struct view *view, struct frame *frame);
/* A sentence for what page_check found. */
void page_fault_text(const struct page_fault *fault, char *text, size_t size);
/* Sets the message "page N breaks RULE (detail)" and answers QUIRE_CORRUPT. */
quire_status corrupt(struct view *view, uint32_t pgno, const char *rule, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));
/* QUIRE_OLD_FORMAT with its one canonical message: what a build without the archive answers to a leaf of the past. */
quire_status old_format(struct view *view);
/* Answers that, in such a build, to a page that is such a leaf. */
quire_status leaf_check_version(struct view *view, const uint8_t *page);

/* Edits of single pages that record themselves in the log (wrappers of pager_edit + pager_log_*). */
/* Formats a freshly allocated page as an empty leaf or branch; the caller fills it and calls pager_log_image. */
quire_status node_new(struct view *view, uint32_t tree_id, uint8_t kind, uint8_t level, uint8_t flags,
                      const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len, struct frame **frame);
quire_status node_set_links(struct view *view, uint32_t pgno, const uint32_t *left,
                            const uint32_t *right); /* NULL keeps */

#endif
