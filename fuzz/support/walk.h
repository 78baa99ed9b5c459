/*
 * Cursors of one tree, and a sorted array that says where each of them must
 * come out: before the first record, on one, between two since its record was
 * deleted, or after the last. Each operation ends the program when they differ.
 */
#ifndef QUIRE_FUZZ_WALK_H
#define QUIRE_FUZZ_WALK_H

#include "../../src/quire.h"
#include "../../src/reference/model.h"
#include "input.h"

enum { WALK_CURSORS = 3, WALK_KEY_MOST = 24, WALK_RECORDS_MOST = 600 };

struct walk_key {
    uint8_t bytes[WALK_KEY_MOST];
    size_t size;
};

enum walk_place { WALK_BEFORE, WALK_ON, WALK_BETWEEN, WALK_AFTER };

struct follower {
    quire_cursor *cursor;
    enum walk_place where;
    struct walk_key place; /* the key it is on, or was when that was deleted */
    int low_kind, high_kind;
    struct walk_key low, high; /* of the bounds */
    size_t prefix_len;         /* instead of the bounds, keys begin as `low` does; SIZE_MAX without */
};

enum walk_move {
    WALK_NEXT,
    WALK_PREVIOUS,
    WALK_FIRST,
    WALK_LAST,
    WALK_SEEK,
    WALK_SEEK_BACK /* to the key given, as seek */
};

struct walk {
    quire_vfs *vfs;
    quire_db *db;
    quire_txn *txn;
    struct model model;
    struct follower followers[WALK_CURSORS];
    uint8_t shape, value[96], written;
};

/* A tree of `records` records; `shape` says how its keys look. */
void walk_open(struct walk *w, uint8_t options, uint8_t records, uint8_t shape);
void walk_close(struct walk *w);
struct walk_key walk_read_key(const struct walk *w, struct input *input);

void walk_move(struct walk *w, struct follower *f, enum walk_move move, const struct walk_key *target);
void walk_bounds(struct walk *w, struct follower *f, uint8_t kinds, const struct walk_key *low,
                 const struct walk_key *high);
void walk_prefix(struct walk *w, struct follower *f, const struct walk_key *prefix, uint8_t length);
/* At the cursor. */
void walk_replace(struct walk *w, struct follower *f, uint8_t size);
void walk_delete_here(struct walk *w, struct follower *f);
/* By the transaction. */
void walk_put(struct walk *w, const struct walk_key *key, uint8_t size);
void walk_delete(struct walk *w, const struct walk_key *key);
void walk_delete_range(struct walk *w, const struct walk_key *low, const struct walk_key *high);
/* Puts a few records and takes them back by a savepoint. */
void walk_put_and_roll_back(struct walk *w, const struct walk_key *key, uint8_t count);

#endif
