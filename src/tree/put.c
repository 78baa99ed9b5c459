/*
 * Putting a record: find its leaf, edit it in place, log what was done. The
 * leaf is searched as it was read and made the writer's own only when there is
 * something to change; a value that is there already changes nothing.
 */
#include "catalog.h"
#include "edit.h"

uint8_t leaf_wanted_flags(const struct tree *tree, const uint8_t *page)
{
#ifdef QUIRE_OMIT_OLD
    (void)tree;
    return page_flags(page);
#else
    return tree->options.keep ? page_flags(page) : catalog_leaf_flags(&tree->options);
#endif
}

int leaf_goes_in_place(const struct tree *tree, const uint8_t *page)
{
#ifdef QUIRE_OMIT_OLD
    (void)tree;
    return leaf_is_current(page);
#else
    return tree->options.in_place && leaf_is_current(page) && page_flags(page) == leaf_wanted_flags(tree, page);
#endif
}

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

quire_status put_flush(struct view *view, struct path *path, size_t *steps)
{
    if (*steps == 0) {
        return QUIRE_OK;
    }
    struct frame *leaf = path->step[path->depth - 1].frame;
    size_t size = *steps;
    *steps = 0;
    quire_status status = edit_log_steps(view, leaf, size);
    if (status == QUIRE_OK) {
        space_cache_note(view, leaf->data);
    }
    return status;
}

static void count_edit(struct view *view, const struct leaf_edit *edit, size_t moved_bytes)
{
    struct counters *counters = &view->store->counters;
    if (!atomic_load_explicit(&counters->on, memory_order_relaxed)) {
        return;
    }
    COUNT(counters, in_place_edits, 1);
    COUNT(counters, leaf_inserts, 1);
    COUNT(counters, memcopy_bytes, edit->length);
    COUNT(counters, place_same, edit->place == PLACE_SAME);
    COUNT(counters, place_hole, edit->place == PLACE_HOLE);
    COUNT(counters, place_gap, edit->place == PLACE_GAP);
    if (edit->compacted) {
        COUNT(counters, allocator_compactions, 1);
        COUNT(counters, allocator_moved_bytes, moved_bytes);
    }
}

/* What an edit that found no room was: a full page, as it should be, or a fault of the allocator. */
static void count_refusal(struct view *view, const uint8_t *page, size_t length, size_t slot_bytes)
{
    COUNT(&view->store->counters, split_signals, 1);
    COUNT(&view->store->counters, allocator_failures, space_has_room(page, length, slot_bytes));
}

/* Makes the leaf ours to edit and has room for a step of a record of `length` in the delta buffer. */
static quire_status prepare_step(struct view *view, struct path *path, size_t length, size_t *steps)
{
    if (*steps + delta_insert_size(length) > 2 * view->store->page_size) {
        TRY(put_flush(view, path, steps));
    }
    return *steps > 0 ? QUIRE_OK : edit_begin(view, &path->step[path->depth - 1].frame);
}

static quire_status insert_in_place(struct view *view, const struct tree *tree, struct path *path, size_t rank,
                                    quire_bytes key, const struct value *value, size_t *steps, int *moved)
{
    size_t page_size = view->store->page_size;
    size_t length = plain_size(page_size, key.size, value->size);
    uint8_t reference[REFERENCE_PLAIN];
    struct leaf_edit edit;
    TRY(prepare_step(view, path, length, steps));
    uint64_t begin = counters_clock(&view->store->counters);
    uint8_t *page = path->step[path->depth - 1].frame->data;
    struct space *space = space_cache_get(view, page, length + slot_width(page_flags(page)));
    if (!leaf_insert(page, page_size, space, rank, key.data, key.size, value_stored(value, reference), value->size,
                     view->buffers.page, &edit)) {
        count_refusal(view, page, length, slot_width(page_flags(page)));
        *moved = 1;
        TRY(put_flush(view, path, steps));
        return split_leaf(view, tree, path, rank, key, value);
    }
    *steps += delta_insert(view->buffers.delta + *steps, &edit, page + edit.offset);
    view->edits++;
    space_cache_note_insert(view, page_pgno(page), rank);
    count_edit(view, &edit, page_free_start(page) - page_arena(page));
    COUNT(&view->store->counters, leaf_insert_ns, counters_clock(&view->store->counters) - begin);
    return QUIRE_OK;
}

/* The record leaves its full page, and comes back with its new value through a split. */
static quire_status replace_by_split(struct view *view, const struct tree *tree, struct path *path, size_t rank,
                                     quire_bytes key, const struct value *value, size_t *steps)
{
    TRY(put_flush(view, path, steps));
    struct frame *leaf = path->step[path->depth - 1].frame;
    leaf_delete(leaf->data, view->store->page_size, space_cache_get(view, leaf->data, 0), rank);
    TRY(edit_log_steps(view, leaf, delta_delete(view->buffers.delta, rank)));
    space_cache_note(view, leaf->data);
    return split_leaf(view, tree, path, rank, key, value);
}

static quire_status replace_in_place(struct view *view, const struct tree *tree, struct path *path, size_t rank,
                                     quire_bytes key, const struct value *value, size_t *steps, int *moved)
{
    size_t page_size = view->store->page_size;
    size_t length = plain_size(page_size, key.size, value->size);
    uint8_t reference[REFERENCE_PLAIN];
    struct leaf_edit edit;
    TRY(prepare_step(view, path, length, steps));
    uint64_t begin = counters_clock(&view->store->counters);
    uint8_t *page = path->step[path->depth - 1].frame->data;
    struct space *space = space_cache_get(view, page, length);
    size_t old_length = slot_length(page, page_size, slot_width(page_flags(page)), rank);
    if (!leaf_replace(page, page_size, space, rank, value_stored(value, reference), value->size, view->buffers.page,
                      &edit)) {
        count_refusal(view, page, length - old_length, 0);
        *moved = 1;
        return replace_by_split(view, tree, path, rank, key, value, steps);
    }
    *steps += delta_replace(view->buffers.delta + *steps, &edit, page + edit.offset);
    view->edits++;
    count_edit(view, &edit, page_free_start(page) - page_arena(page));
    COUNT(&view->store->counters, leaf_insert_ns, counters_clock(&view->store->counters) - begin);
    return QUIRE_OK;
}

static int holds_value(const struct record *record, const struct value *value)
{
    return !record->overflow && !value->overflow && record->value_len == value->size &&
           (value->size == 0 || memcmp(record->stored, value->data, value->size) == 0);
}

quire_status put_in_leaf(struct view *view, const struct tree *tree, struct path *path, quire_bytes key,
                         const struct value *value, int insert_only, size_t *steps, int *moved, struct old_chain *chain)
{
    const uint8_t *page = path->step[path->depth - 1].frame->data;
    struct record record;
    size_t rank;
    int found;
    chain->present = 0;
    leaf_find(view, page, key, &rank, &found, &record);
    if (found && insert_only) {
        return QUIRE_EXISTS;
    }
    if (found && record.overflow) {
        *chain = (struct old_chain){.present = 1, .value_len = record.value_len, .ref = leaf_ref(page, &record)};
        /* A chain that was resized comes back under its own name, and stays. */
        chain->present = !value->overflow || value->ref.chain != chain->ref.chain;
    }
    if (!leaf_goes_in_place(tree, page)) {
        *moved = 1;
        return old_put(view, tree, path, key, value);
    }
    if (!found) {
        return insert_in_place(view, tree, path, rank, key, value, steps, moved);
    }
    return holds_value(&record, value) ? QUIRE_OK : replace_in_place(view, tree, path, rank, key, value, steps, moved);
}

/* Puts into the leaf of `path`, and gives the path and a replaced chain back. */
static quire_status put_and_leave(struct view *view, const struct tree *tree, struct path *path, quire_bytes key,
                                  const struct value *value, int insert_only)
{
    struct old_chain chain;
    size_t steps = 0;
    int moved = 0;
    uint32_t leaf = path->step[path->depth - 1].pgno;
    quire_status status = put_in_leaf(view, tree, path, key, value, insert_only, &steps, &moved, &chain);
    if (status == QUIRE_OK) {
        status = put_flush(view, path, &steps);
    }
    path_release(view, path);
    if (status != QUIRE_OK) {
        return status;
    }
    if (!moved) {
        space_cache_point(view, tree, leaf);
    }
    return old_chain_free(view, tree, &chain);
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

/* Tries the leaf under the finger: a path of one step will do where nothing can split. *done unless a descent is
 * needed. */
static quire_status put_at_finger(struct view *view, const struct tree *tree, quire_bytes key,
                                  const struct value *value, int insert_only, int *done)
{
    uint32_t pgno = space_cache_finger(view, tree);
    struct path path;
    *done = 0;
    if (pgno == 0) {
        return QUIRE_OK;
    }
    path.depth = 1;
    path.step[0].pgno = pgno;
    path.step[0].slot = 0;
    TRY(node_get_kind(view, pgno, PAGE_LEAF, tree->id, &path.step[0].frame));
    if (!takes_record(view, tree, path.step[0].frame->data, key, value)) {
        space_cache_point(view, tree, 0);
        path_release(view, &path);
        return QUIRE_OK;
    }
    *done = 1;
    return put_and_leave(view, tree, &path, key, value, insert_only);
}

/* The operation's body. */
static quire_status put_value(struct view *view, const struct tree *tree, quire_bytes key, const struct value *value,
                              int insert_only)
{
    struct path path;
    int done;
    quire_status status = put_at_finger(view, tree, key, value, insert_only, &done);
    if (status != QUIRE_OK || done) {
        return status;
    }
    TRY(path_descend(view, tree, key.data, key.size, 1, &path));
    return put_and_leave(view, tree, &path, key, value, insert_only);
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
