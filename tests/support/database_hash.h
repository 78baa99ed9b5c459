/* One number for all that a reader sees: every record of every tree, in order. */
#ifndef QUIRE_TESTS_DATABASE_HASH_H
#define QUIRE_TESTS_DATABASE_HASH_H

#include "../../src/quire.h"

/* Over keys, values, their lengths and the trees' names, word by word: each is mixed in by a multiplication. */
quire_status database_hash(quire_txn *txn, uint64_t *hash);

#endif
