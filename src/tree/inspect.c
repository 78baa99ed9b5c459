/*
 * One page as text. Nothing here trusts the page: it is looked at below the
 * gate, whatever page_check says of it, so every number read from it is held
 * against the page's size before it is used.
 */
#include "inspect.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_BYTES = 48, HEX_PER_LINE = 16, NUMBERS_PER_LINE = 8 };

/* ---- Lines ---------------------------------------------------------------- */

void inspect_add(struct inspection *in, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(in->text + in->length, INSPECT_LINE_SIZE - in->length, format, arguments);
    va_end(arguments);
    if (length > 0) {
        in->length +=
            (size_t)length < INSPECT_LINE_SIZE - in->length ? (size_t)length : INSPECT_LINE_SIZE - in->length - 1;
    }
}

void inspect_end_line(struct inspection *in)
{
    in->line(in->context, in->text);
    in->length = 0;
    in->text[0] = '\0';
}

void inspect_add_escaped(struct inspection *in, const uint8_t *bytes, size_t size)
{
    size_t shown = size < SHOWN_BYTES ? size : SHOWN_BYTES;
    inspect_add(in, "\"");
    for (size_t i = 0; i < shown; i++) {
        int is_plain = bytes[i] >= 0x20 && bytes[i] < 0x7f && bytes[i] != '"' && bytes[i] != '\\';
        inspect_add(in, is_plain ? "%c" : "\\x%02x", (unsigned)bytes[i]);
    }
    inspect_add(in, shown < size ? "\"..." : "\"");
}

static void hex_lines(struct inspection *in, size_t from, size_t to)
{
    for (size_t at = from; at < to; at += HEX_PER_LINE) {
        size_t end = to - at < HEX_PER_LINE ? to : at + HEX_PER_LINE;
        inspect_add(in, "  %04zx:", at);
        for (size_t i = at; i < end; i++) {
            inspect_add(in, " %02x", in->page[i]);
        }
        inspect_end_line(in);
    }
}

/* ---- Header --------------------------------------------------------------- */

static const char *kind_name(uint8_t kind)
{
    static const char *const kinds[] = {"unknown", "meta", "free", "branch", "leaf", "overflow", "map"};
    return kind <= PAGE_MAP ? kinds[kind] : kinds[0];
}

static void show_header(struct inspection *in)
{
    const uint8_t *page = in->page;
    inspect_add(in, "  pgno %u, lsn ", (unsigned)page_pgno(page));
    if (in->is_writers && (page_lsn(page) & PAGER_STAMP) != 0) {
        inspect_add(in, "not known yet");
    } else {
        inspect_add(in, "%llu", (unsigned long long)page_lsn(page));
    }
    inspect_add(in, ", tree %u, kind %u, level %u, flags 0x%02x", (unsigned)page_tree(page), page_kind(page),
                page_level(page), page_flags(page));
    inspect_end_line(in);
    inspect_add(in, "  slot_count %zu, free_start %zu, free_end %zu, hole_bytes %zu", page_slot_count(page),
                page_free_start(page), page_free_end(page), page_hole_bytes(page));
    inspect_end_line(in);
    inspect_add(in, "  low_len %zu, high_len %zu, prefix_len %zu, left %u, right %u", page_low_len(page),
                page_high_len(page), page_prefix_len(page), (unsigned)page_left(page), (unsigned)page_right(page));
    inspect_end_line(in);
    hex_lines(in, 0, HEADER_SIZE);
}

static void show_verdict(struct inspection *in)
{
    struct page_fault fault = {RULE_OK, SIZE_MAX, SIZE_MAX};
    char text[128];
    if (page_check(in->page, in->page_size, &in->buffers->check, &fault) == RULE_OK) {
        inspect_add(in, "  check: ok");
    } else {
        page_fault_text(&fault, text, sizeof text);
        inspect_add(in, "  check: breaks %s (%s)", page_rule_name(fault.rule), text);
    }
    inspect_end_line(in);
}

/* ---- Other kinds ---------------------------------------------------------- */

static void show_meta(struct inspection *in)
{
    struct meta meta;
    struct state state;
    meta_decode(in->page, &meta);
    state_decode(meta.state, &state);
    inspect_add(in, "  format %u, page size %u, salt %016llx, pages %u", (unsigned)meta.format_version,
                (unsigned)meta.page_size, (unsigned long long)meta.salt, (unsigned)meta.page_count);
    inspect_end_line(in);
    inspect_add(in, "  checkpoint %llu, log generation %u from lsn %llu", (unsigned long long)meta.checkpoint,
                (unsigned)meta.generation, (unsigned long long)meta.first_lsn);
    inspect_end_line(in);
    inspect_add(in, "  free list at %u of %u pages, next tree %u, catalog root %u, next chain %llu",
                (unsigned)state.free_head, (unsigned)state.free_count, (unsigned)state.next_tree,
                (unsigned)state.catalog_root, (unsigned long long)state.next_chain);
    inspect_end_line(in);
}

static void show_overflow(struct inspection *in)
{
    size_t used = overflow_used(in->page);
    size_t room = in->page_size - OVERFLOW_DATA;
    inspect_add(in, "  chain %llu, position %u, used %zu of %zu bytes", (unsigned long long)overflow_chain(in->page),
                (unsigned)overflow_position(in->page), used, room);
    inspect_end_line(in);
    used = used < room ? used : room;
    hex_lines(in, OVERFLOW_DATA, OVERFLOW_DATA + (used < SHOWN_BYTES ? used : SHOWN_BYTES));
}

static void show_free(struct inspection *in)
{
    size_t most = FREE_CAPACITY(in->page_size);
    size_t count = page_slot_count(in->page) < most ? page_slot_count(in->page) : most;
    for (size_t i = 0; i < count; i++) {
        inspect_add(in, i % NUMBERS_PER_LINE == 0 ? "  free pages: %u" : " %u", (unsigned)free_entry(in->page, i));
        if (i % NUMBERS_PER_LINE == NUMBERS_PER_LINE - 1 || i + 1 == count) {
            inspect_end_line(in);
        }
    }
}

static void show_map(struct inspection *in)
{
    size_t capacity = MAP_CAPACITY(in->page_size);
    for (size_t i = 0; i < capacity; i++) {
        if (map_entry(in->page, i) != 0) {
            inspect_add(in, "  page %llu: checksum %08x", (unsigned long long)page_pgno(in->page) + i,
                        (unsigned)map_entry(in->page, i));
            inspect_end_line(in);
        }
    }
}

static void show_page(struct inspection *in, uint32_t pgno)
{
    uint8_t kind = page_kind(in->page);
    inspect_add(in, "page %u: %s", (unsigned)pgno, kind_name(kind));
    if (kind == PAGE_LEAF && slot_width(page_flags(in->page)) != 0) {
        inspect_add(in, ", %s records, V%u slots",
                    page_flags(in->page) % 2u == LEAF_FLAG_PLAIN_RECORDS ? "plain" : "prefix-compressed",
                    page_flags(in->page) / 2u % 4u + 1u);
    }
    inspect_end_line(in);
    show_verdict(in);
    show_header(in);
    switch (kind) {
    case PAGE_LEAF:
    case PAGE_BRANCH:
        inspect_slotted(in);
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
    inspect_add(in, "page %u cannot be used: %s", (unsigned)pgno, view->fault->message);
    inspect_end_line(in);
    quire_status status = pager_read_raw(view->store->pager, pgno, page, &fault);
    if (status == QUIRE_OK) {
        inspect_add(in, "what the file holds, sealed with the checksum %08x:", (unsigned)page_checksum(page));
        inspect_end_line(in);
        store32(page + HEADER_CHECKSUM, 0);
        in->page = page;
        show_page(in, pgno);
    } else {
        inspect_add(in, "%s", fault.message);
        inspect_end_line(in);
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
    in.is_writers = view->snapshot == NULL;
    show_page(&in, pgno);
    node_release(view, frame);
    return QUIRE_OK;
}
