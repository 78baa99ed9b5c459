/* Copying a snapshot page by page: see backup.h. */
#include "backup.h"

#include <string.h>

/* As a new database has it: its log begins in an even generation. */
enum { BACKUP_GENERATION = 2 };

quire_status backup_open(struct backup *backup, struct view *from, const char *path, const quire_options *options)
{
    size_t page_size = from->store->page_size;
    *backup = (struct backup){.from = from, .next = MAP_FIRST, .page_count = view_page_count(from)};
    backup->page = memory_allocate(from->store->memory, 2 * page_size);
    if (!backup->page) {
        return fault_set(from->fault, QUIRE_NO_MEMORY, "no memory for a backup");
    }
    backup->map = backup->page + page_size;
    quire_status status = page_file_create(&backup->to, path, options, &page_codec, page_size, from->fault);
    if (status != QUIRE_OK) {
        backup_close(backup);
    }
    return status;
}

static quire_status write_map(struct backup *backup)
{
    if (backup->map_pgno == 0) {
        return QUIRE_OK;
    }
    page_seal(backup->map, backup->to.page_size, backup->to.salt);
    return page_file_write(&backup->to, backup->map_pgno, backup->map, backup->from->fault);
}

/* The next page is a map page: the one before it is full, and this one waits for its pages. */
static quire_status start_map(struct backup *backup)
{
    struct frame *frame;
    TRY(write_map(backup));
    TRY(node_get_kind(backup->from, backup->next, PAGE_MAP, 0, &frame));
    bytes_copy(backup->map, frame->data, backup->to.page_size);
    bytes_zero(backup->map + MAP_ENTRIES, backup->to.page_size - MAP_ENTRIES);
    backup->map_pgno = backup->next;
    node_release(backup->from, frame);
    return QUIRE_OK;
}

static quire_status copy_page(struct backup *backup)
{
    struct frame *frame;
    TRY(node_get(backup->from, backup->next, &frame));
    bytes_copy(backup->page, frame->data, backup->to.page_size);
    node_release(backup->from, frame);
    page_seal(backup->page, backup->to.page_size, backup->to.salt);
    map_set_entry(backup->map, backup->next - backup->map_pgno, page_checksum(backup->page));
    return page_file_write(&backup->to, backup->next, backup->page, backup->from->fault);
}

quire_status backup_step(struct backup *backup, uint64_t pages)
{
    quire_status status = QUIRE_OK;
    for (; pages > 0 && backup->next < backup->page_count && status == QUIRE_OK; pages--) {
        status = is_map_page(backup->to.page_size, backup->next) ? start_map(backup) : copy_page(backup);
        backup->next += status == QUIRE_OK;
    }
    return status;
}

quire_status backup_finish(struct backup *backup)
{
    struct view *from = backup->from;
    struct pager_meta meta = {.format_version = QUIRE_FORMAT_VERSION,
                              .page_size = (uint32_t)backup->to.page_size,
                              .salt = backup->to.salt,
                              .generation = BACKUP_GENERATION,
                              .page_count = backup->page_count,
                              .first_lsn = view_lsn(from),
                              .checkpoint = 1};
    struct state state;
    view_state(from, &state);
    state_encode(meta.state, &state);
    TRY(write_map(backup));
    return page_file_finish(&backup->to, &meta, backup->page, from->fault);
}

void backup_close(struct backup *backup)
{
    page_file_close(&backup->to);
    memory_release(backup->from->store->memory, backup->page);
    backup->page = NULL;
}
