/*
 * Coming to a place: a leaf and a slot in it. The slots that the bounds allow in
 * the leaf are worked out once, when the cursor comes to it, so that a step
 * inside a leaf compares nothing.
 */
#include "cursor_place.h"

quire_status cursor_open(struct cursor *cursor, struct view *view, const struct tree *tree)
{
    size_t key_max = view->store->key_max;
    *cursor = (struct cursor){.view = view, .tree = *tree};
    cursor->key = memory_allocate(view->store->memory, 3 * key_max);
    if (!cursor->key) {
        return fault_set(view->fault, QUIRE_NO_MEMORY, "no memory for a cursor");
    }
    cursor->low = cursor->key + key_max;
    cursor->high = cursor->key + 2 * key_max;
    leaf_reader_init(&cursor->reader, view);
    return QUIRE_OK;
}

void cursor_drop_place(struct cursor *cursor)
{
    if (cursor->placed) {
        path_release(cursor->view, &cursor->path);
    }
    cursor->placed = 0;
    cursor->reader.page = NULL;
}

void cursor_close(struct cursor *cursor)
{
    cursor_drop_place(cursor);
    leaf_reader_free(&cursor->reader);
    memory_release(cursor->view->store->memory, cursor->key);
    cursor->key = NULL;
}

void cursor_save_readers_key(struct cursor *cursor)
{
    struct record record;
    if (cursor->placed && cursor->where == CURSOR_ON && !cursor_is_writer(cursor)) {
        leaf_reader_get(&cursor->reader, cursor->slot, &record);
        cursor_save_key(cursor, &record);
    }
}

void cursor_unplace(struct cursor *cursor)
{
    cursor_save_readers_key(cursor);
    cursor_drop_place(cursor);
}

/* ---- Bounds --------------------------------------------------------------- */

/*
 * No key is longer than KEY_MAX, so a longer bound lies right behind its first
 * KEY_MAX bytes: as a lower bound it leaves those out, as an upper one takes them in.
 */
static int keep_bound(const struct cursor *cursor, int kind, quire_bytes bound, int kind_when_cut, uint8_t *buffer,
                      size_t *length)
{
    size_t key_max = cursor->view->store->key_max;
    *length = bound.size < key_max ? bound.size : key_max;
    if (kind == QUIRE_BOUND_NONE) {
        *length = 0;
        return kind;
    }
    bytes_copy(buffer, bound.data, *length);
    return bound.size > key_max ? kind_when_cut : kind;
}

quire_status cursor_bounds(struct cursor *cursor, int low_kind, quire_bytes low, int high_kind, quire_bytes high)
{
    cursor->low_kind = keep_bound(cursor, low_kind, low, QUIRE_BOUND_EXCLUDED, cursor->low, &cursor->low_len);
    cursor->high_kind = keep_bound(cursor, high_kind, high, QUIRE_BOUND_INCLUDED, cursor->high, &cursor->high_len);
    if (cursor->low_len == 0) {
        cursor->low_kind = QUIRE_BOUND_NONE; /* every key lies above the empty one */
    }
    cursor_drop_place(cursor);
    cursor->where = CURSOR_BEFORE;
    return QUIRE_OK;
}

quire_status cursor_prefix(struct cursor *cursor, quire_bytes prefix)
{
    size_t key_max = cursor->view->store->key_max;
    size_t length = prefix.size;
    while (length > 0 && prefix.data[length - 1] == 0xff) {
        length--;
    }
    int high_kind = length == 0 ? QUIRE_BOUND_NONE : QUIRE_BOUND_EXCLUDED;
    int low_kind = prefix.size == 0 ? QUIRE_BOUND_NONE : QUIRE_BOUND_INCLUDED;
    quire_status status = cursor_bounds(cursor, low_kind, prefix, high_kind, (quire_bytes){prefix.data, length});
    if (high_kind == QUIRE_BOUND_EXCLUDED && length <= key_max) {
        cursor->high[length - 1]++; /* the least key above all with the prefix */
    }
    return status;
}

size_t cursor_slot_of(struct cursor *cursor, quire_bytes key, int beyond)
{
    const uint8_t *page = (*cursor_leaf_frame(cursor))->data;
    struct record record;
    size_t slot;
    int found;
    if (cursor_compare(page_low(page), page_low_len(page), key) > 0 || key.size == 0) {
        return 0;
    }
    if (page_high_len(page) > 0 && cursor_compare(page_high(page), page_high_len(page), key) <= 0) {
        return page_slot_count(page);
    }
    leaf_find(cursor->view, page, key, &slot, &found, &record);
    return slot + (beyond && found ? 1u : 0u);
}

/* Works out which slots of the leaf the bounds allow. */
static void find_range(struct cursor *cursor)
{
    quire_bytes low = {cursor->low, cursor->low_len}, high = {cursor->high, cursor->high_len};
    cursor->begin = 0;
    cursor->end = cursor->reader.count;
    if (cursor->low_kind != QUIRE_BOUND_NONE) {
        cursor->begin = cursor_slot_of(cursor, low, cursor->low_kind == QUIRE_BOUND_EXCLUDED);
    }
    if (cursor->high_kind != QUIRE_BOUND_NONE) {
        cursor->end = cursor_slot_of(cursor, high, cursor->high_kind == QUIRE_BOUND_INCLUDED);
    }
}

/* ---- Coming to a place ---------------------------------------------------- */

/* The path has come to another leaf, pinned: makes the rest of the place true. */
static quire_status enter_leaf(struct cursor *cursor)
{
    cursor->placed = 1;
    cursor->edits = cursor->view->edits;
    quire_status status = leaf_reader_open(&cursor->reader, cursor->view, (*cursor_leaf_frame(cursor))->data);
    if (status != QUIRE_OK) {
        cursor_drop_place(cursor);
        return status;
    }
    find_range(cursor);
    return QUIRE_OK;
}

int cursor_is_at_leaf_of(struct cursor *cursor, quire_bytes key)
{
    if (!cursor_resume(cursor)) {
        return 0;
    }
    const uint8_t *page = cursor->reader.page;
    size_t high_len = page_high_len(page);
    return cursor_compare(page_low(page), page_low_len(page), key) <= 0 &&
           (high_len == 0 || cursor_compare(page_high(page), high_len, key) > 0);
}

quire_status cursor_go_to_leaf(struct cursor *cursor, quire_bytes key)
{
    cursor_drop_place(cursor);
    TRY(key.size == 0 ? path_edge(cursor->view, &cursor->tree, 0, &cursor->path)
                      : path_descend(cursor->view, &cursor->tree, key.data, key.size, 0, &cursor->path));
    return enter_leaf(cursor);
}

quire_status cursor_go_to_last_leaf(struct cursor *cursor)
{
    cursor_drop_place(cursor);
    TRY(path_edge(cursor->view, &cursor->tree, 1, &cursor->path));
    return enter_leaf(cursor);
}

quire_status cursor_go_to_neighbour(struct cursor *cursor, int forward)
{
    quire_status status = path_neighbour(cursor->view, &cursor->tree, forward, &cursor->path);
    if (status != QUIRE_OK) {
        cursor->placed = 0;
        cursor->reader.page = NULL;
        return status;
    }
    return enter_leaf(cursor);
}

int cursor_resume(struct cursor *cursor)
{
    if (!cursor->placed || !cursor_is_writer(cursor)) {
        return cursor->placed;
    }
    struct path_step *leaf = &cursor->path.step[cursor->path.depth - 1];
    leaf->frame = NULL;
    if (cursor->edits != cursor->view->edits ||
        node_get_kind(cursor->view, leaf->pgno, PAGE_LEAF, cursor->tree.id, &leaf->frame) != QUIRE_OK) {
        cursor_drop_place(cursor);
        return 0;
    }
    if (leaf->frame->data != cursor->reader.page || page_lsn(leaf->frame->data) != cursor->reader.lsn) {
        cursor_drop_place(cursor);
        return 0;
    }
    return 1;
}
