/*
 * Seeds of the fuzz targets, made by real operations: the pages by the page
 * room's own edits, the streams of steps by a writer of the grammar that each
 * target states. The same seeds every time, whatever the machine.
 */
#ifndef QUIRE_FUZZ_SEEDS_H
#define QUIRE_FUZZ_SEEDS_H

#include <stddef.h>
#include <stdint.h>

/* A seed under construction. */
struct seed {
    uint8_t bytes[65536];
    size_t size;
    uint8_t key[64]; /* the last key written: the next one shares its front */
    size_t key_len;
};

void seed_start(struct seed *seed);
void seed_u8(struct seed *seed, size_t value);
void seed_u16(struct seed *seed, size_t value);
void seed_bytes(struct seed *seed, const void *bytes, size_t size);
/* A key as share, rest length, rest. */
void seed_key(struct seed *seed, const char *key);
/* Writes corpus/<target>/<name>. */
void seed_write(const struct seed *seed, const char *target, const char *name, ...)
    __attribute__((format(printf, 3, 4)));

/* The byte by which targets choose a page size. */
uint8_t seed_size_code(size_t page_size);
/* A generator of numbers with a state of its own: the next one below `bound`. */
uint32_t seed_random(uint32_t *state, uint32_t bound);
/* The word of a number: short, of varying length, many with a common front. */
const char *seed_word(uint32_t number);

void page_seeds(void);
void operation_seeds(void);
void byte_seeds(void);
void edge_seeds(void);
void fault_seeds(void);
void file_seeds(void);
void graph_seeds(void);
void import_seeds(void);
void scenario_seeds(void);
void text_seeds(void);
void vfs_seeds(void);

#endif
