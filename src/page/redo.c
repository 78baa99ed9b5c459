/*
 * Redo: the steps of a delta, applied to the page they were made from. A step
 * says where its bytes go, and what it does besides (free_start, hole_bytes,
 * which bytes become zero) follows from the page alone; so the result is the
 * maker's page to the byte.
 *
 * The body comes from a log that may be anybody's. The invariant is that the
 * page passes page_check before and after every step that needs slots: such a
 * step is refused unless its record, its place among the keys and its bytes on
 * the page are right. Only a patch writes at will; after one, page_check is
 * asked again before the next step that relies on it, and at the end (rule L4).
 * Each step_* function gets the step without its code and answers how many bytes
 * it used, 0 if refused.
 */
#include "delta.h"

enum { REFUSED = 0 };

static size_t width_of(const uint8_t *page)
{
    return slot_width(page_flags(page));
}

static int is_branch(const uint8_t *page)
{
    return page_kind(page) == PAGE_BRANCH;
}

/* Slot 0 of a branch stands for the low fence and comes and goes with the page. */
static size_t first_slot(const uint8_t *page)
{
    return is_branch(page) ? 1 : 0;
}

static int is_editable(const uint8_t *page)
{
    return is_branch(page) || leaf_is_current(page);
}

/* A key as a step or a slot has it. */
struct key {
    const uint8_t *bytes;
    size_t length;
};

/* Key or separator of a well-formed record of `length` bytes. */
static struct key key_of_record(const uint8_t *page, const uint8_t *record, size_t length)
{
    struct key key;
    if (is_branch(page)) {
        key.bytes = record + BRANCH_CHILD_SIZE;
        key.length = length - BRANCH_CHILD_SIZE;
    } else {
        key.bytes = plain_key(record, &key.length);
    }
    return key;
}

static struct key key_of_slot(const uint8_t *page, size_t page_size, size_t slot)
{
    size_t width = width_of(page);
    return key_of_record(page, page + slot_offset(page, page_size, width, slot),
                         slot_length(page, page_size, width, slot));
}

static int key_compare(struct key a, struct key b)
{
    return bytes_compare(a.bytes, a.length, b.bytes, b.length);
}

/* Does a record as P11 and P15 want it stand at p[0..length)? */
static int record_is_legal(const uint8_t *page, size_t page_size, const uint8_t *p, size_t length)
{
    struct record record;
    if (!is_branch(page))
        return plain_decode(p, length, page_size, &record);
    return length > BRANCH_CHILD_SIZE && length <= BRANCH_CHILD_SIZE + KEY_MAX(page_size) && load32(p) >= 2;
}

/* The fences that a page has or is to get. */
struct fences {
    struct key low;
    struct key high;
};

static struct fences fences_of(const uint8_t *page)
{
    struct fences fences;
    fences.low.bytes = page_low(page);
    fences.low.length = page_low_len(page);
    fences.high.bytes = page_high(page);
    fences.high.length = page_high_len(page);
    return fences;
}

/* Keys of a leaf may equal the low fence, separators of a branch lie above it. */
static int key_is_within(const uint8_t *page, const struct fences *fences, struct key key)
{
    int order = key_compare(key, fences->low);
    if (order < 0 || (order == 0 && is_branch(page)))
        return 0;
    return fences->high.length == 0 || key_compare(key, fences->high) < 0;
}

/* Does `key` belong behind the slots before `slot` and before those from `next` on? */
static int key_fits_between(const uint8_t *page, size_t page_size, struct key key, size_t slot, size_t next)
{
    struct fences fences = fences_of(page);
    if (!key_is_within(page, &fences, key))
        return 0;
    if (slot > first_slot(page) && key_compare(key_of_slot(page, page_size, slot - 1u), key) >= 0)
        return 0;
    return next >= page_slot_count(page) || key_compare(key, key_of_slot(page, page_size, next)) < 0;
}

/* A list that knows nothing is true for every page: places are looked up in the directory. */
static void space_forget(struct space *space)
{
    space->count = 0;
    space->complete = 0;
}

/* The numbers and the record of insert and replace. */
struct placement {
    size_t slot;
    size_t offset;
    size_t length;
    const uint8_t *record;
    struct key key;
};

enum { PLACEMENT_SIZE = 6 };

/* Takes insert or replace apart; 1 if all of it is there and its record is legal on this page. */
static int read_placement(const uint8_t *page, size_t page_size, const uint8_t *step, size_t size,
                          struct placement *placement)
{
    if (size < PLACEMENT_SIZE)
        return 0;
    placement->slot = load16(step);
    placement->offset = load16(step + 2);
    placement->length = load16(step + 4);
    placement->record = step + PLACEMENT_SIZE;
    if (placement->length > size - PLACEMENT_SIZE || placement->slot < first_slot(page) ||
        !record_is_legal(page, page_size, placement->record, placement->length))
        return 0;
    placement->key = key_of_record(page, placement->record, placement->length);
    return 1;
}

static size_t step_insert(uint8_t *page, size_t page_size, const uint8_t *step, size_t size)
{
    struct placement at;
    struct space space;
    if (!read_placement(page, page_size, step, size, &at) || at.slot > page_slot_count(page) ||
        !key_fits_between(page, page_size, at.key, at.slot, at.slot))
        return REFUSED;
    space_forget(&space);
    if (!space_take_at(page, page_size, &space, at.offset, at.length, width_of(page)))
        return REFUSED;
    bytes_copy(page + at.offset, at.record, at.length);
    uint32_t head = key_head(at.key.bytes, at.key.length, page_prefix_len(page));
    slot_insert(page, page_size, width_of(page), at.slot, at.offset, at.length, head);
    return PLACEMENT_SIZE + at.length;
}

static void give_extent(uint8_t *page, size_t page_size, struct space *space, size_t slot)
{
    size_t width = width_of(page);
    size_t offset = slot_offset(page, page_size, width, slot);
    size_t length = slot_length(page, page_size, width, slot);
    slot_set_extent(page, page_size, width, slot, 0, 0);
    space_give(page, space, offset, length);
}

static size_t step_replace(uint8_t *page, size_t page_size, const uint8_t *step, size_t size)
{
    struct placement at;
    struct space space;
    if (!read_placement(page, page_size, step, size, &at) || at.slot >= page_slot_count(page) ||
        !key_fits_between(page, page_size, at.key, at.slot, at.slot + 1u))
        return REFUSED;
    space_forget(&space);
    give_extent(page, page_size, &space, at.slot);
    if (!space_take_at(page, page_size, &space, at.offset, at.length, 0))
        return REFUSED;
    bytes_copy(page + at.offset, at.record, at.length);
    slot_set_extent(page, page_size, width_of(page), at.slot, at.offset, at.length);
    if (width_of(page) == SLOT_WIDTH_V3) {
        uint32_t head = key_head(at.key.bytes, at.key.length, page_prefix_len(page));
        slot_set_head(page, page_size, at.slot, head);
    }
    return PLACEMENT_SIZE + at.length;
}

static size_t step_delete(uint8_t *page, size_t page_size, const uint8_t *step, size_t size)
{
    struct space space;
    if (size < 2 || load16(step) < first_slot(page) || load16(step) >= page_slot_count(page))
        return REFUSED;
    space_forget(&space);
    give_extent(page, page_size, &space, load16(step));
    slot_remove(page, page_size, width_of(page), load16(step));
    return 2;
}

/* Are all keys of the slots [from, to) within these fences? A branch's slot `from` turns into its slot 0. */
static int keys_are_within(const uint8_t *page, size_t page_size, size_t from, size_t to, const struct fences *fences)
{
    size_t first = from + first_slot(page);
    if (first >= to)
        return 1;
    return key_is_within(page, fences, key_of_slot(page, page_size, first)) &&
           key_is_within(page, fences, key_of_slot(page, page_size, to - 1u));
}

static int fences_are_legal(const struct fences *fences, size_t page_size)
{
    return fences->low.length <= KEY_MAX(page_size) && fences->high.length <= KEY_MAX(page_size) &&
           (fences->high.length == 0 || key_compare(fences->low, fences->high) < 0);
}

enum { KEEP_SIZE = 8 };

static size_t step_keep(uint8_t *page, size_t page_size, const uint8_t *step, size_t size, uint8_t *scratch)
{
    struct fences fences;
    if (size < KEEP_SIZE)
        return REFUSED;
    size_t from = load16(step);
    size_t to = load16(step + 2);
    fences.low.length = load16(step + 4);
    fences.high.length = load16(step + 6);
    if (fences.low.length + fences.high.length > size - KEEP_SIZE)
        return REFUSED;
    fences.low.bytes = step + KEEP_SIZE;
    fences.high.bytes = step + KEEP_SIZE + fences.low.length;
    if (from > to || to > page_slot_count(page) || (is_branch(page) && from == to))
        return REFUSED;
    if (!fences_are_legal(&fences, page_size) || !keys_are_within(page, page_size, from, to, &fences))
        return REFUSED;
    if (!page_keep(page, page_size, from, to, fences.low.bytes, fences.low.length, fences.high.bytes,
                   fences.high.length, scratch))
        return REFUSED;
    return KEEP_SIZE + fences.low.length + fences.high.length;
}

static size_t step_child(uint8_t *page, size_t page_size, const uint8_t *step, size_t size)
{
    if (size < 6 || !is_branch(page) || load16(step) >= page_slot_count(page) || load32(step + 2) < 2)
        return REFUSED;
    branch_set_child(page, page_size, load16(step), load32(step + 2));
    return 6;
}

static size_t step_links(uint8_t *page, const uint8_t *step, size_t size)
{
    if (size < 8)
        return REFUSED;
    page_set_left(page, load32(step));
    page_set_right(page, load32(step + 4));
    return 8;
}

/* From the slot count to the reserved bytes, or behind the header. */
static int may_be_patched(size_t offset, size_t length, size_t page_size)
{
    if (offset >= HEADER_SIZE)
        return offset + length <= page_size;
    return offset >= HEADER_SLOT_COUNT && offset + length <= HEADER_LEFT;
}

static size_t step_patch(uint8_t *page, size_t page_size, const uint8_t *step, size_t size)
{
    if (size < 4)
        return REFUSED;
    size_t offset = load16(step);
    size_t length = load16(step + 2);
    if (length > size - 4u || !may_be_patched(offset, length, page_size))
        return REFUSED;
    bytes_copy(page + offset, step + 4, length);
    return 4u + length;
}

/* A page without holes stays as it is, so that a body full of compactions is not full of work. */
static size_t step_compact(uint8_t *page, size_t page_size, uint8_t *scratch)
{
    struct space space;
    space_compact(page, page_size, &space, scratch);
    return 1;
}

/* Steps that rely on slots; step without its code. Answers the bytes used, its code with them; 0 refused. */
static size_t redo_slots(uint8_t *page, size_t page_size, uint8_t code, const uint8_t *step, size_t size,
                         uint8_t *scratch)
{
    size_t used = REFUSED;
    if (!is_editable(page))
        return REFUSED;
    if (code == STEP_COMPACT)
        return step_compact(page, page_size, scratch);
    if (code == STEP_INSERT)
        used = step_insert(page, page_size, step, size);
    else if (code == STEP_REPLACE)
        used = step_replace(page, page_size, step, size);
    else if (code == STEP_DELETE)
        used = step_delete(page, page_size, step, size);
    else if (code == STEP_KEEP)
        used = step_keep(page, page_size, step, size, scratch);
    else if (code == STEP_CHILD)
        used = step_child(page, page_size, step, size);
    return used == REFUSED ? REFUSED : used + 1u;
}

int delta_redo(uint8_t *page, size_t page_size, const uint8_t *body, size_t size, const struct page_scratch *scratch)
{
    struct page_fault fault;
    int is_valid = 1;
    size_t at = 0;
    while (at < size) {
        size_t used;
        const uint8_t *step = body + at + 1u;
        size_t left = size - at - 1u;
        if (body[at] == STEP_LINKS || body[at] == STEP_PATCH) {
            used = body[at] == STEP_LINKS ? step_links(page, step, left) : step_patch(page, page_size, step, left);
            if (used == REFUSED)
                return 0;
            is_valid = is_valid && body[at] == STEP_LINKS;
            used++;
        } else {
            if (!is_valid && page_check(page, page_size, scratch, &fault) != RULE_OK)
                return 0;
            is_valid = 1;
            used = redo_slots(page, page_size, body[at], step, left, scratch->bytes);
            if (used == REFUSED)
                return 0;
        }
        at += used;
    }
    return is_valid || page_check(page, page_size, scratch, &fault) == RULE_OK;
}
