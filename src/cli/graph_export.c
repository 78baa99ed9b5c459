/*
 * quire graph export: a graph as two files of text, which import takes. The same
 * graph always gives the same bytes, and so does the graph that an import of them
 * makes: rows go by id, labels by name, the columns of properties by name and
 * then type. A first pass over the rows finds which columns there are.
 */
#define _POSIX_C_SOURCE 200809L

#include "graph_cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct export_column {
    uint32_t name_id;
    quire_graph_type type;
    size_t name_size;
    uint8_t name[48];
};

/* The names of a kind, by id: loaded once, since looking one up ends the life of a row's bytes. */
struct export_names {
    uint32_t count;
    struct export_label {
        size_t size;
        uint8_t name[48];
    } * of; /* [1] to [count] */
};

struct export
{
    const struct arguments *arguments;
    struct graph_reading *reading;
    FILE *out;
    char separator;
    struct export_column *columns;
    size_t count, capacity;
    struct export_names labels, types;
    struct export_label *sorted; /* the labels of one node */
    struct graph_name name;
    uint64_t rows;
};

/* Names the row in a failure, in the words of the graph. */
static int fail(struct export *export, int status)
{
    return status == QUIRE_NO_MEMORY ? complain(export->arguments, "no memory")
                                     : graph_complain(export->arguments, export->reading, status);
}

static int add_column(struct export *export, const quire_graph_property *property)
{
    for (size_t i = 0; i < export->count; i++) {
        if (export->columns[i].name_id == property->name && export->columns[i].type == property->value.type) {
            return EXIT_FINE;
        }
    }
    if (export->count == export->capacity) {
        size_t capacity = export->capacity ? 2 * export->capacity : 16;
        struct export_column *columns = realloc(export->columns, capacity * sizeof *columns);
        if (!columns) {
            return complain(export->arguments, "no memory");
        }
        export->columns = columns;
        export->capacity = capacity;
    }
    struct export_column *column = &export->columns[export->count];
    quire_bytes name;
    int status = quire_graph_name_get(export->reading->graph, QUIRE_GRAPH_PROPERTY, property->name, &name);
    if (status != QUIRE_OK) {
        return fail(export, status);
    }
    *column = (struct export_column){.name_id = property->name, .type = property->value.type, .name_size = name.size};
    memcpy(column->name, name.data, name.size);
    export->count++;
    return EXIT_FINE;
}

static int compare_names(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_columns(const void *a, const void *b)
{
    const struct export_column *one = a, *other = b;
    int order = compare_names(one->name, one->name_size, other->name, other->name_size);
    return order != 0 ? order : (int)one->type - (int)other->type;
}

static int find_columns(struct export *export, const quire_graph_property *properties, size_t count)
{
    int code = EXIT_FINE;
    for (size_t i = 0; i < count && code == EXIT_FINE; i++) {
        code = add_column(export, &properties[i]);
    }
    return code;
}

static void write_value(struct export *export, const quire_graph_value *value)
{
    char number[GRAPH_NUMBER_TEXT];
    if (value->type == QUIRE_GRAPH_BYTES) {
        fputc('"', export->out);
        for (size_t i = 0; i < value->as.content.size; i++) {
            fprintf(export->out, "%02x", value->as.content.data[i]);
        }
        fputc('"', export->out);
        return;
    }
    quire_bytes text = graph_value_text(value, number);
    csv_write(export->out, export->separator, text, text.size == 0);
}

static void write_properties(struct export *export, const quire_graph_property *properties, size_t count)
{
    for (size_t c = 0; c < export->count; c++) {
        fputc(export->separator, export->out);
        for (size_t i = 0; i < count; i++) {
            if (properties[i].name == export->columns[c].name_id &&
                properties[i].value.type == export->columns[c].type) {
                write_value(export, &properties[i].value);
            }
        }
    }
    fputc('\n', export->out);
}

static int write_key(struct export *export, uint64_t node)
{
    quire_status status = graph_name_of(export->reading, node, &export->name);
    if (status != QUIRE_OK) {
        return complain_status(export->arguments, export->reading->base.db, status, "the key of a node");
    }
    csv_write(export->out, export->separator, (quire_bytes){export->name.bytes, export->name.size}, 0);
    return EXIT_FINE;
}

static int compare_labels(const void *a, const void *b)
{
    const struct export_label *one = a, *other = b;
    return compare_names(one->name, one->size, other->name, other->size);
}

/* The labels of a node as one field. */
static int write_labels(struct export *export, const quire_graph_node *node)
{
    char *text = NULL;
    size_t size = 0;
    FILE *field = open_memstream(&text, &size);
    if (!field) {
        return complain(export->arguments, "no memory");
    }
    for (size_t i = 0; i < node->label_count; i++) {
        export->sorted[i] = export->labels.of[node->labels[i]];
    }
    qsort(export->sorted, node->label_count, sizeof *export->sorted, compare_labels);
    for (size_t i = 0; i < node->label_count; i++) {
        graph_write_label(field, (quire_bytes){export->sorted[i].name, export->sorted[i].size}, i == 0);
    }
    int code = fclose(field) == 0 ? EXIT_FINE : complain(export->arguments, "no memory");
    if (code == EXIT_FINE) {
        fputc(export->separator, export->out);
        csv_write(export->out, export->separator, (quire_bytes){(const uint8_t *)text, size}, 0);
    }
    free(text);
    return code;
}

/* The keys that a row begins with, and of an edge its type. */
static int write_start(struct export *export, const quire_graph_entry *entry, int edges)
{
    if (!edges) {
        return write_key(export, entry->node);
    }
    int code = write_key(export, entry->from);
    if (code == EXIT_FINE) {
        fputc(export->separator, export->out);
        code = write_key(export, entry->node);
    }
    if (code == EXIT_FINE) {
        const struct export_label *type = &export->types.of[entry->type];
        fputc(export->separator, export->out);
        csv_write(export->out, export->separator, (quire_bytes){type->name, type->size}, 0);
    }
    return code;
}

/* One row, looked at for its columns or written. Keys come first: looking them up ends the life of a row's bytes. */
static int take_row(struct export *export, const quire_graph_entry *entry, int edges, int writes)
{
    quire_graph_node node;
    quire_graph_edge edge;
    int code = writes ? write_start(export, entry, edges) : EXIT_FINE;
    if (code != EXIT_FINE) {
        return code;
    }
    quire_graph *graph = export->reading->graph;
    int status =
        edges ? quire_graph_edge_get(graph, entry->edge, &edge) : quire_graph_node_get(graph, entry->node, &node);
    if (status != QUIRE_OK) {
        return fail(export, status);
    }
    const quire_graph_property *properties = edges ? edge.properties : node.properties;
    size_t count = edges ? edge.property_count : node.property_count;
    if (!writes) {
        return find_columns(export, properties, count);
    }
    code = edges ? EXIT_FINE : write_labels(export, &node);
    write_properties(export, properties, count);
    return ferror(export->out) ? complain(export->arguments, "writing failed: %s", strerror(errno)) : code;
}

static int each_row(struct export *export, int edges, int writes)
{
    quire_graph *graph = export->reading->graph;
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    int code = EXIT_FINE;
    int status = edges ? quire_graph_edges(graph, &cursor) : quire_graph_nodes(graph, 0, &cursor);
    if (status != QUIRE_OK) {
        return fail(export, status);
    }
    while (code == EXIT_FINE && (status = quire_graph_cursor_next(cursor, &entry)) == QUIRE_OK) {
        code = take_row(export, &entry, edges, writes);
        progress_show(export->arguments, ++export->rows, 0, "rows");
    }
    code = code == EXIT_FINE && status != QUIRE_NOT_FOUND ? fail(export, status) : code;
    quire_graph_cursor_close(cursor);
    return code;
}

static int load_names(struct export *export, int kind, uint32_t count, struct export_names *names)
{
    names->of = calloc((size_t)count + 1, sizeof *names->of);
    if (!names->of) {
        return complain(export->arguments, "no memory");
    }
    for (uint32_t id = 1; id <= count; id++) {
        quire_bytes name;
        int status = quire_graph_name_get(export->reading->graph, kind, id, &name);
        if (status != QUIRE_OK) {
            return fail(export, status);
        }
        names->of[id].size = name.size;
        memcpy(names->of[id].name, name.data, name.size);
    }
    return EXIT_FINE;
}

static void write_header(struct export *export, int edges)
{
    int first = edges ? COLUMN_SOURCE : COLUMN_ID, last = edges ? COLUMN_TYPE : COLUMN_LABELS;
    for (int role = first; role <= last; role++) {
        fprintf(export->out, "%s", graph_column_name((enum graph_column_role)role));
        fputs(role < last ? (char[]){export->separator, '\0'} : "", export->out);
    }
    for (size_t i = 0; i < export->count; i++) {
        const struct export_column *column = &export->columns[i];
        char text[64];
        memcpy(text, column->name, column->name_size);
        int type = snprintf(text + column->name_size, 16, ":%s", graph_type_name(column->type));
        fputc(export->separator, export->out);
        csv_write(export->out, export->separator,
                  (quire_bytes){(const uint8_t *)text, column->name_size + (size_t)type}, 0);
    }
    fputc('\n', export->out);
}

/* One of the two files. */
static int write_file(struct export *export, const char *path, int edges)
{
    export->count = 0;
    int code = each_row(export, edges, 0);
    if (code != EXIT_FINE) {
        return code;
    }
    if (export->count > 0) {
        qsort(export->columns, export->count, sizeof *export->columns, compare_columns);
    }
    export->out = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
    if (!export->out) {
        return complain(export->arguments, "%s: %s", path, strerror(errno));
    }
    write_header(export, edges);
    code = each_row(export, edges, 1);
    int closed = export->out == stdout ? fflush(stdout) : fclose(export->out);
    return code == EXIT_FINE && closed != 0 ? complain(export->arguments, "%s: %s", path, strerror(errno)) : code;
}

/* What is written is not the database, and no file twice. */
static int check_files(const struct arguments *arguments)
{
    const struct graph_import_file *files = arguments->graph_files;
    if (arguments->graph_file_count == 0) {
        return complain(arguments, "name the files to write with --nodes FILE and --edges FILE");
    }
    for (size_t i = 0; i < arguments->graph_file_count; i++) {
        if (check_output(arguments, files[i].path) != EXIT_FINE) {
            return EXIT_ERROR;
        }
        for (size_t other = 0; other < i; other++) {
            if (is_same_file(files[i].path, STDOUT_FILENO, files[other].path)) {
                return complain(arguments, "%s would be written twice", files[other].path);
            }
        }
    }
    return EXIT_FINE;
}

int run_graph_export(const struct arguments *arguments)
{
    struct graph_reading reading;
    if (check_files(arguments) != EXIT_FINE) {
        return EXIT_ERROR;
    }
    if (!graph_begin_reading(arguments, &reading)) {
        return EXIT_ERROR;
    }
    struct export export = {.arguments = arguments, .reading = &reading, .separator = arguments->separator};
    quire_graph_stat stat;
    int status = quire_graph_stat_get(reading.graph, &stat);
    int code = status == QUIRE_OK ? EXIT_FINE : fail(&export, status);
    code = code == EXIT_FINE ? load_names(&export, QUIRE_GRAPH_LABEL, stat.labels, &export.labels) : code;
    code = code == EXIT_FINE ? load_names(&export, QUIRE_GRAPH_EDGE_TYPE, stat.edge_types, &export.types) : code;
    if (code == EXIT_FINE) {
        export.sorted = malloc(((size_t)stat.labels + 1) * sizeof *export.sorted);
        code = export.sorted ? EXIT_FINE : complain(arguments, "no memory");
    }
    for (size_t i = 0; i < arguments->graph_file_count && code == EXIT_FINE; i++) {
        code = write_file(&export, arguments->graph_files[i].path, arguments->graph_files[i].is_edges);
    }
    free(export.columns);
    free(export.labels.of);
    free(export.types.of);
    free(export.sorted);
    free(export.name.bytes);
    return graph_end_reading(arguments, &reading, code);
}
