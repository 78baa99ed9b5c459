/*
 * The columns of a file of nodes or of edges, as its first row names them.
 *
 *   nodes   :id, the key by which edges call the node; :labels, separated by ';'
 *           ('\' before a ';' or '\' that belongs to a label)
 *   edges   :source and :target, keys of nodes; :type
 *   both    NAME:TYPE, a property (graph_text.h has the types); NAME alone is a string
 *
 * A field that is empty and not quoted says that the row has no such property. A
 * property may have columns of several types; a row fills one of them at most.
 */
#ifndef QUIRE_CLI_GRAPH_COLUMNS_H
#define QUIRE_CLI_GRAPH_COLUMNS_H

#include "csv.h"
#include "graph_text.h"

enum graph_column_role { COLUMN_PROPERTY, COLUMN_ID, COLUMN_LABELS, COLUMN_SOURCE, COLUMN_TARGET, COLUMN_TYPE, ROLES };

struct graph_column {
    enum graph_column_role role;
    char name[49]; /* a property's name, of name_size bytes */
    size_t name_size;
    quire_graph_type type;
    uint32_t name_id; /* in the open graph, 0 unknown */
};

struct graph_columns {
    struct graph_column *column;
    size_t count;
    size_t at[ROLES]; /* the column of each role but PROPERTY; `count` if there is none */
};

/* From the header's fields; NULL, or what is wrong with it. Free it in both cases. */
const char *graph_columns_read(struct graph_columns *columns, const struct csv_field *fields, size_t count,
                               int is_edges);
void graph_columns_free(struct graph_columns *columns);

/* What :id, :labels, :source, :target and :type are called in a header. */
const char *graph_column_name(enum graph_column_role role);

/*
 * Takes the next label off a field of them, which is not empty: 1, or 0 when there
 * are no more. Its escapes are undone in `room`, which moves on, and has space for
 * all of the field.
 */
int graph_next_label(quire_bytes *field, uint8_t **room, quire_bytes *label);
/* The other way: writes a label into a field. `first` is 0 if one stands before it. */
void graph_write_label(FILE *out, quire_bytes label, int first);

#endif
