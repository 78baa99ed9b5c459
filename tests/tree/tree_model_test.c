/*
 * Trees against the model over long random runs: every page size, every
 * combination of options, options that change between transactions so that
 * leaves of all versions are neighbours, and record shapes that are hard on
 * fences, splits and the allocator.
 */
#include "../support/tree_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum shape { SHORT_KEYS, RAGGED_KEYS, LONG_SHARED_PREFIXES, STAIRS, LARGE_RECORDS, LONG_VALUES, SHAPES };

struct run {
    const char *name;
    size_t page_size;
    size_t cache_pages;
    size_t operations;
    int mixed;   /* options change between transactions */
    int options; /* else: a combination, 0..23 */
};

struct record_maker {
    struct tree_world *world;
    struct random random;
    enum shape shape;
    uint8_t key[KEY_MAX(PAGE_SIZE_MAX)];
    size_t key_len;
    uint8_t *value;
    size_t value_len;
    uint32_t next; /* for ascending runs */
};

static uint32_t below(struct record_maker *maker, size_t bound)
{
    return (uint32_t)random_below(&maker->random, bound);
}

static void make_short_key(struct record_maker *maker)
{
    uint32_t number = below(maker, 8) == 0 ? maker->next++ : below(maker, 6000);
    maker->key_len = 4;
    for (int i = 0; i < 4; i++) {
        maker->key[i] = (uint8_t)(number >> (24 - 8 * i));
    }
}

/* Two letters and any length: neighbours share prefixes of all lengths. */
static void make_ragged_key(struct record_maker *maker, size_t most)
{
    maker->key_len = 1 + below(maker, below(maker, 4) == 0 ? most : (most < 14 ? most : 14));
    for (size_t i = 0; i < maker->key_len; i++) {
        maker->key[i] = (uint8_t) "ab"[below(maker, 2)];
    }
}

static void make_prefixed_key(struct record_maker *maker, size_t most)
{
    size_t prefix = most * 3 / 4;
    memset(maker->key, 'p', prefix);
    maker->key[prefix / 2] = (uint8_t)('a' + below(maker, 3));
    maker->key_len = prefix + 1 + below(maker, most - prefix);
    for (size_t i = prefix; i < maker->key_len; i++) {
        maker->key[i] = (uint8_t)below(maker, 6);
    }
}

/* Runs of keys that differ behind a common part of any length, so that separators of all lengths are neighbours. */
static void make_stair_key(struct record_maker *maker, size_t most)
{
    size_t height = below(maker, 9) * (most - 2) / 8;
    memset(maker->key, 's', height);
    maker->key[height] = (uint8_t)below(maker, 's');
    maker->key[height + 1] = (uint8_t)below(maker, 4);
    maker->key_len = height + 1 + below(maker, 2);
}

static void make_record(struct record_maker *maker)
{
    size_t key_max = maker->world->store.key_max, inline_max = maker->world->store.inline_max;
    switch (maker->shape) {
    case SHORT_KEYS:
        make_short_key(maker);
        maker->value_len = below(maker, 25);
        break;
    case RAGGED_KEYS:
        make_ragged_key(maker, key_max);
        maker->value_len = below(maker, 9);
        break;
    case LONG_SHARED_PREFIXES:
        make_prefixed_key(maker, key_max);
        maker->value_len = below(maker, 5);
        break;
    case STAIRS:
        make_stair_key(maker, key_max);
        maker->value_len = below(maker, 3);
        break;
    case LARGE_RECORDS:
        make_ragged_key(maker, key_max);
        maker->value_len = below(maker, inline_max + 1);
        break;
    default:
        make_short_key(maker);
        maker->value_len = below(maker, 6) == 0 ? below(maker, 5 * maker->world->store.page_size) : below(maker, 30);
        break;
    }
    memset(maker->value, (int)below(maker, 256), maker->value_len);
}

/* ---- Operations ------------------------------------------------------------------------ */

static void put_run(struct record_maker *maker)
{
    enum { MOST = 40 };
    struct tree_world *world = maker->world;
    struct model batch;
    quire_pair pairs[MOST];
    model_init(&batch);
    for (size_t i = 0; i < MOST; i++) {
        make_record(maker);
        assert_true(model_put(&batch, maker->key, maker->key_len, maker->value, maker->value_len));
    }
    for (size_t i = 0; i < batch.count; i++) {
        const struct model_pair *pair = batch.pairs[i];
        pairs[i] = (quire_pair){{model_key(pair), pair->key_len}, {model_value(pair), pair->value_len}};
        assert_true(model_put(&world->model, model_key(pair), pair->key_len, model_value(pair), pair->value_len));
    }
    world_expect(world, tree_put_many(&world->view, &world->tree, pairs, batch.count), QUIRE_OK);
    model_free(&batch);
}

static void delete_range(struct record_maker *maker)
{
    struct model *model = &maker->world->model;
    uint8_t high[KEY_MAX(PAGE_SIZE_MAX)];
    if (model->count == 0) {
        return;
    }
    size_t rank = below(maker, model->count);
    size_t last = rank + below(maker, 1 + model->count / (1 + below(maker, 30)));
    make_record(maker);
    if (last >= model->count) {
        world_delete_range(maker->world, maker->key, maker->key_len, NULL, 0);
        return;
    }
    size_t high_len = model->pairs[last]->key_len;
    memcpy(high, model_key(model->pairs[last]), high_len);
    const struct model_pair *low = model->pairs[rank];
    maker->key_len = low->key_len;
    memcpy(maker->key, model_key(low), low->key_len);
    world_delete_range(maker->world, maker->key, maker->key_len, high, high_len);
}

static void delete_some(struct record_maker *maker)
{
    struct model *model = &maker->world->model;
    make_record(maker);
    if (model->count > 0 && below(maker, 4) > 0) {
        const struct model_pair *pair = model->pairs[below(maker, model->count)];
        maker->key_len = pair->key_len;
        memcpy(maker->key, model_key(pair), pair->key_len);
    }
    world_delete(maker->world, maker->key, maker->key_len);
}

/* Phases grow and shrink the tree, so that splits and merges of every kind come up. */
static void step(struct record_maker *maker, size_t number)
{
    uint32_t dice = below(maker, 100);
    uint32_t puts = number / 400 % 2 == 0 ? 70 : 25;
    if (dice < 2) {
        put_run(maker);
    } else if (dice == 2 && below(maker, 4) == 0) {
        delete_range(maker);
    } else if (dice < puts) {
        make_record(maker);
        world_put(maker->world, maker->key, maker->key_len, maker->value, maker->value_len);
    } else if (dice < 92) {
        delete_some(maker);
    } else {
        make_record(maker);
        world_get(maker->world, maker->key, maker->key_len);
    }
}

static void choose_options(struct record_maker *maker, int combination)
{
    world_options(maker->world, (uint8_t)(1 + combination % 3), (uint8_t)(combination / 3 % 2),
                  (uint8_t)(combination / 6 % 2), (uint8_t)(combination / 12));
}

static void run_shape(const struct run *run, enum shape shape, uint64_t seed)
{
    struct tree_world world;
    world_open(&world, run->page_size, run->cache_pages * run->page_size);
    struct record_maker maker = {.world = &world, .random = {seed}, .shape = shape};
    maker.value = malloc(5 * run->page_size + 64);
    assert_non_null(maker.value);
    choose_options(&maker, run->mixed ? 23 : run->options);
    for (size_t i = 0; i < run->operations; i++) {
        step(&maker, i);
        if (below(&maker, 60) == 0) {
            uint32_t dice = below(&maker, 8);
            if (dice == 0) {
                world_rollback(&world);
            } else if (dice == 1 && below(&maker, 3) == 0) {
                world_reopen(&world);
            } else {
                world_commit(&world);
            }
            if (run->mixed) {
                choose_options(&maker, (int)below(&maker, 24));
            }
        }
        if (i % 250 == 249) {
            world_check(&world);
        }
    }
    world_check(&world);
    free(maker.value);
    world_close(&world);
}

static void agrees_with_the_model(void **state)
{
    const struct run *run = *state;
    const char *seeds = getenv("TREE_SEEDS");
    uint64_t last = seeds ? strtoull(seeds, NULL, 10) : 1;
    for (uint64_t seed = 1; seed <= last; seed++) {
        for (int shape = 0; shape < SHAPES; shape++) {
            run_shape(run, (enum shape)shape, seed * 1000 + (uint64_t)shape);
        }
    }
}

static struct run sizes[] = {
    {"leaves of every version as neighbours, 512 byte pages", 512, 4096, 4000, 1, 0},
    {"leaves of every version as neighbours, 1 KiB pages", 1024, 4096, 3000, 1, 0},
    {"leaves of every version as neighbours, 2 KiB pages", 2048, 2048, 2500, 1, 0},
    {"leaves of every version as neighbours, 4 KiB pages", 4096, 2048, 2000, 1, 0},
    {"leaves of every version as neighbours, 8 KiB pages", 8192, 1024, 2000, 1, 0},
    {"leaves of every version as neighbours, 16 KiB pages", 16384, 1024, 1500, 1, 0},
    {"leaves of every version as neighbours, 32 KiB pages", 32768, 512, 1500, 1, 0},
    {"a cache far smaller than the tree", 512, 64, 4000, 1, 0},
    {"today's defaults, 512 byte pages", 512, 4096, 6000, 0, 11},
    {"today's defaults, 8 KiB pages", 8192, 1024, 6000, 0, 11},
};

int main(void)
{
    enum { COMBINATIONS = 24, SIZES = sizeof sizes / sizeof sizes[0] };
    static struct run combinations[COMBINATIONS];
    static char names[COMBINATIONS][96];
    struct CMUnitTest tests[SIZES + COMBINATIONS];
    for (int i = 0; i < SIZES; i++) {
        tests[i] = (struct CMUnitTest){sizes[i].name, agrees_with_the_model, NULL, NULL, &sizes[i]};
    }
    for (int i = 0; i < COMBINATIONS; i++) {
        (void)snprintf(names[i], sizeof names[i], "slots V%d, %s records, in place %s, %s", 1 + i % 3,
                       i / 3 % 2 ? "plain" : "prefix", i / 6 % 2 ? "on" : "off", i / 12 ? "keep" : "upgrade");
        combinations[i] = (struct run){names[i], 512, 4096, 1500, 0, i};
        tests[SIZES + i] = (struct CMUnitTest){names[i], agrees_with_the_model, NULL, NULL, &combinations[i]};
    }
    return _cmocka_run_group_tests("tree_model", tests, SIZES + COMBINATIONS, NULL, NULL);
}
