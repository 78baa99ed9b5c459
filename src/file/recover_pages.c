/*
 * Pages, built while recovery reads the log. A writing open is about to write
 * every page that the log has changed. Were each of them rebuilt from its chain,
 * the log would be read back and forth, a block for nearly each record; in the order
 * of the log all of it is read once.
 *
 * It is a short cut and decides nothing. A page that finds no room in the cache,
 * or whose record does not apply, is left out here, and rebuilt from its chain
 * when it is asked for: that says what is wrong with it, too.
 */
#include "recover_pages.h"

/* The cache keeps some room for what is read beside: map pages, and pages that found none here. */
static int recover_is_full(const struct cache *cache)
{
    return cache->count >= cache->budget - cache->budget / 8;
}

static struct page_frame *recover_take_frame(struct pager *pager, struct page_entry *entry)
{
    struct page_frame *frame = recover_is_full(&pager->cache) ? NULL : cache_take(&pager->cache);
    if (frame == NULL || cache_attach(&pager->cache, entry, frame))
        return frame;
    cache_discard(&pager->cache, frame);
    return NULL;
}

/*
 * Records follow each other all over the database, and each needs four things that
 * lead to one another: the index's bucket, the entry, the frame, the page. To wait
 * for memory four times for each record would be most of the work. So headers are
 * looked at while they are still RECOVER_AHEAD records away, and every few records
 * the next of the four is asked for. Nobody has vouched for those headers yet: a
 * page number that is wrong fetches a line in vain.
 */
static void look_at_headers(const struct pager *pager, struct recover_ahead *ahead, const struct log_scan *scan)
{
    if (ahead->lsn < scan->lsn) {
        ahead->lsn = scan->lsn;
        ahead->looked_at = ahead->redone;
    }
    while (ahead->looked_at < ahead->redone + RECOVER_AHEAD) {
        uint32_t *pgno = &ahead->pgnos[ahead->looked_at % RECOVER_AHEAD];
        size_t size = log_scan_hint(scan, ahead->lsn, pgno);
        if (size == 0)
            return;
        index_fetch_bucket(&pager->index, *pgno);
        ahead->lsn += size;
        ahead->looked_at++;
    }
}

/* The frame of the page that a record so many records away is of; NULL if it has none, or is not known. */
static const struct page_frame *frame_ahead(const struct pager *pager, const struct recover_ahead *ahead, uint64_t away)
{
    uint64_t number = ahead->redone + away;
    const struct page_entry *entry = NULL;
    if (number < ahead->looked_at)
        entry = index_find(&pager->index, ahead->pgnos[number % RECOVER_AHEAD]);
    return entry != NULL ? entry->frame : NULL;
}

void recover_look_ahead(const struct pager *pager, struct recover_ahead *ahead, const struct log_scan *scan)
{
    ahead->redone++;
    look_at_headers(pager, ahead, scan);
    uint64_t number = ahead->redone + RECOVER_AHEAD * 3 / 4;
    if (number < ahead->looked_at)
        index_fetch_entry(&pager->index, ahead->pgnos[number % RECOVER_AHEAD]);
    const struct page_frame *frame = frame_ahead(pager, ahead, RECOVER_AHEAD / 2);
    if (frame != NULL)
        prefetch(frame);
    frame = frame_ahead(pager, ahead, RECOVER_AHEAD / 4);
    if (frame != NULL)
        prefetch(frame->face.data);
}

static int recover_is_valid(struct pager *pager, const struct page_frame *frame)
{
    char detail[128];
    return pager->codec->check(frame->face.data, pager->page_size, pager->codec_scratch, detail, sizeof detail) == 0;
}

static int recover_redo(struct pager *pager, struct page_frame *frame, const struct log_record *record,
                        const uint8_t *body)
{
    const struct pager_codec *codec = pager->codec;
    if (record->type == LOG_IMAGE)
        return codec->image_decode(body, record->body_size, frame->face.data, pager->page_size) &&
               recover_is_valid(pager, frame);
    return frame->lsn == record->previous_lsn &&
           codec->redo(frame->face.data, pager->page_size, body, record->body_size, pager->codec_scratch);
}

void recover_page_apply(struct pager *pager, struct page_entry *entry, const struct log_record *record,
                        const uint8_t *body)
{
    if (pager->read_only)
        return;
    if (entry->frame == NULL && record->type == LOG_IMAGE)
        entry->frame = recover_take_frame(pager, entry);
    struct page_frame *frame = entry->frame;
    if (frame == NULL)
        return;
    if (!recover_redo(pager, frame, record, body)) {
        pager_drop_frame(pager, entry);
        return;
    }
    frame->lsn = record->lsn;
    pager->codec->set_lsn(frame->face.data, record->lsn);
    entry->chain_length = record->type == LOG_IMAGE ? 0 : entry->chain_length + 1;
}

/* Whatever is not the whole page that its last commit left goes. */
static void recover_settle(void *context, struct page_entry *entry)
{
    struct pager *pager = context;
    struct page_frame *frame = entry->frame;
    if (frame == NULL)
        return;
    if (frame->lsn != entry->committed_lsn || !recover_is_valid(pager, frame)) {
        pager_drop_frame(pager, entry);
        return;
    }
    atomic_store_explicit(&frame->face.checked, 1, memory_order_relaxed);
    frame_set_audience(frame, AUDIENCE_ALL);
}

void recover_pages_settle(struct pager *pager)
{
    index_each(&pager->index, recover_settle, pager);
}
