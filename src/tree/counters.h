/*
 * Counters of the engine (rows S2-P0, S2-P4-6, S3-P0, S3-P2-5, SA, SL-P2-5 of
 * docs/REQUIREMENTS.md). Off, they cost one predictable branch. Readers may
 * count at the same time as the writer: additions are relaxed atomics. A build
 * with QUIRE_OMIT_COUNTERS has no branch and counts nothing: what these cost
 * while they are off is measured against it (`make bench-counting`).
 */
#ifndef QUIRE_TREE_COUNTERS_H
#define QUIRE_TREE_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define COUNTER_LIST(X)                                                                                                \
    X(leaf_searches) /* searches inside a leaf */                                                                      \
    X(leaf_search_ns)                                                                                                  \
    X(leaf_inserts) /* records inserted or replaced */                                                                 \
    X(leaf_insert_ns)                                                                                                  \
    X(branch_searches)                                                                                                 \
    X(searches_binary)    /* leaves searched by binary search */                                                       \
    X(searches_linear)    /* leaves searched by a walk (prefix records) */                                             \
    X(key_decodes)        /* records whose key a search read */                                                        \
    X(slot_extents)       /* times all extents of a page were computed */                                              \
    X(slot_extents_slots) /* slots in them */                                                                          \
    X(slot_extents_ns)                                                                                                 \
    X(memcopy_bytes) /* record bytes copied into pages */                                                              \
    X(in_place_edits)                                                                                                  \
    X(rebuilds)             /* leaves rebuilt whole by the old path */                                                 \
    X(rebuild_in_place_off) /* why: the tree's in-place option is off */                                               \
    X(rebuild_old_version)  /* why: the leaf keeps an older version */                                                 \
    X(upgrades)             /* why: an older leaf became one of today */                                               \
    X(place_same)           /* placements: same extent, hole, gap, after compaction */                                 \
    X(place_hole)                                                                                                      \
    X(place_gap)                                                                                                       \
    X(allocator_compactions)                                                                                           \
    X(allocator_moved_bytes)                                                                                           \
    X(allocator_failures) /* allocations refused though the room was there: must stay 0 */                             \
    X(split_signals)      /* leaf had no room even compacted: the way to a split */                                    \
    X(space_builds)       /* allocator states built by a scan */                                                       \
    X(space_build_ns)                                                                                                  \
    X(space_reuses)  /* edits that found the state kept */                                                             \
    X(space_regions) /* free regions in the states built */                                                            \
    X(leaf_splits)                                                                                                     \
    X(append_splits)                                                                                                   \
    X(branch_splits)                                                                                                   \
    X(leaf_merges)                                                                                                     \
    X(branch_merges)                                                                                                   \
    X(rebalance_in_place) /* borrows between siblings in place */                                                      \
    X(rebalance_rebuild)  /* by the old path */                                                                        \
    X(pages_allocated)                                                                                                 \
    X(pages_freed)                                                                                                     \
    X(pages_relocated)                                                                                                 \
    X(put_many_runs)                                                                                                   \
    X(put_many_leaf_reuses) /* items that went to the leaf at hand without a descent */                                \
    X(commits)                                                                                                         \
    X(commit_ns)

struct counters {
    atomic_int on;
#define COUNTER_FIELD(name) _Atomic uint64_t name;
    COUNTER_LIST(COUNTER_FIELD)
#undef COUNTER_FIELD
};

#ifdef QUIRE_OMIT_COUNTERS
#define COUNTING(counters) ((void)sizeof(counters), 0)
#else
#define COUNTING(counters) atomic_load_explicit(&(counters)->on, memory_order_relaxed)
#endif

#define COUNT(counters, name, amount)                                                                                  \
    do {                                                                                                               \
        if (COUNTING(counters)) {                                                                                      \
            atomic_fetch_add_explicit(&(counters)->name, (uint64_t)(amount), memory_order_relaxed);                    \
        }                                                                                                              \
    } while (0)

/* Nanoseconds of a monotonic clock. */
uint64_t counters_now(void);
/* The same when counting, else 0. What a path counts often waits for its end, behind one look at what this answered. */
static inline uint64_t counters_clock(const struct counters *counters)
{
    return COUNTING(counters) ? counters_now() : 0;
}

#endif
