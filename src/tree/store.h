/*
 * The tree room: what sees both towers. A store is an open database as the
 * trees see it; a view is one transaction's window on it.
 *
 *  Invariants
 *   1. Above the gate (node.h) every page has passed page_check.
 *   2. A page is edited only between pager_edit and the pager_log_* call that
 *      records the edit, and that pair happens within one function.
 *   3. A failed operation leaves the transaction as it was (rolled back to a
 *      mark), or dooms the view.
 */
#ifndef QUIRE_TREE_STORE_H
#define QUIRE_TREE_STORE_H

#include "../file/pager.h"
#include "../page/branch.h"
#include "../page/branch_search.h"
#include "../page/check.h"
#include "../page/delta.h"
#include "../page/leaf.h"
#include "../page/leaf_search.h"
#include "../page/leaf_old.h"
#include "../page/other.h"
#include "counters.h"

/* Ids of trees that every database has. */
enum { TREE_CATALOG = 1, TREE_UNNAMED = 2, TREE_FIRST_NAMED = 3 };

struct store {
    struct pager *pager;
    size_t page_size;
    size_t key_max;
    size_t inline_max;
    const quire_memory *memory;
    _Atomic uint64_t catalog_lsn; /* no transaction that builds on a commit above it has changed the catalog */
    struct counters counters;
};

/* A tree as its catalog record says. */
struct tree {
    uint32_t id;
    uint32_t root;
    quire_tree_options options;
};

struct space_cache; /* allocator states of leaves under edit, see space_cache.h */

/* Buffers of one view, made once and kept: page_check's scratch, page-sized scratch, key buffers, a delta buffer. */
struct view_buffers {
    struct page_scratch check;
    uint8_t *page;  /* page_size + 1 bytes */
    uint8_t *page2; /* page_size + 1 bytes */
    uint8_t *key;   /* KEY_MAX bytes: keys put together from prefix records */
    uint8_t *low;   /* KEY_MAX: fence copies */
    uint8_t *high;  /* KEY_MAX */
    uint16_t *ends; /* page_size / 2 numbers */
    uint8_t *delta; /* 2 * page_size bytes */
    void *block;
};

struct view {
    struct store *store;
    const struct snapshot *snapshot; /* NULL: the write transaction */
    struct fault *fault;
    struct view_buffers buffers;
    struct space_cache *spaces; /* writer only */
    struct frame *held;         /* pinned for bytes handed out; see view_hold */
    struct frame *root;         /* readers: root of the tree read last, kept pinned; see view_let_go */
    uint8_t *value;             /* assembled overflow value, or value of a rebuilt record; grows */
    size_t value_capacity;
    struct tree unnamed;  /* as the catalog has it at unnamed_lsn; see catalog_open */
    uint64_t unnamed_lsn; /* 0: not asked yet */
    uint64_t edits;       /* counts structural edits, so that cursors know when to seek again */
    int doomed;
};

/* pager_codec over the page room: what file needs to know of bytes. */
extern const struct pager_codec page_codec;

quire_status store_open(struct store *store, const struct pager_config *config, struct fault *fault);
/* For a new database: makes catalog and unnamed tree in its first transaction. Called by store_open. */
quire_status store_close(struct store *store, struct fault *fault);

/* Allocates the buffers. snapshot NULL: for the writer. */
quire_status view_open(struct view *view, struct store *store, const struct snapshot *snapshot, struct fault *fault);
/* Points an idle view at another snapshot; buffers stay. */
void view_restart(struct view *view, const struct snapshot *snapshot);
void view_close(struct view *view);
/* The state and the size of the database as the view sees them; the writer's changes are part of its transaction. */
void view_state(const struct view *view, struct state *state);
void view_set_state(struct view *view, const struct state *state);
uint32_t view_page_count(const struct view *view);
/* The commit that the view builds on: the snapshot's, or the last one before the write transaction. */
uint64_t view_lsn(const struct view *view);
/* Takes the pin of `frame` over until the next call, so that bytes in it may be handed out. NULL releases. */
void view_hold(struct view *view, struct frame *frame);
/* Gives back every pin that the view keeps; before its snapshot or transaction ends. */
void view_let_go(struct view *view);
/*
 * Sets every page back to the mark and forgets what the view knew of them
 * (allocator states, held page); a failure dooms the view. Nothing may be pinned.
 */
quire_status view_rollback_to(struct view *view, const struct pager_mark *mark);
/* A buffer of at least `size` bytes for a value to hand out. */
quire_status view_value_buffer(struct view *view, size_t size);
/*
 * Hands out a copy of an inline value. In a write transaction the page it stands
 * in may be edited by the very call that gets the value as its argument.
 */
quire_status view_copy_value(struct view *view, const uint8_t *data, size_t size, quire_bytes *value);

#endif
