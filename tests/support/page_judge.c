/* See page_judge.h. A page is taken apart into a table of slots; each rule is a question to the table. */
#include "page_judge.h"

#include <stdlib.h>
#include <string.h>

#include "page_builder.h"

#define NONE SIZE_MAX

struct slot {
    size_t start;
    size_t end;
    uint8_t *key; /* put together */
    size_t key_len;
};

struct judged {
    const uint8_t *p;
    size_t n;
    size_t arena, free_start, free_end, count, width, key_max;
    int plain, branch;
    struct slot *slots;
};

static size_t field(const uint8_t *p, size_t offset)
{
    return (size_t)get_number(p + offset, 2);
}

static int compare(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    size_t shorter = a_len < b_len ? a_len : b_len;
    int order = shorter == 0 ? 0 : memcmp(a, b, shorter);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int all_zero(const uint8_t *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (p[i] != 0)
            return 0;
    return 1;
}

static int header_rule(const uint8_t *p, size_t n)
{
    int kind = p[20], level = p[21], flags = p[22];
    int has_tree = get_number(p + 16, 4) != 0;
    if (kind < 1 || kind > 6 || p[23] || p[38] || p[39] || !all_zero(p, 0, 4))
        return 2;
    if (kind == 4 ? level != 0 || flags > 5 : kind == 3 ? level < 1 || level > 31 || flags != 4 : level || flags)
        return 3;
    if (has_tree != (kind >= 3 && kind <= 5))
        return 3;
    if (kind != 3 && kind != 4 && !all_zero(p, 26, 38))
        return 4;
    if ((kind == 1 || kind == 6) && !all_zero(p, 40, 48))
        return 4;
    if ((kind == 1 || kind == 5 || kind == 6) && field(p, 24) != 0)
        return 4;
    (void)n;
    return 0;
}

static int other_rule(const uint8_t *p, size_t n)
{
    if (p[20] == 1)
        return memcmp(p + 48, "quire\r\n\032", 8) == 0 && get_number(p + 56, 4) == 1 && get_number(p + 60, 4) == n &&
                       get_number(p + 76, 4) > 2 && all_zero(p, 120, n)
                   ? 0
                   : 16;
    if (p[20] == 2) {
        size_t count = field(p, 24);
        if (48 + 4 * count > n)
            return 17;
        for (size_t i = 0; i < count; i++)
            if (get_number(p + 48 + 4 * i, 4) < 2)
                return 17;
        return all_zero(p, 48 + 4 * count, n) ? 0 : 17;
    }
    if (p[20] == 5) {
        uint64_t used = get_number(p + 60, 4);
        if (get_number(p + 48, 8) == 0 || used < 1 || used > n - 64)
            return 18;
        return all_zero(p, 64 + (size_t)used, n) ? 0 : 18;
    }
    return 0;
}

static int fences_and_space(const struct judged *j)
{
    size_t low = field(j->p, 30), high = field(j->p, 32), prefix = 0;
    if (low > j->key_max || high > j->key_max)
        return 5;
    if (high > 0 && compare(j->p + 48, low, j->p + 48 + low, high) >= 0)
        return 5;
    while (prefix < low && prefix < high && j->p[48 + prefix] == j->p[48 + low + prefix])
        prefix++;
    if (field(j->p, 34) != prefix)
        return 5;
    if (j->count * j->width + j->free_end != j->n || j->arena > j->free_start || j->free_start > j->free_end)
        return 6;
    return j->branch && j->count == 0 ? 6 : 0;
}

static void find_extents(struct judged *j)
{
    for (size_t i = 0; i < j->count; i++) {
        const uint8_t *slot = j->p + j->n - j->width * (i + 1);
        j->slots[i].start = field(slot, 0);
        if (j->width > 2) {
            j->slots[i].end = j->slots[i].start + field(slot, 2);
            continue;
        }
        j->slots[i].end = j->free_start;
        for (size_t k = 0; k < j->count; k++) {
            size_t next = field(j->p + j->n - 2 * (k + 1), 0);
            if (next > j->slots[i].start && next < j->slots[i].end)
                j->slots[i].end = next;
        }
    }
}

static struct judgement extents(const struct judged *j)
{
    size_t shortest = j->plain ? 3 : 4, sum = 0;
    for (size_t i = 0; i < j->count; i++)
        if (j->slots[i].start < j->arena || j->slots[i].end > j->free_start ||
            j->slots[i].start + shortest > j->slots[i].end)
            return (struct judgement){7, i, NONE};
    for (size_t i = 0; i < j->count; i++)
        for (size_t k = 0; k < i; k++)
            if (j->slots[i].start < j->slots[k].end && j->slots[k].start < j->slots[i].end)
                return (struct judgement){j->width == 2 ? 9 : 8, i, k};
    for (size_t i = 0; i < j->count; i++)
        sum += j->slots[i].end - j->slots[i].start;
    if (j->free_start - j->arena - sum != field(j->p, 36) || (j->width == 2 && field(j->p, 36) != 0))
        return (struct judgement){9, NONE, NONE};
    uint8_t *owned = calloc(1, j->n);
    for (size_t i = 0; i < j->count; i++)
        memset(owned + j->slots[i].start, 1, j->slots[i].end - j->slots[i].start);
    int rule = 0;
    for (size_t b = j->arena; b < j->free_end; b++)
        if (!owned[b] && j->p[b] != 0)
            rule = 10;
    free(owned);
    return (struct judgement){rule, NONE, NONE};
}

/* Bytes of a minimal varint below 2^32 in p[0..size), 0 if there is none. */
static size_t varint(const uint8_t *p, size_t size, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < size && i < 5; i++) {
        *value |= (uint64_t)(p[i] & 127) << (7 * i);
        if (p[i] < 128)
            return *value >> 32 != 0 || (i > 0 && p[i] == 0) ? 0 : i + 1;
    }
    return 0;
}

static int plain_key_of(const struct judged *j, struct slot *slot)
{
    const uint8_t *p = j->p + slot->start;
    size_t size = slot->end - slot->start;
    uint64_t key_len, value_len;
    size_t at = varint(p, size, &key_len);
    if (at == 0)
        return 0;
    size_t more = varint(p + at, size - at, &value_len);
    at += more;
    if (more == 0 || key_len < 1 || key_len > j->key_max || value_len > 0x7fffffff)
        return 0;
    if (at + key_len + (value_len > j->n / 8 ? 12 : value_len) != size)
        return 0;
    if (value_len > j->n / 8 && get_number(p + at + key_len, 4) < 2)
        return 0;
    slot->key_len = (size_t)key_len;
    memcpy(slot->key, p + at, slot->key_len);
    return 1;
}

static int prefix_key_of(const struct judged *j, struct slot *slot, const uint8_t *base, size_t base_len)
{
    const uint8_t *p = j->p + slot->start;
    size_t size = slot->end - slot->start;
    size_t shared = field(p, 0), suffix = field(p, 2) & 0x7fff;
    if (shared > base_len || 4 + suffix > size || shared + suffix < 1 || shared + suffix > j->key_max)
        return 0;
    size_t stored = size - 4 - suffix;
    const uint8_t *reference = p + 4 + suffix;
    if (field(p, 2) & 0x8000) {
        if (stored != 16 || get_number(reference, 4) <= j->n / 8 || get_number(reference, 4) > 0x7fffffff ||
            get_number(reference + 4, 4) < 2)
            return 0;
    } else if (stored > j->n / 8) {
        return 0;
    }
    slot->key_len = shared + suffix;
    memcpy(slot->key, base, shared);
    memcpy(slot->key + shared, p + 4, suffix);
    return 1;
}

/* Puts the keys together; the first slot whose record is malformed, or count. */
static size_t read_keys(const struct judged *j)
{
    const uint8_t *base = j->p + 48;
    size_t base_len = field(j->p, 30);
    for (size_t i = 0; i < j->count; i++) {
        struct slot *slot = &j->slots[i];
        size_t size = slot->end - slot->start;
        slot->key = malloc(j->n);
        if (j->branch) {
            slot->key_len = size - 4;
            memcpy(slot->key, j->p + slot->start + 4, slot->key_len);
            if (slot->key_len > j->key_max)
                return i;
        } else if (j->plain ? !plain_key_of(j, slot) : !prefix_key_of(j, slot, base, base_len)) {
            return i;
        }
        base = slot->key;
        base_len = slot->key_len;
    }
    return j->count;
}

static int below_high(const struct judged *j, size_t i)
{
    size_t low = field(j->p, 30), high = field(j->p, 32);
    return high == 0 || compare(j->slots[i].key, j->slots[i].key_len, j->p + 48 + low, high) < 0;
}

static int against_low(const struct judged *j, size_t i)
{
    return compare(j->slots[i].key, j->slots[i].key_len, j->p + 48, field(j->p, 30));
}

static int ascends(const struct judged *j, size_t i)
{
    return compare(j->slots[i - 1].key, j->slots[i - 1].key_len, j->slots[i].key, j->slots[i].key_len) < 0;
}

static int head_is_right(const struct judged *j, size_t i)
{
    const uint8_t *head = j->p + j->n - 8 * (i + 1) + 4;
    size_t prefix = field(j->p, 34);
    for (size_t b = 0; b < 4; b++) {
        int is_empty = (j->branch && i == 0) || prefix + b >= j->slots[i].key_len;
        if (head[b] != (is_empty ? 0 : j->slots[i].key[prefix + b]))
            return 0;
    }
    return 1;
}

static int separator_is_right(const struct judged *j, size_t i)
{
    if (get_number(j->p + j->slots[i].start, 4) < 2)
        return 0;
    if (i == 0)
        return j->slots[0].key_len == 0;
    return against_low(j, i) > 0 && below_high(j, i) && (i == 1 || ascends(j, i));
}

static struct judgement keys(const struct judged *j)
{
    size_t malformed = read_keys(j);
    if (malformed < j->count)
        return (struct judgement){11, malformed, NONE};
    for (size_t i = 1; i < j->count && !j->branch; i++)
        if (!ascends(j, i))
            return (struct judgement){12, i, i - 1};
    for (size_t i = 0; i < j->count && !j->branch; i++)
        if (against_low(j, i) < 0 || !below_high(j, i))
            return (struct judgement){13, i, NONE};
    for (size_t i = 0; i < j->count && j->width == 8; i++)
        if (!head_is_right(j, i))
            return (struct judgement){14, i, NONE};
    for (size_t i = 0; i < j->count && j->branch; i++)
        if (!separator_is_right(j, i))
            return (struct judgement){15, i, NONE};
    return (struct judgement){0, NONE, NONE};
}

struct judgement page_judge(const uint8_t *page, size_t page_size)
{
    struct judgement judgement = {header_rule(page, page_size), NONE, NONE};
    if (judgement.rule != 0)
        return judgement;
    if (page[20] != 3 && page[20] != 4) {
        judgement.rule = other_rule(page, page_size);
        return judgement;
    }
    struct judged j = {.p = page, .n = page_size, .arena = 48 + field(page, 30) + field(page, 32)};
    j.free_start = field(page, 26);
    j.free_end = field(page, 28);
    j.count = field(page, 24);
    j.width = built_width(page[22]);
    j.key_max = page_size / 8 - 8;
    j.branch = page[20] == 3;
    j.plain = !j.branch && page[22] % 2 == 1;
    judgement.rule = fences_and_space(&j);
    if (judgement.rule != 0)
        return judgement;
    j.slots = calloc(j.count + 1, sizeof *j.slots);
    find_extents(&j);
    judgement = extents(&j);
    if (judgement.rule == 0)
        judgement = keys(&j);
    for (size_t i = 0; i < j.count; i++)
        free(j.slots[i].key);
    free(j.slots);
    return judgement;
}
