/* Writes all seeds: run in the repository's top folder. */
#include "seeds.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void seed_start(struct seed *seed)
{
    seed->size = 0;
    seed->key_len = 0;
}

void seed_u8(struct seed *seed, size_t value)
{
    if (seed->size == sizeof seed->bytes)
        abort();
    seed->bytes[seed->size++] = (uint8_t)value;
}

void seed_u16(struct seed *seed, size_t value)
{
    seed_u8(seed, value % 256);
    seed_u8(seed, value / 256);
}

void seed_bytes(struct seed *seed, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        seed_u8(seed, ((const uint8_t *)bytes)[i]);
}

void seed_key(struct seed *seed, const char *key)
{
    size_t length = strlen(key), share = 0;
    while (share < length && share < seed->key_len && seed->key[share] == (uint8_t)key[share])
        share++;
    seed_u8(seed, share);
    seed_u8(seed, length - share);
    seed_bytes(seed, key + share, length - share);
    memcpy(seed->key, key, length);
    seed->key_len = length;
}

void seed_write(const struct seed *seed, const char *target, const char *name, ...)
{
    char path[256];
    int at = snprintf(path, sizeof path, "corpus/%s/", target);
    va_list arguments;
    va_start(arguments, name);
    vsnprintf(path + at, sizeof path - (size_t)at, name, arguments);
    va_end(arguments);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(seed->bytes, 1, seed->size, file) != seed->size || fclose(file) != 0) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(2);
    }
}

uint8_t seed_size_code(size_t page_size)
{
    static const uint8_t codes[7] = {0, 8, 11, 12, 13, 14, 15};
    uint8_t power = 0;
    while ((size_t)512 << power < page_size)
        power++;
    return codes[power];
}

uint32_t seed_random(uint32_t *state, uint32_t bound)
{
    *state = (uint32_t)(*state * 1664525ull + 1013904223ull);
    return (*state >> 8) % bound;
}

const char *seed_word(uint32_t number)
{
    static char word[64];
    static const char *const fronts[8] = {"a", "ab", "abalone", "item/", "item/0", "user:", "user:0000", "z"};
    snprintf(word, sizeof word, "%s%0*u", fronts[number % 8], (int)(number % 3 + 1), number / 8);
    return word;
}

int main(void)
{
    page_seeds();
    operation_seeds();
    byte_seeds();
    edge_seeds();
    fault_seeds();
    file_seeds();
    graph_seeds();
    import_seeds();
    scenario_seeds();
    text_seeds();
    vfs_seeds();
    return 0;
}
