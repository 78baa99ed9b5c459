/*
 * The judge. It asks the rules of check_rules.h in the order of docs/FORMAT.md
 * and reports the first one that is broken; each rule may rely on those before
 * it, which is what makes the order matter for safety too: no byte is followed
 * before the rule that bounds it has passed.
 */
#include "check.h"
#include "check_rules.h"

#define NO_SLOT SIZE_MAX

size_t page_scratch_size(size_t page_size)
{
    return 2u * (page_size / 2u) + page_size + 2u * KEY_MAX(page_size) + page_size + 1u;
}

/* The block comes from an allocator, so its start fits every type; the numbers come first. */
void page_scratch_carve(struct page_scratch *scratch, void *block, size_t page_size)
{
    uint8_t *bytes = (uint8_t *)block + 2u * (page_size / 2u);
    scratch->ends = (uint16_t *)block;
    scratch->claims = (int8_t *)bytes;
    scratch->key = bytes + page_size;
    scratch->bytes = bytes + page_size + 2u * KEY_MAX(page_size);
}

static enum page_rule report(struct page_fault *fault, enum page_rule rule, size_t slot, size_t other)
{
    fault->rule = rule;
    fault->slot = slot;
    fault->other = other;
    return rule;
}

/* P2 to P4, of every kind. */
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

static size_t shortest_record(const uint8_t *page)
{
    if (page_kind(page) == PAGE_BRANCH)
        return RECORD_MIN_BRANCH;
    return page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS ? RECORD_MIN_PLAIN : RECORD_MIN_PREFIX;
}

/* P7 to P10; leaves the extents in scratch->ends. */
static enum page_rule check_extents(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                    struct page_fault *fault)
{
    size_t count = page_slot_count(page);
    size_t slot;
    slot_ends(page, page_size, scratch->ends, scratch->bytes);
    slot = rule_extent(page, page_size, count, scratch->ends, shortest_record(page));
    if (slot < count)
        return report(fault, RULE_EXTENT, slot, NO_SLOT);
    slot = rule_overlap(page, page_size, count, scratch->ends, scratch->claims);
    if (slot < count)
        return report(fault, slot_width(page_flags(page)) == SLOT_WIDTH_V1 ? RULE_HOLES : RULE_OVERLAP, slot,
                      overlapped_slot(page, page_size, scratch->ends, slot));
    if (!rule_holes(page, page_size, count, scratch->ends))
        return report(fault, RULE_HOLES, NO_SLOT, NO_SLOT);
    if (!rule_free_bytes(page, scratch->claims))
        return report(fault, RULE_FREE_BYTES, NO_SLOT, NO_SLOT);
    return report(fault, RULE_OK, NO_SLOT, NO_SLOT);
}

/* P11 to P14 of a leaf with plain records. */
static enum page_rule check_plain(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                  struct page_fault *fault)
{
    size_t count = page_slot_count(page);
    size_t slot = plain_rule_record(page, page_size, count, scratch->ends);
    if (slot < count)
        return report(fault, RULE_RECORD, slot, NO_SLOT);
    slot = plain_rule_order(page, page_size, count);
    if (slot < count)
        return report(fault, RULE_ORDER, slot, slot - 1u);
    slot = plain_rule_bounds(page, page_size, count);
    if (slot < count)
        return report(fault, RULE_BOUNDS, slot, NO_SLOT);
    if (slot_width(page_flags(page)) != SLOT_WIDTH_V3)
        return report(fault, RULE_OK, NO_SLOT, NO_SLOT);
    slot = plain_rule_head(page, page_size, count);
    if (slot < count)
        return report(fault, RULE_HEAD, slot, NO_SLOT);
    return report(fault, RULE_OK, NO_SLOT, NO_SLOT);
}

/* P11 to P14 of a leaf with prefix records. */
static enum page_rule check_prefix(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                   struct page_fault *fault)
{
    size_t count = page_slot_count(page);
    size_t slot = prefix_rule_record(page, page_size, count, scratch->ends);
    if (slot < count)
        return report(fault, RULE_RECORD, slot, NO_SLOT);
    slot = prefix_rule_order(page, page_size, count, scratch->key);
    if (slot < count)
        return report(fault, RULE_ORDER, slot, slot - 1u);
    slot = prefix_rule_bounds(page, page_size, count, scratch->key);
    if (slot < count)
        return report(fault, RULE_BOUNDS, slot, NO_SLOT);
    if (slot_width(page_flags(page)) != SLOT_WIDTH_V3)
        return report(fault, RULE_OK, NO_SLOT, NO_SLOT);
    slot = prefix_rule_head(page, page_size, count, scratch->key);
    if (slot < count)
        return report(fault, RULE_HEAD, slot, NO_SLOT);
    return report(fault, RULE_OK, NO_SLOT, NO_SLOT);
}

/* P11, P14 and P15 of a branch. */
static enum page_rule check_branch(const uint8_t *page, size_t page_size, struct page_fault *fault)
{
    size_t count = page_slot_count(page);
    size_t slot = branch_rule_record(page, page_size, count);
    if (slot < count)
        return report(fault, RULE_RECORD, slot, NO_SLOT);
    slot = branch_rule_head(page, page_size, count);
    if (slot < count)
        return report(fault, RULE_HEAD, slot, NO_SLOT);
    slot = branch_rule(page, page_size, count);
    if (slot < count)
        return report(fault, RULE_BRANCH, slot, NO_SLOT);
    return report(fault, RULE_OK, NO_SLOT, NO_SLOT);
}

static enum page_rule check_slotted(const uint8_t *page, size_t page_size, const struct page_scratch *scratch,
                                    struct page_fault *fault)
{
    if (!rule_fences(page, page_size))
        return report(fault, RULE_FENCES, NO_SLOT, NO_SLOT);
    if (!rule_space(page, page_size))
        return report(fault, RULE_SPACE, NO_SLOT, NO_SLOT);
    if (check_extents(page, page_size, scratch, fault) != RULE_OK)
        return fault->rule;
    if (page_kind(page) == PAGE_BRANCH)
        return check_branch(page, page_size, fault);
    if (page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS)
        return check_plain(page, page_size, scratch, fault);
    return check_prefix(page, page_size, scratch, fault);
}

/* P16 to P19 of the kinds without slots. */
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
    if (rule != RULE_OK)
        return report(fault, rule, NO_SLOT, NO_SLOT);
    if (page_kind(page) == PAGE_LEAF || page_kind(page) == PAGE_BRANCH)
        return check_slotted(page, page_size, scratch, fault);
    return report(fault, check_other(page, page_size), NO_SLOT, NO_SLOT);
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
