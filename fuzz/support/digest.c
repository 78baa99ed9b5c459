/* FNV-1a (Fowler, Noll, Vo), 64 bits, over bytes alone: numbers go in lowest byte first. */
#include "digest.h"

#include <stdlib.h>

static int is_asked;
static uint64_t sum;

void digest_start(void)
{
    is_asked = 1;
    sum = UINT64_C(14695981039346656037);
}

uint64_t digest_result(void)
{
    return sum;
}

void digest_bytes(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; is_asked && i < size; i++)
        sum = (sum ^ byte[i]) * UINT64_C(1099511628211);
}

void digest_number(uint64_t number)
{
    for (int shift = 0; shift < 64; shift += 8) {
        uint8_t byte = (uint8_t)(number >> shift & 255u);
        digest_bytes(&byte, 1);
    }
}

void digest_file(const quire_vfs *vfs, const char *path)
{
    quire_file *file;
    if (!is_asked)
        return;
    if (vfs->open(vfs->context, path, QUIRE_VFS_READ_ONLY, &file) != 0) {
        digest_number(UINT64_MAX);
        return;
    }
    uint8_t block[4096];
    size_t got = sizeof block;
    for (uint64_t at = 0; got == sizeof block; at += got) {
        if (vfs->read(vfs->context, file, at, block, sizeof block, &got) != 0)
            abort();
        digest_bytes(block, got);
    }
    if (vfs->close(vfs->context, file) != 0)
        abort();
}
