/*
 * Plays on the pager. Pages hold a number each; a commit changes some of them,
 * and page 0 says which commit it was. Before it commits, the writer notes in
 * `states` what every page holds then. So a reader that has seen page 0 knows
 * what it must see in all others.
 *
 *   thread 0      writes, rolls some of it back, cuts pages off and adds them again
 *   thread 1      checkpoints; in one play thread 2 does, too
 *   the others    read, through snapshots of their own and through shared ones
 *                 that rest and are taken up again by whichever comes first
 */
#include "plays.h"

#include "../support/fake_codec.h"
#include "../support/random.h"
#include "schedule_points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES_MAX = 24, COMMITS_MAX = 8, SHARED_MAX = 2, PAGE_SIZE = 512, FIRST_PGNO = 3 };

/* How much of everything. */
struct shape {
    uint32_t pages, edits; /* in the file; changed by a commit */
    uint64_t commits;
    uint32_t reads, pages_read;          /* transactions of a reader; pages that each looks at beside page 0 */
    uint32_t checkpointers, checkpoints; /* threads, and checkpoints of each */
    uint32_t shared;                     /* snapshots that the readers share, which rest at the beginning */
    size_t pinned_bytes;                 /* 0: so many that no reader is lost */
    int may_cut, only_shared;
    quire_sync_mode sync;
};

struct state {
    uint32_t pages;
    uint64_t values[PAGES_MAX];
};

struct stage {
    const struct shape *shape;
    struct pager *pager;
    quire_vfs *disk;
    struct random random[SCHEDULE_THREADS_MAX];
    struct state states[COMMITS_MAX + 1];
    struct commits commits;
    struct snapshot shared[SHARED_MAX];
};

static int worked(quire_status status, const struct fault *fault, const char *what)
{
    if (status != QUIRE_OK)
        schedule_fail("%s answers %d: %s", what, (int)status, fault->message);
    return status == QUIRE_OK;
}

/* ---- the writer ---- */

/* Sets the number of a page; `renew` writes the whole page instead of changing it. */
static quire_status write_page(struct stage *stage, uint32_t at, uint64_t value, int renew, struct fault *fault)
{
    uint8_t delta[FAKE_DELTA_SIZE];
    uint32_t pgno = FIRST_PGNO + at;
    struct frame *frame = NULL;
    quire_status status;
    if (renew) {
        status = pager_edit_new(stage->pager, pgno, &frame, fault);
    } else {
        status = pager_read(stage->pager, NULL, pgno, &frame, fault);
        if (status == QUIRE_OK)
            status = pager_edit(stage->pager, &frame, fault);
    }
    if (status == QUIRE_OK && renew)
        fake_page_init(frame->data, pgno);
    if (status == QUIRE_OK) {
        fake_word_set(frame->data, 0, value, delta);
        status = renew ? pager_log_image(stage->pager, frame, fault)
                       : pager_log_delta(stage->pager, frame, delta, sizeof delta, fault);
    }
    if (frame != NULL)
        pager_release(stage->pager, frame);
    return status;
}

static quire_status write_grow(struct stage *stage, uint64_t value, struct state *state, struct fault *fault)
{
    uint32_t pgno;
    quire_status status = pager_grow(stage->pager, &pgno, fault);
    if (status != QUIRE_OK)
        return status;
    state->values[state->pages++] = value;
    return write_page(stage, pgno - FIRST_PGNO, value, 1, fault);
}

static quire_status write_pages(struct stage *stage, uint64_t value, struct state *state, struct fault *fault)
{
    struct random *random = &stage->random[0];
    quire_status status = write_page(stage, 0, value, 0, fault);
    state->values[0] = value;
    for (uint32_t i = 0; i < stage->shape->edits && status == QUIRE_OK; i++) {
        uint32_t at = 1 + (uint32_t)random_below(random, state->pages - 1);
        status = write_page(stage, at, value, random_below(random, 4) == 0, fault);
        state->values[at] = value;
    }
    if (status != QUIRE_OK || !stage->shape->may_cut)
        return status;
    if (state->pages < stage->shape->pages)
        return write_grow(stage, value, state, fault);
    if (random_below(random, 2) == 0)
        pager_shrink(stage->pager, FIRST_PGNO + --state->pages);
    return QUIRE_OK;
}

/* One transaction; as commit `number`, or to be rolled back. */
static int write_once(struct stage *stage, uint64_t number, int is_kept)
{
    struct fault fault = {{0}};
    struct state state = stage->states[number - 1];
    if (!worked(pager_begin(stage->pager, 0, &fault), &fault, "begin"))
        return 0;
    quire_status status = write_pages(stage, is_kept ? number : number + 1000, &state, &fault);
    if (!worked(status, &fault, "a write") || !is_kept) {
        pager_rollback(stage->pager);
        return status == QUIRE_OK;
    }
    stage->states[number] = state;
    stage->commits.begun = number;
    if (!worked(pager_commit(stage->pager, &fault), &fault, "commit"))
        return 0;
    commits_acknowledge(&stage->commits, number);
    return 1;
}

static void writer_body(struct stage *stage)
{
    for (uint64_t number = 2; number <= stage->shape->commits; number++) {
        if (random_below(&stage->random[0], 5) == 0 && !write_once(stage, number, 0))
            return;
        if (!write_once(stage, number, 1))
            return;
    }
}

static void checkpointer_body(struct stage *stage)
{
    struct fault fault = {{0}};
    for (uint32_t i = 0; i < stage->shape->checkpoints; i++) {
        (void)pager_has_readers(stage->pager);
        if (!worked(pager_checkpoint(stage->pager, &fault), &fault, "a checkpoint"))
            return;
    }
}

/* ---- a reader ---- */

static struct snapshot *reader_begin(struct stage *stage, struct snapshot *own, int wants_shared)
{
    for (size_t i = 0; wants_shared && i < stage->shape->shared; i++)
        if (pager_snapshot_reopen(stage->pager, &stage->shared[i]))
            return &stage->shared[i];
    return pager_snapshot_open(stage->pager, own) == QUIRE_OK ? own : NULL;
}

/* The number of a page, which must not change while it is pinned. 0 if the reader has lost its snapshot, or fails. */
static uint64_t reader_look(struct stage *stage, const struct snapshot *snapshot, uint32_t at)
{
    struct fault fault = {{0}};
    struct frame *frame;
    uint8_t before[PAGE_SIZE];
    quire_status status = pager_read(stage->pager, snapshot, FIRST_PGNO + at, &frame, &fault);
    if (status == QUIRE_SNAPSHOT_LOST && stage->shape->pinned_bytes > 0)
        return 0;
    if (!worked(status, &fault, "a read"))
        return 0;
    memcpy(before, frame->data, PAGE_SIZE);
    schedule_point("a page is held");
    schedule_point("a page is held still");
    uint64_t value = fake_word(frame->data, 0);
    if (memcmp(before, frame->data, PAGE_SIZE) != 0)
        schedule_fail("page %u changed while a reader held it", FIRST_PGNO + at);
    pager_release(stage->pager, frame);
    return value;
}

static void reader_read(struct stage *stage, size_t thread, const struct snapshot *snapshot, uint64_t floor)
{
    uint64_t seen = reader_look(stage, snapshot, 0);
    if (seen == 0 || !commits_see(&stage->commits, thread, floor, seen))
        return;
    const struct state *state = &stage->states[seen];
    if (snapshot->page_count != FIRST_PGNO + state->pages)
        schedule_fail("commit %llu left %u pages, thread %zu sees %u", (unsigned long long)seen,
                      FIRST_PGNO + state->pages, thread, snapshot->page_count);
    for (uint32_t i = 0; i < stage->shape->pages_read; i++) {
        uint32_t at = 1 + (uint32_t)random_below(&stage->random[thread], state->pages - 1);
        schedule_rest();
        uint64_t value = reader_look(stage, snapshot, at);
        if (value == 0)
            return;
        if (value != state->values[at])
            schedule_fail("thread %zu at commit %llu sees %llu in page %u, not %llu", thread, (unsigned long long)seen,
                          (unsigned long long)value, FIRST_PGNO + at, (unsigned long long)state->values[at]);
    }
}

static void reader_body(struct stage *stage, size_t thread)
{
    for (uint32_t i = 0; i < stage->shape->reads; i++) {
        struct snapshot own;
        uint64_t floor = commits_floor(&stage->commits);
        int wants_shared = stage->shape->only_shared || random_below(&stage->random[thread], 4) != 0;
        struct snapshot *snapshot = reader_begin(stage, &own, wants_shared);
        if (snapshot == NULL) {
            schedule_fail("thread %zu gets no snapshot", thread);
            return;
        }
        reader_read(stage, thread, snapshot, floor);
        if (snapshot == &own)
            pager_snapshot_close(stage->pager, snapshot);
        else
            pager_snapshot_rest(stage->pager, snapshot);
    }
}

/* ---- the play ---- */

static void pages_body(void *context, size_t thread)
{
    struct stage *stage = context;
    if (thread == 0)
        writer_body(stage);
    else if (thread <= stage->shape->checkpointers)
        checkpointer_body(stage);
    else
        reader_body(stage, thread);
}

static quire_status stage_open(struct stage *stage, struct fault *fault)
{
    struct pager_config config = {.path = "db", .codec = fake_codec()};
    quire_options options = {.flags = QUIRE_OPEN_CREATE,
                             .page_size = PAGE_SIZE,
                             .cache_bytes = 1, /* the least there is: 16 frames */
                             .pinned_bytes = stage->shape->pinned_bytes > 0 ? stage->shape->pinned_bytes : 1 << 20,
                             .log_bytes = 4 << 10,
                             .sync = stage->shape->sync,
                             .vfs = stage->disk,
                             .memory = memory_default()};
    config.options = &options;
    return pager_open(&config, &stage->pager, fault);
}

/* Commit 1 makes the pages. */
static quire_status stage_fill(struct stage *stage, struct fault *fault)
{
    struct state *state = &stage->states[1];
    quire_status status = pager_begin(stage->pager, 1, fault);
    while (status == QUIRE_OK && state->pages < stage->shape->pages)
        status = write_grow(stage, 1, state, fault);
    stage->commits = (struct commits){.begun = 1, .newest = 1};
    return status == QUIRE_OK ? pager_commit(stage->pager, fault) : status;
}

static void *pages_begin(const struct shape *shape, uint64_t number)
{
    struct fault fault = {{0}};
    struct stage *stage = calloc(1, sizeof *stage);
    if (stage == NULL)
        return NULL;
    stage->shape = shape;
    for (size_t i = 0; i < SCHEDULE_THREADS_MAX; i++)
        stage->random[i].state = number * 16 + i + 1;
    stage->disk = play_disk_new();
    quire_status status = stage->disk == NULL ? QUIRE_NO_MEMORY : stage_open(stage, &fault);
    if (status == QUIRE_OK)
        status = stage_fill(stage, &fault);
    /* Some plays begin with all in the file, some with all in the log. */
    if (status == QUIRE_OK && number % 2 == 1)
        status = pager_checkpoint(stage->pager, &fault);
    for (size_t i = 0; i < shape->shared && status == QUIRE_OK; i++)
        if (pager_snapshot_reopen(stage->pager, &stage->shared[i]))
            pager_snapshot_rest(stage->pager, &stage->shared[i]);
    return status == QUIRE_OK ? stage : NULL;
}

/* The last commit is there, now and after the file was closed and opened again. */
static void pages_look(struct stage *stage)
{
    struct snapshot snapshot;
    const struct state *state = &stage->states[stage->shape->commits];
    if (pager_snapshot_open(stage->pager, &snapshot) != QUIRE_OK)
        return;
    for (uint32_t at = 0; at < state->pages; at++) {
        uint64_t value = reader_look(stage, &snapshot, at);
        if (value != state->values[at])
            schedule_fail("in the end page %u holds %llu, not %llu", FIRST_PGNO + at, (unsigned long long)value,
                          (unsigned long long)state->values[at]);
    }
    pager_snapshot_close(stage->pager, &snapshot);
}

static void pages_end(void *context)
{
    struct stage *stage = context;
    struct fault fault = {{0}};
    for (size_t i = 0; i < SHARED_MAX; i++)
        pager_snapshot_close(stage->pager, &stage->shared[i]);
    pages_look(stage);
    if (worked(pager_close(stage->pager, &fault), &fault, "close") &&
        worked(stage_open(stage, &fault), &fault, "the next open")) {
        pages_look(stage);
        (void)worked(pager_close(stage->pager, &fault), &fault, "the next close");
    }
    quire_vfs_memory_free(stage->disk);
    free(stage);
}

static void *tiny_begin(uint64_t number)
{
    static const struct shape shape = {.pages = 2,
                                       .edits = 1,
                                       .commits = 2,
                                       .reads = 1,
                                       .pages_read = 1,
                                       .checkpointers = 1,
                                       .checkpoints = 1,
                                       .shared = 1,
                                       .only_shared = 1};
    return pages_begin(&shape, number);
}

static const struct shape rests_shape = {
    .pages = 2, .commits = 2, .reads = 1, .shared = 1, .only_shared = 1, .sync = QUIRE_SYNC_NORMAL};

static void *rests_begin(uint64_t number)
{
    return pages_begin(&rests_shape, number);
}

static void *claim_begin(uint64_t number)
{
    return pages_begin(&rests_shape, number | 1);
}

static void *room_begin(uint64_t number)
{
    static const struct shape shape = {
        .pages = 20, .edits = 3, .commits = 2, .reads = 2, .pages_read = 12, .sync = QUIRE_SYNC_NORMAL};
    return pages_begin(&shape, number);
}

static void *full_begin(uint64_t number)
{
    static const struct shape shape = {.pages = 20,
                                       .edits = 4,
                                       .commits = 5,
                                       .reads = 3,
                                       .pages_read = 4,
                                       .checkpointers = 1,
                                       .checkpoints = 2,
                                       .shared = 2,
                                       .may_cut = 1};
    return pages_begin(&shape, number);
}

static void *checkpoints_begin(uint64_t number)
{
    static const struct shape shape = {.pages = 2, .edits = 1, .commits = 3, .checkpointers = 2, .checkpoints = 1};
    return pages_begin(&shape, number);
}

static void *normal_begin(uint64_t number)
{
    static const struct shape shape = {.pages = 20,
                                       .edits = 4,
                                       .commits = 5,
                                       .reads = 3,
                                       .pages_read = 4,
                                       .checkpointers = 1,
                                       .checkpoints = 2,
                                       .shared = 2,
                                       .may_cut = 1,
                                       .sync = QUIRE_SYNC_NORMAL};
    return pages_begin(&shape, number);
}

static void *lost_begin(uint64_t number)
{
    static const struct shape shape = {.pages = 6,
                                       .edits = 4,
                                       .commits = 5,
                                       .reads = 3,
                                       .pages_read = 4,
                                       .checkpointers = 1,
                                       .checkpoints = 1,
                                       .shared = 1,
                                       .pinned_bytes = PAGE_SIZE};
    return pages_begin(&shape, number);
}

/*
 * Tiny ones, for the enumeration: a commit, a checkpoint and a reader; and a commit and two readers who come for the
 * same resting snapshot, with switches anywhere, and with those alone that matter to the snapshot or to the page; and a
 * commit and a reader who makes room in a cache that is smaller than the file, and so may take the very frame that the
 * writer has just found. In claim-steps a reader comes while the writer makes a frame its own, and holds the page
 * meanwhile. In checkpoint-steps two threads checkpoint, and switch at calls of the disk.
 */
const struct play play_pages_tiny = {"pages-tiny", 3, tiny_begin, pages_body, pages_end, 0, {NULL}};
const struct play play_rests_tiny = {"rests-tiny", 3, rests_begin, pages_body, pages_end, 0, {NULL}};
const struct play play_rests_steps = {"rests-steps", 3, rests_begin, pages_body, pages_end, 0, {"/snapshot.c:"}};
const struct play play_pins_steps = {"pins-steps", 3, rests_begin, pages_body, pages_end, 0, {"/cache.h:"}};
const struct play play_claim_steps = {
    "claim-steps", 2, claim_begin, pages_body, pages_end, 0, {"/cache.h:", "a page is held"}};
const struct play play_checkpoint_steps = {"checkpoint-steps", 3, checkpoints_begin, pages_body,
                                           pages_end,          0, {"/vfs_memory.c:"}};
const struct play play_room_steps = {"room-steps", 2, room_begin, pages_body, pages_end, 0, {"/cache.h:"}};

const struct play play_pages = {"pages", 4, full_begin, pages_body, pages_end, 1, {NULL}};
const struct play play_pages_normal = {"pages-normal", 4, normal_begin, pages_body, pages_end, 1, {NULL}};
const struct play play_pages_lost = {"pages-lost", 4, lost_begin, pages_body, pages_end, 1, {NULL}};
