/* quire get, put, del, scan and dump: records one by one and in ranges. */
#include "text.h"

#include <string.h>

static void print_bytes(const struct arguments *arguments, quire_bytes bytes)
{
    if (!arguments->hex) {
        fwrite(bytes.data, 1, bytes.size, stdout);
        return;
    }
    for (size_t i = 0; i < bytes.size; i++) {
        printf("%02x", bytes.data[i]);
    }
}

/* The same as a JSON string: with --hex its digits, else each byte a character. */
static void print_json_bytes(const struct arguments *arguments, quire_bytes bytes)
{
    if (!arguments->hex) {
        json_string(stdout, (const char *)bytes.data, bytes.size);
        return;
    }
    putchar('"');
    print_bytes(arguments, bytes);
    putchar('"');
}

/* One record on one line, as text or as a JSON object; NULL leaves a part out. */
static void print_record(const struct arguments *arguments, const quire_bytes *key, const quire_bytes *value)
{
    if (!arguments->json) {
        if (key) {
            print_bytes(arguments, *key);
        }
        if (key && value) {
            putchar('\t');
        }
        if (value) {
            print_bytes(arguments, *value);
        }
        putchar('\n');
        return;
    }
    fputs(key ? "{\"key\": " : "{", stdout);
    if (key) {
        print_json_bytes(arguments, *key);
    }
    if (value) {
        fputs(key ? ", \"value\": " : "\"value\": ", stdout);
        print_json_bytes(arguments, *value);
    }
    puts("}");
}

int run_get(const struct arguments *arguments)
{
    quire_bytes key, value;
    struct reading reading;
    if (!word_bytes(arguments, arguments->words[1], &key) || !begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    quire_status status = quire_get(reading.txn, reading.tree, key, &value);
    int code = EXIT_FINE;
    if (status == QUIRE_OK) {
        print_record(arguments, arguments->json ? &key : NULL, &value);
    } else {
        code = status == QUIRE_NOT_FOUND ? EXIT_NO : complain_status(arguments, reading.db, status, NULL);
    }
    return end_reading(arguments, &reading, code);
}

/* Before a database is opened, or made: what can be said of the words without it. The first one is the key. */
static int check_words(const struct arguments *arguments, int creates, quire_bytes *key)
{
    quire_bytes bytes;
    for (int i = 2; i < arguments->word_count; i++) {
        if (!word_bytes(arguments, arguments->words[i], &bytes)) {
            return 0;
        }
    }
    if (!word_bytes(arguments, arguments->words[1], key)) {
        return 0;
    }
    if (creates && key->size == 0) {
        complain(arguments, "the key is empty");
        return 0;
    }
    return 1;
}

/* Opens for writing, begins, finds the tree, edits, commits. */
static int write_one(const struct arguments *arguments, int creates,
                     quire_status (*edit)(const struct arguments *arguments, quire_txn *txn, quire_tree *tree,
                                          quire_bytes key))
{
    quire_bytes key;
    if (!check_words(arguments, creates, &key)) {
        return EXIT_ERROR;
    }
    quire_db *db = open_database(arguments, creates ? QUIRE_OPEN_CREATE : 0);
    if (!db) {
        return EXIT_ERROR;
    }
    quire_txn *txn = NULL;
    quire_tree *tree;
    int code = EXIT_FINE;
    quire_status status = quire_begin(db, QUIRE_WRITE, &txn);
    if (status == QUIRE_OK && (status = find_tree(arguments, txn, creates, &tree)) == QUIRE_NOT_FOUND) {
        code = complain_no_tree(arguments);
    }
    if (status == QUIRE_OK && (status = edit(arguments, txn, tree, key)) == QUIRE_OK) {
        status = quire_commit(txn);
        txn = NULL;
    }
    if (code == EXIT_FINE && status != QUIRE_OK) {
        int is_no = status == QUIRE_NOT_FOUND || status == QUIRE_EXISTS;
        code = is_no ? EXIT_NO : complain_status(arguments, db, status, arguments->words[0]);
    }
    quire_rollback(txn);
    return close_database(arguments, db, code);
}

static quire_status edit_put(const struct arguments *arguments, quire_txn *txn, quire_tree *tree, quire_bytes key)
{
    quire_bytes value;
    if (!word_bytes(arguments, arguments->words[2], &value)) {
        return QUIRE_INVALID;
    }
    return quire_put(txn, tree, key, value, arguments->insert_only ? QUIRE_PUT_INSERT_ONLY : 0);
}

/* All the keys or none: one that is not there ends the transaction without a commit. */
static quire_status edit_delete(const struct arguments *arguments, quire_txn *txn, quire_tree *tree, quire_bytes key)
{
    quire_status status = quire_delete(txn, tree, key);
    for (int i = 2; status == QUIRE_OK && i < arguments->word_count; i++) {
        status = word_bytes(arguments, arguments->words[i], &key) ? quire_delete(txn, tree, key) : QUIRE_INVALID;
    }
    return status;
}

int run_put(const struct arguments *arguments)
{
    return write_one(arguments, 1, edit_put);
}

int run_del(const struct arguments *arguments)
{
    return write_one(arguments, 0, edit_delete);
}

/* Limits the cursor to --prefix, or to --from and --to. */
static int limit_cursor(const struct arguments *arguments, struct reading *reading, quire_cursor *cursor)
{
    quire_bytes low = {NULL, 0}, high = {NULL, 0};
    quire_status status;
    if (arguments->prefix && (arguments->from || arguments->to)) {
        return complain(arguments, "--prefix does not go with --from and --to");
    }
    if (arguments->prefix) {
        if (!word_bytes(arguments, arguments->prefix, &low)) {
            return EXIT_ERROR;
        }
        status = quire_cursor_prefix(cursor, low);
    } else {
        if ((arguments->from && !word_bytes(arguments, arguments->from, &low)) ||
            (arguments->to && !word_bytes(arguments, arguments->to, &high))) {
            return EXIT_ERROR;
        }
        status = quire_cursor_bounds(cursor, arguments->from ? QUIRE_BOUND_INCLUDED : QUIRE_BOUND_NONE, low,
                                     arguments->to ? QUIRE_BOUND_EXCLUDED : QUIRE_BOUND_NONE, high);
    }
    return status == QUIRE_OK ? EXIT_FINE : complain_status(arguments, reading->db, status, NULL);
}

static int scan_all(const struct arguments *arguments, struct reading *reading, quire_cursor *cursor)
{
    quire_bytes key, value;
    uint64_t count = 0;
    quire_status status =
        arguments->reverse ? quire_cursor_last(cursor, &key, &value) : quire_cursor_first(cursor, &key, &value);
    while (status == QUIRE_OK && (arguments->limit == 0 || count < arguments->limit) && !ferror(stdout)) {
        print_record(arguments, &key, arguments->keys_only ? NULL : &value);
        count++;
        status =
            arguments->reverse ? quire_cursor_previous(cursor, &key, &value) : quire_cursor_next(cursor, &key, &value);
    }
    return status == QUIRE_OK || status == QUIRE_NOT_FOUND ? EXIT_FINE
                                                           : complain_status(arguments, reading->db, status, NULL);
}

int run_scan(const struct arguments *arguments)
{
    struct reading reading;
    if (!begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    quire_cursor *cursor;
    int code;
    quire_status status = quire_cursor_open(reading.txn, reading.tree, &cursor);
    if (status != QUIRE_OK) {
        code = complain_status(arguments, reading.db, status, NULL);
    } else {
        code = limit_cursor(arguments, &reading, cursor);
        code = code == EXIT_FINE ? scan_all(arguments, &reading, cursor) : code;
        quire_cursor_close(cursor);
    }
    return end_reading(arguments, &reading, code);
}

int run_dump(const struct arguments *arguments)
{
    struct reading reading;
    if (!begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    quire_db_stat db_stat;
    quire_cursor *cursor = NULL;
    quire_pair pair;
    quire_status status = quire_db_stat_get(reading.db, &db_stat);
    if (status == QUIRE_OK) {
        status = quire_cursor_open(reading.txn, reading.tree, &cursor);
    }
    int code = EXIT_FINE;
    if (status == QUIRE_OK) {
        text_head(stdout, arguments->format, arguments->tree, db_stat.page_size);
        status = quire_cursor_first(cursor, &pair.key, &pair.value);
    }
    for (uint64_t done = 0; status == QUIRE_OK && code == EXIT_FINE && !ferror(stdout); done++) {
        const char *error = text_write(stdout, arguments->format, &pair);
        if (error) {
            code = complain(arguments, "record %llu: %s", (unsigned long long)done, error);
        } else {
            progress_show(arguments, done, 0, "records");
            status = quire_cursor_next(cursor, &pair.key, &pair.value);
        }
    }
    if (status == QUIRE_NOT_FOUND) {
        text_tail(stdout, arguments->format);
    } else if (status != QUIRE_OK) {
        code = complain_status(arguments, reading.db, status, NULL);
    }
    quire_cursor_close(cursor);
    return end_reading(arguments, &reading, code);
}
