/* Marks by rule, rows of bytes, and the inspection of any bytes. */
#include "page_draw.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/tree/audit.h"

enum { ROW = 16, WHOLE_UP_TO = 1024, CONTEXT_ROWS = 2, SLOTS_SHOWN = 40 };

/* ---- Marks ---------------------------------------------------------------------- */

struct drawing {
    const uint8_t *page;
    size_t page_size;
    uint8_t *marks;
};

static void mark(struct drawing *d, size_t from, size_t size)
{
    for (size_t at = from; at < d->page_size && at - from < size; at++)
        d->marks[at] = 1;
}

static void mark_slot(struct drawing *d, size_t slot)
{
    size_t width = slot_width(page_flags(d->page));
    if (width != 0 && slot < (d->page_size - HEADER_SIZE) / width)
        mark(d, d->page_size - width * (slot + 1), width);
}

/* Where a slot says that its record stands, cut to the page; nothing if the directory is not within the page. */
static struct extent extent_in_page(const uint8_t *page, size_t page_size, size_t slot)
{
    struct extent extent = {0, 0};
    size_t width = slot_width(page_flags(page)), count = page_slot_count(page);
    if (width == 0 || width * count > page_size - HEADER_SIZE || slot >= count)
        return extent;
    extent = slot_extent(page, page_size, slot);
    extent.offset = extent.offset < page_size ? extent.offset : page_size;
    extent.length = extent.length < page_size - extent.offset ? extent.length : page_size - extent.offset;
    return extent;
}

static void mark_record(struct drawing *d, size_t slot)
{
    struct extent extent = extent_in_page(d->page, d->page_size, slot);
    mark(d, extent.offset, extent.length);
}

static void mark_fences(struct drawing *d)
{
    mark(d, HEADER_LOW_LEN, 6);
    mark(d, HEADER_SIZE, page_low_len(d->page) + page_high_len(d->page));
}

/* Bytes that are not zero where no record stands. */
static void mark_free_bytes(struct drawing *d)
{
    uint8_t *covered = calloc(d->page_size, 1);
    for (size_t slot = 0; slot < page_slot_count(d->page); slot++) {
        struct extent extent = extent_in_page(d->page, d->page_size, slot);
        memset(covered + extent.offset, 1, extent.length);
    }
    size_t arena = HEADER_SIZE + page_low_len(d->page) + page_high_len(d->page);
    for (size_t at = arena; at < page_free_end(d->page) && at < d->page_size; at++)
        if (!covered[at] && d->page[at] != 0)
            mark(d, at, 1);
    free(covered);
}

static void mark_header(struct drawing *d, enum page_rule rule)
{
    static const struct {
        uint8_t rule, from, size;
    } fields[] = {
        {RULE_SEAL, HEADER_CHECKSUM, 4},
        {RULE_KIND, HEADER_KIND, 1},
        {RULE_LEVEL, HEADER_KIND, 2},
        {RULE_UNUSED, HEADER_FLAGS, 2},
        {RULE_UNUSED, HEADER_ZERO16, 2},
        {RULE_SPACE, HEADER_SLOT_COUNT, 6},
        {RULE_SPACE, HEADER_HOLE_BYTES, 2},
        {RULE_HOLES, HEADER_HOLE_BYTES, 2},
        {RULE_META, META_MAGIC, META_END - META_MAGIC},
        {RULE_FREE, HEADER_SLOT_COUNT, 2},
        {RULE_OVERFLOW, OVERFLOW_CHAIN, OVERFLOW_DATA - OVERFLOW_CHAIN},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i].rule == rule)
            mark(d, fields[i].from, fields[i].size);
}

void page_mark(const uint8_t *page, size_t page_size, const struct page_fault *fault, uint8_t *marks)
{
    struct drawing d = {page, page_size, marks};
    mark_header(&d, fault->rule);
    switch (fault->rule) {
    case RULE_FENCES:
        mark_fences(&d);
        break;
    case RULE_FREE_BYTES:
        mark_free_bytes(&d);
        break;
    case RULE_FREE:
        mark(&d, FREE_ENTRIES, FREE_ENTRY_SIZE * page_slot_count(page));
        break;
    case RULE_MAP:
        mark(&d, MAP_ENTRIES, page_size);
        break;
    default:
        break;
    }
    if (fault->rule < RULE_EXTENT || fault->rule > RULE_BRANCH)
        return;
    if (fault->rule == RULE_BOUNDS)
        mark_fences(&d);
    const size_t slots[2] = {fault->slot, fault->other};
    for (size_t i = 0; i < 2; i++)
        if (slots[i] != SIZE_MAX) {
            mark_slot(&d, slots[i]);
            if (fault->rule != RULE_EXTENT)
                mark_record(&d, slots[i]);
        }
}

/* ---- Rows ----------------------------------------------------------------------- */

static int is_marked(const uint8_t *marks, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++)
        if (marks[at])
            return 1;
    return 0;
}

/* Left out: rows of zeros, and in a large page those of neither the header nor a marked row's neighbourhood. */
static int is_shown(const uint8_t *page, size_t page_size, const uint8_t *marks, size_t row)
{
    size_t from = row > CONTEXT_ROWS * ROW ? row - CONTEXT_ROWS * ROW : 0, to = row + (CONTEXT_ROWS + 1) * ROW;
    if (row < HEADER_SIZE || is_marked(marks, row, row + ROW))
        return 1;
    int is_near = page_size <= WHOLE_UP_TO || is_marked(marks, from, to < page_size ? to : page_size);
    for (size_t at = row; at < row + ROW && is_near; at++)
        if (page[at] != 0)
            return 1;
    return 0;
}

static void draw_row(FILE *out, const uint8_t *page, const uint8_t *marks, size_t row)
{
    fprintf(out, "  %04zx:", row);
    for (size_t at = row; at < row + ROW; at++) {
        int opens = marks[at] && (at == row || !marks[at - 1]), closes = !marks[at] && at > row && marks[at - 1];
        fprintf(out, "%c%02x", opens ? '[' : closes ? ']' : ' ', page[at]);
    }
    fprintf(out, "%c ", marks[row + ROW - 1] ? ']' : ' ');
    for (size_t at = row; at < row + ROW; at++)
        fputc(page[at] >= 0x20 && page[at] < 0x7f ? page[at] : '.', out);
    fputc('\n', out);
}

static void draw_rows(FILE *out, const uint8_t *page, size_t page_size, const uint8_t *marks)
{
    size_t left_out = 0;
    for (size_t row = 0; row < page_size; row += ROW) {
        int shown = is_shown(page, page_size, marks, row);
        if (!shown)
            left_out++;
        if (left_out != 0 && (shown || row + ROW == page_size)) {
            fprintf(out, "     ..: %zu rows\n", left_out);
            left_out = 0;
        }
        if (shown)
            draw_row(out, page, marks, row);
    }
}

/* ---- Words ---------------------------------------------------------------------- */

struct words {
    FILE *out;
    const uint8_t *page, *marks;
    size_t page_size, lines;
};

/* A line of the inspection; slots whose bytes are marked are pointed at, and of many slots only they are told. */
static void one_line(void *context, const char *text)
{
    struct words *words = context;
    size_t slot, row, width = slot_width(page_flags(words->page));
    int points = 0;
    if (sscanf(text, "  %4zx: %2zx", &row, &slot) == 2) /* the header's bytes, which are drawn above */
        return;
    if (sscanf(text, "  slot %zu:", &slot) == 1) {
        size_t at = words->page_size - width * (slot + 1);
        struct extent extent = extent_in_page(words->page, words->page_size, slot);
        points = is_marked(words->marks, at, at + width) ||
                 is_marked(words->marks, extent.offset, extent.offset + extent.length);
        if (!points && words->lines++ >= SLOTS_SHOWN)
            return;
    }
    fprintf(words->out, "%s%s\n", points ? "->" : "  ", text);
}

void page_draw(FILE *out, const uint8_t *page, size_t page_size, const uint8_t *marks)
{
    struct view_buffers buffers = {0};
    struct words words = {.out = out, .page = page, .marks = marks, .page_size = page_size};
    void *scratch = malloc(page_scratch_size(page_size));
    page_scratch_carve(&buffers.check, scratch, page_size);
    buffers.page = malloc(page_size + 1);
    buffers.page2 = malloc(page_size + 1);
    draw_rows(out, page, page_size, marks);
    inspect_bytes(page, page_size, page_pgno(page), &buffers, one_line, &words);
    free(buffers.page);
    free(buffers.page2);
    free(scratch);
}
