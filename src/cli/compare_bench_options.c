/* The command line of compare-bench: one table of options, each with the function that takes its argument. */
#define _POSIX_C_SOURCE 200809L

#include "compare_bench.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const mode_names[MODES] = {"reads-only", "inserts-only", "mixed", "update", "churn", "scan", "range"};
const char *const sync_names[3] = {"full", "normal", "off"};
const char *const shape_names[SHAPES] = {"int", "url", "blob100", "blob1k"};

static const char *const switches[] = {"off", "on"};
static const char *const orders[] = {"random", "ascending"};
static const char *const tx_modes[] = {"commit", "read-with-write"};

enum option_kind { TAKES_NUMBER, TAKES_WORD, TAKES_TEXT, TAKES_NOTHING };

/* A number is from `least` to `most`; a word is one of `most` words, and stands for its index. */
struct option_row {
    const char *name, *argument, *help;
    enum option_kind kind;
    const char *const *words;
    uint64_t least, most;
    size_t offset, width; /* of the field of struct bench_options that it sets */
};

#define FIELD(name) offsetof(struct bench_options, name), sizeof(((struct bench_options *)0)->name)

/* What every engine takes. */
enum { LOG_LEAST = 128 << 10, LOG_MOST = 1 << 30 };

enum { OPTION_COUNT = 26 };
static const struct option_row rows[OPTION_COUNT] = {
    {"mode", "MODE", "reads-only, inserts-only (default), mixed, update, churn, scan or range", TAKES_WORD, mode_names,
     0, MODES, FIELD(mode)},
    {"docs", "N", "records (default 10000)", TAKES_NUMBER, NULL, 1, 1000000000, FIELD(docs)},
    {"commit-every", "N", "operations in a transaction, rounded up to whole runs (default 1)", TAKES_NUMBER, NULL, 1,
     1000000000, FIELD(commit_every)},
    {"tx-mode", "MODE", "mixed: commit (reads in a transaction of their own) or read-with-write", TAKES_WORD, tx_modes,
     0, 2, FIELD(read_with_write)},
    {"put-many-group", "N", "sorted runs of N, 1 to 1024 (default 1: one by one)", TAKES_NUMBER, NULL, 1, GROUP_MAX,
     FIELD(put_many_group)},
    {"order", "ORDER", "random (default) or ascending keys", TAKES_WORD, orders, 0, 2, FIELD(ascending)},
    {"shape", "SHAPE", "int (8-byte keys and values; default), url, blob100 or blob1k", TAKES_WORD, shape_names, 0,
     SHAPES, FIELD(shape)},
    {"seed", "N", "of the keys (default 42)", TAKES_NUMBER, NULL, 0, UINT64_MAX, FIELD(seed)},
    {"sync", "MODE", "full (default), normal or off", TAKES_WORD, sync_names, 0, 3, FIELD(sync)},
    {"checkpoint", NULL, "the timed part ends with a checkpoint, whatever an engine has of that kind", TAKES_NOTHING,
     NULL, 0, 0, FIELD(checkpoint)},
    {"threads", "N", "readers at once, each with all operations (default 1)", TAKES_NUMBER, NULL, 1, THREADS_MAX,
     FIELD(threads)},
    {"in-place", "on|off", "quire: edit leaves in place, or rebuild each (default on)", TAKES_WORD, switches, 0, 2,
     FIELD(in_place)},
    {"slots", "1|2|3", "quire: slot directory (default 3)", TAKES_NUMBER, NULL, 1, 3, FIELD(slots)},
    {"writemap", "on|off", "LMDB: write through its mapping, where bytes are not counted (default off)", TAKES_WORD,
     switches, 0, 2, FIELD(writemap)},
    {"page-size", "BYTES", "of engines that let it be set (default 8192)", TAKES_NUMBER, NULL, 512, 32768,
     FIELD(page_size)},
    {"log-bytes", "BYTES", "of log before a checkpoint, of engines that have a log (default 64 MiB)", TAKES_NUMBER,
     NULL, LOG_LEAST, LOG_MOST, FIELD(log_bytes)},
    {"cache", "MIB", "of engines that let it be set (default 1024)", TAKES_NUMBER, NULL, 1, 65536, FIELD(cache_mib)},
    {"databases", "LIST", "such as quire,sqlite,lmdb (default all that were built in)", TAKES_TEXT, NULL, 0, 0,
     FIELD(databases)},
    {"repeat", "N", "interleaved repeats, medians are shown (default 5)", TAKES_NUMBER, NULL, 1, REPEAT_MAX,
     FIELD(repeat)},
    {"seconds", "N", "an engine that has run so long sits out the other repeats (default: none does)", TAKES_NUMBER,
     NULL, 1, 1000000, FIELD(seconds)},
    {"folder", "PATH", "where a folder for the databases is made (by default among temporary files)", TAKES_TEXT, NULL,
     0, 0, FIELD(base)},
    {"csv", "FILE", "the table and quire's counters as CSV", TAKES_TEXT, NULL, 0, 0, FIELD(csv)},
    {"json", "FILE", "the table and the engines' counters as JSON", TAKES_TEXT, NULL, 0, 0, FIELD(json)},
    {"plot", "FILE", "the rates as an SVG, drawn by gnuplot", TAKES_TEXT, NULL, 0, 0, FIELD(plot)},
    {"metrics", NULL, "print the engines' counters; quire's are switched on", TAKES_NOTHING, NULL, 0, 0,
     FIELD(profile)},
    {"help", NULL, "this text", TAKES_NOTHING, NULL, 0, 0, 0, 0}};

static void help(void)
{
    fputs("usage: compare-bench [OPTION...]\n"
          "quire and its peers on the same stream of operations, interleaved, one run.\n\n",
          stdout);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char left[40];
        snprintf(left, sizeof left, "--%s %s", rows[i].name, rows[i].argument ? rows[i].argument : "");
        printf("  %-22s %s\n", left, rows[i].help);
    }
    fputs("\ndatabases built in:", stdout);
    for (size_t i = 0; bench_engines[i]; i++) {
        printf(" %s", bench_engines[i]->name);
    }
    fputs("\n", stdout);
}

static int refuse_number(const struct option_row *row, const char *text)
{
    fprintf(stderr, "compare-bench: --%s takes a number from %llu to %llu, not \"%s\" (see --help)\n", row->name,
            (unsigned long long)row->least, (unsigned long long)row->most, text);
    return 0;
}

static int refuse_word(const struct option_row *row, const char *text)
{
    fprintf(stderr, "compare-bench: --%s takes", row->name);
    for (uint64_t i = 0; i < row->most; i++) {
        fprintf(stderr, "%s %s", i == 0 ? "" : i + 1 == row->most ? " or" : ",", row->words[i]);
    }
    fprintf(stderr, ", not \"%s\" (see --help)\n", text);
    return 0;
}

/* The argument as a number: itself, or the index of the word. */
static int take_argument(const struct option_row *row, const char *text, uint64_t *value)
{
    if (row->kind == TAKES_WORD) {
        for (*value = 0; *value < row->most; ++*value) {
            if (strcmp(row->words[*value], text) == 0) {
                return 1;
            }
        }
        return refuse_word(row, text);
    }
    if (row->kind == TAKES_NUMBER) {
        char *end;
        errno = 0;
        unsigned long long number = strtoull(text, &end, 10);
        if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || number < row->least || number > row->most) {
            return refuse_number(row, text);
        }
        *value = number;
    }
    return 1;
}

static void keep_number(struct bench_options *options, const struct option_row *row, uint64_t value)
{
    void *field = (char *)options + row->offset;
    if (row->width == sizeof(uint8_t)) {
        *(uint8_t *)field = (uint8_t)value;
    } else if (row->width == sizeof(uint32_t)) {
        uint32_t narrow = (uint32_t)value;
        memcpy(field, &narrow, sizeof narrow);
    } else {
        memcpy(field, &value, sizeof value);
    }
}

static int take(struct bench_options *options, const struct option_row *row, const char *text)
{
    uint64_t value = 1;
    if (!take_argument(row, text, &value)) {
        return 0;
    }
    if (row->kind == TAKES_TEXT) {
        memcpy((char *)options + row->offset, &text, sizeof text);
    } else {
        keep_number(options, row, value);
    }
    return 1;
}

/* 1 if `name` is one of the words of a list. */
static int list_has(const char *list, const char *name, size_t size)
{
    while (*list != '\0') {
        size_t word = strcspn(list, ",");
        if (word == size && strncmp(list, name, size) == 0) {
            return 1;
        }
        list += word + (list[word] == ',');
    }
    return 0;
}

int bench_chosen(const struct bench_options *options, const struct bench_engine *engine)
{
    return strcmp(options->databases, "all") == 0 || list_has(options->databases, engine->name, strlen(engine->name));
}

static int check_databases(const char *list)
{
    for (const char *word = list; strcmp(list, "all") != 0 && *word != '\0';) {
        size_t size = strcspn(word, ",");
        size_t i = 0;
        while (bench_engines[i] &&
               (strlen(bench_engines[i]->name) != size || strncmp(bench_engines[i]->name, word, size) != 0)) {
            i++;
        }
        if (!bench_engines[i]) {
            fprintf(stderr, "compare-bench: --databases: \"%.*s\" is not built in (see --help)\n", (int)size, word);
            return 0;
        }
        word += size + (word[size] == ',');
    }
    return 1;
}

/* Before hours go into a run whose results cannot be left there. Makes the file, if it is not there. */
static int check_writable(const char *path, struct stat *state)
{
    FILE *file = fopen(path, "a");
    int ok = file && fstat(fileno(file), state) == 0;
    if (file) {
        ok = fclose(file) == 0 && ok;
    }
    if (!ok) {
        fprintf(stderr, "compare-bench: %s: %s\n", path, strerror(errno));
    }
    return ok;
}

/* Whatever it is called, a file takes one of them. What is no file, such as /dev/null, takes all. */
static int check_outputs(const struct bench_options *options)
{
    const char *const paths[] = {options->csv, options->json, options->plot};
    static const char *const names[] = {"csv", "json", "plot"};
    struct stat states[3];
    for (size_t i = 0; i < 3; i++) {
        if (paths[i] && !check_writable(paths[i], &states[i])) {
            return 0;
        }
        for (size_t j = 0; j < i; j++) {
            if (paths[i] && paths[j] && S_ISREG(states[i].st_mode) && states[i].st_ino == states[j].st_ino &&
                states[i].st_dev == states[j].st_dev) {
                fprintf(stderr, "compare-bench: --%s and --%s name the same file\n", names[j], names[i]);
                return 0;
            }
        }
    }
    return 1;
}

/* What each option allows by itself, and the whole does not. */
static int check(const struct bench_options *options)
{
    enum bench_mode mode = options->mode;
    if (options->threads > 1 && mode != READS_ONLY && mode != SCAN && mode != RANGE) {
        fprintf(stderr, "compare-bench: --threads: there is one writer, so --mode %s takes 1\n", mode_names[mode]);
        return 0;
    }
    if ((options->page_size & (options->page_size - 1)) != 0) {
        fprintf(stderr, "compare-bench: --page-size: %u is no power of two\n", (unsigned)options->page_size);
        return 0;
    }
    if (options->put_many_group > 1 && mode != INSERTS_ONLY && mode != MIXED) {
        fprintf(stderr, "compare-bench: --put-many-group: --mode %s puts no runs\n", mode_names[mode]);
        return 0;
    }
    if (options->checkpoint && (mode == READS_ONLY || mode == SCAN || mode == RANGE)) {
        fprintf(stderr, "compare-bench: --checkpoint: --mode %s writes nothing\n", mode_names[mode]);
        return 0;
    }
    if (options->read_with_write && mode != MIXED) {
        fprintf(stderr, "compare-bench: --tx-mode: --mode %s does not both read and write\n", mode_names[mode]);
        return 0;
    }
    /* gnuplot takes the name in quotes of its own language. */
    if (options->plot && strpbrk(options->plot, "\"'`\\\n")) {
        fprintf(stderr, "compare-bench: --plot: no quotes, backslashes and line ends in the name\n");
        return 0;
    }
    return check_databases(options->databases) && check_outputs(options);
}

/* No commit cuts a run: a transaction that would end within one ends with it. */
static void end_with_runs(struct bench_options *options)
{
    uint64_t group = options->put_many_group;
    options->commit_every = (options->commit_every + group - 1) / group * group;
}

int bench_parse(int count, char **words, struct bench_options *options, int *code)
{
    struct option names[OPTION_COUNT + 1] = {{NULL, 0, NULL, 0}};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        names[i].name = rows[i].name;
        names[i].has_arg = rows[i].argument != NULL;
    }
    int index = 0;
    *code = 2;
    for (int letter; (letter = getopt_long(count, words, "", names, &index)) != -1;) {
        if (letter != '?' && strcmp(rows[index].name, "help") == 0) {
            help();
            *code = 0;
            return 0;
        }
        if (letter == '?' || !take(options, &rows[index], optarg)) {
            return 0;
        }
    }
    if (optind < count) {
        fprintf(stderr, "compare-bench: what is \"%s\"? (see --help)\n", words[optind]);
        return 0;
    }
    end_with_runs(options);
    return check(options);
}
