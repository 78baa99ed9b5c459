/*
 * What the VFS of the operating system asks of the system: its source is compiled
 * here once more with a few calls replaced, which count, and answer what a test
 * wants to see answered.
 */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What the next calls answer, and what was asked. */
static struct {
    int pieces;       /* reads and writes carry so many bytes at most; 0: all */
    int interrupted;  /* so many calls fail first, with EINTR */
    int error;        /* the calls that sync, cut or link fail with this errno */
    int carries_none; /* a write answers 0 */
    pid_t process;    /* 0: the real one */
    int writes, data_syncs, directory_syncs, cuts;
    ino_t synced; /* the directory */
} spy;

static int spy_fails(int error)
{
    if (spy.interrupted > 0) {
        spy.interrupted--;
        errno = EINTR;
        return 1;
    }
    errno = error;
    return error != 0;
}

static size_t spy_piece(size_t size)
{
    return spy.pieces > 0 && size > (size_t)spy.pieces ? (size_t)spy.pieces : size;
}

static ssize_t spy_pread(int descriptor, void *buffer, size_t size, off_t offset)
{
    return spy_fails(0) ? -1 : pread(descriptor, buffer, spy_piece(size), offset);
}

static ssize_t spy_pwrite(int descriptor, const void *buffer, size_t size, off_t offset)
{
    spy.writes++;
    if (spy.carries_none)
        return 0;
    return spy_fails(0) ? -1 : pwrite(descriptor, buffer, spy_piece(size), offset);
}

static int spy_fdatasync(int descriptor)
{
    spy.data_syncs++;
    return spy_fails(spy.error) ? -1 : fdatasync(descriptor);
}

static int spy_fsync(int descriptor)
{
    struct stat stat;
    assert_int_equal(fstat(descriptor, &stat), 0);
    if (S_ISDIR(stat.st_mode)) {
        spy.directory_syncs++;
        spy.synced = stat.st_ino;
    } else {
        spy.data_syncs++;
    }
    return spy_fails(spy.error) ? -1 : fsync(descriptor);
}

static int spy_ftruncate(int descriptor, off_t size)
{
    spy.cuts++;
    return spy_fails(spy.error) ? -1 : ftruncate(descriptor, size);
}

static int spy_link(const char *from, const char *to)
{
    return spy_fails(spy.error) ? -1 : link(from, to);
}

static pid_t spy_getpid(void)
{
    return spy.process != 0 ? spy.process : getpid();
}

#define pread spy_pread
#define pwrite spy_pwrite
#define fdatasync spy_fdatasync
#define fsync spy_fsync
#define ftruncate spy_ftruncate
#define link spy_link
#define getpid spy_getpid
#include "../../src/file/vfs_posix.c"
#undef pread
#undef pwrite
#undef fdatasync
#undef fsync
#undef ftruncate
#undef link
#undef getpid

/* ---- a file in a folder of its own ---- */

enum { SIZE = 1000 };

static struct {
    char folder[128], path[160], other[160];
    quire_file *file;
    uint8_t bytes[SIZE];
} place;

static int set_up(void **state)
{
    (void)state;
    const char *temporary = getenv("TMPDIR");
    memset(&spy, 0, sizeof spy);
    (void)snprintf(place.folder, sizeof place.folder, "%s/quire-posix-XXXXXX",
                   temporary != NULL && strlen(temporary) < 90 ? temporary : "/tmp");
    if (mkdtemp(place.folder) == NULL)
        return -1;
    (void)snprintf(place.path, sizeof place.path, "%s/file", place.folder);
    (void)snprintf(place.other, sizeof place.other, "%s/other", place.folder);
    for (size_t i = 0; i < SIZE; i++)
        place.bytes[i] = (uint8_t)(i * 7 + 1);
    return posix_open(NULL, place.path, QUIRE_VFS_CREATE | QUIRE_VFS_EXCLUSIVE, &place.file);
}

static int tear_down(void **state)
{
    (void)state;
    (void)posix_close(NULL, place.file);
    (void)unlink(place.path);
    (void)unlink(place.other);
    return rmdir(place.folder);
}

static void assert_file_is(const uint8_t *bytes, size_t size)
{
    uint8_t found[SIZE + 1];
    int descriptor = open(place.path, O_RDONLY);
    assert_true(descriptor >= 0);
    ssize_t got = read(descriptor, found, sizeof found);
    (void)close(descriptor);
    assert_int_equal(got, size);
    assert_memory_equal(found, bytes, size);
}

static void make_other(void)
{
    int descriptor = open(place.other, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "theirs", 6), 6);
    (void)close(descriptor);
}

/* Whose content `other` has. */
static int other_is_theirs(void)
{
    struct stat stat_of;
    assert_int_equal(stat(place.other, &stat_of), 0);
    return stat_of.st_size == 6;
}

/* ---- the tests ---- */

static void what_the_system_carries_in_pieces_is_carried_whole(void **state)
{
    (void)state;
    uint8_t found[SIZE];
    size_t got = 0;
    for (spy.pieces = 1; spy.pieces <= SIZE; spy.pieces = spy.pieces * 3 + 1) {
        memset(found, 0, sizeof found);
        spy.interrupted = 2;
        assert_int_equal(posix_write(NULL, place.file, 0, place.bytes, SIZE), 0);
        assert_file_is(place.bytes, SIZE);
        spy.interrupted = 2;
        assert_int_equal(posix_read(NULL, place.file, 0, found, SIZE, &got), 0);
        assert_int_equal(got, SIZE);
        assert_memory_equal(found, place.bytes, SIZE);
        place.bytes[spy.pieces % SIZE] ^= 1u;
    }
}

static void a_write_that_carries_nothing_is_an_error(void **state)
{
    (void)state;
    spy.carries_none = 1;
    assert_int_equal(posix_write(NULL, place.file, 0, place.bytes, SIZE), EIO);
}

static void a_sync_syncs_the_file_once(void **state)
{
    (void)state;
    assert_int_equal(posix_sync(NULL, place.file), 0);
    assert_int_equal(spy.data_syncs, 1);
    const int errors[] = {EIO, ENOSPC, EDQUOT};
    for (size_t i = 0; i < 3; i++) {
        spy.data_syncs = 0;
        spy.error = errors[i];
        assert_int_equal(posix_sync(NULL, place.file), errors[i]);
        assert_int_equal(spy.data_syncs, 1);
    }
    /* Also one that was interrupted: what it had done by then nobody knows. */
    spy.error = 0;
    spy.data_syncs = 0;
    spy.interrupted = 1;
    assert_int_equal(posix_sync(NULL, place.file), EINTR);
    assert_int_equal(spy.data_syncs, 1);
}

static void a_name_is_synced_by_its_directory(void **state)
{
    (void)state;
    struct stat stat_of;
    assert_int_equal(stat(place.folder, &stat_of), 0);
    assert_int_equal(posix_sync_name(NULL, place.path), 0);
    assert_int_equal(spy.directory_syncs, 1);
    assert_int_equal(spy.synced, stat_of.st_ino);
    spy.error = EIO;
    assert_int_equal(posix_sync_name(NULL, place.path), EIO);
    spy.error = EINVAL; /* of a file system that has no such thing */
    assert_int_equal(posix_sync_name(NULL, place.path), 0);
    spy.error = 0;
    (void)snprintf(place.other, sizeof place.other, "%s/none/other", place.folder);
    assert_int_equal(posix_sync_name(NULL, place.other), ENOENT);
}

static void a_cut_that_was_interrupted_is_made(void **state)
{
    (void)state;
    assert_int_equal(posix_write(NULL, place.file, 0, place.bytes, SIZE), 0);
    spy.interrupted = 2;
    assert_int_equal(posix_truncate(NULL, place.file, 10), 0);
    assert_file_is(place.bytes, 10);
    spy.error = EIO;
    assert_int_equal(posix_truncate(NULL, place.file, 5), EIO);
    assert_int_equal(spy.cuts, 4);
}

/* Also where there are no links to be made, so that the name must be looked for. */
static void a_name_that_is_taken_is_not_replaced(void **state)
{
    (void)state;
    const int answers[] = {0, EPERM, ENOTSUP, EMLINK};
    for (size_t i = 0; i < 4; i++) {
        spy.error = answers[i];
        make_other();
        assert_int_equal(posix_rename(NULL, place.path, place.other), EEXIST);
        assert_true(other_is_theirs());
        assert_int_equal(access(place.path, F_OK), 0);
        assert_int_equal(unlink(place.other), 0);
        assert_int_equal(posix_rename(NULL, place.path, place.other), 0);
        assert_false(other_is_theirs());
        assert_int_equal(access(place.path, F_OK), -1);
        assert_int_equal(rename(place.other, place.path), 0);
    }
    spy.error = EROFS;
    assert_int_equal(posix_rename(NULL, place.path, place.other), EROFS);
    assert_int_equal(access(place.path, F_OK), 0);
}

static void a_file_serves_the_process_that_opened_it(void **state)
{
    (void)state;
    uint8_t found[SIZE];
    uint64_t size = 0;
    size_t got = 0;
    assert_int_equal(posix_write(NULL, place.file, 0, place.bytes, SIZE), 0);
    spy.process = getpid() + 1;
    spy.writes = spy.data_syncs = spy.cuts = 0;
    assert_int_equal(posix_read(NULL, place.file, 0, found, SIZE, &got), EBADF);
    assert_int_equal(posix_write(NULL, place.file, 0, place.bytes + 1, 10), EBADF);
    assert_int_equal(posix_sync(NULL, place.file), EBADF);
    assert_int_equal(posix_size(NULL, place.file, &size), EBADF);
    assert_int_equal(posix_truncate(NULL, place.file, 0), EBADF);
    assert_int_equal(posix_lock(NULL, place.file, QUIRE_LOCK_EXCLUSIVE), EBADF);
    assert_int_equal(spy.writes + spy.data_syncs + spy.cuts, 0);
    assert_file_is(place.bytes, SIZE);
    spy.process = 0;
    assert_int_equal(posix_size(NULL, place.file, &size), 0);
    assert_int_equal(size, SIZE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_the_system_carries_in_pieces_is_carried_whole),
        TEST(a_write_that_carries_nothing_is_an_error),
        TEST(a_sync_syncs_the_file_once),
        TEST(a_name_is_synced_by_its_directory),
        TEST(a_cut_that_was_interrupted_is_made),
        TEST(a_name_that_is_taken_is_not_replaced),
        TEST(a_file_serves_the_process_that_opened_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
