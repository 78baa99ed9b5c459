/* One page as text: what inspect.c and inspect_slots.c, which has leaves and branches, share. */
#ifndef QUIRE_TREE_INSPECT_H
#define QUIRE_TREE_INSPECT_H

#include "audit.h"

enum { INSPECT_LINE_SIZE = 512 };

struct inspection {
    struct view_buffers *buffers;
    const uint8_t *page;
    int is_writers; /* as the writer has it, and not from a file */
    size_t page_size;
    void (*line)(void *context, const char *text);
    void *context;
    char text[INSPECT_LINE_SIZE];
    size_t length;
};

/* Adds to the line; what does not fit is cut. */
void inspect_add(struct inspection *in, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes in quotes, the first of many. */
void inspect_add_escaped(struct inspection *in, const uint8_t *bytes, size_t size);
void inspect_end_line(struct inspection *in);

/* Fences, slots and what is free of a leaf or branch. */
void inspect_slotted(struct inspection *in);

#endif
