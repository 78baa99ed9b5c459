/*
 * What trim.c and relocate.c share: the one shortens the file, the other moves
 * a page and all that leads to it.
 */
#ifndef QUIRE_TREE_TRIM_RUN_H
#define QUIRE_TREE_TRIM_RUN_H

#include "catalog.h"
#include "leaf_reader.h"

struct moved_chain {
    uint32_t from, to;
    uint32_t tree_id;
};

struct trim {
    struct view *view;
    uint32_t page_count; /* before */
    uint32_t end;        /* pages that stay */
    uint32_t free_count;
    uint32_t lowest;            /* no page below it is free */
    uint8_t *free;              /* a bit for each page */
    uint8_t *trunks;            /* a bit for each page that was a trunk */
    struct tree tree;           /* the last one looked up; id 0: none */
    struct moved_chain *chains; /* by `from`, descending */
    size_t chain_count;
    struct leaf_reader reader;
    uint32_t walked_tree; /* whose records are being put right */
    size_t patched;
};

/*
 * Moves a page in use to the free page `to`: its content, its siblings' links,
 * its parent's pointer or what names it a root. The first page of a chain is
 * noted in trim->chains instead, and stays unreachable until relocate_chains.
 * Takes and gives back no page.
 */
quire_status relocate_page(struct trim *trim, uint32_t from, uint32_t to);
/* Makes the records of the noted chains name their new first pages: one walk for each tree that has such. */
quire_status relocate_chains(struct trim *trim);

#endif
