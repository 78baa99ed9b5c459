/*
 * quire load: records from text, a commit after each batch. A run of ascending
 * keys goes through quire_put_many, others one by one, so that sorted input
 * loads at full speed and any input loads.
 */
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_PAIRS = 256, RUN_BYTES = 1 << 18 };

/* Pairs copied out of the reader until they are put. */
struct run {
    quire_pair pairs[RUN_PAIRS];
    uint64_t lines[RUN_PAIRS];
    size_t count;
    uint8_t bytes[RUN_BYTES];
    size_t used;
};

struct loading {
    const struct arguments *arguments;
    quire_db *db;
    quire_txn *txn;
    quire_tree *tree;
    struct run *run;
    uint64_t records, committed;
    uint64_t in_batch;
};

static int fail_at(struct loading *loading, uint64_t line, quire_status status)
{
    const char *input = loading->arguments->word_count > 1 ? loading->arguments->words[1] : "standard input";
    if (status == QUIRE_EXISTS) {
        return complain(loading->arguments, "%s:%llu: the key exists already", input, (unsigned long long)line);
    }
    return complain(loading->arguments, "%s:%llu: %s (%s)", input, (unsigned long long)line,
                    quire_error_message(loading->db), quire_status_name(status));
}

static int begin(struct loading *loading)
{
    quire_status status = quire_begin(loading->db, QUIRE_WRITE, &loading->txn);
    if (status == QUIRE_OK) {
        status = find_tree(loading->arguments, loading->txn, loading->committed == 0, &loading->tree);
    }
    if (status != QUIRE_OK) {
        return complain_status(loading->arguments, loading->db, status, "beginning a transaction");
    }
    return EXIT_FINE;
}

static int commit(struct loading *loading)
{
    quire_status status = quire_commit(loading->txn);
    loading->txn = NULL;
    if (status != QUIRE_OK) {
        return complain_status(loading->arguments, loading->db, status, "committing");
    }
    loading->committed = loading->records;
    loading->in_batch = 0;
    if (loading->arguments->report_commits) {
        printf("%llu\n", (unsigned long long)loading->committed);
        fflush(stdout);
    }
    return EXIT_FINE;
}

static int put_run(struct loading *loading)
{
    struct run *run = loading->run;
    if (run->count == 0) {
        return EXIT_FINE;
    }
    size_t bad = 0;
    quire_status status = QUIRE_OK;
    if (run->count > 1 && !loading->arguments->insert_only) {
        status = quire_put_many(loading->txn, loading->tree, run->pairs, run->count, &bad);
    } else {
        int flags = loading->arguments->insert_only ? QUIRE_PUT_INSERT_ONLY : 0;
        for (; bad < run->count && status == QUIRE_OK; bad += status == QUIRE_OK) {
            status = quire_put(loading->txn, loading->tree, run->pairs[bad].key, run->pairs[bad].value, flags);
        }
    }
    if (status != QUIRE_OK) {
        return fail_at(loading, run->lines[bad < run->count ? bad : 0], status);
    }
    loading->records += run->count;
    loading->in_batch += run->count;
    run->count = 0;
    run->used = 0;
    progress_show(loading->arguments, loading->records, 0, "records");
    return EXIT_FINE;
}

static int compare(quire_bytes a, quire_bytes b)
{
    size_t least = a.size < b.size ? a.size : b.size;
    int order = memcmp(a.data, b.data, least);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* Whether the pair can join the run: room, in order, and within the batch. */
static int joins(const struct loading *loading, const quire_pair *pair)
{
    const struct run *run = loading->run;
    return run->count < RUN_PAIRS && pair->key.size + pair->value.size <= RUN_BYTES - run->used &&
           loading->in_batch + run->count < loading->arguments->batch &&
           (run->count == 0 || compare(run->pairs[run->count - 1].key, pair->key) <= 0);
}

static void join(struct run *run, const quire_pair *pair, uint64_t line)
{
    uint8_t *key = run->bytes + run->used;
    memcpy(key, pair->key.data, pair->key.size);
    uint8_t *value = key + pair->key.size;
    memcpy(value, pair->value.data, pair->value.size);
    run->used += pair->key.size + pair->value.size;
    run->lines[run->count] = line;
    run->pairs[run->count++] = (quire_pair){{key, pair->key.size}, {value, pair->value.size}};
}

/* A pair too large for the run's buffer goes straight in. */
static int put_alone(struct loading *loading, const quire_pair *pair, uint64_t line)
{
    int flags = loading->arguments->insert_only ? QUIRE_PUT_INSERT_ONLY : 0;
    quire_status status = quire_put(loading->txn, loading->tree, pair->key, pair->value, flags);
    if (status != QUIRE_OK) {
        return fail_at(loading, line, status);
    }
    loading->records++;
    loading->in_batch++;
    return EXIT_FINE;
}

static int take(struct loading *loading, const quire_pair *pair, uint64_t line)
{
    int code = EXIT_FINE;
    if (!joins(loading, pair)) {
        code = put_run(loading);
        if (code == EXIT_FINE && loading->in_batch >= loading->arguments->batch) {
            code = commit(loading);
            code = code == EXIT_FINE ? begin(loading) : code;
        }
    }
    if (code != EXIT_FINE) {
        return code;
    }
    if (pair->key.size + pair->value.size > RUN_BYTES) {
        return put_alone(loading, pair, line);
    }
    join(loading->run, pair, line);
    return EXIT_FINE;
}

/* What the reader met instead of a record: its end is fine. */
static int end_of_input(const struct arguments *arguments, const struct text_reader *reader, enum text_result result,
                        const char *input)
{
    if (result == TEXT_BAD) {
        return complain(arguments, "%s:%llu: %s", input, (unsigned long long)reader->line, reader->error);
    }
    return result == TEXT_IO ? complain(arguments, "%s: %s", input, strerror(errno)) : EXIT_FINE;
}

/* The input is read up to its first record before the database is opened: input that is none at all makes no file. */
static int load_all(struct loading *loading, struct text_reader *reader, const char *input)
{
    quire_pair pair;
    enum text_result result = text_next(reader, &pair);
    int code = end_of_input(loading->arguments, reader, result, input);
    if (code != EXIT_FINE || !(loading->db = open_database(loading->arguments, QUIRE_OPEN_CREATE))) {
        return EXIT_ERROR;
    }
    code = begin(loading);
    while (code == EXIT_FINE && result == TEXT_RECORD) {
        code = take(loading, &pair, reader->line);
        result = code == EXIT_FINE ? text_next(reader, &pair) : result;
    }
    code = code == EXIT_FINE ? end_of_input(loading->arguments, reader, result, input) : code;
    code = code == EXIT_FINE ? put_run(loading) : code;
    return code == EXIT_FINE ? commit(loading) : code;
}

int run_load(const struct arguments *arguments)
{
    const char *input = arguments->word_count > 1 ? arguments->words[1] : "-";
    int is_stdin = strcmp(input, "-") == 0;
    if (check_input(arguments, input) != EXIT_FINE) {
        return EXIT_ERROR;
    }
    FILE *in = is_stdin ? stdin : fopen(input, "rb");
    if (!in) {
        return complain(arguments, "%s: %s", input, strerror(errno));
    }
    struct loading loading = {.arguments = arguments, .run = malloc(sizeof *loading.run)};
    int code = EXIT_ERROR;
    if (!loading.run) {
        complain(arguments, "no memory");
    } else {
        loading.run->count = 0;
        loading.run->used = 0;
        struct text_reader reader;
        text_open(&reader, in, arguments->format, arguments->tree);
        code = load_all(&loading, &reader, is_stdin ? "standard input" : input);
        text_close(&reader);
    }
    if (loading.db) {
        quire_rollback(loading.txn);
        code = close_database(arguments, loading.db, code);
        if (!arguments->quiet) {
            progress_end(arguments);
            fprintf(stderr, "quire: load: %llu records committed\n", (unsigned long long)loading.committed);
        }
    }
    free(loading.run);
    if (!is_stdin) {
        fclose(in);
    }
    return code;
}
