/*
 * Several trees under names, edited in transactions with nested savepoints,
 * through handles and a blob that stay open, against models of each.
 *
 *  Input   page size (1): one in four is not 512; cache (1); then steps, a code (1) each, whose
 *          upper bits choose one of six handles:
 *          0-6 put, 7 insert only: key, value     8 get, 9-11 delete: key
 *          12 put_many: key, count (1), value, order (1)   13 delete range: key, key
 *          14 delete prefix: key, length (1)       15 cursor edits: key, bits (4)
 *          16-20 the blob: key, how (1), two numbers (2 each)
 *          21 make, 22 open, 23 drop a tree: name (1)   24 rename: name, name   25 options (1)
 *          26 savepoint   27, 28 roll back to or release (1)   29 commit   30 roll back
 *          31 by the next byte: check everything, or close and open
 *          A key is share (1), rest length (1), rest; a value's kind (1) says its size.
 *  Oracle  every answer is the model's; a handle lives as long as its tree, over renames and
 *          rollbacks, and is refused afterwards; the audit finds nothing.
 *  Seeds   trees made, renamed and dropped under savepoints; blobs; random mixtures.
 */
#include "support/forest.h"
#include "support/script.h"
#include "support/tally.h"

enum { STEPS_MOST = 250 };

static void record_step(struct forest *f, struct input *input, uint8_t code, size_t handle)
{
    forest_read_key(f, input);
    if (code <= 7) {
        quire_bytes value = forest_value(f, input_u8(input));
        forest_put(f, handle, value, code == 7 ? QUIRE_PUT_INSERT_ONLY : 0);
    } else if (code == 8) {
        forest_get(f, handle);
    } else if (code <= 11) {
        forest_delete(f, handle);
    } else if (code == 12) {
        size_t count = input_u8(input);
        quire_bytes value = forest_value(f, input_u8(input));
        forest_put_many(f, handle, count, value, input_u8(input) % 8u == 7);
    } else if (code == 13) {
        forest_delete_range(f, handle, input);
    } else if (code == 14) {
        forest_delete_prefix(f, handle, input_u8(input));
    } else if (code == 15) {
        forest_cursor(f, handle, input_u32(input));
    } else {
        uint8_t how = input_u8(input);
        uint16_t a = input_u16(input);
        forest_blob(f, handle, how, a, input_u16(input));
    }
}

static void tree_step(struct forest *f, struct input *input, uint8_t code, size_t handle)
{
    uint8_t which = input_u8(input);
    size_t name = which % FOREST_NAMES;
    if (code == 21)
        forest_create(f, name, handle, which / FOREST_NAMES);
    else if (code == 22)
        forest_open_tree(f, name, handle);
    else if (code == 23)
        forest_drop(f, name);
    else if (code == 24)
        forest_rename(f, name, input_u8(input) % FOREST_NAMES);
    else if (code == 25)
        forest_set_options(f, handle, which);
    else if (code <= 28)
        forest_rollback_to(f, which);
    else if (which % 4u == 0)
        forest_reopen(f);
    else
        forest_expect(f);
}

static void step(struct forest *f, struct input *input)
{
    uint8_t code = input_u8(input);
    size_t handle = code / 32u % FOREST_HANDLES;
    code %= 32u;
    if (code <= 20)
        record_step(f, input, code, handle);
    else if (code == 26)
        forest_savepoint(f);
    else if (code == 29)
        forest_commit(f);
    else if (code == 30)
        forest_rollback(f);
    else
        tree_step(f, input, code, handle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t page = input_u8(&input), cache = input_u8(&input);
    struct forest f;
    forest_open(&f, page % 4u != 3 ? 512 : (size_t)1024 << (page / 4u % 2u), cache);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++)
        step(&f, &input);
    forest_expect(&f);
    forest_commit(&f);
    audit_expect(f.db);
    forest_reopen(&f);
    forest_expect(&f);
    audit_expect(f.db);
    forest_close(&f);
    return 0;
}
