/*
 * The input of a fuzz target, taken from front to back. Reading past the end
 * gives zeros, so that every byte string means something and a shorter one
 * means what comes before. Drivers hand inputs over in blocks of their exact
 * length: a read too far is seen by the address sanitizer.
 */
#ifndef QUIRE_FUZZ_INPUT_H
#define QUIRE_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct input {
    const uint8_t *next;
    size_t left;
};

static inline struct input input_start(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    return input;
}

static inline int input_ended(const struct input *input)
{
    return input->left == 0;
}

static inline uint8_t input_u8(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->next++;
}

static inline uint16_t input_u16(struct input *input)
{
    uint16_t low = input_u8(input);
    return (uint16_t)(low + 256u * input_u8(input));
}

static inline uint32_t input_u32(struct input *input)
{
    uint32_t low = input_u16(input);
    return low + 65536u * input_u16(input);
}

/* The next `size` bytes, or those that are left; *got says how many. Points into the input. */
static inline const uint8_t *input_bytes(struct input *input, size_t size, size_t *got)
{
    const uint8_t *bytes = input->next;
    *got = size < input->left ? size : input->left;
    if (*got != 0) {
        input->next += *got;
        input->left -= *got;
    }
    return bytes;
}

/* A block of exactly `size` bytes with what the input has, then zeros. The caller frees it. */
static inline uint8_t *input_block(struct input *input, size_t size)
{
    uint8_t *block = calloc(size != 0 ? size : 1, 1);
    if (block == NULL)
        abort();
    size_t got;
    const uint8_t *bytes = input_bytes(input, size, &got);
    if (got != 0)
        memcpy(block, bytes, got);
    return block;
}

/* One of 512, 1024, ... 32768, by the next byte; small sizes are the likely ones. */
static inline size_t input_page_size(struct input *input)
{
    static const uint8_t shifts[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 6};
    return (size_t)512 << shifts[input_u8(input) % 16u];
}

#endif
