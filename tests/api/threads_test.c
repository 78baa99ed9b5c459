/*
 * Threads: readers beside a writer and checkpoints see one commit each, whole.
 * The same program under the thread sanitizer is `make test-tsan`.
 */
#include "../support/api_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

enum { KEYS = 200, COMMITS = 150, READERS = 3, WRITERS = 3 };

static atomic_int done;

/* Every commit gives all keys the same value, so a reader that sees two values saw two commits. */
static void write_all(quire_db *db, uint32_t value)
{
    char key[16];
    quire_txn *txn;
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "%05d", i);
        OK(quire_put(txn, NULL, text(key), (quire_bytes){(const uint8_t *)&value, sizeof value}, 0));
    }
    OK(quire_commit(txn));
}

static uint32_t read_all(quire_db *db)
{
    uint32_t first = 0, value;
    int count = 0;
    quire_bytes key, found;
    quire_txn *txn;
    quire_cursor *cursor;
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(quire_cursor_open(txn, NULL, &cursor));
    for (quire_status status = quire_cursor_first(cursor, &key, &found); status == QUIRE_OK; count++) {
        memcpy(&value, found.data, sizeof value);
        if (count == 0)
            first = value;
        assert_int_equal(value, first);
        status = quire_cursor_next(cursor, &key, &found);
    }
    assert_int_equal(count, KEYS);
    OK(quire_commit(txn));
    return first;
}

static void *reader_main(void *db)
{
    uint32_t newest = 0;
    while (!atomic_load(&done)) {
        uint32_t seen = read_all(db);
        assert_true(seen >= newest);
        newest = seen;
    }
    return NULL;
}

static void *checkpointer_main(void *db)
{
    while (!atomic_load(&done))
        OK(quire_checkpoint(db));
    return NULL;
}

static void readers_see_whole_commits_beside_writer_and_checkpoints(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[READERS + 1];
    f->options.cache_bytes = 64 * 512;
    fixture_reopen(f);
    atomic_store(&done, 0);
    write_all(f->db, 1);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader_main, f->db), 0);
    assert_int_equal(pthread_create(&threads[READERS], NULL, checkpointer_main, f->db), 0);
    for (uint32_t value = 2; value < COMMITS; value++)
        write_all(f->db, value);
    atomic_store(&done, 1);
    for (int i = 0; i <= READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(read_all(f->db), COMMITS - 1);
    assert_sound(f);
}

static void *writer_main(void *db)
{
    for (int n = 0; n < 100; n++) {
        quire_txn *txn;
        quire_bytes found;
        uint32_t value;
        OK(quire_begin(db, QUIRE_WRITE, &txn));
        OK(quire_get(txn, NULL, text("counter"), &found));
        memcpy(&value, found.data, sizeof value);
        value++;
        OK(quire_put(txn, NULL, text("counter"), (quire_bytes){(const uint8_t *)&value, sizeof value}, 0));
        if (n % 10 == 9)
            quire_rollback(txn);
        else
            OK(quire_commit(txn));
    }
    return NULL;
}

static void writers_take_turns_and_lose_no_update(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[WRITERS];
    uint32_t value = 0;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_put(txn, NULL, text("counter"), (quire_bytes){(const uint8_t *)&value, sizeof value}, 0));
    OK(quire_commit(txn));
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, writer_main, f->db), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    quire_bytes found;
    txn = begin(f, QUIRE_READ);
    OK(quire_get(txn, NULL, text("counter"), &found));
    memcpy(&value, found.data, sizeof value);
    assert_int_equal(value, WRITERS * 90);
    quire_rollback(txn);
}

static void *begin_on_another_thread(void *argument)
{
    quire_txn **txn = argument;
    put(*txn, NULL, "from", "another thread");
    OK(quire_commit(*txn));
    return NULL;
}

static void a_transaction_may_be_handed_to_another_thread(void **state)
{
    struct fixture *f = *state;
    pthread_t thread;
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "begun", "here");
    assert_int_equal(pthread_create(&thread, NULL, begin_on_another_thread, &txn), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    txn = begin(f, QUIRE_READ);
    assert_value(txn, NULL, "begun", "here");
    assert_value(txn, NULL, "from", "another thread");
    quire_rollback(txn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(readers_see_whole_commits_beside_writer_and_checkpoints),
        API_TEST(writers_take_turns_and_lose_no_update),
        API_TEST(a_transaction_may_be_handed_to_another_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
