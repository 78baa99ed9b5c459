/*
 * What the calls say about one tree must fit together, whatever the bytes of the
 * file are, once the audit is content with them: the scan, the way back, counts
 * and look-ups.
 */
#ifndef QUIRE_FUZZ_AGREEMENT_H
#define QUIRE_FUZZ_AGREEMENT_H

#include "../../src/quire.h"
#include "../../src/reference/model.h"

/*
 * Reads a tree from front to back into `model`, which must be empty. *status is
 * what ended the scan, QUIRE_NOT_FOUND at its end. The answer is NULL, or what
 * no file may bring about: keys out of order, or more than `most` records.
 */
const char *agreement_scan(quire_txn *txn, quire_tree *tree, size_t most, struct model *model, quire_status *status);
/* Holds the other calls against what a scan to the end has found: NULL, or what disagrees. */
const char *agreement_check(quire_txn *txn, quire_tree *tree, const struct model *model);

/* Describes each of the first pages, damaged or not: a line is text, and there is one for every page that there is. */
const char *agreement_inspect(quire_txn *txn, uint32_t pages);

#endif
