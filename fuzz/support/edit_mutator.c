/* See edit_mutator.h. Invariant: a counted input whose header says k edits has k of them, or as many as there are bytes
 * for. */
#include "edit_mutator.h"

#include <string.h>

const struct edit_grammar file_resealed_grammar = {1, 6, 16, 1, 512}, slot_corrupt_grammar = {3, 4, 12, 0, 0};

static uint32_t draw(uint32_t *random, uint32_t bound)
{
    *random = *random * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(*random ^ *random >> 15) * bound) >> 32);
}

/* How many edits the input has. */
static size_t edits_of(const struct edit_grammar *grammar, const uint8_t *data, size_t size)
{
    size_t fit = size < grammar->header ? 0 : (size - grammar->header) / grammar->edit;
    size_t said = grammar->is_counted && size > 0 ? data[0] % (grammar->most + 1) : grammar->most;
    return said < fit ? said : fit;
}

/* The count in the header's first byte; what its upper bit says stays. */
static void set_edits(const struct edit_grammar *grammar, uint8_t *data, size_t count)
{
    if (!grammar->is_counted)
        return;
    size_t upper = data[0] >= 128 ? (128 + grammar->most) / (grammar->most + 1) * (grammar->most + 1) : 0;
    data[0] = (uint8_t)(upper + count);
}

/* Most numbers that matter are small: pages, slots, kinds, differences. */
static uint8_t draw_byte(uint32_t *random)
{
    return (uint8_t)(draw(random, 4) == 0 ? draw(random, 256) : draw(random, 32));
}

static void change_edit(const struct edit_grammar *grammar, uint8_t *edit, uint32_t *random)
{
    uint8_t *byte = edit + draw(random, (uint32_t)grammar->edit);
    switch (draw(random, 4)) {
    case 0:
        (*byte)++;
        break;
    case 1:
        (*byte)--;
        break;
    case 2:
        *byte ^= (uint8_t)(1u << draw(random, 8));
        break;
    default:
        *byte = draw_byte(random);
    }
}

static size_t insert_edit(const struct edit_grammar *grammar, uint8_t *data, size_t size, size_t room, uint32_t *random)
{
    size_t count = edits_of(grammar, data, size),
           at = grammar->header + grammar->edit * draw(random, (uint32_t)count + 1);
    if (count == grammar->most || size < grammar->header || size + grammar->edit > room)
        return size;
    memmove(data + at + grammar->edit, data + at, size - at);
    for (size_t i = 0; i < grammar->edit; i++)
        data[at + i] = draw_byte(random);
    if (count > 0 && draw(random, 4) == 0)
        memcpy(data + at, data + (at == grammar->header ? at + grammar->edit : grammar->header), grammar->edit);
    set_edits(grammar, data, count + 1);
    return size + grammar->edit;
}

static size_t drop_edit(const struct edit_grammar *grammar, uint8_t *data, size_t size, uint32_t *random)
{
    size_t count = edits_of(grammar, data, size);
    if (count == 0)
        return size;
    size_t at = grammar->header + grammar->edit * draw(random, (uint32_t)count);
    memmove(data + at, data + at + grammar->edit, size - at - grammar->edit);
    set_edits(grammar, data, count - 1);
    return size - grammar->edit;
}

static void swap_edits(const struct edit_grammar *grammar, uint8_t *data, size_t count, uint32_t *random)
{
    uint8_t *a = data + grammar->header + grammar->edit * draw(random, (uint32_t)count);
    uint8_t *b = data + grammar->header + grammar->edit * draw(random, (uint32_t)count);
    for (size_t i = 0; i < grammar->edit; i++) {
        uint8_t kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

/* A byte of what the edits are made to, or a page of it over another. */
static void change_data(const struct edit_grammar *grammar, uint8_t *data, size_t size, uint32_t *random)
{
    size_t begin = grammar->is_counted ? grammar->header + grammar->edit * edits_of(grammar, data, size) : 0;
    size_t end = grammar->is_counted ? size : grammar->header;
    size_t pages = grammar->page == 0 || end < begin ? 0 : (end - begin) / grammar->page;
    if (begin >= end || end > size)
        return;
    if (pages > 1 && draw(random, 2) == 0) { /* pages are counted back from the end, where the file stands */
        size_t to = end - grammar->page * (1 + draw(random, (uint32_t)pages));
        size_t from = end - grammar->page * (1 + draw(random, (uint32_t)pages));
        memmove(data + to, data + from, grammar->page);
    } else {
        size_t at = begin + draw(random, (uint32_t)(end - begin));
        data[at] ^= (uint8_t)(1u << draw(random, 8));
    }
}

size_t edit_mutate(const struct edit_grammar *grammar, uint8_t *data, size_t size, size_t room, uint32_t seed)
{
    uint32_t random = seed;
    for (uint32_t steps = 1 + draw(&random, 4); steps > 0; steps--) {
        size_t count = edits_of(grammar, data, size);
        uint32_t how = draw(&random, 16);
        if (how < 4 || count == 0)
            size = insert_edit(grammar, data, size, room, &random);
        else if (how < 11)
            change_edit(grammar, data + grammar->header + grammar->edit * draw(&random, (uint32_t)count), &random);
        else if (how < 13)
            size = drop_edit(grammar, data, size, &random);
        else if (how == 13)
            swap_edits(grammar, data, count, &random);
        else
            change_data(grammar, data, size, &random);
    }
    return size;
}

size_t edit_cross(const struct edit_grammar *grammar, const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                  uint8_t *out, size_t room, uint32_t seed)
{
    uint32_t random = seed;
    if (a_size < grammar->header || b_size < grammar->header)
        return 0;
    size_t a_begin = grammar->header + grammar->edit * edits_of(grammar, a, a_size);
    size_t count = edits_of(grammar, b, b_size), edits = grammar->edit * count;
    size_t rest = a_size > a_begin ? a_size - a_begin : 0;
    if (grammar->header + edits + rest > room)
        return 0;
    memcpy(out, a, grammar->header);
    set_edits(grammar, out, count);
    if (edits > 0)
        memcpy(out + grammar->header, b + grammar->header, edits);
    if (!grammar->is_counted)
        return grammar->header + edits;
    if (rest > 0)
        memcpy(out + grammar->header + edits, a + a_begin, rest);
    size_t size = grammar->header + edits + rest;
    if (grammar->page > 0 && draw(&random, 2) == 0 && rest >= grammar->page && b_size >= grammar->page) {
        size_t to = size - grammar->page * (1 + draw(&random, (uint32_t)(rest / grammar->page)));
        size_t from = b_size - grammar->page * (1 + draw(&random, (uint32_t)(b_size / grammar->page)));
        memcpy(out + to, b + from, grammar->page); /* a page of the other file */
    }
    return size;
}
