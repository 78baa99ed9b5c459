/* Frames of the cache: what goes back is had again, and takes no memory twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/file/cache.h"
#include "../support/counted_memory.h"

enum { PAGE = 8192, BUDGET = 8 << 20, FRAMES = BUDGET / PAGE };

/* Of more frames than the budget has, those alone are given back first, so that pages of the slabs are beyond it. */
static void pages_of_a_slab_that_go_back_beyond_the_budget_are_had_again(void **state)
{
    (void)state;
    static struct page_frame *frames[FRAMES];
    struct counted_memory memory;
    struct cache cache;
    size_t in_slabs = 0;
    counted_memory_init(&memory);
    assert_true(cache_init(&cache, &memory.hooks, PAGE, BUDGET));
    for (size_t i = 0; i < FRAMES; i++) {
        frames[i] = cache_take(&cache);
        assert_non_null(frames[i]);
        in_slabs += frames[i]->is_in_slab;
    }
    assert_true(in_slabs > FRAMES / 4 && in_slabs < FRAMES);
    size_t in_use = memory.in_use;
    for (int is_in_slab = 0; is_in_slab < 2; is_in_slab++)
        for (size_t i = 0; i < FRAMES; i++)
            if (frames[i]->is_in_slab == is_in_slab)
                cache_discard(&cache, frames[i]);
    assert_int_equal(memory.in_use, in_use);
    for (size_t i = 0; i < FRAMES; i++)
        assert_non_null(cache_take(&cache));
    assert_int_equal(memory.in_use, in_use);
    cache_free(&cache);
    assert_int_equal(memory.in_use, 0);
}

/* And the other way round: what stands alone beyond the budget is released. */
static void pages_alone_that_go_back_beyond_the_budget_are_released(void **state)
{
    (void)state;
    static struct page_frame *frames[FRAMES];
    struct counted_memory memory;
    struct cache cache;
    counted_memory_init(&memory);
    assert_true(cache_init(&cache, &memory.hooks, PAGE, BUDGET));
    for (size_t i = 0; i < FRAMES; i++)
        frames[i] = cache_take(&cache);
    size_t in_use = memory.in_use, beyond = FRAMES - cache.budget;
    for (int is_in_slab = 1; is_in_slab >= 0; is_in_slab--)
        for (size_t i = 0; i < FRAMES; i++)
            if (frames[i]->is_in_slab == is_in_slab)
                cache_discard(&cache, frames[i]);
    assert_true(beyond > 0);
    assert_int_equal(memory.in_use, in_use - beyond * PAGE);
    cache_free(&cache);
    assert_int_equal(memory.in_use, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_a_slab_that_go_back_beyond_the_budget_are_had_again),
        cmocka_unit_test(pages_alone_that_go_back_beyond_the_budget_are_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
