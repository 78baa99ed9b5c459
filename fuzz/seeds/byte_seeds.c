/* Varints, records, log headers, allocator steps, sorted records, lies about slots, and deltas of real edits. */
#include "seeds.h"

#include <stdio.h>
#include <string.h>

#include "../../src/base/log_record.h"
#include "../../src/base/varint.h"
#include "../../src/page/delta.h"
#include "../../src/page/leaf.h"

static struct seed seed;

static void varints(void)
{
    static const uint32_t edges[] = {0, 1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455, 268435456, 4294967295u};
    static const uint8_t odd[][6] = {{2, 0x80, 0x00}, {5, 0xff, 0xff, 0xff, 0xff, 0x10}, {2, 0xff, 0xff}};
    uint8_t bytes[VARINT_MAX];
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        seed_start(&seed);
        seed_bytes(&seed, bytes, varint_encode(bytes, edges[i]));
        seed_write(&seed, "varint", "edge-%zu", i);
    }
    for (size_t i = 0; i < 3; i++) {
        seed_start(&seed);
        seed_bytes(&seed, odd[i] + 1, odd[i][0]);
        seed_write(&seed, "varint", "refused-%zu", i);
    }
}

static void records(void)
{
    static const uint32_t lengths[] = {0, 1, 63, 64, 65, 4000};
    static const size_t keys[] = {1, 10, 56};
    uint8_t bytes[256], key[64], value[64], reference[REFERENCE_PREFIX];
    memset(key, 'k', sizeof key);
    memset(value, 'v', sizeof value);
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < 6; i++) {
            int is_long = lengths[i] > 64;
            struct overflow_ref ref = {.first = 7, .chain = 99};
            reference_encode_plain(reference, ref);
            seed_start(&seed);
            seed_u8(&seed, 0);
            seed_bytes(&seed, bytes, plain_encode(bytes, 512, key, keys[k], is_long ? reference : value, lengths[i]));
            seed_write(&seed, "record_plain", "key-%zu-value-%u", keys[k], (unsigned)lengths[i]);
            reference_encode_prefix(reference, lengths[i], ref);
            seed_start(&seed);
            seed_u8(&seed, 0);
            seed_u8(&seed, 120);
            seed_bytes(&seed, bytes,
                       prefix_encode(bytes, 512, i * 4, key, keys[k] - (k == 2 ? 20 : 0), is_long ? reference : value,
                                     lengths[i]));
            seed_write(&seed, "record_prefix", "suffix-%zu-value-%u", keys[k], (unsigned)lengths[i]);
        }
    }
}

/* Each edge of key and value in both codecs, then both codecs' bytes, then sorted records for leaves of all versions.
 */
static void both_codecs(void)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm";
    uint8_t bytes[256];
    for (size_t i = 0; i < 24; i++) {
        seed_start(&seed);
        seed_u8(&seed, i < 16 ? 0 : seed_size_code(1024));
        seed_u8(&seed, 0);
        seed_u8(&seed, 1 + i % 7);
        seed_u8(&seed, i % 16);
        seed_u8(&seed, 0);
        seed_u8(&seed, 1 + i % 5);
        seed_u8(&seed, 90 + i);
        seed_u8(&seed, i % 3 * 100);
        seed_u8(&seed, i % 4 == 3 ? 5 : 0);
        seed_u8(&seed, i);
        seed_bytes(&seed, letters, sizeof letters - 1);
        seed_write(&seed, "records", "pair-%zu", i);
    }
    for (size_t i = 0; i < 4; i++) {
        seed_start(&seed);
        seed_u8(&seed, 0);
        seed_u8(&seed, 1);
        seed_u8(&seed, 8);
        seed_bytes(&seed, letters, 8);
        seed_bytes(&seed, bytes,
                   i % 2 ? prefix_encode(bytes, 512, 2 * i, (const uint8_t *)letters, 9, (const uint8_t *)letters, 30)
                         : plain_encode(bytes, 512, (const uint8_t *)letters, 1 + 5 * i, (const uint8_t *)letters, 64));
        seed_write(&seed, "records", "bytes-%zu", i);
    }
    for (size_t version = 0; version < 6; version++)
        for (size_t shares = 0; shares < 256; shares += 100) {
            uint32_t random = (uint32_t)(version + shares);
            seed_start(&seed);
            seed_u8(&seed, version == 5 ? seed_size_code(4096) : 0);
            seed_u8(&seed, 2);
            seed_u8(&seed, version);
            seed_u8(&seed, shares);
            for (size_t i = 0; i < 14; i++) {
                seed_key(&seed, seed_word(seed_random(&random, 200)));
                seed_u8(&seed, seed_random(&random, 256));
            }
            seed_write(&seed, "records", "leaf-%zu-%zu", version, shares);
        }
}

static void logs(void)
{
    uint8_t bytes[LOG_HALF_HEADER], page[512], image[516];
    struct log_record record = {.lsn = 4096, .generation = 3, .body_size = 24, .pgno = 9, .type = LOG_DELTA};
    struct log_half half = {.page_size = 512, .generation = 3, .format_version = 1, .salt = 0x5a17, .first_lsn = 800};
    for (uint8_t type = LOG_IMAGE; type <= LOG_COMMIT; type++) {
        record.type = type;
        record.pgno = type == LOG_COMMIT ? 0 : 9;
        log_record_encode(bytes, &record, 0x5a17);
        seed_start(&seed);
        seed_u8(&seed, 0);
        seed_bytes(&seed, bytes, LOG_RECORD_HEADER);
        seed_bytes(&seed, "twenty-four bytes to log", 24);
        seed_write(&seed, "log_parse", "record-%u", (unsigned)type);
        seed.bytes[0] = 128;
        seed.bytes[5] ^= 255u;
        seed_write(&seed, "log_parse", "resealed-%u", (unsigned)type);
    }
    log_half_encode(bytes, &half);
    seed_start(&seed);
    seed_u8(&seed, 1);
    seed_bytes(&seed, bytes, LOG_HALF_HEADER);
    seed_write(&seed, "log_parse", "half");
    page_init_slotted(page, 512, 9, 2, PAGE_LEAF, 0, 5, (const uint8_t *)"a", 1, NULL, 0);
    seed_start(&seed);
    seed_u8(&seed, 2);
    seed_u8(&seed, 0);
    size_t image_size = image_encode(image, page, 512);
    seed_bytes(&seed, image, 4);
    seed_u8(&seed, 0);
    seed_bytes(&seed, image + 4, image_size - 4);
    seed_write(&seed, "log_parse", "image");
    seed_start(&seed);
    seed_u8(&seed, 2);
    seed_u8(&seed, 0);
    seed_u16(&seed, 512);
    seed_u16(&seed, 0);
    seed_u8(&seed, 0);
    seed_bytes(&seed, "a full page", 11);
    seed_write(&seed, "log_parse", "image-full");
    seed_start(&seed);
    seed_u8(&seed, 3);
    seed_bytes(&seed, "\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5", 26);
    seed_write(&seed, "log_parse", "fields");
}

static void allocations(void)
{
    uint32_t random = 31;
    for (size_t kind = 0; kind < 4; kind++) {
        seed_start(&seed);
        seed_u8(&seed, kind == 3 ? seed_size_code(1024) : 0);
        seed_u8(&seed, kind);
        for (size_t i = 0; i < 30; i++) {
            int takes = kind == 0 ? i < 14 : seed_random(&random, 3) != 0;
            seed_u8(&seed, i == 20 ? 7 : takes ? 0 : 5);
            seed_u8(&seed, kind == 1 && takes ? (i % 2 ? 4 : 40) : seed_random(&random, 60));
        }
        seed_write(&seed, "alloc", "mix-%zu", kind);
    }
}

/* Sorted records, as support/keys.h reads them. */
static void sorted_records(const char *target, size_t fences, size_t kind)
{
    uint32_t random = (uint32_t)(fences + 100 * kind);
    char key[40];
    seed_start(&seed);
    seed_u8(&seed, seed_size_code(kind == 3 ? 1024 : kind == 4 ? 8192 : 512));
    seed_u8(&seed, fences);
    for (size_t i = 0; i < 14; i++) {
        if (kind == 0)
            snprintf(key, sizeof key, "key%02zu", i);
        else if (kind == 1)
            snprintf(key, sizeof key, "common-prefix-of-all/%c%zu", (char)('a' + i / 4), i % 4);
        else
            snprintf(key, sizeof key, "%s", seed_word(seed_random(&random, 200)));
        seed_key(&seed, key);
        seed_u8(&seed, kind == 2 ? seed_random(&random, 256) : 10 * i);
    }
    seed_write(&seed, target, "kind-%zu-fences-%zu", kind, fences);
}

static void lies(size_t page_size)
{
    for (size_t version = 0; version < 7; version++)
        for (size_t where = 0; where < 8; where++) {
            if (page_size > 512 && where % 3 != version % 3)
                continue;
            seed_start(&seed);
            seed_u8(&seed, seed_size_code(page_size));
            seed_u8(&seed, version);
            seed_u8(&seed, page_size > 512 ? 96 : 12);
            seed_u8(&seed, where + 8 * (version % 3));
            seed_u8(&seed, where + version);
            seed_u16(&seed, where < 6 ? 1 + where : 2);
            seed_write(&seed, "slot_corrupt", "version-%zu-where-%zu%s", version, where,
                       page_size > 512 ? "-8192" : "");
        }
}

/* A leaf of ten records and a hole; with `tight`, and no room for much more. */
static void delta_page(uint8_t *page, struct space *space, uint8_t flags, int tight)
{
    static uint8_t scratch[513];
    static const uint8_t value[64] = "some value or other";
    struct leaf_edit edit;
    size_t ranks = 0;
    uint32_t tight_value = flags == 5 ? 10 : 14; /* the last bytes then hold a short record, but not its slot */
    page_init_slotted(page, 512, 9, 2, PAGE_LEAF, 0, flags, (const uint8_t *)"key", 3, NULL, 0);
    space_clear(space);
    for (size_t k = 0; k < (tight ? 100 : 10); k++) {
        char key[8];
        int length = snprintf(key, sizeof key, "key%02zu", k);
        if (leaf_insert(page, 512, space, ranks, (uint8_t *)key, (size_t)length, value,
                        tight ? tight_value : (uint32_t)k * 2, scratch, &edit))
            ranks++;
    }
    if (!tight)
        leaf_delete(page, 512, space, 4);
}

static size_t one_edit(size_t kind, uint8_t *page, struct space *space, uint8_t *steps)
{
    static uint8_t scratch[513];
    const uint8_t *value = (const uint8_t *)"another value, or the same";
    struct leaf_edit edit;
    if (kind == 0 && leaf_insert(page, 512, space, 4, (const uint8_t *)"key04", 5, value, 5, scratch, &edit))
        return delta_insert(steps, &edit, page + edit.offset);
    if (kind == 1 && leaf_replace(page, 512, space, 2, value, 19, scratch, &edit))
        return delta_replace(steps, &edit, page + edit.offset);
    if (kind == 2)
        return delta_delete(steps, 3);
    if (kind == 3)
        return delta_keep(steps, 2, 6, (const uint8_t *)"key02", 5, (const uint8_t *)"key9", 4);
    if (kind == 4)
        return delta_links(steps, 7, 12);
    return delta_patch(steps, 40, NULL, 0);
}

static void delta_front(const uint8_t *page, size_t mode)
{
    static uint8_t image[516];
    size_t image_size = image_encode(image, page, 512);
    seed_start(&seed);
    seed_u8(&seed, mode);
    seed_u8(&seed, 0);
    seed_u16(&seed, load16(image));
    seed_u16(&seed, image_size - 4);
    seed_bytes(&seed, image + 4, image_size - 4);
}

/* Real pages, and the deltas of one edit more; then the same pages with steps in words. */
static void deltas(void)
{
    static uint8_t page[512], steps[1024];
    struct space space;
    for (size_t i = 0; i < 12; i++) {
        delta_page(page, &space, i % 2 ? 5 : 3, 0);
        delta_front(page, 0);
        seed_bytes(&seed, steps, one_edit(i / 2, page, &space, steps));
        seed_write(&seed, "delta_redo", "edit-%zu", i);
    }
    for (size_t i = 0; i < 8; i++) {
        delta_page(page, &space, i % 2 ? 5 : 3, i >= 4);
        delta_front(page, 1);
        for (size_t b = 0; b < 2; b++) {
            seed_u8(&seed, i / 2 % 2 ? 0 : 1);
            seed_u8(&seed, 3 + b);
            seed_u8(&seed, i / 2 % 2 ? 2 : 0);
            seed_u16(&seed, 0);
            seed_u8(&seed, 2 + b);
            seed_u8(&seed, i / 2 % 2 ? 0 : 3 + 4 * b);
            seed_u8(&seed, 10);
        }
        seed_write(&seed, "delta_redo", "steps-%zu", i);
    }
}

void byte_seeds(void)
{
    varints();
    records();
    both_codecs();
    logs();
    allocations();
    for (size_t kind = 0; kind < 5; kind++)
        for (size_t fences = 0; fences < 4; fences++) {
            sorted_records("search", 30 * fences + fences, kind);
            sorted_records("convert", fences + 4 * ((kind + 2 * fences) % 6) + 24 * ((5 * kind + fences) % 6), kind);
        }
    lies(512);
    lies(8192);
    deltas();
}
