/*
 * The bytes of a file in memory, in pieces of one size:
 *
 *   pieces   [0] -> bytes   [1] NULL   [2] -> bytes   ... up to `places`
 *
 * A piece into which nobody wrote, or zeros alone, does not exist and reads as
 * zeros: a log that is written ahead with zeros, or whose second half begins a
 * mebibyte into its file, takes the room of its records. What exists is never
 * moved, so that a file grows without being copied.
 *
 * The invariant: all bytes at and above `size` are zero.
 */
#ifndef QUIRE_FILE_SPARSE_H
#define QUIRE_FILE_SPARSE_H

#include <stddef.h>
#include <stdint.h>

enum { SPARSE_PIECE = 4096 };

struct sparse {
    uint8_t **pieces;
    size_t places;
    size_t size;
};

/* An empty one is all zero; this makes it so again. */
void sparse_free(struct sparse *sparse);
/* Answers how many of the `size` bytes from `offset` on there are, and copies them. */
size_t sparse_read(const struct sparse *sparse, uint64_t offset, uint8_t *bytes, size_t size);
/* 0 when there is no memory: nothing has changed. offset + size must not overflow; `bytes` NULL means zeros. */
int sparse_write(struct sparse *sparse, size_t offset, const uint8_t *bytes, size_t size);
/* Bytes gained are zero, those lost are gone. */
void sparse_resize(struct sparse *sparse, size_t size);
/* `to`, which must be empty, becomes like `from`; 0 when there is no memory, and then it is empty still. */
int sparse_copy(struct sparse *to, const struct sparse *from);

#endif
