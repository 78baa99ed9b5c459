/*
 * Edits of the unnamed tree, read from an input: each is made on the database
 * and, once the database says that it is done, on the model of what it holds.
 * For targets in which calls may fail or the power may go.
 *
 *  An edit is a code (1), then by the code modulo 8:
 *          0-2 put: key, value   3 insert only: key, value   4 delete: key
 *          5 delete range: key, key   6 put_many: key, count (1), value   7 options (1)
 *          A key is a number (1), of which the upper eighth makes long keys; a value is a
 *          kind (1): below 200 a short one, from there on a chain of pages. Long ones of even kinds
 *          differ in their first bytes alone: what a crash mixes of two of them still adds up, page by page.
 */
#ifndef QUIRE_FUZZ_SCRIPT_H
#define QUIRE_FUZZ_SCRIPT_H

#include "../../src/quire.h"
#include "../../src/reference/model.h"
#include "input.h"

struct script {
    size_t page_size;
    uint32_t written; /* values made so far, so that no two are alike */
    uint8_t *value;   /* room for the longest */
    struct model model;
};

void script_open(struct script *script, size_t page_size);
void script_close(struct script *script);

/* One edit. On any status but QUIRE_OK the model is as before; QUIRE_NOT_FOUND and QUIRE_EXISTS are held against it. */
quire_status script_edit(struct script *script, struct input *input, quire_db *db, quire_txn *txn);

/* Reads all of a tree: QUIRE_OK and *same, or the status that ended the scan. */
quire_status model_compare(quire_txn *txn, quire_tree *tree, const struct model *model, int *same);
/* Ends the program unless quire_check finds nothing in a snapshot of its own. */
void audit_expect(quire_db *db);
/* Options of a tree by a number in mixed base: slots, records, in place, keep. */
quire_tree_options options_of(uint8_t number);

#endif
