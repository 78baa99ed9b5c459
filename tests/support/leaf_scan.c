/* See leaf_scan.h. */
#include "leaf_scan.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/page/check.h"

static void *need(void *block)
{
    if (block == NULL)
        abort();
    return block;
}

static void add_leaf(struct leaf_scan *scan, const uint8_t *page)
{
    uint16_t *ends = need(malloc(scan->page_size));
    uint8_t *scratch = need(malloc(scan->page_size + 1));
    struct scanned_leaf *leaf = &scan->leaves[scan->count++];
    leaf->pgno = page_pgno(page);
    leaf->page = need(malloc(scan->page_size));
    memcpy(leaf->page, page, scan->page_size);
    leaf->block = need(malloc(entries_size(leaf->page, scan->page_size, ends, scratch) + 1));
    leaf->count = entries_decode(leaf->page, scan->page_size, leaf->block, 0, &leaf->entries, ends, scratch);
    free(ends);
    free(scratch);
}

void leaf_scan_open(struct leaf_scan *scan, const uint8_t *file, size_t size, size_t page_size, uint64_t salt)
{
    struct page_scratch scratch;
    struct page_fault fault;
    void *block = need(malloc(page_scratch_size(page_size)));
    uint8_t *page = need(malloc(page_size));
    page_scratch_carve(&scratch, block, page_size);
    *scan = (struct leaf_scan){.page_size = page_size, .places = size / page_size};
    scan->leaves = need(calloc(scan->places + 1, sizeof *scan->leaves));
    scan->is_intact = need(calloc(scan->places + 1, 1));
    for (size_t place = 0; place < scan->places; place++) {
        memcpy(page, file + place * page_size, page_size);
        int sealed = page_verify(page, page_size, (uint32_t)place, salt, 0);
        memset(page, 0, 4);
        if (!sealed || page_check(page, page_size, &scratch, &fault) != RULE_OK)
            continue;
        scan->is_intact[place] = 1;
        if (page_kind(page) == PAGE_LEAF)
            add_leaf(scan, page);
    }
    free(page);
    free(block);
}

void leaf_scan_close(struct leaf_scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        free(scan->leaves[i].page);
        free(scan->leaves[i].block);
    }
    free(scan->leaves);
    free(scan->is_intact);
}
