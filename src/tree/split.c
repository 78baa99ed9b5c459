/*
 * Splits. A page that splits keeps its number and the lower half of its keys; a
 * new page to its right takes the rest. Its parent then gets one child more, and
 * may split in turn; a root never moves, its content does.
 *
 * Invariant of every step here: the path leads to the same records as before,
 * and only pages of the path, the new page and one right neighbour change.
 */
#include "edit.h"

quire_status relink_left(struct view *view, const uint8_t *page, uint32_t pgno, uint32_t from, uint32_t to)
{
    struct frame *frame;
    uint32_t tree_id = page_tree(page);
    uint8_t level = page_level(page);
    if (pgno == 0) {
        return QUIRE_OK;
    }
    TRY(node_get_kind(view, pgno, page_kind(page), tree_id, &frame));
    if (page_level(frame->data) != level || page_left(frame->data) != from) {
        node_release(view, frame);
        return corrupt(view, pgno, "T3", "page %lu names it as its right sibling, but not the other way round",
                       (unsigned long)from);
    }
    node_release(view, frame);
    view->edits++;
    space_cache_drop(view, pgno);
    return node_set_links(view, pgno, &to, NULL);
}

quire_status root_push_down(struct view *view, const struct tree *tree, struct path *path)
{
    size_t page_size = view->store->page_size;
    struct path_step *root = &path->step[0];
    struct space space;
    struct leaf_edit edit;
    struct frame *child;
    uint8_t level = page_level(root->frame->data);
    if (level == LEVEL_MAX) {
        return corrupt(view, root->pgno, "P3", "the tree would be deeper than %d levels", LEVEL_MAX + 1);
    }
    TRY(node_new(view, tree->id, page_kind(root->frame->data), level, page_flags(root->frame->data), NULL, 0, NULL, 0,
                 &child));
    uint32_t child_pgno = child->pgno;
    memcpy(child->data, root->frame->data, page_size);
    store32(child->data + HEADER_PGNO, child_pgno);
    quire_status status = edit_log_image(view, child);
    if (status == QUIRE_OK) {
        status = edit_begin(view, &root->frame);
    }
    if (status != QUIRE_OK) {
        node_release(view, child);
        return status;
    }
    uint8_t *page = root->frame->data;
    page_init_slotted(page, page_size, root->pgno, tree->id, PAGE_BRANCH, (uint8_t)(level + 1), PAGE_FLAG_SLOTS_V3,
                      NULL, 0, NULL, 0);
    space_clear(&space);
    (void)branch_insert(page, page_size, &space, 0, child_pgno, page, 0, view->buffers.page, &edit);
    memmove(&path->step[1], &path->step[0], path->depth * sizeof path->step[0]);
    path->depth++;
    path->step[0].slot = 0;
    path->step[1].pgno = child_pgno;
    path->step[1].frame = child;
    return edit_log_image(view, path->step[0].frame);
}

/* ---- Branches --------------------------------------------------------------- */

/* A child on its way into a branch; the separator is a copy of ours. */
struct newcomer {
    uint32_t child;
    uint8_t *separator;
    size_t separator_len;
};

/* *fits: the child is in the step's branch, right of the one taken, and logged. */
static quire_status branch_try(struct view *view, struct path_step *step, const struct newcomer *newcomer, int *fits)
{
    struct leaf_edit edit;
    *fits = space_has_room(step->frame->data, BRANCH_CHILD_SIZE + newcomer->separator_len, SLOT_WIDTH_V3);
    if (!*fits) {
        return QUIRE_OK;
    }
    TRY(edit_begin(view, &step->frame));
    uint8_t *page = step->frame->data;
    size_t need = BRANCH_CHILD_SIZE + newcomer->separator_len + SLOT_WIDTH_V3;
    (void)branch_insert(page, view->store->page_size, space_cache_get(view, page, need), step->slot + 1,
                        newcomer->child, newcomer->separator, newcomer->separator_len, view->buffers.page, &edit);
    quire_status status =
        edit_log_steps(view, step->frame, delta_insert(view->buffers.delta, &edit, page + edit.offset));
    space_cache_note(view, step->frame->data);
    return status;
}

/* Puts the newcomer into one of the halves, which have room and no holes. */
static void place_in_half(struct view *view, uint8_t *half, size_t slot, const struct newcomer *newcomer,
                          struct leaf_edit *edit)
{
    struct space space;
    space_clear(&space);
    (void)branch_insert(half, view->store->page_size, &space, slot, newcomer->child, newcomer->separator,
                        newcomer->separator_len, view->buffers.page, edit);
}

/* The left half was kept, linked and maybe given a child: as one delta. */
static quire_status log_left_half(struct view *view, struct frame *left, const struct leaf_edit *edit)
{
    const uint8_t *page = left->data;
    uint8_t *delta = view->buffers.delta;
    size_t kept = page_slot_count(page) - (edit ? 1 : 0);
    size_t size = delta_keep(delta, 0, kept, page_low(page), page_low_len(page), page_high(page), page_high_len(page));
    size += delta_links(delta + size, page_left(page), page_right(page));
    if (edit) {
        size += delta_insert(delta + size, edit, page + edit->offset);
    }
    space_cache_drop(view, left->pgno);
    return edit_log_steps(view, left, size);
}

/*
 * Splits the full branch of `step` and places the newcomer. It becomes the new
 * right page, its separator in `spare`; *moved if the child that the path takes,
 * and so the path, went right.
 */
static quire_status branch_split_step(struct view *view, struct path_step *step, struct newcomer *newcomer,
                                      uint8_t **spare, int *moved)
{
    size_t page_size = view->store->page_size;
    const uint8_t *before = step->frame->data;
    size_t slot = step->slot + 1;
    int append = slot == page_slot_count(before) && page_high_len(before) == 0;
    size_t at = branch_split_point(before, page_size, slot, BRANCH_CHILD_SIZE + SLOT_WIDTH_V3 + newcomer->separator_len,
                                   append);
    struct leaf_edit edit;
    struct frame *right;
    TRY(node_new(view, page_tree(before), PAGE_BRANCH, page_level(before), page_flags(before), NULL, 0, NULL, 0,
                 &right));
    uint32_t right_pgno = right->pgno;
    quire_status status = edit_begin(view, &step->frame);
    if (status != QUIRE_OK) {
        node_release(view, right);
        return status;
    }
    uint8_t *page = step->frame->data;
    uint32_t neighbour = page_right(page);
    branch_split(page, right->data, page_size, at, right_pgno, view->buffers.page);
    size_t between_len = page_low_len(right->data);
    memcpy(*spare, page_low(right->data), between_len);
    page_set_left(right->data, step->pgno);
    page_set_right(right->data, neighbour);
    page_set_right(page, right_pgno);
    int goes_left = slot <= at;
    place_in_half(view, goes_left ? page : right->data, goes_left ? slot : slot - at, newcomer, &edit);
    status = log_left_half(view, step->frame, goes_left ? &edit : NULL);
    if (status == QUIRE_OK) {
        status = edit_log_image(view, right);
    }
    if (status == QUIRE_OK) {
        status = relink_left(view, right->data, neighbour, step->pgno, right_pgno);
    }
    COUNT(&view->store->counters, branch_splits, 1);
    *moved = step->slot >= at;
    node_release(view, *moved ? step->frame : right);
    if (*moved) {
        *step = (struct path_step){.pgno = right_pgno, .slot = step->slot - at, .frame = right};
    }
    uint8_t *used = newcomer->separator;
    *newcomer = (struct newcomer){.child = right_pgno, .separator = *spare, .separator_len = between_len};
    *spare = used;
    return status;
}

quire_status branch_add(struct view *view, const struct tree *tree, struct path *path, size_t level, uint32_t child,
                        const uint8_t *separator, size_t separator_len)
{
    struct newcomer newcomer = {child, view->buffers.high, separator_len};
    uint8_t *spare = view->buffers.key;
    int moved = 0; /* the path's child below has become the newcomer */
    memmove(newcomer.separator, separator, separator_len);
    for (;;) {
        int fits, moved_here;
        quire_status status = branch_try(view, &path->step[level], &newcomer, &fits);
        if (status == QUIRE_OK && fits) {
            path->step[level].slot += moved ? 1 : 0;
            return QUIRE_OK;
        }
        if (status == QUIRE_OK && level == 0) {
            status = root_push_down(view, tree, path);
            level = 1;
        }
        if (status == QUIRE_OK) {
            status = branch_split_step(view, &path->step[level], &newcomer, &spare, &moved_here);
        }
        if (status != QUIRE_OK) {
            return status;
        }
        path->step[level].slot += moved ? 1 : 0;
        moved = moved_here;
        level--;
    }
}

/* ---- Leaves ------------------------------------------------------------------ */

/* How a leaf is to be split: the new record's half and rank there, and the cut in the old records. */
struct leaf_cut {
    size_t cut; /* the right page takes the old records from here on */
    int goes_right;
    size_t rank;
    size_t separator_len;
};

/* Where records come in, as far as it matters for the cut. */
enum arrival { ARRIVE_ANYWHERE, ARRIVE_LAST, ARRIVE_IN_RUN };

/* Ascending keys: behind all others of the tree, or each right behind the one before it. */
static enum arrival arrival_of(const struct view *view, const uint8_t *page, size_t slot)
{
    int runs = space_cache_is_run(view, page_pgno(page), slot);
    if (slot == page_slot_count(page)) {
        return runs || page_high_len(page) == 0 ? ARRIVE_LAST : ARRIVE_ANYWHERE;
    }
    return runs ? ARRIVE_IN_RUN : ARRIVE_ANYWHERE;
}

/* Describes the cut at rank `at` of the sequence with the new record; its separator is the first bytes of *separator.
 */
static struct leaf_cut cut_at(const struct view *view, const uint8_t *page, size_t slot, quire_bytes key, size_t at,
                              const uint8_t **separator)
{
    size_t page_size = view->store->page_size;
    struct leaf_cut cut = {.cut = at > slot ? at - 1 : at, .goes_right = at <= slot};
    cut.rank = cut.goes_right ? slot - at : slot;
    struct record left = {.key = key.data, .key_len = key.size};
    struct record right = left;
    if (at != slot + 1) {
        leaf_record(page, page_size, at > slot ? at - 2 : at - 1, &left);
    }
    if (at != slot) {
        leaf_record(page, page_size, cut.cut, &right);
    }
    cut.separator_len = separator_len(left.key, left.key_len, right.key, right.key_len);
    *separator = right.key;
    return cut;
}

/* Do both pages hold their share if the left one keeps the records before `slot` and takes the new one as its last? */
static int fits_behind(const uint8_t *page, size_t page_size, size_t slot, size_t new_bytes, size_t separator_len)
{
    size_t width = slot_width(page_flags(page));
    size_t before = 0;
    for (size_t i = 0; i < slot; i++) {
        before += slot_length(page, page_size, width, i) + width;
    }
    size_t fences = HEADER_SIZE + separator_len;
    return fences + page_low_len(page) + before + new_bytes <= page_size &&
           fences + page_high_len(page) + leaf_live_bytes(page, page_size) - before <= page_size;
}

/*
 * Chooses the cut and copies the separator to buffers.high. A run amid other
 * records is cut behind its latest: what stands after it moves out of its way,
 * and the page that the run goes on in fills up.
 */
static struct leaf_cut choose_cut(struct view *view, const uint8_t *page, size_t slot, quire_bytes key,
                                  size_t new_bytes, enum arrival arrival)
{
    size_t page_size = view->store->page_size;
    const uint8_t *separator;
    struct leaf_cut cut = {0};
    int is_chosen = 0;
    if (arrival == ARRIVE_IN_RUN) {
        cut = cut_at(view, page, slot, key, slot + 1, &separator);
        is_chosen = fits_behind(page, page_size, slot, new_bytes, cut.separator_len);
    }
    if (!is_chosen) {
        size_t at = leaf_split_point(page, page_size, slot, key.data, key.size, new_bytes, arrival == ARRIVE_LAST);
        cut = cut_at(view, page, slot, key, at, &separator);
    }
    memcpy(view->buffers.high, separator, cut.separator_len);
    return cut;
}

/* Both pages are fresh from a split and have no holes. */
static void insert_in_half(struct view *view, uint8_t *half, size_t rank, quire_bytes key, const struct value *value,
                           struct leaf_edit *edit)
{
    uint8_t reference[REFERENCE_PLAIN];
    struct space space;
    space_clear(&space);
    (void)leaf_insert(half, view->store->page_size, &space, rank, key.data, key.size, value_stored(value, reference),
                      value->size, view->buffers.page, edit);
    COUNT(&view->store->counters, leaf_inserts, 1);
    COUNT(&view->store->counters, memcopy_bytes, edit->length);
}

/* Fills the right page from the left one, which then keeps the rest; logs both and links them in. */
static quire_status divide_leaf(struct view *view, struct path_step *step, struct frame *right,
                                const struct leaf_cut *cut, quire_bytes key, const struct value *value)
{
    size_t page_size = view->store->page_size;
    struct view_buffers *buffers = &view->buffers;
    uint8_t *page = step->frame->data;
    struct leaf_edit edit;
    struct space space;
    uint32_t neighbour = page_right(page);
    size_t low_len = page_low_len(page);
    space_clear(&space);
    (void)page_append(right->data, page_size, &space, page, cut->cut, page_slot_count(page), buffers->page);
    memcpy(buffers->low, page_low(page), low_len);
    (void)page_keep(page, page_size, 0, cut->cut, buffers->low, low_len, buffers->high, cut->separator_len,
                    buffers->page);
    page_set_left(right->data, step->pgno);
    page_set_right(right->data, neighbour);
    page_set_right(page, right->pgno);
    insert_in_half(view, cut->goes_right ? right->data : page, cut->rank, key, value, &edit);
    TRY(log_left_half(view, step->frame, cut->goes_right ? NULL : &edit));
    TRY(edit_log_image(view, right));
    return relink_left(view, right->data, neighbour, step->pgno, right->pgno);
}

quire_status split_leaf(struct view *view, const struct tree *tree, struct path *path, size_t slot, quire_bytes key,
                        const struct value *value)
{
    struct frame *right;
    TRY(path->depth == 1 ? root_push_down(view, tree, path) : QUIRE_OK);
    struct path_step *step = &path->step[path->depth - 1];
    const uint8_t *page = step->frame->data;
    size_t new_bytes = plain_size(view->store->page_size, key.size, value->size) + slot_width(page_flags(page));
    enum arrival arrival = arrival_of(view, page, slot);
    struct leaf_cut cut = choose_cut(view, page, slot, key, new_bytes, arrival);
    TRY(node_new(view, tree->id, PAGE_LEAF, 0, page_flags(page), view->buffers.high, cut.separator_len, page_high(page),
                 page_high_len(page), &right));
    uint32_t right_pgno = right->pgno;
    quire_status status = edit_begin(view, &step->frame);
    if (status == QUIRE_OK) {
        status = divide_leaf(view, step, right, &cut, key, value);
    }
    node_release(view, right);
    COUNT(&view->store->counters, leaf_splits, 1);
    COUNT(&view->store->counters, append_splits, arrival != ARRIVE_ANYWHERE);
    if (status != QUIRE_OK) {
        return status;
    }
    space_cache_note_insert(view, cut.goes_right ? right_pgno : step->pgno, cut.rank);
    return branch_add(view, tree, path, path->depth - 2, right_pgno, view->buffers.high, cut.separator_len);
}
