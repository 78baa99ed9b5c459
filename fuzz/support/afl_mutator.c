/*
 * The mutator of edit_mutator.h as a library that AFL++ loads. GRAMMAR, set when
 * it is compiled, is the grammar of one target's inputs. afl_custom_fuzz is
 * AFL++'s own interface: docs/custom_mutators.md there.
 */
#include "edit_mutator.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN __attribute__((visibility("default")))

struct mutator {
    uint32_t random;
    uint8_t *out;
    size_t room;
};

SHOWN void *afl_custom_init(void *afl, unsigned seed);
SHOWN size_t afl_custom_fuzz(struct mutator *mutator, const uint8_t *data, size_t size, uint8_t **out,
                             const uint8_t *other, size_t other_size, size_t room);
SHOWN void afl_custom_deinit(struct mutator *mutator);

void *afl_custom_init(void *afl, unsigned seed)
{
    struct mutator *mutator = calloc(1, sizeof *mutator);
    (void)afl;
    if (mutator != NULL)
        mutator->random = seed;
    return mutator;
}

size_t afl_custom_fuzz(struct mutator *mutator, const uint8_t *data, size_t size, uint8_t **out, const uint8_t *other,
                       size_t other_size, size_t room)
{
    size_t made = 0;
    if (room > mutator->room) {
        uint8_t *grown = realloc(mutator->out, room);
        if (grown == NULL)
            return 0;
        mutator->out = grown;
        mutator->room = room;
    }
    mutator->random = mutator->random * 1664525u + 1013904223u;
    if (other != NULL && other_size > 0 && mutator->random >> 29 == 0)
        made = edit_cross(&GRAMMAR, data, size, other, other_size, mutator->out, room, mutator->random);
    if (made == 0 && size <= room) {
        memcpy(mutator->out, data, size);
        made = edit_mutate(&GRAMMAR, mutator->out, size, room, mutator->random);
    }
    *out = mutator->out;
    return made;
}

void afl_custom_deinit(struct mutator *mutator)
{
    free(mutator->out);
    free(mutator);
}
