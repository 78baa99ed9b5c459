#define _XOPEN_SOURCE 700
#include "two_vfs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "expect.h"

static const char *const names[TWO_NAMES] = {"a", "a-log", "b", "b-log", "c", "d"};
enum { PATH_SIZE = 640 };

static void path_of(const struct two_vfs *two, const char *name, char path[PATH_SIZE])
{
    EXPECT(snprintf(path, PATH_SIZE, "%s/%s", two->folder, name) < PATH_SIZE);
}

static void expect_errors(int posix, int memory)
{
    EXPECT_EQUAL(posix, memory);
    digest_number((uint64_t)posix);
}

void two_vfs_open(struct two_vfs *two)
{
    const char *where = getenv("TMPDIR");
    memset(two, 0, sizeof *two);
    two->posix = quire_vfs_posix();
    EXPECT_EQUAL(quire_vfs_memory_new(1, &two->memory), QUIRE_OK);
    EXPECT(snprintf(two->folder, sizeof two->folder, "%s/quire-vfs-XXXXXX", where != NULL ? where : "/tmp") <
           (int)sizeof two->folder);
    EXPECT(mkdtemp(two->folder) != NULL);
}

void two_vfs_close(struct two_vfs *two)
{
    static const char *const others[] = {"link-0", "link-1", "link-2", "link-3"};
    char path[PATH_SIZE];
    for (size_t i = 0; i < TWO_HANDLES; i++)
        two_vfs_close_file(two, i);
    for (size_t i = 0; i < TWO_NAMES; i++)
        two_vfs_remove(two, i);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        path_of(two, others[i], path);
        (void)unlink(path);
    }
    EXPECT_EQUAL(rmdir(two->folder), 0); /* so nothing else was made in it */
    quire_vfs_memory_free(two->memory);
}

void two_vfs_open_file(struct two_vfs *two, size_t handle, size_t name, int flags)
{
    char path[PATH_SIZE];
    if (two->handles[handle].posix != NULL)
        two_vfs_close_file(two, handle);
    path_of(two, names[name], path);
    int posix = two->posix->open(two->posix->context, path, flags, &two->handles[handle].posix);
    int memory = two->memory->open(two->memory->context, names[name], flags, &two->handles[handle].memory);
    expect_errors(posix, memory);
    EXPECT((posix == 0) == (two->handles[handle].posix != NULL));
    two->handles[handle].name = name;
    two->handles[handle].is_read_only = flags / QUIRE_VFS_READ_ONLY % 2;
    two->handles[handle].is_nameless = 0;
}

void two_vfs_close_file(struct two_vfs *two, size_t handle)
{
    if (two->handles[handle].posix == NULL)
        return;
    expect_errors(two->posix->close(two->posix->context, two->handles[handle].posix),
                  two->memory->close(two->memory->context, two->handles[handle].memory));
    two->handles[handle].posix = two->handles[handle].memory = NULL;
}

void two_vfs_remove(struct two_vfs *two, size_t name)
{
    char path[PATH_SIZE];
    path_of(two, names[name], path);
    int error = two->posix->remove(two->posix->context, path);
    expect_errors(error, two->memory->remove(two->memory->context, names[name]));
    for (size_t i = 0; i < TWO_HANDLES && error == 0; i++)
        two->handles[i].is_nameless |= two->handles[i].name == name;
}

void two_vfs_rename(struct two_vfs *two, size_t from, size_t to)
{
    char old[PATH_SIZE], path[PATH_SIZE];
    path_of(two, names[from], old);
    path_of(two, names[to], path);
    int error = two->posix->rename(two->posix->context, old, path);
    expect_errors(error, two->memory->rename(two->memory->context, names[from], names[to]));
    for (size_t i = 0; i < TWO_HANDLES && error == 0; i++)
        if (two->handles[i].name == from && !two->handles[i].is_nameless)
            two->handles[i].name = to;
}

void two_vfs_sync_name(struct two_vfs *two, size_t name)
{
    char path[PATH_SIZE];
    path_of(two, names[name], path);
    expect_errors(two->posix->sync_name(two->posix->context, path),
                  two->memory->sync_name(two->memory->context, names[name]));
}

void two_vfs_read(struct two_vfs *two, size_t handle, uint64_t offset, size_t size)
{
    uint64_t sizes[2];
    size_t got[2];
    if (two->handles[handle].posix == NULL)
        return;
    uint8_t *bytes[2] = {malloc(size + 1), malloc(size + 1)}; /* a block of its own: one byte too many is seen */
    EXPECT(bytes[0] != NULL && bytes[1] != NULL);
    expect_errors(
        two->posix->read(two->posix->context, two->handles[handle].posix, offset, bytes[0], size, &got[0]),
        two->memory->read(two->memory->context, two->handles[handle].memory, offset, bytes[1], size, &got[1]));
    EXPECT_EQUAL(got[0], got[1]);
    EXPECT(memcmp(bytes[0], bytes[1], got[0]) == 0);
    expect_errors(two->posix->size(two->posix->context, two->handles[handle].posix, &sizes[0]),
                  two->memory->size(two->memory->context, two->handles[handle].memory, &sizes[1]));
    EXPECT_EQUAL(sizes[0], sizes[1]);
    digest_bytes(bytes[0], got[0]);
    free(bytes[0]);
    free(bytes[1]);
}

void two_vfs_write(struct two_vfs *two, size_t handle, uint64_t offset, size_t size, uint8_t byte)
{
    uint8_t bytes[1024];
    if (two->handles[handle].posix == NULL)
        return;
    size = size < sizeof bytes ? size : sizeof bytes;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(byte + i);
    int posix = two->posix->write(two->posix->context, two->handles[handle].posix, offset, bytes, size);
    int memory = two->memory->write(two->memory->context, two->handles[handle].memory, offset, bytes, size);
    if (size > 0) /* of nothing, one may not look at the handle */
        expect_errors(posix, memory);
}

void two_vfs_truncate(struct two_vfs *two, size_t handle, uint64_t size)
{
    if (two->handles[handle].posix == NULL)
        return;
    int posix = two->posix->truncate(two->posix->context, two->handles[handle].posix, size);
    int memory = two->memory->truncate(two->memory->context, two->handles[handle].memory, size);
    EXPECT((posix == 0) == (memory == 0)); /* a handle for reading is refused in other words */
    EXPECT(posix == 0 || two->handles[handle].is_read_only);
}

void two_vfs_lock(struct two_vfs *two, size_t handle, int lock)
{
    if (two->handles[handle].posix == NULL || (two->handles[handle].is_read_only && lock == QUIRE_LOCK_EXCLUSIVE))
        return;
    int posix = two->posix->lock(two->posix->context, two->handles[handle].posix, lock);
    int memory = two->memory->lock(two->memory->context, two->handles[handle].memory, lock);
    if (memory == 0 && lock != QUIRE_LOCK_NONE && two->handles[handle].is_nameless)
        EXPECT_EQUAL(posix, ENOENT); /* what is written to it nobody will find */
    else
        expect_errors(posix, memory);
}

void two_vfs_sync(struct two_vfs *two, size_t handle)
{
    if (two->handles[handle].posix != NULL)
        expect_errors(two->posix->sync(two->posix->context, two->handles[handle].posix),
                      two->memory->sync(two->memory->context, two->handles[handle].memory));
}

/* Links to files by whole paths or short ones, to the folder, and to each other. */
void two_vfs_link(struct two_vfs *two, size_t link, size_t name, uint8_t how)
{
    char path[PATH_SIZE], target[PATH_SIZE], own[16];
    (void)snprintf(own, sizeof own, "link-%zu", link % 4);
    path_of(two, own, path);
    (void)unlink(path);
    (void)snprintf(target, sizeof target, "%s", names[name]);
    if (how % 4u == 1)
        path_of(two, names[name], target);
    else if (how % 4u == 2)
        (void)snprintf(target, sizeof target, "link-%zu", name % 4);
    else if (how % 4u == 3)
        (void)snprintf(target, sizeof target, "./link-%zu/../%s", name % 4, names[name]);
    EXPECT_EQUAL(symlink(target, path), 0);
}

/* A full path stands in the block, whatever its size, is a full path's own full path, and leads where the path does. */
void two_vfs_full_path(struct two_vfs *two, size_t name, uint8_t how, size_t size)
{
    char path[PATH_SIZE], again[4096], own[16];
    struct stat there, here;
    char *full = malloc(size + 1);
    EXPECT(full != NULL);
    (void)snprintf(own, sizeof own, "link-%zu", name % 4);
    path_of(two, how % 2u ? own : names[name], path);
    if (how % 8u == 6)
        (void)snprintf(path, sizeof path, "%s", how / 8u % 2u ? "/no-such-folder/file" : "no-such-file");
    else if (how % 8u == 4)
        (void)snprintf(path, sizeof path, "/%s", names[name]);
    int error = two->posix->full_path(two->posix->context, path, full, size);
    if (error == 0) {
        EXPECT(full[0] == '/' && strlen(full) < size);
        EXPECT_EQUAL(two->posix->full_path(two->posix->context, full, again, sizeof again), 0);
        EXPECT(strcmp(full, again) == 0);
        EXPECT((stat(path, &there) == 0) == (stat(full, &here) == 0));
        if (stat(path, &there) == 0)
            EXPECT(there.st_ino == here.st_ino && there.st_dev == here.st_dev);
    } else {
        EXPECT(error == ENAMETOOLONG || error == ELOOP);
        EXPECT(error == ELOOP || size < sizeof again);
    }
    free(full);
}

/* What is no file is refused, at once and by its own word; what is not there is told. */
void two_vfs_refused(struct two_vfs *two, uint8_t how)
{
    char path[PATH_SIZE];
    quire_file *file;
    path_of(two, "no-folder/x", path);
    switch (how % 6u) {
    case 0:
        EXPECT_EQUAL(two->posix->open(two->posix->context, two->folder, QUIRE_VFS_READ_ONLY, &file), EISDIR);
        break;
    case 1:
        EXPECT_EQUAL(two->posix->open(two->posix->context, "/dev/null", QUIRE_VFS_READ_ONLY, &file), EINVAL);
        break;
    case 2:
        EXPECT(two->posix->open(two->posix->context, path, QUIRE_VFS_CREATE | QUIRE_VFS_EXCLUSIVE, &file) != 0);
        break;
    case 3:
        EXPECT(two->posix->sync_name(two->posix->context, path) != 0);
        EXPECT_EQUAL(two->posix->sync_name(two->posix->context, "no-folder-at-all"), 0);
        break;
    case 4:
        EXPECT(two->posix->rename(two->posix->context, path, two->folder) != 0);
        break;
    default:
        two->posix->sleep_ms(two->posix->context, 0);
        EXPECT(two->posix->now_ms(two->posix->context) <= two->posix->now_ms(two->posix->context));
        EXPECT_EQUAL(two->posix->random(two->posix->context, path, how % 12u < 6 ? 8 : 600), 0);
    }
}
