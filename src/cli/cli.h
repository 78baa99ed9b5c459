/*
 * The quire command: what its files share. A guest of the public API; it knows
 * nothing of the engine's insides.
 *
 * Exit codes: 0 fine, 1 no (a key that is not there, a check that found
 * something), 2 an error, which standard error names.
 */
#ifndef QUIRE_CLI_H
#define QUIRE_CLI_H

#include <stdio.h>

#include "../quire.h"

enum { EXIT_FINE = 0, EXIT_NO = 1, EXIT_ERROR = 2 };

enum text_format { FORMAT_LINES, FORMAT_TSV, FORMAT_DUMP };

/* The command line taken apart; each command reads what it knows. */
struct arguments {
    const char *command;
    const char *tree; /* NULL: the unnamed tree */
    quire_options open;
    quire_tree_options tree_options;
    int tree_options_given, page_size_given;
    enum text_format format;
    size_t batch;   /* records a commit */
    uint64_t limit; /* records at most; 0: all */
    const char *prefix, *from, *to;
    int reverse, keys_only, insert_only, json, hex, report_commits, quiet;
    /* quire graph */
    const char *graph; /* its name */
    const struct graph_import_file *graph_files;
    size_t graph_file_count;
    char separator;      /* of fields */
    const char *rejects; /* where rejected rows go, or NULL */
    size_t edge_cache;
    int trusted, forget, distinct, count;
    const char *edge_type;
    int direction; /* QUIRE_GRAPH_OUT, _IN or _BOTH */
    uint32_t depth;
    char **words; /* what is not an option */
    int word_count;
};

/* What a command offers, for the parser and for --help. */
struct command {
    const char *name;
    const char *synopsis;
    const char *summary;
    const char *options; /* letters of the option table that it takes */
    int least_words, most_words;
    int (*run)(const struct arguments *arguments);
};

extern const struct command commands[];
extern const size_t command_count;

/* Fills *arguments; EXIT_FINE to go on (then *command is set), another code to leave with. */
int arguments_parse(int count, char **words, struct arguments *arguments, const struct command **command);

/* "quire: load: ..." on standard error; answers EXIT_ERROR. */
int complain(const struct arguments *arguments, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * The same for a failed call on `db` (NULL: it did not open and the message stands in open.message). `what` comes
 * before the message; NULL where the command's name says enough.
 */
int complain_status(const struct arguments *arguments, quire_db *db, quire_status status, const char *what);
/* That the tree which --tree names is not there. */
int complain_no_tree(const struct arguments *arguments);

/* 1 if both paths lead to one file, be it there yet or not. "-" is what stands at the descriptor `stream` (-1: a name).
 */
int is_same_file(const char *path, int stream, const char *other);
/*
 * A file that the command is to write or to read is neither words[0] nor the log
 * of that database: EXIT_FINE, or another code after complaining. An input must
 * also be there, and be no directory.
 */
int check_output(const struct arguments *arguments, const char *path);
int check_input(const struct arguments *arguments, const char *path);
/* The same of words[1], a database that is to be made from words[0]. */
int check_new_database(const struct arguments *arguments);

/* Opens words[0] with the flags added to the command line's. NULL after complaining. */
quire_db *open_database(const struct arguments *arguments, uint32_t flags);
/* Closes it and answers `code`, or EXIT_ERROR after complaining when closing fails. */
int close_database(const struct arguments *arguments, quire_db *db, int code);
/* The tree that --tree names; NULL is the unnamed one. With create, makes it with the command line's options. */
quire_status find_tree(const struct arguments *arguments, quire_txn *txn, int create, quire_tree **tree);
/* Opens read-only, begins, finds the tree; 1 if all is there, else it has complained. */
struct reading {
    quire_db *db;
    quire_txn *txn;
    quire_tree *tree;
};
int begin_reading(const struct arguments *arguments, struct reading *reading);
int end_reading(const struct arguments *arguments, struct reading *reading, int code);

/* A key or value from the command line: as it stands, or with --hex from hex digits. 0 after complaining. */
int word_bytes(const struct arguments *arguments, const char *word, quire_bytes *bytes);

/* A line such as "load: 120000 records" on standard error, if that is a terminal; at most ten a second. */
void progress_show(const struct arguments *arguments, uint64_t done, uint64_t total, const char *unit);
void progress_end(const struct arguments *arguments);
/* The same as a quire_progress; the context is the arguments. */
int progress_callback(void *arguments, uint64_t done, uint64_t total);

/* Bytes as a JSON string, bytes that are not printable ASCII as \u00XX. */
void json_string(FILE *out, const char *bytes, size_t size);

int run_load(const struct arguments *arguments);
int run_dump(const struct arguments *arguments);
int run_get(const struct arguments *arguments);
int run_put(const struct arguments *arguments);
int run_del(const struct arguments *arguments);
int run_scan(const struct arguments *arguments);
int run_trees(const struct arguments *arguments);
int run_stat(const struct arguments *arguments);
int run_check(const struct arguments *arguments);
int run_copy(const struct arguments *arguments);
int run_backup(const struct arguments *arguments);
int run_salvage(const struct arguments *arguments);
int run_inspect(const struct arguments *arguments);
int run_upgrade(const struct arguments *arguments);
int run_graph_import(const struct arguments *arguments);
int run_graph_export(const struct arguments *arguments);
int run_graph_stat(const struct arguments *arguments);
int run_graph_neighbors(const struct arguments *arguments);
int run_graph_check(const struct arguments *arguments);
int run_graph_dot(const struct arguments *arguments);

#endif
