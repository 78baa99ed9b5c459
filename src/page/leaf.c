/*
 * Edits of one leaf in place. The invariant is rules P2 to P14: between any two
 * calls the page would pass page_check. An edit is a step of the allocator and
 * a step of the directory, in an order that never lets a slot name bytes that
 * are not its record's: bytes are taken before their slot appears, and given
 * back after it is gone.
 */
#include "leaf.h"

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
