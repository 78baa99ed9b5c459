/* Values longer than the inline limit, in chains of overflow pages (rule T4). */
#ifndef QUIRE_TREE_OVERFLOW_H
#define QUIRE_TREE_OVERFLOW_H

#include "node.h"

/* Writes a new chain of `size` bytes; data NULL: zeros. */
quire_status overflow_create(struct view *view, uint32_t tree_id, const uint8_t *data, uint32_t size,
                             struct overflow_ref *ref);
/* Reads [offset, offset + size), which lies within the value of `value_len` bytes. */
quire_status overflow_read(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                           uint32_t offset, uint8_t *buffer, size_t size);
quire_status overflow_write(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len,
                            uint32_t offset, const uint8_t *data, size_t size);
quire_status overflow_resize(struct view *view, uint32_t tree_id, struct overflow_ref *ref, uint32_t old_len,
                             uint32_t new_len);
quire_status overflow_free(struct view *view, uint32_t tree_id, struct overflow_ref ref, uint32_t value_len);

#endif
