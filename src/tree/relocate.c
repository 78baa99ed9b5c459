/*
 * Moving a page within the file. All that leads to it follows: its parent's
 * pointer (or the catalog's, or the state's, for a root), its siblings' links,
 * its chain's. The first page of a chain is led to by a record that only a walk
 * of its tree can find; so these are noted, and one walk for each tree puts them
 * all right.
 *
 * Each link is asked whether it does lead to the page before it is changed: a
 * hostile file could have others lead where they should not.
 */
#include "page_space.h"
#include "space_cache.h"
#include "trim_run.h"
#include "walk.h"

/* ---- What leads to a page that moves --------------------------------------- */

static quire_status log_steps(struct trim *trim, struct frame *frame, size_t size)
{
    struct view *view = trim->view;
    space_cache_drop(view, frame->pgno);
    return pager_log_delta(view->store->pager, frame, view->buffers.delta, size, view->fault);
}

/* The neighbour on one side of the page that moved: its link back must name `from` and is made to name `to`. */
static quire_status relink(struct trim *trim, uint32_t neighbour, const uint8_t *page, int is_left, uint32_t from,
                           uint32_t to)
{
    struct frame *frame;
    if (neighbour == 0) {
        return QUIRE_OK;
    }
    TRY(node_get_kind(trim->view, neighbour, page_kind(page), page_tree(page), &frame));
    uint32_t back = is_left ? page_right(frame->data) : page_left(frame->data);
    node_release(trim->view, frame);
    if (back != from) {
        return corrupt(trim->view, neighbour, page_kind(page) == PAGE_OVERFLOW ? "T4" : "T3",
                       "it does not lead back to page %u", (unsigned)from);
    }
    return is_left ? node_set_links(trim->view, neighbour, NULL, &to)
                   : node_set_links(trim->view, neighbour, &to, NULL);
}

static quire_status is_wanted_tree(void *context, const char *name, struct tree *tree)
{
    struct tree *wanted = context;
    (void)name;
    if (tree->id != wanted->id) {
        return QUIRE_OK;
    }
    *wanted = *tree;
    return QUIRE_EXISTS; /* found: no need to look further */
}

/* Makes trim->tree the tree of this id. */
static quire_status find_tree(struct trim *trim, uint32_t id, uint32_t pgno)
{
    struct tree wanted = {.id = id};
    if (trim->tree.id == id) {
        return QUIRE_OK;
    }
    if (id == TREE_CATALOG) {
        catalog_tree(trim->view, &trim->tree);
        return QUIRE_OK;
    }
    quire_status status = catalog_each(trim->view, is_wanted_tree, &wanted);
    view_hold(trim->view, NULL);
    if (status == QUIRE_EXISTS) {
        trim->tree = wanted;
        return QUIRE_OK;
    }
    return status == QUIRE_OK ? corrupt(trim->view, pgno, "S1", "its tree %u is not in the catalog", (unsigned)id)
                              : status;
}

/* Writes four bytes of a record's value. Its place in the page stays, so no allocation can come of it. */
static quire_status patch_number(struct trim *trim, struct frame **frame, size_t offset, uint32_t number)
{
    struct view *view = trim->view;
    TRY(pager_edit(view->store->pager, frame, view->fault));
    store32((*frame)->data + offset, number);
    return log_steps(trim, *frame, delta_patch(view->buffers.delta, offset, (*frame)->data + offset, 4));
}

/* In one leaf of the catalog: the record of trim->tree, if it is here, takes the tree's new root. */
static quire_status patch_root(void *context, struct frame **frame)
{
    struct trim *trim = context;
    struct record record;
    struct tree tree;
    if (page_kind((*frame)->data) != PAGE_LEAF) {
        return QUIRE_OK;
    }
    quire_status status = leaf_reader_open(&trim->reader, trim->view, (*frame)->data);
    for (size_t i = 0; status == QUIRE_OK && i < trim->reader.count; i++) {
        leaf_reader_get(&trim->reader, i, &record);
        status = catalog_decode(trim->view, (quire_bytes){record.key, record.key_len},
                                (quire_bytes){record.stored, record.stored_len}, &tree);
        if (status == QUIRE_OK && tree.id == trim->tree.id) {
            size_t offset = (size_t)(record.stored - (*frame)->data) + CATALOG_ROOT_OFFSET;
            status = patch_number(trim, frame, offset, trim->tree.root);
            return status == QUIRE_OK ? QUIRE_EXISTS : status; /* done: no need to look further */
        }
    }
    return status;
}

static quire_status set_root(struct trim *trim, uint32_t to)
{
    struct state state;
    struct tree catalog;
    trim->tree.root = to;
    catalog_note_change(trim->view);
    if (trim->tree.id == TREE_CATALOG) {
        view_state(trim->view, &state);
        state.catalog_root = to;
        view_set_state(trim->view, &state);
        return QUIRE_OK;
    }
    catalog_tree(trim->view, &catalog);
    quire_status status = walk_tree(trim->view, &catalog, patch_root, trim);
    return status == QUIRE_EXISTS ? QUIRE_OK : status;
}

/* Pins the branch one level above `page` and the slot that brackets it. */
static quire_status find_parent(struct trim *trim, const uint8_t *page, struct frame **parent, size_t *slot)
{
    size_t page_size = trim->view->store->page_size;
    struct frame *frame;
    quire_status status = node_root(trim->view, &trim->tree, &frame);
    while (status == QUIRE_OK) {
        if (page_level(frame->data) <= page_level(page)) {
            node_release(trim->view, frame);
            return corrupt(trim->view, page_pgno(page), "S1", "its tree %u does not reach it", (unsigned)trim->tree.id);
        }
        *slot = branch_search(frame->data, page_size, page_low(page), page_low_len(page));
        if (page_level(frame->data) == page_level(page) + 1u) {
            *parent = frame;
            return QUIRE_OK;
        }
        struct frame *child = NULL;
        status = node_child(trim->view, frame, *slot, &child);
        node_release(trim->view, frame);
        frame = child;
    }
    return status;
}

static quire_status set_child(struct trim *trim, const uint8_t *page, uint32_t from, uint32_t to)
{
    struct view *view = trim->view;
    size_t page_size = view->store->page_size;
    struct frame *parent;
    size_t slot = 0;
    TRY(find_parent(trim, page, &parent, &slot));
    quire_status status;
    if (branch_child(parent->data, page_size, slot) != from) {
        status = corrupt(view, from, "S1", "its tree %u does not reach it", (unsigned)trim->tree.id);
    } else {
        status = pager_edit(view->store->pager, &parent, view->fault);
    }
    if (status == QUIRE_OK) {
        branch_set_child(parent->data, page_size, slot, to);
        status = log_steps(trim, parent, delta_child(view->buffers.delta, slot, to));
    }
    node_release(view, parent);
    return status;
}

/* ---- Moving ---------------------------------------------------------------- */

static quire_status redirect(struct trim *trim, const uint8_t *page, uint32_t from, uint32_t to)
{
    TRY(relink(trim, page_left(page), page, 1, from, to));
    TRY(relink(trim, page_right(page), page, 0, from, to));
    if (page_kind(page) == PAGE_OVERFLOW) {
        if (page_left(page) == 0) {
            trim->chains[trim->chain_count++] =
                (struct moved_chain){.from = from, .to = to, .tree_id = page_tree(page)};
        }
        return QUIRE_OK;
    }
    TRY(find_tree(trim, page_tree(page), from));
    return trim->tree.root == from ? set_root(trim, to) : set_child(trim, page, from, to);
}

/* Gives the content of `page` to the free page `to`. */
static quire_status copy_page(struct trim *trim, const uint8_t *page, uint32_t to)
{
    struct view *view = trim->view;
    struct frame *frame;
    TRY(node_get_kind(view, to, PAGE_FREE, 0, &frame));
    node_release(view, frame);
    space_cache_drop(view, to);
    TRY(pager_edit_new(view->store->pager, to, &frame, view->fault));
    bytes_copy(frame->data, page, view->store->page_size);
    page_set_pgno(frame->data, to);
    quire_status status = pager_log_image(view->store->pager, frame, view->fault);
    node_release(view, frame);
    return status;
}

quire_status relocate_page(struct trim *trim, uint32_t from, uint32_t to)
{
    struct view *view = trim->view;
    struct frame *frame;
    TRY(node_get(view, from, &frame));
    quire_status status;
    uint8_t kind = page_kind(frame->data);
    if (kind != PAGE_LEAF && kind != PAGE_BRANCH && kind != PAGE_OVERFLOW) {
        status = corrupt(view, from, "S1", "it is in no free list, but is of kind %u", (unsigned)kind);
    } else {
        status = copy_page(trim, frame->data, to);
    }
    if (status == QUIRE_OK) {
        status = redirect(trim, frame->data, from, to);
    }
    node_release(view, frame);
    COUNT(&view->store->counters, pages_relocated, 1);
    return status;
}

/* ---- Chains whose first page moved ----------------------------------------- */

static const struct moved_chain *chain_moved(const struct trim *trim, uint32_t first)
{
    size_t low = 0;
    size_t high = trim->chain_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (trim->chains[middle].from == first) {
            return &trim->chains[middle];
        }
        if (trim->chains[middle].from > first) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static quire_status patch_references(void *context, struct frame **frame)
{
    struct trim *trim = context;
    struct record record;
    if (page_kind((*frame)->data) != PAGE_LEAF) {
        return QUIRE_OK;
    }
    quire_status status = leaf_reader_open(&trim->reader, trim->view, (*frame)->data);
    for (size_t i = 0; status == QUIRE_OK && i < trim->reader.count; i++) {
        leaf_reader_get(&trim->reader, i, &record);
        if (!record.overflow) {
            continue;
        }
        const struct moved_chain *chain = chain_moved(trim, leaf_ref(trim->reader.page, &record).first);
        if (!chain || chain->tree_id != trim->walked_tree) {
            continue;
        }
        size_t offset = (size_t)(record.stored - (*frame)->data) + leaf_reader_ref_offset(&trim->reader);
        status = patch_number(trim, frame, offset, chain->to);
        trim->patched++;
        if (status == QUIRE_OK && (*frame)->data != trim->reader.page) {
            status = leaf_reader_open(&trim->reader, trim->view, (*frame)->data);
        }
    }
    return status;
}

quire_status relocate_chains(struct trim *trim)
{
    uint32_t done_below = 0; /* trees up to this id are done */
    while (trim->patched < trim->chain_count) {
        const struct moved_chain *next = NULL;
        for (size_t i = 0; i < trim->chain_count; i++) {
            uint32_t id = trim->chains[i].tree_id;
            if (id > done_below && (!next || id < next->tree_id)) {
                next = &trim->chains[i];
            }
        }
        if (!next) {
            return corrupt(trim->view, trim->chains[0].from, "S1", "no record leads to its chain, or to another's");
        }
        done_below = next->tree_id;
        trim->walked_tree = next->tree_id;
        quire_status status = find_tree(trim, next->tree_id, next->from);
        if (status == QUIRE_OK) {
            struct tree tree = trim->tree;
            status = walk_tree(trim->view, &tree, patch_references, trim);
        }
        if (status != QUIRE_OK) {
            return status;
        }
    }
    return QUIRE_OK;
}
