/*
 * The judge. It asks the rules of check_rules.h in the order of docs/FORMAT.md
 * and reports the first one that is broken; each rule may rely on those before
 * it, which is what makes the order matter for safety too: no byte is followed
 * before the rule that bounds it has passed.
 */
#include "check.h"
#include "check_rules.h"

#define NO_SLOT SIZE_MAX

/* Notes which slot breaks the rule, and which other one it meets; answers the rule. */
/*@ requires fault: \valid(fault);
  @ assigns fault->slot, fault->other;
  @ ensures rule: \result == rule;
  @*/
static enum page_rule broken_at(struct page_fault *fault, enum page_rule rule, size_t slot, size_t other)
{
    fault->slot = slot;
    fault->other = other;
    return rule;
}

/* P2 to P4, of every kind. */
/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures exact: \result == RULE_OK <==> valid_header(page);
  @*/
static enum page_rule check_header(const uint8_t *page)
{
    if (!rule_kind(page))
        return RULE_KIND;
    if (!rule_level(page))
        return RULE_LEVEL;
    if (!rule_unused(page))
        return RULE_UNUSED;
    return RULE_OK;
}

/*@ requires header: \valid_read(page + (0 .. HEADER_SIZE - 1));
  @ assigns \nothing;
  @ ensures length: \result == shortest_of(page);
  @*/
static size_t shortest_record(const uint8_t *page)
{
    if (page_kind(page) == PAGE_BRANCH)
        return RECORD_MIN_BRANCH;
    return page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS ? RECORD_MIN_PLAIN : RECORD_MIN_PREFIX;
}

/* P7 to P10; leaves the extents in scratch->ends. */
/*@ requires page: page_readable(page, page_size) && space_in_page(page, page_size);
  @ requires memory: \valid_read(scratch) && check_memory(page, page_size, scratch->ends, scratch->claims, scratch->key);
  @ requires fault: \valid(fault);
  @ assigns fault->slot, fault->other, scratch->ends[0 .. page_size / 2 - 1], scratch->claims[0 .. page_size - 1];
  @ ensures exact: \result == RULE_OK <==> valid_extents(page, page_size);
  @ ensures ends: ends_known(page, page_size, slot_count_of(page), scratch->ends);
  @*/
static enum page_rule check_extents(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                    struct page_fault *fault)
{
    size_t count = page_slot_count(page);
    size_t slot;
    slot_ends(page, page_size, scratch->ends, scratch->claims);
    slot = rule_extent(page, page_size, count, scratch->ends, shortest_record(page));
    /*@ assert extents: slot == count <==> rule_7(page, page_size, count, shortest_of(page)); */
    if (slot < count)
        return broken_at(fault, RULE_EXTENT, slot, NO_SLOT);
    slot = rule_overlap(page, page_size, count, scratch->ends, scratch->claims);
    /*@ assert apart: slot == count <==> rule_8(page, page_size, count); */
    if (slot < count)
        return broken_at(fault, slot_width(page_flags(page)) == SLOT_WIDTH_V1 ? RULE_HOLES : RULE_OVERLAP, slot,
                         overlapped_slot(page, page_size, scratch->ends, slot));
    if (!rule_holes(page, page_size, count, scratch->ends))
        return RULE_HOLES;
    /*@ assert cover: claims_cover(page, page_size, slot_count_of(page), scratch->claims); */
    /*@ assert belong: claims_belong(page, page_size, slot_count_of(page), scratch->claims); */
    /*@ assert marks: marks_between(scratch->claims, 0, page_size) && 0 <= arena_of(page); */
    /*@ assert claims: free_bytes_zero(page, scratch->claims) <==> rule_10(page, page_size); */
    if (!rule_free_bytes(page, scratch->claims))
        return RULE_FREE_BYTES;
    return RULE_OK;
}

/* P11 to P14 of a leaf with plain records. */
/*@ requires page: page_readable(page, page_size) && space_in_page(page, page_size) && rule_5(page, page_size);
  @ requires ends: \valid_read(scratch) && ends_known(page, page_size, slot_count_of(page), scratch->ends);
  @ requires extents: extents_in_page(page, page_size, slot_count_of(page));
  @ requires fault: \valid(fault);
  @ assigns fault->slot, fault->other;
  @ ensures exact: \result == RULE_OK <==> valid_plain(page, page_size);
  @*/
static enum page_rule check_plain(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                  struct page_fault *fault)
{
    size_t count = page_slot_count(page);
    size_t slot = plain_rule_record(page, page_size, count, scratch->ends);
    /*@ assert records: slot == count <==> rule_11_plain(page, page_size, count); */
    if (slot < count)
        return broken_at(fault, RULE_RECORD, slot, NO_SLOT);
    slot = plain_rule_order(page, page_size, count);
    /*@ assert order: slot == count <==> rule_12_plain(page, page_size, count); */
    if (slot < count)
        return broken_at(fault, RULE_ORDER, slot, slot - 1u);
    slot = plain_rule_bounds(page, page_size, count);
    /*@ assert bounds: slot == count <==> rule_13_plain(page, page_size, count); */
    if (slot < count)
        return broken_at(fault, RULE_BOUNDS, slot, NO_SLOT);
    if (slot_width(page_flags(page)) != SLOT_WIDTH_V3)
        return RULE_OK;
    slot = plain_rule_head(page, page_size, count);
    /*@ assert heads: slot == count <==> rule_14_plain(page, page_size, count); */
    if (slot < count)
        return broken_at(fault, RULE_HEAD, slot, NO_SLOT);
    return RULE_OK;
}

/* P11 to P14 of a leaf with prefix records. */
/*@ requires page: page_readable(page, page_size) && space_in_page(page, page_size) && rule_5(page, page_size);
  @ requires ends: \valid_read(scratch) && ends_known(page, page_size, slot_count_of(page), scratch->ends);
  @ requires extents: extents_in_page(page, page_size, slot_count_of(page));
  @ requires key: walk_buffer(page, page_size, scratch->key);
  @ requires fault: \valid(fault);
  @ assigns fault->slot, fault->other, scratch->key[0 .. page_size / 8 - 9];
  @ ensures sound: \result == RULE_OK ==> rule_11_prefix{Pre}(page, page_size, slot_count_of{Pre}(page));
  @ ensures others: rule_11_prefix{Pre}(page, page_size, slot_count_of{Pre}(page)) ==>
  @     \result == RULE_OK || RULE_ORDER <= \result <= RULE_HEAD;
  @*/
static enum page_rule check_prefix(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                   struct page_fault *fault)
{
    size_t count = page_slot_count(page);
    size_t slot = prefix_rule_record(page, page_size, count, scratch->ends);
    /*@ assert records: slot == count <==> rule_11_prefix(page, page_size, count); */
    if (slot < count)
        return broken_at(fault, RULE_RECORD, slot, NO_SLOT);
    slot = prefix_rule_order(page, page_size, count, scratch->key);
    if (slot < count)
        return broken_at(fault, RULE_ORDER, slot, slot - 1u);
    slot = prefix_rule_bounds(page, page_size, count, scratch->key);
    if (slot < count)
        return broken_at(fault, RULE_BOUNDS, slot, NO_SLOT);
    if (slot_width(page_flags(page)) != SLOT_WIDTH_V3)
        return RULE_OK;
    slot = prefix_rule_head(page, page_size, count, scratch->key);
    if (slot < count)
        return broken_at(fault, RULE_HEAD, slot, NO_SLOT);
    return RULE_OK;
}

/* P11, P14 and P15 of a branch. */
/*@ requires page: page_readable(page, page_size) && space_in_page(page, page_size) && rule_5(page, page_size);
  @ requires children: width_of(page) == SLOT_WIDTH_V3 && 0 < slot_count_of(page) &&
  @     have_children(page, page_size, slot_count_of(page));
  @ requires fault: \valid(fault);
  @ assigns fault->slot, fault->other;
  @ ensures exact: \result == RULE_OK <==> valid_branch(page, page_size);
  @*/
static enum page_rule check_branch(const uint8_t *page, size_t page_size, struct page_fault *fault)
{
    size_t count = page_slot_count(page);
    size_t slot = branch_rule_record(page, page_size, count);
    /*@ assert records: slot == count <==> rule_11_branch(page, page_size, count); */
    if (slot < count)
        return broken_at(fault, RULE_RECORD, slot, NO_SLOT);
    slot = branch_rule_head(page, page_size, count);
    /*@ assert heads: slot == count <==> rule_14_branch(page, page_size, count); */
    if (slot < count)
        return broken_at(fault, RULE_HEAD, slot, NO_SLOT);
    slot = branch_rule(page, page_size, count);
    /*@ assert children: slot == count <==> rule_15(page, page_size, count); */
    if (slot < count)
        return broken_at(fault, RULE_BRANCH, slot, NO_SLOT);
    return RULE_OK;
}

/*@ requires page: page_readable(page, page_size) && valid_header(page) && is_slotted(page);
  @ requires memory: \valid_read(scratch) && check_memory(page, page_size, scratch->ends, scratch->claims, scratch->key);
  @ requires fault: \valid(fault);
  @ assigns fault->slot, fault->other, scratch->ends[0 .. page_size / 2 - 1], scratch->claims[0 .. page_size - 1],
  @         scratch->key[0 .. page_size / 8 - 9];
  @ ensures sound: \result == RULE_OK ==> valid_slotted{Pre}(page, page_size);
  @ ensures complete: valid_slotted{Pre}(page, page_size) ==>
  @     \result == RULE_OK || (is_prefix_leaf{Pre}(page) && RULE_ORDER <= \result <= RULE_HEAD);
  @*/
static enum page_rule check_slotted(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                    struct page_fault *fault)
{
    enum page_rule rule;
    if (!rule_fences(page, page_size))
        return RULE_FENCES;
    if (!rule_space(page, page_size))
        return RULE_SPACE;
    rule = check_extents(page, page_size, scratch, fault);
    if (rule != RULE_OK)
        return rule;
    if (page_kind(page) == PAGE_BRANCH)
        return check_branch(page, page_size, fault);
    if (page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS)
        return check_plain(page, page_size, scratch, fault);
    return check_prefix(page, page_size, scratch, fault);
}

/* P16 to P19 of the kinds without slots. */
/*@ requires page: page_readable(page, page_size);
  @ assigns \nothing;
  @ ensures exact: \result == RULE_OK <==> valid_other(page, page_size);
  @*/
static enum page_rule check_other(const uint8_t *page, size_t page_size)
{
    if (page_kind(page) == PAGE_META)
        return meta_rule(page, page_size) ? RULE_OK : RULE_META;
    if (page_kind(page) == PAGE_FREE)
        return free_rule(page, page_size) ? RULE_OK : RULE_FREE;
    if (page_kind(page) == PAGE_OVERFLOW)
        return overflow_rule(page, page_size) ? RULE_OK : RULE_OVERFLOW;
    return RULE_OK;
}

enum page_rule page_check(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                          struct page_fault *fault)
{
    enum page_rule rule = check_header(page);
    fault->slot = NO_SLOT;
    fault->other = NO_SLOT;
    if (rule == RULE_OK && (page_kind(page) == PAGE_LEAF || page_kind(page) == PAGE_BRANCH))
        rule = check_slotted(page, page_size, scratch, fault);
    else if (rule == RULE_OK)
        rule = check_other(page, page_size);
    fault->rule = rule;
    return rule;
}

int page_verify(const uint8_t *page, size_t page_size, uint32_t pgno, uint64_t salt, uint32_t expected)
{
    uint32_t checksum = page_checksum(page);
    return page_pgno(page) == pgno && (expected == 0 || expected == checksum) &&
           page_seal_value(page, page_size, pgno, salt) == checksum;
}

void page_seal(uint8_t *page, size_t page_size, uint64_t salt)
{
    store32(page + HEADER_CHECKSUM, page_seal_value(page, page_size, page_pgno(page), salt));
}
