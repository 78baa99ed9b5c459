/* Sorting with a guard before it, and the way of sorted runs into the trees. */
#include "runs.h"

enum { RUN_PAIRS = 512, RUN_BYTES = 32768, COPIED_VALUE_MAX = INTEGER_SIZE_MAX };

/* ---- Sorting -------------------------------------------------------------------- */

/* The guard before a sort: 1 when there is nothing to do. */
static int saves_sort(struct sort_counts *counts, int is_sorted)
{
    int saves = is_sorted && !counts->always;
    counts->saved += saves ? 1 : 0;
    counts->sorts += saves ? 0 : 1;
    return saves;
}

/*
 * Sorts by one field of integers: by its bytes, from the lowest to the highest, each
 * time into the other block (radix sort, Knuth, TAOCP 3, 5.2.5). Stable; there is no
 * step for a byte that is the same in all elements, or for a field that is in order.
 * `from` and `to` change places at each step: what is sorted lies in *from.
 */
#define DEFINE_SORT_BY(name, element, field)                                                                           \
    static void name(element **from, element **to, size_t count)                                                       \
    {                                                                                                                  \
        uint64_t varying = 0;                                                                                          \
        int is_sorted = 1;                                                                                             \
        for (size_t i = 1; i < count; i++) {                                                                           \
            varying |= (*from)[i].field ^ (*from)[0].field;                                                            \
            is_sorted &= (*from)[i - 1].field <= (*from)[i].field;                                                     \
        }                                                                                                              \
        for (unsigned shift = 0; shift < 64 && !is_sorted; shift += 8) {                                               \
            if ((varying >> shift & 0xFF) == 0) {                                                                      \
                continue;                                                                                              \
            }                                                                                                          \
            size_t starts[257] = {0};                                                                                  \
            for (size_t i = 0; i < count; i++) {                                                                       \
                starts[((uint64_t)(*from)[i].field >> shift & 0xFF) + 1]++;                                            \
            }                                                                                                          \
            for (size_t digit = 1; digit < 256; digit++) {                                                             \
                starts[digit] += starts[digit - 1];                                                                    \
            }                                                                                                          \
            for (size_t i = 0; i < count; i++) {                                                                       \
                (*to)[starts[(uint64_t)(*from)[i].field >> shift & 0xFF]++] = (*from)[i];                              \
            }                                                                                                          \
            element *other = *from;                                                                                    \
            *from = *to;                                                                                               \
            *to = other;                                                                                               \
        }                                                                                                              \
    }

DEFINE_SORT_BY(sort_by_near_node, struct adjacency, near_node)
DEFINE_SORT_BY(sort_by_type, struct adjacency, type)
DEFINE_SORT_BY(sort_by_far_node, struct adjacency, far_node)
DEFINE_SORT_BY(sort_by_label, struct label_entry, label)

static int adjacency_precedes(const struct adjacency *a, const struct adjacency *b)
{
    if (a->near_node != b->near_node) {
        return a->near_node < b->near_node;
    }
    return a->type != b->type ? a->type < b->type : a->far_node < b->far_node;
}

void adjacencies_sort(struct adjacency *adjacencies, struct adjacency *scratch, size_t count,
                      struct sort_counts *counts)
{
    size_t in_order = 1;
    while (in_order < count && !adjacency_precedes(&adjacencies[in_order], &adjacencies[in_order - 1])) {
        in_order++;
    }
    if (count < 2 || saves_sort(counts, in_order == count)) {
        return;
    }
    struct adjacency *from = adjacencies, *to = scratch;
    sort_by_far_node(&from, &to, count);
    sort_by_type(&from, &to, count);
    sort_by_near_node(&from, &to, count);
    if (from != adjacencies) {
        memcpy(adjacencies, from, count * sizeof *adjacencies);
    }
}

void label_entries_sort(struct label_entry *entries, struct label_entry *scratch, size_t count,
                        struct sort_counts *counts)
{
    size_t in_order = 1;
    while (in_order < count && entries[in_order - 1].label <= entries[in_order].label) {
        in_order++;
    }
    if (count < 2 || saves_sort(counts, in_order == count)) {
        return;
    }
    struct label_entry *from = entries, *to = scratch;
    sort_by_label(&from, &to, count);
    if (from != entries) {
        memcpy(entries, from, count * sizeof *entries);
    }
}

static int span_precedes(const uint8_t *keys, const struct span *a, const struct span *b)
{
    int order = memcmp(keys + a->offset, keys + b->offset, a->size < b->size ? a->size : b->size);
    return order != 0 ? order < 0 : a->size < b->size;
}

static void spans_merge(const uint8_t *keys, const struct span *from, struct span *to, size_t middle, size_t count)
{
    size_t left = 0, right = middle;
    for (size_t i = 0; i < count; i++) {
        int take_right = left == middle || (right < count && span_precedes(keys, &from[right], &from[left]));
        to[i] = take_right ? from[right++] : from[left++];
    }
}

/* Keys of any length: a merge sort from the bottom up. */
static void spans_sort(const uint8_t *keys, struct span *spans, struct span *scratch, size_t count,
                       struct sort_counts *counts)
{
    size_t in_order = 1;
    while (in_order < count && !span_precedes(keys, &spans[in_order], &spans[in_order - 1])) {
        in_order++;
    }
    if (count < 2 || saves_sort(counts, in_order == count)) {
        return;
    }
    struct span *from = spans, *to = scratch;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t size = count - at < 2 * width ? count - at : 2 * width;
            spans_merge(keys, from + at, to + at, width < size ? width : size, size);
        }
        struct span *other = from;
        from = to;
        to = other;
    }
    if (from != spans) {
        memcpy(spans, from, count * sizeof *spans);
    }
}

/* ---- Runs ------------------------------------------------------------------------ */

int run_start(quire_graph *graph, struct run *run)
{
    size_t key_max = quire_key_max(graph->db);
    run->count = run->used_bytes = 0;
    run->pairs = graph_resize(graph, NULL, RUN_PAIRS * sizeof *run->pairs);
    run->bytes = graph_resize(graph, NULL, RUN_BYTES + key_max + COPIED_VALUE_MAX);
    return run->pairs && run->bytes ? QUIRE_OK : graph_no_memory(graph);
}

void run_free(quire_graph *graph, struct run *run)
{
    graph_release(graph, run->pairs);
    graph_release(graph, run->bytes);
    run->pairs = NULL;
    run->bytes = NULL;
}

int run_write(quire_graph *graph, enum part part, struct run *run)
{
    quire_tree *tree;
    int status = part_tree(graph, part, &tree);
    if (status == QUIRE_OK && run->count > 0) {
        status = graph_engine(graph, quire_put_many(graph->txn, tree, run->pairs, run->count, NULL));
    }
    run->count = run->used_bytes = 0;
    return status;
}

static quire_bytes keep(struct run *run, quire_bytes bytes)
{
    uint8_t *kept = run->bytes + run->used_bytes;
    memcpy(kept, bytes.data, bytes.size);
    run->used_bytes += bytes.size;
    return (quire_bytes){kept, bytes.size};
}

int run_add(quire_graph *graph, enum part part, struct run *run, quire_bytes key, quire_bytes value)
{
    if (run->count == RUN_PAIRS || run->used_bytes >= RUN_BYTES) {
        int status = run_write(graph, part, run);
        if (status != QUIRE_OK) {
            return status;
        }
    }
    run->pairs[run->count++] = (quire_pair){keep(run, key), value};
    return QUIRE_OK;
}

int run_add_copied(quire_graph *graph, enum part part, struct run *run, quire_bytes key, quire_bytes value)
{
    int status = run_add(graph, part, run, key, value);
    if (status == QUIRE_OK) {
        run->pairs[run->count - 1].value = keep(run, value);
    }
    return status;
}

int spans_write(quire_graph *graph, enum part part, struct run *run, const struct buffer *keys, struct span *spans,
                size_t count, struct sort_counts *counts)
{
    struct sort_counts uncounted = {0};
    struct span *scratch = graph_resize(graph, NULL, (count + 1) * sizeof *scratch);
    if (!scratch) {
        return graph_no_memory(graph);
    }
    spans_sort(keys->data, spans, scratch, count, counts ? counts : &uncounted);
    graph_release(graph, scratch);
    int status = QUIRE_OK;
    for (size_t i = 0; i < count && status == QUIRE_OK; i++) {
        quire_bytes key = {keys->data + spans[i].offset, spans[i].size};
        status = run_add(graph, part, run, key, (quire_bytes){NULL, 0});
    }
    return status == QUIRE_OK ? run_write(graph, part, run) : status;
}
