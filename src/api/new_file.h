/*
 * Files that are made whole or not at all: a database is written under the name
 * `PATH-partial`, and takes its own only when all of it is on the disk.
 */
#ifndef QUIRE_API_NEW_FILE_H
#define QUIRE_API_NEW_FILE_H

#include "database.h"

struct new_file {
    const quire_memory *memory;
    const quire_vfs *vfs;
    int is_synced;
    char *path;    /* its name, wherever the process goes */
    char *partial; /* until it is whole */
    char *log;     /* of the partial file */
};

/* The names, and whether all of them are free: QUIRE_EXISTS if not. */
quire_status new_file_begin(struct new_file *file, const char *path, const quire_options *options, struct fault *fault);
/* Gives the file, closed and synced, its own name. Ends it. */
quire_status new_file_finish(struct new_file *file, struct fault *fault);
/* Removes what was written, unless `keep`; ends it. */
void new_file_abort(struct new_file *file, int keep);

/* Commits what the view has written and begins again; checkpoints when that is due. `context` is the view. */
quire_status new_file_commit(void *context);

#endif
