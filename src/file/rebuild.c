/*
 * A version of a page, from its records or from the file. Records of a page
 * lead back to its newest image; from there they are applied forward. What
 * comes out has passed the codec's check, so that a log of lies is found here
 * and not by whoever reads the page.
 */
#include "pager_core.h"

#include <string.h>

quire_status pager_read_raw(struct pager *pager, uint32_t pgno, uint8_t *page, struct fault *fault)
{
    size_t got = 0;
    uint64_t offset = (uint64_t)pgno * pager->page_size;
    int error = pager->vfs->read(pager->vfs->context, pager->file, offset, page, pager->page_size, &got);
    if (error != 0) {
        quire_status status = fault_errno(fault, error, "read", pager->path);
        return fault_set(fault, status, "cannot read page %u of %s: errno %d", pgno, pager->path, error);
    }
    if (got < pager->page_size)
        return fault_set(fault, QUIRE_CORRUPT, "page %u of %s lies beyond the end of the file (%llu bytes)", pgno,
                         pager->path, (unsigned long long)(offset + got));
    return QUIRE_OK;
}

quire_status pager_read_file(struct pager *pager, uint32_t pgno, uint32_t expected, uint8_t *page, uint64_t *lsn,
                             struct fault *fault)
{
    quire_status status = pager_read_raw(pager, pgno, page, fault);
    if (status != QUIRE_OK)
        return status;
    if (!pager->codec->verify(page, pager->page_size, pgno, pager->salt, expected))
        return fault_set(fault, QUIRE_CORRUPT,
                         "page %u of %s breaks P1 (its checksum or page number is not what it should be)", pgno,
                         pager->path);
    pager->codec->unseal(page);
    *lsn = pager->codec->lsn(page);
    return QUIRE_OK;
}

static quire_status chain_push(struct pager *pager, size_t *count, uint64_t lsn, struct fault *fault)
{
    if (*count == pager->chain_capacity) {
        size_t capacity = pager->chain_capacity == 0 ? 256 : pager->chain_capacity * 2;
        uint64_t *chain = memory_resize(pager->memory, pager->chain, capacity * sizeof *chain);
        if (chain == NULL)
            return fault_set(fault, QUIRE_NO_MEMORY, "no memory to rebuild a page from %zu records", *count);
        pager->chain = chain;
        pager->chain_capacity = capacity;
    }
    pager->chain[(*count)++] = lsn;
    return QUIRE_OK;
}

/* Reads the header of a record that must be one of the page, and whose predecessor must stand below it. */
static quire_status chain_header(struct pager *pager, uint32_t pgno, uint64_t lsn, struct log_record *record,
                                 struct fault *fault)
{
    quire_status status = log_read_header(&pager->log, lsn, record, fault);
    if (status != QUIRE_OK)
        return status;
    if (record->pgno != pgno || record->type == LOG_COMMIT || record->previous_lsn >= lsn ||
        (record->previous_lsn == 0 && record->type != LOG_IMAGE))
        return fault_set(fault, QUIRE_CORRUPT, "the log record at lsn %llu breaks L3 (it is not in page %u's chain)",
                         (unsigned long long)lsn, pgno);
    return QUIRE_OK;
}

/* Goes back from *lsn to the first record below `bound`, 0 none. */
static quire_status chain_skip(struct pager *pager, uint32_t pgno, uint64_t bound, uint64_t *lsn, uint64_t *after,
                               struct fault *fault)
{
    quire_status status = QUIRE_OK;
    while (*lsn != 0 && *lsn >= bound && status == QUIRE_OK) {
        struct log_record record = {.previous_lsn = 0};
        *after = *lsn;
        status = chain_header(pager, pgno, *lsn, &record, fault);
        *lsn = record.previous_lsn;
    }
    return status;
}

static quire_status chain_collect(struct pager *pager, const struct page_entry *entry, uint64_t head, uint64_t bound,
                                  size_t *count, uint64_t *after, struct fault *fault)
{
    uint64_t lsn = head;
    *count = 0;
    *after = 0;
    quire_status status = chain_skip(pager, entry->pgno, bound, &lsn, after, fault);
    if (status == QUIRE_OK && lsn == 0) {
        lsn = entry->older_lsn; /* a chain ends with its generation */
        status = chain_skip(pager, entry->pgno, bound, &lsn, after, fault);
    }
    while (status == QUIRE_OK && lsn != 0) {
        struct log_record record;
        status = chain_push(pager, count, lsn, fault);
        if (status == QUIRE_OK)
            status = chain_header(pager, entry->pgno, lsn, &record, fault);
        if (status != QUIRE_OK)
            return status;
        lsn = record.type == LOG_IMAGE ? 0 : record.previous_lsn;
    }
    return status;
}

static quire_status chain_apply(struct pager *pager, uint32_t pgno, uint64_t lsn, uint8_t *page, struct fault *fault)
{
    struct log_record record;
    quire_status status = log_read_header(&pager->log, lsn, &record, fault);
    if (status == QUIRE_OK)
        status = log_read_body(&pager->log, &record, pager->record_body, fault);
    if (status != QUIRE_OK)
        return status;
    const struct pager_codec *codec = pager->codec;
    int applies = record.type == LOG_IMAGE
                      ? codec->image_decode(pager->record_body, record.body_size, page, pager->page_size)
                      : codec->redo(page, pager->page_size, pager->record_body, record.body_size, pager->codec_scratch);
    if (!applies)
        return fault_set(fault, QUIRE_CORRUPT, "the log record at lsn %llu breaks L4 (it does not apply to page %u)",
                         (unsigned long long)lsn, pgno);
    codec->set_lsn(page, lsn);
    return QUIRE_OK;
}

static quire_status chain_check(struct pager *pager, uint32_t pgno, uint64_t lsn, const uint8_t *page,
                                struct fault *fault)
{
    char detail[128];
    detail[0] = '\0';
    int rule = pager->codec->check(page, pager->page_size, pager->codec_scratch, detail, sizeof detail);
    if (rule != 0)
        return fault_set(fault, QUIRE_CORRUPT, "page %u, rebuilt from the log up to lsn %llu, breaks P%d (%s)", pgno,
                         (unsigned long long)lsn, rule, detail);
    return QUIRE_OK;
}

quire_status pager_rebuild(struct pager *pager, const struct page_entry *entry, uint64_t head, uint64_t bound,
                           uint8_t *page, uint64_t *lsn, uint64_t *after, uint32_t *chain_length, struct fault *fault)
{
    size_t count = 0;
    uint32_t pgno = entry->pgno;
    quire_status status = chain_collect(pager, entry, head, bound, &count, after, fault);
    *lsn = count > 0 ? pager->chain[0] : 0;
    *chain_length = count > 0 ? (uint32_t)(count - 1) : 0;
    if (status != QUIRE_OK || count == 0)
        return status;
    for (size_t i = count; i > 0 && status == QUIRE_OK; i--) {
        status = chain_apply(pager, pgno, pager->chain[i - 1], page, fault);
        /* Deltas are redone on a valid page only, and the last one must have left one. */
        if (status == QUIRE_OK && (i == count || i == 1))
            status = chain_check(pager, pgno, pager->chain[i - 1], page, fault);
    }
    pager->counts.rebuilds += status == QUIRE_OK;
    return status;
}
