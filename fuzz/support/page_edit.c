/* Edits of pages by structure. */
#include "page_edit.h"

#include <string.h>

#include "../../src/base/bytes.h"
#include "../../src/page/format.h"
#include "../../src/page/header.h"

struct lie {
    uint8_t *file, *page;
    size_t page_size, pages;
    uint8_t where, slot, how;
    uint16_t what;
};

static uint32_t moved(const struct lie *lie, uint32_t value, uint32_t set)
{
    return lie->how % 3u == 0 ? set : lie->how % 3u == 1 ? value + lie->what % 16u : value - lie->what % 16u;
}

static void edit16(const struct lie *lie, uint8_t *p)
{
    store16(p, (uint16_t)moved(lie, load16(p), lie->what));
}

/* A page number: another page of the file, or one near it. */
static void edit_pgno(const struct lie *lie, uint8_t *p)
{
    store32(p, moved(lie, load32(p), (uint32_t)(lie->what % (lie->pages + 2u))));
}

/* The slot meant, or the header when the page has none to speak of. */
static uint8_t *slot_of(const struct lie *lie, size_t number, size_t *width)
{
    size_t count = page_slot_count(lie->page);
    *width = (size_t)2 << (lie->page[HEADER_FLAGS] / 2u % 4u);
    if (*width > 8 || count == 0 || *width * count > lie->page_size - HEADER_SIZE)
        return NULL;
    return lie->page + lie->page_size - *width * (number % count + 1u);
}

static void edit_slot(const struct lie *lie)
{
    size_t width;
    uint8_t *slot = slot_of(lie, lie->slot, &width), *other = slot_of(lie, lie->what, &width);
    if (slot == NULL) {
        edit16(lie, lie->page + HEADER_KIND + 2u * (lie->slot % 14u));
    } else if (lie->where < 3) {
        edit16(lie, slot + 2u * lie->where % width);
    } else if (lie->where == 3) {
        size_t at = load16(slot) + lie->what / 16u;
        if (at < lie->page_size)
            lie->page[at] = (uint8_t)moved(lie, lie->page[at], lie->what);
    } else {
        uint8_t kept[8];
        memcpy(kept, slot, width);
        memcpy(slot, other, width);
        if (lie->where == 5)
            memcpy(other, kept, width);
    }
}

/* What leads from this page to another. */
static void edit_pointer(const struct lie *lie)
{
    size_t width;
    uint8_t *slot = slot_of(lie, lie->slot, &width);
    size_t count = page_slot_count(lie->page), room = FREE_CAPACITY(lie->page_size);
    size_t entries = count > 0 && count <= room ? count : room;
    if (lie->page[HEADER_KIND] == PAGE_BRANCH && slot != NULL && load16(slot) + 4u <= lie->page_size)
        edit_pgno(lie, lie->page + load16(slot));
    else if (lie->page[HEADER_KIND] == PAGE_FREE)
        edit_pgno(lie, lie->page + FREE_ENTRIES + FREE_ENTRY_SIZE * (lie->slot % entries));
    else
        edit_pgno(lie, lie->page + HEADER_RIGHT);
}

static void edit_pages(const struct lie *lie)
{
    uint8_t *other = lie->file + lie->page_size * (lie->what % lie->pages);
    for (size_t i = 0; i < lie->page_size && other != lie->page; i++) {
        uint8_t kept = lie->page[i];
        lie->page[i] = other[i];
        other[i] = lie->where == 11 ? kept : other[i];
    }
}

static void edit_state(const struct lie *lie)
{
    static const uint8_t fields[] = {META_PAGE_COUNT, META_STATE,      META_STATE + 4,  META_STATE + 8,
                                     META_STATE + 12, META_STATE + 16, META_GENERATION, META_FIRST_LSN};
    for (size_t i = 0; i < 2 && i < lie->pages; i++)
        edit_pgno(lie, lie->file + i * lie->page_size + fields[lie->slot % sizeof fields]);
}

void page_edit(uint8_t *file, size_t size, size_t page_size, const uint8_t edit[PAGE_EDIT_SIZE])
{
    struct lie lie = {.file = file, .page_size = page_size, .pages = size / page_size};
    if (lie.pages == 0)
        return;
    lie.page = file + page_size * (edit[0] % lie.pages);
    lie.where = edit[1] % PAGE_EDIT_PLACES;
    lie.slot = edit[2];
    lie.how = edit[3];
    lie.what = load16(edit + 4);
    if (lie.where <= 3 || lie.where == 5 || lie.where == 6)
        edit_slot(&lie);
    else if (lie.where == 4)
        edit16(&lie, lie.page + HEADER_LSN + 2u * (lie.slot % 20u));
    else if (lie.where == 7)
        edit_pgno(&lie, lie.page + (lie.slot % 2u ? HEADER_LEFT : HEADER_RIGHT));
    else if (lie.where == 8)
        edit_pointer(&lie);
    else if (lie.where == 9)
        lie.page[HEADER_SIZE + lie.slot] = (uint8_t)moved(&lie, lie.page[HEADER_SIZE + lie.slot], lie.what);
    else if (lie.where <= 11)
        edit_pages(&lie);
    else if (lie.where == 12)
        edit_state(&lie);
    else if (lie.where == 13)
        edit16(&lie, lie.page + OVERFLOW_CHAIN + 2u * (lie.slot % 8u));
    else if (lie.where == 14)
        lie.page[lie.slot % 2u ? HEADER_FLAGS : HEADER_LEVEL] = (uint8_t)lie.what;
    else
        lie.page[lie.what % page_size] = (uint8_t)(lie.page[lie.what % page_size] + lie.how);
}
