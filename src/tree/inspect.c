/*
 * One page as text. Nothing here trusts the page: it is looked at below the
 * gate, whatever page_check says of it, so every number read from it is held
 * against the page's size before it is used.
 */
#include "audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 512, SHOWN_BYTES = 48, HEX_PER_LINE = 16, NUMBERS_PER_LINE = 8 };

struct inspection {
    struct view_buffers *buffers;
    const uint8_t *page;
    size_t page_size;
    void (*line)(void *context, const char *text);
    void *context;
    char text[LINE_SIZE];
    size_t length;
};

/* ---- Lines ---------------------------------------------------------------- */

/* Adds to the line; what does not fit is cut. */
__attribute__((format(printf, 2, 3))) static void add(struct inspection *in, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(in->text + in->length, LINE_SIZE - in->length, format, arguments);
    va_end(arguments);
    if (length > 0) {
        in->length += (size_t)length < LINE_SIZE - in->length ? (size_t)length : LINE_SIZE - in->length - 1;
    }
}

static void end_line(struct inspection *in)
{
    in->line(in->context, in->text);
    in->length = 0;
    in->text[0] = '\0';
}

static void add_escaped(struct inspection *in, const uint8_t *bytes, size_t size)
{
    size_t shown = size < SHOWN_BYTES ? size : SHOWN_BYTES;
    add(in, "\"");
    for (size_t i = 0; i < shown; i++) {
        int is_plain = bytes[i] >= 0x20 && bytes[i] < 0x7f && bytes[i] != '"' && bytes[i] != '\\';
        add(in, is_plain ? "%c" : "\\x%02x", (unsigned)bytes[i]);
    }
    add(in, shown < size ? "\"..." : "\"");
}

static void hex_lines(struct inspection *in, size_t from, size_t to)
{
    for (size_t at = from; at < to; at += HEX_PER_LINE) {
        size_t end = to - at < HEX_PER_LINE ? to : at + HEX_PER_LINE;
        add(in, "  %04zx:", at);
        for (size_t i = at; i < end; i++) {
            add(in, " %02x", in->page[i]);
        }
        end_line(in);
    }
}

/* ---- Header --------------------------------------------------------------- */

static const char *kind_name(uint8_t kind)
{
    static const char *const names[] = {"unknown", "meta", "free", "branch", "leaf", "overflow", "map"};
    return kind <= PAGE_MAP ? names[kind] : names[0];
}

static void show_header(struct inspection *in)
{
    const uint8_t *page = in->page;
    add(in, "  pgno %u, lsn %llu, tree %u, kind %u, level %u, flags 0x%02x", (unsigned)page_pgno(page),
        (unsigned long long)page_lsn(page), (unsigned)page_tree(page), page_kind(page), page_level(page),
        page_flags(page));
    end_line(in);
    add(in, "  slot_count %zu, free_start %zu, free_end %zu, hole_bytes %zu", page_slot_count(page),
        page_free_start(page), page_free_end(page), page_hole_bytes(page));
    end_line(in);
    add(in, "  low_len %zu, high_len %zu, prefix_len %zu, left %u, right %u", page_low_len(page), page_high_len(page),
        page_prefix_len(page), (unsigned)page_left(page), (unsigned)page_right(page));
    end_line(in);
    hex_lines(in, 0, HEADER_SIZE);
}

static void show_verdict(struct inspection *in)
{
    struct page_fault fault = {RULE_OK, SIZE_MAX, SIZE_MAX};
    char text[128];
    if (page_check(in->page, in->page_size, &in->buffers->check, &fault) == RULE_OK) {
        add(in, "  check: ok");
    } else {
        page_fault_text(&fault, text, sizeof text);
        add(in, "  check: breaks %s (%s)", page_rule_name(fault.rule), text);
    }
    end_line(in);
}

/* ---- Leaf and branch ------------------------------------------------------ */

/* How many slots of this width the page can hold at most, or as many as it says. */
static size_t shown_slots(const struct inspection *in, size_t width)
{
    size_t most = (in->page_size - HEADER_SIZE) / width;
    return page_slot_count(in->page) < most ? page_slot_count(in->page) : most;
}

static void show_fences(struct inspection *in)
{
    size_t low_len = page_low_len(in->page);
    size_t high_len = page_high_len(in->page);
    if (low_len + high_len > in->page_size - HEADER_SIZE) {
        add(in, "  fences: longer than the page");
    } else {
        add(in, "  fences: ");
        add_escaped(in, page_low(in->page), low_len);
        add(in, high_len > 0 ? " to " : " to the end");
        if (high_len > 0) {
            add_escaped(in, page_high(in->page), high_len);
        }
    }
    end_line(in);
}

/* Extents of all slots, offsets and ends clipped to the page: V1 ends at the next higher offset or at free_start. */
struct extents {
    size_t width;
    size_t count;
    const uint8_t *marks; /* V1: 1 where a record begins */
};

static void load_extents(struct inspection *in, struct extents *extents)
{
    uint8_t *marks = in->buffers->page;
    extents->width = slot_width(page_flags(in->page));
    extents->count = extents->width == 0 ? 0 : shown_slots(in, extents->width);
    extents->marks = marks;
    memset(marks, 0, in->page_size + 1);
    if (extents->width == SLOT_WIDTH_V1) {
        for (size_t i = 0; i < extents->count; i++) {
            size_t offset = slot_offset(in->page, in->page_size, extents->width, i);
            marks[offset < in->page_size ? offset : in->page_size] = 1;
        }
    }
}

static size_t v1_end(const struct inspection *in, const struct extents *extents, size_t offset)
{
    size_t limit = page_free_start(in->page) < in->page_size ? page_free_start(in->page) : in->page_size;
    size_t end = offset + 1;
    while (end < limit && !extents->marks[end]) {
        end++;
    }
    return end < limit ? end : limit;
}

/* 1, and the extent, if it lies in the page at all. */
static int extent_at(const struct inspection *in, const struct extents *extents, size_t slot, struct extent *extent)
{
    extent->offset = slot_offset(in->page, in->page_size, extents->width, slot);
    if (extents->width == SLOT_WIDTH_V1) {
        size_t end = v1_end(in, extents, extent->offset);
        extent->length = end > extent->offset ? end - extent->offset : 0;
    } else {
        extent->length = slot_length(in->page, in->page_size, extents->width, slot);
    }
    return extent->length > 0 && extent->offset < in->page_size && extent->length <= in->page_size - extent->offset;
}

static void show_stored(struct inspection *in, const struct record *record, struct overflow_ref ref)
{
    if (record->overflow) {
        add(in, ", value %u bytes in chain %llu from page %u", (unsigned)record->value_len,
            (unsigned long long)ref.chain, (unsigned)ref.first);
    } else {
        add(in, ", value %u bytes", (unsigned)record->value_len);
    }
}

static void show_plain(struct inspection *in, const uint8_t *bytes, size_t length)
{
    struct record record;
    if (!plain_decode(bytes, length, in->page_size, &record)) {
        add(in, ", malformed: ");
        add_escaped(in, bytes, length);
        return;
    }
    struct overflow_ref ref = {0};
    if (record.overflow) {
        ref = reference_decode_plain(record.stored);
    }
    add(in, ", key ");
    add_escaped(in, record.key, record.key_len);
    show_stored(in, &record, ref);
}

static void show_prefix(struct inspection *in, const uint8_t *bytes, size_t length)
{
    struct prefix_record record;
    if (!prefix_decode(bytes, length, in->page_size, KEY_MAX(in->page_size), &record)) {
        add(in, ", malformed: ");
        add_escaped(in, bytes, length);
        return;
    }
    struct overflow_ref ref = {0};
    if (record.rest.overflow) {
        ref = reference_decode_prefix(record.rest.stored);
    }
    add(in, ", key %zu bytes of the one before and ", record.prefix_len);
    add_escaped(in, record.rest.key, record.rest.key_len);
    show_stored(in, &record.rest, ref);
}

static void show_branch_record(struct inspection *in, const uint8_t *bytes, size_t length)
{
    if (length < BRANCH_CHILD_SIZE) {
        add(in, ", malformed: ");
        add_escaped(in, bytes, length);
        return;
    }
    add(in, ", child %u, separator ", (unsigned)load32(bytes));
    add_escaped(in, bytes + BRANCH_CHILD_SIZE, length - BRANCH_CHILD_SIZE);
}

static void show_slot(struct inspection *in, const struct extents *extents, size_t slot)
{
    struct extent extent;
    int is_inside = extent_at(in, extents, slot, &extent);
    add(in, "  slot %zu: offset %zu, length %zu", slot, extent.offset, extent.length);
    if (extents->width == SLOT_WIDTH_V3) {
        add(in, ", head %08x", (unsigned)slot_head(in->page, in->page_size, slot));
    }
    if (!is_inside) {
        add(in, ", not within the page");
    } else if (page_kind(in->page) == PAGE_BRANCH) {
        show_branch_record(in, in->page + extent.offset, extent.length);
    } else if (page_flags(in->page) % 2u == LEAF_FLAG_PLAIN_RECORDS) {
        show_plain(in, in->page + extent.offset, extent.length);
    } else {
        show_prefix(in, in->page + extent.offset, extent.length);
    }
    end_line(in);
}

/* What of [arena, free_start) no record covers, and the gap. */
static void show_free_regions(struct inspection *in, const struct extents *extents)
{
    uint8_t *covered = in->buffers->page2;
    struct extent extent;
    size_t arena = page_arena(in->page);
    size_t end = page_free_start(in->page) < in->page_size ? page_free_start(in->page) : in->page_size;
    memset(covered, 0, in->page_size);
    for (size_t i = 0; i < extents->count; i++) {
        if (extent_at(in, extents, i, &extent)) {
            memset(covered + extent.offset, 1, extent.length);
        }
    }
    for (size_t at = arena; at < end;) {
        size_t start = at;
        while (at < end && !covered[at]) {
            at++;
        }
        if (at > start) {
            add(in, "  hole: %zu to %zu, %zu bytes", start, at, at - start);
            end_line(in);
        }
        while (at < end && covered[at]) {
            at++;
        }
    }
    if (page_free_end(in->page) >= page_free_start(in->page)) {
        add(in, "  gap: %zu to %zu, %zu bytes", page_free_start(in->page), page_free_end(in->page),
            page_free_end(in->page) - page_free_start(in->page));
        end_line(in);
    }
}

static void show_slotted(struct inspection *in)
{
    struct extents extents;
    show_fences(in);
    load_extents(in, &extents);
    if (extents.width == 0) {
        add(in, "  slots: of no known version");
        end_line(in);
        return;
    }
    for (size_t i = 0; i < extents.count; i++) {
        show_slot(in, &extents, i);
    }
    show_free_regions(in, &extents);
}

/* ---- Other kinds ---------------------------------------------------------- */

static void show_meta(struct inspection *in)
{
    struct meta meta;
    struct state state;
    meta_decode(in->page, &meta);
    state_decode(meta.state, &state);
    add(in, "  format %u, page size %u, salt %016llx, pages %u", (unsigned)meta.format_version,
        (unsigned)meta.page_size, (unsigned long long)meta.salt, (unsigned)meta.page_count);
    end_line(in);
    add(in, "  checkpoint %llu, log generation %u from lsn %llu", (unsigned long long)meta.checkpoint,
        (unsigned)meta.generation, (unsigned long long)meta.first_lsn);
    end_line(in);
    add(in, "  free list at %u of %u pages, next tree %u, catalog root %u, next chain %llu", (unsigned)state.free_head,
        (unsigned)state.free_count, (unsigned)state.next_tree, (unsigned)state.catalog_root,
        (unsigned long long)state.next_chain);
    end_line(in);
}

static void show_overflow(struct inspection *in)
{
    size_t used = overflow_used(in->page);
    size_t room = in->page_size - OVERFLOW_DATA;
    add(in, "  chain %llu, position %u, used %zu of %zu bytes", (unsigned long long)overflow_chain(in->page),
        (unsigned)overflow_position(in->page), used, room);
    end_line(in);
    used = used < room ? used : room;
    hex_lines(in, OVERFLOW_DATA, OVERFLOW_DATA + (used < SHOWN_BYTES ? used : SHOWN_BYTES));
}

static void show_free(struct inspection *in)
{
    size_t most = FREE_CAPACITY(in->page_size);
    size_t count = page_slot_count(in->page) < most ? page_slot_count(in->page) : most;
    for (size_t i = 0; i < count; i++) {
        add(in, i % NUMBERS_PER_LINE == 0 ? "  free pages: %u" : " %u", (unsigned)free_entry(in->page, i));
        if (i % NUMBERS_PER_LINE == NUMBERS_PER_LINE - 1 || i + 1 == count) {
            end_line(in);
        }
    }
}

static void show_map(struct inspection *in)
{
    size_t capacity = MAP_CAPACITY(in->page_size);
    for (size_t i = 0; i < capacity; i++) {
        if (map_entry(in->page, i) != 0) {
            add(in, "  page %llu: checksum %08x", (unsigned long long)page_pgno(in->page) + i,
                (unsigned)map_entry(in->page, i));
            end_line(in);
        }
    }
}

static void show_page(struct inspection *in, uint32_t pgno)
{
    uint8_t kind = page_kind(in->page);
    add(in, "page %u: %s", (unsigned)pgno, kind_name(kind));
    if (kind == PAGE_LEAF && slot_width(page_flags(in->page)) != 0) {
        add(in, ", %s records, V%u slots",
            page_flags(in->page) % 2u == LEAF_FLAG_PLAIN_RECORDS ? "plain" : "prefix-compressed",
            page_flags(in->page) / 2u % 4u + 1u);
    }
    end_line(in);
    show_verdict(in);
    show_header(in);
    switch (kind) {
    case PAGE_LEAF:
    case PAGE_BRANCH:
        show_slotted(in);
        break;
    case PAGE_META:
        show_meta(in);
        break;
    case PAGE_OVERFLOW:
        show_overflow(in);
        break;
    case PAGE_FREE:
        show_free(in);
        break;
    case PAGE_MAP:
        show_map(in);
        break;
    default:
        hex_lines(in, HEADER_SIZE, HEADER_SIZE + SHOWN_BYTES);
    }
}

void inspect_bytes(const uint8_t *page, size_t page_size, uint32_t pgno, struct view_buffers *buffers,
                   void (*line)(void *context, const char *text), void *context)
{
    struct inspection in = {.buffers = buffers, .page = page, .page_size = page_size, .line = line, .context = context};
    show_page(&in, pgno);
}

/* A page that the pager refuses: why, and what the file itself holds. */
static quire_status show_refused(struct view *view, struct inspection *in, uint32_t pgno)
{
    struct fault fault;
    uint8_t *page = memory_allocate(view->store->memory, in->page_size);
    if (!page) {
        return fault_set(view->fault, QUIRE_NO_MEMORY, "no memory for a page");
    }
    add(in, "page %u cannot be used: %s", (unsigned)pgno, view->fault->message);
    end_line(in);
    quire_status status = pager_read_raw(view->store->pager, pgno, page, &fault);
    if (status == QUIRE_OK) {
        add(in, "what the file holds, sealed with the checksum %08x:", (unsigned)page_checksum(page));
        end_line(in);
        store32(page + HEADER_CHECKSUM, 0);
        in->page = page;
        show_page(in, pgno);
    } else {
        add(in, "%s", fault.message);
        end_line(in);
    }
    memory_release(view->store->memory, page);
    return QUIRE_OK;
}

quire_status inspect_page(struct view *view, uint32_t pgno, void (*line)(void *context, const char *text),
                          void *context)
{
    struct inspection in = {
        .buffers = &view->buffers, .page_size = view->store->page_size, .line = line, .context = context};
    struct frame *frame;
    if (pgno >= view_page_count(view)) {
        return fault_set(view->fault, QUIRE_NOT_FOUND, "there is no page %u: the file has %u", (unsigned)pgno,
                         (unsigned)view_page_count(view));
    }
    quire_status status = pager_read(view->store->pager, view->snapshot, pgno, &frame, view->fault);
    if (status != QUIRE_OK) {
        return status == QUIRE_CORRUPT ? show_refused(view, &in, pgno) : status;
    }
    in.page = frame->data;
    show_page(&in, pgno);
    node_release(view, frame);
    return QUIRE_OK;
}
