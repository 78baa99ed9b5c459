/*
 * The audit of a whole database: every page reached through the gate (rules P),
 * trees (T1 to T6, audit_tree.c), each page used exactly once or free (S1, S2).
 */
#include "audit_run.h"

#include <string.h>

enum { RULE_NAME_SIZE = 8, PROGRESS_EVERY = 256 };

/* ---- Telling --------------------------------------------------------------- */

/* The rule is read from the message, which corrupt() words and the pager words alike. */
void audit_tell(struct audit *audit, uint32_t pgno)
{
    static const char verb[] = " breaks ";
    char rule[RULE_NAME_SIZE] = "P1";
    const char *message = audit->view->fault->message;
    const char *name = strstr(message, verb);
    if (name) {
        name += sizeof verb - 1;
        size_t length = strcspn(name, " ");
        if (length < sizeof rule) {
            memcpy(rule, name, length);
            rule[length] = '\0';
        }
    }
    quire_violation violation = {.pgno = pgno, .rule = rule, .message = message};
    audit->violations++;
    if (audit->visit) {
        audit->visit(audit->context, &violation);
    }
}

quire_status audit_tell_or_end(struct audit *audit, uint32_t pgno, quire_status status)
{
    if (status == QUIRE_CORRUPT) {
        audit_tell(audit, pgno);
        audit->has_gaps = 1;
        return QUIRE_OK;
    }
    return status;
}

/* ---- Pages, each once ------------------------------------------------------ */

static int is_used(const struct audit *audit, uint32_t pgno)
{
    return audit->used[pgno / 8u] >> (pgno % 8u) & 1;
}

static quire_status mark_used(struct audit *audit, uint32_t pgno)
{
    audit->used[pgno / 8u] |= (uint8_t)(1u << (pgno % 8u));
    audit->reached++;
    if (audit->progress && audit->reached % PROGRESS_EVERY == 0 &&
        audit->progress(audit->progress_context, audit->reached, audit->page_count) != 0) {
        return fault_set(audit->view->fault, QUIRE_CANCELLED, "the audit was cancelled");
    }
    return QUIRE_OK;
}

quire_status audit_claim(struct audit *audit, uint32_t pgno, uint32_t from, int *claimed)
{
    *claimed = 0;
    if (pgno < MAP_FIRST || pgno >= audit->page_count) {
        TELL(audit, from, "S1", "it leads to page %u, which is none of the file's", (unsigned)pgno);
    } else if (is_used(audit, pgno)) {
        TELL(audit, from, "S1", "it leads to page %u, which is in use elsewhere", (unsigned)pgno);
    } else {
        *claimed = 1;
        return mark_used(audit, pgno);
    }
    audit->has_gaps = 1;
    return QUIRE_OK;
}

quire_status audit_reach(struct audit *audit, uint32_t pgno, uint32_t from, struct frame **frame)
{
    int claimed;
    *frame = NULL;
    quire_status status = audit_claim(audit, pgno, from, &claimed);
    if (status != QUIRE_OK || !claimed) {
        return status;
    }
    struct frame *pinned = NULL;
    status = node_get(audit->view, pgno, &pinned);
    if (status != QUIRE_OK) {
        return audit_tell_or_end(audit, pgno, status);
    }
    *frame = pinned;
    return QUIRE_OK;
}

/* ---- The catalog ----------------------------------------------------------- */

static void sift_down(struct tree *trees, size_t from, size_t count)
{
    for (size_t child = 2 * from + 1; child < count; child = 2 * from + 1) {
        if (child + 1 < count && trees[child].id < trees[child + 1].id) {
            child++;
        }
        if (trees[from].id >= trees[child].id) {
            return;
        }
        struct tree moved = trees[from];
        trees[from] = trees[child];
        trees[child] = moved;
        from = child;
    }
}

/* By id, in place: a hostile catalog may name very many. */
static void sort_trees(struct tree *trees, size_t count)
{
    for (size_t i = count / 2; i > 0; i--) {
        sift_down(trees, i - 1, count);
    }
    for (size_t end = count; end > 1; end--) {
        struct tree moved = trees[0];
        trees[0] = trees[end - 1];
        trees[end - 1] = moved;
        sift_down(trees, 0, end - 1);
    }
}

/* Numbers that a later edit will give away: an id that is a fixed tree's, or the chain number that means none. */
static void audit_next_numbers(struct audit *audit, uint32_t catalog_root)
{
    if (audit->state.next_tree < TREE_FIRST_NAMED) {
        TELL(audit, catalog_root, "T5", "the state says that the next tree is number %u",
             (unsigned)audit->state.next_tree);
    }
    if (audit->state.next_chain == 0) {
        TELL(audit, catalog_root, "T4", "the state says that the next chain is number 0");
    }
}

static quire_status audit_trees(struct audit *audit)
{
    struct tree catalog;
    catalog_tree(audit->view, &catalog);
    audit_next_numbers(audit, catalog.root);
    quire_status status = audit_tree(audit, &catalog, 0);
    sort_trees(audit->trees, audit->tree_count);
    if (status == QUIRE_OK && !audit->has_gaps && (audit->tree_count == 0 || audit->trees[0].id != TREE_UNNAMED)) {
        TELL(audit, catalog.root, "T5", "the catalog does not name the unnamed tree");
    }
    for (size_t i = 0; status == QUIRE_OK && i < audit->tree_count; i++) {
        if (i > 0 && audit->trees[i].id == audit->trees[i - 1].id) {
            TELL(audit, catalog.root, "T5", "two trees have the id %u", (unsigned)audit->trees[i].id);
            audit->has_gaps = 1;
        } else {
            status = audit_tree(audit, &audit->trees[i], catalog.root);
        }
    }
    return status;
}

/* ---- Space ----------------------------------------------------------------- */

static int is_listed_free_page(const uint8_t *page)
{
    return page_kind(page) == PAGE_FREE && page_slot_count(page) == 0 && page_right(page) == 0;
}

static quire_status audit_trunk(struct audit *audit, const uint8_t *trunk, uint64_t *count)
{
    for (size_t i = 0; i < page_slot_count(trunk); i++) {
        struct frame *frame;
        TRY(audit_reach(audit, free_entry(trunk, i), page_pgno(trunk), &frame));
        (*count)++;
        if (!frame) {
            continue;
        }
        if (!is_listed_free_page(frame->data)) {
            TELL(audit, frame->pgno, "S2", "the free list names it, but it is not a free page");
        }
        node_release(audit->view, frame);
    }
    return QUIRE_OK;
}

static quire_status audit_free_list(struct audit *audit)
{
    uint64_t count = 0;
    uint32_t from = 0;
    for (uint32_t pgno = audit->state.free_head; pgno != 0;) {
        struct frame *frame;
        quire_status status = audit_reach(audit, pgno, from, &frame);
        if (status != QUIRE_OK || !frame) {
            return status;
        }
        from = pgno;
        count++;
        pgno = 0;
        if (page_kind(frame->data) == PAGE_FREE) {
            pgno = page_right(frame->data);
            status = audit_trunk(audit, frame->data, &count);
        } else {
            TELL(audit, frame->pgno, "S2", "it should be a trunk of the free list, but is of kind %u",
                 (unsigned)page_kind(frame->data));
        }
        node_release(audit->view, frame);
        if (status != QUIRE_OK) {
            return status;
        }
    }
    if (count != audit->state.free_count) {
        TELL(audit, audit->state.free_head, "S2", "the free list holds %llu pages, but the count says %u",
             (unsigned long long)count, (unsigned)audit->state.free_count);
    }
    return QUIRE_OK;
}

static int meta_is_valid(struct audit *audit, uint32_t pgno, uint8_t *page)
{
    size_t page_size = audit->view->store->page_size;
    struct page_fault fault;
    if (!page_verify(page, page_size, pgno, pager_salt(audit->view->store->pager), 0)) {
        return 0;
    }
    store32(page + HEADER_CHECKSUM, 0);
    return page_check(page, page_size, &audit->view->buffers.check, &fault) == RULE_OK && page_kind(page) == PAGE_META;
}

/*
 * One good meta is enough to open a database, so nobody else would miss the
 * other. Both are looked at as they stand in the file, where a checkpoint may be
 * writing one of them just now: hence the second look.
 */
static quire_status audit_meta(struct audit *audit, uint32_t pgno)
{
    struct view *view = audit->view;
    uint8_t *page = view->buffers.page2;
    quire_status status = mark_used(audit, pgno);
    for (int look = 0; status == QUIRE_OK && look < 2; look++) {
        status = pager_read_raw(view->store->pager, pgno, page, view->fault);
        if (status == QUIRE_OK && meta_is_valid(audit, pgno, page)) {
            return QUIRE_OK;
        }
    }
    if (status == QUIRE_OK) {
        TELL(audit, pgno, "P1", "the meta page is damaged");
    }
    return audit_tell_or_end(audit, pgno, status);
}

/* The pages with a fixed place. */
static quire_status audit_fixed_pages(struct audit *audit)
{
    quire_status status = audit_meta(audit, 0);
    if (status == QUIRE_OK) {
        status = audit_meta(audit, 1);
    }
    uint32_t step = (uint32_t)MAP_CAPACITY(audit->view->store->page_size);
    for (uint32_t pgno = MAP_FIRST; status == QUIRE_OK && pgno < audit->page_count;) {
        struct frame *frame;
        status = audit_reach(audit, pgno, pgno, &frame);
        if (status == QUIRE_OK && frame) {
            if (page_kind(frame->data) != PAGE_MAP) {
                TELL(audit, pgno, "S1", "it should be a map page, but is of kind %u", (unsigned)page_kind(frame->data));
            }
            node_release(audit->view, frame);
        }
        if (audit->page_count - pgno <= step) {
            break;
        }
        pgno += step;
    }
    return status;
}

static void audit_unused(struct audit *audit)
{
    for (uint32_t pgno = MAP_FIRST; pgno < audit->page_count && !audit->has_gaps; pgno++) {
        if (!is_used(audit, pgno)) {
            TELL(audit, pgno, "S1", "it is neither in use nor free");
        }
    }
}

static quire_status run(struct audit *audit)
{
    quire_status status = audit_fixed_pages(audit);
    if (status == QUIRE_OK) {
        status = audit_trees(audit);
    }
    if (status == QUIRE_OK) {
        status = audit_free_list(audit);
    }
    if (status != QUIRE_OK) {
        return status;
    }
    audit_unused(audit);
    if (audit->progress && audit->progress(audit->progress_context, audit->page_count, audit->page_count) != 0) {
        return fault_set(audit->view->fault, QUIRE_CANCELLED, "the audit was cancelled");
    }
    if (audit->violations > 0) {
        return fault_set(audit->view->fault, QUIRE_CORRUPT, "the audit found %llu violation%s",
                         (unsigned long long)audit->violations, audit->violations == 1 ? "" : "s");
    }
    return QUIRE_OK;
}

quire_status audit(struct view *view, void (*visit)(void *context, const quire_violation *violation), void *context,
                   quire_progress progress, void *progress_context)
{
    struct audit audit = {.view = view,
                          .visit = visit,
                          .context = context,
                          .progress = progress,
                          .progress_context = progress_context,
                          .page_count = view_page_count(view)};
    view_state(view, &audit.state);
    size_t size = audit.page_count / 8u + 1u;
    audit.used = memory_allocate(view->store->memory, size);
    if (!audit.used) {
        return fault_set(view->fault, QUIRE_NO_MEMORY, "no memory to audit %u pages", (unsigned)audit.page_count);
    }
    memset(audit.used, 0, size);
    leaf_reader_init(&audit.reader, view);
    quire_status status = run(&audit);
    leaf_reader_free(&audit.reader);
    memory_release(view->store->memory, audit.trees);
    memory_release(view->store->memory, audit.used);
    return status;
}
