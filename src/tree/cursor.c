/*
 * Cursors. A place is a leaf and a slot in it; the slots that the bounds allow
 * in this leaf are worked out once, when the cursor comes to it, so that a step
 * inside a leaf compares nothing.
 *
 * Invariant: a cursor on a record knows that record's key, or is a reader's and
 * placed on it. A reader's pages never change, so its place is true for good and
 * its leaf stays pinned. A writer's pages change between calls; its cursor saves
 * the key at every step, pins nothing between calls (a pinned page could not be
 * freed or set back), and seeks by the key unless the leaf is as it left it.
 */
#include "cursor.h"
#include "overflow.h"

static struct frame **leaf_frame(struct cursor *cursor)
{
    return &cursor->path.step[cursor->path.depth - 1].frame;
}

static int is_writer(const struct cursor *cursor)
{
    return cursor->view->snapshot == NULL;
}

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

/* Gives the place up; `key` stays. */
static void drop_place(struct cursor *cursor)
{
    if (cursor->placed) {
        path_release(cursor->view, &cursor->path);
    }
    cursor->placed = 0;
    cursor->reader.page = NULL;
}

void cursor_close(struct cursor *cursor)
{
    drop_place(cursor);
    leaf_reader_free(&cursor->reader);
    memory_release(cursor->view->store->memory, cursor->key);
    cursor->key = NULL;
}

static void save_key(struct cursor *cursor, const struct record *record)
{
    bytes_copy(cursor->key, record->key, record->key_len);
    cursor->key_len = record->key_len;
}

/* A reader's key, before it gives its place up. A writer has saved it already. */
static void save_readers_key(struct cursor *cursor)
{
    struct record record;
    if (cursor->placed && cursor->where == CURSOR_ON && !is_writer(cursor)) {
        leaf_reader_get(&cursor->reader, cursor->slot, &record);
        save_key(cursor, &record);
    }
}

void cursor_unplace(struct cursor *cursor)
{
    save_readers_key(cursor);
    drop_place(cursor);
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
    drop_place(cursor);
    cursor->where = CURSOR_BEFORE;
    cursor->low_kind = keep_bound(cursor, low_kind, low, QUIRE_BOUND_EXCLUDED, cursor->low, &cursor->low_len);
    cursor->high_kind = keep_bound(cursor, high_kind, high, QUIRE_BOUND_INCLUDED, cursor->high, &cursor->high_len);
    if (cursor->low_len == 0) {
        cursor->low_kind = QUIRE_BOUND_NONE; /* every key lies above the empty one */
    }
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

static int compare_keys(const uint8_t *a, size_t a_len, quire_bytes b)
{
    return bytes_compare(a, a_len, b.data, b.size);
}

/* First slot of the leaf with a key at or after `key` (after it when `beyond`), for keys outside the fences too. */
static quire_status slot_of(struct cursor *cursor, quire_bytes key, int beyond, size_t *slot)
{
    const uint8_t *page = (*leaf_frame(cursor))->data;
    struct record record;
    struct overflow_ref ref;
    int found = 0;
    if (compare_keys(page_low(page), page_low_len(page), key) > 0 || key.size == 0) {
        *slot = 0;
        return QUIRE_OK;
    }
    if (page_high_len(page) > 0 && compare_keys(page_high(page), page_high_len(page), key) <= 0) {
        *slot = page_slot_count(page);
        return QUIRE_OK;
    }
    quire_status status = leaf_find(cursor->view, page, key.data, key.size, slot, &found, &record, &ref);
    *slot += beyond && found;
    return status;
}

static quire_status find_range(struct cursor *cursor)
{
    quire_status status = QUIRE_OK;
    cursor->begin = 0;
    cursor->end = cursor->reader.count;
    if (cursor->low_kind != QUIRE_BOUND_NONE) {
        status = slot_of(cursor, (quire_bytes){cursor->low, cursor->low_len}, cursor->low_kind == QUIRE_BOUND_EXCLUDED,
                         &cursor->begin);
    }
    if (status == QUIRE_OK && cursor->high_kind != QUIRE_BOUND_NONE) {
        status = slot_of(cursor, (quire_bytes){cursor->high, cursor->high_len},
                         cursor->high_kind == QUIRE_BOUND_INCLUDED, &cursor->end);
    }
    return status;
}

/* ---- Coming to a place ---------------------------------------------------- */

/* The path has come to another leaf, pinned: makes the rest of the place true. */
static quire_status enter_leaf(struct cursor *cursor)
{
    cursor->placed = 1;
    cursor->edits = cursor->view->edits;
    quire_status status = leaf_reader_open(&cursor->reader, cursor->view, (*leaf_frame(cursor))->data);
    if (status == QUIRE_OK) {
        status = find_range(cursor);
    }
    if (status != QUIRE_OK) {
        drop_place(cursor);
    }
    return status;
}

/* Goes to the leaf that holds `key`; an empty key means the first leaf. */
static quire_status go_to_leaf(struct cursor *cursor, quire_bytes key)
{
    drop_place(cursor);
    quire_status status = key.size == 0
                              ? path_edge(cursor->view, &cursor->tree, 0, &cursor->path)
                              : path_descend(cursor->view, &cursor->tree, key.data, key.size, 0, &cursor->path);
    return status == QUIRE_OK ? enter_leaf(cursor) : status;
}

static quire_status go_to_last_leaf(struct cursor *cursor)
{
    drop_place(cursor);
    quire_status status = path_edge(cursor->view, &cursor->tree, 1, &cursor->path);
    return status == QUIRE_OK ? enter_leaf(cursor) : status;
}

/* Moves to the neighbour leaf; at the end of the tree QUIRE_NOT_FOUND, and the place is gone. */
static quire_status go_to_neighbour(struct cursor *cursor, int forward)
{
    quire_status status = forward ? path_next_leaf(cursor->view, &cursor->tree, &cursor->path)
                                  : path_previous_leaf(cursor->view, &cursor->tree, &cursor->path);
    if (status != QUIRE_OK) {
        cursor->placed = 0;
        cursor->reader.page = NULL;
        return status;
    }
    return enter_leaf(cursor);
}

/*
 * Is the place still true? A writer takes its leaf's pin again; the leaf is as
 * it was if no edit moved pages about and its LSN is the one seen.
 */
static int resume(struct cursor *cursor)
{
    if (!cursor->placed || !is_writer(cursor)) {
        return cursor->placed;
    }
    struct path_step *leaf = &cursor->path.step[cursor->path.depth - 1];
    leaf->frame = NULL;
    if (cursor->edits != cursor->view->edits ||
        node_get_kind(cursor->view, leaf->pgno, PAGE_LEAF, cursor->tree.id, &leaf->frame) != QUIRE_OK) {
        drop_place(cursor);
        return 0;
    }
    if (leaf->frame->data != cursor->reader.page || page_lsn(leaf->frame->data) != cursor->reader.lsn) {
        drop_place(cursor);
        return 0;
    }
    return 1;
}

/* The end of every move: a writer's pin goes to the view, which keeps the bytes handed out until the next call. */
static quire_status finish(struct cursor *cursor, quire_status status)
{
    if (cursor->placed && is_writer(cursor)) {
        view_hold(cursor->view, *leaf_frame(cursor));
        *leaf_frame(cursor) = NULL;
    }
    return status;
}

static quire_status read_value(struct cursor *cursor, const struct record *record, quire_bytes *value)
{
    if (!record->overflow) {
        *value = (quire_bytes){record->stored, record->value_len};
        return QUIRE_OK;
    }
    quire_status status = view_value_buffer(cursor->view, record->value_len);
    if (status == QUIRE_OK) {
        status = overflow_read(cursor->view, cursor->tree.id, leaf_reader_ref(&cursor->reader, record),
                               record->value_len, 0, cursor->view->value, record->value_len);
    }
    if (status == QUIRE_OK) {
        *value = (quire_bytes){cursor->view->value, record->value_len};
    }
    return status;
}

/* The place is found: stands on it and hands the record out. */
static inline quire_status stand(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    struct record record;
    leaf_reader_get(&cursor->reader, cursor->slot, &record);
    cursor->where = CURSOR_ON;
    if (is_writer(cursor)) {
        save_key(cursor, &record);
    }
    if (value) {
        quire_status status = read_value(cursor, &record, value);
        if (status != QUIRE_OK) {
            return status;
        }
    }
    if (key) {
        *key = (quire_bytes){record.key, record.key_len};
    }
    return QUIRE_OK;
}

static quire_status leave(struct cursor *cursor, enum cursor_where where)
{
    drop_place(cursor);
    cursor->where = where;
    return QUIRE_NOT_FOUND;
}

/* From slot `slot` of the leaf at hand, which may be its end, forward to the first record within the bounds. */
static quire_status settle_forward(struct cursor *cursor, size_t slot, quire_bytes *key, quire_bytes *value)
{
    slot = slot < cursor->begin ? cursor->begin : slot;
    while (slot >= cursor->end) {
        if (cursor->end < cursor->reader.count) {
            return leave(cursor, CURSOR_AFTER);
        }
        quire_status status = go_to_neighbour(cursor, 1);
        if (status != QUIRE_OK) {
            return status == QUIRE_NOT_FOUND ? leave(cursor, CURSOR_AFTER) : status;
        }
        slot = cursor->begin;
    }
    cursor->slot = slot;
    return stand(cursor, key, value);
}

/* The same backward, from the record before slot `slot`. */
static quire_status settle_backward(struct cursor *cursor, size_t slot, quire_bytes *key, quire_bytes *value)
{
    slot = slot > cursor->end ? cursor->end : slot;
    while (slot <= cursor->begin) {
        if (cursor->begin > 0) {
            return leave(cursor, CURSOR_BEFORE);
        }
        quire_status status = go_to_neighbour(cursor, 0);
        if (status != QUIRE_OK) {
            return status == QUIRE_NOT_FOUND ? leave(cursor, CURSOR_BEFORE) : status;
        }
        slot = cursor->end;
    }
    cursor->slot = slot - 1;
    return stand(cursor, key, value);
}

/* ---- Moves ---------------------------------------------------------------- */

static quire_status forward_from(struct cursor *cursor, quire_bytes from, int beyond, quire_bytes *key,
                                 quire_bytes *value)
{
    size_t slot = 0;
    quire_status status = go_to_leaf(cursor, from);
    if (status == QUIRE_OK) {
        status = slot_of(cursor, from, beyond, &slot);
    }
    return status == QUIRE_OK ? settle_forward(cursor, slot, key, value) : status;
}

static quire_status backward_from(struct cursor *cursor, quire_bytes from, int beyond, quire_bytes *key,
                                  quire_bytes *value)
{
    size_t slot = 0;
    quire_status status = go_to_leaf(cursor, from);
    if (status == QUIRE_OK) {
        status = slot_of(cursor, from, beyond, &slot);
    }
    return status == QUIRE_OK ? settle_backward(cursor, slot, key, value) : status;
}

static quire_bytes low_bound(const struct cursor *cursor)
{
    return (quire_bytes){cursor->low, cursor->low_kind == QUIRE_BOUND_NONE ? 0 : cursor->low_len};
}

static quire_bytes own_key(const struct cursor *cursor)
{
    return (quire_bytes){cursor->key, cursor->key_len};
}

quire_status cursor_first(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    cursor_unplace(cursor);
    return finish(cursor, forward_from(cursor, low_bound(cursor), 0, key, value));
}

quire_status cursor_last(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    cursor_unplace(cursor);
    if (cursor->high_kind != QUIRE_BOUND_NONE) {
        quire_bytes high = {cursor->high, cursor->high_len};
        return finish(cursor, backward_from(cursor, high, 1, key, value));
    }
    quire_status status = go_to_last_leaf(cursor);
    return finish(cursor, status == QUIRE_OK ? settle_backward(cursor, cursor->end, key, value) : status);
}

/* next() when the step leaves the leaf, or the place must be found first. */
static quire_status next_slow(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    if (cursor->where == CURSOR_BEFORE) {
        return cursor_first(cursor, key, value);
    }
    if (cursor->where == CURSOR_AFTER) {
        return QUIRE_NOT_FOUND;
    }
    if (cursor->where == CURSOR_ON && resume(cursor)) {
        save_readers_key(cursor);
        return finish(cursor, settle_forward(cursor, cursor->slot + 1, key, value));
    }
    return finish(cursor, forward_from(cursor, own_key(cursor), 1, key, value));
}

quire_status cursor_next(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    if (cursor->where == CURSOR_ON && cursor->placed && !is_writer(cursor) && cursor->slot + 1 < cursor->end) {
        cursor->slot++;
        return stand(cursor, key, value);
    }
    return next_slow(cursor, key, value);
}

static quire_status previous_slow(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    if (cursor->where == CURSOR_AFTER) {
        return cursor_last(cursor, key, value);
    }
    if (cursor->where == CURSOR_BEFORE) {
        return QUIRE_NOT_FOUND;
    }
    if (cursor->where == CURSOR_ON && resume(cursor)) {
        save_readers_key(cursor);
        return finish(cursor, settle_backward(cursor, cursor->slot, key, value));
    }
    return finish(cursor, backward_from(cursor, own_key(cursor), 0, key, value));
}

quire_status cursor_previous(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    if (cursor->where == CURSOR_ON && cursor->placed && !is_writer(cursor) && cursor->slot > cursor->begin) {
        cursor->slot--;
        return stand(cursor, key, value);
    }
    return previous_slow(cursor, key, value);
}

/* A target longer than any key lies right behind its first KEY_MAX bytes. */
static quire_bytes cut_target(const struct cursor *cursor, quire_bytes target, int *was_cut)
{
    size_t key_max = cursor->view->store->key_max;
    *was_cut = target.size > key_max;
    return (quire_bytes){target.data, *was_cut ? key_max : target.size};
}

quire_status cursor_seek(struct cursor *cursor, quire_bytes target, quire_bytes *key, quire_bytes *value)
{
    int was_cut;
    quire_bytes from = cut_target(cursor, target, &was_cut);
    cursor_unplace(cursor);
    if (compare_keys(from.data, from.size, low_bound(cursor)) < 0) {
        return cursor_first(cursor, key, value);
    }
    return finish(cursor, forward_from(cursor, from, was_cut, key, value));
}

static int lies_above_high(const struct cursor *cursor, quire_bytes target)
{
    return cursor->high_kind != QUIRE_BOUND_NONE &&
           compare_keys(target.data, target.size, (quire_bytes){cursor->high, cursor->high_len}) > 0;
}

quire_status cursor_seek_back(struct cursor *cursor, quire_bytes target, quire_bytes *key, quire_bytes *value)
{
    int was_cut;
    quire_bytes from = cut_target(cursor, target, &was_cut);
    cursor_unplace(cursor);
    if (lies_above_high(cursor, from)) {
        return cursor_last(cursor, key, value);
    }
    return finish(cursor, backward_from(cursor, from, 1, key, value));
}

/* ---- The record at hand --------------------------------------------------- */

/* Comes back to the record it stands on; QUIRE_NOT_FOUND when there is none, or none any more. */
static quire_status return_to_record(struct cursor *cursor)
{
    quire_bytes key;
    if (cursor->where != CURSOR_ON) {
        return QUIRE_NOT_FOUND;
    }
    if (resume(cursor)) {
        return QUIRE_OK;
    }
    quire_status status = go_to_leaf(cursor, own_key(cursor));
    if (status == QUIRE_OK) {
        status = slot_of(cursor, own_key(cursor), 0, &cursor->slot);
    }
    if (status != QUIRE_OK) {
        return status;
    }
    struct record record;
    if (cursor->slot < cursor->reader.count) {
        leaf_reader_get(&cursor->reader, cursor->slot, &record);
        key = (quire_bytes){record.key, record.key_len};
        if (compare_keys(cursor->key, cursor->key_len, key) == 0) {
            return QUIRE_OK;
        }
    }
    drop_place(cursor);
    cursor->where = CURSOR_BETWEEN;
    return QUIRE_NOT_FOUND;
}

quire_status cursor_record(struct cursor *cursor, struct record *record, struct overflow_ref *ref)
{
    quire_status status = return_to_record(cursor);
    if (status != QUIRE_OK) {
        return status;
    }
    leaf_reader_get(&cursor->reader, cursor->slot, record);
    if (record->overflow) {
        *ref = leaf_reader_ref(&cursor->reader, record);
    }
    return finish(cursor, QUIRE_OK);
}

quire_status cursor_replace(struct cursor *cursor, quire_bytes value)
{
    quire_status status = return_to_record(cursor);
    if (status != QUIRE_OK) {
        return status;
    }
    drop_place(cursor);
    view_hold(cursor->view, NULL);
    return tree_put(cursor->view, &cursor->tree, own_key(cursor), value, 0);
}

quire_status cursor_delete(struct cursor *cursor)
{
    quire_status status = return_to_record(cursor);
    if (status != QUIRE_OK) {
        return status;
    }
    drop_place(cursor);
    view_hold(cursor->view, NULL);
    status = tree_delete(cursor->view, &cursor->tree, own_key(cursor));
    if (status == QUIRE_OK) {
        cursor->where = CURSOR_BETWEEN;
    }
    return status;
}
