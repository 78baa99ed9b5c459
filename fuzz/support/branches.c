/* Branches for search. */
#include "branches.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/page/branch.h"
#include "../../src/page/branch_search.h"
#include "expect.h"

void branches_fill(const struct bench *bench, const struct records *records, uint8_t *page)
{
    struct space space;
    struct leaf_edit edit;
    space_clear(&space);
    EXPECT(branch_insert(page, bench->page_size, &space, 0, 2, NULL, 0, bench->scratch, &edit));
    for (size_t i = 1; i < records->count; i++)
        if (!branch_insert(page, bench->page_size, &space, page_slot_count(page), (uint32_t)i + 2,
                           records->entries[i].key, records->entries[i].key_len, bench->scratch, &edit))
            break;
    EXPECT_EQUAL(bench_check(bench, page), RULE_OK);
}

/* The whole page is judged after the first edits of a pass and then now and then: what breaks it stays. */
static int is_judged(size_t slot)
{
    return slot < 4 || slot % 16 == 0;
}

/* Gives `slot` another separator and child: both are there then, or nothing changed. */
static void replace_separator(const struct bench *bench, uint8_t *page, size_t slot, const uint8_t *key, size_t key_len)
{
    struct space space;
    struct leaf_edit edit;
    uint8_t *before = bench_page(bench, page), *exact = malloc(key_len);
    uint32_t child = branch_child(page, bench->page_size, slot) + 1;
    memcpy(exact, key, key_len);
    space_load(&space, page, bench->page_size, bench->scratch);
    if (branch_replace(page, bench->page_size, &space, slot, child, exact, key_len, bench->scratch, &edit)) {
        size_t length;
        const uint8_t *separator = branch_separator(page, bench->page_size, slot, &length);
        EXPECT(length == key_len && memcmp(separator, key, key_len) == 0);
        EXPECT_EQUAL(branch_child(page, bench->page_size, slot), child);
        if (is_judged(slot))
            EXPECT_EQUAL(bench_check(bench, page), RULE_OK);
    } else {
        EXPECT(memcmp(page, before, bench->page_size) == 0);
    }
    free(exact);
    free(before);
}

void branches_change_separators(const struct bench *bench, uint8_t *page, uint8_t *key)
{
    const uint8_t *low, *high;
    size_t low_len, high_len, count = page_slot_count(page);
    for (size_t slot = 1; slot < count; slot++) {
        branch_bracket(page, bench->page_size, slot, &low, &low_len, &high, &high_len);
        memcpy(key, low, low_len);
        key[low_len] = 0;
        if (low_len < KEY_MAX(bench->page_size) &&
            (high_len == 0 || bytes_compare(key, low_len + 1, high, high_len) < 0))
            replace_separator(bench, page, slot, key, low_len + 1);
    }
    EXPECT_EQUAL(bench_check(bench, page), RULE_OK);
    for (size_t slot = 1; slot < count; slot += 3) {
        branch_bracket(page, bench->page_size, slot - 1, &low, &low_len, &high, &high_len);
        memcpy(key, high, high_len);
        replace_separator(bench, page, slot, key, separator_len(low, low_len, high, high_len));
    }
    EXPECT_EQUAL(bench_check(bench, page), RULE_OK);
}

void branches_split_and_merge(const struct bench *bench, uint8_t *page, uint8_t *key)
{
    size_t count = page_slot_count(page), at = count / 2, length;
    if (count < 4)
        return;
    const uint8_t *separator = branch_separator(page, bench->page_size, at, &length);
    uint8_t *right = bench_page(bench, NULL), *low = malloc(length), *before;
    uint32_t last = branch_child(page, bench->page_size, count - 1);
    memcpy(low, separator, length);
    page_init_slotted(right, bench->page_size, 6, 2, PAGE_BRANCH, 1, 4, low, length, page_high(page),
                      page_high_len(page));
    branch_split(page, right, bench->page_size, at, 6, bench->scratch);
    EXPECT_EQUAL(bench_check(bench, page), RULE_OK);
    EXPECT_EQUAL(bench_check(bench, right), RULE_OK);
    EXPECT(page_slot_count(page) == at && page_slot_count(right) == count - at);
    branches_change_separators(bench, page, key);
    before = bench_page(bench, page);
    if (branch_merge(page, right, bench->page_size, bench->scratch)) {
        EXPECT_EQUAL(bench_check(bench, page), RULE_OK);
        EXPECT_EQUAL(page_slot_count(page), count);
        EXPECT_EQUAL(branch_child(page, bench->page_size, count - 1), last);
        separator = branch_separator(page, bench->page_size, at, &count);
        EXPECT(count == length && memcmp(separator, low, length) == 0);
    } else {
        EXPECT(memcmp(page, before, bench->page_size) == 0);
    }
    free(before);
    free(low);
    free(right);
}
