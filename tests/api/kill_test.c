/*
 * A process that is killed at a random moment, on real files: it commits small
 * changes all over a tree, while a second thread of it checkpoints, and says in
 * shared memory what was acknowledged. After each kill the database is opened,
 * which recovers it: it holds the last acknowledged commit or the one that was
 * under way, whole, and passes the audit. Every second time it is the next process
 * that opens, and goes on, so that some are killed while they recover.
 *
 *   KILLS   how many times (default 15)
 */
#define _GNU_SOURCE
#include "../support/api_fixture.h"
#include "../support/random.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEYS = 400, EDITS = 6, VALUE_MAX = 1500 };

/* What the killed process leaves to its parent. */
struct shared {
    _Atomic uint64_t acknowledged;
};

struct trial {
    char path[64];
    struct shared *shared;
    quire_options options;
    uint64_t written_by[KEYS]; /* the commit that wrote each key last; 0: it is not there */
    uint64_t number;           /* of the commit that this is the state of */
};

static quire_bytes key_of(size_t key, char text[16])
{
    snprintf(text, 16, "key%05zu", key);
    return (quire_bytes){(const uint8_t *)text, 8};
}

static quire_bytes value_of(uint64_t commit, size_t key, uint8_t bytes[VALUE_MAX])
{
    size_t mixed = (size_t)commit * 131 + key * 17;
    size_t size = mixed % 23 == 0 ? VALUE_MAX - mixed % 100 : mixed % 120;
    memset(bytes, (int)('a' + mixed % 26), size);
    return (quire_bytes){bytes, size};
}

/* The keys that a commit changes, and which of them it deletes, follow from its number. */
static void edits_of(uint64_t commit, size_t keys[EDITS], int deletes[EDITS])
{
    struct random random = {commit * 7919 + 1};
    for (size_t i = 0; i < EDITS; i++) {
        keys[i] = random_below(&random, KEYS);
        deletes[i] = random_below(&random, 3) == 0;
    }
}

static void advance(struct trial *trial)
{
    size_t keys[EDITS];
    int deletes[EDITS];
    edits_of(++trial->number, keys, deletes);
    for (size_t i = 0; i < EDITS; i++)
        trial->written_by[keys[i]] = deletes[i] ? 0 : trial->number;
}

/* ---- the process that is killed ---- */

static void *checkpointer_main(void *context)
{
    quire_db *db = context;
    while (quire_checkpoint(db) == QUIRE_OK)
        usleep(3000);
    return NULL;
}

static quire_status commit_once(quire_db *db, uint64_t commit)
{
    quire_txn *txn;
    size_t keys[EDITS];
    int deletes[EDITS];
    char text[16];
    uint8_t bytes[VALUE_MAX];
    quire_status status = quire_begin(db, QUIRE_WRITE, &txn);
    if (status != QUIRE_OK)
        return status;
    edits_of(commit, keys, deletes);
    status = quire_put(txn, NULL, (quire_bytes){(const uint8_t *)"at", 2},
                       (quire_bytes){(const uint8_t *)&commit, sizeof commit}, 0);
    for (size_t i = 0; i < EDITS && status == QUIRE_OK; i++) {
        status = deletes[i] ? quire_delete(txn, NULL, key_of(keys[i], text))
                            : quire_put(txn, NULL, key_of(keys[i], text), value_of(commit, keys[i], bytes), 0);
        status = status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
    }
    if (status == QUIRE_OK)
        return quire_commit(txn);
    quire_rollback(txn);
    return status;
}

/* Which commit the database holds the state of. */
static quire_status commit_found(quire_db *db, uint64_t *number)
{
    quire_txn *txn;
    quire_bytes value;
    *number = 0;
    quire_status status = quire_begin(db, QUIRE_READ, &txn);
    if (status != QUIRE_OK)
        return status;
    status = quire_get(txn, NULL, (quire_bytes){(const uint8_t *)"at", 2}, &value);
    if (status == QUIRE_OK)
        memcpy(number, value.data, sizeof *number);
    quire_rollback(txn);
    return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
}

/* Ends by being killed, or with 1 if a call fails. */
static void churn(const struct trial *trial)
{
    quire_db *db;
    pthread_t thread;
    uint64_t found;
    if (quire_open(trial->path, &trial->options, &db) != QUIRE_OK || commit_found(db, &found) != QUIRE_OK)
        _exit(1);
    if (found < atomic_load(&trial->shared->acknowledged))
        _exit(2);
    atomic_store(&trial->shared->acknowledged, found);
    if (pthread_create(&thread, NULL, checkpointer_main, db) != 0)
        _exit(1);
    for (uint64_t commit = found + 1;; commit++) {
        if (commit_once(db, commit) != QUIRE_OK)
            _exit(1);
        atomic_store(&trial->shared->acknowledged, commit);
    }
}

/* ---- after the kill ---- */

static void compare_all(struct trial *trial, quire_txn *txn)
{
    char text[16];
    uint8_t bytes[VALUE_MAX];
    quire_bytes value;
    for (size_t key = 0; key < KEYS; key++) {
        quire_status status = quire_get(txn, NULL, key_of(key, text), &value);
        if (trial->written_by[key] == 0) {
            assert_int_equal(status, QUIRE_NOT_FOUND);
            continue;
        }
        OK(status);
        quire_bytes wanted = value_of(trial->written_by[key], key, bytes);
        assert_int_equal(value.size, wanted.size);
        assert_memory_equal(value.data, wanted.data, wanted.size);
    }
}

static void look(struct trial *trial)
{
    quire_db *db;
    quire_txn *txn;
    uint64_t found, acknowledged = atomic_load(&trial->shared->acknowledged);
    OK(quire_open(trial->path, &trial->options, &db));
    OK(commit_found(db, &found));
    OK(quire_begin(db, QUIRE_READ, &txn));
    assert_in_range(found, acknowledged, acknowledged + 1);
    while (trial->number < found)
        advance(trial);
    compare_all(trial, txn);
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    quire_rollback(txn);
    OK(quire_close(db));
}

static void run_kills(quire_sync_mode sync, uint64_t kills)
{
    struct trial trial = {.path = "/tmp/quire-kill-XXXXXX"};
    struct random random = {(unsigned)sync + 11};
    char name[80];
    assert_non_null(mkdtemp(trial.path));
    strcpy(name, trial.path);
    strcat(trial.path, "/db");
    trial.shared = mmap(NULL, sizeof *trial.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(trial.shared != MAP_FAILED);
    quire_options_init(&trial.options);
    trial.options.sync = sync;
    trial.options.page_size = 1024;
    trial.options.cache_bytes = 128 << 10;
    trial.options.log_bytes = 128 << 10;
    for (uint64_t i = 0; i < kills; i++) {
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            churn(&trial);
        usleep((useconds_t)(1000 + random_below(&random, 120000)));
        (void)kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        if (i % 2 == 1 || i + 1 == kills)
            look(&trial);
    }
    print_message("# %llu kills, %llu commits\n", (unsigned long long)kills, (unsigned long long)trial.number);
    (void)unlink(trial.path);
    (void)rmdir(name);
    (void)munmap(trial.shared, sizeof *trial.shared);
}

static uint64_t wanted_kills(void)
{
    const char *wanted = getenv("KILLS");
    return wanted != NULL ? strtoull(wanted, NULL, 10) : 15;
}

static void every_acknowledged_commit_outlives_a_kill_in_full_mode(void **state)
{
    (void)state;
    run_kills(QUIRE_SYNC_FULL, wanted_kills() - wanted_kills() / 2);
}

static void every_acknowledged_commit_outlives_a_kill_without_syncs(void **state)
{
    (void)state;
    run_kills(QUIRE_SYNC_OFF, wanted_kills() / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_acknowledged_commit_outlives_a_kill_in_full_mode),
        cmocka_unit_test(every_acknowledged_commit_outlives_a_kill_without_syncs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
