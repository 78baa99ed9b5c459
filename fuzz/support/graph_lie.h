/*
 * Lies about the records of the graph "main", told through its trees: one of them
 * takes five bytes of the input (graph_lies_fuzzer.c lists them). No graph may be open.
 */
#ifndef QUIRE_FUZZ_GRAPH_LIE_H
#define QUIRE_FUZZ_GRAPH_LIE_H

#include "../../src/quire.h"
#include "input.h"

void graph_lie(quire_db *db, quire_txn *txn, struct input *input);

#endif
