/*
 * A database on the memory VFS and the model of what it should hold, side by
 * side. Each operation goes to both, and ends the program when they differ.
 * A write transaction is open all the time; one reader may be.
 */
#ifndef QUIRE_FUZZ_WORLD_H
#define QUIRE_FUZZ_WORLD_H

#include "../../src/quire.h"
#include "../../src/reference/model.h"
#include "input.h"

enum { WORLD_SAVEPOINTS = 4 };

struct world {
    quire_vfs *vfs;
    quire_db *db;
    quire_txn *txn;
    quire_txn *reader; /* or NULL */
    size_t page_size, key_max, cache_bytes;
    struct model model;     /* as the write transaction sees it */
    struct model committed; /* as the last commit left it */
    struct model seen;      /* the reader's snapshot */
    struct {
        uint32_t id;
        struct model model;
    } savepoints[WORLD_SAVEPOINTS];
    size_t savepoint_count;
    uint8_t *key; /* the last key read: the next shares its front */
    size_t key_len;
    uint8_t *value;
    quire_cursor *cursor; /* open while the tree is edited, or NULL */
    uint8_t *place;       /* the key it stands on */
    size_t place_len;
    uint32_t written; /* values made so far, so that no two are alike */
};

void world_open(struct world *w, size_t page_size, uint8_t options, uint8_t cache);
void world_close(struct world *w);

void world_read_key(struct world *w, struct input *input);
/* A value of a length that `kind` says, of bytes not seen before. Valid until the next one. */
quire_bytes world_value(struct world *w, uint8_t kind);
quire_bytes world_key_at(const struct world *w, size_t rank);

void world_put(struct world *w, quire_bytes key, quire_bytes value, int flags);
void world_put_many(struct world *w, const quire_pair *pairs, size_t count);
void world_get(struct world *w, quire_bytes key);
void world_delete(struct world *w, quire_bytes key);
void world_delete_range(struct world *w, size_t rank, size_t count);
/* From the record at or after (back: at or before) the key, a few dozen records. */
void world_scan(struct world *w, quire_bytes key, int back);
/* A cursor that stays open from step to step, on a key that may be deleted under it: one move, or its start. */
void world_cursor_step(struct world *w, uint8_t how);
/* A cursor over `count` records from `rank` that replaces, deletes or passes each, as the bits of `how` say. */
void world_cursor_edit(struct world *w, size_t rank, size_t count, uint8_t how);

void world_set_options(struct world *w, uint8_t options);
void world_commit(struct world *w);
void world_rollback(struct world *w);
void world_savepoint(struct world *w);
void world_rollback_to(struct world *w, uint8_t which);
/* Without commit: what the transaction did is lost. */
void world_reopen(struct world *w);
/* The process ends without a word: the files as they stand, in another VFS, are opened and recovered. */
void world_crash(struct world *w);
/* Commits first, since a checkpoint waits for the writer. */
void world_checkpoint(struct world *w);
void world_upgrade(struct world *w);
void world_toggle_reader(struct world *w);

/* Everything the transaction and the reader see is the model's. */
void world_expect(struct world *w);
/* quire_check finds nothing. */
void world_audit(struct world *w);

#endif
