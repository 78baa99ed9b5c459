/*
 * Values longer than the inline limit: a chain of overflow pages, written front
 * to back and walked by `right`. Nothing here holds more than a page or two of
 * a value.
 *
 * Invariant (rule T4): page i of a chain names the tree, the chain and i, links
 * back to page i - 1, and is full unless it is the last. Every walk holds each
 * page against it, so that a stale, foreign or cyclic link is found at once and
 * a walk reads no page twice.
 */
#include "overflow.h"
#include "page_space.h"

/* The chain as a walk sees it. */
struct chain {
    struct view *view;
    uint32_t tree_id;
    struct overflow_ref ref;
    uint32_t value_len;
    uint32_t capacity;
};

static struct chain chain_of(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len)
{
    return (struct chain){.view = view,
                          .tree_id = tree_id,
                          .ref = ref,
                          .value_len = value_len,
                          .capacity = (uint32_t)OVERFLOW_CAPACITY(view->store->page_size)};
}

uint32_t overflow_pages(size_t page_size, uint32_t value_len)
{
    uint32_t capacity = (uint32_t)OVERFLOW_CAPACITY(page_size);
    return value_len / capacity + (value_len % capacity != 0);
}

/* Bytes that page `position` of a value of this length holds. */
static uint32_t used_at(const struct chain *chain, uint32_t value_len, uint32_t position)
{
    uint32_t before = position * chain->capacity;
    return value_len - before < chain->capacity ? value_len - before : chain->capacity;
}

static int is_last(const struct chain *chain, uint32_t value_len, uint32_t position)
{
    return value_len - position * chain->capacity <= chain->capacity;
}

/* What T4 says of the page at `place`, or NULL if it agrees. */
static const char *chain_fault(const struct chain *chain, const struct overflow_place *place, const uint8_t *page)
{
    if (overflow_chain(page) != chain->ref.chain) {
        return "it belongs to another chain";
    }
    if (overflow_position(page) != place->position) {
        return "it stands at another position of its chain";
    }
    if (page_left(page) != place->previous) {
        return "its link back does not name the page before it";
    }
    if (overflow_used(page) != used_at(chain, chain->value_len, place->position)) {
        return "its length does not agree with the value's";
    }
    if ((page_right(page) == 0) != is_last(chain, chain->value_len, place->position)) {
        return "its chain ends too early or too late";
    }
    return NULL;
}

/* Pins the page at `place`, held against T4. */
static quire_status chain_get(const struct chain *chain, const struct overflow_place *place, struct frame **frame)
{
    TRY(node_get_kind(chain->view, place->pgno, PAGE_OVERFLOW, chain->tree_id, frame));
    const char *fault = chain_fault(chain, place, (*frame)->data);
    if (fault) {
        node_release(chain->view, *frame);
        return corrupt(chain->view, place->pgno, "T4", "%s", fault);
    }
    return QUIRE_OK;
}

static void chain_start(const struct chain *chain, struct overflow_place *place)
{
    *place = (struct overflow_place){.pgno = chain->ref.first, .position = 0, .previous = 0};
}

static void chain_step(struct overflow_place *place, const uint8_t *page)
{
    place->previous = place->pgno;
    place->pgno = page_right(page);
    place->position++;
}

/* Walks to page `position`, from `place` if that lies before it, else from the start. */
static quire_status chain_seek(const struct chain *chain, struct overflow_place *place, uint32_t position)
{
    struct frame *frame;
    if (place->pgno == 0 || place->position > position) {
        chain_start(chain, place);
    }
    while (place->position < position) {
        TRY(chain_get(chain, place, &frame));
        chain_step(place, frame->data);
        node_release(chain->view, frame);
    }
    return QUIRE_OK;
}

/* ---- Making --------------------------------------------------------------- */

/* Fills one new page of the chain; the page after it is `next`. */
static quire_status write_page(const struct chain *chain, const struct overflow_place *place, uint32_t next,
                               overflow_source source, void *context)
{
    struct pager *pager = chain->view->store->pager;
    uint32_t used = used_at(chain, chain->value_len, place->position);
    struct frame *frame;
    TRY(pager_edit_new(pager, place->pgno, &frame, chain->view->fault));
    page_init(frame->data, chain->view->store->page_size, place->pgno, chain->tree_id, PAGE_OVERFLOW);
    page_set_left(frame->data, place->previous);
    overflow_init(frame->data, chain->ref.chain, place->position, used, next);
    quire_status status =
        source ? source(context, place->position * chain->capacity, frame->data + OVERFLOW_DATA, used) : QUIRE_OK;
    if (status == QUIRE_OK) {
        status = pager_log_image(pager, frame, chain->view->fault);
    }
    node_release(chain->view, frame);
    return status;
}

/* Writes pages from `place`, whose page is allocated, to the end of the value. */
static quire_status write_pages(const struct chain *chain, struct overflow_place *place, overflow_source source,
                                void *context)
{
    for (;;) {
        uint32_t next = 0;
        int last = is_last(chain, chain->value_len, place->position);
        quire_status status = last ? QUIRE_OK : space_allocate(chain->view, &next);
        if (status == QUIRE_OK) {
            status = write_page(chain, place, next, source, context);
        }
        if (status != QUIRE_OK || last) {
            return status;
        }
        *place = (struct overflow_place){.pgno = next, .position = place->position + 1, .previous = place->pgno};
    }
}

quire_status overflow_create_from(struct view *view, uint32_t tree_id, overflow_source source, void *context,
                                  uint32_t size, struct overflow_ref *ref)
{
    struct state state;
    struct overflow_ref made;
    struct overflow_place place;
    view_state(view, &state);
    if (state.next_chain == 0) {
        return corrupt(view, state.catalog_root, "T4", "the state says that the next chain is number 0");
    }
    TRY(space_allocate(view, &made.first));
    view_state(view, &state);
    made.chain = state.next_chain++;
    view_set_state(view, &state);
    struct chain chain = chain_of(view, tree_id, made, size);
    chain_start(&chain, &place);
    quire_status status = write_pages(&chain, &place, source, context);
    if (status == QUIRE_OK) {
        *ref = made;
    }
    return status;
}

static quire_status copy_from_memory(void *context, uint32_t offset, uint8_t *data, size_t size)
{
    bytes_copy(data, (const uint8_t *)context + offset, size);
    return QUIRE_OK;
}

quire_status overflow_create(struct view *view, uint32_t tree_id, const uint8_t *data, uint32_t size,
                             struct overflow_ref *ref)
{
    return overflow_create_from(view, tree_id, data ? copy_from_memory : NULL, (void *)(uintptr_t)data, size, ref);
}

/* ---- Reading and writing parts -------------------------------------------- */

quire_status overflow_read_from(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                                struct overflow_place *place, uint32_t offset, uint8_t *buffer, size_t size)
{
    struct chain chain = chain_of(view, tree_id, ref, value_len);
    size_t done = 0;
    while (done < size) {
        struct frame *frame;
        uint32_t at = offset + (uint32_t)done;
        TRY(chain_seek(&chain, place, at / chain.capacity));
        TRY(chain_get(&chain, place, &frame));
        size_t inside = at % chain.capacity;
        size_t part = overflow_used(frame->data) - inside;
        part = part < size - done ? part : size - done;
        bytes_copy(buffer + done, frame->data + OVERFLOW_DATA + inside, part);
        done += part;
        if (inside + part == chain.capacity && page_right(frame->data) != 0) {
            chain_step(place, frame->data);
        }
        node_release(view, frame);
    }
    return QUIRE_OK;
}

quire_status overflow_read(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                           uint32_t offset, uint8_t *buffer, size_t size)
{
    struct overflow_place place = {0};
    return overflow_read_from(view, tree_id, ref, value_len, &place, offset, buffer, size);
}

/* Writes data[0..size) at byte `inside` of a chain page and records it. */
static quire_status patch_data(struct view *view, struct frame **frame, size_t inside, const uint8_t *data, size_t size)
{
    TRY(pager_edit(view->store->pager, frame, view->fault));
    bytes_copy((*frame)->data + OVERFLOW_DATA + inside, data, size);
    size_t length = delta_patch(view->buffers.delta, OVERFLOW_DATA + inside, data, size);
    return pager_log_delta(view->store->pager, *frame, view->buffers.delta, length, view->fault);
}

quire_status overflow_write_from(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                                 struct overflow_place *place, uint32_t offset, const uint8_t *data, size_t size)
{
    struct chain chain = chain_of(view, tree_id, ref, value_len);
    size_t done = 0;
    while (done < size) {
        struct frame *frame;
        uint32_t at = offset + (uint32_t)done;
        TRY(chain_seek(&chain, place, at / chain.capacity));
        TRY(chain_get(&chain, place, &frame));
        size_t inside = at % chain.capacity;
        size_t part = overflow_used(frame->data) - inside;
        part = part < size - done ? part : size - done;
        quire_status status = patch_data(view, &frame, inside, data + done, part);
        if (inside + part == chain.capacity && page_right(frame->data) != 0) {
            chain_step(place, frame->data);
        }
        node_release(view, frame);
        if (status != QUIRE_OK) {
            return status;
        }
        done += part;
    }
    return QUIRE_OK;
}

quire_status overflow_write(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                            uint32_t offset, const uint8_t *data, size_t size)
{
    struct overflow_place place = {0};
    return overflow_write_from(view, tree_id, ref, value_len, &place, offset, data, size);
}

/* ---- Growing, shrinking, freeing ------------------------------------------ */

/* Frees the pages from `place` on. */
static quire_status free_pages(const struct chain *chain, struct overflow_place *place)
{
    while (place->pgno != 0) {
        struct frame *frame;
        uint32_t pgno = place->pgno;
        TRY(chain_get(chain, place, &frame));
        chain_step(place, frame->data);
        node_release(chain->view, frame);
        TRY(space_free(chain->view, pgno));
    }
    return QUIRE_OK;
}

/*
 * Makes the page at `place` hold `used` bytes and lead to `next`. What it gains
 * is zero already, since a page is zero behind its bytes; what it loses becomes so.
 */
static quire_status set_tail(const struct chain *chain, struct frame **frame, uint32_t used, uint32_t next)
{
    struct view *view = chain->view;
    uint8_t *delta = view->buffers.delta;
    TRY(pager_edit(view->store->pager, frame, view->fault));
    uint8_t *page = (*frame)->data;
    uint32_t old_used = overflow_used(page);
    size_t length = 0;
    if (used < old_used) {
        bytes_zero(page + OVERFLOW_DATA + used, old_used - used);
        length = delta_patch(delta, OVERFLOW_DATA + used, page + OVERFLOW_DATA + used, old_used - used);
    }
    store32(page + OVERFLOW_USED, used);
    page_set_right(page, next);
    length += delta_patch(delta + length, OVERFLOW_USED, page + OVERFLOW_USED, 4);
    length += delta_links(delta + length, page_left(page), next);
    return pager_log_delta(view->store->pager, *frame, delta, length, view->fault);
}

quire_status overflow_resize(struct view *view, uint32_t tree_id, struct overflow_ref *ref, uint32_t old_len,
                             uint32_t new_len)
{
    struct chain chain = chain_of(view, tree_id, *ref, old_len);
    struct chain grown = chain_of(view, tree_id, *ref, new_len);
    struct overflow_place place = {0};
    struct frame *frame;
    uint32_t kept = (old_len < new_len ? old_len : new_len) - 1; /* the last byte that stays */
    uint32_t next = 0;
    quire_status status = chain_seek(&chain, &place, kept / chain.capacity);
    if (status == QUIRE_OK && !is_last(&grown, new_len, place.position)) {
        status = space_allocate(view, &next);
    }
    if (status == QUIRE_OK) {
        status = chain_get(&chain, &place, &frame);
    }
    if (status != QUIRE_OK) {
        return status;
    }
    struct overflow_place rest = place;
    chain_step(&rest, frame->data);
    status = set_tail(&chain, &frame, used_at(&grown, new_len, place.position), next);
    node_release(view, frame);
    if (status == QUIRE_OK) {
        status = free_pages(&chain, &rest);
    }
    if (status != QUIRE_OK || next == 0) {
        return status;
    }
    rest = (struct overflow_place){.pgno = next, .position = place.position + 1, .previous = place.pgno};
    return write_pages(&grown, &rest, NULL, NULL);
}

quire_status overflow_free(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len)
{
    struct chain chain = chain_of(view, tree_id, ref, value_len);
    struct overflow_place place;
    chain_start(&chain, &place);
    return free_pages(&chain, &place);
}

quire_status overflow_each(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                           quire_status (*visit)(void *context, uint32_t pgno), void *context)
{
    struct chain chain = chain_of(view, tree_id, ref, value_len);
    struct overflow_place place;
    struct frame *frame;
    chain_start(&chain, &place);
    while (place.pgno != 0) {
        TRY(visit(context, place.pgno));
        TRY(chain_get(&chain, &place, &frame));
        chain_step(&place, frame->data);
        node_release(view, frame);
    }
    return QUIRE_OK;
}

quire_status overflow_load(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                           quire_bytes *value)
{
    uint32_t pages = overflow_pages(view->store->page_size, value_len);
    if (pages > view_page_count(view)) {
        return corrupt(view, ref.first, "T4", "a value of %u bytes takes %u pages, the file has %u", value_len, pages,
                       view_page_count(view));
    }
    quire_status status = view_value_buffer(view, value_len);
    if (status == QUIRE_OK) {
        status = overflow_read(view, tree_id, ref, value_len, 0, view->value, value_len);
    }
    if (status == QUIRE_OK) {
        *value = (quire_bytes){view->value, value_len};
    }
    return status;
}
