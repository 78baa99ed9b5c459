/*
 * A hash table of chains. Pages in use are mostly neighbours, so the low bits of
 * their numbers spread them evenly, and what is looked for together lies together.
 * Whoever makes a file chooses its page numbers, though: those far apart are kept
 * from sharing a chain by a secret of this index, which is multiplied with the high
 * bits (Dietzfelbinger et al., A reliable randomized algorithm for the closest-pair
 * problem, 1997). Entries come from blocks that are never moved.
 */
#include "index.h"
#include "prefetch.h"

#include <string.h>

enum { ENTRIES_PER_BLOCK = 128, FIRST_BUCKETS = 256, NEIGHBOUR_BITS = 8 };

struct page_entry_block {
    struct page_entry_block *next;
    struct page_entry entries[ENTRIES_PER_BLOCK];
};

void index_init(struct page_index *index, const quire_memory *memory, uint64_t secret)
{
    memset(index, 0, sizeof *index);
    index->memory = memory;
    index->secret = secret | 1;
}

/* The page's place among so many buckets, a power of two. */
static size_t index_bucket(const struct page_index *index, uint32_t pgno, size_t bucket_count)
{
    return (size_t)(pgno ^ ((pgno >> NEIGHBOUR_BITS) * index->secret >> 32)) & (bucket_count - 1);
}

void index_free(struct page_index *index)
{
    while (index->blocks != NULL) {
        struct page_entry_block *block = index->blocks;
        index->blocks = block->next;
        memory_release(index->memory, block);
    }
    memory_release(index->memory, index->buckets);
    index_init(index, index->memory, index->secret);
}

struct page_entry *index_find(const struct page_index *index, uint32_t pgno)
{
    if (index->bucket_count == 0)
        return NULL;
    struct page_entry *entry = index->buckets[index_bucket(index, pgno, index->bucket_count)];
    while (entry != NULL && entry->pgno != pgno)
        entry = entry->next;
    return entry;
}

void index_fetch_bucket(const struct page_index *index, uint32_t pgno)
{
    if (index->bucket_count != 0)
        prefetch(&index->buckets[index_bucket(index, pgno, index->bucket_count)]);
}

void index_fetch_entry(const struct page_index *index, uint32_t pgno)
{
    if (index->bucket_count == 0)
        return;
    const struct page_entry *entry = index->buckets[index_bucket(index, pgno, index->bucket_count)];
    if (entry == NULL)
        return;
    prefetch(&entry->committed_lsn);
    prefetch(&entry->is_editing);
}

static int index_grow_buckets(struct page_index *index)
{
    size_t bucket_count = index->bucket_count == 0 ? FIRST_BUCKETS : index->bucket_count * 2;
    struct page_entry **buckets = memory_allocate(index->memory, bucket_count * sizeof(struct page_entry *));
    if (buckets == NULL)
        return index->bucket_count != 0; /* longer chains are slower, not wrong */
    memset(buckets, 0, bucket_count * sizeof(struct page_entry *));
    for (size_t i = 0; i < index->bucket_count; i++) {
        struct page_entry *entry = index->buckets[i];
        while (entry != NULL) {
            struct page_entry *next = entry->next;
            struct page_entry **bucket = &buckets[index_bucket(index, entry->pgno, bucket_count)];
            entry->next = *bucket;
            *bucket = entry;
            entry = next;
        }
    }
    memory_release(index->memory, index->buckets);
    index->buckets = buckets;
    index->bucket_count = bucket_count;
    return 1;
}

static int index_add_block(struct page_index *index)
{
    struct page_entry_block *block = memory_allocate(index->memory, sizeof *block);
    if (block == NULL)
        return 0;
    block->next = index->blocks;
    index->blocks = block;
    for (size_t i = 0; i < ENTRIES_PER_BLOCK; i++) {
        block->entries[i].next = index->unused;
        index->unused = &block->entries[i];
    }
    return 1;
}

struct page_entry *index_get(struct page_index *index, uint32_t pgno)
{
    struct page_entry *entry = index_find(index, pgno);
    if (entry != NULL)
        return entry;
    if (index->count >= index->bucket_count && !index_grow_buckets(index))
        return NULL;
    if (index->unused == NULL && !index_add_block(index))
        return NULL;
    entry = index->unused;
    index->unused = entry->next;
    memset(entry, 0, sizeof *entry);
    entry->pgno = pgno;
    struct page_entry **bucket = &index->buckets[index_bucket(index, pgno, index->bucket_count)];
    entry->next = *bucket;
    *bucket = entry;
    index->count++;
    return entry;
}

static int index_entry_is_empty(const struct page_entry *entry)
{
    return entry->frame == NULL && entry->versions == NULL && entry->committed_lsn == 0 && entry->txn_lsn == 0 &&
           !entry->is_editing;
}

static void index_unlink(struct page_index *index, struct page_entry **link)
{
    struct page_entry *entry = *link;
    *link = entry->next;
    entry->next = index->unused;
    index->unused = entry;
    index->count--;
}

void index_drop_if_empty(struct page_index *index, struct page_entry *entry)
{
    if (!index_entry_is_empty(entry))
        return;
    struct page_entry **link = &index->buckets[index_bucket(index, entry->pgno, index->bucket_count)];
    while (*link != entry)
        link = &(*link)->next;
    index_unlink(index, link);
}

void index_each(struct page_index *index, void (*visit)(void *context, struct page_entry *entry), void *context)
{
    for (size_t i = 0; i < index->bucket_count; i++)
        for (struct page_entry *entry = index->buckets[i]; entry != NULL; entry = entry->next)
            visit(context, entry);
}

void index_sweep(struct page_index *index)
{
    for (size_t i = 0; i < index->bucket_count; i++) {
        struct page_entry **link = &index->buckets[i];
        while (*link != NULL) {
            if (index_entry_is_empty(*link))
                index_unlink(index, link);
            else
                link = &(*link)->next;
        }
    }
}
