/*
 * The made-up pages. Rule 3 of theirs, in place of the page tower's nineteen:
 * the kind is one of three.
 */
#include "fake_codec.h"

#include "../../src/base/bytes.h"
#include "../../src/base/crc32c.h"

#include <stdio.h>
#include <string.h>

enum { KIND_META = 1, KIND_MAP = 6, KIND_DATA = 7, KIND_AT = 16, IMAGE_HEAD = 4 };
static const uint8_t magic[8] = {'f', 'a', 'k', 'e', 'q', 'u', 'i', 'r'};

static uint32_t kind_of(const uint8_t *page)
{
    return load32(page + KIND_AT);
}

static size_t codec_scratch_size(size_t page_size)
{
    return page_size;
}

static uint32_t codec_seal_value(const uint8_t *page, size_t page_size, uint64_t salt)
{
    uint8_t seed[8];
    store64(seed, salt);
    return crc32c(crc32c(0, seed, 8), page + 4, page_size - 4);
}

static void codec_seal(uint8_t *page, size_t page_size, uint64_t salt)
{
    store32(page, codec_seal_value(page, page_size, salt));
}

static void codec_unseal(uint8_t *page)
{
    store32(page, 0);
}

static int codec_verify(const uint8_t *page, size_t page_size, uint32_t pgno, uint64_t salt, uint32_t expected)
{
    uint32_t value = codec_seal_value(page, page_size, salt);
    return load32(page) == value && load32(page + 4) == pgno && (expected == 0 || expected == value);
}

static int codec_check(const uint8_t *page, size_t page_size, void *scratch, char *detail, size_t detail_size)
{
    (void)page_size;
    (void)scratch;
    uint32_t kind = kind_of(page);
    if (kind == KIND_DATA && page[FAKE_HEADER + 7] == FAKE_BROKEN) {
        (void)snprintf(detail, detail_size, "a broken word");
        return 5;
    }
    if (kind == KIND_META || kind == KIND_MAP || kind == KIND_DATA)
        return 0;
    (void)snprintf(detail, detail_size, "kind %u", kind);
    return 3;
}

static int codec_meta_probe(const uint8_t *bytes, uint32_t *format_version, uint32_t *page_size)
{
    if (memcmp(bytes + 48, magic, sizeof magic) != 0)
        return 0;
    *format_version = load32(bytes + 56);
    *page_size = load32(bytes + 60);
    return 1;
}

static int codec_meta_read(const uint8_t *page, size_t page_size, uint32_t pgno, struct pager_meta *meta, void *scratch)
{
    (void)scratch;
    uint64_t salt = load64(page + 64);
    if (!codec_verify(page, page_size, pgno, salt, 0) || kind_of(page) != KIND_META ||
        memcmp(page + 48, magic, sizeof magic) != 0 || load32(page + 56) != QUIRE_FORMAT_VERSION)
        return 0;
    meta->format_version = load32(page + 56);
    meta->page_size = load32(page + 60);
    meta->salt = salt;
    meta->generation = load32(page + 72);
    meta->page_count = load32(page + 76);
    meta->first_lsn = load64(page + 80);
    meta->checkpoint = load64(page + 88);
    memcpy(meta->state, page + 96, PAGER_STATE_SIZE);
    return 1;
}

static void codec_meta_write(uint8_t *page, size_t page_size, uint32_t pgno, const struct pager_meta *meta)
{
    memset(page, 0, page_size);
    store32(page + 4, pgno);
    store32(page + KIND_AT, KIND_META);
    memcpy(page + 48, magic, sizeof magic);
    store32(page + 56, meta->format_version);
    store32(page + 60, meta->page_size);
    store64(page + 64, meta->salt);
    store32(page + 72, meta->generation);
    store32(page + 76, meta->page_count);
    store64(page + 80, meta->first_lsn);
    store64(page + 88, meta->checkpoint);
    memcpy(page + 96, meta->state, PAGER_STATE_SIZE);
    codec_seal(page, page_size, meta->salt);
}

static uint64_t codec_lsn(const uint8_t *page)
{
    return load64(page + 8);
}

static void codec_set_lsn(uint8_t *page, uint64_t lsn)
{
    store64(page + 8, lsn);
}

/* An image is the length up to the last byte that is not zero, then those bytes. */
static size_t codec_image_encode(uint8_t *body, const uint8_t *page, size_t page_size)
{
    size_t size = page_size;
    while (size > 0 && page[size - 1] == 0)
        size--;
    store32(body, (uint32_t)size);
    memcpy(body + IMAGE_HEAD, page, size);
    return IMAGE_HEAD + size;
}

static int codec_image_decode(const uint8_t *body, size_t size, uint8_t *page, size_t page_size)
{
    if (size < IMAGE_HEAD || load32(body) != size - IMAGE_HEAD || size - IMAGE_HEAD > page_size)
        return 0;
    memset(page, 0, page_size);
    memcpy(page, body + IMAGE_HEAD, size - IMAGE_HEAD);
    return 1;
}

static int codec_redo(uint8_t *page, size_t page_size, const uint8_t *body, size_t size, void *scratch)
{
    (void)scratch;
    for (size_t at = 0; at < size; at += FAKE_DELTA_SIZE) {
        if (size - at < FAKE_DELTA_SIZE || load32(body + at) >= fake_words(page_size))
            return 0;
        memcpy(page + FAKE_HEADER + 8 * (size_t)load32(body + at), body + at + 8, 8);
    }
    return 1;
}

static int codec_is_map(const uint8_t *page)
{
    return kind_of(page) == KIND_MAP;
}

static void codec_map_init(uint8_t *page, size_t page_size, uint32_t pgno)
{
    (void)page_size;
    store32(page + 4, pgno);
    store32(page + KIND_AT, KIND_MAP);
}

static uint32_t codec_map_page_of(size_t page_size, uint32_t pgno, size_t *index)
{
    uint32_t entries = (uint32_t)(page_size - FAKE_HEADER) / 4;
    *index = (pgno - 2) % entries;
    return pgno - (uint32_t)*index;
}

static uint32_t codec_map_get(const uint8_t *page, size_t index)
{
    return load32(page + FAKE_HEADER + 4 * index);
}

static void codec_map_set(uint8_t *page, size_t index, uint32_t checksum)
{
    store32(page + FAKE_HEADER + 4 * index, checksum);
}

const struct pager_codec *fake_codec(void)
{
    static const struct pager_codec codec = {.scratch_size = codec_scratch_size,
                                             .meta_probe = codec_meta_probe,
                                             .meta_read = codec_meta_read,
                                             .meta_write = codec_meta_write,
                                             .seal = codec_seal,
                                             .unseal = codec_unseal,
                                             .seal_value = codec_seal_value,
                                             .verify = codec_verify,
                                             .check = codec_check,
                                             .lsn = codec_lsn,
                                             .set_lsn = codec_set_lsn,
                                             .image_encode = codec_image_encode,
                                             .image_decode = codec_image_decode,
                                             .redo = codec_redo,
                                             .is_map = codec_is_map,
                                             .map_init = codec_map_init,
                                             .map_page_of = codec_map_page_of,
                                             .map_get = codec_map_get,
                                             .map_set = codec_map_set};
    return &codec;
}

void fake_page_init(uint8_t *page, uint32_t pgno)
{
    store32(page + 4, pgno);
    store32(page + KIND_AT, KIND_DATA);
}

size_t fake_words(size_t page_size)
{
    return (page_size - FAKE_HEADER) / 8;
}

uint64_t fake_word(const uint8_t *page, size_t word)
{
    return load64(page + FAKE_HEADER + 8 * word);
}

void fake_word_set(uint8_t *page, size_t word, uint64_t value, uint8_t delta[FAKE_DELTA_SIZE])
{
    store64(page + FAKE_HEADER + 8 * word, value);
    store32(delta, (uint32_t)word);
    store32(delta + 4, 0);
    store64(delta + 8, value);
}
