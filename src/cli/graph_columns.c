/* The header of a file of nodes or edges; see graph_columns.h. */
#include "graph_columns.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MOST = 48, COLUMNS_MOST = 10000 };

static const char *const role_names[ROLES] = {NULL, ":id", ":labels", ":source", ":target", ":type"};

const char *graph_column_name(enum graph_column_role role)
{
    return role_names[role];
}

static int role_of(quire_bytes name)
{
    for (int role = COLUMN_ID; role < ROLES; role++) {
        if (strlen(role_names[role]) == name.size && memcmp(role_names[role], name.data, name.size) == 0) {
            return role;
        }
    }
    return COLUMN_PROPERTY;
}

/* NAME:TYPE, split at the last colon; without one, or with one that no type follows, all of it is a string's name. */
static const char *read_property(struct graph_column *column, quire_bytes field)
{
    size_t size = field.size;
    column->type = QUIRE_GRAPH_STRING;
    for (size_t i = field.size; i > 0; i--) {
        if (field.data[i - 1] == ':') {
            int type = graph_type_of((const char *)field.data + i, field.size - i);
            if (type < 0) {
                return "a column's type is none of null, bool, int, double, datetime, string, bytes";
            }
            column->type = (quire_graph_type)type;
            size = i - 1;
            break;
        }
    }
    if (size == 0 || size > NAME_MOST) {
        return "a property's name has 1 to 48 bytes";
    }
    memcpy(column->name, field.data, size);
    column->name[size] = '\0';
    column->name_size = size;
    return NULL;
}

static int is_twice(const struct graph_columns *columns, const struct graph_column *column)
{
    for (const struct graph_column *other = columns->column; other < column; other++) {
        if (other->role == column->role && other->type == column->type && other->name_size == column->name_size &&
            memcmp(other->name, column->name, column->name_size) == 0) {
            return 1;
        }
    }
    return 0;
}

const char *graph_columns_read(struct graph_columns *columns, const struct csv_field *fields, size_t count,
                               int is_edges)
{
    columns->count = count;
    columns->column = NULL;
    if (count > COLUMNS_MOST) {
        return "there are more than 10000 columns";
    }
    columns->column = calloc(count, sizeof *columns->column);
    if (!columns->column) {
        return "no memory";
    }
    for (int role = 0; role < ROLES; role++) {
        columns->at[role] = count;
    }
    for (size_t i = 0; i < count; i++) {
        struct graph_column *column = &columns->column[i];
        column->role = (enum graph_column_role)role_of(fields[i].bytes);
        const char *error = column->role == COLUMN_PROPERTY ? read_property(column, fields[i].bytes) : NULL;
        if (error) {
            return error;
        }
        if (is_twice(columns, column)) {
            return "two columns are the same";
        }
        columns->at[column->role] = i;
    }
    int has_node = columns->at[COLUMN_ID] < count;
    int has_any_end = columns->at[COLUMN_SOURCE] < count || columns->at[COLUMN_TARGET] < count;
    if (is_edges && (columns->at[COLUMN_SOURCE] == count || columns->at[COLUMN_TARGET] == count ||
                     columns->at[COLUMN_TYPE] == count)) {
        return "edges need the columns :source, :target and :type";
    }
    if (is_edges && (has_node || columns->at[COLUMN_LABELS] < count)) {
        return ":id and :labels are columns of nodes";
    }
    if (!is_edges && !has_node) {
        return "nodes need the column :id";
    }
    return !is_edges && (has_any_end || columns->at[COLUMN_TYPE] < count)
               ? ":source, :target and :type are columns of edges"
               : NULL;
}

void graph_columns_free(struct graph_columns *columns)
{
    free(columns->column);
    columns->column = NULL;
}

int graph_next_label(quire_bytes *field, uint8_t **room, quire_bytes *label)
{
    if (!field->data) {
        return 0;
    }
    const uint8_t *from = field->data;
    uint8_t *to = *room;
    size_t i = 0;
    for (; i < field->size && from[i] != ';'; i++) {
        i += from[i] == '\\' && i + 1 < field->size;
        *to++ = from[i];
    }
    *label = (quire_bytes){*room, (size_t)(to - *room)};
    *room = to;
    /* Behind a ';' another label stands, if one of no bytes; behind the end none. */
    *field = i < field->size ? (quire_bytes){from + i + 1, field->size - i - 1} : (quire_bytes){NULL, 0};
    return 1;
}

void graph_write_label(FILE *out, quire_bytes label, int first)
{
    if (!first) {
        fputc(';', out);
    }
    for (size_t i = 0; i < label.size; i++) {
        if (label.data[i] == ';' || label.data[i] == '\\') {
            fputc('\\', out);
        }
        fputc(label.data[i], out);
    }
}
