/* Opening, closing, errors, durability: what concerns the database as a whole. */
#include "database.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tail pages that one checkpoint moves down: bounds the work it adds to a commit. */
enum { TRIM_PAGES = 1024 };

const char *quire_status_name(quire_status status)
{
    switch (status) {
    case QUIRE_OK:
        return "QUIRE_OK";
    case QUIRE_NOT_FOUND:
        return "QUIRE_NOT_FOUND";
    case QUIRE_EXISTS:
        return "QUIRE_EXISTS";
    case QUIRE_INVALID:
        return "QUIRE_INVALID";
    case QUIRE_CORRUPT:
        return "QUIRE_CORRUPT";
    case QUIRE_IO:
        return "QUIRE_IO";
    case QUIRE_DISK_FULL:
        return "QUIRE_DISK_FULL";
    case QUIRE_NO_MEMORY:
        return "QUIRE_NO_MEMORY";
    case QUIRE_BUSY:
        return "QUIRE_BUSY";
    case QUIRE_READ_ONLY:
        return "QUIRE_READ_ONLY";
    case QUIRE_NOT_A_DATABASE:
        return "QUIRE_NOT_A_DATABASE";
    case QUIRE_OLD_FORMAT:
        return "QUIRE_OLD_FORMAT";
    case QUIRE_NEW_FORMAT:
        return "QUIRE_NEW_FORMAT";
    case QUIRE_SNAPSHOT_LOST:
        return "QUIRE_SNAPSHOT_LOST";
    case QUIRE_DOOMED:
        return "QUIRE_DOOMED";
    case QUIRE_POISONED:
        return "QUIRE_POISONED";
    case QUIRE_CANCELLED:
        return "QUIRE_CANCELLED";
    }
    return "QUIRE_UNKNOWN";
}

void quire_options_init(quire_options *options)
{
    if (!options) {
        return;
    }
    memset(options, 0, sizeof *options);
    options->flags = QUIRE_OPEN_CREATE;
    options->page_size = 8192;
    options->cache_bytes = (size_t)64 << 20;
    options->log_bytes = (uint64_t)64 << 20;
    options->sync = QUIRE_SYNC_FULL;
}

void quire_tree_options_init(quire_tree_options *options)
{
    if (options) {
        *options = (quire_tree_options){QUIRE_TREE_SLOTS_V3, QUIRE_RECORDS_PLAIN, 1, 0};
    }
}

/* An answer that is no failure leaves the last failure's message alone. */
static int is_failure(quire_status status)
{
    return status != QUIRE_OK && status != QUIRE_NOT_FOUND && status != QUIRE_EXISTS;
}

quire_status database_tell(quire_db *db, const struct fault *fault, quire_status status)
{
    pthread_mutex_lock(&db->mutex);
    db->fault = *fault;
    if (db->fault.message[0] == '\0') {
        (void)fault_set(&db->fault, status, "%s", quire_status_name(status));
    }
    pthread_mutex_unlock(&db->mutex);
    return status;
}

/* Kept out of the calls that end by it, which mostly need none of it. */
__attribute__((noinline)) quire_status database_fail(quire_db *db, const struct fault *fault, quire_status status)
{
    return is_failure(status) ? database_tell(db, fault, status) : status;
}

quire_status database_invalid(quire_db *db, const char *format, ...)
{
    pthread_mutex_lock(&db->mutex);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(db->fault.message, sizeof db->fault.message, format, arguments);
    va_end(arguments);
    pthread_mutex_unlock(&db->mutex);
    return QUIRE_INVALID;
}

const char *quire_error_message(const quire_db *db)
{
    return db ? db->fault.message : "no database is open";
}

quire_status options_complete(const quire_options *given, quire_options *options, struct fault *fault)
{
    if (given) {
        *options = *given;
    } else {
        quire_options_init(options);
    }
    uint32_t known = QUIRE_OPEN_CREATE | QUIRE_OPEN_READ_ONLY | QUIRE_OPEN_EXCLUSIVE | QUIRE_OPEN_PROFILE;
    if ((options->flags & ~known) != 0) {
        return fault_set(fault, QUIRE_INVALID, "open: flags 0x%x hold bits that this version does not know",
                         (unsigned)options->flags);
    }
    if (!page_size_is_legal(options->page_size)) {
        return fault_set(fault, QUIRE_INVALID,
                         "open: page size %u is not a power of two from %d to %d (was quire_options_init called?)",
                         (unsigned)options->page_size, PAGE_SIZE_MIN, PAGE_SIZE_MAX);
    }
    if (options->sync != QUIRE_SYNC_FULL && options->sync != QUIRE_SYNC_NORMAL && options->sync != QUIRE_SYNC_OFF) {
        return fault_set(fault, QUIRE_INVALID, "open: sync mode %d is unknown", (int)options->sync);
    }
    if (!options->vfs) {
        options->vfs = quire_vfs_posix();
    }
    if (!options->memory) {
        options->memory = memory_default();
    }
    if (options->pinned_bytes == 0) {
        options->pinned_bytes = options->cache_bytes;
    }
    return QUIRE_OK;
}

/* The environment switches counting on for programs that cannot be changed: unset, empty and 0 mean off. */
static int profile_is_wanted(const quire_options *options)
{
    const char *variable = getenv("QUIRE_PROFILE");
    int by_variable = variable && variable[0] != '\0' && strcmp(variable, "0") != 0;
    return by_variable || (options->flags & QUIRE_OPEN_PROFILE) != 0;
}

static quire_status open_checked(const char *path, const quire_options *options, quire_db **out, struct fault *fault)
{
    size_t path_size = strlen(path) + 1;
    quire_db *db = memory_allocate(options->memory, sizeof *db + path_size);
    if (!db) {
        return fault_set(fault, QUIRE_NO_MEMORY, "open %s: no memory", path);
    }
    memset(db, 0, sizeof *db);
    memcpy(db->path, path, path_size);
    db->options = *options;
    db->memory = *options->memory;
    db->vfs = *options->vfs;
    db->options.memory = &db->memory;
    db->options.vfs = &db->vfs;
    if (pthread_mutex_init(&db->mutex, NULL) != 0) {
        memory_release(options->memory, db);
        return fault_set(fault, QUIRE_NO_MEMORY, "open %s: no mutex", path);
    }
    struct pager_config config = {.path = db->path, .options = &db->options, .codec = &page_codec};
    quire_status status = store_open(&db->store, &config, fault);
    if (status != QUIRE_OK) {
        pthread_mutex_destroy(&db->mutex);
        memory_release(options->memory, db);
        return status;
    }
    quire_counters_enable(db, profile_is_wanted(options));
    *out = db;
    return QUIRE_OK;
}

quire_status quire_open(const char *path, const quire_options *given, quire_db **db)
{
    if (!db) {
        return QUIRE_INVALID;
    }
    *db = NULL;
    struct fault fault = {{0}};
    quire_options options;
    quire_status status = options_complete(given, &options, &fault);
    if (status == QUIRE_OK && (!path || path[0] == '\0')) {
        status = fault_set(&fault, QUIRE_INVALID, "open: the path is empty");
    }
    if (status == QUIRE_OK) {
        status = open_checked(path, &options, db, &fault);
    }
    if (status != QUIRE_OK && given && given->message && given->message_size > 0) {
        (void)snprintf(given->message, given->message_size, "%s", fault.message);
    }
    return status;
}

static void transaction_free(quire_txn *txn)
{
    pager_snapshot_close(txn->db->store.pager, &txn->snapshot);
    if (txn->view_is_open) {
        view_close(&txn->view);
    }
    memory_release(&txn->db->memory, txn->savepoints);
    memory_release(&txn->db->memory, txn);
}

quire_status quire_close(quire_db *db)
{
    if (!db) {
        return QUIRE_OK;
    }
    size_t open_count = transactions_open(db);
    if (open_count > 0) {
        return database_invalid(db, "close %s: %zu transactions are still open", db->path, open_count);
    }
    struct fault fault = {{0}};
    quire_status trimmed = QUIRE_OK;
    if (!pager_is_read_only(db->store.pager)) {
        /* What keeps the trim from working, the close below meets again and reports. */
        trimmed = database_checkpoint(db, &fault);
    }
    while (db->transactions) {
        quire_txn *txn = db->transactions;
        db->transactions = txn->next;
        transaction_free(txn);
    }
    quire_status status = store_close(&db->store, &fault);
    pthread_mutex_destroy(&db->mutex);
    quire_memory memory = db->memory;
    memory_release(&memory, db);
    return status != QUIRE_OK ? status : trimmed;
}

quire_status quire_sync(quire_db *db)
{
    if (!db) {
        return QUIRE_INVALID;
    }
    struct fault fault = {{0}};
    return database_fail(db, &fault, pager_sync(db->store.pager, &fault));
}

/* One write transaction that only moves pages; without it the checkpoint is as good, the file just stays longer. */
static quire_status trim(quire_db *db, struct fault *fault)
{
    TRY(pager_begin(db->store.pager, 0, fault));
    struct view view;
    quire_status status = view_open(&view, &db->store, NULL, fault);
    if (status != QUIRE_OK) {
        pager_rollback(db->store.pager);
        return status;
    }
    int worth = space_trim_is_worth(&view);
    if (worth) {
        status = space_trim(&view, TRIM_PAGES);
    }
    view_close(&view);
    if (!worth || status != QUIRE_OK) {
        pager_rollback(db->store.pager);
        return status;
    }
    return pager_commit(db->store.pager, fault);
}

quire_status database_checkpoint(quire_db *db, struct fault *fault)
{
    if (!pager_has_readers(db->store.pager)) {
        quire_status status = trim(db, fault);
        /* A damaged page in the way of the trim, or one that this build cannot read, is no reason to keep commits out
         * of the file. */
        if (status != QUIRE_OK && status != QUIRE_CORRUPT && status != QUIRE_OLD_FORMAT) {
            return status;
        }
    }
    return pager_checkpoint(db->store.pager, fault);
}

quire_status quire_checkpoint(quire_db *db)
{
    if (!db) {
        return QUIRE_INVALID;
    }
    struct fault fault = {{0}};
    if (pager_is_read_only(db->store.pager)) {
        (void)fault_set(&fault, QUIRE_READ_ONLY, "checkpoint %s: the database is open read-only", db->path);
        return database_fail(db, &fault, QUIRE_READ_ONLY);
    }
    return database_fail(db, &fault, database_checkpoint(db, &fault));
}

size_t quire_key_max(const quire_db *db)
{
    return db ? db->store.key_max : 0;
}

quire_status quire_readers(quire_db *db, int (*visit)(void *context, const quire_reader *reader), void *context)
{
    if (!db || !visit) {
        return QUIRE_INVALID;
    }
    struct fault fault = {{0}};
    return database_fail(db, &fault, pager_snapshots_each(db->store.pager, visit, context));
}
