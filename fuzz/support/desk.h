/*
 * A caller who mixes everything up: handles of a database that are kept after
 * their end where quire.h allows it, arguments that are wrong, calls in any
 * order. The desk knows of each call whether it must be refused, and with which
 * status; a call that it does not know to be wrong must not fail otherwise.
 *
 * What quire.h forbids is not done: a cursor, blob or tree handle is not used
 * once its transaction has ended, nor a cursor or blob that was closed.
 */
#ifndef QUIRE_FUZZ_DESK_H
#define QUIRE_FUZZ_DESK_H

#include "../../src/quire.h"
#include "input.h"

enum { DESK_TXNS = 4, DESK_TREES = 5, DESK_CURSORS = 4, DESK_BLOBS = 3 };

struct desk {
    quire_vfs *vfs;
    quire_db *db;
    size_t key_max;
    struct {
        quire_txn *txn; /* kept when it has ended; NULL: never begun */
        int live, writes;
    } txns[DESK_TXNS];
    /* `at` is the place of the transaction that each came from; NULL: free. */
    struct {
        quire_tree *tree;
        size_t at;
    } trees[DESK_TREES];
    struct {
        quire_cursor *cursor;
        size_t at;
    } cursors[DESK_CURSORS];
    struct {
        quire_blob *blob;
        size_t at;
    } blobs[DESK_BLOBS];
    quire_backup *backup; /* or NULL */
    uint64_t backup_sum;  /* of all that it is to hold */
    uint64_t backup_left; /* pages that its last step left; 1 before the first */
    /* Of the call that is being made. */
    size_t at;            /* its transaction's place; DESK_TXNS: none */
    quire_status refusal; /* what it must answer, or QUIRE_OK */
    int may_be_refused;   /* a handle may have ended: QUIRE_INVALID is an answer too */
    uint8_t *key_bytes;
};

void desk_open(struct desk *d);
/* Ends all transactions and holds the database against the audit, open and reopened. */
void desk_close(struct desk *d);

/* The parts of a call: each reads its choice from the input and notes whether it makes the call wrong. */
quire_txn *desk_txn(struct desk *d, struct input *input, int writes);
quire_tree *desk_tree(struct desk *d, struct input *input);
/* NULL if there is none. A tree, cursor or blob brings its transaction with it. */
quire_cursor *desk_cursor(struct desk *d, struct input *input, int writes, size_t *place);
quire_blob *desk_blob(struct desk *d, struct input *input, int writes, size_t *place);
quire_bytes desk_key(struct desk *d, struct input *input);
/* Any bytes, which may be none with a size. */
quire_bytes desk_bytes(struct desk *d, struct input *input);
quire_bytes desk_value(struct desk *d, struct input *input);
const char *desk_name(struct desk *d, struct input *input);
/* NULL now and then, which makes the call wrong. */
void *desk_out(struct desk *d, struct input *input, void *out);
/* The call is wrong, unless it was refused for another reason before. */
void desk_wrong(struct desk *d);

/* Holds the status against what the parts said. 1 if the call did its work. */
int desk_answer(struct desk *d, quire_status status);

void desk_begin(struct desk *d, struct input *input);
void desk_end(struct desk *d, struct input *input, int commits);
/* Aborts the backup, if there is one. */
void desk_end_backup(struct desk *d);
int desk_has_writer(const struct desk *d);
int desk_has_transaction(const struct desk *d);

/* One call each; where several share a function, the step's code says which. */
void desk_savepoint(struct desk *d, struct input *input, int code);
void desk_tree_call(struct desk *d, struct input *input, int code);
void desk_options(struct desk *d, struct input *input);
void desk_record(struct desk *d, struct input *input, int code);
void desk_cursor_call(struct desk *d, struct input *input, int code);
void desk_blob_call(struct desk *d, struct input *input, int code);
void desk_backup_call(struct desk *d, struct input *input);
void desk_ask_database(struct desk *d, struct input *input);
void desk_ask_transaction(struct desk *d, struct input *input);

#endif
