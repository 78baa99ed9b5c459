/*
 * A database of one tree on a memory VFS, beside a model that says what the tree
 * should hold. Everything here fails the running cmocka test when it goes wrong.
 */
#ifndef QUIRE_TESTS_TREE_WORLD_H
#define QUIRE_TESTS_TREE_WORLD_H

#include "../../src/reference/model.h"
#include "../../src/tree/audit.h"
#include "../../src/tree/overflow.h"
#include "../../src/tree/page_space.h"
#include "random.h"

struct tree_world {
    quire_vfs *vfs;
    quire_options options;
    struct fault fault;
    struct store store;
    struct view view;
    struct tree tree;
    struct model model;
    struct model committed; /* the model at the last commit */
    size_t allocations;     /* made by the library since the world was made */
    size_t refuse_after;    /* > 0: counts down, then allocations fail */
};

/* Opens a new database, and a write transaction on its unnamed tree. */
void world_open(struct tree_world *world, size_t page_size, size_t cache_bytes);
void world_close(struct tree_world *world);
/* The transaction ends and another one begins. */
void world_commit(struct tree_world *world);
void world_rollback(struct tree_world *world);
/* Closes the database after a commit and opens it again. */
void world_reopen(struct tree_world *world);
/* Options for later writes, also in the catalog. */
void world_options(struct tree_world *world, uint8_t slots, uint8_t records, uint8_t in_place, uint8_t keep);

/* Do it in tree and model, and hold the answers against each other. */
void world_put(struct tree_world *world, const void *key, size_t key_len, const void *value, size_t value_len);
void world_delete(struct tree_world *world, const void *key, size_t key_len);
void world_get(struct tree_world *world, const void *key, size_t key_len);
void world_delete_range(struct tree_world *world, const void *low, size_t low_len, const void *high, size_t high_len);
/* For keys and values that are strings. */
void world_put_text(struct tree_world *world, const char *key, const char *value);
void world_delete_text(struct tree_world *world, const char *key);

/* Walks the leaves both ways and compares with the model, then audits every page of the database. */
void world_check(struct tree_world *world);
/* Fails with the view's message unless the status is QUIRE_OK. */
void world_expect(struct tree_world *world, quire_status status, quire_status wanted);

#endif
