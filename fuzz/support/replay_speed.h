/* The plain driver's stop-watch: how many of its inputs a target takes in a second of one core. */
#ifndef QUIRE_FUZZ_REPLAY_SPEED_H
#define QUIRE_FUZZ_REPLAY_SPEED_H

#include <stddef.h>
#include <stdint.h>

/* Keeps an input, a heap block of exactly its length, for speed_measure. */
void speed_add(uint8_t *data, size_t size);
/*
 * Runs all that were added round and round, for that much of the processor's
 * time; inputs of a page target for each page size apart. Prints a line for each:
 *   page size (0: none), inputs, microseconds of the quickest round, operations, inputs whose page was accepted
 */
void speed_measure(long milliseconds);

#endif
