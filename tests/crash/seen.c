/* See seen.h. An open table, never more than half full. */
#include "seen.h"

#include <stdlib.h>

enum { FIRST_ROOM = 1 << 12 };

void seen_images_free(struct seen_images *seen)
{
    free(seen->places);
    *seen = (struct seen_images){.places = NULL};
}

static struct seen_image *seen_place(struct seen_image *places, size_t room, uint64_t digest)
{
    size_t i = (size_t)digest & (room - 1);
    while (places[i].digest != 0 && places[i].digest != digest)
        i = (i + 1) & (room - 1);
    return &places[i];
}

static void seen_grow(struct seen_images *seen)
{
    size_t room = seen->room == 0 ? FIRST_ROOM : 2 * seen->room;
    struct seen_image *places = calloc(room, sizeof *places);
    if (places == NULL)
        abort();
    for (size_t i = 0; i < seen->room; i++)
        if (seen->places[i].digest != 0)
            *seen_place(places, room, seen->places[i].digest) = seen->places[i];
    free(seen->places);
    seen->places = places;
    seen->room = room;
}

struct seen_image *seen_image_get(struct seen_images *seen, uint64_t digest)
{
    digest += digest == 0;
    if (2 * seen->count >= seen->room)
        seen_grow(seen);
    struct seen_image *image = seen_place(seen->places, seen->room, digest);
    if (image->digest == 0) {
        image->digest = digest;
        seen->count++;
    }
    return image;
}
