/*
 * What a damaged log still says. Invariant of the table of heads: `lsn` is 0, or
 * names the last record of a chain that leads back to an image, all of whose
 * records stand in whole committed transactions.
 */
#include "damaged.h"
#include "log_scan.h"

#include "../base/bytes.h"
#include "../base/crc32c.h"

#include <stdlib.h>
#include <string.h>

enum { HEADS_FIRST = 64 };

struct damaged_head {
    uint64_t lsn;    /* committed, 0 none */
    uint64_t staged; /* of the transaction that is being read, 0 none */
    uint32_t pgno;
    uint32_t touched; /* the place, plus one, of the head that the transaction touched before */
    uint8_t is_used;
};

/* ---- The table ---------------------------------------------------------------- */

static size_t head_place(const struct damaged *damaged, uint32_t pgno)
{
    /* Hashing by a secret multiplier, as in index.c. */
    size_t place = (size_t)((pgno * damaged->secret) >> 32) & (damaged->head_capacity - 1);
    while (damaged->heads[place].is_used && damaged->heads[place].pgno != pgno)
        place = (place + 1) & (damaged->head_capacity - 1);
    return place;
}

/* Twice the places. Only between transactions: links of touched heads would not survive it. */
static quire_status heads_grow(struct damaged *damaged, struct fault *fault)
{
    struct damaged_head *old = damaged->heads;
    size_t old_capacity = damaged->head_capacity;
    size_t capacity = old_capacity == 0 ? HEADS_FIRST : 2 * old_capacity;
    struct damaged_head *heads = memory_allocate(damaged->memory, capacity * sizeof *heads);
    if (heads == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory to index the log %s", damaged->log_path);
    memset(heads, 0, capacity * sizeof *heads);
    damaged->heads = heads;
    damaged->head_capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].is_used)
            heads[head_place(damaged, old[i].pgno)] = old[i];
    memory_release(damaged->memory, old);
    return QUIRE_OK;
}

static int head_compare(const void *a, const void *b)
{
    const struct damaged_head *left = a, *right = b;
    return (left->pgno > right->pgno) - (left->pgno < right->pgno);
}

void damaged_log_each(struct damaged *damaged, void (*visit)(void *context, uint32_t pgno, uint64_t lsn), void *context)
{
    /* The scan is over, so the table may become a list: the order of its places is as secret as the multiplier. */
    size_t count = 0;
    for (size_t i = 0; i < damaged->head_capacity; i++)
        if (damaged->heads[i].is_used && damaged->heads[i].lsn != 0)
            damaged->heads[count++] = damaged->heads[i];
    if (count > 1)
        qsort(damaged->heads, count, sizeof *damaged->heads, head_compare);
    for (size_t i = 0; i < count; i++)
        visit(context, damaged->heads[i].pgno, damaged->heads[i].lsn);
}

/* ---- Transactions ------------------------------------------------------------- */

/* One half of the log on its way through. */
struct half_scan {
    struct damaged *damaged;
    struct log_scan scan;
    uint64_t begin_lsn; /* where the records at hand begin without a gap */
    uint32_t digest;
    uint64_t records;
    uint32_t touched; /* the head touched last, plus one */
};

/* Ends the transaction at hand: what it staged becomes committed, or is forgotten. */
static void settle(struct half_scan *half, int is_committed)
{
    struct damaged *damaged = half->damaged;
    while (half->touched != 0) {
        struct damaged_head *head = &damaged->heads[half->touched - 1];
        half->touched = head->touched;
        if (is_committed)
            head->lsn = head->staged;
        head->staged = 0;
    }
    if (is_committed) {
        damaged->log_commits++;
        damaged->log_records += half->records;
    }
    half->digest = 0;
    half->records = 0;
}

/* The heads' links hold places, so they are made anew when the table grows amid a transaction. */
static quire_status make_place(struct half_scan *half, struct fault *fault)
{
    struct damaged *damaged = half->damaged;
    if (damaged->head_capacity != 0 && damaged->head_count < damaged->head_capacity / 4 * 3)
        return QUIRE_OK;
    quire_status status = heads_grow(damaged, fault);
    half->touched = 0;
    for (size_t i = 0; status == QUIRE_OK && i < damaged->head_capacity; i++) {
        if (damaged->heads[i].is_used && damaged->heads[i].staged != 0) {
            damaged->heads[i].touched = half->touched;
            half->touched = (uint32_t)i + 1;
        }
    }
    return status;
}

/* A record continues the chain that the page has, begins one, or is of no use. */
static quire_status take_page_record(struct half_scan *half, const struct log_record *record, struct fault *fault)
{
    struct damaged *damaged = half->damaged;
    half->records++;
    if (record->pgno < 2)
        return QUIRE_OK;
    quire_status status = make_place(half, fault);
    if (status != QUIRE_OK)
        return status;
    size_t place = head_place(damaged, record->pgno);
    struct damaged_head *head = &damaged->heads[place];
    uint64_t newest = head->staged != 0 ? head->staged : head->lsn;
    if (record->type != LOG_IMAGE && (newest == 0 || record->previous_lsn != newest))
        return QUIRE_OK;
    if (!head->is_used) {
        *head = (struct damaged_head){.pgno = record->pgno, .is_used = 1};
        damaged->head_count++;
    }
    if (head->staged == 0) {
        head->touched = half->touched;
        half->touched = (uint32_t)place + 1;
    }
    head->staged = record->lsn;
    return QUIRE_OK;
}

static void take_commit(struct half_scan *half, const struct log_record *record, const uint8_t *body)
{
    struct log_commit commit;
    int is_whole = log_commit_decode(body, record->body_size, &commit) && record->previous_lsn == half->begin_lsn &&
                   commit.digest == half->digest;
    settle(half, is_whole);
    half->begin_lsn = half->scan.lsn;
}

/* ---- The scan ------------------------------------------------------------------ */

/*
 * Goes on behind a bad record, to the next place that holds a whole header. A
 * header may claim a body that then proves bad, and cost its length; so the
 * search gives up once such bodies have cost as much as the half has bytes.
 */
static quire_status resynchronise(struct half_scan *half, uint64_t *budget, int *found, struct fault *fault)
{
    struct log_scan *scan = &half->scan;
    settle(half, 0);
    half->damaged->log_refused++;
    *found = 0;
    for (scan->lsn += LOG_RECORD_ALIGN;; scan->lsn += LOG_RECORD_ALIGN) {
        struct log_record record;
        const uint8_t *body;
        int has_header;
        quire_status status = log_scan_peek(scan, &record, &has_header, fault);
        if (status != QUIRE_OK)
            return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
        if (!has_header)
            continue;
        half->begin_lsn = scan->lsn;
        status = log_scan_next(scan, &record, &body, fault);
        if (status == QUIRE_OK) {
            scan->lsn = record.lsn;
            *found = 1;
            return QUIRE_OK;
        }
        if (status != QUIRE_NOT_FOUND || record.body_size > *budget)
            return status == QUIRE_NOT_FOUND ? QUIRE_OK : status;
        *budget -= record.body_size;
    }
}

static quire_status scan_records(struct half_scan *half, struct fault *fault)
{
    uint64_t budget = half->scan.end;
    int found = 1;
    while (found) {
        struct log_record record;
        const uint8_t *body;
        quire_status status = log_scan_next(&half->scan, &record, &body, fault);
        if (status == QUIRE_NOT_FOUND) {
            status = resynchronise(half, &budget, &found, fault);
        } else if (status == QUIRE_OK && record.type == LOG_COMMIT) {
            take_commit(half, &record, body);
        } else if (status == QUIRE_OK) {
            half->digest = crc32c(half->digest, body - LOG_RECORD_HEADER, 8);
            status = take_page_record(half, &record, fault);
        }
        if (status != QUIRE_OK)
            return status;
    }
    return QUIRE_OK;
}

static quire_status scan_half(struct damaged *damaged, const struct log_segment *segment, struct fault *fault)
{
    struct half_scan half = {.damaged = damaged, .begin_lsn = segment->first_lsn};
    quire_status status = log_scan_open(&half.scan, &damaged->log, segment, fault);
    if (status == QUIRE_OK) {
        damaged->log_bytes += half.scan.end;
        status = scan_records(&half, fault);
        settle(&half, 0);
        log_scan_close(&half.scan);
    }
    /* A log that cannot be read is one more thing that is lost. */
    return status == QUIRE_NO_MEMORY ? status : QUIRE_OK;
}

/* ---- Which halves there are ---------------------------------------------------- */

static int salts_agree(uint64_t a, uint64_t b)
{
    uint8_t bytes[16];
    store64(bytes, a);
    store64(bytes + 8, b);
    return crc32c(0, bytes, 8) == crc32c(0, bytes + 8, 8);
}

int damaged_log_hint(struct damaged *damaged, struct log_half *half)
{
    int found = 0;
    damaged->log.path = damaged->log_path;
    if (log_open_file(&damaged->log, 0, 1, NULL) != QUIRE_OK || damaged->log.file == NULL)
        return 0;
    for (uint32_t i = 0; i < 2 && !found; i++)
        if (log_read_half(&damaged->log, i, half, &found, NULL) != QUIRE_OK)
            found = 0;
    return found;
}

/* Without a whole header, the first record says for itself where its half begins. */
static int segment_from_record(const struct damaged *damaged, uint32_t half, struct log_segment *segment)
{
    uint8_t bytes[LOG_RECORD_HEADER];
    struct log_record record;
    size_t got = 0;
    const struct log *log = &damaged->log;
    if (log->vfs->read(log->vfs->context, log->file, log_file_offset(half, LOG_RECORDS_START), bytes, sizeof bytes,
                       &got) != 0 ||
        got != sizeof bytes)
        return 0;
    *segment = (struct log_segment){load32(bytes + 16), load64(bytes + 8)};
    return segment->generation % 2 == half &&
           log_record_decode(bytes, log->salt, segment->generation, segment->first_lsn, 4 * log->page_size, &record);
}

static int find_segment(const struct damaged *damaged, uint32_t number, struct log_segment *segment)
{
    struct log_half half;
    int found = 0;
    if (log_read_half(&damaged->log, number, &half, &found, NULL) != QUIRE_OK || !found ||
        half.generation % 2 != number || half.page_size != damaged->page_size ||
        !salts_agree(half.salt, damaged->log.salt))
        return segment_from_record(damaged, number, segment);
    *segment = (struct log_segment){half.generation, half.first_lsn};
    return 1;
}

static int segment_is_sane(const struct log_segment *segment)
{
    return segment->first_lsn != 0 && segment->first_lsn % LOG_RECORD_ALIGN == 0 &&
           segment->first_lsn <= UINT64_MAX / 4;
}

static quire_status scan_halves(struct damaged *damaged, struct fault *fault)
{
    struct log_segment segments[2] = {{0, 0}, {0, 0}};
    struct log *log = &damaged->log;
    for (uint32_t i = 0; i < 2; i++)
        if (!find_segment(damaged, i, &segments[i]) || !segment_is_sane(&segments[i]))
            segments[i].first_lsn = 0;
    size_t newer = segments[1].first_lsn > segments[0].first_lsn;
    log->older = segments[1 - newer];
    log->current = segments[newer];
    quire_status status = QUIRE_OK;
    if (log->older.first_lsn != 0)
        status = scan_half(damaged, &log->older, fault);
    if (status == QUIRE_OK && log->current.first_lsn != 0)
        status = scan_half(damaged, &log->current, fault);
    log->buffer_lsn = UINT64_MAX; /* all there is stands in the file */
    return status;
}

quire_status damaged_log_scan(struct damaged *damaged, uint64_t salt, size_t page_size, struct fault *fault)
{
    log_free(&damaged->log);
    log_init(&damaged->log, damaged->vfs, damaged->memory, damaged->log_path, salt, page_size, 0);
    damaged->page_size = page_size;
    damaged->log_bytes = damaged->log_records = damaged->log_commits = damaged->log_refused = 0;
    memory_release(damaged->memory, damaged->heads);
    memory_release(damaged->memory, damaged->body);
    memory_release(damaged->memory, damaged->scratch);
    damaged->heads = NULL;
    damaged->head_capacity = damaged->head_count = 0;
    damaged->body = memory_allocate(damaged->memory, 4 * page_size);
    damaged->scratch = memory_allocate(damaged->memory, damaged->codec->scratch_size(page_size) + 1);
    if (damaged->body == NULL || damaged->scratch == NULL)
        return fault_set(fault, QUIRE_NO_MEMORY, "no memory for pages of %zu bytes", page_size);
    /* A log that is there and cannot be opened may hold the last commits: better told than left out in silence. */
    quire_status status = log_open_file(&damaged->log, 0, 1, fault);
    return status == QUIRE_OK && damaged->log.file != NULL ? scan_halves(damaged, fault) : status;
}

/* ---- A page --------------------------------------------------------------------- */

/* A record that cannot be read is lost, and *readable 0; but no memory is no damage. */
static quire_status record_status(quire_status status, int *readable, struct fault *fault)
{
    *readable = status == QUIRE_OK;
    return status == QUIRE_NO_MEMORY ? fault_set(fault, status, "no memory to read the log") : QUIRE_OK;
}

static quire_status chain_add(struct damaged *damaged, uint64_t lsn, size_t *count, struct fault *fault)
{
    if (*count == damaged->chain_capacity) {
        size_t capacity = 2 * damaged->chain_capacity + 16;
        uint64_t *grown = memory_resize(damaged->memory, damaged->chain, capacity * sizeof *grown);
        if (grown == NULL)
            return fault_set(fault, QUIRE_NO_MEMORY, "no memory to rebuild a page from the log");
        damaged->chain = grown;
        damaged->chain_capacity = capacity;
    }
    damaged->chain[(*count)++] = lsn;
    return QUIRE_OK;
}

/* The chain's LSNs, newest first. *count is 0 if it breaks. */
static quire_status chain_collect(struct damaged *damaged, uint32_t pgno, uint64_t lsn, size_t *count,
                                  struct fault *fault)
{
    *count = 0;
    for (uint64_t bound = UINT64_MAX;;) {
        struct log_record record;
        int readable = 0;
        quire_status status = QUIRE_OK;
        if (lsn != 0 && lsn < bound)
            status = record_status(log_read_header(&damaged->log, lsn, &record, NULL), &readable, fault);
        if (!readable || record.pgno != pgno || record.type == LOG_COMMIT) {
            *count = 0;
            return status;
        }
        status = chain_add(damaged, lsn, count, fault);
        if (status != QUIRE_OK || record.type == LOG_IMAGE)
            return status;
        bound = lsn;
        lsn = record.previous_lsn;
    }
}

static quire_status chain_apply(struct damaged *damaged, uint64_t lsn, uint8_t *page, int *applies, struct fault *fault)
{
    struct log_record record;
    const struct pager_codec *codec = damaged->codec;
    quire_status status = log_read_header(&damaged->log, lsn, &record, NULL);
    if (status == QUIRE_OK)
        status = log_read_body(&damaged->log, &record, damaged->body, NULL);
    status = record_status(status, applies, fault);
    if (!*applies)
        return status;
    *applies = record.type == LOG_IMAGE
                   ? codec->image_decode(damaged->body, record.body_size, page, damaged->page_size)
                   : codec->redo(page, damaged->page_size, damaged->body, record.body_size, damaged->scratch);
    codec->set_lsn(page, lsn);
    return QUIRE_OK;
}

quire_status damaged_log_page(struct damaged *damaged, uint32_t pgno, uint64_t lsn, uint8_t *page, int *whole,
                              struct fault *fault)
{
    char detail[128];
    size_t count;
    *whole = 0;
    quire_status status = chain_collect(damaged, pgno, lsn, &count, fault);
    if (status != QUIRE_OK || count == 0)
        return status;
    for (size_t i = count; i-- > 0;) {
        int applies;
        status = chain_apply(damaged, damaged->chain[i], page, &applies, fault);
        if (status != QUIRE_OK || !applies)
            return status;
        /* Deltas are redone on a valid page only, and the last one must have left one. */
        if ((i + 1 == count || i == 0) &&
            damaged->codec->check(page, damaged->page_size, damaged->scratch, detail, sizeof detail) != 0)
            return QUIRE_OK;
    }
    *whole = 1;
    return QUIRE_OK;
}
