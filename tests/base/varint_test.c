/* Varints: one spelling for each number, and no other spelling accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/base/varint.h"

static const uint32_t edges[] = {0,     1,       127,       128,        129,         16383,       16384,
                                 16385, 2097151, 2097152,   2097153,    268435455,   268435456,   268435457,
                                 65535, 65536,   305419896, 2147483647, 2147483648u, 4294967294u, 4294967295u};
enum { EDGES = sizeof edges / sizeof edges[0] };

static void every_number_is_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < EDGES; i++) {
        uint8_t p[VARINT_MAX + 1];
        uint32_t value = ~edges[i];
        memset(p, 0xee, sizeof p);
        size_t size = varint_encode(p, edges[i]);
        assert_int_equal(size, varint_size(edges[i]));
        assert_int_equal(p[size], 0xee);
        assert_int_equal(varint_decode(p, size, &value), size);
        assert_int_equal(value, edges[i]);
    }
}

static void a_cut_off_varint_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < EDGES; i++) {
        uint8_t p[VARINT_MAX];
        uint32_t value = 77;
        size_t size = varint_encode(p, edges[i]);
        for (size_t cut = 0; cut < size; cut++)
            assert_int_equal(varint_decode(p, cut, &value), 0);
        assert_int_equal(value, 77);
    }
}

static void longer_spellings_are_refused(void **state)
{
    (void)state;
    uint32_t value;
    assert_int_equal(varint_decode((const uint8_t *)"\x80\x00", 2, &value), 0);
    assert_int_equal(varint_decode((const uint8_t *)"\xff\x80\x00", 3, &value), 0);
    assert_int_equal(varint_decode((const uint8_t *)"\xff\xff\x80\x00", 4, &value), 0);
    assert_int_equal(varint_decode((const uint8_t *)"\xff\xff\xff\x80\x00", 5, &value), 0);
}

static void more_than_32_bits_are_refused(void **state)
{
    (void)state;
    uint32_t value;
    assert_int_equal(varint_decode((const uint8_t *)"\xff\xff\xff\xff\x0f", 5, &value), 5);
    assert_int_equal(value, 4294967295u);
    assert_int_equal(varint_decode((const uint8_t *)"\xff\xff\xff\xff\x10", 5, &value), 0);
    assert_int_equal(varint_decode((const uint8_t *)"\xff\xff\xff\xff\x8f\x01", 6, &value), 0);
}

static void whatever_is_accepted_is_what_the_encoder_writes(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int i = 0; i < 2000000; i++) {
        uint8_t p[VARINT_MAX], again[VARINT_MAX];
        uint32_t value;
        for (size_t k = 0; k < VARINT_MAX; k++) {
            random = random * 1664525u + 1013904223u;
            p[k] = (uint8_t)(random >> 24);
            if ((random >> 20) % 4u == 0)
                p[k] = (uint8_t)(p[k] % 16u);
        }
        size_t size = varint_decode(p, VARINT_MAX, &value);
        if (size != 0) {
            assert_int_equal(varint_encode(again, value), size);
            assert_memory_equal(again, p, size);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_read_back),
        cmocka_unit_test(a_cut_off_varint_is_refused),
        cmocka_unit_test(longer_spellings_are_refused),
        cmocka_unit_test(more_than_32_bits_are_refused),
        cmocka_unit_test(whatever_is_accepted_is_what_the_encoder_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
