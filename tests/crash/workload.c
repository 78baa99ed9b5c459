/* See workload.h. */
#include "workload.h"

#include "../support/api_fixture.h"
#include "../support/database_hash.h"
#include "../support/random.h"
#include "../support/step_vfs.h"
#include "edits.h"

enum { COMMITS = 45 };

/* The workload as it runs. */
struct workload {
    const struct workload_kind *kind;
    struct history *history;
    struct crash_disk *disk;
    struct step_vfs step;
    quire_db *db;
    struct random random;
    uint32_t number;       /* of the transaction */
    uint32_t durable;      /* the last state that no crash may take away */
    uint32_t acknowledged; /* the last one whose commit returned */
    quire_txn *reader;
    uint64_t reader_hash;
};

static uint64_t database_hash_of(quire_txn *txn)
{
    uint64_t hash;
    OK(database_hash(txn, &hash));
    return hash;
}

/* From here on, with `most` as the last state that was begun. */
static void promise(struct workload *work, uint32_t most)
{
    struct history *history = work->history;
    assert_in_range(history->promise_count, 0, 4 * COMMITS_MAX - 1);
    crash_disk_mark(work->disk, history->promise_count);
    history->promises[history->promise_count++] = (struct promise){work->durable, work->acknowledged, most};
}

static void run_commit(struct workload *work, quire_txn *txn)
{
    struct history *history = work->history;
    assert_in_range(history->count, 0, COMMITS_MAX - 1);
    uint32_t state = history->count++;
    history->hashes[state] = database_hash_of(txn);
    promise(work, state);
    OK(quire_commit(txn));
    work->acknowledged = state;
    if (work->kind->options.sync == QUIRE_SYNC_FULL)
        work->durable = state;
    promise(work, state);
}

static void run_transaction(struct workload *work, quire_txn *txn)
{
    uint32_t number = ++work->number;
    crash_edits(txn, &work->random, number);
    if (number % 9 == 8)
        quire_rollback(txn);
    else
        run_commit(work, txn);
}

/* A reader from before sees what it saw, unless it is lost to the limit of what is kept, and ends; or one begins. */
static void run_reader(struct workload *work)
{
    uint64_t hash;
    if (work->reader != NULL) {
        quire_status status = database_hash(work->reader, &hash);
        if (status != QUIRE_SNAPSHOT_LOST)
            assert_int_equal(status, QUIRE_OK);
        if (status == QUIRE_OK)
            assert_int_equal(hash, work->reader_hash);
        quire_rollback(work->reader);
        work->reader = NULL;
        return;
    }
    OK(quire_begin(work->db, QUIRE_READ, &work->reader));
    work->reader_hash = database_hash_of(work->reader);
}

/* What another thread does before some call by which a checkpoint writes or syncs the database file. */
static void run_amid_checkpoint(void *context)
{
    struct workload *work = context;
    quire_txn *txn;
    if (random_below(&work->random, 8) == 0)
        run_reader(work);
    if (random_below(&work->random, 5) != 0 || work->history->count + 30 > COMMITS_MAX)
        return;
    OK(quire_begin(work->db, QUIRE_WRITE | QUIRE_NO_WAIT, &txn));
    run_transaction(work, txn);
}

static void run_checkpoint(struct workload *work)
{
    uint32_t state = work->history->count - 1;
    if (work->kind->is_amid)
        step_vfs_hook(&work->step, run_amid_checkpoint, work);
    OK(quire_checkpoint(work->db));
    step_vfs_hook(&work->step, NULL, NULL);
    if (work->durable < state)
        work->durable = state;
    promise(work, work->history->count - 1);
}

void workload_kind_init(struct workload_kind *kind, const char *name, uint32_t page_size, quire_sync_mode sync,
                        int is_amid)
{
    *kind = (struct workload_kind){.name = name, .is_amid = is_amid};
    quire_options_init(&kind->options);
    kind->options.page_size = page_size;
    kind->options.sync = sync;
    kind->options.cache_bytes = 64 * page_size;
}

void workload_run(const struct workload_kind *kind, struct crash_disk *disk, struct history *history)
{
    struct workload work = {
        .kind = kind,
        .history = history,
        .disk = disk,
        .random = {kind->options.page_size * 77u + 5u + (unsigned)kind->is_amid + kind->round * 1000003u}};
    quire_options options = kind->options;
    quire_txn *txn;
    *history = (struct history){.count = 0};
    step_vfs_init(&work.step, crash_disk_vfs(disk), WORKLOAD_PATH);
    options.vfs = &work.step.vfs;
    promise(&work, 0);
    OK(quire_open(WORKLOAD_PATH, &options, &work.db));
    OK(quire_begin(work.db, QUIRE_READ, &txn));
    history->hashes[history->count++] = database_hash_of(txn);
    quire_rollback(txn);
    for (uint32_t n = 1; n <= COMMITS; n++) {
        OK(quire_begin(work.db, QUIRE_WRITE, &txn));
        run_transaction(&work, txn);
        if (n % 6 == 5)
            run_checkpoint(&work);
    }
    quire_rollback(work.reader);
    OK(quire_close(work.db));
}
