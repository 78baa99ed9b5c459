/* Values longer than the inline limit, in chains of overflow pages (rule T4). */
#ifndef QUIRE_TREE_OVERFLOW_H
#define QUIRE_TREE_OVERFLOW_H

#include "node.h"

/* Pages that a value of this length takes. */
uint32_t overflow_pages(size_t page_size, uint32_t value_len);

/* Gives the bytes [offset, offset + size) of a value that is being written. */
typedef quire_status (*overflow_source)(void *context, uint32_t offset, uint8_t *data, size_t size);
/* Writes a new chain of `size` bytes as `source` gives them, front to back; NULL: zeros. */
quire_status overflow_create_from(struct view *view, uint32_t tree_id, overflow_source source, void *context,
                                  uint32_t size, struct overflow_ref *ref);
/* The same from memory; data NULL: zeros. */
quire_status overflow_create(struct view *view, uint32_t tree_id, const uint8_t *data, uint32_t size,
                             struct overflow_ref *ref);
/* Reads [offset, offset + size), which lies within the value of `value_len` bytes. */
quire_status overflow_read(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                           uint32_t offset, uint8_t *buffer, size_t size);
/* The whole value, in the view's buffer. A length that the file has not the pages for is a lie, told before memory is
 * asked for. */
quire_status overflow_load(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                           quire_bytes *value);
quire_status overflow_write(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                            uint32_t offset, const uint8_t *data, size_t size);
/*
 * Where a walk of a chain stands. A caller that reads or writes one value part
 * by part, ascending, hands the same place in each time and so walks the chain
 * once in all. Starts as zeros; true while the chain is not resized.
 */
struct overflow_place {
    uint32_t pgno; /* 0: nowhere yet */
    uint32_t position;
    uint32_t previous;
};
quire_status overflow_read_from(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                                struct overflow_place *place, uint32_t offset, uint8_t *buffer, size_t size);
quire_status overflow_write_from(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                                 struct overflow_place *place, uint32_t offset, const uint8_t *data, size_t size);
quire_status overflow_resize(struct view *view, uint32_t tree_id, struct overflow_ref *ref, uint32_t old_len,
                             uint32_t new_len);
quire_status overflow_free(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len);
/* Walks the chain and calls `visit` with each page's number before that page is read; stops at any status but QUIRE_OK.
 */
quire_status overflow_each(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                           quire_status (*visit)(void *context, uint32_t pgno), void *context);

#endif
