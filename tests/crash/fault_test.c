/*
 * A database lives the same life again and again: commits of every kind of edit, a
 * rollback, checkpoints, a close and an open. Each time another call to the disk
 * fails, or another allocation, once or from then on. Every call of the API must
 * answer why, and what follows must work or answer that the database is poisoned.
 * Then it is closed, or the power goes, the disk is well again, and what is found
 * must be the acknowledged commits, whole; a commit that failed and left the
 * database poisoned may be there or not; the audit is clean, it can be written to,
 * and no memory is lost.
 *
 *   FAULTS=1   every allocation, and each failure of the disk with each end; otherwise a part of them
 */
#include "../support/api_fixture.h"
#include "../support/counted_memory.h"
#include "../support/database_hash.h"
#include "../support/fault_vfs.h"

#include <errno.h>

enum { COMMITS = 9, STATES = COMMITS + 2, RUN = 12, ENDS = 4, SOME_ALLOCATIONS = 9 };

/* What a life ends with: the power goes, in one of three ways, or it is closed. */
enum { END_CLOSES = CUT_TEARS + 1 };

struct life {
    struct fault_disk *disk;
    struct counted_memory memory;
    quire_options options;
    quire_db *db;
    uint64_t hashes[STATES]; /* of what each commit leaves, told by an undisturbed life */
    uint64_t acknowledged;   /* the newest commit that answered QUIRE_OK */
    uint64_t in_doubt;       /* one that failed and poisoned the database, 0 none */
    int is_over;             /* poisoned, or it cannot be opened */
    uint64_t lives;
};

/* ---- what a commit does, by its number ---- */

static quire_status put_run(quire_txn *txn, quire_tree *tree, uint64_t number)
{
    static uint8_t bytes[100];
    char keys[RUN][16];
    quire_pair pairs[RUN];
    memset(bytes, (int)number, sizeof bytes);
    for (size_t i = 0; i < RUN; i++) {
        snprintf(keys[i], sizeof keys[i], "%03zu", i * 5 + number % 7);
        pairs[i] = (quire_pair){text(keys[i]), {bytes, (number * 7 + i * 13) % sizeof bytes}};
    }
    return quire_put_many(txn, tree, pairs, RUN, NULL);
}

static quire_status put_long(quire_txn *txn, uint64_t number)
{
    static uint8_t bytes[2000];
    memset(bytes, (int)number, sizeof bytes);
    return quire_put(txn, NULL, text("long"), (quire_bytes){bytes, 700 + number % 13 * 100}, 0);
}

static quire_status try_and_go_back(quire_txn *txn)
{
    uint32_t savepoint;
    quire_status status = quire_savepoint(txn, &savepoint);
    if (status != QUIRE_OK)
        return status;
    status = put_run(txn, NULL, 99);
    quire_status back = quire_rollback_to(txn, savepoint);
    if (status == QUIRE_OK)
        status = back;
    return status == QUIRE_OK ? quire_release(txn, savepoint) : status;
}

static quire_status change_version(quire_txn *txn, uint64_t number)
{
    quire_tree_options options;
    uint64_t leaves;
    quire_tree_options_init(&options);
    options.slots = (uint8_t)(1 + number % 3);
    options.records = (uint8_t)(number % 2);
    quire_status status = quire_tree_options_set(txn, NULL, &options);
    return status == QUIRE_OK ? quire_tree_upgrade(txn, NULL, &leaves) : status;
}

static quire_status edit_named(quire_txn *txn, uint64_t number)
{
    quire_tree *tree;
    uint64_t deleted;
    quire_status status = quire_tree_open(txn, "named", &tree);
    if (status == QUIRE_OK && number % 5 == 0)
        return quire_tree_drop(txn, "named");
    if (status == QUIRE_NOT_FOUND)
        status = quire_tree_create(txn, "named", NULL, &tree);
    if (status == QUIRE_OK)
        status = put_run(txn, tree, number);
    if (status == QUIRE_OK && number % 2 == 0)
        status = quire_delete_range(txn, tree, text("010"), text("030"), &deleted);
    return status;
}

static quire_status edit(quire_txn *txn, uint64_t number)
{
    quire_status status = put_run(txn, NULL, number);
    if (status == QUIRE_OK)
        status = put_long(txn, number);
    if (status == QUIRE_OK)
        status = try_and_go_back(txn);
    if (status == QUIRE_OK)
        status = edit_named(txn, number);
    if (status == QUIRE_OK && number % 3 == 0)
        status = change_version(txn, number);
    return status;
}

/* ---- a life ---- */

/* Every answer says what was done to it. */
static quire_status fair(quire_status status)
{
    int is_fair = status == QUIRE_OK || status == QUIRE_IO || status == QUIRE_DISK_FULL || status == QUIRE_NO_MEMORY ||
                  status == QUIRE_DOOMED || status == QUIRE_POISONED;
    if (!is_fair)
        fail_msg("the answer to a failure is %s", quire_status_name(status));
    return status;
}

static void life_open(struct life *life)
{
    for (int attempt = 0; attempt < 2 && life->db == NULL; attempt++)
        if (fair(quire_open("db", &life->options, &life->db)) != QUIRE_OK)
            life->db = NULL;
    life->is_over = life->db == NULL;
}

/* One transaction, the next commit or one that is rolled back. */
static void life_write(struct life *life, int is_kept)
{
    quire_txn *txn;
    uint64_t number = life->acknowledged + 1;
    quire_status status = life->is_over ? QUIRE_POISONED : fair(quire_begin(life->db, QUIRE_WRITE, &txn));
    life->is_over |= status == QUIRE_POISONED;
    if (status != QUIRE_OK)
        return;
    if (fair(edit(txn, is_kept ? number : 50)) != QUIRE_OK || !is_kept) {
        quire_rollback(txn);
        return;
    }
    if (fair(quire_commit(txn)) == QUIRE_OK) {
        life->acknowledged = number;
    } else if (fair(quire_sync(life->db)) == QUIRE_POISONED) {
        life->in_doubt = number;
        life->is_over = 1;
    }
}

static quire_status read_all(quire_db *db, uint64_t *hash)
{
    quire_txn *txn;
    quire_status status = quire_begin(db, QUIRE_READ, &txn);
    if (status != QUIRE_OK)
        return status;
    status = database_hash(txn, hash);
    quire_rollback(txn);
    return status;
}

/* A reader sees the last commit, or is told why not. */
static void life_read(const struct life *life)
{
    uint64_t hash;
    if (!life->is_over && fair(read_all(life->db, &hash)) == QUIRE_OK && hash != life->hashes[life->acknowledged])
        fail_msg("a reader does not see commit %llu", (unsigned long long)life->acknowledged);
}

static void life_checkpoint(struct life *life)
{
    if (!life->is_over && fair(quire_checkpoint(life->db)) == QUIRE_POISONED)
        life->is_over = 1;
}

static void life_close(struct life *life)
{
    if (life->db != NULL)
        (void)fair(quire_close(life->db));
    life->db = NULL;
}

static void life_live(struct life *life)
{
    life_open(life);
    for (int n = 1; n <= 6; n++) {
        life_write(life, 1);
        if (n % 3 == 0)
            life_checkpoint(life);
        if (n == 4)
            life_write(life, 0);
        life_read(life);
    }
    if (!life->is_over) {
        life_close(life);
        life_open(life);
    }
    for (int n = 1; n <= 3; n++)
        life_write(life, 1);
}

static uint64_t hash_of_now(struct life *life)
{
    quire_txn *txn;
    uint64_t hash;
    OK(quire_begin(life->db, QUIRE_READ, &txn));
    OK(database_hash(txn, &hash));
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    quire_rollback(txn);
    return hash;
}

static void life_begin(struct life *life, quire_sync_mode sync)
{
    life->disk = fault_disk_new(1);
    counted_memory_init(&life->memory);
    quire_options_init(&life->options);
    life->options.vfs = fault_disk_vfs(life->disk);
    life->options.memory = &life->memory.hooks;
    life->options.page_size = 512;
    life->options.cache_bytes = 16 << 10;
    life->options.sync = sync;
    life->db = NULL;
    life->acknowledged = life->in_doubt = 0;
    life->is_over = 0;
    life->lives++;
}

/* The disk and the memory are well again. */
static void life_heal(struct life *life)
{
    fault_disk_fail(life->disk, 0, 0, FAULT_ONCE);
    fault_disk_fail_reads(life->disk, 0);
    life->memory.refuse_after = 0;
    life->memory.is_refusing = 0;
}

static void assert_acknowledged(const struct life *life, uint64_t hash, int end, uint64_t at)
{
    int may_be_less = life->options.sync != QUIRE_SYNC_FULL && end != END_CLOSES;
    for (uint64_t number = 0; number < STATES; number++)
        if (life->hashes[number] == hash &&
            (number == life->acknowledged || (number != 0 && number == life->in_doubt) ||
             (may_be_less && number < life->acknowledged)))
            return;
    fail_msg("failure %llu, end %d: commit %llu was acknowledged, %llu in doubt, and another state is found",
             (unsigned long long)at, end, (unsigned long long)life->acknowledged, (unsigned long long)life->in_doubt);
}

static void life_end(struct life *life, int end, uint64_t at)
{
    life_heal(life);
    if (end == END_CLOSES) {
        life_close(life);
    } else {
        /* The process goes with the power: it closes, but nothing of that reaches the disk. */
        fault_disk_fail(life->disk, fault_disk_calls(life->disk) + 1, EIO, FAULT_STICKY);
        if (life->db != NULL)
            (void)fair(quire_close(life->db));
        life->db = NULL;
        life_heal(life);
        fault_disk_cut_power(life->disk, (enum fault_cut)end);
    }
    OK(quire_open("db", &life->options, &life->db));
    assert_acknowledged(life, hash_of_now(life), end, at);
    /* It goes on. */
    life->is_over = 0;
    uint64_t before = life->acknowledged;
    life_write(life, 1);
    assert_int_equal(life->acknowledged, before + 1);
    (void)hash_of_now(life);
    OK(quire_close(life->db));
    life->db = NULL;
    assert_int_equal(life->memory.in_use, 0);
    fault_disk_free(life->disk);
}

/* A life without failures tells what each commit leaves, and how many calls and allocations there are. */
static uint64_t learn(struct life *life, quire_sync_mode sync)
{
    life->lives = 0;
    life_begin(life, sync);
    OK(quire_open("db", &life->options, &life->db));
    for (uint64_t number = 0; number < STATES; number++) {
        life->hashes[number] = hash_of_now(life);
        life_write(life, 1);
    }
    OK(quire_close(life->db));
    fault_disk_free(life->disk);
    life_begin(life, sync);
    life_live(life);
    assert_int_equal(life->acknowledged, COMMITS);
    uint64_t calls = fault_disk_calls(life->disk);
    life_end(life, END_CLOSES, 0);
    return calls;
}

static int all_of_them(void)
{
    const char *wanted = getenv("FAULTS");
    return wanted != NULL && strcmp(wanted, "1") == 0;
}

static void fail_each_call(quire_sync_mode sync, int error, enum fault_kind kind)
{
    static struct life life;
    uint64_t calls = learn(&life, sync);
    for (uint64_t call = 1; call <= calls; call++)
        for (int end = 0; end < ENDS; end++) {
            if (!all_of_them() && (int)(call % ENDS) != end)
                continue;
            life_begin(&life, sync);
            fault_disk_fail(life.disk, call, error, kind);
            life_live(&life);
            life_end(&life, end, call);
        }
    print_message("# %llu calls, %llu lives\n", (unsigned long long)calls, (unsigned long long)life.lives);
}

static void each_call_fails_once_or_for_good(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, EIO, FAULT_ONCE);
    fail_each_call(QUIRE_SYNC_FULL, EIO, FAULT_STICKY);
    fail_each_call(QUIRE_SYNC_NORMAL, EIO, FAULT_ONCE);
    fail_each_call(QUIRE_SYNC_NORMAL, EIO, FAULT_STICKY);
}

static void each_write_stops_half_way_or_fails_after_its_work(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, EIO, FAULT_SHORT);
    fail_each_call(QUIRE_SYNC_FULL, EIO, FAULT_LATE);
}

static void the_disk_is_full_at_each_call(void **state)
{
    (void)state;
    fail_each_call(QUIRE_SYNC_FULL, ENOSPC, FAULT_ONCE);
    fail_each_call(QUIRE_SYNC_FULL, ENOSPC, FAULT_STICKY);
    fail_each_call(QUIRE_SYNC_FULL, ENOSPC, FAULT_SHORT);
}

static void each_read_fails_once(void **state)
{
    (void)state;
    static struct life life;
    int has_failed = 1;
    (void)learn(&life, QUIRE_SYNC_FULL);
    for (uint64_t read = 1; has_failed; read++) {
        life_begin(&life, QUIRE_SYNC_FULL);
        fault_disk_fail_read(life.disk, read, EIO);
        life_live(&life);
        has_failed = fault_disk_has_failed(life.disk);
        fault_disk_fail_read(life.disk, 0, 0);
        life_end(&life, (int)(read % ENDS), read);
    }
    print_message("# %llu lives\n", (unsigned long long)life.lives);
}

static void fail_each_allocation(int for_good)
{
    static struct life life;
    uint64_t step = all_of_them() ? 1 : SOME_ALLOCATIONS;
    int has_failed = 1;
    (void)learn(&life, QUIRE_SYNC_FULL);
    for (uint64_t at = 1; has_failed; at += step) {
        life_begin(&life, QUIRE_SYNC_FULL);
        life.memory.refuse_after = at;
        life.memory.refuses_for_good = for_good;
        life_live(&life);
        has_failed = life.memory.refuse_after == 0;
        life_end(&life, (int)(at % ENDS), at);
    }
    print_message("# %llu lives\n", (unsigned long long)life.lives);
}

static void each_allocation_fails_once_or_for_good(void **state)
{
    (void)state;
    fail_each_allocation(0);
    fail_each_allocation(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_fails_once_or_for_good),
        cmocka_unit_test(each_write_stops_half_way_or_fails_after_its_work),
        cmocka_unit_test(the_disk_is_full_at_each_call),
        cmocka_unit_test(each_read_fails_once),
        cmocka_unit_test(each_allocation_fails_once_or_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
