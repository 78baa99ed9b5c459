/* See file_patient.h. */
#include "file_patient.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fuzz/support/raw_file.h"
#include "../../src/quire.h"
#include "../support/fault_vfs.h"

enum { LONG_VALUE = 4 * (N - 64) + 100 };

void must(int condition)
{
    if (!condition)
        abort();
}

/* ---- The healthy file ---- */

static void put_text(quire_txn *txn, quire_tree *tree, int number, size_t value_size)
{
    static const uint8_t value[LONG_VALUE];
    char key[32];
    int size = snprintf(key, sizeof key, "key number %04d", number);
    must(quire_put(txn, tree, (quire_bytes){(uint8_t *)key, (size_t)size}, (quire_bytes){value, value_size}, 0) == 0);
}

static void fill(quire_db *db, quire_txn **reader)
{
    quire_txn *txn;
    quire_tree *named;
    uint64_t deleted;
    must(quire_begin(db, QUIRE_WRITE, &txn) == 0);
    must(quire_tree_create(txn, "named", NULL, &named) == 0);
    for (int i = 0; i < 400; i++)
        put_text(txn, NULL, i, (size_t)(20 + i % 30));
    for (int i = 0; i < 100; i++)
        put_text(txn, named, i, 10);
    put_text(txn, NULL, 5000, LONG_VALUE);
    must(quire_commit(txn) == 0);
    must(quire_begin(db, QUIRE_READ, reader) == 0);
    must(quire_begin(db, QUIRE_WRITE, &txn) == 0);
    must(quire_delete_prefix(txn, NULL, (quire_bytes){(const uint8_t *)"key number 02", 13}, &deleted) == 0);
    must(quire_commit(txn) == 0);
    for (int i = 0; i < 3; i++) {
        must(quire_begin(db, QUIRE_WRITE, &txn) == 0);
        must(quire_tree_open(txn, "named", &named) == 0);
        put_text(txn, named, 200 + i, 30);
        put_text(txn, named, 300 + i, 30);
        must(quire_commit(txn) == 0);
    }
}

static uint8_t *copy_of(struct fault_disk *disk, const char *name, size_t *size)
{
    const uint8_t *now = fault_disk_bytes(disk, name, size);
    must(now != NULL);
    uint8_t *copy = malloc(*size + 1);
    must(copy != NULL);
    memcpy(copy, now, *size);
    return copy;
}

/* A reader that was there before the deletes keeps the pages they freed from being cut off. */
static void make(struct file *file)
{
    struct fault_disk *disk = fault_disk_new(1);
    quire_options options;
    quire_txn *reader;
    quire_db *db;
    quire_options_init(&options);
    options.vfs = fault_disk_vfs(disk);
    options.page_size = N;
    options.flags = QUIRE_OPEN_CREATE;
    must(quire_open("file", &options, &db) == 0);
    fill(db, &reader);
    if (!file->with_log)
        must(quire_checkpoint(db) == 0);
    file->bytes = copy_of(disk, "file", &file->size);
    file->log = copy_of(disk, "file-log", &file->log_size);
    quire_rollback(reader);
    must(quire_close(db) == 0);
    fault_disk_free(disk);
}

/* ---- Finding one's way ---- */

uint8_t *page_at(struct file *file, uint32_t pgno)
{
    must((pgno + 1u) * (size_t)N <= file->size);
    return file->bytes + (size_t)pgno * N;
}

uint32_t number(const uint8_t *p)
{
    return (uint32_t)get_number(p, 4);
}

uint32_t pgno_of(const uint8_t *page)
{
    return number(page + 4);
}

/* The `nth` page of a kind, level and tree, in the order of the file. */
uint8_t *find_page(struct file *file, int kind, int level, uint32_t tree, int nth)
{
    for (uint32_t pgno = 2; (pgno + 1u) * (size_t)N <= file->size; pgno++) {
        uint8_t *page = page_at(file, pgno);
        if (page[20] == kind && page[21] == level && number(page + 16) == tree && nth-- == 0)
            return page;
    }
    abort();
}

uint8_t *record_of(uint8_t *page, size_t slot)
{
    return page + get_number(built_slot(page, N, page[22], slot), 2);
}

/* The `nth` branch whose children are leaves, and its child's page number as bytes. */
uint8_t *low_branch(struct file *file, int nth)
{
    return find_page(file, PAGE_BRANCH, 1, UNNAMED, nth);
}

uint8_t *child_bytes(uint8_t *branch, size_t slot)
{
    return record_of(branch, slot);
}

uint8_t *child_page(struct file *file, uint8_t *branch, size_t slot)
{
    return page_at(file, number(child_bytes(branch, slot)));
}

/* The unnamed tree's record in the catalog is the first: key of one zero byte, then the value. */
uint8_t *catalog_value(struct file *file, size_t slot)
{
    uint8_t *record = record_of(find_page(file, PAGE_LEAF, 0, 1, 0), slot);
    return record + 2 + record[0];
}

/* A number of the state, in both meta pages. */
void set_state(struct file *file, size_t offset, size_t size, uint64_t value)
{
    put_number(file->bytes + 96 + offset, size, value);
    put_number(file->bytes + N + 96 + offset, size, value);
}

uint32_t state_number(struct file *file, size_t offset)
{
    return number(file->bytes + 96 + offset);
}

uint8_t *trunk(struct file *file)
{
    uint8_t *page = page_at(file, state_number(file, 0));
    must(page[20] == PAGE_FREE && get_number(page + 24, 2) >= 2);
    return page;
}

uint8_t *long_value_page(struct file *file, uint32_t position)
{
    for (int nth = 0;; nth++) {
        uint8_t *page = find_page(file, PAGE_OVERFLOW, 0, UNNAMED, nth);
        if (number(page + 56) == position)
            return page;
    }
}

/* ---- What the audit says ---- */

static void take_rule(struct file_verdict *verdict, const char *rule)
{
    for (size_t i = 0; i < verdict->count; i++)
        if (strcmp(verdict->rules[i], rule) == 0)
            return;
    must(verdict->count < FILE_RULES_MAX && strlen(rule) < sizeof verdict->first);
    if (verdict->count == 0)
        strcpy(verdict->first, rule);
    strcpy(verdict->rules[verdict->count++], rule);
}

static void visit(void *context, const quire_violation *violation)
{
    take_rule(context, violation->rule);
}

/* An open that refuses says which rule in its message, as "breaks L3" or "rule L6". */
static void take_message(struct file_verdict *verdict, const char *message)
{
    static const char *const words[] = {"breaks ", "rule "};
    char rule[8] = "none";
    for (size_t i = 0; i < 2; i++) {
        const char *at = strstr(message, words[i]);
        if (at != NULL)
            (void)snprintf(rule, sizeof rule, "%.*s", (int)strspn(at + strlen(words[i]), "LPST0123456789"),
                           at + strlen(words[i]));
    }
    take_rule(verdict, rule);
}

static void look(struct fault_disk *disk, struct file_verdict *verdict)
{
    quire_options options;
    quire_db *db = NULL;
    quire_txn *txn;
    char message[256] = "";
    quire_options_init(&options);
    options.vfs = fault_disk_vfs(disk);
    options.flags = QUIRE_OPEN_READ_ONLY;
    options.message = message;
    options.message_size = sizeof message;
    quire_status status = quire_open("file", &options, &db);
    verdict->is_open = status == QUIRE_OK;
    if (!verdict->is_open) {
        must(status == QUIRE_CORRUPT);
        take_message(verdict, message);
        return;
    }
    must(quire_begin(db, QUIRE_READ, &txn) == QUIRE_OK);
    status = quire_check(txn, visit, verdict, NULL, NULL);
    must((status == QUIRE_OK) == (verdict->count == 0));
    quire_rollback(txn);
    must(quire_close(db) == QUIRE_OK);
}

static int is_about_the_log(const struct file_lie *lie)
{
    return lie != NULL && lie->first[0] == 'L';
}

void file_lie_tell(const struct file_lie *lie, struct file_verdict *verdict)
{
    struct file file = {.with_log = is_about_the_log(lie)}, healthy = file;
    struct fault_disk *disk = fault_disk_new(2);
    memset(verdict, 0, sizeof *verdict);
    make(&file);
    make(&healthy);
    if (!file.with_log) {
        raw_file_reseal(file.bytes, file.size);
        raw_file_reseal(healthy.bytes, healthy.size);
    }
    if (lie != NULL)
        lie->tell(&file);
    if (!file.with_log && !file.is_sealed)
        raw_file_reseal(file.bytes, file.size);
    verdict->is_changed = file.size != healthy.size || memcmp(file.bytes, healthy.bytes, file.size) != 0 ||
                          (file.with_log && memcmp(file.log, healthy.log, file.log_size) != 0);
    fault_disk_put(disk, "file", file.bytes, file.size);
    if (file.with_log)
        fault_disk_put(disk, "file-log", file.log, file.log_size);
    look(disk, verdict);
    fault_disk_free(disk);
    free(file.bytes);
    free(file.log);
    free(healthy.bytes);
    free(healthy.log);
}
