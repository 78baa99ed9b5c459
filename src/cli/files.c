/*
 * The files of a command line held against each other, before anything is opened
 * for writing: what a command writes is neither its database, nor the database's
 * log, nor what it reads. Names say little about that, so what decides is device
 * and inode; of a file that is not there yet its directory and name, behind the
 * symbolic links that lead there.
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_stream(const char *path, int stream)
{
    return stream >= 0 && strcmp(path, "-") == 0;
}

/* What stands at `path`; "-" is the stream of that descriptor, unless that is negative. */
static int status_of(const char *path, int stream, struct stat *file)
{
    return (is_stream(path, stream) ? fstat(stream, file) : stat(path, file)) == 0;
}

enum { LONGEST_PATH = 4096, MOST_LINKS = 40 }; /* as on Linux */

/* Where making a file of that path would make it: past the links whose end is not there. 0 if it leads nowhere. */
static int path_behind_links(const char *path, char *end)
{
    char target[LONGEST_PATH];
    int length = snprintf(end, LONGEST_PATH, "%s", path);
    for (int links = 0; links <= MOST_LINKS && length >= 0 && length < LONGEST_PATH; links++) {
        ssize_t size = readlink(end, target, sizeof target);
        if (size < 0) {
            return 1;
        }
        const char *slash = strrchr(end, '/');
        size_t kept = size > 0 && target[0] != '/' && slash ? (size_t)(slash + 1 - end) : 0;
        length = snprintf(end + kept, LONGEST_PATH - kept, "%.*s", (int)size, target);
        length = length < 0 ? length : length + (int)kept;
    }
    return 0;
}

/* The directory in which a file of that path would be made, and where in `path` its name begins. */
static int directory_of(const char *path, struct stat *directory, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    char *parent = slash ? strndup(path, (size_t)(*name - path)) : strdup(".");
    int found = parent && stat(parent, directory) == 0;
    free(parent);
    return found;
}

static int is_one(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int is_same_file(const char *path, int stream, const char *other)
{
    struct stat a, b;
    const char *name, *other_name;
    char end[LONGEST_PATH], other_end[LONGEST_PATH];
    int exists = status_of(path, stream, &a), other_exists = status_of(other, -1, &b);
    if (exists && other_exists) {
        /* A terminal or /dev/null may be as many things as one likes. */
        return is_one(&a, &b) && S_ISREG(a.st_mode);
    }
    return !exists && !other_exists && !is_stream(path, stream) && path_behind_links(path, end) &&
           path_behind_links(other, other_end) && directory_of(end, &a, &name) &&
           directory_of(other_end, &b, &other_name) && is_one(&a, &b) && strcmp(name, other_name) == 0;
}

static int is_log_of(const char *path, int stream, const char *database)
{
    char end[LONGEST_PATH], log[LONGEST_PATH + sizeof "-log"];
    if (!path_behind_links(database, end)) {
        return 0;
    }
    snprintf(log, sizeof log, "%s-log", end);
    return is_same_file(path, stream, log);
}

static int check_file(const struct arguments *arguments, const char *path, int stream, const char *stream_name,
                      const char *what)
{
    const char *name = is_stream(path, stream) ? stream_name : path;
    if (is_same_file(path, stream, arguments->words[0])) {
        return complain(arguments, "%s is the database itself: it cannot be %s too", name, what);
    }
    if (is_log_of(path, stream, arguments->words[0])) {
        return complain(arguments, "%s is the log of %s: it cannot be %s too", name, arguments->words[0], what);
    }
    return EXIT_FINE;
}

int check_output(const struct arguments *arguments, const char *path)
{
    return check_file(arguments, path, STDOUT_FILENO, "standard output", "an output");
}

int check_input(const struct arguments *arguments, const char *path)
{
    struct stat file;
    int code = check_file(arguments, path, STDIN_FILENO, "standard input", "an input");
    if (code != EXIT_FINE || is_stream(path, STDIN_FILENO)) {
        return code;
    }
    /* Not by opening it: what comes through a pipe comes once. */
    if (access(path, R_OK) != 0) {
        return complain(arguments, "%s: %s", path, strerror(errno));
    }
    return stat(path, &file) == 0 && S_ISDIR(file.st_mode) ? complain(arguments, "%s: %s", path, strerror(EISDIR))
                                                           : EXIT_FINE;
}

int check_new_database(const struct arguments *arguments)
{
    const char *made = arguments->words[1];
    int code = check_output(arguments, made);
    return code == EXIT_FINE && is_log_of(arguments->words[0], -1, made)
               ? complain(arguments, "%s would be the log of %s", arguments->words[0], made)
               : code;
}
