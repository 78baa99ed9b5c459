/* A database, its disk's past, and what a cut may find. */
#include "scene.h"

#include "digest.h"
#include "expect_status.h"

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

void scene_commit(struct scene *s)
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

void scene_make_durable(struct scene *s, uint8_t how)
{
    scene_commit(s);
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

void scene_reopen(struct scene *s)
{
    close_database(s);
    s->durable = s->state_count - 1;
    promise(s, s->durable);
    EXPECT(model_copy(&s->script.model, &s->states[s->durable]));
    open_database(s);
    begin(s);
}

enum { LOST_IN_TURN = 8 };

struct lots {
    uint32_t number;
    uint8_t odds; /* of 16 that a sector arrives; more than 16: all do but the one that `lost` is the index of */
    size_t lost;
};

static int arrived(void *context, size_t index)
{
    struct lots *lots = context;
    if (lots->odds > 16)
        return index != lots->lost;
    lots->number = lots->number * 1664525u + 1013904223u;
    return lots->number >> 28 < lots->odds;
}

/* One lost sector is counted from the newest: there stands what the last commit or checkpoint wrote. */
static size_t sector_at(const struct crash_disk *disk, size_t moment, size_t number)
{
    size_t pending = crash_disk_pending(disk, moment);
    return pending > number ? pending - 1 - number : 0;
}

/* Opens what is left, which is one of the allowed states, whole: answers which. */
static size_t find_state(struct scene *s, struct crash_disk *image, const struct promise *allowed)
{
    int same = 0;
    size_t found = allowed->most + 1;
    s->disk = image;
    open_database(s);
    begin(s);
    while (!same && found > allowed->least)
        EXPECT_STATUS_OF(s->db, model_compare(s->txn, NULL, &s->states[--found], &same), QUIRE_OK);
    EXPECT(same);
    audit_expect(s->db);
    return found;
}

/* The power goes some events ago: the rest of that disk's life is another's. */
void scene_cut_power(struct scene *s, struct input *input)
{
    size_t events = crash_disk_events(s->disk), ago = input_u8(input), moment = ago < events ? events - ago : 0;
    uint8_t odds = input_u8(input), number = input_u8(input);
    struct promise allowed = s->promises[crash_disk_mark_at(s->disk, moment)];
    struct crash_disk *past = s->disk;
    struct lots lots = {.number = number, .odds = odds < 238 ? odds % 17u : 17};
    size_t found = 0, disks = lots.odds > 16 ? LOST_IN_TURN : 1;
    close_database(s);
    for (size_t i = 0; i < disks; i++) {
        if (i > 0) {
            close_database(s);
            crash_disk_free(s->disk);
        }
        lots.lost = sector_at(past, moment, number % 32u + i);
        found = find_state(s, crash_disk_image(past, moment, arrived, &lots), &allowed);
    }
    crash_disk_free(past);
    EXPECT(model_copy(&s->script.model, &s->states[found]));
    EXPECT(model_copy(&s->states[0], &s->script.model));
    begin_history(s);
}

void scene_roll_back(struct scene *s)
{
    quire_rollback(s->txn);
    EXPECT(model_copy(&s->script.model, &s->states[s->state_count - 1]));
    begin(s);
}

int scene_has_room(const struct scene *s)
{
    return s->state_count + 1 < STATES_MOST && s->promise_count + 4 < PROMISES_MOST;
}

void scene_open(struct scene *s, quire_sync_mode sync, size_t page_size, size_t pages)
{
    *s = (struct scene){.disk = crash_disk_new(1)};
    for (size_t i = 0; i < STATES_MOST; i++)
        model_init(&s->states[i]);
    quire_options_init(&s->options);
    s->options.sync = sync;
    s->options.page_size = (uint32_t)page_size;
    s->options.cache_bytes = page_size * pages;
    script_open(&s->script, page_size);
    begin_history(s);
    open_database(s);
    begin(s);
}

void scene_close(struct scene *s)
{
    close_database(s);
    digest_file(crash_disk_vfs(s->disk), "db");
    crash_disk_free(s->disk);
    script_close(&s->script);
    for (size_t i = 0; i < STATES_MOST; i++)
        model_free(&s->states[i]);
}
