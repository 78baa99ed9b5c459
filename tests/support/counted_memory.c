/* See counted_memory.h. Each block begins with its size. */
#include "counted_memory.h"

#include <stdlib.h>
#include <string.h>

enum { BEFORE = 16 /* keeps the alignment of malloc */ };

static void *count_allocate(void *context, size_t size)
{
    struct counted_memory *memory = context;
    int refused = memory->refuse_after > 0 && --memory->refuse_after == 0;
    memory->is_refusing |= refused && memory->refuses_for_good;
    uint8_t *block = refused || memory->is_refusing ? NULL : malloc(size + BEFORE);
    if (!block)
        return NULL;
    memcpy(block, &size, sizeof size);
    memory->in_use += size;
    memory->most = memory->in_use > memory->most ? memory->in_use : memory->most;
    return block + BEFORE;
}

static size_t size_of(const void *block)
{
    size_t size;
    memcpy(&size, (const uint8_t *)block - BEFORE, sizeof size);
    return size;
}

static void count_release(void *context, void *block)
{
    struct counted_memory *memory = context;
    if (!block)
        return;
    memory->in_use -= size_of(block);
    free((uint8_t *)block - BEFORE);
}

static void *count_resize(void *context, void *block, size_t size)
{
    void *made = count_allocate(context, size);
    if (made && block) {
        memcpy(made, block, size_of(block) < size ? size_of(block) : size);
        count_release(context, block);
    }
    return made;
}

void counted_memory_init(struct counted_memory *memory)
{
    *memory = (struct counted_memory){.hooks = {memory, count_allocate, count_resize, count_release}};
}
