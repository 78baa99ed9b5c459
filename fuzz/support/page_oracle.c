/*
 * The second judge. Everything is first written down in a table of records
 * (where each begins and ends, its key put together in memory of its own), then
 * the rules are asked of the table, in their order.
 */
#include "page_oracle.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/page/format.h"

struct row {
    size_t begin, end;
    const uint8_t *slot;
    uint8_t *key; /* its own memory; of a branch: the separator */
    size_t key_len;
};

struct oracle {
    const uint8_t *page;
    size_t size;
    size_t slots, width, free_start, free_end, low_len, high_len, arena;
    struct row *rows;
};

static uint64_t number(const uint8_t *p, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value * 256 + p[i];
    return value;
}

static int all_zero(const uint8_t *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (p[i] != 0)
            return 0;
    return 1;
}

static int order(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    for (size_t i = 0; i < a_len && i < b_len; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return a_len < b_len ? -1 : a_len > b_len;
}

/* P2 to P4. */
static int header_fault(const uint8_t *p)
{
    int kind = p[20], level = p[21], flags = p[22];
    uint64_t tree = number(p + 16, 4);
    if (kind < 1 || kind > 6 || p[23] != 0 || p[38] != 0 || p[39] != 0 || number(p, 4) != 0)
        return 2;
    if (kind == PAGE_LEAF && (level != 0 || flags > 7 || flags / 2 == 3 || tree == 0))
        return 3;
    if (kind == PAGE_BRANCH && (level < 1 || level > 31 || flags != 4 || tree == 0))
        return 3;
    if (kind != PAGE_LEAF && kind != PAGE_BRANCH &&
        (level != 0 || flags != 0 || (kind == PAGE_OVERFLOW) != (tree != 0)))
        return 3;
    if (kind == PAGE_LEAF || kind == PAGE_BRANCH)
        return 0;
    if (!all_zero(p, 26, 38) || (kind != PAGE_FREE && number(p + 24, 2) != 0))
        return 4;
    if ((kind == PAGE_META || kind == PAGE_MAP) && !all_zero(p, 40, 48))
        return 4;
    return 0;
}

/* P5 and P6; fills the oracle's numbers. */
static int frame_fault(struct oracle *o)
{
    const uint8_t *p = o->page;
    size_t most = o->size / 8 - 8, common = 0;
    static const size_t widths[3] = {2, 4, 8};
    o->slots = number(p + 24, 2);
    o->width = widths[p[22] / 2];
    o->free_start = number(p + 26, 2);
    o->free_end = number(p + 28, 2);
    o->low_len = number(p + 30, 2);
    o->high_len = number(p + 32, 2);
    o->arena = 48 + o->low_len + o->high_len;
    if (o->low_len > most || o->high_len > most)
        return 5;
    const uint8_t *low = p + 48, *high = low + o->low_len;
    if (o->high_len != 0 && order(low, o->low_len, high, o->high_len) >= 0)
        return 5;
    while (common < o->low_len && common < o->high_len && low[common] == high[common])
        common++;
    if (number(p + 34, 2) != common)
        return 5;
    if (o->arena > o->free_start || o->free_start > o->free_end || o->free_end + o->width * o->slots != o->size)
        return 6;
    return p[20] == PAGE_BRANCH && o->slots == 0 ? 6 : 0;
}

/* A V1 record ends at the next higher offset: the nearest begin above, found with a mark on each byte. */
static void find_extents(struct oracle *o)
{
    size_t *next = malloc((o->size + 2) * sizeof *next);
    uint8_t *begins = calloc(o->size + 1, 1);
    for (size_t i = 0; i < o->slots; i++) {
        struct row *row = &o->rows[i];
        row->slot = o->page + o->size - o->width * (i + 1);
        row->begin = number(row->slot, 2);
        row->end = o->width == 2 ? 0 : row->begin + number(row->slot + 2, 2);
        if (row->begin <= o->size)
            begins[row->begin] = 1;
    }
    next[o->free_start] = o->free_start;
    for (size_t x = o->free_start; x-- > 0;)
        next[x] = x + 1 < o->free_start && begins[x + 1] ? x + 1 : next[x + 1];
    for (size_t i = 0; i < o->slots && o->width == 2; i++) {
        struct row *row = &o->rows[i];
        row->end = row->begin < o->free_start ? next[row->begin] : row->begin;
    }
    free(begins);
    free(next);
}

/* P7 to P10. */
static int extent_fault(const struct oracle *o)
{
    size_t shortest = o->page[20] == PAGE_BRANCH ? 4 : o->page[22] % 2 == 1 ? 3 : 4;
    size_t used = 0;
    for (size_t i = 0; i < o->slots; i++) {
        const struct row *row = &o->rows[i];
        if (row->begin < o->arena || row->end > o->free_start || row->end < row->begin + shortest)
            return 7;
        used += row->end - row->begin;
    }
    int fault = 0;
    uint8_t *taken = calloc(o->size, 1);
    for (size_t i = 0; i < o->slots && fault == 0; i++)
        for (size_t x = o->rows[i].begin; x < o->rows[i].end; x++)
            if (taken[x]++ != 0)
                fault = o->width == 2 ? 9 : 8;
    if (fault == 0 &&
        (number(o->page + 36, 2) != o->free_start - o->arena - used || (o->width == 2 && number(o->page + 36, 2) != 0)))
        fault = 9;
    for (size_t x = o->arena; x < o->free_end && fault == 0; x++)
        if (!taken[x] && o->page[x] != 0)
            fault = 10;
    free(taken);
    return fault;
}

/* A minimal varint below 2^32: its length, 0 if there is none. */
static size_t varint(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    size_t length = 0;
    *value = 0;
    do {
        if (p + length == end || length == 5)
            return 0;
        *value += (uint64_t)(p[length] % 128) << (7 * length);
    } while (p[length++] >= 128);
    return (length > 1 && p[length - 1] == 0) || *value > 0xffffffffu ? 0 : length;
}

static void keep_key(struct row *row, const uint8_t *base, size_t base_len, const uint8_t *rest, size_t rest_len)
{
    row->key = malloc(base_len + rest_len + 1);
    row->key_len = base_len + rest_len;
    if (base_len != 0)
        memcpy(row->key, base, base_len);
    memcpy(row->key + base_len, rest, rest_len);
}

static int plain_is_legal(const struct oracle *o, struct row *row)
{
    const uint8_t *p = o->page + row->begin, *end = o->page + row->end;
    uint64_t key_len, value_len;
    size_t got = varint(p, end, &key_len);
    p += got;
    if (got == 0 || (got = varint(p, end, &value_len)) == 0)
        return 0;
    p += got;
    if (key_len < 1 || key_len > o->size / 8 - 8 || key_len > (size_t)(end - p) || value_len > 2147483647)
        return 0;
    keep_key(row, NULL, 0, p, key_len);
    p += key_len;
    if (value_len <= o->size / 8)
        return (size_t)(end - p) == value_len;
    return end - p == 12 && number(p, 4) >= 2;
}

static int prefix_is_legal(const struct oracle *o, struct row *row, const uint8_t *base, size_t base_len)
{
    const uint8_t *p = o->page + row->begin, *end = o->page + row->end;
    size_t prefix_len = number(p, 2), suffix_len = number(p + 2, 2) % 32768;
    int overflow = number(p + 2, 2) >= 32768;
    p += 4;
    if (prefix_len > base_len || suffix_len > (size_t)(end - p) || prefix_len + suffix_len < 1 ||
        prefix_len + suffix_len > o->size / 8 - 8)
        return 0;
    keep_key(row, base, prefix_len, p, suffix_len);
    p += suffix_len;
    if (!overflow)
        return (size_t)(end - p) <= o->size / 8;
    return end - p == 16 && number(p, 4) > o->size / 8 && number(p, 4) <= 2147483647 && number(p + 4, 4) >= 2;
}

/* P11; puts all keys together. */
static int record_fault(struct oracle *o)
{
    const uint8_t *base = o->page + 48;
    size_t base_len = o->low_len;
    for (size_t i = 0; i < o->slots; i++) {
        struct row *row = &o->rows[i];
        if (o->page[20] == PAGE_BRANCH) {
            keep_key(row, NULL, 0, o->page + row->begin + 4, row->end - row->begin - 4);
            if (row->key_len > o->size / 8 - 8)
                return 11;
        } else if (o->page[22] % 2 == 1 ? !plain_is_legal(o, row) : !prefix_is_legal(o, row, base, base_len)) {
            return 11;
        }
        base = row->key;
        base_len = row->key_len;
    }
    return 0;
}

static int head_fault(const struct oracle *o)
{
    size_t common = number(o->page + 34, 2);
    for (size_t i = 0; i < o->slots && o->width == 8; i++)
        for (size_t b = 0; b < 4; b++) {
            const struct row *row = &o->rows[i];
            int no_key = o->page[20] == PAGE_BRANCH && i == 0;
            uint8_t wanted = !no_key && common + b < row->key_len ? row->key[common + b] : 0;
            if (row->slot[4 + b] != wanted)
                return 14;
        }
    return 0;
}

/* P12 to P14 of a leaf. */
static int leaf_fault(const struct oracle *o)
{
    const uint8_t *low = o->page + 48, *high = low + o->low_len;
    for (size_t i = 1; i < o->slots; i++)
        if (order(o->rows[i - 1].key, o->rows[i - 1].key_len, o->rows[i].key, o->rows[i].key_len) >= 0)
            return 12;
    for (size_t i = 0; i < o->slots; i++)
        if (order(o->rows[i].key, o->rows[i].key_len, low, o->low_len) < 0 ||
            (o->high_len != 0 && order(o->rows[i].key, o->rows[i].key_len, high, o->high_len) >= 0))
            return 13;
    return head_fault(o);
}

/* P14 and P15 of a branch. */
static int branch_fault(const struct oracle *o)
{
    const uint8_t *low = o->page + 48, *high = low + o->low_len;
    if (head_fault(o) != 0)
        return 14;
    if (o->rows[0].key_len != 0)
        return 15;
    for (size_t i = 0; i < o->slots; i++) {
        const struct row *row = &o->rows[i];
        if (number(o->page + row->begin, 4) < 2)
            return 15;
        if (i > 0 && (order(row->key, row->key_len, low, o->low_len) <= 0 ||
                      order(row->key, row->key_len, o->rows[i - 1].key, o->rows[i - 1].key_len) <= 0 ||
                      (o->high_len != 0 && order(row->key, row->key_len, high, o->high_len) >= 0)))
            return 15;
    }
    return 0;
}

/* P16 to P19. */
static int other_fault(const uint8_t *p, size_t size)
{
    if (p[20] == PAGE_META)
        return memcmp(p + 48, "quire\r\n\x1a", 8) == 0 && number(p + 56, 4) == 1 && number(p + 60, 4) == size &&
                       number(p + 76, 4) >= 3 && all_zero(p, 96 + 24, size)
                   ? 0
                   : 16;
    if (p[20] == PAGE_FREE) {
        size_t count = number(p + 24, 2);
        if (count > (size - 48) / 4 || !all_zero(p, 48 + 4 * count, size))
            return 17;
        for (size_t i = 0; i < count; i++)
            if (number(p + 48 + 4 * i, 4) < 2)
                return 17;
        return 0;
    }
    if (p[20] == PAGE_OVERFLOW) {
        uint64_t used = number(p + 60, 4);
        return number(p + 48, 8) != 0 && used >= 1 && used <= size - 64 && all_zero(p, 64 + used, size) ? 0 : 18;
    }
    return all_zero(p, 48 + (size - 48) / 4 * 4, size) ? 0 : 19;
}

int page_oracle(const uint8_t *page, size_t page_size)
{
    struct oracle o = {.page = page, .size = page_size};
    int fault = header_fault(page);
    if (fault != 0)
        return fault;
    if (page[20] != PAGE_LEAF && page[20] != PAGE_BRANCH)
        return other_fault(page, page_size);
    fault = frame_fault(&o);
    if (fault != 0)
        return fault;
    o.rows = calloc(o.slots + 1, sizeof *o.rows);
    find_extents(&o);
    fault = extent_fault(&o);
    if (fault == 0)
        fault = record_fault(&o);
    if (fault == 0)
        fault = page[20] == PAGE_BRANCH ? branch_fault(&o) : leaf_fault(&o);
    for (size_t i = 0; i < o.slots; i++)
        free(o.rows[i].key);
    free(o.rows);
    return fault;
}
