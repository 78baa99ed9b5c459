/* The checker's frame: reports, walks, and the order of the steps. */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>

static void report(struct check *check, const quire_graph_violation *violation)
{
    check->violations++;
    if (check->visit) {
        check->visit(check->context, violation);
    }
}

void check_report(struct check *check, const char *rule, uint64_t node, uint64_t edge, const char *format, ...)
{
    char message[200];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    report(check, &(quire_graph_violation){rule, node, edge, message});
}

/* What the graph's own rules say has a rule's name; what the engine says of a page has none here. */
int check_absorb(struct check *check, int status)
{
    const quire_graph_fault *fault = &check->graph->fault;
    if (status != QUIRE_CORRUPT || fault->rule[0] == '\0') {
        return status;
    }
    report(check, &(quire_graph_violation){fault->rule, fault->node, fault->edge, check->graph->detail});
    return QUIRE_OK;
}

int check_advance(struct check *check)
{
    check->done++;
    if (check->total < check->done) {
        check->total = check->done;
    }
    if (check->progress && check->progress(check->progress_context, check->done, check->total) != 0) {
        return graph_fail(check->graph, QUIRE_CANCELLED, "the check was stopped");
    }
    return QUIRE_OK;
}

int check_each(struct check *check, enum part part, int (*one)(struct check *check, quire_bytes key, quire_bytes value))
{
    quire_graph *graph = check->graph;
    quire_cursor *cursor;
    quire_bytes key, value;
    int status = part_cursor(graph, part, (quire_bytes){NULL, 0}, &cursor);
    while (status == QUIRE_OK && (status = graph_engine(graph, quire_cursor_next(cursor, &key, &value))) == QUIRE_OK) {
        status = check_absorb(check, one(check, key, value));
    }
    quire_cursor_close(cursor);
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : check_absorb(check, status);
}

int check_has(struct check *check, enum part part, quire_bytes key, int *has)
{
    quire_bytes value;
    int status = part_get(check->graph, part, key, &value);
    *has = status == QUIRE_OK;
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

int check_row(struct check *check, int owner, uint64_t id, struct row *row, int *found)
{
    int status = owner == OWNER_NODE ? node_load(check->graph, id, row) : edge_load(check->graph, id, row);
    *found = status == QUIRE_OK;
    if (status == QUIRE_CORRUPT && check->graph->fault.rule[0] != '\0') {
        *found = -1;
        status = QUIRE_OK;
    }
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

static int run_check(struct check *check)
{
    quire_graph *graph = check->graph;
    int status = graph_refresh(graph);
    if (status != QUIRE_OK) {
        (void)check_absorb(check, status);
        return status;
    }
    check->total = graph->state.nodes + 3 * graph->state.edges;
    status = check_names(check);
    if (status == QUIRE_OK) {
        status = check_rows(check);
    }
    return status == QUIRE_OK ? check_entries(check) : status;
}

int quire_graph_check(quire_graph *graph, void (*visit)(void *context, const quire_graph_violation *violation),
                      void *context, quire_progress progress, void *progress_context)
{
    struct check check = {
        .graph = graph, .visit = visit, .context = context, .progress = progress, .progress_context = progress_context};
    int status = run_check(&check);
    if (status == QUIRE_OK && check.violations > 0) {
        return graph_fail(graph, QUIRE_CORRUPT, "graph %s breaks its rules %llu times", graph->name,
                          (unsigned long long)check.violations);
    }
    return status;
}
