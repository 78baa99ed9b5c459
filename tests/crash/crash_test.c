/*
 * Crashes, counted. A workload runs once on a disk that remembers everything;
 * then, for every call that changed the disk, the power goes right before it,
 * with every subset of the pending sectors if there are few, and a sample of
 * subsets if there are many. Each image is opened, which recovers it. What is
 * found must be one of the states that the mode's promise allows, whole: in
 * full mode the last acknowledged commit, or the one in progress; in normal mode
 * any commit from the last sync on. Then the audit must be clean. The recovery
 * of some images is itself a workload of this kind (depth 2), and so on. Some
 * workloads commit while a checkpoint writes the database file: at calls to the
 * disk that are chosen by lot, but the same each time.
 *
 *   CRASH_IMAGES  how many images in all, at least (default 3000)
 */
#include "../support/api_fixture.h"
#include "../support/crash_disk.h"
#include "../support/database_hash.h"
#include "../support/random.h"
#include "../support/step_vfs.h"

enum { COMMITS_MAX = 200, ALL_SUBSETS_UP_TO = 10, DEPTH_MAX = 3, CAMPAIGNS = 6 };

/* The states that may be found after a crash: from the last durable one to the last one begun. */
struct promise {
    uint32_t least, most;
};

/*
 * States of the database, each told by a hash of all that a reader sees, the
 * empty one first; and the promises in force, whose index a mark on the disk is.
 */
struct history {
    uint64_t hashes[COMMITS_MAX];
    uint32_t count;
    struct promise promises[4 * COMMITS_MAX];
    uint32_t promise_count;
};

struct campaign {
    const char *name;
    quire_options options;
    struct history history;
    struct random random;
    uint64_t images[DEPTH_MAX + 1];
    int is_amid;    /* commits are made while checkpoints write */
    uint32_t round; /* of workloads that differ */
};

/* The workload as it runs. */
struct workload {
    struct campaign *campaign;
    struct crash_disk *disk;
    struct step_vfs step;
    quire_db *db;
    struct random random;
    uint32_t number;  /* of the transaction */
    uint32_t durable; /* the last state that no crash may take away */
    quire_txn *reader;
    uint64_t reader_hash;
};

static uint64_t database_hash_of(quire_txn *txn)
{
    uint64_t hash;
    OK(database_hash(txn, &hash));
    return hash;
}

/* ---- The workload ---- */

static void one_edit(quire_txn *txn, quire_tree *tree, struct random *random)
{
    static const uint8_t bytes[3000];
    char key[16];
    uint64_t deleted;
    snprintf(key, sizeof key, "%04zu", random_below(random, 300));
    switch (random_below(random, 12)) {
    case 0:
    case 1:
    case 2: {
        quire_status status = quire_delete(txn, tree, text(key));
        assert_true(status == QUIRE_OK || status == QUIRE_NOT_FOUND);
        break;
    }
    case 3:
        OK(quire_put(txn, tree, text(key), (quire_bytes){bytes, random_below(random, sizeof bytes)}, 0));
        break;
    case 4:
        key[2] = '\0';
        OK(quire_delete_prefix(txn, tree, text(key), &deleted));
        break;
    default:
        OK(quire_put(txn, tree, text(key), (quire_bytes){bytes, random_below(random, 50)}, 0));
        break;
    }
}

/* Options change as it goes, so that leaves of several versions stand side by side. */
static void change_options(quire_txn *txn, quire_tree *tree, struct random *random)
{
    quire_tree_options options;
    quire_tree_options_init(&options);
    options.slots = (uint8_t)(1 + random_below(random, 3));
    options.records = (uint8_t)random_below(random, 2);
    options.keep = (uint8_t)random_below(random, 2);
    OK(quire_tree_options_set(txn, tree, &options));
}

static void one_transaction(quire_txn *txn, struct random *random, uint32_t number)
{
    quire_tree *tree = NULL;
    if (number % 3 == 1) {
        quire_status status = quire_tree_open(txn, "named", &tree);
        if (status == QUIRE_NOT_FOUND)
            OK(quire_tree_create(txn, "named", NULL, &tree));
        else
            OK(status);
    }
    if (number % 7 == 6 && quire_tree_drop(txn, "named") == QUIRE_OK)
        return;
    if (number % 5 == 4)
        change_options(txn, tree, random);
    size_t edits = number % 4 == 3 ? 120 : 1 + random_below(random, 12);
    for (size_t i = 0; i < edits; i++)
        one_edit(txn, tree, random);
}

static void promise(struct workload *work, uint32_t least, uint32_t most)
{
    struct history *history = &work->campaign->history;
    assert_in_range(history->promise_count, 0, 4 * COMMITS_MAX - 1);
    crash_disk_mark(work->disk, history->promise_count);
    history->promises[history->promise_count++] = (struct promise){least, most};
}

static void run_commit(struct workload *work, quire_txn *txn)
{
    struct history *history = &work->campaign->history;
    assert_in_range(history->count, 0, COMMITS_MAX - 1);
    uint32_t state = history->count++;
    history->hashes[state] = database_hash_of(txn);
    promise(work, work->durable, state);
    OK(quire_commit(txn));
    if (work->campaign->options.sync == QUIRE_SYNC_FULL)
        work->durable = state;
    promise(work, work->durable, state);
}

static void run_transaction(struct workload *work, quire_txn *txn)
{
    uint32_t number = ++work->number;
    one_transaction(txn, &work->random, number);
    if (number % 9 == 8)
        quire_rollback(txn);
    else
        run_commit(work, txn);
}

/* A reader from before sees what it saw, and ends; or one begins. */
static void run_reader(struct workload *work)
{
    if (work->reader != NULL) {
        assert_int_equal(database_hash_of(work->reader), work->reader_hash);
        quire_rollback(work->reader);
        work->reader = NULL;
        return;
    }
    OK(quire_begin(work->db, QUIRE_READ, &work->reader));
    work->reader_hash = database_hash_of(work->reader);
}

/* What another thread does before some call by which a checkpoint writes or syncs the database file. */
static void run_amid_checkpoint(void *context)
{
    struct workload *work = context;
    quire_txn *txn;
    if (random_below(&work->random, 8) == 0)
        run_reader(work);
    if (random_below(&work->random, 5) != 0 || work->campaign->history.count + 30 > COMMITS_MAX)
        return;
    OK(quire_begin(work->db, QUIRE_WRITE | QUIRE_NO_WAIT, &txn));
    run_transaction(work, txn);
}

static void run_checkpoint(struct workload *work)
{
    uint32_t state = work->campaign->history.count - 1;
    if (work->campaign->is_amid)
        step_vfs_hook(&work->step, run_amid_checkpoint, work);
    OK(quire_checkpoint(work->db));
    step_vfs_hook(&work->step, NULL, NULL);
    if (work->durable < state)
        work->durable = state;
    promise(work, work->durable, work->campaign->history.count - 1);
}

static void run_workload(struct campaign *campaign, struct crash_disk *disk, uint32_t commits)
{
    struct workload work = {
        .campaign = campaign,
        .disk = disk,
        .random = {campaign->options.page_size * 77u + 5u + (unsigned)campaign->is_amid + campaign->round * 1000003u}};
    quire_txn *txn;
    step_vfs_init(&work.step, crash_disk_vfs(disk), "crash");
    campaign->options.vfs = &work.step.vfs;
    promise(&work, 0, 0);
    OK(quire_open("crash", &campaign->options, &work.db));
    OK(quire_begin(work.db, QUIRE_READ, &txn));
    campaign->history.hashes[campaign->history.count++] = database_hash_of(txn);
    quire_rollback(txn);
    for (uint32_t n = 1; n <= commits; n++) {
        OK(quire_begin(work.db, QUIRE_WRITE, &txn));
        run_transaction(&work, txn);
        if (n % 6 == 5)
            run_checkpoint(&work);
    }
    quire_rollback(work.reader);
    OK(quire_close(work.db));
}

/* ---- After the crash ---- */

static void assert_allowed(const struct campaign *campaign, uint32_t mark, uint64_t hash)
{
    const struct history *history = &campaign->history;
    struct promise allowed = history->promises[mark];
    for (uint32_t state = allowed.least; state <= allowed.most; state++)
        if (history->hashes[state] == hash)
            return;
    for (uint32_t state = 0; state < history->count; state++)
        if (history->hashes[state] == hash)
            fail_msg("%s: found state %u, allowed are %u to %u", campaign->name, (unsigned)state,
                     (unsigned)allowed.least, (unsigned)allowed.most);
    fail_msg("%s: found a state that never was where %u to %u are allowed", campaign->name, (unsigned)allowed.least,
             (unsigned)allowed.most);
}

static void check_image(struct campaign *campaign, struct crash_disk *image, uint32_t mark)
{
    quire_options options = campaign->options;
    char message[256] = "";
    quire_db *db;
    quire_txn *txn;
    options.vfs = crash_disk_vfs(image);
    options.message = message;
    options.message_size = sizeof message;
    quire_status status = quire_open("crash", &options, &db);
    if (status != QUIRE_OK)
        fail_msg("%s: open answers %s at mark %u: %s", campaign->name, quire_status_name(status), (unsigned)mark,
                 message);
    OK(quire_begin(db, QUIRE_READ, &txn));
    assert_allowed(campaign, mark, database_hash_of(txn));
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    quire_rollback(txn);
    OK(quire_close(db));
}

/* Which pending sectors arrived: bits of a number, or by lot. */
struct choice {
    uint64_t bits;
    struct random *random; /* NULL: the bits decide */
    unsigned sixteenths;   /* by lot: so many of 16 arrive */
};

static int choose(void *context, size_t index)
{
    struct choice *choice = context;
    if (choice->random != NULL)
        return random_below(choice->random, 16) < choice->sixteenths;
    return index < 64 ? (int)(choice->bits >> index & 1u) : 1;
}

static void crash_everywhere(struct campaign *campaign, const struct crash_disk *disk, uint32_t outer_mark,
                             unsigned depth, uint64_t share);

static void crash_once(struct campaign *campaign, const struct crash_disk *disk, size_t moment, struct choice *choice,
                       uint32_t outer_mark, unsigned depth)
{
    struct crash_disk *image = crash_disk_image(disk, moment, choose, choice);
    uint32_t mark = depth == 0 ? crash_disk_mark_at(disk, moment) : outer_mark;
    campaign->images[depth]++;
    check_image(campaign, image, mark);
    if (depth + 1 < DEPTH_MAX && random_below(&campaign->random, 16) == 0)
        crash_everywhere(campaign, image, mark, depth + 1, 8);
    crash_disk_free(image);
}

/* One of many subsets: none, all, or each sector by lot at some odds. */
static struct choice choice_by_lot(struct campaign *campaign, uint64_t i)
{
    unsigned odds = (unsigned)random_below(&campaign->random, 17);
    if (i == 0)
        odds = random_below(&campaign->random, 2) == 0 ? 0 : 16;
    return (struct choice){.random = &campaign->random, .sixteenths = odds};
}

/* About `share` images, spread over all moments of the disk's life. */
static void crash_everywhere(struct campaign *campaign, const struct crash_disk *disk, uint32_t outer_mark,
                             unsigned depth, uint64_t share)
{
    size_t events = crash_disk_events(disk);
    uint64_t each = share / (events + 1);
    for (size_t moment = 0; moment <= events; moment++) {
        size_t pending = crash_disk_pending(disk, moment);
        uint64_t subsets = pending <= ALL_SUBSETS_UP_TO ? (uint64_t)1 << pending : UINT64_MAX;
        uint64_t take = each < 2 ? 2 : each;
        if (each == 0 && random_below(&campaign->random, events + 1) >= share)
            continue;
        for (uint64_t i = 0; i < (subsets < take ? subsets : take); i++) {
            struct choice choice = {.bits = i};
            if (subsets > take)
                choice = choice_by_lot(campaign, i);
            crash_once(campaign, disk, moment, &choice, outer_mark, depth);
        }
    }
}

/* One workload, and all its crashes. */
static void run_round(struct campaign *campaign, uint32_t commits, uint64_t share)
{
    struct crash_disk *disk = crash_disk_new(campaign->options.page_size);
    campaign->history = (struct history){.count = 0};
    campaign->random = (struct random){campaign->options.page_size + 1 + campaign->round};
    run_workload(campaign, disk, commits);
    crash_everywhere(campaign, disk, 0, 0, share);
    crash_disk_free(disk);
}

/* Where few sectors are pending there are only so many subsets: more images than those are had from other workloads. */
static void run_campaign(const char *name, uint32_t page_size, quire_sync_mode sync, int is_amid, uint32_t commits)
{
    static struct campaign campaign;
    campaign = (struct campaign){.name = name, .is_amid = is_amid};
    const char *wanted = getenv("CRASH_IMAGES");
    quire_options_init(&campaign.options);
    campaign.options.page_size = page_size;
    campaign.options.sync = sync;
    campaign.options.cache_bytes = 64 * page_size;
    const uint64_t share = (wanted != NULL ? strtoull(wanted, NULL, 10) : 3000) / CAMPAIGNS;
    uint64_t images = 0;
    for (; images < share; campaign.round++) {
        run_round(&campaign, commits, share);
        images = campaign.images[0] + campaign.images[1] + campaign.images[2];
    }
    print_message("# %s: %u workloads, %llu images, %llu of crashes in recovery, %llu of crashes in the recovery after "
                  "that\n",
                  name, (unsigned)campaign.round, (unsigned long long)campaign.images[0],
                  (unsigned long long)campaign.images[1], (unsigned long long)campaign.images[2]);
}

static void full_mode_keeps_every_acknowledged_commit_at_512(void **state)
{
    (void)state;
    run_campaign("full, pages of 512", 512, QUIRE_SYNC_FULL, 0, 45);
}

static void full_mode_keeps_every_acknowledged_commit_at_4096(void **state)
{
    (void)state;
    run_campaign("full, pages of 4096", 4096, QUIRE_SYNC_FULL, 0, 45);
}

static void normal_mode_keeps_a_prefix_of_the_commits_at_512(void **state)
{
    (void)state;
    run_campaign("normal, pages of 512", 512, QUIRE_SYNC_NORMAL, 0, 45);
}

static void normal_mode_keeps_a_prefix_of_the_commits_at_1024(void **state)
{
    (void)state;
    run_campaign("normal, pages of 1024", 1024, QUIRE_SYNC_NORMAL, 0, 45);
}

static void commits_amid_checkpoints_are_kept_in_full_mode(void **state)
{
    (void)state;
    run_campaign("full, commits amid checkpoints, pages of 512", 512, QUIRE_SYNC_FULL, 1, 45);
}

static void commits_amid_checkpoints_are_a_prefix_in_normal_mode(void **state)
{
    (void)state;
    run_campaign("normal, commits amid checkpoints, pages of 1024", 1024, QUIRE_SYNC_NORMAL, 1, 45);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_mode_keeps_every_acknowledged_commit_at_512),
        cmocka_unit_test(full_mode_keeps_every_acknowledged_commit_at_4096),
        cmocka_unit_test(normal_mode_keeps_a_prefix_of_the_commits_at_512),
        cmocka_unit_test(normal_mode_keeps_a_prefix_of_the_commits_at_1024),
        cmocka_unit_test(commits_amid_checkpoints_are_kept_in_full_mode),
        cmocka_unit_test(commits_amid_checkpoints_are_a_prefix_in_normal_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
