/* The model and the judge of leaves; see leaf_model.h. */
#include "leaf_model.h"

#include <stdlib.h>
#include <string.h>

enum { MODEL_CAPACITY = 8192 };

void leaf_model_init(struct leaf_model *model)
{
    model->records = calloc(MODEL_CAPACITY, sizeof *model->records);
    model->count = 0;
    if (model->records == NULL)
        abort();
}

void leaf_model_free(struct leaf_model *model)
{
    leaf_model_keep(model, 0, 0);
    free(model->records);
}

static int compare(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    if (order != 0)
        return order;
    return (a_len > b_len) - (a_len < b_len);
}

static uint8_t *duplicate(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, size);
    return copy;
}

size_t leaf_model_search(const struct leaf_model *model, const uint8_t *key, size_t key_len, int *found)
{
    size_t i = 0;
    *found = 0;
    for (; i < model->count; i++) {
        int order = compare(model->records[i].key, model->records[i].key_len, key, key_len);
        *found = order == 0;
        if (order >= 0)
            break;
    }
    return i;
}

void leaf_model_insert(struct leaf_model *model, size_t at, const uint8_t *key, size_t key_len, const uint8_t *stored,
                       size_t stored_len, uint32_t value_len)
{
    struct model_record record = {duplicate(key, key_len), key_len, duplicate(stored, stored_len), stored_len,
                                  value_len};
    if (model->count == MODEL_CAPACITY)
        abort();
    memmove(model->records + at + 1, model->records + at, (model->count - at) * sizeof record);
    model->records[at] = record;
    model->count++;
}

void leaf_model_replace(struct leaf_model *model, size_t at, const uint8_t *stored, size_t stored_len,
                        uint32_t value_len)
{
    free(model->records[at].stored);
    model->records[at].stored = duplicate(stored, stored_len);
    model->records[at].stored_len = stored_len;
    model->records[at].value_len = value_len;
}

void leaf_model_delete(struct leaf_model *model, size_t at)
{
    free(model->records[at].key);
    free(model->records[at].stored);
    model->count--;
    memmove(model->records + at, model->records + at + 1, (model->count - at) * sizeof *model->records);
}

void leaf_model_keep(struct leaf_model *model, size_t from, size_t to)
{
    while (model->count > to)
        leaf_model_delete(model, model->count - 1);
    for (size_t i = 0; i < from; i++)
        leaf_model_delete(model, 0);
}

void leaf_model_move(struct leaf_model *target, struct leaf_model *source, size_t from)
{
    size_t moved = source->count - from;
    if (target->count + moved > MODEL_CAPACITY)
        abort();
    memcpy(target->records + target->count, source->records + from, moved * sizeof *source->records);
    target->count += moved;
    source->count = from;
}

static size_t number16(const uint8_t *p)
{
    return (size_t)p[0] | (size_t)p[1] << 8;
}

/* What the judge knows of the page it is reading. */
struct judged {
    const uint8_t *page;
    size_t size, count, width, arena, free_start, free_end, prefix_len;
    const uint8_t *low, *high;
    size_t low_len, high_len;
};

/* A minimal varint at *p: 1, the number, and *p behind it. */
static int take_varint(const uint8_t **p, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < 5; i++) {
        if (*p == end)
            return 0;
        uint8_t byte = *(*p)++;
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80)
            return *value <= UINT32_MAX && (byte != 0 || i == 0);
    }
    return 0;
}

static const uint8_t *slot_bytes(const struct judged *leaf, size_t slot)
{
    return leaf->page + leaf->size - leaf->width * (slot + 1);
}

/* P11 of one slot; key and value are found on the way. */
static int take_record(const struct judged *leaf, size_t slot, struct model_record *record)
{
    const uint8_t *p = leaf->page + number16(slot_bytes(leaf, slot));
    const uint8_t *end = p + number16(slot_bytes(leaf, slot) + 2);
    uint64_t key_len, value_len;
    if (!take_varint(&p, end, &key_len) || !take_varint(&p, end, &value_len))
        return 0;
    if (key_len < 1 || key_len > leaf->size / 8 - 8 || value_len > 2147483647u)
        return 0;
    uint64_t stored_len = value_len > leaf->size / 8 ? 12 : value_len;
    if ((uint64_t)(end - p) != key_len + stored_len)
        return 0;
    record->key = (uint8_t *)(uintptr_t)p;
    record->key_len = (size_t)key_len;
    record->stored = record->key + key_len;
    record->stored_len = (size_t)stored_len;
    record->value_len = (uint32_t)value_len;
    const uint8_t *first = record->stored;
    return value_len <= leaf->size / 8 || first[0] >= 2 || first[1] || first[2] || first[3];
}

static int judge_fences(const struct judged *leaf)
{
    size_t limit = leaf->size / 8 - 8, common = 0;
    if (leaf->low_len > limit || leaf->high_len > limit)
        return 0;
    if (leaf->high_len > 0 && compare(leaf->low, leaf->low_len, leaf->high, leaf->high_len) >= 0)
        return 0;
    while (common < leaf->low_len && common < leaf->high_len && leaf->low[common] == leaf->high[common])
        common++;
    return common == leaf->prefix_len;
}

static int judge_space(const struct judged *leaf)
{
    static uint8_t owned[32768];
    size_t record_bytes = 0;
    memset(owned, 0, leaf->size);
    for (size_t i = 0; i < leaf->count; i++) {
        size_t offset = number16(slot_bytes(leaf, i)), length = number16(slot_bytes(leaf, i) + 2);
        if (length < 3 || offset < leaf->arena || offset + length > leaf->free_start)
            return 7;
        record_bytes += length;
        for (size_t x = offset; x < offset + length; x++) {
            if (owned[x]++)
                return 8;
        }
    }
    if (number16(leaf->page + 36) != leaf->free_start - leaf->arena - record_bytes)
        return 9;
    for (size_t x = leaf->arena; x < leaf->free_end; x++) {
        if (!owned[x] && leaf->page[x])
            return 10;
    }
    return 0;
}

static int judge_keys(const struct judged *leaf)
{
    struct model_record record, before = {NULL, 0, NULL, 0, 0};
    for (size_t i = 0; i < leaf->count; i++) {
        if (!take_record(leaf, i, &record))
            return 11;
        if (i > 0 && compare(before.key, before.key_len, record.key, record.key_len) >= 0)
            return 12;
        if (compare(record.key, record.key_len, leaf->low, leaf->low_len) < 0)
            return 13;
        if (leaf->high_len > 0 && compare(record.key, record.key_len, leaf->high, leaf->high_len) >= 0)
            return 13;
        for (size_t x = 0; leaf->width == 8 && x < 4; x++) {
            size_t at = leaf->prefix_len + x;
            if (slot_bytes(leaf, i)[4 + x] != (at < record.key_len ? record.key[at] : 0))
                return 14;
        }
        before = record;
    }
    return 0;
}

static void look(struct judged *leaf, const uint8_t *page, size_t page_size)
{
    leaf->page = page;
    leaf->size = page_size;
    leaf->count = number16(page + 24);
    leaf->width = page[22] == 0x03 ? 4 : 8;
    leaf->free_start = number16(page + 26);
    leaf->free_end = number16(page + 28);
    leaf->low_len = number16(page + 30);
    leaf->high_len = number16(page + 32);
    leaf->prefix_len = number16(page + 34);
    leaf->arena = 48 + leaf->low_len + leaf->high_len;
    leaf->low = page + 48;
    leaf->high = leaf->low + leaf->low_len;
}

int leaf_judge(const uint8_t *page, size_t page_size)
{
    struct judged leaf;
    look(&leaf, page, page_size);
    if (page[0] || page[1] || page[2] || page[3] || page[20] != 4 || page[23] || page[38] || page[39])
        return 2;
    if (page[21] || (page[22] != 0x03 && page[22] != 0x05))
        return 3;
    if (!judge_fences(&leaf))
        return 5;
    if (leaf.arena > leaf.free_start || leaf.free_start > leaf.free_end ||
        leaf.free_end + leaf.width * leaf.count != page_size)
        return 6;
    int rule = judge_space(&leaf);
    return rule != 0 ? rule : judge_keys(&leaf);
}

int leaf_matches(const uint8_t *page, size_t page_size, const struct leaf_model *model)
{
    struct judged leaf;
    look(&leaf, page, page_size);
    if (leaf.count != model->count)
        return 0;
    for (size_t i = 0; i < leaf.count; i++) {
        const struct model_record *wanted = &model->records[i];
        struct model_record record;
        if (!take_record(&leaf, i, &record) || record.value_len != wanted->value_len ||
            compare(record.key, record.key_len, wanted->key, wanted->key_len) != 0 ||
            compare(record.stored, record.stored_len, wanted->stored, wanted->stored_len) != 0)
            return 0;
    }
    return 1;
}
