/*
 * page_check on any bytes: pages of all sizes and kinds.
 *
 *  Input   size (1): which page size. front (2). The rest is the page: its
 *          first `front` bytes stand at the page's start, what follows at its
 *          end, zeros between; so a short input reaches header and slots alike.
 *  Oracle  page_check and the second judge (support/page_oracle.h) name the same
 *          rule. What is accepted is then used as the engine would: every record
 *          is walked, found by search, and survives a rebuild; a branch brackets
 *          its children; other kinds read back what they say; image and seal
 *          give the same bytes again.
 *  Seeds   pages of every kind, version and size that edits, splits and rebuilds
 *          made, and each of them with one field changed.
 */
#include "support/expect.h"
#include "support/input.h"
#include "support/page_oracle.h"
#include "support/page_use.h"
#include "../src/page/other.h"

/* The file's seal, of any bytes. */
static void use_seal(const struct bench *bench, uint8_t *page, uint64_t salt)
{
    page_seal(page, bench->page_size, salt);
    EXPECT(page_verify(page, bench->page_size, page_pgno(page), salt, 0));
    EXPECT(!page_verify(page, bench->page_size, page_pgno(page) ^ 1u, salt, 0));
    EXPECT(page_verify(page, bench->page_size, page_pgno(page), salt, page_checksum(page)));
}

/* Each page has its place in a map page, which itself is the first of those that it speaks of. */
static void use_place(size_t page_size, uint32_t pgno)
{
    size_t index;
    int is_first = pgno >= MAP_FIRST && map_page_of(page_size, pgno, &index) == pgno;
    EXPECT_EQUAL(is_map_page(page_size, pgno), is_first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct bench bench;
    bench_open(&bench, input_page_size(&input));
    uint8_t *page = bench_input_page(&bench, &input);
    enum page_rule rule = bench_check(&bench, page);
    EXPECT_EQUAL(rule, page_oracle(page, bench.page_size));
    if (rule == RULE_OK)
        page_use(&bench, page);
    EXPECT(page_rule_name(rule) != NULL && page_rule_text(rule) != NULL);
    rule = (enum page_rule)(size % 256u); /* a number that may be no rule's */
    EXPECT(page_rule_name(rule) != NULL && page_rule_text(rule) != NULL);
    use_seal(&bench, page, size);
    use_place(bench.page_size, page_pgno(page));
    free(page);
    bench_close(&bench);
    return 0;
}
