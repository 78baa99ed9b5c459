/* See flip_reference.h. */
#include "flip_reference.h"

#include "../support/api_fixture.h"
#include "../support/database_hash.h"

enum { RECORDS = 80, CACHE_PAGES = 64 };

struct reference reference_at(size_t number)
{
    if (number < REFERENCE_FILES)
        return (struct reference){512u << number % 7, (uint8_t)(1 + number / 7 % 3), (uint8_t)(number / 21), 0};
    size_t log = number - REFERENCE_FILES;
    return (struct reference){512u << log % 5, (uint8_t)(1 + log % 3), (uint8_t)(log / 3 % 2), 1};
}

quire_options reference_options(const struct reference *reference, const quire_vfs *vfs, uint32_t flags)
{
    quire_options options;
    quire_options_init(&options);
    options.vfs = vfs;
    options.page_size = reference->page_size;
    options.cache_bytes = (size_t)CACHE_PAGES * reference->page_size;
    options.flags = flags;
    return options;
}

/* Values grow with the pages, so that there are leaves enough for a branch; what is put last and deleted leaves free
 * pages. */
static void fill(quire_txn *txn, const struct reference *reference)
{
    static const uint8_t bytes[3 * 32768];
    size_t page_size = reference->page_size;
    quire_tree_options options;
    quire_tree *named;
    char key[32];
    quire_tree_options_init(&options);
    options.slots = reference->slots;
    options.records = reference->records;
    OK(quire_tree_options_set(txn, NULL, &options));
    OK(quire_tree_create(txn, "named", NULL, &named));
    for (size_t i = 0; i < RECORDS; i++) {
        snprintf(key, sizeof key, "key number %04zu", i * 7919 % 997);
        OK(quire_put(txn, i % 8 == 0 ? named : NULL, text(key), (quire_bytes){bytes, i * page_size / 16 / RECORDS}, 0));
    }
    OK(quire_put(txn, NULL, text("long"), (quire_bytes){bytes, page_size / 8 * 2 + 100}, 0));
    OK(quire_put(txn, NULL, text("spare"), (quire_bytes){bytes, 3 * page_size}, 0));
    OK(quire_delete(txn, NULL, text("spare")));
}

/* What a crash here leaves is set aside, and put back once the handle is closed. */
static void close_as_if_crashed(quire_db *db, struct fault_disk *disk)
{
    static const char *const names[2] = {"file", "file-log"};
    size_t sizes[2];
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
}

void reference_build(const struct reference *reference, struct fault_disk *disk, uint64_t hashes[2])
{
    quire_db *db;
    quire_txn *txn;
    quire_options options = reference_options(reference, fault_disk_vfs(disk), QUIRE_OPEN_CREATE);
    OK(quire_open("file", &options, &db));
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    fill(txn, reference);
    OK(database_hash(txn, &hashes[0]));
    OK(quire_commit(txn));
    OK(quire_begin(db, QUIRE_WRITE, &txn));
    OK(quire_put(txn, NULL, text("the last"), text("commit"), 0));
    OK(database_hash(txn, &hashes[1]));
    OK(quire_commit(txn));
    if (reference->has_log)
        close_as_if_crashed(db, disk);
    else
        OK(quire_close(db));
}

size_t reference_used_bytes(const uint8_t *bytes, size_t size)
{
    size_t used = size;
    while (used > 0 && bytes[used - 1] == 0)
        used--;
    return used + 64 < size ? used + 64 : size;
}

uint64_t images_wanted(const char *variable, uint64_t otherwise)
{
    const char *wanted = getenv(variable);
    return wanted != NULL ? strtoull(wanted, NULL, 10) : otherwise;
}

uint64_t flip_step(size_t used_bytes, uint64_t share)
{
    uint64_t bits = 8 * (uint64_t)used_bytes;
    return share >= bits ? 1 : bits / (share != 0 ? share : 1);
}
