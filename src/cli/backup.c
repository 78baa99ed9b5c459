/* quire backup: a copy of a database as it stands, page by page. */
#include "cli.h"

enum { STEP_PAGES = 256 };

int run_backup(const struct arguments *arguments)
{
    quire_backup *backup;
    uint64_t remaining = 1, total = 0;
    quire_db *db = check_new_database(arguments) == EXIT_FINE ? open_database(arguments, QUIRE_OPEN_READ_ONLY) : NULL;
    if (!db) {
        return EXIT_ERROR;
    }
    quire_status status = quire_backup_begin(db, arguments->words[1], NULL, &backup);
    if (status == QUIRE_EXISTS) {
        return close_database(arguments, db, complain(arguments, "%s exists already", arguments->words[1]));
    }
    if (status != QUIRE_OK) {
        return close_database(arguments, db, complain_status(arguments, db, status, arguments->words[1]));
    }
    while (status == QUIRE_OK && remaining > 0) {
        status = quire_backup_step(backup, STEP_PAGES, &remaining, &total);
        if (status == QUIRE_OK) {
            progress_show(arguments, total - remaining, total, "pages");
        }
    }
    if (status == QUIRE_OK) {
        status = quire_backup_finish(backup);
    } else {
        quire_backup_abort(backup);
    }
    progress_end(arguments);
    int code = EXIT_FINE;
    if (status != QUIRE_OK) {
        code = complain_status(arguments, db, status, arguments->words[1]);
    }
    return close_database(arguments, db, code);
}
