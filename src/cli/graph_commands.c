/* quire graph import, stat and check. */
#define _POSIX_C_SOURCE 200809L

#include "graph_cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a callback gets to know of the command. */
struct context {
    const struct arguments *arguments;
    uint64_t count;
};

/* ---- import ---- */

static FILE *open_input(void *context, const char *path)
{
    (void)context;
    return graph_import_is_stream(path) ? stdin : fopen(path, "rb");
}

static void show_rows(void *context, uint64_t rows)
{
    const struct context *command = context;
    progress_show(command->arguments, rows, 0, "rows");
}

static void summarise(const struct arguments *arguments, const struct graph_import *import)
{
    if (arguments->quiet) {
        return;
    }
    progress_end(arguments);
    fprintf(stderr, "quire: graph import: %s%" PRIu64 " nodes and %" PRIu64 " edges%s",
            import->was_done  ? "imported before: "
            : import->resumed ? "went on; "
                              : "",
            import->nodes, import->edges, import->was_done ? "" : " committed");
    if (import->rejected > 0) {
        fprintf(stderr, ", %" PRIu64 " rows rejected", import->rejected);
    }
    fputc('\n', stderr);
}

/* Opened without cutting it off: an unfinished import goes on behind what is there. */
static FILE *open_rejects(const char *path)
{
    FILE *file = fopen(path, "r+b");
    return file ? file : fopen(path, "w+b");
}

/* An import that goes on cuts the file of rejected rows back to what was committed. */
static int check_rejects(const struct arguments *arguments)
{
    const char *path = arguments->rejects;
    struct stat file;
    if (strcmp(path, "-") == 0 || (stat(path, &file) == 0 && !S_ISREG(file.st_mode))) {
        return complain(arguments, "rejected rows go to a file, not to %s: an import that goes on cuts it back", path);
    }
    return check_output(arguments, path);
}

/* Before anything is made or opened for writing: the inputs are there, and nothing that is written is one of them. */
static int check_files(const struct arguments *arguments)
{
    size_t streams = 0;
    if (arguments->graph_file_count == 0) {
        return complain(arguments, "name the files to read with --nodes FILE and --edges FILE");
    }
    for (size_t i = 0; i < arguments->graph_file_count; i++) {
        const char *path = arguments->graph_files[i].path;
        streams += (size_t)graph_import_is_stream(path);
        if (check_input(arguments, path) != EXIT_FINE) {
            return EXIT_ERROR;
        }
        if (arguments->rejects && is_same_file(path, STDIN_FILENO, arguments->rejects)) {
            return complain(arguments, "%s is an input: rejected rows cannot go there too", arguments->rejects);
        }
    }
    if (streams > 1) {
        return complain(arguments, "standard input can be named once");
    }
    return arguments->rejects ? check_rejects(arguments) : EXIT_FINE;
}

int run_graph_import(const struct arguments *arguments)
{
    struct context context = {arguments, 0};
    struct graph_import import = {.graph = arguments->graph,
                                  .files = arguments->graph_files,
                                  .file_count = arguments->graph_file_count,
                                  .separator = arguments->separator,
                                  .batch = arguments->batch,
                                  .edge_cache = arguments->edge_cache,
                                  .trusted = arguments->trusted,
                                  .forget = arguments->forget,
                                  .open = open_input,
                                  .progress = show_rows,
                                  .context = &context};
    if (check_files(arguments) != EXIT_FINE) {
        return EXIT_ERROR;
    }
    if (arguments->rejects && !(import.rejects = open_rejects(arguments->rejects))) {
        return complain(arguments, "%s: %s", arguments->rejects, strerror(errno));
    }
    int code = EXIT_ERROR;
    import.db = open_database(arguments, QUIRE_OPEN_CREATE);
    if (import.db) {
        enum graph_import_result result = graph_import_run(&import);
        code = result == GRAPH_IMPORT_DONE ? (import.rejected > 0 ? EXIT_NO : EXIT_FINE)
                                           : complain(arguments, "%s", import.message);
        summarise(arguments, &import);
        code = close_database(arguments, import.db, code);
    }
    if (import.rejects && fclose(import.rejects) != 0) {
        code = complain(arguments, "%s: %s", arguments->rejects, strerror(errno));
    }
    return code;
}

/* ---- stat ---- */

int run_graph_stat(const struct arguments *arguments)
{
    struct graph_reading reading;
    if (!graph_begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    quire_graph_stat stat;
    int status = quire_graph_stat_get(reading.graph, &stat);
    if (status != QUIRE_OK) {
        return graph_end_reading(arguments, &reading, graph_complain(arguments, &reading, status));
    }
    const struct {
        const char *text, *json;
        uint64_t value;
    } rows[] = {{"nodes", "nodes", stat.nodes},
                {"edges", "edges", stat.edges},
                {"next node", "next_node", stat.next_node},
                {"next edge", "next_edge", stat.next_edge},
                {"labels", "labels", stat.labels},
                {"edge types", "edge_types", stat.edge_types},
                {"properties", "properties", stat.properties},
                {"indexes", "indexes", stat.indexes},
                {"changes", "changes", stat.changes}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (arguments->json) {
            printf("%s\"%s\": %" PRIu64, i == 0 ? "{" : ", ", rows[i].json, rows[i].value);
        } else {
            printf("%-12s %" PRIu64 "\n", rows[i].text, rows[i].value);
        }
    }
    fputs(arguments->json ? "}\n" : "", stdout);
    return graph_end_reading(arguments, &reading, EXIT_FINE);
}

/* ---- check ---- */

static void show_violation(void *context, const quire_graph_violation *violation)
{
    struct context *command = context;
    progress_end(command->arguments);
    if (command->arguments->json) {
        printf("%s\n  {\"rule\": \"%s\", \"node\": %" PRIu64 ", \"edge\": %" PRIu64 ", \"message\": ",
               command->count > 0 ? "," : "", violation->rule, violation->node, violation->edge);
        json_string(stdout, violation->message, strlen(violation->message));
        putchar('}');
    } else if (violation->edge) {
        printf("edge %" PRIu64 " breaks %s: %s\n", violation->edge, violation->rule, violation->message);
    } else if (violation->node) {
        printf("node %" PRIu64 " breaks %s: %s\n", violation->node, violation->rule, violation->message);
    } else {
        printf("the graph breaks %s: %s\n", violation->rule, violation->message);
    }
    command->count++;
}

static int show_records(void *context, uint64_t done, uint64_t total)
{
    const struct context *command = context;
    progress_show(command->arguments, done, total, "records");
    return 0;
}

int run_graph_check(const struct arguments *arguments)
{
    struct graph_reading reading;
    struct context context = {arguments, 0};
    if (!graph_begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    fputs(arguments->json ? "{\"violations\": [" : "", stdout);
    int status = quire_graph_check(reading.graph, show_violation, &context, show_records, &context);
    fputs(arguments->json ? "]}\n" : "", stdout);
    int code = EXIT_FINE;
    if (status == QUIRE_CORRUPT && context.count > 0) {
        code = EXIT_NO;
    } else if (status != QUIRE_OK) {
        code = graph_complain(arguments, &reading, status);
    } else if (!arguments->json && !arguments->quiet) {
        progress_end(arguments);
        printf("%s: no violations in the graph %s\n", arguments->words[0], arguments->graph);
    }
    return graph_end_reading(arguments, &reading, code);
}
