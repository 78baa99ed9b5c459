/*
 * What ordinary work hardly meets: branches under redo, steps that are refused
 * for one reason each, pages at the edge of a rule, a list of regions that
 * overflows. Each seed is there for a branch of src/page that no other reaches.
 */
#include "seeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/log_record.h"
#include "../../src/page/branch.h"
#include "../../src/page/delta.h"
#include "../../src/page/leaf.h"
#include "../../src/page/other.h"

enum { SIZE = 512, CHILDREN = 5 };

static struct seed seed;
static uint8_t page[SIZE], scratch[SIZE + 1];
static struct space space;
static struct leaf_edit edit;

/* Children 20 to 24 between "item" and "item9", their separators item1 to item4; records in the order of the keys. */
static void make_branch(void)
{
    char separator[] = "item0";
    page_init_slotted(page, SIZE, 12, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, (const uint8_t *)"item", 4,
                      (const uint8_t *)"item9", 5);
    space_clear(&space);
    for (uint32_t i = 0; i < CHILDREN; i++, separator[4]++)
        if (!branch_insert(page, SIZE, &space, i, 20 + i, (const uint8_t *)separator, i == 0 ? 0 : 5, scratch, &edit))
            abort();
}

/* A leaf of "key0" to "key7"; when tight, so full that no longer fences fit. */
static void make_leaf(int tight)
{
    static const uint8_t value[64] = "value";
    char key[] = "key0";
    page_init_slotted(page, SIZE, 9, 2, PAGE_LEAF, 0, 5, (const uint8_t *)"key", 3, NULL, 0);
    space_clear(&space);
    for (size_t i = 0; i < 8; i++, key[3]++)
        if (!leaf_insert(page, SIZE, &space, i, (const uint8_t *)key, 4, value, tight ? 40 : 10, scratch, &edit))
            abort();
}

/* ---- delta_redo ------------------------------------------------------------------- */

static void redo_seed(const char *name, const uint8_t *body, size_t size)
{
    static uint8_t image[SIZE + 4];
    size_t image_size = image_encode(image, page, SIZE);
    seed_start(&seed);
    seed_u8(&seed, 0);
    seed_u8(&seed, seed_size_code(SIZE));
    seed_u16(&seed, load16(image));
    seed_u16(&seed, image_size - 4);
    seed_bytes(&seed, image + 4, image_size - 4);
    seed_bytes(&seed, body, size);
    seed_write(&seed, "delta_redo", "%s", name);
}

static void child_seed(const char *name, size_t slot, uint32_t child)
{
    uint8_t body[16];
    redo_seed(name, body, delta_child(body, slot, child));
}

/* A child placed at free_start, whether redo lets it or not. */
static void insert_seed(const char *name, size_t slot, uint32_t child, const char *separator, size_t length)
{
    uint8_t body[128], record[96];
    struct leaf_edit placed = {.slot = slot, .offset = page_free_start(page), .length = BRANCH_CHILD_SIZE + length};
    store32(record, child);
    memcpy(record + BRANCH_CHILD_SIZE, separator, length);
    redo_seed(name, body, delta_insert(body, &placed, record));
}

static void keep_seed(const char *name, size_t from, size_t to, const char *low, size_t low_len, const char *high,
                      size_t high_len)
{
    uint8_t body[256];
    redo_seed(name, body, delta_keep(body, from, to, (const uint8_t *)low, low_len, (const uint8_t *)high, high_len));
}

static void redone_branches(void)
{
    static const char long_key[] = "item5xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    uint8_t body[16];
    make_branch();
    child_seed("branch-child", 1, 9);
    child_seed("branch-child-of-meta", 1, 1);
    child_seed("branch-child-beyond", CHILDREN, 9);
    redo_seed("branch-child-cut-off", body, delta_child(body, 1, 9) - 1);
    insert_seed("branch-insert", 5, 30, "item5", 5);
    insert_seed("branch-insert-at-low-fence", 1, 30, "item", 4);
    insert_seed("branch-insert-at-0", 0, 30, "item0", 5);
    insert_seed("branch-insert-no-separator", 5, 30, "", 0);
    insert_seed("branch-insert-too-long", 5, 30, long_key, KEY_MAX(SIZE) + 1);
    insert_seed("branch-insert-of-meta", 5, 1, "item5", 5);
    redo_seed("branch-delete", body, delta_delete(body, 2));
    redo_seed("branch-delete-0", body, delta_delete(body, 0));
    keep_seed("branch-keep", 1, 3, "item1", 5, "item3", 5);
    keep_seed("branch-keep-none", 2, 2, "item1", 5, "item3", 5);
    make_leaf(0);
    child_seed("leaf-child", 1, 9);
    keep_seed("leaf-keep-low-too-long", 0, 8, long_key, KEY_MAX(SIZE) + 1, "", 0);
    keep_seed("leaf-keep-high-too-long", 0, 8, "a", 1, long_key, KEY_MAX(SIZE) + 1);
    keep_seed("leaf-keep-above-high", 0, 8, "key", 3, "key5", 4);
    keep_seed("leaf-keep-below-low", 0, 8, "key1", 4, "", 0);
    make_leaf(1);
    keep_seed("leaf-keep-no-room", 0, 8, "key", 3, "key9xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
              KEY_MAX(SIZE));
}

/* A record that fits a full leaf with its slot, or by so many bytes not, in words: its key is the last one with a byte
 * more. */
static void largest_record(size_t too_many)
{
    static uint8_t image[SIZE + 4];
    make_leaf(1);
    size_t image_size = image_encode(image, page, SIZE), gap = page_free_end(page) - page_free_start(page);
    size_t value_len = gap - SLOT_WIDTH_V3 - plain_size(SIZE, 5, 0) + too_many;
    seed_start(&seed);
    seed_u8(&seed, 1);
    seed_u8(&seed, seed_size_code(SIZE));
    seed_u16(&seed, load16(image));
    seed_u16(&seed, image_size - 4);
    seed_bytes(&seed, image + 4, image_size - 4);
    seed_bytes(&seed, "\1\10\0\0\0\7\3", 7);
    seed_u8(&seed, (value_len * 255 + INLINE_MAX(SIZE) - 1) / INLINE_MAX(SIZE));
    seed_write(&seed, "delta_redo", "largest-and-%zu", too_many);
}

/* ---- page_check ------------------------------------------------------------------- */

static void page_seed(const char *name)
{
    static uint8_t image[SIZE + 4];
    size_t size = image_encode(image, page, SIZE);
    seed_start(&seed);
    seed_u8(&seed, seed_size_code(SIZE));
    seed_u16(&seed, load16(image));
    seed_bytes(&seed, image + 4, size - 4);
    seed_write(&seed, "page_check", "%s", name);
}

static void pages_at_an_edge(void)
{
    static const uint8_t long_separator[80] = "item5";
    struct meta meta = {.format_version = 1, .page_size = SIZE, .salt = 7, .generation = 2, .page_count = 40};
    make_branch();
    bytes_zero(page + page_arena(page), BRANCH_CHILD_SIZE); /* the first record moves to the end, and grows */
    store32(page + page_free_start(page), 20);
    page[page_free_start(page) + BRANCH_CHILD_SIZE] = 'x';
    slot_set_extent(page, SIZE, SLOT_WIDTH_V3, 0, page_free_start(page), BRANCH_CHILD_SIZE + 1);
    store16(page + HEADER_FREE_START, (uint16_t)(page_free_start(page) + BRANCH_CHILD_SIZE + 1));
    store16(page + HEADER_HOLE_BYTES, BRANCH_CHILD_SIZE);
    page_seed("branch-slot-0-has-a-separator");
    make_branch();
    if (!branch_insert(page, SIZE, &space, CHILDREN, 30, long_separator, KEY_MAX(SIZE) + 1, scratch, &edit))
        abort();
    page_seed("branch-separator-too-long");
    page_init_slotted(page, SIZE, 12, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, NULL, 0, NULL, 0);
    page_seed("branch-without-children");
    meta_encode(page, SIZE, 0, &meta);
    store32(page + HEADER_CHECKSUM, 0);
    page[META_VERSION - 1]++;
    page_seed("meta-magic-last-byte");
    page_init(page, SIZE, 7, 0, PAGE_FREE);
    for (uint32_t i = 0; i < FREE_CAPACITY(SIZE); i++)
        (void)free_push(page, SIZE, 2 + i);
    page_seed("free-full");
    page_init(page, SIZE, 1, 0, PAGE_MAP);
    page_seed("map-on-page-1");
}

/* ---- Records, halves, regions -------------------------------------------------------- */

static void small_edges(void)
{
    struct log_half half = {.generation = 3, .format_version = 1, .salt = 0x5a17, .first_lsn = 800};
    uint8_t bytes[LOG_HALF_HEADER];
    for (uint32_t page_size = 256; page_size <= 65536; page_size *= 2) {
        half.page_size = page_size;
        log_half_encode(bytes, &half);
        seed_start(&seed);
        seed_u8(&seed, 1);
        seed_bytes(&seed, bytes, LOG_HALF_HEADER);
        seed_write(&seed, "log_parse", "half-of-%u", (unsigned)page_size);
    }
    seed_start(&seed);
    seed_bytes(&seed, "\0\0\0\0\0", 5);
    seed_write(&seed, "record_prefix", "shorter-than-its-header");
    seed_start(&seed);
    seed_bytes(&seed, "\0\0\0\0\1\200k\5\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0", 23);
    seed_write(&seed, "record_prefix", "reference-of-a-short-value");
    seed_start(&seed);
    seed_u8(&seed, seed_size_code(1024));
    seed_u8(&seed, 1);
    for (size_t i = 0; i < 90; i++) {
        seed_u8(&seed, 0);
        seed_u8(&seed, 1);
    }
    for (size_t i = 0; i < 40; i++) { /* each second record: one region more than the list holds, and some */
        seed_u8(&seed, 5);
        seed_u8(&seed, i);
    }
    seed_bytes(&seed, "\0\1\0\1\7\0\0\1\107\0\0", 11);
    seed_write(&seed, "alloc", "more-regions-than-fit");
}

/* More separators than a branch holds, most of them as long as their neighbours' and alike to the last byte. */
static void full_branches(void)
{
    char key[32];
    for (size_t kind = 0; kind < 2; kind++) {
        seed_start(&seed);
        seed_u8(&seed, seed_size_code(SIZE));
        seed_u8(&seed, kind == 0 ? 0 : 70);
        for (size_t i = 0; i < 40; i++) {
            snprintf(key, sizeof key, "%s/%02zu", kind == 0 ? "key" : "a-longer-key", i + 10);
            seed_key(&seed, key);
            seed_u8(&seed, 0);
        }
        seed_write(&seed, "search", "full-branch-%zu", kind);
    }
}

/* Full leaves split near the middle and near the end, so that the halves do not fit together again when one has grown.
 */
static void full_leaves(void)
{
    char key[32];
    for (size_t at = 4; at < 12; at++) {
        seed_start(&seed);
        seed_u8(&seed, seed_size_code(SIZE));
        seed_u8(&seed, at % 2u);
        for (size_t i = 0; i < 12; i++) {
            seed_u8(&seed, 0);
            snprintf(key, sizeof key, "full%02zu", i);
            seed_key(&seed, key);
            seed_u8(&seed, 55);
        }
        seed_u8(&seed, 13);
        seed_u8(&seed, at);
        seed_write(&seed, "layout", "full-split-at-%zu", at);
    }
}

void edge_seeds(void)
{
    full_leaves();
    full_branches();
    redone_branches();
    largest_record(0);
    largest_record(1);
    largest_record(SLOT_WIDTH_V3);
    pages_at_an_edge();
    small_edges();
}
