/*
 * Edits of one leaf in place. The invariant is rules P2 to P14: between any two
 * calls the page would pass page_check. An edit is a step of the allocator and
 * a step of the directory, in an order that never lets a slot name bytes that
 * are not its record's: bytes are taken before their slot appears, and given
 * back after it is gone.
 */
#include "leaf.h"

static int has_v3_slots(const uint8_t *page)
{
    return page_flags(page) / 2u % 4u == 2u;
}

/*
 * A search in progress: the key without the prefix that all keys within the
 * fences share, which need not be compared again.
 */
struct leaf_query {
    const uint8_t *page;
    size_t page_size;
    size_t width;
    size_t prefix_len;
    const uint8_t *rest;
    size_t rest_len;
    uint64_t decodes;
};

/* Orders the sought key against the one of `slot`: negative, 0 or positive. */
static inline int query_compare(struct leaf_query *query, size_t slot)
{
    size_t key_len;
    const uint8_t *record = query->page + slot_offset(query->page, query->page_size, query->width, slot);
    const uint8_t *key = plain_key(record, &key_len);
    query->decodes++;
    return bytes_compare(query->rest, query->rest_len, key + query->prefix_len, key_len - query->prefix_len);
}

/* First slot of [first, first + count) whose key is at or after the sought one, by the keys themselves. */
static size_t query_by_keys(struct leaf_query *query, size_t first, size_t count, int *found)
{
    *found = 0;
    while (count > 0) {
        size_t half = count / 2u;
        int order = query_compare(query, first + half);
        if (order == 0) {
            *found = 1;
            return first + half;
        }
        if (order > 0) {
            first += half + 1u;
            count -= half + 1u;
        } else {
            count = half;
        }
    }
    return first;
}

/*
 * First slot of [first, first + count) whose head is at or above `head`. The
 * outcome of each comparison is as good as random, hence a choice of two values
 * in place of a branch: the processor need not guess it. `top` is where the
 * slots still in question begin, going down.
 */
static inline size_t first_head_from(const uint8_t *page, size_t page_size, size_t first, size_t count, uint32_t head)
{
    size_t top = page_size - SLOT_WIDTH_V3 * first;
    while (count > 0) {
        size_t half = (count + 1u) / 2u;
        size_t middle = top - SLOT_WIDTH_V3 * half;
        top = load32_big(page + (middle + SLOT_HEAD)) < head ? middle : top;
        count -= half;
    }
    return (page_size - top) / SLOT_WIDTH_V3;
}

/*
 * Settles a search from `first` on, the first slot whose head is at or above
 * the key's; the last slot's is above. Mostly at most one slot has the key's
 * own head, so that one is compared before the end of such slots is looked for.
 */
static size_t query_ties(struct leaf_query *query, size_t first, size_t count, uint32_t head, int *found)
{
    if (slot_head(query->page, query->page_size, first) != head)
        return first;
    int order = query_compare(query, first);
    *found = order == 0;
    if (order <= 0)
        return first;
    size_t next = first + 1u;
    if (slot_head(query->page, query->page_size, next) != head)
        return next;
    size_t end = first_head_from(query->page, query->page_size, next, count - 1u - next, head + 1u);
    return query_by_keys(query, next, end - next, found);
}

/* The same when the last slot's head is the key's own: keys that ascend all end behind the last slot. */
static size_t query_ties_at_end(struct leaf_query *query, size_t count, uint32_t head, int *found)
{
    size_t last = count - 1u;
    size_t first = 0;
    int order = query_compare(query, last);
    *found = order == 0;
    if (order >= 0)
        return order == 0 ? last : count;
    if (slot_head(query->page, query->page_size, 0) != head)
        first = first_head_from(query->page, query->page_size, 0, last, head);
    return query_by_keys(query, first, last - first, found);
}

/* V3. The last slot's head is at or above the key's. */
static size_t query_by_heads(struct leaf_query *query, size_t count, uint32_t head, int *found)
{
    if (slot_head(query->page, query->page_size, count - 1u) == head)
        return query_ties_at_end(query, count, head, found);
    size_t first = first_head_from(query->page, query->page_size, 0, count - 1u, head);
    return query_ties(query, first, count, head, found);
}

size_t leaf_search_counted(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len, int *found,
                           uint64_t *decodes)
{
    struct leaf_query query;
    size_t count = page_slot_count(page);
    size_t prefix_len = page_prefix_len(page);
    size_t width = has_v3_slots(page) ? SLOT_WIDTH_V3 : SLOT_WIDTH_V2;
    size_t slot;
    uint32_t head = 0;
    *found = 0;
    if (count == 0)
        return 0;
    if (width == SLOT_WIDTH_V3) {
        /* A key behind all others, as ascending ones are, needs no more than this. */
        head = key_head(key, key_len, prefix_len);
        if (slot_head(page, page_size, count - 1u) < head)
            return count;
    }
    query.page = page;
    query.page_size = page_size;
    query.width = width;
    query.prefix_len = prefix_len;
    query.rest = key + prefix_len;
    query.rest_len = key_len - prefix_len;
    query.decodes = 0;
    if (width == SLOT_WIDTH_V3)
        slot = query_by_heads(&query, count, head, found);
    else
        slot = query_by_keys(&query, 0, count, found);
    *decodes += query.decodes;
    return slot;
}

size_t leaf_search(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len, int *found)
{
    uint64_t decodes = 0;
    return leaf_search_counted(page, page_size, key, key_len, found, &decodes);
}

/* The page passed page_check, hence its records decode. */
void leaf_record(const uint8_t *page, size_t page_size, size_t slot, struct record *record)
{
    size_t width = slot_width(page_flags(page));
    const uint8_t *p = page + slot_offset(page, page_size, width, slot);
    size_t length = slot_length(page, page_size, width, slot);
    size_t key_len;
    uint32_t value_len = 0;
    const uint8_t *key = plain_key(p, &key_len);
    varint_decode(p + varint_size((uint32_t)key_len), VARINT_MAX, &value_len);
    record->key = key;
    record->key_len = key_len;
    record->stored = key + key_len;
    record->stored_len = (size_t)(p + length - record->stored);
    record->value_len = value_len;
    record->overflow = value_len > INLINE_MAX(page_size);
}

static void edit_set(struct leaf_edit *edit, size_t slot, size_t offset, size_t length, enum place place)
{
    edit->slot = slot;
    edit->offset = offset;
    edit->length = length;
    edit->compacted = place == PLACE_COMPACTED;
    edit->place = place;
}

int leaf_insert(uint8_t *page, size_t page_size, struct space *space, size_t slot, const uint8_t *key, size_t key_len,
                const uint8_t *stored, uint32_t value_len, uint8_t *scratch, struct leaf_edit *edit)
{
    size_t offset;
    size_t width = slot_width(page_flags(page));
    size_t length = plain_size(page_size, key_len, value_len);
    enum place place = space_take(page, page_size, space, length, width, &offset, scratch);
    if (place == PLACE_NONE)
        return 0;
    plain_encode(page + offset, page_size, key, key_len, stored, value_len);
    uint32_t head = key_head(key, key_len, page_prefix_len(page));
    slot_insert(page, page_size, width, slot, offset, length, head);
    edit_set(edit, slot, offset, length, place);
    return 1;
}

/* The new record, not longer than the old one, takes the front of its extent. */
static void replace_in_extent(uint8_t *page, size_t page_size, struct space *space, size_t slot, const uint8_t *record,
                              size_t length)
{
    size_t width = slot_width(page_flags(page));
    size_t offset = slot_offset(page, page_size, width, slot);
    size_t old_length = slot_length(page, page_size, width, slot);
    bytes_copy(page + offset, record, length);
    slot_set_extent(page, page_size, width, slot, offset, length);
    if (length < old_length)
        space_give(page, space, offset + length, old_length - length);
}

/*
 * The new record is longer: the old one goes, so that its bytes count as room
 * and join the holes around them, and the new one is placed like any other.
 */
static enum place replace_elsewhere(uint8_t *page, size_t page_size, struct space *space, size_t slot,
                                    const uint8_t *record, size_t length, size_t *offset, uint8_t *scratch)
{
    size_t key_len;
    size_t width = slot_width(page_flags(page));
    leaf_delete(page, page_size, space, slot);
    enum place place = space_take(page, page_size, space, length, width, offset, scratch);
    bytes_copy(page + *offset, record, length);
    const uint8_t *key = plain_key(record, &key_len);
    uint32_t head = key_head(key, key_len, page_prefix_len(page));
    slot_insert(page, page_size, width, slot, *offset, length, head);
    return place;
}

int leaf_replace(uint8_t *page, size_t page_size, struct space *space, size_t slot, const uint8_t *stored,
                 uint32_t value_len, uint8_t *scratch, struct leaf_edit *edit)
{
    struct record old;
    struct extent extent = slot_extent(page, page_size, slot);
    leaf_record(page, page_size, slot, &old);
    size_t length = plain_size(page_size, old.key_len, value_len);
    if (length > extent.length && !space_has_room(page, length - extent.length, 0))
        return 0;
    uint8_t *record = scratch + (page_size - length);
    plain_encode(record, page_size, old.key, old.key_len, stored, value_len);
    if (length <= extent.length) {
        replace_in_extent(page, page_size, space, slot, record, length);
        edit_set(edit, slot, extent.offset, length, PLACE_SAME);
        return 1;
    }
    size_t offset = 0;
    enum place place = replace_elsewhere(page, page_size, space, slot, record, length, &offset, scratch);
    edit_set(edit, slot, offset, length, place);
    return 1;
}

void leaf_delete(uint8_t *page, size_t page_size, struct space *space, size_t slot)
{
    struct extent extent = slot_extent(page, page_size, slot);
    slot_remove(page, page_size, slot_width(page_flags(page)), slot);
    space_give(page, space, extent.offset, extent.length);
}

size_t leaf_live_bytes(const uint8_t *page, size_t page_size)
{
    size_t record_bytes = page_free_start(page) - page_arena(page) - page_hole_bytes(page);
    return record_bytes + (page_size - page_free_end(page));
}

size_t leaf_usable_bytes(const uint8_t *page, size_t page_size)
{
    return page_size - page_arena(page);
}
