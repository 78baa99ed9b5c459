/*
 * Two leaves that should always hold the same records: one edited in place, the
 * other taken apart and laid out whole at every edit. Each operation does its
 * work on both and ends the program when they, or the logged delta, disagree.
 */
#ifndef QUIRE_FUZZ_TWINS_H
#define QUIRE_FUZZ_TWINS_H

#include "../../src/page/delta.h"
#include "../../src/page/leaf.h"
#include "../../src/page/leaf_search.h"
#include "bench.h"
#include "input.h"

struct twins {
    struct bench bench;
    uint8_t *page;   /* edited in place */
    uint8_t *before; /* the page as it was when the step began */
    uint8_t *twin;   /* rebuilt */
    uint8_t version; /* of the twin, unless the records do not fit it */
    struct space space;
    struct leaf_edit edit;
    uint8_t *steps; /* the delta of this step */
    uint8_t *key, *value, *fences;
    size_t key_len;
    unsigned since_full; /* steps since both were last laid out whole */
};

/* Empty twins without fences. `flags` is V2 or V3 with plain records, `version` any. */
void twins_open(struct twins *t, size_t page_size, uint8_t flags, uint8_t version);
void twins_close(struct twins *t);
/* Before each operation: the page as it is now is what its delta will be redone on. */
void twins_begin(struct twins *t);

/* Reads the next key; 0 if it lies outside the fences. */
int twins_read_key(struct twins *t, struct input *input);
/* Reads a value, and makes an entry of it and the key. */
struct entry twins_read_value(struct twins *t, struct input *input);

/* Inserts the record, or replaces the one that has its key. */
void twins_put(struct twins *t, const struct entry *entry);
void twins_delete(struct twins *t, size_t rank);
/* Keeps the records [from, to) between the separators on both sides. */
void twins_cut(struct twins *t, size_t from, size_t to);
/* Moves the records from `at` (0 < at < count) on to a new right leaf and back again. */
void twins_split_and_merge(struct twins *t, size_t at);
/* The edited leaf in the other of its two versions, as a rebuild writes it. */
void twins_convert(struct twins *t);

/* After each operation: same records, a valid page, exact free space. */
void twins_expect(struct twins *t);
/* That, a valid twin, and one layout once both are rebuilt: at the end, and now and then by twins_expect. */
void twins_expect_full(struct twins *t);

#endif
