/* The log's frames: what is written is read back, and every damaged bit of a header is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/base/bytes.h"
#include "../../src/base/crc32c.h"
#include "../../src/base/log_record.h"

static const uint64_t SALT = UINT64_C(0x1122334455667788);

static struct log_record example(void)
{
    struct log_record record = {.lsn = UINT64_C(0x123456789a),
                                .previous_lsn = 4096,
                                .generation = 9,
                                .body_size = 100,
                                .pgno = 17,
                                .body_crc = 0xdeadbeefu,
                                .type = LOG_DELTA};
    return record;
}

static int decode(const uint8_t *p, struct log_record *record)
{
    return log_record_decode(p, SALT, 9, UINT64_C(0x123456789a), 4096, record);
}

/* Seals a header again after a change, as an attacker would. */
static void seal(uint8_t *p)
{
    uint8_t seed[8];
    store64(seed, SALT);
    store32(p, crc32c(crc32c(0, seed, 8), p + 4, 36));
}

static void a_record_header_is_read_back(void **state)
{
    (void)state;
    uint8_t p[LOG_RECORD_HEADER];
    struct log_record record = example(), again = {0};
    log_record_encode(p, &record, SALT);
    assert_true(decode(p, &again));
    assert_true(again.lsn == record.lsn);
    assert_true(again.previous_lsn == record.previous_lsn);
    assert_int_equal(again.generation, record.generation);
    assert_int_equal(again.body_size, record.body_size);
    assert_int_equal(again.pgno, record.pgno);
    assert_int_equal(again.body_crc, record.body_crc);
    assert_int_equal(again.type, record.type);
}

static void fields_stand_where_the_format_says(void **state)
{
    (void)state;
    uint8_t p[LOG_RECORD_HEADER];
    struct log_record record = example();
    log_record_encode(p, &record, SALT);
    assert_int_equal(load32(p + 4), 0xdeadbeefu);
    assert_true(load64(p + 8) == UINT64_C(0x123456789a));
    assert_int_equal(load32(p + 16), 9);
    assert_int_equal(load32(p + 20), 100);
    assert_int_equal(load32(p + 24), 17);
    assert_int_equal(p[28], LOG_DELTA);
    assert_true(bytes_are_zero(p + 29, 3));
    assert_true(load64(p + 32) == 4096);
}

static void every_flipped_bit_of_a_record_header_is_seen(void **state)
{
    (void)state;
    uint8_t p[LOG_RECORD_HEADER];
    struct log_record record = example(), again;
    log_record_encode(p, &record, SALT);
    for (size_t bit = 0; bit < 8u * LOG_RECORD_HEADER; bit++) {
        p[bit / 8] = (uint8_t)(p[bit / 8] ^ (1u << bit % 8));
        assert_false(decode(p, &again));
        p[bit / 8] = (uint8_t)(p[bit / 8] ^ (1u << bit % 8));
    }
    assert_true(decode(p, &again));
}

static void a_header_of_another_place_salt_or_generation_is_refused(void **state)
{
    (void)state;
    uint8_t p[LOG_RECORD_HEADER];
    struct log_record record = example(), again;
    log_record_encode(p, &record, SALT);
    assert_false(log_record_decode(p, SALT + 1, 9, record.lsn, 4096, &again));
    assert_false(log_record_decode(p, SALT, 8, record.lsn, 4096, &again));
    assert_false(log_record_decode(p, SALT, 9, record.lsn + 8, 4096, &again));
    assert_false(log_record_decode(p, SALT, 9, record.lsn, 99, &again));
    assert_true(log_record_decode(p, SALT, 9, record.lsn, 100, &again));
}

static void a_sealed_header_of_no_known_type_is_refused(void **state)
{
    (void)state;
    uint8_t p[LOG_RECORD_HEADER];
    struct log_record record = example(), again;
    for (unsigned type = 0; type < 256; type++) {
        record.type = (uint8_t)type;
        log_record_encode(p, &record, SALT);
        assert_int_equal(decode(p, &again), type >= 1 && type <= 3);
    }
}

static void a_sealed_header_with_a_reserved_byte_set_is_refused(void **state)
{
    (void)state;
    uint8_t p[LOG_RECORD_HEADER];
    struct log_record record = example(), again;
    for (size_t at = 29; at <= 31; at++) {
        log_record_encode(p, &record, SALT);
        p[at] = 1;
        seal(p);
        assert_false(decode(p, &again));
        p[at] = 0;
        seal(p);
        assert_true(decode(p, &again));
    }
}

static void a_body_must_have_the_crc_of_its_header(void **state)
{
    (void)state;
    uint8_t body[100];
    struct log_record record = example();
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)i;
    record.body_crc = crc32c(0, body, sizeof body);
    assert_true(log_record_body_matches(&record, body));
    body[99] ^= 1;
    assert_false(log_record_body_matches(&record, body));
}

static void records_take_whole_eights(void **state)
{
    (void)state;
    assert_int_equal(log_record_size(0), 40);
    assert_int_equal(log_record_size(1), 48);
    assert_int_equal(log_record_size(8), 48);
    assert_int_equal(log_record_size(9), 56);
}

static void a_half_header_is_read_back_and_guarded(void **state)
{
    (void)state;
    uint8_t p[LOG_HALF_HEADER];
    struct log_half half = {.page_size = 8192,
                            .generation = 3,
                            .format_version = 1,
                            .salt = SALT,
                            .first_lsn = UINT64_C(0x0102030405060708)};
    struct log_half again = {0};
    memset(p, 0xee, sizeof p);
    log_half_encode(p, &half);
    assert_memory_equal(p + 4, "quirelog", 8);
    assert_true(bytes_are_zero(p + 40, 24));
    assert_true(log_half_decode(p, &again));
    assert_int_equal(again.page_size, half.page_size);
    assert_int_equal(again.generation, half.generation);
    assert_int_equal(again.format_version, half.format_version);
    assert_true(again.salt == half.salt);
    assert_true(again.first_lsn == half.first_lsn);
    for (size_t bit = 0; bit < 8u * LOG_HALF_HEADER; bit++) {
        p[bit / 8] = (uint8_t)(p[bit / 8] ^ (1u << bit % 8));
        assert_false(log_half_decode(p, &again));
        p[bit / 8] = (uint8_t)(p[bit / 8] ^ (1u << bit % 8));
    }
    p[4] = 'Q';
    store32(p, crc32c(0, p + 4, 60));
    assert_false(log_half_decode(p, &again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_header_is_read_back),
        cmocka_unit_test(fields_stand_where_the_format_says),
        cmocka_unit_test(every_flipped_bit_of_a_record_header_is_seen),
        cmocka_unit_test(a_header_of_another_place_salt_or_generation_is_refused),
        cmocka_unit_test(a_sealed_header_of_no_known_type_is_refused),
        cmocka_unit_test(a_sealed_header_with_a_reserved_byte_set_is_refused),
        cmocka_unit_test(a_body_must_have_the_crc_of_its_header),
        cmocka_unit_test(records_take_whole_eights),
        cmocka_unit_test(a_half_header_is_read_back_and_guarded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
