/* Recovery: what a damaged or torn log is taken for, and what is told about it. */
#include "../support/pager_fixture.h"

#include "../../src/base/bytes.h"
#include "../../src/base/crc32c.h"
#include "../../src/file/pager_core.h"

#include <errno.h>
#include <stdlib.h>

enum { COMMITS = 6 };

/* A crashed database: its files, and where each commit ends in the log. Commit c set the word of page 3 + c % 4 to c.
 */
struct wreck {
    struct rig rig;
    uint8_t *db, *log;
    size_t db_size, log_size;
    size_t start;             /* place of the first record */
    size_t ends[COMMITS + 1]; /* place behind each commit */
};

static void wreck_make(struct wreck *wreck, quire_sync_mode sync)
{
    struct rig *rig = &wreck->rig;
    rig_init(rig);
    rig->options.sync = sync;
    rig_open(rig);
    rig_commit_pages(rig, 4, 100);
    assert_ok(rig, pager_checkpoint(rig->pager, &rig->fault));
    struct pager_stat stat = rig_stat(rig);
    wreck->start = (size_t)log_file_offset(stat.generation, LOG_RECORDS_START);
    wreck->ends[0] = wreck->start;
    for (uint64_t c = 1; c <= COMMITS; c++) {
        rig_begin(rig);
        rig_set(rig, 3 + (uint32_t)c % 4, 0, c);
        pager_state(rig->pager)[0] = (uint8_t)c;
        rig_commit(rig);
        wreck->ends[c] = wreck->start + (size_t)rig_stat(rig).log_bytes;
    }
    rig_kill(rig);
    const uint8_t *bytes = fault_disk_bytes(rig->disk, "db", &wreck->db_size);
    wreck->db = malloc(wreck->db_size);
    memcpy(wreck->db, bytes, wreck->db_size);
    bytes = fault_disk_bytes(rig->disk, "db-log", &wreck->log_size);
    wreck->log = malloc(wreck->log_size);
    memcpy(wreck->log, bytes, wreck->log_size);
}

static void wreck_free(struct wreck *wreck)
{
    free(wreck->db);
    free(wreck->log);
    rig_free(&wreck->rig);
}

/* Puts the files back as they were after the crash. */
static uint8_t *wreck_restore(struct wreck *wreck)
{
    size_t size;
    fault_disk_put(wreck->rig.disk, "db", wreck->db, wreck->db_size);
    fault_disk_put(wreck->rig.disk, "db-log", wreck->log, wreck->log_size);
    wreck->rig.notices[0] = '\0';
    return fault_disk_bytes(wreck->rig.disk, "db-log", &size);
}

/* Opens and answers the commit found, whose words must all agree; or COMMITS + 1 when the database is corrupt. */
static uint64_t wreck_found(struct wreck *wreck)
{
    struct rig *rig = &wreck->rig;
    quire_status status = rig_open_status(rig);
    if (status == QUIRE_CORRUPT)
        return COMMITS + 1;
    assert_ok(rig, status);
    struct snapshot snapshot;
    assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
    uint64_t found = snapshot.state[0] == 0xa5 ? 0 : snapshot.state[0];
    for (uint32_t i = 0; i < 4; i++) {
        uint64_t value = found;
        while (value > 0 && value % 4 != i)
            value--;
        assert_int_equal(rig_get(rig, &snapshot, 3 + i, 0), value > 0 ? value : 100 + i);
    }
    pager_snapshot_close(rig->pager, &snapshot);
    rig_close(rig);
    return found;
}

static void all_commits_are_found_and_told(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    wreck_restore(&wreck);
    assert_int_equal(wreck_found(&wreck), COMMITS);
    assert_non_null(strstr(wreck.rig.notices, "found 6 commits"));
    wreck.rig.notices[0] = '\0';
    assert_int_equal(wreck_found(&wreck), COMMITS);
    assert_string_equal(wreck.rig.notices, ""); /* nothing is left to recover */
    wreck_free(&wreck);
}

/* Rule L6: each commit but the last says that all before it was durable. */
static void damage_below_what_was_durable_is_corruption(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    for (size_t at = wreck.start; at < wreck.ends[COMMITS - 1]; at += 3) {
        uint8_t *log = wreck_restore(&wreck);
        uint8_t before = log[at];
        log[at] ^= 0x20;
        uint64_t found = wreck_found(&wreck);
        if (found == COMMITS && before == 0)
            continue; /* a byte that only fills up to a multiple of 8 */
        if (found != COMMITS + 1)
            fail_msg("byte %zu (%02x) of the log: commit %llu is found", at, before, (unsigned long long)found);
        assert_non_null(strstr(wreck.rig.fault.message, "rule L6"));
    }
    wreck_free(&wreck);
}

static void damage_in_the_last_commit_looks_like_a_crash(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    for (size_t at = wreck.ends[COMMITS - 1]; at < wreck.ends[COMMITS]; at++) {
        uint8_t *log = wreck_restore(&wreck);
        log[at] ^= 0x01;
        assert_int_equal(wreck_found(&wreck), COMMITS - 1);
        assert_non_null(strstr(wreck.rig.notices, "dropped"));
    }
    wreck_free(&wreck);
}

static void a_log_cut_anywhere_gives_the_commits_before(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    for (size_t c = 0; c < COMMITS; c++)
        for (size_t at = wreck.ends[c]; at < wreck.ends[c + 1]; at += 41) {
            wreck_restore(&wreck);
            fault_disk_put(wreck.rig.disk, "db-log", wreck.log, at);
            assert_int_equal(wreck_found(&wreck), c);
        }
    wreck_free(&wreck);
}

/* Without syncs in between no commit names a durable LSN, so nothing tells damage from a torn tail. */
static void in_normal_mode_the_log_ends_at_the_damage(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_NORMAL);
    for (size_t c = 0; c < COMMITS; c++) {
        uint8_t *log = wreck_restore(&wreck);
        log[wreck.ends[c] + 5] ^= 0x40;
        assert_int_equal(wreck_found(&wreck), c);
    }
    wreck_free(&wreck);
}

static void one_copy_of_the_half_header_is_enough(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    for (size_t copies = 0; copies < 4; copies++) {
        uint8_t *log = wreck_restore(&wreck);
        const uint8_t *header = log + wreck.start - LOG_RECORDS_START;
        assert_memory_equal(header, header + LOG_HALF_COPY, LOG_HALF_HEADER);
        if (copies & 1)
            log[wreck.start - LOG_RECORDS_START + 20] ^= 1;
        if (copies & 2)
            log[wreck.start - LOG_RECORDS_START + LOG_HALF_COPY + 20] ^= 1;
        /* With neither, the meta page still says where the records begin. */
        assert_int_equal(wreck_found(&wreck), COMMITS);
    }
    wreck_free(&wreck);
}

/* A young database, all of it in the log yet; then its meta pages are zeroed, the file is emptied, or it is removed. */
static void a_log_beside_a_file_without_meta_pages_is_not_written_over(void **state)
{
    (void)state;
    struct rig rig;
    rig_init(&rig);
    rig_open(&rig);
    uint32_t page = rig_commit_pages(&rig, 3, 7);
    rig_kill(&rig);
    size_t db_size, log_size, size;
    const uint8_t *bytes = fault_disk_bytes(rig.disk, "db", &db_size);
    uint8_t *db = malloc(db_size), *damaged = calloc(1, db_size);
    memcpy(db, bytes, db_size);
    memcpy(damaged + 2 * 512, db + 2 * 512, db_size - 2 * 512);
    bytes = fault_disk_bytes(rig.disk, "db-log", &log_size);
    uint8_t *log = malloc(log_size);
    memcpy(log, bytes, log_size);
    for (int way = 0; way < 3; way++) {
        fault_disk_put(rig.disk, "db", damaged, way == 0 ? db_size : 0);
        if (way == 2)
            fault_disk_remove(rig.disk, "db");
        assert_int_equal(rig_open_status(&rig), QUIRE_CORRUPT);
        assert_non_null(strstr(rig.fault.message, "db-log"));
        bytes = fault_disk_bytes(rig.disk, "db-log", &size);
        assert_int_equal(size, log_size);
        assert_memory_equal(bytes, log, log_size);
    }
    fault_disk_put(rig.disk, "db", db, db_size);
    rig_open(&rig);
    assert_int_equal(rig_read(&rig, page + 2, 0), 9);
    rig_free(&rig);
    free(db);
    free(damaged);
    free(log);
}

/* What one process wrote without a sync, the next one makes durable before it builds on it. */
static void what_off_mode_left_is_made_durable_at_the_next_open(void **state)
{
    (void)state;
    const quire_sync_mode modes[] = {QUIRE_SYNC_FULL, QUIRE_SYNC_NORMAL};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        rig_init(&rig);
        rig.options.sync = QUIRE_SYNC_OFF;
        rig_open(&rig);
        uint32_t page = rig_commit_pages(&rig, 3, 7);
        rig_close(&rig);
        rig.options.sync = modes[i];
        rig_open(&rig);
        rig_commit_word(&rig, page, 0, 70);
        assert_ok(&rig, pager_sync(rig.pager, &rig.fault));
        rig_crash(&rig, CUT_DROPS);
        assert_int_equal(rig_read(&rig, page, 0), 70);
        assert_int_equal(rig_read(&rig, page + 2, 0), 9);
        rig_free(&rig);
    }
}

/* ---- a read that lies, whatever the disk behind it has ---- */

static struct {
    quire_vfs inner;
    uint64_t reads_left; /* the read that this counts down to has a bit wrong */
} liar;

static int misread(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    int error = liar.inner.read(context, file, offset, buffer, size, got);
    if (error == 0 && *got > 0 && liar.reads_left > 0 && --liar.reads_left == 0)
        ((uint8_t *)buffer)[*got > 600 ? 600 : *got / 3] ^= 4u;
    return error;
}

/* Nothing is written that was only read, and not checked: the next open reads what the disk has. */
static void a_bit_that_is_read_wrongly_once_destroys_nothing(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    liar.inner = wreck.rig.step.vfs;
    wreck.rig.step.vfs.read = misread;
    int refusals = 0;
    for (uint64_t read = 1;; read++) {
        (void)wreck_restore(&wreck);
        liar.reads_left = read;
        quire_status status = rig_open_status(&wreck.rig);
        if (status == QUIRE_OK)
            rig_close(&wreck.rig);
        if (liar.reads_left > 0)
            break;
        if (status != QUIRE_OK) {
            refusals++;
            assert_int_equal(wreck_found(&wreck), COMMITS);
        }
    }
    assert_in_range(refusals, 1, 100);
    liar.reads_left = 0;
    wreck_free(&wreck);
}

/* A write that failed amid a log's header: nothing stands behind it. */
static void a_begun_header_of_a_log_is_no_foreign_file(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    const size_t at = wreck.start - LOG_RECORDS_START;
    for (size_t came = 5; came < LOG_HALF_HEADER; came++) {
        uint8_t *log = wreck_restore(&wreck);
        memset(log, 0, at); /* the other half's header would vouch for the file */
        memset(log + at + came, 0, wreck.log_size - at - came);
        assert_int_equal(wreck_found(&wreck), 0);
    }
    /* What begins like none is somebody's. */
    uint8_t *log = wreck_restore(&wreck);
    memset(log, 0, at);
    memset(log + at + 9, 0, wreck.log_size - at - 9);
    log[at + 6] ^= 1;
    assert_int_equal(rig_open_status(&wreck.rig), QUIRE_NOT_A_DATABASE);
    wreck_free(&wreck);
}

/* A sync of the file that loses what it should have written, and a checkpoint at the close that would believe it. */
static void a_poisoned_database_is_closed_without_a_checkpoint(void **state)
{
    (void)state;
    for (uint64_t call = 1; call <= 12; call++) {
        struct rig rig;
        rig_init(&rig);
        rig_open(&rig);
        uint32_t page = rig_commit_pages(&rig, 3, 7);
        fault_disk_fail(rig.disk, fault_disk_calls(rig.disk) + call, EIO, FAULT_LOSES);
        quire_status status = pager_checkpoint(rig.pager, &rig.fault);
        int is_poisoned = pager_sync(rig.pager, &rig.fault) == QUIRE_POISONED;
        struct pager *pager = rig.pager;
        rig.pager = NULL;
        assert_true(status != QUIRE_OK || !is_poisoned);
        fault_disk_fail(rig.disk, 0, 0, FAULT_ONCE);
        assert_int_equal(pager_close(pager, &rig.fault), is_poisoned ? QUIRE_POISONED : QUIRE_OK);
        fault_disk_cut_power(rig.disk, CUT_DROPS);
        rig_open(&rig);
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(rig_read(&rig, page + i, 0), 7 + i);
        rig_free(&rig);
    }
}

static void a_missing_log_means_nothing_since_the_checkpoint(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    wreck_restore(&wreck);
    fault_disk_remove(wreck.rig.disk, "db-log");
    assert_int_equal(wreck_found(&wreck), 0);
    wreck_free(&wreck);
}

static void random_bytes_in_the_log_are_survived(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    uint64_t random = 99;
    for (int round = 0; round < 300; round++) {
        uint8_t *log = wreck_restore(&wreck);
        for (int i = 0; i < 1 + round % 30; i++) {
            random = random * UINT64_C(6364136223846793005) + 1;
            size_t at = wreck.start + (size_t)(random >> 33) % (wreck.ends[COMMITS] - wreck.start);
            log[at] = (uint8_t)(random >> 24);
        }
        /* Whatever is found is one of the commits, whole, or the word that it is damaged. */
        assert_true(wreck_found(&wreck) <= COMMITS + 1);
    }
    wreck_free(&wreck);
}

struct watcher {
    int calls, stop_at;
    uint64_t done, total;
};

static int watch(void *context, uint64_t done, uint64_t total)
{
    struct watcher *watcher = context;
    watcher->done = done;
    watcher->total = total;
    return ++watcher->calls == watcher->stop_at;
}

static void progress_is_told_and_may_cancel(void **state)
{
    (void)state;
    struct rig rig;
    struct watcher watcher = {0, 3, 0, 0};
    rig_init(&rig);
    rig_open(&rig);
    for (int c = 0; c < 20; c++)
        rig_commit_pages(&rig, 4000, 1);
    rig_kill(&rig);
    rig.options.progress = watch;
    rig.options.progress_context = &watcher;
    assert_status(&rig, QUIRE_CANCELLED, rig_open_status(&rig));
    assert_true(watcher.done > 0 && watcher.done < watcher.total);
    watcher = (struct watcher){0, 0, 0, 0};
    rig_open(&rig);
    assert_true(watcher.calls > 5);
    rig_free(&rig);
}

/* At the first record, amid the log, at its end, and between the pages written. */
static void recovery_makes_up_for_itself_wherever_it_is_stopped(void **state)
{
    (void)state;
    struct rig rig;
    uint32_t stops = 0, pgnos[3000];
    quire_status status = QUIRE_CANCELLED;
    rig_init(&rig);
    rig_open(&rig);
    rig_begin(&rig);
    for (uint32_t i = 0; i < 3000; i++)
        pgnos[i] = rig_add(&rig, i + 1);
    rig_commit(&rig);
    for (uint32_t i = 0; i < 9; i++)
        rig_commit_word(&rig, pgnos[100 * i], 1, i + 50);
    rig_kill(&rig);
    while (status == QUIRE_CANCELLED) {
        struct watcher watcher = {.stop_at = (int)stops + 1};
        rig.options.progress = watch;
        rig.options.progress_context = &watcher;
        status = rig_open_status(&rig);
        assert_true(watcher.done <= watcher.total);
        stops += status == QUIRE_CANCELLED;
        assert_true(status == QUIRE_CANCELLED || watcher.done == watcher.total);
    }
    assert_ok(&rig, status);
    assert_true(stops >= 4);
    for (uint32_t i = 0; i < 3000; i++)
        assert_int_equal(rig_read(&rig, pgnos[i], 0), i + 1);
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(rig_read(&rig, pgnos[100 * i], 1), i + 50);
    rig_close(&rig);
    rig_free(&rig);
}

/* ---- well-sealed lies ---- */

/* Rewrites the record at `at` of the log, sealing it anew. */
static void reseal(struct wreck *wreck, uint8_t *log, size_t at, size_t field, uint32_t value)
{
    struct log_record record;
    uint64_t salt = load64(wreck->db + 64);
    if (field < LOG_RECORD_HEADER)
        store32(log + at + field, value);
    else
        log[at + field] = (uint8_t)value;
    assert_true(load32(log + at + 20) < 2048);
    record.lsn = load64(log + at + 8);
    record.generation = load32(log + at + 16);
    record.body_size = load32(log + at + 20);
    record.pgno = load32(log + at + 24);
    record.type = log[at + 28];
    record.previous_lsn = load64(log + at + 32);
    record.body_crc = crc32c(0, log + at + LOG_RECORD_HEADER, record.body_size);
    log_record_encode(log + at, &record, salt);
}

/* Seals the commit behind it, too, over what stands before it. */
static void reseal_commit(struct wreck *wreck, uint8_t *log, size_t c)
{
    uint32_t digest = 0;
    size_t at = wreck->ends[c - 1];
    while (log[at + 28] != LOG_COMMIT) {
        digest = crc32c(digest, log + at, 8);
        at += log_record_size(load32(log + at + 20));
    }
    store32(log + at + LOG_RECORD_HEADER + 4, digest);
    reseal(wreck, log, at, 20, load32(log + at + 20));
}

static void a_broken_chain_is_corruption(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    uint8_t *log = wreck_restore(&wreck);
    reseal(&wreck, log, wreck.ends[4], 32, 8); /* the previous record of commit 5's delta */
    reseal_commit(&wreck, log, 5);
    assert_int_equal(wreck_found(&wreck), COMMITS + 1);
    assert_non_null(strstr(wreck.rig.fault.message, "breaks L3 at lsn"));
    wreck_free(&wreck);
}

/* The meta pages pass the log by: a record of one is nobody's, however well it is sealed. */
static void a_record_of_a_meta_page_is_corruption(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    uint8_t *log = wreck_restore(&wreck);
    size_t image = wreck.ends[3], delta = image + log_record_size(load32(log + image + 20));
    reseal(&wreck, log, image, 24, 1); /* commit 4 now edits page 1 */
    reseal(&wreck, log, delta, 24, 1);
    reseal_commit(&wreck, log, 4);
    assert_int_equal(wreck_found(&wreck), COMMITS + 1);
    assert_non_null(strstr(wreck.rig.fault.message, "breaks L3 at lsn"));
    wreck_free(&wreck);
}

/* The page in the file may be torn: what the log says of it begins with all of it. */
static void a_delta_without_an_image_is_corruption(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    uint8_t *log = wreck_restore(&wreck);
    reseal(&wreck, log, wreck.ends[4], 24, 2); /* commit 5's delta, of a page without a record before it */
    reseal(&wreck, log, wreck.ends[4], 32, 0);
    reseal(&wreck, log, wreck.ends[4], 36, 0);
    reseal_commit(&wreck, log, 5);
    assert_int_equal(wreck_found(&wreck), COMMITS + 1);
    assert_non_null(strstr(wreck.rig.fault.message, "breaks L3 at lsn"));
    wreck_free(&wreck);
}

/* Both copies of the half's header, well sealed, name a first LSN or a size of pages that is not the meta page's. */
static void a_half_header_that_contradicts_the_meta_page_is_corruption(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    for (int lie = 0; lie < 2; lie++) {
        uint8_t *header = wreck_restore(&wreck) + wreck.start - LOG_RECORDS_START;
        struct log_half half;
        assert_true(log_half_decode(header, &half));
        if (lie == 0)
            half.first_lsn += 8;
        else
            half.page_size *= 2;
        log_half_encode(header, &half);
        log_half_encode(header + LOG_HALF_COPY, &half);
        assert_int_equal(wreck_found(&wreck), COMMITS + 1);
        assert_non_null(strstr(wreck.rig.fault.message, "contradicts the meta page"));
    }
    wreck_free(&wreck);
}

static void a_log_of_a_newer_format_is_refused(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    uint8_t *header = wreck_restore(&wreck) + wreck.start - LOG_RECORDS_START;
    struct log_half half;
    assert_true(log_half_decode(header, &half));
    half.format_version++;
    log_half_encode(header, &half);
    log_half_encode(header + LOG_HALF_COPY, &half);
    assert_int_equal(rig_open_status(&wreck.rig), QUIRE_NEW_FORMAT);
    assert_non_null(strstr(wreck.rig.fault.message, "db-log has format"));
    wreck_free(&wreck);
}

/* A file of less than three pages is none, and one does not grow by pages without a record. */
static void a_commit_of_two_pages_or_of_too_many_is_corruption(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    uint8_t *log = wreck_restore(&wreck);
    reseal(&wreck, log, wreck.ends[COMMITS] - log_record_size(LOG_COMMIT_BODY), LOG_RECORD_HEADER, 2);
    assert_int_equal(wreck_found(&wreck), COMMITS + 1);
    assert_non_null(strstr(wreck.rig.fault.message, "2 pages"));
    log = wreck_restore(&wreck);
    reseal(&wreck, log, wreck.ends[COMMITS] - log_record_size(LOG_COMMIT_BODY), LOG_RECORD_HEADER, 9);
    assert_int_equal(wreck_found(&wreck), COMMITS + 1);
    assert_non_null(strstr(wreck.rig.fault.message, "9 pages"));
    wreck_free(&wreck);
}

/* Well sealed, but of another transaction: it begins elsewhere, or other records stand before it (rule L5). */
static void a_commit_that_does_not_fit_ends_the_log(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    size_t commit = wreck.ends[COMMITS] - log_record_size(LOG_COMMIT_BODY);
    uint8_t *log = wreck_restore(&wreck);
    reseal(&wreck, log, commit, 32, load32(log + commit + 32) - 8);
    assert_int_equal(wreck_found(&wreck), COMMITS - 1);
    log = wreck_restore(&wreck);
    reseal(&wreck, log, commit, LOG_RECORD_HEADER + 4, log[commit + LOG_RECORD_HEADER + 4] ^ 1u);
    assert_int_equal(wreck_found(&wreck), COMMITS - 1);
    wreck_free(&wreck);
}

/* The record of a commit that failed is gone from the disk, and not only from the system's memory. */
static void what_is_erased_from_the_log_is_erased_for_good(void **state)
{
    (void)state;
    struct rig rig;
    rig_init(&rig);
    rig_open(&rig);
    uint32_t page = rig_commit_pages(&rig, 1, 1);
    rig_commit_word(&rig, page, 0, 7);
    uint64_t commit_lsn = rig_stat(&rig).last_commit_lsn - log_record_size(LOG_COMMIT_BODY);
    assert_ok(&rig, log_erase(&rig.pager->log, commit_lsn, &rig.fault));
    rig_crash(&rig, CUT_DROPS);
    assert_int_equal(rig_read(&rig, page, 0), 1);
    rig_free(&rig);
}

static void a_delta_that_does_not_apply_is_corruption(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    uint8_t *log = wreck_restore(&wreck);
    reseal(&wreck, log, wreck.ends[4], LOG_RECORD_HEADER, 255); /* a word that no page has */
    reseal_commit(&wreck, log, 5);
    assert_int_equal(wreck_found(&wreck), COMMITS + 1);
    assert_non_null(strstr(wreck.rig.fault.message, "L4"));
    wreck_free(&wreck);
}

static void a_page_that_fails_the_check_is_corruption(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    uint8_t *log = wreck_restore(&wreck);
    reseal(&wreck, log, wreck.ends[0], LOG_RECORD_HEADER + 4 + 16, 9); /* the kind in the image of commit 1 */
    reseal_commit(&wreck, log, 1);
    assert_int_equal(wreck_found(&wreck), COMMITS + 1);
    assert_non_null(strstr(wreck.rig.fault.message, "breaks P3 (kind 9)"));
    char image[64]; /* it is the image that is refused, before a delta is redone on it */
    (void)snprintf(image, sizeof image, "up to lsn %u,", load32(log + wreck.ends[0] + 8));
    assert_non_null(strstr(wreck.rig.fault.message, image));
    log = wreck_restore(&wreck);
    reseal(&wreck, log, wreck.ends[4], LOG_RECORD_HEADER + 8 + 7, FAKE_BROKEN); /* the word of commit 5's delta */
    reseal_commit(&wreck, log, 5);
    assert_int_equal(wreck_found(&wreck), COMMITS + 1);
    assert_non_null(strstr(wreck.rig.fault.message, "breaks P5 (a broken word)"));
    wreck_free(&wreck);
}

/* A log that is changed after recovery has read it: a page's chain is held against the page, and goes only back. */
static void a_chain_that_changes_under_a_reader_is_corruption(void **state)
{
    (void)state;
    struct wreck wreck;
    wreck_make(&wreck, QUIRE_SYNC_FULL);
    for (int lie = 0; lie < 2; lie++) {
        struct rig *rig = &wreck.rig;
        struct snapshot snapshot;
        uint64_t value;
        uint8_t *log = wreck_restore(&wreck);
        rig->options.flags = QUIRE_OPEN_READ_ONLY;
        rig_open(rig);
        assert_ok(rig, pager_snapshot_open(rig->pager, &snapshot));
        if (lie == 0)
            reseal(&wreck, log, wreck.ends[4], 24, 5); /* the page of commit 5's delta, which is page 4's last record */
        else
            reseal(&wreck, log, wreck.ends[4], 32, load32(log + wreck.ends[4] + 8)); /* names itself */
        assert_status(rig, QUIRE_CORRUPT, rig_get_status(rig, &snapshot, 4, 0, &value));
        assert_non_null(strstr(rig->fault.message, "it is not in page 4's chain"));
        pager_snapshot_close(rig->pager, &snapshot);
        rig_close(rig);
    }
    wreck_free(&wreck);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_commits_are_found_and_told),
        cmocka_unit_test(damage_below_what_was_durable_is_corruption),
        cmocka_unit_test(damage_in_the_last_commit_looks_like_a_crash),
        cmocka_unit_test(a_log_cut_anywhere_gives_the_commits_before),
        cmocka_unit_test(in_normal_mode_the_log_ends_at_the_damage),
        cmocka_unit_test(one_copy_of_the_half_header_is_enough),
        cmocka_unit_test(a_log_beside_a_file_without_meta_pages_is_not_written_over),
        cmocka_unit_test(what_off_mode_left_is_made_durable_at_the_next_open),
        cmocka_unit_test(a_bit_that_is_read_wrongly_once_destroys_nothing),
        cmocka_unit_test(a_begun_header_of_a_log_is_no_foreign_file),
        cmocka_unit_test(a_poisoned_database_is_closed_without_a_checkpoint),
        cmocka_unit_test(a_missing_log_means_nothing_since_the_checkpoint),
        cmocka_unit_test(random_bytes_in_the_log_are_survived),
        cmocka_unit_test(progress_is_told_and_may_cancel),
        cmocka_unit_test(recovery_makes_up_for_itself_wherever_it_is_stopped),
        cmocka_unit_test(a_broken_chain_is_corruption),
        cmocka_unit_test(a_record_of_a_meta_page_is_corruption),
        cmocka_unit_test(a_delta_without_an_image_is_corruption),
        cmocka_unit_test(a_half_header_that_contradicts_the_meta_page_is_corruption),
        cmocka_unit_test(a_log_of_a_newer_format_is_refused),
        cmocka_unit_test(a_commit_of_two_pages_or_of_too_many_is_corruption),
        cmocka_unit_test(a_commit_that_does_not_fit_ends_the_log),
        cmocka_unit_test(what_is_erased_from_the_log_is_erased_for_good),
        cmocka_unit_test(a_delta_that_does_not_apply_is_corruption),
        cmocka_unit_test(a_page_that_fails_the_check_is_corruption),
        cmocka_unit_test(a_chain_that_changes_under_a_reader_is_corruption),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
