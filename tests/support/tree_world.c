/* See tree_world.h. */
#include "tree_world.h"

#include "../../src/file/pager_core.h"
#include "../../src/tree/leaf_reader.h"
#include "../../src/tree/space_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void world_expect(struct tree_world *world, quire_status status, quire_status wanted)
{
    if (status != wanted) {
        fail_msg("status %d, not %d: %s", (int)status, (int)wanted, world->fault.message);
    }
}

/* ---- Memory that counts and may refuse ------------------------------------------ */

static int refuses(struct tree_world *world)
{
    world->allocations++;
    if (world->refuse_after == 0) {
        return 0;
    }
    return --world->refuse_after == 0;
}

static void *counting_allocate(void *context, size_t size)
{
    return refuses(context) ? NULL : malloc(size);
}

static void *counting_resize(void *context, void *block, size_t size)
{
    return refuses(context) ? NULL : realloc(block, size);
}

static void counting_release(void *context, void *block)
{
    (void)context;
    free(block);
}

/* ---- Life -------------------------------------------------------------------------- */

static quire_memory memory_of(struct tree_world *world)
{
    return (quire_memory){world, counting_allocate, counting_resize, counting_release};
}

static void begin(struct tree_world *world)
{
    world_expect(world, pager_begin(world->store.pager, 1, &world->fault), QUIRE_OK);
    world_expect(world, view_open(&world->view, &world->store, NULL, &world->fault), QUIRE_OK);
    world_expect(world, catalog_open(&world->view, NULL, &world->tree), QUIRE_OK);
}

static void open_store(struct tree_world *world)
{
    struct pager_config config = {.path = "world.quire", .options = &world->options};
    memset(&world->store, 0, sizeof world->store);
    world_expect(world, store_open(&world->store, &config, &world->fault), QUIRE_OK);
    begin(world);
}

void world_open(struct tree_world *world, size_t page_size, size_t cache_bytes)
{
    static quire_memory memory;
    memset(world, 0, sizeof *world);
    memory = memory_of(world);
    assert_int_equal(quire_vfs_memory_new(1, &world->vfs), QUIRE_OK);
    world->options = (quire_options){.flags = QUIRE_OPEN_CREATE,
                                     .page_size = (uint32_t)page_size,
                                     .cache_bytes = cache_bytes,
                                     .pinned_bytes = cache_bytes,
                                     .log_bytes = 64u << 20,
                                     .sync = QUIRE_SYNC_OFF,
                                     .vfs = world->vfs,
                                     .memory = &memory};
    model_init(&world->model);
    model_init(&world->committed);
    open_store(world);
}

static void close_store(struct tree_world *world)
{
    view_close(&world->view);
    pager_rollback(world->store.pager);
    world_expect(world, store_close(&world->store, &world->fault), QUIRE_OK);
}

void world_close(struct tree_world *world)
{
    close_store(world);
    quire_vfs_memory_free(world->vfs);
    model_free(&world->model);
    model_free(&world->committed);
}

void world_commit(struct tree_world *world)
{
    view_close(&world->view);
    world_expect(world, pager_commit(world->store.pager, &world->fault), QUIRE_OK);
    assert_true(model_copy(&world->committed, &world->model));
    begin(world);
}

void world_rollback(struct tree_world *world)
{
    view_close(&world->view);
    pager_rollback(world->store.pager);
    assert_true(model_copy(&world->model, &world->committed));
    begin(world);
}

void world_reopen(struct tree_world *world)
{
    world_commit(world);
    close_store(world);
    open_store(world);
}

void world_options(struct tree_world *world, uint8_t slots, uint8_t records, uint8_t in_place, uint8_t keep)
{
    world->tree.options = (quire_tree_options){.slots = slots, .records = records, .in_place = in_place, .keep = keep};
    world_expect(world, catalog_update(&world->view, NULL, &world->tree), QUIRE_OK);
}

/* ---- Records ------------------------------------------------------------------------- */

void world_put(struct tree_world *world, const void *key, size_t key_len, const void *value, size_t value_len)
{
    quire_bytes k = {key, key_len}, v = {value, value_len};
    world_expect(world, tree_put(&world->view, &world->tree, k, v, 0), QUIRE_OK);
    assert_true(model_put(&world->model, key, key_len, value, value_len));
}

void world_delete(struct tree_world *world, const void *key, size_t key_len)
{
    int there = model_delete(&world->model, key, key_len);
    quire_status status = tree_delete(&world->view, &world->tree, (quire_bytes){key, key_len});
    world_expect(world, status, there ? QUIRE_OK : QUIRE_NOT_FOUND);
}

static void expect_pair(struct tree_world *world, const struct model_pair *pair)
{
    quire_bytes value;
    world_expect(world, tree_get(&world->view, &world->tree, (quire_bytes){model_key(pair), pair->key_len}, &value),
                 QUIRE_OK);
    assert_int_equal(value.size, pair->value_len);
    assert_true(value.size == 0 || memcmp(value.data, model_value(pair), value.size) == 0);
    view_hold(&world->view, NULL);
}

void world_get(struct tree_world *world, const void *key, size_t key_len)
{
    const struct model_pair *pair = model_get(&world->model, key, key_len);
    quire_bytes value;
    if (pair) {
        expect_pair(world, pair);
    } else {
        world_expect(world, tree_get(&world->view, &world->tree, (quire_bytes){key, key_len}, &value), QUIRE_NOT_FOUND);
    }
}

void world_delete_range(struct tree_world *world, const void *low, size_t low_len, const void *high, size_t high_len)
{
    uint64_t deleted = 0;
    size_t wanted = model_delete_range(&world->model, low, low_len, high, high_len);
    world_expect(world,
                 tree_delete_range(&world->view, &world->tree, (quire_bytes){low, low_len},
                                   (quire_bytes){high, high_len}, &deleted),
                 QUIRE_OK);
    assert_int_equal(deleted, wanted);
}

void world_put_text(struct tree_world *world, const char *key, const char *value)
{
    world_put(world, key, strlen(key), value, strlen(value));
}

void world_delete_text(struct tree_world *world, const char *key)
{
    world_delete(world, key, strlen(key));
}

/* ---- Checking ---------------------------------------------------------------------------- */

static void report_violation(void *context, const quire_violation *violation)
{
    (void)context;
    print_message("page %u breaks %s: %s\n", (unsigned)violation->pgno, violation->rule, violation->message);
}

static void expect_record(struct tree_world *world, struct leaf_reader *reader, size_t slot, size_t rank)
{
    struct record record;
    assert_true(rank < world->model.count);
    const struct model_pair *pair = world->model.pairs[rank];
    leaf_reader_get(reader, slot, &record);
    assert_int_equal(record.key_len, pair->key_len);
    assert_memory_equal(record.key, model_key(pair), pair->key_len);
    assert_int_equal(record.value_len, pair->value_len);
    if (!record.overflow && pair->value_len > 0) {
        assert_memory_equal(record.stored, model_value(pair), pair->value_len);
    }
}

static void walk(struct tree_world *world, int backward)
{
    struct path path;
    struct leaf_reader reader;
    size_t seen = 0;
    leaf_reader_init(&reader, &world->view);
    quire_status status = path_edge(&world->view, &world->tree, backward, &path);
    while (status == QUIRE_OK) {
        world_expect(world, leaf_reader_open(&reader, &world->view, path.step[path.depth - 1].frame->data), QUIRE_OK);
        size_t count = reader.count;
        for (size_t i = 0; i < count; i++, seen++) {
            expect_record(world, &reader, backward ? count - 1 - i : i,
                          backward ? world->model.count - 1 - seen : seen);
        }
        status = path_neighbour(&world->view, &world->tree, !backward, &path);
    }
    leaf_reader_free(&reader);
    world_expect(world, status, QUIRE_NOT_FOUND);
    assert_int_equal(seen, world->model.count);
}

static int is_finger(const struct view *view, const struct frame *frame)
{
    static const struct tree catalog = {.id = TREE_CATALOG}, unnamed = {.id = TREE_UNNAMED};
    return view->spaces && (space_cache_finger(view, &catalog) == frame || space_cache_finger(view, &unnamed) == frame);
}

/* Every operation gives its pins back, but for the one that the finger keeps. */
static void expect_no_pins(struct tree_world *world)
{
    const struct cache *cache = &world->store.pager->cache;
    view_hold(&world->view, NULL);
    for (size_t i = 0; i < cache->count; i++) {
        if (frame_pins(cache->clock[i]) != (is_finger(&world->view, &cache->clock[i]->face) ? 1u : 0u)) {
            fail_msg("page %u is still pinned", (unsigned)cache->clock[i]->face.pgno);
        }
    }
}

void world_check(struct tree_world *world)
{
    expect_no_pins(world);
    walk(world, 0);
    walk(world, 1);
    for (size_t i = 0; i < world->model.count; i++) {
        if (world->model.pairs[i]->value_len > world->store.inline_max) {
            expect_pair(world, world->model.pairs[i]);
        }
    }
    world_expect(world, audit(&world->view, report_violation, NULL, NULL, NULL), QUIRE_OK);
    expect_no_pins(world);
}
