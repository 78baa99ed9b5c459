/*
 * Moves of a cursor, and the record it stands on. A move goes to a slot, then on
 * to the first record within the bounds on that side, over the ends of leaves.
 * Most moves of a scan are one step inside a leaf, and cost no more than that.
 */
#include "cursor_place.h"
#include "overflow.h"

/* The end of every move: a writer's pin goes to the view, which keeps the bytes handed out until the next call. */
static quire_status finish(struct cursor *cursor, quire_status status)
{
    if (cursor->placed && cursor_is_writer(cursor)) {
        view_hold(cursor->view, *cursor_leaf_frame(cursor));
        *cursor_leaf_frame(cursor) = NULL;
    }
    return status;
}

static quire_bytes own_key(const struct cursor *cursor)
{
    return (quire_bytes){cursor->key, cursor->key_len};
}

static quire_status read_value(struct cursor *cursor, const struct record *record, quire_bytes *value)
{
    if (!record->overflow && cursor_is_writer(cursor)) {
        return view_copy_value(cursor->view, record->stored, record->value_len, value);
    }
    if (!record->overflow) {
        *value = (quire_bytes){record->stored, record->value_len};
        return QUIRE_OK;
    }
    return overflow_load(cursor->view, cursor->tree.id, leaf_ref(cursor->reader.page, record), record->value_len,
                         value);
}

/* The place is found: stands on it and hands the record out. */
__attribute__((noinline)) static quire_status stand(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    struct record record;
    leaf_reader_get(&cursor->reader, cursor->slot, &record);
    cursor->where = CURSOR_ON;
    if (cursor_is_writer(cursor)) {
        cursor_save_key(cursor, &record);
    }
    if (value) {
        TRY(read_value(cursor, &record, value));
    }
    if (key) {
        *key = cursor_is_writer(cursor) ? own_key(cursor) : (quire_bytes){record.key, record.key_len};
    }
    return QUIRE_OK;
}

static inline int can_step(const struct cursor *cursor)
{
    return cursor->where == CURSOR_ON && cursor->placed && cursor->reader.is_current && !cursor_is_writer(cursor);
}

/*
 * One step inside a leaf of today for a reader, whose pages stay as they are: the
 * step that a scan is made of. What else may happen is kept out of its way.
 */
static inline quire_status step_to(struct cursor *cursor, size_t slot, quire_bytes *key, quire_bytes *value)
{
    struct record record;
    cursor->slot = slot;
    leaf_reader_get_current(&cursor->reader, slot, &record);
    if (record.overflow) {
        return stand(cursor, key, value);
    }
    if (value) {
        *value = (quire_bytes){record.stored, record.value_len};
    }
    if (key) {
        *key = (quire_bytes){record.key, record.key_len};
    }
    return QUIRE_OK;
}

/*
 * The first record on the given side of `slot`, a border between slots of the leaf at hand or one of its ends, that
 * lies within the bounds: forward the record behind the border, backward the one before it.
 */
static quire_status settle(struct cursor *cursor, int forward, size_t slot, quire_bytes *key, quire_bytes *value)
{
    for (;;) {
        slot = forward && slot < cursor->begin ? cursor->begin : slot;
        slot = !forward && slot > cursor->end ? cursor->end : slot;
        if (forward ? slot < cursor->end : slot > cursor->begin) {
            cursor->slot = forward ? slot : slot - 1;
            return stand(cursor, key, value);
        }
        int is_at_bound = forward ? cursor->end < cursor->reader.count : cursor->begin > 0;
        quire_status status = is_at_bound ? QUIRE_NOT_FOUND : cursor_go_to_neighbour(cursor, forward);
        if (status == QUIRE_NOT_FOUND) {
            cursor_drop_place(cursor);
            cursor->where = forward ? CURSOR_AFTER : CURSOR_BEFORE;
        }
        if (status != QUIRE_OK) {
            return status;
        }
        slot = forward ? cursor->begin : cursor->end;
    }
}

/* ---- Moves ---------------------------------------------------------------- */

/* From the border at `from`: before a record of this key, or behind it (`beyond`). */
static quire_status settle_from(struct cursor *cursor, int forward, quire_bytes from, int beyond, quire_bytes *key,
                                quire_bytes *value)
{
    if (!cursor_is_at_leaf_of(cursor, from)) {
        TRY(cursor_go_to_leaf(cursor, from));
    }
    return settle(cursor, forward, cursor_slot_of(cursor, from, beyond), key, value);
}

static quire_bytes low_bound(const struct cursor *cursor)
{
    return (quire_bytes){cursor->low, cursor->low_kind == QUIRE_BOUND_NONE ? 0 : cursor->low_len};
}

quire_status cursor_first(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    cursor_unplace(cursor);
    return finish(cursor, settle_from(cursor, 1, low_bound(cursor), 0, key, value));
}

quire_status cursor_last(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    cursor_unplace(cursor);
    if (cursor->high_kind != QUIRE_BOUND_NONE) {
        quire_bytes high = {cursor->high, cursor->high_len};
        return finish(cursor, settle_from(cursor, 0, high, 1, key, value));
    }
    TRY(cursor_go_to_last_leaf(cursor));
    return finish(cursor, settle(cursor, 0, cursor->end, key, value));
}

/* A step that leaves the leaf, or that must find the place first. */
__attribute__((noinline)) static quire_status step_slow(struct cursor *cursor, int forward, quire_bytes *key,
                                                        quire_bytes *value)
{
    if (cursor->where == (forward ? CURSOR_BEFORE : CURSOR_AFTER)) {
        return forward ? cursor_first(cursor, key, value) : cursor_last(cursor, key, value);
    }
    if (cursor->where == (forward ? CURSOR_AFTER : CURSOR_BEFORE)) {
        return QUIRE_NOT_FOUND;
    }
    if (cursor->where == CURSOR_ON && cursor_resume(cursor)) {
        cursor_save_readers_key(cursor);
        return finish(cursor, settle(cursor, forward, cursor->slot + (forward ? 1u : 0u), key, value));
    }
    return finish(cursor, settle_from(cursor, forward, own_key(cursor), forward, key, value));
}

quire_status cursor_next(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    if (can_step(cursor) && cursor->slot + 1 < cursor->end) {
        return step_to(cursor, cursor->slot + 1, key, value);
    }
    return step_slow(cursor, 1, key, value);
}

quire_status cursor_previous(struct cursor *cursor, quire_bytes *key, quire_bytes *value)
{
    if (can_step(cursor) && cursor->slot > cursor->begin) {
        return step_to(cursor, cursor->slot - 1, key, value);
    }
    return step_slow(cursor, 0, key, value);
}

/*
 * Takes the target over, which may be bytes that this cursor handed out. One
 * longer than any key lies right behind its first KEY_MAX bytes.
 */
static quire_bytes take_target(struct cursor *cursor, quire_bytes target, int *was_cut)
{
    size_t key_max = cursor->view->store->key_max;
    *was_cut = target.size > key_max;
    cursor->key_len = *was_cut ? key_max : target.size;
    bytes_move(cursor->key, target.data, cursor->key_len);
    return own_key(cursor);
}

quire_status cursor_seek(struct cursor *cursor, quire_bytes target, quire_bytes *key, quire_bytes *value)
{
    int was_cut;
    quire_bytes from = take_target(cursor, target, &was_cut);
    if (cursor_compare(from.data, from.size, low_bound(cursor)) < 0) {
        return cursor_first(cursor, key, value);
    }
    return finish(cursor, settle_from(cursor, 1, from, was_cut, key, value));
}

static int lies_above_high(const struct cursor *cursor, quire_bytes target)
{
    return cursor->high_kind != QUIRE_BOUND_NONE &&
           cursor_compare(target.data, target.size, (quire_bytes){cursor->high, cursor->high_len}) > 0;
}

quire_status cursor_seek_back(struct cursor *cursor, quire_bytes target, quire_bytes *key, quire_bytes *value)
{
    int was_cut;
    quire_bytes from = take_target(cursor, target, &was_cut);
    if (lies_above_high(cursor, from)) {
        return cursor_last(cursor, key, value);
    }
    return finish(cursor, settle_from(cursor, 0, from, 1, key, value));
}

/* ---- The record at hand --------------------------------------------------- */

/* Comes back to the record it stands on; QUIRE_NOT_FOUND when there is none, or none any more. */
static quire_status return_to_record(struct cursor *cursor)
{
    quire_bytes key;
    if (cursor->where != CURSOR_ON) {
        return QUIRE_NOT_FOUND;
    }
    if (cursor_resume(cursor)) {
        return QUIRE_OK;
    }
    TRY(cursor_go_to_leaf(cursor, own_key(cursor)));
    cursor->slot = cursor_slot_of(cursor, own_key(cursor), 0);
    struct record record;
    if (cursor->slot < cursor->reader.count) {
        leaf_reader_get(&cursor->reader, cursor->slot, &record);
        key = (quire_bytes){record.key, record.key_len};
        if (cursor_compare(cursor->key, cursor->key_len, key) == 0) {
            return QUIRE_OK;
        }
    }
    cursor_drop_place(cursor);
    cursor->where = CURSOR_BETWEEN;
    return QUIRE_NOT_FOUND;
}

quire_status cursor_record(struct cursor *cursor, struct record *record, struct overflow_ref *ref)
{
    TRY(return_to_record(cursor));
    leaf_reader_get(&cursor->reader, cursor->slot, record);
    if (record->overflow) {
        *ref = leaf_ref(cursor->reader.page, record);
    }
    return finish(cursor, QUIRE_OK);
}

quire_status cursor_replace(struct cursor *cursor, quire_bytes value)
{
    TRY(return_to_record(cursor));
    cursor_drop_place(cursor);
    view_hold(cursor->view, NULL);
    return tree_put(cursor->view, &cursor->tree, own_key(cursor), value, 0);
}

quire_status cursor_delete(struct cursor *cursor)
{
    TRY(return_to_record(cursor));
    cursor_drop_place(cursor);
    view_hold(cursor->view, NULL);
    quire_status status = tree_delete(cursor->view, &cursor->tree, own_key(cursor));
    if (status == QUIRE_OK) {
        cursor->where = CURSOR_BETWEEN;
    }
    return status;
}
