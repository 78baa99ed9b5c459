/*
 * Searching leaves of every version, and reading: the one dispatch on the
 * version. Today's leaves are searched by heads or keys in log time; V1 leaves
 * with plain records too, since a key's place needs its slot's offset only.
 * Prefix records have no key without the one before it, and are walked.
 */
#include "../file/prefetch.h"
#include "edit.h"

static int has_plain_records(const uint8_t *page)
{
    return page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS;
}

struct overflow_ref leaf_ref(const uint8_t *page, const struct record *record)
{
    return has_plain_records(page) ? reference_decode_plain(record->stored) : reference_decode_prefix(record->stored);
}

/* ---- V1 slots with plain records ------------------------------------------- */

static const uint8_t *v1_key(const uint8_t *page, size_t page_size, size_t slot, size_t *key_len)
{
    return plain_key(page + load16(page + slot_at(page_size, SLOT_WIDTH_V1, slot)), key_len);
}

static size_t v1_search(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len, int *found,
                        uint64_t *decodes)
{
    size_t first = 0;
    size_t count = page_slot_count(page);
    *found = 0;
    while (count > 0) {
        size_t half = count / 2;
        size_t length;
        const uint8_t *middle = v1_key(page, page_size, first + half, &length);
        int order = bytes_compare(middle, length, key, key_len);
        *decodes += 1;
        if (order == 0) {
            *found = 1;
            return first + half;
        }
        if (order < 0) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return first;
}

static void v1_record(const uint8_t *page, size_t page_size, size_t slot, struct record *record)
{
    struct extent extent = slot_extent(page, page_size, slot);
    (void)plain_decode(page + extent.offset, extent.length, page_size, record);
}

/* ---- Prefix records --------------------------------------------------------- */

static void walk_start(struct view *view, const uint8_t *page, struct leaf_walk *walk)
{
    leaf_walk_start(walk, page, view->store->page_size, view->buffers.key, view->buffers.ends, view->buffers.page);
    COUNT(&view->store->counters, slot_extents, 1);
    COUNT(&view->store->counters, slot_extents_slots, page_slot_count(page));
}

static size_t walk_search(struct view *view, const uint8_t *page, const uint8_t *key, size_t key_len, int *found,
                          struct record *record, uint64_t *decodes)
{
    struct leaf_walk walk;
    *found = 0;
    walk_start(view, page, &walk);
    while (leaf_walk_next(&walk, record)) {
        *decodes += 1;
        int order = bytes_compare(record->key, record->key_len, key, key_len);
        if (order >= 0) {
            *found = order == 0;
            return walk.slot - 1;
        }
    }
    return walk.slot;
}

/* ---- Foreseeing a search ------------------------------------------------------ */

/* Bytes of a database below which its directories lie in the processor's caches, and there is little to wait for. */
enum { FORESEEN_MIN = 8 << 20 };
enum { CACHE_LINE = 64, LINE_SLOTS = CACHE_LINE / SLOT_WIDTH_V3 };

/*
 * Where the key stands if the keys between the fences are spread evenly. Only the
 * first line of the page is read for it.
 */
static size_t guess_slot(const uint8_t *page, size_t count, quire_bytes key)
{
    size_t prefix_len = page_prefix_len(page);
    size_t high_len = page_high_len(page);
    uint64_t low = key_head(page_low(page), page_low_len(page), prefix_len);
    uint64_t high = high_len > 0 ? key_head(page_high(page), high_len, prefix_len) : UINT32_MAX;
    uint64_t head = key_head(key.data, key.size, prefix_len);
    return head <= low || high <= low ? 0 : head >= high ? count - 1 : (size_t)((head - low) * count / (high - low));
}

/*
 * A binary search in a directory of some kilobytes waits for memory at each step,
 * one step after the other. Its steps towards the guessed slot, and the slots
 * around that, are asked for all at once: a good guess makes one wait of six. The
 * search itself knows nothing of it.
 */
void leaf_foresee(const struct view *view, const uint8_t *page, quire_bytes key)
{
    size_t page_size = view->store->page_size;
    size_t count = page_slot_count(page);
    if ((uint64_t)view_page_count(view) * page_size < FORESEEN_MIN || count < 4 * LINE_SLOTS ||
        slot_width(page_flags(page)) != SLOT_WIDTH_V3) {
        return;
    }
    size_t guess = guess_slot(page, count, key);
    size_t first = guess > 2 * LINE_SLOTS ? guess - 2 * LINE_SLOTS : 0;
    size_t last = guess + 2 * LINE_SLOTS < count ? guess + 2 * LINE_SLOTS : count - 1;
    prefetch(page + slot_at(page_size, SLOT_WIDTH_V3, count - 1));
    for (size_t at = 0, left = count - 1; left > 2 * LINE_SLOTS; left /= 2) {
        size_t half = (left + 1) / 2;
        prefetch(page + slot_at(page_size, SLOT_WIDTH_V3, at + half - 1));
        at = at + half - 1 < guess ? at + half : at;
    }
    for (size_t slot = first; slot <= last; slot += LINE_SLOTS) {
        prefetch(page + slot_at(page_size, SLOT_WIDTH_V3, slot));
    }
}

/* ---- Dispatch ---------------------------------------------------------------- */

static size_t find_any(struct view *view, const uint8_t *page, const uint8_t *key, size_t key_len, int *found,
                       struct record *record, uint64_t *decodes)
{
    size_t page_size = view->store->page_size;
    size_t rank;
    if (!has_plain_records(page)) {
        return walk_search(view, page, key, key_len, found, record, decodes);
    }
    if (!leaf_is_current(page)) {
        rank = v1_search(page, page_size, key, key_len, found, decodes);
        if (*found) {
            v1_record(page, page_size, rank, record);
        }
        return rank;
    }
    rank = leaf_search_counted(page, page_size, key, key_len, found, decodes);
    if (*found) {
        leaf_record(page, page_size, rank, record);
    }
    return rank;
}

void leaf_find(struct view *view, const uint8_t *page, quire_bytes key, size_t *rank, int *found, struct record *record)
{
    struct counters *counters = &view->store->counters;
    uint64_t decodes = 0;
    uint64_t begin = counters_clock(counters);
    *rank = find_any(view, page, key.data, key.size, found, record, &decodes);
    if (begin != 0) {
        COUNT(counters, leaf_search_ns, counters_clock(counters) - begin);
        COUNT(counters, leaf_searches, 1);
        COUNT(counters, key_decodes, decodes);
        COUNT(counters, searches_binary, has_plain_records(page));
        COUNT(counters, searches_linear, !has_plain_records(page));
    }
}

/* ---- Reading ------------------------------------------------------------------- */

/*
 * The root, pinned for the caller. A reader keeps its own pin on it, since each
 * read begins there and its snapshot's root never changes.
 */
static quire_status get_root(struct view *view, const struct tree *tree, struct frame **root)
{
    if (view->root && snapshot_is_lost(view->snapshot)) {
        /* The root that it has pinned would serve a reader beyond its end. */
        view_let_go(view);
    }
    if (view->root && view->root->pgno == tree->root && page_tree(view->root->data) == tree->id) {
        *root = view->root;
        return QUIRE_OK;
    }
    quire_status status = node_root(view, tree, root);
    if (status == QUIRE_OK && view->snapshot) {
        view_let_go(view);
        view->root = *root;
    }
    return status;
}

static void get_release(struct view *view, struct frame *frame)
{
    if (frame != view->root) {
        node_release(view, frame);
    }
}

/* path_descend for one leaf alone: one page pinned at a time, and no path to tell. */
static quire_status get_leaf(struct view *view, const struct tree *tree, quire_bytes key, struct frame **leaf)
{
    struct frame *frame;
    quire_status status = get_root(view, tree, &frame);
    while (status == QUIRE_OK && page_kind(frame->data) == PAGE_BRANCH) {
        struct frame *parent = frame;
        COUNT(&view->store->counters, branch_searches, 1);
        status =
            node_child(view, parent, branch_search(parent->data, view->store->page_size, key.data, key.size), &frame);
        get_release(view, parent);
    }
    if (status == QUIRE_OK) {
        leaf_foresee(view, frame->data, key);
    }
    *leaf = frame;
    return status;
}

/*
 * The value to its reader: in the leaf, whose pin is taken over; or a copy, when
 * this transaction may edit the leaf, or when it is in a chain. The catalog is
 * read on the way of calls that have a value handed out before as their argument.
 */
static quire_status hand_out(struct view *view, const struct tree *tree, struct frame *leaf,
                             const struct record *record, quire_bytes *value)
{
    if (!record->overflow && (view->snapshot || tree->id == TREE_CATALOG)) {
        *value = (quire_bytes){record->stored, record->value_len};
        if (leaf != view->root) {
            view_hold(view, leaf);
        }
        return QUIRE_OK;
    }
    struct overflow_ref ref = {0};
    quire_status status = QUIRE_OK;
    if (record->overflow) {
        ref = leaf_ref(leaf->data, record);
    } else {
        status = view_copy_value(view, record->stored, record->value_len, value);
    }
    get_release(view, leaf);
    return record->overflow ? overflow_load(view, tree->id, ref, record->value_len, value) : status;
}

quire_status tree_get(struct view *view, const struct tree *tree, quire_bytes key, quire_bytes *value)
{
    struct frame *leaf;
    struct record record;
    size_t rank;
    int found = 0;
    view_hold(view, NULL);
    TRY(get_leaf(view, tree, key, &leaf));
    leaf_find(view, leaf->data, key, &rank, &found, &record);
    if (found) {
        return hand_out(view, tree, leaf, &record, value);
    }
    get_release(view, leaf);
    return QUIRE_NOT_FOUND;
}
