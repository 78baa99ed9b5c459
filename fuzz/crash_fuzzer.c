/*
 * Edits and power cuts in one input, on a disk that remembers what was done to
 * it (tests/support/crash_disk).
 *
 *  Input   mode (1): sync mode, page size, cache; then steps, a code (1) each:
 *          0-9 an edit (support/script.h)   10, 11 commit   12 roll back   13 checkpoint or sync (1)
 *          14 close and open   15 the power goes: so many events ago (1), odds (1) that a pending
 *          sector arrived, and a number (1) to draw lots from; odds from 238 on: all but one arrived,
 *          which is each of eight in turn, counted from the newest
 *  Oracle  what is found after a cut is, whole, a state that the sync mode promises at
 *          that moment, the audit is clean, and work goes on from there. A cut may fall
 *          into the recovery from the one before it: then the same state is found again.
 *  Seeds   commits and checkpoints with a cut behind each; cuts in recoveries.
 */
#include "support/expect.h"
#include "support/scene.h"
#include "support/tally.h"

enum { STEPS_MOST = 120 };

static void step(struct scene *s, struct input *input)
{
    uint8_t code = input_u8(input) % 16u;
    if (code <= 9) {
        quire_status status = script_edit(&s->script, input, s->db, s->txn);
        EXPECT(status == QUIRE_OK || status == QUIRE_NOT_FOUND || status == QUIRE_EXISTS);
    } else if (code == 12) {
        scene_roll_back(s);
    } else if (code == 15) {
        scene_cut_power(s, input);
    } else if (scene_has_room(s)) {
        if (code <= 11)
            scene_commit(s);
        else if (code == 13)
            scene_make_durable(s, input_u8(input));
        else
            scene_reopen(s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    uint8_t mode = input_u8(&input);
    struct scene s;
    scene_open(&s, mode % 2u ? QUIRE_SYNC_NORMAL : QUIRE_SYNC_FULL, mode / 2u % 4u == 3 ? 1024 : 512, 32u + mode / 8u);
    for (int steps = 0; !input_ended(&input) && steps < STEPS_MOST; steps++, tally.operations++)
        step(&s, &input);
    scene_close(&s);
    return 0;
}
