/* Numbers that look random and are the same in every run (xorshift64*, Vigna 2016). */
#ifndef QUIRE_TESTS_RANDOM_H
#define QUIRE_TESTS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state; /* not 0 */
};

static inline uint32_t random_u32(struct random *random)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return (uint32_t)((random->state * UINT64_C(2685821657736338717)) >> 32);
}

/* 0 to limit - 1; 0 for limit 0. */
static inline size_t random_below(struct random *random, size_t limit)
{
    return limit == 0 ? 0 : (size_t)random_u32(random) % limit;
}

static inline void random_fill(struct random *random, uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size; i++)
        p[i] = (uint8_t)random_u32(random);
}

#endif
