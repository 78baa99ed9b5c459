/* Streams of steps in the grammars of crash, io_fault, tree_ops, cursor and api. */
#include "seeds.h"

#include <string.h>

static struct seed seed;

static void add(const char *bytes, size_t size)
{
    seed_bytes(&seed, bytes, size);
}
#define ADD(literal) add(literal, sizeof(literal) - 1)

static uint32_t lot(uint32_t *random, uint32_t bound)
{
    return seed_random(random, bound);
}

/* ---- Scripts: what crash and io_fault have in common -------------------------- */

/* The code of an edit, which the target's own code goes before. */
static void script_edit_seed(uint32_t *random, uint32_t long_values)
{
    static const uint8_t codes[] = {0, 1, 2, 0, 1, 3, 4, 5, 6, 6, 7};
    uint8_t code = codes[lot(random, sizeof codes)];
    seed_u8(&seed, code);
    seed_u8(&seed, lot(random, 256));
    if (code == 5)
        seed_u8(&seed, lot(random, 256));
    if (code == 6)
        seed_u8(&seed, lot(random, 24));
    if (code <= 3 || code == 6)
        seed_u8(&seed, lot(random, 8) == 0 ? 200 + lot(random, long_values) : lot(random, 150));
}

static void edits(uint32_t *random, size_t count, uint32_t long_values)
{
    for (size_t i = 0; i < count; i++) {
        seed_u8(&seed, lot(random, 9));
        script_edit_seed(random, long_values);
    }
}

static void crash_seeds(void)
{
    static const uint8_t ends[] = {10, 11, 10, 13, 14, 12, 10, 13};
    uint32_t random = 31;
    for (size_t mode = 0; mode < 8; mode++) {
        seed_start(&seed);
        seed_u8(&seed, mode);
        for (size_t i = 0; i < 6; i++) {
            edits(&random, 1 + lot(&random, 6), 24);
            uint8_t end = ends[lot(&random, sizeof ends)];
            seed_u8(&seed, end);
            if (end == 13)
                seed_u8(&seed, lot(&random, 2));
            if (i % 3 == 2) { /* the power goes, and again while that is recovered from */
                for (size_t again = 0; again < 1 + i / 4; again++) {
                    seed_u8(&seed, 15);
                    seed_u8(&seed, lot(&random, 12));
                    seed_u8(&seed, lot(&random, 17));
                    seed_u8(&seed, lot(&random, 256));
                }
            }
        }
        seed_write(&seed, "crash", "commits-%zu", mode);
    }
    seed_start(&seed);
    ADD("\x00\x00\x06\x10\x14\x40\x00\x06\x20\x14\x40\x0a\x00\x06\x30\x14\x40\x0a");
    ADD("\x0f\x02\x08\x05\x00\x00\x01\x20\x0a\x0d\x00\x0f\x04\x08\x01\x0f\x00\x00\x00\x0d\x01");
    seed_write(&seed, "crash", "cut-in-recovery");
    for (size_t cut = 1; cut < 4;
         cut++) { /* a transaction that spills is rolled back, one of the same length commits */
        seed_start(&seed);
        ADD("\x00");
        for (size_t half = 0; half < 2; half++) {
            for (size_t i = 0; i < 24; i++) {
                seed_u8(&seed, 0);
                seed_u8(&seed, 0);
                seed_u8(&seed, 230 + i);
                seed_u8(&seed, 199);
            }
            seed_u8(&seed, half == 0 ? 12 : 10);
        }
        seed_u8(&seed, 15);
        seed_u8(&seed, cut);
        seed_u8(&seed, 8);
        seed_u8(&seed, cut);
        seed_write(&seed, "crash", "after-a-spill-%zu", cut);
    }
    for (size_t kind = 0; kind < 3; kind++) { /* the same, and the first one was longer than the log's buffer */
        static const uint8_t modes[3] = {240, 246, 247};
        seed_start(&seed);
        seed_u8(&seed, modes[kind]);
        ADD("\x00\x06\x10\x14\xc8\x00\x06\x20\x17\xff");
        if (kind == 0)
            ADD("\x00\x06\x30\x08\xff");
        ADD("\x0c\x00\x06\x10\x14\xc8\x0a\x0f");
        seed_u8(&seed, kind == 2 ? 1 : 2);
        seed_u8(&seed, 255);
        seed_u8(&seed, kind);
        seed_write(&seed, "crash", "after-a-long-rollback-%zu", kind);
    }
}

static void io_fault_seeds(void)
{
    uint32_t random = 57;
    for (size_t kind = 0; kind < 8; kind++)
        for (size_t call = 0; call < 4; call++) {
            seed_start(&seed);
            seed_u8(&seed, kind == 7 ? 0 : 4 * kind);
            edits(&random, 6, 40);
            ADD("\x09");
            for (size_t round = 0; round < 2; round++) {
                seed_u8(&seed, kind == 6 ? 15 : 14);
                seed_u8(&seed, kind == 6 ? call * 3 + round : 4 * kind + round % 4);
                seed_u8(&seed, kind == 6 ? 1 : call * 2 + round);
                edits(&random, 5, 40);
                seed_u8(&seed, round % 2 ? 12 : 9);
                edits(&random, 2, 20);
                seed_u8(&seed, 10);
            }
            seed_u8(&seed, 13);
            seed_u8(&seed, call + kind);
            edits(&random, 3, 20);
            seed_u8(&seed, 9);
            seed_write(&seed, "io_fault", "kind-%zu-call-%zu", kind, call);
        }
    for (size_t call = 0; call < 3;
         call++) /* a commit's write or sync fails at once or late; then the power goes, or not */
        for (size_t kind = 0; kind < 4; kind += 3) {
            seed_start(&seed);
            ADD("\x00\x00\x00\x10\x20\x09\x00\x00\x20\x20\x0e");
            seed_u8(&seed, 4 * kind);
            seed_u8(&seed, call);
            ADD("\x09\x0d");
            seed_u8(&seed, 8 + (kind == 0));
            seed_write(&seed, "io_fault", "commit-fails-%zu-%zu", kind, call);
        }
    for (size_t call = 0; call < 8; call++) /* in a checkpoint, too, which is tried again; then the power goes */
        for (size_t commits = 0; commits < 2; commits++) {
            seed_start(&seed);
            seed_u8(&seed, 4 * call);
            edits(&random, 4, 40);
            ADD("\x09");
            edits(&random, 4, 40);
            ADD("\x0e\x10");
            seed_u8(&seed, call);
            ADD("\x09\x09\x0c\x0c\x0d\x08");
            edits(&random, 2, 20);
            if (commits)
                ADD("\x09");
            ADD("\x0d\x0b");
            seed_write(&seed, "io_fault", "sync-loses-%zu-%s", call, commits ? "commit" : "open");
        }
}

/* ---- tree_ops -------------------------------------------------------------- */

static void tree_ops_key(size_t code, size_t handle, const char *key)
{
    seed_u8(&seed, code + 32 * handle);
    seed_key(&seed, key);
}

static void tree_ops_random(uint32_t *random, size_t steps)
{
    for (size_t i = 0; i < steps; i++) {
        static const uint8_t codes[] = {0,  0,  0,  1,  2,  7,  8,  9,  12, 12, 13, 14,
                                        15, 16, 16, 21, 22, 23, 24, 25, 26, 27, 29, 31};
        uint8_t code = codes[lot(random, sizeof codes)];
        size_t handle = lot(random, 6);
        if (code > 20) {
            seed_u8(&seed, code + 32 * handle);
            if (code == 26 || code == 29)
                continue;
            seed_u8(&seed, lot(random, 60));
            if (code == 24)
                seed_u8(&seed, lot(random, 5));
            continue;
        }
        tree_ops_key(code, handle, seed_word(lot(random, 200)));
        if (code <= 7)
            seed_u8(&seed, lot(random, 230));
        else if (code == 12)
            for (size_t j = 0; j < 3; j++)
                seed_u8(&seed, lot(random, j == 1 ? 100 : 40));
        else if (code == 13)
            seed_key(&seed, seed_word(lot(random, 200)));
        else if (code == 14)
            seed_u8(&seed, lot(random, 8));
        else if (code >= 15)
            for (size_t j = 0; j < (code == 15 ? 4u : 5u); j++)
                seed_u8(&seed, lot(random, 256));
    }
}

static void tree_ops_seeds(void)
{
    uint32_t random = 99;
    seed_start(&seed);
    ADD("\x00\x00\x35\x01"); /* a tree, a savepoint, a rename, and back */
    tree_ops_key(0, 1, "one");
    ADD("\x20\x1a\x18\x01\x02\x1f\x01\x1b\x00\x1f\x01");
    tree_ops_key(0, 1, "two");
    ADD("\x20\x1f\x01\x1a\x17\x01\x1b\x00\x1f\x01\x1d");
    seed_write(&seed, "tree_ops", "rename-and-back");
    seed_start(&seed);
    ADD("\x00\x00\x1a\x35\x01\x1a\x55\x02\x1b\x01\x1f\x01\x1b\x00\x1f\x01\x35\x01\x1d\x36\x01\x17\x01\x1f\x01\x1e");
    seed_write(&seed, "tree_ops", "made-under-savepoints");
    seed_start(&seed);
    ADD("\x00\x00");
    static const uint8_t blob_steps[] = {1, 3, 4, 6, 3, 5, 7, 3, 4, 6, 0, 6, 2, 0};
    for (size_t i = 0; i < sizeof blob_steps; i++) {
        tree_ops_key(16, 0, i < 10 ? "blob" : "blub");
        seed_u8(&seed, blob_steps[i]);
        seed_u16(&seed, i * 377 % 4000);
        seed_u16(&seed, i * 91);
        if (i == 9)
            tree_ops_key(0, 0, "blub"), seed_u8(&seed, 240);
    }
    ADD("\x1d\x1f\x00");
    seed_write(&seed, "tree_ops", "blob");
    seed_start(&seed);
    ADD("\x00\x00");
    static const uint16_t ends[][2] = {{1, 3000}, {6, 2990}, {3, 700}, {3, 3500}, {6, 3400}, {4, 3300}, {6, 3200}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) { /* to the end, cut, and grown again */
        tree_ops_key(16, 0, "blob");
        seed_u8(&seed, ends[i][0]);
        seed_u16(&seed, ends[i][1]);
        seed_u16(&seed, 90);
    }
    seed_write(&seed, "tree_ops", "blob-cut-and-grown");
    seed_start(&seed);
    ADD("\x00\x00\x00\x00\x02\x61\xff\x10\x00\x02\x01\x00\x10\x00\x01\x01\x62\x10\x0e\x00\x02\x61\xff\x02");
    seed_write(&seed, "tree_ops", "prefix-of-0xff");
    for (size_t i = 0; i < 12; i++) {
        seed_start(&seed);
        seed_u8(&seed, i % 6 == 5 ? 3 : 0);
        seed_u8(&seed, 8 * i);
        ADD("\x35\x01\x55\x02\x75\x13");
        tree_ops_random(&random, 20 + i);
        seed_write(&seed, "tree_ops", "random-%zu", i);
    }
}

/* ---- cursor ------------------------------------------------------------------ */

static void cursor_seeds(void)
{
    uint32_t random = 5;
    for (size_t i = 0; i < 18; i++) {
        seed_start(&seed);
        seed_u8(&seed, i < 12 ? i : lot(&random, 24));
        seed_u8(&seed, 6 + 2 * i);
        seed_u8(&seed, 1 + 2 * (i % 5) + i / 6);
        for (size_t step = 0; step < 56; step++) {
            static const uint8_t codes[] = {0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12, 13, 14, 15, 0, 2};
            static const uint8_t numbers[16] = {0, 0, 0, 0, 0, 0, 2, 2, 5, 3, 1, 0, 3, 2, 4, 3};
            uint8_t code = codes[lot(&random, sizeof codes)];
            seed_u8(&seed, code + 16 * lot(&random, 3));
            for (size_t j = 0; j < numbers[code]; j++)
                seed_u8(&seed, lot(&random, j % 2 ? 80 : 256));
        }
        seed_write(&seed, "cursor", "random-%zu", i);
    }
}

/* ---- api ----------------------------------------------------------------------- */

static void api_seeds(void)
{
    uint32_t random = 11;
    seed_start(&seed);
    ADD("\x00\x05\x05\x01\x01\x00\x00\x09\x01\x06\x10\x20\x00\x09\x01\x00\x11\xf0\x00\x08\x01\x06\x10\x00");
    ADD("\x0e\x00\x01\x06\x00\x0f\x02\x00\x11\x00\x00\x20\x12\x00\x00\x13\x01\x40\x01\x00\x00\x01\x06\x10\x00");
    ADD("\x14\x00\x00\x00\x20\x00\x00\x03\x01\x00\x01\x01\x08\x01\x06\x10\x00\x02\x01\x16\x02\x16\x01");
    seed_write(&seed, "api", "in-order");
    seed_start(&seed);
    ADD("\x08\x38\x06\x10\x00\x01\x00\x00\x04\x01\x00\x09\x00\x06\x10\x20\x00\x00\x05\x00\x06\x01\x01\x04\x01\x04");
    ADD("\x00\x04\x09\x01\x06\x10\x20\x00\x16\x02\x16\x06\x01\x01\x00\x01\x17\x00\x01\x17\x06\x01");
    seed_write(&seed, "api", "out-of-order");
    seed_start(&seed); /* a tree is made, a cursor opened on it, the tree dropped, the cursor moved */
    ADD("\x00\x05\x05\x0d\x01\x00\x00\x09\x01\x01\x10\x20\x00\x0e\x00\x01\x01\x00\x06\x01\x01\x00\x0f\x02\x00\x0f\x00"
        "\x00\x01\x01");
    seed_write(&seed, "api", "drop-under-a-cursor");
    seed_start(&seed); /* a backup in steps, and a commit between them */
    ADD("\x00\x05\x05\x01\x01\x00\x00\x0a\x01\x06\x10\xf0\x00\x01\x01\x18\x01\x18\x02\x18\x04\x18\x03\x16\x02\x16\x04");
    ADD("\x00\x05\x09\x01\x06\x11\x20\x00\x01\x01\x18\xfc\x18\x02\x18\x00\x18\x83");
    seed_write(&seed, "api", "backup");
    for (size_t i = 0; i < 16; i++) {
        seed_start(&seed);
        for (size_t step = 0; step < 56; step++) {
            static const uint8_t numbers[25] = {1, 1, 1, 2, 2, 4, 4, 4, 4, 5, 5, 3, 5,
                                                5, 4, 3, 3, 4, 2, 9, 6, 6, 1, 4, 1};
            uint8_t code = (uint8_t)(step < 2 ? 0 : lot(&random, 8) == 0 ? lot(&random, 5) : 5 + lot(&random, 20));
            seed_u8(&seed, code);
            for (size_t j = 0; j < numbers[code]; j++)
                seed_u8(&seed, step == 0 ? 5 : lot(&random, i % 2 ? 256 : 6));
        }
        seed_write(&seed, "api", "random-%zu", i);
    }
}

void scenario_seeds(void)
{
    crash_seeds();
    io_fault_seeds();
    tree_ops_seeds();
    cursor_seeds();
    api_seeds();
}
