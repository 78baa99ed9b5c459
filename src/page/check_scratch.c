/* The memory that page_check and delta_redo work in, carved from one block. */
#include "check.h"

size_t page_scratch_size(size_t page_size)
{
    return 2u * (page_size / 2u) + page_size + 2u * KEY_MAX(page_size) + page_size + 1u;
}

/* The block comes from an allocator, so its start fits every type; the numbers come first. */
void page_scratch_carve(struct page_scratch *scratch, void *block, size_t page_size)
{
    uint8_t *bytes = (uint8_t *)block + 2u * (page_size / 2u);
    scratch->ends = (uint16_t *)block;
    scratch->claims = (int8_t *)bytes;
    scratch->key = bytes + page_size;
    scratch->bytes = bytes + page_size + 2u * KEY_MAX(page_size);
}
