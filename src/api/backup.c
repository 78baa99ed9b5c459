/* quire_backup: a copy of one snapshot, step by step, while writers run. */
#include "../tree/backup.h"

#include "new_file.h"

#include <errno.h>

struct quire_backup {
    quire_txn *txn; /* the reader whose snapshot is copied */
    quire_options options;
    struct new_file file;
    struct backup backup;
    quire_status status; /* of the first step that failed: then only abort is left */
};

/* Where the copy's files live and how it is synced: as the caller says, or as the database does it. */
static quire_status complete(quire_db *db, const quire_options *files, quire_options *options)
{
    struct fault fault = {{0}};
    quire_status status = options_complete(files ? files : &db->options, options, &fault);
    options->memory = &db->memory;
    return database_fail(db, &fault, status);
}

static quire_status start(quire_backup *backup, const char *path)
{
    quire_txn *txn = backup->txn;
    TRY(new_file_begin(&backup->file, path, &backup->options, &txn->fault));
    quire_status status = backup_open(&backup->backup, &txn->view, backup->file.partial, &backup->options);
    if (status != QUIRE_OK) {
        new_file_abort(&backup->file, status == QUIRE_EXISTS);
    }
    return status;
}

quire_status quire_backup_begin(quire_db *db, const char *path, const quire_options *files, quire_backup **out)
{
    if (!db || !out) {
        return QUIRE_INVALID;
    }
    *out = NULL;
    if (!path || path[0] == '\0') {
        return database_invalid(db, "backup: the path is empty");
    }
    quire_options options;
    TRY(complete(db, files, &options));
    quire_backup *backup = database_allocate(db, sizeof *backup);
    if (!backup) {
        struct fault fault;
        return database_fail(db, &fault, fault_set(&fault, QUIRE_NO_MEMORY, "no memory for a backup"));
    }
    *backup = (quire_backup){.options = options};
    quire_status status = quire_begin(db, QUIRE_READ, &backup->txn);
    if (status == QUIRE_OK) {
        status = transaction_answer(backup->txn, start(backup, path));
        if (status != QUIRE_OK) {
            quire_rollback(backup->txn);
        }
    }
    if (status != QUIRE_OK) {
        memory_release(&db->memory, backup);
        return status;
    }
    *out = backup;
    return QUIRE_OK;
}

quire_status quire_backup_step(quire_backup *backup, uint64_t pages, uint64_t *remaining, uint64_t *total)
{
    if (!backup) {
        return QUIRE_INVALID;
    }
    if (backup->status == QUIRE_OK) {
        backup->status = backup_step(&backup->backup, pages);
    }
    if (backup->status != QUIRE_OK) {
        return transaction_answer(backup->txn, backup->status);
    }
    if (remaining) {
        *remaining = backup->backup.page_count - backup->backup.next;
    }
    if (total) {
        *total = backup->backup.page_count;
    }
    return QUIRE_OK;
}

/* In a child that fork made: the file is its parent's, which goes on. */
static int backup_is_inherited(const quire_backup *backup)
{
    const struct page_file *file = &backup->backup.to;
    uint64_t size;
    return file->file && file->vfs->size(file->vfs->context, file->file, &size) == EBADF;
}

/* Gives everything back; the file is removed unless it is whole and has its name, or is another process's. */
static void end(quire_backup *backup)
{
    quire_db *db = backup->txn->db;
    int keep = backup_is_inherited(backup);
    backup_close(&backup->backup);
    new_file_abort(&backup->file, keep);
    quire_rollback(backup->txn);
    memory_release(&db->memory, backup);
}

quire_status quire_backup_finish(quire_backup *backup)
{
    if (!backup) {
        return QUIRE_INVALID;
    }
    quire_txn *txn = backup->txn;
    if (backup->status == QUIRE_OK && backup->backup.next < backup->backup.page_count) {
        return database_invalid(txn->db, "backup: %u of %u pages are not copied yet",
                                (unsigned)(backup->backup.page_count - backup->backup.next),
                                (unsigned)backup->backup.page_count);
    }
    quire_status status = backup->status;
    if (status == QUIRE_OK) {
        status = backup_finish(&backup->backup);
    }
    if (status == QUIRE_OK) {
        status = new_file_finish(&backup->file, &txn->fault);
    }
    status = transaction_answer(txn, status);
    end(backup);
    return status;
}

void quire_backup_abort(quire_backup *backup)
{
    if (backup) {
        end(backup);
    }
}
