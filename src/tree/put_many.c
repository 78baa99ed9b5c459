/*
 * Sorted runs: as long as keys stay below the leaf's high fence, its path is
 * kept, and the steps of many records make one delta. Nothing is allocated per
 * record. Of equal keys, which stand side by side, the last is put.
 */
#include "edit.h"

static quire_status run_leave(struct put *run, quire_status status)
{
    if (status == QUIRE_OK && run->path.depth > 0) {
        status = put_flush(run);
    }
    run->steps = 0;
    path_release(run->view, &run->path);
    return status;
}

/* Keys ascend, so a key below the high fence of the leaf at hand is within its bracket. */
static int is_at_hand(const struct put *run, quire_bytes key)
{
    if (run->path.depth == 0) {
        return 0;
    }
    const uint8_t *page = run->path.step[run->path.depth - 1].frame->data;
    size_t high_len = page_high_len(page);
    return high_len == 0 || bytes_compare(key.data, key.size, page_high(page), high_len) < 0;
}

static quire_status run_go(struct put *run, quire_bytes key)
{
    if (is_at_hand(run, key)) {
        COUNT(&run->view->store->counters, put_many_leaf_reuses, 1);
        return QUIRE_OK;
    }
    TRY(run_leave(run, QUIRE_OK));
    return path_descend(run->view, run->tree, key.data, key.size, 1, &run->path);
}

/* The value as it goes into the leaf; a long one is written first, once the leaf's steps are logged. */
static quire_status run_value(struct put *run, quire_bytes bytes, struct value *value)
{
    *value = (struct value){.data = bytes.data, .size = (uint32_t)bytes.size};
    if (bytes.size <= run->view->store->inline_max) {
        return QUIRE_OK;
    }
    quire_status status = run_leave(run, QUIRE_OK);
    if (status == QUIRE_OK) {
        status = overflow_create(run->view, run->tree->id, bytes.data, value->size, &value->ref);
    }
    value->overflow = 1;
    return status;
}

static quire_status run_put(struct put *run, const quire_pair *pair)
{
    struct value value;
    TRY(run_value(run, pair->value, &value));
    TRY(run_go(run, pair->key));
    quire_status status = put_in_leaf(run, pair->key, &value, 0);
    if (status != QUIRE_OK || run->moved || run->chain.present) {
        status = run_leave(run, status);
    }
    return status == QUIRE_OK ? old_chain_free(run->view, run->tree, &run->chain) : status;
}

quire_status tree_put_many(struct view *view, const struct tree *tree, const quire_pair *pairs, size_t count)
{
    struct operation operation;
    struct put run = {.view = view, .tree = tree};
    TRY(operation_begin(&operation, view));
    COUNT(&view->store->counters, put_many_runs, 1);
    quire_status status = QUIRE_OK;
    for (size_t i = 0; i < count && status == QUIRE_OK; i++) {
        int again = i + 1 < count && bytes_compare(pairs[i].key.data, pairs[i].key.size, pairs[i + 1].key.data,
                                                   pairs[i + 1].key.size) == 0;
        if (!again) {
            status = run_put(&run, &pairs[i]);
        }
    }
    status = run_leave(&run, status);
    return operation_end(&operation, status);
}
