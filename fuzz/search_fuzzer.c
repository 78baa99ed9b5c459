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
#include "support/branches.h"
#include "support/expect.h"
#include "../src/page/branch.h"
#include "../src/page/branch_search.h"
#include "../src/page/leaf_search.h"

enum { RECORDS_MOST = 100 };

/* What a probe is held against: the records, and the branch's separators from the second on, in order. */
struct probe {
    const struct bench *bench;
    const struct records *records;
    const uint8_t *leaf[2];
    const uint8_t *branch;
    struct entry separators[RECORDS_MOST];
    size_t separator_count;
    uint8_t *exact; /* KEY_MAX bytes: a key stands at their end, so that one byte too many is seen */
};

static void take_separators(struct probe *probe)
{
    probe->separator_count = page_slot_count(probe->branch) - 1;
    for (size_t i = 0; i < probe->separator_count; i++)
        probe->separators[i].key =
            branch_separator(probe->branch, probe->bench->page_size, i + 1, &probe->separators[i].key_len);
}

/* How many keys are below `key`, or not above it: a walk from one key to the next that begins at `near`. */
static size_t rank_near(const struct entry *keys, size_t count, size_t near, const uint8_t *key, size_t key_len,
                        int or_equal)
{
    size_t rank = near < count ? near : count;
    while (rank > 0 && bytes_compare(keys[rank - 1].key, keys[rank - 1].key_len, key, key_len) >= or_equal)
        rank--;
    while (rank < count && bytes_compare(keys[rank].key, keys[rank].key_len, key, key_len) < or_equal)
        rank++;
    return rank;
}

static void probe_leaf(const struct probe *probe, const uint8_t *leaf, const uint8_t *key, size_t key_len, size_t rank,
                       int wanted)
{
    int found;
    uint64_t decodes = 0;
    size_t count = probe->records->count, steps = 2;
    EXPECT_EQUAL(leaf_search_counted(leaf, probe->bench->page_size, key, key_len, &found, &decodes), rank);
    EXPECT_EQUAL(found, wanted);
    while (count >> (steps - 2) != 0)
        steps++;
    EXPECT(decodes <= steps);
}

/* A key that lies within the fences; `near` is the rank of one beside it. */
static void probe_key(const struct probe *probe, size_t near, const uint8_t *bytes, size_t key_len, int leaves)
{
    const uint8_t *page = probe->leaf[0];
    const struct records *records = probe->records;
    size_t page_size = probe->bench->page_size;
    if (key_len == 0 || key_len > KEY_MAX(page_size) ||
        bytes_compare(bytes, key_len, page_low(page), page_low_len(page)) < 0 ||
        (page_high_len(page) != 0 && bytes_compare(bytes, key_len, page_high(page), page_high_len(page)) >= 0))
        return;
    uint8_t *key = probe->exact + KEY_MAX(page_size) - key_len;
    memcpy(key, bytes, key_len);
    if (leaves) {
        size_t rank = rank_near(records->entries, records->count, near, key, key_len, 0);
        const struct entry *at = &records->entries[rank];
        int wanted = rank < records->count && at->key_len == key_len && memcmp(at->key, key, key_len) == 0;
        for (size_t i = 0; i < 2; i++)
            probe_leaf(probe, probe->leaf[i], key, key_len, rank, wanted);
    }
    EXPECT_EQUAL(branch_search(probe->branch, page_size, key, key_len),
                 rank_near(probe->separators, probe->separator_count, near, key, key_len, 1));
}

/* Each record's key, and those beside it: in the leaves too, or in the branch alone. */
static void probe_all(struct probe *probe, uint8_t *key, int leaves)
{
    take_separators(probe);
    for (size_t i = 0; i < probe->records->count; i++) {
        const struct entry *entry = &probe->records->entries[i];
        memcpy(key, entry->key, entry->key_len);
        key[entry->key_len] = 0;
        probe_key(probe, i, key, entry->key_len, leaves);
        probe_key(probe, i, key, entry->key_len + 1, leaves);
        probe_key(probe, i, key, entry->key_len - 1, leaves);
        key[entry->key_len - 1]++;
        probe_key(probe, i, key, entry->key_len, leaves);
        key[entry->key_len - 1] = (uint8_t)(key[entry->key_len - 1] - 2);
        probe_key(probe, i, key, entry->key_len, leaves);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct bench bench;
    struct records records;
    bench_open(&bench, input_page_size(&input));
    uint8_t fences = input_u8(&input);
    records_read(&records, &input, bench.page_size, RECORDS_MOST);
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
        branches_fill(&bench, &records, pages[2]);
        struct probe probe = {.bench = &bench,
                              .records = &records,
                              .leaf = {pages[0], pages[1]},
                              .branch = pages[2],
                              .exact = malloc(KEY_MAX(bench.page_size))};
        probe_all(&probe, key, 1);
        branches_change_separators(&bench, pages[2], key);
        probe_all(&probe, key, 0);
        free(probe.exact);
        branches_split_and_merge(&bench, pages[2], key);
    }
    free(key);
    for (size_t i = 0; i < 3; i++)
        free(pages[i]);
    records_free(&records);
    bench_close(&bench);
    return 0;
}
