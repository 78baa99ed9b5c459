/*
 * Varints.
 *
 *  Input   any bytes: what the decoder reads, in a block of their own length.
 *          The first four are a number, too.
 *  Oracle  a decoder of one bit at a time agrees in length and value; what is
 *          accepted encodes to the very bytes consumed; a number is read back.
 *  Seeds   the edges of each length, cut off, too long, not minimal.
 */
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "../src/base/varint.h"

/* Bytes consumed, 0 if there is no minimal varint below 2^32. */
static size_t decode_bits(const uint8_t *p, size_t size, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < size && i < 5; i++) {
        for (unsigned bit = 0; bit < 7; bit++)
            if (p[i] >> bit & 1)
                *value |= (uint64_t)1 << (7 * i + bit);
        if (p[i] < 128)
            return *value > UINT32_MAX || (i > 0 && p[i] == 0) ? 0 : i + 1;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t *bytes = input_block(&input, size);
    uint8_t encoded[VARINT_MAX];
    uint64_t expected;
    uint32_t value = 0xdeadbeef;
    size_t length = decode_bits(bytes, size, &expected);
    EXPECT_EQUAL(varint_decode(bytes, size, &value), length);
    EXPECT_EQUAL(value, length != 0 ? expected : 0xdeadbeef);
    if (length != 0) {
        EXPECT_EQUAL(varint_encode(encoded, value), length);
        EXPECT(memcmp(encoded, bytes, length) == 0);
    }
    input = input_start(data, size);
    uint32_t number = input_u32(&input);
    length = varint_encode(encoded, number);
    EXPECT_EQUAL(varint_size(number), length);
    EXPECT_EQUAL(varint_decode(encoded, length, &value), length);
    EXPECT_EQUAL(value, number);
    digest_number(value);
    digest_bytes(encoded, length);
    free(bytes);
    return 0;
}
