/*
 * Binary search against linear search, with key heads and fences that share a
 * prefix.
 *
 *  Input   size (1), fences (1): how much of first and last key the fences take;
 *          then records (support/keys.h).
 *  Oracle  in a V2 and a V3 leaf of these records, each key, and its neighbours
 *          one byte longer, shorter, smaller and larger, have the rank and the
 *          verdict that a walk from slot to slot gives, and none costs more than
 *          a binary search may. A branch of the same keys finds the child that a
 *          walk over its separators finds, also when separators were changed, and
 *          when it was split and merged again.
 *  Seeds   keys with common prefixes, equal heads, zero bytes, all lengths.
 */
#include "support/expect.h"
#include "support/keys.h"
#include "../src/page/branch.h"
#include "../src/reference/linear.h"

struct probe {
    const struct bench *bench;
    const struct records *records;
    const uint8_t *leaf[2];
    const uint8_t *branch;
};

static void probe_leaf(const struct probe *probe, const uint8_t *leaf, const uint8_t *key, size_t key_len, size_t rank,
                       int wanted)
{
    int found, counted;
    uint64_t decodes = 0;
    size_t count = probe->records->count, steps = 2;
    EXPECT_EQUAL(leaf_search(leaf, probe->bench->page_size, key, key_len, &found), rank);
    EXPECT_EQUAL(found, wanted);
    EXPECT_EQUAL(leaf_search_counted(leaf, probe->bench->page_size, key, key_len, &counted, &decodes), rank);
    EXPECT_EQUAL(counted, wanted);
    while (count >> (steps - 2) != 0)
        steps++;
    EXPECT(decodes <= steps);
}

static void probe_branch(const struct probe *probe, const uint8_t *key, size_t key_len)
{
    size_t slot = 0, length;
    while (slot + 1 < page_slot_count(probe->branch)) {
        const uint8_t *separator = branch_separator(probe->branch, probe->bench->page_size, slot + 1, &length);
        if (bytes_compare(separator, length, key, key_len) > 0)
            break;
        slot++;
    }
    EXPECT_EQUAL(branch_search(probe->branch, probe->bench->page_size, key, key_len), slot);
}

/* A key that lies within the fences. */
static void probe_key(const struct probe *probe, const uint8_t *key, size_t key_len)
{
    const uint8_t *page = probe->leaf[0];
    if (key_len == 0 || key_len > KEY_MAX(probe->bench->page_size) ||
        bytes_compare(key, key_len, page_low(page), page_low_len(page)) < 0 ||
        (page_high_len(page) != 0 && bytes_compare(key, key_len, page_high(page), page_high_len(page)) >= 0))
        return;
    uint8_t *exact = malloc(key_len);
    memcpy(exact, key, key_len);
    int wanted;
    size_t rank = entries_search(probe->records->entries, probe->records->count, exact, key_len, &wanted);
    for (size_t i = 0; i < 2; i++)
        probe_leaf(probe, probe->leaf[i], exact, key_len, rank, wanted);
    probe_branch(probe, exact, key_len);
    free(exact);
}

static void probe_around(const struct probe *probe, const struct entry *entry, uint8_t *key)
{
    memcpy(key, entry->key, entry->key_len);
    key[entry->key_len] = 0;
    probe_key(probe, key, entry->key_len);
    probe_key(probe, key, entry->key_len + 1);
    probe_key(probe, key, entry->key_len - 1);
    key[entry->key_len - 1]++;
    probe_key(probe, key, entry->key_len);
    key[entry->key_len - 1] = (uint8_t)(key[entry->key_len - 1] - 2);
    probe_key(probe, key, entry->key_len);
}

/* Children between the keys: each key but the first is a separator, as far as they fit. */
static void fill_branch(const struct bench *bench, const struct records *records, uint8_t *page)
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
        EXPECT_EQUAL(bench_check(bench, page), RULE_OK);
    } else {
        EXPECT(memcmp(page, before, bench->page_size) == 0);
    }
    free(exact);
    free(before);
}

/* Each separator a byte longer where that is still below what follows; then every third as short as divides. */
static void change_separators(const struct bench *bench, uint8_t *page, uint8_t *key)
{
    for (size_t slot = 1; slot < page_slot_count(page); slot++) {
        const uint8_t *low, *high;
        size_t low_len, high_len;
        branch_bracket(page, bench->page_size, slot, &low, &low_len, &high, &high_len);
        memcpy(key, low, low_len);
        key[low_len] = 0;
        if (low_len < KEY_MAX(bench->page_size) &&
            (high_len == 0 || bytes_compare(key, low_len + 1, high, high_len) < 0))
            replace_separator(bench, page, slot, key, low_len + 1);
    }
    for (size_t slot = 1; slot < page_slot_count(page); slot += 3) {
        const uint8_t *low, *high;
        size_t low_len, high_len;
        branch_bracket(page, bench->page_size, slot - 1, &low, &low_len, &high, &high_len);
        memcpy(key, high, high_len);
        replace_separator(bench, page, slot, key, separator_len(low, low_len, high, high_len));
    }
}

/* Splits the branch, lengthens what the left half says, and merges the halves: the same children, or no room and no
 * change. */
static void split_and_merge(const struct bench *bench, uint8_t *page, uint8_t *key)
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
    change_separators(bench, page, key);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct bench bench;
    struct records records;
    bench_open(&bench, input_page_size(&input));
    uint8_t fences = input_u8(&input);
    records_read(&records, &input, bench.page_size, 100);
    uint8_t *pages[3] = {bench_page(&bench, NULL), bench_page(&bench, NULL), bench_page(&bench, NULL)};
    uint8_t *key = malloc(KEY_MAX(bench.page_size) + 1);
    if (records.count > 1) {
        /* The last key becomes the high fence, or there is none; the low one is the front of the first key. */
        struct entry last = records.entries[--records.count], first = records.entries[0];
        size_t low_len = first.key_len < fences % 16u ? first.key_len : fences % 16u;
        size_t high_len = fences < 64 ? 0 : last.key_len;
        while (!rebuild_leaf(pages[0], bench.page_size, 5, first.key, low_len, last.key, high_len, records.entries,
                             records.count))
            records.count--;
        EXPECT(rebuild_leaf(pages[1], bench.page_size, 3, first.key, low_len, last.key, high_len, records.entries,
                            records.count));
        page_init_slotted(pages[2], bench.page_size, 3, 2, PAGE_BRANCH, 1, 4, first.key, low_len, last.key, high_len);
        fill_branch(&bench, &records, pages[2]);
        struct probe probe = {&bench, &records, {pages[0], pages[1]}, pages[2]};
        for (size_t i = 0; i < records.count; i++)
            probe_around(&probe, &records.entries[i], key);
        change_separators(&bench, pages[2], key);
        for (size_t i = 0; i < records.count; i++)
            probe_around(&probe, &records.entries[i], key);
        split_and_merge(&bench, pages[2], key);
    }
    free(key);
    for (size_t i = 0; i < 3; i++)
        free(pages[i]);
    records_free(&records);
    bench_close(&bench);
    return 0;
}
