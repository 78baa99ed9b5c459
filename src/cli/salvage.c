/* quire salvage: what a damaged file still says, put into a new one. */
#include "cli.h"

#include <inttypes.h>
#include <string.h>

static void tell_lost(void *context, uint32_t tree, quire_bytes key, uint64_t size)
{
    const struct arguments *arguments = context;
    if (arguments->quiet) {
        return;
    }
    progress_end(arguments);
    fprintf(stderr, "quire: salvage: tree %" PRIu32 ": the value of ", tree);
    json_string(stderr, (const char *)key.data, key.size);
    fprintf(stderr, ", %" PRIu64 " bytes, is lost\n", size);
}

/* One row of the report: how JSON and a person call a figure. */
struct row {
    const char *name, *words;
    uint64_t value;
};

static void print_report(const struct arguments *arguments, const quire_salvage_report *report)
{
    const struct row rows[] = {
        {"page_size", "page size", report->page_size},
        {"pages", "pages", report->pages},
        {"pages_intact", "  intact", report->pages_intact},
        {"pages_damaged", "  damaged", report->pages_damaged},
        {"pages_misplaced", "  intact, but in the wrong place", report->pages_misplaced},
        {"pages_stale", "  intact, but of the past", report->pages_stale},
        {"log_commits", "transactions in the log", report->log_commits},
        {"log_records", "  their page records", report->log_records},
        {"log_pages", "  pages of which they give a version", report->log_pages},
        {"leaves", "leaves", report->leaves},
        {"trees", "trees", report->trees},
        {"trees_unnamed", "  whose name is lost", report->trees_unnamed},
        {"records", "records kept", report->records},
        {"records_superseded", "records that newer leaves supersede", report->records_superseded},
        {"values_lost", "records whose long value is lost", report->values_lost},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (arguments->json) {
            printf("%s\"%s\": %" PRIu64, i > 0 ? ", " : "{", rows[i].name, rows[i].value);
        } else {
            printf("%-38s %" PRIu64 "\n", rows[i].words, rows[i].value);
        }
    }
    fputs(arguments->json ? "}\n" : "", stdout);
}

int run_salvage(const struct arguments *arguments)
{
    char message[512] = "";
    union {
        const struct arguments *given;
        void *context;
    } pass = {arguments};
    quire_options files = arguments->open;
    quire_salvage_options options = {progress_callback, pass.context, tell_lost, pass.context};
    quire_salvage_report report;
    if (check_new_database(arguments) != EXIT_FINE) {
        return EXIT_ERROR;
    }
    files.message = message;
    files.message_size = sizeof message;
    quire_status status = quire_salvage(arguments->words[0], arguments->words[1], &files, &options, &report);
    progress_end(arguments);
    if (status != QUIRE_OK) {
        return complain(arguments, "%s (%s)", message[0] ? message : arguments->words[0], quire_status_name(status));
    }
    if (!arguments->quiet || arguments->json) {
        print_report(arguments, &report);
    }
    return EXIT_FINE;
}
