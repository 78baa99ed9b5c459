/*
 * A leaf as its simplest model, a sorted array of keys and values, and a judge
 * of a leaf's bytes that shares no code with the page core: it reads the page
 * by docs/FORMAT.md alone, with a map that says which byte belongs to whom.
 */
#ifndef QUIRE_TESTS_LEAF_MODEL_H
#define QUIRE_TESTS_LEAF_MODEL_H

#include <stddef.h>
#include <stdint.h>

struct model_record {
    uint8_t *key;
    size_t key_len;
    uint8_t *stored;
    size_t stored_len;
    uint32_t value_len;
};

struct leaf_model {
    struct model_record *records;
    size_t count;
};

void leaf_model_init(struct leaf_model *model);
void leaf_model_free(struct leaf_model *model);
/* Rank of the first record at or after key; *found. Linear. */
size_t leaf_model_search(const struct leaf_model *model, const uint8_t *key, size_t key_len, int *found);
void leaf_model_insert(struct leaf_model *model, size_t at, const uint8_t *key, size_t key_len, const uint8_t *stored,
                       size_t stored_len, uint32_t value_len);
void leaf_model_replace(struct leaf_model *model, size_t at, const uint8_t *stored, size_t stored_len,
                        uint32_t value_len);
void leaf_model_delete(struct leaf_model *model, size_t at);
/* Keeps [from, to). */
void leaf_model_keep(struct leaf_model *model, size_t from, size_t to);
/* Moves the records [from, count) behind those of `target`. */
void leaf_model_move(struct leaf_model *target, struct leaf_model *source, size_t from);

/* Number of the first broken rule P2..P14 of a leaf with plain records and V2 or V3 slots; 0 if none. */
int leaf_judge(const uint8_t *page, size_t page_size);
/* 1 if the leaf, which passed leaf_judge, holds exactly the model's records. */
int leaf_matches(const uint8_t *page, size_t page_size, const struct leaf_model *model);

#endif
