/*
 * Salvage of damaged files, counted. Reference files with leaves of every
 * version in one tree, several page sizes, long values, free pages and named
 * trees are damaged at random: bytes, sectors, pages, both meta pages, the
 * file's end, pages of an earlier checkpoint, pages in the wrong place. Then:
 *
 *  - a leaf of the last commit that is still as it was is salvaged exactly: its
 *    records, with the values they had then, and in its range of keys nothing
 *    else; of its long values those are there whose chains are as they were;
 *  - whatever is salvaged was committed at some time, key and value;
 *  - what is made passes the audit, and the report's figures agree with it.
 *
 *   SALVAGE_FILES   how many files in all, about (default 480)
 */
#include "../support/api_fixture.h"
#include "../support/fault_vfs.h"
#include "../support/leaf_scan.h"
#include "../support/random.h"

#include "../../src/page/other.h"

enum { NAMED = 2, VALUE_MAX_BYTES = 3 * 4096, HISTORY_MAX = 40000 };

struct set {
    uint64_t hashes[HISTORY_MAX];
    size_t count;
};

struct reference {
    size_t page_size;
    uint64_t salt;
    uint8_t *bytes, *earlier; /* the file at its end, and at an earlier checkpoint */
    size_t size, earlier_size;
    struct leaf_scan scan;
    struct set ever, now;     /* records: ever committed, and at the end */
    uint64_t chains_by_place; /* sum over overflow pages, so that the file is known to have some */
};

struct tally {
    uint64_t files, leaves, records, lost, nothing, stale, misplaced, superseded, commits;
};

/* ---- Sets of records --------------------------------------------------------- */

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
    return (hash ^ size) * UINT64_C(1099511628211);
}

static uint64_t hash_record(uint32_t tree, quire_bytes key, quire_bytes value)
{
    uint64_t hash = hash_bytes(UINT64_C(14695981039346656037) ^ tree, key.data, key.size);
    return hash_bytes(hash, value.data, value.size);
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void set_add(struct set *set, uint64_t hash)
{
    assert_true(set->count < HISTORY_MAX);
    set->hashes[set->count++] = hash;
}

static void set_sort(struct set *set)
{
    qsort(set->hashes, set->count, sizeof *set->hashes, compare_hashes);
}

static int set_has(const struct set *set, uint64_t hash)
{
    return bsearch(&hash, set->hashes, set->count, sizeof *set->hashes, compare_hashes) != NULL;
}

/* ---- Reference files ----------------------------------------------------------- */

static quire_options options_on(struct fault_disk *disk, size_t page_size)
{
    quire_options options;
    quire_options_init(&options);
    options.vfs = fault_disk_vfs(disk);
    options.page_size = (uint32_t)page_size;
    options.sync = QUIRE_SYNC_OFF;
    options.cache_bytes = 1 << 20;
    return options;
}

/* The ids under which trees are known: 2 is the unnamed one, the named ones come after it. */
static const char *const names[NAMED] = {"first", "second"};

static void note_all(quire_txn *txn, struct set *set)
{
    for (uint32_t id = 2; id < 3 + NAMED; id++) {
        quire_tree *tree = NULL;
        quire_cursor *cursor;
        quire_bytes key, value;
        if (id > 2 && quire_tree_open(txn, names[id - 3], &tree) != QUIRE_OK)
            continue;
        OK(quire_cursor_open(txn, tree, &cursor));
        while (quire_cursor_next(cursor, &key, &value) == QUIRE_OK)
            set_add(set, hash_record(id, key, value));
        quire_cursor_close(cursor);
    }
}

/* Puts and deletes at random, in leaves of a version that changes; old leaves keep theirs half of the time. */
static void edit(quire_db *db, struct random *random, size_t page_size, struct set *ever)
{
    static uint8_t value[VALUE_MAX_BYTES];
    quire_txn *txn;
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    for (uint32_t id = 2; id < 3 + NAMED; id++) {
        quire_tree *tree = NULL;
        quire_tree_options options = {(uint8_t)(1 + random_below(random, 3)), (uint8_t)random_below(random, 2), 1,
                                      (uint8_t)random_below(random, 2)};
        if (id > 2 && quire_tree_open(txn, names[id - 3], &tree) != QUIRE_OK)
            OK(quire_tree_create(txn, names[id - 3], &options, &tree));
        OK(quire_tree_options_set(txn, tree, &options));
        for (size_t i = 0; i < 60; i++) {
            char key[40];
            int length = snprintf(key, sizeof key, "a common beginning %05zu", random_below(random, 300));
            quire_bytes k = {(uint8_t *)key, (size_t)length};
            size_t way = random_below(random, 24);
            /* Long values of one length: pages of one chain can be taken for another's. */
            size_t size = way == 0   ? random_below(random, 3 * page_size)
                          : way == 1 ? 2 * page_size
                                     : random_below(random, 40);
            random_fill(random, value, size < 16 ? size : 16);
            if (random_below(random, 4) == 0)
                (void)!quire_delete(txn, tree, k);
            else
                OK(quire_put(txn, tree, k, (quire_bytes){value, size}, 0));
        }
        if (random_below(random, 4) == 0) {
            uint64_t deleted;
            OK(quire_delete_range(txn, tree, text("a common beginning 00050"), text("a common beginning 00120"),
                                  &deleted));
        }
    }
    note_all(txn, ever);
    OK(quire_commit(txn));
}

static uint8_t *copy_of(struct fault_disk *disk, const char *name, size_t *size)
{
    const uint8_t *bytes = fault_disk_bytes(disk, name, size);
    assert_non_null(bytes);
    uint8_t *copy = malloc(*size + 1);
    assert_non_null(copy);
    memcpy(copy, bytes, *size);
    return copy;
}

static void reference_build(struct reference *reference, size_t page_size, uint64_t seed)
{
    struct random random = {seed * 7919 + 1};
    struct fault_disk *disk = fault_disk_new(seed);
    quire_options options = options_on(disk, page_size);
    quire_db *db;
    quire_txn *txn;
    memset(reference, 0, sizeof *reference);
    reference->page_size = page_size;
    OK(quire_open("file", &options, &db));
    for (int round = 0; round < 8; round++) {
        edit(db, &random, page_size, &reference->ever);
        OK(quire_checkpoint(db));
        if (round == 5)
            reference->earlier = copy_of(disk, "file", &reference->earlier_size);
    }
    OK(quire_begin(db, QUIRE_READ, &txn));
    note_all(txn, &reference->now);
    quire_rollback(txn);
    OK(quire_close(db));
    reference->bytes = copy_of(disk, "file", &reference->size);
    fault_disk_free(disk);
    set_sort(&reference->ever);
    set_sort(&reference->now);
    reference->salt = load64(reference->bytes + META_SALT);
    leaf_scan_open(&reference->scan, reference->bytes, reference->size, page_size, reference->salt);
}

static void reference_free(struct reference *reference)
{
    leaf_scan_close(&reference->scan);
    free(reference->bytes);
    free(reference->earlier);
}

/* ---- Damage -------------------------------------------------------------------- */

static void spoil_pages(uint8_t *bytes, size_t size, size_t page_size, struct random *random)
{
    size_t pages = size / page_size, count = 1 + random_below(random, pages / 4 + 1);
    for (size_t i = 0; i < count; i++) {
        uint8_t *page = bytes + random_below(random, pages) * page_size;
        if (random_below(random, 2) == 0)
            memset(page, 0, page_size);
        else
            random_fill(random, page, page_size);
    }
}

/* Writes that were lost, or went to another page. */
static void misdirect(const struct reference *reference, uint8_t *bytes, size_t size, struct random *random)
{
    size_t page_size = reference->page_size, pages = size / page_size, count = 1 + random_below(random, 10);
    for (size_t i = 0; i < count; i++) {
        size_t to = random_below(random, pages), from = random_below(random, pages);
        size_t way = random_below(random, 4);
        if (way == 0)
            memcpy(bytes + to * page_size, reference->bytes + from * page_size, page_size);
        else if (way == 1 && (from + 1) * page_size <= reference->earlier_size)
            memcpy(bytes + to * page_size, reference->earlier + from * page_size, page_size);
        else if ((to + 1) * page_size <= reference->earlier_size)
            memcpy(bytes + to * page_size, reference->earlier + to * page_size, page_size);
    }
}

/* Some damage of one kind or several; *size may shrink. */
static void damage(const struct reference *reference, uint8_t *bytes, size_t *size, struct random *random)
{
    size_t page_size = reference->page_size;
    uint32_t kinds = random_u32(random) % 64u;
    if (kinds & 1u)
        for (size_t i = 1 + random_below(random, 12); i > 0; i--)
            bytes[random_below(random, *size)] ^= (uint8_t)(1 + random_below(random, 255));
    if (kinds & 2u)
        for (size_t i = 1 + random_below(random, 6); i > 0; i--)
            random_fill(random, bytes + random_below(random, *size / 512) * 512, 512);
    if (kinds & 4u)
        spoil_pages(bytes, *size, page_size, random);
    if (kinds & 8u)
        misdirect(reference, bytes, *size, random);
    if (kinds & 16u)
        memset(bytes, 0x55, 2 * page_size);
    if ((kinds & 32u) && random_below(random, 4) == 0)
        *size -= random_below(random, *size / 2);
}

/* ---- Judging ------------------------------------------------------------------- */

/* What was salvaged of one tree, in the order of its keys. */
struct found {
    struct found_record {
        uint8_t key[64];
        size_t key_len;
        uint64_t hash;
    } records[2000];
    size_t count;
};

static int tree_of(quire_txn *txn, uint32_t id, quire_tree **tree)
{
    char made_up[32];
    *tree = NULL;
    snprintf(made_up, sizeof made_up, "salvaged-%u", (unsigned)id);
    return id == 2 || quire_tree_open(txn, names[id - 3], tree) == QUIRE_OK ||
           quire_tree_open(txn, made_up, tree) == QUIRE_OK;
}

static void read_tree(quire_txn *txn, uint32_t id, struct found *found, const struct reference *reference)
{
    quire_tree *tree;
    quire_cursor *cursor;
    quire_bytes key, value;
    found->count = 0;
    if (!tree_of(txn, id, &tree))
        return;
    OK(quire_cursor_open(txn, tree, &cursor));
    while (quire_cursor_next(cursor, &key, &value) == QUIRE_OK) {
        struct found_record *record = &found->records[found->count++];
        assert_true(found->count <= sizeof found->records / sizeof *found->records && key.size <= sizeof record->key);
        memcpy(record->key, key.data, key.size);
        record->key_len = key.size;
        record->hash = hash_record(id, key, value);
        if (!set_has(&reference->ever, record->hash))
            fail_msg("tree %u: the record of %.*s was never committed", (unsigned)id, (int)key.size,
                     (const char *)key.data);
    }
    quire_cursor_close(cursor);
}

/* Is every page of the chain as it was? */
static int chain_is_intact(const struct reference *reference, const uint8_t *bytes, size_t size, uint32_t first)
{
    size_t page_size = reference->page_size;
    for (uint32_t pgno = first; pgno != 0; pgno = page_right(reference->bytes + pgno * page_size))
        if ((pgno + 1) * page_size > size ||
            memcmp(bytes + pgno * page_size, reference->bytes + pgno * page_size, page_size) != 0)
            return 0;
    return 1;
}

/* An intact leaf of the end against what was salvaged in its range. */
static void judge_leaf(const struct reference *reference, const struct scanned_leaf *leaf, const uint8_t *bytes,
                       size_t size, const struct found *found)
{
    const uint8_t *page = leaf->page;
    size_t at = 0, i = 0;
    while (at < found->count &&
           bytes_compare(found->records[at].key, found->records[at].key_len, page_low(page), page_low_len(page)) < 0)
        at++;
    for (; at < found->count; at++) {
        const struct found_record *record = &found->records[at];
        if (page_high_len(page) > 0 &&
            bytes_compare(record->key, record->key_len, page_high(page), page_high_len(page)) >= 0)
            break;
        while (i < leaf->count &&
               bytes_compare(leaf->entries[i].key, leaf->entries[i].key_len, record->key, record->key_len) != 0) {
            const struct entry *missing = &leaf->entries[i++];
            if (!missing->overflow || chain_is_intact(reference, bytes, size, missing->ref.first))
                fail_msg("page %u: the record of %.*s is missing", (unsigned)leaf->pgno, (int)missing->key_len,
                         (const char *)missing->key);
        }
        if (i == leaf->count)
            fail_msg("page %u: %.*s was salvaged, but the leaf does not hold it", (unsigned)leaf->pgno,
                     (int)record->key_len, (const char *)record->key);
        if (!set_has(&reference->now, record->hash) &&
            (!leaf->entries[i].overflow || chain_is_intact(reference, bytes, size, leaf->entries[i].ref.first)))
            fail_msg("page %u: %.*s has a value of the past", (unsigned)leaf->pgno, (int)record->key_len,
                     (const char *)record->key);
        i++;
    }
    for (; i < leaf->count; i++)
        if (!leaf->entries[i].overflow || chain_is_intact(reference, bytes, size, leaf->entries[i].ref.first))
            fail_msg("page %u: the record of %.*s is missing", (unsigned)leaf->pgno, (int)leaf->entries[i].key_len,
                     (const char *)leaf->entries[i].key);
}

static int is_unchanged(const struct reference *reference, const uint8_t *bytes, size_t size, uint32_t pgno)
{
    size_t page_size = reference->page_size;
    return (pgno + 1) * page_size <= size &&
           memcmp(bytes + pgno * page_size, reference->bytes + pgno * page_size, page_size) == 0;
}

static void judge(const struct reference *reference, struct fault_disk *disk, const uint8_t *bytes, size_t size,
                  const quire_salvage_report *report, struct tally *tally)
{
    static struct found found;
    quire_db *db;
    quire_txn *txn;
    uint64_t records = 0;
    quire_options options = options_on(disk, reference->page_size);
    options.flags = QUIRE_OPEN_READ_ONLY;
    OK(quire_open("new", &options, &db));
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    for (uint32_t id = 2; id < 3 + NAMED; id++) {
        read_tree(txn, id, &found, reference);
        records += found.count;
        for (size_t i = 0; i < reference->scan.count; i++) {
            const struct scanned_leaf *leaf = &reference->scan.leaves[i];
            if (page_tree(leaf->page) == id && is_unchanged(reference, bytes, size, leaf->pgno)) {
                judge_leaf(reference, leaf, bytes, size, &found);
                tally->leaves++;
            }
        }
    }
    quire_rollback(txn);
    OK(quire_close(db));
    assert_int_equal(report->records, records);
    assert_int_equal(report->pages, (size + reference->page_size - 1) / reference->page_size);
    assert_int_equal(report->pages_intact + report->pages_damaged, report->pages);
    tally->records += records;
    tally->lost += report->values_lost;
    tally->stale += report->pages_stale;
    tally->misplaced += report->pages_misplaced;
    tally->superseded += report->records_superseded;
}

/* Two pages that agree are needed when both meta pages are gone, and one beside a meta page. */
static int has_enough(const struct reference *reference, const uint8_t *bytes, size_t size)
{
    size_t intact = 0;
    for (size_t place = 0; place < reference->scan.places; place++)
        intact += is_unchanged(reference, bytes, size, (uint32_t)place) ? 1 : 0;
    return intact >= 2;
}

static void salvage_one(const struct reference *reference, struct random *random, struct tally *tally)
{
    struct fault_disk *disk = fault_disk_new(tally->files + 1);
    quire_options options = options_on(disk, reference->page_size);
    quire_salvage_report report;
    char message[256] = "";
    size_t size = reference->size, after_size;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, reference->bytes, size);
    damage(reference, bytes, &size, random);
    fault_disk_put(disk, "bad", bytes, size);
    options.message = message;
    options.message_size = sizeof message;
    quire_status status = quire_salvage("bad", "new", &options, NULL, &report);
    const uint8_t *after = fault_disk_bytes(disk, "bad", &after_size);
    assert_int_equal(after_size, size);
    assert_memory_equal(after, bytes, size);
    if (status == QUIRE_NOT_A_DATABASE && !has_enough(reference, bytes, size))
        tally->nothing++;
    else if (status != QUIRE_OK)
        fail_msg("file %llu: %s: %s", (unsigned long long)tally->files, quire_status_name(status), message);
    else
        judge(reference, disk, bytes, size, &report, tally);
    tally->files++;
    fault_disk_free(disk);
    free(bytes);
}

/* ---- Logs ---------------------------------------------------------------------- */

/* A file and a log of commits that no checkpoint has seen, as a crash leaves them. */
struct crashed {
    uint8_t *file, *log;
    size_t file_size, log_size, log_used;
};

static void crashed_build(struct reference *reference, struct crashed *crashed, size_t page_size, uint64_t seed)
{
    struct random random = {seed * 7919 + 1};
    struct fault_disk *disk = fault_disk_new(seed);
    quire_options options = options_on(disk, page_size);
    quire_db *db;
    memset(reference, 0, sizeof *reference);
    reference->page_size = page_size;
    OK(quire_open("file", &options, &db));
    for (int round = 0; round < 8; round++) {
        edit(db, &random, page_size, &reference->ever);
        if (round == 2 || round == 4)
            OK(quire_checkpoint(db));
    }
    crashed->file = copy_of(disk, "file", &crashed->file_size);
    crashed->log = copy_of(disk, "file-log", &crashed->log_size);
    OK(quire_close(db));
    fault_disk_free(disk);
    set_sort(&reference->ever);
    crashed->log_used = crashed->log_size;
    while (crashed->log_used > 4096 && crashed->log[crashed->log_used - 1] == 0)
        crashed->log_used--;
}

/* Bytes, sectors and gaps, in the log's first half mostly, since records stand at the beginnings of both. */
static void damage_log(const struct crashed *crashed, uint8_t *log, struct random *random)
{
    for (size_t i = 1 + random_below(random, 6); i > 0; i--) {
        size_t half = random_below(random, 2) && crashed->log_used > 1 << 20 ? 1 << 20 : 0;
        size_t used = half ? crashed->log_used - half : crashed->log_used < 1 << 18 ? crashed->log_used : 1 << 18;
        uint8_t *at = log + half + random_below(random, used);
        size_t left = (size_t)(log + crashed->log_size - at),
               size = random_below(random, 3) ? 1 : 1 + random_below(random, 2000);
        random_fill(random, at, size < left ? size : left);
    }
}

static void salvage_crashed(const struct reference *reference, const struct crashed *crashed, struct random *random,
                            struct tally *tally)
{
    struct fault_disk *disk = fault_disk_new(tally->files + 1);
    quire_options options = options_on(disk, reference->page_size);
    static struct found found;
    quire_salvage_report report;
    quire_db *db;
    quire_txn *txn;
    uint64_t records = 0;
    uint8_t *log = malloc(crashed->log_size), *file = malloc(crashed->file_size);
    assert_true(log != NULL && file != NULL);
    memcpy(log, crashed->log, crashed->log_size);
    memcpy(file, crashed->file, crashed->file_size);
    damage_log(crashed, log, random);
    if (random_below(random, 2))
        spoil_pages(file, crashed->file_size, reference->page_size, random);
    fault_disk_put(disk, "bad", file, crashed->file_size);
    fault_disk_put(disk, "bad-log", log, crashed->log_size);
    OK(quire_salvage("bad", "new", &options, NULL, &report));
    options.flags = QUIRE_OPEN_READ_ONLY;
    OK(quire_open("new", &options, &db));
    OK(quire_begin(db, QUIRE_READ, &txn));
    OK(quire_check(txn, print_violation, NULL, NULL, NULL));
    for (uint32_t id = 2; id < 3 + NAMED; id++) {
        read_tree(txn, id, &found, reference);
        records += found.count;
    }
    quire_rollback(txn);
    OK(quire_close(db));
    assert_int_equal(report.records, records);
    tally->files++;
    tally->records += records;
    tally->lost += report.values_lost;
    tally->commits += report.log_commits;
    fault_disk_free(disk);
    free(file);
    free(log);
}

static void a_damaged_log_gives_nothing_that_was_not_committed(void **state)
{
    (void)state;
    static const size_t sizes[] = {512, 1024, 2048, 4096};
    static struct reference reference;
    const char *wanted = getenv("SALVAGE_FILES");
    uint64_t files = (wanted ? strtoull(wanted, NULL, 10) : 480) / 4;
    struct tally tally = {0};
    enum { REFERENCES = 8 };
    for (uint64_t i = 0; i < REFERENCES; i++) {
        struct random random = {i * 104729 + 29};
        struct crashed crashed;
        crashed_build(&reference, &crashed, sizes[i % 4], i + 50);
        for (uint64_t n = 0; n < files / REFERENCES; n++)
            salvage_crashed(&reference, &crashed, &random, &tally);
        free(crashed.file);
        free(crashed.log);
    }
    print_message("# %llu damaged logs: %llu whole transactions used, %llu records kept, %llu values lost\n",
                  (unsigned long long)tally.files, (unsigned long long)tally.commits, (unsigned long long)tally.records,
                  (unsigned long long)tally.lost);
    assert_true(tally.records > 0 && tally.commits > 0);
}

static void every_intact_leaf_is_salvaged_and_nothing_is_invented(void **state)
{
    (void)state;
    static const size_t sizes[] = {512, 1024, 2048, 4096};
    static struct reference reference;
    const char *wanted = getenv("SALVAGE_FILES");
    uint64_t files = wanted ? strtoull(wanted, NULL, 10) : 480;
    struct tally tally = {0};
    enum { REFERENCES = 12 };
    for (uint64_t i = 0; i < REFERENCES; i++) {
        struct random random = {i * 104729 + 17};
        reference_build(&reference, sizes[i % 4], i + 1);
        for (uint64_t n = 0; n < files / REFERENCES; n++)
            salvage_one(&reference, &random, &tally);
        reference_free(&reference);
    }
    print_message("# %llu damaged files: %llu intact leaves salvaged exactly, %llu records kept, %llu superseded, "
                  "%llu values lost, %llu stale and %llu misplaced pages, %llu files without two pages that agree\n",
                  (unsigned long long)tally.files, (unsigned long long)tally.leaves, (unsigned long long)tally.records,
                  (unsigned long long)tally.superseded, (unsigned long long)tally.lost, (unsigned long long)tally.stale,
                  (unsigned long long)tally.misplaced, (unsigned long long)tally.nothing);
    assert_true(tally.records > 0 && tally.lost > 0 && tally.stale > 0 && tally.misplaced > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_log_gives_nothing_that_was_not_committed),
        cmocka_unit_test(every_intact_leaf_is_salvaged_and_nothing_is_invented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
