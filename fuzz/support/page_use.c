/* A page in use. */
#include "page_use.h"

#include <stdlib.h>

#include "../../src/page/branch.h"
#include "../../src/page/branch_search.h"
#include "../../src/page/delta.h"
#include "../../src/page/leaf_search.h"
#include "../../src/page/other.h"
#include "../../src/reference/linear.h"
#include "expect.h"

/* Each key is found where the walk met it, by linear and by binary search. */
static void use_leaf(const struct bench *bench, const uint8_t *page)
{
    struct contents contents, again;
    contents_open(&contents, bench, page, 0);
    for (size_t i = 0; i < contents.count; i++) {
        const struct entry *entry = &contents.entries[i];
        struct record record;
        int found;
        if (leaf_is_current(page)) {
            EXPECT_EQUAL(leaf_search(page, bench->page_size, entry->key, entry->key_len, &found), i);
            EXPECT(found);
            leaf_record(page, bench->page_size, i, &record);
            EXPECT(record.key_len == entry->key_len && record.value_len == entry->value_len);
        } else if (i % 16 == 0) { /* linear, so not for each */
            struct leaf_walk walk;
            leaf_walk_start(&walk, page, bench->page_size, bench->key, bench->ends, bench->scratch);
            EXPECT_EQUAL(linear_search(&walk, entry->key, entry->key_len, &found, &record), i);
            EXPECT(found && record.value_len == entry->value_len);
        }
    }
    /* A rebuild takes no more room than the page had, and is what a second one makes of it. */
    uint8_t *rebuilt = bench_page(bench, page);
    size_t used_bytes = bench->page_size - (page_free_end(page) - page_free_start(page)) - page_hole_bytes(page);
    int minimal = page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS; /* a prefix may be given shorter than it is */
    EXPECT(contents_rebuild(&contents, bench, rebuilt, page_flags(page)));
    size_t rebuilt_bytes = bench->page_size - (page_free_end(rebuilt) - page_free_start(rebuilt));
    EXPECT(minimal ? rebuilt_bytes == used_bytes : rebuilt_bytes <= used_bytes);
    EXPECT_EQUAL(bench_check(bench, rebuilt), RULE_OK);
    contents_open(&again, bench, rebuilt, 0);
    expect_same_contents(&contents, &again);
    contents_close(&again);
    contents_close(&contents);
    free(rebuilt);
}

static void use_branch(const struct bench *bench, const uint8_t *page)
{
    for (size_t i = 0; i < page_slot_count(page); i++) {
        const uint8_t *low, *high;
        size_t low_len, high_len;
        EXPECT(branch_child(page, bench->page_size, i) >= 2);
        branch_bracket(page, bench->page_size, i, &low, &low_len, &high, &high_len);
        EXPECT_EQUAL(branch_search(page, bench->page_size, low, low_len), i);
        EXPECT(high_len == 0 || bytes_compare(low, low_len, high, high_len) < 0);
    }
}

static void use_other(const struct bench *bench, const uint8_t *page)
{
    uint8_t *copy = bench_page(bench, NULL);
    struct meta meta;
    if (page_kind(page) == PAGE_META) {
        meta_decode(page, &meta);
        meta_encode(copy, bench->page_size, page_pgno(page), &meta);
        page_set_lsn(copy, page_lsn(page));
        store32(copy + HEADER_CHECKSUM, 0);
        EXPECT_EQUAL(bytes_compare(copy, bench->page_size, page, bench->page_size), 0);
    }
    if (page_kind(page) == PAGE_FREE) {
        bytes_copy(copy, page, bench->page_size);
        size_t count = page_slot_count(page);
        if (count == FREE_CAPACITY(bench->page_size))
            EXPECT(!free_push(copy, bench->page_size, 2));
        for (size_t i = count; i > 0; i--)
            EXPECT_EQUAL(free_entry(page, i - 1), free_pop(copy));
        EXPECT_EQUAL(free_pop(copy), 0);
        for (size_t i = 0; i < count; i++)
            EXPECT(free_push(copy, bench->page_size, free_entry(page, i)));
        EXPECT_EQUAL(bytes_compare(copy, bench->page_size, page, bench->page_size), 0);
    }
    if (page_kind(page) == PAGE_OVERFLOW)
        EXPECT(overflow_chain(page) != 0 && overflow_used(page) <= OVERFLOW_CAPACITY(bench->page_size));
    if (page_kind(page) == PAGE_MAP)
        EXPECT_EQUAL(map_entry(page, MAP_CAPACITY(bench->page_size) - 1), load32(page + bench->page_size - 4));
    free(copy);
}

/* The log's image gives the page again. */
static void use_image(const struct bench *bench, const uint8_t *page)
{
    uint8_t *image = malloc(bench->page_size + 4);
    uint8_t *copy = bench_page(bench, NULL);
    size_t size = image_encode(image, page, bench->page_size);
    EXPECT(size <= bench->page_size + 4);
    EXPECT(image_decode(image, size, copy, bench->page_size));
    EXPECT_EQUAL(bytes_compare(copy, bench->page_size, page, bench->page_size), 0);
    free(copy);
    free(image);
}

void page_use(const struct bench *bench, const uint8_t *page)
{
    use_image(bench, page);
    if (page_kind(page) == PAGE_LEAF)
        use_leaf(bench, page);
    else if (page_kind(page) == PAGE_BRANCH)
        use_branch(bench, page);
    else
        use_other(bench, page);
}
