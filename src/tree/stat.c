/* Counting a tree: its pages by kind and version, its records, and how full its leaves are. */
#include "audit.h"
#include "leaf_reader.h"
#include "overflow.h"
#include "walk.h"

struct counting {
    struct view *view;
    struct leaf_reader reader;
    quire_tree_stat stat;
};

static quire_status count_overflow(struct counting *counting, const uint8_t *page)
{
    struct record record;
    quire_status status = leaf_reader_open(&counting->reader, counting->view, page);
    for (size_t i = 0; status == QUIRE_OK && i < counting->reader.count; i++) {
        leaf_reader_get(&counting->reader, i, &record);
        if (record.overflow) {
            counting->stat.overflow_pages += overflow_pages(counting->reader.page_size, record.value_len);
        }
    }
    return status;
}

/* The walk comes in the order of keys, so the leaf that comes last is the rightmost. */
static quire_status count_page(void *context, struct frame **frame)
{
    struct counting *counting = context;
    quire_tree_stat *stat = &counting->stat;
    const uint8_t *page = (*frame)->data;
    size_t page_size = counting->view->store->page_size;
    if (stat->depth == 0) {
        stat->depth = page_level(page) + 1u;
    }
    if (page_kind(page) == PAGE_BRANCH) {
        stat->branch_pages++;
        return QUIRE_OK;
    }
    size_t version = page_flags(page) / 2u % 4u;
    stat->last_leaf_live_bytes = leaf_live_bytes(page, page_size);
    stat->last_leaf_usable_bytes = leaf_usable_bytes(page, page_size);
    stat->leaf_live_bytes += stat->last_leaf_live_bytes;
    stat->leaf_usable_bytes += stat->last_leaf_usable_bytes;
    stat->leaf_pages++;
    stat->records += page_slot_count(page);
    stat->leaves_by_version[page_flags(page) % 2u][version < 3 ? version : 2]++;
    return count_overflow(counting, page);
}

quire_status tree_stat(struct view *view, const struct tree *tree, quire_tree_stat *stat)
{
    struct counting counting = {.view = view};
    leaf_reader_init(&counting.reader, view);
    quire_status status = walk_tree(view, tree, count_page, &counting);
    leaf_reader_free(&counting.reader);
    if (status == QUIRE_OK) {
        *stat = counting.stat;
    }
    return status;
}
