/*
 * Rows of comma- or tab-separated text, as RFC 4180 describes them:
 *
 *   row    field (separator field)* end
 *   field  bytes without separator, quote, CR and LF, or
 *          '"' any bytes, each quote twice '"'
 *   end    LF, CR LF, or the end of the input
 *
 * Any byte may stand in a quoted field, also a line end and NUL. What breaks the
 * grammar is a bad row: it is named with its line and a reason, and reading goes
 * on with the next line. Empty lines are passed over, and so is a byte order mark
 * at the start.
 *
 * The reader counts lines and bytes and sums what it has read, so that a later
 * reader can go on where it stopped and see that the input is the same.
 */
#ifndef QUIRE_CLI_CSV_H
#define QUIRE_CLI_CSV_H

#include "../quire.h"

#include <stdio.h>

struct csv_field {
    quire_bytes bytes;
    int is_quoted; /* an empty field in quotes is an empty string; one without says nothing */
};

struct csv_reader {
    FILE *in;
    char separator;
    size_t row_most;   /* bytes of one row, so that a quote left open does not read all into memory */
    uint64_t offset;   /* bytes read */
    uint64_t line;     /* lines read */
    uint64_t row_line; /* on which the last row began, counted from 1 */
    int last;          /* byte read */
    uint64_t sum;      /* FNV-1a (Fowler, Noll, Vo) of all bytes read */
    struct csv_field *fields;
    size_t count, capacity;
    uint8_t *text; /* the fields' bytes */
    size_t size, text_capacity;
    const char *error; /* of a bad row: static */
};

enum csv_result { CSV_ROW, CSV_END, CSV_BAD, CSV_IO, CSV_NO_MEMORY };

void csv_open(struct csv_reader *reader, FILE *in, char separator);
void csv_close(struct csv_reader *reader);
/* The next row in reader->fields; its bytes last until the next call. */
enum csv_result csv_next(struct csv_reader *reader);
/* Reads past the first `offset` bytes: CSV_ROW if they sum up to `sum`, CSV_BAD if the input is another one. */
enum csv_result csv_skip(struct csv_reader *reader, uint64_t offset, uint64_t sum);

/* One field, quoted where the grammar or `always` asks for it; separators and line ends are the caller's. */
void csv_write(FILE *out, char separator, quire_bytes bytes, int always);

#endif
