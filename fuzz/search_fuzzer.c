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
 *          walk over its separators finds.
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
    }
    free(key);
    for (size_t i = 0; i < 3; i++)
        free(pages[i]);
    records_free(&records);
    bench_close(&bench);
    return 0;
}
