/*
 * Every version of a leaf to every version and back.
 *
 *  Input   size (1), versions (1): whether the leaf has a low and a high fence, which version
 *          it has, and which it is converted to; then records (support/keys.h).
 *  Oracle  a leaf that fits is valid and holds the records; what it is rebuilt
 *          to in any other version it fits holds the same, and rebuilt back is
 *          the same page byte for byte. Sizes are those foretold; a leaf that does
 *          not fit leaves the page alone.
 *  Seeds   few and many records, long prefixes, long values.
 */
#include "support/expect.h"
#include "support/keys.h"

static void convert(const struct bench *bench, const uint8_t *original, uint8_t to)
{
    struct contents contents, other;
    uint8_t *page = bench_page(bench, original), *back = bench_page(bench, original);
    contents_open(&contents, bench, original, 0);
    size_t size = rebuild_size(bench->page_size, to, page_low(original), page_low_len(original),
                               page_high_len(original), contents.entries, contents.count);
    int fits = contents_rebuild(&contents, bench, page, to);
    EXPECT_EQUAL(fits, size <= bench->page_size);
    if (fits) {
        EXPECT_EQUAL(bench_check(bench, page), RULE_OK);
        EXPECT_EQUAL(bench->page_size - (page_free_end(page) - page_free_start(page)), size);
        contents_open(&other, bench, page, 0);
        expect_same_contents(&contents, &other);
        EXPECT(contents_rebuild(&other, bench, back, page_flags(original)));
        EXPECT(memcmp(back, original, bench->page_size) == 0);
        contents_close(&other);
    } else {
        EXPECT(memcmp(page, original, bench->page_size) == 0);
    }
    contents_close(&contents);
    free(page);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct bench bench;
    struct records records;
    bench_open(&bench, input_page_size(&input));
    uint8_t versions = input_u8(&input);
    uint8_t from = leaf_versions[versions / 4u % LEAF_VERSIONS], to = leaf_versions[versions / 24u % LEAF_VERSIONS];
    records_read(&records, &input, bench.page_size, 100);
    if (records.count > 1) {
        struct entry first = records.entries[0], last = records.entries[--records.count];
        size_t low_len = versions % 2u ? first.key_len : 0, high_len = versions / 2u % 2u ? last.key_len : 0;
        uint8_t *page = bench_page(&bench, NULL);
        page_init_slotted(page, bench.page_size, 9, 2, PAGE_LEAF, 0, 5, NULL, 0, NULL, 0);
        size_t count = records.count;
        while (
            !rebuild_leaf(page, bench.page_size, from, first.key, low_len, last.key, high_len, records.entries, count))
            count--;
        EXPECT_EQUAL(bench_check(&bench, page), RULE_OK);
        convert(&bench, page, to);
        free(page);
    }
    records_free(&records);
    bench_close(&bench);
    return 0;
}
