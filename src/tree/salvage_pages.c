/*
 * Every intact page of the damaged database, found by reading each place of the
 * file once and the log from end to end; then one version of each page, the
 * newest.
 */
#include "salvage.h"

#include <string.h>

enum { PROGRESS_EVERY = 256 };

uint64_t salvage_places(const struct salvage *salvage, size_t page_size)
{
    uint64_t places = salvage->bad.file_bytes / page_size;
    return places < UINT32_MAX ? places : UINT32_MAX; /* a page's number has 32 bits */
}

quire_status salvage_progress(struct salvage *salvage, uint64_t done, uint64_t total)
{
    const quire_salvage_options *options = &salvage->options;
    if (options->progress && options->progress(options->progress_context, done, total) != 0) {
        return fault_set(salvage->fault, QUIRE_CANCELLED, "the salvage was cancelled");
    }
    return QUIRE_OK;
}

/* ---- Sorting --------------------------------------------------------------------- */

/* By number, and of one number the newest first. */
static int is_after_by_number(const struct salvage_page *a, const struct salvage_page *b)
{
    if (a->pgno != b->pgno) {
        return a->pgno > b->pgno;
    }
    return a->lsn != b->lsn ? a->lsn < b->lsn : a->place > b->place;
}

/* By tree, and in one tree the oldest first; pages of one LSN, which no healthy file has, by number. */
static int is_after_by_age(const struct salvage_page *a, const struct salvage_page *b)
{
    if (a->tree != b->tree) {
        return a->tree > b->tree;
    }
    return a->lsn != b->lsn ? a->lsn > b->lsn : a->pgno > b->pgno;
}

typedef int (*page_order)(const struct salvage_page *a, const struct salvage_page *b);

static void sift_down(struct salvage_page *pages, size_t from, size_t count, page_order is_after)
{
    for (size_t child = 2 * from + 1; child < count; child = 2 * from + 1) {
        child += child + 1 < count && is_after(&pages[child + 1], &pages[child]);
        if (!is_after(&pages[child], &pages[from])) {
            return;
        }
        struct salvage_page moved = pages[from];
        pages[from] = pages[child];
        pages[child] = moved;
        from = child;
    }
}

/* In place, and in the same time whatever a hostile file says of its pages. */
static void sort_pages(struct salvage_page *pages, size_t count, page_order is_after)
{
    for (size_t i = count / 2; i > 0; i--) {
        sift_down(pages, i - 1, count, is_after);
    }
    for (size_t end = count; end > 1; end--) {
        struct salvage_page moved = pages[0];
        pages[0] = pages[end - 1];
        pages[end - 1] = moved;
        sift_down(pages, 0, end - 1, is_after);
    }
}

/* ---- Single pages ------------------------------------------------------------------ */

/* Unseals and judges a page's bytes. */
static int is_intact(struct salvage *salvage, uint8_t *page, uint32_t pgno)
{
    struct page_fault fault;
    if (!page_verify(page, salvage->page_size, pgno, salvage->salt, 0)) {
        return 0;
    }
    store32(page + HEADER_CHECKSUM, 0);
    return page_check(page, salvage->page_size, &salvage->scratch, &fault) == RULE_OK;
}

quire_status salvage_load(struct salvage *salvage, const struct salvage_page *entry, uint8_t *page, int *loaded)
{
    quire_status status = QUIRE_OK;
    if (entry->flags & SALVAGE_IN_LOG) {
        status = damaged_log_page(&salvage->bad, entry->pgno, entry->lsn, page, loaded, salvage->fault);
    } else {
        uint64_t offset = (uint64_t)entry->place * salvage->page_size;
        *loaded =
            damaged_read(&salvage->bad, offset, page, salvage->page_size) && is_intact(salvage, page, entry->pgno);
    }
    if (status == QUIRE_OK && *loaded) {
        *loaded = page_pgno(page) == entry->pgno && page_kind(page) == entry->kind && page_tree(page) == entry->tree &&
                  page_lsn(page) == entry->lsn;
    }
    return status;
}

struct salvage_page *salvage_find_page(struct salvage *salvage, uint32_t pgno)
{
    size_t low = 0, high = salvage->page_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (salvage->pages[middle].pgno < pgno) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < salvage->page_count && salvage->pages[low].pgno == pgno ? &salvage->pages[low] : NULL;
}

static void add_page(struct salvage *salvage, const uint8_t *page, uint32_t place, uint8_t flags)
{
    if (salvage->page_count < salvage->page_capacity) {
        salvage->pages[salvage->page_count++] = (struct salvage_page){.lsn = page_lsn(page),
                                                                      .pgno = page_pgno(page),
                                                                      .place = place,
                                                                      .tree = page_tree(page),
                                                                      .kind = page_kind(page),
                                                                      .flags = flags};
    }
}

/* ---- The file ---------------------------------------------------------------------- */

/*
 * A page that is whole, but not the one that the last checkpoint wrote there: its
 * write was lost. A page newer than the map is one whose checkpoint did not end.
 */
static int is_stale(const struct salvage *salvage, int has_map, uint32_t map_place, const uint8_t *page,
                    uint32_t checksum)
{
    if (!has_map || page_pgno(page) <= map_place) {
        return 0;
    }
    uint32_t expected = map_entry(salvage->map, page_pgno(page) - map_place);
    return expected != 0 && expected != checksum && page_lsn(page) < page_lsn(salvage->map);
}

static quire_status read_places(struct salvage *salvage, uint64_t places)
{
    uint8_t *page = salvage->page;
    size_t page_size = salvage->page_size;
    uint32_t map_place = 0;
    int has_map = 0;
    for (uint64_t i = 0; i < places; i++) {
        uint32_t place = (uint32_t)i, checksum = 0;
        int is_map = place >= MAP_FIRST && is_map_page(page_size, place);
        int intact = damaged_read(&salvage->bad, i * page_size, page, page_size);
        if (intact) {
            checksum = page_checksum(page);
            intact = is_intact(salvage, page, page_pgno(page));
        }
        if (is_map) {
            map_place = place;
            has_map = intact && page_kind(page) == PAGE_MAP && page_pgno(page) == place;
            bytes_copy(salvage->map, page, page_size);
        }
        if (intact) {
            int stale = page_pgno(page) == place && is_stale(salvage, has_map, map_place, page, checksum);
            add_page(salvage, page, place, stale ? SALVAGE_STALE : 0);
            salvage->report.pages_intact++;
            salvage->report.pages_stale += (uint64_t)stale;
            salvage->report.pages_misplaced += page_pgno(page) != place;
        } else {
            salvage->report.pages_damaged++;
        }
        if (i % PROGRESS_EVERY == 0) {
            TRY(salvage_progress(salvage, i, 2 * places));
        }
    }
    return QUIRE_OK;
}

/* ---- The log ----------------------------------------------------------------------- */

struct head_visit {
    struct salvage *salvage;
    quire_status status;
};

static void add_head(void *context, uint32_t pgno, uint64_t lsn)
{
    struct head_visit *visit = context;
    struct salvage *salvage = visit->salvage;
    int whole = 0;
    if (visit->status != QUIRE_OK) {
        return;
    }
    visit->status = damaged_log_page(&salvage->bad, pgno, lsn, salvage->page, &whole, salvage->fault);
    if (visit->status == QUIRE_OK && whole && page_pgno(salvage->page) == pgno) {
        add_page(salvage, salvage->page, UINT32_MAX, SALVAGE_IN_LOG);
        salvage->report.log_pages++;
    }
}

static quire_status read_log(struct salvage *salvage)
{
    struct head_visit visit = {salvage, QUIRE_OK};
    damaged_log_each(&salvage->bad, add_head, &visit);
    salvage->report.log_records = salvage->bad.log_records;
    salvage->report.log_commits = salvage->bad.log_commits;
    return visit.status;
}

/* ---- One version of each page ------------------------------------------------------ */

static void keep_newest(struct salvage *salvage)
{
    size_t kept = 0;
    sort_pages(salvage->pages, salvage->page_count, is_after_by_number);
    for (size_t i = 0; i < salvage->page_count; i++) {
        if (kept == 0 || salvage->pages[kept - 1].pgno != salvage->pages[i].pgno) {
            salvage->pages[kept++] = salvage->pages[i];
        }
    }
    salvage->page_count = kept;
}

static quire_status list_leaves(struct salvage *salvage)
{
    size_t count = 0;
    for (size_t i = 0; i < salvage->page_count; i++) {
        count += salvage->pages[i].kind == PAGE_LEAF;
    }
    salvage->leaves = memory_allocate(salvage->bad.memory, (count + 1) * sizeof *salvage->leaves);
    if (!salvage->leaves) {
        return fault_set(salvage->fault, QUIRE_NO_MEMORY, "no memory for a list of %zu leaves", count);
    }
    for (size_t i = 0; i < salvage->page_count; i++) {
        if (salvage->pages[i].kind == PAGE_LEAF) {
            salvage->leaves[salvage->leaf_count++] = salvage->pages[i];
        }
    }
    sort_pages(salvage->leaves, count, is_after_by_age);
    salvage->report.leaves = count;
    return QUIRE_OK;
}

/* Under the page size and salt that were found. */
static quire_status read_all(struct salvage *salvage)
{
    uint64_t places = salvage_places(salvage, salvage->page_size);
    TRY(damaged_log_scan(&salvage->bad, salvage->salt, salvage->page_size, salvage->fault));
    salvage->report = (quire_salvage_report){.page_size = (uint32_t)salvage->page_size};
    salvage->report.pages = places + (salvage->bad.file_bytes % salvage->page_size != 0);
    salvage->report.pages_damaged = salvage->report.pages - places;
    memory_release(salvage->bad.memory, salvage->pages);
    salvage->page_count = 0;
    salvage->page_capacity = (size_t)places + salvage->bad.head_count;
    salvage->pages = memory_allocate(salvage->bad.memory, (salvage->page_capacity + 1) * sizeof *salvage->pages);
    if (!salvage->pages) {
        return fault_set(salvage->fault, QUIRE_NO_MEMORY, "no memory for a list of %zu pages", salvage->page_capacity);
    }
    TRY(read_places(salvage, places));
    return read_log(salvage);
}

/* Anything but meta pages: those vouch only for themselves. */
static int found_pages(const struct salvage *salvage)
{
    for (size_t i = 0; i < salvage->page_count; i++) {
        if (salvage->pages[i].kind != PAGE_META) {
            return 1;
        }
    }
    return 0;
}

/* What a meta page says, or a header of the log. *found is 0 if neither is whole. */
static quire_status take_hint(struct salvage *salvage, int *found)
{
    struct log_half half;
    *found = 0;
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        for (uint32_t place = 0; place < 2; place++) {
            TRY(place == 0 ? salvage_set_up(salvage, page_size, 0) : QUIRE_OK);
            if (!damaged_read(&salvage->bad, (uint64_t)place * page_size, salvage->page, page_size)) {
                continue;
            }
            salvage->salt = load64(salvage->page + META_SALT);
            if (is_intact(salvage, salvage->page, place) && page_kind(salvage->page) == PAGE_META &&
                load32(salvage->page + META_PAGE_SIZE) == page_size) {
                *found = 1;
                return QUIRE_OK;
            }
        }
    }
    if (damaged_log_hint(&salvage->bad, &half) && page_size_is_legal(half.page_size)) {
        *found = 1;
        return salvage_set_up(salvage, half.page_size, half.salt);
    }
    return QUIRE_OK;
}

quire_status salvage_read(struct salvage *salvage)
{
    int found;
    quire_status status = take_hint(salvage, &found);
    if (status == QUIRE_OK && found) {
        status = read_all(salvage);
        found = status == QUIRE_OK && found_pages(salvage);
    }
    if (status == QUIRE_OK && !found) {
        status = salvage_vote(salvage);
        if (status == QUIRE_OK) {
            status = read_all(salvage);
        }
    }
    if (status != QUIRE_OK) {
        return status;
    }
    keep_newest(salvage);
    return list_leaves(salvage);
}

quire_status salvage_open(struct salvage *salvage, const char *path, const quire_options *files,
                          const quire_salvage_options *options, struct fault *fault)
{
    memset(salvage, 0, sizeof *salvage);
    salvage->fault = fault;
    if (options) {
        salvage->options = *options;
    }
    return damaged_open(&salvage->bad, path, files, &page_codec, fault);
}

void salvage_close(struct salvage *salvage)
{
    const quire_memory *memory = salvage->bad.memory;
    if (!memory) {
        return;
    }
    memory_release(memory, salvage->block);
    memory_release(memory, salvage->pages);
    memory_release(memory, salvage->leaves);
    damaged_close(&salvage->bad);
}
