/* Records on their way into a tree in ascending order, copied and put many at a time. */
#ifndef QUIRE_TREE_PAIR_RUN_H
#define QUIRE_TREE_PAIR_RUN_H

#include "tree.h"

struct pair_run {
    uint8_t *bytes; /* keys and values, one behind the other */
    quire_pair *pairs;
    size_t used, count;
};

/* 0: no memory. Freed by pair_run_free in any case. */
int pair_run_allocate(struct pair_run *run, const quire_memory *memory);
void pair_run_free(struct pair_run *run, const quire_memory *memory);
/* Copies an inline record's key and value; 0 when they have no room and the run must be put first. An empty run has. */
int pair_run_add(struct pair_run *run, const struct record *record);
/* Puts what there is and empties the run, also when it fails; *bytes and *records say how much it was. */
quire_status pair_run_put(struct pair_run *run, struct view *view, const struct tree *tree, size_t *bytes,
                          size_t *records);

#endif
