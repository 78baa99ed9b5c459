/* The byte moves and comparisons against loops too simple to be wrong, on every short length and distance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/base/bytes.h"

enum { ROOM = 96 };

static void fill(uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size; i++)
        p[i] = (uint8_t)(i * 37u + 11u);
}

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static void integers_are_little_endian(void **state)
{
    (void)state;
    const uint8_t bytes[8] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88};
    assert_int_equal(load16(bytes), 0x8201);
    assert_int_equal(load32(bytes), 0x84038201u);
    assert_true(load64(bytes) == UINT64_C(0x8807860584038201));
}

static void big_endian_loads_put_the_first_byte_on_top(void **state)
{
    (void)state;
    const uint8_t bytes[8] = {0x81, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88};
    assert_int_equal(load32_big(bytes), 0x81820384u);
    assert_true(load64_big(bytes) == UINT64_C(0x8182038405860788));
}

static void stores_are_read_back_and_touch_only_their_bytes(void **state)
{
    (void)state;
    uint8_t p[10];
    memset(p, 0xee, sizeof p);
    store16(p + 1, 0xff01);
    assert_int_equal(load16(p + 1), 0xff01);
    assert_int_equal(p[0], 0xee);
    assert_int_equal(p[3], 0xee);
    store32(p + 1, 0xfedc0198u);
    assert_int_equal(load32(p + 1), 0xfedc0198u);
    assert_int_equal(p[5], 0xee);
    store64(p + 1, UINT64_C(0xfedcba9876543210));
    assert_true(load64(p + 1) == UINT64_C(0xfedcba9876543210));
    assert_int_equal(p[0], 0xee);
    assert_int_equal(p[9], 0xee);
}

static void copy_and_zero_cover_exactly_their_range(void **state)
{
    (void)state;
    uint8_t from[ROOM], to[ROOM];
    fill(from, ROOM);
    for (size_t size = 0; size + 2 <= ROOM; size++) {
        memset(to, 0xee, ROOM);
        bytes_copy(to + 1, from, size);
        assert_int_equal(to[0], 0xee);
        assert_memory_equal(to + 1, from, size);
        assert_int_equal(to[size + 1], 0xee);
        bytes_zero(to + 1, size);
        assert_int_equal(to[0], 0xee);
        assert_true(bytes_are_zero(to + 1, size));
        assert_int_equal(to[size + 1], 0xee);
        memset(to, 0xee, ROOM);
        bytes_zero_range(to, 1, size + 1);
        assert_int_equal(to[0], 0xee);
        assert_true(bytes_are_zero(to + 1, size));
        assert_int_equal(to[size + 1], 0xee);
    }
}

static void move_matches_memmove_at_every_distance_and_length(void **state)
{
    (void)state;
    uint8_t ours[ROOM], theirs[ROOM];
    for (size_t from = 0; from <= 40; from++) {
        for (size_t to = 0; to <= 40; to++) {
            for (size_t size = 0; size <= 50; size++) {
                fill(ours, ROOM);
                fill(theirs, ROOM);
                bytes_move(ours + to, ours + from, size);
                memmove(theirs + to, theirs + from, size);
                assert_memory_equal(ours, theirs, ROOM);
            }
        }
    }
}

static void are_zero_sees_a_set_byte_at_every_place(void **state)
{
    (void)state;
    uint8_t p[ROOM] = {0};
    for (size_t size = 1; size <= 40; size++) {
        assert_true(bytes_are_zero(p, size));
        for (size_t at = 0; at < size; at++) {
            p[at] = 0x80;
            assert_false(bytes_are_zero(p, size));
            assert_true(bytes_are_zero(p, at));
            p[at] = 0;
        }
    }
}

static void compare_orders_a_proper_prefix_first(void **state)
{
    (void)state;
    uint8_t a[ROOM], b[ROOM];
    fill(a, ROOM);
    fill(b, ROOM);
    for (size_t x = 0; x <= 24; x++) {
        for (size_t y = 0; y <= 24; y++) {
            assert_int_equal(sign(bytes_compare(a, x, b, y)), (x > y) - (x < y));
            assert_int_equal(bytes_common(a, x, b, y), x < y ? x : y);
        }
    }
}

static void compare_and_common_find_the_first_difference(void **state)
{
    (void)state;
    uint8_t a[ROOM], b[ROOM];
    for (size_t at = 0; at < 40; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            fill(a, ROOM);
            fill(b, ROOM);
            b[at] = (uint8_t)byte;
            /* What follows the first difference must not matter. */
            a[at + 1] = 0xff;
            b[at + 1] = byte == a[at] ? 0xff : 0;
            size_t size = at + 2;
            assert_int_equal(sign(bytes_compare(a, size, b, size)), sign(memcmp(a, b, size)));
            assert_int_equal(sign(bytes_compare(b, size, a, size)), sign(memcmp(b, a, size)));
            assert_int_equal(bytes_common(a, size, b, size), a[at] == b[at] ? size : at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(big_endian_loads_put_the_first_byte_on_top),
        cmocka_unit_test(stores_are_read_back_and_touch_only_their_bytes),
        cmocka_unit_test(copy_and_zero_cover_exactly_their_range),
        cmocka_unit_test(move_matches_memmove_at_every_distance_and_length),
        cmocka_unit_test(are_zero_sees_a_set_byte_at_every_place),
        cmocka_unit_test(compare_orders_a_proper_prefix_first),
        cmocka_unit_test(compare_and_common_find_the_first_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
