/*
 * A second judge of any page's bytes, written from docs/FORMAT.md without the
 * page core and without care for speed: the witness for page_check.
 */
#ifndef QUIRE_TESTS_PAGE_JUDGE_H
#define QUIRE_TESTS_PAGE_JUDGE_H

#include <stddef.h>
#include <stdint.h>

struct judgement {
    int rule; /* 0, or 2 to 18 */
    size_t slot;
    size_t other;
};

struct judgement page_judge(const uint8_t *page, size_t page_size);

#endif
