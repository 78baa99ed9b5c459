/* Walks through leaves of every version: a page written by hand, and all six written by the archive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/page/leaf_old.h"
#include "../../src/reference/rebuild.h"
#include "../support/random.h"

static uint8_t page[PAGE_SIZE_MAX], scratch[PAGE_SIZE_MAX + 1], key_buffer[4096];
static uint16_t ends[PAGE_SIZE_MAX / 4];

static void put_slot(size_t slot, size_t offset)
{
    store16(page + slot_at(512, SLOT_WIDTH_V1, slot), (uint16_t)offset);
}

/* V1 slots and prefix records, stored out of order: the base of "cart" is the low fence, that of "carts" is "cart". */
static void a_prefix_records_base_is_the_key_before_it(void **state)
{
    (void)state;
    struct leaf_walk walk;
    struct record record;
    page_init_slotted(page, 512, 3, 2, PAGE_LEAF, 0, PAGE_FLAG_SLOTS_V1, (const uint8_t *)"carp", 4,
                      (const uint8_t *)"d", 1);
    size_t a = 53, b, c;
    b = a + prefix_encode(page + a, 512, 4, (const uint8_t *)"s", 1, (const uint8_t *)"second", 6);
    c = b + prefix_encode(page + b, 512, 3, (const uint8_t *)"t", 1, (const uint8_t *)"first", 5);
    store16(page + HEADER_FREE_START,
            (uint16_t)(c + prefix_encode(page + c, 512, 1, (const uint8_t *)"ut", 2, (const uint8_t *)"", 0)));
    store16(page + HEADER_SLOT_COUNT, 3);
    store16(page + HEADER_FREE_END, 512 - 6);
    put_slot(0, b);
    put_slot(1, a);
    put_slot(2, c);

    leaf_walk_start(&walk, page, 512, key_buffer, ends, scratch);
    assert_true(leaf_walk_next(&walk, &record));
    assert_int_equal(record.key_len, 4);
    assert_memory_equal(record.key, "cart", 4);
    assert_int_equal(record.value_len, 5);
    assert_memory_equal(record.stored, "first", 5);
    assert_true(leaf_walk_next(&walk, &record));
    assert_int_equal(record.key_len, 5);
    assert_memory_equal(record.key, "carts", 5);
    assert_memory_equal(record.stored, "second", 6);
    assert_true(leaf_walk_next(&walk, &record));
    assert_int_equal(record.key_len, 3);
    assert_memory_equal(record.key, "cut", 3);
    assert_int_equal(record.value_len, 0);
    assert_false(leaf_walk_next(&walk, &record));
}

static void an_empty_leaf_ends_at_once(void **state)
{
    (void)state;
    struct leaf_walk walk;
    struct record record;
    for (unsigned flags = 0; flags < 6; flags++) {
        page_init_slotted(page, 512, 3, 2, PAGE_LEAF, 0, (uint8_t)flags, NULL, 0, NULL, 0);
        leaf_walk_start(&walk, page, 512, key_buffer, ends, scratch);
        assert_false(leaf_walk_next(&walk, &record));
    }
}

enum { ENTRIES = 400, KEY_ROOM = 4096 };

static uint8_t keys[ENTRIES][KEY_ROOM], values[ENTRIES][KEY_ROOM];
static struct entry entries[ENTRIES];

/* Ascending keys with long common parts, values of every kind. */
static void make_entries(struct random *random, size_t page_size)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        size_t key_len = 3 + random_below(random, random_below(random, 10) ? 9 : KEY_MAX(page_size) - 2);
        memset(keys[i], 'k', key_len);
        keys[i][1] = (uint8_t)(i / 50);
        keys[i][2] = (uint8_t)(i % 50);
        entries[i].key = keys[i];
        entries[i].key_len = key_len;
        entries[i].value_len = (uint32_t)random_below(random, random_below(random, 5) ? 20 : 3 * page_size);
        entries[i].overflow = entries[i].value_len > INLINE_MAX(page_size);
        entries[i].value = entries[i].overflow ? NULL : values[i];
        entries[i].ref.first = (uint32_t)(i + 2);
        entries[i].ref.chain = 77 * i;
        random_fill(random, values[i], entries[i].overflow ? 0 : entries[i].value_len);
    }
}

static void assert_record(const struct record *record, const struct entry *entry, int plain)
{
    assert_int_equal(record->key_len, entry->key_len);
    assert_memory_equal(record->key, entry->key, entry->key_len);
    assert_int_equal(record->value_len, entry->value_len);
    assert_int_equal(record->overflow, entry->overflow);
    if (entry->overflow) {
        struct overflow_ref ref =
            plain ? reference_decode_plain(record->stored) : reference_decode_prefix(record->stored);
        assert_int_equal(record->stored_len, plain ? REFERENCE_PLAIN : REFERENCE_PREFIX);
        assert_int_equal(ref.first, entry->ref.first);
        assert_true(ref.chain == entry->ref.chain);
    } else {
        assert_int_equal(record->stored_len, entry->value_len);
        assert_memory_equal(record->stored, entry->value, entry->value_len);
    }
}

static void walk_round(struct random *random, size_t page_size, uint8_t flags)
{
    struct leaf_walk walk;
    struct record record;
    size_t from = random_below(random, ENTRIES), to = from;
    make_entries(random, page_size);
    const uint8_t *low = keys[from];
    size_t low_len = random_below(random, entries[from].key_len + 1);
    while (to < ENTRIES && rebuild_size(page_size, flags, low, low_len, 0, entries + from, to + 1 - from) <= page_size)
        to++;
    page_init_slotted(page, page_size, 3, 2, PAGE_LEAF, 0, flags, NULL, 0, NULL, 0);
    assert_true(rebuild_leaf(page, page_size, flags, low, low_len, NULL, 0, entries + from, to - from));
    leaf_walk_start(&walk, page, page_size, key_buffer, ends, scratch);
    for (size_t i = from; i < to; i++) {
        assert_true(leaf_walk_next(&walk, &record));
        assert_record(&record, entries + i, flags % 2);
    }
    assert_false(leaf_walk_next(&walk, &record));
}

static void every_version_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct random random = {21};
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        for (unsigned flags = 0; flags < 6; flags++) {
            for (int round = 0; round < 10; round++)
                walk_round(&random, page_size, (uint8_t)flags);
        }
    }
}

/* The walk needs its scratch only to start, so the key may be put together there. */
static void the_key_buffer_may_lie_in_scratch(void **state)
{
    (void)state;
    struct leaf_walk walk;
    struct record record;
    struct entry entry = {(const uint8_t *)"lowest", 6, (const uint8_t *)"v", 1, 0, {0, 0}};
    page_init_slotted(page, 512, 3, 2, PAGE_LEAF, 0, 0, NULL, 0, NULL, 0);
    assert_true(rebuild_leaf(page, 512, PAGE_FLAG_SLOTS_V1, (const uint8_t *)"low", 3, NULL, 0, &entry, 1));
    leaf_walk_start(&walk, page, 512, scratch, ends, scratch);
    assert_true(leaf_walk_next(&walk, &record));
    assert_memory_equal(record.key, "lowest", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_records_base_is_the_key_before_it),
        cmocka_unit_test(an_empty_leaf_ends_at_once),
        cmocka_unit_test(every_version_is_read_as_it_was_written),
        cmocka_unit_test(the_key_buffer_may_lie_in_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
