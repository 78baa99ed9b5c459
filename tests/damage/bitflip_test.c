/*
 * Damage of one bit, counted. Reference files of every leaf version, several
 * page sizes and every kind of page, and one with a log full of commits; each
 * bit is flipped alone, or a sample of them, and everything is read. The answer
 * is the right one or QUIRE_CORRUPT (or, for a bit of the file's very start, a
 * refusal to take it for a database), never a wrong one. The one exception is
 * that of docs/THREAT-MODEL.md: damage in the last group of the log can look
 * like a crash, and the state before that commit is then right too.
 *
 *   BITFLIPS   how many images in all, about (default 6000)
 */
#include "../support/api_fixture.h"
#include "../support/database_hash.h"
#include "../support/fault_vfs.h"
#include "../support/random.h"

struct reference {
    uint32_t page_size;
    uint8_t slots, records;
    int has_log; /* not closed: its commits stand in the log */
};

struct outcome {
    uint64_t images, right, corrupt, earlier;
};

static quire_options options_for(struct fault_disk *disk, uint32_t page_size, uint32_t flags)
{
    quire_options options;
    quire_options_init(&options);
    options.vfs = fault_disk_vfs(disk);
    options.page_size = page_size;
    options.flags = flags;
    return options;
}

static void fill(quire_txn *txn, const struct reference *reference)
{
    static const uint8_t bytes[2000];
    quire_tree_options options;
    quire_tree *named;
    char key[32];
    quire_tree_options_init(&options);
    options.slots = reference->slots;
    options.records = reference->records;
    OK(quire_tree_options_set(txn, NULL, &options));
    OK(quire_tree_create(txn, "named", NULL, &named));
    for (int i = 0; i < 120; i++) {
        snprintf(key, sizeof key, "key number %04d", i * 7919 % 1000);
        OK(quire_put(txn, i % 3 == 0 ? named : NULL, text(key), (quire_bytes){bytes, (size_t)i % 40}, 0));
    }
    OK(quire_put(txn, NULL, text("long"), (quire_bytes){bytes, sizeof bytes}, 0));
    uint64_t deleted;
    OK(quire_delete_prefix(txn, NULL, text("key number 03"), &deleted)); /* leaves free pages */
}

/* Builds the file in `disk`; hashes[1] is its content, hashes[0] the content before the last commit. */
static void build(const struct reference *reference, struct fault_disk *disk, uint64_t hashes[2])
{
    quire_db *db;
    quire_txn *txn;
    quire_options options = options_for(disk, reference->page_size, QUIRE_OPEN_CREATE);
    OK(quire_open("file", &options, &db));
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    fill(txn, reference);
    OK(database_hash(txn, &hashes[0]));
    OK(quire_commit(txn));
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    OK(quire_put(txn, NULL, text("the last"), text("commit"), 0));
    OK(database_hash(txn, &hashes[1]));
    OK(quire_commit(txn));
    if (reference->has_log) {
        /* What a crash here leaves is set aside, and put back once the handle is closed. */
        size_t sizes[2];
        const char *const names[2] = {"file", "file-log"};
        uint8_t *kept[2];
        for (int i = 0; i < 2; i++) {
            const uint8_t *now = fault_disk_bytes(disk, names[i], &sizes[i]);
            kept[i] = malloc(sizes[i]);
            assert_non_null(kept[i]);
            memcpy(kept[i], now, sizes[i]);
        }
        OK(quire_close(db));
        for (int i = 0; i < 2; i++) {
            fault_disk_put(disk, names[i], kept[i], sizes[i]);
            free(kept[i]);
        }
    } else {
        OK(quire_close(db));
    }
}

/* Reads everything and says what came of it. */
static void judge(const struct reference *reference, struct fault_disk *disk, const uint64_t hashes[2],
                  const char *name, size_t bit, struct outcome *outcome)
{
    quire_db *db;
    quire_txn *txn;
    uint64_t hash = 0;
    quire_options options = options_for(disk, reference->page_size, QUIRE_OPEN_READ_ONLY);
    quire_status status = quire_open("file", &options, &db);
    int is_start = strcmp(name, "file") == 0 && bit < 8u * 64u;
    outcome->images++;
    if (status == QUIRE_OK) {
        OK(quire_begin(db, QUIRE_READ, &txn));
        status = database_hash(txn, &hash);
        quire_rollback(txn);
        OK(quire_close(db));
    } else if (is_start &&
               (status == QUIRE_NOT_A_DATABASE || status == QUIRE_NEW_FORMAT || status == QUIRE_OLD_FORMAT)) {
        status = QUIRE_CORRUPT;
    }
    if (status == QUIRE_CORRUPT)
        outcome->corrupt++;
    else if (status == QUIRE_OK && hash == hashes[1])
        outcome->right++;
    else if (status == QUIRE_OK && hash == hashes[0] && strcmp(name, "file-log") == 0)
        outcome->earlier++;
    else
        fail_msg("bit %zu of %s (page size %u, V%d, records %d): %s, and the content is %s", bit, name,
                 (unsigned)reference->page_size, reference->slots, reference->records, quire_status_name(status),
                 hash == hashes[0] ? "the one before the last commit" : "none that ever was");
}

static uint64_t images_wanted(void)
{
    const char *wanted = getenv("BITFLIPS");
    return wanted != NULL ? strtoull(wanted, NULL, 10) : 6000;
}

/* Flips `share` bits of a file, evenly spread, or all of them. */
static void flip_file(const struct reference *reference, struct fault_disk *disk, const uint64_t hashes[2],
                      const char *name, uint64_t share, struct outcome *outcome)
{
    size_t size;
    const uint8_t *now = fault_disk_bytes(disk, name, &size);
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, now, size);
    /* Behind the records the log is zeros that nobody reads. */
    while (size > 0 && bytes[size - 1] == 0)
        size--;
    size_t used = size + 64;
    (void)fault_disk_bytes(disk, name, &size);
    used = used < size ? used : size;
    uint64_t step = share >= 8 * used ? 1 : 8 * used / share;
    for (uint64_t bit = step / 2; bit < 8 * used; bit += step) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
        fault_disk_put(disk, name, bytes, size);
        judge(reference, disk, hashes, name, (size_t)bit, outcome);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
    }
    fault_disk_put(disk, name, bytes, size);
    free(bytes);
}

static void no_flipped_bit_gives_a_wrong_answer(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {512, 1024, 4096, 8192};
    struct outcome outcome = {0};
    for (size_t i = 0; i < 24; i++) {
        struct reference reference = {sizes[i % 4], (uint8_t)(1 + i / 4 % 3), (uint8_t)(i / 12), 0};
        struct fault_disk *disk = fault_disk_new(i + 1);
        uint64_t hashes[2];
        build(&reference, disk, hashes);
        flip_file(&reference, disk, hashes, "file", images_wanted() / 30, &outcome);
        fault_disk_free(disk);
    }
    print_message("# files: %llu images, %llu right answers, %llu corrupt\n", (unsigned long long)outcome.images,
                  (unsigned long long)outcome.right, (unsigned long long)outcome.corrupt);
    assert_int_equal(outcome.earlier, 0);
}

static void no_flipped_bit_of_a_log_gives_a_wrong_answer(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {512, 2048};
    struct outcome outcome = {0};
    for (size_t i = 0; i < 6; i++) {
        struct reference reference = {sizes[i % 2], (uint8_t)(1 + i / 2), (uint8_t)(i % 2), 1};
        struct fault_disk *disk = fault_disk_new(i + 100);
        uint64_t hashes[2];
        build(&reference, disk, hashes);
        flip_file(&reference, disk, hashes, "file-log", images_wanted() / 30, &outcome);
        fault_disk_free(disk);
    }
    print_message("# logs: %llu images, %llu right answers, %llu corrupt, %llu the state before the last commit\n",
                  (unsigned long long)outcome.images, (unsigned long long)outcome.right,
                  (unsigned long long)outcome.corrupt, (unsigned long long)outcome.earlier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_flipped_bit_gives_a_wrong_answer),
        cmocka_unit_test(no_flipped_bit_of_a_log_gives_a_wrong_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
