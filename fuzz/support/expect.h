/* What an oracle says when it is disappointed: where and what, then abort, which every fuzzing engine counts as a
 * crash. */
#ifndef QUIRE_FUZZ_EXPECT_H
#define QUIRE_FUZZ_EXPECT_H

#include <stdio.h>
#include <stdlib.h>

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition);                                   \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Both are numbers; on failure they are shown. */
#define EXPECT_EQUAL(a, b)                                                                                             \
    do {                                                                                                               \
        long long expect_a = (long long)(a), expect_b = (long long)(b);                                                \
        if (expect_a != expect_b) {                                                                                    \
            fprintf(stderr, "%s:%d: expected %s == %s, but %lld != %lld\n", __FILE__, __LINE__, #a, #b, expect_a,      \
                    expect_b);                                                                                         \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
