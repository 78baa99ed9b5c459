/*
 * The codes of the graph's keys and rows on any bytes.
 *
 *  Input   what (1): integers, a node's row, an edge's row, an ordered value, an
 *          adjacency key; for the last two and integers also where to cut (1) the bytes in
 *          two; then the bytes, in blocks of their own length.
 *  Oracle  what is decoded lies within its block, labels and properties ascend, and it
 *          encodes to the same bytes again; of two keys or values that are decoded the bytes are ordered as they are.
 *  Seeds   rows of every type of value, integers and values at the edges.
 */
#include "support/digest.h"
#include "support/expect.h"
#include "support/input.h"
#include "support/row_use.h"
#include "../src/graph/row.h"

static int order_of(int order)
{
    return (order > 0) - (order < 0);
}

/* As keys are ordered: byte by byte, a proper prefix first. */
static int compare_bytes(quire_bytes a, quire_bytes b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter != 0 ? memcmp(a.data, b.data, shorter) : 0;
    return order != 0 ? order_of(order) : (a.size > b.size) - (a.size < b.size);
}

static void use_integers(quire_bytes a, quire_bytes b)
{
    uint8_t again[INTEGER_SIZE_MAX];
    uint64_t x, y;
    quire_bytes rest_a = a, rest_b = b;
    if (!take_integer(&rest_a, &x))
        return;
    EXPECT_EQUAL(integer_put(again, x), a.size - rest_a.size);
    EXPECT(memcmp(again, a.data, a.size - rest_a.size) == 0);
    EXPECT(signed_to_integer(signed_from_integer(x)) == x);
    digest_number(x);
    if (!take_integer(&rest_b, &y))
        return;
    a.size -= rest_a.size;
    b.size -= rest_b.size;
    EXPECT_EQUAL(compare_bytes(a, b), (x > y) - (x < y));
}

static void use_values(quire_bytes a, quire_bytes b)
{
    uint8_t *scratch_a = malloc(a.size + 1), *scratch_b = malloc(b.size + 1);
    quire_graph_value x, y;
    quire_bytes rest_a = a, rest_b = b;
    if (take_ordered(&rest_a, scratch_a, &x)) {
        a.size -= rest_a.size;
        uint8_t *again = malloc(ordered_size_max(&x));
        EXPECT(value_is_legal(&x));
        EXPECT_EQUAL(ordered_put(again, &x), a.size);
        EXPECT(memcmp(again, a.data, a.size) == 0);
        digest_bytes(again, a.size);
        free(again);
        EXPECT_EQUAL(quire_graph_value_compare(&x, &x), 0);
        if (take_ordered(&rest_b, scratch_b, &y)) {
            b.size -= rest_b.size;
            EXPECT_EQUAL(compare_bytes(a, b), order_of(quire_graph_value_compare(&x, &y)));
        }
    }
    free(scratch_a);
    free(scratch_b);
}

static int compare_adjacencies(const struct adjacency *a, const struct adjacency *b)
{
    if (a->near_node != b->near_node)
        return a->near_node < b->near_node ? -1 : 1;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    if (a->far_node != b->far_node)
        return a->far_node < b->far_node ? -1 : 1;
    return (a->edge > b->edge) - (a->edge < b->edge);
}

static void use_adjacencies(quire_bytes a, quire_bytes b)
{
    struct adjacency x, y;
    struct key again;
    if (!adjacency_decode(a, &x))
        return;
    adjacency_key(&x, &again);
    EXPECT_EQUAL(compare_bytes(key_bytes(&again), a), 0);
    digest_number(x.edge);
    if (adjacency_decode(b, &y))
        EXPECT_EQUAL(compare_bytes(a, b), compare_adjacencies(&x, &y));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t what = input_u8(&input) % 5u;
    int is_row = what == 1 || what == 2;
    size_t cut = is_row ? 0 : input_u8(&input), whole = input.left;
    cut = cut < whole ? cut : whole;
    uint8_t *first = input_block(&input, cut), *second = input_block(&input, whole - cut);
    quire_bytes a = {first, cut}, b = {second, whole - cut};
    if (is_row)
        row_use(b, what == 1);
    else if (what == 0)
        use_integers(a, b);
    else if (what == 3)
        use_values(a, b);
    else
        use_adjacencies(a, b);
    free(first);
    free(second);
    return 0;
}
