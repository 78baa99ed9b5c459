/*
 * Page size and salt. A whole meta page says both, so does a whole header of
 * the log; but what they say is only tried: if no other page of the file agrees,
 * or neither is whole, the pages themselves are asked. At each page size each
 * place that could be a page names a seed (salvage_seal.c); the size and the
 * seed that most pages name win. One page alone proves nothing, since any page
 * agrees with its own seed.
 */
#include "salvage.h"

#include <string.h>

struct vote {
    size_t page_size;
    uint32_t seed;
    size_t count;
};

quire_status salvage_set_up(struct salvage *salvage, size_t page_size, uint64_t salt)
{
    const quire_memory *memory = salvage->bad.memory;
    size_t scratch = page_scratch_size(page_size);
    memory_release(memory, salvage->block);
    salvage->page_size = page_size;
    salvage->salt = salt;
    salvage->block = memory_allocate(memory, scratch + scratch % 2 + 2 * page_size);
    if (!salvage->block) {
        return fault_set(salvage->fault, QUIRE_NO_MEMORY, "no memory for pages of %zu bytes", page_size);
    }
    page_scratch_carve(&salvage->scratch, salvage->block, page_size);
    salvage->page = (uint8_t *)salvage->block + scratch + scratch % 2;
    salvage->map = salvage->page + page_size;
    return QUIRE_OK;
}

/* 1 if the bytes at the place could be that page, whatever the salt: then the seed under which they are. */
static int names_seed(struct salvage *salvage, const struct seal_inverse *inverse, uint32_t place, uint32_t *seed)
{
    struct page_fault fault;
    uint8_t *page = salvage->page;
    size_t page_size = salvage->page_size;
    if (!damaged_read(&salvage->bad, (uint64_t)place * page_size, page, page_size) || page_pgno(page) != place) {
        return 0;
    }
    uint32_t checksum = page_checksum(page);
    store32(page + HEADER_CHECKSUM, 0);
    if (page_check(page, page_size, &salvage->scratch, &fault) != RULE_OK) {
        return 0;
    }
    store32(page + HEADER_CHECKSUM, checksum);
    *seed = seal_seed(inverse, page, page_size);
    return 1;
}

static void sift_down(uint32_t *seeds, size_t from, size_t count)
{
    for (size_t child = 2 * from + 1; child < count; child = 2 * from + 1) {
        child += child + 1 < count && seeds[child] < seeds[child + 1];
        if (seeds[from] >= seeds[child]) {
            return;
        }
        uint32_t moved = seeds[from];
        seeds[from] = seeds[child];
        seeds[child] = moved;
        from = child;
    }
}

/* In place, and in the same time whatever a hostile file makes the seeds. */
static void sort_seeds(uint32_t *seeds, size_t count)
{
    for (size_t i = count / 2; i > 0; i--) {
        sift_down(seeds, i - 1, count);
    }
    for (size_t end = count; end > 1; end--) {
        uint32_t moved = seeds[0];
        seeds[0] = seeds[end - 1];
        seeds[end - 1] = moved;
        sift_down(seeds, 0, end - 1);
    }
}

static void count_votes(const uint32_t *seeds, size_t count, size_t page_size, struct vote *best)
{
    size_t run = 0;
    for (size_t i = 0; i < count; i++) {
        run = i > 0 && seeds[i] == seeds[i - 1] ? run + 1 : 1;
        if (run > best->count) {
            *best = (struct vote){page_size, seeds[i], run};
        }
    }
}

static quire_status vote_at(struct salvage *salvage, size_t page_size, struct vote *best)
{
    struct seal_inverse inverse;
    uint64_t places = salvage_places(salvage, page_size);
    size_t count = 0, capacity = 0;
    uint32_t *seeds = NULL;
    quire_status status = salvage_set_up(salvage, page_size, 0);
    seal_inverse_make(&inverse, page_size);
    for (uint64_t place = 0; status == QUIRE_OK && place < places; place++) {
        uint32_t seed;
        if (names_seed(salvage, &inverse, (uint32_t)place, &seed)) {
            if (count == capacity) {
                capacity = 2 * capacity + 64;
                void *grown = memory_resize(salvage->bad.memory, seeds, capacity * sizeof *seeds);
                if (!grown) {
                    status = fault_set(salvage->fault, QUIRE_NO_MEMORY, "no memory to look for pages");
                    break;
                }
                seeds = grown;
            }
            seeds[count++] = seed;
        }
        status = salvage_progress(salvage, 0, 2 * places);
    }
    if (status == QUIRE_OK) {
        sort_seeds(seeds, count);
        count_votes(seeds, count, page_size, best);
    }
    memory_release(salvage->bad.memory, seeds);
    return status;
}

quire_status salvage_vote(struct salvage *salvage)
{
    struct vote best = {0};
    quire_status status = QUIRE_OK;
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX && status == QUIRE_OK; page_size *= 2) {
        status = vote_at(salvage, page_size, &best);
    }
    if (status == QUIRE_OK && best.count < 2) {
        return fault_set(salvage->fault, QUIRE_NOT_A_DATABASE,
                         "no two pages in %s agree that they are of one quire file", salvage->bad.path);
    }
    return status == QUIRE_OK ? salvage_set_up(salvage, best.page_size, seal_salt(best.seed)) : status;
}
