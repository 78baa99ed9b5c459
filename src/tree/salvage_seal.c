/*
 * A page's checksum begins with the file's salt, which stands in the meta pages
 * alone. When both are lost the other pages still tell enough of it: the salt
 * acts on a checksum only by the 32 bits that the CRC's register holds behind
 * it, and a CRC can be run backwards. So each intact page names the register
 * behind the salt; pages of one file agree, damaged ones name anything.
 *
 * One bit on its way through the register is a linear map over GF(2). The map of
 * 2^k bits is that of one bit squared k times, and so is its inverse.
 */
#include "salvage.h"

#include "../base/crc32c.h"

enum { REGISTER_BITS = 32, SALT_WORD_BITS = 5 /* 2^5 bits: the salt's second half */ };

#define POLYNOMIAL 0x82f63b78u /* CRC-32C's, reflected */

static uint32_t apply(const struct seal_inverse *map, uint32_t value)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < REGISTER_BITS; i++)
        if (value >> i & 1u)
            sum ^= map->column[i];
    return sum;
}

/* Undoes 2^power bits. A bit shifts the register down and adds the polynomial, whose top bit is set, for a bit lost. */
static void inverse_of_bits(struct seal_inverse *inverse, size_t power)
{
    for (size_t i = 0; i + 1 < REGISTER_BITS; i++)
        inverse->column[i] = 2u << i;
    inverse->column[REGISTER_BITS - 1] = ((0x80000000u ^ POLYNOMIAL) << 1) | 1u;
    for (size_t squared = 0; squared < power; squared++) {
        struct seal_inverse once = *inverse;
        for (size_t i = 0; i < REGISTER_BITS; i++)
            inverse->column[i] = apply(&once, once.column[i]);
    }
}

void seal_inverse_make(struct seal_inverse *inverse, size_t page_size)
{
    size_t power = 3; /* bits of a byte */
    for (size_t size = 1; size < page_size; size *= 2)
        power++;
    inverse_of_bits(inverse, power);
}

/* The checksum covers the page's number, then its bytes from that number on: as many bytes as the page has. */
uint32_t seal_seed(const struct seal_inverse *inverse, const uint8_t *page, size_t page_size)
{
    uint32_t from_zero = crc32c(UINT32_MAX, page + HEADER_PGNO, 4);
    from_zero = crc32c(from_zero, page + HEADER_PGNO, page_size - HEADER_PGNO);
    return ~apply(inverse, from_zero ^ page_checksum(page));
}

uint64_t seal_salt(uint32_t seed)
{
    static const uint8_t zeros[4] = {0};
    struct seal_inverse inverse;
    inverse_of_bits(&inverse, SALT_WORD_BITS);
    uint32_t word = ~crc32c(0, zeros, sizeof zeros) ^ apply(&inverse, ~seed);
    return (uint64_t)word << 32;
}
