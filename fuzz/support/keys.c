/* Records read from an input. */
#include "keys.h"

#include <stdlib.h>
#include <string.h>

void records_read(struct records *records, struct input *input, size_t page_size, size_t most)
{
    size_t key_max = KEY_MAX(page_size);
    uint8_t *bytes = malloc((most + 1) * key_max);
    const uint8_t *before = bytes;
    size_t before_len = 0;
    records->bytes = bytes;
    records->entries = malloc((most + 1) * sizeof *records->entries);
    records->count = 0;
    records->value = malloc(INLINE_MAX(page_size));
    memset(records->value, 'v', INLINE_MAX(page_size));
    while (records->count < most && !input_ended(input)) {
        size_t share = input_u8(input) % (before_len + 1), got;
        const uint8_t *rest = input_bytes(input, input_u8(input) % (key_max - share + 1), &got);
        memmove(bytes, before, share);
        if (got != 0)
            memcpy(bytes + share, rest, got);
        if (share + got == 0)
            bytes[got++] = 'a';
        uint8_t kind = input_u8(input);
        struct entry entry = {.key = bytes, .key_len = share + got, .value = records->value};
        entry.value_len = (uint32_t)(kind < 224 ? kind * INLINE_MAX(page_size) / 223u : INLINE_MAX(page_size) + kind);
        entry.overflow = kind >= 224;
        if (entry.overflow) {
            entry.value = NULL;
            entry.ref = (struct overflow_ref){.first = kind, .chain = kind};
        }
        int found;
        size_t rank = entries_search(records->entries, records->count, entry.key, entry.key_len, &found);
        before = bytes;
        before_len = entry.key_len;
        bytes += entry.key_len;
        if (!found)
            entries_insert(records->entries, &records->count, rank, &entry);
        else if (records->count == most)
            break;
        if ((size_t)(bytes - records->bytes) > most * key_max)
            break;
    }
}

void records_free(struct records *records)
{
    free(records->entries);
    free(records->bytes);
    free(records->value);
}
