/*
 * Deleting a record: its bytes are free and zero at once, its chain is freed
 * when it had one, and a leaf left sparse joins a neighbour (balance.c).
 */
#include "edit.h"

/* Steps of three bytes each; the last record first, so that the ranks before it stay true. */
static size_t delete_slots(struct view *view, uint8_t *page, size_t from, size_t to)
{
    struct space *space = space_cache_get(view, page, 0);
    size_t size = 0;
    for (size_t slot = to; slot > from; slot--) {
        leaf_delete(page, view->store->page_size, space, slot - 1);
        size += delta_delete(view->buffers.delta + size, slot - 1);
    }
    return size;
}

/* An empty page has no holes: it is laid out anew at once. */
static size_t delete_all(struct view *view, uint8_t *page)
{
    struct view_buffers *buffers = &view->buffers;
    size_t low_len = page_low_len(page), high_len = page_high_len(page);
    memcpy(buffers->low, page_low(page), low_len);
    memcpy(buffers->high, page_high(page), high_len);
    space_cache_drop(view, page_pgno(page));
    (void)page_keep(page, view->store->page_size, 0, 0, buffers->low, low_len, buffers->high, high_len, buffers->page);
    return delta_keep(buffers->delta, 0, 0, buffers->low, low_len, buffers->high, high_len);
}

quire_status remove_records(struct view *view, const struct tree *tree, struct path *path, size_t from, size_t to)
{
    struct path_step *step = &path->step[path->depth - 1];
    if (!leaf_goes_in_place(tree, step->frame->data)) {
        return old_remove(view, tree, path, from, to);
    }
    TRY(edit_begin(view, &step->frame));
    uint8_t *page = step->frame->data;
    int all = from == 0 && to == page_slot_count(page);
    quire_status status =
        edit_log_steps(view, step->frame, all ? delete_all(view, page) : delete_slots(view, page, from, to));
    space_cache_note(view, page);
    COUNT(&view->store->counters, in_place_edits, 1);
    return status;
}

static quire_status delete_record(struct view *view, const struct tree *tree, quire_bytes key)
{
    struct path path;
    struct record record;
    struct old_chain chain = {0};
    size_t rank;
    int found;
    TRY(path_descend(view, tree, key.data, key.size, 1, &path));
    const uint8_t *page = path.step[path.depth - 1].frame->data;
    leaf_find(view, page, key, &rank, &found, &record);
    if (found && record.overflow) {
        chain = (struct old_chain){.present = 1, .value_len = record.value_len, .ref = leaf_ref(page, &record)};
    }
    quire_status status = found ? remove_records(view, tree, &path, rank, rank + 1) : QUIRE_NOT_FOUND;
    if (status != QUIRE_OK) {
        path_release(view, &path);
        return status;
    }
    TRY(balance(view, tree, &path));
    return old_chain_free(view, tree, &chain);
}

quire_status tree_delete(struct view *view, const struct tree *tree, quire_bytes key)
{
    struct operation operation;
    TRY(operation_begin(&operation, view));
    return operation_end(&operation, delete_record(view, tree, key));
}
