/*
 * Prefix records against plain records: one pair of key and value in both codecs,
 * and leaves of pairs. (record_prefix and record_plain look at one codec alone,
 * search at plain records, convert at what a rebuild writes.)
 *
 *  Input   size (1), mode (1), modulo 4:
 *          0 pair   key length (1), value length (1, 1), which are edges of the
 *                   format and what is beside them; first page (1), chain (1),
 *                   share (1), lie (1); the key's bytes, then the value's
 *          1 bytes  base length (1), base; then a record's bytes, of either codec
 *          2 leaf   version (1), shares (1); then records (support/keys.h)
 *          3 page   front (2), then the page's bytes, as in page_check
 *  Oracle  both codecs accept the pair or neither does, as docs/FORMAT.md says of
 *          it (support/record_forms.h); what they accept decodes to the pair, and
 *          encodes to the bytes that were written by hand; a record with bytes cut
 *          off or added is another one or none. What stands in an accepted leaf of
 *          one codec is laid out in the other: same records, same ranks and
 *          verdicts of every key and its neighbours (support/record_leaves.h).
 *  Seeds   every edge of key and value; leaves of all versions with prefixes
 *          short and whole; pages of page_check.
 */
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "support/record_forms.h"
#include "support/record_leaves.h"

static void any_pair(const struct bench *bench, struct input *input)
{
    uint32_t key_max = (uint32_t)KEY_MAX(bench->page_size), inline_max = (uint32_t)INLINE_MAX(bench->page_size);
    const uint32_t keys[8] = {0, 1, 2, 127, 128, key_max - 1, key_max, key_max + 1};
    const uint32_t values[16] = {0,     1,       inline_max - 1, inline_max,    inline_max + 1, 127,       128, 16383,
                                 16384, 2097151, 2097152,        VALUE_MAX - 1, VALUE_MAX,      1u << 31u, ~0u, 40};
    struct entry entry = {.key_len = keys[input_u8(input) % 8u]};
    if (entry.key_len > key_max + 1)
        entry.key_len = key_max + 1;
    entry.value_len = values[input_u8(input) % 16u];
    entry.value_len ^= input_u8(input) % 4u; /* what is beside an edge */
    entry.overflow = entry.value_len > inline_max;
    entry.ref.first = input_u8(input);
    entry.ref.chain = 0x0101010101010101u * input_u8(input);
    size_t shared = entry.key_len * input_u8(input) / 255u;
    int lie = input_u8(input) % 8u < 5 ? 0 : input_u8(input) % 5 - 2;
    uint8_t *key = input_block(input, entry.key_len), *value = input_block(input, entry.overflow ? 0 : entry.value_len);
    entry.key = key;
    entry.value = value;
    expect_plain_form(bench, &entry, lie);
    expect_prefix_form(bench, &entry, shared, lie);
    free(key);
    free(value);
}

/* What one codec accepts, the other has a form of. */
static void any_bytes(const struct bench *bench, struct input *input)
{
    size_t base_len, wanted = input_u8(input) % (KEY_MAX(bench->page_size) + 1), size;
    const uint8_t *base = input_bytes(input, wanted, &base_len);
    uint8_t *bytes = input_block(input, size = input->left);
    struct prefix_record parts;
    struct record record;
    if (plain_decode(bytes, size, bench->page_size, &record)) {
        struct entry entry = {record.key, record.key_len, record.stored, record.value_len, record.overflow, {0, 0}};
        if (record.overflow)
            entry.ref = reference_decode_plain(record.stored);
        expect_plain_form(bench, &entry, 0);
        expect_prefix_form(bench, &entry, record.key_len / 2, 0);
    }
    if (prefix_decode(bytes, size, bench->page_size, base_len, &parts)) {
        if (parts.prefix_len != 0)
            memcpy(bench->key, base, parts.prefix_len);
        memcpy(bench->key + parts.prefix_len, parts.rest.key, parts.rest.key_len);
        struct entry entry = {bench->key,          parts.prefix_len + parts.rest.key_len,
                              parts.rest.stored,   parts.rest.value_len,
                              parts.rest.overflow, {0, 0}};
        if (entry.overflow)
            entry.ref = reference_decode_prefix(parts.rest.stored);
        expect_prefix_form(bench, &entry, parts.prefix_len, 0);
        expect_plain_form(bench, &entry, 0);
    }
    free(bytes);
}

static void own_leaf(const struct bench *bench, struct input *input)
{
    struct records records;
    uint8_t flags = leaf_versions[input_u8(input) % LEAF_VERSIONS], shares = input_u8(input);
    records_read(&records, input, bench->page_size, 60);
    uint8_t *page = leaf_of_records(bench, &records, flags, shares);
    EXPECT_EQUAL(bench_check(bench, page), RULE_OK);
    expect_same_in_other_codec(bench, page);
    free(page);
    records_free(&records);
}

static void any_page(const struct bench *bench, struct input *input)
{
    uint8_t *page = bench_input_page(bench, input);
    if (bench_check(bench, page) == RULE_OK && page_kind(page) == PAGE_LEAF)
        expect_same_in_other_codec(bench, page);
    free(page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct bench bench;
    bench_open(&bench, input_page_size(&input));
    switch (input_u8(&input) % 4u) {
    case 0:
        any_pair(&bench, &input);
        break;
    case 1:
        any_bytes(&bench, &input);
        break;
    case 2:
        own_leaf(&bench, &input);
        break;
    default:
        any_page(&bench, &input);
    }
    bench_close(&bench);
    return 0;
}
