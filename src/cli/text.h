/*
 * The text formats of load, dump and scan.
 *
 *   lines  one key a line; values are empty
 *   tsv    key, tab, value; both as they stand, so neither holds a newline nor the key a tab
 *   dump   the text of LMDB's mdb_dump: a header, then a line for each key and each
 *          value, behind a space, in hex digits (bytevalue) or with \xx escapes (print).
 *          A text may hold several databases, each behind a header: one of them is read,
 *          and where it is not clear which, that is an error
 *
 * A last line without a newline counts. Errors name the line.
 */
#ifndef QUIRE_CLI_TEXT_H
#define QUIRE_CLI_TEXT_H

#include "cli.h"

struct text_reader {
    FILE *in;
    enum text_format format;
    int in_data;      /* dump: the header is behind us */
    int is_print;     /* dump: escapes, not hex digits */
    int in_other;     /* dump: inside a database that is not the wanted one */
    const char *tree; /* dump: the database to take, or one without a name; NULL: the only one there is */
    char *database;   /* dump: the name in the last header, NULL none */
    char *taken;      /* dump: the name of the database that is read */
    int has_taken;    /* dump: there is one */
    int has_header;   /* dump: there was any header */
    uint64_t line;
    char *buffer[2]; /* the key's line and the value's */
    size_t capacity[2];
    const char *error; /* set with TEXT_BAD */
    char named_error[128];
};

enum text_result { TEXT_END, TEXT_RECORD, TEXT_BAD, TEXT_IO };

void text_open(struct text_reader *reader, FILE *in, enum text_format format, const char *tree);
/* The next record; its bytes last until the next call. */
enum text_result text_next(struct text_reader *reader, quire_pair *pair);
void text_close(struct text_reader *reader);

/* Before the first record and after the last one; only `dump` writes anything there. */
void text_head(FILE *out, enum text_format format, const char *tree, uint32_t page_size);
void text_tail(FILE *out, enum text_format format);
/* Writes a record; NULL, or why this format cannot hold it. */
const char *text_write(FILE *out, enum text_format format, const quire_pair *pair);

#endif
