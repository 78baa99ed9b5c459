/*
 * The rules of docs/FORMAT.md one by one, as page_check asks them; private to
 * the check_*.c files. Each function may rely on the rules before it, and on
 * nothing else. A rule of the whole page answers 1 if it holds. A rule about
 * slots answers the first slot that breaks it, or `count` if none does.
 */
#ifndef QUIRE_PAGE_CHECK_RULES_H
#define QUIRE_PAGE_CHECK_RULES_H

#include "slot.h"
#include "record.h"

/* The header, P2 to P6: any bytes. P5 and P6 are about slotted pages. */
int rule_kind(const uint8_t *page);
int rule_level(const uint8_t *page);
int rule_unused(const uint8_t *page);
int rule_fences(const uint8_t *page, size_t page_size);
int rule_space(const uint8_t *page, size_t page_size);

/* Extents, P7 to P10: extent i is [offset of slot i, ends[i]), as slot_ends says. */
size_t rule_extent(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends, size_t shortest);
/* Claims the bytes of each extent; P8, and for V1 the part of P9 about equal offsets. */
size_t rule_overlap(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends, int8_t *claims);
int rule_holes(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends);
int rule_free_bytes(const uint8_t *page, const int8_t *claims);
/* The first slot that shares a byte with a later one, `slot`; for the report only. */
size_t overlapped_slot(const uint8_t *page, size_t page_size, const uint16_t *ends, size_t slot);

/* Leaves with plain records, P11 to P14. */
size_t plain_rule_record(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends);
size_t plain_rule_order(const uint8_t *page, size_t page_size, size_t count);
size_t plain_rule_bounds(const uint8_t *page, size_t page_size, size_t count);
size_t plain_rule_head(const uint8_t *page, size_t page_size, size_t count);

/* Leaves with prefix records; `key` has KEY_MAX bytes and holds the key of the slot at hand. */
size_t prefix_rule_record(const uint8_t *page, size_t page_size, size_t count, const uint16_t *ends);
size_t prefix_rule_order(const uint8_t *page, size_t page_size, size_t count, uint8_t *key);
size_t prefix_rule_bounds(const uint8_t *page, size_t page_size, size_t count, uint8_t *key);
size_t prefix_rule_head(const uint8_t *page, size_t page_size, size_t count, uint8_t *key);

/* Branches, P11, P14 and P15. */
size_t branch_rule_record(const uint8_t *page, size_t page_size, size_t count);
size_t branch_rule_head(const uint8_t *page, size_t page_size, size_t count);
size_t branch_rule(const uint8_t *page, size_t page_size, size_t count);

/* The other kinds, P16 to P18. P19 speaks of no byte at any legal page size. */
int meta_rule(const uint8_t *page, size_t page_size);
int free_rule(const uint8_t *page, size_t page_size);
int overflow_rule(const uint8_t *page, size_t page_size);

/* Is the head in the slot the four bytes that key_head makes of this key? Most keys have four to compare at once. */
static inline int head_matches(const uint8_t *page, size_t page_size, size_t slot, const uint8_t *key, size_t key_len)
{
    uint8_t head[SLOT_HEAD_SIZE];
    size_t prefix_len = page_prefix_len(page);
    if (key_len >= prefix_len + SLOT_HEAD_SIZE)
        return slot_head(page, page_size, slot) == load32_big(key + prefix_len);
    key_head(key, key_len, prefix_len, head);
    return slot_head(page, page_size, slot) == load32_big(head);
}

#endif
