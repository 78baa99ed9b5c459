/* quire_salvage: from a damaged file to a new one. */
#include "../tree/salvage.h"

#include "new_file.h"

#include <stdio.h>

/* The options of the new database: the caller's, but its page size, and where it is. */
static quire_options target_options(const quire_options *files, const struct salvage *salvage, struct fault *fault)
{
    quire_options options = *files;
    options.flags = QUIRE_OPEN_CREATE | QUIRE_OPEN_EXCLUSIVE;
    options.page_size = (uint32_t)salvage->page_size;
    options.progress = NULL;
    options.message = fault->message;
    options.message_size = sizeof fault->message;
    return options;
}

static quire_status write_into(struct salvage *salvage, quire_db *db)
{
    quire_txn *txn;
    quire_status status = quire_begin(db, QUIRE_WRITE, &txn);
    if (status != QUIRE_OK) {
        return fault_set(salvage->fault, status, "%s", quire_error_message(db));
    }
    salvage->fault->message[0] = '\0';
    status = salvage_write(salvage, &txn->view, new_file_commit, &txn->view);
    if (status != QUIRE_OK && salvage->fault->message[0] == '\0') {
        *salvage->fault = txn->fault;
    }
    if (status != QUIRE_OK) {
        quire_rollback(txn);
        return status;
    }
    status = quire_commit(txn);
    return status == QUIRE_OK ? status : fault_set(salvage->fault, status, "%s", quire_error_message(db));
}

static quire_status make_new(struct salvage *salvage, const char *path, const quire_options *files)
{
    struct new_file file;
    quire_db *db;
    quire_options options = target_options(files, salvage, salvage->fault);
    TRY(new_file_begin(&file, path, files, salvage->fault));
    quire_status status = quire_open(file.partial, &options, &db);
    if (status != QUIRE_OK) {
        new_file_abort(&file, status == QUIRE_EXISTS);
        return status;
    }
    status = write_into(salvage, db);
    quire_status closed = quire_close(db);
    if (status == QUIRE_OK && closed != QUIRE_OK) {
        status = fault_set(salvage->fault, closed, "closing %s failed (%s)", file.partial, quire_status_name(closed));
    }
    if (status != QUIRE_OK) {
        new_file_abort(&file, 0);
        return status;
    }
    return new_file_finish(&file, salvage->fault);
}

static quire_status salvage_checked(const char *bad_path, const char *new_path, const quire_options *files,
                                    const quire_salvage_options *options, quire_salvage_report *report,
                                    struct fault *fault)
{
    struct salvage salvage;
    struct new_file probe;
    /* Asked first, since reading the damaged file may take long. */
    TRY(new_file_begin(&probe, new_path, files, fault));
    new_file_abort(&probe, 1);
    quire_status status = salvage_open(&salvage, bad_path, files, options, fault);
    if (status == QUIRE_OK) {
        status = salvage_read(&salvage);
    }
    if (status == QUIRE_OK) {
        status = make_new(&salvage, new_path, files);
    }
    if (status == QUIRE_OK && report) {
        *report = salvage.report;
    }
    salvage_close(&salvage);
    return status;
}

quire_status quire_salvage(const char *bad_path, const char *new_path, const quire_options *files,
                           const quire_salvage_options *options, quire_salvage_report *report)
{
    struct fault fault = {{0}};
    quire_options complete;
    quire_status status = options_complete(files, &complete, &fault);
    if (status == QUIRE_OK && (!bad_path || !new_path || bad_path[0] == '\0' || new_path[0] == '\0')) {
        status = fault_set(&fault, QUIRE_INVALID, "salvage: a path is empty");
    }
    if (status == QUIRE_OK) {
        status = salvage_checked(bad_path, new_path, &complete, options, report, &fault);
    }
    if (status != QUIRE_OK && files && files->message && files->message_size > 0) {
        (void)snprintf(files->message, files->message_size, "%s", fault.message);
    }
    return status;
}
