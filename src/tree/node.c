/*
 * The gate: see node.h. A frame is checked once for its content, by whoever
 * meets it first; after that passing the gate costs a look at a flag, and a
 * child two comparisons of bytes with what its parent says. A build without the
 * archive lets no root and no child through that is a leaf of the past.
 */
#include "page_space.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

quire_status corrupt(struct view *view, uint32_t pgno, const char *rule, const char *detail, ...)
{
    char text[FAULT_MESSAGE_SIZE - 48];
    va_list arguments;
    va_start(arguments, detail);
    (void)vsnprintf(text, sizeof text, detail, arguments);
    va_end(arguments);
    return fault_set(view->fault, QUIRE_CORRUPT, "page %lu breaks %s (%s)", (unsigned long)pgno, rule, text);
}

quire_status old_format(struct view *view)
{
    return fault_set(view->fault, QUIRE_OLD_FORMAT,
                     "this leaf has an old record or slot format, which this build leaves out; "
                     "upgrade the tree with a build that has it");
}

quire_status leaf_check_version(struct view *view, const uint8_t *page)
{
#ifdef QUIRE_OMIT_OLD
    if (page_kind(page) == PAGE_LEAF && !leaf_is_current(page)) {
        return old_format(view);
    }
#endif
    (void)view, (void)page;
    return QUIRE_OK;
}

static quire_status check_content(struct view *view, uint32_t pgno, struct frame *frame)
{
    struct page_fault fault = {RULE_OK, SIZE_MAX, SIZE_MAX};
    char text[128];
    if (page_pgno(frame->data) != pgno) {
        return corrupt(view, pgno, "P1", "it says it is page %lu", (unsigned long)page_pgno(frame->data));
    }
    if (page_check(frame->data, view->store->page_size, &view->buffers.check, &fault) != RULE_OK) {
        page_fault_text(&fault, text, sizeof text);
        return corrupt(view, pgno, page_rule_name(fault.rule), "%s", text);
    }
    pager_frame_set_checked(frame);
    return QUIRE_OK;
}

quire_status node_get(struct view *view, uint32_t pgno, struct frame **out)
{
    struct frame *frame;
    TRY(pager_read(view->store->pager, view->snapshot, pgno, &frame, view->fault));
    if (!pager_frame_checked(frame)) {
        quire_status status = check_content(view, pgno, frame);
        if (status != QUIRE_OK) {
            node_release(view, frame);
            return status;
        }
    }
    *out = frame;
    return QUIRE_OK;
}

void node_release(struct view *view, struct frame *frame)
{
    pager_release(view->store->pager, frame);
}

quire_status node_get_kind(struct view *view, uint32_t pgno, uint8_t kind, uint32_t tree_id, struct frame **out)
{
    struct frame *frame;
    TRY(node_get(view, pgno, &frame));
    uint8_t found_kind = page_kind(frame->data);
    uint32_t found_tree = page_tree(frame->data);
    if (found_kind == kind && found_tree == tree_id) {
        *out = frame;
        return QUIRE_OK;
    }
    node_release(view, frame);
    return corrupt(view, pgno, "T2", "a page of kind %u of tree %lu is wanted; this one is of kind %u of tree %lu",
                   kind, (unsigned long)tree_id, found_kind, (unsigned long)found_tree);
}

quire_status node_root(struct view *view, const struct tree *tree, struct frame **out)
{
    struct frame *frame;
    TRY(node_get(view, tree->root, &frame));
    quire_status status = QUIRE_OK;
    const uint8_t *page = frame->data;
    int is_node = page_kind(page) == PAGE_LEAF || page_kind(page) == PAGE_BRANCH;
    if (!is_node || page_tree(page) != tree->id) {
        status = corrupt(view, tree->root, "T2", "it is not the root of tree %lu", (unsigned long)tree->id);
    } else if (page_low_len(page) != 0 || page_high_len(page) != 0) {
        status = corrupt(view, tree->root, "T1", "the root has fences");
    } else {
        status = leaf_check_version(view, page);
    }
    if (status != QUIRE_OK) {
        node_release(view, frame);
        return status;
    }
    *out = frame;
    return QUIRE_OK;
}

static int same_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/* A root, or a page of another kind, passes for no child: level and kind agree in a valid page. */
static quire_status check_child(struct view *view, const uint8_t *parent, size_t slot, uint32_t pgno,
                                const uint8_t *page)
{
    const uint8_t *low, *high;
    size_t low_len, high_len;
    uint8_t kind = page_level(parent) == 1 ? PAGE_LEAF : PAGE_BRANCH;
    if (page_kind(page) != kind || page_level(page) + 1 != page_level(parent) || page_tree(page) != page_tree(parent)) {
        return corrupt(view, pgno, "T2", "it is not the child of page %lu that slot %zu makes it",
                       (unsigned long)page_pgno(parent), slot);
    }
    branch_bracket(parent, view->store->page_size, slot, &low, &low_len, &high, &high_len);
    if (!same_bytes(low, low_len, page_low(page), page_low_len(page)) ||
        !same_bytes(high, high_len, page_high(page), page_high_len(page))) {
        return corrupt(view, pgno, "T1", "its fences are not the bracket of slot %zu of page %lu", slot,
                       (unsigned long)page_pgno(parent));
    }
    return leaf_check_version(view, page);
}

quire_status node_child(struct view *view, const struct frame *parent, size_t slot, struct frame **child)
{
    struct frame *frame;
    uint32_t pgno = branch_child(parent->data, view->store->page_size, slot);
    TRY(node_get(view, pgno, &frame));
    quire_status status = check_child(view, parent->data, slot, pgno, frame->data);
    if (status != QUIRE_OK) {
        node_release(view, frame);
        return status;
    }
    *child = frame;
    return QUIRE_OK;
}

quire_status node_new(struct view *view, uint32_t tree_id, uint8_t kind, uint8_t level, uint8_t flags,
                      const uint8_t *low, size_t low_len, const uint8_t *high, size_t high_len, struct frame **frame)
{
    uint32_t pgno;
    quire_status status = space_allocate(view, &pgno);
    if (status == QUIRE_OK) {
        status = pager_edit_new(view->store->pager, pgno, frame, view->fault);
    }
    if (status == QUIRE_OK) {
        page_init_slotted((*frame)->data, view->store->page_size, pgno, tree_id, kind, level, flags, low, low_len, high,
                          high_len);
    }
    return status;
}

quire_status node_set_links(struct view *view, uint32_t pgno, const uint32_t *left, const uint32_t *right)
{
    struct frame *frame;
    TRY(node_get(view, pgno, &frame));
    quire_status status = pager_edit(view->store->pager, &frame, view->fault);
    if (status == QUIRE_OK) {
        uint8_t *page = frame->data;
        page_set_left(page, left ? *left : page_left(page));
        page_set_right(page, right ? *right : page_right(page));
        size_t size = delta_links(view->buffers.delta, page_left(page), page_right(page));
        status = pager_log_delta(view->store->pager, frame, view->buffers.delta, size, view->fault);
    }
    node_release(view, frame);
    return status;
}
