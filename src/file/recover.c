/*
 * Recovery: the log's commits become the index again. A read-write open then
 * checkpoints at once, and builds the pages for that while the log is read
 * (recover_pages.c); a read-only one rebuilds a page from its records when somebody
 * reads it, and writes nothing. All that a read-write one writes before its checkpoint
 * is the log's own records, each as it was read and found whole (log_scan.h).
 *
 * Which log counts. The meta page says in which generation and at which LSN the
 * log goes on after its checkpoint. A log that is missing, empty, of another
 * database or of an older generation means that nothing was committed since:
 * both meta pages are durable before the first byte of their generation is
 * written, and the log is removed only after a checkpoint. A log of a later
 * generation means that this meta page is stale: one step behind, it can be
 * made good when both generations are whole; else the database is corrupt.
 *
 * When one meta page is damaged the other may be the older one. If the log has
 * commits since, replaying them leads to the same state. If it has none, the
 * meta page is believed only when no map page is newer than it: any later
 * checkpoint that wrote a page has changed a map page first.
 */
#include "log_scan.h"
#include "recover_pages.h"

#include "../base/bytes.h"
#include "../base/crc32c.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PROGRESS_STEP = 1 << 20 };

quire_status pager_recovery_progress(struct pager *pager, uint64_t done, struct fault *fault)
{
    struct recovery_progress *recovery = &pager->recovery;
    recovery->done = done;
    if (pager->options.progress == NULL || recovery->total == 0 || (done < recovery->next && done < recovery->total))
        return QUIRE_OK;
    recovery->next = done + PROGRESS_STEP;
    if (pager->options.progress(pager->options.progress_context, done, recovery->total) == 0)
        return QUIRE_OK;
    return fault_set(fault, QUIRE_CANCELLED, "recovery of %s was cancelled after %llu of %llu bytes", pager->path,
                     (unsigned long long)done, (unsigned long long)recovery->total);
}

void pager_notice(struct pager *pager, const char *format, ...)
{
    if (pager->options.log == NULL)
        return;
    char message[FAULT_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    pager->options.log(pager->options.log_context, message);
}

/* ---- one generation ---- */

struct replay {
    struct pager *pager;
    struct log_scan scan;
    uint64_t commit_end; /* where the last commit ended */
    uint64_t broken_lsn; /* first record since then that breaks L3, 0 none */
    uint64_t commits;
    uint32_t digest;
    uint64_t records; /* page records since the last commit */
    struct recover_ahead ahead;
};

static quire_status replay_page_record(struct replay *replay, const struct log_record *record, const uint8_t *body,
                                       struct fault *fault)
{
    struct pager *pager = replay->pager;
    replay->digest = crc32c(replay->digest, body - LOG_RECORD_HEADER, 8);
    replay->records++;
    if (record->pgno < 2) {
        if (replay->broken_lsn == 0)
            replay->broken_lsn = record->lsn;
        return QUIRE_OK;
    }
    struct page_entry *entry = index_get(&pager->index, record->pgno);
    if (entry == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory to index the log of %s", pager->path);
    uint64_t previous = entry_previous(pager, entry);
    int fits = record->previous_lsn == previous && (previous != 0 || record->type == LOG_IMAGE);
    if (!fits && replay->broken_lsn == 0)
        replay->broken_lsn = record->lsn;
    if (!entry->is_editing) {
        entry->is_editing = 1;
        entry->touched = pager->touched;
        pager->touched = entry;
    }
    entry->txn_lsn = record->lsn;
    if (fits)
        recover_page_apply(pager, entry, record, body);
    return QUIRE_OK;
}

/* *ends is 1 if the record breaks L5, and the log ends before it. */
static quire_status replay_commit(struct replay *replay, const struct log_record *record, const uint8_t *body,
                                  int *ends, struct fault *fault)
{
    struct pager *pager = replay->pager;
    struct log_commit commit;
    *ends = !log_commit_decode(body, record->body_size, &commit) || record->previous_lsn != replay->commit_end ||
            commit.digest != replay->digest;
    if (*ends)
        return QUIRE_OK;
    if (replay->broken_lsn != 0)
        return fault_set(fault, QUIRE_CORRUPT, "the log %s breaks L3 at lsn %llu", pager->log_path,
                         (unsigned long long)replay->broken_lsn);
    /* A page by which the file grows has a record in that transaction: a larger claim has no page behind it. */
    if (commit.page_count < 3 || commit.page_count > pager->last.page_count + replay->records)
        return fault_set(fault, QUIRE_CORRUPT,
                         "the commit at lsn %llu of the log %s says the file has %u pages (rule L5)",
                         (unsigned long long)record->lsn, pager->log_path, commit.page_count);
    struct pager_point point = {.lsn = replay->scan.lsn, .page_count = commit.page_count};
    memcpy(point.state, commit.state, PAGER_STATE_SIZE);
    pager_txn_fold(pager, &point);
    replay->commit_end = replay->scan.lsn;
    replay->digest = 0;
    replay->records = 0;
    replay->commits++;
    return QUIRE_OK;
}

static quire_status replay_records(struct replay *replay, struct fault *fault)
{
    const uint64_t before = replay->pager->recovery.done;
    for (;;) {
        struct log_record record;
        const uint8_t *body;
        quire_status status = log_scan_next(&replay->scan, &record, &body, fault);
        if (status == QUIRE_NOT_FOUND)
            return QUIRE_OK;
        recover_look_ahead(replay->pager, &replay->ahead, &replay->scan);
        int ends = 0;
        if (status == QUIRE_OK && record.type == LOG_COMMIT)
            status = replay_commit(replay, &record, body, &ends, fault);
        else if (status == QUIRE_OK)
            status = replay_page_record(replay, &record, body, fault);
        if (ends) {
            replay->scan.lsn = record.lsn;
            return status;
        }
        if (status == QUIRE_OK)
            status = pager_recovery_progress(replay->pager, before + replay->scan.lsn - replay->scan.segment.first_lsn,
                                             fault);
        if (status != QUIRE_OK)
            return status;
    }
}

/* What came after the last commit is nothing. */
static void replay_drop_rest(struct pager *pager)
{
    while (pager->touched != NULL) {
        struct page_entry *entry = pager->touched;
        pager->touched = entry->touched;
        entry->touched = NULL;
        entry->is_editing = 0;
        entry->txn_lsn = 0;
        if (entry->frame != NULL)
            pager_drop_frame(pager, entry);
        index_drop_if_empty(&pager->index, entry);
    }
}

/* Rule L6: a torn tail is dropped and reported, damage below what was durable is corruption. */
static quire_status replay_end(struct replay *replay, struct fault *fault)
{
    struct pager *pager = replay->pager;
    uint64_t bad_lsn = replay->scan.lsn;
    struct log_beyond beyond;
    quire_status status = log_scan_beyond(&replay->scan, &beyond, fault);
    if (status != QUIRE_OK)
        return status;
    if (beyond.durable_lsn > bad_lsn)
        return fault_set(fault, QUIRE_CORRUPT,
                         "the log %s is damaged at lsn %llu: the commit at lsn %llu says that all below lsn %llu was "
                         "durable (rule L6)",
                         pager->log_path, (unsigned long long)bad_lsn, (unsigned long long)beyond.commit_lsn,
                         (unsigned long long)beyond.durable_lsn);
    if (bad_lsn > replay->commit_end || beyond.records > 0)
        pager_notice(pager,
                     "recovery of %s: kept %llu commits up to lsn %llu of generation %u, dropped %llu bytes and %llu "
                     "records behind them, none of them known to be durable",
                     pager->path, (unsigned long long)replay->commits, (unsigned long long)replay->commit_end,
                     replay->scan.segment.generation, (unsigned long long)(bad_lsn - replay->commit_end),
                     (unsigned long long)beyond.records);
    else if (replay->commits > 0)
        pager_notice(pager, "recovery of %s: found %llu commits up to lsn %llu of generation %u", pager->path,
                     (unsigned long long)replay->commits, (unsigned long long)replay->commit_end,
                     replay->scan.segment.generation);
    return QUIRE_OK;
}

/* Reads the commits of a generation into the index, and makes it the log's current one. */
static quire_status replay_segment(struct pager *pager, const struct log_segment *segment, uint64_t *commits,
                                   struct fault *fault)
{
    struct log *log = &pager->log;
    struct replay replay = {.pager = pager, .commit_end = segment->first_lsn};
    log_switch(log, segment->generation, segment->first_lsn);
    quire_status status = log_scan_open(&replay.scan, log, segment, fault);
    replay.scan.writes_back = !pager->read_only && pager->options.sync != QUIRE_SYNC_OFF;
    if (status == QUIRE_OK)
        status = replay_records(&replay, fault);
    if (status == QUIRE_OK)
        status = log_scan_write_back(&replay.scan, fault);
    replay.scan.writes_back = 0;
    replay_drop_rest(pager);
    if (status == QUIRE_OK)
        status = replay_end(&replay, fault);
    log->ready[segment->generation % 2] = replay.scan.end;
    log_scan_close(&replay.scan);
    log->buffer_lsn = log->written_lsn = log->end_lsn = replay.commit_end;
    pager->last.lsn = replay.commit_end;
    *commits = replay.commits;
    return status;
}

/* ---- which log counts ---- */

struct log_find {
    int has_current, has_next; /* headers of the meta page's generation and of the one after */
    struct log_half next;
    int is_headless; /* the one after is known by its records alone */
    int is_ours;     /* some header is a quire log's, or all is zero */
    int is_anothers; /* some header is of another database */
};

/* After the last number of a generation comes 0. */
static int is_later_generation(uint32_t a, uint32_t b)
{
    return a != b && a - b <= UINT32_MAX / 2;
}

static quire_status find_look_at(struct pager *pager, const struct pager_meta *meta, uint32_t generation,
                                 struct log_find *find, struct fault *fault)
{
    struct log_half half;
    int found;
    quire_status status = log_read_half(&pager->log, generation, &half, &found, fault);
    if (status != QUIRE_OK || !found)
        return status;
    find->is_ours = 1;
    find->is_anothers |= half.salt != meta->salt;
    if (half.salt != meta->salt || half.generation % 2 != generation % 2)
        return QUIRE_OK;
    if (half.format_version > QUIRE_FORMAT_VERSION)
        return fault_set(fault, QUIRE_NEW_FORMAT, "the log %s has format %u, this build reads up to %u",
                         pager->log_path, half.format_version, QUIRE_FORMAT_VERSION);
    if (half.page_size != pager->page_size ||
        (half.generation == meta->generation && half.first_lsn != meta->first_lsn))
        return fault_set(fault, QUIRE_CORRUPT, "the header of the log %s contradicts the meta page of %s",
                         pager->log_path, pager->path);
    if (is_later_generation(half.generation, meta->generation + 1))
        return fault_set(fault, QUIRE_CORRUPT,
                         "the log %s has generation %u, but the meta page of %s is of generation %u: it is stale",
                         pager->log_path, half.generation, pager->path, meta->generation);
    if (half.generation == meta->generation)
        find->has_current = 1;
    if (half.generation == meta->generation + 1) {
        find->has_next = 1;
        find->next = half;
    }
    return QUIRE_OK;
}

/*
 * The later half without a header: records of it tell that it is there, and where
 * the older half ends is where they begin. What to make of them rule L6 says.
 */
static quire_status find_headless(struct pager *pager, uint32_t generation, struct log_find *find, struct fault *fault)
{
    struct log_segment segment = {generation, pager->last.lsn};
    struct log_scan scan;
    struct log_beyond beyond = {0};
    quire_status status = log_scan_open(&scan, &pager->log, &segment, fault);
    if (status == QUIRE_OK)
        status = log_scan_beyond(&scan, &beyond, fault);
    log_scan_close(&scan);
    if (status != QUIRE_OK || beyond.records == 0)
        return status;
    pager_notice(pager, "the log %s has lost the header of generation %u, whose records are read without it",
                 pager->log_path, generation);
    find->is_headless = find->has_next = 1;
    find->next.generation = generation;
    find->next.first_lsn = pager->last.lsn;
    return QUIRE_OK;
}

/* A header of which a write that failed left but the beginning: the checksum, and as much of the magic as came. */
static int is_begun_header(const uint8_t *bytes, size_t size)
{
    enum { MAGIC_AT = 4, MAGIC_END = 12 };
    uint8_t sample[LOG_HALF_HEADER];
    const struct log_half none = {0};
    log_half_encode(sample, &none);
    while (size > 0 && bytes[size - 1] == 0)
        size--;
    size_t end = size < MAGIC_END ? size : MAGIC_END;
    return end > MAGIC_AT && memcmp(bytes + MAGIC_AT, sample + MAGIC_AT, end - MAGIC_AT) == 0;
}

/* A file of that name that nobody of us wrote must not be written either. */
static quire_status find_foreign(struct pager *pager, struct log_find *find, struct fault *fault)
{
    for (uint32_t half = 0; half < 2 && !find->is_ours; half++) {
        uint8_t bytes[LOG_RECORDS_START];
        size_t got = 0;
        int error =
            pager->vfs->read(pager->vfs->context, pager->log.file, log_file_offset(half, 0), bytes, sizeof bytes, &got);
        if (error != 0)
            return fault_errno(fault, error, "read", pager->log_path);
        if (!bytes_are_zero(bytes, got) && !is_begun_header(bytes, got))
            return fault_set(fault, QUIRE_NOT_A_DATABASE, "%s is in the way: it is not a quire log", pager->log_path);
    }
    return QUIRE_OK;
}

/* Is the surviving meta page the newest one? See the top of this file. */
static quire_status recover_check_sole(struct pager *pager, const struct pager_meta *meta, struct fault *fault)
{
    size_t at;
    uint32_t stride = 1;
    while (pager->codec->map_page_of(pager->page_size, 2 + stride, &at) == 2)
        stride++;
    uint8_t *page = memory_allocate(pager->memory, pager->page_size);
    if (page == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for a page of %zu bytes", pager->page_size);
    quire_status status = QUIRE_OK;
    for (uint64_t pgno = 2; pgno < meta->page_count && status == QUIRE_OK; pgno += stride) {
        uint64_t lsn = 0;
        status = pager_read_file(pager, (uint32_t)pgno, 0, page, &lsn, fault);
        if (status == QUIRE_OK && lsn >= meta->first_lsn)
            status = fault_set(fault, QUIRE_CORRUPT,
                               "one meta page of %s is damaged, the other one (checkpoint %llu) is older than the "
                               "pages, and the log has no commit of its generation %u",
                               pager->path, (unsigned long long)meta->checkpoint, meta->generation);
    }
    memory_release(pager->memory, page);
    return status;
}

/* How much there is to read, for those who watch. */
static void recover_measure(struct pager *pager, uint64_t size, uint32_t generation, int has_next)
{
    uint64_t bytes = log_half_length(generation, size);
    if (has_next)
        bytes += log_half_length(generation + 1, size);
    pager->recovery = (struct recovery_progress){.total = bytes};
}

static quire_status recover_log(struct pager *pager, const struct pager_meta *meta, uint64_t size, struct fault *fault)
{
    struct log_find find = {0};
    quire_status status = find_look_at(pager, meta, meta->generation, &find, fault);
    if (status == QUIRE_OK)
        status = find_look_at(pager, meta, meta->generation + 1, &find, fault);
    if (status != QUIRE_OK)
        return status;
    struct log_segment segment = {meta->generation, meta->first_lsn};
    uint64_t commits = 0;
    recover_measure(pager, size, meta->generation, find.has_next);
    status = replay_segment(pager, &segment, &commits, fault);
    if (status == QUIRE_OK && commits == 0)
        status = find_foreign(pager, &find, fault);
    if (status == QUIRE_OK && commits == 0 && find.is_anothers)
        pager_notice(pager, "%s is the log of another database, or of one that had this name: it is not used, and goes",
                     pager->log_path);
    pager->log.header_is_written = find.has_current;
    if (status == QUIRE_OK && !find.has_next && !find.is_anothers)
        status = find_headless(pager, meta->generation + 1, &find, fault);
    if (status != QUIRE_OK || !find.has_next)
        return status;
    if (find.next.first_lsn != pager->last.lsn)
        return fault_set(fault, QUIRE_CORRUPT,
                         "the log %s goes on at lsn %llu in generation %u, but generation %u ends at lsn %llu",
                         pager->log_path, (unsigned long long)find.next.first_lsn, find.next.generation,
                         meta->generation, (unsigned long long)pager->last.lsn);
    struct log_segment next = {find.next.generation, find.next.first_lsn};
    status = replay_segment(pager, &next, &commits, fault);
    pager->log.older = segment;
    pager->log.header_is_written = !find.is_headless;
    return status;
}

quire_status pager_recover(struct pager *pager, const struct pager_meta *meta, int is_sole, int *found,
                           struct fault *fault)
{
    *found = 0;
    pager->checkpoint = meta->checkpoint;
    pager->file_lsn = meta->first_lsn;
    pager->last = (struct pager_point){.lsn = meta->first_lsn, .page_count = meta->page_count};
    memcpy(pager->last.state, meta->state, PAGER_STATE_SIZE);
    log_switch(&pager->log, meta->generation, meta->first_lsn);
    quire_status status = log_open_file(&pager->log, 0, pager->read_only, fault);
    uint64_t size = 0;
    if (status == QUIRE_OK && pager->log.file != NULL) {
        int error = pager->vfs->size(pager->vfs->context, pager->log.file, &size);
        if (error != 0)
            status = fault_errno(fault, error, "ask for the size of", pager->log_path);
    }
    *found = size > 0;
    if (status == QUIRE_OK && size > 0)
        status = recover_log(pager, meta, size, fault);
    if (status == QUIRE_OK && is_sole && pager->last.lsn == meta->first_lsn) /* the log told of no commit */
        status = recover_check_sole(pager, meta, fault);
    if (status == QUIRE_OK)
        recover_pages_settle(pager);
    if (status == QUIRE_OK)
        status = pager_recovery_progress(pager, pager->recovery.total, fault);
    pager_show(pager, &pager->last);
    pager->durable_lsn = pager->file_lsn; /* what the log holds may not have left the system's memory */
    return status;
}
