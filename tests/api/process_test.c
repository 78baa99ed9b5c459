/*
 * Processes and their locks, with real files: one that writes or many that
 * read, whatever else the processes open, close and fork. Each case forks
 * children that answer by their exit codes.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "../support/api_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
    char directory[64], path[96], log[112];
    quire_options options;
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->directory, "/tmp/quire-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/db", place->directory);
    snprintf(place->log, sizeof place->log, "%s-log", place->path);
    quire_options_init(&place->options);
    place->options.cache_bytes = 1 << 20;
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    (void)unlink(place->path);
    (void)unlink(place->log);
    assert_int_equal(rmdir(place->directory), 0);
    free(place);
    return 0;
}

static quire_db *open_place(struct place *place, uint32_t flags)
{
    quire_db *db;
    place->options.flags = flags;
    OK(quire_open(place->path, &place->options, &db));
    return db;
}

static quire_status put_one(quire_db *db, const char *key)
{
    quire_txn *txn;
    quire_status status = quire_begin(db, QUIRE_WRITE, &txn);
    if (status != QUIRE_OK)
        return status;
    status = quire_put(txn, NULL, text(key), text("value"), 0);
    if (status == QUIRE_OK)
        return quire_commit(txn);
    quire_rollback(txn);
    return status;
}

static quire_status get_one(quire_db *db, const char *key)
{
    quire_txn *txn;
    quire_bytes value;
    quire_status status = quire_begin(db, QUIRE_READ, &txn);
    if (status != QUIRE_OK)
        return status;
    status = quire_get(txn, NULL, text(key), &value);
    quire_rollback(txn);
    return status;
}

/* Statuses are negative and small, exit codes are not negative. */
static int code_of(quire_status status)
{
    return -(int)status;
}

/* What a child process answers that opens the database with these flags and closes it again. */
static int child_opens(struct place *place, uint32_t flags, uint32_t wait_ms)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        quire_db *db;
        quire_options options = place->options;
        options.flags = flags;
        options.busy_wait_ms = wait_ms;
        quire_status status = quire_open(place->path, &options, &db);
        if (status == QUIRE_OK)
            status = quire_close(db);
        _exit(code_of(status));
    }
    int code;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code));
    return WEXITSTATUS(code);
}

static void a_second_process_that_would_write_is_busy(void **state)
{
    struct place *place = *state;
    quire_db *db = open_place(place, QUIRE_OPEN_CREATE);
    OK(put_one(db, "a"));
    assert_int_equal(child_opens(place, 0, 0), code_of(QUIRE_BUSY));
    assert_int_equal(child_opens(place, 0, 30), code_of(QUIRE_BUSY));
    assert_int_equal(child_opens(place, QUIRE_OPEN_READ_ONLY, 0), code_of(QUIRE_BUSY));
    OK(quire_close(db));
    assert_int_equal(child_opens(place, 0, 0), 0);
}

/* One byte through a pipe, so that each process knows where the other one is. */
static void say(const int ends[2])
{
    if (write(ends[1], "x", 1) != 1)
        abort();
}

static void hear(const int ends[2])
{
    char byte;
    if (read(ends[0], &byte, 1) != 1)
        abort();
}

static int wait_for_turn(struct place *place, const int parent[2], const int child[2])
{
    quire_db *db;
    quire_options options = place->options;
    hear(parent);
    options.busy_wait_ms = 0;
    quire_status status = quire_open(place->path, &options, &db);
    if (status != QUIRE_BUSY)
        return 99;
    say(child);
    options.busy_wait_ms = 60000;
    status = quire_open(place->path, &options, &db);
    if (status == QUIRE_OK)
        status = put_one(db, "child");
    if (status == QUIRE_OK)
        status = quire_close(db);
    return code_of(status);
}

/* The child is made before the parent opens, so that it does not inherit what it waits for. */
static void a_process_that_waits_gets_its_turn(void **state)
{
    struct place *place = *state;
    int to_child[2], to_parent[2], code;
    assert_int_equal(pipe(to_child), 0);
    assert_int_equal(pipe(to_parent), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(wait_for_turn(place, to_child, to_parent));
    quire_db *db = open_place(place, QUIRE_OPEN_CREATE);
    say(to_child);
    hear(to_parent);
    OK(put_one(db, "parent"));
    OK(quire_close(db));
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(WEXITSTATUS(code), 0);
    db = open_place(place, 0);
    OK(get_one(db, "child"));
    OK(get_one(db, "parent"));
    OK(quire_close(db));
    for (int i = 0; i < 2; i++) {
        (void)close(to_child[i]);
        (void)close(to_parent[i]);
    }
}

static void many_processes_read_at_once(void **state)
{
    struct place *place = *state;
    quire_db *db = open_place(place, QUIRE_OPEN_CREATE);
    OK(put_one(db, "a"));
    OK(quire_close(db));
    quire_db *first = open_place(place, QUIRE_OPEN_READ_ONLY), *second = open_place(place, QUIRE_OPEN_READ_ONLY);
    for (int i = 0; i < 3; i++)
        assert_int_equal(child_opens(place, QUIRE_OPEN_READ_ONLY, 0), 0);
    assert_int_equal(child_opens(place, 0, 0), code_of(QUIRE_BUSY));
    OK(quire_close(first));
    assert_int_equal(child_opens(place, 0, 0), code_of(QUIRE_BUSY));
    OK(get_one(second, "a"));
    OK(quire_close(second));
    assert_int_equal(child_opens(place, 0, 0), 0);
}

/* A lock by fcntl of old is the process's: any close of the file drops it. */
static void closing_another_descriptor_of_the_file_drops_no_lock(void **state)
{
    struct place *place = *state;
    quire_db *db = open_place(place, QUIRE_OPEN_CREATE), *again;
    place->options.flags = 0;
    GIVES(QUIRE_BUSY, quire_open(place->path, &place->options, &again)); /* it opened and closed the file */
    int descriptor = open(place->path, O_RDWR);
    assert_true(descriptor >= 0);
    assert_int_equal(close(descriptor), 0);
    assert_int_equal(child_opens(place, 0, 0), code_of(QUIRE_BUSY));
    GIVES(QUIRE_BUSY, quire_open(place->path, &place->options, &again));
    OK(quire_close(db));
}

/* What a child does with its parent's handle: write, checkpoint, close. Nothing of it may reach the file. */
static void misuse_in_child(quire_db *db, int *codes)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int faults = 0;
        faults |= put_one(db, "of the child") == QUIRE_OK;
        faults |= (quire_checkpoint(db) == QUIRE_OK) << 1;
        faults |= (quire_close(db) == QUIRE_OK) << 2;
        _exit(faults);
    }
    int code;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code));
    *codes = WEXITSTATUS(code);
}

static void a_child_cannot_use_its_parents_handle(void **state)
{
    struct place *place = *state;
    int faults;
    quire_db *db = open_place(place, QUIRE_OPEN_CREATE);
    OK(put_one(db, "before"));
    misuse_in_child(db, &faults);
    assert_int_equal(faults, 0);
    assert_int_equal(child_opens(place, 0, 0), code_of(QUIRE_BUSY)); /* the lock is the parent's still */
    OK(put_one(db, "after"));
    OK(quire_checkpoint(db));
    misuse_in_child(db, &faults); /* with nothing to checkpoint: the log must not be removed */
    assert_int_equal(faults, 0);
    OK(put_one(db, "later"));
    assert_int_equal(access(place->log, F_OK), 0);
    OK(quire_close(db));
    db = open_place(place, 0);
    OK(get_one(db, "before"));
    OK(get_one(db, "after"));
    OK(get_one(db, "later"));
    GIVES(QUIRE_NOT_FOUND, get_one(db, "of the child"));
    OK(quire_close(db));
}

static void a_child_that_aborts_its_parents_backup_leaves_it_alone(void **state)
{
    struct place *place = *state;
    char copy[112];
    quire_backup *backup;
    snprintf(copy, sizeof copy, "%s/copy", place->directory);
    quire_db *db = open_place(place, QUIRE_OPEN_CREATE);
    OK(put_one(db, "key"));
    OK(quire_backup_begin(db, copy, NULL, &backup));
    OK(quire_backup_step(backup, 1, NULL, NULL));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        quire_backup_abort(backup);
        _exit(0);
    }
    int code;
    assert_int_equal(waitpid(child, &code, 0), child);
    OK(quire_backup_step(backup, 100, NULL, NULL));
    OK(quire_backup_finish(backup));
    assert_int_equal(unlink(copy), 0);
    OK(quire_close(db));
}

/* A process that commits one record to the database of that name, after `between`, and dies without closing it. */
static void child_commits_and_dies(const char *path, const char *key, const char *between)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        quire_db *db;
        quire_status status = quire_open(path, NULL, &db);
        if (status == QUIRE_OK && between && chdir(between) != 0)
            status = QUIRE_IO;
        _exit(code_of(status == QUIRE_OK ? put_one(db, key) : status));
    }
    int code;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
}

/* A process without standard streams, as daemons are: what its libraries print must not land in the database. */
static void what_is_printed_where_nothing_is_open_lands_in_no_database(void **state)
{
    struct place *place = *state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (int descriptor = 0; descriptor <= 2; descriptor++)
            (void)close(descriptor);
        quire_db *db;
        quire_status status = quire_open(place->path, &place->options, &db);
        for (int i = 0; i < 3 && status == QUIRE_OK; i++) {
            status = put_one(db, i == 0 ? "first" : i == 1 ? "second" : "third");
            for (int descriptor = 0; descriptor <= 2; descriptor++)
                if (dprintf(descriptor, "a warning of %d bytes and more\n", 30) > 0)
                    status = QUIRE_IO;
        }
        _exit(code_of(status));
    }
    int code;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), 0);
    quire_db *db = open_place(place, 0);
    OK(get_one(db, "first"));
    OK(get_one(db, "third"));
    OK(quire_close(db));
}

/* The log of a crash stands beside the file, and not beside a link: whoever looked there found nothing to recover. */
static void a_database_has_one_log_by_whatever_link_it_is_opened(void **state)
{
    struct place *place = *state;
    char link[112], link_to_link[112], elsewhere[80];
    snprintf(elsewhere, sizeof elsewhere, "%s/sub", place->directory);
    snprintf(link, sizeof link, "%s/sub/link", place->directory);
    snprintf(link_to_link, sizeof link_to_link, "%s/again", place->directory);
    assert_int_equal(mkdir(elsewhere, 0755), 0);
    assert_int_equal(symlink("../db", link), 0);
    assert_int_equal(symlink(link, link_to_link), 0);
    child_commits_and_dies(place->path, "by name", NULL);
    child_commits_and_dies(link, "by link", NULL);
    quire_db *db;
    place->options.flags = QUIRE_OPEN_READ_ONLY;
    OK(quire_open(link_to_link, &place->options, &db));
    OK(get_one(db, "by name"));
    OK(get_one(db, "by link"));
    OK(quire_close(db));
    db = open_place(place, 0);
    OK(get_one(db, "by name"));
    OK(get_one(db, "by link"));
    OK(quire_close(db));
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(link_to_link), 0);
    assert_int_equal(rmdir(elsewhere), 0);
}

static void salvage_finds_the_log_behind_a_link(void **state)
{
    struct place *place = *state;
    char link[112], saved[112];
    snprintf(link, sizeof link, "%s/link", place->directory);
    snprintf(saved, sizeof saved, "%s/saved", place->directory);
    assert_int_equal(symlink("db", link), 0);
    child_commits_and_dies(place->path, "key", NULL);
    OK(quire_salvage(link, saved, NULL, NULL, NULL));
    quire_db *db;
    OK(quire_open(saved, NULL, &db));
    OK(get_one(db, "key"));
    OK(quire_close(db));
    assert_int_equal(unlink(saved), 0);
    assert_int_equal(unlink(link), 0);
}

/* The log is made by the first commit, and a service may have gone to another directory by then. */
static void a_process_that_goes_to_another_directory_keeps_its_log_where_the_file_is(void **state)
{
    struct place *place = *state;
    char here[4096];
    OK(quire_close(open_place(place, QUIRE_OPEN_CREATE)));
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(place->directory), 0);
    child_commits_and_dies("db", "key", "..");
    assert_int_equal(chdir(here), 0);
    (void)unlink("/tmp/db-log"); /* where it would be */
    quire_db *db = open_place(place, 0);
    OK(get_one(db, "key"));
    OK(quire_close(db));
}

/* "path/name" with these bytes. */
static void write_file(const char *path, const char *bytes)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(bytes, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_file(const char *path, const char *bytes)
{
    char found[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    (void)!fread(found, 1, sizeof found - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(found, bytes);
    assert_int_equal(unlink(path), 0);
}

/* Begun under a relative name, a backup must not take, nor remove, files of the directory that the process went to. */
static void a_backup_is_made_where_it_was_begun(void **state)
{
    struct place *place = *state;
    char here[4096], other[80], foreign[112], foreign_log[112], made[112];
    uint64_t remaining;
    snprintf(other, sizeof other, "%s/sub", place->directory);
    snprintf(foreign, sizeof foreign, "%s/sub/copy-partial", place->directory);
    snprintf(foreign_log, sizeof foreign_log, "%s/sub/copy-partial-log", place->directory);
    snprintf(made, sizeof made, "%s/copy", place->directory);
    assert_int_equal(mkdir(other, 0755), 0);
    write_file(foreign, "precious");
    write_file(foreign_log, "also");
    quire_db *db = open_place(place, QUIRE_OPEN_CREATE);
    OK(put_one(db, "key"));
    assert_non_null(getcwd(here, sizeof here));
    for (int finish = 0; finish < 2; finish++) {
        quire_backup *backup;
        assert_int_equal(chdir(place->directory), 0);
        OK(quire_backup_begin(db, "copy", NULL, &backup));
        OK(quire_backup_step(backup, 1000, &remaining, NULL));
        assert_int_equal(chdir(other), 0);
        if (finish)
            OK(quire_backup_finish(backup));
        else
            quire_backup_abort(backup);
        assert_int_equal(chdir(here), 0);
    }
    OK(quire_close(db));
    assert_file(foreign, "precious");
    assert_file(foreign_log, "also");
    OK(quire_open(made, NULL, &db));
    OK(get_one(db, "key"));
    OK(quire_close(db));
    assert_int_equal(unlink(made), 0);
    assert_int_equal(rmdir(other), 0);
}

static void a_copy_leaves_files_in_its_way_alone(void **state)
{
    struct place *place = *state;
    char copy[112], in_the_way[112];
    snprintf(copy, sizeof copy, "%s/copy", place->directory);
    snprintf(in_the_way, sizeof in_the_way, "%s/copy-partial-log", place->directory);
    write_file(in_the_way, "precious");
    quire_db *db = open_place(place, QUIRE_OPEN_CREATE);
    OK(put_one(db, "key"));
    quire_txn *txn;
    OK(quire_begin(db, QUIRE_READ, &txn));
    GIVES(QUIRE_EXISTS, quire_copy(txn, copy, NULL, NULL, NULL));
    quire_rollback(txn);
    OK(quire_close(db));
    assert_file(in_the_way, "precious");
    assert_int_equal(access(copy, F_OK), -1);
}

/* Its bytes are the database's, so nobody else may read them, and whoever may write the one can write the other. */
static void a_log_has_the_permissions_of_its_database(void **state)
{
    static const mode_t modes[] = {0600, 0640, 0666};
    static const char *const keys[] = {"a", "b", "c"}; /* each a change, or nothing is logged */
    struct place *place = *state;
    OK(quire_close(open_place(place, QUIRE_OPEN_CREATE)));
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct stat log;
        assert_int_equal(chmod(place->path, modes[i]), 0);
        quire_db *db = open_place(place, 0);
        OK(put_one(db, keys[i]));
        assert_int_equal(stat(place->log, &log), 0);
        assert_int_equal(log.st_mode & 0777, modes[i]);
        OK(quire_close(db));
    }
}

/* No log was there when the database was opened, so what has come since is somebody else's. */
static void a_file_that_came_since_is_not_taken_for_the_log(void **state)
{
    struct place *place = *state;
    OK(quire_close(open_place(place, QUIRE_OPEN_CREATE)));
    quire_db *db = open_place(place, 0);
    write_file(place->log, "precious");
    GIVES(QUIRE_IO, put_one(db, "key"));
    SAYS(db, "in the way");
    OK(quire_close(db));
    assert_file(place->log, "precious");
    db = open_place(place, 0);
    GIVES(QUIRE_NOT_FOUND, get_one(db, "key"));
    OK(put_one(db, "key"));
    OK(quire_close(db));
}

#define PROCESS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* A VFS that, before it takes a lock, lets somebody else have the file. */
static struct {
    struct place *place;
    void (*before)(struct place *place);
} meanwhile;

static int lock_later(void *context, quire_file *file, int lock)
{
    void (*before)(struct place * place) = meanwhile.before;
    meanwhile.before = NULL;
    if (before && lock == QUIRE_LOCK_EXCLUSIVE)
        before(meanwhile.place);
    return quire_vfs_posix()->lock(context, file, lock);
}

static quire_status open_later(struct place *place, void (*before)(struct place *place), quire_db **db)
{
    quire_vfs vfs = *quire_vfs_posix();
    quire_options options = place->options;
    vfs.lock = lock_later;
    options.vfs = &vfs;
    meanwhile.place = place;
    meanwhile.before = before;
    quire_status status = quire_open(place->path, &options, db);
    if (status == QUIRE_OK) {
        OK(quire_close(*db));
        *db = open_place(place, QUIRE_OPEN_CREATE);
    }
    return status;
}

static void fill(struct place *place)
{
    quire_db *db = open_place(place, QUIRE_OPEN_CREATE);
    OK(put_one(db, "theirs"));
    OK(quire_close(db));
}

static void take_away(struct place *place)
{
    assert_int_equal(unlink(place->path), 0);
}

static void fill_and_keep(struct place *place)
{
    static quire_db *kept;
    if (kept) {
        OK(quire_close(kept));
        kept = NULL;
        return;
    }
    kept = open_place(place, QUIRE_OPEN_CREATE);
    OK(put_one(kept, "theirs"));
}

/* Two open a new path; the one that made the file waits for the other, which has made it whole by then. */
static void who_makes_a_file_does_not_make_it_twice(void **state)
{
    struct place *place = *state;
    quire_db *db;
    quire_txn *txn;
    quire_bytes value;
    assert_int_equal(open_later(place, fill, &db), QUIRE_OK);
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(quire_get(txn, NULL, text("theirs"), &value));
    quire_rollback(txn);
    OK(quire_close(db));
}

static void who_is_refused_leaves_the_file_that_it_made(void **state)
{
    struct place *place = *state;
    quire_db *db;
    assert_int_equal(open_later(place, fill_and_keep, &db), QUIRE_BUSY);
    assert_int_equal(access(place->path, F_OK), 0);
    fill_and_keep(place);
}

static void a_file_that_is_removed_before_it_is_locked_is_refused(void **state)
{
    struct place *place = *state;
    quire_db *db;
    assert_int_equal(open_later(place, take_away, &db), QUIRE_IO);
    fill(place);
}

/* The directory that a link named at the open has the log, wherever the link leads later. */
static void a_link_to_a_directory_may_change(void **state)
{
    struct place *place = *state;
    char first[96], second[96], link[96], path[112], log[128];
    snprintf(first, sizeof first, "%s/v1", place->directory);
    snprintf(second, sizeof second, "%s/v2", place->directory);
    snprintf(link, sizeof link, "%s/current", place->directory);
    snprintf(path, sizeof path, "%s/db", link);
    snprintf(log, sizeof log, "%s/db-log", first);
    assert_int_equal(mkdir(first, 0700) + mkdir(second, 0700) + symlink("v1", link), 0);
    quire_db *db;
    OK(quire_open(path, &place->options, &db));
    OK(quire_close(db)); /* with its first log */
    OK(quire_open(path, &place->options, &db));
    assert_int_equal(unlink(link) + symlink("v2", link), 0);
    OK(put_one(db, "key"));
    assert_int_equal(access(log, F_OK), 0);
    OK(quire_close(db));
    assert_int_not_equal(access(log, F_OK), 0);
    snprintf(log, sizeof log, "%s/db", first);
    assert_int_equal(unlink(log) + rmdir(first) + rmdir(second) + unlink(link), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROCESS_TEST(a_second_process_that_would_write_is_busy),
        PROCESS_TEST(a_process_that_waits_gets_its_turn),
        PROCESS_TEST(who_makes_a_file_does_not_make_it_twice),
        PROCESS_TEST(who_is_refused_leaves_the_file_that_it_made),
        PROCESS_TEST(a_file_that_is_removed_before_it_is_locked_is_refused),
        PROCESS_TEST(a_link_to_a_directory_may_change),
        PROCESS_TEST(many_processes_read_at_once),
        PROCESS_TEST(closing_another_descriptor_of_the_file_drops_no_lock),
        PROCESS_TEST(a_child_cannot_use_its_parents_handle),
        PROCESS_TEST(a_child_that_aborts_its_parents_backup_leaves_it_alone),
        PROCESS_TEST(what_is_printed_where_nothing_is_open_lands_in_no_database),
        PROCESS_TEST(a_database_has_one_log_by_whatever_link_it_is_opened),
        PROCESS_TEST(salvage_finds_the_log_behind_a_link),
        PROCESS_TEST(a_process_that_goes_to_another_directory_keeps_its_log_where_the_file_is),
        PROCESS_TEST(a_backup_is_made_where_it_was_begun),
        PROCESS_TEST(a_copy_leaves_files_in_its_way_alone),
        PROCESS_TEST(a_log_has_the_permissions_of_its_database),
        PROCESS_TEST(a_file_that_came_since_is_not_taken_for_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
