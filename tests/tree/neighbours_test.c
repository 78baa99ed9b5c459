/*
 * Every pair of leaf versions as neighbours, through split, merge, borrow and
 * range deletes, under every option that decides what the result becomes.
 */
#include "../../src/tree/edit.h"
#include "../support/tree_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { VERSIONS = 6, PAGE = 512 };

/* Version v: slots v % 3 + 1, records v / 3. */
static uint8_t flags_of(int version)
{
    quire_tree_options options = {.slots = (uint8_t)(version % 3 + 1), .records = (uint8_t)(version / 3)};
    return catalog_leaf_flags(&options);
}

static void use_version(struct tree_world *world, int version, int in_place, int keep)
{
    world_options(world, (uint8_t)(version % 3 + 1), (uint8_t)(version / 3), (uint8_t)in_place, (uint8_t)keep);
}

static void put(struct tree_world *world, const char *prefix, unsigned number, size_t value_len)
{
    char key[64];
    static const char value[65] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    int length = snprintf(key, sizeof key, "%s%06u", prefix, number);
    world_put(world, key, (size_t)length, value, value_len);
}

static void delete (struct tree_world *world, const char *prefix, unsigned number)
{
    char key[64];
    int length = snprintf(key, sizeof key, "%s%06u", prefix, number);
    world_delete(world, key, (size_t)length);
}

static size_t leaves(struct tree_world *world, uint8_t *flags, size_t most)
{
    struct path path;
    size_t count = 0;
    quire_status status = path_edge(&world->view, &world->tree, 0, &path);
    while (status == QUIRE_OK) {
        if (count < most) {
            flags[count] = page_flags(path.step[path.depth - 1].frame->data);
        }
        count++;
        status = path_neighbour(&world->view, &world->tree, 1, &path);
    }
    return count;
}

/* The lower half in one version, the upper in the other, and both in one tree whose options then are those of `tree`.
 */
static void two_leaves(struct tree_world *world, int left, int right)
{
    world_open(world, PAGE, 1u << 20);
    use_version(world, left, 1, 0);
    for (unsigned i = 0; i < 4; i++) {
        put(world, "a-common-prefix-", i, 30);
    }
    unsigned next = 10;
    uint8_t flags[8];
    while (leaves(world, flags, 8) < 2) {
        put(world, "z-common-prefix-", next++, 30);
    }
    use_version(world, right, 1, 0);
    put(world, "z-common-prefix-", 999, 1);
    size_t count = leaves(world, flags, 8);
    assert_true(count >= 2);
    assert_int_equal(flags[0], flags_of(left));
    assert_int_equal(flags[count - 1], flags_of(right));
    world_check(world);
}

static void each_pair(void (*act)(struct tree_world *world, int left, int right, int tree, int in_place, int keep))
{
    for (int left = 0; left < VERSIONS; left++) {
        for (int right = 0; right < VERSIONS; right++) {
            for (int option = 0; option < 8; option++) {
                struct tree_world world;
                int tree = option % 2 ? 5 : 0, in_place = option / 2 % 2, keep = option / 4;
                two_leaves(&world, left, right);
                use_version(&world, tree, in_place, keep);
                act(&world, left, right, tree, in_place, keep);
                world_check(&world);
                world_close(&world);
            }
        }
    }
}

/* ---- Behaviours -------------------------------------------------------------------------- */

static void grow(struct tree_world *world, int left, int right, int tree, int in_place, int keep)
{
    (void)left, (void)right, (void)tree, (void)in_place, (void)keep;
    uint8_t flags[64];
    size_t before = leaves(world, flags, 64);
    for (unsigned i = 0; i < 12; i++) {
        put(world, "a-common-prefix-", 100 + i * 7 % 12, 25);
        put(world, "z-common-prefix-", 500 + i * 5 % 12, 25);
        world_check(world);
    }
    assert_true(leaves(world, flags, 64) > before);
}

static void either_neighbour_splits(void **state)
{
    (void)state;
    each_pair(grow);
}

static void shrink(struct tree_world *world, int left, int right, int tree, int in_place, int keep)
{
    (void)in_place, (void)right;
    uint8_t flags[64];
    while (world->model.count > 1) {
        const struct model_pair *pair = world->model.pairs[world->model.count / 2];
        char key[64];
        memcpy(key, model_key(pair), pair->key_len);
        world_delete(world, key, pair->key_len);
        world_check(world);
    }
    assert_int_equal(leaves(world, flags, 64), 1);
    assert_int_equal(flags[0], flags_of(keep ? left : tree));
}

static void neighbours_merge_into_the_version_that_the_options_say(void **state)
{
    (void)state;
    each_pair(shrink);
}

static void empty_left(struct tree_world *world, int left, int right, int tree, int in_place, int keep)
{
    (void)left, (void)right, (void)tree, (void)in_place, (void)keep;
    for (unsigned i = 0; i < 4; i++) {
        delete (world, "a-common-prefix-", i);
        world_check(world);
    }
}

static void a_left_leaf_that_empties_leaves_the_tree(void **state)
{
    (void)state;
    each_pair(empty_left);
}

/* What a rescue of an empty leaf does when its only neighbour is too full to take its bracket over. */
static void share_evenly(struct tree_world *world, int left, int right, int tree, int in_place, int keep)
{
    (void)left, (void)right, (void)tree, (void)in_place, (void)keep;
    struct view *view = &world->view;
    struct frame *root, *first, *second;
    struct space space;
    struct leaf_edit edit;
    size_t border_len = 0;
    world_expect(world, node_root(view, &world->tree, &root), QUIRE_OK);
    world_expect(world, node_child(view, root, 0, &first), QUIRE_OK);
    world_expect(world, node_child(view, root, 1, &second), QUIRE_OK);
    uint32_t second_pgno = second->pgno;
    world_expect(world, old_share(view, &world->tree, &first, &second, &border_len), QUIRE_OK);
    assert_true(border_len > 0);
    assert_true(page_slot_count(first->data) > 0 && page_slot_count(second->data) > 0);
    node_release(view, first);
    node_release(view, second);
    world_expect(world, pager_edit(world->store.pager, &root, &world->fault), QUIRE_OK);
    space_load(&space, root->data, PAGE, view->buffers.page);
    assert_true(branch_replace(root->data, PAGE, &space, 1, second_pgno, view->buffers.high, border_len,
                               view->buffers.page, &edit));
    world_expect(world, edit_log_image(view, root), QUIRE_OK);
    node_release(view, root);
}

static void two_leaves_share_their_records(void **state)
{
    (void)state;
    each_pair(share_evenly);
}

static void cut_across(struct tree_world *world, int left, int right, int tree, int in_place, int keep)
{
    (void)left, (void)right, (void)tree, (void)in_place, (void)keep;
    world_delete_range(world, "a-common-prefix-000002", 22, "z-common-prefix-000011", 22);
}

static void a_range_goes_across_both(void **state)
{
    (void)state;
    each_pair(cut_across);
}

static void upgrade(struct tree_world *world, int left, int right, int tree, int in_place, int keep)
{
    (void)in_place, (void)keep;
    uint64_t upgraded;
    uint8_t flags[64];
    world_expect(world, tree_upgrade(&world->view, &world->tree, &upgraded), QUIRE_OK);
    size_t count = leaves(world, flags, 64);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(flags[i], flags_of(tree));
    }
    assert_true(upgraded >= (uint64_t)(left != tree) + (uint64_t)(right != tree));
}

static void an_upgrade_brings_both_to_the_trees_version(void **state)
{
    (void)state;
    each_pair(upgrade);
}

/* A full leaf of short slots and prefix records, of which today's format takes several. */
static void a_full_prefix_leaf_becomes_as_many_leaves_as_it_takes(void **state)
{
    (void)state;
    static const size_t sizes[] = {512, 2048, 4096};
    for (size_t s = 0; s < 3; s++) {
        struct tree_world world;
        uint8_t flags[4];
        uint8_t key[4096];
        size_t key_len = KEY_MAX(sizes[s]);
        world_open(&world, sizes[s], 16u << 20);
        use_version(&world, 0, 1, 0);
        memset(key, 'k', sizeof key);
        for (unsigned i = 0; leaves(&world, flags, 4) == 1; i++) {
            key[key_len - 2] = (uint8_t)(i / 256);
            key[key_len - 1] = (uint8_t)(i % 256);
            world_put(&world, key, key_len, "", 0);
        }
        size_t records = world.model.count;
        assert_true(records > 20);
        use_version(&world, 5, 1, 0);
        key[key_len - 2] = 0;
        key[key_len - 1] = 1;
        world_put(&world, key, key_len, "x", 1);
        assert_true(leaves(&world, flags, 4) >= 5);
        world_check(&world);
        world_close(&world);
    }
}

static void a_delete_that_could_not_be_upgraded_in_its_page_keeps_the_version(void **state)
{
    (void)state;
    struct tree_world world;
    uint8_t flags[64];
    uint8_t key[56];
    world_open(&world, 512, 1u << 20);
    use_version(&world, 0, 1, 0);
    memset(key, 'k', sizeof key);
    for (unsigned i = 0; i < 20; i++) {
        key[55] = (uint8_t)i;
        world_put(&world, key, sizeof key, "", 0);
    }
    assert_int_equal(leaves(&world, flags, 64), 1);
    use_version(&world, 5, 1, 0);
    world_delete(&world, key, sizeof key);
    assert_int_equal(leaves(&world, flags, 64), 1);
    assert_int_equal(flags[0], flags_of(0));
    world_check(&world);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_neighbour_splits),
        cmocka_unit_test(neighbours_merge_into_the_version_that_the_options_say),
        cmocka_unit_test(a_left_leaf_that_empties_leaves_the_tree),
        cmocka_unit_test(two_leaves_share_their_records),
        cmocka_unit_test(a_range_goes_across_both),
        cmocka_unit_test(an_upgrade_brings_both_to_the_trees_version),
        cmocka_unit_test(a_full_prefix_leaf_becomes_as_many_leaves_as_it_takes),
        cmocka_unit_test(a_delete_that_could_not_be_upgraded_in_its_page_keeps_the_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
