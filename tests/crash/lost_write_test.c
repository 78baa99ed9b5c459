/*
 * A disk that lies: a write was acknowledged and synced, and never arrived, or
 * went to another page's place. The workloads of the crashes run once; then, for
 * each page that any checkpoint wrote into the database file, and for each call by
 * which it wrote several at once, the file is looked
 * at as it would be without that write, and as it would be if the page had gone
 * to another place: when the checkpoint has ended, and right before the next one.
 * Either it is told, QUIRE_CORRUPT, or nothing is wrong: everything that a
 * reader sees is there and right, and the audit, which reads each page, is clean.
 * That is so where the log has the page still, or nobody uses it any more.
 *
 *   LOST_WRITES   how many images in all, about (default 1500); from about 30000 on, whole workloads
 */
#include "../support/api_fixture.h"
#include "../support/database_hash.h"
#include "../support/random.h"
#include "workload.h"

enum { KINDS = 4, SYNCS_OF_A_CHECKPOINT = 3, EACH_PAGE = 4, EACH_CALL = 2, WHOLE = 8000 };

struct liar {
    struct workload_kind kind;
    struct history history;
    struct random random;
    struct crash_disk *disk;
    uint64_t writes, calls, told, harmless;
    uint64_t share; /* of images */
};

enum verdict { RIGHT, WRONG, TOLD };

static quire_status note(enum verdict *verdict, quire_status status)
{
    assert_true(status == QUIRE_OK || status == QUIRE_CORRUPT);
    if (status == QUIRE_CORRUPT)
        *verdict = TOLD;
    return status;
}

static void ignore_violation(void *context, const quire_violation *violation)
{
    (void)context;
    (void)violation;
}

/* Opens the disk, reads all and audits it; it is freed. *hash is what was read, if it was not told to be wrong. */
static enum verdict look(const struct liar *liar, struct crash_disk *image, uint64_t *hash)
{
    quire_options options = liar->kind.options;
    enum verdict verdict = RIGHT;
    quire_db *db;
    quire_txn *txn;
    options.vfs = crash_disk_vfs(image);
    if (note(&verdict, quire_open(WORKLOAD_PATH, &options, &db)) == QUIRE_OK) {
        OK(quire_begin(db, QUIRE_READ, &txn));
        quire_status read = note(&verdict, database_hash(txn, hash));
        quire_status audit = note(&verdict, quire_check(txn, ignore_violation, NULL, NULL, NULL));
        /* What cannot be read the audit finds as well. */
        assert_false(read == QUIRE_CORRUPT && audit == QUIRE_OK);
        /* What was read in spite of it must be right all the same. */
        if (verdict == TOLD && read == QUIRE_OK)
            verdict = WRONG;
        quire_rollback(txn);
        (void)note(&(enum verdict){RIGHT}, quire_close(db));
    }
    crash_disk_free(image);
    return verdict;
}

static void lie_once(struct liar *liar, size_t moment, const struct crash_lie *lie)
{
    uint64_t truth = 0, hash = 0;
    assert_int_equal(look(liar, crash_disk_with_lie(liar->disk, moment, NULL), &truth), RIGHT);
    enum verdict verdict = look(liar, crash_disk_with_lie(liar->disk, moment, lie), &hash);
    if (verdict != TOLD && hash != truth)
        fail_msg("%s: page %llu, %s in call %zu, is not missed before call %zu, and a wrong answer is given",
                 liar->kind.name, (unsigned long long)(lie->offset / liar->kind.options.page_size),
                 lie->is_lost ? "lost" : "misdirected", lie->event, moment);
    liar->told += verdict != RIGHT;
    liar->harmless += verdict == RIGHT;
}

/* Where the checkpoint ends that write `event` is a part of; *next is where the next one begins. 0: it does not end. */
static size_t end_of_checkpoint(const struct liar *liar, size_t event, size_t *next)
{
    size_t events = crash_disk_events(liar->disk), syncs = 0, end = event, size;
    uint64_t offset;
    for (; end < events && syncs < SYNCS_OF_A_CHECKPOINT; end++)
        syncs += (size_t)crash_disk_is_sync_of(liar->disk, end, WORKLOAD_PATH);
    *next = end;
    while (*next < events && !crash_disk_write_of(liar->disk, *next, WORKLOAD_PATH, &offset, &size))
        ++*next;
    return syncs == SYNCS_OF_A_CHECKPOINT ? end : 0;
}

static void lie_about_page(struct liar *liar, size_t event, uint64_t offset)
{
    const uint32_t page_size = liar->kind.options.page_size;
    struct crash_lie lie = {.event = event, .offset = offset, .size = page_size, .is_lost = 1};
    size_t next, end = end_of_checkpoint(liar, event, &next);
    if (end == 0)
        return;
    liar->writes++;
    lie_once(liar, end, &lie);
    lie_once(liar, next, &lie);
    lie.is_lost = 0;
    lie.instead = random_below(&liar->random, 40) * (uint64_t)page_size;
    if (lie.instead == offset)
        lie.instead += page_size;
    lie_once(liar, end, &lie);
    lie_once(liar, next, &lie);
}

/* A call that wrote several pages is lost whole. */
static void lie_about_call(struct liar *liar, size_t event, uint64_t offset, size_t size)
{
    struct crash_lie lie = {.event = event, .offset = offset, .size = size, .is_lost = 1};
    size_t next, end = end_of_checkpoint(liar, event, &next);
    if (end == 0)
        return;
    liar->calls++;
    lie_once(liar, end, &lie);
    lie_once(liar, next, &lie);
}

/* The pages of one workload that checkpoints wrote, from the first of its checkpoints on; meta pages have two copies.
 */
static void run_round(struct liar *liar)
{
    const uint32_t page_size = liar->kind.options.page_size;
    liar->disk = crash_disk_new(page_size);
    workload_run(&liar->kind, liar->disk, &liar->history);
    for (size_t event = 0; event < crash_disk_events(liar->disk); event++) {
        uint64_t offset;
        size_t size;
        if (!crash_disk_write_of(liar->disk, event, WORKLOAD_PATH, &offset, &size))
            continue;
        for (uint64_t page = offset; page < offset + size; page += page_size)
            if (page >= 2 * page_size && random_below(&liar->random, WHOLE) < liar->share)
                lie_about_page(liar, event, page);
        if (offset >= 2 * page_size && size > page_size && random_below(&liar->random, WHOLE) < 4 * liar->share)
            lie_about_call(liar, event, offset, size);
    }
    crash_disk_free(liar->disk);
}

static void run_kind(const char *name, uint32_t page_size, quire_sync_mode sync, int is_amid)
{
    static struct liar liar;
    const char *wanted = getenv("LOST_WRITES");
    liar = (struct liar){.random = {page_size + 1}};
    liar.share = (wanted != NULL ? strtoull(wanted, NULL, 10) : 1500) / KINDS;
    workload_kind_init(&liar.kind, name, page_size, sync, is_amid);
    for (; EACH_PAGE * liar.writes < liar.share; liar.kind.round++)
        run_round(&liar);
    const uint64_t images = EACH_PAGE * liar.writes + EACH_CALL * liar.calls;
    print_message(
        "# %s: %u workloads, %llu pages written, %llu calls of several, %llu images: %llu told, %llu harmless\n", name,
        (unsigned)liar.kind.round, (unsigned long long)liar.writes, (unsigned long long)liar.calls,
        (unsigned long long)images, (unsigned long long)liar.told, (unsigned long long)liar.harmless);
    assert_int_equal(liar.told + liar.harmless, images);
    assert_true(liar.told > liar.writes / 8);
}

static void no_lost_or_misdirected_page_gives_a_wrong_answer_at_512(void **state)
{
    (void)state;
    run_kind("full, pages of 512", 512, QUIRE_SYNC_FULL, 0);
}

static void no_lost_or_misdirected_page_gives_a_wrong_answer_at_4096(void **state)
{
    (void)state;
    run_kind("full, pages of 4096", 4096, QUIRE_SYNC_FULL, 0);
}

static void nor_amid_commits_at_512(void **state)
{
    (void)state;
    run_kind("full, commits amid checkpoints, pages of 512", 512, QUIRE_SYNC_FULL, 1);
}

static void nor_amid_commits_at_1024(void **state)
{
    (void)state;
    run_kind("normal, commits amid checkpoints, pages of 1024", 1024, QUIRE_SYNC_NORMAL, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_lost_or_misdirected_page_gives_a_wrong_answer_at_512),
        cmocka_unit_test(no_lost_or_misdirected_page_gives_a_wrong_answer_at_4096),
        cmocka_unit_test(nor_amid_commits_at_512),
        cmocka_unit_test(nor_amid_commits_at_1024),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
