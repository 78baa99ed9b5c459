/*
 * A database of several named trees, and models of what they should hold: trees
 * come, go and are renamed under handles, cursors and blobs that are open, in
 * transactions with nested savepoints. Each operation goes to the database and
 * to the models, and ends the program when they differ.
 *
 * A tree has an identity that is never used again. A handle stands for an
 * identity: it follows a rename, ends when its tree is dropped, and when a
 * rollback takes back that the tree was made; otherwise it lives.
 */
#ifndef QUIRE_FUZZ_FOREST_H
#define QUIRE_FUZZ_FOREST_H

#include "../../src/quire.h"
#include "../../src/reference/model.h"
#include "input.h"

enum { FOREST_NAMES = 5, FOREST_HANDLES = 6, FOREST_SAVEPOINTS = 5 };

/* Trees by name; the unnamed one is number 0. An identity of 0: there is no such tree. */
struct forest_state {
    uint32_t identities[FOREST_NAMES];
    quire_tree_options options[FOREST_NAMES];
    struct model models[FOREST_NAMES];
};

struct forest {
    quire_vfs *vfs;
    quire_db *db;
    quire_txn *txn;
    size_t page_size, key_max, cache_pages;
    struct forest_state now, committed, savepoints[FOREST_SAVEPOINTS];
    uint32_t savepoint_ids[FOREST_SAVEPOINTS];
    size_t savepoint_count;
    uint32_t made; /* the last identity given */
    struct {
        quire_tree *tree; /* NULL: free, or the unnamed tree if the identity is its */
        uint32_t identity;
        int ended;
    } handles[FOREST_HANDLES];
    struct {
        quire_blob *blob; /* NULL: none is open */
        uint32_t identity;
        int ended;
        uint8_t *key;
        size_t key_len;
    } blob;
    uint8_t *key, *value;
    size_t key_len;
    uint32_t written;
};

void forest_open(struct forest *f, size_t page_size, uint8_t cache);
void forest_close(struct forest *f);

void forest_read_key(struct forest *f, struct input *input);
/* Bytes not seen before; the kind says how many. Valid until the next value. */
quire_bytes forest_value(struct forest *f, uint8_t kind);

/* Trees: by name. */
void forest_create(struct forest *f, size_t name, size_t handle, uint8_t options);
void forest_open_tree(struct forest *f, size_t name, size_t handle);
void forest_rename(struct forest *f, size_t from, size_t to);
void forest_drop(struct forest *f, size_t name);
void forest_list(struct forest *f);

/* Records: by handle; on one that has ended they must be refused. */
void forest_set_options(struct forest *f, size_t handle, uint8_t options);
void forest_put(struct forest *f, size_t handle, quire_bytes value, int flags);
/* A run of keys that begin with the last one read; with `order` 1 two of them change places. */
void forest_put_many(struct forest *f, size_t handle, size_t count, quire_bytes value, int order);
void forest_get(struct forest *f, size_t handle);
void forest_delete(struct forest *f, size_t handle);
/* From the last key read to the next one read; or all that begin with the last one. */
void forest_delete_range(struct forest *f, size_t handle, struct input *input);
void forest_delete_prefix(struct forest *f, size_t handle, size_t length);
/* A cursor from the last key on, that replaces, deletes or passes records as the bits say. */
void forest_cursor(struct forest *f, size_t handle, uint32_t bits);
/* The blob is opened on the last key, made there, read, written, resized or closed, as `how` says. */
void forest_blob(struct forest *f, size_t handle, uint8_t how, uint16_t a, uint16_t b);

void forest_commit(struct forest *f);
void forest_rollback(struct forest *f);
void forest_savepoint(struct forest *f);
void forest_rollback_to(struct forest *f, uint8_t which);
void forest_reopen(struct forest *f);
/* Every tree holds what its model does, also by its handles; then the audit. */
void forest_expect(struct forest *f);

#endif
