/*
 * Opening and closing a store, and the views on it.
 *
 * A new database is given its catalog and its unnamed tree here, in its first
 * transaction. Until that commit is in the log the state names no catalog, and
 * an interrupted creation is simply done again; afterwards both trees are always
 * there, so that no other function need ask.
 */
#include "catalog.h"
#include "page_space.h"
#include "space_cache.h"

void view_state(const struct view *view, struct state *state)
{
    state_decode(view->snapshot ? view->snapshot->state : pager_state(view->store->pager), state);
}

void view_set_state(struct view *view, const struct state *state)
{
    state_encode(pager_state(view->store->pager), state);
}

uint32_t view_page_count(const struct view *view)
{
    return view->snapshot ? view->snapshot->page_count : pager_page_count(view->store->pager);
}

uint64_t view_lsn(const struct view *view)
{
    return view->snapshot ? view->snapshot->lsn : pager_begin_lsn(view->store->pager);
}

/* Where each buffer begins in the view's one block; all sizes are even, so numbers of two bytes stay aligned. */
static size_t buffers_size(size_t page_size, size_t key_max)
{
    size_t check = page_scratch_size(page_size);
    check += check % 2;
    return check + 2 * (page_size + 2) + page_size + 3 * key_max + 2 * page_size;
}

static quire_status buffers_open(struct view *view)
{
    struct view_buffers *buffers = &view->buffers;
    size_t page_size = view->store->page_size;
    size_t key_max = view->store->key_max;
    size_t check = page_scratch_size(page_size);
    buffers->block = memory_allocate(view->store->memory, buffers_size(page_size, key_max));
    if (!buffers->block) {
        return fault_set(view->fault, QUIRE_NO_MEMORY, "no memory for the buffers of a transaction");
    }
    page_scratch_carve(&buffers->check, buffers->block, page_size);
    uint8_t *at = (uint8_t *)buffers->block + check + check % 2;
    buffers->ends = (void *)at;
    at += page_size;
    buffers->page = at;
    at += page_size + 2;
    buffers->page2 = at;
    at += page_size + 2;
    buffers->delta = at;
    at += 2 * page_size;
    buffers->key = at;
    buffers->low = at + key_max;
    buffers->high = at + 2 * key_max;
    return QUIRE_OK;
}

quire_status view_open(struct view *view, struct store *store, const struct snapshot *snapshot, struct fault *fault)
{
    *view = (struct view){.store = store, .snapshot = snapshot, .fault = fault};
    return buffers_open(view);
}

void view_restart(struct view *view, const struct snapshot *snapshot)
{
    view_let_go(view);
    space_cache_clear(view);
    view->snapshot = snapshot;
    view->edits++;
    view->doomed = 0;
}

void view_close(struct view *view)
{
    view_let_go(view);
    space_cache_close(view);
    memory_release(view->store->memory, view->value);
    memory_release(view->store->memory, view->buffers.block);
    view->value = NULL;
    view->value_capacity = 0;
    view->buffers.block = NULL;
}

void view_hold(struct view *view, struct frame *frame)
{
    if (view->held) {
        node_release(view, view->held);
    }
    view->held = frame;
}

void view_let_go(struct view *view)
{
    view_hold(view, NULL);
    space_cache_lift(view);
    if (view->root) {
        node_release(view, view->root);
        view->root = NULL;
    }
}

quire_status view_rollback_to(struct view *view, const struct pager_mark *mark)
{
    view_hold(view, NULL);
    space_cache_clear(view);
    view->edits++;
    quire_status status = pager_rollback_to(view->store->pager, mark, view->fault);
    view->doomed = status != QUIRE_OK;
    return status;
}

quire_status view_value_buffer(struct view *view, size_t size)
{
    if (size <= view->value_capacity) {
        return QUIRE_OK;
    }
    memory_release(view->store->memory, view->value);
    view->value_capacity = 0;
    view->value = memory_allocate(view->store->memory, size);
    if (!view->value) {
        return fault_set(view->fault, QUIRE_NO_MEMORY, "no memory for a value of %zu bytes", size);
    }
    view->value_capacity = size;
    return QUIRE_OK;
}

quire_status view_copy_value(struct view *view, const uint8_t *data, size_t size, quire_bytes *value)
{
    quire_status status = view_value_buffer(view, view->store->inline_max);
    if (status == QUIRE_OK) {
        bytes_copy(view->value, data, size);
        *value = (quire_bytes){view->value, size};
    }
    return status;
}

/* Makes catalog and unnamed tree in the open write transaction. */
static quire_status fill_new_database(struct view *view)
{
    struct state state;
    struct tree unnamed;
    uint32_t root;
    TRY(catalog_new_root(view, TREE_CATALOG, NULL, &root));
    view_state(view, &state);
    state.catalog_root = root;
    view_set_state(view, &state);
    return catalog_create(view, NULL, NULL, &unnamed);
}

static quire_status begin_new_database(struct store *store, struct fault *fault)
{
    struct view view;
    TRY(pager_begin(store->pager, 0, fault));
    quire_status status = view_open(&view, store, NULL, fault);
    if (status == QUIRE_OK) {
        status = fill_new_database(&view);
        view_close(&view);
    }
    if (status != QUIRE_OK) {
        pager_rollback(store->pager);
        return status;
    }
    return pager_commit(store->pager, fault);
}

/* 1 in *is_new when no commit has named a catalog yet. */
static quire_status find_catalog(struct store *store, struct fault *fault, int *is_new)
{
    struct snapshot snapshot;
    struct state state;
    quire_status status = pager_snapshot_open(store->pager, &snapshot);
    if (status != QUIRE_OK) {
        return fault_set(fault, status, "the database cannot be read");
    }
    state_decode(snapshot.state, &state);
    pager_snapshot_close(store->pager, &snapshot);
    *is_new = state.catalog_root == 0;
    if (*is_new && pager_is_read_only(store->pager)) {
        return fault_set(fault, QUIRE_NOT_A_DATABASE,
                         "the creation of this database was interrupted; open it for writing");
    }
    return QUIRE_OK;
}

static void set_sizes(struct store *store)
{
    store->page_size = pager_page_size(store->pager);
    store->key_max = KEY_MAX(store->page_size);
    store->inline_max = INLINE_MAX(store->page_size);
    store->memory = pager_memory(store->pager);
}

quire_status store_open(struct store *store, const struct pager_config *config, struct fault *fault)
{
    struct pager_config complete = *config;
    struct state state = {.next_tree = TREE_UNNAMED, .next_chain = 1};
    struct fault ignored;
    int is_new;
    complete.codec = &page_codec;
    state_encode(complete.initial_state, &state);
    TRY(pager_open(&complete, &store->pager, fault));
    set_sizes(store);
    quire_status status = find_catalog(store, fault, &is_new);
    if (status == QUIRE_OK && is_new) {
        status = begin_new_database(store, fault);
    }
    if (status != QUIRE_OK) {
        (void)pager_close(store->pager, &ignored);
        store->pager = NULL;
    }
    return status;
}

quire_status store_close(struct store *store, struct fault *fault)
{
    quire_status status = pager_close(store->pager, fault);
    store->pager = NULL;
    return status;
}
