/*
 * What compare-bench has to say: a table for people, CSV with a row for each
 * engine, JSON with the engines' counters, and a plot of the rates.
 */
#define _POSIX_C_SOURCE 200809L

#include "compare_bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* The figures of one engine. Times in their units; ratio: quire's rate over this engine's, where quire takes part. */
struct figures {
    double median_ms, min_ms, max_ms, rate, ratio;
    double operation_p50_us, operation_p99_us, commit_p50_us, commit_p99_us;
    double logged_per_operation, written_per_operation;
};

static double percentile_us(const float *sorted, size_t count, double share)
{
    return count == 0 ? 0 : 1e-3 * (double)sorted[(size_t)((double)(count - 1) * share)];
}

/* Of an even number the mean of the two in the middle. */
static double median_seconds(const struct result *result)
{
    size_t middle = result->repeats / 2;
    return result->repeats % 2 ? result->seconds[middle] : (result->seconds[middle - 1] + result->seconds[middle]) / 2;
}

/* quire stands first, if at all. */
static int has_quire(const struct result *results)
{
    return strcmp(results[0].engine->name, "quire") == 0;
}

static struct figures figures_of(const struct bench_options *options, const struct result *results, size_t which)
{
    const struct result *result = &results[which];
    double operations = (double)bench_operations(options);
    double median = median_seconds(result);
    struct figures figures = {.median_ms = 1e3 * median,
                              .min_ms = 1e3 * result->seconds[0],
                              .max_ms = 1e3 * result->seconds[result->repeats - 1],
                              .rate = operations / median,
                              .operation_p50_us = percentile_us(result->operations, result->operation_count, 0.5),
                              .operation_p99_us = percentile_us(result->operations, result->operation_count, 0.99),
                              .commit_p50_us = percentile_us(result->commits, result->commit_count, 0.5),
                              .commit_p99_us = percentile_us(result->commits, result->commit_count, 0.99),
                              .logged_per_operation = (double)result->last.logged_bytes / operations,
                              .written_per_operation = (double)result->last.written_bytes / operations};
    if (has_quire(results)) {
        figures.ratio = median / median_seconds(&results[0]);
    }
    return figures;
}

static const char *tx_mode(const struct bench_options *options)
{
    return options->read_with_write ? "read-with-write" : "commit";
}

static const char *order(const struct bench_options *options)
{
    return options->ascending ? "ascending" : "random";
}

static const char *in_place(const struct bench_options *options)
{
    return options->in_place ? "on" : "off";
}

static const char *writemap(const struct bench_options *options)
{
    return options->writemap ? "on" : "off";
}

/* Whether the timed part ends with one. */
static const char *checkpoint(const struct bench_options *options)
{
    return options->checkpoint ? "at the end" : "none";
}

static unsigned long long number(uint64_t value)
{
    return (unsigned long long)value;
}

/* How often the engine ran one in the timed part of the last repeat; NULL where it does not say. */
static const quire_counter *checkpoints_of(const struct result *result)
{
    for (size_t i = 0; i < result->last.counter_count; i++) {
        if (strcmp(result->last.counters[i].name, "checkpoints") == 0) {
            return &result->last.counters[i];
        }
    }
    return NULL;
}

/* ---- The table ---- */

static void print_settings(const struct bench_options *options)
{
    printf("mode %s, docs %llu, shape %s, commit every %llu, tx-mode %s, put-many group %llu, order %s, sync %s, "
           "threads %llu, in-place %s, slots V%d, writemap %s, page size %u, cache %u MiB, log %u bytes, seed %llu, "
           "repeats %llu\n\n",
           mode_names[options->mode], number(options->docs), shape_names[options->shape], number(options->commit_every),
           tx_mode(options), number(options->put_many_group), order(options), sync_names[options->sync],
           number(options->threads), in_place(options), options->slots, writemap(options), (unsigned)options->page_size,
           (unsigned)options->cache_mib, (unsigned)options->log_bytes, number(options->seed), number(options->repeat));
}

static void print_head(int shows_ratio)
{
    printf("%-11s %4s %10s %10s %10s %10s", "database", "runs", "median ms", "min ms", "max ms", "ops/s");
    if (shows_ratio) {
        printf(" %6s", "ratio");
    }
    printf(" %9s %9s %10s %8s %9s %9s %9s %7s %7s\n", "op p50 us", "op p99 us", "commit p99", "mem MiB", "disk MiB",
           "log B/op", "write B/op", "syncs", "ckpts");
}

static void print_row(const struct result *result, struct figures f, int shows_ratio)
{
    char checkpoints[24] = "-";
    const quire_counter *counter = checkpoints_of(result);
    if (counter) {
        snprintf(checkpoints, sizeof checkpoints, "%llu", number(counter->value));
    }
    printf("%-11s %4zu %10.2f %10.2f %10.2f %10.0f", result->engine->name, result->repeats, f.median_ms, f.min_ms,
           f.max_ms, f.rate);
    if (shows_ratio) {
        printf(" %6.2f", f.ratio);
    }
    printf(" %9.2f %9.2f %10.2f %8.1f %9.1f %9.1f %9.1f %7llu %7s\n", f.operation_p50_us, f.operation_p99_us,
           f.commit_p99_us, (double)result->peak_bytes / 1048576, (double)result->last.disk_bytes / 1048576,
           f.logged_per_operation, f.written_per_operation, number(result->last.syncs), checkpoints);
}

/* Those that are not zero. */
static void print_counters(const struct result *result)
{
    const struct outcome *last = &result->last;
    for (size_t i = 0; i < last->counter_count; i++) {
        if (i == 0) {
            printf("\n%s, counters of the last repeat's timed part:\n", result->engine->name);
        }
        if (last->counters[i].value > 0) {
            printf("%s %llu\n", last->counters[i].name, number(last->counters[i].value));
        }
    }
}

static void print_table(const struct bench_options *options, const struct result *results, size_t count)
{
    int shows_ratio = has_quire(results);
    print_settings(options);
    print_head(shows_ratio);
    for (size_t i = 0; i < count; i++) {
        print_row(&results[i], figures_of(options, results, i), shows_ratio);
    }
    printf("\n%sAn operation is a call (a run, a scan, a range), and some are timed.\n"
           "mem: the most the process had until then. log, write: bytes written to the log, and to all files. syncs, "
           "ckpts "
           "(checkpoints,\n"
           "where an engine counts them): while timed%s.\n",
           shows_ratio ? "ratio: quire's rate over this one's. " : "",
           options->checkpoint ? ", the one at the end included" : "");
    for (size_t i = 0; options->profile && i < count; i++) {
        print_counters(&results[i]);
    }
}

/* ---- Fields: what CSV and JSON say, said once ---- */

enum { FIELDS_MAX = 48 };
struct field {
    const char *name;
    int is_text;
    char value[48]; /* empty: there is none */
};
struct fields {
    size_t count;
    struct field all[FIELDS_MAX];
};

static char *add(struct fields *fields, const char *name, int is_text)
{
    struct field *field = &fields->all[fields->count++];
    *field = (struct field){.name = name, .is_text = is_text};
    return field->value;
}

static void add_text(struct fields *fields, const char *name, const char *text)
{
    snprintf(add(fields, name, 1), sizeof fields->all[0].value, "%s", text);
}

static void add_number(struct fields *fields, const char *name, uint64_t value)
{
    snprintf(add(fields, name, 0), sizeof fields->all[0].value, "%llu", number(value));
}

static void add_real(struct fields *fields, const char *name, double value)
{
    snprintf(add(fields, name, 0), sizeof fields->all[0].value, "%.3f", value);
}

/* The same for all engines of a run. */
static void add_settings(struct fields *fields, const struct bench_options *options)
{
    add_text(fields, "mode", mode_names[options->mode]);
    add_number(fields, "docs", options->docs);
    add_text(fields, "shape", shape_names[options->shape]);
    add_number(fields, "commit_every", options->commit_every);
    add_text(fields, "tx_mode", tx_mode(options));
    add_number(fields, "put_many_group", options->put_many_group);
    add_text(fields, "order", order(options));
    add_text(fields, "sync", sync_names[options->sync]);
    add_text(fields, "checkpoint", checkpoint(options));
    add_number(fields, "threads", options->threads);
    add_text(fields, "in_place", in_place(options));
    add_number(fields, "slots", options->slots);
    add_text(fields, "writemap", writemap(options));
    add_number(fields, "page_size", options->page_size);
    add_number(fields, "cache_mib", options->cache_mib);
    add_number(fields, "log_bytes", options->log_bytes);
    add_number(fields, "seed", options->seed);
    add_text(fields, "metrics", options->profile ? "on" : "off");
}

static void add_engine(struct fields *fields, const struct result *result)
{
    add_text(fields, "database", result->engine->name);
    add_text(fields, "version", result->engine->version());
}

static void add_figures(struct fields *fields, const struct bench_options *options, const struct result *results,
                        size_t which)
{
    const struct result *result = &results[which];
    struct figures f = figures_of(options, results, which);
    add_number(fields, "repeats", result->repeats);
    add_real(fields, "median_ms", f.median_ms);
    add_real(fields, "min_ms", f.min_ms);
    add_real(fields, "max_ms", f.max_ms);
    add_real(fields, "ops_per_s", f.rate);
    if (has_quire(results)) {
        add_real(fields, "ratio", f.ratio);
    } else {
        (void)add(fields, "ratio", 0);
    }
    add_real(fields, "op_p50_us", f.operation_p50_us);
    add_real(fields, "op_p99_us", f.operation_p99_us);
    add_real(fields, "commit_p50_us", f.commit_p50_us);
    add_real(fields, "commit_p99_us", f.commit_p99_us);
    add_number(fields, "peak_bytes", result->peak_bytes);
    add_number(fields, "disk_bytes", result->last.disk_bytes);
    add_number(fields, "logged_bytes", result->last.logged_bytes);
    add_number(fields, "written_bytes", result->last.written_bytes);
    add_number(fields, "syncs", result->last.syncs);
    const quire_counter *checkpoints = checkpoints_of(result);
    if (checkpoints) {
        add_number(fields, "checkpoints", checkpoints->value);
    } else {
        (void)add(fields, "checkpoints", 0);
    }
    add_real(fields, "checkpoint_ms", 1e3 * result->last.checkpoint_seconds);
}

/* ---- Files ---- */

static FILE *create(const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "compare-bench: %s: %s\n", path, strerror(errno));
    }
    return out;
}

static int finish(FILE *out, const char *path)
{
    int failed = ferror(out);
    failed |= fclose(out) != 0;
    if (failed) {
        fprintf(stderr, "compare-bench: %s: could not be written\n", path);
    }
    return !failed;
}

static void csv_head(FILE *out, const struct fields *fields, const struct outcome *quire)
{
    for (size_t i = 0; i < fields->count; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : ",", fields->all[i].name);
    }
    for (size_t i = 0; i < quire->counter_count; i++) {
        fprintf(out, ",quire_%s", quire->counters[i].name);
    }
    fputs("\n", out);
}

/* The columns of quire's counters are empty for the others. */
static void csv_line(FILE *out, const struct fields *fields, const struct outcome *quire, int is_quire)
{
    for (size_t i = 0; i < fields->count; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : ",", fields->all[i].value);
    }
    for (size_t i = 0; i < quire->counter_count; i++) {
        fputs(",", out);
        if (is_quire) {
            fprintf(out, "%llu", number(quire->counters[i].value));
        }
    }
    fputs("\n", out);
}

static int write_csv(const struct bench_options *options, const struct result *results, size_t count)
{
    static const struct outcome none;
    const struct outcome *quire = has_quire(results) ? &results[0].last : &none;
    FILE *out = create(options->csv);
    if (!out) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct fields fields = {.count = 0};
        add_engine(&fields, &results[i]);
        add_settings(&fields, options);
        add_figures(&fields, options, results, i);
        if (i == 0) {
            csv_head(out, &fields, quire);
        }
        csv_line(out, &fields, quire, i == 0);
    }
    return finish(out, options->csv);
}

static void json_counters(FILE *out, const struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->counter_count; i++) {
        fprintf(out, "%s\"%s\": %llu", i == 0 ? "" : ", ", outcome->counters[i].name,
                number(outcome->counters[i].value));
    }
}

/* The members of an object; one that has no value is left out. */
static void json_fields(FILE *out, const struct fields *fields)
{
    const char *separator = "";
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->all[i];
        const char *quote = field->is_text ? "\"" : "";
        if (field->value[0] != '\0') {
            fprintf(out, "%s\"%s\": %s%s%s", separator, field->name, quote, field->value, quote);
            separator = ", ";
        }
    }
}

static void json_result(FILE *out, const struct bench_options *options, const struct result *results, size_t which)
{
    const struct result *result = &results[which];
    struct fields fields = {.count = 0};
    add_engine(&fields, result);
    add_figures(&fields, options, results, which);
    fputs("  {", out);
    json_fields(out, &fields);
    fputs(",\n   \"seconds\": [", out);
    for (size_t i = 0; i < result->repeats; i++) {
        fprintf(out, "%s%.9f", i == 0 ? "" : ", ", result->seconds[i]);
    }
    fputs("],\n   \"counters\": {", out);
    json_counters(out, &result->last);
    fputs("}}", out);
}

static int write_json(const struct bench_options *options, const struct result *results, size_t count)
{
    FILE *out = create(options->json);
    if (!out) {
        return 0;
    }
    struct fields fields = {.count = 0};
    add_settings(&fields, options);
    add_number(&fields, "repeats", options->repeat);
    add_number(&fields, "operations", bench_operations(options));
    fputs("{", out);
    json_fields(out, &fields);
    fputs(",\n \"results\": [\n", out);
    for (size_t i = 0; i < count; i++) {
        json_result(out, options, results, i);
        fputs(i + 1 < count ? ",\n" : "\n", out);
    }
    fputs(" ]}\n", out);
    return finish(out, options->json);
}

/* A bar for each engine, from its slowest repeat to its fastest the whisker. */
static int draw_plot(const struct bench_options *options, const struct result *results, size_t count)
{
    FILE *gnuplot = popen("gnuplot", "w");
    if (!gnuplot) {
        fprintf(stderr, "compare-bench: --plot: gnuplot: %s\n", strerror(errno));
        return 0;
    }
    double operations = (double)bench_operations(options);
    fprintf(gnuplot,
            "set terminal svg size 640,400 noenhanced\nset output \"%s\"\n"
            "set title \"%s, %llu documents, commit every %llu, %s\"\n"
            "set ylabel \"operations in a second\"\nset yrange [0:*]\nset format y \"%%.0s%%c\"\nset grid y\n"
            "set style fill solid 0.6\nset boxwidth 0.6\nunset key\n$rates << END\n",
            options->plot, mode_names[options->mode], number(options->docs), number(options->commit_every),
            sync_names[options->sync]);
    for (size_t i = 0; i < count; i++) {
        const double *seconds = results[i].seconds;
        fprintf(gnuplot, "%zu %s %.1f %.1f %.1f\n", i, results[i].engine->name,
                operations / median_seconds(&results[i]), operations / seconds[results[i].repeats - 1],
                operations / seconds[0]);
    }
    fputs("END\nplot $rates using 1:3:xtic(2) with boxes, $rates using 1:3:4:5 with yerrorbars lc \"black\" pt 0\n",
          gnuplot);
    int status = pclose(gnuplot);
    if (status != 0) {
        fprintf(stderr, "compare-bench: --plot: gnuplot %s\n",
                WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "is not installed (package gnuplot-nox)" : "failed");
    }
    return status == 0;
}

int bench_report(const struct bench_options *options, const struct result *results, size_t count)
{
    print_table(options, results, count);
    int ok = !options->csv || write_csv(options, results, count);
    ok = ok && (!options->json || write_json(options, results, count));
    return ok && (!options->plot || draw_plot(options, results, count));
}
