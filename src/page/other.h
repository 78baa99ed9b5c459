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
/*@ requires writable: \valid(bytes + (0 .. META_STATE_SIZE - 1));
  @ requires readable: \valid_read(state);
  @ requires apart: \separated(bytes + (0 .. META_STATE_SIZE - 1), state);
  @ assigns bytes[0 .. META_STATE_SIZE - 1];
  @ ensures free_pages: u32(bytes) == \old(state->free_head) && u32(bytes + 4) == \old(state->free_count);
  @ ensures trees: u32(bytes + 8) == \old(state->next_tree) && u32(bytes + 12) == \old(state->catalog_root);
  @ ensures chain: u64(bytes + 16) == \old(state->next_chain);
  @ ensures zero: range_zero(bytes, 24, META_STATE_SIZE);
  @*/
void state_encode(uint8_t bytes[64], const struct state *state);
/*@ requires readable: \valid_read(bytes + (0 .. META_STATE_SIZE - 1));
  @ requires writable: \valid(state);
  @ requires apart: \separated(bytes + (0 .. META_STATE_SIZE - 1), state);
  @ assigns *state;
  @ ensures free_pages: state->free_head == u32(bytes) && state->free_count == u32(bytes + 4);
  @ ensures trees: state->next_tree == u32(bytes + 8) && state->catalog_root == u32(bytes + 12);
  @ ensures chain: state->next_chain == u64(bytes + 16);
  @*/
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
/*@ requires page: page_writable(page, page_size);
  @ requires readable: \valid_read(meta);
  @ requires apart: \separated(page + (0 .. page_size - 1), meta);
  @ assigns page[0 .. page_size - 1];
  @ ensures named: u32(page + HEADER_PGNO) == pgno && u32(page + HEADER_TREE) == 0 && page[HEADER_KIND] == PAGE_META;
  @ ensures magic: meta_magic(page);
  @ ensures version: u32(page + META_VERSION) == \old(meta->format_version) &&
  @     u32(page + META_PAGE_SIZE) == \old(meta->page_size);
  @ ensures salt: u64(page + META_SALT) == \old(meta->salt);
  @ ensures counts: u32(page + META_GENERATION) == \old(meta->generation) &&
  @     u32(page + META_PAGE_COUNT) == \old(meta->page_count);
  @ ensures log: u64(page + META_FIRST_LSN) == \old(meta->first_lsn) &&
  @     u64(page + META_CHECKPOINT) == \old(meta->checkpoint);
  @ ensures state: bytes_moved{Pre, Post}(page + META_STATE, &meta->state[0], META_STATE_SIZE);
  @ ensures zero: range_zero(page, HEADER_KIND + 1, HEADER_SIZE) && range_zero(page, META_END, page_size);
  @*/
void meta_encode(uint8_t *page, size_t page_size, uint32_t pgno, const struct meta *meta);
/* The fields, from a page that passed page_check. */
/*@ requires readable: \valid_read(page + (0 .. META_END - 1));
  @ requires writable: \valid(meta);
  @ requires apart: \separated(page + (0 .. META_END - 1), meta);
  @ assigns *meta;
  @ ensures version: meta->format_version == u32(page + META_VERSION) && meta->page_size == u32(page + META_PAGE_SIZE);
  @ ensures salt: meta->salt == u64(page + META_SALT);
  @ ensures counts: meta->generation == u32(page + META_GENERATION) && meta->page_count == u32(page + META_PAGE_COUNT);
  @ ensures log: meta->first_lsn == u64(page + META_FIRST_LSN) && meta->checkpoint == u64(page + META_CHECKPOINT);
  @ ensures state: bytes_moved{Pre, Post}(&meta->state[0], page + META_STATE, META_STATE_SIZE);
  @*/
void meta_decode(const uint8_t *page, struct meta *meta);
/* What the first 64 bytes behind the header's start say, before the page size is known: 1 if the magic is there. Any
 * 160 bytes. */
/*@ requires readable: \valid_read(bytes + (0 .. META_END - 1));
  @ requires writable: \valid(format_version) && \valid(page_size);
  @ requires apart: \separated(format_version, page_size, bytes + (0 .. META_END - 1));
  @ assigns *format_version, *page_size;
  @ ensures exact: \result != 0 <==> meta_magic(bytes);
  @ ensures version: \result != 0 ==> *format_version == u32(bytes + META_VERSION);
  @ ensures page_size: \result != 0 ==> *page_size == u32(bytes + META_PAGE_SIZE);
  @ ensures refused: \result == 0 ==> *format_version == \old(*format_version) && *page_size == \old(*page_size);
  @*/
int meta_probe(const uint8_t *bytes, uint32_t *format_version, uint32_t *page_size);

/* 1 if the magic of a meta page stands where it does. */
/*@ requires readable: \valid_read(bytes + (0 .. META_END - 1));
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> meta_magic(bytes);
  @*/
int meta_has_magic(const uint8_t *bytes);

/* Free-list trunks: a stack of page numbers. */
/*@ requires entry: index <= UINT16_MAX && \valid_read(page + (0 .. entry_address(index) + 3));
  @ assigns \nothing;
  @ ensures value: \result == entry_of(page, index);
  @*/
uint32_t free_entry(const uint8_t *page, size_t index);
/* 0: full. */
/*@ requires page: page_writable(page, page_size);
  @ assigns page[HEADER_SLOT_COUNT .. HEADER_SLOT_COUNT + 1];
  @ assigns page[entry_address(slot_count_of(page)) .. entry_address(slot_count_of(page)) + 3];
  @ ensures yes_or_no: \result == 0 || \result == 1;
  @ ensures full: \result == 0 <==> \old(slot_count_of(page)) >= entry_capacity(page_size);
  @ ensures refused: \result == 0 ==> range_moved{Pre, Post}(page, page, 0, page_size);
  @ ensures pushed: \result == 1 ==> entry_pushed{Pre, Post}(page, page_size, pgno);
  @*/
int free_push(uint8_t *page, size_t page_size, uint32_t pgno);
/* 0: empty. */
/*@ requires header: \valid(page + (0 .. entry_address(slot_count_of(page)) - 1));
  @ assigns page[HEADER_SLOT_COUNT .. HEADER_SLOT_COUNT + 1];
  @ assigns page[entry_address(slot_count_of(page) - 1) .. entry_address(slot_count_of(page)) - 1];
  @ ensures empty: \old(slot_count_of(page)) == 0 ==> \result == 0 && slot_count_of(page) == 0;
  @ ensures top: \old(slot_count_of(page)) > 0 ==> \result == \old(entry_of(page, slot_count_of(page) - 1));
  @ ensures popped: \old(slot_count_of(page)) > 0 ==> entry_popped{Pre, Post}(page);
  @*/
uint32_t free_pop(uint8_t *page);

/*@ requires header: \valid_read(page + (0 .. OVERFLOW_DATA - 1));
  @ assigns \nothing;
  @ ensures value: \result == u64(page + OVERFLOW_CHAIN);
  @*/
uint64_t overflow_chain(const uint8_t *page);
/*@ requires header: \valid_read(page + (0 .. OVERFLOW_DATA - 1));
  @ assigns \nothing;
  @ ensures value: \result == u32(page + OVERFLOW_POSITION);
  @*/
uint32_t overflow_position(const uint8_t *page);
/*@ requires header: \valid_read(page + (0 .. OVERFLOW_DATA - 1));
  @ assigns \nothing;
  @ ensures value: \result == u32(page + OVERFLOW_USED);
  @*/
uint32_t overflow_used(const uint8_t *page);
/* After page_init: names the chain and the place in it. */
/*@ requires header: \valid(page + (0 .. OVERFLOW_DATA - 1));
  @ assigns page[HEADER_RIGHT .. HEADER_RIGHT + 3], page[OVERFLOW_CHAIN .. OVERFLOW_USED + 3];
  @ ensures next: u32(page + HEADER_RIGHT) == next;
  @ ensures chain: u64(page + OVERFLOW_CHAIN) == chain;
  @ ensures position: u32(page + OVERFLOW_POSITION) == position && u32(page + OVERFLOW_USED) == used;
  @*/
void overflow_init(uint8_t *page, uint64_t chain, uint32_t position, uint32_t used, uint32_t next);

/*@ requires entry: index <= UINT16_MAX && \valid_read(page + (0 .. entry_address(index) + 3));
  @ assigns \nothing;
  @ ensures value: \result == entry_of(page, index);
  @*/
uint32_t map_entry(const uint8_t *page, size_t index);
/*@ requires entry: index <= UINT16_MAX && \valid(page + (0 .. entry_address(index) + 3));
  @ assigns page[entry_address(index) .. entry_address(index) + 3];
  @ ensures value: entry_of(page, index) == checksum;
  @*/
void map_set_entry(uint8_t *page, size_t index, uint32_t checksum);
/* The map page that covers pgno (>= 2), and its entry there. */
/*@ requires bounded: page_size_bounded(page_size) && pgno >= MAP_FIRST;
  @ requires writable: \valid(index);
  @ assigns *index;
  @ ensures entry: 0 <= *index < entry_capacity(page_size);
  @ ensures place: \result + *index == pgno;
  @ ensures map_page: map_page(page_size, \result);
  @*/
uint32_t map_page_of(size_t page_size, uint32_t pgno, size_t *index);
/*@ requires bounded: page_size_bounded(page_size);
  @ assigns \nothing;
  @ ensures exact: \result != 0 <==> map_page(page_size, pgno);
  @*/
int is_map_page(size_t page_size, uint32_t pgno);

#endif
