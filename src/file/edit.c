/*
 * The writer's own pages. The first edit of a page in a transaction makes its
 * newest version the writer's alone: if a snapshot sees that version, or
 * somebody has it pinned, it is kept and the writer gets a copy. The first edit
 * since the checkpoint logs the page's image before anything changes, so that
 * the log alone can rebuild it.
 */
#include "pager_core.h"

#include <string.h>

/* An image now and then bounds the work of rebuilding a page that is edited all the time. */
enum { LONGEST_CHAIN = 1024 };

/*
 *  Owed images. A page that a transaction edits again and again would fill the
 *  log with deltas that take more room than the page. So once those since the last
 *  savepoint come to half a page, its next edits are not logged one by one: the page
 *  owes an image, which goes to the log when the writer settles, at a savepoint or at
 *  the commit. That logs at most three times what deltas would have taken, and mostly
 *  much less.
 *  Meanwhile the page cannot leave the cache, so only so many may owe at a time,
 *  and it carries a stamp in place of an LSN, since callers tell by the LSN
 *  whether a page has changed.
 */
static int edit_may_owe(const struct pager *pager, const struct page_frame *frame)
{
    return frame->owes_image || pager->owing_count < pager->owing_limit;
}

static void edit_owe(struct pager *pager, struct page_frame *frame)
{
    frame->is_unlogged = 1; /* so the frame stays */
    frame->edited = ++pager->edits;
    if (!frame->owes_image) {
        frame->owes_image = 1;
        frame->owes_since = pager->edits;
        frame->next_owing = pager->owing;
        pager->owing = frame;
        pager->owing_count++;
    }
    pager->codec->set_lsn(frame->face.data, PAGER_STAMP | pager->edits);
}

void pager_forget_paid(struct pager *pager)
{
    struct page_frame **link = &pager->owing;
    while (*link != NULL) {
        if ((*link)->owes_image) {
            link = &(*link)->next_owing;
        } else {
            *link = (*link)->next_owing;
            pager->owing_count--;
        }
    }
}

quire_status pager_settle(struct pager *pager, struct fault *fault)
{
    quire_status status = QUIRE_OK;
    for (struct page_frame *frame = pager->owing; frame != NULL && status == QUIRE_OK; frame = frame->next_owing)
        status = pager_append_image(pager, frame, 0, fault);
    pager_forget_paid(pager);
    return status;
}

static quire_status edit_room(struct pager *pager, size_t body_size, int locked, struct fault *fault)
{
    if (log_has_room(&pager->log, body_size))
        return QUIRE_OK;
    if (!locked)
        pager_lock(pager);
    quire_status status = log_make_room(&pager->log, body_size, fault);
    if (!locked)
        pager_unlock(pager);
    return status;
}

static void edit_note(struct pager *pager, struct page_frame *frame, uint64_t lsn, uint32_t chain_length)
{
    frame->entry->txn_lsn = lsn;
    frame->entry->chain_length = chain_length;
    frame->lsn = lsn;
    frame->is_unlogged = frame->owes_image = 0;
    pager->codec->set_lsn(frame->face.data, lsn);
}

quire_status pager_append_image(struct pager *pager, struct page_frame *frame, int locked, struct fault *fault)
{
    quire_status status = edit_room(pager, pager->page_size + 4, locked, fault);
    if (status != QUIRE_OK)
        return status;
    /* The image carries its own LSN, as the page will. */
    uint64_t lsn = pager->log.end_lsn;
    uint64_t previous = entry_previous(pager, frame->entry);
    edit_note(pager, frame, lsn, 0);
    frame->entry->delta_bytes = 0;
    size_t size = pager->codec->image_encode(log_body(&pager->log), frame->face.data, pager->page_size);
    (void)log_finish(&pager->log, LOG_IMAGE, frame->face.pgno, previous, size);
    count_up(&pager->images, 1);
    return QUIRE_OK;
}

quire_status pager_log_image(struct pager *pager, struct frame *face, struct fault *fault)
{
    struct page_frame *frame = frame_of(face);
    if (edit_may_owe(pager, frame)) {
        edit_owe(pager, frame);
        return QUIRE_OK;
    }
    return pager_append_image(pager, frame, 0, fault);
}

quire_status pager_log_delta(struct pager *pager, struct frame *face, const uint8_t *steps, size_t size,
                             struct fault *fault)
{
    struct page_frame *frame = frame_of(face);
    struct page_entry *entry = frame->entry;
    if (entry->delta_window != pager->window) {
        entry->delta_window = pager->window;
        entry->delta_bytes = 0;
    }
    if (frame->owes_image || (entry->delta_bytes >= pager->page_size / 2 && edit_may_owe(pager, frame))) {
        edit_owe(pager, frame);
        return QUIRE_OK;
    }
    uint64_t previous = entry_previous(pager, entry);
    if (previous == 0 || size > pager->page_size || entry->chain_length >= LONGEST_CHAIN)
        return pager_log_image(pager, face, fault);
    quire_status status = edit_room(pager, size, 0, fault);
    if (status != QUIRE_OK)
        return status;
    memcpy(log_body(&pager->log), steps, size);
    uint64_t lsn = log_finish(&pager->log, LOG_DELTA, face->pgno, previous, size);
    edit_note(pager, frame, lsn, entry->chain_length + 1);
    entry->delta_bytes += (uint32_t)log_record_size(size);
    count_up(&pager->deltas, 1);
    return QUIRE_OK;
}

int pager_is_owed(const struct frame *face)
{
    return ((const struct page_frame *)face)->owes_image;
}

void pager_note_edit(struct pager *pager, struct frame *face)
{
    edit_owe(pager, frame_of(face));
}

static void edit_touch(struct pager *pager, struct page_entry *entry)
{
    entry->is_editing = 1;
    entry->touched = pager->touched;
    pager->touched = entry;
}

/*
 * Takes the newest version for the writer alone. 1 if it must outlive the edit
 * after all; `pins` are the writer's own. Locked.
 */
static int edit_claim(struct pager *pager, struct page_frame *frame, uint32_t pins)
{
    frame_set_audience(frame, AUDIENCE_WRITER); /* and only then ask who else has it, as cache.h says */
    if (frame_pins(frame) > pins)
        return 1;
    return versions_are_needed(&pager->versions, frame->lsn) && !versions_have(frame->entry, frame->lsn);
}

/* Puts `fresh` in the entry instead of its frame, which becomes a kept version. Locked. */
static void edit_supersede(struct pager *pager, struct page_entry *entry, struct page_frame *fresh)
{
    struct page_frame *old = cache_detach(&pager->cache, entry);
    frame_set_audience(fresh, AUDIENCE_WRITER);
    (void)cache_attach(&pager->cache, entry, fresh); /* it has the place that the old one left */
    if (!versions_are_needed(&pager->versions, old->lsn))
        pager->versions.has_stragglers = 1;
    versions_keep(&pager->versions, entry, old, pager->txn_begin_lsn);
}

/* The frame that the writer has pinned becomes its own. Locked. */
static quire_status edit_own(struct pager *pager, struct page_frame **frame, struct fault *fault)
{
    struct page_frame *old = *frame;
    struct page_entry *entry = old->entry;
    if (edit_claim(pager, old, 1)) {
        struct page_frame *copy = NULL;
        quire_status status = pager_take_frame(pager, 1, &copy, fault);
        if (status != QUIRE_OK) {
            frame_set_audience(old, AUDIENCE_ALL);
            return status;
        }
        memcpy(copy->face.data, old->face.data, pager->page_size);
        copy->lsn = old->lsn;
        atomic_store_explicit(&copy->face.checked, (uint8_t)pager_frame_checked(&old->face), memory_order_relaxed);
        edit_supersede(pager, entry, copy);
        frame_pin(copy);
        frame_unpin(old);
        pager->counts.page_copies++;
        *frame = copy;
        versions_enforce(&pager->versions);
    }
    edit_touch(pager, entry);
    return QUIRE_OK;
}

/*
 * A thread that made room may have chosen the frame just before the writer
 * pinned it, and have taken it out of the cache since; its bytes are still those
 * of the newest version, which comes back in another frame. Locked.
 */
static quire_status edit_regain(struct pager *pager, struct page_frame **frame, struct fault *fault)
{
    struct page_frame *pinned = *frame, *newest = pinned->entry->frame;
    if (newest == pinned)
        return QUIRE_OK;
    uint32_t pgno = pinned->face.pgno;
    quire_status status = pager_load(pager, pgno, 1, &newest, fault);
    if (status == QUIRE_OK && newest->lsn != pinned->lsn)
        status = fault_set(fault, QUIRE_INVALID, "page %u has a newer version than the one to be edited", pgno);
    if (status != QUIRE_OK)
        return status;
    frame_pin(newest);
    frame_unpin(pinned);
    *frame = newest;
    return QUIRE_OK;
}

quire_status pager_edit(struct pager *pager, struct frame **face, struct fault *fault)
{
    struct page_frame *frame = frame_of(*face);
    struct page_entry *entry = frame->entry;
    if (entry->is_editing && entry->frame != frame)
        return fault_set(fault, QUIRE_INVALID, "page %u has a newer version than the one to be edited", entry->pgno);
    if (!entry->is_editing) {
        pager_lock(pager);
        quire_status status = edit_regain(pager, &frame, fault);
        if (status == QUIRE_OK)
            status = edit_own(pager, &frame, fault);
        pager_unlock(pager);
        *face = &frame->face;
        if (status != QUIRE_OK)
            return status;
    }
    if (!frame->owes_image && entry_previous(pager, entry) == 0) {
        quire_status status = pager_append_image(pager, frame, 0, fault);
        if (status != QUIRE_OK)
            return status;
    }
    frame->is_unlogged = 1;
    frame->edited = ++pager->edits;
    return QUIRE_OK;
}

int pager_frame_is_edited(const struct frame *face)
{
    const struct page_entry *entry = ((const struct page_frame *)face)->entry;
    return entry->is_editing;
}

/* A frame in the entry whose bytes may be overwritten. Locked. */
static quire_status edit_fresh_frame(struct pager *pager, uint32_t pgno, struct page_frame **frame, struct fault *fault)
{
    struct page_entry *entry = index_find(&pager->index, pgno);
    while (entry != NULL && entry->frame != NULL && entry->frame->is_loading) {
        pager_wait(pager);
        entry = index_find(&pager->index, pgno);
    }
    struct page_frame *newest = entry != NULL ? entry->frame : NULL;
    if (newest != NULL && (entry->is_editing || !edit_claim(pager, newest, 0))) {
        *frame = newest;
        return QUIRE_OK;
    }
    if (newest != NULL)
        frame_pin(newest); /* not a victim of the next step */
    quire_status status = pager_take_frame(pager, 1, frame, fault);
    if (newest != NULL)
        frame_unpin(newest);
    if (status != QUIRE_OK && newest != NULL)
        frame_set_audience(newest, AUDIENCE_ALL);
    if (status != QUIRE_OK)
        return status;
    if (newest != NULL) {
        edit_supersede(pager, entry, *frame);
        return QUIRE_OK;
    }
    frame_set_audience(*frame, AUDIENCE_WRITER);
    entry = index_get(&pager->index, pgno);
    if (entry != NULL && cache_attach(&pager->cache, entry, *frame))
        return QUIRE_OK;
    cache_discard(&pager->cache, *frame);
    if (entry != NULL)
        index_drop_if_empty(&pager->index, entry);
    return fault_set(fault, QUIRE_NO_MEMORY, "no memory for page %u", pgno);
}

quire_status pager_edit_new(struct pager *pager, uint32_t pgno, struct frame **face, struct fault *fault)
{
    *face = NULL;
    if (pgno < 2 || pgno >= pager->txn_page_count)
        return fault_set(fault, QUIRE_CORRUPT, "page %u cannot be written: there are %u pages", pgno,
                         pager->txn_page_count);
    struct page_frame *frame = NULL;
    pager_lock(pager);
    quire_status status = edit_fresh_frame(pager, pgno, &frame, fault);
    if (status == QUIRE_OK) {
        frame_pin(frame);
        if (!frame->entry->is_editing)
            edit_touch(pager, frame->entry);
        memset(frame->face.data, 0, pager->page_size);
        atomic_store_explicit(&frame->face.checked, 0, memory_order_relaxed);
        frame->is_unlogged = 1;
        frame->edited = ++pager->edits;
        versions_enforce(&pager->versions);
        *face = &frame->face;
    }
    pager_unlock(pager);
    return status;
}

/* Makes the page that the file grows by a map page. */
static quire_status grow_map(struct pager *pager, uint32_t pgno, struct fault *fault)
{
    struct frame *face;
    pager->txn_page_count = pgno + 1;
    quire_status status = pager_edit_new(pager, pgno, &face, fault);
    if (status == QUIRE_OK) {
        pager_lock(pager); /* readers look pages up in map pages */
        pager->codec->map_init(face->data, pager->page_size, pgno);
        pager_unlock(pager);
        status = pager_log_image(pager, face, fault);
        pager_release(pager, face);
    }
    if (status != QUIRE_OK)
        pager->txn_page_count = pgno;
    return status;
}

quire_status pager_grow(struct pager *pager, uint32_t *pgno, struct fault *fault)
{
    uint32_t next = pager->txn_page_count;
    if (next >= UINT32_MAX - 1)
        return fault_set(fault, QUIRE_DISK_FULL, "%s has %u pages and cannot have more", pager->path, next);
    size_t at;
    if (pager->codec->map_page_of(pager->page_size, next, &at) == next) {
        quire_status status = grow_map(pager, next, fault);
        if (status != QUIRE_OK)
            return status;
        next++;
    }
    pager->txn_page_count = next + 1;
    *pgno = next;
    return QUIRE_OK;
}

void pager_shrink(struct pager *pager, uint32_t page_count)
{
    if (page_count >= 3 && page_count < pager->txn_page_count)
        pager->txn_page_count = page_count;
}
