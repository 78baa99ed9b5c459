/*
 * A healthy graph whose records are then lied about through its trees, which quire.h says may not be
 * written: the pages beneath are in order, what stands in them is not.
 *
 *  Input   count (1) of calls that build, modulo 64; each a code and a, b, c, a byte each, as
 *          support/mirror_graph.c reads them; then lies of 5 bytes: part of the graph, which record, what:
 *          0 a byte of the value changes, 1 a byte of the key, 2 the record goes, 3 its value is cut off,
 *          4 is made longer, 5 a second one under a changed key, 6 another record's value,
 *          7 a shorter key, 8 a longer one; where, by what
 *  Oracle  without lies quire_graph_check finds nothing; when it finds something it names a rule; when it
 *          finds nothing the cursors count what the state says, no call answers QUIRE_CORRUPT, and after
 *          calls that write it finds nothing again; whatever it says, no call but answers in quire.h's words.
 *  Seeds   every lie about a record of every part.
 */
#include "support/digest.h"
#include "support/expect_status.h"
#include "support/graph_lie.h"
#include "support/input.h"
#include "support/mirror.h"
#include "support/tally.h"

enum { VALUE_ROOM = 4096, CALLS_MOST = 64, LIES_MOST = 8 };

/* A batch whose caller vouches for endpoints can write an edge to no node (rule G11): none does here. */
static struct call untrusting(struct call call)
{
    if (call.code == 10 || call.code == 11)
        call.a &= 0xfc;
    return call;
}

static struct call read_call(struct input *input)
{
    struct call call = {.code = input_u8(input) % GRAPH_CALLS};
    call.a = input_u8(input);
    call.b = input_u8(input);
    call.c = input_u8(input);
    return untrusting(call);
}

static void see(void *context, const quire_graph_violation *violation)
{
    EXPECT(violation->rule[0] == 'G' && violation->message[0] != '\0');
    (*(size_t *)context)++;
}

static int look_on(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    return done > total; /* never, unless it lies */
}

static int check(struct side *side)
{
    size_t violations = 0;
    int status = quire_graph_check(side->graph, see, &violations, look_on, NULL);
    EXPECT(status == QUIRE_OK || status == QUIRE_CORRUPT || status == QUIRE_CANCELLED || status == QUIRE_INVALID);
    EXPECT((status == QUIRE_CORRUPT) == (violations > 0));
    digest_number((uint64_t)violations);
    return status;
}

static uint64_t count(struct side *side, int edges)
{
    quire_graph_cursor *cursor;
    quire_graph_entry entry;
    uint64_t found = 0;
    EXPECT_EQUAL(edges ? quire_graph_edges(side->graph, &cursor) : quire_graph_nodes(side->graph, 0, &cursor),
                 QUIRE_OK);
    while (quire_graph_cursor_next(cursor, &entry) == QUIRE_OK)
        found++;
    quire_graph_cursor_close(cursor);
    return found;
}

static void use(struct side *side, int is_healthy)
{
    quire_graph_stat stat;
    if (is_healthy) {
        EXPECT_EQUAL(quire_graph_stat_get(side->graph, &stat), QUIRE_OK);
        EXPECT(count(side, 0) == stat.nodes && count(side, 1) == stat.edges);
    }
    for (uint8_t code = GRAPH_CALLS; code-- > 0;) /* reads first */
        for (uint8_t i = 0; i < 8; i++) {
            struct call call = {code, (uint8_t)(i + code * 16), (uint8_t)(i * 5), (uint8_t)(i * 37)};
            if (code == 16 && call.c % 8u == 7)
                continue; /* drops it all */
            call = untrusting(call);
            int status = graph_call(side, &call);
            EXPECT(status == QUIRE_OK || status <= QUIRE_GRAPH_NO_ENDPOINT || (status < 0 && status >= QUIRE_CORRUPT) ||
                   status == QUIRE_DOOMED);
            EXPECT(!is_healthy || (status != QUIRE_CORRUPT && status != QUIRE_DOOMED));
        }
    if (is_healthy)
        EXPECT_EQUAL(check(side), QUIRE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    const struct call open = {.b = 4};
    struct side side = {.value = malloc(VALUE_ROOM)};
    quire_vfs *vfs;
    quire_options options;
    int lies = 0;
    quire_options_init(&options);
    EXPECT(side.value != NULL && quire_vfs_memory_new(1, &vfs) == QUIRE_OK);
    options.vfs = vfs;
    options.page_size = 512;
    options.sync = QUIRE_SYNC_OFF;
    EXPECT_EQUAL(quire_open("graph", &options, &side.db), QUIRE_OK);
    EXPECT_STATUS_OF(side.db, quire_begin(side.db, QUIRE_WRITE, &side.txn), QUIRE_OK);
    EXPECT_EQUAL(graph_open_call(&side, &open), QUIRE_OK);
    for (size_t calls = input_u8(&input) % CALLS_MOST; calls > 0 && !input_ended(&input); calls--, tally.operations++) {
        const struct call call = read_call(&input);
        (void)!graph_call(&side, &call);
    }
    EXPECT(check(&side) != QUIRE_CORRUPT);
    quire_graph_close(side.graph);
    side.graph_cursor = NULL;
    for (; lies < LIES_MOST && !input_ended(&input); lies++)
        graph_lie(side.db, side.txn, &input);
    int status = graph_open_call(&side, &open);
    EXPECT(status == QUIRE_OK || status == QUIRE_CORRUPT || status == QUIRE_NEW_FORMAT || status == QUIRE_NOT_FOUND);
    if (status == QUIRE_OK) {
        use(&side, check(&side) == QUIRE_OK);
        quire_graph_close(side.graph);
    }
    quire_rollback(side.txn);
    EXPECT_EQUAL(quire_close(side.db), QUIRE_OK);
    quire_vfs_memory_free(vfs);
    free(side.value);
    return 0;
}
