/*
 * Putting a record: find its leaf, edit it in place, log what was done. The
 * leaf is searched as it was read and made the writer's own only when there is
 * something to change; a value that is there already changes nothing.
 */
#include "edit.h"

const uint8_t *value_stored(const struct value *value, uint8_t reference[REFERENCE_PLAIN])
{
    if (!value->overflow) {
        return value->data;
    }
    reference_encode_plain(reference, value->ref);
    return reference;
}

quire_status old_chain_free(struct view *view, const struct tree *tree, const struct old_chain *chain)
{
    return chain->present ? overflow_free(view, tree->id, chain->ref, chain->value_len) : QUIRE_OK;
}

static inline struct frame **put_leaf(struct put *put)
{
    return &put->path.step[put->path.depth - 1].frame;
}

quire_status put_flush(struct put *put)
{
    if (put->steps == 0) {
        return QUIRE_OK;
    }
    struct frame *leaf = *put_leaf(put);
    size_t size = put->steps;
    put->steps = 0;
    quire_status status = edit_log_steps(put->view, leaf, size);
    if (status == QUIRE_OK) {
        space_cache_note(put->view, leaf->data);
    }
    return status;
}

static void count_edit(struct put *put, const struct leaf_edit *edit, const uint8_t *page, uint64_t begin)
{
    struct counters *counters = &put->view->store->counters;
    COUNT(counters, in_place_edits, 1);
    COUNT(counters, leaf_inserts, 1);
    COUNT(counters, memcopy_bytes, edit->length);
    COUNT(counters, place_same, edit->place == PLACE_SAME);
    COUNT(counters, place_hole, edit->place == PLACE_HOLE);
    COUNT(counters, place_gap, edit->place == PLACE_GAP);
    if (edit->compacted) {
        COUNT(counters, allocator_compactions, 1);
        COUNT(counters, allocator_moved_bytes, page_free_start(page) - page_arena(page));
    }
    COUNT(counters, leaf_insert_ns, counters_clock(counters) - begin);
}

/* What an edit that found no room was: a full page, as it should be, or a fault of the allocator. */
static void count_refusal(struct view *view, const uint8_t *page, size_t length, size_t slot_bytes)
{
    COUNT(&view->store->counters, split_signals, 1);
    COUNT(&view->store->counters, allocator_failures, space_has_room(page, length, slot_bytes));
}

/*
 * Makes the leaf ours to edit and has room for a step of a record of `length` in the
 * delta buffer. A leaf that owes its image is ours and needs no steps; one with steps is ours.
 */
static quire_status prepare_step(struct put *put, size_t length)
{
    if (pager_is_owed(*put_leaf(put))) {
        return QUIRE_OK;
    }
    if (put->steps + delta_insert_size(length) > 2 * put->view->store->page_size) {
        TRY(put_flush(put));
    }
    return put->steps > 0 ? QUIRE_OK : edit_begin(put->view, put_leaf(put));
}

/* The edit was done: it becomes a step, unless the log takes the page whole anyway. */
static inline void note_edit(struct put *put, size_t (*step)(uint8_t *, const struct leaf_edit *, const uint8_t *),
                             const struct leaf_edit *edit)
{
    struct view *view = put->view;
    struct frame *leaf = *put_leaf(put);
    view->edits++;
    if (pager_is_owed(leaf)) {
        pager_note_edit(view->store->pager, leaf);
        space_cache_note(view, leaf->data);
    } else {
        put->steps += step(view->buffers.delta + put->steps, edit, leaf->data + edit->offset);
    }
}

static quire_status insert_in_place(struct put *put, size_t rank, quire_bytes key, const struct value *value)
{
    struct view *view = put->view;
    size_t page_size = view->store->page_size;
    size_t length = plain_size(page_size, key.size, value->size);
    uint8_t reference[REFERENCE_PLAIN];
    struct leaf_edit edit;
    TRY(prepare_step(put, length));
    uint64_t begin = counters_clock(&view->store->counters);
    uint8_t *page = (*put_leaf(put))->data;
    size_t width = slot_width(page_flags(page));
    struct space *space = space_cache_get(view, page, length + width);
    if (!leaf_insert(page, page_size, space, rank, key.data, key.size, value_stored(value, reference), value->size,
                     view->buffers.page, &edit)) {
        count_refusal(view, page, length, width);
        put->moved = 1;
        TRY(put_flush(put));
        return split_leaf(view, put->tree, &put->path, rank, key, value);
    }
    note_edit(put, delta_insert, &edit);
    space_cache_note_insert(view, page_pgno(page), rank);
    if (begin != 0) {
        count_edit(put, &edit, page, begin);
    }
    return QUIRE_OK;
}

/* The record leaves its full page, and comes back with its new value through a split. */
static quire_status replace_by_split(struct put *put, size_t rank, quire_bytes key, const struct value *value)
{
    struct view *view = put->view;
    TRY(put_flush(put));
    struct frame *leaf = *put_leaf(put);
    leaf_delete(leaf->data, view->store->page_size, space_cache_get(view, leaf->data, 0), rank);
    TRY(edit_log_steps(view, leaf, delta_delete(view->buffers.delta, rank)));
    space_cache_note(view, leaf->data);
    return split_leaf(view, put->tree, &put->path, rank, key, value);
}

static quire_status replace_in_place(struct put *put, size_t rank, quire_bytes key, const struct value *value)
{
    struct view *view = put->view;
    size_t page_size = view->store->page_size;
    size_t length = plain_size(page_size, key.size, value->size);
    uint8_t reference[REFERENCE_PLAIN];
    struct leaf_edit edit;
    TRY(prepare_step(put, length));
    uint64_t begin = counters_clock(&view->store->counters);
    uint8_t *page = (*put_leaf(put))->data;
    struct space *space = space_cache_get(view, page, length);
    size_t old_length = slot_length(page, page_size, slot_width(page_flags(page)), rank);
    if (!leaf_replace(page, page_size, space, rank, value_stored(value, reference), value->size, view->buffers.page,
                      &edit)) {
        count_refusal(view, page, length - old_length, 0);
        put->moved = 1;
        return replace_by_split(put, rank, key, value);
    }
    note_edit(put, delta_replace, &edit);
    if (begin != 0) {
        count_edit(put, &edit, page, begin);
    }
    return QUIRE_OK;
}

static int holds_value(const struct record *record, const struct value *value)
{
    return !record->overflow && !value->overflow && record->value_len == value->size &&
           (value->size == 0 || memcmp(record->stored, value->data, value->size) == 0);
}

quire_status put_in_leaf(struct put *put, quire_bytes key, const struct value *value, int insert_only)
{
    const uint8_t *page = (*put_leaf(put))->data;
    struct record record;
    size_t rank;
    int found;
    put->moved = 0;
    put->chain.present = 0;
    leaf_find(put->view, page, key, &rank, &found, &record);
    if (found && insert_only) {
        return QUIRE_EXISTS;
    }
    if (found && record.overflow) {
        put->chain = (struct old_chain){.present = 1, .value_len = record.value_len, .ref = leaf_ref(page, &record)};
        /* A chain that was resized comes back under its own name, and stays. */
        put->chain.present = !value->overflow || value->ref.chain != put->chain.ref.chain;
    }
    if (!leaf_goes_in_place(put->tree, page)) {
        put->moved = 1;
        return old_put(put->view, put->tree, &put->path, key, value);
    }
    if (!found) {
        return insert_in_place(put, rank, key, value);
    }
    return holds_value(&record, value) ? QUIRE_OK : replace_in_place(put, rank, key, value);
}

/* Is the key's place in this leaf, and room for the record whatever was there before? */
static int takes_record(const struct view *view, const struct tree *tree, const uint8_t *page, quire_bytes key,
                        const struct value *value)
{
    size_t high_len = page_high_len(page);
    return leaf_goes_in_place(tree, page) &&
           space_has_room(page, plain_size(view->store->page_size, key.size, value->size),
                          slot_width(page_flags(page))) &&
           bytes_compare(page_low(page), page_low_len(page), key.data, key.size) <= 0 &&
           (high_len == 0 || bytes_compare(key.data, key.size, page_high(page), high_len) < 0);
}

/* Into the finger's leaf: a path of one step will do where nothing can split. The pin stays with the finger. */
static quire_status put_at_finger(struct put *put, struct frame *leaf, quire_bytes key, const struct value *value,
                                  int insert_only)
{
    put->path.depth = 1;
    put->path.step[0].pgno = leaf->pgno;
    put->path.step[0].slot = 0;
    put->path.step[0].frame = leaf;
    TRY(put_in_leaf(put, key, value, insert_only));
    return put_flush(put);
}

static quire_status put_from_root(struct put *put, quire_bytes key, const struct value *value, int insert_only)
{
    TRY(path_descend(put->view, put->tree, key.data, key.size, 1, &put->path));
    quire_status status = put_in_leaf(put, key, value, insert_only);
    if (status == QUIRE_OK) {
        status = put_flush(put);
    }
    if (status == QUIRE_OK && !put->moved) {
        space_cache_point(put->view, put->tree, put_leaf(put));
    }
    path_release(put->view, &put->path);
    return status;
}

/* The operation's body. */
static quire_status put_value(struct view *view, const struct tree *tree, quire_bytes key, const struct value *value,
                              int insert_only)
{
    struct put put;
    struct frame *leaf = space_cache_finger(view, tree);
    put.view = view;
    put.tree = tree;
    put.steps = 0;
    if (leaf && takes_record(view, tree, leaf->data, key, value)) {
        TRY(put_at_finger(&put, leaf, key, value, insert_only));
    } else {
        space_cache_lift(view);
        TRY(put_from_root(&put, key, value, insert_only));
    }
    return old_chain_free(view, tree, &put.chain);
}

quire_status tree_put_value(struct view *view, const struct tree *tree, quire_bytes key, const struct value *value,
                            int insert_only)
{
    struct operation operation;
    TRY(operation_begin(&operation, view));
    return operation_end(&operation, put_value(view, tree, key, value, insert_only));
}

static quire_status refuse_existing(struct view *view, const struct tree *tree, quire_bytes key)
{
    struct path path;
    struct record record;
    size_t rank;
    int found;
    TRY(path_descend(view, tree, key.data, key.size, 0, &path));
    leaf_find(view, path.step[path.depth - 1].frame->data, key, &rank, &found, &record);
    path_release(view, &path);
    return found ? QUIRE_EXISTS : QUIRE_OK;
}

/* A value too long for a leaf: its chain first, then the record that refers to it. */
static quire_status put_long(struct view *view, const struct tree *tree, quire_bytes key, struct value *value,
                             int insert_only)
{
    TRY(insert_only ? refuse_existing(view, tree, key) : QUIRE_OK);
    TRY(overflow_create(view, tree->id, value->data, value->size, &value->ref));
    value->overflow = 1;
    return put_value(view, tree, key, value, insert_only);
}

quire_status tree_put(struct view *view, const struct tree *tree, quire_bytes key, quire_bytes bytes, int insert_only)
{
    struct value value = {.data = bytes.data, .size = (uint32_t)bytes.size};
    if (bytes.size <= view->store->inline_max) {
        return tree_put_value(view, tree, key, &value, insert_only);
    }
    struct operation operation;
    TRY(operation_begin(&operation, view));
    return operation_end(&operation, put_long(view, tree, key, &value, insert_only));
}
