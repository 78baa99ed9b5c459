/* Reading and writing separated text; see csv.h. */
#define _POSIX_C_SOURCE 200809L

#include "csv.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_MOST = 1 << 26 };

void csv_open(struct csv_reader *reader, FILE *in, char separator)
{
    *reader = (struct csv_reader){
        .in = in, .separator = separator, .row_most = ROW_MOST, .sum = UINT64_C(14695981039346656037)};
}

void csv_close(struct csv_reader *reader)
{
    free(reader->fields);
    free(reader->text);
}

static int next_byte(struct csv_reader *reader)
{
    int byte = getc_unlocked(reader->in);
    reader->last = byte;
    if (byte != EOF) {
        reader->offset++;
        reader->line += byte == '\n';
        reader->sum = (reader->sum ^ (uint64_t)byte) * UINT64_C(1099511628211);
    }
    return byte;
}

/* What comes next, not yet read. */
static int peek_byte(struct csv_reader *reader)
{
    int byte = getc_unlocked(reader->in);
    if (byte != EOF) {
        ungetc(byte, reader->in);
    }
    return byte;
}

/* A failure of memory is seen by whoever looks at `error` first. */
static const char no_memory[] = "no memory";

static void bad(struct csv_reader *reader, const char *error)
{
    if (!reader->error) {
        reader->error = error;
    }
}

/* Makes room for a byte more. Fields take memory too, be they empty. */
static int has_room(struct csv_reader *reader)
{
    if (reader->size + reader->count * sizeof *reader->fields >= reader->row_most) {
        bad(reader, "the row takes more than 64 MiB: is a quote left open?");
    } else if (reader->size == reader->text_capacity) {
        size_t capacity = reader->text_capacity ? 2 * reader->text_capacity : 4096;
        uint8_t *text = realloc(reader->text, capacity);
        if (!text) {
            bad(reader, no_memory);
            return 0;
        }
        reader->text = text;
        reader->text_capacity = capacity;
    }
    return !reader->error;
}

static void add_byte(struct csv_reader *reader, int byte)
{
    if (has_room(reader)) {
        reader->text[reader->size++] = (uint8_t)byte;
    }
}

/* Ends a field that began at `start`. Until the row is whole, its address is an offset: the text may still move. */
static void add_field(struct csv_reader *reader, size_t start, int is_quoted)
{
    if (reader->count == reader->capacity) {
        size_t capacity = reader->capacity ? 2 * reader->capacity : 32;
        struct csv_field *fields = realloc(reader->fields, capacity * sizeof *fields);
        if (!fields) {
            bad(reader, no_memory);
            return;
        }
        reader->fields = fields;
        reader->capacity = capacity;
    }
    reader->fields[reader->count++] = (struct csv_field){{NULL, reader->size - start}, is_quoted};
}

/* Behind the opening quote; ends behind the closing one. */
static void read_quoted(struct csv_reader *reader)
{
    while (!reader->error) {
        int byte = next_byte(reader);
        if (byte == EOF) {
            bad(reader, "the input ends inside quotes");
        } else if (byte != '"') {
            add_byte(reader, byte);
        } else if (peek_byte(reader) == '"') {
            add_byte(reader, next_byte(reader));
        } else {
            return;
        }
    }
}

/* The byte that ends an unquoted field, read already, or that follows a quoted one. */
static int is_end(const struct csv_reader *reader, int byte)
{
    return byte == EOF || byte == '\n' || byte == '\r' || byte == (unsigned char)reader->separator;
}

/* Reads one field and what ends it: 1 if another field follows in this row. */
static int read_field(struct csv_reader *reader)
{
    size_t start = reader->size;
    int byte = next_byte(reader);
    int is_quoted = byte == '"';
    if (is_quoted) {
        read_quoted(reader);
        byte = reader->error ? EOF : next_byte(reader);
        if (!is_end(reader, byte)) {
            bad(reader, "bytes follow a closing quote");
        }
    } else {
        for (; !is_end(reader, byte) && !reader->error; byte = next_byte(reader)) {
            if (byte == '"') {
                bad(reader, "a quote stands inside a field that does not begin with one");
            }
            add_byte(reader, byte);
        }
    }
    if (!reader->error && byte == '\r' && peek_byte(reader) != '\n') {
        bad(reader, "a carriage return stands alone");
    }
    if (!reader->error && byte == '\r') {
        byte = next_byte(reader);
    }
    add_field(reader, start, is_quoted);
    return !reader->error && byte == (unsigned char)reader->separator;
}

/* A bad row ends where its line does. */
static void skip_line(struct csv_reader *reader)
{
    while (reader->last != '\n' && reader->last != EOF) {
        next_byte(reader);
    }
}

static void skip_order_mark(struct csv_reader *reader)
{
    static const char mark[] = "\xef\xbb\xbf";
    for (int i = 0; i < 3 && peek_byte(reader) == (unsigned char)mark[i]; i++) {
        next_byte(reader);
    }
}

enum csv_result csv_next(struct csv_reader *reader)
{
    if (reader->offset == 0) {
        skip_order_mark(reader);
    }
    do {
        reader->error = NULL;
        reader->count = reader->size = 0;
        reader->row_line = reader->line + 1;
        if (peek_byte(reader) == EOF) {
            return ferror(reader->in) ? CSV_IO : CSV_END;
        }
        /* A row of empty fields has a text too, if one of no bytes. */
        while (has_room(reader) && read_field(reader)) {
        }
    } while (!reader->error && reader->count == 1 && reader->fields[0].bytes.size == 0 && !reader->fields[0].is_quoted);
    if (ferror(reader->in)) {
        return CSV_IO;
    }
    if (reader->error) {
        skip_line(reader);
        return reader->error == no_memory ? CSV_NO_MEMORY : CSV_BAD;
    }
    const uint8_t *at = reader->text;
    for (size_t i = 0; i < reader->count; i++) {
        reader->fields[i].bytes.data = reader->fields[i].bytes.size ? at : (const uint8_t *)"";
        at += reader->fields[i].bytes.size;
    }
    return CSV_ROW;
}

enum csv_result csv_skip(struct csv_reader *reader, uint64_t offset, uint64_t sum)
{
    while (reader->offset < offset) {
        if (next_byte(reader) == EOF) {
            return ferror(reader->in) ? CSV_IO : CSV_BAD;
        }
    }
    return reader->sum == sum ? CSV_ROW : CSV_BAD;
}

void csv_write(FILE *out, char separator, quire_bytes bytes, int always)
{
    int quotes = always;
    for (size_t i = 0; i < bytes.size && !quotes; i++) {
        char c = (char)bytes.data[i];
        quotes = c == separator || c == '"' || c == '\n' || c == '\r';
    }
    if (!quotes) {
        fwrite(bytes.data, 1, bytes.size, out);
        return;
    }
    fputc('"', out);
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] == '"') {
            fputc('"', out);
        }
        fputc(bytes.data[i], out);
    }
    fputc('"', out);
}
