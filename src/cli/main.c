/* The quire command: its table of commands, and what they share. */
#include "cli.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const struct command commands[] = {
    {"load", "[OPTION...] DATABASE [INPUT]", "put records from a text file or standard input", "tfbsrikpcywnaq", 1, 2,
     run_load},
    {"dump", "[OPTION...] DATABASE", "write every record as text", "tfcwq", 1, 1, run_dump},
    {"get", "[OPTION...] DATABASE KEY", "print the value of a key", "tewcj", 2, 2, run_get},
    {"put", "[OPTION...] DATABASE KEY VALUE", "put one record", "tenpywsrikc", 3, 3, run_put},
    {"del", "[OPTION...] DATABASE KEY...", "delete records: all that are named, or none", "teywc", 2, INT_MAX, run_del},
    {"scan", "[OPTION...] DATABASE", "print a range of records", "txgulvoewcj", 1, 1, run_scan},
    {"trees", "[OPTION...] DATABASE", "list the named trees", "jwc", 1, 1, run_trees},
    {"stat", "[OPTION...] DATABASE", "tell sizes, fill and versions", "tjwc", 1, 1, run_stat},
    {"check", "[OPTION...] DATABASE", "audit the whole file, naming page and rule of each violation", "jwcq", 1, 1,
     run_check},
    {"copy", "[OPTION...] DATABASE NEW", "write a packed copy", "wpcq", 2, 2, run_copy},
    {"backup", "[OPTION...] DATABASE NEW", "write a copy page by page", "wcq", 2, 2, run_backup},
    {"salvage", "[OPTION...] BAD NEW", "put what a damaged file still holds into a new one", "wcyjq", 2, 2,
     run_salvage},
    {"inspect", "[OPTION...] DATABASE PAGE", "describe one page: header, fences, slots, free space", "wc", 2, 2,
     run_inspect},
    {"upgrade", "[OPTION...] DATABASE", "rewrite leaves of older versions", "tsrikjywcq", 1, 1, run_upgrade},
    {"graph import", "[OPTION...] DATABASE", "put nodes and edges from CSV files, and go on where it was interrupted",
     "GNEAbRTFMypwcq", 1, 1, run_graph_import},
    {"graph export", "[OPTION...] DATABASE", "write a graph as CSV files that import takes", "GNEAwcq", 1, 1,
     run_graph_export},
    {"graph stat", "[OPTION...] DATABASE", "count nodes, edges and names", "Gjwc", 1, 1, run_graph_stat},
    {"graph neighbors", "[OPTION...] DATABASE NODE", "list the nodes beside one, or around it", "GDYPUCljwc", 2, 2,
     run_graph_neighbors},
    {"graph check", "[OPTION...] DATABASE", "hold every record of a graph against its rules", "Gjwcq", 1, 1,
     run_graph_check},
    {"graph dot", "[OPTION...] DATABASE NODE", "draw what is around a node, for Graphviz", "GDYPlwc", 2, 2,
     run_graph_dot},
};
const size_t command_count = sizeof commands / sizeof commands[0];

/* What quire_open has to say when there is no database to ask. */
static char open_message[512];

int complain(const struct arguments *arguments, const char *format, ...)
{
    progress_end(arguments);
    fprintf(stderr, "quire: %s%s", arguments->command ? arguments->command : "", arguments->command ? ": " : "");
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return EXIT_ERROR;
}

int complain_status(const struct arguments *arguments, quire_db *db, quire_status status, const char *what)
{
    if (status == QUIRE_NOT_FOUND || status == QUIRE_EXISTS) {
        return complain(arguments, "%s: %s", what ? what : arguments->words[0],
                        status == QUIRE_EXISTS ? "exists already" : "not found");
    }
    return complain(arguments, "%s%s%s (%s)", what ? what : "", what ? ": " : "",
                    db ? quire_error_message(db) : open_message, quire_status_name(status));
}

int complain_no_tree(const struct arguments *arguments)
{
    return complain(arguments, "there is no tree %s in %s", arguments->tree, arguments->words[0]);
}

static void notice(void *context, const char *message)
{
    const struct arguments *arguments = context;
    if (!arguments->quiet) {
        progress_end(arguments);
        fprintf(stderr, "quire: %s\n", message);
    }
}

static int recovery_progress(void *context, uint64_t done, uint64_t total)
{
    progress_show(context, done, total, "bytes recovered");
    return 0;
}

quire_db *open_database(const struct arguments *arguments, uint32_t flags)
{
    quire_options options = arguments->open;
    options.flags = flags;
    options.message = open_message;
    options.message_size = sizeof open_message;
    options.log = notice;
    union {
        const struct arguments *given;
        void *context;
    } pass = {arguments};
    options.log_context = pass.context;
    options.progress = recovery_progress;
    options.progress_context = pass.context;
    open_message[0] = '\0';
    quire_db *db;
    quire_status status = quire_open(arguments->words[0], &options, &db);
    progress_end(arguments);
    if (status != QUIRE_OK) {
        complain(arguments, "%s (%s)", open_message[0] ? open_message : arguments->words[0], quire_status_name(status));
        return NULL;
    }
    return db;
}

int close_database(const struct arguments *arguments, quire_db *db, int code)
{
    quire_status status = quire_close(db);
    if (status != QUIRE_OK) {
        return complain(arguments, "closing %s failed (%s)", arguments->words[0], quire_status_name(status));
    }
    return code;
}

quire_status find_tree(const struct arguments *arguments, quire_txn *txn, int create, quire_tree **tree)
{
    *tree = NULL;
    if (!arguments->tree) {
        return create && arguments->tree_options_given ? quire_tree_options_set(txn, NULL, &arguments->tree_options)
                                                       : QUIRE_OK;
    }
    quire_status status = quire_tree_open(txn, arguments->tree, tree);
    if (status == QUIRE_NOT_FOUND && create) {
        return quire_tree_create(txn, arguments->tree, &arguments->tree_options, tree);
    }
    if (status == QUIRE_OK && create && arguments->tree_options_given) {
        status = quire_tree_options_set(txn, *tree, &arguments->tree_options);
    }
    return status;
}

int begin_reading(const struct arguments *arguments, struct reading *reading)
{
    reading->txn = NULL;
    reading->db = open_database(arguments, QUIRE_OPEN_READ_ONLY);
    if (!reading->db) {
        return 0;
    }
    quire_status status = quire_begin(reading->db, QUIRE_READ, &reading->txn);
    if (status == QUIRE_OK) {
        status = find_tree(arguments, reading->txn, 0, &reading->tree);
    }
    if (status == QUIRE_NOT_FOUND && arguments->tree) {
        complain_no_tree(arguments);
    } else if (status != QUIRE_OK) {
        complain_status(arguments, reading->db, status, arguments->tree ? arguments->tree : arguments->words[0]);
    }
    if (status != QUIRE_OK) {
        end_reading(arguments, reading, EXIT_ERROR);
        return 0;
    }
    return 1;
}

int end_reading(const struct arguments *arguments, struct reading *reading, int code)
{
    quire_rollback(reading->txn);
    return close_database(arguments, reading->db, code);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Words decoded from hex live until the program ends, as the words themselves do. */
struct decoded_word {
    struct decoded_word *next;
    uint8_t bytes[];
};
static struct decoded_word *decoded_words;

int word_bytes(const struct arguments *arguments, const char *word, quire_bytes *bytes)
{
    size_t size = strlen(word);
    if (!arguments->hex) {
        *bytes = (quire_bytes){(const uint8_t *)word, size};
        return 1;
    }
    struct decoded_word *decoded = size % 2 == 0 ? malloc(sizeof *decoded + size / 2 + 1) : NULL;
    for (size_t i = 0; decoded && i < size; i += 2) {
        int high = hex_digit(word[i]);
        int low = hex_digit(word[i + 1]);
        if (high < 0 || low < 0) {
            free(decoded);
            decoded = NULL;
        } else {
            decoded->bytes[i / 2] = (uint8_t)(16 * high + low);
        }
    }
    if (!decoded) {
        complain(arguments, "\"%s\" is not an even number of hex digits", word);
        return 0;
    }
    decoded->next = decoded_words;
    decoded_words = decoded;
    *bytes = (quire_bytes){decoded->bytes, size / 2};
    return 1;
}

/* One progress line at a time; when it was last drawn. */
static struct timespec progress_last;
static int progress_drawn;

void progress_show(const struct arguments *arguments, uint64_t done, uint64_t total, const char *unit)
{
    if (arguments->quiet || !isatty(STDERR_FILENO)) {
        return;
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double since = (double)(now.tv_sec - progress_last.tv_sec) + 1e-9 * (double)(now.tv_nsec - progress_last.tv_nsec);
    if (since < 0.1) {
        return;
    }
    progress_last = now;
    progress_drawn = 1;
    if (total > 0) {
        fprintf(stderr, "\rquire: %s: %llu of %llu %s\033[K", arguments->command, (unsigned long long)done,
                (unsigned long long)total, unit);
    } else {
        fprintf(stderr, "\rquire: %s: %llu %s\033[K", arguments->command, (unsigned long long)done, unit);
    }
    fflush(stderr);
}

void progress_end(const struct arguments *arguments)
{
    (void)arguments;
    if (progress_drawn) {
        fputs("\r\033[K", stderr);
        progress_drawn = 0;
    }
}

int progress_callback(void *arguments, uint64_t done, uint64_t total)
{
    progress_show(arguments, done, total, "pages");
    return 0;
}

void json_string(FILE *out, const char *bytes, size_t size)
{
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
        } else if (c < 0x20 || c > 0x7e) {
            fprintf(out, "\\u%04x", c);
        } else {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

int main(int count, char **words)
{
    struct arguments arguments;
    const struct command *command;
    int code = arguments_parse(count, words, &arguments, &command);
    if (command) {
        code = check_output(&arguments, "-");
        code = code == EXIT_FINE ? command->run(&arguments) : code;
        progress_end(&arguments);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return complain(&arguments, "writing to standard output failed");
    }
    return code;
}
