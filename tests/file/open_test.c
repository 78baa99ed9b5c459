/* Opening: what is created, what is refused and how it is told, locks, meta pages, pages that lie. */
#include "../support/pager_fixture.h"

#include "../../src/base/bytes.h"
#include "../../src/file/pager_core.h"

#include <errno.h>
#include <stdlib.h>

static int set_up(void **state)
{
    static struct rig rig;
    rig_init(&rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_free(*state);
    return 0;
}

/* A database of ten pages with the words 100 to 109, closed; the first of them. */
static uint32_t make(struct rig *rig)
{
    rig_open(rig);
    uint32_t first = rig_commit_pages(rig, 10, 100);
    rig_close(rig);
    return first;
}

static uint8_t *bytes_of(struct rig *rig, const char *path)
{
    size_t size;
    return fault_disk_bytes(rig->disk, path, &size);
}

static uint8_t *copy_of(struct rig *rig, const char *path, size_t *size)
{
    const uint8_t *bytes = fault_disk_bytes(rig->disk, path, size);
    uint8_t *copy = malloc(*size);
    assert_non_null(copy);
    memcpy(copy, bytes, *size);
    return copy;
}

static void assert_message(const struct rig *rig, const char *words)
{
    if (strstr(rig->fault.message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", rig->fault.message, words);
}

static void a_missing_file_is_not_found(void **state)
{
    struct rig *rig = *state;
    rig->options.flags = 0;
    assert_status(rig, QUIRE_NOT_FOUND, rig_open_status(rig));
    assert_message(rig, "db");
    rig->options.flags = QUIRE_OPEN_READ_ONLY | QUIRE_OPEN_CREATE;
    assert_status(rig, QUIRE_NOT_FOUND, rig_open_status(rig));
    assert_null(bytes_of(rig, "db"));
}

static void exclusive_creation_refuses_a_file(void **state)
{
    struct rig *rig = *state;
    make(rig);
    rig->options.flags = QUIRE_OPEN_CREATE | QUIRE_OPEN_EXCLUSIVE;
    assert_status(rig, QUIRE_EXISTS, rig_open_status(rig));
    fault_disk_remove(rig->disk, "db");
    rig_open(rig);
}

static void a_new_file_is_durable_at_once(void **state)
{
    struct rig *rig = *state;
    rig_open(rig);
    rig_kill(rig);
    fault_disk_cut_power(rig->disk, CUT_DROPS);
    rig->options.flags = 0;
    rig_open(rig);
}

/* The power goes at each call of the creation, and each sector and name arrives, or does not, by lot. */
static void a_creation_that_a_crash_cut_short_is_made_up_for(void **state)
{
    struct rig *rig = *state;
    int is_made = 0;
    for (uint64_t call = 1; !is_made; call++)
        for (int lot = 0; lot < 256; lot++) {
            fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + call, EIO, FAULT_STICKY);
            is_made = rig_open_status(rig) == QUIRE_OK;
            if (is_made)
                rig_kill(rig);
            fault_disk_fail(rig->disk, 0, 0, FAULT_ONCE);
            fault_disk_cut_power(rig->disk, CUT_TEARS);
            rig_open(rig);
            uint32_t first = rig_commit_pages(rig, 3, 100);
            rig_close(rig); /* with a checkpoint, which needs the map */
            rig_open(rig);
            assert_int_equal(rig_read(rig, first + 2, 0), 102);
            rig_close(rig);
            fault_disk_remove(rig->disk, "db");
        }
}

static void an_empty_file_becomes_a_database(void **state)
{
    struct rig *rig = *state;
    fault_disk_put(rig->disk, "db", NULL, 0);
    rig->options.flags = 0;
    assert_status(rig, QUIRE_NOT_A_DATABASE, rig_open_status(rig));
    rig->options.flags = QUIRE_OPEN_CREATE;
    rig_open(rig);
}

static void a_foreign_file_is_refused_and_untouched(void **state)
{
    struct rig *rig = *state;
    static uint8_t bytes[9000];
    const size_t sizes[] = {1, 159, 160, 4096, 9000};
    for (size_t fill = 0; fill < 2; fill++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            memset(bytes, fill ? 'x' : 0, sizeof bytes);
            fault_disk_put(rig->disk, "db", bytes, sizes[i]);
            assert_status(rig, QUIRE_NOT_A_DATABASE, rig_open_status(rig));
            assert_message(rig, "db");
            size_t size;
            const uint8_t *after = fault_disk_bytes(rig->disk, "db", &size);
            assert_int_equal(size, sizes[i]);
            assert_memory_equal(after, bytes, size);
        }
}

static void a_foreign_log_is_refused_and_untouched(void **state)
{
    struct rig *rig = *state;
    static const uint8_t letter[] = "Dear diary";
    fault_disk_put(rig->disk, "db-log", letter, sizeof letter);
    assert_status(rig, QUIRE_CORRUPT,
                  rig_open_status(rig)); /* whosever it is, a new database does not take its place */
    assert_message(rig, "db-log");
    assert_memory_equal(bytes_of(rig, "db-log"), letter, sizeof letter);
    assert_null(bytes_of(rig, "db")); /* the file that was being made is gone again */
    fault_disk_remove(rig->disk, "db-log");
    make(rig);
    fault_disk_put(rig->disk, "db-log", letter, sizeof letter);
    assert_status(rig, QUIRE_NOT_A_DATABASE, rig_open_status(rig));
    assert_memory_equal(bytes_of(rig, "db-log"), letter, sizeof letter);
}

static void the_log_of_another_database_is_not_taken(void **state)
{
    struct rig *rig = *state;
    size_t size;
    rig_open(rig);
    rig_commit_pages(rig, 10, 500);
    rig_kill(rig);
    uint8_t *log = copy_of(rig, "db-log", &size);
    fault_disk_remove(rig->disk, "db");
    fault_disk_remove(rig->disk, "db-log");
    uint32_t first = make(rig);
    fault_disk_put(rig->disk, "db-log", log, size);
    rig->notices[0] = '\0';
    rig_open(rig);
    assert_non_null(strstr(rig->notices, "db-log is the log of another database"));
    assert_int_equal(rig_read(rig, first, 0), 100);
    rig_commit_word(rig, first, 0, 5);
    rig_crash(rig, CUT_DROPS);
    assert_int_equal(rig_read(rig, first, 0), 5);
    free(log);
}

static void a_wrong_page_size_is_the_callers_mistake(void **state)
{
    struct rig *rig = *state;
    const uint32_t sizes[] = {0, 1, 256, 513, 1000, 65536};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        rig->options.page_size = sizes[i];
        assert_status(rig, QUIRE_INVALID, rig_open_status(rig));
    }
    rig->options.page_size = 512;
}

static void every_page_size_works_and_is_found_again(void **state)
{
    struct rig *rig = *state;
    for (uint32_t n = 512; n <= 32768; n *= 2) {
        rig->options.page_size = n;
        uint32_t first = make(rig);
        rig->options.page_size = n == 512 ? 1024 : 512; /* of a new file only */
        bytes_of(rig, "db")[100] ^= 1;                  /* found without meta page A, too */
        rig_open(rig);
        assert_int_equal(pager_page_size(rig->pager), n);
        assert_int_equal(rig_read(rig, first + 9, 0), 109);
        rig_close(rig);
        fault_disk_remove(rig->disk, "db");
    }
}

static void a_truncated_file_is_told_with_numbers(void **state)
{
    struct rig *rig = *state;
    size_t size;
    make(rig);
    uint8_t *bytes = copy_of(rig, "db", &size);
    fault_disk_put(rig->disk, "db", bytes, size - 512);
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "6144 bytes");
    assert_message(rig, "13 pages of 512");
    fault_disk_put(rig->disk, "db", bytes, 300);
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "300 bytes");
    free(bytes);
}

/* Writes both meta pages with another format version. */
static void set_version(struct rig *rig, uint32_t version)
{
    for (uint32_t pgno = 0; pgno < 2; pgno++) {
        uint8_t *page = bytes_of(rig, "db") + (size_t)pgno * 512;
        store32(page + 56, version);
        fake_codec()->seal(page, 512, load64(page + 64));
    }
}

/* After the last generation comes the first. */
static void generations_go_round(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    for (uint32_t pgno = 0; pgno < 2; pgno++) {
        uint8_t *page = bytes_of(rig, "db") + (size_t)pgno * 512;
        store32(page + 72, UINT32_MAX - 3);
        fake_codec()->seal(page, 512, load64(page + 64));
    }
    for (uint64_t round = 0; round < 8; round++) {
        rig_open(rig);
        assert_int_equal(rig_read(rig, first, 0), round == 0 ? 100 : 1000 + round - 1);
        rig_commit_word(rig, first, 0, 1000 + round);
        rig_kill(rig); /* with a log that counts */
    }
    rig_open(rig);
    assert_in_range(rig_stat(rig).generation, 1, 8);
}

static void other_formats_have_their_own_status(void **state)
{
    struct rig *rig = *state;
    make(rig);
    set_version(rig, QUIRE_FORMAT_VERSION + 1);
    assert_status(rig, QUIRE_NEW_FORMAT, rig_open_status(rig));
    assert_message(rig, "format 2");
    set_version(rig, QUIRE_FORMAT_VERSION - 1);
    assert_status(rig, QUIRE_OLD_FORMAT, rig_open_status(rig));
    set_version(rig, QUIRE_FORMAT_VERSION);
    rig_open(rig);
}

/* ---- meta pages ---- */

static void either_meta_page_alone_is_enough(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    for (size_t at = 0; at < 160; at += 7)
        for (size_t pgno = 0; pgno < 2; pgno++) {
            bytes_of(rig, "db")[512 * pgno + at] ^= 0x10;
            rig->options.flags = QUIRE_OPEN_READ_ONLY;
            rig_open(rig);
            assert_int_equal(rig_read(rig, first, 0), 100);
            rig_close(rig);
            rig->options.flags = QUIRE_OPEN_CREATE;
            rig_open(rig); /* and this mends it */
            rig_close(rig);
            assert_int_equal(load32(bytes_of(rig, "db") + 4), 0);
            assert_memory_equal(bytes_of(rig, "db") + 16, bytes_of(rig, "db") + 512 + 16, 496);
        }
}

static void without_both_the_database_is_corrupt(void **state)
{
    struct rig *rig = *state;
    make(rig);
    bytes_of(rig, "db")[100] ^= 1;
    bytes_of(rig, "db")[612] ^= 1;
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "both meta pages");
}

/* Without meta page A, B is looked for at every size: what passes for one there must say that this is its size. */
static void a_meta_page_of_another_page_size_is_none(void **state)
{
    struct rig *rig = *state;
    make(rig);
    bytes_of(rig, "db")[100] ^= 1;
    uint8_t *page = bytes_of(rig, "db") + 512;
    const uint32_t sizes[] = {0, 256, 1024, 65536};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        store32(page + 60, sizes[i]);
        fake_codec()->seal(page, 512, load64(page + 64));
        assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
        assert_message(rig, "both meta pages");
    }
    store32(page + 60, 512);
    fake_codec()->seal(page, 512, load64(page + 64));
    rig_open(rig);
}

/* No place in any log: none at all, not one of a record, so late that counting on from it would run over. */
static void an_impossible_first_lsn_is_corrupt(void **state)
{
    struct rig *rig = *state;
    make(rig);
    uint64_t true_lsn = load64(bytes_of(rig, "db") + 80);
    const uint64_t lsns[] = {0, 4, true_lsn + 1, UINT64_MAX / 4 + 1, UINT64_MAX - 7};
    for (size_t i = 0; i <= sizeof lsns / sizeof *lsns; i++) {
        int is_lie = i < sizeof lsns / sizeof *lsns;
        for (size_t pgno = 0; pgno < 2; pgno++) {
            uint8_t *page = bytes_of(rig, "db") + 512 * pgno;
            store64(page + 80, is_lie ? lsns[i] : true_lsn);
            fake_codec()->seal(page, 512, load64(page + 64));
        }
        assert_status(rig, is_lie ? QUIRE_CORRUPT : QUIRE_OK, rig_open_status(rig));
        if (is_lie)
            assert_message(rig, "impossible lsn");
    }
}

/* The first two pages of the database file before its last write or sync. */
struct metas_before {
    struct rig *rig;
    uint8_t bytes[2 * 512];
    uint8_t first_change[2 * 512]; /* for keep_until_changed: the first that was not `bytes` */
    int has_changed;
};

static void keep_metas(void *context)
{
    struct metas_before *before = context;
    memcpy(before->bytes, bytes_of(before->rig, "db"), sizeof before->bytes);
}

static void keep_until_changed(void *context)
{
    struct metas_before *before = context;
    const uint8_t *now = bytes_of(before->rig, "db");
    if (!before->has_changed && memcmp(before->bytes, now, sizeof before->bytes) != 0) {
        memcpy(before->first_change, now, sizeof before->first_change);
        before->has_changed = 1;
    }
}

/* The meta page that the last write of the file changed, if any, ends as neither the old one nor the new one. */
static void tear_last_written(struct metas_before *before)
{
    for (size_t pgno = 0; pgno < 2; pgno++)
        if (memcmp(before->bytes + 512 * pgno, bytes_of(before->rig, "db") + 512 * pgno, 512) != 0)
            bytes_of(before->rig, "db")[512 * pgno + 100] ^= 1;
}

/* A crash tore one meta page, the next one comes while recovery writes them: a whole one is left each time. */
static void two_crashes_in_a_row_do_not_take_both_meta_pages(void **state)
{
    struct rig *rig = *state;
    struct metas_before before = {.rig = rig};
    for (size_t torn = 0; torn < 2; torn++)
        for (uint64_t call = 1, failed = 1; failed; call++) {
            uint32_t first = make(rig);
            rig_open(rig);
            rig_commit_word(rig, first, 0, 7);
            rig_kill(rig);
            fault_disk_cut_power(rig->disk, CUT_KEEPS);
            bytes_of(rig, "db")[512 * torn + 100] ^= 1;
            keep_metas(&before);
            step_vfs_hook(&rig->step, keep_metas, &before);
            fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + call, EIO, FAULT_LATE);
            if (rig_open_status(rig) == QUIRE_OK)
                rig_kill(rig);
            failed = (uint64_t)fault_disk_has_failed(rig->disk);
            fault_disk_fail(rig->disk, 0, 0, FAULT_ONCE);
            step_vfs_hook(&rig->step, NULL, NULL);
            if (failed)
                tear_last_written(&before);
            fault_disk_cut_power(rig->disk, CUT_KEEPS);
            rig_open(rig);
            assert_int_equal(rig_read(rig, first, 0), 7);
            rig_close(rig);
            fault_disk_remove(rig->disk, "db");
        }
}

/* Both are whole, but a crash came between them. The older one is written first: a crash amid that leaves the other. */
static void meta_pages_of_two_checkpoints_are_made_equal(void **state)
{
    struct rig *rig = *state;
    for (size_t older = 0; older < 2; older++) {
        uint32_t first = make(rig);
        struct metas_before before = {.rig = rig};
        uint8_t old[512];
        memcpy(old, bytes_of(rig, "db") + 512 * older, 512);
        rig_open(rig);
        rig_commit_word(rig, first, 0, 7);
        rig_close(rig);
        memcpy(bytes_of(rig, "db") + 512 * older, old, 512);
        keep_metas(&before);
        step_vfs_hook(&rig->step, keep_until_changed, &before);
        rig_open(rig);
        step_vfs_hook(&rig->step, NULL, NULL);
        size_t newer = 1 - older;
        assert_memory_equal(before.bytes + 512 * newer, before.first_change + 512 * newer, 512);
        assert_memory_not_equal(before.bytes + 512 * older, before.first_change + 512 * older, 512);
        rig_kill(rig);
        assert_memory_equal(bytes_of(rig, "db") + 16, bytes_of(rig, "db") + 512 + 16, 496);
        rig_open(rig);
        assert_int_equal(rig_read(rig, first, 0), 7);
        rig_close(rig);
        fault_disk_remove(rig->disk, "db");
    }
}

/*
 * What recovery reads may stand in the system's memory alone, after a process was
 * killed: it is synced before a page is written that is built on it. And the log is
 * empty for good before the next commit goes there, or records of an earlier life
 * could follow it.
 */
static void recovery_syncs_what_it_found_and_what_it_emptied(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    rig_open(rig);
    rig_commit_word(rig, first, 0, 7);
    rig_kill(rig);
    rig->step.calls[0] = '\0';
    rig_open(rig);
    const char *calls = rig->step.calls;
    const char *page = strchr(calls, 'w'), *emptied = strchr(calls, 'T');
    assert_non_null(page);
    assert_non_null(emptied);
    assert_true(strchr(calls, 's') < page); /* the meta pages */
    assert_true(strchr(calls, 'S') < page); /* the log */
    assert_non_null(strchr(emptied, 'S'));
    assert_int_equal(rig_read(rig, first, 0), 7);
}

/* It was emptied by a process that was killed before its sync: nothing in it, and nothing is written there unsynced. */
static void an_empty_log_is_synced_before_it_is_used(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    fault_disk_put(rig->disk, "db-log", (const uint8_t *)"", 0);
    rig->step.calls[0] = '\0';
    rig_open(rig);
    rig_commit_word(rig, first, 0, 7);
    const char *synced = strchr(rig->step.calls, 'S');
    assert_non_null(synced);
    assert_true(synced < strchr(rig->step.calls, 'W'));
}

/* A meta page B one checkpoint old, A damaged. Returns the log as it was when that checkpoint was the newest. */
static uint8_t *make_stale(struct rig *rig, uint32_t *first, size_t *log_size)
{
    *first = make(rig);
    uint8_t old[512];
    memcpy(old, bytes_of(rig, "db") + 512, 512);
    rig_open(rig);
    rig_commit_word(rig, *first, 0, 7);
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    uint8_t *log = copy_of(rig, "db-log", log_size);
    rig_close(rig);
    memcpy(bytes_of(rig, "db") + 512, old, 512);
    bytes_of(rig, "db")[100] ^= 1;
    return log;
}

static void an_older_meta_page_needs_its_log(void **state)
{
    struct rig *rig = *state;
    uint32_t first;
    size_t size;
    uint8_t *log = make_stale(rig, &first, &size);
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "older");
    rig->options.flags = QUIRE_OPEN_READ_ONLY;
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    rig->options.flags = QUIRE_OPEN_CREATE;
    fault_disk_put(rig->disk, "db-log", log, size);
    rig_open(rig);
    assert_int_equal(rig_read(rig, first, 0), 7);
    assert_int_equal(rig_read(rig, first + 1, 0), 101);
    free(log);
}

/* Zeros, a header alone, and another database's log: none of them says what was committed since. */
static void an_older_meta_page_needs_commits_of_its_log(void **state)
{
    struct rig *rig = *state;
    uint32_t first;
    size_t size;
    uint8_t *log = make_stale(rig, &first, &size);
    const uint32_t generation = load32(bytes_of(rig, "db") + 512 + 72);
    const size_t header = (size_t)log_file_offset(generation, 0);
    const size_t records = (size_t)log_file_offset(generation, LOG_RECORDS_START);
    struct log_half half;
    assert_true(log_half_decode(log + header, &half));
    assert_int_equal(half.generation, generation);
    memset(log + records, 0, size - records);
    fault_disk_put(rig->disk, "db-log", log, size);
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "older");
    half.salt ^= 1;
    log_half_encode(log + header, &half);
    log_half_encode(log + header + LOG_HALF_COPY, &half);
    fault_disk_put(rig->disk, "db-log", log, size);
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "older");
    memset(log, 0, size);
    fault_disk_put(rig->disk, "db-log", log, size);
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "older");
    free(log);
}

static void a_log_without_its_header_makes_an_older_meta_page_good(void **state)
{
    struct rig *rig = *state;
    uint32_t first;
    size_t size;
    uint8_t *log = make_stale(rig, &first, &size);
    memset(log + log_file_offset(load32(bytes_of(rig, "db") + 512 + 72), 0), 0, LOG_RECORDS_START);
    fault_disk_put(rig->disk, "db-log", log, size);
    rig_open(rig);
    assert_int_equal(rig_read(rig, first, 0), 7);
    assert_int_equal(rig_read(rig, first + 1, 0), 101);
    free(log);
}

/*
 * Nothing was committed between the last two checkpoints, and the disk lost what the later one wrote to B; then a
 * checkpoint fails anywhere, with pages in the file that are newer than both, and A is damaged.
 */
static void the_next_generation_makes_an_older_meta_page_good(void **state)
{
    struct rig *rig = *state;
    const uint8_t zeros[2048] = {0};
    quire_status status = QUIRE_IO;
    uint64_t call = 1, with_pages = 0;
    for (; status != QUIRE_OK; call++) {
        uint32_t first = make(rig);
        uint8_t old[512], page[512];
        memcpy(old, bytes_of(rig, "db") + 512, 512);
        fault_disk_put(rig->disk, "db-log", zeros, sizeof zeros);
        rig_open(rig); /* with a checkpoint, since a log is there */
        memcpy(page, bytes_of(rig, "db") + 512 * first, 512);
        rig_commit_word(rig, first, 0, 7);
        fault_disk_fail(rig->disk, fault_disk_calls(rig->disk) + call, EIO, FAULT_ONCE);
        status = pager_checkpoint(rig->pager, &rig->fault);
        rig_kill(rig);
        if (status != QUIRE_OK) {
            with_pages += memcmp(page, bytes_of(rig, "db") + 512 * first, 512) != 0;
            memcpy(bytes_of(rig, "db") + 512, old, 512);
            bytes_of(rig, "db")[100] ^= 1;
            rig_open(rig);
            assert_int_equal(rig_read(rig, first, 0), 7);
            assert_int_equal(rig_read(rig, first + 1, 0), 101);
            rig_close(rig);
        }
        fault_disk_remove(rig->disk, "db");
        fault_disk_remove(rig->disk, "db-log");
    }
    assert_true(with_pages > 0);
}

/* Both are whole, one is a checkpoint older, and the log is gone. */
static void of_two_meta_pages_the_newer_counts(void **state)
{
    struct rig *rig = *state;
    for (size_t older = 0; older < 2; older++) {
        uint32_t first = make(rig);
        uint8_t old[512];
        memcpy(old, bytes_of(rig, "db") + 512 * older, 512);
        rig_open(rig);
        rig_commit_word(rig, first, 0, 7);
        rig_close(rig);
        memcpy(bytes_of(rig, "db") + 512 * older, old, 512);
        rig_open(rig);
        assert_int_equal(rig_read(rig, first, 0), 7);
        rig_close(rig);
        fault_disk_remove(rig->disk, "db");
    }
}

/* The very first record after the checkpoint is a map page's, and none comes after it. */
static void an_older_meta_page_is_betrayed_by_the_first_record_since(void **state)
{
    struct rig *rig = *state;
    make(rig);
    uint8_t old[512];
    memcpy(old, bytes_of(rig, "db") + 512, 512);
    rig_open(rig);
    struct frame *map;
    rig_begin(rig);
    assert_ok(rig, pager_read(rig->pager, NULL, 2, &map, &rig->fault));
    assert_ok(rig, pager_edit(rig->pager, &map, &rig->fault));
    pager_release(rig->pager, map);
    rig_commit(rig);
    rig_close(rig);
    memcpy(bytes_of(rig, "db") + 512, old, 512);
    assert_int_equal(load64(bytes_of(rig, "db") + 2 * 512 + 8), load64(old + 80)); /* lsn, first lsn */
    bytes_of(rig, "db")[100] ^= 1;
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "older");
}

/* What was written since stands far from the first map page, which knows nothing of it. */
static void an_older_meta_page_is_betrayed_by_any_map_page(void **state)
{
    struct rig *rig = *state;
    make(rig);
    rig_open(rig);
    uint32_t last = rig_commit_pages(rig, 400, 100) + 399;
    rig_close(rig);
    uint8_t old[512], first_map[512];
    memcpy(old, bytes_of(rig, "db") + 512, 512);
    memcpy(first_map, bytes_of(rig, "db") + 2 * 512, 512);
    rig_open(rig);
    rig_commit_word(rig, last, 0, 7);
    rig_close(rig);
    assert_memory_equal(bytes_of(rig, "db") + 2 * 512, first_map, 512);
    memcpy(bytes_of(rig, "db") + 512, old, 512);
    bytes_of(rig, "db")[100] ^= 1;
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "older");
}

static void stale_meta_pages_are_betrayed_by_a_later_log(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    uint8_t old[1024];
    memcpy(old, bytes_of(rig, "db"), sizeof old);
    rig_open(rig);
    for (uint64_t i = 0; i < 3; i++) {
        rig_commit_word(rig, first, 0, i);
        assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    }
    rig_commit_word(rig, first, 0, 9);
    rig_kill(rig);
    memcpy(bytes_of(rig, "db"), old, sizeof old);
    assert_status(rig, QUIRE_CORRUPT, rig_open_status(rig));
    assert_message(rig, "stale");
}

static void stale_meta_pages_are_betrayed_by_newer_pages(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    uint8_t old[1024];
    memcpy(old, bytes_of(rig, "db"), sizeof old);
    rig_open(rig);
    rig_commit_word(rig, first, 0, 9);
    rig_close(rig);
    memcpy(bytes_of(rig, "db"), old, sizeof old);
    rig_open(rig);
    struct snapshot snapshot;
    uint64_t value;
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    assert_status(rig, QUIRE_CORRUPT, rig_get_status(rig, &snapshot, first, 0, &value));
    assert_message(rig, "the log is missing");
    pager_snapshot_close(rig->pager, &snapshot);
}

/* One checkpoint behind, with both generations whole: the state is made good. */
static void two_generations_are_replayed_in_a_row(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    uint8_t old[1024];
    memcpy(old, bytes_of(rig, "db"), sizeof old);
    rig_open(rig);
    rig_commit_word(rig, first, 0, 1);
    rig_commit_word(rig, first + 1, 0, 2);
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    rig_commit_word(rig, first, 0, 3);
    rig_commit_word(rig, first + 2, 0, 4);
    rig_kill(rig);
    memcpy(bytes_of(rig, "db"), old, sizeof old);
    rig->options.flags = QUIRE_OPEN_READ_ONLY;
    for (int writing = 0; writing < 2; writing++) {
        rig_open(rig);
        assert_int_equal(rig_read(rig, first, 0), 3);
        assert_int_equal(rig_read(rig, first + 1, 0), 2);
        assert_int_equal(rig_read(rig, first + 2, 0), 4);
        assert_int_equal(rig_read(rig, first + 3, 0), 103);
        rig_close(rig);
        rig->options.flags = QUIRE_OPEN_CREATE;
    }
}

/* ---- locks ---- */

static void one_writer_or_many_readers(void **state)
{
    struct rig *rig = *state;
    make(rig);
    struct rig other = *rig, third = *rig;
    other.options.flags = third.options.flags = QUIRE_OPEN_READ_ONLY;
    rig_open(rig);
    assert_status(&other, QUIRE_BUSY, rig_open_status(&other));
    assert_message(&other, "db is held");
    rig_close(rig);
    rig_open(&other);
    rig_open(&third);
    assert_status(rig, QUIRE_BUSY, rig_open_status(rig));
    rig_close(&other);
    assert_status(rig, QUIRE_BUSY, rig_open_status(rig)); /* one reader's end does not drop the other's lock */
    rig_close(&third);
    rig_open(rig);
}

static void a_busy_database_is_waited_for(void **state)
{
    struct rig *rig = *state;
    make(rig);
    rig_open(rig);
    struct rig other = *rig;
    other.pager = NULL;
    other.options.busy_wait_ms = 40;
    uint64_t before = rig->options.vfs->now_ms(rig->options.vfs->context);
    assert_status(&other, QUIRE_BUSY, rig_open_status(&other));
    assert_int_equal(rig->options.vfs->now_ms(rig->options.vfs->context) - before, 40);
}

/* ---- read-only ---- */

static void a_read_only_open_overlays_the_log_and_writes_nothing(void **state)
{
    struct rig *rig = *state;
    size_t size, log_size;
    uint32_t first = make(rig);
    rig_open(rig);
    for (uint64_t i = 0; i < 30; i++)
        rig_commit_word(rig, first + (uint32_t)(i % 10), 1 + i / 10, i);
    uint32_t grown = rig_commit_pages(rig, 80, 1000);
    rig_kill(rig);
    uint8_t *bytes = copy_of(rig, "db", &size), *log = copy_of(rig, "db-log", &log_size);
    uint64_t calls = fault_disk_calls(rig->disk);
    rig->options.flags = QUIRE_OPEN_READ_ONLY;
    rig_open(rig);
    for (uint64_t i = 0; i < 30; i++)
        assert_int_equal(rig_read(rig, first + (uint32_t)(i % 10), 1 + i / 10), i);
    for (uint32_t i = 0; i < 80; i++)
        assert_int_equal(rig_read(rig, grown + i, 0), 1000 + i);
    assert_true(pager_is_read_only(rig->pager));
    assert_status(rig, QUIRE_READ_ONLY, pager_begin(rig->pager, 1, &rig->fault));
    assert_status(rig, QUIRE_READ_ONLY, pager_checkpoint(rig->pager, &rig->fault));
    rig_close(rig);
    assert_int_equal(fault_disk_calls(rig->disk), calls);
    assert_memory_equal(bytes_of(rig, "db"), bytes, size);
    assert_memory_equal(bytes_of(rig, "db-log"), log, log_size);
    free(bytes);
    free(log);
    rig->options.flags = QUIRE_OPEN_CREATE;
    rig_open(rig);
    assert_int_equal(rig_read(rig, grown + 79, 0), 1079);
}

/* ---- pages that lie ---- */

static void a_flipped_bit_in_a_page_is_found(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    struct snapshot snapshot;
    uint64_t value;
    for (size_t at = 0; at < 512; at += 37) {
        bytes_of(rig, "db")[512 * (size_t)first + at] ^= 4;
        rig_open(rig);
        assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
        assert_status(rig, QUIRE_CORRUPT, rig_get_status(rig, &snapshot, first, 0, &value));
        assert_message(rig, "page 3");
        assert_message(rig, "P1");
        assert_int_equal(rig_get(rig, &snapshot, first + 1, 0), 101);
        pager_snapshot_close(rig->pager, &snapshot);
        rig_close(rig);
        bytes_of(rig, "db")[512 * (size_t)first + at] ^= 4;
    }
}

static void a_lost_write_is_found_by_the_map(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    uint8_t old[512];
    memcpy(old, bytes_of(rig, "db") + 512 * (size_t)first, 512);
    rig_open(rig);
    rig_commit_word(rig, first, 0, 7);
    rig_close(rig);
    memcpy(bytes_of(rig, "db") + 512 * (size_t)first, old, 512); /* sealed, its own, but of the checkpoint before */
    rig_open(rig);
    struct snapshot snapshot;
    uint64_t value;
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    assert_status(rig, QUIRE_CORRUPT, rig_get_status(rig, &snapshot, first, 0, &value));
    assert_message(rig, "P1");
    pager_snapshot_close(rig->pager, &snapshot);
}

/* Sealed as it should be, but no map page: no checkpoint builds on it, and what was committed stays in the log. */
static void a_map_page_that_is_none_is_not_edited(void **state)
{
    struct rig *rig = *state;
    const struct {
        uint32_t kind;
        const char *says;
    } lies[] = {{9, "page 2 breaks P3"}, {7, "page 2 breaks S1"}};
    for (size_t i = 0; i < 2; i++) {
        uint32_t first = make(rig);
        uint8_t *map = bytes_of(rig, "db") + 2 * 512;
        store32(map + 16, lies[i].kind);
        fake_codec()->seal(map, 512, load64(bytes_of(rig, "db") + 64));
        rig_open(rig);
        rig_commit_word(rig, first, 0, 7);
        assert_status(rig, QUIRE_CORRUPT, pager_checkpoint(rig->pager, &rig->fault));
        assert_message(rig, lies[i].says);
        assert_int_equal(rig_read(rig, first, 0), 7);
        rig_kill(rig);
        fault_disk_cut_power(rig->disk, CUT_KEEPS);
        fault_disk_remove(rig->disk, "db");
        fault_disk_remove(rig->disk, "db-log");
    }
}

static void a_misdirected_write_is_found(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    uint8_t *page = bytes_of(rig, "db") + 512 * (size_t)first;
    memcpy(page, page + 512, 512);
    rig_open(rig);
    struct snapshot snapshot;
    uint64_t value;
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    assert_status(rig, QUIRE_CORRUPT, rig_get_status(rig, &snapshot, first, 0, &value));
    pager_snapshot_close(rig->pager, &snapshot);
}

static void a_read_error_is_told_and_passes(void **state)
{
    struct rig *rig = *state;
    uint32_t first = make(rig);
    rig_open(rig);
    struct snapshot snapshot;
    uint64_t value;
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    fault_disk_fail_reads(rig->disk, 5);
    assert_status(rig, QUIRE_IO, rig_get_status(rig, &snapshot, first, 0, &value));
    assert_message(rig, "errno 5");
    fault_disk_fail_reads(rig->disk, 0);
    assert_int_equal(rig_get(rig, &snapshot, first, 0), 100);
    pager_snapshot_close(rig->pager, &snapshot);
}

/* ---- memory ---- */

struct scarce {
    uint64_t left; /* allocations until one fails, 0: none will */
    int is_sticky; /* and all after it fail, too */
    int has_failed;
    long live;
};

static int scarce_fails(struct scarce *scarce)
{
    if (scarce->left == 0 || --scarce->left > 0)
        return 0;
    scarce->left = (uint64_t)scarce->is_sticky;
    scarce->has_failed = 1;
    return 1;
}

static void *scarce_allocate(void *context, size_t size)
{
    struct scarce *scarce = context;
    if (scarce_fails(scarce))
        return NULL;
    scarce->live++;
    return malloc(size);
}

static void *scarce_resize(void *context, void *block, size_t size)
{
    struct scarce *scarce = context;
    if (scarce_fails(scarce))
        return NULL;
    scarce->live += block == NULL;
    return realloc(block, size);
}

static void scarce_release(void *context, void *block)
{
    ((struct scarce *)context)->live -= block != NULL;
    free(block);
}

/* Two commits, a snapshot between them, a checkpoint. Stops at the first failure, which must be of memory. */
static quire_status live(struct rig *rig, uint64_t *acknowledged)
{
    struct snapshot snapshot;
    uint32_t pgno;
    quire_status status = rig_open_status(rig);
    if (status != QUIRE_OK)
        return status;
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    for (uint64_t number = 1; number <= 3 && status == QUIRE_OK; number++) {
        rig_begin(rig);
        for (uint32_t i = 0; i < 40 && status == QUIRE_OK; i++)
            status = number == 1 ? rig_add_status(rig, 1, &pgno) : rig_set_status(rig, 3 + i, 0, number);
        if (status == QUIRE_OK)
            status = pager_commit(rig->pager, &rig->fault);
        else
            pager_rollback(rig->pager);
        *acknowledged = status == QUIRE_OK ? number : *acknowledged;
        if (number == 2 && status == QUIRE_OK)
            status = pager_checkpoint(rig->pager, &rig->fault);
    }
    pager_snapshot_close(rig->pager, &snapshot);
    return status;
}

/* Amid the checkpoint another transaction edits every page and is rolled back. */
static void edit_and_roll_back(void *context)
{
    struct rig *rig = context;
    if (rig->pager == NULL || pager_begin(rig->pager, 1, &rig->fault) != QUIRE_OK)
        return; /* it is being opened, or the checkpoint follows one that failed */
    quire_status status = QUIRE_OK;
    for (uint32_t i = 0; i < 40 && status == QUIRE_OK; i++)
        status = rig_set_status(rig, 3 + i, 0, 99);
    pager_rollback(rig->pager);
}

static void fail_each_allocation(int is_sticky)
{
    int has_failed = 1;
    for (uint64_t left = 1; has_failed; left++) {
        struct rig rig;
        struct scarce scarce = {.left = left, .is_sticky = is_sticky};
        quire_memory memory = {&scarce, scarce_allocate, scarce_resize, scarce_release};
        rig_init(&rig);
        rig.options.memory = &memory;
        rig.options.cache_bytes = 16 << 10;
        uint64_t acknowledged = 0;
        step_vfs_hook(&rig.step, edit_and_roll_back, &rig);
        quire_status status = live(&rig, &acknowledged);
        step_vfs_hook(&rig.step, NULL, NULL);
        has_failed = scarce.has_failed;
        if (status != QUIRE_OK)
            assert_status(&rig, QUIRE_NO_MEMORY, status);
        scarce.left = 0;
        if (rig.pager == NULL)
            rig_open(&rig);
        if (acknowledged > 0)
            for (uint32_t i = 0; i < 40; i++)
                assert_int_equal(rig_read(&rig, 3 + i, 0), acknowledged);
        rig_close(&rig);
        assert_int_equal(scarce.live, 0);
        rig_free(&rig);
    }
}

static void each_failed_allocation_is_survived(void **state)
{
    (void)state;
    fail_each_allocation(0);
}

static void so_is_each_one_with_all_that_come_after_it(void **state)
{
    (void)state;
    fail_each_allocation(1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_missing_file_is_not_found),
        TEST(exclusive_creation_refuses_a_file),
        TEST(a_new_file_is_durable_at_once),
        TEST(a_creation_that_a_crash_cut_short_is_made_up_for),
        TEST(an_empty_file_becomes_a_database),
        TEST(a_foreign_file_is_refused_and_untouched),
        TEST(a_foreign_log_is_refused_and_untouched),
        TEST(the_log_of_another_database_is_not_taken),
        TEST(a_wrong_page_size_is_the_callers_mistake),
        TEST(every_page_size_works_and_is_found_again),
        TEST(a_truncated_file_is_told_with_numbers),
        TEST(generations_go_round),
        TEST(other_formats_have_their_own_status),
        TEST(either_meta_page_alone_is_enough),
        TEST(without_both_the_database_is_corrupt),
        TEST(a_meta_page_of_another_page_size_is_none),
        TEST(an_impossible_first_lsn_is_corrupt),
        TEST(two_crashes_in_a_row_do_not_take_both_meta_pages),
        TEST(meta_pages_of_two_checkpoints_are_made_equal),
        TEST(recovery_syncs_what_it_found_and_what_it_emptied),
        TEST(an_empty_log_is_synced_before_it_is_used),
        TEST(an_older_meta_page_needs_its_log),
        TEST(an_older_meta_page_needs_commits_of_its_log),
        TEST(a_log_without_its_header_makes_an_older_meta_page_good),
        TEST(the_next_generation_makes_an_older_meta_page_good),
        TEST(of_two_meta_pages_the_newer_counts),
        TEST(an_older_meta_page_is_betrayed_by_the_first_record_since),
        TEST(an_older_meta_page_is_betrayed_by_any_map_page),
        TEST(stale_meta_pages_are_betrayed_by_a_later_log),
        TEST(stale_meta_pages_are_betrayed_by_newer_pages),
        TEST(two_generations_are_replayed_in_a_row),
        TEST(one_writer_or_many_readers),
        TEST(a_busy_database_is_waited_for),
        TEST(a_read_only_open_overlays_the_log_and_writes_nothing),
        TEST(a_flipped_bit_in_a_page_is_found),
        TEST(a_lost_write_is_found_by_the_map),
        TEST(a_map_page_that_is_none_is_not_edited),
        TEST(a_misdirected_write_is_found),
        TEST(a_read_error_is_told_and_passes),
        TEST(each_failed_allocation_is_survived),
        TEST(so_is_each_one_with_all_that_come_after_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
