/*
 * Pages without slots: meta, free-list, overflow and map. Getters take pages
 * that passed page_check; setters keep it.
 */
#ifndef QUIRE_PAGE_OTHER_H
#define QUIRE_PAGE_OTHER_H

#include "header.h"

/* The mutable state of a database that commits and checkpoints carry (docs/FORMAT.md, "State"). */
struct state {
    uint32_t free_head;
    uint32_t free_count;
    uint32_t next_tree;
    uint32_t catalog_root;
    uint64_t next_chain;
};
void state_encode(uint8_t bytes[64], const struct state *state);
void state_decode(const uint8_t bytes[64], struct state *state);

struct meta {
    uint32_t format_version;
    uint32_t page_size;
    uint64_t salt;
    uint32_t generation;
    uint32_t page_count;
    uint64_t first_lsn;
    uint64_t checkpoint;
    uint8_t state[META_STATE_SIZE];
};
/* Fills the whole page, pgno 0 or 1. */
void meta_encode(uint8_t *page, size_t page_size, uint32_t pgno, const struct meta *meta);
/* The fields, from a page that passed page_check. */
void meta_decode(const uint8_t *page, struct meta *meta);
/* What the first 64 bytes behind the header's start say, before the page size is known: 1 if the magic is there. Any
 * 160 bytes. */
int meta_probe(const uint8_t *bytes, uint32_t *format_version, uint32_t *page_size);

/* Free-list trunks: a stack of page numbers. */
uint32_t free_entry(const uint8_t *page, size_t index);
int free_push(uint8_t *page, size_t page_size, uint32_t pgno); /* 0: full */
uint32_t free_pop(uint8_t *page);                              /* 0: empty */

uint64_t overflow_chain(const uint8_t *page);
uint32_t overflow_position(const uint8_t *page);
uint32_t overflow_used(const uint8_t *page);
/* After page_init: names the chain and the place in it. */
void overflow_init(uint8_t *page, uint64_t chain, uint32_t position, uint32_t used, uint32_t next);

uint32_t map_entry(const uint8_t *page, size_t index);
void map_set_entry(uint8_t *page, size_t index, uint32_t checksum);
/* The map page that covers pgno (>= 2), and its entry there. */
uint32_t map_page_of(size_t page_size, uint32_t pgno, size_t *index);
int is_map_page(size_t page_size, uint32_t pgno);

#endif
