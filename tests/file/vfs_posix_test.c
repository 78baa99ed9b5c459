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

#include "../../src/file/vfs.h"

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
    int pieces;                               /* reads and writes carry so many bytes at most; 0: all */
    int interrupted;                          /* so many calls fail first, with EINTR */
    int error;                                /* the calls that sync, cut or link fail with this errno */
    int carries_none;                         /* a write answers 0 */
    int read_error, write_error, close_error; /* of those calls alone */
    int lock_error;                           /* of fcntl, which locks and moves descriptors */
    int no_memory;
    int random_bytes; /* so many come at most; 0: all */
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
    return spy_fails(spy.read_error) ? -1 : pread(descriptor, buffer, spy_piece(size), offset);
}

static ssize_t spy_pwrite(int descriptor, const void *buffer, size_t size, off_t offset)
{
    spy.writes++;
    if (spy.carries_none)
        return 0;
    return spy_fails(spy.write_error) ? -1 : pwrite(descriptor, buffer, spy_piece(size), offset);
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

static int spy_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    unsigned mode = flags & O_CREAT ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    return spy_fails(0) ? -1 : open(path, flags, mode);
}

/* The descriptor is given back whatever it answers, as on Linux. */
static int spy_close(int descriptor)
{
    int answer = close(descriptor);
    return spy_fails(spy.close_error) ? -1 : answer;
}

static int spy_fcntl(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    int number = command == F_DUPFD_CLOEXEC ? va_arg(arguments, int) : 0;
    void *range = command == F_DUPFD_CLOEXEC ? NULL : va_arg(arguments, void *);
    va_end(arguments);
    if (spy_fails(spy.lock_error))
        return -1;
    return command == F_DUPFD_CLOEXEC ? fcntl(descriptor, command, number) : fcntl(descriptor, command, range);
}

static ssize_t spy_getrandom(void *buffer, size_t size, unsigned flags)
{
    return getrandom(buffer, spy.random_bytes > 0 ? (size_t)spy.random_bytes : size, flags);
}

static void *spy_malloc(size_t size)
{
    return spy.no_memory ? NULL : malloc(size);
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
#define open spy_open
#define close spy_close
#define fcntl spy_fcntl
#define getrandom spy_getrandom
#define malloc spy_malloc
#include "../../src/file/vfs_posix.c"
#undef pread
#undef pwrite
#undef fdatasync
#undef fsync
#undef ftruncate
#undef link
#undef getpid
#undef open
#undef close
#undef fcntl
#undef getrandom
#undef malloc

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

static void a_read_or_write_that_fails_is_told(void **state)
{
    (void)state;
    uint8_t found[SIZE];
    size_t got = 0;
    spy.read_error = EIO;
    assert_int_equal(posix_read(NULL, place.file, 0, found, SIZE, &got), EIO);
    const int errors[] = {EIO, ENOSPC};
    for (size_t i = 0; i < 2; i++) {
        spy.write_error = errors[i];
        assert_int_equal(posix_write(NULL, place.file, 0, place.bytes, SIZE), errors[i]);
    }
}

/* What a write left to the end can fail there. A descriptor is given back even when that is interrupted. */
static void a_close_that_fails_is_told(void **state)
{
    (void)state;
    const int errors[] = {EIO, EINTR, 0}, answers[] = {EIO, 0, 0};
    for (size_t i = 0; i < 3; i++) {
        spy.close_error = errors[i];
        int answer = posix_close(NULL, place.file);
        assert_int_equal(posix_open(NULL, place.path, 0, &place.file), 0);
        assert_int_equal(answer, answers[i]);
    }
}

static void an_open_that_was_interrupted_is_made(void **state)
{
    (void)state;
    quire_file *file;
    spy.interrupted = 2;
    assert_int_equal(posix_open(NULL, place.path, 0, &file), 0);
    assert_int_equal(spy.interrupted, 0);
    assert_int_equal(posix_close(NULL, file), 0);
}

static void a_file_that_found_no_memory_is_not_left_behind(void **state)
{
    (void)state;
    quire_file *file;
    spy.no_memory = 1;
    assert_int_equal(posix_open(NULL, place.other, QUIRE_VFS_CREATE | QUIRE_VFS_EXCLUSIVE, &file), ENOMEM);
    assert_null(file);
    assert_int_equal(access(place.other, F_OK), -1);
    /* One that was there stays. */
    assert_int_equal(posix_open(NULL, place.path, QUIRE_VFS_CREATE, &file), ENOMEM);
    assert_int_equal(access(place.path, F_OK), 0);
}

/* The alarm ends the test that waits for a writer. */
static void a_pipe_is_refused_at_once(void **state)
{
    (void)state;
    quire_file *file;
    assert_int_equal(mkfifo(place.other, 0600), 0);
    (void)alarm(10);
    assert_int_equal(posix_open(NULL, place.other, QUIRE_VFS_READ_ONLY, &file), EINVAL);
    (void)alarm(0);
    assert_int_equal(access(place.other, F_OK), 0);
}

/* A program that a process starts would keep the file, and its lock with it. */
static void a_file_is_not_handed_to_programs(void **state)
{
    (void)state;
    assert_true(fcntl(descriptor_of(place.file), F_GETFD) & FD_CLOEXEC);
}

/* By the newer call and, where a system has none, by the older one. */
static void a_file_has_one_writer_or_many_readers(void **state)
{
    (void)state;
    const int errors[] = {0, EINVAL, ENOSYS};
    for (size_t i = 0; i < 3; i++) {
        quire_file *other;
        spy.lock_error = errors[i];
        assert_int_equal(posix_open(NULL, place.path, 0, &other), 0);
        (void)alarm(10);
        assert_int_equal(posix_lock(NULL, place.file, QUIRE_LOCK_SHARED), 0);
        assert_int_equal(posix_lock(NULL, other, QUIRE_LOCK_EXCLUSIVE), EAGAIN);
        assert_int_equal(posix_lock(NULL, other, QUIRE_LOCK_SHARED), 0);
        assert_int_equal(posix_lock(NULL, place.file, QUIRE_LOCK_EXCLUSIVE), EAGAIN);
        assert_int_equal(posix_lock(NULL, other, QUIRE_LOCK_NONE), 0);
        assert_int_equal(posix_lock(NULL, place.file, QUIRE_LOCK_EXCLUSIVE), 0);
        assert_int_equal(posix_lock(NULL, other, QUIRE_LOCK_SHARED), EAGAIN);
        assert_int_equal(posix_lock(NULL, place.file, QUIRE_LOCK_NONE), 0);
        (void)alarm(0);
        assert_int_equal(posix_close(NULL, other), 0);
    }
    spy.lock_error = EACCES; /* which a system may say for EAGAIN */
    assert_int_equal(posix_lock(NULL, place.file, QUIRE_LOCK_EXCLUSIVE), EAGAIN);
    spy.lock_error = ENOLCK;
    assert_int_equal(posix_lock(NULL, place.file, QUIRE_LOCK_EXCLUSIVE), ENOLCK);
}

/* Of two that were all filled no 16 bytes in a row are equal. */
static void random_bytes_are_all_random(void **state)
{
    (void)state;
    const size_t sizes[] = {16, 64, 256, 257, SIZE};
    const int most[] = {0, 5};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 2; j++) {
            uint8_t one[SIZE] = {0}, two[SIZE] = {0};
            spy.random_bytes = most[j];
            assert_int_equal(posix_random(NULL, one, sizes[i]), 0);
            assert_int_equal(posix_random(NULL, two, sizes[i]), 0);
            for (size_t at = 0; at + 16 <= sizes[i]; at++)
                assert_memory_not_equal(one + at, two + at, 16);
            assert_memory_equal(one + sizes[i], two + sizes[i], SIZE - sizes[i]);
        }
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
    const int answers[] = {0, EPERM, ENOTSUP, ENOSYS, EMLINK};
    for (size_t i = 0; i < 5; i++) {
        spy.error = answers[i];
        assert_int_equal(symlink("nowhere", place.other), 0);
        assert_int_equal(posix_rename(NULL, place.path, place.other), EEXIST);
        assert_int_equal(unlink(place.other), 0);
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

/* A program without standard input has the lowest descriptor free. */
static void a_file_that_cannot_leave_the_standard_streams_is_not_opened(void **state)
{
    (void)state;
    quire_file *file;
    struct stat gone;
    int input = dup(STDIN_FILENO);
    (void)close(STDIN_FILENO);
    spy.lock_error = EMFILE;
    int error = posix_open(NULL, place.other, QUIRE_VFS_CREATE | QUIRE_VFS_EXCLUSIVE, &file);
    int is_free = fcntl(STDIN_FILENO, F_GETFD) < 0;
    spy.lock_error = 0;
    int later = posix_open(NULL, place.path, QUIRE_VFS_READ_ONLY, &file);
    int descriptor = later == 0 ? descriptor_of(file) : -1;
    if (input >= 0) {
        (void)dup2(input, STDIN_FILENO);
        (void)close(input);
    }
    assert_int_equal(error, EMFILE);
    assert_true(is_free);
    assert_int_equal(stat(place.other, &gone), -1); /* made, and taken away again */
    assert_int_equal(later, 0);
    assert_true(descriptor > STDERR_FILENO);
    assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    assert_int_equal(posix_close(NULL, file), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_cannot_leave_the_standard_streams_is_not_opened),
        TEST(what_the_system_carries_in_pieces_is_carried_whole),
        TEST(a_write_that_carries_nothing_is_an_error),
        TEST(a_read_or_write_that_fails_is_told),
        TEST(a_close_that_fails_is_told),
        TEST(an_open_that_was_interrupted_is_made),
        TEST(a_file_that_found_no_memory_is_not_left_behind),
        TEST(a_pipe_is_refused_at_once),
        TEST(a_file_is_not_handed_to_programs),
        TEST(a_file_has_one_writer_or_many_readers),
        TEST(random_bytes_are_all_random),
        TEST(a_sync_syncs_the_file_once),
        TEST(a_name_is_synced_by_its_directory),
        TEST(a_cut_that_was_interrupted_is_made),
        TEST(a_name_that_is_taken_is_not_replaced),
        TEST(a_file_serves_the_process_that_opened_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
