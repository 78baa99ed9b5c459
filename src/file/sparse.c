/* See sparse.h. */
#include "sparse.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = SPARSE_PIECE, FIRST_PLACES = 16 };

/* What of a run of bytes lies in one piece. */
static size_t part_length(size_t offset, size_t left)
{
    size_t room = PIECE - offset % PIECE;
    return left < room ? left : room;
}

static uint8_t *piece_at(const struct sparse *sparse, size_t offset)
{
    size_t place = offset / PIECE;
    return place < sparse->places ? sparse->pieces[place] : NULL;
}

static int is_zero(const uint8_t *bytes, size_t size)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

void sparse_free(struct sparse *sparse)
{
    for (size_t i = 0; i < sparse->places; i++)
        free(sparse->pieces[i]);
    free(sparse->pieces);
    memset(sparse, 0, sizeof *sparse);
}

size_t sparse_read(const struct sparse *sparse, uint64_t offset, uint8_t *bytes, size_t size)
{
    if (offset >= sparse->size)
        return 0;
    size_t at = (size_t)offset, got = sparse->size - at < size ? sparse->size - at : size;
    for (size_t done = 0, length; done < got; done += length) {
        const uint8_t *piece = piece_at(sparse, at + done);
        length = part_length(at + done, got - done);
        if (piece != NULL)
            memcpy(bytes + done, piece + (at + done) % PIECE, length);
        else
            memset(bytes + done, 0, length);
    }
    return got;
}

static int make_places(struct sparse *sparse, size_t needed)
{
    if (needed <= sparse->places)
        return 1;
    size_t places = sparse->places < FIRST_PLACES ? FIRST_PLACES : sparse->places;
    while (places < needed)
        places *= 2;
    uint8_t **pieces = realloc(sparse->pieces, places * sizeof(uint8_t *));
    if (pieces == NULL)
        return 0;
    memset(pieces + sparse->places, 0, (places - sparse->places) * sizeof(uint8_t *));
    sparse->pieces = pieces;
    sparse->places = places;
    return 1;
}

/* Makes the pieces that the bytes need. */
static int make_pieces(struct sparse *sparse, size_t offset, const uint8_t *bytes, size_t size)
{
    for (size_t done = 0, length; done < size; done += length) {
        size_t place = (offset + done) / PIECE;
        length = part_length(offset + done, size - done);
        if (piece_at(sparse, offset + done) != NULL || bytes == NULL || is_zero(bytes + done, length))
            continue;
        if (!make_places(sparse, place + 1) || (sparse->pieces[place] = calloc(1, PIECE)) == NULL)
            return 0;
    }
    return 1;
}

int sparse_write(struct sparse *sparse, size_t offset, const uint8_t *bytes, size_t size)
{
    if (!make_pieces(sparse, offset, bytes, size))
        return 0;
    for (size_t done = 0, length; done < size; done += length) {
        uint8_t *piece = piece_at(sparse, offset + done);
        length = part_length(offset + done, size - done);
        if (piece == NULL)
            continue;
        if (bytes != NULL)
            memcpy(piece + (offset + done) % PIECE, bytes + done, length);
        else
            memset(piece + (offset + done) % PIECE, 0, length);
    }
    if (size > 0 && offset + size > sparse->size)
        sparse->size = offset + size;
    return 1;
}

void sparse_resize(struct sparse *sparse, size_t size)
{
    if (size < sparse->size) {
        size_t kept = size / PIECE + (size % PIECE != 0);
        uint8_t *last = size % PIECE != 0 ? piece_at(sparse, size) : NULL;
        if (last != NULL)
            memset(last + size % PIECE, 0, PIECE - size % PIECE);
        for (size_t i = kept; i < sparse->places; i++) {
            free(sparse->pieces[i]);
            sparse->pieces[i] = NULL;
        }
    }
    sparse->size = size;
}

int sparse_copy(struct sparse *to, const struct sparse *from)
{
    for (size_t i = 0; i < from->places; i++) {
        if (from->pieces[i] != NULL && !sparse_write(to, i * PIECE, from->pieces[i], PIECE)) {
            sparse_free(to);
            return 0;
        }
    }
    to->size = from->size;
    return 1;
}
