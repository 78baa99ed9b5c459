/*
 * page_check: the one judge of a page's bytes. It takes any bytes and answers
 * the number of the first rule P2..P19 that they break, or RULE_OK. It is sound
 * and complete for the rules of docs/FORMAT.md: page_check(p) == RULE_OK exactly
 * when p is a valid page. Linear in the page size but for prefix records,
 * whose keys are put together once each.
 */
#ifndef QUIRE_PAGE_CHECK_H
#define QUIRE_PAGE_CHECK_H

#include "slot.h"
#include "record.h"

/* Scratch of page_check, made of what `page_scratch_size` says; contents are free. */
struct page_scratch {
    int8_t *claims; /* page_size marks */
    uint16_t *ends; /* page_size / 2 numbers */
    uint8_t *key;   /* 2 * KEY_MAX bytes */
    uint8_t *bytes; /* page_size + 1 bytes, for delta_redo */
};
/* Bytes to carve all four from one block, and the carving. */
size_t page_scratch_size(size_t page_size);
void page_scratch_carve(struct page_scratch *scratch, void *block, size_t page_size);

/* Where a rule is broken; slot and other are SIZE_MAX when none. */
struct page_fault {
    enum page_rule rule;
    size_t slot;
    size_t other; /* the slot it overlaps or follows */
};

/*
 * Proved: RULE_OK says that rules P2 to P18 hold, and no other answer is given to
 * a page where they do; but of leaves with prefix records P12 to P14 are not said.
 */
/*@ requires page: page_readable(page, page_size);
  @ requires memory: \valid_read(scratch) && check_memory(page, page_size, scratch->ends, scratch->claims, scratch->key);
  @ requires fault: \valid(fault);
  @ assigns *fault, scratch->ends[0 .. page_size / 2 - 1], scratch->claims[0 .. page_size - 1],
  @         scratch->key[0 .. page_size / 8 - 9];
  @ ensures said: fault->rule == \result;
  @ ensures sound: \result == RULE_OK ==> valid_page{Pre}(page, page_size);
  @ ensures complete: valid_page{Pre}(page, page_size) ==>
  @     \result == RULE_OK || (is_prefix_leaf{Pre}(page) && RULE_ORDER <= \result <= RULE_HEAD);
  @*/
enum page_rule page_check(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                          struct page_fault *fault);

/* P1 for a page from the file; expected is the map's entry, 0 when unknown. */
/*@ requires page: page_readable(page, page_size);
  @ assigns \nothing;
  @*/
int page_verify(const uint8_t *page, size_t page_size, uint32_t pgno, uint64_t salt, uint32_t expected);
/* Writes the checksum. */
/*@ requires page: page_writable(page, page_size);
  @ assigns page[HEADER_CHECKSUM .. HEADER_CHECKSUM + 3];
  @*/
void page_seal(uint8_t *page, size_t page_size, uint64_t salt);

/* "P8" and a sentence, static. */
const char *page_rule_name(enum page_rule rule);
const char *page_rule_text(enum page_rule rule);

#endif
