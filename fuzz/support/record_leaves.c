/* Leaves of both codecs. */
#include "record_leaves.h"

#include "../../src/page/leaf.h"
#include "../../src/page/leaf_search.h"
#include "../../src/reference/linear.h"
#include "expect.h"
#include "record_forms.h"

/* Keys whose neighbourhood is searched, of a leaf: a page may hold thousands. */
enum { PROBES_MOST = 16 };

static size_t put_record(uint8_t *p, const struct bench *bench, uint8_t flags, const struct entry *entry, size_t shared)
{
    if (flags % 2u == LEAF_FLAG_PLAIN_RECORDS)
        return form_plain(p, entry, bench->page_size);
    return form_prefix(p, entry, bench->page_size, shared);
}

/* A directory entry of any version, beside what the page has: offset, length, head. */
static void put_slot(uint8_t *page, const struct bench *bench, size_t slot, size_t offset, size_t length,
                     const struct entry *entry)
{
    uint8_t *p = page + (bench->page_size - slot_width(page_flags(page)) * (slot + 1));
    store16(p, (uint16_t)offset);
    if (page_flags(page) >= PAGE_FLAG_SLOTS_V2)
        store16(p + 2, (uint16_t)length);
    for (size_t i = 0; i < SLOT_HEAD_SIZE && page_flags(page) >= PAGE_FLAG_SLOTS_V3; i++) {
        size_t at = page_prefix_len(page) + i;
        p[SLOT_HEAD + i] = at < entry->key_len ? entry->key[at] : 0;
    }
}

uint8_t *leaf_of_records(const struct bench *bench, const struct records *records, uint8_t flags, uint8_t shares)
{
    static uint8_t bytes[FORM_BYTES_MOST];
    uint8_t *page = bench_page(bench, NULL);
    const struct entry *entries = records->entries;
    size_t count = records->count, low_len = count != 0 ? entries[0].key_len / 2 : 0, high_len = 0;
    const uint8_t *base = low_len != 0 ? entries[0].key : bytes, *high = bytes;
    if (shares >= 128 && count > 1) { /* the last key is the high fence */
        high = entries[--count].key;
        high_len = entries[count].key_len;
    }
    page_init_slotted(page, bench->page_size, 9, 2, PAGE_LEAF, 0, flags, base, low_len, high, high_len);
    size_t offset = page_arena(page), width = slot_width(flags), base_len = low_len, slot = 0;
    for (; slot < count; slot++) {
        const struct entry *entry = &entries[slot];
        size_t common = bytes_common(base, base_len, entry->key, entry->key_len);
        size_t length = put_record(bytes, bench, flags, entry, common * ((shares + 5 * slot) % 16u) / 15u);
        if (offset + length + width * (slot + 1) > bench->page_size)
            break;
        memcpy(page + offset, bytes, length);
        put_slot(page, bench, slot, offset, length, entry);
        offset += length;
        base = entry->key;
        base_len = entry->key_len;
    }
    store16(page + HEADER_SLOT_COUNT, (uint16_t)slot);
    store16(page + HEADER_FREE_START, (uint16_t)offset);
    store16(page + HEADER_FREE_END, (uint16_t)(bench->page_size - width * slot));
    return page;
}

/* ---- Search ------------------------------------------------------------------- */

struct verdict {
    size_t rank;
    int found;
    uint32_t value_len;
};

static struct verdict verdict_of(const struct bench *bench, const uint8_t *page, const uint8_t *key, size_t key_len)
{
    struct leaf_walk walk;
    struct record record = {0};
    struct verdict verdict;
    leaf_walk_start(&walk, page, bench->page_size, bench->key, bench->ends, bench->scratch);
    verdict.rank = linear_search(&walk, key, key_len, &verdict.found, &record);
    verdict.value_len = verdict.found ? record.value_len : 0;
    if (leaf_is_current(page)) {
        int found;
        EXPECT_EQUAL(leaf_search(page, bench->page_size, key, key_len, &found), verdict.rank);
        EXPECT_EQUAL(found, verdict.found);
    }
    return verdict;
}

/* A key within the fences; what both must answer is worked out from the records themselves. */
static void probe(const struct bench *bench, const struct contents *contents, const uint8_t *const pages[2],
                  const uint8_t *key, size_t key_len)
{
    if (key_len == 0 || key_len > KEY_MAX(bench->page_size) ||
        bytes_compare(key, key_len, page_low(pages[0]), page_low_len(pages[0])) < 0 ||
        (page_high_len(pages[0]) != 0 &&
         bytes_compare(key, key_len, page_high(pages[0]), page_high_len(pages[0])) >= 0))
        return;
    size_t rank = 0;
    while (rank < contents->count &&
           bytes_compare(contents->entries[rank].key, contents->entries[rank].key_len, key, key_len) < 0)
        rank++;
    int found = rank < contents->count &&
                bytes_compare(contents->entries[rank].key, contents->entries[rank].key_len, key, key_len) == 0;
    for (size_t i = 0; i < 2; i++) {
        struct verdict verdict = verdict_of(bench, pages[i], key, key_len);
        EXPECT_EQUAL(verdict.rank, rank);
        EXPECT_EQUAL(verdict.found, found);
        EXPECT(!found || verdict.value_len == contents->entries[rank].value_len);
    }
}

static void probe_all(const struct bench *bench, const struct contents *contents, const uint8_t *const pages[2])
{
    uint8_t *key = malloc(KEY_MAX(bench->page_size) + 1);
    for (size_t i = 0; i < contents->count; i += 1 + contents->count / PROBES_MOST) {
        const struct entry *entry = &contents->entries[i];
        memcpy(key, entry->key, entry->key_len);
        key[entry->key_len] = 0;
        for (size_t length = entry->key_len - 1; length <= entry->key_len + 1; length++)
            probe(bench, contents, pages, key, length);
        key[entry->key_len - 1]++;
        probe(bench, contents, pages, key, entry->key_len);
        key[entry->key_len - 1] = (uint8_t)(key[entry->key_len - 1] - 2);
        probe(bench, contents, pages, key, entry->key_len);
    }
    free(key);
}

/* ---- Both codecs ---------------------------------------------------------------- */

/* Laid out in its own codec again: the same records, and no more bytes; with plain records as many. */
static void expect_own_form(const struct bench *bench, const struct contents *contents, const uint8_t *page)
{
    uint8_t *own = bench_page(bench, page);
    struct contents again;
    EXPECT(contents_rebuild(contents, bench, own, page_flags(page)));
    size_t before = page_free_start(page) - page_hole_bytes(page), after = page_free_start(own);
    EXPECT(page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS ? after == before : after <= before);
    contents_open(&again, bench, own, 0);
    expect_same_contents(contents, &again);
    contents_close(&again);
    free(own);
}

void expect_same_in_other_codec(const struct bench *bench, const uint8_t *page)
{
    struct contents contents, others;
    uint8_t *other = bench_page(bench, page);
    contents_open(&contents, bench, page, 0);
    expect_own_form(bench, &contents, page);
    if (contents_rebuild(&contents, bench, other, page_flags(page) ^ LEAF_FLAG_PLAIN_RECORDS)) {
        const uint8_t *const pages[2] = {page, other};
        EXPECT_EQUAL(bench_check(bench, other), RULE_OK);
        contents_open(&others, bench, other, 0);
        expect_same_contents(&contents, &others);
        contents_close(&others);
        probe_all(bench, &contents, pages);
    }
    contents_close(&contents);
    free(other);
}
