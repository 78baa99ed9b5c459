/* The codes of keys and rows: order is that of the bytes, each value has one form, and no other bytes are accepted. */
#include "../support/graph_fixture.h"
#include "../support/random.h"

#include "../../src/graph/row.h"

#include <math.h>

static void integers_sort_by_their_bytes(void **state)
{
    (void)state;
    uint64_t values[] = {0,
                         1,
                         247,
                         248,
                         249,
                         255,
                         256,
                         65535,
                         65536,
                         0xffffff,
                         0x1000000,
                         UINT32_MAX,
                         (uint64_t)UINT32_MAX + 1,
                         ((uint64_t)1 << 56) - 1,
                         (uint64_t)1 << 56,
                         ID_MAX,
                         UINT64_MAX};
    uint8_t before[INTEGER_SIZE_MAX] = {0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        uint8_t bytes[INTEGER_SIZE_MAX] = {0};
        quire_bytes from = {bytes, integer_put(bytes, values[i])};
        uint64_t back = 0;
        assert_true(i == 0 || memcmp(before, bytes, sizeof bytes) < 0);
        memcpy(before, bytes, sizeof bytes);
        assert_true(take_integer(&from, &back));
        assert_true(back == values[i]);
        assert_int_equal(from.size, 0);
    }
}

static void integers_have_one_form(void **state)
{
    (void)state;
    const struct {
        uint8_t bytes[3];
        size_t size;
    } bad[] = {{{0}, 0}, {{248}, 1}, {{248, 247}, 2}, {{249, 0, 248}, 3}, {{249, 1}, 2}, {{255, 1, 1}, 3}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        quire_bytes from = {bad[i].bytes, bad[i].size};
        uint64_t value;
        assert_false(take_integer(&from, &value));
    }
}

static void signed_numbers_come_back(void **state)
{
    (void)state;
    int64_t values[] = {0, -1, 1, INT64_MIN, INT64_MAX, -123456789};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_true(signed_from_integer(signed_to_integer(values[i])) == values[i]);
    assert_int_equal(signed_to_integer(-1), 1);
    assert_int_equal(signed_to_integer(1), 2);
}

/* Every two neighbours of the list are in order, by value and by bytes, and each comes back. */
static void ordered_values_sort_as_values(void **state)
{
    (void)state;
    quire_graph_value values[] = {
        {QUIRE_GRAPH_NULL, {0}},
        {QUIRE_GRAPH_BOOL, {0}},
        {QUIRE_GRAPH_BOOL, {1}},
        integer_value(INT64_MIN),
        integer_value(-2),
        integer_value(-1),
        integer_value(0),
        integer_value(1),
        integer_value(INT64_MAX),
        real_value(-INFINITY),
        real_value(-1e300),
        real_value(-1.5),
        real_value(-5e-324),
        real_value(0.0),
        real_value(5e-324),
        real_value(2),
        real_value(INFINITY),
        real_value((double)NAN),
        {QUIRE_GRAPH_DATETIME, {0}},
        string_value(""),
        string_value("\x01"),
        string_value("a"),
        string_value("ab"),
        string_value("b"),
        string_value("\xff"),
        {QUIRE_GRAPH_BYTES, {0}},
    };
    quire_graph_value zeros = string_value(""), zero_one = string_value("");
    zeros.as.content = (quire_bytes){(const uint8_t *)"\0\0", 2};
    zero_one.as.content = (quire_bytes){(const uint8_t *)"\0\1", 2};
    values[25].as.content = (quire_bytes){NULL, 0};
    assert_true(quire_graph_value_compare(&zeros, &zero_one) < 0);
    size_t count = sizeof values / sizeof *values;
    for (size_t i = 0; i < count; i++) {
        uint8_t a[32] = {0}, b[32] = {0}, scratch[32];
        size_t size = ordered_put(a, &values[i]);
        quire_graph_value back;
        quire_bytes from = {a, size};
        assert_true(size <= ordered_size_max(&values[i]));
        assert_true(take_ordered(&from, scratch, &back));
        assert_int_equal(from.size, 0);
        assert_int_equal(quire_graph_value_compare(&back, &values[i]), 0);
        if (i + 1 < count) {
            ordered_put(b, &values[i + 1]);
            assert_true(quire_graph_value_compare(&values[i], &values[i + 1]) < 0);
            assert_true(quire_graph_value_compare(&values[i + 1], &values[i]) > 0);
            assert_true(memcmp(a, b, sizeof a) < 0);
        }
    }
}

static void zeros_in_strings_keep_their_order(void **state)
{
    (void)state;
    const quire_bytes contents[] = {{(const uint8_t *)"", 0},       {(const uint8_t *)"\0", 1},
                                    {(const uint8_t *)"\0\0", 2},   {(const uint8_t *)"\0\1", 2},
                                    {(const uint8_t *)"\0\377", 2}, {(const uint8_t *)"\1", 1},
                                    {(const uint8_t *)"a", 1},      {(const uint8_t *)"a\0", 2},
                                    {(const uint8_t *)"a\0b", 3},   {(const uint8_t *)"aa", 2}};
    for (size_t i = 0; i + 1 < sizeof contents / sizeof *contents; i++) {
        /* A node's id follows in a key: the least behind the greater, the greatest behind the lesser. */
        uint8_t a[32], b[32];
        quire_graph_value lesser = {QUIRE_GRAPH_STRING, {0}}, greater = {QUIRE_GRAPH_STRING, {0}};
        memset(a, 0xff, sizeof a);
        memset(b, 0, sizeof b);
        lesser.as.content = contents[i];
        greater.as.content = contents[i + 1];
        ordered_put(a, &lesser);
        ordered_put(b, &greater);
        assert_true(memcmp(a, b, sizeof a) < 0);
    }
}

static void equal_numbers_have_equal_keys(void **state)
{
    (void)state;
    uint8_t a[16], b[16];
    quire_graph_value minus = real_value(-0.0), plus = real_value(0.0);
    quire_graph_value nan = real_value((double)NAN), other = real_value(-(double)NAN);
    ordered_put(a, &minus);
    ordered_put(b, &plus);
    assert_memory_equal(a, b, 9);
    ordered_put(a, &nan);
    ordered_put(b, &other);
    assert_memory_equal(a, b, 9);
    quire_graph_value back;
    quire_bytes from = {a, 9};
    a[8] ^= 1; /* another NaN, which no key has */
    assert_false(take_ordered(&from, b, &back));
}

static void adjacency_keys_sort_by_their_numbers(void **state)
{
    (void)state;
    struct random random = {5};
    for (int i = 0; i < 2000; i++) {
        struct adjacency a, b, back;
        struct key x, y;
        uint64_t *numbers[] = {&a.near_node, &a.far_node, &a.edge, &b.near_node, &b.far_node, &b.edge};
        for (size_t k = 0; k < 6; k++)
            *numbers[k] = 1 + (random_below(&random, 300) << random_below(&random, 20));
        a.type = 1 + random_u32(&random) % 3;
        b.type = 1 + random_u32(&random) % 3;
        if (i % 2)
            b.near_node = a.near_node;
        adjacency_key(&a, &x);
        adjacency_key(&b, &y);
        size_t shorter = x.size < y.size ? x.size : y.size;
        int order = memcmp(x.bytes, y.bytes, shorter);
        int is_before = a.near_node != b.near_node ? a.near_node < b.near_node
                        : a.type != b.type         ? a.type < b.type
                        : a.far_node != b.far_node ? a.far_node < b.far_node
                                                   : a.edge < b.edge;
        assert_true((order < 0) == is_before || order == 0);
        assert_true(adjacency_decode(key_bytes(&x), &back));
        assert_memory_equal(&back.near_node, &a.near_node, sizeof back.near_node);
        assert_int_equal(back.type, a.type);
        assert_false(adjacency_decode((quire_bytes){x.bytes, x.size - 1}, &back));
    }
}

static void rows_accept_one_form_only(void **state)
{
    (void)state;
    const struct {
        uint8_t bytes[12];
        size_t size;
        int accepted;
    } rows[] = {
        {{0, 0}, 2, 1},                     /* no labels, no properties */
        {{2, 1, 3, 0}, 4, 1},               /* labels 1 and 3 */
        {{2, 3, 1, 0}, 4, 0},               /* not ascending */
        {{2, 3, 3, 0}, 4, 0},               /* twice */
        {{1, 0, 0}, 3, 0},                  /* label 0 */
        {{0, 0, 0}, 3, 0},                  /* a byte too many */
        {{0}, 1, 0},                        /* no count of properties */
        {{9, 1, 0}, 3, 0},                  /* more labels than bytes */
        {{0, 1, 1, 1, 1}, 5, 1},            /* property 1: true */
        {{0, 1, 1, 1, 2}, 5, 0},            /* neither true nor false */
        {{0, 1, 1, 7}, 4, 0},               /* no type 7 */
        {{0, 1, 1, 0x81, 1}, 5, 0},         /* a long bool */
        {{0, 1, 1, 5, 1, 'a'}, 6, 1},       /* "a" */
        {{0, 1, 1, 5, 2, 'a'}, 6, 0},       /* cut off */
        {{0, 1, 1, 0x85, 5}, 5, 0},         /* long, but of 5 bytes */
        {{0, 1, 1, 0x85, 249, 2, 0}, 7, 1}, /* long, 512 bytes, elsewhere */
        {{0, 2, 2, 0, 1, 0}, 6, 0},         /* properties not ascending */
        {{0, 1, 1, 3, 0, 0, 0}, 7, 0},      /* a double cut off */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct row row;
        assert_int_equal(row_decode_node((quire_bytes){rows[i].bytes, rows[i].size}, &row), rows[i].accepted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_sort_by_their_bytes),
        cmocka_unit_test(integers_have_one_form),
        cmocka_unit_test(signed_numbers_come_back),
        cmocka_unit_test(ordered_values_sort_as_values),
        cmocka_unit_test(zeros_in_strings_keep_their_order),
        cmocka_unit_test(equal_numbers_have_equal_keys),
        cmocka_unit_test(adjacency_keys_sort_by_their_numbers),
        cmocka_unit_test(rows_accept_one_form_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
