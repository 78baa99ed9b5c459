/*
 * Keys and values of compare-bench. Document i of a seed is the same in every
 * run and for every engine, and costs little to make, since making it is part
 * of what is timed.
 */
#include "compare_bench.h"

#include <string.h>

enum { KEY_SIZE_INT = 8, VALUE_SIZE_INT = 8, VALUE_SIZE_100 = 100 };

/* SplitMix64 (Steele, Lea and Flood, 2014): every seed gives its own stream, and distinct inputs distinct numbers. */
uint64_t bench_mix(uint64_t number)
{
    number += 0x9e3779b97f4a7c15u;
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
    return number ^ (number >> 31);
}

/* Big-endian, so that numbers order like bytes. */
static size_t key_of_int(uint64_t number, uint8_t *key)
{
    for (int b = 0; b < KEY_SIZE_INT; b++) {
        key[b] = (uint8_t)(number >> (56 - 8 * b));
    }
    return KEY_SIZE_INT;
}

/*
 * 30 to 60 bytes that look like the URLs of a crawl: few hosts, long common
 * beginnings, and a tail of varying length. The number stands in it whole, in
 * front of the tail, so that keys are distinct and ascend with it.
 */
static size_t key_of_url(uint64_t number, uint8_t *key)
{
    static const char digits[] = "0123456789abcdef";
    static const char tail[] = "/index.html?session=archive-2";
    memcpy(key, "https://host", 12);
    size_t at = 12;
    for (int nibble = 15; nibble >= 0; nibble--) {
        if (nibble == 13) {
            key[at++] = '.';
            key[at++] = '/';
        }
        key[at++] = (uint8_t)digits[(number >> (4 * nibble)) & 15u];
    }
    size_t more = (size_t)(number % (sizeof tail));
    memcpy(key + at, tail, more);
    return at + more;
}

uint64_t bench_rank(const struct bench_options *options, uint64_t number)
{
    return options->ascending ? number : bench_mix(options->seed * 0x100000001b3u + number);
}

quire_bytes bench_key(const struct bench_options *options, uint64_t number, uint8_t key[KEY_MAX])
{
    uint64_t rank = bench_rank(options, number);
    return (quire_bytes){key, options->shape == SHAPE_URL ? key_of_url(rank, key) : key_of_int(rank, key)};
}

static size_t value_size(const struct bench_options *options)
{
    switch (options->shape) {
    case SHAPE_URL:
    case SHAPE_BLOB100:
        return VALUE_SIZE_100;
    case SHAPE_BLOB1K:
        return VALUE_MAX;
    case SHAPE_INT:
    case SHAPES:
        break;
    }
    return VALUE_SIZE_INT;
}

size_t bench_pair_size(const struct bench_options *options)
{
    return value_size(options) + (options->shape == SHAPE_URL ? (size_t)KEY_MAX : (size_t)KEY_SIZE_INT);
}

/* A value begins with what it says; the rest is the same in all. */
void bench_document(const struct bench_options *options, uint64_t number, uint64_t content, struct document *document)
{
    document->pair.key = bench_key(options, number, document->key);
    size_t size = value_size(options);
    if (size > sizeof content) {
        memset(document->value + sizeof content, 'v', size - sizeof content);
    }
    memcpy(document->value, &content, sizeof content);
    document->pair.value = (quire_bytes){document->value, size};
}

int bench_value_says(const struct bench_options *options, quire_bytes value, uint64_t content)
{
    return value.size == value_size(options) && memcmp(value.data, &content, sizeof content) == 0;
}

int bench_value_is(const struct bench_options *options, quire_bytes value, uint64_t content)
{
    int same = bench_value_says(options, value, content);
    for (size_t i = sizeof content; i < value.size && same; i++) {
        same = value.data[i] == 'v';
    }
    return same;
}
