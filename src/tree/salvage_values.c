/*
 * Long values of a damaged database. A chain's pages are looked up among the
 * intact ones by number and held against rule T4: tree, chain, position and
 * length must be what the record says. The value is written only when all its
 * pages are there, and each page of the damaged database goes into one value at
 * most: so the work is bounded by the file, whatever its records claim.
 */
#include "overflow.h"
#include "salvage.h"

struct source_chain {
    struct salvage *salvage;
    uint32_t tree;
    uint32_t size;
    uint64_t chain;
    uint32_t next; /* page of the position to be read */
    uint32_t position;
};

static uint32_t used_at(const struct source_chain *chain)
{
    uint32_t capacity = (uint32_t)OVERFLOW_CAPACITY(chain->salvage->page_size);
    uint32_t left = chain->size - chain->position * capacity;
    return left < capacity ? left : capacity;
}

/* Reads the page at the chain's place, if it is that page; *there. A stale one would mix a value of yesterday's parts.
 */
static quire_status read_page(const struct source_chain *chain, struct salvage_page **entry, int *there)
{
    struct salvage *salvage = chain->salvage;
    const uint8_t *page = salvage->page;
    *there = 0;
    *entry = salvage_find_page(salvage, chain->next);
    if (!*entry || (*entry)->kind != PAGE_OVERFLOW || (*entry)->tree != chain->tree ||
        ((*entry)->flags & SALVAGE_STALE)) {
        return QUIRE_OK;
    }
    quire_status status = salvage_load(salvage, *entry, salvage->page, there);
    if (status == QUIRE_OK && *there) {
        *there = overflow_chain(page) == chain->chain && overflow_position(page) == chain->position &&
                 overflow_used(page) == used_at(chain);
    }
    return status;
}

/* Takes every page of the chain for this value; *whole is 0 if one is missing or taken. */
static quire_status claim(struct source_chain chain, int *whole)
{
    uint32_t pages = overflow_pages(chain.salvage->page_size, chain.size);
    *whole = 1;
    for (; chain.position < pages && *whole; chain.position++) {
        struct salvage_page *entry;
        TRY(read_page(&chain, &entry, whole));
        if (*whole && entry->flags & SALVAGE_CLAIMED) {
            *whole = 0;
        }
        if (*whole) {
            entry->flags |= SALVAGE_CLAIMED;
            chain.next = page_right(chain.salvage->page);
        }
    }
    return QUIRE_OK;
}

/* The new chain's pages are as large as the old one's, so each takes one page. */
static quire_status give_page(void *context, uint32_t offset, uint8_t *data, size_t size)
{
    struct source_chain *chain = context;
    struct salvage_page *entry;
    int there;
    (void)offset;
    quire_status status = read_page(chain, &entry, &there);
    if (status != QUIRE_OK || !there) {
        return status != QUIRE_OK ? status : QUIRE_NOT_FOUND;
    }
    bytes_copy(data, chain->salvage->page + OVERFLOW_DATA, size);
    chain->next = page_right(chain->salvage->page);
    chain->position++;
    return QUIRE_OK;
}

quire_status salvage_value(struct salvage *salvage, struct view *to, const struct tree *tree, uint32_t source_tree,
                           quire_bytes key, struct overflow_ref ref, uint32_t size)
{
    struct source_chain chain = {
        .salvage = salvage, .tree = source_tree, .size = size, .chain = ref.chain, .next = ref.first};
    struct value value = {.size = size, .overflow = 1};
    struct pager_mark mark;
    int whole;
    quire_status status = claim(chain, &whole);
    if (status != QUIRE_OK || !whole) {
        return status != QUIRE_OK ? status : QUIRE_NOT_FOUND;
    }
    view_hold(to, NULL);
    TRY(pager_savepoint(to->store->pager, &mark, to->fault));
    status = overflow_create_from(to, tree->id, give_page, &chain, size, &value.ref);
    if (status == QUIRE_OK) {
        status = tree_put_value(to, tree, key, &value, 1);
    }
    if (status == QUIRE_NOT_FOUND) {
        /* A page that was there a moment ago cannot be read any more. */
        TRY(view_rollback_to(to, &mark));
        return QUIRE_NOT_FOUND;
    }
    return status;
}
