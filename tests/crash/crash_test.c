/*
 * Crashes, counted. A workload runs once on a disk that remembers everything;
 * then, for every call that changed the disk, the power goes right before it,
 * with every subset of the pending sectors if there are few, and a sample of
 * subsets if there are many. Each image is opened, which recovers it. What is
 * found must be one of the states that the mode's promise allows, whole: in
 * full mode the last acknowledged commit, or the one in progress; in normal mode
 * any commit from the last sync on. Then the audit must be clean. Recovery is
 * itself crashed in the same way (depth 2), and the recovery after that (depth 3):
 * what is found there must be allowed as well, and not older than what the
 * undisturbed recovery found. The process is also killed at every moment, while the
 * power stays: then every commit that returned is there, recovery works on what the
 * disk may lose yet, and the power goes while it runs. In off mode, which syncs nothing,
 * a process that dies loses nothing either; what the power leaves is only answered, as
 * right, as older or as damaged, and in its time. Some workloads commit while a checkpoint writes the database file: at
 * calls to the disk that are chosen by lot, but the same each time.
 *
 * Of images that are equal byte for byte one is opened (seen.h); what is counted
 * as an image is one that was. A crash is one choice of a moment and a subset.
 *
 *                      a sample (default)          in full (CRASH_FULL=1)
 *   a crash            a share of the subsets      all subsets of up to 10 sectors, else SUBSETS_BEYOND
 *   depth 2            1 of 16 images, 8 crashes   each image, each moment, all subsets of up to 10 sectors,
 *                                                  else SUBSETS_IN_RECOVERY
 *   depth 3            the same                    1 of 64 images, 8 crashes
 *
 *   CRASH_IMAGES  how many images in all, at least (default 3000); whole workloads only
 *   CRASH_ROUND   the number of the first workload of each campaign (default 0)
 *   argv[1]       a pattern: only the campaigns whose name it matches, as in '*at_512'
 */
#include "seen.h"
#include "workload.h"

#include "../support/api_fixture.h"
#include "../support/database_hash.h"
#include "../support/random.h"

enum { ALL_SUBSETS_UP_TO = 10, DEPTH_MAX = 3, CAMPAIGNS = 7 };

/* In full: of so many pending sectors that not all subsets are tried, so many are. */
enum { SUBSETS_BEYOND = 64, SUBSETS_IN_RECOVERY = 8, DEEPEST_ONE_OF = 64 };

/* By sample: of so many images one has its recovery crashed, about so many times; in full so at depth 3. */
enum { DEEPER_ONE_OF = 16, DEEPER_SHARE = 8 };

struct campaign {
    struct workload_kind kind;
    struct history history;
    struct random random;
    struct seen_images seen; /* of the round */
    uint64_t crashes[DEPTH_MAX], images[DEPTH_MAX], kills;
    int is_full;
    uint32_t first_round;
};

/* The state of that hash; equal ones count as the first of them. */
static uint32_t state_of(const struct campaign *campaign, uint64_t hash)
{
    for (uint32_t state = 0; state < campaign->history.count; state++)
        if (campaign->history.hashes[state] == hash)
            return state;
    fail_msg("%s: found a state that never was", campaign->kind.name);
    return 0;
}

static void assert_from_to(const struct campaign *campaign, uint32_t least, uint32_t most, uint32_t found)
{
    const struct history *history = &campaign->history;
    for (uint32_t state = least; state <= most; state++)
        if (history->hashes[state] == history->hashes[found])
            return;
    fail_msg("%s: found state %u, allowed are %u to %u", campaign->kind.name, (unsigned)found, (unsigned)least,
             (unsigned)most);
}

/* After a crash. */
static void assert_allowed(const struct campaign *campaign, uint32_t mark, uint32_t found)
{
    struct promise allowed = campaign->history.promises[mark];
    assert_from_to(campaign, allowed.least, allowed.most, found);
}

/* After the process died, and the power stayed: every commit that returned is there. */
static void assert_acknowledged(const struct campaign *campaign, uint32_t mark, uint32_t found)
{
    struct promise allowed = campaign->history.promises[mark];
    assert_from_to(campaign, allowed.acknowledged, allowed.most, found);
}

/* Opens the image, which recovers it, audits it, and closes it. The answer is the state that was found. */
static uint32_t recover_image(const struct campaign *campaign, struct crash_disk *image, size_t moment)
{
    quire_options options = campaign->kind.options;
    char message[256] = "";
    quire_db *db;
    quire_txn *txn;
    options.vfs = crash_disk_vfs(image);
    options.message = message;
    options.message_size = sizeof message;
    quire_status status = quire_open(WORKLOAD_PATH, &options, &db);
    if (status != QUIRE_OK)
        fail_msg("%s: open answers %s after a crash before call %zu: %s", campaign->kind.name,
                 quire_status_name(status), moment, message);
    OK(quire_begin(db, QUIRE_READ, &txn));
    uint64_t hash;
    OK(database_hash(txn, &hash));
    uint32_t state = state_of(campaign, hash);
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    quire_rollback(txn);
    OK(quire_close(db));
    return state;
}

static quire_status answer(const struct campaign *campaign, quire_status status)
{
    if (status != QUIRE_OK && status != QUIRE_CORRUPT && status != QUIRE_NOT_A_DATABASE)
        fail_msg("%s: answers %s", campaign->kind.name, quire_status_name(status));
    return status;
}

/* In off mode nothing is promised of the image but an answer: it is what it is, to its end, or told to be damaged. */
static void open_whatever_came(const struct campaign *campaign, struct crash_disk *image)
{
    quire_options options = campaign->kind.options;
    uint64_t hash;
    quire_db *db;
    quire_txn *txn;
    options.vfs = crash_disk_vfs(image);
    if (answer(campaign, quire_open(WORKLOAD_PATH, &options, &db)) != QUIRE_OK)
        return;
    OK(quire_begin(db, QUIRE_READ, &txn));
    answer(campaign, database_hash(txn, &hash));
    answer(campaign, quire_check(txn, NULL, NULL, NULL, NULL));
    quire_rollback(txn);
    answer(campaign, quire_close(db));
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

/* A disk whose life is cut short at every moment. */
struct victim {
    struct crash_disk *disk;
    size_t from;    /* the first moment */
    unsigned depth; /* 0: the workload's; 1: that of its recovery; and so on */
    uint32_t least; /* of a recovery: the state that it finds when nothing disturbs it */
    uint32_t most;  /* the newest state that was found after a crash of it */
};

static void crash_everywhere(struct campaign *campaign, struct victim *victim, int all, uint64_t share);

/* Whether the recovery of an image is crashed, too; *all: everywhere. */
static int goes_deeper(struct campaign *campaign, unsigned depth, const struct seen_image *seen, int *all)
{
    *all = campaign->is_full && depth == 0;
    if (*all)
        return !seen->is_crashed;
    if (depth + 1 >= DEPTH_MAX || seen->is_recovered)
        return 0;
    return random_below(&campaign->random, campaign->is_full ? DEEPEST_ONE_OF : DEEPER_ONE_OF) == 0;
}

/* Opens an image, and crashes its recovery too if its turn has come. */
static void recover_and_crash(struct campaign *campaign, struct crash_disk *image, size_t moment, unsigned depth,
                              struct seen_image *seen)
{
    int all, deeper = goes_deeper(campaign, depth, seen, &all);
    const uint64_t digest = seen->digest;
    if (seen->is_recovered && !deeper)
        return;
    campaign->images[depth] += !seen->is_recovered;
    if (campaign->kind.options.sync == QUIRE_SYNC_OFF) {
        open_whatever_came(campaign, image);
        seen->is_recovered = 1;
        return;
    }
    uint32_t state = recover_image(campaign, image, moment);
    *seen = (struct seen_image){digest, state, state, 1, seen->is_crashed || (deeper && all)};
    struct victim recovery = {image, 0, depth + 1, state, state};
    if (deeper)
        crash_everywhere(campaign, &recovery, all, DEEPER_SHARE);
    seen_image_get(&campaign->seen, digest)->most = recovery.most;
}

static void crash_once(struct campaign *campaign, struct victim *victim, size_t moment, struct choice *choice)
{
    struct crash_disk *image = crash_disk_image(victim->disk, moment, choose, choice);
    const uint64_t digest = crash_disk_digest(image);
    campaign->crashes[victim->depth]++;
    recover_and_crash(campaign, image, moment, victim->depth, seen_image_get(&campaign->seen, digest));
    const struct seen_image *seen = seen_image_get(&campaign->seen, digest);
    if (campaign->kind.options.sync == QUIRE_SYNC_OFF)
        assert_int_equal(victim->depth, 0);
    else if (victim->depth == 0) {
        assert_allowed(campaign, crash_disk_mark_at(victim->disk, moment), seen->state);
        assert_allowed(campaign, crash_disk_mark_at(victim->disk, moment), seen->most);
    } else if (seen->state < victim->least)
        fail_msg("%s: after a crash in recovery, before call %zu, state %u is found, and %u without it",
                 campaign->kind.name, moment, (unsigned)seen->state, (unsigned)victim->least);
    if (victim->most < seen->most)
        victim->most = seen->most;
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

/* How many subsets of `pending` sectors are tried at one moment; *subsets is how many there are. */
static uint64_t subsets_to_take(const struct victim *victim, size_t pending, int all, uint64_t each, uint64_t *subsets)
{
    *subsets = pending <= ALL_SUBSETS_UP_TO ? (uint64_t)1 << pending : UINT64_MAX;
    uint64_t take = each < 2 ? 2 : each;
    if (all)
        take = *subsets != UINT64_MAX ? *subsets : victim->depth == 0 ? SUBSETS_BEYOND : SUBSETS_IN_RECOVERY;
    return *subsets < take ? *subsets : take;
}

/* All moments of the disk's life, or about `share` crashes spread over them. */
static void crash_everywhere(struct campaign *campaign, struct victim *victim, int all, uint64_t share)
{
    size_t events = crash_disk_events(victim->disk) - victim->from;
    uint64_t each = share / (events + 1);
    for (size_t moment = victim->from; moment <= victim->from + events; moment++) {
        uint64_t subsets;
        uint64_t take = subsets_to_take(victim, crash_disk_pending(victim->disk, moment), all, each, &subsets);
        if (!all && each == 0 && random_below(&campaign->random, events + 1) >= share)
            continue;
        for (uint64_t i = 0; i < take; i++) {
            struct choice choice = {.bits = i};
            if (subsets > take)
                choice = choice_by_lot(campaign, i);
            crash_once(campaign, victim, moment, &choice);
        }
    }
}

/* The process is killed, the next one recovers what it left, and the power goes meanwhile. */
static void kill_once(struct campaign *campaign, struct crash_disk *disk, size_t moment)
{
    uint32_t mark = crash_disk_mark_at(disk, moment);
    struct victim recovery = {.disk = crash_disk_killed(disk, moment), .from = moment, .depth = 1};
    uint32_t found = recover_image(campaign, recovery.disk, moment);
    assert_acknowledged(campaign, mark, found);
    recovery.least = state_of(campaign, campaign->history.hashes[campaign->history.promises[mark].least]);
    recovery.most = recovery.least;
    if (campaign->kind.options.sync != QUIRE_SYNC_OFF)
        crash_everywhere(campaign, &recovery, campaign->is_full, DEEPER_SHARE);
    assert_allowed(campaign, mark, recovery.most);
    crash_disk_free(recovery.disk);
    campaign->kills++;
}

static void kill_everywhere(struct campaign *campaign, struct crash_disk *disk, uint64_t share)
{
    size_t events = crash_disk_events(disk);
    for (size_t moment = 0; moment <= events; moment++)
        if (campaign->is_full || random_below(&campaign->random, DEEPER_ONE_OF * (events + 1)) < share)
            kill_once(campaign, disk, moment);
}

/* One workload, and all its crashes. */
static void run_round(struct campaign *campaign, uint64_t share)
{
    struct victim workload = {.depth = 0};
    struct crash_disk *disk = crash_disk_new(campaign->kind.options.page_size);
    campaign->random = (struct random){campaign->kind.options.page_size + 1 + campaign->kind.round};
    workload_run(&campaign->kind, disk, &campaign->history);
    workload.disk = disk;
    crash_everywhere(campaign, &workload, campaign->is_full, share);
    kill_everywhere(campaign, disk, share);
    seen_images_free(&campaign->seen);
    crash_disk_free(disk);
}

static uint64_t images_of(const struct campaign *campaign)
{
    return campaign->images[0] + campaign->images[1] + campaign->images[2];
}

static void print_counts(const struct campaign *campaign)
{
    print_message("# %s%s: %u workloads, %llu images of %llu crashes, %llu kills; in recovery %llu of %llu, in the "
                  "recovery after that %llu of %llu\n",
                  campaign->kind.name, campaign->is_full ? ", in full" : "",
                  (unsigned)(campaign->kind.round - campaign->first_round), (unsigned long long)campaign->images[0],
                  (unsigned long long)campaign->crashes[0], (unsigned long long)campaign->kills,
                  (unsigned long long)campaign->images[1], (unsigned long long)campaign->crashes[1],
                  (unsigned long long)campaign->images[2], (unsigned long long)campaign->crashes[2]);
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : otherwise;
}

/* A workload has only so many images: more than those are had from other workloads. */
static void run_campaign(const char *name, uint32_t page_size, quire_sync_mode sync, int is_amid)
{
    static struct campaign campaign;
    campaign = (struct campaign){.is_full = number_from("CRASH_FULL", 0) != 0,
                                 .first_round = (uint32_t)number_from("CRASH_ROUND", 0)};
    workload_kind_init(&campaign.kind, name, page_size, sync, is_amid);
    campaign.kind.round = campaign.first_round;
    const uint64_t share = number_from("CRASH_IMAGES", 3000) / CAMPAIGNS;
    for (; images_of(&campaign) < share; campaign.kind.round++)
        run_round(&campaign, share);
    print_counts(&campaign);
}

static void full_mode_keeps_every_acknowledged_commit_at_512(void **state)
{
    (void)state;
    run_campaign("full, pages of 512", 512, QUIRE_SYNC_FULL, 0);
}

static void full_mode_keeps_every_acknowledged_commit_at_4096(void **state)
{
    (void)state;
    run_campaign("full, pages of 4096", 4096, QUIRE_SYNC_FULL, 0);
}

static void normal_mode_keeps_a_prefix_of_the_commits_at_512(void **state)
{
    (void)state;
    run_campaign("normal, pages of 512", 512, QUIRE_SYNC_NORMAL, 0);
}

static void normal_mode_keeps_a_prefix_of_the_commits_at_1024(void **state)
{
    (void)state;
    run_campaign("normal, pages of 1024", 1024, QUIRE_SYNC_NORMAL, 0);
}

static void commits_amid_checkpoints_are_kept_in_full_mode(void **state)
{
    (void)state;
    run_campaign("full, commits amid checkpoints, pages of 512", 512, QUIRE_SYNC_FULL, 1);
}

static void commits_amid_checkpoints_are_a_prefix_in_normal_mode(void **state)
{
    (void)state;
    run_campaign("normal, commits amid checkpoints, pages of 1024", 1024, QUIRE_SYNC_NORMAL, 1);
}

static void off_mode_keeps_every_commit_while_the_power_stays(void **state)
{
    (void)state;
    run_campaign("off, commits amid checkpoints, pages of 512", 512, QUIRE_SYNC_OFF, 1);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_mode_keeps_every_acknowledged_commit_at_512),
        cmocka_unit_test(full_mode_keeps_every_acknowledged_commit_at_4096),
        cmocka_unit_test(normal_mode_keeps_a_prefix_of_the_commits_at_512),
        cmocka_unit_test(normal_mode_keeps_a_prefix_of_the_commits_at_1024),
        cmocka_unit_test(commits_amid_checkpoints_are_kept_in_full_mode),
        cmocka_unit_test(commits_amid_checkpoints_are_a_prefix_in_normal_mode),
        cmocka_unit_test(off_mode_keeps_every_commit_while_the_power_stays),
    };
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
