/*
 * Plays on a whole database. Its state at each commit is a function of a small
 * table, `states`: which commit wrote each key last, 0 for one that is not there.
 * The key "at" holds the number of the commit, so a reader learns which row of
 * the table it must see. Values are made from commit and key; a few are so long
 * that they go to overflow pages, and some keys come and go, so that leaves split
 * and merge and pages are freed while somebody reads them.
 *
 *   writers        put and delete a few keys, roll some of it back
 *   checkpointer   checkpoints, and asks for the list of readers
 *   readers        walk the tree by cursor or ask for single keys; what they are
 *                  given must stay as it is until their next call
 *   backup         copies the database in steps; the copy is one commit's state
 */
#include "plays.h"

#include "../support/random.h"
#include "schedule_points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 24, COMMITS_MAX = 8, VALUE_MAX = 900, KEY_SIZE = 8 };

enum role { ROLE_WRITER, ROLE_CHECKPOINTER, ROLE_READER, ROLE_BACKUP };

struct cast {
    enum role roles[SCHEDULE_THREADS_MAX];
    uint64_t commits; /* of each writer */
    uint32_t reads, checkpoints;
};

struct state {
    uint64_t written_by[KEYS];
};

struct stage {
    const struct cast *cast;
    quire_db *db;
    quire_vfs *disk;
    struct random random[SCHEDULE_THREADS_MAX];
    struct state states[2 * COMMITS_MAX + 2];
    struct commits commits;
    uint64_t backup_floor; /* what the copy must hold at least; 0: there is none */
};

static quire_bytes key_of(size_t key, char text[KEY_SIZE])
{
    int length = snprintf(text, KEY_SIZE, "k%03zu", key);
    return (quire_bytes){(const uint8_t *)text, (size_t)length};
}

static quire_bytes key_at(void)
{
    return (quire_bytes){(const uint8_t *)"at", 2};
}

static quire_bytes value_of(uint64_t commit, size_t key, uint8_t bytes[VALUE_MAX])
{
    size_t mixed = (size_t)commit * 31 + key * 17;
    size_t size = mixed % 13 == 0 ? VALUE_MAX - mixed % 100 : mixed % 70;
    memset(bytes, (int)('a' + mixed % 26), size);
    return (quire_bytes){bytes, size};
}

static int worked(struct stage *stage, quire_status status, const char *what)
{
    if (status != QUIRE_OK)
        schedule_fail("%s answers %s: %s", what, quire_status_name(status), quire_error_message(stage->db));
    return status == QUIRE_OK;
}

/* Which commit the transaction sees; 0 if that cannot be read. */
static uint64_t commit_seen(quire_txn *txn)
{
    quire_bytes value;
    uint64_t number = 0;
    if (quire_get(txn, NULL, key_at(), &value) == QUIRE_OK && value.size == sizeof number)
        memcpy(&number, value.data, sizeof number);
    return number;
}

/* ---- a writer ---- */

static quire_status write_keys(struct stage *stage, size_t thread, quire_txn *txn, uint64_t stamp, struct state *state)
{
    struct random *random = &stage->random[thread];
    uint8_t bytes[VALUE_MAX];
    char text[KEY_SIZE];
    quire_status status = quire_put(txn, NULL, key_at(), (quire_bytes){(const uint8_t *)&stamp, sizeof stamp}, 0);
    for (size_t i = 1 + random_below(random, 5); i > 0 && status == QUIRE_OK; i--) {
        size_t key = random_below(random, KEYS);
        quire_bytes name = key_of(key, text);
        if (state->written_by[key] != 0 && random_below(random, 3) == 0) {
            status = quire_delete(txn, NULL, name);
            state->written_by[key] = 0;
        } else {
            status = quire_put(txn, NULL, name, value_of(stamp, key, bytes), 0);
            state->written_by[key] = stamp;
        }
    }
    return status;
}

/* One transaction on top of whatever is the newest commit. */
static int write_once(struct stage *stage, size_t thread, int is_kept)
{
    quire_txn *txn;
    if (!worked(stage, quire_begin(stage->db, QUIRE_WRITE, &txn), "begin"))
        return 0;
    uint64_t last = commit_seen(txn);
    if (last != stage->commits.begun) {
        schedule_fail("thread %zu writes on top of commit %llu, not %llu", thread, (unsigned long long)last,
                      (unsigned long long)stage->commits.begun);
        quire_rollback(txn);
        return 0;
    }
    struct state state = stage->states[last];
    quire_status status = write_keys(stage, thread, txn, is_kept ? last + 1 : last + 1000, &state);
    if (!worked(stage, status, "a write") || !is_kept) {
        quire_rollback(txn);
        return status == QUIRE_OK;
    }
    stage->states[last + 1] = state;
    stage->commits.begun = last + 1;
    if (!worked(stage, quire_commit(txn), "commit"))
        return 0;
    commits_acknowledge(&stage->commits, last + 1);
    return 1;
}

static void writer_body(struct stage *stage, size_t thread)
{
    for (uint64_t i = 0; i < stage->cast->commits; i++) {
        if (random_below(&stage->random[thread], 5) == 0 && !write_once(stage, thread, 0))
            return;
        if (!write_once(stage, thread, 1))
            return;
    }
}

static int ignore_reader(void *context, const quire_reader *reader)
{
    (void)context;
    (void)reader;
    return 0;
}

static void checkpointer_body(struct stage *stage)
{
    for (uint32_t i = 0; i < stage->cast->checkpoints; i++) {
        if (!worked(stage, quire_readers(stage->db, ignore_reader, NULL), "the list of readers") ||
            !worked(stage, quire_checkpoint(stage->db), "a checkpoint"))
            return;
    }
}

/* ---- a reader ---- */

static void compare_value(uint64_t seen, const struct state *state, size_t key, quire_bytes value)
{
    uint8_t bytes[VALUE_MAX];
    uint64_t by = state->written_by[key];
    quire_bytes wanted = value_of(by, key, bytes);
    if (by == 0 || value.size != wanted.size || memcmp(value.data, wanted.data, wanted.size) != 0)
        schedule_fail("at commit %llu the value of key %zu is not that of commit %llu", (unsigned long long)seen, key,
                      (unsigned long long)by);
}

static void read_key(struct stage *stage, size_t thread, quire_txn *txn, uint64_t seen, const struct state *state)
{
    char text[KEY_SIZE];
    quire_bytes value;
    size_t key = random_below(&stage->random[thread], KEYS);
    quire_status status = quire_get(txn, NULL, key_of(key, text), &value);
    if (status == QUIRE_NOT_FOUND && state->written_by[key] == 0)
        return;
    if (!worked(stage, status, "a read"))
        return;
    compare_value(seen, state, key, value);
    schedule_rest();
    schedule_point("a value is held");
    compare_value(seen, state, key, value);
}

static void read_all(struct stage *stage, quire_txn *txn, uint64_t seen, const struct state *state)
{
    char text[KEY_SIZE];
    quire_cursor *cursor;
    quire_bytes name, value;
    size_t key = 0;
    if (!worked(stage, quire_cursor_open(txn, NULL, &cursor), "a cursor"))
        return;
    quire_status status = quire_cursor_first(cursor, &name, &value);
    if (status == QUIRE_OK) /* that was "at" */
        status = quire_cursor_next(cursor, &name, &value);
    for (; status == QUIRE_OK; status = quire_cursor_next(cursor, &name, &value), key++) {
        while (key < KEYS && state->written_by[key] == 0)
            key++;
        quire_bytes wanted = key_of(key, text);
        if (key == KEYS || name.size != wanted.size || memcmp(name.data, wanted.data, name.size) != 0) {
            schedule_fail("at commit %llu the cursor stands on \"%.*s\", not on \"%s\"", (unsigned long long)seen,
                          (int)name.size, (const char *)name.data, text);
            break;
        }
        schedule_point("a record is held");
        compare_value(seen, state, key, value);
    }
    while (status == QUIRE_NOT_FOUND && key < KEYS && state->written_by[key] == 0)
        key++;
    if (status != QUIRE_NOT_FOUND && status != QUIRE_OK)
        (void)worked(stage, status, "the next record");
    else if (status == QUIRE_NOT_FOUND && key < KEYS)
        schedule_fail("at commit %llu key %zu is missing", (unsigned long long)seen, key);
    quire_cursor_close(cursor);
}

static void reader_body(struct stage *stage, size_t thread)
{
    for (uint32_t i = 0; i < stage->cast->reads; i++) {
        quire_txn *txn;
        uint64_t floor = commits_floor(&stage->commits);
        if (!worked(stage, quire_begin(stage->db, QUIRE_READ, &txn), "begin"))
            return;
        uint64_t seen = commit_seen(txn);
        if (commits_see(&stage->commits, thread, floor, seen)) {
            const struct state *state = &stage->states[seen];
            schedule_rest();
            if (random_below(&stage->random[thread], 3) == 0)
                read_all(stage, txn, seen, state);
            else
                for (size_t n = 0; n < 3; n++)
                    read_key(stage, thread, txn, seen, state);
        }
        quire_rollback(txn);
    }
}

static void backup_body(struct stage *stage)
{
    quire_backup *backup;
    uint64_t remaining = 1, total, floor = commits_floor(&stage->commits);
    if (!worked(stage, quire_backup_begin(stage->db, "copy", NULL, &backup), "a backup"))
        return;
    while (remaining > 0 && worked(stage, quire_backup_step(backup, 3, &remaining, &total), "a step of the backup"))
        schedule_rest();
    if (worked(stage, quire_backup_finish(backup), "the end of the backup"))
        stage->backup_floor = floor;
}

/* ---- the play ---- */

static void database_body(void *context, size_t thread)
{
    struct stage *stage = context;
    switch (stage->cast->roles[thread]) {
    case ROLE_WRITER:
        writer_body(stage, thread);
        break;
    case ROLE_CHECKPOINTER:
        checkpointer_body(stage);
        break;
    case ROLE_READER:
        reader_body(stage, thread);
        break;
    case ROLE_BACKUP:
        backup_body(stage);
        break;
    }
}

/* Commit 1 writes every second key. */
static quire_status stage_fill(struct stage *stage)
{
    quire_txn *txn;
    uint8_t bytes[VALUE_MAX];
    char text[KEY_SIZE];
    const uint64_t first = 1;
    quire_status status = quire_begin(stage->db, QUIRE_WRITE, &txn);
    if (status != QUIRE_OK)
        return status;
    status = quire_put(txn, NULL, key_at(), (quire_bytes){(const uint8_t *)&first, sizeof first}, 0);
    for (size_t key = 0; key < KEYS && status == QUIRE_OK; key += 2) {
        status = quire_put(txn, NULL, key_of(key, text), value_of(1, key, bytes), 0);
        stage->states[1].written_by[key] = 1;
    }
    stage->commits = (struct commits){.begun = 1, .newest = 1};
    if (status == QUIRE_OK)
        return quire_commit(txn);
    quire_rollback(txn);
    return status;
}

static quire_status stage_open(struct stage *stage, const char *path, uint64_t number)
{
    quire_options options;
    quire_options_init(&options);
    options.page_size = 512;
    options.cache_bytes = 1; /* the least there is: 16 frames */
    options.pinned_bytes = 1 << 20;
    options.log_bytes = number % 3 == 0 ? 2048 : 64 << 10;
    options.sync = number % 5 == 0 ? QUIRE_SYNC_NORMAL : QUIRE_SYNC_FULL;
    options.vfs = stage->disk;
    return quire_open(path, &options, &stage->db);
}

static void *database_begin(const struct cast *cast, uint64_t number)
{
    struct stage *stage = calloc(1, sizeof *stage);
    if (stage == NULL)
        return NULL;
    stage->cast = cast;
    for (size_t i = 0; i < SCHEDULE_THREADS_MAX; i++)
        stage->random[i].state = number * 16 + i + 1;
    stage->disk = play_disk_new();
    quire_status status = stage->disk == NULL ? QUIRE_NO_MEMORY : stage_open(stage, "db", number);
    if (status == QUIRE_OK)
        status = stage_fill(stage);
    if (status == QUIRE_OK && number % 2 == 1)
        status = quire_checkpoint(stage->db);
    return status == QUIRE_OK ? stage : NULL;
}

static void note_violation(void *context, const quire_violation *violation)
{
    (void)context;
    schedule_fail("the audit finds %s in page %u: %s", violation->rule, (unsigned)violation->pgno, violation->message);
}

/* The open database holds commit `least` or a later one, whole. */
static void database_look(struct stage *stage, uint64_t least)
{
    quire_txn *txn;
    if (!worked(stage, quire_begin(stage->db, QUIRE_READ, &txn), "begin"))
        return;
    uint64_t seen = commit_seen(txn);
    if (seen < least || seen > stage->commits.begun)
        schedule_fail("in the end commit %llu is found where %llu to %llu are allowed", (unsigned long long)seen,
                      (unsigned long long)least, (unsigned long long)stage->commits.begun);
    else
        read_all(stage, txn, seen, &stage->states[seen]);
    (void)worked(stage, quire_check(txn, note_violation, NULL, NULL, NULL), "the audit");
    quire_rollback(txn);
}

static void database_end(void *context)
{
    struct stage *stage = context;
    database_look(stage, stage->commits.begun);
    if (quire_close(stage->db) != QUIRE_OK)
        schedule_fail("the database does not close");
    for (int is_copy = 0; is_copy <= (stage->backup_floor > 0); is_copy++) {
        if (stage_open(stage, is_copy ? "copy" : "db", 1) != QUIRE_OK) {
            schedule_fail("the %s does not open", is_copy ? "backup" : "database");
            break;
        }
        database_look(stage, is_copy ? stage->backup_floor : stage->commits.begun);
        if (quire_close(stage->db) != QUIRE_OK)
            schedule_fail("the %s does not close again", is_copy ? "backup" : "database");
    }
    quire_vfs_memory_free(stage->disk);
    free(stage);
}

static void *database_begin_one(uint64_t number)
{
    static const struct cast cast = {.roles = {ROLE_WRITER, ROLE_CHECKPOINTER, ROLE_READER, ROLE_READER},
                                     .commits = 4,
                                     .reads = 3,
                                     .checkpoints = 2};
    return database_begin(&cast, number);
}

static void *database_begin_backup(uint64_t number)
{
    static const struct cast cast = {.roles = {ROLE_WRITER, ROLE_BACKUP, ROLE_READER, ROLE_CHECKPOINTER},
                                     .commits = 5,
                                     .reads = 2,
                                     .checkpoints = 2};
    return database_begin(&cast, number);
}

static void *database_begin_writers(uint64_t number)
{
    static const struct cast cast = {.roles = {ROLE_WRITER, ROLE_WRITER, ROLE_READER, ROLE_READER, ROLE_CHECKPOINTER},
                                     .commits = 3,
                                     .reads = 2,
                                     .checkpoints = 1};
    return database_begin(&cast, number);
}

const struct play play_database = {"database", 4, database_begin_one, database_body, database_end, 1, {NULL}};
const struct play play_backup = {"backup", 4, database_begin_backup, database_body, database_end, 1, {NULL}};
const struct play play_writers = {"writers", 5, database_begin_writers, database_body, database_end, 1, {NULL}};
