/*
 * Records that move between pages, and fences that move with them: what splits,
 * merges and borrows are made of. Fences change here and nowhere else. They
 * stand before the records and decide the common prefix that heads leave out,
 * so whoever changes them lays out the records anew and rewrites the heads.
 *
 * A branch's slot 0 has no separator: a record that becomes slot 0 loses its own.
 */
#include "leaf.h"

/* Length of the record of `slot`, which has `width` bytes, once it stands at slot `rank`. */
static size_t length_at_rank(const uint8_t *page, size_t page_size, size_t width, size_t slot, size_t rank)
{
    if (rank == 0 && page_kind(page) == PAGE_BRANCH)
        return BRANCH_CHILD_SIZE;
    return slot_length(page, page_size, width, slot);
}

/* Bytes of the records [from, to), the first of which comes to stand at slot `rank`. */
static size_t records_bytes(const uint8_t *page, size_t page_size, size_t from, size_t to, size_t rank)
{
    size_t width = slot_width(page_flags(page));
    size_t sum = 0;
    for (size_t i = from; i < to; i++)
        sum += length_at_rank(page, page_size, width, i, rank + (i - from));
    return sum;
}

/* The key, or separator, of a record. */
static const uint8_t *record_key(const uint8_t *page, const uint8_t *record, size_t length, size_t *key_len)
{
    if (page_kind(page) == PAGE_BRANCH) {
        *key_len = length - BRANCH_CHILD_SIZE;
        return record + BRANCH_CHILD_SIZE;
    }
    return plain_key(record, key_len);
}

static void refresh_heads(uint8_t *page, size_t page_size)
{
    size_t key_len;
    size_t count = page_slot_count(page);
    size_t prefix_len = page_prefix_len(page);
    for (size_t i = 0; i < count; i++) {
        size_t length = slot_length(page, page_size, SLOT_WIDTH_V3, i);
        const uint8_t *record = page + slot_offset(page, page_size, SLOT_WIDTH_V3, i);
        const uint8_t *key = record_key(page, record, length, &key_len);
        uint32_t head = key_head(key, key_len, prefix_len);
        slot_set_head(page, page_size, i, head);
    }
}

/*
 * Copies the records to scratch, one behind the other, and lets their slots say
 * where they will stand. Records that stand like that already, as ascending keys
 * leave them, go in one piece: [start, end) is not copied yet.
 */
static void gather_records(uint8_t *page, size_t page_size, size_t from, size_t to, size_t arena, uint8_t *scratch)
{
    size_t width = slot_width(page_flags(page));
    size_t used = 0, start = 0, end = 0;
    for (size_t i = from; i < to; i++) {
        size_t length = length_at_rank(page, page_size, width, i, i - from);
        size_t offset = slot_offset(page, page_size, width, i);
        if (offset != end) {
            bytes_copy(scratch + used, page + start, end - start);
            used += end - start;
            start = offset;
        }
        end = offset + length;
        slot_set_extent(page, page_size, width, i, arena + used + (offset - start), length);
    }
    bytes_copy(scratch + used, page + start, end - start);
}

int page_keep(uint8_t *page, size_t page_size, size_t from, size_t to, const uint8_t *low, size_t low_len,
              const uint8_t *high, size_t high_len, uint8_t *scratch)
{
    size_t width = slot_width(page_flags(page));
    size_t arena = HEADER_SIZE + low_len + high_len;
    size_t used = records_bytes(page, page_size, from, to, 0);
    size_t directory = width * (to - from);
    if (arena + used + directory > page_size)
        return 0;
    gather_records(page, page_size, from, to, arena, scratch);
    bytes_move(page + (page_size - directory), page + (page_size - width * to), directory);
    page_write_fences(page, low, low_len, high, high_len);
    bytes_copy(page + arena, scratch, used);
    bytes_zero(page + (arena + used), page_size - directory - (arena + used));
    store16(page + HEADER_SLOT_COUNT, (uint16_t)(to - from));
    store16(page + HEADER_FREE_START, (uint16_t)(arena + used));
    store16(page + HEADER_FREE_END, (uint16_t)(page_size - directory));
    store16(page + HEADER_HOLE_BYTES, 0);
    if (width == SLOT_WIDTH_V3)
        refresh_heads(page, page_size);
    return 1;
}

/* Puts a record behind the last one, into the gap, which has room. */
static void append_record(uint8_t *page, size_t page_size, const uint8_t *record, size_t length)
{
    size_t key_len;
    size_t offset = page_free_start(page);
    const uint8_t *key = record_key(page, record, length, &key_len);
    bytes_copy(page + offset, record, length);
    store16(page + HEADER_FREE_START, (uint16_t)(offset + length));
    uint32_t head = key_head(key, key_len, page_prefix_len(page));
    slot_insert(page, page_size, slot_width(page_flags(page)), page_slot_count(page), offset, length, head);
}

int page_append(uint8_t *target, size_t page_size, struct space *space, const uint8_t *source, size_t from, size_t to,
                uint8_t *scratch)
{
    size_t rank = page_slot_count(target);
    size_t width = slot_width(page_flags(source));
    size_t directory = slot_width(page_flags(target)) * (to - from);
    size_t used = records_bytes(source, page_size, from, to, rank);
    if (!space_has_room(target, used, directory))
        return 0;
    if (used + directory > page_free_end(target) - page_free_start(target))
        space_compact(target, page_size, space, scratch);
    for (size_t i = from; i < to; i++) {
        const uint8_t *record = source + slot_offset(source, page_size, width, i);
        append_record(target, page_size, record, length_at_rank(source, page_size, width, i, rank + (i - from)));
    }
    return 1;
}

size_t separator_len(const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len)
{
    return bytes_common(low, low_len, high, high_len) + 1u;
}

/* Record and slot of the record at `rank` in the sequence that has the new one at `slot`. */
static size_t bytes_at_rank(const uint8_t *page, size_t page_size, size_t slot, size_t new_bytes, size_t rank)
{
    size_t width = slot_width(page_flags(page));
    if (rank == slot)
        return new_bytes;
    return slot_length(page, page_size, width, rank < slot ? rank : rank - 1u) + width;
}

/*
 * The rank at which the larger half is smallest. Why both halves fit: let n be
 * the page size, r the most that a record and its slot take, K = KEY_MAX, l and
 * h the fences. One of the cuts lies within r / 2 of the middle, so no half is
 * above (n - 48 - l - h + r) / 2 + r / 2. A half must find room beside its old
 * fence and a separator of up to K, in n - 48 - K - max(l, h). With
 * r <= n / 4 + 4 and l, h <= K = n / 8 - 8 that holds for all n >= 256.
 */
static size_t balanced_split_point(const uint8_t *page, size_t page_size, size_t slot, size_t new_bytes)
{
    size_t count = page_slot_count(page);
    size_t total = leaf_live_bytes(page, page_size) + new_bytes;
    size_t left = 0, best = 1, best_larger = total;
    for (size_t at = 1; at <= count; at++) {
        left += bytes_at_rank(page, page_size, slot, new_bytes, at - 1u);
        size_t larger = left < total - left ? total - left : left;
        if (larger < best_larger) {
            best_larger = larger;
            best = at;
        }
    }
    return best;
}

/*
 * The greatest rank at which the left page has room for its records and for the
 * very separator that the two keys at the cut need. Why the right page fits: it
 * gets less than what the left one could not take, at most K - h + 2 r in the
 * terms above, where n - 48 - K - h are at hand.
 */
static size_t append_split_point(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len)
{
    struct record left, right;
    size_t at = page_slot_count(page);
    size_t width = slot_width(page_flags(page));
    size_t room = page_size - HEADER_SIZE - page_low_len(page);
    size_t bytes = leaf_live_bytes(page, page_size);
    right.key = key;
    right.key_len = key_len;
    leaf_record(page, page_size, at - 1u, &left);
    while (at > 1 && bytes + separator_len(left.key, left.key_len, right.key, right.key_len) > room) {
        at--;
        bytes -= slot_length(page, page_size, width, at) + width;
        right = left;
        leaf_record(page, page_size, at - 1u, &left);
    }
    return at;
}

size_t leaf_split_point(const uint8_t *page, size_t page_size, size_t slot, const uint8_t *key, size_t key_len,
                        size_t new_bytes, int append)
{
    if (append && slot == page_slot_count(page))
        return append_split_point(page, page_size, key, key_len);
    return balanced_split_point(page, page_size, slot, new_bytes);
}
