/*
 * Two databases that are told the same: one whose memory and files fail (trip.h),
 * and a sound one, which is told only what the first says that it has done. So the
 * sound one is the model of every call of quire.h and quire_graph.h, and what they
 * answer and hold is compared. A call is made of four bytes of the input, and
 * writes by one call of the interface at most: what fails has changed nothing.
 *
 * Each function ends the program when a call fails though nothing was made to fail,
 * answers what quire.h does not say, or leaves the two unlike each other.
 */
#ifndef QUIRE_FUZZ_MIRROR_H
#define QUIRE_FUZZ_MIRROR_H

#include "../../src/quire_graph.h"
#include "trip.h"

enum { MIRROR_TREES = 4 };

struct call {
    uint8_t code, a, b, c;
};

struct side {
    quire_db *db;
    quire_txn *txn, *reader;          /* each or NULL */
    quire_tree *trees[MIRROR_TREES];  /* NULL: not open; the first is the unnamed one and always is */
    quire_graph *graph;               /* or NULL */
    quire_graph_cursor *graph_cursor; /* kept from call to call; or NULL */
    quire_cursor *cursor;             /* the same, of the unnamed tree; or NULL */
    uint32_t savepoint;
    const quire_memory *memory;
    uint8_t *key, *value; /* of the call that is being made */
    size_t key_max, value_room;
    uint64_t sum; /* of what its calls handed out */
};

struct mirror {
    struct trip trip;
    quire_vfs *sound_files;
    quire_options options;
    struct side tried, sound;
    int has_savepoint;
    int has_failed;       /* some hook, since it was opened */
    int is_in_doubt;      /* a commit failed and poisoned the database: it is there after reopening, or is not */
    quire_backup *backup; /* of the one that is tried; or NULL */
    uint64_t backup_sum;  /* what it is to hold */
    size_t noted;         /* bytes of notices, all of which are read */
    char message[200];
};

void mirror_open(struct mirror *m, size_t page_size, uint8_t how);
void mirror_close(struct mirror *m);

/* A failure from the trip that is armed; answers 0 if the status is an answer and no failure. */
int mirror_failed(struct mirror *m, int status);
/* Makes a call on the one, and if it did not fail on the other. Answers whether both have done it. */
int mirror_call(struct mirror *m, const struct call *call, int (*make)(struct side *side, const struct call *call));

void mirror_commit(struct mirror *m);
void mirror_roll_back(struct mirror *m);
/* By `how` sets a savepoint, rolls back to it, or releases it. */
void mirror_savepoint(struct mirror *m, uint8_t how);
/* A reader begins, reads all, ends. */
void mirror_reader(struct mirror *m, uint8_t how);
/* Calls on the database, for which the write transaction is rolled back: sync, checkpoint, questions, copy. */
void mirror_database(struct mirror *m, const struct call *call);
void mirror_backup(struct mirror *m, const struct call *call);
/* Closes, as if the process had ended with bit 0 of a; salvages what is there then with bit 1; opens again with the
 * sync mode, flags and sizes of bits 2-7. What fails on the way is the c-th call of the kinds of b, besides what is
 * armed. */
void mirror_reopen(struct mirror *m, const struct call *call);

/* All that a transaction holds: trees, options, records. */
uint64_t mirror_sum(quire_txn *txn, const quire_db *db);
/* Adds to what a side handed out. */
void side_add(struct side *side, const void *bytes, size_t size);
void side_add_number(struct side *side, uint64_t number);

/* Calls on trees, cursors and blobs, by c->code; and on the graph, which must be open. Answers as quire.h does. */
enum { TREE_CALLS = 24, GRAPH_CALLS = 20 };
int tree_call(struct side *side, const struct call *call);
int graph_open_call(struct side *side, const struct call *call);
int graph_call(struct side *side, const struct call *call);

#endif
