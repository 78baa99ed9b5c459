/* The command line: one table of options, and for each command the letters it takes. */
#include "graph_import.h"

#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row {
    char letter;
    const char *name;
    const char *argument; /* NULL: none */
    const char *help;
} option_table[] = {
    {'t', "tree", "NAME", "the named tree (without it: the unnamed one)"},
    {'f', "format", "FORMAT", "lines (a key a line), tsv (key, tab, value; default) or dump (mdb_dump's text)"},
    {'b', "batch", "COUNT", "records in one commit (default 10000)"},
    {'s', "slots", "VERSION", "slot directory of new leaves: 1, 2 or 3 (default 3)"},
    {'r', "records", "KIND", "plain (default) or prefix"},
    {'i', "in-place", "on|off", "edit leaves in place, or rebuild each (default on)"},
    {'k', "keep", NULL, "leaves of older versions keep them when they are written"},
    {'p', "page-size", "BYTES", "of a new file: 512 to 32768 (default 8192)"},
    {'c', "cache", "MIB", "page cache (default 64)"},
    {'y', "sync", "MODE", "full (default), normal or off"},
    {'w', "wait", "MS", "how long to wait for a database in use (default 0)"},
    {'n', "insert-only", NULL, "a key that exists is an error"},
    {'a', "report-commits", NULL, "print the count of records after each commit"},
    {'x', "prefix", "BYTES", "only keys that begin so"},
    {'g', "from", "KEY", "only keys at or after this one"},
    {'u', "to", "KEY", "only keys before this one"},
    {'l', "limit", "COUNT", "at most so many records"},
    {'v', "reverse", NULL, "from the last key to the first"},
    {'o', "keys", NULL, "keys alone"},
    {'e', "hex", NULL, "keys and values are hex digits"},
    {'j', "json", NULL, "for programs; bytes beyond ASCII as \\u0080 to \\u00ff"},
    {'G', "graph", "NAME", "the graph (default main)"},
    {'N', "nodes", "FILE", "a file of nodes, - for the standard stream; may be given several times"},
    {'E', "edges", "FILE", "a file of edges, - for the standard stream; may be given several times"},
    {'A', "tabs", NULL, "fields are separated by tabs, not commas"},
    {'R', "rejects", "FILE", "rows that cannot be taken go there; without it the first one ends the import"},
    {'T', "trusted", NULL, "do not look endpoints up again that their keys have found"},
    {'F', "forget", NULL, "forget the import before: import these files from their first rows"},
    {'M', "edge-cache", "COUNT", "nodes whose existence a batch remembers (default 8192)"},
    {'D', "direction", "WAY", "along edges that go out (default), come in, or both"},
    {'Y', "type", "NAME", "only edges of this type"},
    {'P', "depth", "COUNT", "every node within so many steps, once"},
    {'U', "distinct", NULL, "each neighbor once, however many edges lead to it"},
    {'C', "count", NULL, "print how many there are, not which"},
    {'q', "quiet", NULL, "no progress line, no summary"},
    {'h', "help", NULL, "this text"},
};
enum { GRAPH_FILES_MOST = 64 };
enum { OPTION_COUNT = sizeof option_table / sizeof option_table[0] };

static void help_command(FILE *out, const struct command *command)
{
    fprintf(out, "usage: quire %s %s\n%s\n\noptions:\n", command->name, command->synopsis, command->summary);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_table[i];
        if (strchr(command->options, row->letter) || row->letter == 'h') {
            char left[48];
            snprintf(left, sizeof left, "--%s%s%s", row->name, row->argument ? " " : "",
                     row->argument ? row->argument : "");
            fprintf(out, "  -%c, %-22s %s\n", row->letter, left, row->help);
        }
    }
}

static void help_all(FILE *out)
{
    fprintf(out, "usage: quire COMMAND [OPTION...] DATABASE ...\n"
                 "An ordered key/value database in one file. Commands:\n\n");
    for (size_t i = 0; i < command_count; i++) {
        fprintf(out, "  %-15s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(out, "\n`quire COMMAND --help` tells more. Exit codes: 0 fine, 1 no, 2 error.\n");
}

/* A whole number from least to most, or EXIT_ERROR after complaining. */
static int number(const struct arguments *arguments, const char *name, const char *text, uint64_t least, uint64_t most,
                  uint64_t *value)
{
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || parsed < least || parsed > most) {
        return complain(arguments, "--%s takes a number from %llu to %llu, not \"%s\"", name, (unsigned long long)least,
                        (unsigned long long)most, text);
    }
    *value = parsed;
    return EXIT_FINE;
}

/* The index of `text` among the words, or -1 after complaining. */
static int choice(const struct arguments *arguments, const char *name, const char *text, const char *const words[],
                  int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            return i;
        }
    }
    complain(arguments, "--%s does not know \"%s\"", name, text);
    return -1;
}

static int take_number(struct arguments *arguments, const struct option_row *row, const char *text)
{
    uint64_t value = 0;
    int code = EXIT_FINE;
    switch (row->letter) {
    case 'b':
        code = number(arguments, row->name, text, 1, 1000000000, &value);
        arguments->batch = (size_t)value;
        break;
    case 's':
        code = number(arguments, row->name, text, 1, 3, &value);
        arguments->tree_options.slots = (uint8_t)value;
        arguments->tree_options_given = 1;
        break;
    case 'p':
        code = number(arguments, row->name, text, 512, 32768, &value);
        if (code == EXIT_FINE && (value & (value - 1)) != 0) {
            code = complain(arguments, "--page-size takes a power of two, not \"%s\"", text);
        }
        arguments->open.page_size = (uint32_t)value;
        arguments->page_size_given = 1;
        break;
    case 'c':
        code = number(arguments, row->name, text, 1, 1 << 20, &value);
        arguments->open.cache_bytes = (size_t)value << 20;
        break;
    case 'w':
        code = number(arguments, row->name, text, 0, 3600000, &value);
        arguments->open.busy_wait_ms = (uint32_t)value;
        break;
    case 'M':
        code = number(arguments, row->name, text, 0, 1 << 28, &value);
        arguments->edge_cache = (size_t)value;
        break;
    case 'P':
        code = number(arguments, row->name, text, 1, UINT32_MAX, &value);
        arguments->depth = (uint32_t)value;
        break;
    default:
        code = number(arguments, row->name, text, 1, UINT64_MAX, &arguments->limit);
        break;
    }
    return code;
}

static int take_choice(struct arguments *arguments, const struct option_row *row, const char *text)
{
    static const char *const formats[] = {"lines", "tsv", "dump"};
    static const char *const records[] = {"prefix", "plain"};
    static const char *const switches[] = {"off", "on"};
    static const char *const syncs[] = {"full", "normal", "off"};
    static const char *const ways[] = {"out", "in", "both"};
    int index;
    switch (row->letter) {
    case 'f':
        index = choice(arguments, row->name, text, formats, 3);
        arguments->format = (enum text_format)(index < 0 ? 0 : index);
        break;
    case 'r':
        index = choice(arguments, row->name, text, records, 2);
        arguments->tree_options.records = (uint8_t)(index < 0 ? 0 : index);
        arguments->tree_options_given = 1;
        break;
    case 'i':
        index = choice(arguments, row->name, text, switches, 2);
        arguments->tree_options.in_place = (uint8_t)(index < 0 ? 0 : index);
        arguments->tree_options_given = 1;
        break;
    case 'D':
        index = choice(arguments, row->name, text, ways, 3);
        arguments->direction = index + 1;
        break;
    default:
        index = choice(arguments, row->name, text, syncs, 3);
        arguments->open.sync = (quire_sync_mode)(index < 0 ? 0 : index);
        break;
    }
    return index < 0 ? EXIT_ERROR : EXIT_FINE;
}

static void take_switch(struct arguments *arguments, char letter)
{
    switch (letter) {
    case 'k':
        arguments->tree_options.keep = 1;
        arguments->tree_options_given = 1;
        break;
    case 'n':
        arguments->insert_only = 1;
        break;
    case 'a':
        arguments->report_commits = 1;
        break;
    case 'v':
        arguments->reverse = 1;
        break;
    case 'o':
        arguments->keys_only = 1;
        break;
    case 'e':
        arguments->hex = 1;
        break;
    case 'j':
        arguments->json = 1;
        break;
    case 'A':
        arguments->separator = '\t';
        break;
    case 'T':
        arguments->trusted = 1;
        break;
    case 'F':
        arguments->forget = 1;
        break;
    case 'U':
        arguments->distinct = 1;
        break;
    case 'C':
        arguments->count = 1;
        break;
    default:
        arguments->quiet = 1;
        break;
    }
}

/* Files of a graph, in the order in which they were named; they live until the program ends. */
static int take_file(struct arguments *arguments, const char *path, int is_edges)
{
    static struct graph_import_file files[GRAPH_FILES_MOST];
    if (arguments->graph_file_count == GRAPH_FILES_MOST) {
        return complain(arguments, "more than %d files", GRAPH_FILES_MOST);
    }
    files[arguments->graph_file_count++] = (struct graph_import_file){path, is_edges};
    arguments->graph_files = files;
    return EXIT_FINE;
}

static int take(struct arguments *arguments, const struct option_row *row, const char *text)
{
    if (strchr("bspcwlMP", row->letter)) {
        return take_number(arguments, row, text);
    }
    if (strchr("friyD", row->letter)) {
        return take_choice(arguments, row, text);
    }
    switch (row->letter) {
    case 'N':
    case 'E':
        return take_file(arguments, text, row->letter == 'E');
    case 'G':
        arguments->graph = text;
        break;
    case 'R':
        arguments->rejects = text;
        break;
    case 'Y':
        arguments->edge_type = text;
        break;
    case 't':
        arguments->tree = text;
        break;
    case 'x':
        arguments->prefix = text;
        break;
    case 'g':
        arguments->from = text;
        break;
    case 'u':
        arguments->to = text;
        break;
    default:
        take_switch(arguments, row->letter);
        break;
    }
    return EXIT_FINE;
}

static const struct option_row *option_by_letter(int letter)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (option_table[i].letter == letter) {
            return &option_table[i];
        }
    }
    return NULL;
}

/* getopt's tables for one command: it knows every option by name, so that a stray one is named properly. */
static int parse_options(int count, char **words, struct arguments *arguments, const struct command *command)
{
    struct option names[OPTION_COUNT + 1];
    char letters[2 * OPTION_COUNT + 2] = ":";
    memset(names, 0, sizeof names);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        names[i].name = option_table[i].name;
        names[i].has_arg = option_table[i].argument ? required_argument : no_argument;
        names[i].val = option_table[i].letter;
        size_t end = strlen(letters);
        letters[end] = option_table[i].letter;
        letters[end + 1] = option_table[i].argument ? ':' : '\0';
    }
    opterr = 0;
    optind = 1;
    for (int letter; (letter = getopt_long(count, words, letters, names, NULL)) != -1;) {
        const struct option_row *row = option_by_letter(letter);
        if (letter == 'h') {
            help_command(stdout, command);
            return EXIT_NO;
        }
        if (letter == ':') {
            return complain(arguments, "%s needs an argument", words[optind - 1]);
        }
        if (!row) {
            return complain(arguments, "there is no option %s (see quire %s --help)", words[optind - 1], command->name);
        }
        if (!strchr(command->options, letter)) {
            return complain(arguments, "does not take --%s (see quire %s --help)", row->name, command->name);
        }
        int code = take(arguments, row, optarg);
        if (code != EXIT_FINE) {
            return code;
        }
    }
    arguments->words = words + optind;
    arguments->word_count = count - optind;
    return EXIT_FINE;
}

/* The command that the words begin with, and how many of them are its name: one, or two as in "graph import". */
static const struct command *command_by_words(int count, char **words, int *used)
{
    for (size_t i = 0; i < command_count; i++) {
        const char *space = strchr(commands[i].name, ' ');
        size_t first = space ? (size_t)(space - commands[i].name) : strlen(commands[i].name);
        *used = space ? 2 : 1;
        if (strlen(words[0]) == first && memcmp(words[0], commands[i].name, first) == 0 &&
            (!space || (count > 1 && strcmp(words[1], space + 1) == 0))) {
            return &commands[i];
        }
    }
    return NULL;
}

int arguments_parse(int count, char **words, struct arguments *arguments, const struct command **command)
{
    memset(arguments, 0, sizeof *arguments);
    quire_options_init(&arguments->open);
    quire_tree_options_init(&arguments->tree_options);
    arguments->format = FORMAT_TSV;
    arguments->batch = 10000;
    arguments->graph = "main";
    arguments->separator = ',';
    arguments->edge_cache = 8192;
    arguments->direction = QUIRE_GRAPH_OUT;
    *command = NULL;
    if (count < 2) {
        help_all(stderr);
        return EXIT_ERROR;
    }
    if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0 || strcmp(words[1], "help") == 0) {
        help_all(stdout);
        return EXIT_FINE;
    }
    if (strcmp(words[1], "--version") == 0) {
        printf("quire %s\n", QUIRE_VERSION);
        return EXIT_FINE;
    }
    int used;
    const struct command *found = command_by_words(count - 1, words + 1, &used);
    int is_graph = strcmp(words[1], "graph") == 0;
    if (is_graph && (count == 2 || strcmp(words[2], "--help") == 0 || strcmp(words[2], "-h") == 0)) {
        help_all(count == 2 ? stderr : stdout);
        return count == 2 ? EXIT_ERROR : EXIT_FINE;
    }
    if (!found) {
        return complain(arguments, "there is no command \"%s%s%s\" (see quire --help)", words[1], is_graph ? " " : "",
                        is_graph ? words[2] : "");
    }
    arguments->command = found->name;
    int code = parse_options(count - used, words + used, arguments, found);
    if (code != EXIT_FINE) {
        return code == EXIT_NO ? EXIT_FINE : code;
    }
    if (arguments->word_count < found->least_words || arguments->word_count > found->most_words) {
        return complain(arguments, "usage: quire %s %s", found->name, found->synopsis);
    }
    *command = found;
    return EXIT_FINE;
}
