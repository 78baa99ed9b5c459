/*
 * Cursors against a sorted array: bounds and prefixes, both directions, seeks,
 * and edits at a cursor, by another and by the transaction, while all are open.
 *
 *  Input   tree options (1); records (1), how their keys are made (1); then steps, a code (1)
 *          each, whose upper bits choose one of three cursors:
 *          0, 1 next   2, 3 previous   4 first   5 last   6 seek: key   7 seek back: key
 *          8 bounds: kinds (1), key, key   9 prefix: key, length (1)
 *          10 replace: value (1)   11 delete   12 put: key, value   13 delete: key
 *          14 delete range: key, key   15 put a few, and roll back to a savepoint: key, count (1)
 *          A key is a number (1) and a length (1): keys share fronts and are prefixes of each other.
 *  Oracle  a cursor stands before the first, on a key or after the last; each move is what the
 *          array says about that place, whatever was edited since.
 *  Seeds   walks within bounds, edits around cursors, random mixtures on every leaf version.
 */
#include "support/tally.h"
#include "support/walk.h"

enum { STEPS_MOST = 200 };

static void step(struct walk *w, struct input *input)
{
    static const enum walk_move moves[] = {WALK_NEXT,  WALK_NEXT, WALK_PREVIOUS, WALK_PREVIOUS,
                                           WALK_FIRST, WALK_LAST, WALK_SEEK,     WALK_SEEK_BACK};
    uint8_t code = input_u8(input);
    struct follower *f = &w->followers[code / 16u % WALK_CURSORS];
    code %= 16u;
    if (code <= 5) {
        walk_move(w, f, moves[code], NULL);
    } else if (code == 10) {
        walk_replace(w, f, input_u8(input));
    } else if (code == 11) {
        walk_delete_here(w, f);
    } else if (code == 8 || code == 14) {
        uint8_t kinds = code == 8 ? input_u8(input) : 0;
        struct walk_key low = walk_read_key(w, input), high = walk_read_key(w, input);
        if (code == 8)
            walk_bounds(w, f, kinds, &low, &high);
        else
            walk_delete_range(w, &low, &high);
    } else {
        struct walk_key key = walk_read_key(w, input);
        if (code <= 7)
            walk_move(w, f, moves[code], &key);
        else if (code == 9)
            walk_prefix(w, f, &key, input_u8(input));
        else if (code == 12)
            walk_put(w, &key, input_u8(input));
        else if (code == 13)
            walk_delete(w, &key);
        else
            walk_put_and_roll_back(w, &key, input_u8(input));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t options = input_u8(&input), records = input_u8(&input);
    struct walk w;
    walk_open(&w, options, records, input_u8(&input));
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++)
        step(&w, &input);
    walk_close(&w);
    return 0;
}
