/* Sorting with a guard before it, and the way of sorted runs into the trees. */
#include "runs.h"

enum { RUN_PAIRS = 512, RUN_BYTES = 32768, COPIED_VALUE_MAX = INTEGER_SIZE_MAX };

/* ---- Sorting -------------------------------------------------------------------- */

/*
 * is_sorted, and a merge sort from the bottom up, for one type of element: stable,
 * no recursion, one block of scratch that the caller has. `precedes(context, a, b)`
 * is true when a must come before b.
 */
#define DEFINE_SORT(name, element, precedes)                                                                           \
    static int name##_is_sorted(const void *context, const element *elements, size_t count)                            \
    {                                                                                                                  \
        (void)context;                                                                                                 \
        for (size_t i = 1; i < count; i++) {                                                                           \
            if (precedes(context, &elements[i], &elements[i - 1])) {                                                   \
                return 0;                                                                                              \
            }                                                                                                          \
        }                                                                                                              \
        return 1;                                                                                                      \
    }                                                                                                                  \
    static void name##_merge(const void *context, const element *from, element *to, size_t middle, size_t count)       \
    {                                                                                                                  \
        (void)context;                                                                                                 \
        size_t left = 0, right = middle;                                                                               \
        for (size_t i = 0; i < count; i++) {                                                                           \
            int take_right = left == middle || (right < count && precedes(context, &from[right], &from[left]));        \
            to[i] = take_right ? from[right++] : from[left++];                                                         \
        }                                                                                                              \
    }                                                                                                                  \
    static void name##_sort(const void *context, element *elements, element *scratch, size_t count,                    \
                            struct sort_counts *counts)                                                                \
    {                                                                                                                  \
        if (count < 2) {                                                                                               \
            return;                                                                                                    \
        }                                                                                                              \
        if (!counts->always && name##_is_sorted(context, elements, count)) {                                           \
            counts->saved++;                                                                                           \
            return;                                                                                                    \
        }                                                                                                              \
        counts->sorts++;                                                                                               \
        element *from = elements, *to = scratch;                                                                       \
        for (size_t width = 1; width < count; width *= 2) {                                                            \
            for (size_t at = 0; at < count; at += 2 * width) {                                                         \
                size_t size = count - at < 2 * width ? count - at : 2 * width;                                         \
                name##_merge(context, from + at, to + at, width < size ? width : size, size);                          \
            }                                                                                                          \
            element *other = from;                                                                                     \
            from = to;                                                                                                 \
            to = other;                                                                                                \
        }                                                                                                              \
        if (from != elements) {                                                                                        \
            memcpy(elements, from, count * sizeof *elements);                                                          \
        }                                                                                                              \
    }

static int adjacency_precedes(const void *context, const struct adjacency *a, const struct adjacency *b)
{
    (void)context;
    if (a->near_node != b->near_node) {
        return a->near_node < b->near_node;
    }
    if (a->type != b->type) {
        return a->type < b->type;
    }
    return a->far_node != b->far_node ? a->far_node < b->far_node : a->edge < b->edge;
}

static int label_entry_precedes(const void *context, const struct label_entry *a, const struct label_entry *b)
{
    (void)context;
    return a->label != b->label ? a->label < b->label : a->node < b->node;
}

/* The context is the first byte of the buffer that holds the keys. */
static int span_precedes(const void *context, const struct span *a, const struct span *b)
{
    const uint8_t *keys = context;
    int order = memcmp(keys + a->offset, keys + b->offset, a->size < b->size ? a->size : b->size);
    return order != 0 ? order < 0 : a->size < b->size;
}

DEFINE_SORT(adjacency, struct adjacency, adjacency_precedes)
DEFINE_SORT(label_entry, struct label_entry, label_entry_precedes)
DEFINE_SORT(span, struct span, span_precedes)

void adjacencies_sort(struct adjacency *adjacencies, struct adjacency *scratch, size_t count,
                      struct sort_counts *counts)
{
    adjacency_sort(NULL, adjacencies, scratch, count, counts);
}

void label_entries_sort(struct label_entry *entries, struct label_entry *scratch, size_t count,
                        struct sort_counts *counts)
{
    label_entry_sort(NULL, entries, scratch, count, counts);
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
    span_sort(keys->data, spans, scratch, count, counts ? counts : &uncounted);
    graph_release(graph, scratch);
    int status = QUIRE_OK;
    for (size_t i = 0; i < count && status == QUIRE_OK; i++) {
        quire_bytes key = {keys->data + spans[i].offset, spans[i].size};
        status = run_add(graph, part, run, key, (quire_bytes){NULL, 0});
    }
    return status == QUIRE_OK ? run_write(graph, part, run) : status;
}
