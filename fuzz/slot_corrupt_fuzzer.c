/*
 * A healthy page whose slots and header are then lied about.
 *
 *  Input   size (1), version (1): which of the six leaf versions, or a branch;
 *          records (1); then edits: where (1): a slot's offset, length or head, a
 *          byte of its record, a header field, two slots swapped, a slot copied
 *          over another; which
 *          slot (1), what (2). An edit of two bytes sets, adds or subtracts.
 *  Oracle  page_check and the second judge name the same rule after each edit;
 *          a page that is still accepted works as any accepted page does.
 *  Seeds   each edit on each version.
 */
#include "support/edit_mutator.h"
#include "support/expect.h"
#include "support/input.h"
#include "support/page_oracle.h"
#include "support/page_use.h"
#include "../src/page/branch.h"

/* Records in a row, one in eight with a long value. */
static void fill_leaf(const struct bench *bench, uint8_t *page, uint8_t flags, size_t count)
{
    struct entry *entries = calloc(count + 1, sizeof *entries);
    char(*keys)[16] = calloc(count + 1, sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        const char digits[5] = {'k', 'e', (char)('0' + i / 100), (char)('0' + i / 10 % 10), (char)('0' + i % 10)};
        memcpy(keys[i], digits, sizeof digits);
        memcpy(keys[i] + sizeof digits, "xyzx", i / 2 % 5);
        entries[i].key_len = sizeof digits + i / 2 % 5;
        entries[i].key = (uint8_t *)keys[i];
        entries[i].value = (const uint8_t *)"values in the page";
        entries[i].value_len = (uint32_t)(i % 18);
        if (i % 8 == 7) {
            entries[i].overflow = 1;
            entries[i].value_len = 70000;
            entries[i].ref = (struct overflow_ref){.first = 9, .chain = i};
        }
    }
    page_init_slotted(page, bench->page_size, 9, 2, PAGE_LEAF, 0, flags, (const uint8_t *)"ke", 2,
                      (const uint8_t *)"kf", 2);
    while (!rebuild_leaf(page, bench->page_size, flags, (const uint8_t *)"ke", 2, (const uint8_t *)"kf", 2, entries,
                         count))
        count--;
    free(keys);
    free(entries);
}

static void fill_branch(const struct bench *bench, uint8_t *page, size_t count)
{
    struct space space;
    struct leaf_edit edit;
    page_init_slotted(page, bench->page_size, 9, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, (const uint8_t *)"a", 1, NULL,
                      0);
    space_clear(&space);
    EXPECT(branch_insert(page, bench->page_size, &space, 0, 5, NULL, 0, bench->scratch, &edit));
    for (size_t i = 1; i < count; i++) {
        char key[16];
        int length = snprintf(key, sizeof key, "b%03zu", i);
        if (!branch_insert(page, bench->page_size, &space, i, (uint32_t)i + 5, (uint8_t *)key, (size_t)length,
                           bench->scratch, &edit))
            break;
    }
}

static void put16(uint8_t *p, uint8_t how, uint16_t what)
{
    uint16_t value = load16(p);
    store16(p, how % 3u == 0 ? what : (uint16_t)(how % 3u == 1 ? value + what % 16u : value - what % 16u));
}

static void edit(const struct bench *bench, uint8_t *page, struct input *input)
{
    uint8_t where = input_u8(input), how = where / 8u;
    size_t width = slot_width(page_flags(page)), count = page_slot_count(page), slot = input_u8(input);
    uint16_t what = input_u16(input);
    if (where % 8u == 7 || count == 0 || width == 0 || width * count > bench->page_size - HEADER_SIZE) {
        put16(page + HEADER_KIND + 2u * (slot % 10u), how, what);
        return;
    }
    uint8_t *p = page + slot_at(bench->page_size, width, slot % count);
    uint8_t *other = page + slot_at(bench->page_size, width, what % count);
    if (where % 8u == 2) { /* a byte of the record, counted from its end or from its start */
        struct extent extent = slot_extent(page, bench->page_size, slot % count);
        size_t at = extent.offset + (how / 3u % 2u ? what / 16u : extent.length - 1u - what / 16u % 64u);
        if (at < bench->page_size)
            page[at] = (uint8_t)(page[at] + (how % 3u == 0 ? what : how % 3u == 1 ? 1u : 255u));
    } else if (where % 8u < 2) {
        put16(p, how, what);
    } else if (where % 8u < 6) {
        put16(p + (2u * (where % 8u - 2u)) % width, how, what);
    } else {
        for (size_t b = 0; b < width; b++) {
            uint8_t byte = p[b];
            p[b] = other[b];
            other[b] = how % 2u ? byte : other[b];
        }
    }
}

EDIT_MUTATOR(slot_corrupt_grammar);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct bench bench;
    bench_open(&bench, input_page_size(&input));
    uint8_t *page = bench_page(&bench, NULL);
    uint8_t version = input_u8(&input) % 7u, records = input_u8(&input);
    if (version < LEAF_VERSIONS)
        fill_leaf(&bench, page, leaf_versions[version], records);
    else
        fill_branch(&bench, page, records);
    EXPECT_EQUAL(bench_check(&bench, page), RULE_OK);
    for (int edits = 0; !input_ended(&input) && edits < 12; edits++) {
        edit(&bench, page, &input);
        enum page_rule rule = bench_check(&bench, page);
        EXPECT_EQUAL(rule, page_oracle(page, bench.page_size));
        if (rule == RULE_OK)
            page_use(&bench, page);
    }
    free(page);
    bench_close(&bench);
    return 0;
}
