/*
 * Where records stand: the original V1 slicer against the extents of the live
 * core, for V1, and for the same records under V2 and V3 slots.
 *
 *  Input   size (1), records plain or prefix (1), low and high fence lengths (1
 *          each), slot count (1), free_start (2), an offset (2) for each slot,
 *          then the bytes of the record area. An offset below 32768 is taken
 *          from two bytes before the arena to two behind free_start, others as
 *          they are less 32768.
 *  Oracle  the verdict of each slot and page as docs/FORMAT.md defines it. A
 *          slot the slicer refuses breaks P7 for page_check too, in the same
 *          slot; a slot it accepts has the same bytes in every version; equal
 *          offsets are P9 in V1 and P8 elsewhere; a hole is P9 in V1 and legal
 *          elsewhere; and on pages without either all versions agree, in rule
 *          and slot.
 *  Seeds   leaves of all versions that a rebuild wrote, taken apart into offsets
 *          and bytes.
 */
#include "support/bench.h"
#include "support/expect.h"
#include "support/slot_page.h"
#include "support/tally.h"
#include "../src/reference/slice_v1.h"

enum { FLAG_V2 = PAGE_FLAG_SLOTS_V2, FLAG_V3 = PAGE_FLAG_SLOTS_V3 };

/* What the slicer's verdicts say about the page, by the rules P7 to P9. */
struct verdict {
    enum page_rule rule;
    size_t slot;
    int has_equal_offsets;
    size_t hole_bytes;
};

/* Fills slices[] for all slots that have one. */
static struct verdict slice_all(const uint8_t *page, const struct bench *bench, struct extent *slices)
{
    struct verdict verdict = {RULE_OK, SIZE_MAX, 0, 0};
    size_t count = page_slot_count(page), shortest = page_flags(page) % 2u == 1 ? RECORD_MIN_PLAIN : RECORD_MIN_PREFIX;
    uint8_t *begins = calloc(bench->page_size + 1, 1);
    size_t used = 0;
    slot_ends(page, bench->page_size, bench->check.ends, bench->check.claims);
    for (size_t i = 0; i < count; i++) {
        enum slice_verdict slice = slice_v1(page, bench->page_size, i, &slices[i]);
        struct extent extent = slot_extent(page, bench->page_size, i);
        if (slice == SLICE_OK) {
            EXPECT(extent.offset == slices[i].offset && extent.length == slices[i].length);
            EXPECT_EQUAL(bench->check.ends[i], extent.offset + extent.length);
            verdict.has_equal_offsets += begins[extent.offset];
            used += begins[extent.offset] != 0 ? 0 : extent.length;
            begins[extent.offset] = 1;
        } else {
            EXPECT(extent.length == 0 || extent.offset < page_arena(page));
        }
        if (verdict.rule == RULE_OK && (slice != SLICE_OK || slices[i].length < shortest)) {
            verdict.rule = RULE_EXTENT;
            verdict.slot = i;
        }
    }
    EXPECT_EQUAL(slice_v1(page, bench->page_size, count, &slices[0]), SLICE_NO_SLOT);
    verdict.hole_bytes = page_free_start(page) - page_arena(page) - used;
    if (verdict.rule == RULE_OK && (verdict.has_equal_offsets || verdict.hole_bytes != 0))
        verdict.rule = RULE_HOLES;
    free(begins);
    return verdict;
}

/* V3 is judged like V2; once heads are all that is left to judge, the keys' own must pass. */
static void check_v3(const uint8_t *page, const struct bench *bench, const struct extent *slices,
                     const struct verdict *verdict, const struct page_fault *v2)
{
    struct page_fault fault;
    uint8_t *wide = slot_page_widen(page, bench, FLAG_V3, slices, verdict->hole_bytes);
    if (wide == NULL)
        return;
    if (v2->rule == RULE_OK) {
        struct contents contents;
        contents_open(&contents, bench, wide, 0);
        for (size_t i = 0; i < contents.count; i++) {
            uint32_t head = key_head(contents.entries[i].key, contents.entries[i].key_len, page_prefix_len(wide));
            slot_set_head(wide, bench->page_size, i, head);
        }
        contents_close(&contents);
    }
    EXPECT_EQUAL(page_check(wide, bench->page_size, &bench->check, &fault), v2->rule);
    EXPECT_EQUAL(fault.slot, v2->slot);
    free(wide);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct bench bench;
    struct page_fault v1, v2;
    bench_open(&bench, input_page_size(&input));
    uint8_t *page = slot_page_read(&input, &bench);
    struct extent *slices = calloc(page_slot_count(page) + 1, sizeof *slices);
    struct verdict verdict = slice_all(page, &bench, slices);

    tally.page_is_accepted = page_check(page, bench.page_size, &bench.check, &v1) == RULE_OK;
    if (verdict.rule != RULE_OK) {
        EXPECT_EQUAL(v1.rule, verdict.rule);
        if (verdict.rule == RULE_EXTENT)
            EXPECT_EQUAL(v1.slot, verdict.slot);
    } else {
        EXPECT(v1.rule == RULE_OK || v1.rule > RULE_HOLES);
    }
    uint8_t *wide =
        verdict.rule == RULE_EXTENT ? NULL : slot_page_widen(page, &bench, FLAG_V2, slices, verdict.hole_bytes);
    if (wide != NULL) {
        page_check(wide, bench.page_size, &bench.check, &v2);
        if (verdict.has_equal_offsets)
            EXPECT_EQUAL(v2.rule, RULE_OVERLAP);
        else if (verdict.rule == RULE_OK)
            EXPECT(v2.rule == v1.rule && v2.slot == v1.slot);
        else
            EXPECT(v2.rule == RULE_OK || v2.rule > RULE_HOLES);
        check_v3(page, &bench, slices, &verdict, &v2);
        free(wide);
    }
    free(slices);
    free(page);
    bench_close(&bench);
    return 0;
}
