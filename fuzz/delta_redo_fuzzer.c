/*
 * Redo of deltas that come from anybody.
 *
 *  Input   size (1), front (2), page length (2): a page as in page_check, cut to
 *          that length; the rest is the delta's body, in a block of its own
 *          length. A page that page_check refuses is replaced by an empty leaf.
 *  Oracle  redo ends with a verdict; what it accepts it does alike on a second
 *          copy; when the body patches no bytes, what it leaves passes page_check,
 *          and in any case page_check has an answer.
 *  Seeds   pages with the deltas of real edits of them.
 */
#include "support/expect.h"
#include "support/input.h"
#include "support/page_use.h"
#include "../src/page/delta.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct bench bench;
    bench_open(&bench, input_page_size(&input));
    uint8_t *page = read_page(&input, &bench), *again = bench_page(&bench, page);
    size_t body_size = input.left;
    uint8_t *body = input_block(&input, body_size);
    int done = delta_redo(page, bench.page_size, body, body_size, &bench.check);
    EXPECT_EQUAL(delta_redo(again, bench.page_size, body, body_size, &bench.check), done);
    if (done) {
        EXPECT(memcmp(page, again, bench.page_size) == 0);
        enum page_rule rule = bench_check(&bench, page);
        if (rule == RULE_OK)
            page_use(&bench, page);
        else /* only a patch writes what it likes, and no body without its code has one */
            EXPECT(memchr(body, STEP_PATCH, body_size) != NULL);
    }
    free(body);
    free(page);
    free(again);
    bench_close(&bench);
    return 0;
}
