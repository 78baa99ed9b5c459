/* Readers and writers of the text formats; see text.h. */
#define _POSIX_C_SOURCE 200809L

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

void text_open(struct text_reader *reader, FILE *in, enum text_format format, const char *tree)
{
    memset(reader, 0, sizeof *reader);
    reader->in = in;
    reader->format = format;
    reader->tree = tree;
}

void text_close(struct text_reader *reader)
{
    free(reader->buffer[0]);
    free(reader->buffer[1]);
    free(reader->database);
    free(reader->taken);
}

/* The next line without its newline in buffer `which`; its length, or -1 at the end. */
static ssize_t next_line(struct text_reader *reader, int which)
{
    ssize_t size = getline(&reader->buffer[which], &reader->capacity[which], reader->in);
    if (size < 0) {
        return -1;
    }
    reader->line++;
    return size > 0 && reader->buffer[which][size - 1] == '\n' ? size - 1 : size;
}

static enum text_result bad(struct text_reader *reader, const char *error)
{
    reader->error = error;
    return TEXT_BAD;
}

static enum text_result end_of_input(struct text_reader *reader)
{
    if (ferror(reader->in)) {
        return TEXT_IO;
    }
    if (reader->format != FORMAT_DUMP) {
        return TEXT_END;
    }
    if (reader->in_data) {
        return bad(reader, "the input ends before DATA=END");
    }
    if (!reader->has_header) {
        return bad(reader, "the input is empty, and no dump");
    }
    if (!reader->has_taken) {
        snprintf(reader->named_error, sizeof reader->named_error, "the dump holds no database %s", reader->tree);
        return bad(reader, reader->named_error);
    }
    return TEXT_END;
}

static enum text_result next_plain(struct text_reader *reader, quire_pair *pair)
{
    ssize_t size = next_line(reader, 0);
    if (size < 0) {
        return end_of_input(reader);
    }
    const char *line = reader->buffer[0];
    const char *tab = reader->format == FORMAT_TSV ? memchr(line, '\t', (size_t)size) : NULL;
    size_t key_size = tab ? (size_t)(tab - line) : (size_t)size;
    if (reader->format == FORMAT_TSV && !tab) {
        return bad(reader, "the line has no tab");
    }
    pair->key = (quire_bytes){(const uint8_t *)line, key_size};
    pair->value = tab ? (quire_bytes){(const uint8_t *)tab + 1, (size_t)size - key_size - 1}
                      : (quire_bytes){(const uint8_t *)"", 0};
    return TEXT_RECORD;
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef";
    char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    const char *at = lower ? strchr(digits, lower) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Undoes hex digits or escapes in place; the size, or -1. */
static ssize_t decode(char *text, size_t size, int is_print)
{
    size_t out = 0;
    for (size_t i = 0; i < size;) {
        int escaped = !is_print || text[i] == '\\';
        size_t at = is_print && escaped ? i + 1 : i;
        if (!escaped) {
            text[out++] = text[i++];
        } else if (is_print && at < size && text[at] == '\\') {
            text[out++] = '\\';
            i = at + 1;
        } else {
            int high = at < size ? digit(text[at]) : -1;
            int low = at + 1 < size ? digit(text[at + 1]) : -1;
            if (high < 0 || low < 0) {
                return -1;
            }
            text[out++] = (char)(16 * high + low);
            i = at + 2;
        }
    }
    return (ssize_t)out;
}

static int is_same_name(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A header is complete: is its database the one to read? */
static enum text_result dump_begin(struct text_reader *reader, int has_duplicates)
{
    reader->in_data = 1;
    reader->in_other = reader->tree && reader->database && strcmp(reader->tree, reader->database) != 0;
    if (reader->in_other) {
        return TEXT_RECORD;
    }
    if (has_duplicates) {
        return bad(reader, "the dump has several values for one key, and quire would keep the last one only");
    }
    if (reader->has_taken && !is_same_name(reader->taken, reader->database)) {
        return bad(reader, "a second database in the dump: --tree NAME takes one of them");
    }
    if (!reader->has_taken) {
        reader->has_taken = 1;
        reader->taken = reader->database;
        reader->database = NULL;
    }
    return TEXT_RECORD;
}

/* One line of a header, not empty: TEXT_RECORD, or what is wrong with it. */
static enum text_result dump_header_line(struct text_reader *reader, const char *line, size_t size, int *has_duplicates)
{
    if (!memchr(line, '=', size)) {
        return bad(reader, "a header line without =");
    }
    if (strncmp(line, "format=", 7) == 0) {
        reader->is_print = strncmp(line + 7, "print", 5) == 0;
        if (!reader->is_print && strncmp(line + 7, "bytevalue", 9) != 0) {
            return bad(reader, "the dump's format is neither print nor bytevalue");
        }
    } else if (strncmp(line, "VERSION=", 8) == 0 && line[8] != '3') {
        return bad(reader, "the dump's VERSION is not 3");
    } else if (strncmp(line, "type=", 5) == 0 && strncmp(line + 5, "btree", 5) != 0) {
        return bad(reader, "the dump's type is not btree");
    } else if (strncmp(line, "duplicates=1", 12) == 0) {
        *has_duplicates = 1;
    } else if (strncmp(line, "database=", 9) == 0) {
        free(reader->database);
        reader->database = strndup(line + 9, size - 9);
        return reader->database ? TEXT_RECORD : bad(reader, "no memory for the name of a database");
    }
    return TEXT_RECORD;
}

/* Reads header lines until HEADER=END; TEXT_RECORD when records follow. */
static enum text_result dump_header(struct text_reader *reader)
{
    int any = 0, has_duplicates = 0;
    free(reader->database);
    reader->database = NULL;
    for (;;) {
        ssize_t size = next_line(reader, 0);
        if (size < 0) {
            return any ? bad(reader, "the input ends inside a header") : end_of_input(reader);
        }
        const char *line = reader->buffer[0];
        if (size == 0) {
            continue;
        }
        any = reader->has_header = 1;
        if (strcmp(line, "HEADER=END\n") == 0 || strcmp(line, "HEADER=END") == 0) {
            return dump_begin(reader, has_duplicates);
        }
        enum text_result result = dump_header_line(reader, line, (size_t)size, &has_duplicates);
        if (result != TEXT_RECORD) {
            return result;
        }
    }
}

/* One line of data into `bytes`: TEXT_RECORD, TEXT_END at DATA=END, or an error. */
static enum text_result dump_datum(struct text_reader *reader, int which, quire_bytes *bytes)
{
    ssize_t size = next_line(reader, which);
    if (size < 0) {
        return end_of_input(reader);
    }
    char *line = reader->buffer[which];
    if (size >= 8 && memcmp(line, "DATA=END", 8) == 0) {
        return TEXT_END;
    }
    if (size == 0 || line[0] != ' ') {
        return bad(reader, "a line of data does not begin with a space");
    }
    ssize_t decoded = decode(line + 1, (size_t)size - 1, reader->is_print);
    if (decoded < 0) {
        return bad(reader, "a damaged hex digit or escape");
    }
    *bytes = (quire_bytes){(const uint8_t *)line + 1, (size_t)decoded};
    return TEXT_RECORD;
}

static enum text_result next_dump(struct text_reader *reader, quire_pair *pair)
{
    for (;;) {
        enum text_result result = reader->in_data ? TEXT_RECORD : dump_header(reader);
        if (result != TEXT_RECORD) {
            return result;
        }
        result = dump_datum(reader, 0, &pair->key);
        if (result == TEXT_END) {
            reader->in_data = 0;
            continue;
        }
        if (result != TEXT_RECORD) {
            return result;
        }
        result = dump_datum(reader, 1, &pair->value);
        if (result == TEXT_END) {
            return bad(reader, "DATA=END where a value belongs");
        }
        if (result != TEXT_RECORD || !reader->in_other) {
            return result;
        }
    }
}

enum text_result text_next(struct text_reader *reader, quire_pair *pair)
{
    return reader->format == FORMAT_DUMP ? next_dump(reader, pair) : next_plain(reader, pair);
}

void text_head(FILE *out, enum text_format format, const char *tree, uint32_t page_size)
{
    if (format == FORMAT_DUMP) {
        fprintf(out, "VERSION=3\nformat=bytevalue\n");
        if (tree) {
            fprintf(out, "database=%s\n", tree);
        }
        fprintf(out, "type=btree\ndb_pagesize=%u\nHEADER=END\n", (unsigned)page_size);
    }
}

void text_tail(FILE *out, enum text_format format)
{
    if (format == FORMAT_DUMP) {
        fprintf(out, "DATA=END\n");
    }
}

static void write_hex(FILE *out, quire_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    fputc(' ', out);
    for (size_t i = 0; i < bytes.size; i++) {
        fputc(digits[bytes.data[i] / 16], out);
        fputc(digits[bytes.data[i] % 16], out);
    }
    fputc('\n', out);
}

const char *text_write(FILE *out, enum text_format format, const quire_pair *pair)
{
    if (format == FORMAT_DUMP) {
        write_hex(out, pair->key);
        write_hex(out, pair->value);
        return NULL;
    }
    if (memchr(pair->key.data, '\n', pair->key.size) ||
        (pair->value.size > 0 && memchr(pair->value.data, '\n', pair->value.size))) {
        return "a record holds a newline; --format dump can hold it";
    }
    if (format == FORMAT_TSV && memchr(pair->key.data, '\t', pair->key.size)) {
        return "a key holds a tab; --format dump can hold it";
    }
    if (format == FORMAT_LINES && pair->value.size > 0) {
        return "a record has a value; --format tsv or dump can hold it";
    }
    fwrite(pair->key.data, 1, pair->key.size, out);
    if (format == FORMAT_TSV) {
        fputc('\t', out);
        fwrite(pair->value.data, 1, pair->value.size, out);
    }
    fputc('\n', out);
    return NULL;
}
