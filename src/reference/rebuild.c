/*
 * The old path. Its invariant: entries ascend strictly by key, and a leaf laid
 * out from them is a function of fences, version and entries alone: records in
 * key order from the arena up, nothing between them. Every step looks at every
 * entry, which is what the in-place core was made to avoid.
 */
#include "rebuild.h"

#include "../page/header.h"

/*
 * Starts a walk that puts its keys together in `scratch`, which the walk itself
 * needs only to start; it holds whatever then, so the low fence, the base of
 * the first record, is put there anew.
 */
static void walk_in_scratch(struct leaf_walk *walk, const uint8_t *page, size_t page_size, uint16_t *ends,
                            uint8_t *scratch)
{
    leaf_walk_start(walk, page, page_size, scratch, ends, scratch);
    bytes_copy(scratch, page_low(page), page_low_len(page));
}

/* Every key as long as the longest could be is too much to ask for, so the walk adds up what is there. */
size_t entries_size(const uint8_t *page, size_t page_size, uint16_t *ends, uint8_t *scratch)
{
    size_t size = page_slot_count(page) * sizeof(struct entry);
    if (page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS)
        return size;
    struct leaf_walk walk;
    struct record record;
    walk_in_scratch(&walk, page, page_size, ends, scratch);
    while (leaf_walk_next(&walk, &record))
        size += record.key_len;
    return size;
}

static struct entry entry_of(const struct record *record, int plain)
{
    struct entry entry = {.key = record->key,
                          .key_len = record->key_len,
                          .value = record->overflow ? NULL : record->stored,
                          .value_len = record->value_len,
                          .overflow = record->overflow};
    if (record->overflow)
        entry.ref = plain ? reference_decode_plain(record->stored) : reference_decode_prefix(record->stored);
    return entry;
}

size_t entries_decode(const uint8_t *page, size_t page_size, void *block, size_t spare, struct entry **entries,
                      uint16_t *ends, uint8_t *scratch)
{
    int plain = page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS;
    struct entry *array = block;
    uint8_t *keys = (uint8_t *)(array + page_slot_count(page) + spare);
    struct leaf_walk walk;
    struct record record;
    size_t count = 0;

    walk_in_scratch(&walk, page, page_size, ends, scratch);
    while (leaf_walk_next(&walk, &record)) {
        array[count] = entry_of(&record, plain);
        if (!plain) {
            bytes_copy(keys, record.key, record.key_len);
            array[count].key = keys;
            keys += record.key_len;
        }
        count++;
    }
    *entries = array;
    return count;
}

size_t entries_search(const struct entry *entries, size_t count, const uint8_t *key, size_t key_len, int *found)
{
    *found = 0;
    for (size_t rank = 0; rank < count; rank++) {
        int order = bytes_compare(entries[rank].key, entries[rank].key_len, key, key_len);
        if (order >= 0) {
            *found = order == 0;
            return rank;
        }
    }
    return count;
}

void entries_insert(struct entry *entries, size_t *count, size_t at, const struct entry *entry)
{
    for (size_t i = *count; i > at; i--)
        entries[i] = entries[i - 1];
    entries[at] = *entry;
    *count += 1;
}

void entries_remove(struct entry *entries, size_t *count, size_t at)
{
    for (size_t i = at; i + 1 < *count; i++)
        entries[i] = entries[i + 1];
    *count -= 1;
}

/* What entry `at` takes of the key before it, or of the low fence: nothing in plain records. */
static size_t shared_prefix(uint8_t flags, const uint8_t *low, size_t low_len, const struct entry *entries, size_t at)
{
    if (flags % 2u == LEAF_FLAG_PLAIN_RECORDS)
        return 0;
    if (at == 0)
        return bytes_common(low, low_len, entries[0].key, entries[0].key_len);
    return bytes_common(entries[at - 1].key, entries[at - 1].key_len, entries[at].key, entries[at].key_len);
}

static size_t entry_size(size_t page_size, uint8_t flags, size_t prefix_len, const struct entry *entry)
{
    if (flags % 2u == LEAF_FLAG_PLAIN_RECORDS)
        return plain_size(page_size, entry->key_len, entry->value_len);
    return prefix_size(page_size, entry->key_len - prefix_len, entry->value_len);
}

size_t rebuild_size(size_t page_size, uint8_t flags, const uint8_t *low, size_t low_len, size_t high_len,
                    const struct entry *entries, size_t count)
{
    size_t size = HEADER_SIZE + low_len + high_len + slot_width(flags) * count;
    for (size_t i = 0; i < count; i++)
        size += entry_size(page_size, flags, shared_prefix(flags, low, low_len, entries, i), &entries[i]);
    return size;
}

static size_t write_record(uint8_t *p, size_t page_size, uint8_t flags, size_t prefix_len, const struct entry *entry)
{
    uint8_t reference[REFERENCE_PREFIX];
    const uint8_t *stored = entry->overflow ? reference : entry->value;
    if (flags % 2u == LEAF_FLAG_PLAIN_RECORDS) {
        if (entry->overflow)
            reference_encode_plain(reference, entry->ref);
        return plain_encode(p, page_size, entry->key, entry->key_len, stored, entry->value_len);
    }
    if (entry->overflow)
        reference_encode_prefix(reference, entry->value_len, entry->ref);
    return prefix_encode(p, page_size, prefix_len, entry->key + prefix_len, entry->key_len - prefix_len, stored,
                         entry->value_len);
}

static void write_slot(uint8_t *page, size_t page_size, size_t slot, size_t offset, size_t length,
                       const struct entry *entry)
{
    size_t width = slot_width(page_flags(page));
    if (width == SLOT_WIDTH_V1)
        store16(page + slot_at(page_size, width, slot), (uint16_t)offset);
    else
        slot_set_extent(page, page_size, width, slot, offset, length);
    if (width == SLOT_WIDTH_V3) {
        uint32_t head = key_head(entry->key, entry->key_len, page_prefix_len(page));
        slot_set_head(page, page_size, slot, head);
    }
}

/* An empty leaf of the wanted version in the place of the old one, which keeps its name and neighbours. */
static void start_over(uint8_t *page, size_t page_size, uint8_t flags, const uint8_t *low, size_t low_len,
                       const uint8_t *high, size_t high_len)
{
    uint64_t lsn = page_lsn(page);
    uint32_t left = page_left(page);
    uint32_t right = page_right(page);
    page_init_slotted(page, page_size, page_pgno(page), page_tree(page), PAGE_LEAF, 0, flags, low, low_len, high,
                      high_len);
    page_set_lsn(page, lsn);
    page_set_left(page, left);
    page_set_right(page, right);
}

int rebuild_leaf(uint8_t *page, size_t page_size, uint8_t flags, const uint8_t *low, size_t low_len,
                 const uint8_t *high, size_t high_len, const struct entry *entries, size_t count)
{
    if (rebuild_size(page_size, flags, low, low_len, high_len, entries, count) > page_size)
        return 0;
    start_over(page, page_size, flags, low, low_len, high, high_len);
    size_t offset = page_arena(page);
    for (size_t i = 0; i < count; i++) {
        size_t prefix_len = shared_prefix(flags, low, low_len, entries, i);
        size_t length = write_record(page + offset, page_size, flags, prefix_len, &entries[i]);
        write_slot(page, page_size, i, offset, length, &entries[i]);
        offset += length;
    }
    store16(page + HEADER_SLOT_COUNT, (uint16_t)count);
    store16(page + HEADER_FREE_START, (uint16_t)offset);
    store16(page + HEADER_FREE_END, (uint16_t)(page_size - slot_width(flags) * count));
    return 1;
}
