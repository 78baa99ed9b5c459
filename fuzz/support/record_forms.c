/* Records byte by byte. A value above an eighth of the page is a reference: first page (4), chain (8). */
#include "record_forms.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "expect.h"

static int is_long(const struct entry *entry, size_t page_size)
{
    return entry->value_len > page_size / 8;
}

int form_is_legal(const struct entry *entry, size_t page_size)
{
    int has_legal_key = entry->key_len >= 1 && entry->key_len + 8 <= page_size / 8;
    int has_legal_value = !is_long(entry, page_size) || (entry->value_len < 1u << 31 && entry->ref.first >= 2);
    return has_legal_key && has_legal_value;
}

/* `width` bytes, the lowest first. */
static size_t put_number(uint8_t *p, uint64_t number, size_t width)
{
    for (size_t i = 0; i < width; i++)
        p[i] = (uint8_t)(number >> 8 * i);
    return width;
}

/* Seven bits a byte, the lowest first; the top bit says that more follow. */
static size_t put_varint(uint8_t *p, uint64_t number)
{
    size_t size = 0;
    do {
        p[size++] = (uint8_t)(number % 128 + (number >= 128 ? 128 : 0));
        number /= 128;
    } while (number != 0);
    return size;
}

static size_t put_bytes(uint8_t *p, const uint8_t *bytes, size_t size)
{
    if (size != 0)
        memcpy(p, bytes, size);
    return size;
}

static size_t put_reference(uint8_t *p, const struct entry *entry)
{
    put_number(p, entry->ref.first, 4);
    return 4 + put_number(p + 4, entry->ref.chain, 8);
}

size_t form_plain(uint8_t *p, const struct entry *entry, size_t page_size)
{
    size_t at = put_varint(p, entry->key_len);
    at += put_varint(p + at, entry->value_len);
    at += put_bytes(p + at, entry->key, entry->key_len);
    if (is_long(entry, page_size))
        return at + put_reference(p + at, entry);
    return at + put_bytes(p + at, entry->value, entry->value_len);
}

size_t form_prefix(uint8_t *p, const struct entry *entry, size_t page_size, size_t shared)
{
    size_t suffix_len = entry->key_len - shared;
    size_t at = put_number(p, shared, 2);
    at += put_number(p + at, suffix_len + (is_long(entry, page_size) ? 32768u : 0u), 2);
    at += put_bytes(p + at, entry->key + shared, suffix_len);
    if (!is_long(entry, page_size))
        return at + put_bytes(p + at, entry->value, entry->value_len);
    at += put_number(p + at, entry->value_len, 4);
    return at + put_reference(p + at, entry);
}

/* ---- Held against the codecs ---------------------------------------------------- */

/* A block of exactly `size` bytes: those at p, then zeros. */
static uint8_t *exact_block(const uint8_t *p, size_t used, size_t size)
{
    uint8_t *block = calloc(size != 0 ? size : 1, 1);
    memcpy(block, p, used < size ? used : size);
    return block;
}

static void expect_stored(const struct record *record, const struct entry *entry, struct overflow_ref ref)
{
    EXPECT_EQUAL(record->value_len, entry->value_len);
    EXPECT_EQUAL(record->overflow, entry->overflow);
    if (record->overflow)
        EXPECT(ref.first == entry->ref.first && ref.chain == entry->ref.chain);
    else
        EXPECT(record->value_len == 0 || memcmp(record->stored, entry->value, record->value_len) == 0);
}

void expect_plain_form(const struct bench *bench, const struct entry *entry, int lie)
{
    static uint8_t form[FORM_BYTES_MOST];
    size_t length = form_plain(form, entry, bench->page_size), size = (size_t)((int)length + lie);
    uint8_t *bytes = exact_block(form, length, size);
    struct record record;
    int is_legal = lie == 0 && form_is_legal(entry, bench->page_size);
    EXPECT_EQUAL(plain_decode(bytes, size, bench->page_size, &record), is_legal);
    if (is_legal) {
        struct overflow_ref ref = record.overflow ? reference_decode_plain(record.stored) : (struct overflow_ref){0};
        EXPECT(record.key_len == entry->key_len && memcmp(record.key, entry->key, entry->key_len) == 0);
        expect_stored(&record, entry, ref);
        EXPECT_EQUAL(plain_size(bench->page_size, entry->key_len, entry->value_len), size);
        plain_encode(bench->scratch, bench->page_size, entry->key, entry->key_len, record.stored, record.value_len);
        EXPECT(memcmp(bench->scratch, bytes, size) == 0);
    }
    free(bytes);
}

/* A value within the record is as long as what is left for it: with bytes cut off or added it is another one. */
void expect_prefix_form(const struct bench *bench, const struct entry *entry, size_t shared, int lie)
{
    static uint8_t form[FORM_BYTES_MOST];
    size_t length = form_prefix(form, entry, bench->page_size, shared), size = (size_t)((int)length + lie);
    uint8_t *bytes = exact_block(form, length, size);
    struct prefix_record record;
    struct entry said = *entry;
    int is_possible = lie == 0 || (!entry->overflow && (int)entry->value_len + lie >= 0 &&
                                   (size_t)((int)entry->value_len + lie) <= bench->page_size / 8);
    if (is_possible)
        said.value_len = (uint32_t)((int64_t)entry->value_len + lie);
    int is_legal = is_possible && form_is_legal(&said, bench->page_size);
    EXPECT_EQUAL(prefix_decode(bytes, size, bench->page_size, shared, &record), is_legal);
    if (is_legal) {
        const struct record *rest = &record.rest;
        struct overflow_ref ref = rest->overflow ? reference_decode_prefix(rest->stored) : (struct overflow_ref){0};
        EXPECT(record.prefix_len == shared && rest->key_len == entry->key_len - shared);
        EXPECT(memcmp(rest->key, entry->key + shared, rest->key_len) == 0);
        said.value = lie == 0 ? entry->value : rest->stored;
        expect_stored(rest, &said, ref);
        EXPECT_EQUAL(prefix_size(bench->page_size, rest->key_len, said.value_len), size);
        prefix_encode(bench->scratch, bench->page_size, shared, rest->key, rest->key_len, rest->stored, said.value_len);
        EXPECT(memcmp(bench->scratch, bytes, size) == 0);
        EXPECT(shared == 0 || !prefix_decode(bytes, size, bench->page_size, shared - 1, &record));
    }
    digest_bytes(bytes, size);
    free(bytes);
}
