/* See pair_run.h. */
#include "pair_run.h"

enum {
    RUN_BYTES = 256 * 1024, /* at least one record of the largest page size */
    RUN_PAIRS = 4096
};

int pair_run_allocate(struct pair_run *run, const quire_memory *memory)
{
    *run = (struct pair_run){.bytes = memory_allocate(memory, RUN_BYTES),
                             .pairs = memory_allocate(memory, RUN_PAIRS * sizeof *run->pairs)};
    return run->bytes && run->pairs;
}

void pair_run_free(struct pair_run *run, const quire_memory *memory)
{
    memory_release(memory, run->bytes);
    memory_release(memory, run->pairs);
}

static quire_bytes keep_bytes(struct pair_run *run, const uint8_t *data, size_t size)
{
    uint8_t *kept = run->bytes + run->used;
    bytes_copy(kept, data, size);
    run->used += size;
    return (quire_bytes){kept, size};
}

int pair_run_add(struct pair_run *run, const struct record *record)
{
    if (run->count == RUN_PAIRS || run->used + record->key_len + record->stored_len > RUN_BYTES) {
        return 0;
    }
    quire_pair *pair = &run->pairs[run->count++];
    pair->key = keep_bytes(run, record->key, record->key_len);
    pair->value = keep_bytes(run, record->stored, record->stored_len);
    return 1;
}

quire_status pair_run_put(struct pair_run *run, struct view *view, const struct tree *tree, size_t *bytes,
                          size_t *records)
{
    *bytes = run->used;
    *records = run->count;
    run->used = 0;
    run->count = 0;
    return *records > 0 ? tree_put_many(view, tree, run->pairs, *records) : QUIRE_OK;
}
