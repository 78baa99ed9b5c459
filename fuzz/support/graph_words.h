/*
 * Values of a graph written as text and read back (src/cli/graph_text.h): what
 * export writes is what import reads. Ends the program when a value does not
 * come back as it was, bit for bit.
 */
#ifndef QUIRE_FUZZ_GRAPH_WORDS_H
#define QUIRE_FUZZ_GRAPH_WORDS_H

#include "../../src/quire_graph.h"

/* The properties of all nodes and edges, and what becomes of their bits under another type. */
void graph_words(quire_graph *graph);

#endif
