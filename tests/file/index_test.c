/* The table of pages stays fast whatever page numbers a file is made to name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../src/file/index.h"
#include "../../src/file/vfs.h"
#include "../support/random.h"

enum { PAGES = 1 << 14, LONGEST = 32 };

static uint64_t some_secret(struct random *random)
{
    uint64_t high = random_u32(random);
    return high << 32 | random_u32(random);
}

static size_t longest_chain(const struct page_index *index)
{
    size_t longest = 0;
    for (size_t i = 0; i < index->bucket_count; i++) {
        size_t length = 0;
        for (const struct page_entry *entry = index->buckets[i]; entry != NULL; entry = entry->next)
            length++;
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* Enters pages `stride` apart, and finds each of them and none between. */
static void check_stride(uint32_t stride, uint64_t secret)
{
    struct page_index index;
    index_init(&index, memory_default(), secret);
    for (uint32_t i = 0; i < PAGES; i++)
        assert_non_null(index_get(&index, i * stride));
    assert_int_equal(index.count, PAGES);
    assert_in_range(longest_chain(&index), 1, LONGEST);
    for (uint32_t i = 0; i < PAGES; i++) {
        assert_int_equal(index_find(&index, i * stride)->pgno, i * stride);
        if (stride > 1)
            assert_null(index_find(&index, i * stride + 1));
    }
    index_sweep(&index);
    assert_int_equal(index.count, 0);
    index_free(&index);
}

static void no_stride_makes_long_chains(void **state)
{
    (void)state;
    struct random random = {5};
    for (unsigned bits = 0; bits <= 18; bits++)
        for (int i = 0; i < 4; i++)
            check_stride((uint32_t)1 << bits, some_secret(&random));
}

static void neighbours_share_no_chain(void **state)
{
    (void)state;
    struct page_index index;
    struct random random = {6};
    index_init(&index, memory_default(), some_secret(&random));
    for (uint32_t pgno = 3 << 8; pgno < 4 << 8; pgno++)
        assert_non_null(index_get(&index, pgno));
    assert_int_equal(longest_chain(&index), 1);
    index_free(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_stride_makes_long_chains),
        cmocka_unit_test(neighbours_share_no_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
