/* What the transactions of a crash campaign do: each kind of edit that the API has, small and at random. */
#ifndef QUIRE_TESTS_CRASH_EDITS_H
#define QUIRE_TESTS_CRASH_EDITS_H

#include "../../src/quire.h"
#include "../support/random.h"

/* Edits by the numbers of `random`; `number` counts the workload's transactions. Fails the test when an edit does. */
void crash_edits(quire_txn *txn, struct random *random, uint32_t number);

#endif
