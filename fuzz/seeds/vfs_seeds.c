/* Streams of steps in the grammar of vfs. */
#include "seeds.h"

static struct seed seed;

static void add(const char *bytes, size_t size)
{
    seed_bytes(&seed, bytes, size);
}
#define ADD(literal) add(literal, sizeof(literal) - 1)

enum { HANDLES = 6, NAMES = 6 };

/* Every call in turn with handles and names by lot: first those that make something of which others tell. */
static void mixture(uint32_t random, size_t number)
{
    static const uint8_t codes[] = {0, 4, 2, 0, 5, 7, 9, 3, 8, 11, 12, 6, 2, 7, 10, 1, 12, 13};
    seed_start(&seed);
    for (size_t i = 0; i < 3 * sizeof codes; i++) {
        uint8_t code = codes[i % sizeof codes];
        seed_u8(&seed, code);
        seed_u8(&seed, seed_random(&random, code == 8 || code == 9 ? NAMES : HANDLES));
        if (code == 0 || code == 11 || code == 12 || code == 13 || code == 9 || code == 7)
            seed_u8(&seed, seed_random(&random, code == 12 || code == 13 ? 16 : NAMES));
        if (code == 0)
            seed_u8(&seed, i < sizeof codes ? 1 : seed_random(&random, 8));
        if (code == 11)
            seed_u8(&seed, seed_random(&random, 4));
        if (code >= 2 && code <= 6)
            seed_u16(&seed, seed_random(&random, 2) ? seed_random(&random, 3000) : seed_random(&random, 65536));
        if (code >= 2 && code <= 5)
            seed_u16(&seed, seed_random(&random, 700));
        if (code == 12)
            seed_u16(&seed, seed_random(&random, 3) ? 4096 : seed_random(&random, 100));
    }
    seed_write(&seed, "vfs", "mixture-%zu", number);
}

void vfs_seeds(void)
{
    for (size_t i = 0; i < 12; i++)
        mixture((uint32_t)(71 + i), i);
    seed_start(&seed); /* two holders of a lock; the file goes under one of them */
    ADD("\x00\x00\x00\x01\x00\x01\x00\x00\x07\x00\x01\x07\x01\x02\x07\x01\x01\x07\x00\x02\x07\x00\x00\x07\x01\x02");
    ADD("\x08\x00\x07\x01\x02\x07\x00\x01\x00\x02\x00\x05\x07\x02\x02");
    seed_write(&seed, "vfs", "locks");
    seed_start(&seed); /* a file is renamed, and again to a name that is taken */
    ADD("\x00\x00\x00\x01\x04\x00\x05\x00\x40\x00\x09\x00\x02\x00\x01\x01\x05\x09\x02\x01\x09\x05\x03\x09\x02\x02");
    ADD("\x02\x00\x00\x00\xff\x00\x0a\x00\x00\x03\x02\x02\x02\x03\x00\x00\xff\x00\x04\x03\x00\x00\x10\x00\x06\x03\x04"
        "\x00");
    seed_write(&seed, "vfs", "renames");
    seed_start(&seed); /* links: short, whole, to each other, in a ring, by way of another; rooms that are too small */
    ADD("\x00\x00\x00\x01\x0b\x00\x00\x00\x0c\x00\x01\x00\x10\x0b\x01\x00\x01\x0c\x01\x01\x00\x10\x0b\x02\x01\x02\x0c"
        "\x02\x01\x00\x10");
    ADD("\x0b\x03\x03\x02\x0c\x03\x01\x00\x10\x0b\x03\x02\x03\x0c\x03\x01\x00\x10\x0c\x00\x01\x10\x00\x0c\x00\x00\x03"
        "\x00");
    ADD("\x0c\x00\x06\x00\x10\x0c\x00\x06\x08\x00\x0c\x00\x0e\x00\x10\x0c\x00\x04\x00\x10\x0c\x01\x01\x14\x00");
    seed_write(&seed, "vfs", "links");
    seed_start(&seed);
    for (size_t how = 0; how < 12; how++) {
        ADD("\x0d\x00");
        seed_u8(&seed, how);
    }
    seed_write(&seed, "vfs", "no-files");
}
