/* See page_builder.h. All offsets are those of docs/FORMAT.md, written out. */
#include "page_builder.h"

#include <string.h>

enum { KEY_BUFFER = 70000 };

void put_number(uint8_t *p, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

uint64_t get_number(const uint8_t *p, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i > 0; i--)
        value = value << 8 | p[i - 1];
    return value;
}

size_t built_width(uint8_t flags)
{
    return (size_t)2 << (flags >> 1 & 3);
}

uint8_t *built_slot(uint8_t *page, size_t page_size, uint8_t flags, size_t slot)
{
    return page + page_size - built_width(flags) * (slot + 1);
}

static size_t common(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    size_t i = 0;
    while (i < a_len && i < b_len && a[i] == b[i])
        i++;
    return i;
}

static size_t write_varint(uint8_t *p, uint32_t value)
{
    size_t size = 0;
    while (value >= 128) {
        p[size++] = (uint8_t)(value | 128);
        value >>= 7;
    }
    p[size++] = (uint8_t)value;
    return size;
}

static size_t write_plain(uint8_t *p, size_t page_size, const struct draft_record *record)
{
    size_t at = write_varint(p, (uint32_t)record->key_len);
    at += write_varint(p + at, record->value_len);
    memcpy(p + at, record->key, record->key_len);
    at += record->key_len;
    if (record->value_len > page_size / 8) {
        put_number(p + at, 4, record->first);
        put_number(p + at + 4, 8, record->chain);
        return at + 12;
    }
    if (record->value_len > 0)
        memcpy(p + at, record->value, record->value_len);
    return at + record->value_len;
}

static size_t write_prefix(uint8_t *p, size_t page_size, const struct draft_record *record, const uint8_t *base,
                           size_t base_len)
{
    size_t shared = common(base, base_len, record->key, record->key_len);
    size_t suffix_len = record->key_len - shared;
    int overflow = record->value_len > page_size / 8;
    put_number(p, 2, shared);
    put_number(p + 2, 2, suffix_len + (overflow ? 0x8000 : 0));
    memcpy(p + 4, record->key + shared, suffix_len);
    size_t at = 4 + suffix_len;
    if (overflow) {
        put_number(p + at, 4, record->value_len);
        put_number(p + at + 4, 4, record->first);
        put_number(p + at + 8, 8, record->chain);
        return at + 16;
    }
    if (record->value_len > 0)
        memcpy(p + at, record->value, record->value_len);
    return at + record->value_len;
}

/* The record of `slot` as bytes; p has KEY_BUFFER of them. */
static size_t write_record(uint8_t *p, const struct draft *draft, size_t slot)
{
    const struct draft_record *record = &draft->records[slot];
    if (record->raw != NULL) {
        memcpy(p, record->raw, record->raw_len);
        return record->raw_len;
    }
    if (draft->kind == 3) {
        put_number(p, 4, record->child);
        if (record->key_len > 0)
            memcpy(p + 4, record->key, record->key_len);
        return 4 + record->key_len;
    }
    if (draft->flags & 1)
        return write_plain(p, draft->page_size, record);
    if (slot == 0)
        return write_prefix(p, draft->page_size, record, draft->low, draft->low_len);
    return write_prefix(p, draft->page_size, record, record[-1].key, record[-1].key_len);
}

static void write_header(uint8_t *page, const struct draft *draft, size_t free_start, size_t free_end, size_t holes)
{
    put_number(page + 4, 4, draft->pgno);
    put_number(page + 16, 4, draft->tree);
    page[20] = draft->kind;
    page[21] = draft->level;
    page[22] = draft->flags;
    put_number(page + 24, 2, draft->count);
    put_number(page + 26, 2, free_start);
    put_number(page + 28, 2, free_end);
    put_number(page + 30, 2, draft->low_len);
    put_number(page + 32, 2, draft->high_len);
    put_number(page + 34, 2, common(draft->low, draft->low_len, draft->high, draft->high_len));
    put_number(page + 36, 2, holes);
    put_number(page + 40, 4, draft->left);
    put_number(page + 44, 4, draft->right);
    if (draft->low_len > 0)
        memcpy(page + 48, draft->low, draft->low_len);
    if (draft->high_len > 0)
        memcpy(page + 48 + draft->low_len, draft->high, draft->high_len);
}

static void write_slot(uint8_t *page, const struct draft *draft, size_t slot, size_t offset, size_t length)
{
    size_t width = built_width(draft->flags);
    size_t prefix_len = common(draft->low, draft->low_len, draft->high, draft->high_len);
    uint8_t *p = built_slot(page, draft->page_size, draft->flags, slot);
    const struct draft_record *record = &draft->records[slot];
    put_number(p, 2, offset);
    if (width >= 4)
        put_number(p + 2, 2, length);
    for (size_t i = 0; width == 8 && i < 4 && prefix_len + i < record->key_len; i++)
        p[4 + i] = record->key[prefix_len + i];
}

int build_slotted(uint8_t *page, const struct draft *draft)
{
    static uint8_t bytes[KEY_BUFFER];
    size_t n = draft->page_size;
    size_t free_start = 48 + draft->low_len + draft->high_len;
    size_t directory = built_width(draft->flags) * draft->count;
    size_t holes = 0;
    memset(page, 0, n);
    for (size_t i = 0; i < draft->count; i++) {
        size_t slot = draft->order == NULL ? i : draft->order[i];
        size_t length = write_record(bytes, draft, slot);
        size_t hole = built_width(draft->flags) == 2 ? 0 : draft->records[slot].hole_before;
        if (free_start + hole + length + directory > n)
            return 0;
        memcpy(page + free_start + hole, bytes, length);
        write_slot(page, draft, slot, free_start + hole, length);
        free_start += hole + length;
        holes += hole;
    }
    if (free_start + directory > n)
        return 0;
    write_header(page, draft, free_start, n - directory, holes);
    return 1;
}

static void start_page(uint8_t *page, size_t page_size, uint32_t pgno, uint32_t tree, uint8_t kind)
{
    memset(page, 0, page_size);
    put_number(page + 4, 4, pgno);
    put_number(page + 8, 8, 12345);
    put_number(page + 16, 4, tree);
    page[20] = kind;
}

void build_meta(uint8_t *page, size_t page_size, uint32_t pgno)
{
    start_page(page, page_size, pgno, 0, 1);
    memcpy(page + 48, "quire\x0d\x0a\x1a", 8);
    put_number(page + 56, 4, 1);
    put_number(page + 60, 4, page_size);
    put_number(page + 64, 8, UINT64_C(0x123456789abcdef0));
    put_number(page + 72, 4, 7);
    put_number(page + 76, 4, 3);
    put_number(page + 80, 8, 4096);
    put_number(page + 88, 8, 6);
    put_number(page + 96, 4, 5);
    put_number(page + 100, 4, 1);
    put_number(page + 104, 4, 3);
    put_number(page + 108, 4, 4);
    put_number(page + 112, 8, 1);
}

void build_free(uint8_t *page, size_t page_size, uint32_t pgno, const uint32_t *entries, size_t count)
{
    start_page(page, page_size, pgno, 0, 2);
    put_number(page + 24, 2, count);
    for (size_t i = 0; i < count; i++)
        put_number(page + 48 + 4 * i, 4, entries[i]);
}

void build_overflow(uint8_t *page, size_t page_size, uint32_t pgno, uint64_t chain, uint32_t position, uint32_t used)
{
    start_page(page, page_size, pgno, 2, 5);
    put_number(page + 40, 4, position == 0 ? 0 : pgno - 1);
    put_number(page + 44, 4, pgno + 1);
    put_number(page + 48, 8, chain);
    put_number(page + 56, 4, position);
    put_number(page + 60, 4, used);
    memset(page + 64, 'v', used);
}

void build_map(uint8_t *page, size_t page_size, uint32_t pgno)
{
    start_page(page, page_size, pgno, 0, 6);
    for (size_t i = 0; 48 + 4 * i < page_size; i++)
        put_number(page + 48 + 4 * i, 4, 0x01010101u * (i % 255));
}
