/*
 * Branch pages. The invariant is rules P2 to P15 for the kind branch: separators
 * ascend within the fences, slot 0's is empty and stands for the low fence. So
 * every key within the fences has exactly one child, the one of the last
 * separator at or below it, and slot 0 needs no comparison.
 *
 *      low                                                    high
 *       | child 0 | sep 1 | child 1 | sep 2 | child 2 | ...     |
 */
#include "branch.h"

#include "branch_search.h"

static uint8_t *record_at(uint8_t *page, size_t page_size, size_t slot)
{
    return page + slot_offset(page, page_size, SLOT_WIDTH_V3, slot);
}

void branch_bracket(const uint8_t *page, size_t page_size, size_t slot, const uint8_t **low, size_t *low_len,
                    const uint8_t **high, size_t *high_len)
{
    *low = page_low(page);
    *low_len = page_low_len(page);
    *high = page_high(page);
    *high_len = page_high_len(page);
    if (slot > 0)
        *low = branch_separator(page, page_size, slot, low_len);
    if (slot + 1u < page_slot_count(page))
        *high = branch_separator(page, page_size, slot + 1u, high_len);
}

static void write_record(uint8_t *p, uint32_t child, const uint8_t *separator, size_t separator_len)
{
    store32(p, child);
    bytes_copy(p + BRANCH_CHILD_SIZE, separator, separator_len);
}

static void fill_edit(struct leaf_edit *edit, size_t slot, size_t offset, size_t length, enum place place)
{
    edit->slot = slot;
    edit->offset = offset;
    edit->length = length;
    edit->compacted = place == PLACE_COMPACTED;
    edit->place = place;
}

int branch_insert(uint8_t *page, size_t page_size, struct space *space, size_t slot, uint32_t child,
                  const uint8_t *separator, size_t separator_len, uint8_t *scratch, struct leaf_edit *edit)
{
    size_t offset;
    size_t length = BRANCH_CHILD_SIZE + separator_len;
    enum place place = space_take(page, page_size, space, length, SLOT_WIDTH_V3, &offset, scratch);
    if (place == PLACE_NONE)
        return 0;
    write_record(page + offset, child, separator, separator_len);
    uint32_t head = key_head(separator, separator_len, page_prefix_len(page));
    slot_insert(page, page_size, SLOT_WIDTH_V3, slot, offset, length, head);
    fill_edit(edit, slot, offset, length, place);
    return 1;
}

/*
 * Room for a record of `length` in place of the one of `slot`: in its extent if
 * it fits there, else its extent is free before the place is chosen. While it
 * has none, the slot names no byte, so that compaction passes over it.
 */
static enum place retake(uint8_t *page, size_t page_size, struct space *space, size_t slot, size_t length,
                         size_t *offset, uint8_t *scratch)
{
    size_t old_offset = slot_offset(page, page_size, SLOT_WIDTH_V3, slot);
    size_t old_length = slot_length(page, page_size, SLOT_WIDTH_V3, slot);
    if (length <= old_length) {
        *offset = old_offset;
        if (length < old_length)
            space_give(page, space, old_offset + length, old_length - length);
        return PLACE_SAME;
    }
    if (!space_has_room(page, length - old_length, 0))
        return PLACE_NONE;
    slot_set_extent(page, page_size, SLOT_WIDTH_V3, slot, 0, 0);
    space_give(page, space, old_offset, old_length);
    return space_take(page, page_size, space, length, 0, offset, scratch);
}

int branch_replace(uint8_t *page, size_t page_size, struct space *space, size_t slot, uint32_t child,
                   const uint8_t *separator, size_t separator_len, uint8_t *scratch, struct leaf_edit *edit)
{
    size_t offset;
    size_t length = BRANCH_CHILD_SIZE + separator_len;
    enum place place = retake(page, page_size, space, slot, length, &offset, scratch);
    if (place == PLACE_NONE)
        return 0;
    write_record(page + offset, child, separator, separator_len);
    uint32_t head = key_head(separator, separator_len, page_prefix_len(page));
    slot_set_extent(page, page_size, SLOT_WIDTH_V3, slot, offset, length);
    slot_set_head(page, page_size, slot, head);
    fill_edit(edit, slot, offset, length, place);
    return 1;
}

void branch_set_child(uint8_t *page, size_t page_size, size_t slot, uint32_t child)
{
    store32(record_at(page, page_size, slot), child);
}

void branch_delete(uint8_t *page, size_t page_size, struct space *space, size_t slot)
{
    size_t offset = slot_offset(page, page_size, SLOT_WIDTH_V3, slot);
    size_t length = slot_length(page, page_size, SLOT_WIDTH_V3, slot);
    slot_remove(page, page_size, SLOT_WIDTH_V3, slot);
    space_give(page, space, offset, length);
}

/* Adds a child behind the last one of a page without holes that is known to have room. */
static void append_child(uint8_t *page, size_t page_size, uint32_t child, const uint8_t *separator,
                         size_t separator_len)
{
    size_t offset = page_free_start(page);
    size_t length = BRANCH_CHILD_SIZE + separator_len;
    write_record(page + offset, child, separator, separator_len);
    uint32_t head = key_head(separator, separator_len, page_prefix_len(page));
    slot_insert(page, page_size, SLOT_WIDTH_V3, page_slot_count(page), offset, length, head);
    store16(page + HEADER_FREE_START, (uint16_t)(offset + length));
}

/* Appends the children [from, to) of `source`, each with its own separator. */
static void append_children(uint8_t *page, const uint8_t *source, size_t page_size, size_t from, size_t to)
{
    for (size_t slot = from; slot < to; slot++) {
        size_t length;
        const uint8_t *separator = branch_separator(source, page_size, slot, &length);
        append_child(page, page_size, branch_child(source, page_size, slot), separator, length);
    }
}

void branch_split(uint8_t *page, uint8_t *right, size_t page_size, size_t at, uint32_t right_pgno, uint8_t *scratch)
{
    uint8_t low[KEY_MAX(PAGE_SIZE_MAX)];
    size_t low_len = page_low_len(page);
    size_t length;
    const uint8_t *separator = branch_separator(page, page_size, at, &length);
    page_init_slotted(right, page_size, right_pgno, page_tree(page), PAGE_BRANCH, page_level(page), page_flags(page),
                      separator, length, page_high(page), page_high_len(page));
    append_child(right, page_size, branch_child(page, page_size, at), separator, 0);
    append_children(right, page, page_size, at + 1u, page_slot_count(page));
    bytes_copy(low, page_low(page), low_len);
    /* It fits: the fence that comes is a separator that goes, and its slot goes with it. */
    (void)page_keep(page, page_size, 0, at, low, low_len, page_low(right), length, scratch);
}

/* Bytes of all records and slots. */
static size_t live_bytes(const uint8_t *page, size_t page_size)
{
    return page_free_start(page) - page_arena(page) - page_hole_bytes(page) + (page_size - page_free_end(page));
}

int branch_merge(uint8_t *page, const uint8_t *right, size_t page_size, uint8_t *scratch)
{
    size_t between = page_high_len(page);
    size_t arena = HEADER_SIZE + page_low_len(page) + page_high_len(right);
    if (arena + live_bytes(page, page_size) + live_bytes(right, page_size) + between > page_size)
        return 0;
    page_init_slotted(scratch, page_size, page_pgno(page), page_tree(page), PAGE_BRANCH, page_level(page),
                      page_flags(page), page_low(page), page_low_len(page), page_high(right), page_high_len(right));
    page_set_lsn(scratch, load64(page + HEADER_LSN));
    page_set_left(scratch, page_left(page));
    page_set_right(scratch, page_right(page));
    append_children(scratch, page, page_size, 0, page_slot_count(page));
    append_child(scratch, page_size, branch_child(right, page_size, 0), page_high(page), between);
    append_children(scratch, right, page_size, 1, page_slot_count(right));
    bytes_copy(page, scratch, page_size);
    return 1;
}

/* What one separator's slot and record take beside its own bytes. */
enum { CHILD_COST = SLOT_WIDTH_V3 + BRANCH_CHILD_SIZE };

/*
 * A place to split at, on trial: sizes of both pages with the new child in
 * them, and how many children each has. The separator at the place is no record
 * of either page any more, but a fence of both.
 */
struct split_trial {
    size_t left;
    size_t right;
    size_t left_count;
    size_t right_count;
};

static int trial_is_better(const struct split_trial *trial, const struct split_trial *best, size_t page_size,
                           int append)
{
    if (trial->left > page_size || trial->right > page_size || trial->left_count < 2 || trial->right_count < 2)
        return 0;
    if (append || best->left_count == 0)
        return 1;
    size_t larger = trial->left > trial->right ? trial->left : trial->right;
    size_t best_larger = best->left > best->right ? best->left : best->right;
    return larger < best_larger;
}

size_t branch_split_point(const uint8_t *page, size_t page_size, size_t slot, size_t new_bytes, int append)
{
    size_t count = page_slot_count(page);
    size_t total = live_bytes(page, page_size);
    size_t kept = CHILD_COST; /* live bytes of the slots before `at`; the first is slot 0 with its empty separator */
    size_t at_best = count / 2u;
    struct split_trial best = {0, 0, 0, 0};
    for (size_t at = 1; at < count; at++) {
        size_t separator_len = slot_length(page, page_size, SLOT_WIDTH_V3, at) - BRANCH_CHILD_SIZE;
        int new_left = slot <= at;
        struct split_trial trial;
        trial.left = HEADER_SIZE + page_low_len(page) + separator_len + kept + (new_left ? new_bytes : 0);
        trial.right = HEADER_SIZE + page_high_len(page) + (total - kept) + (new_left ? 0 : new_bytes);
        trial.left_count = at + (new_left ? 1u : 0u);
        trial.right_count = count - at + (new_left ? 0u : 1u);
        if (trial_is_better(&trial, &best, page_size, append)) {
            best = trial;
            at_best = at;
        }
        kept += CHILD_COST + separator_len;
    }
    return at_best;
}
