/*
 * Edits, and a schedule of calls and allocations that fail, on the disk of
 * tests/support/fault_vfs.
 *
 *  Input   mode (1): cache, page size; then steps, a code (1) each:
 *          0-8 an edit (support/script.h)   9, 10 commit   11 roll back
 *          12 checkpoint   13 close and open: by bit 0 of how (1) with a power cut, bits 1-2 which;
 *          bit 3 lets closing fail
 *          14 a call of the disk fails: errno and kind (1; a sync may lose what it should have written), how many
 *          calls from now (1)
 *          15 memory fails: how many allocations from now (1), for how many (1)
 *  Oracle  a call fails only after something was made to fail, and says how; an edit that
 *          fails leaves the transaction as it was, or dooms it; a failed commit leaves the
 *          state before it, and after reopening that or its own; nothing leaks.
 *  Seeds   every kind of failure at every early call of loads, commits and checkpoints.
 */
#include <errno.h>

#include "support/tally.h"
#include "support/ward.h"

enum { STEPS_MOST = 120 };

static void arm(struct ward *w, struct input *input, int memory)
{
    static const int errors[] = {EIO, ENOSPC, EIO, ENOMEM};
    static const enum fault_kind kinds[] = {FAULT_ONCE,  FAULT_STICKY, FAULT_SHORT, FAULT_LATE,
                                            FAULT_LOSES, FAULT_STICKY, FAULT_LOSES};
    uint8_t first = input_u8(input), second = input_u8(input);
    ward_heal(w);
    if (memory) {
        w->allocations_left = first + 1u;
        w->refusals = second % 8u + 1u;
    } else if (first / 4u % 8u == 7) {
        fault_disk_fail_read(w->disk, second + 1u, errors[first % 4u]);
    } else {
        fault_disk_fail(w->disk, fault_disk_calls(w->disk) + 1 + second, errors[first % 4u], kinds[first / 4u % 8u]);
    }
}

static void step(struct ward *w, struct input *input)
{
    uint8_t code = input_u8(input) % 16u;
    if (code >= 14)
        arm(w, input, code == 15);
    else if (code == 13 || w->txn == NULL) /* poisoned: only reopening is left */
        ward_reopen(w, input_u8(input));
    else if (code <= 8)
        ward_edit(w, input);
    else if (code <= 10)
        ward_commit(w);
    else
        (code == 11 ? ward_roll_back : ward_checkpoint)(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t mode = input_u8(&input);
    struct ward w;
    ward_open(&w, mode % 4u == 3 ? 1024 : 512, 32u + mode / 4u);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++)
        step(&w, &input);
    ward_reopen(&w, (uint8_t)(mode / 8u));
    ward_close(&w);
    return 0;
}
