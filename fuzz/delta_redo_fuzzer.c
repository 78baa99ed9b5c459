/*
 * Redo of deltas that come from anybody.
 *
 *  Input   mode (1), size (1), front (2), page length (2): a page as in
 *          page_check, cut to that length. A page that page_check refuses is
 *          replaced by an empty leaf. The rest is, in mode 0, the delta's body, in
 *          a block of its own length; else steps of well-formed records: slot (1),
 *          place (1): free_start, the slot's own, or an offset (2); key (1, 1): a
 *          slot's key, its last byte changed, cut or one added; value length (1).
 *  Oracle  redo ends with a verdict; what it accepts it does alike on a second
 *          copy, and what it leaves passes page_check, works as any page does, and
 *          is not changed by steps that say what it says.
 *  Seeds   pages with the deltas of real edits of them.
 */
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "support/page_use.h"
#include "../src/page/delta.h"
#include "../src/page/leaf.h"

static uint8_t *read_page(struct input *all, const struct bench *bench)
{
    size_t front = input_u16(all), length = input_u16(all), got;
    struct input part = {NULL, 0};
    part.next = input_bytes(all, length, &part.left);
    uint8_t *page = bench_page(bench, NULL);
    const uint8_t *bytes = input_bytes(&part, front < bench->page_size ? front : bench->page_size, &got);
    bytes_copy(page, bytes, got);
    bytes = input_bytes(&part, bench->page_size - got, &front);
    bytes_copy(page + (bench->page_size - front), bytes, front);
    if (bench_check(bench, page) != RULE_OK)
        page_init_slotted(page, bench->page_size, 5, 2, PAGE_LEAF, 0, length % 2u ? 5 : 3, NULL, 0, NULL, 0);
    return page;
}

/* The key of `slot` with something done to it, at most KEY_MAX bytes; answers its length. */
static size_t make_key(const uint8_t *page, const struct bench *bench, struct input *input, uint8_t *key)
{
    size_t count = page_slot_count(page), length = 1, slot = input_u8(input);
    uint8_t how = input_u8(input);
    struct record record;
    key[0] = 'k';
    if (count > 0 && leaf_is_current(page)) {
        leaf_record(page, bench->page_size, slot % count, &record);
        length = record.key_len;
        memcpy(key, record.key, length);
    }
    if (how % 4u == 1)
        key[length - 1] = (uint8_t)(key[length - 1] + 1u + how / 4u);
    if (how % 4u == 2 && length > 1)
        length--;
    if (how % 4u == 3 && length < KEY_MAX(bench->page_size))
        key[length++] = how;
    return length;
}

static void expect_redone(const struct bench *bench, uint8_t *page, const uint8_t *step, size_t size)
{
    struct input made = input_start(step, size);
    uint8_t *body = input_block(&made, size);
    EXPECT(delta_redo(page, bench->page_size, body, size, &bench->check));
    free(body);
}

/* Steps that change nothing: a patch with the bytes that stand there, and keeping all records and fences, but for
 * holes. */
static void change_nothing(const struct bench *bench, const uint8_t *page)
{
    size_t low_len = page_low_len(page), high_len = page_high_len(page), count = page_slot_count(page);
    uint8_t *copy = bench_page(bench, page), *step = malloc(2 * bench->page_size);
    size_t size = delta_patch(step, HEADER_SIZE, page_low(page), low_len + high_len);
    EXPECT_EQUAL(size, delta_patch_size(low_len + high_len));
    expect_redone(bench, copy, step, size);
    EXPECT(memcmp(copy, page, bench->page_size) == 0);
    if (page_kind(page) == PAGE_BRANCH || leaf_is_current(page)) {
        size = delta_keep(step, 0, count, page_low(page), low_len, page_high(page), high_len);
        EXPECT_EQUAL(size, delta_keep_size(low_len, high_len));
        expect_redone(bench, copy, step, size);
        EXPECT(page_slot_count(copy) == count && page_hole_bytes(copy) == 0);
    }
    free(step);
    free(copy);
}

/* One insert or replace of a well-formed record; answers its size. */
static size_t make_step(const uint8_t *page, const struct bench *bench, struct input *input, uint8_t *step)
{
    uint8_t code = input_u8(input), slot = input_u8(input), place = input_u8(input);
    size_t count = page_slot_count(page), offset = input_u16(input);
    if (place % 4u < 2)
        offset = page_free_start(page);
    else if (place % 4u == 2 && count > 0)
        offset = slot_extent(page, bench->page_size, slot % count).offset;
    uint8_t *key = malloc(KEY_MAX(bench->page_size)), *value = calloc(INLINE_MAX(bench->page_size), 1);
    size_t key_len = make_key(page, bench, input, key);
    uint32_t value_len = (uint32_t)(input_u8(input) * INLINE_MAX(bench->page_size) / 255u);
    size_t length = plain_encode(step + 7, bench->page_size, key, key_len, value, value_len);
    step[0] = code % 4u == 0 ? STEP_REPLACE : STEP_INSERT;
    store16(step + 1, slot);
    store16(step + 3, (uint16_t)offset);
    store16(step + 5, (uint16_t)length);
    free(key);
    free(value);
    return 7 + length;
}

/* The body that the input says, *size bytes of it. */
static uint8_t *read_body(const uint8_t *page, const struct bench *bench, struct input *input, int raw, size_t *size)
{
    *size = input->left;
    if (raw || page_kind(page) != PAGE_LEAF)
        return input_block(input, *size);
    uint8_t *steps = malloc(2 * bench->page_size);
    *size = make_step(page, bench, input, steps);
    if (!input_ended(input))
        *size += make_step(page, bench, input, steps + *size);
    struct input made = input_start(steps, *size);
    uint8_t *body = input_block(&made, *size);
    free(steps);
    return body;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct bench bench;
    uint8_t mode = input_u8(&input);
    bench_open(&bench, input_page_size(&input));
    uint8_t *page = read_page(&input, &bench), *again = bench_page(&bench, page);
    size_t body_size;
    uint8_t *body = read_body(page, &bench, &input, mode == 0, &body_size);
    int done = delta_redo(page, bench.page_size, body, body_size, &bench.check);
    EXPECT_EQUAL(delta_redo(again, bench.page_size, body, body_size, &bench.check), done);
    if (done) {
        EXPECT(memcmp(page, again, bench.page_size) == 0);
        enum page_rule rule = bench_check(&bench, page);
        if (rule == RULE_OK) {
            page_use(&bench, page);
            if (page_kind(page) == PAGE_LEAF || page_kind(page) == PAGE_BRANCH)
                change_nothing(&bench, page);
        } else { /* links are all that may spoil a page: one of a kind that has none */
            EXPECT_EQUAL(rule, RULE_UNUSED);
        }
    }
    digest_number((uint64_t)done);
    digest_bytes(page, bench.page_size);
    free(body);
    free(page);
    free(again);
    bench_close(&bench);
    return 0;
}
