/* The twins. The invariant between operations is what twins_expect asks. */
#include "twins.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "expect.h"

/* What a rebuild of both would show lasts until the next one: it need not be asked after each step. */
enum { FULL_EVERY = 8 };

static size_t page_size(const struct twins *t)
{
    return t->bench.page_size;
}

void twins_open(struct twins *t, size_t page_size, uint8_t flags, uint8_t version)
{
    bench_open(&t->bench, page_size);
    t->version = version;
    t->page = bench_page(&t->bench, NULL);
    page_init_slotted(t->page, page_size, 7, 2, PAGE_LEAF, 0, flags, NULL, 0, NULL, 0);
    t->twin = bench_page(&t->bench, t->page);
    t->before = bench_page(&t->bench, t->page);
    t->key = malloc(KEY_MAX(page_size));
    t->key_len = 0;
    t->value = malloc(INLINE_MAX(page_size));
    t->fences = malloc(2 * KEY_MAX(page_size));
    t->steps = malloc(2 * page_size);
    space_clear(&t->space);
    t->since_full = 0;
}

void twins_close(struct twins *t)
{
    digest_bytes(t->page, page_size(t));
    digest_bytes(t->twin, page_size(t));
    free(t->page);
    free(t->twin);
    free(t->before);
    free(t->key);
    free(t->value);
    free(t->fences);
    free(t->steps);
    bench_close(&t->bench);
}

void twins_begin(struct twins *t)
{
    memcpy(t->before, t->page, t->bench.page_size);
}

/* The twin's records `contents` (changed by the caller) become its page; 0 if the edited leaf could not hold them. */
static int rebuild_twin(struct twins *t, const struct contents *contents)
{
    if (rebuild_size(page_size(t), page_flags(t->page), page_low(t->twin), page_low_len(t->twin),
                     page_high_len(t->twin), contents->entries, contents->count) > page_size(t))
        return 0;
    if (!contents_rebuild(contents, &t->bench, t->twin, t->version))
        EXPECT(contents_rebuild(contents, &t->bench, t->twin, page_flags(t->page)));
    return 1;
}

static void expect_redo(struct twins *t, size_t size)
{
    uint8_t *body = malloc(size != 0 ? size : 1);
    memcpy(body, t->steps, size);
    EXPECT(delta_redo(t->before, page_size(t), body, size, &t->bench.check));
    EXPECT(memcmp(t->before, t->page, page_size(t)) == 0);
    free(body);
}

/* The page's records, read where they stand, are the twin's; what they take is all that is taken. */
static void expect_records(const struct twins *t)
{
    struct contents b;
    uint8_t reference[REFERENCE_PLAIN];
    size_t live = 0;
    contents_open(&b, &t->bench, t->twin, 0);
    EXPECT_EQUAL(page_slot_count(t->page), b.count);
    for (size_t i = 0; i < b.count; i++) {
        const struct entry *entry = &b.entries[i];
        struct record record;
        leaf_record(t->page, page_size(t), i, &record);
        EXPECT(record.key_len == entry->key_len && memcmp(record.key, entry->key, entry->key_len) == 0);
        EXPECT(record.value_len == entry->value_len && record.overflow == entry->overflow);
        if (entry->overflow)
            reference_encode_plain(reference, entry->ref);
        const uint8_t *stored = entry->overflow ? reference : entry->value;
        EXPECT_EQUAL(record.stored_len, entry->overflow ? sizeof reference : entry->value_len);
        EXPECT(record.stored_len == 0 || memcmp(record.stored, stored, record.stored_len) == 0);
        live += slot_extent(t->page, page_size(t), i).length;
    }
    EXPECT_EQUAL(page_free_start(t->page) - page_arena(t->page) - page_hole_bytes(t->page), live);
    contents_close(&b);
}

void twins_expect_full(struct twins *t)
{
    struct contents a, b;
    EXPECT_EQUAL(bench_check(&t->bench, t->twin), RULE_OK);
    contents_open(&a, &t->bench, t->page, 0);
    contents_open(&b, &t->bench, t->twin, 0);
    expect_same_contents(&a, &b);
    uint8_t *x = bench_page(&t->bench, t->page), *y = bench_page(&t->bench, t->twin);
    EXPECT(contents_rebuild(&a, &t->bench, x, page_flags(t->page)));
    EXPECT(contents_rebuild(&b, &t->bench, y, page_flags(t->page)));
    EXPECT(memcmp(x, y, page_size(t)) == 0);
    EXPECT_EQUAL(page_free_end(t->page) - page_free_start(t->page) + page_hole_bytes(t->page),
                 page_free_end(x) - page_free_start(x));
    EXPECT_EQUAL(leaf_live_bytes(t->page, page_size(t)), leaf_live_bytes(x, page_size(t)));
    free(x);
    free(y);
    contents_close(&a);
    contents_close(&b);
    t->since_full = 0;
}

void twins_expect(struct twins *t)
{
    EXPECT_EQUAL(bench_check(&t->bench, t->page), RULE_OK);
    expect_records(t);
    if (++t->since_full >= FULL_EVERY)
        twins_expect_full(t);
}

int twins_read_key(struct twins *t, struct input *input)
{
    size_t share = input_u8(input) % (t->key_len + 1), got;
    size_t rest = input_u8(input) % (KEY_MAX(page_size(t)) - share + 1);
    const uint8_t *bytes = input_bytes(input, rest, &got);
    memcpy(t->key + share, bytes, got);
    t->key_len = share + got;
    if (t->key_len == 0)
        t->key[t->key_len++] = 'a';
    return bytes_compare(t->key, t->key_len, page_low(t->page), page_low_len(t->page)) >= 0 &&
           (page_high_len(t->page) == 0 ||
            bytes_compare(t->key, t->key_len, page_high(t->page), page_high_len(t->page)) < 0);
}

struct entry twins_read_value(struct twins *t, struct input *input)
{
    uint8_t kind = input_u8(input);
    struct entry entry = {.key = t->key, .key_len = t->key_len, .value = t->value};
    entry.value_len = (uint32_t)(kind < 224 ? kind * INLINE_MAX(page_size(t)) / 223u : INLINE_MAX(page_size(t)) + kind);
    entry.overflow = kind >= 224;
    memset(t->value, kind, INLINE_MAX(page_size(t)));
    if (entry.overflow) {
        entry.value = NULL;
        entry.ref = (struct overflow_ref){.first = kind, .chain = t->key_len + 1u};
        reference_encode_plain(t->value, entry.ref);
    }
    return entry;
}

void twins_put(struct twins *t, const struct entry *entry)
{
    struct contents contents;
    int found, expected, done;
    contents_open(&contents, &t->bench, t->twin, 1);
    size_t rank = entries_search(contents.entries, contents.count, entry->key, entry->key_len, &found);
    EXPECT_EQUAL(leaf_search(t->page, page_size(t), entry->key, entry->key_len, &expected), rank);
    EXPECT_EQUAL(expected, found);
    if (found)
        contents.entries[rank] = *entry;
    else
        entries_insert(contents.entries, &contents.count, rank, entry);
    int fits = rebuild_twin(t, &contents);
    if (found)
        done = leaf_replace(t->page, page_size(t), &t->space, rank, t->value, entry->value_len, t->bench.scratch,
                            &t->edit);
    else
        done = leaf_insert(t->page, page_size(t), &t->space, rank, entry->key, entry->key_len, t->value,
                           entry->value_len, t->bench.scratch, &t->edit);
    EXPECT_EQUAL(done, fits);
    if (done)
        expect_redo(t, (found ? delta_replace : delta_insert)(t->steps, &t->edit, t->page + t->edit.offset));
    else
        EXPECT(memcmp(t->page, t->before, page_size(t)) == 0);
    contents_close(&contents);
}

void twins_delete(struct twins *t, size_t rank)
{
    struct contents contents;
    contents_open(&contents, &t->bench, t->twin, 0);
    entries_remove(contents.entries, &contents.count, rank);
    EXPECT(rebuild_twin(t, &contents));
    leaf_delete(t->page, page_size(t), &t->space, rank);
    expect_redo(t, delta_delete(t->steps, rank));
    contents_close(&contents);
}

/* Length of the separator that divides rank - 1 from rank, written to `fence`. */
static size_t separator_at(const struct contents *contents, size_t rank, uint8_t *fence)
{
    const struct entry *low = &contents->entries[rank - 1], *high = &contents->entries[rank];
    size_t length = separator_len(low->key, low->key_len, high->key, high->key_len);
    EXPECT(bytes_compare(low->key, low->key_len, high->key, length) < 0 && length <= high->key_len);
    memcpy(fence, high->key, length);
    return length;
}

void twins_cut(struct twins *t, size_t from, size_t to)
{
    struct contents contents;
    uint8_t *low = t->fences, *high = t->fences + KEY_MAX(page_size(t));
    size_t low_len = page_low_len(t->page), high_len = page_high_len(t->page);
    memcpy(low, page_low(t->page), low_len);
    memcpy(high, page_high(t->page), high_len);
    contents_open(&contents, &t->bench, t->twin, 0);
    if (from > 0)
        low_len = separator_at(&contents, from, low);
    if (to < contents.count)
        high_len = separator_at(&contents, to, high);
    size_t needed =
        rebuild_size(page_size(t), page_flags(t->page), low, low_len, high_len, contents.entries + from, to - from);
    int kept = page_keep(t->page, page_size(t), from, to, low, low_len, high, high_len, t->bench.scratch);
    EXPECT_EQUAL(kept, needed <= page_size(t));
    if (kept) {
        uint8_t version = t->version;
        expect_redo(t, delta_keep(t->steps, from, to, low, low_len, high, high_len));
        space_clear(&t->space);
        if (!rebuild_leaf(t->twin, page_size(t), version, low, low_len, high, high_len, contents.entries + from,
                          to - from))
            EXPECT(rebuild_leaf(t->twin, page_size(t), page_flags(t->page), low, low_len, high, high_len,
                                contents.entries + from, to - from));
    }
    contents_close(&contents);
}

/* Length of the separator at rank `at` of the leaf's keys with `last` behind them. */
static size_t separator_between(const uint8_t *page, size_t size, size_t at, const uint8_t *last, size_t last_len)
{
    struct record left, right = {.key = last, .key_len = last_len};
    leaf_record(page, size, at - 1, &left);
    if (at < page_slot_count(page))
        leaf_record(page, size, at, &right);
    return separator_len(left.key, left.key_len, right.key, right.key_len);
}

/* Where the leaf would be cut for one record more than it has room for, at `slot`: both halves hold their share then.
 */
static void expect_split_point(const struct twins *t, size_t slot, int append)
{
    const uint8_t *page = t->page;
    size_t size = page_size(t), count = page_slot_count(page), width = slot_width(page_flags(page));
    size_t new_bytes = leaf_usable_bytes(page, size) - leaf_live_bytes(page, size) + 1;
    if (new_bytes > plain_size(size, KEY_MAX(size), (uint32_t)INLINE_MAX(size)) + width)
        return;
    struct record record;
    uint8_t *key = malloc(KEY_MAX(size) + 1);
    leaf_record(page, size, slot - 1, &record);
    memcpy(key, record.key, record.key_len);
    key[record.key_len] = 0;
    size_t at = leaf_split_point(page, size, slot, key, record.key_len + 1, new_bytes, append);
    size_t halves[2] = {HEADER_SIZE + page_low_len(page), HEADER_SIZE + page_high_len(page) + KEY_MAX(size)};
    EXPECT(at >= 1 && at <= count);
    halves[0] += append && slot == count ? separator_between(page, size, at, key, record.key_len + 1) : KEY_MAX(size);
    for (size_t i = 0; i <= count; i++)
        halves[i >= at] += i == slot ? new_bytes : slot_extent(page, size, i < slot ? i : i - 1).length + width;
    EXPECT(halves[0] <= size && halves[1] <= size);
    free(key);
}

/*
 * Appends the right half to a left one whose values grew until there was no
 * room, with_hole after one of its records went again. All records are in it
 * then, or nothing changed.
 */
static void append_to_another(const struct twins *t, const uint8_t *right, int with_hole)
{
    size_t size = page_size(t), count = page_slot_count(right);
    uint8_t *page = bench_page(&t->bench, t->page), *value = calloc(INLINE_MAX(size), 1), *before;
    struct space space;
    struct leaf_edit edit;
    space_load(&space, page, size, t->bench.scratch);
    for (size_t i = 0; i < page_slot_count(page); i++)
        (void)leaf_replace(page, size, &space, i, value, (uint32_t)INLINE_MAX(size), t->bench.scratch, &edit);
    if (with_hole && page_slot_count(page) > 1)
        leaf_delete(page, size, &space, page_slot_count(page) / 2);
    before = bench_page(&t->bench, page);
    if (page_append(page, size, &space, right, 0, count, t->bench.scratch)) {
        EXPECT_EQUAL(bench_check(&t->bench, page), RULE_OK);
        EXPECT_EQUAL(page_slot_count(page), page_slot_count(before) + count);
    } else {
        EXPECT(memcmp(page, before, size) == 0);
    }
    free(before);
    free(value);
    free(page);
}

void twins_split_and_merge(struct twins *t, size_t at)
{
    struct contents contents;
    uint8_t *separator = t->fences, *high = t->fences + KEY_MAX(page_size(t)), *low = t->key;
    size_t low_len = page_low_len(t->page), high_len = page_high_len(t->page), count = page_slot_count(t->page);
    uint8_t *right = bench_page(&t->bench, NULL);
    struct space space;
    expect_split_point(t, count, (int)(at % 2u));
    expect_split_point(t, at, 1); /* not the last: balanced like any other */
    contents_open(&contents, &t->bench, t->twin, 0);
    size_t length = separator_at(&contents, at, separator);
    memcpy(high, page_high(t->page), high_len);
    memcpy(low, page_low(t->page), low_len);
    page_init_slotted(right, page_size(t), 7, 2, PAGE_LEAF, 0, t->version % 2u == 1 && t->version != 1 ? t->version : 5,
                      separator, length, high, high_len);
    space_clear(&space);
    int halved = page_append(right, page_size(t), &space, t->page, at, count, t->bench.scratch) &&
                 page_keep(t->page, page_size(t), 0, at, low, low_len, separator, length, t->bench.scratch);
    if (halved) {
        EXPECT(bench_check(&t->bench, right) == RULE_OK && bench_check(&t->bench, t->page) == RULE_OK);
        EXPECT_EQUAL(page_slot_count(right), count - at);
        space_clear(&t->space);
        EXPECT(page_keep(t->page, page_size(t), 0, at, low, low_len, high, high_len, t->bench.scratch));
        append_to_another(t, right, (int)(at / 2u % 2u));
        EXPECT(page_append(t->page, page_size(t), &t->space, right, 0, count - at, t->bench.scratch));
    }
    t->key_len = 0; /* the low fence stood in its place */
    t->since_full = FULL_EVERY;
    free(right);
    contents_close(&contents);
}

void twins_convert(struct twins *t)
{
    struct contents contents;
    contents_open(&contents, &t->bench, t->page, 0);
    if (contents_rebuild(&contents, &t->bench, t->page, page_flags(t->page) == 5 ? 3 : 5))
        space_clear(&t->space);
    contents_close(&contents);
    t->since_full = FULL_EVERY;
}
