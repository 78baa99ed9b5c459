/*
 * The images that a campaign has recovered, by digest. Recovery depends on the
 * bytes of the disk alone, so of images that are equal only the first is
 * recovered; the others are held against what was found in it.
 */
#ifndef QUIRE_TESTS_CRASH_SEEN_H
#define QUIRE_TESTS_CRASH_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct seen_image {
    uint64_t digest; /* 0: an empty place */
    uint32_t state;  /* what recovery found */
    uint32_t most;   /* the newest state that was found after crashes in its recovery, or the same */
    uint8_t is_recovered;
    uint8_t is_crashed; /* every crash of its recovery was tried */
};

/* All zeros is an empty one. */
struct seen_images {
    struct seen_image *places;
    size_t room, count;
};

void seen_images_free(struct seen_images *seen);
/* The image of that digest, entered if it is new; valid until the next call. */
struct seen_image *seen_image_get(struct seen_images *seen, uint64_t digest);

#endif
