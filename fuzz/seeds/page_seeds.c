/*
 * Pages of every kind, version and size, for page_check and slices, and small
 * healthy leaves for records. A page is stored as an image: what stands at its
 * front, then its directory.
 */
#include "seeds.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/page/branch.h"
#include "../../src/page/branch_search.h"
#include "../../src/page/delta.h"
#include "../../src/page/leaf.h"
#include "../../src/page/leaf_search.h"
#include "../../src/page/other.h"
#include "../../src/reference/rebuild.h"

enum { MOST = 512 };

static const uint8_t versions[6] = {0, 2, 4, 1, 3, 5};

static void write_page(const uint8_t *page, size_t page_size, const char *name, size_t variant)
{
    static struct seed seed;
    static uint8_t image[PAGE_SIZE_MAX + 4];
    size_t size = image_encode(image, page, page_size);
    seed_start(&seed);
    seed_u8(&seed, seed_size_code(page_size));
    seed_u16(&seed, load16(image));
    seed_bytes(&seed, image + 4, size - 4);
    seed_write(&seed, "page_check", "%s-%zu-%zu", name, page_size, variant);
    if (page_kind(page) != PAGE_LEAF || page_size != PAGE_SIZE_MIN || strncmp(name, "spoiled", 7) == 0)
        return;
    seed_start(&seed);
    seed_u8(&seed, seed_size_code(page_size));
    seed_u8(&seed, 3);
    seed_u16(&seed, load16(image));
    seed_bytes(&seed, image + 4, size - 4);
    seed_write(&seed, "records", "page-%s-%zu", name, variant);
}

/* Small pages again with one field or byte changed, a different one each time. */
static void write_spoiled(const uint8_t *page, const char *name, size_t variant, uint32_t *random)
{
    uint8_t spoiled[PAGE_SIZE_MIN];
    static const uint8_t fields[] = {HEADER_KIND,     HEADER_LEVEL,      HEADER_FLAGS,     HEADER_SLOT_COUNT,
                                     HEADER_FREE_END, HEADER_FREE_START, HEADER_LOW_LEN,   HEADER_HIGH_LEN,
                                     HEADER_SIZE,     HEADER_PREFIX_LEN, HEADER_HOLE_BYTES};
    char label[64];
    for (size_t i = 0; i < 3; i++) {
        memcpy(spoiled, page, sizeof spoiled);
        size_t at = fields[seed_random(random, sizeof fields)];
        if (i == 1)
            at = page_free_end(page) + seed_random(random, (uint32_t)(PAGE_SIZE_MIN - page_free_end(page)) + 1u);
        if (i == 2)
            at = HEADER_SIZE + seed_random(random, (uint32_t)page_free_start(page) - HEADER_SIZE + 2u);
        if (at >= PAGE_SIZE_MIN || at == HEADER_FREE_END)
            at = HEADER_SIZE;
        spoiled[at] = (uint8_t)(spoiled[at] + 1u + 8u * seed_random(random, 2));
        memcpy(label, "spoiled-", 8);
        memcpy(label + 8, name, strlen(name) + 1);
        write_page(spoiled, PAGE_SIZE_MIN, label, 10 * variant + i);
    }
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return bytes_compare(x->key, x->key_len, y->key, y->key_len);
}

/* Sorted records between the fences "a" and "zz", one in ten with a long value. */
static size_t make_entries(struct entry *entries, size_t count, size_t page_size)
{
    static char words[MOST][32];
    static const uint8_t value[] = "the quick brown fox jumps over the lazy dog";
    for (size_t i = 0; i < count; i++) {
        strcpy(words[i], seed_word((uint32_t)(i * 7 % 300)));
        entries[i] = (struct entry){.key = (uint8_t *)words[i], .key_len = strlen(words[i]), .value = value};
        entries[i].value_len = (uint32_t)(i * 5 % sizeof value);
        if (i % 10 == 9) {
            entries[i].overflow = 1;
            entries[i].value_len = (uint32_t)(INLINE_MAX(page_size) + i * 100);
            entries[i].ref = (struct overflow_ref){.first = (uint32_t)i + 3, .chain = 1000 + i};
        }
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    return count;
}

static void rebuilt_leaves(size_t page_size, size_t wanted, uint32_t *random)
{
    static uint8_t page[PAGE_SIZE_MAX];
    static struct entry entries[MOST];
    const uint8_t *low = (const uint8_t *)"a", *high = (const uint8_t *)"zz";
    for (size_t v = 0; v < 6; v++) {
        size_t count = make_entries(entries, wanted, page_size);
        page_init_slotted(page, page_size, 9, 2, PAGE_LEAF, 0, versions[v], low, 1, high, 2);
        while (!rebuild_leaf(page, page_size, versions[v], low, 1, high, 2, entries, count))
            count--;
        page_set_left(page, 8);
        page_set_lsn(page, 4096 + v);
        write_page(page, page_size, "rebuilt", v);
        if (page_size == PAGE_SIZE_MIN)
            write_spoiled(page, "rebuilt", v, random);
    }
}

/* Healthy leaves at the edge: the first key is the low fence, keys and high fence differ in the last bit only. */
static void edge_leaves(void)
{
    static uint8_t page[PAGE_SIZE_MAX];
    static const char *const keys[] = {"k0", "k00", "k01", "k0a", "k0b", "k1"};
    struct entry entries[6] = {{0}};
    for (size_t i = 0; i < 6; i++)
        entries[i] = (struct entry){.key = (const uint8_t *)keys[i], .key_len = strlen(keys[i])};
    for (size_t v = 0; v < 6; v++) {
        page_init_slotted(page, 512, 9, 2, PAGE_LEAF, 0, versions[v], NULL, 0, NULL, 0);
        if (!rebuild_leaf(page, 512, versions[v], (const uint8_t *)"k0", 2, (const uint8_t *)"k2", 2, entries, 6))
            abort();
        write_page(page, 512, "edge", v);
    }
}

/* A V1 leaf as the slices target reads it. */
static void slices_seed(size_t page_size, size_t wanted, uint8_t flags)
{
    static uint8_t page[PAGE_SIZE_MAX];
    static struct entry entries[MOST];
    static struct seed seed;
    uint8_t low[2] = {0x10, 0x10}, high[1] = {0x7f};
    size_t count = make_entries(entries, wanted, page_size);
    page_init_slotted(page, page_size, 5, 2, PAGE_LEAF, 0, flags, low, 2, high, 1);
    while (!rebuild_leaf(page, page_size, flags, low, 2, high, 1, entries, count))
        count--;
    seed_start(&seed);
    seed_u8(&seed, seed_size_code(page_size));
    seed_u8(&seed, flags);
    seed_u8(&seed, 2);
    seed_u8(&seed, 1);
    seed_u8(&seed, count);
    seed_u16(&seed, page_free_start(page) - page_arena(page));
    for (size_t i = 0; i < count; i++)
        seed_u16(&seed, load16(page + slot_at(page_size, SLOT_WIDTH_V1, i)) - page_arena(page) + 2u);
    seed_bytes(&seed, page + page_arena(page), page_free_start(page) - page_arena(page));
    seed_write(&seed, "slices", "v1-%s-%zu-%zu", flags == 0 ? "prefix" : "plain", page_size, count);
}

/* Leaves after random inserts, replacements and deletes where they stand: records in any order, holes. */
static void edited_leaf(size_t page_size, uint8_t flags, uint32_t seed_number, uint32_t *random)
{
    static uint8_t page[PAGE_SIZE_MAX], scratch[PAGE_SIZE_MAX + 1];
    uint8_t value[64];
    struct space space;
    struct leaf_edit edit;
    memset(value, 'v', sizeof value);
    page_init_slotted(page, page_size, 11, 2, PAGE_LEAF, 0, flags, NULL, 0, NULL, 0);
    space_clear(&space);
    for (size_t i = 0; i < page_size / 8; i++) {
        const char *word = seed_word(seed_random(random, 300));
        int found;
        size_t rank = leaf_search(page, page_size, (const uint8_t *)word, strlen(word), &found);
        uint32_t value_len = seed_random(random, 50);
        if (found && seed_random(random, 3) == 0)
            leaf_delete(page, page_size, &space, rank);
        else if (found)
            (void)leaf_replace(page, page_size, &space, rank, value, value_len, scratch, &edit);
        else if (!leaf_insert(page, page_size, &space, rank, (const uint8_t *)word, strlen(word), value, value_len,
                              scratch, &edit))
            leaf_delete(page, page_size, &space, seed_random(random, (uint32_t)page_slot_count(page)));
    }
    write_page(page, page_size, flags == 3 ? "edited-v2" : "edited-v3", seed_number);
    if (page_size == PAGE_SIZE_MIN)
        write_spoiled(page, flags == 3 ? "edited-v2" : "edited-v3", seed_number, random);
}

static void branch(size_t page_size, size_t wanted, uint32_t *random)
{
    static uint8_t page[PAGE_SIZE_MAX], scratch[PAGE_SIZE_MAX + 1];
    struct space space;
    struct leaf_edit edit;
    page_init_slotted(page, page_size, 12, 2, PAGE_BRANCH, 1, PAGE_FLAG_SLOTS_V3, (const uint8_t *)"item", 4,
                      (const uint8_t *)"item9", 5);
    space_clear(&space);
    if (!branch_insert(page, page_size, &space, 0, 20, NULL, 0, scratch, &edit))
        abort();
    for (size_t i = 0; i < wanted; i++) {
        char key[32] = "item/";
        strcpy(key + 5, seed_word(seed_random(random, 300)));
        size_t slot = branch_search(page, page_size, (const uint8_t *)key, strlen(key)), length;
        const uint8_t *separator = branch_separator(page, page_size, slot, &length);
        if (slot > 0 && bytes_compare(separator, length, (const uint8_t *)key, strlen(key)) == 0)
            branch_delete(page, page_size, &space, slot);
        else if (!branch_insert(page, page_size, &space, slot + 1, (uint32_t)i + 21, (const uint8_t *)key, strlen(key),
                                scratch, &edit))
            break;
    }
    write_page(page, page_size, "branch", wanted);
    if (page_size == PAGE_SIZE_MIN)
        write_spoiled(page, "branch", wanted, random);
}

static void others(size_t page_size)
{
    static uint8_t page[PAGE_SIZE_MAX];
    struct meta meta = {.format_version = 1, .page_size = (uint32_t)page_size, .salt = 0x1122334455667788};
    struct state state = {.free_head = 7, .free_count = 3, .next_tree = 5, .catalog_root = 3, .next_chain = 9};
    meta.generation = 2;
    meta.page_count = 40;
    meta.first_lsn = 77777;
    meta.checkpoint = 4;
    state_encode(meta.state, &state);
    meta_encode(page, page_size, 1, &meta);
    store32(page + HEADER_CHECKSUM, 0);
    write_page(page, page_size, "meta", 1);
    page_init(page, page_size, 7, 0, PAGE_FREE);
    for (uint32_t i = 0; i < 10; i++)
        (void)free_push(page, page_size, 2 + 3 * i);
    page_set_right(page, 6);
    write_page(page, page_size, "free", 10);
    page_init(page, page_size, 8, 0, PAGE_FREE);
    (void)free_push(page, page_size, 2);
    (void)free_push(page, page_size, 3);
    write_page(page, page_size, "free", 2);
    page_init(page, page_size, 14, 2, PAGE_OVERFLOW);
    overflow_init(page, 9, 2, 100, 15);
    memset(page + OVERFLOW_DATA, 'o', 100);
    write_page(page, page_size, "overflow", 100);
    page_init(page, page_size, 2, 0, PAGE_MAP);
    for (size_t i = 0; i < 20; i++)
        map_set_entry(page, i, (uint32_t)(0x9e3779b9u * i));
    write_page(page, page_size, "map", 20);
}

void page_seeds(void)
{
    uint32_t random = 12345;
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        size_t wanted = page_size <= 1024 ? page_size / 32 : 20;
        rebuilt_leaves(page_size, wanted, &random);
        branch(page_size, wanted / 2, &random);
        others(page_size);
        slices_seed(page_size, wanted, 0);
        slices_seed(page_size, wanted, 1);
    }
    for (uint32_t i = 0; i < 6; i++) {
        edited_leaf(512, i % 2 ? 3 : 5, i, &random);
        edited_leaf(1024, i % 2 ? 3 : 5, i, &random);
    }
    edited_leaf(4096, 5, 0, &random);
    edge_leaves();
    slices_seed(512, 3, 1);
    slices_seed(512, 0, 1);
}
