/*
 * Damage of one bit, counted. Reference files of every leaf version, page size
 * and kind of page, and some with a log full of commits; each bit is flipped
 * alone, or a sample of them, and everything is read. The answer is the right
 * one or QUIRE_CORRUPT (or, for a bit of the file's very start, a refusal to take
 * it for a database), never a wrong one. The one exception is that of
 * docs/THREAT-MODEL.md: damage in the last group of the log can look like a
 * crash, and the state before that commit is then right too.
 *
 *   BITFLIPS   how many images in all, about (default 6000)
 */
#include "flip_reference.h"

#include "../../src/page/check.h"
#include "../../src/page/header.h"
#include "../support/api_fixture.h"
#include "../support/database_hash.h"

struct outcome {
    uint64_t images, right, corrupt, earlier;
};

/* Opens the file and reads everything. */
static quire_status read_all(const struct reference *reference, struct fault_disk *disk, uint64_t *hash)
{
    quire_db *db;
    quire_txn *txn;
    quire_options options = reference_options(reference, fault_disk_vfs(disk), QUIRE_OPEN_READ_ONLY);
    quire_status status = quire_open("file", &options, &db);
    *hash = 0;
    if (status != QUIRE_OK)
        return status;
    OK(quire_begin(db, QUIRE_READ, &txn));
    status = database_hash(txn, hash);
    quire_rollback(txn);
    OK(quire_close(db));
    return status;
}

/* Reads everything and says what came of it. */
static void judge(const struct reference *reference, struct fault_disk *disk, const uint64_t hashes[2],
                  const char *name, uint64_t bit, struct outcome *outcome)
{
    uint64_t hash;
    quire_status status = read_all(reference, disk, &hash);
    int is_start = !reference->has_log && bit < 8u * 64u;
    if (is_start && (status == QUIRE_NOT_A_DATABASE || status == QUIRE_NEW_FORMAT || status == QUIRE_OLD_FORMAT))
        status = QUIRE_CORRUPT;
    outcome->images++;
    if (status == QUIRE_CORRUPT)
        outcome->corrupt++;
    else if (status == QUIRE_OK && hash == hashes[1])
        outcome->right++;
    else if (status == QUIRE_OK && hash == hashes[0] && reference->has_log)
        outcome->earlier++;
    else
        fail_msg("bit %llu of %s (page size %u, V%d, records %d): %s, and the content is %s", (unsigned long long)bit,
                 name, (unsigned)reference->page_size, reference->slots, reference->records, quire_status_name(status),
                 hash == hashes[0] ? "the one before the last commit" : "none that ever was");
}

/* Flips `share` bits of the file, or of its log if it has one, evenly spread; or all of them. */
static void flip(const struct reference *reference, struct fault_disk *disk, const uint64_t hashes[2], uint64_t share,
                 struct outcome *outcome)
{
    const char *name = reference->has_log ? "file-log" : "file";
    uint64_t hash;
    size_t size;
    uint8_t *bytes = fault_disk_bytes(disk, name, &size);
    size_t used = reference_used_bytes(bytes, size);
    uint64_t step = flip_step(used, share);
    for (uint64_t bit = step / 2; bit < 8 * (uint64_t)used; bit += step) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
        judge(reference, disk, hashes, name, bit, outcome);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
    }
    OK(read_all(reference, disk, &hash));
    assert_true(hash == hashes[1]);
}

static void flip_references(size_t from, size_t to, struct outcome *outcome)
{
    for (size_t i = from; i < to; i++) {
        struct reference reference = reference_at(i);
        struct fault_disk *disk = fault_disk_new(i + 1);
        uint64_t hashes[2];
        reference_build(&reference, disk, hashes);
        flip(&reference, disk, hashes, images_wanted("BITFLIPS", 6000) / (REFERENCE_FILES + REFERENCE_LOGS), outcome);
        fault_disk_free(disk);
    }
}

static void no_flipped_bit_gives_a_wrong_answer(void **state)
{
    (void)state;
    struct outcome outcome = {0};
    flip_references(0, REFERENCE_FILES, &outcome);
    print_message("# files: %llu images, %llu right answers, %llu corrupt\n", (unsigned long long)outcome.images,
                  (unsigned long long)outcome.right, (unsigned long long)outcome.corrupt);
    assert_int_equal(outcome.earlier, 0);
}

static void no_flipped_bit_of_a_log_gives_a_wrong_answer(void **state)
{
    (void)state;
    struct outcome outcome = {0};
    flip_references(REFERENCE_FILES, REFERENCE_FILES + REFERENCE_LOGS, &outcome);
    print_message("# logs: %llu images, %llu right answers, %llu corrupt, %llu the state before the last commit\n",
                  (unsigned long long)outcome.images, (unsigned long long)outcome.right,
                  (unsigned long long)outcome.corrupt, (unsigned long long)outcome.earlier);
}

/* The sample is worth what the files are: each has pages of all kinds, meta to map. */
static void the_references_have_every_kind_of_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < REFERENCE_FILES; i++) {
        struct reference reference = reference_at(i);
        struct fault_disk *disk = fault_disk_new(i + 1);
        uint64_t hashes[2];
        unsigned kinds = 0;
        size_t size;
        reference_build(&reference, disk, hashes);
        const uint8_t *bytes = fault_disk_bytes(disk, "file", &size);
        for (size_t at = 0; at < size; at += reference.page_size)
            kinds |= 1u << page_kind(bytes + at);
        for (unsigned kind = PAGE_META; kind <= PAGE_MAP; kind++)
            if (!(kinds >> kind & 1))
                fail_msg("no page of kind %u in the file of page size %u, V%d", kind, (unsigned)reference.page_size,
                         reference.slots);
        fault_disk_free(disk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_references_have_every_kind_of_page),
        cmocka_unit_test(no_flipped_bit_gives_a_wrong_answer),
        cmocka_unit_test(no_flipped_bit_of_a_log_gives_a_wrong_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
