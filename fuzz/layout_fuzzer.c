/*
 * In-place edits against the old path: one leaf edited where it stands, its twin
 * taken apart and laid out whole after every step.
 *
 *  Input   size (1), versions (1): V2 or V3 for the edited leaf, any of six for
 *          its twin; then steps. put: key, value. replace, delete: rank (1).
 *          cut: two ranks, keeps what is between. split: rank, then merges the
 *          halves again, also when one grew meanwhile. forget: the allocator's
 *          list is built anew. convert.
 *          A key is share (1), rest length (1), rest: it shares that many bytes
 *          with the key before it in the input.
 *  Oracle  after each step both hold the same records; the edit is refused
 *          exactly when a rebuild would not fit; page_check passes; free bytes
 *          are what the records leave; the logged delta redone on the page before
 *          gives the same bytes. Every few steps, after a split, and at the end: both
 *          laid out by a rebuild in one version are equal byte for byte.
 *  Seeds   ascending, random, overwriting, shrinking and splitting runs.
 */
#include "support/tally.h"
#include "support/twins.h"

static void step(struct twins *t, struct input *input)
{
    size_t count = page_slot_count(t->page);
    uint8_t code = input_u8(input) % 16u;
    twins_begin(t);
    if (code < 8) {
        int inside = twins_read_key(t, input);
        struct entry entry = twins_read_value(t, input);
        if (inside)
            twins_put(t, &entry);
    } else if (code == 14) {
        space_load(&t->space, t->page, t->bench.page_size, t->bench.scratch);
    } else if (code == 15) {
        twins_convert(t);
    } else if (count > 0) {
        size_t rank = input_u8(input) % count;
        if (code < 10) {
            twins_delete(t, rank);
        } else if (code < 12) {
            struct record record;
            leaf_record(t->page, t->bench.page_size, rank, &record);
            memcpy(t->key, record.key, record.key_len);
            t->key_len = record.key_len;
            struct entry entry = twins_read_value(t, input);
            twins_put(t, &entry);
        } else if (code == 12) {
            twins_cut(t, rank, rank + 1 + input_u8(input) % (count - rank));
        } else if (rank > 0) {
            twins_split_and_merge(t, rank);
        }
    }
    twins_expect(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = input_start(data, size);
    struct twins t;
    size_t page_size = input_page_size(&input);
    uint8_t versions = input_u8(&input);
    twins_open(&t, page_size, versions % 2u ? 3 : 5, leaf_versions[versions / 2u % LEAF_VERSIONS]);
    for (int steps = 0; !input_ended(&input) && steps < 400; steps++, tally.operations++)
        step(&t, &input);
    twins_expect_full(&t);
    twins_close(&t);
    return 0;
}
