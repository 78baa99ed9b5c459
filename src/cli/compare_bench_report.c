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

/* The figures of one engine. Times in their units; ratio: quire's rate over this engine's, 0 without quire. */
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
    if (strcmp(results[0].engine->name, "quire") == 0) {
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

static unsigned long long number(uint64_t value)
{
    return (unsigned long long)value;
}

/* ---- The table ---- */

static void print_settings(const struct bench_options *options)
{
    printf("mode %s, docs %llu, shape %s, commit every %llu, tx-mode %s, put-many group %llu, order %s, sync %s, "
           "threads %llu, in-place %s, slots V%d, page size %u, cache %u MiB, seed %llu, repeats %llu\n\n",
           mode_names[options->mode], number(options->docs), shape_names[options->shape], number(options->commit_every),
           tx_mode(options), number(options->put_many_group), order(options), sync_names[options->sync],
           number(options->threads), in_place(options), options->slots, (unsigned)options->page_size,
           (unsigned)options->cache_mib, number(options->seed), number(options->repeat));
}

static void print_table(const struct bench_options *options, const struct result *results, size_t count)
{
    print_settings(options);
    printf("%-11s %4s %10s %10s %10s %10s %6s %9s %9s %10s %8s %9s %9s %9s %7s\n", "database", "runs", "median ms",
           "min ms", "max ms", "ops/s", "ratio", "op p50 us", "op p99 us", "commit p99", "mem MiB", "disk MiB",
           "log B/op", "write B/op", "syncs");
    for (size_t i = 0; i < count; i++) {
        struct figures f = figures_of(options, results, i);
        printf("%-11s %4zu %10.2f %10.2f %10.2f %10.0f %6.2f %9.2f %9.2f %10.2f %8.1f %9.1f %9.1f %9.1f %7llu\n",
               results[i].engine->name, results[i].repeats, f.median_ms, f.min_ms, f.max_ms, f.rate, f.ratio,
               f.operation_p50_us, f.operation_p99_us, f.commit_p99_us, (double)results[i].peak_bytes / 1048576,
               (double)results[i].last.disk_bytes / 1048576, f.logged_per_operation, f.written_per_operation,
               number(results[i].last.syncs));
    }
    printf(
        "\nratio: quire's rate over this one's. An operation is a call (a run, a scan, a range), and some are timed.\n"
        "mem: the most the process had. log, write: bytes written to the log, and to all files. syncs: while timed.\n");
    for (size_t i = 0; options->profile && i < count; i++) {
        if (results[i].last.text[0] != '\0') {
            printf("\n%s, counters of the last repeat:\n%s", results[i].engine->name, results[i].last.text);
        }
    }
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

static int write_csv(const struct bench_options *options, const struct result *results, size_t count)
{
    FILE *out = create(options->csv);
    if (!out) {
        return 0;
    }
    fprintf(out, "database,version,mode,docs,shape,commit_every,tx_mode,put_many_group,order,sync,threads,in_place,"
                 "slots,page_size,seed,repeats,median_ms,min_ms,max_ms,ops_per_s,ratio,op_p50_us,op_p99_us,"
                 "commit_p50_us,commit_p99_us,peak_bytes,disk_bytes,logged_bytes,written_bytes,syncs\n");
    for (size_t i = 0; i < count; i++) {
        const struct outcome *last = &results[i].last;
        struct figures f = figures_of(options, results, i);
        fprintf(out, "%s,%s,%s,%llu,%s,%llu,%s,%llu,%s,%s,%llu,%s,%d,%u,%llu,%llu,", results[i].engine->name,
                results[i].engine->version(), mode_names[options->mode], number(options->docs),
                shape_names[options->shape], number(options->commit_every), tx_mode(options),
                number(options->put_many_group), order(options), sync_names[options->sync], number(options->threads),
                in_place(options), options->slots, (unsigned)options->page_size, number(options->seed),
                number(results[i].repeats));
        fprintf(out, "%.3f,%.3f,%.3f,%.0f,%.3f,%.3f,%.3f,%.3f,%.3f,%llu,%llu,%llu,%llu,%llu\n", f.median_ms, f.min_ms,
                f.max_ms, f.rate, f.ratio, f.operation_p50_us, f.operation_p99_us, f.commit_p50_us, f.commit_p99_us,
                number(results[i].peak_bytes), number(last->disk_bytes), number(last->logged_bytes),
                number(last->written_bytes), number(last->syncs));
    }
    return finish(out, options->csv);
}

/* "name value" lines as the members of an object. */
static void json_counters(FILE *out, const char *text)
{
    const char *separator = "";
    for (const char *line = text; *line != '\0';) {
        size_t size = strcspn(line, "\n");
        const char *space = memchr(line, ' ', size);
        if (space) {
            fprintf(out, "%s\"%.*s\": %.*s", separator, (int)(space - line), line, (int)(line + size - space - 1),
                    space + 1);
            separator = ", ";
        }
        line += size + (line[size] == '\n');
    }
}

static void json_result(FILE *out, const struct bench_options *options, const struct result *results, size_t which)
{
    const struct result *result = &results[which];
    struct figures f = figures_of(options, results, which);
    fprintf(out, "    {\"database\": \"%s\", \"version\": \"%s\", \"seconds\": [", result->engine->name,
            result->engine->version());
    for (size_t i = 0; i < result->repeats; i++) {
        fprintf(out, "%s%.9f", i == 0 ? "" : ", ", result->seconds[i]);
    }
    fprintf(out,
            "],\n     \"median_ms\": %.3f, \"ops_per_s\": %.0f, \"ratio\": %.3f, \"op_p50_us\": %.3f, "
            "\"op_p99_us\": %.3f, \"commit_p50_us\": %.3f, \"commit_p99_us\": %.3f,\n",
            f.median_ms, f.rate, f.ratio, f.operation_p50_us, f.operation_p99_us, f.commit_p50_us, f.commit_p99_us);
    fprintf(out,
            "     \"peak_bytes\": %llu, \"disk_bytes\": %llu, \"logged_bytes\": %llu, \"written_bytes\": %llu, "
            "\"syncs\": %llu,\n     \"counters\": {",
            number(result->peak_bytes), number(result->last.disk_bytes), number(result->last.logged_bytes),
            number(result->last.written_bytes), number(result->last.syncs));
    json_counters(out, result->last.text);
    fputs("}}", out);
}

static int write_json(const struct bench_options *options, const struct result *results, size_t count)
{
    FILE *out = create(options->json);
    if (!out) {
        return 0;
    }
    fprintf(out,
            "{\"mode\": \"%s\", \"docs\": %llu, \"shape\": \"%s\", \"commit_every\": %llu, \"tx_mode\": \"%s\",\n"
            " \"put_many_group\": %llu, \"order\": \"%s\", \"sync\": \"%s\", \"threads\": %llu, \"in_place\": \"%s\",\n"
            " \"slots\": %d, \"page_size\": %u, \"cache_mib\": %u, \"seed\": %llu, \"repeats\": %llu,\n"
            " \"operations\": %llu,\n \"results\": [\n",
            mode_names[options->mode], number(options->docs), shape_names[options->shape],
            number(options->commit_every), tx_mode(options), number(options->put_many_group), order(options),
            sync_names[options->sync], number(options->threads), in_place(options), options->slots,
            (unsigned)options->page_size, (unsigned)options->cache_mib, number(options->seed), number(options->repeat),
            number(bench_operations(options)));
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
