/* Looking at a whole database or one page: audit (rules P, T, S), statistics, compacting copy, text of a page. */
#ifndef QUIRE_TREE_AUDIT_H
#define QUIRE_TREE_AUDIT_H

#include "catalog.h"

quire_status audit(struct view *view, void (*visit)(void *context, const quire_violation *violation), void *context,
                   quire_progress progress, void *progress_context);
quire_status tree_stat(struct view *view, const struct tree *tree, quire_tree_stat *stat);
/* Copies every tree of `from` into the empty database that `to` writes, leaves packed, in commits of bounded size that
 * the caller's hook makes. */
quire_status copy_trees(struct view *from, struct view *to, quire_status (*commit)(void *context), void *commit_context,
                        quire_progress progress, void *progress_context);
/* One page as text, line by line: of the database, or any bytes (of `buffers`, it uses check, page and page2). */
quire_status inspect_page(struct view *view, uint32_t pgno, void (*line)(void *context, const char *text),
                          void *context);
void inspect_bytes(const uint8_t *page, size_t page_size, uint32_t pgno, struct view_buffers *buffers,
                   void (*line)(void *context, const char *text), void *context);

#endif
