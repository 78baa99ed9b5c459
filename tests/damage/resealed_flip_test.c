/*
 * Damage of one bit under a right checksum, as an attacker would leave it. Each
 * image is a reference file with one bit flipped and that page, or the log,
 * sealed again. Nothing crashes; no page is read more than a few times over; and
 * either the audit finds the lie, or the file is refused when it is opened, or
 * all answers agree with each other: then the bit was one of a key, of a value,
 * or of nothing, and the file is another that quire could have written.
 *
 *   RESEALED_FLIPS   how many images in all, about (default 3000)
 */
#include "flip_reference.h"

#include "../../fuzz/support/agreement.h"
#include "../../fuzz/support/raw_file.h"
#include "../../src/page/check.h"
#include "../../src/page/other.h"
#include "../support/api_fixture.h"
#include "../support/database_hash.h"

struct outcome {
    uint64_t images, found, refused, right, changed;
};

/* ---- Work is bounded: bytes read of the file and its log ---- */

static const quire_vfs *inner;
static uint64_t bytes_read;

static int counting_read(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    int error = inner->read(context, file, offset, buffer, size, got);
    bytes_read += *got;
    return error;
}

/* ---- One image ---- */

struct judgement {
    quire_txn *txn;
    size_t most; /* records that the file can hold at all */
    const char *fault;
};

static const char *judge_tree(const struct judgement *judgement, quire_tree *tree)
{
    struct model model;
    quire_status ended;
    model_init(&model);
    const char *fault = agreement_scan(judgement->txn, tree, judgement->most, &model, &ended);
    if (!fault && ended != QUIRE_NOT_FOUND)
        fault = "the audit is content, and a scan fails";
    if (!fault)
        fault = agreement_check(judgement->txn, tree, &model);
    model_free(&model);
    return fault;
}

static int judge_named(void *context, const char *name)
{
    struct judgement *judgement = context;
    quire_tree *tree;
    judgement->fault = quire_tree_open(judgement->txn, name, &tree) != QUIRE_OK ? "a tree that is listed does not open"
                                                                                : judge_tree(judgement, tree);
    return judgement->fault != NULL;
}

static const char *agreement(quire_txn *txn, size_t most)
{
    struct judgement judgement = {txn, most, NULL};
    judgement.fault = judge_tree(&judgement, NULL);
    if (!judgement.fault && quire_tree_list(txn, judge_named, &judgement) != QUIRE_OK && !judgement.fault)
        judgement.fault = "the audit is content, and the trees cannot be listed";
    return judgement.fault;
}

static const char *judge_open(quire_db *db, size_t most, uint64_t right_hash, struct outcome *outcome)
{
    quire_txn *txn;
    uint64_t hash;
    const char *fault = NULL;
    OK(quire_begin(db, QUIRE_READ, &txn));
    quire_status audit = quire_check(txn, NULL, NULL, NULL, NULL);
    quire_status read = database_hash(txn, &hash);
    if (audit == QUIRE_OK) {
        fault = agreement(txn, most);
        outcome->right += read == QUIRE_OK && hash == right_hash;
        outcome->changed += read != QUIRE_OK || hash != right_hash;
    } else {
        outcome->found++;
        if (audit != QUIRE_CORRUPT)
            fault = quire_status_name(audit);
        else if (read != QUIRE_OK && read != QUIRE_CORRUPT)
            fault = "reading answered what is neither right nor QUIRE_CORRUPT";
    }
    quire_rollback(txn);
    OK(quire_close(db));
    return fault;
}

static void judge(const struct reference *reference, const quire_vfs *vfs, size_t size, uint64_t right_hash,
                  uint64_t bit, struct outcome *outcome)
{
    quire_db *db;
    const char *fault = NULL;
    quire_options options = reference_options(reference, vfs, QUIRE_OPEN_READ_ONLY);
    bytes_read = 0;
    quire_status status = quire_open("file", &options, &db);
    outcome->images++;
    if (status == QUIRE_OK) {
        fault = judge_open(db, size, right_hash, outcome);
    } else {
        outcome->refused++;
        if (status != QUIRE_CORRUPT && status != QUIRE_NOT_A_DATABASE && status != QUIRE_NEW_FORMAT &&
            status != QUIRE_OLD_FORMAT)
            fault = quire_status_name(status);
    }
    /* Meta pages of every size are looked for at the start, 128 KiB; then each page is read once, the log twice. */
    if (!fault && bytes_read > 4 * (uint64_t)size + (256u << 10))
        fault = "too much was read";
    if (fault)
        fail_msg("bit %llu of the %s (page size %u, V%d, records %d): %s", (unsigned long long)bit,
                 reference->has_log ? "log" : "file", (unsigned)reference->page_size, reference->slots,
                 reference->records, fault);
}

/* ---- All images of one file ---- */

/* One image, from bytes that are healthy and will be so again. */
static void flip_one(const struct reference *reference, const quire_vfs *vfs, uint8_t *bytes, size_t used, size_t size,
                     uint64_t right_hash, uint64_t salt, uint64_t bit, struct outcome *outcome)
{
    static uint8_t healthy[1 << 20];
    size_t at = reference->has_log ? 0 : (size_t)(bit / 8 / reference->page_size) * reference->page_size;
    size_t sealed = reference->has_log ? used : reference->page_size;
    assert_true(sealed <= sizeof healthy);
    memcpy(healthy, bytes + at, sealed);
    bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
    if (reference->has_log)
        raw_log_reseal(bytes, used, salt);
    else
        page_seal(bytes + at, reference->page_size, salt);
    judge(reference, vfs, size, right_hash, bit, outcome);
    memcpy(bytes + at, healthy, sealed);
}

static void flip(const struct reference *reference, struct fault_disk *disk, uint64_t right_hash, uint64_t share,
                 struct outcome *outcome)
{
    quire_vfs counting = *fault_disk_vfs(disk);
    size_t file_size, log_size = 0;
    uint8_t *file = fault_disk_bytes(disk, "file", &file_size);
    uint8_t *log = reference->has_log ? fault_disk_bytes(disk, "file-log", &log_size) : NULL;
    uint64_t salt = load64(file + META_SALT);
    inner = fault_disk_vfs(disk);
    counting.read = counting_read;
    raw_file_reseal(file, file_size); /* from here on the map expects no checksum of any page */
    uint8_t *bytes = log ? log : file;
    size_t used = reference_used_bytes(bytes, log ? log_size : file_size);
    uint64_t step = flip_step(used, share);
    for (uint64_t bit = step / 3; bit < 8 * (uint64_t)used; bit += step)
        flip_one(reference, &counting, bytes, used, file_size + log_size, right_hash, salt, bit, outcome);
}

static void flip_references(size_t from, size_t to, struct outcome *outcome)
{
    uint64_t share = images_wanted("RESEALED_FLIPS", 3000) / (REFERENCE_FILES + REFERENCE_LOGS);
    for (size_t i = from; i < to; i++) {
        struct reference reference = reference_at(i);
        struct fault_disk *disk = fault_disk_new(i + 200);
        uint64_t hashes[2];
        reference_build(&reference, disk, hashes);
        flip(&reference, disk, hashes[1], share, outcome);
        fault_disk_free(disk);
    }
}

static void print_outcome(const char *what, const struct outcome *outcome)
{
    print_message("# %s, sealed again: %llu images, %llu found by the audit, %llu refused, %llu right answers, %llu "
                  "changed and in agreement\n",
                  what, (unsigned long long)outcome->images, (unsigned long long)outcome->found,
                  (unsigned long long)outcome->refused, (unsigned long long)outcome->right,
                  (unsigned long long)outcome->changed);
    assert_true(outcome->found > 0 && outcome->right + outcome->changed > 0);
}

static void a_flipped_bit_under_a_right_checksum_is_found_or_all_agree(void **state)
{
    (void)state;
    struct outcome outcome = {0};
    flip_references(0, REFERENCE_FILES, &outcome);
    print_outcome("files", &outcome);
}

static void a_flipped_bit_in_a_log_under_a_right_checksum_is_found_or_all_agree(void **state)
{
    (void)state;
    struct outcome outcome = {0};
    flip_references(REFERENCE_FILES, REFERENCE_FILES + REFERENCE_LOGS, &outcome);
    print_outcome("logs", &outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flipped_bit_under_a_right_checksum_is_found_or_all_agree),
        cmocka_unit_test(a_flipped_bit_in_a_log_under_a_right_checksum_is_found_or_all_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
