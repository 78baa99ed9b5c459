/* Streams of steps, in the grammars that layout_fuzzer.c and tree_mixed_fuzzer.c state. */
#include "seeds.h"

#include <stdio.h>
#include <string.h>

static struct seed seed;

/* Codes of layout's steps. */
enum { LAYOUT_PUT = 0, LAYOUT_DELETE = 8, LAYOUT_REPLACE = 10, LAYOUT_CUT = 12, LAYOUT_SPLIT = 13, LAYOUT_FORGET = 14 };

static void layout_put(const char *key, size_t value)
{
    seed_u8(&seed, LAYOUT_PUT);
    seed_key(&seed, key);
    seed_u8(&seed, value);
}

/* After a step that takes its key from the page, or moves it, the next key shares nothing. */
static void layout_rank(size_t code, size_t rank)
{
    seed_u8(&seed, code);
    seed_u8(&seed, rank);
    seed.key_len = 0;
}

static void layout_start(size_t page_size, size_t versions)
{
    seed_start(&seed);
    seed_u8(&seed, seed_size_code(page_size));
    seed_u8(&seed, versions);
}

static void layout_seeds(size_t page_size, size_t versions, uint32_t *random)
{
    char key[32];
    layout_start(page_size, versions);
    for (size_t i = 0; i < 24; i++) {
        snprintf(key, sizeof key, "key%04zu", i);
        layout_put(key, 20);
    }
    seed_write(&seed, "layout", "ascending-%zu-%zu", page_size, versions);

    layout_start(page_size, versions);
    for (size_t i = 0; i < 24; i++) {
        uint32_t choice = seed_random(random, 8);
        if (choice < 5)
            layout_put(seed_word(seed_random(random, 40)), seed_random(random, 256));
        else if (choice < 6)
            layout_rank(LAYOUT_DELETE, seed_random(random, 16));
        else {
            layout_rank(LAYOUT_REPLACE, seed_random(random, 16));
            seed_u8(&seed, seed_random(random, 256));
        }
    }
    seed_write(&seed, "layout", "random-%zu-%zu", page_size, versions);

    layout_start(page_size, versions);
    for (size_t i = 0; i < 16; i++)
        layout_put(seed_word((uint32_t)i), 10 * i);
    layout_rank(LAYOUT_SPLIT, 5);
    seed_u8(&seed, LAYOUT_FORGET);
    layout_rank(LAYOUT_DELETE, 3);
    layout_rank(LAYOUT_SPLIT, 9);
    layout_rank(LAYOUT_CUT, 2);
    seed_u8(&seed, 6);
    layout_put("ab9", 200);
    layout_rank(LAYOUT_REPLACE, 1);
    seed_u8(&seed, 250);
    seed_write(&seed, "layout", "splits-%zu-%zu", page_size, versions);
}

/* Codes of tree_mixed's steps. */
enum {
    TREE_PUT = 0,
    TREE_CURSOR_STEP = 9,
    TREE_DELETE_RANK = 12,
    TREE_DELETE_RANGE = 16,
    TREE_PUT_MANY = 17,
    TREE_PUT_RUN = 18,
    TREE_DELETE_RUN = 19,
    TREE_SCAN = 20,
    TREE_SCAN_BACK = 21,
    TREE_CURSOR_EDIT = 22,
    TREE_OPTIONS = 23,
    TREE_COMMIT = 24,
    TREE_ROLLBACK = 25,
    TREE_SAVEPOINT = 26,
    TREE_ROLLBACK_TO = 27,
    TREE_REOPEN = 28,
    TREE_CHECKPOINT = 29,
    TREE_UPGRADE = 30,
    TREE_READER = 31
};

static void tree_start(size_t options)
{
    seed_start(&seed);
    seed_u8(&seed, 0);
    seed_u8(&seed, options);
    seed_u8(&seed, 0);
}

static void tree_put(const char *key, size_t value)
{
    seed_u8(&seed, TREE_PUT);
    seed_key(&seed, key);
    seed_u8(&seed, value);
}

static void tree_run(const char *key, size_t count, size_t value)
{
    seed_u8(&seed, TREE_PUT_RUN);
    seed_key(&seed, key);
    seed_u8(&seed, count);
    seed_u8(&seed, value);
    seed.key_len = 0; /* the target's last key is that of the run's last record */
}

static void tree_rank(size_t code, size_t rank, size_t count)
{
    seed_u8(&seed, code);
    seed_u16(&seed, rank);
    if (count != 0)
        seed_u8(&seed, count);
}

/* A step without numbers, but for reopening: how. */
static void tree_end(size_t code, size_t how)
{
    seed_u8(&seed, code);
    if (code == TREE_REOPEN)
        seed_u8(&seed, how / 2);
}

static void tree_option_walk(uint32_t *random, size_t from)
{
    tree_start(0);
    for (size_t i = 0; i < 4; i++) {
        size_t options = (from + 7 * i) % 24;
        seed_u8(&seed, TREE_OPTIONS);
        seed_u8(&seed, options);
        for (size_t put = 0; put < 4; put++)
            tree_put(seed_word(seed_random(random, 400)), seed_random(random, 200));
        tree_run(seed_word((uint32_t)options), 6, 30 + options);
        if (i % 2)
            seed_u8(&seed, TREE_COMMIT);
    }
    seed_u8(&seed, TREE_SCAN);
    seed_key(&seed, "a");
    seed_u8(&seed, TREE_UPGRADE);
    seed_write(&seed, "tree_mixed", "options-from-%zu", from);
}

static void tree_random(uint32_t *random, size_t options, size_t steps, uint32_t values)
{
    tree_start(options);
    for (size_t i = 0; i < steps; i++) {
        uint32_t choice = seed_random(random, 40);
        if (choice < 20)
            tree_put(seed_word(seed_random(random, 300)), seed_random(random, values));
        else if (choice < 24) {
            seed_u8(&seed, TREE_CURSOR_STEP);
            seed_u8(&seed, seed_random(random, 256));
        } else if (choice < 31)
            tree_rank(TREE_DELETE_RANK, seed_random(random, 300), 0);
        else if (choice < 33)
            tree_run(seed_word(seed_random(random, 300)), seed_random(random, 30), seed_random(random, values));
        else if (choice < 34)
            tree_rank(TREE_DELETE_RUN, seed_random(random, 300), 1 + seed_random(random, 30));
        else if (choice < 35)
            tree_rank(TREE_DELETE_RANGE, seed_random(random, 300), 1 + seed_random(random, 60));
        else if (choice < 36)
            tree_rank(TREE_CURSOR_EDIT, seed_random(random, 300), 1 + seed_random(random, 20));
        else if (choice < 38) {
            seed_u8(&seed, TREE_OPTIONS);
            seed_u8(&seed, seed_random(random, 24));
        } else
            tree_end(i % 2 ? TREE_READER : TREE_COMMIT + seed_random(random, 6), i);
    }
    seed_write(&seed, "tree_mixed", "random-%zu-%zu-%u", options, steps, values);
}

static void tree_seeds(void)
{
    uint32_t random = 777;
    tree_start(5);
    for (size_t i = 0; i < 8; i++)
        tree_run(i < 4 ? seed_word((uint32_t)i) : "m", 40, 40);
    seed_u8(&seed, TREE_COMMIT);
    tree_rank(TREE_DELETE_RANGE, 10, 200);
    tree_rank(TREE_DELETE_RUN, 0, 250);
    tree_end(TREE_REOPEN, 0);
    tree_run("after", 9, 9);
    seed_u8(&seed, TREE_COMMIT);
    tree_put("lost", 9);
    tree_end(TREE_REOPEN, 2);
    seed_write(&seed, "tree_mixed", "load-and-empty");
    tree_start(5);
    for (size_t i = 0; i < 3; i++) {
        tree_run("s", 40, 60);
        seed_u8(&seed, TREE_SAVEPOINT);
        tree_rank(TREE_DELETE_RUN, 3, 30);
        seed_u8(&seed, TREE_SAVEPOINT);
        tree_put("big", 240);
        seed_u8(&seed, TREE_ROLLBACK_TO);
        seed_u8(&seed, i);
    }
    seed_u8(&seed, TREE_ROLLBACK);
    tree_put("after", 1);
    seed_write(&seed, "tree_mixed", "savepoints");
    for (size_t options = 0; options < 12; options++) {
        tree_start(options);
        tree_run("r", 20, 60);
        seed_u8(&seed, TREE_COMMIT);
        seed_u8(&seed, TREE_READER);
        tree_put("r0", 30);
        for (size_t i = 0; i < 8; i++) {
            seed_u8(&seed, TREE_CURSOR_STEP);
            seed_u8(&seed, i % 5 == 4);
            tree_put(seed_word((uint32_t)(7 * i)), 20 + i);
            if (i % 4 == 1)
                seed_u8(&seed, TREE_COMMIT);
        }
        tree_rank(TREE_DELETE_RUN, 2, 9);
        seed_u8(&seed, TREE_READER);
        seed_write(&seed, "tree_mixed", "reader-and-cursor-%zu", options);
    }
    for (size_t from = 0; from < 24; from += 4)
        tree_option_walk(&random, from);
    for (size_t options = 0; options < 24; options++)
        tree_random(&random, options, 22 + options % 8, options % 2 ? 256 : 224);
}

void operation_seeds(void)
{
    uint32_t random = 4242;
    for (size_t versions = 0; versions < 12; versions++)
        layout_seeds(512, versions, &random);
    layout_seeds(1024, 1, &random);
    layout_seeds(4096, 10, &random);
    tree_seeds();
}
