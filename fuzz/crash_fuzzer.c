/*
 * Edits and power cuts in one input, on a disk that remembers what was done to
 * it (tests/support/crash_disk).
 *
 *  Input   mode (1): sync mode, page size, cache; then steps, a code (1) each:
 *          0-9 an edit (support/script.h)   10, 11 commit   12 roll back   13 checkpoint or sync (1)
 *          14 close and open   15 the power goes: so many events ago (1), odds (1) that a
 *          pending sector arrived, and a number (1) to draw lots from
 *  Oracle  what is found after a cut is, whole, a state that the sync mode promises at
 *          that moment, the audit is clean, and work goes on from there. A cut may fall
 *          into the recovery from the one before it: then the same state is found again.
 *  Seeds   commits and checkpoints with a cut behind each; cuts in recoveries.
 */
#include "support/digest.h"
#include "support/expect_status.h"
#include "support/script.h"
#include "support/tally.h"
#include "../tests/support/crash_disk.h"

enum { STEPS_MOST = 120, STATES_MOST = 40, PROMISES_MOST = 200 };

/* After a cut, one of the states from `least` to `most` is found. */
struct promise {
    size_t least, most;
};

struct scene {
    quire_options options;
    struct crash_disk *disk;
    quire_db *db;
    quire_txn *txn;
    struct script script;
    struct model states[STATES_MOST]; /* each commit's, the one the disk began with first */
    size_t state_count, durable;
    struct promise promises[PROMISES_MOST]; /* a mark on the disk is the index of one */
    uint32_t promise_count;
};

static void promise(struct scene *s, size_t most)
{
    crash_disk_mark(s->disk, s->promise_count);
    s->promises[s->promise_count++] = (struct promise){s->durable, most};
}

static void open_database(struct scene *s)
{
    char message[256] = "";
    s->options.vfs = crash_disk_vfs(s->disk);
    s->options.message = message;
    s->options.message_size = sizeof message;
    quire_status status = quire_open("db", &s->options, &s->db);
    if (status != QUIRE_OK)
        fprintf(stderr, "open answered %s: %s\n", quire_status_name(status), message);
    EXPECT_EQUAL(status, QUIRE_OK);
    s->options.message = NULL;
}

static void begin(struct scene *s)
{
    EXPECT_STATUS_OF(s->db, quire_begin(s->db, QUIRE_WRITE, &s->txn), QUIRE_OK);
}

/* The disk begins with the one state that states[0] holds. */
static void begin_history(struct scene *s)
{
    s->state_count = 1;
    s->durable = 0;
    s->promise_count = 0;
    promise(s, 0);
}

static void commit(struct scene *s)
{
    size_t state = s->state_count++;
    EXPECT(model_copy(&s->states[state], &s->script.model));
    promise(s, state);
    EXPECT_STATUS_OF(s->db, quire_commit(s->txn), QUIRE_OK);
    if (s->options.sync == QUIRE_SYNC_FULL)
        s->durable = state;
    promise(s, state);
    begin(s);
}

static void make_durable(struct scene *s, uint8_t how)
{
    commit(s);
    quire_rollback(s->txn);
    EXPECT_STATUS_OF(s->db, how % 2u ? quire_sync(s->db) : quire_checkpoint(s->db), QUIRE_OK);
    s->durable = s->state_count - 1;
    promise(s, s->durable);
    begin(s);
}

static void close_database(struct scene *s)
{
    quire_rollback(s->txn);
    EXPECT_EQUAL(quire_close(s->db), QUIRE_OK);
}

static void reopen(struct scene *s)
{
    close_database(s);
    s->durable = s->state_count - 1;
    promise(s, s->durable);
    EXPECT(model_copy(&s->script.model, &s->states[s->durable]));
    open_database(s);
    begin(s);
}

struct lots {
    uint32_t number;
    uint8_t odds; /* of 16 */
};

static int arrived(void *context, size_t index)
{
    struct lots *lots = context;
    (void)index;
    lots->number = lots->number * 1664525u + 1013904223u;
    return lots->number >> 28 < lots->odds;
}

/* The power goes some events ago: the rest of that disk's life is another's. */
static void cut_power(struct scene *s, struct input *input)
{
    size_t events = crash_disk_events(s->disk), ago = input_u8(input);
    size_t moment = ago < events ? events - ago : 0;
    struct lots lots = {.odds = input_u8(input) % 17u};
    lots.number = input_u8(input); /* initializers have no order among themselves */
    struct promise allowed = s->promises[crash_disk_mark_at(s->disk, moment)];
    struct crash_disk *image = crash_disk_image(s->disk, moment, arrived, &lots);
    close_database(s);
    crash_disk_free(s->disk);
    s->disk = image;
    open_database(s);
    begin(s);
    int same = 0;
    size_t found = allowed.most + 1;
    while (!same && found > allowed.least)
        EXPECT_STATUS_OF(s->db, model_compare(s->txn, NULL, &s->states[--found], &same), QUIRE_OK);
    EXPECT(same);
    audit_expect(s->db);
    EXPECT(model_copy(&s->script.model, &s->states[found]));
    EXPECT(model_copy(&s->states[0], &s->script.model));
    begin_history(s);
}

static void step(struct scene *s, struct input *input)
{
    uint8_t code = input_u8(input) % 16u;
    int has_room = s->state_count + 1 < STATES_MOST && s->promise_count + 4 < PROMISES_MOST;
    if (code <= 9) {
        quire_status status = script_edit(&s->script, input, s->db, s->txn);
        EXPECT(status == QUIRE_OK || status == QUIRE_NOT_FOUND || status == QUIRE_EXISTS);
    } else if (code == 12) {
        quire_rollback(s->txn);
        EXPECT(model_copy(&s->script.model, &s->states[s->state_count - 1]));
        begin(s);
    } else if (code == 15) {
        cut_power(s, input);
    } else if (has_room) {
        if (code <= 11)
            commit(s);
        else if (code == 13)
            make_durable(s, input_u8(input));
        else
            reopen(s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t mode = input_u8(&input);
    struct scene s = {.disk = crash_disk_new(1)};
    for (size_t i = 0; i < STATES_MOST; i++)
        model_init(&s.states[i]);
    quire_options_init(&s.options);
    s.options.sync = mode % 2u ? QUIRE_SYNC_NORMAL : QUIRE_SYNC_FULL;
    s.options.page_size = mode / 2u % 4u == 3 ? 1024 : 512;
    s.options.cache_bytes = s.options.page_size * (32u + mode / 8u);
    script_open(&s.script, s.options.page_size);
    begin_history(&s);
    open_database(&s);
    begin(&s);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++)
        step(&s, &input);
    close_database(&s);
    digest_file(crash_disk_vfs(s.disk), "db");
    crash_disk_free(s.disk);
    script_close(&s.script);
    for (size_t i = 0; i < STATES_MOST; i++)
        model_free(&s.states[i]);
    return 0;
}
