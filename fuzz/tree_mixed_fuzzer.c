/*
 * Trees that hold leaves of every version, against the model map, through the
 * public API on the memory VFS.
 *
 *  Input   page size (1; three in four are 512 bytes), tree options (1), cache
 *          (1); then steps, a code (1) each:
 *          0-8 put, 10 insert only: key, value     11 get, 15 delete: key
 *          9 the open cursor moves: forward or back (1)
 *          12-14 delete: rank (2)                  16 delete range: rank, count (1)
 *          17 put_many, 18 put run: key, count, value: the key and two more bytes
 *          19 delete run: rank, count              20, 21 scan from key, forward and back
 *          22 cursor edits: rank, count            23 options (1)
 *          24 commit  25 rollback  26 savepoint  27 roll back to (1)
 *          28 close and open, or crash and recover (1)  29 checkpoint  30 upgrade
 *          31 reader opens or ends
 *          A key is share (1), rest length (1), rest. A rank names a record of the
 *          model. Options: slots, records, in place, keep as a number of mixed base.
 *  Oracle  every answer is the model's, in the write transaction, in a reader's
 *          snapshot, after rollback, reopening and recovery; the audit finds nothing.
 *  Seeds   loads, emptying, savepoints, every option, random mixtures.
 */
#include "support/expect.h"
#include "support/tally.h"
#include "support/world.h"

enum { STEPS_MOST = 300, RECORDS_MOST = 2500 };

static void put_run(struct world *w, struct input *input, int many)
{
    world_read_key(w, input);
    size_t count = input_u8(input) % 64u, stem = w->key_len < w->key_max - 2 ? w->key_len : w->key_max - 2;
    uint8_t kind = input_u8(input);
    quire_pair *pairs = many ? calloc(count + 1, sizeof *pairs) : NULL;
    uint8_t *keys = malloc((count + 1) * w->key_max);
    quire_bytes value = world_value(w, kind);
    for (size_t i = 0; i < count && w->model.count < RECORDS_MOST; i++) {
        uint8_t *key = keys + i * w->key_max;
        memcpy(key, w->key, stem);
        key[stem] = (uint8_t)(i / 16);
        key[stem + 1] = (uint8_t)(i * 16 % 256);
        if (many)
            pairs[i] = (quire_pair){{key, stem + 2}, value};
        else
            world_put(w, (quire_bytes){key, stem + 2}, value, 0);
    }
    if (many)
        world_put_many(w, pairs, count < RECORDS_MOST - w->model.count ? count : 0);
    free(keys);
    free(pairs);
}

static void put(struct world *w, struct input *input, int flags)
{
    world_read_key(w, input);
    quire_bytes value = world_value(w, input_u8(input));
    if (w->model.count < RECORDS_MOST)
        world_put(w, (quire_bytes){w->key, w->key_len}, value, flags);
}

/* Steps about records that the model has; their number is count at `rank`. */
static void edit_rank(struct world *w, struct input *input, uint8_t code)
{
    size_t rank = input_u16(input), count = code < 15 ? 1 : input_u8(input);
    if (w->model.count == 0)
        return;
    rank %= w->model.count;
    if (count > w->model.count - rank)
        count = w->model.count - rank;
    if (code == 16)
        world_delete_range(w, rank, count);
    else if (code == 22)
        world_cursor_edit(w, rank, count, input_u8(input));
    else
        for (size_t i = 0; i < count; i++)
            world_delete(w, world_key_at(w, rank));
}

static void step(struct world *w, struct input *input)
{
    uint8_t code = input_u8(input) % 32u;
    if (code == 9) {
        world_cursor_step(w, input_u8(input));
    } else if (code <= 10) {
        put(w, input, code == 10 ? QUIRE_PUT_INSERT_ONLY : 0);
    } else if (code == 17 || code == 18) {
        put_run(w, input, code == 17);
    } else if (code == 11 || code == 15 || code == 20 || code == 21) {
        world_read_key(w, input);
        quire_bytes key = {w->key, w->key_len};
        if (code == 11)
            world_get(w, key);
        else if (code == 15)
            world_delete(w, key);
        else
            world_scan(w, key, code == 21);
    } else if (code <= 22) {
        edit_rank(w, input, code);
    } else if (code == 23) {
        world_set_options(w, input_u8(input));
    } else if (code == 27) {
        world_rollback_to(w, input_u8(input));
    } else if (code == 28) {
        (input_u8(input) % 2u ? world_crash : world_reopen)(w);
    } else {
        static void (*const plain[])(struct world *) = {
            [24] = world_commit,     [25] = world_rollback, [26] = world_savepoint,
            [29] = world_checkpoint, [30] = world_upgrade,  [31] = world_toggle_reader};
        plain[code](w);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t page = input_u8(&input), options = input_u8(&input), cache = input_u8(&input);
    struct world w;
    world_open(&w, page % 4u != 3 ? 512 : (size_t)1024 << (page / 4u % 3u), options, cache);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++)
        step(&w, &input);
    world_expect(&w);
    world_commit(&w);
    world_audit(&w);
    world_reopen(&w);
    world_expect(&w);
    world_audit(&w);
    world_close(&w);
    return 0;
}
