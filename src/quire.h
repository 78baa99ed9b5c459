/*
 * quire: an embeddable, ordered, transactional key/value engine.
 *
 * One database is one file: a B+tree of slotted pages, beside it a write-ahead
 * log while it is open. Keys and values are byte strings; keys are ordered by
 * their bytes (as memcmp orders them, a proper prefix first). A database holds
 * one unnamed tree and any number of named trees.
 *
 * Conventions, stated once for every function below:
 *
 *  Status.   Functions answer QUIRE_OK or one of the codes of quire_status.
 *            QUIRE_NOT_FOUND and QUIRE_EXISTS are answers, not failures. After
 *            a failure, and when a tree that is named is missing or there
 *            already, quire_error_message() says what went wrong and where.
 *  Results   come through the last pointers. On any status but QUIRE_OK they
 *            are untouched or zeroed, never half written.
 *  Bytes     passed in are borrowed for the call only. Bytes handed out belong
 *            to the library and stay as they are until the next call on the
 *            same transaction, cursor or blob, or its end; copy what you keep.
 *  Threads.  A quire_db may be used by any number of threads at once. A
 *            transaction, and every tree, cursor and blob that came from it, is
 *            used by one thread at a time, and may be handed from one thread to
 *            another with any synchronisation that orders the two.
 *  Processes A handle serves the process that opened it. After fork the child
 *            may call exec or _exit, and may open the database for itself (which
 *            is QUIRE_BUSY while the parent writes); with an inherited handle
 *            nothing it calls reaches the file: QUIRE_IO. While a child lives that
 *            called neither, the parent's lock does, too.
 *  Sizes     are in bytes unless their name says otherwise.
 *
 * The library never prints, never aborts and never calls exit.
 */
#ifndef QUIRE_H
#define QUIRE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QUIRE_VERSION "0.1.0"
#define QUIRE_FORMAT_VERSION 1

#ifndef QUIRE_API
#if defined(__GNUC__)
#define QUIRE_API __attribute__((visibility("default")))
#else
#define QUIRE_API
#endif
#endif

#if defined(__GNUC__)
#define QUIRE_CHECKED __attribute__((warn_unused_result))
#else
#define QUIRE_CHECKED
#endif

typedef enum quire_status {
    QUIRE_OK = 0,
    QUIRE_NOT_FOUND = -1,       /* no such key, tree or page */
    QUIRE_EXISTS = -2,          /* an insert-only put or a create met what it would make */
    QUIRE_INVALID = -3,         /* the caller's mistake: argument, handle or order of calls */
    QUIRE_CORRUPT = -4,         /* bytes on disk break a rule of docs/FORMAT.md */
    QUIRE_IO = -5,              /* a VFS call failed; the message carries errno */
    QUIRE_DISK_FULL = -6,       /* the VFS had no room to grow a file */
    QUIRE_NO_MEMORY = -7,       /* an allocation failed */
    QUIRE_BUSY = -8,            /* another process or writer holds the database */
    QUIRE_READ_ONLY = -9,       /* a write through a read-only handle */
    QUIRE_NOT_A_DATABASE = -10, /* the file does not start like a quire file */
    QUIRE_OLD_FORMAT = -11,     /* an older format that this build leaves out */
    QUIRE_NEW_FORMAT = -12,     /* a format newer than this build */
    QUIRE_SNAPSHOT_LOST = -13,  /* the reader was ended: it pinned too much */
    QUIRE_DOOMED = -14,         /* the transaction failed midway: quire_rollback or quire_rollback_to is left */
    QUIRE_POISONED = -15,       /* a sync failed: close and reopen the database */
    QUIRE_CANCELLED = -16       /* a progress callback asked to stop */
} quire_status;

/* The code's name, such as "QUIRE_CORRUPT". Static storage. */
QUIRE_API const char *quire_status_name(quire_status status);

typedef struct quire_db quire_db;
typedef struct quire_txn quire_txn;
typedef struct quire_tree quire_tree;
typedef struct quire_cursor quire_cursor;
typedef struct quire_blob quire_blob;
typedef struct quire_backup quire_backup;

typedef struct quire_bytes {
    const uint8_t *data;
    size_t size;
} quire_bytes;

typedef struct quire_pair {
    quire_bytes key;
    quire_bytes value;
} quire_pair;

/* ---- Hooks an embedder may set ------------------------------------------ */

/*
 * Where files live. The library asks nothing else of the operating system, so a
 * VFS decides all it can see: the same calls give the same file. (The default
 * allocator advises it about large blocks, and waits for no answer.) Every
 * function answers 0 or a positive errno value; `context` is the VFS's own.
 */
typedef struct quire_file quire_file;

enum { QUIRE_VFS_CREATE = 1, QUIRE_VFS_READ_ONLY = 2, QUIRE_VFS_EXCLUSIVE = 4 };
enum { QUIRE_LOCK_NONE = 0, QUIRE_LOCK_SHARED = 1, QUIRE_LOCK_EXCLUSIVE = 2 };

typedef struct quire_vfs {
    void *context;
    int (*open)(void *context, const char *path, int flags, quire_file **file);
    int (*close)(void *context, quire_file *file);
    /* Reads up to size bytes at offset; *got is less than size only at the file's end. */
    int (*read)(void *context, quire_file *file, uint64_t offset, void *buffer, size_t size, size_t *got);
    /* Writes all of size bytes or answers an error. */
    int (*write)(void *context, quire_file *file, uint64_t offset, const void *buffer, size_t size);
    int (*sync)(void *context, quire_file *file);
    int (*size)(void *context, quire_file *file, uint64_t *size);
    int (*truncate)(void *context, quire_file *file, uint64_t size);
    /* Takes, changes or drops the one lock on a file; EAGAIN when another holder is in the way. */
    int (*lock)(void *context, quire_file *file, int lock);
    int (*remove)(void *context, const char *path);
    /* Makes a created or removed name durable (POSIX: fsync of the directory). */
    int (*sync_name)(void *context, const char *path);
    /* Bytes that nobody can guess: a new file's salt, and a secret of each open, which hostile files cannot know. */
    int (*random)(void *context, void *buffer, size_t size);
    /* Milliseconds of a clock that never goes back; used for waits and reader ages only. */
    uint64_t (*now_ms)(void *context);
    void (*sleep_ms)(void *context, uint32_t milliseconds);
    /* Gives a file another name in the same directory; EEXIST, and nothing happens, if that name is taken. */
    int (*rename)(void *context, const char *from, const char *to);
    /*
     * Writes a file's full path into `full`, ended by NUL: one that leads to it wherever the process goes, and past
     * symbolic links, so that a database has one log by whatever name it is opened. What is not there yet has one, too.
     * ENAMETOOLONG if `size` bytes do not do. NULL: paths are taken as they stand.
     */
    int (*full_path)(void *context, const char *path, char *full, size_t size);
} quire_vfs;

/* The VFS of the operating system. Static storage. */
QUIRE_API const quire_vfs *quire_vfs_posix(void);

/*
 * A VFS in memory, empty, for tests and throw-away databases: its files live
 * until quire_vfs_memory_free. `seed` starts its random numbers. Thread-safe.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_vfs_memory_new(uint64_t seed, quire_vfs **vfs);
QUIRE_API void quire_vfs_memory_free(quire_vfs *vfs);

typedef struct quire_memory {
    void *context;
    void *(*allocate)(void *context, size_t size); /* aligned as malloc; NULL when there is none */
    void *(*resize)(void *context, void *block, size_t size);
    void (*release)(void *context, void *block); /* NULL is allowed */
} quire_memory;

/* Progress of long work: done of total units. Answer non-zero to stop it with QUIRE_CANCELLED. */
typedef int (*quire_progress)(void *context, uint64_t done, uint64_t total);

/* ---- Opening and closing ------------------------------------------------- */

typedef enum quire_sync_mode {
    QUIRE_SYNC_FULL = 0,   /* a commit is durable when it returns */
    QUIRE_SYNC_NORMAL = 1, /* after a power cut: a consistent prefix of the commits */
    QUIRE_SYNC_OFF = 2     /* after a power cut: anything; after a process crash: every commit */
} quire_sync_mode;

enum {
    QUIRE_OPEN_CREATE = 1,    /* make the file if it is missing */
    QUIRE_OPEN_READ_ONLY = 2, /* write nothing at all, not even recovery */
    QUIRE_OPEN_EXCLUSIVE = 4, /* with CREATE: the file must not exist */
    QUIRE_OPEN_PROFILE = 8    /* count from the start; see quire_counters_get */
};

typedef struct quire_options {
    uint32_t flags;             /* QUIRE_OPEN_*; default QUIRE_OPEN_CREATE */
    uint32_t page_size;         /* of a new file: 512 to 32768, a power of two; default 8192 */
    size_t cache_bytes;         /* budget of cached pages; default 64 MiB. The log's buffer: as much, 64 KiB to 1 MiB */
    size_t pinned_bytes;        /* limit of page versions kept for readers; default cache_bytes */
    uint64_t log_bytes;         /* checkpoint once the log is longer; default 64 MiB */
    quire_sync_mode sync;       /* default QUIRE_SYNC_FULL */
    uint32_t reader_age_ms;     /* limit of a reader's age; default 0: none. See quire_readers */
    uint32_t busy_wait_ms;      /* how long to wait for a lock; default 0: answer QUIRE_BUSY at once */
    const quire_vfs *vfs;       /* default quire_vfs_posix() */
    const quire_memory *memory; /* default malloc, realloc, free */
    void (*log)(void *context, const char *message); /* notices such as a recovery's report */
    void *log_context;
    /*
     * Of recovery at open. Done and total are bytes: of the log, which is read, and then also of the pages that it
     * changed, which are written. So total grows once, when the log has been read; each mebibyte is told. A read-only
     * open writes nothing. Whenever it is stopped nothing is lost, and the next open recovers.
     */
    quire_progress progress;
    void *progress_context;
    char *message; /* if open fails: receives the message, ended by NUL */
    size_t message_size;
} quire_options;

/* Fills in the defaults. Always call it first: later versions may add fields. */
QUIRE_API void quire_options_init(quire_options *options);

/*
 * Opens, and by default creates, the database at `path`, after a crash recovers
 * it. NULL options mean the defaults. One process may hold it for writing, or
 * any number for reading. Until it is closed, and after a crash, what is committed
 * stands in part in `path`-log: both belong together. So no database is made
 * where its log stands already: QUIRE_CORRUPT, and both stay as they are. In the
 * modes that sync, an open for writing syncs what it finds, and the file's name.
 *   QUIRE_BUSY, QUIRE_NOT_FOUND (no file and no CREATE), QUIRE_EXISTS,
 *   QUIRE_NOT_A_DATABASE, QUIRE_OLD_FORMAT, QUIRE_NEW_FORMAT, QUIRE_CORRUPT,
 *   QUIRE_IO, QUIRE_DISK_FULL, QUIRE_NO_MEMORY, QUIRE_INVALID, QUIRE_CANCELLED.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_open(const char *path, const quire_options *options, quire_db **db);

/*
 * Checkpoints and closes; afterwards the file alone is the whole database.
 * QUIRE_INVALID, and nothing happens, while a transaction is open. On any other
 * failure the handle is gone all the same and the log keeps what was committed.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_close(quire_db *db);

/* What the last failing call on this database said. Valid until the next failing call. */
QUIRE_API const char *quire_error_message(const quire_db *db);

/*
 * Makes every commit so far durable, whatever the sync mode; in off mode until the
 * next commit or checkpoint, which syncs nothing and may leave anything in a power cut.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_sync(quire_db *db);

/*
 * Moves the log into the file and gives free space at its end back. It begins
 * when no write transaction is open, and waits for that; once it writes the file,
 * commits go on beside it (into the log's other half), and readers always do. So
 * a program may run it in a thread of its own. Without one, a commit that finds
 * the log longer than `log_bytes` runs it before it returns. One runs at a time.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_checkpoint(quire_db *db);

/* ---- Transactions --------------------------------------------------------- */

enum { QUIRE_READ = 0, QUIRE_WRITE = 1, QUIRE_NO_WAIT = 2 };

/*
 * Starts a transaction. A reader sees the last commit and never blocks. A
 * writer waits for the open writer to end, and for a checkpoint when commits
 * beside it have filled `log_bytes` again (with QUIRE_NO_WAIT: QUIRE_BUSY).
 */
QUIRE_API QUIRE_CHECKED quire_status quire_begin(quire_db *db, int mode, quire_txn **txn);

/*
 * Ends a writer with all its changes, or a reader. Whatever the status, the
 * transaction is over and its handle dead: any call on it answers QUIRE_INVALID
 * until the database hands the handle out again.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_commit(quire_txn *txn);

/* Ends the transaction without its changes. NULL is allowed. */
QUIRE_API void quire_rollback(quire_txn *txn);

/*
 * Savepoints nest: rolling back to one ends those made after it, and keeps it. Cursors keep their place by key;
 * blobs end, and so do the handles and cursors of trees that were made since. It is also the way back, beside
 * quire_rollback, from a call that failed midway and left the transaction QUIRE_DOOMED.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_savepoint(quire_txn *txn, uint32_t *savepoint);
QUIRE_API QUIRE_CHECKED quire_status quire_rollback_to(quire_txn *txn, uint32_t savepoint);
QUIRE_API QUIRE_CHECKED quire_status quire_release(quire_txn *txn, uint32_t savepoint);

typedef struct quire_reader {
    uint64_t age_ms;
    uint64_t snapshot_lsn;
    size_t pinned_bytes; /* page versions that no younger snapshot needs */
    int is_lost;         /* ended by a limit: its reads answer QUIRE_SNAPSHOT_LOST, and it pins nothing */
} quire_reader;

/*
 * Calls `visit` for each open reader, oldest first; stops when it answers non-zero.
 *
 * Two limits of quire_options end readers, the oldest first; from then on their
 * calls answer QUIRE_SNAPSHOT_LOST (a cursor's once it leaves the leaf it stands
 * in), and only quire_rollback is left for them.
 * `pinned_bytes`: when the versions kept for all readers together pass it.
 * `reader_age_ms`: when a write transaction or a checkpoint begins, and the reader
 * is older. A reader that is in nobody's way, because nobody writes, is left alone.
 *   QUIRE_NO_MEMORY, QUIRE_INVALID.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_readers(quire_db *db,
                                                   int (*visit)(void *context, const quire_reader *reader),
                                                   void *context);

/* ---- Trees ---------------------------------------------------------------- */

enum { QUIRE_TREE_SLOTS_V1 = 1, QUIRE_TREE_SLOTS_V2 = 2, QUIRE_TREE_SLOTS_V3 = 3 };
enum { QUIRE_RECORDS_PREFIX = 0, QUIRE_RECORDS_PLAIN = 1 };

typedef struct quire_tree_options {
    uint8_t slots;    /* slot directory of new leaves: QUIRE_TREE_SLOTS_*; default V3 */
    uint8_t records;  /* QUIRE_RECORDS_*; default plain */
    uint8_t in_place; /* 1: edit leaves in place (default); 0: rebuild the leaf at each edit */
    uint8_t keep;     /* 0: an older leaf met on write is upgraded (default); 1: it keeps its version */
} quire_tree_options;

QUIRE_API void quire_tree_options_init(quire_tree_options *options);

/*
 * Names are 1 to 56 bytes (a key at the smallest page size). A quire_tree belongs to its transaction and ends
 * with it. Where a function takes a tree, NULL means the unnamed tree.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_tree_open(quire_txn *txn, const char *name, quire_tree **tree);
QUIRE_API QUIRE_CHECKED quire_status quire_tree_create(quire_txn *txn, const char *name,
                                                       const quire_tree_options *options, quire_tree **tree);
QUIRE_API QUIRE_CHECKED quire_status quire_tree_rename(quire_txn *txn, const char *from, const char *to);
/* QUIRE_INVALID while a cursor on the tree is open; handles and blobs of the tree end with it. */
QUIRE_API QUIRE_CHECKED quire_status quire_tree_drop(quire_txn *txn, const char *name);
/* Names in byte order; the unnamed tree is not among them. Stops when `visit` answers non-zero. */
QUIRE_API QUIRE_CHECKED quire_status quire_tree_list(quire_txn *txn, int (*visit)(void *context, const char *name),
                                                     void *context);
/* The options govern later writes; existing leaves stay as they are until written. */
QUIRE_API QUIRE_CHECKED quire_status quire_tree_options_get(quire_txn *txn, quire_tree *tree,
                                                            quire_tree_options *options);
QUIRE_API QUIRE_CHECKED quire_status quire_tree_options_set(quire_txn *txn, quire_tree *tree,
                                                            const quire_tree_options *options);
/* Rewrites every leaf of another version in the tree's own. *leaves counts them. */
QUIRE_API QUIRE_CHECKED quire_status quire_tree_upgrade(quire_txn *txn, quire_tree *tree, uint64_t *leaves);

/* ---- Records -------------------------------------------------------------- */

enum { QUIRE_PUT_INSERT_ONLY = 1 };

/* Keys are 1 to page_size/8 - 8 bytes long (1016 at 8 KiB), values 0 to 2^31-1. */
QUIRE_API size_t quire_key_max(const quire_db *db);

QUIRE_API QUIRE_CHECKED quire_status quire_get(quire_txn *txn, quire_tree *tree, quire_bytes key, quire_bytes *value);
QUIRE_API QUIRE_CHECKED quire_status quire_put(quire_txn *txn, quire_tree *tree, quire_bytes key, quire_bytes value,
                                               int flags);
QUIRE_API QUIRE_CHECKED quire_status quire_delete(quire_txn *txn, quire_tree *tree, quire_bytes key);

/*
 * Puts a run of pairs in ascending order of key; of equal keys the last wins.
 * An unsorted or bad pair is QUIRE_INVALID, *bad (may be NULL) is its index,
 * and nothing changes.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_put_many(quire_txn *txn, quire_tree *tree, const quire_pair *pairs,
                                                    size_t count, size_t *bad);

/* Deletes low <= key < high (an empty high has no bound), or all that start with `prefix`. */
QUIRE_API QUIRE_CHECKED quire_status quire_delete_range(quire_txn *txn, quire_tree *tree, quire_bytes low,
                                                        quire_bytes high, uint64_t *deleted);
QUIRE_API QUIRE_CHECKED quire_status quire_delete_prefix(quire_txn *txn, quire_tree *tree, quire_bytes prefix,
                                                         uint64_t *deleted);

/*
 * A blob reads and writes parts of one value without holding it whole. Open
 * takes an existing value; create makes or replaces one of `size` zero bytes.
 * Reading past the end gives fewer bytes; writing past it is QUIRE_INVALID
 * (resize first). A write to its key by other means ends the blob: QUIRE_INVALID.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_blob_open(quire_txn *txn, quire_tree *tree, quire_bytes key,
                                                     quire_blob **blob);
QUIRE_API QUIRE_CHECKED quire_status quire_blob_create(quire_txn *txn, quire_tree *tree, quire_bytes key, uint64_t size,
                                                       quire_blob **blob);
QUIRE_API uint64_t quire_blob_size(const quire_blob *blob);
QUIRE_API QUIRE_CHECKED quire_status quire_blob_read(quire_blob *blob, uint64_t offset, void *buffer, size_t size,
                                                     size_t *got);
QUIRE_API QUIRE_CHECKED quire_status quire_blob_write(quire_blob *blob, uint64_t offset, const void *data, size_t size);
QUIRE_API QUIRE_CHECKED quire_status quire_blob_resize(quire_blob *blob, uint64_t size);
QUIRE_API void quire_blob_close(quire_blob *blob);

/* ---- Cursors -------------------------------------------------------------- */

enum { QUIRE_BOUND_NONE = 0, QUIRE_BOUND_INCLUDED = 1, QUIRE_BOUND_EXCLUDED = 2 };

/*
 * A cursor stands on a record, or before the first, or after the last. It keeps
 * its place by key when the transaction edits the tree, also when its record is
 * deleted: next and previous then go to its neighbours. A move past either end
 * answers QUIRE_NOT_FOUND. `key` and `value` may be NULL where they come out.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_open(quire_txn *txn, quire_tree *tree, quire_cursor **cursor);
QUIRE_API void quire_cursor_close(quire_cursor *cursor);
/* Limits all moves to the records between; the cursor then stands before the first. */
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_bounds(quire_cursor *cursor, int low_kind, quire_bytes low,
                                                         int high_kind, quire_bytes high);
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_prefix(quire_cursor *cursor, quire_bytes prefix);
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_first(quire_cursor *cursor, quire_bytes *key, quire_bytes *value);
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_last(quire_cursor *cursor, quire_bytes *key, quire_bytes *value);
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_next(quire_cursor *cursor, quire_bytes *key, quire_bytes *value);
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_previous(quire_cursor *cursor, quire_bytes *key, quire_bytes *value);
/* Goes to the first record at or after `target` (seek), or the last at or before it (seek_back). */
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_seek(quire_cursor *cursor, quire_bytes target, quire_bytes *key,
                                                       quire_bytes *value);
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_seek_back(quire_cursor *cursor, quire_bytes target, quire_bytes *key,
                                                            quire_bytes *value);
/* Changes or deletes the record the cursor stands on; QUIRE_NOT_FOUND when it stands on none. */
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_replace(quire_cursor *cursor, quire_bytes value);
QUIRE_API QUIRE_CHECKED quire_status quire_cursor_delete(quire_cursor *cursor);

/* ---- Looking inside -------------------------------------------------------- */

typedef struct quire_tree_stat {
    uint64_t records;
    uint64_t depth; /* levels, a lone leaf is 1 */
    uint64_t leaf_pages, branch_pages, overflow_pages;
    uint64_t leaf_live_bytes;                              /* records and slots in the leaves */
    uint64_t leaf_usable_bytes;                            /* what they could hold, headers and fences apart */
    uint64_t last_leaf_live_bytes, last_leaf_usable_bytes; /* the rightmost leaf's share of the two */
    uint64_t leaves_by_version[2][3];                      /* [records: prefix, plain][slots: V1, V2, V3] */
} quire_tree_stat;

typedef struct quire_db_stat {
    uint32_t page_size;
    uint32_t format_version;
    uint64_t page_count, free_pages;
    uint64_t file_bytes, log_bytes;
    uint64_t last_commit_lsn;
    uint32_t log_generation;
} quire_db_stat;

QUIRE_API QUIRE_CHECKED quire_status quire_tree_stat_get(quire_txn *txn, quire_tree *tree, quire_tree_stat *stat);
QUIRE_API QUIRE_CHECKED quire_status quire_db_stat_get(quire_db *db, quire_db_stat *stat);

/* What an audit found: the rule of docs/FORMAT.md, such as "P8", where, and a sentence. */
typedef struct quire_violation {
    uint32_t pgno;
    const char *rule;
    const char *message;
} quire_violation;

/*
 * Audits the snapshot of `txn`: every page, each used once or free, order and
 * fences across leaves, chains, counts. Calls `visit` for each violation and
 * answers QUIRE_CORRUPT if there was one. `progress` may be NULL.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_check(quire_txn *txn,
                                                 void (*visit)(void *context, const quire_violation *violation),
                                                 void *context, quire_progress progress, void *progress_context);

/* Writes the snapshot of `txn` into a new file, its leaves packed. */
QUIRE_API QUIRE_CHECKED quire_status quire_copy(quire_txn *txn, const char *path, const quire_options *options,
                                                quire_progress progress, void *progress_context);

/*
 * Backup copies one snapshot, that of begin, page by page into a new file while
 * writers and other readers go on. Each page passes the same checks as in a read,
 * so that damage is told (QUIRE_CORRUPT) and not copied.
 *
 * A step copies up to `pages` pages and says how many of the *total are left;
 * `remaining` and `total` may be NULL. Between steps nothing is held but the
 * snapshot: when versions kept for it pass `pinned_bytes`, or it is older than
 * `reader_age_ms`, a step answers QUIRE_SNAPSHOT_LOST, and the backup is begun
 * again. After a failure only abort is left.
 *
 * finish, once nothing remains, makes the file durable and then gives it its
 * name: until then it is `path`-partial, and after a crash it has no meta pages,
 * or stands under that name still. It ends the backup whatever it answers, unless
 * pages remain: then it is QUIRE_INVALID and changes nothing. abort ends it and
 * removes the file. A backup is used by one thread at a time, and counts as an
 * open transaction. `files`: VFS and sync mode; NULL: those of the database.
 *   QUIRE_EXISTS (path or path-partial), QUIRE_IO, QUIRE_DISK_FULL,
 *   QUIRE_NO_MEMORY, QUIRE_CORRUPT, QUIRE_SNAPSHOT_LOST, QUIRE_INVALID.
 */
QUIRE_API QUIRE_CHECKED quire_status quire_backup_begin(quire_db *db, const char *path, const quire_options *files,
                                                        quire_backup **backup);
QUIRE_API QUIRE_CHECKED quire_status quire_backup_step(quire_backup *backup, uint64_t pages, uint64_t *remaining,
                                                       uint64_t *total);
QUIRE_API QUIRE_CHECKED quire_status quire_backup_finish(quire_backup *backup);
QUIRE_API void quire_backup_abort(quire_backup *backup);

/*
 * Salvage reads a damaged database at `bad_path`, whatever quire_open says of
 * it, and makes a new one of every record of every intact leaf it finds, in the
 * file and in the log, also without either meta page. It writes nothing to the
 * damaged file and takes a reader's lock on it.
 *
 *  Where leaves overlap, the one that was edited last (the highest LSN) decides
 *  for each key of its range, also that the key is not there. So each key whose
 *  leaf of the last commit is intact is salvaged as that commit left it, and
 *  a leaf that is older shows only where no newer one is left.
 *  A value in overflow pages is salvaged whole or told as lost, its record left out.
 *  Trees keep their names and options as far as the catalog is intact; others are
 *  named "salvaged-ID". A tree that is named and of which no leaf is left is empty.
 *
 * The new file has the page size of the damaged one and is under its name only
 * when it is whole. `files` are options as for quire_open (VFS, memory, sync,
 * cache, busy_wait_ms; the rest is left aside; NULL: the defaults). `options`
 * and `report` may be NULL.
 *   QUIRE_NOT_FOUND, QUIRE_BUSY, QUIRE_EXISTS (new_path, or what an interrupted
 *   salvage left beside it: new_path-partial), QUIRE_NOT_A_DATABASE (nothing in
 *   it is a page of quire's), QUIRE_OLD_FORMAT, QUIRE_IO, QUIRE_DISK_FULL,
 *   QUIRE_NO_MEMORY, QUIRE_CANCELLED, QUIRE_INVALID. The message goes to files->message.
 */
typedef struct quire_salvage_options {
    quire_progress progress; /* in pages of the damaged file, each counted twice; total 0: not known */
    void *progress_context;
    /* Called for each value whose chain is not whole: the id of its tree, its key, its size in bytes. */
    void (*lost)(void *context, uint32_t tree, quire_bytes key, uint64_t size);
    void *lost_context;
} quire_salvage_options;

typedef struct quire_salvage_report {
    uint32_t page_size;
    uint64_t pages;              /* places of the file, a cut-off last one included: intact and damaged ones */
    uint64_t pages_intact;       /* right checksum, and every rule of a page kept */
    uint64_t pages_damaged;      /* anything else, also places that hold no page */
    uint64_t pages_misplaced;    /* of the intact ones: another page's bytes at this place */
    uint64_t pages_stale;        /* of the intact ones: older than the last checkpoint says */
    uint64_t log_commits;        /* whole transactions found in the log */
    uint64_t log_records;        /* page records in them */
    uint64_t log_pages;          /* pages of which the log has a whole version */
    uint64_t leaves;             /* the newest intact versions of pages that are leaves */
    uint64_t trees;              /* in the new database */
    uint64_t trees_unnamed;      /* of them: whose name was lost */
    uint64_t records;            /* in the new database */
    uint64_t records_superseded; /* in leaves, but a newer leaf decides on their range */
    uint64_t values_lost;        /* records whose value was not whole */
} quire_salvage_report;

QUIRE_API QUIRE_CHECKED quire_status quire_salvage(const char *bad_path, const char *new_path,
                                                   const quire_options *files, const quire_salvage_options *options,
                                                   quire_salvage_report *report);

/* Describes one page as text, line by line: header, fences, slots, free regions. Works on damaged pages. */
QUIRE_API QUIRE_CHECKED quire_status quire_inspect(quire_txn *txn, uint32_t pgno,
                                                   void (*line)(void *context, const char *text), void *context);

/*
 * Counters: off unless QUIRE_OPEN_PROFILE is given, quire_counters_enable is
 * called, or the environment says QUIRE_PROFILE=1 (unset, empty and 0 mean off).
 * `name` is static; times end in _ns. The list is in docs/COUNTERS.md.
 */
typedef struct quire_counter {
    const char *name;
    uint64_t value;
} quire_counter;

QUIRE_API void quire_counters_enable(quire_db *db, int on);
QUIRE_API void quire_counters_reset(quire_db *db);
/* Copies up to `capacity` counters, and answers how many there are. */
QUIRE_API size_t quire_counters_get(quire_db *db, quire_counter *counters, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
