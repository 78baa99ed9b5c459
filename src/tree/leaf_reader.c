/*
 * Reading leaves by rank; see leaf_reader.h for what each version costs.
 *
 * Invariant: when `rank` names a record, `key` holds that record's whole key.
 */
#include "leaf_reader.h"
#include "edit.h"

void leaf_reader_init(struct leaf_reader *reader, struct view *view)
{
    *reader =
        (struct leaf_reader){.memory = view->store->memory, .page_size = view->store->page_size, .rank = SIZE_MAX};
}

void leaf_reader_free(struct leaf_reader *reader)
{
    memory_release(reader->memory, reader->key);
    memory_release(reader->memory, reader->ends);
    reader->key = NULL;
    reader->ends = NULL;
    reader->page = NULL;
}

static quire_status open_old(struct leaf_reader *reader, struct view *view)
{
    TRY(leaf_check_version(view, reader->page));
    if (!reader->key) {
        reader->key = memory_allocate(reader->memory, KEY_MAX(reader->page_size));
    }
    if (!reader->ends) {
        reader->ends = memory_allocate(reader->memory, reader->page_size);
    }
    if (!reader->key || !reader->ends) {
        return fault_set(view->fault, QUIRE_NO_MEMORY, "no memory to read a leaf");
    }
    if (reader->width == SLOT_WIDTH_V1) {
        slot_ends(reader->page, reader->page_size, reader->ends, view->buffers.check.claims);
    }
    return QUIRE_OK;
}

quire_status leaf_reader_open(struct leaf_reader *reader, struct view *view, const uint8_t *page)
{
    reader->page = page;
    reader->lsn = page_lsn(page);
    reader->count = page_slot_count(page);
    reader->is_current = (uint8_t)leaf_is_current(page);
    reader->has_plain_records = page_flags(page) % 2u == LEAF_FLAG_PLAIN_RECORDS;
    reader->width = slot_width(page_flags(page));
    reader->rank = SIZE_MAX;
    if (reader->is_current) {
        return QUIRE_OK;
    }
    quire_status status = open_old(reader, view);
    if (status != QUIRE_OK) {
        reader->page = NULL;
    }
    return status;
}

static const uint8_t *record_bytes(const struct leaf_reader *reader, size_t rank, size_t *length)
{
    size_t offset = slot_offset(reader->page, reader->page_size, reader->width, rank);
    *length = reader->width == SLOT_WIDTH_V1 ? reader->ends[rank] - offset
                                             : slot_length(reader->page, reader->page_size, reader->width, rank);
    return reader->page + offset;
}

static void prefix_at(const struct leaf_reader *reader, size_t rank, struct prefix_record *record)
{
    size_t length;
    const uint8_t *bytes = record_bytes(reader, rank, &length);
    (void)prefix_decode(bytes, length, reader->page_size, KEY_MAX(reader->page_size), record);
}

/*
 * Puts the key of `rank` together: its suffix, then, going back, the bytes that
 * the records before it lend. Stops at `known`: so many first bytes of the key
 * are in the buffer already.
 */
static void assemble(struct leaf_reader *reader, size_t rank, size_t known)
{
    struct prefix_record part;
    prefix_at(reader, rank, &part);
    reader->key_len = part.prefix_len + part.rest.key_len;
    bytes_copy(reader->key + part.prefix_len, part.rest.key, part.rest.key_len);
    size_t missing_end = part.prefix_len;
    while (missing_end > known) {
        if (rank == 0) {
            bytes_copy(reader->key + known, page_low(reader->page) + known, missing_end - known);
            return;
        }
        prefix_at(reader, --rank, &part);
        if (part.prefix_len < missing_end) {
            bytes_copy(reader->key + part.prefix_len, part.rest.key, missing_end - part.prefix_len);
            missing_end = part.prefix_len;
        }
    }
}

/* How many first bytes of rank's key are those of the key at hand. */
static size_t shared_with(const struct leaf_reader *reader, size_t rank)
{
    struct prefix_record part;
    if (reader->rank == SIZE_MAX) {
        return 0;
    }
    if (rank == reader->rank + 1) {
        prefix_at(reader, rank, &part);
        return part.prefix_len;
    }
    if (rank + 1 == reader->rank) {
        prefix_at(reader, reader->rank, &part);
        return part.prefix_len;
    }
    return 0;
}

void leaf_reader_get_old(struct leaf_reader *reader, size_t rank, struct record *record)
{
    size_t length;
    struct prefix_record part;
    if (reader->has_plain_records) {
        const uint8_t *bytes = record_bytes(reader, rank, &length);
        (void)plain_decode(bytes, length, reader->page_size, record);
        return;
    }
    if (rank != reader->rank) {
        assemble(reader, rank, shared_with(reader, rank));
        reader->rank = rank;
    }
    prefix_at(reader, rank, &part);
    *record = part.rest;
    record->key = reader->key;
    record->key_len = reader->key_len;
}

size_t leaf_reader_ref_offset(const struct leaf_reader *reader)
{
    return reader->has_plain_records ? 0 : REFERENCE_PREFIX - REFERENCE_PLAIN;
}
