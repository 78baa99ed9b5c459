/*
 * The graph layer against an adjacency list, through the public API on the memory
 * VFS: 48 nodes and 160 edges at most, three labels, edge types and properties.
 *
 *  Input   page size (1; three in four are 512 bytes), capacity of the existence
 *          cache (1): 64, 0, 3 or 16, from 128 on the graph is dropped at the end; then steps, a code (1) each:
 *          0-2 node: labels and which properties (1), then a value (1) for each
 *          3-6 edge: source, target (1 each), type and which properties (1), values
 *          7-8 update node: node (1), labels added and removed (1), which properties
 *          are set and removed (1), values      9 update edge: edge (1), the same
 *          10-12 batch: trusted, sorted always, discarded (1), nodes (1), edges (1), and these
 *          13 index comes or goes (1)      14 delete edge (1)
 *          15 delete node alone (1)        16 delete node with its edges (1)
 *          17, 31 the open cursor moves    18 read node (1)       19 read edge (1)
 *          20 neighbours: node (1), direction, type, distinct (1)
 *          21 expansion: node (1), direction, type, depth, limit (1)
 *          22 range: index (1), bounds (1), values (2)            23 check
 *          24 commit  25 rollback  26 savepoint  27 roll back to (1)
 *          28 close and open  29 reader opens or ends  30 compare everything
 *          32-63 stand for 0-12, by the rest that 13 leaves
 *          A node or edge is the next that exists from the byte's number on; a byte
 *          from 252 on may also mean one that is gone or is to come. A value's code is
 *          its type modulo 7 and a variant: of content, lengths about every limit.
 *  Oracle  every answer and status is the model's, in the transaction, in a reader's
 *          snapshot, after rollback and reopening; quire_graph_check and quire_check
 *          find nothing.
 *  Seeds   a small world of every step, batches, savepoints, indexes, random mixtures.
 */
#include "support/graph_world.h"
#include "support/tally.h"

enum { STEPS_MOST = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct graph_world world; /* large: not for the stack. Each input starts it anew. */
    struct input input = input_start(data, size);
    uint8_t page = input_u8(&input), cache = input_u8(&input);
    graph_world_open(&world, page % 4u != 3 ? 512 : (size_t)1024 << (page / 4u % 4u), cache);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++)
        graph_world_step(&world, &input);
    graph_world_compare(&world);
    graph_world_commit(&world);
    graph_world_reopen(&world);
    graph_world_expect(&world);
    graph_world_close(&world);
    return 0;
}
