/*
 * From a path to a pager and back. Nothing is written before the lock is held
 * and the file is known to be ours or empty; a new file is whole and durable
 * before the caller hears of it.
 */
#include "pager_core.h"

#include "../base/bytes.h"

#include <errno.h>
#include <string.h>

enum { PAGE_SIZE_MIN = 512, PAGE_SIZE_MAX = 32768, META_PROBE = 160 };

/* Even, so that a small database's log begins at the first byte of its file. LSN 0 means none. */
enum { FIRST_GENERATION = 2, FIRST_LSN = 1024, FIRST_PAGES = 3 };

/* ---- the struct ---- */

static void open_free(struct pager *pager)
{
    const quire_memory *memory = pager->memory;
    versions_free(&pager->versions);
    cache_free(&pager->cache);
    index_free(&pager->index);
    log_free(&pager->log);
    if (pager->file != NULL)
        (void)pager->vfs->close(pager->vfs->context, pager->file);
    memory_release(memory, pager->codec_scratch);
    memory_release(memory, pager->record_body);
    memory_release(memory, pager->chain);
    memory_release(memory, pager->path);
    memory_release(memory, pager->file_path);
    memory_release(memory, pager->log_path);
    (void)pthread_cond_destroy(&pager->changed);
    (void)pthread_mutex_destroy(&pager->mutex);
    memory_release(memory, pager);
}

static struct pager *open_allocate(const struct pager_config *config)
{
    const quire_memory *memory = config->options->memory;
    struct pager *pager = memory_allocate(memory, sizeof *pager);
    if (pager == NULL)
        return NULL;
    memset(pager, 0, sizeof *pager);
    pager->codec = config->codec;
    pager->options = *config->options;
    pager->vfs = config->options->vfs;
    pager->memory = memory;
    pager->read_only = (config->options->flags & QUIRE_OPEN_READ_ONLY) != 0;
    pager->log.memory = memory;
    pager->cache.memory = memory;
    pager->index.memory = memory;
    if (pthread_mutex_init(&pager->mutex, NULL) != 0) {
        memory_release(memory, pager);
        return NULL;
    }
    if (pthread_cond_init(&pager->changed, NULL) != 0) {
        (void)pthread_mutex_destroy(&pager->mutex);
        memory_release(memory, pager);
        return NULL;
    }
    pager->path = path_joined(memory, config->path, "");
    if (pager->path == NULL) {
        open_free(pager);
        return NULL;
    }
    return pager;
}

/* Where the file and its log are, whatever the caller's name for it. */
static quire_status open_find_paths(struct pager *pager, struct fault *fault)
{
    quire_status status = vfs_full_path(pager->vfs, pager->memory, pager->path, &pager->file_path, fault);
    if (status != QUIRE_OK)
        return status;
    pager->log_path = path_joined(pager->memory, pager->file_path, "-log");
    return pager->log_path != NULL ? QUIRE_OK : fault_set(fault, QUIRE_NO_MEMORY, "no memory to open %s", pager->path);
}

static quire_status open_random(const struct pager *pager, uint64_t *number, struct fault *fault)
{
    uint8_t bytes[8];
    int error = pager->vfs->random(pager->vfs->context, bytes, sizeof bytes);
    if (error != 0)
        return fault_errno(fault, error, "get random bytes for", pager->path);
    *number = load64(bytes);
    return QUIRE_OK;
}

/* What needs the page size. */
static quire_status open_set_up(struct pager *pager, const struct pager_meta *meta, struct fault *fault)
{
    pager->page_size = meta->page_size;
    pager->salt = meta->salt;
    log_init(&pager->log, pager->vfs, pager->memory, pager->log_path, meta->salt, meta->page_size,
             pager->options.cache_bytes);
    uint64_t secret = 0;
    quire_status status = open_random(pager, &secret, fault);
    if (status != QUIRE_OK)
        return status;
    index_init(&pager->index, pager->memory, secret);
    int has_cache = cache_init(&pager->cache, pager->memory, meta->page_size, pager->options.cache_bytes);
    pager->owing_limit = pager->cache.budget / OWING_PART;
    versions_init(&pager->versions, &pager->cache, &pager->index, pager->options.pinned_bytes);
    memory_release(pager->memory, pager->codec_scratch);
    pager->codec_scratch = memory_allocate(pager->memory, pager->codec->scratch_size(meta->page_size) + 1);
    pager->record_body = memory_allocate(pager->memory, 4 * (size_t)meta->page_size);
    if (!has_cache || pager->codec_scratch == NULL || pager->record_body == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory to open %s", pager->path);
    return QUIRE_OK;
}

/* ---- file and lock ---- */

static quire_status open_file(struct pager *pager, int *created, struct fault *fault)
{
    const quire_vfs *vfs = pager->vfs;
    uint32_t flags = pager->options.flags;
    int may_create = (flags & QUIRE_OPEN_CREATE) && !pager->read_only;
    int error = ENOENT;
    *created = 0;
    if (!(may_create && (flags & QUIRE_OPEN_EXCLUSIVE)))
        error = vfs->open(vfs->context, pager->file_path, pager->read_only ? QUIRE_VFS_READ_ONLY : 0, &pager->file);
    if (error == ENOENT && may_create) {
        /* Exclusively: if another creates it at the same time, it is theirs and is opened as such. */
        error = vfs->open(vfs->context, pager->file_path, QUIRE_VFS_CREATE | QUIRE_VFS_EXCLUSIVE, &pager->file);
        *created = error == 0;
        if (error == EEXIST && !(flags & QUIRE_OPEN_EXCLUSIVE))
            error = vfs->open(vfs->context, pager->file_path, 0, &pager->file);
    }
    if (error == 0)
        return QUIRE_OK;
    pager->file = NULL;
    if (error == ENOENT)
        return fault_set(fault, QUIRE_NOT_FOUND,
                         may_create ? "cannot create %s: its directory is not there" : "there is no file %s",
                         pager->path);
    if (error == EEXIST)
        return fault_set(fault, QUIRE_EXISTS, "%s exists already", pager->path);
    return fault_errno(fault, error, "open", pager->path);
}

static quire_status open_lock(struct pager *pager, struct fault *fault)
{
    uint64_t waited;
    int lock = pager->read_only ? QUIRE_LOCK_SHARED : QUIRE_LOCK_EXCLUSIVE;
    int error = vfs_lock(pager->vfs, pager->file, lock, pager->options.busy_wait_ms, &waited);
    if (error == EAGAIN)
        return fault_set(fault, QUIRE_BUSY, "%s is held by another process or handle (waited %llu ms)", pager->path,
                         (unsigned long long)waited);
    return error != 0 ? fault_errno(fault, error, "lock", pager->path) : QUIRE_OK;
}

/* ---- a new file ---- */

static quire_status open_sync_name(struct pager *pager, struct fault *fault)
{
    int error = pager->vfs->sync_name(pager->vfs->context, pager->file_path);
    return error != 0 ? fault_errno(fault, error, "sync the directory of", pager->path) : QUIRE_OK;
}

/*
 * The map page first: when a meta page is found, all that it needs is there. A
 * crash in between leaves zeros and at most that map page's header, which
 * open_is_unfinished knows again.
 */
static quire_status create_file(struct pager *pager, const struct pager_config *config, struct fault *fault)
{
    struct pager_meta meta = {.format_version = QUIRE_FORMAT_VERSION,
                              .page_size = config->options->page_size,
                              .generation = FIRST_GENERATION,
                              .page_count = FIRST_PAGES,
                              .first_lsn = FIRST_LSN,
                              .checkpoint = 1};
    memcpy(meta.state, config->initial_state, PAGER_STATE_SIZE);
    quire_status status = open_random(pager, &meta.salt, fault);
    if (status == QUIRE_OK)
        status = open_set_up(pager, &meta, fault);
    if (status != QUIRE_OK)
        return status;
    uint8_t *map = pager->record_body;
    memset(map, 0, pager->page_size);
    pager->codec->map_init(map, pager->page_size, 2);
    pager->codec->seal(map, pager->page_size, pager->salt);
    int error =
        pager->vfs->write(pager->vfs->context, pager->file, 2 * (uint64_t)pager->page_size, map, pager->page_size);
    if (error != 0)
        return fault_errno(fault, error, "write", pager->path);
    status = pager_sync_file(pager, fault);
    if (status == QUIRE_OK)
        status = pager_write_metas(pager, &meta, fault);
    if (status != QUIRE_OK)
        return status;
    if (pager->options.sync != QUIRE_SYNC_OFF)
        status = open_sync_name(pager, fault);
    if (status != QUIRE_OK)
        return status;
    int found;
    return pager_recover(pager, &meta, 0, &found, fault);
}

/* 1 if the file is empty or what a crash in create_file leaves. */
static quire_status open_is_unfinished(struct pager *pager, uint64_t size, int *answer, struct fault *fault)
{
    *answer = size == 0;
    if (size == 0 || size % PAGE_SIZE_MIN != 0 || size > FIRST_PAGES * (uint64_t)PAGE_SIZE_MAX)
        return QUIRE_OK;
    uint8_t *bytes = memory_allocate(pager->memory, (size_t)size);
    if (bytes == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory to open %s", pager->path);
    size_t got = 0;
    int error = pager->vfs->read(pager->vfs->context, pager->file, 0, bytes, (size_t)size, &got);
    size_t header = 48;
    for (size_t n = PAGE_SIZE_MIN; n <= PAGE_SIZE_MAX && error == 0 && !*answer; n *= 2)
        *answer = got > 2 * n && got <= 3 * n && bytes_are_zero(bytes, 2 * n) &&
                  (got <= 2 * n + header || bytes_are_zero(bytes + 2 * n + header, got - 2 * n - header));
    memory_release(pager->memory, bytes);
    return error != 0 ? fault_errno(fault, error, "read", pager->path) : QUIRE_OK;
}

/*
 * What a crash in create_file leaves has no log beside it. Where there is one, the
 * file has been removed or emptied, or its meta pages are gone, and the log may be all
 * that is left of what was committed: it must not be written over.
 */
static quire_status open_check_no_log(struct pager *pager, struct fault *fault)
{
    const quire_vfs *vfs = pager->vfs;
    quire_file *log = NULL;
    uint64_t size = 0;
    int error = vfs->open(vfs->context, pager->log_path, QUIRE_VFS_READ_ONLY, &log);
    if (error == ENOENT)
        return QUIRE_OK;
    if (error != 0)
        return fault_errno(fault, error, "open", pager->log_path);
    error = vfs->size(vfs->context, log, &size);
    (void)vfs->close(vfs->context, log);
    if (error != 0)
        return fault_errno(fault, error, "ask for the size of", pager->log_path);
    return size == 0 ? QUIRE_OK
                     : fault_set(fault, QUIRE_CORRUPT,
                                 "%s is missing, empty or without meta pages, but its log %s has %llu bytes, which may "
                                 "be commits: put the file back or, if nothing of them is wanted, remove the log",
                                 pager->path, pager->log_path, (unsigned long long)size);
}

/* ---- an existing file ---- */

struct meta_find {
    struct pager_meta meta;
    int is_sole;    /* the other copy is damaged or missing */
    int is_unequal; /* the copies are of different checkpoints */
    uint32_t pgno;  /* of the one that counts */
};

static quire_status meta_read_at(struct pager *pager, size_t page_size, uint32_t pgno, struct pager_meta *meta,
                                 int *valid, struct fault *fault)
{
    *valid = 0;
    uint8_t *page = memory_allocate(pager->memory, page_size);
    void *scratch = memory_allocate(pager->memory, pager->codec->scratch_size(page_size) + 1);
    size_t got = 0;
    int error = 0;
    if (page != NULL && scratch != NULL) {
        error = pager->vfs->read(pager->vfs->context, pager->file, (uint64_t)pgno * page_size, page, page_size, &got);
        *valid = error == 0 && got == page_size && pager->codec->meta_read(page, page_size, pgno, meta, scratch) &&
                 meta->page_size == page_size;
    } else {
        error = ENOMEM;
    }
    memory_release(pager->memory, page);
    memory_release(pager->memory, scratch);
    return error != 0 ? fault_errno(fault, error, "read a meta page of", pager->path) : QUIRE_OK;
}

static int open_is_page_size(uint32_t size)
{
    return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX && (size & (size - 1)) == 0;
}

/* Neither meta page is good: what is this file? */
static quire_status meta_explain(struct pager *pager, int starts_like_one, uint32_t version, uint64_t size,
                                 struct fault *fault)
{
    if (!starts_like_one)
        return fault_set(fault, QUIRE_NOT_A_DATABASE, "%s does not start like a quire file (%llu bytes)", pager->path,
                         (unsigned long long)size);
    if (version > QUIRE_FORMAT_VERSION)
        return fault_set(fault, QUIRE_NEW_FORMAT, "%s has format %u, this build reads up to %u", pager->path, version,
                         QUIRE_FORMAT_VERSION);
    if (version < QUIRE_FORMAT_VERSION)
        return fault_set(fault, QUIRE_OLD_FORMAT, "%s has format %u, this build reads from %u", pager->path, version,
                         QUIRE_FORMAT_VERSION);
    return fault_set(fault, QUIRE_CORRUPT, "both meta pages of %s are damaged or cut off (the file has %llu bytes)",
                     pager->path, (unsigned long long)size);
}

/*
 * The page size is believed from meta page A only if that page is whole; else
 * meta page B is looked for at every size.
 */
static quire_status open_find_meta(struct pager *pager, uint64_t size, struct meta_find *find, struct fault *fault)
{
    uint8_t start[META_PROBE];
    size_t got = 0;
    int error = pager->vfs->read(pager->vfs->context, pager->file, 0, start, sizeof start, &got);
    if (error != 0)
        return fault_errno(fault, error, "read", pager->path);
    uint32_t version = 0, page_size = 0;
    int starts_like_one = got == sizeof start && pager->codec->meta_probe(start, &version, &page_size);
    struct pager_meta a, b;
    int has_a = 0, has_b = 0;
    quire_status status = QUIRE_OK;
    if (starts_like_one && open_is_page_size(page_size))
        status = meta_read_at(pager, page_size, 0, &a, &has_a, fault);
    if (status == QUIRE_OK && has_a)
        status = meta_read_at(pager, page_size, 1, &b, &has_b, fault);
    for (uint32_t n = PAGE_SIZE_MIN; n <= PAGE_SIZE_MAX && status == QUIRE_OK && !has_a && !has_b; n *= 2)
        status = meta_read_at(pager, n, 1, &b, &has_b, fault);
    if (status != QUIRE_OK)
        return status;
    if (!has_a && !has_b)
        return meta_explain(pager, starts_like_one, version, size, fault);
    find->is_sole = !(has_a && has_b);
    find->is_unequal = find->is_sole || a.checkpoint != b.checkpoint;
    find->pgno = has_a && (!has_b || a.checkpoint >= b.checkpoint) ? 0 : 1;
    find->meta = find->pgno == 0 ? a : b;
    return QUIRE_OK;
}

static quire_status open_check_meta(struct pager *pager, const struct pager_meta *meta, uint64_t size,
                                    struct fault *fault)
{
    uint64_t needed = (uint64_t)meta->page_count * meta->page_size;
    if (size < needed)
        return fault_set(
            fault, QUIRE_CORRUPT, "%s is truncated: it has %llu bytes, its meta page says %u pages of %u bytes (%llu)",
            pager->path, (unsigned long long)size, meta->page_count, meta->page_size, (unsigned long long)needed);
    if (meta->first_lsn == 0 || meta->first_lsn % LOG_RECORD_ALIGN != 0 || meta->first_lsn > UINT64_MAX / 4)
        return fault_set(fault, QUIRE_CORRUPT, "the meta page of %s names the impossible lsn %llu", pager->path,
                         (unsigned long long)meta->first_lsn);
    return QUIRE_OK;
}

/*
 * After a killed process, or one that was in off mode, what was just read may stand in
 * the system's memory alone, and so may the file's name. All is made durable before a
 * page or a record is written that is built on it: else a power cut could keep those
 * and take the meta page, the older records or the whole file back.
 */
static quire_status open_make_durable(struct pager *pager, struct fault *fault)
{
    if (pager->options.sync == QUIRE_SYNC_OFF)
        return QUIRE_OK;
    quire_status status = pager_sync_file(pager, fault);
    if (status == QUIRE_OK)
        status = open_sync_name(pager, fault);
    return status == QUIRE_OK ? log_sync(&pager->log, fault) : status;
}

/*
 * Brings all into the file and begins a generation. Records of that generation may
 * stand in the log, where a crash has taken their header: they are gone for good
 * before a commit is written that they could seem to follow.
 */
static quire_status open_finish_recovery(struct pager *pager, struct fault *fault)
{
    quire_status status = pager_run_checkpoint(pager, 1, fault);
    if (status == QUIRE_OK)
        status = log_empty_file(&pager->log, fault);
    return status == QUIRE_OK && pager->options.sync != QUIRE_SYNC_OFF ? log_sync(&pager->log, fault) : status;
}

static quire_status open_existing(struct pager *pager, uint64_t size, struct fault *fault)
{
    struct meta_find find;
    quire_status status = open_find_meta(pager, size, &find, fault);
    if (status == QUIRE_OK)
        status = open_check_meta(pager, &find.meta, size, fault);
    if (status == QUIRE_OK)
        status = open_set_up(pager, &find.meta, fault);
    int found = 0;
    /* The page that counts may be the only whole one: a crash amid the next write of it would leave none. */
    if (status == QUIRE_OK && find.is_unequal)
        pager->spare_meta = 1u - find.pgno;
    if (status == QUIRE_OK)
        status = pager_recover(pager, &find.meta, find.is_sole, &found, fault);
    if (status != QUIRE_OK || pager->read_only)
        return status;
    status = open_make_durable(pager, fault);
    /* A log that is there was left by a crash, be it empty. */
    if (status != QUIRE_OK || (pager->log.file == NULL && !find.is_unequal))
        return status;
    return found || find.is_unequal ? open_finish_recovery(pager, fault) : pager_run_checkpoint(pager, 0, fault);
}

/* ---- open and close ---- */

/*
 * What the file is, is asked now that nobody else has it: whoever had it while this one waited for the lock may have
 * made it whole. *created stays 1 only while it is empty.
 */
static quire_status open_locked(struct pager *pager, const struct pager_config *config, int *created,
                                struct fault *fault)
{
    uint64_t size = 0;
    int error = pager->vfs->size(pager->vfs->context, pager->file, &size);
    if (error != 0)
        return fault_errno(fault, error, "ask for the size of", pager->path);
    *created = *created && size == 0;
    int is_unfinished = *created;
    if (!*created && !pager->read_only && (pager->options.flags & QUIRE_OPEN_CREATE)) {
        quire_status status = open_is_unfinished(pager, size, &is_unfinished, fault);
        if (status != QUIRE_OK)
            return status;
    }
    if (!is_unfinished)
        return open_existing(pager, size, fault);
    quire_status status = open_check_no_log(pager, fault);
    return status == QUIRE_OK ? create_file(pager, config, fault) : status;
}

quire_status pager_open(const struct pager_config *config, struct pager **opened, struct fault *fault)
{
    *opened = NULL;
    if (!open_is_page_size(config->options->page_size))
        return fault_set(fault, QUIRE_INVALID, "a page size of %u bytes is not a power of two from %d to %d",
                         config->options->page_size, PAGE_SIZE_MIN, PAGE_SIZE_MAX);
    struct pager *pager = open_allocate(config);
    if (pager == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory to open %s", config->path);
    int created = 0;
    quire_status status = open_find_paths(pager, fault);
    if (status == QUIRE_OK)
        status = open_file(pager, &created, fault);
    if (status == QUIRE_OK)
        status = open_lock(pager, fault);
    if (status != QUIRE_OK)
        created = 0; /* whoever has it has made something of it, or took it away */
    if (status == QUIRE_OK)
        status = open_locked(pager, config, &created, fault);
    if (status == QUIRE_OK) {
        pager->recovery.total = 0; /* later checkpoints are nobody's to watch */
        *opened = pager;
        return QUIRE_OK;
    }
    if (created)
        (void)pager->vfs->remove(pager->vfs->context, pager->file_path); /* ours, and never whole */
    open_free(pager);
    return status;
}

/* The database file alone is now the whole database. */
static quire_status close_remove_log(struct pager *pager, struct fault *fault)
{
    const quire_vfs *vfs = pager->vfs;
    if (pager->log.file == NULL)
        return QUIRE_OK;
    (void)vfs->close(vfs->context, pager->log.file);
    pager->log.file = NULL;
    int error = vfs->remove(vfs->context, pager->log_path);
    if (error != 0 && error != ENOENT)
        return fault_errno(fault, error, "remove", pager->log_path);
    if (pager->options.sync == QUIRE_SYNC_OFF)
        return QUIRE_OK;
    error = vfs->sync_name(vfs->context, pager->log_path);
    return error != 0 ? fault_errno(fault, error, "sync the directory of", pager->log_path) : QUIRE_OK;
}

quire_status pager_close(struct pager *pager, struct fault *fault)
{
    quire_status status = QUIRE_OK;
    if (!pager->read_only && atomic_load(&pager->poisoned))
        status = fault_set(fault, QUIRE_POISONED, "%s was closed without a checkpoint: an earlier sync or write failed",
                           pager->path);
    else if (!pager->read_only)
        status = pager_run_checkpoint(pager, 0, fault);
    if (status == QUIRE_OK && !pager->read_only)
        status = close_remove_log(pager, fault);
    open_free(pager);
    return status;
}
