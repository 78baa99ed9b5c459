/* A row taken apart and put together again. */
#include "row_use.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/graph/row.h"
#include "digest.h"
#include "expect.h"

static void *fuzz_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void *fuzz_resize(void *context, void *block, size_t size)
{
    (void)context;
    return realloc(block, size);
}

static void fuzz_release(void *context, void *block)
{
    (void)context;
    free(block);
}

static const quire_memory memory = {NULL, fuzz_allocate, fuzz_resize, fuzz_release};

static void expect_within(quire_bytes part, quire_bytes whole)
{
    EXPECT(part.size == 0 || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

void row_use(quire_bytes bytes, int is_node)
{
    struct row row;
    struct buffer again = {&memory, NULL, 0, 0};
    if (!(is_node ? row_decode_node(bytes, &row) : row_decode_edge(bytes, &row)))
        return;
    uint32_t *labels = malloc((row.label_count + 1) * sizeof *labels);
    quire_graph_property *properties = malloc((row.property_count + 1) * sizeof *properties);
    struct stored_property stored;
    quire_bytes rest = row.labels;
    size_t count = 0, has_long = 0;
    while (row_next_label(&rest, &labels[count])) {
        EXPECT(row_has_label(&row, labels[count]) && labels[count] <= row.label_max);
        EXPECT(count == 0 || labels[count] > labels[count - 1]);
        count++;
        EXPECT(count <= row.label_count);
    }
    EXPECT_EQUAL(count, row.label_count);
    rest = row.properties;
    for (size_t i = 0; i < row.property_count; i++) {
        EXPECT(row_next_property(&rest, &stored));
        properties[i] = stored.property;
        EXPECT(i == 0 || properties[i].name > properties[i - 1].name);
        has_long |= stored.is_long != 0;
        EXPECT(row_find_property(&row, stored.property.name, &stored));
        EXPECT_EQUAL(value_is_long(&stored.property.value), stored.is_long);
        if (type_has_content(stored.property.value.type) && !stored.is_long)
            expect_within(stored.property.value.as.content, bytes);
    }
    EXPECT_EQUAL(rest.size, 0);
    EXPECT_EQUAL(has_long, row.has_long != 0);
    EXPECT(is_node ? row_add_labels(&again, labels, row.label_count)
                   : row_add_ends(&again, row.source, row.target, row.type));
    EXPECT(row_add_properties(&again, properties, row.property_count));
    EXPECT_EQUAL(again.size, bytes.size);
    EXPECT(memcmp(again.data, bytes.data, bytes.size) == 0);
    digest_number(row.property_count);
    buffer_free(&again);
    free(labels);
    free(properties);
}
