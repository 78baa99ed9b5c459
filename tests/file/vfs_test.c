/* Both file systems keep the promises of struct quire_vfs; each test runs over the one and the other. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "../../src/file/vfs.h"

struct place {
    const quire_vfs *vfs;
    quire_vfs *memory;
    char directory[64], path[96];
};

static int set_up_memory(void **state)
{
    static struct place place;
    memset(&place, 0, sizeof place);
    if (quire_vfs_memory_new(5, &place.memory) != QUIRE_OK)
        return -1;
    place.vfs = place.memory;
    strcpy(place.path, "file");
    *state = &place;
    return 0;
}

static int tear_down_memory(void **state)
{
    quire_vfs_memory_free(((struct place *)*state)->memory);
    return 0;
}

static int set_up_posix(void **state)
{
    static struct place place;
    const char *temporary = getenv("TMPDIR");
    memset(&place, 0, sizeof place);
    place.vfs = quire_vfs_posix();
    if (snprintf(place.directory, sizeof place.directory, "%s/quire-vfs-XXXXXX",
                 temporary != NULL && strlen(temporary) < 40 ? temporary : "/tmp") < 0 ||
        mkdtemp(place.directory) == NULL)
        return -1;
    (void)snprintf(place.path, sizeof place.path, "%s/file", place.directory);
    *state = &place;
    return 0;
}

static int tear_down_posix(void **state)
{
    struct place *place = *state;
    (void)unlink(place->path);
    return rmdir(place->directory);
}

static quire_file *make(struct place *place)
{
    quire_file *file;
    assert_int_equal(place->vfs->open(place->vfs->context, place->path, QUIRE_VFS_CREATE, &file), 0);
    return file;
}

static quire_file *open_again(struct place *place, int flags)
{
    quire_file *file;
    assert_int_equal(place->vfs->open(place->vfs->context, place->path, flags, &file), 0);
    return file;
}

static void drop(struct place *place, quire_file *file)
{
    assert_int_equal(place->vfs->close(place->vfs->context, file), 0);
}

static uint64_t size_of(struct place *place, quire_file *file)
{
    uint64_t size;
    assert_int_equal(place->vfs->size(place->vfs->context, file, &size), 0);
    return size;
}

static void flags_of_open_say_what_must_be(void **state)
{
    struct place *place = *state;
    const quire_vfs *vfs = place->vfs;
    quire_file *file;
    assert_int_equal(vfs->open(vfs->context, place->path, 0, &file), ENOENT);
    assert_int_equal(vfs->open(vfs->context, place->path, QUIRE_VFS_READ_ONLY, &file), ENOENT);
    drop(place, make(place));
    assert_int_equal(vfs->open(vfs->context, place->path, QUIRE_VFS_CREATE | QUIRE_VFS_EXCLUSIVE, &file), EEXIST);
    drop(place, open_again(place, QUIRE_VFS_CREATE));
    file = open_again(place, QUIRE_VFS_READ_ONLY);
    assert_int_not_equal(vfs->write(vfs->context, file, 0, "x", 1), 0);
    drop(place, file);
}

static void what_is_written_is_read_and_gaps_are_zero(void **state)
{
    struct place *place = *state;
    const quire_vfs *vfs = place->vfs;
    quire_file *file = make(place);
    char buffer[16];
    size_t got;
    assert_int_equal(vfs->write(vfs->context, file, 10, "abc", 3), 0);
    assert_int_equal(size_of(place, file), 13);
    assert_int_equal(vfs->read(vfs->context, file, 8, buffer, sizeof buffer, &got), 0);
    assert_int_equal(got, 5);
    assert_memory_equal(buffer, "\0\0abc", 5);
    assert_int_equal(vfs->read(vfs->context, file, 13, buffer, sizeof buffer, &got), 0);
    assert_int_equal(got, 0);
    assert_int_equal(vfs->sync(vfs->context, file), 0);
    assert_int_equal(vfs->sync_name(vfs->context, place->path), 0);
    drop(place, file);
    file = open_again(place, 0);
    assert_int_equal(size_of(place, file), 13);
    drop(place, file);
}

static void truncation_cuts_and_grows_by_zeros(void **state)
{
    struct place *place = *state;
    const quire_vfs *vfs = place->vfs;
    quire_file *file = make(place);
    char buffer[8];
    size_t got;
    assert_int_equal(vfs->write(vfs->context, file, 0, "abcdef", 6), 0);
    assert_int_equal(vfs->truncate(vfs->context, file, 2), 0);
    assert_int_equal(vfs->truncate(vfs->context, file, 4), 0);
    assert_int_equal(vfs->read(vfs->context, file, 0, buffer, sizeof buffer, &got), 0);
    assert_int_equal(got, 4);
    assert_memory_equal(buffer, "ab\0\0", 4);
    drop(place, file);
}

static void locks_are_shared_or_exclusive_between_handles(void **state)
{
    struct place *place = *state;
    const quire_vfs *vfs = place->vfs;
    quire_file *a = make(place), *b = open_again(place, 0), *c = open_again(place, 0);
    assert_int_equal(vfs->lock(vfs->context, a, QUIRE_LOCK_SHARED), 0);
    assert_int_equal(vfs->lock(vfs->context, b, QUIRE_LOCK_SHARED), 0);
    assert_int_equal(vfs->lock(vfs->context, c, QUIRE_LOCK_EXCLUSIVE), EAGAIN);
    drop(place, b); /* drops its own lock and no other */
    assert_int_equal(vfs->lock(vfs->context, c, QUIRE_LOCK_EXCLUSIVE), EAGAIN);
    assert_int_equal(vfs->lock(vfs->context, a, QUIRE_LOCK_EXCLUSIVE), 0); /* the only holder may change its lock */
    assert_int_equal(vfs->lock(vfs->context, c, QUIRE_LOCK_SHARED), EAGAIN);
    assert_int_equal(vfs->lock(vfs->context, a, QUIRE_LOCK_NONE), 0);
    assert_int_equal(vfs->lock(vfs->context, c, QUIRE_LOCK_EXCLUSIVE), 0);
    drop(place, c);
    assert_int_equal(vfs->lock(vfs->context, a, QUIRE_LOCK_EXCLUSIVE), 0);
    drop(place, a);
}

static void a_removed_file_lives_until_its_last_handle_goes(void **state)
{
    struct place *place = *state;
    const quire_vfs *vfs = place->vfs;
    quire_file *file = make(place), *other;
    char byte = 0;
    size_t got;
    assert_int_equal(vfs->write(vfs->context, file, 0, "x", 1), 0);
    assert_int_equal(vfs->remove(vfs->context, place->path), 0);
    assert_int_equal(vfs->remove(vfs->context, place->path), ENOENT);
    assert_int_equal(vfs->sync_name(vfs->context, place->path), 0);
    assert_int_equal(vfs->open(vfs->context, place->path, 0, &other), ENOENT);
    assert_int_equal(vfs->read(vfs->context, file, 0, &byte, 1, &got), 0);
    assert_int_equal(byte, 'x');
    other = make(place);
    assert_int_equal(size_of(place, other), 0);
    drop(place, other);
    drop(place, file);
}

static void random_bytes_differ(void **state)
{
    struct place *place = *state;
    const quire_vfs *vfs = place->vfs;
    uint8_t a[300], b[300];
    assert_int_equal(vfs->random(vfs->context, a, sizeof a), 0);
    assert_int_equal(vfs->random(vfs->context, b, sizeof b), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, a + 150, 150);
}

static void the_clock_moves_forward_by_sleeping(void **state)
{
    struct place *place = *state;
    const quire_vfs *vfs = place->vfs;
    uint64_t before = vfs->now_ms(vfs->context);
    vfs->sleep_ms(vfs->context, 20);
    assert_true(vfs->now_ms(vfs->context) >= before + 10);
}

static void the_same_seed_gives_the_same_random_bytes(void **state)
{
    (void)state;
    uint8_t bytes[3][40];
    const uint64_t seeds[] = {1, 1, 2};
    for (size_t i = 0; i < 3; i++) {
        quire_vfs *vfs;
        assert_int_equal(quire_vfs_memory_new(seeds[i], &vfs), QUIRE_OK);
        assert_int_equal(vfs->random(vfs->context, bytes[i], sizeof bytes[i]), 0);
        quire_vfs_memory_free(vfs);
    }
    assert_memory_equal(bytes[0], bytes[1], sizeof bytes[0]);
    assert_memory_not_equal(bytes[0], bytes[2], sizeof bytes[0]);
    quire_vfs_memory_free(NULL);
}

static void a_directory_is_not_a_file(void **state)
{
    struct place *place = *state;
    quire_file *file;
    assert_int_equal(place->vfs->open(place->vfs->context, place->directory, 0, &file), EISDIR);
    assert_int_not_equal(place->vfs->open(place->vfs->context, place->directory, QUIRE_VFS_READ_ONLY, &file), 0);
}

static void the_full_path_leads_past_links(void **state)
{
    struct place *place = *state;
    const quire_vfs *vfs = place->vfs;
    char link[128], loop[128], full[512], again[512], here[400];
    snprintf(link, sizeof link, "%s-link", place->path);
    snprintf(loop, sizeof loop, "%s-loop", place->path);
    assert_int_equal(vfs->full_path(vfs->context, place->path, full, sizeof full), 0);
    assert_string_equal(full, place->path);
    assert_int_equal(symlink(strrchr(place->path, '/') + 1, link), 0);
    assert_int_equal(vfs->full_path(vfs->context, link, again, sizeof again), 0);
    assert_string_equal(again, full);
    assert_int_equal(vfs->full_path(vfs->context, link, again, strlen(full)), ENAMETOOLONG);
    assert_int_equal(vfs->full_path(vfs->context, link, again, strlen(full) + 1),
                     ENAMETOOLONG); /* the link is longer */
    assert_int_equal(vfs->full_path(vfs->context, full, again, strlen(full) + 1), 0);
    assert_int_equal(symlink(loop, loop), 0);
    assert_int_equal(vfs->full_path(vfs->context, loop, again, sizeof again), ELOOP);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(loop), 0);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(vfs->full_path(vfs->context, "not/there", full, sizeof full), 0);
    snprintf(again, sizeof again, "%s/not/there", here);
    assert_string_equal(full, again);
    assert_int_equal(vfs->full_path(vfs->context, "not/there", full, strlen(again)), ENAMETOOLONG);
}

static void errno_values_become_statuses(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(fault_errno(&fault, ENOSPC, "write", "some/file"), QUIRE_DISK_FULL);
    assert_string_equal(fault.message, "cannot write some/file: no space left on device (errno 28)");
    assert_int_equal(fault_errno(&fault, ENOMEM, "open", "f"), QUIRE_NO_MEMORY);
    assert_int_equal(fault_errno(&fault, EIO, "sync", "f"), QUIRE_IO);
    assert_int_equal(fault_set(NULL, QUIRE_BUSY, "nobody listens"), QUIRE_BUSY);
    char path[600];
    memset(path, 'p', sizeof path);
    path[sizeof path - 1] = '\0';
    (void)fault_errno(&fault, EIO, "read", path); /* cut, and ended */
    assert_int_equal(strlen(fault.message), FAULT_MESSAGE_SIZE - 1);
}

#define ON_MEMORY(test)                                                                                                \
    {                                                                                                                  \
        "in memory: " #test, test, set_up_memory, tear_down_memory, NULL                                               \
    }
#define ON_POSIX(test)                                                                                                 \
    {                                                                                                                  \
        "on the operating system: " #test, test, set_up_posix, tear_down_posix, NULL                                   \
    }
#define ON_BOTH(test) ON_MEMORY(test), ON_POSIX(test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(flags_of_open_say_what_must_be),
        ON_BOTH(what_is_written_is_read_and_gaps_are_zero),
        ON_BOTH(truncation_cuts_and_grows_by_zeros),
        ON_BOTH(locks_are_shared_or_exclusive_between_handles),
        ON_BOTH(a_removed_file_lives_until_its_last_handle_goes),
        ON_BOTH(random_bytes_differ),
        ON_BOTH(the_clock_moves_forward_by_sleeping),
        ON_POSIX(a_directory_is_not_a_file),
        ON_POSIX(the_full_path_leads_past_links),
        cmocka_unit_test(the_same_seed_gives_the_same_random_bytes),
        cmocka_unit_test(errno_values_become_statuses),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
