/* The two record codecs: what goes in comes out, and no second spelling of a record is accepted (P11). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/record.h"
#include "../support/random.h"

enum { ROOM = 16384 };

static uint8_t key_bytes[ROOM], value_bytes[ROOM], buffer[ROOM];

static void fill(struct random *random)
{
    random_fill(random, key_bytes, sizeof key_bytes);
    random_fill(random, value_bytes, sizeof value_bytes);
    store32(value_bytes, 2); /* a legal first page, plain; the whole length comes first in a prefix record */
}

/* Lengths on both sides of every limit. */
static const size_t legal_shapes[][2] = {{1, 0},     {1, 1},        {127, 127},   {128, 128},
                                         {129, 127}, {1016, 1024},  {1016, 0},    {1, 1024},
                                         {5, 1025},  {1016, 16384}, {7, 2097152}, {9, 2147483647}};

static void plain_records_come_back_at_every_limit(void **state)
{
    (void)state;
    struct random random = {1};
    fill(&random);
    for (size_t i = 0; i < sizeof legal_shapes / sizeof *legal_shapes; i++) {
        size_t key_len = legal_shapes[i][0], size;
        uint32_t value_len = (uint32_t)legal_shapes[i][1];
        struct record record;
        size = plain_encode(buffer, 8192, key_bytes, key_len, value_bytes, value_len);
        assert_int_equal(size, plain_size(8192, key_len, value_len));
        assert_true(plain_decode(buffer, size, 8192, &record));
        assert_int_equal(record.key_len, key_len);
        assert_memory_equal(record.key, key_bytes, key_len);
        assert_int_equal(record.value_len, value_len);
        assert_int_equal(record.overflow, value_len > 1024);
        assert_int_equal(record.stored_len, value_len > 1024 ? 12 : value_len);
        assert_memory_equal(record.stored, value_bytes, record.stored_len);
        assert_ptr_equal(plain_key(buffer, &size), record.key);
        assert_int_equal(size, key_len);
    }
}

static void prefix_records_come_back_at_every_limit(void **state)
{
    (void)state;
    struct random random = {1};
    fill(&random);
    for (size_t i = 0; i < sizeof legal_shapes / sizeof *legal_shapes; i++) {
        size_t key_len = legal_shapes[i][0];
        uint32_t value_len = (uint32_t)legal_shapes[i][1];
        struct prefix_record record;
        struct overflow_ref ref = {5, UINT64_C(0x123456789abcdef0)};
        if (value_len > 1024)
            reference_encode_prefix(value_bytes, value_len, ref);
        for (size_t prefix_len = 0; prefix_len <= key_len; prefix_len += 1 + key_len / 3) {
            size_t size = prefix_encode(buffer, 8192, prefix_len, key_bytes + prefix_len, key_len - prefix_len,
                                        value_bytes, value_len);
            assert_int_equal(size, prefix_size(8192, key_len - prefix_len, value_len));
            assert_true(prefix_decode(buffer, size, 8192, prefix_len, &record));
            assert_int_equal(record.prefix_len, prefix_len);
            assert_int_equal(record.rest.key_len, key_len - prefix_len);
            assert_memory_equal(record.rest.key, key_bytes + prefix_len, key_len - prefix_len);
            assert_int_equal(record.rest.value_len, value_len);
            assert_int_equal(record.rest.overflow, value_len > 1024);
            assert_memory_equal(record.rest.stored, value_bytes, record.rest.stored_len);
        }
        if (value_len > 1024) {
            struct overflow_ref read = reference_decode_prefix(record.rest.stored);
            assert_int_equal(read.first, 5);
            assert_true(read.chain == ref.chain);
        }
    }
}

static void a_prefix_longer_than_its_base_is_refused(void **state)
{
    (void)state;
    struct prefix_record record;
    size_t size = prefix_encode(buffer, 512, 3, (const uint8_t *)"d", 1, value_bytes, 2);
    assert_true(prefix_decode(buffer, size, 512, 3, &record));
    assert_false(prefix_decode(buffer, size, 512, 2, &record));
}

static void a_prefix_value_above_the_limit_must_be_a_reference(void **state)
{
    (void)state;
    struct prefix_record record;
    struct overflow_ref ref = {2, 9};
    store16(buffer, 0);
    store16(buffer + 2, 1);
    assert_true(prefix_decode(buffer, 5 + INLINE_MAX(512), 512, 0, &record));
    assert_false(prefix_decode(buffer, 5 + INLINE_MAX(512) + 1, 512, 0, &record));
    store16(buffer + 2, 1 + PREFIX_OVERFLOW_BIT);
    reference_encode_prefix(buffer + 5, INLINE_MAX(512) + 1, ref);
    assert_true(prefix_decode(buffer, 5 + REFERENCE_PREFIX, 512, 0, &record));
    assert_false(prefix_decode(buffer, 5 + REFERENCE_PREFIX + 1, 512, 0, &record));
    reference_encode_prefix(buffer + 5, INLINE_MAX(512), ref);
    assert_false(prefix_decode(buffer, 5 + REFERENCE_PREFIX, 512, 0, &record));
}

static int plain_accepts(const char *bytes, size_t size)
{
    struct record record;
    return plain_decode((const uint8_t *)bytes, size, 512, &record);
}

static void plain_records_with_a_fault_are_refused(void **state)
{
    (void)state;
    assert_true(plain_accepts("\x01\x02kvv", 5));
    assert_false(plain_accepts("\x01\x02kvv", 4));                                  /* cut off */
    assert_false(plain_accepts("\x01\x02kvv!", 6));                                 /* a byte too many */
    assert_false(plain_accepts("\x00\x02vv", 4));                                   /* no key */
    assert_false(plain_accepts("\x81\x00\x02kvv", 6));                              /* varint not minimal */
    assert_false(plain_accepts("", 0));                                             /* nothing */
    assert_false(plain_accepts("\x01", 1));                                         /* no value length */
    assert_true(plain_accepts("\x01\x41k\x02\0\0\0cccccccc", 15));                  /* a reference: 65 > 64 */
    assert_false(plain_accepts("\x01\x41k\x01\0\0\0cccccccc", 15));                 /* to a meta page */
    assert_false(plain_accepts("\x01\x41k\x02\0\0\0cccccccc!", 16));                /* too long */
    assert_false(plain_accepts("\x01\x80\x80\x80\x80\x08k\x02\0\0\0cccccccc", 19)); /* value of 2^31 bytes */
}

static void keys_above_the_limit_are_refused(void **state)
{
    (void)state;
    struct record record;
    struct prefix_record prefix;
    size_t size = plain_encode(buffer, 512, key_bytes, KEY_MAX(512) + 1, value_bytes, 0);
    assert_false(plain_decode(buffer, size, 512, &record));
    size = prefix_encode(buffer, 512, 20, key_bytes, KEY_MAX(512) - 19, value_bytes, 0);
    assert_false(prefix_decode(buffer, size, 512, 20, &prefix));
    size = prefix_encode(buffer, 512, 0, key_bytes, 0, value_bytes, 0);
    assert_false(prefix_decode(buffer, size, 512, 20, &prefix));
}

/* Bytes near enough to records that many are accepted; each accepted one must be what the encoder writes. */
static void what_a_decoder_accepts_an_encoder_writes(void **state)
{
    (void)state;
    struct random random = {99};
    size_t accepted = 0;
    for (int round = 0; round < 300000; round++) {
        uint8_t bytes[40];
        struct record record;
        struct prefix_record prefix;
        size_t size = random_below(&random, sizeof bytes);
        random_fill(&random, bytes, sizeof bytes);
        for (size_t i = 0; i < 5; i++)
            bytes[i] = (uint8_t)random_below(&random, random_below(&random, 2) ? 24 : 256);
        if (plain_decode(bytes, size, 512, &record)) {
            accepted++;
            assert_int_equal(plain_encode(buffer, 512, record.key, record.key_len, record.stored, record.value_len),
                             size);
            assert_memory_equal(buffer, bytes, size);
        }
        bytes[1] = bytes[3] = 0;
        if (prefix_decode(bytes, size, 512, 10, &prefix)) {
            accepted++;
            assert_int_equal(prefix_encode(buffer, 512, prefix.prefix_len, prefix.rest.key, prefix.rest.key_len,
                                           prefix.rest.stored, prefix.rest.value_len),
                             size);
            assert_memory_equal(buffer, bytes, size);
        }
    }
    assert_true(accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_records_come_back_at_every_limit),
        cmocka_unit_test(prefix_records_come_back_at_every_limit),
        cmocka_unit_test(a_prefix_longer_than_its_base_is_refused),
        cmocka_unit_test(a_prefix_value_above_the_limit_must_be_a_reference),
        cmocka_unit_test(plain_records_with_a_fault_are_refused),
        cmocka_unit_test(keys_above_the_limit_are_refused),
        cmocka_unit_test(what_a_decoder_accepts_an_encoder_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
