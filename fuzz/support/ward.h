/*
 * A database whose disk and memory fail when they are told to, with a model of
 * what was committed. A call fails only after something was made to fail, and
 * says how; each function below ends the program when that is not so.
 */
#ifndef QUIRE_FUZZ_WARD_H
#define QUIRE_FUZZ_WARD_H

#include "../../tests/support/fault_vfs.h"
#include "script.h"

struct ward {
    quire_options options;
    struct fault_disk *disk;
    quire_memory memory;
    size_t allocations_left, refusals; /* after so many allocations, so many are refused */
    int trouble;                       /* something was made to fail since the database was opened */
    quire_db *db;
    quire_txn *txn; /* or NULL */
    struct script script;
    struct model committed, doubtful;
    int is_in_doubt; /* a commit failed, and poisoned the database: after reopening, its state may be there */
};

void ward_open(struct ward *w, size_t page_size, size_t pages);
/* The transaction, if there is one, is rolled back; nothing may fail any more. */
void ward_close(struct ward *w);

/* Nothing is made to fail from here on. */
void ward_heal(struct ward *w);
/* One edit of the transaction (script.h): if it fails the transaction is as it was, or doomed. */
void ward_edit(struct ward *w, struct input *input);
/* If it fails the state before it is there, and after reopening that or its own. */
void ward_commit(struct ward *w);
void ward_roll_back(struct ward *w);
void ward_checkpoint(struct ward *w);
/* By bit 0 of `how` with a power cut, bits 1-2 which; bit 3 lets closing fail. Finds what was committed. */
void ward_reopen(struct ward *w, uint8_t how);

#endif
