/*
 * Text into a graph: the import that `quire graph import` runs, on the memory VFS.
 *
 *  Input   flags (1): bit 0 tabs, bit 1 trusted endpoints, bit 2 a page of 512
 *          bytes; batch (1); length of the nodes' file (2); its text, and behind
 *          it that of the edges' file.
 *  Oracle  Three imports of the same text come to the same graph, record for
 *          record: one in batches as given, one in a single batch, and one that
 *          ends at its first bad row, or at the end, and is called again, to go on
 *          and keep what it rejects, or to see that all is there. The counts are those of the graph, each node has a
 *          key of its own, its values come back from their text (support/graph_words.h),
 *          and neither quire_graph_check nor quire_check finds anything.
 *  Seeds   nodes and edges with every type, quotes, bad rows, broken quotes.
 */
#define _POSIX_C_SOURCE 200809L

#include "support/digest.h"
#include "support/expect.h"
#include "support/graph_sum.h"
#include "support/graph_words.h"
#include "support/input.h"
#include "../src/cli/graph_import.h"

struct text {
    const uint8_t *bytes;
    size_t size;
};

static FILE *open_text(void *context, const char *path)
{
    const struct text *text = (const struct text *)context + (path[0] == 'e');
    /* A stream over no bytes at all is one of the empty file. */
    return text->size == 0 ? fopen("/dev/null", "rb") : fmemopen((void *)(uintptr_t)text->bytes, text->size, "rb");
}

struct made {
    quire_vfs *vfs;
    quire_db *db;
    enum graph_import_result result;
    uint64_t nodes, edges, rejected;
    uint64_t sum;
};

static void look(struct made *made)
{
    quire_txn *txn;
    quire_graph *graph;
    quire_graph_stat stat;
    EXPECT_EQUAL(quire_begin(made->db, QUIRE_READ, &txn), QUIRE_OK);
    quire_graph_options options;
    quire_graph_options_init(&options);
    options.edge_cache_capacity = 4;
    int status = quire_graph_open(made->db, txn, NULL, &options, &graph);
    EXPECT(status == QUIRE_OK || status == QUIRE_NOT_FOUND);
    if (status == QUIRE_OK) {
        EXPECT_EQUAL(quire_graph_stat_get(graph, &stat), QUIRE_OK);
        EXPECT_EQUAL(stat.nodes, made->nodes);
        EXPECT_EQUAL(stat.edges, made->edges);
        EXPECT_EQUAL(quire_graph_check(graph, NULL, NULL, NULL, NULL), QUIRE_OK);
        graph_words(graph);
        quire_graph_close(graph);
    } else {
        EXPECT(made->nodes == 0 && made->edges == 0);
    }
    struct graph_sum summed = graph_sum(txn);
    EXPECT_EQUAL(summed.keys, 2 * made->nodes);
    made->sum = summed.sum;
    EXPECT_EQUAL(quire_check(txn, NULL, NULL, NULL, NULL), QUIRE_OK);
    quire_rollback(txn);
}

static const struct graph_import_file files[2] = {{"nodes", 0}, {"edges", 1}};

/* Imports once; `stops`: first without rejects, as often as that gets any further. */
static void make(struct made *made, struct text *texts, uint8_t flags, size_t batch, int stops)
{
    quire_options options;
    char *rejected = NULL;
    size_t rejected_size = 0;
    FILE *rejects = open_memstream(&rejected, &rejected_size);
    EXPECT(rejects != NULL && quire_vfs_memory_new(1, &made->vfs) == QUIRE_OK);
    quire_options_init(&options);
    options.vfs = made->vfs;
    options.page_size = flags / 4u % 2u ? 512 : 4096;
    options.cache_bytes = 64 * options.page_size;
    EXPECT_EQUAL(quire_open("graph", &options, &made->db), QUIRE_OK);
    struct graph_import import = {.db = made->db,
                                  .graph = "main",
                                  .files = files,
                                  .file_count = 2,
                                  .separator = flags % 2u ? '\t' : ',',
                                  .batch = batch,
                                  .edge_cache = 4,
                                  .trusted = flags / 2u % 2u,
                                  .open = open_text,
                                  .context = texts};
    import.rejects = stops ? NULL : rejects;
    made->result = graph_import_run(&import);
    /* One that has ended already, called again, says so and adds nothing. */
    if (stops) {
        int has_ended = made->result == GRAPH_IMPORT_DONE;
        import.rejects = rejects;
        made->result = graph_import_run(&import);
        EXPECT_EQUAL(import.was_done, has_ended);
        EXPECT(!has_ended || made->result == GRAPH_IMPORT_DONE);
    }
    EXPECT(made->result != GRAPH_IMPORT_REJECTED);
    made->nodes = import.nodes;
    made->edges = import.edges;
    made->rejected = import.rejected;
    fclose(rejects);
    free(rejected);
    look(made);
}

static void end(struct made *made)
{
    EXPECT_EQUAL(quire_close(made->db), QUIRE_OK);
    digest_number(made->sum);
    quire_vfs_memory_free(made->vfs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t flags = input_u8(&input), batch = input_u8(&input);
    struct text texts[2];
    size_t nodes = input_u16(&input);
    texts[0].bytes = input_bytes(&input, nodes, &texts[0].size);
    texts[1].bytes = input_bytes(&input, input.left, &texts[1].size);
    struct made given, whole, stopped;
    make(&given, texts, flags, 1 + batch % 16u, 0);
    make(&whole, texts, flags, 100000, 0);
    make(&stopped, texts, flags, 1 + batch % 16u, 1);
    EXPECT_EQUAL(given.result, whole.result);
    EXPECT_EQUAL(given.result, stopped.result);
    if (given.result == GRAPH_IMPORT_DONE) {
        EXPECT(given.sum == whole.sum && given.sum == stopped.sum);
        EXPECT(given.rejected == whole.rejected && given.rejected == stopped.rejected);
    }
    end(&given);
    end(&whole);
    end(&stopped);
    return 0;
}
