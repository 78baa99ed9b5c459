/*
 * What the pager must know of bytes, told in terms of the page room. Each
 * function is a translation and nothing more; the meaning stands in src/page.
 */
#include "edit.h"

#include <stdio.h>

/* page_check's scratch, and behind it one page for meta pages, which are checked in their unsealed form. */
static size_t codec_scratch_size(size_t page_size)
{
    return page_scratch_size(page_size) + page_size;
}

static struct page_scratch scratch_of(void *block, size_t page_size)
{
    struct page_scratch scratch;
    page_scratch_carve(&scratch, block, page_size);
    return scratch;
}

static int codec_meta_read(const uint8_t *page, size_t page_size, uint32_t pgno, struct pager_meta *out, void *block)
{
    struct page_scratch scratch = scratch_of(block, page_size);
    uint8_t *copy = (uint8_t *)block + page_scratch_size(page_size);
    struct page_fault fault;
    struct meta meta;
    if (page_kind(page) != PAGE_META || !page_verify(page, page_size, pgno, load64(page + META_SALT), 0)) {
        return 0;
    }
    bytes_copy(copy, page, page_size);
    store32(copy + HEADER_CHECKSUM, 0);
    if (page_check(copy, page_size, &scratch, &fault) != RULE_OK) {
        return 0;
    }
    meta_decode(copy, &meta);
    *out = (struct pager_meta){.format_version = meta.format_version,
                               .page_size = meta.page_size,
                               .salt = meta.salt,
                               .generation = meta.generation,
                               .page_count = meta.page_count,
                               .first_lsn = meta.first_lsn,
                               .checkpoint = meta.checkpoint};
    bytes_copy(out->state, meta.state, META_STATE_SIZE);
    return 1;
}

static void codec_meta_write(uint8_t *page, size_t page_size, uint32_t pgno, const struct pager_meta *in)
{
    struct meta meta = {.format_version = in->format_version,
                        .page_size = in->page_size,
                        .salt = in->salt,
                        .generation = in->generation,
                        .page_count = in->page_count,
                        .first_lsn = in->first_lsn,
                        .checkpoint = in->checkpoint};
    bytes_copy(meta.state, in->state, META_STATE_SIZE);
    meta_encode(page, page_size, pgno, &meta);
    page_seal(page, page_size, in->salt);
}

static void codec_unseal(uint8_t *page)
{
    store32(page + HEADER_CHECKSUM, 0);
}

static uint32_t codec_seal_value(const uint8_t *page, size_t page_size, uint64_t salt)
{
    return page_seal_value(page, page_size, page_pgno(page), salt);
}

void page_fault_text(const struct page_fault *fault, char *text, size_t size)
{
    const char *sentence = page_rule_text(fault->rule);
    if (fault->slot == SIZE_MAX) {
        (void)snprintf(text, size, "%s", sentence);
    } else if (fault->other == SIZE_MAX) {
        (void)snprintf(text, size, "slot %zu: %s", fault->slot, sentence);
    } else if (fault->rule == RULE_OVERLAP) {
        (void)snprintf(text, size, "slot %zu overlaps slot %zu", fault->slot, fault->other);
    } else {
        (void)snprintf(text, size, "slots %zu and %zu: %s", fault->slot, fault->other, sentence);
    }
}

static int codec_check(const uint8_t *page, size_t page_size, void *block, char *detail, size_t detail_size)
{
    struct page_scratch scratch = scratch_of(block, page_size);
    struct page_fault fault = {RULE_OK, SIZE_MAX, SIZE_MAX};
    enum page_rule rule = page_check(page, page_size, &scratch, &fault);
    if (rule != RULE_OK) {
        page_fault_text(&fault, detail, detail_size);
    }
    return (int)rule;
}

static uint64_t codec_lsn(const uint8_t *page)
{
    return page_lsn(page);
}

static int codec_redo(uint8_t *page, size_t page_size, const uint8_t *body, size_t size, void *block)
{
    struct page_scratch scratch = scratch_of(block, page_size);
    return delta_redo(page, page_size, body, size, &scratch);
}

static int codec_is_map(const uint8_t *page)
{
    return page_kind(page) == PAGE_MAP;
}

static void codec_map_init(uint8_t *page, size_t page_size, uint32_t pgno)
{
    page_init(page, page_size, pgno, 0, PAGE_MAP);
}

const struct pager_codec page_codec = {.scratch_size = codec_scratch_size,
                                       .meta_probe = meta_probe,
                                       .meta_read = codec_meta_read,
                                       .meta_write = codec_meta_write,
                                       .seal = page_seal,
                                       .unseal = codec_unseal,
                                       .seal_value = codec_seal_value,
                                       .verify = page_verify,
                                       .check = codec_check,
                                       .lsn = codec_lsn,
                                       .set_lsn = page_set_lsn,
                                       .image_encode = image_encode,
                                       .image_decode = image_decode,
                                       .redo = codec_redo,
                                       .is_map = codec_is_map,
                                       .map_init = codec_map_init,
                                       .map_page_of = map_page_of,
                                       .map_get = map_entry,
                                       .map_set = map_set_entry};
