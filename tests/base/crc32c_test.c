/* CRC-32C: the published values, a bit-by-bit twin, and the instruction against the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/base/crc32c.h"

enum { ROOM = 320 };

static uint32_t bit_by_bit(uint32_t crc, const uint8_t *p, size_t size)
{
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1u ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
    }
    return ~crc;
}

static void fill(uint8_t *p, size_t size)
{
    uint32_t random = 7;
    for (size_t i = 0; i < size; i++) {
        random = random * 1664525u + 1013904223u;
        p[i] = (uint8_t)(random >> 24);
    }
}

/* RFC 3720, appendix B.4, and the check value of the usual catalogues. */
static void published_values(void **state)
{
    (void)state;
    uint8_t p[32];
    assert_int_equal(crc32c(0, (const uint8_t *)"123456789", 9), 0xe3069283u);
    memset(p, 0, sizeof p);
    assert_int_equal(crc32c(0, p, 32), 0x8a9136aau);
    memset(p, 0xff, sizeof p);
    assert_int_equal(crc32c(0, p, 32), 0x62a8ab43u);
    for (size_t i = 0; i < 32; i++)
        p[i] = (uint8_t)i;
    assert_int_equal(crc32c(0, p, 32), 0x46dd794eu);
}

static void table_matches_the_definition(void **state)
{
    (void)state;
    uint8_t p[ROOM];
    fill(p, ROOM);
    for (size_t size = 0; size <= ROOM; size++)
        assert_int_equal(crc32c_by_table(0, p, size), bit_by_bit(0, p, size));
    for (unsigned byte = 0; byte < 256; byte++) {
        p[0] = (uint8_t)byte;
        assert_int_equal(crc32c_by_table(0x12345678u, p, 1), bit_by_bit(0x12345678u, p, 1));
    }
}

static void instruction_matches_the_table_at_every_alignment(void **state)
{
    (void)state;
    uint8_t p[ROOM];
    if (!crc32c_hardware_is_present())
        skip();
    fill(p, ROOM);
    for (size_t start = 0; start < 16; start++) {
        for (size_t size = 0; size + start <= ROOM; size++) {
            uint32_t seed = (uint32_t)(size * 2654435761u);
            assert_int_equal(crc32c_by_hardware(seed, p + start, size), crc32c_by_table(seed, p + start, size));
        }
    }
}

/* From three blocks of 680 bytes on, the instruction works on three places at once. */
static void instruction_matches_the_table_on_many_bytes(void **state)
{
    (void)state;
    static uint8_t p[8200];
    if (!crc32c_hardware_is_present())
        skip();
    fill(p, sizeof p);
    for (size_t size = 1900; size + 3 <= sizeof p; size += size % 2040 < 60 || size % 2040 > 1980 ? 1 : 29) {
        uint32_t seed = (uint32_t)(size * 2654435761u);
        assert_int_equal(crc32c_by_hardware(seed, p + size % 3, size), crc32c_by_table(seed, p + size % 3, size));
    }
}

static void can_be_continued(void **state)
{
    (void)state;
    uint8_t p[ROOM];
    fill(p, ROOM);
    for (size_t cut = 0; cut <= ROOM; cut++)
        assert_int_equal(crc32c(crc32c(0, p, cut), p + cut, ROOM - cut), crc32c(0, p, ROOM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(table_matches_the_definition),
        cmocka_unit_test(instruction_matches_the_table_at_every_alignment),
        cmocka_unit_test(instruction_matches_the_table_on_many_bytes),
        cmocka_unit_test(can_be_continued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
