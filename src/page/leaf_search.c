/*
 * The search of a leaf. Its invariant is the place of the key: all slots before
 * [first, first + count) are below it, all behind are above it.
 */
#include "leaf_search.h"

/* A search in progress. */
struct leaf_query {
    const uint8_t *page;
    size_t page_size;
    size_t width;
    const uint8_t *key;
    size_t key_len;
    uint64_t decodes; /* keys read so far */
};

/* Orders the key of `slot` against the sought one: negative, 0 or positive. */
/*@ requires query: \valid(query) && page_readable(query->page, query->page_size);
  @ requires key: query->key_len <= PAGE_SIZE_MAX && \valid_read(query->key + (0 .. query->key_len - 1));
  @ requires searchable: searchable(query->page, query->page_size, query->width, query->key, query->key_len);
  @ requires slot: slot < slot_count_of(query->page);
  @ requires counts: query->decodes < UINT64_MAX;
  @ assigns query->decodes;
  @ ensures counted: query->decodes == \old(query->decodes) + 1;
  @ ensures below: \result < 0 ==> slot_below(query->page, query->page_size, slot, query->key, query->key_len);
  @ ensures it: \result == 0 ==> slot_is(query->page, query->page_size, slot, query->key, query->key_len);
  @ ensures above: \result > 0 ==> slot_above(query->page, query->page_size, slot, query->key, query->key_len);
  @*/
static inline int query_compare(struct leaf_query *query, size_t slot)
{
    size_t key_len;
    query->decodes++;
    const uint8_t *record = query->page + slot_offset(query->page, query->page_size, query->width, slot);
    /*@ assert has_key: has_key(query->page, query->page_size, slot); */
    const uint8_t *key = plain_key(record, &key_len);
    /*@ assert key: key == key_of(query->page, query->page_size, slot); */
    /*@ assert length: key_len == key_len_of(query->page, query->page_size, slot); */
    return bytes_compare(key, key_len, query->key, query->key_len);
}

/* First slot of [first, first + count) whose key is at or after the sought one, by the keys themselves. */
/*@ requires query: \valid(query) && page_readable(query->page, query->page_size);
  @ requires key: query->key_len <= PAGE_SIZE_MAX && \valid_read(query->key + (0 .. query->key_len - 1));
  @ requires searchable: searchable(query->page, query->page_size, query->width, query->key, query->key_len);
  @ requires slots: first + count <= slot_count_of(query->page);
  @ requires before: slots_below(query->page, query->page_size, 0, first, query->key, query->key_len);
  @ requires behind: slots_above(query->page, query->page_size, first + count, slot_count_of(query->page),
  @     query->key, query->key_len);
  @ requires writable: \valid(found) && \separated(found, query, query->page + (0 .. query->page_size - 1),
  @     query->key + (0 .. query->key_len - 1));
  @ requires counts: query->decodes <= UINT64_MAX - count;
  @ assigns query->decodes, *found;
  @ ensures place: is_place(query->page, query->page_size, \result, *found, query->key, query->key_len);
  @ ensures counted: \old(query->decodes) <= query->decodes <= \old(query->decodes) + count;
  @*/
static size_t query_by_keys(struct leaf_query *query, size_t first, size_t count, int *found)
{
    *found = 0;
    /*@ loop invariant range: \at(first, Pre) <= first && first + count <= \at(first, Pre) + \at(count, Pre);
      @ loop invariant before: slots_below(query->page, query->page_size, 0, first, query->key, query->key_len);
      @ loop invariant behind: slots_above(query->page, query->page_size, first + count, slot_count_of(query->page),
      @     query->key, query->key_len);
      @ loop invariant counted: \at(query->decodes, Pre) <= query->decodes &&
      @     query->decodes + count <= \at(query->decodes, Pre) + \at(count, Pre);
      @ loop assigns first, count, query->decodes;
      @ loop variant count;
      @*/
    while (count > 0) {
        size_t half = count / 2u;
        int order = query_compare(query, first + half);
        if (order == 0) {
            *found = 1;
            return first + half;
        }
        if (order < 0) {
            first += half + 1u;
            count -= half + 1u;
        } else {
            count = half;
        }
    }
    return first;
}

/*
 * Settles a search from `first` on, the first slot whose head is at or above
 * the key's; the last slot's is above. Mostly at most one slot has the key's
 * own head, so that one is compared before the end of such slots is looked for.
 */
/*@ requires query: \valid(query) && page_readable(query->page, query->page_size);
  @ requires key: query->key_len <= PAGE_SIZE_MAX && \valid_read(query->key + (0 .. query->key_len - 1));
  @ requires searchable: searchable(query->page, query->page_size, query->width, query->key, query->key_len);
  @ requires writable: \valid(found) && \separated(found, query, query->page + (0 .. query->page_size - 1),
  @     query->key + (0 .. query->key_len - 1));
  @ requires counts: query->decodes <= UINT32_MAX;
  @ requires v3: query->width == SLOT_WIDTH_V3 && count == slot_count_of(query->page) && count > 0;
  @ requires head: head == head_number(query->key, query->key_len, prefix_len_of(query->page));
  @ requires none_yet: *found == 0;
  @ requires ascend: heads_ascend(query->page, query->page_size, count);
  @ requires first: first < count && heads_below(query->page, query->page_size, 0, first, head) &&
  @     heads_reach(query->page, query->page_size, first, count, head);
  @ requires last: slot_head_of(query->page, query->page_size, count - 1) > head;
  @ assigns query->decodes, *found;
  @ ensures place: is_place(query->page, query->page_size, \result, *found, query->key, query->key_len);
  @ ensures counted: \old(query->decodes) <= query->decodes <= \old(query->decodes) + count;
  @*/
static size_t query_ties(struct leaf_query *query, size_t first, size_t count, uint32_t head, int *found)
{
    if (slot_head(query->page, query->page_size, first) != head)
        return first;
    int order = query_compare(query, first);
    *found = order == 0;
    if (order >= 0)
        return first;
    /*@ assert not_last: first < count - 1; */
    size_t next = first + 1u;
    if (slot_head(query->page, query->page_size, next) != head)
        return next;
    /*@ assert next_not_last: next < count - 1; */
    size_t end = first_head_from(query->page, query->page_size, next, count - 1u - next, head + 1u);
    return query_by_keys(query, next, end - next, found);
}

/* The same when the last slot's head is the key's own: keys that ascend all end behind the last slot. */
/*@ requires query: \valid(query) && page_readable(query->page, query->page_size);
  @ requires key: query->key_len <= PAGE_SIZE_MAX && \valid_read(query->key + (0 .. query->key_len - 1));
  @ requires searchable: searchable(query->page, query->page_size, query->width, query->key, query->key_len);
  @ requires writable: \valid(found) && \separated(found, query, query->page + (0 .. query->page_size - 1),
  @     query->key + (0 .. query->key_len - 1));
  @ requires counts: query->decodes <= UINT32_MAX;
  @ requires v3: query->width == SLOT_WIDTH_V3 && count == slot_count_of(query->page) && count > 0;
  @ requires head: head == head_number(query->key, query->key_len, prefix_len_of(query->page));
  @ requires ascend: heads_ascend(query->page, query->page_size, count);
  @ requires last: slot_head_of(query->page, query->page_size, count - 1) == head;
  @ assigns query->decodes, *found;
  @ ensures place: is_place(query->page, query->page_size, \result, *found, query->key, query->key_len);
  @ ensures counted: \old(query->decodes) <= query->decodes <= \old(query->decodes) + count;
  @*/
static size_t query_ties_at_end(struct leaf_query *query, size_t count, uint32_t head, int *found)
{
    size_t last = count - 1u;
    size_t first = 0;
    int order = query_compare(query, last);
    *found = order == 0;
    if (order <= 0)
        return order == 0 ? last : count;
    if (slot_head(query->page, query->page_size, 0) != head)
        first = first_head_from(query->page, query->page_size, 0, last, head);
    return query_by_keys(query, first, last - first, found);
}

/* V3. */
/*@ requires query: \valid(query) && page_readable(query->page, query->page_size);
  @ requires key: query->key_len <= PAGE_SIZE_MAX && \valid_read(query->key + (0 .. query->key_len - 1));
  @ requires searchable: searchable(query->page, query->page_size, query->width, query->key, query->key_len);
  @ requires writable: \valid(found) && \separated(found, query, query->page + (0 .. query->page_size - 1),
  @     query->key + (0 .. query->key_len - 1));
  @ requires counts: query->decodes <= UINT32_MAX;
  @ requires v3: query->width == SLOT_WIDTH_V3 && count == slot_count_of(query->page) && count > 0;
  @ assigns query->decodes, *found;
  @ ensures place: is_place(query->page, query->page_size, \result, *found, query->key, query->key_len);
  @ ensures counted: \old(query->decodes) <= query->decodes <= \old(query->decodes) + count;
  @*/
static size_t query_by_heads(struct leaf_query *query, size_t count, int *found)
{
    uint32_t head = key_head(query->key, query->key_len, page_prefix_len(query->page));
    uint32_t last = slot_head(query->page, query->page_size, count - 1u);
    /*@ assert ascend: heads_ascend(query->page, query->page_size, count); */
    *found = 0;
    if (last < head) {
        /*@ assert below: slot_below(query->page, query->page_size, count - 1, query->key, query->key_len); */
        /*@ assert all: slots_below(query->page, query->page_size, 0, count - 1 + 1, query->key, query->key_len); */
        return count; /* as keys do that ascend */
    }
    if (last == head)
        return query_ties_at_end(query, count, head, found);
    size_t first = first_head_from(query->page, query->page_size, 0, count - 1u, head);
    /*@ assert before_last: heads_reach(query->page, query->page_size, first, count - 1, head); */
    /*@ assert last: slot_head_of(query->page, query->page_size, count - 1) > head; */
    /*@ assert reach: \forall integer i; first <= i < count ==> slot_head_of(query->page, query->page_size, i) >= head; */
    return query_ties(query, first, count, head, found);
}

size_t leaf_search_counted(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len, int *found,
                           uint64_t *decodes)
{
    struct leaf_query query;
    size_t count = page_slot_count(page);
    size_t slot = 0;
    *found = 0;
    if (count == 0)
        return 0;
    query.page = page;
    query.page_size = page_size;
    query.width = slot_width(page_flags(page));
    query.key = key;
    query.key_len = key_len;
    query.decodes = 0;
    if (query.width == SLOT_WIDTH_V3)
        slot = query_by_heads(&query, count, found);
    else
        slot = query_by_keys(&query, 0, count, found);
    *decodes += query.decodes;
    return slot;
}

size_t leaf_search(const uint8_t *page, size_t page_size, const uint8_t *key, size_t key_len, int *found)
{
    uint64_t decodes = 0;
    return leaf_search_counted(page, page_size, key, key_len, found, &decodes);
}
