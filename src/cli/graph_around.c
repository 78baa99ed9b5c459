/* quire graph neighbors and dot: what stands around one node. */
#include "graph_cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Nodes around one: entries of a cursor, and what is needed to tell them. */
struct around {
    const struct arguments *arguments;
    struct graph_reading *reading;
    struct graph_name one, other;
    uint64_t start;
    uint32_t type; /* 0 any */
};

/* The start and the type that the command line names; 0 after complaining. */
static int find_start(struct around *around)
{
    const struct arguments *arguments = around->arguments;
    quire_status status = graph_node_named(around->reading, arguments->words[1], &around->start);
    if (status != QUIRE_OK) {
        complain_status(arguments, around->reading->base.db, status, arguments->words[1]);
        return 0;
    }
    if (arguments->edge_type) {
        quire_bytes name = {(const uint8_t *)arguments->edge_type, strlen(arguments->edge_type)};
        int found = quire_graph_name_find(around->reading->graph, QUIRE_GRAPH_EDGE_TYPE, name, &around->type);
        if (found == QUIRE_NOT_FOUND) {
            complain(arguments, "no edge has the type %s", arguments->edge_type);
        } else if (found != QUIRE_OK) {
            graph_complain(arguments, around->reading, found);
        }
        return found == QUIRE_OK;
    }
    return 1;
}

static int open_around(struct around *around, quire_graph_cursor **cursor)
{
    const struct arguments *arguments = around->arguments;
    quire_graph *graph = around->reading->graph;
    if (arguments->depth > 0) {
        return quire_graph_expand(graph, around->start, arguments->direction, around->type, arguments->depth,
                                  arguments->limit, cursor);
    }
    return quire_graph_neighbours(graph, around->start, arguments->direction, around->type,
                                  arguments->distinct ? QUIRE_GRAPH_DISTINCT : 0, cursor);
}

/* Why nothing can be told of the start: a key outlives its node. */
static int complain_start(struct around *around, int status)
{
    return status == QUIRE_NOT_FOUND
               ? complain(around->arguments, "%s: its node was deleted", around->arguments->words[1])
               : graph_complain(around->arguments, around->reading, status);
}

/* The two keys of an entry, into one and other. 0 after complaining. */
static int name_both(struct around *around, const quire_graph_entry *entry)
{
    quire_status status = graph_name_of(around->reading, entry->from, &around->one);
    if (status == QUIRE_OK) {
        status = graph_name_of(around->reading, entry->node, &around->other);
    }
    if (status != QUIRE_OK) {
        complain_status(around->arguments, around->reading->base.db, status, "the key of a node");
    }
    return status == QUIRE_OK;
}

static void print_neighbor(struct around *around, const quire_graph_entry *entry, quire_bytes type)
{
    const struct graph_name *name = &around->other;
    const char *way = entry->direction == QUIRE_GRAPH_OUT ? "out" : "in";
    if (around->arguments->json) {
        fputs("{\"node\": ", stdout);
        json_string(stdout, (const char *)name->bytes, name->size);
        fputs(", \"type\": ", stdout);
        json_string(stdout, (const char *)type.data, type.size);
        printf(", \"direction\": \"%s\", \"edge\": %" PRIu64 ", \"depth\": %" PRIu32 "}\n", way, entry->edge,
               around->arguments->depth > 0 ? entry->depth : 1);
    } else {
        fwrite(name->bytes, 1, name->size, stdout);
        printf("\t%s\t", way);
        fwrite(type.data, 1, type.size, stdout);
        if (around->arguments->depth > 0) {
            printf("\t%" PRIu32, entry->depth);
        }
        putchar('\n');
    }
}

static int print_all(struct around *around)
{
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    quire_bytes type;
    uint64_t count = 0;
    int status = open_around(around, &cursor);
    if (status != QUIRE_OK) {
        return complain_start(around, status);
    }
    int code = EXIT_FINE;
    uint64_t limit = around->arguments->depth > 0 ? 0 : around->arguments->limit;
    while (code == EXIT_FINE && (limit == 0 || count < limit) && !ferror(stdout) &&
           (status = quire_graph_cursor_next(cursor, &entry)) == QUIRE_OK) {
        count++;
        if (around->arguments->count) {
            continue;
        }
        code = name_both(around, &entry) ? EXIT_FINE : EXIT_ERROR;
        if (code == EXIT_FINE) {
            status = quire_graph_name_get(around->reading->graph, QUIRE_GRAPH_EDGE_TYPE, entry.type, &type);
            if (status != QUIRE_OK) {
                code = graph_complain(around->arguments, around->reading, status);
            } else {
                print_neighbor(around, &entry, type);
            }
        }
    }
    if (code == EXIT_FINE && status == QUIRE_GRAPH_LIMIT) {
        complain(around->arguments, "there are more than %" PRIu64 " nodes", around->arguments->limit);
        code = EXIT_NO;
    } else if (code == EXIT_FINE && status != QUIRE_OK && status != QUIRE_NOT_FOUND) {
        code = graph_complain(around->arguments, around->reading, status);
    }
    if (around->arguments->count && code != EXIT_ERROR) {
        printf("%" PRIu64 "\n", count);
    }
    quire_graph_cursor_close(cursor);
    return code;
}

int run_graph_neighbors(const struct arguments *arguments)
{
    struct graph_reading reading;
    if (!graph_begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    struct around around = {.arguments = arguments, .reading = &reading};
    int code = find_start(&around) ? print_all(&around) : EXIT_ERROR;
    free(around.one.bytes);
    free(around.other.bytes);
    return graph_end_reading(arguments, &reading, code);
}

/* ---- dot ---- */

/* The nodes of a drawing, ascending by id. */
struct drawn {
    uint64_t *nodes;
    size_t count, capacity;
};

static int add_drawn(struct drawn *drawn, uint64_t node)
{
    if (drawn->count == drawn->capacity) {
        size_t capacity = drawn->capacity ? 2 * drawn->capacity : 64;
        uint64_t *nodes = realloc(drawn->nodes, capacity * sizeof *nodes);
        if (!nodes) {
            return 0;
        }
        drawn->nodes = nodes;
        drawn->capacity = capacity;
    }
    drawn->nodes[drawn->count++] = node;
    return 1;
}

static int compare_ids(const void *a, const void *b)
{
    const uint64_t *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

/* The start and what is reached from it within --depth steps (1 if it is not given). */
static int gather(struct around *around, struct drawn *drawn)
{
    const struct arguments *arguments = around->arguments;
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    int status = quire_graph_expand(around->reading->graph, around->start, arguments->direction, around->type,
                                    arguments->depth > 0 ? arguments->depth : 1, arguments->limit, &cursor);
    if (status != QUIRE_OK) {
        return complain_start(around, status);
    }
    int has_room = add_drawn(drawn, around->start);
    while (has_room && (status = quire_graph_cursor_next(cursor, &entry)) == QUIRE_OK) {
        has_room = add_drawn(drawn, entry.node);
    }
    int code = EXIT_FINE;
    if (!has_room) {
        code = complain(arguments, "no memory");
    } else if (status == QUIRE_GRAPH_LIMIT) {
        complain(arguments, "the drawing stops at %" PRIu64 " nodes", arguments->limit);
    } else if (status != QUIRE_NOT_FOUND) {
        code = graph_complain(arguments, around->reading, status);
    }
    quire_graph_cursor_close(cursor);
    qsort(drawn->nodes, drawn->count, sizeof *drawn->nodes, compare_ids);
    return code;
}

/* Between quotes of the DOT language. */
static void dot_string(const uint8_t *bytes, size_t size)
{
    putchar('"');
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n') {
            fputs("\\n", stdout);
        } else {
            fputs(bytes[i] == '"' || bytes[i] == '\\' ? "\\" : "", stdout);
            putchar(bytes[i]);
        }
    }
    putchar('"');
}

/* The edges that go out from a node to others of the drawing. */
static int draw_edges(struct around *around, const struct drawn *drawn, uint64_t node)
{
    quire_graph *graph = around->reading->graph;
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    quire_bytes type;
    int code = EXIT_FINE;
    int status = quire_graph_neighbours(graph, node, QUIRE_GRAPH_OUT, around->type, 0, &cursor);
    if (status != QUIRE_OK) {
        return graph_complain(around->arguments, around->reading, status);
    }
    while (code == EXIT_FINE && (status = quire_graph_cursor_next(cursor, &entry)) == QUIRE_OK) {
        if (!bsearch(&entry.node, drawn->nodes, drawn->count, sizeof *drawn->nodes, compare_ids)) {
            continue;
        }
        code = name_both(around, &entry) ? EXIT_FINE : EXIT_ERROR;
        if (code == EXIT_FINE &&
            (status = quire_graph_name_get(graph, QUIRE_GRAPH_EDGE_TYPE, entry.type, &type)) != QUIRE_OK) {
            break;
        }
        if (code == EXIT_FINE) {
            fputs("    ", stdout);
            dot_string(around->one.bytes, around->one.size);
            fputs(" -> ", stdout);
            dot_string(around->other.bytes, around->other.size);
            fputs(" [label=", stdout);
            dot_string(type.data, type.size);
            fputs("];\n", stdout);
        }
    }
    if (code == EXIT_FINE && status != QUIRE_OK && status != QUIRE_NOT_FOUND) {
        code = graph_complain(around->arguments, around->reading, status);
    }
    quire_graph_cursor_close(cursor);
    return code;
}

static int draw(struct around *around, const struct drawn *drawn)
{
    int code = EXIT_FINE;
    puts("digraph quire {");
    for (size_t i = 0; i < drawn->count && code == EXIT_FINE; i++) {
        quire_status status = graph_name_of(around->reading, drawn->nodes[i], &around->one);
        if (status != QUIRE_OK) {
            return complain_status(around->arguments, around->reading->base.db, status, "the key of a node");
        }
        fputs("    ", stdout);
        dot_string(around->one.bytes, around->one.size);
        puts(drawn->nodes[i] == around->start ? " [shape=box];" : ";");
        code = draw_edges(around, drawn, drawn->nodes[i]);
    }
    puts("}");
    return code;
}

int run_graph_dot(const struct arguments *arguments)
{
    struct graph_reading reading;
    if (!graph_begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    struct around around = {.arguments = arguments, .reading = &reading};
    struct drawn drawn = {NULL, 0, 0};
    int code = find_start(&around) ? gather(&around, &drawn) : EXIT_ERROR;
    code = code == EXIT_FINE ? draw(&around, &drawn) : code;
    free(drawn.nodes);
    free(around.one.bytes);
    free(around.other.bytes);
    return graph_end_reading(arguments, &reading, code);
}
