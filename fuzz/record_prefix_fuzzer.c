/*
 * Prefix records.
 *
 *  Input   size (1): the page size whose limits hold; base length (1, in eighths
 *          of the longest key's length and more); then the record's bytes, in a
 *          block of their own length.
 *  Oracle  an accepted record encodes to the same bytes again, its parts lie
 *          within it and its key is no longer than allowed; a record shorter by
 *          its last byte, or with a base shorter than its prefix, is another one
 *          or none. The bytes taken as suffix and value are read back.
 *  Seeds   records at the edges of prefix, suffix and inline limit.
 */
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "../src/page/record.h"

static void decode_any(const uint8_t *bytes, size_t size, size_t page_size, size_t base_len)
{
    struct prefix_record record;
    if (!prefix_decode(bytes, size, page_size, base_len, &record))
        return;
    const struct record *rest = &record.rest;
    EXPECT(record.prefix_len <= base_len);
    EXPECT(record.prefix_len + rest->key_len >= 1 && record.prefix_len + rest->key_len <= KEY_MAX(page_size));
    EXPECT(rest->key == bytes + PREFIX_HEADER_SIZE && rest->key + rest->key_len == rest->stored);
    EXPECT(rest->stored + rest->stored_len == bytes + size);
    EXPECT_EQUAL(rest->overflow, rest->value_len > INLINE_MAX(page_size));
    EXPECT_EQUAL(prefix_size(page_size, rest->key_len, rest->value_len), size);
    if (record.prefix_len > 0) {
        struct prefix_record other;
        EXPECT(!prefix_decode(bytes, size, page_size, record.prefix_len - 1, &other));
    }
    if (rest->overflow) {
        uint8_t reference[REFERENCE_PREFIX];
        struct overflow_ref ref = reference_decode_prefix(rest->stored);
        reference_encode_prefix(reference, rest->value_len, ref);
        EXPECT(ref.first >= 2 && memcmp(reference, rest->stored, sizeof reference) == 0);
    }
    uint8_t *again = malloc(size);
    EXPECT_EQUAL(
        prefix_encode(again, page_size, record.prefix_len, rest->key, rest->key_len, rest->stored, rest->value_len),
        size);
    EXPECT(memcmp(again, bytes, size) == 0);
    free(again);
}

static void encode_any(const uint8_t *bytes, size_t size, size_t page_size, size_t base_len)
{
    size_t prefix_len = base_len < KEY_MAX(page_size) ? base_len : KEY_MAX(page_size);
    size_t suffix_len = size / 2 < KEY_MAX(page_size) - prefix_len ? size / 2 : KEY_MAX(page_size) - prefix_len;
    size_t value_len = size - suffix_len;
    struct prefix_record record;
    if (prefix_len + suffix_len == 0 || value_len > INLINE_MAX(page_size))
        return;
    size_t length = prefix_size(page_size, suffix_len, (uint32_t)value_len);
    uint8_t *record_bytes = malloc(length);
    EXPECT_EQUAL(
        prefix_encode(record_bytes, page_size, prefix_len, bytes, suffix_len, bytes + suffix_len, (uint32_t)value_len),
        length);
    EXPECT(prefix_decode(record_bytes, length, page_size, base_len, &record));
    EXPECT(record.prefix_len == prefix_len && record.rest.key_len == suffix_len);
    EXPECT(memcmp(record.rest.key, bytes, suffix_len) == 0 && record.rest.value_len == value_len);
    EXPECT(memcmp(record.rest.stored, bytes + suffix_len, value_len) == 0);
    digest_bytes(record_bytes, length);
    free(record_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    size_t page_size = input_page_size(&input);
    size_t base_len = input_u8(&input) * KEY_MAX(page_size) / 224u, record_size = input.left;
    uint8_t *bytes = input_block(&input, record_size);
    decode_any(bytes, record_size, page_size, base_len);
    encode_any(bytes, record_size, page_size, base_len);
    free(bytes);
    return 0;
}
