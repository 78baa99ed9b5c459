/*
 * Plain records.
 *
 *  Input   size (1): the page size whose limits hold; then the record's bytes, in
 *          a block of their own length.
 *  Oracle  an accepted record encodes to the same bytes again, its parts lie
 *          within it, and its key alone is found alike. The bytes taken as key
 *          and value make a record that is read back.
 *  Seeds   records at the edges of key length, inline limit and varint lengths.
 */
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "../src/page/record.h"

static void decode_any(const uint8_t *bytes, size_t size, size_t page_size)
{
    struct record record;
    if (!plain_decode(bytes, size, page_size, &record))
        return;
    size_t key_len;
    EXPECT(record.key > bytes && record.key + record.key_len == record.stored);
    EXPECT(record.stored + record.stored_len == bytes + size);
    EXPECT(record.key_len >= 1 && record.key_len <= KEY_MAX(page_size));
    EXPECT_EQUAL(record.overflow, record.value_len > INLINE_MAX(page_size));
    EXPECT_EQUAL(record.stored_len, record.overflow ? (size_t)REFERENCE_PLAIN : record.value_len);
    EXPECT(plain_key(bytes, &key_len) == record.key && key_len == record.key_len);
    EXPECT_EQUAL(plain_size(page_size, record.key_len, record.value_len), size);
    uint8_t *again = malloc(size);
    EXPECT_EQUAL(plain_encode(again, page_size, record.key, record.key_len, record.stored, record.value_len), size);
    EXPECT(memcmp(again, bytes, size) == 0);
    if (record.overflow) {
        struct overflow_ref ref = reference_decode_plain(record.stored);
        EXPECT(ref.first >= 2 && record.value_len <= VALUE_MAX);
    }
    free(again);
}

/* The bytes' first half is the key; value_len is as long as the rest, or long enough for a reference. */
static void encode_any(const uint8_t *bytes, size_t size, size_t page_size, uint32_t long_len)
{
    size_t key_len = size / 2 < KEY_MAX(page_size) ? size / 2 : KEY_MAX(page_size);
    uint32_t value_len = (uint32_t)(size - key_len);
    uint8_t reference[REFERENCE_PLAIN];
    const uint8_t *stored = bytes + key_len;
    if (key_len == 0)
        return;
    if (value_len > INLINE_MAX(page_size)) {
        value_len += long_len % (VALUE_MAX - value_len);
        reference_encode_plain(reference, (struct overflow_ref){.first = 2 + long_len % 1000, .chain = long_len});
        stored = reference;
    }
    size_t length = plain_size(page_size, key_len, value_len);
    uint8_t *record_bytes = malloc(length);
    struct record record;
    EXPECT_EQUAL(plain_encode(record_bytes, page_size, bytes, key_len, stored, value_len), length);
    EXPECT(plain_decode(record_bytes, length, page_size, &record));
    EXPECT(record.key_len == key_len && memcmp(record.key, bytes, key_len) == 0);
    EXPECT(record.value_len == value_len && memcmp(record.stored, stored, record.stored_len) == 0);
    digest_bytes(record_bytes, length);
    free(record_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    size_t page_size = input_page_size(&input), record_size = input.left;
    uint8_t *bytes = input_block(&input, record_size);
    decode_any(bytes, record_size, page_size);
    input = input_start(data, size);
    encode_any(bytes, record_size, page_size, input_u32(&input));
    free(bytes);
    return 0;
}
