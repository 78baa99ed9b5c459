/*
 * The audit of one tree, page by page in the order of keys: fences and levels
 * against the parent (T1, T2), links against the order (T3), chains (T4), what
 * the catalog says (T5), fill (T6). Unlike a descent it does not stop at the
 * first lie; so it holds a child against its parent itself.
 */
#include "audit_run.h"
#include "overflow.h"

/* The page last seen on one level of a tree, for the links of the next (T3). */
struct neighbour {
    uint32_t pgno;
    uint32_t right;
    int known;
};

/* One tree's walk. */
struct descent {
    struct audit *audit;
    const struct tree *tree;
    size_t depth;
    struct {
        struct frame *frame;
        size_t next;
    } step[LEVEL_MAX + 1];
    struct neighbour neighbour[LEVEL_MAX + 1];
};

/* ---- Leaves ---------------------------------------------------------------- */

struct chain_claim {
    struct audit *audit;
    uint32_t from; /* page that led to the next one */
};

static quire_status claim_chain_page(void *context, uint32_t pgno)
{
    struct chain_claim *chain = context;
    int claimed;
    quire_status status = audit_claim(chain->audit, pgno, chain->from, &claimed);
    chain->from = pgno;
    return status == QUIRE_OK && !claimed ? QUIRE_EXISTS : status; /* told already */
}

static quire_status audit_chain(struct audit *audit, uint32_t tree_id, uint32_t leaf, const struct record *record)
{
    struct chain_claim chain = {.audit = audit, .from = leaf};
    struct overflow_ref ref = leaf_ref(audit->reader.page, record);
    if (ref.chain >= audit->state.next_chain) {
        TELL(audit, leaf, "T4", "it refers to chain %llu, which was not given out yet", (unsigned long long)ref.chain);
    }
    quire_status status = overflow_each(audit->view, tree_id, ref, record->value_len, claim_chain_page, &chain);
    return status == QUIRE_EXISTS ? QUIRE_OK : audit_tell_or_end(audit, chain.from, status);
}

static quire_status note_tree(struct audit *audit, uint32_t leaf, const struct record *record)
{
    struct tree tree;
    quire_bytes value = {record->stored, record->overflow ? SIZE_MAX : record->value_len};
    quire_status status = catalog_decode(audit->view, (quire_bytes){record->key, record->key_len}, value, &tree);
    if (status != QUIRE_OK) {
        return audit_tell_or_end(audit, leaf, status);
    }
    if (audit->tree_count == audit->tree_capacity) {
        size_t capacity = audit->tree_capacity * 2 + 16;
        void *grown = memory_resize(audit->view->store->memory, audit->trees, capacity * sizeof *audit->trees);
        if (!grown) {
            return fault_set(audit->view->fault, QUIRE_NO_MEMORY, "no memory for the list of trees");
        }
        audit->trees = grown;
        audit->tree_capacity = capacity;
    }
    audit->trees[audit->tree_count++] = tree;
    return QUIRE_OK;
}

static quire_status audit_records(struct descent *descent, const uint8_t *page)
{
    struct audit *audit = descent->audit;
    struct record record;
    quire_status status = leaf_reader_open(&audit->reader, audit->view, page);
    for (size_t i = 0; status == QUIRE_OK && i < audit->reader.count; i++) {
        leaf_reader_get(&audit->reader, i, &record);
        if (descent->tree->id == TREE_CATALOG) {
            status = note_tree(audit, page_pgno(page), &record);
        }
        if (status == QUIRE_OK && record.overflow) {
            status = audit_chain(audit, descent->tree->id, page_pgno(page), &record);
        }
    }
    return status;
}

/* ---- Trees ----------------------------------------------------------------- */

static void check_links(struct descent *descent, const uint8_t *page)
{
    struct neighbour *before = &descent->neighbour[page_level(page)];
    uint32_t pgno = page_pgno(page);
    if (before->known && page_left(page) != before->pgno) {
        TELL(descent->audit, pgno, "T3", "its left link names page %u, but page %u stands before it",
             (unsigned)page_left(page), (unsigned)before->pgno);
    }
    if (before->known && before->pgno != 0 && before->right != pgno) {
        TELL(descent->audit, before->pgno, "T3", "its right link names page %u, but page %u comes after it",
             (unsigned)before->right, (unsigned)pgno);
    }
    *before = (struct neighbour){.pgno = pgno, .right = page_right(page), .known = 1};
}

/* Takes a pinned page that fits its place: its links, its fill, its records; a branch is kept for its children. */
static quire_status enter(struct descent *descent, struct frame *frame)
{
    struct audit *audit = descent->audit;
    const uint8_t *page = frame->data;
    quire_status status = QUIRE_OK;
    check_links(descent, page);
    if (page_kind(page) == PAGE_BRANCH) {
        if (page_slot_count(page) < 2) {
            TELL(audit, frame->pgno, "T6", "a branch has one child only");
        }
        descent->step[descent->depth].frame = frame;
        descent->step[descent->depth].next = 0;
        descent->depth++;
        return QUIRE_OK;
    }
    if (page_slot_count(page) == 0 && descent->depth > 0) {
        TELL(audit, frame->pgno, "T6", "an empty leaf is not the root");
    }
    status = audit_records(descent, page);
    node_release(audit->view, frame);
    return status;
}

/* A child could not be followed: what stands before the next page of its levels is not known any more. */
static void skip(struct descent *descent, size_t level)
{
    descent->audit->has_gaps = 1;
    for (size_t i = 0; i < level; i++) {
        descent->neighbour[i].known = 0;
    }
}

static int is_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    return bytes_compare(a, a_len, b, b_len) == 0;
}

/* Does the child fit under its parent (T1, T2)? 0 if it cannot even be walked into. */
static int check_child(struct descent *descent, const uint8_t *parent, size_t slot, const uint8_t *child)
{
    struct audit *audit = descent->audit;
    const uint8_t *low, *high;
    size_t low_len, high_len;
    uint32_t pgno = page_pgno(child);
    if (page_tree(child) != descent->tree->id || page_level(child) + 1u != page_level(parent) ||
        page_kind(child) != (page_level(child) == 0 ? PAGE_LEAF : PAGE_BRANCH)) {
        TELL(audit, pgno, "T2",
             "it is of kind %u, level %u and tree %u, but child %zu of page %u of level %u and tree %u",
             (unsigned)page_kind(child), (unsigned)page_level(child), (unsigned)page_tree(child), slot,
             (unsigned)page_pgno(parent), (unsigned)page_level(parent), (unsigned)descent->tree->id);
        return 0;
    }
    branch_bracket(parent, audit->view->store->page_size, slot, &low, &low_len, &high, &high_len);
    if (!is_bytes(low, low_len, page_low(child), page_low_len(child)) ||
        !is_bytes(high, high_len, page_high(child), page_high_len(child))) {
        TELL(audit, pgno, "T1", "its fences are not what page %u says of its child %zu", (unsigned)page_pgno(parent),
             slot);
    }
    return 1;
}

static quire_status audit_child(struct descent *descent, const uint8_t *parent, size_t slot)
{
    struct audit *audit = descent->audit;
    struct frame *frame;
    uint32_t pgno = branch_child(parent, audit->view->store->page_size, slot);
    TRY(audit_reach(audit, pgno, page_pgno(parent), &frame));
    if (frame && check_child(descent, parent, slot, frame->data)) {
        return enter(descent, frame);
    }
    if (frame) {
        node_release(audit->view, frame);
    }
    skip(descent, page_level(parent));
    return QUIRE_OK;
}

/* Is the page a root of the tree? */
static int check_root(struct audit *audit, const struct tree *tree, const uint8_t *page)
{
    uint32_t pgno = page_pgno(page);
    if ((page_kind(page) != PAGE_LEAF && page_kind(page) != PAGE_BRANCH) || page_tree(page) != tree->id) {
        TELL(audit, pgno, "T2", "it should be the root of tree %u, but is of kind %u and tree %u", (unsigned)tree->id,
             (unsigned)page_kind(page), (unsigned)page_tree(page));
        audit->has_gaps = 1;
        return 0;
    }
    if (page_low_len(page) + page_high_len(page) > 0) {
        TELL(audit, pgno, "T1", "the root of tree %u has fences", (unsigned)tree->id);
    }
    return 1;
}

static quire_status walk_branches(struct descent *descent)
{
    quire_status status = QUIRE_OK;
    while (status == QUIRE_OK && descent->depth > 0) {
        struct frame *frame = descent->step[descent->depth - 1].frame;
        size_t next = descent->step[descent->depth - 1].next++;
        if (next < page_slot_count(frame->data)) {
            status = audit_child(descent, frame->data, next);
        } else {
            node_release(descent->audit->view, frame);
            descent->depth--;
        }
    }
    while (descent->depth > 0) {
        node_release(descent->audit->view, descent->step[--descent->depth].frame);
    }
    return status;
}

quire_status audit_tree(struct audit *audit, const struct tree *tree, uint32_t from)
{
    struct descent descent = {.audit = audit, .tree = tree};
    struct frame *frame;
    quire_status status = audit_reach(audit, tree->root, from, &frame);
    if (status != QUIRE_OK || !frame) {
        return status;
    }
    if (!check_root(audit, tree, frame->data)) {
        node_release(audit->view, frame);
        return QUIRE_OK;
    }
    for (size_t i = 0; i <= LEVEL_MAX; i++) {
        descent.neighbour[i].known = 1;
    }
    status = enter(&descent, frame);
    if (status == QUIRE_OK) {
        status = walk_branches(&descent);
    }
    for (size_t i = 0; status == QUIRE_OK && i <= LEVEL_MAX; i++) {
        const struct neighbour *last = &descent.neighbour[i];
        if (last->known && last->right != 0) {
            TELL(audit, last->pgno, "T3", "it is the last of its level, but its right link names page %u",
                 (unsigned)last->right);
        }
    }
    return status;
}
