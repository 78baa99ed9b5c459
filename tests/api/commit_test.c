/* What one commit costs the disk, and what a doomed one comes to. */
#include "../support/api_fixture.h"

#include "../../src/api/database.h"

static struct {
    int (*write)(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size);
    int (*sync)(void *context, quire_file *file);
    unsigned writes, syncs;
    size_t bytes;
} disk;

static int counted_write(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size)
{
    disk.writes++;
    disk.bytes += size;
    return disk.write(context, file, offset, buffer, size);
}

static int counted_sync(void *context, quire_file *file)
{
    disk.syncs++;
    return disk.sync(context, file);
}

static void put_100_bytes(struct fixture *f, unsigned number)
{
    char key[11];
    uint8_t value[90];
    memset(value, (int)number, sizeof value);
    snprintf(key, sizeof key, "key %06u", number);
    quire_txn *txn = begin(f, QUIRE_WRITE);
    OK(quire_put(txn, NULL, text(key), (quire_bytes){value, sizeof value}, 0));
    OK(quire_commit(txn));
}

/* The first commit touches the leaf, and the log's zeros are written ahead; later ones overwrite them. */
static void a_small_commit_is_one_write_one_sync_and_at_most_512_bytes(void **state)
{
    struct fixture *f = *state;
    OK(quire_close(f->db));
    f->db = NULL;
    f->options.page_size = 8192;
    disk.write = f->vfs->write;
    disk.sync = f->vfs->sync;
    f->vfs->write = counted_write;
    f->vfs->sync = counted_sync;
    OK(quire_open("other.quire", &f->options, &f->db));
    put_100_bytes(f, 0);
    for (unsigned number = 1; number < 50; number++) {
        disk.writes = disk.syncs = 0;
        disk.bytes = 0;
        put_100_bytes(f, number);
        assert_int_equal(disk.writes, 1);
        assert_int_equal(disk.syncs, 1);
        assert_in_range(disk.bytes, 100, 512);
    }
}

static void a_doomed_transaction_commits_nothing_and_says_so(void **state)
{
    struct fixture *f = *state;
    quire_bytes value;
    put_alone(f, "kept", "1");
    quire_txn *txn = begin(f, QUIRE_WRITE);
    put(txn, NULL, "half", "2");
    txn->view.doomed = 1;
    GIVES(QUIRE_DOOMED, quire_commit(txn));
    SAYS(f->db, "rolled back");
    txn = begin(f, QUIRE_WRITE | QUIRE_NO_WAIT); /* its place is free */
    OK(quire_get(txn, NULL, text("kept"), &value));
    GIVES(QUIRE_NOT_FOUND, quire_get(txn, NULL, text("half"), &value));
    quire_rollback(txn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(a_small_commit_is_one_write_one_sync_and_at_most_512_bytes),
        API_TEST(a_doomed_transaction_commits_nothing_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
