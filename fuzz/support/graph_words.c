#include "graph_words.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/cli/graph_text.h"
#include "expect.h"

static int is_same(const quire_graph_value *a, const quire_graph_value *b)
{
    if (a->type != b->type || quire_graph_value_compare(a, b) != 0)
        return 0;
    return a->type != QUIRE_GRAPH_DOUBLE || memcmp(&a->as.real, &b->as.real, sizeof a->as.real) == 0;
}

static void there_and_back(const quire_graph_value *value)
{
    char number[GRAPH_NUMBER_TEXT];
    quire_graph_value back = {.type = QUIRE_GRAPH_NULL};
    quire_bytes text = graph_value_text(value, number);
    uint8_t *room = malloc(text.size + 1);
    EXPECT(room != NULL);
    EXPECT_EQUAL(graph_type_of(graph_type_name(value->type), strlen(graph_type_name(value->type))), value->type);
    const char *fault = graph_value_parse(value->type, text, room, &back);
    if (fault != NULL)
        fprintf(stderr, "%.*s: %s\n", (int)text.size, (const char *)text.data, fault);
    EXPECT(fault == NULL && is_same(value, &back));
    free(room);
}

/* The same 64 bits are a number of each type. */
static void each_number(int64_t bits)
{
    quire_graph_value value = {.type = QUIRE_GRAPH_INT64, .as.integer = bits};
    there_and_back(&value);
    value.type = QUIRE_GRAPH_DATETIME;
    there_and_back(&value);
    value.type = QUIRE_GRAPH_DOUBLE;
    memcpy(&value.as.real, &bits, sizeof bits);
    there_and_back(&value);
}

static void words_of(const quire_graph_property *properties, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const quire_graph_value *value = &properties[i].value;
        int64_t bits = 0;
        if (value->type == QUIRE_GRAPH_INT64 || value->type == QUIRE_GRAPH_DATETIME)
            bits = value->as.integer;
        else if (value->type == QUIRE_GRAPH_DOUBLE)
            memcpy(&bits, &value->as.real, sizeof bits);
        else if (value->type >= QUIRE_GRAPH_STRING && value->as.content.size >= sizeof bits)
            memcpy(&bits, value->as.content.data, sizeof bits);
        if (value->type != QUIRE_GRAPH_BYTES) /* their hex digits are the caller's */
            there_and_back(value);
        each_number(bits);
    }
}

void graph_words(quire_graph *graph)
{
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    quire_graph_node node;
    quire_graph_edge edge;
    EXPECT_EQUAL(quire_graph_nodes(graph, 0, &cursor), QUIRE_OK);
    while (quire_graph_cursor_next(cursor, &entry) == QUIRE_OK) {
        EXPECT_EQUAL(quire_graph_node_get(graph, entry.node, &node), QUIRE_OK);
        words_of(node.properties, node.property_count);
    }
    quire_graph_cursor_close(cursor);
    EXPECT_EQUAL(quire_graph_edges(graph, &cursor), QUIRE_OK);
    while (quire_graph_cursor_next(cursor, &entry) == QUIRE_OK) {
        EXPECT_EQUAL(quire_graph_edge_get(graph, entry.edge, &edge), QUIRE_OK);
        words_of(edge.properties, edge.property_count);
    }
    quire_graph_cursor_close(cursor);
}
