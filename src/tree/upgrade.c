/* Bringing every leaf to its tree's version, left to right; a leaf may become several. */
#include "catalog.h"
#include "edit.h"

/* Rewrites the leaf of `path` if it is of another version; *next (and *more) is its high fence as it was. */
static quire_status upgrade_leaf(struct view *view, const struct tree *tree, struct path *path, uint8_t *next,
                                 size_t *next_len, uint64_t *leaves)
{
    const uint8_t *page = path->step[path->depth - 1].frame->data;
    *next_len = page_high_len(page);
    memcpy(next, page_high(page), *next_len);
    if (page_flags(page) == catalog_leaf_flags(&tree->options)) {
        return QUIRE_OK;
    }
    *leaves += 1;
    return old_rewrite(view, tree, path);
}

static quire_status upgrade_all(struct view *view, const struct tree *tree, uint8_t *next, uint64_t *leaves)
{
    size_t next_len = 0;
    quire_status status;
    do {
        struct path path;
        TRY(path_descend(view, tree, next, next_len, 1, &path));
        status = upgrade_leaf(view, tree, &path, next, &next_len, leaves);
        path_release(view, &path);
    } while (status == QUIRE_OK && next_len > 0);
    return status;
}

quire_status tree_upgrade(struct view *view, const struct tree *tree, uint64_t *leaves)
{
    struct operation operation;
    uint64_t count = 0;
    TRY(operation_begin(&operation, view));
    quire_status status;
    uint8_t *next = memory_allocate(view->store->memory, view->store->key_max);
    if (!next) {
        status = fault_set(view->fault, QUIRE_NO_MEMORY, "no memory to upgrade a tree");
    } else {
        status = upgrade_all(view, tree, next, &count);
        memory_release(view->store->memory, next);
    }
    *leaves = status == QUIRE_OK ? count : 0;
    return operation_end(&operation, status);
}
