/*
 * Values of a graph as text, the same in import, export and neighbors.
 *
 *   null      null
 *   bool      true or false
 *   int       a decimal number of 64 bits
 *   double    decimal, in as few digits as give the same number back; inf, -inf, nan;
 *             a NaN of other bits as nan:7ff8000000000001
 *   datetime  2026-11-25T18:45:00Z, with up to six digits of a second's fraction;
 *             years outside of 0000 to 9999 with a sign and six digits
 *   string    its bytes
 *   bytes     hex digits
 *
 * Every value has one text, and that text gives the same value back.
 */
#ifndef QUIRE_CLI_GRAPH_TEXT_H
#define QUIRE_CLI_GRAPH_TEXT_H

#include "../quire_graph.h"

#include <stdio.h>

/* "int" and so on; and back, -1 for no such word. */
const char *graph_type_name(quire_graph_type type);
int graph_type_of(const char *name, size_t size);

/*
 * The value of a field. A string points into the field, bytes into `room`, which
 * has space for as many as the field has. NULL, or why the field is none.
 */
const char *graph_value_parse(quire_graph_type type, quire_bytes field, uint8_t *room, quire_graph_value *value);

enum { GRAPH_NUMBER_TEXT = 48 };

/*
 * The text of a value: of a string its own bytes, of a number what was written
 * into `number`. BYTES are the caller's to write: their hex digits can be long.
 */
quire_bytes graph_value_text(const quire_graph_value *value, char number[GRAPH_NUMBER_TEXT]);

#endif
