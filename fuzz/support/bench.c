/* Buffers of exact length, and leaves taken apart. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "expect.h"
#include "tally.h"

const uint8_t leaf_versions[LEAF_VERSIONS] = {0, 2, 4, 1, 3, 5};

static void *block_of(size_t size)
{
    void *block = malloc(size != 0 ? size : 1);
    if (block == NULL)
        abort();
    return block;
}

void bench_open(struct bench *bench, size_t page_size)
{
    bench->page_size = page_size;
    tally.page_size = page_size;
    bench->check.claims = block_of(page_size);
    bench->check.ends = block_of(page_size / 2 * sizeof(uint16_t));
    bench->check.key = block_of(2 * KEY_MAX(page_size));
    bench->check.bytes = block_of(page_size + 1);
    bench->scratch = block_of(page_size + 1);
    bench->key = block_of(KEY_MAX(page_size));
    bench->ends = block_of(page_size / 4 * sizeof(uint16_t));
}

void bench_close(struct bench *bench)
{
    free(bench->check.claims);
    free(bench->check.ends);
    free(bench->check.key);
    free(bench->check.bytes);
    free(bench->scratch);
    free(bench->key);
    free(bench->ends);
}

uint8_t *bench_page(const struct bench *bench, const uint8_t *page)
{
    uint8_t *copy = block_of(bench->page_size);
    if (page != NULL)
        memcpy(copy, page, bench->page_size);
    else
        memset(copy, 0, bench->page_size);
    return copy;
}

uint8_t *bench_input_page(const struct bench *bench, struct input *input)
{
    uint8_t *page = bench_page(bench, NULL);
    size_t front = input_u16(input), back;
    const uint8_t *bytes = input_bytes(input, front < bench->page_size ? front : bench->page_size, &front);
    bytes_copy(page, bytes, front);
    bytes = input_bytes(input, bench->page_size - front, &back);
    bytes_copy(page + (bench->page_size - back), bytes, back);
    return page;
}

enum page_rule bench_check(const struct bench *bench, const uint8_t *page)
{
    struct page_fault fault;
    enum page_rule rule = page_check(page, bench->page_size, &bench->check, &fault);
    EXPECT_EQUAL(fault.rule, rule);
    digest_number(rule);
    tally.page_is_accepted = rule == RULE_OK;
    return rule;
}

void contents_open(struct contents *contents, const struct bench *bench, const uint8_t *page, size_t spare)
{
    contents->page = bench_page(bench, page);
    size_t size = entries_size(contents->page, bench->page_size, bench->ends, bench->scratch);
    contents->block = block_of(size + spare * sizeof(struct entry));
    contents->count = entries_decode(contents->page, bench->page_size, contents->block, spare, &contents->entries,
                                     bench->ends, bench->scratch);
    EXPECT_EQUAL(contents->count, page_slot_count(page));
}

void contents_close(struct contents *contents)
{
    free(contents->page);
    free(contents->block);
}

void expect_same_contents(const struct contents *a, const struct contents *b)
{
    EXPECT_EQUAL(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct entry *x = &a->entries[i], *y = &b->entries[i];
        EXPECT(x->key_len == y->key_len && memcmp(x->key, y->key, x->key_len) == 0);
        EXPECT(x->value_len == y->value_len && x->overflow == y->overflow);
        if (x->overflow)
            EXPECT(x->ref.first == y->ref.first && x->ref.chain == y->ref.chain);
        else
            EXPECT(x->value_len == 0 || memcmp(x->value, y->value, x->value_len) == 0);
    }
}

int contents_rebuild(const struct contents *contents, const struct bench *bench, uint8_t *page, uint8_t flags)
{
    /* The fences lie in the page that is about to be laid out anew. */
    uint8_t *fences = block_of(page_arena(page));
    size_t low_len = page_low_len(page), high_len = page_high_len(page);
    memcpy(fences, page_low(page), low_len + high_len);
    int fits = rebuild_leaf(page, bench->page_size, flags, fences, low_len, fences + low_len, high_len,
                            contents->entries, contents->count);
    free(fences);
    return fits;
}
