/*
 * Headers and bodies of log records, and images.
 *
 *  Input   what (1; from 128 on a checksum is put right first); then for
 *          0: the 40 bytes of a record header and its body
 *          1: the 64 bytes of a half's header
 *          2: page size (1) and an image: its two lengths (2 each), by how much
 *             its size is off (1), its bytes
 *          3: the fields of a record, to be written and read
 *  Oracle  a decoder takes what an encoder of the same fields writes, and no
 *          flipped bit of it; what it accepts, encoded again, is what it read; an
 *          accepted image encodes to one of the same page.
 *  Seeds   headers, bodies and images as the encoders write them.
 */
#include "support/bench.h"
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "../src/base/crc32c.h"
#include "../src/base/log_record.h"
#include "../src/page/delta.h"

enum { SALT = 0x5a17, GENERATION = 3, LSN = 4096, BODY_MAX = 2048 };

static void parse_record(struct input *input, int reseal)
{
    uint8_t *header = input_block(input, LOG_RECORD_HEADER), again[LOG_RECORD_HEADER];
    size_t body_size = input->left;
    uint8_t *body = input_block(input, body_size);
    struct log_record record;
    /* The checksum is put right, so that what it guards is reached. */
    uint8_t salt[8];
    store64(salt, SALT);
    if (reseal)
        store32(header, crc32c(crc32c(0, salt, 8), header + 4, LOG_RECORD_HEADER - 4));
    if (log_record_decode(header, SALT, GENERATION, LSN, BODY_MAX, &record)) {
        EXPECT(record.lsn == LSN && record.generation == GENERATION && record.body_size <= BODY_MAX);
        log_record_encode(again, &record, SALT);
        digest_bytes(again, sizeof again);
        EXPECT(memcmp(again, header, sizeof again) == 0);
        if (record.body_size <= body_size)
            EXPECT_EQUAL(log_record_body_matches(&record, body), crc32c(0, body, record.body_size) == record.body_crc);
    }
    free(header);
    free(body);
}

static void parse_half(struct input *input, int reseal)
{
    uint8_t *header = input_block(input, LOG_HALF_HEADER), again[LOG_HALF_HEADER];
    struct log_half half;
    if (reseal)
        store32(header, crc32c(0, header + 4, LOG_HALF_HEADER - 4));
    if (log_half_decode(header, &half)) {
        struct log_half other;
        size_t power = PAGE_SIZE_MIN;
        while (power < PAGE_SIZE_MAX && power != half.page_size)
            power *= 2;
        EXPECT_EQUAL(page_size_is_legal(half.page_size), power == half.page_size);
        log_half_encode(again, &half);
        digest_bytes(again, sizeof again);
        EXPECT(log_half_decode(again, &other));
        EXPECT(other.page_size == half.page_size && other.generation == half.generation);
        EXPECT(other.salt == half.salt && other.first_lsn == half.first_lsn);
        EXPECT_EQUAL(other.format_version, half.format_version);
    }
    free(header);
}

static void parse_image(struct input *input)
{
    struct bench bench;
    bench_open(&bench, input_page_size(input));
    /* The body is as long as its two lengths say, or a little longer or shorter. */
    size_t front = input_u16(input), back = input_u16(input), adjust = input_u8(input);
    size_t size = 4u + front % (2u * bench.page_size) + back % (2u * bench.page_size);
    size = adjust < 248 ? size : size + adjust - 252u;
    uint8_t lengths[4];
    store16(lengths, (uint16_t)(front % (2u * bench.page_size)));
    store16(lengths + 2, (uint16_t)(back % (2u * bench.page_size)));
    uint8_t *body = input_block(input, size), *page = bench_page(&bench, NULL), *again = bench_page(&bench, NULL);
    memmove(body + (size < 4 ? size : 4), body, size < 4 ? 0 : size - 4);
    memcpy(body, lengths, size < 4 ? size : 4);
    if (image_decode(body, size, page, bench.page_size) && bench_check(&bench, page) == RULE_OK) {
        uint8_t *encoded = malloc(bench.page_size + 4);
        size = image_encode(encoded, page, bench.page_size);
        EXPECT(image_decode(encoded, size, again, bench.page_size));
        EXPECT(memcmp(page, again, bench.page_size) == 0);
        free(encoded);
    }
    free(body);
    free(page);
    free(again);
    bench_close(&bench);
}

static void write_and_read(struct input *input)
{
    struct log_record record = {.lsn = 8u * input_u32(input)}, read;
    record.generation = input_u32(input);
    uint8_t *header = malloc(LOG_RECORD_HEADER);
    record.type = (uint8_t)(1 + input_u8(input) % 3u);
    record.pgno = record.type == LOG_COMMIT ? 0 : 2 + input_u16(input);
    record.body_size = input_u16(input) % BODY_MAX;
    record.previous_lsn = input_u32(input);
    record.body_crc = input_u32(input);
    log_record_encode(header, &record, SALT);
    EXPECT(log_record_decode(header, SALT, record.generation, record.lsn, BODY_MAX, &read));
    EXPECT(read.type == record.type && read.pgno == record.pgno && read.body_size == record.body_size);
    EXPECT(read.previous_lsn == record.previous_lsn && read.body_crc == record.body_crc);
    EXPECT(!log_record_decode(header, SALT + 1, record.generation, record.lsn, BODY_MAX, &read));
    EXPECT(!log_record_decode(header, SALT, record.generation, record.lsn + 8, BODY_MAX, &read));
    EXPECT(!log_record_decode(header, SALT, record.generation + 1, record.lsn, BODY_MAX, &read));
    digest_bytes(header, LOG_RECORD_HEADER);
    size_t bit = input_u16(input) % (8u * LOG_RECORD_HEADER);
    header[bit / 8] = (uint8_t)(header[bit / 8] ^ 1u << bit % 8);
    EXPECT(!log_record_decode(header, SALT, record.generation, record.lsn, BODY_MAX, &read));
    free(header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t what = input_u8(&input);
    int reseal = what >= 128;
    what %= 4u;
    if (what == 0)
        parse_record(&input, reseal);
    else if (what == 1)
        parse_half(&input, reseal);
    else if (what == 2)
        parse_image(&input);
    else
        write_and_read(&input);
    return 0;
}
