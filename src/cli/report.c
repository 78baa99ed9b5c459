/* quire trees, stat, check, copy, inspect and upgrade: what concerns a whole database, or one page. */
#include "cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- trees ---- */

struct listing {
    const struct arguments *arguments;
    size_t count;
};

static int list_name(void *context, const char *name)
{
    struct listing *listing = context;
    if (listing->arguments->json) {
        fputs(listing->count > 0 ? ", " : "", stdout);
        json_string(stdout, name, strlen(name));
    } else {
        puts(name);
    }
    listing->count++;
    return 0;
}

int run_trees(const struct arguments *arguments)
{
    struct reading reading;
    if (!begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    struct listing listing = {arguments, 0};
    fputs(arguments->json ? "[" : "", stdout);
    quire_status status = quire_tree_list(reading.txn, list_name, &listing);
    fputs(arguments->json ? "]\n" : "", stdout);
    int code = status == QUIRE_OK ? EXIT_FINE : complain_status(arguments, reading.db, status, NULL);
    return end_reading(arguments, &reading, code);
}

/* ---- stat ---- */

/* Per cent of the leaves' usable bytes that records take, the last leaf left out. */
static double leaf_fill(const quire_tree_stat *stat)
{
    uint64_t usable = stat->leaf_usable_bytes - stat->last_leaf_usable_bytes;
    uint64_t live = stat->leaf_live_bytes - stat->last_leaf_live_bytes;
    return usable == 0 ? 100.0 : 100.0 * (double)live / (double)usable;
}

static void stat_json(const quire_db_stat *db, const quire_tree_stat *tree)
{
    printf("{\"page_size\": %" PRIu32 ", \"format_version\": %" PRIu32 ", \"page_count\": %" PRIu64
           ", \"free_pages\": %" PRIu64 ", \"file_bytes\": %" PRIu64 ", \"log_bytes\": %" PRIu64
           ", \"last_commit_lsn\": %" PRIu64 ", \"log_generation\": %" PRIu32 ",\n \"tree\": {\"records\": %" PRIu64
           ", \"depth\": %" PRIu64 ", \"leaf_pages\": %" PRIu64 ", \"branch_pages\": %" PRIu64
           ", \"overflow_pages\": %" PRIu64 ", \"leaf_live_bytes\": %" PRIu64 ", \"leaf_usable_bytes\": %" PRIu64
           ", \"leaf_fill_percent\": %.2f,\n  \"leaves\": {",
           db->page_size, db->format_version, db->page_count, db->free_pages, db->file_bytes, db->log_bytes,
           db->last_commit_lsn, db->log_generation, tree->records, tree->depth, tree->leaf_pages, tree->branch_pages,
           tree->overflow_pages, tree->leaf_live_bytes, tree->leaf_usable_bytes, leaf_fill(tree));
    for (int kind = 0; kind < 2; kind++) {
        for (int version = 0; version < 3; version++) {
            printf("%s\"v%d_%s\": %" PRIu64, kind + version > 0 ? ", " : "", version + 1, kind ? "plain" : "prefix",
                   tree->leaves_by_version[kind][version]);
        }
    }
    printf("}}}\n");
}

static void stat_text(const quire_db_stat *db, const quire_tree_stat *tree)
{
    printf("page size        %" PRIu32 "\n", db->page_size);
    printf("format version   %" PRIu32 "\n", db->format_version);
    printf("pages            %" PRIu64 " (%" PRIu64 " free)\n", db->page_count, db->free_pages);
    printf("file bytes       %" PRIu64 "\n", db->file_bytes);
    printf("log bytes        %" PRIu64 " (generation %" PRIu32 ")\n", db->log_bytes, db->log_generation);
    printf("records          %" PRIu64 "\n", tree->records);
    printf("depth            %" PRIu64 "\n", tree->depth);
    printf("leaf pages       %" PRIu64 "\n", tree->leaf_pages);
    printf("branch pages     %" PRIu64 "\n", tree->branch_pages);
    printf("overflow pages   %" PRIu64 "\n", tree->overflow_pages);
    printf("leaf fill        %.2f %% (the last leaf left out)\n", leaf_fill(tree));
    for (int kind = 0; kind < 2; kind++) {
        for (int version = 0; version < 3; version++) {
            if (tree->leaves_by_version[kind][version] > 0) {
                printf("leaves V%d %-7s %" PRIu64 "\n", version + 1, kind ? "plain" : "prefix",
                       tree->leaves_by_version[kind][version]);
            }
        }
    }
}

int run_stat(const struct arguments *arguments)
{
    struct reading reading;
    if (!begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    quire_db_stat db;
    quire_tree_stat tree;
    quire_status status = quire_db_stat_get(reading.db, &db);
    if (status == QUIRE_OK) {
        status = quire_tree_stat_get(reading.txn, reading.tree, &tree);
    }
    if (status != QUIRE_OK) {
        return end_reading(arguments, &reading, complain_status(arguments, reading.db, status, NULL));
    }
    if (arguments->json) {
        stat_json(&db, &tree);
    } else {
        stat_text(&db, &tree);
    }
    return end_reading(arguments, &reading, EXIT_FINE);
}

/* ---- check ---- */

static void show_violation(void *context, const quire_violation *violation)
{
    struct listing *listing = context;
    if (listing->arguments->json) {
        printf("%s\n  {\"page\": %" PRIu32 ", \"rule\": ", listing->count > 0 ? "," : "", violation->pgno);
        json_string(stdout, violation->rule, strlen(violation->rule));
        printf(", \"message\": ");
        json_string(stdout, violation->message, strlen(violation->message));
        printf("}");
    } else {
        progress_end(listing->arguments);
        printf("page %" PRIu32 " breaks %s: %s\n", violation->pgno, violation->rule, violation->message);
    }
    listing->count++;
}

int run_check(const struct arguments *arguments)
{
    struct reading reading;
    if (!begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    struct listing listing = {arguments, 0};
    fputs(arguments->json ? "{\"violations\": [" : "", stdout);
    union {
        const struct arguments *given;
        void *context;
    } pass = {arguments};
    quire_status status = quire_check(reading.txn, show_violation, &listing, progress_callback, pass.context);
    progress_end(arguments);
    if (arguments->json) {
        printf("%s], \"count\": %zu}\n", listing.count > 0 ? "\n" : "", listing.count);
    }
    int code = listing.count > 0 ? EXIT_NO : EXIT_FINE;
    if (status != QUIRE_OK && (status != QUIRE_CORRUPT || listing.count == 0)) {
        code = complain_status(arguments, reading.db, status, arguments->words[0]);
    } else if (code == EXIT_FINE && !arguments->json && !arguments->quiet) {
        printf("%s: no violations\n", arguments->words[0]);
    }
    return end_reading(arguments, &reading, code);
}

/* ---- copy ---- */

int run_copy(const struct arguments *arguments)
{
    struct reading reading;
    struct arguments source = *arguments;
    if (check_new_database(arguments) != EXIT_FINE || !begin_reading(&source, &reading)) {
        return EXIT_ERROR;
    }
    quire_db_stat stat;
    quire_status status = quire_db_stat_get(reading.db, &stat);
    quire_options options = arguments->open;
    if (status == QUIRE_OK) {
        /* The copy has the original's page size unless the command line names another. */
        options.page_size = arguments->page_size_given ? arguments->open.page_size : stat.page_size;
        status = quire_copy(reading.txn, arguments->words[1], &options, progress_callback, &source);
    }
    progress_end(arguments);
    int code = EXIT_FINE;
    if (status == QUIRE_EXISTS) {
        code = complain(arguments, "%s exists already", arguments->words[1]);
    } else if (status == QUIRE_NOT_FOUND) {
        code = complain(arguments, "cannot create %s: its directory is not there", arguments->words[1]);
    } else if (status != QUIRE_OK) {
        code = complain_status(arguments, reading.db, status, arguments->words[1]);
    }
    return end_reading(arguments, &reading, code);
}

/* ---- inspect ---- */

static void print_line(void *context, const char *text)
{
    (void)context;
    puts(text);
}

int run_inspect(const struct arguments *arguments)
{
    char *end;
    const char *word = arguments->words[1];
    unsigned long pgno = strtoul(word, &end, 10);
    if (end == word || *end != '\0' || word[0] == '-' || pgno > UINT32_MAX) {
        return complain(arguments, "\"%s\" is not a page number", word);
    }
    struct reading reading;
    if (!begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    quire_status status = quire_inspect(reading.txn, (uint32_t)pgno, print_line, NULL);
    int code = EXIT_FINE;
    if (status == QUIRE_NOT_FOUND) {
        code = complain(arguments, "there is no page %lu in %s", pgno, arguments->words[0]);
    } else if (status != QUIRE_OK) {
        code = complain_status(arguments, reading.db, status, arguments->words[1]);
    }
    return end_reading(arguments, &reading, code);
}

/* ---- upgrade ---- */

int run_upgrade(const struct arguments *arguments)
{
    quire_db *db = open_database(arguments, 0);
    if (!db) {
        return EXIT_ERROR;
    }
    quire_txn *txn = NULL;
    quire_tree *tree = NULL;
    uint64_t leaves = 0;
    quire_status status = quire_begin(db, QUIRE_WRITE, &txn);
    if (status == QUIRE_OK && arguments->tree) {
        status = quire_tree_open(txn, arguments->tree, &tree);
    }
    if (status == QUIRE_OK) {
        status = quire_tree_options_set(txn, tree, &arguments->tree_options);
    }
    if (status == QUIRE_OK) {
        status = quire_tree_upgrade(txn, tree, &leaves);
    }
    if (status == QUIRE_OK) {
        status = quire_commit(txn);
        txn = NULL;
    }
    int code = EXIT_FINE;
    if (status == QUIRE_NOT_FOUND && arguments->tree) {
        code = complain_no_tree(arguments);
    } else if (status != QUIRE_OK) {
        code = complain_status(arguments, db, status, arguments->tree ? arguments->tree : arguments->words[0]);
    } else if (arguments->json) {
        printf("{\"leaves\": %" PRIu64 "}\n", leaves);
    } else if (!arguments->quiet) {
        printf("%" PRIu64 " leaves rewritten\n", leaves);
    }
    quire_rollback(txn);
    return close_database(arguments, db, code);
}
